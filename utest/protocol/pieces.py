"""Writes frames plainly, cuts streams of bytes into pieces, and reads the pieces as a connection does."""

import random
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import NamedTuple

from RobotWebSocketLibrary.errors import ProtocolError
from RobotWebSocketLibrary.protocol.frame_reader import FrameReader
from RobotWebSocketLibrary.protocol.frames import Frame, Frames, LongFrame
from RobotWebSocketLibrary.protocol.messages import Message, MessageAssembler

KEY = b"\x37\xfa\x21\x3d"
"""The masking key of the examples in RFC 6455 section 5.7."""
LIMIT = 100_000

Error = tuple[int, str]
"""Close code and reason of a ProtocolError."""


class FramesRead(NamedTuple):
    frames: list[Frame]
    unfinished: tuple[int, int] | None
    between_frames: bool
    error: Error | None


class MessagesReceived(NamedTuple):
    messages: list[Message]
    in_progress: int | None
    error: Error | None


def wire(first: int, payload: bytes = b"", key: bytes | None = None) -> bytes:
    """One frame, legal or not. A key makes it one of a client."""
    size = len(payload)
    if size < 126:
        declared, digits = size, b""
    elif size < 65_536:
        declared, digits = 126, size.to_bytes(2, "big")
    else:
        declared, digits = 127, size.to_bytes(8, "big")
    if key is None:
        return bytes([first, declared]) + digits + payload
    return bytes([first, 0x80 | declared]) + digits + key + masked_plainly(payload, key)


def masked_plainly(payload: bytes, key: bytes) -> bytes:
    """Section 5.3, word by word: octet i of the payload with octet i modulo 4 of the key."""
    return bytes(octet ^ key[i % 4] for i, octet in enumerate(payload))


def cut(data: bytes, positions: Iterable[int]) -> list[bytes]:
    return [data[start:end] for start, end in pairwise([0, *sorted(positions), len(data)])]


def byte_by_byte(data: bytes) -> list[bytes]:
    return cut(data, range(1, len(data)))


def many_cuts(data: bytes, *, seed: int = 6455, count: int = 100) -> Iterator[list[bytes]]:
    """Yields the data byte by byte, then in random pieces."""
    yield byte_by_byte(data)
    chance = random.Random(seed)
    for _ in range(count):
        yield cut(data, chance.choices(range(len(data) + 1), k=chance.randint(1, 8)))


def each(together: Iterable[Frames | LongFrame]) -> list[Frame]:
    return [frame for frames in together for frame in one_by_one(frames)]


def one_by_one(frames: Frames | LongFrame) -> Iterable[Frame]:
    return [frames.join()] if isinstance(frames, LongFrame) else frames.each()


def read_frames(pieces: Iterable[bytes], *, masked: bool = False, limit: int = LIMIT) -> FramesRead:
    reader = FrameReader(masked=masked, max_payload=limit)
    frames: list[Frame] = []
    try:
        for piece in pieces:
            for together in reader.feed(piece):
                frames.extend(one_by_one(together))  # keeps what came before an error
    except ProtocolError as error:
        return FramesRead(frames, None, False, (error.code, error.reason))
    unfinished = reader.unfinished
    state = None if unfinished is None else (unfinished.received, unfinished.size)
    return FramesRead(frames, state, reader.between_frames, None)


def receive(pieces: Iterable[bytes], *, masked: bool = False, limit: int = LIMIT) -> MessagesReceived:
    reader = FrameReader(masked=masked, max_payload=limit)
    assembler = MessageAssembler(limit)
    messages: list[Message] = []
    try:
        for piece in pieces:
            for frames in reader.feed(piece):
                if isinstance(frames, Frames) and assembler.takes_each(frames):
                    for whole, _ in assembler.decode_each(frames):
                        messages += map(Message.of, whole)
                    continue
                arrived = [frames] if isinstance(frames, LongFrame) else frames.each()
                for frame in arrived if frames.opcode < 8 else ():
                    message = assembler.add(frame)
                    reader.max_payload = assembler.room
                    messages += [] if message is None else [message]
            assembler.check(reader.unfinished)
    except ProtocolError as error:
        return MessagesReceived(messages, None, (error.code, error.reason))
    return MessagesReceived(messages, assembler.in_progress, None)
