import itertools
import math
import re

import font_source_sans_pro
import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import ImageFont
from pyproj import Geod, Transformer

from kantong.maps import labels
from kantong.maps.drawing import (
    Frame,
    Ink,
    bar_data,
    convergence,
    draw,
    frame_around,
    prepare,
    round_scale,
    scale_bar,
)
from kantong.maps.svg import escape, swatch
from kantong.maps.thumbnail import shapes, thumbnail
from tests.maps.ground import EVIL, HATCH, SVG, context, read, rings, text_boxes, texts

KAUMAN = "35.73.02.1007"
UTM_49S = "EPSG:32749"
# 25 000 is the smallest scale that a sheet of Kota Malang needs.
ROUND = (2_500, 3_000, 4_000, 5_000, 7_500, 10_000, 12_500, 15_000, 20_000, 25_000)


@pytest.fixture(scope="module")
def ground(malang):
    return prepare(malang, context(), [malang.dissolve("kecamatan")])


def kode_of(layer, name):
    return layer.loc[layer["kelurahan"] == name, "kode"].item()


def area_paths(drawing):
    """Path data of the areas of a map without surroundings, in drawing order."""
    return [
        path.get("d")
        for path in read(drawing).iter(f"{SVG}path")
        if path.get("fill-rule") == "evenodd"
    ]


# --- true to scale -------------------------------------------------------------------------------


def test_a_square_of_one_kilometre_is_100_mm_wide_at_1_to_10_000(nine):
    ground = prepare(nine)
    kode = kode_of(nine, "Edelweis")
    frame = frame_around(ground.areas.loc[kode].bounds, 110, 110, margin_mm=1)
    assert frame.scale == 10_000
    (ring,) = rings(draw_only(ground, frame, kode))
    assert np.ptp(ring, axis=0) == pytest.approx([100, 100], abs=0.15)
    assert ring.min(axis=0) == pytest.approx([5, 5], abs=0.1)


def draw_only(ground, frame, kode):
    drawing = draw(ground, frame, Ink(chosen=kode, named=False)).svg
    heavy = [p for p in read(drawing).iter(f"{SVG}path") if p.get("stroke-width") == "0.55"]
    return heavy[0].get("d")


def test_every_corner_stands_where_pyproj_puts_it(malang):
    """Corners are projected one by one, with the zone written out."""
    ground = prepare(malang)
    frame = frame_around(ground.areas.loc[KAUMAN].bounds, 180, 190, margin_mm=4)
    (ring,) = rings(draw_only(ground, frame, KAUMAN))
    shape = malang.set_index("kode").geometry[KAUMAN]
    degrees = shapely.get_coordinates(shape.exterior)[:-1]
    east, north = Transformer.from_crs("EPSG:4326", UTM_49S, always_xy=True).transform(*degrees.T)
    west, _, _, top = frame.extent
    expected = np.column_stack([east - west, top - north]) * 1000 / 7_500
    assert frame.scale == 7_500
    assert ring == pytest.approx(expected, abs=0.0051)


def test_lengths_on_paper_are_lengths_on_the_ground(malang):
    """On the ellipsoid; UTM may be off by 4 in 10,000."""
    ground = prepare(malang)
    frame = frame_around(ground.bounds, 180, 190, margin_mm=2)
    paths = area_paths(draw(ground, frame, Ink(named=False)).svg)
    geod = Geod(ellps="WGS84")
    whole = np.vstack([ring for data in paths for ring in rings(data)])
    west, south, east, north = malang.total_bounds
    tall = geod.inv((west + east) / 2, south, (west + east) / 2, north)[2]
    assert np.ptp(whole[:, 1]) * frame.scale / 1000 == pytest.approx(tall, rel=0.002)


def test_the_middle_is_shown_at_the_largest_round_scale_that_fits():
    # 3000 m on 100 mm less twice 5 mm need 1 : 33 333; at 1 : 40 000 the frame is 4000 m wide.
    frame = frame_around((0, 0, 3000, 3000), 100, 100, margin_mm=5)
    assert frame.scale == 40_000
    assert frame.extent == pytest.approx((-500, -500, 3500, 3500))


