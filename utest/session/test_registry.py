from __future__ import annotations

import gc
import os
import re
import weakref

import pytest

from RobotWebSocketLibrary.errors import WebSocketError
from RobotWebSocketLibrary.server.stopped_server import StoppedServer
from RobotWebSocketLibrary.session.registry import Registry


class Item:
    """Something that a test opens."""


@pytest.fixture
def registry() -> Registry[Item]:
    return Registry(Item, "connection", "Open WebSocket")


def test_item_is_found_by_alias_by_itself_and_as_the_current_one(registry: Registry[Item]):
    first, second = Item(), Item()
    registry.add(first, "test", "first")
    registry.add(second, "test")
    registry.current = second
    assert registry.find("first") is first
    assert registry.find(first) is first
    assert registry.find(None) is second
    assert registry.items == [first, second]


def test_alias_names_the_latest_item(registry: Registry[Item]):
    first, second = Item(), Item()
    registry.add(first, "test", "main")
    registry.add(second, "test", "main")
    assert registry.find("main") is second
    registry.forget(first)
    assert registry.find("main") is second


def test_alias_goes_back_to_the_latest_item_that_is_left(registry: Registry[Item]):
    first, second, tests = Item(), Item(), Item()
    registry.add(first, "suite", "main")
    registry.add(second, "suite", "main")
    registry.add(Item(), "suite", "other")
    registry.add(tests, "test", "main")
    registry.forget(tests)
    assert registry.find("main") is tests
    registry.forget_owned_by("test")
    assert registry.find("main") is second
    registry.forget(second)
    assert registry.find("main") is second
    registry.forget_owned_by("test")
    assert registry.find("main") is first
    registry.forget_owned_by("suite")
    assert registry.aliases == {}


def test_item_that_may_get_its_alias_back_is_kept(registry: Registry[Item]):
    registry.add(item := Item(), "suite", "main")
    registry.add(Item(), "test", "main")
    registry.release(item)
    released = weakref.ref(item)
    del item
    gc.collect()
    registry.forget_owned_by("test")
    assert registry.find("main") is released()


def test_item_whose_alias_its_own_owner_has_used_again_is_not_kept(registry: Registry[Item]):
    """A test may open a connection again and again."""
    registry.add(item := Item(), "test", "main")
    registry.add(Item(), "test", "main")
    registry.release(item)
    del item
    gc.collect()
    assert len(registry) == 1


def test_no_current_item_is_an_error_that_names_the_keyword(registry: Registry[Item]):
    registry.add(Item(), "test")
    with pytest.raises(WebSocketError, match=re.escape("There is no connection: use `Open WebSocket` first.")):
        registry.find(None)


def test_unknown_alias_is_an_error_that_names_the_known_ones(registry: Registry[Item]):
    with pytest.raises(WebSocketError, match=re.escape("Non-existing alias 'chat': no connection has an alias.")):
        registry.find("chat")
    registry.add(Item(), "test", "main")
    registry.add(Item(), "test", "admin")
    expected = "Non-existing alias 'chat': the known aliases are 'admin', 'main'."
    with pytest.raises(WebSocketError, match=re.escape(expected)):
        registry.find("chat")


def test_empty_text_names_nothing(registry: Registry[Item]):
    registry.add(Item(), "test", "")
    expected = r"^An empty text does not name a connection: no connection has an alias\.$"
    with pytest.raises(WebSocketError, match=expected):
        registry.find("")


def test_what_belongs_to_another_registry_is_told_as_what_it_is(registry: Registry[Item]):
    class Other:
        def __repr__(self) -> str:
            return "<Other>"

    other = Other()
    registry.counterpart = others = Registry(Other, "server", "Start WebSocket Server")
    others.add(other, "test", "echo")
    with pytest.raises(WebSocketError, match=r"^Cannot use <Other> as a connection\.$"):
        registry.find(other)  # type: ignore[arg-type]
    expected = "^'echo' is the alias of a server, not of a connection: no connection has an alias\\.$"
    with pytest.raises(WebSocketError, match=expected):
        registry.find("echo")
    registry.add(item := Item(), "test", "echo")
    assert registry.find("echo") is item


def test_items_know_their_owner(registry: Registry[Item]):
    ours, theirs = Item(), Item()
    registry.add(ours, "test")
    registry.add(theirs, "suite")
    assert registry.find_owned_by("test") == [ours]
    assert registry.find_owned_by("suite") == [theirs]
    assert registry.find_owned_by("nobody") == []


def test_forgotten_item_is_the_last_one_and_no_longer_the_current_one(registry: Registry[Item]):
    item, other = Item(), Item()
    registry.add(item, "test", "main")
    registry.add(other, "test")
    registry.current = item
    registry.forget(item)
    assert registry.current is None
    assert registry.last is item
    assert registry.items == [other]


def test_alias_of_a_forgotten_item_names_it_until_its_owner_ends(registry: Registry[Item]):
    """What was stopped can be stopped again."""
    item = Item()
    registry.add(item, "test", "main")
    registry.forget(item)
    assert registry.find("main") is item
    registry.forget_owned_by("test")
    with pytest.raises(WebSocketError, match="Non-existing alias 'main'"):
        registry.find("main")


def test_no_current_item_among_others_is_told_with_their_aliases(registry: Registry[Item]):
    item, other = Item(), Item()
    registry.add(other, "test", "other")
    registry.add(item, "test")
    registry.current = item
    registry.forget(item)
    expected = "There is no current connection; the known alias is 'other': name it, or switch to it."
    with pytest.raises(WebSocketError, match=re.escape(expected)):
        registry.find(None)
    registry.aliases["more"] = other
    expected = "There is no current connection; the known aliases are 'more', 'other': name one, or switch to one."
    with pytest.raises(WebSocketError, match=re.escape(expected)):
        registry.find(None)


