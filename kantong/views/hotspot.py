"""Page Hotspot: where the pockets are, how sure that is, and whether it hangs on our choices."""

import html
from collections.abc import Callable

import streamlit as st

from kantong.geo.errors import DataError
from kantong.geo.schema import KODE
from kantong.language import gettext as _
from kantong.language import number, pick
from kantong.views import (
    frame,
    mapview,
    pocketbounds,
    pocketmap,
    pockets,
    pocketscatter,
    pocketsure,
    pockettime,
    share,
    state,
)
from kantong.views.data import City
from kantong.views.pockets import CORRECTIONS, RULES, STATISTICS, Choice
from kantong.views.pocketwords import (
    certainty_words,
    correction_label,
    figure_label,
    hottest,
    no_verdict,
    rule_label,
    sentences,
    settings,
    shown_indicator,
    statistic_label,
)
from kantong.views.state import Selection
from kantong.views.words import paragraphs, plain

_PARTS: dict[str, Callable[[City, Selection, Choice], None]] = {
    "yakin": pocketsure.certainty,
    "mantap": pocketsure.steady_shares,
    "pilihan": pocketsure.other_choices,
    "sebaran": pocketscatter.scatter,
    "tepi": pocketbounds.at_edge,
    "waktu": pockettime.through_time,
    "lingkaran": pockettime.circles,
    "batas": pocketbounds.doctor,
}


def show() -> None:
    """Draw the page."""
    city = state.city()
    selection = state.choose(city)
    top = st.container()
    choice = _choose(city, selection)
    with top:
        try:
            pockets.found(city, choice)
        except DataError as error:
            _say_why_not(city, selection, choice, error)
            return
        _draw(city, selection, choice)
    part = state.select(
        _("More about these pockets"), list(_PARTS), "yakin", _part_label, key="bagian",
        draw=st.segmented_control, label_visibility="collapsed", width="stretch", required=True,
    )  # fmt: skip
    _PARTS[part](city, selection, choice)


def _part_label(part: str) -> str:
    return {
        "yakin": _("How sure?"),
        "mantap": _("Steady shares"),
        "pilihan": _("Other choices"),
        "sebaran": _("Scatter"),
        "tepi": _("City's edge"),
        "waktu": _("Through time"),
        "lingkaran": _("Circles"),
        "batas": _("Neighbours"),
    }[part]


def _choose(city: City, selection: Selection) -> Choice:
    """Draw how hotspots are looked for, and return it."""
    indicator = city.library.indicators[selection.indicator]
    kinds = pockets.figures_of(city, indicator)
    with st.expander(_("How hotspots are looked for"), icon=":material/tune:"):
        left, right = st.columns(2)
        with left:
            figure = state.select(_("Figures"), list(kinds), kinds[0], figure_label, key="angka")
            rule = state.select(
                _("Neighbours are those"), list(RULES), RULES[0], rule_label, key="tetangga"
            )
        with right:
            statistic = state.select(
                _("Statistic"), list(STATISTICS), STATISTICS[0], statistic_label, key="statistik"
            )
            correction = state.select(
                _("Correction for looking at many kelurahan"), list(CORRECTIONS), CORRECTIONS[0],
                correction_label, key="koreksi",
            )  # fmt: skip
        if kinds == (pockets.COUNT,):
            st.caption(
                _(
                    "This indicator has no share of residents: its figures are tested, and counts "
                    "follow the number of residents."
                )
            )
        st.caption(
            _(
                "The defaults are the ones to defend: shares, not counts, since counts follow the "
                "number of residents; all that touches; false pockets held to 5 in 100. Under "
                "“Other choices” stands what the others would say."
            )
        )
        st.caption(
            _(
                "Conventions: p is two-sided. All neighbours count the same; Gi* counts the "
                "kelurahan itself too, local Moran takes the mean of the neighbours. Local Moran "
                "is scaled as GeoDa and esda do, by the sum of squares over n − 1. Formulas "
                "stand on the page Method."
            )
        )
    chosen_statistic = next(one for one in STATISTICS if one == statistic)
    chosen_correction = next(one for one in CORRECTIONS if one == correction)
    return Choice(
        selection.indicator, selection.period, figure, chosen_statistic, rule, chosen_correction
    )


def _draw(city: City, selection: Selection, choice: Choice) -> None:
    measured = pockets.measured(city, choice)
    found = pockets.found(city, choice)
    left, right = st.columns([3, 2], gap="medium")
    with left:
        seen = pocketmap.picture(city, selection, choice)
        frame.title(seen.title, city.datasets(measured))
        state.tell_region(city)
        mapview.draw(city, seen)
        _quarter(city, selection)
        frame.source_line(city, measured)
        share.offer(city, selection, measured, seen, gives=given(city, selection, choice))
    with right:
        st.subheader(_("What the map shows"), anchor=False)
        overall, _contrary = pockets.overall(city, choice)
        if not selection.keeps(city).all():
            st.caption(_("The sentences speak of all kelurahan; the filter dims the map only."))
        st.html(paragraphs(sentences(city, choice, found, overall)))
        for warning in found.warnings:
            st.warning(plain(warning.describe(_, number)))
        _three(city, choice)
        if selection.kelurahan:
            _panel(city, choice, selection.kelurahan)
        else:
            st.caption(_("Click on a kelurahan to see how far its class can be trusted."))
        st.caption(no_verdict())


def given(city: City, selection: Selection, choice: Choice) -> share.Offer:
    """Return what can be taken home: the classes of the pockets, and how they were found."""
    counted = pick(shown_indicator(city, choice).definition)
    words = _("Pockets where high or low figures stand together. The figures: {definition}")
    return share.Offer(
        ("csv", "xlsx", "png", "html"),
        settings(city, choice),
        lambda: pocketsure.rows(city, selection, choice),
        definition=words.format(definition=counted),
    )


def _three(city: City, choice: Choice) -> None:
    """Draw the surest hot pockets: why they are, and how sure that is."""
    told = list(hottest(city, choice))
    if told:
        st.markdown(f"**{plain(_('The surest hot pockets'))}**")
        st.html(paragraphs(f"{place}. {words}" for place, words in enumerate(told, start=1)))


def _quarter(city: City, selection: Selection) -> None:
    """Draw a slider through the periods; it moves the choice in the drawer."""
    periods = city.periods(selection.indicator)
    if len(periods) == 1:
        return
    st.session_state["_quarter"] = selection.period
    st.select_slider(
        _("Period"), periods, key="_quarter",
        on_change=lambda: state.put("periode", st.session_state["_quarter"]),
    )  # fmt: skip


def _panel(city: City, choice: Choice, kode: str) -> None:
    if kode not in set(city.layer[KODE]):
        return
    told = " ".join(certainty_words(city, choice, kode))
    st.html(f'<p class="telling">{html.escape(told)}</p>')


def _say_why_not(city: City, selection: Selection, choice: Choice, error: DataError) -> None:
    """Say why there is no statistic; the figures themselves are on the map page."""
    measured = pockets.measured(city, choice)
    indicator = city.library.indicators[measured.indicator]
    frame.title(frame.title_of(indicator, measured), city.datasets(measured))
    st.warning(plain(error.describe(_)), icon=":material/block:")
    shown = city.measure(selection.indicator, selection.period)
    mapview.draw(city, mapview.picture(city, selection, shown), height=420)
    frame.source_line(city, shown)


if __name__ == "__main__":  # as Streamlit runs a page
    show()
