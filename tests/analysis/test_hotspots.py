"""Local statistics, corrections and classes."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse, stats

from kantong.analysis.hotspots import (
    COLD,
    HOT,
    MISSING,
    NO_NEIGHBOURS,
    NOT_SIGNIFICANT,
    adjust,
    around,
    getis_ord,
    hotspots,
    local_moran,
)
from kantong.analysis.neighbours import Neighbours, queen
from kantong.analysis.permutation import conditional
from tests.analysis.layers import figures, neighbours_of, published

FEW = 999


def columbus():
    frame, w = published("columbus")
    near = neighbours_of(w)
    return figures(frame["CRIME"], near), near


@pytest.fixture(scope="module")
def pocket(malang):
    """Figures of Malang with a pocket of high ones in one corner and of low ones in another."""
    near = queen(malang)
    values = pd.Series(np.random.default_rng(8).normal(size=len(malang)), index=list(near.kodes))
    east = "35.73.03.1005"
    west = "35.73.05.1001"
    for middle, size in ((east, 4.0), (west, -4.0)):
        values[[middle, *near.of(middle)]] += size
    return values, near, east, west


# --- scores ----------------------------------------------------------------------------------


def test_local_moran_of_columbus_is_the_published_one():
    # facts/golden.md
    expected = [0.72178138, 0.51798565, 0.09193542, 0.00472258, 0.29741008]
    values, near = columbus()
    assert local_moran(values.to_numpy(), around(values.to_numpy(), near))[:5] == pytest.approx(
        expected, abs=5e-9
    )


def test_gi_star_of_columbus_is_the_published_one():
    # facts/golden.md: binary weights, the area itself included.
    expected = [-1.43277965, -1.34000810, -0.77199868, -0.13173336, 1.28536280]
    values, near = columbus()
    assert getis_ord(values.to_numpy(), around(values.to_numpy(), near))[:5] == pytest.approx(
        expected, abs=5e-9
    )


def test_gi_star_by_hand():
    # Four areas in a row, figures 1 1 1 5: mean 2, standard deviation sqrt(3).
    # The last: 1 + 5 - 2 x 2 = 2, over sqrt(3) x sqrt((4 x 2 - 4) / 3).
    chain = sparse.csr_array(np.diag([1.0, 1, 1], 1) + np.diag([1.0, 1, 1], -1))
    values = np.array([1.0, 1, 1, 5])
    z = getis_ord(values, around(values, Neighbours(tuple("abcd"), chain)))
    assert z[3] == pytest.approx(2 / (np.sqrt(3) * np.sqrt(4 / 3)))


def test_an_area_with_all_others_for_neighbours_has_no_gi_star():
    full = sparse.csr_array(np.ones((9, 9)) - np.eye(9))
    values = np.arange(9.0)
    z = getis_ord(values, around(values, Neighbours(tuple("abcdefghi"), full)))
    assert np.isnan(z).all()


# --- corrections -----------------------------------------------------------------------------


@given(st.lists(st.floats(1e-5, 1), min_size=1, max_size=60))
def test_fdr_agrees_with_scipy(p):
    given_p = np.array(p)
    assert adjust(given_p, "fdr") == pytest.approx(stats.false_discovery_control(given_p))


def test_bonferroni_multiplies_by_the_areas_tested():
    p = np.array([0.01, np.nan, 0.4])
    assert adjust(p, "bonferroni") == pytest.approx([0.02, np.nan, 0.8], nan_ok=True)
    assert adjust(p, "none") == pytest.approx(p, nan_ok=True)


def test_the_draws_told_are_the_fewest_that_an_area_was_compared_with(malang):
    near = queen(malang)
    values = np.random.default_rng(1).normal(size=57)
    reference = conditional(values, near.weights @ values, near.cardinality, permutations=FEW)
    found = hotspots(pd.Series(values, index=list(near.kodes)), near, permutations=FEW)
    assert found.draws == min(reference.draws) < max(reference.draws)


def test_too_few_draws_are_warned_of(malang):
    near = queen(malang)
    values = pd.Series(np.random.default_rng(1).normal(size=57), index=list(near.kodes))
    # facts/golden.md, conventions, 4: 57 areas x 999 and Bonferroni at 0.05.
    assert not hotspots(values, near, permutations=FEW, correction="none").warnings
    assert hotspots(values, near, permutations=FEW, correction="fdr").warnings
    found = hotspots(values, near, permutations=FEW, correction="bonferroni")
    assert "Take at least 2280 draws" in str(found.warnings[0])
    assert found.frame["p_adjusted"].min() > 0.05
    assert not hotspots(values, near, permutations=9_999).warnings


# --- classes ---------------------------------------------------------------------------------


@pytest.mark.parametrize("statistic", ["gi_star", "local_moran"])
def test_planted_pockets_are_found(pocket, statistic):
    values, near, east, west = pocket
    found = hotspots(values, near, statistic=statistic, permutations=9_999)
    assert found.is_hot()[east]
    assert found.is_cold()[west]
    assert not (found.is_hot() & found.is_cold()).any()
    around = {east, *near.of(east)}
    beyond = around.union(*(near.of(kode) for kode in around))
    assert set(found.frame.index[found.is_hot()]) <= beyond


def test_classes_of_gi_star_follow_level_and_side(pocket):
    values, near, _east, _west = pocket
    frame = hotspots(values, near, permutations=9_999).frame
    for names, sign in ((HOT, 1), (COLD, -1)):
        for name, low, high in zip(names, (0, 0.01, 0.05), (0.01, 0.05, 0.1), strict=True):
            inside = frame[frame["class"] == name]
            assert ((inside["p_adjusted"] > low) | (low == 0)).all()
            assert (inside["p_adjusted"] <= high).all()
            assert (inside["statistic"] * sign > 0).all()
    rest = frame[frame["class"] == NOT_SIGNIFICANT]
    assert (rest["p_adjusted"] > 0.1).all()
    assert set(frame["class"]) >= {"hot_99", "cold_99", NOT_SIGNIFICANT}


def test_quadrants_say_how_an_area_stands_among_its_neighbours(pocket):
    values, near, east, west = pocket
    lifted = values.copy()
    lifted[east], lifted[west] = -6.0, 6.0
    found = hotspots(lifted, near, statistic="local_moran", permutations=9_999)
    assert found.frame.loc[[east, west], "class"].tolist() == ["low_high", "high_low"]
    star = hotspots(lifted, near, permutations=9_999)
    # Whatever stands around it: with a negative z Gi* calls nothing hot.
    assert not star.frame.loc[star.is_hot(), "statistic"].lt(0).any()


def test_gi_star_calls_no_low_area_hot_whatever_stands_around_it(pocket):
    values, near, east, _west = pocket
    lowered = values.copy()
    lowered[east] = -60.0
    found = hotspots(lowered, near, permutations=9_999, correction="none").frame.loc[east]
    # What stands around it is unusually high, itself it is the lowest of all.
    assert found["p"] < 0.05
    assert found["statistic"] < 0
    assert found["class"] == NOT_SIGNIFICANT


def test_both_statistics_share_their_p(pocket):
    values, near, _east, _west = pocket
    star, moran = (
        hotspots(values, near, statistic=statistic, permutations=FEW)
        for statistic in ("gi_star", "local_moran")
    )
    assert star.frame["p"].equals(moran.frame["p"])


def test_missing_figures_are_left_out_and_said_so(pocket):
    values, near, _east, west = pocket
    holed = values.copy()
    holed[west] = np.nan
    found = hotspots(holed, near, permutations=FEW)
    assert found.frame.loc[west, "class"] == MISSING
    assert found.frame.loc[west, ["value", "statistic", "p", "p_adjusted"]].isna().all()
    rest = [kode for kode in near.kodes if kode != west]
    alone = hotspots(holed[rest], near.take(rest), permutations=FEW)
    pd.testing.assert_frame_equal(found.frame.loc[rest], alone.frame)
    assert found.tested == 56


def test_areas_whose_neighbours_are_all_missing_are_named_not_tested(malang):
    near = queen(malang)
    lonely = min(near.kodes, key=lambda kode: len(near.of(kode)))
    values = pd.Series(np.random.default_rng(1).normal(size=57), index=list(near.kodes))
    values[list(near.of(lonely))] = np.nan
    found = hotspots(values, near, permutations=FEW)
    assert found.frame.loc[lonely, "class"] == NO_NEIGHBOURS
    assert np.isnan(found.frame["p"][lonely])
    assert found.frame.loc[lonely, "value"] == values[lonely]


# --- properties ------------------------------------------------------------------------------


@given(order=st.permutations(list(range(57))), scale=st.floats(1e-3, 1e3), shift=st.floats(-9, 9))
@settings(max_examples=15)
def test_order_labels_and_units_do_not_matter(malang, order, scale, shift):
    near = queen(malang)
    values = pd.Series(np.random.default_rng(1).normal(size=57), index=list(near.kodes))
    usual = hotspots(values, near, permutations=FEW).frame
    moved = hotspots(values.iloc[order] * scale + shift, near, permutations=FEW).frame
    assert moved["class"].equals(usual["class"])
    assert moved["p"].to_numpy() == pytest.approx(usual["p"].to_numpy())
    assert moved["statistic"].to_numpy() == pytest.approx(usual["statistic"].to_numpy())
    renamed = Neighbours(tuple(f"x{kode}" for kode in near.kodes), near.weights)
    other = hotspots(values.add_prefix("x"), renamed, permutations=FEW).frame
    assert other["class"].tolist() == usual["class"].tolist()


def test_areas_in_another_order_are_as_hot(malang, pocket):
    values, near, _east, _west = pocket
    mixed = near.take(list(np.random.default_rng(3).permutation(near.kodes)))
    usual, other = (hotspots(values, one, permutations=9_999).frame for one in (near, mixed))
    other = other.reindex(usual.index)
    assert other["statistic"].to_numpy() == pytest.approx(usual["statistic"].to_numpy())
    # Other draws, so p within Monte Carlo error.
    p = usual["p"].to_numpy() / 2
    error = np.sqrt(p * (1 - p) * 2 / 9_999)
    assert (np.abs(other["p"] / 2 - p) <= 4 * error + 4e-4).all()


@pytest.mark.parametrize(("correction", "nominal"), [("none", 0.05), ("fdr", 0.0)])
def test_noise_gives_no_more_hotspots_than_chance(malang, correction, nominal):
    near = queen(malang)
    generator = np.random.default_rng(20)
    shares, layers = [], 200
    for seed in range(layers):
        values = pd.Series(generator.normal(size=57), index=list(near.kodes))
        found = hotspots(
            values, near, statistic="local_moran", correction=correction,
            permutations=9_999, seed=seed,
        )  # fmt: skip
        shares.append((found.frame["class"] != NOT_SIGNIFICANT).mean())
    if correction == "none":
        error = np.std(shares, ddof=1) / np.sqrt(layers)
        assert np.mean(shares) == pytest.approx(nominal, abs=4 * error)
        assert error < 0.01
    else:
        # At most one layer in twenty may show anything; that many have four errors to spare.
        with_any = np.mean(np.array(shares) > 0)
        assert with_any <= 0.05 + 4 * np.sqrt(0.05 * 0.95 / layers)
        assert np.mean(shares) < 0.01


def test_an_exception_in_its_surroundings_is_neither_hot_nor_cold(malang):
    """Its own figure lifts its z above 0 though its neighbours are the lowest of the city."""
    near = queen(malang)
    middle = "35.73.02.1007"
    around_it = list(near.of(middle))
    assert len(around_it) > 4
    for sign in (1, -1):
        values = pd.Series(np.linspace(9, 11, 57), index=list(near.kodes))
        values[around_it] = np.linspace(7.9, 8, len(around_it))
        values[middle] = 60
        values *= sign
        found = hotspots(values, near, correction="none").frame.loc[middle]
        assert found["statistic"] * sign > 0
        assert found["p"] < 0.01
        assert found["class"] == "not_significant"
