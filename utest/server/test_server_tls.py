"""`wss`: throw-away certificates, files, and certificates of clients, which are written by hand."""

import ssl
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from peers.certificates import TlsFiles, certificate, client_context, write_encrypted_key
from peers.clients import answer_to_dripped, answers_pings, at_once, opened, raw_client, request, tls_client
from peers.raw import BINARY, PATIENCE, TEXT, RawEnd, WireFrame
from RobotWebSocketLibrary.errors import WebSocketError
from RobotWebSocketLibrary.server.certificates import ServerTls, load_tls, make_throw_away_tls
from server.conftest import Start


def converses(client: RawEnd) -> bool:
    client.send(request())
    return client.receive_head().startswith(b"HTTP/1.1 101 ") and answers_pings(client)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", ""])
def test_throw_away_certificate_is_trusted_with_its_file(start: Start, host: str):
    server = start(host=host, tls=make_throw_away_tls(host, None))
    assert server.url.startswith("wss://")
    assert server.ca_file is not None
    for name in ("127.0.0.1", "localhost", "::1"):
        with tls_client(server, ssl.create_default_context(cafile=server.ca_file), name) as client:
            assert converses(client)
    with pytest.raises(ssl.SSLCertVerificationError):
        tls_client(server, ssl.create_default_context())
    server.stop()
    assert not server.ca_file.exists()


def test_long_messages_over_tls(start: Start):
    server = start(tls=make_throw_away_tls("127.0.0.1", None))
    with tls_client(server, ssl.create_default_context(cafile=server.ca_file)) as client:
        assert converses(client)
        message = bytes(range(256)) * 20_000
        client.send_frame(BINARY, message)
        client.send_frame(TEXT, b"behind it")
        assert client.receive_frame() == WireFrame(BINARY, message)
        assert client.receive_frame() == WireFrame(TEXT, b"behind it")


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"GET / HTTP/1.1\r\nX: " + b"x" * 9000, 431),
        (b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 200, 431),
        (request(Sec_WebSocket_Key="short"), 400),
        (request(Connection=None), 400),
        (request(Sec_WebSocket_Protocol="telepathy"), 400),
        (b"GET / HTTP/1.1\r\nHo", 408),
    ],
    ids=["long line", "many lines", "wrong header", "missing header", "subprotocol", "unfinished"],
)
def test_wrong_request_over_tls(start: Start, data: bytes, status: int):
    timeout = 0.3 if status == 408 else PATIENCE
    server = start(tls=make_throw_away_tls("127.0.0.1", None), handshake_timeout=timeout)
    with tls_client(server, ssl.create_default_context(cafile=server.ca_file)) as client:
        client.send(data)
        assert client.receive_head().startswith(f"HTTP/1.1 {status} ".encode())


def test_head_that_drips_over_tls_is_cut_at_the_same_time(start: Start):
    server = start(tls=make_throw_away_tls("127.0.0.1", None), handshake_timeout=0.3)
    with tls_client(server, ssl.create_default_context(cafile=server.ca_file)) as client, at_once():
        answer = answer_to_dripped(client, request("/" + "x" * 1000))
        assert answer.startswith(b"HTTP/1.1 408 Request Timeout\r\n")


def test_removing_a_throw_away_certificate_twice_is_harmless():
    tls = make_throw_away_tls("127.0.0.1", None)
    tls.remove()
    tls.remove()


def test_without_trustme_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "trustme", None)
    with pytest.raises(WebSocketError) as failure:
        make_throw_away_tls("127.0.0.1", None)
    assert str(failure.value) == (
        "Cannot make a certificate: install trustme, for example with "
        "'pip install robotframework-robotwebsocketlibrary[tls]'."
    )


NOT_WRITTEN = "Cannot make a certificate: its files cannot be written: "


def test_without_a_folder_for_temporary_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "missing"))
    with pytest.raises(WebSocketError) as failure:
        make_throw_away_tls("127.0.0.1", None)
    assert str(failure.value) == f"{NOT_WRITTEN}No such file or directory."


