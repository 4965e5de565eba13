"""What the keyword page shows first."""

from __future__ import annotations

INTRODUCTION = r"""Tests WebSocket applications from both ends of a connection.

The library opens connections to the application under test, and it runs a test server that stands in for the
application's peer. Both ends are driven with the same keywords, and no message is lost on the way.

| ***** Settings *****
| Library    RobotWebSocketLibrary
|
| ***** Test Cases *****
| Server Answers
|     Start WebSocket Server
|     Open WebSocket    ${websocket.server.url}
|     Send Text Message    hello
|     ${answer} =    Wait For Message    timeout=2s
|     Should Be Equal    ${answer}    hello
|     Close WebSocket

Examples on this page that begin with `Open WebSocket` expect a running server, as in this one.

== Table of contents ==

%TOC%

= Connections =

`Open WebSocket` opens a connection and makes it the *current* one, which keywords use when they are not told
otherwise. Several can be open: give each an ``alias``, or keep the object that `Open WebSocket` returns, and hand
it to the ``connection`` argument of a keyword, or to `Switch WebSocket`. An alias that is used again names the
newer connection.

What a test leaves open is closed when the test ends; what a suite setup opened, when the suite ends. The import
argument ``auto_close`` changes that, see `AutoClose`.

= Messages and waiting =

From the moment a connection is open, every message that arrives is kept in its inbox, in order. `Wait For
Message` takes the first of them, and can still do so after the connection has closed.

- ``Wait For Message    timeout=2s`` waits. It fails when nothing came in time, and at once when the connection
  has ended.
- ``Wait For Message`` alone only checks: it returns a message or ``None`` at once and never fails. The same goes for
  `Wait For Json Message` without an operator and without ``timeout``.
- ``Wait For Message    contains    price`` waits for a message with this text, see `Waiting for one message among many`.
- `Wait For Messages` takes several at once, `Take Messages` all that are there, and `Clear Messages` forgets them.
- `Should Not Receive Message` fails when a message comes that must not.

Where a keyword waits, with the exception just named, and is given no ``timeout``, the one of the import applies, 5 seconds by default. Durations
are time strings of Robot Framework, such as ``300ms`` or ``1 minute``. Every wait can be interrupted by Robot
Framework's timeouts and by Ctrl-C, and leaves the connection usable.

An argument that looks like a named one needs an escaped equal sign: ``Send Text Message    message\=hello``.

= Waiting for one message among many =

`Wait For Message`, `Wait For Json Message` and `Should Not Receive Message` take an operator and a value to compare
messages with. A wait takes the first message that satisfies them, whether it has arrived already or still comes. The
others stay in the inbox, in their order, for later waits.

| `Send Text Message`    {"price": 5}
| `Send Text Message`    done
| `Wait For Message`    ==    done
| `Wait For Json Message`    $.price    >    ${4}

| = Operator =            | = Also written =                     | = A message matches when it =  |
| ``==``                  | ``equal``, ``equals``, ``should be`` | is equal                       |
| ``!=``                  | ``inequal``, ``should not be``       | is not equal                   |
| ``contains``            | ``*=``                               | contains the text              |
| ``not contains``        |                                      | does not contain it            |
| ``starts``              | ``^=``, ``should start with``        | starts with it                 |
| ``ends``                | ``$=``, ``should end with``          | ends with it                   |
| ``matches``             |                                      | matches the regular expression somewhere, such as ``\\d\\d:\\d\\d``; ``(?s)`` lets ``.`` match line breaks |
| ``<``, ``>``, ``<=``, ``>=`` | ``less than``, ``greater than`` | comes before or after: numbers in JSON, otherwise text by its letters |
| ``validate``            |                                      | makes a Python expression true, such as ``value.isupper() and len(value) < 9`` |

A binary message is compared with bytes: ``contains    \x00\xff`` looks for these two. An expression that raises an
error for a message does not match, and the failure tells the error. A wrong pattern fails before the wait begins.

= JSON =

`Send Json Message` sends dictionaries, lists, numbers, or text that is JSON already. `Wait For Json Message` looks
into messages with JSONPath (RFC 9535): ``$`` is the whole message, ``$.user.name`` a member, ``$.items[0]`` the first
element, ``$.items[*].id`` all their ids, ``$..id`` every id at any depth, and ``$.items[?@.count > 5]`` those
elements that satisfy a condition. It returns the message with its members as attributes:

| `Send Json Message`    {"user": {"name": "Ann", "age": 41}, "tags": ["a", "b"]}
| ${message} =    `Wait For Json Message`    $.user.name    ==    Ann
| Should Be Equal    ${message.user.age}    ${41}
| Should Be Equal    ${message.tags}[0]    a

Values have types, as in JSON: write ``${41}`` for a number, ``${True}`` and ``${False}``, ``${None}`` for null, and
plain text for a string. ``contains`` looks for an element of an array, a name of an object, or a part of a string.
When only the type is wrong, the failure says so: ``found 41 (integer), expected '41' (string): write ${41}``. Numbers
are less or greater than numbers only, and different (``!=``) from every text.

A condition in ``[?…]`` chooses elements of a list, not the message itself. Several conditions on one message are for
``validate``:

| `Send Json Message`    {"symbol": "ACME", "price": 101.5}
| `Send Json Message`    [{"id": 1, "result": "yes"}, {"id": 2, "result": "no"}]
| `Wait For Json Message`    $    validate    value.symbol == 'ACME' and value.price > 100
| `Wait For Json Message`    $[?@.id == 2].result    ==    no

A path alone, as in ``Wait For Json Message    $.id    timeout=2s``, takes the next message that has something there,
and ``$`` any JSON message. `Should Not Receive Message` and `Wait For Messages` see messages as text.

= The ${websocket} variable =

The library keeps a live object in the global variable ``${websocket}``, from the suite setup on:

| ``${websocket.msgstate}``   | outcome of the last wait for a message: ``none`` (checked, nothing there), ``received``, ``timeout``, or ``closed`` (nothing there, and nothing can come) |
| ``${websocket.message}``    | the last message that a wait returned: text, bytes, or the value of a JSON message |
| ``${websocket.received}``   | how that message came, on whichever connection: its ``size`` in bytes, its number of ``fragments``, and its ``compressed_size``, ``None`` when it was not compressed |
| ``${websocket.response}``   | HTTP response of the last opening handshake, also of a refused one: ``status``, ``reason``, ``headers``, ``body``, ``text``, ``cookies`` and ``history`` |
| ``${websocket.url}``, ``subprotocol``, ``alias``, ``state`` | of the current connection; its state is ``open``, ``closing`` or ``closed`` |
| ``${websocket.compression}`` | what both ends of the current connection agreed on: ``server_no_context_takeover``, ``client_no_context_takeover``, ``server_max_window_bits`` and ``client_max_window_bits``; ``None`` where messages are not compressed |
| ``${websocket.close}``      | how the current connection closed, a `CloseStatus`: text such as ``1000 (normal closure) bye`` with ``code``, ``reason``, ``initiator`` and ``clean`` |
| ``${websocket.server.url}``, ``host``, ``port``, ``ca_file`` | of the current test server; after it has stopped, of the last one |

Names of headers can be in any case: ``${websocket.response.headers}[content-type]``. The object that `Open
WebSocket` returns has the same attributes for its own connection. In ``IF`` and ``Evaluate``, write
``$websocket.msgstate``.

= Test server =

`Start WebSocket Server` starts a server on a free port of this machine. What it does with the messages of a
client depends on the subprotocol that the client offers:

| = Subprotocol =           | = Behavior = |
| ``echo``                  | sends each message back |
| ``echo-broadcast``        | sends each message to every client of this subprotocol, on any path, the sender included |
| ``echo-broadcast-ping``   | the same, and a ping to each of its clients every 10 seconds |
| ``time-broadcast``        | sends the current time to each of its clients every 5 seconds, such as ``2026-01-31T12:00:00.000Z`` |
| ``echo-server-close``     | sends each message back, and closes the connection after ``bye`` or ``close`` |
| ``silent``                | never answers: for tests that script the server's end |

Each can also be asked for by its long name, such as ``org.ietf.websocket.test-echo-broadcast``. A client that
offers no subprotocol gets ``default_protocol``, one that offers only unknown ones is refused with HTTP 400. The
argument ``protocols`` adds names.

`Wait For Client` returns the server's end of a connection, and every keyword that takes a ``connection`` works on
it:

| `Start WebSocket Server`    default_protocol=silent
| `Open WebSocket`    ${websocket.server.url}
| ${peer} =    `Wait For Client`
| `Send Text Message`    hello    connection=${peer}

Where there are several clients, give each a path of its own, as in ``${websocket.server.url}bob``, and ask for it with
``Wait For Client    path=/bob``. `Get Clients` returns the ends of all open connections, and `Broadcast Message` sends a message to each. An end that
answers by itself keeps only its last 1,000 messages, at most 16 MiB, until one of these two has returned it. Of the
clients that have left, 1,000 wait for `Wait For Client`. Servers are stopped as connections are closed: when the test
ends that started them, or the suite.

What clients asked for tells `Get Handshake Requests`. `Set Handshake Response` makes the server refuse, redirect,
delay or ignore handshakes, or answer them wrongly:

| `Set Handshake Response`    503    times=1
| `Open WebSocket`    ${websocket.server.url}    expected_status=503
| `Open WebSocket`    ${websocket.server.url}

Web pages may connect when they come from this machine or from one of ``allowed_origins``; others get HTTP 403,
and the next keyword warns which origin was refused. A page opened from a file has the origin ``null``.

= Faults =

Either end of a connection can do what no well-behaved endpoint does, so that a test sees how the other one takes it:

- `Send Frame` sends any frame: reserved bits and opcodes, a wrong mask, a false length, close codes that may not be
  sent, fragments without an end. `Send Raw Bytes` sends what is no frame at all.
- `Drop Connection` ends TCP without a close frame, in order or with a reset.
- `Set Connection Behavior` leaves pings or close frames without an answer, stops reading, or sends slowly.

| `Open WebSocket`    ${websocket.server.url}
| ${peer} =    `Wait For Client`
| `Send Frame`    TEXT    hel    fin=False    connection=${peer}
| `Drop Connection`    reset=True    connection=${peer}
| `Wait For Close`    code=1006

How such a connection stands and ends is told as for any other.

= Scripted replies =

`Add Server Reply` says what the test server answers to some messages, instead of what the subprotocol does:

| `Add Server Reply`    ==    hello    welcome    what can I do for you?
| `Add Server Reply`    matches    subscribe (\\w+)    subscribed to {1}    delay=200ms
| `Add Server Reply`    ==    login    ${{ {'type': 'session', 'request': '{message}'} }}    json_path=$.type
| `Add Server Reply`    contains    overload    times=3    close_code=TRY_AGAIN_LATER
| `Add Server Reply`    ==    boring

Replies are tried in the order in which they were added; the first that matches answers. Several go out in order. The
last one above has nothing to send, so the server stays silent.

- ``{message}`` in a text stands for the message, ``{1}``, ``{2}``, … for the groups of ``matches``; other braces are
  text. In dictionaries and lists they work inside every text, and what they stand for is escaped as JSON wants it. A
  reply that is ``{message}`` and nothing else keeps the type of the message; elsewhere, binary messages are read as
  UTF-8.
- ``{$.id}`` stands for what is at this JSONPath in a message that is JSON. Where it is all of a text in a dictionary
  or list, it keeps its type: a number stays a number.
- A Python callable gets the message, text or bytes, and returns what to send: text, bytes, a dictionary or a list,
  or ``None`` for nothing. It runs when the message arrives, in a thread of the server. Take a function of a Python
  file: modules are not imported in an inline ``${{ lambda … }}``.
- Dictionaries and lists go out as JSON without spaces. Each cell is a reply of its own: write long JSON with ``VAR``.
- Each server has replies of its own. When a reply does not come, `Get Unmatched Messages` tells for which messages
  there was none.

| VAR    &{result}    jsonrpc=2.0    id={$.id}    result=Hello, {$.params.name}!
| `Add Server Reply`    ==    greet    ${result}    json_path=$.method
| `Open WebSocket`    ${websocket.server.url}
| `Send Json Message`    {"jsonrpc": "2.0", "id": 7, "method": "greet", "params": {"name": "Ann"}}
| ${answer} =    `Wait For Json Message`    $.id    ==    ${7}
| Should Be Equal    ${answer.result}    Hello, Ann!

When a reply fails, for example because a callable raises an error, the server closes that connection with 1011. The
next keyword that works on the server fails, and tells why; `Stop WebSocket Server` does so when it has stopped. Where
none follows, a warning tells it at the end of the test.

= Handshake =

The opening handshake is an HTTP exchange. The server's answer is in ``${websocket.response}``, whether it opened
the connection or not. With ``expected_status`` a refusal is what the test wants:

| `Set Handshake Response`    401    headers={'WWW-Authenticate': 'Bearer'}    times=1
| `Open WebSocket`    ${websocket.server.url}    expected_status=401
| Should Contain    ${websocket.response.headers}[www-authenticate]    Bearer

``username`` and ``password``, or those in the URL, become Basic authentication. A bearer token is a header, best of
all a ``Secret`` one, which Robot Framework keeps out of the log:

| VAR    ${token: Secret}    Bearer %{APPLICATION_TOKEN}
| VAR    &{headers}    Authorization=${token}
| `Open WebSocket`    ${URL}    headers=${headers}

An application that is not there yet is tried again with ``Wait Until Keyword Succeeds    10s    200ms    Open
WebSocket    ${URL}``.

Nothing is sent twice: a header ``Authorization``, ``Cookie`` or ``Origin`` excludes the
argument that writes the same. `Set WebSocket Defaults` sets any of this for all connections that follow.

Each connection has cookies of its own. What the answer sets is in ``${websocket.response.cookies}``, by name; to
send it again, give it to the next `Open WebSocket` as ``cookies``.

Redirects fail the handshake, unless ``redirects`` says how many may be followed. The connection's ``url`` is then
the last one, and ``${websocket.response.history}`` holds the answers before. Cookies that a server sets on the way
go with the requests that follow, to where they belong. Another origin gets neither ``cookies`` nor credentials, and
``wss`` never leads to ``ws``.

= Compression, fragments and heartbeat =

With ``compression=True``, `Open WebSocket` offers to compress messages (permessage-deflate, RFC 7692). The test
server accepts such an offer, unless it was started with ``compression=False``. ``max_message_size`` counts bytes
before compression. Whether a message came compressed tells ``${websocket.received}``:

| `Open WebSocket`    ${websocket.server.url}    compression=True
| `Send Text Message`    ${{'a long text ' * 100}}    fragment_size=10
| `Wait For Message`    timeout=2s
| Should Be Equal As Integers    ${websocket.received.size}    1200
| Should Not Be Equal    ${websocket.received.compressed_size}    ${None}
| Should Be True    ${websocket.received.compressed_size} < 100

``fragment_size`` sends a message in several frames. One that arrives so is put together, and
``${websocket.received.fragments}`` tells how many they were.

``ping_interval`` gives a connection a heartbeat: it sends a ping that often, and when the server does not answer one
within ``pong_timeout``, it fails the connection, which closes with ``1011 (internal error) the server answered no ping
in 2 seconds``. The time in which a large message is on its way, or
reading is paused because the inbox is full, does not count. Pongs of the heartbeat are not for `Wait For Pong`.

| `Open WebSocket`    ${URL}    ping_interval=10s    pong_timeout=2s

= Proxies =

``proxy`` names the proxy to go through, as an argument of the import, of `Set WebSocket Defaults`, or of `Open
WebSocket`:

| ``http://host:3128``                | HTTP proxy, asked with CONNECT |
| ``http://user:password@host:3128``  | the same, with Basic authentication |
| ``socks5h://host:1080``             | SOCKS 5 proxy, which resolves the server's name; ``socks5://`` resolves it here |
| ``socks5h://user:password@host``    | the same with a user, on port 1080 |
| ``NONE``                            | no proxy |

Without it, the environment variables ``http_proxy`` (for ``ws``), ``https_proxy`` (for ``wss``) and ``all_proxy``
apply, in lower or upper case, though never to this machine, nor to the hosts in ``no_proxy``. SOCKS needs the
``proxy`` extra of this library. A `Secret` keeps a password out of the log.

= TLS =

With ``tls=True`` the server makes a certificate that is thrown away when it stops (this needs the ``tls`` extra
of this library). A client trusts it with the server's ``ca_file``:

| `Start WebSocket Server`    tls=True
| `Open WebSocket`    ${websocket.server.url}    verify=${websocket.server.ca_file}

Certificates are verified unless ``verify=False`` says otherwise, which causes a warning. TLS 1.2 is the oldest
version. A server may ask for a certificate of the client: ``client_certificate``, and ``client_ca`` at the server.

= Traffic =

Each connection keeps its last 1,000 frames, with the first 256 bytes of each. The import arguments
``traffic_frames`` and ``traffic_preview`` keep more, or less.

- `Log WebSocket Traffic` shows them in log.html, as a table and as a sequence diagram.
- `Save WebSocket Traffic` writes a ``.har`` file that the developer tools of browsers open.
- `Get WebSocket Traffic` returns them, and `Get WebSocket Statistics` counts and times of all frames.

= Logging and secrets =

Each keyword writes one constant line on INFO level. With ``--loglevel DEBUG``, what was on the wire follows, with
its own times: ``> 'hello'`` was sent, ``< 'hello'`` was received, ``!`` tells how a connection was lost. The
handshake goes before, in a line for each direction. Lines of a test server's ends begin with ``server``. Remote text
is always quoted, escaped and cut.

When a keyword of this library fails, or a timeout of Robot Framework ends it, the last frames of its connection are
in log.html beneath it, on any level.

Robot Framework logs the arguments of keywords itself. Values of ``headers``, ``cookies``, ``password`` and
``proxy`` stay out of the log when they are of its ``Secret`` type. This library shows URLs without user names, passwords, and
values whose names tell of secrets, and no values of cookies. Of a request it shows only what opens a WebSocket, such
as ``Host``, ``Origin`` and ``Sec-WebSocket-Protocol``, and ``User-Agent``; of an answer, what has no name that tells
of secrets. Names of subprotocols and messages are shown as they are.

= Errors =

A failure is a sentence that says what did not happen, where and why, and often what to do. A wait that failed lists
the last messages that it found instead, and why each did not match:

| No JSON message with '$.id' equal to '1' (string) from 'ws://127.0.0.1:8080/' in 2 seconds; the connection is open.
| 2 messages have arrived and stay in the inbox:
|   'hello' is not JSON: Expecting value at position 1
|   '{"id": 1}' at '$.id': found 1 (integer), expected '1' (string): write ${1}

When a connection has ended, waits and sends fail at once, and say how: ``the server closed the connection with 1001
(going away)``. An opening that fails begins with ``Opening handshake with '…' failed:``, or with ``Could not connect
to`` where not even TCP was possible.

The beginning of the first line is what to match, with ``EXCEPT    No message    type=START``, or with ``Run Keyword And
Expect Error    No message*    Wait For Message    …``. Connections go by their alias, and by their URL where they have none.

= Limits =

| = What =                     | = Limit =                             | = Beyond it = |
| message                      | ``max_message_size``, 64 MiB          | the connection fails with 1009 |
| fragments of a message       | 131,072                               | the connection fails with 1009 |
| inbox                        | ``inbox_limit``, 100,000 messages; 256 MiB | reading pauses, and a warning says so; nothing is dropped |
| unsent messages to a slow client of a broadcast | 16 MiB             | that connection ends |
| HTTP head                    | 128 headers, 8,192 bytes per line     | the handshake fails |
| body of a refused handshake  | 64 KiB, 1 second                      | it is cut |
| ping body, close reason      | 125 bytes, 123 bytes                  | the keyword fails |
"""
