"""Compression, fragments and heartbeat, as keywords give and show them."""

import pytest

from peers.raw import TEXT, frame
from peers.scripted import serving, switch, until_client_leaves
from runs import RunTests

OPEN = """
Test Setup    Open
*** Keywords ***
Open
    Start WebSocket Server
    Open WebSocket    ${websocket.server.url}    alias=main    compression=True
"""


def test_received_message_tells_how_it_came(run_tests: RunTests):
    run = run_tests(
        {
            "Nothing": """
                ${nothing} =    Evaluate    $websocket.received
                Should Be Equal    ${nothing}    ${None}
                Start WebSocket Server
                ${main} =    Open WebSocket    ${websocket.server.url}
                Should Be Equal    ${main.received}    ${None}
                Should Be Equal    ${main.message}    ${None}
                Should Be Equal    ${main.compression}    ${None}
            """,
            "Compressed": """
                Start WebSocket Server
                ${main} =    Open WebSocket    ${websocket.server.url}    compression=True
                ${peer} =    Wait For Client
                Send Text Message    Grüße    fragment_size=4
                Wait For Message    timeout=20s    connection=${peer}
                Should Be Equal As Strings    ${peer.received}
                ...    Message('Grüße', size=7, fragments=3, compressed_size=10)
                Should Be Equal    ${peer.received}    ${websocket.received}
                Should Be Equal    ${peer.received.data}    ${peer.message}
                Wait For Message    timeout=20s
                Should Be Equal    ${main.received.fragments}    ${1}
                Wait For Message
                Should Be Equal    ${main.message}    Grüße
                Should Be Equal    ${main.compression}    ${websocket.compression}
                Should Be Equal    ${main.compression.server_max_window_bits}    ${15}
            """,
            "Uncompressed": """
                Start WebSocket Server
                Open WebSocket    ${websocket.server.url}
                Send Binary Message    ${{bytes(100)}}    fragment_size=1 KiB
                Wait For Message    timeout=20s
                Should Be Equal    ${websocket.received.size}    ${100}
                Should Be Equal    ${websocket.received.compressed_size}    ${None}
            """,
        },
    )
    assert run.failures == {}


def test_no_connection_has_no_compression(run_tests: RunTests):
    run = run_tests({"None": "Should Be Equal    ${websocket.compression}    ${None}"})
    assert run.failures == {}


def test_large_message_is_short_in_the_log(run_tests: RunTests):
    run = run_tests(
        {
            "Large": """
                Send Text Message    ${{'x' * 1_000_000}}
                Wait For Message    timeout=20s
                ${received} =    Set Variable    ${websocket.received}
                Log    ${received}
            """
        },
        OPEN,
        loglevel="TRACE",
    )
    assert run.failures == {}
    assert max(len(text) for _, text in run.log("Log") + run.log("Set Variable")) < 1000


@pytest.mark.parametrize("name", ["Text", "Binary"])
def test_fragment_has_at_least_one_byte(name: str, run_tests: RunTests):
    run = run_tests({"Zero": f"Send {name} Message    hello    fragment_size=0"}, OPEN)
    assert run.failures == {"Zero": "The argument 'fragment_size' is 0 bytes; a fragment has at least 1 byte."}


def test_heartbeat_has_the_library_timeout_unless_it_is_given_one(run_tests: RunTests):
    with serving(*[lambda end: (switch(end, behind=frame(TEXT, b"hello")), until_client_leaves(end))] * 2) as server:
        run = run_tests(
            {
                "Default": f"""
                    Open WebSocket    {server.url}    alias=deaf    ping_interval=10ms    timeout=20s
                    Wait For Close    code=1011    timeout=60s
                    Should Be Equal    ${{websocket.close.reason}}    the server did not answer a ping in 1 second
                """,
                "Own": f"""
                    Open WebSocket    {server.url}    alias=deaf    ping_interval=10ms    pong_timeout=100ms
                    ...    timeout=20s
                    Wait For Close    code=1011    timeout=60s
                    Should Be Equal    ${{websocket.close.reason}}
                    ...    the server did not answer a ping in 100 milliseconds
                    Send Text Message    too late
                """,
            },
            library="Library    RobotWebSocketLibrary    timeout=1s",
        )
    assert run.failures == {"Own": "Cannot send to 'deaf': the server did not answer a ping in 100 milliseconds."}
