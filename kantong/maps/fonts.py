"""The typeface of prints and pictures, and which signs it has."""

import struct
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import font_source_sans_pro

_FOLDER = Path(font_source_sans_pro.font_directory)
# The package has each face twice (OTF and TTF); one of them makes the choice certain.
_FACES = ("Regular", "It", "Semibold", "Bold")
_WINDOWS_BASIC = (3, 1)  # platform and encoding of the table that every TTF has, in format 4
STAND_IN = "?"


def files() -> list[Path]:
    """Return the font files."""
    return [_FOLDER / f"SourceSansPro-{face}.ttf" for face in _FACES]


@lru_cache(maxsize=1)
def signs() -> frozenset[str]:
    """Return the signs that every face has."""
    return frozenset.intersection(*(frozenset(_signs(file.read_bytes())) for file in files()))


def printable(value: object) -> object:
    r"""Return texts, also inside lists and dictionaries, with ``?`` for signs without a glyph.

    A PDF/A must not hold text that cannot be displayed. Breaks and tabs become spaces;
    invisible signs go.

    Examples
    --------
    >>> printable({"a": ["Kauman\t\u4e2d", 3]})
    {'a': ['Kauman ?', 3]}
    """
    if isinstance(value, str):
        return value.translate({ord(sign): _instead(sign) for sign in set(value) - signs()})
    if isinstance(value, dict):
        return {key: printable(inner) for key, inner in value.items()}
    return [printable(inner) for inner in value] if isinstance(value, list) else value


def _instead(sign: str) -> str:
    is_invisible = unicodedata.category(sign) == "Cf"
    return "" if is_invisible else " " if sign.isspace() else STAND_IN


def _signs(font: bytes) -> Iterator[str]:
    """Read the ranges of a ``cmap`` table of format 4 (OpenType 1.9, cmap)."""
    table = _table(font, b"cmap")
    (count,) = struct.unpack_from(">H", table, 2)
    records = (struct.unpack_from(">HHL", table, 4 + 8 * number) for number in range(count))
    start = next(offset for *kind, offset in records if tuple(kind) == _WINDOWS_BASIC)
    (doubled,) = struct.unpack_from(">H", table, start + 6)
    lasts = struct.unpack_from(f">{doubled // 2}H", table, start + 14)
    firsts = struct.unpack_from(f">{doubled // 2}H", table, start + 16 + doubled)
    for first, last in zip(firsts[:-1], lasts[:-1], strict=True):
        yield from map(chr, range(first, last + 1))


def _table(font: bytes, wanted: bytes) -> bytes:
    (count,) = struct.unpack_from(">H", font, 4)
    for number in range(count):
        tag, _, offset, length = struct.unpack_from(">4sLLL", font, 12 + 16 * number)
        if tag == wanted:
            return font[offset : offset + length]
    raise LookupError(wanted)
