"""What a file is, told from its first bytes and never from its name alone."""

import io
import re
import zipfile
from enum import StrEnum
from pathlib import PurePath

from kantong.geo.errors import Fault, TableError

_OLE2 = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_SQLITE = b"SQLite format 3\0"
_ZIP = b"PK\x03\x04"
_FOREIGN = {
    b"%PDF": "PDF",
    b"\x89PNG": "PNG",
    b"\xff\xd8\xff": "JPEG",
    b"\x1f\x8b": "GZIP",
    b"7z\xbc\xaf": "7Z",
    b"Rar!": "RAR",
    b"PAR1": "Parquet",
    b"PK\x05\x06": "ZIP",
}
_HTML = re.compile(
    r"<(?:!doctype\s+html|html|head|meta|body|table|style|script|div)\b", re.IGNORECASE
)
_XML = re.compile(r"<[?!a-z]", re.IGNORECASE)
_HEAD = 2048
# Endings that promise a format whose content is easily told from text.
_PROMISES = {
    ".xlsx": "XLSX",
    ".xlsm": "XLSX",
    ".ods": "ODS",
    ".gpkg": "GeoPackage",
    ".geojson": "GeoJSON",
    ".json": "GeoJSON",
}


class Kind(StrEnum):
    """Formats that are read."""

    TEXT = "text"
    XLSX = "XLSX"
    XLS = "XLS"
    ODS = "ODS"
    GEOJSON = "GeoJSON"
    GPKG = "GeoPackage"


def find_kind(content: bytes, name: str) -> Kind:
    """Return the format of a file.

    Parameters
    ----------
    content
        The whole file.
    name
        Its name, for messages and for what its ending promises.

    Raises
    ------
    TableError
        An empty file, a format that holds no table, a locked file, or text where the ending
        promises a format.
    """
    if not content.strip():
        message = "{file}: is empty. Choose another file, or save it again."
        raise TableError(Fault(message, file=name))
    if content.startswith(_ZIP):
        return _in_archive(content, name)
    if content.startswith(_OLE2):
        return _in_compound_file(content, name)
    if content.startswith(_SQLITE):
        return Kind.GPKG
    for magic, foreign in _FOREIGN.items():
        if content.startswith(magic):
            raise TableError(_no_table(name, foreign))
    return _in_text(content, name)


def locked(name: str) -> Fault:
    """Return the fault of a file that asks for a password."""
    message = "{file}: is protected by a password. Open it, and save it without one."
    return Fault(message, file=name)


def _no_table(name: str, foreign: str) -> Fault:
    message = (
        "{file}: is of the format {kind}, whatever its name says, and is not read as a table. "
        "Save the table as CSV or XLSX."
    )
    return Fault(message, file=name, kind=foreign)


def _in_archive(content: bytes, name: str) -> Kind:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = {entry.filename.lower() for entry in archive.infolist()}
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OverflowError) as error:
        message = "{file}: is cut off or damaged. Copy or save it again."
        raise TableError(Fault(message, file=name)) from error
    if "xl/workbook.xml" in entries:
        return Kind.XLSX
    if "xl/workbook.bin" in entries:
        raise TableError(_no_table(name, "XLSB"))
    if {"mimetype", "content.xml"} <= entries:
        return Kind.ODS
    raise TableError(_no_table(name, "DOCX" if "word/document.xml" in entries else "ZIP"))


def _in_compound_file(content: bytes, name: str) -> Kind:
    if "EncryptedPackage".encode("utf-16-le") in content:
        raise TableError(locked(name))
    if not any(stream.encode("utf-16-le") in content for stream in ("Workbook", "Book")):
        raise TableError(_no_table(name, "OLE2"))
    return Kind.XLS


def _in_text(content: bytes, name: str) -> Kind:
    start = content[:_HEAD]
    wide = start.startswith((b"\xff\xfe", b"\xfe\xff"))
    head = start.decode("utf-16", "ignore") if wide else start.decode("latin-1")
    head = head.removeprefix("\xef\xbb\xbf").lstrip()
    if _HTML.match(head):
        message = (
            "{file}: is a web page (HTML), whatever its name says. Open it in a spreadsheet "
            "program and save it as XLSX."
        )
        raise TableError(Fault(message, file=name))
    if _XML.match(head):
        raise TableError(_no_table(name, "XML"))
    if head.startswith("{"):
        return Kind.GEOJSON
    promised = _PROMISES.get(PurePath(name).suffix.lower())
    if promised:
        message = (
            "{file}: is no {kind} file, whatever its name says. Save it as {kind} again, "
            "or give a text table the ending .csv."
        )
        raise TableError(Fault(message, file=name, kind=promised))
    return Kind.TEXT
