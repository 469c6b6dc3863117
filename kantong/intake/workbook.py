"""Workbooks of Excel: XLSX and XLS."""

import io
import posixpath
import re
import zipfile
from collections.abc import Mapping
from typing import Final

import python_calamine as calamine

from kantong.geo.errors import TableError
from kantong.intake.archive import StopReadingError, damaged, opened, parse
from kantong.intake.cells import MOST_CELLS, assemble, refuse_corner, too_many_cells
from kantong.intake.grid import Grid
from kantong.intake.kinds import locked

_REFERENCE = re.compile(r"\$?([A-Za-z]{1,3})\$?([0-9]{1,7})")
_WORKBOOK: Final = "xl/workbook.xml"
_RELATIONS: Final = "xl/_rels/workbook.xml.rels"

# Row and column, from 0.
Position = tuple[int, int]
Errors = dict[Position, str]


def read_xlsx(content: bytes, name: str) -> list[Grid]:
    """Read the sheets of an XLSX workbook, hidden ones too.

    Every part is looked through first: a single cell in the last row and column would make the
    reader of sheets ask for gigabytes. Cells that hold an error, which that reader leaves empty,
    are taken from there.

    Raises
    ------
    TableError
        Bombs, entities, damage, a password, or more than a table of counts can hold.
    """
    with opened(content, name) as archive:
        sheets = _sheet_names(archive, name)
        errors = {
            sheets.get(path, path): _look_through(archive, path, sheets.get(path, path), name)
            for path in archive.namelist()
            if path.lower().endswith((".xml", ".rels")) or path in sheets
        }
    return _read_sheets(content, name, errors)


def read_xls(content: bytes, name: str) -> list[Grid]:
    """Read the sheets of an XLS workbook, hidden ones too; cells with errors come out empty.

    Raises
    ------
    TableError
        Damage, a password, or more than a table of counts can hold.
    """
    return _read_sheets(content, name, {})


def _sheet_names(archive: zipfile.ZipFile, name: str) -> dict[str, str]:
    """Find the name of the sheet in each part."""
    targets: dict[str, str] = {}
    sheets: dict[str, str] = {}

    def relation(tag: str, attributes: dict[str, str]) -> None:
        if tag == "Relationship":
            target = posixpath.join("/xl", attributes.get("Target", ""))
            targets[attributes.get("Id", "")] = posixpath.normpath(target).lstrip("/")

    def sheet(tag: str, attributes: dict[str, str]) -> None:
        if tag == "sheet" and attributes.get("id") in targets:
            sheets[targets[attributes["id"]]] = attributes.get("name", "")

    for path, start in ((_RELATIONS, relation), (_WORKBOOK, sheet)):
        if path in archive.namelist():
            parse(archive, path, name, start=start)
    return sheets


class _Look:
    """What a part shows of its cells: the corner they reach to, and those that hold an error."""

    def __init__(self, sheet: str, file: str) -> None:
        self.sheet, self.file = sheet, file
        self.root = ""
        self.row, self.column = -1, -1
        self.cell_is_error = self.value_is_error = False
        self.errors: Errors = {}
        self.top = self.left = 1 << 30
        self.bottom = self.right = -1

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if not self.root:
            self.root = tag
            if tag != "worksheet":
                raise StopReadingError
        if tag == "c":
            self._enter_cell(attributes)
        elif tag in {"v", "is"}:
            self._count()
            self.value_is_error = self.cell_is_error
        elif tag == "row":
            self.row = int(attributes.get("r", self.row + 2)) - 1
            self.column = -1

    def end(self, _tag: str) -> None:
        self.value_is_error = False

    def text(self, text: str) -> None:
        if self.value_is_error:
            place = (self.row, self.column)
            self.errors[place] = self.errors.get(place, "") + text

    def _enter_cell(self, attributes: dict[str, str]) -> None:
        self.column += 1
        reference = attributes.get("r")
        if reference is not None:
            self.row, self.column = _position(reference)
        self.cell_is_error = attributes.get("t") == "e"

    def _count(self) -> None:
        self.top, self.bottom = min(self.top, self.row), max(self.bottom, self.row)
        self.left, self.right = min(self.left, self.column), max(self.right, self.column)
        refuse_corner(self.bottom, self.right, file=self.file, sheet=self.sheet)


def _position(reference: str) -> Position:
    found = _REFERENCE.fullmatch(reference)
    if found is None:
        raise ValueError(reference)
    column = 0
    for letter in found[1].upper():
        column = column * 26 + ord(letter) - ord("A") + 1
    return int(found[2]) - 1, column - 1


def _look_through(archive: zipfile.ZipFile, path: str, sheet: str, name: str) -> Errors:
    look = _Look(sheet, name)
    parse(archive, path, name, start=look.start, end=look.end, text=look.text)
    height, width = look.bottom - look.top + 1, look.right - look.left + 1
    if look.bottom >= 0 and height * width > MOST_CELLS:
        raise TableError(too_many_cells(name))
    return look.errors


def _read_sheets(content: bytes, name: str, errors: Mapping[str, Errors]) -> list[Grid]:
    try:
        with calamine.load_workbook(io.BytesIO(content)) as book:
            return [
                _grid(book.get_sheet_by_name(sheet.name), name, errors.get(sheet.name, {}))
                for sheet in book.sheets_metadata
                if sheet.typ == calamine.SheetTypeEnum.WorkSheet
            ]
    except calamine.PasswordError as error:
        raise TableError(locked(name)) from error
    except (calamine.CalamineError, OSError, KeyError, IndexError) as error:
        raise TableError(damaged(name)) from error


def _grid(sheet: calamine.CalamineSheet, file: str, errors: Errors) -> Grid:
    if sheet.start is None:
        return assemble([], file=file, name=sheet.name)
    if sheet.height * sheet.width > MOST_CELLS:
        raise TableError(too_many_cells(file))
    top, left = sheet.start
    rows: list[tuple[int, list[object]]] = [
        (top + number + 1, [*(None for _ in range(left)), *row])
        for number, row in enumerate(sheet.to_python(skip_empty_area=True))
    ]
    for (row, column), text in errors.items():
        if top <= row < top + len(rows) and column < left + sheet.width:
            rows[row - top][1][column] = text
    blocks = (
        (first[0], first[1], last[0], last[1]) for first, last in sheet.merged_cell_ranges or ()
    )
    return assemble(rows, file=file, name=sheet.name, blocks=blocks)
