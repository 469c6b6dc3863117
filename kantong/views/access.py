"""Who is looking, and what may be seen, opened and changed: looked up anew at every run.

Alone on a laptop there is no login. On a server people log in and our own table says what each may
do; whoever has not logged in may look where the city publishes. ``views/mode.py`` says which it is.
"""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from kantong.geo.errors import DataError, Fault
from kantong.store import place
from kantong.store.rights import RIGHTS, Right, RightsError, Role
from kantong.views import mode
from kantong.views.pages import ADMINISTERING, FILES

_VISITOR = "_visitor"
_MOST_SESSIONS = 10_000


class Standing(Enum):
    """How a visitor stands to the server.

    Alone on the own machine, where there is no login; one of the public, where the city publishes;
    outside, so that the login comes first; logged in but unknown, since without a role; or known.
    """

    ALONE = auto()
    PUBLIC = auto()
    OUTSIDE = auto()
    UNKNOWN = auto()
    KNOWN = auto()


@dataclass(frozen=True)
class Visitor:
    """Who is looking.

    Parameters
    ----------
    standing
        To the server.
    role
        ``NONE`` for all but those who are known.
    position
        By which the trail knows the visitor; empty for all but those who are known.
    login
        As the login server vouches for it; empty for whoever has not logged in.
    """

    standing: Standing
    role: Role = Role.NONE
    position: str = ""
    login: str = ""

    def may(self, right: Right) -> bool:
        """Tell whether the visitor has a right."""
        return self.standing is Standing.ALONE or right in RIGHTS[self.role]

    def opens(self, page: str) -> bool:
        """Tell whether a page is there for the visitor."""
        return page in self.pages()

    def pages(self) -> tuple[str, ...]:
        """Return the pages that are there for the visitor, in the order of the navigation."""
        if self.standing is Standing.ALONE or self.role is Role.ADMIN:
            return (*FILES, *ADMINISTERING)
        if self.standing is Standing.PUBLIC:
            return _FOR_ALL
        return _FOR_ROLE[self.role]


_FOR_ALL = ("beranda", "peta", "hotspot", "banding", "profil", "mitra", "metode")
_FOR_ROLE: Mapping[Role, tuple[str, ...]] = {
    Role.PLANNER: tuple(FILES),
    Role.FIELD: ("beranda", "peta", "profil", "cetak", "metode"),
    Role.COUNCIL: tuple(name for name in FILES if name != "impor"),
    Role.NONE: (),
}


def begin() -> Visitor:
    """Look up who is looking; called at the beginning of every run."""
    found = look_up()
    st.session_state[_VISITOR] = found
    run = get_script_run_ctx()
    if run is not None:
        note_session(run.session_id, found)
    return found


def visitor() -> Visitor:
    """Return who is looking, as it was at the beginning of this run."""
    found = st.session_state.get(_VISITOR)
    return found if isinstance(found, Visitor) else begin()


def may(right: Right) -> bool:
    """Tell whether whoever looks now has a right: asked again, for a write."""
    return look_up().may(right)


def refuse_changed(before: Visitor) -> None:
    """Refuse a visitor whose role is another by now than when a page was drawn.

    What Streamlit makes at a click on a download is made without a run of the page, in a thread
    that knows nobody, so the visitor of the run is given.

    Raises
    ------
    RightsError
        The role was changed or taken away.
    StoreError
        It cannot be told, since the store cannot be asked.
    """
    if before.standing is Standing.KNOWN and _known(before.login).role is not before.role:
        message = "Your role has changed since this page was drawn. Open the page again."
        raise RightsError(Fault(message))


def look_up() -> Visitor:
    """Return who is looking now.

    Raises
    ------
    StoreError
        It cannot be told, since the store cannot be asked.
    """
    how = mode.settled()
    if not how.login:
        return Visitor(Standing.PUBLIC if how.public else Standing.ALONE)
    claims = claims_of_visitor()
    if claims is None:
        return Visitor(Standing.PUBLIC if how.public else Standing.OUTSIDE)
    login = _vouched(claims)
    return _known(login) if login else Visitor(Standing.UNKNOWN)


def _known(login: str) -> Visitor:
    """Return who has logged in, as our own table knows them."""
    if not place.may_hold_something():
        return Visitor(Standing.UNKNOWN, login=login)
    from kantong.store import database, people  # noqa: PLC0415 - SQLAlchemy is slow to load

    store = database.for_reading()
    person = people.one(store, login) if store is not None else None
    if person is None or person.role is Role.NONE:
        return Visitor(Standing.UNKNOWN, login=login)
    return Visitor(Standing.KNOWN, person.role, person.position, person.login)


def claims_of_visitor() -> Mapping[str, object] | None:
    """Return what the login server said of the visitor, or None for one who has not logged in."""
    if get_script_run_ctx() is None or not st.user.is_logged_in:
        return None
    return dict(st.user)


def _vouched(claims: Mapping[str, object]) -> str:
    """Return the address that the login server vouches for, empty for none.

    A server that lets people write any address into their account says so, and is not believed.
    """
    vouched = claims.get("email_verified", True)
    return str(claims.get("email") or "") if vouched is True or vouched == "true" else ""


# --- uploads -----------------------------------------------------------------------------------

_sessions: OrderedDict[str, Visitor] = OrderedDict()


def note_session(session: str, found: Visitor) -> None:
    """Remember whose a session is; the oldest are forgotten."""
    _sessions[session] = found
    _sessions.move_to_end(session)
    while len(_sessions) > _MOST_SESSIONS:
        _sessions.popitem(last=False)


def may_upload(session: str) -> bool:
    """Tell whether a session belongs to somebody who may bring files, still now."""
    found = _sessions.get(session)
    if found is None or not found.may(Right.PLAN):
        return False
    try:
        refuse_changed(found)
    except DataError:
        return False
    return True
