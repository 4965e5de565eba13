from __future__ import annotations

import re
import select
import shutil
import ssl
import subprocess
import time
import warnings
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from peers.certificates import (
    TlsFiles,
    authority,
    certificate,
    client_context,
    server_context,
    write_encrypted_key,
)
from peers.raw import AT_ONCE, PATIENCE, RawEnd, seconds_since, tcp_pair
from peers.scripted import Script, answering, dripping, serving, switch, until_client_leaves
from RobotWebSocketLibrary.client.tls import TlsOptions, create_tls_context, explain_tls_failure, start_tls
from RobotWebSocketLibrary.deadline import Deadline
from RobotWebSocketLibrary.errors import HandshakeError, WebSocketError

from .conftest import Opening

WRONG_KEY = "its private key belongs to another certificate"
ENCRYPTED = "its private key is encrypted; give its password with 'client_key_password'"
OTHER_PASSWORD = "its private key has another password than 'client_key_password' says"


def open_tls(opening: Opening, context: ssl.SSLContext, tls: TlsOptions, host: str = "127.0.0.1") -> None:
    with serving(switch, context=context) as server:
        opened = opening(f"wss://{host}:{server.port}/", tls=tls)
    assert opened.response.status == 101


def failure_of(
    opening: Opening, context: ssl.SSLContext | None, tls: TlsOptions, script: Script = switch, **options: Any
) -> str:
    host = options.pop("host", "127.0.0.1")
    with serving(script, context=context) as server:
        url = f"wss://{host}:{server.port}/"
        with pytest.raises(HandshakeError) as failure:
            opening(url, tls=tls, **options)
    return str(failure.value).removeprefix(f"Opening handshake with '{url}' failed: ")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_trusted_server(host: str, opening: Opening, files: TlsFiles):
    open_tls(opening, server_context(), TlsOptions(verify=files.authority), host)


def test_untrusted_server(opening: Opening):
    expected = "the server's certificate is not trusted (unable to get local issuer certificate); "
    failure = failure_of(opening, server_context(), TlsOptions())
    assert failure == expected + "give the file of its certificate authority with `verify`."


def test_server_of_another_authority(opening: Opening, files: TlsFiles):
    failure = failure_of(opening, server_context(other=True), TlsOptions(verify=files.authority))
    assert failure.startswith("the server's certificate is not trusted (")
    assert failure.endswith(f"); '{files.authority}' does not hold its authority.")


def test_any_server_is_trusted_where_nothing_is_verified(opening: Opening):
    open_tls(opening, server_context("elsewhere.example", other=True, expired=True), TlsOptions(verify=False))


def test_expired_certificate(opening: Opening, files: TlsFiles):
    failure = failure_of(opening, server_context(expired=True), TlsOptions(verify=files.authority))
    assert failure == "the server's certificate has expired; `verify=False` accepts any certificate."


def test_certificate_that_is_not_valid_yet(opening: Opening, files: TlsFiles):
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    issued = authority().issue_cert("127.0.0.1", not_before=tomorrow, not_after=tomorrow + timedelta(days=1))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    issued.configure_cert(context)
    failure = failure_of(opening, context, TlsOptions(verify=files.authority))
    assert failure == "the server's certificate is not valid yet; `verify=False` accepts any certificate."


def test_client_certificate_of_an_authority_that_the_server_does_not_trust(
    opening: Opening, files: TlsFiles, tmp_path: Path
):
    stranger = tmp_path / "stranger.pem"
    certificate(other=True).private_key_and_cert_chain_pem.write_to_path(stranger)
    tls = TlsOptions(verify=files.authority, certificate=stranger)
    assert failure_of(opening, server_context(asks_for_certificate=True), tls) == (
        "the server refused the TLS handshake: unknown ca; it does not trust the authority of `client_certificate`."
    )


@pytest.mark.parametrize("verify", [True, False])
def test_oldest_version_and_verification(verify: bool, files: TlsFiles):
    for trusted in (verify, files.authority):
        context = create_tls_context(TlsOptions(verify=trusted))
        assert context.minimum_version == ssl.TLSVersion.TLSv1_2
        assert context.check_hostname is bool(trusted)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_certificate_for_another_host(host: str, opening: Opening, files: TlsFiles):
    failure = failure_of(opening, server_context("elsewhere.example"), TlsOptions(verify=files.authority), host=host)
    assert failure == f"the server's certificate is not for '{host}'; `verify=False` accepts any certificate."


