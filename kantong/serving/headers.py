"""The headers that every answer carries, and the flags of cookies behind TLS."""

from collections.abc import Mapping

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

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
_UNUSED = (
    "accelerometer", "browsing-topics", "camera", "display-capture", "geolocation", "gyroscope",
    "hid", "magnetometer", "microphone", "midi", "payment", "serial", "usb", "xr-spatial-tracking",
)  # fmt: skip
HEADERS: Mapping[str, str] = {
    "content-security-policy": _POLICY,
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": ", ".join(f"{feature}=()" for feature in _UNUSED),
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "SAMEORIGIN",  # the map is a frame of ours
    "x-permitted-cross-domain-policies": "none",
}
# Two years; said only where the browser came by TLS, since else it could not come back.
_TLS_ONLY = "max-age=63072000"
_SECURE = {"https", "wss"}
_STARTS = {"http.response.start", "websocket.accept", "websocket.http.response.start"}


class SafeHeaders:
    """Adds the headers to every answer, and to cookies what TLS allows.

    That the browser came by TLS is known from a proxy whose word uvicorn takes: one on the same
    machine, or named in ``FORWARDED_ALLOW_IPS``.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as ASGI asks for it."""
        secure = scope.get("scheme") in _SECURE

        async def send_with_headers(message: Message) -> None:
            if message["type"] in _STARTS:
                message.setdefault("headers", [])
                headers = MutableHeaders(scope=message)
                headers.update(HEADERS)
                if secure:
                    headers["strict-transport-security"] = _TLS_ONLY
                    message["headers"] = [_with_flags(*one) for one in message["headers"]]
            await send(message)

        await self.app(scope, receive, send_with_headers)


def _with_flags(name: bytes, value: bytes) -> tuple[bytes, bytes]:
    """Return a header; a cookie among them goes by TLS only."""
    if name.lower() == b"set-cookie" and b"; secure" not in value.lower():
        return name, value + b"; Secure"
    return name, value
