"""Entering interventions through the harness: what is typed is what is kept."""

import io
import shutil

import openpyxl
import pandas as pd
import pytest
import xlsxwriter

from kantong.importing import interventions as lists
from kantong.intake.interventions import listed
from kantong.language import activate
from kantong.store import database, interventions
from kantong.views import data, entryfile
from kantong.views.words import code_label
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
    assert history["What changed"].tolist() == ["", "Reached: – → 18"]
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


# --- from a list --------------------------------------------------------------------------------


def workbook(*rows, heading=("Kelurahan", "Program", "Jenis", "Strategi", "Penyandang Dana",
                             "Periode", "Sasaran", "Status")):  # fmt: skip
    """Return a list as an office keeps it (XLSX)."""
    target = io.BytesIO()
    with xlsxwriter.Workbook(target) as book:
        sheet = book.add_worksheet("Daftar")
        for number, cells in enumerate((heading, *rows)):
            sheet.write_row(number, 0, cells)
    return target.getvalue()


COURSE = ("Kursus menjahit", "Pelatihan", "Langsung", "Baznas", 2026)


def brought(content, name="daftar.xlsx"):
    app = page()
    app.file_uploader[0].set_value((name, content, "application/octet-stream"))
    return app.run()


def keep_list(app):
    key = next(one.key for one in app.text_input if str(one.key).endswith(" who")
               and str(one.key).startswith("_list "))  # fmt: skip
    app.text_input(key=key).set_value("Bappeda").run()
    return press(app, "Keep")


def test_a_list_is_shown_before_it_is_kept_and_corrects_what_is_there():
    first = workbook(("Kauman", *COURSE, 20, "Rencana"), ("Kasin", *COURSE, 15, "Rencana"))
    app = brought(first)
    assert any("2 new, 0 with other content" in plain_of(one.value) for one in app.markdown)
    app = keep_list(app)
    assert "2 entered" in plain_of(app.success[0].value)
    assert kept()["target"].tolist() == [20, 15]
    heading = ("Kelurahan", "Program", "Jenis", "Strategi", "Penyandang Dana", "Periode",
               "Sasaran", "Capaian", "Status")  # fmt: skip
    doubtful = brought(
        workbook(("Kasin", *COURSE, 15, 1500, "Rencana"), heading=heading), "ragu.xlsx"
    )
    told = [plain_of(one.value) for one in doubtful.warning]
    assert any("Line 2: more were reached than was the target" in one for one in told)
    second = workbook(("Kauman", *COURSE, 20, "Rencana"), ("Kasin", *COURSE, 18, "Berjalan"))
    app = keep_list(brought(second))
    assert "0 entered, 1 corrected, 1 left" in plain_of(app.success[0].value)
    assert kept()[["target", "status"]].to_numpy().tolist() == [[20, "planned"], [18, "running"]]


def test_a_place_in_doubt_of_a_list_is_settled_and_remembered():
    odd = workbook(("Kaumam", *COURSE, 20, "Rencana"))
    app = brought(odd)
    assert kept().empty
    (choice,) = [one for one in app.selectbox if str(one.label).startswith("Kelurahan meant by")]
    app = choice.set_value(KAUMAN).run()
    app = keep_list(app)
    assert kept()["kode"].tolist() == [KAUMAN]
    later = brought(workbook(("Kaumam", *COURSE, 25, "Rencana")))
    assert not [one for one in later.selectbox if str(one.label).startswith("Kelurahan meant by")]


def test_what_a_list_lacks_is_asked_for_once():
    app = brought(workbook(("Kauman", 9), heading=("Kelurahan", "Sasaran")))
    key = next(str(one.key) for one in app.text_input if str(one.key).endswith(" programme")
               and str(one.key).startswith("_list "))  # fmt: skip
    before = key.removesuffix(" programme")
    for column, value in {"programme": "Jamban", "funder": "Baznas", "period": "2026"}.items():
        app.text_input(key=f"{before} {column}").set_value(value)
    for column, value in {"strategy": "direct", "kind": "sanitation", "status": "done"}.items():
        app.selectbox(key=f"{before} {column}").set_value(value)
    keep_list(app.run())
    (one,) = kept().to_dict("records")
    assert (one["programme"], one["kind"], one["target"]) == ("Jamban", "sanitation", 9)


@pytest.mark.parametrize("language", ["id", "en"])
def test_the_template_filled_in_reads_back(language, malang):
    activate(language)
    book = openpyxl.load_workbook(io.BytesIO(entryfile.template(malang)))
    sheet = book.worksheets[0]
    heads = [cell.value for cell in sheet[1]]
    said = {
        "kelurahan": "Kauman", "kecamatan": "Klojen", "programme": "Jamban",
        "kind": code_label("sanitation"), "strategy": code_label("direct"), "funder": "Baznas",
        "period": "2026-Q2", "target": 4, "reached": 2, "budget_rp": 12_000_000,
        "status": code_label("running"), "source": "Laporan", "note": "Tahap 1",
    }  # fmt: skip
    for column, value in said.items():
        sheet.cell(2, heads.index(entryfile.heading(column)) + 1, value)
    target = io.BytesIO()
    book.save(target)
    _file, grid = lists.open_list(target.getvalue(), "templat.xlsx")
    (entry,) = listed(grid, malang).entries.to_dict("records")
    wanted = said | {"kode": KAUMAN, "kind": "sanitation", "strategy": "direct"}
    wanted |= {"status": "running"}
    assert entry == {key: value for key, value in wanted.items()
                     if key not in {"kelurahan", "kecamatan"}}  # fmt: skip


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "empty"),
        (b"\x00\x01\x02" * 50, "NUL"),
        (b"Kelurahan;Penduduk\nKauman;5\n", "No row of headings"),
        (b"Kelurahan;Program;NIK\nKauman;PKH;3573021234567890\n", "NIK"),
    ],
)
def test_a_file_that_is_no_list_is_refused_in_words(content, told):
    app = brought(content, "daftar.csv")
    said = " ".join(plain_of(one.value) for one in app.error)
    assert said
    assert told.casefold() in said.casefold(), said
    assert " ".join(plain_of(one.value) for one in app.run().error) == said
    assert kept().empty


def plain_of(text):
    return text.replace("\\", "")
