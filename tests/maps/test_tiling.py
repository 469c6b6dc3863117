"""Several pages for one area: together they show all of it, at the scale that was asked for."""

import itertools

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from kantong.maps.drawing import prepare
from kantong.maps.sheet import sheets
from kantong.maps.tiling import A3, A4, key_map, lay_out, map_sizes, tiles
from tests.maps.ground import read, strokes
from tests.maps.test_sheet import NOW, WORDS, page

ROOM_MM, OVERLAP_MM = 4, 12


@pytest.fixture(scope="module")
def ground(malang):
    return prepare(malang)


@pytest.fixture(scope="module")
def kodes(malang):
    return malang.set_index("kelurahan")["kode"]


def covered(pages):
    return shapely.union_all([shapely.box(*one.frame.extent) for one in pages])


@pytest.mark.parametrize("scale", [2_500, 5_000, 10_000, 50_000])
@pytest.mark.parametrize("paper", [A4, A3])
def test_the_pages_show_all_of_every_kelurahan(ground, scale, paper):
    for kode, area in ground.areas.items():
        pages = tiles(ground, kode, scale, paper)
        assert {one.frame.scale for one in pages} == {scale}
        assert {(one.frame.width_mm, one.frame.height_mm) for one in pages} <= set(map_sizes(paper))
        assert covered(pages).contains(area)
        assert all(shapely.box(*one.frame.extent).intersects(area) for one in pages)
        # The area keeps its room on every side.
        room = ROOM_MM * scale / 1000 - 1e-6
        for side, sign in ((0, -1), (1, -1), (2, 1), (3, 1)):
            reach = max(sign * one.frame.extent[side] for one in pages)
            assert reach >= sign * area.bounds[side] + room


def test_neighbouring_pages_overlap_by_twelve_millimetres(ground, kodes):
    pages = {one.tile: one.frame for one in tiles(ground, kodes["Merjosari"], 7_500)}
    metres = OVERLAP_MM * 7.5
    for left, right in (("A1", "B1"), ("B1", "C1"), ("B2", "C2")):
        assert pages[left].extent[2] - pages[right].extent[0] == pytest.approx(metres)
    for upper, lower in (("B1", "B2"), ("C1", "C2")):
        assert pages[lower].extent[3] - pages[upper].extent[1] == pytest.approx(metres)


def test_pages_are_named_from_the_north_west_and_empty_ones_left_out(ground, kodes):
    """The north-east of Merjosari's box is Tlogomas, the south-west lies outside the city."""
    pages = tiles(ground, kodes["Merjosari"], 7_500)
    names = [one.tile for one in pages]
    assert names == sorted(names, key=lambda name: (int(name[1:]), name[0]))
    for one, other in itertools.combinations(pages, 2):
        if one.tile[0] == other.tile[0]:
            assert (one.frame.north > other.frame.north) == (one.tile[1] < other.tile[1])
        if one.tile[1] == other.tile[1]:
            assert (one.frame.west < other.frame.west) == (one.tile[0] < other.tile[0])
    columns, rows = {name[0] for name in names}, {name[1] for name in names}
    assert len(names) < len(columns) * len(rows)


def test_where_one_page_is_enough_it_is_the_usual_one(ground, kodes):
    (alone,) = tiles(ground, kodes["Kauman"], 7_500)
    assert alone.tile == ""
    usual = lay_out(ground, kodes["Kauman"])
    assert alone.frame.extent == pytest.approx(usual.frame.extent)


@settings(max_examples=60)
@given(
    width=st.floats(10, 40_000), height=st.floats(10, 40_000),
    scale=st.sampled_from([2_500, 7_500, 25_000]),
)  # fmt: skip
def test_any_rectangle_is_covered(width, height, scale):
    box = shapely.box(680_000, 9_100_000, 680_000 + width, 9_100_000 + height)
    layer = gpd.GeoDataFrame({"kode": ["a"], "kelurahan": ["A"]}, geometry=[box], crs=32749)
    pages = tiles(prepare(layer), "a", scale)
    assert covered(pages).buffer(1e-3).contains(box)
    side = min(map_sizes(A4)[0]) - OVERLAP_MM
    assert len(pages) <= (width * 1000 / scale / side + 2) * (height * 1000 / scale / side + 2)


def test_the_key_map_marks_the_page_that_it_stands_on(ground, kodes):
    pages = tiles(ground, kodes["Merjosari"], 7_500)
    drawn, width = key_map(ground, kodes["Merjosari"], pages, "B2")
    tree = read(drawn)
    marked = [one for one in tree.iter() if one.get("stroke") == "#b3261e"]
    assert len(marked) == 1
    assert width <= 34
    written = [one.text for one in tree.iter("{http://www.w3.org/2000/svg}text")]
    assert sorted(written) == sorted(one.tile for one in pages)


def test_each_page_is_printed_at_the_scale_asked_for(ground, kodes):
    pages = tiles(ground, kodes["Merjosari"], 7_500)
    pdf = sheets(ground, [page(kodes["Merjosari"], scale=7_500)], WORDS, created=NOW)
    drawn = strokes(pdf, "#3b6ea5")
    assert len(drawn) == len(pages)
    for pieces in drawn:
        upright = sorted({round(x1, 3) for x1, _y1, x2, _y2 in pieces if abs(x1 - x2) < 0.01})
        assert np.diff(upright) == pytest.approx(250 / 7.5, abs=0.1)
