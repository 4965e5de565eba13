"""`${websocket}`: one live object, from the first line of the first test on."""

from pathlib import Path

from runs import RunTests, run_suite, suite_of

FIRST_LINES = """
Should Be Equal    ${websocket.msgstate}    none
IF    $websocket.msgstate != 'none'    Fail
${state} =    Evaluate    $websocket.state
Should Be Equal    ${state}    ${None}
Should Be Equal    ${{$websocket.message}}    ${None}
"""


def test_there_from_the_first_line_on(run_tests: RunTests):
    nothing = "\n".join(
        f"Should Be Equal    ${{websocket.{name}}}    ${{None}}"
        for name in ("message", "response", "close", "server", "url", "subprotocol", "alias", "state")
    )
    assert run_tests({"First": FIRST_LINES + nothing}).failures == {}


def test_there_in_a_suite_setup_and_in_the_tests_behind_it(run_tests: RunTests):
    run = run_tests(
        {
            "Test": """
                Should Be Equal    ${websocket.state}    open
                Should Be Equal    ${websocket.url}    ${websocket.server.url}
                IF    $websocket.server.port < 1    Fail
            """
        },
        """
        Suite Setup    Open For All
        *** Keywords ***
        Open For All
            Should Be Equal    ${websocket.msgstate}    none
            Start WebSocket Server
            Open WebSocket    ${websocket.server.url}
        """,
    )
    assert run.failures == {}


def test_there_with_an_import_in_the_middle_of_a_test(run_tests: RunTests):
    run = run_tests(
        {
            "Import": """
                Import Library    RobotWebSocketLibrary    timeout=1s
                Start WebSocket Server
                Should Be Equal    ${websocket.server.host}    127.0.0.1
                Open WebSocket    ${websocket.server.url}
                Should Be Equal    ${websocket.state}    open
            """,
            "Closed": "Should Be Equal    ${websocket.state}    closed",
        },
        library="Library    Collections",
    )
    assert run.failures == {}


def test_shows_the_current_connection_and_the_last_wait(run_tests: RunTests):
    run = run_tests(
        {
            "Live": """
                Start WebSocket Server
                ${first} =    Open WebSocket    ${websocket.server.url}first    subprotocols=echo    alias=first
                Open WebSocket    ${websocket.server.url}second    alias=second
                Should Be Equal    ${websocket.url}    ${websocket.server.url}second
                Should Be Equal    ${websocket.subprotocol}    ${None}
                Send Text Message    hello    connection=first
                Wait For Message    timeout=20s    connection=first
                Should Be Equal    ${websocket.message}    hello
                Switch WebSocket    first
                Should Be Equal    ${websocket.subprotocol}    echo
                Close WebSocket    4000    done
                Should Be Equal    ${websocket.close.code}    ${4000}
                Should Be Equal    ${websocket.close}    ${first.close}
                Should Start With    ${{repr($websocket)}}    <WebSocket: <WebSocket 'first': closed>, <WebSocketServer
            """
        }
    )
    assert run.failures == {}


def test_variable_of_a_test_is_its_own(run_tests: RunTests):
    run = run_tests(
        {
            "Own": """
                Start WebSocket Server
                ${websocket} =    Open WebSocket    ${websocket.server.url}    alias=own
                Should Be Equal As Strings    ${websocket}    <WebSocket 'own': open>
                Open WebSocket    ${websocket.server.url}    alias=other
                Should Be Equal    ${websocket.alias}    own
                Send Text Message    hello    connection=${websocket}
                Wait For Message    timeout=20s    connection=${websocket}
                Should Be Equal    ${websocket.msgstate}    received
                Should Be Equal    ${websocket.message}    hello
            """,
            "Live Again": """
                Should Be Equal    ${websocket.alias}    other
                Should Be Equal    ${websocket.state}    closed
            """,
        }
    )
    assert run.failures == {}


def test_two_imports_show_the_instance_whose_keyword_ran_last(tmp_path: Path):
    text = suite_of(
        {
            "Both": """
                one.Start WebSocket Server    alias=of one
                VAR    ${first} =    ${websocket.server}
                two.Start WebSocket Server    alias=of two
                VAR    ${second} =    ${websocket.server}
                Should Not Be Equal    ${first}    ${second}
                one.Open WebSocket    ${second.url}    alias=from one
                Should Be Equal    ${websocket.alias}    from one
                Should Be Equal    ${websocket.server}    ${first}
                two.Stop WebSocket Server
                Should Be Equal    ${websocket.alias}    ${None}
                one.Wait For Close    code=1001    timeout=20s
            """
        },
        library="Library    RobotWebSocketLibrary    timeout=1s    AS    one\n"
        "Library    RobotWebSocketLibrary    timeout=2s    AS    two",
    )
    run = run_suite(tmp_path, text)
    assert run.failures == {}
    assert len(set(run.imported.instances)) == 2


def test_every_run_of_a_process_has_its_own(tmp_path: Path):
    text = suite_of({"Start": FIRST_LINES + "Start WebSocket Server"})
    for _ in range(2):
        assert run_suite(tmp_path, text).failures == {}


def test_stands_for_the_current_connection_as_an_argument(run_tests: RunTests):
    run = run_tests(
        {
            "Current": """
                Start WebSocket Server
                Open WebSocket    ${websocket.server.url}
                Send Text Message    hello    connection=${websocket}
                ${message} =    Wait For Message    timeout=20s    connection=${websocket}
                Should Be Equal    ${message}    hello
            """,
            "None": "Send Text Message    hello    connection=${websocket}",
        }
    )
    assert list(run.failures) == ["None"]
    assert run.failures["None"] == "Non-existing alias '${websocket}': no WebSocket connection has an alias."


def test_upstream_of_an_end_that_is_not_of_a_proxy_is_not_the_current_connection(run_tests: RunTests):
    run = run_tests(
        {
            "Upstream": """
                Start WebSocket Server
                ${websocket} =    Open WebSocket    ${websocket.server.url}    alias=main
                Log Many    ${websocket}    ${{hasattr($websocket, 'upstream')}}
                Send Text Message    hello    connection=${websocket.upstream}
            """
        }
    )
    assert run.failures == {
        "Upstream": "Resolving variable '${websocket.upstream}' failed: AttributeError: 'main' has no upstream: "
        "only the ends that face the clients of a proxy have one."
    }
