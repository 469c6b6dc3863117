"""The ranking by several indicators: score, parts, whether it survives, what would change it."""

import pandas as pd
import streamlit as st

from kantong.analysis.composite import Composite, natural_gap
from kantong.analysis.measures import Measure
from kantong.analysis.robustness import Tipping
from kantong.geo.errors import DataError
from kantong.geo.schema import KECAMATAN, KELURAHAN, Dataset
from kantong.language import gettext as _
from kantong.language import number, pick
from kantong.maps.style import hotspot_fill
from kantong.views import charts, frame, mapview, scoring, share
from kantong.views.data import City
from kantong.views.mapview import Picture
from kantong.views.pocketwords import names, places
from kantong.views.scoring import Mix
from kantong.views.state import Selection
from kantong.views.words import paragraphs, plain

_SURE = 0.95
_GAP = 2.0


def show(city: City, selection: Selection) -> None:
    """Draw the ranking by several indicators."""
    with st.expander(_("What is weighed"), icon=":material/tune:", expanded=True):
        mix = scoring.choose(city, selection.period)
    try:
        found = scoring.scored(city, mix)
    except DataError as error:
        st.warning(plain(error.describe(_)), icon=":material/block:")
        return
    left, right = st.columns([3, 2], gap="medium")
    with left:
        frame.title(_("Ranked by several indicators"), _datasets(city, mix))
        _table(city, selection, mix)
        st.html(paragraphs(_told(city, mix, found)))
        seen = _picture(city, selection, mix)
        gives = share.Offer(
            ("csv", "xlsx", "png", "html"),
            settings(mix, city),
            lambda: _rows(city, selection, mix),
        )
        share.offer(city, selection, _first(city, mix), seen, gives=gives)
    with right:
        st.subheader(_("On the map"), anchor=False)
        mapview.draw(city, seen)
        if selection.kelurahan in found.score.dropna().index:
            _panel(city, mix, selection.kelurahan)
        else:
            st.caption(_("Click on a kelurahan to see what its score is made of."))
    for one in scoring.measures(city, mix).values():
        frame.source_line(city, one)


def _datasets(city: City, mix: Mix) -> list[Dataset]:
    every = [one for found in scoring.measures(city, mix).values() for one in city.datasets(found)]
    return list({one.id: one for one in every}.values())


def _first(city: City, mix: Mix) -> Measure:
    """Return the measure of the first indicator."""
    return next(iter(scoring.measures(city, mix).values()))


def _rows(city: City, selection: Selection, mix: Mix) -> pd.DataFrame:
    """Return all areas that pass the filter with score and ranks, as taken home."""
    found = scoring.scored(city, mix)
    by_weights, by_chance = (one.frame for one in scoring.survived(city, mix))
    where = places(city)
    table = pd.DataFrame(
        {
            _("Code"): found.score.index,
            _("Kelurahan"): where[KELURAHAN].reindex(found.score.index),
            _("Kecamatan"): where[KECAMATAN].reindex(found.score.index),
            _("Rank"): found.rank.astype("Int64"),
            _("Score"): found.score,
            **{
                pick(city.library.indicators[name].label): found.parts[name]
                for name in found.parts.columns
            },
            _("Lowest rank under other weights"): by_weights["upper"],
            _("Highest rank under other weights"): by_weights["lower"],
            _("In the list under other weights"): by_weights["first"],
            _("In the list by chance of the counts"): by_chance["first"],
        }
    )
    kept = table[selection.keeps(city).reindex(table.index)]
    return kept.sort_values(_("Rank"), na_position="last", kind="stable")


def _inside(found: Composite, mix: Mix) -> "pd.Series[bool]":
    return (found.rank <= mix.length).fillna(value=False).astype(bool)


# --- table -------------------------------------------------------------------------------------


def _table(city: City, selection: Selection, mix: Mix) -> None:
    found = scoring.scored(city, mix)
    by_weights, by_chance = scoring.survived(city, mix)
    ranked = pd.DataFrame({"rank": found.rank, "tied": found.tied, "score": found.score})
    kept = ranked[selection.keeps(city)].sort_values("rank", na_position="last", kind="stable")
    where = places(city).reindex(kept.index)
    between = _("{lower} to {upper}")
    table = pd.DataFrame(
        {
            _("Rank"): kept["rank"].astype("Int64"),
            _("Kelurahan"): where[KELURAHAN],
            _("Kecamatan"): where[KECAMATAN],
            _("Score"): kept["score"].map(lambda score: number(score, 3)),
            _("Ranks under other weights"): _ranges(by_weights.frame, between),
            _("In the list under other weights"): _shares(by_weights.frame),
            _("In the list by chance of the counts"): _shares(by_chance.frame),
        }
    ).reindex(kept.index)
    st.dataframe(table, hide_index=True, height=560 if len(table) > 14 else "content")  # noqa: PLR2004


def _ranges(ranks: pd.DataFrame, between: str) -> "pd.Series[str]":
    texts = [
        "–" if pd.isna(lower) else between.format(lower=number(lower), upper=number(upper))
        for lower, upper in zip(ranks["lower"], ranks["upper"], strict=True)
    ]
    return pd.Series(texts, ranks.index, dtype=str)


def _shares(ranks: pd.DataFrame) -> "pd.Series[str]":
    return ranks["first"].map(lambda share: "–" if pd.isna(share) else f"{number(share * 100)} %")


