"""What was imported stands on the pages at once, and goes when it is withdrawn."""

from kantong.store import database, datasets
from kantong.views import data
from tests.store.samples import CODES, poor, sample
from tests.views.test_pages import copy, open_page

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
