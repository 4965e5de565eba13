"""Keywords as methods of the library: without Robot Framework, and in libraries that are built upon this one."""

import logging
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from peers.raw import PATIENCE
from RobotWebSocketLibrary import RobotWebSocketLibrary
from RobotWebSocketLibrary.errors import WebSocketError
from runs import RunTests


@pytest.fixture
def library() -> Iterator[RobotWebSocketLibrary]:
    """The library outside of a run, with a connection to a server of its own."""
    with closing(RobotWebSocketLibrary(timeout=PATIENCE)) as library:
        library.open_websocket(library.start_websocket_server().url, alias="main")
        yield library


def test_arguments_are_converted(library: RobotWebSocketLibrary):
    library.send_text_message(5)
    assert library.wait_for_message("==", "5", timeout="20s", message_type="TEXT", connection="main") == "5"
    library.add_server_reply("==", "ping", "pong", b"\xff", times="1")
    library.send_text_message("ping", connection=None)
    assert library.wait_for_messages("2") == ["pong", b"\xff"]
    with pytest.raises(ValueError, match="Argument 'timeout' got value 'soon' that cannot be converted to timedelta"):
        library.wait_for_message(timeout="soon")
    with pytest.raises(TypeError, match="unexpected keyword argument 'timout'"):
        library.wait_for_message(timout=1)


def test_methods_have_the_documentation_of_their_keywords(library: RobotWebSocketLibrary):
    assert library.send_text_message is library.send_text_message
    assert library.send_text_message.__doc__.startswith("Sends a text message")
    with pytest.raises(AttributeError, match="'RobotWebSocketLibrary' object has no attribute 'send_message'"):
        library.send_message("hello")


def test_live_object_is_an_attribute(library: RobotWebSocketLibrary):
    library.wait_for_message()
    assert (library.websocket.alias, library.websocket.msgstate) == ("main", "none")


def test_expressions_validate_messages(library: RobotWebSocketLibrary):
    library.send_text_message("first")
    library.send_text_message("second")
    assert library.wait_for_message("validate", "len(value) == 6") == "second"
    with pytest.raises(WebSocketError) as failure:
        library.wait_for_message("validate", "values == 1", timeout=0)
    assert str(failure.value).splitlines()[-1].startswith("  'first' could not be validated: NameError: ")


def test_traffic_is_saved_in_the_current_folder(
    library: RobotWebSocketLibrary, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    assert library.save_websocket_traffic("traffic.har") == "traffic.har"
    assert (tmp_path / "traffic.har").exists()


@pytest.mark.parametrize("auto_close", ["TEST", "SUITE", "RUN", "MANUAL"])
def test_close_closes_what_was_opened_outside_of_a_run(auto_close: str, caplog: pytest.LogCaptureFixture):
    library = RobotWebSocketLibrary(auto_close=auto_close)
    server = library.start_websocket_server()
    connection = library.open_websocket(server.url)
    library.close()
    assert connection.close.code == 1000
    assert repr(library.websocket.server).endswith("stopped>")
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]
    library.open_websocket(library.start_websocket_server().url)  # it can be used again
    library.close()


def test_warnings_go_to_the_logger_of_python_and_frames_do_not(
    library: RobotWebSocketLibrary, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
):
    with caplog.at_level(logging.DEBUG, "RobotFramework"):
        library.set_connection_behavior(answer_close=False, connection=library.wait_for_client())
        library.close_websocket(timeout="10ms")
    warnings = [record.message for record in caplog.records if record.levelno == logging.WARNING]
    assert warnings == ["Connection 'main': the server did not answer the close frame in 10 milliseconds."]
    assert capfd.readouterr().out == ""


def test_failure_shows_no_frames_outside_of_a_run(library: RobotWebSocketLibrary, caplog: pytest.LogCaptureFixture):
    library.send_text_message("hello")
    with caplog.at_level(logging.DEBUG, "RobotFramework"), pytest.raises(WebSocketError, match="No message equal to"):
        library.wait_for_message("==", "bye", timeout="1ms")
    assert not [record.message for record in caplog.records if "<table" in record.message]


def test_methods_within_a_run_belong_to_the_test(run_tests: RunTests):
    run = run_tests(
        {
            "Opens": """
                ${library} =    Get Library Instance    RobotWebSocketLibrary
                ${server} =    Call Method    ${library}    start_websocket_server
                Call Method    ${library}    open_websocket    ${server.url}    alias=main
                Call Method    ${library}    send_text_message    hello
                Wait For Message    ==    hello    timeout=20s
            """,
            "Closed": "Send Text Message    hello    connection=main",
        },
    )
    failure = "Non-existing alias 'main': no WebSocket connection has an alias."
    assert run.failures == {"Closed": failure}
    assert ("DEBUG", "> 'hello'") in run.log("Call Method", "Opens")
