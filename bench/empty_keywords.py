"""Keywords that do nothing, with the arguments of ours: what Robot Framework itself costs (see keywords.py)."""

from __future__ import annotations

from datetime import timedelta

from assertionengine import AssertionOperator
from robot.api import logger
from robot.api.deco import keyword


class empty_keywords:  # noqa: N801 - Robot Framework looks for a class of the module's name
    @keyword
    def open_websocket(self, url: str) -> None:
        logger.info("Opened nothing.")

    @keyword
    def send_text_message(
        self,
        message: str,
        *,
        fragment_size: int | None = None,
        connection: str | None = None,
        timeout: timedelta | None = None,
    ) -> None:
        logger.info("Sent nothing.")

    @keyword
    def wait_for_message(
        self,
        operator: AssertionOperator | None = None,
        expected: str | bytes | None = None,
        *,
        timeout: timedelta | None = None,
        message_type: str = "ANY",
        connection: str | None = None,
    ) -> str:
        logger.info("Received nothing.")
        return "x" * 125
