import pytest

from kantong.intake.figures import is_unknown, parse, style_of


@pytest.mark.parametrize(
    ("text", "indonesian", "english"),
    [
        ("0", 0, 0),
        ("12", 12, 12),
        ("1234", 1234, 1234),
        ("1.234", 1234, 1.234),
        ("1,234", 1.234, 1234),
        ("1.234,5", 1234.5, None),
        ("1,234.5", None, 1234.5),
        ("1.500.000", 1_500_000, None),
        ("1,500,000", None, 1_500_000),
        ("12,5", 12.5, None),
        ("12.5", None, 12.5),
        ("12.0", None, 12),
        ("-5", -5, -5),
        ("+5", 5, 5),
        ("Rp 1.500.000", 1_500_000, None),
        ("Rp. 1.500.000", 1_500_000, None),
        ("RP1.500.000", 1_500_000, None),
        ("Rp 1.500.000,-", 1_500_000, None),
        ("Rp 1.500.000,00", 1_500_000, None),
        ("'12", 12, 12),
        (" 12 ", 12, 12),
        ("1 234", 1234, 1234),
        ("1\u00a0234\u202f567", 1_234_567, 1_234_567),
        ("12 13", None, None),
        ("1 2", None, None),
        (".5", None, None),
        ("5.", None, None),
        ("12.34.56", None, None),
        ("1.23,4", None, None),
        ("1,2345", 1.2345, None),
        ("1e3", None, None),
        ("12 orang", None, None),
        ("(12)", None, None),
        ("abc", None, None),
        ("-", None, None),
        ("", None, None),
        ("9" * 41, None, None),
        ("5" + " " * 90 + "abc 7", None, None),
        ("0.125", None, 0.125),
        ("0,125", 0.125, None),
        ("00.125", None, 0.125),
        ("0.125.000", None, None),
        ("0 125", None, None),
        ("=1+1", None, None),
    ],
)
def test_texts_are_read_as_their_style_writes_numbers(text, indonesian, english):
    assert parse(text, "id") == indonesian
    assert parse(text, "en") == english


@pytest.mark.parametrize("style", ["id", "en"])
@pytest.mark.parametrize(("cell", "value"), [(12.0, 12), (12.5, 12.5), (-3.0, -3), (0.0, 0)])
def test_numbers_of_a_spreadsheet_stay_as_they_are(cell, value, style):
    assert parse(cell, style) == value


@pytest.mark.parametrize("cell", [None, True, False, float("inf"), float("-inf")])
def test_what_is_no_number_is_none(cell):
    assert parse(cell, "id") is None


@pytest.mark.parametrize(
    "cell",
    [None, "", " ", "-", "--", "–", "—", "−", "...", "…", "n/a", "N/A", "NaN", "null", "x", "?",
     "tidak ada data", "Tidak Terdata", "belum terdata", "Rp", "Rp -", "#N/A"],
)  # fmt: skip
def test_dashes_and_their_like_say_that_a_figure_is_not_known(cell):
    assert is_unknown(cell)


@pytest.mark.parametrize("cell", [0.0, "0", "0,0", False, "nihil?", "12", "-1", "Rp 0"])
def test_zero_is_a_figure_and_words_are_no_dash(cell):
    assert not is_unknown(cell)


@pytest.mark.parametrize(
    ("cells", "style", "whole"),
    [
        (["1.234,5"], "id", "id"),
        (["1,234.5"], "en", "en"),
        (["1.500.000"], "id", "id"),
        (["12.0", "7.0"], "en", "en"),
        (["1.234", "12"], None, "id"),
        (["1,234", "12"], None, "en"),
        (["1,000"], None, "en"),
        (["1.000"], None, "id"),
        (["12", "13"], None, None),
        (["Rp 1.500.000"], "id", "id"),
        (["1.234,5", "1,234.5"], None, None),
        (["abc", None, 12.5, True], None, None),
        (["1.234", "12,5"], "id", "id"),
        (["0.125", "0.250"], "en", "en"),
        (["0,125", "12"], "id", "id"),
        ([], None, None),
    ],
)
def test_one_text_that_can_be_read_one_way_decides(cells, style, whole):
    assert style_of(cells) == style
    assert style_of(cells, whole=True) == whole
