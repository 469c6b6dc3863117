import shutil
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path
from threading import Timer

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.exc import DBAPIError

from kantong.geo.errors import StoreError
from kantong.store import audit, database, datasets, migrations, place, tables
from tests.conftest import ROOT
from tests.store.programs import together
from tests.store.samples import AREA, sample


def repr_of(options):
    """Return options in words; a condition of SQLAlchemy equals only itself."""
    return {name: str(option) for name, option in options.items()}


def shape(engine):
    """Return all that a database tells of its tables."""
    told = inspect(engine)
    return {
        name: {
            "columns": [
                {**column, "type": repr(column["type"])} for column in told.get_columns(name)
            ],
            "key": told.get_pk_constraint(name),
            "references": told.get_foreign_keys(name),
            "unique": told.get_unique_constraints(name),
            "checks": told.get_check_constraints(name),
            "indexes": [
                {**index, "dialect_options": repr_of(index["dialect_options"])}
                for index in told.get_indexes(name)
            ],
        }
        for name in told.get_table_names()
        if name != "alembic_version"
    }


def test_the_migrations_make_what_the_models_say(store, place_of):
    with store.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), tables.Base.metadata) == []
    fresh = place_of(store.dialect.name)
    address = f"sqlite:///{fresh}/models.db" if store.dialect.name == "sqlite" else fresh
    direct = create_engine(address.replace("postgresql:", "postgresql+psycopg:"))
    tables.Base.metadata.create_all(direct)
    assert shape(store) == shape(direct)
    direct.dispose()


def test_the_newest_version_is_the_last_migration():
    folder = Path(migrations.__file__).parent
    assert ScriptDirectory(str(folder)).get_current_head() == database.NEWEST


def test_looking_makes_no_store(where):
    assert database.for_reading() is None
    if not isinstance(where, str):
        assert list(where.iterdir()) == []
    database.for_writing()
    assert database.for_reading() is not None


def test_the_file_keeps_a_journal_and_its_promises(place_of):
    place_of("sqlite")
    with database.for_writing().connect() as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert found == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "busy_timeout": 30_000,
    }


def test_many_may_open_an_empty_store_at_once(where):
    assert together("database.for_writing()", 6) == ""
    with database.for_writing().connect() as connection:
        versions = connection.execute(text("SELECT version_num FROM alembic_version")).all()
    assert versions == [(database.NEWEST,)]


def test_a_file_that_is_busy_at_the_first_opening_is_tried_again(place_of, monkeypatch):
    """SQLite lets two that switch to the log at once not wait; one in 150 openings met this."""
    folder, connect = place_of("sqlite"), sqlite3.connect
    busy = connect(folder / "kantong.db", isolation_level=None, check_same_thread=False)
    busy.execute("CREATE TABLE a (b)")
    busy.execute("BEGIN IMMEDIATE")
    Timer(0.3, lambda: busy.execute("ROLLBACK")).start()
    impatient = lambda *where, **options: connect(*where, **options | {"timeout": 0})  # noqa: E731
    monkeypatch.setattr(sqlite3, "connect", impatient)
    database.for_writing()
    busy.close()


def test_a_store_of_a_newer_kantong_is_left_alone(store):
    with store.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'v999'"))
    for opened in (database.for_writing, database.for_reading):
        with pytest.raises(StoreError, match="made by a newer version"):
            opened()


READ_ONLY = f"""
import os
from kantong.geo.errors import StoreError
from kantong.store import audit, database, datasets
if os.geteuid() == 0:
    os.setuid(65534)  # root may write anywhere
print(len(datasets.observations(database.for_reading(), {AREA!r})))
try:
    datasets.withdraw(database.for_writing(), 1, "ani", "")
except StoreError as error:
    print(error)
"""


@pytest.fixture
def open_folder(monkeypatch):
    """A data folder that other users reach; those of pytest only their owner does."""
    with tempfile.TemporaryDirectory() as folder:
        monkeypatch.setenv("KANTONG_DATA", folder)
        yield Path(folder)
        Path(folder).chmod(0o755)


