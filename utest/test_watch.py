"""The proxy on the command line."""

import json
import re
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from websockets.exceptions import InvalidStatus

from consoles import Served, Talk, run_command
from peers.certificates import TlsFiles, client_context, server_context
from peers.raw import PATIENCE, port_without_listener
from peers.scripted import sending, serving
from peers.websockets_peers import WebsocketsClient, echo_server
from RobotWebSocketLibrary.__main__ import main
from RobotWebSocketLibrary.proxy.proxy import WebSocketProxy

Watch = Callable[..., Served]
TIME = re.compile(r"^\d\d:\d\d:\d\d\.\d{3} ", re.MULTILINE)


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Watch:
    """Runs `proxy` until what a test has to say through it is said."""

    def watch(target: str, *options: str, talk: Talk = lambda _: None) -> Served:
        arguments = ("proxy", target, "--port", "0", *options)
        return run_command(*arguments, talk=talk, patched=monkeypatch, captured=capsys)

    return watch


def client(url: str, **options: object) -> WebsocketsClient:
    return WebsocketsClient(url, **{"ping_interval": None, "compression": None, **options})


def talk(url: str) -> None:
    with client(f"{url}chat?token=abc", subprotocols=["a"]) as connection:
        connection.send("hello")
        assert connection.recv(timeout=PATIENCE) == "hello"
        connection.send(b"\x00\xff")
        assert connection.recv(timeout=PATIENCE) == b"\x00\xff"
        connection.close(4001, "done")


def test_traffic_of_both_directions_is_printed(watch: Watch):
    with echo_server(subprotocols=["a"]) as url:
        watched = watch(url, talk=talk)
    assert watched.code == 0
    first, *lines, last = TIME.sub("", watched.output).splitlines()
    assert re.fullmatch(rf"Listening on ws://127\.0\.0\.1:\d+/ for {url}", first)
    assert lines == [
        "1 ! GET /chat?token=*** was answered with 101 Switching Protocols with subprotocol 'a'",
        "1 > 'hello'",
        "1 < 'hello'",
        "1 > binary '\\x00\\xff'",
        "1 < binary '\\x00\\xff'",
        "1 > close 4001 (private use) done",
        "1 < close 4001 (private use) done",
    ]
    assert last == "Stopped. Clients served: 1"
    assert watched.errors == ""


def test_whole_messages_are_kept_in_an_archive(watch: Watch, tmp_path: Path):
    file = tmp_path / "new" / "traffic.har"
    long = "x" * 100_000

    def send_long(url: str) -> None:
        for _ in range(2):
            with client(url) as connection:
                connection.send(long)
                assert connection.recv(timeout=PATIENCE) == long

    with echo_server() as url:
        watched = watch(url, "--har", str(file), talk=send_long)
    assert "1 > 'xxx" in watched.output
    assert "2 < 'xxx" in watched.output
    log = json.loads(file.read_text("utf-8"))["log"]
    assert (log["version"], log["creator"]["name"]) == ("1.2", "RobotWebSocketLibrary")
    for entry in log["entries"]:
        assert entry["request"]["url"] == url
        assert [(message["type"], message["data"]) for message in entry["_webSocketMessages"]] == [
            ("send", long),
            ("receive", long),
        ]
    assert len(log["entries"]) == 2


def test_archive_without_connections_can_be_read(watch: Watch, tmp_path: Path):
    watch("ws://127.0.0.1:9/", "--har", str(tmp_path / "traffic.har"))
    assert json.loads((tmp_path / "traffic.har").read_text())["log"]["entries"] == []


def test_archive_that_cannot_be_written(watch: Watch, tmp_path: Path):
    watched = watch("ws://127.0.0.1:9/", "--har", str(tmp_path))
    assert watched.code == 1
    reason = "Permission denied" if sys.platform == "win32" else "Is a directory"
    assert watched.errors == f"Could not save the traffic as '{tmp_path}': {reason}.\n"


def test_more_frames_at_once_than_are_shown_are_counted(watch: Watch):
    def read_all(url: str) -> None:
        with client(url) as connection:
            assert len(list(connection)) == 5000

    with serving(sending((str(number) for number in range(5000)), stay=False)) as flooding:
        watched = watch(flooding.url, talk=read_all)
    assert re.search(r"1 ! [\d,]+ frames are not shown", watched.output) or watched.output.count("1 < ") >= 5000
    assert "1 < '4999'" in watched.output


def test_refused_handshake_is_told(watch: Watch):
    def be_refused(url: str) -> None:
        with suppress(InvalidStatus):
            client(url)

    with port_without_listener() as port:
        watched = watch(f"ws://127.0.0.1:{port}/", talk=be_refused)
    assert f"a client got HTTP 502: could not connect to 'ws://127.0.0.1:{port}/'" in watched.errors
    assert "handshake was refused: '/' with 502" in watched.errors


def test_tls_on_both_sides(watch: Watch, files: TlsFiles):
    with echo_server(server_context()) as url:
        own = ("--certificate", str(files.certificate), "--private-key", str(files.private_key))
        for trust in (str(files.authority), "no"):
            watched = watch(url, *own, "--verify", trust, talk=talk_over_tls)
            assert "1 < 'hello'" in watched.output


def talk_over_tls(url: str) -> None:
    with client(url, ssl=client_context()) as connection:
        connection.send("hello")
        assert connection.recv(timeout=PATIENCE) == "hello"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["app.example"], "Invalid URL 'app.example': a WebSocket URL starts with 'ws://' or 'wss://'.\n"),
        (
            ["wss://app.example/", "--verify", "missing.pem"],
            "The file 'missing.pem' of the argument 'verify' does not exist.\n",
        ),
    ],
    ids=["URL", "file"],
)
def test_what_cannot_start_says_why(arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]):
    assert main(["proxy", *arguments, "--port", "0"]) == 1
    assert capsys.readouterr().err == sentence


def test_target_is_wanted(capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit):
        main(["proxy"])
    assert capsys.readouterr().err.endswith("proxy: the following arguments are required: TARGET\n")


def test_second_ctrl_c_ends_it_at_once(watch: Watch, monkeypatch: pytest.MonkeyPatch):
    """The second signal strikes while the proxy stops."""
    stop = WebSocketProxy.stop

    def stop_and_strike(proxy: WebSocketProxy) -> None:
        stop(proxy)
        raise KeyboardInterrupt

    monkeypatch.setattr(WebSocketProxy, "stop", stop_and_strike)
    assert watch("ws://127.0.0.1:9/").code == 130
