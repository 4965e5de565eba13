"""What can go wrong, and how a failure shows text that a peer sent.

Every exception makes its sentence from its fields. Our words come first; remote text follows, in quotes, escaped and
cut, so that it can neither start HTML in log.html nor send control characters to a terminal.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence
from typing import Any

from .deadline import Deadline

SWITCHING_PROTOCOLS = 101
"""HTTP status that accepts an opening handshake (RFC 6455 section 4.2.2)."""
PROXY_AUTHENTICATION_REQUIRED = 407
"""HTTP status that asks for another header than `Authorization` (RFC 9110 section 15.5.8)."""
QUOTE_LIMIT = 200
"""Characters or bytes of remote text that a sentence shows."""
WINSOCK_ERRORS = 10000
"""The numbers of Winsock's errors begin here; smaller ones mean other things."""


class WebSocketError(Exception):
    """A keyword could not do what it was asked to. `details` are lines that follow its sentence."""

    ROBOT_SUPPRESS_NAME = True

    details: Sequence[str] = ()

    def __str__(self) -> str:
        return "\n".join([self._sentence(), *self.details])

    def _sentence(self) -> str:
        return super().__str__()


class HandshakeError(WebSocketError):
    """The opening handshake failed.

    Either `problem` says why, or the server answered with another HTTP status than the one that was expected.
    `request` is what was sent and `response` what was answered, as far as it came to that. `location` is where a
    redirect leads that is not followed, and `remedy` says what would follow it.
    """

    def __init__(
        self, url: str, problem: str = "", response: Any = None, expected_status: int = SWITCHING_PROTOCOLS
    ) -> None:
        super().__init__(url, problem)
        self.url = url
        self.problem = problem
        self.request: Any = None
        self.response = response
        self.expected_status = expected_status
        self.location = ""
        self.remedy = ""

    @property
    def status(self) -> int | None:
        """The HTTP status of the answer, if one came."""
        return None if self.response is None else self.response.status

    @property
    def reason(self) -> str:
        """Why it failed, to continue a sentence."""
        if self.problem:
            return self.problem
        if self.status == SWITCHING_PROTOCOLS:
            return f"the server accepted it, but HTTP {self.expected_status} was expected"
        answer = f"the server answered {quoted(str(self.response))[1:-1]} instead of {self.expected_status}"
        if self.location:
            return f"{answer} and redirects to {quoted(self.location)}; {self.remedy}"
        answer += self._describe_authentication(self.response.schemes)
        if not self.response.body or (self.request is not None and self.request.secret_target):  # which it may repeat
            return answer
        return f"{answer}. {self.response.quoted_body}"

    def _describe_authentication(self, schemes: Sequence[str]) -> str:
        """What the server asks for, and how to give it. Whoever has given something is not told how."""
        given = self.request is not None and "Authorization" in self.request.headers
        if not schemes or (given and schemes == ["Basic"]):
            return ""
        asked = f" and asks for authentication by {', '.join(map(quoted, schemes))}"
        if given or self.status == PROXY_AUTHENTICATION_REQUIRED:
            return asked
        if schemes == ["Basic"]:
            return f"{asked}: give a 'username' and a 'password'"
        return f"{asked}: give it with headers={{'Authorization': {quoted(f'{schemes[0]} ...')}}}"

    def __str__(self) -> str:
        reason = self.reason
        end = "" if reason.endswith((".", "?")) else "."
        return "\n".join([f"Opening handshake with '{self.url}' failed: {reason}{end}", *self.details])


class ConnectionClosedError(WebSocketError):
    """Nothing can be sent or received any more. `action` is what failed, `how` says how the connection stands."""

    def __init__(self, action: str, connection: str, how: str) -> None:
        self.action = action
        self.connection = connection
        self.how = how
        super().__init__(action, connection, how)

    def _sentence(self) -> str:
        return f"{self.action} '{self.connection}': {self.how}."


class WaitError(WebSocketError):
    """A wait ended without what it waited for, though the connection has not."""


class MessageTimeoutError(WaitError):
    """What a keyword waited for did not come in time. `missing` ends before the name, `state` says how it stands."""

    def __init__(self, missing: str, connection: str, deadline: Deadline, state: str) -> None:
        self.missing = missing
        self.connection = connection
        self.deadline = deadline
        self.state = state
        super().__init__(missing, connection, deadline, state)

    def _sentence(self) -> str:
        return f"{self.missing} '{self.connection}' in {self.deadline}; {self.state}."


class NotClosedError(WaitError):
    """A connection did not end in time. `state` says how it stands."""

    def __init__(self, connection: str, deadline: Deadline, state: str) -> None:
        self.connection = connection
        self.deadline = deadline
        self.state = state
        super().__init__(connection, deadline, state)

    def _sentence(self) -> str:
        return f"'{self.connection}' was not closed in {self.deadline}; {self.state}."


class InboxFullError(WaitError):
    """Nothing more can be received: the inbox holds `count` messages that no test has taken."""

    def __init__(self, action: str, connection: str, count: int) -> None:
        self.action = action
        self.connection = connection
        self.count = count
        super().__init__(action, connection, count)

    def _sentence(self) -> str:
        return f"{self.action} '{self.connection}': the inbox is full ({format_count(self.count, 'message')})."


class ProtocolError(Exception):
    """The peer broke RFC 6455. Stays inside the library, where it fails the connection with `code`."""

    def __init__(self, reason: str, code: int = 1002) -> None:
        self.reason = reason
        self.code = code
        super().__init__(reason)


class AnswerError(Exception):
    """What a server answers could not be made. Stays inside the library; its text tells why, in one line."""


def escaped(text: str) -> str:
    r"""Text with everything that a terminal, a page or a line of a log could act on written as `\x1b`."""
    if text.isprintable():
        return text
    return "".join(sign if sign.isprintable() else _escape(sign) for sign in text)


def quoted(remote: str | bytes, limit: int = QUOTE_LIMIT) -> str:
    """Remote text or bytes for a sentence: one line, in quotes, escaped and cut."""
    text = remote[:limit].decode("latin-1") if isinstance(remote, bytes) else remote[:limit]
    shown = "".join(_escape(sign) if ord(sign) > 126 else sign for sign in text) if isinstance(remote, bytes) else text
    if len(remote) <= limit:
        return f"'{escaped(shown)}'"
    unit = "bytes" if isinstance(remote, bytes) else "characters"
    return f"'{escaped(shown)}…' ({len(remote):,} {unit})"


def make_os_error(number: int) -> OSError:
    """The exception for an error number of the system. Its class follows from the number."""
    return OSError(number, _say_winsock(number) or os.strerror(number))


def describe_os_error(error: OSError) -> str:
    """What the system says of a failure, without a full stop. Windows says it in the language of its user."""
    return (_say_winsock(error.errno) or error.strerror or str(error)).rstrip(".")


def _say_winsock(number: int | None) -> str:
    """What Python says of an error of Winsock, which `os.strerror` does not know."""
    known: dict[int, str] = getattr(socket, "errorTab", {})
    return known.get(number, "") if number is not None and number >= WINSOCK_ERRORS else ""


def format_count(number: int, noun: str) -> str:
    """A number with what it counts: `1 message`, `2,000 messages`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _escape(sign: str) -> str:
    return sign.encode("unicode_escape").decode("ascii")
