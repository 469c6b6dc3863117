import contextlib
import io
import logging
import re
import shutil
import tempfile
import traceback
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kantong.geo.errors import TableError
from kantong.intake import engines
from kantong.intake.families import Family
from kantong.intake.grid import Cell, Grid
from kantong.intake.matching import match
from kantong.intake.registerfile import look
from kantong.intake.registers import count, open_file, open_grid, survey
from kantong.intake.tally import to_observations
from kantong.store.catalogue import read_indicators
from tests.conftest import DATA
from tests.intake.people import NAMES, PERSONAL, kk, nik, table, write
from tests.intake.test_families import HEADINGS

ANGGREK, BAKUNG, CEMPAKA = "99.01.01.1001", "99.01.01.1002", "99.01.01.1003"
ILALANG = "99.01.02.1009"


def resolve(places, layer):
    """Return the places of a register, matched."""
    return places.join(match(places, layer))


def counted(path, layer, *, people=None, engine=None, programme=None):
    """Return a register counted as the command line does it."""
    files = [path, *([people] if people else [])]
    with contextlib.ExitStack() as stack:
        used = engine or stack.enter_context(engines.duckdb(files, threads=2))
        file = look(path)
        if programme:
            file = type(file)(**(vars(file) | {"register": file.register.paying(programme)}))
        surveyed = survey(open_file(used, file))
        found = resolve(surveyed.places, layer)
        persons = open_file(used, look(people)) if people else None
        return count(surveyed, found, people=persons)


def cells_of(result, programme="", measure="families"):
    """Return one measure of one programme by kode and decile (0: unknown), RW summed."""
    part = result.frame[result.frame["programme"] == programme]
    sums = part.assign(desil=part["desil"].fillna(0)).groupby(["kode", "desil"])[measure].sum()
    return {key: int(value) for key, value in sums.items() if value}


def conserved(result):
    noted = result.reconciliation
    lost = int(noted.unresolved["rows"].sum())
    return noted.rows == noted.counted + noted.inactive + noted.deceased + lost


def household(number, **other):
    given = {
        "kode_kelurahan_desa": "9901011001", "kelurahan_desa": "Anggrek", "kecamatan": "Lor",
        "nomor_kartu_keluarga": kk(number), "nama_anggota_keluarga": NAMES[number % 5],
        "alamat": "Jalan Rekaan", "desil_nasional": "1", "jumlah_anggota_keluarga": "3",
    }  # fmt: skip
    return given | other


HOUSEHOLDS = [
    household(1, pbi_nas="Ya"),
    household(2, desil_nasional="2.0", pbi_nas="YA", pbi_pemda="Tidak"),
    household(
        3, desil_nasional="DESIL_2", kode_kelurahan_desa="99.01.01.1002", kelurahan_desa="Bakung",
        jumlah_anggota_keluarga="5", pbi_nas="2",
    ),
    household(4, desil_nasional="Tidak Terdata", jumlah_anggota_keluarga=""),
]  # fmt: skip


def test_households_are_families_with_their_members(tmp_path, nine):
    path = write(tmp_path / "k.csv", table(HEADINGS[Family.DTSEN_HOUSEHOLDS], HOUSEHOLDS))
    result = counted(path, nine)
    assert cells_of(result) == {
        (ANGGREK, 1): 1, (ANGGREK, 2): 1, (ANGGREK, 0): 1, (BAKUNG, 2): 1,
    }  # fmt: skip
    assert cells_of(result, measure="people") == {
        (ANGGREK, 1): 3, (ANGGREK, 2): 3, (BAKUNG, 2): 5,
    }  # fmt: skip
    assert cells_of(result, "pbi_nas") == {(ANGGREK, 1): 1, (ANGGREK, 2): 1}
    assert cells_of(result, "pbi_pemda") == {}
    assert result.reconciliation.unstated == 1
    assert conserved(result)


def person(number, family, **other):
    given = {
        "nomor_induk_kependudukan": nik(number), "nomor_kartu_keluarga": kk(family),
        "nama": NAMES[number % 5], "kelurahan_desa_ktp": "Ilalang", "rw_ktp": "009",
        "kode_kelurahan_desa_ktp": "9901021009",
    }  # fmt: skip
    return given | other


PERSONS = [person(1, 1), person(2, 1), person(3, 2), person(4, 3), person(5, 9), person(5, 9)]


def test_persons_are_counted_where_their_household_lives(tmp_path, nine):
    households = write(tmp_path / "k.csv", table(HEADINGS[Family.DTSEN_HOUSEHOLDS], HOUSEHOLDS))
    people = write(
        tmp_path / "a.csv", table(HEADINGS[Family.DTSEN_PERSONS], PERSONS), delimiter=";"
    )
    result = counted(households, nine, people=people)
    assert cells_of(result, measure="people") == {
        (ANGGREK, 1): 2, (ANGGREK, 2): 1, (BAKUNG, 2): 1,
    }  # fmt: skip
    assert cells_of(result)[ANGGREK, 0] == 1
    noted = result.reconciliation
    assert (noted.people_rows, noted.people_placed) == (6, 4)
    assert (noted.persons_twice, noted.rows_twice) == (1, 2)


def test_a_file_of_persons_alone_is_refused_with_what_to_do(tmp_path, nine):
    path = write(tmp_path / "anggota.csv", table(HEADINGS[Family.DTSEN_PERSONS], PERSONS))
    with pytest.raises(TableError, match=r"identity card.*--people anggota\.csv"):
        counted(path, nine)


def test_a_file_of_households_is_no_file_of_persons(tmp_path, nine):
    path = write(tmp_path / "k.csv", table(HEADINGS[Family.DTSEN_HOUSEHOLDS], HOUSEHOLDS))
    with pytest.raises(TableError, match=r"k\.csv: is no DTSEN file of persons"):
        counted(path, nine, people=path)


