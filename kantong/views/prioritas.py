"""Page Prioritas: the ranked table beside the map, and the table to take away."""

from dataclasses import dataclass
from functools import partial

import geopandas as gpd
import pandas as pd
import streamlit as st

from kantong.analysis.measures import Measure
from kantong.analysis.priority import RANK, TIED, ranking
from kantong.analysis.rates import REASON
from kantong.geo.schema import DAPIL, KECAMATAN, KELURAHAN, KODE, Indicator
from kantong.language import gettext as _
from kantong.language import number, pick
from kantong.maps import downloads
from kantong.views import chart, data, frame, state
from kantong.views.data import City
from kantong.views.state import Selection
from kantong.views.words import plain, sources

_HEIGHT = 560
_ROWS_IN_VIEW = 14


@dataclass(frozen=True)
class _View:
    """What the page shows: the measure, the rate beside it and the ranked areas."""

    indicator: Indicator
    found: Measure
    rate: Measure | None
    rate_indicator: Indicator | None
    table: pd.DataFrame


def show() -> None:
    """Draw the page."""
    city = data.city()
    selection = state.choose(city)
    view = _view(city, selection)
    left, right = st.columns([3, 2], gap="medium")
    with left:
        ranked = _("Ranked by: {what}").format(what=frame.title_of(view.indicator, view.found))
        st.subheader(f"{plain(ranked)} {frame.badge(city, view.found)}", anchor=False)
        _draw_table(view)
        _offer_downloads(city, view)
    with right:
        st.subheader(_("On the map"), anchor=False)
        chart.draw_map(city, selection, view.found, height=_HEIGHT)
    frame.source_line(city, view.indicator, view.found)
    if view.rate is not None and view.rate_indicator is not None:
        frame.source_line(city, view.rate_indicator, view.rate)
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
    kept = selection.keeps(city)
    return _View(indicator, found, rate, beside, table[kept.reindex(table.index)])


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


def _draw_table(view: _View) -> None:
    shown = _shown(view)
    styled = shown.style.format(
        {heading: partial(number, decimals=places) for heading, places in _columns(view).values()},
        na_rep="–",
    )
    event = st.dataframe(
        styled,
        hide_index=True,
        height=_HEIGHT if len(shown) > _ROWS_IN_VIEW else "content",
        placeholder="–",
        on_select="rerun",
        selection_mode="single-row",
        key="ranking",
    )
    rows = event["selection"]["rows"]
    if rows and rows[0] < len(view.table):
        kode = str(view.table.index[rows[0]])
        state.pick_kelurahan(kode, ("table", kode))


def _notes(city: City, view: _View) -> list[tuple[str, str]]:
    datasets = city.datasets(view.found)
    simulated = any(dataset.simulated for dataset in datasets)
    rated = view.rate_indicator if view.rate_indicator and view.rate else view.indicator
    below = frame.denominator_words(rated, view.rate or view.found, city)
    return [
        (_("Indicator"), pick(view.indicator.label)),
        (_("Definition"), pick(view.indicator.definition)),
        (_("Period"), view.found.period),
        (_("Denominator"), below or "–"),
        (_("Kind of data"), "SIMULASI" if simulated else _("published")),
        (_("Sources"), sources(datasets)),
        ("SHA-256", "; ".join(dataset.sha256 for dataset in datasets)),
        (_("Boundaries"), city.about.get("attribution", "")),
    ]


def _offer_downloads(city: City, view: _View) -> None:
    notes = _notes(city, view)
    table = _shown(view).reset_index().rename(columns={KODE: _("Code")})
    told = {label: text for label, text in notes if label != "SHA-256"}
    flat = table.assign(**told)
    areas = gpd.GeoDataFrame(
        flat.merge(
            city.layer[[KODE, "geometry"]], left_on=_("Code"), right_on=KODE, validate="one_to_one"
        ).drop(columns=KODE),
        crs=city.layer.crs,
    )
    simulated = "SIMULASI-" if dict(notes)[_("Kind of data")] == "SIMULASI" else ""
    name = f"{simulated}{view.indicator.id}-{view.found.period}"
    sheets = (_("Ranking"), _("Sources"))
    for column, label, content, suffix, kind in zip(
        st.columns(3),
        ("CSV", "XLSX", "GeoJSON"),
        (downloads.to_csv(flat), downloads.to_xlsx(flat, notes, sheets=sheets),
         downloads.to_geojson(areas, notes)),
        ("csv", "xlsx", "geojson"),
        ("text/csv", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
         "application/geo+json"),
        strict=True,
    ):  # fmt: skip
        column.download_button(
            label,
            content,
            file_name=f"{name}.{suffix}",
            mime=kind,
            icon=":material/download:",
            width="stretch",
            on_click="ignore",
            key=f"download_{suffix}",
        )


if __name__ == "__main__":  # as Streamlit runs a page
    show()
