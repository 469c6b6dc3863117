from dataclasses import replace

import pytest

from kantong.geo.errors import TableError
from kantong.intake.grid import Merged
from kantong.intake.layout import Layout, Use, applied, faults_in, guess, read
from tests.intake.tabulated import INDICATORS, grid

POOR = "poor_people"
DECILES = [f"Keluarga DTSEN desil {n}" for n in range(1, 6)]


def guessed(*rows, **more):
    return guess(grid(*rows, **more), INDICATORS)


def uses(layout):
    """Return role, indicator and period of each column, as short as they are."""
    return [f"{use.role}/{use.indicator}/{use.period}".rstrip("/") for use in layout.uses]


def test_a_plain_table_of_long_layout_is_understood():
    layout = guessed(
        ["kode", "kelurahan", "indicator", "period", "value"],
        ["35.73.01.1001", "Balearjosari", POOR, "2025-Q3", "12"],
    )
    assert uses(layout) == ["code", "kelurahan", "indicator", "period", "value"]
    assert (layout.first, layout.style, layout.indicator, layout.period) == (1, "id", "", "")


def test_titles_above_name_indicator_and_period():
    layout = guessed(
        ["PEMERINTAH KOTA MALANG"], [], ["Data Penduduk Miskin"], ["Tahun: 2024"],
        ["No", "Kelurahan", "Jumlah"], [1, "Bareng", 5],
    )  # fmt: skip
    assert uses(layout) == ["", "kelurahan", "value"]
    assert (layout.first, layout.indicator, layout.period) == (4, POOR, "2024")


def test_a_title_of_percentages_names_no_count():
    assert (
        guessed(["Persentase Penduduk Miskin 2024"], ["kelurahan", "nilai"], ["A", 5]).indicator
        == ""
    )


def test_a_period_in_the_name_of_the_sheet_is_taken_where_the_title_has_none():
    rows = ["kelurahan", "Penduduk miskin"], ["Bareng", 5]
    assert guessed(*rows, name="TW III 2025").period == "2025-Q3"
    assert guessed(["Tahun 2024"], *rows, name="TW III 2025").period == "2024"
    assert guessed(["2023 dan 2024"], *rows).period == ""


WIDE = ["", "kelurahan", f"value/{POOR}/2023", f"value/{POOR}/2024"]


@pytest.mark.parametrize(
    ("rows", "merged", "first"),
    [
        ([["No", "Kelurahan", "Penduduk miskin 2023", "Penduduk miskin 2024"]], [], 1),
        (
            [["No", "Kelurahan", "Penduduk miskin", None], [None, None, 2023, 2024]],
            [Merged(0, 0, 1, 0), Merged(0, 1, 1, 1), Merged(0, 2, 0, 3)],
            2,
        ),
        ([["No", "Kelurahan", "Penduduk miskin", None], [None, None, "2023", "2024"]], [], 2),
        ([["No", "Kelurahan", "Penduduk miskin"], [None, None, "Tahun 2023", "Tahun 2024"]], [], 2),
        ([[None, None, "Penduduk miskin", None], ["No", "Kelurahan", 2023, 2024]], [], 2),
        ([[None, None, 2023, 2024], ["No", "Kelurahan", *["Penduduk miskin"] * 2]], [], 2),
        (
            [["No", "Kelurahan", "Penduduk miskin", None], [None, None, "Tahun"],
             [None, None, "2023", "2024"]],
            [Merged(0, 0, 2, 0), Merged(0, 1, 2, 1), Merged(0, 2, 0, 3), Merged(1, 2, 1, 3)],
            3,
        ),
        (
            [["No", "Kelurahan", "Penduduk miskin"], [None, None, "Tahun"],
             [None, None, "2023", "2024"]],
            [],
            3,
        ),
        ([["No", "Kelurahan", "Penduduk miskin"], [None, None, 2023, 2024], [1, 2, 3, 4]], [], 3),
        (
            [["No", "Kelurahan", "Penduduk miskin"], [None, None, 2023, 2024],
             ["(1)", "(2)", "(3)", "(4)"]],
            [],
            3,
        ),
    ],
)  # fmt: skip
@pytest.mark.parametrize("title", [[], [["Laporan", None, None, "Dinas Sosial"]]])
def test_headings_of_several_rows_say_the_same_merged_or_not(rows, merged, first, title):
    above = len(title)
    moved = [Merged(one.top + above, one.left, one.bottom + above, one.right) for one in merged]
    layout = guessed(*title, *rows, [1, "Bareng", 5, 6], [2, "Kasin", 7, 8], merged=moved)
    assert uses(layout) == WIDE
    assert layout.first == first + above


