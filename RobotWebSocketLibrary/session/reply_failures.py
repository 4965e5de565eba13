"""Replies of a test server that failed in its threads, reported by the next keyword that works on the server."""

from __future__ import annotations

from robot.api import logger

from ..connection.failed_replies import FailedReply
from ..errors import WebSocketError
from ..server.server import WebSocketServer

REPLACEMENT = "replacement"
"""What a proxy was to make. It does not answer a message, but stands for it."""


def raise_reply_failures(server: WebSocketServer) -> None:
    """Fails when replies have failed since this was asked. The first is the sentence, the others are lines below it.

    Tracebacks go to the log on DEBUG level.
    """
    failures = server.take_failures()
    for _, failure in failures:
        logger.debug(failure.traceback)
    if failures:
        sentences = [_describe(what, failure, server) for what, failure in failures]
        error = WebSocketError(sentences[0])
        error.details = sentences[1:]
        raise error


def describe_failure(what: str, failure: FailedReply) -> str:
    """Describes a failure where it was said before at which server."""
    if what == REPLACEMENT:
        return f"the replacement for {failure.asked} failed: {failure.reason}"
    return f"a {what} {failure.sentence}"


def _describe(what: str, failure: FailedReply, server: WebSocketServer) -> str:
    if what == REPLACEMENT:
        return f"The replacement for {failure.asked} at the proxy '{server.url}' failed: {failure.reason}."
    return f"A {what} of the server '{server.url}' {failure.sentence}."
