"""Replies of a test server that failed in its threads, reported by the next keyword that works on the server."""

from __future__ import annotations

from robot.api import logger

from ..errors import WebSocketError
from ..server.server import WebSocketServer


def raise_reply_failures(server: WebSocketServer) -> None:
    """Fails when replies have failed since this was asked. The first is the sentence, the others are lines below it.

    Tracebacks go to the log on DEBUG level.
    """
    failures = server.take_failures()
    for _, failure in failures:
        logger.debug(failure.traceback)
    if failures:
        sentences = [f"A {what} of the server '{server.url}' {failure.sentence}." for what, failure in failures]
        error = WebSocketError(sentences[0])
        error.details = sentences[1:]
        raise error
