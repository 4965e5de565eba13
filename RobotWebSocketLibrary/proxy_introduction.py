"""What the keyword page shows first about the intercepting proxy."""

from __future__ import annotations

PROXY_INTRODUCTION = r"""
= Intercepting proxy =

`Start WebSocket Proxy` stands between an application and its real server. The application connects to the proxy instead
of the server, and the proxy opens a connection to the server for each of its connections. A test sees what passes in
both directions, and changes what it wants to:

| `Start WebSocket Server`    # in a test of yours, there is a real server
| `Start WebSocket Proxy`    ${websocket.server.url}
| `Open WebSocket`    ${websocket.server.url}    # in a test of yours, the application does this
| ${app} =    `Wait For Client`
| `Send Text Message`    login
| `Wait For Message`    ==    login    connection=${app}    # what the application has sent
| `Wait For Message`    ==    login    connection=${app.upstream}    # what its server has answered
| `Send Text Message`    maintenance in 5 minutes    connection=${app}    # from the test, to the application

``${app}`` is the end that faces the application, and ``${app.upstream}`` the end that faces the target. Both are
connections, and every keyword that takes a ``connection`` works on them: what arrives at an end is in its inbox, and
what a test sends there leaves at once, past all rules. A proxy is a server, too: `Get Handshake Requests`,
`Set Handshake Response`, `Add Server Reply` and `Suspend WebSocket Server` work on it.

Messages pass without waiting for the test. Until `Wait For Client` returns an end, it keeps its last 1,000 messages, at
most 16 MiB. Afterwards a full inbox forgets its oldest messages, and a warning says so.

*Rules* change single messages. `Add Server Reply` comes first: a message that it answers is not for the target. Then
the first rule that matches applies:

| `Start WebSocket Server`
| `Start WebSocket Proxy`    ${websocket.server.url}
| `Drop Messages`    contains    secret    to=TARGET
| `Delay Messages`    delay=2s    to=CLIENT
| `Replace Messages`    matches    price: (\\d+)    price: {1}.99    to=CLIENT
| `Hold Messages`    ==    order    json_path=$.type    to=TARGET

Held and delayed messages hold up all that follow in the same direction, so the order stays. `Release Messages` lets
held ones go, `Remove Message Rules` ends all rules, and `Get Message Rules` says how often each has matched. Rules end
with the test that made them, those of a suite setup with the suite. A wait that fails on an end of a proxy lists what
the proxy did with the last messages.

*What passes*: fragments, pings and pongs from end to end, the subprotocol, the code and reason of a close frame, the
orderly end of TCP or its reset, a refused handshake with its headers and up to 64 KiB of its body. A close frame is
passed on, and the answer of the other side comes back. What a test does to one end (`Close WebSocket`,
`Drop Connection`) the other side sees as if the first one had done it. If one side breaks the protocol, the
proxy fails its connection, and the other side sees TCP lost.

*The handshake*: the target is asked first. The headers and cookies of the application go to it, except that ``Host``,
and an ``Origin`` that is the proxy's own, become those of the target. ``Location`` and ``Set-Cookie`` of its answer
become those of the proxy. ``rewrite=False`` leaves all of them as they are. If the target cannot be reached, the
application gets HTTP 502, and the next keyword warns. Compression is agreed on with each side by itself. With
``http=True`` plain HTTP passes, too, for pages that come through the proxy and for protocols that begin with it.
"""
