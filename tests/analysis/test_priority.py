import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import rankdata

from kantong.analysis.measures import measure
from kantong.analysis.priority import rank, ranking

# Columns "rank by number" and "rank by rate" of data/tutorial/README.md.
BY_NUMBER = [7, 3, 3, 3, 1, 8, None, 3, 2]
BY_RATE = [6, 4, 6, 2, 2, None, None, 1, 5]
TIED_BY_NUMBER = [False, True, True, True, False, False, False, True, False]


def listed(series):
    return [None if pd.isna(one) else int(one) for one in series]


@pytest.mark.parametrize(
    ("indicator", "expected"), [("poor_people", BY_NUMBER), ("poor_rate", BY_RATE)]
)
def test_ranks_are_those_of_the_drawing(nine, nine_library, indicator, expected):
    library = nine_library
    found = measure(library.observations, library.indicators, indicator, "2025", nine)
    assert listed(rank(found.value)["rank"]) == expected


def test_ties_are_shown_as_ties(nine, nine_library):
    library = nine_library
    found = measure(library.observations, library.indicators, "poor_people", "2025", nine)
    assert rank(found.value)["tied"].tolist() == TIED_BY_NUMBER


def test_direction_can_be_turned():
    assert rank(pd.Series([5.0, 1.0]), higher_is_worse=False)["rank"].tolist() == [2, 1]


@given(st.lists(st.integers(0, 9), min_size=1))
def test_ranks_agree_with_scipy(values):
    expected = rankdata([-value for value in values], method="min")
    found = rank(pd.Series(values, dtype=float))
    assert found["rank"].tolist() == expected.tolist()
    assert found["tied"].tolist() == [values.count(value) > 1 for value in values]


@given(st.lists(st.floats(0, 1e6), min_size=1), st.randoms())
def test_row_order_is_irrelevant(values, random):
    series = pd.Series(values)
    order = list(range(len(values)))
    random.shuffle(order)
    shuffled = rank(series.iloc[order])["rank"].sort_index()
    assert shuffled.tolist() == rank(series)["rank"].tolist()


def test_the_ranking_puts_number_share_rate_and_density_side_by_side(nine, nine_library):
    library = nine_library
    number, rate = (
        measure(library.observations, library.indicators, key, "2025", nine)
        for key in ("poor_people", "poor_rate")
    )
    table = ranking(nine, number, rate)
    assert table["kelurahan"].tolist()[:2] == ["Edelweis", "Ilalang"]
    assert table["kelurahan"].tolist()[-1] == "Gardenia"
    first = table.iloc[0].to_dict()
    assert (first["count"], first["share_percent"], first["rate_percent"]) == (200, 25, 20)
    assert first["per_km2"] == pytest.approx(200, rel=2e-4)


def test_a_count_without_a_rate_gets_none(nine, nine_library):
    library = nine_library
    number = measure(library.observations, library.indicators, "poor_people", "2025", nine)
    assert ranking(nine, number, None)["rate_percent"].isna().all()


def test_a_rate_is_not_mistaken_for_a_count(nine, nine_library):
    library = nine_library
    rate = measure(library.observations, library.indicators, "poor_rate", "2025", nine)
    table = ranking(nine, rate, None).set_index("kelurahan").to_dict("index")
    herbras, flamboyan = table["Herbras"], table["Flamboyan"]
    assert (herbras["value"], herbras["count"], herbras["rate_percent"]) == (25, 100, 25)
    assert pd.isna(flamboyan["value"])
    assert flamboyan["reason"] == "The denominator is zero."
