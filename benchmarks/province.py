"""A data folder of province size, to try the app and its drill-down on about 7,700 villages.

Run as ``.venv/bin/python benchmarks/province.py OUT [SOURCE.parquet]``, then open it with
``KANTONG_DATA=OUT make run``.

The codes are trial codes. SOURCE has BPS codes, which number otherwise than Kemendagri and often
lack the form of a Kemendagri code (35.01.06.0004), so within each kabupaten the kecamatan are
numbered from 01 and within each kecamatan the villages from 2001, both in the order of their BPS
codes: 35.01.06.2004. The BPS code stands in ``kode_bps``. Every figure is drawn from a seed and
says SIMULASI.
"""

import json
import shutil
import sys
import time
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from kantong.geo import boundaries, coverage, levels
from kantong.geo.files import replace_folder, sha256, write_whole
from kantong.geo.schema import (
    AREA_KM2,
    CRS_STORED,
    DAPIL,
    DATASET,
    INDICATOR,
    KABUPATEN,
    KECAMATAN,
    KELURAHAN,
    KODE,
    KODE_BPS,
    LAYER_COLUMNS,
    OBSERVATION_COLUMNS,
    PERIOD,
    VALUE,
)

ROOT = Path(__file__).resolve().parents[1]
SEED = 20250930
UTM = "EPSG:32749"
# The grid that stands in for SOURCE: 4 x 9 kabupaten of 4 x 4 kecamatan, 13 or 14 villages each.
GRID = (112, 69)
CELL_M = 2000.0
ORIGIN_M = (520_000.0, 9_090_000.0)
SOURCE_COLUMNS = {
    "code": KODE_BPS,
    "village": KELURAHAN,
    "district": KECAMATAN,
    "regency": KABUPATEN,
}
MISSING = 0.01


def read_source(path: Path) -> gpd.GeoDataFrame:
    """Return the villages of a GeoParquet file with ``SOURCE_COLUMNS``."""
    frame = gpd.read_parquet(path).rename(columns=SOURCE_COLUMNS)
    return frame[[*SOURCE_COLUMNS.values(), "geometry"]]


def draw_grid(seed: int) -> gpd.GeoDataFrame:
    """Return about 7,700 invented villages: a grid whose corners are moved at random."""
    rng = np.random.default_rng([seed, 0])
    columns, rows = GRID
    corner = np.stack(np.meshgrid(np.arange(columns + 1), np.arange(rows + 1)), axis=-1)
    points = corner + rng.uniform(-0.3, 0.3, corner.shape)
    points = points * CELL_M + ORIGIN_M
    rings = np.stack([points[:-1, :-1], points[:-1, 1:], points[1:, 1:], points[1:, :-1]], axis=2)
    x, y = (axis.ravel() for axis in np.meshgrid(np.arange(columns), np.arange(rows)))
    kabupaten = x // 28 * 9 + y * 9 // rows
    kecamatan = x % 28 // 7 * 4 + y * 36 // rows % 4
    group = kabupaten * 16 + kecamatan
    village = pd.Series(group).groupby(group).cumcount().to_numpy()
    table = {
        KODE_BPS: [
            f"35{a + 1:02}{b + 1:02}0{c + 1:03}"
            for a, b, c in zip(kabupaten, kecamatan, village, strict=True)
        ],
        KELURAHAN: [f"Desa {number + 1}" for number in range(len(x))],
        KECAMATAN: [f"Kecamatan {number + 1}" for number in group],
        KABUPATEN: [f"Kabupaten {number + 1}" for number in kabupaten],
    }
    return gpd.GeoDataFrame(table, geometry=shapely.polygons(rings.reshape(-1, 4, 2)), crs=UTM)


def trial_codes(bps: "pd.Series[str]") -> "pd.Series[str]":
    """Return a code in the form of Kemendagri for each BPS code."""
    ordered = bps.sort_values()
    district = ordered.str[:7]
    kecamatan = district.groupby(ordered.str[:4]).rank(method="dense").astype(int)
    village = district.groupby(district).cumcount() + 2001
    prefix = ordered.str[:2] + "." + ordered.str[2:4] + "."
    kode = prefix + kecamatan.map("{:02}".format) + "." + village.astype(str)
    return kode.reindex(bps.index)


