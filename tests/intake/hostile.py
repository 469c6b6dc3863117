"""Files that mean harm or are broken, and sound ones of the same table to compare with."""

import io
import json
import sqlite3
import struct
import zipfile
from contextlib import closing

import xlsxwriter

HEADING = ("kode", "kelurahan", "jumlah")
ROWS = (
    ("99.01.01.1001", "Anggrek", 12.0),
    ("99.01.01.1002", "Bakung Édén", 7.5),
    ("99.01.01.1003", "Cempaka", None),
)
PLACES = ((112.60, -7.90), (112.62, -7.92), None)

_SECTOR = 512
_END_OF_CHAIN, _FREE, _FAT_SECTOR = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD


def written(value):
    if value is None:
        return ""
    return str(value).removesuffix(".0") if isinstance(value, float) else value


def text_table(delimiter, encoding="utf-8"):
    lines = [HEADING, *ROWS]
    text = "\r\n".join(delimiter.join(map(written, line)) for line in lines) + "\r\n"
    return text.encode(encoding)


def xlsx(fill=None):
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True})
    if fill:
        fill(book)
    else:
        sheet = book.add_worksheet("Data")
        for number, line in enumerate((HEADING, *ROWS)):
            sheet.write_row(number, 0, line)
    book.close()
    return target.getvalue()


def zipped(parts, compression=zipfile.ZIP_DEFLATED):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", compression) as archive:
        for path, content in parts.items():
            archive.writestr(path, content)
    return target.getvalue()


def parts_of(content):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {path: archive.read(path) for path in archive.namelist()}


def xlsx_with(replacements):
    """Return the sound workbook with other bytes in its parts."""
    return zipped(parts_of(xlsx()) | replacements)


def sheet_xml(cells, before=""):
    start = '<?xml version="1.0" encoding="UTF-8"?>'
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return f'{start}{before}<worksheet xmlns="{space}"><sheetData>{cells}</sheetData></worksheet>'


def xlsx_of_sheet(cells, before=""):
    return xlsx_with({"xl/worksheets/sheet1.xml": sheet_xml(cells, before)})


def far_cell():
    near = '<row r="1"><c r="A1"><v>1</v></c></row>'
    return xlsx_of_sheet(near + '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')


def zip_bomb():
    return xlsx_of_sheet(" " * (20 << 20))


def lying_zip(part):
    """Return a workbook of which a part unpacks to more than the table of contents says."""
    parts = parts_of(xlsx())
    content = xlsx_with({part: parts[part] + b" " * (1 << 20)})
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        true_size = struct.pack("<I", archive.getinfo(part).file_size)
    return content.replace(true_size, struct.pack("<I", len(parts[part])))


LAUGHS = (
    "<!DOCTYPE lolz [<!ENTITY a 'ha'>"
    + "".join(f"<!ENTITY {chr(98 + n)} '{f'&{chr(97 + n)};' * 10}'>" for n in range(9))
    + "]>"
)
ENTITY_OF_FILE = '<!DOCTYPE x [<!ENTITY x SYSTEM "file:///etc/passwd">]>'

GML = (
    f'<?xml version="1.0"?>{LAUGHS}<gml:FeatureCollection '
    'xmlns:gml="http://www.opengis.net/gml">&j;</gml:FeatureCollection>'
).encode()


def vrt(source):
    return (
        '<OGRVRTDataSource><OGRVRTLayer name="passwd">'
        f'<SrcDataSource relativeToVRT="0">{source}</SrcDataSource>'
        "</OGRVRTLayer></OGRVRTDataSource>"
    ).encode()


def wfs(address):
    return f"<OGRWFSDataSource><URL>{address}</URL></OGRWFSDataSource>".encode()


_OFFICE = "urn:oasis:names:tc:opendocument:xmlns:office:1.0"
_TABLE = "urn:oasis:names:tc:opendocument:xmlns:table:1.0"
_TEXT = "urn:oasis:names:tc:opendocument:xmlns:text:1.0"
_CALC = "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"


def ods_cell(value):
    if value is None:
        return "<table:table-cell/>"
    if isinstance(value, float):
        return (
            f'<table:table-cell office:value-type="float" office:value="{value}">'
            f"<text:p>{value}</text:p></table:table-cell>"
        )
    return (
        f'<table:table-cell office:value-type="string"><text:p>{value}</text:p></table:table-cell>'
    )


