"""Messages into the inbox and to what answers them; what has no room is held, in its order."""

from __future__ import annotations

from collections import deque
from typing import Any

import pytest

from RobotWebSocketLibrary.connection.closing import Closing
from RobotWebSocketLibrary.connection.delivery import Delivery
from RobotWebSocketLibrary.connection.inbox import Inbox, InboxLimit
from RobotWebSocketLibrary.connection.incoming import Batch
from RobotWebSocketLibrary.connection.kept_messages import read_data
from RobotWebSocketLibrary.deadline import WakeUp
from RobotWebSocketLibrary.protocol.messages import Message

from .ends import Answering, Asked


class Made:
    """A delivery, what it was given, and what it answered."""

    def __init__(self, responder: Answering | None = None, **limit: int) -> None:
        self.attention = Asked()
        self.inbox = Inbox(InboxLimit(**limit), attention=self.attention)
        self.closing = Closing("client")
        self.changed = WakeUp()
        self.notices: deque[str] = deque()
        self.answered: list[Any] = []
        self.delivery = Delivery(
            self.inbox,
            self.closing,
            responder,
            answer=lambda messages: self.answered.append(list(messages)),
            changed=self.changed,
            notices=self.notices,
        )

    def taken(self, count: int = 1) -> list[str | bytes]:
        return read_data(self.inbox.take_first(count))


def batch(*messages: str) -> Batch:
    return Batch(list(messages), sum(map(len, messages)))


def test_messages_that_have_room_are_delivered_and_answered_together():
    made = Made()
    assert made.delivery.deliver(batch("one", "two"))
    assert made.answered == [["one", "two"]]
    assert made.taken(2) == ["one", "two"]
    assert not made.delivery.is_held_up
    assert made.delivery.resume(), "nothing was held"


def test_what_has_no_room_is_held_and_follows_in_its_order():
    made = Made(messages=2)
    assert not made.delivery.deliver(batch("one", "two", "three", "four"))
    assert made.delivery.is_held_up
    assert made.changed.wait(0), "a wait that finds the inbox full fails at once"
    assert made.answered == [["one"], ["two"]]
    assert list(made.notices) == ["reading paused: the inbox is full (2 messages that no test has taken)"]
    assert not made.delivery.resume(), "there is no room yet"
    assert made.taken() == ["one"]
    assert made.attention.count == 1
    assert not made.delivery.resume()
    assert made.answered == [["one"], ["two"], ["three"]]
    assert made.taken(2) == ["two", "three"]
    assert made.delivery.resume()
    assert made.taken() == ["four"]
    assert not made.delivery.is_held_up
    assert len(made.notices) == 1, "it is said once"


def test_sizes_of_what_is_held_are_counted():
    made = Made(size=10)
    assert not made.delivery.deliver(batch("12345678", "öö", "é" * 3, "x"))
    assert made.inbox.size == 12
    held = made.delivery._held  # noqa: SLF001
    assert held is not None
    assert (held.messages, held.size) == (["é" * 3, "x"], 7)
    made.taken(2)
    assert made.delivery.resume()
    assert made.inbox.size == 7
    assert made.taken(2) == ["é" * 3, "x"]
    assert made.inbox.size == 0


def test_batch_of_which_nothing_has_room_keeps_its_size():
    made = Made(messages=1)
    assert made.delivery.deliver(batch("first"))
    assert not made.delivery.deliver(Batch(["a", "b"], 1234))
    held = made.delivery._held  # noqa: SLF001
    assert held is not None
    assert held.size == 1234


def test_held_message_keeps_how_it_came():
    made = Made(messages=1)
    assembled = Message("divided", 7, fragments=3)
    assert made.delivery.deliver(batch("first"))
    assert not made.delivery.deliver(Batch(["divided"], 7, assembled))
    made.taken()
    assert made.delivery.resume()
    assert made.inbox.peek(0, 1) == [assembled]
    assert made.answered == [["first"], ["divided"]]


def test_room_that_comes_at_the_last_look_is_used_and_awaited_no_more(monkeypatch: pytest.MonkeyPatch):
    made = Made(messages=1)
    made.delivery.deliver(batch("first"))
    add, looks = made.inbox.add, []

    def add_after_a_take(messages: Any, size: int) -> bool:
        looks.append(made.inbox.room_is_awaited)
        if made.inbox.room_is_awaited:
            made.taken()
        return add(messages, size)

    monkeypatch.setattr(made.inbox, "add", add_after_a_take)
    assert made.delivery.deliver(batch("second"))
    assert looks == [False, False, True]
    assert not made.inbox.room_is_awaited
    assert made.answered == [["first"], ["second"]]


def test_after_our_close_frame_what_has_no_room_is_counted():
    made = Made(messages=1)
    made.delivery.deliver(batch("first"))
    made.closing.note_sent(1000, "")
    assert made.delivery.deliver(batch("second", "third"))
    assert not made.delivery.is_held_up
    made.delivery.finish()
    assert list(made.notices) == ["2 messages read while the connection closed could not be kept: the inbox was full"]
    assert made.answered == [["first"]]


def test_what_is_held_when_our_close_begins_is_counted_too():
    made = Made(messages=1)
    assert not made.delivery.deliver(batch("first", "second"))
    made.closing.note_sent(1000, "")
    assert made.delivery.resume()
    made.delivery.finish()
    assert made.notices[-1] == "1 message read while the connection closed could not be kept: the inbox was full"


def test_nothing_is_delivered_behind_the_loss_of_tcp():
    made = Made(messages=2)

    def lose(messages: list[str]) -> None:
        made.answered.append(messages)
        made.closing.note_lost("too much waited")

    made.delivery._answer = lose  # type: ignore[assignment]  # noqa: SLF001
    assert made.delivery.deliver(batch("one", "two", "three"))
    assert made.answered == [["one"]]


def test_end_that_answers_nothing_only_receives():
    made = Made()
    made.delivery._answer = None  # noqa: SLF001
    assert made.delivery.deliver(batch("one"))
    assert made.taken() == ["one"]
    assert not made.delivery.is_answering


@pytest.mark.parametrize(("name", "read"), [("busy", "is_answering"), ("behind", "is_held_up")])
def test_answers_that_take_long_hold_up_the_delivery(name: str, read: str):
    responder = Answering(lambda *_: None)
    made = Made(responder)
    assert not getattr(made.delivery, read)
    setattr(responder, name, True)
    assert getattr(made.delivery, read)
    assert made.delivery.answers_count
