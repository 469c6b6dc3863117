"""Pockets in other lights: through time, and by Kulldorff's circles."""

from collections.abc import Iterator, Sequence

import pandas as pd
import streamlit as st

from kantong.analysis import emerging as stages
from kantong.analysis.scan import Pocket
from kantong.geo.errors import DataError
from kantong.geo.schema import KECAMATAN, KELURAHAN, KODE
from kantong.language import gettext as _
from kantong.language import number
from kantong.maps.style import hotspot_fill
from kantong.views import mapview, pocketmap, pockets
from kantong.views.data import City
from kantong.views.places import names_of, places
from kantong.views.pockets import Choice
from kantong.views.pocketwords import p_words
from kantong.views.state import Selection
from kantong.views.words import paragraphs, plain

_FIRST_CIRCLES = 3


# --- time --------------------------------------------------------------------------------------


def stage_label(stage: str) -> str:
    """Return the words for what became of a pocket."""
    return {
        stages.NEW: _("New: hot now, in no earlier period that is known"),
        stages.INTENSIFYING: _("Intensifying: hot all along, and rising"),
        stages.PERSISTENT: _("Persistent: hot all along"),
        stages.FADING: _("Fading: hot all along, but falling"),
        stages.SPORADIC: _("On and off: hot now, and in some periods before"),
        stages.FORMER: _("Former: hot before, not now"),
        stages.MISSING: _("Not known in the newest period"),
        stages.NEVER: _("Never hot"),
    }[stage]


def trend_label(trend: str) -> str:
    """Return the words for a trend."""
    return {
        stages.UP: _("rising"),
        stages.DOWN: _("falling"),
        stages.NONE: _("no clear trend"),
        stages.TOO_FEW: _("too few periods"),
    }[trend]


def through_time(city: City, selection: Selection, choice: Choice) -> None:
    """Draw which pockets are new, lasting, fading or gone."""
    st.subheader(_("How pockets come and go"), anchor=False)
    try:
        found = pockets.through_time(city, choice)
    except DataError as error:
        st.warning(plain(error.describe(_)))
        return
    known = ", ".join(found.periods)
    st.markdown(plain(_("Periods looked at: {periods}.").format(periods=known)))
    for warning in found.warnings:
        st.info(plain(warning.describe(_, number)))
    if len(found.periods) == 1:
        return
    told = found.frame[(found.frame["class"] != stages.NEVER) & selection.keeps(city)]
    if told.empty:
        st.info(_("No kelurahan was a hot pocket in any of these periods."))
        return
    st.html(paragraphs(_stages(city, told["class"])))
    names = places(city)
    order = told["class"].map(list(stages.CLASSES).index)
    told = told.loc[order.sort_values(kind="stable").index]
    table = {
        _("Kelurahan"): names[KELURAHAN].reindex(told.index),
        _("Kecamatan"): names[KECAMATAN].reindex(told.index),
        _("What became of it"): told["class"].map(stage_label),
        _("Periods hot"): [
            _("{hot} of {count}").format(hot=number(hot), count=number(count))
            for hot, count in zip(told["periods_hot"], told["periods"], strict=True)
        ],
        _("Trend of Gi*"): told["trend"].map(trend_label),
        _("p of the trend"): told["p"].where(told["trend"] != stages.TOO_FEW).map(p_words),
    }
    st.dataframe(pd.DataFrame(table), hide_index=True, height="content")
    st.caption(
        _(
            "Each period is looked at by itself with Gi*, the neighbours and the correction chosen "
            "above; the trend is tested by Mann and Kendall for each kelurahan alone."
        )
    )


def _stages(city: City, classes: "pd.Series[str]") -> Iterator[str]:
    for stage in stages.CLASSES[:-1]:
        kodes = [str(kode) for kode in classes.index[classes == stage]]
        if kodes:
            yield f"{stage_label(stage)}: {names_of(city, kodes)}."


# --- circles -----------------------------------------------------------------------------------


def circles(city: City, selection: Selection, choice: Choice) -> None:
    """Draw the circles in which more people are counted than residents would explain."""
    st.subheader(_("In which circle are more people counted than by chance?"), anchor=False)
    try:
        found = pockets.circles(city, choice)
    except DataError as error:
        st.warning(plain(error.describe(_)))
        return
    if found is None:
        st.info(
            _("Circles compare people with residents; this indicator is no share of residents.")
        )
        return
    told = found.significant()
    if not told:
        st.info(_("No circle holds more people than chance would put there."))
        return
    left, right = st.columns([3, 2], gap="medium")
    with left:
        _circle_map(city, selection, choice, told)
    with right:
        first = enumerate(told[:_FIRST_CIRCLES], start=1)
        st.html(paragraphs(_circle_words(city, place, pocket) for place, pocket in first))
    names = places(city)[KELURAHAN]
    rows = [
        (number(place), names_of(city, pocket.kodes), number(pocket.radius_m / 1000, 1),
         number(pocket.cases), number(pocket.expected), number(pocket.relative_risk, 2),
         p_words(pocket.p))
        for place, pocket in enumerate(told, start=1)
    ]  # fmt: skip
    headings = [
        "#", _("Kelurahan"), _("Radius (km)"), _("Counted"), _("Expected"), _("Times the rest"),
        "p",
    ]  # fmt: skip
    st.dataframe(pd.DataFrame(rows, columns=headings), hide_index=True, height="content")
    st.caption(
        _(
            "Kulldorff's scan tries every circle about every kelurahan that holds at most half of "
            "the residents, and compares it with {simulations} maps of chance. It finds compact "
            "pockets and their size; with so many people counted even small differences are no "
            "chance, so look at how many times the rest it is."
        ).format(simulations=number(found.simulations))
    )
    if found.left_out:
        words = _("Left out, since a figure or the residents are not known: {names}.")
        known = [kode for kode in found.left_out if kode in names.index]
        st.caption(plain(words.format(names=names_of(city, known))))


def _circle_words(city: City, place: int, pocket: Pocket) -> str:
    words = _(
        "{place}. {names}: {cases} people counted where {expected} would be expected; {risk} times "
        "as many as in the rest of the city."
    )
    return words.format(
        place=number(place), names=names_of(city, pocket.kodes),
        cases=number(pocket.cases), expected=number(pocket.expected),
        risk=number(pocket.relative_risk, 1),
    )  # fmt: skip


def _circle_map(city: City, selection: Selection, choice: Choice, told: Sequence[Pocket]) -> None:
    classes = pd.Series("none", index=city.layer[KODE])
    for place, pocket in reversed(list(enumerate(told))):
        classes[list(pocket.kodes)] = str(min(place, _FIRST_CIRCLES - 1))
    fills = [hotspot_fill(name) for name in ("hot_99", "hot_95", "hot_90")]
    words = (_("most likely"), _("second"), _("third and further"))
    legend = {str(place): pair for place, pair in enumerate(zip(fills, words, strict=True))}
    legend["none"] = (hotspot_fill("not_significant"), _("in no circle"))
    seen = pocketmap.classed(city, selection, choice, classes, legend, _("Circles"))
    mapview.draw(city, seen, key="map_circles", height=420, linked="hotspot")
