"""Layers of a map: GeoJSON and GeoPackage, read without GDAL.

GDAL follows what it finds in a file to other files and hosts. JSON and SQLite need neither: the
first is parsed by Python, the second is opened in memory with everything but plain reading denied.
Geometry is well-known binary or GeoJSON and goes to GEOS; of coordinate systems only EPSG numbers
reach PROJ.
"""

import json
import math
import re
import sqlite3
import struct
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from itertools import chain
from typing import TYPE_CHECKING, Any

from kantong.geo.errors import Fault, TableError, quote
from kantong.intake.archive import damaged
from kantong.intake.cells import Point, assemble
from kantong.intake.grid import Grid

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

# The heading of a layer stands on no line: its features are counted from 1.
HEADING_LINE = 0
_LON_LAT = 4326
_EPSG_NAME = re.compile(r"(?:urn:ogc:def:crs:)?EPSG:(?:[\d.]*:)?(\d{4,6})", re.IGNORECASE)
_LON_LAT_NAME = re.compile(r"(?:urn:ogc:def:crs:)?OGC:(?:[\d.]*:)?CRS84h?", re.IGNORECASE)


def read_geojson(content: bytes, name: str) -> Grid:
    """Read the attributes of a GeoJSON file and a point of each feature.

    Parameters
    ----------
    content
        A FeatureCollection or a Feature, in UTF-8 or UTF-16.
    name
        For messages.

    Returns
    -------
    Grid
        The heading on line 0, features from line 1; ``points`` are the places of points and
        points inside of lines and areas, empty where the coordinate system has no EPSG number.

    Raises
    ------
    TableError
        What is no GeoJSON, or more than a table of counts can hold.
    """
    data = _parse_json(content, name)
    features = _features(data, name)
    properties = [_properties(feature) for feature in features]
    heading = list(dict.fromkeys(key for row in properties for key in row))
    rows = ((line, [row.get(key) for key in heading]) for line, row in enumerate(properties, 1))
    epsg = _epsg_of(data.get("crs"))
    found = {
        line: point
        for line, feature in enumerate(features, 1)
        if epsg and (point := _point_of_json(feature.get("geometry")))
    }
    title = data.get("name")
    return assemble(
        chain([(HEADING_LINE, heading)], rows),
        file=name,
        name=title if isinstance(title, str) else "",
        points=_to_lon_lat(found, epsg),
    )


def _parse_json(content: bytes, name: str) -> dict[str, Any]:
    try:
        # Integers of any length become floats at once: a number of a million digits is cheap.
        data = json.loads(
            content.decode(json.detect_encoding(content)),
            parse_int=float,
            parse_constant=_refuse_constant,
        )
    except json.JSONDecodeError as error:
        message = "{file}, line {line}: is no valid GeoJSON, or is cut off. Export it again."
        raise TableError(Fault(message, file=name, line=error.lineno)) from error
    except (ValueError, RecursionError) as error:
        raise TableError(damaged(name)) from error
    if not isinstance(data, dict):
        raise TableError(_no_features(name))
    return data


def _refuse_constant(text: str) -> float:
    raise ValueError(text)


def _no_features(name: str) -> Fault:
    message = "{file}: holds no features of GeoJSON. Export the layer again as GeoJSON."
    return Fault(message, file=name)


def _features(data: dict[str, Any], name: str) -> list[dict[str, Any]]:
    kind = data.get("type")
    features = [data] if kind == "Feature" else data.get("features")
    if kind not in {"Feature", "FeatureCollection"} or not isinstance(features, list):
        raise TableError(_no_features(name))
    if not all(isinstance(feature, dict) for feature in features):
        raise TableError(_no_features(name))
    return features


def _properties(feature: Mapping[str, Any]) -> dict[str, object]:
    given = feature.get("properties")
    properties = given if isinstance(given, dict) else {}
    if "id" in feature and "id" not in properties:
        properties = {"id": feature["id"]} | properties
    return {
        key: json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value
        for key, value in properties.items()
    }


