"""What the keyword page shows first about the test server."""

from __future__ import annotations

SERVER_INTRODUCTION = r"""
= Test server =

`Start WebSocket Server` starts a server on a free port of this machine. What it does with the messages of a client
depends on the subprotocol that the client offers:

| = Subprotocol =           | = Behavior = |
| ``echo``                  | sends each message back |
| ``echo-broadcast``        | sends each message to every client of this subprotocol, on any path, the sender included |
| ``echo-broadcast-ping``   | the same, and a ping to each of its clients every 10 seconds |
| ``time-broadcast``        | sends the current time to each of its clients every 5 seconds, such as ``2026-01-31T12:00:00.000Z`` |
| ``echo-server-close``     | sends each message back, and closes the connection after ``bye`` or ``close`` |
| ``silent``                | never answers: for tests that script the server's end |

Clients can also ask for each by its long name, such as ``org.ietf.websocket.test-echo-broadcast``. A client that offers
no subprotocol gets ``default_protocol``. A client that offers only unknown ones is refused with HTTP 400. The argument
``protocols`` adds names.

`Wait For Client` returns the server's end of a connection. Every keyword that takes a ``connection`` works on it:

| `Start WebSocket Server`    default_protocol=silent
| `Open WebSocket`    ${websocket.server.url}
| ${peer} =    `Wait For Client`
| `Send Text Message`    hello    connection=${peer}

If there are several clients, give each a path of its own, as in ``${websocket.server.url}bob``, and ask for it with
``Wait For Client    path=/bob``. `Get Clients` returns the ends of all open connections, and `Broadcast Message` sends
a message to each client. An end that answers by itself keeps only its last 1,000 messages, at most 16 MiB, until
`Wait For Client` or `Get Clients` has returned it. `Wait For Client` can still return the last 1,000 clients that have
left. Servers are stopped in the same way as connections are closed: when the test or suite that started them ends.

`Add Server Greeting` lets the server speak first, once or again and again.

`Get Handshake Requests` shows what clients asked for. `Set Handshake Response` makes the server refuse, redirect, delay
or ignore handshakes, or answer them wrongly:

| `Set Handshake Response`    503    times=1
| `Open WebSocket`    ${websocket.server.url}    expected_status=503
| `Open WebSocket`    ${websocket.server.url}

Web pages may connect if they come from this machine or from one of ``allowed_origins``. Others get HTTP 403, and the
next keyword warns which origin was refused. A page opened from a file has the origin ``null``.

= Plain HTTP =

Many applications ask by plain HTTP before they open a connection: for ``negotiate``, a login, the first poll of
Socket.IO, a health check. `Add Http Response` answers such requests on the port of the test server, also with a file,
such as a page to test. `Get Http Requests` returns what came:

| `Start WebSocket Server`
| VAR    &{negotiated}    connectionId=abc
| `Add Http Response`    POST    /hub/negotiate    body=${negotiated}
| ${requests} =    `Get Http Requests`    path=/hub/negotiate
| Should Be Empty    ${requests}    # the application would ask first

A request without an answer gets 426. Where an application asks by plain HTTP and then does not connect, the failure of
`Wait For Client` shows these requests.

= Outages =

`Suspend WebSocket Server` makes a server unavailable, so that a test sees how an application behaves in an outage and
how it connects again. `Resume WebSocket Server`, or the end of the test, lets clients in again:

| `Start WebSocket Server`
| `Open WebSocket`    ${websocket.server.url}    # in a test of yours, the application does this
| `Suspend WebSocket Server`    attempts=503
| `Open WebSocket`    ${websocket.server.url}    expected_status=503
| `Resume WebSocket Server`
| `Open WebSocket`    ${websocket.server.url}
| ${attempts} =    `Wait For Connection Attempts`    2
| Should Be Equal    ${attempts[1].outcome}    accepted

`Wait For Connection Attempts` returns what clients have tried, and `Reconnect Delays Should Be` compares the time that
they have waited before each attempt: ``Reconnect Delays Should Be    1s    2s    4s``.

= Faults =

Either end of a connection can do what no well-behaved endpoint does, so that a test sees how the other end reacts:

- `Send Frame` sends any frame: reserved bits and opcodes, a wrong mask, a false length, close codes that may not be
  sent, fragments without an end. `Send Raw Bytes` sends bytes that need not be a frame at all.
- `Drop Connection` ends TCP without a close frame, in order or with a reset.
- `Set Connection Behavior` leaves pings or close frames without an answer, stops reading, or sends slowly.

| `Open WebSocket`    ${websocket.server.url}
| ${peer} =    `Wait For Client`
| `Send Frame`    TEXT    hel    fin=False    connection=${peer}
| `Drop Connection`    reset=True    connection=${peer}
| `Wait For Close`    code=1006

The state and the close status of such a connection are reported as for any other.

= Scripted replies =

`Add Server Reply` says what the test server answers to some messages, instead of what the subprotocol does:

| `Add Server Reply`    ==    hello    welcome    what can I do for you?
| `Add Server Reply`    matches    subscribe (\\w+)    subscribed to {1}    delay=200ms
| `Add Server Reply`    ==    login    ${{ {'type': 'session', 'request': '{message}'} }}    json_path=$.type
| `Add Server Reply`    contains    overload    times=3    close_code=TRY_AGAIN_LATER
| `Add Server Reply`    ==    boring

Replies are tried in the order in which they were added; the first that matches answers. Several replies of one keyword
are sent in order. The last keyword above has nothing to send, so the server stays silent.

- ``{message}`` in a text stands for the message, and ``{1}``, ``{2}``, … stand for the groups of ``matches``. Other
  braces are text. Tokens work inside every text of dictionaries and lists too, where their values are escaped for JSON.
  A reply that is ``{message}`` and nothing else keeps the type of the message. Elsewhere, binary messages are read as
  UTF-8.
- ``{$.id}`` stands for the value at this JSONPath in a message that is JSON. If a text in a dictionary or list is
  nothing but this token, the value keeps its type: a number stays a number. In a reply that is text, JSON needs quotes
  around a token that stands for text, and none around one that stands for a number. Where the path finds nothing, the
  token becomes ``null`` as a value of its own in a dictionary or list, and nothing within a text.
- A Python callable gets the message, text or bytes, and returns what to send: text, bytes, a dictionary or a list,
  or ``None`` for nothing. It runs when the message arrives, in a thread of the server. Use a function from a Python
    file, because modules are not imported in an inline ``${{ lambda … }}``.
- Dictionaries and lists are sent as JSON without spaces. Each cell is a separate reply: write long JSON with ``VAR``.
- Each server has its own replies. If a reply does not come, `Get Unmatched Messages` returns the messages that had
  none.

| VAR    &{result}    jsonrpc=2.0    id={$.id}    result=Hello, {$.params.name}!
| `Add Server Reply`    ==    greet    ${result}    json_path=$.method
| `Open WebSocket`    ${websocket.server.url}
| `Send Json Message`    {"jsonrpc": "2.0", "id": 7, "method": "greet", "params": {"name": "Ann"}}
| ${answer} =    `Wait For Json Message`    $.id    ==    ${7}
| Should Be Equal    ${answer.result}    Hello, Ann!

If a reply fails, for example because a callable raises an error, the server closes that connection with 1011. The next
keyword that works on the server then fails and says why, with the file and the line of a callable that raised an error;
its traceback is in the log on DEBUG level. `Stop WebSocket Server` fails in the same way, after it has stopped the
server. If no such keyword follows, a warning says so at the end of the test.
"""
