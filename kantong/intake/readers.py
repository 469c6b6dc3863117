"""Read a file that nobody vouches for. Called in the child process only; see ``sandbox``."""

from typing import TYPE_CHECKING

from kantong.geo.errors import Fault, TableError
from kantong.intake.cells import MOST_CELLS, too_many_cells
from kantong.intake.grid import Grid
from kantong.intake.kinds import Kind, find_kind

if TYPE_CHECKING:
    from kantong.intake.child import Task


def read(content: bytes, name: str) -> tuple[Grid, ...]:
    """Read every table of a file.

    Parameters
    ----------
    content
        CSV and the like, XLSX, XLS, ODS, GeoJSON or GeoPackage; the format is told from here.
    name
        Of the file, for messages.

    Returns
    -------
    tuple of Grid
        Sheets and layers in their order, hidden ones too, those without any cell left out.

    Raises
    ------
    TableError
        What is wrong with the file and what to do about it.
    """
    grids = tuple(grid for grid in _read_kind(content, name) if grid.rows)
    if not grids:
        message = "{file}: holds no cells. Choose another file, or save it again."
        raise TableError(Fault(message, file=name))
    if sum(len(grid.rows) * len(grid.rows[0]) for grid in grids) > MOST_CELLS:
        raise TableError(too_many_cells(name))
    return grids


# Each reader is imported when it is needed: a small CSV waits for none of the others.
def _read_kind(content: bytes, name: str) -> list[Grid]:
    kind = find_kind(content, name)
    if kind is Kind.TEXT:
        from kantong.intake.textfile import read_text  # noqa: PLC0415

        return [read_text(content, name)]
    if kind is Kind.ODS:
        from kantong.intake.opendocument import read_ods  # noqa: PLC0415

        return read_ods(content, name)
    if kind in {Kind.XLSX, Kind.XLS}:
        from kantong.intake.workbook import read_xls, read_xlsx  # noqa: PLC0415

        return read_xlsx(content, name) if kind is Kind.XLSX else read_xls(content, name)
    from kantong.intake.layer import read_geojson, read_geopackage  # noqa: PLC0415

    return [read_geojson(content, name)] if kind is Kind.GEOJSON else read_geopackage(content, name)


def answer(task: "Task") -> list[object]:
    """Read the content of a task and return its grids as what JSON can carry."""
    return [
        [
            grid.name,
            grid.rows,
            grid.lines,
            [(block.top, block.left, block.bottom, block.right) for block in grid.merged],
            grid.points,
        ]
        for grid in read(task.content, str(task.arguments["name"]))
    ]
