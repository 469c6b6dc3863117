"""What companies are offered: unmet needs of the kelurahan with most need, as packages."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import Any

import numpy as np
import pandas as pd

from kantong.analysis.measures import Measure, nearest_period
from kantong.analysis.packages import BUDGET_RP, PART, PARTS, PEOPLE, packages, unmet
from kantong.analysis.reach import FUNDER, KIND, PROGRAMME, REACHED, TARGET
from kantong.geo.errors import Fault, TableError
from kantong.geo.schema import KODE, PERIOD, Dataset
from kantong.language import pick
from kantong.store.interventions import KINDS
from kantong.views import programmes, spending, state
from kantong.views.data import City
from kantong.views.programmes import THIRD, Choice
from kantong.views.state import Selection
from kantong.views.words import code_label

KEYS = (
    "indikator", "periode", "kecamatan", "dapil", "tutup", "ambang", "tahun_mitra", "paket",
)  # fmt: skip
MOST_LINES, MOST_SIZE, LONGEST_NAME = 6, 9_999, 40
ID, LINE, TAKEN = "id", "line", "taken"
# What one entry of an intervention is recognised by.
_KEYS = [PROGRAMME, KODE, PERIOD, FUNDER]
_Key = tuple[str, str, str, str]
_FIELDS = 5
_LONGEST = 800
_USUAL = (("training_need_menjahit", "training", 20), ("training_need_tata_boga", "training", 20))


@dataclass(frozen=True)
class Line:
    """One need that is offered.

    Parameters
    ----------
    need
        Indicator that counts it.
    kind
        Of the help that meets it: what is recorded of this kind is taken off.
    cost_rp
        What reaching one costs; 0 where that was not said.
    size
        The most people (families, houses) of a package.
    name
        What is offered; empty for the name of the need.
    """

    need: str
    kind: str
    cost_rp: int = 0
    size: int = 20
    name: str = ""


@dataclass(frozen=True)
class Menu:
    """What is offered, and to whom it goes first.

    Parameters
    ----------
    lines
        The needs.
    year
        Of which what is recorded is taken off.
    threshold
        Where need begins, one of ``programmes.THRESHOLDS``.
    indicator, period
        By which kelurahan have most need.
    kodes
        The kelurahan that are looked at.
    """

    lines: tuple[Line, ...]
    year: str
    threshold: str
    indicator: str
    period: str
    kodes: tuple[str, ...]


@dataclass(frozen=True)
class Pledge:
    """A promise that names packages of a menu.

    Parameters
    ----------
    entry
        Its number in the store.
    key
        Programme, ``kode``, period and funder.
    packages
        Ids of the packages.
    people, budget_rp
        What was promised; NaN where it is not known.
    hidden
        True where that is too few to show.
    """

    entry: int
    key: _Key
    packages: tuple[str, ...]
    people: float
    budget_rp: float
    hidden: bool = False

    @property
    def funder(self) -> str:
        """Who promised."""
        return self.key[3]


# --- the address -------------------------------------------------------------------------------


def write(lines: Sequence[Line]) -> str:
    """Return needs as they stand in the address: ``need,kind,cost,size,name`` each.

    Examples
    --------
    >>> write([Line("poor_people", "food", 150_000, 50, "Sembako murah")])
    'poor_people,food,150000,50,Sembako_murah'
    """
    return ";".join(
        f"{one.need},{one.kind},{one.cost_rp},{one.size},"
        f"{spending.clean(one.name).replace(' ', '_')}"
        for one in lines
    )


def read(text: str, known: Collection[str]) -> tuple[Line, ...]:
    """Return the needs of an address; none where it is not understood.

    Parameters
    ----------
    text
        As :func:`write` makes it.
    known
        Indicators that count a need.
    """
    if not text or len(text) > _LONGEST:
        return ()
    rows = [part.split(",") for part in text.split(";")]
    if len(rows) > MOST_LINES or not all(_is_line(row, known) for row in rows):
        return ()
    return tuple(
        Line(row[0], row[1], int(row[2]), int(row[3]), row[4].replace("_", " ")) for row in rows
    )


def _is_line(row: Sequence[str], known: Collection[str]) -> bool:
    if len(row) != _FIELDS or row[0] not in known or row[1] not in KINDS:
        return False
    figures = spending.is_figure(row[2], 0, spending.MOST_RP) and spending.is_figure(
        row[3], 1, MOST_SIZE
    )
    name = row[4].replace("_", " ")
    return figures and spending.clean(name) == name


def usual(known: Collection[str]) -> tuple[Line, ...]:
    """Return what is offered first; costs are for the user to state."""
    found = tuple(Line(need, kind, 0, size) for need, kind, size in _USUAL if need in known)
    return found or tuple(Line(need, KINDS[0]) for need in list(known)[:1])


def needs(city: City) -> list[str]:
    """Return the counts of needs."""
    return [name for name in spending.needs(city) if not spending.is_list(name)]


def years(city: City) -> list[str]:
    """Return the years that can be offered for, newest first.

    Those recorded, that of the newest figure of a need, and the one after.
    """
    usual = usual_year(city)
    known = {*programmes.years(city), str(int(usual) - 1)}
    return sorted({str(int(max(known)) + 1), usual, *known}, reverse=True)


def usual_year(city: City) -> str:
    """Return the year after the newest figure of a need: what is recorded does not move it."""
    return str(int(max(period[:4] for name in needs(city) for period in city.periods(name))) + 1)


# --- figures -----------------------------------------------------------------------------------


def name_of(city: City, menu: Menu, line: Line) -> str:
    """Return what a line is called; with its kind where another is called the same."""
    name = _bare_name(city, line)
    alike = sum(_bare_name(city, one) == name for one in menu.lines) > 1
    return f"{name} ({code_label(line.kind)})" if alike else name


def _bare_name(city: City, line: Line) -> str:
    return line.name or pick(city.library.indicators[line.need].label)


def measure_of(city: City, menu: Menu, line: Line) -> Measure:
    """Return a need as it may be shown."""
    return city.measure(line.need, nearest_period(menu.year, city.periods(line.need)))


def priority(city: City, menu: Menu) -> Measure:
    """Return by what kelurahan come first."""
    return city.measure(menu.indicator, menu.period)


@lru_cache(maxsize=64)
def first_areas(city: City, menu: Menu) -> "pd.Series[float]":
    """Return the kelurahan with most need, by ``kode``, the highest first to be offered.

    The figure that says so; turned round where a low one is worse.
    """
    found = priority(city, menu)
    if not city.library.indicators[menu.indicator].higher_is_worse:
        found = replace(found, value=found.value.max() - found.value + 1)
    value = found.value[found.value >= programmes.at_least(found, _choice(menu))]
    return value[value.index.isin(menu.kodes)]


def _choice(menu: Menu) -> Choice:
    return Choice(menu.year, threshold=menu.threshold)


def needed(
    city: City, menu: Menu, line: Line, apart: frozenset[_Key] = frozenset()
) -> pd.DataFrame:
    """Return what of a need nobody has taken on, in the kelurahan with most need.

    Parameters
    ----------
    apart
        Entries that are not taken off: those that name a package of the menu.

    Returns
    -------
    DataFrame
        By ``kode`` of the kelurahan with most need: ``need``, ``recorded`` and ``unmet``; NaN
        where not known. What is recorded, but too few to be shown, is not taken off. Of several
        periods of a programme and funder the largest counts, as in
        :func:`kantong.analysis.reach.reach`.
    """
    areas = first_areas(city, menu).index
    need = measure_of(city, menu, line).value.reindex(areas)
    rows = programmes.shown(city, _choice(menu)).rows
    rows = rows[(rows[KIND] == line.kind) & ~_keys_of(rows).isin(list(apart))]
    counted = counts(rows)
    whole = partial(pd.Series.sum, skipna=False)
    times = counted.groupby([rows[name] for name in _KEYS], dropna=False).agg(whole)
    most = times.groupby(level=[PROGRAMME, KODE, FUNDER], dropna=False).agg(
        partial(pd.Series.max, skipna=False)
    )
    recorded = most.groupby(level=KODE).agg(whole).reindex(areas, fill_value=0.0)
    return pd.DataFrame(
        {"need": need, "recorded": recorded, "unmet": unmet(need, recorded)}, index=areas
    )


def counts(rows: pd.DataFrame) -> "pd.Series[float]":
    """Return for how many interventions are meant: their target, or else whom they reached.

    Parameters
    ----------
    rows
        As :func:`kantong.views.programmes.shown` returns them; too few to be shown count as 0.
    """
    return rows[TARGET].fillna(rows[REACHED]).mask(rows[programmes.HIDDEN].astype(bool), 0)


def _keys_of(rows: pd.DataFrame) -> "pd.Series[Any]":
    keys = list(map(tuple, rows[_KEYS].astype(str).to_numpy()))
    return pd.Series(keys, rows.index, dtype=object)


def hidden(city: City, year: str) -> set[_Key]:
    """Return the interventions of a year whose counts are too small to be shown."""
    rows = programmes.shown(city, Choice(year)).rows
    return set(_keys_of(rows[rows[programmes.HIDDEN].astype(bool)]))


def unknown(city: City, menu: Menu) -> set[str]:
    """Return the kelurahan of most need of which one need, or what meets it, is not known."""
    found = (needed(city, menu, line)["unmet"] for line in menu.lines)
    return {str(kode) for one in found for kode in one.index[one.isna()]}


def menu_packages(city: City, menu: Menu, pledged: Sequence[Pledge] = ()) -> pd.DataFrame:
    """Return the packages of a menu, the kelurahan with most need first.

    Parameters
    ----------
    pledged
        Promises that name packages, as :func:`kantong.views.pledging.pledges` returns them.

    Returns
    -------
    DataFrame
        ``id``, ``line`` (from 0), ``taken`` (by whom; empty where nobody has) and what
        :func:`kantong.analysis.packages.packages` gives. A promise leaves the other packages of
        its kelurahan as they are; one for packages that are no longer offered, or for other
        numbers of people, is taken off the need.

    Raises
    ------
    TableError
        A cost was not said, or a need is offered twice as the same kind of help.
    """
    _refuse_twice(city, menu)
    matching, before = list(pledged), -1
    while len(matching) != before:  # what falls out is taken off, which may rename packages
        before = len(matching)
        every = _cut(city, menu, frozenset(one.key for one in matching))
        matching = _held(matching, every)
    taken = {package: one.funder for one in matching for package in one.packages}
    found = every.copy()
    found[TAKEN] = [taken.get(str(package), "") for package in every[ID]]
    return found


def _refuse_twice(city: City, menu: Menu) -> None:
    needs_ = Counter((one.need, one.kind) for one in menu.lines)
    names = Counter((_bare_name(city, one), one.kind) for one in menu.lines)
    for line in menu.lines:
        name = _bare_name(city, line)
        if needs_[line.need, line.kind] > 1:
            message = (
                "{name} is offered twice as the same kind of help. Take one out, or choose another "
                "kind for it."
            )
            raise TableError(Fault(message, name=name))
        if names[name, line.kind] > 1:
            raise TableError(
                Fault("{name} is the name of two needs. Give each its own.", name=name)
            )


def _held(pledged: Sequence[Pledge], every: pd.DataFrame) -> list[Pledge]:
    """Return the promises whose packages are there, for as many people, and nobody else's."""
    people = dict(zip(every[ID], every[PEOPLE], strict=True))
    held: list[Pledge] = []
    for one in pledged:
        others = {package for other in held for package in other.packages}
        many = sum(people.get(package, np.nan) for package in set(one.packages))
        if many == one.people and not others & set(one.packages):
            held.append(one)
    return held


