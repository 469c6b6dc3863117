"""Who may ask, and how much: names of this server, the origin of sockets, the size of a question.

A page of another site must not reach a server that only its own network sees. A browser names in
``Host`` the name it was given, so a foreign name pointed at our address is refused (DNS rebinding);
and it names in ``Origin`` the site that opens a socket, which must be ours.
"""

import os
import re
from collections.abc import Callable, Iterable
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

HOSTS = "KANTONG_HOSTS"
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_NAME = re.compile(r"(?P<name>\[[0-9a-fA-F:.]+\]|[^\[\]:/?#@\s]+)(:(?P<port>\d{1,5}))?")
LONGEST_QUERY = 8_192  # an address with a plan of twenty programmes has two thousand signs
LARGEST_HEADERS = 32_768
_FOREIGN = (
    "Alamat ini tidak dikenal oleh server Kantong. Pengelola dapat menambahkannya di "
    f"{HOSTS}.\nThis server of Kantong does not go by that name. Whoever looks after it can add "
    f"the name to {HOSTS}.\n"
)
_LONG = (
    "Alamat terlalu panjang. Buka halaman dari awal, lalu pilih lagi.\n"
    "The address is too long. Open the page anew and choose again.\n"
)
_LARGE = (
    "Permintaan membawa terlalu banyak data tajuk; hapus kuki situs ini.\n"
    "The request carries too many headers; remove the cookies of this site.\n"
)
_PASSED_ON = (
    "Kantong ini hanya melayani mesinnya sendiri, tanpa login, tetapi permintaan ini diteruskan "
    "oleh sebuah proksi. Pengelola: atur login, lihat docs/deploy.md.\n"
    "This Kantong serves its own machine only, without a login, but a proxy passed this request "
    "on. Whoever looks after it: configure a login, see docs/deploy.md.\n"
)
# What proxies add; a browser on this machine sends none of it.
_TRACES = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-real-ip")
_VIOLATION = 1008


class Doors:
    """Lets in who asks by a name of ours, from a page of ours, with a question of sane size.

    Parameters
    ----------
    is_alone
        Tells whether everyone who comes in may do everything, as on a laptop; what a proxy passed
        on is then refused, since it may come from anywhere.
    """

    def __init__(self, app: ASGIApp, is_alone: Callable[[], bool] = lambda: False) -> None:
        self.app = app
        self.is_alone = is_alone

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as ASGI asks for it."""
        if scope["type"] not in {"http", "websocket"}:
            await self.app(scope, receive, send)
            return
        refused = self._refusal(scope)
        if refused is None:
            await self.app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": _VIOLATION})
        else:
            status, words = refused
            await PlainTextResponse(words, status)(scope, receive, send)

    def _refusal(self, scope: Scope) -> tuple[int, str] | None:
        """Return the status and the words of a refusal, or None for who may come in."""
        headers = Headers(scope=scope)
        if any(name in headers for name in _TRACES) and self.is_alone():
            return 403, _PASSED_ON
        return _refusal(scope, headers)


def _refusal(scope: Scope, headers: Headers) -> tuple[int, str] | None:
    own = (scope.get("server") or ("",))[0] or ""
    given = headers.getlist("host")
    if len(given) != 1 or not is_ours(given[0], [*_LOOPBACK, own, *configured()]):
        return 421, _FOREIGN
    if scope["type"] == "websocket" and not _is_same_site(headers.get("origin"), given[0]):
        return 403, _FOREIGN
    if len(scope.get("query_string", b"")) > LONGEST_QUERY:
        return 414, _LONG
    if sum(len(name) + len(value) for name, value in scope["headers"]) > LARGEST_HEADERS:
        return 431, _LARGE
    return None


def configured() -> list[str]:
    """Return the names that ``KANTONG_HOSTS`` holds, commas between; ``*.`` takes all below."""
    return [name.strip() for name in os.environ.get(HOSTS, "").split(",") if name.strip()]


def is_ours(host: str, names: Iterable[str]) -> bool:
    """Tell whether a Host header names this server, whatever its port.

    Examples
    --------
    >>> is_ours("peta.malangkota.go.id:443", ["*.malangkota.go.id"])
    True
    >>> is_ours("localhost.evil.example", ["localhost"]), is_ours("localhost@evil", ["localhost"])
    (False, False)
    """
    found = _NAME.fullmatch(host)
    if found is None:
        return False
    name = _bare(found["name"])
    return any(
        name.endswith(known[1:]) if known.startswith("*.") else name == known
        for known in map(_bare, names)
        if known
    )


def _bare(name: str) -> str:
    return name.strip("[]").lower().rstrip(".")


def _is_same_site(origin: str | None, host: str) -> bool:
    """Tell whether a socket is opened by a page of ours, or by a program that names no page."""
    if origin is None:
        return True
    try:
        return urlsplit(origin).netloc.lower() == host.lower()
    except ValueError:  # brackets without an IPv6 address
        return False
