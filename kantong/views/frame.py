"""What stands on every page: title, warning of simulated figures, sources below."""

import html
from pathlib import Path

import streamlit as st

from kantong.analysis.measures import Measure
from kantong.geo.errors import shorten
from kantong.geo.schema import AREA_KM2, Indicator
from kantong.language import gettext as _
from kantong.language import pick
from kantong.views.data import City
from kantong.views.words import plain, sources

ICON = Path(__file__).with_name("icon.png")
_STYLE = """<style>
.block-container { padding-top: 4.5rem; padding-bottom: 2rem; max-width: 1500px; }
.legend { display: flex; flex-wrap: wrap; gap: 4px 16px; font-size: 14px; }
.legend span.box { display: inline-block; width: 18px; height: 12px; margin-right: 6px;
  border: 1px solid #777; vertical-align: -1px; }
.legend .head { flex-basis: 100%; font-weight: 600; }
.source { font-size: 14px; opacity: 0.75; }
.source p { margin: 0 0 2px; }
/* Streamlit's own export knows neither source nor SIMULASI; ours stands below the table. */
button[aria-label="Download as CSV"] { display: none; }
</style>"""


def style() -> None:
    """Set the few styles that Streamlit has no option for."""
    st.html(_STYLE)


def simulated_banner(city: City) -> None:
    """Say that figures are simulated, where any are."""
    if any(dataset.simulated for dataset in city.library.datasets.values()):
        st.warning(
            _(
                "**SIMULATED.** Figures by kelurahan marked SIMULASI are invented; only the "
                "published totals are real. Do not decide on them: import your own figures."
            ),
            icon=":material/science:",
        )


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


def badge(city: City, found: Measure) -> str:
    """Return the mark that stands beside a heading: simulated or published."""
    if any(dataset.simulated for dataset in city.datasets(found)):
        return ":orange-badge[SIMULASI]"
    return f":green-badge[{_('published')}]"


def denominator_words(indicator: Indicator, found: Measure, city: City) -> str:
    """Return what a rate is divided by, and of which period it is; empty for counts."""
    if indicator.kind != "rate":
        return ""
    if indicator.denominator == AREA_KM2:
        return _("area in km², from the boundaries")
    label = pick(city.library.indicators[indicator.denominator].label)
    return f"{label} {found.denominator_period}"


def source_line(city: City, indicator: Indicator, found: Measure) -> None:
    """Say where the figures of a view come from and what they are divided by."""
    datasets = city.datasets(found)
    below = denominator_words(indicator, found, city)
    parts = [
        _("Source: {sources}").format(sources=sources(datasets)),
        _("Period: {period}").format(period=found.period),
        *([_("Denominator: {what}").format(what=below)] if below else []),
        _("Boundaries: {source}").format(source=city.about.get("attribution", "")),
    ]
    notes = [note for dataset in datasets if (note := pick(dataset.note))]
    lines = "".join(f"<p>{html.escape(line)}</p>" for line in [" · ".join(parts), *notes])
    simulated = any(dataset.simulated for dataset in datasets)
    mark = "SIMULASI" if simulated else html.escape(_("published"))
    st.html(f'<div class="source"><strong>{mark}</strong>{lines}</div>')
