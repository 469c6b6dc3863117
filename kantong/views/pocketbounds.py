"""Where the figures end: the city's edge, and who counts as a neighbour."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from kantong.analysis.hotspots import NOT_SIGNIFICANT
from kantong.analysis.neighbours import GAP_M, OTHER, TOLERANCE_M, alone
from kantong.geo.schema import KECAMATAN, KELURAHAN, KODE
from kantong.language import gettext as _
from kantong.language import number
from kantong.maps.style import hotspot_fill
from kantong.views import mapview, pocketmap, pockets
from kantong.views.data import City
from kantong.views.places import names_of, places
from kantong.views.pockets import Choice
from kantong.views.pocketwords import (
    class_label,
    rule_label,
    shown_indicator,
)
from kantong.views.state import Selection
from kantong.views.words import figure, plain


def at_edge(city: City, selection: Selection, choice: Choice) -> None:
    """Draw what kelurahan at the edge would be if their neighbours beyond it were known."""
    st.subheader(_("What lies beyond the city is not known"), anchor=False)
    found = pockets.at_edge(city, choice)
    if found is None or found.frame.empty:
        st.info(
            _("Only where touching areas are neighbours, in a layer seen whole, with surroundings.")
        )
        return
    is_share = choice.figure != pockets.ADJUSTED
    indicator = shown_indicator(city, choice)
    assumed = {
        name: figure(value, indicator) if is_share else number(value, 2)
        for name, value in found.figures.items()
    }
    st.markdown(
        plain(
            _(
                "{count} kelurahan have neighbours beyond the city, of which there are no "
                "figures. Each is tried with neighbours at the city's mean ({mean}), at a low "
                "figure ({low}) and at a high one ({high}); {flips} become or stop being a "
                "pocket (at 95 %)."
            ).format(
                count=number(len(found.frame)), flips=number(int(found.frame["flips"].sum())),
                **assumed,
            )
        )
    )  # fmt: skip
    frame = found.frame[selection.keeps(city).reindex(found.frame.index)]
    frame = frame.sort_values(["flips", "outside"], ascending=False, kind="stable")
    names = places(city).reindex(frame.index)
    table = {
        _("Kelurahan"): names[KELURAHAN],
        _("Kecamatan"): names[KECAMATAN],
        _("Neighbours beyond"): frame["outside"].map(number),
        _("Without them"): frame["class"].map(_short),
        _("If they are low"): frame["low"].map(_short),
        _("If they are as the city"): frame["mean"].map(_short),
        _("If they are high"): frame["high"].map(_short),
        _("Changes"): frame["flips"].map({True: _("yes"), False: ""}),
    }
    st.dataframe(pd.DataFrame(table), hide_index=True, height="content")
    st.caption(_("A dash: no more than chance."))


def _short(name: str) -> str:
    """Return the words for a class, a dash for what is no more than chance."""
    return "–" if name == NOT_SIGNIFICANT else class_label(name)


# --- boundary doctor ---------------------------------------------------------------------------


def doctor(city: City, selection: Selection, choice: Choice) -> None:
    """Draw the links that strict contiguity loses, and areas without neighbours."""
    st.subheader(_("Who counts as a neighbour"), anchor=False)
    lost = pockets.lost(city)
    near = pockets.neighbours(city, choice.rule)
    lonely = alone(near)
    rows = []
    for rule in pockets.RULES:
        one = pockets.neighbours(city, rule)
        rows.append(
            (rule_label(rule), number(one.links), number(float(one.cardinality.mean()), 1),
             number(len(alone(one))))
        )  # fmt: skip
    st.dataframe(
        pd.DataFrame(
            rows,
            columns=[_("Rule"), _("Links"), _("Neighbours on average"), _("Kelurahan without any")],
        ),
        hide_index=True,
    )
    told = _(
        "Links lost if borders had to meet exactly, as other programs ask: {count}. A tolerance of "
        "{metres} m recovers them."
    )
    st.markdown(plain(told.format(count=number(len(lost)), metres=number(TOLERANCE_M))))
    names = places(city)[KELURAHAN]
    if len(lost):
        table = pd.DataFrame(
            {
                _("Kelurahan"): names.reindex(lost[KODE]).to_numpy(),
                _("and"): names.reindex(lost[OTHER]).to_numpy(),
                _("Gap (m)"): lost[GAP_M].map(lambda gap: number(gap, 2)),
            }
        )
        st.dataframe(table, hide_index=True, height="content")
    if lonely:
        words = _("Without neighbours, so not tested: {names}.")
        st.warning(plain(words.format(names=names_of(city, lonely))))
    _doctor_map(city, selection, choice, [*lost[KODE], *lost[OTHER]], lonely)


def _doctor_map(
    city: City, selection: Selection, choice: Choice, linked: Sequence[str], lonely: Sequence[str]
) -> None:
    classes = pd.Series("found", index=city.layer[KODE])
    classes[list(linked)] = "lost"
    classes[list(lonely)] = "alone"
    legend = {
        "lost": (hotspot_fill("hot_95"), _("has a link that would be lost")),
        "alone": (hotspot_fill("no_neighbours"), _("without neighbours")),
        "found": (hotspot_fill("not_significant"), _("all links found")),
    }
    seen = pocketmap.classed(city, selection, choice, classes, legend, _("Links between kelurahan"))
    mapview.draw(city, seen, key="map_links", height=420, linked="hotspot")
