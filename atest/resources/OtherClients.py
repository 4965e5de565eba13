"""Clients that we did not write: how each takes an answer to its opening handshake."""

import shutil
import subprocess
from pathlib import Path

from robot.api import SkipExecution
from robot.api.deco import keyword, library

NODE_CLIENT = Path(__file__).parent.parent / "peers" / "ws_open.mjs"
WS = Path(__file__).parents[2] / "utest" / "peers" / "node" / "node_modules" / "ws"
PATIENCE = 60.0


@library
class OtherClients:
    @keyword
    def reaction_of_websockets(self, url: str, *subprotocols: str, timeout: float = PATIENCE) -> str:
        """Returns what the package `websockets` says about the handshake, or `opened` and the subprotocol."""
        from websockets.exceptions import InvalidHandshake
        from websockets.sync.client import connect

        try:
            with connect(url, subprotocols=subprotocols or None, open_timeout=timeout, proxy=None) as client:
                return f"opened {client.subprotocol or ''}".strip()
        except (InvalidHandshake, TimeoutError) as error:
            return str(error)

    @keyword
    def reaction_of_node(self, url: str, *subprotocols: str, timeout: float = PATIENCE, redirects: int = 0) -> str:
        """Returns what node's ws says about it, or `opened` and the subprotocol."""
        if shutil.which("node") is None:
            raise SkipExecution("node is not installed. In Debian: apt-get install nodejs npm")
        if not WS.exists():
            raise SkipExecution("Node's ws is not installed: npm install --prefix utest/peers/node")
        command = ["node", NODE_CLIENT, url, str(round(timeout * 1000)), str(redirects), *subprotocols]
        finished = subprocess.run(command, capture_output=True, text=True, timeout=2 * PATIENCE, check=True)
        return finished.stdout.strip()
