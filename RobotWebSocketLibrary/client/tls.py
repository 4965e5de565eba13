"""TLS of a client: whom it trusts, the TLS handshake, and why that failed."""

from __future__ import annotations

import socket
import ssl
from dataclasses import dataclass, field
from pathlib import Path

from ..connection.tls_stream import TlsStream
from ..deadline import Deadline
from ..errors import HandshakeError, WebSocketError, describe_os_error, quoted
from ..key_files import EncryptedKeyError, load_certificate

TRUST_HINT = "give the file of its certificate authority with `verify`"
ACCEPT_HINT = "`verify=False` accepts any certificate"
ALERT_HINTS = {
    "certificate required": "; give one with `client_certificate`",
    "handshake failure": "; if it asks for a certificate, give one with `client_certificate`",
    "protocol version": "; this library speaks TLS 1.2 and 1.3",
    "unknown ca": "; it does not trust the authority of `client_certificate`",
}


@dataclass(frozen=True)
class TlsOptions:
    """`verify` is True for the authorities that this machine trusts, False for any server, or a file of authorities.

    It can also be a directory, as `openssl rehash` makes it. `server_name` is the one that the server is asked for, and
    that its certificate must be for, if not the host of the URL.
    """

    verify: bool | Path = True
    certificate: Path | None = None
    private_key: Path | None = None
    server_name: str | None = None
    password: str | None = field(default=None, repr=False)


def create_tls_context(options: TlsOptions) -> ssl.SSLContext:
    """Returns the context for a connection. Fails when a file cannot be used.

    Python 3.13 checks by other flags than those before it. These are the same on each: whoever trusts an authority
    within a chain trusts what it has signed, and a certificate may lack what RFC 5280 wants beside the signature.
    """
    context = _trust(options.verify) if isinstance(options.verify, Path) else ssl.create_default_context()
    context.verify_flags = (context.verify_flags | ssl.VERIFY_X509_PARTIAL_CHAIN) & ~ssl.VERIFY_X509_STRICT
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if options.verify is False:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if options.certificate is not None:
        _load_certificate(context, options.certificate, options.private_key, options.password)
    return context


def start_tls(
    connected: socket.socket,
    host: str,
    context: ssl.SSLContext,
    url: str,
    deadline: Deadline,
    *,
    verify: bool | Path = True,
) -> TlsStream:
    """Performs the TLS handshake on a connected socket. `verify` is what the context trusts, for a failure."""
    try:
        return wrap_tls(connected, host, context, deadline)
    except OSError as error:
        raise HandshakeError(url, explain_tls_failure(error, host, deadline, verify=verify)) from error


def wrap_tls(connected: socket.socket, host: str, context: ssl.SSLContext, deadline: Deadline) -> TlsStream:
    """Performs the TLS handshake, and closes the socket when that fails."""
    try:
        connected.getpeername()  # fails if the server has left already: `wrap_socket` would leave the socket open then
        stream = TlsStream(context.wrap_socket(connected, server_hostname=host, do_handshake_on_connect=False))
    except OSError:
        connected.close()
        raise
    try:
        stream.handshake(deadline)
    except BaseException:
        stream.close()
        raise
    return stream


def _trust(authorities: Path) -> ssl.SSLContext:
    if authorities.is_dir():
        return ssl.create_default_context(capath=authorities)
    _check_exists(authorities, "verify")
    try:
        return ssl.create_default_context(cafile=authorities)
    except ssl.SSLError as error:
        raise WebSocketError(
            f"Cannot use the file '{authorities}' of the argument 'verify': it contains no PEM certificate."
        ) from error


def _load_certificate(
    context: ssl.SSLContext, certificate: Path, private_key: Path | None, password: str | None
) -> None:
    _check_exists(certificate, "client_certificate")
    if private_key is not None:
        _check_exists(private_key, "client_key")
    try:
        load_certificate(context, certificate, private_key, password, "client_key_password")
    except (EncryptedKeyError, ssl.SSLError) as error:
        reason = "it contains no PEM certificate"
        if isinstance(error, EncryptedKeyError):
            reason = str(error)
        elif "KEY" in str(error):
            reason = "its private key belongs to another certificate"
        raise WebSocketError(f"Cannot use the client certificate '{certificate}': {reason}.") from error


def _check_exists(path: Path, argument: str) -> None:
    if not path.is_file():
        raise WebSocketError(f"The file '{path}' of the argument '{argument}' does not exist.")


def explain_tls_failure(
    error: OSError, host: str, deadline: Deadline, *, verify: bool | Path = True, peer: str = "server"
) -> str:
    """Says why the TLS handshake failed, to continue a sentence."""
    if isinstance(error, TimeoutError):
        return f"the {peer} accepted TCP but did not answer the TLS handshake in {deadline}"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the {peer}'s certificate {_explain_distrust(error, host, verify)}"
    suspicion = f"did you mean '{'ws://' if peer == 'server' else 'http://'}'?"
    if isinstance(error, ssl.SSLError) and error.reason in ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "UNKNOWN_PROTOCOL"):
        return f"the {peer} does not speak TLS on this port; {suspicion}"
    if isinstance(error, ssl.SSLError) and error.reason and "ALERT" in error.reason:
        alert = error.reason.rpartition("ALERT_")[2].lower().replace("_", " ")
        return f"the {peer} refused the TLS handshake: {alert}{ALERT_HINTS.get(alert, '')}"
    ended = f"the {peer} ended the TLS handshake: {quoted(describe_os_error(error))}"
    return f"{ended}; {suspicion}" if isinstance(error, (ssl.SSLEOFError, ConnectionError)) else ended


def _explain_distrust(error: ssl.SSLCertVerificationError, host: str, verify: bool | Path) -> str:
    match error.verify_code:  # OpenSSL's X509_V_ERR codes
        case 9:
            return f"is not valid yet; {ACCEPT_HINT}"
        case 10:
            return f"has expired; {ACCEPT_HINT}"
        case 62 | 64:
            return f"is not for '{host}'; {ACCEPT_HINT}"
    hint = f"'{verify}' does not hold its authority" if isinstance(verify, Path) else TRUST_HINT
    return f"is not trusted ({error.verify_message}); {hint}"
