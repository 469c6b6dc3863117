"""Hotspots in plain words: for someone who must defend them and has never heard of a p-value."""

import math
from collections.abc import Iterator

import pandas as pd

from kantong.analysis.clustering import Overall
from kantong.analysis.hotspots import COLD, HOT, QUADRANTS, SIGNIFICANCE, Hotspots
from kantong.analysis.permutation import SEED
from kantong.geo.schema import KELURAHAN, Indicator
from kantong.language import gettext as _
from kantong.language import number, pick
from kantong.views import pockets
from kantong.views.data import City
from kantong.views.places import names_of
from kantong.views.pockets import ADJUSTED, COUNT, RAW, STEADY, Choice
from kantong.views.words import figure

_SMALLEST_P = 0.0001
_TWO_DIGITS, _ROUNDING = 10, 1e-9
_TOLD = 3
# Classes of pockets at 95 %.
POCKETS = (*HOT[:2], *COLD[:2], *QUADRANTS[:2])


def class_label(name: str) -> str:
    """Return the words for a class of hotspots."""
    return {
        "hot_99": _("hot, 99 % sure"),
        "hot_95": _("hot, 95 % sure"),
        "hot_90": _("hot, 90 % sure"),
        "cold_99": _("cold, 99 % sure"),
        "cold_95": _("cold, 95 % sure"),
        "cold_90": _("cold, 90 % sure"),
        "high_high": _("high among high"),
        "low_low": _("low among low"),
        "high_low": _("high among low"),
        "low_high": _("low among high"),
        "not_significant": _("no more than chance"),
        "no_neighbours": _("no neighbours, not tested"),
        "missing": _("no figure, not tested"),
    }[name]


def figure_label(kind: str) -> str:
    """Return the words for a kind of figures."""
    return {
        RAW: _("Share of residents, as it is"),
        STEADY: _("Share made steady (empirical Bayes)"),
        ADJUSTED: _("Share adjusted for the population at risk"),
        COUNT: _("The figure itself"),
    }[kind]


def rule_label(rule: str) -> str:
    """Return the words for a rule of neighbourhood."""
    return {
        "queen": _("Touching, corners too (queen)"),
        "rook": _("With a common border (rook)"),
        "nearest": _("The five nearest"),
        "within": _("Within the shortest distance that leaves nobody alone"),
    }[rule]


def statistic_label(statistic: str) -> str:
    """Return the words for a statistic."""
    return {
        "gi_star": _("Hot and cold pockets (Gi*)"),
        "local_moran": _("Pockets and exceptions (local Moran)"),
    }[statistic]


def correction_label(correction: str) -> str:
    """Return the words for a correction."""
    return {
        "fdr": _("At most 5 % false pockets (FDR)"),
        "bonferroni": _("Not even one false pocket (Bonferroni)"),
        "none": _("None"),
    }[correction]


def p_words(p: float) -> str:
    """Return a p-value as words; a dash where there is none."""
    if pd.isna(p):
        return "–"
    if p < _SMALLEST_P:
        return f"< {number(_SMALLEST_P, 4)}"
    return number(p, 4)


def chance_words(p: float) -> str:
    """Return a p-value as how many in so many: ``2 in 1,000``."""
    whole = 100
    while p * whole < _TWO_DIGITS and whole < 1 / _SMALLEST_P:
        whole *= 10
    if p < _SMALLEST_P:
        return _("fewer than 1 in {whole}").format(whole=number(whole))
    return _("{part} in {whole}").format(
        part=number(math.ceil(p * whole - _ROUNDING)), whole=number(whole)
    )


def short_label(option: str) -> str:
    """Return few words for a setting, as headings need them."""
    return {
        RAW: _("share as it is"),
        STEADY: _("steady"),
        ADJUSTED: _("adjusted"),
        COUNT: _("figure"),
        "queen": _("touching"),
        "rook": _("border"),
        "nearest": _("5 nearest"),
        "within": _("distance"),
        "gi_star": "Gi*",
        "local_moran": "Moran",
        "fdr": "FDR",
        "none": _("no correction"),
    }[option]


