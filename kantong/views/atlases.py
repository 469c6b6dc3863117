"""Atlases: which sheets, in which order, and what stands around them; page and command line."""

import io
import threading
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from kantong.analysis.measures import Measure
from kantong.analysis.priority import RANK, ranking
from kantong.geo.errors import Fault, TableError, quote, shorten
from kantong.geo.levels import region_of
from kantong.geo.schema import DAPIL, KABUPATEN, KECAMATAN, KELURAHAN, KODE
from kantong.intake.sandbox import CancelledError
from kantong.language import gettext as _
from kantong.language import pick
from kantong.maps.atlas import Book, Group, Words, atlas, singles
from kantong.maps.drawing import Ground
from kantong.maps.sheet import Sheet
from kantong.maps.style import Scheme
from kantong.maps.tiling import PAPERS, Paper
from kantong.views import data, frame, mapview, printing
from kantong.views.data import City
from kantong.views.state import ALL, Selection

BY_KECAMATAN, BY_DAPIL, BY_PRIORITY = "kecamatan", "dapil", "prioritas"
ORDERS = (BY_KECAMATAN, BY_DAPIL, BY_PRIORITY)
# Denominators of scales to choose from; the first stands for one page at the largest that fits.
SCALES = {"terbesar": 0, "2500": 2_500, "5000": 5_000, "7500": 7_500, "10000": 10_000}
_FIRST = 10


@dataclass(frozen=True)
class Order:
    """What is to be printed.

    Parameters
    ----------
    kodes
        The areas; all that the book may hold.
    by
        One of ``ORDERS``.
    paper
        A key of ``PAPERS``.
    scale
        Denominator, or 0 for one page an area.
    detailed
        Whether roads and the like are drawn, where the data folder has them.
    """

    kodes: tuple[str, ...]
    by: str = BY_KECAMATAN
    paper: str = "A4"
    scale: int = 0
    detailed: bool = True


@dataclass(frozen=True)
class Job:
    """Everything that a print needs: made where pages are drawn, done in another thread."""

    ground: Ground
    book: Book
    words: Words
    paper: Paper
    name: str

    def bound(self, report: Callable[[Any], None], stop: threading.Event) -> bytes:
        """Return one PDF with cover, contents, index map and method."""

        def told(done: int, of: int) -> None:
            if stop.is_set():
                raise CancelledError
            report(f"sheets {done} {of}")

        made = printing.today()
        return atlas(self.ground, self.book, self.words, created=made, paper=self.paper, told=told)

    def parted(self, report: Callable[[Any], None], stop: threading.Event) -> bytes:
        """Return a ZIP with a PDF for each area, named by code and area."""
        target = io.BytesIO()
        every = self.book.sheets
        sheets = singles(
            self.ground, every, self.words.sheet, created=printing.today(), paper=self.paper
        )
        with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as packed:
            for done, (one, pdf) in enumerate(sheets, start=1):
                if stop.is_set():
                    raise CancelledError
                name = f"{one.kode}-{plain_name(self.ground.names[one.kode])}.pdf"
                packed.writestr(zipfile.ZipInfo(name, date_time=_EARLIEST), pdf)
                report(f"sheets {done} {len(every)}")
        return target.getvalue()


_EARLIEST = (1980, 1, 1, 0, 0, 0)


def plain_name(name: str) -> str:
    """Return a name that any file system takes.

    Examples
    --------
    >>> plain_name("Oro-oro Dowo"), plain_name("../<b>")
    ('Oro-oro-Dowo', 'b')
    """
    kept = "".join(sign if sign.isalnum() or sign in "-_" else " " for sign in name)
    return "-".join(kept.split()).strip("-") or "kelurahan"


def job(city: City, selection: Selection, found: Measure, order: Order) -> Job:
    """Return all that the print of an order needs."""
    seen = mapview.picture(city, selection, found)
    notes = printing.notes_of(city, selection, found)
    sheets = {
        one.kode: replace(one, scale=order.scale, detailed=order.detailed)
        for one in printing.pages_of(city, selection, found, order.kodes)
    }
    invented = [city.is_simulated(one) for one in printing.in_table(city, found)]
    mark = "SIMULASI-" if any(invented) else ""
    book = Book(
        title=_title(city.level),
        subtitle=" · ".join(part for part in (city.name(), seen.title) if part),
        theme=printing.theme(seen, notes),
        alt=_("Index map: {title}").format(title=seen.title),
        groups=tuple(_groups(city, found, sheets, order.by)),
        method=tuple(_method(city, found)),
    )
    return Job(
        printing.ground(city), book, _words(city), PAPERS[order.paper],
        f"{mark}atlas-{found.indicator}-{found.period}-{order.paper}",
    )  # fmt: skip


