"""Traffic of one connection as an HTTP Archive 1.2, with its messages as Chrome's developer tools export them.

Chrome lists whole messages only. What it has no place for is in fields of our own, which other readers ignore:
`_webSocketControlFrames`, `_webSocketEvents` (what happened at our end, such as a lost connection), and in a message
`_fragments`, `_compressedSize`, and `_truncated` with `_size`, if less of it is known than was on the wire.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Container, Iterable, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from ..connection.traffic import TrafficRecord, decode_preview
from ..errors import format_count
from ..protocol.frames import DATA_OPCODES, Opcode
from ..protocol.headers import Headers
from ..protocol.http import Request, Response
from ..secrecy import MASK, make_response_mask, mask_request_header, mask_response_header
from .saving import explain_saving

Json = dict[str, Any]

MESSAGE_TYPES = {">": "send", "<": "receive"}

REST_OF_CHARACTER = re.compile(rb"\A[\x80-\xbf]{1,3}(?=[^\x80-\xbf])")


def make_archive(
    *,
    url: str,
    request_headers: Iterable[tuple[str, str]],
    secret_headers: Container[str] = (),
    response: Response | None,
    records: Sequence[TrafficRecord],
    started: float,
    seconds: float | None,
    version: str,
) -> Json:
    """The archive of one connection, ready for `json.dump`."""
    entry = make_entry(
        url=url,
        request_headers=request_headers,
        secret_headers=secret_headers,
        response=response,
        records=records,
        started=started,
        seconds=seconds,
    )
    archive = {"log": {"version": "1.2", "creator": describe_creator(version), "pages": [], "entries": [entry]}}
    if remark := describe_cut(archive):
        archive["log"]["comment"] = remark
    return archive


def describe_creator(version: str) -> Json:
    return {"name": "RobotWebSocketLibrary", "version": version}


def make_entry(
    *,
    url: str,
    request_headers: Iterable[tuple[str, str]],
    secret_headers: Container[str] = (),
    response: Response | None,
    records: Sequence[TrafficRecord],
    started: float,
    seconds: float | None,
) -> Json:
    """One connection in an archive.

    `started` is when the opening handshake began, in seconds since the epoch; `seconds` is how long it took, if that
    is known. The URL is masked already, headers and cookies are masked here.
    `secret_headers` are the names, in lower case, of headers of the request that a test has given as secrets.
    """
    milliseconds = round((seconds or 0) * 1000, 3)
    return {
        "startedDateTime": datetime.fromtimestamp(started, UTC).isoformat(timespec="milliseconds")[:-6] + "Z",
        "time": milliseconds,
        "request": _write_request(url, Headers(request_headers), secret_headers),
        "response": _write_response(response or Response(0, ""), secret_headers),
        "cache": {},
        "timings": {"blocked": -1, "dns": -1, "connect": -1, "ssl": -1, "send": 0, "wait": milliseconds, "receive": 0},
        "_resourceType": "websocket",
        "_webSocketMessages": [_write_message(frames) for frames in _group_messages(records)],
        "_webSocketControlFrames": [_write_control_frame(record) for record in records if _is_control(record)],
        "_webSocketEvents": [_write_event(record) for record in records if record.direction not in MESSAGE_TYPES],
    }


def describe_cut(archive: Json) -> str:
    """How many messages of an archive are not whole, in a sentence; empty if all are."""
    messages = [message for entry in archive["log"]["entries"] for message in entry["_webSocketMessages"]]
    cut = sum("_truncated" in message for message in messages)
    if not cut:
        return ""
    what = f"{cut:,} of {format_count(len(messages), 'message')} {'is' if cut == 1 else 'are'} not whole"
    return f"{what}: the import arguments 'traffic_preview' and 'traffic_frames' keep more."


def save_archive(archive: Json, path: Path) -> None:
    """Writes the file, in a folder that need not exist."""
    text = json.dumps(archive, ensure_ascii=False, indent=1)
    with explain_saving(path):
        path.write_text(text, "utf-8")


def _write_request(url: str, headers: Headers, secret_names: Container[str]) -> Json:
    mask = partial(mask_request_header, secret_names=secret_names)
    query = parse_qsl(url.partition("?")[2], keep_blank_values=True)
    return {
        "method": "GET",
        "url": url,
        "httpVersion": "HTTP/1.1",
        "headers": _write_headers(headers, mask),
        "queryString": [{"name": name, "value": value} for name, value in query],
        "cookies": _write_cookies(name for name, _ in Request("GET", "", headers).cookie_pairs),
        "headersSize": -1,
        "bodySize": -1,
    }


def _write_response(response: Response, secret_names: Container[str]) -> Json:
    headers = response.headers
    return {
        "status": response.status,
        "statusText": response.reason,
        "httpVersion": "HTTP/1.1",
        "headers": _write_headers(headers, make_response_mask(secret_names)),
        "cookies": _write_cookies(response.cookies),
        "content": {"size": len(response.body), "mimeType": headers.get("Content-Type", "x-unknown")},
        "redirectURL": mask_response_header("Location", headers.get("Location", ""), secret_names),
        "headersSize": -1,
        "bodySize": -1,
    }


def _write_headers(headers: Headers, mask: Callable[[str, str], str]) -> list[Json]:
    return [{"name": name, "value": mask(name, value)} for name, value in headers.fields]


def _write_cookies(names: Iterable[str]) -> list[Json]:
    return [{"name": name, "value": MASK} for name in names]


def _group_messages(records: Iterable[TrafficRecord]) -> list[list[TrafficRecord]]:
    """The frames of each message, in the order in which the messages began. The first and last ones may lack frames."""
    messages: list[list[TrafficRecord]] = []
    unfinished: dict[str, list[TrafficRecord]] = {}
    for record in records:
        if record.opcode not in DATA_OPCODES:
            continue
        if record.opcode != Opcode.CONTINUATION or record.direction not in unfinished:
            unfinished[record.direction] = []
            messages.append(unfinished[record.direction])
        unfinished[record.direction].append(record)
        if record.fin:
            del unfinished[record.direction]
    return messages


def _write_message(frames: list[TrafficRecord]) -> Json:
    data, cut = _join_known(frames)
    text = _decode_text(frames[0].opcode, data, cut)
    message: Json = {
        "type": MESSAGE_TYPES[frames[0].direction],
        "time": frames[0].time,
        "opcode": int(Opcode.BINARY if text is None else Opcode.TEXT),
        "data": base64.b64encode(data).decode() if text is None else text,
    }
    return message | _write_remarks(frames, cut or frames[0].opcode == Opcode.CONTINUATION)


def _join_known(frames: list[TrafficRecord]) -> tuple[bytes, bool]:
    """The payload up to the first gap, and whether anything is missing after it."""
    known = bytearray()
    for frame in frames:
        known += frame.preview
        if frame.cut:
            return bytes(known), True
    return bytes(known), not frames[-1].fin


def _decode_text(first_opcode: int, payload: bytes, cut: bool) -> str | None:
    """The text of a message; None if it is binary. Where its beginning is not known any more, UTF-8 decides."""
    if first_opcode == Opcode.TEXT:
        return decode_preview(payload, cut=cut)
    if first_opcode != Opcode.CONTINUATION:
        return None
    try:
        return decode_preview(REST_OF_CHARACTER.sub(b"", payload), cut=cut, errors="strict")
    except UnicodeDecodeError:
        return None


def _write_remarks(frames: list[TrafficRecord], truncated: bool) -> Json:
    compressed = [frame.compressed_size for frame in frames if frame.compressed_size is not None]
    remarks: Json = {"_truncated": True, "_size": sum(frame.size for frame in frames)} if truncated else {}
    if compressed:
        remarks["_compressedSize"] = sum(compressed)
    if len(frames) > 1:
        remarks["_fragments"] = len(frames)
    return remarks


def _is_control(record: TrafficRecord) -> bool:
    """Whether a frame belongs to no message; those with a reserved opcode do not either."""
    return record.direction in MESSAGE_TYPES and record.opcode not in DATA_OPCODES


def _write_control_frame(record: TrafficRecord) -> Json:
    frame: Json = {
        "type": MESSAGE_TYPES[record.direction],
        "time": record.time,
        "opcode": int(record.opcode),
        "data": base64.b64encode(record.preview).decode(),
    }
    if record.opcode == Opcode.CLOSE and len(record.preview) >= 2:
        frame["code"] = int.from_bytes(record.preview[:2], "big")
        frame["reason"] = decode_preview(record.preview[2:], cut=record.cut)
    return frame | _write_remarks([record], record.cut)


def _write_event(record: TrafficRecord) -> Json:
    return {"time": record.time, "text": record.text}
