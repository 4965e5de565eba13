"""Certificates that the TLS tests need, made per run."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import trustme
from cryptography.hazmat.primitives import serialization


def make_certificates(folder: Path) -> None:
    """Writes an authority (`ca.pem`), certificates with keys by it, and an authority that nobody trusts."""
    folder.mkdir(parents=True, exist_ok=True)
    authority, stranger = trustme.CA(), trustme.CA()
    yesterday = datetime.now(UTC) - timedelta(days=1)
    certificates = {
        "server": authority.issue_cert("127.0.0.1", "localhost"),
        "elsewhere": authority.issue_cert("elsewhere.example"),
        "expired": authority.issue_cert("127.0.0.1", not_before=yesterday - timedelta(days=1), not_after=yesterday),
        "client": authority.issue_cert("tester@example.org"),
    }
    authority.cert_pem.write_to_path(folder / "ca.pem")
    stranger.cert_pem.write_to_path(folder / "stranger.pem")
    for name, certificate in certificates.items():
        certificate.private_key_and_cert_chain_pem.write_to_path(folder / f"{name}.pem")
        (folder / f"{name}.locked.pem").write_bytes(lock(certificate.private_key_pem.bytes()))


def lock(key: bytes) -> bytes:
    """The key with the password `open sesame`."""
    encryption = serialization.BestAvailableEncryption(b"open sesame")
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8)
    return serialization.load_pem_private_key(key, None).private_bytes(*form, encryption)
