"""Keywords that count what was on the wire, and how long things took."""

from __future__ import annotations

from collections.abc import Sequence

from robot.api.deco import keyword
from robot.utils import DotDict

from ..connection.arrivals import measure_answers
from ..connection.traffic import Count, Direction
from ..errors import WebSocketError
from ..protocol.frames import DATA_OPCODES, Opcode
from ..report.outcome import log_outcome
from ..session.percentiles import summarize
from ..session.registry import Registry
from ..session.websocket_variable import WebSocket


class StatisticsKeywords:
    """Counts and times, of one connection or of many."""

    def __init__(self, connections: Registry[WebSocket]) -> None:
        self._connections = connections

    @keyword(name="Get WebSocket Statistics", tags=["Traffic", "Load"])
    def get_websocket_statistics(
        self,
        *,
        connection: WebSocket | str | None = None,
        connections: list[WebSocket | str] | str | None = None,
    ) -> DotDict:
        """Returns counts, bytes and times of a connection, from its opening on, or of many connections together.

        | ``sent``, ``received`` | ``messages``, ``frames``, ``pings``, ``pongs``, ``bytes`` and ``wire_bytes`` |
        | ``handshake``          | seconds that opening took; ``None`` at a server's end |
        | ``round_trips``        | of pings: ``count``, and ``minimum``, ``mean`` and ``maximum`` in seconds |
        | ``answers``            | ``count``, ``p50``, ``p90``, ``p99`` and ``maximum`` in seconds |

        An answer is the next message that arrives after one that was sent, among the frames that are kept.
        ``bytes`` counts the payloads of all frames, control frames included. ``wire_bytes`` counts them as they were
        sent, compressed where messages are compressed. With ``connections`` everything is added up, and ``handshake``
        has ``count``, ``p50``, ``p90``, ``p99`` and ``maximum``, too.

        Args:
            connection: Alias or object of the connection. The current one by default.
            connections: Aliases or objects of many connections, or a pattern of aliases such as ``user*``.

        Example:
        | `Open WebSocket`    ${websocket.server.url}
        | `Send Text Message`    hello
        | ${statistics} =    `Get WebSocket Statistics`
        | Should Be Equal As Integers    ${statistics.sent.messages}    1
        | Should Be Equal As Integers    ${statistics.sent.bytes}    5
        | Should Be True    ${statistics.handshake} < 2
        """
        if connection is not None and connections is not None:
            raise WebSocketError("Give either 'connection' or 'connections', not both.")
        handshake: DotDict | float | None
        if connections is None:
            found = [self._connections.find(connection)]
            handshake = found[0].handshake.seconds
        else:
            found = self._connections.find_all(connections)
            handshake = _describe([end.handshake.seconds for end in found if end.handshake.seconds is not None])
        log_outcome("Got the statistics of a WebSocket connection.")
        return DotDict(  # type: ignore[no-untyped-call]
            sent=_add_up(found, ">"),
            received=_add_up(found, "<"),
            handshake=handshake,
            round_trips=_summarize_round_trips(found),
            answers=_describe([each for end in found for each in measure_answers(end.connection.traffic.records)]),
        )


def _add_up(ends: Sequence[WebSocket], direction: Direction) -> DotDict:
    counted = [pair for end in ends for pair in end.connection.traffic.counts.copy().items()]
    counts = [(opcode, count) for (way, opcode), count in counted if way == direction]
    return DotDict(  # type: ignore[no-untyped-call]
        messages=sum(count.messages for opcode, count in counts if opcode in DATA_OPCODES),
        frames=sum(count.frames for _, count in counts),
        pings=_count_frames(counts, Opcode.PING),
        pongs=_count_frames(counts, Opcode.PONG),
        bytes=sum(count.size for _, count in counts),
        wire_bytes=sum(count.wire_size for _, count in counts),
    )


def _count_frames(counts: Sequence[tuple[int, Count]], opcode: Opcode) -> int:
    return sum(count.frames for counted, count in counts if counted == opcode)


def _summarize_round_trips(ends: Sequence[WebSocket]) -> DotDict:
    times = [seconds for end in ends for seconds in list(end.connection.pings.round_trips)]
    if not times:
        return DotDict(count=0, minimum=None, mean=None, maximum=None)  # type: ignore[no-untyped-call]
    return DotDict(  # type: ignore[no-untyped-call]
        count=len(times), minimum=min(times), mean=sum(times) / len(times), maximum=max(times)
    )


def _describe(seconds: Sequence[float]) -> DotDict:
    if not seconds:
        return DotDict(count=0, p50=None, p90=None, p99=None, maximum=None)  # type: ignore[no-untyped-call]
    return DotDict(count=len(seconds), **summarize(seconds))  # type: ignore[no-untyped-call]
