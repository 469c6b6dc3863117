"""Figures as people write them: Indonesian and English numbers, and the many ways of no figure."""

import re
from collections.abc import Iterable
from typing import Literal

from kantong.intake.grid import Cell

Style = Literal["id", "en"]

# What stands where a figure is not known; never zero.
_UNKNOWN = {
    "", "-", "–", "—", "...", "…", "n/a", "na", "nan", "null", "none", "#n/a", "x", "?",
    "tidak ada data", "tidak terdata", "belum terdata", "tad", "kosong",
}  # fmt: skip
_SPACES = re.compile(r"[\s\u00a0\u202f]+")
_PLAIN = re.compile(r"[+-]?\d+")
_WRITTEN: dict[Style, re.Pattern[str]] = {
    "id": re.compile(r"[+-]?(?:\d{1,3}(?:\.\d{3})+|\d+)(?:,\d+)?"),
    "en": re.compile(r"[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?"),
}
_THOUSANDS: dict[Style, str] = {"id": ".", "en": ","}
_LONGEST = 40


def is_unknown(cell: Cell) -> bool:
    """Tell whether a cell says that there is no figure."""
    return cell is None or (isinstance(cell, str) and _bare(cell).casefold() in _UNKNOWN)


def _bare(text: str) -> str:
    return _SPACES.sub(" ", text).strip().removeprefix("Rp").removeprefix("'").strip(" .")


def style_of(cells: Iterable[Cell]) -> Style | None:
    """Return how the numbers of a column are written; None where they leave it open.

    A text that can be read one way only decides; where texts decide both ways, the column is
    left open too, and the texts that do not fit are refused one by one.

    Examples
    --------
    >>> style_of(["1.234,5", "12"]), style_of(["1,234.5"]), style_of(["1.234"])
    ('id', 'en', None)
    """
    votes = {style for cell in cells if (style := _only_style(cell)) is not None}
    return votes.pop() if len(votes) == 1 else None


def _only_style(cell: Cell) -> Style | None:
    if not isinstance(cell, str) or len(cell) > _LONGEST:
        return None
    text = _bare(cell).replace(" ", "")
    fits = [style for style in _WRITTEN if _WRITTEN[style].fullmatch(text)]
    return fits[0] if len(fits) == 1 and not _PLAIN.fullmatch(text) else None


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
    text = _bare(cell).replace(" ", "")
    if len(text) > _LONGEST or not _WRITTEN[style].fullmatch(text):
        return None
    return float(text.replace(_THOUSANDS[style], "").replace(",", "."))
