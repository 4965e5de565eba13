"""Keywords that work on many connections: what they refuse, and what they leave."""

from __future__ import annotations

from typing import Any

import pytest

from connection.interrupting import InterruptionError
from peers.clients import eventually
from peers.raw import port_without_listener
from RobotWebSocketLibrary import RobotWebSocketLibrary
from RobotWebSocketLibrary.client.openings import Openings
from RobotWebSocketLibrary.session.registry import Registry
from runs import RunTests, cases_by_number

SERVER = "Test Setup    Start WebSocket Server    default_protocol=silent"


def test_bad_input(run_tests: RunTests):
    cases = {
        "Open WebSockets    ${URL}    0": "The argument 'count' is 0; it must be at least 1.",
        "Open WebSockets    ${URL}    2    at_once=0": "The argument 'at_once' is 0; it must be at least 1.",
        "Open WebSockets    ${URL}    65536": "The argument 'count' is 65,536; it must be at most 65,535.",
        "Open WebSockets    ${URL}    2    password=x": "The argument 'password' needs a 'username'.",
        "Wait For Message On All    connections=user*": (
            "No alias matches 'user*': no WebSocket connection has an alias."
        ),
        "Wait For Message On All": "There is no WebSocket connection: use `Open WebSocket` first.",
        "Wait For Message On All    connections=${{[]}}": (
            "The argument 'connections' is empty; it must name at least one."
        ),
        "Wait For Message On All    expected=x": "The argument 'expected' needs an 'operator', such as '=='.",
    }
    settings = "Suite Setup    Start WebSocket Server\n*** Variables ***\n${URL}    ws://127.0.0.1:9/"
    run = run_tests(cases_by_number(cases), settings)
    assert list(run.failures.values()) == list(cases.values())


def test_each_connection_has_its_own_values(run_tests: RunTests):
    run = run_tests(
        {
            "Numbers": """
                ${token} =    Evaluate    robot.api.types.Secret('Bearer {n}')    modules=robot.api.types
                @{users} =    Open WebSockets    ${websocket.server.url}room?user={n}    3    alias=user    at_once=2
                ...    headers=${{ {'Authorization': $token, 'X-Number': '{n}'} }}    cookies=${{ {'sid': 's{n}'} }}
                ...    subprotocols=silent
                @{requests} =    Get Handshake Requests
                @{queries} =    Evaluate    sorted(request.query for request in $requests)
                Should Be Equal    ${queries}    ${{ ['user=1', 'user=2', 'user=3'] }}
                FOR    ${request}    IN    @{requests}
                    VAR    ${number} =    ${request.headers}[X-Number]
                    Should Be Equal    ${request.headers}[Authorization]    Bearer ${number}
                    Should Be Equal    ${request.cookies}[sid]    s${number}
                    Should Be Equal    ${request.query}    user=${number}
                END
                Should Be Equal    ${{ [user.alias for user in $users] }}    ${{ ['user1', 'user2', 'user3'] }}
                Should Be Equal    ${websocket.alias}    user3
            """,
            "The Current One Stays": """
                Open WebSocket    ${websocket.server.url}    alias=main
                Open WebSockets    ${websocket.server.url}    2
                Should Be Equal    ${websocket.alias}    main
            """,
        },
        SERVER,
    )
    assert run.failures == {}
    assert not any("Bearer 1" in text for _, text in run.log("Open WebSockets"))


def test_partial_failure_closes_all(run_tests: RunTests):
    with port_without_listener() as port:
        run = run_tests(
            {
                "Partial": """
                    Set Handshake Response    101
                    Set Handshake Response    503    path=/user/2
                    Open WebSockets    ${websocket.server.url}user/{n}    3    alias=user
                """,
                "All Of Them": f"""
                    Open WebSockets    ws://127.0.0.1:{port}/{{n}}    5
                """,
            },
            SERVER,
        )
    partial = run.failures["Partial"].splitlines()
    assert partial[0] == "1 of 3 connections could not be opened, and all were closed."
    assert "/user/2' failed: the server answered 503 Service Unavailable instead of 101." in partial[1]
    every = run.failures["All Of Them"].splitlines()
    assert every[0] == "5 of 5 connections could not be opened, and all were closed."
    assert len(every) == 5
    assert every[-1] == "and 2 more"


