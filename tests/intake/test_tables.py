import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kantong.geo.errors import TableError
from kantong.intake.tables import read_counts
from kantong.language import activate, gettext
from kantong.store.catalogue import read_indicators
from tests.conftest import DATA, TUTORIAL

HEADING = "kode,kelurahan,indicator,period,value,dataset"


def lines_of(nine, values=None):
    values = values or ["1"] * 9
    return [
        f"{kode},{name},poor_people,2025,{value},uji"
        for kode, name, value in zip(nine["kode"], nine["kelurahan"], values, strict=True)
    ]


def write(folder, lines, heading=HEADING):
    path = folder / "jumlah.csv"
    path.write_text("\n".join([heading, *lines]) + "\n", "utf-8")
    return path


def test_the_tutorial_table_is_read_as_it_stands(nine, nine_library):
    counts = read_counts(TUTORIAL / "counts" / "counts.csv", nine, nine_library.indicators)
    pd.testing.assert_frame_equal(counts, nine_library.observations, check_dtype=False)


@pytest.mark.parametrize(
    "name",
    ["population", "poor_people", "dtsen_people", "dtsen_families", "recipients", "training_needs"],
)
def test_every_example_table_passes_the_check(malang, name):
    indicators = read_indicators(DATA / "indicators.toml")
    assert len(read_counts(DATA / "example" / f"{name}.csv", malang, indicators))


def test_the_real_house_repair_list_passes_and_sums_to_50(malang):
    indicators = read_indicators(DATA / "indicators.toml")
    counts = read_counts(DATA / "official" / "rtlh_2025.csv", malang, indicators)
    assert counts["value"].sum() == 50
    assert counts["value"].notna().sum() == 10


def test_empty_cells_stay_missing_and_zero_stays_zero(tmp_path, nine, nine_library):
    path = write(tmp_path, lines_of(nine, ["", "0", *["5"] * 7]))
    counts = read_counts(path, nine, nine_library.indicators)
    assert pd.isna(counts["value"][0])
    assert counts["value"][1] == 0


def test_codes_of_both_systems_lead_to_the_same_kelurahan(tmp_path, nine, nine_library):
    lines = lines_of(nine)
    lines[0] = lines[0].replace("99.01.01.1001", "9901010001")
    lines[1] = lines[1].replace("99.01.01.1002", "9901011002")
    counts = read_counts(write(tmp_path, lines), nine, nine_library.indicators)
    assert counts["kode"].tolist() == nine["kode"].tolist()


def replace(position, line):
    def change(lines):
        return [*lines[:position], line, *lines[position + 1 :]]

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            replace(1, "99.01.01.1002,Bakung,poor_people,2025,banyak,uji"),
            r"jumlah\.csv, line 3: 'banyak' in the column value is no number.*leave the cell empty",
        ),
        (
            replace(1, "99.01.01.1002,Bakung,poor_people,2025,-3,uji"),
            "line 3: '-3' in the column value is negative",
        ),
        (
            replace(1, "99.01.01.1002,Bakung,poor_people,2025,NaN,uji"),
            "line 3: 'NaN' in the column value is no number",
        ),
        (
            replace(1, "99.01.01.1002,Bakung,poor_people,2025,inf,uji"),
            "line 3: 'inf' in the column value is no number",
        ),
        (
            replace(1, "99.01.01.1002,Bakung,poor_people,2025,1.234,uji"),
            r"line 3: '1\.234' in the column value is no whole number.*34840",
        ),
        (
            replace(1, "99.01.01.1002,Bakung,poor_people,2025,12.000,uji"),
            r"line 3: '12\.000' in the column value is no whole number.*34840",
        ),
        (
            replace(1, "99.01.01.1002,Bakung,poor_people,2025,1e3,uji"),
            "line 3: '1e3' in the column value is no number",
        ),
        (
            replace(1, "\n\n99.01.01.1002,Bakung,poor_people,2025,banyak,uji"),
            "line 5: 'banyak' in the column value is no number",
        ),
        (
            lambda lines: ['"99.01.01.1001","Ang\ngrek"' + lines[0][21:], *lines[1:7], "1,2"],
            "line 10 does not have 6 cells",
        ),
        (
            lambda lines: [lines[0], '"' + "x" * 140_000],
            "line 3: a quotation mark is not closed",
        ),
        (
            replace(1, "99.01.01.1001,Anggrek,poor_people,2025,3,uji"),
            "lines? 2, 3: Anggrek stand there twice",
        ),
        (lambda lines: lines[1:], "1 kelurahan have no line for .*: Anggrek"),
        (
            replace(1, "99.01.01.1002,Cempaka,poor_people,2025,3,uji"),
            r"line 3: '99\.01\.01\.1002' is Bakung in the code list, but 'Cempaka'",
        ),
        (
            replace(1, "99.09.01.1002,Bakung,poor_people,2025,3,uji"),
            r"line 3: '99\.09\.01\.1002' is no kelurahan of these boundaries",
        ),
        (
            replace(1, "99.01.01.1002,Bakung,kaya,2025,3,uji"),
            "line 3: 'kaya' is no count or amount",
        ),
        (
            replace(1, "99.01.01.1002,Bakung,poor_rate,2025,3,uji"),
            "line 3: 'poor_rate' is no count or amount",
        ),
        (replace(1, "99.01.01.1002,Bakung,poor_people,Mei 2025,3,uji"), "'Mei 2025' is no period"),
        (replace(1, "99.01.01.1002,Bakung,poor_people,2025,3,"), "line 3: the data set is not"),
        (replace(1, "99.01.01.1002,Bakung,poor_people,2025"), "line 3 does not have 6 cells"),
        (replace(1, "x,Bakung,poor_people,2025,3,uji"), "line 3: 'x' is no code of a kelurahan"),
        (lambda _lines: [], "holds no rows"),
    ],
)
def test_a_faulty_table_says_what_where_and_what_to_do(
    tmp_path, nine, nine_library, change, message
):
    path = write(tmp_path, change(lines_of(nine)))
    with pytest.raises(TableError, match=message):
        read_counts(path, nine, nine_library.indicators)


