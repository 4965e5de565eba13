"""Replies of a test server that failed in its threads, reported by the next keyword that works on the server."""

from __future__ import annotations

from robot.api import logger

from ..connection.failed_replies import REPLACEMENT, FailedReply
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
        described = [describe_failure(what, failure, server) for what, failure in failures]
        sentences = [f"{text[0].upper()}{text[1:]}." for text in described]
        error = WebSocketError(sentences[0])
        error.details = sentences[1:]
        raise error


def describe_failure(what: str, failure: FailedReply, server: WebSocketServer | None = None) -> str:
    """Describes a failure, with its server where that was not named before."""
    if what == REPLACEMENT:
        where = "" if server is None else f" at the proxy '{server.url}'"
        return f"the replacement for {failure.asked}{where} failed: {failure.reason}"
    where = "" if server is None else f" of the server '{server.url}'"
    return f"a {what}{where} {failure.sentence}"
