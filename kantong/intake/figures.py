"""Figures as people write them: Indonesian and English numbers, and the many ways of no figure."""

import re
from collections.abc import Iterable
from typing import Literal

from kantong.intake.grid import Cell

Style = Literal["id", "en"]

# What stands where a figure is not known; never zero.
_UNKNOWN = {
    "", "...", "…", "n/a", "na", "nan", "null", "none", "#n/a", "x", "?",
    "tidak ada data", "tidak terdata", "belum terdata", "tad", "kosong",
}  # fmt: skip
_DASHES = re.compile(r"[-–—−]+")
_SPACES = re.compile(r"[\s\u00a0\u202f]+")
_RUPIAH = re.compile(r"rp\b\s*\.?\s*|rp(?=[\d+-])", re.IGNORECASE)
# Rupiah without cents: 1.500.000,-
_NO_CENTS = re.compile(r"(?<=\d),[-–—]+$")
_BETWEEN_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(?: \d{3})+(?:[.,]\d+)?")
_PLAIN = re.compile(r"[+-]?\d+")
# No number of thousands begins with a zero: 0.125 is an eighth, however its column is written.
_WRITTEN: dict[Style, re.Pattern[str]] = {
    "id": re.compile(r"[+-]?(?:[1-9]\d{0,2}(?:\.\d{3})+|\d+)(?:,\d+)?"),
    "en": re.compile(r"[+-]?(?:[1-9]\d{0,2}(?:,\d{3})+|\d+)(?:\.\d+)?"),
}
_THOUSANDS: dict[Style, str] = {"id": ".", "en": ","}
_LONGEST = 40


def is_unknown(cell: Cell) -> bool:
    """Tell whether a cell says that there is no figure."""
    if cell is None or not isinstance(cell, str):
        return cell is None
    text = _bare(cell)
    return text.casefold() in _UNKNOWN or _DASHES.fullmatch(text) is not None


def _bare(text: str) -> str:
    """Return a text without what may stand around a figure: spaces, Rp, an apostrophe."""
    said = _SPACES.sub(" ", text).strip().removeprefix("'")
    if found := _RUPIAH.match(said):
        said = said[found.end() :]
    return _NO_CENTS.sub("", said.strip())


def _figure(text: str) -> str:
    """Return the figure of a text, spaces between its thousands taken out."""
    if len(text) > 2 * _LONGEST:
        return text
    said = _bare(text)
    return said.replace(" ", "") if _BETWEEN_THOUSANDS.fullmatch(said) else said


def style_of(cells: Iterable[Cell], *, whole: bool = False) -> Style | None:
    """Return how the numbers of a column are written; None where they leave it open.

    A text that can be read one way only decides; where texts decide both ways, the column is
    left open too, and the texts that do not fit are refused one by one.

    Parameters
    ----------
    cells
        Of the column.
    whole
        True where they count people or things: a text decides, too, if it has thousands one way
        and decimals the other.

    Examples
    --------
    >>> style_of(["1.234,5", "12"]), style_of(["1,234.5"]), style_of(["1.234"])
    ('id', 'en', None)
    >>> style_of(["1.234"], whole=True)
    'id'
    """
    votes = {style for cell in cells if (style := _only_style(cell, whole=whole)) is not None}
    return votes.pop() if len(votes) == 1 else None


def _only_style(cell: Cell, *, whole: bool) -> Style | None:
    if not isinstance(cell, str) or _PLAIN.fullmatch(_figure(cell)):
        return None
    fits = [style for style in _WRITTEN if parse(cell, style) is not None]
    if len(fits) > 1 and whole:
        fits = [style for style in fits if not has_decimals(cell, style)]
    return fits[0] if len(fits) == 1 else None


def has_decimals(cell: Cell, style: Style) -> bool:
    """Tell whether a text has decimals as the style writes them, be they only zeros.

    Examples
    --------
    >>> has_decimals("1,000", "id"), has_decimals("1,000", "en"), has_decimals("1.000", "id")
    (True, False, False)
    """
    return isinstance(cell, str) and _THOUSANDS["en" if style == "id" else "id"] in _figure(cell)


def parse(cell: Cell, style: Style) -> float | None:
    """Return a cell as a number; None where it is none.

    Parameters
    ----------
    cell
        A number stays as it is; a text is read as the style writes it.
    style
        ``id`` for 1.234,5 and ``en`` for 1,234.5.

    Examples
    --------
    >>> parse("1.234,5", "id"), parse("Rp 1.500", "id"), parse("1.234,5", "en"), parse("abc", "id")
    (1234.5, 1500.0, None, None)
    """
    if isinstance(cell, bool) or cell is None:
        return None
    if isinstance(cell, float | int):
        return float(cell) if abs(cell) < float("inf") else None
    text = _figure(cell)
    if len(text) > _LONGEST or not _WRITTEN[style].fullmatch(text):
        return None
    return float(text.replace(_THOUSANDS[style], "").replace(",", "."))
