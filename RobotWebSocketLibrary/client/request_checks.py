"""Refuses text that would change the shape of a request. Errors name headers and cookies, never their values."""

from __future__ import annotations

from ..errors import WebSocketError, quoted
from ..protocol.handshake import IMPOSSIBLE_HEADERS
from ..protocol.http import TOKEN


def check_header(name: str, value: str) -> None:
    if not TOKEN.fullmatch(name):
        raise WebSocketError(
            f"Invalid header name {quoted(name)}: a header name consists of letters, digits and hyphens."
        )
    if name.lower() in IMPOSSIBLE_HEADERS:
        raise WebSocketError(f"The header '{name}' belongs to the handshake and cannot be given.")
    check_text(f"Header '{name}'", value)


def check_cookie(name: str, value: str) -> None:
    """Refuses only what a server would not read as it was given. Servers set names that RFC 6265 does not allow."""
    if not name or name != name.strip() or "=" in name:
        raise WebSocketError(f"Invalid cookie name {quoted(name)}: it is empty, or has a '=' or space around it.")
    check_text(f"Cookie name {quoted(name)}", name, forbidden=";")
    check_text(f"Cookie '{name}'", value, forbidden=";")


def check_user(username: str, password: str | None, whose: str = "") -> None:
    """RFC 7617 section 2: neither may contain control characters, and a colon ends the user name."""
    check_text(f"The user name{whose}", username, forbidden=":")
    check_text(f"The password{whose}", password or "")


def check_text(what: str, value: str, forbidden: str = "") -> None:
    for position, sign in enumerate(value, 1):
        if sign in "\r\n":
            raise WebSocketError(f"{what} contains a line break (position {position}).")
        if sign in forbidden or (not sign.isprintable() and sign != "\t"):
            raise WebSocketError(f"{what} contains a character that cannot be sent (position {position}).")