def test_no_folder_can_be_used_for_temporary_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setattr(tempfile, "_candidate_tempdir_list", lambda: [str(tmp_path / "missing")])
    with pytest.raises(WebSocketError, match=f"^{NOT_WRITTEN}No usable temporary directory found in "):
        make_throw_away_tls("127.0.0.1", None)


@contextmanager
def limit(what: str, value: int) -> Iterator[None]:
    resource = pytest.importorskip("resource")
    kind = getattr(resource, what)
    soft, hard = resource.getrlimit(kind)
    resource.setrlimit(kind, (value, hard))
    try:
        yield
    finally:
        resource.setrlimit(kind, (soft, hard))


def test_without_descriptors(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    make_throw_away_tls("127.0.0.1", None).remove()  # everything is imported
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with limit("RLIMIT_NOFILE", 0), pytest.raises(WebSocketError) as failure:
        make_throw_away_tls("127.0.0.1", None)
    assert str(failure.value) == f"{NOT_WRITTEN}Too many open files."
    assert list(tmp_path.iterdir()) == []


def test_half_written_file_is_removed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    make_throw_away_tls("127.0.0.1", None).remove()  # everything is imported
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with limit("RLIMIT_FSIZE", 10), pytest.raises(WebSocketError) as failure:
        make_throw_away_tls("127.0.0.1", None)
    assert str(failure.value) == f"{NOT_WRITTEN}File too large."
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("host", ["two words", "under_score", "x..y"])
def test_no_certificate_for_what_is_no_host_name(host: str):
    with pytest.raises(WebSocketError) as failure:
        make_throw_away_tls(host, None)
    assert str(failure.value) == f"Cannot make a certificate: '{host}' is not a host name."


@pytest.mark.parametrize("together", [True, False])
def test_certificate_from_files(start: Start, files: TlsFiles, together: bool):
    tls = load_tls(files.together, None, None) if together else load_tls(files.certificate, files.private_key, None)
    server = start(tls=tls)
    assert server.ca_file is None
    with tls_client(server, client_context()) as client:
        assert converses(client)
    server.stop()
    assert files.together.exists()


def test_old_tls_is_refused(start: Start, files: TlsFiles):
    server = start(tls=load_tls(files.together, None, None))
    context = client_context()
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    with raw_client(server) as client, pytest.raises(OSError):  # noqa: PT011 - this end may refuse it already
        context.wrap_socket(client.socket, server_hostname="127.0.0.1")


def test_client_certificate_is_demanded(start: Start, files: TlsFiles):
    server = start(tls=load_tls(files.together, None, files.authority))
    with tls_client(server, client_context()) as client, pytest.raises((OSError, EOFError)):
        converses(client)  # TLS 1.3 tells the client only now

    context = client_context()
    certificate("client.example").configure_cert(context)
    with tls_client(server, context) as client:
        assert converses(client)


def test_client_certificate_of_another_authority_is_refused(start: Start, files: TlsFiles):
    tls = make_throw_away_tls("127.0.0.1", files.authority)
    server = start(tls=tls)
    context = ssl.create_default_context(cafile=tls.ca_file)
    certificate("client.example", other=True).configure_cert(context)
    with tls_client(server, context) as client, pytest.raises((OSError, EOFError)):
        converses(client)


def refused_files(files: TlsFiles, folder: Path) -> list[tuple[dict[str, Path | None], str]]:
    missing = folder / "missing.pem"
    unusable = "Cannot use the certificate '{}': it and its private key must match."
    return [
        (
            {"certificate": missing, "private_key": None, "client_ca": None},
            f"The file '{missing}' of the argument 'certificate' does not exist.",
        ),
        (
            {"certificate": files.certificate, "private_key": missing, "client_ca": None},
            f"The file '{missing}' of the argument 'private_key' does not exist.",
        ),
        (
            {"certificate": files.together, "private_key": None, "client_ca": missing},
            f"The file '{missing}' of the argument 'client_ca' does not exist.",
        ),
        (
            {"certificate": files.certificate, "private_key": files.other_key, "client_ca": None},
            unusable.format(files.certificate),
        ),
        (
            {"certificate": files.certificate, "private_key": None, "client_ca": None},
            unusable.format(files.certificate),
        ),
        ({"certificate": files.text, "private_key": None, "client_ca": None}, unusable.format(files.text)),
        (
            {"certificate": files.together, "private_key": None, "client_ca": files.text},
            f"Cannot use the 'client_ca' '{files.text}': it holds no PEM certificate.",
        ),
    ]


@pytest.mark.parametrize("number", range(7))
def test_files_that_cannot_be_used_are_named(files: TlsFiles, tmp_path: Path, number: int):
    arguments, expected = refused_files(files, tmp_path)[number]
    with pytest.raises(WebSocketError) as failure:
        load_tls(**arguments)
    assert str(failure.value) == expected


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        ("create_default_context", "Cannot read the 'client_ca' '{0.authority}': Permission denied."),
        (
            "SSLContext.load_cert_chain",
            "Cannot read the certificate '{0.together}' and its private key: Permission denied.",
        ),
    ],
)
def test_files_that_may_not_be_read_are_named(
    files: TlsFiles, monkeypatch: pytest.MonkeyPatch, call: str, sentence: str
):
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(f"ssl.{call}", refuse)  # root may read everything
    with pytest.raises(WebSocketError) as failure:
        load_tls(files.together, None, files.authority)
    assert str(failure.value) == sentence.format(files)


