"""The map as the pages show it: areas painted by figures, its legend, its tooltips."""

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from uuid import uuid4

import numpy as np
import pandas as pd
import streamlit as st
from streamlit_folium import st_folium

from kantong.analysis.change import Change
from kantong.analysis.measures import Measure
from kantong.analysis.priority import RANK, TIED, rank
from kantong.analysis.rates import share_of_total
from kantong.analysis.steady import UNCERTAIN as UNCERTAIN_FROM
from kantong.analysis.steady import coefficient_of_variation, too_uncertain
from kantong.analysis.suppression import SUPPRESSED as SUPPRESSED_REASON
from kantong.analysis.suppression import is_suppressed
from kantong.geo.schema import AREA_KM2, KODE, Indicator
from kantong.language import gettext as _
from kantong.language import language, number, pick
from kantong.maps.assets import addresses
from kantong.maps.style import (
    MISSING,
    SUPPRESSED,
    UNCERTAIN,
    Classes,
    Scheme,
    background,
    classify,
    classify_change,
    decimals,
    fills_by_kode,
    hatched,
)
from kantong.maps.webmap import State, base_map, painted
from kantong.views import state
from kantong.views.data import City
from kantong.views.frame import title_of
from kantong.views.words import difference, figure

_RETURNED = "last_active_drawing"
HEIGHT = 560


@dataclass(frozen=True)
class Picture:
    """What a map shows, and its legend: for the page and for everything taken home.

    Parameters
    ----------
    title
        Indicator and period.
    unit
        Unit of the classes.
    entries
        Fill, text and number of areas of each class, then of uncertain, covered and missing
        figures; the uncertain ones are in their class too.
    state
        What the browser is sent.
    fit
        Goodness of fit of the classes, 0 to 1; NaN where it means nothing.
    """

    title: str
    unit: str
    entries: Sequence[tuple[str, str, int]]
    state: State
    fit: float = float("nan")


@dataclass(frozen=True)
class Told:
    """What a map of classes says.

    Parameters
    ----------
    title
        Of the map.
    shown
        Key of what is shown, which waiting readers compare.
    classes
        By ``kode``.
    labels, tips
        Headings of an area's texts, and these by ``kode``.
    """

    title: str
    shown: str
    classes: "pd.Series[str]"
    labels: Sequence[str]
    tips: Mapping[str, Sequence[str]]


# --- what is shown ---------------------------------------------------------------------------


def picture(
    city: City, selection: state.Selection, found: Measure, scheme: Scheme | None = None
) -> Picture:
    """Return the map of a measure."""
    indicator = city.library.indicators[found.indicator]
    wanted = scheme or selection.scheme
    classes = classify(found.value, indicator, wanted)
    if scheme is None:
        state.note_breaks(found.indicator, classes.breaks)
    uncertain = too_uncertain(variation(indicator, found)) & classes.member.notna()
    labels, tips = tooltips(city, found.indicator, found.period, language())
    shown = state_of(city, selection, found, labels, tips)
    return Picture(
        title=title_of(indicator, found),
        unit=pick(indicator.unit),
        entries=entries(classes, found, decimals(indicator), uncertain=int(uncertain.sum())),
        state=replace(
            shown,
            shown=f"{found.indicator} {found.period} {wanted.name}",
            title=title_of(indicator, found),
            fills=fills_by_kode(classes, found, uncertain),
        ),
        fit=classes.fit,
    )


