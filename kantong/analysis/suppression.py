"""Counts so small that they could point at persons are not shown."""

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
        hidden counts are then protected against each total as well.

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
    beside the result: :func:`kantong.analysis.standout.city_figure` of the result is safe.

    Tables that add up in other ways (deciles to their sum, one period to the next) are not
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
    count = found.numerator
    hidden = (count > 0) & (count < smallest)
    if groups is not None:
        for _, part in count.groupby(groups.reindex(count.index), dropna=False):
            hidden[part.index] = _protected(part, hidden[part.index], smallest)
    hidden = _protected(count, hidden, smallest)
    return replace(
        found,
        value=found.value.mask(hidden),
        numerator=count.mask(hidden),
        reason=found.reason.mask(hidden, SUPPRESSED),
    )


def is_suppressed(found: Measure) -> "pd.Series[bool]":
    """Return, by ``kode``, whether the figure is known but too small to be shown."""
    return found.reason == SUPPRESSED


def _protected(
    count: "pd.Series[float]", hidden: "pd.Series[bool]", smallest: int
) -> "pd.Series[bool]":
    """Return what is hidden, with one more area where the total would give a count away."""
    secret = count[hidden]
    shown = count[(count > 0) & ~hidden]
    if shown.empty or not is_given_away(secret, smallest):
        return hidden
    partner = shown.sort_index().sort_values(kind="stable").index[0]
    return hidden | pd.Series(hidden.index == partner, index=hidden.index)


def is_given_away(secret: "pd.Series[float]", smallest: int) -> bool:
    """Return whether the sum of the hidden counts leaves but one value for any of them."""
    alike = len(set(secret)) == 1
    return alike and (len(secret) == 1 or secret.iloc[0] in {1, smallest - 1})
