import pytest

from kantong.intake.privacy import personal_columns
from tests.intake.tabulated import grid

# Made up: province 35, no such birth date.
NIK = "3573019901800001"


def told(*rows):
    return [str(fault) for fault in personal_columns(grid(*rows))]


@pytest.mark.parametrize(
    "cell",
    [
        NIK,
        f"'{NIK}",
        f"{NIK}.0",
        "3573 0199 0180 0001",
        "3573-0199-0180-0001",
        "3573.0199.0180.0001",
        f"NIK {NIK}",
        float(NIK),
        "3.57302E+15",
        "3,57302E+15",
        "3.57302E15",
        NIK[:15],
    ],
)
def test_identity_numbers_stop_a_table_and_are_not_repeated(cell):
    (fault,) = told(["kelurahan", "jumlah", "lain"], ["Bareng", "5", cell])
    assert fault.startswith("1 columns hold numbers of 15 or 16 digits")
    assert "3573" not in fault


@pytest.mark.parametrize(
    "heading", ["NIK", "no_kk", "Nama", "NAMA PENERIMA", "Alamat", "tanggal_lahir", "No HP"]
)
def test_headings_of_persons_stop_a_table(heading):
    (fault,) = told(["Daftar"], ["kelurahan", heading], ["Bareng", "x"])
    assert heading in fault


@pytest.mark.parametrize(
    "rows",
    [
        [["kode", "jumlah"], ["35.73.01.1001", "12"], ["3573011001", 3573011001]],
        [["kelurahan", "KK", "Jiwa"], ["Bareng", 12, 40]],
        [["kelurahan", "Anggaran"], ["Bareng", 25_000_000_000_000], ["Kasin", "2.500.000.000.000"]],
        [["kelurahan", "bagian"], ["Bareng", "0.1234567890123456"], ["x", "112.634512345678901"]],
        [["Tahun 2021 2022 2023 2024"], ["kelurahan", "jumlah"], ["Bareng", None], ["x", True]],
    ],
)
def test_codes_amounts_and_fractions_are_no_persons(rows):
    assert told(*rows) == []


def test_columns_and_headings_are_both_told():
    assert len(told(["NIK", "kelurahan"], [NIK, "Bareng"])) == 2
