import pandas as pd
import pytest

from kantong.geo.errors import TableError
from kantong.intake.grid import Merged
from kantong.intake.matching import Decision, Status
from kantong.intake.proposal import decisions
from tests.intake.tabulated import figures_of, grid, proposed, reason, statuses

POOR = "poor_people"
HEAD = ["kelurahan", "Penduduk miskin 2025"]
# The drawing of the nine-kelurahan city.
DRAWN = {
    "Anggrek": 50, "Bakung": 100, "Cempaka": 100, "Dahlia": 100, "Edelweis": 200, "Flamboyan": 0,
    "Gardenia": None, "Herbras": 100, "Ilalang": 150,
}  # fmt: skip


def accounted(result):
    return [result.count(status) for status in Status]


def test_the_city_of_the_drawing_is_read_whole(nine):
    result = proposed(grid(HEAD, *map(list, DRAWN.items())), nine)
    assert accounted(result) == [9, 0, 0]
    assert result.figures["value"].sum() == 800
    assert result.figures["value"].isna().tolist() == [value is None for value in DRAWN.values()]
    assert figures_of(result)["99.01.02.1005", POOR, "2025"] == 200


def test_the_same_rows_from_a_spreadsheet_and_from_text_give_the_same(nine):
    numbers = [[name, value] for name, value in DRAWN.items()]
    texts = [
        [name, "-" if value is None else f"{value:,}".replace(",", ".")] for name, value in numbers
    ]
    one, other = proposed(grid(HEAD, *numbers), nine), proposed(grid(HEAD, *texts), nine)
    pd.testing.assert_frame_equal(one.figures, other.figures)


def test_sums_are_kept_aside_to_be_checked(nine):
    result = proposed(
        grid(
            ["Kecamatan", *HEAD],
            ["Lor", "Anggrek", 50], ["Lor", "Bakung", 100], ["Jumlah", None, 150],
            ["Kidul", "Dahlia", 100], ["Jumlah", None, 100], ["Kota Sembilan", None, 250],
        ),
        nine,
    )  # fmt: skip
    assert accounted(result) == [3, 0, 3]
    assert list(result.stated[["line", "parent", "value"]].itertuples(index=False, name=None)) == [
        (4, "Lor", 150), (6, "Kidul", 100), (7, "*", 250),
    ]  # fmt: skip


NAMESAKES = {"Sukun": ["Bandulan", "Sukun", "Gadang"], "Klojen": ["Klojen", "Kasin"]}


def with_subtotals(form, place, columns):
    """Return rows of ten for each kelurahan with sums of kecamatan, and merged cells."""
    rows: list[list[str | int | None]] = []
    merged: list[Merged] = []
    for kecamatan, names in NAMESAKES.items():
        own: list[list[str | int | None]] = [
            [kecamatan if columns == "full" or name == names[0] else None, name, 10]
            for name in names
        ]
        subtotal: list[str | int | None] = [None, form.format(kecamatan.upper()), 10 * len(names)]
        first = 1 + len(rows) + (place == "before")
        merged.append(Merged(first, 0, first + len(names) - 1, 0))
        rows += [subtotal, *own] if place == "before" else [*own, subtotal]
    if columns == "none":
        rows = [row[1:] for row in rows]
    return rows, merged if columns == "merged" else []


@pytest.mark.parametrize("place", ["before", "after"])
@pytest.mark.parametrize("form", ["{}", "Kec. {}", "Jumlah {}"])
@pytest.mark.parametrize("columns", ["none", "full", "once", "merged"])
def test_subtotals_and_namesakes_are_never_confused(malang, place, form, columns):
    rows, merged = with_subtotals(form, place, columns)
    head = HEAD if columns == "none" else ["kecamatan", *HEAD]
    result = proposed(grid(head, *rows, merged=merged), malang)
    assert sum(accounted(result)) == len(rows)
    names = malang.set_index("kode")["kelurahan"]
    matched = result.rows[result.rows["status"] == Status.MATCHED]
    assert [names[kode] for kode in matched["kode"]] == list(matched["kelurahan"])
    assert set(result.figures["value"]) == {10}
    assert {"Bandulan", "Gadang", "Kasin"} <= set(matched["kelurahan"])
    if form != "{}":
        stated = result.stated[["parent", "value"]].itertuples(index=False, name=None)
        assert dict(stated) == {"Sukun": 30, "Klojen": 20}
    if form != "{}" and columns in {"full", "merged"}:
        assert NAMESAKES.keys() <= set(matched["kelurahan"])


def test_a_bad_cell_refuses_its_line_with_its_column(nine):
    result = proposed(grid(HEAD, ["Anggrek", "lima"], ["Bakung", 100]), nine)
    assert statuses(result) == {2: "refused", 3: "matched"}
    assert reason(result, 2) == "Column 'Penduduk miskin 2025': The cell holds no number."
    assert list(result.refused().index) == [2]


def test_sums_and_strangers_keep_their_reason_beside_a_bad_cell(nine):
    result = proposed(grid(HEAD, ["Anggrek", 5], ["Jumlah", "lima"], ["Lain-lain", "x1"]), nine)
    assert "sum of all" in reason(result, 3)
    assert "no kelurahan of this city" in reason(result, 4)
    assert len(result.stated) == 0


def test_lines_keep_the_number_they_have_in_the_file(nine):
    result = proposed(grid(["Judul"], [], HEAD, [], ["Anggrek", 5], [], ["Mawar", 7]), nine)
    assert statuses(result) == {5: "matched", 7: "review"}
    assert list(result.open().index) == [7]


