"""Connects to a server through a proxy, with HTTP CONNECT (RFC 9110 section 9.3.6) or SOCKS 5 (RFC 1928)."""

from __future__ import annotations

import socket
from dataclasses import replace
from typing import Any

from ..connection.stream import Stream
from ..deadline import Deadline
from ..errors import WebSocketError, describe_os_error, quoted
from ..protocol.http import HeadReader, HttpError, Response, read_response, write_basic_credentials
from .dialing import DialingError, dial, resolve
from .handshake_response import BODY_LIMIT, receive_body
from .proxy_route import Proxy
from .tls import TlsOptions, create_tls_context, explain_tls_failure, wrap_tls
from .tls_to_proxy import lead_through
from .url import WebSocketUrl

AUTHENTICATION_REQUIRED = 407
NO_METHOD, METHOD_SIZE = b"\x05\xff", 2
SOCKS_REPLIES = {  # RFC 1928 section 6
    1: "it failed to connect and gave no reason",
    2: "its rules do not allow it",
    3: "it cannot reach the network",
    4: "it cannot reach the host",
    5: "the server refused the connection",
    6: "the server is too many hops away",
    7: "it does not know the command CONNECT",
    8: "it does not know this kind of address",
}


class UnreachedAddressError(HttpError):
    """A SOCKS proxy cannot reach the address that it was asked for. It may reach another one of the same server."""


class ProxyStream(Stream):
    """The stream to a proxy. It reads nothing beyond the proxy's answer: what follows comes from the server."""

    def __init__(self, connected: socket.socket, deadline: Deadline) -> None:
        super().__init__(connected)
        self.received = b""
        self._deadline = deadline
        self._size = 0
        self._flags = 0

    def sendall(self, data: bytes) -> None:
        self.send_all(data, self._deadline)

    def recv(self, size: int, flags: int = 0) -> bytes:
        """Waits for at most so many bytes. Fails at the end of the stream."""
        self._size, self._flags = size, flags
        try:
            data = self.receive(self._deadline)
        except ConnectionError:
            data = b""
        if not data:
            raise HttpError(
                "it ended the connection" + (" within its answer" if self.received else " without an answer")
            )
        if not flags:
            self.received += data
        return data

    def receive_body(self, answer: Response) -> bytes:
        """As much of a refusal's body as comes in a second."""
        self._size, self._flags = BODY_LIMIT, 0
        return receive_body(self, answer.headers, b"", self._deadline)

    def connect(self, **_: Any) -> ProxyStream:
        """python-socks calls this where it would dial; the proxy is dialled already."""
        return self

    def _receive(self) -> bytes:
        return self._socket.recv(self._size, self._flags)


def check_available(proxy: Proxy) -> None:
    """Refuses a SOCKS proxy unless python-socks is installed."""
    try:
        if proxy.speaks_socks:
            import python_socks  # noqa: F401
    except ImportError:
        package = "robotframework-robotwebsocketlibrary[proxy]"
        raise WebSocketError(
            f"Cannot use a SOCKS proxy: install python-socks, for example with 'pip install {package}'."
        ) from None


def dial_through(proxy: Proxy, url: WebSocketUrl, tls: TlsOptions, deadline: Deadline) -> socket.socket:
    """Dials the proxy, and lets it connect to the first address of the URL's server that answers."""
    check_available(proxy)
    hosts = _resolve_addresses(url, deadline) if proxy.scheme == "socks5" else [url.host]
    where, reason = f"'{url}' through the proxy '{proxy}'", ""
    for index, host in enumerate(hosts):
        connected = _dial_proxy(proxy, where, tls, deadline)
        stream = ProxyStream(connected, deadline.share(len(hosts) - index))
        try:
            _negotiate(stream, proxy, host, url.port)
            return connected
        except BaseException as error:
            stream.close()
            if not isinstance(error, (HttpError, OSError)):
                raise
            reason = _explain_failure(error, stream, deadline)
            if not isinstance(error, (UnreachedAddressError, TimeoutError)):
                raise DialingError(where, reason) from error
    raise DialingError(where, reason)


def _dial_proxy(proxy: Proxy, where: str, tls: TlsOptions, deadline: Deadline) -> socket.socket:
    named = f"the proxy '{proxy}'"
    if proxy.scheme != "https":
        return dial(proxy.host, proxy.port, named, deadline)
    context = create_tls_context(TlsOptions(verify=tls.verify))  # the certificate of a client is for the server
    connected = dial(proxy.host, proxy.port, named, deadline)
    try:
        return lead_through(wrap_tls(connected, proxy.host, context, deadline))
    except OSError as error:
        reason = explain_tls_failure(error, proxy.host, deadline, verify=tls.verify, peer="proxy")
        raise DialingError(where, reason) from error


