"""Packages of unmet need, worked out by hand, and what must hold of all of them."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kantong.analysis.packages import packages, unmet
from kantong.geo.errors import TableError

NAN = float("nan")


def series(**values):
    return pd.Series(values, dtype=float)


def test_what_is_recorded_is_taken_off_and_never_below_nothing():
    left = unmet(series(a=10, b=4, c=7.5, d=NAN, e=3), series(a=3, b=9, c=0, d=0, e=NAN))
    assert left[["a", "b", "c"]].tolist() == [7, 0, 7]
    assert left[["d", "e"]].isna().all()


def test_packages_of_an_area_are_of_like_size_and_the_worst_off_comes_first():
    found = packages(series(a=47, b=0, c=5, d=20), series(a=1, b=9, c=2, d=2), size=20, cost_rp=3)
    assert found.to_numpy().tolist() == [
        ["c", 1, 1, 5, 15], ["d", 1, 1, 20, 60],
        ["a", 1, 3, 16, 48], ["a", 2, 3, 16, 48], ["a", 3, 3, 15, 45],
    ]  # fmt: skip


def test_areas_of_unknown_need_or_without_priority_are_left_out():
    found = packages(series(a=NAN, b=3, c=4), series(a=1, b=NAN, c=1), size=5, cost_rp=1)
    assert found["kode"].tolist() == ["c"]


def test_packages_for_nobody_or_for_nothing_are_refused():
    with pytest.raises(TableError, match="for one at least"):
        packages(series(a=1), series(a=1), size=0, cost_rp=1)
    with pytest.raises(TableError, match="State what reaching one costs"):
        packages(series(a=1), series(a=1), size=1, cost_rp=0)


@given(
    st.dictionaries(st.text("abcdef", min_size=1, max_size=3), st.integers(0, 500), min_size=1),
    st.integers(1, 60), st.integers(1, 10**7),
)  # fmt: skip
def test_packages_sum_to_the_need_and_differ_by_one_at_most(needs, size, cost_rp):
    left = pd.Series(needs, dtype=float)
    found = packages(left, left, size=size, cost_rp=cost_rp)
    assert found.groupby("kode")["people"].sum().to_dict() == {
        kode: need for kode, need in needs.items() if need
    }
    assert (found["people"] <= size).all()
    assert (found["budget_rp"] == found["people"] * cost_rp).all()
    spread = found.groupby("kode")["people"].agg(lambda part: part.max() - part.min())
    assert (spread <= 1).all()
    least = found.groupby("kode").agg(parts=("parts", "first"), need=("people", "sum"))
    assert ((least["parts"] - 1) * size < least["need"]).all()