def _epsg_of(crs: object) -> int | None:
    """Return the EPSG number of a GeoJSON's ``crs``; longitude and latitude where it has none."""
    if crs is None:
        return _LON_LAT
    properties = crs.get("properties") if isinstance(crs, dict) else None
    text = properties.get("name") if isinstance(properties, dict) else None
    if not isinstance(text, str):
        return None
    if _LON_LAT_NAME.fullmatch(text):
        return _LON_LAT
    found = _EPSG_NAME.fullmatch(text)
    return int(found[1]) if found else None


def _point_of_json(geometry: object) -> Point | None:
    if not isinstance(geometry, dict):
        return None
    if geometry.get("type") == "Point":
        return _finite(geometry.get("coordinates"))
    import shapely  # noqa: PLC0415 - a fifth of a second that points can do without

    try:
        return _point_inside(shapely.from_geojson(json.dumps(geometry), on_invalid="ignore"))
    except shapely.errors.ShapelyError:
        return None


def _finite(coordinates: object) -> Point | None:
    match coordinates:
        case [float(x), float(y), *_] if math.isfinite(x) and math.isfinite(y):
            return x, y
    return None


def _point_inside(geometry: "BaseGeometry | None") -> Point | None:
    import shapely  # noqa: PLC0415 - loaded by the callers

    if geometry is None or geometry.is_empty:
        return None
    # Of a shape with a corner at infinity GEOS makes up a place.
    if not all(math.isfinite(number) for number in shapely.get_coordinates(geometry).flat):
        return None
    inside = geometry.representative_point()
    return _finite([inside.x, inside.y])


def _to_lon_lat(points: Mapping[int, Point], epsg: int | None) -> dict[int, Point]:
    if not points or epsg == _LON_LAT:
        return dict(points)
    import pyproj  # noqa: PLC0415 - needed for few files

    try:
        transformer = pyproj.Transformer.from_crs(epsg, _LON_LAT, always_xy=True)
    except pyproj.exceptions.ProjError:
        return {}
    moved = {line: transformer.transform(x, y) for line, (x, y) in points.items()}
    return {line: point for line, (x, y) in moved.items() if (point := _finite([x, y]))}


# Of a database: size of a page, count of changes, count of pages, and the changes it was made at.
_HEADER = struct.Struct(">16xH6xII60xI4x")
# Bytes 18 and 19 of a database say that changes stand in a second file; there is none in memory.
_JOURNAL_MODE = slice(18, 20)
_NO_SECOND_FILE = b"\x01\x01"
_MOST_COLUMNS_SQL = 2_000
_KNOWN_TRIGGERS = re.compile(
    r"(?:rtree_|gpkg_|trigger_(?:insert|delete)_feature_count_)", re.IGNORECASE
)
_SPATIAL_INDEX = re.compile(r"CREATE VIRTUAL TABLE \"?rtree_[^(]* USING rtree ?\(", re.IGNORECASE)
_KNOWN_EXTENSIONS = re.compile(
    r"gpkg_(?:rtree_index|crs_wkt(?:_1_1)?|schema|metadata|geom_\w+)|gdal_aspatial|related_tables",
    re.IGNORECASE,
)
_STYLES = "layer_styles"
_ROW_NUMBERS = {"fid", "ogc_fid"}
_ALLOWED = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ}
_ALLOWED_PRAGMAS = {"table_list", "table_xinfo"}
# Sizes of the envelopes that a geometry may carry in front of it, by their code.
_ENVELOPES = {0: 0, 1: 32, 2: 48, 3: 48, 4: 64}
_EMPTY, _EXTENDED = 0x10, 0x20
_POINT_SIZE = 21