@lru_cache(maxsize=64)
def _cut(city: City, menu: Menu, apart: frozenset[_Key]) -> pd.DataFrame:
    order = first_areas(city, menu)
    parts = []
    for place, line in enumerate(menu.lines):
        left = needed(city, menu, line, apart)["unmet"]
        found = packages(left, order, size=line.size, cost_rp=line.cost_rp)
        ids = [
            f"{row[KODE]}/{line.need}/{line.kind}/{row[PART]}-{row[PARTS]}"
            for row in found.to_dict("records")
        ]
        found[ID], found[LINE] = ids, place
        parts.append(found)
    every = pd.concat(parts, ignore_index=True)
    ranks = {kode: rank for rank, kode in enumerate(_ranked(order))}
    every["rank"] = every[KODE].map(ranks)
    return every.sort_values(["rank", LINE, PART], kind="stable", ignore_index=True)


def _ranked(order: "pd.Series[float]") -> list[str]:
    return list(order.sort_index().sort_values(ascending=False, kind="stable").index)


def measures(city: City, menu: Menu) -> list[Measure]:
    """Return the figures that a menu is worked out from: who comes first, and the needs."""
    found = [priority(city, menu), *(measure_of(city, menu, one) for one in menu.lines)]
    return list({one.indicator: one for one in found}.values())


