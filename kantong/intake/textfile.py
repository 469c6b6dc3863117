"""Tables as text: encoding and delimiter are found, cells stay as they are written."""

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterator

from kantong.geo.errors import Fault, TableError
from kantong.intake.cells import assemble
from kantong.intake.grid import Grid

# In the order in which a draw is settled: the rarer inside cells, the better.
DELIMITERS = "\t;|,"
_BREAK = re.compile(r"\r\n|\r|\n")
_BREAK_BYTES = re.compile(rb"\r\n|\r|\n")
BEYOND_ASCII = re.compile(
    rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}"
)
_STATED = re.compile(r'"?sep=([\t;|,])"?[ \t;|,]*(?:\r\n|\r|\n)', re.IGNORECASE)
_SAMPLE_CHARACTERS = 65_536
_SAMPLE_ROWS = 200


def read_text(content: bytes, name: str) -> Grid:
    """Read a table in CSV, TSV or the like.

    Parameters
    ----------
    content
        UTF-8 with or without a mark, UTF-16 with a mark, or Windows-1252.
    name
        For messages.

    Returns
    -------
    Grid
        Cells as text. Lines are those of the file on which the rows begin.

    Raises
    ------
    TableError
        NUL bytes, mixed encodings, quotation marks out of order, or excess of rows or columns.
    """
    text = decode(content, name)
    stated = _STATED.match(text)
    body = text[stated.end() :] if stated else text
    delimiter = stated[1] if stated else find_delimiter(body)
    return assemble(_rows(body, delimiter, name, above=1 if stated else 0), file=name)


def decode(content: bytes, name: str) -> str:
    """Return the text of a file, its encoding found; see :func:`read_text`."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _without_nul(_decode_wide(content, name), name)
    nul = content.find(b"\0")
    if nul >= 0:
        raise TableError(nul_in(name, _line_of(content, nul)))
    body = content.removeprefix(codecs.BOM_UTF8)
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        if body != content or BEYOND_ASCII.search(content):
            raise TableError(_mixed(name, _line_of(body, error.start))) from error
    try:
        return content.decode("cp1252")
    except UnicodeDecodeError as error:
        raise TableError(_mixed(name, _line_of(content, error.start))) from error


def _decode_wide(content: bytes, name: str) -> str:
    try:
        return content.decode("utf-16")
    except UnicodeDecodeError as error:
        message = "{file}: is text in UTF-16 that is cut off or damaged. Save it as CSV UTF-8."
        raise TableError(Fault(message, file=name)) from error


def _without_nul(text: str, name: str) -> str:
    nul = text.find("\0")
    if nul >= 0:
        raise TableError(nul_in(name, len(_BREAK.findall(text, 0, nul)) + 1))
    return text


def _line_of(content: bytes, position: int) -> int:
    return len(_BREAK_BYTES.findall(content, 0, position)) + 1


def nul_in(name: str, line: int) -> Fault:
    """Return the fault of bytes that are no text."""
    message = (
        "{file}, line {line}: holds bytes that are no text (NUL). "
        "Save the table as CSV UTF-8 or XLSX again."
    )
    return Fault(message, file=name, line=line)


def _mixed(name: str, line: int) -> Fault:
    message = (
        "{file}, line {line}: holds characters in another encoding than the rest. "
        "Save the table as CSV UTF-8 or XLSX again."
    )
    return Fault(message, file=name, line=line)


def find_delimiter(text: str) -> str:
    """Return what separates the cells: the delimiter by which most rows have the same width.

    Examples
    --------
    >>> find_delimiter("nama;jumlah" + chr(10) + "Anggrek, Kota;1,5")
    ';'
    """
    sample = text[:_SAMPLE_CHARACTERS]
    if len(text) > len(sample):
        sample = sample[: sample.rfind("\n") + 1] or sample
    best = max(DELIMITERS, key=lambda delimiter: _agreement(sample, delimiter))
    return best if _agreement(sample, best) > (0, 0) else ","


def _agreement(sample: str, delimiter: str) -> tuple[int, int]:
    """Count the sampled rows of the commonest width above one, and that width."""
    widths: Counter[int] = Counter()
    try:
        for number, row in enumerate(csv.reader(io.StringIO(sample, ""), delimiter=delimiter)):
            if number == _SAMPLE_ROWS:
                break
            if len(row) > 1 and any(row):
                widths[len(row)] += 1
    except csv.Error:
        return (0, 0)
    return max(((count, width) for width, count in widths.items()), default=(0, 0))


def _rows(text: str, delimiter: str, name: str, *, above: int) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, ""), delimiter=delimiter, strict=True)
    line = above + 1
    try:
        for row in reader:
            yield line, row
            line = above + reader.line_num + 1
    except csv.Error as error:
        message = (
            "{file}, line {line}: a quotation mark is not closed, or stands inside a cell. "
            "Correct it, or save the table as XLSX."
        )
        raise TableError(Fault(message, file=name, line=line)) from error
