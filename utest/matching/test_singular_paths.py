"""Where the id of a request is."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonpath_rfc9535 import compile as compile_path

from RobotWebSocketLibrary.errors import WebSocketError
from RobotWebSocketLibrary.matching.json_paths import JsonPath
from RobotWebSocketLibrary.matching.singular_paths import SingularPath


@pytest.mark.parametrize(
    ("path", "value", "found"),
    [
        ("$.id", {"id": 7}, [7]),
        ("$.id", {"id": None}, [None]),
        ("$['id']", {"id": "a"}, ["a"]),
        ('$["message id"]', {"message id": 1}, [1]),
        ("$.header.id_2", {"header": {"id_2": 1}}, [1]),
        ("$.größe", {"größe": 1}, [1]),
        ("$[1]", [2, "x"], ["x"]),
        ("$[-1].id", [{}, {"id": 5}], [5]),
        ("$.id", {}, []),
        ("$.id", [], []),
        ("$[1]", [2], []),
        ("$[1]", {"1": 2}, []),
        ("$.a.id", {"b": 1}, []),
    ],
)
def test_what_is_there(path: str, value: Any, found: list[Any]):
    assert SingularPath(path).find(value) == found


@pytest.mark.parametrize(
    "path", ["", "$", "id", "$..id", "$.*", "$[*]", "$[1:2]", "$[?@.id]", "$.id ", "$.1", "$[01]", "x$.id"]
)
def test_path_that_leads_to_more_or_less_than_one_place(path: str):
    with pytest.raises(WebSocketError) as failure:
        SingularPath(path)
    assert str(failure.value) == (
        f"The path '{path}' cannot name an id: it must lead to one place, such as '$.id' or '$[1]'."
    )


@pytest.mark.parametrize(
    ("path", "value", "filled"),
    [
        ("$.id", {"method": "add"}, {"method": "add", "id": 1}),
        ("$.header.id", {"header": {}}, {"header": {"id": 1}}),
        ("$[0].id", [{}], [{"id": 1}]),
    ],
)
def test_a_copy_gets_the_member(path: str, value: Any, filled: Any):
    before = str(value)
    assert SingularPath(path).fill(value, 1) == filled
    assert str(value) == before


@pytest.mark.parametrize(
    ("path", "value"), [("$[1]", [2]), ("$.id", [2]), ("$.a.id", {}), ("$.a.b.id", {}), ("$.id", 5), ("$[1]", {})]
)
def test_only_an_object_takes_another_member(path: str, value: Any):
    with pytest.raises(WebSocketError) as failure:
        SingularPath(path).fill(value, 1)
    assert str(failure.value) == (
        f"The request has no id at '{path}', and none can be added there: only an object takes another member."
    )


NAMES = st.sampled_from(["a", "b", "id", "größe", "two words", "$", "", "a.b", "0"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | NAMES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
)
SEGMENTS = (
    st.sampled_from([".a", ".b", ".id", ".größe"])
    | NAMES.map(lambda name: f"['{name}']")
    | NAMES.map(lambda name: f'["{name}"]')
    | st.integers(-3, 3).map(lambda index: f"[{index}]")
)


@given(VALUES, st.lists(SEGMENTS, max_size=3))
def test_place_is_where_the_package_for_json_path_finds_it(value: Any, segments: list[str]):
    path = "".join(["$", *segments])
    assert JsonPath(path).find(value) == [node.value for node in compile_path(path).find(value)]