def test_server_that_speaks_old_tls_only(opening: Opening, files: TlsFiles):
    context = server_context()
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    failure = failure_of(opening, context, TlsOptions(verify=files.authority))
    assert failure == ("the server refused the TLS handshake: protocol version; this library speaks TLS 1.2 and 1.3.")


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_client_certificate_is_accepted(version: ssl.TLSVersion, opening: Opening, files: TlsFiles):
    context = server_context(asks_for_certificate=True)
    context.maximum_version = version
    tls = TlsOptions(verify=files.authority, certificate=files.certificate, private_key=files.private_key)
    open_tls(opening, context, tls)


def test_client_certificate_and_key_may_be_in_one_file(opening: Opening, files: TlsFiles):
    tls = TlsOptions(verify=files.authority, certificate=files.together)
    open_tls(opening, server_context(asks_for_certificate=True), tls)


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        (
            ssl.TLSVersion.TLSv1_2,
            (
                "the server refused the TLS handshake: handshake failure; if it asks for a certificate, "
                "give one with `client_certificate`."
            ),
        ),
        (
            ssl.TLSVersion.TLSv1_3,
            "the server refused the TLS handshake: certificate required; give one with `client_certificate`.",
        ),
    ],
)
def test_missing_client_certificate(version: ssl.TLSVersion, expected: str, opening: Opening, files: TlsFiles):
    context = server_context(asks_for_certificate=True)
    context.maximum_version = version
    assert failure_of(opening, context, TlsOptions(verify=files.authority)) == expected


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"verify": "missing"}, "The file '{missing}' of the argument 'verify' does not exist."),
        ({"certificate": "missing"}, "The file '{missing}' of the argument 'client_certificate' does not exist."),
        (
            {"certificate": "certificate", "private_key": "missing"},
            "The file '{missing}' of the argument 'client_key' does not exist.",
        ),
        (
            {"certificate": "certificate", "private_key": "other_key"},
            f"Cannot use the client certificate '{{certificate}}': {WRONG_KEY}.",
        ),
        ({"certificate": "text"}, "Cannot use the client certificate '{text}': it contains no PEM certificate."),
        ({"verify": "text"}, "Cannot use the file '{text}' of the argument 'verify': it contains no PEM certificate."),
    ],
)
def test_file_that_cannot_be_used(options: dict[str, str], message: str, files: TlsFiles, tmp_path: Path):
    paths = {name: getattr(files, name) for name in ("certificate", "other_key", "text")}
    paths["missing"] = tmp_path / "missing.pem"
    with pytest.raises(WebSocketError) as failure:
        create_tls_context(TlsOptions(**{name: paths[value] for name, value in options.items()}))  # type: ignore[arg-type]
    assert str(failure.value) == message.format_map(paths)


# Servers that speak no TLS


def test_tls_client_at_a_plain_http_port(opening: Opening):
    failure = failure_of(opening, None, TlsOptions(), lambda end: end.send(b"HTTP/1.1 400 Bad Request\r\n\r\n"))
    assert failure == "the server does not speak TLS on this port; did you mean 'ws://'?"


def test_tls_client_at_a_silent_port(opening: Opening):
    began = time.monotonic()
    failure = failure_of(opening, None, TlsOptions(), until_client_leaves, timeout=1)
    assert 1 <= seconds_since(began) < AT_ONCE
    assert failure == "the server accepted TCP but did not answer the TLS handshake in 1 second."


def test_server_that_leaves_in_the_tls_handshake(opening: Opening):
    failure = failure_of(opening, None, TlsOptions(), lambda end: end.receive(10))
    assert failure.startswith("the server ended the TLS handshake: '")
    assert failure.endswith("'; did you mean 'ws://'?")


def test_proxy_that_leaves_in_the_tls_handshake():
    left = explain_tls_failure(ConnectionResetError(104, "Gone"), "localhost", Deadline(1), peer="proxy")
    assert left == "the proxy ended the TLS handshake: 'Gone'; did you mean 'http://'?"


def test_server_that_has_left_before_the_tls_handshake():
    ours, theirs = tcp_pair()
    RawEnd(theirs).reset()
    select.select([ours], [], [], PATIENCE)
    with pytest.raises(
        HandshakeError, match=r"the server ended the TLS handshake: '(Transport endpoint|Socket) is not connected'"
    ):
        start_tls(ours, "localhost", client_context(), "wss://peer/", Deadline(PATIENCE))


def test_interrupted_tls_handshake_leaves_nothing_open():
    ours, theirs = tcp_pair()
    context = client_context()
    context.sslsocket_class = InterruptedSocket
    with RawEnd(theirs) as peer:
        with pytest.raises(KeyboardInterrupt):
            start_tls(ours, "localhost", context, "wss://peer/", Deadline(PATIENCE))
        assert peer.receive_rest() == b""


