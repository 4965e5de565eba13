"""TLS of the test server, with a certificate from files or a throw-away one, which is removed when the server stops."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import NamedTuple

from ..connection.tls_stream import note_hello
from ..errors import WebSocketError, quoted
from ..key_files import EncryptedKeyError, load_certificate
from .pem_file import PemFile


class ServerTls(NamedTuple):
    """The server's TLS context and, for a throw-away certificate, the file that clients verify it with."""

    context: ssl.SSLContext
    authority: PemFile | None = None

    @property
    def ca_file(self) -> Path | None:
        return None if self.authority is None else self.authority.path

    def remove(self) -> None:
        if self.authority is not None:
            self.authority.remove()


def choose_tls(
    host: str,
    throw_away: bool,
    certificate: Path | None,
    private_key: Path | None,
    client_ca: Path | None,
    *,
    password: str | None = None,
) -> ServerTls | None:
    """Makes the TLS that a test or the command line asks for; None is plain TCP."""
    if certificate is None and private_key is not None:
        raise WebSocketError("Could not start a server: a private key was given without its certificate.")
    if certificate is not None:
        return load_tls(certificate, private_key, client_ca, password)
    if throw_away:
        return make_throw_away_tls(host, client_ca)
    if client_ca is not None:
        raise WebSocketError(
            "Could not start a server: a client CA needs TLS; give a certificate too, or use a throw-away one."
        )
    return None


def make_throw_away_tls(host: str, client_ca: Path | None) -> ServerTls:
    """Makes a certificate for the host, from an authority that exists for it alone."""
    try:
        import trustme
    except ImportError:
        package = "robotframework-robotwebsocketlibrary[tls]"
        raise WebSocketError(
            f"Cannot make a certificate: install trustme, for example with 'pip install {package}'."
        ) from None
    authority = trustme.CA()
    context = _make_context(client_ca)
    try:
        certificate = authority.issue_cert(*dict.fromkeys((host or "localhost", "localhost", "127.0.0.1", "::1")))
    except ValueError as error:
        raise WebSocketError(f"Cannot make a certificate: {quoted(host)} is not a host name.") from error
    try:
        _load_pem(context, certificate.private_key_and_cert_chain_pem.bytes())
        return ServerTls(context, PemFile(authority.cert_pem.bytes()))
    except OSError as error:
        raise WebSocketError(f"Cannot make a certificate: its files cannot be written: {error.strerror}.") from error


def load_tls(
    certificate: Path, private_key: Path | None, client_ca: Path | None, password: str | None = None
) -> ServerTls:
    """Loads a certificate of the test's own. Nobody is asked for the password of an encrypted key."""
    context = _make_context(client_ca)
    for path, argument in ((certificate, "certificate"), (private_key, "private_key")):
        _check_exists(path, argument)
    try:
        load_certificate(context, certificate, private_key, password, "private_key_password")
    except (EncryptedKeyError, ssl.SSLError) as error:
        reason = str(error) if isinstance(error, EncryptedKeyError) else "it and its private key must match"
        raise WebSocketError(f"Cannot use the certificate '{certificate}': {reason}.") from error
    except OSError as error:
        raise WebSocketError(
            f"Cannot read the certificate '{certificate}' and its private key: {error.strerror}."
        ) from error
    return ServerTls(context)


def _load_pem(context: ssl.SSLContext, pem: bytes) -> None:
    """Loads a key and its certificates, which OpenSSL takes from a file only."""
    file = PemFile(pem)
    try:
        context.load_cert_chain(file.path)
    finally:
        file.remove()


def _make_context(client_ca: Path | None) -> ssl.SSLContext:
    _check_exists(client_ca, "client_ca")
    try:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=client_ca)
    except ssl.SSLError as error:
        raise WebSocketError(f"Cannot use the 'client_ca' '{client_ca}': it holds no PEM certificate.") from error
    except OSError as error:
        raise WebSocketError(f"Cannot read the 'client_ca' '{client_ca}': {error.strerror}.") from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.sni_callback = note_hello
    if client_ca is not None:
        context.verify_mode = ssl.CERT_REQUIRED
    return context


def _check_exists(path: Path | None, argument: str) -> None:
    if path is not None and not path.is_file():
        raise WebSocketError(f"The file '{path}' of the argument '{argument}' does not exist.")
