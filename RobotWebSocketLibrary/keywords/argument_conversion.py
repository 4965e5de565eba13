"""How Robot Framework converts arguments of keywords, prepared once instead of for each call (docs/decisions/0008)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from robot.api import TypeInfo

from ..byte_size import ByteSize
from ..connection.traffic import TrafficRecord
from ..errors import WebSocketError
from ..matching.operators import Operator
from ..protocol.close import CloseStatus
from ..server.connection_attempts import ConnectionAttempt
from ..server.handshake_requests import HandshakeRequest, HttpRequest
from ..server.server import WebSocketServer
from ..session.durations import is_duration, refuse_duration
from ..session.websocket_variable import WebSocket
from .argument_types import (
    Text,
    TextToSend,
    convert_byte_size,
    convert_close_status,
    convert_connection,
    convert_connection_attempt,
    convert_handshake_request,
    convert_http_request,
    convert_server,
    convert_text,
    convert_text_to_send,
    convert_traffic_record,
)
from .wrong_operators import DURATIONS, explain_wrong_operator


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
        HttpRequest: convert_http_request,
        ConnectionAttempt: convert_connection_attempt,
        TrafficRecord: convert_traffic_record,
        TextToSend: convert_text_to_send,  # before `Text`, which it is too
        Text: convert_text,
        ByteSize: convert_byte_size,
        WebSocket: convert_connection,
        WebSocketServer: convert_server,
    }
)


class DurationConverter:
    """Converts durations as Robot Framework does, and remembers the last one: a loop gives the same in each round.

    Empty text is refused. Robot Framework makes None of it where None is allowed, and an unset variable would turn a
    wait into a check that always passes.
    """

    def __init__(self, converter: Any) -> None:
        self._converter = converter
        self._last: tuple[object, object] = (None, None)

    def convert(self, value: object, name: str = "timeout", *kind: Any) -> object:
        text, converted = self._last
        if type(value) is str and value == text:
            return converted
        if value == "":
            raise refuse_duration(value, name)
        converted = self._converter.convert(value, name, *kind)
        self._last = value, converted
        return converted


class OperatorConverter:
    """Converts operators as Robot Framework does. What is none is most often something else that a test has in mind."""

    def __init__(self, converter: Any, arguments: Sequence[str], duration: str) -> None:
        self._converter = converter
        self._arguments = arguments
        self._duration = duration

    def convert(self, value: object, *names: Any, **kinds: Any) -> object:
        try:
            return self._converter.convert(value, *names, **kinds)
        except ValueError:
            raise ValueError(explain_wrong_operator(value, self._arguments, self._duration)) from None


class PathConverter:
    """Leaves a JSONPath as it is, and refuses what stands in its place because it was left out.

    It is reported here. Otherwise the next argument would be reported as a wrong operator. Robot Framework takes a
    `ValueError` for a reason to convert to the type of the default value, so it is another error.
    """

    def __init__(self, converter: Any, duration: str) -> None:
        self._converter = converter
        self._duration = duration

    def convert(self, value: object, *names: Any, **kinds: Any) -> object:
        path = str(value)
        if path in Operator.__members__:
            raise WebSocketError(f"'{path}' is not a JSONPath: write one before it, such as  $  {path}.")
        if is_duration(path):
            raise WebSocketError(f"'{path}' is not a JSONPath: give a duration by name: {self._duration}={path}.")
        return self._converter.convert(value, *names, **kinds)


class ArgumentType(TypeInfo):
    """A type that makes its converter once.

    Robot Framework 7.4 and 7.5 ask the type for a converter for each argument of each call
    (`ArgumentConverter._convert`), and `TypeInfo` makes a new one then, for a union also one for each of its members.
    """

    argument = duration = ""
    """Its own name, where that counts, and that of the argument that says how long the keyword waits."""
    arguments: Sequence[str] = ()
    """All arguments of the keyword, where they count."""
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
        if self.argument == "json_path":
            return PathConverter(converter, self.duration)
        if self.type is Operator:
            return OperatorConverter(converter, self.arguments, self.duration)
        return converter


def prepare_types(hints: Mapping[str, Any]) -> dict[str, Any]:
    """Makes types of arguments of type hints. Libdoc asks for types too, and then has to see the converters."""
    CONVERTERS.parsed = None
    types: dict[str, Any] = {
        name: ArgumentType.from_type_hint(hint) for name, hint in hints.items() if name != "return"
    }
    for argument in {"operator", "json_path"} & types.keys():
        types[argument].argument = argument
        types[argument].arguments = list(types)
        types[argument].duration = next((name for name in DURATIONS if name in hints), "delay")
    return {**hints, **types}
