"""Roads, rivers, landmarks and RW from a GeoPackage or an extract of OpenStreetMap."""

import geopandas as gpd
import numpy as np
import pyogrio
import pytest
import shapely

from kantong.geo.details import FILE, around, load_details, read_details, to_geopackage
from kantong.geo.errors import BoundaryError

# In Kauman: a main street, a lane, a river, a school; a bench and a road that is only proposed.
OSM = """<?xml version="1.0" encoding="UTF-8"?>
<osm version="0.6">
 <node id="1" lat="-7.9760" lon="112.6250"/>
 <node id="2" lat="-7.9760" lon="112.6290"/>
 <node id="3" lat="-7.9780" lon="112.6290"/>
 <node id="4" lat="-7.9770" lon="112.6270">
  <tag k="amenity" v="school"/><tag k="name" v="SDN Contoh &lt;1&gt;"/>
 </node>
 <node id="5" lat="-7.9771" lon="112.6271"><tag k="amenity" v="bench"/></node>
 <way id="10"><nd ref="1"/><nd ref="2"/>
  <tag k="highway" v="primary"/><tag k="name" v="Jalan Contoh"/></way>
 <way id="11"><nd ref="2"/><nd ref="3"/><tag k="highway" v="residential"/></way>
 <way id="12"><nd ref="1"/><nd ref="3"/>
  <tag k="waterway" v="river"/><tag k="name" v="Kali Contoh"/></way>
 <way id="13"><nd ref="1"/><nd ref="3"/><tag k="highway" v="proposed"/></way>
</osm>
"""


def osm(folder, text=OSM, name="kota.osm"):
    path = folder / name
    path.write_text(text, "utf-8")
    return path


def check(found):
    assert found.roads["nama"].tolist() == ["Jalan Contoh", ""]
    assert found.roads["kelas"].tolist() == [1, 3]
    assert found.rivers["nama"].tolist() == ["Kali Contoh"]


def test_an_extract_of_openstreetmap_is_read(tmp_path):
    found = read_details(osm(tmp_path))
    check(found)
    assert found.landmarks[["nama", "jenis"]].to_numpy().tolist() == [["SDN Contoh <1>", "sekolah"]]
    assert found.rws.empty


# --- the packed form, encoded by hand (OSM PBF: fileformat.proto, osmformat.proto) ----------------


def varint(value):
    out = bytearray()
    while True:
        out.append(value & 0x7F | (0x80 if value > 0x7F else 0))
        value >>= 7
        if not value:
            return bytes(out)


def zigzag(value):
    return varint(value << 1 if value >= 0 else (-value << 1) - 1)


def part(number, content):
    """A field with a length before it."""
    return varint(number << 3 | 2) + varint(len(content)) + content


def plain(number, content):
    """A field that is a number."""
    return varint(number << 3) + content


def blob(kind, content):
    body = part(1, content)
    head = part(1, kind) + plain(3, varint(len(body)))
    return len(head).to_bytes(4, "big") + head + body


def pbf():
    texts = [b"", b"highway", b"primary", b"name", b"Jalan Contoh", b"residential", b"waterway",
             b"river", b"Kali Contoh"]  # fmt: skip
    table = part(1, b"".join(part(1, one) for one in texts))
    places = {1: (-7.9760, 112.6250), 2: (-7.9760, 112.6290), 3: (-7.9780, 112.6290)}
    group = b"".join(
        part(1, plain(1, zigzag(number)) + plain(8, zigzag(round(lat * 1e7)))
             + plain(9, zigzag(round(lon * 1e7))))
        for number, (lat, lon) in places.items()
    )  # fmt: skip
    for number, keys, values, (first, last) in (
        (10, [1, 3], [2, 4], (1, 2)), (11, [1], [5], (2, 3)), (12, [6, 3], [7, 8], (1, 3)),
    ):  # fmt: skip
        tags = part(2, b"".join(map(varint, keys))) + part(3, b"".join(map(varint, values)))
        refs = part(8, zigzag(first) + zigzag(last - first))
        group += part(3, plain(1, varint(number)) + tags + refs)
    header = part(4, b"OsmSchema-V0.6")
    return blob(b"OSMHeader", header) + blob(b"OSMData", table + part(2, group))


def test_a_packed_extract_is_read_alike(tmp_path):
    path = tmp_path / "kota.osm.pbf"
    path.write_bytes(pbf())
    check(read_details(path))


# --- GeoPackages ----------------------------------------------------------------------------------


def line(*points):
    return shapely.LineString(points)


def write(path, **layers):
    for name, frame in layers.items():
        pyogrio.write_dataframe(frame, path, layer=name, append=path.exists())
    return path


def frame(crs="EPSG:4326", **columns):
    shapes = columns.pop("shapes")
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=crs)


HERE = line((112.625, -7.976), (112.629, -7.976))


def test_layers_and_columns_are_known_by_several_names(tmp_path):
    path = write(
        tmp_path / "a.gpkg",
        Roads=frame(NAME=["Jl. A", None], fclass=["tertiary", "service"], shapes=[HERE, HERE]),
        RW=frame(NO_RW=["RW 03", "x"], shapes=[HERE.buffer(0.001), HERE.buffer(0.002)]),
    )
    found = read_details(path)
    assert found.roads[["nama", "kelas"]].to_numpy().tolist() == [["Jl. A", 2], ["", 3]]
    assert found.rws["rw"].tolist() == ["3"]
    assert found.rivers.empty


