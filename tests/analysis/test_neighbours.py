import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from libpysal.graph import Graph
from libpysal.weights import KNN, DistanceBand, Queen, Rook
from scipy import sparse

from kantong.analysis.neighbours import (
    Neighbours,
    alone,
    lost_links,
    nearest,
    queen,
    reach_m,
    rook,
    within,
    zone,
)
from kantong.geo.errors import BoundaryError
from tests.conftest import SOURCES

UTM = "EPSG:32749"
# The drawing in data/tutorial/README.md, read as a chessboard: the end of each kode.
TOUCHING = {
    "1001": "1002 1004 1005",
    "1002": "1001 1003 1004 1005 1006",
    "1003": "1002 1005 1006",
    "1004": "1001 1002 1005 1007 1008",
    "1005": "1001 1002 1003 1004 1006 1007 1008 1009",
    "1006": "1002 1003 1005 1008 1009",
    "1007": "1004 1005 1008",
    "1008": "1004 1005 1006 1007 1009",
    "1009": "1005 1006 1008",
}
# The same without those that meet at a corner only.
BORDERING = {
    "1001": "1002 1004",
    "1002": "1001 1003 1005",
    "1003": "1002 1006",
    "1004": "1001 1005 1007",
    "1005": "1002 1004 1006 1008",
    "1006": "1003 1005 1009",
    "1007": "1004 1008",
    "1008": "1005 1007 1009",
    "1009": "1006 1008",
}


def ends(neighbours):
    """Return the neighbours by the end of each kode, as the drawings have them."""
    return {
        kode[-4:]: " ".join(one[-4:] for one in neighbours.of(kode)) for kode in neighbours.kodes
    }


def pairs(neighbours):
    return {(kode, other) for kode in neighbours.kodes for other in neighbours.of(kode)}


def row(*lefts, width=1000.0):
    """Return squares side by side, named a, b, c ... (metres)."""
    squares = [shapely.box(left, 9_000_000, left + width, 9_000_000 + width) for left in lefts]
    kodes = [chr(97 + place) for place in range(len(lefts))]
    return gpd.GeoDataFrame({"kode": kodes}, geometry=squares, crs=UTM)


@pytest.fixture(scope="module")
def kemendagri():
    """The 57 polygons as they were published, each simplified on its own."""
    layer = gpd.read_file(SOURCES / "malang_kemendagri_2025.geojson")
    return layer.sort_values("kode", ignore_index=True)


# --- contiguity ------------------------------------------------------------------------------


@pytest.mark.parametrize("tolerance_m", [0, 5])
@pytest.mark.parametrize(("rule", "drawn"), [(queen, TOUCHING), (rook, BORDERING)])
def test_neighbours_are_those_of_the_drawing(nine, rule, drawn, tolerance_m):
    found = rule(nine, tolerance_m)
    assert ends(found) == drawn
    assert found.kodes == tuple(nine["kode"])


@pytest.mark.parametrize("layer", ["nine", "malang", "kemendagri"])
@pytest.mark.parametrize(("rule", "theirs"), [(queen, Queen), (rook, Rook)])
def test_strict_contiguity_agrees_with_libpysal(request, layer, rule, theirs):
    areas = request.getfixturevalue(layer)
    weights = theirs.from_dataframe(
        areas, ids=areas["kode"].tolist(), use_index=False, silence_warnings=True
    )
    expected = {(kode, other) for kode, near in weights.neighbors.items() for other in near}
    assert pairs(rule(areas, 0)) == expected


@pytest.mark.parametrize(("tolerance_m", "links"), [(0, 139), (1, 145), (5, 147)])
def test_a_tolerance_recovers_lost_links(kemendagri, tolerance_m, links):
    # facts/golden.md, conventions, 5
    assert queen(kemendagri, tolerance_m).links == links


