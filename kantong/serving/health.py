"""Whether the process lives, and whether it can serve: for systemd, nginx and whoever watches."""

import threading
import time
from collections.abc import Callable

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse

_OFTEN_S = 1.0

# Names what is asked for, and gives True where it is there.
Check = tuple[str, Callable[[], bool]]


async def alive(_request: Request) -> JSONResponse:
    """Answer that the process lives, whatever else is amiss."""
    return JSONResponse({"alive": True}, headers={"cache-control": "no-store"})


class Ready:
    """Answers 200 where every check holds, else 503; asks again at most once a second."""

    def __init__(self, *checks: Check) -> None:
        self.checks = checks
        self.found: dict[str, bool] = {}
        self.asked = float("-inf")
        self.lock = threading.Lock()

    async def answer(self, _request: Request) -> JSONResponse:
        """Answer what holds and what does not, by name."""
        found = await run_in_threadpool(self.look)
        status = 200 if all(found.values()) else 503
        return JSONResponse(found, status, headers={"cache-control": "no-store"})

    def look(self) -> dict[str, bool]:
        """Return what holds, by name."""
        with self.lock:
            if time.monotonic() - self.asked > _OFTEN_S:
                self.found = {name: _holds(check) for name, check in self.checks}
                self.asked = time.monotonic()
            return self.found


def _holds(check: Callable[[], bool]) -> bool:
    try:
        return check()
    except Exception:  # noqa: BLE001 - whatever it is, we are not ready
        return False
