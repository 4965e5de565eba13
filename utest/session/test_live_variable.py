"""The name of `${websocket}`, and variables of tests that have it already."""

from pathlib import Path

import pytest

from RobotWebSocketLibrary import RobotWebSocketLibrary
from RobotWebSocketLibrary.errors import WebSocketError
from RobotWebSocketLibrary.session.live_variable import read_variable_name
from runs import LIBRARY, RunTests, run_suite, suite_of

WORKS = """
${server} =    Start WebSocket Server
Open WebSocket    ${server.url}
Send Text Message    hello
Wait For Message    timeout=20s
"""


def warning(name: str) -> str:
    return (
        f"The variable '${{{name}}}' is set already, and keeps its value: choose another name for the library's own "
        f"with the import argument 'variable', such as 'variable={name}_library'."
    )


@pytest.mark.parametrize(
    "declared", ["${WEB_SOCKET}    mine", "${web socket}    mine", "${websocket}    mine", "@{websocket}    mine"]
)
def test_variable_of_a_suite_stays_and_the_library_works_without_its_own(run_tests: RunTests, declared: str):
    body = f"{WORKS}\nShould Be Equal    ${{{{str($websocket)}}}}    ${{{{str($kept)}}}}"
    run = run_tests({"Test": body}, f"*** Variables ***\n{declared}\n${{KEPT}}    ${{websocket}}")
    assert run.failures == {}
    assert run.errors == [warning("websocket")]


@pytest.mark.parametrize("value", ["mine", "${HOME}", "${other}", "a}b"])
def test_variable_of_the_command_line_stays_whatever_it_holds(run_tests: RunTests, value: str):
    body = f"{WORKS}\nShould Be Equal    ${{websocket}}    {value.replace('$', chr(92) + '$')}"
    run = run_tests({"Test": body}, variable=[f"websocket:{value}"])
    assert run.failures == {}
    assert run.errors == [warning("websocket")]


def test_variable_of_the_command_line_warns_once_for_all_suites(tmp_path: Path):
    for name in ("one", "two"):
        (tmp_path / f"{name}.robot").write_text(suite_of({"Test": WORKS}))
    run = run_suite(tmp_path, "", variable=["web_socket:mine"])
    assert run.failures == {}
    assert run.errors == [warning("websocket")]


def test_variable_of_one_suite_is_hidden_from_no_other(tmp_path: Path):
    live = f"{WORKS}\nShould Be Equal    ${{websocket.msgstate}}    received"
    own = f"{WORKS}\nShould Be Equal    ${{websocket}}    mine"
    (tmp_path / "a.robot").write_text(suite_of({"A": live}))
    (tmp_path / "b.robot").write_text(suite_of({"B": own}, "*** Variables ***\n${websocket}    mine"))
    (tmp_path / "c.robot").write_text(suite_of({"C": live}))
    (tmp_path / "d.robot").write_text(suite_of({"D": own}, "*** Variables ***\n${websocket}    mi${{'ne'}}"))
    without = suite_of({"E": "Should Be Equal    ${websocket}    mine"}, "*** Variables ***\n${websocket}    mine", "")
    (tmp_path / "e.robot").write_text(without)
    run = run_suite(tmp_path, "")
    assert run.failures == {}
    assert run.errors == [warning("websocket")] * 2


@pytest.mark.parametrize("declared", ["${NONE}", "${EMPTY}", ""])
def test_variable_without_a_value_only_declares_the_name(run_tests: RunTests, declared: str):
    body = f"{WORKS}\nShould Be Equal    ${{websocket.message}}    hello"
    run = run_tests({"Test": body}, f"*** Variables ***\n${{WEBSOCKET}}    {declared}")
    assert run.failures == {}
    assert run.errors == []


def test_variable_of_the_command_line_may_only_declare_the_name(run_tests: RunTests):
    run = run_tests({"Test": f"{WORKS}\nShould Be Equal    ${{websocket.message}}    hello"}, variable=["websocket:"])
    assert run.failures == {}
    assert run.errors == []


def test_another_name_is_chosen_with_the_import(run_tests: RunTests):
    body = f"{WORKS}\nShould Be Equal    ${{ws main.message}}    hello\nShould Be Equal    ${{websocket}}    mine"
    run = run_tests({"Test": body}, "*** Variables ***\n${websocket}    mine", library=f"{LIBRARY}    variable=Ws_Main")
    assert run.failures == {}
    assert run.errors == []


def test_each_suite_that_imports_the_library_in_a_test_has_the_variable(tmp_path: Path):
    body = f"Import Library    RobotWebSocketLibrary\n{WORKS}\nShould Be Equal    ${{websocket.message}}    hello"
    for name in ("one", "two"):
        (tmp_path / f"{name}.robot").write_text(suite_of({"Test": body}, library=""))
    run = run_suite(tmp_path, "")
    assert run.failures == {}


def test_two_imports_may_have_two_names(run_tests: RunTests):
    run = run_tests(
        {
            "Both": """
                one.Start WebSocket Server    alias=of one
                two.Start WebSocket Server    alias=of two
                one.Open WebSocket    ${websocket.server.url}    alias=from one
                two.Open WebSocket    ${second.server.url}    alias=from two
                Should Be Equal    ${websocket.alias}    from one
                Should Be Equal    ${second.alias}    from two
            """
        },
        library="Library    RobotWebSocketLibrary    timeout=20s    AS    one\n"
        "Library    RobotWebSocketLibrary    timeout=20s    variable=second    AS    two",
    )
    assert run.failures == {}
    assert run.errors == []


def test_connection_that_a_test_keeps_under_the_name_is_not_replaced_by_another_import(run_tests: RunTests):
    run = run_tests(
        {
            "Own": """
                one.Start WebSocket Server
                ${websocket} =    one.Open WebSocket    ${websocket.server.url}    alias=from one
                two.Start WebSocket Server
                Should Be Equal    ${websocket.alias}    from one
            """,
            "Live": """
                two.Start WebSocket Server    alias=of two
                Should Be Equal    ${websocket.alias}    ${None}
                Should Be Equal    ${websocket.server.url}    ${{$websocket.server.url}}
            """,
        },
        library="Library    RobotWebSocketLibrary    timeout=20s    AS    one\n"
        "Library    RobotWebSocketLibrary    timeout=21s    AS    two",
    )
    assert run.failures == {}
    assert run.errors == []


@pytest.mark.parametrize(
    ("written", "name"),
    [("ws", "ws"), ("${ws}", "ws"), ("web socket 2", "web socket 2"), ("Ws_Main", "Ws_Main"), ("größe", "größe")],
)
def test_name_may_be_written_as_a_variable(written: str, name: str):
    assert read_variable_name(written) == name


@pytest.mark.parametrize("name", ["", "2ws", "a.b", "a-b", "@{ws}", "none", "NULL", "Em_pty", "${a${b}}", "${}", "_"])
def test_other_names_are_refused(name: str):
    sentence = (
        f"The argument 'variable' is '{name}'; it must be a name such as 'websocket': letters, digits, underscores "
        "and spaces."
    )
    with pytest.raises(WebSocketError) as failure:
        read_variable_name(name)
    assert str(failure.value) == sentence


def test_a_wrong_name_fails_the_import():
    with pytest.raises(WebSocketError, match="The argument 'variable' is 'a-b'"):
        RobotWebSocketLibrary(variable="a-b")