def shown_indicator(city: City, choice: Choice) -> Indicator:
    """Return the indicator whose figures are tested: the share where there is one."""
    return city.library.indicators[pockets.measured(city, choice).indicator]


def settings(city: City, choice: Choice) -> list[tuple[str, str]]:
    """Return how hotspots were looked for, as label and text: it stands on every download."""
    found = pockets.found(city, choice)
    return [
        (_("Figures"), figure_label(choice.figure)),
        (_("Statistic"), statistic_label(choice.statistic)),
        (_("Neighbours are those"), rule_label(choice.rule)),
        (_("Correction for looking at many kelurahan"), correction_label(choice.correction)),
        (_("Draws"), number(found.draws)),
        (_("Seed"), str(SEED)),
    ]


# --- sentences -------------------------------------------------------------------------------


def sentences(city: City, choice: Choice, found: Hotspots, overall: Overall) -> Iterator[str]:
    """Yield what the map says, as it would be read aloud."""
    what = pick(shown_indicator(city, choice).label)
    hot = _surest_first(found, found.is_hot())
    cold = _surest_first(found, found.is_cold())
    if hot:
        words = _(
            "{count} kelurahan are hot pockets of “{what}”: {names}. Taken together with "
            "its neighbours each stands higher than if figures were dealt out at random."
        )
        yield words.format(count=number(len(hot)), what=what, names=names_of(city, hot))
    else:
        words = _("No kelurahan is a hot pocket of “{what}” that chance could not explain.")
        yield words.format(what=what)
    if cold:
        words = _("{count} are cold pockets, where low figures stand together: {names}.")
        yield words.format(count=number(len(cold)), names=names_of(city, cold))
    exceptions = found.frame.index[found.frame["class"].isin(QUADRANTS[2:])].to_list()
    if exceptions:
        words = _("{count} are exceptions, unlike what stands around them: {names}.")
        yield words.format(count=number(len(exceptions)), names=names_of(city, exceptions))
    if hot or cold or exceptions or found.correction == "none":
        yield error_words(found)
    yield from edge_sentence(city, choice)
    yield overall_words(overall)


def edge_sentence(city: City, choice: Choice) -> Iterator[str]:
    """Yield which pockets would be none if what lies beyond the city were like its mean."""
    beyond = pockets.at_edge(city, choice)
    if beyond is None:
        return
    told = [
        str(kode)
        for kode, row in beyond.frame.iterrows()
        if row["class"] in POCKETS and row["mean"] not in POCKETS
    ]
    if told:
        words = _(
            "If the neighbours beyond the city were like its mean, these would be none: {names}."
        )
        yield words.format(names=names_of(city, told))


def _surest_first(found: Hotspots, which: "pd.Series[bool]") -> list[str]:
    """Return areas by p, of equal ones the most unusual statistic first."""
    # Not the other way round: a frame without rows takes all rows of what is assigned to it.
    kept = found.frame.assign(size=found.frame["statistic"].abs())[which]
    order = kept.sort_values(["p", "size"], ascending=[True, False], kind="stable")
    return [str(kode) for kode in order.index]


def surest_hot(city: City, choice: Choice, kept: "pd.Series[bool] | None" = None) -> list[str]:
    """Return the ``kode`` of the surest hot pockets, three at most, among those that are kept."""
    found = pockets.found(city, choice)
    hot = found.is_hot()
    return _surest_first(found, hot if kept is None else hot & kept.reindex(hot.index))[:_TOLD]


def hottest(city: City, choice: Choice, kept: "pd.Series[bool] | None" = None) -> Iterator[str]:
    """Yield of the surest hot pockets, three at most, why they are and how sure that is."""
    measured, found = pockets.measured(city, choice), pockets.found(city, choice)
    agreed = pockets.agreed(city, choice.indicator, choice.period)
    beyond = pockets.at_edge(city, choice)
    for kode in surest_hot(city, choice, kept):
        hot, tested = (int(agreed.frame[name].loc[kode]) for name in ("hot", "tested"))
        words = _(
            "{name} and its neighbours: {here} together, {city} in the whole city. Chance alone "
            "would do this in {chance} maps; hot in {hot} of {count} ways of reckoning."
        )
        told = words.format(
            name=city.place(kode)[KELURAHAN], here=_together(city, choice, kode),
            city=figure(city.together(measured), city.library.indicators[measured.indicator]),
            chance=chance_words(float(found.frame["p"][kode])),
            hot=number(hot), count=number(tested),
        )  # fmt: skip
        if beyond is not None and kode in beyond.frame.index and beyond.frame["flips"][kode]:
            told += " " + _("What lies beyond the city could change it.")
        yield told


