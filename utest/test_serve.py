"""The command line. In this process a thread talks to the server and then sends the signal; a child has it all."""

from __future__ import annotations

import io
import re
import runpy
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from consoles import Served, Talk, run_command, url_in
from peers.certificates import TlsFiles, client_context
from peers.clients import request
from peers.raw import CLOSE, PATIENCE, PING, RawEnd
from peers.websockets_peers import WebsocketsClient
from RobotWebSocketLibrary import __version__
from RobotWebSocketLibrary.__main__ import main
from RobotWebSocketLibrary.serve import NoticePrinter, print_line
from RobotWebSocketLibrary.server.counted_notices import CountedNotices
from RobotWebSocketLibrary.stop_signals import StopSignals

GOING_AWAY = 1001
NO_TLS = "a client CA needs TLS; give a certificate too, or use a throw-away one"
TIME = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"
COMMAND = [sys.executable, "-m", "RobotWebSocketLibrary"]
STOPS_SLOWLY = f"""
import runpy
from RobotWebSocketLibrary.server import server
server.STOP_SECONDS = {PATIENCE}
runpy.run_module("RobotWebSocketLibrary", run_name="__main__")
"""
COMMAND_THAT_STOPS_SLOWLY = [sys.executable, "-c", STOPS_SLOWLY]
"""Its clients have more than a second to answer, in which a busy machine may not get to the second signal."""

SENDS_SIGNALS = pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no signal to another process")

Serve = Callable[..., Served]


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Serve:
    """Runs `serve` until what a test has to say to the server is said."""

    def serve(*options: str, talk: Talk = lambda _: None, number: int = signal.SIGINT) -> Served:
        return run_command(
            "serve", "--port", "0", *options, talk=talk, number=number, patched=monkeypatch, captured=capsys
        )

    return serve


def client(url: str, **options: Any) -> WebsocketsClient:
    return WebsocketsClient(url, **{"ping_interval": None, **options})


def dialled(url: str) -> socket.socket:
    """A TCP connection to the server."""
    address = urlsplit(url)
    assert address.hostname
    assert address.port
    return socket.create_connection((address.hostname, address.port), PATIENCE)


def echo(url: str, **options: Any) -> None:
    with client(url, **options) as connection:
        connection.send("hello")
        assert connection.recv(timeout=PATIENCE) == "hello"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_in_order(serve: Serve, number: int):
    handlers = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    served = serve(number=number, talk=lambda url: [echo(url) for _ in range(3)])
    assert served.code == 0
    assert served.output.endswith("/\nStopped. Clients served: 3\n")
    assert served.errors == ""
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == handlers


def test_clients_of_the_last_moment_are_told_and_counted(serve: Serve):
    with ExitStack() as stack:
        clients: list[WebsocketsClient] = []
        served = serve(talk=lambda url: clients.extend(stack.enter_context(client(url)) for _ in range(5)))
        for left in clients:
            with pytest.raises(ConnectionClosed):
                left.recv(timeout=PATIENCE)
    assert [left.close_code for left in clients] == [GOING_AWAY] * 5
    assert served.output.endswith("Clients served: 5\n")


def test_more_clients_are_counted_than_a_server_remembers(serve: Serve):
    def talk(url: str) -> None:
        for _ in range(150):
            with client(url, compression=None):
                pass

    assert serve(talk=talk).output.endswith("Clients served: 150\n")


def test_host_of_every_interface(serve: Serve):
    served = serve("--host", "0.0.0.0", talk=echo)
    assert re.match(r"Listening on ws://127.0.0.1:\d+/ and every other address of this machine\n", served.output)


def test_default_protocol_and_its_interval(serve: Serve):
    def talk(url: str) -> None:
        with client(url) as connection:
            assert str(connection.recv(timeout=PATIENCE)).endswith("Z")

    assert serve("--protocol", "time-broadcast", "--time-interval", "0.02", talk=talk).code == 0


def test_interval_of_pings(serve: Serve):
    def talk(url: str) -> None:
        with RawEnd(dialled(url), masked=True) as end:
            end.send(request())
            end.receive_head()
            assert end.receive_frame().opcode == PING

    assert serve("--protocol", "echo-broadcast-ping", "--ping-interval", "0.02", talk=talk).code == 0


