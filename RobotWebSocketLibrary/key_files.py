"""Certificates and private keys from files of the test."""

from __future__ import annotations

import ssl
from pathlib import Path


class EncryptedKeyError(Exception):
    """A private key needs a password. The text continues a sentence."""

    def __str__(self) -> str:
        return "its private key is encrypted; give it without a password ('openssl pkey' decrypts it)"


def load_certificate(context: ssl.SSLContext, certificate: Path, private_key: Path | None) -> None:
    """Loads a certificate with its key, and never asks a terminal for a password, as OpenSSL would."""
    asked = False

    def refuse() -> str:
        nonlocal asked
        asked = True
        return ""

    try:
        context.load_cert_chain(certificate, private_key, password=refuse)
    except (ssl.SSLError, ValueError) as error:
        if asked:
            raise EncryptedKeyError from error
        raise
