"""Frames name the keyword that took their message: frames and messages know nothing of each other."""

from __future__ import annotations

import pytest

from RobotWebSocketLibrary.connection.inbox import Inbox, InboxLimit
from RobotWebSocketLibrary.connection.traffic import EVENT, TrafficRecord
from RobotWebSocketLibrary.protocol.frames import Opcode
from RobotWebSocketLibrary.protocol.messages import Message
from RobotWebSocketLibrary.report.taken_marks import mark_taken
from RobotWebSocketLibrary.report.traffic_html import draw_table

from .live_html import Page


def filled(*messages: str | bytes | Message) -> Inbox:
    inbox = Inbox(InboxLimit())
    for message in messages:
        size = message.size if isinstance(message, Message) else len(message)
        assert inbox.add([message], size)  # type: ignore[list-item]
    return inbox


def take(inbox: Inbox, keyword: str, count: int = 1) -> None:
    inbox.take_first(count)
    inbox.confirm(keyword)


def record(direction: str, opcode: int, payload: bytes, *, fin: bool = True, kept: int = 256) -> TrafficRecord:
    return TrafficRecord(0.0, direction, opcode, len(payload), payload[:kept], fin)  # type: ignore[arg-type]


def received(payload: bytes, opcode: int = Opcode.TEXT, *, fin: bool = True, kept: int = 256) -> TrafficRecord:
    return record("<", opcode, payload, fin=fin, kept=kept)


def marks(inbox: Inbox, *records: TrafficRecord) -> list[str | None]:
    marked = mark_taken(records, inbox)
    assert [record._replace(taken_by=None) for record in marked] == list(records)
    return [record.taken_by for record in marked]


def test_frames_of_taken_messages_are_marked():
    inbox = filled("a", b"a", "å", "left")
    take(inbox, "wait_for_message", 2)
    take(inbox, "take_messages")
    assert marks(
        inbox,
        record(">", Opcode.TEXT, b"a"),
        received(b"a"),
        received(b"a", Opcode.PING),
        received(b"a", Opcode.BINARY),
        received("å".encode()),
        received(b"left"),
        record("!", EVENT, b"a"),
    ) == [None, "Wait For Message", None, "Wait For Message", "Take Messages", None, None]


def test_nothing_is_marked_where_nothing_was_taken():
    assert marks(filled("a"), received(b"a")) == [None]


def test_last_of_equal_messages_are_those_that_are_left():
    inbox = filled(*"aaaa")
    take(inbox, "wait_for_message")
    take(inbox, "wait_for_messages")
    frames = [received(b"a")] * 4
    assert marks(inbox, *frames) == ["Wait For Message", "Wait For Messages", None, None]
    assert marks(inbox, *frames[1:]) == ["Wait For Messages", None, None], "the first is not kept any more"
    assert inbox.add(["a"], 1)
    assert marks(inbox, *frames, received(b"a")) == ["Wait For Message", "Wait For Messages", *[None] * 3]


def test_message_that_was_put_back_is_not_marked():
    inbox = filled("a")
    inbox.take_first(1)
    inbox.put_back()
    assert marks(inbox, received(b"a")) == [None]


def test_last_frame_of_a_divided_message_is_marked():
    inbox = filled(Message("hello", 5, 3), "hel")
    take(inbox, "wait_for_message")
    first, middle = received(b"hel", fin=False), received(b"l", Opcode.CONTINUATION, fin=False)
    last = received(b"o", Opcode.CONTINUATION)
    assert marks(inbox, first, middle, last, received(b"hel")) == [None, None, "Wait For Message", None]
    assert marks(inbox, middle, last) == [None, None], "its beginning is not kept any more"


@pytest.mark.parametrize("kept", [0, 1, 3, 256])
def test_message_is_recognized_by_what_is_kept_of_it(kept: int):
    inbox = filled("a" * 300, "b" * 300, "a" * 301)
    take(inbox, "wait_for_message")
    frames = [received(letter * size, kept=kept) for letter, size in ((b"a", 300), (b"b", 300), (b"a", 301))]
    assert marks(inbox, *frames) == ["Wait For Message", None, None]


def test_table_shows_the_mark():
    marked = received(b"<hello>")._replace(taken_by="Wait For Message")
    assert Page(draw_table([marked])).texts["td"][-1] == "'<hello>' (taken by Wait For Message)"


def test_equal_frames_are_folded_whoever_took_them():
    frames = [received(b"a")._replace(taken_by="Wait For Message")] + [received(b"a")] * 199
    assert draw_table(frames, limit=200).count('<tr class="received again">') == 199