def change_picture(
    city: City, selection: state.Selection, moved: Change, before: Measure, after: Measure
) -> Picture:
    """Return the map of a change between two periods."""
    indicator = city.library.indicators[after.indicator]
    classes = classify_change(moved.difference, indicator)
    hidden = is_suppressed(before) | is_suppressed(after)
    reason = moved.reason.mask(hidden, SUPPRESSED_REASON)
    seen = replace(after, value=moved.difference, reason=reason, datasets=moved.datasets)
    told, known = reason.map(lambda text: _(text) if text else ""), moved.difference.notna()
    known_why, missing_why = told.where(known, ""), told.mask(known, "")
    title = f"{pick(indicator.label)} · {before.period} → {after.period}"
    labels = [_("Change"), _("Change in per cent"), before.period, after.period, _("No figure")]
    tips = {
        str(kode): [
            difference(moved.difference[kode], indicator),
            _percent(moved.percent[kode]) or known_why[kode],
            figure(before.value[kode], indicator),
            figure(after.value[kode], indicator),
            missing_why[kode],
        ]
        for kode in moved.difference.index
    }
    shown = state_of(city, selection, seen, labels, tips)
    return Picture(
        title=title,
        unit=difference_unit(indicator),
        entries=entries(classes, seen, decimals(indicator), signed=True),
        state=replace(
            shown,
            shown=f"change {after.indicator} {before.period} {after.period}",
            title=title,
            fills=fills_by_kode(classes, seen),
        ),
    )


def of_classes(
    city: City,
    selection: state.Selection,
    found: Measure,
    legend: Mapping[str, tuple[str, str]],
    told: Told,
) -> Picture:
    """Return a map of classes that are worked out elsewhere.

    Parameters
    ----------
    found
        What it is made from, for the mark of invented figures.
    legend
        Fill and words of each class, in order; classes without an area are left out.
    told
        Title, classes and texts.
    """
    shown = state_of(city, selection, found, told.labels, told.tips)
    counts = told.classes.value_counts()
    return Picture(
        title=told.title,
        unit=_("class"),
        entries=[(*legend[name], int(counts[name])) for name in legend if name in counts],
        state=replace(
            shown,
            shown=told.shown,
            title=told.title,
            fills={str(kode): legend[str(name)][0] for kode, name in told.classes.items()},
        ),
    )


def of_figures(
    city: City,
    selection: state.Selection,
    found: Measure,
    kind: Indicator,
    told: Told,
    *,
    unit: str,
) -> Picture:
    """Return a map of figures that are worked out elsewhere.

    Parameters
    ----------
    found
        The figures.
    kind
        Gives their decimals and direction.
    told
        Title and texts; its classes are not used.
    unit
        Of the figures, in words.
    """
    classes = classify(found.value, kind, Scheme())
    shown = state_of(city, selection, found, told.labels, told.tips)
    return Picture(
        title=told.title,
        unit=unit,
        entries=entries(classes, found, decimals(kind)),
        state=replace(
            shown, shown=told.shown, title=told.title, fills=fills_by_kode(classes, found)
        ),
        fit=classes.fit,
    )


def hatch(seen: Picture, uncertain: "pd.Series[bool]") -> Picture:
    """Return the map with the areas hatched whose figures are too uncertain."""
    if not uncertain.any():
        return seen
    fills = {
        kode: hatched(fill) if uncertain[kode] else fill for kode, fill in seen.state.fills.items()
    }
    entries = [*seen.entries, _uncertain_entry(int(uncertain.sum()))]
    return replace(seen, entries=entries, state=replace(seen.state, fills=fills))


def with_fills(seen: Picture, fills: Mapping[str, str]) -> Picture:
    """Return the same map with other fills by ``kode``; areas without one stay plain."""
    return replace(seen, state=replace(seen.state, fills=dict(fills)))


def marked(seen: Picture, areas: Sequence[str]) -> Picture:
    """Return the map with areas marked, as they were selected in a chart."""
    return replace(seen, state=replace(seen.state, marked=list(areas)))


def difference_unit(indicator: Indicator) -> str:
    """Return the unit of a difference: percentage points for shares."""
    return _("percentage points") if pick(indicator.unit) == "%" else pick(indicator.unit)


def _percent(value: float) -> str:
    return f"{number(value, 1, signed=True)} %" if pd.notna(value) else ""


def state_of(
    city: City,
    selection: state.Selection,
    found: Measure,
    labels: Sequence[str],
    tips: Mapping[str, Sequence[str]],
) -> State:
    """Return what every map of a measure shares; title and fills are the caller's."""
    kept = selection.keeps(city)
    return State(
        shown="",
        title="",
        fills={},
        labels=labels,
        tips=tips,
        note="SIMULASI" if city.is_simulated(found) else "",
        outside=_("outside the city, not counted"),
        dimmed=[str(kode) for kode in kept.index[~kept]],
        chosen=selection.kelurahan,
        outline=selection.outline,
        theme=st.context.theme.type or "light",
    )


