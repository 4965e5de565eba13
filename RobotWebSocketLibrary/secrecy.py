"""Masks what may be secret in a URL or a header before anybody sees it.

Names suggest secrets in two ways:

- They hold a text such as `token` or `key` anywhere, as `accesstoken` does.
- One of their words is `access`, `bearer`, `code`, `otp`, `pass` or `pin`. Words are separated by whatever is not a
  letter, and by a capital after a small letter: `auth_code`, `pin2` and `userPin` are masked, `shipping` and `postcode`
  are not. `country_code` is masked as well, because that costs less than a code that shows. In names of headers,
  `access` and `code` do not count: harmless ones have these words, such as `Access-Control-Allow-Origin`.

A peer chooses the text that is searched here, so the time of each expression must not grow faster than the text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container
from functools import partial

MASK = "***"
SECRET_TARGET = f"/{MASK}"
"""What is shown for path and query of a URL that a test has given as `Secret`."""


class HiddenText(str):
    """Text that is sent as it is, and shown as `shown`."""

    shown: str

    def __new__(cls, text: str, shown: str = MASK) -> HiddenText:
        made = super().__new__(cls, text)
        made.shown = shown
        return made

    def __repr__(self) -> str:
        return repr(self.shown)


class HiddenBytes(bytes):
    """Bytes that are sent as they are, and not shown."""

    shown = MASK

    def __repr__(self) -> str:
        return repr(self.shown)


class ShownInstead(bytes):
    """What is shown in place of a payload, which may be longer or shorter."""


HIDDEN = frozenset({HiddenText, HiddenBytes})
"""Types of what is not shown as it is."""

USER_OF_URL = re.compile(r"((?:^|:)//)[^/?#]*@")
WORD_BEGINS = "(?:(?<![A-Za-z])|(?<=[a-z])(?=[A-Z]))"
WORD_ENDS = "(?![a-z])(?:(?<=[a-z])|(?![A-Z]))"
SECRET_PARAMETERS = re.compile(
    r"([?&#;](?=[^=?&#;]*=)[^=?&#;]*?"
    r"(?:(?i:auth|credential|jwt|key|passphrase|passw|pwd|secret|session|sig|token)"
    rf"|{WORD_BEGINS}(?i:access|bearer|code|otp|pass|pin){WORD_ENDS})"
    r"[^=?&#;]*=)[^&#]*"
)
PLAIN_REQUEST_HEADERS = re.compile("connection|host|origin|upgrade|user-agent|sec-websocket-.*", re.IGNORECASE)
SECRET_HEADERS = re.compile(
    "(?!(?i:sec-websocket-)).*"
    "(?:(?i:auth|cookie|credential|jwt|key|passphrase|passw|pwd|secret|session|signature|token)"
    f"|{WORD_BEGINS}(?i:bearer|otp|pass|pin){WORD_ENDS})"
)


def mask_url(text: str) -> str:
    """A URL or path without its user, and without the values of parameters whose names suggest secrets."""
    return SECRET_PARAMETERS.sub(rf"\1{MASK}", USER_OF_URL.sub(rf"\1{MASK}@", text))


def mask_request_header(name: str, value: str, secret_names: Container[str] = ()) -> str:
    """The value of a header of a request, if tests put no secrets into headers of this name.

    `secret_names`, in lower case, are those that a test has given as `Secret`.
    """
    is_plain = PLAIN_REQUEST_HEADERS.fullmatch(name) and name.lower() not in secret_names
    return mask_url(value) if is_plain else MASK


def mask_response_header(name: str, value: str, secret_names: Container[str] = ()) -> str:
    """The value of a header of a response, unless its name suggests a secret. The value may hold a URL.

    `secret_names`, in lower case, are those that a test has given as `Secret`: the answer may repeat them.
    """
    return MASK if suggests_secret(name) or name.lower() in secret_names else mask_url(value)


def make_response_mask(secret_names: Container[str]) -> Callable[[str, str], str]:
    return partial(mask_response_header, secret_names=secret_names)


def show(text: str) -> str:
    """Text as it may be shown."""
    return text.shown if isinstance(text, HiddenText) else text


def suggests_secret(name: str) -> bool:
    """Whether the name of a header suggests that its value is secret."""
    return SECRET_HEADERS.match(name) is not None
