"""What a server needs of whoever opens a second end for its clients: a proxy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from ..connection.connection import Connection
from ..connection.relay import Relay
from ..connection.stream import Stream
from ..deadline import Deadline
from ..protocol.http import Request, Response
from .agreement import Agreement
from .clients import Upstream
from .handshake_requests import HttpRequest
from .scripted_responses import ScriptedResponse


class ClientLeftError(Exception):
    """Nobody waits for an answer any more: the client has left, or the server stops."""


class Patience(Deadline):
    """How long an answer may take. It ends at once when the client has left, or when the server stops.

    Every wait looks at its deadline again and again: so it raises `ClientLeftError` there.
    """

    def __init__(self, timeout: float, client: Stream, is_stopping: Callable[[], bool]) -> None:
        super().__init__(timeout)
        self._client = client
        self._is_stopping = is_stopping

    @property
    def expired(self) -> bool:
        self.check()
        return super().expired

    @property
    def slice(self) -> float:
        self.check()
        return super().slice

    def share(self, count: int) -> Patience:
        return Patience(self.remaining / count, self._client, self._is_stopping)

    def check(self) -> None:
        if self._is_stopping() or self._client.was_left():
            raise ClientLeftError


class Link(Protocol):
    """The second end that was opened for a client, and what joins the two."""

    @property
    def near_relay(self) -> Relay:
        """What the end does that faces the client."""

    @property
    def stream(self) -> Stream:
        """That of the second end."""

    def join(self, near: Connection) -> Upstream:
        """Joins the two ends, of which nothing was read yet."""

    def start(self, on_end: Callable[[], None]) -> None:
        """Hands the second end to the reading thread."""

    def give_up(self) -> None:
        """Closes the second end: the client was not let in."""


class PlainExchange(Protocol):
    """A request of plain HTTP that goes to somebody else, and its answer."""

    @property
    def stream(self) -> Stream:
        """That to whoever answers."""

    def run(self, client: Stream) -> None:
        """Passes both on, for as long as that takes. Raises `OSError` where one side has left."""


class Host(Protocol):
    """Whom clients talk to in place of the behaviors of a test server."""

    @property
    def relays_http(self) -> bool:
        """Whether it answers plain HTTP, too."""

    def ask_plainly(self, asked: HttpRequest, received: bytes, patience: Patience) -> PlainExchange | Response:
        """Connects for a request of plain HTTP, behind which some bytes have come."""

    def agree(self, request: Request, scripted: ScriptedResponse, patience: Patience) -> Agreement | Response:
        """Opens a second end for a client, and returns the 101 that it gets, or the answer that refuses it."""