def _together(city: City, choice: Choice, kode: str) -> str:
    """Return the figure of an area and its neighbours together: of rates that of them all."""
    measured = pockets.measured(city, choice)
    indicator = city.library.indicators[measured.indicator]
    near = pockets.neighbours(city, choice.rule)
    value = measured.value.reindex([kode, *near.of(kode)]).dropna()
    if indicator.kind != "rate":
        return figure(float(value.sum()), indicator)
    weight = measured.denominator.reindex(value.index).astype(float)
    return figure(float((value * weight).sum() / weight.sum()), indicator)


def error_words(found: Hotspots) -> str:
    """Return what share of pockets may be false."""
    expected = number(SIGNIFICANCE * found.tested, 1)
    return {
        "fdr": _(
            "Of the pockets at 95 % at most 5 in 100 are expected to be false, of those at 90 % 10."
        ),
        "bonferroni": _("The chance that even one of them is false is at most 5 in 100."),
        "none": _(
            "Without a correction about {expected} of {tested} kelurahan would look like this by "
            "chance alone: do not decide on this."
        ),
    }[found.correction].format(expected=expected, tested=number(found.tested))


def no_verdict() -> str:
    """Return what a pocket does not say."""
    return _(
        "A pocket is a place and its surroundings. It does not say that everyone there is poor, "
        "nor why; poor families live outside pockets too."
    )


def overall_words(overall: Overall) -> str:
    """Return whether figures are clustered at all."""
    told = {"value": number(overall.value, 2), "expected": number(overall.expected, 2),
            "p": p_words(overall.p_permuted)}  # fmt: skip
    if overall.p_permuted > SIGNIFICANCE:
        return _(
            "Taken as a whole the figures are not clustered more than chance (Moran's I {value}, "
            "by chance {expected}; p {p}): take single pockets with care."
        ).format(**told)
    if overall.value > overall.expected:
        return _(
            "Taken as a whole, like stands by like (Moran's I {value}, by chance {expected}; p "
            "{p})."
        ).format(**told)
    return _(
        "Taken as a whole, unlike stands by unlike (Moran's I {value}, by chance {expected}; p "
        "{p})."
    ).format(**told)


def certainty_words(city: City, choice: Choice, kode: str) -> Iterator[str]:
    """Yield how far the class of one area can be trusted."""
    found = pockets.found(city, choice)
    row = found.frame.loc[kode]
    name = city.place(kode)[KELURAHAN]
    yield _("{name}: {what}.").format(name=name, what=class_label(str(row["class"])))
    if pd.isna(row["p"]):
        return
    words = _("Chance alone would put figures so high or low around it in {chance} maps.")
    yield words.format(chance=chance_words(float(row["p"])))
    agreed = pockets.agreed(city, choice.indicator, choice.period).frame.loc[kode]
    words = _("Hot in {hot} and cold in {cold} of {count} reasonable settings.")
    yield words.format(
        hot=number(int(agreed["hot"])), cold=number(int(agreed["cold"])),
        count=number(int(agreed["tested"])),
    )  # fmt: skip
    beyond = pockets.at_edge(city, choice)
    if beyond is not None and kode in beyond.frame.index:
        at_edge = beyond.frame
        yield edge_words(int(at_edge["outside"][kode]), flips=bool(at_edge["flips"][kode]))


def edge_words(outside: int, *, flips: bool) -> str:
    """Return whether the class of an area at the edge hangs on what lies beyond."""
    count = number(outside)
    if flips:
        words = _(
            "It has {count} neighbours beyond the city: whether it is a pocket hangs on them."
        )
    else:
        words = _("It has {count} neighbours beyond the city: that changes nothing at 95 %.")
    return words.format(count=count)
