"""What goes wrong around a store: damage, loss, death, a server that is away, a clock set back."""

import datetime as dt
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import text

from kantong.cli import main
from kantong.geo.errors import DamagedError, StoreError
from kantong.store import audit, backup, database, datasets, rights
from tests.conftest import ROOT, free_port
from tests.store.conftest import _run
from tests.store.samples import AREA, poor, sample
from tests.store.test_backup import in_member, rewrite
from tests.store.test_migrations import content, first

__all__ = ["first"]


@pytest.fixture
def held(place_of, tmp_path):
    """A SQLite store with two versions, its folder, and a backup of it."""
    folder = place_of("sqlite")
    engine = database.for_writing()
    datasets.keep(engine, sample(), "ani")
    datasets.keep(engine, sample(poor((1.0, 2.0, 3.0))), "ani")
    backup.back_up(engine, tmp_path / "cadangan.zip")
    return folder, tmp_path / "cadangan.zip"


def scratch(file):
    """Write over the middle of a file, as a dying disk does."""
    size = file.stat().st_size
    with file.open("r+b") as opened:
        opened.seek(4096)
        opened.write(os.urandom(size - 4096))


DAMAGES = {
    "scratched": scratch,
    "no database": lambda file: file.write_bytes(b"no database at all" * 500),
    "cut short": lambda file: os.truncate(file, 6000),
    "emptied": lambda file: os.truncate(file, 0),
    "gone": lambda file: file.unlink(),
}


@pytest.fixture(params=DAMAGES)
def damaged(request, held):
    folder, saved = held
    DAMAGES[request.param](folder / "kantong.db")
    return folder, saved


def held_by(folder):
    """Files and their bytes, without the journal that SQLite opens to look."""
    files = (path for path in folder.iterdir() if path.name[-4:] not in {"-wal", "-shm"})
    return {path.name: path.read_bytes() for path in files}


def figures_of(engine):
    return datasets.observations(engine, AREA)["value"].tolist()


def test_a_damaged_store_is_never_taken_for_an_empty_one(damaged):
    for opened in (database.for_reading, database.for_writing):
        with pytest.raises(DamagedError, match="kantong restore --replace"):
            figures_of(opened())


def test_a_backup_comes_back_only_when_told_to_and_the_damaged_file_stays(damaged):
    folder, saved = damaged
    before = held_by(folder)
    with pytest.raises(DamagedError, match="kantong restore --replace"):
        backup.restore(saved, "citra")
    assert held_by(folder) == before
    backup.restore(saved, "citra", replace=True)
    engine = database.for_reading()
    assert engine is not None
    assert figures_of(engine) == [1.0, 2.0, 3.0]
    aside = [path for path in folder.glob("kantong.db-rusak-*") if path.name[-4] != "-"]
    if "kantong.db" in before:
        assert [path.read_bytes() for path in aside] == [before["kantong.db"]]
        told = audit.trail(engine, AREA).iloc[-1]["detail"]
        assert told["damaged"] == aside[0].name
    else:
        assert aside == []


def test_a_damaged_backup_leaves_a_damaged_store_where_it_is(damaged):
    folder, saved = damaged
    before = held_by(folder)
    saved.write_bytes(saved.read_bytes()[:-200])
    with pytest.raises(StoreError, match="Nothing was changed"):
        backup.restore(saved, "citra", replace=True)
    assert held_by(folder) == before


def test_a_backup_that_cannot_be_taken_in_leaves_a_damaged_store_as_it_was(damaged):
    folder, saved = damaged
    before = held_by(folder)
    rewrite(saved, in_member("datasets.jsonl", b'"rows_in": 5', b'"rows_in": 6'), honest=True)
    with pytest.raises(StoreError, match="Nothing was changed"):
        backup.restore(saved, "citra", replace=True)
    assert held_by(folder) == before
    with pytest.raises(DamagedError, match="kantong restore --replace"):
        figures_of(database.for_reading())


