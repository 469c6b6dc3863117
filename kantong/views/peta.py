"""Page Peta: the map, and the figures of the chosen kelurahan beside it."""

import pandas as pd
import streamlit as st

from kantong.analysis.measures import Measure
from kantong.analysis.priority import RANK, rank
from kantong.geo.schema import AREA_KM2, DAPIL, KECAMATAN, KELURAHAN, KODE, Indicator
from kantong.language import gettext as _
from kantong.language import number, pick
from kantong.views import chart, data, frame, state
from kantong.views.data import City
from kantong.views.state import Selection
from kantong.views.words import code_label, figure, plain

_MAP_HEIGHT = 560


def show() -> None:
    """Draw the page."""
    city = data.city()
    selection = state.choose(city)
    indicator = city.library.indicators[selection.indicator]
    found = city.measure(selection.indicator, selection.period)
    left, right = st.columns([3, 2], gap="medium")
    with left:
        title = plain(frame.title_of(indicator, found))
        st.subheader(f"{title} {frame.badge(city, found)}", anchor=False)
        chart.draw_map(city, selection, found, height=_MAP_HEIGHT)
    with right:
        if selection.kelurahan:
            _panel(city, selection.kelurahan, indicator, found)
        else:
            _summary(city, selection, indicator, found)
    frame.source_line(city, indicator, found)


def _summary(city: City, selection: Selection, indicator: Indicator, found: Measure) -> None:
    st.subheader(_("The whole city"), anchor=False)
    st.caption(plain(pick(indicator.definition)))
    known = int(found.value.notna().sum())
    first, second = st.columns(2)
    first.metric(
        _("City total") if indicator.kind != "rate" else _("City"), _total(indicator, found)
    )
    second.metric(
        _("Kelurahan with a figure"),
        _("{rank} of {count}").format(rank=number(known), count=number(len(found.value))),
    )
    st.markdown(f"**{_('First ten')}**")
    ranks = rank(found.value)
    names = city.layer.set_index(KODE)
    kept = selection.keeps(city)
    top = ranks[ranks[RANK].notna() & kept].sort_values(RANK, kind="stable").head(10)
    table = pd.DataFrame(
        {
            _("Rank"): [
                f"{number(place)} =" if tied else number(place)
                for place, tied in top.itertuples(index=False)
            ],
            _("Kelurahan"): names.loc[top.index, KELURAHAN].map(plain),
            _("Kecamatan"): names.loc[top.index, KECAMATAN].map(plain),
            pick(indicator.unit): [
                figure(found.value[kode], indicator, unit=False) for kode in top.index
            ],
        }
    )
    # A static table: the interactive one would hold up the map by its scripts.
    st.table(table, hide_index=True)


def _total(indicator: Indicator, found: Measure) -> str:
    """Return the city's figure: a sum for counts, the ratio of the sums for rates."""
    if indicator.kind != "rate":
        return figure(found.value.sum(), indicator)
    both = found.value.notna()
    below = found.denominator[both].sum()
    ratio = found.numerator[both].sum() / below * indicator.scale if below else float("nan")
    return figure(ratio, indicator)


def _panel(city: City, kode: str, indicator: Indicator, found: Measure) -> None:
    place = city.layer.drop(columns="geometry").set_index(KODE).loc[kode].to_dict()
    st.subheader(plain(place[KELURAHAN]), anchor=False)
    st.caption(
        plain(
            _("Kecamatan {kecamatan} · dapil {dapil} · code {kode} · {area} km²").format(
                kecamatan=place[KECAMATAN],
                dapil=place[DAPIL] or "–",
                kode=kode,
                area=number(place[AREA_KM2], 2),
            )
        )
    )
    rows = chart.tooltips(city, indicator, found)[kode]
    st.dataframe(
        pd.DataFrame(rows, columns=[_("Indicator"), _("Figure")]), hide_index=True, height="content"
    )
    st.markdown(f"**{_('All indicators, latest period')}**")
    st.dataframe(_latest(city, kode), hide_index=True, height=300)
    _interventions(city, kode)


def _latest(city: City, kode: str) -> pd.DataFrame:
    rows = []
    for indicator in city.indicators().values():
        period = city.periods(indicator.id)[-1]
        found = city.measure(indicator.id, period)
        simulated = any(dataset.simulated for dataset in city.datasets(found))
        rows.append(
            (
                pick(indicator.label),
                figure(found.value[kode], indicator),
                period,
                "SIMULASI" if simulated else _("published"),
            )
        )
    return pd.DataFrame(rows, columns=[_("Indicator"), _("Figure"), _("Period"), _("Kind of data")])


def _interventions(city: City, kode: str) -> None:
    every = city.library.interventions
    own = every[every[KODE] == kode]
    if own.empty:
        return
    simulated = own["dataset"].map(lambda key: city.library.datasets[key].simulated).any()
    label = "SIMULASI" if simulated else _("published")
    st.markdown(f"**{_('Interventions')}** ({label})")
    table = pd.DataFrame(
        {
            _("Programme"): own["programme"],
            _("Period"): own["period"],
            _("Kind"): own["kind"].map(code_label),
            _("Funder"): own["funder"],
            _("Target"): own["target"].map(number),
            _("Reached"): own["reached"].map(number),
            _("Budget (million Rp)"): [number(budget / 1e6, 1) for budget in own["budget_rp"]],
            _("Status"): own["status"].map(code_label),
        }
    )
    st.dataframe(table, hide_index=True, height="content")


if __name__ == "__main__":  # as Streamlit runs a page
    show()
