"""Long work beside the page: it waits its turn, shows how far it is, and can be cancelled."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import copy_context
from dataclasses import dataclass, field
from functools import wraps
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import streamlit as st

from kantong.geo.errors import DataError, Fault
from kantong.intake.sandbox import CancelledError
from kantong.language import bound, number
from kantong.language import gettext as _
from kantong.views import access, state
from kantong.views.turns import Allowance, BusyError, Line, places
from kantong.views.words import plain

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

LINE = Line(places())
_OFTEN_S = 0.4
# So long a page waits for what is usually there at once, before it shows how far that is.
PATIENCE_S = 2.0
_LONGEST_S = 1800.0
_DOWNLOAD_PATIENCE_S, _MOST_DOWNLOADS = 60.0, 120
_WORK, _ALLOWANCE, _DOWNLOADS = "_work", "_allowance", "_downloads"
_WAITING = "waiting"
_held = threading.local()
_Given = ParamSpec("_Given")
_Found = TypeVar("_Found")

# Does the work: told how to report a stage (key of :func:`stage_label`) and when to stop.
Job = Callable[[Callable[[Any], None], threading.Event], Any]


class WaitingError(Exception):
    """The work goes on; the page ends here until it is done."""


@dataclass
class Work:
    """One piece of work and what is known of it; its thread writes, the page reads.

    Parameters
    ----------
    key
        What it is done for, so that it is done once.
    stage
        What it does now.
    answer
        What it found, once it is done.
    error
        Why it failed, if it did.
    """

    key: str
    job: Job
    stage: str = ""
    answer: Any = None
    error: BaseException | None = None
    began: float = field(default_factory=time.monotonic)
    stop: threading.Event = field(default_factory=threading.Event)
    done: threading.Event = field(default_factory=threading.Event)
    late: threading.Event = field(default_factory=threading.Event)

    def begin(self) -> None:
        """Start in a thread of its own, which speaks the language of now."""
        threading.Thread(target=copy_context().run, args=(self._work,), daemon=True).start()

    def _work(self) -> None:
        def report(stage: Any) -> None:  # noqa: ANN401 - through JSON
            self.stage = str(stage)

        clock = threading.Timer(_LONGEST_S, self._end_late)
        clock.daemon = True
        clock.start()
        try:
            with LINE.turn(lambda before: report(f"{_WAITING} {before}"), self.stop):
                report("")
                _held.it = True
                self.answer = self.job(report, self.stop)
        except BaseException as error:  # noqa: BLE001 - told on the page, whatever it is
            self.error = _too_long() if self.late.is_set() else error
        finally:
            clock.cancel()
            self.done.set()

    def _end_late(self) -> None:
        self.late.set()
        self.stop.set()


def _too_long() -> DataError:
    message = (
        "This took longer than {minutes} minutes and was ended. Ask for less at once, or use the "
        "command line."
    )
    return DataError(Fault(message, minutes=round(_LONGEST_S / 60)))


@contextmanager
def turn() -> Iterator[None]:
    """Wait for a turn on the page itself, for costly work that is soon done.

    Raises
    ------
    BusyError
        Too many wait already.
    """
    if getattr(_held, "it", False):  # work within work has its turn already
        yield
        return
    drawn: list[DeltaGenerator] = []

    def told(before: int) -> None:
        drawn[:] = drawn or [st.empty()]
        drawn[0].info(plain(_waiting_words(before)), icon=":material/hourglass_top:")

    with LINE.turn(told):
        for slot in drawn:
            slot.empty()
        _held.it = True
        try:
            yield
        finally:
            _held.it = False


def in_turn(function: Callable[_Given, _Found]) -> Callable[_Given, _Found]:
    """Let a costly computation wait for its turn; put a cache around it."""

    @wraps(function)
    def waiting(*given: _Given.args, **named: _Given.kwargs) -> _Found:
        with turn():
            return function(*given, **named)

    return waiting


def _waiting_words(before: int) -> str:
    return _("Waiting for a turn; {count} before you").format(count=number(before))


def result(key: str, job: Job, *, patience_s: float = _OFTEN_S, allowed: bool = False) -> Any:  # noqa: ANN401 - what the job returns
    """Return what a job found; until then draw how far it is.

    Parameters
    ----------
    key
        Names the work: the same key never starts it twice in a session.
    job
        Does it, in another thread: it must not draw.
    patience_s
        How long to wait before anything of it is drawn.
    allowed
        True for what is worked out at every change of a page, of which nobody begins too much.

    Raises
    ------
    DataError
        What the job raised; also where there is no room for it now, or it took too long: then
        the button to begin again is drawn.
    CancelledError
        The user has cancelled it.
    WaitingError
        It is not done; how far it is was drawn.
    """
    work: Work | None = st.session_state.get(_WORK)
    if work is None or work.key != key:
        forget()
        if not allowed:
            st.session_state.setdefault(_ALLOWANCE, Allowance()).take()
        work = st.session_state[_WORK] = Work(key, job)
        work.begin()
        work.done.wait(patience_s)
    if work.stop.is_set() and not work.late.is_set():
        raise CancelledError
    if not work.done.is_set():
        _watch()
        raise WaitingError
    if isinstance(work.error, BusyError) or work.late.is_set():
        _offer_again()
    if isinstance(work.error, DataError | CancelledError):
        raise work.error
    if work.error is not None:
        raise RuntimeError from work.error
    return work.answer


def is_done(key: str, job: Job) -> bool:
    """Return whether something has been worked out; until then draw how far it is.

    For what is cached where it is worked out. A search that is cancelled ends by itself, out of
    sight; nothing of it is shown until it is begun again.
    """
    try:
        result(key, job, patience_s=PATIENCE_S, allowed=True)
    except WaitingError:
        return False
    except CancelledError:
        st.info(_("Cancelled. Nothing was worked out."))
        _offer_again()
        return False
    return True


def _offer_again() -> None:
    st.button(_("Begin again"), on_click=forget, key="begin again", icon=":material/replay:")


def on_click(make: Callable[[], bytes], *, costly: bool = False) -> Callable[[], bytes]:
    """Return the maker of a download, to be called when its button is clicked.

    Streamlit calls it beside the page, in a thread of its own: in the language of now, and only
    for a visitor whose role is still that of now. What is costly takes its turn.

    Parameters
    ----------
    make
        Makes the file; it must not draw.
    costly
        True for what is typeset or searched for.
    """
    before = access.visitor()
    allowance = st.session_state.setdefault(_DOWNLOADS, Allowance(most=_MOST_DOWNLOADS))

    def made() -> bytes:
        access.refuse_changed(before)
        if not costly:
            return make()
        allowance.take()
        with _turn_beside():
            return make()

    return bound(made)


@contextmanager
def _turn_beside() -> Iterator[None]:
    """Wait for a turn where nothing can be drawn; whoever waits too long is refused."""
    stop = threading.Event()
    clock = threading.Timer(_DOWNLOAD_PATIENCE_S, stop.set)
    clock.daemon = True
    clock.start()
    with LINE.turn(lambda _before: None, stop):
        clock.cancel()
        _held.it = True
        try:
            yield
        finally:
            _held.it = False


def forget() -> None:
    """Stop the work that goes on, and forget what was found."""
    work: Work | None = st.session_state.pop(_WORK, None)
    if work is not None:
        work.stop.set()


@st.fragment(run_every=_OFTEN_S)
def _watch() -> None:
    state.begin_again()
    work: Work = st.session_state[_WORK]
    if work.done.is_set() or work.stop.is_set():
        st.rerun()
    seconds = number(time.monotonic() - work.began)
    told = f"{stage_label(work.stage)} · {_('{seconds} s').format(seconds=seconds)}"
    left, right = st.columns([4, 1], vertical_alignment="center")
    with left:
        st.status(plain(told), state="running")
    right.button(
        _("Cancel"), icon=":material/close:", on_click=work.stop.set, key="cancel", width="stretch"
    )


def stage_label(stage: str) -> str:
    """Return what goes on, in words; ``sheets 12 57`` where pages are counted."""
    if stage.startswith(f"{_WAITING} "):
        return _waiting_words(int(stage.split()[1]))
    if stage.startswith("sheets "):
        done, of = (number(int(count)) for count in stage.split()[1:])
        return _("Drawing sheets: {done} of {of}").format(done=done, of=of)
    return {
        "read": _("Reading the file"),
        "survey": _("Looking at every row"),
        "count": _("Counting families and people"),
        "plans": _("Looking for plans"),
        "venues": _("Looking for the best places"),
    }.get(stage, _("Working"))
