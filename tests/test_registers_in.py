"""Registers counted in the closed child and kept; nine-kelurahan city, made-up people."""

import io
import shutil
import threading

import pandas as pd
import pytest
import xlsxwriter
from click.testing import CliRunner

from kantong.cli import main
from kantong.geo.errors import TableError
from kantong.importing import registers, tables
from kantong.importing.registers import Asked
from kantong.importing.tables import Label
from kantong.importing.told import refused_lines
from kantong.intake.matching import PLACE_COLUMNS
from kantong.intake.sandbox import CancelledError
from kantong.store import database, datasets
from tests.conftest import DATA, TUTORIAL
from tests.intake import people

AREA = "99.01"
HEADING = "kode_kelurahan_desa,kelurahan_desa,kecamatan,nomor_kartu_keluarga,nama,desil_nasional"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    target = tmp_path / "kota"
    shutil.copytree(TUTORIAL, target)
    shutil.copy(DATA / "indicators.toml", target)
    monkeypatch.setenv("KANTONG_DATA", str(target))
    return target


def content(*rows, heading=HEADING):
    return "\n".join([heading, *rows]).encode()


def known(given, name="keluarga.csv"):
    found = registers.register_in(given, name)
    assert found is not None
    return found


def counted(given, layer, *, report=lambda _stage: None, source="Dinsos"):
    """Survey and count a register as the page does."""
    found = known(given)
    stop, areas = threading.Event(), registers.areas_for(found, layer)
    surveyed = registers.survey(found, areas, report, stop)
    places = registers.places_of(surveyed, layer, AREA, source)
    places = registers.with_choices(places, {}, set(layer["kode"]))
    asked = Asked("2026-Q1", places[[*PLACE_COLUMNS, "kode"]].to_numpy().tolist())
    return found, places, registers.count(found, areas, asked, report, stop)


def families(answer):
    frame = registers.observations_of(answer)
    chosen = frame[(frame["indicator"] == "dtsen_families") & (frame["rw"] == "")]
    return chosen.set_index("kode")["value"].to_dict()


def test_a_register_is_known_by_its_heading_and_a_table_is_not():
    assert registers.register_in(content(), "a.csv") is not None
    assert registers.register_in(b"kelurahan;jumlah\nAnggrek;1\n", "a.csv") is None
    broken = content(heading='kelurahan,no_kk,"desil\r\nnasional"')
    assert registers.register_in(broken, "a.csv") is not None
    assert registers.register_in(b"", "a.csv") is None
    assert registers.register_in(b"\xff\xfe\x00", "a.csv") is None


def test_rows_are_counted_kept_and_accounted_for(folder, nine):
    first, second, *_others = nine["kelurahan"]
    rows = [
        f",{first},,{people.kk(1)},Contoh Satu,1",
        f",{first.upper()},,{people.kk(1)},Contoh Dua,1",  # the same family, spelt otherwise
        f",{second},,{people.kk(2)},Contoh Tiga,2",
        f",LUAR DAERAH,,{people.kk(3)},Contoh Empat,1",
        f",Entah,,{people.kk(4)},Contoh Lima,1",
    ]
    found, places, answer = counted(content(*rows), nine)
    kodes = nine.set_index("kelurahan")["kode"]
    assert families(answer) == {kodes[first]: 1, kodes[second]: 1}
    label = Label(AREA, "DTSEN", "DTSEN 2026-Q1", "Dinsos", "Bappeda")
    stored = registers.keep_register(found, places, answer, label)
    assert (stored.rows_in, stored.rows_matched) == (5, 3)
    assert (stored.rows_review, stored.rows_refused) == (1, 1)
    ((line, count, fault),) = refused_lines(stored)
    assert (line, count, str(fault)) == (0, 1, "'LUAR DAERAH' is no kelurahan of this city.")
    kept = datasets.observations_of(database.for_writing(), stored.id)
    assert kept["value"].sum() == sum(one[4] for one in answer["observations"])


def test_rows_without_a_name_are_placed_by_their_coordinates(nine):
    points = nine.geometry.representative_point()
    heading = "kelurahan_desa,nomor_kartu_keluarga,desil_nasional,longitude,latitude"
    rows = [f",{people.kk(n)},1,{points.iloc[n % 9].x},{points.iloc[n % 9].y}" for n in range(9000)]
    outside = f",{people.kk(9999)},1,0,0"
    _found, _places, answer = counted(content(*rows, outside, heading=heading), nine)
    assert families(answer) == dict.fromkeys(nine["kode"], 1000)
    assert answer["rows"] == 9001
    assert [row[-1] for row in answer["unresolved"]] == [1]


