"""Every default value of an argument, once. Those of a server's behaviors are in `server/behaviors.py`."""

from __future__ import annotations

from .byte_size import ByteSize

VARIABLE = "websocket"
"""The variable in which a run finds the live object."""

TIMEOUT = 5.0
"""Seconds that a keyword waits."""
MAX_MESSAGE_SIZE = ByteSize.read("64 MiB")
"""Bytes of the longest message that a connection accepts."""

INBOX_MESSAGES = 100_000
"""Messages that a connection keeps for the test before reading pauses."""
INBOX_SIZE = 256 * 1024 * 1024
"""Bytes of the messages that a connection keeps for the test before reading pauses."""

TRAFFIC_FRAMES = 1000
"""Frames of a connection that are kept for the log."""
TRAFFIC_PREVIEW = ByteSize(256)
"""Bytes of each payload that are kept for the log."""
LOGGED_FRAMES = 100
"""Frames that `Log WebSocket Traffic` shows."""

SERVER_HOST = "127.0.0.1"
"""Address that a test server listens on."""
SERVER_PORT = 0
"""Its port; 0 chooses a free one."""
COMMAND_LINE_PORT = 8765
"""The port of a server that the command line starts: its clients have to know it beforehand."""
SERVER_PROTOCOL = "echo"
"""What a test server does with the messages of a client that offers no subprotocol."""
HANDSHAKE_TIMEOUT = 10.0
"""Seconds that a client of a test server has for TLS and the opening handshake."""
HANDSHAKE_LIMIT = 1000
"""Clients that a test server leads through TLS and the opening handshake at once."""
