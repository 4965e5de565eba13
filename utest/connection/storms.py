"""Storms of interruptions, each in a process of its own: `python -m connection.storms NAME` in the folder `utest`.

`operations` and `operations_over_tls` take how often each operation is struck, such as 5000.
Not under coverage, whose own lock an exception of a signal handler can leave locked.
"""

from __future__ import annotations

import faulthandler
import random
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from tempfile import TemporaryDirectory

from leaks import left_since, resources
from peers.compressing import IndependentEnd
from peers.raw import BINARY, CLOSE, PATIENCE, PING, PONG, TEXT, RawEnd, frame, tcp_pair
from RobotWebSocketLibrary.connection.connection import Connection
from RobotWebSocketLibrary.connection.stream import Stream
from RobotWebSocketLibrary.deadline import Deadline
from RobotWebSocketLibrary.errors import ConnectionClosedError, MessageTimeoutError
from RobotWebSocketLibrary.protocol.deflate import DeflateParameters
from RobotWebSocketLibrary.protocol.frames import Frame
from RobotWebSocketLibrary.protocol.messages import Message
from session.handover_storm import keywords

from .ends import LIMIT, Answering, Ends, anything, soon, text_of, tls_streams, until
from .interrupting import interrupted, interruptions


def waits(ends: Ends, chance: random.Random) -> None:
    """Hang nobody, and leave a connection that works."""
    connection, peer = ends.open()
    count, strikes = 5000, 0
    messages: list[Message] = []

    def talk() -> None:
        for number in range(count):
            peer.send(frame(TEXT, b"%d" % number) + frame(PING, b"%d" % number))

    def take_many() -> None:
        with suppress(MessageTimeoutError):
            while True:
                take(connection, messages)

    talking = threading.Thread(target=talk, daemon=True)
    talking.start()
    while connection.traffic.recorded < 3 * count or len(connection.inbox):  # a message, a ping and a pong for each
        strikes += interrupted(take_many, chance.random() * 0.0005)
    talking.join(PATIENCE)
    taken = [int(message.data) for message in messages]
    print(f"{strikes} interruptions")  # noqa: T201, shown on failure
    assert strikes > 20
    assert taken == list(range(count)), "in their order, none lost, none twice"
    for number in range(count):
        assert peer.receive_frame() == (PONG, b"%d" % number, True, 0, True)
    connection.send("still here", soon())
    assert peer.receive_frame().payload == b"still here"


def take(connection: Connection, messages: list[Message]) -> None:
    """Takes a message as a keyword does: what the test did not get is there again."""
    got = len(messages)
    try:
        messages.append(connection.waits.wait_for_message(Deadline(0.1), anything))
        connection.inbox.confirm()
    except BaseException:
        del messages[got:]
        connection.inbox.put_back()
        raise


def takes(ends: Ends, chance: random.Random) -> None:
    """Take several messages at once, or none of them."""
    connection, peer = ends.open()
    count, strikes = 40_000, 0
    sending = threading.Thread(target=peer.send, args=(b"".join(frame(TEXT, b"%d" % n) for n in range(count)),))
    sending.start()
    sending.join(PATIENCE)
    until(lambda: len(connection.inbox) == count, "all have arrived")
    while left := len(connection.inbox):
        strikes += interrupted(lambda: connection.waits.wait_for_messages(soon(), 100), chance.random() * 0.0001)
        assert len(connection.inbox) in (left, left - 100)
        assert [int(message.data) for message in connection.inbox.peek(0, 1)] in ([], [count - len(connection.inbox)])
    print(f"{strikes} interruptions")  # noqa: T201, shown on failure
    assert strikes > 20


