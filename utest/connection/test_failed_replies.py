"""The line of the test's code that a failed reply names."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from RobotWebSocketLibrary.connection.failed_replies import TRACEBACK_SIZE, find_line, write_traceback


def error_of(code: Callable[..., Any], *arguments: Any) -> BaseException:
    try:
        code(*arguments)
    except BaseException as error:
        error.__traceback__ = error.__traceback__ and error.__traceback__.tb_next  # without this function
        return error
    raise AssertionError("it did not fail")


def reply(message: str) -> Any:
    return json.loads(message)["symbols"]


FIRST_LINE = reply.__code__.co_firstlineno


@pytest.mark.parametrize("message", ["{}", "{"])
def test_own_line_counts_and_not_that_of_python(message: str):
    assert find_line(error_of(reply, message)) == f" (test_failed_replies.py:{FIRST_LINE + 1})"


def test_line_of_installed_code_is_better_than_none():
    assert find_line(error_of(json.loads, "{")).startswith(" (decoder.py:")


def test_code_without_a_file_has_no_line():
    assert find_line(error_of(eval("lambda: 1 / 0"))) == ""
    assert find_line(error_of(int, "five")) == ""


def test_traceback_is_escaped_and_cut_before_its_end():
    text = write_traceback(error_of(reply, "{"))
    assert text.splitlines()[0] == "Traceback (most recent call last):"
    assert f"line {FIRST_LINE + 1}, in reply" in text

    def fail() -> None:
        raise ValueError("\x1b[31m" + "x" * TRACEBACK_SIZE + "end")

    text = write_traceback(error_of(fail))
    assert text.startswith("…x")
    assert text.endswith("xend")
    assert len(text) == TRACEBACK_SIZE + 1
    assert write_traceback(ValueError("\x1b[31m\ud800")) == "ValueError: \\x1b[31m\\ud800"
