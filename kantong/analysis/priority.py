"""Ranking of areas; equal values share a rank and say so."""

import pandas as pd

RANK = "rank"
TIED = "tied"


def rank(value: "pd.Series[float]", *, higher_is_worse: bool = True) -> pd.DataFrame:
    """Rank areas, the one in greatest need first.

    Parameters
    ----------
    value
        What is ranked by; NaN where not known.
    higher_is_worse
        True where the largest value ranks first.

    Returns
    -------
    DataFrame
        On the index of ``value``: ``rank`` (Int64; equal values share the best rank and the
        next are skipped: 1, 1, 3; NA where the value is missing) and ``tied`` (bool).

    Examples
    --------
    >>> rank(pd.Series([7.0, 9.0, 9.0, None]))["rank"].tolist()
    [3, 1, 1, <NA>]
    """
    ranks = value.rank(method="min", ascending=not higher_is_worse).astype("Int64")
    tied = ranks.notna() & ranks.duplicated(keep=False)
    return pd.DataFrame({RANK: ranks, TIED: tied.astype(bool)})
