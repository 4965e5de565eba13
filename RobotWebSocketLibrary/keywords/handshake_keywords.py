"""Keywords for the opening handshakes that the test server answers."""

from __future__ import annotations

from datetime import timedelta

from robot.api.deco import keyword
from robot.api.types import Secret

from ..report.outcome import log_outcome
from ..server.handshake_requests import HandshakeRequest
from ..server.scripted_responses import AS_USUAL, ScriptedResponse
from ..server.server import WebSocketServer
from ..session.durations import read_seconds
from ..session.registry import Registry
from ..session.reply_failures import raise_reply_failures
from .argument_types import list_fields


class HandshakeKeywords:
    """What clients asked the server for, and what it answers."""

    def __init__(self, servers: Registry[WebSocketServer]) -> None:
        self._servers = servers

    @keyword(tags=["Server"])
    def get_handshake_requests(
        self, *, path: str | None = None, server: WebSocketServer | str | None = None
    ) -> list[HandshakeRequest]:
        """Returns the requests for an opening handshake that the test server has received, the oldest first.

        Requests that were refused or never answered are there too, also those that met a suspended server. The server
        remembers the last 1,000. Each request has these attributes:

        | ``path``, ``query``      | what the client asked for, before and after the ``?`` |
        | ``headers``              | by names in any case; ``headers.get_all('X-Tag')`` returns all of one name |
        | ``cookies``              | by name |
        | ``subprotocols``         | a list of those that the client offered |
        | ``origin``               | of the page, or ``None`` |
        | ``status``               | HTTP status of the answer, or ``None`` while there is none |
        | ``time``                 | when it came, in seconds since 1970 |

        Args:
            path: Only requests for this path, such as ``/chat``; ``*`` stands for any characters.
            server: Alias or object of the server. The current one by default.

        Returns:
            A list of requests.

        Example:
        | VAR    &{cookies}    session=abc
        | `Open WebSocket`    ${websocket.server.url}chat?room=1    cookies=${cookies}
        | ${requests} =    `Get Handshake Requests`
        | Should Be Equal    ${requests[-1].path}    /chat
        | Should Be Equal    ${requests[-1].query}    room=1
        | Should Be Equal    ${requests[-1].cookies}[session]    abc
        | Should Be Equal    ${requests[-1].headers}[upgrade]    websocket
        | Should Be Equal As Integers    ${requests[-1].status}    101
        """
        asked = self._servers.find(server)
        raise_reply_failures(asked)
        log_outcome("Got the handshake requests of a WebSocket server.")
        return [request for request in asked.handshake_requests if request.request.asks_for(path)]

    @keyword(tags=["Server", "Fault"])
    def set_handshake_response(
        self,
        status: int | None,
        *,
        reason: str | None = None,
        headers: dict[str, str | Secret] | list[tuple[str, str | Secret]] | None = None,
        body: str | bytes = "",
        delay: timedelta = timedelta(0),
        accept: str | None = AS_USUAL,
        subprotocol: str | None = AS_USUAL,
        times: int | None = None,
        path: str | None = None,
        server: WebSocketServer | str | None = None,
    ) -> None:
        """Sets what the test server answers to opening handshakes from now on.

        ``Set Handshake Response    101`` alone undoes everything that was set.

        With ``times``, an answer is used for that many handshakes; several such answers are used one after the other.
        An answer without ``times`` is used for all other handshakes, until another one without ``times`` replaces it
        for the same path. An answer for the path of a request takes precedence over one for any path.

        | `Set Handshake Response`    503    times=2                            # refuses two handshakes, then lets in
        | `Set Handshake Response`    302    headers={'Location': '/elsewhere'} # redirects
        | `Set Handshake Response`    NONE                                      # never answers
        | `Set Handshake Response`    101    delay=2s                           # lets in, late
        | `Set Handshake Response`    101    accept=wrong                       # a client must fail the connection
        | `Set Handshake Response`    101    subprotocol=other                  # the same, if it did not offer this one

        A scripted 101 applies only to clients that the server would let in anyway: it still refuses malformed
        handshakes, foreign origins and clients above ``max_clients``. A client that accepts a wrong 101 has an ordinary
        connection.

        Args:
            status: HTTP status from 100 to 599. 101 opens the connection, every other one refuses it. ``NONE`` never
                answers: TCP stays open until the client leaves or the server stops.
            reason: Text after the status. The usual one by default, such as ``Not Found``.
            headers: Headers of the answer, as a dictionary, or as a list of pairs if a name comes more than once. They
                replace those of the same name that the server would write.
            body: Text or bytes that say why.
            delay: How long the answer takes.
            accept: Replaces the value of ``Sec-WebSocket-Accept`` in a 101. ``NONE`` leaves the header out.
            subprotocol: Replaces the one that the server would choose in a 101. It need not be one that the client
                offered. ``NONE`` leaves the header out.
            times: Number of handshakes to answer like this. All that follow by default.
            path: Only for requests for this path, such as ``/chat``; ``*`` stands for any characters.
            server: Alias or object of the server. The current one by default.

        Example:
        | `Set Handshake Response`    401    headers={'WWW-Authenticate': 'Bearer'}    body=Who are you?    times=1
        | `Open WebSocket`    ${websocket.server.url}    expected_status=401
        | Should Be Equal    ${websocket.response.text}    Who are you?
        | `Open WebSocket`    ${websocket.server.url}
        """
        answer = ScriptedResponse(
            status,
            reason,
            list_fields(headers),
            body,
            read_seconds(delay, "delay"),
            _read_none(accept),
            _read_none(subprotocol),
        )
        answering = self._servers.find(server)
        raise_reply_failures(answering)
        answering.scripted_responses.set(answer, path, times)
        log_outcome("Set the answer to opening handshakes.")


def _read_none(text: str | None) -> str | None:
    """None for `NONE`, which Robot Framework leaves as text where an argument can be text."""
    return None if text is None or text.upper() == "NONE" else text