def read_geopackage(content: bytes, name: str) -> list[Grid]:
    """Read the tables of a GeoPackage that its table of contents lists.

    Views, virtual tables and unknown triggers and extensions are refused; a spatial index and the
    like, as GDAL and QGIS write them, are never touched.

    Parameters
    ----------
    content
        The database.
    name
        For messages.

    Returns
    -------
    list of Grid
        As of :func:`read_geojson`; tables of styles and numbers of features (``fid``) left out.

    Raises
    ------
    TableError
        What is not plain tables, damage, or more than a table of counts can hold.
    """
    if not _is_whole(content):
        raise TableError(damaged(name))
    try:
        with closing(_open(content)) as database:
            _refuse_machinery(database, name)
            return [_layer(database, table, name) for table in _listed(database, name)]
    except sqlite3.Error as error:
        raise TableError(damaged(name)) from error


def _is_whole(content: bytes) -> bool:
    """Tell whether all pages are there that the first of them counts.

    Without this a database that lost its end is read as if what stood there had never been.
    """
    if len(content) < _HEADER.size:
        return False
    page_size, changes, pages, counted_at = map(int, _HEADER.unpack_from(content))
    # Old writers leave the count behind; it is void then.
    return changes != counted_at or pages * (page_size if page_size > 1 else 65_536) <= len(content)


def _open(content: bytes) -> sqlite3.Connection:
    image = bytearray(content)
    image[_JOURNAL_MODE] = _NO_SECOND_FILE
    database = sqlite3.connect(":memory:", cached_statements=0)
    database.deserialize(bytes(image))
    database.execute("PRAGMA trusted_schema = OFF")
    database.execute("PRAGMA query_only = ON")
    database.execute("PRAGMA cell_size_check = ON")
    database.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
    database.setlimit(sqlite3.SQLITE_LIMIT_COLUMN, _MOST_COLUMNS_SQL)
    database.set_authorizer(_authorize)
    return database


def _authorize(action: int, first: str | None, *_: object) -> int:
    fine = action in _ALLOWED or (action == sqlite3.SQLITE_PRAGMA and first in _ALLOWED_PRAGMAS)
    return sqlite3.SQLITE_OK if fine else sqlite3.SQLITE_DENY


def _refuse_machinery(database: sqlite3.Connection, name: str) -> None:
    schema = database.execute("SELECT type, name, rootpage, sql FROM sqlite_master").fetchall()
    odd = [
        str(title)
        for kind, title, page, sql in schema
        if kind == "view"
        or (kind == "trigger" and not _KNOWN_TRIGGERS.match(str(title)))
        or (kind == "table" and not page and not _SPATIAL_INDEX.match(str(sql)))
    ]
    tables = {title for kind, title, *_ in schema if kind == "table"}
    if "gpkg_extensions" in tables:
        extensions = database.execute("SELECT extension_name FROM gpkg_extensions")
        odd += [str(one) for (one,) in extensions if not _KNOWN_EXTENSIONS.fullmatch(str(one))]
    if odd:
        message = (
            "{file}: holds {part}, which is no plain table. Export only the layer that is "
            "needed into a new GeoPackage."
        )
        raise TableError(Fault(message, file=name, part=quote(odd[0])))


def _listed(database: sqlite3.Connection, name: str) -> list[str]:
    plain = {
        str(title).lower(): str(title)
        for _, title, kind, *_ in database.execute("PRAGMA table_list")
        if kind == "table"
    }
    if "gpkg_contents" not in plain:
        message = "{file}: is a database, but no GeoPackage. Export the layer as GeoPackage."
        raise TableError(Fault(message, file=name))
    listed = [
        str(title).lower()
        for title, kind in database.execute("SELECT table_name, data_type FROM gpkg_contents")
        if kind in {"features", "attributes"} and str(title).lower() != _STYLES
    ]
    missing = [title for title in listed if title not in plain]
    if missing or not listed:
        raise TableError(damaged(name) if missing else _no_features(name))
    return [plain[title] for title in listed]