def test_people_of_a_family_in_two_kelurahan_stand_with_its_row_in_the_first(tmp_path, nine):
    heading = HEADINGS[Family.DTSEN_HOUSEHOLDS] + ",rw"
    bakung = {"kode_kelurahan_desa": "9901011002", "kelurahan_desa": "Bakung"}
    rows = [
        household(1, rw="005", desil_nasional="3"),
        household(1, rw="002", desil_nasional="2", **bakung),
        household(2, rw="007", desil_nasional="4"),
    ]
    households = write(tmp_path / "k.csv", table(heading, rows))
    persons = [person(1, 1), person(2, 1), person(3, 2)]
    people = write(tmp_path / "a.csv", table(HEADINGS[Family.DTSEN_PERSONS], persons))
    result = counted(households, nine, people=people)
    columns = ["kode", "rw", "desil", "families", "people"]
    told = result.frame.loc[result.frame["programme"] == "", columns].to_numpy().tolist()
    assert told == [
        [ANGGREK, "005", 3, 1, 2], [ANGGREK, "007", 4, 1, 1], [BAKUNG, "002", 2, 1, 0],
    ]  # fmt: skip
    noted = result.reconciliation
    assert (noted.people_placed, noted.several, noted.families) == (3, 1, 3)


def test_dtsen_of_siks_ng_counts_families_and_knows_no_people(tmp_path, nine):
    rows = [
        {"kelurahan": "Anggrek", "id_wilayah": "9901011001", "no_kk": kk(1), "rw": "3",
         "desil_nasional": "1", "peringkat_nasional": "9", "percentile_nasional": "9"},
        {"kelurahan": "Anggrek", "id_wilayah": "9901011001", "no_kk": kk(2), "rw": "RW 03",
         "desil_nasional": "Desil 4"},
        {"kelurahan": "ILALANG", "id_wilayah": "9901021009", "no_kk": kk(3), "rw": "",
         "desil_nasional": "10"},
    ]  # fmt: skip
    path = write(tmp_path / "s.csv", table(HEADINGS[Family.DTSEN_SIKS], rows))
    result = counted(path, nine)
    assert cells_of(result) == {(ANGGREK, 1): 1, (ANGGREK, 4): 1, (ILALANG, 10): 1}
    assert result.frame["rw"].tolist() == ["003", "003", ""]
    assert result.frame["people"].isna().all()


def dtks(number, family, **other):
    given = {
        "desa_kelurahan": "Anggrek", "kecamatan": "Lor", "id_desa": "9901011001", "rw": "001",
        "NIK": nik(number), "NOKK": kk(family), "Nama": NAMES[number % 5], "is_nonaktif": "0",
    }  # fmt: skip
    return given | other


def test_dtks_counts_people_by_row_and_families_by_number(tmp_path, nine):
    rows = [
        dtks(1, 1, PKH="YA", BPNT="YA"),
        dtks(2, 1, PKH="Tidak"),
        dtks(3, 2, desa_kelurahan="Bakung", id_desa="9901011002", PKH="1", PBI="TRUE"),
        dtks(4, 2, is_nonaktif="1"),
        dtks(5, 2, keterangan_meninggal="Meninggal Dunia"),
        dtks(6, 3, masih_hidup_label="Meninggal"),
        dtks(7, 4, desa_kelurahan="LUAR DAERAH", id_desa=""),
        dtks(8, 5, PKH="entah"),
    ]
    path = write(tmp_path / "d.csv", table(HEADINGS[Family.DTKS], rows))
    result = counted(path, nine)
    assert cells_of(result) == {(ANGGREK, 0): 2, (BAKUNG, 0): 1}
    assert cells_of(result, measure="people") == {(ANGGREK, 0): 3, (BAKUNG, 0): 1}
    assert cells_of(result, "pkh") == {(ANGGREK, 0): 1, (BAKUNG, 0): 1}
    assert cells_of(result, "pkh", "people") == {(ANGGREK, 0): 1, (BAKUNG, 0): 1}
    assert cells_of(result, "pbi") == {(BAKUNG, 0): 1}
    noted = result.reconciliation
    assert (noted.rows, noted.counted, noted.inactive, noted.deceased) == (8, 4, 1, 2)
    assert noted.unresolved.to_dict("records") == [
        {"code": "", "kelurahan": "LUAR DAERAH", "kecamatan": "Lor", "rows": 1}
    ]
    assert noted.unclear["pkh"] == 1


@pytest.mark.parametrize("said", ["0", "0.0", "2", "Tidak", "FALSE", "Meninggal"])
def test_who_is_not_alive_is_deceased_however_it_is_coded(tmp_path, nine, said):
    heading = "desa_kelurahan,kecamatan,NOKK,NIK,PKH,idsemesta,masih_hidup"
    given = {"desa_kelurahan": "Anggrek", "kecamatan": "Lor", "PKH": "1"}
    rows = [
        given | {"NOKK": kk(number), "NIK": nik(number), "masih_hidup": alive}
        for number, alive in enumerate(["1", "Ya", "", "Hidup", said], start=1)
    ]
    result = counted(write(tmp_path / "d.csv", table(heading, rows)), nine)
    assert (result.reconciliation.counted, result.reconciliation.deceased) == (4, 1)
    assert cells_of(result, "pkh") == {(ANGGREK, 0): 4}


def test_bdt_puts_its_code_together_and_has_no_decile(tmp_path, nine):
    rows = [
        {"KDPROP": "99", "KDKAB": "1", "KDKEC": "20", "KDDESA": "9", "IDBDT": "b1",
         "NIK": nik(1), "percentile": "3"},
        {"KDPROP": "99", "KDKAB": "01", "KDKEC": "020", "KDDESA": "009", "IDBDT": "b1",
         "NIK": nik(2), "percentile": "3"},
        {"KDPROP": "99", "KDKAB": "01", "KDKEC": "010", "KDDESA": "9901010001", "IDBDT": "b2",
         "NIK": nik(3), "percentile": "8"},
    ]  # fmt: skip
    result = counted(write(tmp_path / "b.csv", table(HEADINGS[Family.BDT], rows)), nine)
    assert cells_of(result) == {(ANGGREK, 0): 1, (ILALANG, 0): 1}
    assert cells_of(result, measure="people") == {(ANGGREK, 0): 1, (ILALANG, 0): 2}
    assert set(to_observations(result, "2015")["indicator"]) == {"bdt_families", "bdt_people"}


