"""What the keyword page shows first."""

from __future__ import annotations

from .python_introduction import PYTHON_INTRODUCTION
from .server_introduction import SERVER_INTRODUCTION

BEFORE_SERVERS = r"""Tests WebSocket applications from both ends of a connection.

The library opens connections to the application under test, and it runs a test server that stands in for the
application's peer. The same keywords drive both ends, and no message is lost on the way.

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

`Open WebSocket` opens a connection and makes it the *current* one. Keywords use the current connection unless they are
given another one. Several can be open: give each an ``alias``, or keep the object that `Open WebSocket` returns. Use
the alias or the object as the ``connection`` argument of a keyword, or with `Switch WebSocket`. If an alias is used
again, it names the newer connection.

What a test leaves open is closed when the test ends. What a suite setup opened is closed when the suite ends. The
import argument ``auto_close`` changes that, see `AutoClose`.

= Messages and waiting =

From the moment a connection is open, its inbox keeps every message that arrives, in order. `Wait For Message` takes the
first of them. It can still do so after the connection has closed.

- ``Wait For Message    timeout=2s`` waits. It fails if nothing comes in time, and at once if the connection has ended.
- ``Wait For Message`` alone only checks: it returns a message or ``None`` at once and never fails. The same is true for
  `Wait For Json Message` without an operator and without ``timeout``.
- ``Wait For Message    contains    price`` waits for a message with this text, see `Waiting for one message among many`.
- `Wait For Messages` takes several at once, `Take Messages` all that are there, and `Clear Messages` forgets them.
- `Should Not Receive Message` fails if a message comes that must not.

Apart from these checks, a keyword that is given no ``timeout`` waits as long as the import argument ``timeout`` says,
5 seconds by default. Durations are time strings of Robot Framework, such as ``300ms`` or ``1 minute``. Robot
Framework's timeouts and Ctrl-C can interrupt every wait, and the connection can be used afterwards.

An argument that looks like a named one needs an escaped equal sign: ``Send Text Message    message\=hello``.

= Waiting for one message among many =

`Wait For Message`, `Wait For Json Message` and `Should Not Receive Message` take an operator and a value to compare
messages with. A wait takes the first message that satisfies them, whether it has already arrived or is still to come.
The others stay in the inbox, in their order, for later waits.

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

A binary message is compared with bytes: ``contains    \x00\xff`` looks for these two. If an expression raises an error
for a message, the message does not match, and the failure shows the error. A wrong pattern fails before the wait.

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
plain text for a string. ``contains`` looks for an element of an array, a name in an object, or a part of a string.
If only the type is wrong, the failure says so: ``found 41 (integer), expected '41' (string): write ${41}``. Numbers
are less or greater than numbers only, and different (``!=``) from every text.

A condition in ``[?…]`` chooses elements of a list, not the message itself. For several conditions on one message, use
``validate``:

| `Send Json Message`    {"symbol": "ACME", "price": 101.5}
| `Send Json Message`    [{"id": 1, "result": "yes"}, {"id": 2, "result": "no"}]
| `Wait For Json Message`    $    validate    value.symbol == 'ACME' and value.price > 100
| `Wait For Json Message`    $[?@.id == 2].result    ==    no

A path alone, as in ``Wait For Json Message    $.id    timeout=2s``, takes the next message that has something there,
and ``$`` takes any JSON message. `Should Not Receive Message` and `Wait For Messages` treat messages as text.

= The ${websocket} variable =

In each suite that imports the library, the variable ``${websocket}`` holds a live object, from the suite setup on:

| ``${websocket.msgstate}``   | outcome of the last wait for a message: ``none`` (checked, nothing there), ``received``, ``timeout``, or ``closed`` (nothing there, and nothing can come) |
| ``${websocket.message}``    | the last message that a wait returned: text, bytes, or the value of a JSON message |
| ``${websocket.received}``   | how that message came, on whichever connection: its ``size`` in bytes, its number of ``fragments``, and its ``compressed_size``, ``None`` if it was not compressed |
| ``${websocket.response}``   | HTTP response of the last opening handshake, also of a refused one: ``status``, ``reason``, ``headers``, ``body``, ``text``, ``cookies`` and ``history`` |
| ``${websocket.url}``, ``subprotocol``, ``alias``, ``state`` | of the current connection; its state is ``open``, ``closing`` or ``closed`` |
| ``${websocket.compression}`` | what both ends of the current connection agreed on: ``server_no_context_takeover``, ``client_no_context_takeover``, ``server_max_window_bits`` and ``client_max_window_bits``; ``None`` if messages are not compressed |
| ``${websocket.close}``      | how the current connection closed, a `CloseStatus`: text such as ``1000 (normal closure) bye`` with ``code``, ``reason``, ``initiator`` and ``clean`` |
| ``${websocket.server.url}``, ``host``, ``port``, ``ca_file`` | of the current test server; after it has stopped, of the last one |

A variable of this name that a suite, a resource file or the command line has set stays as it is, and a warning says so.
The import argument ``variable`` then chooses another name for the live object: with ``variable=ws`` it is ``${ws.url}``.
For Robot Framework ``${WEB_SOCKET}`` and ``${web socket}`` are the same name. A variable that is empty or ``${NONE}``
only declares the name, for an editor.

Names of headers can be in any case: ``${websocket.response.headers}[content-type]``. The object that `Open WebSocket`
returns has the same attributes for its own connection. In ``IF`` and ``Evaluate``, write ``$websocket.msgstate``.
"""

