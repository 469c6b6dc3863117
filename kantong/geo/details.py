"""What a sheet may show beside areas: roads, rivers, landmarks and RW, from a file of the city.

A GeoPackage with the layers ``jalan``, ``sungai``, ``tempat`` and ``rw`` (English names are known
too), or an extract of OpenStreetMap. A layer that is not there is simply not drawn.
"""

import re
import tempfile
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyogrio
import shapely
from pyproj import CRS

from kantong.geo.errors import BoundaryError, Fault, quote, shorten
from kantong.geo.schema import CRS_STORED

FILE = "layers.gpkg"
NAME, CLASS, KIND, RW = "nama", "kelas", "jenis", "rw"
ROADS, RIVERS, LANDMARKS, RWS = "jalan", "sungai", "tempat", "rw"
# First bytes of the formats: GDAL would open a file by its content alone, and follow what it names.
_FORMATS = {
    ".gpkg": re.compile(rb"SQLite format 3\x00"),
    ".osm": re.compile(rb"(?:\xef\xbb\xbf)?\s*<(?:\?xml|osm)"),
    ".pbf": re.compile(rb"....\n\x09OSMHeader", re.DOTALL),
}
_LAYERS = {
    ROADS: {"jalan", "roads", "road", "streets", "gis_osm_roads_free"},
    RIVERS: {"sungai", "rivers", "river", "waterways", "gis_osm_waterways_free"},
    LANDMARKS: {"tempat", "landmarks", "pois", "fasilitas", "gis_osm_pois_free"},
    RWS: {"rw", "batas_rw"},
}
_HEADINGS = {
    NAME: ("nama", "name", "nama_jalan", "namobj", "nama_sungai"),
    CLASS: ("kelas", "class", "highway", "fclass", "jenis"),
    KIND: ("jenis", "kind", "amenity", "fclass", "kategori"),
    RW: ("rw", "no_rw", "nomor_rw", "nama_rw", "nama", "name"),
}
# How wide a road is drawn: 1 main, 2 connecting, 3 others. Words of OpenStreetMap and of offices.
_MAIN = {"motorway", "trunk", "primary", "arteri", "nasional", "tol", "utama", "1"}
_MIDDLE = {"secondary", "tertiary", "kolektor", "provinsi", "kota", "2"}
_NO_ROAD = {"construction", "proposed", "abandoned", "platform", "raceway", "corridor", "bus_stop"}
_LANDMARKS = {
    "school": "sekolah", "kindergarten": "sekolah", "college": "sekolah", "university": "sekolah",
    "hospital": "kesehatan", "clinic": "kesehatan", "doctors": "kesehatan",
    "place_of_worship": "ibadah", "marketplace": "pasar", "townhall": "kantor",
    "public_building": "kantor", "community_centre": "kantor", "post_office": "kantor",
    "police": "kantor", "fire_station": "kantor",
}  # fmt: skip
KINDS = ("kantor", "kesehatan", "sekolah", "pasar", "ibadah")
_HEAD_BYTES, _AROUND_M = 64, 400
_AMENITY_TAG = re.compile(r'"amenity"=>"([^"]*)"')
_RW_NUMBER = re.compile(r"RT ?/ ?RW\D*\d+ ?/ ?(\d+)|(?:\bRW|RUKUN WARGA)[\s.:/_-]*(\d+|[IVXLC]+\b)")
_ANY_NUMBER = re.compile(r"(\d+)|^([IVXLC]+)$")
_ROMAN = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100}
_LONGEST_NAME = 80


@dataclass(frozen=True, eq=False)
class Details:
    """What is drawn beside areas; each in the same CRS, and empty where it is not there.

    Parameters
    ----------
    roads
        Lines with ``nama`` (may be empty) and ``kelas``: 1 main, 2 connecting, 3 others.
    rivers
        Lines and polygons with ``nama``.
    landmarks
        Points with ``nama`` and ``jenis``, one of ``KINDS``.
    rws
        Polygons with ``rw``, the number as text.
    """

    roads: gpd.GeoDataFrame
    rivers: gpd.GeoDataFrame
    landmarks: gpd.GeoDataFrame
    rws: gpd.GeoDataFrame

    def counts(self) -> dict[str, int]:
        """Return how many features each layer has."""
        return {name: len(frame) for name, frame in self.layers().items()}

    def layers(self) -> dict[str, gpd.GeoDataFrame]:
        """Return the layers by their names in the file."""
        return dict(zip(_LAYERS, (getattr(self, one.name) for one in fields(self)), strict=True))

    def to_crs(self, crs: CRS) -> "Details":
        """Return the same in another CRS."""
        return Details(*(frame.to_crs(crs) for frame in self.layers().values()))


