"""What the keyword page shows first about messages, waiting and JSON."""

from __future__ import annotations

MESSAGE_INTRODUCTION = r"""
= Messages and waiting =

From the moment a connection is open, its inbox keeps every message that arrives, in order. `Wait For Message` takes the
first of them. It can still do so after the connection has closed.

- ``Wait For Message    timeout=2s`` waits. It fails if nothing comes in time, and at once if the connection has ended.
- ``Wait For Message`` alone only checks: it returns a message or ``None`` at once and never fails. The same is true for
  `Wait For Json Message` without an operator and without ``timeout``.
- ``Wait For Message    contains    price`` waits for a message with this text, see `Waiting for one message among many`.
- `Wait For Messages` takes several at once, `Take Messages` all that are there, and `Clear Messages` forgets them.
- `Wait For Bytes` takes packets that do not end where messages end, see `Packets in a stream`.
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

What a wait returns is a dictionary, so names that Python knows already, such as ``items``, ``keys``, ``from`` and
``class``, need brackets: ``${message}[items]`` and ``${message}[from]`` always work. In ``validate``, attributes are
members first: ``len(value.items) == 2`` is true for two items. Only Python's own words, such as ``from`` and ``class``,
are written ``value['from']`` there.

| `Send Json Message`    {"from": "Ann", "items": [1, 2]}
| ${message} =    `Wait For Json Message`    $    validate    len(value.items) == 2 and value['from'] == 'Ann'
| Should Be Equal    ${message}[from]    Ann
| Length Should Be    ${message}[items]    2

A path alone, as in ``Wait For Json Message    $.id    timeout=2s``, takes the next message that has something there,
and ``$`` takes any JSON message. `Should Not Receive Message` looks into JSON where it is given a ``json_path``.
`Wait For Messages` treats messages as text.
"""
