"""Scripted replies are made in a thread of their client, in the order of its messages."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from leaks import server_threads
from peers.clients import PATIENCE, answers_pings, eventually, opened, websockets_client
from peers.raw import CLOSE, PING, PONG, TEXT, RawEnd, frame
from RobotWebSocketLibrary.connection import backlog
from RobotWebSocketLibrary.protocol.messages import Message
from RobotWebSocketLibrary.server.replies import Rule
from server.conftest import Start


class Replying:
    """A scripted reply that waits until the test lets it go on."""

    def __init__(self) -> None:
        self.began: list[str | bytes] = []
        self.goes_on = threading.Event()

    def __call__(self, message: Message) -> list[str | bytes]:
        self.began.append(message.data)
        assert self.goes_on.wait(PATIENCE)
        return [f"reply to {message.data!s}"]


@pytest.fixture
def replying() -> Iterator[Replying]:
    made = Replying()
    yield made
    made.goes_on.set()


def matching(*words: str) -> Callable[[Message], bool]:
    return lambda message: str(message.data).startswith(words)


def text(payload: str) -> bytes:
    return frame(TEXT, payload.encode(), masked=True)


def payloads(client: RawEnd, count: int) -> list[str]:
    return [client.receive_frame().payload.decode() for _ in range(count)]


def workers() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name.startswith("replies to")]


def test_replies_and_echoes_keep_the_order_of_the_messages(start: Start):
    server = start()
    server.replies.add(Rule(matching("ask"), lambda message: [f"reply to {message.data}"]))
    sent = [f"{'ask' if number % 3 == 0 else 'echo'} {number}" for number in range(300)]
    with opened(server) as client:
        client.send(b"".join(map(text, sent)))
        assert payloads(client, 300) == [f"reply to {one}" if one.startswith("ask") else one for one in sent]
    eventually(lambda: not workers())


def test_nothing_waits_for_the_reply_behind_it(start: Start, replying: Replying):
    server = start()
    server.replies.add(Rule(matching("quick"), lambda _: ["quick reply"]))
    server.replies.add(Rule(matching("slow"), replying))
    with opened(server) as client:
        client.send(text("quick") + text("echo") + text("slow") + text("behind"))
        assert payloads(client, 2) == ["quick reply", "echo"]
        replying.goes_on.set()
        assert payloads(client, 2) == ["reply to slow", "behind"]


def test_reply_that_takes_long_holds_up_its_own_connection_only(start: Start, replying: Replying):
    server = start()
    server.replies.add(Rule(matching("slow"), replying))
    with opened(server) as client, websockets_client(server) as other:
        client.send(text("slow") + text("behind"))
        eventually(lambda: replying.began)
        other.send("hello")
        assert other.recv(timeout=PATIENCE) == "hello"
        assert answers_pings(client), "also while its own reply is made"
        client.send(frame(PING, b"again", masked=True))
        assert client.receive_frame()[:2] == (PONG, b"again")
        replying.goes_on.set()
        assert payloads(client, 2) == ["reply to slow", "behind"]


def test_close_frame_waits_for_the_replies_before_it(start: Start, replying: Replying):
    server = start()
    server.replies.add(Rule(matching("slow"), replying))
    with opened(server) as client:
        client.send(text("slow") + text("echo"))
        client.send_close(1001)
        eventually(lambda: replying.began)
        assert server.clients[0].connection.state == "open"
        replying.goes_on.set()
        assert payloads(client, 2) == ["reply to slow", "echo"]
        assert client.receive_frame()[:2] == (CLOSE, (1001).to_bytes(2, "big"))


@pytest.mark.parametrize("limit", ["messages", "bytes"])
def test_too_much_that_waits_pauses_reading(
    limit: str, start: Start, replying: Replying, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(backlog, "WAITING", 10 if limit == "messages" else 1_000_000)
    monkeypatch.setattr(backlog, "WAITING_SIZE", 1_000_000 if limit == "messages" else 100)
    server = start()
    server.replies.add(Rule(matching("slow"), replying))
    with opened(server) as client:
        client.send(text("slow first"))
        eventually(lambda: replying.began)
        client.send(b"".join(text(f"echo {number:05}") for number in range(20)))
        connection = server.clients[0].connection
        eventually(lambda: len(connection.inbox) == 21)
        eventually(lambda: connection._serving.interest == 0)  # noqa: SLF001
        client.send(text("unread"))
        time.sleep(0.05)
        assert len(connection.inbox) == 21
        replying.goes_on.set()
        assert payloads(client, 22) == ["reply to slow first", *(f"echo {number:05}" for number in range(20)), "unread"]


def test_failed_reply_closes_with_1011_and_answers_nothing_behind_it(start: Start, replying: Replying):
    server = start()

    def fail(message: Message) -> list[str]:
        replying(message)
        raise ValueError("no idea")

    server.replies.add(Rule(matching("ask"), fail))
    with opened(server) as client:
        client.send(text("echo") + text("ask"))
        eventually(lambda: replying.began)
        client.send(text("ask again") + text("unanswered"))
        replying.goes_on.set()
        assert payloads(client, 1) == ["echo"]
        closed = client.receive_frame()
        assert (closed.opcode, closed.payload[:2]) == (CLOSE, (1011).to_bytes(2, "big"))
        assert closed.payload[2:] == b"a reply failed: ValueError: no idea"
    assert replying.began == ["ask"]
    line = fail.__code__.co_firstlineno + 2
    (failure,) = server.replies.take_failures()
    assert failure.sentence == f"to 'ask' failed: ValueError: no idea (test_conversation.py:{line})"
    assert failure.traceback.startswith("Traceback (most recent call last):")
    assert failure.traceback.endswith(f'line {line}, in fail\n    raise ValueError("no idea")\nValueError: no idea')


@pytest.mark.parametrize("leave", ["close", "finish", "reset"])
def test_client_may_leave_while_its_reply_is_made(leave: str, start: Start, replying: Replying):
    server = start()
    server.replies.add(Rule(matching("slow"), replying))
    with opened(server) as client:
        client.send(text("slow") + text("slow again"))
        eventually(lambda: replying.began)
        getattr(client, leave)()
        eventually(lambda: not server.clients)
        replying.goes_on.set()
        eventually(lambda: not workers())
    with opened(server) as client:
        assert answers_pings(client)


def test_server_stops_although_a_reply_takes_long(start: Start, replying: Replying):
    server = start()
    server.replies.add(Rule(matching("slow"), replying))
    with opened(server) as client:
        client.send(text("slow"))
        client.send_close()
        eventually(lambda: replying.began)
        server.stop()
        assert not server.clients
        eventually(lambda: not server_threads(server.port))


def test_thread_of_a_client_ends_with_its_replies_and_begins_again(start: Start):
    server = start()
    server.replies.add(Rule(matching("ask"), lambda _: ["reply"]))
    with opened(server) as client:
        for _ in range(20):
            client.send(text("ask"))
            assert payloads(client, 1) == ["reply"]
            eventually(lambda: not workers())


def test_without_rules_no_thread_is_needed(start: Start):
    server = start()
    with opened(server) as client:
        client.send(text("hello"))
        assert payloads(client, 1) == ["hello"]
        assert not workers()
        server.replies.add(Rule(matching("ask"), lambda _: ["reply"]))
        client.send(text("ask"))
        assert payloads(client, 1) == ["reply"]
        server.replies.remove()
        client.send(text("ask"))
        assert payloads(client, 1) == ["ask"]


def test_machine_without_room_for_the_thread_fails_the_connection(start: Start, monkeypatch: pytest.MonkeyPatch):
    def refuse(*_: object) -> None:
        raise RuntimeError("can't start new thread")

    server = start()
    server.replies.add(Rule(matching("ask"), lambda _: ["reply"]))
    with opened(server) as client:
        monkeypatch.setattr(backlog, "start", refuse)
        client.send(text("ask"))
        closed = client.receive_frame()
        assert (closed.opcode, closed.payload[:2]) == (CLOSE, (1011).to_bytes(2, "big"))


def test_message_behind_a_reply_in_the_making_is_not_kept_where_replies_were_removed(start: Start, replying: Replying):
    server = start()
    server.replies.add(Rule(matching("slow"), replying))
    with opened(server) as client:
        client.send(text("slow"))
        eventually(lambda: replying.began)
        server.replies.remove()
        client.send(text("late"))
        assert answers_pings(client)  # so it waits for the reply
        replying.goes_on.set()
        assert payloads(client, 2) == ["reply to slow", "late"]
    assert server.replies.unmatched == []