@pytest.mark.parametrize(
    ("heading", "message"),
    [
        (f"{HEADING},nik", "unknown columns 'nik'"),
        (HEADING.replace("value", "jumlah"), "lacks the columns value"),
        (HEADING.replace("dataset", "value"), "lacks the columns dataset"),
    ],
)
def test_faulty_headings_are_named(tmp_path, nine, nine_library, heading, message):
    lines = [f"{line}{',' * (heading.count(',') - 5)}" for line in lines_of(nine)]
    with pytest.raises(TableError, match=message):
        read_counts(write(tmp_path, lines, heading), nine, nine_library.indicators)


def test_every_fault_of_a_file_is_gathered(tmp_path, nine, nine_library):
    lines = lines_of(nine, ["-1", "x", *["1"] * 6, "2.5"])
    with pytest.raises(TableError) as caught:
        read_counts(write(tmp_path, lines), nine, nine_library.indicators)
    assert len(caught.value.faults) == 3


def test_the_reason_inside_a_fault_is_translated_too(tmp_path, nine, nine_library):
    lines = replace(1, "x,Bakung,poor_people,2025,3,uji")(lines_of(nine))
    with pytest.raises(TableError) as caught:
        read_counts(write(tmp_path, lines), nine, nine_library.indicators)
    activate("id")
    assert "baris 3: 'x' bukan kode kelurahan" in caught.value.describe(gettext)


def test_identity_numbers_are_never_repeated(tmp_path, nine, nine_library):
    lines = replace(1, "99.01.01.1002,Bakung,poor_people,2025,3573014101800001,uji")(lines_of(nine))
    lines = replace(2, "3573014101800001,Bakung,poor_people,2025,x3573014101800001,uji")(lines)
    with pytest.raises(TableError) as caught:
        read_counts(write(tmp_path, lines), nine, nine_library.indicators)
    assert "3573014101800001" not in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", HEADING.encode()])
def test_what_is_no_table_is_refused(tmp_path, nine, nine_library, content):
    path = tmp_path / "jumlah.csv"
    path.write_bytes(content)
    with pytest.raises(TableError, match=r"holds no rows|is not a CSV table in UTF-8"):
        read_counts(path, nine, nine_library.indicators)


@given(text=st.text(max_size=300))
def test_no_text_ends_in_anything_but_a_fault(tmp_path_factory, nine, nine_library, text):
    path = tmp_path_factory.mktemp("acak") / "jumlah.csv"
    path.write_text(f"{HEADING}\n{text}", "utf-8")
    with pytest.raises(TableError):
        read_counts(path, nine, nine_library.indicators)
