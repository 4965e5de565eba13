"""What a failed `Wait For Client` says about those that came, with clients that know nothing of the library."""

from __future__ import annotations

import re
import ssl
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus

from peers.certificates import TlsFiles, certificate, client_context
from peers.clients import answer_to, eventually, opened, raw_client, request, tls_client, websockets_client
from RobotWebSocketLibrary.deadline import Deadline
from RobotWebSocketLibrary.errors import WaitError
from RobotWebSocketLibrary.server import failed_attempts
from RobotWebSocketLibrary.server.certificates import load_tls, make_throw_away_tls
from RobotWebSocketLibrary.server.failed_attempts import REFUSED, Failure, describe_failures, explain_tls_failure
from RobotWebSocketLibrary.server.scripted_responses import ScriptedResponse
from RobotWebSocketLibrary.server.server import WebSocketServer
from server.conftest import Start


def failure_of(server: WebSocketServer, attempts: int, wanted: Callable[[Any], bool] = lambda _: False) -> list[str]:
    """Lines of the failure, once so many attempts have ended or have led to a connection."""
    eventually(lambda: len(server.outage.attempts.of_test) == attempts)
    with pytest.raises(WaitError) as failure:
        server.wait_for_client(Deadline(0), wanted, "client")
    sentence, *lines = str(failure.value).split("\n")
    nobody = "" if lines else ": nobody has connected at all"
    assert sentence == f"No client connected to '{server.url}' in 0 seconds{nobody}."
    return lines


def test_nobody_has_connected_at_all(start: Start):
    assert failure_of(start(), 0) == []


def test_unknown_subprotocol(start: Start):
    server = start(protocols={"ocpp1.6": "silent"})
    for _ in range(2):
        with pytest.raises(InvalidStatus):
            websockets_client(server, "app?token=abc", subprotocols=["ocpp2.0"])
    with pytest.raises(InvalidStatus):
        websockets_client(server, "app", subprotocols=["a", "b"])
    known = (
        "this server knows 'echo', 'echo-broadcast', 'echo-broadcast-ping', 'time-broadcast', 'echo-server-close', "
        "'silent', …"
    )
    assert failure_of(server, 3) == [
        (
            f"2 handshakes were refused: '/app' with 400, it offered 'ocpp2.0'; {known} "
            f"(protocols={{'ocpp2.0': 'silent'}} adds it)"
        ),
        (
            f"1 handshake was refused: '/app' with 400, it offered 'a', 'b'; {known} "
            f"(protocols={{'a': 'silent', 'b': 'silent'}} adds them)"
        ),
    ]


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_client_does_not_trust_the_certificate(version: ssl.TLSVersion, start: Start):
    server = start(tls=make_throw_away_tls("127.0.0.1", None))
    context = ssl.create_default_context()
    context.minimum_version = context.maximum_version = version
    with pytest.raises(ssl.SSLCertVerificationError):
        tls_client(server, context)
    with pytest.raises(ssl.SSLCertVerificationError):  # asyncio does not say why it leaves
        websockets_client(server, ssl=context)
    assert failure_of(server, 2) == [
        "1 TLS handshake failed: the client does not trust the certificate (unknown ca)",
        "1 TLS handshake failed: the client left when it had the certificate, and does not seem to trust it",
    ]


def test_client_that_says_nothing_behind_its_tls_handshake(start: Start):
    """Node finishes the handshake before it looks at the certificate."""
    server = start(tls=make_throw_away_tls("127.0.0.1", None))
    tls_client(server, ssl.create_default_context(cafile=server.ca_file)).close()
    assert failure_of(server, 1) == [
        "1 client left after the TLS handshake, and does not seem to trust the certificate"
    ]


def test_client_that_leaves_within_its_tls_handshake(start: Start):
    server = start(tls=make_throw_away_tls("127.0.0.1", None))
    raw_client(server).close()
    assert failure_of(server, 1) == ["1 TLS handshake failed: the client left"]


def test_client_without_a_certificate(start: Start, files: TlsFiles):
    server = start(tls=load_tls(files.together, None, files.authority))
    with tls_client(server, client_context()) as client, suppress(OSError):
        client.receive_rest()
    assert failure_of(server, 1) == ["1 TLS handshake failed: the client has sent no certificate"]


def test_client_whose_certificate_is_not_trusted(start: Start, files: TlsFiles):
    server = start(tls=make_throw_away_tls("127.0.0.1", files.authority))
    context = ssl.create_default_context(cafile=server.ca_file)
    certificate("client.example", other=True).configure_cert(context)
    with tls_client(server, context) as client, suppress(OSError):
        client.receive_rest()
    [line] = failure_of(server, 1)
    assert line.startswith("1 TLS handshake failed: the certificate of the client is not trusted (")


@pytest.mark.parametrize("said", [request(), b"hello, who is there?\r\n"], ids=["HTTP", "text"])
def test_plain_tcp_to_a_port_with_tls(said: bytes, start: Start):
    server = start(tls=make_throw_away_tls("127.0.0.1", None))
    with raw_client(server) as client, suppress(OSError):
        client.send(said)
        client.receive_rest()
    assert failure_of(server, 1) == [
        "1 TLS handshake failed: the client spoke plain TCP (ws://) to this server, which speaks TLS (wss://)"
    ]


def test_tls_to_a_port_without_it(start: Start):
    server = start()
    with pytest.raises(ssl.SSLError):
        tls_client(server, ssl.create_default_context())
    assert failure_of(server, 1) == ["1 client spoke TLS (wss://) to this server, which speaks plain TCP (ws://)"]


