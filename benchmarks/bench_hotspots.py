"""Local Moran's pseudo-p, beside esda and pygeoda, and all that a city page needs.

A seeded Voronoi layer of 57, 8,000 and 80,000 cells with 999 and 99,999 permutations. esda runs
with numba; its first call compiles, which a new process does again, so it is told by itself. The
peers are left out where one call would take minutes, unless --whole asks for it.
Run: python benchmarks/bench_hotspots.py [--whole]
"""

import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
SIZES = (57, 8_000, 80_000)
PERMUTATIONS = (999, 99_999)
ROUNDS = 5
# Areas times permutations beyond which a peer runs once only, and beyond which it is left out.
ONCE, TOO_MANY = 2_000_000, 100_000_000
SEED = 1
AIM_RATIO, AIM_S, AIM_PAGE_S = 100, 5.0, 0.5


def layer(cells: int) -> Any:  # noqa: ANN401 - a GeoDataFrame, imported where it is needed
    """Return a seeded Voronoi layer with a smooth figure and noise in column ``value``."""
    import geopandas as gpd  # noqa: PLC0415
    import numpy as np  # noqa: PLC0415
    import shapely  # noqa: PLC0415

    generator = np.random.default_rng(SEED)
    points = shapely.points(generator.random((cells, 2)) * 1_000 * cells**0.5)
    frame_of = shapely.envelope(shapely.multipoints(points))
    parts = shapely.voronoi_polygons(shapely.multipoints(points), extend_to=frame_of)
    shapes = shapely.intersection(shapely.get_parts(parts), frame_of)
    middle = shapely.get_coordinates(shapely.centroid(shapes))
    value = np.sin(middle[:, 0] / 5_000) + generator.normal(size=cells) / 2
    kodes = [f"{place:06}" for place in range(cells)]
    columns = {"kode": kodes, "value": value}
    return gpd.GeoDataFrame(columns, geometry=list(shapes), crs="EPSG:32749")


def median(call: Callable[[], object], rounds: int) -> float:
    """Return the median seconds of a call."""
    times = []
    for _round in range(rounds):
        began = time.perf_counter()
        call()
        times.append(time.perf_counter() - began)
    return statistics.median(times)


def peers(areas: Any, near: Any, permutations: int) -> dict[str, Callable[[], object]]:  # noqa: ANN401
    """Return the calls of esda and pygeoda that do what ours does."""
    import esda  # type: ignore[import-untyped] # noqa: PLC0415
    import pygeoda  # type: ignore[import-untyped] # noqa: PLC0415
    from libpysal.graph import Graph  # noqa: PLC0415

    graph = Graph.from_sparse(near.weights).transform("r")
    values = areas["value"].to_numpy()
    with tempfile.TemporaryDirectory() as folder:
        areas[["geometry"]].to_file(f"{folder}/layer.shp")
        weights = pygeoda.queen_weights(pygeoda.open(f"{folder}/layer.shp"))
    return {
        "esda": lambda: esda.Moran_Local(
            values, graph, permutations=permutations, seed=SEED, n_jobs=1, keep_simulations=False
        ),
        "pygeoda": lambda: pygeoda.local_moran(
            weights, values.tolist(), permutations=permutations, seed=SEED
        ),
    }


def compare(cells: int, permutations: int, *, whole: bool) -> None:
    """Print how long each takes and how many times longer than ours."""
    from kantong.analysis.neighbours import queen  # noqa: PLC0415
    from kantong.analysis.permutation import conditional, draw  # noqa: PLC0415

    areas = layer(cells)
    near = queen(areas, 0)
    values = areas["value"].to_numpy()

    def ours() -> None:
        draw.cache_clear()  # as if it had never been asked
        conditional(values, near.weights @ values, near.cardinality, permutations=permutations)

    own = median(ours, ROUNDS)
    told = [f"{cells:>7,} x {permutations:>6,}   Kantong {own * 1000:8.1f} ms"]
    work = cells * permutations
    for name, call in peers(areas, near, permutations).items():
        if work > TOO_MANY and not whole:
            told.append(f"{name}  left out")
            continue
        taken = median(call, 1 if work > ONCE else ROUNDS)
        told.append(f"{name} {taken * 1000:10.1f} ms ({taken / own:7.1f} x)")
    print("   ".join(told), flush=True)


