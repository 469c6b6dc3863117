"""Interventions entered by hand or from a file: who does what, where, for how many, at what cost.

An entry is corrected by a new version and taken out by withdrawing it; nothing is ever deleted.
Among the entries of an area that are not withdrawn, programme, kelurahan, period and funder name
one, so that nothing is counted twice.
"""

import hashlib
import re
import unicodedata
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any

import pandas as pd
from sqlalchemy import Connection, Engine, Select, func, insert, select, update

from kantong.geo.errors import Fault, StoreError, TableError, quote, shorten
from kantong.geo.schema import DATASET, INTERVENTION_COLUMNS, KELURAHAN, KODE, PERIOD, Dataset
from kantong.store import audit
from kantong.store.database import reading, writing
from kantong.store.decisions import Alias, remember_aliases
from kantong.store.tables import INTERVENTION_VERSIONS, INTERVENTIONS, KEPT, WITHDRAWN

STRATEGIES = ("raise_income", "cut_spending", "direct")
KINDS = ("cash", "food", "housing", "health", "training", "sanitation", "business_capital")
STATUSES = ("planned", "pledged", "running", "done")
WHOLE_COLUMNS = ("target", "reached", "budget_rp")
REMARK_COLUMNS = ("source", "note")
NEEDED_COLUMNS = tuple(
    column for column in INTERVENTION_COLUMNS if column not in {KELURAHAN, DATASET}
)
ENTRY_COLUMNS = (*NEEDED_COLUMNS, *REMARK_COLUMNS)
STORED_COLUMNS = (
    *INTERVENTION_COLUMNS, "id", "version", "kept", *REMARK_COLUMNS, "entered_by", "entered_at",
)  # fmt: skip
HISTORY_COLUMNS = ("version", *ENTRY_COLUMNS, "reason", "entered_by", "entered_at")
ENTERED = "catatan"  # id of the data set that entries belong to
LONGEST_TEXT = 120
LONGEST_REMARK = 500
_TEXTS = tuple(column for column in ENTRY_COLUMNS if column not in WHOLE_COLUMNS)
_NAMES = {"programme", "funder"}
_CHOICES = {"strategy": STRATEGIES, "kind": KINDS, "status": STATUSES}
_KEY = ["programme", KODE, PERIOD, "funder"]
_PERIOD = re.compile(r"(?:19|20)\d\d(?:-Q[1-4])?")
_YEAR_LENGTH = 4
_UNSEEN = {"Cc", "Cs"}  # control characters, halves of pairs: no database holds them all
_ROW, _LINE, _ENTRY = "row", "line", "entry"  # what the numbers in messages count
_EXACT = 2**53  # whole numbers up to here are exact in the floats of a frame


@dataclass(frozen=True, kw_only=True)
class Correction:
    """How an entry should have been.

    Parameters
    ----------
    version
        The one that the user saw; refused where it is no longer the newest.
    changes
        New content by column of ``ENTRY_COLUMNS``; the other columns stay.
    reason
        For readers of the history.
    """

    version: int
    changes: Mapping[str, object]
    reason: str = ""


@dataclass(frozen=True)
class Comparison:
    """What of a list is new, beside what is entered already.

    Parameters
    ----------
    new
        Rows of the list that are not entered yet.
    changed
        Row by id of the entry that it says something else of.
    same
        Rows that say what is entered already.
    """

    new: tuple[int, ...]
    changed: Mapping[int, int]
    same: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class StoredInterventions:
    """Entries that hold now, as the data folder has its own.

    Parameters
    ----------
    interventions
        ``INTERVENTION_COLUMNS``; NaN where not known. Every row names one of ``datasets``.
    datasets
        By id; empty where there is no entry.
    """

    interventions: pd.DataFrame
    datasets: dict[str, Dataset]


