"""Keywords that script what the test server replies."""

from collections.abc import Iterator

import pytest

from peers.clients import PATIENCE, websockets_client
from RobotWebSocketLibrary import RobotWebSocketLibrary
from RobotWebSocketLibrary.keywords.reply_keywords import ReplyKeywords
from RobotWebSocketLibrary.matching.operators import Operator
from RobotWebSocketLibrary.server.server import WebSocketServer
from RobotWebSocketLibrary.server.server_options import ServerOptions
from RobotWebSocketLibrary.session.registry import Registry
from runs import RunTests

OTHERS = "use '==', '!=', 'contains', 'not contains', 'starts', 'ends' and 'matches'"
PYTHON = "${{ lambda message: %s }}"


@pytest.fixture
def server() -> Iterator[WebSocketServer]:
    running = WebSocketServer(ServerOptions(max_message_size=1 << 20))
    running.start()
    yield running
    running.stop()


def test_keyword_scripts_what_other_clients_see(server: WebSocketServer):
    servers: Registry[WebSocketServer] = Registry(WebSocketServer, "WebSocket server", "Start WebSocket Server")
    settings = RobotWebSocketLibrary()._settings  # noqa: SLF001
    keywords = ReplyKeywords(settings, servers)
    keywords.add_server_reply(Operator["=="], "hello", "welcome", {"to": "{message}"}, server=server)
    keywords.add_server_reply(Operator["=="], "bye", close_code=4000, server=server)
    with websockets_client(server) as client:
        for message in ("hello", "other", b"\x00", "bye"):
            client.send(message)
        received = [client.recv(timeout=PATIENCE) for _ in range(4)]
        assert received == ["welcome", '{"to":"hello"}', "other", b"\x00"]
        with pytest.raises(Exception, match="4000"):
            client.recv(timeout=PATIENCE)
    assert keywords.get_unmatched_messages(server=server) == ["other", b"\x00"]


def test_reply_that_looks_like_an_argument_causes_a_warning(run_tests: RunTests):
    run = run_tests(
        {
            "Replies": """
                Start WebSocket Server
                Add Server Reply    ==    a    timeout=5s    mytimeout=5s    a timeout=5s    1=2
                ...    ${{b'timeout=5s'}}    connection=main    times=1
            """
        }
    )
    assert run.failures == {}
    assert run.errors == [
        f"`Add Server Reply` has no argument '{name}': '{reply}' was taken for a reply."
        for name, reply in (("timeout", "timeout=5s"), ("connection", "connection=main"))
    ]


def test_reply_that_looks_like_a_misspelt_argument_causes_a_warning(run_tests: RunTests):
    run = run_tests(
        {
            "Replies": r"""
                Start WebSocket Server
                Add Server Reply    ==    a    jsonpath=$.id    dely=5s    Json_Path=$    close-code=1000    tiems=2
                ...    path\=/chat    date=today    {"path="    <a delay="5">    =    json_path=$
            """
        }
    )
    assert run.failures == {}
    assert run.errors == [
        f"`Add Server Reply` has no argument '{reply.partition('=')[0]}' (did you mean '{meant}'?): "
        f"'{reply}' was taken for a reply."
        for reply, meant in (
            ("jsonpath=$.id", "json_path"),
            ("dely=5s", "delay"),
            ("Json_Path=$", "json_path"),
            ("close-code=1000", "close_code"),
            ("tiems=2", "times"),
        )
    ]