@pytest.mark.parametrize("moves", range(3))
def test_a_restore_that_dies_while_files_change_places_leaves_no_empty_store(
    held, monkeypatch, moves
):
    folder, saved = held
    scratch(folder / "kantong.db")
    left = [moves]
    rename = Path.rename

    def dying(old, new):
        left[0] -= 1
        if left[0] < 0:
            raise KeyboardInterrupt
        return rename(old, new)

    monkeypatch.setattr(Path, "rename", dying)
    try:
        backup.restore(saved, "citra", replace=True)
    except KeyboardInterrupt:
        with pytest.raises(DamagedError, match="kantong restore --replace"):
            figures_of(database.for_reading())
    monkeypatch.undo()
    monkeypatch.setenv("KANTONG_DATA", str(folder))
    backup.restore(saved, "citra", replace=True)
    assert figures_of(database.for_reading()) == [1.0, 2.0, 3.0]


def test_a_damaged_store_is_not_touched_by_whoever_may_not_manage(held):
    folder, saved = held
    scratch(folder / "kantong.db")
    before = held_by(folder)
    rights.ask(lambda right: right is rights.Right.PLAN)
    try:
        with pytest.raises(rights.RightsError):
            backup.restore(saved, "citra", replace=True)
    finally:
        rights.ask()
    assert held_by(folder) == before


def test_whoever_deletes_store_and_mark_begins_with_nothing(held):
    folder, _saved = held
    for file in folder.glob("kantong.db*"):
        file.unlink()
    assert database.for_reading() is None
    assert datasets.datasets(database.for_writing(), AREA) == []


# --- death in the middle -------------------------------------------------------------------------

KILLED = """
import os, signal, sys
from sqlalchemy import event
from kantong.store import database, place
left = [int(sys.argv[1])]
engine = database.engine_at(place.address() or place.file())
@event.listens_for(engine, "before_cursor_execute")
def die(connection, cursor, statement, *rest):
    if statement.lstrip().upper().startswith(("CREATE", "ALTER", "UPDATE", "INSERT", "DROP")):
        left[0] -= 1
        if left[0] < 0:
            os.kill(os.getpid(), signal.SIGKILL)
database.for_writing()
"""


@pytest.mark.parametrize("statements", [0, 1, 4, 7])
def test_a_migration_that_is_killed_changes_nothing_and_the_next_one_ends_it(first, statements):
    before = content(first)
    first.dispose()
    command = [sys.executable, "-W", "ignore", "-c", KILLED, str(statements)]
    assert subprocess.run(command, cwd=ROOT, check=False, timeout=120).returncode == -9
    with first.connect() as connection:
        found = connection.scalar(text("SELECT version_num FROM alembic_version"))
    assert found == "v1"
    engine = database.for_writing()
    assert content(engine) == before
    with engine.connect() as connection:
        found = connection.scalar(text("SELECT version_num FROM alembic_version"))
    assert found == database.NEWEST


# --- upgrade and roll back -----------------------------------------------------------------------


def test_rolling_back_is_an_empty_store_and_the_backup_from_before(
    store, where, place_of, tmp_path
):
    """As docs/deploy.md says it: the version before leaves a newer store alone."""
    datasets.keep(store, sample(), "ani")
    saved = tmp_path / "sebelum.zip"
    backup.back_up(store, saved)
    with store.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'v99'"))
    with pytest.raises(StoreError, match="made by a newer version"):
        database.for_writing()
    place_of(store.dialect.name)
    backup.restore(saved, "citra")
    assert len(datasets.datasets(database.for_writing(), AREA)) == 1


# --- a server that is away -----------------------------------------------------------------------


