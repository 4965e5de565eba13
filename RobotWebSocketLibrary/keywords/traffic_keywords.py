"""Keywords that show what was on the wire."""

from __future__ import annotations

from pathlib import Path

from robot.api import logger
from robot.api.deco import keyword
from robot.libraries.BuiltIn import BuiltIn

from ..connection.traffic import TrafficRecord
from ..defaults import LOGGED_FRAMES
from ..errors import WebSocketError
from ..report.outcome import log_outcome
from ..session.registry import Registry
from ..session.websocket_variable import WebSocket

ALIAS_WIDTH = 30
"""Characters of an alias that are shown above a lifeline."""


class TrafficKeywords:
    """The last frames of a connection in both directions, and counts of all its frames."""

    def __init__(self, connections: Registry[WebSocket], version: str) -> None:
        self._connections = connections
        self._version = version

    @keyword(name="Get WebSocket Traffic", tags=["Traffic"])
    def get_websocket_traffic(self, *, connection: WebSocket | str | None = None) -> list[TrafficRecord]:
        """Returns the last frames of a connection, sent and received, in their order.

        Each record has these attributes, and its text is one line, such as ``< 'hello'``:

        | ``time``            | seconds since the epoch |
        | ``direction``       | ``>`` sent, ``<`` received, ``!`` an event that is not a frame, such as lost TCP |
        | ``type``            | ``text``, ``binary``, ``continuation``, ``close``, ``ping``, ``pong`` or ``event`` |
        | ``opcode``          | the number of the type, ``1`` for text |
        | ``size``            | bytes of the payload, before compression |
        | ``preview``, ``text`` | its first 256 bytes, as bytes and as text; ``cut`` says whether there were more |
        | ``fin``             | whether it ends a message: ``False`` for fragments before the last |
        | ``compressed_size`` | bytes on the wire, ``None`` for a frame that was not compressed |
        | ``taken_by``        | the keyword that last took the message that ends here, ``None`` if none did |

        Args:
            connection: Alias or object of the connection. The current one by default.

        Example:
        | `Open WebSocket`    ${websocket.server.url}
        | `Send Text Message`    hello
        | @{records} =    `Get WebSocket Traffic`
        | Should Be Equal    ${records[0].text}    hello
        | Should Be Equal As Strings    ${records}[0]    > 'hello'
        """
        from ..report.taken_marks import mark_taken

        getting = self._connections.find(connection).connection
        records = mark_taken(getting.traffic.records, getting.inbox)
        log_outcome("Got the traffic of a WebSocket connection.")
        return records

    @keyword(name="Log WebSocket Traffic", tags=["Traffic"])
    def log_websocket_traffic(self, frames: int = LOGGED_FRAMES, *, connection: WebSocket | str | None = None) -> None:
        """Shows the last frames of a connection in log.html, as a table and as a sequence diagram.

        A cell of the table unfolds to all that was kept of a long payload; the import argument ``traffic_preview``
        keeps more. From 200 frames on, equal ones can be folded, such as heartbeats. A message that a keyword took
        recently is marked with the name of the keyword.

        Args:
            frames: How many frames at most.
            connection: Alias or object of the connection. The current one by default.

        Example:
        | `Open WebSocket`    ${websocket.server.url}
        | `Send Text Message`    hello
        | `Wait For Message`    timeout=2s
        | `Log WebSocket Traffic`
        """
        from ..report.taken_marks import mark_taken
        from ..report.traffic_html import draw_sequence_diagram, draw_table  # few runs draw

        if frames < 1:
            raise WebSocketError(f"The argument 'frames' is {frames}; at least 1 frame can be shown.")
        websocket = self._connections.find(connection)
        recorded, records = websocket.connection.traffic.since(0)
        earlier, whose = recorded - len(records), f"of '{websocket.connection.name}'"
        names, title = _name_ends(websocket), f"Sequence diagram {whose}"
        diagram = draw_sequence_diagram(records, *names, title=title, limit=frames, earlier=earlier, opened=True)
        records = mark_taken(records, websocket.connection.inbox)
        table = draw_table(records, title=f"Frames {whose}", limit=frames, earlier=earlier)
        logger.info(diagram, html=True)
        logger.info(table, html=True)
        log_outcome("Logged the traffic of a WebSocket connection.")

    @keyword(name="Save WebSocket Traffic", tags=["Traffic"])
    def save_websocket_traffic(self, file: Path, *, connection: WebSocket | str | None = None) -> str:
        """Saves the opening handshake and the last messages of a connection as an HTTP archive.

        The developer tools of browsers open such a file: in Chrome, use *Import HAR file* on the *Network* panel, and
        there the *Messages* of the connection. If only the beginning of a message was kept, it is marked with
        ``_truncated``, and the log says how many these are; the import argument ``traffic_preview`` keeps more. Values
        of headers and cookies that may be secret are masked.

        Args:
            file: Where to save, such as ``chat.har``. Relative to the folder of Robot Framework's output.
            connection: Alias or object of the connection. The current one by default.

        Returns:
            The path of the file.

        Example:
        | `Open WebSocket`    ${websocket.server.url}
        | `Send Text Message`    hello
        | ${file} =    `Save WebSocket Traffic`    chat.har
        """
        websocket = self._connections.find(connection)
        builtin = BuiltIn()
        folder = builtin.get_variable_value("${OUTPUT DIR}") if builtin.robot_running else "."
        path = Path(folder, file)
        _save(websocket, self._version, path)
        log_outcome("Saved the traffic of a WebSocket connection.")
        return str(path)


def _save(websocket: WebSocket, version: str, path: Path) -> None:
    from ..report.har import describe_cut, make_archive, save_archive  # few runs save

    handshake = websocket.handshake
    archive = make_archive(
        url=websocket.url,
        request_headers=handshake.request.headers.fields,
        secret_headers=handshake.request.secret_headers,
        response=handshake.response,
        records=websocket.connection.traffic.records,
        started=handshake.started,
        seconds=handshake.seconds,
        version=version,
    )
    save_archive(archive, path)
    if remark := describe_cut(archive):
        logger.info(remark)


def _name_ends(websocket: WebSocket) -> tuple[str, str]:
    """The names above the two lifelines: ours first."""
    if websocket.connection.role == "server":
        return "test server", "client"
    return (websocket.alias or "client")[:ALIAS_WIDTH], "server"
