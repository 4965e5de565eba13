"""What an end answers and sends by itself, while a test does other things."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest

from connection.ends import LIMIT, Ends, lines, soon
from connection.interrupting import InterruptionError
from leaks import reading_threads
from peers.clients import eventually
from peers.raw import BINARY, CLOSE, PATIENCE, TEXT, RawEnd, frame
from RobotWebSocketLibrary.connection import backlog
from RobotWebSocketLibrary.connection.automatic_replies import AutomaticReply
from RobotWebSocketLibrary.connection.inbox import InboxLimit
from RobotWebSocketLibrary.errors import ConnectionClosedError
from RobotWebSocketLibrary.protocol.messages import Message

LONG = 3600.0


def pong(starts: str = "ping", **options: float) -> AutomaticReply:
    return AutomaticReply(
        lambda message: str(message.data).startswith(starts), lambda message: [f"pong to {message.data!s}"], **options
    )


class Waiting:
    """A reply that waits until the test lets it go on."""

    def __init__(self) -> None:
        self.began: list[str | bytes] = []
        self.goes_on = threading.Event()

    def __call__(self, message: Message) -> list[str | bytes]:
        self.began.append(message.data)
        assert self.goes_on.wait(PATIENCE)
        return [f"reply to {message.data!s}"]


@pytest.fixture
def waiting() -> Iterator[Waiting]:
    made = Waiting()
    yield made
    made.goes_on.set()


def texts(*payloads: str, masked: bool = False) -> bytes:
    return b"".join(frame(TEXT, payload.encode(), masked=masked) for payload in payloads)


def received(peer: RawEnd, count: int) -> list[str]:
    return [peer.receive_frame().payload.decode() for _ in range(count)]


def inbox_of(connection) -> list[str | bytes]:
    return [message.data for message in connection.inbox.peek(0, 1000)]


@pytest.mark.parametrize("role", ["client", "server"])
def test_what_matches_is_answered_and_stays_out_of_the_inbox(ends: Ends, role: str):
    connection, peer = ends.open(role)
    connection.automatic.add(pong())
    peer.send(texts("one", "ping 1", "two", "ping 2", masked=role == "server"))
    assert received(peer, 2) == ["pong to ping 1", "pong to ping 2"]
    eventually(lambda: inbox_of(connection) == ["one", "two"])
    assert connection.inbox.size == 6


def test_what_waits_in_the_inbox_is_answered_first(ends: Ends):
    connection, peer = ends.open()
    peer.send(texts(*(f"{'ping' if n % 2 else 'text'} {n}" for n in range(300))))
    eventually(lambda: len(connection.inbox) == 300)
    connection.automatic.add(pong())
    peer.send(texts("ping 300"))
    numbers = [*range(1, 300, 2), 300]
    assert received(peer, 151) == [f"pong to ping {n}" for n in numbers]
    assert inbox_of(connection) == [f"text {n}" for n in range(0, 300, 2)]
    assert connection.inbox.size == sum(map(len, inbox_of(connection)))


def test_no_message_is_missed_that_arrives_while_a_reply_is_added(ends: Ends, threads: list[threading.Thread]):
    connection, peer = ends.open()
    sender = threading.Thread(target=lambda: [peer.send(texts(f"ping {n}")) for n in range(2000)])
    threads.append(sender)
    sender.start()
    eventually(lambda: len(connection.inbox) > 5)
    connection.automatic.add(pong())
    assert received(peer, 2000) == [f"pong to ping {n}" for n in range(2000)]
    assert inbox_of(connection) == []


def test_first_reply_that_matches_and_is_not_used_up_answers(ends: Ends):
    connection, peer = ends.open()
    peer.send(texts("ping 0"))
    eventually(lambda: len(connection.inbox) == 1)
    connection.automatic.add(pong(times=2))
    connection.automatic.add(AutomaticReply(lambda message: message.data == "ping 2", lambda _: ["other"]))
    peer.send(texts("ping 1", "ping 2", "ping 3"))
    assert received(peer, 3) == ["pong to ping 0", "pong to ping 1", "other"]
    eventually(lambda: inbox_of(connection) == ["ping 3"])


def test_what_a_reply_leaves_of_a_message_is_for_others(ends: Ends):
    connection, peer = ends.open()
    peer.send(texts("a1", "b", "a2"))
    eventually(lambda: len(connection.inbox) == 3)
    first = AutomaticReply(
        lambda message: "a" in str(message.data),
        lambda message: [f"first to {message.data!s}"],
        lambda message: message.data[1:] or None,
    )
    connection.automatic.add(first)
    connection.automatic.add(AutomaticReply(lambda message: message.data == "5", lambda _: ["second"]))
    peer.send(texts("a3", "a5", "a"))
    answers = ["first to a1", "first to a2", "first to a3", "first to a5", "second", "first to a"]
    assert received(peer, 6) == answers
    eventually(lambda: inbox_of(connection) == ["1", "b", "2", "3"])
    assert connection.inbox.size == 4


def test_divided_and_binary_messages_match(ends: Ends):
    connection, peer = ends.open()
    connection.automatic.add(AutomaticReply(lambda message: b"p" in as_bytes(message), lambda _: [b"\xff"]))
    peer.send_frame(TEXT, b"pi", fin=False)
    peer.send_frame(0, b"ng")
    peer.send_frame(BINARY, b"\x00p")
    peer.send_frame(TEXT, b"le", fin=False)
    peer.send_frame(0, b"ft")
    assert [peer.receive_frame().payload for _ in range(2)] == [b"\xff", b"\xff"]
    eventually(lambda: len(connection.inbox) == 1)
    assert connection.inbox.peek(0, 1) == [Message("left", 4, fragments=2)]


def as_bytes(message: Message) -> bytes:
    return message.data if isinstance(message.data, bytes) else message.data.encode()


def test_full_inbox_holds_what_no_reply_takes(ends: Ends):
    connection, peer = ends.open(inbox=InboxLimit(2))
    connection.automatic.add(pong())
    peer.send(texts("one", "ping 1", "two"))
    eventually(lambda: connection.inbox.full)
    peer.send(texts("ping 2", "three", "ping 3"))
    assert received(peer, 2) == ["pong to ping 1", "pong to ping 2"]
    connection.inbox.take_first(2)
    assert received(peer, 1) == ["pong to ping 3"]
    eventually(lambda: inbox_of(connection) == ["three"])


def test_code_of_the_test_holds_up_nobody(ends: Ends, waiting: Waiting):
    connection, peer = ends.open()
    connection.automatic.add(AutomaticReply(lambda message: message.data == "ask", waiting))
    peer.send(texts("ask", "behind"))
    eventually(lambda: waiting.began)
    eventually(lambda: inbox_of(connection) == ["behind"])
    peer.send_close(1001)
    connection.send("other", soon())
    assert received(peer, 1) == ["other"]
    assert connection.state == "open", "the close frame waits for the reply"
    waiting.goes_on.set()
    assert received(peer, 1) == ["reply to ask"]
    assert peer.receive_frame().opcode == CLOSE


def test_too_much_that_waits_pauses_reading(ends: Ends, waiting: Waiting, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(backlog, "WAITING", 3)
    connection, peer = ends.open()
    connection.automatic.add(AutomaticReply(lambda message: message.data == "ask", waiting))
    peer.send(texts(*["ask"] * 5))
    eventually(lambda: connection._serving.interest == 0)  # noqa: SLF001
    peer.send(texts("unread"))
    waiting.goes_on.set()
    assert received(peer, 5) == ["reply to ask"] * 5
    eventually(lambda: inbox_of(connection) == ["unread"])


def test_delayed_reply_is_not_waited_for(ends: Ends):
    connection, peer = ends.open()
    connection.automatic.add(pong("ping", delay=0.05))
    connection.automatic.add(pong("quick"))
    peer.send(texts("ping", "quick"))
    assert received(peer, 2) == ["pong to quick", "pong to ping"]


def test_messages_are_sent_again_and_again_until_they_are_removed(ends: Ends):
    connection, peer = ends.open()
    connection.automatic.add(pong("later", delay=LONG))
    connection.automatic.send_every(0.02, ["one", "two"])
    assert received(peer, 4) == ["one", "two"] * 2
    peer.send(texts("later"))
    connection.automatic.send_every(LONG, ["never"])
    connection.automatic.stop()
    peer.send(texts("ping"))
    eventually(lambda: inbox_of(connection)[-1:] == ["ping"])
    connection.send("last", soon())
    assert set(iter(lambda: received(peer, 1)[0], "last")) <= {"one", "two"}


@pytest.mark.parametrize("end", [lambda peer: peer.send_close(), lambda peer: peer.close()], ids=["close", "lost"])
def test_the_end_of_the_connection_ends_all(ends: Ends, end: Callable[[RawEnd], None]):
    connection, peer = ends.open()
    connection.automatic.add(pong("later", delay=LONG))
    connection.automatic.send_every(0.01, ["tick"])
    peer.send(texts("later"))
    assert received(peer, 1) == ["tick"]
    end(peer)
    connection.waits.wait_until_closed(soon())
    assert connection.state == "closed"
    connection.automatic.send_every(LONG, ["never"])
    assert connection.automatic._tickings == []  # noqa: SLF001
    with pytest.raises(ConnectionClosedError, match=r"^Cannot add to 'main': "):
        connection.check_open("Cannot add to")


def test_reply_that_is_made_behind_the_end_does_not_wait_for_its_delay(ends: Ends, waiting: Waiting):
    connection, peer = ends.open()
    connection.automatic.add(AutomaticReply(lambda _: True, waiting, delay=LONG))
    peer.send(texts("ask"))
    eventually(lambda: waiting.began)
    peer.close()
    connection.waits.wait_until_closed(soon())
    waiting.goes_on.set()
    eventually(lambda: not connection.automatic.busy)
    eventually(lambda: not reading_threads())


def test_what_is_answered_while_closing_is_not_sent(ends: Ends, waiting: Waiting):
    connection, peer = ends.open()
    connection.automatic.add(AutomaticReply(lambda _: True, waiting))
    peer.send(texts("ask"))
    eventually(lambda: waiting.began)
    connection.begin_close(1000, "", soon())
    assert peer.receive_frame().opcode == CLOSE
    waiting.goes_on.set()
    peer.send_close()
    connection.finish_close(soon())
    assert connection.close_status.clean


@pytest.mark.parametrize("answers_first", [True, False])
def test_answer_to_our_close_waits_for_no_reply(ends: Ends, waiting: Waiting, answers_first: bool):
    connection, peer = ends.open()
    connection.automatic.add(AutomaticReply(lambda _: True, waiting))
    peer.send(texts("ask"))
    eventually(lambda: waiting.began)
    if answers_first:  # both close frames cross each other
        peer.send_close()
        eventually(lambda: lines(connection)[-1].startswith("< close"))
    connection.begin_close(1000, "", soon())
    if not answers_first:
        assert peer.receive_frame().opcode == CLOSE
        peer.send_close()
    assert connection.finish_close(soon()).clean
    assert not waiting.goes_on.is_set()
    assert list(connection.notices) == []


def test_reply_that_fails_fails_the_connection(ends: Ends):
    def fail(_: Message) -> list[str]:
        raise SystemExit("no idea")

    connection, peer = ends.open()
    connection.automatic.add(AutomaticReply(lambda _: True, fail))
    peer.send(texts("ask"))
    closed = peer.receive_frame()
    assert closed.payload[2:] == b"a reply failed: SystemExit: no idea"
    peer.close()
    connection.waits.wait_until_closed(soon())
    line = fail.__code__.co_firstlineno + 1
    assert list(connection.notices) == [
        f"an automatic reply to 'ask' failed: SystemExit: no idea (test_automatic_replies.py:{line})"
    ]


def test_peer_that_takes_nothing_ends_what_is_sent_again_and_again(ends: Ends):
    connection, _ = ends.open()
    connection.automatic.send_every(0.001, [b"x" * LIMIT] * 20)
    connection.waits.wait_until_closed(soon())
    assert str(connection._closing) == "the server did not read, and 16,777,216 bytes waited for it"  # noqa: SLF001


def test_two_ends_that_answer_each_other(ends: Ends):
    ours, theirs = ends.open_both()
    answered: list[str] = []

    def answer(message: Message) -> list[str]:
        answered.append(str(message.data))
        return ["ping"]

    for end in (ours, theirs):
        end.automatic.add(AutomaticReply(lambda _: True, answer))
    ours.send("ping", soon())
    eventually(lambda: len(answered) > 200)
    assert len(ours.inbox) == len(theirs.inbox) == 0
    for end in (ours, theirs):
        end.automatic.stop()


def test_interrupted_adding_loses_no_message(ends: Ends):
    connection, peer = ends.open()
    peer.send(texts("ping 1", "ping 2"))
    eventually(lambda: len(connection.inbox) == 2)
    rule = pong()

    def strike(message: Message) -> bool:
        if message.data == "ping 2":
            raise InterruptionError
        return True

    rule.matches = strike
    with pytest.raises(InterruptionError):
        connection.automatic.add(rule)
    connection.inbox.put_back()
    assert received(peer, 1) == ["pong to ping 1"]
    assert inbox_of(connection) == ["ping 1", "ping 2"]
