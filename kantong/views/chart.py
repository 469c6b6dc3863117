"""The map as the pages show it: areas painted by an indicator, its legend, its tooltips."""

import html

import pandas as pd
import streamlit as st
from streamlit_folium import st_folium

from kantong.analysis.measures import Measure
from kantong.analysis.priority import RANK, TIED, rank
from kantong.analysis.rates import share_of_total
from kantong.geo.schema import AREA_KM2, KODE, Indicator
from kantong.language import gettext as _
from kantong.language import number, pick
from kantong.maps.style import Classes, classify, colours_by_kode, decimals
from kantong.maps.webmap import State, base_map, painted
from kantong.views import state
from kantong.views.data import City
from kantong.views.frame import title_of
from kantong.views.words import figure

_RETURNED = "last_active_drawing"
_HATCHED = "background:repeating-linear-gradient(135deg,#8f8f8f 0 1.5px,#e4e4e4 1.5px 6px)"


def draw_map(city: City, selection: state.Selection, found: Measure, *, height: int) -> None:
    """Draw the map and its legend; a click chooses a kelurahan."""
    indicator = city.library.indicators[selection.indicator]
    classes = classify(found.value, indicator, selection.scheme)
    kept = selection.keeps(city)
    simulated = any(dataset.simulated for dataset in city.datasets(found))
    shown = State(
        shown=f"{selection.indicator} {found.period} {selection.scheme}",
        colours=colours_by_kode(classes),
        tips=tooltips(city, indicator, found),
        note="SIMULASI" if simulated else "",
        dimmed=[str(kode) for kode in kept.index[~kept]],
        chosen=selection.kelurahan,
    )
    st.html(legend(classes, indicator, title_of(indicator, found)))
    base = base_map(
        city.layer,
        city.addresses,
        attribution=city.about.get("attribution", ""),
        outside=_("outside the city, not counted"),
    )
    answer = st_folium(
        base,
        key="map",
        height=height,
        use_container_width=True,
        returned_objects=[_RETURNED],
        feature_group_to_add=painted(shown),
    )
    clicked = (answer or {}).get(_RETURNED)
    if clicked and clicked.get(KODE) in set(city.layer[KODE]):
        state.pick_kelurahan(clicked[KODE], ("map", clicked.get("at")))


def tooltips(city: City, indicator: Indicator, found: Measure) -> dict[str, list[tuple[str, str]]]:
    """Return the rows of every area's tooltip: label and text."""
    ranks = rank(found.value)
    ranked = int(ranks[RANK].notna().sum())
    shares = share_of_total(found.numerator)
    rows: dict[str, list[tuple[str, str]]] = {}
    for key, value in found.value.items():
        kode = str(key)
        own = [(title_of(indicator, found), figure(value, indicator))]
        if reason := found.reason[kode]:
            own.append((_("No figure"), _(reason)))
        own += _parts(city, indicator, found, kode)
        place = ranks[RANK][kode]
        if place is not pd.NA:
            own.append((_("Rank"), rank_words(int(place), ranked, tied=bool(ranks[TIED][kode]))))
        if pd.notna(shares[kode]):
            own.append((_("Share of the city's total"), f"{number(shares[kode], 2)} %"))
        rows[kode] = own
    return rows


def _parts(city: City, indicator: Indicator, found: Measure, kode: str) -> list[tuple[str, str]]:
    """Return numerator and denominator of a rate as rows."""
    if indicator.kind != "rate":
        return []
    catalogue = city.library.indicators
    above = catalogue[indicator.numerator]
    parts = [(f"{pick(above.label)} · {found.period}", figure(found.numerator[kode], above))]
    if indicator.denominator == AREA_KM2:
        return [*parts, (_("Area"), f"{number(found.denominator[kode], 2)} km²")]
    below = catalogue[indicator.denominator]
    label = f"{pick(below.label)} · {found.denominator_period}"
    return [*parts, (label, figure(found.denominator[kode], below))]


def rank_words(place: int, ranked: int, *, tied: bool) -> str:
    """Return a rank as words: ``3 of 57, tied``."""
    text = _("{rank} of {count}").format(rank=number(place), count=number(ranked))
    return f"{text}, {_('tied')}" if tied else text


def legend(classes: Classes, indicator: Indicator, title: str) -> str:
    """Return the legend as HTML; every text in it is escaped."""
    places = decimals(indicator)
    entries = [
        (f"background:{colour}", _bounds(low, high, places), count)
        for colour, low, high, count in zip(
            classes.colours, classes.lower, classes.upper, classes.counts, strict=True
        )
    ]
    missing = int(classes.member.isna().sum())
    if missing:
        entries.append((_HATCHED, _("no figure"), missing))
    boxes = "".join(
        f'<div><span class="box" style="{look}"></span>'
        f"{html.escape(text)} <small>({number(count)})</small></div>"
        for look, text, count in entries
    )
    head = html.escape(f"{title} ({pick(indicator.unit)})")
    return f'<div class="legend"><div class="head">{head}</div>{boxes}</div>'


def _bounds(low: float, high: float, places: int) -> str:
    if low == high:
        return number(low, places)
    return f"{number(low, places)} – {number(high, places)}"
