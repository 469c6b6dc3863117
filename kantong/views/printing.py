"""Maps for paper and pictures: what the page shows, handed to the typesetter in words."""

import datetime as dt
import html
import os
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from urllib.parse import quote, urlencode, urlsplit

import streamlit as st

from kantong.analysis.measures import Measure
from kantong.geo.details import FILE, Details, load_details
from kantong.geo.errors import DataError
from kantong.geo.schema import DAPIL, KECAMATAN, KELURAHAN
from kantong.geo.sources import utm_of
from kantong.language import date, language, number
from kantong.language import gettext as _
from kantong.maps import picture as pictures
from kantong.maps.drawing import Ground, convergence, prepare
from kantong.maps.sheet import Sheet, Words, area_preview, layouts, page_count, sheets
from kantong.maps.style import Scheme, pattern_definitions
from kantong.maps.theme import Swatch, Theme
from kantong.maps.thumbnail import Shapes, shapes, thumbnail
from kantong.maps.tiling import PAPERS
from kantong.views import data, figures, frame, mapview, state
from kantong.views.data import City
from kantong.views.mapview import Picture
from kantong.views.words import level_label, sources

_SMALL_PX = (190, 210)
_ON_SHEET = 5
_PREVIEW_PX = 910
_THIS_COMPUTER = {"127.0.0.1", "localhost", "::1"}


def ground(city: City) -> Ground:
    """Return the areas of a city, ready for drawing, with the details of its data folder."""
    path = city.home / FILE
    return _ground(city, path.parent, path.stat().st_mtime_ns if path.is_file() else 0)


@lru_cache(maxsize=16)
def _ground(city: City, folder: Path, changed: int) -> Ground:
    outlines = [city.outlines[KECAMATAN]] if KECAMATAN in city.outlines else []
    details = _details(folder, changed) if changed else None
    return prepare(
        city.layer, city.context, outlines, None if isinstance(details, DataError) else details
    )


@lru_cache(maxsize=4)
def _details(folder: Path, _changed: int) -> Details | DataError | None:
    try:
        return load_details(folder)
    except DataError as error:
        return error


def details_fault(city: City) -> DataError | None:
    """Return why roads and the like of the data folder are not drawn; None where they are."""
    path = city.home / FILE
    if not path.is_file():
        return None
    found = _details(path.parent, path.stat().st_mtime_ns)
    return found if isinstance(found, DataError) else None


@lru_cache(maxsize=16)
def _small(city: City) -> Shapes:
    return shapes(ground(city), *_SMALL_PX)


def _fills(seen: Picture) -> list[str]:
    return [*seen.state.fills.values(), *(fill for fill, _text, _count in seen.entries)]


def theme(seen: Picture, notes: Sequence[str]) -> Theme:
    """Return what the colours of a map say, for paper."""
    return Theme(
        title=f"{seen.title} ({seen.unit})",
        fills=seen.state.fills,
        legend=tuple(
            Swatch(fill, f"{text} ({number(count)})") for fill, text, count in seen.entries
        ),
        patterns=pattern_definitions(_fills(seen)),
        badge=seen.state.note,
        notes=tuple(notes),
    )


def png(city: City, seen: Picture, told: Sequence[tuple[str, str]]) -> bytes:
    """Return a view as a picture, with everything that must be known about it below."""
    lines = [f"{label}: {text}" for label, text in told[1:]]
    drawn = pictures.Picture(
        title=seen.title,
        theme=theme(seen, lines),
        alt=seen.title,
        subtitle=city.name(),
        north=_("N"),
        lang=language(),
        number=number,
        chosen=seen.state.chosen,
    )
    return pictures.to_png(ground(city), drawn, created=today())


def today() -> dt.datetime:
    """Return the beginning of today where this machine stands: prints of one day are the same."""
    return dt.datetime.now().astimezone().replace(hour=0, minute=0, second=0, microsecond=0)


# --- series ------------------------------------------------------------------------------------


def multiples(
    city: City, selection: state.Selection, series: Sequence[Measure], scheme: Scheme
) -> None:
    """Draw one small map a period, all with the same classes."""
    drawn = []
    for found in series:
        seen = mapview.picture(city, selection, found, scheme)
        small = thumbnail(
            _small(city), seen.state.fills, patterns=pattern_definitions(_fills(seen)),
            chosen=selection.kelurahan,
        )  # fmt: skip
        known = number(int(found.value.notna().sum()))
        alt = _("{title}: map of {count} areas with a figure").format(title=seen.title, count=known)
        drawn.append(
            f'<figure><img alt="{html.escape(alt)}" src="data:image/svg+xml,{quote(small)}">'
            f"<figcaption>{html.escape(found.period)}</figcaption></figure>"
        )
    st.html(f'<div class="multiples">{"".join(drawn)}</div>')


# --- sheets ------------------------------------------------------------------------------------


def sheet(city: City, page: Sheet, paper: str = "A4") -> bytes:
    """Return the sheet of a kelurahan as PDF."""
    return sheets(ground(city), [page], sheet_words(city), created=today(), paper=PAPERS[paper])


def preview(city: City, page: Sheet, paper: str = "A4") -> bytes:
    """Return its first page as PNG."""
    return area_preview(
        ground(city), page, sheet_words(city), created=today(), paper=PAPERS[paper],
        ppi=_PREVIEW_PX / PAPERS[paper].width_mm * 25.4,
    )  # fmt: skip


def pages_needed(city: City, page: Sheet, paper: str) -> tuple[int, int]:
    """Return how many pages a sheet has: of its map, and of the list of streets behind it."""
    maps = len(layouts(ground(city), page, PAPERS[paper]))
    return maps, page_count(ground(city), page, PAPERS[paper]) - maps


