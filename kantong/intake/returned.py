"""A return sheet that came back: what it says, entry by entry, nothing kept and nothing lost."""

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from kantong.geo import returnsheet as returns
from kantong.geo.errors import Fault, TableError, quote, shorten
from kantong.geo.returnsheet import COUNTS, OFFICES, REASONS, TALLIED, YES_NO, Stamp
from kantong.geo.schema import Indicator
from kantong.intake.archive import damaged
from kantong.intake.figures import has_decimals, is_unknown, parse
from kantong.intake.grid import Cell, Grid
from kantong.intake.headings import is_period
from kantong.intake.kinds import locked
from kantong.intake.privacy import personal_columns

if TYPE_CHECKING:
    from kantong.intake.child import Task

JOB = "returned.fields"
PDF = b"%PDF"
_MOST_ENTRIES, _MOST_FIELDS, _LONGEST_VALUE, _DEEPEST = 2_000, 5_000, 500, 8
_TALLY_ID = re.compile(r"t\d{1,4}")
_DIGITS = re.compile(r"(?:\d[\s.\-/()+]*){8,}")
# Before a name; offices may follow.
_TITLES = r"bapak|bpk|pak|ibu|bu|sdri?|saudar[ai]|a\.?n|atas nama|almh?|almarhumah?|ny|nyonya|tuan"
_OFFICES = r"RW|RT|Lurah|Camat|LPMK|PKK|PKH|Puskesos|Dinsos|Kader|Kasi|Ketua|Kepala"
_PERSON = re.compile(rf"\b(?i:{_TITLES})\b[.:]?\s+(?!(?:{_OFFICES})\b)[^\W\d_]")
_IDENTITY = re.compile(r"\b(?:NIK|KK|KTP|HP|Telp|WA)\b[.: ]*\d", re.IGNORECASE)


@dataclass(frozen=True)
class Correction:
    """A figure that a Musykel says is wrong.

    Parameters
    ----------
    lines
        Where it stands in the file.
    indicator, period
        What it is about.
    printed
        The figure on the sheet when it was made; None where none stood there.
    said
        What it should be; None where that cannot be read.
    reason, office
        Keys of ``REASONS`` and ``OFFICES``; empty where none was chosen.
    note
        A few words, kept and shown; empty if none, or if there stands what looks like a person:
        a title, a long number, NIK or KK. A name alone is not known as one.
    faults
        Why it cannot be accepted.
    warnings
        What must be known before it is.
    """

    lines: tuple[int, ...]
    indicator: str
    period: str
    printed: float | None
    said: float | None
    reason: str
    office: str
    note: str = ""
    faults: tuple[Fault, ...] = ()
    warnings: tuple[Fault, ...] = ()

    @property
    def key(self) -> str:
        """By which it is told from the other entries of the sheet."""
        return f"c {self.indicator} {self.period} {self.lines[0]}"


@dataclass(frozen=True)
class Tallied:
    """What was counted in one RW, its RT taken together.

    Parameters
    ----------
    lines
        Where it stands in the file; one line for each RT, or one for the RW.
    rw
        Its number with three digits; empty where that cannot be read.
    counts
        By ``COUNTS``; None where it was not counted in all RT.
    faults, warnings
        As in :class:`Correction`.
    """

    lines: tuple[int, ...]
    rw: str
    counts: Mapping[str, float | None] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()
    warnings: tuple[Fault, ...] = ()

    @property
    def key(self) -> str:
        """By which it is told from the other entries of the sheet."""
        return f"t {self.rw} {self.lines[0]}"


Entry = Correction | Tallied


