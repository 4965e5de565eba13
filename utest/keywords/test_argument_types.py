"""What Robot Framework converts for us, or only describes on the keyword page."""

from __future__ import annotations

import pytest

from RobotWebSocketLibrary.connection.traffic import TrafficRecord
from RobotWebSocketLibrary.keywords.argument_conversion import CONVERTERS
from RobotWebSocketLibrary.keywords.argument_types import split_names
from RobotWebSocketLibrary.protocol.close import CloseStatus
from RobotWebSocketLibrary.protocol.http import Request
from RobotWebSocketLibrary.server.connection_attempts import ConnectionAttempt
from RobotWebSocketLibrary.server.handshake_requests import HandshakeRequest, HttpRequest
from RobotWebSocketLibrary.server.server import WebSocketServer
from RobotWebSocketLibrary.session.websocket_variable import WebSocket


@pytest.mark.parametrize(
    "value",
    [
        CloseStatus(1000, "bye"),
        TrafficRecord(0.0, ">", 1, 2, b"hi", True),
        HandshakeRequest(Request("GET", "/")),
        HttpRequest(Request("GET", "/")),
        ConnectionAttempt(1),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_keywords_return_can_be_handed_to_one_as_it_is(value: object):
    assert CONVERTERS[type(value)](value) is value


@pytest.mark.parametrize("kind", CONVERTERS, ids=lambda kind: kind.__name__)
def test_each_type_is_described(kind: type):
    assert CONVERTERS[kind].__doc__


def test_names_from_a_list_or_from_text():
    assert split_names("a, b ,,c") == split_names(["a", " b ", "", "c"]) == ("a", "b", "c")
    assert split_names("") == split_names([]) == ()


def test_objects_of_the_library_stay_what_they_are():
    """Robot Framework converts no object that has the right type already; Libdoc shows what the converters say."""
    for converter in (CONVERTERS[WebSocket], CONVERTERS[WebSocketServer]):
        value = object()
        assert converter(value) is value
        assert converter.__doc__