def datasets(city: City, menu: Menu) -> list[Dataset]:
    """Return the data sets that a menu is worked out from."""
    every = [one for found in measures(city, menu) for one in city.datasets(found)]
    every += programmes.datasets(city, _choice(menu))
    return list({one.id: one for one in every}.values())


def open_money(city: City, menu: Menu, found: pd.DataFrame) -> Measure:
    """Return what the map of a menu shows: rupiah still open by kelurahan, with all data sets.

    Parameters
    ----------
    found
        As :func:`menu_packages` returns it.
    """
    free = found[found[TAKEN] == ""]
    value = free.groupby(KODE)[BUDGET_RP].sum().reindex(list(city.layer[KODE])).astype(float)
    names = tuple(one.id for one in datasets(city, menu))
    nothing = pd.Series("", value.index, dtype=str)
    need = menu.lines[0].need
    return Measure(need, menu.year, value, nothing, value, value * np.nan, "", names)


def menu_of(city: City, settings: Mapping[str, str]) -> Menu | None:
    """Return the menu of an address; None where it cannot be offered any more."""
    lines = read(settings.get("paket", ""), needs(city))
    indicator = settings.get("indikator", state.FIRST_INDICATOR)
    if not lines or indicator not in city.indicators():
        return None
    period = settings.get("periode", city.periods(indicator)[-1])
    if period not in city.periods(indicator):
        return None
    year = settings.get("tahun_mitra", usual_year(city))
    kodes = spending.filtered(city, settings)
    return Menu(lines, year, settings.get("ambang", THIRD), indicator, period, kodes)


def selected(selection: Selection, city: City) -> tuple[str, ...]:
    """Return the kelurahan that pass the filter."""
    kept = selection.keeps(city)
    return tuple(str(kode) for kode in kept.index[kept])


def unit_of(city: City, line: Line) -> str:
    """Return what a need counts: people, families."""
    return pick(city.library.indicators[line.need].unit)
