"""What may be secret in a URL or a header, masked before anybody sees it.

A peer chooses what is searched here: each expression takes time that grows with the length of the text, and no faster.
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


def masked_url(text: str) -> str:
    """A URL or path without its user, and without the values of parameters whose names tell of secrets."""
    return SECRET_PARAMETERS.sub(rf"\1{MASK}", USER_OF_URL.sub(rf"\1{MASK}@", text))


def masked_request_header(name: str, value: str) -> str:
    """The value of a header of a request, if it is one that no test gives a secret to."""
    return masked_url(value) if PLAIN_REQUEST_HEADERS.fullmatch(name) else MASK


def masked_header(name: str, value: str) -> str:
    """The value of a header of a response, unless its name tells of a secret; it may hold a URL."""
    return MASK if SECRET_HEADERS.match(name) else masked_url(value)
