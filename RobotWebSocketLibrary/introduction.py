"""What the keyword page shows first."""

from __future__ import annotations

from .message_introduction import MESSAGE_INTRODUCTION
from .protocol_introduction import PROTOCOL_INTRODUCTION
from .proxy_introduction import PROXY_INTRODUCTION
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
again, it names the newer connection. When that one has gone with its test, the alias names the older one again.

What a test leaves open is closed when the test ends. What a suite setup opened is closed when the suite ends. The
import argument ``auto_close`` changes that, see `AutoClose`.
"""

BEHIND_MESSAGES = r"""
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
= Many connections =

`Open WebSockets` opens many connections at once, such as one for each of a thousand users. Where a keyword that sends,
or `Close WebSocket`, takes a ``connection``, a list or a pattern of aliases stands for several.
`Wait For Message On All` waits until each has its message, and returns how long that took:

| `Start WebSocket Server`
| `Open WebSockets`    ${websocket.server.url}user/{n}    20    alias=user
| `Send Text Message`    hello    connection=user*
| ${times} =    `Wait For Message On All`    ==    hello    connections=user*    timeout=5s
| Should Be True    ${times.p99} < 5

``${websocket.received}`` of a single answer has ``time``, when it arrived, and ``since_sent``, seconds from the last
message that was sent on its connection.

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
last one, and ``${websocket.response.history}`` holds the earlier answers. If a server on the way sets cookies,
later requests send them to the hosts that they are for. Another origin gets neither ``cookies`` nor credentials.
Headers given as ``Secret`` count as credentials, and so do those whose names suggest secrets, such as ``X-Api-Key``. A
redirect from ``wss`` to ``ws`` is never followed.

= Wrong handshakes =

A test of a server may ask wrongly. ``headers`` replace what the request has by itself: ``Host``, ``Upgrade``,
``Connection``, and ``Sec-WebSocket-`` with ``Version``, ``Key``, ``Extensions`` or ``Protocol``. The value ``${None}``
leaves a header out, also one of the defaults. A list of pairs repeats a name. ``method`` sends another
method, and ``server_name`` another name in TLS:

| VAR    &{headers}    Sec-WebSocket-Version=8    Host=tenant.example
| `Open WebSocket`    ${websocket.server.url}    headers=${headers}    expected_status=426
| VAR    &{headers}    Sec-WebSocket-Key=${None}
| `Open WebSocket`    ${websocket.server.url}    headers=${headers}    expected_status=400
| ${twice} =    Evaluate    [('Host', 'a'), ('Host', 'b')]
| `Open WebSocket`    ${websocket.server.url}    headers=${twice}    expected_status=400

``Sec-WebSocket-Extensions`` also chooses what is offered, such as ``permessage-deflate; client_no_context_takeover``.

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
| ``https://host:443``                | HTTP proxy that is asked over TLS; ``verify`` holds its authority, too |
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
A server can ask the client for a certificate: use ``client_ca`` at the server and ``client_certificate`` at the client.

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
several ends are in the order in which things happened. Remote text is always quoted, escaped and cut.

If a keyword of this library fails, or a timeout of Robot Framework ends it, log.html shows the last frames of its
connection beneath it, on any level, and whole messages of its inbox where a line does not show them. Beneath an
`Open WebSocket` that failed it shows the opening handshake. Frames that broke the protocol are shown by their first
bytes.

Robot Framework itself logs the arguments of keywords. What is given as ``Secret`` stays out of the log: URLs,
subprotocols, values of ``headers`` and ``cookies``, ``password``, ``proxy``, and whatever is sent as a message, a reply
or a greeting, also inside dictionaries and lists. Such a frame shows ``***`` instead, in the log, in failures and in
``.har`` files, and of such a URL only the host is shown:

| VAR    ${token: Secret}    %{APPLICATION_TOKEN}
| VAR    &{login}    type=login    token=${token}
| `Send Json Message`    ${login}    # the log shows > '{"type":"login","token":"***"}'

A ``Secret`` to compare with, as in `Wait For Message`, is refused: a failure would have to show it.

This library shows other URLs without user names, passwords, and values whose
names suggest secrets. It does not show values of cookies. Of the headers of a request, it shows only those that open a
WebSocket, such as ``Host``, ``Origin`` and ``Sec-WebSocket-Protocol``, and ``User-Agent``, and none that a test gives as
``Secret``. Of the headers of an answer, it shows those whose names do not suggest secrets. Other names of subprotocols
and other messages are shown as they are. So is what a peer sends, also if it repeats a secret, and what arrives at a
test server, which cannot know what its client keeps secret.

"""

AFTER_PYTHON = r"""
= Errors =

A failure is a sentence that says what did not happen, where and why, and often what to do. A wait that failed lists
messages that it found instead, the nearest ones first, and why each did not match. Equal messages are one line. It also
tells what earlier keywords took, and which other ends that the test holds have messages that nobody took:

| No JSON message with '$.id' equal to '1' (string) from 'ws://127.0.0.1:8080/' in 2 seconds; the connection is open.
| 14 messages have arrived and stay in the inbox, the nearest first:
|   '{"id": 1}' at '$.id': found 1 (integer), expected '1' (string): write ${1}
|   12 times: '{"type":"ka"}' has nothing at '$.id'
|   'hello' is not JSON: Expecting value at position 1
| messages that nobody took: 2 from 'feed' (1 of them matches)

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
| inbox                        | ``inbox_limit``, 100,000 messages; 256 MiB | reading pauses, and a warning says so; nothing is dropped until our end closes the connection |
| inbox of an end of a proxy   | the same                              | its oldest messages are forgotten, and a warning says so |
| messages that rules of a proxy hold or delay | 16 MiB or 100,000 messages in each direction | reading pauses, and a warning says so |
| unsent messages to a slow client of a broadcast | 16 MiB             | that connection ends |
| HTTP head                    | 128 headers, 8,192 bytes per line, 32 KiB in all | the handshake fails |
| handshakes of a test server  | 1,000 at once                         | the next clients wait until one ends |
| body of a refused handshake  | 64 KiB, 1 second                      | it is cut |
| ping body, close reason      | 125 bytes, 123 bytes                  | the keyword fails |

While a message arrives, it takes its own size in memory, and a text takes it twice while it is decoded. A compressed one
that would grow a thousandfold beyond its limit is refused after about 9 MiB.
"""

INTRODUCTION = (
    BEFORE_SERVERS
    + MESSAGE_INTRODUCTION
    + BEHIND_MESSAGES
    + SERVER_INTRODUCTION
    + PROTOCOL_INTRODUCTION
    + PROXY_INTRODUCTION
    + AFTER_SERVERS
    + PYTHON_INTRODUCTION
    + AFTER_PYTHON
)
