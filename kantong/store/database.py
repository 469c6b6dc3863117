"""Opening the store: a file beside the data, or PostgreSQL where an address is given.

A store is made by the first thing kept, never by looking. Writers go one after the other, on both
databases, so that versions and the audit trail have one order.
"""

import datetime as dt
import json
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache, partial
from pathlib import Path

from sqlalchemy import (
    URL,
    Connection,
    Engine,
    NullPool,
    create_engine,
    event,
    inspect,
    make_url,
    text,
)
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError

from kantong.geo.errors import DamagedError, Fault, StoreError
from kantong.store import place, rights

NEWEST = "v3"
_WAIT_S, _CONNECT_S = 30, 10
_WRITER = 5_201_314  # key of the advisory lock: any number, the same in all versions
_WRITES = "kantong_writes"
_LOCKED = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_FULL = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR}
_CLOSED = {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM}
# Classes of SQLSTATE: connection, identity, no such database, server going down.
_UNREACHABLE = {"08", "28", "3D", "57"}
_JOURNAL = ("-wal", "-shm")  # what SQLite keeps beside a file
_BROKEN = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


def for_writing(right: rights.Right = rights.Right.PLAN) -> Engine:
    """Return the store, made or brought to this version where that is needed.

    Parameters
    ----------
    right
        What is going to be changed; whoever is at work must have the right to it.

    Raises
    ------
    RightsError
        The right is missing.
    StoreError
        It cannot be reached or written, or a newer Kantong made it.
    DamagedError
        It is damaged or gone.
    """
    rights.require(right)
    _refuse_loss()
    engine = engine_at(place.address() or place.file())
    with told():
        _upgrade(engine)
    _mark()
    return engine


def for_reading() -> Engine | None:
    """Return the store, or None where nothing was ever kept.

    Raises
    ------
    StoreError
        It cannot be reached, or a newer Kantong made it.
    DamagedError
        It is damaged or gone.
    """
    if not place.may_hold_something():
        return None
    _refuse_loss()
    engine = engine_at(place.address() or place.file())
    with told():
        found = _version(engine)
        if found not in {"", NEWEST}:
            _upgrade(engine)
    return engine if found else None


def _refuse_loss() -> None:
    """Refuse a file that is empty or gone though it held something: it must not pass for new."""
    if place.address() or not place.marker().is_file():
        return
    file = place.file()
    if not file.is_file() or file.stat().st_size == 0:
        message = (
            "{file}: is empty or gone, though data were kept in it. Bring back a backup with "
            "kantong restore --replace, or delete {marker} to begin with nothing."
        )
        raise DamagedError(Fault(message, file=place.NAME, marker=place.marker().name))


def _mark() -> None:
    """Leave a mark beside a file that holds something from now on."""
    if not place.address() and not place.marker().is_file():
        with suppress(OSError):  # a folder for reading only has other things to say
            place.marker().touch()


@contextmanager
def replacing() -> Iterator[tuple[Engine, str]]:
    """Give a store with nothing in it, which takes the place of a damaged one at the end, or never.

    It is made in a file beside. The file of the damaged store is put aside under another name, so
    that whoever knows how may look for what can be saved; that name comes with the store, empty
    where there is no file. Until the new file is in its place the mark stays, so that what is
    missing in between is told and never taken for a store that was not used.

    Raises
    ------
    StoreError
        The disk is full or the data folder must not be written.
    """
    moment = dt.datetime.now(dt.UTC).strftime("%Y%m%d-%H%M%S")
    file = place.file()
    new, aside = (_named(file, f"-{what}") for what in ("baru", f"rusak-{moment}"))
    _remove(new)
    try:
        engine = engine_at(new)
        with told():
            _upgrade(engine)
        yield engine, aside.name if file.exists() else ""
        engine.dispose()
        _swap(file, new, aside)
    finally:
        _remove(new)


def _named(file: Path, ending: str) -> Path:
    return file.with_name(f"{file.name}{ending}")


def _remove(file: Path) -> None:
    for ending in ("", *_JOURNAL):
        _named(file, ending).unlink(missing_ok=True)


def _swap(file: Path, new: Path, aside: Path) -> None:
    """Put a file aside and another in its place; what is read before the end finds no file."""
    engine_at(file).dispose()
    try:
        place.marker().touch()
        for ending in ("", *_JOURNAL):
            _move(_named(file, ending), _named(aside, ending))
        for ending in (*_JOURNAL, ""):
            _move(_named(new, ending), _named(file, ending))
    except OSError as error:
        raise StoreError(_closed()) from error


def _move(old: Path, new: Path) -> None:
    if old.exists():
        old.rename(new)


def check_whole() -> None:
    """Read the whole file of the store, as SQLite checks it.

    Raises
    ------
    DamagedError
        It is damaged, empty or gone.
    """
    _refuse_loss()
    if place.address() or not place.file().is_file():
        return
    with told(), engine_at(place.file()).connect() as connection:
        if connection.exec_driver_sql("PRAGMA quick_check(1)").scalar() != "ok":
            raise DamagedError(_damaged())


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Give a connection that sees the store as it is at one moment."""
    seen = {"isolation_level": "REPEATABLE READ"} if engine.dialect.name == "postgresql" else {}
    with told(), engine.execution_options(**seen).begin() as connection:
        yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Give a connection to the only writer; all is kept at the end, or nothing."""
    with told(), engine.execution_options(**{_WRITES: True}).begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text(f"SET LOCAL lock_timeout = '{_WAIT_S}s'"))
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _WRITER})
        yield connection


