"""Which process a browser talks to, where several stand behind one address.

Sessions, uploads and downloads live in the process that drew the page. Each process names itself
in a cookie, on the page and on the socket, and the proxy sends a browser where its cookie says. A
browser whose process has died is taken by another one, which names itself in turn.
"""

import os
import re
from collections.abc import Collection

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

NAME = "KANTONG_PROCESS"
COOKIE = "kantong_process"
_PLAIN = re.compile(r"[A-Za-z0-9_-]{1,32}")


class Named:
    """Tells a browser in a cookie which process answers; a process without a name says nothing."""

    def __init__(self, app: ASGIApp, pages: Collection[str]) -> None:
        self.app = app
        self.pages = pages
        given = os.environ.get(NAME, "")
        self.name = given if _PLAIN.fullmatch(given) else ""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as ASGI asks for it."""
        if not self.name or not self._is_visit(scope):
            await self.app(scope, receive, send)
            return

        async def named(message: Message) -> None:
            if message["type"] in {"http.response.start", "websocket.accept"}:
                message.setdefault("headers", [])
                cookie = f"{COOKIE}={self.name}; Path=/; HttpOnly; SameSite=Lax"
                MutableHeaders(scope=message).append("set-cookie", cookie)
            await send(message)

        known = HTTPConnection(scope).cookies.get(COOKIE)
        await self.app(scope, receive, send if known == self.name else named)

    def _is_visit(self, scope: Scope) -> bool:
        """Tell whether a session begins here: with its page or its socket, not with a file."""
        return scope["type"] == "websocket" or (
            scope["type"] == "http" and scope["path"] in self.pages
        )
