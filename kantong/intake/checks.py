"""Checks of figures before they are kept: do they add up, and are they likely."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

import pandas as pd

from kantong.geo.errors import Fault, shorten
from kantong.geo.schema import INDICATOR, KECAMATAN, KELURAHAN, KODE, PERIOD, VALUE, Indicator
from kantong.intake.layout import LINE, PARTS
from kantong.intake.matching import PARENT
from kantong.intake.proposal import Proposal

# A figure beyond this many times the one before, or below its inverse, is shown.
JUMP = 2.0
# Below this many, doubling is chance.
_FEWEST_FOR_JUMP = 20
_LARGEST_ROUNDING = 0.5
_DECILES = 5


class Kind(StrEnum):
    """What a finding is about."""

    SUM = "sum"
    JUMP = "jump"
    POPULATION = "population"
    ABSENT = "absent"
    UNKNOWN = "unknown"
    DECILES = "deciles"


@dataclass(frozen=True)
class Finding:
    """Something a person must look at before the figures are kept.

    Parameters
    ----------
    kind
        What it is about.
    fault
        What was found, to be shown.
    areas
        ``kode`` of the kelurahan concerned.
    """

    kind: Kind
    fault: Fault
    areas: tuple[str, ...] = ()


def check(
    proposal: Proposal,
    layer: pd.DataFrame,
    indicators: Mapping[str, Indicator],
    before: pd.DataFrame,
) -> list[Finding]:
    """Return what is odd about figures, most important first.

    Parameters
    ----------
    proposal
        The table as it would be kept.
    layer
        ``kode``, ``kelurahan``, ``kecamatan``.
    indicators
        The catalogue.
    before
        ``kode``, ``indicator``, ``period``, ``value``: figures known already, population too.
    """
    figures = proposal.figures
    return [
        *_sums(proposal, layer),
        *_line_totals(proposal),
        *_deciles(figures, layer),
        *_beyond_population(figures, layer, indicators, before),
        *_jumps(figures, layer, before),
        *_absent(figures, layer),
        *_unknown(figures),
    ]


def _sums(proposal: Proposal, layer: pd.DataFrame) -> Iterator[Finding]:
    """Compare kelurahan with the sums of kecamatan and of all that the table gives.

    The sum of a kecamatan whose name another one bears cannot be told from that of the other.
    """
    listed = layer[KECAMATAN].groupby(layer[KODE].str.rsplit(".", n=1).str[0]).first()
    namesakes = set(listed[listed.duplicated()])
    around = layer.set_index(KODE)[KECAMATAN]
    own = proposal.figures.assign(**{PARENT: proposal.figures[KODE].map(around)})
    for parent, indicator, period, line, stated in proposal.stated[
        [PARENT, INDICATOR, PERIOD, LINE, VALUE]
    ].itertuples(index=False, name=None):
        if parent in namesakes:
            continue
        parts = own[(own[INDICATOR] == indicator) & (own[PERIOD] == period)]
        parts = parts if parent == "*" else parts[parts[PARENT] == parent]
        total = float(parts[VALUE].sum())
        if abs(total - stated) > _LARGEST_ROUNDING:
            whose = Fault("all kelurahan") if parent == "*" else Fault(
                "the kelurahan of kecamatan {name}", name=parent
            )  # fmt: skip
            message = (
                "{indicator} {period}: {whose} sum to {total}, line {line} of the table says "
                "{stated}: a difference of {difference}."
            )
            fault = Fault(
                message, indicator=indicator, period=period, total=total, line=line,
                whose=whose, stated=stated, difference=total - stated,
            )  # fmt: skip
            yield Finding(Kind.SUM, fault, tuple(parts[KODE]))


def _line_totals(proposal: Proposal) -> Iterator[Finding]:
    """Compare the values of each line with the total that the line gives."""
    totals = proposal.totals
    wrong = totals[(totals[PARTS] - totals[VALUE]).abs() > _LARGEST_ROUNDING]
    if len(wrong):
        message = (
            "On {count} lines the values do not sum to the total beside them: {names}. "
            "The parts are kept, the total is not."
        )
        names = shorten(
            f"{name} {parts:.12g} ≠ {stated:.12g}"
            for name, parts, stated in wrong[[KELURAHAN, PARTS, VALUE]].itertuples(
                index=False, name=None
            )
        )
        fault = Fault(message, count=len(wrong), names=names)
        yield Finding(Kind.SUM, fault, tuple(wrong[KODE]))


def _deciles(figures: pd.DataFrame, layer: pd.DataFrame) -> Iterator[Finding]:
    """Compare deciles 1 to 5 with the indicator of their sum, where a table has both."""
    names = layer.set_index(KODE)[KELURAHAN]
    for whole in ("dtsen_people", "dtsen_families"):
        parts = figures[figures[INDICATOR].isin([f"{whole}_d{n}" for n in range(1, _DECILES + 1)])]
        stated = figures[figures[INDICATOR] == whole].set_index([KODE, PERIOD])[VALUE]
        if parts.empty or stated.empty:
            continue
        sums = parts.groupby([KODE, PERIOD])[VALUE].agg(["sum", "count"])
        both = sums[sums["count"] == _DECILES].join(stated, how="inner")
        wrong = both[(both["sum"] - both[VALUE]).abs() > _LARGEST_ROUNDING]
        if len(wrong):
            message = (
                "{indicator}: in {count} kelurahan deciles 1 to 5 do not sum to the stated sum: "
                "{names}."
            )
            areas = tuple(dict.fromkeys(kode for kode, _period in wrong.index))
            fault = Fault(
                message, indicator=whole, count=len(areas), names=shorten(names[list(areas)])
            )
            yield Finding(Kind.DECILES, fault, areas)


def _beyond_population(
    figures: pd.DataFrame,
    layer: pd.DataFrame,
    indicators: Mapping[str, Indicator],
    before: pd.DataFrame,
) -> Iterator[Finding]:
    """Find kelurahan with more people counted than residents, by the latest known by then."""
    counted = {one.numerator for one in indicators.values() if one.denominator == "population"}
    people = pd.concat([before, figures])[[KODE, INDICATOR, PERIOD, VALUE]]
    people = people[(people[INDICATOR] == "population") & people[VALUE].notna()]
    by_kode = dict(iter(people.sort_values(PERIOD, kind="stable").groupby(KODE)))
    some = figures[figures[INDICATOR].isin(counted)]
    if people.empty or some.empty:
        return
    residents = [
        _residents(by_kode.get(kode, people[:0]), period)
        for kode, period in some[[KODE, PERIOD]].itertuples(index=False, name=None)
    ]
    beyond = some[some[VALUE] > pd.Series(residents, index=some.index, dtype=float)]
    if len(beyond):
        names = layer.set_index(KODE)[KELURAHAN]
        message = "In {count} kelurahan more people are counted than live there: {names}."
        areas = tuple(beyond[KODE].unique())
        fault = Fault(message, count=len(areas), names=shorten(names[list(areas)]))
        yield Finding(Kind.POPULATION, fault, areas)


def _residents(people: pd.DataFrame, period: str) -> float:
    """Return the latest population up to a period, else the first one after it."""
    if people.empty:
        return float("nan")
    until = people.loc[people[PERIOD] <= period, VALUE]
    return float(until.iloc[-1] if len(until) else people[VALUE].iloc[0])


def _jumps(figures: pd.DataFrame, layer: pd.DataFrame, before: pd.DataFrame) -> Iterator[Finding]:
    """Find figures far from those of the period before, else from those kept of their own."""
    names = layer.set_index(KODE)[KELURAHAN]
    for (indicator, period), now in figures.groupby([INDICATOR, PERIOD]):
        held = before[before[INDICATOR] == indicator]
        earlier = held[[when < period for when in held[PERIOD]]]
        if earlier.empty:
            earlier = held[[when == period for when in held[PERIOD]]]
        if earlier.empty:
            continue
        last = earlier[PERIOD].max()
        was = earlier[earlier[PERIOD] == last].groupby(KODE)[VALUE].last()
        both = now.set_index(KODE)[[VALUE]].join(was.rename("was"), how="inner")
        low, high = both.min(axis="columns", skipna=False), both.max(axis="columns", skipna=False)
        far = both[(high > JUMP * low) & (high >= _FEWEST_FOR_JUMP)]
        if len(far):
            message = (
                "{indicator} {period}: {count} kelurahan are more than {factor} times or less "
                "than 1/{factor} of {last}: {names}."
            )
            fault = Fault(
                message, indicator=indicator, period=period, count=len(far), last=last,
                factor=f"{JUMP:g}",
                names=shorten(
                    f"{names[kode]} {then:.12g} → {value:.12g}"
                    for kode, value, then in far.itertuples(name=None)
                ),
            )  # fmt: skip
            yield Finding(Kind.JUMP, fault, tuple(map(str, far.index)))


def _absent(figures: pd.DataFrame, layer: pd.DataFrame) -> Iterator[Finding]:
    names = layer.set_index(KODE)[KELURAHAN]
    for (indicator, period), some in figures.groupby([INDICATOR, PERIOD]):
        absent = sorted(set(names.index) - set(some[KODE]))
        if absent:
            message = "{indicator} {period}: {count} kelurahan are missing: {names}."
            fault = Fault(
                message, indicator=indicator, period=period, count=len(absent),
                names=shorten(names[absent]),
            )  # fmt: skip
            yield Finding(Kind.ABSENT, fault, tuple(absent))


def _unknown(figures: pd.DataFrame) -> Iterator[Finding]:
    unknown = figures[figures[VALUE].isna()]
    if len(unknown):
        message = (
            "{count} cells are empty or hold a dash: they are kept as not known, never as zero."
        )
        fault = Fault(message, count=len(unknown))
        yield Finding(Kind.UNKNOWN, fault, tuple(unknown[KODE].unique()))