@pytest.mark.parametrize(
    ("width_m", "height_m", "scale"),
    [
        (1600, 100, 10_000),  # exactly 160 mm
        (1601, 100, 12_500),  # 1 : 10 006
        (100, 900, 10_000),  # exactly 90 mm: the height decides
        (100, 1000, 12_500),  # 1 : 11 111
        (10, 10, 2_500),  # never larger than that
    ],
)
def test_the_side_that_needs_more_decides_the_scale(width_m, height_m, scale):
    assert frame_around((0, 0, width_m, height_m), 170, 100, margin_mm=5).scale == scale


@given(st.floats(min_value=1, max_value=25_000))
def test_no_larger_round_scale_would_fit(needed):
    assert round_scale(needed) == min(scale for scale in ROUND if scale >= needed)


def test_a_scale_bar_is_as_long_as_it_says():
    bar = scale_bar(7_500, 50)
    assert bar.part_mm * 7_500 / 1000 == pytest.approx(bar.part_m)
    assert bar.part_mm * bar.parts <= 50
    assert bar_data(bar, str)["labels"] == ["0", "50", "100", "150", "200 m"]
    assert bar_data(scale_bar(50_000, 100), str)["labels"] == ["0", "1", "2", "3", "4 km"]


# --- what is drawn -------------------------------------------------------------------------------


def test_areas_are_filled_by_their_code(nine):
    fills = {kode_of(nine, "Anggrek"): "#123456", kode_of(nine, "Bakung"): "url(#missing)"}
    drawing = draw(prepare(nine), city_frame(prepare(nine)), Ink(fills, HATCH))
    tree = read(drawing.svg)
    filled = [path.get("fill") for path in tree.iter(f"{SVG}path") if path.get("fill-rule")]
    # Under a pattern its ground, so that no seam between its tiles is seen.
    assert filled[:3] == ["#123456", "#e4e4e4", "url(#missing)"]
    assert len(set(filled[3:])) == 1
    (pattern,) = tree.iter(f"{SVG}pattern")
    assert pattern.get("patternTransform") == "scale(0.25)"


def city_frame(ground, width=132, height=150):
    return frame_around(ground.bounds, width, height, margin_mm=3, is_round=False)


def test_nothing_but_the_frame_is_seen(ground):
    frame = frame_around(ground.areas.loc[KAUMAN].bounds, 60, 60, margin_mm=4)
    tree = read(draw(ground, frame, Ink(grid_m=500)).svg)
    assert tree.get("viewBox") == "0 0 60 60"
    assert (tree.get("width"), tree.get("height")) == ("60mm", "60mm")
    (clip,) = tree.iter(f"{SVG}clipPath")
    assert (clip[0].get("width"), clip[0].get("height")) == ("60", "60")
    assert f"url(#{clip.get('id')})" in [group.get("clip-path") for group in tree.iter(f"{SVG}g")]
    drawn = [ring for path in tree.iter(f"{SVG}path") if "H" not in path.get("d")
             for ring in rings(path.get("d"))]  # fmt: skip
    everything = np.vstack(drawn)
    assert everything.min() >= -4.01
    assert everything.max() <= 64.01


def test_surroundings_and_outlines_are_drawn_apart_from_the_areas(malang, ground):
    plain = prepare(malang)
    frame = city_frame(plain)
    bare, full = (read(draw(one, frame, Ink(named=False)).svg) for one in (plain, ground))
    count = [len(list(tree.iter(f"{SVG}path"))) for tree in (bare, full)]
    seen = context().to_crs(UTM_49S).intersects(shapely.box(*frame.extent)).sum()
    assert count == [57, 57 + seen + 1]


def test_a_city_without_surroundings_is_drawn(nine):
    tree = read(draw(prepare(nine), city_frame(prepare(nine)), Ink()).svg)
    assert sorted(name for name, _ in texts(tree)) == sorted(nine["kelurahan"])


