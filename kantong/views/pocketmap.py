"""The map of hotspots: classes, legend and what stands at each area."""

from collections.abc import Mapping, Sequence

import pandas as pd

from kantong.analysis.hotspots import COLD, HOT, MISSING, NO_NEIGHBOURS, NOT_SIGNIFICANT, QUADRANTS
from kantong.analysis.steady import too_uncertain
from kantong.analysis.suppression import is_suppressed
from kantong.geo.schema import Indicator
from kantong.language import gettext as _
from kantong.language import number, pick
from kantong.maps.style import SUPPRESSED, hotspot_fill
from kantong.views import mapview, pockets
from kantong.views.data import City
from kantong.views.mapview import Picture
from kantong.views.pockets import Choice
from kantong.views.pocketwords import class_label, figure_label, p_words, shown_indicator
from kantong.views.state import Selection
from kantong.views.words import figure

_COVERED = "covered"
_ORDER = (*HOT, *QUADRANTS, NOT_SIGNIFICANT, *reversed(COLD), NO_NEIGHBOURS, MISSING)


def picture(city: City, selection: Selection, choice: Choice) -> Picture:
    """Return the map of hotspots.

    Raises
    ------
    TableError
        Nothing can be said of these figures.
    """
    title = _("Hotspots: {what}").format(what=what(city, choice))
    legend = {name: (hotspot_fill(name), class_label(name)) for name in _ORDER}
    legend[_COVERED] = (SUPPRESSED.fill, _("too small to show, not tested"))
    measured = pockets.measured(city, choice)
    classes = pockets.found(city, choice).frame["class"].mask(is_suppressed(measured), _COVERED)
    variation = mapview.variation(shown_indicator(city, choice), measured)
    seen = classed(city, selection, choice, classes, legend, title)
    return mapview.hatch(seen, too_uncertain(variation))


def what(city: City, choice: Choice) -> str:
    """Return what is tested, in words: indicator, period, and how it was made."""
    made = f" · {figure_label(choice.figure)}" if pockets.is_made(choice) else ""
    return f"{as_measured(city, choice)}{made}"


def as_measured(city: City, choice: Choice) -> str:
    """Return indicator and period of the figures as they were counted."""
    return f"{pick(shown_indicator(city, choice).label)} · {choice.period}"


def classed(
    city: City,
    selection: Selection,
    choice: Choice,
    classes: "pd.Series[str]",
    legend: Mapping[str, tuple[str, str]],
    title: str,
) -> Picture:
    """Return a map of classes, with the tooltips of the hotspots.

    Parameters
    ----------
    classes
        By ``kode``.
    legend
        Fill and words of each class, in order; classes without an area are left out.
    title
        Of the map.
    """
    labels, tips = _tips(city, choice)
    measured = pockets.measured(city, choice)
    told = mapview.Told(title, f"{title} {choice}", classes, labels, tips)
    return mapview.of_classes(city, selection, measured, legend, told)


def _tips(city: City, choice: Choice) -> tuple[Sequence[str], Mapping[str, Sequence[str]]]:
    """Return the headings of an area's texts, and the texts."""
    indicator = shown_indicator(city, choice)
    measured = pockets.measured(city, choice)
    frame = pockets.found(city, choice).frame
    agreed = pockets.agreed(city, choice.indicator, choice.period).frame.reindex(frame.index)
    counted = _("{hot} of {count}")
    hot_in = [
        counted.format(hot=number(hot), count=number(tested)) if tested else ""
        for hot, tested in zip(agreed["hot"], agreed["tested"], strict=True)
    ]
    columns = {
        as_measured(city, choice): measured.value.map(lambda value: figure(value, indicator)),
        **_made(city, choice, indicator),
        _("No figure"): measured.reason.map(lambda reason: _(reason) if reason else ""),
        _("Class"): frame["class"].map(class_label),
        _("p, corrected"): frame["p_adjusted"].map(lambda p: p_words(p) if pd.notna(p) else ""),
        _("Hot in settings"): pd.Series(hot_in, index=frame.index),
    }
    table = pd.DataFrame(columns)
    rows = dict(zip(map(str, table.index), table.to_numpy().tolist(), strict=True))
    return list(columns), rows


def _made(city: City, choice: Choice, indicator: Indicator) -> Mapping[str, "pd.Series[str]"]:
    """Return what was made of the figures before they were tested, where anything was."""
    if not pockets.is_made(choice):
        return {}
    made = pockets.values(city, choice)
    if choice.figure == pockets.ADJUSTED:
        words = made.map(lambda value: number(value, 2))
    else:
        words = made.map(lambda value: figure(value, indicator))
    return {figure_label(choice.figure): words}