P3KE_ROWS = [
    {"ID Keluarga P3KE": "P-01", "Desa/Kelurahan": "Anggrek", "Kecamatan": "Lor",
     "Kode Kemdagri": "99.01.01.1001", "Desil Kesejahteraan": "1", "NIK": nik(1),
     "Kepala Keluarga": NAMES[0], "Penerima PKH": "Ya"},
    {"ID Keluarga P3KE": "P-02", "Desa/Kelurahan": "Anggrek", "Kecamatan": "Lor",
     "Kode Kemdagri": "99.01.01.1001", "Desil Kesejahteraan": "2", "NIK": nik(2),
     "Kepala Keluarga": NAMES[1], "Penerima PKH": "Tidak"},
]  # fmt: skip


@pytest.mark.parametrize("form", ["sheet", "text"])
def test_p3ke_has_its_heading_in_row_four(tmp_path, nine, form):
    lines = [
        ["Data P3KE"], ["Tahun: 2024"], [""], *table(HEADINGS[Family.P3KE], P3KE_ROWS)
    ]  # fmt: skip
    width = len(lines[3])
    full = [[*line, *[""] * (width - len(line))] for line in lines]
    if form == "text":
        result = counted(write(tmp_path / "p.csv", full, delimiter="\t"), nine)
    else:
        rows = tuple(tuple(cell or None for cell in line) for line in full if any(line))
        sheet = Grid("P3KE", rows, lines=(1, 2, 4, 5, 6))
        with engines.duckdb([]) as engine:
            surveyed = survey(open_grid(engine, sheet, "p.xlsx"))
            result = count(surveyed, resolve(surveyed.places, nine))
    assert cells_of(result) == {(ANGGREK, 1): 1, (ANGGREK, 2): 1}
    assert cells_of(result, "pkh") == {(ANGGREK, 1): 1}
    assert result.frame["people"].isna().all()


def test_payments_count_families_by_the_programme_they_name(tmp_path, nine):
    rows = [
        {"NM KEL": "Anggrek", "NM KEC": "Lor", "NO KEL": kk(1), "BANSOS": "PKH", "TAHAP": "1"},
        {"NM KEL": "Anggrek", "NM KEC": "Lor", "NO KEL": kk(1), "BANSOS": "PKH", "TAHAP": "2"},
        {"NM KEL": "KEL. BAKUNG", "NM KEC": "LOR", "NO KEL": kk(2), "BANSOS": "BPNT/SEMBAKO"},
    ]
    path = write(tmp_path / "bayar.csv", table(HEADINGS[Family.PAYMENTS], rows))
    result = counted(path, nine)
    assert cells_of(result, "pkh") == {(ANGGREK, 0): 1}
    assert cells_of(result, "bpnt") == {(BAKUNG, 0): 1}
    seen = to_observations(result, "2025-Q3").query("rw == ''")
    assert set(seen["indicator"]) == {"recipients_pkh", "recipients_bpnt"}
    assert seen.set_index(["indicator", "kode"])["value"]["recipients_pkh", BAKUNG] == 0


@pytest.mark.parametrize(
    ("said", "recipients", "unclear"),
    [
        ("PKH", {"pkh"}, set()),
        ("Bansos PKH/BPNT 2025", {"pkh", "bpnt"}, set()),
        ("Program Keluarga Harapan", {"pkh"}, set()),
        ("BPNT (Bantuan Pangan Non Tunai)", {"bpnt"}, set()),
        ("PENA_2025", {"pena"}, set()),
        ("Program Penanganan Fakir Miskin", set(), set()),
        ("Tidak menerima PKH", set(), {"pkh"}),
        ("Bukan penerima BPNT", set(), {"bpnt"}),
        ("Non-PKH", set(), {"pkh"}),
        ("Belum ada", set(), set()),
    ],
)
def test_a_named_programme_is_a_word_of_its_own(tmp_path, nine, said, recipients, unclear):
    rows = [{"NM KEL": "Anggrek", "NM KEC": "Lor", "NO KEL": kk(1), "BANSOS": said}]
    result = counted(write(tmp_path / "b.csv", table(HEADINGS[Family.PAYMENTS], rows)), nine)
    assert set(result.frame["programme"]) - {""} == recipients
    assert {name for name, rows in result.reconciliation.unclear.items() if rows} == unclear


@pytest.mark.parametrize("said", ["pkh", " PKH "])
def test_a_programme_that_is_said_counts_once_where_the_list_names_it_too(tmp_path, nine, said):
    rows = [
        {"NM KEL": "Anggrek", "NM KEC": "Lor", "NO KEL": kk(number), "BANSOS": "PKH"}
        for number in (1, 2)
    ]
    path = write(tmp_path / "bayar.csv", table(HEADINGS[Family.PAYMENTS], rows))
    seen = to_observations(counted(path, nine, programme=said), "2025")
    assert seen[["kode", "indicator", "value"]].to_numpy().tolist() == [
        [ANGGREK, "recipients_pkh", 2]
    ]


def test_a_payment_list_without_programmes_is_one_of_the_programme_that_is_said(tmp_path, nine):
    heading = "NAMA_PENERIMA,NOMOR_KARTU,NIK_KTP,NOKK_DTKS,NMKEC,NMKEL,KET_TAMBAHAN"
    rows = [
        {"NMKEL": "Anggrek", "NMKEC": "Lor", "NOKK_DTKS": kk(number % 2)} for number in range(3)
    ]
    path = write(tmp_path / "bayar.csv", table(heading, rows))
    assert len(to_observations(counted(path, nine), "2025")) == 0
    seen = to_observations(counted(path, nine, programme="bst"), "2025")
    assert seen[["kode", "indicator", "value"]].to_numpy().tolist() == [
        [ANGGREK, "recipients_bst", 2]
    ]


# --- what bites ------------------------------------------------------------------------------


def siks(family, **other):
    given = {"kelurahan": "Anggrek", "id_wilayah": "9901011001", "no_kk": kk(family)}
    return given | {"desil_nasional": "1"} | other


def of_siks(tmp_path, rows, **how):
    return write(tmp_path / "s.csv", table(HEADINGS[Family.DTSEN_SIKS], rows), **how)


