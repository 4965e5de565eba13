"""Whether the server answered an opening handshake with the HTTP status that the test expects."""

from __future__ import annotations

from ..errors import SWITCHING_PROTOCOLS, HandshakeError
from ..protocol.http import Exchange


def check_refusal(error: HandshakeError, expected_status: int) -> None:
    """Fails unless the server refused the handshake with the expected status."""
    error.expected_status = expected_status
    if expected_status == SWITCHING_PROTOCOLS or error.status != expected_status:
        raise error


def check_acceptance(url: str, handshake: Exchange, expected_status: int) -> HandshakeError | None:
    """The failure of a handshake that the server accepted, where the test expects that it refuses."""
    if expected_status == SWITCHING_PROTOCOLS:
        return None
    failure = HandshakeError(url, response=handshake.response, expected_status=expected_status)
    failure.request = handshake.request
    return failure
