"""The web server: Streamlit behind our doors and headers, the files of the map, its health."""

import os
import socket
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from importlib import import_module
from pathlib import Path
from threading import Thread

import streamlit as st
import streamlit.logger
import uvicorn
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from kantong.geo.errors import DataError, Fault
from kantong.maps.assets import PREFIX, find, publish_file
from kantong.serving import health, logs, metrics
from kantong.serving.doors import Doors, configured
from kantong.serving.faults import Caught
from kantong.serving.headers import SafeHeaders
from kantong.serving.processes import Named
from kantong.serving.uploads import Uploads
from kantong.serving.wayback import WayBack
from kantong.store import figures, rights
from kantong.views import access, data, mode, unforeseen
from kantong.views.frame import STYLE
from kantong.views.pages import ADMINISTERING, FILES

SCRIPT = Path(__file__).resolve().parents[1] / "streamlit_app.py"
HOST = "127.0.0.1"
_STREAMLIT = Path(st.__file__).parent / "static"
_PAGES = {"/", *(f"/{name}" for name in FILES | ADMINISTERING)}
_SLOW = ("kantong.geo.boundaries", "kantong.maps.style", "kantong.maps.webmap")
_OWN_METRICS = "/_stcore/metrics"
# Above every memory of a browser tab that is away for a while, and below forever.
_KEEP_ALIVE_S, _FAREWELL_S = 65, 10
_NOT_STARTED = 3  # as uvicorn ends
_CLOSED = 499  # as nginx writes it in its log
_LARGEST_MESSAGE = 25 * 2**20


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
        elif scope["type"] == "http" and scope["path"] == _OWN_METRICS:
            await PlainTextResponse("404", status_code=404)(scope, receive, send)  # ours tell more
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


def _has_data() -> bool:
    return len(data.city(covered=True).layer) > 0


def _reaches_store() -> bool:
    return figures.revision()[0] >= 0


@asynccontextmanager
async def _warm(_app: st.App) -> AsyncIterator[None]:
    """Load the slow libraries and the city while the first visitor is still on the way.

    Not the pages: streamlit-folium must be imported by a running page to be found by the browser.
    """
    rights.ask(access.may)
    logs.begin()  # Streamlit has set up its own by now
    streamlit.logger.setup_formatter = logs.leave_to_us  # and would for each that it makes later
    Thread(target=_load, daemon=True).start()
    yield


def _show_unforeseen(error: Exception) -> bool:
    metrics.UNFORESEEN.inc()
    return unforeseen.show(error)


def _note_unforeseen(error: Exception) -> str:
    metrics.UNFORESEEN.inc()
    return unforeseen.note(error)


async def _gone(_request: Request, _error: Exception) -> Response:
    """Answer nobody: the browser broke off in the middle of an upload. What came is thrown away."""
    return PlainTextResponse("", status_code=_CLOSED)


def _is_alone() -> bool:
    return not (mode.settled().login or mode.settled().public)


MIDDLEWARE = [
    Middleware(metrics.Counted),
    Middleware(SafeHeaders),
    Middleware(Caught, note=_note_unforeseen),
    Middleware(Doors, is_alone=_is_alone),
    Middleware(Named, pages=_PAGES),
    Middleware(Uploads, may_upload=access.may_upload),
    Middleware(WayBack, pages=_PAGES, is_needed=lambda: mode.settled().login),
    Middleware(_Index),
]
_ready = health.Ready(("store", _reaches_store), ("data", _has_data))

app = st.App(
    SCRIPT,
    lifespan=_warm,
    routes=[
        Route(f"{PREFIX}/{{digest}}/{{name}}", _asset),
        Route("/healthz", health.alive),
        Route("/readyz", _ready.answer),
        Route("/metrics", metrics.answer),
    ],
    middleware=MIDDLEWARE,
    on_script_error=_show_unforeseen,
    exception_handlers={ClientDisconnect: _gone},
)


def run(port: int, address: str = HOST, ready: Callable[[], None] = lambda: None) -> None:
    """Serve the app on an address of this machine until interrupted.

    Parameters
    ----------
    ready
        Called when nothing stands against serving.

    Raises
    ------
    AccessError
        Others would reach it without a login, or its login is not safe or cannot work.
    DataError
        The port or the address is not to be had.
    """
    mode.refuse_open(address, [name for name in configured() if not mode.is_loopback(name)])
    bound = _bound(address, port)
    ready()
    logs.begin()
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=_KEEP_ALIVE_S,
        timeout_graceful_shutdown=_FAREWELL_S,
        ws_max_size=_LARGEST_MESSAGE,
    )
    running = uvicorn.Server(config)
    with suppress(KeyboardInterrupt):
        running.run(sockets=[bound])
    if not running.started:
        sys.exit(_NOT_STARTED)


def _bound(address: str, port: int) -> socket.socket:
    """Return a socket that has the port; nobody is let in before uvicorn listens on it."""
    bound = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
    if os.name == "posix":  # elsewhere this would take the port from another program
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((address, port))
    except OSError as error:
        bound.close()
        message = (
            "Kantong cannot answer at {address}, port {port}: another program does, or this "
            "machine may not. Choose another with --port or --address."
        )
        raise DataError(Fault(message, address=address, port=port)) from error
    return bound
