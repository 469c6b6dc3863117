"""The template: what is in it, and that it comes back as it was filled in."""

import io

import openpyxl
import pytest

from kantong.importing import tables
from kantong.intake.proposal import propose
from kantong.maps.blank import Words, workbook

WORDS = Words(
    table="Angka", notes="Catatan",
    headings=("Kode", "Kelurahan", "Kecamatan", "Indikator", "Periode", "Angka"),
    told=("Isi kolom terakhir.", "Kosong bukan nol."), wrong_number="Bilangan bulat",
    wrong_choice="Pilih dari daftar",
)  # fmt: skip
LABELS = ["Penduduk", "Penduduk miskin"]


@pytest.fixture
def book(nine):
    made = workbook(nine, LABELS, "Penduduk miskin", "2026", WORDS)
    return openpyxl.load_workbook(io.BytesIO(made))


def test_there_is_one_row_for_each_kelurahan(book, nine):
    sheet = book["Angka"]
    assert [cell.value for cell in sheet[1]] == list(WORDS.headings)
    assert [row[0].value for row in sheet.iter_rows(min_row=2)] == nine["kode"].tolist()
    assert {row[3].value for row in sheet.iter_rows(min_row=2)} == {"Penduduk miskin"}
    assert {row[5].value for row in sheet.iter_rows(min_row=2)} == {None}


def test_cells_are_guarded_by_a_list_and_by_whole_numbers(book):
    rules = {rule.type: rule for rule in book["Angka"].data_validations.dataValidation}
    assert (rules["whole"].formula1, str(rules["whole"].sqref)) == ("0", "F2:F10")
    notes = book["Catatan"]
    first, last = (int(part.split("$")[-1]) for part in rules["list"].formula1.split(":"))
    assert [notes.cell(row, 1).value for row in range(first, last + 1)] == LABELS


def test_the_notes_stand_on_their_own_sheet(book):
    assert book["Catatan"]["A1"].value == "Isi kolom terakhir."


def test_a_filled_template_comes_back_as_it_is(book, nine, nine_library):
    sheet = book["Angka"]
    for row in range(2, 10):
        sheet.cell(row, 6).value = 10 * row
    target = io.BytesIO()
    book.save(target)
    file = tables.open_file(target.getvalue(), "templat.xlsx")
    layout, _saved = tables.layout_of(file.grids[0], nine_library.indicators, "99.01")
    found = propose(file.grids[0], layout, nine, nine_library.indicators)
    assert len(found.rows) == 9
    assert found.figures["value"].tolist()[:8] == [10.0 * row for row in range(2, 10)]
    assert found.figures["value"].isna().tolist() == [False] * 8 + [True]
    assert set(found.figures["indicator"]) == {"poor_people"}
    assert set(found.figures["period"]) == {"2026"}