AFTER_SERVERS = r"""
= Handshake =

The opening handshake is an HTTP exchange. ``${websocket.response}`` is the server's answer, whether it opened the
connection or not. If the test wants a refusal, use ``expected_status``:

| `Set Handshake Response`    401    headers={'WWW-Authenticate': 'Bearer'}    times=1
| `Open WebSocket`    ${websocket.server.url}    expected_status=401
| Should Contain    ${websocket.response.headers}[www-authenticate]    Bearer

``username`` and ``password``, or those in the URL, become Basic authentication. A bearer token is a header. Make it a
``Secret``, which Robot Framework keeps out of the log:

| VAR    ${token: Secret}    Bearer %{APPLICATION_TOKEN}
| VAR    &{headers}    Authorization=${token}
| `Open WebSocket`    ${URL}    headers=${headers}

If the application may not be running yet, try again with ``Wait Until Keyword Succeeds    10s    200ms    Open
WebSocket    ${URL}``.

Nothing is sent twice: a header ``Authorization``, ``Cookie`` or ``Origin`` excludes the argument that writes the same
header. `Set WebSocket Defaults` sets any of these for all connections that follow.

Each connection has its own cookies. ``${websocket.response.cookies}`` holds those that the answer sets, by name. To
send them again, give them to the next `Open WebSocket` as ``cookies``.

A redirect fails the handshake, unless ``redirects`` says how many may be followed. The connection's ``url`` is then the
last one, and ``${websocket.response.history}`` holds the earlier answers. If a server on the way sets cookies, they are
sent with the following requests to where they belong. Another origin gets neither ``cookies`` nor credentials, which
are also headers given as ``Secret`` and those whose names suggest secrets, such as ``X-Api-Key``. A redirect from
``wss`` to ``ws`` is never followed.

= Compression, fragments and heartbeat =

With ``compression=True``, `Open WebSocket` offers to compress messages (permessage-deflate, RFC 7692). The test server
accepts such an offer, unless it was started with ``compression=False``. ``max_message_size`` counts bytes before
compression. ``${websocket.received}`` says whether a message came compressed:

| `Open WebSocket`    ${websocket.server.url}    compression=True
| `Send Text Message`    ${{'a long text ' * 100}}    fragment_size=10
| `Wait For Message`    timeout=2s
| Should Be Equal As Integers    ${websocket.received.size}    1200
| Should Not Be Equal    ${websocket.received.compressed_size}    ${None}
| Should Be True    ${websocket.received.compressed_size} < 100

``fragment_size`` sends a message in several frames. A message that arrives in several frames is put together, and
``${websocket.received.fragments}`` says how many there were.

``ping_interval`` gives a connection a heartbeat: it sends a ping each time this interval has passed. If the server does
not answer a ping within ``pong_timeout``, the connection fails with ``1011 (internal error) the server answered no ping
in 2 seconds``. Time does not count while a large message is on its way, or while reading is paused because the inbox is
full. `Wait For Pong` does not return pongs of the heartbeat.

| `Open WebSocket`    ${URL}    ping_interval=10s    pong_timeout=2s

= Proxies =

``proxy`` names the proxy to go through. It is an argument of the import, of `Set WebSocket Defaults`, and of `Open
WebSocket`:

| ``http://host:3128``                | HTTP proxy, asked with CONNECT |
| ``http://user:password@host:3128``  | the same, with Basic authentication |
| ``socks5h://host:1080``             | SOCKS 5 proxy, which resolves the server's name; ``socks5://`` resolves it here |
| ``socks5h://user:password@host``    | the same with a user, on port 1080 |
| ``NONE``                            | no proxy |

Without it, the environment variables ``http_proxy`` (for ``ws``), ``https_proxy`` (for ``wss``) and ``all_proxy``
apply, in lower or upper case, but never to this machine or to the hosts in ``no_proxy``. SOCKS needs the ``proxy``
extra of this library. A `Secret` keeps a password out of the log.

= TLS =

With ``tls=True`` the server makes a certificate that is thrown away when it stops (this needs the ``tls`` extra
of this library). A client trusts it with the server's ``ca_file``:

| `Start WebSocket Server`    tls=True
| `Open WebSocket`    ${websocket.server.url}    verify=${websocket.server.ca_file}

Certificates are verified unless ``verify=False`` says otherwise, which causes a warning. TLS 1.2 is the oldest version.
A server can ask for a certificate of the client: use ``client_ca`` at the server, and ``client_certificate``.

= Traffic =

Each connection keeps its last 1,000 frames, with the first 256 bytes of each. The import arguments ``traffic_frames``
and ``traffic_preview`` keep more, or less.

- `Log WebSocket Traffic` shows them in log.html, as a table and as a sequence diagram. A cell unfolds to all that was
  kept of a long payload, binary ones in hex. From 200 frames on, equal frames can be folded.
- `Save WebSocket Traffic` writes a ``.har`` file that the developer tools of browsers open.
- `Get WebSocket Traffic` returns them, and `Get WebSocket Statistics` returns counts and times of all frames.

= Logging and secrets =

Each keyword writes one constant line on INFO level. With ``--loglevel DEBUG``, what was on the wire follows, with
its own times: ``> 'hello'`` was sent, ``< 'hello'`` was received, and ``!`` says how a connection was lost. The
handshake comes before, in a line for each direction. Lines of a test server's ends begin with ``server``. Lines of
several ends are in the order in which it happened. Remote text is always quoted, escaped and cut.

If a keyword of this library fails, or a timeout of Robot Framework ends it, log.html shows the last frames of its
connection beneath it, on any level, and whole messages of its inbox where a line does not show them. Beneath an
`Open WebSocket` that failed it shows the opening handshake. Frames that broke the protocol are shown by their first
bytes.

Robot Framework itself logs the arguments of keywords. Values of ``headers``, ``cookies``, ``password`` and ``proxy``
stay out of the log if their type is ``Secret``. This library shows URLs without user names, passwords, and values whose
names suggest secrets. It does not show values of cookies. Of the headers of a request, it shows only those that open a
WebSocket, such as ``Host``, ``Origin`` and ``Sec-WebSocket-Protocol``, and ``User-Agent``, and none that a test gives as
``Secret``. Of the headers of an answer, it shows those whose names do not suggest secrets. Names of subprotocols and
messages are shown as they are. So is what arrives at a test server, which cannot know what its client keeps secret.

"""

