"""What stands on every page: title, warning of simulated figures, sources below."""

import html
from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from kantong.analysis.measures import Measure
from kantong.geo.errors import shorten
from kantong.geo.schema import AREA_KM2, DATASET, Dataset, Indicator
from kantong.language import gettext as _
from kantong.language import pick
from kantong.views.data import City
from kantong.views.words import kind_of_data, plain, sources

ICON = Path(__file__).with_name("icon.png")
STYLE = Path(__file__).with_name("page.css")


def heading(city: City) -> None:
    """Say where we are, and that figures are simulated where any are."""
    name = html.escape(city.name())
    held = city.library
    named = {*held.observations[DATASET].unique(), *held.interventions[DATASET].unique()}
    invented = {held.datasets[key].simulated for key in named}
    words = (
        _("The figures by kelurahan are invented. Do not decide on them.")
        if all(invented)
        else _("Some figures are invented, and marked so. Do not decide on those.")
    )
    warning = (
        f'<p class="simulated" role="note"><strong>SIMULASI</strong> {html.escape(words)}</p>'
        if any(invented)
        else ""
    )
    st.html(f'<div class="heading"><p class="city">Kantong <span>{name}</span></p>{warning}</div>')


def strangers_banner(city: City) -> None:
    """Say which figures find no area on the map; they are in no sum and no rank."""
    if city.strangers:
        message = _(
            "{count} codes in the figures are not in the boundaries and are left out of every "
            "map, sum and rank: {codes}. Correct the codes or build the boundaries again."
        )
        codes = shorten(city.strangers)
        st.warning(plain(message.format(count=len(city.strangers), codes=codes)))


def title_of(indicator: Indicator, found: Measure) -> str:
    """Return the heading of a view: indicator and period."""
    return f"{pick(indicator.label)} · {found.period}"


def title(text: str, datasets: Sequence[Dataset]) -> None:
    """Draw the heading of a view with the mark of invented, imported or published figures."""
    mark = kind_of_data(datasets)
    colour = {"SIMULASI": "orange", _("published"): "green"}.get(mark, "blue")
    st.subheader(f"{plain(text)} :{colour}-badge[{mark}]", anchor=False)


def denominator_words(indicator: Indicator, found: Measure, city: City) -> str:
    """Return what a rate is divided by, and of which period it is; empty for counts."""
    if indicator.kind != "rate":
        return ""
    if indicator.denominator == AREA_KM2:
        return _("area in km², from the boundaries")
    label = pick(city.library.indicators[indicator.denominator].label)
    return f"{label} {found.denominator_period}"


def source_lines(city: City, indicator: Indicator, found: Measure) -> list[str]:
    """Return where figures come from and what they are divided by, one line each."""
    datasets = city.datasets(found)
    below = denominator_words(indicator, found, city)
    parts = [
        _("Source: {sources}").format(sources=sources(datasets)),
        _("Period: {period}").format(period=found.period),
        *([_("Denominator: {what}").format(what=below)] if below else []),
        _("Boundaries: {source}").format(source=city.about.get("attribution", "")),
    ]
    notes = [note for dataset in datasets if (note := pick(dataset.note))]
    return [" · ".join(parts), *notes]


def source_line(city: City, found: Measure) -> None:
    """Say where the figures of a view come from and what they are divided by."""
    indicator = city.library.indicators[found.indicator]
    lines = "".join(f"<p>{html.escape(line)}</p>" for line in source_lines(city, indicator, found))
    mark = html.escape(kind_of_data(city.datasets(found)))
    st.html(f'<div class="source"><strong>{mark}</strong>{lines}</div>')


@st.fragment(run_every=86_400)
def draw_again_after_a_break() -> None:
    """Draw nothing, once a day.

    A browser whose connection broke asks for a new run only where something on the page runs by
    itself. Without it a browser that was taken by another process would keep the look of its page
    but lose all choices with the next click, since these are recalled from the address at a run.
    """
