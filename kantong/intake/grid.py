"""A sheet as it stands in a file: cells with their lines, nothing understood yet."""

from dataclasses import dataclass

# Text (never empty), a number, true or false; None where the cell is empty.
Cell = str | float | bool | None

# What a table of counts may measure; anything larger is no table of kelurahan.
MOST_ROWS = 100_000
MOST_COLUMNS = 300


@dataclass(frozen=True)
class Merged:
    """A block of merged cells; only its first cell holds the value.

    Parameters
    ----------
    top, left, bottom, right
        Indices into ``Grid.rows`` and its cells, from 0, all inclusive.
    """

    top: int
    left: int
    bottom: int
    right: int


@dataclass(frozen=True)
class Grid:
    """One sheet, layer or text table.

    Parameters
    ----------
    name
        Of the sheet or layer; empty for text tables, which have one only.
    rows
        Cells, each row of the same length. Rows that are empty throughout are left out.
    lines
        Number of each row in the file as its reader counts, from 1: lines of a text table, rows
        of a sheet, features of a layer.
    merged
        Blocks of merged cells.
    points
        Longitude and latitude (degrees, EPSG:4326) of each row, where the file has them as
        geometry; None elsewhere.
    """

    name: str
    rows: tuple[tuple[Cell, ...], ...]
    lines: tuple[int, ...]
    merged: tuple[Merged, ...] = ()
    points: tuple[tuple[float, float] | None, ...] = ()