@contextmanager
def told() -> Iterator[None]:
    """Say in plain words what the database could not do."""
    try:
        yield
    except DBAPIError as error:
        fault = _fault(error)
        if fault is None:
            raise
        broken = _code(error) in _BROKEN
        raise (DamagedError if broken else StoreError)(fault) from error


def _code(error: DBAPIError) -> int:
    """Return the kind of a fault of SQLite: the low byte; those above it tell sub-kinds."""
    return getattr(error.orig, "sqlite_errorcode", 0) & 0xFF


def _damaged() -> Fault:
    message = (
        "{file}: is damaged or no store of Kantong. Bring back the last backup with kantong "
        "restore --replace; the damaged file is put aside, not deleted."
    )
    return Fault(message, file=place.NAME)


def _fault(error: DBAPIError) -> Fault | None:
    original = error.orig
    if isinstance(original, sqlite3.Error):
        return _fault_of_sqlite(_code(error))
    state = getattr(original, "sqlstate", None) or ""
    if state == "53100":
        return _full("PostgreSQL")
    if state == "55P03":
        return _busy("PostgreSQL")
    if isinstance(error, OperationalError) and (not state or state[:2] in _UNREACHABLE):
        message = (
            "The database does not answer or refuses us. "
            "Check KANTONG_DATABASE_URL and that the server runs."
        )
        return Fault(message)
    return None


def _fault_of_sqlite(kind: int) -> Fault | None:
    if kind in _FULL:
        return _full(place.NAME)
    if kind in _LOCKED:
        return _busy(place.NAME)
    if kind in _CLOSED:
        return _closed()
    if kind in _BROKEN:
        return _damaged()
    return None


def _closed() -> Fault:
    message = "{file}: cannot be opened or written. Check the rights on the data folder."
    return Fault(message, file=place.NAME)


def _full(store: str) -> Fault:
    message = (
        "{store}: could not be written; the disk is full or failing. Nothing of this was kept. "
        "Make room and try again."
    )
    return Fault(message, store=store)


def _busy(store: str) -> Fault:
    message = "{store}: is being written by someone else. Nothing of this was kept. Try again."
    return Fault(message, store=store)


@lru_cache(maxsize=8)
def engine_at(where: str | Path) -> Engine:
    """Return the engine of a server's address or of a file; one for each."""
    dumps = partial(json.dumps, ensure_ascii=False, allow_nan=False)
    if isinstance(where, str):
        url = _server(where)
        if "connect_timeout" not in url.query:  # else a server that is away holds everyone up
            url = url.update_query_dict({"connect_timeout": str(_CONNECT_S)})
        return create_engine(url, json_serializer=dumps, pool_pre_ping=True)
    # Without a pool the journal is folded into the file as soon as nobody has it open.
    engine = create_engine(
        "sqlite://", creator=partial(_connect, where), poolclass=NullPool, json_serializer=dumps
    )
    event.listen(engine, "begin", _begin)
    return engine


def _server(address: str) -> URL:
    """Return an address with the driver that we bring."""
    message = (
        "KANTONG_DATABASE_URL is not understood. Write it as "
        "postgresql://user:password@host/name and install kantong[postgres]."
    )
    try:
        url = make_url(address)
        ours = url.set(drivername="postgresql+psycopg")
        ours.get_dialect().import_dbapi()
    except (ArgumentError, ImportError) as error:
        raise StoreError(Fault(message)) from error
    if url.get_backend_name() not in {"postgresql", "postgres"}:
        raise StoreError(Fault(message))
    return ours


def _connect(file: Path) -> sqlite3.Connection:
    """Open a SQLite file, in a folder that may be for reading only."""
    if all(os.access(one, os.W_OK) for one in (file.parent, file) if one.exists()):
        connection = sqlite3.connect(file, timeout=_WAIT_S, isolation_level=None)
        _use_journal(connection)
        connection.execute("PRAGMA synchronous=FULL")
    else:
        # Without the right to make a journal SQLite reads a file only if told that none changes it.
        journal = file.with_name(f"{file.name}-wal").exists()
        mode = "mode=ro" if journal else "mode=ro&immutable=1"
        connection = sqlite3.connect(
            f"{file.absolute().as_uri()}?{mode}", uri=True, timeout=_WAIT_S, isolation_level=None
        )
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute("PRAGMA recursive_triggers=ON")  # else REPLACE deletes past our triggers
    return connection


def _use_journal(connection: sqlite3.Connection) -> None:
    """Switch to a write-ahead log; of two who do so at once SQLite refuses one without waiting."""
    end = time.monotonic() + _WAIT_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF not in _LOCKED or time.monotonic() > end:
                connection.close()
                raise
            time.sleep(0.01)
        else:
            return


def _begin(connection: Connection) -> None:
    """Begin a transaction, which Python's driver would put off until the first change."""
    writes = connection.get_execution_options().get(_WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _version(engine: Engine) -> str:
    """Return the version of the tables, empty where there are none."""
    with engine.connect() as connection:
        return _version_on(connection)


def _version_on(connection: Connection) -> str:
    if not inspect(connection).has_table("alembic_version"):
        return ""
    return str(connection.scalar(text("SELECT version_num FROM alembic_version")) or "")


def _upgrade(engine: Engine) -> None:
    if _version(engine) == NEWEST:
        return
    from kantong.store import migrations  # noqa: PLC0415 - Alembic is slow to load, rarely needed

    with writing(engine) as connection:
        # Asked again: another process may have been first, and then there is nothing to do.
        migrations.upgrade(connection, _version_on(connection))