@pytest.mark.parametrize(
    "numbering",
    [[1, 2, 3], ["1", "2", "3"], ["(1)", "(2)", "(3)"], [0, 1, 2], ["1", "2", "3=1+2"]],
)
def test_numbers_of_columns_are_no_row_and_no_heading(numbering):
    layout = guessed(["No", "Kelurahan", "Penduduk miskin 2024"], numbering, [1, "Bareng", 5])
    assert uses(layout) == ["", "kelurahan", f"value/{POOR}/2024"]
    assert layout.first == 2
    assert layout.headings == ("No", "Kelurahan", "Penduduk miskin 2024")


def test_the_first_row_of_a_table_is_no_heading():
    head = ["No", "Kelurahan", "Penduduk miskin 2024", "Ket"]
    for row in (
        [1, "Bareng", 5, None],
        ["Kec. Sukun"],
        [None, "Kec. Sukun"],
        ["a", None, "x", "y"],
        [None, None, "1,000,000"],
        [None, None, "lima"],
        [1, "Bareng", "-", "baik"],
        [None, None, 5, None],
    ):
        assert guessed(head, row, [2, "Kasin", 7]).first == 1, row


def test_groups_stand_over_their_columns_only():
    layout = guessed(
        ["No", "Kelurahan", None, "DTSEN", None, "Ket"],
        [None, None, "Penduduk miskin 2024", *DECILES[:2], None],
        [1, "Bareng", 1, 2, 3, "x"],
    )  # fmt: skip
    assert layout.headings[2] == "Penduduk miskin 2024"
    assert layout.headings[5] == "Ket"


def test_a_merged_group_ends_where_its_cells_end():
    layout = guessed(
        ["Kelurahan", "Penduduk miskin", None, None],
        [None, 2023, 2024, 2025],
        ["Bareng", 1, 2, 3],
        merged=[Merged(0, 1, 0, 2)],
    )
    assert uses(layout)[1:] == [f"value/{POOR}/2023", f"value/{POOR}/2024", "value//2025"]


def test_the_sexes_under_a_group_are_not_the_sum():
    layout = guessed(
        ["Kelurahan", "Penduduk Miskin", None, None],
        [None, "L", "P", "Jumlah"],
        ["Bareng", 1, 2, 3],
    )
    assert uses(layout) == ["kelurahan", "", "", f"value/{POOR}"]


@pytest.mark.parametrize(
    "rows",
    [
        [["kelurahan", *DECILES, "Jumlah", "%"]],
        [["kelurahan", "Keluarga DTSEN", None, None, None, None, None, "%"],
         [None, *(f"Desil {n}" for n in range(1, 6)), "Jumlah", None]],
        [["kelurahan", "Keluarga DTSEN Desil", None, None, None, None, "Total", "%"],
         [None, 1, 2, 3, 4, 5]],
        [["Jumlah KK dalam DTSEN"],
         ["kelurahan", *(f"Desil {n}" for n in range(1, 6)), "Jumlah", "%"]],
    ],
)  # fmt: skip
def test_jumlah_beside_deciles_is_their_total_and_shares_are_left_out(rows):
    layout = guessed(*rows, ["Bareng", 1, 2, 3, 4, 5, 15, "12,5"])
    assert uses(layout) == [
        "kelurahan", *(f"value/dtsen_families_d{n}" for n in range(1, 6)), "total", "",
    ]  # fmt: skip


def test_jumlah_beside_years_is_their_total():
    layout = guessed(["Penduduk miskin"], ["kelurahan", 2023, 2024, "Jumlah"], ["Bareng", 1, 2, 3])
    assert uses(layout) == ["kelurahan", "value//2023", "value//2024", "total"]


def test_several_indicators_and_periods_stand_side_by_side():
    head = [f"{name} {year}" for name in ("Penduduk", "Penduduk miskin") for year in (2023, 2024)]
    layout = guessed(["kelurahan", *head], ["Bareng", 1, 2, 3, 4])
    assert uses(layout)[1:] == [
        f"value/{key}/{year}" for key in ("population", POOR) for year in (2023, 2024)
    ]


