"""Two data cuts: what came in, went out, rose and fell; worked by hand."""

import math

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kantong.analysis.cuts import AFTER, BEFORE, CHANGE, COVERED, STATE, STATES, compare, cover

COUNTS = st.dictionaries(
    st.sampled_from("abcdefgh"), st.one_of(st.none(), st.integers(0, 10_000)), max_size=8
)


def series(counts):
    return pd.Series(counts, dtype=float)


def test_each_state_is_told():
    before = series({"a": 10, "b": 5, "c": 2, "d": 4, "e": None})
    after = series({"a": 12, "b": 4, "c": None, "d": 4, "e": None, "f": 7})
    found = compare(before, after)
    assert found.areas[STATE].to_dict() == {
        "a": "up", "b": "down", "c": "out", "d": "same", "e": "unknown", "f": "in"
    }  # fmt: skip
    assert found.steps == {"in": 7.0, "out": -2.0, "up": 2.0, "down": -1.0, "same": 0.0}
    assert (found.before, found.after) == (21.0, 27.0)


def test_an_unknown_figure_is_not_zero():
    found = compare(series({"a": 3}), series({"a": None}))
    assert found.areas.loc["a", STATE] == "out"
    assert found.areas[CHANGE].isna().all()


@given(COUNTS, COUNTS)
def test_the_steps_lead_from_one_total_to_the_other(first, second):
    found = compare(series(first), series(second))
    assert found.before + sum(found.steps.values()) == found.after
    assert set(found.areas[STATE]) <= set(STATES)
    both = found.areas.dropna(subset=[BEFORE, AFTER])
    assert (both[AFTER] - both[BEFORE]).equals(both[CHANGE])


@given(COUNTS, COUNTS)
def test_turned_around_what_rose_fell(first, second):
    there = compare(series(first), series(second)).steps
    back = compare(series(second), series(first)).steps
    for one, other in (("in", "out"), ("up", "down")):
        assert there[one] == -back[other]


def test_a_kode_that_stands_twice_is_refused():
    with pytest.raises(ValueError, match="twice"):
        compare(pd.Series([1.0, 2.0], index=["a", "a"]), series({"a": 1}))


def test_small_counts_are_covered_so_that_the_totals_do_not_give_them_away():
    before = series({"a": 3, "b": 50, "c": 60, "d": 0})
    after = series({"a": 40, "b": 55, "c": 60, "d": 0})
    found = compare(before, after)
    shown = cover(found, 5).areas
    # a alone would follow from the total of before: the smallest other goes with it.
    assert shown[STATE].to_dict() == {"a": COVERED, "b": COVERED, "c": "same", "d": "same"}
    assert shown.loc[["a", "b"], [BEFORE, AFTER, CHANGE]].isna().all().all()
    assert shown.loc["c", AFTER] == 60
    assert cover(found, 0).areas[STATE].to_dict()["a"] == "up"


def test_what_covered_areas_add_stands_together_in_one_step():
    # a came in with 3 and b, covered with it, rose by 5: either would tell the other's count.
    before = series({"b": 50, "c": 60, "d": 90})
    after = series({"a": 3, "b": 55, "c": 60, "d": 88})
    found = cover(compare(before, after), 5)
    assert found.steps == {"in": 0, "out": 0, "up": 0, "down": -2, "same": 0, COVERED: 8}
    assert (found.before, found.after) == (200, 206)
    assert found.areas[STATE].to_dict() == {"a": COVERED, "b": COVERED, "c": "same", "d": "down"}


def test_a_total_of_covered_areas_alone_is_not_told():
    found = cover(compare(series({"a": 3, "b": 0}), series({"a": 40, "b": 7})), 5)
    assert math.isnan(found.before)
    assert math.isnan(found.steps[COVERED])
    assert found.after == 47


@given(COUNTS, COUNTS, st.integers(0, 20))
def test_covered_steps_too_lead_from_one_total_to_the_other(first, second, smallest):
    found = cover(compare(series(first), series(second)), smallest)
    if not math.isnan(found.before + found.after):
        assert found.before + sum(found.steps.values()) == found.after
    assert (COVERED in found.steps) == (found.areas[STATE] == COVERED).any()
