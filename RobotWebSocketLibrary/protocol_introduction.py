"""What the keyword page shows first about applications that speak a protocol of their own."""

from __future__ import annotations

PROTOCOL_INTRODUCTION = r"""
= Protocols of applications =

Many applications speak a protocol of their own within their messages. A few general keywords serve most of them.

`Send Request` sends a question and returns its answer, whatever else arrives meanwhile. The two belong together by an
id: ``$.id`` in JSON-RPC, graphql-ws and Chrome DevTools, and the second element of the arrays of OCPP and WAMP:

| `Start WebSocket Server`    default_protocol=silent
| VAR    &{sum}    id={$.id}    result=${5}
| `Add Server Reply`    ==    add    ${sum}    json_path=$.method
| `Add Server Reply`    ==    Heartbeat    [3, "{$[1]}", {"currentTime": "now"}]    json_path=$[2]
| `Open WebSocket`    ${websocket.server.url}
| ${answer} =    `Send Request`    {"method": "add", "params": [2, 3]}
| Should Be Equal    ${answer.result}    ${5}
| ${answer} =    `Send Request`    [2, "19223201", "Heartbeat", {}]    id=$[1]
| Should Be Equal    ${answer}[2][currentTime]    now

In the dictionary an id keeps its type. In the text, the token has quotes because the ids of OCPP are text.

= Automatic replies =

`Add Automatic Reply` answers messages at one end of a connection while the test does other things, as `Add Server Reply`
does for all clients of a test server. Operators, tokens and callables are the same, see `Scripted replies`. A message
that is answered neither gets into the inbox nor into the list of a failure. Those that came before the keyword are
answered as well, so a heartbeat right after the opening is not missed. `Send Messages Every` sends heartbeats by itself.

| = Protocol =      | = Its heartbeat = |
| Engine.IO 4       | ``Add Automatic Reply    ==    2    3`` |
| SignalR           | ``Add Automatic Reply    ==    {"type":6}\x1e    {"type":6}\x1e`` |
| graphql-ws        | ``Add Automatic Reply    ==    ping    {"type": "pong"}    json_path=$.type`` |
| NATS              | ``Add Automatic Reply    ==    PING\r\n    PONG\r\n`` |
| STOMP             | ``Send Messages Every    10s    \n`` and ``Add Automatic Reply    ==    \n`` |

`Remove Automatic Replies` ends both. So does the end of the connection. If a reply fails, for example because a callable
raises an error, the connection fails with 1011, and a warning says why.

= JSON in a wrapper =

Some protocols put something around their JSON. ``inside`` is a regular expression that finds it: its first group is the
JSON. It works wherever JSON is looked into: `Wait For Json Message`, `Send Request`, and, with ``json_path``,
`Should Not Receive Message`, `Add Server Reply` and `Add Automatic Reply`. As import argument it applies to all of them,
and ``inside=NONE`` switches it off for one keyword.

| = Protocol = | = Message = | = ``inside`` = |
| Socket.IO    | ``42["chat","hello"]``            | ``^42(.*)$`` |
| SockJS       | ``a["one","two"]``                | ``^a(.*)$`` |
| SignalR      | ``{"type":1}\x1e{"type":6}\x1e``  | ``([^\x1e]+)\x1e`` |

| `Open WebSocket`    ${websocket.server.url}
| `Send Text Message`    42["chat","hello"]
| ${event} =    `Wait For Json Message`    $[0]    ==    chat    inside=^42(.*)$
| Should Be Equal    ${event}[1]    hello

A message that the pattern does not find does not match. If the pattern finds several in one message, each is a record of
its own: a wait takes the first that matches, and the others stay in its place, as a message. A reply answers each record
that matches; ``{message}``, and what a callable gets, is then the text of this record. Its ``times`` counts messages,
whatever records they hold. The rules of a proxy take a message as a whole: where one of its records matches
`Drop Messages`, all of it is dropped. Nothing that is sent is wrapped.

= Packets in a stream =

Messages of some protocols only carry a stream of bytes: a message may hold several packets, or a part of one, as the
standard of MQTT over WebSocket says. `Wait For Bytes` takes exactly so many bytes out of this stream, or all up to a
delimiter, and what is left of a message stays in its place:

| `Open WebSocket`    ${websocket.server.url}
| `Send Binary Message`    \x90\x03\x00
| `Send Binary Message`    \x01\x00
| ${header} =    `Wait For Bytes`    2
| ${rest} =    `Wait For Bytes`    ${header}[1]
| Should Be Equal    ${rest}    \x00\x01\x00    type=bytes
"""
