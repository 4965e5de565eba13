"""`Open WebSocket` and the other keywords for a connection as a whole."""

import re
from pathlib import Path

import pytest

from peers.certificates import TlsFiles
from peers.raw import CLOSE, RawEnd
from peers.scripted import serving, switch, until_client_leaves
from runs import RunTests, cases_by_number

SERVER = "Test Setup    Start WebSocket Server"


def test_opening_and_closing(run_tests: RunTests):
    run = run_tests(
        {
            "Open": """
                ${opened} =    Open WebSocket    ${websocket.server.url}chat?room=1    alias=main    subprotocols=echo
                Should Be Equal    ${opened.alias}    main
                Should Be Equal    ${opened.url}    ${websocket.server.url}chat?room=1
                Should Be Equal    ${opened.subprotocol}    echo
                Should Be Equal    ${opened.state}    open
                Should Be Equal    ${opened.msgstate}    none
                Should Be Equal    ${opened.message}    ${None}
                Should Be Equal    ${opened.close}    ${None}
                Should Be Equal    ${opened.request.target}    /chat?room=1
                Should Be Equal    ${opened.response.status}    ${101}
                Should Be Equal    ${opened.server.port}    ${websocket.server.port}
                Should Be Equal As Strings    ${opened}    <WebSocket 'main': open>
                ${status} =    Close WebSocket    GOING_AWAY    shift is over
                Should Be Equal    ${status}    1001 (going away) shift is over
                Should Be Equal    ${status.initiator}    client
                Should Be True    ${status.clean}
                Should Be Equal    ${opened.close}    ${status}
                Should Be Equal    ${opened.state}    closed
                ${again} =    Close WebSocket
                Should Be Equal    ${again}    ${status}
            """,
            "All Arguments": """
                VAR    &{headers}    X-One=1
                VAR    &{cookies}    a=1    b=2
                VAR    @{subprotocols}    unknown    silent
                Open WebSocket    ${websocket.server.url}    subprotocols=${subprotocols}    headers=${headers}
                ...    cookies=${cookies}    origin=http://localhost    username=me    password=secret
                ...    proxy=NONE    verify=False    max_message_size=1 KiB    redirects=1    expected_status=101
                ...    timeout=1 second
                ${peer} =    Wait For Client
                Should Be Equal    ${websocket.subprotocol}    silent
                Should Be Equal    ${peer.request.headers}[x-one]    1
                Should Be Equal    ${peer.request.headers}[Cookie]    a=1; b=2
                Should Be Equal    ${peer.request.headers}[Origin]    http://localhost
                Should Be Equal    ${peer.request.headers}[Authorization]    Basic bWU6c2VjcmV0
                Send Text Message    ${{'x' * 1025}}    connection=${peer}
                Wait For Close    code=1009
            """,
            "Codes": """
                FOR    ${code}    IN    1000    ${1001}    NORMAL_CLOSURE    going away    3000    4999    1014
                    Open WebSocket    ${websocket.server.url}
                    Close WebSocket    ${code}    bye
                    Should Be True    ${websocket.close.code} in (1000, 1001, 3000, 4999, 1014)
                END
            """,
        },
        SERVER,
    )
    assert run.failures == {}
    assert [text for level, text in run.log("Open WebSocket", "Open") if level == "INFO"] == [
        "Opened a WebSocket connection.",
        "${opened} = <WebSocket 'main': open>",
    ]


def test_current_connection(run_tests: RunTests):
    run = run_tests(
        {
            "Switch": """
                ${first} =    Open WebSocket    ${websocket.server.url}    alias=first
                Open WebSocket    ${websocket.server.url}    alias=second
                Should Be Equal    ${websocket.alias}    second
                ${previous} =    Switch WebSocket    first
                Should Be Equal    ${previous.alias}    second
                Should Be Equal    ${websocket.alias}    first
                Switch WebSocket    ${previous}
                Should Be Equal    ${websocket.alias}    second
                Send Text Message    to first    connection=${first}
                Send Text Message    to first again    connection=first
                Wait For Message    timeout=20s    connection=first
                Close All WebSockets    timeout=2s
                Should Be Equal    ${first.state}    closed
                Should Be Equal    ${websocket.state}    closed
                Close All WebSockets
            """,
            "Alias Names The Latest": """
                Open WebSocket    ${websocket.server.url}    alias=same
                ${second} =    Open WebSocket    ${websocket.server.url}    alias=same
                Close WebSocket    connection=same
                Should Be Equal    ${second.state}    closed
            """,
            "Get": """
                ${first} =    Open WebSocket    ${websocket.server.url}    alias=first
                ${second} =    Open WebSocket    ${websocket.server.url}
                FOR    ${name}    ${expected}    IN    first    ${first}    ${first}    ${first}
                ...    ${None}    ${second}    ${websocket}    ${second}
                    ${got} =    Get WebSocket    ${name}
                    Should Be True    $got is $expected
                END
                ${got} =    Get WebSocket
                Should Be True    $got is $second
                Close WebSocket    connection=first
                ${got} =    Get WebSocket    first
                Should Be Equal    ${got.state}    closed
            """,
            "Wait For Client Does Not Switch": """
                Open WebSocket    ${websocket.server.url}    alias=mine
                ${peer} =    Wait For Client
                Should Be Equal    ${websocket.alias}    mine
                Should Be Equal    ${peer.alias}    ${None}
            """,
        },
        SERVER,
    )
    assert run.failures == {}


