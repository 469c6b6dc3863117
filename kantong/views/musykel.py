"""The Musykel pack of a kelurahan: what its papers say, in the language in use."""

import re
from collections.abc import Mapping
from functools import lru_cache

import pandas as pd

from kantong.analysis.measures import Measure
from kantong.analysis.suppression import is_suppressed
from kantong.geo.errors import Fault
from kantong.geo.returnsheet import COUNTS, OFFICES, REASONS, YES_NO
from kantong.geo.schema import KECAMATAN, KELURAHAN, Indicator
from kantong.importing import returned
from kantong.language import date, language, pick
from kantong.language import gettext as _
from kantong.maps import musykel, returnsheet
from kantong.maps.binding import Bookmark, bound, pages_of
from kantong.maps.musykel import Figure, Pack, Words
from kantong.maps.sheet import Sheet
from kantong.views import printing
from kantong.views.data import City
from kantong.views.draft import area
from kantong.views.words import figure

# Parts of others, and what the Musykel itself counts.
_DETAIL = re.compile(r"_d\d+$|^training_need_|^musykel_")
SHEET_PAPER = "A2"


def forms(city: City, kodes: list[str], *, before: int = 0) -> bytes:
    """Return the papers of several kelurahan as PDF; ``before`` pages are counted before them."""
    packs = [pack(city, kode) for kode in kodes]
    return musykel.forms(packs, words(), created=printing.today(), before=before)


def workbook(city: City, kode: str) -> bytes:
    """Return the return sheet of a kelurahan as workbook."""
    return returnsheet.workbook(pack(city, kode), return_words(), created=printing.today())


def form(city: City, kode: str) -> bytes:
    """Return the return sheet of a kelurahan as PDF to be filled in on a screen."""
    return returnsheet.form(pack(city, kode), return_words(), created=printing.today())


def whole(city: City, page: Sheet, paper: str = SHEET_PAPER) -> bytes:
    """Return the whole pack of a kelurahan: its map in large format, and the papers behind it.

    Parameters
    ----------
    page
        What stands on its sheet, see :func:`kantong.views.printing.page_of`.
    paper
        Of the sheet, a key of ``PAPERS``.
    """
    maps = printing.sheet(city, page, paper)
    count = pages_of(maps)
    papers = forms(city, [page.kode], before=count)
    marks = [Bookmark(_("Map"), 0), Bookmark(words().document, count)]
    return bound([maps, papers], marks, words().document)


def pack(city: City, kode: str) -> Pack:
    """Return what the papers of a kelurahan say."""
    place = city.place(kode)
    figures = tuple(_figures(city, kode))
    kept = [city.measure(one.indicator, one.period) for one in figures]
    said = {one.id: one for found in kept for one in city.datasets(found)}
    simulated = any(one.simulated for one in said.values())
    publishers = dict.fromkeys(one.source for one in said.values())
    kecamatan = _("Kecamatan {name}").format(name=place[KECAMATAN])
    return Pack(
        kode=kode,
        kelurahan=place[KELURAHAN],
        where=" · ".join(part for part in (kecamatan, city.name()) if part),
        figures=figures,
        rw=_rw(city).get(kode, ()),
        period=quarter(),
        source=_("Source: {sources}").format(sources="; ".join(publishers)),
        badge="SIMULASI" if simulated else "",
    )


def quarter() -> str:
    """Return the quarter of today: tallies of one quarter belong together, as DTSEN does."""
    today = printing.today()
    return f"{today:%Y}-Q{(today.month + 2) // 3}"


def correctable(city: City) -> dict[str, Indicator]:
    """Return the indicators that a Musykel may correct: counted ones, without their parts."""
    return {
        key: one
        for key, one in city.indicators().items()
        if one.kind == "count" and not _DETAIL.search(key)
    }


def _figures(city: City, kode: str) -> list[Figure]:
    made = []
    for key, indicator in correctable(city).items():
        period = city.periods(key)[-1]
        found = city.measure(key, period)
        value = float(found.value[kode])
        told = none_words(found, kode) if pd.isna(value) else figure(value, indicator, unit=False)
        label = f"{pick(indicator.label)} ({pick(indicator.unit)})"
        made.append(Figure(key, period, label, value, told))
    return made


