"""`Send Request`: what it sends, and which message is the answer."""

from __future__ import annotations

import json
from contextlib import closing

import pytest

from peers.clients import eventually
from peers.raw import CLOSE, PATIENCE, PING, PONG, TEXT, RawEnd
from peers.scripted import serving, switch
from RobotWebSocketLibrary import RobotWebSocketLibrary
from RobotWebSocketLibrary.connection.connection import Connection
from RobotWebSocketLibrary.deadline import Deadline
from runs import RunTests


def answer(end: RawEnd) -> None:
    """Sends noise, the answer to another request, and then the answer; says what it was asked."""
    switch(end)
    end.send_frame(TEXT, b'{"id": 1, "result": "old"}')
    while (frame := end.receive_frame()).opcode != CLOSE:
        if frame.opcode == PING:
            end.send_frame(PONG, frame.payload)
            continue
        request = json.loads(frame.payload)
        asked = json.dumps(request)
        end.send_frame(TEXT, b"noise")
        if isinstance(request, list):
            end.send_frame(TEXT, json.dumps([3, request[1], asked]).encode())
            continue
        end.send_frame(TEXT, b'{"id": 99}')
        if request.get("method") != "silent":
            end.send_frame(TEXT, json.dumps({"id": request["id"], "asked": asked}).encode())
            end.send_frame(TEXT, json.dumps({"re": request["id"]}).encode())
    end.send_close()


def test_requests(run_tests: RunTests):
    with serving(*[answer] * 6) as server:
        run = run_tests(
            {
                "Generated": """
                    ${answer} =    Send Request    {"method": "add"}
                    Should Be Equal    ${answer.asked}    {"method": "add", "id": 1}
                    ${answer} =    Send Request    {"method": "add"}
                    Should Be Equal    ${answer.id}    ${2}
                    Should Be Equal    ${websocket.message}    ${answer}
                    ${rest} =    Take Messages
                    Should Be Equal    ${rest}[0]    {"id": 1, "result": "old"}
                    Should Contain    ${rest}    noise
                """,
                "Given": """
                    VAR    &{request}    id=seven
                    ${answer} =    Send Request    ${request}
                    Should Be Equal    ${answer.id}    seven
                    Should Be Equal    ${request}    ${{ {'id': 'seven'} }}
                """,
                "Array": """
                    ${answer} =    Send Request    [2, "19223201", "BootNotification", {}]    id=$[1]
                    Should Be Equal    ${answer}[1]    19223201
                """,
                "Other Place": """
                    ${answer} =    Send Request    {"method": "add"}    reply_id=$.re
                    Should Be Equal    ${answer.re}    ${1}
                """,
                "No Answer": """
                    Send Request    {"method": "silent", "id": 7}    timeout=300ms
                """,
                "Bad Input": """
                    Run Keyword And Expect Error    The request has no id at *    Send Request    [2]    id=$[1]
                    Run Keyword And Expect Error    The path '$..id' cannot *        Send Request    {}    id=$..id
                    Run Keyword And Expect Error    The path 'x' cannot *    Send Request    {}    reply_id=x
                    Run Keyword And Expect Error    Cannot send '{x' as JSON: *    Send Request    {x
                    Run Keyword And Expect Error    The request has no id at '$.id', *    Send Request    hello
                """,
            },
            f"""
            Test Setup    Connect
            *** Keywords ***
            Connect
                Open WebSocket    {server.url}    alias=app
                Send Ping
                Wait For Pong
            """,
        )
    assert run.failures == {
        "No Answer": (
            "No reply with '$.id' equal to 7 (integer) from 'app' in 300 milliseconds; the connection is open.\n"
            "3 messages have arrived and stay in the inbox:\n"
            '  \'{"id": 1, "result": "old"}\' at \'$.id\': found 1 (integer), expected 7 (integer)\n'
            "  'noise' is not JSON: Expecting value at position 1\n"
            "  '{\"id\": 99}' at '$.id': found 99 (integer), expected 7 (integer)"
        )
    }


