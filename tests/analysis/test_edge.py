"""Areas at the edge under what their neighbours beyond it may be."""

import itertools

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from kantong.analysis.edge import edge, outside_neighbours
from kantong.analysis.hotspots import Correction, Outside, Statistic, hotspots, under
from kantong.analysis.measures import measure
from kantong.analysis.neighbours import queen
from kantong.store import library
from tests.conftest import DATA

SIDE = 7
UTM = "EPSG:32749"
PLAIN: tuple[Statistic, Correction] = ("gi_star", "none")


def board(side=SIDE, *, at=0.0, step=1000):
    """Return squares like a chessboard, named by column and row."""
    places = [(x, y) for y in range(side) for x in range(side)]
    squares = [
        shapely.box(at + x * step, y * step, at + (x + 1) * step, (y + 1) * step) for x, y in places
    ]
    kodes = [f"{x}{y}" for x, y in places]
    return gpd.GeoDataFrame({"kode": kodes}, geometry=squares, crs=UTM)


def figures(layer, high=()):
    values = pd.Series(np.random.default_rng(6).normal(size=len(layer)), index=list(layer["kode"]))
    values[list(high)] += 5
    return values


def strip_beyond(gap):
    """Return seven squares to the right of the board."""
    squares = [shapely.box(7000 + gap, y * 1000, 8000 + gap, (y + 1) * 1000) for y in range(SIDE)]
    return gpd.GeoDataFrame(geometry=squares, crs=UTM)


@pytest.mark.parametrize(
    ("gap", "corner", "side"), [(0, 2, 3), (20, 2, 3), (300, 1, 1), (900, 0, 0)]
)
def test_outside_neighbours_are_counted_across_a_small_gap(gap, corner, side):
    count = outside_neighbours(board(), strip_beyond(gap))
    assert count["60"] == corner
    assert count["63"] == side
    assert count[[kode for kode in count.index if not kode.startswith("6")]].eq(0).all()


def test_areas_within_have_no_outside_neighbours(malang):
    context = gpd.read_file(DATA / "context.geojson")
    count = outside_neighbours(malang, context)
    metric = malang.to_crs(UTM).set_index("kode").geometry
    rim = metric.union_all().boundary
    at_edge = {kode for kode, area in metric.items() if area.boundary.intersection(rim).length > 0}
    assert set(count.index[count > 0]) <= at_edge
    # Kota Malang lies within Kabupaten Malang on all sides.
    assert set(count.index[count > 0]) == at_edge


def test_an_edge_area_is_compared_with_draws_of_all_its_neighbours():
    layer = board(3)
    near = queen(layer)
    values = figures(layer)
    outside = pd.Series({"00": 2}, name="count")
    found = under(values, near, [PLAIN], outside=Outside(outside, 1.5))[PLAIN]
    # As if the two beyond were drawn too: all sets of five of the other eight.
    others = values.drop("00").to_numpy()
    stand_in = np.array([values["00"], *others])
    exact = enumerated_sum(
        stand_in, len(near.of("00")) + 2, values[list(near.of("00"))].sum() + 3.0
    )
    assert found.frame.loc["00", "p"] == pytest.approx(exact, abs=0.02)
    assert found.frame.loc["00", "neighbours"] == 5
    plain = hotspots(values, near, correction="none")
    rest = [kode for kode in near.kodes if kode != "00"]
    assert found.frame.loc[rest, "statistic"].equals(plain.frame.loc[rest, "statistic"])


def enumerated_sum(values, size, total):
    """Return the two-sided p of a sum over ``size`` of all values but the first."""
    sums = np.array([sum(some) for some in itertools.combinations(values[1:], size)])
    return min(1, 2 * min((sums >= total - 1e-9).mean(), (sums <= total + 1e-9).mean()))


def test_a_pocket_at_the_edge_may_flip_and_one_within_is_not_asked():
    layer = board()
    at_edge, within = ["62", "63", "64", "53"], ["22", "23", "32"]
    values = figures(layer, [*at_edge, *within])
    outside = outside_neighbours(layer, strip_beyond(0))
    found = edge(values, queen(layer), outside)
    assert set(found.frame.index) == {f"6{y}" for y in range(SIDE)}
    middle = found.frame.loc["63"]
    assert middle["outside"] == 3
    assert middle["high"].startswith("hot")
    ordered = np.sort(values.to_numpy())  # 49 figures: the tenth lies at 4.8, the ninetieth at 43.2
    assert found.figures["low"] == pytest.approx(0.2 * ordered[4] + 0.8 * ordered[5])
    assert found.figures["high"] == pytest.approx(0.8 * ordered[43] + 0.2 * ordered[44])
    assert found.figures["mean"] == pytest.approx(ordered.mean())
    flipped = found.frame[found.frame["flips"]]
    assert len(flipped)
    for _kode, row in flipped.iterrows():
        told = {
            str(row[name])[:6] in ("hot_95", "hot_99") for name in ("class", "mean", "low", "high")
        }
        cold = {
            str(row[name]) in ("cold_95", "cold_99") for name in ("class", "mean", "low", "high")
        }
        assert len(told) == 2 or len(cold) == 2


def test_high_neighbours_beyond_make_no_area_colder():
    layer = board()
    values = figures(layer)
    outside = outside_neighbours(layer, strip_beyond(0))
    near = queen(layer)
    low, high = (
        under(values, near, [PLAIN], outside=Outside(outside, figure))[PLAIN].frame
        for figure in (-3.0, 3.0)
    )
    right = [f"6{y}" for y in range(SIDE)]
    assert (high.loc[right, "statistic"] > low.loc[right, "statistic"]).all()
    inner = [kode for kode in values.index if kode not in right]
    assert high.loc[inner].equals(low.loc[inner])


@pytest.mark.parametrize("correction", ["fdr", "none"])
def test_the_class_without_what_lies_beyond_is_that_of_the_map(malang, correction):
    figures = library.load(DATA)
    beyond = outside_neighbours(malang, gpd.read_file(DATA / "context.geojson"))
    near = queen(malang)
    for indicator, period in (("poor_people", "2024"), ("dtsen_people_d2", "2024-Q4")):
        value = measure(figures.observations, figures.indicators, indicator, period, malang).value
        found = edge(value, near, beyond, ("gi_star", correction)).frame["class"]
        on_map = hotspots(value, near, correction=correction).frame["class"]
        assert found.to_dict() == on_map[found.index].to_dict()


def test_areas_without_a_figure_are_not_among_those_at_the_edge():
    layer = board()
    values = figures(layer)
    values["63"] = np.nan
    found = edge(values, queen(layer), outside_neighbours(layer, strip_beyond(0)))
    assert "63" not in found.frame.index
    assert "62" in found.frame.index
