"""The section for planning documents (RKPD, LP2KD): what the pages say, in one report."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import pandas as pd

from kantong.analysis import reach
from kantong.analysis.allocation import RULES
from kantong.analysis.targets import needed_path
from kantong.geo.errors import DataError, TableError
from kantong.geo.schema import DAPIL, KECAMATAN, KELURAHAN, PERIOD, Dataset
from kantong.language import date, language, number, pick
from kantong.language import gettext as _
from kantong.maps.brief import map_png
from kantong.maps.report import Chapter, Report, Table, to_docx, to_xlsx
from kantong.store import database, scenarios
from kantong.store.scenarios import Scenario
from kantong.views import (
    anggaran,
    briefing,
    frame,
    mapview,
    mitra,
    offering,
    offers,
    pelatihan,
    pledging,
    printing,
    programgaps,
    programmes,
    programwords,
    scored,
    scoring,
    spending,
    spent,
    state,
    target,
    training,
)
from kantong.views.data import City
from kantong.views.draft import area
from kantong.views.places import places
from kantong.views.programmes import Choice
from kantong.views.state import Selection
from kantong.views.words import kind_of_data

# Kinds of scenarios that a report takes up, in the order of its chapters.
KINDS = ("priority", "allocation", "training", "target", "csr_menu")
# Those of which there is a usual choice where no scenario is taken.
USUAL = ("priority", "target")
Settings = Mapping[str, str]
_RATE, _COUNT = 2, 0


@dataclass(frozen=True)
class Taken:
    """A scenario that the report takes up.

    Parameters
    ----------
    name
        Of the scenario and its version; empty for the usual choices.
    settings
        Its choices.
    """

    name: str
    settings: tuple[tuple[str, str], ...]


Chosen = Mapping[str, Taken | None]


def docx(city: City, selection: Selection, chosen: Chosen) -> bytes:
    """Return the report as DOCX."""
    return to_docx(report(city, selection, chosen), created=printing.today())


def xlsx(city: City, selection: Selection, chosen: Chosen) -> bytes:
    """Return its tables as XLSX."""
    return to_xlsx(report(city, selection, chosen), notes=_("Sources"))


def kept(city: City, kind: str) -> list[Scenario]:
    """Return the scenarios of a kind that can be taken up."""
    engine = database.for_reading()
    return [] if engine is None else scenarios.scenarios(engine, area(city), kind)


def taken(kept_: Scenario) -> Taken:
    """Return a scenario as it is taken up."""
    settings = tuple((key, str(value)) for key, value in kept_.settings.items())
    return Taken(f"{kept_.name} v{kept_.version}", settings)


def report(city: City, selection: Selection, chosen: Chosen) -> Report:
    """Return the report: a chapter for each subject of which something can be said.

    Parameters
    ----------
    chosen
        By kind of ``KINDS``: the scenario taken up; None for the usual choices of those that have
        any, and for no chapter of the others.
    """
    usual = Taken("", ())
    told: list[_Part | None] = [
        _situation(city, selection),
        _guarded(_pockets, city, selection, usual),
    ]
    for kind, make in _CHAPTERS.items():
        scenario = chosen.get(kind)
        if scenario is not None or kind in USUAL:
            told.append(_guarded(make, city, selection, scenario or usual))
        if kind == USUAL[0]:
            told.append(_programmes(city, selection))
    every = [one for one in told if one is not None]
    found = city.measure(selection.indicator, selection.period)
    simulated = any(one.simulated for one in datasets(city, selection, chosen))
    return Report(
        title=_("Poverty pockets: section for the planning document"),
        subtitle=" · ".join(
            (city.name(), frame.title_of(city.library.indicators[found.indicator], found))
        ),
        badge=_("SIMULASI: figures by kelurahan are invented.") if simulated else "",
        chapters=[one.chapter for one in every],
        notes=_notes(city, selection, chosen, every),
        notes_heading=_("Method and sources"),
        lang=language(),
        number=number,
        more=_more,
    )  # fmt: skip


def _more(count: int) -> str:
    return _("{count} more rows stand in the workbook.").format(count=number(count))


@dataclass(frozen=True, eq=False)
class _Part:
    """A chapter and what was chosen for it."""

    chapter: Chapter
    notes: tuple[tuple[str, str], ...] = ()


_Make = Callable[[City, Selection, Taken], _Part]


def _guarded(make: _Make, city: City, selection: Selection, scenario: Taken) -> _Part:
    """Return a chapter, or one that says why it cannot be written."""
    try:
        return make(city, selection, scenario)
    except DataError as error:
        heading = _HEADINGS[make]()
        return _Part(Chapter(heading, [error.describe(_)]))


# --- chapters ----------------------------------------------------------------------------------


def _situation(city: City, selection: Selection) -> _Part:
    """Return the city's series, and the indicator on a map and by kelurahan."""
    found = city.measure(selection.indicator, selection.period)
    seen = mapview.picture(city, selection, found)
    indicator = city.library.indicators[selection.indicator]
    title = frame.title_of(indicator, found)
    series = target.poor_by_year(city).dropna()
    said = []
    if len(series):
        words = _("{year}: {poor} poor people in the city, as published.")
        said.append(words.format(year=series.index[-1], poor=number(float(series.iloc[-1]))))
    said.append(
        _("{count} kelurahan have a figure of “{what}”.").format(
            count=number(int(found.value.notna().sum())), what=title
        )
    )
    tables = [*_series(city), _figures(city, selection)]
    picture = printing.png(city, seen, [("", "")])
    return _Part(Chapter(_("Situation"), said, picture, title, tables))


