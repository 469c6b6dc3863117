"""How a table of counts is laid out: where it begins and what its columns mean.

The layout is guessed from headings and shown to a person, who may change it; a saved one is used
again for tables with the same headings.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace

import pandas as pd

from kantong.geo.errors import Fault, TableError, quote, shorten
from kantong.geo.schema import INDICATOR, KECAMATAN, KELURAHAN, PERIOD, VALUE, Indicator
from kantong.intake.figures import Style, is_unknown, parse, style_of
from kantong.intake.grid import Cell, Grid
from kantong.intake.headings import CODE, bare, indicator_in, period_in, role_of

PLACES = (CODE, KELURAHAN, KECAMATAN)
TOTAL = "total"
IGNORED = ""
ROLES = (IGNORED, *PLACES, INDICATOR, PERIOD, VALUE, TOTAL)
LINE, COLUMN = "line", "column"

_ROWS_BEFORE_TABLE = 40
_MOST_HEADING_ROWS = 3
_FEWEST_CELLS_OF_GROUP = 2
_YEARS = range(1990, 2100)
_NUMBERING = {"no", "nomor", "nourut", "number"}
_ALL = "jumlah", "total", "grandtotal", "jumlahtotal"


@dataclass(frozen=True)
class Use:
    """What a column is used for.

    Parameters
    ----------
    role
        One of ``ROLES``: code, kelurahan, kecamatan, indicator, period, value, total (of the
        values in its line, to check them) or empty for a column that is left out.
    indicator, period
        For values: what they measure and when, where the heading says so.
    """

    role: str = IGNORED
    indicator: str = ""
    period: str = ""


@dataclass(frozen=True)
class Layout:
    """Where a table begins and what its columns mean.

    Parameters
    ----------
    first
        Index in ``Grid.rows`` of the first row below the headings.
    headings
        Text of each column, headings of several rows joined.
    uses
        What each column is used for.
    style
        How numbers that are texts are written.
    indicator, period
        Of values whose column does not say; empty where not known.
    """

    first: int
    headings: tuple[str, ...]
    uses: tuple[Use, ...]
    style: Style = "id"
    indicator: str = ""
    period: str = ""

    def columns(self, role: str) -> list[int]:
        """Return the columns of a role."""
        return [place for place, use in enumerate(self.uses) if use.role == role]

    def signature(self) -> str:
        """Return a short text that is equal for tables with the same headings."""
        said = "\n".join(bare(heading) for heading in self.headings)
        return hashlib.sha256(said.encode()).hexdigest()[:16]

    def to_json(self) -> str:
        """Return the layout as text, to be saved."""
        return json.dumps(asdict(self), sort_keys=True)

    @staticmethod
    def from_json(text: str) -> "Layout":
        """Return the layout that :meth:`to_json` wrote."""
        told = json.loads(text)
        uses = tuple(Use(**use) for use in told.pop("uses"))
        return Layout(uses=uses, headings=tuple(told.pop("headings")), **told)


# --- guessing --------------------------------------------------------------------------------


def guess(grid: Grid, indicators: Mapping[str, Indicator]) -> Layout:
    """Return the likeliest layout of a sheet.

    Parameters
    ----------
    grid
        A sheet, as it stands in the file.
    indicators
        The catalogue.

    Raises
    ------
    TableError
        No row names a column of kelurahan or of their codes.
    """
    top, bottom = _heading_rows(grid)
    headings = _headings(grid, top, bottom)
    title = " ".join(str(cell) for row in grid.rows[:top] for cell in row if cell is not None)
    uses = _uses(grid, bottom + 1, headings, indicators)
    cells = (row[place] for place in _valued(uses) for row in grid.rows[bottom + 1 :])
    return Layout(
        first=bottom + 1,
        headings=headings,
        uses=uses,
        style=style_of(cells) or "id",
        indicator=_indicator_of_title(grid.rows[:top], indicators),
        period=period_in(title) or period_in(grid.name),
    )


def _valued(uses: Sequence[Use]) -> list[int]:
    return [place for place, use in enumerate(uses) if use.role in (VALUE, TOTAL)]


def _indicator_of_title(rows: Sequence[Sequence[Cell]], indicators: Mapping[str, Indicator]) -> str:
    """Return the indicator that a title names: the longest label that stands in it."""
    said = bare(" ".join(str(cell) for row in rows for cell in row if cell is not None))
    counted = {key: one for key, one in indicators.items() if one.kind != "rate"}
    labels = [(bare(text), key) for key, one in counted.items() for text in one.label.values()]
    inside = [(len(label), key) for label, key in labels if label and label in said]
    return max(inside)[1] if inside else ""


def _heading_rows(grid: Grid) -> tuple[int, int]:
    """Return the first and last row of the headings."""
    rows = grid.rows[:_ROWS_BEFORE_TABLE]
    named = [
        (sum(1 for cell in row if isinstance(cell, str) and role_of(cell)), -place)
        for place, row in enumerate(rows)
        if any(isinstance(cell, str) and role_of(cell) in PLACES for cell in row)
    ]
    if not named:
        message = (
            "No column of kelurahan is found{sheet}. Name one column 'kelurahan' or 'kode', "
            "or start from the template."
        )
        raise TableError(Fault(message, sheet=f" ({quote(grid.name)})" if grid.name else ""))
    at = -max(named)[1]
    top = at - 1 if at and _is_group(grid, at - 1) else at
    bottom = at
    while bottom + 1 < len(grid.rows) and bottom - top + 1 < _MOST_HEADING_ROWS:
        if not _is_below_heading(grid, at, bottom + 1):
            break
        bottom += 1
    return top, bottom


def _is_group(grid: Grid, row: int) -> bool:
    """Tell whether a row above the headings groups columns, such as years over their parts."""
    filled = [cell for cell in grid.rows[row] if cell is not None]
    spans = [one for one in grid.merged if one.top == row and one.right > one.left]
    whole = len(grid.rows[row]) - 1
    if any(one.right - one.left < whole for one in spans) and filled:
        return len(spans) > 1 or len(filled) > 1
    return len(filled) >= _FEWEST_CELLS_OF_GROUP and not any(
        isinstance(cell, float) and int(cell) not in _YEARS for cell in filled
    )


def _is_below_heading(grid: Grid, at: int, row: int) -> bool:
    """Tell whether a row continues the headings: names of parts, years, or numbers of columns."""
    cells = grid.rows[row]
    heading = grid.rows[at]
    places = [
        place
        for place, cell in enumerate(heading)
        if isinstance(cell, str) and role_of(cell) in PLACES
    ]
    numbers = [cell for cell in cells if cell is not None]
    counted = [parse(cell, "id") for cell in numbers]
    start = counted[0] if counted else None
    if len(counted) > 1 and start in (0, 1) and counted == [start + n for n in range(len(counted))]:
        return all(cells[place] is not None for place in places)
    if any(cells[place] is not None for place in places):
        return False
    words = [cell for cell in cells if isinstance(cell, str) and not is_unknown(cell)]
    years = [cell for cell in cells if isinstance(cell, float) and cell in _YEARS]
    return bool(words or years) and len(words) + len(years) == len(numbers)


def _headings(grid: Grid, top: int, bottom: int) -> tuple[str, ...]:
    """Return one text a column; merged and grouped headings stand over all their columns."""
    width = len(grid.rows[top])
    filled = [list(grid.rows[row]) for row in range(top, bottom + 1)]
    for block in grid.merged:
        for row in range(max(block.top, top), min(block.bottom, bottom) + 1):
            for place in range(block.left, min(block.right + 1, width)):
                filled[row - top][place] = grid.rows[block.top][block.left]
    for row, cells in enumerate(filled[:-1]):
        for place in range(1, width):
            below = any(later[place] is not None for later in filled[row + 1 :])
            is_place = any(
                isinstance(later[place], str) and role_of(str(later[place]))
                for later in filled[row:]
            )
            if cells[place] is None and below and not is_place:
                cells[place] = cells[place - 1]
    columns = zip(*filled, strict=True)
    return tuple(" ".join(dict.fromkeys(filter(None, map(_text, column)))) for column in columns)


def _text(cell: Cell) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return "" if cell is None else str(cell).strip()


def _uses(
    grid: Grid, first: int, headings: Sequence[str], indicators: Mapping[str, Indicator]
) -> tuple[Use, ...]:
    uses = [_use(heading, indicators) for heading in headings]
    taken: set[str] = set()
    for place, use in enumerate(uses):
        if use.role in (*PLACES, INDICATOR, PERIOD):
            if use.role in taken:
                uses[place] = Use()
            taken.add(use.role)
    body = grid.rows[first:]
    for place, use in enumerate(uses):
        is_open = use.role == IGNORED and bare(headings[place]) not in _NUMBERING
        if is_open and period_in(headings[place]) and _is_numeric(body, place):
            uses[place] = Use(VALUE, "", period_in(headings[place]))
    return tuple(_with_totals(uses, headings))


def _use(heading: str, indicators: Mapping[str, Indicator]) -> Use:
    if bare(heading) in _NUMBERING or "%" in heading or "persen" in heading.casefold():
        return Use()
    if indicator := indicator_in(heading, indicators):
        return Use(VALUE, indicator, period_in(heading))
    return Use(role_of(heading))


def _with_totals(uses: list[Use], headings: Sequence[str]) -> list[Use]:
    """Let ``Jumlah`` beside several columns of values be their total."""
    values = [use for use in uses if use.role == VALUE and use.indicator]
    if len(values) < _FEWEST_CELLS_OF_GROUP:
        return uses
    return [
        Use(TOTAL) if use.role == VALUE and not use.indicator and bare(heading) in _ALL else use
        for use, heading in zip(uses, headings, strict=True)
    ]


def _is_numeric(rows: Iterable[Sequence[Cell]], place: int) -> bool:
    cells = [row[place] for row in rows if not is_unknown(row[place])]
    return bool(cells) and sum(parse(cell, "id") is not None for cell in cells) * 2 > len(cells)


def applied(saved: Layout, fresh: Layout) -> Layout:
    """Return a saved layout for a sheet with the same headings, where it begins here."""
    return replace(saved, first=fresh.first, period=fresh.period or saved.period)


# --- reading by a layout ---------------------------------------------------------------------


@dataclass(frozen=True)
class Records:
    """A table taken apart by its layout.

    Parameters
    ----------
    places
        ``code``, ``kelurahan``, ``kecamatan`` (texts) of each row, indexed by its line.
    figures
        ``line``, ``column`` (index), ``indicator``, ``period``, ``value``: one row for each cell
        of values; NaN where the cell says that the figure is not known.
    totals
        ``line`` and ``value``: what the table itself gives as the sum of a line.
    faults
        By line: why a row cannot be used, whatever place it is.
    """

    places: pd.DataFrame
    figures: pd.DataFrame
    totals: pd.DataFrame
    faults: Mapping[int, Fault]


def faults_in(layout: Layout) -> list[Fault]:
    """Return what keeps a layout from being used."""
    faults = []
    if not layout.columns(KELURAHAN) and not layout.columns(CODE):
        faults.append(Fault("Choose the column of kelurahan or of their codes."))
    if not layout.columns(VALUE):
        faults.append(Fault("Choose at least one column of values."))
    for role in (*PLACES, INDICATOR, PERIOD):
        if len(several := layout.columns(role)) > 1:
            names = shorten(quote(layout.headings[place]) for place in several)
            faults.append(Fault("Only one column can be {role}: {names}.", role=role, names=names))
    values = [layout.uses[place] for place in layout.columns(VALUE)]
    if not layout.columns(INDICATOR) and any(
        not (use.indicator or layout.indicator) for use in values
    ):
        faults.append(Fault("Choose what the values measure."))
    if not layout.columns(PERIOD) and any(not (use.period or layout.period) for use in values):
        faults.append(Fault("Give the period of the values, 2025 or 2025-Q3."))
    return faults


def read(grid: Grid, layout: Layout, indicators: Mapping[str, Indicator]) -> Records:
    """Take a sheet apart by its layout; every row below the headings is accounted for.

    Raises
    ------
    TableError
        The layout cannot be used (:func:`faults_in`), or the sheet has no rows.
    """
    if unusable := faults_in(layout):
        raise TableError(*unusable)
    numbers = [n for n in range(layout.first, len(grid.rows)) if _is_row(grid.rows[n])]
    if not numbers:
        raise TableError(Fault("There are no rows below the headings. Add the kelurahan."))
    places = _places(grid, layout, numbers)
    faults: dict[int, Fault] = {}
    figures, totals = [], []
    shared = _shared_cells(grid, layout)
    for number in numbers:
        line, row = grid.lines[number], grid.rows[number]
        for place in layout.columns(VALUE):
            use = _use_in_row(row, place, layout, indicators)
            value, fault = _value(row[place], use, layout, indicators)
            if (number, place) in shared:
                fault = Fault("The value is merged over several lines; give each its own.")
            if fault is not None:
                faults.setdefault(line, _at(fault, layout.headings[place]))
            figures.append((line, place, use.indicator, use.period, value))
        totals += [(line, parse(row[n], layout.style)) for n in layout.columns(TOTAL)]
    return Records(
        places=places,
        figures=pd.DataFrame(figures, columns=[LINE, COLUMN, INDICATOR, PERIOD, VALUE]),
        totals=pd.DataFrame(totals, columns=[LINE, VALUE]).dropna(),
        faults=faults,
    )


def _is_row(row: Sequence[Cell]) -> bool:
    return any(cell is not None for cell in row)


def _at(fault: Fault, heading: str) -> Fault:
    return Fault("Column {column}: {reason}", column=quote(heading), reason=fault)


def _shared_cells(grid: Grid, layout: Layout) -> set[tuple[int, int]]:
    """Return the cells of values that are merged over several rows."""
    values = set(layout.columns(VALUE))
    return {
        (row, place)
        for block in grid.merged
        if block.bottom > block.top
        for row in range(max(block.top, layout.first), block.bottom + 1)
        for place in range(block.left, block.right + 1)
        if place in values
    }


def _places(grid: Grid, layout: Layout, numbers: Sequence[int]) -> pd.DataFrame:
    texts: dict[str, list[str]] = {}
    merged = {
        (row, place): (block.top, block.left)
        for block in grid.merged
        for row in range(max(block.top, layout.first), block.bottom + 1)
        for place in range(block.left, block.right + 1)
    }
    for role in PLACES:
        place = next(iter(layout.columns(role)), None)
        texts[role] = [""] * len(numbers)
        if place is not None:
            at = [merged.get((number, place), (number, place)) for number in numbers]
            texts[role] = [_text(grid.rows[row][column]) for row, column in at]
    texts[KECAMATAN] = _filled_down(texts[KECAMATAN], texts[KELURAHAN], texts[CODE])
    index = pd.Index([grid.lines[number] for number in numbers], name=LINE)
    return pd.DataFrame(texts, index=index, dtype=str)


def _filled_down(
    kecamatan: Sequence[str], kelurahan: Sequence[str], codes: Sequence[str]
) -> list[str]:
    """Let a kecamatan that is written once stand for the kelurahan below it, and for their sum.

    Of several sums the last is that of all, unless there is one for each kecamatan that is called
    as the others are.
    """
    rows = list(zip(kecamatan, kelurahan, codes, strict=True))
    sums = [place for place, row in enumerate(rows) if any(map(_is_sum, row))]
    groups = len({text for text in kecamatan if text and not _is_sum(text)})
    called = {
        bare(name if _is_sum(name) else text) for text, name, _code in map(rows.__getitem__, sums)
    }
    of_all = set(sums[-1:]) if len(sums) != groups or len(called) > 1 else set()
    last, filled = "", []
    for place, (text, name, code) in enumerate(rows):
        last = text if text and not _is_sum(text) else last
        stands = bool(name or code) and place not in of_all
        filled.append(text or (last if stands else ""))
    return filled


def _is_sum(text: str) -> bool:
    return bare(text).startswith(("jumlah", "total", "subtotal"))


def _use_in_row(
    row: Sequence[Cell], place: int, layout: Layout, indicators: Mapping[str, Indicator]
) -> Use:
    use = layout.uses[place]
    indicator, period = use.indicator, use.period
    if not indicator and (where := layout.columns(INDICATOR)):
        text = _text(row[where[0]])
        indicator = text if text in indicators else indicator_in(text, indicators)
    if not period and (where := layout.columns(PERIOD)):
        period = period_in(_text(row[where[0]]))
    found = indicator or ("" if layout.columns(INDICATOR) else layout.indicator)
    when = period or ("" if layout.columns(PERIOD) else layout.period)
    return Use(VALUE, found, when)


def _value(
    cell: Cell, use: Use, layout: Layout, indicators: Mapping[str, Indicator]
) -> tuple[float, Fault | None]:
    fault = None
    value = None if is_unknown(cell) else parse(cell, layout.style)
    if use.indicator not in indicators:
        fault = Fault("What the line measures is not in the catalogue of indicators.")
    elif not use.period:
        fault = Fault("The line gives no period such as 2025 or 2025-Q3.")
    elif value is None and not is_unknown(cell):
        fault = Fault("{given} is no number.", given=quote(cell))
    elif value is not None and value < 0:
        fault = Fault("{given} is negative; counts are zero or more.", given=quote(cell))
    elif value is not None and indicators[use.indicator].kind == "count" and value % 1:
        fault = Fault("{given} is no whole number.", given=quote(cell))
    return (float("nan") if value is None or fault else value), fault