@pytest.mark.parametrize(
    "heading",
    ["Penduduk miskin (%)", "desil_provinsi", "desil_kabupaten_kota", "desil_provinsi 2025",
     "peringkat_nasional 2025",
     "percentile_nasional", "Luas 2024", "Persentase 2024", "% 2024", "kelurahan_desa_ktp",
     "kode_kelurahan_desa_ktp", "Penduduk tidak miskin 2024"],
)  # fmt: skip
def test_columns_of_other_meaning_are_left_out(heading):
    layout = guessed(["Penduduk miskin"], ["kelurahan", heading, "2024"], ["Bareng", 1, 2])
    assert uses(layout) == ["kelurahan", "", "value//2024"]


def test_names_are_preferred_to_codes_of_the_kecamatan_and_to_vague_headings():
    layout = guessed(
        ["kode_kecamatan", "kecamatan", "wilayah", "kelurahan_desa", "Penduduk"],
        ["357304", "Sukun", "Malang", "Bandulan", 3],
    )
    assert uses(layout) == ["", "kecamatan", "", "kelurahan", "value/population"]


@pytest.mark.parametrize(
    ("cells", "style"),
    [
        (["1.234,5"], "id"),
        (["1.234"], "id"),
        (["1,234"], "en"),
        (["1,234.5"], "en"),
        (["12.0"], "en"),
        (["12"], "id"),
        ([12], "id"),
        (["1.234", "1,234"], "id"),
    ],
)
def test_the_style_of_numbers_is_found_in_the_figures(cells, style):
    rows = [["Bareng", cell] for cell in cells]
    assert guessed(["kelurahan", "Penduduk miskin 2024"], *rows).style == style


@pytest.mark.parametrize("rows", [[["a", "b"], [1, 2]], [["Data kelurahan 2024"], ["x", "y"]]])
def test_without_a_column_of_kelurahan_nothing_is_guessed(rows):
    with pytest.raises(TableError, match=r"No column of kelurahan is found \('Data'\)"):
        guessed(*rows, name="Data")


# --- saved layouts


def test_a_saved_layout_comes_back_as_it_was():
    layout = guessed(["Tahun 2024"], ["No", "Kelurahan", "Penduduk miskin"], [1, "Bareng", "1,5"])
    assert Layout.from_json(layout.to_json()) == layout


def test_a_layout_is_known_again_by_its_headings():
    rows = ["kelurahan", "Nilai"], ["Bareng", 5]
    one = guessed(*rows)
    assert guessed(["Judul"], ["KELURAHAN", " nilai "], ["Kasin", 7]).signature() == one.signature()
    assert guessed(["kelurahan", "Jumlah"], ["Bareng", 5]).signature() != one.signature()


def test_a_saved_layout_begins_where_this_sheet_does_and_has_its_period():
    saved = Layout(1, ("kelurahan", "Nilai"), (Use("kelurahan"), Use("value")), "en", POOR, "2024")
    fresh = guessed(["Tahun 2025"], ["kelurahan", "Nilai"], ["Bareng", 5])
    assert applied(saved, fresh) == Layout(2, saved.headings, saved.uses, "en", POOR, "2025")
    no_period = guessed(["kelurahan", "Nilai"], ["Bareng", 5])
    assert applied(saved, no_period).period == ""


def test_a_column_keeps_no_period_of_the_table_for_which_its_layout_was_saved():
    rows = ["kelurahan", "Nilai", "Penduduk miskin 2025"], ["Bareng", 5, 6]
    fresh = guessed(*rows)
    said = (Use("kelurahan"), Use("value", "population", "2024-Q4"), Use("value", POOR, "2025"))
    layout = applied(replace(fresh, uses=said), fresh)
    assert uses(layout) == ["kelurahan", "value/population", f"value/{POOR}/2025"]
    assert "Give the period of the values" in str(faults_in(layout)[0])


# --- what keeps a layout from being used


def layout_of(*roles, **more):
    columns = tuple(Use(role) if isinstance(role, str) else Use(*role) for role in roles)
    return Layout(1, tuple(f"h{n}" for n in range(len(roles))), columns, **more)


@pytest.mark.parametrize(
    ("layout", "message"),
    [
        (layout_of("kecamatan", ("value", POOR, "2024")), "Choose the column of kelurahan"),
        (layout_of("kelurahan"), "Choose at least one column of values."),
        (layout_of("kelurahan", "kelurahan", ("value", POOR, "2024")), "Only one column can be"),
        (layout_of("kelurahan", ("value", "", "2024")), "Choose what the values measure."),
        (layout_of("kelurahan", ("value", POOR)), "Give the period of the values"),
        (layout_of("kelurahan", ("value", POOR, "2024"), ("value", POOR, "2024")),
         "The columns 'h1', 'h2' hold the same figure of the same period."),
        (layout_of("kelurahan", "value", ("value", POOR), indicator=POOR, period="2024"),
         "hold the same figure"),
        (layout_of("kelurahan", "indicator", "period", "value", "value"), "hold the same figure"),
    ],
)  # fmt: skip
def test_what_keeps_a_layout_from_being_used_is_told(layout, message):
    (fault,) = faults_in(layout)
    assert message in str(fault)
    with pytest.raises(TableError):
        read(grid(["a"] * 5, ["b"] * 5), layout, INDICATORS)


