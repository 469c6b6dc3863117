"""From what a reader finds to a grid: cells cleaned, empty rows left out, caps held."""

import math
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time
from itertools import pairwise

from kantong.geo.errors import Fault, TableError, quote
from kantong.intake.grid import MOST_COLUMNS, MOST_ROWS, Cell, Grid, Merged

# What a file may hold in all, and the longest text a spreadsheet can put into one cell.
MOST_CELLS = 3_000_000
LONGEST_CELL = 32_767

# Top, left, bottom, right as the sheet counts, from 0.
Block = tuple[int, int, int, int]
Point = tuple[float, float]


def clean(value: object) -> Cell:
    """Return a value as a cell: text stripped and in NFC, numbers as float, dates in ISO form.

    Examples
    --------
    >>> clean("  1.234 "), clean(7), clean(""), clean(date(2025, 3, 1))
    ('1.234', 7.0, None, '2025-03-01')
    """
    if isinstance(value, str):
        return _clean_text(value)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return _clean_number(value)
    if isinstance(value, datetime) and value.time() == time():
        return value.date().isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    return _clean_text(str(value))


def _clean_number(value: float) -> Cell:
    try:
        number = float(value)
    except OverflowError:
        return str(value)[:LONGEST_CELL]
    return number if math.isfinite(number) else str(value)


def _clean_text(text: str) -> str | None:
    text = text.strip().strip("\ufeff").strip()
    if "\0" in text:
        text = text.replace("\0", "\ufffd")
    if not text.isascii():
        # Half of a surrogate pair, as JSON can hold it, could not be written anywhere later.
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        text = unicodedata.normalize("NFC", text)
    return text or None


def assemble(
    rows: Iterable[tuple[int, Sequence[object]]],
    *,
    file: str,
    name: str = "",
    blocks: Iterable[Block] = (),
    points: Mapping[int, Point] | None = None,
) -> Grid:
    """Make a grid of rows as they are read.

    Parameters
    ----------
    rows
        Line in the file and values of each row, of any length; read as far as the caps allow.
    file
        Name for messages.
    name
        Of the sheet or layer.
    blocks
        Merged cells, row numbers being lines less one.
    points
        Longitude and latitude by line.

    Returns
    -------
    Grid
        Rows with at least one cell, padded to one width; empty columns on the right left out.

    Raises
    ------
    TableError
        More rows, columns or cells than a table of counts can have, or an overlong cell.
    """
    kept: list[tuple[Cell, ...]] = []
    lines: list[int] = []
    width = 0
    for line, values in rows:
        cells = _trim([clean(value) for value in values])
        if not cells:
            continue
        _refuse_excess(cells, line, len(kept), file=file, name=name)
        width = max(width, len(cells))
        kept.append(tuple(cells))
        lines.append(line)
        if len(kept) * width > MOST_CELLS:
            raise TableError(too_many_cells(file))
    return Grid(
        name=name,
        rows=tuple(cells + (None,) * (width - len(cells)) for cells in kept),
        lines=tuple(lines),
        merged=_place(blocks, lines, width),
        points=tuple(points.get(line) for line in lines) if points else (),
    )


def _trim(cells: list[Cell]) -> list[Cell]:
    while cells and cells[-1] is None:
        cells.pop()
    return cells


def _refuse_excess(cells: list[Cell], line: int, above: int, *, file: str, name: str) -> None:
    where = {"file": _place_name(file, name), "line": line}
    if len(cells) > MOST_COLUMNS:
        message = (
            "{file}, line {line}: has {count} columns, a table of counts has {most} at most. "
            "Keep only the columns that are needed."
        )
        raise TableError(Fault(message, count=len(cells), most=MOST_COLUMNS, **where))
    if above >= MOST_ROWS:
        message = (
            "{file}, line {line}: has more than {most} rows. A table of counts has one row for "
            "each kelurahan; keep only the rows that are needed."
        )
        raise TableError(Fault(message, most=MOST_ROWS, **where))
    if any(isinstance(cell, str) and len(cell) > LONGEST_CELL for cell in cells):
        message = (
            "{file}, line {line}: has a cell of more than {most} characters. "
            "Look for a quotation mark that is not closed."
        )
        raise TableError(Fault(message, most=LONGEST_CELL, **where))


def refuse_corner(row: int, column: int, *, file: str, sheet: str) -> None:
    """Raise where a sheet has a cell (counted from 0) beyond what a table of counts can have."""
    if row < MOST_ROWS and column < MOST_COLUMNS:
        return
    message = (
        "{file}, sheet {sheet}: has a cell in row {row}, column {column}; a table of counts has "
        "{rows} rows and {columns} columns at most. Delete what lies outside the table."
    )
    details = {"row": row + 1, "column": column + 1, "rows": MOST_ROWS, "columns": MOST_COLUMNS}
    raise TableError(Fault(message, file=file, sheet=quote(sheet), **details))


def too_many_cells(file: str) -> Fault:
    """Return the fault of a file with more cells than can be worked on."""
    return Fault(
        "{file}: has more than {most} cells. Keep only the sheets, rows and columns that are "
        "needed.",
        file=file,
        most=MOST_CELLS,
    )


def _place_name(file: str, name: str) -> str:
    return f"{file} [{quote(name)}]" if name else file


def _place(blocks: Iterable[Block], lines: list[int], width: int) -> tuple[Merged, ...]:
    """Turn blocks of the sheet into blocks of the kept rows; those of no value are dropped."""
    position = {line: index for index, line in enumerate(lines)}
    gaps = any(after - before != 1 for before, after in pairwise(lines))
    placed = []
    for top, left, bottom, right in blocks:
        first = position.get(top + 1)
        if first is None or left >= width:
            continue
        last = (
            sum(1 for line in lines[first:] if line <= bottom + 1) + first - 1
            if gaps
            else min(first + bottom - top, len(lines) - 1)
        )
        reach = min(right, width - 1)
        if (last, reach) != (first, left):
            placed.append(Merged(top=first, left=left, bottom=last, right=reach))
    return tuple(placed)
