"""A peer that compresses as the package `websockets` does."""

from __future__ import annotations

from websockets.extensions.permessage_deflate import PerMessageDeflate
from websockets.frames import Frame as IndependentFrame
from websockets.frames import Opcode as IndependentOpcode

from peers.raw import RawEnd
from RobotWebSocketLibrary.protocol.deflate import DeflateParameters

RSV1 = 4


class IndependentEnd:
    """Compresses and decompresses as the package `websockets` does, for the end opposite to a role."""

    def __init__(self, peer: RawEnd, role: str, parameters: DeflateParameters) -> None:
        server = (parameters.server_no_context_takeover, parameters.server_max_window_bits)
        client = (parameters.client_no_context_takeover, parameters.client_max_window_bits)
        (their_flag, their_bits), (flag, bits) = (client, server) if role == "client" else (server, client)
        self._extension = PerMessageDeflate(their_flag, flag, their_bits, bits)
        self._peer = peer

    def send(self, message: str | bytes) -> None:
        opcode = IndependentOpcode.TEXT if isinstance(message, str) else IndependentOpcode.BINARY
        data = message.encode() if isinstance(message, str) else message
        compressed = self._extension.encode(IndependentFrame(opcode, data))
        self._peer.send_frame(int(opcode), bytes(compressed.data), rsv=RSV1)

    def receive(self) -> bytes:
        """A message, whatever number of fragments it has."""
        payload = b""
        while True:
            opcode, data, fin, rsv, _ = self._peer.receive_frame()
            sent = IndependentFrame(IndependentOpcode(opcode), data, fin, rsv1=rsv == RSV1)
            payload += bytes(self._extension.decode(sent).data)
            if fin:
                return payload
