"""Replies of a test server that failed in its threads, reported by the next keyword that works on the server."""

from __future__ import annotations

from ..errors import WebSocketError
from ..server.server import WebSocketServer


def raise_reply_failures(server: WebSocketServer) -> None:
    """Fails when replies have failed since this was asked. The first is the sentence, the others are lines below it."""
    failures = [f"A reply of the server '{server.url}' {failure}." for failure in server.replies.take_failures()]
    if failures:
        error = WebSocketError(failures[0])
        error.details = failures[1:]
        raise error
