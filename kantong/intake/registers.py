"""Registers of families and people, counted by kelurahan, RW, decile and programme.

The file is read twice. :func:`survey` looks at every row: which places stand in it, how many
people, who is inactive or deceased. Its caller finds the kelurahan of each place. Then
:func:`count` reads of each row its two numbers and which of the texts of the survey it has, and
counts families and persons by these. Both are one Ibis expression for every engine, in which
numbers are compared exactly; neither lets a name or an identity number into Python.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial, reduce
from operator import or_
from typing import TYPE_CHECKING

import ibis  # type: ignore[import-untyped]
import pandas as pd
import pyarrow as pa  # type: ignore[import-untyped]

from kantong.geo.errors import Fault, TableError
from kantong.geo.schema import KECAMATAN, KELURAHAN, KODE
from kantong.intake import beside
from kantong.intake import expressions as cells
from kantong.intake.engines import BEYOND, Engine, fetch, keep
from kantong.intake.families import Family, Programme, Register, Unit
from kantong.intake.grid import Cell, Grid
from kantong.intake.registerfile import RegisterFile, find_in_grid
from kantong.intake.tally import Compared, Counted, reconcile, stays, together

if TYPE_CHECKING:
    from collections.abc import Callable

    from ibis.expr.types import (  # type: ignore[import-untyped]
        BooleanValue,
        IntegerValue,
        StringValue,
        Table,
        Value,
    )

CODE, ROWS, POINT = "code", "rows", "point"
PLACE_COLUMNS = (CODE, KELURAHAN, KECAMATAN)
# Texts as the file writes them, by which its rows are first put together.
_DESIL, _RW, _INACTIVE, _DECEASED, _ALIVE = (
    "desil_text", "rw_text", "inactive_text", "deceased_text", "alive_text",
)  # fmt: skip
_TEXTS = (*PLACE_COLUMNS, POINT, _DESIL, _RW, _INACTIVE, _DECEASED, _ALIVE)
# More of them than any country has places: then the columns hold something else.
_MOST_GROUPS = 2_000_000
# Columns of rows that are kept.
_FAMILY, _PERSON, _CODED = ("number", "text"), ("person", "person_text"), "coded"
_KEY_TEXTS = (_FAMILY[1], _PERSON[1])
_PRIME = 8191
_ANYWHERE = "*"  # where families of an earlier register lived does not matter
_LINE = "line"
_IDENTITY_NUMBER = re.compile(r"\d{12,}")
_KEY_MARKS = ("unplain", "keyless", "lost")
_MARKS = (*_KEY_MARKS, "uneven", "longer")
_FAULTS = ("lost", "uneven", "longer")
_LINES_SHOWN = 5
# From here on a spreadsheet keeps 15 digits only and writes zeros for the rest.
_BEYOND_DIGITS = 1e15
# From here on a number of a workbook is that of its neighbour too, whoever wrote it.
_BEYOND_FLOAT = 2.0**53


@dataclass(frozen=True)
class Opened:
    """A register on an engine.

    Parameters
    ----------
    engine, table
        Where it lives; columns ``c0``, ``c1`` ... of text and, from sheets, ``line``.
    register
        What the columns are.
    file
        Name of the file, for messages.
    above
        Lines above the first row.
    place
        From longitude and latitude, as text, to ``kode``; None where points are not placed.
    """

    engine: Engine
    table: "Table"
    register: Register
    file: str
    above: int = 1
    place: "Callable[[StringValue, StringValue], StringValue] | None" = None


@dataclass(frozen=True)
class Survey:
    """What stands in a register.

    Parameters
    ----------
    opened
        The register.
    places
        One row a place as it is written: texts ``code``, ``kelurahan``, ``kecamatan`` and how
        many ``rows``. Places to be matched; those of points are not among them.
    groups
        Rows by place as the engine reads it, decile, RW and status.
    """

    opened: Opened
    places: pd.DataFrame
    groups: pd.DataFrame = field(repr=False)


@dataclass(frozen=True)
class Earlier:
    """An earlier register, by which it is told who was served then already.

    Parameters
    ----------
    surveyed
        What stands in it.
    years
        Years from it to the register that is counted.
    paid
        Lists of those who were paid then, by programme.
    """

    surveyed: Survey
    years: int
    paid: Mapping[str, Opened] = field(default_factory=dict)


def open_file(engine: Engine, file: RegisterFile) -> Opened:
    """Open a text file on an engine."""
    table = engine.read(file)
    return Opened(engine, table, file.register, file.path.name, file.above)


def open_grid(engine: Engine, grid: Grid, file: str) -> Opened:
    """Open a sheet on an engine.

    Parameters
    ----------
    engine
        Where to count.
    grid
        The sheet as it stands in the file, titles and heading too.
    file
        For messages.

    Raises
    ------
    TableError
        None of the first rows is the heading of a register.
    """
    index, register = find_in_grid(grid, file)
    rows = grid.rows[index + 1 :]
    data: dict[str, Sequence[object]] = {
        f"c{position}": _texts([row[position] for row in rows], register, position)
        for position in register.needed
    }
    types = [(name, pa.string()) for name in data]
    data[_LINE] = grid.lines[index + 1 :]
    sheet = pa.table(data, schema=pa.schema([*types, (_LINE, pa.int64())]))
    return Opened(engine, ibis.memtable(sheet), register, file, grid.lines[index])


def _texts(column: Sequence[Cell], register: Register, position: int) -> list[str]:
    """Return the cells of a column as a text file would have them."""
    large = [cell for cell in column if _is_number(cell) and float(cell or 0) >= _BEYOND_DIGITS]
    is_key = position in {register.family_key, register.person_key}
    cut = is_key and bool(large) and all(float(cell or 0) % 10 == 0 for cell in large)
    limit = _BEYOND_DIGITS if cut else _BEYOND_FLOAT
    return [_text(cell, lost_from=limit if is_key else math.inf) for cell in column]


def _is_number(cell: Cell) -> bool:
    return isinstance(cell, (int, float)) and not isinstance(cell, bool)


def _text(cell: Cell, *, lost_from: float) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, str):
        return cell
    if cell >= lost_from:
        return f"{cell:.5E}"  # said as the loss it is, so that the file is refused
    return str(int(cell)) if float(cell).is_integer() else str(cell)


# --- first look ------------------------------------------------------------------------------


def survey(opened: Opened) -> Survey:
    """Look at every row of a register once.

    Parameters
    ----------
    opened
        The register.

    Returns
    -------
    Survey
        The places in it, for the caller to match, and what :func:`count` needs beside.

    Raises
    ------
    TableError
        The register says nowhere where its rows live, numbers of families have lost digits, or
        the file is damaged.
    """
    _refuse_persons_alone(opened)
    groups = fetch(opened.engine, _surveyed(opened), opened.file)
    groups = _spelt_out(groups, opened.register)
    _refuse_faults(opened, groups)
    if len(groups) > _MOST_GROUPS:
        message = (
            "{file}: holds too many different kelurahan, deciles and RW. Check that the cells "
            "stand under their headings."
        )
        raise TableError(Fault(message, file=opened.file))
    named = groups.loc[groups[POINT] == "", [*PLACE_COLUMNS, ROWS]]
    for column in PLACE_COLUMNS:
        named[column] = named[column].map(_as_read)
    places = named.groupby(list(PLACE_COLUMNS))[ROWS].sum().reset_index()
    return Survey(opened, places, groups)


def _refuse_persons_alone(opened: Opened) -> None:
    if opened.register.family is Family.DTSEN_PERSONS:
        message = (
            "{file}: is the DTSEN file of persons, which holds the address on the identity card "
            "but not where people live. Bring the file of households too: "
            "'kantong count HOUSEHOLDS --people {file}'."
        )
        raise TableError(Fault(message, file=opened.file))


def _surveyed(opened: Opened) -> "Table":
    """Return the rows by their texts, with what these mean."""
    rows = _rows(opened)
    texts = [column for column in rows.columns if column in _TEXTS]
    groups = rows.group_by([*texts, "marks"]).agg(
        rows.count().name(ROWS), *(rows[name].sum().name(name) for name in _receipts(opened))
    )
    text = {column: groups[column] if column in texts else ibis.literal("") for column in _TEXTS}
    rw = cells.rw_of_sls if opened.register.rw is None else cells.rw
    meant = groups.mutate(
        desil=cells.decile(text[_DESIL]),
        rw=rw(text[_RW]),
        status=cells.status(text[_INACTIVE], text[_DECEASED], text[_ALIVE]),
    )
    return meant.limit(_MOST_GROUPS + 1)


def _rows(opened: Opened) -> "Table":
    """Return the texts of each row, and marks; identity numbers only as there or not."""
    marks = _marks(opened)
    spelt = sum(
        (ibis.cases((mark, 1 << bit), else_=0).cast("int64") for bit, mark in enumerate(marks)),
        start=ibis.literal(0, "int64"),
    )
    # Nearly all rows have none, which costs less to see than which of them a row has.
    clean = ~reduce(or_, [marks[0], *marks[len(_KEY_MARKS) :]])
    return opened.table.select(
        **_texts_of(opened),
        marks=ibis.cases((clean, ibis.literal(0, "int64")), else_=spelt),
        **_receipts(opened),
    )


def _marks(opened: Opened) -> "list[BooleanValue]":
    """Return what is rare: ``_MARKS``, then unclear answers by programme."""
    table, register = opened.table, opened.register
    family, person = _keys(opened)
    unclear = [cells.answer(table, one) == cells.UNCLEAR for one in register.programmes]
    unplain = ~(family.plain & person.plain)
    return [unplain, family.missing, family.lost | person.lost, *_widths(opened), *unclear]


def _receipts(opened: Opened) -> "dict[str, IntegerValue]":
    """Return 1 or 0 for each programme."""
    return {
        f"p{index}": (cells.answer(opened.table, programme) == cells.YES).cast("int8")
        for index, programme in enumerate(opened.register.programmes)
    }


def _spelt_out(groups: pd.DataFrame, register: Register) -> pd.DataFrame:
    """Return groups with all columns of ``_TEXTS``, and the rows that each mark stands at."""
    unclear = (f"u{index}" for index in range(len(register.programmes)))
    told = {
        name: groups[ROWS].where(groups["marks"].to_numpy() >> bit & 1 == 1, 0)
        for bit, name in enumerate((*_MARKS, *unclear))
    }
    texts = {column: groups.get(column, "") for column in _TEXTS}
    return groups.drop(columns="marks").assign(**texts, **told)


def _texts_of(opened: Opened) -> "dict[str, StringValue]":
    """Return the columns of ``_TEXTS`` that a register has."""
    register = opened.register
    positions = {
        KELURAHAN: register.kelurahan,
        KECAMATAN: register.kecamatan,
        _DESIL: register.desil,
        _RW: register.sls if register.rw is None else register.rw,
        _INACTIVE: register.inactive,
        _DECEASED: register.deceased,
        _ALIVE: register.alive,
    }
    texts = {
        name: cells.raw(opened.table, position)
        for name, position in positions.items()
        if position is not None
    }
    if register.kelurahan_code is not None:
        texts[CODE] = cells.code(opened.table, register)
    return texts | _points(opened, texts)


def _points(opened: Opened, texts: "dict[str, StringValue]") -> "dict[str, StringValue]":
    """Return the kode of rows that have coordinates and no kelurahan, where they are placed."""
    register = opened.register
    if opened.place is None or register.longitude is None or register.latitude is None:
        return {}
    longitude = cells.raw(opened.table, register.longitude)
    latitude = cells.raw(opened.table, register.latitude)
    nameless = longitude.strip() != ""
    for name in (CODE, KELURAHAN):
        if name in texts:
            nameless &= texts[name].strip() == ""
    placed = opened.place(longitude, latitude).fill_null("")
    return {POINT: ibis.cases((nameless, placed), else_="")}


def _keys(opened: Opened, *, plain: bool = False) -> tuple[cells.Key, cells.Key]:
    """Return the numbers of family and person; those of heads of families are of no use."""
    table, register = opened.table, opened.register
    person = register.person_key if register.unit is Unit.PERSON else None
    return (
        cells.key(table, register.family_key, plain=plain),
        cells.key(table, person, plain=plain),
    )


def _are_plain(looked: pd.DataFrame) -> bool:
    """Tell whether a look at all rows has found plain digits only, in numbers of both kinds."""
    return not looked["unplain"].any()


def _as_read(text: str) -> str:
    """Return a name or code without spaces around.

    In rows that are out of order an identity number can stand there; it goes no further.
    """
    return _IDENTITY_NUMBER.sub("…", text.strip())


def _widths(opened: Opened) -> "tuple[BooleanValue, BooleanValue]":
    """Mark rows with too few or too many cells, and rows with one empty cell too many."""
    table = opened.table
    if BEYOND not in table.columns:
        return ibis.literal(False), ibis.literal(False)
    beyond, last = table[BEYOND], table[f"c{len(opened.register.headers) - 1}"]
    longer = (beyond == "").fill_null(False)
    return last.isnull() | (beyond != "").fill_null(False), longer  # noqa: PD003 - of Ibis


def _refuse_faults(opened: Opened, groups: pd.DataFrame) -> None:
    """Refuse lines of another width than the heading, and numbers that have lost digits."""
    rows, lost, uneven, longer = (int(groups[name].sum()) for name in (ROWS, *_FAULTS))
    # Where every line ends with a delimiter, nothing is shifted.
    uneven += longer if longer < rows else 0
    if uneven:
        message = (
            "{file}: {count} rows (lines {lines}) do not have the cells of the heading. Put cells "
            "that hold a delimiter between quotation marks, or export the register again."
        )
    elif lost:
        message = (
            "{file}: {count} rows (lines {lines}) hold numbers of families or persons in "
            "scientific notation, as 3.57E+15; their last digits are lost. Export the register "
            "again with these columns as text, or count the original file."
        )
    else:
        return
    lines = _first_lines(opened, uneven or lost, of_width=bool(uneven))
    raise TableError(Fault(message, file=opened.file, count=uneven or lost, lines=lines))


def _first_lines(opened: Opened, count: int, *, of_width: bool) -> str:
    """Return the first lines with a fault; an engine of many machines knows no lines."""
    table = opened.table
    if _LINE not in table.columns:
        if opened.engine.name != "duckdb":
            return "?"
        # The rows are numbered before any is left out.
        table = table.mutate(**{_LINE: ibis.row_number() + opened.above + 1})
    numbered = replace(opened, table=table)
    family, person = _keys(numbered)
    uneven, longer = _widths(numbered)
    wrong = uneven | longer if of_width else family.lost | person.lost
    found = table.filter(wrong).select(_LINE).order_by(_LINE).limit(_LINES_SHOWN)
    first = fetch(opened.engine, found, opened.file)[_LINE]
    more = f" (+{count - len(first)})" if count > len(first) else ""
    return ", ".join(map(str, first)) + more


# --- families --------------------------------------------------------------------------------


def count(
    surveyed: Survey,
    resolution: pd.DataFrame,
    *,
    people: Opened | None = None,
    paid: Mapping[str, Opened] | None = None,
    earlier: Earlier | None = None,
) -> Counted:
    """Count the families of a register, and put them together with its people.

    A family is counted once in each kelurahan where it stands, whatever the number of its rows,
    with the lowest of its deciles and of its RW there. People are counted where and as their own
    row says. Where ``people`` is given they are counted with their family, and in the first of its
    kelurahan where it stands in several.

    Parameters
    ----------
    surveyed
        What :func:`survey` has found.
    resolution
        ``places`` with ``kode`` beside, empty where no kelurahan was found.
    people
        The DTSEN file of persons that belongs to a file of households, on the same engine.
    paid
        Lists of those who are paid, by programme (``pkh``), on the same engine: their families
        are found in the register by their number.
    earlier
        An earlier register on the same engine.

    Returns
    -------
    Counted
        Families and people, and what became of every row.

    Raises
    ------
    TableError
        A file is damaged, ``people`` is no file of persons, or files number families otherwise
        than the register does.
    """
    lists, past = dict(paid or {}), {} if earlier is None else dict(earlier.paid)
    opened = surveyed.opened
    groups = surveyed.groups.assign(**{KODE: _kode(surveyed.groups, resolution)})
    looked = _look_at_people(people) if people else groups
    others = [_look_at_numbers(opened, one) for one in (*lists.values(), *past.values())]
    if earlier is not None:
        beside.refuse_other_numbers(
            opened.register, earlier.surveyed.opened.register, earlier.surveyed.opened.file
        )
        others.append(earlier.surveyed.groups)
    plain = all(_are_plain(one) for one in (groups, looked, *others))
    most = max(int(one[ROWS].sum()) for one in (groups, looked, *others))
    known = groups.drop_duplicates(list(_TEXTS), ignore_index=True)
    rows = _keep(opened, _coded(opened, known, plain=plain), most)
    persons = _keep(people, _numbers(people, plain=plain), most) if people else rows
    kept = _Beside(
        opened.register.programmes,
        {name: _keep(one, _paid(one, name, plain=plain), most) for name, one in lists.items()},
        None if earlier is None else _Past.of(earlier, past, plain=plain, most=most),
    )
    tally = _count_families(rows, known, persons if people else None, kept)
    register = replace(opened.register, programmes=kept.programmes)
    groups = _with_all(groups, register)
    frame = together(groups, tally, register, with_people=people is not None)
    noted = reconcile(
        groups.assign(**{column: groups[column].map(_as_read) for column in PLACE_COLUMNS}),
        tally,
        register,
        twice=_twice(persons),
        people_rows=int(looked[ROWS].sum()) if people else None,
        lists=_placed(rows, kept),
    )
    long = None
    if earlier is not None:
        long = Compared(stays(tally, register), earlier.years)
    return Counted(frame, register, noted, long)


def _with_all(groups: pd.DataFrame, register: Register) -> pd.DataFrame:
    """Return groups with columns of the programmes that only other files tell of."""
    names = [f"{kind}{place}" for kind in "pu" for place in range(len(register.programmes))]
    return groups.assign(**{name: 0 for name in names if name not in groups})


def _look_at_numbers(opened: Opened, other: Opened) -> pd.DataFrame:
    """Return how many rows a list has; refuse one with faults, or with other numbers."""
    beside.refuse_other_numbers(opened.register, other.register, other.file)
    looked = fetch(other.engine, _persons(other), other.file)
    _refuse_faults(other, looked)
    return looked


def _paid(opened: Opened, programme: str, *, plain: bool) -> "Table":
    """Return the numbers of the families that a list names as paid."""
    rows = replace(
        opened,
        table=opened.table.filter(beside.is_paid(opened.table, opened.register, programme)),
    )
    numbers = _numbers(rows, plain=plain)
    return numbers.select(*(name for name in _FAMILY if name in numbers.columns))


@dataclass(frozen=True)
class _Past:
    """An earlier register, kept on the engine.

    Parameters
    ----------
    rows, meanings
        Its rows, and what their texts mean.
    programmes
        Those it marks, and behind them those of its lists.
    paid
        Its lists.
    """

    rows: "_Kept"
    meanings: "Table"
    programmes: tuple[Programme, ...]
    paid: "Mapping[str, _Kept]"

    @classmethod
    def of(cls, earlier: Earlier, paid: Mapping[str, Opened], *, plain: bool, most: int) -> "_Past":
        opened = earlier.surveyed.opened
        groups = earlier.surveyed.groups.assign(**{KODE: _ANYWHERE})
        known = groups.drop_duplicates(list(_TEXTS), ignore_index=True)
        return cls(
            _keep(opened, _coded(opened, known, plain=plain), most),
            _meanings(known, [_ANYWHERE]),
            beside.all_programmes(opened.register.programmes, list(paid)),
            {name: _keep(one, _paid(one, name, plain=plain), most) for name, one in paid.items()},
        )

    def families(self, index: int, key: list[str]) -> "Table":
        """Return the families of one part."""
        rows = _decoded(self.rows.part(_FAMILY[0], index), self.rows.opened.register)
        found = _families(_numbered(rows.inner_join(self.meanings, _CODED), key), key)
        return _with_lists(found, self.paid, self.programmes, index, key)


@dataclass(frozen=True)
class _Beside:
    """What other files say, kept on the engine.

    Parameters
    ----------
    own
        Programmes that the register itself marks.
    paid
        Numbers of the paid, by programme.
    past
        The earlier register; None without one.
    """

    own: tuple[Programme, ...]
    paid: "Mapping[str, _Kept]"
    past: _Past | None

    @property
    def programmes(self) -> tuple[Programme, ...]:
        """All programmes, in the order of their bits."""
        return beside.all_programmes(self.own, list(self.paid))

    def joined(self, families: "Table", index: int, key: list[str]) -> "Table":
        """Return families of one part with all that is said of them."""
        found = _with_lists(families, self.paid, self.programmes, index, key)
        if self.past is None:
            return found
        names = [one.name for one in self.programmes]
        order = [names.index(one.name) if one.name in names else -1 for one in self.past.programmes]
        return beside.with_past(found, self.past.families(index, key), key, order)


def _with_lists(
    families: "Table",
    paid: "Mapping[str, _Kept]",
    programmes: Sequence[Programme],
    index: int,
    key: list[str],
) -> "Table":
    names = [one.name for one in programmes]
    for name, kept in paid.items():
        part = kept.part(_FAMILY[0], index)
        families = beside.with_paid(families, part, key, names.index(name))
    return families


def _placed(rows: "_Kept", kept: _Beside) -> dict[str, tuple[int, int]]:
    """Return by list how many families it names, and how many of them stand in the register."""
    found: dict[str, tuple[int, int]] = {}
    key = rows.key(_FAMILY)
    run = partial(fetch, rows.opened.engine, file=rows.opened.file)
    for name, one in kept.paid.items():
        named = placed = 0
        for index in range(rows.parts):
            part = _numbered(one.part(_FAMILY[0], index), key)
            once = part.group_by(key).agg(times=part.count())
            own = _numbered(rows.part(_FAMILY[0], index), key)
            named += int(run(once.aggregate(count=once.count()))["count"].iloc[0])
            both = once.semi_join(own, key)
            placed += int(run(both.aggregate(count=both.count()))["count"].iloc[0])
        found[name] = named, placed
    return found


def _numbered(rows: "Table", key: list[str]) -> "Table":
    """Return the rows that have a number of the family."""
    if len(key) > 1:
        return rows.filter((rows[key[0]] != 0) | (rows[key[1]] != ""))
    return rows


def _kode(groups: pd.DataFrame, resolution: pd.DataFrame) -> "pd.Series[str]":
    """Return the kode of each group of rows; empty where it has none."""
    said = groups[list(PLACE_COLUMNS)].map(_as_read)
    known = resolution[[*PLACE_COLUMNS, KODE]].drop_duplicates()
    found = said.merge(known, on=list(PLACE_COLUMNS), how="left", validate="many_to_one")
    named = found[KODE].fillna("").set_axis(groups.index)
    return named.where(groups[POINT] == "", groups[POINT])


@dataclass(frozen=True)
class _Kept:
    """Rows with their numbers, kept on an engine while these are put together.

    That is done in ``parts``, each of which fits into memory: to go to disk takes twice as long.
    """

    opened: Opened
    table: "Table"
    parts: int

    def part(self, number: str, index: int) -> "Table":
        """Return all rows of some of the numbers."""
        if self.parts == 1:
            return self.table
        # By a prime, since most identity numbers end alike. A cell can hold "-5".
        rest = self.table[number] % _PRIME + _PRIME
        return self.table.filter(rest % self.parts == index)

    def key(self, columns: tuple[str, str]) -> list[str]:
        """Return the columns of a number: where all are plain digits there is no text beside."""
        return [name for name in columns if name in self.table.columns]


def _keep(opened: Opened, table: "Table", rows: int) -> _Kept:
    """Keep rows, which are at most so many."""
    at_once = opened.engine.at_once
    parts = 1 if at_once is None else max(math.ceil(rows / at_once), 1)
    return _Kept(opened, keep(opened.engine, table, opened.file), parts)


def _coded(opened: Opened, known: pd.DataFrame, *, plain: bool) -> "Table":
    """Return of each row its numbers and, as one, which known texts and programmes it has."""
    texts, register = _texts_of(opened), opened.register
    beside = {"bits": _bits(opened), **texts}
    if register.members is not None:
        beside["members"] = cells.members(opened.table, register.members)
    rows = _numbers(opened, plain=plain, **beside)
    shift = len(register.programmes)
    codes = [code << shift for code in range(len(known))]
    if texts:
        sheet = {name: pa.array(known[name].tolist(), pa.string()) for name in texts}
        sheet[_CODED] = pa.array(codes, pa.int64())
        rows = rows.inner_join(ibis.memtable(pa.table(sheet)), list(texts)).drop(*texts)
    else:
        rows = rows.mutate(**{_CODED: ibis.literal(0, "int64")})
    most = _smallest(len(known) << shift)
    return rows.mutate(**{_CODED: (rows[_CODED] + rows["bits"]).cast(most)}).drop("bits")


def _numbers(opened: Opened, *, plain: bool, **beside: "Value") -> "Table":
    """Return the numbers of each row that are of use."""
    register = opened.register
    family, person = _keys(opened, plain=plain)
    found: dict[str, Value] = {}
    if register.family_key is not None:
        found |= dict(zip(_FAMILY, (family.number, family.text), strict=True))
    if register.unit is Unit.PERSON and register.person_key is not None:
        found |= dict(zip(_PERSON, (person.number, person.text), strict=True))
    if plain:
        found = {name: column for name, column in found.items() if name not in _KEY_TEXTS}
    return opened.table.select(**found, **beside)


def _bits(opened: Opened) -> "IntegerValue":
    """Return the programmes of each row, a bit each."""
    receipts = _receipts(opened).values()
    return sum(
        (received.cast("int32") * (1 << bit) for bit, received in enumerate(receipts)),
        start=ibis.literal(0, "int32"),
    )


def _smallest(numbers: int) -> str:
    """Return the smallest type of so many numbers from 0 on: rows that are kept are many."""
    return next((f"int{size}" for size in (8, 16, 32) if numbers <= 1 << size - 1), "int64")


@ibis.udf.agg.builtin(name="bit_or")  # type: ignore[untyped-decorator]
def _all_of(bits: int) -> int:  # type: ignore[empty-body]
    """Return the bits that any of the rows has; Ibis knows it of DuckDB only."""


def _count_families(
    rows: _Kept, known: pd.DataFrame, people: _Kept | None, others: _Beside
) -> pd.DataFrame:
    """Return families by kelurahan, RW, decile and programmes (as bits)."""
    if rows.opened.register.family_key is None:
        return pd.DataFrame(columns=[*_TALLY, KODE])
    kodes = sorted(set(known[KODE]) - {""})
    meanings = _meanings(known, kodes)
    parts = [_tally_part(rows, meanings, people, others, index) for index in range(rows.parts)]
    tally = pd.concat(parts)
    place = tally["place"].astype(int)
    return tally.assign(**{KODE: [kodes[index] for index in place]}).reset_index(drop=True)


def _meanings(known: pd.DataFrame, kodes: list[str]) -> "Table":
    """Return what the known texts mean, where their rows count."""
    present = known[(known["status"] == cells.PRESENT) & (known[KODE] != "")]
    order = {kode: place for place, kode in enumerate(kodes)}
    columns = {
        _CODED: pa.array(present.index, pa.int64()),
        "place": pa.array(present[KODE].map(order).tolist(), pa.int32()),
        "desil": pa.array([one if one > 0 else None for one in present["desil"]], pa.int8()),
        "rw": pa.array([one if one > 0 else None for one in present["rw"]], pa.int16()),
    }
    return ibis.memtable(pa.table(columns))


def _decoded(rows: "Table", register: Register) -> "Table":
    """Return known texts and programmes apart again."""
    shift = len(register.programmes)
    coded = rows[_CODED].cast("int64")
    return rows.mutate(**{_CODED: coded >> shift, "bits": coded & (1 << shift) - 1})


def _tally_part(
    rows: _Kept, meanings: "Table", people: _Kept | None, others: _Beside, index: int
) -> pd.DataFrame:
    """Return the tally of the families of one part."""
    run = partial(fetch, rows.opened.engine, file=rows.opened.file)
    key = rows.key(_FAMILY)
    counted = _decoded(rows.part(_FAMILY[0], index), rows.opened.register)
    counted = _numbered(counted.inner_join(meanings, _CODED), key)
    persons = people.part(_FAMILY[0], index) if people else None
    families = others.joined(_families(counted, key), index, key)
    tally = run(_tally(_join_people(families, persons, key)))
    apart = tally["apart"].astype(bool)
    if not apart.any():
        return tally
    # Of these few families each kelurahan is told by itself.
    several = families.filter(families["lowest"] != families["highest"])
    again = _families(counted.semi_join(several, key), [*key, "place"])
    alone = others.joined(_people_in_first(_join_people(again, persons, key), key), index, key)
    return pd.concat([_without_counts(tally, apart), run(_tally(alone)).assign(apart=False)])


_TALLY = ("apart", "place", "rw", "desil", "bits", "families", "contrary", "members", "unstated",
          "people")  # fmt: skip


def _without_counts(tally: pd.DataFrame, apart: pd.Series) -> pd.DataFrame:
    """Keep of the families of several kelurahan how many they are."""
    counts = ("families", "members", "unstated", "contrary", "people")
    masked = {name: tally[name].mask(apart, 0) for name in counts}
    return tally.assign(several=tally["families"].where(apart, 0), **masked)


def _families(rows: "Table", by: list[str]) -> "Table":
    """Return one row a family."""
    has_members = "members" in rows.columns
    return rows.group_by(by).agg(
        rows["place"].min().name("lowest"),
        rows["place"].max().name("highest"),
        rows["desil"].min().name("desil"),
        rows["desil"].max().name("top"),
        rows["rw"].min().name("rw"),
        _all_of(rows["bits"]).name("bits"),
        (rows["members"].max() if has_members else ibis.null("int16")).name("members"),
        ibis.literal(0, "int64").name("people"),
    )


def _join_people(families: "Table", people: "Table | None", key: list[str]) -> "Table":
    """Return families with the number of people that a file of persons has of them."""
    if people is None:
        return families
    sizes = people.group_by(key).agg(people.count().name("size"))
    joined = families.left_join(sizes, key)
    return joined.mutate(people=joined["size"].fill_null(0)).drop("size")


def _people_in_first(families: "Table", key: list[str]) -> "Table":
    """Return families of several kelurahan, with their people in the first of these only."""
    first = families["lowest"].min().over(ibis.window(group_by=key))
    is_first = families["lowest"] == first
    return families.mutate(people=ibis.cases((is_first, families["people"]), else_=0))


def _tally(families: "Table") -> "Table":
    told = families.mutate(
        apart=families["lowest"] != families["highest"],
        place=families["lowest"],
        rw=families["rw"].fill_null(0),
        contrary=(families["desil"] != families["top"]).fill_null(False).cast("int8"),
        unstated=ibis.cases((families["members"] > 0, 0), else_=1),
        desil=families["desil"].fill_null(cells.MISSING),
    )
    past = [name for name in (beside.LONG, beside.STAY) if name in told.columns]
    return told.group_by(["apart", "place", "rw", "desil", "bits", *past]).agg(
        told.count().name("families"),
        told["contrary"].sum().name("contrary"),
        told["members"].sum().fill_null(0).name("members"),
        told["unstated"].sum().name("unstated"),
        told["people"].sum().name("people"),
    )


# --- persons ---------------------------------------------------------------------------------


def _look_at_people(people: Opened) -> pd.DataFrame:
    """Return how many rows a file of persons has; refuse one with faults, and another file."""
    if people.register.family is not Family.DTSEN_PERSONS:
        message = (
            "{file}: is no DTSEN file of persons. Its heading has nomor_induk_kependudukan and "
            "nomor_kartu_keluarga; leave --people out where there is none."
        )
        raise TableError(Fault(message, file=people.file))
    looked = fetch(people.engine, _persons(people), people.file)
    _refuse_faults(people, looked)
    return looked


def _persons(people: Opened) -> "Table":
    """Return how many rows a file of persons has, and how many have which fault."""
    family, person = _keys(people)
    unplain = ~(family.plain & person.plain)
    faults = dict(zip(_FAULTS, (family.lost | person.lost, *_widths(people)), strict=True))
    rows = people.table.select(unplain=unplain, **faults)
    sums = (rows[name].sum().fill_null(0).name(name) for name in ("unplain", *_FAULTS))
    return rows.aggregate([rows.count().name(ROWS), *sums])


def _twice(rows: _Kept) -> tuple[int, int]:
    """Return how many persons stand in several rows, and in how many rows."""
    key = rows.key(_PERSON)
    if not key:
        return 0, 0
    persons = again = 0
    for index in range(rows.parts):
        found = fetch(
            rows.opened.engine, _twice_in(rows.part(key[0], index), key), rows.opened.file
        )
        persons += int(found["persons"].iloc[0])
        again += int(found["rows"].iloc[0])
    return persons, again


def _twice_in(rows: "Table", key: list[str]) -> "Table":
    if len(key) > 1:
        rows = rows.filter((rows[key[0]] != 0) | (rows[key[1]] != ""))
    persons = rows.group_by(key).agg(rows.count().name("rows"))
    again = persons.filter(persons["rows"] > 1)
    return again.aggregate(
        [again.count().name("persons"), again["rows"].sum().fill_null(0).name("rows")]
    )
