"""The entrance of a server: log in, log out, and what stands there for who has no role."""

from collections.abc import Callable
from typing import Literal

import streamlit as st

from kantong.geo.errors import DataError
from kantong.language import gettext as _
from kantong.store.rights import Role
from kantong.views import mode, state
from kantong.views.access import Standing, Visitor
from kantong.views.pages import FILES
from kantong.views.words import plain


def show(visitor: Visitor) -> None:
    """Draw the entrance in the place of every page: what lies behind an address is not told."""
    _everywhere(lambda: _inside(visitor))


def shut(error: DataError) -> None:
    """Say in the place of every page why it cannot be told who is looking."""

    def say() -> None:
        st.error(plain(error.describe(_)))

    _everywhere(say)


def door(visitor: Visitor) -> None:
    """Draw in the drawer who is logged in, and the way in or out."""
    if visitor.standing is Standing.KNOWN:
        st.caption(plain(f"{visitor.position} · {role_label(visitor.role)}"))
        st.button(
            _("Log out"), on_click=st.logout, icon=":material/logout:", width="stretch",
            key="_log_out",
        )  # fmt: skip
    elif visitor.standing is Standing.PUBLIC and mode.settled().login:
        _way_in()


def role_label(role: Role) -> str:
    """Return the name of a role in the user's language."""
    return {
        Role.PLANNER: _("planner"),
        Role.FIELD: _("field team"),
        Role.COUNCIL: _("council"),
        Role.ADMIN: _("administrator"),
        Role.NONE: _("no role"),
    }[role]


def _everywhere(draw: Callable[[], None]) -> None:
    pages = [
        st.Page(draw, title="Kantong", url_path=name, default=name == "beranda") for name in FILES
    ]
    st.navigation(pages, position="hidden").run()


def _inside(visitor: Visitor) -> None:
    with st.columns([1, 2, 1])[1].container(border=True):
        st.header("Kantong", anchor=False)
        st.markdown(_("Poverty pockets by kelurahan: where help should go first."))
        if visitor.standing is Standing.OUTSIDE:
            st.markdown(_("Log in with the account of your office."))
            _way_in(kind="primary")
        else:
            _no_role(visitor)
        state.choose_language()


def _way_in(kind: Literal["primary", "secondary"] = "secondary") -> None:
    st.button(
        _("Log in"), on_click=st.login, icon=":material/login:", width="stretch", key="_log_in",
        type=kind,
    )  # fmt: skip


def _no_role(visitor: Visitor) -> None:
    if visitor.login:
        told = _(
            "You are logged in as {login}, but have no role here. Ask whoever looks after Kantong "
            "in your city to give you one; then load this page again."
        )
        st.warning(plain(told.format(login=visitor.login)))
    else:
        st.warning(
            _(
                "The login server does not vouch for an address of yours, so that we cannot tell "
                "who you are. Confirm your address there, then log in again."
            )
        )
    st.button(
        _("Log out"), on_click=st.logout, icon=":material/logout:", width="stretch", key="_log_out"
    )
