"""Why an attempt to connect has led to no connection, as failures and the log say it."""

from __future__ import annotations

import ssl
from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from ..errors import escaped

LISTED_FAILURES = 10
"""Lines of a failure about attempts that have failed."""


class Kind(NamedTuple):
    """What happened, for one client and for several."""

    one: str
    many: str


REFUSED = Kind("handshake was refused", "handshakes were refused")
PLAIN_HTTP = Kind("plain HTTP request got 426", "plain HTTP requests got 426")
ANSWERED = Kind("plain HTTP request was answered", "plain HTTP requests were answered")
PASSED_ON = Kind("plain HTTP request was passed on", "plain HTTP requests were passed on")
UNREADABLE = Kind("request could not be read", "requests could not be read")
LATE = Kind("client sent no complete request in time", "clients sent no complete request in time")
LEFT = Kind("client left without a complete request", "clients left without a complete request")
LEFT_UNANSWERED = Kind("client left before it was answered", "clients left before they were answered")
SUSPENDED = Kind("attempt met the suspended server", "attempts met the suspended server")
TLS_FAILED = Kind("TLS handshake failed", "TLS handshakes failed")
NO_REQUEST_OVER_TLS = Kind(
    "client left after the TLS handshake, and does not seem to trust the certificate",
    "clients left after the TLS handshake, and do not seem to trust the certificate",
)
TLS_TO_PLAIN_PORT = Kind(
    "client spoke TLS (wss://) to this server, which speaks plain TCP (ws://)",
    "clients spoke TLS (wss://) to this server, which speaks plain TCP (ws://)",
)


class Failure(NamedTuple):
    """What happened to an attempt, and what is to be said about this one."""

    kind: Kind
    what: str = ""

    def __str__(self) -> str:
        return self.kind.one + (f": {self.what}" if self.what else "")


def describe_failures(failures: Iterable[Failure]) -> list[str]:
    """A line for each failure, with how often it has happened; the last ones, if there are many."""
    counted = Counter(failures)
    lines = []
    for (kind, what), count in list(counted.items())[-LISTED_FAILURES:]:
        line = f"1 {kind.one}" if count == 1 else f"{count:,} {kind.many}"
        lines.append(f"{line}: {what}" if what else line)
    earlier = len(counted) - len(lines)
    return [f"{earlier:,} earlier kinds of failure are not listed", *lines] if earlier else lines


def explain_tls_failure(error: OSError, *, has_sent_certificate: bool) -> Failure:
    """Says why a TLS handshake has failed, in words of a test rather than of OpenSSL."""
    reason = (error.reason or "") if isinstance(error, ssl.SSLError) else ""
    if reason in _EXPLAINED:
        return Failure(TLS_FAILED, _EXPLAINED[reason])
    if reason == "CERTIFICATE_VERIFY_FAILED":
        why = getattr(error, "verify_message", "")
        return Failure(TLS_FAILED, f"the certificate of the client is not trusted ({escaped(why)})")
    if reason and reason != _EOF:
        return Failure(TLS_FAILED, reason.lower().replace("_", " "))
    suspicion = " when it had the certificate, and does not seem to trust it" if has_sent_certificate else ""
    return Failure(TLS_FAILED, f"the client left{suspicion}")


_EOF = "UNEXPECTED_EOF_WHILE_READING"
_PLAIN = "the client spoke plain TCP (ws://) to this server, which speaks TLS (wss://)"
_DISTRUST = "the client does not trust the certificate"
_EXPLAINED = {
    "HTTP_REQUEST": _PLAIN,
    "WRONG_VERSION_NUMBER": _PLAIN,
    "RECORD_LAYER_FAILURE": _PLAIN,
    "PEER_DID_NOT_RETURN_A_CERTIFICATE": "the client has sent no certificate",
    "TLSV1_ALERT_UNKNOWN_CA": f"{_DISTRUST} (unknown ca)",
    "SSLV3_ALERT_BAD_CERTIFICATE": f"{_DISTRUST} (bad certificate)",
    "SSLV3_ALERT_CERTIFICATE_UNKNOWN": f"{_DISTRUST} (certificate unknown)",
    "SSLV3_ALERT_CERTIFICATE_EXPIRED": f"{_DISTRUST} (certificate expired)",
    "SSLV3_ALERT_UNSUPPORTED_CERTIFICATE": f"{_DISTRUST} (unsupported certificate)",
}
"""What OpenSSL says in its different releases, and the alerts of clients that have refused the certificate."""