def test_encrypted_key_is_refused_without_asking_for_its_password(files: TlsFiles, tmp_path: Path):
    with pytest.raises(WebSocketError) as failure:
        load_tls(files.certificate, write_encrypted_key(files, tmp_path), None)
    assert str(failure.value) == (
        f"Cannot use the certificate '{files.certificate}': its private key is encrypted; "
        "give its password with 'private_key_password'."
    )


def test_encrypted_key_needs_its_own_password(files: TlsFiles, tmp_path: Path):
    with pytest.raises(WebSocketError) as failure:
        load_tls(files.certificate, write_encrypted_key(files, tmp_path), None, "canary")
    assert str(failure.value) == (
        f"Cannot use the certificate '{files.certificate}': "
        "its private key has another password than 'private_key_password' says."
    )


def test_encrypted_key_is_used_with_its_password(start: Start, files: TlsFiles, tmp_path: Path):
    server = start(tls=load_tls(files.certificate, write_encrypted_key(files, tmp_path), None, "secret"))
    with tls_client(server, client_context()) as client:
        client.send(request())
        assert client.receive_head().startswith(b"HTTP/1.1 101 ")


def test_silent_tls_client_stops_nobody_else(start: Start, files: TlsFiles):
    server = start(tls=load_tls(files.together, None, None), handshake_timeout=PATIENCE)
    silent = [raw_client(server) for _ in range(20)]
    with tls_client(server, client_context()) as client, at_once():
        assert converses(client)
    for client in silent:
        client.close()


def test_silent_tls_client_is_dropped_in_time(start: Start, files: TlsFiles):
    server = start(tls=load_tls(files.together, None, None), handshake_timeout=0.2)
    with raw_client(server) as client, at_once():
        assert client.receive_rest() == b""


def test_client_without_tls_is_dropped_and_others_served(start: Start, files: TlsFiles):
    server = start(tls=load_tls(files.together, None, None))
    with raw_client(server) as client:
        client.send(request())
        with suppress(ConnectionError):
            client.receive_rest()
    for _ in range(20):
        with raw_client(server) as client:
            client.send(b"x")
            client.reset()
    with tls_client(server, client_context()) as client:
        assert converses(client)
    assert list(server.notices) == []


def test_tls_client_of_a_plain_server_gets_an_answer(start: Start):
    server = start()
    with raw_client(server) as client, pytest.raises(ssl.SSLError):
        client_context().wrap_socket(client.socket, server_hostname="127.0.0.1")
    with opened(server) as client:
        client.send_frame(TEXT, b"hello")
        assert client.receive_frame() == WireFrame(TEXT, b"hello")


def test_tls_of_files_has_nothing_to_remove():
    ServerTls(ssl.create_default_context()).remove()
