"""How far pockets and ranks can be trusted, and whether other choices would find them."""

import pandas as pd
import streamlit as st

from kantong.analysis.consensus import RATE, SETTING, Consensus
from kantong.analysis.hotspots import QUADRANTS
from kantong.analysis.steady import UNCERTAIN, too_uncertain
from kantong.geo.errors import DataError
from kantong.geo.schema import KECAMATAN, KELURAHAN
from kantong.language import gettext as _
from kantong.language import number
from kantong.views import charts, mapview, pocketmap, pockets
from kantong.views.data import City
from kantong.views.figures import interval_words, intervals
from kantong.views.places import names_of, places
from kantong.views.pockets import Choice
from kantong.views.pocketwords import (
    class_label,
    figure_label,
    p_words,
    short_label,
    shown_indicator,
)
from kantong.views.state import Selection
from kantong.views.words import figure, paragraphs, plain

_MOST_ROWS = 25
_HEIGHT = 460
_CLEAR, _ALWAYS, _HALF = 0.8, 1.0, 0.5


def certainty(city: City, selection: Selection, choice: Choice) -> None:
    """Draw how far pockets and ranks can be trusted."""
    st.subheader(_("How sure is each pocket?"), anchor=False)
    _pocket_table(city, selection, choice)
    st.subheader(_("How sure is the rank?"), anchor=False)
    _ranks(city, choice)


def _pocket_table(city: City, selection: Selection, choice: Choice) -> None:
    frame = pockets.found(city, choice).frame
    is_told = frame["class"].str.match("hot|cold") | frame["class"].isin(QUADRANTS)
    told = frame[is_told & selection.keeps(city)].sort_values(
        ["statistic"], ascending=False, kind="stable"
    )
    if told.empty:
        st.info(_("There is no pocket to be sure of."))
        return
    agreed = pockets.agreed(city, choice.indicator, choice.period)
    beyond = pockets.at_edge(city, choice)
    flips = set() if beyond is None else set(beyond.frame.index[beyond.frame["flips"]])
    indicator = shown_indicator(city, choice)
    shown = city.measure(indicator.id, choice.period).value
    names = places(city)
    table = pd.DataFrame(
        {
            _("Kelurahan"): names[KELURAHAN].reindex(told.index),
            _("Class"): told["class"].map(class_label),
            _("Figure"): shown.reindex(told.index).map(lambda value: figure(value, indicator)),
            "p": told["p"].map(p_words),
            _("p, corrected"): told["p_adjusted"].map(p_words),
            _("Hot"): agreed.frame["hot"].reindex(told.index).map(number),
            _("Cold"): agreed.frame["cold"].reindex(told.index).map(number),
            _("City's edge"): [_("may change") if kode in flips else "" for kode in told.index],
        }
    )
    st.dataframe(table, hide_index=True, height="content")
    st.caption(
        _(
            "p says how often chance alone would put so high (or low) figures around a kelurahan: "
            "its own figure stays, all others are dealt out again, {draws} times. Corrected, it "
            "allows for looking at {tested} kelurahan at once. Hot and cold: in how many of "
            "{settings} reasonable settings."
        ).format(
            draws=number(pockets.found(city, choice).draws),
            tested=number(pockets.found(city, choice).tested),
            settings=number(agreed.settings),
        )
    )


def rows(city: City, selection: Selection, choice: Choice) -> pd.DataFrame:
    """Return all areas that pass the filter with what was found of them, as taken home."""
    frame = pockets.found(city, choice).frame[selection.keeps(city)]
    agreed = pockets.agreed(city, choice.indicator, choice.period).frame.reindex(frame.index)
    shown = pockets.measured(city, choice).value
    made = pockets.values(city, choice).reindex(frame.index)
    names = places(city).reindex(frame.index)
    return pd.DataFrame(
        {
            _("Code"): frame.index,
            _("Kelurahan"): names[KELURAHAN],
            _("Kecamatan"): names[KECAMATAN],
            pocketmap.as_measured(city, choice): shown.reindex(frame.index),
            **({figure_label(choice.figure): made} if pockets.is_made(choice) else {}),
            _("Class"): frame["class"].map(class_label),
            _("Statistic"): frame["statistic"],
            _("Neighbours"): frame["neighbours"],
            "p": frame["p"],
            _("p, corrected"): frame["p_adjusted"],
            _("Hot in settings"): agreed["hot"],
            _("Cold in settings"): agreed["cold"],
            _("Settings tried"): agreed["tested"],
        }
    )


def _ranks(city: City, choice: Choice) -> None:
    """Draw the ranks of the first areas with their intervals and the chance to be in a list."""
    told = pockets.ranks(city, choice)
    if told is None:
        st.info(_("How an amount varies by chance is not known, so no rank can be told for sure."))
        return
    cut = st.segmented_control(
        _("A list of the first"), list(told.tops), default=told.tops[1], key="_cut", required=True
    )
    frame = told.frame.dropna(subset=["rank"]).sort_values(["rank", "upper"], kind="stable")
    undecided = told.undecided(cut)
    reach = frame.index[(frame["rank"] <= cut) | undecided.reindex(frame.index)]
    shown = frame.loc[reach].head(max(_MOST_ROWS, cut))
    names = places(city)[KELURAHAN].reindex(shown.index)
    words = _("{rank}; between {lower} and {upper}")
    rows = shown.assign(
        name=names,
        undecided=undecided.reindex(shown.index),
        text=[
            words.format(rank=number(place), lower=number(lower), upper=number(upper))
            for place, lower, upper in zip(
                shown["rank"], shown["lower"], shown["upper"], strict=True
            )
        ],
    )
    left, right = st.columns([3, 2], gap="medium")
    with left:
        st.altair_chart(charts.rank_intervals(rows, cut), width="stretch")
    with right:
        table = {_("Kelurahan"): names}
        for top in told.tops:
            chances = (shown[f"top_{top}"] * 100).map(lambda share: f"{number(share)} %")
            table[_("Among the first {count}").format(count=number(top))] = chances
        st.dataframe(pd.DataFrame(table), hide_index=True, height="content")
    if not shown_indicator(city, choice).higher_is_worse:
        st.caption(_("More is better here, so the least comes first."))
    sure = int((~undecided.reindex(frame.index) & (frame[f"top_{cut}"] > _HALF)).sum())
    st.caption(
        _(
            "{sure} of the first {cut} belong there for sure (at least 95 %); grey ones cannot be "
            "told apart at the dotted line from those behind it. Simulated {draws} times from the "
            "counts: how many might have been counted by chance among as many residents."
        ).format(sure=number(sure), cut=number(cut), draws=number(told.draws))
    )


