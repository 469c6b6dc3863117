"""Brings whoever had to log in first back to the address that was asked for, and only there."""

import re
from collections.abc import Callable, Collection
from urllib.parse import quote, unquote, urlsplit

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIE = "kantong_back"
_LOGGED_IN = "_streamlit_user"
_CALLBACK = "/oauth2callback"
_KEPT_S = 600
_LONGEST = 2_000
_PLAIN = re.compile(r"[A-Za-z0-9%&=+._~:;,*!'()/-]*")


class WayBack:
    """Remembers in a cookie the page that a visitor opened before logging in.

    The cookie is read once, when the login server sends the visitor back. Only a page of ours with
    an ordinary query is believed, so that nobody can be sent elsewhere with it.
    """

    def __init__(self, app: ASGIApp, pages: Collection[str], is_needed: Callable[[], bool]) -> None:
        self.app = app
        self.pages = pages
        self.is_needed = is_needed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as ASGI asks for it."""
        if scope["type"] != "http" or scope["method"] != "GET" or not self.is_needed():
            await self.app(scope, receive, send)
            return
        cookies = HTTPConnection(scope).cookies
        wanted = ""
        if scope["path"] in self.pages and _LOGGED_IN not in cookies:
            wanted = _address(scope)
        back = cookies.get(COOKIE, "") if scope["path"] == _CALLBACK else ""

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if wanted:
                    _remember(headers, wanted)
                if back and headers.get("location") == "/":
                    headers["location"] = self._believed(back)
                    headers.append("set-cookie", f"{COOKIE}=; Path=/; Max-Age=0")
            await send(message)

        await self.app(scope, receive, sent)

    def _believed(self, cookie: str) -> str:
        """Return where a cookie leads, or our root where that is no page of ours."""
        given = unquote(cookie)
        try:
            parts = urlsplit(given)
        except ValueError:  # brackets without an IPv6 address
            return "/"
        ours = parts.path in self.pages and not parts.scheme and not parts.netloc
        if not ours or _PLAIN.fullmatch(parts.query) is None or not given.startswith(parts.path):
            return "/"
        return f"{parts.path}?{parts.query}" if parts.query else parts.path


def _address(scope: Scope) -> str:
    query = scope.get("query_string", b"").decode("latin-1")
    return f"{scope['path']}?{query}" if query else str(scope["path"])


def _remember(headers: MutableHeaders, address: str) -> None:
    kept = quote(address, safe="")
    if len(kept) <= _LONGEST:
        flags = f"Path=/; Max-Age={_KEPT_S}; HttpOnly; SameSite=Lax"
        headers.append("set-cookie", f"{COOKIE}={kept}; {flags}")
