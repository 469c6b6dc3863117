"""What is killed in the middle leaves a whole store: every import is there entirely, or not."""

import subprocess
import sys

import pytest
from sqlalchemy import text

from kantong.geo.errors import StoreError
from kantong.store import audit, database, datasets
from tests.conftest import ROOT
from tests.store.killed import COUNT, ROWS, made
from tests.store.samples import AREA


def test_imports_that_are_killed_are_whole_or_absent(where):
    command = [sys.executable, "-W", "ignore", "-m", "tests.store.killed"]
    answer = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=300
    )
    done = int(answer.stdout)
    engine = database.for_writing()
    found = datasets.datasets(engine, AREA)
    for one in found:
        given, kept = made(int(one.title)), datasets.observations_of(engine, one.id)
        assert len(kept) == len(given.observations)
        assert kept["value"].sum() == given.observations["value"].sum()
        assert len(datasets.refused(engine, one.id)) == len(given.refused)
    # Those that said so are there; a few more may have ended between the keeping and the saying.
    assert 3 + done <= len(found) < 3 + COUNT
    assert done > 0
    assert [one.version for one in found] == list(range(len(found), 0, -1))
    assert audit.revision(engine)[0] >= len(found)
    assert len(audit.trail(engine, AREA)) == len(found)
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:
            assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
            assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []
    assert datasets.keep(engine, made(0), "ani").version == len(found) + 1


FULL = f"""
import resource
from kantong.geo.errors import StoreError
from kantong.store import database, datasets
from tests.store.killed import made
engine, free = database.for_writing(), resource.getrlimit(resource.RLIMIT_FSIZE)
datasets.keep(engine, made(0), "ani")
big = made(30_000)
for limit in range(100_000, 1_000_000, 150_000):
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, free[1]))
    try:
        datasets.keep(engine, big, "ani")
    except StoreError as error:
        print(error)
    resource.setrlimit(resource.RLIMIT_FSIZE, free)
    print(len(datasets.observations(engine, {AREA!r})))
print(datasets.keep(engine, big, "ani").version)
"""


def test_a_disk_that_fills_up_leaves_a_whole_store_and_is_told(place_of):
    place_of("sqlite")
    command = [sys.executable, "-c", FULL]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    said = answer.stdout.splitlines()
    assert said[:-1] == [f"kantong.db: {TOLD_FULL}", str(ROWS)] * (len(said) // 2)
    assert len(said) == 2 * 6 + 1
    assert said[-1] == "2"
    with database.for_writing().connect() as connection:
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"


TOLD_FULL = (
    "could not be written; the disk is full or failing. Nothing of this was kept. "
    "Make room and try again."
)


@pytest.mark.parametrize(
    ("state", "message"),
    [
        ("53100", f"PostgreSQL: {TOLD_FULL}"),
        ("55P03", "PostgreSQL: is being written by someone else"),
        ("57P01", "The database does not answer or refuses us"),
    ],
)
def test_what_a_server_cannot_do_is_told(place_of, state, message):
    place_of("postgresql")
    fails = f"DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '{state}'; END $$"
    with pytest.raises(StoreError, match=message), database.writing(database.for_writing()) as one:
        one.execute(text(fails))
