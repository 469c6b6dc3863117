# ruff: noqa: S608 - the databases are the tests' own
import datetime as dt
import io
import json
import socket
import sqlite3
import struct
import zipfile
from contextlib import closing

import geopandas as gpd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from kantong.geo.errors import TableError
from kantong.intake import cells, layer, textfile
from kantong.intake.cells import clean
from kantong.intake.grid import MOST_COLUMNS, Grid, Merged
from kantong.intake.readers import read
from kantong.intake.sandbox import read as read_in_child
from tests.intake import hostile
from tests.intake.hostile import HEADING, PLACES, ROWS, geopackage, ods, ods_row, text_table, xlsx


@pytest.fixture(autouse=True)
def _nothing_stays_on_disk(tmp_path_factory, monkeypatch):
    folder = tmp_path_factory.mktemp("temporary")
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    yield
    assert list(folder.iterdir()) == []


@pytest.fixture(scope="module")
def listener():
    """Yield the port of a socket that listens, and at the end check that nobody called."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]
        server.settimeout(0.1)
        with pytest.raises(TimeoutError):
            server.accept()


def only(content, name="data.csv"):
    (grid,) = read(content, name)
    return grid


def refused(content, message, name="data.csv"):
    """Check that a file is refused, here and in the child, with the same words."""
    with pytest.raises(TableError, match=message) as caught:
        read_in_child(content, name)
    assert name in str(caught.value)
    assert "root:" not in str(caught.value)
    with pytest.raises(TableError) as here:
        read(content, name)
    assert str(here.value) == str(caught.value)


# The same table, whatever keeps it.

AS_TEXT = (HEADING, *(tuple(hostile.written(cell) or None for cell in line) for line in ROWS))
WITH_NUMBERS = (HEADING, *ROWS)


@pytest.mark.parametrize(
    "content",
    [
        text_table(","),
        text_table(";"),
        text_table("\t"),
        text_table("|"),
        text_table(";", "utf-8-sig"),
        text_table(";", "utf-16"),
        b"\xfe\xff" + text_table("\t", "utf-16-be"),
        text_table(",", "cp1252"),
        b"sep=;\r\n" + text_table(";"),
        text_table(",").replace(b"\r\n", b"\r"),
        text_table(",").replace(b"\r\n", b"\n"),
        text_table(",").replace("É".encode(), "E\u0301".encode()),
    ],
)
@pytest.mark.parametrize("name", ["data.csv", "data.tsv", "data.txt", "data.xls", "data"])
def test_text_tables_say_the_same(content, name):
    grid = only(content, name)
    above = 1 if content.startswith(b"sep=") else 0
    assert grid == Grid("", AS_TEXT, tuple(range(1 + above, 5 + above)))


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (xlsx(), "data.xlsx"),
        (xlsx(), "data.xls"),
        (ods(), "data.ods"),
        (hostile.xls(), "data.xls"),
    ],
)
def test_workbooks_say_the_same(content, name):
    assert read_in_child(content, name) == (Grid("Data", WITH_NUMBERS, (1, 2, 3, 4)),)


@pytest.mark.parametrize(
    ("content", "name", "title"),
    [
        (hostile.geojson(), "data.geojson", ""),
        (hostile.geojson(name="data"), "data.json", "data"),
        (hostile.geojson().decode().encode("utf-16"), "data.geojson", ""),
        (geopackage(), "data.gpkg", "data"),
        (geopackage(hostile.SPATIAL_INDEX), "data.gpkg", "data"),
    ],
)
def test_layers_say_the_same_and_where(content, name, title):
    grid = Grid(title, WITH_NUMBERS, (0, 1, 2, 3), points=(None, *PLACES))
    assert read_in_child(content, name) == (grid,)


# Text.


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ("a,b\n1,2\n", ","),
        ("a;b\n1,5;2,5\n1,5;2,5\n", ";"),
        ("Data miskin, Kota X, 2025\n\na;b;c\n1;2;3\n", ";"),
        ("a\tb\n1,5\t2;5\n", "\t"),
        ("a|b\n1|2\n", "|"),
        ("nama;jumlah\nA;1,5\nB;2,5\n", ";"),
        ('a,b\n"x;y;z",2\n"x;y;z",2\n', ","),
        ("only\none\ncolumn\n", ","),
        ("a;b;c\n" * 300 + "a,b\n" * 1000, ";"),
    ],
)
def test_delimiters_are_found(text, delimiter):
    assert textfile.find_delimiter(text) == delimiter


def test_lines_are_those_on_which_rows_begin():
    grid = only(b'a,b\r\n\r\n"x\r\ny",1\r\n,\r\nz,2\r\n')
    assert grid.rows == (("a", "b"), ("x\r\ny", "1"), ("z", "2"))
    assert grid.lines == (1, 3, 6)


def test_short_lines_are_padded_and_long_ones_keep_their_cells():
    grid = only(b"a,b,c\n1\n1,2,3,4,5\n1,2,3,,\n")
    assert grid.rows[1] == ("1", None, None, None, None)
    assert grid.rows[2] == ("1", "2", "3", "4", "5")


def test_text_is_stripped_and_nothing_is_guessed():
    grid = only("kode,n,x\n 0012 ,1.234,\xa01e5\xa0\n".encode())
    assert grid.rows[1] == ("0012", "1.234", "1e5")
    # A mark of the byte order can stand before a space, within a cell that was pasted.
    assert clean("\ufeff foo") == clean(" \ufeff foo \ufeff ") == "foo"
    assert clean("\ufeff ") is None


def test_formulas_in_text_stay_text():
    grid = only(b'a,b\n"=HYPERLINK(""http://x"")",+1\n@cmd,-2\n')
    assert grid.rows[1:] == (('=HYPERLINK("http://x")', "+1"), ("@cmd", "-2"))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", r"data\.csv: is empty"),
        (b" \r\n\t\n", "is empty"),
        (b",,,\n,,\n", "holds no cells"),
        (b"a,b\n1,2\n3,\x004\n", "line 3: holds bytes that are no text"),
        ("a,b\n1,\x00".encode("utf-16"), "line 2: holds bytes that are no text"),
        ("a,b\n".encode("utf-32"), "line 1: holds bytes that are no text"),
        ("a\n\xe9\n".encode() + b"\xe9\n", "line 3: holds characters in another encoding"),
        ("\ufeffa\nb\n".encode() + b"\xe9\n", "line 3: holds characters in another encoding"),
        (b"a\r\xe9\r\x81", "line 3: holds characters in another encoding"),
        (b"a\nb\xc3\xa9\nc\xc3", "line 3: holds characters in another encoding"),
        (b"\xff\xfea\0b", "UTF-16 that is cut off"),
        (b'a,b\n1,2\n"3,4\n5,6\n', "line 3: a quotation mark is not closed"),
        (b'a,b\n"3"4,5\n', "line 2: a quotation mark"),
        (b"a,b\n" + b"x" * 40_000 + b",1\n", "line 2: has a cell of more than 32767 characters"),
        (b"a\n" + b",".join([b"1"] * 500), "line 2: has 500 columns.*300 at most"),
        (b"1,2\n" * 100_001, "line 100001: has more than 100000 rows"),
        (b",".join([b"1"] * 300) + b"\n" + b"1\n" * 10_000, "has more than 3000000 cells"),
    ],
    ids=range(17),
)
def test_broken_text_is_refused_with_its_line(content, message):
    refused(content, message)


def test_wide_text_within_the_caps_is_read():
    assert len(only(b",".join([b"1"] * MOST_COLUMNS)).rows[0]) == MOST_COLUMNS


WORDS = st.text(st.characters(codec="utf-8", exclude_characters='\0"\r\n,;|\t'), min_size=1).filter(
    lambda word: word.strip().strip("\ufeff")
)


@given(st.lists(st.tuples(WORDS, WORDS, WORDS), min_size=1), st.sampled_from(",;\t|"))
def test_no_cell_of_a_text_table_is_lost(table, delimiter):
    # A heading that cannot be taken for a page or for JSON.
    table = [("kode", "nama", "n"), *table]
    content = "\n".join(delimiter.join(line) for line in table).encode()
    grid = only(content)
    assert grid.rows == tuple(tuple(cells.clean(word) for word in line) for line in table)
    assert grid.lines == tuple(range(1, len(table) + 1))


# What is not what its name says.


@pytest.mark.parametrize(
    ("content", "name", "message"),
    [
        (b"%PDF-1.7\n\0\0", "laporan.xlsx", "is of the format PDF, whatever its name says"),
        (b"%PDF-1.7\n", "laporan.csv", "is of the format PDF"),
        (b"\x89PNG\r\n\x1a\n\0", "peta.gpkg", "is of the format PNG"),
        (b"<html><table><tr><td>1", "data.xls", r"is a web page \(HTML\)"),
        (b"\xef\xbb\xbf\r\n<!DOCTYPE html>", "data.xls", r"is a web page \(HTML\)"),
        ("<table>".encode("utf-16"), "data.xls", r"is a web page \(HTML\)"),
        (b'<?xml version="1.0"?><Workbook/>', "data.xls", "is of the format XML"),
        (hostile.zipped({"word/document.xml": ""}), "data.xlsx", "is of the format DOCX"),
        (hostile.zipped({"xl/workbook.bin": ""}), "data.xlsx", "is of the format XLSB"),
        (hostile.zipped({"data.csv": "a,b"}), "data.csv", "is of the format ZIP"),
        (hostile.zipped({}), "data.xlsx", "is of the format ZIP"),
        (b"a,b\n1,2\n", "data.xlsx", "is no XLSX file, whatever its name says"),
        (b"a,b\n1,2\n", "data.gpkg", "is no GeoPackage file"),
        (hostile.compound_file("WordDocument", b""), "data.xls", "is of the format OLE2"),
    ],
)
def test_another_format_is_named(content, name, message):
    refused(content, message, name)


# Layers that would lead GDAL elsewhere.


@pytest.mark.parametrize("name", ["data.geojson", "data.json", "data.gpkg", "data.csv", "data.xls"])
@pytest.mark.parametrize("kind", ["vrt", "vrt_host", "wfs", "gml"])
def test_what_gdal_would_follow_is_refused(kind, name, listener):
    host = f"http://127.0.0.1:{listener}/x"
    content = {
        "vrt": hostile.vrt("/etc/passwd"),
        "vrt_host": hostile.vrt(f"/vsicurl/{host}"),
        "wfs": hostile.wfs(host),
        "gml": hostile.GML,
    }[kind]
    refused(content, "is of the format XML", name)


@pytest.mark.parametrize("path", ["/vsicurl/http://127.0.0.1:{port}/x.geojson", "/etc/passwd"])
def test_a_path_in_place_of_a_layer_is_refused(path, listener):
    content = path.format(port=listener).encode()
    refused(content, "is no GeoJSON file", "data.geojson")
    assert only(content).rows == ((content.decode(),),)


@pytest.mark.parametrize(
    "crs",
    [
        {"type": "link", "properties": {"href": "http://127.0.0.1:{port}/crs", "type": "proj4"}},
        {"type": "name", "properties": {"name": "/etc/passwd"}},
        {"type": "name", "properties": {"name": "+proj=longlat +nadgrids=/etc/passwd"}},
        {"type": "name", "properties": {"name": "EPSG:999999"}},
        {"type": "name"},
        "/etc/passwd",
    ],
)
def test_a_layer_of_unknown_coordinates_has_no_places(crs, listener):
    crs = json.loads(json.dumps(crs).replace("{port}", str(listener)))
    content = hostile.geojson(crs=crs)
    (grid,) = read_in_child(content, "data.geojson")
    assert grid.points == ()
    assert grid.rows == WITH_NUMBERS


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{", "line 1: is no valid GeoJSON"),
        (hostile.geojson()[:-20], "is no valid GeoJSON, or is cut off"),
        (b'{"type": "Topology"}', "holds no features of GeoJSON"),
        (b'{"type": "FeatureCollection", "features": [1]}', "holds no features of GeoJSON"),
        (b'{"type": "FeatureCollection", "features": []}', "holds no cells"),
        (b'{"type": "FeatureCollection", "features": {}}', "holds no features"),
        (b'{"a":' * 100_000, "is cut off or damaged"),
        (b'{"a": NaN}', "is cut off or damaged"),
        (b'{"a": "\xe9"}', "is cut off or damaged"),
    ],
)
def test_broken_geojson_is_refused(content, message):
    refused(content, message, "data.geojson")


def feature(properties, geometry=None, **members):
    return {"type": "Feature", "properties": properties, "geometry": geometry, **members}


def collection(*features, **members):
    return json.dumps({"type": "FeatureCollection", "features": features} | members).encode()


def test_values_of_geojson_become_cells():
    grid = only(
        b'{"type": "Feature", "id": "a1", "geometry": null, "properties": {"n": 7, "t": true, '
        b'"none": null, "list": [1, {"a": "\\u00e9"}], "big": 1e999, "long": '
        + b"9" * 5000
        + b', "half": "x\\ud800", "nul": "x\\u0000"}}',
        "data.geojson",
    )
    assert dict(zip(*grid.rows, strict=True)) == {
        "id": "a1",
        "n": 7.0,
        "t": True,
        "none": None,
        "list": '[1.0, {"a": "é"}]',
        "big": "inf",
        "long": "inf",
        "half": "x\ufffd",
        "nul": "x\ufffd",
    }


def test_features_of_different_attributes_share_one_heading():
    grid = only(collection(feature({"a": "x"}), feature({"b": "y"}), feature(None)), "data.json")
    assert grid.rows == (("a", "b"), ("x", None), (None, "y"))
    assert grid.lines == (0, 1, 2)


HORSESHOE = shapely.Polygon([(0, 0), (3, 0), (3, 3), (2, 3), (2, 1), (1, 1), (1, 3), (0, 3)])


def test_areas_are_placed_inside_of_themselves():
    shape = shapely.geometry.mapping(HORSESHOE)
    empty = {"type": "Polygon", "coordinates": []}
    broken = {"type": "Polygon", "coordinates": [[1]]}
    content = collection(
        feature({"a": "x"}, shape),
        feature({"a": "y"}, empty),
        feature({"a": "z"}, broken),
        feature({"a": "w"}, {"type": "Point", "coordinates": ["1", None]}),
        feature({"a": "v"}, {"type": "MultiPoint", "coordinates": [[5.0, 6.0, 7.0]]}),
    )
    (grid,) = read_in_child(content, "data.geojson")
    place = grid.points[1]
    assert place
    assert HORSESHOE.contains(shapely.Point(place))
    assert grid.points[2:] == (None, None, None, (5.0, 6.0))


@pytest.mark.parametrize("name", ["urn:ogc:def:crs:EPSG::32749", "EPSG:32749"])
def test_places_are_brought_to_longitude_and_latitude(name):
    crs = {"type": "name", "properties": {"name": name}}
    content = collection(
        feature({"a": "x"}, {"type": "Point", "coordinates": [676302.2, 9119093.7]}), crs=crs
    )
    (grid,) = read_in_child(content, "data.geojson")
    assert grid.points[1] == pytest.approx((112.6, -7.966), abs=0.01)
    there = geopackage(
        "DELETE FROM data; UPDATE gpkg_geometry_columns SET srs_id = 32749;"
        f"INSERT INTO data (geom, kode) VALUES "
        f"(x'{hostile.point_blob(676302.2, 9119093.7).hex()}', 'x')"
    )
    assert only(there, "a.gpkg").points[1] == grid.points[1]


def test_longitude_and_latitude_may_be_named():
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}
    assert only(hostile.geojson(crs=crs), "a.geojson").points == (None, *PLACES)


# GeoPackage.


@pytest.mark.parametrize(
    ("extra", "part"),
    [
        (hostile.RECURSIVE_VIEW, "endless"),
        (hostile.EXTENSION, "jahat_so"),
        (hostile.VIRTUAL_TABLE, "words"),
        (hostile.TRIGGER, "bad"),
        (hostile.COMPUTED, "computed"),
    ],
)
def test_a_geopackage_of_more_than_plain_tables_is_refused(extra, part):
    refused(geopackage(extra), f"holds '{part}', which is no plain table", "data.gpkg")


@pytest.mark.parametrize(
    "forged",
    [
        "CREATE/**/VIRTUAL TABLE forged USING dbstat",
        "CREATE VIRTUAL TABLE forged USING dbstat",
        "CREATE VIRTUAL TABLE rtree_x USING dbstat",
    ],
)
@pytest.mark.parametrize("page", [0, 3])
def test_a_virtual_table_cannot_hide_in_the_schema(forged, page):
    name = "rtree_x" if "rtree_x" in forged else "forged"
    content = geopackage(
        f"INSERT INTO gpkg_contents (table_name, data_type) VALUES ('{name}', 'attributes');"
        "PRAGMA writable_schema = ON; INSERT INTO sqlite_master VALUES "
        f"('table', '{name}', '{name}', {page}, '{forged}')"
    )
    refused(content, "which is no plain table|is cut off or damaged", "data.gpkg")


@pytest.mark.parametrize(
    "statement",
    [
        "ATTACH '/etc/passwd' AS other",
        "SELECT hex(zeroblob(1))",
        "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x FROM n",
        "INSERT INTO data (kode) VALUES ('x')",
        "CREATE TABLE other (a)",
        "PRAGMA writable_schema = ON",
        "PRAGMA query_only = OFF",
    ],
)
def test_a_database_can_do_nothing_but_be_read(statement):
    with closing(layer._open(geopackage())) as database:  # noqa: SLF001 - behind all other checks
        with pytest.raises(sqlite3.DatabaseError, match=r"not authorized|prohibited"):
            database.execute(statement)
        assert database.execute("SELECT count FROM (SELECT kode AS count FROM data)").fetchone()


def without_tables():
    database = sqlite3.connect(":memory:")
    database.execute("CREATE TABLE secret (a)")
    content = database.serialize()
    database.close()
    return content


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (geopackage()[:5000], "is cut off or damaged"),
        (geopackage()[:20], "is cut off or damaged"),
        (geopackage()[:16] + bytes(20_000), "is cut off or damaged"),
        (without_tables(), "is a database, but no GeoPackage"),
        (geopackage("DELETE FROM gpkg_contents"), "holds no features"),
        (geopackage("DROP TABLE data"), "is cut off or damaged"),
        (geopackage("UPDATE data SET kode = CAST(x'ff' AS TEXT)"), "is cut off or damaged"),
    ],
)
def test_a_broken_geopackage_is_refused(content, message):
    refused(content, message, "data.gpkg")


def test_only_listed_tables_are_read():
    content = geopackage("CREATE TABLE secret (nik TEXT); INSERT INTO secret VALUES ('3573')")
    assert [grid.name for grid in read(content, "a.gpkg")] == ["data"]


def test_a_table_may_have_any_name():
    title = 'da"ta; DROP'
    content = geopackage(
        'CREATE TABLE "da""ta; DROP" (a TEXT, b BOOLEAN, c BLOB, d DATE);'
        "INSERT INTO \"da\"\"ta; DROP\" VALUES ('x', 1, x'00', '2025-01-02');"
        "INSERT INTO gpkg_contents (table_name, data_type) VALUES ('DA\"ta; DROP', 'attributes')"
    )
    grid = read(content, "a.gpkg")[1]
    assert grid == Grid(title, (("a", "b", "c", "d"), ("x", True, None, "2025-01-02")), (0, 1))


def test_a_geopackage_that_was_left_open_is_read():
    content = bytearray(geopackage())
    content[18:20] = b"\x02\x02"
    assert only(bytes(content), "a.gpkg").rows == WITH_NUMBERS


def test_what_gdal_writes_is_read(tmp_path):
    frame = gpd.GeoDataFrame(
        {"kode": ["a", "b"], "n": [1, 2], "t": [True, False]},
        geometry=[HORSESHOE, shapely.MultiPoint([(8, 9)])],
        crs=4326,
    )
    path = tmp_path / "layer.gpkg"
    frame.to_file(path)
    frame.to_file(tmp_path / "layer.geojson")
    grid, other = (
        only(path.read_bytes(), "a.gpkg"),
        only((tmp_path / "layer.geojson").read_bytes(), "a.geojson"),
    )
    assert grid.rows == other.rows == (("kode", "n", "t"), ("a", 1, True), ("b", 2, False))
    assert grid.points == other.points
    assert grid.points[2] == (8.0, 9.0)


@pytest.mark.parametrize(
    "blob",
    [
        b"",
        b"GP\0\x01",
        b"GP\0\x11" + bytes(30),
        b"GP\0\x0f" + bytes(60),
        b"GP\0\x21" + bytes(4) + struct.pack("<BIdd", 1, 1, 2.0, 1.0),
        b"GP\0\x01" + bytes(4) + b"\x01\xff\xff\xff\xff" + bytes(16),
        b"GP\0\x01" + bytes(4) + b"\x07" + bytes(20),
        b"GP\0\x01" + bytes(4) + struct.pack("<BIdd", 1, 1, float("nan"), 1.0),
        b"GP\0\x01" + bytes(4) + struct.pack("<BII", 1, 3, 0xFFFFFFFF) + bytes(100),
    ],
)
def test_broken_geometry_is_no_place(blob):
    content = geopackage(f"UPDATE data SET geom = x'{blob.hex()}'")
    (grid,) = read_in_child(content, "a.gpkg")
    assert grid.points == ()
    assert grid.rows == WITH_NUMBERS


# Workbooks.


def far_in_ods():
    empty = '<table:table-cell table:number-columns-repeated="16383"/>'
    value = hostile.ods_cell(1.0)
    return ods(f'<table:table-row table:number-rows-repeated="9"/>{ods_row(empty + value)}')


@pytest.mark.parametrize(
    ("content", "place"),
    [(hostile.far_cell(), "row 1048576"), (far_in_ods(), "row 10, column 16384")],
)
def test_a_cell_far_off_is_refused_by_its_place(content, place):
    assert len(content) < 20_000
    refused(content, f"sheet 'Data': has a cell in {place}", "data.xlsx")


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (
            (
                '<table:table-row table:number-rows-repeated="1048576"><table:table-cell '
                'table:number-columns-repeated="16384" office:value-type="float" office:value="1"/>'
                "</table:table-row>"
            ),
            "has a cell in row 1, column 16384",
        ),
        (
            (
                '<table:table-row table:number-rows-repeated="9999999999999"><table:table-cell '
                'office:value-type="float" office:value="1"/></table:table-row>'
            ),
            "has a cell in row 9999999999999, column 1",
        ),
        (
            ods_row(
                '<table:table-cell office:value-type="string"><text:p><text:s '
                'text:c="99999999999"/>x</text:p></table:table-cell>'
            )
            * 2
            + ods_row('<table:table-cell office:value-type="float" office:value="x"/>'),
            "is cut off or damaged",
        ),
        (ods_row('<table:table-cell office:value-type="float"/>'), "is cut off or damaged"),
        ('<table:table-row table:number-rows-repeated="-1"/>', "is cut off or damaged"),
        ("<table:table-row>", "is cut off or damaged"),
    ],
)
def test_repeated_cells_of_ods_are_no_bomb(rows, message):
    refused(ods(rows), message, "data.ods")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (hostile.zip_bomb(), "unpacks to more than 200 MB"),
        (hostile.lying_zip("xl/worksheets/sheet1.xml"), "is cut off or damaged"),
        (hostile.lying_zip("xl/sharedStrings.xml"), "is cut off or damaged"),
        (hostile.zipped({f"{n}": "" for n in range(5001)} | {"xl/workbook.xml": ""}), "unpacks"),
        (hostile.xlsx_with({"../../etc/passwd": "root:"}), "paths that lead out"),
        (hostile.xlsx_with({"/etc/passwd": "root:"}), "paths that lead out"),
        (hostile.xlsx_with({"..\\..\\x": "root:"}), "paths that lead out"),
        (hostile.xlsx_of_sheet("", hostile.LAUGHS), "holds XML entities"),
        (hostile.xlsx_of_sheet("&x;", hostile.ENTITY_OF_FILE), "holds XML entities"),
        (hostile.xlsx_with({"xl/sharedStrings.xml": f"{hostile.LAUGHS}<sst/>"}), "XML entities"),
        (ods(before=hostile.LAUGHS), "holds XML entities"),
        (ods(before=hostile.ENTITY_OF_FILE), "holds XML entities"),
        (hostile.zipped(hostile.parts_of(xlsx()), zipfile.ZIP_BZIP2), "is cut off or damaged"),
        (xlsx()[:-100], "is cut off or damaged"),
        (xlsx()[:3000], "is cut off or damaged"),
        (hostile.xls()[:2000], "is cut off or damaged"),
        (hostile.compound_file("EncryptedPackage", b"x"), "is protected by a password"),
        (ods(manifest="<encryption-data/>"), "is protected by a password"),
    ],
    ids=range(18),
)
def test_workbooks_that_harm_are_refused(content, message):
    refused(content, message, "data.xlsx")


def test_a_part_twice_in_an_archive_is_refused():
    content = io.BytesIO(xlsx())
    with (
        pytest.warns(UserWarning, match="Duplicate"),
        zipfile.ZipFile(content, "a") as target,
    ):
        target.writestr("xl/workbook.xml", "<workbook/>")
    refused(content.getvalue(), "is cut off or damaged", "data.xlsx")


def test_a_locked_entry_of_an_archive_is_named():
    content = bytearray(xlsx())
    start = content.find(b"PK\x01\x02")
    content[start + 8] |= 1
    refused(bytes(content), "is protected by a password", "data.xlsx")


def test_a_broken_part_is_found_by_its_checksum():
    parts = hostile.parts_of(xlsx())
    content = bytearray(hostile.zipped(parts, zipfile.ZIP_STORED))
    place = content.find(b"99.01.01.1001")
    content[place] = ord("8")
    refused(bytes(content), "is cut off or damaged", "data.xlsx")


def many_things(book):
    sheet = book.add_worksheet("Semua")
    date = book.add_format({"num_format": "yyyy-mm-dd"})
    sheet.write_row(1, 1, ["x", 5, 1.5])
    sheet.write_formula(2, 1, "=A1/0", None, "#DIV/0!")
    sheet.write_formula(2, 2, "=1+1", None, 2)
    sheet.write_string(2, 3, '=HYPERLINK("http://x")')
    sheet.write_boolean(4, 1, True)
    sheet.write_datetime(4, 2, dt.datetime(2025, 1, 2), date)  # noqa: DTZ001 - sheets know no zone
    sheet.write_datetime(4, 3, dt.datetime(2025, 1, 2, 3, 4), date)  # noqa: DTZ001
    sheet.write_blank(900, 250, None, date)
    hidden = book.add_worksheet("Rahasia")
    hidden.write(0, 0, "h")
    hidden.hide()
    book.add_worksheet("Kosong")


def test_every_sort_of_cell_of_xlsx_is_read():
    content = xlsx(many_things)
    assert read_in_child(content, "a.xlsx") == (
        Grid(
            "Semua",
            (
                (None, "x", 5.0, 1.5),
                (None, "#DIV/0!", 2.0, '=HYPERLINK("http://x")'),
                (None, True, "2025-01-02", "2025-01-02T03:04:00"),
            ),
            (2, 3, 5),
        ),
        Grid("Rahasia", (("h",),), (1,)),
    )


def merging(book):
    sheet = book.add_worksheet("Data")
    sheet.merge_range(0, 0, 0, 2, "Judul")
    sheet.merge_range(2, 0, 4, 0, "Kec A")
    for row in (2, 3, 4):
        sheet.write_row(row, 1, ["x", row])
    sheet.merge_range(5, 0, 6, 0, "Kec B")  # row 7 is empty otherwise
    sheet.merge_range(8, 0, 9, 1, "")  # of no value


MERGED_ROWS = (
    ("Judul", None, None),
    ("Kec A", "x", 2.0),
    (None, "x", 3.0),
    (None, "x", 4.0),
    ("Kec B", None, None),
)
MERGED = (Merged(0, 0, 0, 2), Merged(1, 0, 3, 0))


def test_merged_cells_hold_their_value_once():
    grid = only(xlsx(merging), "a.xlsx")
    assert grid == Grid("Data", MERGED_ROWS, (1, 3, 4, 5, 6), MERGED)


def test_merged_cells_of_ods_are_known_too():
    def merged(value, across, down):
        spans = f'table:number-columns-spanned="{across}" table:number-rows-spanned="{down}"'
        return hostile.ods_cell(value).replace("<table:table-cell", f"<table:table-cell {spans}")

    covered = "<table:covered-table-cell/>"
    rows = (
        ods_row(merged("Judul", 3, 1) + covered * 2)
        + ods_row("<table:table-cell/>")
        + ods_row(merged("Kec A", 1, 3) + hostile.ods_cell("x") + hostile.ods_cell(2.0))
        + ods_row(covered + hostile.ods_cell("x") + hostile.ods_cell(3.0))
        + ods_row(covered + hostile.ods_cell("x") + hostile.ods_cell(4.0))
        + ods_row(merged("Kec B", 1, 2))
    )
    assert only(ods(rows), "a.ods") == Grid("Data", MERGED_ROWS, (1, 3, 4, 5, 6), MERGED)


def test_every_sort_of_cell_of_ods_is_read():
    def cell(kind, attributes="", inside=""):
        return (
            f'<table:table-cell office:value-type="{kind}" {attributes}>{inside}</table:table-cell>'
        )

    rows = ods_row(
        cell("percentage", 'office:value="0.5"', "<text:p>50%</text:p>")
        + cell("currency", 'office:value="1500"', "<text:p>Rp1.500</text:p>")
        + cell("date", 'office:date-value="2025-01-02"', "<text:p>2 Jan</text:p>")
        + cell("boolean", 'office:boolean-value="true"', "<text:p>TRUE</text:p>")
        + cell("time", 'office:time-value="PT03H"', "<text:p>03:00</text:p>")
        + cell(
            "string",
            'office:string-value="" calcext:value-type="error"',
            "<text:p>#DIV/0!</text:p>",
        )
        + cell("string", "", '<text:p>a<text:s text:c="2"/>b</text:p><text:p>c</text:p>')
        + cell(
            "string",
            "",
            "<office:annotation><text:p>3573</text:p></office:annotation><text:p>v</text:p>",
        )
        + '<table:table-cell table:number-columns-repeated="2" table:formula="of:=1+1" '
        'office:value-type="float" office:value="2"/>'
        + "<table:table-cell><text:p>untyped</text:p></table:table-cell>"
    )
    assert only(ods(rows), "a.ods").rows == (
        (0.5, 1500.0, "2025-01-02", True, "03:00", "#DIV/0!", "a  b\nc", "v", 2.0, 2.0, "untyped"),
    )


def test_repeated_rows_of_ods_keep_their_lines():
    one = ods_row(hostile.ods_cell(1.0))
    twice = one.replace("<table:table-row", '<table:table-row table:number-rows-repeated="2"')
    gap = '<table:table-row table:number-rows-repeated="5"><table:table-cell/></table:table-row>'
    assert only(ods(twice + gap + one), "a.ods").lines == (1, 2, 8)


def test_cells_without_references_are_counted():
    row = '<row><c t="inlineStr"><is><t>a</t></is></c><c><v>1</v></c></row>'
    assert only(hostile.xlsx_of_sheet(row * 2), "a.xlsx").rows == (("a", 1.0),) * 2
    refused(hostile.xlsx_of_sheet("<row>" + "<c><v>1</v></c>" * 301 + "</row>"), "column 301", "a")


def test_a_sheet_of_more_than_can_be_worked_on_is_refused():
    def fill(book):
        sheet = book.add_worksheet("Data")
        sheet.write(0, 0, 1)
        sheet.write(99_000, 200, 1)

    refused(xlsx(fill), "has more than 3000000 cells", "data.xlsx")


def test_sheets_are_counted_together():
    def fill(book):
        for _ in range(2):
            sheet = book.add_worksheet()
            sheet.write_column(0, 0, [1] * 6000)
            sheet.write(0, 299, 1)

    refused(xlsx(fill), "has more than 3000000 cells", "data.xlsx")


@pytest.mark.parametrize("reference", ["A", "1", "AAAA1", "A99999999", "A-1", ""])
def test_broken_references_are_refused(reference):
    content = hostile.xlsx_of_sheet(f'<row r="1"><c r="{reference}"><v>1</v></c></row>')
    refused(content, "is cut off or damaged", "data.xlsx")


@pytest.mark.parametrize(
    ("content", "name"), [(xlsx(), "a.xlsx"), (ods(), "a.ods"), (geopackage(), "a.gpkg")]
)
def test_a_file_that_lost_its_end_is_refused_wherever_it_was_cut(content, name):
    for size in range(1, len(content), len(content) // 50):
        with pytest.raises(TableError):
            read(content[:size], name)


def test_no_path_of_a_file_is_opened(monkeypatch):
    for name in ("vrt", "wfs"):
        content = getattr(hostile, name)("/etc/passwd")
        for ending in ("geojson", "gpkg", "xlsx", "csv"):
            with pytest.raises(TableError) as caught:
                read_in_child(content, f"data.{ending}")
            assert "root:x" not in str(caught.value)
    rows = b"path\n/etc/passwd\n"
    assert read_in_child(rows, "/etc/passwd")[0].rows == (("path",), ("/etc/passwd",))
