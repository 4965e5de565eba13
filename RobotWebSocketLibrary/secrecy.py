"""Masks what may be secret in a URL or a header before anybody sees it.

A peer chooses the text that is searched here, so the time of each expression must not grow faster than the text.
"""

from __future__ import annotations

import re

MASK = "***"

USER_OF_URL = re.compile(r"((?:^|:)//)[^/?#]*@")
SECRET_PARAMETERS = re.compile(
    r"([?&#;](?=[^=?&#;]*=)"
    r"[^=?&#;]*?(?:auth|credential|jwt|key|passphrase|passw|pwd|secret|session|sig|token)[^=?&#;]*=)[^&#]*",
    re.IGNORECASE,
)
PLAIN_REQUEST_HEADERS = re.compile("connection|host|origin|upgrade|user-agent|sec-websocket-.*", re.IGNORECASE)
SECRET_HEADERS = re.compile(
    "(?!sec-websocket-).*(auth|cookie|credential|key|password|secret|session|signature|token)", re.IGNORECASE
)


def mask_url(text: str) -> str:
    """A URL or path without its user, and without the values of parameters whose names suggest secrets."""
    return SECRET_PARAMETERS.sub(rf"\1{MASK}", USER_OF_URL.sub(rf"\1{MASK}@", text))


def mask_request_header(name: str, value: str) -> str:
    """The value of a header of a request, if tests put no secrets into headers of this name."""
    return mask_url(value) if PLAIN_REQUEST_HEADERS.fullmatch(name) else MASK


def mask_response_header(name: str, value: str) -> str:
    """The value of a header of a response, unless its name suggests a secret. The value may hold a URL."""
    return MASK if SECRET_HEADERS.match(name) else mask_url(value)
