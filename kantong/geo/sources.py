"""Boundary files as they come: read, checked, and their columns recognised."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely
from pyproj import CRS

from kantong.geo.errors import BoundaryError, Fault, quote, shorten
from kantong.geo.schema import CRS_STORED, INDONESIA_BOUNDS

_PARQUET = ".parquet"
# The first bytes of each format. GDAL would otherwise open a file by its content alone, and some
# of its formats name other files and hosts to read.
_FORMATS = {
    ".geojson": re.compile(rb"(?:\xef\xbb\xbf)?\s*\{"),
    ".json": re.compile(rb"(?:\xef\xbb\xbf)?\s*\{"),
    ".gpkg": re.compile(rb"SQLite format 3\x00"),
    ".shp": re.compile(rb"\x00\x00\x27\x0a"),
    ".fgb": re.compile(rb"fgb\x03fgb"),
    _PARQUET: re.compile(rb"PAR1"),
}
# What Arrow, Shapely and PROJ raise on a Parquet file with broken bytes.
_UNREADABLE_PARQUET = (
    ValueError, OSError, LookupError, TypeError, AttributeError, RuntimeError,
    shapely.errors.ShapelyError,
)  # fmt: skip
_NULL_CRS = re.compile(rb'"crs"\s*:\s*null')
_HEAD_BYTES = 4096
_POLYGONAL = ("Polygon", "MultiPolygon")

# Headings met in layers of BPS (HDX), Kemendagri, BIG and city portals, most telling first.
_CODE_HEADINGS = (
    "kode_kemendagri", "kode", "kode_bps", "village_code", "adm4_pcode", "kdepum", "kdcpum",
    "kode_kelurahan_desa", "kode_kelurahan", "kode_desa", "kd_kelurahan", "kd_kel", "kd_desa",
    "iddesa", "id_desa",
)  # fmt: skip
_NAME_HEADINGS = (
    "kelurahan", "nama", "village", "adm4_en", "adm4_id", "wadmkd", "namobj", "kelurahan_desa",
    "nama_kelurahan", "nama_desa", "nmdesa", "nm_kel", "desa", "kel",
)  # fmt: skip
_KECAMATAN_HEADINGS = ("kecamatan", "district", "adm3_en", "adm3_id", "wadmkc", "nmkec", "nm_kec")
_KABUPATEN_HEADINGS = ("kabupaten", "regency", "adm2_en", "adm2_id", "wadmkk", "nmkab", "nm_kab")


@dataclass(frozen=True)
class Headings:
    """Which columns of a source hold what; ``kecamatan`` and ``kabupaten`` may be None."""

    code: str
    name: str
    kecamatan: str | None = None
    kabupaten: str | None = None


def read_polygons(path: Path) -> gpd.GeoDataFrame:
    """Read the polygons of a boundary file, in the CRS that the file states.

    Parameters
    ----------
    path
        GeoJSON, GeoPackage, Shapefile, FlatGeobuf or GeoParquet.

    Returns
    -------
    GeoDataFrame
        All columns of the file, heights dropped, index from 0 in the order of the file.

    Raises
    ------
    BoundaryError
        The file is missing, cut off, of another format, empty, without CRS, holds anything but
        polygons, or lies outside Indonesia.
    """
    head = _read_head(path)
    frame = _read_parquet(path) if path.suffix.lower() == _PARQUET else _read_layer(path)
    if not isinstance(frame, gpd.GeoDataFrame) or frame.empty:
        raise _no_areas(path)
    faults = [*_faults_in_crs(frame, head, path.name), *_faults_in_shapes(frame, path.name)]
    faults = faults or list(_faults_in_place(frame, path.name))
    if faults:
        raise BoundaryError(*faults)
    return frame


def _read_layer(path: Path) -> pd.DataFrame:
    try:
        layers = pyogrio.list_layers(path)[:, 0]
        frame: pd.DataFrame = pyogrio.read_dataframe(path, layer=layers[0], force_2d=True)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as error:
        raise _damaged(path) from error
    if len(layers) > 1:
        message = "{file}: holds several layers ({layers}). Export the one with the kelurahan."
        raise BoundaryError(Fault(message, file=path.name, layers=quote(shorten(layers))))
    return frame


def _read_parquet(path: Path) -> pd.DataFrame:
    try:
        frame = gpd.read_parquet(path)
    except _UNREADABLE_PARQUET as error:
        if type(error) is ValueError:  # a table without the metadata of GeoParquet
            raise _no_areas(path) from error
        raise _damaged(path) from error
    return frame.set_geometry(frame.geometry.force_2d()).reset_index(drop=True)


def _no_areas(path: Path) -> BoundaryError:
    return BoundaryError(Fault("{file}: holds no areas. Export the layer again.", file=path.name))


def _damaged(path: Path) -> BoundaryError:
    message = (
        "{file}: cannot be read to its end; it is damaged or cut off. Fetch or export it again."
    )
    return BoundaryError(Fault(message, file=path.name))


def _read_head(path: Path) -> bytes:
    form = _FORMATS.get(path.suffix.lower())
    if form is None:
        message = (
            "{file}: is no known boundary file. Use GeoJSON, GeoPackage (.gpkg), "
            "Shapefile (.shp), FlatGeobuf (.fgb) or GeoParquet (.parquet)."
        )
        raise BoundaryError(Fault(message, file=path.name))
    try:
        with path.open("rb") as source:
            head = source.read(_HEAD_BYTES)
    except OSError as error:
        message = "{file}: cannot be read. Check that the file is there."
        raise BoundaryError(Fault(message, file=path.name)) from error
    if not head.strip():
        raise BoundaryError(Fault("{file}: is empty. Export the layer again.", file=path.name))
    if form.match(head) is None:
        message = "{file}: its content is not what its name ({suffix}) says. Export it again."
        raise BoundaryError(Fault(message, file=path.name, suffix=path.suffix.lower()))
    return head


def _faults_in_crs(frame: gpd.GeoDataFrame, head: bytes, file: str) -> Iterator[Fault]:
    if frame.crs is None or _NULL_CRS.search(head):
        yield Fault(
            "{file}: states no coordinate system (CRS). Export it with one; "
            "a Shapefile needs its .prj file beside it.",
            file=file,
        )


def _faults_in_shapes(frame: gpd.GeoDataFrame, file: str) -> Iterator[Fault]:
    hollow = frame.geometry.isna() | frame.geometry.is_empty
    if hollow.any():
        yield Fault(
            "{file}: areas without a shape, at feature {features}. Draw or remove them.",
            file=file,
            features=shorten(int(row) + 1 for row in frame.index[hollow]),
        )
    strange = ~hollow & ~frame.geom_type.isin(_POLYGONAL)
    if strange.any():
        yield Fault(
            "{file}: holds {kinds} where polygons are needed, at feature {features}. "
            "Export the areas, not their outlines or centres.",
            file=file,
            kinds=", ".join(sorted(set(frame.geom_type[strange]))),
            features=shorten(int(row) + 1 for row in frame.index[strange]),
        )


def _faults_in_place(frame: gpd.GeoDataFrame, file: str) -> Iterator[Fault]:
    bounds = frame.geometry.to_crs(CRS_STORED).bounds.to_numpy()
    west, south, east, north = INDONESIA_BOUNDS
    inside = (
        (bounds[:, 0] >= west)
        & (bounds[:, 1] >= south)
        & (bounds[:, 2] <= east)
        & (bounds[:, 3] <= north)
    )
    if not inside.all():
        row = int(np.flatnonzero(~inside)[0])
        yield Fault(
            "{file}: {count} areas lie outside Indonesia, the first (feature {feature}) at "
            "{x}, {y}. The coordinate system (CRS) stated, {crs}, is not the one of the "
            "coordinates; set the right one and export again.",
            file=file,
            count=int((~inside).sum()),
            feature=row + 1,
            x=f"{shapely.get_coordinates(frame.geometry.iloc[row])[0, 0]:g}",
            y=f"{shapely.get_coordinates(frame.geometry.iloc[row])[0, 1]:g}",
            crs=str(frame.crs)[:40],
        )


def utm_of(frame: gpd.GeoDataFrame) -> CRS:
    """Return the UTM zone in which the areas of a frame are measured."""
    return frame.to_crs(CRS_STORED).estimate_utm_crs()


def recognise(
    frame: pd.DataFrame, file: str, *, code: str | None = None, name: str | None = None
) -> Headings:
    """Find the columns with codes and names, by their headings or as told.

    Parameters
    ----------
    frame
        As :func:`read_polygons` returns it.
    file
        Name for messages.
    code, name
        Headings given by the user; None to look for known ones.

    Raises
    ------
    BoundaryError
        No column has a known heading, or the one told is not there; the columns are listed.
    """
    columns = [str(column) for column in frame.columns if column != frame.geometry.name]
    by_lower = {column.strip().lower(): column for column in columns}

    def find(told: str | None, known: tuple[str, ...]) -> str | None:
        if told is not None:
            return told if told in columns else None
        return next((by_lower[heading] for heading in known if heading in by_lower), None)

    found_code, found_name = find(code, _CODE_HEADINGS), find(name, _NAME_HEADINGS)
    if found_code is None or found_name is None:
        told = quote(shorten(columns))
        faults = []
        if found_code is None:
            message = (
                "{file}: no column is known to hold the codes of the kelurahan. The columns are: "
                "{columns}. Call it kode, or, in SOURCE, say which it is with --code-column."
            )
            faults.append(Fault(message, file=file, columns=told))
        if found_name is None:
            message = (
                "{file}: no column is known to hold the names of the kelurahan. The columns are: "
                "{columns}. Call it kelurahan, or, in SOURCE, say which it is with --name-column."
            )
            faults.append(Fault(message, file=file, columns=told))
        raise BoundaryError(*faults)
    return Headings(
        code=found_code,
        name=found_name,
        kecamatan=find(None, _KECAMATAN_HEADINGS),
        kabupaten=find(None, _KABUPATEN_HEADINGS),
    )


def as_text(values: pd.Series) -> pd.Series:
    """Return a column as text: whole numbers without a decimal point, missing as empty text.

    Examples
    --------
    >>> as_text(pd.Series([3573040010.0, None])).tolist()
    ['3573040010', '']
    """
    if pd.api.types.is_float_dtype(values):
        whole = values.dropna() % 1 == 0
        values = values.astype("Int64") if whole.all() else values
    return values.astype("string").fillna("").str.strip().astype(str)