def ods_row(cells):
    return f"<table:table-row>{cells}</table:table-row>"


def ods(rows=None, before="", manifest=""):
    """Return a workbook with one sheet; LibreOffice fills it up with empty rows as here."""
    if rows is None:
        rows = "".join(ods_row("".join(map(ods_cell, line))) for line in (HEADING, *ROWS))
    rest = (
        '<table:table-row table:number-rows-repeated="1048570">'
        '<table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
    )
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?>{before}<office:document-content '
        f'xmlns:office="{_OFFICE}" xmlns:table="{_TABLE}" xmlns:text="{_TEXT}" '
        f'xmlns:calcext="{_CALC}"><office:body><office:spreadsheet>'
        f'<table:table table:name="Data">{rows}{rest}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    return zipped(
        {
            "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
            "META-INF/manifest.xml": f"<manifest>{manifest}</manifest>",
            "content.xml": content,
        }
    )


def compound_file(stream, content):
    """Return an OLE2 file with one stream, as Windows keeps workbooks in.

    The stream is at least 4,096 bytes, so that no second allocation table is needed.
    """
    content = content.ljust(max(4096, -(-len(content) // _SECTOR) * _SECTOR), b"\0")
    sectors = len(content) // _SECTOR
    chain = [_FAT_SECTOR, _END_OF_CHAIN, *range(3, sectors + 2), _END_OF_CHAIN]
    fat = struct.pack("<128I", *chain, *[_FREE] * (128 - len(chain)))
    header = (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
        + bytes(16)
        + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6)
        + bytes(6)
        + struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, _END_OF_CHAIN, 0, _END_OF_CHAIN, 0)
        + struct.pack("<109I", 0, *[_FREE] * 108)
    )
    root = _directory_entry("Root Entry", kind=5, child=1, start=_END_OF_CHAIN, size=0)
    entry = _directory_entry(stream, kind=2, child=_FREE, start=2, size=len(content))
    return header + fat + (root + entry).ljust(_SECTOR, b"\0") + content


def _directory_entry(name, *, kind, child, start, size):
    text = name.encode("utf-16-le") + b"\0\0"
    links = struct.pack("<III", _FREE, _FREE, child)
    times = bytes(16 + 4 + 16)
    shape = struct.pack("<HBB", len(text), kind, 1)
    return text.ljust(64, b"\0") + shape + links + times + struct.pack("<IQ", start, size)


def _record(kind, body):
    return struct.pack("<HH", kind, len(body)) + body


def xls():
    """Return the table as BIFF8, the records that Excel 97 wrote, and no more of them."""
    name = "Data"
    sheet = [_record(0x809, struct.pack("<HHHHII", 0x600, 0x10, 0, 0, 0, 6))]
    for row, line in enumerate((HEADING, *ROWS)):
        for column, value in enumerate(line):
            place = struct.pack("<HHH", row, column, 0)
            if isinstance(value, float):
                sheet.append(_record(0x203, place + struct.pack("<d", value)))
            elif isinstance(value, str):
                text = struct.pack("<HB", len(value), 1) + value.encode("utf-16-le")
                sheet.append(_record(0x204, place + text))
    sheet.append(_record(0x0A, b""))
    start = _record(0x809, struct.pack("<HHHHII", 0x600, 5, 0, 0, 0, 6))
    start += _record(0x42, struct.pack("<H", 1200)) + _record(0xE0, bytes(20))
    bound = struct.pack("<BBBB", 0, 0, len(name), 0) + name.encode("ascii")
    position = len(start) + 4 + 4 + len(bound) + 4
    workbook = start + _record(0x85, struct.pack("<I", position) + bound) + _record(0x0A, b"")
    return compound_file("Workbook", workbook + b"".join(sheet))


def geojson(**members):
    features = [
        {
            "type": "Feature",
            "properties": dict(zip(HEADING, line, strict=True)),
            "geometry": place and {"type": "Point", "coordinates": place},
        }
        for line, place in zip(ROWS, PLACES, strict=True)
    ]
    collection = {"type": "FeatureCollection", "features": features} | members
    return json.dumps(collection).encode()


GEOPACKAGE = """
PRAGMA application_id = 1196444487;
CREATE TABLE gpkg_spatial_ref_sys (srs_name TEXT, srs_id INTEGER PRIMARY KEY, organization TEXT,
    organization_coordsys_id INTEGER, definition TEXT, description TEXT);
INSERT INTO gpkg_spatial_ref_sys VALUES ('WGS 84', 4326, 'EPSG', 4326, '', NULL),
    ('UTM 49S', 32749, 'EPSG', 32749, '', NULL), ('none', -1, 'NONE', -1, '', NULL);
CREATE TABLE gpkg_contents (table_name TEXT PRIMARY KEY, data_type TEXT, identifier TEXT,
    description TEXT, last_change DATETIME, min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE,
    srs_id INTEGER);
CREATE TABLE gpkg_geometry_columns (table_name TEXT, column_name TEXT, geometry_type_name TEXT,
    srs_id INTEGER, z TINYINT, m TINYINT);
CREATE TABLE data (fid INTEGER PRIMARY KEY, geom POINT, kode TEXT, kelurahan TEXT, jumlah REAL);
INSERT INTO gpkg_contents (table_name, data_type, srs_id) VALUES ('data', 'features', 4326);
INSERT INTO gpkg_geometry_columns VALUES ('data', 'geom', 'POINT', 4326, 0, 0);
"""


def point_blob(x, y, srs=4326):
    return b"GP\0\x01" + struct.pack("<i", srs) + struct.pack("<BIdd", 1, 1, x, y)


def geopackage(extra=""):
    with closing(sqlite3.connect(":memory:")) as database:
        database.executescript(GEOPACKAGE)
        for line, place in zip(ROWS, PLACES, strict=True):
            blob = place and point_blob(*place)
            database.execute(
                "INSERT INTO data (geom, kode, kelurahan, jumlah) VALUES (?, ?, ?, ?)",
                (blob, *line),
            )
        database.executescript(extra)
        database.commit()
        return database.serialize()


# What QGIS and GDAL add to the layers they write.
SPATIAL_INDEX = """
CREATE TABLE gpkg_extensions (table_name TEXT, column_name TEXT, extension_name TEXT NOT NULL,
    definition TEXT, scope TEXT);
INSERT INTO gpkg_extensions VALUES ('data', 'geom', 'gpkg_rtree_index', '', 'write-only');
CREATE VIRTUAL TABLE "rtree_data_geom" USING rtree(id, minx, maxx, miny, maxy);
CREATE TRIGGER "rtree_data_geom_delete" AFTER DELETE ON "data" BEGIN
    DELETE FROM "rtree_data_geom" WHERE id = OLD.fid; END;
CREATE TABLE gpkg_ogr_contents (table_name TEXT PRIMARY KEY, feature_count INTEGER);
CREATE TRIGGER "trigger_insert_feature_count_data" AFTER INSERT ON "data" BEGIN
    UPDATE gpkg_ogr_contents SET feature_count = feature_count + 1; END;
CREATE TABLE layer_styles (id INTEGER PRIMARY KEY, styleQML TEXT);
INSERT INTO layer_styles VALUES (1, '<qgis/>');
INSERT INTO gpkg_contents (table_name, data_type) VALUES ('layer_styles', 'attributes');
"""
RECURSIVE_VIEW = """
CREATE VIEW endless AS WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n)
    SELECT x FROM n;
INSERT INTO gpkg_contents (table_name, data_type) VALUES ('endless', 'attributes');
"""
EXTENSION = """
CREATE TABLE gpkg_extensions (table_name TEXT, column_name TEXT, extension_name TEXT NOT NULL,
    definition TEXT, scope TEXT);
INSERT INTO gpkg_extensions VALUES ('data', NULL, 'jahat_so', '/tmp/jahat.so', 'read-write');
"""
VIRTUAL_TABLE = """
CREATE VIRTUAL TABLE words USING fts4(text);
INSERT INTO gpkg_contents (table_name, data_type) VALUES ('words', 'attributes');
"""
TRIGGER = "CREATE TRIGGER bad AFTER INSERT ON data BEGIN DELETE FROM data; END;"
COMPUTED = """
CREATE TABLE computed (fid INTEGER PRIMARY KEY, big TEXT AS (hex(zeroblob(100000000))) VIRTUAL);
INSERT INTO computed (fid) VALUES (1);
INSERT INTO gpkg_contents (table_name, data_type) VALUES ('computed', 'attributes');
"""