@pytest.mark.parametrize(
    ("told", "number"),
    [
        ("RT 03 RW 05", "5"),
        ("RW.05 / RT.03", "5"),
        ("RT/RW 003/005", "5"),
        ("RW-05", "5"),
        ("RW IX", "9"),
        ("rw xiv Sukun", "14"),
        ("XL", "40"),
        ("Rukun Warga 2", "2"),
        ("Kelurahan 2, RW III", "3"),
        ("007", "7"),
        ("7.0", "7"),
        ("10", "10"),
    ],
)
def test_the_number_of_an_rw_is_read_as_offices_write_it(tmp_path, told, number):
    path = write(tmp_path / "a.gpkg", rw=frame(rw=[told], shapes=[HERE.buffer(0.001)]))
    assert read_details(path).rws["rw"].tolist() == [number]


@pytest.mark.parametrize("told", ["Mawar", "RW Cendana", "RW", "RT"])
def test_an_rw_without_a_number_is_not_drawn_and_the_file_is_not_said_to_lie_elsewhere(
    tmp_path, malang, told
):
    path = write(tmp_path / "a.gpkg", rw=frame(rw=[told], shapes=[HERE.buffer(0.001)]))
    with pytest.raises(BoundaryError, match="Nothing in the file can be drawn"):
        around(read_details(path), malang)


def test_a_border_that_crosses_itself_is_drawn(tmp_path, malang):
    """Of the bow tie, two triangles are left: half of the square around it."""
    tie = shapely.Polygon([(112.62, -7.98), (112.63, -7.97), (112.63, -7.98), (112.62, -7.97)])
    square = shapely.box(112.63, -7.98, 112.64, -7.97)
    path = write(
        tmp_path / "a.gpkg", rw=frame(rw=["1", "2"], shapes=[tie, square]),
        sungai=frame(nama=["Telaga"], shapes=[tie]),
    )  # fmt: skip
    kept = around(read_details(path), malang)
    areas = kept.rws.to_crs("EPSG:32749").area
    assert areas[0] == pytest.approx(areas[1] / 2, rel=1e-3)
    assert kept.rivers.is_valid.tolist() == [True]


def test_what_is_kept_is_what_lies_here_and_reads_back(tmp_path, malang):
    far = shapely.transform(HERE, lambda xy: xy + np.array([2, 0]))
    path = write(
        tmp_path / "a.gpkg", jalan=frame(nama=["Dekat", "Jauh"], kelas=[1, 1], shapes=[HERE, far])
    )
    kept = around(read_details(path), malang)
    assert kept.roads["nama"].tolist() == ["Dekat"]
    (tmp_path / FILE).write_bytes(to_geopackage(kept))
    again = load_details(tmp_path)
    assert again is not None
    assert again.roads["nama"].tolist() == ["Dekat"]
    assert again.roads["kelas"].tolist() == [1]
    assert again.counts() == {"jalan": 1, "sungai": 0, "tempat": 0, "rw": 0}


def test_a_folder_without_a_file_has_none(tmp_path):
    assert load_details(tmp_path) is None


def test_what_lies_elsewhere_is_refused(tmp_path, malang):
    far = shapely.transform(HERE, lambda xy: xy + np.array([2, 0]))
    path = write(tmp_path / "a.gpkg", jalan=frame(nama=["Jauh"], kelas=[1], shapes=[far]))
    with pytest.raises(BoundaryError, match="Nothing in the file lies in or around"):
        around(read_details(path), malang)


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.shp", b"x", "use a GeoPackage"),
        ("a.gpkg", b"<OGRVRTDataSource/>", "not what its name says"),
        ("a.osm", b'{"type":"FeatureCollection"}', "not what its name says"),
        ("a.osm.pbf", b"SQLite format 3\x00", "not what its name says"),
        ("a.osm", b"", "not what its name says"),
        ("a.gpkg", b"SQLite format 3\x00" + b"\x00" * 200, "damaged or cut off"),
        ("a.osm", OSM.encode()[:200], "damaged or cut off"),
        ("a.osm.pbf", pbf()[:60], "damaged or cut off"),
    ],
)
def test_files_that_cannot_be_used_are_refused(tmp_path, name, content, told):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(BoundaryError, match=told):
        read_details(path)


def test_a_missing_file_and_a_layer_without_crs_are_refused(tmp_path):
    with pytest.raises(BoundaryError, match="cannot be read"):
        read_details(tmp_path / "tidak.gpkg")
    with pytest.warns(UserWarning, match="'crs' was not provided"):
        bare = write(tmp_path / "b.gpkg", jalan=frame(crs=None, nama=["A"], shapes=[HERE]))
    with pytest.raises(BoundaryError, match="no coordinate system"):
        read_details(bare)
    other = write(tmp_path / "c.gpkg", pohon=frame(nama=["A"], shapes=[HERE]))
    with pytest.raises(BoundaryError, match="none of its layers"):
        read_details(other)