@pytest.fixture
def lone_server(monkeypatch, tmp_path):
    """A PostgreSQL that can be stopped and started."""
    user = "postgres" if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="kantong-pg-"))
    if user:
        shutil.chown(folder, user)
    port, home = free_port(), folder / "data"
    _run(user, "initdb", "--auth=trust", "--username=postgres", "--encoding=UTF8", f"-D{home}")
    options = f"-c fsync=off -c listen_addresses=127.0.0.1 -k {folder} -p {port}"

    class Server:
        def start(self):
            _run(user, "pg_ctl", "start", "-w", f"-D{home}", f"-l{folder}/log", "-o", options)

        def stop(self):
            _run(user, "pg_ctl", "stop", "-m", "immediate", f"-D{home}")

    monkeypatch.setenv("KANTONG_DATABASE_URL", f"postgresql://postgres@127.0.0.1:{port}/postgres")
    monkeypatch.setenv("KANTONG_DATA", str(tmp_path))
    made = Server()
    made.start()
    yield made
    database.engine_at(os.environ["KANTONG_DATABASE_URL"]).dispose()
    made.stop()
    shutil.rmtree(folder, ignore_errors=True)


def test_a_store_that_was_away_goes_on_by_itself(request):
    if not shutil.which("initdb", path=_binaries()):
        pytest.skip("Debian's package postgresql is not installed")
    server = request.getfixturevalue("lone_server")
    engine = database.for_writing()
    datasets.keep(engine, sample(), "ani")
    server.stop()
    for try_it in (
        database.for_reading,
        lambda: datasets.keep(engine, sample(), "ani"),
        lambda: datasets.datasets(engine, AREA),
    ):
        with pytest.raises(StoreError, match="does not answer or refuses us"):
            try_it()
    server.start()
    again = database.for_reading()
    assert again is not None
    assert len(datasets.datasets(again, AREA)) == 1
    assert datasets.keep(engine, sample(), "ani").version == 2


def _binaries():
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    return str(found[-1]) if found else ""


# --- the clock, the disk -------------------------------------------------------------------------


def test_a_clock_set_back_changes_no_order(store, monkeypatch):
    datasets.keep(store, sample(poor((1.0, 1.0, 1.0))), "ani")
    early = dt.datetime(2001, 1, 1, tzinfo=dt.UTC)
    monkeypatch.setattr(audit, "now", lambda: early)
    second = datasets.keep(store, sample(poor((2.0, 2.0, 2.0))), "budi")
    assert second.version == 2
    assert [one.version for one in datasets.datasets(store, AREA)] == [2, 1]
    assert audit.trail(store, AREA)["who"].tolist() == ["ani", "budi"]
    held = datasets.observations(store, AREA)
    assert held["id"].unique().tolist() == [second.id]
    assert held["value"].tolist() == [2.0, 2.0, 2.0]


NO_ROOM = """
import resource, sys
from kantong.cli import main
limit, hard = 2_000, resource.getrlimit(resource.RLIMIT_FSIZE)[1]
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
main(["--lang", "en", *sys.argv[1:]])
"""


def test_a_full_disk_is_told_and_leaves_no_half_file(held, tmp_path):
    out = tmp_path / "atlas"
    out.mkdir()
    (out / "atlas.pdf").write_bytes(b"the one before")
    nine = str(ROOT / "data" / "tutorial")
    for arguments in (
        ["atlas", "--out", str(out / "atlas.pdf"), "--data", nine],
        ["backup", "--out", str(out / "cadangan.zip")],
    ):
        command = [sys.executable, "-W", "ignore", "-c", NO_ROOM, *arguments]
        said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert said.returncode == 1
        assert "ake room" in said.stderr
        assert "Traceback" not in said.stderr
    assert [path.name for path in out.iterdir()] == ["atlas.pdf"]
    assert (out / "atlas.pdf").read_bytes() == b"the one before"


DYING = """
import os, signal, sys
from kantong.cli import main
def die(handle):
    os.kill(os.getpid(), signal.SIGKILL)
os.fsync = die
main(sys.argv[1:])
"""


def test_an_atlas_that_is_killed_leaves_the_one_before(tmp_path):
    out = tmp_path / "atlas.pdf"
    out.write_bytes(b"the one before")
    nine = str(ROOT / "data" / "tutorial")
    arguments = ["atlas", "--out", str(out), "--data", nine]
    command = [sys.executable, "-W", "ignore", "-c", DYING, *arguments]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert said.returncode == -9, said.stderr
    assert out.read_bytes() == b"the one before"
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == 0, done.output
    assert out.read_bytes().startswith(b"%PDF")