def test_further_subprotocols(serve: Serve):
    def talk(url: str) -> None:
        for name in ("ocpp1.6", "mine"):
            with client(url, subprotocols=[name]) as connection:
                assert connection.subprotocol == name

    served = serve("--subprotocol", "ocpp1.6=silent", "--subprotocol", "mine=echo", talk=talk)
    assert served.output.endswith("Clients served: 2\n")


@pytest.mark.parametrize(("options", "agreed"), [([], True), (["--no-compression"], False)])
def test_compression(serve: Serve, options: list[str], agreed: bool):
    def talk(url: str) -> None:
        with client(url) as connection:
            assert ("Sec-WebSocket-Extensions" in connection.response.headers) is agreed

    serve(*options, talk=talk)


@pytest.mark.parametrize(("size", "code"), [("10", 1009), ("1_0 B", 1009), ("1 KiB", None), ("1 MiB", None)])
def test_longest_message(serve: Serve, size: str, code: int | None):
    def talk(url: str) -> None:
        with client(url) as connection:
            connection.send("x" * 20)
            with suppress(ConnectionClosed):
                connection.recv(timeout=PATIENCE)
            assert connection.close_code == code

    serve("--max-message-size", size, talk=talk)


def test_too_many_clients(serve: Serve):
    def talk(url: str) -> None:
        with client(url), pytest.raises(InvalidStatus, match="503"):
            echo(url)

    assert serve("--max-clients", "1", talk=talk).output.endswith("Clients served: 1\n")


def test_handshake_timeout(serve: Serve):
    def talk(url: str) -> None:
        with RawEnd(dialled(url), masked=True) as end:
            assert b" 408 " in end.receive_head()

    serve("--handshake-timeout", "0.05", talk=talk)


def test_refused_origin_is_told_with_the_time(serve: Serve):
    def talk(url: str) -> None:
        echo(url, origin="https://good.example")
        echo(url, origin="https://fine.example")
        with pytest.raises(InvalidStatus, match="403"):
            echo(url, origin="https://evil.example")

    served = serve("--allowed-origin", "https://good.example", "--allowed-origin", "https://fine.example", talk=talk)
    why = "pages of 'https://evil.example' may not connect (--allowed-origin https://evil.example allows them)"
    assert re.fullmatch(rf"{TIME} a handshake was refused: '/' with 403, {re.escape(why)}\n", served.errors)


def test_refused_subprotocol_and_limit_are_told(serve: Serve):
    def talk(url: str) -> None:
        with pytest.raises(InvalidStatus, match="400"):
            echo(url, subprotocols=["ocpp1.6"])
        with client(url), pytest.raises(InvalidStatus, match="503"):
            echo(url)

    served = serve("--max-clients", "1", talk=talk)
    known = "this server knows 'echo', 'echo-broadcast', 'echo-broadcast-ping', 'time-broadcast'"
    unknown, full = served.errors.splitlines()
    assert re.match(rf"{TIME} a handshake was refused: '/' with 400, it offered 'ocpp1.6'; {known}, .*", unknown)
    assert unknown.endswith(" (--subprotocol NAME=silent adds it)")
    assert full.endswith(" with 503, the server has reached its limit of 1 client (--max-clients)")


def test_notices_are_counted_and_printed_once_a_second(capsys: pytest.CaptureFixture[str]):
    counted = CountedNotices()
    notices = NoticePrinter(counted)
    for notice in ("too many files", "an \x1b escape", "too many files"):
        counted.append(notice)
    notices.print()
    counted.append("too many files")
    notices.print()
    lines = [line[20:] for line in capsys.readouterr().err.splitlines()]
    assert lines == ["too many files (2 times)", r"an \x1b escape"]
    notices.print_rest()
    assert capsys.readouterr().err.endswith(" too many files\n")


def test_a_letter_that_the_console_does_not_know_is_escaped():
    written = io.BytesIO()
    with io.TextIOWrapper(written, "cp1252") as console:
        print_line("CA file C:/\u017bur\u00e4/ca.pem", console)
        assert written.getvalue().decode("cp1252").rstrip() == r"CA file C:/\u017burä/ca.pem"