def test_import_headers_and_those_of_a_connection(run_tests: RunTests):
    run = run_tests(
        {
            "Headers": """
                VAR    &{headers}    X-Two=own
                Open WebSocket    ${websocket.server.url}    headers=${headers}
                ${peer} =    Wait For Client
                Should Be Equal    ${peer.request.headers}[X-One]    1
                Should Be Equal    ${peer.request.headers}[X-Two]    own
            """
        },
        SERVER,
        library="Library    RobotWebSocketLibrary    headers={'X-One': 1, 'X-Two': '2'}",
    )
    assert run.failures == {}


def test_refusal_that_was_expected(run_tests: RunTests):
    run = run_tests(
        {
            "Expected": """
                ${before} =    Open WebSocket    ${websocket.server.url}    alias=before
                ${none} =    Open WebSocket    ${websocket.server.url}    subprotocols=unknown    expected_status=400
                Should Be Equal    ${none}    ${None}
                Should Be Equal    ${websocket.response.status}    ${400}
                Should Be Equal    ${websocket.response.reason}    Bad Request
                Should Contain    ${websocket.response.text}    echo-broadcast
                Should Be Equal    ${websocket.alias}    before
                Should Be Equal    ${websocket.state}    open
            """,
            "Another Status": """
                Open WebSocket    ${websocket.server.url}    origin=http://other.example    expected_status=401
            """,
            "Accepted": """
                TRY
                    Open WebSocket    ${websocket.server.url}    alias=accepted    expected_status=401
                EXCEPT    AS    ${error}
                    Should Start With    ${error}    Opening handshake with '${websocket.server.url}' failed:
                    Should End With    ${error}    the server accepted it, but HTTP 401 was expected.
                END
                Should Be Equal    ${websocket.response.status}    ${101}
                Send Text Message    hello
            """,
            "No Answer": """
                Open WebSocket    ws://127.0.0.1:1/    expected_status=401
            """,
            "Refused": """
                Open WebSocket    ${websocket.server.url}    subprotocols=unknown
            """,
        },
        SERVER,
    )
    port = run.tests["Another Status"].message.partition("127.0.0.1:")[2].partition("/")[0]
    assert run.failures == {
        "Another Status": (
            f"Opening handshake with 'ws://127.0.0.1:{port}/' failed: the server answered 403 Forbidden instead of "
            "401. The body begins 'Pages of this origin may not connect; the server's 'allowed_origins' names those "
            "that may.\\n'."
        ),
        "Accepted": "There is no WebSocket connection: use `Open WebSocket` first.",
        "No Answer": ("Could not connect to 'ws://127.0.0.1:1/': connection refused (nothing listens on port 1)."),
        "Refused": run.tests["Refused"].message,
    }
    assert "the server answered 400 Bad Request instead of 101. The body begins 'None of" in run.failures["Refused"]
    assert run.log("Open WebSocket", "Expected")[-1][1] == "${none} = None"
    assert ("INFO", "The server refused a WebSocket connection as expected.") in run.log("Open WebSocket", "Expected")


def test_address_of_a_server_that_was_stopped(run_tests: RunTests):
    run = run_tests(
        {
            "No Server Yet": "Open WebSocket    ws://127.0.0.1:1/",
            "A Server": "Start WebSocket Server",
            "The Test After": "Open WebSocket    ${websocket.server.url}",
            "Another Port": "Open WebSocket    ws://127.0.0.1:1/",
            "Through A Proxy": "Open WebSocket    ${websocket.server.url}    proxy=http://127.0.0.1:1",
        }
    )
    refused = "connection refused (nothing listens on port {})."
    url, port = re.findall(r"'(ws://127\.0\.0\.1:(\d+)/)'", run.failures["The Test After"])[0]
    assert run.failures == {
        "No Server Yet": f"Could not connect to 'ws://127.0.0.1:1/': {refused.format(1)}",
        "The Test After": (
            f"Could not connect to '{url}': {refused.format(port)}\n"
            "A test server that was stopped had this port: use `Start WebSocket Server` first. "
            "The last one was stopped when its test ended (`auto_close`)."
        ),
        "Another Port": f"Could not connect to 'ws://127.0.0.1:1/': {refused.format(1)}",
        "Through A Proxy": f"Could not connect to the proxy '127.0.0.1:1': {refused.format(1)}",
    }