@pytest.mark.parametrize(
    "layout",
    [
        layout_of("code", "value", indicator=POOR, period="2024"),
        layout_of("kelurahan", "indicator", "period", "period", "value"),
        layout_of("kelurahan", ("value", POOR, "2023"), ("value", POOR, "2024")),
        layout_of("kelurahan", "period", ("value", POOR), ("value", "population")),
    ],
)
def test_layouts_that_say_all_can_be_used(layout):
    assert faults_in(layout) == []


# --- taking apart


def records_of(*rows, merged=(), **changes):
    sheet = grid(*rows, merged=merged)
    layout = guess(sheet, INDICATORS)
    return read(sheet, Layout(**(vars(layout) | changes)), INDICATORS)


def test_a_sheet_without_rows_is_refused():
    with pytest.raises(TableError, match="no rows below the headings"):
        records_of(["kelurahan", "Penduduk miskin 2024"])


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ("abc", "The cell holds no number."),
        ("Budi Santoso", "The cell holds no number."),
        (True, "The cell holds no number."),
        ("-5", "-5 is negative; counts are zero or more."),
        (-5, "-5 is negative; counts are zero or more."),
        ("1,5", "1.5 is no whole number."),
        (1.5, "1.5 is no whole number."),
        ("12 13", "The cell holds no number."),
        ("1,000", "The number can be read in two ways. Choose how numbers are written."),
    ],
)
def test_a_cell_that_is_no_count_is_told_by_its_column_and_not_repeated(cell, message):
    records = records_of(
        ["kelurahan", "Penduduk miskin 2023", "Penduduk miskin 2024"],
        ["Bareng", "1.234", cell], ["Kasin", 1, 2],
    )  # fmt: skip
    assert {line: str(fault) for line, fault in records.faults.items()} == {
        2: f"Column 'Penduduk miskin 2024': {message}"
    }
    assert records.figures["value"].isna().tolist() == [False, True, False, False]


@pytest.mark.parametrize("cell", [None, "-", "n/a", "–", "...", "Tidak terdata"])
def test_what_is_not_known_is_neither_a_fault_nor_zero(cell):
    records = records_of(["kelurahan", "Penduduk miskin 2024"], ["Bareng", cell], ["Kasin", 0])
    assert records.faults == {}
    assert records.figures["value"].isna().tolist() == [True, False]
    assert records.figures["value"][1] == 0


def test_lines_in_long_layout_say_what_and_when():
    head = ["kelurahan", "indikator", "tahun", "triwulan", "nilai"]
    records = records_of(
        head, ["Bareng", "Penduduk miskin", 2025, 3, 1], ["Bareng", POOR, "2025", "IV", 2],
        ["Bareng", "Penduduk", 2024, None, 3], ["Bareng", "Luas", 2024, None, 4],
        ["Bareng", POOR, "lalu", None, 5],
    )  # fmt: skip
    found = list(records.figures[["indicator", "period"]].itertuples(index=False, name=None))
    assert found[:3] == [(POOR, "2025-Q3"), (POOR, "2025-Q4"), ("population", "2024")]
    assert {line: str(fault) for line, fault in records.faults.items()} == {
        5: "Column 'nilai': What the line measures is not in the catalogue of indicators.",
        6: "Column 'nilai': The line gives no period such as 2025 or 2025-Q3.",
    }


@pytest.mark.parametrize(
    ("block", "lines"),
    [
        (Merged(1, 1, 2, 1), {2, 3}),
        (Merged(2, 1, 2, 2), {3}),
        (Merged(1, 1, 3, 2), {2, 3, 4}),
    ],
)
def test_merged_figures_are_refused_on_each_line(block, lines):
    records = records_of(
        ["kelurahan", "Penduduk miskin 2023", "Penduduk miskin 2024"],
        ["Bareng", 1, 2], ["Kasin", 3, 4], ["Samaan", 5, 6], merged=[block],
    )  # fmt: skip
    assert set(records.faults) == lines
    assert all("is merged over several cells" in str(fault) for fault in records.faults.values())


