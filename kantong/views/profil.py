"""Page Profil: everything known about one kelurahan."""

from collections.abc import Callable, Iterator

import pandas as pd
import streamlit as st

from kantong.analysis.measures import Measure
from kantong.analysis.reach import BUDGET_RP, FUNDER, KIND, PROGRAMME, REACHED, STATUS, TARGET
from kantong.geo.errors import DataError
from kantong.geo.schema import (
    AREA_KM2,
    DAPIL,
    DATASET,
    KECAMATAN,
    KELURAHAN,
    KODE,
    PERIOD,
    Indicator,
)
from kantong.language import gettext as _
from kantong.language import number, pick, rupiah
from kantong.views import (
    access,
    charts,
    figures,
    frame,
    mapview,
    programmes,
    search,
    state,
    telling,
)
from kantong.views.data import City
from kantong.views.pages import path
from kantong.views.words import code_label, figure, kind_of_data, plain, sources

_DECILES = tuple(f"dtsen_people_d{decile}" for decile in range(1, 6))
_NEEDS = "training_need_"


def show() -> None:
    """Draw the page."""
    city = state.city()
    selection = state.choose(city)
    if not selection.kelurahan:
        st.subheader(_("Which kelurahan?"), anchor=False)
        st.markdown(_("Search by name or code, or click on the map."))
        search.field(city, key="_search_here")
        found = city.measure(selection.indicator, selection.period)
        mapview.draw(city, mapview.picture(city, selection, found), height=420)
        return
    _profile(city, selection)


def _profile(city: City, selection: state.Selection) -> None:
    kode = selection.kelurahan
    _heading(city, kode)
    told = [one for one in telling.most_unusual(city, kode) if one.rank is not None]
    if not told:
        st.info(_("No figure of this kelurahan is known yet. Its programmes stand below, if any."))
    for one in told[:2]:
        found = city.measure(one.indicator, one.period)
        st.html(telling.sentence(city, found, kode))
    found = city.measure(selection.indicator, selection.period)
    left, right = st.columns([3, 2], gap="medium")
    with left:
        _trend(city, selection, kode)
        _deciles(city, kode)
    with right:
        mapview.draw(city, mapview.picture(city, selection, found), height=360)
        _neighbours(city, found, kode)
    _all_figures(city, kode)
    _programmes(city, kode)
    _needs(city, kode)
    frame.source_line(city, found)


def _heading(city: City, kode: str) -> None:
    place = city.place(kode)
    left, right = st.columns([4, 1], vertical_alignment="bottom")
    left.header(plain(place[KELURAHAN]), anchor=False)
    where = _("Kecamatan {kecamatan} · dapil {dapil} · code {kode} · {area} km²")
    left.caption(
        plain(
            where.format(
                kecamatan=place[KECAMATAN], dapil=place[DAPIL] or "–", kode=kode,
                area=number(float(place[AREA_KM2]), 2),
            )
        )
    )  # fmt: skip
    if access.visitor().opens("cetak") and right.button(
        _("Print the sheet"), icon=":material/print:", width="stretch"
    ):
        st.switch_page(path("cetak"))


# --- figures ---------------------------------------------------------------------------------


def _all_figures(city: City, kode: str) -> None:
    st.subheader(_("All figures, latest period"), anchor=False)
    headings = [
        _("Indicator"), _("Figure"), _("95 % interval"), _("Rank"), _("City"), _("Period"),
        _("Kind of data"), _("Source"),
    ]  # fmt: skip
    st.dataframe(
        pd.DataFrame(figures.figure_rows(city, kode), columns=headings), hide_index=True, height=420
    )
    st.caption(
        _(
            "The interval says how far the count alone could lie from its expected value by chance "
            "(Wilson for shares of residents, Poisson for counts). It holds neither errors of the "
            "register nor of its date."
        )
    )


# --- pictures --------------------------------------------------------------------------------


def _trend(city: City, selection: state.Selection, kode: str) -> None:
    indicator = city.library.indicators[selection.indicator]
    shown = city.rate_of(indicator) or indicator
    periods = city.periods(shown.id)
    st.markdown(f"**{plain(pick(shown.label))}**")
    frame_ = pd.DataFrame(_trend_rows(city, shown, periods, kode))
    known = frame_.dropna(subset=["value"])
    if known.empty:
        st.caption(_("No figure is known in any period."))
        return
    st.altair_chart(charts.trend(known, pick(shown.unit)), width="stretch")
    if len(known) < len(frame_):
        st.caption(_("Periods without a figure are left out."))


def _trend_rows(
    city: City, indicator: Indicator, periods: list[str], kode: str
) -> Iterator[dict[str, object]]:
    name = city.place(kode)[KELURAHAN]
    for period in periods:
        found = city.measure(indicator.id, period)
        bounds = figures.intervals(found, indicator).loc[kode]
        own = found.value[kode]
        yield {"period": period, "who": name, "value": own, "text": figure(own, indicator),
               "lower": bounds["lower"], "upper": bounds["upper"]}  # fmt: skip
    if indicator.kind != "rate":
        return
    for period in periods:
        whole = city.together(city.measure(indicator.id, period))
        yield {"period": period, "who": _("City"), "value": whole,
               "text": figure(whole, indicator), "lower": None, "upper": None}  # fmt: skip


