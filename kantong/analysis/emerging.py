"""How pockets come, stay and go over the periods."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from math import factorial

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import ndtr

from kantong.analysis.permutation import Floats
from kantong.geo.errors import Fault, TableError, quote, shorten
from kantong.geo.schema import KODE

S, P, TREND = "s", "p", "trend"
PERIODS, PERIODS_HOT, CLASS = "periods", "periods_hot", "class"
UP, DOWN, NONE, TOO_FEW = "up", "down", "none", "too_few"
TRENDS = (UP, DOWN, NONE, TOO_FEW)
NEW, PERSISTENT, INTENSIFYING, FADING = "new", "persistent", "intensifying", "fading"
SPORADIC, FORMER, MISSING, NEVER = "sporadic", "former", "missing", ""
CLASSES = (NEW, INTENSIFYING, PERSISTENT, FADING, SPORADIC, FORMER, MISSING, NEVER)
SIGNIFICANCE = 0.05
_MOSTLY = (9, 10)
# Up to so many periods the distribution of S is worked out exactly.
_EXACT = 10


@dataclass(frozen=True)
class Emerging:
    """What became of the pockets.

    Parameters
    ----------
    frame
        By ``kode``, in the order of z: ``s`` and ``p`` of the trend (NaN with fewer than two
        known periods); ``trend``: ``up``, ``down``, ``none``, or ``too_few`` where no trend could
        be significant; how many ``periods`` are known and in how many the area was hot
        (``periods_hot``); ``class``, one of ``CLASSES``.
    periods
        Oldest first.
    significance
        Of the trend.
    warnings
        What limits the answer.
    """

    frame: pd.DataFrame
    periods: tuple[str, ...]
    significance: float
    warnings: tuple[Fault, ...]


def emerging(z: pd.DataFrame, hot: pd.DataFrame, *, significance: float = SIGNIFICANCE) -> Emerging:
    """Tell new pockets from lasting, passing and former ones.

    Parameters
    ----------
    z
        Gi* z: one row a ``kode``, one column a period, oldest first; NaN where not known.
    hot
        Whether the area is significantly hot in that period; the same areas, in any order, and
        the same periods. For cold pockets give ``-z`` and the cold ones: then ``up`` is colder.
    significance
        At which a trend is one.

    Returns
    -------
    Emerging
        Of areas hot in the newest period: ``new`` (in none before, also where none before is
        known), ``sporadic`` (in some, but below 90 %, of those before), else ``intensifying``,
        ``fading`` or ``persistent`` by the trend of z: up, down, none. ``former``: not now, but
        before. Empty: never. ``missing``: not known in the newest.

    Raises
    ------
    TableError
        Periods do not ascend, are not those of ``hot`` or there are none; areas differ or stand
        twice; z is not finite.

    Notes
    -----
    After Esri's emerging hot spot analysis (Harris et al. 2017), adapted to few periods: Gi* has
    neighbours in space only, none in time; "90 %" is of the known periods before the newest;
    consecutive, oscillating and historical pockets are told as sporadic and former. The trend is
    that of :func:`mann_kendall`, for one area at a time, not corrected for looking at many. Gaps
    between periods count as equally long.

    Examples
    --------
    >>> quarters = ["2025-Q1", "2025-Q2", "2025-Q3"]
    >>> z = pd.DataFrame([[0.1, 0.2, 3.0], [2.9, 3.1, 3.0]], index=["a", "b"], columns=quarters)
    >>> emerging(z, z > 2.5).frame["class"].to_dict()
    {'a': 'new', 'b': 'persistent'}
    """
    _refuse(z, hot)
    figures = z.astype(float)
    is_known = figures.notna().to_numpy()
    is_hot = hot.loc[z.index].eq(True).to_numpy() & is_known
    frame = mann_kendall(figures)
    trend = _trend(frame, is_known.sum(axis=1), significance)
    frame[TREND] = trend
    frame[PERIODS], frame[PERIODS_HOT] = is_known.sum(axis=1), is_hot.sum(axis=1)
    frame[CLASS] = _classes(is_known, is_hot, trend)
    periods = tuple(str(period) for period in z.columns)
    warnings = tuple(_warnings(len(periods), significance))
    return Emerging(frame.rename_axis(KODE), periods, significance, warnings)


# --- trend -----------------------------------------------------------------------------------


def mann_kendall(z: pd.DataFrame) -> pd.DataFrame:
    """Test every row for a trend.

    Parameters
    ----------
    z
        One column a period, oldest first; NaN where not known: such periods are left out.

    Returns
    -------
    DataFrame
        On the index of ``z``: ``s`` = rises less falls over all pairs of periods, and ``p``,
        two-sided; both NaN with fewer than two known periods.

    Notes
    -----
    Mann (1945). Up to 10 periods p is exact (Kendall 1975): the share of all orders of the same
    figures, ties among them included, with an S at least as far from 0. Beyond, normal with
    variance (n (n - 1) (2 n + 5) - sum over ties of t (t - 1) (2 t + 5)) / 18 and a correction
    for continuity: Z = (S - sign of S) / standard deviation.

    Examples
    --------
    >>> mann_kendall(pd.DataFrame([[1.0, 2, 3, 4, 5]])).round(4).to_numpy().tolist()
    [[10.0, 0.0167]]
    """
    earlier, later = np.triu_indices(z.shape[1], k=1)
    figures = z.to_numpy(dtype=np.float64)
    s = np.nansum(np.sign(figures[:, later] - figures[:, earlier]), axis=1)
    known = ~np.isnan(figures)
    p = [
        _p(abs(int(rises)), tuple(np.unique(row[has], return_counts=True)[1].tolist()))
        for rises, row, has in zip(s, figures, known, strict=True)
    ]
    has_pairs = known.sum(axis=1) > 1
    return pd.DataFrame(
        {S: np.where(has_pairs, s, np.nan), P: np.where(has_pairs, p, np.nan)}, index=z.index
    )


@lru_cache(maxsize=4096)
def _p(s: int, ties: tuple[int, ...]) -> float:
    """Return the two-sided p of an S, given how often each figure stands there."""
    periods = sum(ties)
    if not s:
        return 1.0
    if periods > _EXACT:
        whole, *parts = (t * (t - 1) * (2 * t + 5) for t in (periods, *ties))
        return float(2 * ndtr((1 - s) / np.sqrt((whole - sum(parts)) / 18)))
    orders = _orders(ties)
    # An order with as many falls has S = pairs that are no ties, less twice the falls.
    fewest = (len(orders) - 1 - s) // 2
    return float(2 * orders[: fewest + 1].sum() / orders.sum())


def _orders(ties: tuple[int, ...]) -> Floats:
    """Return by number of falls how many orders of figures have it.

    The generating function is [n]! / ([t]! ...), with [k]! the product of 1 + x + ... + x^(i-1)
    over i up to k (MacMahon 1915).
    """
    whole = _factorial(sum(ties))
    for tied in ties:
        whole = np.asarray(np.polydiv(whole, _factorial(tied))[0].round(), dtype=np.float64)
    return whole


def _factorial(size: int) -> Floats:
    product = np.ones(1)
    for terms in range(2, size + 1):
        product = np.convolve(product, np.ones(terms))
    return product


def _trend(
    tested: pd.DataFrame, periods: npt.NDArray[np.intp], significance: float
) -> npt.NDArray[np.str_]:
    found, rises = (tested[P] <= significance).to_numpy(), (tested[S] > 0).to_numpy()
    conditions = [periods < _least(significance), found & rises, found & ~rises]
    return np.select(conditions, [TOO_FEW, UP, DOWN], default=NONE)


def _least(significance: float) -> int:
    """Return how many periods a trend needs: of n periods the smallest p is 2 / n!."""
    periods = 2
    while 2 / factorial(periods) > significance and periods < _EXACT:
        periods += 1
    return periods


# --- classes ---------------------------------------------------------------------------------


def _classes(
    is_known: npt.NDArray[np.bool_], is_hot: npt.NDArray[np.bool_], trend: npt.NDArray[np.str_]
) -> npt.NDArray[np.str_]:
    now, before, known = is_hot[:, -1], is_hot[:, :-1].sum(axis=1), is_known[:, :-1].sum(axis=1)
    part, whole = _MOSTLY
    mostly = now & (whole * before >= part * known)
    cases = {
        MISSING: ~is_known[:, -1],
        NEW: now & (before == 0),
        INTENSIFYING: mostly & (trend == UP),
        FADING: mostly & (trend == DOWN),
        PERSISTENT: mostly,
        SPORADIC: now,
        FORMER: before > 0,
    }
    return np.select(list(cases.values()), list(cases), default=NEVER)


def _warnings(periods: int, significance: float) -> Iterator[Fault]:
    least = _least(significance)
    if periods == 1:
        yield Fault(
            "There is only one period, so no pocket can be told to be new or lasting. Bring "
            "figures of earlier periods."
        )
    elif periods < least:
        message = (
            "There are {periods} periods. Of fewer than {least} no trend can be told from chance, "
            "so no pocket is called intensifying or fading."
        )
        yield Fault(message, periods=periods, least=least)


def _refuse(z: pd.DataFrame, hot: pd.DataFrame) -> None:
    faults = [*_faults_of_periods(z, hot), *_faults_of_areas(z, hot)]
    if faults:
        raise TableError(*faults)


def _faults_of_periods(z: pd.DataFrame, hot: pd.DataFrame) -> Iterator[Fault]:
    if not len(z.columns):
        yield Fault("There is no period to look at. Choose an indicator that has figures.")
    if not (z.columns.is_monotonic_increasing and z.columns.is_unique):
        message = "The periods {periods} are not in order. Sort them, the oldest first."
        yield Fault(message, periods=shorten(z.columns))
    if list(z.columns) != list(hot.columns):
        message = "z is of the periods {z}, but the pockets of {hot}. Bring the same periods."
        yield Fault(message, z=shorten(z.columns), hot=shorten(hot.columns))


def _faults_of_areas(z: pd.DataFrame, hot: pd.DataFrame) -> Iterator[Fault]:
    twice = {kode for frame in (z, hot) for kode in frame.index[frame.index.duplicated()]}
    if twice:
        message = "{codes} stand twice. Keep one row for each kelurahan."
        yield Fault(message, codes=shorten(quote(kode) for kode in sorted(twice)))
    apart = z.index.symmetric_difference(hot.index)
    if len(apart):
        message = "{codes} have z or pockets only. Bring both for the same kelurahan."
        yield Fault(message, codes=shorten(quote(kode) for kode in apart))
    endless = z.index[np.isinf(z.to_numpy(dtype=np.float64)).any(axis=1)]
    if len(endless):
        message = "The figures of {codes} are not finite. Correct them first."
        yield Fault(message, codes=shorten(endless))
