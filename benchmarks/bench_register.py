"""Time and memory to count a register, beside pandas and DuckDB.

Seeded registers of 2 and 20 million made-up rows, one a person, are written to a temporary folder
and removed. The rows of a family stand together; numbers are in no order; one person in a
thousand stands in a second row. Each count runs in a process of its own. DuckDB answers twice: one
scan that counts one pair of columns, and the question that Kantong answers, without any check.
pandas counts the smaller register only: the larger would need more memory than a small machine has.
Seconds of the processor are told too: other work on the machine changes them little.
Run: python benchmarks/bench_register.py [ROWS ...]
"""

import importlib
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
SIZES = (2_000_000, 20_000_000)
ROUNDS = {2_000_000: 5, 20_000_000: 3}
PANDAS_ROWS = 2_000_000
CHUNK = 500_000
PEOPLE_IN_FAMILY = 4
TWICE_EVERY = 1000
# Has no divisor in common with the range, so that no two numbers fall together.
SCATTER, RANGE = 7_654_321, 10**11
SEED = 1
AIM_TIME, AIM_MB = 1.5, 1024
HEADING = (
    "provinsi,kabupaten,kecamatan,desa_kelurahan,rt,rw,Alamat,NIK,NOKK,Nama,desil_nasional,PKH,BPNT"
)


def write(path: Path, rows: int) -> None:
    """Write a seeded register in the form of SIKS-NG; nobody in it lives anywhere."""
    import geopandas as gpd  # noqa: PLC0415 - the counting processes need none of it

    layer = gpd.read_file(ROOT / "data" / "kelurahan.geojson")
    names = layer["kelurahan"].str.upper().to_numpy()
    around = layer["kecamatan"].str.upper().to_numpy()
    generator = np.random.default_rng(SEED)
    with path.open("w", encoding="utf-8") as file:
        file.write(HEADING + "\n")
        for start in range(0, rows, CHUNK):
            number = np.arange(start, min(start + CHUNK, rows))
            family = number // PEOPLE_IN_FAMILY
            place = family * 7919 % len(names)
            desil = family * 104_729 % 10 + 1
            rt = generator.integers(1, 10, len(number))
            # Some stand in a second row, with another family.
            again = (number % TWICE_EVERY == 0) & (number > 0)
            person = np.where(again, number - PEOPLE_IN_FAMILY - 1, number) * SCATTER % RANGE
            card = family * SCATTER % RANGE
            file.writelines(
                f"JAWA TIMUR,KOTA MALANG,{around[p]},{names[p]},{t},{f % 12 + 1},Jalan Rekaan {f},"
                f"99010{n:011},99010{k:011},CONTOH {n},{d},{'YA' if f % 3 else 'TIDAK'},TIDAK\n"
                for n, f, k, p, d, t in zip(person, family, card, place, desil, rt, strict=True)
            )


def ours(path: Path) -> tuple[int, ...]:
    """Count as ``kantong count`` does, without placing points."""
    from kantong.geo import boundaries  # noqa: PLC0415
    from kantong.intake import engines, registers  # noqa: PLC0415
    from kantong.intake.matching import match  # noqa: PLC0415
    from kantong.intake.registerfile import look  # noqa: PLC0415

    layer = boundaries.load(ROOT / "data" / "kelurahan.geojson")
    with engines.duckdb([path]) as engine:
        surveyed = registers.survey(registers.open_file(engine, look(path)))
        places = surveyed.places.join(match(surveyed.places, layer))
        counted = registers.count(surveyed, places)
    families = counted.frame.loc[counted.frame["programme"] == "", "families"].sum()
    return int(families), counted.reconciliation.persons_twice


def raw(path: Path) -> tuple[int, ...]:
    """Scan and count with DuckDB alone: no checks, no RW, no programmes."""
    import duckdb  # noqa: PLC0415

    table = duckdb.read_csv(str(path), all_varchar=True)
    counted = table.aggregate("desa_kelurahan, desil_nasional, count(distinct NOKK), count(*)")
    rows = counted.fetchall()
    return (sum(row[2] for row in rows),)


