import contextlib
import warnings

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from kantong.geo.errors import BoundaryError
from kantong.geo.sources import as_text, read_polygons, recognise, utm_of
from tests.conftest import SOURCES


def test_a_file_that_names_other_files_is_never_opened(tmp_path):
    """A .geojson with GDAL's VRT inside makes GDAL read any file and host it names."""
    path = tmp_path / "jebakan.geojson"
    path.write_text("<OGRVRTDataSource><SrcDataSource>/etc/hostname</SrcDataSource>", "utf-8")
    with pytest.raises(BoundaryError, match="its content is not what its name"):
        read_polygons(path)


def test_other_formats_are_refused_by_name(tmp_path):
    with pytest.raises(BoundaryError, match=r"Use GeoJSON, GeoPackage \(\.gpkg\)"):
        read_polygons(tmp_path / "batas.kml")


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(BoundaryError, match=r"hilang\.geojson: cannot be read"):
        read_polygons(tmp_path / "hilang.geojson")


def test_a_geopackage_with_two_layers_is_held(tmp_path):
    path = tmp_path / "dua.gpkg"
    frame = gpd.GeoDataFrame(geometry=[shapely.box(112, -8, 112.1, -7.9)], crs="EPSG:4326")
    frame.to_file(path, layer="kelurahan")
    frame.to_file(path, layer="kecamatan")
    with pytest.raises(BoundaryError, match=r"several layers .*kelurahan, kecamatan"):
        read_polygons(path)


def test_heights_are_dropped(tmp_path):
    path = tmp_path / "tinggi.gpkg"
    shape = shapely.force_3d(shapely.box(112, -8, 112.1, -7.9), 5.0)
    gpd.GeoDataFrame(geometry=[shape], crs="EPSG:4326").to_file(path)
    assert not read_polygons(path).geometry.has_z.any()


@pytest.mark.parametrize(
    ("file", "code", "name", "kecamatan", "kabupaten"),
    [
        ("malang_bps_2020", "village_code", "village", "district", "regency"),
        ("malang_kemendagri_2025", "kode", "nama", None, None),
        ("ring_kabupaten_malang_2025", "kode", "nama", "kecamatan", "kabupaten"),
    ],
)
def test_headings_of_known_publishers_are_recognised(file, code, name, kecamatan, kabupaten):
    frame = read_polygons(SOURCES / f"{file}.geojson")
    found = recognise(frame, file)
    assert (found.code, found.name) == (code, name)
    assert (found.kecamatan, found.kabupaten) == (kecamatan, kabupaten)


def test_codes_read_as_numbers_become_text_again():
    assert as_text(pd.Series([3573040010, 3573040011])).tolist() == ["3573040010", "3573040011"]
    assert as_text(pd.Series([3573040010.0, None])).tolist() == ["3573040010", ""]


@pytest.mark.parametrize(
    ("longitude", "latitude", "zone"),
    [(112.6, -7.98, 32749), (98.7, 3.6, 32647), (140.7, -2.5, 32754)],
)
def test_the_utm_zone_follows_the_place(longitude, latitude, zone):
    shape = shapely.box(longitude, latitude, longitude + 0.01, latitude + 0.01)
    assert utm_of(gpd.GeoDataFrame(geometry=[shape], crs="EPSG:4326")).to_epsg() == zone


def write_parquet(path, crs="EPSG:32749", shape=None):
    square = shapely.force_3d(shapely.box(600_000, 9_000_000, 601_000, 9_001_000), 5.0)
    shapes = [square if shape is None else shape, square]
    names = {"kode": ["99.01.01.1001", "99.01.01.1002"]}
    gpd.GeoDataFrame(names, geometry=shapes, crs=crs, index=[7, 8]).to_parquet(path)
    return path


def test_geoparquet_is_read_in_the_crs_it_states(tmp_path):
    found = read_polygons(write_parquet(tmp_path / "batas.parquet"))
    assert found.crs == "EPSG:32749"
    assert found["kode"].tolist() == ["99.01.01.1001", "99.01.01.1002"]
    assert found.index.tolist() == [0, 1]
    assert not found.geometry.has_z.any()
    assert found.geometry[0].bounds == (600_000, 9_000_000, 601_000, 9_001_000)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"crs": None}, r"states no coordinate system \(CRS\)"),
        ({"crs": "EPSG:4326"}, "2 areas lie outside Indonesia"),
        ({"shape": shapely.Point(600_000, 9_000_000)}, "holds Point .* at feature 1"),
        ({"shape": shapely.Polygon()}, "areas without a shape, at feature 1"),
    ],
)
def test_a_faulty_geoparquet_is_refused_as_other_formats_are(tmp_path, changes, message):
    path = write_parquet(tmp_path / "batas.parquet", **changes)
    with pytest.raises(BoundaryError, match=message):
        read_polygons(path)


def test_a_table_without_shapes_holds_no_areas(tmp_path):
    path = tmp_path / "tabel.parquet"
    pd.DataFrame({"kode": ["99.01.01.1001"]}).to_parquet(path)
    with pytest.raises(BoundaryError, match=r"tabel\.parquet: holds no areas"):
        read_polygons(path)


def test_an_empty_geoparquet_holds_no_areas(tmp_path):
    path = tmp_path / "kosong.parquet"
    gpd.GeoDataFrame(geometry=[], crs="EPSG:4326").to_parquet(path)
    with pytest.raises(BoundaryError, match="holds no areas"):
        read_polygons(path)


@pytest.mark.parametrize("cut", [5, 400, -8, -1])
def test_a_cut_off_geoparquet_is_called_damaged(tmp_path, cut):
    path = write_parquet(tmp_path / "batas.parquet")
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(BoundaryError, match="damaged or cut off"):
        read_polygons(path)


def test_a_shape_in_a_geoparquet_that_is_none_is_called_damaged(tmp_path):
    """The type of the first polygon (1003 in WKB, with heights) becomes one that is not known."""
    path = write_parquet(tmp_path / "batas.parquet")
    gpd.read_parquet(path).to_parquet(path, compression=None)
    content = path.read_bytes()
    assert b"\x01\xeb\x03\x00\x00" in content
    path.write_bytes(content.replace(b"\x01\xeb\x03\x00\x00", b"\x01\xff\x03\x00\x00", 1))
    with pytest.raises(BoundaryError, match="damaged or cut off"):
        read_polygons(path)


def test_broken_bytes_in_a_geoparquet_raise_nothing_else(tmp_path):
    path = write_parquet(tmp_path / "batas.parquet")
    whole = path.read_bytes()
    rng = np.random.default_rng(1)
    for place in rng.integers(4, len(whole), 200):
        path.write_bytes(whole[:place] + bytes([rng.integers(256)]) + whole[place + 1 :])
        with contextlib.suppress(BoundaryError), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            read_polygons(path)


def test_a_parquet_name_on_other_bytes_is_refused(tmp_path):
    path = tmp_path / "jebakan.parquet"
    path.write_text("<OGRVRTDataSource/>", "utf-8")
    with pytest.raises(BoundaryError, match=r"what its name \(\.parquet\) says"):
        read_polygons(path)
