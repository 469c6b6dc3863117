"""Registers counted in the closed child: rows of people go in, counts come out.

The content stays in memory without a name (Linux) or in a private folder that goes with the
child; of its columns only those are read that counting needs.
"""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from kantong.geo.errors import Fault, TableError, quote, shorten
from kantong.geo.schema import CRS_STORED, KODE
from kantong.intake import engines, readers, registers, tally
from kantong.intake.child import pack
from kantong.intake.families import recognise
from kantong.intake.registerfile import headings_of, look

if TYPE_CHECKING:
    from kantong.intake.child import Task
    from kantong.intake.registers import Opened

_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")


def survey(task: "Task") -> dict[str, Any]:
    """Return which register a file holds and the places in it, with their rows.

    Arguments of the task: ``name`` of the file, and ``areas``: code and outline (WKB in
    hexadecimal digits, EPSG:4326) of each kelurahan where rows may be placed by coordinates.
    """
    task.progress("read")
    with _opened(task) as opened:
        task.progress("survey")
        found = registers.survey(opened)
    places = found.places[[*registers.PLACE_COLUMNS, "rows"]]
    by_point = found.groups.loc[found.groups[registers.POINT] != "", "rows"].sum()
    return {
        "register": opened.register.family.value,
        "places": _rows(places),
        "by_point": int(by_point),
    }


def count(task: "Task") -> dict[str, Any]:
    """Return the counts of a register as observations, and what became of its rows.

    Arguments of the task: as of :func:`survey`, ``period``, and ``places``: code, kelurahan and
    kecamatan as the survey gave them, with ``kode`` behind, empty where there is none.
    """
    task.progress("read")
    columns = [*registers.PLACE_COLUMNS, KODE]
    resolution = pd.DataFrame(task.arguments["places"], columns=columns, dtype=str)
    with _opened(task) as opened:
        task.progress("survey")
        found = registers.survey(opened)
        task.progress("count")
        counted = registers.count(found, resolution)
    return answer(counted, task.arguments["period"])


def answer(counted: tally.Counted, period: str) -> dict[str, Any]:
    """Return a count as JSON carries it: observations, notes and what became of the rows."""
    noted = counted.reconciliation
    return {
        "observations": _rows(tally.to_observations(counted, period)),
        "notes": [pack(note) for note in noted.notes()],
        "rows": noted.rows,
        "counted": noted.counted,
        "inactive": noted.inactive,
        "deceased": noted.deceased,
        "unresolved": _rows(noted.unresolved[[*registers.PLACE_COLUMNS, "rows"]]),
    }


def _rows(frame: pd.DataFrame) -> list[list[Any]]:
    """Return the rows of a frame as JSON carries them."""
    kept: list[list[Any]] = frame.astype(object).to_numpy().tolist()
    return kept


@contextmanager
def _opened(task: "Task") -> Iterator["Opened"]:
    """Open the content of a task on an engine; messages speak of the file by its name."""
    name = str(task.arguments["name"])
    place = _placer(task.arguments["areas"])
    if task.content.startswith(_WORKBOOKS):
        with engines.duckdb([]) as engine:
            yield replace(_in_workbook(engine, task.content, name), place=place)
        return
    with _as_file(task.content) as path:
        try:
            file = look(path)
        except TableError as error:
            raise TableError(*(_named(fault, name) for fault in error.faults)) from None
        with engines.duckdb([path]) as engine:
            yield replace(registers.open_file(engine, file), file=name, place=place)


def _placer(areas: Sequence[Sequence[str]]) -> Any:  # noqa: ANN401 - as Opened has it
    if not areas:
        return None
    import geopandas as gpd  # noqa: PLC0415 - half a second that few registers need
    import shapely  # noqa: PLC0415

    from kantong.intake.placing import placer  # noqa: PLC0415

    codes, outlines = zip(*areas, strict=True)
    shapes = shapely.from_wkb(list(outlines))
    return placer(gpd.GeoDataFrame({KODE: codes}, geometry=list(shapes), crs=CRS_STORED))


def _in_workbook(engine: engines.Engine, content: bytes, name: str) -> "Opened":
    """Open the one sheet that holds a register; which of several counts is not guessed."""
    grids = readers.read(content, name)
    found = [grid for grid in grids if any(map(recognise, headings_of(grid)))]
    if len(found) > 1:
        message = (
            "{file}: the sheets {names} each hold a register, and which of them belong together "
            "cannot be told. Put the rows that do onto one sheet and take the others out."
        )
        names = shorten(quote(grid.name) for grid in found)
        raise TableError(Fault(message, file=name, names=names))
    return registers.open_grid(engine, next(iter(found), grids[0]), name)


def _named(fault: Fault, name: str) -> Fault:
    return Fault(fault.message, **{**fault.details, "file": name})


@contextmanager
def _as_file(content: bytes) -> Iterator[Path]:
    """Give content a path under which an engine finds it, and nobody after us."""
    if sys.platform == "linux":
        memory = os.memfd_create("register")
        try:
            with os.fdopen(memory, "wb", closefd=False) as file:
                file.write(content)
            yield Path(f"/proc/self/fd/{memory}")
        finally:
            os.close(memory)
        return
    with engines.private_folder() as folder:
        path = folder / "register"
        path.write_bytes(content)
        yield path