def test_wait_on_all(run_tests: RunTests):
    run = run_tests(
        {
            "All": """
                Open WebSockets    ${websocket.server.url}user/{n}    3    alias=user
                Broadcast Message    noise
                Broadcast Message    hello
                ${times} =    Wait For Message On All    ==    hello    timeout=20s
                Should Be Equal As Integers    ${times.count}    3
                Should Be True    0 <= ${times.p50} <= ${times.p90} <= ${times.p99} <= ${times.maximum} < 20
                Should Be Equal    ${websocket.message}    hello
                ${left} =    Take Messages    connection=user2
                Should Be Equal    ${left}    ${{ ['noise'] }}
            """,
            "Before Anything Was Sent": """
                Open WebSockets    ${websocket.server.url}    2
                Add Server Greeting    late    every=50ms
                Open WebSockets    ${websocket.server.url}    2    alias=user
                ${times} =    Wait For Message On All    connections=user*    timeout=20s
                Should Be True    ${times.maximum} < 20
            """,
            "JSON": """
                Open WebSockets    ${websocket.server.url}    2
                Broadcast Message    42{"id": 7}
                Wait For Message On All    ==    ${7}    json_path=$.id    inside=^42(.*)$    timeout=20s
            """,
            "Missing": """
                @{users} =    Open WebSockets    ${websocket.server.url}user/{n}    5    alias=user
                Broadcast Message    hello    path=/user/2
                Wait For Message    timeout=20s    connection=user2
                Broadcast Message    hello    path=/user/2
                Wait For Message On All    ==    hello    timeout=500ms
            """,
            "Nothing Was Taken": """
                @{users} =    Open WebSockets    ${websocket.server.url}user/{n}    2    alias=user
                Broadcast Message    hello    path=/user/1
                ${message} =    Wait For Message    timeout=20s    connection=user1
                Broadcast Message    again    path=/user/1
                Run Keyword And Expect Error    *Missing: 'user2' (all open).
                ...    Wait For Message On All    timeout=100ms
                ${message} =    Wait For Message    timeout=20s    connection=user1
                Should Be Equal    ${message}    again
            """,
            "Closed": """
                Open WebSockets    ${websocket.server.url}user/{n}    2    alias=user
                Close WebSocket    connection=user1
                Wait For Message On All    timeout=500ms    connections=user*
            """,
            "All Closed": """
                Open WebSockets    ${websocket.server.url}user/{n}    2    alias=user
                @{statuses} =    Close WebSocket    4001    connection=user*
                Should Be Equal As Integers    ${statuses[1].code}    4001
                Run Keyword And Expect Error    There is no open WebSocket connection to wait for.
                ...    Wait For Message On All
                Wait For Message On All    timeout=500ms    connections=user*
            """,
        },
        SERVER,
    )
    assert run.failures == {
        "Missing": (
            "1 of 5 connections received a message equal to 'hello' in 500 milliseconds. "
            "Missing: 'user1', 'user3', 'user4' and 1 more (all open)."
        ),
        "Closed": (
            "0 of 2 connections received a message in 500 milliseconds. Missing: 'user1', 'user2' (1 of them closed)."
        ),
        "All Closed": (
            "0 of 2 connections received a message in 500 milliseconds. Missing: 'user1', 'user2' (all closed)."
        ),
    }


def test_statistics_of_many(run_tests: RunTests):
    run = run_tests(
        {
            "Together": """
                Start WebSocket Server
                Open WebSockets    ${websocket.server.url}    4    alias=user
                Send Text Message    hello    connection=user*
                Wait For Message On All    ==    hello    timeout=20s
                ${statistics} =    Get WebSocket Statistics    connections=user*
                Should Be Equal As Integers    ${statistics.sent.messages}    4
                Should Be Equal As Integers    ${statistics.received.bytes}    20
                Should Be Equal As Integers    ${statistics.answers.count}    4
                Should Be True    0 <= ${statistics.answers.p50} <= ${statistics.answers.maximum} < 20
                Should Be Equal As Integers    ${statistics.handshake.count}    4
                Should Be True    0 < ${statistics.handshake.p99} < 20
                Should Be Equal As Integers    ${statistics.round_trips.count}    0
            """,
            "None": """
                ${statistics} =    Get WebSocket Statistics    connections=${{ [] }}
                Should Be Equal    ${statistics.answers.p50}    ${None}
            """,
            "Both": "Get WebSocket Statistics    connection=a    connections=b",
        }
    )
    assert run.failures == {"Both": "Give either 'connection' or 'connections', not both."}


def test_sending_to_several(run_tests: RunTests):
    run = run_tests(
        {
            "Several": """
                Open WebSockets    ${websocket.server.url}user/{n}    3    alias=user
                Send Text Message    hello    connection=user*
                Send Json Message    {"a": 1}    connection=${{ ['user1', 'user3'] }}
                ${peers} =    Get Clients
                Wait For Message On All    ==    hello    connections=${peers}    timeout=20s
            """,
            "One Is Closed": """
                Open WebSockets    ${websocket.server.url}user/{n}    3    alias=user
                Close WebSocket    connection=user2
                ${closed} =    Run Keyword And Expect Error    *    Send Text Message    hello    connection=user*
                ${peers} =    Get Clients
                Wait For Message On All    ==    hello    connections=${peers}    timeout=20s
                Fail    ${closed}
            """,
        },
        SERVER,
    )
    assert run.failures == {
        "One Is Closed": (
            "Could not send to 1 of 3 connections.\nCannot send to 'user2': closed with 1000 (normal closure)."
        )
    }


@pytest.mark.parametrize("struck", [(Openings, "run"), (Registry, "add")], ids=["opening", "registering"])
def test_interrupted_opening_leaves_nothing_open(monkeypatch: pytest.MonkeyPatch, struck: tuple[type, str]):
    library = RobotWebSocketLibrary()
    server = library.start_websocket_server()
    kind, name = struck
    unpatched = getattr(kind, name)

    def strike(*arguments: Any) -> None:
        unpatched(*arguments)
        raise InterruptionError

    with monkeypatch.context() as patched:
        patched.setattr(kind, name, strike)
        with pytest.raises(InterruptionError):
            library.open_websockets(server.url, 5)
    library.close_all_websockets()
    eventually(lambda: not server.clients)
    library.close()
