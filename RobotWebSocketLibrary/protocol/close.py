"""Close codes, close frames and how a connection closed (RFC 6455 sections 5.5.1 and 7.4)."""

from __future__ import annotations

from enum import IntEnum
from typing import Literal

from ..errors import ProtocolError, WebSocketError, escaped

REASON_LIMIT = 123
"""Bytes of a close reason: 125 of a control frame, less two for the code."""

Initiator = Literal["client", "server", "none"]


class CloseCode(IntEnum):
    """Close codes of RFC 6455 section 7.4.1 and of the IANA registry.

    1005, 1006 and 1015 are never sent: they say that a close frame had no code, that none came, and that TLS failed.
    Codes from 3000 to 4999 can be given as numbers.
    """

    NORMAL_CLOSURE = 1000
    GOING_AWAY = 1001
    PROTOCOL_ERROR = 1002
    UNSUPPORTED_DATA = 1003
    NO_STATUS_RECEIVED = 1005
    ABNORMAL_CLOSURE = 1006
    INVALID_PAYLOAD_DATA = 1007
    POLICY_VIOLATION = 1008
    MESSAGE_TOO_BIG = 1009
    MANDATORY_EXTENSION = 1010
    INTERNAL_ERROR = 1011
    SERVICE_RESTART = 1012
    TRY_AGAIN_LATER = 1013
    BAD_GATEWAY = 1014
    TLS_HANDSHAKE = 1015


_NEVER_SENT = (CloseCode.NO_STATUS_RECEIVED, CloseCode.ABNORMAL_CLOSURE, CloseCode.TLS_HANDSHAKE)
_SENDABLE = frozenset(CloseCode) - frozenset(_NEVER_SENT)


class CloseStatus(str):
    """How a connection closed, as text (`1000 (normal closure) bye`) with fields.

    `initiator` is the end that closed first: `client`, `server`, or `none` for a lost connection. `clean` says whether
    both close frames were exchanged.
    """

    __slots__ = ("clean", "code", "initiator", "reason")

    code: int
    reason: str
    initiator: Initiator
    clean: bool

    def __new__(cls, code: int, reason: str = "", initiator: Initiator = "none", clean: bool = False) -> CloseStatus:
        status = super().__new__(cls, f"{code} ({explain_code(code)}) {escaped(reason)}".rstrip())
        status.code = code
        status.reason = reason
        status.initiator = initiator
        status.clean = clean
        return status

    def __reduce__(self) -> tuple[type[CloseStatus], tuple[int, str, Initiator, bool]]:
        """Copies are made from the fields, not from the text."""
        return CloseStatus, (self.code, self.reason, self.initiator, self.clean)


def explain_code(code: int) -> str:
    """What a close code means, in words (section 7.4)."""
    if code in frozenset(CloseCode):
        return CloseCode(code).name.lower().replace("_", " ").replace("tls", "TLS")
    if 3000 <= code <= 3999:
        return "registered"
    return "private use" if 4000 <= code <= 4999 else "unknown"


def is_sendable(code: int) -> bool:
    """Whether a close frame may carry the code (sections 7.4.1 and 7.4.2)."""
    return code in _SENDABLE or 3000 <= code <= 4999


def write_close_payload(code: int, reason: str = "") -> bytes:
    """Payload of a close frame. Code and reason are checked before."""
    return code.to_bytes(2, "big") + reason.encode()


def read_close_payload(payload: bytes) -> tuple[int, str]:
    """Code and reason of a received close frame; 1005 for an empty one (section 7.1.5)."""
    if not payload:
        return CloseCode.NO_STATUS_RECEIVED, ""
    if len(payload) == 1:
        raise ProtocolError("a close frame with half a close code")
    code = int.from_bytes(payload[:2], "big")
    if not is_sendable(code):
        raise ProtocolError(f"a close frame with the code {code}, which may not be sent")
    try:
        return code, payload[2:].decode()
    except UnicodeDecodeError as error:
        raise ProtocolError(f"invalid UTF-8 in a close reason at byte {error.start}", 1007) from error


def read_any_close_payload(payload: bytes) -> tuple[int, str]:
    """Code and reason of any close frame, legal or not, to show them."""
    if len(payload) < 2:
        return CloseCode.NO_STATUS_RECEIVED, ""
    return int.from_bytes(payload[:2], "big"), payload[2:].decode(errors="replace")


def cut_reason(reason: str) -> str:
    """Our own reason, cut to what a close frame can carry."""
    return reason.encode()[:REASON_LIMIT].decode(errors="ignore")


def check_close_code(code: int) -> None:
    """Refuses a close code that no close frame may carry."""
    if not is_sendable(code):
        raise WebSocketError(f"The close code {code} may not be sent: use 1000 to 1003, 1007 to 1014, or 3000 to 4999.")