@lru_cache(maxsize=512)
def tooltips(
    city: City, indicator: str, period: str, _language: str
) -> tuple[list[str], dict[str, list[str]]]:
    """Return the headings of an area's figures, and by ``kode`` their texts in that order.

    An empty text means that there is nothing to say under that heading. The language is the one
    in use; it is named so that texts of another are not taken from the cache.
    """
    chosen, found = city.library.indicators[indicator], city.measure(indicator, period)
    columns: dict[str, pd.Series[str]] = {
        title_of(chosen, found): found.value.map(lambda value: figure(value, chosen)),
        _("No figure"): found.reason.map(lambda reason: _(reason) if reason else ""),
        **_left_out(city, found),
        **_parts(city, chosen, found),
        **_uncertainty(chosen, found),
        _("Rank"): rank_texts(found.value),
        _("Share of the city's total"): shares(city, found).map(_share),
    }
    table = pd.DataFrame(columns)
    rows = dict(zip(map(str, table.index), table.to_numpy().tolist(), strict=True))
    return list(columns), rows


def variation(indicator: Indicator, found: Measure) -> "pd.Series[float]":
    """Return how uncertain shares of residents are, in per cent; NaN for all other figures."""
    if indicator.kind != "rate" or indicator.denominator == AREA_KM2:
        return pd.Series(np.nan, found.value.index)
    return coefficient_of_variation(found.numerator, found.denominator)


def _uncertainty(indicator: Indicator, found: Measure) -> dict[str, "pd.Series[str]"]:
    """Return the coefficient of variation of shares of residents."""
    known = variation(indicator, found)
    if known.isna().all():
        return {}
    return {_("Coefficient of variation"): known.map(variation_words)}


def variation_words(value: float) -> str:
    """Return a coefficient of variation as words; none counted is less certain than one."""
    if np.isinf(value):
        return f"> {number(100)} %"
    return f"{number(value, 1)} %" if pd.notna(value) else ""


def _left_out(city: City, found: Measure) -> dict[str, "pd.Series[str]"]:
    """Return how many areas below a region have no figure, where regions are shown."""
    if city.parts is None:
        return {}
    return {_("Without a figure below"): found.unknown.map(lambda few: number(few) if few else "")}


def shares(city: City, found: Measure) -> "pd.Series[float]":
    """Return each area's share of the whole, in per cent; covered counts are in the whole."""
    whole = city.whole(found.indicator, found.period)
    share = share_of_total(whole.numerator)
    return share.where(found.numerator.notna())


def _share(value: float) -> str:
    return f"{number(value, 2)} %" if pd.notna(value) else ""


def _parts(city: City, indicator: Indicator, found: Measure) -> dict[str, "pd.Series[str]"]:
    """Return numerator and denominator of a rate as texts; their units stand in the headings."""
    if indicator.kind != "rate":
        return {}
    catalogue = city.library.indicators
    above = catalogue[indicator.numerator]
    parts = {_with_unit(above, found.period): _bare(found.numerator, above)}
    if indicator.denominator == AREA_KM2:
        area = found.denominator.map(lambda value: number(value, 2))
        return {**parts, f"{_('Area')} (km²)": area}
    below = catalogue[indicator.denominator]
    return {**parts, _with_unit(below, found.denominator_period): _bare(found.denominator, below)}


def _with_unit(indicator: Indicator, period: str) -> str:
    return f"{pick(indicator.label)} · {period} ({pick(indicator.unit)})"


def _bare(values: "pd.Series[float]", indicator: Indicator) -> "pd.Series[str]":
    return values.map(lambda value: figure(value, indicator, unit=False))


def rank_texts(value: "pd.Series[float]") -> "pd.Series[str]":
    """Return ranks as words, ``3 of 57, tied``; empty where there is none."""
    ranks = rank(value)
    ranked = int(ranks[RANK].notna().sum())
    texts = [
        "" if pd.isna(place) else rank_words(int(place), ranked, tied=bool(tied))
        for place, tied in zip(ranks[RANK], ranks[TIED], strict=True)
    ]
    return pd.Series(texts, index=value.index, dtype=str)


