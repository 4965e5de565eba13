"""The HTTP Archive: what the specification demands, what Chrome writes, and no secret."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from haralyzer import HarParser
from hypothesis import given
from hypothesis import strategies as st

from RobotWebSocketLibrary.connection.traffic import EVENT, TrafficRecord
from RobotWebSocketLibrary.protocol.frames import Opcode
from RobotWebSocketLibrary.protocol.headers import Headers
from RobotWebSocketLibrary.protocol.http import Response
from RobotWebSocketLibrary.report.har import make_archive

STARTED = 1_700_000_000.25
CONTROL_OPCODES = (3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
ACCEPTED = Response(101, "Switching Protocols", Headers([("Upgrade", "websocket"), ("Connection", "Upgrade")]))

# http://www.softwareishard.com/blog/har-12-spec/: the fields that are not optional
MANDATORY = {
    "log": {"version": str, "creator": dict, "entries": list},
    "creator": {"name": str, "version": str},
    "entry": {
        "startedDateTime": str,
        "time": float,
        "request": dict,
        "response": dict,
        "cache": dict,
        "timings": dict,
    },
    "request": {
        "method": str,
        "url": str,
        "httpVersion": str,
        "cookies": list,
        "headers": list,
        "queryString": list,
        "headersSize": int,
        "bodySize": int,
    },
    "response": {
        "status": int,
        "statusText": str,
        "httpVersion": str,
        "cookies": list,
        "headers": list,
        "content": dict,
        "redirectURL": str,
        "headersSize": int,
        "bodySize": int,
    },
    "content": {"size": int, "mimeType": str},
    "timings": {"send": int, "wait": float, "receive": int},
}


def archive(*records: TrafficRecord, **options: Any) -> dict[str, Any]:
    """An archive as a reader of its file sees it."""
    arguments = {
        "url": "ws://localhost:8080/chat?room=1",
        "request_headers": [("Host", "localhost:8080"), ("Upgrade", "websocket")],
        "response": ACCEPTED,
        "started": STARTED,
        "seconds": 0.0123,
        "version": "1.2.3",
    }
    return json.loads(json.dumps(make_archive(**{**arguments, "records": records, **options})))


def entry_of(*records: TrafficRecord, **options: Any) -> dict[str, Any]:
    (entry,) = archive(*records, **options)["log"]["entries"]
    return entry


def messages_of(*records: TrafficRecord) -> list[dict[str, Any]]:
    return entry_of(*records)["_webSocketMessages"]


def record(
    direction: str, opcode: int, payload: bytes, *, fin: bool = True, kept: int = 256, **more: Any
) -> TrafficRecord:
    return TrafficRecord(STARTED + 1, direction, opcode, len(payload), payload[:kept], fin, **more)


def sent(payload: bytes, opcode: int = Opcode.TEXT, **more: Any) -> TrafficRecord:
    return record(">", opcode, payload, **more)


def received(payload: bytes, opcode: int = Opcode.TEXT, **more: Any) -> TrafficRecord:
    return record("<", opcode, payload, **more)


def event(text: str) -> TrafficRecord:
    return record("!", EVENT, text.encode())


def message(type: str, data: str, opcode: int = 1, **more: Any) -> dict[str, Any]:  # noqa: A002  # as HAR names it
    return {"type": type, "time": STARTED + 1, "opcode": opcode, "data": data, **more}


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"response": None},
        {"seconds": None},
        {"request_headers": []},
        {"response": Response(403, "Forbidden", Headers([("Content-Type", "text/plain")]), b"no")},
    ],
    ids=str,
)
def test_every_mandatory_field_is_there(options: dict[str, Any]):
    log = archive(sent(b"hello"), **options)["log"]
    (entry,) = log["entries"]
    parts = {"log": log, "entry": entry, "creator": log["creator"], "content": entry["response"]["content"]}
    parts |= {name: entry[name] for name in ("request", "response", "timings")}
    for name, fields in MANDATORY.items():
        for field, kind in fields.items():
            assert isinstance(parts[name][field], (kind, int) if kind is float else kind), (name, field)


def test_haralyzer_reads_the_archive():
    headers = [("Host", "localhost:8080"), ("User-Agent", "Robot")]
    parser = HarParser(archive(sent(b"hello"), request_headers=headers))
    (page,) = parser.pages
    (entry,) = page.entries
    assert (parser.version, parser.creator["name"]) == ("1.2", "RobotWebSocketLibrary")
    assert (page.url, page.hostname) == ("ws://localhost:8080/chat?room=1", "localhost:8080")
    assert (entry.request.method, entry.request.userAgent) == ("GET", "Robot")
    assert (entry.response.status, entry.response.statusText) == (101, "Switching Protocols")
    assert entry.startTime.isoformat() == "2023-11-14T22:13:20.250000+00:00"
    assert entry.time == sum(time for time in entry.timings.values() if time >= 0) == 12.3
    assert page.filter_entries(request_type="GET", status_code="101") == [entry]
    assert parser.match_headers(entry.raw_entry, "response", "upgrade", "websocket")


def test_entry_says_when_how_long_and_with_what():
    log = archive()["log"]
    (entry,) = log["entries"]
    assert log["creator"] == {"name": "RobotWebSocketLibrary", "version": "1.2.3"}
    assert entry["startedDateTime"] == "2023-11-14T22:13:20.250Z"
    assert entry["_resourceType"] == "websocket"
    assert entry["_webSocketMessages"] == []
    assert entry["request"]["queryString"] == [{"name": "room", "value": "1"}]
    assert entry["response"]["content"] == {"size": 0, "mimeType": "x-unknown"}


def test_unknown_duration_is_no_time():
    entry = entry_of(seconds=None)
    assert entry["time"] == entry["timings"]["wait"] == 0


def test_handshake_without_response_has_the_status_0():
    response = entry_of(response=None)["response"]
    assert (response["status"], response["statusText"], response["headers"]) == (0, "", [])


@pytest.mark.parametrize("name", ["Authorization", "proxy-authorization", "COOKIE", "Set-Cookie"])
def test_secret_headers_are_masked(name: str):
    fields = [(name, "key=hidden; other=hidden"), ("X-Seen", "seen")]
    text = json.dumps(archive(request_headers=fields, response=Response(101, "", Headers(fields))))
    assert "hidden" not in text
    assert "seen" in text
    assert text.count(json.dumps({"name": name, "value": "***"})) == 2


def test_cookies_are_named_and_their_values_masked():
    fields = [("Set-Cookie", "session=hidden; Path=/"), ("Set-Cookie", "theme=hidden")]
    entry = entry_of(
        request_headers=[("Cookie", "a=hidden; b=hid=den; broken")], response=Response(101, "", Headers(fields))
    )
    assert entry["request"]["cookies"] == [{"name": "a", "value": "***"}, {"name": "b", "value": "***"}]
    assert entry["response"]["cookies"] == [{"name": "session", "value": "***"}, {"name": "theme", "value": "***"}]


def test_secrets_of_a_url_in_a_header_are_masked():
    location = [("Location", "wss://other/?room=1&access_token=hidden&b=2")]
    response = entry_of(response=Response(302, "Found", Headers(location)))["response"]
    masked = "wss://other/?room=1&access_token=***&b=2"
    assert response["redirectURL"] == response["headers"][0]["value"] == masked


def test_request_headers_may_be_an_iterator():
    request = entry_of(request_headers=iter([("Host", "localhost"), ("Cookie", "a=b")]))["request"]
    assert [header["name"] for header in request["headers"]] == ["Host", "Cookie"]
    assert request["cookies"] == [{"name": "a", "value": "***"}]


@pytest.mark.parametrize(
    ("url", "query"),
    [
        ("ws://localhost/", []),
        ("ws://localhost/?a", [{"name": "a", "value": ""}]),
        ("ws://localhost/?a=1&a=2", [{"name": "a", "value": "1"}, {"name": "a", "value": "2"}]),
        ("ws://localhost/?token=***&b=%C3%A5", [{"name": "token", "value": "***"}, {"name": "b", "value": "å"}]),
    ],
)
def test_query_is_taken_apart(url: str, query: list[dict[str, str]]):
    assert entry_of(url=url)["request"]["queryString"] == query


def test_text_is_text_and_binary_is_base64():
    assert messages_of(sent("åäö\n<b>".encode()), received(b"\0\xff", Opcode.BINARY), received(b"")) == [
        message("send", "åäö\n<b>"),
        message("receive", "AP8=", 2),
        message("receive", ""),
    ]


def test_fragments_of_both_directions_become_whole_messages():
    assert messages_of(
        sent(b"Hel", fin=False),
        received(b"\0", Opcode.BINARY, fin=False),
        sent(b"lo", Opcode.CONTINUATION, fin=False),
        received(b"are you there", Opcode.PING),
        sent(b"are you there", Opcode.PONG),
        sent(b"", Opcode.CONTINUATION),
        sent(b"next"),
        received(b"\1", Opcode.CONTINUATION),
    ) == [
        message("send", "Hello", _fragments=3),
        message("receive", "AAE=", 2, _fragments=2),
        message("send", "next"),
    ]


def test_character_in_two_fragments_is_one_again():
    assert messages_of(sent(b"\xe2\x82", fin=False), sent(b"\xac", Opcode.CONTINUATION)) == [
        message("send", "€", _fragments=2)
    ]


@pytest.mark.parametrize(
    ("payload", "kept", "data"),
    [
        (b"a" * 300, 256, "a" * 256),
        ("aaa€".encode(), 5, "aaa"),
        ("aaa𝄞".encode(), 6, "aaa"),
        (b"a\xffa\xe2\x82\xac", 5, "a\N{REPLACEMENT CHARACTER}a"),
        (b"aaa", 0, ""),
    ],
)
def test_cut_text_is_marked_and_ends_with_a_whole_character(payload: bytes, kept: int, data: str):
    assert messages_of(sent(payload, kept=kept)) == [message("send", data, _truncated=True, _size=len(payload))]


def test_cut_binary_is_marked():
    assert messages_of(sent(b"\0" * 5, Opcode.BINARY, kept=2)) == [message("send", "AAA=", 2, _truncated=True, _size=5)]


def test_archive_says_how_many_messages_are_not_whole():
    assert "comment" not in archive(sent(b"a"))["log"]
    more = "not whole: the import arguments 'traffic_preview' and 'traffic_frames' keep more."
    assert archive(sent(b"ab", kept=1))["log"]["comment"] == f"1 of 1 message is {more}"
    records = [sent(b"ab", kept=1), sent(b"ab"), received(b"ab", kept=1)]
    assert archive(*records)["log"]["comment"] == f"2 of 3 messages are {more}"


def test_invalid_text_that_is_not_cut_shows_where():
    assert messages_of(sent(b"a\xe2\x82")) == [message("send", "a\N{REPLACEMENT CHARACTER}")]


def test_data_ends_before_the_first_gap():
    assert messages_of(
        sent(b"one", fin=False),
        sent(b"two", Opcode.CONTINUATION, fin=False, kept=2),
        sent(b"three", Opcode.CONTINUATION),
    ) == [message("send", "onetw", _truncated=True, _size=11, _fragments=3)]


@pytest.mark.parametrize(
    ("payload", "data", "opcode"),
    [
        (b"lo", "lo", 1),
        (b"\x82\xacuro", "uro", 1),
        (b"", "", 1),
        (b"\x82\xac", "gqw=", 2),
        (b"\x80\x80\x80\x80a", "gICAgGE=", 2),
        (b"a\xff", "Yf8=", 2),
    ],
)
def test_message_without_beginning_is_text_if_it_can_be(payload: bytes, data: str, opcode: int):
    assert messages_of(received(payload, Opcode.CONTINUATION), received(b"next")) == [
        message("receive", data, opcode, _truncated=True, _size=len(payload)),
        message("receive", "next"),
    ]


def test_message_without_end_is_marked():
    assert messages_of(received("Hå".encode()[:2], fin=False)) == [message("receive", "H", _truncated=True, _size=2)]


def test_message_that_another_one_interrupts_is_marked():
    assert messages_of(sent(b"Hel", fin=False), sent(b"new"), sent(b"lo", Opcode.CONTINUATION)) == [
        message("send", "Hel", _truncated=True, _size=3),
        message("send", "new"),
        message("send", "lo", _truncated=True, _size=2),
    ]


def test_compressed_size_is_that_of_all_fragments():
    assert messages_of(
        received(b"Hel", fin=False, compressed_size=4),
        received(b"lo", Opcode.CONTINUATION, compressed_size=3),
        sent(b"", compressed_size=0),
    ) == [message("receive", "Hello", _compressedSize=7, _fragments=2), message("send", "", _compressedSize=0)]


def test_control_frames_stand_beside_the_messages():
    entry = entry_of(
        sent(b"\0", Opcode.PING),
        received(b"\0", Opcode.PONG),
        sent(b"\x03\xe8bye \xc3\xa5", Opcode.CLOSE),
        received(b"\x03\xe9going \xc3\xa5way", Opcode.CLOSE, kept=9),
        received(b"", Opcode.CLOSE),
        sent(b"\x03", Opcode.CLOSE),
    )
    assert entry["_webSocketMessages"] == []
    assert entry["_webSocketControlFrames"] == [
        message("send", "AA==", 9),
        message("receive", "AA==", 10),
        message("send", "A+hieWUgw6U=", 8, code=1000, reason="bye å"),
        message("receive", "A+lnb2luZyDD", 8, code=1001, reason="going ", _truncated=True, _size=13),
        message("receive", "", 8),
        message("send", "Aw==", 8),
    ]


@pytest.mark.parametrize("opcode", CONTROL_OPCODES)
def test_reserved_opcodes_belong_to_no_message(opcode: int):
    entry = entry_of(sent(b"Hel", fin=False), sent(b"", opcode), sent(b"lo", Opcode.CONTINUATION))
    assert entry["_webSocketMessages"] == [message("send", "Hello", _fragments=2)]
    assert [frame["opcode"] for frame in entry["_webSocketControlFrames"]] == [opcode]


def test_events_stand_beside_the_messages():
    entry = entry_of(sent(b"hello"), event("connection reset"), record("!", EVENT, "å".encode(), kept=1))
    assert entry["_webSocketEvents"] == [
        {"time": STARTED + 1, "text": "connection reset"},
        {"time": STARTED + 1, "text": ""},
    ]
    assert len(entry["_webSocketMessages"]) == 1
    assert entry["_webSocketControlFrames"] == []


RECORDS = st.lists(
    st.builds(
        record,
        st.sampled_from("<>"),
        st.integers(0, 15),
        st.binary(max_size=20),
        fin=st.booleans(),
        kept=st.integers(0, 20),
        compressed_size=st.none() | st.integers(0, 20),
    )
)


@given(RECORDS)
def test_whatever_was_on_the_wire_is_an_archive(records: list[TrafficRecord]):
    entry = entry_of(*records)
    messages, control_frames = entry["_webSocketMessages"], entry["_webSocketControlFrames"]
    assert sum(message.get("_fragments", 1) for message in messages) + len(control_frames) == len(records)
    for shown in messages:
        assert shown["opcode"] == 1 or base64.b64decode(shown["data"], validate=True) is not None
        assert ("_truncated" in shown) == ("_size" in shown)