def first_call() -> None:
    """Print what the first call of esda takes in a new process."""
    from kantong.analysis.neighbours import queen  # noqa: PLC0415

    areas = layer(SIZES[0])
    calls = peers(areas, queen(areas, 0), 999)
    print(f"{median(calls['esda'], 1):.1f}")


def page() -> None:
    """Print what a city page needs, in a process that has done nothing yet but import."""
    import geopandas as gpd  # noqa: PLC0415

    from kantong.analysis.measures import measure  # noqa: PLC0415
    from kantong.geo import boundaries  # noqa: PLC0415
    from kantong.store import library  # noqa: PLC0415

    layer = boundaries.load(ROOT / "data" / "kelurahan.geojson")
    figures = library.load(ROOT / "data")
    found = measure(figures.observations, figures.indicators, "poor_rate", "2025", layer)
    context = gpd.read_file(ROOT / "data" / "context.geojson")
    all_of_it = parts_of_page()
    began = time.perf_counter()
    all_of_it(layer, found, context)
    print(f"{time.perf_counter() - began:.3f}")


def parts_of_page() -> Callable[[Any, Any, Any], None]:
    """Import all that the page asks, and return a call that asks it once."""
    from kantong.analysis import clustering, consensus, edge, hotspots, scan, standing, steady  # noqa: PLC0415
    from kantong.analysis import neighbours as near  # noqa: PLC0415

    def ask(layer: Any, found: Any, context: Any) -> None:  # noqa: ANN401
        areas = layer.to_crs(near.zone(layer))
        rules = {
            "queen": near.queen(areas),
            "rook": near.rook(areas),
            "nearest": near.nearest(areas, 5),
            "within": near.within(areas, near.reach_m(areas)),
        }
        counts = found.numerator, found.denominator
        rates = {
            "raw": found.value,
            "steady": steady.empirical_bayes(*counts),
            "adjusted": steady.standardised_rate(*counts),
        }
        both = found.value, rules["queen"]
        hotspots.hotspots(*both)
        clustering.moran(*both, permutations=9_999)
        clustering.geary(*both, permutations=9_999)
        consensus.consensus(rates, rules)
        edge.edge(*both, edge.outside_neighbours(areas, context))
        standing.standing(*counts, seed=SEED)
        scan.scan(*counts, areas, simulations=999)

    return ask


def fresh(what: str, rounds: int) -> float:
    """Return the median of what a new process prints."""
    command = [sys.executable, __file__, what]
    told = [
        float(subprocess.run(command, check=True, capture_output=True, cwd=ROOT).stdout)
        for _round in range(rounds)
    ]
    return statistics.median(told)


def main(arguments: list[str]) -> None:
    """Measure all, or print one figure of a new process."""
    warnings.simplefilter("ignore")  # esda tells of a change to come
    if arguments in (["first"], ["page"]):
        {"first": first_call, "page": page}[arguments[0]]()
        return
    print(f"esda, first call in a new process (57 x 999): {fresh('first', 1):.1f} s")
    peers_ready()
    for cells in SIZES:
        for permutations in PERMUTATIONS:
            compare(cells, permutations, whole="--whole" in arguments)
    print(f"Aims: {AIM_RATIO} x both at 80,000 x 999; 80,000 x 99,999 within {AIM_S} s")
    print(f"A city page in a new process: {fresh('page', 3):.2f} s (aim {AIM_PAGE_S})")


def peers_ready() -> None:
    """Let esda compile, so that it is measured at its best."""
    from kantong.analysis.neighbours import queen  # noqa: PLC0415

    areas = layer(SIZES[0])
    peers(areas, queen(areas, 0), 99)["esda"]()


if __name__ == "__main__":
    main(sys.argv[1:])