def read_details(path: Path) -> Details:
    """Read roads, rivers, landmarks and RW from a file that somebody made.

    Parameters
    ----------
    path
        GeoPackage (.gpkg), or extract of OpenStreetMap (.osm, .osm.pbf).

    Returns
    -------
    Details
        EPSG:4326.

    Raises
    ------
    BoundaryError
        The file is missing, damaged, of another format or without CRS, or none of its layers is
        known.
    """
    _refuse_format(path)
    read = _from_geopackage if path.suffix.lower() == ".gpkg" else _from_osm
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # what matters is raised
            found = read(path)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, ValueError) as error:
        if isinstance(error, BoundaryError):
            raise
        message = "{file}: cannot be read to its end; it is damaged or cut off. Fetch it again."
        raise BoundaryError(Fault(message, file=path.name)) from error
    return found


def load_details(folder: Path) -> Details | None:
    """Return what the data folder has, as :func:`write_details` wrote it; None without a file."""
    path = folder / FILE
    return read_details(path) if path.is_file() else None


def around(details: Details, layer: gpd.GeoDataFrame) -> Details:
    """Return what lies in an area or within 400 m around the whole.

    Parameters
    ----------
    layer
        Boundaries, EPSG:4326.

    Raises
    ------
    BoundaryError
        Nothing lies there, or nothing was understood at all.
    """
    zone = layer.estimate_utm_crs()
    whole = shapely.box(*layer.to_crs(zone).total_bounds).buffer(_AROUND_M)
    kept = Details(*(_within(frame.to_crs(zone), whole) for frame in details.layers().values()))
    if not any(details.counts().values()):
        message = (
            "Nothing in the file can be drawn: roads and rivers are lines, places have a name and "
            "a known kind, RW are areas with a number. Correct it and bring it again."
        )
        raise BoundaryError(Fault(message))
    if not any(kept.counts().values()):
        message = (
            "Nothing in the file lies in or around this city. Bring an extract that covers it."
        )
        raise BoundaryError(Fault(message))
    return kept.to_crs(CRS(CRS_STORED))