@dataclass(frozen=True)
class Returned:
    """All that a return sheet says.

    Parameters
    ----------
    stamp
        Which sheet it is.
    period
        Of the tally.
    corrections, tally
        Its entries; lines of the sheet that were left empty are none.
    complete
        True where the sheet says that all RW are in the tally.
    warnings
        What must be known about the sheet as a whole.
    """

    stamp: Stamp
    period: str
    corrections: tuple[Correction, ...]
    tally: tuple[Tallied, ...]
    complete: bool
    warnings: tuple[Fault, ...] = ()

    def entries(self) -> list[Entry]:
        """Return corrections, then the tally."""
        return [*self.corrections, *self.tally]

    def rows(self) -> int:
        """Return how many lines of the sheet say something."""
        return sum(len(one.lines) for one in self.entries())


@dataclass(frozen=True)
class _Row:
    line: int
    cells: Mapping[str, Cell]


@dataclass
class _Found:
    """What the tables of a file hold, as they are read."""

    stamps: set[Stamp] = field(default_factory=set)
    period: str = ""
    complete: str = ""
    rows: dict[str, list[_Row]] = field(
        default_factory=lambda: {returns.CORRECTIONS: [], returns.TALLY: []}
    )


def understand(
    grids: Sequence[Grid],
    name: str,
    indicators: Mapping[str, Indicator],
    kodes: AbstractSet[str],
    known: AbstractSet[tuple[str, str]],
) -> Returned:
    """Return what a return sheet says.

    Parameters
    ----------
    grids
        Its sheets, or its fields as :func:`grids_of` gives them.
    name
        Of the file, for messages.
    indicators
        The catalogue.
    kodes
        Kelurahan of the boundaries.
    known
        Indicators with the periods that there are figures of.

    Raises
    ------
    TableError
        It holds what may be of persons, or is no return sheet of this city.
    """
    if faults := [fault for grid in grids for fault in personal_columns(grid)]:
        raise TableError(*faults)
    found = _Found()
    for grid in grids:
        _look_through(grid, found)
    stamp = _stamp(found, name, kodes)
    corrections = _corrections(found.rows[returns.CORRECTIONS], indicators, known)
    tally = _tally(found.rows[returns.TALLY], indicators)
    if len(corrections) + len(tally) > _MOST_ENTRIES:
        message = (
            "{file}: has more entries than a return sheet can have. Send each sheet by itself."
        )
        raise TableError(Fault(message, file=name))
    period = found.period if is_period(found.period) else ""
    if tally and not period:
        message = "{file}: does not say of which period its tally is. Fetch a new return sheet."
        raise TableError(Fault(message, file=name))
    return Returned(
        stamp, period, tuple(corrections), tuple(tally),
        returns.chosen(found.complete, YES_NO) == "yes",
        tuple(_altered(found.rows[returns.CORRECTIONS], stamp)),
    )  # fmt: skip


def _look_through(grid: Grid, found: _Found) -> None:
    table, columns = "", {}
    for line, row in zip(grid.lines, grid.rows, strict=True):
        first = _text(row[0])
        second = _text(row[1]) if len(row) > 1 else ""
        if first == returns.STAMP:
            stamp = returns.stamp_in(second)
            found.stamps |= {stamp} if stamp else set()
        elif first == returns.TALLY_PERIOD:
            found.period = second
        elif first == returns.COMPLETE:
            found.complete = second
        elif first in found.rows:
            table = first
            columns = {_text(cell): place for place, cell in enumerate(row) if place}
        elif table and first != returns.HEADINGS:
            cells = {key: row[place] for key, place in columns.items()}
            found.rows[table].append(_Row(line, {**cells, "id": row[0]}))


def _text(cell: Cell) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return f"{cell:.0f}"
    return "" if cell is None else str(cell).strip()


def _stamp(found: _Found, name: str, kodes: AbstractSet[str]) -> Stamp:
    if len(found.stamps) != 1:
        message = (
            "{file}: is no return sheet, or one put together of several. Fetch a return sheet on "
            "this page and fill that one in."
        )
        raise TableError(Fault(message, file=name))
    (stamp,) = found.stamps
    if stamp.kode not in kodes:
        message = (
            "{file}: is of {kode}, which is not in the boundaries. Choose the city of the sheet."
        )
        raise TableError(Fault(message, file=name, kode=quote(stamp.kode)))
    return stamp