def _series(city: City) -> Iterator[Table]:
    rows = city.library.city_series
    if rows.empty:
        return
    frame_ = pd.DataFrame(
        {
            _("Year"): rows["year"].astype(int).astype(str),
            _("Poor people"): (rows["poor_thousand"].astype(float) * 1000).round(),
            _("% poor (P0)"): rows["p0_percent"].astype(float),
            _("Depth (P1)"): rows["p1"].astype(float),
            _("Severity (P2)"): rows["p2"].astype(float),
        }
    )
    decimals = {_("% poor (P0)"): _RATE, _("Depth (P1)"): _RATE, _("Severity (P2)"): _RATE}
    yield Table(_("City series"), frame_, decimals)


def _figures(city: City, selection: Selection) -> Table:
    """Return the indicator by kelurahan with its rate, the worst off first."""
    found = city.measure(selection.indicator, selection.period)
    indicator = city.library.indicators[selection.indicator]
    where, kept_ = places(city), selection.keeps(city)
    order = found.value[kept_.reindex(found.value.index)].sort_values(
        ascending=not indicator.higher_is_worse, kind="stable", na_position="last"
    )
    head = frame.title_of(indicator, found)
    columns: dict[str, object] = {
        _("Code"): list(order.index),
        _("Kelurahan"): where[KELURAHAN].reindex(order.index).to_numpy(),
        _("Kecamatan"): where[KECAMATAN].reindex(order.index).to_numpy(),
        head: order.to_numpy(),
    }
    decimals = {head: _RATE if indicator.kind == "rate" else _COUNT}
    rate = city.rate_of(indicator)
    if rate is not None and rate is not indicator:
        beside = city.measure(rate.id, selection.period)
        name = frame.title_of(rate, beside)
        columns[name], decimals[name] = beside.value.reindex(order.index).to_numpy(), _RATE
    return Table(_("By kelurahan"), pd.DataFrame(columns), decimals)


