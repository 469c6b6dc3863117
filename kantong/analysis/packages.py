"""Unmet needs cut into packages that somebody can take on whole."""

import pandas as pd

from kantong.geo.errors import Fault, TableError
from kantong.geo.schema import KODE

PART, PARTS, PEOPLE, BUDGET_RP = "part", "parts", "people", "budget_rp"
PACKAGE_COLUMNS = (KODE, PART, PARTS, PEOPLE, BUDGET_RP)


def unmet(need: "pd.Series[float]", recorded: "pd.Series[float]") -> "pd.Series[float]":
    """Return how many in need nobody has taken on.

    Parameters
    ----------
    need
        People, families or houses by ``kode``; NaN where not known.
    recorded
        How many of them are planned for, promised or reached already, in the same unit; 0 where
        nothing is recorded, NaN where it is not known for how many.

    Returns
    -------
    Series
        Whole numbers, zero or more; NaN where either is not known.
    """
    left = (need - recorded.reindex(need.index)).clip(lower=0)
    return (left // 1).rename("unmet")


def packages(
    left: "pd.Series[float]", priority: "pd.Series[float]", *, size: int, cost_rp: int
) -> pd.DataFrame:
    """Cut unmet needs into packages of like size.

    Parameters
    ----------
    left
        As :func:`unmet` returns it.
    priority
        By ``kode``: the highest comes first; areas without one are left out.
    size
        The most people of a package.
    cost_rp
        What reaching one costs.

    Returns
    -------
    DataFrame
        ``PACKAGE_COLUMNS``, the first area first: the ``part`` of ``parts`` of its need, how many
        ``people``, and what they cost. The packages of an area differ by one person at most, and
        sum to its need. Ties go by ``kode``.

    Raises
    ------
    TableError
        A package for nobody, or one that costs nothing.

    Examples
    --------
    >>> need = pd.Series({"a": 47.0, "b": 0.0, "c": 5.0})
    >>> found = packages(need, pd.Series({"a": 1.0, "b": 3.0, "c": 2.0}), size=20, cost_rp=10)
    >>> found[["kode", "people", "budget_rp"]].to_numpy().tolist()
    [['c', 5, 50], ['a', 16, 160], ['a', 16, 160], ['a', 15, 150]]
    """
    _refuse(size, cost_rp)
    order = priority.reindex(left.index).dropna().sort_index()
    order = order.sort_values(ascending=False, kind="stable")
    rows: list[tuple[str, int, int, int, int]] = []
    for kode in order.index:
        if not left[kode] > 0:  # NaN too
            continue
        whole = int(left[kode])
        parts = -(-whole // size)
        for part in range(parts):
            people = whole // parts + (part < whole % parts)
            rows.append((str(kode), part + 1, parts, people, people * cost_rp))
    return pd.DataFrame(rows, columns=list(PACKAGE_COLUMNS))


def _refuse(size: int, cost_rp: int) -> None:
    faults = []
    if size < 1:
        faults.append(Fault("A package is for one at least. Say for how many it is at most."))
    if cost_rp < 1:
        faults.append(Fault("State what reaching one costs, in rupiah."))
    if faults:
        raise TableError(*faults)
