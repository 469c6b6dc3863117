from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kantong.analysis.change import (
    BOTH_MISSING,
    EARLIER_MISSING,
    EARLIER_ZERO,
    LATER_MISSING,
    change,
    compared_periods,
)
from kantong.analysis.measures import measure
from kantong.geo.errors import TableError
from kantong.geo.schema import Indicator

COUNT = Indicator("count", {}, {}, {}, "count")
FIGURES = st.lists(st.one_of(st.integers(0, 10**6), st.none()), min_size=1, max_size=9)
QUARTERS = [f"{year}-Q{quarter}" for year in (2023, 2024, 2025) for quarter in (1, 2, 3, 4)]


def counted(values, period, dataset="register"):
    """Return a measure of counts by kode; None where not known."""
    seen = pd.DataFrame({"kode": list(values), "value": np.array([*values.values()], dtype=float)})
    seen = seen.assign(indicator="count", period=period, dataset=dataset)
    return measure(seen, {"count": COUNT}, "count", period, seen[["kode"]])


def by_row(figures):
    return {f"k{row}": one for row, one in enumerate(figures)}


def test_the_difference_is_later_less_earlier_and_the_percent_is_of_the_earlier():
    found = change(
        counted({"a": 200, "b": 50, "c": 8}, "2024"), counted({"a": 150, "b": 60, "c": 8}, "2025")
    )
    assert found.difference.to_dict() == {"a": -50, "b": 10, "c": 0}
    assert found.percent.to_dict() == {"a": -25, "b": 20, "c": 0}
    assert (found.indicator, found.earlier, found.later) == ("count", "2024", "2025")
    assert (found.reason == "").all()


def test_what_has_no_change_says_why():
    before = counted({"a": None, "b": 3, "c": None, "d": 0}, "2024")
    after = counted({"a": 3, "b": None, "c": None, "d": 4}, "2025")
    found = change(before, after)
    expected = [EARLIER_MISSING, LATER_MISSING, BOTH_MISSING, EARLIER_ZERO]
    assert found.reason.tolist() == expected
    assert found.difference.isna().tolist() == [True, True, True, False]
    assert found.percent.isna().all()
    assert found.difference["d"] == 4


def test_a_rate_changes_by_percentage_points(nine, nine_library):
    """The drawing, after a year in which Dahlia had 50 poor people: 10 %, now 20 %."""
    library = nine_library
    after = measure(library.observations, library.indicators, "poor_rate", "2025", nine)
    before = replace(after, period="2024", value=after.value.replace({20.0: 10.0}))
    found = change(before, after)
    assert (found.difference["99.01.02.1004"], found.percent["99.01.02.1004"]) == (10, 100)
    assert found.difference["99.01.01.1001"] == 0
    assert found.reason["99.01.02.1006"] == BOTH_MISSING


def test_areas_are_matched_by_kode_and_none_is_lost():
    found = change(
        counted({"a": 1, "b": 2, "x": 5}, "2024"), counted({"y": 7, "b": 5, "a": 9}, "2025")
    )
    assert found.difference.index.tolist() == ["y", "b", "a", "x"]
    assert found.difference[["b", "a"]].tolist() == [3, 8]
    assert found.reason[["y", "x"]].tolist() == [EARLIER_MISSING, LATER_MISSING]


def test_the_data_sets_of_both_are_named_once():
    first, second = counted({"a": 1}, "2024", "old"), counted({"a": 1}, "2025", "new")
    assert change(first, second).datasets == ("old", "new")
    assert change(first, first).datasets == ("old",)


def test_different_indicators_are_refused():
    before = replace(counted({"a": 1}, "2024"), indicator="other")
    with pytest.raises(TableError, match=r"count cannot be compared with other: .* Choose two"):
        change(before, counted({"a": 1}, "2025"))


@settings(deadline=None)
@given(FIGURES, FIGURES)
def test_differences_sum_to_the_difference_of_the_sums(old, new):
    before, after = counted(by_row(old), "2024"), counted(by_row(new), "2025")
    both = [pair for pair in zip(old, new, strict=False) if None not in pair]
    found = change(before, after)
    assert found.difference.sum() == sum(y for _, y in both) - sum(x for x, _ in both)
    assert found.difference.notna().sum() == len(both)
    no_percent = found.percent.isna()
    assert (no_percent == (found.reason != "")).all()


@settings(deadline=None)
@given(FIGURES, st.randoms())
def test_row_order_is_irrelevant(figures, random):
    rows = by_row(figures)
    mixed = dict(random.sample(list(rows.items()), len(rows)))
    before = counted(dict.fromkeys(rows, 7), "2024")
    plain, other = (change(before, counted(one, "2025")) for one in (rows, mixed))
    assert other.difference[plain.difference.index].equals(plain.difference)


@pytest.mark.parametrize(
    ("period", "known", "expected"),
    [
        ("2025-Q3", QUARTERS, ["2025-Q2", "2024-Q3"]),
        ("2025-Q1", QUARTERS, ["2024-Q4", "2024-Q1"]),
        ("2023-Q4", QUARTERS, ["2023-Q3", "2023-Q1"]),
        ("2023-Q2", QUARTERS, ["2023-Q1"]),
        ("2023-Q1", QUARTERS, []),
        ("2025", ["2021", "2023", "2024", "2025"], ["2024", "2021"]),
        ("2025", ["2024", "2025"], ["2024"]),
    ],
)
def test_a_period_is_compared_with_the_one_before_and_its_season(period, known, expected):
    assert compared_periods(period, known) == expected


def test_a_period_that_is_not_known_is_refused():
    with pytest.raises(ValueError, match="not in list"):
        compared_periods("2020", ["2024", "2025"])