@pytest.mark.parametrize(
    ("text", "desil"),
    [
        ("1", 1), ("10", 10), ("1.0", 1), ("3,0", 3), ("Desil 1", 1), ("DESIL_1", 1),
        ("desil-9", 9), (" 4 ", 4), ("05", 5), ("Desil 10", 10), ("", 0), ("0", 0), ("-", 0),
        ("nan", 0), ("Tidak Terdata", 0), ("belum terdata", 0),
    ],
)  # fmt: skip
def test_deciles_are_read_in_every_spelling(tmp_path, nine, text, desil):
    result = counted(of_siks(tmp_path, [siks(1, desil_nasional=text)], delimiter=";"), nine)
    assert cells_of(result) == {(ANGGREK, desil): 1}
    assert result.reconciliation.undecided == (desil == 0)
    assert result.reconciliation.odd == 0


@pytest.mark.parametrize("text", ["11", "-1", "1.5", "1234", "satu", "Desil 0", "1e0"])
def test_a_decile_that_is_none_is_unknown_and_reported(tmp_path, nine, text):
    result = counted(of_siks(tmp_path, [siks(1, desil_nasional=text)], delimiter=";"), nine)
    assert cells_of(result) == {(ANGGREK, 0): 1}
    assert (result.reconciliation.undecided, result.reconciliation.odd) == (0, 1)


@pytest.mark.parametrize(
    ("spellings", "families"),
    [
        (["{}", "'{}", "{}.0", " {} ", "’{}", "{}.00"], 1),
        (["P-1", "P-01", "p-1"], 2),
        (["0123", "123"], 2),
        (["", "-", "0", "nan"], 0),
        (["0000000000000000", "'0000000000000000", "000", "00.0"], 0),
        (["9999999999999999", "1111111111111111", " 9999999999999999 ", "'7777777777777777"], 0),
    ],
)
def test_families_are_told_apart_by_their_number_however_it_is_written(
    tmp_path, nine, spellings, families
):
    rows = [siks(1, no_kk=spelling.format(kk(1))) for spelling in spellings]
    result = counted(of_siks(tmp_path, rows, delimiter=";"), nine)
    assert sum(cells_of(result).values()) == families
    assert result.reconciliation.keyless == (0 if families else len(spellings))


def test_a_filler_makes_no_family_of_those_whose_number_is_not_known(tmp_path, nine):
    numbers = [kk(1), kk(2), "0" * 16, "0" * 16, "9" * 16, "9" * 16, "1", "11"]
    result = counted(of_siks(tmp_path, [siks(1, no_kk=one) for one in numbers]), nine)
    assert cells_of(result) == {(ANGGREK, 1): 4}
    assert (result.reconciliation.families, result.reconciliation.keyless) == (4, 4)


def test_numbers_that_differ_in_the_last_digit_are_two_families(tmp_path, nine):
    rows = [siks(1, no_kk=f"99010900123456{last:02}") for last in range(100)]
    rows += [siks(1, no_kk=f"9901090012345678901234567{last}") for last in range(10)]
    assert sum(cells_of(counted(of_siks(tmp_path, rows), nine)).values()) == 110


def test_the_lowest_of_contradictory_deciles_is_taken_and_reported(tmp_path, nine):
    rows = [
        siks(1, desil_nasional="4"), siks(1, desil_nasional="2"), siks(1, desil_nasional="-"),
        siks(2, desil_nasional="3"), siks(2, desil_nasional="3"),
    ]  # fmt: skip
    result = counted(of_siks(tmp_path, rows), nine)
    assert cells_of(result) == {(ANGGREK, 2): 1, (ANGGREK, 3): 1}
    assert result.reconciliation.contrary == 1


def test_a_family_in_two_kelurahan_counts_in_each_and_is_reported(tmp_path, nine):
    rows = [
        dtks(1, 1), dtks(2, 1), dtks(3, 2),
        dtks(4, 1, desa_kelurahan="Bakung", id_desa="9901011002", PKH="YA"),
    ]  # fmt: skip
    result = counted(write(tmp_path / "d.csv", table(HEADINGS[Family.DTKS], rows)), nine)
    assert cells_of(result) == {(ANGGREK, 0): 2, (BAKUNG, 0): 1}
    assert cells_of(result, measure="people") == {(ANGGREK, 0): 3, (BAKUNG, 0): 1}
    assert cells_of(result, "pkh") == {(BAKUNG, 0): 1}
    assert (result.reconciliation.families, result.reconciliation.several) == (3, 1)


@pytest.mark.parametrize("text", ["3.57E+15", "3,5701E+15", "9.90109E15", "9,9e+15"])
def test_scientific_notation_is_refused_with_its_lines(tmp_path, nine, text):
    rows = [siks(1), siks(2, no_kk=text), siks(3), siks(4, no_kk=f" {text}")]
    path = of_siks(tmp_path, rows, delimiter=";")
    with pytest.raises(TableError, match=r"s\.csv: 2 rows \(lines 3, 5\).*last digits are lost"):
        counted(path, nine)


def test_scientific_notation_of_persons_is_refused_too(tmp_path, nine):
    path = write(tmp_path / "d.csv", table(HEADINGS[Family.DTKS], [dtks(1, 1, NIK="9.9E+15")]))
    with pytest.raises(TableError, match=r"1 rows \(lines 2\)"):
        counted(path, nine)


def test_numbers_that_a_spreadsheet_has_cut_are_refused(nine):
    heading = tuple(HEADINGS[Family.DTSEN_SIKS].split(","))
    said: dict[str, Cell] = {"kelurahan": "Anggrek", "no_kk": 9901090000000120.0}
    sheet = Grid("", (heading, tuple(said.get(name) for name in heading)), lines=(1, 2))
    with engines.duckdb([]) as engine, pytest.raises(TableError, match=r"lines 2.*are lost"):
        survey(open_grid(engine, sheet, "s.xlsx"))


