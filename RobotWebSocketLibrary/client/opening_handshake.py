"""Performs one opening handshake (RFC 6455 section 4.1): dials, sends the request, reads the response and checks it."""

from __future__ import annotations

import ssl
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from ..connection.stream import Stream
from ..deadline import Deadline
from ..errors import HandshakeError, describe_os_error
from ..protocol.deflate import DeflateParameters
from ..protocol.handshake import check_compression, check_switch
from ..protocol.headers import Headers
from ..protocol.http import HttpError, Request, Response, read_request
from ..secrecy import make_response_mask, mask_request_header
from .dialing import dial, dial_unix
from .handshake_response import receive_response
from .opening_request import OpeningRequest
from .proxy_route import find_route
from .tls import create_tls_context, explain_tls_failure, start_tls
from .tunnel import dial_through
from .url import WebSocketUrl
from .websocket_client import write_request


class CompletedHandshake(NamedTuple):
    """What a connection begins with: its stream, what was said and agreed on, and the bytes behind the 101."""

    url: WebSocketUrl
    stream: Stream
    request: Request
    response: Response
    subprotocol: str | None
    compression: DeflateParameters | None
    received: bytes


def perform_handshake(request: OpeningRequest, deadline: Deadline) -> CompletedHandshake:
    """Performs the opening handshake with one server; leaves nothing open when it fails."""
    stream = connect(request, deadline)
    try:
        return _exchange(stream, request, deadline)
    except BaseException:
        stream.close()
        raise


def connect(request: OpeningRequest, deadline: Deadline) -> Stream:
    """Connects to the server of a URL, with TLS where that says so."""
    url = request.url
    if url.unix_socket is not None:
        return Stream(dial_unix(url.unix_socket, f"'{url}'", deadline))
    context = create_tls_context(request.tls) if url.secure else None
    proxy = find_route(url, request.proxy).proxy
    if proxy is None:
        connected = dial(url.address, url.port, f"'{url}'", deadline)
    else:
        connected = dial_through(proxy, url, request.tls, deadline)
    if context is None:
        return Stream(connected)
    name = request.tls.server_name or url.host
    return start_tls(connected, name, context, str(url), deadline, verify=request.tls.verify)


def _exchange(stream: Stream, request: OpeningRequest, deadline: Deadline) -> CompletedHandshake:
    head = write_request(request)
    secret_names = request.names_of_secrets
    sent = read_request(head.removesuffix(b"\r\n\r\n").split(b"\r\n"))
    shown = Headers(sent.headers.fields, partial(mask_request_header, secret_names=secret_names))
    sent = replace(sent, headers=shown, secret_headers=secret_names, secret_target=request.url.secret)
    try:
        return _ask(stream, request.url, head, sent, deadline)
    except HandshakeError as error:
        error.request = sent
        raise


def _ask(stream: Stream, url: WebSocketUrl, head: bytes, sent: Request, deadline: Deadline) -> CompletedHandshake:
    response = None
    try:
        _send(stream, head, deadline)
        response, received = receive_response(stream, deadline)
        response = _hide_repeated(response, sent.secret_headers)
        if response.status != 101:
            raise HandshakeError(str(url), response=response)
        agreed = check_switch(sent, response), check_compression(sent, response)
    except HttpError as error:
        raise HandshakeError(str(url), error.reason, response) from error
    except OSError as error:
        raise HandshakeError(str(url), _explain_loss(error, url.host, deadline)) from error
    return CompletedHandshake(url, stream, sent, response, *agreed, received)


def _hide_repeated(response: Response, secret_names: frozenset[str]) -> Response:
    """The answer, without the headers that the test has given as secrets."""
    if not secret_names:
        return response
    return replace(response, headers=Headers(response.headers.fields, make_response_mask(secret_names)))


def _send(stream: Stream, head: bytes, deadline: Deadline) -> None:
    try:
        stream.send_all(head, deadline)
    except TimeoutError:
        raise HttpError(f"the server did not take the request in {deadline}") from None
    except OSError:
        pass  # the server has left: what it said before leaving explains more than a failed write


def _explain_loss(error: OSError, host: str, deadline: Deadline) -> str:
    if isinstance(error, ssl.SSLError):  # since TLS 1.3, a server refuses a client's certificate after the handshake
        return explain_tls_failure(error, host, deadline)
    return f"the connection was lost: {describe_os_error(error)}"
