"""The whole store as one file that any store of this version takes in, on either database.

The file is a ZIP archive: a member of JSON Lines for each table, and ``manifest.json`` with the
hash and the number of rows of each.
"""

import datetime as dt
import hashlib
import io
import json
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import IO, Any

from sqlalchemy import JSON, Column, Connection, Engine, Table, delete, func, insert, select, text
from sqlalchemy.exc import DataError, IntegrityError

from kantong.geo.errors import DamagedError, Fault, StoreError
from kantong.geo.files import sha256, write_whole
from kantong.store import audit, database, rights
from kantong.store.rights import Right
from kantong.store.tables import ALL, AUDIT, NUMBERED, UtcTime

_FORMAT = "kantong-backup"
_MANIFEST = "manifest.json"
_LONGEST_MANIFEST = 2**20
_LONGEST_LINE = 64 * 2**20
_AT_ONCE = 5_000
# Backups of earlier versions that are taken in, and the tables that those did not have yet.
_LACKING = {
    "v1": {"scenarios", "scenario_versions", "interventions", "intervention_versions", "people"},
    "v2": {"people"},
}
_UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
    NotImplementedError,
    RuntimeError,
)
_UNFIT = (LookupError, ValueError, TypeError, OverflowError, IntegrityError, DataError)


def back_up(engine: Engine, out: Path) -> dict[str, int]:
    """Write everything that the store holds at one moment into a file.

    Parameters
    ----------
    engine
        Of the store.
    out
        Must not be there yet.

    Returns
    -------
    dict
        Rows written, by table.

    Raises
    ------
    StoreError
        The file is there already or cannot be written, or the store cannot be read.
    """
    if out.exists():
        raise StoreError(Fault("{file}: is there already. Choose another name.", file=out.name))
    packed = io.BytesIO()
    with (
        database.reading(engine) as connection,
        zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        members = {table.name: _write_table(connection, archive, table) for table in ALL}
        archive.writestr(_MANIFEST, json.dumps(_manifest(members), indent=1))
    try:
        write_whole(out, packed.getvalue())
    except OSError as error:
        message = "{file}: cannot be written. Make room, or choose another folder."
        raise StoreError(Fault(message, file=out.name)) from error
    return {name: member["rows"] for name, member in members.items()}


def _manifest(members: dict[str, dict[str, Any]]) -> dict[str, Any]:
    return {
        "format": _FORMAT,
        "schema": database.NEWEST,
        "program": version("kantong"),
        "made_at": audit.now().isoformat(),
        "members": members,
    }


def _write_table(connection: Connection, archive: zipfile.ZipFile, table: Table) -> dict[str, Any]:
    digest, count = hashlib.sha256(), 0
    wanted = select(table).order_by(*table.primary_key)
    with archive.open(_member(table), "w", force_zip64=True) as member:
        for row in connection.execution_options(yield_per=_AT_ONCE).execute(wanted).mappings():
            line = json.dumps(dict(row), default=_as_text, allow_nan=False).encode() + b"\n"
            member.write(line)
            digest.update(line)
            count += 1
    return {"sha256": digest.hexdigest(), "rows": count}


def _member(table: Table) -> str:
    return f"{table.name}.jsonl"


def _as_text(moment: dt.datetime) -> str:
    return moment.isoformat()


def restore(file: Path, who: str, *, replace: bool = False) -> dict[str, int]:
    """Take in a backup, whole or not at all.

    Parameters
    ----------
    file
        Written by :func:`back_up`, from either database, by this version or one before.
    who
        Name of the user.
    replace
        True to put it in the place of what the store holds; the lines of its trail that the
        backup lacks are kept in the line that tells of this. The file of a damaged store is put
        aside under another name once the backup is taken in.

    Returns
    -------
    dict
        Rows taken in, by table.

    Raises
    ------
    RightsError
        The right to manage the store is missing.
    StoreError
        The file is damaged, foreign or of another version, or the store holds something or is
        damaged; the store is as it was.
    """
    rights.require(Right.MANAGE)
    with _opened(file) as archive:
        counts = _checked(archive, file.name)
        take_in = partial(_take_in, archive, file, counts, who)
        if _is_damaged(replace=replace):
            with database.replacing() as (engine, aside):
                take_in(engine, replace=True, aside=aside)
        else:
            take_in(database.for_writing(Right.MANAGE), replace=replace)
    return counts


def _is_damaged(*, replace: bool) -> bool:
    """Tell whether the store is damaged; that is a fault unless it is to be replaced."""
    try:
        database.check_whole()
    except DamagedError:
        if not replace:
            raise
        return True
    return False


def _take_in(  # noqa: PLR0913 - what is taken in, where, and what of it is told
    archive: zipfile.ZipFile,
    file: Path,
    counts: dict[str, int],
    who: str,
    engine: Engine,
    *,
    replace: bool,
    aside: str = "",
) -> None:
    with database.writing(engine) as connection, _fitting(file.name):
        told: dict[str, Any] = {"file": sha256(file.read_bytes()), "rows": counts}
        if aside:
            told["damaged"] = aside
        before = _counts(connection)
        if any(before.values()):
            told |= {"replaced": before, "trail": _lines_not_in(archive, connection)}
            _make_room(connection, replace=replace)
        for table in ALL:
            if table.name in counts:
                _insert_all(connection, table, _rows(archive, table))
        _count_on(connection)
        audit.record(connection, who, "", "restore", subject=file.name, **told)


@contextmanager
def _opened(file: Path) -> Iterator[zipfile.ZipFile]:
    with _readable(file.name):
        archive = zipfile.ZipFile(file)
    with archive:
        yield archive


@contextmanager
def _readable(file: str) -> Iterator[None]:
    try:
        yield
    except _UNREADABLE as error:
        raise StoreError(_damaged(file)) from error


@contextmanager
def _fitting(file: str) -> Iterator[None]:
    try:
        yield
    except StoreError:
        raise
    except _UNFIT as error:
        message = "{file}: its rows contradict each other. Nothing was changed. Choose another."
        raise StoreError(Fault(message, file=file)) from error


def _damaged(file: str) -> Fault:
    message = (
        "{file}: is damaged or no backup of Kantong. Nothing was changed. Choose another file."
    )
    return Fault(message, file=file)


def _checked(archive: zipfile.ZipFile, file: str) -> dict[str, int]:
    """Return the rows by table of an archive that is what its manifest says."""
    with _readable(file), archive.open(_MANIFEST) as member:
        manifest = json.loads(member.read(_LONGEST_MANIFEST))
        found, schema = manifest["format"], manifest["schema"]
        program, members = str(manifest["program"]), manifest["members"]
    if found != _FORMAT:
        raise StoreError(_damaged(file))
    if schema != database.NEWEST and schema not in _LACKING:
        message = (
            "{file}: was written by Kantong {program}, whose store differs from this one's. "
            "Restore it with that version. Nothing was changed."
        )
        raise StoreError(Fault(message, file=file, program=program[:20]))
    held = [table for table in ALL if table.name not in _LACKING.get(schema, ())]
    with _readable(file):
        whole = {table.name: _measured(archive, table) for table in held}
    if whole != members:
        raise StoreError(_damaged(file))
    return {name: int(member["rows"]) for name, member in whole.items()}


def _measured(archive: zipfile.ZipFile, table: Table) -> dict[str, Any]:
    digest, count = hashlib.sha256(), 0
    with archive.open(_member(table)) as member:
        for line in _lines(member):
            digest.update(line)
            count += 1
    return {"sha256": digest.hexdigest(), "rows": count}


def _lines(member: IO[bytes]) -> Iterator[bytes]:
    while line := member.readline(_LONGEST_LINE):
        yield line


def _rows(archive: zipfile.ZipFile, table: Table) -> Iterator[dict[str, Any]]:
    with archive.open(_member(table)) as member:
        for line in _lines(member):
            row = json.loads(line, parse_constant=_refuse)
            if set(row) != set(table.c.keys()):
                raise KeyError(table.name)
            yield {column.name: _value(column, row[column.name]) for column in table.c}


def _refuse(constant: str) -> None:
    """Refuse NaN and Infinity, which are no JSON."""
    raise ValueError(constant)


def _value(column: "Column[Any]", given: Any) -> Any:  # noqa: ANN401 - a cell of any column
    """Return a cell as its column holds it; SQLite by itself would take anything."""
    if given is None and column.nullable:
        return None
    if isinstance(column.type, UtcTime):
        return _moment(given)
    wanted = (dict, list) if isinstance(column.type, JSON) else (column.type.python_type,)
    if type(given) not in wanted or (isinstance(given, str) and "\0" in given):
        raise TypeError(column.name)
    return given


def _moment(given: str) -> dt.datetime:
    moment = dt.datetime.fromisoformat(given)
    if moment.tzinfo is None:
        raise ValueError(given)
    return moment


def _counts(connection: Connection) -> dict[str, int]:
    return {
        table.name: connection.scalar(select(func.count()).select_from(table)) or 0 for table in ALL
    }


def _lines_not_in(archive: zipfile.ZipFile, connection: Connection) -> list[dict[str, Any]]:
    """Return the lines of the trail that a backup does not hold."""
    held = {_written(row) for row in _rows(archive, AUDIT)}
    here = connection.execute(select(AUDIT).order_by(AUDIT.c.id)).mappings()
    written = [_written(dict(row)) for row in here]
    return [json.loads(line) for line in written if line not in held]


def _written(row: dict[str, Any]) -> str:
    return json.dumps({**row, "at": row["at"].isoformat()}, sort_keys=True)


def _make_room(connection: Connection, *, replace: bool) -> None:
    """Empty all tables; what forbids it is back in force before anyone else sees the store."""
    if not replace:
        message = (
            "The store holds data already. Restore into an empty one, or replace what it holds "
            "with --replace."
        )
        raise StoreError(Fault(message))
    if connection.dialect.name == "postgresql":
        _triggers(connection, "DISABLE")
        _delete_all(connection)
        _triggers(connection, "ENABLE")
        return
    wanted = text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
    triggers = connection.execute(wanted).all()
    for name, _ in triggers:
        connection.execute(text(f"DROP TRIGGER {name}"))
    _delete_all(connection)
    for _, made in triggers:
        connection.exec_driver_sql(made)


def _triggers(connection: Connection, what: str) -> None:
    for table in ALL:
        connection.execute(text(f"ALTER TABLE {table.name} {what} TRIGGER USER"))


def _delete_all(connection: Connection) -> None:
    for table in reversed(ALL):
        connection.execute(delete(table))


def _count_on(connection: Connection) -> None:
    """Let numbers go on behind the highest ever given here or in the backup."""
    if connection.dialect.name != "postgresql":
        return  # SQLite does so by itself
    for table in NUMBERED:
        sequence = func.pg_get_serial_sequence(table.name, "id")
        highest = select(func.max(table.c.id)).scalar_subquery()
        connection.execute(
            select(func.setval(sequence, func.greatest(func.nextval(sequence), highest)))
        )


def _insert_all(connection: Connection, table: Table, rows: Iterator[dict[str, Any]]) -> None:
    part: list[dict[str, Any]] = []
    for row in rows:
        part.append(row)
        if len(part) == _AT_ONCE:
            connection.execute(insert(table), part)
            part = []
    if part:
        connection.execute(insert(table), part)
