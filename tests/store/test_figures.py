import subprocess
import sys
from contextlib import contextmanager

import pandas as pd
import pytest

from kantong.geo.errors import TableError
from kantong.geo.schema import OBSERVATION_COLUMNS
from kantong.store import backup, database, datasets, figures, interventions, place
from kantong.store.library import load
from tests.conftest import ROOT, TUTORIAL
from tests.store.samples import CODES, poor, sample


@pytest.fixture
def names(nine):
    """Names of the nine kelurahan by code."""
    return nine.set_index("kode")["kelurahan"]


def stored(names):
    """Return the imported figures that hold now."""
    found = figures.stored(names)
    assert found is not None
    return found


def seen(names):
    """Return the library as the app reads it, and its figures by indicator, period and kode."""
    library = load(TUTORIAL, figures.stored(names))
    rows = library.observations.set_index(["indicator", "period", "kode"]).sort_index()
    return library, rows


def test_imported_figures_replace_those_of_the_packages_for_their_indicator_and_period(
    store, names
):
    before, old = seen(names)
    datasets.keep(store, sample(poor((11, 12, float("nan")))), "ani")
    library, rows = seen(names)
    here = rows.loc[("poor_people", "2025")]
    assert here["value"].dropna().to_dict() == {CODES[0]: 11, CODES[1]: 12}
    assert here["dataset"].unique().tolist() == ["impor-1"]
    others = [key for key in old.index if key[:2] != ("poor_people", "2025")]
    assert len(others) < len(old)
    pd.testing.assert_frame_equal(rows.loc[others], old.loc[others])
    assert set(library.datasets) == {*before.datasets, "impor-1"}


def test_a_withdrawn_import_brings_the_figures_of_the_packages_back(store, names):
    before, _ = seen(names)
    datasets.keep(store, sample(poor((11, 12, 13))), "ani")
    datasets.withdraw(store, 1, "ani", "salah")
    library, _ = seen(names)
    pd.testing.assert_frame_equal(library.observations, before.observations)
    assert set(library.datasets) == set(before.datasets)
    datasets.reinstate(store, 1, "ani")
    assert "impor-1" in seen(names)[0].datasets


def test_a_stored_dataset_says_where_it_comes_from(store, names):
    datasets.keep(store, sample(poor((1, 2, 3)), note="Sementara.", simulated=True), "ani")
    told = seen(names)[0].datasets["impor-1"]
    assert told.title == {"id": "DTSEN 2025 (v1)", "en": "DTSEN 2025 (v1)"}
    assert (told.source, told.simulated, told.path) == ("Dinsos", True, "dtsen.csv")
    assert told.note["id"].endswith("versi 1: 3 dari 5 baris cocok. Sementara.")
    assert told.note["en"].endswith("version 1: 3 of 5 rows matched. Sementara.")


def test_figures_carry_the_names_of_the_boundaries(store, names):
    datasets.keep(store, sample(poor((1, 2, 3))), "ani")
    found = stored(names).observations
    assert tuple(found.columns) == OBSERVATION_COLUMNS
    assert found["kelurahan"].tolist() == [names.get(kode, "") for kode in found["kode"]]


def test_imports_of_another_city_are_not_shown(store, names):
    elsewhere = poor((1, 2, 3)).assign(kode=["35.73.01.1001", "35.73.01.1002", "35.73.01.1003"])
    datasets.keep(store, sample(elsewhere, area="35.73"), "ani")
    assert stored(names).observations.empty
    assert stored(names).datasets == {}


def test_entered_interventions_come_beside_those_of_the_folder(store, names):
    before, _ = seen(names)
    row = {
        "programme": "Kursus", "strategy": "direct", "kind": "training", "funder": "Baznas",
        "kode": CODES[0], "period": "2025", "target": 20, "reached": None, "budget_rp": 5_000_000,
        "status": "planned",
    }  # fmt: skip
    interventions.enter(store, "99.01", pd.DataFrame([row]), CODES, "ani")
    after, _ = seen(names)
    old = after.interventions.iloc[: len(before.interventions)]
    pd.testing.assert_frame_equal(old, before.interventions, check_dtype=False)
    (own,) = after.interventions.iloc[len(before.interventions) :].to_dict("records")
    assert (own["programme"], own["target"], own["kelurahan"]) == ("Kursus", 20, names[CODES[0]])
    assert own["reached"] != own["reached"]  # not known
    assert after.datasets[own["dataset"]].imported
    interventions.withdraw(store, [1], "ani", "salah")
    assert len(seen(names)[0].interventions) == len(before.interventions)


def test_an_import_meanwhile_hides_no_figure(store, names, monkeypatch):
    datasets.keep(store, sample(poor((11, 12, 13))), "ani")
    reading = database.reading

    @contextmanager
    def interrupted(engine):
        with reading(engine) as connection:
            yield connection
        monkeypatch.setattr(datasets, "reading", reading)
        datasets.keep(store, sample(poor((21, 22, 23))), "budi")

    monkeypatch.setattr(datasets, "reading", interrupted)
    assert stored(names).observations["value"].tolist() == [11, 12, 13]
    assert stored(names).observations["value"].tolist() == [21, 22, 23]


def test_an_indicator_that_left_the_catalogue_is_named(store, names):
    datasets.keep(store, sample(poor((1, 2, 3), indicator="hilang")), "ani")
    with pytest.raises(TableError, match="impor-1: the indicators hilang are not in the catalogue"):
        seen(names)


def test_without_a_store_nothing_is_read_made_or_loaded(place_of, names):
    folder = place_of("sqlite")
    assert figures.stored(names) is None
    assert figures.revision() == (0, "")
    assert list(folder.iterdir()) == []
    program = (
        "import sys; from kantong.store import figures; figures.revision(); figures.stored(None); "
        "assert not {'sqlalchemy', 'alembic'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True)


def test_reading_a_store_loads_no_migrations(place_of):
    place_of("sqlite")
    datasets.keep(database.for_writing(), sample(), "ani")
    program = (
        "import sys; from kantong.store import figures; assert figures.revision()[0] == 1; "
        "assert 'alembic' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True)


def test_the_revision_follows_the_store(store):
    before = figures.revision()
    datasets.keep(store, sample(), "ani")
    assert figures.revision() > before


def test_a_store_restored_after_damage_is_seen_though_its_trail_is_as_long_as_before(
    place_of, tmp_path
):
    folder = place_of("sqlite")
    datasets.keep(database.for_writing(), sample(), "ani")
    backup.back_up(database.for_writing(), tmp_path / "cadangan.zip")
    datasets.keep(database.for_writing(), sample(), "ani")
    before = figures.revision()
    (folder / "kantong.db").write_bytes(b"no database at all" * 500)
    backup.restore(tmp_path / "cadangan.zip", "citra", replace=True)
    after = figures.revision()
    assert (before[0], after[0]) == (2, 2)
    assert after != before


def test_the_store_is_told_from_the_figures_of_the_folder(tmp_path):
    assert all(
        place.belongs_to_store(tmp_path / f"kantong.db{end}") for end in ("", "-wal", "-shm")
    )
    assert not place.belongs_to_store(tmp_path / "counts.csv")
