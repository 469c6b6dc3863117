"""Classes that the people asking fill, and venues for them, as a planner states them."""

from dataclasses import dataclass
from functools import lru_cache

import pandas as pd

from kantong.analysis.measures import Measure, nearest_period
from kantong.analysis.scan import centres
from kantong.analysis.sites import (
    Places,
    Siting,
    classes_needed,
    maximal_covering,
    p_median,
    straight_distance_m,
)
from kantong.geo.errors import Fault, TableError
from kantong.geo.schema import KODE
from kantong.language import pick
from kantong.views.data import City
from kantong.views.work import in_turn

_PREFIX = "training_need_"
SECONDS = 5.0


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
    reach_km
        Farthest that people travel; 0 to serve all, however far.
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
    reach_km: int
    fixed: tuple[str, ...]
    candidates: tuple[str, ...]
    kodes: tuple[str, ...]
    period: str


def courses(city: City) -> list[str]:
    """Return the indicators that count who asks for one course."""
    return [name for name in city.indicators() if name.startswith(_PREFIX)]


def measures(city: City, period: str) -> dict[str, Measure]:
    """Return who asks for each course, by its name; covered counts are left out."""
    return {
        pick(city.library.indicators[name].label): city.measure(
            name, nearest_period(period, city.periods(name))
        )
        for name in courses(city)
    }


def asking(city: City, period: str, kodes: tuple[str, ...]) -> pd.DataFrame:
    """Return people by ``kode`` and course; NaN where not known or covered."""
    found = measures(city, period)
    return pd.DataFrame({name: one.value.reindex(list(kodes)) for name, one in found.items()})


def classes(city: City, wish: Wish) -> pd.DataFrame:
    """Return how many classes of each course the people asking fill.

    Raises
    ------
    TableError
        Figures that cannot be.
    """
    return classes_needed(asking(city, wish.period, wish.kodes), wish.size)


def demand(city: City, wish: Wish) -> "pd.Series[float]":
    """Return who is to be served, by ``kode``; NaN where nothing is known."""
    table = asking(city, wish.period, wish.kodes)
    if wish.course:
        return table[pick(city.library.indicators[wish.course].label)]
    return table.sum(axis=1, min_count=1)


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
    spots = centres(city.layer)
    venues = sorted({*wish.candidates, *wish.fixed})
    room = float(people.sum()) if not wish.room else float(wish.room * wish.size)
    places = Places(
        demand=people,
        capacity=pd.Series(room, index=venues),
        distance=straight_distance_m(spots.loc[list(wish.kodes)], spots.loc[venues]),
        fixed=wish.fixed,
    )
    if wish.reach_km:
        return maximal_covering(
            places, wish.venues, wish.reach_km * 1000, split=True, time_limit_s=SECONDS
        )
    return p_median(places, wish.venues, split=True, time_limit_s=SECONDS)


def kodes_of(city: City, kept: "pd.Series[bool]") -> tuple[str, ...]:
    """Return the ``kode`` of the areas that pass a filter, in the order of the layer."""
    return tuple(str(kode) for kode in city.layer[KODE] if kept.get(kode, False))