def test_throw_away_certificate(serve: Serve):
    files = []

    def talk(url: str) -> None:
        [ca_file] = re.findall(r"\nCA file (\S+)\n$", str(sys.stdout.getvalue()))  # type: ignore[attr-defined]
        files.append(Path(ca_file))
        echo(url, ssl=ssl.create_default_context(cafile=ca_file))

    served = serve("--tls", talk=talk)
    assert served.output.startswith("Listening on wss://")
    assert not files[0].exists()


def test_certificate_from_files(serve: Serve, files: TlsFiles):
    options = ["--certificate", str(files.certificate), "--private-key", str(files.private_key)]
    served = serve(*options, talk=lambda url: echo(url, ssl=client_context()))
    assert "CA file" not in served.output
    assert served.output.endswith("Clients served: 1\n")


@pytest.mark.parametrize("throw_away", [True, False])
def test_certificates_of_clients(serve: Serve, files: TlsFiles, throw_away: bool):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE

    def talk(url: str) -> None:
        with RawEnd(context.wrap_socket(dialled(url)), masked=True) as stranger, pytest.raises(ssl.SSLError):
            stranger.receive_head()  # behind the handshake: with TLS 1.3 the server looks at the certificate then
        context.load_cert_chain(files.together)
        echo(url, ssl=context)

    own = ["--tls"] if throw_away else ["--certificate", str(files.together)]
    served = serve(*own, "--client-ca", str(files.authority), talk=talk)
    assert served.output.endswith("Clients served: 1\n")


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ("--protocol ecco", "Unknown behavior 'ecco': the test server knows echo, .*, silent."),
        ("--subprotocol mine=ecco", "Unknown behavior 'ecco': the test server knows echo, .*, silent."),
        ("--subprotocol a,b=echo", "Invalid subprotocol 'a,b': .*"),
        ("--host no.such.invalid", "Could not start a server: the host name 'no.such.invalid' could not be resolved."),
        ("--certificate absent", "The file 'absent' of the argument 'certificate' does not exist."),
        ("--tls --client-ca absent", "The file 'absent' of the argument 'client_ca' does not exist."),
        ("--private-key absent --tls", "Could not start a server: a private key was given without its certificate."),
        (
            "--client-ca absent",
            f"Could not start a server: {NO_TLS}.",
        ),
    ],
)
def test_what_cannot_start_is_said_in_a_sentence(serve: Serve, options: str, sentence: str):
    served = serve(*options.split())
    assert served.code == 1
    assert served.output == ""
    assert re.fullmatch(f"{sentence}\n", served.errors)


def test_certificate_that_may_not_be_read(serve: Serve, files: TlsFiles, monkeypatch: pytest.MonkeyPatch):
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(ssl.SSLContext, "load_cert_chain", refuse)  # root may read everything
    served = serve("--certificate", str(files.together))
    assert served.errors == (
        f"Cannot read the certificate '{files.together}' and its private key: Permission denied.\n"
    )


def test_port_in_use(serve: Serve):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        served = serve("--port", str(port))
    assert served.code == 1
    assert served.errors == (
        f"Could not start a server: port {port} of '127.0.0.1' is in use; with port 0 a free one is chosen.\n"
    )


@pytest.mark.parametrize(
    ("option", "value", "sentence"),
    [
        ("--port", "65536", "'65536' is not a port from 0 to 65535."),
        ("--port", "²", "'²' is not a port from 0 to 65535."),
        ("--max-clients", "0", "'0' is not a whole number of at least 1."),
        ("--ping-interval", "-1", "'-1' is not a number of seconds of at least 0."),
        ("--time-interval", "1 h", "'1 h' is not a number of seconds of at least 0."),
        ("--handshake-timeout", "inf", "'inf' is not a number of seconds of at least 0."),
        ("--subprotocol", "echo", "'echo' is not NAME=BEHAVIOR, such as 'ocpp1.6=silent'."),
        ("--max-message-size", "0 MiB", "'0 MiB' is less than 1 byte."),
        (
            "--max-message-size",
            "64 MB",
            "'64 MB' is not a size: write a number of bytes, or one with a unit such as '64 MiB'.",
        ),
    ],
)
def test_wrong_value_is_said_in_a_sentence(capsys: pytest.CaptureFixture[str], option: str, value: str, sentence: str):
    with pytest.raises(SystemExit) as ended:
        main(["serve", option, value])
    assert ended.value.code == 2
    assert capsys.readouterr() == ("", f"python -m RobotWebSocketLibrary serve: argument {option}: {sentence}\n")


