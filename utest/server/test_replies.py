"""Scripted replies, seen by clients that know nothing of the library: design section 4, fault matrix 44."""

import struct
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from fnmatch import fnmatchcase
from time import monotonic
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from peers.clients import PATIENCE, answers_pings, close_of, eventually, opened, websockets_client
from peers.raw import AT_ONCE, BINARY, CLOSE, TEXT, WireFrame, frame
from RobotWebSocketLibrary.connection.connection import OUTBOX_LIMIT
from RobotWebSocketLibrary.connection.kept_messages import read_data
from RobotWebSocketLibrary.deadline import Deadline
from RobotWebSocketLibrary.errors import ConnectionClosedError
from RobotWebSocketLibrary.protocol.messages import Message
from RobotWebSocketLibrary.server.conversation import UNSENT
from RobotWebSocketLibrary.server.replies import UNMATCHED_MESSAGES, UNMATCHED_SIZE, Rule
from RobotWebSocketLibrary.server.server import WebSocketServer
from server.conftest import Start

SOON = 0.05
LATER = 0.5
"""Seconds in which everything arrives that does not have to wait, also on a busy machine."""


def rule(*words: str | bytes, replies: Sequence[Any] | Callable[..., Any] = ("reply",), **options: Any) -> Rule:
    """Replies to some messages, or without words to all."""
    made = replies if callable(replies) else lambda _: replies
    return Rule(lambda message: not words or message.data in words, made, **options)


def started(start: Start, *rules: Rule, **options: Any) -> WebSocketServer:
    server = start(**options)
    for added in rules:
        server.replies.add(added)
    return server


def conversation(client: Any, *messages: str | bytes) -> list[str | bytes]:
    """Sends all messages, and one that the echo protocol answers; returns the answers that come before that echo."""
    for message in (*messages, "the end"):
        client.send(message)
    answers = []
    while (answer := client.recv(timeout=PATIENCE)) != "the end":
        answers.append(answer)
    return answers


def test_replies_take_the_place_of_the_protocol_for_messages_that_match(start: Start):
    server = started(start, rule("hello", replies=["welcome", b"\x00", "go on"]))
    with websockets_client(server) as client:
        assert conversation(client, "hello", "other", b"hello") == ["welcome", b"\x00", "go on", "other", b"hello"]


def test_first_rule_that_matches_answers(start: Start):
    server = started(start, rule("one", replies=["first"]), rule(replies=["second"]), rule("one", replies=["third"]))
    with websockets_client(server) as client:
        for message, reply in (("one", "first"), ("two", "second"), ("one", "first")):
            client.send(message)
            assert client.recv(timeout=PATIENCE) == reply


@pytest.mark.parametrize("protocol", ["echo", "silent", "time-broadcast", "echo-server-close"])
def test_each_protocol_can_be_scripted(start: Start, protocol: str):
    server = start()
    with websockets_client(server, subprotocols=[protocol]) as client:
        client.send("before")
        eventually(lambda: len(server.clients[0].connection.inbox) == 1)
        if protocol.startswith("echo"):
            assert client.recv(timeout=PATIENCE) == "before"
        server.replies.add(rule("bye", replies=["stay"]))
        for _ in range(2):
            client.send("bye")
            assert client.recv(timeout=PATIENCE) == "stay"


def test_rule_without_replies_swallows_the_message(start: Start):
    server = started(start, rule("quiet", replies=[]))
    with websockets_client(server) as client:
        assert conversation(client, "quiet", "loud", "quiet") == ["loud"]
    assert server.replies.unmatched == ["loud", "the end"]


def test_order_is_kept_within_a_batch(start: Start):
    server = started(start, rule("m", replies=["r1", b"r2"]))
    with opened(server) as client:
        texts = ["a", "b", "m", "m", "c", "m", "d", "e"] * 200
        client.send(b"".join(frame(TEXT, text.encode(), masked=True) for text in texts))
        for text in texts:
            expected = [(TEXT, b"r1"), (BINARY, b"r2")] if text == "m" else [(TEXT, text.encode())]
            assert [client.receive_frame()[:2] for _ in expected] == expected


def test_replies_apply_to_connections_that_are_open_and_end_with_their_removal(start: Start):
    server = start()
    with websockets_client(server) as client:
        assert conversation(client, "hello") == ["hello"]
        server.replies.add(rule("hello", replies=["welcome"]))
        assert conversation(client, "hello") == ["welcome"]
        server.replies.remove()
        assert conversation(client, "hello") == ["hello"]


def test_rule_that_is_used_up_leaves_messages_to_the_next(start: Start):
    server = started(start, rule("a", replies=["1"], times=1), rule("a", replies=["2"], times=2))
    with websockets_client(server) as client:
        assert conversation(client, *"aaaa") == ["1", "2", "2", "a"]


