"""When a message that a test has taken arrived, as the record of its frames says it."""

from __future__ import annotations

from collections.abc import Sequence
from weakref import ref

from ..protocol.frames import DATA_OPCODES, Opcode
from ..protocol.messages import Message
from .connection import Connection
from .traffic import Traffic, TrafficRecord


class ReceivedMessage(Message):
    """A message that a wait has returned. `time` is when it arrived, in seconds since 1970.

    `since_sent` is in seconds, from the last message that was sent on the connection before it arrived. Both are None
    where the frames are no longer kept.
    """

    _traffic: ref[Traffic]
    _recorded: int
    _later: int

    @classmethod
    def taken_from(cls, connection: Connection, message: Message) -> ReceivedMessage:
        """Notes what is known where a message was taken. What it means is found when a test asks."""
        made = cls(*message)
        made._traffic, made._recorded = ref(connection.traffic), connection.traffic.recorded
        made._later = connection.inbox.count(message.data) if len(connection.inbox) else 0
        return made

    @property
    def time(self) -> float | None:
        records = self._records
        found = find_arrival(records, self, self._later)
        return None if found is None else records[found].time

    @property
    def since_sent(self) -> float | None:
        records = self._records
        found = find_arrival(records, self, self._later)
        if found is None:
            return None
        sent = (record for record in reversed(records[:found]) if _is_data(record, ">"))
        last = next(sent, None)
        return None if last is None else max(0.0, records[found].time - last.time)

    @property
    def _records(self) -> list[TrafficRecord]:
        traffic = self._traffic()
        if traffic is None:  # the connection is forgotten
            return []
        recorded, records = traffic.since(0)
        since = recorded - self._recorded
        return records[: len(records) - since] if since else records


def find_arrival(records: Sequence[TrafficRecord], message: Message, later: int = 0) -> int | None:
    """Where the last frame of a message is, of which so many equal ones have arrived behind it."""
    data = message.data.encode() if isinstance(message.data, str) else message.data
    for at in range(len(records) - 1, -1, -1):
        record = records[at]
        if not _is_data(record, "<") or record.opcode == Opcode.CONTINUATION or not _begins(record, message, data):
            continue
        if not later:
            return _find_end(records, at)
        later -= 1
    return None


def measure_answers(records: Sequence[TrafficRecord]) -> list[float]:
    """Seconds from each message that was sent to the first that arrived behind it."""
    answers, sent = [], None
    for record in records:
        if _is_data(record, ">"):
            sent = record.time
        elif _is_data(record, "<") and record.fin and sent is not None:
            answers.append(max(0.0, record.time - sent))
            sent = None
    return answers


def _begins(record: TrafficRecord, message: Message, data: bytes) -> bool:
    """Whether a frame may be the first one of a message."""
    is_whole = message.fragments == 1
    return record.fin is is_whole and (not is_whole or record.size == len(data)) and data.startswith(record.preview)


def _find_end(records: Sequence[TrafficRecord], start: int) -> int | None:
    return next((at for at in range(start, len(records)) if _is_data(records[at], "<") and records[at].fin), None)


def _is_data(record: TrafficRecord, direction: str) -> bool:
    return record.direction == direction and record.opcode in DATA_OPCODES
