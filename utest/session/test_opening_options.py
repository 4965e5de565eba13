"""`Set WebSocket Defaults`, and how it meets what `Open WebSocket` is told."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from robot.api.types import Secret
from robot.libdocpkg import LibraryDocumentation

from peers.certificates import TlsFiles, server_context
from peers.raw import RawEnd
from peers.scripted import Script, answering, serving, switch, until_client_leaves
from RobotWebSocketLibrary.client.url import read_url
from RobotWebSocketLibrary.session.opening_options import OpeningOptions, read_proxy_choice
from RobotWebSocketLibrary.session.secret_values import conceal
from runs import RunTests

SERVER = """
    Test Setup       Start WebSocket Server
    Test Teardown    Set WebSocket Defaults    &{NOTHING}
    *** Variables ***
    &{NOTHING}    headers=${None}    cookies=${None}    origin=${None}    username=${None}    password=${None}
    ...    proxy=${None}    verify=${None}    client_certificate=${None}    client_key=${None}    redirects=${None}
    ...    ping_interval=${None}    pong_timeout=${None}    max_message_size=64 MiB    timeout=20s
"""


def test_defaults_apply_to_connections_opened_after_them(run_tests: RunTests):
    run = run_tests(
        {
            "Headers, Cookies And Origin": """
                VAR    &{headers}    X-One=1    X-Two=default
                VAR    &{own}    x-two=own
                VAR    &{cookies}    a=1    b=default
                VAR    &{own cookies}    b=own
                Set WebSocket Defaults    headers=${headers}    cookies=${cookies}    origin=http://localhost
                Open WebSocket    ${websocket.server.url}    headers=${own}    cookies=${own cookies}
                ${peer} =    Wait For Client
                Should Be Equal    ${peer.request.headers}[X-One]    1
                Should Be Equal    ${peer.request.headers}[X-Two]    own
                Should Be Equal    ${peer.request.headers}[Cookie]    a=1; b=own
                Should Be Equal    ${peer.request.headers}[Origin]    http://localhost
            """,
            "User": """
                ${secret} =    Evaluate    robot.api.types.Secret('pa')
                Set WebSocket Defaults    username=us    password=${secret}
                Open WebSocket    ${websocket.server.url}
                ${peer} =    Wait For Client
                Should Be Equal    ${peer.request.headers}[Authorization]    Basic dXM6cGE=
                VAR    &{headers}    authorization=Bearer abc
                Open WebSocket    ${websocket.server.url}    headers=${headers}
                ${peer} =    Wait For Client
                Should Be Equal    ${peer.request.headers}[Authorization]    Bearer abc
                Open WebSocket    ws://other@127.0.0.1:${websocket.server.port}
                ${peer} =    Wait For Client
                Should Be Equal    ${peer.request.headers}[Authorization]    Basic b3RoZXI6
            """,
            "Timeout": """
                Set WebSocket Defaults    timeout=100ms
                Open WebSocket    ${websocket.server.url}    subprotocols=silent    timeout=20s
                TRY
                    Wait For Close
                EXCEPT    *was not closed in 100 milliseconds*    type=GLOB
                    No Operation
                END
            """,
            "Max Message Size": """
                Set WebSocket Defaults    max_message_size=1 KiB
                Open WebSocket    ${websocket.server.url}    subprotocols=silent
                ${peer} =    Wait For Client
                Send Text Message    ${{'x' * 1025}}    connection=${peer}
                Wait For Close    code=1009
            """,
            "Given Back": """
                VAR    &{headers}    X-One=1
                ${first} =    Set WebSocket Defaults    headers=${headers}    password=canary    username=us
                ...    proxy=http://us:canary@127.0.0.1:1    timeout=3s    redirects=2    verify=False
                ...    ping_interval=10s    pong_timeout=1s
                ${second} =    Set WebSocket Defaults    &{first}
                ${third} =    Set WebSocket Defaults
                Should Be Equal As Strings    ${third}    ${first}
                Should Be Equal    ${second.timeout}    ${{datetime.timedelta(seconds=3)}}
                Should Be Equal    ${second.redirects}    ${2}
                Should Be Equal    ${second.ping_interval}    ${{datetime.timedelta(seconds=10)}}
                Should Be Equal    ${second.pong_timeout}    ${{datetime.timedelta(seconds=1)}}
                Should Be Equal    ${first.ping_interval}    ${None}
                Should Be Equal    ${second.verify}    ${False}
                Should Be Equal    ${second.password.value}    canary
                Should Be Equal    ${second.headers['X-One'].value}    1
                Should Be Equal As Strings    ${second.max_message_size}    64 MiB
                Set WebSocket Defaults    &{second}
                ${fourth} =    Set WebSocket Defaults    proxy=NONE
                Should Be Equal    ${fourth.redirects}    ${2}
                Open WebSocket    ${websocket.server.url}
                ${peer} =    Wait For Client
                Should Be Equal    ${peer.request.headers}[X-One]    1
            """,
        },
        SERVER,
    )
    assert run.failures == {}
    logged = [text for _, text in run.log("Set WebSocket Defaults", "Given Back")]
    assert logged[0] == "Set the defaults of WebSocket connections."
    assert not any("canary" in text for text in logged)


def test_bad_default_changes_nothing(run_tests: RunTests, files: TlsFiles):
    cases = {
        "Set WebSocket Defaults    headers={'Content-Length': 'x'}": (
            "The header 'Content-Length' belongs to the handshake and cannot be given."
        ),
        "Set WebSocket Defaults    password=canary": "The argument 'password' needs a 'username'.",
        "Set WebSocket Defaults    timeout=-1s": "The argument 'timeout' is negative: -1 seconds.",
        "Set WebSocket Defaults    pong_timeout=1s": "The argument 'pong_timeout' needs a 'ping_interval'.",
        "Set WebSocket Defaults    ping_interval=0": "The argument 'ping_interval' is 0 seconds; it must be longer.",
        "Set WebSocket Defaults    ping_interval=1s    pong_timeout=-1s": (
            "The argument 'pong_timeout' is negative: -1 seconds."
        ),
        "Set WebSocket Defaults    ping_interval=1s    timeout=0": (
            "The argument 'pong_timeout' is 0 seconds; it must be longer."
        ),
        "Set WebSocket Defaults    redirects=-1": "The argument 'redirects' is negative: -1.",
        "Set WebSocket Defaults    redirects=some": (
            "ValueError: Argument 'redirects' got value 'some' that cannot be converted to integer or None."
        ),
        "Set WebSocket Defaults    verify=/no/such/file": (
            f"The file '{Path('/no/such/file')}' of the argument 'verify' does not exist."
        ),
        f"Set WebSocket Defaults    client_certificate={files.text.as_posix()}": (
            f"Cannot use the client certificate '{files.text}': it contains no PEM certificate."
        ),
        "Set WebSocket Defaults    proxy=socks4://h": (
            "Invalid proxy 'socks4://h' in the argument 'proxy': the URL of a proxy starts with 'http://', "
            "'https://', 'socks5://' or 'socks5h://'."
        ),
        "Set WebSocket Defaults    headers={'X-A': '1'}": "",
    }
    tests = {f"Case {number}": line for number, line in enumerate(cases)}
    tests["Nothing Else Has Changed"] = """
        ${previous} =    Set WebSocket Defaults
        Should Be Equal    ${previous.timeout}    ${{datetime.timedelta(seconds=20)}}
        Should Be Equal    ${previous.username}    ${None}
        Should Be Equal    ${previous.ping_interval}    ${None}
    """
    run = run_tests(tests)
    assert [run.tests[f"Case {number}"].message for number in range(len(cases))] == list(cases.values())
    assert run.tests["Nothing Else Has Changed"].passed


def test_heartbeat_is_a_default_too(run_tests: RunTests):
    with serving(*[lambda end: (switch(end), until_client_leaves(end))] * 3) as server:
        run = run_tests(
            {
                "Default": f"""
                    Set WebSocket Defaults    ping_interval=10ms    pong_timeout=100ms    scope=SUITE
                    Open WebSocket    {server.url}
                    Wait For Close    code=1011    timeout=60s
                    Should Be Equal    ${{websocket.close.reason}}
                    ...    the server did not answer a ping in 100 milliseconds
                """,
                "Own Timeout": f"""
                    Open WebSocket    {server.url}    pong_timeout=150ms
                    Wait For Close    code=1011    timeout=60s
                    Should Be Equal    ${{websocket.close.reason}}
                    ...    the server did not answer a ping in 150 milliseconds
                """,
                "Own Interval": f"""
                    Set WebSocket Defaults    ping_interval=1 hour
                    Open WebSocket    {server.url}    ping_interval=10ms
                    Wait For Close    code=1011    timeout=60s
                    Should Be Equal    ${{websocket.close.reason}}
                    ...    the server did not answer a ping in 100 milliseconds
                """,
            }
        )
    assert run.failures == {}


def test_proxy_of_an_import_and_of_a_connection(run_tests: RunTests):
    def proxy(end: RawEnd) -> None:
        end.receive_head()
        end.send(b"HTTP/1.1 200 OK\r\n\r\n")
        switch(end)
        until_client_leaves(end)

    with serving(proxy) as server:
        run = run_tests(
            {
                "Import": "Open WebSocket    ws://server.example/",
                "None": """
                    Start WebSocket Server
                    Open WebSocket    ${websocket.server.url}    proxy=None
                    Open WebSocket    ${websocket.server.url}    proxy=${EMPTY}
                """,
            },
            library=f"Library    RobotWebSocketLibrary    proxy=http://127.0.0.1:{server.port}",
        )
    assert run.failures == {}
    *handshake, opened = run.log("Open WebSocket", "Import")
    assert opened == ("INFO", "Opened a WebSocket connection.")
    assert [(level, line[:10]) for level, line in handshake] == [("DEBUG", "> GET /; U"), ("DEBUG", "< HTTP 101")]


def test_proxy_of_the_environment_is_told(run_tests: RunTests, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("http_proxy", "http://us:canary@127.0.0.1:1")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    run = run_tests(
        {
            "This Machine": "Start WebSocket Server\nOpen WebSocket    ${websocket.server.url}",
            "Another": "Open WebSocket    ws://server.example/",
        }
    )
    reason = "connection refused (nothing listens on port 1)"
    assert run.failures == {"Another": f"Could not connect to the proxy '127.0.0.1:1': {reason}."}
    assert [line for line in run.log("Open WebSocket", "This Machine") if line[0] != "DEBUG"] == [
        ("INFO", "The proxy of the environment variable 'http_proxy' is not used for this machine."),
        ("INFO", "Opened a WebSocket connection."),
    ]
    assert run.log("Open WebSocket", "Another")[0] == (
        "INFO",
        "The environment variable 'http_proxy' chooses the proxy '127.0.0.1:1'.",
    )
    assert "canary" not in run.output.read_text(encoding="utf-8")


def test_redirect_is_followed(run_tests: RunTests):
    def redirect(end: RawEnd) -> None:
        end.receive_head()
        end.send(b"HTTP/1.1 302 Found\r\nLocation: /new\r\nSet-Cookie: a=1\r\nContent-Length: 0\r\n\r\n")

    def open_it(end: RawEnd) -> None:
        switch(end, "Set-Cookie: b=2; Path=/")

    with serving(redirect, open_it, redirect) as server:
        run = run_tests(
            {
                "Followed": f"""
                    Open WebSocket    {server.url}    redirects=1    alias=main
                    Should Be Equal    ${{websocket.url}}    {server.url}new
                    Should Be Equal    ${{websocket.response.history[0].status}}    ${{302}}
                    Should Be Equal    ${{websocket.response.history[0].cookies}}[a]    1
                    Should Be Equal    ${{websocket.response.cookies}}[b]    2
                """,
                "Expected": f"""
                    Open WebSocket    {server.url}    expected_status=302
                    Should Be Equal    ${{websocket.response.headers}}[Location]    /new
                """,
            }
        )
    assert run.failures == {}


def test_redirect_to_tls_without_verification_is_told(run_tests: RunTests):
    with (
        serving(moving_to("/again"), switch, switch, context=server_context()) as target,
        serving(moving_to(target.url), moving_to(target.url)) as server,
    ):
        run = run_tests(
            {
                "Opened": f"Open WebSocket    {server.url}    redirects=2    verify=False",
                "Refused": f"""
                    Run Keyword And Expect Error    *, but HTTP 403 was expected.
                    ...    Open WebSocket    {server.url}    redirects=1    verify=False    expected_status=403
                """,
            }
        )
    assert run.failures == {}
    warning = ("WARN", f"The certificate of '{target.url}' is not verified.")
    for test in ("Opened", "Refused"):
        assert [line for line in run.log("Open WebSocket", test) if line[0] == "WARN"] == [warning]


def moving_to(location: str) -> Script:
    return answering(f"HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode())


def test_proxy_of_the_environment_is_told_for_a_redirect(run_tests: RunTests, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    with serving(moving_to("ws://server.example/")) as server:
        run = run_tests({"Moved": f"Open WebSocket    {server.url}    redirects=1"})
    assert run.failures["Moved"].startswith("Could not connect to the proxy '127.0.0.1:1': ")
    assert [text for level, text in run.log("Open WebSocket") if level == "INFO"] == [
        "The proxy of the environment variable 'http_proxy' is not used for this machine.",
        "The environment variable 'http_proxy' chooses the proxy '127.0.0.1:1'.",
    ]


def test_response_of_an_opening_that_got_none(run_tests: RunTests):
    run = run_tests(
        {
            "Test": """
                Start WebSocket Server
                Open WebSocket    ${websocket.server.url}
                Run Keyword And Expect Error    *    Open WebSocket    ws://127.0.0.1:1/
                Should Be Equal    ${websocket.response}    ${None}
            """
        }
    )
    assert run.failures == {}


def test_documentation_tells_what_is_not_given():
    [documented] = [
        found
        for found in LibraryDocumentation("RobotWebSocketLibrary", doc_format="RAW").keywords
        if found.name == "Set WebSocket Defaults"
    ]
    assert {str(argument).rpartition(" = ")[2] for argument in documented.args} == {"*", "UNCHANGED", "None"}
    [scope] = [argument for argument in documented.args if str(argument).endswith(" = None")]
    assert scope.name == "scope"


# The rules by themselves


@pytest.mark.parametrize(
    ("own", "defaults", "expected"),
    [
        ({}, {}, {}),
        ({}, {"origin": "d", "redirects": 2}, {"origin": "d", "redirects": 2}),
        ({"origin": "o", "redirects": 0}, {"origin": "d", "redirects": 2}, {"origin": "o", "redirects": 0}),
        ({"verify": False}, {"verify": Path("ca.pem")}, {"verify": False}),
        ({"username": "o"}, {"username": "d", "password": "d"}, {"username": "o"}),
        ({"password": "o"}, {"username": "d", "password": "d"}, {"username": "d", "password": "o"}),
        (
            {"username": "o"},
            {"headers": {"authorization": "d", "X-A": "d"}},
            {"username": "o", "headers": {"X-A": "d"}},
        ),
        ({"headers": {"AUTHORIZATION": "o"}}, {"username": "d", "password": "d"}, {"headers": {"AUTHORIZATION": "o"}}),
        ({"cookies": {"a": "o"}}, {"headers": {"Cookie": "d"}}, {"cookies": {"a": "o"}}),
        ({"headers": {"Cookie": "o"}}, {"cookies": {"a": "d"}}, {"headers": {"Cookie": "o"}}),
        ({"headers": {"origin": "o"}}, {"origin": "d"}, {"headers": {"origin": "o"}}),
        (
            {"client_certificate": Path("o")},
            {"client_certificate": Path("d"), "client_key": Path("d")},
            {"client_certificate": Path("o")},
        ),
    ],
)
def test_options_over_defaults(own: dict[str, Any], defaults: dict[str, Any], expected: dict[str, Any]):
    merged = OpeningOptions(**own).over(OpeningOptions(**defaults))
    assert replace(merged, headers=dict(merged.headers or ())) == OpeningOptions(
        **{"headers": {}, "cookies": {}, **expected}
    )


@pytest.mark.parametrize(
    ("said", "expected"),
    [(None, "environment"), ("", None), ("none", None), (Secret("NONE"), None), (" ", None)],
)
def test_choice_of_a_proxy(said: Any, expected: Any):
    assert read_proxy_choice(said) == expected


def test_secret_proxy():
    choice = read_proxy_choice(Secret("http://us:pa@h:1"))
    assert str(choice) == "h:1"


def test_text_of_options_holds_no_secret():
    shown = repr(
        OpeningOptions(headers={"A": "canary"}, cookies={"a": "canary"}, password="canary", proxy="http://us:canary@h")
    )
    assert "canary" not in shown


def test_request_knows_which_headers_were_given_as_secrets():
    headers = {"X-Given": Secret("canary"), "X-Run": "42", "X-Default": conceal("seen")}
    request = OpeningOptions(headers=headers).make_request(read_url("ws://localhost/"))
    assert request.secret_headers == {"x-given"}
    assert request.headers == {"X-Given": "canary", "X-Run": "42", "X-Default": "seen"}