def _deciles_period(city: City) -> str:
    """Return the newest period of which all deciles drawn are counted; empty without one."""
    if not set(_DECILES) <= set(city.indicators()):
        return ""
    every = [city.periods(key) for key in _DECILES]
    common = [period for period in every[0] if all(period in one for one in every)]
    return common[-1] if common else ""


def decile_rows(city: City, kode: str, period: str) -> Iterator[dict[str, object]]:
    """Yield the share of each decile in the area's and in the city's people, in per cent."""
    found = [city.measure(key, period) for key in _DECILES]
    for who, values in (
        (city.place(kode)[KELURAHAN], [one.value[kode] for one in found]),
        (_("City"), [city.together(one) for one in found]),
    ):
        total = sum(values)
        if pd.isna(total) or not total:
            continue
        for decile, value in enumerate(values, start=1):
            share = value / total * 100
            text = f"{number(value)} ({number(share, 1)} %)"
            yield {"group": str(decile), "who": who, "value": share, "text": text}


def _deciles(city: City, kode: str) -> None:
    period = _deciles_period(city)
    parts = pd.DataFrame(decile_rows(city, kode, period) if period else ())
    if parts.empty:
        return
    words = _("DTSEN people by welfare decile (1 is the poorest), % of those in deciles 1–5")
    st.markdown(f"**{plain(f'{words} · {period}')}**")
    st.altair_chart(charts.bars(parts, "%"), width="stretch")


def _neighbours(city: City, found: Measure, kode: str) -> None:
    indicator = city.library.indicators[found.indicator]
    near = [kode, *city.neighbours(kode)]
    names = city.layer.set_index(KODE)[KELURAHAN]
    frame_ = pd.DataFrame(
        {
            "name": [names[one] for one in near],
            "value": [found.value[one] for one in near],
            "kind": ["own", *["neighbour"] * (len(near) - 1)],
        }
    )
    if indicator.kind == "rate":
        whole = {"name": _("City"), "value": city.together(found), "kind": "city"}
        frame_ = pd.concat([frame_, pd.DataFrame([whole])], ignore_index=True)
    frame_["text"] = frame_["value"].map(lambda value: figure(value, indicator))
    known = frame_.dropna(subset=["value"])
    if len(known):
        st.markdown(f"**{_('Beside its neighbours')}**")
        title = f"{pick(indicator.label)} {found.period}"
        st.altair_chart(charts.lollipops(known, title), width="stretch")


# --- programmes and needs ----------------------------------------------------------------------


def _programmes(city: City, kode: str) -> None:
    st.subheader(_("Programmes present"), anchor=False)
    try:
        every, shown = programmes.placed(city).rows, programmes.showable(city).rows
    except DataError as error:
        st.warning(plain(error.describe(_)), icon=":material/block:")
        return
    own, told = every[every[KODE] == kode], shown[shown[KODE] == kode]
    if own.empty:
        st.caption(_("No programme is recorded here."))
        return
    st.caption(kind_of_data(city.library.datasets[key] for key in own[DATASET].unique()))
    table = pd.DataFrame(
        {
            _("Programme"): own[PROGRAMME],
            _("Period"): own[PERIOD],
            _("Kind"): own[KIND].map(code_label),
            _("Funder"): own[FUNDER].map(programmes.funder_label),
            _("Target"): _counts(own[TARGET], told[TARGET], number),
            _("Reached"): _counts(own[REACHED], told[REACHED], number),
            _("Budget"): _counts(own[BUDGET_RP], told[BUDGET_RP], rupiah),
            _("Status"): own[STATUS].map(code_label),
        }
    )
    st.dataframe(table, hide_index=True, height="content")
    if told[programmes.HIDDEN].any():
        st.caption(
            _("Not shown: counts so small that they could point at persons, and those that would "
              "tell such a count.")
        )  # fmt: skip


def _counts(
    known: "pd.Series[float]", shown: "pd.Series[float]", write: Callable[[float], str]
) -> list[str]:
    """Return numbers as texts; one that is known but may not be shown says so."""
    return [
        _("not shown") if pd.notna(value) and pd.isna(seen) else write(seen)
        for value, seen in zip(known, shown, strict=True)
    ]


def _needs(city: City, kode: str) -> None:
    st.subheader(_("What residents ask for"), anchor=False)
    keys = [key for key in city.indicators() if key.startswith(_NEEDS)]
    rows, datasets = [], []
    for key in keys:
        found = city.measure(key, city.periods(key)[-1])
        datasets += city.datasets(found)
        value = found.value[kode]
        told = (
            _(found.reason[kode]) if pd.isna(value) else figure(value, city.library.indicators[key])
        )
        rows.append((pick(city.library.indicators[key].label), told, found.period))
    if not rows:
        st.caption(_("No survey of needs has been brought in yet."))
        return
    named = list({one.id: one for one in datasets}.values())
    st.caption(plain(f"{kind_of_data(named)} · {sources(named)}"))
    st.table(pd.DataFrame(rows, columns=[_("Need"), _("Figure"), _("Period")]), hide_index=True)


if __name__ == "__main__":  # as Streamlit runs a page
    show()