def test_second_signal_interrupts():
    with StopSignals() as signals:
        signal.raise_signal(signal.SIGTERM)
        assert signals.came
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)


class SignallingConsole(io.StringIO):
    """Ctrl-C with each of its first lines; when it is broken, nobody reads what is written to it."""

    def __init__(self, lines: int, *, broken: bool = False) -> None:
        super().__init__()
        self._lines = lines
        self._broken = broken

    def flush(self) -> None:
        if self._lines:
            self._lines -= 1
            signal.raise_signal(signal.SIGINT)
        if self._broken:
            raise BrokenPipeError


def test_interruption_has_the_exit_code_that_shells_give_it(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys, "stdout", SignallingConsole(2))
    assert main(["serve", "--port", "0"]) == 130


def test_console_that_nobody_reads_stops_no_server(monkeypatch: pytest.MonkeyPatch):
    console = SignallingConsole(1, broken=True)
    monkeypatch.setattr(sys, "stdout", console)
    assert main(["serve", "--port", "0"]) == 0
    assert console.getvalue().endswith("Clients served: 0\n")


def test_nothing_asked_for_shows_the_help(capsys: pytest.CaptureFixture[str]):
    assert main([]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("usage: python -m RobotWebSocketLibrary")
    assert "runs the test server until Ctrl-C or SIGTERM" in shown


def test_help_of_serve_names_the_defaults(capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit):
        main(["serve", "--help"])
    shown = " ".join(capsys.readouterr().out.split())
    for default in ("127.0.0.1", "8765", "echo", "10", "5", "64 MiB"):
        assert f"(default: {default})" in shown


def test_version(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    monkeypatch.setattr(sys, "argv", ["", "--version"])
    monkeypatch.delitem(sys.modules, "RobotWebSocketLibrary.__main__")
    with pytest.raises(SystemExit) as ended:
        runpy.run_module("RobotWebSocketLibrary", run_name="__main__")
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"RobotWebSocketLibrary {__version__}\n"


@contextmanager
def child(*options: str, command: Sequence[str] = COMMAND) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A process that serves, and its URL."""
    arguments = [*command, "serve", "--port", "0", *options]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process, url_in(first_line(process.stdout))
        finally:
            process.kill()


def first_line(output: IO[str] | None) -> str:
    assert output is not None
    return output.readline()


@SENDS_SIGNALS
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_process_ends_with_a_signal(number: int):
    with child() as (process, url), client(url) as connection:
        connection.send("hello")
        assert connection.recv(timeout=PATIENCE) == "hello"
        process.send_signal(number)
        with pytest.raises(ConnectionClosed):
            connection.recv(timeout=PATIENCE)
        assert connection.close_code == GOING_AWAY
        assert process.communicate(timeout=PATIENCE) == ("Stopped. Clients served: 1\n", "")
        assert process.returncode == 0


@SENDS_SIGNALS
def test_second_signal_ends_a_process_that_waits_for_its_clients():
    with child("--tls", command=COMMAND_THAT_STOPS_SLOWLY) as (process, url):
        ca_file = Path(first_line(process.stdout).split()[-1])
        context = ssl.create_default_context(cafile=ca_file)
        with RawEnd(context.wrap_socket(dialled(url), server_hostname="127.0.0.1"), masked=True) as deaf:
            deaf.send(request())
            deaf.receive_head()
            process.send_signal(signal.SIGINT)
            assert deaf.receive_frame().opcode == CLOSE
            process.send_signal(signal.SIGINT)
            assert process.communicate(timeout=PATIENCE) == ("", "")
        assert process.returncode == 130
        assert not ca_file.exists()


def test_process_that_cannot_start_shows_no_traceback():
    done = subprocess.run([*COMMAND, "serve", "--protocol", "ecco"], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("Unknown behavior 'ecco': the test server knows echo, ")
    assert done.stderr.count("\n") == 1
