"""Keywords for requests and their answers, which belong together by an id."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from robot.api import logger
from robot.api.deco import keyword

from ..matching.json_values import read_json, write_json
from ..matching.operators import EQUAL
from ..matching.predicates import JsonPredicate
from ..matching.singular_paths import SingularPath
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
        timeout: timedelta | None = None,
        connection: WebSocket | str | None = None,
    ) -> Any:
        """Sends JSON, waits for the JSON answer with the same id, and returns the answer.

        Whatever else arrives meanwhile stays for later. What had arrived before is not an answer. An object without an
        id gets a number, which counts the requests of the connection. An answer that holds an error is returned too.

        Args:
            value: A dictionary, a list, or text that is JSON.
            id: Where the id of the request is: a JSONPath to one place, such as ``$.id``, or ``$[1]`` in an array.
            reply_id: Where the id of the answer is, if that is another place.
            timeout: How long sending and waiting may take together. The library's ``timeout`` by default.
            connection: Alias or object of the connection. The current one by default.

        Returns:
            The whole answer. Its members are attributes, as in ``${answer.result}``.

        Example:
        | `Start WebSocket Server`    default_protocol=silent
        | `Add Server Reply`    ==    add    {"id": {$.id}, "result": 5}    json_path=$.method
        | `Open WebSocket`    ${websocket.server.url}
        | ${answer} =    `Send Request`    {"method": "add", "params": [2, 3]}    timeout=2s
        | Should Be Equal    ${answer.result}    ${5}
        """
        deadline = self._settings.deadline(timeout)
        websocket = self._connections.find(connection)
        asked, answered = SingularPath(id), SingularPath(id if reply_id is None else reply_id)
        text, number = _identify(value, asked, websocket)
        predicate = JsonPredicate(str(answered), EQUAL, number, noun="reply")
        inbox = websocket.connection.inbox
        self._handover.take_from(inbox)
        start = len(inbox)
        websocket.connection.send(text, deadline)
        with explaining(websocket, self._connections, predicate):
            message = websocket.connection.waits.wait_for_message(deadline, predicate, start=start)
        answer = predicate.read_value(message)
        websocket.note("received", message, answer)
        logger.info("Received the answer to a request.")
        return answer


def _identify(value: Any, path: SingularPath, websocket: WebSocket) -> tuple[str, Any]:
    """The text of a request, and its id, which is added where there is none."""
    text = write_json(value)
    request = read_json(text)
    if found := path.find(request):
        return text, found[0]
    number = websocket.requests + 1
    text = write_json(path.fill(request, number))
    websocket.requests = number
    return text, number
