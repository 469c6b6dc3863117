import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from kantong.geo import boundaries, coverage
from kantong.geo.errors import CodeError, DataError
from kantong.geo.levels import OVERVIEW_TOLERANCE_M, dissolve, region_of, step
from kantong.geo.schema import LAYER_COLUMNS

UTM = "EPSG:32749"


def rows_of_villages(kabupaten, kecamatan, villages):
    """A layer of so many kabupaten, kecamatan in each and villages in each, a row a kecamatan."""
    rows = [
        (f"35.{a:02}.{b:02}.{2000 + c}", f"Kabupaten {a}", f"Kecamatan {a}-{b}", f"Desa {c}", a, b)
        for a in range(1, kabupaten + 1)
        for b in range(1, kecamatan + 1)
        for c in range(1, villages + 1)
    ]
    columns = ["kode", "kabupaten", "kecamatan", "kelurahan", "a", "b"]
    frame = pd.DataFrame(rows, columns=columns)
    x = frame["kode"].str[-3:].astype(int) / 100 + 112
    y = (frame["a"] * kecamatan + frame["b"]) / 100 - 8
    shapes = shapely.set_precision(shapely.box(x, y, x + 0.01, y + 0.01), 1e-6)
    frame = frame.assign(kode_bps="3501010001", dapil="", area_km2=1.25)
    return gpd.GeoDataFrame(frame, geometry=shapes, crs="EPSG:4326")[list(LAYER_COLUMNS)]


@pytest.fixture(scope="module")
def province():
    return rows_of_villages(2, 16, 20)


def test_each_area_lies_in_the_regions_of_its_code(nine):
    assert region_of(nine, "kabupaten").unique().tolist() == ["99.01"]
    assert region_of(nine, "kecamatan").tolist() == ["99.01.01"] * 3 + ["99.01.02"] * 6
    assert region_of(nine, "dapil")["99.01.02.1004"] == "2"
    assert region_of(nine, "kelurahan").tolist() == nine["kode"].tolist()


def test_kecamatan_of_the_drawing(nine):
    """Lor is the northern row of three squares, Kidul the two rows below."""
    found = dissolve(nine, "kecamatan")
    assert tuple(found.columns) == LAYER_COLUMNS
    assert found.crs == "EPSG:4326"
    assert found["kode"].tolist() == ["99.01.01", "99.01.02"]
    assert found["kelurahan"].tolist() == found["kecamatan"].tolist() == ["Lor", "Kidul"]
    assert found["kabupaten"].tolist() == ["Kota Sembilan"] * 2
    assert found["dapil"].tolist() == ["1", "2"]
    assert found["kode_bps"].tolist() == ["", ""]
    assert found["area_km2"].tolist() == pytest.approx([3, 6], rel=2e-4)
    assert found.to_crs(UTM).area.tolist() == pytest.approx([3e6, 6e6], rel=2e-4)


def test_the_whole_city_of_the_drawing(nine):
    found = dissolve(nine, "kabupaten")
    assert found[["kode", "kelurahan", "kecamatan", "kabupaten", "dapil"]].iloc[0].tolist() == [
        "99.01",
        "Kota Sembilan",
        "",
        "Kota Sembilan",
        "",
    ]
    assert found.to_crs(UTM).area.tolist() == pytest.approx([9e6], rel=2e-4)


def test_dapil_have_outlines_and_areas_of_unknown_dapil_are_in_none(nine):
    partly = nine.assign(dapil=nine["dapil"].where(nine["kode"] != "99.01.01.1001", ""))
    found = dissolve(partly, "dapil")
    assert found["kode"].tolist() == found["kelurahan"].tolist() == ["1", "2"]
    assert found["area_km2"].tolist() == pytest.approx([2, 6], rel=2e-4)
    nowhere = dissolve(nine.assign(dapil=""), "dapil")
    assert (len(nowhere), tuple(nowhere.columns)) == (0, LAYER_COLUMNS)


def test_a_region_without_a_name_is_called_by_its_code(nine):
    assert dissolve(nine.assign(kabupaten=""), "kabupaten")["kelurahan"].tolist() == ["99.01"]


@pytest.mark.parametrize("kode", ["99.01.01.1001", "99.01.02.1009"])
def test_a_name_missing_in_one_area_is_taken_from_another(nine, kode):
    names = nine["kabupaten"].where(nine["kode"] != kode, "")
    assert dissolve(nine.assign(kabupaten=names), "kabupaten")["kelurahan"][0] == "Kota Sembilan"


@pytest.mark.parametrize("by", ["kecamatan", "dapil"])
def test_outlines_are_those_of_another_implementation(malang, by):
    ours = dissolve(malang, by)
    theirs = malang.dissolve(by=by).geometry
    names = ours["kelurahan"] if by == "kecamatan" else ours["kode"]
    for name, shape in zip(names, ours.geometry, strict=True):
        assert shapely.equals(shape, theirs[name]), name


