"""Time to place a million points in the villages of a province, beside geopandas.sjoin.

KANTONG_PROVINCE names a file of villages; without it a seeded grid of 7,711 stands in.
Run: python benchmarks/bench_points.py
"""

import os
import statistics
import sys
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np
import province

from kantong.geo.points import BATCH, Places
from kantong.geo.schema import KODE

POINTS = 1_000_000
ROUNDS = 5
AIM = 1.2
SEED = 1


def ours(layer: gpd.GeoDataFrame, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Place points with Kantong, the layer laid out anew each time."""
    return Places(layer).kodes(x, y)


def joined(layer: gpd.GeoDataFrame, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Place points with geopandas; of several areas the lowest kode."""
    points = gpd.GeoDataFrame(geometry=gpd.points_from_xy(x, y, crs=layer.crs))
    found = gpd.sjoin(points, layer[[KODE, "geometry"]], how="left", predicate="intersects")
    return found[KODE].fillna("").groupby(level=0).min().to_numpy()


def timed(call: Callable[..., np.ndarray], *arguments: object) -> tuple[float, np.ndarray]:
    """Return seconds and the answer of a call."""
    began = time.perf_counter()
    answer = call(*arguments)
    return time.perf_counter() - began, answer


def extra_mb(places: Places, points: int) -> float:
    """Return the memory beside input and answer that placing some points takes, at its peak."""
    generator = np.random.default_rng(SEED)
    x, y = generator.uniform(112, 113, points), generator.uniform(-8, -7, points)
    tracemalloc.start()
    answer = places.rows(x, y)
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return (peak - answer.nbytes) / 1e6


def main() -> None:
    """Print medians side by side, after checking that both say the same."""
    source = os.environ.get("KANTONG_PROVINCE", "")
    villages = province.read_source(Path(source)) if source else province.draw_grid(SEED)
    layer = province.canonical(villages)
    west, south, east, north = layer.total_bounds
    generator = np.random.default_rng(SEED)
    x, y = generator.uniform(west, east, POINTS), generator.uniform(south, north, POINTS)
    times: dict[str, list[float]] = {"ours": [], "sjoin": []}
    for _round in range(ROUNDS):
        taken, mine = timed(ours, layer, x, y)
        times["ours"].append(taken)
        taken, theirs = timed(joined, layer, x, y)
        times["sjoin"].append(taken)
        if not np.array_equal(mine, theirs):
            sys.exit("The two do not agree.")
    own, peer = (statistics.median(times[name]) for name in ("ours", "sjoin"))
    inside = (mine != "").mean()
    print(f"{POINTS:,} points ({inside:.0%} inside), {len(layer):,} areas, medians of {ROUNDS}")
    print(f"Kantong {own:.2f} s | geopandas.sjoin {peer:.2f} s | {own / peer:.2f} × (aim {AIM})")
    places = Places(layer)
    few, many = (extra_mb(places, points) for points in (BATCH, 10 * BATCH))
    print(f"memory beside input and answer: {BATCH:,} points {few:.0f} MB, ten times {many:.0f} MB")


if __name__ == "__main__":
    main()
