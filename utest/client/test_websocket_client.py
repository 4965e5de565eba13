"""The request that websocket-client writes, and that nothing else of it is used."""

from __future__ import annotations

import base64
import subprocess
import sys

from RobotWebSocketLibrary.client.opening_request import OpeningRequest
from RobotWebSocketLibrary.client.url import read_url
from RobotWebSocketLibrary.client.websocket_client import RequestRecorder, write_request


def lines_of(url: str, **options: object) -> list[str]:
    head = write_request(OpeningRequest(read_url(url), **options))  # type: ignore[arg-type]
    assert head.endswith(b"\r\n\r\n")
    return head.decode().split("\r\n")[:-2]


def test_request_is_of_http_1_1_and_version_13():
    request, *headers = lines_of("ws://h:8080/chat?a=1")
    key = next(line for line in headers if line.startswith("Sec-WebSocket-Key: "))
    assert request == "GET /chat?a=1 HTTP/1.1"
    assert set(headers) == {
        "Host: h:8080",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Version: 13",
        key,
    }
    assert len(base64.b64decode(key.partition(": ")[2], validate=True)) == 16


def test_each_request_has_a_key_of_its_own():
    assert write_request(OpeningRequest(read_url("ws://h/"))) != write_request(OpeningRequest(read_url("ws://h/")))


def test_host_is_that_of_the_url():
    assert "Host: [::1]:8443" in lines_of("wss://[::1]:8443/")
    assert "Host: h" in lines_of("wss://h/")


def test_nothing_is_read(monkeypatch):
    sizes: list[int] = []
    recv = RequestRecorder.recv

    def count(recorder: RequestRecorder, size: int) -> bytes:
        sizes.append(size)
        return recv(recorder, size)

    monkeypatch.setattr(RequestRecorder, "recv", count)
    lines_of("ws://h/")
    assert len(sizes) == 1


def test_websocket_client_is_imported_where_a_connection_is_opened():
    code = "import sys, RobotWebSocketLibrary; sys.exit('websocket' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