def _resolve_addresses(url: WebSocketUrl, deadline: Deadline) -> list[str]:
    """Returns the server's addresses, for a proxy that resolves no names. IPv4 comes first: every proxy knows it."""
    found = resolve(url.host, url.port, f"'{url}'", deadline)
    return [address[0] for _, address in sorted(found, key=lambda one: one[0] != socket.AF_INET)]


def _explain_failure(error: HttpError | OSError, stream: ProxyStream, deadline: Deadline) -> str:
    """Says why there is no connection, to continue a sentence."""
    if isinstance(error, TimeoutError):
        return f"{'its answer was not complete' if stream.received else 'it sent no answer'} in {deadline}"
    if isinstance(error, HttpError):
        return error.reason
    return f"the connection to it was lost: {describe_os_error(error)}"


def _negotiate(stream: ProxyStream, proxy: Proxy, host: str, port: int) -> None:
    if proxy.speaks_socks:
        _connect_socks(stream, proxy, host, port)
    else:
        _connect_http(stream, proxy, host, port)


def _connect_http(stream: ProxyStream, proxy: Proxy, host: str, port: int) -> None:
    server = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    lines = [f"CONNECT {server} HTTP/1.1", f"Host: {server}"]
    if proxy.username is not None:
        lines.append(f"Proxy-Authorization: {write_basic_credentials(proxy.username, proxy.password or '')}")
    stream.sendall("\r\n".join([*lines, "", ""]).encode())
    answer = read_response(_read_head(stream).lines)
    if not 200 <= answer.status < 300:
        answer = replace(answer, body=stream.receive_body(answer))
        raise HttpError(_explain_answer(answer, proxy))


def _read_head(stream: ProxyStream) -> HeadReader:
    """Reads the head of an answer and no byte more: it looks at what has come before it takes it."""
    head = HeadReader()
    while True:
        seen = stream.recv(65536, socket.MSG_PEEK)
        if not head.received and not seen.startswith(b"HTTP/"[: len(seen)]):
            raise HttpError(f"its answer is not HTTP: {quoted(seen)}; is it a SOCKS proxy?")
        complete = head.feed(seen)
        stream.recv(len(seen) - len(head.rest) if complete else len(seen))
        if complete:
            return head


def _connect_socks(stream: ProxyStream, proxy: Proxy, host: str, port: int) -> None:
    from python_socks import ProxyError, ProxyType
    from python_socks.sync import Proxy as Negotiator

    negotiator = Negotiator(
        ProxyType.SOCKS5,
        proxy.host,
        proxy.port,
        proxy.username,
        proxy.password,
        rdns=True,
        forward=stream,  # type: ignore[arg-type]  # the proxy is dialled already
    )
    try:
        negotiator.connect(host, port)
    except ProxyError as error:
        if error.error_code in SOCKS_REPLIES:
            raise UnreachedAddressError(SOCKS_REPLIES[error.error_code]) from error
        raise HttpError(_explain_refusal(stream.received, proxy)) from error
    except ValueError as error:
        unreadable = len(stream.received) > 2 * METHOD_SIZE
        reason = _explain_unreadable(stream.received) if unreadable else f"the host name '{host}' is too long for it"
        raise HttpError(reason) from error


def _explain_answer(answer: Response, proxy: Proxy) -> str:
    """Says why a proxy does not connect. Its body is left out where it repeats the password."""
    reason = f"it answered {quoted(str(answer))[1:-1]}"
    if answer.status == AUTHENTICATION_REQUIRED:
        reason = _explain_schemes(answer) or _explain_authentication(proxy)
    repeats = proxy.password is not None and proxy.password in answer.text
    return ". ".join(filter(None, (reason, "" if repeats else answer.quoted_body)))


def _explain_refusal(received: bytes, proxy: Proxy) -> str:
    if not received.startswith(b"\x05"):
        return f"{_explain_unreadable(received)}; is it an HTTP proxy?"
    if received == NO_METHOD or len(received) == 2 * METHOD_SIZE:
        return _explain_authentication(proxy)
    return _explain_unreadable(received)


def _explain_unreadable(received: bytes) -> str:
    return f"its answer is not SOCKS 5: {quoted(received)}"


def _explain_schemes(answer: Response) -> str:
    """Names the ways of authentication that a proxy wants, if none of them is ours."""
    schemes = answer.schemes
    if schemes in ([], ["Basic"]):
        return ""
    return f"it asks for authentication by {', '.join(map(quoted, schemes))}, and only 'Basic' is supported"


def _explain_authentication(proxy: Proxy) -> str:
    if proxy.username is None:
        return f"it asks for a user and a password; give them with `proxy={proxy.scheme}://user:password@{proxy}`"
    return "it does not accept the user and the password"