def test_numbers_that_a_spreadsheet_cannot_tell_apart_are_refused(nine):
    heading = tuple(HEADINGS[Family.DTSEN_SIKS].split(","))
    # From 2^53 = 9007199254740992 on, every other whole number is lost; below, none is.
    lost: list[dict[str, Cell]] = [
        {"kelurahan": "Anggrek", "no_kk": float(number)}
        for number in (9171010101800001, 9171010101800002, 9007199254740991, 3573010101800001)
    ]
    cells = tuple(tuple(row.get(name) for name in heading) for row in lost)
    with engines.duckdb([]) as engine:
        with pytest.raises(TableError, match=r"2 rows \(lines 2, 3\).*are lost"):
            survey(open_grid(engine, Grid("", (heading, *cells), (1, 2, 3, 4, 5)), "s.xlsx"))
        surveyed = survey(open_grid(engine, Grid("", (heading, *cells[2:]), (1, 2, 3)), "s.xlsx"))
        assert sum(cells_of(count(surveyed, resolve(surveyed.places, nine))).values()) == 2


def test_more_lost_digits_than_are_shown_are_counted(tmp_path, nine):
    path = of_siks(tmp_path, [siks(1, no_kk="9.9E+15") for _ in range(8)])
    with pytest.raises(TableError, match=r"8 rows \(lines 2, 3, 4, 5, 6 \(\+3\)\)"):
        counted(path, nine)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_delimiters_and_encodings_are_found(tmp_path, nine, delimiter, encoding):
    rows = [
        siks(1, kelurahan="Anggrék’s"), siks(2, alamat='"Jalan ""Rekaan"", 3"'),
        siks(3, alamat="Jalan’Rekaan"),
    ]  # fmt: skip
    path = of_siks(tmp_path, rows, delimiter=delimiter, encoding=encoding)
    with engines.duckdb([path]) as engine:
        surveyed = survey(open_file(engine, look(path)))
    assert sorted(surveyed.places["kelurahan"]) == ["Anggrek", "Anggrék’s"]
    decided = surveyed.places.assign(kode=ANGGREK)
    with engines.duckdb([path]) as engine:
        surveyed = survey(open_file(engine, look(path)))
        assert cells_of(count(surveyed, decided)) == {(ANGGREK, 1): 3}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "its heading is none of DTSEN"),
        (b"kode,kelurahan,jumlah\n1,Anggrek,3\n", "its heading is none of DTSEN"),
        (b"PK\x03\x04rest", "is a workbook"),
        ("kelurahan,no_kk,desil_nasional\n".encode("utf-16"), "is text in UTF-16"),
        (b"kelurahan,no_kk,desil_nasional\nA,\x00,1\n", "line 2: holds bytes that are no text"),
        (
            "kelurahan,no_kk,desil_nasional\né,1,1\n".encode() + b"\xe9,1,1\n",
            "characters in two encodings",
        ),
        (
            b"kelurahan,no_kk,desil_nasional\nA,1,1\nB,2\n",
            r"1 rows \(lines 3\) do not have the cells",
        ),
        (b"kelurahan,no_kk,desil_nasional\nA,1,1\nB,2,3,4\n", r"1 rows \(lines 3\) do not have"),
        (b"kelurahan,no_kk,desil_nasional\nA,1,1\nB,2,3,\n", r"1 rows \(lines 3\) do not have"),
        (b"kelurahan,no_kk,desil_nasional\nA,1,1\nB,2,3,4,5\n", "line 3: does not have the cells"),
        (b'kelurahan,no_kk,desil_nasional\nA,1,1\n"B,2,3\n', "line 3: does not have the cells"),
    ],
)
def test_files_that_are_no_register_are_refused(tmp_path, nine, content, message):
    path = tmp_path / "rusak.csv"
    path.write_bytes(content)
    with pytest.raises(TableError, match=message):
        counted(path, nine)


def test_the_line_of_a_nul_is_named_far_into_the_file(tmp_path):
    path = tmp_path / "rusak.csv"
    path.write_bytes(b"kelurahan,no_kk,desil_nasional\n" + b"A,1,1\n" * 400_000 + b"A,\0,1\n")
    with pytest.raises(TableError, match=r"line 400002: holds bytes that are no text"):
        look(path)


def test_line_breaks_inside_cells_do_no_harm_in_small_and_large_files(tmp_path, nine):
    path = tmp_path / "s.csv"
    # The larger is read in parts, by two threads; they part before the break in a cell.
    for families in (3, 40_000):
        street = "Jalan " * 60
        lines = (f'Anggrek,"{street}\nRekaan",Lor,{kk(n)},1\n' for n in range(families))
        path.write_text("kelurahan,alamat,kecamatan,no_kk,desil_nasional\n" + "".join(lines))
        assert cells_of(counted(path, nine)) == {(ANGGREK, 1): families}


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
@pytest.mark.parametrize("title", ["", '"Data keluarga\nTahun 2025"\n', "Data\n\n"])
def test_a_heading_broken_over_lines_takes_no_family_with_it(tmp_path, nine, title, encoding):
    heading = 'kelurahan,kecamatan,no_kk,"desil\nnasional"\n'
    lines = "".join(f"Anggrek,Lor,{kk(number)},1\n" for number in range(2))
    path = tmp_path / "s.csv"
    path.write_bytes(f"{title}{heading}{lines}Anggrék,Lor,{kk(9)},1\n".encode(encoding))
    with engines.duckdb([path]) as engine:
        surveyed = survey(open_file(engine, look(path)))
        result = count(surveyed, surveyed.places.assign(kode=ANGGREK))
    assert result.reconciliation.rows == 3
    assert cells_of(result) == {(ANGGREK, 1): 3}


def test_a_delimiter_at_the_end_of_every_line_does_no_harm(tmp_path, nine):
    path = tmp_path / "s.csv"
    path.write_text(
        "kelurahan,kecamatan,no_kk,desil_nasional\nAnggrek,Lor,1,1,\nAnggrek,Lor,2,1,\n"
    )
    assert cells_of(counted(path, nine)) == {(ANGGREK, 1): 2}


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(TableError, match=r"tiada\.csv: cannot be read"):
        look(tmp_path / "tiada.csv")