def rank_words(place: int, ranked: int, *, tied: bool) -> str:
    """Return a rank as words: ``3 of 57, tied``."""
    text = _("{rank} of {count}").format(rank=number(place), count=number(ranked))
    return f"{text}, {_('tied')}" if tied else text


# --- the legend ------------------------------------------------------------------------------


def entries(
    classes: Classes,
    found: Measure,
    places: int,
    *,
    signed: bool = False,
    uncertain: int = 0,
) -> list[tuple[str, str, int]]:
    """Return the legend of classes, as :class:`Picture` has it.

    Parameters
    ----------
    places
        Decimals of the bounds.
    signed
        Whether these are differences.
    uncertain
        How many areas are hatched.
    """
    told = [
        (fill, bounds_words(low, high, places, signed=signed), count)
        for fill, low, high, count in zip(
            classes.fills, classes.lower, classes.upper, classes.counts, strict=True
        )
    ]
    if uncertain:
        told.append(_uncertain_entry(uncertain))
    covered = int(is_suppressed(found).sum())
    missing = int(classes.member.isna().sum()) - covered
    if covered:
        told.append((SUPPRESSED.fill, _("too small to show"), covered))
    if missing:
        told.append((MISSING.fill, _("no figure"), missing))
    return told


def _uncertain_entry(count: int) -> tuple[str, str, int]:
    words = _("hatched: too uncertain (coefficient of variation above {limit} %)")
    return UNCERTAIN.fill, words.format(limit=number(UNCERTAIN_FROM)), count


def bounds_words(low: float, high: float, places: int, *, signed: bool = False) -> str:
    """Return the first and last value of a class as words."""
    first, last = (number(bound, places, signed=signed) for bound in (low, high))
    if np.isinf(low):
        return _("up to {last}").format(last=last) if np.isfinite(high) else _("all")
    if np.isinf(high):
        return _("from {first}").format(first=first)
    return first if low == high else _("{first} to {last}").format(first=first, last=last)


def legend(seen: Picture) -> str:
    """Return the legend as HTML; every text in it is escaped."""
    boxes = "".join(
        f'<li><span class="box" style="background:{background(fill)}"></span>'
        f"{html.escape(text)} <small>({number(count)})</small></li>"
        for fill, text, count in seen.entries
    )
    fit = ""
    if pd.notna(seen.fit):
        told = _("fit of the classes {fit}").format(fit=number(seen.fit, 2))
        fit = f" <small>· {html.escape(told)}</small>"
    head = html.escape(f"{seen.title} ({seen.unit})")
    return (
        f'<div class="legend"><div class="head">{head}{fit}</div>'
        f'<ul aria-label="{html.escape(_("Legend"))}">{boxes}</ul></div>'
    )


# --- drawing ---------------------------------------------------------------------------------


def draw(
    city: City, seen: Picture, *, key: str = "map", height: int = HEIGHT, linked: str = ""
) -> None:
    """Draw a map and its legend; a click chooses an area.

    Parameters
    ----------
    key
        Name of this map on its page.
    height
        In pixels; on a phone the page decides.
    linked
        Maps of the same name move together.
    """
    st.html(legend(seen))
    base = replace(
        city.base,
        home=_("Show the whole"),
        memory=str(city.base.areas).split("/")[2],
        linked=linked and f"{linked} {_visit()}",
    )
    st_folium(
        base_map(base, addresses()),
        key=key,
        height=height,
        use_container_width=True,
        returned_objects=[_RETURNED],
        feature_group_to_add=painted(seen.state),
        on_change=lambda: _clicked(city, key),
    )


def _visit() -> str:
    """Return a name for this visit, so that maps of another window stay where they are."""
    return str(st.session_state.setdefault("_visit", uuid4().hex))


def _clicked(city: City, key: str) -> None:
    kode = ((st.session_state.get(key) or {}).get(_RETURNED) or {}).get(KODE)
    if kode in set(city.layer[KODE]):
        state.pick_area(city, str(kode))