def test_errors_of_replies_are_told_once(run_tests: RunTests):
    fail = PYTHON % "1 / 0"
    add = f"Add Server Reply    starts    boom    {fail}"
    open_and_fail = """
        Open WebSocket    ${websocket.server.url}
        Send Text Message    boom %s
        Wait For Close    code=1011
    """
    told = "A reply of the server 'ws://127.0.0.1:*/' to 'boom %s' failed: ZeroDivisionError: division by zero."
    run = run_tests(
        {
            "Lookups": f"""
                Start WebSocket Server
                {add}
                {open_and_fail % 1}
                Run Keyword And Expect Error    GLOB:{told % 1}    Wait For Client
                Wait For Client
                Get Unmatched Messages
                {open_and_fail % 2}
                {open_and_fail % 3}
                Run Keyword And Expect Error    GLOB:{told % 2}\\nA reply of * to 'boom 3' failed: *
                ...    Get Unmatched Messages
                Stop WebSocket Server
            """,
            "Removal": f"""
                Start WebSocket Server
                {add}
                {open_and_fail % 1}
                Run Keyword And Expect Error    GLOB:{told % 1}    Remove Server Replies
                Open WebSocket    ${{websocket.server.url}}
                Send Text Message    boom
                Wait For Message    ==    boom    timeout=2s
                Remove Server Replies
            """,
            "Stop": f"""
                Start WebSocket Server    alias=first
                Start WebSocket Server    alias=second
                {add}
                {open_and_fail % 1}
                Add Server Reply    ==    a    server=first
                Run Keyword And Expect Error    GLOB:{told % 1}    Stop WebSocket Server
                Run Keyword And Expect Error    There is no current WebSocket server; *    Get Unmatched Messages
                Stop WebSocket Server    server=first
            """,
            "Nobody Asks": f"""
                Start WebSocket Server
                {add}
                {open_and_fail % 1}
            """,
        }
    )
    assert run.failures == {}
    [error] = run.errors
    assert error.startswith("Test server 'ws://127.0.0.1:")
    assert error.endswith("/': a reply to 'boom 1' failed: ZeroDivisionError: division by zero.")


def test_arguments_are_converted(run_tests: RunTests):
    run = run_tests(
        {
            "Good": """
                Start WebSocket Server    protocols=${{ {'chat': 'silent'} }}
                Add Server Reply    should start with    a    {message}    path=/p    subprotocol=chat    delay=10ms
                ...    times=1    close_code=going away
                Open WebSocket    ${websocket.server.url}p    subprotocols=chat
                Send Text Message    another
                Wait For Message    ==    another    timeout=2s
                Wait For Close    code=1001
            """,
            "No Server": "Add Server Reply    ==    a",
            "Operator": """
                Start WebSocket Server
                Add Server Reply    validate    len(value) > 1    no
            """,
            "Delay": """
                Start WebSocket Server
                Add Server Reply    ==    a    delay=-1s
            """,
        }
    )
    assert run.failures == {
        "No Server": (
            "There is no WebSocket server: use `Start WebSocket Server` first. "
            "The last one was stopped when its test ended (`auto_close`)."
        ),
        "Operator": f"The operator 'validate' cannot choose messages for a reply: {OTHERS}.",
        "Delay": "The argument 'delay' is negative: -1 seconds.",
    }
    assert run.log("Add Server Reply", "Good") == [("INFO", "Added a server reply.")]


def test_paths_are_written_with_and_without_their_slash(run_tests: RunTests):
    run = run_tests(
        {
            "Paths": """
                Start WebSocket Server
                Set Handshake Response    401    path=private
                Add Server Reply    ==    who    chat    path=chat
                Add Server Reply    ==    who    news    path=/news
                Open WebSocket    ${websocket.server.url}private    expected_status=401
                Open WebSocket    ${websocket.server.url}chat
                ${chat} =    Wait For Client    path=chat
                Send Text Message    who
                Wait For Message    ==    chat    timeout=2s
                Open WebSocket    ${websocket.server.url}news
                Send Text Message    who
                Wait For Message    ==    news    timeout=2s
                ${count} =    Broadcast Message    hello    path=news
                Should Be Equal    ${count}    ${1}
                ${clients} =    Get Clients    path=news
                Length Should Be    ${clients}    1
                ${requests} =    Get Handshake Requests    path=private
                Length Should Be    ${requests}    1
            """
        }
    )
    assert run.failures == {}
