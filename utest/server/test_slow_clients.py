"""A client that reads slowly, or not at all, delays nobody else and makes nothing grow without bound."""

import time
from contextlib import ExitStack

import pytest

from peers.clients import PATIENCE, at_once, eventually, opened, sent_until_refused, websockets_client
from peers.raw import AT_ONCE, TEXT, frame
from server.conftest import Start

MEGABYTE = 1024 * 1024


def test_stalled_client_delays_no_other_of_a_broadcast_and_is_failed(start: Start):
    server = start()
    with ExitStack() as stack:
        stalled = stack.enter_context(opened(server, receive_buffer=4096, Sec_WebSocket_Protocol="echo-broadcast"))
        sending, other = (
            stack.enter_context(websockets_client(server, subprotocols=["echo-broadcast"])) for _ in range(2)
        )
        eventually(lambda: len(server.clients) == 3)
        end = server.clients[0].connection
        longest = 0.0
        for number in range(40):
            begun = time.monotonic()
            sending.send(bytes([number]) * MEGABYTE)
            assert [client.recv(timeout=PATIENCE)[:1] for client in (other, sending)] == [bytes([number])] * 2
            longest = max(longest, time.monotonic() - begun)
        assert longest < AT_ONCE
        eventually(lambda: len(server.clients) == 2)
        assert end.state == "closed"
        assert end.close_status is not None
        assert end.close_status.code == 1006
        with pytest.raises(EOFError):
            stalled.receive(100 * MEGABYTE)


def test_broadcast_to_a_client_that_just_left_reaches_the_others(start: Start):
    server = start()
    with websockets_client(server, subprotocols=["echo-broadcast"]) as staying:
        for number in range(50):
            leaving = opened(server, Sec_WebSocket_Protocol="echo-broadcast")
            leaving.reset()
            staying.send(str(number))
            assert staying.recv(timeout=PATIENCE) == str(number)
        eventually(lambda: len(server.clients) == 1)


def test_flooding_client_that_does_not_read_is_slowed_and_nothing_is_lost(start: Start):
    server = start()
    message = frame(TEXT, b"x" * 16_000, masked=True)
    with opened(server) as client:
        sent = sent_until_refused(client, message)
        assert sent < 48 * MEGABYTE  # buffers of the operating system, and at most a megabyte of answers
        with websockets_client(server) as other, at_once():
            other.send("hello")
            assert other.recv(timeout=PATIENCE) == "hello"
        for _ in range(sent // len(message)):
            assert client.receive_frame().payload == b"x" * 16_000
    eventually(lambda: not server.clients)


def test_silent_end_that_a_test_does_not_read_slows_its_client(start: Start):
    from RobotWebSocketLibrary.connection.inbox import InboxLimit

    server = start(default_protocol="silent", inbox_limit=InboxLimit(messages=10))
    with opened(server) as client:
        sent = sent_until_refused(client, frame(TEXT, b"x" * 16_000, masked=True))
        assert sent < 48 * MEGABYTE
        end = server.clients[0].connection
        eventually(lambda: end.notices)
        assert len(end.inbox) == 10
        assert list(end.notices) == ["reading paused: the inbox is full (10 messages that no test has taken)"]
        with at_once():
            server.stop()
