"""Sheets and atlases beside the aims: pages a second, size, memory.

One sheet and the atlas of Kota Malang as the page Cetak makes them, in a process that has drawn
before; the same atlas as a whole command; and an atlas of 1,000 made-up areas, beside one of 250,
to see whether memory grows with pages. numba is hidden from the command, since only tests need it
and mapclassify compiles with it where it is found.

The peer was measured apart, on the same kind of machine: QGIS 3.22 without a screen, a like layout.
Run: python benchmarks/bench_atlas.py
"""

import datetime as dt
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
ROUNDS, SEED = 5, 1
AIM_SHEET_S, AIM_ATLAS_S, AIM_COMMAND_S, AIM_MB = 0.3, 1.5, 4.0, 3.0
QGIS_EXPORT_S, QGIS_PROCESS_S, QGIS_MB, QGIS_SINGLES_S = 4.3, 6.8, 12.1, 17.1
_COMMAND = "import sys; sys.modules['numba'] = None; from kantong.cli import main; main()"


def median(call: Callable[[], Any]) -> float:
    """Return the median seconds of a call that was made once before."""
    call()
    times = []
    for _round in range(ROUNDS):
        began = time.perf_counter()
        call()
        times.append(time.perf_counter() - began)
    return statistics.median(times)


def city() -> Any:  # noqa: ANN401 - a Job, imported where it is needed
    """Return all that the atlas of Kota Malang needs, as the page prepares it."""
    from kantong.maps.style import Scheme  # noqa: PLC0415
    from kantong.views import atlases, data  # noqa: PLC0415
    from kantong.views.state import ALL, Selection  # noqa: PLC0415

    whole = data.city(covered=True)
    selection = Selection("poor_people", "2025", Scheme(), ALL, ALL, "", "kecamatan")
    order = atlases.Order(tuple(whole.layer["kode"]))
    return atlases.job(whole, selection, whole.measure("poor_people", "2025"), order)


def in_one_process() -> None:
    """Print the times of a process that has drawn before."""
    from kantong.maps.sheet import sheets  # noqa: PLC0415

    job = city()
    first = job.book.sheets[0]

    def one() -> bytes:
        return sheets(job.ground, [first], job.words.sheet, created=NOW)

    def every() -> bytes:
        return sheets(job.ground, job.book.sheets, job.words.sheet, created=NOW)

    def bound() -> bytes:
        content: bytes = job.bound(lambda _stage: None, threading.Event())
        return content

    def single() -> bytes:
        content: bytes = job.parted(lambda _stage: None, threading.Event())
        return content

    pages = len(job.book.sheets)
    seconds, size = median(every), len(every()) / 1e6
    print(f"one sheet: {median(one):.3f} s (aim {AIM_SHEET_S}), {len(one()) / 1e3:.0f} kB")
    print(
        f"{pages} sheets in one file: {seconds:.2f} s (aim {AIM_ATLAS_S}), {pages / seconds:.0f} "
        f"pages a second, {size:.2f} MB (aim {AIM_MB}); QGIS {QGIS_EXPORT_S} s, {QGIS_MB} MB: "
        f"{QGIS_EXPORT_S / seconds:.1f} ×, {QGIS_MB / size:.1f} ×"
    )
    print(f"with cover, contents, index map, method: {median(bound):.2f} s")
    seconds = median(single)
    print(f"{pages} single files: {seconds:.2f} s; QGIS {QGIS_SINGLES_S} s: "
          f"{QGIS_SINGLES_S / seconds:.1f} ×")  # fmt: skip


def as_command() -> None:
    """Print the time of ``kantong atlas`` from beginning to end."""
    times = []
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-c", _COMMAND, "atlas", "--out", f"{folder}/atlas.pdf"]
        for _round in range(ROUNDS):
            began = time.perf_counter()
            subprocess.run(command, check=True, cwd=ROOT, capture_output=True)
            times.append(time.perf_counter() - began)
    seconds = statistics.median(times)
    print(
        f"whole command: {seconds:.2f} s, fastest {min(times):.2f} s (aim {AIM_COMMAND_S}); "
        f"QGIS {QGIS_PROCESS_S} s: {QGIS_PROCESS_S / seconds:.1f} ×"
    )


def many(areas: int) -> None:
    """Print time, size and peak memory of an atlas of made-up areas."""
    import geopandas as gpd  # noqa: PLC0415
    import numpy as np  # noqa: PLC0415
    import shapely  # noqa: PLC0415

    from kantong.maps.atlas import Book, Group, Words, atlas  # noqa: PLC0415
    from kantong.maps.drawing import prepare  # noqa: PLC0415
    from kantong.maps.sheet import Sheet  # noqa: PLC0415
    from kantong.maps.sheet import Words as SheetWords  # noqa: PLC0415
    from kantong.maps.theme import Swatch, Theme  # noqa: PLC0415

    generator = np.random.default_rng(SEED)
    points = shapely.multipoints(
        generator.random((areas, 2)) * 1_000 * areas**0.5 + (650_000, 9_100_000)
    )
    frame = shapely.envelope(points)
    parts = shapely.get_parts(shapely.voronoi_polygons(points, extend_to=frame))
    shapes = shapely.segmentize(shapely.intersection(parts, frame), 20)
    kodes = [f"{place:06}" for place in range(areas)]
    columns = {"kode": kodes, "kelurahan": [f"Desa {kode}" for kode in kodes]}
    ground = prepare(gpd.GeoDataFrame(columns, geometry=list(shapes), crs=32749))
    theme = Theme("Orang", dict.fromkeys(kodes, "#fd6830"), (Swatch("#fd6830", "1"),))
    rows = tuple((f"Indikator {row}", "1.234 orang", "1 – 2", "3 dari 57") for row in range(5))
    sheets = tuple(
        Sheet(kode, f"Desa {kode}", "Kecamatan", theme, "Peta", ("a", "b", "c", "d"), rows)
        for kode in kodes
    )
    words = Words("Isi", "Indeks", "Metode", "Hal.", "{page} / {pages}", SheetWords(
        "Lembar", "Skala", "U", "ini", "lain", "luar", "", "Kisi UTM", "100 %", "Letak", "QR",
    ))  # fmt: skip
    book = Book("Atlas", "", theme, "Peta", (Group("", sheets),), ())
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    began = time.perf_counter()
    size = len(atlas(ground, book, words, created=NOW))
    seconds = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    print(
        f"{areas} areas: {seconds:.1f} s, {areas / seconds:.0f} pages a second, "
        f"{size / 1e6:.1f} MB, peak {peak:.0f} MB ({before:.0f} MB before the first page)"
    )


def main() -> None:
    """Print all figures, each from a process of its own."""
    if len(sys.argv) > 1:
        in_one_process() if sys.argv[1] == "city" else many(int(sys.argv[1]))
        return
    for what in ("city", "250", "1000"):
        subprocess.run([sys.executable, __file__, what], check=True, cwd=ROOT)
    as_command()


if __name__ == "__main__":
    main()