def _told(city: City, mix: Mix, found: Composite) -> list[str]:
    """Return what a reader must know of the list."""
    by_weights, by_chance = scoring.survived(city, mix)
    inside = _inside(found, mix)
    sure = inside & (by_weights.frame["first"] >= _SURE) & (by_chance.frame["first"] >= _SURE)
    told = [
        _(
            "{sure} of {length} stay in the list whatever the weights and the chance of the "
            "counts: {names}."
        ).format(
            sure=number(int(sure.sum())), length=number(int(inside.sum())),
            names=names(city, [str(kode) for kode in sure.index[sure]]) or "–",
        )
    ]  # fmt: skip
    gap = natural_gap(found.score)
    if gap is not None and gap.relative >= _GAP:
        words = _(
            "The scores fall off most after the first {count}: {times} times the usual step. That "
            "is a better place to cut than a round number."
        )
        told.append(words.format(count=number(gap.position), times=number(gap.relative, 1)))
    else:
        told.append(_("There is no clear gap to cut at; any length of the list is a choice."))
    if found.left_out:
        words = _("Without a score, since an indicator is not known there, or covered: {names}.")
        told.append(words.format(names=names(city, list(found.left_out))))
    told.extend(note.describe(_, number) for note in found.told)
    return told


# --- map and panel -----------------------------------------------------------------------------


def _picture(city: City, selection: Selection, mix: Mix) -> Picture:
    found = scoring.scored(city, mix)
    by_weights, _by_chance = scoring.survived(city, mix)
    inside = _inside(found, mix)
    sure = by_weights.frame["first"].fillna(0) >= _SURE
    legend = {
        "sure": (hotspot_fill("hot_99"), _("in the list, under nearly all weights")),
        "inside": (hotspot_fill("hot_95"), _("in the list")),
        "near": (hotspot_fill("hot_90"), _("in the list under some other weights")),
        "out": (hotspot_fill("not_significant"), _("not in the list")),
        "missing": (hotspot_fill("missing"), _("no score")),
    }
    often = by_weights.frame["first"].fillna(0) > 1 - _SURE
    classes = pd.Series("out", index=found.score.index)
    classes[often] = "near"
    classes[inside] = "inside"
    classes[inside & sure] = "sure"
    classes[found.score.isna()] = "missing"
    labels = [_("Rank"), _("Score"), _("In the list under other weights")]
    shares = _shares(by_weights.frame)
    tips = {
        str(kode): [
            "" if pd.isna(found.rank[kode]) else number(found.rank[kode]),
            "" if pd.isna(found.score[kode]) else number(found.score[kode], 3),
            shares[kode],
        ]
        for kode in found.score.index
    }
    measured = _first(city, mix)
    title = _("Priority: a list of {length}").format(length=number(mix.length))
    told = mapview.Told(title, f"{title} {mix}", classes, labels, tips)
    return mapview.of_classes(city, selection, measured, legend, told)


def _panel(city: City, mix: Mix, kode: str) -> None:
    """Take the score of a kelurahan apart, and say what would change its place."""
    found = scoring.scored(city, mix)
    indicators = city.library.indicators
    st.markdown(f"**{plain(city.place(kode)[KELURAHAN])}**")
    parts = pd.DataFrame(
        {
            "name": [pick(indicators[name].label) for name in found.parts.columns],
            "value": found.parts.loc[kode].to_numpy(),
        }
    )
    parts["text"] = parts["value"].map(lambda value: number(value, 3))
    parts["kind"] = "own"
    st.altair_chart(charts.lollipops(parts, _("Adds to the score")), width="stretch")
    st.html(paragraphs(_tipping_words(city, scoring.tipping(city, mix, kode))))


def _tipping_words(city: City, told: Tipping) -> list[str]:
    indicators = city.library.indicators
    name = city.place(told.kode)[KELURAHAN]
    if pd.isna(told.moved):
        words = _("{name} stays in the list under any weights.") if told.inside else _(
            "{name} comes into the list under no weights."
        )  # fmt: skip
        return [words.format(name=name)]
    words = (
        _("{name} leaves the list as soon as {share} % of all weight is moved to other indicators.")
        if told.inside
        else _("{name} comes into the list once {share} % of all weight is moved.")
    )
    lines = [words.format(name=name, share=number(told.moved * 100, 1))]
    for indicator, row in told.thresholds.iterrows():
        limits = [row[side] for side in ("lower", "upper") if pd.notna(row[side])]
        if limits:
            words = _("By “{indicator}” alone (now {weight} %): at {limits} %.")
            lines.append(
                words.format(
                    indicator=pick(indicators[str(indicator)].label),
                    weight=number(row["weight"] * 100),
                    limits=" / ".join(number(limit * 100) for limit in limits),
                )
            )
    return lines


def settings(mix: Mix, city: City) -> list[tuple[str, str]]:
    """Return what was weighed, as label and text."""
    indicators = city.library.indicators
    weights = "; ".join(f"{pick(indicators[name].label)} {weight}" for name, weight in mix.weights)
    return [
        (_("Weights"), weights),
        (_("Made comparable"), scoring.normalisation_label(mix.normalisation)),
        (_("Put together"), scoring.aggregation_label(mix.aggregation)),
        (_("A list of the first"), number(mix.length)),
    ]