def test_no_two_clients_take_the_last_time_both(start: Start):
    server = started(start, rule("a", replies=["reply"], times=500))
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        with ExitStack() as stack:
            clients = [stack.enter_context(websockets_client(server)) for _ in range(4)]
            for client in clients:
                for _ in range(200):
                    client.send("a")
            received = [client.recv(timeout=PATIENCE) for client in clients for _ in range(200)]
    finally:
        sys.setswitchinterval(usual)
    assert (received.count("reply"), received.count("a")) == (500, 300)


def test_rule_that_is_used_up_in_between_does_not_answer(start: Start):
    used = rule(times=1)
    server = started(start, used)

    def matches(_: Message) -> bool:
        used.times = 0  # another client was faster
        return True

    used.matches = matches
    with websockets_client(server) as client:
        assert conversation(client, "a") == ["a"]


def test_rules_for_paths_and_subprotocols(start: Start):
    server = started(
        start,
        rule(replies=["chat"], path="/chat"),
        rule(replies=["query"], path="/other?x=1"),
        rule(replies=["ocpp"], subprotocol="ocpp"),
        protocols={"ocpp": "echo", "b": "echo"},
    )
    for path, subprotocol, answer in (
        ("chat", None, "chat"),
        ("chat?x=1", "b", "chat"),
        ("other?x=1", None, "query"),
        ("other", None, "hello"),
        ("other", "ocpp", "ocpp"),
        ("", "b", "hello"),
    ):
        with websockets_client(server, path, subprotocols=[subprotocol] if subprotocol else None) as client:
            client.send("hello")
            assert client.recv(timeout=PATIENCE) == answer


def test_servers_have_replies_of_their_own(start: Start):
    one, two = started(start, rule(replies=["one"])), started(start, rule(replies=["two"]))
    for server, answer in ((one, "one"), (two, "two"), (start(), "hello")):
        with websockets_client(server) as client:
            client.send("hello")
            assert client.recv(timeout=PATIENCE) == answer


def test_messages_land_in_the_inbox_all_the_same(start: Start):
    server = started(start, rule("hello"))
    with websockets_client(server) as client:
        conversation(client, "hello", "other")
        inbox = server.clients[0].connection.inbox
        assert read_data(inbox.take_first(10)) == ["hello", "other", "the end"]


def test_compressed_and_fragmented_messages_match(start: Start):
    server = started(start, rule("x" * 1000, replies=["y" * 1000]))
    with websockets_client(server, compression="deflate") as client:
        client.send(["x" * 500, "x" * 500])
        assert client.recv(timeout=PATIENCE) == "y" * 1000


def test_delay_holds_nobody_up(start: Start):
    server = started(
        start,
        rule("slow", replies=["late", "and on"], delay=2 * LATER),
        rule("quick", replies=["in between"], delay=LATER),
        rule("now", replies=["at once"]),
    )
    with websockets_client(server) as client, websockets_client(server) as other:
        begun = monotonic()
        for message in ("slow", "quick", "now", "echo"):
            client.send(message)
        assert [client.recv(timeout=PATIENCE) for _ in range(3)] == ["at once", "echo", "in between"]
        assert monotonic() - begun >= LATER
        other.send("now")
        assert other.recv(timeout=PATIENCE) == "at once"
        assert [client.recv(timeout=PATIENCE) for _ in range(2)] == ["late", "and on"]
        assert monotonic() - begun >= 2 * LATER


def test_delayed_replies_keep_their_order(start: Start):
    server = started(start, rule(replies=lambda message: [message.data], delay=SOON))
    with websockets_client(server) as client:
        messages = [str(number) for number in range(100)]
        for message in messages:
            client.send(message)
        assert [client.recv(timeout=PATIENCE) for _ in messages] == messages


def test_removal_takes_back_what_has_not_gone_out(start: Start):
    server = started(start, rule("hello", delay=LATER))
    with websockets_client(server) as client:
        client.send("hello")
        eventually(lambda: len(server.clients[0].connection.inbox) == 1)
        server.replies.remove()
        server.replies.add(rule("hello", replies=["second"], delay=LATER))
        client.send("hello")
        assert client.recv(timeout=PATIENCE) == "second"


def test_delayed_reply_to_a_client_that_left_is_no_error(start: Start):
    server = started(start, rule("hello", delay=SOON), rule("drop", delay=SOON, drop=True))
    with websockets_client(server) as other:
        for message in ("hello", "drop"):
            with opened(server) as client:
                client.send_frame(TEXT, message.encode())
                client.send_close(1000)
                assert close_of(client).payload == b"\x03\xe8"
        other.send("hello")
        assert other.recv(timeout=PATIENCE) == "reply"
    assert server.replies.take_failures() == []