def sends(ends: Ends, chance: random.Random, *, tls: bool = False) -> None:
    """Leave a connection that works, or one that says it is torn and writes nothing behind the torn frame."""
    outcomes: list[bool] = []
    deadline = soon()
    while len(outcomes) < 60 or (len(set(outcomes)) < 2 and not deadline.expired):
        outcomes.append(_send_many(*ends.open("server", tls=tls), chance))
    print(f"{outcomes.count(False)} of {len(outcomes)} connections torn")  # noqa: T201, shown on failure
    assert set(outcomes) == {True, False}


def sends_over_tls(ends: Ends, chance: random.Random) -> None:
    sends(ends, chance, tls=True)


def _send_many(connection: Connection, peer: RawEnd, chance: random.Random) -> bool:
    received: list[bytes] = []
    reading = threading.Thread(target=_read_whole_frames, args=(peer, received), daemon=True)
    reading.start()
    whole = False
    with suppress(ConnectionClosedError):
        for number in range(chance.randint(1, 10)):
            message = b"%04d" % number + bytes(chance.choice((10, 1000, 300_000)))
            interrupted(lambda message=message: connection.send(message, soon()), chance.random() * 0.002)  # type: ignore[misc]
        connection.send(b"9999", soon())
        whole = True
    connection.begin_close(1000, "", soon())
    reading.join(PATIENCE)
    assert not reading.is_alive()
    if whole:
        peer.send_close(None)
    peer.close()
    status = connection.waits.wait_for_close(soon())
    assert status.code == (1005 if whole else 1006)
    numbers = [int(message[:4]) for message in received]
    assert numbers == sorted(set(numbers)), "in their order, none twice, and nothing behind a torn frame"
    assert not whole or numbers[-1] == 9999
    return whole


def _read_whole_frames(peer: RawEnd, received: list[bytes]) -> None:
    try:
        while (message := peer.receive_frame()).opcode != CLOSE:
            assert message.opcode == BINARY, message
            received.append(message.payload)
    except (EOFError, ConnectionError):  # in the middle of a frame
        pass


def closings(ends: Ends, chance: random.Random) -> None:
    """Can be repeated, and end every connection."""
    for _ in range(200):
        connection, peer = ends.open()

        def close(connection: Connection = connection, timeout: float = 0.2) -> None:
            deadline = Deadline(timeout)
            connection.begin_close(1000, "", deadline)
            connection.finish_close(deadline)

        interrupted(close, chance.random() * 0.001)
        peer.send_close()
        peer.close()
        close()
        assert connection.state == "closed"


def everything(ends: Ends, chance: random.Random) -> None:
    """Holds no lock: another thread can use and close the connection."""
    for _ in range(50):
        connection, peer = ends.open()
        threading.Thread(target=_echo, args=(peer,), daemon=True).start()

        def talk(connection: Connection = connection) -> None:
            connection.send("x" * chance.choice((1, 100_000)), soon())
            connection.send_control(PING, b"?")
            connection.waits.wait_for_pong(soon())
            text_of(connection)

        with suppress(ConnectionClosedError):
            for _ in range(20):
                interrupted(talk, chance.random() * 0.001)
        using = threading.Thread(target=_use, args=(connection,), daemon=True)
        using.start()
        using.join(PATIENCE)
        assert not using.is_alive(), "a lock is held"


def _echo(peer: RawEnd) -> None:
    try:
        while (message := peer.receive_frame()).opcode != CLOSE:
            peer.send_frame(PONG if message.opcode == PING else message.opcode, message.payload)
        peer.send_close()
    except (EOFError, OSError):
        pass


def _use(connection: Connection) -> None:
    with suppress(ConnectionClosedError):
        connection.send("still here", soon())
    connection.begin_close(1000, "", soon())
    connection.finish_close(Deadline(1))