def _layer(database: sqlite3.Connection, table: str, name: str) -> Grid:
    columns = _columns(database, table, name)
    geometry, epsg = _geometry_column(database, table)
    kept = [
        number
        for number, (column, _, key) in enumerate(columns)
        if column != geometry and not (key and column.lower() in _ROW_NUMBERS)
    ]
    booleans = {number for number, (_, kind, _) in enumerate(columns) if kind == "BOOLEAN"}
    place = next((n for n, (column, *_) in enumerate(columns) if column == geometry), None)
    found: dict[int, Point] = {}
    cursor = database.execute(f"SELECT * FROM {_quoted(table)}")  # noqa: S608  # nosec B608 - quoted

    def rows() -> Iterator[tuple[int, Sequence[object]]]:
        yield HEADING_LINE, [columns[number][0] for number in kept]
        for line, row in enumerate(cursor, 1):
            if place is not None and epsg and (point := _point_of_blob(row[place])):
                found[line] = point
            yield line, [_cell(row[n], boolean=n in booleans) for n in kept]

    grid = assemble(rows(), file=name, name=table)
    points = _to_lon_lat(found, epsg)
    return Grid(
        name=grid.name,
        rows=grid.rows,
        lines=grid.lines,
        points=tuple(points.get(line) for line in grid.lines) if points else (),
    )


def _columns(database: sqlite3.Connection, table: str, name: str) -> list[tuple[str, str, bool]]:
    """Return name, type and being of the key for each column; computed columns are refused."""
    described = database.execute(f"PRAGMA table_xinfo({_quoted(table)})").fetchall()
    if not described or any(hidden for *_, hidden in described):
        message = (
            "{file}: holds {part}, which is no plain table. Export only the layer that is "
            "needed into a new GeoPackage."
        )
        raise TableError(Fault(message, file=name, part=quote(table)))
    return [
        (str(title), str(kind).upper(), bool(key)) for _, title, kind, _, _, key, _ in described
    ]


def _quoted(table: str) -> str:
    return '"' + table.replace('"', '""') + '"'


def _geometry_column(database: sqlite3.Connection, table: str) -> tuple[str | None, int | None]:
    query = (
        "SELECT column_name, organization, organization_coordsys_id FROM gpkg_geometry_columns "
        "LEFT JOIN gpkg_spatial_ref_sys USING (srs_id) WHERE table_name = ?"
    )
    try:
        found = database.execute(query, (table,)).fetchone()
    except sqlite3.OperationalError:  # a GeoPackage of attributes needs no such tables
        return None, None
    if found is None:
        return None, None
    column, organization, number = found
    known = str(organization).upper() == "EPSG" and isinstance(number, int) and number > 0
    return str(column), number if known else None


def _cell(value: object, *, boolean: bool) -> object:
    if isinstance(value, bytes):
        return None  # pictures and the like are no cells
    return bool(value) if boolean and isinstance(value, int) else value


def _point_of_blob(blob: object) -> Point | None:
    """Return a point of a geometry as GeoPackage keeps it: a header, then well-known binary."""
    if not isinstance(blob, bytes) or len(blob) < 8 or not blob.startswith(b"GP"):  # noqa: PLR2004 - size of the header
        return None
    flags = blob[3]
    envelope = _ENVELOPES.get(flags >> 1 & 0b111)
    if envelope is None or flags & (_EMPTY | _EXTENDED):
        return None
    binary = blob[8 + envelope :]
    simple = _simple_point(binary)
    if simple is not None:
        return simple
    import shapely  # noqa: PLC0415 - a fifth of a second that points can do without

    try:
        return _point_inside(shapely.from_wkb(binary, on_invalid="ignore"))
    except shapely.errors.ShapelyError:
        return None


def _simple_point(binary: bytes) -> Point | None:
    order = {0: ">", 1: "<"}.get(binary[0]) if len(binary) == _POINT_SIZE else None
    if order is None:
        return None
    kind, x, y = struct.unpack(f"{order}Idd", binary[1:])
    return _finite([x, y]) if kind == 1 else None