def test_rw_stands_in_its_own_column_or_beside_rt(tmp_path, nine):
    heading = "kelurahan,kecamatan,no_kk,desil_nasional,sls"
    rows = [
        {"kelurahan": "Anggrek", "kecamatan": "Lor", "no_kk": kk(number), "sls": text}
        for number, text in enumerate(["RT 003 RW 005", "rt.01/rw.5", "003/005", "Dusun", ""])
    ]
    result = counted(write(tmp_path / "s.csv", table(heading, rows)), nine)
    assert result.frame[["rw", "families"]].to_numpy().tolist() == [["", 2], ["005", 3]]


# --- nothing is lost -------------------------------------------------------------------------

PLACES = [("Anggrek", "Lor", ANGGREK), ("BAKUNG ", "Lor", BAKUNG), ("Ilalang", "", ILALANG),
          ("Lain-lain", "", ""), ("", "", "")]  # fmt: skip
LINES = st.tuples(
    st.integers(0, 4),  # place
    st.integers(0, 5),  # family; 0 has no number
    st.integers(1, 9),  # person
    st.sampled_from(["", "1", "Desil 2", "DESIL_3", "3.0", "99", "-"]),
    st.sampled_from(["", "1", "RW 02", "-"]),
    st.sampled_from(["YA", "Ya", "Tidak", "2", "2.0", "entah", ""]),
    st.sampled_from(["0", "", "1"]),
    st.sampled_from(["", "Meninggal"]),
)
KNOWN = {"1": 1, "Desil 2": 2, "DESIL_3": 3, "3.0": 3}
HEADING = (
    "desa_kelurahan,kecamatan,NOKK,NIK,Nama,desil_nasional,rw,PKH,is_nonaktif,idsemesta,"
    "keterangan_meninggal"
)


def messy(lines):
    return [
        {
            "desa_kelurahan": PLACES[place][0], "kecamatan": PLACES[place][1], "rw": rw,
            "NOKK": kk(family) if family else "-", "NIK": nik(number), "Nama": NAMES[number % 5],
            "desil_nasional": desil, "PKH": pkh, "is_nonaktif": off, "keterangan_meninggal": gone,
        }
        for place, family, number, desil, rw, pkh, off, gone in lines
    ]  # fmt: skip


def by_hand(lines):
    """Count a second time, in plain pandas and with other means."""
    frame = pd.DataFrame(
        [
            {
                "kode": PLACES[place][2], "family": family, "desil": KNOWN.get(desil, 0),
                "rw": {"1": "001", "RW 02": "002"}.get(rw, ""), "pkh": pkh in {"YA", "Ya"},
                "status": "off" if off == "1" else "gone" if gone else "here",
            }
            for place, family, _number, desil, rw, pkh, off, gone in lines
        ]
    )  # fmt: skip
    here = frame[(frame["status"] == "here") & (frame["kode"] != "")]
    people = here.groupby(["kode", "rw", "desil"]).size()
    families: dict[object, int] = {}
    for (kode, _), part in here[here["family"] > 0].groupby(["kode", "family"]):
        desil = min((one for one in part["desil"] if one), default=0)
        rw = min((one for one in part["rw"] if one), default="")
        for programme in ["", *(["pkh"] if part["pkh"].any() else [])]:
            key = (programme, kode, rw, desil)
            families[key] = families.get(key, 0) + 1
    return frame, people[people > 0].to_dict(), families


def as_by_hand(result):
    frame = result.frame.assign(desil=result.frame["desil"].fillna(0).astype(int))
    keys = ["programme", "kode", "rw", "desil"]
    families = frame.set_index(keys)["families"]
    everyone = frame[frame["programme"] == ""].set_index(keys[1:])["people"]
    return everyone[everyone > 0].to_dict(), families[families > 0].to_dict()


@settings(max_examples=40, deadline=None)
@given(lines=st.lists(LINES, min_size=1, max_size=30))
def test_every_row_is_accounted_for_as_in_a_second_count(nine, lines):
    with tempfile.TemporaryDirectory() as folder:
        path = write(Path(folder) / "d.csv", table(HEADING, messy(lines)))
        result = counted(path, nine)
    frame, people, families = by_hand(lines)
    assert as_by_hand(result) == (people, families)
    assert conserved(result)
    noted = result.reconciliation
    assert noted.rows == len(lines)
    assert noted.inactive == (frame["status"] == "off").sum()
    assert noted.deceased == (frame["status"] == "gone").sum()
    here = (frame["status"] == "here") & (frame["kode"] != "")
    assert noted.unclear["pkh"] == sum(
        line[5] == "entah" for line, is_here in zip(lines, here, strict=True) if is_here
    )


MESSY = [
    (n % 5, n % 7 % 6, n % 9 + 1, ["", "1", "Desil 2", "DESIL_3", "3.0", "99", "-"][n % 7],
     ["", "1", "RW 02", "-"][n % 4], ["YA", "Ya", "Tidak", "2", "entah", ""][n % 6],
     ["0", "", "1"][n % 3], ["", "", "Meninggal"][n % 3 if n % 11 == 0 else 0])
    for n in range(500)
]  # fmt: skip


SPELLINGS = ["{}", "'{}", "P-{}", "-5", "-6", "0"]


@pytest.mark.parametrize("spellings", [SPELLINGS[:1], SPELLINGS])
def test_a_count_in_parts_is_that_of_the_whole(tmp_path, nine, spellings):
    rows = [
        line | {"NOKK": spellings[n % len(spellings)].format(kk(n % 91)), "NIK": nik(n % 333)}
        for n, line in enumerate(messy(MESSY))
    ]
    path = write(tmp_path / "d.csv", table(HEADING, rows))
    whole = counted(path, nine)
    with engines.duckdb([path]) as engine:
        parts = counted(path, nine, engine=replace(engine, at_once=40))
    pd.testing.assert_frame_equal(whole.frame, parts.frame)
    told, again = (vars(one.reconciliation) for one in (whole, parts))
    assert told.pop("unresolved").equals(again.pop("unresolved"))
    assert told == again
    assert told["several"] > 0
    # 500 rows of 333 persons: the first 167 stand there twice.
    assert (told["persons_twice"], told["rows_twice"]) == (167, 334)