def unchecked(path: Path) -> tuple[int, ...]:
    """Ask DuckDB alone what Kantong answers, of numbers and texts that are taken as they are."""
    import duckdb  # noqa: PLC0415

    table = duckdb.read_csv(str(path), all_varchar=True)
    places = "kecamatan, desa_kelurahan, rw, desil_nasional, PKH, BPNT"
    rows = table.aggregate(f"{places}, count(distinct NOKK), count(*)").fetchall()
    persons = table.aggregate("NIK, count(*) AS n").filter("n > 1").aggregate("count(*)")
    return sum(row[6] for row in rows), persons.fetchall()[0][0]


def by_pandas(path: Path) -> tuple[int, ...]:
    """Count with pandas, the needed columns only."""
    import pandas as pd  # noqa: PLC0415

    columns = ["desa_kelurahan", "desil_nasional", "NOKK"]
    frame = pd.read_csv(path, usecols=columns, dtype=str)
    return (int(frame.groupby(columns[:2])["NOKK"].nunique().sum()),)


CALLS = {"Kantong": ours, "raw DuckDB": raw, "same question": unchecked, "pandas": by_pandas}
# Loaded before the clock starts.
MODULES = {
    "Kantong": (
        "kantong.geo.boundaries",
        "kantong.intake.matching",
        "kantong.intake.registers",
        "ibis.backends.duckdb",
    ),
    "raw DuckDB": ("duckdb",),
    "same question": ("duckdb",),
    "pandas": ("pandas",),
}


def measure(name: str, path: Path) -> tuple[list[float], list[int]]:
    """Return the costs of a count in a process of its own, as ``one`` prints them, and its sums."""
    out = subprocess.run(
        [sys.executable, __file__, "--one", name, str(path)],
        check=True, capture_output=True, text=True, cwd=ROOT,
    ).stdout.split()  # fmt: skip
    return [float(text) for text in out[:3]], [int(text) for text in out[3:]]


def one(name: str, path: Path) -> None:
    """Count once; print seconds, those of the processor, peak memory in MB, and the sums."""
    for module in MODULES[name]:
        importlib.import_module(module)
    began, busy = time.perf_counter(), time.process_time()
    found = CALLS[name](path)
    taken, worked = time.perf_counter() - began, time.process_time() - busy
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(taken, worked, peak, *found)


def compare(path: Path, rows: int) -> None:
    """Print medians of all ways to count a register."""
    expected = [rows // PEOPLE_IN_FAMILY, (rows - 1) // TWICE_EVERY]
    found: dict[str, list[float]] = {}
    names = [name for name in CALLS if name != "pandas" or rows <= PANDAS_ROWS]
    # In turns, so that whatever else the machine does meets all alike.
    turns = [(name, measure(name, path)) for _round in range(ROUNDS.get(rows, 1)) for name in names]
    for name in names:
        runs = [run for one, run in turns if one == name]
        if any(answer != expected[: len(answer)] for _costs, answer in runs):
            sys.exit(f"{name} found other families or persons.")
        costs = zip(*(costs for costs, _answer in runs), strict=True)
        found[name] = [statistics.median(one) for one in costs]
    print(f"{rows:,} rows, {path.stat().st_size / 1e6:,.0f} MB")
    for name, (taken, worked, peak) in found.items():
        print(f"  {name:<13} {taken:6.1f} s  {worked:6.1f} s of the processor  {peak:6.0f} MB")
    for name in ("raw DuckDB", "same question"):
        taken, worked = (found["Kantong"][cost] / found[name][cost] for cost in (0, 1))
        print(f"  Kantong / {name} {taken:.2f} ×, of the processor {worked:.2f} ×")
    print(f"  aims: {AIM_TIME} × raw DuckDB, {AIM_MB} MB")


def main(arguments: list[str]) -> None:
    """Measure each size named, or both."""
    if arguments[:1] == ["--one"]:
        one(arguments[1], Path(arguments[2]))
        return
    for rows in [int(text) for text in arguments] or SIZES:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "register.csv"
            write(path, rows)
            compare(path, rows)


if __name__ == "__main__":
    main(sys.argv[1:])