def test_surroundings_without_names_are_drawn(nine):
    ground = prepare(nine, nine[["geometry"]].set_geometry(nine.geometry.translate(0.03)))
    wide = frame_around(ground.bounds, 200, 200, margin_mm=50, is_round=False)
    tree = read(draw(ground, wide, Ink()).svg)
    assert len(list(tree.iter(f"{SVG}path"))) > 9
    assert len(texts(tree)) == 9


def test_names_of_the_surroundings_stand_only_where_they_fit(nine):
    east, slim = nine.geometry.translate(0.03), {"xfact": 0.17, "yfact": 1}
    narrow = nine.set_geometry(east.scale(**slim)).assign(kelurahan="Luar")
    both = gpd.GeoDataFrame(pd.concat([narrow, nine.set_geometry(nine.translate(-0.03))]))
    ground = prepare(nine, both)
    wide = frame_around(ground.bounds, 200, 200, margin_mm=70, is_round=False)
    written = [name for name, _ in texts(read(draw(ground, wide, Ink(sizes_mm=(3, 2.2))).svg))]
    assert "Luar" not in written
    assert written.count("Cempaka") == 2


def test_an_unknown_chosen_area_is_an_error(nine):
    with pytest.raises(KeyError):
        draw(prepare(nine), city_frame(prepare(nine)), Ink(chosen="99.99.99.9999"))


def test_grid_lines_stand_on_round_coordinates(nine):
    frame = Frame(west=679_900, north=9_000_150, width_mm=100, height_mm=100, scale=10_000)
    tree = read(draw(prepare(nine), frame, Ink(grid_m=500, named=False)).svg)
    (grid,) = [path.get("d") for path in tree.iter(f"{SVG}path") if "H100" in path.get("d")]
    # 680 000 is 100 m, at 1 : 10 000 10 mm, east of the left edge; 9 000 000 is 15 mm down.
    assert grid == "M10,0V100M60,0V100M0,65H100M0,15H100"


def test_hostile_names_stay_text(nine):
    hostile = nine.assign(kelurahan=(EVIL * 3)[:9])
    around = nine.set_geometry(nine.geometry.translate(0.027)).assign(kelurahan=EVIL[1])
    fills = {nine["kode"][0]: '"/><script>alert(1)</script>'}
    ground = prepare(hostile, around)
    big = frame_around(ground.bounds, 900, 900, margin_mm=200, is_round=False)
    tree = read(draw(ground, big, Ink(fills, chosen=nine["kode"][4], is_portrait=True)).svg)
    allowed = {"svg", "g", "path", "rect", "clipPath", "text", "tspan"}
    assert {element.tag.removeprefix(SVG) for element in tree.iter()} <= allowed
    written = {name.casefold() for name, _ in texts(tree)}
    assert {name.casefold().replace("\x07", "\ufffd") for name in EVIL} <= written


def test_the_same_ground_gives_the_same_drawing(malang, ground):
    again = prepare(malang, context(), [malang.dissolve("kecamatan")])
    ink = Ink(chosen=KAUMAN, grid_m=1000)
    assert draw(ground, city_frame(ground), ink) == draw(again, city_frame(again), ink)


# --- names ---------------------------------------------------------------------------------------


def test_every_kelurahan_is_named_and_no_name_lies_on_another(malang, ground):
    ink = Ink(sizes_mm=(2.2, 1.95, 1.7))
    tree = read(draw(ground, city_frame(ground), ink).svg)
    assert set(malang["kelurahan"]) <= {name for name, _ in texts(tree)}
    boxes = list(text_boxes(tree))
    for (one, first), (other, second) in itertools.combinations(boxes, 2):
        shared = shapely.box(*first).intersection(shapely.box(*second)).area
        assert shared == 0, f"{one} lies on {other}"


