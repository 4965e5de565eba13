"""The target of a proxy: asks it for each client, and gives the client its answer."""

from __future__ import annotations

from dataclasses import replace
from time import perf_counter
from typing import NamedTuple

from ..client.opening_handshake import CompletedHandshake, connect, perform_handshake
from ..client.opening_request import OpeningRequest
from ..connection.terms import Limits
from ..errors import HandshakeError, WebSocketError
from ..protocol.handshake import make_switch
from ..protocol.headers import Headers
from ..protocol.http import Exchange, Request, Response
from ..server.admission import LAST_MESSAGES
from ..server.agreement import Agreement, accept_compression
from ..server.counted_notices import CountedNotices
from ..server.handshake_requests import HttpRequest
from ..server.hosting import Patience
from ..server.refusals import Refusal, refuse
from ..server.scripted_responses import AS_USUAL, ScriptedResponse
from ..server.server_options import ServerOptions
from ..wall_clock import now
from .http_relay import HttpRelay
from .link import ProxyLink
from .message_rules import MessageRules
from .rewriting import (
    Place,
    join_targets,
    list_request_headers,
    list_streamed_request_headers,
    list_switch_headers,
    make_refusal_headers,
    rewrite_origin,
)

AS_THE_TARGET = "as the target answered"


class TargetOptions(NamedTuple):
    """Where a proxy leads to. `opening` is what it asks for by itself: the URL, TLS, its proxy, and headers."""

    opening: OpeningRequest
    rewrite: bool = True
    http: bool = False


class Target:
    """Asks the target first, and lets a client in once the target has. Threads of clients share it.

    Only the thread of its own client ever waits here. It ends at once when that client has left (`Patience`).
    """

    def __init__(
        self, options: TargetOptions, server: ServerOptions, rules: MessageRules, notices: CountedNotices
    ) -> None:
        self.url = options.opening.url
        self._options = options
        self._server = server
        self._rules = rules
        self._notices = notices

    def agree(self, request: Request, scripted: ScriptedResponse, patience: Patience) -> Agreement | Response:
        """Opens a connection to the target as a client wants it."""
        opening = self._make_opening(request)
        started, began = now(), perf_counter()
        try:
            completed = perform_handshake(opening, patience)
        except HandshakeError as error:
            if error.problem or error.response is None:
                return self._refuse(error)
            return self._pass_refusal(error.response, request)
        except WebSocketError as error:
            return self._refuse(error)
        handshake = Exchange(completed.request, completed.response, started, perf_counter() - began)
        try:
            return self._make_agreement(request, scripted, completed, handshake)
        except BaseException:
            completed.stream.close()
            raise

    @property
    def relays_http(self) -> bool:
        return self._options.http

    def ask_plainly(self, asked: HttpRequest, received: bytes, patience: Patience) -> HttpRelay | Response:
        """Connects to the target for a request of plain HTTP, whose exchange is then to be run."""
        request = asked.request
        opening = self._make_opening(request)
        try:
            stream = connect(opening, patience)
        except WebSocketError as error:
            return self._refuse(error)
        own = self._options.opening
        replaced = {name.lower() for name in (*own.headers, *(name for name, _ in own.altered))}
        fields = [("Host", opening.host or self.url.authority), *list_streamed_request_headers(request, opening.origin)]
        kept = [field for field in fields if field[0].lower() not in replaced]
        altered = [(name, value) for name, value in own.altered if value is not None]
        headers = Headers([*altered, *kept, *own.headers.items()])
        passed_on = replace(request, target=opening.url.target, headers=headers)
        return HttpRelay(stream, asked, passed_on, received, self.url, self._find_place(request))

    def _make_opening(self, request: Request) -> OpeningRequest:
        """The request to the target: that of the client, and what the test has given goes before it."""
        own = self._options.opening
        given = {name.lower() for name in (*own.headers, *(name for name, _ in own.altered))}
        if own.url.username is not None:
            given.add("authorization")
        passed = {name: value for name, value in list_request_headers(request).items() if name.lower() not in given}
        rewrites = self._options.rewrite
        origin = rewrite_origin(request, own.url) if rewrites else request.headers.get("Origin")
        return replace(
            own,
            url=replace(own.url, target=join_targets(own.url.target, request.target)),
            subprotocols=request.headers.tokens("Sec-WebSocket-Protocol"),
            headers={**passed, **own.headers},
            origin=None if "origin" in given else origin,
            compression=self._server.compression and _offers_compression(request),
            host=None if rewrites else request.headers.get("Host"),
        )

    def _make_agreement(
        self, request: Request, scripted: ScriptedResponse, completed: CompletedHandshake, handshake: Exchange
    ) -> Agreement:
        """The client gets what the target has answered; compression is agreed on with each of them by itself."""
        subprotocol = completed.subprotocol if scripted.subprotocol == AS_USUAL else scripted.subprotocol
        compresses = self._server.compression and not scripted.gives("Sec-WebSocket-Extensions")
        parameters, extensions = (accept_compression(request) if compresses else None) or (None, None)
        switch = make_switch(request, subprotocol, extensions)
        further = list_switch_headers(completed.response, self.url, self._find_place(request))
        response = scripted.rewrite(replace(switch, headers=Headers([*switch.headers.fields, *further])))
        link = ProxyLink(completed, handshake, request, self._rules)
        link.make_far_end(self._limits)
        return Agreement(response, subprotocol, link.behavior, parameters, link)

    @property
    def _limits(self) -> Limits:
        server = self._server
        keep_last = 0 if server.unattended else LAST_MESSAGES
        return Limits(server.max_message_size, server.inbox_limit, server.traffic_limit, keep_last, forgets=True)

    def _pass_refusal(self, answer: Response, request: Request) -> Refusal:
        headers = make_refusal_headers(answer, self.url, self._find_place(request))
        return Refusal(answer.status, answer.reason, headers, answer.body, why=AS_THE_TARGET)

    def _refuse(self, error: WebSocketError) -> Refusal:
        sentence = str(error)
        said = sentence.removesuffix(".")
        self._notices.append(f"a client got HTTP 502: {said[0].lower()}{said[1:]}")
        return refuse(502, f"{sentence}\n")

    def _find_place(self, request: Request) -> Place | None:
        if not self._options.rewrite:
            return None
        return Place(self._server.tls is not None, request.headers.get("Host", ""))


def _offers_compression(request: Request) -> bool:
    offers = request.headers.tokens("Sec-WebSocket-Extensions")
    return any(offer.partition(";")[0].strip() == "permessage-deflate" for offer in offers)
