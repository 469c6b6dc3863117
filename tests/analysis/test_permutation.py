"""Pseudo-p against full enumeration, esda and pygeoda."""

import itertools
import math
import warnings

import esda  # type: ignore[import-untyped]
import geopandas as gpd
import numpy as np
import pygeoda  # type: ignore[import-untyped]
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from libpysal.weights import W as WeightsOfLibpysal
from scipy import sparse, stats

from kantong.analysis.neighbours import queen
from kantong.analysis.permutation import conditional, conditional_weighted, draw
from tests.analysis.layers import neighbours_of, published, weights_of
from tests.conftest import SOURCES

DRAWS = 99_999
# Two simulations of a p differ by this many standard errors in one of 16,000 areas.
ERRORS = 4
# Orders of the rows that pygeoda is asked in, and how many standard errors of their mean a figure
# may lie off: Student's t with 11 degrees of freedom passes it in one of 5,000.
ORDERS, T_OF_MEAN = 12, 5.5


def told_apart(ours, theirs, draws, their_draws):
    """Return the areas whose p differ by more than Monte Carlo error."""
    p = np.clip((ours + theirs) / 2, 1e-5, 1)
    error = np.sqrt(p * (1 - np.minimum(p, 1)) * (1 / draws + 1 / their_draws))
    return np.flatnonzero(np.abs(ours - theirs) > ERRORS * error + 2 / min(draws, their_draws))


def enumerated(values, area, near, weights=None):
    """Return the two-sided p of an area from every set of neighbours it could have had."""
    others = [place for place in range(len(values)) if place != area]
    if weights is None:
        sets = np.array(list(itertools.combinations(others, len(near))))
        sums, found = values[sets].sum(axis=1), values[near].sum()
    else:
        sets = np.array(list(itertools.permutations(others, len(near))))
        sums, found = values[sets] @ weights, weights @ values[near]
    return min(1, 2 * min((sums >= found - 1e-9).mean(), (sums <= found + 1e-9).mean()))


# --- draws -----------------------------------------------------------------------------------


@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 2**32))
@settings(max_examples=60)
def test_a_draw_has_no_area_twice(population, size, seed):
    drawn = draw(population, min(size, population), 50, seed)
    assert all(len(set(column)) == len(column) for column in drawn.T)
    assert (drawn >= 0).all()
    assert (drawn < population).all()


def test_every_ordered_draw_is_equally_likely():
    # 5 x 4 x 3 ordered draws of three out of five.
    drawn = draw(5, 3, 60_000, seed=1)
    _found, counts = np.unique(drawn, axis=1, return_counts=True)
    assert len(counts) == 5 * 4 * 3
    assert stats.chisquare(counts).pvalue > 1e-3


def test_draws_longer_than_a_chunk_are_as_random():
    drawn = draw(1000, 2, 40_000, seed=2)
    assert stats.chisquare(np.bincount(drawn.ravel(), minlength=1000)).pvalue > 1e-3
    assert len(np.unique(drawn[:, ::16_384], axis=1).T) == 3


# --- against full enumeration ----------------------------------------------------------------


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_p_agrees_with_full_enumeration(size, seed):
    generator = np.random.default_rng(seed)
    # Whole numbers, so that sums are often equal.
    values = generator.integers(0, 9, 9).astype(float)
    near = [
        generator.choice([other for other in range(9) if other != area], size, replace=False)
        for area in range(9)
    ]
    sums = np.array([values[some].sum() for some in near])
    found = conditional(values, sums, np.full(9, size), permutations=DRAWS, seed=seed)
    exact = np.array([enumerated(values, area, near[area]) for area in range(9)])
    error = np.sqrt(exact / 2 * (1 - exact / 2) / found.draws)
    assert (np.abs(found.p - exact) <= 2 * ERRORS * error + 4 / DRAWS).all()