def test_a_heading_merged_over_a_whole_line_is_no_merged_figure():
    records = records_of(
        ["kelurahan", "Penduduk miskin 2023", "Penduduk miskin 2024"],
        ["Kec. Klojen"], ["Kasin", 3, 4], merged=[Merged(1, 0, 1, 2)],
    )  # fmt: skip
    assert records.faults == {}


def kecamatan_of(*rows, merged=(), head=("kecamatan", "kelurahan", "Penduduk miskin 2024")):
    return records_of(list(head), *rows, merged=merged).places["kecamatan"].tolist()


def test_a_merged_kecamatan_stands_beside_each_of_its_kelurahan():
    rows = ["Sukun", "Bandulan", 1], [None, "Sukun", 2], ["Klojen", "Kasin", 3]
    assert kecamatan_of(*rows, merged=[Merged(1, 0, 2, 0)]) == ["Sukun", "Sukun", "Klojen"]


def test_a_kecamatan_that_is_written_once_stands_for_those_below():
    rows = (
        ["Sukun", "Bandulan", 1],
        [None, "Gadang", 2],
        [None, "Kebonsari", 2],
        ["Klojen", "Kasin", 3],
    )
    assert kecamatan_of(*rows) == ["Sukun", "Sukun", "Sukun", "Klojen"]


def test_a_namesake_below_its_kecamatan_is_left_open():
    rows = ["Sukun", "Bandulan", 1], [None, "SUKUN", 2], [None, "Gadang", 2]
    assert kecamatan_of(*rows) == ["Sukun", "", "Sukun"]


def test_an_empty_kecamatan_among_full_ones_is_not_filled():
    rows = (
        ["Sukun", "Bandulan", 1],
        ["Sukun", "Gadang", 2],
        [None, "SUKUN", 3],
        ["Klojen", "Kasin", 3],
    )
    assert kecamatan_of(*rows) == ["Sukun", "Sukun", "", "Klojen"]
    rows[2][1] = "Kebonsari"
    assert kecamatan_of(*rows) == ["Sukun", "Sukun", "", "Klojen"]


@pytest.mark.parametrize(
    "heading", [["Kec. Sukun"], [None, "Kecamatan Sukun"], [None, "KEC. SUKUN", "-"]]
)
def test_a_line_that_names_a_kecamatan_stands_for_those_below(heading):
    rows = heading, [1, "Bandulan", 1], [2, "Sukun", 2], ["Kec. Klojen"], [1, "Klojen", 3]
    filled = kecamatan_of(*rows, head=("No", "kelurahan", "Penduduk miskin 2024"))
    assert [text.split()[-1].title() if text else "" for text in filled] == [
        "", "Sukun", "Sukun", "", "Klojen",
    ]  # fmt: skip


def test_sums_get_the_kecamatan_above_and_the_last_is_of_all():
    rows = (
        ["Sukun", "Bandulan", 1], ["Sukun", "Gadang", 2], ["Jumlah", None, 3],
        ["Klojen", "Kasin", 3], ["Klojen", "Samaan", 1], [None, "Jumlah", 4],
        [None, "Total", 7],
    )  # fmt: skip
    assert kecamatan_of(*rows)[2::3] == ["Jumlah Sukun", "Klojen"]
    assert kecamatan_of(*rows)[6] == ""


def test_a_sum_named_in_a_column_that_is_left_out_is_seen():
    head = ["No", "kelurahan", "Penduduk miskin 2024"]
    records = records_of(
        head, [1, "Kasin", 3], ["Jumlah", None, 3], ["Sumber: BPS"], ["lain", None, 1]
    )
    assert records.places["kelurahan"].tolist() == ["Kasin", "Jumlah", "Sumber: BPS", ""]


@pytest.mark.parametrize(
    ("roles", "row", "parts"),
    [
        (["Penduduk", *DECILES, "Jumlah"], [999, 1, 2, 3, 4, 5, 15], 15),
        (["Jumlah", *DECILES, "Penduduk"], [15, 1, 2, 3, 4, 5, 999], 15),
        ([*DECILES[:2], "%", DECILES[2], "Jumlah"], [1, 2, 50, 3, 6], 6),
        ([*DECILES[:2], "Jumlah"], ["-", 2, 2], 2),
    ],
)
def test_a_total_is_of_its_kin_beside_it(roles, row, parts):
    records = records_of(["DTSEN 2025"], ["kelurahan", *roles], ["Bareng", *row])
    ((line, stated, summed),) = records.totals.itertuples(index=False)
    assert (line, stated, summed) == (3, parts, parts)