def compressing(ends: Ends, chance: random.Random) -> None:
    """Leave a peer that understands what follows a message which was compressed and not posted."""
    connection, peer = ends.open(compression=DeflateParameters())
    other = IndependentEnd(peer, "client", DeflateParameters())
    received: list[bytes] = []

    def receive() -> None:
        while (message := other.receive()) != b"the end":
            received.append(message)

    receiving = threading.Thread(target=receive, daemon=True)
    receiving.start()
    texts = [" ".join(chance.choices(["one", "two", "three", "four"], k=20_000)) for _ in range(10)]
    longest = 1.5 * min(_seconds_of_a_post(connection, text) for text in texts)
    strikes = 0
    for number in range(200):
        strikes += interrupted(partial(connection.post, [texts[number % 10]]), chance.random() * longest)
        connection.push()  # not struck: a write can be torn
    connection.send("the end", soon())
    receiving.join(PATIENCE)
    print(f"{strikes} of 200 struck, {len(received)} received")  # noqa: T201, shown on failure
    assert strikes > 20
    assert 210 - strikes <= len(received)
    assert set(received) <= {text.encode() for text in texts}


def _seconds_of_a_post(connection: Connection, text: str) -> float:
    """On this machine, which may be quick, slow or busy."""
    began = time.monotonic()
    connection.post([text])
    connection.push()
    return time.monotonic() - began


def faults(ends: Ends, chance: random.Random) -> None:
    """Of whatever kind, leave a connection that can be dropped or closed."""
    for number in range(200):
        connection, peer = ends.open(chance.choice(("client", "server")), tls=number % 4 == 0)
        peer.send_frame(TEXT, b"unheard")

        def misbehave(connection: Connection = connection) -> None:
            connection.misbehavior.change(answers_close=False, reads=False, send_delay=chance.choice((0, 0.001, 3600)))
            connection.send_frame(Frame(chance.choice((TEXT, CLOSE)), b"?"), True)
            connection.send_bytes(bytes(chance.choice((1, 300_000))))

        def end(connection: Connection = connection, how: int = number % 3) -> None:
            if how < 2:
                connection.drop(reset=how == 1)
                return
            connection.begin_close(1000, "", Deadline(0.1))
            connection.finish_close(Deadline(0.1))

        with suppress(ConnectionClosedError):
            interrupted(misbehave, chance.random() * 0.001)
        interrupted(end, chance.random() * 0.001)
        end()
        connection.waits.wait_until_closed(soon())  # a busy machine may need longer than `drop` waits
        assert connection.state == "closed"


class Struck:
    """Our end, struck again and again, and an end of ours that echoes. A connection that a strike has torn is replaced.

    The answer that a strike has thrown away behind its taking is lost with the wait that took it. So a question is
    asked anew after each strike, and its own answer must come.
    """

    def __init__(self, ends: Ends, chance: random.Random, tls: bool) -> None:
        self._ends = ends
        self._chance = chance
        self._tls = tls
        self.opened = 0
        self.torn = 0
        self.connection = self.open()

    def open(self) -> Connection:
        self.opened += 1
        ours, theirs = tls_streams() if self._tls else map(Stream, tcp_pair())
        echo = Answering(lambda end, messages: end.post(messages))
        self._ends.connection(theirs, "server", responder=echo, keep_last=0)  # nobody takes from its inbox
        return self._ends.connection(ours, "client")

    def strike(self, operation: Operation, count: int) -> None:
        """Strikes an operation so often, at random points of the time that it takes, and has the next call mend it."""
        struck, longest = 0, self._measure(operation)
        while struck < count:
            hit = interrupted(partial(self._do, operation), self._chance.random() * longest)
            struck += hit
            longest = max(longest * (1.02 if hit else 0.98), 0.00005)  # it was measured on a busy machine, perhaps
            self.mend()

    def mend(self) -> None:
        """Talks with the other end: nothing is left from before that a second call does not mend."""
        self.connection.misbehavior.restore()
        try:
            self.connection.send(question := f"question {self.opened} {self._chance.random()}", soon())
            while text_of(self.connection) != question:
                pass
            self.connection.send_control(PING, question.encode())
            self.connection.waits.wait_for_pong(soon(), question.encode())
        except ConnectionClosedError:
            self.torn += 1
            self.close()

    def close(self) -> None:
        """Also what has ended already, or was being closed."""
        self.connection.begin_close(1000, "", soon())
        self.connection.finish_close(soon())
        assert self.connection.state == "closed"
        self._ends.forget_closed()
        self.connection = self.open()

    def _do(self, operation: Operation) -> None:
        with suppress(ConnectionClosedError, MessageTimeoutError):
            operation(self.connection)

    def _measure(self, operation: Operation) -> float:
        began = time.monotonic()
        for _ in range(3):
            self._do(operation)
            self.mend()
        return (time.monotonic() - began) / 3


