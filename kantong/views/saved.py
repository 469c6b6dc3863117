"""Scenarios: the choices of a page kept under a name, opened again, compared, withdrawn."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

import streamlit as st
from sqlalchemy import Engine

from kantong.geo.errors import DataError
from kantong.geo.schema import Dataset
from kantong.language import date
from kantong.language import gettext as _
from kantong.store import database, scenarios
from kantong.store.rights import Right
from kantong.store.scenarios import Choices, Scenario
from kantong.views import access, state
from kantong.views.access import Standing
from kantong.views.data import City
from kantong.views.draft import area, ask_who, tell
from kantong.views.words import plain

_FEWEST_TO_COMPARE = 2
_TOLD = "_scenario_told"


@dataclass(frozen=True)
class Panel:
    """What a page says of its scenarios.

    Parameters
    ----------
    kind
        Of its scenarios in the store.
    page
        Its address.
    datasets
        What its answer is worked out from.
    keys
        Of ``state.URL_KEYS``: the choices that its answer hangs on.
    forget
        Beginnings of the names of widgets that fill themselves from the address only once.
    compare
        Draws how the answers of two addresses differ; None where they cannot be compared.
    """

    kind: str
    page: str
    datasets: tuple[Dataset, ...]
    keys: tuple[str, ...]
    forget: tuple[str, ...] = ()
    compare: Callable[[Mapping[str, str], Mapping[str, str]], None] | None = None


def offer(city: City, panel: Panel) -> None:
    """Draw the scenarios of a page: saving what is on it, and those kept before.

    Drafts are for those who decide: where a city publishes, not for everyone.
    """
    if access.visitor().standing is Standing.PUBLIC:
        return
    told = st.session_state.pop(_TOLD, "")
    box = st.expander(
        _("Scenarios"), icon=":material/bookmark:", key="_scenarios", on_change="rerun"
    )
    if not box.open:
        return
    with box:
        if told:
            st.success(plain(told))
        plans = access.visitor().may(Right.PLAN)
        if plans:
            _save(city, panel)
        engine = database.for_reading()
        kept = [] if engine is None else scenarios.scenarios(engine, area(city), panel.kind)
        for one in kept:
            _one(panel, one)
        if engine is not None and plans:
            _withdrawn(engine, city, panel)
        if panel.compare is not None and len(kept) >= _FEWEST_TO_COMPARE:
            _compare(panel, kept)


def figures_sha256(datasets: Iterable[Dataset]) -> str:
    """Return one hash for all data sets that an answer is worked out from.

    That of an import is the hash of its file; what was decided about its rows goes with its id.

    Examples
    --------
    >>> len(figures_sha256(()))
    64
    """
    every = "\n".join(sorted({f"{one.id} {one.sha256}" for one in datasets}))
    return hashlib.sha256(every.encode()).hexdigest()


def address(page: str, settings: Mapping[str, str]) -> str:
    """Return the address of a page with these choices, within the app.

    Examples
    --------
    >>> address("prioritas", {"bobot": "poor_rate:5"})
    '/prioritas?bobot=poor_rate%3A5'
    """
    return f"/{page}?{urlencode(settings)}"


def _save(city: City, panel: Panel) -> None:
    st.caption(
        _(
            "What is chosen on this page, kept under a name: to show it again, compare it, or send "
            "it. The same name again adds a version; earlier ones stay."
        )
    )
    left, right = st.columns(2)
    name = left.text_input(
        _("Name of the scenario"), key="_scenario_name", max_chars=scenarios.LONGEST_NAME
    ).strip()
    who = ask_who(right, key="_scenario_who")
    note = st.text_input(_("Note"), key="_scenario_note", max_chars=500).strip()
    if not st.button(_("Save the scenario"), key="_scenario_save", disabled=not (name and who)):
        return
    given = Choices(
        name=name, kind=panel.kind, settings=dict(state.chosen(panel.keys)), note=note,
        figures_sha256=figures_sha256(panel.datasets),
    )  # fmt: skip
    try:
        kept = scenarios.save(database.for_writing(), area(city), given, who)
    except DataError as error:
        tell(error)
        return
    words = _("Saved: {name}, version {version}.")
    st.session_state[_TOLD] = words.format(name=kept.name, version=kept.version)
    st.rerun()


def _one(panel: Panel, kept: Scenario) -> None:
    with st.container(border=True):
        st.markdown(f"**{plain(kept.name)}** · v{kept.version}")
        same = kept.figures_sha256 == figures_sha256(panel.datasets)
        said = [f"{_day(kept)}, {kept.saved_by}", kept.note]
        if kept.settings.get("tutup") == state.NO and not access.visitor().may(Right.PLAN):
            said.append(_("made with small counts shown; here they stay covered"))
        elif kept.settings == state.chosen(panel.keys):
            changed = _("the figures have changed since it was saved")
            said.append(_("the figures are those of then") if same else changed)
        st.caption(plain(" · ".join(part for part in said if part)))
        first, second = st.columns(2)
        first.button(
            _("Open"), key=f"open {kept.id}", width="stretch", icon=":material/folder_open:",
            on_click=_open, args=(panel, _texts(kept)),
        )  # fmt: skip
        with second.popover(_("Link and more"), width="stretch", key=f"more {kept.id}"):
            where = {"kota": state.folder(), "wilayah": state.region()}
            told = {key: value for key, value in where.items() if value} | _texts(kept)
            st.code(address(panel.page, told), language=None, wrap_lines=True)
            _earlier(panel, kept)
            if access.visitor().may(Right.PLAN):
                _turn(kept, scenarios.withdraw, _("Withdraw"))


def _day(kept: Scenario) -> str:
    return date(kept.saved_at.astimezone().date())


def _texts(kept: Scenario) -> dict[str, str]:
    return {key: str(value) for key, value in kept.settings.items()}


def _open(panel: Panel, settings: Mapping[str, str]) -> None:
    for name in [str(key) for key in st.session_state]:
        if name.startswith(panel.forget):
            del st.session_state[name]
    state.take(settings)


def _earlier(panel: Panel, kept: Scenario) -> None:
    engine = database.for_reading()
    if kept.version == 1 or engine is None:
        return
    for one in scenarios.versions(engine, kept.id)[1:]:
        label = f"v{one.version} · {_day(one)}, {one.saved_by}"
        st.button(
            plain(label), key=f"open {one.id} {one.version}", width="stretch",
            on_click=_open, args=(panel, _texts(one)),
        )  # fmt: skip


def _turn(kept: Scenario, turn: Callable[..., Scenario], label: str) -> None:
    """Draw what takes a scenario from the list or brings it back; both need name and reason."""
    who = ask_who(st.container(), key=f"scenario who {kept.id}")
    reason = st.text_input(_("Reason"), key=f"scenario reason {kept.id}", max_chars=200).strip()
    if not st.button(label, key=f"scenario turn {kept.id}", disabled=not (who and reason)):
        return
    try:
        turn(database.for_writing(), kept.id, who, reason)
    except DataError as error:
        tell(error)
        return
    st.rerun()


def _withdrawn(engine: Engine, city: City, panel: Panel) -> None:
    every = scenarios.scenarios(engine, area(city), panel.kind, withdrawn=True)
    gone = [one for one in every if one.status != "kept"]
    if gone and st.toggle(_("Show withdrawn ones"), key="_scenario_gone"):
        for one in gone:
            with st.container(border=True):
                st.markdown(f"{plain(one.name)} · v{one.version} · {_('withdrawn')}")
                _turn(one, scenarios.bring_back, _("Bring back"))


def _compare(panel: Panel, kept: list[Scenario]) -> None:
    st.markdown(f"**{plain(_('Compare two scenarios'))}**")
    by_id = {str(one.id): one for one in kept}
    options = ["", *by_id]

    def words(number: str) -> str:
        return _("Choose") if not number else f"{by_id[number].name} · v{by_id[number].version}"

    left, right = st.columns(2)
    first = left.selectbox(_("First"), options, format_func=words, key="_scenario_first")
    second = right.selectbox(_("Second"), options, format_func=words, key="_scenario_second")
    if first and second and first != second and panel.compare is not None:
        covered = _("Both with the figures of today, small counts covered.")
        st.caption(covered if state.is_covered() else _("Both with the figures of today."))
        panel.compare(_texts(by_id[first]), _texts(by_id[second]))
