"""Import arguments, converted by Robot Framework or given as plain text."""

from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from robot import running
from robot.api.types import Secret

from RobotWebSocketLibrary import RobotWebSocketLibrary, __version__
from RobotWebSocketLibrary.byte_size import ByteSize
from RobotWebSocketLibrary.connection.inbox import InboxLimit
from RobotWebSocketLibrary.connection.traffic import TrafficLimit
from RobotWebSocketLibrary.errors import WebSocketError
from RobotWebSocketLibrary.session.auto_close import AutoClose
from RobotWebSocketLibrary.session.opening_options import OpeningOptions
from RobotWebSocketLibrary.session.secret_values import reveal
from RobotWebSocketLibrary.session.settings import Settings, read_settings
from runs import RunTests, run_suite, suite_of

DEFAULTS: dict[str, Any] = {
    "timeout": 5.0,
    "auto_close": AutoClose.TEST,
    "max_message_size": "64 MiB",
    "inbox_limit": 100_000,
    "traffic_frames": 1000,
    "traffic_preview": 256,
    "verify": True,
    "headers": None,
    "proxy": None,
}


def settings(**arguments: Any) -> Settings:
    return read_settings(**{**DEFAULTS, **arguments})


def test_defaults():
    assert settings() == Settings(
        timeout=5.0,
        auto_close=AutoClose.TEST,
        max_message_size=64 * 1024 * 1024,
        inbox_limit=InboxLimit(messages=100_000),
        traffic_limit=TrafficLimit(frames=1000, preview=256),
        options=OpeningOptions(verify=True, headers={}),
    )


@pytest.mark.parametrize(
    ("argument", "value", "expected"),
    [
        ("timeout", "2s", 2.0),
        ("timeout", "1 minute 30 seconds", 90.0),
        ("timeout", "0.5", 0.5),
        ("timeout", 3, 3.0),
        ("timeout", timedelta(milliseconds=300), 0.3),
        ("auto_close", "SUITE", AutoClose.SUITE),
        ("auto_close", "manual", AutoClose.MANUAL),
        ("auto_close", AutoClose.RUN, AutoClose.RUN),
        ("max_message_size", "1 MiB", 1 << 20),
        ("max_message_size", "65536", 65536),
        ("max_message_size", 10, 10),
        ("inbox_limit", "10", InboxLimit(messages=10)),
        ("inbox_limit", 1, InboxLimit(messages=1)),
        ("verify", "True", True),
        ("verify", "false", False),
        ("verify", "ca.pem", Path("ca.pem")),
        ("verify", Path("ca.pem"), Path("ca.pem")),
        ("headers", "{'A': 'b', 'C': 1}", {"A": "b", "C": "1"}),
        ("headers", {"A": 1}, {"A": "1"}),
        ("proxy", "http://localhost:3128", "http://localhost:3128"),
    ],
)
def test_argument_may_be_text(argument: str, value: Any, expected: Any):
    read = settings(**{argument: value})
    assert getattr(read.options if hasattr(read.options, argument) else read, argument) == expected


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"traffic_frames": "5"}, TrafficLimit(frames=5)),
        ({"traffic_preview": "1 KiB"}, TrafficLimit(preview=1024)),
        ({"traffic_frames": 1, "traffic_preview": ByteSize(0)}, TrafficLimit(frames=1, preview=0)),
    ],
)
def test_limits_of_traffic_may_be_text(arguments: dict[str, Any], expected: TrafficLimit):
    assert settings(**arguments).traffic_limit == expected


def test_secret_header_stays_a_secret():
    secret = Secret("canary")
    read = settings(headers={"A": secret})
    assert read.options.headers["A"] is secret
    assert "canary" not in repr(read)
    assert reveal(secret) == "canary"


@pytest.mark.parametrize(
    ("argument", "value", "expected"),
    [
        ("timeout", "-1s", "The argument 'timeout' is negative: -1 seconds."),
        ("auto_close", "NEVER", "The argument 'auto_close' is 'NEVER'; it can be TEST, SUITE, RUN, MANUAL."),
        (
            "max_message_size",
            "1 mile",
            (
                "The argument 'max_message_size' cannot be used: '1 mile' is not a size: write a number of bytes, or "
                "one with a unit such as '64 MiB'."
            ),
        ),
        ("inbox_limit", "0", "The argument 'inbox_limit' is '0'; it must be a number of messages, at least 1."),
        ("inbox_limit", "-1", "The argument 'inbox_limit' is '-1'; it must be a number of messages, at least 1."),
        ("inbox_limit", "many", "The argument 'inbox_limit' is 'many'; it must be a number of messages, at least 1."),
        ("inbox_limit", "²", "The argument 'inbox_limit' is '²'; it must be a number of messages, at least 1."),
        ("traffic_frames", "0", "The argument 'traffic_frames' is '0'; it must be a number of frames, at least 1."),
        ("traffic_frames", "1.5", "The argument 'traffic_frames' is '1.5'; it must be a number of frames, at least 1."),
        (
            "traffic_preview",
            "much",
            (
                "The argument 'traffic_preview' cannot be used: 'much' is not a size: write a number of bytes, or "
                "one with a unit such as '64 MiB'."
            ),
        ),
        ("headers", "A: b", "The argument 'headers' is not a dictionary; write it as {'Name': 'value'}."),
        ("headers", "[1]", "The argument 'headers' is not a dictionary; write it as {'Name': 'value'}."),
    ],
)
def test_bad_argument(argument: str, value: str, expected: str):
    with pytest.raises(WebSocketError) as failure:
        settings(**{argument: value})
    assert str(failure.value) == expected


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"timeout": "2s"},
        {"timeout": "2s", "auto_close": "SUITE", "inbox_limit": "10", "verify": "False"},
        {"traffic_frames": "10", "traffic_preview": "1 KiB"},
    ],
)
def test_imported_with_text_as_tools_do(arguments: dict[str, str]):
    library = RobotWebSocketLibrary(**arguments)
    assert "Open WebSocket" in library.get_keyword_names()
    assert __version__ == library.ROBOT_LIBRARY_VERSION


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ("timeout=-1s", "The argument 'timeout' is negative: -1 seconds."),
        ("auto_close=NEVER", "The argument 'auto_close' is 'NEVER'; it can be TEST, SUITE, RUN, MANUAL."),
        ("inbox_limit=0", "The argument 'inbox_limit' is '0'; it must be a number of messages, at least 1."),
        ("traffic_frames=all", "The argument 'traffic_frames' is 'all'; it must be a number of frames, at least 1."),
        ("headers=nonsense", "The argument 'headers' is not a dictionary; write it as {'Name': 'value'}."),
        ("timeout=soon", "The argument 'timeout' is not a duration: 'soon'; write one such as '2s'."),
    ],
)
def test_bad_import_is_told_in_one_sentence(tmp_path: Path, arguments: str, expected: str):
    text = suite_of({"Test": "No Operation"}, library=f"Library    RobotWebSocketLibrary    {arguments}")
    run = run_suite(tmp_path, text)
    [error] = run.errors
    assert expected in error
    assert "RobotWebSocketLibrary" in error


