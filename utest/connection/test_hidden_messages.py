"""What is sent and not shown as it is."""

from __future__ import annotations

import pytest
from robot.api.types import Secret

from connection.ends import Ends, soon
from peers.raw import BINARY, TEXT
from RobotWebSocketLibrary.connection.automatic_replies import AutomaticReply
from RobotWebSocketLibrary.matching.operators import Operator
from RobotWebSocketLibrary.matching.reply_rules import make_replier
from RobotWebSocketLibrary.protocol.deflate import DeflateParameters
from RobotWebSocketLibrary.secrecy import HiddenBytes, HiddenText


@pytest.mark.parametrize(
    ("reply", "sent", "shown"),
    [
        (Secret("token {message}"), "token ask", "***"),
        ({"token": Secret("x"), "to": "{message}"}, '{"token":"x","to":"ask"}', '{"token":"***","to":"ask"}'),
        (lambda _: Secret("x"), "x", "***"),
        (lambda _: [Secret("x")], '["x"]', '["***"]'),
        ("plain", "plain", "plain"),
    ],
)
def test_replies_with_secrets(ends: Ends, reply: object, sent: str, shown: str):
    connection, peer = ends.open()
    make = make_replier([reply], Operator["=="], "ask", None)
    connection.automatic.add(AutomaticReply(lambda _: True, make))
    peer.send_frame(TEXT, b"ask")
    assert peer.receive_frame().payload == sent.encode()
    assert connection.traffic.records[-1].text == shown


@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize("fragment_size", [None, 4])
def test_record_of_what_is_hidden(ends: Ends, compressed: bool, fragment_size: int | None):
    compression = DeflateParameters() if compressed else None
    connection, peer = ends.open(compression=compression)
    long = "secret " * 50
    connection.send(HiddenText(long, '{"token":"***"}'), soon(), fragment_size)
    connection.send(HiddenBytes(b"\xff\x00"), soon())
    connection.send("plain", soon())
    records = [record for record in connection.traffic.records if record.preview]
    assert [record.text for record in records] == ['{"token":"***"}', "***", "plain"]
    assert not any(record.cut for record in records)
    assert "secret" not in "".join(map(repr, connection.traffic.records))
    counts = connection.traffic.counts
    assert counts[">", BINARY].size == 2
    assert sum(counts[">", opcode].size for opcode in (0, TEXT)) == len(long) + len("plain")
    connection.drop()
    assert peer.receive_rest()
