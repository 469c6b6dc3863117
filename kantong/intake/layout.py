"""How a table of counts is laid out: where it begins and what its columns mean.

The layout is guessed from headings and shown to a person, who may change it; a saved one is used
again for tables with the same headings.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace

import pandas as pd

from kantong.geo.errors import Fault, TableError, quote, shorten
from kantong.geo.schema import INDICATOR, KECAMATAN, KELURAHAN, PERIOD, VALUE, Indicator
from kantong.intake.figures import Style, has_decimals, is_unknown, parse, style_of
from kantong.intake.grid import Cell, Grid
from kantong.intake.headings import (
    CODE,
    VAGUE,
    bare,
    decile_in,
    indicator_in,
    indicator_of_title,
    is_kecamatan,
    is_note,
    is_period_only,
    is_share,
    is_sum,
    period_in,
    role_of,
)

PLACES = (CODE, KELURAHAN, KECAMATAN)
TOTAL = "total"
IGNORED = ""
ROLES = (IGNORED, *PLACES, INDICATOR, PERIOD, VALUE, TOTAL)
LINE, COLUMN, PARTS = "line", "column", "parts"

_ROWS_BEFORE_TABLE = 40
_MOST_HEADING_ROWS = 3
_FEWEST_CELLS_OF_GROUP = 2
_YEARS = range(1990, 2100)
_LEVELS = range(1, 11)
_NUMBERING = {"no", "nomor", "nourut", "number"}
_STYLES: tuple[Style, ...] = ("id", "en")
_COLUMN_NUMBER = re.compile(r"\(?\s*(\d{1,3})\s*(?:=[^a-zA-Z]*)?\)?")
_DECILE = re.compile(r"_d\d$")
_ALL_SUMS = {"jumlah", "total", "subtotal", "jml", "jumlahkecamatan", "totalkecamatan"}
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
    at = _heading_row(grid)
    # Of headings understood alike those of fewer groups above and more parts below.
    understood = [
        _understand(grid, top, last, indicators)
        for top in _tops(grid, at)
        for last in reversed(_lasts(grid, at))
    ]
    best = max(understood, key=_score)
    return replace(best, style=_style(grid, best, indicators))


def _understand(grid: Grid, top: int, last: int, indicators: Mapping[str, Indicator]) -> Layout:
    """Return the layout if the headings stand in the rows ``top`` to ``last``."""
    first = last + 1 + _numbers_columns(grid, top, last)
    headings = _headings(grid, top, last)
    title = " ".join(str(cell) for row in grid.rows[:top] for cell in row if cell is not None)
    return Layout(
        first=first,
        headings=headings,
        uses=_uses(grid, first, headings, title, indicators),
        indicator="" if is_share(title) else indicator_of_title(title, indicators),
        period=period_in(title) or period_in(grid.name),
    )


def _score(layout: Layout) -> int:
    """Return how much of the headings is understood."""
    return sum(bool(part) for use in layout.uses for part in (use.role, use.indicator, use.period))


def _style(grid: Grid, layout: Layout, indicators: Mapping[str, Indicator]) -> Style:
    votes = set()
    for place in _valued(layout.uses):
        measured = indicators.get(layout.uses[place].indicator or layout.indicator)
        whole = measured is None or measured.kind == "count"
        votes.add(style_of((row[place] for row in grid.rows[layout.first :]), whole=whole))
    return "en" if votes - {None} == {"en"} else "id"


def _valued(uses: Sequence[Use]) -> list[int]:
    return [place for place, use in enumerate(uses) if use.role in (VALUE, TOTAL)]


def _heading_row(grid: Grid) -> int:
    """Return the row that names the most columns, a column of places among them."""
    rows = grid.rows[:_ROWS_BEFORE_TABLE]
    named = [
        (sum(1 for cell in row if isinstance(cell, str) and role_of(cell)), -place)
        for place, row in enumerate(rows)
        if any(_names_place(cell) for cell in row)
    ]
    if not named:
        message = (
            "No column of kelurahan is found{sheet}. Name one column 'kelurahan' or 'kode', "
            "or start from the template."
        )
        raise TableError(Fault(message, sheet=f" ({quote(grid.name)})" if grid.name else ""))
    return -max(named)[1]


def _names_place(cell: Cell) -> bool:
    return isinstance(cell, str) and role_of(cell) in PLACES


def _is_numbering(cell: Cell) -> bool:
    return isinstance(cell, str) and bare(cell) in _NUMBERING


def _tops(grid: Grid, at: int) -> list[int]:
    """Return where the headings may begin: at their row of names, or at groups above it."""
    tops = [at]
    while len(tops) < _MOST_HEADING_ROWS and tops[-1] and _is_group(grid, at, tops[-1] - 1):
        tops.append(tops[-1] - 1)
    return tops


def _lasts(grid: Grid, at: int) -> list[int]:
    """Return where the headings may end: at their row of names, or at parts below it."""
    lasts = [at]
    while len(lasts) < _MOST_HEADING_ROWS and _is_below_heading(grid, at, lasts[-1] + 1):
        lasts.append(lasts[-1] + 1)
    return lasts


def _is_group(grid: Grid, at: int, row: int) -> bool:
    """Tell whether a row above the headings may group columns, such as years over their parts."""
    groups = [
        cell
        for cell, below in zip(grid.rows[row], grid.rows[at], strict=True)
        if cell is not None and not _names_place(below) and not _is_numbering(below)
    ]
    return bool(groups) and not any(
        isinstance(cell, float) and cell not in _YEARS for cell in grid.rows[row]
    )


def _is_below_heading(grid: Grid, at: int, row: int) -> bool:
    """Tell whether a row continues the headings: names of parts, or years."""
    if row == len(grid.rows):
        return False
    cells, heading = grid.rows[row], grid.rows[at]
    filled = [cell for cell in cells if cell is not None]
    for cell, above in zip(cells, heading, strict=True):
        if cell is not None and (_names_place(above) or _is_numbering(above)):
            return False
    levels = _LEVELS if any("desil" in _text(above).casefold() for above in heading) else ()
    return bool(filled) and all(_may_name_column(cell, levels) for cell in filled)


def _may_name_column(cell: Cell, levels: Sequence[int]) -> bool:
    """Tell whether a cell may be part of a heading: words, a year, or the number of a decile."""
    number = next((value for one in _STYLES if (value := parse(cell, one)) is not None), None)
    if number is None:
        return isinstance(cell, str) and not is_unknown(cell)
    return number in _YEARS or number in levels or (isinstance(cell, str) and bool(period_in(cell)))


def _numbers_columns(grid: Grid, top: int, last: int) -> bool:
    """Tell whether the row below headings numbers the columns: 1, 2, 3 or (1), (2), (3)."""
    if last + 1 == len(grid.rows):
        return False
    cells = grid.rows[last + 1]
    filled = [cell for cell in cells if cell is not None]
    numbers = [_column_number(cell) for cell in filled]
    if len(numbers) < _FEWEST_CELLS_OF_GROUP or numbers[0] not in (0, 1):
        return False
    return numbers == [numbers[0] + n for n in range(len(numbers))] and all(
        cells[place] is not None
        for row in grid.rows[top : last + 1]
        for place, cell in enumerate(row)
        if _names_place(cell)
    )


def _column_number(cell: Cell) -> float | None:
    found = _COLUMN_NUMBER.fullmatch(cell) if isinstance(cell, str) else None
    return float(found[1]) if found else cell if isinstance(cell, float) else None


def _headings(grid: Grid, top: int, bottom: int) -> tuple[str, ...]:
    """Return one text a column; merged and grouped headings stand over all their columns."""
    width = len(grid.rows[top])
    filled = [list(grid.rows[row]) for row in range(top, bottom + 1)]
    for block in grid.merged:
        for row in range(max(block.top, top), min(block.bottom, bottom) + 1):
            for place in range(block.left, min(block.right + 1, width)):
                filled[row - top][place] = grid.rows[block.top][block.left]
    grouped = {block.top for block in grid.merged if block.right > block.left}
    for row, cells in enumerate(filled[:-1]):
        if top + row in grouped:  # its merged cells say how far each group goes
            continue
        for place in range(1, width):
            if cells[place] is None and _is_grouped([later[place] for later in filled[row + 1 :]]):
                left = cells[place - 1]
                cells[place] = None if _names_place(left) or _is_numbering(left) else left
    return tuple(_heading(column) for column in zip(*filled, strict=True))


def _is_grouped(below: Sequence[Cell]) -> bool:
    """Tell whether a column may belong to the group on its left, by what stands below."""
    return any(cell is not None for cell in below) and not any(
        _names_place(cell) or _is_numbering(cell) for cell in below
    )


def _heading(cells: Sequence[Cell]) -> str:
    """Return the texts of a column as one; a place or a numbering needs no group above it."""
    own = [cell for cell in cells if _names_place(cell) or _is_numbering(cell)]
    return " ".join(dict.fromkeys(filter(None, map(_text, own[:1] or cells))))


def _text(cell: Cell) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return "" if cell is None else str(cell).strip()


def _uses(
    grid: Grid,
    first: int,
    headings: Sequence[str],
    title: str,
    indicators: Mapping[str, Indicator],
) -> tuple[Use, ...]:
    uses = [_use(heading, title, indicators) for heading in headings]
    for role in (*PLACES, INDICATOR):
        named = [place for place, use in enumerate(uses) if use.role == role]
        clear = [place for place in named if bare(headings[place]) not in VAGUE]
        for place in named:
            if place != next(iter(clear or named)):
                uses[place] = Use()
    body = grid.rows[first:]
    for place, heading in enumerate(headings):
        is_open = uses[place].role == IGNORED and is_period_only(heading)
        if is_open and not is_share(heading) and _is_numeric(body, place):
            uses[place] = Use(VALUE, "", period_in(heading))
    return tuple(_with_totals(uses, headings))


def _use(heading: str, title: str, indicators: Mapping[str, Indicator]) -> Use:
    if _is_numbering(heading) or is_share(heading):
        return Use()
    named = indicator_in(heading, indicators) or decile_in(heading, title, indicators)
    return Use(VALUE, named, period_in(heading)) if named else Use(role_of(heading))


def _with_totals(uses: list[Use], headings: Sequence[str]) -> list[Use]:
    """Let ``Jumlah`` beside several columns of values be their total."""
    values = [use for use in uses if use.role == VALUE and (use.indicator or use.period)]
    if len(values) < _FEWEST_CELLS_OF_GROUP:
        return uses
    return [
        Use(TOTAL)
        if use.role in (VALUE, IGNORED) and not use.indicator and _is_total(heading, headings)
        else use
        for use, heading in zip(uses, headings, strict=True)
    ]


def _is_total(heading: str, others: Sequence[str]) -> bool:
    """Tell whether a heading is ``Jumlah``, alone or beside others of the same group."""
    group, _space, part = heading.rpartition(" ")
    beside = [other for other in others if other.startswith(f"{group} ") and other != heading]
    return bare(heading) in _ALL or (bare(part) in _ALL and bool(beside))


def _is_numeric(rows: Iterable[Sequence[Cell]], place: int) -> bool:
    cells = [row[place] for row in rows if not is_unknown(row[place])]
    numbers = [cell for cell in cells if any(parse(cell, style) is not None for style in _STYLES)]
    return bool(cells) and len(numbers) * 2 > len(cells)


def applied(saved: Layout, fresh: Layout) -> Layout:
    """Return a saved layout for a sheet with the same headings, where it begins here.

    Periods come from the sheet alone, those of single columns too: those of the table for which
    the layout was saved would be taken for the periods of this one.
    """
    uses = tuple(
        replace(use, period=own.period) for use, own in zip(saved.uses, fresh.uses, strict=True)
    )
    return replace(
        saved, first=fresh.first, headings=fresh.headings, uses=uses, period=fresh.period
    )


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
        ``line``, ``value`` and ``parts``: what the table itself gives as the sum of a line, and
        the sum of the cells that it should be.
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
    for role in (*PLACES, INDICATOR):
        if len(several := layout.columns(role)) > 1:
            names = shorten(quote(layout.headings[place]) for place in several)
            faults.append(Fault("Only one column can be {role}: {names}.", role=role, names=names))
    values = [_named(layout, place) for place in layout.columns(VALUE)]
    if not layout.columns(INDICATOR) and any(not use.indicator for use in values):
        faults.append(Fault("Choose what the values measure."))
    if not layout.columns(PERIOD) and any(not use.period for use in values):
        faults.append(Fault("Give the period of the values, 2025 or 2025-Q3."))
    return faults or _same_values(layout)


def _named(layout: Layout, place: int) -> Use:
    """Return what the figures of a column are, where no other column says it."""
    use = layout.uses[place]
    indicator = use.indicator or ("" if layout.columns(INDICATOR) else layout.indicator)
    period = use.period or ("" if layout.columns(PERIOD) else layout.period)
    return Use(VALUE, indicator, period)


def _same_values(layout: Layout) -> list[Fault]:
    columns: dict[Use, list[int]] = {}
    for place in layout.columns(VALUE):
        columns.setdefault(_named(layout, place), []).append(place)
    message = "The columns {names} hold the same figure of the same period. Leave out all but one."
    return [
        Fault(message, names=shorten(quote(layout.headings[place]) for place in same))
        for same in columns.values()
        if len(same) > 1
    ]


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
    faults: dict[int, Fault] = {}
    figures, totals = [], []
    shared = _shared_cells(grid, layout)
    sums = {place: _parts_of(layout, place) for place in layout.columns(TOTAL)}
    for number in numbers:
        line, row = grid.lines[number], grid.rows[number]
        values: dict[int, float] = {}
        for place in layout.columns(VALUE):
            use = _use_in_row(row, place, layout, indicators)
            values[place], fault = _value(row[place], use, layout, indicators)
            if (number, place) in shared:
                values[place] = float("nan")
                fault = Fault("The value is merged over several cells; give each its own.")
            if fault is not None:
                faults.setdefault(line, _at(fault, layout.headings[place]))
            figures.append((line, place, use.indicator, use.period, values[place]))
        for place, parts in sums.items():
            known = [values[part] for part in parts if values[part] == values[part]]
            totals.append((line, parse(row[place], layout.style), sum(known) if known else None))
    return Records(
        places=_places(grid, layout, numbers),
        figures=pd.DataFrame(figures, columns=[LINE, COLUMN, INDICATOR, PERIOD, VALUE]),
        totals=pd.DataFrame(totals, columns=[LINE, VALUE, PARTS]).dropna(),
        faults=faults,
    )


def _parts_of(layout: Layout, total: int) -> list[int]:
    """Return the columns that a total sums: the kin beside it, on its left before its right."""
    for step in (-1, 1):
        parts: list[int] = []
        place = total + step
        while 0 <= place < len(layout.uses) and layout.uses[place].role in (VALUE, IGNORED):
            use = layout.uses[place]
            if use.role == VALUE and parts and _family(use) != _family(layout.uses[parts[0]]):
                break
            parts += [place] if use.role == VALUE else []
            place += step
        if len(parts) >= _FEWEST_CELLS_OF_GROUP:
            return parts
    return []


def _family(use: Use) -> str:
    return _DECILE.sub("", use.indicator)


def _is_row(row: Sequence[Cell]) -> bool:
    return any(cell is not None for cell in row)


def _at(fault: Fault, heading: str) -> Fault:
    return Fault("Column {column}: {reason}", column=quote(heading), reason=fault)


def _shared_cells(grid: Grid, layout: Layout) -> set[tuple[int, int]]:
    """Return the cells of values that are merged with others, so that no one knows whose it is."""
    values = set(layout.columns(VALUE))
    shared = set()
    for block in grid.merged:
        columns = values & set(range(block.left, block.right + 1))
        is_named = block.left not in values
        if block.bottom > block.top or (len(columns) > 1 and not is_named):
            rows = range(max(block.top, layout.first), block.bottom + 1)
            shared |= {(row, place) for row in rows for place in columns}
    return shared


def _places(grid: Grid, layout: Layout, numbers: Sequence[int]) -> pd.DataFrame:
    merged = {
        (row, place): (block.top, block.left)
        for block in grid.merged
        for row in range(max(block.top, layout.first), block.bottom + 1)
        for place in range(block.left, block.right + 1)
    }
    texts: dict[str, list[str]] = {}
    for role in PLACES:
        place = next(iter(layout.columns(role)), None)
        texts[role] = [""] * len(numbers)
        if place is not None:
            at = [merged.get((number, place), (number, place)) for number in numbers]
            texts[role] = [_text(grid.rows[row][column]) for row, column in at]
    for n, number in enumerate(numbers):
        if not any(texts[role][n] for role in PLACES):
            texts[KELURAHAN][n] = _aside(grid.rows[number], layout)
    is_head = [
        is_kecamatan(texts[KELURAHAN][n] or texts[KECAMATAN][n])
        and all(is_unknown(grid.rows[number][place]) for place in layout.columns(VALUE))
        for n, number in enumerate(numbers)
    ]
    rows = list(zip(texts[KECAMATAN], texts[KELURAHAN], texts[CODE], is_head, strict=True))
    texts[KECAMATAN] = _filled_down(rows)
    index = pd.Index([grid.lines[number] for number in numbers], name=LINE)
    return pd.DataFrame(texts, index=index, dtype=str)


def _aside(row: Sequence[Cell], layout: Layout) -> str:
    """Return what a line says of itself in a column that is left out: a sum, kecamatan or note."""
    texts = [_text(row[place]) for place in layout.columns(IGNORED)]
    return next((text for text in texts if is_sum(text) or is_kecamatan(text) or is_note(text)), "")


# Kecamatan, kelurahan and code as written, and whether the line is a heading of its own.
_Place = tuple[str, str, str, bool]


def _filled_down(rows: Sequence[_Place]) -> list[str]:
    """Let a kecamatan that is written once stand for the kelurahan below it, and for their sum.

    A kelurahan with the name of the kecamatan that stands above it is left open, since it may be
    the sum. Where most lines name their kecamatan, an empty cell is not filled.
    """
    named = [kecamatan for kecamatan, *place, _head in rows if _is_kelurahan(*place)]
    is_sparse = 2 * sum(map(bool, named)) <= len(named)
    of_all = _sums_of_all(rows)
    last, is_open, filled = "", False, []
    for number, (kecamatan, kelurahan, code, is_head) in enumerate(rows):
        if is_head:
            last, is_open = kelurahan or kecamatan, False
        elif kecamatan and not is_sum(kecamatan):
            last, is_open = kecamatan, True
        if number in of_all or is_head or not last:
            filled.append(kecamatan)
        elif is_sum(kecamatan):
            filled.append(f"{kecamatan} {last}" if bare(kecamatan) in _ALL_SUMS else kecamatan)
        elif kecamatan or not (kelurahan or code):
            filled.append(kecamatan)
        elif is_sum(kelurahan) or is_sum(code) or not is_open:
            filled.append(last)
        else:
            filled.append(last if is_sparse and bare(kelurahan) != _name_of(last) else "")
    return filled


def _is_kelurahan(kelurahan: str, code: str) -> bool:
    return bool(kelurahan or code) and not is_sum(kelurahan) and not is_sum(code)


def _name_of(kecamatan: str) -> str:
    name = bare(kecamatan)
    return name.removeprefix("kecamatan").removeprefix("kec") if is_kecamatan(kecamatan) else name


def _sums_of_all(rows: Sequence[_Place]) -> set[int]:
    """Return the sum of everything: the last one, unless there is one for each kecamatan."""
    sums = [number for number, row in enumerate(rows) if any(map(is_sum, row[:3]))]
    groups = {row[0] for row in rows if row[0] and not is_sum(row[0]) and (row[1] or row[2])}
    groups |= {row[1] for row in rows if row[3] and row[1]}
    called = {bare(next(filter(is_sum, rows[number][:3]))) for number in sums}
    return set(sums[-1:]) if len(sums) != len(groups) or len(called) > 1 else set()


def _use_in_row(
    row: Sequence[Cell], place: int, layout: Layout, indicators: Mapping[str, Indicator]
) -> Use:
    use = layout.uses[place]
    indicator, period = use.indicator, use.period
    if not indicator and (where := layout.columns(INDICATOR)):
        text = _text(row[where[0]])
        indicator = text if text in indicators else indicator_in(text, indicators)
    if not period and (where := layout.columns(PERIOD)):
        # Headings too: Tahun 2025 and Triwulan 3 may stand in two columns.
        period = period_in(" ".join(f"{layout.headings[n]} {_text(row[n])}" for n in where))
    found = indicator or ("" if layout.columns(INDICATOR) else layout.indicator)
    when = period or ("" if layout.columns(PERIOD) else layout.period)
    return Use(VALUE, found, when)


def _not_whole(cell: Cell, value: float, style: Style) -> Fault | None:
    if value % 1:
        return Fault("{given} is no whole number.", given=value)
    other: Style = "en" if style == "id" else "id"
    if has_decimals(cell, style) and parse(cell, other) is not None:  # 1,000
        return Fault("The number can be read in two ways. Choose how numbers are written.")
    return None


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
        # Not quoted: a cell that should hold a figure may hold a name.
        fault = Fault("The cell holds no number.")
    elif value is not None and value < 0:
        fault = Fault("{given} is negative; counts are zero or more.", given=value)
    elif value is not None and indicators[use.indicator].kind == "count":
        fault = _not_whole(cell, value, layout.style)
    return (float("nan") if value is None or fault else value), fault