def test_persons_and_households_are_put_together_in_parts(tmp_path, nine):
    households = [household(n, nomor_kartu_keluarga=kk(n)) for n in range(1, 60)]
    persons = [person(n, n % 50 + 1) for n in range(300)]
    path = write(tmp_path / "k.csv", table(HEADINGS[Family.DTSEN_HOUSEHOLDS], households))
    people = write(tmp_path / "a.csv", table(HEADINGS[Family.DTSEN_PERSONS], persons))
    with engines.duckdb([path, people]) as engine:
        result = counted(path, nine, people=people, engine=replace(engine, at_once=100))
    assert cells_of(result) == {(ANGGREK, 1): 59}
    assert cells_of(result, measure="people") == {(ANGGREK, 1): 300}


@pytest.mark.skipif(shutil.which("java") is None, reason="Apache Spark needs Java")
@pytest.mark.filterwarnings(
    "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)
def test_spark_counts_as_duckdb_does(tmp_path, nine, capfd):
    path = write(tmp_path / "d.csv", table(HEADING, messy(MESSY)))
    here = counted(path, nine)
    broken = tmp_path / "rusak.csv"
    broken.write_bytes(path.read_bytes() + f"{NAMES[0]},{nik(1)}\n".encode())
    people = write(tmp_path / "a.csv", table(HEADINGS[Family.DTSEN_PERSONS], PERSONS))
    households = write(tmp_path / "k.csv", table(HEADINGS[Family.DTSEN_HOUSEHOLDS], HOUSEHOLDS))
    with engines.spark("local[2]") as engine:
        there = counted(path, nine, engine=engine)
        joined = counted(households, nine, engine=engine, people=people)
        with pytest.raises(TableError, match=r"rusak\.csv: could not be counted"):
            counted(broken, nine, engine=engine)
    pd.testing.assert_frame_equal(here.frame, there.frame)
    assert joined.frame.equals(counted(households, nine, people=people).frame)
    for field in ("rows", "counted", "inactive", "deceased", "families", "several", "odd"):
        assert getattr(here.reconciliation, field) == getattr(there.reconciliation, field)
    assert not PERSONAL.search("".join(capfd.readouterr()))


# --- no person is kept -----------------------------------------------------------------------


def everything_said(error):
    """Return an exception with all that hangs on it."""
    said = [*traceback.format_exception(error)]
    seen = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        said.append(repr(error) + str(vars(error)))
        error = error.__cause__ or error.__context__
    return "".join(said)


@pytest.mark.parametrize(
    "line",
    [
        f"{NAMES[0]},{nik(1)}",
        f'"{NAMES[0]},{nik(1)}',
        f'{NAMES[0]}"x",{nik(1)},"{nik(2)}"y',
        ",".join([NAMES[0], nik(1)] * 20),
        ",".join(["Anggrek", "Lor", "9.9E+15", nik(2)] + [NAMES[0]] * 7),
    ],
)
def test_no_exception_or_log_quotes_a_person(tmp_path, nine, line, caplog, capfd):
    path = write(tmp_path / "d.csv", table(HEADING, messy(MESSY)))
    path.write_bytes(path.read_bytes() + f"{line}\n".encode())
    caplog.set_level(logging.DEBUG)
    with pytest.raises(TableError) as caught:
        counted(path, nine)
    said = everything_said(caught.value) + caplog.text + "".join(capfd.readouterr())
    assert not PERSONAL.search(said)


def test_an_identity_number_under_the_wrong_heading_goes_no_further(tmp_path, nine):
    rows = [siks(1, kelurahan=nik(1), id_wilayah=kk(2), kecamatan=f"NIK {nik(3)}")]
    result = counted(of_siks(tmp_path, rows), nine)
    assert not PERSONAL.search(result.reconciliation.unresolved.to_csv())
    assert result.reconciliation.unresolved["rows"].tolist() == [1]


def test_no_file_is_left_and_spilled_ones_are_not_readable(tmp_path, nine, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "scratch"))
    (tmp_path / "scratch").mkdir()
    path = write(tmp_path / "d.csv", table(HEADING, messy(MESSY)))
    with engines.duckdb([path]) as engine:
        (folder,) = (tmp_path / "scratch").iterdir()
        assert folder.stat().st_mode & 0o077 == 0
        wished = "SELECT current_setting('temp_file_encryption'), current_setting('temp_directory')"
        run: Any = engine.run
        ((encrypted, spills_to),) = run.__self__.backend.raw_sql(wished).fetchall()
        assert (encrypted, spills_to) == (True, str(folder))
        counted(path, nine, engine=engine)
    assert list((tmp_path / "scratch").iterdir()) == []


def test_rows_that_are_kept_on_disk_are_not_readable(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "scratch"))
    (tmp_path / "scratch").mkdir()
    path = tmp_path / "d.csv"
    numbers = range(9_901_010_000_000_000, 9_901_010_000_000_000 + 400_000)
    lines = "".join(f"Anggrek,{number},1\n" for number in numbers)
    path.write_text("kelurahan,no_kk,desil_nasional\n" + lines)
    with engines.duckdb([path], memory_mb=80, threads=1) as engine:
        opened = open_file(engine, look(path))
        wide = opened.table.select(**{f"n{copy}": opened.table["c1"] for copy in range(8)})
        engines.keep(engine, wide, path.name)
        (folder,) = (tmp_path / "scratch").iterdir()
        spilled = b"".join(file.read_bytes() for file in folder.iterdir())
        assert len(spilled) > 1_000_000
        assert not re.search(rb"99010100\d{8}", spilled)
    assert list((tmp_path / "scratch").iterdir()) == []