def test_weighted_p_agrees_with_full_enumeration():
    generator = np.random.default_rng(5)
    values = generator.normal(size=8)
    dense = generator.random((8, 8)) * (generator.random((8, 8)) < 0.4)
    np.fill_diagonal(dense, 0)
    weights = sparse.csr_array(dense)
    found = conditional_weighted(values, weights, permutations=DRAWS)
    for area in range(8):
        near = np.flatnonzero(dense[area])
        if not near.size:
            assert np.isnan(found.p[area])
            continue
        exact = enumerated(values, area, near, dense[area, near])
        error = math.sqrt(exact / 2 * (1 - exact / 2) / found.draws[area])
        assert abs(found.p[area] - exact) <= 2 * ERRORS * error + 4 / DRAWS


def test_an_area_with_all_others_for_neighbours_cannot_be_unusual():
    values = np.arange(9.0)
    sums = values.sum() - values
    found = conditional(values, sums, np.full(9, 8), permutations=999)
    assert (found.p == 1).all()


def test_both_ways_agree_where_weights_are_equal(malang):
    near = queen(malang)
    values = np.random.default_rng(3).normal(size=len(malang))
    shared = conditional(values, near.weights @ values, near.cardinality, permutations=DRAWS)
    plain = conditional_weighted(values, near.weights, permutations=DRAWS)
    # From the same draws, so even the tails are the same.
    assert np.array_equal(shared.draws, plain.draws)
    assert shared.p == pytest.approx(plain.p)
    assert np.array_equal(shared.is_high, plain.is_high)


# --- against esda and pygeoda ----------------------------------------------------------------


def layer_of(name, request):
    """Return values and areas of a layer of the literature or of Malang."""
    if name in ("columbus", "sids2"):
        frame, _weights = published(name)
        values = frame["CRIME" if name == "columbus" else "SIDR74"].to_numpy()
        return values, frame.assign(kode=[str(place) for place in range(len(frame))])
    areas = request.getfixturevalue(name)
    middle = areas.to_crs("EPSG:32749").centroid
    noise = np.random.default_rng(7).normal(size=len(areas))
    return (np.sin(middle.x / 3000) + noise / 2).to_numpy(), areas


def near_of(name, areas):
    """Return the neighbours: those published with a layer, else by queen at 5 m."""
    return neighbours_of(published(name)[1]) if name in ("columbus", "sids2") else queen(areas)


def local_moran_of_esda(values, weights, permutations):
    with warnings.catch_warnings():
        # It warns of areas without neighbours and of a change to come: p will be doubled.
        warnings.simplefilter("ignore")
        return esda.Moran_Local(values, weights, permutations=permutations, seed=11)


@pytest.fixture(scope="module")
def kemendagri():
    """The other layer of Malang, with 147 links at 5 m."""
    layer = gpd.read_file(SOURCES / "malang_kemendagri_2025.geojson")
    return layer.sort_values("kode", ignore_index=True)


@pytest.mark.parametrize("name", ["columbus", "sids2", "malang", "kemendagri"])
def test_p_agrees_with_esda(name, request):
    values, areas = layer_of(name, request)
    near = near_of(name, areas)
    found = conditional(values, near.weights @ values, near.cardinality, permutations=DRAWS)
    tested = near.cardinality > 0
    local = local_moran_of_esda(values, weights_of(near), DRAWS)
    # esda's p is one-sided and folded.
    assert not told_apart(found.p[tested] / 2, local.p_sim[tested], DRAWS, DRAWS).size


