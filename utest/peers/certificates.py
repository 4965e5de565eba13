"""TLS material for tests, made once per run: an authority, what it signs, and an authority that nobody trusts."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import trustme

HOSTS = ("127.0.0.1", "localhost", "::1")


@cache
def authority() -> trustme.CA:
    """The authority that a test's client or server trusts, where it is told to."""
    return trustme.CA()


@cache
def other_authority() -> trustme.CA:
    return trustme.CA()


@cache
def certificate(*hosts: str, other: bool = False, expired: bool = False) -> trustme.LeafCert:
    """A certificate for the hosts, from the authority or the other one."""
    ended = datetime.now(UTC) - timedelta(days=1) if expired else None
    begun = datetime(2020, 1, 1, tzinfo=UTC) if expired else None
    signing = other_authority() if other else authority()
    return signing.issue_cert(*(hosts or HOSTS), not_before=begun, not_after=ended)


def server_context(
    *hosts: str, other: bool = False, expired: bool = False, asks_for_certificate: bool = False
) -> ssl.SSLContext:
    """TLS of a server. `asks_for_certificate` refuses a client without one of the authority."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate(*hosts, other=other, expired=expired).configure_cert(context)
    if asks_for_certificate:
        authority().configure_trust(context)
        context.verify_mode = ssl.CERT_REQUIRED
    return context


def client_context() -> ssl.SSLContext:
    """TLS of a client that trusts the authority."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    authority().configure_trust(context)
    return context


class TlsFiles:
    """The material as PEM files, for what takes file names."""

    def __init__(self, folder: Path) -> None:
        issued = certificate()
        self.authority = self._written(folder, "authority", authority().cert_pem)
        self.certificate = self._written(folder, "certificate", *issued.cert_chain_pems)
        self.private_key = self._written(folder, "key", issued.private_key_pem)
        self.other_key = self._written(folder, "other-key", certificate(other=True).private_key_pem)
        self.together = self._written(folder, "together", issued.private_key_and_cert_chain_pem)
        self.text = folder / "text.pem"
        self.text.write_text("no certificate")

    def _written(self, folder: Path, name: str, *blobs: trustme.Blob) -> Path:
        path = folder / f"{name}.pem"
        path.write_bytes(b"".join(blob.bytes() for blob in blobs))
        return path


@contextmanager
def tls_files() -> Iterator[TlsFiles]:
    with TemporaryDirectory() as folder:
        yield TlsFiles(Path(folder))


def write_encrypted_key(files: TlsFiles, folder: Path) -> Path:
    """The private key with a password."""
    from cryptography.hazmat.primitives import serialization

    key = serialization.load_pem_private_key(files.private_key.read_bytes(), None)
    locked = folder / "locked.pem"
    encryption = serialization.BestAvailableEncryption(b"secret")
    locked.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption))
    return locked