@pytest.mark.parametrize("chosen", ["Kauman", "Merjosari", "Bakalankrajan"])
def test_names_on_a_sheet_stay_inside_their_areas(malang, ground, chosen):
    kode = kode_of(malang, chosen)
    frame = frame_around(ground.areas.loc[kode].bounds, 181, 195, margin_mm=4)
    ink = Ink(chosen=kode, is_portrait=True)
    tree = read(draw(ground, frame, ink).svg)
    names = [*malang["kelurahan"], *ground.context_names]
    areas = [*ground.areas, *ground.context]
    by_capitals = {name.upper(): area for name, area in zip(names, areas, strict=True)}
    assert chosen.upper() in [name for name, _ in texts(tree)]
    for name, element in texts(tree):
        for _, box in (found for found in text_boxes(tree) if found[0] in name):
            paper = frame.project(by_capitals[name.upper()])
            assert paper.buffer(0.01).contains(shapely.box(*box)), element


def test_no_name_stands_where_the_north_arrow_is(nine):
    ground = prepare(nine)
    frame = city_frame(ground)
    (box,) = [
        box for name, box in text_boxes(read(draw(ground, frame, Ink()).svg)) if name == "Bakung"
    ]
    around = (box[0] - 1, box[1] - 1, box[2] + 1, box[3] + 1)
    moved = dict(text_boxes(read(draw(ground, frame, Ink(kept_free=(around,))).svg)))
    assert not shapely.box(*moved["Bakung"]).intersects(shapely.box(*around))


@pytest.mark.parametrize(("face", "written"), [("Semibold", str), ("Bold", str.upper)])
def test_no_name_is_wider_than_reckoned(malang, face, written):
    file = f"{font_source_sans_pro.font_directory}/SourceSansPro-{face}.ttf"
    font = ImageFont.truetype(file, 1000)
    for name in map(written, [*malang["kelurahan"], *context()["kelurahan"]]):
        assert font.getlength(name) / 1000 <= labels.width_em(name), name


@given(st.text())
def test_any_text_can_be_written(text):
    tree = read(f'<a b="{escape(text)}">{escape(text)}</a>')
    if not re.search("[^\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", text):
        assert (tree.text or "") == text


def test_a_long_name_is_broken_in_two():
    wish = labels.Wish("Oro-oro Dowo", shapely.box(0, 0, 12, 12), (2.0,), "")
    (label,) = labels.place([wish], ())
    assert label.lines == ("Oro-oro", "Dowo")


def test_a_name_without_room_is_left_out_where_it_must_fit():
    narrow = shapely.box(0, 0, 4, 30)
    assert labels.place([labels.Wish("Bandungrejosari", narrow, (2.0,), "")], ()) == []
    free = labels.Wish("Bandungrejosari", shapely.box(0, 0, 12, 30), (2.0,), "", must_fit=False)
    assert len(labels.place([free], ())) == 1


@pytest.mark.parametrize("shape", [shapely.Polygon(), shapely.LineString([(0, 0), (9, 9)])])
def test_nothing_is_written_where_there_is_no_area(shape):
    assert labels.place([labels.Wish("Kauman", shape, (2.0,), "")], ()) == []


@settings(deadline=None)
@given(
    corners=st.lists(
        st.tuples(st.integers(0, 80), st.integers(0, 80), st.integers(2, 40), st.integers(2, 40)),
        min_size=1,
        max_size=12,
    )
)
def test_labels_never_collide(corners):
    areas = [shapely.box(x, y, x + width, y + height) for x, y, width, height in corners]
    wishes = [labels.Wish("Merjosari", area, (3.0, 2.2), "") for area in areas]
    placed = labels.place(wishes, [(0, 0, 10, 10)])
    boxes = [
        shapely.box(one.x - 2 * em, one.y - 0.4 * em, one.x + 2 * em, one.y + 0.4 * em)
        for one in placed
        for em in [one.size_mm]
    ]
    boxes.append(shapely.box(0, 0, 10, 10))
    assert all(a.intersection(b).area == 0 for a, b in itertools.combinations(boxes, 2))


# --- small maps ----------------------------------------------------------------------------------


