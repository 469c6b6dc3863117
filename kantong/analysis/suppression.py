"""Counts so small that they could point at persons are not shown."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import pandas as pd

from kantong.analysis.measures import Measure

SUPPRESSED = "The count is too small to be shown, or would give such a count away."


def suppress(found: Measure, smallest: int, *, groups: "pd.Series[str] | None" = None) -> Measure:
    """Return a measure without the counts that may not be shown.

    Parameters
    ----------
    found
        Counts, or a rate with its numerator.
    smallest
        The smallest count that may be shown; with 0 or 1 all are. Zero is always shown: it
        counts nobody.
    groups
        The kecamatan (dapil) of each area, by ``kode``, where totals of those are shown too:
        hidden counts are then protected against each total as well. The total of a group of which
        nothing positive is shown must not be shown.

    Returns
    -------
    Measure
        ``value`` and ``numerator`` are NaN and ``reason`` is :data:`SUPPRESSED` where
        0 < numerator < ``smallest``, and where hiding them alone would not do: see Notes.

    Notes
    -----
    Primary suppression by a threshold, then complementary suppression (Hundepool et al. 2012,
    Statistical Disclosure Control). A total less what is shown is the sum of what is hidden.
    That gives a count away if it is hidden alone, and all of them if each is 1 or each is
    ``smallest`` - 1. Then the smallest positive count still shown is hidden too; of equal ones
    that with the lowest ``kode``. Where no area is left to hide, the total must not be shown
    beside the result. With groups, such totals can be worked out from the total of all and those
    of the other groups; where that gives a count away, all of one more group is hidden, that with
    the smallest total.

    A whole and its parts are protected by :func:`hidden_together`, regions by
    :func:`hidden_by_level`. Tables that add up in other ways (one period to the next) are not
    protected against each other.

    Examples
    --------
    >>> from kantong.analysis.measures import measure
    >>> from kantong.geo.schema import Indicator
    >>> seen = pd.DataFrame({"kode": list("abcd"), "value": [3.0, 0.0, 9.0, 20.0]})
    >>> seen = seen.assign(indicator="poor", period="2025", dataset="register")
    >>> catalogue = {"poor": Indicator("poor", {}, {}, {}, "count")}
    >>> found = measure(seen, catalogue, "poor", "2025", layer=seen[["kode"]])
    >>> suppress(found, 5).value.tolist()
    [nan, 0.0, nan, 20.0]
    """
    return cover(found, hidden(found.numerator, smallest, groups=groups))


def cover(found: Measure, covered: "pd.Series[bool]") -> Measure:
    """Return a measure without the figures of the areas that are ``covered``, by ``kode``."""
    covered = covered.reindex(found.value.index)
    return replace(
        found,
        value=found.value.mask(covered),
        numerator=found.numerator.mask(covered),
        reason=found.reason.mask(covered, SUPPRESSED),
    )


def hidden(
    count: "pd.Series[float]",
    smallest: int,
    *,
    groups: "pd.Series[str] | None" = None,
    besides: "pd.Series[bool] | None" = None,
) -> "pd.Series[bool]":
    """Return, by ``kode``, which counts may not be shown, as for :func:`suppress`.

    ``besides`` says which positive counts must be hidden whatever their size.
    """
    positive = count > 0
    covered = positive & (count < smallest)
    if besides is not None:
        covered |= positive & besides.reindex(count.index, fill_value=False)
    if groups is None:
        return _protected(count, covered, smallest)
    of = groups.reindex(count.index).fillna("")
    touched = set(of[covered])
    for _, part in count[of.isin(touched)].groupby(of):
        covered[part.index] = _protected(part, covered[part.index], smallest)
    return _with_another_group(count, covered, of, smallest)


def hidden_by_level(
    count: "pd.Series[float]",
    parents: Sequence["pd.Series[str]"],
    smallest: int,
    *,
    besides: Sequence["pd.Series[bool]"] | None = None,
) -> list["pd.Series[bool]"]:
    """Return which counts may not be shown where areas, and regions of them, are shown in turn.

    A region is looked into from a map of regions, and each map says its total. So a region is
    hidden where nothing of its parts is shown, and its parts are where it is hidden itself.

    Parameters
    ----------
    count
        Of the areas, by ``kode``.
    parents
        The region of each area, then the region of each of these regions, and so on upwards.
    smallest
        As for :func:`suppress`.
    besides
        By level, which positive counts must be hidden whatever their size.

    Returns
    -------
    list of Series
        For the areas, then for the regions of each level.
    """
    counts = by_level(count, parents)
    besides = besides or [pd.Series(data=False, index=one.index) for one in counts]
    while True:
        found = [
            hidden(one, smallest, groups=groups, besides=more)
            for one, groups, more in zip(counts, [*parents, None], besides, strict=True)
        ]
        wanted = [more.copy() for more in besides]
        for low, parent in enumerate(parents):
            of = parent.reindex(counts[low].index)
            has_total = ((counts[low] > 0) & ~found[low]).groupby(of).any()
            wanted[low + 1] |= found[low].groupby(of).any() & ~has_total
            wanted[low] |= of.map(found[low + 1])
        if all(one.equals(other) for one, other in zip(wanted, besides, strict=True)):
            return found
        besides = wanted


def by_level(
    count: "pd.Series[float]", parents: Sequence["pd.Series[str]"]
) -> list["pd.Series[float]"]:
    """Return counts of areas, then of their regions; parents as for :func:`hidden_by_level`."""
    counts = [count]
    for parent in parents:
        counts.append(counts[-1].groupby(parent.reindex(counts[-1].index)).sum(min_count=1))
    return counts


def hidden_together(
    counts: Mapping[str, Sequence["pd.Series[float]"]],
    whole: str,
    smallest: int,
    hide: Callable[[str, list["pd.Series[bool]"]], list["pd.Series[bool]"]],
) -> dict[str, list["pd.Series[bool]"]]:
    """Return which counts may not be shown where a whole is shown beside its parts.

    Parameters
    ----------
    counts
        By indicator, the whole among them: counts by level, each by ``kode``.
    whole
        The indicator that the others make up together.
    smallest
        As for :func:`suppress`.
    hide
        Returns what must be hidden of an indicator for itself, by level, given what must be
        besides.

    Returns
    -------
    dict
        By indicator: for each level, what may not be shown.

    Notes
    -----
    In an area, the whole less the parts shown is the sum of the parts hidden. Where that gives one
    away, as in :func:`suppress`, the smallest positive part still shown is hidden too, and then
    each indicator is protected again, until nothing more is needed.
    """
    besides = {
        name: [pd.Series(data=False, index=one.index) for one in series]
        for name, series in counts.items()
    }
    while True:
        found = {name: hide(name, besides[name]) for name in counts}
        wanted = {name: list(series) for name, series in besides.items()}
        for level in range(len(counts[whole])):
            here = pd.DataFrame({name: series[level] for name, series in counts.items()})
            covered = pd.DataFrame({name: series[level] for name, series in found.items()})
            for name, more in _partners(here, covered, whole, smallest).items():
                wanted[str(name)][level] = besides[str(name)][level] | more
        if all(
            one.equals(other)
            for name in counts
            for one, other in zip(wanted[name], besides[name], strict=True)
        ):
            return found
        besides = wanted


def _partners(
    counts: pd.DataFrame, covered: pd.DataFrame, whole: str, smallest: int
) -> pd.DataFrame:
    """Return, by area and indicator, what must be hidden so that no row gives a count away."""
    secret = counts.drop(columns=whole).where(covered.drop(columns=whole))
    least, most = secret.min(axis=1), secret.max(axis=1)
    alike = (least == most) & least.isin([1, smallest - 1]) & ~covered[whole]
    told = (covered.sum(axis=1) == 1) | alike
    # The whole comes last: it is never less than a part.
    order = [name for name in counts.columns if name != whole] + [whole]
    shown = counts.where((counts > 0) & ~covered)[order]
    needs = told & counts.notna().all(axis=1) & shown.notna().any(axis=1)
    partner = shown[needs].idxmin(axis=1)
    return pd.DataFrame(
        {name: needs & (partner.reindex(counts.index) == name) for name in counts.columns}
    )


def is_suppressed(found: Measure) -> "pd.Series[bool]":
    """Return, by ``kode``, whether the figure is known but too small to be shown."""
    return found.reason == SUPPRESSED


def _protected(
    count: "pd.Series[float]", covered: "pd.Series[bool]", smallest: int
) -> "pd.Series[bool]":
    """Return what is hidden, with one more area where the total would give a count away."""
    secret = count[covered]
    shown = count[(count > 0) & ~covered]
    if shown.empty or not is_given_away(secret, smallest):
        return covered
    partner = shown.sort_index().sort_values(kind="stable").index[0]
    return covered | pd.Series(covered.index == partner, index=covered.index)


def _with_another_group(
    count: "pd.Series[float]",
    covered: "pd.Series[bool]",
    groups: "pd.Series[str]",
    smallest: int,
) -> "pd.Series[bool]":
    """Return what is hidden, with a whole group more where groups without a total need it."""
    shown = (count > 0) & ~covered
    has_total = shown.groupby(groups).transform("any")
    if not has_total.any() or not is_given_away(count[covered & ~has_total], smallest):
        return covered
    totals = count[has_total].groupby(groups).sum().sort_index().sort_values(kind="stable")
    another: pd.Series[bool] = (count > 0) & (groups == totals.index[0])
    return covered | another


def is_given_away(secret: "pd.Series[float]", smallest: int) -> bool:
    """Tell whether the sum of hidden counts leaves but one value for any of them."""
    alike = len(set(secret)) == 1
    return alike and (len(secret) == 1 or secret.iloc[0] in {1, smallest - 1})
