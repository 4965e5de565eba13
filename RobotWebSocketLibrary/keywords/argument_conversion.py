"""How Robot Framework converts arguments of keywords, prepared once instead of for each call (docs/decisions/0008)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from robot.api import TypeInfo

from ..byte_size import ByteSize
from ..connection.traffic import TrafficRecord
from ..errors import quoted
from ..matching.operators import Operator
from ..protocol.close import CloseStatus
from ..server.connection_attempts import ConnectionAttempt
from ..server.handshake_requests import HandshakeRequest
from ..server.server import WebSocketServer
from ..session.durations import is_duration
from ..session.websocket_variable import WebSocket
from .argument_types import (
    Text,
    convert_byte_size,
    convert_close_status,
    convert_connection,
    convert_connection_attempt,
    convert_handshake_request,
    convert_server,
    convert_text,
    convert_traffic_record,
)

DURATIONS = ("timeout", "within")


class Converters(dict[type, Callable[[Any], Any]]):
    """Converters by type, which look empty once the types of arguments hold what they need of them.

    Robot Framework 7.4 and 7.5 read all converters for each keyword that runs (`TestLibrary.converters`) and parse the
    signature of each, unless there are none. Libdoc sees them all, and so does a Robot Framework that never asks our
    types for a converter.
    """

    parsed: Any = None
    """What Robot Framework has made of them."""

    def __bool__(self) -> bool:
        return self.parsed is None


CONVERTERS = Converters(
    {
        CloseStatus: convert_close_status,
        HandshakeRequest: convert_handshake_request,
        ConnectionAttempt: convert_connection_attempt,
        TrafficRecord: convert_traffic_record,
        Text: convert_text,
        ByteSize: convert_byte_size,
        WebSocket: convert_connection,
        WebSocketServer: convert_server,
    }
)


class DurationConverter:
    """Converts durations as Robot Framework does, and remembers the last one: a loop gives the same in each round."""

    def __init__(self, converter: Any) -> None:
        self._converter = converter
        self._last: tuple[object, object] = (None, None)

    def convert(self, value: object, *names: Any, **kinds: Any) -> object:
        text, converted = self._last
        if type(value) is str and value == text:
            return converted
        converted = self._converter.convert(value, *names, **kinds)
        self._last = value, converted
        return converted


class OperatorConverter:
    """Converts operators as Robot Framework does. What is none is most often something else that a test has in mind."""

    def __init__(self, converter: Any, duration: str) -> None:
        self._converter = converter
        self._duration = duration

    def convert(self, value: object, *names: Any, **kinds: Any) -> object:
        try:
            return self._converter.convert(value, *names, **kinds)
        except ValueError:
            raise ValueError(f"{quoted(str(value))} is not an operator: {self._suggest(str(value))}") from None

    def _suggest(self, value: str) -> str:
        name, equal, _ = value.partition("=")
        if equal and name.isidentifier():
            return (
                f"this keyword has '{self._duration}', and not '{name}'" if name in DURATIONS else f"write  ==  {value}"
            )
        return f"durations are named: {self._duration}={value}" if is_duration(value) else f"write  ==  {value}"


class ArgumentType(TypeInfo):
    """A type that makes its converter once.

    Robot Framework 7.4 and 7.5 ask the type for a converter for each argument of each call
    (`ArgumentConverter._convert`), and `TypeInfo` makes a new one then, for a union also one for each of its members.
    """

    duration = ""
    """The name of the keyword's argument that says how long to wait."""
    _converter: Any = None
    _languages: Any = None

    def get_converter(self, custom_converters: Any = None, languages: Any = None, allow_unknown: bool = False) -> Any:
        """Returns the converter. Another object of languages may have other words for true and false."""
        if custom_converters is not None:
            CONVERTERS.parsed = custom_converters
        if languages is None or languages is not self._languages:
            converter = super().get_converter(CONVERTERS.parsed, languages, allow_unknown)
            self._converter = self._wrap(converter)
            self._languages = languages
        return self._converter

    def _wrap(self, converter: Any) -> Any:
        if any(info.type is timedelta for info in self.nested or [self]):
            return DurationConverter(converter)
        return OperatorConverter(converter, self.duration) if self.type is Operator else converter


def prepare_types(hints: Mapping[str, Any]) -> dict[str, Any]:
    """Makes types of arguments of type hints. Libdoc asks for types too, and then has to see the converters."""
    CONVERTERS.parsed = None
    types: dict[str, Any] = {
        name: ArgumentType.from_type_hint(hint) for name, hint in hints.items() if name != "return"
    }
    if "operator" in types:
        types["operator"].duration = next((name for name in DURATIONS if name in hints), "delay")
    return {**hints, **types}