def none_words(found: Measure, kode: str) -> str:
    """Return in a few words why there is no figure."""
    return _("too small to show") if is_suppressed(found)[kode] else _("not known")


@lru_cache(maxsize=8)
def _rw(city: City) -> dict[str, tuple[str, ...]]:
    return returned.rw_numbers(area(city))


def words() -> Words:
    """Return what stands on the papers."""
    return Words(
        document=_("Papers of the Musyawarah Kelurahan"),
        kelurahan=_("Kelurahan {name}"),
        figures_of=_("Figures of {periods}"),
        tally_of=_("Tally of {period}"),
        folio=_("Page {page} of {pages}"),
        code=_("code"),
        date=date(printing.today().date()),
        rule=_(
            "Write no names of residents, no NIK, no KK number, no address and no telephone number "
            "on this page. Numbers only; who says so is an office, not a person."
        ),
        qr=_("QR code of this sheet"),
        tally=_("Tally by RW and RT"),
        tally_told=_(
            "One line for each RT, counted in families. Leave a box empty where it was not "
            "counted; write 0 only where there is none. Copy this page if there are more RW or RT."
        ),
        tally_heads=("RW", "RT", *_choices(COUNTS)),
        rw_sum=_("Sum of the RW"),
        whole_sum=_("Sum of the kelurahan"),
        correction=_("Corrections of figures"),
        correction_told=_(
            "Fill in only what is wrong. Shares and densities are worked out again from these "
            "counts. Empty lines are for figures that are not listed."
        ),
        correction_heads=(
            _("Indicator"), _("Period"), _("Says now"), _("Should be"), _("Reason"),
            _("Who says so (office)"),
        ),
        minutes=_("Record of the Musyawarah Kelurahan"),
        minutes_told=_(
            "The meeting looked at the figures of this kelurahan and records below what it "
            "decided. The tally and the corrections are part of this record."
        ),
        number=_("Number of the record"),
        held=(
            _("Day and date"), _("Time"), _("Place"), _("Led by (office)"),
            _("RW present (number)"), _("People present (number)"),
        ),
        agenda=_("Agenda"),
        agenda_items=(
            _("Reading the figures and the map of the kelurahan"),
            _("Tally of families by RW and RT"),
            _("Corrections, each with its reason and the office that says so"),
        ),
        decisions=_("Decisions"),
        signatures=_("Signed by"),
        signers=(
            _("Lurah"), _("Head of LPMK"), _("On behalf of the RW"), _("On behalf of the RT"),
            _("Puskesos"), _("Social companion (PKH)"),
        ),
        signed_as=_("signature and stamp"),
        lang=language(),
    )  # fmt: skip


def _choices(offered: Mapping[str, Fault]) -> tuple[str, ...]:
    return tuple(one.describe(_) for one in offered.values())


def return_words() -> returnsheet.Words:
    """Return what the return sheet says."""
    return returnsheet.Words(
        papers=words(),
        title=_("Return sheet"),
        corrections=_("Corrections"),
        tally=_("Tally"),
        notes=_("Notes"),
        correction_heads=(
            _("Indicator"), _("Period"), _("Says now"), _("Should be"), _("Reason"),
            _("Who says so (office)"), _("Note (no names)"),
        ),
        tally_heads=words().tally_heads,
        told=(
            _("Fill in the yellow cells only: whole numbers, zero or more."),
            _("Leave a cell empty where nothing is to be corrected or nothing was counted. Empty is"
              " not zero."),
            _("Each correction needs a reason and the office that says so, both from the list."),
            _("Tally: one line for each RT, or one for a whole RW with the RT left empty."),
            _("Bring the file on the page Data, under Return sheet: every entry is looked at before"
              " anything is kept."),
            _("What can be chosen:"),
        ),
        form_told=_(
            "Fill in only what is wrong, save the file and send it back. Each correction needs a "
            "reason and an office. For counts by RT use the workbook."
        ),
        sums=_("Sum"),
        complete=_("Are all RW of the kelurahan in this tally?"),
        period=_("period of the tally"),
        yes_no=_choices(YES_NO),
        offices=_choices(OFFICES),
        reasons=_choices(REASONS),
        wrong_number=_("A whole number, zero or more; or an empty cell."),
        wrong_choice=_("Choose one of the list."),
        wrong_note=_("A short note without names or numbers of persons."),
    )  # fmt: skip
