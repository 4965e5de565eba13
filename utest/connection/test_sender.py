from __future__ import annotations

from peers.raw import CLOSE, TEXT, RawEnd, WireFrame, tcp_pair
from RobotWebSocketLibrary.connection.closing import Closing
from RobotWebSocketLibrary.connection.outbox import Outbox
from RobotWebSocketLibrary.connection.sender import Sender
from RobotWebSocketLibrary.connection.stream import Stream
from RobotWebSocketLibrary.connection.traffic import Traffic

from .ends import soon


def test_one_close_frame_leaves_whoever_wants_to_close_and_nothing_behind_it():
    ours, theirs = tcp_pair()
    stream, traffic, closing = Stream(ours), Traffic(), Closing("server")
    outbox = Outbox(stream)
    sender = Sender(outbox, closing, traffic, masked=False, compression=None)
    with RawEnd(theirs, masked=True) as peer:
        assert sender.post(["first"]) is not None
        sender.begin_close(1000, "bye", soon())
        sender.begin_close(4000, "again", soon())
        sender.answer_close((1001).to_bytes(2, "big"))
        sender.fail(1002, "too late")
        assert sender.post(["late"]) is None
        assert sender.post(["late, in fragments"], 4) is None
        assert not sender.post_control(0x9, b"late")
        outbox.push()
        assert [peer.receive_frame() for _ in range(2)] == [
            WireFrame(TEXT, b"first"),
            WireFrame(CLOSE, (1000).to_bytes(2, "big") + b"bye"),
        ]
        stream.shutdown()
        assert peer.receive_rest() == b""
    stream.close()
    assert closing.sent_status == "1000 (normal closure) bye"
    assert [str(record) for record in traffic.records] == ["> 'first'", "> close 1000 (normal closure) bye"]