def page_of(city: City, selection: state.Selection, found: Measure, kode: str) -> Sheet:
    """Return what stands on the sheet of a kelurahan."""
    return pages_of(city, selection, found, [kode])[0]


def pages_of(
    city: City, selection: state.Selection, found: Measure, kodes: Sequence[str]
) -> list[Sheet]:
    """Return what stands on the sheets of several kelurahan, in their order."""
    seen = mapview.picture(city, selection, found)
    told = in_table(city, found)
    colours = theme(seen, notes_of(city, selection, found, told))
    badge = "SIMULASI" if any(city.is_simulated(one) for one in told) else ""
    colours, address = replace(colours, badge=badge), home()
    return [_page(city, seen, told, colours, kode, address) for kode in kodes]


def in_table(city: City, found: Measure) -> list[Measure]:
    """Return whose figures stand on a sheet: what its map shows, then the first of the catalogue.

    Those others are in their latest period.
    """
    others = [name for name in city.indicators() if name != found.indicator]
    latest = (city.measure(name, city.periods(name)[-1]) for name in others[: _ON_SHEET - 1])
    return [found, *latest]


def notes_of(
    city: City, selection: state.Selection, found: Measure, table: Sequence[Measure] = ()
) -> list[str]:
    """Return the lines that stand on every print: source, settings, hash and date.

    Parameters
    ----------
    table
        Whose figures stand beside the map.
    """
    indicator = city.library.indicators[found.indicator]
    every = {one.id: one for shown in (found, *table) for one in city.datasets(shown)}
    others = [one for key, one in every.items() if key not in found.datasets]
    beside = [_("Table: {sources}").format(sources=sources(others))] if others else []
    hashes = "SHA-256 " + ", ".join(one.sha256[:16] for one in every.values())
    settings = " · ".join(f"{key}: {text}" for key, text in state.settings(selection, city).items())
    lines = frame.source_lines(city, indicator, found)
    return [*lines, *beside, settings, hashes, date(today().date())]


def _page(
    city: City, seen: Picture, told: Sequence[Measure], colours: Theme, kode: str, address: str
) -> Sheet:
    place = city.place(kode)
    rows = []
    for one in told:
        label, text, interval, rank, _whole, period, *_rest = figures.figure_row(
            city, kode, one.indicator, one.period
        )
        rows.append((f"{label}, {period}", text, interval, rank))
    is_kelurahan = city.level == KELURAHAN
    words = _("Kelurahan {name}") if is_kelurahan else f"{level_label(city.level)} {{name}}"
    title = words.format(name=place[KELURAHAN])
    where = _("Kecamatan {kecamatan} · dapil {dapil} · code {kode}")
    subtitle = where.format(kecamatan=place[KECAMATAN], dapil=place[DAPIL] or "–", kode=kode)
    return Sheet(
        kode=kode,
        title=title,
        subtitle=" · ".join(part for part in (subtitle, city.name()) if part),
        theme=colours,
        alt=f"{title}: {seen.title}",
        heads=(_("Indicator"), _("Figure"), _("95 % interval"), _("Rank")),
        figures=tuple(rows),
        url=f"{address}{_profile(city, kode)}" if address else "",
        url_label=_("Profile of this kelurahan"),
    )


def _profile(city: City, kode: str) -> str:
    """Return the address of a profile within the app: which city, and where in a large one."""
    name = next((key for key, path in data.folders().items() if path == city.home), "")
    asked = {"kelurahan": kode, "wilayah": city.region, "kota": name}
    return f"/profil?{urlencode({key: value for key, value in asked.items() if value})}"


def home() -> str:
    """Return the address of the app that a phone can reach; empty where there is none.

    ``KANTONG_URL`` names it; else it is the one that the reader came by, unless that is this
    computer alone.
    """
    named = os.environ.get("KANTONG_URL", "").rstrip("/")
    if named:
        return named
    come_by = urlsplit(st.context.url or "")
    if not come_by.hostname or come_by.hostname in _THIS_COMPUTER:
        return ""
    return f"{come_by.scheme}://{come_by.netloc}"


def _projection(city: City) -> str:
    """Return what the grid is, and how far its north lies from true north."""
    zone, east = utm_of(city.layer), convergence(ground(city))
    words = (
        _("UTM grid zone {zone} ({code}), metres; up is grid north, true north lies {angle}° east")
        if east > 0
        else _(
            "UTM grid zone {zone} ({code}), metres; up is grid north, true north lies {angle}° west"
        )
    )
    angle = number(abs(east), 2)
    return words.format(zone=zone.utm_zone, code=zone.to_string(), angle=angle)


def sheet_words(city: City) -> Words:
    """Return what stands on every sheet, in the language in use."""
    is_kelurahan = city.level == KELURAHAN
    return Words(
        title=_("Sheet of a kelurahan") if is_kelurahan else _("Sheet of an area"),
        scale=_("Scale"),
        north=_("N"),
        chosen=_("this kelurahan") if is_kelurahan else _("this area"),
        other=_("other kelurahan") if is_kelurahan else _("other areas"),
        outside=_("outside the city, not counted"),
        outlines=_("border of kecamatan") if KECAMATAN in city.outlines else "",
        projection=_projection(city),
        print_advice=_("Print at 100 %, without fitting to the page"),
        locator=_("Where it lies in the city"),
        qr=_("QR code of the profile"),
        lang=language(),
        number=number,
        details={
            "jalan": _("road"),
            "sungai": _("river"),
            "rw": _("border of RW"),
            "kantor": _("office"),
            "kesehatan": _("health"),
            "sekolah": _("school"),
            "pasar": _("market"),
            "ibadah": _("place of worship"),
        },
        index=_("streets"),
    )
