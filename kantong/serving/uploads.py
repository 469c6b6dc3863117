"""Takes files only from sessions of people who may bring them."""

from collections.abc import Callable

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

_WAY = "/_stcore/upload_file/"
_REFUSED = (
    "Peran Anda tidak boleh membawa berkas. Muat ulang halaman dan coba lagi.\n"
    "Your role may not bring files. Load the page again and try once more.\n"
)


class Uploads:
    """Refuses a file before its first byte is read, unless its session may bring files.

    The page without a place to drop files is no protection by itself: the address that takes them
    can be asked directly.
    """

    def __init__(self, app: ASGIApp, may_upload: Callable[[str], bool]) -> None:
        self.app = app
        self.may_upload = may_upload

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as ASGI asks for it."""
        path = scope.get("path", "")
        if scope["type"] == "http" and scope["method"] != "OPTIONS" and path.startswith(_WAY):
            session = path.removeprefix(_WAY).split("/")[0]
            if not self.may_upload(session):
                await PlainTextResponse(_REFUSED, 403)(scope, receive, send)
                return
        await self.app(scope, receive, send)
