"""What is answered where something fails that nobody foresaw: calm words and a number."""

from collections.abc import Callable

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_STATUS = 500


class Caught:
    """Answers a request that fails before its answer has begun.

    An answer of the framework itself would go past the middleware that adds headers and counts.

    Parameters
    ----------
    note
        Logs a fault and returns the number under which it stands there.
    """

    def __init__(self, app: ASGIApp, note: Callable[[Exception], str]) -> None:
        self.app = app
        self.note = note

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as ASGI asks for it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun = False

        async def watched(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self.app(scope, receive, watched)
        except Exception as error:
            number = self.note(error)
            if begun:  # the server breaks it off, so that nobody takes half for whole
                raise
            await PlainTextResponse(_words(number), _STATUS)(scope, receive, send)


def _words(number: str) -> str:
    return (
        f"Ada yang gagal tanpa diduga. Coba lagi; sebutkan nomor {number} kepada pengelola.\n"
        f"Something failed that nobody foresaw. Try again; tell the number {number}.\n"
    )
