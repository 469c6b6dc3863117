"""Points in kelurahan, against shapely one by one and against geopandas.sjoin."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from kantong.geo import points
from kantong.geo.errors import BoundaryError
from kantong.geo.points import OUTSIDE, Places


def layer_of(**shapes):
    return gpd.GeoDataFrame({"kode": list(shapes)}, geometry=list(shapes.values()), crs="EPSG:4326")


SQUARES = layer_of(b=shapely.box(1, 0, 2, 1), a=shapely.box(0, 0, 1, 1))


@pytest.mark.parametrize(
    ("x", "y", "kode"),
    [
        (0.5, 0.5, "a"), (1.5, 0.5, "b"),
        (1.0, 0.5, "a"),  # on the shared border: the lowest kode
        (2.0, 1.0, "b"), (0.0, 0.0, "a"),  # corners of the layer
        (2.1, 0.5, ""), (-5.0, 0.5, ""), (0.5, 7.0, ""),
        (float("nan"), 0.5, ""), (float("inf"), 0.5, ""), (0.5, float("-inf"), ""),
    ],
)  # fmt: skip
def test_a_point_belongs_to_the_area_it_touches(x, y, kode):
    assert Places(SQUARES).kodes(np.array([x]), np.array([y])).tolist() == [kode]


def test_a_hole_belongs_to_nobody_unless_somebody_fills_it():
    ring = shapely.box(0, 0, 3, 3) - shapely.box(1, 1, 2, 2)
    middle = np.array([1.5]), np.array([1.5])
    assert Places(layer_of(a=ring)).rows(*middle).tolist() == [OUTSIDE]
    filled = layer_of(a=ring, b=shapely.box(1, 1, 2, 2))
    assert Places(filled).kodes(*middle).tolist() == ["b"]


def test_no_points_are_no_trouble():
    assert len(Places(SQUARES).rows(np.array([]), np.array([]))) == 0


@pytest.mark.parametrize("crs", [None, "EPSG:32749"])
def test_another_coordinate_system_is_refused(crs):
    with pytest.raises(BoundaryError, match="EPSG:4326"):
        Places(SQUARES.set_crs(crs, allow_override=True))


def test_batches_do_not_show(monkeypatch, malang):
    west, south, east, north = malang.total_bounds
    generator = np.random.default_rng(3)
    x, y = generator.uniform(west, east, 1000), generator.uniform(south, north, 1000)
    whole = Places(malang).rows(x, y)
    monkeypatch.setattr(points, "BATCH", 7)
    assert np.array_equal(Places(malang).rows(x, y), whole)


def test_a_city_is_placed_as_sjoin_places_it(malang):
    west, south, east, north = malang.total_bounds
    generator = np.random.default_rng(2)
    x, y = generator.uniform(west, east, 20_000), generator.uniform(south, north, 20_000)
    corners = shapely.get_coordinates(malang.geometry.to_numpy())[::7]
    x, y = np.append(x, corners[:, 0]), np.append(y, corners[:, 1])
    frame = gpd.GeoDataFrame(geometry=gpd.points_from_xy(x, y, crs=malang.crs))
    joined = gpd.sjoin(frame, malang[["kode", "geometry"]], how="left", predicate="intersects")
    expected = joined["kode"].fillna("").groupby(level=0).min()
    assert Places(malang).kodes(x, y).tolist() == expected.tolist()


@given(st.lists(st.tuples(st.floats(-1, 4), st.floats(-1, 4)), max_size=20))
def test_every_point_is_placed_as_shapely_says(pairs):
    shapes = layer_of(
        a=shapely.Point(1, 1).buffer(1), b=shapely.box(1, 1, 3, 2), c=shapely.box(2, 0, 2.5, 3)
    )
    x = np.array([pair[0] for pair in pairs], dtype=float)
    y = np.array([pair[1] for pair in pairs], dtype=float)
    expected = [
        next((k for k, s in zip("abc", shapes.geometry, strict=True) if s.intersects(p)), "")
        for p in map(shapely.Point, pairs)
    ]
    assert Places(shapes).kodes(x, y).tolist() == expected
