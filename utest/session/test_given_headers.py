"""Headers as tests give them."""

from __future__ import annotations

import pytest
from robot.api.types import Secret

from RobotWebSocketLibrary.errors import WebSocketError
from RobotWebSocketLibrary.session.given_headers import divide, list_pairs, merge


def test_own_headers_replace_those_of_the_defaults_by_name():
    assert merge({"X-A": "1", "Host": "h", "X-B": "2"}, [("host", None), ("x-b", "3"), ("X-B", "4")]) == [
        ("X-A", "1"),
        ("host", None),
        ("x-b", "3"),
        ("X-B", "4"),
    ]
    assert merge(None, None) == []


def test_dictionary_with_a_name_in_two_cases_is_refused():
    with pytest.raises(WebSocketError, match=r"^The header 'X-A' is given twice, in different cases\.$"):
        list_pairs({"X-A": "1", "x-a": "2"})


def test_what_changes_the_request_is_kept_apart():
    secret = Secret("s")
    pairs = [("X-A", secret), ("X-B", None), ("host", "h"), ("X-C", "1"), ("x-c", "2"), ("Cookie", "a=b")]
    assert divide(pairs) == (
        {"X-A": secret, "Cookie": "a=b"},
        [("X-B", None), ("host", "h"), ("X-C", "1"), ("x-c", "2")],
    )
