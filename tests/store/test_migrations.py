from pathlib import Path

import pytest
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from kantong.store import (
    audit,
    database,
    datasets,
    decisions,
    interventions,
    migrations,
    place,
    scenarios,
    tables,
)
from tests.store.samples import AREA, CODES, poor, sample
from tests.store.test_database import shape
from tests.store.test_decisions import mapping, sukun
from tests.store.test_interventions import three
from tests.store.test_scenarios import choices

FIRST = (
    tables.DATASETS, tables.OBSERVATIONS, tables.REFUSED, tables.ALIASES, tables.MAPPINGS,
    tables.AUDIT,
)  # fmt: skip


@pytest.fixture
def first(where):
    """A store as the first version of the tables left it, with data in every table."""
    engine = database.engine_at(place.address() or place.file())
    scripts = ScriptDirectory(str(Path(migrations.__file__).parent))
    with database.writing(engine) as connection:
        context = MigrationContext.configure(connection)
        with Operations.context(context):
            scripts.get_revision("v1").module.upgrade()
            context.stamp(scripts, "v1")
    datasets.keep(engine, sample(poor((1e-17, 0.1 + 0.2, float("nan")))), "ani")
    datasets.keep(engine, sample(poor((1, 2, 3))), "ani")
    datasets.withdraw(engine, 1, "budi", "salah")
    decisions.remember_alias(engine, AREA, sukun(), "ani")
    decisions.save_mapping(engine, AREA, mapping())
    return engine


def content(engine):
    with database.reading(engine) as connection:
        return {
            table.name: connection.execute(select(table).order_by(*table.primary_key)).all()
            for table in FIRST
        }


@pytest.mark.parametrize("opened", [database.for_writing, database.for_reading])
def test_a_store_of_the_version_before_is_brought_up_with_all_that_it_holds(first, opened):
    before = content(first)
    assert all(before.values())
    assert set(shape(first)) == {table.name for table in FIRST}
    engine = opened()
    assert content(engine) == before
    with engine.connect() as connection:
        found = connection.scalar(text("SELECT version_num FROM alembic_version"))
    assert found == database.NEWEST


def test_a_store_brought_up_is_the_same_as_a_new_one(first, place_of):
    database.for_writing()
    place_of(first.dialect.name)
    assert shape(first) == shape(database.for_writing())


def test_the_trail_and_the_numbers_go_on_in_a_store_brought_up(first):
    trail = audit.trail(first, AREA)
    engine = database.for_writing()
    assert datasets.keep(engine, sample(), "ani").id == 3
    scenarios.save(engine, AREA, choices(), "bappeda")
    interventions.enter(engine, AREA, three(), CODES, "dinsos")
    after = audit.trail(engine, AREA)
    assert after.iloc[: len(trail)].equals(trail)
    assert after["action"].tolist()[len(trail) :] == [
        "keep", "save scenario", "enter interventions",
    ]  # fmt: skip
    for table in ("audit", "scenarios"):
        with pytest.raises(DBAPIError, match="must not be deleted"), engine.begin() as connection:
            connection.execute(text(f"DELETE FROM {table}"))  # noqa: S608 - our own names