def test_outlines_without_tolerance_lie_on_the_lines_of_the_areas(malang):
    ours = set(shapely.get_coordinates(dissolve(malang, "kecamatan").geometry.to_numpy()).flat)
    assert ours <= set(shapely.get_coordinates(malang.geometry.to_numpy()).flat)


def test_simplified_neighbours_keep_one_common_line(malang):
    exact = dissolve(malang, "kecamatan")
    found = dissolve(malang, "kecamatan", tolerance_m=OVERVIEW_TOLERANCE_M["kecamatan"])
    assert coverage.vertices(found.geometry) < coverage.vertices(exact.geometry) / 5
    assert shapely.coverage_is_valid(found.geometry.to_numpy())
    assert coverage.overlaps(found.geometry.to_crs(UTM)).count == 0
    assert coverage.gaps(found.geometry.to_crs(UTM)).count == 0
    coordinates = shapely.get_coordinates(found.geometry.to_numpy())
    assert np.abs(coordinates - coordinates.round(6)).max() < 1e-12


def test_the_tolerance_is_in_metres(malang):
    """No line moves further than a few times the tolerance from where it was."""
    exact, found = (dissolve(malang, "kabupaten", tolerance_m=metres) for metres in (0.0, 60.0))
    before, after = (frame.to_crs(UTM).geometry[0].boundary for frame in (exact, found))
    assert 10 < shapely.hausdorff_distance(before, after) < 600


@settings(deadline=None, max_examples=30)
@given(order=st.permutations(range(9)), by=st.sampled_from(["kabupaten", "kecamatan", "dapil"]))
def test_the_order_of_rows_changes_nothing_and_areas_add_up(nine, order, by):
    found = dissolve(nine.iloc[order], by)
    expected = dissolve(nine, by)
    assert found["kode"].tolist() == expected["kode"].tolist()
    assert found["area_km2"].sum() == pytest.approx(nine["area_km2"].sum(), abs=1e-5)
    assert shapely.equals(found.geometry.to_numpy(), expected.geometry.to_numpy()).all()


def test_areas_that_overlap_still_give_a_valid_coverage(nine):
    """A layer changed by hand: Anggrek reaches over a part of Dahlia."""
    shapes = nine.geometry.to_numpy().copy()
    shapes[0] = shapely.union(shapes[0], shapely.buffer(shapely.centroid(shapes[3]), 0.001))
    found = dissolve(nine.set_geometry(gpd.GeoSeries(shapes, crs=nine.crs)), "kecamatan")
    assert shapely.coverage_is_valid(found.geometry.to_numpy())


def test_a_dissolved_layer_is_written_as_one_of_kelurahan_is(nine):
    assert b'"kode":"99.01.02"' in boundaries.to_geojson(dissolve(nine, "kecamatan"))


def test_a_city_is_drawn_whole_whatever_the_region(nine):
    for region in ("", "99.01", "99.01.02"):
        found = step(nine, region)
        assert (found.level, len(found.areas), found.trail) == ("kelurahan", 9, ())


@pytest.mark.parametrize(
    ("region", "level", "areas", "trail"),
    [
        ("", "kabupaten", 640, ()),
        ("35.02", "kecamatan", 320, (("35.02", "Kabupaten 2"),)),
        (
            "35.02.16",
            "kelurahan",
            20,
            (("35.02", "Kabupaten 2"), ("35.02.16", "Kecamatan 2-16")),
        ),
    ],
)
def test_a_province_leads_down_to_the_kelurahan(province, region, level, areas, trail):
    found = step(province, region)
    assert (found.level, len(found.areas), found.trail) == (level, areas, trail)
    assert found.areas["kode"].str.startswith(region).all()
    assert found.areas.index.tolist() == list(range(areas))


def test_a_large_kabupaten_begins_with_its_kecamatan():
    found = step(rows_of_villages(1, 31, 20))
    assert (found.level, len(found.areas)) == ("kecamatan", 620)


@pytest.mark.parametrize(("villages", "level"), [(300, "kelurahan"), (301, "kabupaten")])
def test_six_hundred_areas_are_the_most_drawn_at_once(villages, level):
    assert step(rows_of_villages(2, 1, villages)).level == level


@pytest.mark.parametrize(
    "region",
    [
        "35",
        "35.",
        "35.2",
        "35.03",
        "35.01.17",
        "35.01.01.2001",
        "3501",
        " 35.01",
        "<b>",
        ".*",
        "\0",
    ],
)
def test_an_unknown_region_is_refused(province, region):
    with pytest.raises(CodeError, match="is no kabupaten, kota or kecamatan of this layer"):
        step(province, region)


def test_a_hostile_region_is_quoted_short_and_without_identity_numbers(province):
    with pytest.raises(DataError) as caught:
        step(province, "3573010101800001" + "x" * 500)
    told = str(caught.value)
    assert "3573010101800001" not in told
    assert len(told) < 150