def test_bad_input(run_tests: RunTests, files: TlsFiles):
    cases = {
        "Open WebSocket    ws://localhost/    cookies={'a': '1;b'}": (
            "Cookie 'a' contains a character that cannot be sent (position 2)."
        ),
        "Open WebSocket    ws://localhost/    headers={'Authorization': 'x'}    username=me": (
            "Give either the header 'Authorization' or a user name, not both."
        ),
        "Open WebSocket    ws://localhost/    proxy=ftp://me:secret@proxy": (
            "Invalid proxy 'ftp://***@proxy' in the argument 'proxy': the URL of a proxy starts with 'http://', "
            "'https://', 'socks5://' or 'socks5h://'."
        ),
        "Open WebSocket    ws://localhost/    redirects=-1": "The argument 'redirects' is negative: -1.",
        "Open WebSocket    wss://localhost/    verify=/no/such/file": (
            f"The file '{Path('/no/such/file')}' of the argument 'verify' does not exist."
        ),
        f"Open WebSocket    wss://localhost/    client_certificate={files.text.as_posix()}": (
            f"Cannot use the client certificate '{files.text}': it contains no PEM certificate."
        ),
        "Open WebSocket    ws://localhost/    timeout=soon": (
            "ValueError: Argument 'timeout' got value 'soon' that cannot be converted to timedelta or None."
        ),
        "Open WebSocket    ws://localhost/    max_message_size=1 mile": (
            "ValueError: Argument 'max_message_size' got value '1 mile' that cannot be converted to ByteSize or None."
        ),
        "Switch WebSocket    chat": "Non-existing alias 'chat': no WebSocket connection has an alias.",
        "Close WebSocket    connection=chat": "Non-existing alias 'chat': no WebSocket connection has an alias.",
        "Close WebSocket": "There is no WebSocket connection: use `Open WebSocket` first.",
        "Wait For Close": "There is no WebSocket connection: use `Open WebSocket` first.",
    }
    run = run_tests(cases_by_number(cases))
    assert {name: run.tests[name].message for name in run.tests} == {
        f"Case {number}": message for number, message in enumerate(cases.values())
    }


def test_bad_input_on_an_open_connection(run_tests: RunTests):
    unsendable = "may not be sent: use 1000 to 1003, 1007 to 1014, or 3000 to 4999."
    cases = {
        "Close WebSocket    99": f"The close code 99 {unsendable}",
        "Close WebSocket    -1": f"The close code -1 {unsendable}",
        "Close WebSocket    1000    ${{'ä' * 62}}": "The close reason has 124 bytes; 123 fit into a close frame.",
        "Close WebSocket    1000    ${{'a\\ud800'}}": (
            "Cannot send a close reason with half a surrogate pair (position 2)."
        ),
        "Switch WebSocket    chat": "Non-existing alias 'chat': the known aliases are 'main', 'other'.",
        "Get WebSocket    chat": "Non-existing alias 'chat': the known aliases are 'main', 'other'.",
        "Wait For Close    timeout=500ms": "'main' was not closed in 500 milliseconds; the connection is open.",
        "Wait For Close    code=1000    timeout=500ms": (
            "'main' was not closed in 500 milliseconds; the connection is open."
        ),
    }
    run = run_tests(
        cases_by_number(cases),
        """
        Test Setup       Open Two
        Test Teardown    Still Usable
        *** Keywords ***
        Open Two
            Start WebSocket Server
            Open WebSocket    ${websocket.server.url}    alias=other
            Open WebSocket    ${websocket.server.url}    alias=main
        Still Usable
            Send Text Message    hello
            ${echo} =    Wait For Message    timeout=20s
            Should Be Equal    ${echo}    hello
            ${status} =    Close WebSocket    reason=${{'ä' * 61}}
            Should Be Equal    ${status.code}    ${1000}
        """,
    )
    assert run.failures == {f"Case {number}": message for number, message in enumerate(cases.values())}


