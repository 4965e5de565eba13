from __future__ import annotations

from peers.raw import tcp_pair
from RobotWebSocketLibrary.connection.closing import Closing
from RobotWebSocketLibrary.connection.control_frames import ControlFrames
from RobotWebSocketLibrary.connection.misbehavior import Misbehavior
from RobotWebSocketLibrary.connection.outbox import Outbox
from RobotWebSocketLibrary.connection.pings import Pings
from RobotWebSocketLibrary.connection.sender import Sender
from RobotWebSocketLibrary.connection.stream import Stream
from RobotWebSocketLibrary.connection.traffic import Traffic
from RobotWebSocketLibrary.protocol.frames import Frame, Opcode


def test_each_opcode_asks_for_one_thing():
    ours, theirs = tcp_pair()
    stream, closing, misbehavior = Stream(ours), Closing("server"), Misbehavior()
    outbox = Outbox(stream)
    sender = Sender(outbox, closing, Traffic(), masked=False, compression=None)
    pings = Pings()
    control = ControlFrames(outbox, sender, closing, pings, misbehavior)
    with theirs:
        control.accept(Frame(0xB, b"reserved"))  # RFC 6455 section 5.2: the frame reader lets none of them through
        assert (outbox.empty, pings.take_ping(), pings.take_pong(b"reserved")) == (True, None, None)
        control.accept(Frame(Opcode.PONG, b"pong"))
        assert (outbox.empty, pings.take_pong(b"pong") is not None) == (True, True)
        control.accept(Frame(Opcode.PING, b"ping"))
        assert (outbox.unsent_control, pings.take_ping()) == (1, b"ping")
        assert (control.closed, closing.state) == (False, "open")
        control.accept(Frame(Opcode.CLOSE, b""))
        assert (control.closed, outbox.sealed) == (True, True)
    stream.close()
