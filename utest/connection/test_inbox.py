from __future__ import annotations

import threading

import pytest

from peers.raw import PATIENCE
from RobotWebSocketLibrary.connection.inbox import Inbox, InboxLimit
from RobotWebSocketLibrary.protocol.messages import Message

from .ends import anything
from .interruption import InterruptionError


def message(text: str) -> Message:
    return Message(text, len(text))


def filled(*texts: str, limit: InboxLimit | None = None, keep_last: int | None = None) -> Inbox:
    inbox = Inbox(limit or InboxLimit(), keep_last)
    for text in texts:
        inbox.add(message(text))
    return inbox


def rest(inbox: Inbox) -> list[str | bytes]:
    taken = []
    while (found := inbox.take(anything)) is not None:
        taken.append(found.data)
    return taken


def test_messages_are_taken_in_their_order():
    inbox = filled("one", "two", "three")
    assert len(inbox) == 3
    assert rest(inbox) == ["one", "two", "three"]
    assert len(inbox) == 0


def test_first_message_that_matches_is_taken_and_the_others_stay():
    inbox = filled("one", "two", "three")
    taken = inbox.take(lambda message: message.data.startswith("t"))
    assert taken == message("two")
    assert rest(inbox) == ["one", "three"]


def test_nothing_is_taken_where_nothing_matches():
    inbox = filled("one")
    assert inbox.take(lambda _: False) is None
    assert rest(inbox) == ["one"]


def test_empty_message_is_a_message():
    inbox = filled("")
    assert inbox.take(anything) == message("")


def test_inbox_is_full_at_its_count_of_messages():
    inbox = filled("a", limit=InboxLimit(messages=2))
    assert not inbox.full
    inbox.add(message("b"))
    assert inbox.full
    inbox.take(anything)
    assert not inbox.full


def test_inbox_is_full_at_its_size():
    inbox = filled("abc", limit=InboxLimit(size=5))
    assert not inbox.full
    inbox.add(message("de"))
    assert inbox.full
    inbox.take(anything)
    assert not inbox.full


def test_inbox_that_keeps_the_last_messages_is_never_full():
    inbox = filled(*"abcdef", limit=InboxLimit(messages=2, size=2), keep_last=3)
    assert not inbox.full
    assert rest(inbox) == ["d", "e", "f"]


def test_inbox_keeps_all_from_the_moment_it_is_asked_to():
    inbox = filled(*"abcd", limit=InboxLimit(size=3), keep_last=2)
    inbox.keep_all()
    assert not inbox.full, "what was dropped does not count"
    inbox.add(message("e"))
    assert inbox.full
    assert rest(inbox) == ["c", "d", "e"]


def test_nothing_is_lost_between_two_threads():
    inbox, taken = Inbox(InboxLimit()), []
    count = 20_000

    def add() -> None:
        for number in range(count):
            inbox.add(message(str(number)))

    adding = threading.Thread(target=add, daemon=True)
    adding.start()
    while adding.is_alive() or len(inbox):
        if (found := inbox.take(anything)) is not None:
            taken.append(found.data)
    adding.join(PATIENCE)
    assert taken == [str(number) for number in range(count)]


def test_message_stays_when_the_test_is_interrupted_while_it_looks():
    inbox = filled("one")

    def interrupted(_: Message) -> bool:
        raise InterruptionError

    with pytest.raises(InterruptionError):
        inbox.take(interrupted)
    assert rest(inbox) == ["one"]
