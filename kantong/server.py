"""The web server: Streamlit behind our headers, and the files of the map."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from importlib import import_module
from pathlib import Path
from threading import Thread

import streamlit as st
import uvicorn
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kantong.geo.errors import DataError
from kantong.maps.assets import PREFIX, find, publish_file
from kantong.views import data
from kantong.views.frame import STYLE
from kantong.views.pages import FILES

SCRIPT = Path(__file__).resolve().parents[1] / "streamlit_app.py"
HOST = "127.0.0.1"
_STREAMLIT = Path(st.__file__).parent / "static"
_PAGES = {"/", *(f"/{name}" for name in FILES)}
_SLOW = ("kantong.geo.boundaries", "kantong.maps.style", "kantong.maps.webmap")

# Nothing from another host, ever. Streamlit and streamlit-folium need inline styles and eval.
_POLICY = (
    "default-src 'self'; "
    "script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; "
    "style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; "
    "font-src 'self' data:; "
    "connect-src 'self'; "
    "worker-src 'self' blob:; "
    "frame-src 'self'; "
    "object-src 'none'; "
    "base-uri 'self'; "
    "form-action 'self'; "
    "frame-ancestors 'self'"
)
_HEADERS = {
    "content-security-policy": _POLICY,
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}


class _SafeHeaders:
    """Adds the security headers to every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_HEADERS)
            await send(message)

        await self.app(scope, receive, send_with_headers)


class _Index:
    """Answers the addresses of the pages with Streamlit's page, told where it lives.

    Left alone, Streamlit probes ``/prioritas/_stcore/health`` when a page is opened by its own
    address, fails, and only then finds the server.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] in _PAGES and scope["method"] == "GET":
            answer = HTMLResponse(_index_page(), headers={"cache-control": "no-cache"})
            await answer(scope, receive, send)
        else:
            await self.app(scope, receive, send)


def _index_page() -> str:
    """Return Streamlit's page with its language, its home and our style."""
    page = (_STREAMLIT / "index.html").read_text("utf-8")
    home = (
        "<head><script>window.__streamlit = "
        "{ BACKEND_BASE_URL: location.origin, MAIN_PAGE_BASE_URL: location.origin }</script>"
        f'<link rel="stylesheet" href="{publish_file(STYLE, "text/css")}">'
    )
    return page.replace('<html lang="en">', '<html lang="id">').replace("<head>", home, 1)


async def _asset(request: Request) -> Response:
    """Send a file of the map; its address changes with its content, so it may be kept for good."""
    asset = find(request.path_params["digest"], request.path_params["name"])
    if asset is None:
        return PlainTextResponse("404", status_code=404)
    keep = {"cache-control": "public, max-age=31536000, immutable"}
    return Response(asset.content, media_type=asset.media_type, headers=keep)


def _load() -> None:
    for name in _SLOW:
        import_module(name)
    with suppress(DataError):  # the pages show it
        data.city(covered=True)


@asynccontextmanager
async def _warm(_app: st.App) -> AsyncIterator[None]:
    """Load the slow libraries and the city while the first visitor is still on the way.

    Not the pages: streamlit-folium must be imported by a running page to be found by the browser.
    """
    Thread(target=_load, daemon=True).start()
    yield


app = st.App(
    SCRIPT,
    lifespan=_warm,
    routes=[Route(f"{PREFIX}/{{digest}}/{{name}}", _asset)],
    middleware=[Middleware(_SafeHeaders), Middleware(_Index)],
)


def run(port: int) -> None:
    """Serve the app on 127.0.0.1 until interrupted."""
    uvicorn.run(app, host=HOST, port=port, log_level="warning", access_log=False)
