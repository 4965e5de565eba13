"""What may be secret in a URL or a header, masked before anybody sees it."""

from __future__ import annotations

import re

MASK = "***"

SECRET_PARAMETERS = re.compile(r"([?&](?:[^=&]*(?:token|key|password|secret|sig)[^=&]*)=)[^&\s]*", re.IGNORECASE)
PLAIN_REQUEST_HEADERS = re.compile(
    "accept.*|connection|content-.*|host|origin|pragma|cache-control|upgrade|user-agent|sec-websocket-.*", re.IGNORECASE
)
SECRET_HEADERS = re.compile(
    "(?!sec-websocket-).*(auth|cookie|credential|key|password|secret|session|signature|token)", re.IGNORECASE
)


def masked_url(text: str) -> str:
    """A URL or path without the values of query parameters whose names tell of secrets."""
    return SECRET_PARAMETERS.sub(rf"\1{MASK}", text)


def masked_request_header(name: str, value: str) -> str:
    """The value of a header of a request, if it is one that no test gives a secret to."""
    return masked_url(value) if PLAIN_REQUEST_HEADERS.fullmatch(name) else MASK


def masked_header(name: str, value: str) -> str:
    """The value of a header of a response, unless its name tells of a secret; it may hold a URL."""
    return MASK if SECRET_HEADERS.match(name) else masked_url(value)
