"""The cookies of one opening: what a server sets on the way goes with the requests that follow, and nowhere else."""

from __future__ import annotations

from dataclasses import replace
from email.message import Message
from typing import TYPE_CHECKING
from urllib.request import Request as HttpRequest

from ..protocol.http import Response
from .opening_request import OpeningRequest
from .url import WebSocketUrl

if TYPE_CHECKING:
    from http.cookiejar import CookieJar


class Cookies:
    """The jar of one opening. The standard library judges path, lifetime and `Secure`."""

    def __init__(self) -> None:
        self._jar: CookieJar | None = None

    def keep(self, url: WebSocketUrl, response: Response) -> None:
        """Takes the cookies that a response sets."""
        from http.cookiejar import CookieJar  # only behind a redirect

        from .cookie_policy import DomainPolicy

        self._jar = self._jar or CookieJar(DomainPolicy())
        self._jar.extract_cookies(_HttpResponse(response), HttpRequest(url.as_http))  # type: ignore[arg-type]

    def add_to(self, request: OpeningRequest) -> OpeningRequest:
        """Returns the request with the cookies for its URL. One that a server set replaces one that the test gave."""
        if self._jar is None:
            return request
        asked = HttpRequest(request.url.as_http)
        self._jar.add_cookie_header(asked)
        pairs = [pair.partition("=") for pair in asked.get_header("Cookie", "").split("; ") if pair]
        return replace(request, cookies={**request.cookies, **{name: value for name, _, value in pairs}})


class _HttpResponse:
    """Holds what the jar looks at in a response of `urllib`."""

    def __init__(self, response: Response) -> None:
        self._fields = Message()
        for value in response.headers.get_all("Set-Cookie"):
            self._fields["Set-Cookie"] = value

    def info(self) -> Message:
        return self._fields