def test_what_a_crash_has_left_is_removed_but_not_what_is_in_use(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    left = tmp_path / "kantong-register-left"
    left.mkdir()
    (left / "alive").touch()
    (left / "duckdb_temp_storage.tmp").write_bytes(b"x")
    with engines.private_folder() as first, engines.private_folder() as second:
        assert not left.exists()
        assert first.exists()
        assert second.exists()
    assert list(tmp_path.iterdir()) == []


def test_the_engine_reads_no_other_file(tmp_path, nine):
    path = of_siks(tmp_path, [siks(1)])
    other = write(tmp_path / "other.csv", table(HEADINGS[Family.DTSEN_SIKS], [siks(2)]))
    with engines.duckdb([path]) as engine, pytest.raises(Exception, match="Permission"):
        open_file(engine, look(other))


# --- observations ----------------------------------------------------------------------------


def test_observations_sum_deciles_and_keep_zero_apart_from_missing(tmp_path, nine):
    rows = [
        household(1, desil_nasional="1"), household(2, desil_nasional="6"),
        household(3, desil_nasional=""),
        household(4, desil_nasional="3", kode_kelurahan_desa="9901011002",
                  kelurahan_desa="Bakung", pbi_nas="Ya"),
    ]  # fmt: skip
    path = write(tmp_path / "k.csv", table(HEADINGS[Family.DTSEN_HOUSEHOLDS], rows))
    seen = to_observations(counted(path, nine), "2025-Q3")
    assert list(seen.columns) == ["kode", "rw", "indicator", "period", "value"]
    values = seen.set_index(["indicator", "kode"])["value"].to_dict()
    # Recipients by decile: test_beside.py.
    details = {
        one: values.pop(one) for one in list(values) if "pbi" in str(one) and "_d" in str(one)
    }
    assert {key for key, value in details.items() if value} == {("recipients_pbi_nas_d3", BAKUNG)}
    assert values == {
        ("dtsen_families", ANGGREK): 1, ("dtsen_families", BAKUNG): 1,
        ("dtsen_families_d1", ANGGREK): 1, ("dtsen_families_d1", BAKUNG): 0,
        ("dtsen_families_d3", ANGGREK): 0, ("dtsen_families_d3", BAKUNG): 1,
        ("dtsen_families_d6", ANGGREK): 1, ("dtsen_families_d6", BAKUNG): 0,
        ("dtsen_people", ANGGREK): 3, ("dtsen_people", BAKUNG): 3,
        ("dtsen_people_d1", ANGGREK): 3, ("dtsen_people_d1", BAKUNG): 0,
        ("dtsen_people_d3", ANGGREK): 0, ("dtsen_people_d3", BAKUNG): 3,
        ("dtsen_people_d6", ANGGREK): 3, ("dtsen_people_d6", BAKUNG): 0,
        ("recipients_pbi_nas", ANGGREK): 0, ("recipients_pbi_nas", BAKUNG): 1,
        ("recipients_pbi_pemda", ANGGREK): 0, ("recipients_pbi_pemda", BAKUNG): 0,
    }  # fmt: skip
    assert set(seen["period"]) == {"2025-Q3"}


@pytest.mark.parametrize("column", ["", ",desil_nasional"])
def test_where_no_row_tells_its_decile_nobody_is_said_to_be_in_one(tmp_path, nine, column):
    heading = "kelurahan,kecamatan,nomor_kartu_keluarga,jumlah_anggota_keluarga,pbi_nas" + column
    rows = [
        {"kelurahan": "Anggrek", "kecamatan": "Lor", "nomor_kartu_keluarga": kk(number),
         "jumlah_anggota_keluarga": "3", "pbi_nas": "Ya"}
        for number in (1, 2)
    ]  # fmt: skip
    result = counted(write(tmp_path / "k.csv", table(heading, rows)), nine)
    seen = to_observations(result, "2025")
    assert seen[["indicator", "value"]].to_numpy().tolist() == [["recipients_pbi_nas", 2]]
    assert any("None of 2 rows tells a decile" in str(one) for one in result.reconciliation.notes())


def test_rw_are_observed_beside_their_kelurahan(tmp_path, nine):
    rows = [siks(1, rw="001"), siks(2, rw="001"), siks(3, rw="002"), siks(4)]
    seen = to_observations(counted(of_siks(tmp_path, rows), nine), "2025")
    part = seen[seen["indicator"] == "dtsen_families"]
    assert part.set_index("rw")["value"].to_dict() == {"": 4, "001": 2, "002": 1}


@pytest.mark.parametrize("family", [one for one in Family if one is not Family.DTSEN_PERSONS])
def test_every_indicator_of_a_register_stands_in_the_catalogue(tmp_path, nine, family):
    known = read_indicators(DATA / "indicators.toml")
    names = HEADINGS[family].split(",")
    place = {"kelurahan_desa", "kelurahan", "desa_kelurahan", "Desa/Kelurahan", "NM KEL"}
    programmes = dict.fromkeys(set(names) & {"BLT", "BPNT", "BST", "PBI", "PENA", "PKH"}, "YA")
    rows = [
        programmes | dict.fromkeys(place & set(names), "Anggrek") | {"BANSOS": programme}
        | dict.fromkeys({"kecamatan", "Kecamatan", "NM KEC"} & set(names), "Lor")
        | dict.fromkeys({"desil_nasional", "Desil Kesejahteraan"} & set(names), str(desil))
        | {"KDPROP": "99", "KDKAB": "01", "KDKEC": "010", "KDDESA": "001"}
        | dict.fromkeys({"NOKK", "no_kk", "nomor_kartu_keluarga", "IDBDT", "ID Keluarga P3KE",
                         "NO KEL"} & set(names), kk(desil))
        for desil in range(1, 11)
        for programme in ("PKH", "BPNT", "BST", "BLT", "PBI", "PENA", "PERMAKANAN", "YAPI")
    ]  # fmt: skip
    kept = [{name: text for name, text in row.items() if name in names} for row in rows]
    path = write(tmp_path / "r.csv", table(HEADINGS[family], kept))
    seen = to_observations(counted(path, nine), "2025")
    assert len(seen)
    assert set(seen["indicator"]) <= set(known)
    assert all(known[name].kind == "count" for name in set(seen["indicator"]))


def test_what_is_told_can_be_read_aloud(tmp_path, nine):
    path = write(tmp_path / "d.csv", table(HEADING, messy(MESSY)))
    said = io.StringIO()
    for note in counted(path, nine).reconciliation.notes():
        print(note, file=said)
    assert "Rows in the file: 500." in said.getvalue()
    assert "PKH: " in said.getvalue()