@pytest.mark.parametrize("name", ["columbus", "sids2", "malang", "kemendagri"])
def test_p_agrees_with_pygeoda(name, request, tmp_path):
    # With 99,999 permutations pygeoda's p still moves by a tenth with its seed and with the order
    # of the rows, so its mean over orders is compared, with the scatter it shows itself.
    values, layer = layer_of(name, request)
    areas = layer.set_crs("EPSG:32749", allow_override=True) if layer.crs is None else layer
    near = queen(areas, 0)
    found = conditional(values, near.weights @ values, near.cardinality, permutations=DRAWS)
    generator = np.random.default_rng(12)
    theirs = np.empty((ORDERS, len(values)))
    for row in theirs:
        order = generator.permutation(len(values))
        areas.iloc[order][["geometry"]].to_file(tmp_path / "layer.shp")
        weights = pygeoda.queen_weights(pygeoda.open(str(tmp_path / "layer.shp")))
        seed = int(generator.integers(2**31))
        lisa = pygeoda.local_moran(
            weights, values[order].tolist(), permutations=DRAWS, seed=seed, cpu_threads=1
        )
        row[order] = lisa.lisa_pvalues()
    tested = near.cardinality > 0
    # Folded at one half, an unremarkable p can only be too small there.
    clear = tested & (theirs.max(axis=0) < 0.45)
    error = theirs.std(axis=0, ddof=1) / np.sqrt(ORDERS) + np.sqrt(found.p / 2 / DRAWS)
    apart = np.abs(found.p / 2 - theirs.mean(axis=0))[clear] / error[clear]
    assert clear.sum() > len(values) / 2
    assert apart.max() < T_OF_MEAN
    assert np.sqrt((apart**2).mean()) < 1.5


@pytest.mark.parametrize("name", ["columbus", "malang"])
def test_weighted_p_agrees_with_esda(name, request):
    values, areas = layer_of(name, request)
    near = near_of(name, areas)
    weights = near.weights.copy()
    weights.data = np.random.default_rng(9).uniform(0.1, 1, weights.nnz)
    found = conditional_weighted(values, weights, permutations=9_999)
    inside = {
        kode: {near.kodes[place]: weights[area, place] for place in weights[[area]].indices}
        for area, kode in enumerate(near.kodes)
    }
    theirs = WeightsOfLibpysal(
        {kode: list(row) for kode, row in inside.items()},
        {kode: list(row.values()) for kode, row in inside.items()},
        id_order=list(near.kodes),
    )
    local = local_moran_of_esda(values, theirs, 9_999)
    assert not told_apart(found.p / 2, local.p_sim, 9_999, 9_999).size


# --- what is told ----------------------------------------------------------------------------


def test_areas_without_neighbours_are_not_tested():
    values = np.arange(9.0)
    found = conditional(values, values, np.array([0, *[1] * 8]), permutations=99)
    assert np.isnan(found.p[0])
    assert found.draws[0] == 0
    assert not np.isnan(found.p[1:]).any()
    nobody = conditional(values, values, np.zeros(9, dtype=int))
    assert np.isnan(nobody.p).all()


def test_draws_with_the_area_itself_are_taken_out_and_made_up_for(malang):
    near = queen(malang)
    values = np.random.default_rng(3).normal(size=len(malang))
    found = conditional(values, near.weights @ values, near.cardinality, permutations=9_999)
    share = 1 - near.cardinality / len(malang)
    made = np.median(found.draws / share)
    # Binomial: what is left of those made.
    error = np.sqrt(made * share * (1 - share))
    assert (np.abs(found.draws - made * share) < 5 * error).all()
    assert (found.draws >= 9_999 - 5 * error).all()


def test_the_same_seed_gives_the_same_p_and_another_seed_nearly(malang):
    near = queen(malang)
    values = np.random.default_rng(3).normal(size=len(malang))
    sums = near.weights @ values
    first, again, other = (
        conditional(values, sums, near.cardinality, permutations=9_999, seed=seed)
        for seed in (1, 1, 2)
    )
    assert np.array_equal(first.p, again.p)
    assert not np.array_equal(first.p, other.p)
    assert not told_apart(first.p / 2, other.p / 2, 9_999, 9_999).size


# A shift of millions beside steps of a millionth would leave no digits to compare.
@given(st.floats(1e-2, 1e4), st.floats(-1e3, 1e3))
@settings(max_examples=25)
def test_units_do_not_matter(scale, shift):
    generator = np.random.default_rng(4)
    values = generator.integers(0, 20, 20).astype(float)
    weights = sparse.csr_array((generator.random((20, 20)) < 0.2) * (1 - np.eye(20)))
    size = np.diff(weights.indptr)
    usual = conditional(values, weights @ values, size, permutations=499)
    moved = values * scale + shift
    found = conditional(moved, weights @ moved, size, permutations=499)
    assert found.p == pytest.approx(usual.p, nan_ok=True)
