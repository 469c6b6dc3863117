"""The canonical layer of kelurahan: built from any boundary file, loaded everywhere else."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS
from shapely.geometry.base import BaseGeometry

from kantong.geo import codes, coverage, sources
from kantong.geo.errors import BoundaryError, CodeError, Fault, quote, shorten
from kantong.geo.files import sha256
from kantong.geo.report import CHANGE_COLUMNS, NAME_COLUMNS, REPAIR_COLUMNS, Report
from kantong.geo.schema import (
    AREA_KM2,
    CRS_STORED,
    DAPIL,
    GAP_WIDTH_M,
    GEOMETRY,
    KABUPATEN,
    KECAMATAN,
    KELURAHAN,
    KODE,
    KODE_BPS,
    LAYER_COLUMNS,
    TOLERANCE_M,
)

CONTEXT_COLUMNS = (KODE, KELURAHAN, KECAMATAN, KABUPATEN, GEOMETRY)
_KABUPATEN_LENGTH = len("35.73")


@dataclass(frozen=True)
class Settings:
    """How a layer is built.

    Parameters
    ----------
    tolerance_m
        Tolerance of the simplification, in metres; 0 keeps every vertex.
    gap_width_m
        Gaps up to this width are closed, in metres.
    code_column, name_column
        Headings of the source; None to recognise them.
    attribution
        Source and licence of the boundaries, written into the layer.
    """

    tolerance_m: float = TOLERANCE_M
    gap_width_m: float = GAP_WIDTH_M
    code_column: str | None = None
    name_column: str | None = None
    attribution: str = ""


@dataclass(frozen=True)
class Built:
    """A layer (``LAYER_COLUMNS``), its surroundings (``CONTEXT_COLUMNS``), what was done."""

    layer: gpd.GeoDataFrame
    context: gpd.GeoDataFrame
    report: Report


@dataclass(frozen=True)
class _Matched:
    """Areas of a source that are in the code list (``row``), and what was not taken."""

    areas: gpd.GeoDataFrame
    left_out: tuple[str, ...]


@dataclass(frozen=True)
class _Stages:
    """The areas on their way: as read, repaired (with reasons), as coverage, as stored.

    All but ``stored`` (EPSG:4326) are in the layer's ``utm`` zone.
    """

    utm: CRS
    metric: gpd.GeoSeries
    repaired: gpd.GeoSeries
    reasons: "pd.Series[str]"
    simple: gpd.GeoSeries
    stored: gpd.GeoSeries


def build(
    source: Path, code_list: Path, *, context: Path | None = None, settings: Settings | None = None
) -> Built:
    """Build the canonical layer from a boundary file.

    Parameters
    ----------
    source
        Polygons of the kelurahan, one feature each: GeoJSON, GeoPackage, Shapefile, FlatGeobuf.
    code_list
        CSV as :func:`kantong.geo.codes.read_code_list` takes it. It decides which areas belong
        to the city: areas of another kabupaten/kota are left out and reported. Where it names no
        kabupaten, the source does.
    context
        Polygons of surrounding villages: drawn, never counted. What lies on the city's own
        ground is cut away.
    settings
        Tolerances and headings.

    Returns
    -------
    Built
        Layer sorted by ``kode``, in EPSG:4326 at six decimals, ``area_km2`` in the UTM zone
        found from the layer; context; report.

    Raises
    ------
    BoundaryError, CodeError, TableError
        Everything that is wrong with the files, named together.
    """
    chosen = settings or Settings()
    listing = codes.read_code_list(code_list)
    matched = _match(source, listing, chosen)
    stages = _shape(matched.areas, chosen, source.name)
    table = listing.loc[matched.areas["row"]].set_axis(matched.areas.index)
    listed = table[KABUPATEN] != ""
    table[KABUPATEN] = table[KABUPATEN].where(listed, matched.areas[KABUPATEN])
    measured = gpd.GeoDataFrame(table, geometry=stages.stored, crs=CRS_STORED)
    measured[AREA_KM2] = (stages.stored.to_crs(stages.utm).area / 1e6).round(6)
    named = measured[KODE] != ""
    layer = measured.loc[named, list(LAYER_COLUMNS)].sort_values(KODE, ignore_index=True)
    around = [measured.loc[~named, list(CONTEXT_COLUMNS)]]
    if context is not None:
        around.append(_read_context(context, listing, layer, chosen))
    return Built(
        layer=layer,
        context=_stack(around),
        report=_report(source, chosen, matched, stages, measured),
    )


def _shape(areas: gpd.GeoDataFrame, settings: Settings, file: str) -> _Stages:
    utm = sources.utm_of(areas)
    metric = areas.geometry.to_crs(utm)
    repaired, reasons = coverage.repair(metric)
    cleaned = coverage.clean(repaired, settings.gap_width_m)
    simple = coverage.simplify(cleaned, settings.tolerance_m)
    stored = coverage.to_stored(simple, file)
    gone = stored.is_empty
    if gone.any():
        message = (
            "{file}: nothing is left of {areas} once the overlaps are resolved; another area "
            "covers it whole, or its shape has no surface. Correct the source."
        )
        names = shorten(quote(name) for name in areas["name"][gone])
        raise BoundaryError(Fault(message, file=file, areas=names))
    return _Stages(utm, metric, repaired, reasons, simple, stored)


def _report(
    source: Path,
    settings: Settings,
    matched: _Matched,
    stages: _Stages,
    measured: gpd.GeoDataFrame,
) -> Report:
    named = measured[KODE] != ""
    kept = measured[named]
    repaired = measured.loc[stages.reasons.index, [KODE, KELURAHAN]].assign(reason=stages.reasons)
    return Report(
        source=source.name,
        sha256=sha256(source.read_bytes()),
        crs=stages.utm.to_string(),
        tolerance_m=settings.tolerance_m,
        gap_width_m=settings.gap_width_m,
        areas=len(kept),
        repaired=pd.DataFrame(repaired[list(REPAIR_COLUMNS)]).reset_index(drop=True),
        overlaps=coverage.overlaps(stages.repaired),
        gaps=coverage.gaps(stages.repaired),
        gaps_left=coverage.gaps(stages.simple),
        vertices_before=coverage.vertices(gpd.GeoSeries(stages.metric[named])),
        vertices_after=coverage.vertices(kept.geometry),
        changes=_area_changes(kept, stages.repaired.area, stages.stored.to_crs(stages.utm).area),
        names=_differing_names(kept, matched.areas["name"]),
        left_out=matched.left_out,
        to_context=tuple(measured.loc[~named, KELURAHAN]),
    )


def _match(source: Path, listing: pd.DataFrame, settings: Settings) -> _Matched:
    frame = sources.read_polygons(source)
    headings = sources.recognise(
        frame, source.name, code=settings.code_column, name=settings.name_column
    )
    texts, names = sources.as_text(frame[headings.code]), sources.as_text(frame[headings.name])
    rows = codes.identify(texts, names, listing, file=source.name)
    own = rows.notna() | texts.map(lambda text: _in_kabupaten(text, listing))
    faults = list(_faults_in_match(rows[own], texts[own], names[own], listing, source.name))
    if faults:
        raise BoundaryError(*faults)
    columns = {"row": rows[own].astype(int), "name": names[own]}
    areas = gpd.GeoDataFrame(columns, geometry=frame.geometry[own])
    areas[KABUPATEN] = (
        sources.as_text(frame.loc[own, headings.kabupaten]) if headings.kabupaten else ""
    )
    return _Matched(areas, tuple(quote(name).strip("'\"") for name in names[~own]))


def _in_kabupaten(text: str, listing: pd.DataFrame) -> bool:
    digits = codes.parse(text).digits[: codes.KABUPATEN_DIGITS]
    own = pd.concat([listing[KODE].str.replace(".", ""), listing[KODE_BPS]])
    return digits in set(own[own != ""].str[: codes.KABUPATEN_DIGITS])


def _faults_in_match(
    rows: "pd.Series[int]",
    texts: "pd.Series[str]",
    names: "pd.Series[str]",
    listing: pd.DataFrame,
    file: str,
) -> Iterator[Fault]:
    if rows.notna().sum() == 0:
        yield Fault(
            "{file}: none of its areas is in the code list. Use the code list of this city.",
            file=file,
        )
        return
    unknown = texts[rows.isna()] + " " + names[rows.isna()]
    if len(unknown):
        yield Fault(
            "{file}: {areas} not in the code list. Add them there, with both codes.",
            file=file,
            areas=shorten(quote(area) for area in unknown),
        )
    twice = rows.dropna()[rows.dropna().duplicated(keep=False)]
    for row, same in twice.groupby(twice):
        yield Fault(
            "{file}: {kelurahan} stands there twice or more, at feature {features}. "
            "Keep one, or merge its parts into one area.",
            file=file,
            kelurahan=listing.loc[row, KELURAHAN],
            features=shorten(int(index) + 1 for index in same.index),
        )
    missing = listing.loc[~listing.index.isin(rows.dropna())]
    if len(missing):
        yield Fault(
            "{file}: {count} areas of the code list are missing: {missing}. "
            "Add them to the source; a city with holes would lose their people.",
            file=file,
            count=len(missing),
            missing=shorten(
                f"{kode or bps} {name}"
                for kode, bps, name in missing[[KODE, KODE_BPS, KELURAHAN]].itertuples(index=False)
            ),
        )


def _area_changes(
    table: pd.DataFrame, before: "pd.Series[float]", after: "pd.Series[float]"
) -> pd.DataFrame:
    changes = table[[KODE, KELURAHAN]].copy()
    changes["before_m2"], changes["after_m2"] = before, after
    changes["change_m2"] = changes["after_m2"] - changes["before_m2"]
    changes["change_percent"] = changes["change_m2"] / changes["before_m2"] * 100
    order = changes["change_percent"].abs().sort_values(ascending=False, kind="stable").index
    return changes.loc[order, list(CHANGE_COLUMNS)].reset_index(drop=True)


def _differing_names(table: pd.DataFrame, given: "pd.Series[str]") -> pd.DataFrame:
    names = table[[KODE, KELURAHAN]].assign(in_source=given)
    differ = names[KELURAHAN] != names["in_source"]
    return names.loc[differ, list(NAME_COLUMNS)].sort_values(KODE, ignore_index=True)


def _stack(around: list[gpd.GeoDataFrame]) -> gpd.GeoDataFrame:
    whole = pd.concat([frame for frame in around if len(frame)] or around[:1], ignore_index=True)
    return gpd.GeoDataFrame(whole, geometry=GEOMETRY, crs=CRS_STORED)


def _read_context(
    path: Path, listing: pd.DataFrame, layer: gpd.GeoDataFrame, settings: Settings
) -> gpd.GeoDataFrame:
    frame = sources.read_polygons(path)
    headings = sources.recognise(frame, path.name)
    texts = sources.as_text(frame[headings.code])
    outside = _outside(texts, listing, path.name)
    frame, texts = frame[outside], texts[outside]
    utm = sources.utm_of(layer)
    metric = frame.geometry.to_crs(utm)
    whole = coverage.clean(coverage.repair(metric)[0], settings.gap_width_m)
    simple = coverage.simplify(whole, settings.tolerance_m)
    city = shapely.union_all(layer.geometry.to_crs(utm).to_numpy())
    free, _ = coverage.repair(simple.difference(city))
    kept = coverage.to_stored(free, path.name)
    columns = {
        KODE: texts,
        KELURAHAN: sources.as_text(frame[headings.name]),
        KECAMATAN: sources.as_text(frame[headings.kecamatan]) if headings.kecamatan else "",
        KABUPATEN: sources.as_text(frame[headings.kabupaten]) if headings.kabupaten else "",
    }
    found = gpd.GeoDataFrame(columns, geometry=kept, crs=CRS_STORED)
    return found[~found.geometry.is_empty].sort_values(KODE, ignore_index=True)


def _outside(texts: "pd.Series[str]", listing: pd.DataFrame, file: str) -> "pd.Series[bool]":
    """Return which areas are not in the code list; what is no code is refused by its feature."""
    found, faults = [], []
    for index, text in texts.items():
        try:
            found.append(not codes.candidates(text, listing))
        except CodeError as error:
            faults += codes.at_feature(file, int(str(index)), error)
    if faults:
        raise CodeError(*faults)
    return pd.Series(found, index=texts.index, dtype=bool)


def to_geojson(frame: gpd.GeoDataFrame, **about: object) -> bytes:
    """Return a layer as GeoJSON (RFC 7946): one feature a line, six decimals.

    Parameters
    ----------
    frame
        EPSG:4326; its other columns become the properties.
    about
        Source, hash and settings, kept as the foreign member ``kantong``.
    """
    features = [
        json.dumps(
            {"type": "Feature", "properties": properties, "geometry": _rounded(shape)},
            ensure_ascii=False,
            separators=(",", ":"),
            allow_nan=False,
        )
        for properties, shape in zip(
            frame.drop(columns=GEOMETRY).to_dict("records"), frame.geometry, strict=True
        )
    ]
    head = json.dumps(about, ensure_ascii=False, separators=(",", ":"))
    body = ",\n".join(features)
    return f'{{"type":"FeatureCollection","kantong":{head},"features":[\n{body}\n]}}\n'.encode()


def _rounded(shape: BaseGeometry) -> dict[str, Any]:
    def visit(part: Any) -> Any:  # noqa: ANN401 - rings nest to any depth
        if isinstance(part, float):
            return round(part, coverage.STORED_DECIMALS)
        return [visit(inner) for inner in part]

    geometry = shapely.geometry.mapping(shape)
    return {"type": geometry["type"], "coordinates": visit(geometry["coordinates"])}


def about(report: Report, settings: Settings) -> dict[str, object]:
    """Return what a layer says about its own making."""
    return {
        "source": report.source,
        "sha256": report.sha256,
        "tolerance_m": report.tolerance_m,
        "gap_width_m": report.gap_width_m,
        "measured_in": report.crs,
        "attribution": settings.attribution,
    }


def load(path: Path) -> gpd.GeoDataFrame:
    """Read a canonical layer.

    Parameters
    ----------
    path
        GeoJSON written by :func:`build` and :func:`to_geojson`.

    Returns
    -------
    GeoDataFrame
        ``LAYER_COLUMNS`` in EPSG:4326, sorted by ``kode``, index from 0. ``dapil`` and
        ``kabupaten`` are empty text where not known. Where several kabupaten number their dapil
        alike, the kabupaten stands before the number, as the KPU writes it: ``Kota Malang 1``.

    Raises
    ------
    BoundaryError
        The file is no layer of kelurahan, is in another CRS, or names a kelurahan twice or
        without a code.
    """
    frame = sources.read_polygons(path)
    if KABUPATEN not in frame.columns:  # layers built before the column was known
        frame[KABUPATEN] = ""
    lacking = [column for column in LAYER_COLUMNS if column not in frame.columns]
    if lacking:
        message = (
            "{file}: lacks the columns {columns}. Build the layer with “kantong boundaries build”."
        )
        raise BoundaryError(Fault(message, file=path.name, columns=", ".join(lacking)))
    texts = [KODE, KODE_BPS, KELURAHAN, KECAMATAN, KABUPATEN, DAPIL]
    layer = frame[list(LAYER_COLUMNS)].copy()
    layer[texts] = layer[texts].apply(sources.as_text)
    layer[AREA_KM2] = pd.to_numeric(layer[AREA_KM2], errors="coerce").astype(float)
    faults = list(_faults_in_layer(layer, path.name))
    if faults:
        raise BoundaryError(*faults)
    layer[DAPIL] = _dapil_apart(layer)
    return layer.sort_values(KODE, ignore_index=True)


def _dapil_apart(layer: pd.DataFrame) -> "pd.Series[str]":
    """Return the dapil of each area, so that no two kabupaten share one."""
    dapil, kabupaten = layer[DAPIL], layer[KODE].str[:_KABUPATEN_LENGTH]
    known = dapil != ""
    pairs = pd.DataFrame({DAPIL: dapil, KABUPATEN: kabupaten})[known].drop_duplicates()
    if not pairs[DAPIL].duplicated().any():
        return dapil
    names = layer[KABUPATEN].where(layer[KABUPATEN] != "", kabupaten)
    return dapil.where(~known, names + " " + dapil)


def _faults_in_layer(layer: gpd.GeoDataFrame, file: str) -> Iterator[Fault]:
    if not CRS(CRS_STORED).equals(layer.crs, ignore_axis_order=True):
        yield Fault(
            "{file}: its coordinates are in {crs}, not in {stored} as built. Save it in {stored}, "
            "or build the layer again.",
            file=file,
            crs=str(layer.crs)[:40],
            stored=CRS_STORED,
        )
    twice = layer.loc[layer[KODE].duplicated(), KODE]
    if len(twice):
        yield Fault(
            "{file}: {codes} stand there twice. Keep one area for each.",
            file=file,
            codes=shorten(twice.unique()),
        )
    strange = layer.loc[~layer[KODE].map(codes.is_kode), KODE]
    if len(strange):
        yield Fault(
            "{file}: {codes} are no Kemendagri codes with dots. Build the layer again.",
            file=file,
            codes=shorten(quote(code) for code in strange),
        )
    if not (np.isfinite(layer[AREA_KM2]) & (layer[AREA_KM2] > 0)).all():
        yield Fault(
            "{file}: areas without a size in {column}. Build the layer again.",
            file=file,
            column=AREA_KM2,
        )


def read_about(path: Path) -> dict[str, str]:
    """Return what a canonical layer says about its own making, as :func:`about` wrote it."""
    told = json.loads(path.read_bytes()).get("kantong", {})
    return {str(key): str(value) for key, value in told.items()}