def test_a_small_map_of_57_areas_is_light_and_has_no_gaps(ground):
    small = shapes(ground, 190, 210)
    picture = thumbnail(small, dict.fromkeys(ground.names, "#fd6830"))
    assert len(picture.encode()) < 40_000
    areas = [shapely.make_valid(shapely.union_all([shapely.Polygon(r) for r in rings(data)]))
             for data in small.paths.values()]  # fmt: skip
    assert len(areas) == 57
    whole = shapely.union_all(areas)
    assert sum(area.area for area in areas) == pytest.approx(whole.area, rel=1e-3)
    width, height = (float(side) for side in read(picture).get("viewBox").split()[2:])
    left, top, right, bottom = whole.bounds
    assert 0 <= left < right <= width <= 190
    assert 0 <= top < bottom <= height <= 210


def test_small_maps_of_a_series_differ_by_their_fills_alone(nine):
    small = shapes(prepare(nine), 100, 100)
    first, second = (
        thumbnail(small, dict.fromkeys(nine["kode"], c)) for c in ("#111111", "#eeeeee")
    )
    assert first != second
    assert first.replace("#111111", "#eeeeee") == second


def test_the_chosen_area_of_a_small_map_has_a_heavy_outline(nine):
    small = shapes(prepare(nine), 100, 100)
    kode = kode_of(nine, "Edelweis")
    plain, chosen = thumbnail(small, {}), thumbnail(small, {}, chosen=kode)
    assert chosen.count(small.paths[kode]) == plain.count(small.paths[kode]) + 2


def test_a_hostile_fill_of_a_small_map_stays_a_value(nine):
    small = shapes(prepare(nine), 100, 100)
    tree = read(thumbnail(small, {nine["kode"][0]: '"><script>alert(1)</script>'}))
    assert not list(tree.iter(f"{SVG}script"))


def test_a_legend_box_shows_its_pattern():
    tree = read(swatch("url(#missing)", HATCH))
    assert [rect.get("fill") for rect in tree.iter(f"{SVG}rect")][-1] == "url(#missing)"
    assert len(list(tree.iter(f"{SVG}pattern"))) == 1


@pytest.mark.parametrize(("longitude", "latitude"), [(112.63, -7.98), (109.2, -7.4), (99.1, 3.6)])
def test_true_north_is_where_the_meridian_leads(longitude, latitude):
    """Against a step along the meridian; east of the grid in Malang, as south and east of 111°."""
    square = gpd.GeoSeries([shapely.Point(longitude, latitude).buffer(0.01)], crs=4326)
    layer = gpd.GeoDataFrame({"kode": ["a"], "kelurahan": ["A"]}, geometry=square)
    ground = prepare(layer)
    to_metres = Transformer.from_crs(4326, ground.crs, always_xy=True)
    (x1, y1), (x2, y2) = (to_metres.transform(longitude, latitude + step) for step in (0, 0.001))
    assert convergence(ground) == pytest.approx(
        math.degrees(math.atan2(x2 - x1, y2 - y1)), abs=1e-3
    )


def test_many_areas_are_one_in_a_thumbnail(nine):
    """Each page of a province's atlas would hold all its villages."""
    squares = [
        shapely.box(680_000 + 100 * x, 9_100_000 + 100 * y, 680_100 + 100 * x, 9_100_100 + 100 * y)
        for x in range(15) for y in range(15)
    ]  # fmt: skip
    kodes = [f"{place:03}" for place in range(len(squares))]
    columns = {"kode": kodes, "kelurahan": kodes}
    many = prepare(gpd.GeoDataFrame(columns, geometry=squares, crs=UTM_49S))
    fills = dict.fromkeys(kodes, "#00ffff")
    tree = read(thumbnail(shapes(many, 34, 40, unit="mm"), fills, chosen="007"))
    assert len([one for one in tree.iter() if one.get("fill") == "#00ffff"]) == 1
    few = read(
        thumbnail(shapes(prepare(nine), 34, 40, unit="mm"), dict.fromkeys(nine["kode"], "#00ffff"))
    )
    assert len([one for one in few.iter() if one.get("fill") == "#00ffff"]) == 9