def check(
    entries: pd.DataFrame, codes: Collection[str], kept: pd.DataFrame | None = None
) -> list[Fault]:
    """Return what to look at again in entries that may be entered as they are.

    Parameters
    ----------
    entries
        ``NEEDED_COLUMNS`` and, where there are any, ``REMARK_COLUMNS``; other columns are passed
        over, and so are rows with nothing in them. ``target``, ``reached`` (people, families or
        houses) and ``budget_rp`` are whole numbers, None or NaN where not known.
    codes
        ``kode`` of the boundary layer.
    kept
        What is entered already, as :func:`interventions` returns it.

    Returns
    -------
    list
        More reached than was the target; a year and a quarter of it for the same programme,
        kelurahan and funder.

    Raises
    ------
    TableError
        Columns are missing, there is no row, or cells cannot be kept; all faults, with their
        rows.
    """
    held = None if kept is None else kept[kept["kept"]]
    return _checked(_tidied(entries), codes, held)


def enter(
    engine: Engine, area: str, entries: pd.DataFrame, codes: Collection[str], who: str
) -> list[int]:
    """Enter interventions, all of them or none.

    Parameters
    ----------
    engine
        :func:`kantong.store.database.for_writing`.
    area
        :func:`kantong.store.datasets.area_of` the boundary layer.
    entries, codes
        As for :func:`check`.
    who
        Name of the user.

    Returns
    -------
    list
        Id of each row with something in it, in the order of the rows.

    Raises
    ------
    TableError
        See :func:`check`; nothing was entered.
    StoreError
        The store cannot be written; nothing was entered.
    """
    table = _tidied(entries)
    with writing(engine) as connection:
        return _enter(connection, area, table, codes, who)


def _enter(
    connection: Connection, area: str, table: pd.DataFrame, codes: Collection[str], who: str
) -> list[int]:
    _checked(table, codes, _held(connection, area))
    heads = [{"area": area, "status": KEPT}] * len(table)
    made = connection.execute(insert(INTERVENTIONS).returning(INTERVENTIONS.c.id), heads)
    ids = sorted(made.scalars())
    signed = {"version": 1, "reason": "", **_signature(who)}
    rows = zip(ids, _records(table), strict=True)
    connection.execute(
        insert(INTERVENTION_VERSIONS),
        [{"intervention": number, **row, **signed} for number, row in rows],
    )
    audit.record(
        connection, who, area, "enter interventions", subject=_keys(ids), rows=len(ids),
        first=ids[0], last=ids[-1],
    )  # fmt: skip
    return ids


def decide(
    engine: Engine,
    area: str,
    codes: Collection[str],
    who: str,
    upon: Callable[[pd.DataFrame], pd.DataFrame | tuple[int, Correction]],
) -> None:
    """Enter or correct what is decided upon what holds, with nobody writing in between.

    Parameters
    ----------
    engine, area, codes, who
        As for :func:`enter`.
    upon
        Is given what holds, as :func:`interventions` returns it; returns entries, or the id of
        an entry and how it should have been. What it raises is raised, and nothing changed.

    Raises
    ------
    TableError, StoreError
        As for :func:`enter` and :func:`correct`; nothing was changed.
    """
    with writing(engine) as connection:
        decided = upon(_held(connection, area))
        if isinstance(decided, pd.DataFrame):
            _enter(connection, area, _tidied(decided), codes, who)
        else:
            _correct(connection, *decided, codes, who)


def compare(entries: pd.DataFrame, kept: pd.DataFrame | None) -> Comparison:
    """Set a list beside what is entered already.

    Parameters
    ----------
    entries
        As for :func:`check`, by any unique whole number, such as the line of a file. A cell that
        is empty says nothing: what is entered stays.
    kept
        As :func:`interventions` returns it; None where there is no store.
    """
    table = _tidied(entries, _LINE)
    held = pd.DataFrame(columns=list(STORED_COLUMNS)) if kept is None else kept[kept["kept"]]
    by_key = dict(zip(_keys_of(held), held.to_dict("records"), strict=True))
    new, changed, same = [], {}, []
    lines, rows = map(int, table.index), _records(table)
    for line, key, row in zip(lines, _keys_of(table), rows, strict=True):
        before = by_key.get(key)
        if before is None:
            new.append(line)
        elif _differs(row, before):
            changed[int(before["id"])] = line
        else:
            same.append(line)
    return Comparison(tuple(new), changed, tuple(same))