def test_stopping_does_not_wait_for_delays(start: Start):
    server = started(start, rule("hello", delay=3600))
    with websockets_client(server) as client:
        client.send("hello")
        eventually(lambda: len(server.clients[0].connection.inbox) == 1)
        server.stop()
        with pytest.raises(ConnectionClosed):
            client.recv(timeout=PATIENCE)
    assert not [thread for thread in threading.enumerate() if thread.name == "delayed replies"]


@pytest.mark.parametrize("delay", [0, SOON])
def test_close_code_closes_after_the_replies(start: Start, delay: float):
    server = started(start, rule("hello", replies=["one", b"two"], close_code=4001, delay=delay))
    with opened(server) as client:
        connection = server.clients[0].connection
        client.send_frame(TEXT, b"before")
        client.send_frame(TEXT, b"hello")
        expected = [(TEXT, b"before"), (TEXT, b"one"), (BINARY, b"two"), (CLOSE, (4001).to_bytes(2, "big"))]
        assert [client.receive_frame()[:2] for _ in expected] == expected
        client.send_frame(TEXT, b"too late")
        client.send_close(4001)
        assert client.receive_rest() == b""
        assert connection.waits.wait_for_close(Deadline(PATIENCE)) == "4001 (private use)"
        assert connection.close_status.initiator == "server"
        assert connection.close_status.clean
    assert server.replies.take_failures() == []


def test_messages_behind_the_end_get_no_answer(start: Start):
    server = started(start, rule("hello", replies=["bye"], close_code=1000), rule("more", replies=["no"]))
    with opened(server) as client:
        client.send(b"".join(frame(TEXT, text, masked=True) for text in (b"hello", b"more", b"other")))
        assert client.receive_frame() == WireFrame(TEXT, b"bye")
        assert client.receive_frame() == WireFrame(CLOSE, b"\x03\xe8")
    assert server.replies.unmatched == []


