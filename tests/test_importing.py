"""Tables taken in from the command line; nine-kelurahan city and the messy workbook of Malang."""

import shutil
from dataclasses import replace

import pandas as pd
import pytest
import xlsxwriter
from click.testing import CliRunner

from kantong.cli import main
from kantong.geo.errors import Fault, StoreError, TableError
from kantong.importing import tables
from kantong.importing.tables import Label
from kantong.importing.told import as_fault, as_told, refused_lines
from kantong.intake.layout import Layout, Use
from kantong.store import database, datasets
from tests import messy
from tests.conftest import DATA, TUTORIAL


@pytest.fixture
def folder(tmp_path, monkeypatch):
    target = tmp_path / "kota"
    shutil.copytree(TUTORIAL, target)
    monkeypatch.setenv("KANTONG_DATA", str(target))
    return target


@pytest.fixture
def table(tmp_path, nine):
    target = tmp_path / "tabel.csv"
    lines = [f"{name};{10 * place}" for place, name in enumerate(nine["kelurahan"], start=1)]
    target.write_text("\n".join(["kelurahan;penduduk miskin 2026", *lines]), "utf-8")
    return target


def run(*arguments):
    return CliRunner().invoke(main, ["--lang", "en", "import", *map(str, arguments)])


def kept():
    engine = database.for_reading()
    return [] if engine is None else datasets.datasets(engine, "99.01")


def test_a_table_is_checked_without_being_kept(folder, table):
    outcome = run(table, "--source", "Dinsos")
    assert outcome.exit_code == 0
    assert "9 rows = 9 matched + 0 to be reviewed + 0 refused" in outcome.output
    assert kept() == []


def test_nothing_is_kept_where_a_decision_about_a_place_cannot_be(folder, tmp_path):
    target = tmp_path / "tabel.csv"
    target.write_text("kelurahan;penduduk miskin 2026\nAnggrek;5\n990109012345;6\n", "utf-8")
    found = tables.from_file(target, tables.Wishes(source="Dinsos"))
    layout = Layout(1, ("kelurahan", "penduduk miskin 2026"), (Use("kelurahan"), Use("value")))
    label = Label("99.01", "poor_people", "Uji", "Dinsos", "Bappeda")
    with pytest.raises(StoreError, match="may be an identity number"):
        tables.keep(found.file, layout, found.proposal, label, settled={3: "99.01.01.1002"})
    assert kept() == []


def test_what_was_understood_is_told_with_its_sum(folder, table):
    # 10 + 20 + … + 90.
    assert "poor_people 2026: 450 in 9 kelurahan" in run(table, "--source", "Dinsos").output


def test_a_period_is_kept_in_one_form_or_refused(folder, tmp_path):
    target = tmp_path / "tabel.csv"
    target.write_text("kelurahan;penduduk miskin\nAnggrek;12\n", "utf-8")
    found = tables.from_file(target, tables.Wishes(source="Dinsos", period="TW 3 2025"))
    assert set(found.proposal.figures["period"]) == {"2025-Q3"}
    outcome = run(target, "--source", "Dinsos", "--period", "triwulan lalu")
    assert outcome.exit_code == 1
    assert "'triwulan lalu' is no period. Write 2025 for a year" in outcome.output


def test_a_sheet_that_is_not_there_is_refused_and_the_one_read_is_told(folder, tmp_path):
    target = tmp_path / "buku.xlsx"
    with xlsxwriter.Workbook(target) as book:
        for name, count in (("2024", 5), ("2025", 6)):
            sheet = book.add_worksheet(name)
            sheet.write_row(0, 0, ["kelurahan", "penduduk miskin"])
            sheet.write_row(1, 0, ["Anggrek", count])
    beyond = run(target, "--source", "Dinsos", "--sheet", "3")
    assert beyond.exit_code == 1
    assert "buku.xlsx: has no sheet 3. Its sheets with cells are: 1 '2024', 2 '2025'." in (
        beyond.output
    )
    second = run(target, "--source", "Dinsos", "--sheet", "2").output
    assert "Sheet: '2025'" in second
    assert "poor_people 2025: 6 in 1 kelurahan" in second


def test_findings_must_be_accepted_before_a_table_is_kept(folder, table):
    refused = run(table, "--source", "Dinsos", "--keep")
    assert refused.exit_code == 1
    assert "--accept" in refused.output
    assert kept() == []
    accepted = run(table, "--source", "Dinsos", "--keep", "--accept", "--who", "Bappeda")
    assert "Kept as version 1." in accepted.output
    (stored,) = kept()
    assert (stored.rows_in, stored.rows_matched, stored.imported_by) == (9, 9, "Bappeda")
    assert {one["kind"] for one in stored.findings} >= {"jump"}


def test_rows_in_doubt_must_be_left_on_purpose(folder, table):
    with table.open("a", encoding="utf-8") as file:
        file.write("\nAnggrekk;5")
    assert "--leave" in run(table, "--source", "Dinsos", "--keep", "--accept").output
    assert kept() == []
    run(table, "--source", "Dinsos", "--keep", "--accept", "--leave")
    (stored,) = kept()
    assert (stored.rows_in, stored.rows_matched, stored.rows_review) == (10, 9, 1)


