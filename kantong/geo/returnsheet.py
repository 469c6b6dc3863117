"""The return sheet: what its cells and fields are called, for what writes it and what reads it.

A choice is written as its number and words (``2 · moved away``), so that a sheet filled in one
language is read in any other.
"""

import datetime as dt
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from kantong.geo.codes import is_kode
from kantong.geo.errors import Fault

# First cells of rows that the reader looks for; they say which columns follow.
CORRECTIONS, TALLY = "kantong:corrections", "kantong:tally"
STAMP, TALLY_PERIOD, COMPLETE = "kantong:stamp", "kantong:period", "kantong:complete"
HEADINGS = "kantong:headings"
CORRECTION_COLUMNS = ("id", "label", "period", "now", "said", "reason", "office", "note")
# What is counted of an RT, in families, with the words for it.
COUNTS = {
    "families": Fault("Families counted"),
    "poor": Fault("Poor families"),
    "not_found": Fault("Not found"),
    "moved": Fault("Moved"),
    "died": Fault("Died"),
    "new": Fault("New"),
}
TALLY_COLUMNS = ("id", "rw", "rt", *COUNTS)
# What a tally is kept as: indicators of the catalogue.
TALLIED = {name: f"musykel_{name}" for name in COUNTS}

# Who may say so, and why a figure may be wrong: numbered from 1 in this order, which must stay.
OFFICES = {
    "lurah": Fault("Lurah"),
    "lpmk": Fault("Head of LPMK"),
    "rw": Fault("Head of the RW"),
    "rt": Fault("Head of the RT"),
    "puskesos": Fault("Puskesos"),
    "pkh": Fault("Social companion (PKH)"),
    "kesra": Fault("Welfare section of the kelurahan"),
    "pkk": Fault("PKK volunteer"),
    "dinsos": Fault("Dinsos"),
}
REASONS = {
    "recount": Fault("counted again"),
    "moved": Fault("moved away"),
    "died": Fault("died"),
    "newcomers": Fault("new residents"),
    "twice": Fault("counted twice"),
    "border": Fault("belongs to another kelurahan"),
    "clerical": Fault("slip of the pen"),
    "other": Fault("another reason, see the note"),
}
YES_NO = {"yes": Fault("yes"), "no": Fault("no")}
LONGEST_NOTE = 120
MOST_RW, MOST_RT = 99, 99
# The largest count that a sheet may say, and the lines that it has for the RT of each RW.
LARGEST, RT_ROWS = 1_000_000, 8

_MARK = "KANTONG-1"
_STAMP = re.compile(_MARK + r" (\S{1,20}) (\d{4}-\d\d-\d\d) ([0-9a-f]{8})")


@dataclass(frozen=True)
class Stamp:
    """Which sheet it is, as its QR code and its first cell say.

    Parameters
    ----------
    kode
        The kelurahan.
    day
        When it was made.
    digest
        Eight digits that change with the figures on it; see :func:`digest_of`.
    """

    kode: str
    day: dt.date
    digest: str

    def text(self) -> str:
        """Return it as one line.

        Examples
        --------
        >>> Stamp("35.73.01.1001", dt.date(2026, 11, 24), "0123abcd").text()
        'KANTONG-1 35.73.01.1001 2026-11-24 0123abcd'
        """
        return f"{_MARK} {self.kode} {self.day:%Y-%m-%d} {self.digest}"

    @property
    def version(self) -> str:
        """Day and digest, by which two sheets of a kelurahan are told apart."""
        return f"{self.day:%Y-%m-%d} {self.digest}"


def stamp_in(text: str) -> Stamp | None:
    """Return the stamp that a text is, None where it is none.

    Examples
    --------
    >>> stamp_in("KANTONG-1 35.73.01.1001 2026-11-24 0123abcd").kode
    '35.73.01.1001'
    >>> stamp_in("KANTONG-1 35.73.01.1001 2026-13-24 0123abcd") is None
    True
    """
    found = _STAMP.fullmatch(" ".join(text.split()))
    if found is None or not is_kode(found[1]):
        return None
    try:
        return Stamp(found[1], dt.date.fromisoformat(found[2]), found[3])
    except ValueError:
        return None


def digest_of(kode: str, figures: Iterable[tuple[str, str, str]]) -> str:
    """Return eight digits that change when a figure does.

    Parameters
    ----------
    kode
        The kelurahan.
    figures
        Indicator, period and figure as printed, in the order of the sheet.
    """
    lines = [kode, *("\t".join(figure) for figure in figures)]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:8]


def choice(place: int, words: str) -> str:
    """Return what a list offers: the number of a choice, from 1, and its words.

    Examples
    --------
    >>> choice(2, "moved away")
    '2 · moved away'
    """
    return f"{place} · {words}"


def chosen(text: str, offered: Iterable[str]) -> str:
    """Return the key of a choice by its number; empty where it has none of the list.

    Examples
    --------
    >>> chosen("2 · pindah", REASONS), chosen("Pak Lurah", OFFICES), chosen("99 · x", OFFICES)
    ('moved', '', '')
    """
    found = re.match(r"\s*(\d{1,2})\s*(?:·|$)", text)
    place, keys = int(found[1]) if found else 0, list(offered)
    return keys[place - 1] if 0 < place <= len(keys) else ""


def figure_text(value: float) -> str:
    """Return a figure as a sheet holds it: whole, without signs between thousands; empty if none.

    Examples
    --------
    >>> figure_text(1204.0), figure_text(float("nan"))
    ('1204', '')
    """
    return "" if value != value else f"{value:.0f}"  # noqa: PLR0124 - NaN is unlike itself
