"""Compression of one connection: the parameters that both ends agreed on, applied to its frames (RFC 7692)."""

from __future__ import annotations

from ..protocol.deflate import DeflateParameters, Deflater, Inflater
from ..protocol.frames import Frame, LongFrame
from .closing import Role

COMPRESSED = 0b100
"""RSV1 among the reserved bits of a frame (RFC 7692 section 6)."""


class Compression:
    """Whoever holds the sender's lock calls `deflate` and `forget`. The reader calls everything else."""

    def __init__(self, parameters: DeflateParameters, role: Role, max_message_size: int) -> None:
        self.in_progress = False
        self.wire_size = 0
        server = (parameters.server_max_window_bits, not parameters.server_no_context_takeover)
        client = (parameters.client_max_window_bits, not parameters.client_no_context_takeover)
        (bits, keeps), (their_bits, they_keep) = (server, client) if role == "server" else (client, server)
        self._ours = (bits, keeps)
        self._limit = max_message_size
        self._inflater = Inflater(their_bits, keeps_context=they_keep)
        self._make_deflater()

    def deflate(self, payload: bytes) -> bytes | None:
        """The payload of a compressed message; None where our messages are sent as they are."""
        return self._deflater.deflate(payload) if self._deflater.able else None

    def forget(self) -> None:
        """Begins without context, after a message that was compressed and not sent: the peer has not seen it."""
        self._make_deflater()

    def begins(self, frame: Frame | LongFrame) -> bool:
        """Whether the frame belongs to a compressed message; control frames come between its fragments."""
        if frame.rsv & COMPRESSED:
            self.in_progress, self.wire_size = True, 0
        return self.in_progress and frame.opcode < 8

    def inflate(self, frame: Frame, room: int) -> Frame:
        """The frame as it was before it was compressed. `room` is what the message may still grow by."""
        self.wire_size += len(frame.payload)
        payload = self._inflater.inflate(frame.payload, self._limit, size=self._limit - room, last=frame.fin)
        self.in_progress = not frame.fin
        return Frame(frame.opcode, payload, frame.fin)

    def _make_deflater(self) -> None:
        bits, keeps = self._ours
        self._deflater = Deflater(bits, keeps_context=keeps)