def test_too_many_clients(start: Start):
    server = start(max_clients=1)
    with opened(server):
        answer_to(server, request("/app"))
        assert failure_of(server, 2) == [
            "1 handshake was refused: '/app' with 503, the server has reached its limit of 1 client (max_clients)",
            "1 client for path '/' waits",
        ]


def test_scripted_refusal(start: Start):
    server = start()
    server.scripted_responses.set(ScriptedResponse(503))
    answer_to(server, request("/app"))
    assert failure_of(server, 1) == ["1 handshake was refused: '/app' with 503, as set by `Set Handshake Response`"]


def test_refused_origin(start: Start):
    server = start()
    answer_to(server, request("/app", Origin="https://evil.example"))
    assert failure_of(server, 1) == [
        (
            "1 handshake was refused: '/app' with 403, pages of 'https://evil.example' may not connect "
            "(allowed_origins=https://evil.example allows them)"
        )
    ]


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"Connection": None}, "400, the header 'Connection: Upgrade' is missing"),
        ({"Sec_WebSocket_Key": "short"}, "400, the header 'Sec-WebSocket-Key' must hold 16 bytes in base64"),
        ({"Sec_WebSocket_Version": "8"}, "426, it asked for version '8', and this server speaks '13'"),
    ],
)
def test_malformed_handshakes(fields: dict[str, str | None], why: str, start: Start):
    server = start()
    answer_to(server, request("/app", **fields))
    assert failure_of(server, 1) == [f"1 handshake was refused: '/app' with {why}"]


def test_other_paths_and_subprotocols(start: Start):
    server = start()
    with opened(server, "/chat"), opened(server, "/chat"), opened(server, "/", Sec_WebSocket_Protocol="silent"):
        assert failure_of(server, 3) == [
            "2 clients for path '/chat' wait",
            "1 client for path '/' with subprotocol 'silent' waits",
        ]


def test_plain_http(start: Start):
    server = start()
    for line in (b"GET /hub/negotiate?token=abc", b"GET /hub/negotiate", b"POST /hub"):
        answer_to(server, line + b" HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert failure_of(server, 3) == [
        "2 plain HTTP requests got 426: GET /hub/negotiate",
        "1 plain HTTP request got 426: POST /hub",
    ]


def test_what_is_no_request(start: Start):
    server = start(handshake_timeout=0.3)
    answer_to(server, b"SSH-2.0-OpenSSH_9.2\r\n\r\n")
    answer_to(server, b"GET / HTTP/1.1\r\nX: " + bytes(40_000))
    answer_to(server, b"GET / HT")
    raw_client(server).close()
    lines = failure_of(server, 4)
    assert re.sub("could not be read: (?!it begins)[^;\n]*", "could not be read: …", "\n".join(lines)).split("\n") == [
        "1 request could not be read: …; it begins 'SSH-2.0-OpenSSH_9.2'",
        "1 request could not be read: …",
        "1 client sent no complete request in time",
        "1 client left without a complete request",
    ]


def test_client_that_leaves_before_its_answer(start: Start):
    server = start()
    server.scripted_responses.set(ScriptedResponse(None))
    with raw_client(server) as client:
        client.send(request("/app"))
        eventually(lambda: server.handshake_requests)
    assert failure_of(server, 1) == ["1 client left before it was answered: '/app'"]


def test_clients_that_were_returned_before(start: Start):
    server = start()
    for number in range(6):
        with opened(server, f"/{number}"):
            server.wait_for_client(Deadline(10), lambda _: True, "client")
    [line] = failure_of(server, 6, lambda client: client.request.path != "/0")
    assert re.sub(r":\d+", "", line) == "5 clients were returned before: " + ", ".join(
        f"'/{number}' from 127.0.0.1" for number in range(1, 6)
    )
    [line] = failure_of(server, 6, lambda _: True)
    assert line.startswith("6 clients were returned before, the last 5: '/1' from 127.0.0.1:")


def test_clients_of_an_earlier_test_are_not_listed(start: Start):
    server = start()
    answer_to(server, request("/app", Origin="https://evil.example"))
    eventually(lambda: server.outage.attempts.of_test)
    server.outage.end("test")
    assert failure_of(server, 0) == []


def test_attempts_while_the_server_stops_have_not_failed(start: Start):
    server = start()
    with raw_client(server) as client:
        client.send(request()[:9])
        eventually(lambda: server._admission._unanswered)  # noqa: SLF001
        server.stop()
        assert client.receive_rest() == b""
    eventually(lambda: server.outage.attempts.of_test)
    assert [attempt.failure for attempt in server.outage.attempts.of_test] == [None]


def test_only_the_last_kinds_of_failure_are_listed():
    failures = [Failure(REFUSED, str(number)) for number in range(failed_attempts.LISTED_FAILURES + 2)]
    lines = describe_failures(failures)
    assert lines[:2] == ["2 earlier kinds of failure are not listed", "1 handshake was refused: 2"]
    assert len(lines) == failed_attempts.LISTED_FAILURES + 1


def test_other_reasons_of_openssl():
    error = ssl.SSLError(1, "[SSL: NO_SHARED_CIPHER] no shared cipher")
    error.reason = "NO_SHARED_CIPHER"
    assert str(explain_tls_failure(error, has_sent_certificate=True)) == "TLS handshake failed: no shared cipher"
