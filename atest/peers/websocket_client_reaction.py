"""How websocket-client takes what a server does: `websocket_client_reaction.py URL [PING_INTERVAL PING_TIMEOUT]`

It does what a text asks for, `please close`, sends back any other message, and prints each error and the end.
"""

import sys

from websocket import WebSocketApp


def answer(app: WebSocketApp, message: str) -> None:
    if message == "please close":
        app.close(status=4001, reason=b"done", timeout=1)
    else:
        app.send(message)


def tell(*news: object) -> None:
    print(*news, flush=True)  # noqa: T201, the suite reads it


url, interval, timeout = [*sys.argv[1:], "0", "0"][:3]
app = WebSocketApp(
    url,
    on_message=answer,
    on_error=lambda _, error: tell(f"{type(error).__name__}: {error}"),
    on_close=lambda _, code, reason: tell("closed", code, reason),
)
app.run_forever(ping_interval=float(interval), ping_timeout=float(timeout) or None)