# --- steady shares ---------------------------------------------------------------------------


def steady_shares(city: City, selection: Selection, choice: Choice) -> None:
    """Draw shares beside what is left of them when chance is allowed for."""
    st.subheader(_("What is a share of few residents worth?"), anchor=False)
    share = city.rate_of(city.library.indicators[choice.indicator])
    if share is None:
        st.info(_("This indicator is no share of residents."))
        return
    shown = city.measure(share.id, choice.period)
    try:
        made = pockets.steadied(city, share.id, choice.period)
    except DataError as error:
        st.warning(plain(error.describe(_)))
        return
    bounds = intervals(shown, share)
    told = made[shown.value.notna() & selection.keeps(city)]
    told = told.sort_values("variation", ascending=False, kind="stable")
    names = places(city).reindex(told.index)

    def figures(column: "pd.Series[float]") -> "pd.Series[str]":
        return column.reindex(told.index).map(lambda value: figure(value, share))

    table = {
        _("Kelurahan"): names[KELURAHAN],
        _("Kecamatan"): names[KECAMATAN],
        _("Share as it is"): figures(shown.value),
        _("95 % interval"): [interval_words(bounds, str(kode), share) for kode in told.index],
        _("Steady (city)"): figures(told["steady"]),
        _("Smoothed (neighbours)"): figures(told["smoothed"]),
        _("Coefficient of variation"): told["variation"].map(mapview.variation_words),
        _("Too uncertain"): too_uncertain(told["variation"]).map({True: _("yes"), False: ""}),
    }
    st.dataframe(pd.DataFrame(table), hide_index=True, height=_HEIGHT)
    st.caption(
        _(
            "The least certain first. Steady shares are drawn towards the city's, smoothed ones "
            "towards that of the kelurahan and its neighbours, the more so the fewer residents "
            "there are (empirical Bayes, Marshall 1991). A coefficient of variation above "
            "{limit} % hatches the kelurahan on maps of the share."
        ).format(limit=number(UNCERTAIN))
    )


# --- other choices ---------------------------------------------------------------------------


def other_choices(city: City, selection: Selection, choice: Choice) -> None:
    """Draw in how many reasonable settings each kelurahan is hot."""
    agreed = pockets.agreed(city, choice.indicator, choice.period)
    share = agreed.frame["hot"] / agreed.settings
    st.subheader(_("Would it still be a pocket under other choices?"), anchor=False)
    st.markdown(
        plain(
            _(
                "{count} settings were tried: {figures}, every rule of neighbourhood, both "
                "statistics, with the correction FDR and with none. Many agree: they give "
                "{distinct} different answers."
            ).format(
                count=number(agreed.settings),
                distinct=number(agreed.distinct),
                figures=_figures_tried(agreed),
            )
        )
    )
    told = []
    for words, which in (
        (_("Hot in every setting: {names}."), share == _ALWAYS),
        (_("Hot in most (at least 80 %): {names}."), (share >= _CLEAR) & (share < _ALWAYS)),
        (_("Hot in some, so it hangs on a choice: {names}."), (share > 0) & (share < _CLEAR)),
    ):
        kodes = [str(kode) for kode in share[which].sort_values(ascending=False).index]
        if kodes:
            told.append(words.format(names=names_of(city, kodes)))
    st.html(paragraphs(told))
    if not share.any():
        st.info(_("No kelurahan is hot in any of them."))
        return
    kept = share[(share > 0) & selection.keeps(city)].sort_values(ascending=False)
    rows = kept.index[:_MOST_ROWS]
    st.dataframe(_shares(city, choice, rows), hide_index=True, height="content")
    st.caption(
        _(
            "Share of the settings with this choice in which a kelurahan is hot (at 95 %), in per "
            "cent."
        )
    )


def _figures_tried(agreed: Consensus) -> str:
    kinds = {str(name) for name in agreed.hot.columns.get_level_values(RATE)}
    return _("the figure itself") if pockets.COUNT in kinds else _("every kind of share")


def _shares(city: City, choice: Choice, rows: "pd.Index[str]") -> pd.DataFrame:
    """Return by kelurahan the share of settings in which it is hot, one column an option."""
    agreed = pockets.agreed(city, choice.indicator, choice.period)
    whole = agreed.frame["hot"] / agreed.settings
    table = {_("Kelurahan"): places(city)[KELURAHAN].reindex(rows),
             _("All"): (whole.reindex(rows) * 100).map(number)}  # fmt: skip
    for option in SETTING:
        shares = agreed.by(option).reindex(rows) * 100
        if shares.shape[1] > 1:
            for name in shares.columns:
                table[short_label(str(name))] = shares[name].map(number)
    return pd.DataFrame(table)
