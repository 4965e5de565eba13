"""How one end departs from RFC 6455 when a test tells it to."""

from __future__ import annotations

from .attention import Attention


class Misbehavior:
    """What RFC 6455 asks of an endpoint and a test may switch off. `send_delay` is in seconds, before each frame.

    The test's thread changes it, and asks the reading thread to look. Whoever reads or writes looks at it before each
    step.
    """

    def __init__(self, attention: Attention | None = None) -> None:
        self.answers_pings = True
        self.answers_close = True
        self.reads = True
        self.send_delay = 0.0
        self._attention = attention or Attention()

    def change(
        self,
        answers_pings: bool | None = None,
        answers_close: bool | None = None,
        reads: bool | None = None,
        send_delay: float | None = None,
    ) -> None:
        """Changes what is given."""
        self.answers_pings = self.answers_pings if answers_pings is None else answers_pings
        self.answers_close = self.answers_close if answers_close is None else answers_close
        self.reads = self.reads if reads is None else reads
        self.send_delay = self.send_delay if send_delay is None else send_delay
        self._attention.ask()

    def restore(self) -> None:
        """Behaves again. Otherwise whoever closes the connection would wait in vain, or blame the peer."""
        self.change(True, True, True, 0)
