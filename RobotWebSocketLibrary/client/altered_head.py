"""A request as no client sends it by itself: its headers replaced, left out or repeated, or another method."""

from __future__ import annotations

from collections.abc import Sequence

AlteredFields = Sequence[tuple[str, str | None]]
"""Names and values of headers, of which a name may come again. None leaves a header out."""


def alter_head(head: bytes, method: str, fields: AlteredFields) -> bytes:
    """The head of a request with another method, and with these headers in the place of those of the same names.

    A header that was not there comes last.
    """
    request_line, *lines = head.removesuffix(b"\r\n\r\n").split(b"\r\n")
    _, _, rest = request_line.partition(b" ")
    for name in dict.fromkeys(name.lower() for name, _ in fields):
        given = [(key, value) for key, value in fields if key.lower() == name]
        lines = _replace(lines, name, [f"{key}: {value}".encode() for key, value in given if value is not None])
    return b"\r\n".join([method.encode() + b" " + rest, *lines, b"", b""])


def _replace(lines: list[bytes], name: str, given: list[bytes]) -> list[bytes]:
    found = [line.partition(b":")[0].lower() == name.encode() for line in lines]
    place = found.index(True) if True in found else len(lines)
    before, after = lines[:place], [line for line, is_old in zip(lines, found, strict=True) if not is_old][place:]
    return [*before, *given, *after]