def _altered(rows: Sequence[_Row], stamp: Stamp) -> Iterator[Fault]:
    """Tell whether the figures that stand on the sheet are those it was made with."""
    parts = [(_text(row.cells.get("id")), _printed(row)) for row in rows]
    shown = [
        (*key.partition(" ")[::2], "" if value is None else f"{value:.0f}")
        for key, value in parts
        if key
    ]
    if returns.digest_of(stamp.kode, shown) != stamp.digest:
        yield Fault(
            "Protected cells of this sheet were changed, or lines were taken out: what it says "
            "stands now is not what it was made with. Look at every entry."
        )


def _printed(row: _Row) -> float | None:
    cell = row.cells.get("now")
    return parse(cell, "id") if isinstance(cell, float) or _text(cell).isdigit() else None


# --- corrections -------------------------------------------------------------------------------


def _corrections(
    rows: Sequence[_Row],
    indicators: Mapping[str, Indicator],
    known: AbstractSet[tuple[str, str]],
) -> list[Correction]:
    asked = ("said", "reason", "office", "note")
    filled = [row for row in rows if any(_text(row.cells.get(key)) for key in asked)]
    read = [_correction(row, indicators, known) for row in filled]
    keys = [(one.indicator, one.period) for one in read]
    twice = Fault("The same figure is corrected on two lines. Keep one.")
    return [
        replace(one, faults=(*one.faults, twice)) if keys.count(key) > 1 else one
        for one, key in zip(read, keys, strict=True)
    ]


def _correction(
    row: _Row, indicators: Mapping[str, Indicator], known: AbstractSet[tuple[str, str]]
) -> Correction:
    indicator, _space, period = _text(row.cells.get("id")).partition(" ")
    reason = returns.chosen(_text(row.cells.get("reason")), REASONS)
    office = returns.chosen(_text(row.cells.get("office")), OFFICES)
    said, faulty = _count(row.cells.get("said"))
    printed = _printed(row)
    note, doubt = without_person(_text(row.cells.get("note")))
    faults = list(faulty)
    if (indicator, period) not in known or indicators[indicator].kind != "count":
        message = "{what} is no count of this city that can be corrected. Fetch a new return sheet."
        faults.append(Fault(message, what=quote(f"{indicator} {period}".strip())))
    if said is None and not faults:
        faults.append(Fault("It is not said what the figure should be. Fill it in."))
    if not reason:
        faults.append(Fault("No reason of the list is given. Choose one."))
    if not office:
        faults.append(Fault("No office of the list says so. Choose one; persons are not named."))
    same = said is not None and said == printed
    warnings = [*doubt, *([Fault("It says the same as the sheet did.")] if same else [])]
    return Correction(
        (row.line,), indicator, period, printed, said, reason, office, note, tuple(faults),
        tuple(warnings),
    )  # fmt: skip


def _count(cell: Cell) -> tuple[float | None, list[Fault]]:
    """Return a whole number, zero or more; None for an empty cell, and why for any other."""
    if is_unknown(cell):
        return None, []
    value = parse(cell, "id")
    if value is None or value < 0 or value > returns.LARGEST or not float(value).is_integer():
        message = "{cell} is no whole number from 0 to {most}. Correct it."
        return None, [Fault(message, cell=quote(_text(cell)), most=returns.LARGEST)]
    if has_decimals(cell, "id") and parse(cell, "en") is not None:  # 1,000
        message = "{cell} can be read in two ways. Write it without separators."
        return None, [Fault(message, cell=quote(_text(cell)))]
    return value, []


def without_person(text: str) -> tuple[str, list[Fault]]:
    """Return a note, or nothing and why, where something in it looks like a person."""
    if _DIGITS.search(text) or _PERSON.search(text) or _IDENTITY.search(text):
        message = "Its note may point to a person and is left out. Write notes without names."
        return "", [Fault(message)]
    return text[: returns.LONGEST_NOTE], []