def _pockets(city: City, selection: Selection, _scenario: Taken) -> _Part:
    """Return what the council brief says of pockets, with its map."""
    told = briefing.brief(city, selection)
    sections = (told.beside, *told.below)
    said = [f"{one.heading}: {text}" for one in sections for text in one.paragraphs]
    picture = map_png(printing.ground(city), told, created=printing.today())
    rows = pd.DataFrame(list(told.rows), columns=list(told.heads))
    table = Table(_("Pockets by kelurahan"), rows)
    notes = tuple(("", text) for text in told.theme.notes)
    return _Part(
        Chapter(_pockets_heading(), said, picture, told.alt, [table]),
        tuple((_("Pockets"), text) for _label, text in notes),
    )


def _priorities(city: City, selection: Selection, scenario: Taken) -> _Part:
    mix = _mix(city, selection, scenario)
    if mix is None:
        return _gone(_priorities)
    found = scoring.scored(city, mix)
    said = [*scored.told(city, mix, found)]
    seen = scored.picture(city, selection, mix)
    rows = scored.rows(city, selection, mix).reset_index(drop=True)
    rows = rows[rows[_("Rank")].notna()].astype({_("Rank"): int})
    whole = {_("Highest rank under other weights"), _("Lowest rank under other weights")}
    shares = {head: _COUNT if head in whole else _RATE for head in rows.columns[4:]}
    chapter = Chapter(
        _priorities_heading(), said, printing.png(city, seen, [("", "")]), seen.title,
        [Table(_("Priorities"), rows, shares, _priority_columns())],
    )  # fmt: skip
    return _Part(chapter, _of(scenario, scored.settings(mix, city)))


def _mix(city: City, selection: Selection, scenario: Taken) -> scoring.Mix | None:
    settings = dict(scenario.settings) or {
        "bobot": scoring.write_weights(scoring.usual_weights(city)), "periode": selection.period
    }  # fmt: skip
    return scoring.mix_of(city, settings)


def _year(city: City) -> str:
    """Return the newest year in which a programme runs; a promise for a later one is none yet."""
    rows = programmes.placed(city).rows
    ahead = reach.is_ahead(rows)
    begun = rows if ahead.all() else rows[~ahead]
    return max((str(one)[:4] for one in begun[PERIOD]), default="")


def _programmes(city: City, selection: Selection) -> _Part | None:
    """Return who does what where, and where nothing is."""
    year = _year(city)
    if not year:
        return None
    choice = Choice(year)
    said = list(programwords.sentences(city, selection, choice))
    rows = programgaps.rows(city, selection, choice).reset_index(drop=True)
    heading = _("Programmes {year}").format(year=choice.year)
    return _Part(
        Chapter(heading, said, tables=[Table(_("Need and programmes"), rows)]),
        tuple(programwords.settings(city, choice)),
    )


def _budget(city: City, _selection: Selection, scenario: Taken) -> _Part:
    settings = dict(scenario.settings)
    wish = spending.wish_of(city, settings)
    rule = next((one for one in RULES if one == settings.get("aturan", "optimal")), None)
    if wish is None or rule is None:
        return _gone(_budget)
    plan = spending.planned(city, wish, rule)
    compared = [
        spent.row(city, wish, one)
        for one in spending.every(city, wish).values()
        if not isinstance(one, TableError)
    ]
    tables = [
        Table(_("Rules side by side"), pd.DataFrame(compared)),
        Table(
            _("Plan by kelurahan"),
            anggaran.rows(city, wish, plan).sort_values(
                f"{_('Spent')} (Rp)", ascending=False, kind="stable"
            ),
            {_("% of need"): 1},
        ),
    ]
    said = list(spent.told(city, wish, plan))
    chapter = Chapter(_budget_heading(), said, tables=tables)
    return _Part(chapter, _of(scenario, anggaran.settings(city, wish, plan)))


