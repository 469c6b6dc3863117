"""Papers of the Musyawarah Kelurahan: tally by RW and RT, corrections, and the berita acara."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from kantong.geo.returnsheet import RT_ROWS, Stamp, digest_of, figure_text
from kantong.maps import qr
from kantong.maps.typeset import typeset

_WIDTH_MM, _HEIGHT_MM, _EDGE_MM = 210.0, 297.0, 14.0
_ROW_MM, _CORRECTION_MM = 7.0, 12.5
# RW for which there is room where their number is not known.
_RW_BLOCKS, _SPARE_BLOCKS, _BLOCKS_A_PAGE = 12, 1, 3
_EMPTY_CORRECTIONS, _CORRECTIONS_A_PAGE = 3, 16
_AGENDA_LINES, _DECISION_LINES = 2, 7

_Entry = TypeVar("_Entry")


@dataclass(frozen=True)
class Figure:
    """What the store says now, to be corrected by hand.

    Parameters
    ----------
    indicator, period
        Ids.
    label
        Name and unit, for readers.
    value
        The figure; NaN where it is not known or too small to be shown.
    told
        The figure as readers see it, or why there is none.
    """

    indicator: str
    period: str
    label: str
    value: float
    told: str


@dataclass(frozen=True)
class Pack:
    """One kelurahan and its papers.

    Parameters
    ----------
    kode, kelurahan
        The area.
    where
        Kecamatan and city.
    figures
        What may be corrected, in the order shown.
    rw
        Numbers of its RW (``001``) as far as they are known.
    period
        Of the tally, e.g. ``2026-Q4``.
    source
        Who published the figures.
    badge
        Word that must be seen, e.g. ``SIMULASI``; may be empty.
    """

    kode: str
    kelurahan: str
    where: str
    figures: tuple[Figure, ...]
    rw: tuple[str, ...]
    period: str
    source: str
    badge: str = ""

    def stamp(self, day: dt.date) -> Stamp:
        """Return by what a return of this sheet is known again."""
        shown = ((one.indicator, one.period, figure_text(one.value)) for one in self.figures)
        return Stamp(self.kode, day, digest_of(self.kode, shown))

    def periods(self) -> str:
        """Return the periods of its figures, each once."""
        return ", ".join(sorted({one.period for one in self.figures}))


@dataclass(frozen=True)
class Words:
    """What the papers say, in the reader's language.

    Parameters
    ----------
    document
        Title of the file.
    kelurahan, figures_of, tally_of, folio
        With ``{name}``, ``{periods}``, ``{period}``, ``{page}`` and ``{pages}``.
    code, date
        Before the code, and the date of print in words.
    rule
        That no person is written down; stands on every page.
    qr
        Alternative text of the code.
    tally, tally_told, tally_heads, rw_sum, whole_sum
        Page of counts: title, what to do, eight headings, names of the sums.
    correction, correction_told, correction_heads
        Page of corrections: title, what to do, six headings.
    minutes, minutes_told, number
        Title of the berita acara, what it records, and before its number.
    held
        Names of the blanks on when and where, six.
    agenda, agenda_items
        Heading, and what is always on it.
    decisions, signatures, signers, signed_as
        Headings, offices that sign, and what stands below their lines.
    lang
        ``id`` or ``en``.
    """

    document: str
    kelurahan: str
    figures_of: str
    tally_of: str
    folio: str
    code: str
    date: str
    rule: str
    qr: str
    tally: str
    tally_told: str
    tally_heads: tuple[str, ...]
    rw_sum: str
    whole_sum: str
    correction: str
    correction_told: str
    correction_heads: tuple[str, ...]
    minutes: str
    minutes_told: str
    number: str
    held: tuple[str, ...]
    agenda: str
    agenda_items: tuple[str, ...]
    decisions: str
    signatures: str
    signers: tuple[str, ...]
    signed_as: str
    lang: str = "id"


def forms(packs: Sequence[Pack], words: Words, *, created: dt.datetime, before: int = 0) -> bytes:
    """Return the papers of several kelurahan as one PDF (PDF/A-2b, PDF/UA-1), A4.

    Parameters
    ----------
    packs
        In their order; each begins a page and counts its own.
    words
        What stands on the pages.
    created
        With a time zone; the same input gives the same bytes.
    before
        Pages that will stand before these in each pack, such as its map; they are counted.
    """
    pages = [page for pack in packs for page in _pages(pack, words, created.date(), before)]
    data: dict[str, object] = {"title": words.document, "lang": words.lang, "pages": pages}
    return typeset("musykel", sized(data), created=created)


def sized(data: dict[str, object]) -> dict[str, object]:
    """Return data of the template with the size of its pages."""
    return {
        "width_mm": _WIDTH_MM,
        "height_mm": _HEIGHT_MM,
        "edge_mm": _EDGE_MM,
        "row_mm": _ROW_MM,
        "correction_mm": _CORRECTION_MM,
        **data,
    }


def pages_of(pack: Pack) -> int:
    """Return how many pages the papers of a kelurahan have."""
    return len(_tally_pages(pack.rw)) + len(_correction_pages(pack.figures)) + 1


def head(pack: Pack, words: Words, day: dt.date, title: str) -> dict[str, object]:
    """Return what stands on every page: what it is, of which kelurahan, and its code to scan."""
    stamp = pack.stamp(day)
    return {
        "title": title,
        "name": words.kelurahan.format(name=pack.kelurahan),
        "where": f"{pack.where} · {words.code} {pack.kode}",
        "badge": pack.badge,
        "periods": words.figures_of.format(periods=pack.periods() or "–"),
        "tally_period": words.tally_of.format(period=pack.period),
        "source": pack.source,
        "rule": words.rule,
        "stamp": stamp.text(),
        "date": words.date,
        "qr": qr.code(stamp.text()),
        "qr_alt": f"{words.qr}: {stamp.text()}",
    }


def _pages(pack: Pack, words: Words, day: dt.date, before: int) -> Iterator[dict[str, object]]:
    every = [
        *(_tally(pack, words, day, blocks) for blocks in _tally_pages(pack.rw)),
        *(_correction(pack, words, day, figures) for figures in _correction_pages(pack.figures)),
        _minutes(pack, words, day),
    ]
    every[len(_tally_pages(pack.rw)) - 1]["whole_sum"] = words.whole_sum
    for number, page in enumerate(every, start=before + 1):
        folio = words.folio.format(page=number, pages=before + len(every))
        yield {**page, "folio": folio}


def _tally_pages(rw: Sequence[str]) -> list[list[str]]:
    """Return the RW of each page; empty texts where the number is left to be written."""
    blocks = [*rw, *[""] * _SPARE_BLOCKS] if rw else [""] * _RW_BLOCKS
    return parted(blocks, _BLOCKS_A_PAGE)


def _correction_pages(figures: Sequence[Figure]) -> list[list[Figure | None]]:
    rows: list[Figure | None] = [*figures, *[None] * _EMPTY_CORRECTIONS]
    return parted(rows, _CORRECTIONS_A_PAGE)


def parted(entries: Sequence[_Entry], most: int) -> list[list[_Entry]]:
    """Return entries in parts of so many at most."""
    return [list(entries[start : start + most]) for start in range(0, len(entries), most)]


def _tally(pack: Pack, words: Words, day: dt.date, blocks: Sequence[str]) -> dict[str, object]:
    return {
        **head(pack, words, day, words.tally),
        "kind": "tally",
        "told": words.tally_told,
        "heads": list(words.tally_heads),
        "blocks": list(blocks),
        "rt_rows": RT_ROWS,
        "rw_sum": words.rw_sum,
        "whole_sum": "",
    }


def _correction(
    pack: Pack, words: Words, day: dt.date, figures: Sequence[Figure | None]
) -> dict[str, object]:
    return {
        **head(pack, words, day, words.correction),
        "kind": "correction",
        "told": words.correction_told,
        "heads": list(words.correction_heads),
        "rows": [[one.label, one.period, one.told] if one else ["", "", ""] for one in figures],
    }


def _minutes(pack: Pack, words: Words, day: dt.date) -> dict[str, object]:
    return {
        **head(pack, words, day, words.minutes),
        "kind": "minutes",
        "told": words.minutes_told,
        "number": words.number,
        "held": list(words.held),
        "agenda": words.agenda,
        "agenda_items": list(words.agenda_items),
        "agenda_lines": _AGENDA_LINES,
        "decisions": words.decisions,
        "decision_lines": _DECISION_LINES,
        "signatures": words.signatures,
        "signers": list(words.signers),
        "signed_as": words.signed_as,
    }
