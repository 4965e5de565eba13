"""Keywords for the test server."""

import re
import socket
import sys
import tempfile
from pathlib import Path

import pytest

from peers.certificates import TlsFiles
from runs import RunTests, cases_by_number


def test_servers(run_tests: RunTests):
    run = run_tests(
        {
            "Start And Stop": """
                Should Be Equal    ${websocket.server}    ${None}
                Stop WebSocket Server
                ${server} =    Start WebSocket Server    localhost    ${0}    alias=mine
                Should Be Equal    ${server}    ${websocket.server}
                Should Be Equal    ${server.url}    ws://localhost:${server.port}/
                Should Be Equal    ${server.host}    localhost
                Should Be Equal    ${server.ca_file}    ${None}
                Open WebSocket    ${server.url}
                Stop WebSocket Server
                Wait For Close    code=GOING_AWAY
                Stop WebSocket Server
                Stop WebSocket Server    server=${server}
                Should Be Equal    ${websocket.server.port}    ${server.port}
                Start WebSocket Server    port=${server.port}
            """,
            "Several": """
                ${first} =    Start WebSocket Server    alias=first
                ${second} =    Start WebSocket Server    alias=second
                ${previous} =    Switch WebSocket Server    first
                Should Be Equal    ${previous}    ${second}
                Should Be Equal    ${websocket.server}    ${first}
                Open WebSocket    ${second.url}
                Wait For Client    server=second
                Stop WebSocket Server    server=second
                Wait For Close    code=1001
                Open WebSocket    ${websocket.server.url}
                Wait For Client
                Stop WebSocket Server    server=${first}
                Should Be Equal    ${websocket.server.url}    ${first.url}
                Stop WebSocket Server    server=${websocket.server}
            """,
            "Clients": """
                VAR    &{protocols}    ocpp1.6=silent    chat=echo
                ${server} =    Start WebSocket Server    protocols=${protocols}    default_protocol=silent
                FOR    ${path}    ${subprotocol}    IN
                ...    a    ocpp1.6    b    chat    b?x=1    ocpp1.6    c    ${EMPTY}
                    Open WebSocket    ${server.url}${path}    subprotocols=${subprotocol}    alias=${path}
                END
                ${peer} =    Wait For Client    path=/b    timeout=20s
                Should Be Equal    ${peer.subprotocol}    chat
                Should Be Equal    ${peer.url}    ${server.url}b
                Should Be Equal As Integers    ${peer.response.status}    101
                ${peer} =    Wait For Client    subprotocol=ocpp1.6    path=/b?x=1
                Should Be Equal    ${peer.request.target}    /b?x=1
                ${peer} =    Wait For Client
                Should Be Equal    ${peer.request.path}    /a
                ${peer} =    Wait For Client    server=${server}
                Should Be Equal    ${peer.request.path}    /c
                Should Be Equal    ${peer.subprotocol}    ${None}
            """,
            "Options": """
                Start WebSocket Server    default_protocol=echo-broadcast-ping    ping_interval=20ms    time_interval=0
                ...    max_message_size=1 KiB    max_clients=1    allowed_origins=http://one.example, http://two.example
                ...    handshake_timeout=1s
                Open WebSocket    ${websocket.server.url}    origin=http://two.example
                Wait For Ping
                Open WebSocket    ${websocket.server.url}    expected_status=503
                Send Text Message    ${{'x' * 1025}}
                Wait For Close    code=1009
            """,
            "Time": """
                Start WebSocket Server    time_interval=20ms
                Open WebSocket    ${websocket.server.url}    subprotocols=time-broadcast
                ${time} =    Wait For Message    timeout=20s
                Should Match    ${time}    20??-??-??T??:??:??.???Z
            """,
        }
    )
    assert run.failures == {}
    assert run.errors == []
    logged = {
        "Start WebSocket Server": {"Started a WebSocket server."},
        "Stop WebSocket Server": {
            "Stopped a WebSocket server.",
            "There was no current WebSocket server.",
            "The WebSocket server was stopped before.",
        },
        "Switch WebSocket Server": {"Switched the current WebSocket server."},
        "Wait For Client": {"A client has connected."},
    }
    for keyword, lines in logged.items():
        infos = {text for level, text in run.log(keyword) if level == "INFO" and not text.startswith("${")}
        assert infos == lines


def test_refused_origin_causes_a_warning_in_the_next_keyword(run_tests: RunTests):
    run = run_tests(
        {
            "Refused": """
                Start WebSocket Server
                VAR    ${origin} =    https://evil.example/\\x1b
                Open WebSocket    ${websocket.server.url}    origin=https://evil.example    expected_status=403
            """
        }
    )
    assert run.failures == {}
    [warning] = run.errors
    assert warning.startswith("Test server 'ws://127.0.0.1:")
    assert warning.endswith(
        "/': a page of the origin 'https://evil.example' was refused; name it in `allowed_origins` to let it connect."
    )
    assert ("WARN", warning) in run.log("Open WebSocket")


