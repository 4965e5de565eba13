"""What the server and a client agree on in the opening handshake: subprotocol, behavior, compression, and the 101."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ..protocol.deflate import DeflateParameters, accept_offer
from ..protocol.handshake import make_switch
from ..protocol.http import Request, Response
from .behaviors import Behavior, Behaviors
from .refusals import refuse_subprotocols
from .scripted_responses import AS_USUAL, ScriptedResponse

if TYPE_CHECKING:
    from .hosting import Link


class Agreement(NamedTuple):
    """The terms on which a client is let in. `response` is the 101 that says so. A proxy has opened a `link`."""

    response: Response
    subprotocol: str | None
    behavior: Behavior
    compression: DeflateParameters | None
    link: Link | None = None


def agree(
    request: Request, scripted: ScriptedResponse, behaviors: Behaviors, *, compression: bool
) -> Agreement | Response:
    """Agrees with a client, or refuses one that offers only unknown subprotocols."""
    offered = request.headers.tokens("Sec-WebSocket-Protocol")
    chosen = _choose(offered, scripted.subprotocol, behaviors)
    if chosen is None:
        return refuse_subprotocols(offered, behaviors.names)
    subprotocol, behavior = chosen
    compresses = compression and not scripted.gives("Sec-WebSocket-Extensions")
    parameters, extensions = (accept_compression(request) if compresses else None) or (None, None)
    response = scripted.rewrite(make_switch(request, subprotocol, extensions))
    return Agreement(response, subprotocol, behavior, parameters)


def _choose(offered: list[str], scripted: str | None, behaviors: Behaviors) -> tuple[str | None, Behavior] | None:
    """Chooses a client's subprotocol and behavior.

    A scripted subprotocol wins, with its own behavior if it has one, even if the client offered only unknown names.
    """
    usual = behaviors.choose(offered)
    if scripted == AS_USUAL:
        return usual
    named = None if scripted is None else behaviors.choose([scripted])
    _, behavior = named or usual or (None, behaviors.default)
    return scripted, behavior


def accept_compression(request: Request) -> tuple[DeflateParameters, str] | None:
    """Accepts the compression that a client offers; returns it with the header that says so."""
    offers = request.headers.get("Sec-WebSocket-Extensions")
    return accept_offer(offers) if offers else None
