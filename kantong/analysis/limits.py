"""At which limits sums of columns may be told, where what lies between two limits is told too."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from kantong.analysis.suppression import is_given_away


def told_limits(
    tables: Sequence[pd.DataFrame], smallest: int, *, first: Sequence[int] = ()
) -> pd.DataFrame:
    """Return up to which columns counts may be added without telling one that is too small.

    Parameters
    ----------
    tables
        Counts by ``kode`` and column (deciles), all of the same shape; NaN where not known.
    smallest
        The smallest count that may be shown; zero counts nobody.
    first
        Columns to be told rather than others, where not all can be.

    Returns
    -------
    DataFrame
        By ``kode`` and column, the last aside: whether the sums up to the column, and of what
        comes after it, may be told beside those of all other columns where it is True, beside
        the sum of all columns, and beside the sums of all areas.

    Notes
    -----
    The sums at two limits tell by subtraction what lies between them: that must be 0 or at least
    ``smallest`` in every table. A limit hidden in one area alone would be told by the sum of all,
    so it is hidden in one more, as :func:`kantong.analysis.suppression.suppress` does.

    Examples
    --------
    >>> counts = pd.DataFrame([[9, 3, 8], [9, 9, 9], [9, 2, 9]], index=list("abc"))
    >>> told_limits([counts], 5).to_numpy().tolist()
    [[True, False], [True, True], [True, False]]
    """
    sums = [table.astype(float).cumsum(axis=1, skipna=False) for table in tables]
    index, columns = sums[0].index, [int(one) for one in sums[0].columns]
    limits = columns[:-1]
    order = [*(one for one in first if one in limits), *(one for one in limits if one not in first)]
    places = [columns.index(one) + 1 for one in order]
    every = np.stack([one.to_numpy() for one in sums], axis=1)
    told = pd.DataFrame(
        [[place + 1 in kept for place in range(len(limits))]
         for kept in (_limits_of(area, places, smallest) for area in every)],
        index, limits,
    )  # fmt: skip
    for column in limits:
        told[column] &= ~told.index.isin(_partner(sums, told, column, smallest))
    return told


def _limits_of(sums: np.ndarray, places: Sequence[int], smallest: int) -> set[int]:
    """Return after how many columns an area's sums, table by column, may be told."""
    whole = np.pad(sums, ((0, 0), (1, 0)))
    kept = {0, sums.shape[1]}
    for place in places:
        low = max(one for one in kept if one < place)
        high = min(one for one in kept if one > place)
        steps = whole[:, [place, high]] - whole[:, [low, place]]
        if not ((steps > 0) & (steps < smallest)).any():
            kept.add(place)
    return kept


def _partner(
    sums: Sequence[pd.DataFrame], told: pd.DataFrame, column: int, smallest: int
) -> "pd.Index[str]":
    """Return the area to be hidden at a limit beside those that are; mostly none."""
    hidden = ~told[column]
    alone = any(
        is_given_away(step[hidden], smallest) for one in sums for step in _steps(one, told, column)
    )
    known = pd.concat([one[column] for one in sums], axis=1)
    some = (known.isna() | (known > 0)).all(axis=1) & known.notna().any(axis=1) & ~hidden
    if not alone or not some.any():
        return told.index[:0]
    return known[some].sum(axis=1).sort_index().sort_values(kind="stable").index[:1]


def _steps(
    sums: pd.DataFrame, told: pd.DataFrame, column: int
) -> "tuple[pd.Series[float], pd.Series[float]]":
    """Return what lies between a limit and those told before and after it."""
    place = [int(one) for one in told.columns].index(column)
    before, after = told.columns[:place], told.columns[place + 1 :]
    low = sums[before].where(told[before]).max(axis=1).fillna(0)
    high = sums[after].where(told[after]).min(axis=1).fillna(sums.iloc[:, -1])
    return sums[column] - low, high - sums[column]
