"""Costly work takes turns: some at once, some waiting in a row, and no more than that."""

import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from kantong.geo.errors import DataError, Fault
from kantong.intake.sandbox import CancelledError

PLACES = "KANTONG_JOBS"
_MOST_WAITING = 20
_LOOK_S = 0.2


class BusyError(DataError):
    """There is no room for more work now."""


@dataclass(frozen=True)
class State:
    """How the line stands: work under way, waiting, ended and refused since the start."""

    running: int
    waiting: int
    done: int
    refused: int


@dataclass
class Line:
    """Work that takes turns in this process.

    Parameters
    ----------
    places
        How much runs at once.
    most_waiting
        How much may wait; what comes then is refused.
    """

    places: int
    most_waiting: int = _MOST_WAITING
    _row: deque[object] = field(default_factory=deque)
    _running: int = 0
    _done: int = 0
    _refused: int = 0
    _free: threading.Condition = field(default_factory=threading.Condition)

    def state(self) -> State:
        """Return how the line stands."""
        with self._free:
            return State(self._running, len(self._row), self._done, self._refused)

    @contextmanager
    def turn(
        self, told: Callable[[int], None], stop: threading.Event | None = None
    ) -> Iterator[None]:
        """Wait for one's turn, and let the next in at the end.

        Parameters
        ----------
        told
            Told again and again how many come before; it may raise to leave the line.
        stop
            Once set, the line is left.

        Raises
        ------
        BusyError
            Too many wait already.
        CancelledError
            After ``stop`` was set.
        """
        mine = object()
        self._join(mine)
        try:
            self._wait(mine, told, stop)
        except BaseException:
            with self._free:
                self._row.remove(mine)
                self._free.notify_all()
            raise
        try:
            yield
        finally:
            with self._free:
                self._running -= 1
                self._done += 1
                self._free.notify_all()

    def _join(self, mine: object) -> None:
        with self._free:
            is_free = self._running < self.places and not self._row
            if not is_free and len(self._row) >= self.most_waiting:
                self._refused += 1
                message = (
                    "Others have {count} large jobs waiting, so this one was not begun. Try again "
                    "in some minutes."
                )
                raise BusyError(Fault(message, count=len(self._row)))
            self._row.append(mine)

    def _wait(
        self, mine: object, told: Callable[[int], None], stop: threading.Event | None
    ) -> None:
        while not self._take(mine):
            if stop is not None and stop.is_set():
                raise CancelledError
            told(self._before(mine))

    def _take(self, mine: object) -> bool:
        with self._free:
            if self._is_next(mine):
                return self._begin()
            self._free.wait(_LOOK_S)
            return self._is_next(mine) and self._begin()

    def _is_next(self, mine: object) -> bool:
        return self._running < self.places and self._row[0] is mine

    def _begin(self) -> bool:
        self._row.popleft()
        self._running += 1
        return True

    def _before(self, mine: object) -> int:
        with self._free:
            return self._row.index(mine) + self._running


@dataclass
class Allowance:
    """How often one visitor may begin costly work.

    Parameters
    ----------
    most
        So many times ...
    within_s
        ... within so many seconds.
    """

    most: int = 30
    within_s: float = 600.0
    _begun: deque[float] = field(default_factory=deque)

    def take(self, now: float | None = None) -> None:
        """Note that work begins.

        Raises
        ------
        BusyError
            It has begun too often; the message says when there is room again.
        """
        now = time.monotonic() if now is None else now
        while self._begun and now - self._begun[0] >= self.within_s:
            self._begun.popleft()
        if len(self._begun) >= self.most:
            message = (
                "You have begun {count} large jobs within {minutes} minutes. Go on in {seconds} "
                "seconds."
            )
            left = int(self.within_s - (now - self._begun[0])) + 1
            minutes = round(self.within_s / 60)
            raise BusyError(Fault(message, count=self.most, minutes=minutes, seconds=left))
        self._begun.append(now)


def places() -> int:
    """Return how much costly work may run at once: ``KANTONG_JOBS``, else half of the cores."""
    given = os.environ.get(PLACES, "")
    usual = max(2, (os.cpu_count() or 2) // 2)
    return max(1, int(given)) if given.isdecimal() else usual