def test_refused_rows_are_kept_with_line_and_reason(folder, table):
    with table.open("a", encoding="utf-8") as file:
        file.write("\nLUAR DAERAH;5")
    run(table, "--source", "Dinsos", "--keep", "--accept")
    (stored,) = kept()
    ((line, count, fault),) = refused_lines(stored)
    assert (line, count) == (11, 1)
    assert str(fault) == "'LUAR DAERAH' is no kelurahan of this city."


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("nik;kelurahan\n3573010101800001;Anggrek", "speak of persons"),
        ("nama;kelurahan\nContoh;Anggrek", "speak of persons"),
        ("kelurahan;jumlah\nAnggrek;3573010101800001", "15 or 16 digits"),
        ("kelurahan;jumlah\nAnggrek;3,57301E+15", "15 or 16 digits"),
        ("", "empty"),
        ("a;b\n1;2", "No column of kelurahan"),
    ],
)
def test_what_cannot_be_taken_is_refused_without_repeating_it(folder, tmp_path, content, said):
    target = tmp_path / "salah.csv"
    target.write_text(content, "utf-8")
    outcome = run(target, "--source", "Dinsos", "--keep")
    assert outcome.exit_code == 1
    assert said in outcome.output
    assert "3573010101800001" not in outcome.output
    assert "Contoh" not in outcome.output
    assert not (folder / "kantong.db").exists()


def test_a_missing_file_is_named(folder, tmp_path):
    assert "cannot be read" in run(tmp_path / "tidak-ada.csv", "--source", "X").output


def test_the_messy_workbook_holds_what_it_says(tmp_path, monkeypatch, malang):
    target = tmp_path / "kota"
    shutil.copytree(DATA, target, ignore=shutil.ignore_patterns("kantong.db*", "sources"))
    monkeypatch.setenv("KANTONG_DATA", str(target))
    workbook = tmp_path / "rekap.xlsx"
    counted = messy.write(malang, workbook)
    found = tables.from_file(workbook, tables.Wishes(source="Dinsos"))
    # 57 kelurahan, 5 sums of kecamatan, the sum of all, a stranger and a footnote.
    assert len(found.proposal.rows) == 65
    figures = found.proposal.figures.set_index("kode")["value"].to_dict()
    assert figures == {kode: counted[str(kode)] for kode in figures}
    assert len(figures) == 57 - len(messy.IN_DOUBT)


def test_a_fault_is_the_same_after_it_was_stored():
    inner = Fault("{name} is no kelurahan of this city.", name="'x'")
    outer = Fault("Column {column}: {reason}", column="'a'", reason=inner)
    again = as_fault(as_told(outer))
    assert str(again) == str(outer) == "Column 'a': 'x' is no kelurahan of this city."


def test_persons_on_any_sheet_stop_the_file():
    with pytest.raises(TableError, match="speak of persons"):
        tables.refuse_persons(tables.open_file(b"kelurahan;alamat\nAnggrek;Jalan 1\n", "a.csv"))


def test_features_without_a_name_are_placed_by_their_points(folder, tmp_path, nine):
    points = nine.assign(jumlah=range(9))[["jumlah", "geometry"]]
    points = points.set_geometry(points.geometry.representative_point())
    outside = points.iloc[[0]].set_geometry(points.geometry.iloc[[0]].translate(5, 5))
    target = tmp_path / "titik.geojson"
    target.write_text(pd.concat([points, outside]).to_json(), "utf-8")
    wishes = tables.Wishes(source="Dinsos", indicator="poor_people", period="2026")
    found = tables.from_file(target, wishes)
    figures = found.proposal.figures.set_index("kode")["value"].to_dict()
    assert figures == dict(zip(nine["kode"], range(9), strict=True))
    assert len(found.proposal.refused()) == 1


def test_a_saved_layout_is_used_for_tables_with_the_same_headings(folder, nine_library):
    indicators = nine_library.indicators
    file = tables.open_file(b"wilayah;banyaknya\nAnggrek;5\n", "a.csv")
    guessed, saved = tables.layout_of(file.grids[0], indicators, "99.01")
    assert (guessed.indicator, guessed.period, saved) == ("", "", "")
    chosen = replace(guessed, indicator="poor_people", period="2026")
    tables.save_layout(chosen, "Dinsos", "99.01", "Bappeda")
    again = tables.open_file(b"judul;\n;\nWILAYAH;Banyaknya\nAnggrek;6\n", "b.csv")
    layout, saved = tables.layout_of(again.grids[0], indicators, "99.01")
    assert saved == "Dinsos"
    assert layout.indicator == "poor_people"
    assert layout.period == ""  # of the next table another: never taken from the last
    assert layout.first == 2
    other = tables.open_file(b"kelurahan;banyaknya\nAnggrek;5\n", "c.csv")
    assert tables.layout_of(other.grids[0], indicators, "99.01")[1] == ""
