"""Entering interventions through the harness: what is typed is what is kept."""

import shutil

import pandas as pd
import pytest

from kantong.store import database, interventions
from kantong.views import data
from tests.conftest import DATA, TUTORIAL
from tests.views.test_hotspot_page import texts
from tests.views.test_pages import open_page

KAUMAN, KASIN = "35.73.02.1007", "35.73.02.1006"


@pytest.fixture(autouse=True)
def folder(monkeypatch, tmp_path):
    """The city in a folder of its own, to be written to."""
    home = tmp_path / "kota"
    shutil.copytree(DATA, home, ignore=shutil.ignore_patterns("*.db*"))
    monkeypatch.setenv("KANTONG_DATA", str(home))
    return home


def page(**query):
    return open_page("program", bahasa="en", bagian="catat", **query)


def typed(app, key="_entry 0", **given):
    """Type an entry; fields by their column."""
    fields = {
        "programme": "Kursus menjahit", "funder": "Baznas", "period": "2025", "target": 20,
        "budget_rp": 30_000_000, "kind": "training", "strategy": "direct", "status": "planned",
    } | given  # fmt: skip
    if "kode" in fields:
        app.multiselect(key=f"{key} kode").set_value(fields.pop("kode"))
    for column, value in fields.items():
        name = f"{key} {column}"
        if column in {"target", "reached", "budget_rp"}:
            app.number_input(key=name).set_value(value)
        elif column in {"period", "source", "note"}:
            app.text_input(key=name).set_value(value)
        elif column == "programme" or (column == "funder" and value != "Baznas"):
            app.text_input(key=f"{name} new").set_value(value)
        else:
            app.selectbox(key=name).set_value(value)
    if "who" not in given:
        app.text_input(key=f"{key} who").set_value("Dinsos")
    return app.run()


def press(app, label):
    found = next(one for one in app.button if one.label.startswith(label))
    assert not found.disabled
    return found.click().run()


def kept():
    return interventions.interventions(database.for_writing(), "35.73")


def test_what_is_typed_is_what_is_kept():
    app = press(typed(page(), kode=[KAUMAN, KASIN]), "Record 2 rows")
    assert "Recorded\\: 2 rows" in app.success[0].value
    rows = kept()
    assert rows["kode"].tolist() == [KAUMAN, KASIN]
    one = rows.iloc[0]
    assert (one["programme"], one["funder"], one["kind"]) == (
        "Kursus menjahit",
        "Baznas",
        "training",
    )
    assert (one["target"], one["budget_rp"], one["status"]) == (20, 30_000_000, "planned")
    assert pd.isna(one["reached"])
    assert one["entered_by"] == "Dinsos"


def test_it_shows_at_once_beside_those_of_the_folder():
    before = len(data.city().library.interventions)
    app = press(typed(page(), kode=[KAUMAN], status="running", reached=7), "Record 1 rows")
    assert len(data.city().library.interventions) == before + 1
    app.segmented_control(key="bagian").set_value("matriks").run()
    assert "Kursus menjahit" in "".join(one.value.to_csv() for one in app.dataframe)


def test_a_fault_is_told_and_nothing_typed_is_lost():
    app = typed(page(), kode=[KAUMAN], period="2025-Q9")
    assert "is no period" in app.error[0].value.replace("\\", "")
    assert not [one for one in app.button if one.label.startswith("Record 1")]
    assert app.text_input(key="_entry 0 period").value == "2025-Q9"
    assert app.number_input(key="_entry 0 target").value == 20


def test_more_reached_than_the_target_is_said_before_it_is_kept():
    app = typed(page(), kode=[KAUMAN], reached=25)
    assert any("more were reached than was the target" in one.value for one in app.warning)
    press(app, "Record 1")
    assert len(kept()) == 1


def test_the_same_twice_is_refused():
    app = press(typed(page(), kode=[KAUMAN]), "Record 1")
    app = typed(app, key="_entry 1", kode=[KAUMAN])
    assert "entered already" in app.error[0].value.replace("\\", "")


def test_an_unknown_funder_is_kept_as_written_and_said():
    app = typed(page(), kode=[KAUMAN], funder="PT Rekaan <b>")
    assert "no funder known here" in texts(app)
    press(app, "Record 1")
    assert kept()["funder"].tolist() == ["PT Rekaan <b>"]


def test_an_entry_is_corrected_with_a_reason_and_its_history_stays():
    app = press(typed(page(), kode=[KAUMAN]), "Record 1")
    app.selectbox(key="_entry_chosen").set_value(1).run()
    key = "_entry 1 v1 1"
    app.number_input(key=f"{key} reached").set_value(18)
    app.text_input(key=f"{key} reason").set_value("Laporan akhir").run()
    app = press(app, "Correct")
    assert kept()["reached"].tolist() == [18]
    history = next(one.value for one in app.dataframe if "Version" in one.value)
    assert history["Version"].tolist() == [1, 2]
    assert history["Reason"].tolist() == ["", "Laporan akhir"]


def test_an_entry_is_withdrawn_and_brought_back():
    app = press(typed(page(), kode=[KAUMAN]), "Record 1")
    app.selectbox(key="_entry_chosen").set_value(1).run()
    app.text_input(key="_entry 1 v1 1 reason").set_value("salah").run()
    app = press(app, "Withdraw")
    assert kept().empty
    app.text_input(key="_entry 1 v1 2 reason").set_value("benar").run()
    app = press(app, "Bring back")
    assert len(kept()) == 1


def test_two_who_correct_at_once_are_told_and_the_first_stays():
    app = press(typed(page(), kode=[KAUMAN]), "Record 1")
    app.selectbox(key="_entry_chosen").set_value(1).run()
    key = "_entry 1 v1 1"
    app.number_input(key=f"{key} reached").set_value(18)
    app.text_input(key=f"{key} reason").set_value("Laporan").run()
    other = interventions.Correction(version=1, changes={"reached": 5}, reason="lain")
    codes = list(data.city().layer["kode"])
    interventions.correct(database.for_writing(), 1, other, codes, "Bappeda")
    found = next(one for one in app.button if one.label == "Correct")
    app = found.click().run()
    assert kept()["reached"].tolist() == [5]
    assert not app.exception


def test_a_number_that_may_be_an_identity_is_refused():
    app = typed(page(), kode=[KAUMAN], note="3573011234567890")
    assert "identity number" in app.error[0].value.replace("\\", "")


def test_a_city_without_programmes_can_begin(monkeypatch, tmp_path):
    home = tmp_path / "sembilan"
    shutil.copytree(TUTORIAL, home)
    monkeypatch.setenv("KANTONG_DATA", str(home))
    assert "No programme is recorded here" in texts(page())
    assert page().multiselect(key="_entry 0 kode").options
