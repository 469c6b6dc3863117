"""A register as a text file of any size: its heading, delimiter and encoding."""

import codecs
import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from kantong.geo.errors import Fault, TableError
from kantong.intake.families import Register, recognise
from kantong.intake.grid import Grid
from kantong.intake.textfile import BEYOND_ASCII, DELIMITERS, nul_in

# Titles stand above the heading in copies of P3KE; more than this is no title.
_MOST_TITLES = 20
_SAMPLE_BYTES = 65_536
_CHUNK_BYTES = 1 << 20
_ZIP, _XLS = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"


@dataclass(frozen=True)
class RegisterFile:
    """A text file that holds a register.

    Parameters
    ----------
    path
        The file.
    register
        What its columns are.
    delimiter
        Between cells.
    encoding
        ``utf-8`` or ``cp1252``.
    above
        Lines above the first row: titles and heading.
    rows_above
        Rows above it: fewer than lines where a heading is broken over several.
    """

    path: Path
    register: Register
    delimiter: str
    encoding: str
    above: int
    rows_above: int


def look(path: Path) -> RegisterFile:
    """Find out which register a text file holds and how it is written.

    The heading is looked for in the first kilobytes; for the encoding every byte is looked at,
    but none is kept.

    Parameters
    ----------
    path
        CSV, TSV or the like, in UTF-8 or Windows-1252.

    Returns
    -------
    RegisterFile
        Ready to be opened by an engine.

    Raises
    ------
    TableError
        The file cannot be read, is no text, or its heading is that of no register.
    """
    try:
        with path.open("rb") as file:
            sample = file.read(_SAMPLE_BYTES)
            _refuse_other_formats(sample, path.name)
            found = _find(sample, path)
            file.seek(0)
            return replace(found, encoding=_encoding(file, path.name))
    except OSError:
        message = "{file}: cannot be read. Check that the file is there."
        fault = Fault(message, file=path.name)
    raise TableError(fault)


def heading_in(content: bytes) -> Register | None:
    """Return the register whose heading stands in the first kilobytes of a text; None if none."""
    found = _first_heading(content[:_SAMPLE_BYTES])
    return None if found is None else found[0]


def headings_of(grid: Grid) -> list[list[str]]:
    """Return the first rows of a sheet, one of which is the heading if it holds a register."""
    rows = grid.rows[: _MOST_TITLES + 1]
    return [["" if cell is None else str(cell) for cell in row] for row in rows]


def find_in_grid(grid: Grid, file: str) -> tuple[int, Register]:
    """Return the row of a sheet that is the heading of a register, and the register.

    Parameters
    ----------
    grid
        A sheet as it stands in the file.
    file
        For messages.

    Raises
    ------
    TableError
        None of the first rows is the heading of a register.
    """
    for index, row in enumerate(headings_of(grid)):
        if register := recognise(row):
            return index, register
    raise TableError(_unknown(file))


def _refuse_other_formats(sample: bytes, file: str) -> None:
    if sample.startswith((_ZIP, _XLS)):
        message = "{file}: is a workbook, not a text table. Save the sheet as CSV UTF-8."
        raise TableError(Fault(message, file=file))
    if sample.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        message = "{file}: is text in UTF-16. Save it as CSV UTF-8."
        raise TableError(Fault(message, file=file))


def _find(sample: bytes, path: Path) -> RegisterFile:
    found = _first_heading(sample)
    if found is None:
        raise TableError(_unknown(path.name))
    register, delimiter, above, rows_above = found
    return RegisterFile(path, register, delimiter, "utf-8", above, rows_above)


def _first_heading(sample: bytes) -> tuple[Register, str, int, int] | None:
    """Return a register, the delimiter of its heading, and lines and rows up to its end."""
    text = sample.removeprefix(codecs.BOM_UTF8).decode("utf-8", errors="replace")
    for delimiter in DELIMITERS:
        for rows, (lines, cells) in enumerate(_first_rows(text, delimiter), start=1):
            if register := recognise(cells):
                return register, delimiter, lines, rows
    return None


def _first_rows(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the cells of the first rows, with the number of lines up to their end."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    for _row in range(_MOST_TITLES + 1):
        try:
            cells = next(reader)
        except (StopIteration, csv.Error):
            return
        yield reader.line_num, cells


def _unknown(file: str) -> Fault:
    message = (
        "{file}: its heading is none of DTSEN, DTKS, BDT, P3KE or a payment list. Keep the "
        "heading as the official file has it; tables of counts are read by 'kantong import'."
    )
    return Fault(message, file=file)


def _encoding(file: io.BufferedReader, name: str) -> str:
    """Return the encoding of a file, every byte of which is looked at."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    fits, beyond = True, False
    while chunk := file.read(_CHUNK_BYTES):
        if b"\0" in chunk:
            line = _line_of(file, file.tell() - len(chunk) + chunk.index(b"\0"))
            raise TableError(nul_in(name, line))
        if not chunk.isascii():
            beyond = beyond or BEYOND_ASCII.search(chunk) is not None
        fits = fits and _goes_on(decoder, chunk)
    if fits and _goes_on(decoder, b"", final=True):
        return "utf-8"
    if beyond:
        message = (
            "{file}: holds characters in two encodings. Save the table as CSV UTF-8 or XLSX again."
        )
        raise TableError(Fault(message, file=name))
    return "cp1252"


def _line_of(file: io.BufferedReader, position: int) -> int:
    """Return the line of a byte; lines are counted only where one must be named."""
    file.seek(0)
    chunks = (
        file.read(min(_CHUNK_BYTES, position - at)) for at in range(0, position, _CHUNK_BYTES)
    )
    return sum(chunk.count(b"\n") for chunk in chunks) + 1


def _goes_on(decoder: codecs.IncrementalDecoder, chunk: bytes, *, final: bool = False) -> bool:
    """Tell whether the bytes go on as text in the encoding of the decoder."""
    if chunk.isascii() and not final and not decoder.getstate()[0]:
        return True
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError:
        return False
    return True