def test_stages_are_told_and_a_count_can_be_cancelled(nine):
    told: list[str] = []
    counted(content(f",{nine['kelurahan'].iloc[0]},,{people.kk(1)},X,1"), nine, report=told.append)
    assert told == ["read", "survey", "read", "survey", "count"]
    found = known(content())
    stop = threading.Event()
    stop.set()
    with pytest.raises(CancelledError):
        registers.survey(found, [], told.append, stop)


def test_a_file_of_persons_alone_is_refused_by_its_own_name(nine):
    heading = (
        "nomor_induk_kependudukan,nomor_kartu_keluarga,nama,tanggal_lahir,usia,kelurahan_desa_ktp"
    )
    given = content(f"{people.nik(1)},{people.kk(1)},Contoh Satu,2000-01-01,26,Anggrek",
                    heading=heading)  # fmt: skip
    found = known(given, "anggota.csv")
    with pytest.raises(TableError, match=r"anggota\.csv") as caught:
        registers.survey(found, [], print, threading.Event())
    assert people.PERSONAL.search(str(caught.value)) is None


def test_lost_digits_are_refused_without_repeating_them(nine):
    given = content(f",{nine['kelurahan'].iloc[0]},,9.901E+15,Contoh Satu,1")
    with pytest.raises(TableError, match="scientific notation") as caught:
        counted(given, nine)
    assert "9.901" not in str(caught.value)


def test_a_choice_of_another_city_is_none(nine):
    surveyed = {"places": [["", "Anggrekk", "", 3], ["", "Bakungg", "", 1]]}
    places = registers.places_of(surveyed, nine, AREA, "Dinsos")
    chosen = registers.with_choices(
        places, {0: "35.73.01.1001", 1: "99.01.01.1002"}, set(nine["kode"])
    )
    assert chosen["kode"].tolist() == ["", "99.01.01.1002"]
    assert chosen["chosen"].tolist() == [False, True]


def test_what_the_catalogue_does_not_know_is_left_out_and_said(nine, nine_library):
    answer = {"observations": [["99.01.01.1001", "", "strange", "2026", 1]], "notes": []}
    rest = registers.known(answer, nine_library.indicators)
    assert rest["observations"] == []
    assert "strange" in str(registers.notes_of(rest)[0])


def test_a_register_is_not_shown_by_its_name_in_tracebacks():
    found = registers.register_in(content(f",A,,{people.kk(1)},Contoh Satu,1"), "keluarga.csv")
    assert people.PERSONAL.search(repr(found)) is None


# --- on the command line ---


def count(*arguments):
    return CliRunner().invoke(main, ["--lang", "en", "count", *map(str, arguments)])


def test_a_register_is_counted_from_the_command_line(folder, nine, tmp_path):
    first, second, *_others = nine["kelurahan"]
    rows = [
        f",{name},,{people.kk(n)},Contoh Satu,{n}"
        for n, name in enumerate([first, first, second], 1)
    ]
    target, out = tmp_path / "keluarga.csv", tmp_path / "hasil.csv"
    target.write_bytes(content(*rows, f",Entah,,{people.kk(9)},Contoh Dua,1"))
    told = target, "--period", "TW I 2026", "--source", "Dinsos", "--out", out, "--who", "B"
    refused = count(*told, "--keep")
    assert refused.exit_code == 1
    assert "--leave" in refused.output
    assert "7 kelurahan are missing" in refused.output
    assert "--accept" in count(*told, "--keep", "--leave").output
    assert database.for_reading() is None
    outcome = count(*told, "--keep", "--leave", "--accept")
    assert outcome.exit_code == 0
    assert "Rows in the file: 4. Counted: 3." in outcome.output
    assert "'Entah' is not the name of a kelurahan here." in outcome.output
    kodes = nine.set_index("kelurahan")["kode"]
    frame = pd.read_csv(out, dtype={"rw": str})
    chosen = frame[frame["indicator"] == "dtsen_families"].set_index("kode")["value"]
    assert chosen.to_dict() == {kodes[first]: 2, kodes[second]: 1}
    assert set(frame["period"]) == {"2026-Q1"}
    (stored,) = datasets.datasets(database.for_writing(), AREA)
    assert (stored.name, stored.rows_in, stored.rows_matched, stored.rows_review) == (
        "DTSEN keluarga", 4, 3, 1
    )  # fmt: skip
    assert people.PERSONAL.search(outcome.output + out.read_text("utf-8")) is None


