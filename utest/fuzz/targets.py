"""What is fuzzed: each target takes any bytes, and raises where the library breaks a promise.

The promises: only the documented exceptions, each with one printable sentence; the same result however TCP cuts the
bytes; nothing beyond a limit; every connection ends, with a close code that its failure explains.
"""

from __future__ import annotations

import socket
import zlib
from collections.abc import Callable
from contextlib import suppress

from peers.raw import PATIENCE
from protocol.pieces import cut, read_frames, receive
from RobotWebSocketLibrary.client.redirects import resolve_location
from RobotWebSocketLibrary.client.url import read_url
from RobotWebSocketLibrary.connection.connection import Connection
from RobotWebSocketLibrary.connection.stream import Stream
from RobotWebSocketLibrary.connection.terms import Limits, Terms
from RobotWebSocketLibrary.deadline import Deadline
from RobotWebSocketLibrary.errors import ConnectionClosedError, ProtocolError, WebSocketError
from RobotWebSocketLibrary.matching.json_values import JsonError, describe, read_json
from RobotWebSocketLibrary.protocol.bodies import BodyReader
from RobotWebSocketLibrary.protocol.close import is_sendable, read_close_payload, write_close_payload
from RobotWebSocketLibrary.protocol.deflate import DeflateParameters, Inflater, accept_offer, check_answer
from RobotWebSocketLibrary.protocol.handshake import check_switch
from RobotWebSocketLibrary.protocol.headers import Headers
from RobotWebSocketLibrary.protocol.http import HeadReader, HttpError, Request, read_request, read_response

LIMIT = 1000
CHUNKED = Headers([("Transfer-Encoding", "chunked")])
ASKED = Request("GET", "/", Headers([("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")]))


def frames_to_client(data: bytes) -> None:
    check_frames(data, masked=False)


def frames_to_server(data: bytes) -> None:
    check_frames(data, masked=True)


def check_frames(data: bytes, *, masked: bool) -> None:
    """The first two bytes say where the others are cut."""
    positions, stream = data[:2], data[2:]
    pieces = cut(stream, {min(position, len(stream)) for position in positions})
    whole = receive([stream], masked=masked, limit=LIMIT)
    assert receive(pieces, masked=masked, limit=LIMIT) == whole
    assert read_frames(pieces, masked=masked, limit=LIMIT) == read_frames([stream], masked=masked, limit=LIMIT)
    assert sum(len(message.data) for message in whole.messages) <= len(stream)
    if whole.error is not None:
        code, reason = whole.error
        check_error(ProtocolError(reason, code), (1002, 1007, 1009))


def request(data: bytes) -> None:
    head = HeadReader(skips_empty_lines=True)
    with suppress(HttpError):
        if head.feed(data):
            read = read_request(head.lines)
            check_sentence(repr(read))
            assert read.asks_for("/*") or not read.target.startswith("/")
            assert all(isinstance(value, str) for _, value in read.cookie_pairs)


def response(data: bytes) -> None:
    head = HeadReader()
    with suppress(HttpError):
        if head.feed(data):
            answer = read_response(head.lines)
            assert 0 <= answer.status <= 999
            check_sentence(str(answer))
            assert isinstance(answer.page_text + answer.text + "".join(answer.cookies), str)
            assert isinstance(answer.schemes, list)
            check_switch(ASKED, answer)


def body(data: bytes) -> None:
    """The first byte says where the others are cut."""
    results = []
    for pieces in ([data[1:]], cut(data[1:], {min(position, len(data) - 1) for position in data[:1]})):
        reader = BodyReader(CHUNKED, LIMIT)
        try:
            complete = any(reader.feed(piece) for piece in pieces)  # ends with the body
            results.append((complete, reader.content))
        except HttpError as error:
            results.append((False, str(error).encode()))
    assert results[0] == results[1]


def deflated(data: bytes) -> None:
    """The first byte says where a fragment ends."""
    payload, at = data[1:], sum(data[:1])
    results = []
    for pieces in ([payload], [payload[:at], payload[at:]]):
        inflater, inflated = Inflater(15, keeps_context=True), b""
        try:
            for number, piece in enumerate(pieces, 1):
                inflated += inflater.inflate(piece, LIMIT, size=len(inflated), last=number == len(pieces))
            results.append(inflated)
        except ProtocolError as error:
            results.append(b"refused")
            check_error(error, (1007, 1009))
        assert len(inflated) <= LIMIT
    assert results[0] == results[1]
    with suppress(zlib.error):
        plain = zlib.decompressobj(-15).decompress(payload + b"\0\0\xff\xff", LIMIT)
        assert results[0] in (b"refused", plain) or len(plain) < len(results[0])  # of blocks behind a final one


def extensions(data: bytes) -> None:
    header = data.decode("latin-1")
    if (accepted := accept_offer(header)) is not None:
        parameters, answer = accepted
        assert isinstance(parameters, DeflateParameters)
        assert check_answer(answer, header) is not None
    with suppress(HttpError):
        check_answer(header)


def close(data: bytes) -> None:
    try:
        code, reason = read_close_payload(data)
    except ProtocolError as error:
        check_error(error, (1002, 1007))
    else:
        assert not data or write_close_payload(code, reason) == data
        assert is_sendable(code) or code == 1005


def url(data: bytes) -> None:
    text = data.decode("utf-8", "surrogateescape")
    for read in (read_url, lambda location: resolve_location(read_url("ws://host/a?b"), location)):
        try:
            found = read(text)
        except (WebSocketError, HttpError) as error:
            check_sentence(str(error))
            continue
        assert found.target.isascii()
        assert not set(found.target) & set(" \r\n")
        assert 0 < found.port < 65536


def json(data: bytes) -> None:
    try:
        value = read_json(data)
    except JsonError as error:
        check_sentence(str(error))
    else:
        check_sentence(describe(value))


def connection_of_client(data: bytes) -> None:
    check_connection("client", data)


def connection_of_server(data: bytes) -> None:
    check_connection("server", data)


def check_connection(role: str, data: bytes) -> None:
    """What a peer sends before it ends TCP ends the connection, at once, and the failure says why."""
    ours, theirs = socket.socketpair()
    connection = Connection(Stream(ours), role, "main", Terms("ws://peer/"), Limits(LIMIT))
    connection.start(b"")
    with theirs, suppress(OSError):
        theirs.sendall(data)
        theirs.shutdown(socket.SHUT_WR)
        status = connection.waits.wait_for_close(Deadline(PATIENCE))
        assert status.code == 1005 or is_sendable(status.code) or status.code == 1006
    try:
        connection.send("?", Deadline(PATIENCE))
    except ConnectionClosedError as error:
        check_sentence(str(error))
    else:
        raise AssertionError("a connection that has ended sends")


def check_error(error: ProtocolError, codes: tuple[int, ...]) -> None:
    assert error.code in codes, error.code
    check_sentence(error.reason)


def check_sentence(text: str) -> None:
    assert text.isprintable(), repr(text)
    assert len(text) < 2 * LIMIT, len(text)


TARGETS: dict[str, Callable[[bytes], None]] = {
    target.__name__: target
    for target in (
        frames_to_client,
        frames_to_server,
        request,
        response,
        body,
        deflated,
        extensions,
        close,
        url,
        json,
        connection_of_client,
        connection_of_server,
    )
}
