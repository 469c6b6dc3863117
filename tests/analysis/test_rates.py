import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest, poisson

from kantong.analysis.rates import (
    COUNT_MISSING,
    DENOMINATOR_MISSING,
    DENOMINATOR_ZERO,
    density,
    headcount_ratio,
    poisson_interval,
    share_of_total,
    wilson_interval,
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


@pytest.mark.parametrize(
    ("count", "n", "lower", "upper"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_intervals_are_those_published(count, n, lower, upper):
    """Newcombe (1998), Statistics in Medicine 17, table I, method 3."""
    found = wilson_interval(pd.Series([count]), pd.Series([n]), scale=1)
    np.testing.assert_allclose(found.to_numpy(), [[lower, upper]], atol=5e-5)


@settings(deadline=None)
@given(
    st.tuples(st.integers(0, 5000), st.integers(1, 5000)).map(sorted),
    st.sampled_from([0.8, 0.95, 0.99]),
)
def test_wilson_intervals_agree_with_scipy(pair, confidence):
    count, n = pair
    expected = binomtest(count, n).proportion_ci(confidence, method="wilson")
    found = wilson_interval(pd.Series([count]), pd.Series([n]), confidence=confidence)
    np.testing.assert_allclose(found.to_numpy() / 100, [list(expected)], atol=1e-12)
    assert 0 <= found["lower"][0] <= count / n * 100 <= found["upper"][0] <= 100


def test_the_ends_of_a_wilson_interval_are_exact():
    found = wilson_interval(pd.Series([0.0, 7.0]), pd.Series([7.0, 7.0]))
    assert (found["lower"][0], found["upper"][1]) == (0, 100)


def test_there_is_no_interval_for_what_is_no_share():
    count = pd.Series([np.nan, 1.0, 0.0, 3.0, -1.0, 1.0])
    n = pd.Series([10.0, np.nan, 0.0, 2.0, 10.0, 10.0])
    found = wilson_interval(count, n)
    assert found.isna().all(axis=1).tolist() == [True, True, True, True, True, False]
    assert found.notna().any(axis=1).tolist() == [False, False, False, False, False, True]


def test_an_interval_is_aligned_by_kode_not_by_place():
    found = wilson_interval(
        pd.Series([1.0, 2.0], index=["a", "b"]), pd.Series([2.0, 10.0], index=["b", "a"])
    )
    assert found["upper"]["b"] == 100
    assert found["upper"]["a"] < 100


@pytest.mark.parametrize(
    ("count", "lower", "upper"),
    [(0, 0, 3.69), (1, 0.0253, 5.57), (5, 1.62, 11.67), (10, 4.80, 18.39), (50, 37.11, 65.92)],
)
def test_poisson_intervals_are_those_published(count, lower, upper):
    """Limits at 95 % as tabulated after Garwood (1936), to the figures printed there."""
    found = poisson_interval(pd.Series([count]))
    np.testing.assert_allclose(found.to_numpy(), [[lower, upper]], atol=0.006)


@settings(deadline=None)
@given(st.integers(0, 20_000), st.sampled_from([0.8, 0.95, 0.99]))
def test_each_bound_leaves_half_of_the_rest_in_its_tail(count, confidence):
    lower, upper = poisson_interval(pd.Series([count]), confidence=confidence).to_numpy()[0]
    tail = (1 - confidence) / 2
    assert poisson.cdf(count, upper) == pytest.approx(tail, rel=1e-6)
    if count:
        assert poisson.sf(count - 1, lower) == pytest.approx(tail, rel=1e-6)
    else:
        assert lower == 0


def test_there_is_no_interval_for_a_count_that_is_not_known():
    found = poisson_interval(pd.Series([np.nan, -0.5, 0.0], index=["a", "b", "c"]))
    assert found.isna().all(axis=1).to_dict() == {"a": True, "b": True, "c": False}
    assert not found.loc[["a", "b"]].notna().any(axis=None)
