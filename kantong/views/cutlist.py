"""What was kept: each data cut, how two differ, taken back and brought back, and who did what."""

from dataclasses import dataclass

import pandas as pd
import streamlit as st

from kantong.analysis import cuts
from kantong.geo.errors import DataError
from kantong.geo.schema import INDICATOR, KECAMATAN, KELURAHAN, KODE, PERIOD, VALUE
from kantong.importing.told import as_fault, refused_lines
from kantong.language import date, number, pick
from kantong.language import gettext as _
from kantong.maps import downloads
from kantong.store import audit, database, datasets
from kantong.store.datasets import Stored
from kantong.views import decided, trail
from kantong.views.data import City
from kantong.views.draft import ask_who, words_of
from kantong.views.words import kind_of_data, plain, sources, table

_FEWEST_TO_COMPARE = 2
_MOST_TRAIL = 200


def show(city: City) -> None:
    """Draw the list of data cuts, their comparison and the audit trail."""
    engine = database.for_reading()
    area = datasets.area_of(city.every[KODE])
    kept = [] if engine is None else datasets.datasets(engine, area)
    if not kept:
        st.info(_("Nothing was imported yet. The figures shown come with the data folder."))
    if engine is None:
        return
    for one in kept:
        _one(city, one)
    shown = [one for one in kept if one.status == "kept"]
    if kept:
        st.subheader(_("Compare two data cuts"), anchor=False)
        if len(shown) < _FEWEST_TO_COMPARE:
            st.caption(_("Two data cuts are needed for this."))
        else:
            _compare(city, shown)
    decided.show(city, engine)
    st.subheader(_("Who did what"), anchor=False)
    _trail(audit.trail(engine, area))


def _one(city: City, stored: Stored) -> None:
    is_kept = stored.status == "kept"
    mark = "" if is_kept else f" · {_('withdrawn')}"
    periods = ", ".join(stored.periods)
    head = f"{stored.title} · v{stored.version} · {periods}{mark}"
    with st.expander(plain(head), icon=":material/database:" if is_kept else ":material/undo:"):
        rows = [
            (_("Source"), stored.source),
            (_("File"), stored.file_name),
            ("SHA-256", stored.sha256),
            (
                _("Imported"),
                f"{date(stored.imported_at.astimezone().date())}, {stored.imported_by}",
            ),
            (_("Rows in the file"), number(stored.rows_in)),
            (_("matched"), number(stored.rows_matched)),
            (_("in review"), number(stored.rows_review)),
            (_("refused"), number(stored.rows_refused)),
            (_("Findings accepted"), number(len(stored.findings))),
            (_("Note"), stored.note or "–"),
        ]
        st.html(table(["", ""], rows, figures=0))
        for told in stored.findings:
            st.caption(plain(words_of(as_fault(told), city)))
        _offer_refused(stored)
        _turn(stored, is_kept=is_kept)


def _offer_refused(stored: Stored) -> None:
    if not stored.rows_refused:
        return
    rows = [
        (line, count, fault.describe(_, number)) for line, count, fault in refused_lines(stored)
    ]
    frame = pd.DataFrame(rows, columns=[_("Line"), _("Rows"), _("Reason")])
    st.download_button(
        _("Download the refused rows (CSV)"), downloads.to_csv(frame), mime="text/csv",
        file_name=f"ditolak-{stored.key}.csv", on_click="ignore", key=f"refused {stored.key}",
        icon=":material/download:",
    )  # fmt: skip


def _turn(stored: Stored, *, is_kept: bool) -> None:
    """Draw what takes a cut out of all views, or brings it back; both need a name and a reason."""
    left, right = st.columns(2)
    who = ask_who(left, key=f"who {stored.key}")
    reason = right.text_input(_("Reason"), key=f"reason {stored.key}", max_chars=200).strip()
    label = _("Withdraw") if is_kept else _("Bring back")
    if not st.button(label, key=f"turn {stored.key}", disabled=not (who and reason)):
        return
    turn = datasets.withdraw if is_kept else datasets.reinstate
    try:
        turn(database.for_writing(), stored.id, who, reason)
    except DataError as error:
        st.error(plain(error.describe(_)))
        return
    st.rerun()


# --- two cuts --------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Cut:
    """One indicator and period of a data cut.

    Parameters
    ----------
    stored
        The cut.
    every
        All figures of the cut, those of RW left out.
    indicator, period
        What is compared.
    smallest
        The smallest count of it that may be shown.
    """

    stored: Stored
    every: pd.DataFrame
    indicator: str
    period: str
    smallest: int

    @property
    def figures(self) -> "pd.Series[float]":
        """What is compared, by ``kode``."""
        return self.of(self.indicator)

    def of(self, indicator: str) -> "pd.Series[float]":
        """Return an indicator of the same period, by ``kode``."""
        held = self.every
        chosen = held[(held[INDICATOR] == indicator) & (held[PERIOD] == self.period)]
        return chosen.set_index(KODE)[VALUE]

    def decile(self, number_: int) -> "pd.Series[float]":
        """Return a decile of what is compared, by ``kode``; empty where the cut has none."""
        return self.of(f"{self.indicator.rsplit('_d', maxsplit=1)[0]}_d{number_}")


