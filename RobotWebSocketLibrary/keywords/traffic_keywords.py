"""Keywords that show what was on the wire."""

from __future__ import annotations

import json
from pathlib import Path
from statistics import mean

from robot.api import logger
from robot.api.deco import keyword
from robot.libraries.BuiltIn import BuiltIn
from robot.utils import DotDict

from ..connection.pings import Pings
from ..connection.traffic import Count, Direction, Traffic, TrafficRecord
from ..errors import WebSocketError, escaped
from ..protocol.frames import DATA_OPCODES, Opcode
from ..report.har import har
from ..report.traffic_html import sequence_diagram, table
from ..session.registry import Registry
from ..session.websocket_variable import WebSocket

NAME = 30
"""Characters of an alias that stand above a lifeline."""


class TrafficKeywords:
    """The last frames of a connection, in both directions, and counts of all of them."""

    def __init__(self, connections: Registry[WebSocket], version: str) -> None:
        self._connections = connections
        self._version = version

    @keyword(name="Get WebSocket Traffic", tags=["Traffic"])
    def get_websocket_traffic(self, *, connection: WebSocket | str | None = None) -> list[TrafficRecord]:
        """Returns the last frames of a connection, sent and received, in their order.

        Each record has these attributes, and its text is one line, such as ``< 'hello'``:

        | ``time``            | seconds since the epoch |
        | ``direction``       | ``>`` sent, ``<`` received, ``!`` an end that no frame tells of, such as lost TCP |
        | ``type``            | ``text``, ``binary``, ``continuation``, ``close``, ``ping``, ``pong`` or ``event`` |
        | ``opcode``          | the number of the type, ``1`` for text |
        | ``size``            | bytes of the payload, before compression |
        | ``preview``, ``text`` | its first 256 bytes, as bytes and as text; ``cut`` tells whether there were more |
        | ``fin``             | whether it ends a message: ``False`` for fragments before the last |
        | ``compressed_size`` | bytes on the wire, ``None`` for what was not compressed |

        Args:
            connection: Alias or object of the connection. The current one by default.

        Example:
        | `Open WebSocket`    ${websocket.server.url}
        | `Send Text Message`    hello
        | @{records} =    `Get WebSocket Traffic`
        | Should Be Equal    ${records[0].text}    hello
        | Should Be Equal As Strings    ${records}[0]    > 'hello'
        """
        records = self._connections[connection].connection.traffic.records
        logger.info("Got the traffic of a WebSocket connection.")
        return records

    @keyword(name="Get WebSocket Statistics", tags=["Traffic"])
    def get_websocket_statistics(self, *, connection: WebSocket | str | None = None) -> DotDict:
        """Returns counts, bytes and times of a connection, from its opening on.

        | ``sent``, ``received`` | ``messages``, ``frames``, ``pings``, ``pongs``, ``bytes`` and ``wire_bytes`` |
        | ``handshake``          | seconds that opening took; ``None`` at a server's end |
        | ``round_trips``        | of pings: ``count``, and ``minimum``, ``mean`` and ``maximum`` in seconds |

        ``bytes`` are those of the payloads of all frames, control frames included, and ``wire_bytes`` what was left of
        them where messages were compressed.

        Args:
            connection: Alias or object of the connection. The current one by default.

        Example:
        | `Open WebSocket`    ${websocket.server.url}
        | `Send Text Message`    hello
        | ${statistics} =    `Get WebSocket Statistics`
        | Should Be Equal As Integers    ${statistics.sent.messages}    1
        | Should Be Equal As Integers    ${statistics.sent.bytes}    5
        | Should Be True    ${statistics.handshake} < 2
        """
        websocket = self._connections[connection]
        traffic = websocket.connection.traffic
        logger.info("Got the statistics of a WebSocket connection.")
        return DotDict(  # type: ignore[no-untyped-call]
            sent=_total(traffic, ">"),
            received=_total(traffic, "<"),
            handshake=websocket.handshake.seconds,
            round_trips=_round_trips(websocket.connection.pings),
        )

    @keyword(name="Log WebSocket Traffic", tags=["Traffic"])
    def log_websocket_traffic(self, *, frames: int = 100, connection: WebSocket | str | None = None) -> None:
        """Shows the last frames of a connection in log.html, as a table and as a sequence diagram.

        Args:
            frames: How many frames at most.
            connection: Alias or object of the connection. The current one by default.

        Example:
        | `Open WebSocket`    ${websocket.server.url}
        | `Send Text Message`    hello
        | `Wait For Message`    timeout=2s
        | `Log WebSocket Traffic`
        """
        if frames < 1:
            raise WebSocketError(f"The argument 'frames' is {frames}; at least 1 frame can be shown.")
        websocket = self._connections[connection]
        recorded, records = websocket.connection.traffic.since(0)
        earlier, whose = recorded - len(records), f"of '{websocket.connection.name}'"
        diagram = sequence_diagram(
            records, *_names(websocket), title=f"Sequence diagram {whose}", limit=frames, earlier=earlier, opened=True
        )
        logger.info(diagram, html=True)
        logger.info(table(records, title=f"Frames {whose}", limit=frames, earlier=earlier), html=True)
        logger.info("Logged the traffic of a WebSocket connection.")

    @keyword(name="Save WebSocket Traffic", tags=["Traffic"])
    def save_websocket_traffic(self, file: Path, *, connection: WebSocket | str | None = None) -> str:
        """Saves the opening handshake and the last messages of a connection as an HTTP archive.

        The developer tools of browsers open such a file: in Chrome, on the *Network* panel, *Import HAR file*, and
        there the *Messages* of the connection. A message of which only the beginning was kept is marked with
        ``_truncated``; the import argument ``traffic_preview`` keeps more. Values of headers and cookies that tell of
        secrets are masked.

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
        websocket = self._connections[connection]
        path = Path(BuiltIn().get_variable_value("${OUTPUT DIR}", "."), file)
        archive = json.dumps(self._archive(websocket), ensure_ascii=False, indent=1)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(archive, "utf-8")
        except (OSError, ValueError) as error:  # ValueError: no file can have such a name
            why = escaped(getattr(error, "strerror", None) or str(error))
            raise WebSocketError(f"Could not save the traffic as '{escaped(str(path))}': {why}.") from error
        logger.info("Saved the traffic of a WebSocket connection.")
        return str(path)

    def _archive(self, websocket: WebSocket) -> object:
        handshake = websocket.handshake
        return har(
            url=websocket.url,
            request_headers=handshake.request.headers.fields,
            response=handshake.response,
            records=websocket.connection.traffic.records,
            started=handshake.started,
            seconds=handshake.seconds,
            version=self._version,
        )


def _names(websocket: WebSocket) -> tuple[str, str]:
    """What the two lifelines are called: ours first."""
    if websocket.connection.role == "server":
        return "test server", "client"
    return (websocket.alias or "client")[:NAME], "server"


def _total(traffic: Traffic, direction: Direction) -> DotDict:
    counts = {opcode: count for (way, opcode), count in traffic.counts.copy().items() if way == direction}
    return DotDict(  # type: ignore[no-untyped-call]
        messages=sum(count.messages for opcode, count in counts.items() if opcode in DATA_OPCODES),
        frames=sum(count.frames for count in counts.values()),
        pings=counts.get(Opcode.PING, Count()).frames,
        pongs=counts.get(Opcode.PONG, Count()).frames,
        bytes=sum(count.size for count in counts.values()),
        wire_bytes=sum(count.wire_size for count in counts.values()),
    )


def _round_trips(pings: Pings) -> DotDict:
    times = list(pings.round_trips)
    if not times:
        return DotDict(count=0, minimum=None, mean=None, maximum=None)  # type: ignore[no-untyped-call]
    return DotDict(  # type: ignore[no-untyped-call]
        count=len(times), minimum=min(times), mean=mean(times), maximum=max(times)
    )
