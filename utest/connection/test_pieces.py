"""Packets that do not end where messages end are taken out of the inbox exactly."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connection.ends import Asked, Ends, soon
from peers.raw import BINARY, TEXT
from RobotWebSocketLibrary.connection.inbox import Inbox, InboxLimit
from RobotWebSocketLibrary.connection.observed_inbox import ObservedInbox
from RobotWebSocketLibrary.connection.pieces import PieceSearch
from RobotWebSocketLibrary.deadline import Deadline
from RobotWebSocketLibrary.errors import ConnectionClosedError, InboxFullError, MessageTimeoutError
from RobotWebSocketLibrary.protocol.messages import Message

Data = str | bytes


def filled(*messages: Data, **options: Any) -> Inbox:
    inbox = Inbox(InboxLimit(), **options)
    for data in messages:
        inbox.add([Message.of(data)], Message.of(data).size)
    return inbox


def content(inbox: Inbox) -> list[Data]:
    return [message.data for message in inbox.peek(0, len(inbox))]


def searching(inbox: Inbox, *, count: int | None = None, until: Data | None = None, text: bool = False) -> PieceSearch:
    return PieceSearch(inbox, count=count, until=until, nothing="" if text else b"")


@pytest.mark.parametrize(
    ("messages", "options", "piece", "rest"),
    [
        ([b"abcd"], {"count": 4}, b"abcd", []),
        ([b"abcd"], {"count": 1}, b"a", [b"bcd"]),
        ([b"ab", b"cd"], {"count": 3}, b"abc", [b"d"]),
        ([b"ab", b"cd", b"ef"], {"count": 4}, b"abcd", [b"ef"]),
        ([b"ab", "text", b"cdef", "more", b"gh"], {"count": 5}, b"abcde", ["text", b"f", "more", b"gh"]),
        (["text", b"ab", "more", b"cd"], {"count": 4}, b"abcd", ["text", "more"]),
        ([b"", b"a", b"", b"b"], {"count": 2}, b"ab", []),
        ([b"ab", b""], {"count": 2}, b"ab", [b""]),
        ([b"ab"], {"count": 0}, b"", [b"ab"]),
        (["añb", b"x", "cd"], {"count": 4, "text": True}, "añbc", [b"x", "d"]),
        ([b"one\r\ntwo\r\n"], {"until": b"\r\n"}, b"one\r\n", [b"two\r\n"]),
        ([b"one\r", "text", b"\n"], {"until": b"\r\n"}, b"one\r\n", ["text"]),
        ([b"aab", b"a", b"abb"], {"until": b"aab"}, b"aab", [b"a", b"abb"]),
        ([b"xa", b"a", b"bb"], {"until": b"aab"}, b"xaab", [b"b"]),
        (["é\0", "x"], {"until": "\0", "text": True}, "é\0", ["x"]),
    ],
)
def test_piece_is_taken_and_its_rest_stays(
    messages: list[Data], options: dict[str, Any], piece: Data, rest: list[Data]
):
    inbox = filled(*messages)
    assert searching(inbox, **options).take() == piece
    assert content(inbox) == rest
    assert inbox.size == sum(Message.of(data).size for data in rest)
    inbox.put_back()
    assert content(inbox) == messages
    assert inbox.size == sum(Message.of(data).size for data in messages)


@given(st.lists(st.binary(max_size=5) | st.text(max_size=3), max_size=12), st.integers(1, 12), st.booleans())
def test_any_piece_can_be_put_back(messages: list[Data], count: int, confirmed: bool):
    inbox = filled(*messages)
    stream = b"".join(data for data in messages if isinstance(data, bytes))
    texts = [data for data in messages if isinstance(data, str)]
    piece = searching(inbox, count=count).take()
    assert piece == (stream[:count] if len(stream) >= count else None)
    if piece is not None and confirmed:
        inbox.confirm("wait_for_bytes")
        assert inbox.taken.pop() == ("wait_for_bytes", piece)
    inbox.put_back()
    left = stream[count:] if piece is not None and confirmed else stream
    assert b"".join(data for data in content(inbox) if isinstance(data, bytes)) == left
    assert [data for data in content(inbox) if isinstance(data, str)] == texts
    assert inbox.size == sum(Message.of(data).size for data in content(inbox))
    if not confirmed:
        assert content(inbox) == messages


def test_each_message_is_looked_at_once():
    inbox = filled(*[b"x" * 99] * 2000)
    search = searching(inbox, until=b"\n")
    for _ in range(200):
        assert search.take() is None
    inbox.add([b"y\nz"], 3)
    assert search.take() == b"x" * 99 * 2000 + b"y\n"
    assert content(inbox) == [b"z"]


def forgetting(*messages: Data) -> Inbox:
    inbox = ObservedInbox(InboxLimit(3))
    for data in messages:
        inbox.add([data], len(data))  # type: ignore[list-item]
    return inbox


def test_search_begins_anew_where_its_messages_were_forgotten():
    inbox = forgetting(b"a", b"b", b"c")
    search = searching(inbox, until=b"e")
    assert search.take() is None
    inbox.add([b"de"], 2)
    assert search.take() == b"bcde"
    assert (content(inbox), inbox.size) == ([], 0)


@pytest.mark.parametrize(
    ("more", "left", "after"),
    [
        ([], [b"ef"], [b"ab", b"cd", b"ef"]),
        ([b"g"], [b"f", b"g"], [b"ab", b"cd", b"ef", b"g"]),
        ([b"g", b"h", b"i"], [b"g", b"h", b"i"], [b"ab", b"cd", b"g", b"h", b"i"]),
    ],
)
def test_piece_is_put_back_where_the_rest_was_forgotten(more: list[Data], left: list[Data], after: list[Data]):
    inbox = forgetting(b"ab", b"cd", b"ef")
    assert searching(inbox, count=4 if not more else 5).take() == (b"abcd" if not more else b"abcde")
    for data in more:
        inbox.add([data], len(data))  # type: ignore[list-item]
    assert content(inbox) == left
    inbox.put_back()
    assert content(inbox) == after
    assert inbox.size == sum(map(len, after))


@pytest.mark.parametrize(
    ("added", "left"), [([b"x"], [b"x"]), ([b"x", b"y"], [b"x", b"y"]), ([b"x", b"y", b"z"], [b"x", b"y", b"z"])]
)
def test_messages_are_forgotten_while_a_piece_of_them_is_taken(added: list[Data], left: list[Data]):
    inbox = forgetting(b"ab", b"cd", b"ef")
    for data in added:
        inbox.add([data], len(data))  # type: ignore[list-item]
    inbox.take_piece(b"abcdef", [0, 1, 2], b"")
    assert content(inbox) == left
    assert inbox.size == sum(map(len, left))


def test_taking_a_piece_makes_room():
    attention = Asked()
    inbox = filled(b"ab", attention=attention)
    inbox.room_is_awaited = True
    assert searching(inbox, count=1).take() == b"a"
    assert attention.count == 1


def test_wait_takes_what_comes_in_pieces(ends: Ends):
    connection, peer = ends.open()
    for piece in (b"\x20", b"\x02\x00", b"\x00\x90"):
        peer.send_frame(BINARY, piece)
    peer.send_frame(TEXT, b"text")
    assert connection.waits.wait_for_piece(soon(), searching(connection.inbox, count=4)) == b"\x20\x02\x00\x00"
    connection.inbox.confirm()
    with pytest.raises(MessageTimeoutError, match=r"^Only 1 of 2 bytes from 'main' in 50 milliseconds; the connection"):
        connection.waits.wait_for_piece(Deadline(0.05), searching(connection.inbox, count=2))
    peer.send_close(4000)
    with pytest.raises(ConnectionClosedError, match=r"^No '\\r\\n' in 4 characters from 'main': the server closed"):
        connection.waits.wait_for_piece(soon(), searching(connection.inbox, until="\r\n", text=True))
    assert content(connection.inbox) == [b"\x90", "text"]


def test_full_inbox_without_the_piece_fails_at_once(ends: Ends):
    connection, peer = ends.open(inbox=InboxLimit(2))
    for _ in range(3):
        peer.send_frame(BINARY, b"a")
    with pytest.raises(InboxFullError, match=r"^Only 2 of 3 bytes from 'main': the inbox is full"):
        connection.waits.wait_for_piece(soon(), searching(connection.inbox, count=3))