def test_bad_input(run_tests: RunTests, files: TlsFiles):
    folder = Path(tempfile.gettempdir())
    before = set(folder.iterdir())
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        in_use = f"Could not start a server: port {port} of '127.0.0.1' is in use; with port 0 a free one is chosen."
        no_tls = "a client CA needs TLS; give a certificate too, or use a throw-away one"
        known = "echo, echo-broadcast, echo-broadcast-ping, time-broadcast, echo-server-close, silent"
        behaviors = f"the test server knows {known}."
        cases = {
            f"Start WebSocket Server    port={port}": in_use,
            f"Start WebSocket Server    port={port}    tls=True": in_use,
            "Start WebSocket Server    port=-1": "Could not start a server: the port -1 is not between 0 and 65535.",
            "Start WebSocket Server    port=http": (
                "ValueError: Argument 'port' got value 'http' that cannot be converted to integer."
            ),
            "Start WebSocket Server    nosuch.invalid    tls=True": (
                "Could not start a server: the host name 'nosuch.invalid' could not be resolved."
            ),
            "Start WebSocket Server    two words    tls=True": (
                "Cannot make a certificate: 'two words' is not a host name."
            ),
            f"Start WebSocket Server    private_key={files.private_key.as_posix()}": (
                "Could not start a server: a private key was given without its certificate."
            ),
            f"Start WebSocket Server    client_ca={files.authority.as_posix()}": f"Could not start a server: {no_tls}.",
            f"Start WebSocket Server    tls=True    client_ca={files.text.as_posix()}": (
                f"Cannot use the 'client_ca' '{files.text}': it holds no PEM certificate."
            ),
            f"Start WebSocket Server    certificate={files.text.as_posix()}": (
                f"Cannot use the certificate '{files.text}': it and its private key must match."
            ),
            "Start WebSocket Server    protocols={'mine': 'loud'}    tls=True": (
                f"Unknown behavior 'loud': {behaviors}"
            ),
            "Start WebSocket Server    ping_interval=-1s    tls=True": (
                "The argument 'ping_interval' is negative: -1 seconds."
            ),
            "Start WebSocket Server    time_interval=-1s": "The argument 'time_interval' is negative: -1 seconds.",
            "Start WebSocket Server    handshake_timeout=-1s": (
                "The argument 'handshake_timeout' is negative: -1 seconds."
            ),
            "Switch WebSocket Server    chat": "Non-existing alias 'chat': no WebSocket server has an alias.",
            "Stop WebSocket Server    server=chat": "Non-existing alias 'chat': no WebSocket server has an alias.",
        }
        run = run_tests(cases_by_number(cases))
    assert run.failures == {f"Case {number}": message for number, message in enumerate(cases.values())}
    assert set(folder.iterdir()) == before


def test_waiting_for_a_client_that_does_not_come(run_tests: RunTests):
    run = run_tests(
        {
            "Any": """
                Start WebSocket Server
                Wait For Client    timeout=10ms
            """,
            "Path And Subprotocol": """
                Start WebSocket Server
                Open WebSocket    ${websocket.server.url}chat
                Wait For Client    path=/news    subprotocol=echo    timeout=10ms
            """,
            "Stopped": """
                ${server} =    Start WebSocket Server
                Stop WebSocket Server
                Wait For Client    server=${server}    timeout=1 hour
            """,
        },
    )
    assert {name: re.sub(r":\d+/", ":0/", message) for name, message in run.failures.items()} == {
        "Any": "No client connected to 'ws://127.0.0.1:0/' in 10 milliseconds: nobody has connected at all.",
        "Path And Subprotocol": (
            "No client for path '/news' with subprotocol 'echo' connected to 'ws://127.0.0.1:0/' in "
            "10 milliseconds.\n1 client for path '/chat' waits"
        ),
        "Stopped": "No client can connect to 'ws://127.0.0.1:0/': the server was stopped.",
    }


def test_without_trustme_the_remedy_is_named(run_tests: RunTests, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "trustme", None)
    run = run_tests({"TLS": "Start WebSocket Server    tls=True"})
    assert "pip install robotframework-robotwebsocketlibrary[tls]" in run.failures["TLS"]


def test_stopping_twice_by_alias_is_harmless(run_tests: RunTests):
    run = run_tests(
        {
            "Twice": """
                Start WebSocket Server    alias=first
                Start WebSocket Server    alias=second
                Stop WebSocket Server    server=second
                Stop WebSocket Server    server=second
                VAR    ${known}    the known aliases are 'first', 'second'
                Run Keyword And Expect Error
                ...    There is no current WebSocket server; ${known}: name one, or switch to one.
                ...    Get Clients
                Get Clients    server=first
            """
        }
    )
    assert run.failures == {}


def test_limits_that_nothing_could_keep_to_are_refused(run_tests: RunTests):
    cases = {
        "Start WebSocket Server    max_clients=0": "The argument 'max_clients' is 0; a server has at least 1 client.",
        "Start WebSocket Server    max_message_size=0": (
            "The argument 'max_message_size' is 0 bytes; it must be at least 1 byte."
        ),
        "Open WebSocket    ws://127.0.0.1:1    max_message_size=0": (
            "The argument 'max_message_size' is 0 bytes; it must be at least 1 byte."
        ),
    }
    run = run_tests(cases_by_number(cases))
    assert run.failures == {f"Case {number}": message for number, message in enumerate(cases.values())}