def _training(city: City, _selection: Selection, scenario: Taken) -> _Part:
    wish = training.wish_of(city, dict(scenario.settings))
    if wish is None:
        return _gone(_training)
    classes = training.classes(city, wish)
    found = training.sited(city, wish)
    said = [*pelatihan.class_words(city, classes, wish), *pelatihan.told(city, wish, found)]
    rows = pelatihan.rows(city, wish, found)
    chapter = Chapter(_training_heading(), said, tables=[Table(_("Who goes where"), rows)])
    return _Part(chapter, _of(scenario, pelatihan.settings(city, wish, found)))


def _target(city: City, selection: Selection, scenario: Taken) -> _Part:
    series = target.poor_by_year(city)
    known = series.dropna()
    asked = dict(scenario.settings)
    aim = target.aim_of(asked, known) if len(known) else None
    if aim is None:
        return _gone(_target)
    path = needed_path(series, aim.target, aim.by, since=aim.since)
    said = list(target.told(series, aim, path))
    tables = []
    settings: list[tuple[str, str]] = []
    if target.POOR in city.indicators():
        filter_ = asked or {KECAMATAN: selection.kecamatan, DAPIL: selection.dapil}
        kodes = spending.filtered(city, filter_)
        measured, found = target.split(city, kodes, aim, path)
        said += target.split_words(city, measured, found, aim, path, kodes)
        rows = target.rows(city, measured, found, path).reset_index(drop=True)
        tables.append(Table(_("Exits by kelurahan"), rows, {_("Each year"): 1}))
        settings = target.settings(aim, path, found)
    return _Part(Chapter(_target_heading(), said, tables=tables), _of(scenario, settings))


def _partners(city: City, _selection: Selection, scenario: Taken) -> _Part:
    menu = offering.menu_of(city, dict(scenario.settings))
    if menu is None:
        return _gone(_partners)
    found = offering.menu_packages(city, menu, pledging.pledges(city, menu.year))
    rows = offers.rows(city, menu, found)
    chapter = Chapter(
        _partners_heading(),
        mitra.told(city, menu, found),
        tables=[Table(_("Packages"), rows, in_text=_package_columns())],
    )
    return _Part(chapter, _of(scenario, offers.settings(city, menu)))


def _priority_columns() -> list[str]:
    return [
        _("Rank"), _("Kelurahan"), _("Kecamatan"), _("Score"),
        _("Highest rank under other weights"), _("Lowest rank under other weights"),
        _("In the list under other weights"),
    ]  # fmt: skip


def _package_columns() -> list[str]:
    return [
        _("Kelurahan"), _("Package"), _("How many"), _("Unit"), _("Cost (Rp)"), _("Promised by"),
    ]  # fmt: skip


def _pockets_heading() -> str:
    return _("Poverty pockets and how sure they are")


def _priorities_heading() -> str:
    return _("Priority kelurahan, and whether the ranking survives")


def _budget_heading() -> str:
    return _("Budget plan")


def _training_heading() -> str:
    return _("Training: classes and venues")


def _target_heading() -> str:
    return _("Target and the way to it")


def _partners_heading() -> str:
    return _("Packages for companies")


_CHAPTERS: dict[str, _Make] = {
    "priority": _priorities,
    "allocation": _budget,
    "training": _training,
    "target": _target,
    "csr_menu": _partners,
}
_HEADINGS: dict[_Make, Callable[[], str]] = {
    _pockets: _pockets_heading,
    _priorities: _priorities_heading,
    _budget: _budget_heading,
    _training: _training_heading,
    _target: _target_heading,
    _partners: _partners_heading,
}


def _gone(make: _Make) -> _Part:
    """Return a chapter that says that its scenario cannot be worked out any more."""
    words = _("The scenario asks for what is not there any more, and cannot be worked out.")
    return _Part(Chapter(_HEADINGS[make](), [words]))


