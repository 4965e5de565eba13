"""What may be secret in URLs and headers, and how long a peer can keep us looking for it."""

from __future__ import annotations

from time import thread_time

import pytest

from RobotWebSocketLibrary.secrecy import mask_request_header, mask_response_header, mask_url


@pytest.mark.parametrize(
    ("url", "masked"),
    [
        ("/chat", "/chat"),
        ("/chat?room=1", "/chat?room=1"),
        ("/?token=hidden", "/?token=***"),
        ("/?a=1&access_token=hidden&b=2", "/?a=1&access_token=***&b=2"),
        ("/?API-KEY=hidden#end", "/?API-KEY=***#end"),
        ("/?a=1;sig=hidden", "/?a=1;sig=***"),
        ("/?X-Amz-Signature=hidden", "/?X-Amz-Signature=***"),
        ("/?password=hidden&passwd=hidden&pwd=hidden", "/?password=***&passwd=***&pwd=***"),
        ("/?client_secret=hid=den?hidden", "/?client_secret=***"),
        ("/?token=hid\xa0den hidden", "/?token=***"),
        ("/?token=", "/?token=***"),
        ("/?token", "/?token"),
        ("/?next=/login?token=hidden", "/?next=/login?token=***"),
        ("https://host/#access_token=hidden", "https://host/#access_token=***"),
        ("ws://me:hidden@host/?token=hidden", "ws://***@host/?token=***"),
        ("ws://hid@den@host/", "ws://***@host/"),
        ("//me:hidden@host/", "//***@host/"),
        ("ws://host/me@example.org?to=//you@example.org", "ws://host/me@example.org?to=//you@example.org"),
        ("/token=seen", "/token=seen"),
        ("/?pass=hidden&otp=hidden&pin=hidden", "/?pass=***&otp=***&pin=***"),
        ("/?bearer=hidden&code=hidden&access=hidden", "/?bearer=***&code=***&access=***"),
        ("/?PIN=hidden&user-pin=hidden&pin_2=hidden&pin2=hidden", "/?PIN=***&user-pin=***&pin_2=***&pin2=***"),
        ("/?userPin=hidden&pinCode=hidden&otpCode=hidden", "/?userPin=***&pinCode=***&otpCode=***"),
        ("/?country_code=hidden&a[code]=hidden", "/?country_code=***&a[code]=***"),
        ("/?shipping=seen&postcode=seen&PINCODE=seen", "/?shipping=seen&postcode=seen&PINCODE=seen"),
        ("/?compass=seen&pins=seen&accessible=seen&Pink=seen", "/?compass=seen&pins=seen&accessible=seen&Pink=seen"),
    ],
)
def test_url(url: str, masked: str):
    assert mask_url(url) == masked


@pytest.mark.parametrize(
    ("name", "in_request", "in_response"),
    [
        ("Host", "seen", "seen"),
        ("sec-websocket-KEY", "seen", "seen"),
        ("Sec-WebSocket-Protocol", "seen", "seen"),
        ("User-Agent", "seen", "seen"),
        ("X-Anything", "***", "seen"),
        ("Accept", "***", "seen"),
        ("Authorization", "***", "***"),
        ("X-Api-Key", "***", "***"),
        ("Set-Cookie", "***", "***"),
        ("X-SESSION-ID", "***", "***"),
        ("X-Otp", "***", "***"),
        ("X-Compass", "***", "seen"),
        ("Access-Control-Allow-Origin", "***", "seen"),
    ],
)
def test_header(name: str, in_request: str, in_response: str):
    assert (mask_request_header(name, "seen"), mask_response_header(name, "seen")) == (in_request, in_response)


@pytest.mark.parametrize("name", ["User-Agent", "Origin", "Host", "ORIGIN"])
def test_header_given_as_secret(name: str):
    assert mask_request_header(name, "hidden", {name.lower()}) == "***"
    assert mask_request_header(name, "seen", {"x-api"}) == "seen"


def test_url_in_a_header():
    assert mask_request_header("Origin", "http://me:hidden@host/?key=hidden") == "http://***@host/?key=***"
    assert mask_response_header("Location", "/?key=hidden") == "/?key=***"


@pytest.mark.parametrize(
    "piece",
    [
        "?token",
        "token",
        "?",
        "&key=",
        "?token?",
        "a",
        "//",
        "://",
        "//@",
        ":",
        "?token=;",
        "#sig#=",
        "?pin",
        "pIn",
        "_pin_",
        "&Pin=",
        "otp-",
    ],
)
def test_no_peer_can_keep_us_looking(piece: str):
    """A line of a head may have 8 KiB. What takes a time that grows with the cube of that would be noticed.

    Only the time counts in which this thread runs, not that of other programs.
    """
    started = thread_time()
    mask_url("/" + piece * (8192 // len(piece)) + "\n")
    mask_response_header(piece * (8192 // len(piece)), "")
    assert thread_time() - started < 0.5
