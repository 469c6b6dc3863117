"""What cannot be tested says why, and what would help."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from kantong.analysis.clustering import geary, moran
from kantong.analysis.eligible import eligible, refuse_impossible
from kantong.analysis.hotspots import hotspots
from kantong.analysis.neighbours import queen
from kantong.geo.errors import BoundaryError, TableError


def strip(count, *, apart=False, crs="EPSG:32749"):
    """Return the neighbours of squares in a row, or far from each other."""
    step = 5000 if apart else 1000
    squares = [shapely.box(place * step, 0, place * step + 1000, 1000) for place in range(count)]
    kodes = [f"k{place:02}" for place in range(count)]
    return queen(gpd.GeoDataFrame({"kode": kodes}, geometry=squares, crs=crs))


def figures(near, values=None):
    generator = np.random.default_rng(1)
    given = generator.normal(size=len(near.kodes)) if values is None else values
    return pd.Series(given, index=list(near.kodes), dtype=float)


@pytest.mark.parametrize("ask", [hotspots, moran, geary, eligible])
@pytest.mark.parametrize(
    ("areas", "spoil", "message"),
    [
        (1, {}, "There are 1 areas. Of fewer than 8 no statistic"),
        (7, {}, "There are 7 areas."),
        (12, dict.fromkeys(range(12), 3.0), "All areas have the same figure"),
        (12, dict.fromkeys(range(12), 0.3) | dict.fromkeys(range(4), 0.1 * 3), "the same figure"),
        (
            12,
            dict.fromkeys(range(5), np.nan),
            "5 of 12 areas have no figure. With more than a third",
        ),
        (9, {0: np.nan, 3: np.nan}, "2 of 9 areas have no figure. Of fewer than 8 with one no"),
        (12, {4: np.inf}, "The figures of k04 are not finite"),
        (12, {4: -np.inf, 5: np.inf}, "k04, k05 are not finite"),
    ],
)
def test_figures_that_tell_nothing_are_refused(ask, areas, spoil, message):
    near = strip(areas)
    value = figures(near)
    value.iloc[list(spoil)] = list(spoil.values())
    with pytest.raises(TableError, match=message):
        ask(value, near)


def test_areas_without_any_neighbours_are_refused():
    near = strip(12, apart=True)
    with pytest.raises(TableError, match="No area with a figure has a neighbour"):
        hotspots(figures(near), near)


def test_figures_of_unknown_areas_are_refused():
    near = strip(12)
    value = pd.concat([figures(near), pd.Series([1.0], index=["99.99"])])
    with pytest.raises(TableError, match=r"1 areas with figures are not among .*99\.99"):
        eligible(value, near)


def test_an_area_with_two_figures_is_refused():
    near = strip(12)
    value = figures(near)
    with pytest.raises(TableError, match=r"k03 stand twice"):
        hotspots(pd.concat([value, value[["k03"]]]), near)


def test_an_area_with_two_counts_is_refused():
    with pytest.raises(TableError, match="b stand twice"):
        refuse_impossible(pd.Series([1.0, 2, 3], index=list("abb")), None)


@pytest.mark.parametrize("values", [[], [np.nan] * 12])
def test_no_figures_at_all_are_refused(values):
    near = strip(12 if values else 0)
    with pytest.raises(TableError, match=r"have no figure|There are 0 areas"):
        hotspots(pd.Series(values, index=list(near.kodes), dtype=float), near)


def test_a_third_missing_is_still_enough():
    near = strip(12)
    value = figures(near)
    value.iloc[:4] = np.nan
    kodes, found, among = eligible(value, near)
    assert list(kodes) == list(near.kodes[4:])
    assert found.tolist() == value.iloc[4:].tolist()
    assert among.links == 7


def test_figures_are_matched_by_kode():
    near = strip(12)
    value = figures(near)
    mixed = value.sample(frac=1, random_state=2)
    assert eligible(mixed, near)[1].tolist() == value.tolist()


def test_a_layer_in_degrees_is_measured_in_metres_and_one_without_crs_is_refused():
    side = 0.01
    squares = [
        shapely.box(112 + place * side, -8, 112 + (place + 1) * side, -7.99) for place in range(9)
    ]
    layer = gpd.GeoDataFrame({"kode": list("abcdefghi")}, geometry=squares, crs=4326)
    assert queen(layer).links == 8
    with pytest.raises(BoundaryError, match="has no CRS"):
        queen(gpd.GeoDataFrame({"kode": layer["kode"]}, geometry=squares))


@pytest.mark.parametrize(
    ("count", "population", "messages"),
    [
        ([1, -1, 3], [9, 9, 9], ["figures of b are negative"]),
        ([1, np.inf, 3], [9, 9, 9], ["figures of b are negative or not finite"]),
        ([1, 2, 3], [9, -9, 9], ["population of b is negative"]),
        ([1, 10, 12], [9, 9, 9], ["More people are counted in b, c"]),
        ([0, 0, 0], [0, 0, 0], ["No area has a population"]),
        ([-1, 10, 3], [9, 9, 9], ["figures of a", "counted in b"]),
    ],
)
def test_impossible_counts_are_refused_all_at_once(count, population, messages):
    areas = list("abc")
    with pytest.raises(TableError) as refused:
        refuse_impossible(
            pd.Series(count, index=areas, dtype=float),
            pd.Series(population, index=areas, dtype=float),
        )
    assert len(refused.value.faults) == len(messages)
    for message in messages:
        assert message in str(refused.value)


def test_possible_counts_pass_missing_ones_too():
    count = pd.Series([0, 9, np.nan, 3], index=list("abcd"))
    refuse_impossible(count, pd.Series([9, 9, 9, np.nan], index=list("abcd")))
    refuse_impossible(count * 1000, None)