def test_a_folder_for_reading_only_can_be_read(open_folder):
    folder = open_folder
    datasets.keep(database.for_writing(), sample(), "ani")
    (folder / "kantong.db").chmod(0o444)
    folder.chmod(0o555)
    command = [sys.executable, "-c", READ_ONLY]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert answer.stdout.splitlines() == [
        "3",
        "kantong.db: cannot be opened or written. Check the rights on the data folder.",
    ]
    left = sorted(path.name for path in folder.iterdir())
    assert left == ["kantong.db", place.marker().name]


def test_a_damaged_file_is_told(place_of):
    folder = place_of("sqlite")
    (folder / "kantong.db").write_bytes(b"no database at all" * 500)
    for opened in (database.for_writing, database.for_reading):
        with pytest.raises(StoreError, match="is damaged or no store"):
            opened()


@pytest.mark.parametrize("address", ["mysql://x/y", "kota", "://"])
def test_an_address_that_is_no_postgresql_is_refused(monkeypatch, address):
    monkeypatch.setenv("KANTONG_DATABASE_URL", address)
    with pytest.raises(StoreError, match="KANTONG_DATABASE_URL is not understood"):
        database.for_reading()


def test_a_server_that_does_not_answer_is_told_without_its_password(monkeypatch):
    monkeypatch.setenv("KANTONG_DATABASE_URL", "postgresql://ani:rahasia@127.0.0.1:9/kota")
    with pytest.raises(StoreError, match="does not answer or refuses us") as caught:
        database.for_reading()
    assert "rahasia" not in str(caught.value)


def test_a_locked_store_is_told(place_of, monkeypatch):
    folder = place_of("sqlite")
    monkeypatch.setattr(database, "_WAIT_S", 0.05)
    engine = database.for_writing()
    other = sqlite3.connect(folder / "kantong.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match="is being written by someone else"):
        datasets.keep(engine, sample(), "ani")
    other.execute("ROLLBACK")
    other.close()
    assert datasets.keep(engine, sample(), "ani").version == 1


COLUMNS = [
    f"{table.name}.{column.name}"
    for table in (tables.DATASETS, tables.OBSERVATIONS, tables.REFUSED, tables.AUDIT)
    for column in table.c
    if (table.name, column.name) != ("datasets", "status")
]


def test_the_database_itself_refuses_changes(store):
    datasets.keep(store, sample(), "ani")
    for column in COLUMNS:
        table, name = column.split(".")
        with pytest.raises(DBAPIError, match=f"{table} must not be changed"), store.begin() as one:
            one.execute(text(f"UPDATE {table} SET {name} = {name}"))  # noqa: S608 - our own names
    for table in ("observations", "refused_rows", "audit", "datasets"):
        with pytest.raises(DBAPIError, match=f"{table} must not be deleted"), store.begin() as one:
            one.execute(text(f"DELETE FROM {table}"))  # noqa: S608 - our own names
    assert audit.revision(store)[0] == 1
    assert len(datasets.observations(store, AREA)) == 3


def test_a_row_of_the_trail_cannot_be_written_over(place_of):
    place_of("sqlite")
    engine = database.for_writing()
    datasets.keep(engine, sample(), "ani")
    with pytest.raises(DBAPIError, match="audit must not be deleted"), engine.begin() as one:
        one.exec_driver_sql(
            "REPLACE INTO audit SELECT id, at, 'x', area, action, subject, detail FROM audit"
        )


def test_the_store_may_be_copied_while_it_rests(place_of, tmp_path):
    folder = place_of("sqlite")
    datasets.keep(database.for_writing(), sample(), "ani")
    left = sorted(path.name for path in folder.iterdir())
    assert left == ["kantong.db", place.marker().name]
    shutil.copy(folder / "kantong.db", tmp_path / "copy.db")
    copied = sqlite3.connect(tmp_path / "copy.db")
    assert copied.execute("SELECT count(*) FROM observations").fetchone() == (3,)
    copied.close()