AFTER_PYTHON = r"""
= Errors =

A failure is a sentence that says what did not happen, where and why, and often what to do. A wait that failed lists
the last messages that it found instead, and why each did not match:

| No JSON message with '$.id' equal to '1' (string) from 'ws://127.0.0.1:8080/' in 2 seconds; the connection is open.
| 2 messages have arrived and stay in the inbox:
|   'hello' is not JSON: Expecting value at position 1
|   '{"id": 1}' at '$.id': found 1 (integer), expected '1' (string): write ${1}

If a connection has ended, waits and sends fail at once, and say how it ended: ``the server closed the connection with
1001 (going away)``. If an opening fails, the failure begins with ``Opening handshake with '…' failed:``, or with
``Could not connect to`` if not even TCP was possible.

The beginning of the first line is what to match, with ``EXCEPT    No message    type=START``, or with ``Run Keyword And
Expect Error    No message*    Wait For Message    …``. A failure names a connection by its alias, or by its URL if it
has no alias.

= Limits =

| = What =                     | = Limit =                             | = Beyond it = |
| message                      | ``max_message_size``, 64 MiB          | the connection fails with 1009 |
| fragments of a message       | 131,072                               | the connection fails with 1009 |
| inbox                        | ``inbox_limit``, 100,000 messages; 256 MiB | reading pauses, and a warning says so; nothing is dropped |
| unsent messages to a slow client of a broadcast | 16 MiB             | that connection ends |
| HTTP head                    | 128 headers, 8,192 bytes per line, 32 KiB in all | the handshake fails |
| handshakes of a test server  | 1,000 at once                         | the next clients wait until one ends |
| body of a refused handshake  | 64 KiB, 1 second                      | it is cut |
| ping body, close reason      | 125 bytes, 123 bytes                  | the keyword fails |

While a message arrives, it takes its own size in memory, and a text takes it twice while it is decoded. A compressed one
that would grow a thousandfold beyond its limit is refused after about 9 MiB.
"""

INTRODUCTION = BEFORE_SERVERS + SERVER_INTRODUCTION + AFTER_SERVERS + PYTHON_INTRODUCTION + AFTER_PYTHON
