import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kantong.analysis.rates import (
    COUNT_MISSING,
    DENOMINATOR_MISSING,
    DENOMINATOR_ZERO,
    density,
    headcount_ratio,
    share_of_total,
)

# The drawing in data/tutorial/README.md.
POOR = pd.Series([50, 100, 100, 100, 200, 0, np.nan, 100, 150])
RESIDENTS = pd.Series([1000, 1000, 2000, 500, 1000, 0, 800, 400, 2500.0])


def test_the_headcount_ratio_is_the_one_of_the_drawing():
    ratio = headcount_ratio(POOR, RESIDENTS)
    expected = [5, 10, 5, 20, 20, np.nan, np.nan, 25, 6]
    np.testing.assert_allclose(ratio["value"], expected)


def test_what_is_missing_says_why():
    ratio = headcount_ratio(
        pd.Series([1.0, np.nan, 1.0, 1.0]), pd.Series([0.0, 10.0, np.nan, 10.0])
    )
    assert ratio["reason"].tolist() == [DENOMINATOR_ZERO, COUNT_MISSING, DENOMINATOR_MISSING, ""]
    assert ratio["value"].isna().tolist() == [True, True, True, False]


def test_a_zero_count_is_a_zero_rate_and_not_missing():
    assert headcount_ratio(pd.Series([0.0]), pd.Series([10.0]))["value"].tolist() == [0.0]


def test_series_are_aligned_by_kode_not_by_place():
    ratio = headcount_ratio(
        pd.Series([1.0, 2.0], index=["a", "b"]), pd.Series([20.0, 10.0], index=["b", "a"])
    )
    assert ratio["value"].to_dict() == {"a": 10.0, "b": 10.0}


def test_the_published_rate_of_the_city_follows_from_its_parts():
    """BPS 2025: 34.41 thousand poor, P0 3.85 %: about 894 thousand residents."""
    ratio = headcount_ratio(pd.Series([34_410.0]), pd.Series([894_000.0]))
    assert ratio["value"][0] == pytest.approx(3.85, abs=0.005)


def test_density_counts_per_square_kilometre():
    found = density(pd.Series([300.0, 5.0]), pd.Series([1.5, 0.0]))
    assert found["value"][0] == 200
    assert found["reason"][1] == DENOMINATOR_ZERO


def test_shares_are_those_of_the_drawing_and_sum_to_a_hundred():
    shares = share_of_total(POOR)
    expected = [6.25, 12.5, 12.5, 12.5, 25, 0, np.nan, 12.5, 18.75]
    np.testing.assert_allclose(shares, expected)
    assert shares.sum() == pytest.approx(100)


def test_a_city_with_nothing_to_share_has_no_shares():
    assert share_of_total(pd.Series([0.0, 0.0])).isna().all()
    assert share_of_total(pd.Series([np.nan])).isna().all()


@given(
    st.lists(st.tuples(st.integers(0, 1000), st.integers(1, 5000)), min_size=1),
    st.integers(2, 50),
)
def test_scaling_both_parts_changes_no_rate(pairs, factor):
    count, residents = (pd.Series(part, dtype=float) for part in zip(*pairs, strict=True))
    plain = headcount_ratio(count, residents)["value"]
    np.testing.assert_allclose(headcount_ratio(count * factor, residents * factor)["value"], plain)