def check_list(
    entries: pd.DataFrame, codes: Collection[str], kept: pd.DataFrame | None
) -> tuple[Comparison, list[Fault]]:
    """Set a list beside what is entered already, and return what to look at again in it.

    Parameters
    ----------
    entries, kept
        As for :func:`compare`; messages name the line of a row.
    codes
        ``kode`` of the boundary layer.

    Returns
    -------
    tuple
        What :func:`compare` returns, and of the rows that are new or correct an entry what
        :func:`check` does.

    Raises
    ------
    TableError
        See :func:`check`.
    """
    found = compare(entries, kept)
    if not (found.new or found.changed):
        return found, []
    others = None if kept is None else kept[kept["kept"] & ~kept["id"].isin(list(found.changed))]
    return found, _checked(_tidied(_as_kept(entries, kept, found), _LINE), codes, others)


def _as_kept(entries: pd.DataFrame, kept: pd.DataFrame | None, found: Comparison) -> pd.DataFrame:
    """Return the rows that are new or correct an entry as they would be kept, by line."""
    records = dict(zip(map(int, entries.index), _records(entries), strict=True))
    rows = {line: records[line] for line in found.new}
    for number, line in found.changed.items():
        before = {} if kept is None else _records(kept[kept["id"] == number])[0]
        rows[line] = before | _said(records[line])
    return pd.DataFrame(list(rows.values()), index=list(rows), dtype=object).sort_index()


def take_in(  # noqa: PLR0913 - what is taken in, where, by whom and why
    engine: Engine,
    area: str,
    entries: pd.DataFrame,
    codes: Collection[str],
    who: str,
    reason: str,
    *,
    decided: Iterable[Alias] = (),
) -> Comparison:
    """Enter the rows of a list that are new and correct those that differ, all or none.

    Parameters
    ----------
    engine, area, codes, who
        As for :func:`enter`.
    entries
        As for :func:`compare`.
    reason
        Why entries are corrected, such as the name of the list.
    decided
        What was decided about its places, remembered with it.

    Returns
    -------
    Comparison
        What was done with each row.

    Raises
    ------
    TableError
        See :func:`check`; nothing was changed.
    StoreError
        The store cannot be written; nothing was changed.
    """
    with writing(engine) as connection:
        held = _held(connection, area)
        found = compare(entries, held)
        if found.new:
            _enter(connection, area, _tidied(entries.loc[list(found.new)], _LINE), codes, who)
        versions = dict(zip(held["id"], held["version"], strict=True))
        records = dict(zip(map(int, entries.index), _records(entries), strict=True))
        for number, line in found.changed.items():
            said = Correction(
                version=int(versions[number]), changes=_said(records[line]), reason=reason
            )
            _correct(connection, number, said, codes, who)
        remember_aliases(connection, area, decided, who)
    return found


