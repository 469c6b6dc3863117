"""Workbooks of LibreOffice and its like: ODS.

Read here rather than by calamine, which drops errors, merged cells and untyped text, and writes
repeated rows out before anyone can stop it.
"""

from collections.abc import Callable

from kantong.geo.errors import TableError
from kantong.intake.archive import opened, parse
from kantong.intake.cells import MOST_CELLS, Block, assemble, refuse_corner, too_many_cells
from kantong.intake.grid import Grid
from kantong.intake.kinds import locked

_CONTENT = "content.xml"
_MANIFEST = "META-INF/manifest.xml"
_NUMBERS = {"float", "percentage", "currency"}
_MOST_SPACES = 100
# Their text belongs to no cell.
_ASIDE = {"annotation", "custom-shape", "frame", "shapes", "tracked-changes"}


def read_ods(content: bytes, name: str) -> list[Grid]:
    """Read the sheets of an ODS workbook, hidden ones too.

    Raises
    ------
    TableError
        Bombs, entities, damage, a password, or more than a table of counts can hold.
    """
    with opened(content, name) as archive:
        if _MANIFEST in archive.namelist():
            parse(archive, _MANIFEST, name, start=_refuse_lock(name))
        sheets = _Sheets(name)
        parse(archive, _CONTENT, name, start=sheets.start, end=sheets.end, text=sheets.characters)
    return sheets.grids


def _refuse_lock(name: str) -> Callable[[str, dict[str, str]], None]:
    def start(tag: str, _attributes: dict[str, str]) -> None:
        if tag == "encryption-data":
            raise TableError(locked(name))

    return start


class _Sheets:
    """Collects the cells of ``content.xml`` as it is parsed."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.grids: list[Grid] = []
        self.name = ""
        self.depth = self.aside = self.count = 0
        self.rows: list[tuple[int, list[object]]] = []
        self.blocks: list[Block] = []
        self.row: list[object] = []
        self.line = self.row_repeat = self.gap = 0
        self.cell: dict[str, str] | None = None
        self.paragraphs: list[str] = []
        self.in_paragraph = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag in _ASIDE:
            self.aside += 1
        if self.aside:
            return
        handler = _STARTS.get(tag)
        if handler is not None:
            handler(self, attributes)

    def end(self, tag: str) -> None:
        if self.aside:
            self.aside -= tag in _ASIDE
            return
        handler = _ENDS.get(tag)
        if handler is not None:
            handler(self)

    def characters(self, text: str) -> None:
        if self.in_paragraph and not self.aside:
            self.paragraphs[-1] += text

    def start_table(self, attributes: dict[str, str]) -> None:
        self.depth += 1
        if self.depth == 1:
            self.name = attributes.get("name", "")
            self.rows, self.blocks, self.line = [], [], 0

    def end_table(self) -> None:
        self.depth -= 1
        if self.depth == 0:
            grid = assemble(self.rows, file=self.file, name=self.name, blocks=self.blocks)
            self.grids.append(grid)

    def start_row(self, attributes: dict[str, str]) -> None:
        self.row, self.gap = [], 0
        self.row_repeat = _times(attributes, "number-rows-repeated")

    def end_row(self) -> None:
        if self.row:
            last = self.line + self.row_repeat - 1
            refuse_corner(last, len(self.row) - 1, file=self.file, sheet=self.name)
            self._count(self.row_repeat * len(self.row))
            self.rows.extend((self.line + n + 1, self.row) for n in range(self.row_repeat))
        self.line += self.row_repeat

    def start_cell(self, attributes: dict[str, str]) -> None:
        self.cell, self.paragraphs = attributes, []
        down = _times(attributes, "number-rows-spanned")
        right = _times(attributes, "number-columns-spanned")
        if down > 1 or right > 1:
            column = len(self.row) + self.gap
            self.blocks.append((self.line, column, self.line + down - 1, column + right - 1))

    def end_cell(self) -> None:
        attributes, self.cell = self.cell or {}, None
        times = _times(attributes, "number-columns-repeated")
        value = _value(attributes, "\n".join(self.paragraphs))
        if value is None or value == "":
            self.gap += times
            return
        last = len(self.row) + self.gap + times - 1
        refuse_corner(self.line, last, file=self.file, sheet=self.name)
        self.row.extend([None] * self.gap)
        self.row.extend([value] * times)
        self.gap = 0

    def start_paragraph(self, _attributes: dict[str, str]) -> None:
        if self.cell is not None:
            self.in_paragraph += 1
            self.paragraphs.append("")

    def end_paragraph(self) -> None:
        self.in_paragraph = max(0, self.in_paragraph - 1)

    def add_spaces(self, attributes: dict[str, str]) -> None:
        self.characters(" " * min(_times(attributes, "c"), _MOST_SPACES))

    def add_tab(self, _attributes: dict[str, str]) -> None:
        self.characters("\t")

    def add_break(self, _attributes: dict[str, str]) -> None:
        self.characters("\n")

    def _count(self, cells: int) -> None:
        self.count += cells
        if self.count > MOST_CELLS:
            raise TableError(too_many_cells(self.file))


_STARTS: dict[str, Callable[[_Sheets, dict[str, str]], None]] = {
    "table": _Sheets.start_table,
    "table-row": _Sheets.start_row,
    "table-cell": _Sheets.start_cell,
    "covered-table-cell": _Sheets.start_cell,
    "p": _Sheets.start_paragraph,
    "s": _Sheets.add_spaces,
    "tab": _Sheets.add_tab,
    "line-break": _Sheets.add_break,
}
_ENDS: dict[str, Callable[[_Sheets], None]] = {
    "table": _Sheets.end_table,
    "table-row": _Sheets.end_row,
    "table-cell": _Sheets.end_cell,
    "covered-table-cell": _Sheets.end_cell,
    "p": _Sheets.end_paragraph,
}


def _times(attributes: dict[str, str], key: str) -> int:
    times = int(attributes.get(key, "1"))
    if times < 0:
        raise ValueError(key)
    return times


def _value(attributes: dict[str, str], text: str) -> object:
    kind = attributes.get("value-type")
    if kind in _NUMBERS:
        return float(attributes["value"])
    if kind == "boolean":
        return attributes.get("boolean-value", text).strip().lower() == "true"
    if kind == "date":
        return attributes.get("date-value", text).removesuffix("T00:00:00")
    return text or attributes.get("string-value")
