"""Remembers the warnings of a test, whichever keyword they appear under."""

from fnmatch import fnmatchcase

from robot.api.deco import keyword, library
from robot.result import Message


@library(scope="TEST", listener="SELF")
class Warnings:
    ROBOT_LISTENER_API_VERSION = 3

    def __init__(self) -> None:
        self._warnings: list[str] = []

    def log_message(self, message: Message) -> None:
        if message.level == "WARN":
            self._warnings.append(message.message)

    @keyword
    def warning_should_be_logged(self, pattern: str) -> None:
        if not any(fnmatchcase(warning, pattern) for warning in self._warnings):
            raise AssertionError(f"No warning matches '{pattern}': {self._warnings}")