def _said(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the cells of a row that say something."""
    return {
        name: cell
        for name, cell in row.items()
        if name in ENTRY_COLUMNS and not _is_missing(cell) and cell != ""
    }


def _differs(row: Mapping[str, Any], held: Mapping[Any, Any]) -> bool:
    return any(
        _is_missing(held[name]) or held[name] != cell
        for name, cell in _said(row).items()
        if name not in _KEY
    )


def correct(
    engine: Engine, number: int, given: Correction, codes: Collection[str], who: str
) -> list[Fault]:
    """Add a version to an entry; the version before stays readable.

    Parameters
    ----------
    engine
        :func:`kantong.store.database.for_writing`.
    number
        Id of the entry.
    given
        What changes.
    codes
        ``kode`` of the boundary layer.
    who
        Name of the user.

    Returns
    -------
    list
        What to look at again, as :func:`check` returns it.

    Raises
    ------
    TableError
        The entry could not be kept as it would be; nothing was changed.
    StoreError
        There is no such entry, it is withdrawn, someone else corrected it meanwhile, or nothing
        differs.
    """
    with writing(engine) as connection:
        return _correct(connection, number, given, codes, who)


def _correct(
    connection: Connection, number: int, given: Correction, codes: Collection[str], who: str
) -> list[Fault]:
    area = _head(connection, number, needed=KEPT)
    before = _newest(connection, number)
    table = _tidied(pd.DataFrame([{**before, **given.changes}], [number], dtype=object), _ENTRY)
    (row,) = _records(table)
    changed = [column for column in ENTRY_COLUMNS if row[column] != before[column]]
    if given.version != before["version"] or not changed:
        raise StoreError(_not_corrected(number, given, before["version"]))
    kept = _held(connection, area)
    warnings = _checked(table, codes, kept[kept["id"] != number])
    signed = {"reason": audit.clean(given.reason.strip()), **_signature(who)}
    version = given.version + 1
    connection.execute(
        insert(INTERVENTION_VERSIONS).values(intervention=number, version=version, **row, **signed)
    )
    audit.record(
        connection, who, area, "correct intervention", subject=_key(number), version=version,
        changed=changed, reason=given.reason,
    )  # fmt: skip
    return warnings


def withdraw(engine: Engine, numbers: Sequence[int], who: str, reason: str = "") -> None:
    """Take entries out of all views, all of them or none; they stay in the store.

    Raises
    ------
    StoreError
        There is no such entry, or it is withdrawn already.
    """
    with writing(engine) as connection:
        _turn(connection, numbers, who, to=WITHDRAWN, reason=reason)


def bring_back(engine: Engine, numbers: Sequence[int], who: str, reason: str = "") -> None:
    """Show withdrawn entries again, all of them or none.

    Raises
    ------
    StoreError
        There is no such entry, it is not withdrawn, or it was entered anew meanwhile.
    """
    with writing(engine) as connection:
        for area in _turn(connection, numbers, who, to=KEPT, reason=reason):
            held = _held(connection, area)
            twice = _keys_of(held).duplicated(keep=False)
            if twice.any():
                message = (
                    "{entries}: entered anew meanwhile, so bringing back would count them twice. "
                    "Withdraw one of each first."
                )
                names = shorten(map(_key, held.loc[twice, "id"]))
                raise StoreError(Fault(message, entries=names))


def interventions(
    engine: Engine, area: str, names: "pd.Series[str] | None" = None, *, withdrawn: bool = False
) -> pd.DataFrame:
    """Return the newest version of each entry of an area.

    Parameters
    ----------
    engine
        Of the store.
    area
        Of the boundary layer.
    names
        Names of the kelurahan by ``kode``; without them ``kelurahan`` is empty.
    withdrawn
        True for entries that were withdrawn too.

    Returns
    -------
    DataFrame
        ``STORED_COLUMNS`` by ``id``: those of the data folder, then ``id``, ``version``,
        ``kept`` (False for withdrawn entries), ``source``, ``note``, ``entered_by`` and
        ``entered_at`` (UTC) of the newest version. NaN where a number is not known.
    """
    with reading(engine) as connection:
        found = _held(connection, area, withdrawn=withdrawn)
    if names is not None:
        found[KELURAHAN] = found[KODE].map(names).fillna("").astype(str)
    return found


def stored_interventions(
    engine: Engine, area: str, names: "pd.Series[str] | None" = None
) -> StoredInterventions:
    """Return the entries of an area that hold now, to be put beside those of the data folder.

    Parameters
    ----------
    engine, area, names
        As for :func:`interventions`.
    """
    found = interventions(engine, area, names)
    frame = found[list(INTERVENTION_COLUMNS)]
    told = {} if found.empty else {ENTERED: _described(found)}
    return StoredInterventions(frame, told)


def history(engine: Engine, number: int) -> pd.DataFrame:
    """Return all versions of an entry, oldest first.

    Returns
    -------
    DataFrame
        ``HISTORY_COLUMNS``; ``reason`` says why a version was corrected. NaN where a number is
        not known.

    Raises
    ------
    StoreError
        There is no such entry.
    """
    columns = [INTERVENTION_VERSIONS.c[name] for name in HISTORY_COLUMNS]
    wanted = select(*columns).where(INTERVENTION_VERSIONS.c.intervention == number)
    with reading(engine) as connection:
        _head(connection, number)
        return _frame(connection, wanted.order_by(INTERVENTION_VERSIONS.c.version), HISTORY_COLUMNS)


def _described(found: pd.DataFrame) -> Dataset:
    """Return what pages and prints say of the entries; the hash is of what they hold."""
    sources = sorted(set(found["source"]) - {""})
    when = f"{found['entered_at'].max().to_pydatetime().astimezone():%Y-%m-%d}"
    payload = found[["id", "version", *ENTRY_COLUMNS]].to_csv(index=False, lineterminator="\n")
    return Dataset(
        id=ENTERED,
        title={"id": "Intervensi yang dicatat", "en": "Interventions entered"},
        source=shorten(sources),
        licence="",
        simulated=False,
        path="",
        sha256=hashlib.sha256(payload.encode()).hexdigest(),
        imported=True,
        note={
            "id": f"{len(found)} catatan, terakhir {when}.",
            "en": f"{len(found)} entries, the last on {when}.",
        },
    )


# --- reading and writing ---------------------------------------------------------------------


def _signature(who: str) -> dict[str, Any]:
    return {"entered_by": audit.clean(who), "entered_at": audit.now()}


def _key(number: object) -> str:
    return f"intervensi-{number}"


def _keys(numbers: Iterable[int]) -> str:
    return shorten(map(_key, numbers))


def _held(connection: Connection, area: str, *, withdrawn: bool = False) -> pd.DataFrame:
    other = INTERVENTION_VERSIONS.alias()
    last = select(func.max(other.c.version)).where(other.c.intervention == INTERVENTIONS.c.id)
    entry = [INTERVENTION_VERSIONS.c[name] for name in ENTRY_COLUMNS]
    signed = [INTERVENTION_VERSIONS.c[name] for name in ("version", "entered_by", "entered_at")]
    wanted = (
        select(INTERVENTIONS.c.id, (INTERVENTIONS.c.status == KEPT).label("kept"), *entry, *signed)
        .join(INTERVENTION_VERSIONS, INTERVENTION_VERSIONS.c.intervention == INTERVENTIONS.c.id)
        .where(
            INTERVENTIONS.c.area == area,
            INTERVENTION_VERSIONS.c.version == last.scalar_subquery(),
        )
    )
    if not withdrawn:
        wanted = wanted.where(INTERVENTIONS.c.status == KEPT)
    return _frame(connection, wanted.order_by(INTERVENTIONS.c.id), STORED_COLUMNS)


def _frame(connection: Connection, wanted: Select[Any], columns: Sequence[str]) -> pd.DataFrame:
    names = [column.name for column in wanted.selected_columns]
    rows = pd.DataFrame(connection.execute(wanted).all(), columns=names, dtype=object)
    rows = rows.assign(**{KELURAHAN: "", DATASET: ENTERED})
    types: dict[str, str | type] = dict.fromkeys(columns, str)
    types |= dict.fromkeys(WHOLE_COLUMNS, float)
    types |= {"id": "int64", "version": "int64", "kept": bool, "entered_at": "datetime64[us, UTC]"}
    return rows[list(columns)].astype({name: types[name] for name in columns})


def _head(connection: Connection, number: int, *, needed: str = "") -> str:
    """Return the area of an entry that there is, and that is as it is needed."""
    wanted = select(INTERVENTIONS.c.area, INTERVENTIONS.c.status)
    found = connection.execute(wanted.where(INTERVENTIONS.c.id == number)).one_or_none()
    if found is None:
        message = "{entry}: there is no such entry. Look at the list again."
        raise StoreError(Fault(message, entry=_key(number)))
    if needed and found.status != needed:
        message = "{entry}: is kept already. Look at the list again."
        if found.status == WITHDRAWN:
            message = "{entry}: is withdrawn already. Look at the list again."
        raise StoreError(Fault(message, entry=_key(number)))
    return str(found.area)


def _newest(connection: Connection, number: int) -> dict[str, Any]:
    """Return version and content of the newest version of an entry."""
    columns = [INTERVENTION_VERSIONS.c[name] for name in ("version", *ENTRY_COLUMNS)]
    wanted = select(*columns).where(INTERVENTION_VERSIONS.c.intervention == number)
    newest = wanted.order_by(INTERVENTION_VERSIONS.c.version.desc()).limit(1)
    return dict(connection.execute(newest).mappings().one())


def _not_corrected(number: int, given: Correction, newest: int) -> Fault:
    if given.version != newest:
        message = (
            "{entry}: was corrected by someone else meanwhile (version {version}). "
            "Look at it again."
        )
        return Fault(message, entry=_key(number), version=newest)
    message = "{entry}: nothing differs from what is kept. Change it first."
    return Fault(message, entry=_key(number))


def _turn(
    connection: Connection, numbers: Sequence[int], who: str, *, to: str, reason: str
) -> list[str]:
    """Turn entries to another status, and return the areas that they lie in."""
    needed = WITHDRAWN if to == KEPT else KEPT
    by_area: dict[str, list[int]] = {}
    for number in dict.fromkeys(numbers):
        area = _head(connection, number, needed=needed)
        by_area.setdefault(area, []).append(number)
        turned = update(INTERVENTIONS).where(INTERVENTIONS.c.id == number)
        connection.execute(turned.values(status=to))
    action = "withdraw interventions" if to == WITHDRAWN else "bring back interventions"
    for area, ids in by_area.items():
        audit.record(connection, who, area, action, subject=_keys(ids), ids=ids, reason=reason)
    return list(by_area)


# --- what can be kept ------------------------------------------------------------------------


def _tidied(entries: pd.DataFrame, counted: str = _ROW) -> pd.DataFrame:
    """Return ``ENTRY_COLUMNS`` as they are kept, by number of the row, or by the index given.

    ``counted`` is what the numbers in messages count. Rows with nothing in them are left out.
    Numbers are int, None where not known, and quoted as text where they cannot be kept.
    """
    missing = [column for column in NEEDED_COLUMNS if column not in entries]
    if missing:
        message = "The columns {columns} are missing. Add them."
        raise TableError(Fault(message, columns=", ".join(missing)))
    rows = range(1, len(entries) + 1) if counted == _ROW else list(entries.index)
    index = pd.Index(rows, dtype="int64", name=counted)
    tidy: dict[str, list[Any]] = {}
    for column in ENTRY_COLUMNS:
        read = _whole if column in WHOLE_COLUMNS else _text
        given = entries[column] if column in entries else [""] * len(entries)
        tidy[column] = [read(cell) for cell in given]
    table = pd.DataFrame(tidy, index=index, dtype=object)
    table = table[~table.isin(["", None]).all(axis="columns")]
    if table.empty:
        raise TableError(Fault("There is no row to enter. Fill in one at least."))
    return table


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(column): cell for column, cell in row.items()} for row in table.to_dict("records")]


def _is_missing(cell: Any) -> bool:  # noqa: ANN401 - a cell of any column
    return bool(pd.api.types.is_scalar(cell) and pd.isna(cell))


def _text(cell: object) -> str:
    """Return a cell in one line without needless spaces; a year read as a number is text again."""
    if _is_missing(cell):
        return ""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    seen = (
        sign for sign in str(cell) if sign.isspace() or unicodedata.category(sign) not in _UNSEEN
    )
    return " ".join(unicodedata.normalize("NFC", "".join(seen)).split())


def _whole(cell: object) -> int | str | None:
    if _is_missing(cell) or (isinstance(cell, str) and not cell.strip()):
        return None
    if isinstance(cell, Real) and not isinstance(cell, bool):
        number = float(cell)
        if number.is_integer() and 0 <= number <= _EXACT:
            return int(number)
    return quote(cell)


def _checked(table: pd.DataFrame, codes: Collection[str], kept: pd.DataFrame | None) -> list[Fault]:
    faults = [
        *_faults_of_texts(table),
        *_faults_of_choices(table, codes),
        *_faults_of_numbers(table),
        *_faults_of_keys(table, kept),
    ]
    if faults:
        raise TableError(*faults)
    return list(_warnings(table, kept))


def _where(table: pd.DataFrame, wrong: "pd.Series[bool]") -> Fault:
    rows = shorten(table.index[wrong])
    if table.index.name == _ENTRY:
        return Fault("Entry {rows}", rows=rows)
    if table.index.name == _LINE:
        return Fault("Line {rows}", rows=rows)
    return Fault("Row {rows}", rows=rows)


def _faults_of_texts(table: pd.DataFrame) -> Iterator[Fault]:
    for column in _TEXTS:
        texts = table[column]
        longest = LONGEST_REMARK if column in REMARK_COLUMNS else LONGEST_TEXT
        empty = (texts == "") & (column in _NAMES)
        unkept = texts.map(lambda text: audit.clean(text) != text)
        # A for over templates, so that the translators find them.
        for message, wrong in (
            ("{where}: {column} is empty. Fill it in.", empty),
            (
                "{where}: {column} has over {longest} letters. Shorten it.",
                texts.str.len() > longest,
            ),
            ("{where}: {column} holds what may be an identity number. Take it out.", unkept),
        ):
            if wrong.any():
                yield Fault(message, where=_where(table, wrong), column=column, longest=longest)


def _faults_of_choices(table: pd.DataFrame, codes: Collection[str]) -> Iterator[Fault]:
    for column, known in _CHOICES.items():
        wrong = ~table[column].isin(known)
        if wrong.any():
            message = "{where}: {given} is not known as {column}. Use one of: {known}."
            yield Fault(
                message, where=_where(table, wrong), given=_given(table, wrong, column),
                column=column, known=", ".join(known),
            )  # fmt: skip
    for message, column, wrong in (
        ("{where}: {given} is no kelurahan of the boundaries. Choose its code from the list.",
         KODE, ~table[KODE].isin(list(codes))),
        ("{where}: {given} is no period. Write 2025 for a year, 2025-Q3 for a quarter.",
         PERIOD, ~table[PERIOD].map(lambda text: _PERIOD.fullmatch(text) is not None)),
    ):  # fmt: skip
        if wrong.any():
            yield Fault(message, where=_where(table, wrong), given=_given(table, wrong, column))


def _given(table: pd.DataFrame, wrong: "pd.Series[bool]", column: str) -> str:
    return shorten(map(quote, dict.fromkeys(table.loc[wrong, column])))


def _faults_of_numbers(table: pd.DataFrame) -> Iterator[Fault]:
    for column in WHOLE_COLUMNS:
        wrong = table[column].map(lambda cell: isinstance(cell, str))
        if wrong.any():
            message = (
                "{where}: {given} in {column} is no whole number from 0 up. Correct it, or leave "
                "it empty where it is not known."
            )
            given = shorten(dict.fromkeys(table.loc[wrong, column]))
            yield Fault(message, where=_where(table, wrong), given=given, column=column)


def _faults_of_keys(table: pd.DataFrame, kept: pd.DataFrame | None) -> Iterator[Fault]:
    keys = _keys_of(table)
    twice = keys.duplicated(keep=False)
    if twice.any():
        message = (
            "{where}: the same programme, kelurahan, period and funder stand there twice. "
            "Keep one row for each."
        )
        yield Fault(message, where=_where(table, twice))
    if kept is None:
        return
    ids = dict(zip(_keys_of(kept), kept["id"], strict=True))
    there = keys.isin(list(ids))
    if there.any():
        message = (
            "{where}: this programme, kelurahan, period and funder are entered already as "
            "{entries}. Correct that entry instead, or leave the row out."
        )
        entries = shorten(_key(ids[key]) for key in keys[there])
        yield Fault(message, where=_where(table, there), entries=entries)


def _keys_of(table: pd.DataFrame) -> "pd.Series[Any]":
    """Return what an entry is recognised by, however it is capitalised."""
    texts = (table[column].str.casefold() for column in _KEY)
    return pd.Series(list(zip(*texts, strict=True)), index=table.index, dtype=object)


def _warnings(table: pd.DataFrame, kept: pd.DataFrame | None) -> Iterator[Fault]:
    target, reached = table["target"].astype(float), table["reached"].astype(float)
    above = reached > target
    if above.any():
        yield Fault(
            "{where}: more were reached than was the target. Check both.",
            where=_where(table, above),
        )
    there: set[Hashable] = set(_keys_of(table))
    if kept is not None:
        there |= set(_keys_of(kept))
    over = _keys_of(table).map(lambda key: any(other in there for other in _overlapping(*key)))
    if over.any():
        message = (
            "{where}: a year and a quarter of it are entered for the same programme, kelurahan "
            "and funder. Check that nothing is counted twice."
        )
        yield Fault(message, where=_where(table, over))


def _overlapping(programme: str, kode: str, period: str, funder: str) -> list[tuple[str, ...]]:
    """Return the keys of entries whose period holds this one's, or lies in it."""
    year = period[:_YEAR_LENGTH]
    quarters = [f"{year}-q{quarter}" for quarter in range(1, 5)]
    return [(programme, kode, one, funder) for one in (quarters if period == year else [year])]