# --- tally -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Counted:
    line: int
    rw: int
    rt: int
    counts: Mapping[str, float | None]
    faults: tuple[Fault, ...]


def _tally(rows: Sequence[_Row], indicators: Mapping[str, Indicator]) -> list[Tallied]:
    asked = ("rt", *COUNTS)
    filled = [row for row in rows if any(_text(row.cells.get(key)) for key in asked)]
    by_rw: dict[tuple[int, int], list[_Counted]] = {}
    for row in filled:
        one = _counted(row)
        # Lines of an RW that cannot be read stay by themselves.
        by_rw.setdefault((one.rw, 0 if one.rw else one.line), []).append(one)
    missing = [name for name in TALLIED.values() if name not in indicators]
    return [
        _tallied(some, missing) for _key, some in sorted(by_rw.items(), key=lambda pair: pair[0])
    ]


def _counted(row: _Row) -> _Counted:
    faults: list[Fault] = []
    if not _TALLY_ID.fullmatch(_text(row.cells.get("id"))):
        faults.append(Fault("This line is none of the sheet's own. Use the lines that are there."))
    rw = _ordinal(row.cells.get("rw"), "RW", returns.MOST_RW)
    if not rw:
        message = "The number of the RW is missing or is none. Write 1 to {most}."
        faults.append(Fault(message, most=returns.MOST_RW))
    rt, written = _ordinal(row.cells.get("rt"), "RT", returns.MOST_RT), row.cells.get("rt")
    if not rt and _text(written).strip("-–"):
        message = "{cell} is no number of an RT. Write 1 to {most}."
        faults.append(Fault(message, cell=quote(_text(written)), most=returns.MOST_RT))
    counts: dict[str, float | None] = {}
    for name in COUNTS:
        counts[name], faulty = _count(row.cells.get(name))
        faults += faulty
    if all(value is None for value in counts.values()) and not faults:
        faults.append(Fault("Nothing was counted on this line."))
    return _Counted(row.line, rw, rt, counts, tuple(faults))


def _ordinal(cell: Cell, kind: str, most: int) -> int:
    """Return the number of an RW or RT as people write it (``3``, ``003``, ``RW 03``); 0 if none.

    Examples
    --------
    >>> _ordinal(3.0, "RW", 99), _ordinal("RW. 003", "RW", 99), _ordinal("3a", "RW", 99)
    (3, 3, 0)
    """
    found = re.fullmatch(rf"(?:{kind}[\s.]*)?0*(\d{{1,3}})", _text(cell), re.IGNORECASE)
    number = int(found[1]) if found else 0
    return number if number <= most else 0


def _tallied(some: Sequence[_Counted], missing: Sequence[str]) -> Tallied:
    """Return the lines of an RW taken together."""
    whole, parts = [one for one in some if not one.rt], [one for one in some if one.rt]
    faults = [fault for one in some for fault in one.faults]
    rts = [one.rt for one in parts]
    if len(whole) > 1 or len(set(rts)) < len(rts):
        faults.append(Fault("The same RW or RT stands on two lines. Keep one."))
    if missing:
        message = (
            "The catalogue lacks {names}, under which a tally is kept. Add them to indicators.toml."
        )
        faults.append(Fault(message, names=shorten(missing)))
    counts: dict[str, float | None] = {}
    warnings: list[Fault] = []
    for name in COUNTS:
        counts[name], wrong, doubt = _summed(name, whole, parts)
        faults += wrong
        warnings += doubt
    poor, families = counts["poor"], counts["families"]
    if poor is not None and families is not None and poor > families:
        message = "{poor} poor families are more than the {families} families counted."
        faults.append(Fault(message, poor=poor, families=families))
    rw = f"{some[0].rw:03}" if some[0].rw else ""
    lines = tuple(one.line for one in some)
    return Tallied(lines, rw, counts, tuple(faults), tuple(warnings))


