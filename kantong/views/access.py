"""Who is looking, and what may be seen, opened and changed: looked up anew at every run.

Alone on a laptop there is no login. On a server people log in by OIDC (``[auth]`` in the file that
``KANTONG_SECRETS`` names, or in ``.streamlit/secrets.toml``) and our own table says what each may
do. ``KANTONG_PUBLIC=1`` lets everyone else look at what may be published.
"""

import os
import tomllib
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import streamlit as st
from streamlit import config
from streamlit.runtime.scriptrunner import get_script_run_ctx

from kantong.geo.errors import DataError, Fault
from kantong.store import place
from kantong.store.rights import RIGHTS, Right, Role
from kantong.views.pages import ADMINISTERING, FILES

PUBLIC, SECRETS = "KANTONG_PUBLIC", "KANTONG_SECRETS"
_HOSTS = "KANTONG_HOSTS"
_YES = {"1", "ya", "yes", "true"}
_VISITOR = "_visitor"
_CALLBACK = "/oauth2callback"
_SHORTEST_SECRET = 32
_MOST_SESSIONS = 10_000


class AccessError(DataError):
    """The server would be open to whoever reaches it, or nobody could log in."""


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


# --- how this server is meant ------------------------------------------------------------------


@dataclass(frozen=True)
class Mode:
    """How a server is meant.

    Parameters
    ----------
    login
        People log in.
    public
        Whoever does not may look.
    """

    login: bool
    public: bool


@cache
def mode() -> Mode:
    """Return how this server is meant, settled when it starts.

    Were it asked again later, a lost file of secrets would open the server to everyone.

    Raises
    ------
    AccessError
        A login is configured in a way that is not safe or cannot work.
    """
    public = os.environ.get(PUBLIC, "").strip().lower() in _YES
    return Mode(login=_is_login_configured(), public=public)


def _is_login_configured() -> bool:
    named = os.environ.get(SECRETS, "").strip()
    if named:
        if not Path(named).is_file():
            message = "{name} names a file that is not there or may not be read."
            raise AccessError(Fault(message, name=SECRETS))
        config.set_option("secrets.files", [named])
    auth = _auth()
    if auth is not None:
        _refuse_unsafe(auth)
    elif named:
        message = "The file that {name} names has no [auth]. docs/deploy.md shows a whole one."
        raise AccessError(Fault(message, name=SECRETS))
    return auth is not None


def _auth() -> Mapping[str, object] | None:
    """Return what the secrets say of the login, read as strictly as Streamlit does not."""
    found: dict[str, Any] = {}
    for file in map(Path, config.get_option("secrets.files")):
        try:
            found |= tomllib.loads(file.read_text("utf-8")) if file.is_file() else {}
        except (OSError, ValueError) as error:
            message = "{file} cannot be read as TOML. Correct it, or take it away."
            raise AccessError(Fault(message, file=file.name)) from error
    auth = found.get("auth")
    return auth if auth is None or isinstance(auth, dict) else {}


def _refuse_unsafe(auth: Mapping[str, object]) -> None:
    wanted = ("redirect_uri", "cookie_secret", "client_id", "client_secret", "server_metadata_url")
    missing = [key for key in wanted if not str(auth.get(key, "")).strip()]
    if missing:
        message = "[auth] in secrets.toml lacks {keys}. docs/deploy.md shows a whole one."
        raise AccessError(Fault(message, keys=", ".join(missing)))
    if len(str(auth["cookie_secret"])) < _SHORTEST_SECRET:
        message = (
            "cookie_secret in secrets.toml is shorter than {least} signs; who guesses it can pass "
            "for anyone. Make one with: python -c 'import secrets; print(secrets.token_hex())'"
        )
        raise AccessError(Fault(message, least=_SHORTEST_SECRET))
    if urlsplit(str(auth["redirect_uri"])).path != _CALLBACK:
        message = "redirect_uri in secrets.toml must end with {path}, right behind the host."
        raise AccessError(Fault(message, path=_CALLBACK))


def refuse_open(address: str, hosts: list[str]) -> None:
    """Refuse to serve others where nobody would have to log in.

    Parameters
    ----------
    address
        That the server is to be bound to.
    hosts
        Names by which it is to answer, beside those of loopback.

    Raises
    ------
    AccessError
        It would be open, or its login is not safe or cannot work.
    """
    found = mode()
    if found.login or found.public or (is_loopback(address) and not hosts):
        return
    message = (
        "Kantong would be open to whoever reaches {where}. Configure a login ({secrets}, see "
        "docs/deploy.md), or set {public}=1 to let everyone look and nobody write. Alone on this "
        "machine: kantong serve without --address and {hosts}."
    )
    where = ", ".join([] if is_loopback(address) else [address]) or ", ".join(hosts)
    raise AccessError(Fault(message, where=where, secrets=SECRETS, public=PUBLIC, hosts=_HOSTS))


def is_loopback(address: str) -> bool:
    """Tell whether an address is reached from this machine only.

    Examples
    --------
    >>> is_loopback("127.0.0.1"), is_loopback("0.0.0.0"), is_loopback("::1")
    (True, False, True)
    """
    return address in {"localhost", "::1"} or address.startswith("127.")


# --- who is looking ----------------------------------------------------------------------------


def begin() -> Visitor:
    """Look up who is looking; called at the beginning of every run."""
    found = look_up()
    st.session_state[_VISITOR] = found
    _note_uploads(found)
    return found


def visitor() -> Visitor:
    """Return who is looking, as it was at the beginning of this run."""
    found = st.session_state.get(_VISITOR)
    return found if isinstance(found, Visitor) else begin()


def may(right: Right) -> bool:
    """Tell whether whoever looks now has a right: asked again, for a write."""
    return look_up().may(right)


def look_up() -> Visitor:
    """Return who is looking now.

    Raises
    ------
    StoreError
        It cannot be told, since the store cannot be asked.
    """
    how = mode()
    if not how.login:
        return Visitor(Standing.PUBLIC if how.public else Standing.ALONE)
    claims = claims_of_visitor()
    if claims is None:
        return Visitor(Standing.PUBLIC if how.public else Standing.OUTSIDE)
    login = _vouched(claims)
    if not login or not place.may_hold_something():
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

_uploaders: OrderedDict[str, bool] = OrderedDict()


def _note_uploads(found: Visitor) -> None:
    run = get_script_run_ctx()
    if run is None:
        return
    _uploaders[run.session_id] = found.may(Right.PLAN)
    _uploaders.move_to_end(run.session_id)
    while len(_uploaders) > _MOST_SESSIONS:
        _uploaders.popitem(last=False)


def may_upload(session: str) -> bool:
    """Tell whether a session belongs to somebody who may bring files."""
    return _uploaders.get(session, False)