def test_what_is_no_period_counts_nothing(folder, tmp_path):
    target = tmp_path / "keluarga.csv"
    target.write_bytes(content(f",Anggrek,,{people.kk(1)},Contoh Satu,1"))
    outcome = count(target, "--period", "semester 1", "--source", "Dinsos")
    assert outcome.exit_code == 1
    assert "'semester 1' is no period. Write 2025 for a year" in outcome.output


@pytest.mark.parametrize("again", ["PKH", " pkh "])
def test_a_programme_has_one_list_of_the_paid_however_it_is_written(folder, tmp_path, again):
    target = tmp_path / "keluarga.csv"
    target.write_bytes(content(f",Anggrek,,{people.kk(1)},Contoh Satu,1"))
    lists = "--paid", f"pkh={target}", "--paid", f"{again}={target}"
    outcome = count(target, "--period", "2026", "--source", "Dinsos", *lists)
    assert outcome.exit_code == 1
    assert "once each" in outcome.output


def test_a_table_of_counts_is_no_register(folder, tmp_path):
    target = tmp_path / "tabel.csv"
    target.write_text("kelurahan;jumlah\nAnggrek;1\n", "utf-8")
    outcome = count(target, "--period", "2026", "--source", "Dinsos")
    assert outcome.exit_code == 1
    assert "kantong import" in outcome.output


# --- workbooks ---

P3KE = (
    "No|ID Keluarga P3KE|Provinsi|Kabupaten/Kota|Kecamatan|Desa/Kelurahan|Kode Kemdagri|"
    "Desil Kesejahteraan|Alamat|Kepala Keluarga|NIK|Penerima PKH"
)


def test_a_workbook_of_p3ke_has_its_heading_in_row_four(folder, nine):
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        sheet = book.add_worksheet("P3KE")
        sheet.write(0, 0, "Data P3KE")
        sheet.write(1, 0, "Tahun: 2025")
        sheet.write_row(3, 0, P3KE.split("|"))
        for n, name in enumerate(nine["kelurahan"]):
            sheet.write_row(
                4 + n, 0,
                [n + 1, people.kk(n), "", "", "", name, "", n % 4 + 1, "Jalan Rekaan",
                 "Contoh Satu", people.nik(n), "Ya" if n % 2 else "Tidak"],
            )  # fmt: skip
    given = target.getvalue()
    grids = tables.open_file(given, "p3ke.xlsx").grids
    found = registers.register_in(given, "p3ke.xlsx", grids)
    assert found is not None
    stop = threading.Event()
    surveyed = registers.survey(found, [], print, stop)
    assert surveyed["register"] == "P3KE"
    places = registers.with_choices(
        registers.places_of(surveyed, nine, AREA, "TNP2K"), {}, set(nine["kode"])
    )
    asked = Asked("2025", places[[*PLACE_COLUMNS, "kode"]].to_numpy().tolist())
    frame = registers.observations_of(registers.count(found, [], asked, print, stop))
    sums = frame.groupby("indicator")["value"].sum()
    assert sums["p3ke_families"] == 9
    assert [sums[f"p3ke_families_d{d}"] for d in (1, 2, 3, 4)] == [3, 2, 2, 2]
    assert sums["recipients_pkh"] == 4


def test_a_workbook_with_several_registers_is_refused_with_their_sheets(nine):
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        for name in ("Catatan", "Sukun", "Klojen"):
            sheet = book.add_worksheet(name)
            if name == "Catatan":
                sheet.write(0, 0, "Contoh rekaan")
                continue
            sheet.write_row(0, 0, HEADING.split(","))
            sheet.write_row(1, 0, ["", "Anggrek", "Lor", people.kk(1), "Contoh Satu", "1"])
    given = target.getvalue()
    found = registers.register_in(given, "d.xlsx", tables.open_file(given, "d.xlsx").grids)
    assert found is not None
    with pytest.raises(TableError, match=r"d\.xlsx: the sheets 'Sukun', 'Klojen' each hold"):
        registers.survey(found, [], print, threading.Event())