def test_delayed_close_that_is_not_answered_ends_nevertheless(start: Start, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("RobotWebSocketLibrary.server.conversation.CLOSE_TIMEOUT", 0.1)
    server = started(start, rule(close_code=1000, delay=0.01))
    with opened(server) as client:
        connection = server.clients[0].connection
        client.send_frame(TEXT, b"hello")
        assert close_of(client).payload == b"\x03\xe8"
        assert client.receive_rest() == b""
        assert connection.waits.wait_for_close(Deadline(PATIENCE)).code == 1006
    eventually(lambda: list(connection.notices) == ["the client did not answer the close frame in 100 milliseconds"])


@pytest.mark.parametrize("delay", [0, LATER])
@pytest.mark.parametrize("replies", [[], ["one"], ["one", "x" * 10_000_000]])
def test_drop_ends_tcp_after_the_replies(start: Start, delay: float, replies: list[str]):
    server = started(start, rule("hello", replies=replies, drop=True, delay=delay))
    with opened(server) as client:
        client.send(frame(TEXT, b"hello", masked=True) + frame(TEXT, b"more", masked=True))
        if delay:
            assert client.receive_frame() == WireFrame(TEXT, b"more")
        for reply in replies:
            assert client.receive_frame() == WireFrame(TEXT, reply.encode())
        assert client.receive_rest() == b""
    eventually(lambda: not server.clients)
    assert server.news.take()[0].connection.close_status == "1006 (abnormal closure)"


def test_failing_reply_fails_its_connection_only(start: Start):
    def fail(_: Message) -> list[str]:
        raise ValueError("no *HTML* for\n\x1b" + "x" * 300 + ".")

    server = started(start, rule("bad \x1b", replies=fail))
    with websockets_client(server) as other, opened(server) as client:
        client.send(b"".join(frame(TEXT, text, masked=True) for text in (b"one", b"two", b"bad \x1b", b"more")))
        assert [client.receive_frame().payload for _ in range(2)] == [b"one", b"two"]
        closed = client.receive_frame()
        assert (closed.opcode, closed.payload[:16]) == (CLOSE, struct.pack(">H", 1011) + b"a reply failed")
        assert conversation(other, "still there") == ["still there"]
    with opened(server) as client:
        assert answers_pings(client)
    shown = "no *HTML* for\\n\\x1b" + "x" * 185 + "…"
    (failure,) = server.replies.take_failures()
    line = fail.__code__.co_firstlineno + 1
    assert failure.sentence == f"to 'bad \\x1b' failed: ValueError: {shown} (test_replies.py:{line})"
    assert server.replies.take_failures() == []


@pytest.mark.parametrize(
    ("error", "shown"),
    [
        (SystemExit(2), "SystemExit: 2 (test_replies.py:*)"),
        (KeyError(), "KeyError (test_replies.py:*)"),
        (ConnectionClosedError("Cannot send to", "x", "lost"), "Cannot send to 'x': lost"),
    ],
)
def test_any_exception_is_a_failure(start: Start, error: BaseException, shown: str):
    def fail(_: Message) -> bool:
        raise error

    server = started(start, Rule(fail, lambda _: []))
    with opened(server) as client:
        client.send_frame(BINARY, b"\xff")
        assert close_of(client).payload[:2] == struct.pack(">H", 1011)
    (failure,) = server.replies.take_failures()
    assert fnmatchcase(failure.sentence, f"to '\\xff' failed: {shown}")


def test_unmatched_messages_begin_with_the_first_reply(start: Start):
    server = start()
    with websockets_client(server) as client:
        conversation(client, "before")
        assert server.replies.unmatched == []
        server.replies.add(rule("hello"))
        conversation(client, "one", "hello", b"two")
        assert server.replies.unmatched == ["one", b"two", "the end"]
        server.replies.add(rule("one"))
        conversation(client, "one")
        assert server.replies.unmatched == ["one", b"two", "the end", "the end"]
        server.replies.remove()
        conversation(client, "after the removal")
        assert server.replies.unmatched == ["one", b"two", "the end", "the end"]
        server.replies.add(rule("hello"))
        assert server.replies.unmatched == []
        conversation(client, "new")
        assert server.replies.unmatched == ["new", "the end"]


def test_unmatched_messages_are_bounded(start: Start):
    server = started(start, rule("hello"))
    with websockets_client(server) as client:
        conversation(client, *(str(number) for number in range(UNMATCHED_MESSAGES + 5)))
        kept = server.replies.unmatched
        assert (len(kept), kept[0], kept[-1]) == (UNMATCHED_MESSAGES, "6", "the end")
        half = "x" * (UNMATCHED_SIZE // 2)
        conversation(client, half, half)
        assert server.replies.unmatched == [half, "the end"]
        client.send(b"x" * (UNMATCHED_SIZE + 1))
        assert len(client.recv(timeout=PATIENCE)) == UNMATCHED_SIZE + 1
        eventually(lambda: server.replies.unmatched == [b"x" * (UNMATCHED_SIZE + 1)])


def test_replies_much_larger_than_messages_wait_for_the_client(start: Start):
    server = started(start, rule(replies=["x" * (UNSENT // 2)]))
    with opened(server) as client:
        count = 3 * OUTBOX_LIMIT // UNSENT
        client.send(frame(TEXT, b"hello", masked=True) * count)
        for _ in range(count):
            assert len(client.receive_frame().payload) == UNSENT // 2


def test_client_that_takes_no_replies_holds_nobody_up(start: Start):
    server = started(start, rule("much", replies=["x" * UNSENT] * 40))
    with opened(server, receive_buffer=4096) as deaf, websockets_client(server) as other:
        deaf.send_frame(TEXT, b"much")
        assert conversation(other, "hello") == ["hello"]
        eventually(lambda: len(server.clients[0].connection.inbox) == 1)
        begun = monotonic()
        server.stop()
        assert monotonic() - begun < AT_ONCE


def test_server_end_that_is_closing_is_not_failed_by_what_still_comes(start: Start):
    server = start()
    with opened(server, Sec_WebSocket_Protocol="echo-server-close") as client:
        connection = server.clients[0].connection
        client.send_frame(TEXT, b"bye")
        assert close_of(client).payload == b"\x03\xe8"
        client.send_frame(TEXT, b"more")
        client.send_close(1000)
        assert client.receive_rest() == b""
        assert connection.waits.wait_for_close(Deadline(PATIENCE)) == "1000 (normal closure)"


def test_server_that_only_could_reply_reads_while_its_own_messages_wait(start: Start, threads: list[threading.Thread]):
    server = start(default_protocol="silent")
    size = 2 * OUTBOX_LIMIT
    with opened(server) as client:
        connection = server.clients[0].connection

        def send_first_and_read_then() -> None:
            client.send(frame(BINARY, b"x" * 65536, masked=True) * (size // 65536))
            assert client.receive_frame() == WireFrame(BINARY, b"y" * size)

        threads.append(threading.Thread(target=send_first_and_read_then))
        threads[0].start()
        connection.send(b"y" * size, Deadline(PATIENCE))
        threads[0].join(PATIENCE)
        eventually(lambda: len(connection.inbox) == size // 65536)
