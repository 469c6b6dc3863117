"""Spreadsheets that are ZIP archives of XML: opened only when they are no bomb."""

import io
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from xml.parsers import expat

from kantong.geo.errors import Fault, TableError
from kantong.intake.kinds import locked

MOST_ENTRIES = 5_000
MOST_UNPACKED_MB = 200
# Above a first few megabytes no honest spreadsheet shrinks to less than this part.
MOST_RATIO = 200
_ALWAYS_FINE_MB = 16
_MEGABYTE = 1 << 20
_CHUNK = 1 << 16
_ENCRYPTED = 0x1
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
_SEPARATOR = re.compile(r"[/\\]")

# Local name, attributes by their local names.
StartHandler = Callable[[str, dict[str, str]], None]


class StopReadingError(Exception):
    """A handler has seen enough of a part."""


@contextmanager
def opened(content: bytes, name: str) -> Iterator[zipfile.ZipFile]:
    """Open an archive after its table of contents has been found harmless.

    Raises
    ------
    TableError
        Too many or too large entries, paths that lead out, a password, or damage, also where it
        shows only while an entry is being read.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _check(archive, len(content), name)
            yield archive
    except (
        zipfile.BadZipFile,
        zlib.error,
        expat.ExpatError,
        ValueError,
        EOFError,
        OSError,
        KeyError,
        NotImplementedError,
        OverflowError,
    ) as error:
        if isinstance(error, TableError):
            raise
        raise TableError(damaged(name)) from error


def damaged(name: str) -> Fault:
    """Return the fault of a file that does not follow its format."""
    message = "{file}: is cut off or damaged. Copy or save it again."
    return Fault(message, file=name)


def bomb(name: str) -> Fault:
    """Return the fault of a file that unpacks to more than can be worked on."""
    message = (
        "{file}: unpacks to more than {most} MB, or to {ratio} times its size. "
        "Save only the table that is needed as a file of its own."
    )
    return Fault(message, file=name, most=MOST_UNPACKED_MB, ratio=MOST_RATIO)


def _check(archive: zipfile.ZipFile, size: int, name: str) -> None:
    entries = archive.infolist()
    unpacked = sum(entry.file_size for entry in entries)
    excessive = unpacked > _ALWAYS_FINE_MB * _MEGABYTE and unpacked > MOST_RATIO * size
    if len(entries) > MOST_ENTRIES or unpacked > MOST_UNPACKED_MB * _MEGABYTE or excessive:
        raise TableError(bomb(name))
    if any(entry.flag_bits & _ENCRYPTED for entry in entries):
        raise TableError(locked(name))
    paths = [entry.filename for entry in entries]
    if any(path.startswith(("/", "\\")) or ".." in _SEPARATOR.split(path) for path in paths):
        message = (
            "{file}: holds parts with paths that lead out of it, as no spreadsheet program "
            "writes them. Save the table as CSV or XLSX again."
        )
        raise TableError(Fault(message, file=name))
    if len(set(paths)) != len(paths) or {entry.compress_type for entry in entries} - _METHODS:
        raise TableError(damaged(name))


def parse(
    archive: zipfile.ZipFile,
    path: str,
    name: str,
    *,
    start: StartHandler,
    end: Callable[[str], None] | None = None,
    text: Callable[[str], None] | None = None,
) -> None:
    """Read a part as XML, a piece at a time, and read it to its end (its checksum is compared).

    ``start`` and ``end`` get names without namespaces. :class:`StopReadingError` ends the parsing,
    not the reading.

    Raises
    ------
    TableError
        A document type: it can hold entities that grow without end, and no spreadsheet has one.
    """
    parser = expat.ParserCreate()
    parser.buffer_text = True

    def refuse(*_: object) -> None:
        message = (
            "{file}: holds XML entities, as no spreadsheet program writes them. "
            "Save the table as CSV or XLSX again."
        )
        raise TableError(Fault(message, file=name))

    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = lambda tag, attributes: start(
        tag.rpartition(":")[2], {key.rpartition(":")[2]: attributes[key] for key in attributes}
    )
    if end is not None:
        parser.EndElementHandler = lambda tag: end(tag.rpartition(":")[2])
    if text is not None:
        parser.CharacterDataHandler = text
    with archive.open(path) as part:
        try:
            while chunk := part.read(_CHUNK):
                parser.Parse(chunk, False)
            parser.Parse(b"", True)
        except StopReadingError:
            while part.read(_CHUNK):
                pass
