"""Classes that the people asking fill, and venues for them, as a planner states them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import pandas as pd

from kantong.analysis.measures import Measure, nearest_period
from kantong.analysis.scan import centres
from kantong.analysis.sites import (
    CLASSES,
    Places,
    Siting,
    classes_needed,
    maximal_covering,
    p_median,
    straight_distance_m,
)
from kantong.geo.errors import Fault, TableError
from kantong.geo.schema import KODE
from kantong.store.library import data_folder
from kantong.store.travel import FILE, travel_minutes
from kantong.views import spending
from kantong.views.data import City
from kantong.views.work import in_turn

_PREFIX = "training_need_"
SECONDS = 5.0


MOST_VENUES, MOST_SIZE = 20, 200
# In an address: people of a class, venues, and classes that one holds.
USUAL = {"isi": "20", "tempat": "2", "muat": "0"}
REACHES = ("0", "1", "2", "3", "5", "8")
MINUTES = ("0", "10", "15", "20", "30", "45", "60")
STRAIGHT, TIMES = "lurus", "waktu"


@dataclass(frozen=True)
class Wish:
    """What is to be opened.

    Parameters
    ----------
    course
        Indicator that counts who asks; empty for all courses together.
    size
        People of a class.
    venues
        How many are open in the end.
    room
        Classes that a venue can hold; 0 for as many as come.
    by
        What is travelled: ``lurus`` for kilometres as the crow flies, ``waktu`` for the minutes
        of the table of travel times.
    reach
        Farthest that people travel, in km or minutes; 0 to serve all, however far.
    fixed
        ``kode`` of kelurahan with a venue that is open already.
    candidates
        ``kode`` of kelurahan where one may open.
    kodes
        ``kode`` of kelurahan whose people are served.
    period
        Of each course the latest figure that is not after it is taken.
    """

    course: str
    size: int
    venues: int
    room: int
    by: str
    reach: int
    fixed: tuple[str, ...]
    candidates: tuple[str, ...]
    kodes: tuple[str, ...]
    period: str


def courses(city: City) -> list[str]:
    """Return the indicators that count who asks for one course."""
    return [name for name in city.indicators() if name.startswith(_PREFIX)]


def measures(city: City, period: str) -> dict[str, Measure]:
    """Return who asks for each course, by its indicator; covered counts are left out."""
    return {
        name: city.measure(name, nearest_period(period, city.periods(name)))
        for name in courses(city)
    }


def asked_for(city: City, wish: Wish) -> Measure:
    """Return who asks for the course chosen, with the data sets of all where that is all."""
    every = measures(city, wish.period)
    if wish.course:
        return every[wish.course]
    names = dict.fromkeys(name for one in every.values() for name in one.datasets)
    return replace(next(iter(every.values())), period=wish.period, datasets=tuple(names))


def asking(city: City, period: str, kodes: tuple[str, ...]) -> pd.DataFrame:
    """Return people by ``kode`` and indicator of the course; NaN where not known or covered."""
    found = measures(city, period)
    return pd.DataFrame({name: one.value.reindex(list(kodes)) for name, one in found.items()})


def classes(city: City, wish: Wish) -> pd.DataFrame:
    """Return how many classes of each course the people asking fill, by its indicator.

    Raises
    ------
    TableError
        Figures that cannot be.
    """
    return classes_needed(asking(city, wish.period, wish.kodes), wish.size)


def classes_at(wish: Wish, found: Siting) -> "pd.Series[int]":
    """Return how many classes of one course the people fill who are sent to each venue."""
    load = found.load.reindex(list(found.open)).round()
    venues = pd.Series(load.index, load.index)
    filled = classes_needed(load.to_frame(wish.course), wish.size, region=venues)[CLASSES]
    return filled.droplevel(1).reindex(load.index)


def demand(city: City, wish: Wish) -> "pd.Series[float]":
    """Return who is to be served, by ``kode``; NaN where nothing is known."""
    table = asking(city, wish.period, wish.kodes)
    return table[wish.course] if wish.course else table.sum(axis=1, min_count=1)


@lru_cache(maxsize=64)
@in_turn
def sited(city: City, wish: Wish) -> Siting:
    """Return the venues that open and who goes where; the search ends after five seconds.

    Raises
    ------
    TableError
        Nobody asks, or there is no room or way for all.
    """
    people = demand(city, wish)
    if not (people > 0).any():
        raise TableError(Fault("Nobody is known to ask for this course. Choose another."))
    venues = sorted({*wish.candidates, *wish.fixed})
    room = float(people.sum()) if not wish.room else float(wish.room * wish.size)
    places = Places(
        demand=people,
        capacity=pd.Series(room, index=venues),
        distance=_distance(city, wish, venues),
        fixed=wish.fixed,
    )
    if wish.reach:
        within = wish.reach if wish.by == TIMES else wish.reach * 1000
        return maximal_covering(places, wish.venues, within, split=True, time_limit_s=SECONDS)
    return p_median(places, wish.venues, split=True, time_limit_s=SECONDS)


def _distance(city: City, wish: Wish, venues: list[str]) -> pd.DataFrame:
    """Return how far each kelurahan lies from each venue, in metres or minutes."""
    kodes = list(wish.kodes)
    times = travel_times(city) if wish.by == TIMES else None
    if times is not None:
        return times.reindex(index=kodes, columns=venues)
    spots = centres(city.layer)
    return straight_distance_m(spots.loc[kodes], spots.loc[venues])


def travel_times(city: City) -> pd.DataFrame | None:
    """Return the table of travel times of the data folder; None where there is none.

    Raises
    ------
    TableError
        It cannot be used.
    """
    path = data_folder() / FILE
    changed = path.stat().st_mtime_ns if path.is_file() else 0
    return _travel_times(path.parent, changed, tuple(map(str, city.every[KODE])))


@lru_cache(maxsize=4)
def _travel_times(folder: Path, changed: int, codes: tuple[str, ...]) -> pd.DataFrame | None:
    return travel_minutes(folder, codes) if changed else None


def wish_of(city: City, settings: Mapping[str, str]) -> Wish | None:
    """Return what the address of this page opens; None where that cannot be opened any more."""
    known, kodes = courses(city), {str(kode) for kode in city.layer[KODE]}
    if not known:
        return None
    course = settings.get("kursus", known[0])
    reach = settings.get("jarak", "0")
    areas = {key: _listed(settings.get(key, "")) for key in ("tetap", "calon")}
    bounds = {"isi": (1, MOST_SIZE), "tempat": (1, MOST_VENUES), "muat": (0, MOST_SIZE)}
    figures = {key: settings.get(key, USUAL[key]) for key in bounds}
    sound = all(spending.is_figure(figures[key], *bounds[key]) for key in bounds)
    by = settings.get("ukur", STRAIGHT)
    far = {STRAIGHT: REACHES, TIMES: MINUTES}.get(by, ())
    fits = course in {"", *known} and reach in far
    if not (sound and fits and set(areas["tetap"]) | set(areas["calon"]) <= kodes):
        return None
    size, venues, room = map(int, figures.values())
    period = settings.get("periode", city.periods(known[0])[-1])
    return Wish(
        course, size, max(venues, len(areas["tetap"])), room, by, int(reach),
        areas["tetap"], areas["calon"] or tuple(str(kode) for kode in city.layer[KODE]),
        spending.filtered(city, settings), period,
    )  # fmt: skip


def _listed(text: str) -> tuple[str, ...]:
    return tuple(kode for kode in text.split(",") if kode)


def kodes_of(city: City, kept: "pd.Series[bool]") -> tuple[str, ...]:
    """Return the ``kode`` of the areas that pass a filter, in the order of the layer."""
    return tuple(str(kode) for kode in city.layer[KODE] if kept.get(kode, False))
