"""Page Prioritas: the ranked table beside the map."""

from dataclasses import dataclass
from functools import partial

import pandas as pd
import streamlit as st

from kantong.analysis.measures import Measure
from kantong.analysis.priority import RANK, TIED, ranking
from kantong.analysis.rates import REASON
from kantong.geo.schema import DAPIL, KECAMATAN, KELURAHAN, Indicator
from kantong.language import gettext as _
from kantong.language import number
from kantong.views import frame, mapview, scored, share, state
from kantong.views.data import City
from kantong.views.state import Selection

WAYS = ("satu", "gabung")
_HEIGHT = 560
_ROWS_IN_VIEW = 14


@dataclass(frozen=True)
class _View:
    """What the page shows: the measure, the rate beside it and the ranked areas."""

    indicator: Indicator
    found: Measure
    rate: Measure | None
    table: pd.DataFrame


def show() -> None:
    """Draw the page."""
    city = state.city()
    selection = state.choose(city)
    way = state.select(
        _("Rank by"), list(WAYS), WAYS[0], _way_label, key="urut", draw=st.segmented_control,
        label_visibility="collapsed", width="stretch", required=True,
    )  # fmt: skip
    {"satu": _by_one, "gabung": scored.show}[way](city, selection)


def _way_label(way: str) -> str:
    return {"satu": _("One indicator"), "gabung": _("Several indicators")}[way]


def _by_one(city: City, selection: Selection) -> None:
    """Draw the ranking by the indicator chosen in the drawer."""
    view = _view(city, selection)
    left, right = st.columns([3, 2], gap="medium")
    with left:
        ranked = _("Ranked by: {what}").format(what=frame.title_of(view.indicator, view.found))
        frame.title(ranked, city.datasets(view.found))
        _draw_table(city, view)
        seen = mapview.picture(city, selection, view.found)
        share.offer(city, selection, view.found, seen)
    with right:
        st.subheader(_("On the map"), anchor=False)
        state.tell_region(city)
        mapview.draw(city, seen)
    frame.source_line(city, view.found)
    if view.rate is not None:
        frame.source_line(city, view.rate)
    st.caption(
        _(
            "Rank 1 is the largest figure. Ranks are within the whole city, whatever the filter; "
            "equal figures share a rank."
        )
    )


def _view(city: City, selection: Selection) -> _View:
    indicator = city.library.indicators[selection.indicator]
    found = city.measure(selection.indicator, selection.period)
    beside = city.rate_of(indicator)
    beside = None if beside is indicator else beside
    rate = city.measure(beside.id, selection.period) if beside else None
    table = ranking(city.layer, found, rate)
    table["share_percent"] = mapview.shares(city, found).reindex(table.index)
    kept = selection.keeps(city)
    return _View(indicator, found, rate, table[kept.reindex(table.index)])


def _columns(view: _View) -> dict[str, tuple[str, int]]:
    """Return heading and decimals of the numeric columns shown, by column of the ranking."""
    columns = {"count": (_("Number"), 0), "share_percent": (_("% of city"), 2)}
    if view.table["rate_percent"].notna().any():
        columns["rate_percent"] = (_("% of residents"), 2)
    columns["per_km2"] = (_("per km²"), 1)
    return columns


def _shown(view: _View) -> pd.DataFrame:
    """Return the table with its headings in the user's language; figures stay numbers."""
    table = view.table
    shown = pd.DataFrame(
        {
            _("Rank"): table[RANK].astype("Int64"),
            _("Tied"): table[TIED].map({True: "=", False: ""}),
            _("Kelurahan"): table[KELURAHAN],
        }
    )
    for column, (heading, _places) in _columns(view).items():
        shown[heading] = table[column].astype(float)
    shown[_("Kecamatan")] = table[KECAMATAN]
    shown["Dapil"] = table[DAPIL]
    shown[_("Note")] = table[REASON].map(lambda reason: _(reason) if reason else "")
    return shown


def _draw_table(city: City, view: _View) -> None:
    shown = _shown(view)
    styled = shown.style.format(
        {heading: partial(number, decimals=places) for heading, places in _columns(view).values()},
        na_rep="–",
    )
    st.dataframe(
        styled,
        hide_index=True,
        height=_HEIGHT if len(shown) > _ROWS_IN_VIEW else "content",
        placeholder="–",
        on_select=lambda: _picked(city, view),
        selection_mode="single-row",
        key="ranking",
    )


def _picked(city: City, view: _View) -> None:
    rows = st.session_state["ranking"]["selection"]["rows"]
    if rows and rows[0] < len(view.table):
        state.pick_area(city, str(view.table.index[rows[0]]))


if __name__ == "__main__":  # as Streamlit runs a page
    show()
