"""No person is kept: columns that point to people stop a table of counts."""

import re
from collections.abc import Iterator

from kantong.geo.errors import Fault, quote, shorten
from kantong.intake.grid import Cell, Grid
from kantong.intake.headings import bare

# NIK and KK have 16 digits; met with an apostrophe before, ".0" behind, signs between, or words
# around.
_IDENTITY = re.compile(r"(?<![\d.,])\d{15,16}(?!\d|[.,]\d\d)")
_SPACED = re.compile(r"[\d\s\u00a0'’]+(?:\.0)?")
_GROUPED = re.compile(r"(?<![\d.,-])(?!20)\d{4}([ .-])\d{4}\1\d{4}\1\d{4}(?![\d.,-])")
_SCIENTIFIC = re.compile(r"\d(?:[.,]\d+)?E\+?1[45]", re.IGNORECASE)
_LARGEST_COUNT = 1e14
_PERSONAL = {
    "nik", "nikktp", "nikkk", "nikart", "nokk", "nokartukeluarga", "nomorkartukeluarga", "nomorkk",
    "nomorindukkependudukan", "noktp", "nama", "namapenerima", "namakepalakeluarga",
    "namalengkap", "namaanggotakeluarga", "kepalakeluarga", "alamat", "alamatktp",
    "tanggallahir", "tgllahir", "tempatlahir", "nohp", "notelp", "notelepon", "telepon", "hp",
    "nokks", "nomorkartu", "norekening", "idsemesta", "idartbdt", "npwp", "email",
    "namaibukandung", "phone", "address", "birthdate",
}  # fmt: skip


def personal_columns(grid: Grid) -> Iterator[Fault]:
    """Yield why a table is none of counts: its columns hold identity numbers or other traits.

    Parameters
    ----------
    grid
        A sheet as it stands in the file. No cell of it is repeated, headings only.
    """
    width = len(grid.rows[0]) if grid.rows else 0
    numbered = [
        place for place in range(width) if any(_is_identity(row[place]) for row in grid.rows)
    ]
    named = sorted(
        {
            str(cell).strip()
            for row in grid.rows[:40]
            for cell in row
            if isinstance(cell, str) and bare(cell) in _PERSONAL
        }
    )
    if numbered:
        yield Fault(
            "{count} columns hold numbers of 15 or 16 digits, as NIK and KK have. A table of "
            "counts has none: take the columns out. Registers of families are counted by "
            "'kantong count' and on this page, without keeping a person.",
            count=len(numbered),
        )
    if named:
        yield Fault(
            "The columns {names} speak of persons. A table of counts has none: take them out.",
            names=shorten(quote(name) for name in named),
        )


def _is_identity(cell: Cell) -> bool:
    if isinstance(cell, bool) or cell is None:
        return False
    if isinstance(cell, float):
        return abs(cell) >= _LARGEST_COUNT
    text = re.sub(r"[^\d.]", "", cell) if _SPACED.fullmatch(cell) else cell.strip(" '’")
    return (
        _IDENTITY.search(text) is not None
        or _GROUPED.search(cell) is not None
        or _SCIENTIFIC.fullmatch(text) is not None
    )
