"""Certificates and private keys from files of the test."""

from __future__ import annotations

import ssl
from pathlib import Path


class EncryptedKeyError(Exception):
    """A private key needs another password. The text continues a sentence; `argument` is where a test gives one."""

    def __init__(self, argument: str, *, given: bool) -> None:
        self.given = given
        super().__init__(
            f"its private key has another password than '{argument}' says"
            if given
            else f"its private key is encrypted; give its password with '{argument}'"
        )


def load_certificate(
    context: ssl.SSLContext, certificate: Path, private_key: Path | None, password: str | None, argument: str
) -> None:
    """Loads a certificate with its key, and never asks a terminal for a password, as OpenSSL would."""
    asked = False

    def answer() -> str:
        nonlocal asked
        asked = True
        return password or ""

    try:
        context.load_cert_chain(certificate, private_key, password=answer)
    except (ssl.SSLError, ValueError) as error:
        if asked:
            raise EncryptedKeyError(argument, given=password is not None) from error
        raise
