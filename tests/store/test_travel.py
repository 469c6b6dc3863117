"""Travel times of a city, from a table in its data folder."""

import pytest

from kantong.geo.errors import TableError
from kantong.store.travel import FILE, travel_minutes

CODES = ["a", "b", "c"]


def times(folder, text):
    (folder / FILE).write_text(text, "utf-8")
    return travel_minutes(folder, CODES)


def test_a_city_without_a_table_has_none(tmp_path):
    assert travel_minutes(tmp_path, CODES) is None


@pytest.mark.parametrize(
    "text",
    [
        "dari,ke,menit\na,b,10\nb,a,12\nb,c,7.5\nc,c,2\n",
        "\ufeffKe; Menit ;DARI\nb;10;a\na;12;b\nc;7,5;b\n\nc;2;c\n",
    ],
)
def test_ways_are_read_both_ways_and_within(tmp_path, text):
    found = times(tmp_path, text)
    assert found.index.tolist() == found.columns.tolist() == CODES
    assert found.loc["a", "b"] == 10
    assert found.loc["b", "a"] == 12
    assert found.loc["b", "c"] == found.loc["c", "b"] == 7.5
    assert [found.loc[one, one] for one in CODES] == [0, 0, 2]
    assert found.loc[["a", "c"], ["a", "c"]].isna().to_numpy().tolist() == [
        [False, True], [True, False]
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("dari,ke\na,b\n", "lacks the columns menit"),
        ("", "lacks the columns dari, ke, menit"),
        ("dari,ke,menit\na,x,5\n", r"lines 2: 'x' are not among the boundaries"),
        ("dari,ke,menit\na,b,-5\n", r"lines 2: '-5' is no time in minutes"),
        ("dari,ke,menit\na,b,lama\n", r"'lama' is no time in minutes"),
        ("dari,ke,menit\na,b,\n", "is no time in minutes"),
        ("dari,ke,menit\na,b,1441\n", "is no time in minutes"),
        ("dari,ke,menit\na,b,5\na,b,5\n", r"lines 2, 3: the same way is given twice"),
    ],
)
def test_what_is_no_table_of_times_is_refused_with_its_lines(tmp_path, text, message):
    with pytest.raises(TableError, match=message):
        times(tmp_path, text)


def test_all_faults_are_told_at_once(tmp_path):
    with pytest.raises(TableError) as caught:
        times(tmp_path, "dari,ke,menit\na,x,5\na,b,-1\n")
    assert len(caught.value.faults) == 2


def test_bytes_that_are_no_text_are_refused(tmp_path):
    (tmp_path / FILE).write_bytes(b"dari,ke,menit\n\xff\xfe\n")
    with pytest.raises(TableError, match="Save it as CSV UTF-8"):
        travel_minutes(tmp_path, CODES)