class InterruptedSocket(ssl.SSLSocket):
    """Ctrl-C strikes in the handshake."""

    def do_handshake(self, block: bool = False) -> None:  # noqa: ARG002, the name is given
        raise KeyboardInterrupt


def test_refusal_over_tls(opening: Opening, files: TlsFiles):
    body = "x" * 40_000  # more than one TLS record, so more than one read
    answer = f"HTTP/1.1 403 Forbidden\r\nContent-Length: 40000\r\n\r\n{body}".encode()
    failure = failure_of(opening, server_context(), TlsOptions(verify=files.authority), answering(answer))
    assert failure.startswith("the server answered 403 Forbidden instead of 101. The body begins 'xxx")


DRIPPING = dripping(b"HTTP/1.1 101 Switching Protocols\r\n" * 100, 0.05)


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        (DRIPPING, r"the server's answer was not complete in 1 second \(\d+ bytes came\)\."),
        (answering(b"HTTP/1.1 101 OK\r\nX: " + b"x" * 9000), r"a header line is longer than 8192 bytes\."),
        (answering(b"HTTP/1.1 101 OK\r\n" + b"X-A: b\r\n" * 200), r"more than 128 headers\."),
        (lambda end: switch(end, accept="wrong"), r".*'Sec-WebSocket-Accept'.*'wrong'.*"),
        (
            lambda end: switch(end, upgrade=None),
            r"the header 'Upgrade' of the answer is missing, expected 'websocket'\.",
        ),
        (
            lambda end: switch(end, "Sec-WebSocket-Protocol: a"),
            r"the server chose the subprotocol 'a', but the client offered: none\.",
        ),
    ],
    ids=["drips", "long line", "many lines", "wrong header", "missing header", "subprotocol"],
)
def test_wrong_answer_over_tls(script: Script, expected: str, opening: Opening, files: TlsFiles):
    tls = TlsOptions(verify=files.authority)
    with serving(script, context=server_context()) as server, pytest.raises(HandshakeError) as failure:
        opening(server.url, tls=tls, timeout=1 if script is DRIPPING else PATIENCE)
    assert re.fullmatch(rf"Opening handshake with '{server.url}' failed: {expected}", str(failure.value))


def test_server_that_leaves_behind_the_tls_handshake(opening: Opening, files: TlsFiles):
    failure = failure_of(opening, server_context(), TlsOptions(verify=files.authority), RawEnd.receive_head)
    assert failure == "the server ended the connection after 0 bytes of its answer."


def test_whoever_trusts_an_authority_within_the_chain_trusts_what_it_signed(opening: Opening, tmp_path: Path):
    """Also on Python 3.13, and not only there."""
    intermediate = authority().create_child_ca()
    trusted = tmp_path / "intermediate.pem"
    intermediate.cert_pem.write_to_path(trusted)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    intermediate.issue_cert("127.0.0.1").configure_cert(context)
    open_tls(opening, context, TlsOptions(verify=trusted))


def test_flags_of_verification_are_the_same_on_each_python(files: TlsFiles):
    for verify in (True, files.authority):
        flags = create_tls_context(TlsOptions(verify=verify)).verify_flags
        assert flags & ssl.VERIFY_X509_PARTIAL_CHAIN
        assert not flags & ssl.VERIFY_X509_STRICT


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_directory_of_hashed_certificates(opening: Opening, files: TlsFiles, tmp_path: Path):
    named = subprocess.run(
        ["openssl", "x509", "-noout", "-hash", "-in", files.authority], capture_output=True, text=True, check=True
    ).stdout.strip()
    (tmp_path / f"{named}.0").write_bytes(files.authority.read_bytes())
    open_tls(opening, server_context(), TlsOptions(verify=tmp_path))
    assert failure_of(opening, server_context(other=True), TlsOptions(verify=tmp_path)).endswith(
        f"; '{tmp_path}' does not hold its authority."
    )


def test_encrypted_key_is_refused_without_asking_for_its_password(files: TlsFiles, tmp_path: Path):
    locked = write_encrypted_key(files, tmp_path)
    with pytest.raises(WebSocketError) as failure:
        create_tls_context(TlsOptions(certificate=files.certificate, private_key=locked))
    assert str(failure.value) == f"Cannot use the client certificate '{files.certificate}': {ENCRYPTED}."
    with pytest.raises(WebSocketError) as failure:
        create_tls_context(TlsOptions(certificate=files.certificate, private_key=locked, password="canary"))
    assert str(failure.value) == f"Cannot use the client certificate '{files.certificate}': {OTHER_PASSWORD}."
    assert create_tls_context(TlsOptions(certificate=files.certificate, private_key=locked, password="secret"))