def test_current_item_that_nobody_owns_ends_with_the_test(registry: Registry[Item]):
    """A server's end that a test has switched to."""
    registry.current = peer = Item()
    registry.forget_owned_by("test")
    assert registry.current is None
    assert registry.last is peer


def test_current_item_stays_when_another_is_forgotten(registry: Registry[Item]):
    item, other = Item(), Item()
    registry.add(item, "test")
    registry.add(other, "test")
    registry.current = item
    registry.forget(other)
    assert registry.current is item


def test_latest_item_that_is_left_becomes_the_current_one(registry: Registry[Item]):
    suites, first, second = Item(), Item(), Item()
    for item, owner in ((suites, "suite"), (first, "test"), (second, "test")):
        registry.add(item, owner)
        registry.current = item
    registry.forget_owned_by("nobody")
    assert registry.current is second
    registry.forget_owned_by("test")
    assert registry.items == [suites]
    assert registry.current is suites
    registry.forget_owned_by("suite")
    assert registry.current is None
    assert registry.last is suites


def test_only_what_is_kept_of_a_forgotten_item_lives_on():
    registry = Registry(Item, "connection", "Open WebSocket", lambda _: "what is kept")
    first, second = Item(), Item()
    registry.add(first, "test")
    registry.add(second, "test")
    registry.current = second
    registry.forget(first)
    assert registry.last is second
    gone = weakref.ref(second)
    registry.forget(second)
    del second
    gc.collect()
    assert gone() is None
    assert registry.last == "what is kept"


def test_released_item_lives_as_long_as_somebody_else_keeps_it(registry: Registry[Item]):
    first, second = Item(), Item()
    registry.add(first, "test")
    registry.add(second, "test")
    registry.release(first)
    assert registry.items == [first, second]
    del first
    gc.collect()
    assert registry.items == [second]
    assert len(registry) == 1


@pytest.mark.parametrize("kept_by", ["nothing", "alias", "current"])
def test_item_with_an_alias_and_the_current_one_are_kept(registry: Registry[Item], kept_by: str):
    item = Item()
    registry.add(item, "test", "main" if kept_by == "alias" else None)
    if kept_by == "current":
        registry.current = item
    registry.release(item)
    del item
    gc.collect()
    assert len(registry) == (0 if kept_by == "nothing" else 1)


def test_released_item_ends_with_its_owner(registry: Registry[Item]):
    item = Item()
    registry.add(item, "test", "main")
    registry.current = item
    registry.release(item)
    registry.forget_owned_by("test")
    assert (registry.items, registry.current, registry.last) == ([], None, item)
    with pytest.raises(WebSocketError):
        registry.find("main")


def test_process_that_was_forked_since_leaves_all_to_its_parent(
    registry: Registry[Item], monkeypatch: pytest.MonkeyPatch
):
    item = Item()
    registry.add(item, "test", "main")
    registry.current = item
    parent = os.getpid()
    monkeypatch.setattr(os, "getpid", lambda: parent + 1)
    for name, expected in (
        (None, "There is no connection of this process: the others were opened in another process."),
        (item, "Cannot use this connection: it was opened in another process."),
        ("main", "Non-existing alias 'main': each connection with an alias was opened in another process."),
    ):
        with pytest.raises(WebSocketError, match=f"^{re.escape(expected)}$"):
            registry.find(name)
    assert registry.items == registry.find_owned_by("test") == []
    registry.add(own := Item(), "test", "own")
    assert registry.find("own") is own


def test_stopped_server_is_shown_as_such():
    assert (
        repr(StoppedServer("ws://127.0.0.1:1/", "127.0.0.1", 1, None))
        == "<WebSocketServer 'ws://127.0.0.1:1/': stopped>"
    )


def test_items_are_found_by_patterns_and_lists(registry: Registry[Item]):
    users = [Item() for _ in range(3)]
    for number, user in enumerate(users):
        registry.add(user, "test", f"user{number}")
    other = Item()
    registry.add(other, "test", "other")
    assert registry.find_all("user*") == users
    assert registry.find_all("*r") == [other]
    assert registry.find_all(["other", users[1], "user*"]) == [other, users[1], users[0], users[2]]
    assert registry.find_all("other") == registry.find_all(other) == [other]
    assert registry.find_all([]) == []
    registry.aliases["user*"] = other
    assert registry.find_all("user*") == [other]


def test_pattern_that_no_alias_matches(registry: Registry[Item]):
    for number in range(23):
        registry.add(Item(), "test", f"user{number:02}")
    with pytest.raises(WebSocketError) as failure:
        registry.find_all("admin*")
    assert str(failure.value).startswith("No alias matches 'admin*': the known aliases are 'user00', 'user01', ")
    assert str(failure.value).endswith("'user19', and 3 more.")


def test_several_items_where_one_is_expected(registry: Registry[Item]):
    for alias in ("user1", "user2"):
        registry.add(Item(), "test", alias)
    known = "the known aliases are 'user1', 'user2'"
    for name, told in (
        ("user*", f"This keyword works on one connection, not on the pattern 'user*': {known}."),
        ("['user1', 'user2']", f"This keyword works on one connection, not on a list: {known}."),
        ("[<Item>]", f"This keyword works on one connection, not on a list: {known}."),
        ("admin*", f"Non-existing alias 'admin*': {known}."),
    ):
        with pytest.raises(WebSocketError, match=f"^{re.escape(told)}$"):
            registry.find(name)
