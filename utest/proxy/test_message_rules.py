"""What a proxy does with messages that its rules match."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest

from leaks import reading_threads
from peers.clients import at_once, close_of, eventually
from peers.raw import BINARY, CLOSE, PATIENCE, PING, TEXT, RawEnd, seconds_since
from proxy.linked import Linked, RawTarget, ends_of, linked
from RobotWebSocketLibrary.connection.reading_thread import later
from RobotWebSocketLibrary.deadline import Deadline
from RobotWebSocketLibrary.protocol.close import CloseStatus
from RobotWebSocketLibrary.protocol.messages import Message
from RobotWebSocketLibrary.proxy.fates import NOT_FORWARDED
from RobotWebSocketLibrary.proxy.message_rules import Action, Course, MessageRule, To
from RobotWebSocketLibrary.proxy.proxy import WebSocketProxy
from RobotWebSocketLibrary.server.replies import Rule

EVERYWHERE = Course()


@pytest.fixture
def link(proxy: WebSocketProxy, target: RawTarget) -> Iterator[Linked]:
    with linked(proxy, target, "/chat", "Sec-WebSocket-Protocol: b", Sec_WebSocket_Protocol="a, b") as link:
        yield link


def contains(text: str) -> Callable[[Message], bool]:
    return lambda message: text in str(message.data)


def add(proxy: WebSocketProxy, action: Action, text: str = "", to: To = To.BOTH, **further: Any) -> MessageRule:
    """Adds a rule for messages with that text."""
    course = Course(to, further.pop("path", None), further.pop("subprotocol", None))
    rule = MessageRule(action, f"{action.name.title()} Messages  contains  {text}", contains(text), course, **further)
    proxy.rules.add(rule)
    return rule


def send(sending: RawEnd, *texts: str) -> None:
    for text in texts:
        sending.send_frame(TEXT, text.encode())


def received(getting: RawEnd, count: int) -> list[str]:
    return [getting.receive_frame().payload.decode() for _ in range(count)]


def test_dropped_message_does_not_pass(link: Linked):
    rule = add(link.proxy, Action.DROP, "secret")
    send(link.client, "a secret", "hello", "secrets", "bye")
    assert received(link.target, 2) == ["hello", "bye"]
    assert rule.count == 2


@pytest.mark.parametrize(
    ("to", "to_target", "to_client"), [(To.TARGET, "y", "x"), (To.CLIENT, "x", "y"), (To.BOTH, "y", "y")]
)
def test_rule_is_for_one_direction_or_both(link: Linked, to: To, to_target: str, to_client: str):
    add(link.proxy, Action.DROP, "x", to)
    send(link.client, "x", "y")
    send(link.target, "x", "y")
    assert received(link.target, 1) == [to_target]
    assert received(link.client, 1) == [to_client]


@pytest.mark.parametrize(
    ("course", "applies"),
    [
        ({"path": "/chat"}, True),
        ({"path": "/c*"}, True),
        ({"path": "/news"}, False),
        ({"subprotocol": "b"}, True),
        ({"subprotocol": "a"}, False),
    ],
    ids=str,
)
def test_rule_is_for_some_clients(link: Linked, course: dict[str, str], applies: bool):
    add(link.proxy, Action.DROP, "x", **course)
    send(link.client, "x", "y")
    assert received(link.target, 1) == ["y" if applies else "x"]


def test_first_rule_that_matches_counts_and_is_used_up(link: Linked):
    first = add(link.proxy, Action.DROP, "x", times=1)
    second = add(link.proxy, Action.REPLACE, "x", replace=lambda message: f"<{message.data}>")
    send(link.client, "x1", "x2", "y")
    assert received(link.target, 2) == ["<x2>", "y"]
    assert [(rule.number, rule.count, rule.times) for rule in (first, second)] == [(1, 1, 0), (2, 1, None)]


def test_replacement_may_be_of_another_type_or_none(link: Linked):
    replacements: dict[str | bytes, str | bytes | None] = {"text": b"\x00", b"\x01": "text", "none": None}
    link.proxy.rules.add(
        MessageRule(Action.REPLACE, "", lambda _: True, replace=lambda message: replacements[message.data])
    )
    send(link.client, "text", "none")
    link.client.send_frame(BINARY, b"\x01")
    assert [link.target.receive_frame()[:2] for _ in range(2)] == [(BINARY, b"\x00"), (TEXT, b"text")]


def test_replacement_that_fails_closes_both_ends_and_is_kept(link: Linked):
    def fail(_: Message) -> str:
        raise ValueError("no idea")

    add(link.proxy, Action.REPLACE, "x", replace=fail)
    send(link.client, "x")
    closes = [close_of(side).payload for side in link.sides]
    assert closes == [b"\x03\xf3a reply failed: ValueError: no idea"] * 2
    for side in link.sides:
        with suppress(OSError):
            side.close()
    [(what, failure)] = link.proxy.take_failures()
    assert what == "replacement"
    assert failure.sentence.startswith("to 'x' failed: ValueError: no idea (test_message_rules.py:")
    assert link.proxy.take_failures() == []


def test_delayed_message_holds_up_those_behind_it(link: Linked):
    add(link.proxy, Action.DELAY, "slow", delay=0.3)
    begun = time.monotonic()
    send(link.client, "first", "slow", "last")
    assert received(link.target, 3) == ["first", "slow", "last"]
    assert seconds_since(begun) >= 0.29


def test_messages_that_are_delayed_together_leave_together(link: Linked):
    add(link.proxy, Action.DELAY, "", delay=0.2)
    with at_once():
        send(link.client, *map(str, range(100)))
        assert received(link.target, 100) == list(map(str, range(100)))


def test_held_messages_wait_with_those_behind_them_until_they_are_released(link: Linked):
    rule = add(link.proxy, Action.HOLD, "x")
    send(link.client, "a", "x1", "b", "x2", "c")
    assert received(link.target, 1) == ["a"]
    eventually(lambda: link.proxy.rules.count_held(rule) == 2)
    assert link.proxy.release(1, EVERYWHERE) == 1
    assert received(link.target, 2) == ["x1", "b"]
    assert link.proxy.rules.count_held(rule) == 1
    send(link.client, "x3")
    eventually(lambda: link.proxy.rules.count_held(rule) == 2)
    assert link.proxy.release(None, EVERYWHERE) == 2
    assert received(link.target, 3) == ["x2", "c", "x3"]
    assert link.proxy.release(None, EVERYWHERE) == 0


def test_oldest_held_messages_of_all_links_are_released_first(proxy: WebSocketProxy, target: RawTarget):
    rule = add(proxy, Action.HOLD, "")
    with linked(proxy, target, "/1") as first, linked(proxy, target, "/2") as second:
        for held, (side, text) in enumerate([(first.client, "1a"), (second.target, "2a"), (first.client, "1b")], 1):
            send(side, text)
            eventually(lambda held=held: proxy.rules.count_held(rule) == held)
        assert proxy.release(2, EVERYWHERE) == 2
        assert received(first.target, 1) == ["1a"]
        assert received(second.client, 1) == ["2a"]
        assert proxy.release(1, Course(path="/2")) == 0
        assert proxy.release(1, Course(To.CLIENT)) == 0
        assert proxy.release(1, Course(To.TARGET, "/1")) == 1
        assert received(first.target, 1) == ["1b"]


def test_release_waits_for_messages_that_rules_look_at(link: Linked):
    """A test that has seen a message may rely on its rule, however long that takes."""
    near, _ = ends_of(link.proxy)

    def match_slowly(_: Message) -> bool:
        time.sleep(0.2)
        return True

    link.proxy.rules.add(MessageRule(Action.HOLD, "", match_slowly))
    send(link.client, "x")
    eventually(lambda: len(near.inbox))
    assert link.proxy.release(1, EVERYWHERE) == 1
    assert received(link.target, 1) == ["x"]


def test_removed_rules_lose_nothing(link: Linked):
    held = add(link.proxy, Action.HOLD, "x", To.TARGET)
    add(link.proxy, Action.DELAY, "slow", delay=PATIENCE)
    send(link.client, "x1", "slow", "x2", "last")
    send(link.target, "slow", "last")
    eventually(lambda: link.proxy.rules.count_held(held) == 2)
    with at_once():
        link.proxy.rules.remove()
        assert received(link.target, 4) == ["x1", "slow", "x2", "last"]
        assert received(link.client, 2) == ["slow", "last"]
    send(link.client, "x3")
    assert received(link.target, 1) == ["x3"]
    assert link.proxy.rules.rules == ()


@pytest.mark.parametrize("how", ["release", "remove", "stop"])
def test_close_goes_behind_what_was_let_go(link: Linked, how: str):
    add(link.proxy, Action.HOLD)
    texts = [str(number) for number in range(300)]
    send(link.target, *texts)
    near, far = ends_of(link.proxy)
    eventually(lambda: len(far.inbox) == len(texts))
    if how == "release":
        link.proxy.release(None, EVERYWHERE)
    elif how == "remove":
        link.proxy.remove_rules()
    else:
        link.proxy.wait_for_rules()
        link.proxy.stop()
    near.begin_close(1000, "", Deadline(PATIENCE))
    assert received(link.client, len(texts)) == texts
    assert link.client.receive_frame().opcode == CLOSE


def test_message_is_not_held_by_a_rule_that_was_removed_while_it_was_looked_at(link: Linked):
    def match(_: Message) -> bool:
        link.proxy.rules.remove()
        return True

    link.proxy.rules.add(MessageRule(Action.HOLD, "", match))
    send(link.client, "x")
    assert received(link.target, 1) == ["x"]


@pytest.mark.parametrize("action", [Action.DELAY, Action.HOLD])
def test_message_that_was_looked_at_while_the_other_end_went_waits_for_nothing(link: Linked, action: Action):
    near, far = ends_of(link.proxy)
    looks, goes_on = threading.Event(), threading.Event()

    def match(_: Message) -> bool:
        looks.set()
        return goes_on.wait(PATIENCE)

    link.proxy.rules.add(MessageRule(action, "", match, delay=3600))
    send(link.client, "late")
    assert looks.wait(PATIENCE)
    link.target.close()
    eventually(lambda: far.state == "closed")
    goes_on.set()
    link.client.close()
    eventually(lambda: near.state == "closed")
    assert near.relay is not None
    relay = near.relay
    eventually(lambda: relay.describe_passed()[-1:] == [f"  'late' {NOT_FORWARDED}"])
    link.proxy.stop()
    eventually(lambda: not reading_threads())


def test_pings_overtake_held_messages_and_the_close_frame_waits(link: Linked):
    rule = add(link.proxy, Action.HOLD, "x")
    send(link.client, "x")
    eventually(lambda: link.proxy.rules.count_held(rule) == 1)
    link.client.send_frame(PING, b"fast")
    link.client.send_close(4001)
    assert link.target.receive_frame()[:2] == (PING, b"fast")
    link.proxy.rules.remove()
    assert received(link.target, 1) == ["x"]
    assert link.target.receive_frame()[:2] == (CLOSE, b"\x0f\xa1")


def test_fin_waits_behind_held_messages(link: Linked):
    rule = add(link.proxy, Action.HOLD, "x")
    send(link.client, "x", "y")
    link.client.finish()
    near, far = ends_of(link.proxy)
    eventually(lambda: near.state == "closed")
    eventually(lambda: link.proxy.rules.count_held(rule) == 1)
    assert far.state == "open"
    link.proxy.rules.remove()
    assert received(link.target, 2) == ["x", "y"]
    assert link.target.receive_rest() == b""


def test_fin_waits_for_messages_that_rules_look_at(link: Linked):
    link.proxy.rules.add(MessageRule(Action.DROP, "", lambda message: bool(time.sleep(0.2)) and message.size > 0))
    send(link.client, "x")
    link.client.finish()
    assert received(link.target, 1) == ["x"]
    assert link.target.receive_rest() == b""


def test_reset_does_not_wait_behind_held_messages(link: Linked):
    rule = add(link.proxy, Action.HOLD, "x")
    send(link.client, "x")
    eventually(lambda: link.proxy.rules.count_held(rule) == 1)
    link.client.reset()
    assert link.target.sees_reset()
    assert link.proxy.release(None, EVERYWHERE) == 0


def test_held_messages_of_a_side_that_has_left_are_forgotten(link: Linked):
    rule = add(link.proxy, Action.HOLD, "x")
    send(link.client, "x")
    eventually(lambda: link.proxy.rules.count_held(rule) == 1)
    near, far = ends_of(link.proxy)
    link.target.finish()
    eventually(lambda: near.state == far.state == "closed")
    assert link.proxy.rules.count_held(rule) == 0
    assert near.relay is not None
    assert near.relay.describe_passed()[1:] == [
        "  'x' held by rule 1 (Hold Messages  contains  x), and was not forwarded: the other end has ended"
    ]


def test_stop_lets_held_messages_go(link: Linked):
    rule = add(link.proxy, Action.HOLD, "x")
    send(link.client, "x")
    eventually(lambda: link.proxy.rules.count_held(rule) == 1)
    later(0, link.proxy.rules.remove)  # what the stop does first; the test's own thread has to read meanwhile
    assert received(link.target, 1) == ["x"]


def test_server_reply_answers_in_place_of_the_target(link: Linked):
    link.proxy.replies.add(Rule(contains("ping"), lambda _: ["pong"]))
    drop = add(link.proxy, Action.DROP, "ping")
    send(link.client, "ping", "hello")
    assert received(link.client, 1) == ["pong"]
    assert received(link.target, 1) == ["hello"]
    assert drop.count == 0
    send(link.target, "ping", "last")
    assert received(link.client, 1) == ["last"]


def test_message_that_matches_no_rule_keeps_its_fragments(link: Linked):
    add(link.proxy, Action.DROP, "other")
    link.client.send_frame(TEXT, b"one", fin=False)
    link.client.send_frame(0, b"two")
    assert [link.target.receive_frame()[:3] for _ in range(2)] == [(TEXT, b"one", False), (0, b"two", True)]


def test_fates_of_messages_are_told(link: Linked):
    near, far = ends_of(link.proxy)
    for action, text in ((Action.DROP, "d"), (Action.HOLD, "h"), (Action.REPLACE, "r"), (Action.DELAY, "s")):
        add(link.proxy, action, text, replace=lambda _: "other")
    send(link.client, "plain", "d", "r", "s", "h", "name")
    assert received(link.target, 3) == ["plain", "other", "s"]
    eventually(lambda: len(near.inbox) == 6)
    link.proxy.wait_for_rules()
    assert near.relay is not None
    assert far.relay is not None
    assert near.relay.describe_passed() == [
        "what the proxy did with the last messages to the target:",
        "  'plain' forwarded",
        "  'd' dropped by rule 1 (Drop Messages  contains  d)",
        "  'r' replaced by rule 3 (Replace Messages  contains  r)",
        "  's' delayed by rule 4 (Delay Messages  contains  s), then forwarded",
        "  'h' held by rule 2 (Hold Messages  contains  h)",
        "  'name' waits behind it",
    ]
    assert far.relay.describe_passed() == []
    link.proxy.rules.remove()
    assert received(link.target, 2) == ["h", "name"]
    assert near.relay.describe_passed()[-2:] == [
        "  'h' held by rule 2 (Hold Messages  contains  h), then forwarded",
        "  'name' forwarded",
    ]


def test_client_that_closes_with_held_messages_and_leaves_is_followed(link: Linked):
    rule = add(link.proxy, Action.HOLD, "x")
    send(link.client, "x")
    link.client.send_close(4001)
    link.client.finish()
    near, far = ends_of(link.proxy)
    eventually(lambda: near.state == "closed")
    assert link.proxy.rules.count_held(rule) == 1
    link.proxy.rules.remove()
    assert received(link.target, 1) == ["x"]
    assert close_of(link.target).payload == b"\x0f\xa1"
    assert link.target.receive_rest() == b""
    eventually(lambda: far.state == "closed")
    assert far.close_status == CloseStatus(1006)


def test_rule_that_another_link_uses_up_meanwhile_is_not_used(link: Linked):
    def match(_: Message) -> bool:
        rule.times = 0
        return True

    rule = MessageRule(Action.DROP, "", match, times=1)
    link.proxy.rules.add(rule)
    send(link.client, "x")
    assert received(link.target, 1) == ["x"]
    assert rule.count == 0


def test_close_frame_behind_a_held_message_is_forgotten_with_it(link: Linked):
    rule = add(link.proxy, Action.HOLD, "x")
    send(link.client, "x")
    link.client.send_close(4001)
    near, far = ends_of(link.proxy)
    eventually(lambda: link.proxy.rules.count_held(rule) == 1 and near.state == "closing")
    assert near.relay is not None
    assert near.relay.state == (
        "the client closed the connection with 4001 (private use), and got no answer, "
        "and at the other end the connection is open"
    )
    link.target.finish()
    eventually(lambda: far.state == "closed")
    assert link.proxy.rules.count_held(rule) == 0


def test_held_message_is_not_forwarded_where_the_test_has_closed_the_other_end(link: Linked):
    rule = add(link.proxy, Action.HOLD, "x")
    send(link.client, "x")
    eventually(lambda: link.proxy.rules.count_held(rule) == 1)
    near, far = ends_of(link.proxy)
    far.begin_close(1000, "", Deadline(PATIENCE))
    assert link.target.receive_frame().opcode == CLOSE
    assert link.proxy.release(None, EVERYWHERE) == 1
    relay = near.relay
    assert relay is not None
    eventually(lambda: relay.describe_passed()[1:] == [f"  'x' {NOT_FORWARDED}"])
