"""Moran's I and Geary's C against published values and esda."""

import warnings

import esda  # type: ignore[import-untyped]
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kantong.analysis.clustering import geary, moran, moran_scatter
from kantong.analysis.neighbours import Neighbours, nearest, queen, rook
from tests.analysis.layers import figures, neighbours_of, published, weights_of


def columbus(column="CRIME"):
    frame, w = published("columbus")
    near = neighbours_of(w)
    return figures(frame[column], near), near


# facts/golden.md, all to 1e-6 relative.
def test_moran_of_columbus_is_the_published_one():
    found = moran(*columbus())
    assert found.value == pytest.approx(0.5001885571828611, rel=1e-6)
    assert found.expected == pytest.approx(-1 / 48, rel=1e-9)
    assert found.variance == pytest.approx(0.008689289201, rel=1e-6)
    assert found.z == pytest.approx(5.58938267504, rel=1e-6)
    assert found.p == pytest.approx(2 * 1.1393914e-08, rel=1e-6)
    assert found.areas == 49


@pytest.mark.parametrize(
    ("column", "published_value"), [("HOVAL", 0.180093114317273), ("INC", 0.4156287782784237)]
)
def test_moran_of_other_columns_is_the_published_one(column, published_value):
    assert moran(*columbus(column)).value == pytest.approx(published_value, rel=1e-6)


def test_moran_by_rook_is_the_published_one():
    frame, _w = published("columbus")
    areas = frame.assign(kode=[str(place) for place in range(49)]).set_crs(
        "EPSG:32749", allow_override=True
    )
    near = rook(areas, 0)
    found = moran(figures(frame["CRIME"], near), near)
    assert found.value == pytest.approx(0.5236702127502532, rel=1e-6)


def test_moran_of_sids_is_the_published_one():
    frame, w = published("sids2")
    near = neighbours_of(w)
    found = moran(figures(frame["SIDR74"], near), near)
    assert found.value == pytest.approx(0.24772519320480135, rel=1e-6)
    assert found.p == pytest.approx(2 * 4.0259933e-05, rel=1e-6)


def test_geary_of_columbus_is_the_published_one():
    assert geary(*columbus()).value == pytest.approx(0.5405282027020684, rel=1e-6)


@pytest.mark.parametrize("rule", [queen, rook, lambda layer: nearest(layer, 5)])
def test_both_agree_with_esda(malang, rule):
    near = rule(malang)
    values = np.random.default_rng(2).gamma(2, size=len(malang))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = esda.Moran(values, weights_of(near), permutations=0)
        contrary = esda.Geary(values, weights_of(near), permutations=0)
    found, against = moran(figures(values, near), near), geary(figures(values, near), near)
    assert (found.value, found.variance, found.z, found.p) == pytest.approx(
        (theirs.I, theirs.VI_rand, theirs.z_rand, theirs.p_rand)
    )
    assert (against.value, against.variance, against.z) == pytest.approx(
        (contrary.C, contrary.VC_rand, contrary.z_rand)
    )


@pytest.mark.parametrize("statistic", [moran, geary])
@pytest.mark.parametrize("column", ["CRIME", "HOVAL"])
def test_permuted_p_is_near_that_of_the_normal_distribution(statistic, column):
    found = statistic(*columbus(column), permutations=9_999)
    # The two differ as figures differ from normal ones; both floors are met by CRIME.
    assert found.p_permuted == pytest.approx(found.p, abs=0.02)
    assert found.p_permuted >= 2 / 10_000


def test_permuted_p_agrees_with_esda():
    values, near = columbus("HOVAL")
    # Less clear figures, so that the p lies where both can be told apart.
    mixed = values.sample(frac=1, random_state=5).set_axis(values.index)
    found = moran(mixed, near, permutations=9_999)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = esda.Moran(mixed.to_numpy(), weights_of(near), permutations=9_999)
    error = np.sqrt(theirs.p_sim * (1 - theirs.p_sim) * 2 / 9_999)
    assert found.p_permuted / 2 == pytest.approx(theirs.p_sim, abs=4 * error + 2e-4)


def test_without_permutations_there_is_no_pseudo_p():
    assert np.isnan(moran(*columbus()).p_permuted)


@given(
    st.permutations(list(range(49))),
    st.floats(1e-3, 1e3),
    st.floats(-1e3, 1e3),
)
@settings(max_examples=25)
def test_order_and_units_do_not_matter(order, scale, shift):
    values, near = columbus()
    mixed = (values.iloc[order] * scale) + shift
    taken = near.take([near.kodes[place] for place in order])
    for statistic in (moran, geary):
        usual = statistic(values, near)
        for found in (statistic(mixed, near), statistic(mixed, taken)):
            assert found.value == pytest.approx(usual.value, rel=1e-6)
            assert found.z == pytest.approx(usual.z, rel=1e-6)


def test_the_line_through_a_moran_scatter_rises_by_morans_i():
    """The published I of Columbus; standardised by hand for its first area."""
    value, near = columbus()
    points = moran_scatter(value, near)
    slope = np.polyfit(points["own"], points["around"], 1)[0]
    assert slope == pytest.approx(0.5001885571828611, rel=1e-6)
    first = points.index[0]
    mean, spread = value.mean(), value.std(ddof=0)
    around = [(value[kode] - mean) / spread for kode in near.of(first)]
    assert points["own"][first] == pytest.approx((value[first] - mean) / spread)
    assert points["around"][first] == pytest.approx(np.mean(around))


def test_an_area_without_neighbours_has_nothing_around_it(nine):
    areas = queen(nine).take(list(nine["kode"]))
    weights = areas.weights.tolil()
    weights[0, :], weights[:, 0] = 0, 0
    lone = Neighbours(areas.kodes, weights.tocsr())
    value = pd.Series(np.arange(9.0) ** 2, index=list(areas.kodes))
    points = moran_scatter(value, lone)
    assert points["around"].isna().tolist() == [True] + [False] * 8