def canonical(villages: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the villages, a valid coverage already, as a canonical layer."""
    stored = coverage.to_stored(villages.geometry.to_crs(UTM), "kelurahan.geojson")
    layer = gpd.GeoDataFrame(villages.drop(columns="geometry"), geometry=stored, crs=CRS_STORED)
    layer[KODE], layer[DAPIL] = trial_codes(layer[KODE_BPS]), ""
    layer[AREA_KM2] = (stored.to_crs(UTM).area / 1e6).round(6)
    return layer[list(LAYER_COLUMNS)].sort_values(KODE, ignore_index=True)


def figures(layer: pd.DataFrame, seed: int) -> dict[str, dict[str, Any]]:
    """Return invented counts by indicator and period; NaN for some villages that are late."""
    rng = np.random.default_rng([seed, 1])
    size = len(layer)
    region = pd.factorize(levels.region_of(layer, "kabupaten"))[0]
    share = np.clip(rng.beta(3, 22, size) + rng.normal(0, 0.03, region.max() + 1)[region], 0, 0.6)
    people = np.round(rng.lognormal(8.3, 0.6, size))
    drift = rng.normal(1, 0.06, (4, size))
    poor = {year: np.round(people * share * drift[i]) for i, year in enumerate(("2024", "2025"))}
    served = {
        quarter: np.where(rng.random(size) < MISSING, np.nan, np.round(people * 2.5 * share * d))
        for quarter, d in zip(("2025-Q2", "2025-Q3"), drift[2:], strict=True)
    }
    return {"population": {"2023": people}, "poor_people": poor, "dtsen_people": served}


def table(layer: pd.DataFrame, indicator: str, counts: dict[str, Any]) -> bytes:
    """Return one indicator as CSV with ``OBSERVATION_COLUMNS``."""
    parts = [
        layer[[KODE, KELURAHAN]].assign(
            **{INDICATOR: indicator, PERIOD: period, VALUE: pd.array(values, dtype="Int64")}
        )
        for period, values in counts.items()
    ]
    frame = pd.concat(parts).assign(**{DATASET: f"SIMULASI-province-{indicator}"})
    written = frame[list(OBSERVATION_COLUMNS)].to_csv(index=False, lineterminator="\n")
    return str(written).encode()


def resource(indicator: str, content: bytes, seed: int) -> dict[str, Any]:
    """Describe one table for the data package."""
    return {
        "name": indicator.replace("_", "-"),
        "path": f"{indicator}.csv",
        "profile": "tabular-data-resource",
        "hash": f"sha256:{sha256(content)}",
        "sources": [{"title": f"SIMULASI: benchmarks/province.py, seed {seed}"}],
        "licenses": [{"name": "Apache-2.0"}],
        "kantong": {
            "id": f"SIMULASI-province-{indicator}",
            "title": {"id": f"SIMULASI {indicator}", "en": f"SIMULATED {indicator}"},
            "simulated": True,
            "note": {"id": "Angka acak untuk uji.", "en": "Random figures for trials."},
            "content": "observations",
        },
    }


def write_folder(out: Path, villages: gpd.GeoDataFrame, source: str, seed: int = SEED) -> None:
    """Write layer, surroundings, catalogue and figures into a data folder."""
    layer = canonical(villages)
    about = {"source": source, "measured_in": UTM, "attribution": source}
    write_whole(out / "kelurahan.geojson", boundaries.to_geojson(layer, **about))
    nothing = gpd.GeoDataFrame({KODE: []}, geometry=[], crs=CRS_STORED)
    write_whole(out / "context.geojson", boundaries.to_geojson(nothing, source=source))
    shutil.copyfile(ROOT / "data" / "indicators.toml", out / "indicators.toml")
    tables = {name: table(layer, name, counts) for name, counts in figures(layer, seed).items()}
    package = {
        "profile": "tabular-data-package",
        "name": "kantong-province",
        "title": "SIMULASI: provinsi uji / trial province",
        "resources": [resource(name, content, seed) for name, content in tables.items()],
    }
    files = {f"{name}.csv": content for name, content in tables.items()}
    files["datapackage.json"] = (json.dumps(package, ensure_ascii=False, indent=1) + "\n").encode()
    replace_folder(out / "province", files)


def report(out: Path) -> None:
    """Print how long it takes to load and to dissolve the layer, and how large the results are."""
    path = out / "kelurahan.geojson"
    began = time.perf_counter()
    layer = boundaries.load(path)
    taken = time.perf_counter() - began
    print(f"load {len(layer)} areas: {taken:.2f} s, {path.stat().st_size / 1e6:.1f} MB")
    for by, tolerance_m in levels.OVERVIEW_TOLERANCE_M.items():
        began = time.perf_counter()
        found = levels.dissolve(layer, by, tolerance_m=tolerance_m)
        taken = time.perf_counter() - began
        size = len(boundaries.to_geojson(found)) / 1000
        print(f"dissolve to {len(found)} {by}: {taken:.2f} s, {size:.0f} kB")


def main(arguments: list[str]) -> None:
    """Write the folder named first, from the file named second or else from a grid."""
    out = Path(arguments[0])
    if len(arguments) > 1:
        source = Path(arguments[1])
        write_folder(out, read_source(source), source.name)
    else:
        write_folder(out, draw_grid(SEED), "SIMULASI: grid")
    report(out)


if __name__ == "__main__":
    main(sys.argv[1:])