def test_unknown_import_argument_is_refused(tmp_path: Path):
    text = suite_of({"Test": "No Operation"}, library="Library    RobotWebSocketLibrary    color=red")
    [error] = run_suite(tmp_path, text).errors
    assert "Library 'RobotWebSocketLibrary' expected 0 non-named arguments, got 1." in error


def test_import_timeout_applies_to_every_wait(run_tests: RunTests):
    run = run_tests(
        {
            "Client": """
                Start WebSocket Server    default_protocol=silent
                Wait For Client
            """,
            "Ping": """
                Start WebSocket Server    default_protocol=silent
                Open WebSocket    ${websocket.server.url}    timeout=20s
                Wait For Ping
            """,
            "Close": """
                Start WebSocket Server    default_protocol=silent
                Open WebSocket    ${websocket.server.url}    timeout=20s
                Wait For Close
            """,
        },
        library="Library    RobotWebSocketLibrary    timeout=120ms",
    )
    assert run.failures.keys() == {"Client", "Ping", "Close"}
    assert all("in 120 milliseconds" in message for message in run.failures.values())


def test_sizes_convert_with_their_units(run_tests: RunTests):
    run = run_tests(
        {
            "Sizes": """
                Start WebSocket Server
                FOR    ${size}    IN    10    10 B    10 bytes    ${10}
                    Open WebSocket    ${websocket.server.url}    max_message_size=${size}
                    Send Text Message    ${{'x' * 10}}
                    Wait For Message    timeout=20s
                    Send Text Message    ${{'x' * 11}}
                    Wait For Close    code=1009
                END
            """
        }
    )
    assert run.failures == {}


def test_dry_run_opens_nothing(tmp_path: Path):
    text = suite_of(
        {
            "Dry": """
                Start WebSocket Server    port=${PORT}    ping_interval=1s
                ${opened} =    Open WebSocket    ws://127.0.0.1:1/    timeout=1s
                Should Be Equal    ${websocket.state}    open
                Wait For Message    timeout=1 hour    message_type=TEXT
            """,
            "Bad Literal": "Wait For Message    timeout=soon",
            "Bad Name": "Wait For Massage",
        }
    )
    run = run_suite(tmp_path, text, dryrun=True)
    assert run.failures.keys() == {"Bad Literal", "Bad Name"}
    assert "got value 'soon' that cannot be converted to timedelta or None." in run.failures["Bad Literal"]
    assert run.failures["Bad Name"].startswith("No keyword with name 'Wait For Massage' found. Did you")
    assert run.errors == []


def test_suite_built_by_a_program_runs():
    suite = running.TestSuite.from_string(
        suite_of(
            {
                "Built": """
                    Start WebSocket Server
                    Open WebSocket    ${websocket.server.url}
                    Send Text Message    hello
                    Wait For Message    timeout=20s
                """
            }
        )
    )
    result = suite.run(output=None, stdout=StringIO(), stderr=StringIO())
    assert result.return_code == 0


def test_wrapper_of_a_keyword_goes_before_the_imported_one():
    made = settings(inside="^42(.*)$")
    assert made.find_wrapper(None).text == "^42(.*)$"  # type: ignore[union-attr]
    assert made.find_wrapper("^a(.*)$").text == "^a(.*)$"  # type: ignore[union-attr]
    assert made.find_wrapper("none") is None
    assert made.find_wrapper(None, None) is None
    assert settings().find_wrapper(None) is None
    with pytest.raises(WebSocketError, match=r"^The argument 'inside' needs a 'json_path', such as '\$'\.$"):
        made.find_wrapper("^a(.*)$", None)
    with pytest.raises(WebSocketError, match=r"^The pattern '\^42' of 'inside' has no group: "):
        settings(inside="^42")