def test_what_had_arrived_before_is_not_an_answer(run_tests: RunTests):
    with serving(answer) as server:
        run = run_tests(
            {
                "Old": f"""
                    Open WebSocket    {server.url}
                    Send Ping
                    Wait For Pong
                    ${{answer}} =    Send Request    {{"id": 1}}
                    Should Not Be Equal    ${{answer.get('result')}}    old
                """
            }
        )
    assert run.failures == {}


def test_requests_in_a_wrapper(run_tests: RunTests):
    def talk(end: RawEnd) -> None:
        """Answers what is behind 42 with what was asked, behind 43."""
        switch(end)
        while (frame := end.receive_frame()).opcode != CLOSE:
            end.send_frame(TEXT, b"43" + frame.payload.removeprefix(b"42"))
        end.send_close()

    with serving(talk) as server:
        run = run_tests(
            {
                "Wrapped": f"""
                    Open WebSocket    {server.url}
                    ${{answer}} =    Send Request    42{{"method": "add"}}    inside=^4[23](.*)$
                    Should Be Equal    ${{answer}}    ${{{{ {{'method': 'add', 'id': 1}} }}}}
                    ${{answer}} =    Send Request    {{"id": 7}}
                    Should Be Equal    ${{answer.id}}    ${{7}}
                    Run Keyword And Expect Error    Cannot send '{{]' as JSON: it is not JSON: *
                    ...    Send Request    42{{]    inside=^42(.*)$
                    Run Keyword And Expect Error    Cannot send '{{]' as JSON: it is not JSON: *
                    ...    Send Request    {{]    inside=NONE
                """
            },
            library="Library    RobotWebSocketLibrary    timeout=20s    inside=^43(.*)$",
        )
    assert run.failures == {}


def test_full_inbox_receives_no_reply(run_tests: RunTests):
    run = run_tests(
        {
            "Request": """
                Start WebSocket Server
                Open WebSocket    ${websocket.server.url}    alias=app
                Send Text Message    {"id": 1}
                Run Keyword And Ignore Error    Wait For Message    ==    other
                Run Keyword And Expect Error    Cannot receive a reply from 'app': the inbox is full (1 message).
                ...    Send Request    {"id": 1}
            """,
        },
        library="Library    RobotWebSocketLibrary    timeout=20s    inbox_limit=1",
    )
    assert run.failures == {}


def test_answer_is_found_where_the_inbox_forgets_its_oldest_messages(monkeypatch: pytest.MonkeyPatch):
    send = Connection.send

    def send_and_be_answered(self: Connection, message: str, deadline: Deadline) -> None:
        dropped = self.inbox.dropped
        send(self, message, deadline)
        eventually(lambda: self.inbox.dropped > dropped)

    with closing(RobotWebSocketLibrary(timeout=PATIENCE, inbox_limit=3)) as library:
        library.start_websocket_proxy(library.start_websocket_server().url)
        library.open_websocket(library.websocket.server.url)
        app = library.wait_for_client()
        for text in ("first", "second", "third"):
            library.send_text_message(text)
            library.wait_for_message("==", text)
        monkeypatch.setattr(Connection, "send", send_and_be_answered)
        assert library.send_request({"id": 1}, connection=app.upstream) == {"id": 1}


def test_message_before_the_request_is_named_so(run_tests: RunTests):
    run = run_tests(
        {
            "Before": """
                Start WebSocket Server
                Open WebSocket    ${websocket.server.url}    alias=app
                ${peer} =    Wait For Client
                Send Text Message    {"re": 1}    connection=${peer}
                Send Ping    connection=${peer}
                Wait For Pong    connection=${peer}
                Send Request    {"id": 1}    reply_id=$.re    timeout=500ms
            """
        }
    )
    assert "'{\"re\": 1}' came before the request, or too late" in run.failures["Before"]
