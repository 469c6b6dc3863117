"""Figures for Prometheus: requests, open sessions, costly work, unforeseen faults, the process.

Answered to loopback only, or to the networks in ``KANTONG_METRICS_FROM``.
"""

import ipaddress
import logging
import os
import time
from collections.abc import Iterable, Iterator

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kantong.views import work

FROM = "KANTONG_METRICS_FROM"
_LOOPBACK = "127.0.0.0/8,::1/128"
_STATUS_OF_SERVER_FAULT = 500
REGISTRY = CollectorRegistry()
REQUESTS = Counter(
    "kantong_requests", "Requests answered, by kind of address.", ["kind", "status"],
    registry=REGISTRY,
)  # fmt: skip
SECONDS = Histogram(
    "kantong_request_seconds", "Time until the answer began.", ["kind"], registry=REGISTRY
)
SESSIONS = Gauge("kantong_sessions", "Browsers that are connected.", registry=REGISTRY)
UNFORESEEN = Counter("kantong_unforeseen", "Faults that nobody foresaw.", registry=REGISTRY)
_LOG = logging.getLogger("kantong.requests")


class _OfWork(Collector):
    def collect(self) -> Iterator[Metric]:
        now = work.LINE.state()
        yield GaugeMetricFamily("kantong_work_running", "Costly work under way.", now.running)
        yield GaugeMetricFamily("kantong_work_waiting", "Costly work in the queue.", now.waiting)
        yield CounterMetricFamily("kantong_work_done", "Costly work that has ended.", now.done)
        yield CounterMetricFamily("kantong_work_refused", "Costly work refused.", now.refused)


REGISTRY.register(_OfWork())
ProcessCollector(registry=REGISTRY)
PlatformCollector(registry=REGISTRY)


async def answer(request: Request) -> Response:
    """Answer all figures in the text form of Prometheus."""
    if not is_trusted(request.client.host if request.client else ""):
        return PlainTextResponse("404", status_code=404)
    return Response(generate_latest(REGISTRY), media_type=CONTENT_TYPE_LATEST)


def is_trusted(address: str, networks: str | None = None) -> bool:
    """Tell whether an address may see the figures.

    Examples
    --------
    >>> is_trusted("127.0.0.1"), is_trusted("10.0.0.5"), is_trusted("10.0.0.5", "10.0.0.0/8")
    (True, False, True)
    """
    given = networks or os.environ.get(FROM) or _LOOPBACK
    try:
        asked = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(asked in network for network in _networks(given.split(",")))


def _networks(
    texts: Iterable[str],
) -> Iterator[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    for text in texts:
        try:
            yield ipaddress.ip_network(text.strip(), strict=False)
        except ValueError:
            _LOG.warning("a network in KANTONG_METRICS_FROM is not understood")


class Counted:
    """Counts requests and sessions, and logs the kind of each address: never all of it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as ASGI asks for it."""
        if scope["type"] == "websocket":
            with SESSIONS.track_inprogress():
                await self.app(scope, receive, send)
        elif scope["type"] == "http":
            await self._ask(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _ask(self, scope: Scope, receive: Receive, send: Send) -> None:
        kind, began = kind_of(scope["path"]), time.monotonic()

        async def noted(message: Message) -> None:
            if message["type"] == "http.response.start":
                _note(kind, scope["method"], message["status"], time.monotonic() - began)
            await send(message)

        await self.app(scope, receive, noted)


def _note(kind: str, method: str, status: int, seconds: float) -> None:
    REQUESTS.labels(kind, str(status)).inc()
    SECONDS.labels(kind).observe(seconds)
    level = logging.ERROR if status >= _STATUS_OF_SERVER_FAULT else logging.INFO
    facts = {"kind": kind, "method": method, "status": status, "ms": round(seconds * 1000)}
    _LOG.log(level, "request", extra=facts)


def kind_of(path: str) -> str:
    """Return what kind of address a path is: one of few, so that nothing typed is counted or kept.

    Examples
    --------
    >>> kind_of("/"), kind_of("/_stcore/upload_file/a/b"), kind_of("/media/x.pdf"), kind_of("/Budi")
    ('page', 'upload', 'media', 'page')
    """
    for start, kind in _KINDS:
        if path.startswith(start):
            return kind
    return "page"


_KINDS = (
    ("/_stcore/upload_file", "upload"),
    ("/_stcore", "streamlit"),
    ("/media", "media"),
    ("/static", "static"),
    ("/component", "component"),
    ("/kantong/", "map"),
    ("/healthz", "health"),
    ("/readyz", "health"),
    ("/metrics", "metrics"),
)