def from_command(  # noqa: PLR0913 - each an option of the command
    indicator: str,
    *,
    period: str,
    only: Sequence[str],
    by: str,
    paper: str,
    scale: int | None,
    packed: bool,
) -> bytes:
    """Return an atlas as the command line asks for it: what the page makes, small counts covered.

    Parameters
    ----------
    indicator, period
        Ids; the newest period where it is empty.
    only
        ``kode`` of the areas; all where there are none. In a layer larger than a city those of
        one kecamatan must be named.
    by, paper, scale
        As in :class:`Order`; no scale is one page an area.
    packed
        True for a ZIP with a file for each area.

    Raises
    ------
    TableError
        There is no such indicator, period or area, or too much for one atlas is asked for.
    """
    city = _city_of(only)
    faults = list(_unknown(city, indicator, period, only))
    if faults:
        raise TableError(*faults)
    chosen = period or city.periods(indicator)[-1]
    selection = Selection(indicator, chosen, Scheme(), ALL, ALL, "", KECAMATAN)
    order = Order(tuple(only) or tuple(city.layer[KODE]), by, paper, scale or 0)
    made = job(city, selection, city.measure(indicator, chosen), order)
    make = made.parted if packed else made.bound
    return make(lambda _stage: None, threading.Event())


def _city_of(only: Sequence[str]) -> City:
    """Return the city or, in a layer larger than one, the kecamatan in which the areas lie."""
    whole = data.city(covered=True)
    if whole.level == KELURAHAN:
        return whole
    kecamatan = set(region_of(whole.every, KECAMATAN).reindex(list(only)).dropna())
    if len(kecamatan) != 1:
        message = (
            "{count} kelurahan are too many for one atlas. Name those of one kecamatan with --only."
        )
        raise TableError(Fault(message, count=len(whole.every)))
    return data.city(region=kecamatan.pop(), covered=True)


def _title(level: str) -> str:
    return {
        KABUPATEN: _("Atlas of kabupaten and kota"),
        KECAMATAN: _("Atlas of kecamatan"),
        KELURAHAN: _("Atlas of kelurahan"),
    }[level]


def _unknown(city: City, indicator: str, period: str, only: Sequence[str]) -> Iterator[Fault]:
    known = list(city.indicators())
    if indicator not in known:
        message = "{given} is no indicator with figures. Use one of: {known}."
        yield Fault(message, given=quote(indicator), known=shorten(known, 12))
    elif period and period not in city.periods(indicator):
        message = "There are no figures for {given}. Use one of: {known}."
        yield Fault(message, given=quote(period), known=shorten(city.periods(indicator), 12))
    strangers = sorted(set(only) - set(city.layer[KODE]))
    if strangers:
        message = "{codes} are no kelurahan of the boundaries. Look the codes up in the profile."
        yield Fault(message, codes=shorten(quote(kode) for kode in strangers))


def _groups(city: City, found: Measure, sheets: Mapping[str, Sheet], by: str) -> Sequence[Group]:
    if by == BY_PRIORITY:
        ranked = ranking(city.layer, found, None)
        order = [str(kode) for kode in ranked.index if kode in sheets]
        first = [kode for kode in order if ranked[RANK][kode] <= _FIRST]
        rest = [kode for kode in order if kode not in set(first)]
        named = ((_("The first {count}").format(count=_FIRST), first), (_("All others"), rest))
        return [_group(head, kodes, sheets) for head, kodes in named if kodes]
    column = {BY_KECAMATAN: KECAMATAN, BY_DAPIL: DAPIL}[by]
    rows = city.layer[city.layer[KODE].isin(list(sheets))].sort_values([column, KELURAHAN])
    return [
        _group(_heading(by, str(name)), [str(kode) for kode in some[KODE]], sheets)
        for name, some in rows.groupby(column, sort=True)
    ]


def _heading(by: str, name: str) -> str:
    if not name:
        return ""
    return f"Dapil {name}" if by == BY_DAPIL else _("Kecamatan {name}").format(name=name)


def _group(heading: str, kodes: Sequence[str], sheets: Mapping[str, Sheet]) -> Group:
    return Group(heading, tuple(sheets[kode] for kode in kodes))


def _method(city: City, found: Measure) -> list[tuple[str, str]]:
    """Return how the figures were made, as heading and paragraph."""
    indicator = city.library.indicators[found.indicator]
    told = [
        (_("Indicator"), f"{pick(indicator.label)}: {pick(indicator.definition)}"),
        (_("Sources"), " ".join(frame.source_lines(city, indicator, found))),
        (
            _("95 % interval"),
            _(
                "By Wilson for shares of residents, exact Poisson for counts: how far the same "
                "place might have been counted by chance. It does not cover errors of the register."
            ),
        ),
        (
            _("Rank"),
            _("1 is the highest figure. Areas with equal figures share a rank; where figures are "
              "close to each other, so that intervals overlap, the order is no more than a hint."),
        ),
        (
            _("Map"),
            _("Boundaries by {source}. Scale and grid hold where the page is printed at 100 %. The "
              "PDF says where its maps lie, so that field apps can show one's place on it.").format(
                  source=city.about.get("attribution", "–")),
        ),
    ]  # fmt: skip
    if city.is_simulated(found):
        words = _(
            "The figures by kelurahan are invented. Do not decide on them; they show what the "
            "atlas will look like."
        )
        return [("SIMULASI", words), *told]
    return told


def _words(city: City) -> Words:
    return Words(
        contents=_("Contents"),
        index_map=_("Index map"),
        method=_("How it was made"),
        page=_("p."),
        folio=_("Page {page} of {pages}"),
        sheet=printing.sheet_words(city),
    )
