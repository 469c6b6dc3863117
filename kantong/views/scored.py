"""The ranking by several indicators: score, parts, whether it survives, what would change it."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from math import exp

import pandas as pd
import streamlit as st

from kantong.analysis.composite import COST_UNKNOWN, Affordable, Composite
from kantong.analysis.measures import Measure
from kantong.analysis.robustness import Tipping
from kantong.geo.errors import DataError
from kantong.geo.schema import KECAMATAN, KELURAHAN, Dataset
from kantong.language import gettext as _
from kantong.language import number, pick, rupiah
from kantong.maps.style import hotspot_fill
from kantong.views import charts, frame, mapview, saved, scoring, share
from kantong.views.data import City
from kantong.views.draft import words_of
from kantong.views.mapview import Picture
from kantong.views.places import names_of, places
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
        frame.title(_("Ranked by several indicators"), datasets(city, mix))
        st.html(paragraphs(told(city, mix, found)))
        _table(city, selection, mix)
        seen = picture(city, selection, mix)
        gives = share.Offer(
            ("csv", "xlsx", "png", "html"),
            settings(mix, city),
            lambda: rows(city, selection, mix),
        )
        share.offer(city, selection, together(city, mix), seen, gives=gives)
    with right:
        st.subheader(_("On the map"), anchor=False)
        mapview.draw(city, seen)
        if selection.kelurahan in found.score.dropna().index:
            _panel(city, mix, selection.kelurahan)
        else:
            st.caption(_("Click on a kelurahan to see what its score is made of."))
    for one in scoring.behind(city, mix).values():
        frame.source_line(city, one)
    saved.offer(city, _panel_of_scenarios(city, mix))


def datasets(city: City, mix: Mix) -> list[Dataset]:
    """Return the data sets that a list is worked out from."""
    every = [one for found in scoring.behind(city, mix).values() for one in city.datasets(found)]
    return list({one.id: one for one in every}.values())


def together(city: City, mix: Mix) -> Measure:
    """Return the first measure with the data sets of all that a list is worked out from."""
    first = next(iter(scoring.measures(city, mix).values()))
    return replace(first, datasets=tuple(one.id for one in datasets(city, mix)))


def rows(city: City, selection: Selection, mix: Mix) -> pd.DataFrame:
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
                _parts_heading(mix).format(
                    indicator=pick(city.library.indicators[name].label)
                ): _parts(found)[name]
                for name in found.parts.columns
            },
            _("Lowest rank under other weights"): by_weights["upper"],
            _("Highest rank under other weights"): by_weights["lower"],
            _("In the list under other weights"): by_weights["first"],
            _("In the list by chance of the counts"): by_chance["first"],
        }
    )
    if mix.impute:
        table[_("Filled in")] = _filled(city, found)
    kept = table[selection.keeps(city).reindex(table.index)]
    return kept.sort_values(_("Rank"), na_position="last", kind="stable")


def _parts_heading(mix: Mix) -> str:
    if mix.aggregation == "geometric":
        return _("{indicator}: factor of the score")
    return _("{indicator}: part of the score")


def _parts(found: Composite) -> pd.DataFrame:
    """Return what makes the score: parts that sum to it, or factors whose product it is."""
    return found.parts.map(exp) if found.aggregation == "geometric" else found.parts


def _inside(city: City, mix: Mix) -> "pd.Series[bool]":
    found = scoring.scored(city, mix)
    return (found.rank <= scoring.ending(city, mix).length).fillna(value=False).astype(bool)


# --- scenarios ---------------------------------------------------------------------------------


def _panel_of_scenarios(city: City, mix: Mix) -> saved.Panel:
    return saved.Panel(
        kind="priority",
        page="prioritas",
        datasets=tuple(datasets(city, mix)),
        keys=scoring.KEYS,
        forget=scoring.OWN_WIDGETS,
        compare=partial(_compare, city),
    )


def _compare(city: City, first: Mapping[str, str], second: Mapping[str, str]) -> None:
    """Draw how the lists of two scenarios differ, with the figures of today."""
    mixes = [scoring.mix_of(city, one) for one in (first, second)]
    if mixes[0] is None or mixes[1] is None:
        st.warning(_("One of them weighs what is not there any more, and cannot be compared."))
        return
    try:
        ranks = [scoring.scored(city, mix).rank for mix in mixes if mix is not None]
        inside = [_inside(city, mix) for mix in mixes if mix is not None]
    except DataError as error:
        st.warning(plain(error.describe(_)), icon=":material/block:")
        return
    st.html(paragraphs(_differences(city, *inside)))
    either = inside[0] | inside[1]
    order = ranks[0][either].sort_values(kind="stable").index
    where = places(city).reindex(order)
    shown = pd.DataFrame(
        {
            _("Kelurahan"): where[KELURAHAN],
            _("Kecamatan"): where[KECAMATAN],
            _("Rank in the first"): ranks[0][order].astype("Int64"),
            _("Rank in the second"): ranks[1][order].astype("Int64"),
        }
    )
    st.dataframe(shown, hide_index=True, height="content")


def _differences(city: City, first: "pd.Series[bool]", second: "pd.Series[bool]") -> list[str]:
    groups = (
        (_("On both lists: {names}."), first & second),
        (_("On the first only: {names}."), first & ~second),
        (_("On the second only: {names}."), second & ~first),
    )
    return [
        words.format(names=names_of(city, [str(kode) for kode in held.index[held]]) or "–")
        for words, held in groups
    ]


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
            _("Kelurahan"): _marked(where[KELURAHAN], found),
            _("Score"): kept["score"].map(lambda score: number(score, 3)),
            _("Ranks"): _ranges(by_weights.frame, between),
            _("Weights"): _shares(by_weights.frame),
            _("Chance"): _shares(by_chance.frame),
        }
    ).reindex(kept.index)
    explained = {
        _("Ranks"): _("Its ranks under nearly all other weights"),
        _("Weights"): _("How often it is in the list under other weights"),
        _("Chance"): _("How often it is in the list by chance of the counts"),
    }
    st.dataframe(
        table, hide_index=True, height=560 if len(table) > 14 else "content",  # noqa: PLR2004
        column_config={
            name: st.column_config.Column(help=told) for name, told in explained.items()
        },
    )  # fmt: skip
    st.caption(" · ".join(f"{name}: {told}" for name, told in explained.items()))
    if found.imputed.any(axis=None):
        st.caption(_("* A figure is not known there; the median of the others is taken for it."))


def _marked(names_: "pd.Series[str]", found: Composite) -> "pd.Series[str]":
    """Return names, marked where a figure is filled in."""
    filled = found.imputed.any(axis=1).reindex(names_.index, fill_value=False)
    return names_.where(~filled, names_ + " *")


def _filled(city: City, found: Composite) -> "pd.Series[str]":
    """Return the indicators that are filled in, by ``kode``."""
    labels = {name: pick(city.library.indicators[name].label) for name in found.imputed.columns}
    return found.imputed.apply(
        lambda row: ", ".join(labels[str(name)] for name in row.index[row]), axis=1
    )


def _ranges(ranks: pd.DataFrame, between: str) -> "pd.Series[str]":
    texts = [
        "–" if pd.isna(lower) else between.format(lower=number(lower), upper=number(upper))
        for lower, upper in zip(ranks["lower"], ranks["upper"], strict=True)
    ]
    return pd.Series(texts, ranks.index, dtype=str)


def _shares(ranks: pd.DataFrame) -> "pd.Series[str]":
    return ranks["first"].map(lambda share: "–" if pd.isna(share) else f"{number(share * 100)} %")


def told(city: City, mix: Mix, found: Composite) -> list[str]:
    """Return what a reader must know of the list."""
    by_weights, by_chance = scoring.survived(city, mix)
    inside = _inside(city, mix)
    sure = inside & (by_weights.frame["first"] >= _SURE) & (by_chance.frame["first"] >= _SURE)
    told = [
        _(
            "{sure} of {length} stay in the list whatever the weights and the chance of the "
            "counts: {names}."
        ).format(
            sure=number(int(sure.sum())), length=number(int(inside.sum())),
            names=names_of(city, [str(kode) for kode in sure.index[sure]]) or "–",
        )
    ]  # fmt: skip
    told.extend(_ending_words(city, mix))
    if found.left_out:
        words = _("Without a score, since an indicator is not known there, or covered: {names}.")
        told.append(words.format(names=names_of(city, list(found.left_out))))
    told.extend(words_of(note, city) for note in found.told)
    return told


def _ending_words(city: City, mix: Mix) -> list[str]:
    """Return why the list ends where it does."""
    ended = scoring.ending(city, mix)
    told = []
    if ended.paid is not None:
        told.append(_money_words(city, mix, ended.paid))
    if ended.gap is not None and ended.gap.relative >= _GAP:
        words = _(
            "The scores fall off most after the first {count}: {times} times the usual step. That "
            "is a better place to cut than a round number."
        )
        times = number(ended.gap.relative, 1)
        told.append(words.format(count=number(ended.gap.position), times=times))
    else:
        told.append(_("There is no clear gap to cut at; any length of the list is a choice."))
    return told


def _money_words(city: City, mix: Mix, paid: Affordable) -> str:
    """Return how far the money goes, and who comes next."""
    served = pick(city.library.indicators[mix.cut.served].label)
    if not paid.kodes and paid.reason != COST_UNKNOWN:
        words = _(
            "{budget} do not pay for the first in full: {next} ({served}). The list shows it alone."
        )
    elif not paid.next_kodes:
        words = _("{budget} serve all kelurahan with a score ({served}); {left} are left.")
    elif paid.reason == COST_UNKNOWN:
        words = _(
            "{budget} serve the first {count} ({served}) with {spent}; then comes {next}, of which "
            "it is not known how many there are."
        )
    else:
        words = _(
            "{budget} serve the first {count} in full ({served}) with {spent}; {left} are left, "
            "too little for {next}."
        )
    return words.format(
        budget=rupiah(mix.cut.budget_rp), served=served, count=number(len(paid.kodes)),
        spent=rupiah(paid.spent_rp), left=rupiah(paid.left_rp),
        next=names_of(city, list(paid.next_kodes)),
    )  # fmt: skip


# --- map and panel -----------------------------------------------------------------------------


def picture(city: City, selection: Selection, mix: Mix) -> Picture:
    """Return the map of the list: who stays in it, and who might not."""
    found = scoring.scored(city, mix)
    by_weights, _by_chance = scoring.survived(city, mix)
    inside = _inside(city, mix)
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
    title = _("Priority: a list of {length}").format(length=number(int(inside.sum())))
    told = mapview.Told(title, f"{title} {mix}", classes, labels, tips)
    return mapview.of_classes(city, selection, together(city, mix), legend, told)


def _panel(city: City, mix: Mix, kode: str) -> None:
    """Take the score of a kelurahan apart, and say what would change its place."""
    found = scoring.scored(city, mix)
    indicators = city.library.indicators
    st.markdown(f"**{plain(city.place(kode)[KELURAHAN])}**")
    parts = pd.DataFrame(
        {
            "name": [pick(indicators[name].label) for name in found.parts.columns],
            "value": _parts(found).loc[kode].to_numpy(),
        }
    )
    parts["text"] = parts["value"].map(lambda value: number(value, 3))
    parts["kind"] = "own"
    heading = _("Multiplies to the score") if mix.aggregation == "geometric" else _(
        "Adds to the score"
    )  # fmt: skip
    st.altair_chart(charts.lollipops(parts, heading), width="stretch")
    st.html(paragraphs(tipping_words(city, scoring.tipping(city, mix, kode))))


def tipping_words(city: City, told: Tipping) -> list[str]:
    """Return what would move a kelurahan across the end of the list."""
    indicators = city.library.indicators
    name = city.place(told.kode)[KELURAHAN]
    lines = [_moved_words(told).format(name=name, share=number(told.moved * 100, 1))]
    if pd.isna(told.moved):
        return lines
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


def _moved_words(told: Tipping) -> str:
    """Return how much weight moves a kelurahan; where the search was given up, at most."""
    if pd.isna(told.moved) and not told.exact:
        return _("No weights were found that move {name} across the end of the list.")
    if pd.isna(told.moved) and told.inside:
        return _("{name} stays in the list under any weights.")
    if pd.isna(told.moved):
        return _("{name} comes into the list under no weights.")
    if not told.exact:
        return _(
            "{name} crosses the end of the list once {share} % of all weight is moved, or less."
        )
    return (
        _("{name} leaves the list as soon as {share} % of all weight is moved to other indicators.")
        if told.inside
        else _("{name} comes into the list once {share} % of all weight is moved.")
    )


def _cut_words(city: City, mix: Mix) -> str:
    ended = scoring.ending(city, mix)
    by = scoring.ended_by(ended, mix.cut)
    words = f"{scoring.cut_label(by)} ({number(ended.length)})"
    if by != scoring.BUDGET:
        return words
    served = pick(city.library.indicators[mix.cut.served].label)
    return f"{words}: {rupiah(mix.cut.budget_rp)}; {served} × {rupiah(mix.cut.cost_rp)}"


def settings(mix: Mix, city: City) -> list[tuple[str, str]]:
    """Return what was weighed, as label and text."""
    indicators = city.library.indicators
    weights = "; ".join(f"{pick(indicators[name].label)} {weight}" for name, weight in mix.weights)
    return [
        (_("Weights"), weights),
        (_("Made comparable"), scoring.normalisation_label(mix.normalisation)),
        (_("Put together"), scoring.aggregation_label(mix.aggregation)),
        (
            _("Where a figure is not known"),
            scoring.missing_label(scoring.MEDIAN if mix.impute else scoring.LEAVE_OUT),
        ),
        (_("The list ends"), _cut_words(city, mix)),
    ]