def _compare(city: City, kept: list[Stored]) -> None:
    left, right = st.columns(2)
    first = _choose_cut(city, left, _("Before"), kept, place=1)
    if first is None:
        return
    second = _choose_cut(city, right, _("After"), kept, place=0, only=first.indicator)
    if second is None:
        return
    told = _told(city, first, second)
    st.caption(plain(" · ".join(told.values())))
    smallest = max(first.smallest, second.smallest) if city.covered else 0
    found = cuts.cover(cuts.compare(first.figures, second.figures), smallest)
    steps = [
        (_state_label(name), number(step, signed=True), number(int(count)))
        for name, step in found.steps.items()
        for count in [(found.areas[cuts.STATE] == name).sum()]
    ]
    st.html(
        table(
            ["", _("People or families"), _("Kelurahan")],
            [
                (_("Before"), number(found.before), ""),
                *steps,
                (_("After"), number(found.after), ""),
            ],
            figures=2,
        )
    )
    _by_decile(first, second, smallest)
    areas = city.every.set_index(KODE)[[KELURAHAN, KECAMATAN]].join(found.areas, how="inner")
    areas = areas.assign(**{cuts.STATE: areas[cuts.STATE].map(_state_label)})
    areas.columns = pd.Index(
        [_("Kelurahan"), _("Kecamatan"), _("Before"), _("After"), _("Change"), _("Movement")]
    )
    st.dataframe(areas.sort_values(_("Change"), ascending=False), hide_index=True, height=360)
    st.download_button(
        _("Download the comparison (CSV)"), downloads.to_csv(areas.reset_index().assign(**told)),
        file_name="perbandingan.csv", mime="text/csv", on_click="ignore",
        icon=":material/download:",
    )  # fmt: skip


def _told(city: City, first: _Cut, second: _Cut) -> dict[str, str]:
    """Return what must be known of a comparison, on the page and taken home, as label and text."""
    both = [one.stored.describe() for one in (first, second)]
    return {
        _("Indicator"): pick(city.library.indicators[first.indicator].label),
        _("Data cut before"): f"{_name(first.stored)}: {first.period}",
        _("Data cut after"): f"{_name(second.stored)}: {second.period}",
        _("Sources"): sources(both),
        _("Kind of data"): kind_of_data(both),
    }


def _by_decile(first: _Cut, second: _Cut, smallest: int) -> None:
    """Draw how each decile moved, where both cuts have deciles."""
    pairs = {decile: (first.decile(decile), second.decile(decile)) for decile in range(1, 11)}
    found = {
        decile: cuts.cover(cuts.compare(*both), smallest)
        for decile, both in pairs.items()
        if not any(one.empty for one in both)
    }
    if not found:
        return
    states = {
        cuts.IN: _("came in"), cuts.OUT: _("went out"), cuts.UP: _("rose"), cuts.DOWN: _("fell"),
    }  # fmt: skip
    if any(cuts.COVERED in one.steps for one in found.values()):
        states |= {cuts.COVERED: _("too small to show")}
    rows = [
        (
            number(decile), number(one.before),
            *(number(one.steps.get(state, 0.0), signed=True) for state in states),
            number(one.after),
        )
        for decile, one in found.items()
    ]  # fmt: skip
    headings = [_("Decile"), _("Before"), *states.values(), _("After")]
    st.html(table(headings, rows, figures=len(headings) - 1))


def _name(stored: Stored) -> str:
    periods = ", ".join(stored.periods)
    return f"{stored.title} · v{stored.version} · {periods} · #{stored.id}"


def _choose_cut(
    city: City,
    slot: "st.delta_generator.DeltaGenerator",
    label: str,
    kept: list[Stored],
    *,
    place: int,
    only: str = "",
) -> "_Cut | None":
    """Draw the choice of a cut, an indicator (of one alone, where given) and a period."""
    by_id = {one.id: one for one in kept}
    number_ = slot.selectbox(
        label, list(by_id), index=place, key=f"cut {place}",
        format_func=lambda one: _name(by_id[one]),
    )  # fmt: skip
    engine = database.for_reading()
    if engine is None:
        return None
    every = datasets.observations_of(engine, number_)
    every = every[every[datasets.RW] == ""]
    catalogue = city.library.indicators
    pairs = every[[INDICATOR, PERIOD]].drop_duplicates().itertuples(index=False, name=None)
    held = [pair for pair in pairs if pair[0] in catalogue and only in {"", pair[0]}]
    if not held:
        slot.caption(_("It holds no figure to compare. Choose another data cut."))
        return None
    indicator, period = slot.selectbox(
        _("Figure"), held, key=f"cut figure {place} {number_} {only}",
        format_func=lambda one: f"{pick(catalogue[one[0]].label)} · {one[1]}",
    )  # fmt: skip
    smallest = catalogue[indicator].smallest_shown
    return _Cut(by_id[number_], every, indicator, period, smallest)


def _state_label(state: str) -> str:
    return {
        cuts.IN: _("came in (not known before)"),
        cuts.OUT: _("went out (not known after)"),
        cuts.UP: _("rose"),
        cuts.DOWN: _("fell"),
        cuts.SAME: _("unchanged"),
        cuts.UNKNOWN: _("known in neither"),
        cuts.COVERED: _("too small to show"),
    }[state]


# --- the trail -------------------------------------------------------------------------------


def _trail(lines: pd.DataFrame) -> None:
    shown = trail.readable(lines).drop(columns=_("Details"))[:_MOST_TRAIL]
    st.html(
        table([str(name) for name in shown], shown.itertuples(index=False, name=None), figures=0)
    )
