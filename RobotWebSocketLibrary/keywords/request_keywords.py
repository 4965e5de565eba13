"""Keywords for requests and their answers, which belong together by an id."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from robot.api.deco import keyword
from robot.api.types import Secret

from ..errors import InboxFullError
from ..matching.hidden_values import hide_text
from ..matching.json_values import read_json, write_json
from ..matching.operators import EQUAL
from ..matching.predicates import JsonPredicate
from ..matching.singular_paths import SingularPath
from ..matching.wrappers import Wrapper
from ..report.outcome import log_outcome
from ..secrecy import MASK, HiddenText
from ..session.handover import Handover
from ..session.registry import Registry
from ..session.settings import Settings
from ..session.websocket_variable import WebSocket
from .failed_waits import explaining


class RequestKeywords:
    """A question and its answer in one keyword."""

    def __init__(self, settings: Settings, connections: Registry[WebSocket], handover: Handover) -> None:
        self._settings = settings
        self._connections = connections
        self._handover = handover

    @keyword(tags=["Message"])
    def send_request(
        self,
        value: Any,
        *,
        id: str = "$.id",  # noqa: A002 - what the field calls it
        reply_id: str | None = None,
        inside: str | None = None,
        timeout: timedelta | None = None,
        connection: WebSocket | str | None = None,
    ) -> Any:
        """Sends JSON, waits for the JSON answer with the same id, and returns the answer.

        Whatever else arrives meanwhile stays for later. What had arrived before is not an answer. An object without an
        id gets a number, which counts the requests of the connection. An answer that holds an error is returned too.

        Args:
            value: A dictionary, a list, or text that is JSON, or that has JSON where ``inside`` finds it.
            id: Where the id of the request is: a JSONPath to one place, such as ``$.id``, or ``$[1]`` in an array.
            reply_id: Where the id of the answer is, if that is another place.
            inside: Pattern whose first group is the JSON within an answer, see `JSON in a wrapper`. The request is not
                wrapped: write it with its wrapper.
            timeout: How long sending and waiting may take together. The library's ``timeout`` by default.
            connection: Alias or object of the connection. The current one by default.

        Returns:
            The whole answer. Its members are attributes, as in ``${answer.result}``.

        Example:
        | `Start WebSocket Server`    default_protocol=silent
        | VAR    &{sum}    id={$.id}    result=${5}
        | `Add Server Reply`    ==    add    ${sum}    json_path=$.method
        | `Open WebSocket`    ${websocket.server.url}
        | ${answer} =    `Send Request`    {"method": "add", "params": [2, 3]}    timeout=2s
        | Should Be Equal    ${answer.result}    ${5}
        """
        deadline = self._settings.deadline(timeout)
        websocket = self._connections.find(connection)
        asked, answered = SingularPath(id), SingularPath(id if reply_id is None else reply_id)
        wrapper = self._settings.find_wrapper(inside)
        text, number = _identify(value, asked, wrapper, websocket)
        predicate = ReplyPredicate(str(answered), EQUAL, number, wrapper=wrapper, noun="reply")
        inbox = websocket.connection.inbox
        if inbox.full:
            raise InboxFullError("Cannot receive a reply from", websocket.connection.name, len(inbox))
        self._handover.take_from(inbox)
        start = inbox.end
        websocket.connection.send(text, deadline)
        with explaining(websocket, predicate):
            message = websocket.connection.waits.wait_for_message(deadline, predicate, start=start)
        answer = predicate.read_value(message)
        websocket.note("received", message, answer)
        log_outcome("Received the answer to a request.")
        return answer


class ReplyPredicate(JsonPredicate):
    """What `Send Request` looks for, behind its request."""

    timing = "came before the request, or too late"


def _identify(value: Any, path: SingularPath, wrapper: Wrapper | None, websocket: WebSocket) -> tuple[str, Any]:
    """The text of a request, and its id, which is added where there is none."""
    before, text, behind = _unwrap(value, wrapper)
    request = read_json(text)
    if found := path.find(request):
        return _wrap(before, text, behind), _hide_id(found[0], text)
    number = websocket.requests + 1
    filled = write_json(path.fill(request, number))
    websocket.requests = number
    if isinstance(text, HiddenText):
        shown = text.shown if text.shown == MASK else write_json(path.fill(read_json(text.shown), number))
        filled = HiddenText(filled, shown)
    return _wrap(before, filled, behind), number


def _unwrap(value: Any, wrapper: Wrapper | None) -> tuple[str, str, str]:
    """The JSON of a request, and what a text has around it."""
    text = hide_text(value) if isinstance(value, Secret) else value
    unwrapped = wrapper.unwrap(text) if wrapper is not None and isinstance(text, str) else None
    if unwrapped is None:
        return "", write_json(value), ""
    before, content, behind = unwrapped
    if isinstance(value, Secret):
        return hide_text(Secret(before)), write_json(Secret(content)), behind
    return before, write_json(content), behind


def _wrap(before: str, text: str, behind: str) -> str:
    whole = f"{before}{text}{behind}"
    if isinstance(before, HiddenText):
        return HiddenText(whole)
    return HiddenText(whole, f"{before}{text.shown}{behind}") if isinstance(text, HiddenText) else whole


def _hide_id(found: Any, text: str) -> Any:
    """An id that a failure does not show where the request is not shown as it is."""
    return HiddenText(found) if isinstance(found, str) and isinstance(text, HiddenText) else found
