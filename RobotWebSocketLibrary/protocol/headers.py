"""Header fields of HTTP (RFC 9110 section 5)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from ..errors import QUOTE_LIMIT, escaped
from ..secrecy import mask_request_header


class Headers(Mapping[str, str]):
    """Header fields: names in any case, repeated fields kept, values joined with `, ` unless asked for one by one.

    `mask` says what its text shows of the values, because Robot Framework logs it. That for requests shows least.
    """

    def __init__(
        self, fields: Iterable[tuple[str, str]] = (), mask: Callable[[str, str], str] = mask_request_header
    ) -> None:
        self.fields = tuple(fields)
        self._mask = mask

    def get_all(self, name: str) -> list[str]:
        """Values of all fields of that name, in their order."""
        return [value for key, value in self.fields if key.lower() == name.lower()]

    def __getitem__(self, name: str) -> str:
        if values := self.get_all(name):
            return ", ".join(values)
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys(name.lower() for name, _ in self.fields))

    def __len__(self) -> int:
        return len(set(self))

    def __repr__(self) -> str:
        return self.describe(self._mask)

    def describe(self, mask: Callable[[str, str], str]) -> str:
        """Names and masked values in one line. Long values are cut."""
        return escaped("; ".join(f"{name}: {mask(name, value)[:QUOTE_LIMIT]}" for name, value in self.fields))

    def tokens(self, name: str) -> list[str]:
        """Elements of a comma-separated header, in their order."""
        return [token for part in self.get_all(name) for token in map(str.strip, part.split(",")) if token]