@pytest.mark.parametrize("tolerance_m", [1, 5])
def test_a_tolerance_is_how_far_each_area_is_widened(kemendagri, tolerance_m):
    metric = kemendagri.to_crs(UTM)
    wide = metric.buffer(tolerance_m, quad_segs=64).to_numpy()
    expected = {
        (metric.kode[i], metric.kode[j])
        for i in range(len(wide))
        for j in range(len(wide))
        if i != j and wide[i].intersects(wide[j])
    }
    assert pairs(queen(kemendagri, tolerance_m)) == expected


def test_areas_that_meet_at_a_corner_share_no_border(malang):
    corners = pairs(queen(malang)) - pairs(rook(malang))
    metric = malang.to_crs(UTM).set_index("kode").geometry
    shared = [metric[one].buffer(10).intersection(metric[two].boundary) for one, two in corners]
    assert corners
    assert all(line.length < 40 for line in shared)


def test_neighbours_are_mutual_and_nobody_is_its_own(malang):
    for rule in (queen, rook):
        found = pairs(rule(malang))
        assert found == {(other, kode) for kode, other in found}
        assert not any(kode == other for kode, other in found)


def test_row_order_is_irrelevant(malang):
    mixed = malang.sample(frac=1, random_state=3)
    for rule in (queen, rook, lambda layer: nearest(layer, 4), lambda layer: within(layer, 2500)):
        assert pairs(rule(mixed)) == pairs(rule(malang))
        assert rule(mixed).kodes == tuple(mixed["kode"])


def test_an_area_without_neighbours_has_none_and_is_named():
    squares = shapely.box([0, 3, 1], [0, 0, 1], [1, 4, 2], [1, 1, 2])
    layer = gpd.GeoDataFrame({"kode": ["c", "b", "a", "d"]}, geometry=[*squares, None], crs=4326)
    found = queen(layer)
    assert [found.of(kode) for kode in "cbad"] == [("a",), (), ("c",), ()]
    assert alone(found) == ("b", "d")


@pytest.mark.parametrize("rule", [queen, rook, lambda layer: nearest(layer, 3), reach_m])
def test_a_layer_of_one_area_or_none_has_no_neighbours(nine, rule):
    for few in (nine.iloc[:0], nine.iloc[:1]):
        found = rule(few)
        assert found == 0 if rule is reach_m else not pairs(found)


@pytest.mark.parametrize("rule", [queen, rook, lost_links, reach_m, lambda one: nearest(one, 2)])
def test_a_layer_without_crs_is_refused(nine, rule):
    with pytest.raises(BoundaryError, match="has no CRS"):
        rule(nine.set_crs(None, allow_override=True))


@pytest.mark.parametrize(
    ("east", "north"), [(95.3, 5.5), (112.6, -7.97), (119.9, 0.5), (140.7, -2.5)]
)
def test_the_zone_is_the_one_that_geopandas_looks_up(east, north):
    square = shapely.box(east, north, east + 0.01, north + 0.01)
    layer = gpd.GeoDataFrame({"kode": ["a"]}, geometry=[square], crs=4326)
    assert zone(layer) == layer.estimate_utm_crs()
    metric = layer.to_crs(zone(layer))
    assert zone(metric) == metric.crs


# --- nearest and within ----------------------------------------------------------------------


def test_nearest_are_those_of_the_drawing():
    # Centres at 500, 1500, 3500, 6500.
    found = nearest(row(0, 1000, 3000, 6000), 2)
    assert [found.of(kode) for kode in "abcd"] == [("b", "c"), ("a", "c"), ("a", "b"), ("b", "c")]


@pytest.mark.parametrize("k", [3, 5, 6])
def test_of_equally_distant_areas_the_same_are_nearest_in_any_order(k):
    squares = [
        shapely.box(x, y, x + 1000, y + 1000)
        for x in range(0, 8000, 1000)
        for y in range(0, 8000, 1000)
    ]
    kodes = [f"{place:02}" for place in range(64)]
    grid = gpd.GeoDataFrame({"kode": kodes}, geometry=squares, crs=UTM)
    assert pairs(nearest(grid.sample(frac=1, random_state=4), k)) == pairs(nearest(grid, k))


