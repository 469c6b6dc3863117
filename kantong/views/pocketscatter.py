"""Each kelurahan beside its neighbours: Moran's scatter, linked with the map."""

import pandas as pd
import streamlit as st

from kantong.analysis.clustering import moran_scatter
from kantong.geo.schema import KELURAHAN, KODE
from kantong.language import gettext as _
from kantong.language import number
from kantong.views import charts, mapview, pocketmap, pockets
from kantong.views.data import City
from kantong.views.places import places
from kantong.views.pockets import Choice
from kantong.views.pocketwords import p_words
from kantong.views.state import Selection
from kantong.views.words import plain

_HEIGHT = 420


def scatter(city: City, selection: Selection, choice: Choice) -> None:
    """Draw each kelurahan by its figure and its neighbours' mean; a rectangle marks the map."""
    st.subheader(_("Does like stand by like?"), anchor=False)
    overall, contrary = pockets.overall(city, choice)
    words = _(
        "To the right stand kelurahan with high figures, above those whose neighbours have high "
        "ones. Above right are pockets of high figures, below left of low ones; the others are "
        "unlike their neighbours. The line rises by Moran's I, {value}. Geary's C, which sees "
        "differences between neighbours, is {geary} (p {p}); below {chance} neighbours are alike."
    )
    told = words.format(
        value=number(overall.value, 2), geary=number(contrary.value, 2),
        p=p_words(contrary.p_permuted), chance=number(contrary.expected),
    )  # fmt: skip
    st.markdown(plain(told))
    left, right = st.columns(2, gap="medium")
    with left:
        marked = _points(city, selection, choice)
    with right:
        seen = pocketmap.picture(city, selection, choice)
        mapview.draw(
            city, mapview.marked(seen, marked), key="map_scatter", height=_HEIGHT, linked="hotspot"
        )


def _points(city: City, selection: Selection, choice: Choice) -> list[str]:
    points = moran_scatter(pockets.values(city, choice), pockets.neighbours(city, choice.rule))
    kept = points[selection.keeps(city).reindex(points.index)].dropna()
    shown = pd.DataFrame(
        {
            "x": kept["own"],
            "y": kept["around"],
            "name": places(city)[KELURAHAN].reindex(kept.index),
            "x_text": kept["own"].map(lambda value: number(value, 2)),
            "y_text": kept["around"].map(lambda value: number(value, 2)),
        }
    )
    overall, _contrary = pockets.overall(city, choice)
    across = _("Figure (standard deviations from the mean)")
    up = _("Mean of the neighbours")
    st.markdown(f"**{plain(up)}**")
    event = st.altair_chart(
        charts.moran(
            shown.reset_index(names=KODE), across, up, chosen=selection.kelurahan,
            slope=overall.value,
        ),
        width="stretch", key="moran", on_select="rerun",
    )  # fmt: skip
    area = event.selection.get("areas") or {}
    marked = charts.inside(shown, area) if area else []
    told = _("{count} areas selected; draw a rectangle over points to mark them on the map.")
    st.caption(told.format(count=number(len(marked))))
    return marked