def _of(scenario: Taken, settings: list[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Return what was chosen, with the name of the scenario and its own filter before it."""
    if not scenario.name:
        return tuple(settings)
    asked = dict(scenario.settings)
    chosen = ((_("Kecamatan"), asked.get(KECAMATAN)), ("Dapil", asked.get(DAPIL)))
    filters = [f"{label} {name}" for label, name in chosen if name not in (None, state.ALL)]
    name = (_("Scenario"), scenario.name)
    return (name, (_("Filter"), ", ".join(filters) or _("none")), *settings)


# --- notes -------------------------------------------------------------------------------------


def datasets(city: City, selection: Selection, chosen: Chosen) -> list[Dataset]:
    """Return the data sets that a report is worked out from, those of all its chapters.

    Parameters
    ----------
    chosen
        As for :func:`report`.
    """
    indicator, year = city.library.indicators[selection.indicator], _year(city)
    shown = [one for one in (indicator, city.rate_of(indicator)) if one is not None]
    every = [*target.official(city)]
    for one in shown:
        every += city.datasets(city.measure(one.id, selection.period))
    for each in dict.fromkeys((year, selection.period[:4])):  # of its own chapter, of the pockets
        every += programmes.datasets(city, Choice(each)) if each else []
    for kind, sources in _SOURCES.items():
        scenario = chosen.get(kind)
        if scenario is not None or kind in USUAL:
            every += sources(city, selection, scenario or Taken("", ()))
    return list({one.id: one for one in every}.values())


def _of_priorities(city: City, selection: Selection, scenario: Taken) -> Iterator[Dataset]:
    mix = _mix(city, selection, scenario)
    if mix is not None:
        yield from scored.datasets(city, mix)


def _of_budget(city: City, _selection: Selection, scenario: Taken) -> Iterator[Dataset]:
    wish = spending.wish_of(city, dict(scenario.settings))
    if wish is not None:
        yield from spending.datasets(city, wish)


def _of_training(city: City, _selection: Selection, scenario: Taken) -> Iterator[Dataset]:
    wish = training.wish_of(city, dict(scenario.settings))
    if wish is not None:
        for found in training.measures(city, wish.period).values():
            yield from city.datasets(found)


def _of_target(city: City, _selection: Selection, scenario: Taken) -> Iterator[Dataset]:
    known = target.poor_by_year(city).dropna()
    aim = target.aim_of(dict(scenario.settings), known) if len(known) else None
    if aim is not None:
        yield from target.datasets_of(city, aim)


def _of_partners(city: City, _selection: Selection, scenario: Taken) -> Iterator[Dataset]:
    menu = offering.menu_of(city, dict(scenario.settings))
    if menu is not None:
        yield from offering.datasets(city, menu)


_SOURCES: dict[str, Callable[[City, Selection, Taken], Iterator[Dataset]]] = {
    "priority": _of_priorities,
    "allocation": _of_budget,
    "training": _of_training,
    "target": _of_target,
    "csr_menu": _of_partners,
}


def _notes(
    city: City, selection: Selection, chosen: Chosen, parts: list[_Part]
) -> list[tuple[str, str]]:
    """Return how everything was made: choices, sources, hashes, date."""
    told = [(label, text) for label, text in state.settings(selection, city).items()]
    for part in parts:
        told += [
            (f"{part.chapter.heading} – {label}" if label else part.chapter.heading, text)
            for label, text in part.notes
        ]
    for one in datasets(city, selection, chosen):
        told.append((pick(one.title), f"{one.source}; {kind_of_data([one])}; SHA-256 {one.sha256}"))
    left_out = [kind for kind in KINDS if chosen.get(kind) is None and kind not in USUAL]
    if left_out:
        words = [kind_label(kind) for kind in left_out]
        told.append((_("Not in this report"), ", ".join(words)))
    told.append((_("Date"), date(printing.today().date())))
    return told


def kind_label(kind: str) -> str:
    """Return what a kind of scenario is called."""
    return {
        "priority": _("Priorities"),
        "allocation": _("Budget"),
        "training": _("Training"),
        "target": _("Targets"),
        "csr_menu": _("Partners"),
    }[kind]
