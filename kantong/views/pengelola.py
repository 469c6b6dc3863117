"""Page Pengelola: people and roles, the trail of what was done, the data, version and backup."""

import platform
import tempfile
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import streamlit as st
from sqlalchemy import Engine

from kantong import __version__
from kantong.geo.errors import DataError
from kantong.geo.schema import KODE
from kantong.language import date, number
from kantong.language import gettext as _
from kantong.store import audit, backup, database, people, place
from kantong.store.datasets import area_of
from kantong.store.library import data_folder
from kantong.store.people import LONGEST, Person
from kantong.store.rights import Right, Role
from kantong.views import entrance, mode, state, trail, work
from kantong.views.data import City
from kantong.views.draft import ask_who, tell
from kantong.views.words import plain, table

_MOST_LINES = 500
_TOLD = "_people_told"
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def show() -> None:
    """Draw the page."""
    city = state.city()
    st.header(_("Administration"), anchor=False)
    who, done, data = st.tabs([_("People"), _("Audit trail"), _("Data and backup")])
    engine = database.for_reading()
    with who:
        _people(engine)
    with done:
        _trail(city, engine)
    with data:
        _data(city, engine)


# --- people ------------------------------------------------------------------------------------


def _people(engine: Engine | None) -> None:
    if told := st.session_state.pop(_TOLD, ""):
        st.success(plain(told))
    if not mode.settled().login:
        st.info(
            _(
                "Nobody logs in here: whoever opens Kantong on this machine may do everything. "
                "docs/deploy.md tells how people log in on a server."
            )
        )
    everyone = [] if engine is None else people.people(engine)
    _list(everyone)
    who = ask_who(st.container(), key="_people_who")
    if everyone:
        _change(everyone, who)
    _add(who)


def _list(everyone: list[Person]) -> None:
    st.subheader(_("Who may do what"), anchor=False)
    rows = [
        (
            one.position,
            entrance.role_label(one.role),
            one.login,
            date(one.since.astimezone().date()),
        )
        for one in everyone
    ]
    if rows:
        st.html(table([_("Position"), _("Role"), _("Login"), _("Since")], rows, figures=0))
    else:
        st.caption(_("Nobody has a role yet."))
    with st.expander(_("What each role may do"), icon=":material/help:"):
        st.markdown(
            _(
                "- **planner**: sees everything, imports, decides what is in doubt, plans\n"
                "- **field team**: map, profiles, sheets to print\n"
                "- **council**: every page but the import; changes nothing, counts below 5 stay "
                "covered\n"
                "- **administrator**: as a planner, and this page\n"
                "- **no role**: sees nothing"
            )
        )


def _change(everyone: list[Person], who: str) -> None:
    by_login = {one.login: one for one in everyone}
    st.subheader(_("Change or take away a role"), anchor=False)
    left, right = st.columns(2)
    login = left.selectbox(
        _("Person"), list(by_login), key="_person",
        format_func=lambda login: f"{by_login[login].position} · {login}",
    )  # fmt: skip
    person = by_login[str(login)]
    roles = list(Role)
    role = right.selectbox(
        _("Role"), roles, roles.index(person.role), key=f"_role {person.login} {person.role}",
        format_func=entrance.role_label,
    )  # fmt: skip
    first, second = st.columns(2)
    if first.button(
        _("Change the role"), key="_change", width="stretch",
        disabled=role is person.role or not who, icon=":material/manage_accounts:",
    ):  # fmt: skip
        words = _("{position} is now: {role}.")
        told = words.format(position=person.position, role=entrance.role_label(role))
        _do(told, lambda store: people.change(store, person.login, who, role=role))
    with second.popover(_("Forget this person"), icon=":material/person_remove:", width="stretch"):
        st.markdown(
            _(
                "The login is deleted for good. What was done stays in the trail, under the "
                "position."
            )
        )
        if st.button(_("Delete the login"), key="_forget", disabled=not who):
            told = _("{position} is forgotten.").format(position=person.position)
            _do(told, lambda store: people.forget(store, person.login, who))