@pytest.mark.parametrize(
    "note",
    ["Sumber: Dinas Sosial 2025", "*) angka sementara", "Malang, 12 Maret 2025", "Budi Santoso",
     "NIP 197001011990031001"],
)  # fmt: skip
@pytest.mark.parametrize(
    "head", [HEAD, ["kode", *HEAD], ["No", "kelurahan", "Penduduk miskin 2025"]]
)
def test_notes_below_the_table_are_refused_and_not_repeated(nine, note, head):
    first = [None] * (len(head) - 2)
    result = proposed(grid(head, [*first, "Anggrek", 5], [note]), nine)
    assert statuses(result) == {2: "matched", 3: "refused"}
    assert note not in reason(result, 3)
    assert "1970" not in reason(result, 3)


# --- duplicates


def test_two_lines_of_a_kelurahan_are_both_held(nine):
    result = proposed(grid(HEAD, ["Anggrek", 5], ["Bakung", 1], ["Kel. Anggrek", 7]), nine)
    assert statuses(result) == {2: "review", 3: "matched", 4: "review"}
    assert "stands on the lines 2, 4" in reason(result, 2)
    assert result.rows["candidates"][4] == ("99.01.01.1001",)


def test_a_kelurahan_may_have_many_lines_of_different_figures(nine):
    head = ["kelurahan", "indikator", "tahun", "nilai"]
    result = proposed(
        grid(head, ["Anggrek", POOR, 2024, 5], ["Anggrek", POOR, 2025, 6],
             ["Anggrek", "population", 2025, 60], ["Anggrek", POOR, 2025, 7]),
        nine,
    )  # fmt: skip
    assert statuses(result) == {2: "matched", 3: "review", 4: "matched", 5: "review"}


def test_of_two_lines_one_can_be_refused(nine):
    sheet = grid(HEAD, ["Anggrek", 5], ["Bakung", 1], ["Anggrek", 7])
    result = proposed(sheet, nine, settled={2: ""})
    assert statuses(result) == {2: "refused", 3: "matched", 4: "matched"}
    assert reason(result, 2) == "A person refused this line."
    assert figures_of(result)["99.01.01.1001", POOR, "2025"] == 7


# --- what a person decides


def test_settled_lines_are_matched_or_refused_and_others_stay(nine):
    sheet = grid(HEAD, ["Anggrk", 5], ["Mawar", 1], ["Melati", 7], ["Bakung", 3])
    assert statuses(proposed(sheet, nine)) == {2: "review", 3: "review", 4: "review", 5: "matched"}
    result = proposed(sheet, nine, settled={2: "99.01.01.1001", 3: "", 4: "99.99.99.9999", 99: ""})
    assert statuses(result) == {2: "matched", 3: "refused", 4: "review", 5: "matched"}
    assert figures_of(result)["99.01.01.1001", POOR, "2025"] == 5


def test_a_line_settled_onto_another_is_held_with_it(nine):
    sheet = grid(HEAD, ["Anggrk", 5], ["Anggrek", 1])
    result = proposed(sheet, nine, settled={2: "99.01.01.1001"})
    assert statuses(result) == {2: "review", 3: "review"}


def test_a_settled_line_with_a_bad_cell_is_refused(nine):
    result = proposed(grid(HEAD, ["Anggrk", "lima"]), nine, settled={2: "99.01.01.1001"})
    assert statuses(result) == {2: "refused"}


def test_a_line_that_looks_like_a_sum_can_be_settled(nine):
    sheet = grid(HEAD, ["Lor", 5], ["Bakung", 1])
    assert statuses(proposed(sheet, nine))[2] == "refused"
    result = proposed(sheet, nine, settled={2: "99.01.01.1001"})
    assert statuses(result)[2] == "matched"
    assert result.stated.empty


def test_decisions_are_remembered_and_used_again(nine):
    sheet = grid(HEAD, ["Anggrk", 5], ["Mawar", 1])
    settled = {2: "99.01.01.1001", 3: ""}
    told = decisions(proposed(sheet, nine, settled=settled), settled)
    assert told == [Decision("", "Anggrk", "", "99.01.01.1001"), Decision("", "Mawar", "", "")]
    again = proposed(grid(HEAD, ["Mawar", 9], ["Anggrk", 8]), nine, remembered=told)
    assert statuses(again) == {2: "refused", 3: "matched"}


def test_texts_that_were_decided_in_two_ways_are_not_remembered(nine):
    sheet = grid(HEAD, ["Mawar", 5], ["Mawar", 1])
    settled = {2: "99.01.01.1001", 3: ""}
    assert decisions(proposed(sheet, nine, settled=settled), settled) == []


@pytest.mark.parametrize("second", ["Anggrek", "Kel. Anggrek"])
def test_refusing_the_second_of_two_lines_does_not_lose_the_kelurahan_next_time(nine, second):
    sheet = grid(HEAD, ["Anggrek", 5], [second, 1])
    settled = {3: ""}
    assert decisions(proposed(sheet, nine, settled=settled), settled) == []


def test_a_line_without_a_place_is_not_remembered(nine):
    sheet = grid(["kode", *HEAD], [None, None, 5], [None, "Anggrek", 5])
    settled = {2: "99.01.01.1002"}
    assert decisions(proposed(sheet, nine, settled=settled), settled) == []


def test_a_layout_that_says_too_little_is_refused(nine):
    sheet = grid(["kelurahan", "Penduduk miskin"], ["Anggrek", 5])
    with pytest.raises(TableError, match="Give the period"):
        proposed(sheet, nine)
    assert statuses(proposed(sheet, nine, period="2025")) == {2: "matched"}