def to_geopackage(details: Details) -> bytes:
    """Return the layers as a GeoPackage, to be kept as ``layers.gpkg``."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / FILE
        for name, frame in details.layers().items():
            if len(frame):
                pyogrio.write_dataframe(frame, path, layer=name, append=path.exists())
        return path.read_bytes()


def _within(frame: gpd.GeoDataFrame, whole: shapely.Geometry) -> gpd.GeoDataFrame:
    rows = frame.iloc[np.sort(frame.sindex.query(whole, predicate="intersects"))]
    cut = rows.set_geometry(rows.geometry.intersection(whole))
    return cut[~cut.geometry.is_empty].reset_index(drop=True)


# --- the formats -------------------------------------------------------------------------------


def _refuse_format(path: Path) -> None:
    form = _FORMATS.get(path.suffix.lower())
    if form is None:
        message = (
            "{file}: use a GeoPackage (.gpkg) or an extract of OpenStreetMap (.osm, .osm.pbf)."
        )
        raise BoundaryError(Fault(message, file=path.name))
    try:
        with path.open("rb") as source:
            head = source.read(_HEAD_BYTES)
    except OSError as error:
        message = "{file}: cannot be read. Check that the file is there."
        raise BoundaryError(Fault(message, file=path.name)) from error
    if form.match(head) is None:
        message = "{file}: its content is not what its name says. Fetch or export it again."
        raise BoundaryError(Fault(message, file=path.name))


def _from_geopackage(path: Path) -> Details:
    names = [str(name) for name in pyogrio.list_layers(path)[:, 0]]
    frames: dict[str, gpd.GeoDataFrame] = {}
    for wanted, known in _LAYERS.items():
        found = [name for name in names if name.strip().lower() in known]
        if found:
            frames[wanted] = _with_crs(pyogrio.read_dataframe(path, layer=found[0]), path)
    if not frames:
        message = "{file}: none of its layers ({layers}) is one of jalan, sungai, tempat, rw."
        raise BoundaryError(Fault(message, file=path.name, layers=quote(shorten(names))))
    return _details(frames)


def _with_crs(frame: pd.DataFrame, path: Path) -> gpd.GeoDataFrame:
    if not isinstance(frame, gpd.GeoDataFrame) or frame.crs is None:
        message = "{file}: a layer states no coordinate system (CRS). Export it with one."
        raise BoundaryError(Fault(message, file=path.name))
    return frame.to_crs(CRS_STORED)


def _from_osm(path: Path) -> Details:
    lines, points = (pyogrio.read_dataframe(path, layer=one) for one in ("lines", "points"))
    areas = pyogrio.read_dataframe(path, layer="multipolygons")
    roads = lines[_column(lines, "highway").ne("")]
    rivers = lines[_column(lines, "waterway").isin(["river", "stream", "canal"])]
    water = areas[_column(areas, "natural").eq("water")]
    middles = areas.set_geometry(areas.geometry.representative_point())
    places = pd.concat([points, middles], ignore_index=True)
    places["amenity"] = _column(places, "amenity").where(
        lambda one: one.ne(""), _column(places, "other_tags").map(_amenity)
    )
    return _details(
        {
            ROADS: roads,
            RIVERS: gpd.GeoDataFrame(pd.concat([rivers, water], ignore_index=True), crs=CRS_STORED),
            LANDMARKS: gpd.GeoDataFrame(places, crs=CRS_STORED),
        }
    )


def _amenity(tags: str) -> str:
    found = _AMENITY_TAG.search(tags)
    return found[1] if found else ""


def _column(frame: pd.DataFrame, name: str) -> "pd.Series[str]":
    if name not in frame:
        return pd.Series("", frame.index, dtype=str)
    return frame[name].fillna("").astype(str)


# --- what is drawn of them ---------------------------------------------------------------------


def _details(frames: Mapping[str, gpd.GeoDataFrame]) -> Details:
    return Details(
        _roads(frames.get(ROADS)),
        _rivers(frames.get(RIVERS)),
        _landmarks(frames.get(LANDMARKS)),
        _rws(frames.get(RWS)),
    )


def _roads(frame: gpd.GeoDataFrame | None) -> gpd.GeoDataFrame:
    if frame is None:
        return _made({NAME: [], CLASS: []}, [])
    kinds = _told(frame, CLASS).str.lower().str.removesuffix("_link")
    lines = frame.geom_type.isin(["LineString", "MultiLineString"]) & ~kinds.isin(_NO_ROAD)
    ranks = np.select([kinds.isin(_MAIN), kinds.isin(_MIDDLE)], [1, 2], 3)
    return _made({NAME: _told(frame, NAME), CLASS: ranks}, frame.geometry, lines)


def _rivers(frame: gpd.GeoDataFrame | None) -> gpd.GeoDataFrame:
    if frame is None:
        return _made({NAME: []}, [])
    shapes = ~frame.geom_type.isin(["Point", "MultiPoint"])
    return _made({NAME: _told(frame, NAME)}, frame.geometry, shapes)


def _landmarks(frame: gpd.GeoDataFrame | None) -> gpd.GeoDataFrame:
    if frame is None:
        return _made({NAME: [], KIND: []}, [])
    kinds = _told(frame, KIND).str.lower().map(lambda kind: _LANDMARKS.get(kind, kind))
    named = kinds.isin(KINDS) & _told(frame, NAME).ne("")
    return _made({NAME: _told(frame, NAME), KIND: kinds}, frame.representative_point(), named)


def _rws(frame: gpd.GeoDataFrame | None) -> gpd.GeoDataFrame:
    if frame is None:
        return _made({RW: []}, [])
    numbers = _told(frame, RW).map(_rw_number)
    polygons = frame.geom_type.isin(["Polygon", "MultiPolygon"]) & numbers.ne("")
    return _made({RW: numbers}, frame.geometry, polygons)


def _rw_number(text: str) -> str:
    """Return the number of an RW, in digits, as offices write it; empty where none is there.

    Examples
    --------
    >>> _rw_number("RT 03 RW 05"), _rw_number("RW IX"), _rw_number("007"), _rw_number("Mawar")
    ('5', '9', '7', '')
    """
    found = _RW_NUMBER.search(text.upper()) or _ANY_NUMBER.search(text)
    number = next(filter(None, found.groups()), "") if found else ""
    if number.isalpha():
        values = [_ROMAN[letter] for letter in number]
        pairs = zip(values, [*values[1:], 0], strict=True)
        number = str(sum(-value if value < after else value for value, after in pairs))
    return number.lstrip("0")


def _told(frame: gpd.GeoDataFrame, role: str) -> "pd.Series[str]":
    """Return the column of a role as text; empty where the file has none."""
    by_lower = {str(column).strip().lower(): column for column in frame.columns}
    name = next((by_lower[one] for one in _HEADINGS[role] if one in by_lower), None)
    if name is None:
        return pd.Series("", frame.index, dtype=str)
    texts = frame[name].fillna("").astype(str).str.replace(r"\s+", " ", regex=True).str.strip()
    return texts.str.replace(r"\.0$", "", regex=True).str.slice(0, _LONGEST_NAME)


def _made(
    columns: Mapping[str, Iterable[object]],
    shapes: Iterable[shapely.Geometry],
    kept: "pd.Series[bool] | None" = None,
) -> gpd.GeoDataFrame:
    frame = gpd.GeoDataFrame(
        {name: list(values) for name, values in columns.items()}, geometry=list(shapes),
        crs=CRS_STORED,
    )  # fmt: skip
    valid = _valid(shapely.force_2d(frame.geometry.to_numpy()))
    there = ~(shapely.is_missing(valid) | shapely.is_empty(valid))
    if kept is not None:
        there &= kept.to_numpy()
    return frame.set_geometry(valid, crs=CRS_STORED)[there].reset_index(drop=True)


def _valid(shapes: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
    """Return shapes that can be cut; borders drawn by hand often cross themselves."""
    valid = np.array(shapes)
    broken = ~(shapely.is_missing(valid) | shapely.is_valid(valid))
    valid[broken] = shapely.make_valid(valid[broken], method="structure", keep_collapsed=False)
    return valid