def test_nearest_agree_with_libpysal(malang):
    metric = malang.to_crs(UTM)
    theirs = KNN.from_dataframe(
        metric.set_geometry(metric.centroid), ids=metric["kode"].tolist(), k=5
    )
    expected = {(kode, other) for kode, near in theirs.neighbors.items() for other in near}
    assert pairs(nearest(malang, 5)) == expected


def test_within_agrees_with_libpysal(malang):
    metric = malang.to_crs(UTM)
    centres = np.column_stack([metric.centroid.x, metric.centroid.y])
    theirs = DistanceBand(centres, 2500, ids=metric["kode"].tolist(), silence_warnings=True)
    expected = {(kode, other) for kode, near in theirs.neighbors.items() for other in near}
    assert pairs(within(malang, 2500)) == expected


def test_reach_leaves_nobody_alone(malang):
    reach = reach_m(malang)
    assert not alone(within(malang, reach))
    assert alone(within(malang, reach * 0.999999))


def test_more_nearest_than_areas_gives_all():
    assert ends_of_all(nearest(row(0, 1000, 3000), 99)) == ["bc", "ac", "ab"]


def test_areas_at_one_place_are_each_others_nearest():
    found = nearest(row(0, 0, 0, 9000), 2)
    assert all(kode not in found.of(kode) for kode in "abcd")
    assert set(found.cardinality) == {2}


def ends_of_all(found):
    return ["".join(found.of(kode)) for kode in found.kodes]


# --- boundary doctor -------------------------------------------------------------------------


def test_lost_links_are_those_with_a_gap():
    layer = row(0, 1003, 2003, 3020)
    found = lost_links(layer)
    assert found[["kode", "other"]].to_numpy().tolist() == [["a", "b"]]
    assert found["gap_m"].iloc[0] == pytest.approx(3, rel=1e-3)
    assert found.geometry.x.iloc[0] == pytest.approx(1001.5)
    assert found.crs == layer.crs


def test_lost_links_are_all_that_strict_contiguity_lacks(kemendagri):
    found = lost_links(kemendagri)
    lost = {(one, two) for one, two in zip(found["kode"], found["other"], strict=True)}
    both = pairs(queen(kemendagri)) - pairs(queen(kemendagri, 0))
    assert lost == {(one, two) for one, two in both if one < two}
    assert len(lost) == 147 - 139
    assert found.crs == kemendagri.crs


# --- the graph -------------------------------------------------------------------------------


@given(st.integers(1, 12).flatmap(lambda n: st.lists(st.integers(0, n - 1), unique=True)))
@settings(max_examples=50)
def test_what_is_taken_keeps_its_links(places):
    generator = np.random.default_rng(1)
    dense = np.triu(generator.random((12, 12)) < 0.4, k=1).astype(float)
    kodes = tuple("abcdefghijkl")
    whole = Neighbours(kodes, sparse.csr_array(dense + dense.T))
    chosen = [kodes[place] for place in places]
    part = whole.take(chosen)
    assert part.kodes == tuple(chosen)
    kept = {(one, two) for one, two in pairs(whole) if one in chosen and two in chosen}
    assert pairs(part) == kept
    assert part.links == len(kept) / 2


def test_unknown_areas_are_refused(nine):
    with pytest.raises(KeyError, match="0000"):
        queen(nine).of("0000")
    with pytest.raises(KeyError, match="0000"):
        queen(nine).take(["0000"])


def test_weights_are_those_of_a_graph_of_libpysal(malang):
    theirs = Graph.build_contiguity(malang.set_index("kode"), rook=False, strict=False)
    assert (abs(theirs.sparse - queen(malang, 0).weights)).sum() == 0


def test_a_link_in_one_direction_is_a_link():
    # a and b are each other's nearest; c is nearest to b, d to c, and neither is theirs.
    found = nearest(row(0, 1000, 2500, 6000), 1)
    assert {kode: found.of(kode) for kode in found.kodes} == {
        "a": ("b",), "b": ("a",), "c": ("b",), "d": ("c",)
    }  # fmt: skip
    assert found.links == 3
