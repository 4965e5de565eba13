"""How long `Set WebSocket Defaults` lasts."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from RobotWebSocketLibrary import RobotWebSocketLibrary
from RobotWebSocketLibrary.session.scopes import RUN, TEST, Scope, ScopedChanges
from runs import RunTests, run_suite, suite_of

DEFAULT = "timeout=${NONE}"
KEYWORDS = """
    *** Keywords ***
    Timeout Should Be
        [Arguments]    ${seconds}
        ${defaults} =    Set WebSocket Defaults
        Should Be Equal As Numbers    ${defaults.timeout.total_seconds()}    ${seconds}
"""


def merged(changes: ScopedChanges) -> dict[str, object]:
    return {name: value for changed in changes for name, value in changed.items()}


def test_inner_places_go_before_outer_ones():
    changes = ScopedChanges().including(RUN, {"a": 1, "b": 1, "c": 1})
    changes = changes.including("suite One", {"a": 2, "b": 2}).including(TEST, {"a": 4})
    assert merged(changes) == {"a": 4, "b": 2, "c": 1}
    changes = changes.including("suite One.Two", {"b": 3, "c": 3})
    assert merged(changes) == {"a": 4, "b": 3, "c": 3}
    changes = changes.without(TEST)
    assert merged(changes) == {"a": 2, "b": 3, "c": 3}
    assert merged(changes.without("suite One.Two").without("suite One")) == {"a": 1, "b": 1, "c": 1}


def test_what_is_set_for_an_outer_place_applies_at_once():
    changes = ScopedChanges().including(TEST, {"a": 1, "b": 1}).including("suite One", {"a": 2})
    assert merged(changes) == {"a": 2, "b": 1}
    assert merged(changes.without(TEST)) == {"a": 2}


def test_changes_are_never_changed_themselves():
    changes = ScopedChanges().including(TEST, {"a": 1})
    changes.including(RUN, {"a": 2})
    changes.without(TEST)
    assert merged(changes) == {"a": 1}


def test_a_test_that_fails_leaves_no_default_behind(run_tests: RunTests):
    run = run_tests(
        {
            "Fails": "Set WebSocket Defaults    timeout=1s\nTimeout Should Be    1\nFail    so",
            "Next": "Timeout Should Be    20",
            "For The Suite": "Set WebSocket Defaults    timeout=3s    scope=SUITE\nTimeout Should Be    3",
            "Later": "Timeout Should Be    3\nSet WebSocket Defaults    timeout=4s\nTimeout Should Be    4",
            "Last": "Timeout Should Be    3\nSet WebSocket Defaults    timeout=9s    scope=TEST",
            "For The Run": "Set WebSocket Defaults    timeout=5s    scope=GLOBAL\nTimeout Should Be    5",
            "Very Last": "Timeout Should Be    5",
            "Refused": "Set WebSocket Defaults    pong_timeout=5s    timeout=6s",
            "Unchanged": "Timeout Should Be    5",
        },
        KEYWORDS,
    )
    assert run.failures == {"Fails": "so", "Refused": "The argument 'pong_timeout' needs a 'ping_interval'."}


def test_suites_within_suites(tmp_path: Path):
    (tmp_path / "__init__.robot").write_text(
        "*** Settings ***\nLibrary    RobotWebSocketLibrary\nSuite Setup    Set WebSocket Defaults    timeout=7s\n"
    )
    library = "Library    RobotWebSocketLibrary"
    eight = "Suite Setup    Set WebSocket Defaults    timeout=8s"
    first = suite_of({"One": "Timeout Should Be    8"}, eight + textwrap.dedent(KEYWORDS), library)
    second = suite_of({"Two": "Timeout Should Be    7"}, textwrap.dedent(KEYWORDS), library)
    (tmp_path / "1_first.robot").write_text(first)
    (tmp_path / "2_second.robot").write_text(second)
    run = run_suite(tmp_path, "")
    assert run.failures == {}
    assert len(run.tests) == 2


def test_suite_setup_can_set_for_the_run_or_for_its_suite(tmp_path: Path):
    library = "Library    RobotWebSocketLibrary"
    for number, (scope, seconds) in enumerate((("SUITE", 8), ("GLOBAL", 9), ("SUITE", 10)), 1):
        setup = f"Suite Setup    Set WebSocket Defaults    timeout={seconds}s    scope={scope}"
        text = suite_of({"One": f"Timeout Should Be    {seconds}"}, setup + textwrap.dedent(KEYWORDS), library)
        (tmp_path / f"{number}_suite.robot").write_text(text)
    last = suite_of({"Last": "Timeout Should Be    9"}, textwrap.dedent(KEYWORDS), library)
    (tmp_path / "4_suite.robot").write_text(last)
    assert run_suite(tmp_path, "").failures == {}


def test_no_test_runs_in_a_suite_setup(run_tests: RunTests):
    run = run_tests({"Any": "No Operation"}, "Suite Setup    Set WebSocket Defaults    scope=TEST")
    assert run.failures == {"Any": "Parent suite setup failed:\nThe scope TEST can only be used in a test."}


def test_outside_of_a_run_everything_is_for_good():
    assert [scope.find_place() for scope in Scope] == [RUN] * 3
    library = RobotWebSocketLibrary()
    library.set_websocket_defaults(redirects=3)
    assert library.set_websocket_defaults().redirects == 3


@pytest.mark.parametrize("scope", ["EVER", "1"])
def test_scope_that_there_is_not(run_tests: RunTests, scope: str):
    run = run_tests({"Any": f"Set WebSocket Defaults    scope={scope}"})
    assert run.failures["Any"].startswith(f"ValueError: Argument 'scope' got value '{scope}' that cannot be converted")