def test_tls(run_tests: RunTests, files: TlsFiles):
    run = run_tests(
        {
            "Trusted": """
                Start WebSocket Server    tls=True
                Open WebSocket    ${websocket.server.url}    verify=${websocket.server.ca_file}
                Send Text Message    hello
                Wait For Message    timeout=20s
            """,
            "Not Verified": """
                Start WebSocket Server    certificate=${FILES.certificate}    private_key=${FILES.private_key}
                Open WebSocket    ${websocket.server.url}    verify=False
            """,
            "Client Certificate": """
                Start WebSocket Server    certificate=${FILES.together}    client_ca=${FILES.authority}
                Open WebSocket    ${websocket.server.url}    verify=${FILES.authority}
                ...    client_certificate=${FILES.certificate}    client_key=${FILES.private_key}
            """,
            "Not Trusted": """
                Start WebSocket Server    tls=True    port=0
                Open WebSocket    ${websocket.server.url}
            """,
        },
        "Variables    files.py",
        pythonpath=str(write_variables(files)),
    )
    assert run.failures.keys() == {"Not Trusted"}
    assert "certificate is not trusted" in run.failures["Not Trusted"]
    assert run.failures["Not Trusted"].endswith("; give the file of its certificate authority with `verify`.")
    [warning] = run.errors
    assert warning.startswith("The certificate of 'wss://127.0.0.1:")
    assert warning.endswith("' is not verified.")


def write_variables(files: TlsFiles):
    folder = files.text.parent
    values = {name: str(getattr(files, name)) for name in ("authority", "certificate", "private_key", "together")}
    (folder / "files.py").write_text(f"import types\nFILES = types.SimpleNamespace(**{values!r})\n", encoding="utf-8")
    return folder


def closing_never(end: RawEnd) -> None:
    switch(end)
    until_client_leaves(end)


def closing(code: int, reason: bytes):
    def script(end: RawEnd) -> None:
        switch(end)
        end.send_close(code, reason)
        while end.receive_frame().opcode != CLOSE:
            pass

    return script


def test_peer_that_does_not_answer_the_close_causes_a_warning(run_tests: RunTests):
    with serving(closing_never, closing_never, closing_never) as peer:
        run = run_tests(
            {
                "Close": f"""
                    Open WebSocket    {peer.url}    alias=main
                    ${{status}} =    Close WebSocket    timeout=100ms
                    Should Be Equal    ${{status.code}}    ${{1006}}
                    Should Not Be True    ${{status.clean}}
                """,
                "Close All": f"""
                    Open WebSocket    {peer.url}    alias=again
                    Close All WebSockets    timeout=100ms
                """,
                "Left Open": f"Open WebSocket    {peer.url}    alias=left",
            }
        )
    assert run.failures == {}
    assert run.errors == [
        "Connection 'main': the server did not answer the close frame in 100 milliseconds.",
        "Connection 'again': the server did not answer the close frame in 100 milliseconds.",
        "Connection 'left': the server did not answer the close frame in 1 second.",
    ]


@pytest.mark.parametrize(
    ("reason", "shown"),
    [(b"done", "done"), (b"*HTML*<b>\x1b[31m\n*WARN* x", r"*HTML*<b>\x1b[31m\n*WARN* x"), (b"", "")],
)
def test_close_of_the_peer(run_tests: RunTests, reason: bytes, shown: str):
    with serving(*[closing(4001, reason)] * 3) as peer:
        run = run_tests(
            {
                "Expected": f"""
                    Open WebSocket    {peer.url}
                    ${{status}} =    Wait For Close    code=4001    timeout=20s
                    Should Be Equal    ${{status.initiator}}    server
                    Should Be Equal    ${{status}}    ${{websocket.close}}
                    Wait For Close    timeout=0
                """,
                "Unexpected": f"""
                    Open WebSocket    {peer.url}    alias=main
                    Wait For Close    code=NORMAL_CLOSURE
                """,
                "Waiting": f"""
                    Open WebSocket    {peer.url}    alias=main
                    Wait For Message    timeout=20s
                """,
            }
        )
    status = f"4001 (private use) {shown}".rstrip()
    assert run.failures == {
        "Unexpected": f"'main' was closed by the server with {status}, expected 1000 (normal closure).",
        "Waiting": f"No message from 'main': the server closed the connection with {status}.",
    }
    assert run.errors == []


def test_connection_that_should_have_been_refused_takes_no_alias(run_tests: RunTests):
    run = run_tests(
        {
            "Alias": """
                Start WebSocket Server
                Open WebSocket    ${websocket.server.url}    alias=main
                Run Keyword And Expect Error    Opening handshake with * failed: the server accepted it, *
                ...    Open WebSocket    ${websocket.server.url}    alias=main    expected_status=401
                Send Text Message    hello    connection=main
                Wait For Message    ==    hello    timeout=20s
            """
        }
    )
    assert run.failures == {}


def test_end_that_a_test_has_switched_to_is_not_the_next_tests(run_tests: RunTests):
    run = run_tests(
        {
            "First": """
                Start WebSocket Server
                Open WebSocket    ${websocket.server.url}
                ${peer} =    Wait For Client
                Switch WebSocket    ${peer}
                Send Text Message    hello
            """,
            "Second": "Send Text Message    hello",
        }
    )
    told = "There is no WebSocket connection: use `Open WebSocket` first."
    assert run.failures == {"Second": f"{told} The last one was closed when its test ended (`auto_close`)."}
