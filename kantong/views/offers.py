"""Packages as they are taken to a company: a page each, a booklet, and a table."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from kantong.analysis.measures import Measure
from kantong.analysis.packages import BUDGET_RP, PART, PARTS, PEOPLE
from kantong.geo.schema import KECAMATAN, KELURAHAN, KODE, Dataset
from kantong.language import date, language, number, pick, rupiah
from kantong.language import gettext as _
from kantong.maps.binding import Bookmark, bound
from kantong.maps.brief import Brief, Section, to_pdf
from kantong.views import figures, frame, mapview, offering, printing, programmes
from kantong.views.data import City
from kantong.views.offering import ID, LINE, TAKEN, Menu
from kantong.views.places import places
from kantong.views.programmes import Choice
from kantong.views.state import Selection
from kantong.views.words import code_label, figure, sources

_BLANK = "…" * 17
# Pages of a booklet: each is typeset by itself.
MOST_PAGES = 200


def page(city: City, selection: Selection, menu: Menu, package: Mapping[Any, Any]) -> bytes:
    """Return the page of a package (PDF), to be handed to a company and signed."""
    told = brief(city, selection, menu, package)
    return to_pdf(printing.ground(city), told, created=printing.today())


def booklet(city: City, selection: Selection, menu: Menu, found: pd.DataFrame) -> bytes:
    """Return the pages of all packages as one PDF with bookmarks."""
    rows = found.to_dict("records")
    parts = (page(city, selection, menu, row) for row in rows)
    marks = [Bookmark(_title(city, menu, row), place) for place, row in enumerate(rows)]
    return bound(parts, marks, _("Packages {year}").format(year=menu.year))


def rows(city: City, menu: Menu, found: pd.DataFrame) -> pd.DataFrame:
    """Return the packages as taken home: one row each."""
    where = places(city)
    lines = [menu.lines[place] for place in found[LINE]]
    return pd.DataFrame(
        {
            _("Number"): found[ID].to_numpy(),
            _("Code"): found[KODE].to_numpy(),
            _("Kelurahan"): [where[KELURAHAN][kode] for kode in found[KODE]],
            _("Kecamatan"): [where[KECAMATAN][kode] for kode in found[KODE]],
            _("Package"): [offering.name_of(city, menu, line) for line in lines],
            _("Kind"): [code_label(line.kind) for line in lines],
            _("Part"): found[PART].to_numpy(),
            _("of parts"): found[PARTS].to_numpy(),
            _("How many"): found[PEOPLE].to_numpy(),
            _("Unit"): [offering.unit_of(city, line) for line in lines],
            _("Cost for each (Rp)"): [line.cost_rp for line in lines],
            _("Cost (Rp)"): found[BUDGET_RP].to_numpy(),
            _("Promised by"): found[TAKEN].to_numpy(),
        }
    )


def settings(city: City, menu: Menu) -> list[tuple[str, str]]:
    """Return what was asked: it stands on every download."""
    found = offering.priority(city, menu)
    by = frame.title_of(city.library.indicators[found.indicator], found)
    lines = "; ".join(
        _("{name}: {cost} each, at most {size} in a package").format(
            name=offering.name_of(city, menu, line),
            cost=rupiah(line.cost_rp),
            size=number(line.size),
        )
        for line in menu.lines
    )
    return [
        (_("For the year"), menu.year),
        (_("Kelurahan with need are"), programmes.threshold_label(menu.threshold)),
        (_("Most need by"), by),
        (_("What is offered"), lines),
        (_("How it is worked out"), how()),
    ]


def how() -> str:
    """Return how packages are worked out, and what that cannot tell."""
    return _(
        "The need less what is recorded of the same kind of help for the year (targets, or those "
        "reached), cut into packages of like size. Programmes do not say whether they count people "
        "or families: they are taken off as if in the unit of the need. Counts too small to be "
        "shown are neither offered nor taken off."
    )


# --- the page of a package ---------------------------------------------------------------------


def _title(city: City, menu: Menu, package: Mapping[Any, Any]) -> str:
    name = offering.name_of(city, menu, menu.lines[package[LINE]])
    return f"{name} · {places(city)[KELURAHAN][package[KODE]]}"


def brief(city: City, selection: Selection, menu: Menu, package: Mapping[Any, Any]) -> Brief:
    """Return what the page of a package says."""
    # The mark of invented figures is that of all that the page tells, not of its map alone.
    names = tuple(one.id for one in _datasets(city, menu))
    measured = replace(offering.priority(city, menu), datasets=names)
    seen = mapview.picture(city, selection, measured)
    where = places(city)
    kode = str(package[KODE])
    return Brief(
        title=_title(city, menu, package),
        subtitle=" · ".join(
            (
                _("Kecamatan {name}").format(name=where[KECAMATAN][kode]), city.name(),
                _("package {id}").format(id=package[ID]),
            )
        ),
        theme=printing.theme(seen, _notes(city, menu)),
        alt=f"{_title(city, menu, package)}: {seen.title}",
        beside=Section(_("What is needed"), tuple(_needed(city, menu, package))),
        below=(
            Section(_("Why here"), tuple(_why(city, menu, kode))),
            Section(_("What is there already"), tuple(_there(city, menu, kode))),
            Section(_("We take this on"), tuple(_form())),
            Section(_("How it is worked out"), (how(),)),
        ),
        annex="",
        heads=(),
        rows=(),
        north=_("N"),
        scale=_("Scale"),
        lang=language(),
        number=number,
        chosen=kode,
    )  # fmt: skip


def _rate(city: City, menu: Menu) -> Measure | None:
    """Return the newest share of residents of what says who comes first, where it is another."""
    rate = city.rate_of(city.library.indicators[menu.indicator])
    if rate is None or rate.id == menu.indicator or rate.id not in city.indicators():
        return None
    return city.measure(rate.id, city.periods(rate.id)[-1])


def _datasets(city: City, menu: Menu) -> list[Dataset]:
    """Return the data sets of all that the page of a package tells."""
    rate = _rate(city, menu)
    every = [*offering.datasets(city, menu), *(city.datasets(rate) if rate else [])]
    return list({one.id: one for one in every}.values())


def _notes(city: City, menu: Menu) -> list[str]:
    first, *others = offering.measures(city, menu)
    rate = _rate(city, menu)
    others += [rate] if rate else []
    indicators = city.library.indicators
    hashes = "SHA-256 " + ", ".join(one.sha256[:16] for one in _datasets(city, menu))
    told = [(frame.title_of(indicators[one.indicator], one), city.datasets(one)) for one in others]
    recorded = programmes.datasets(city, Choice(menu.year))
    told += [(_("Programmes {year}").format(year=menu.year), recorded)] if recorded else []
    return [
        *frame.source_lines(city, indicators[first.indicator], first),
        *(f"{what}: {sources(datasets)}" for what, datasets in told),
        f"{hashes} · {date(printing.today().date())}",
    ]


def _needed(city: City, menu: Menu, package: Mapping[Any, Any]) -> Iterator[str]:
    line = menu.lines[package[LINE]]
    unit = offering.unit_of(city, line)
    yield _("{name} for {people} {unit}: {money}.").format(
        name=offering.name_of(city, menu, line), people=number(package[PEOPLE]), unit=unit,
        money=rupiah(package[BUDGET_RP]),
    )  # fmt: skip
    yield _("{cost} each.").format(cost=rupiah(line.cost_rp))
    if package[PARTS] > 1:
        yield _("It is part {part} of {parts} in this kelurahan.").format(
            part=number(package[PART]), parts=number(package[PARTS])
        )
    need = offering.measure_of(city, menu, line)
    indicator = city.library.indicators[line.need]
    kode = str(package[KODE])
    yield _("In need here: {need} ({what}).").format(
        need=figure(need.value[kode], indicator), what=frame.title_of(indicator, need)
    )


def _why(city: City, menu: Menu, kode: str) -> Iterator[str]:
    found = offering.priority(city, menu)
    indicator = city.library.indicators[found.indicator]
    ranks = mapview.rank_texts(found.value)
    yield _("{what}: {figure}; rank {rank}.").format(
        what=frame.title_of(indicator, found), figure=figure(found.value[kode], indicator),
        rank=ranks[kode],
    )  # fmt: skip
    beside = _rate(city, menu)
    if beside is not None and pd.notna(beside.value[kode]):
        rate = city.library.indicators[beside.indicator]
        bounds = figures.intervals(beside, rate)
        yield _("{what}, {period}: {figure} (95 % interval {interval}); rank {rank}.").format(
            what=pick(rate.label), period=beside.period, figure=figure(beside.value[kode], rate),
            interval=figures.interval_words(bounds, kode, rate),
            rank=mapview.rank_texts(beside.value)[kode],
        )  # fmt: skip


def _there(city: City, menu: Menu, kode: str) -> Iterator[str]:
    rows = programmes.shown(city, Choice(menu.year)).rows
    own = rows[rows[KODE] == kode]
    if own.empty:
        yield _("Nothing is recorded here for {year}.").format(year=menu.year)
    first = own.head(_MOST_THERE)
    for row, count in zip(first.to_dict("records"), offering.counts(first), strict=True):
        many = _("too few to show") if row[programmes.HIDDEN] else number(count)
        yield _("{programme} ({funder}, {status}): {many}").format(
            programme=row["programme"], funder=programmes.funder_label(row["funder"]),
            status=code_label(row["status"]), many=many,
        )  # fmt: skip
    if len(own) > _MOST_THERE:
        yield _("and {count} more").format(count=number(len(own) - _MOST_THERE))


_MOST_THERE = 6


def _form() -> Iterator[str]:
    for label in (_("Company"), _("Contact"), _("Date"), _("Signature")):
        yield f"{label}: {_BLANK}"
