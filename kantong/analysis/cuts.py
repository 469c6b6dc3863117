"""Two data cuts side by side: what came in, went out, rose and fell, reconciled to the totals."""

from dataclasses import dataclass

import pandas as pd

from kantong.analysis.suppression import hidden
from kantong.geo.schema import KODE

BEFORE, AFTER, CHANGE, STATE = "before", "after", "change", "state"
CUT_COLUMNS = (BEFORE, AFTER, CHANGE, STATE)
IN, OUT, UP, DOWN, SAME, UNKNOWN = "in", "out", "up", "down", "same", "unknown"
STATES = (IN, OUT, UP, DOWN, SAME, UNKNOWN)
COVERED = "covered"


@dataclass(frozen=True)
class Reconciled:
    """Two cuts of one count, and how the total of one becomes that of the other.

    Parameters
    ----------
    areas
        ``CUT_COLUMNS`` by ``kode``: both figures, ``change`` (after − before) and ``state``:
        ``in`` (known only after), ``out`` (known only before), ``up``, ``down``, ``same`` or
        ``unknown`` (in neither). NaN where a figure is not known.
    steps
        For each state but ``unknown`` the sum of what it adds to the total before; together with
        it they give the total after. ``covered`` is among them where areas are.
    before, after
        Sums of the known figures.
    """

    areas: pd.DataFrame
    steps: dict[str, float]
    before: float
    after: float


def compare(before: "pd.Series[float]", after: "pd.Series[float]") -> Reconciled:
    """Compare a count in two cuts, kelurahan by kelurahan.

    Parameters
    ----------
    before, after
        Counts by ``kode``; NaN, or no row, where not known.

    Returns
    -------
    Reconciled
        ``before`` + the steps = ``after``.

    Raises
    ------
    ValueError
        A ``kode`` stands twice.

    Examples
    --------
    >>> first = pd.Series({"a": 10.0, "b": 5.0, "c": 2.0})
    >>> second = pd.Series({"a": 12.0, "b": 4.0, "d": 7.0})
    >>> compare(first, second).steps
    {'in': 7.0, 'out': -2.0, 'up': 2.0, 'down': -1.0, 'same': 0.0}
    """
    if before.index.has_duplicates or after.index.has_duplicates:
        raise ValueError("a kode stands twice")
    index = before.index.union(after.index).rename(KODE)
    first, second = (one.reindex(index).astype(float) for one in (before, after))
    change = second - first
    state = pd.Series(SAME, index=index, dtype=object)
    state[change > 0], state[change < 0] = UP, DOWN
    state[first.isna() & second.notna()], state[first.notna() & second.isna()] = IN, OUT
    state[first.isna() & second.isna()] = UNKNOWN
    areas = pd.DataFrame({BEFORE: first, AFTER: second, CHANGE: change, STATE: state})
    moved = second.fillna(0.0) - first.fillna(0.0)
    steps = {name: float(moved[state == name].sum()) for name in STATES if name != UNKNOWN}
    return Reconciled(areas, steps, float(first.sum()), float(second.sum()))


def cover(found: Reconciled, smallest: int) -> Reconciled:
    """Return a comparison without the areas whose counts, before or after, are too small to show.

    Parameters
    ----------
    found
        Two cuts.
    smallest
        The smallest count that may be shown.

    Returns
    -------
    Reconciled
        NaN and ``covered`` where either figure is suppressed, or must be so that the totals do
        not give one away (:func:`kantong.analysis.suppression.suppress`). What those areas add
        stands together in the step ``covered``, so that no other step tells of them. A total to
        which only they add is NaN, and that step with it.
    """
    areas = found.areas
    covered = hidden(areas[BEFORE], smallest) | hidden(areas[AFTER], smallest)
    if not covered.any():
        return found
    seen = areas[~covered]
    rest = compare(seen[BEFORE], seen[AFTER])
    shown = areas.copy()
    shown.loc[covered, [BEFORE, AFTER, CHANGE]] = float("nan")
    shown.loc[covered, STATE] = COVERED
    before = found.before if (seen[BEFORE] > 0).any() else float("nan")
    after = found.after if (seen[AFTER] > 0).any() else float("nan")
    moved = after - before - sum(rest.steps.values())
    return Reconciled(shown, {**rest.steps, COVERED: moved}, before, after)
