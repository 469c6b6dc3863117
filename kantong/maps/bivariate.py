"""Two figures of every area in one map: classes of both, their colours, and what is not known."""

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from kantong.geo.schema import Indicator
from kantong.maps.style import (
    BIVARIATE,
    BIVARIATE_UNKNOWN,
    MISSING,
    SUPPRESSED,
    Classes,
    Scheme,
    classify,
)

SIDE = 3
UNKNOWN, NO_FIGURE, COVERED = "unknown", "no_figure", "covered"
# Which of three rows or columns the classes take where figures make fewer than three.
_PLACES = {0: (), 1: (1,), 2: (0, 2), 3: (0, 1, 2)}


@dataclass(frozen=True)
class Axis:
    """One side of the square.

    Parameters
    ----------
    limits
        First and last value of each class, in the decimals shown, low to high.
    places
        Row or column of each class, 0 to 2.
    """

    limits: tuple[tuple[float, float], ...]
    places: tuple[int, ...]


@dataclass(frozen=True)
class Bivariate:
    """Areas sorted by two figures.

    Parameters
    ----------
    cells
        Name of the cell of each area, by ``kode``: ``row-column`` as :func:`cell` writes it,
        ``row-unknown`` where the second figure is not known, ``no_figure`` where the first is
        not, ``covered`` where it is too small to be shown.
    first, second
        The rows and the columns.
    """

    cells: "pd.Series[str]"
    first: Axis
    second: Axis

    def names(self) -> Iterator[str]:
        """Yield the names of all cells there can be, most of the first figure first."""
        for row in reversed(self.first.places):
            yield from (cell(row, column) for column in self.second.places)
            yield cell(row)
        yield from (COVERED, NO_FIGURE)

    def counts(self) -> "pd.Series[int]":
        """Return how many areas each cell holds; cells without any are left out."""
        return self.cells.value_counts()


def cell(row: int, column: int | None = None) -> str:
    """Return the name of a cell; without a column that of a row whose second is not known.

    Examples
    --------
    >>> cell(2, 0), cell(2)
    ('2-0', '2-unknown')
    """
    return f"{row}-{UNKNOWN if column is None else column}"


def fill(name: str) -> str:
    """Return the SVG fill of a cell."""
    if name in {NO_FIGURE, COVERED}:
        return {NO_FIGURE: MISSING, COVERED: SUPPRESSED}[name].fill
    row, column = name.split("-")
    if column == UNKNOWN:
        return BIVARIATE_UNKNOWN[int(row)].fill
    return BIVARIATE[int(row)][int(column)]


def bivariate(
    first: tuple["pd.Series[float]", Indicator],
    second: tuple["pd.Series[float]", Indicator],
    covered: "pd.Series[bool] | None" = None,
) -> Bivariate:
    """Sort areas by two figures, three classes of each with equal numbers of areas.

    Parameters
    ----------
    first, second
        Figures by ``kode``, NaN where not known, and the indicator that gives their decimals.
        The classes of the second are made of all areas where it is known.
    covered
        By ``kode``: where the first is known but may not be shown.

    Notes
    -----
    Equal figures are never parted, so classes may be unequal, and fewer than three.

    Examples
    --------
    >>> count = Indicator("n", {}, {}, {}, "count")
    >>> need = pd.Series([1.0, 2, 3], index=list("abc"))
    >>> bivariate((need, count), (need[["b", "c"]], count)).cells.tolist()
    ['0-unknown', '1-0', '2-2']
    """
    rows, row_of = _axis(*first)
    columns, column_of = _axis(*second)
    column_of = column_of.reindex(row_of.index)
    hidden = pd.Series(data=False, index=row_of.index) if covered is None else covered
    cells = [
        (COVERED if is_hidden else NO_FIGURE)
        if pd.isna(row)
        else cell(int(row), None if pd.isna(column) else int(column))
        for row, column, is_hidden in zip(
            row_of, column_of, hidden.reindex(row_of.index), strict=True
        )
    ]
    return Bivariate(pd.Series(cells, row_of.index, dtype=str), rows, columns)


def _axis(value: "pd.Series[float]", indicator: Indicator) -> tuple[Axis, "pd.Series[int]"]:
    """Return the classes of a figure, and the row or column of each area."""
    classes: Classes = classify(value, indicator, Scheme("quantiles", SIDE))
    places = _PLACES[len(classes.upper)]
    limits = tuple(zip(classes.lower, classes.upper, strict=True))
    taken = classes.member.map(dict(enumerate(places)), na_action="ignore").astype("Int64")
    return Axis(limits, places), taken
