"""What was imported stands on the pages at once, and goes when it is withdrawn."""

import os

import pandas as pd

from kantong.geo.files import sha256
from kantong.store import audit, database, datasets, interventions, scenarios
from kantong.store.interventions import Correction
from kantong.store.scenarios import Choices
from kantong.views import data
from tests.store.samples import CODES, poor, sample
from tests.views.test_pages import copy, open_page, rows

__all__ = ["copy"]

OURS = poor((7.0, 5.0, 4.0)).assign(kode=[*CODES[:2], "99.01.01.1003"])


def test_an_import_shows_at_once_and_a_withdrawal_brings_the_old_figures_back(copy):
    assert open_page(bahasa="en").metric[0].value == "800 people"
    datasets.keep(database.for_writing(), sample(OURS), "ani")
    app = open_page(bahasa="en")
    assert app.metric[0].value == "16 people"
    assert "SIMULASI" not in app.subheader[0].value
    sources = [one.value.to_csv() for one in open_page("metode", bahasa="en").dataframe]
    assert any("DTSEN 2025 (v1)" in one for one in sources)
    datasets.withdraw(database.for_writing(), 1, "ani", "salah")
    app = open_page(bahasa="en")
    assert app.metric[0].value == "800 people"
    assert app.subheader[0].value.endswith(":orange-badge[SIMULASI]")


def test_opening_pages_makes_no_store(copy):
    open_page()
    assert not list(copy.glob("kantong.db*"))


def test_a_store_that_is_only_opened_changes_nothing_that_is_cached(copy):
    datasets.keep(database.for_writing(), sample(OURS), "ani")
    before = data.city()
    (copy / "kantong.db-wal").touch()
    (copy / "kantong.db").touch()
    assert data.city().library is before.library


def test_a_damaged_store_is_told_on_the_page(copy):
    (copy / "kantong.db").write_bytes(b"no database at all" * 500)
    assert "is damaged or no store" in open_page(bahasa="en").error[0].value.replace("\\", "")


def test_the_trail_says_in_words_whatever_was_done(copy):
    engine = database.for_writing()
    row = {
        "programme": "PKH", "strategy": "raise_income", "kind": "cash", "funder": "APBN",
        "kode": CODES[0], "period": "2025", "target": 1, "reached": 1, "budget_rp": None,
        "status": "done",
    }  # fmt: skip
    interventions.enter(engine, "99.01", pd.DataFrame([row]), CODES, "ani")
    correction = Correction(version=1, changes={"target": 2})
    interventions.correct(engine, 1, correction, CODES, "ani")
    interventions.withdraw(engine, [1], "ani")
    interventions.bring_back(engine, [1], "ani")
    scenarios.save(engine, "99.01", Choices(name="A", kind="priority", settings={},
                                            figures_sha256="0" * 64), "ani")  # fmt: skip
    scenarios.withdraw(engine, 1, "ani")
    scenarios.bring_back(engine, 1, "ani")
    app = open_page("impor", bahasa="en")
    done = set(audit.trail(engine, "99.01")["action"])
    told = {row[2] for row in rows(app) if len(row) == 4}
    assert len(done) == 7
    assert len(told - {"What"}) == 7
    assert not done & told


def test_a_file_that_is_older_than_the_others_is_read_too(copy):
    """As one that was kept with its time: unpacked, copied back, synchronised."""
    table = copy / "counts" / "counts.csv"
    package = table.with_name("datapackage.json")
    before = data.city().library.observations["value"].sum()
    told, old = table.read_text("utf-8"), table.stat()
    changed = told.replace("population,2025,1000,", "population,2025,1001,", 1)
    assert changed != told
    table.write_text(changed, "utf-8")
    package.write_text(
        package.read_text("utf-8").replace(
            sha256(told.encode()), sha256(changed.encode())
        ), "utf-8",
    )  # fmt: skip
    os.utime(table, (old.st_atime - 9, old.st_mtime - 9))
    os.utime(package, (old.st_atime - 9, old.st_mtime - 9))
    assert data.city().library.observations["value"].sum() == before + 1
