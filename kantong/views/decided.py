"""What was decided about places that sources name, to be looked through and taken back."""

import streamlit as st
from sqlalchemy import Engine

from kantong.geo.errors import DataError
from kantong.geo.schema import KECAMATAN, KELURAHAN, KODE
from kantong.language import gettext as _
from kantong.language import number
from kantong.store import database, decisions
from kantong.store.decisions import Alias
from kantong.views.data import City
from kantong.views.draft import area, ask_who, tell
from kantong.views.words import table

_MOST = 200


def show(city: City, engine: Engine) -> None:
    """Draw the decisions, and the way to drop one: the next import asks again."""
    found = decisions.aliases(engine, area(city))
    if not found:
        return
    with st.expander(
        _("Places decided before ({count})").format(count=number(len(found))),
        icon=":material/bookmark_added:", key="_decided",
    ):  # fmt: skip
        st.caption(
            _(
                "For each source, what a name or code stands for. Drop a wrong one: the next "
                "import asks again. Figures kept already stay as they are; withdraw and import "
                "them again."
            )
        )
        rows = [(one.source, _given(one), _meant(city, one)) for one in found[-_MOST:]]
        st.html(table([_("Source"), _("As the file writes it"), _("Kelurahan")], rows, figures=0))
        _drop(city, found)


def _given(one: Alias) -> str:
    return " · ".join(filter(None, (one.given_code, one.given_kelurahan, one.given_kecamatan)))


def _meant(city: City, one: Alias) -> str:
    if one.kode is None:
        return _("refused")
    places = city.every.set_index(KODE)
    if one.kode not in places.index:
        return one.kode
    return f"{places[KELURAHAN][one.kode]} ({places[KECAMATAN][one.kode]}, {one.kode})"


def _words(city: City, one: Alias) -> str:
    """Return a decision in one line; the source tells apart what several sources write alike."""
    return f"{one.source}: {_given(one)} → {_meant(city, one)}"


def _drop(city: City, found: list[Alias]) -> None:
    left, right = st.columns(2)
    chosen = left.selectbox(
        _("Decision"), list(range(len(found))), None, key="_decision",
        format_func=lambda place: _words(city, found[place]),
        placeholder=_("Choose"),
    )  # fmt: skip
    who = ask_who(right, key="_decision_who")
    ready = chosen is not None and bool(who)
    asked = st.button(_("Drop this decision"), key="_drop_decision", disabled=not ready)
    if not asked or chosen is None:
        return
    try:
        decisions.forget_alias(database.for_writing(), area(city), found[chosen], who)
    except DataError as error:
        tell(error)
        return
    del st.session_state["_decision"]
    st.rerun()