Operation = Callable[[Connection], object]
BRIEF = 0.0005


def _close(connection: Connection) -> None:
    connection.begin_close(1000, "", soon())
    connection.finish_close(soon())


def _ask(connection: Connection) -> None:
    connection.send("ask", soon())
    text_of(connection)


OPERATIONS: dict[str, Operation] = {
    "send": lambda connection: connection.send("x", soon()),
    "send much": lambda connection: connection.send(bytes(LIMIT), soon()),
    "send in fragments": lambda connection: connection.send("fragments", soon(), 3),
    "post": lambda connection: (connection.post(["one", "two"]), connection.push()),
    "send a ping": lambda connection: connection.send_control(PING, b"?"),
    "send a frame": lambda connection: connection.send_frame(Frame(TEXT, b"frame"), True),
    "send bytes": lambda connection: connection.send_bytes(frame(TEXT, b"bytes", masked=True)),
    "wait for a message": _ask,
    "wait for messages": lambda connection: connection.waits.wait_for_messages(Deadline(BRIEF), 1),
    "watch": lambda connection: connection.waits.watch_for_message(Deadline(BRIEF), anything),
    "wait for a ping": lambda connection: connection.waits.wait_for_ping(Deadline(BRIEF)),
    "wait for a pong": lambda connection: connection.waits.wait_for_pong(Deadline(BRIEF), b"?"),
    "wait for the close": lambda connection: connection.waits.wait_until_closed(Deadline(BRIEF)),
    "close": _close,
    "drop": lambda connection: connection.drop(),
    "reset": lambda connection: connection.drop(reset=True),
    "abort": lambda connection: connection.abort("a test wants it"),
    "misbehave": lambda connection: (
        connection.misbehavior.change(reads=False, send_delay=0.001),
        connection.misbehavior.restore(),
    ),
}


def operations(ends: Ends, chance: random.Random, count: int = 25, *, tls: bool = False) -> None:
    """Each operation is struck so often, and the next one works."""
    for name, operation in OPERATIONS.items():
        struck = Struck(ends, chance, tls)
        began = time.monotonic()
        struck.strike(operation, count)
        struck.close()
        torn, took = f"{struck.torn} torn", time.monotonic() - began
        print(f"{name}: {count:,} strikes, {torn}, {took:.0f} s", flush=True)  # noqa: T201, shown on failure


def operations_over_tls(ends: Ends, chance: random.Random, count: int = 25) -> None:
    operations(ends, chance, count, tls=True)


ALL = (
    waits,
    takes,
    sends,
    sends_over_tls,
    closings,
    compressing,
    everything,
    faults,
    operations,
    operations_over_tls,
    keywords,
)
STORMS = {storm.__name__: storm for storm in ALL}


def main(name: str, *count: str) -> None:
    faulthandler.dump_traceback_later(3 * PATIENCE * max(1, len(count) * 100), exit=True)
    with TemporaryDirectory() as tempfile.tempdir:  # to which no other program writes
        run(name, *map(int, count))


def run(name: str, *count: int) -> None:
    before, ends = resources(), Ends()
    with interruptions():
        STORMS[name](ends, random.Random(7), *count)
    ends.end()
    left = left_since(before)
    assert not left, left


if __name__ == "__main__":
    main(*sys.argv[1:])