def _summed(
    name: str, whole: Sequence[_Counted], parts: Sequence[_Counted]
) -> tuple[float | None, list[Fault], list[Fault]]:
    """Return a count of an RW, what is wrong with it, and what must be known about it.

    Its own line counts, else its RT if all of them were counted.
    """
    known = [value for one in parts if (value := one.counts[name]) is not None]
    total = sum(known) if parts and len(known) == len(parts) else None
    own = whole[0].counts[name] if whole else None
    if own is not None and (sum(known) > own or total not in {None, own}):
        message = "{count}: the line of the RW says {own}, its RT sum to {total}. Correct one."
        return None, [Fault(message, count=COUNTS[name], own=own, total=sum(known))], []
    if own is None and total is None and known:
        message = "{count}: not counted in every RT, so the sum of the RW is not known."
        return None, [], [Fault(message, count=COUNTS[name])]
    return (total if own is None else own), [], []


# --- forms -------------------------------------------------------------------------------------


def fields(task: "Task") -> list[list[str]]:
    """Return name and value of every field of a PDF. Called in the child process only."""
    import pikepdf  # noqa: PLC0415 - the parent has no need of it

    name = str(task.arguments["name"])
    try:
        with pikepdf.open(io.BytesIO(task.content)) as document:
            form = document.Root.get("/AcroForm")
            found = [] if form is None else list(_values(form.get("/Fields", ()), "", 0))
    except pikepdf.PasswordError as error:
        raise TableError(locked(name)) from error
    except (pikepdf.PdfError, TypeError, ValueError, AttributeError, KeyError) as error:
        raise TableError(damaged(name)) from error
    if not found:
        message = (
            "{file}: has no fields, as a scan or a print to PDF has none. Type what it says into "
            "the return sheet (XLSX)."
        )
        raise TableError(Fault(message, file=name))
    if len(found) > _MOST_FIELDS:
        raise TableError(damaged(name))
    return found


def _values(some: object, above: str, depth: int) -> Iterator[list[str]]:
    for one in list(some)[: _MOST_FIELDS + 1]:  # type: ignore[call-overload]
        part = str(one.get("/T", ""))
        name = f"{above}.{part}".strip(".")
        kids = one.get("/Kids")
        if kids is not None and depth < _DEEPEST and any("/T" in kid for kid in kids):
            yield from _values(kids, name, depth + 1)
        else:
            yield [name[:_LONGEST_VALUE], str(one.get("/V", ""))[:_LONGEST_VALUE]]


def grids_of(found: Sequence[Sequence[str]]) -> tuple[Grid, ...]:
    """Return the fields of a form as the sheets that they stand for.

    Parameters
    ----------
    found
        Name and value of each.
    """
    values = {name: value.strip() for name, value in found}
    told = {returns.STAMP, returns.TALLY_PERIOD, returns.COMPLETE}
    head = [[key, values.get(key) or None] for key in sorted(told)]
    tables: dict[str, dict[str, dict[str, str]]] = {"c": {}, "t": {}}
    for name, value in values.items():
        parts = name.split(":")
        if parts[0] in tables and len(parts) > 2:  # noqa: PLR2004 - table, line and column
            key = " ".join(parts[1:-1]) if parts[0] == "c" else f"t{parts[1]}"
            tables[parts[0]].setdefault(key, {})[parts[-1]] = value
    return (
        _table(head, returns.CORRECTIONS, returns.CORRECTION_COLUMNS, tables["c"]),
        _table([], returns.TALLY, returns.TALLY_COLUMNS, tables["t"]),
    )


def _table(
    head: Sequence[Sequence[Cell]],
    name: str,
    columns: Sequence[str],
    entries: Mapping[str, Mapping[str, str]],
) -> Grid:
    rows: list[list[Cell]] = [list(row) for row in head]
    rows.append([name, *columns[1:]])
    rows += [
        [key, *(cells.get(one) or None for one in columns[1:])] for key, cells in entries.items()
    ]
    width = len(columns)
    padded = tuple((*row, *[None] * (width - len(row))) for row in rows)
    return Grid(name, padded, tuple(range(1, len(rows) + 1)))