def _add(who: str) -> None:
    st.subheader(_("Add a person"), anchor=False)
    with st.form("_add_person", clear_on_submit=False, border=False):
        left, middle, right = st.columns([2, 2, 1])
        login = left.text_input(_("Login (e-mail)"), max_chars=254, key="_new_login")
        position = middle.text_input(
            _("Office or position"), max_chars=LONGEST, key="_new_position",
            help=_("Stands in the audit trail, in the place of the name."),
        )  # fmt: skip
        roles = [role for role in Role if role is not Role.NONE]
        role = right.selectbox(_("Role"), roles, format_func=entrance.role_label, key="_new_role")
        asked = st.form_submit_button(_("Add"), icon=":material/person_add:", disabled=not who)
    if asked:
        told = _("{position} may log in.").format(position=position)
        _do(told, lambda store: people.add(store, login, role, position, who))


def _do(told: str, write: Callable[[Engine], Person]) -> None:
    """Write, as far as whoever asks may, and draw the page anew; say why where it cannot be."""
    try:
        write(database.for_writing(Right.MANAGE))
    except DataError as error:
        tell(error)
        return
    st.session_state[_TOLD] = told
    st.rerun()


# --- trail -------------------------------------------------------------------------------------


def _trail(city: City, engine: Engine | None) -> None:
    st.subheader(_("What was done, newest first"), anchor=False)
    lines = pd.DataFrame() if engine is None else audit.trail(engine, area_of(city.every[KODE]))
    if lines.empty:
        st.caption(_("Nothing has been written yet."))
        return
    wanted = st.text_input(
        _("Only lines with"), key="_trail_text", icon=":material/search:", max_chars=80
    ).strip()
    shown = trail.readable(lines).map(_inert)
    if wanted:
        texts = shown.astype(str).apply(" ".join, axis=1).str.casefold()
        shown = shown[texts.str.contains(wanted.casefold(), regex=False)]
    told = _("{shown} of {all} lines; the newest {most} are drawn, the download has all.")
    st.caption(
        told.format(shown=number(len(shown)), all=number(len(lines)), most=number(_MOST_LINES))
    )
    st.dataframe(shown.head(_MOST_LINES), hide_index=True, height="content", width="stretch")
    st.download_button(
        _("Download the trail (CSV)"), shown.to_csv(index=False).encode("utf-8-sig"),
        file_name="jejak-audit.csv", mime="text/csv", on_click="ignore",
        icon=":material/download:",
    )  # fmt: skip


def _inert(cell: object) -> object:
    """Return a cell that no spreadsheet reads as a formula: the table can be downloaded too."""
    return f"'{cell}" if str(cell).startswith(_FORMULA_STARTS) else cell


# --- data, version, backup ---------------------------------------------------------------------


def _data(city: City, engine: Engine | None) -> None:
    st.subheader(_("What is running"), anchor=False)
    folder = data_folder()
    held = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    rows = [
        (_("Version of Kantong"), __version__),
        ("Python", platform.python_version()),
        (_("Store"), "PostgreSQL" if place.address() else place.NAME),
        (_("Version of the store"), database.NEWEST if engine is not None else _("none yet")),
        (_("Data folder"), str(folder.resolve())),
        (_("Size of the data folder"), f"{number(held / 1e6, 1)} MB"),
        (_("Kelurahan"), number(len(city.every))),
        (_("Data sets"), number(len(city.library.datasets))),
        (_("Figures"), number(len(city.library.observations))),
    ]
    st.html(table([_("What"), _("Value")], rows, figures=0))
    st.subheader(_("Backup"), anchor=False)
    st.markdown(
        _(
            "One file with all that was imported, decided, planned and recorded, people and trail "
            "included. Keep it where only you can read it. **kantong restore FILE** brings it back."
        )
    )
    if engine is None:
        st.caption(_("Nothing has been written yet."))
        return
    st.download_button(
        _("Download a backup"),
        work.on_click(lambda: _backup(engine), costly=True),
        file_name="kantong-cadangan.zip",
        mime="application/zip", on_click="ignore", icon=":material/archive:",
    )  # fmt: skip


def _backup(engine: Engine) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "cadangan.zip"
        backup.back_up(engine, out)
        return out.read_bytes()


if __name__ == "__main__":  # as Streamlit runs a page
    show()
