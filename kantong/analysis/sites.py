"""Where to hold training: how many classes, which venues open, and who goes where."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array

from kantong.geo.errors import Fault, TableError, quote, shorten
from kantong.geo.schema import KODE

X, Y = "x", "y"
REGION, COURSE = "region", "course"
ASKING, CLASSES, PLACED, WAITING, UNKNOWN = "asking", "classes", "placed", "waiting", "unknown"
VENUE, PEOPLE, DISTANCE = "venue", "people", "distance"
TIME_LIMIT_S = 60.0
_INFEASIBLE = 2
# Longitude and latitude are never farther from zero.
_DEGREES = 180
_TOLERANCE = 1e-6
# To how many digits people, and sums of them that the solver found, are told.
_DIGITS, _WHOLE_DIGITS = 9, 5

_Floats = npt.NDArray[np.float64]
_Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Places:
    """Who asks where, and where there is room.

    Parameters
    ----------
    demand
        People asking by ``kode``, or whole classes if the capacity is told in classes; 0 and
        NaN (not known) need no venue.
    capacity
        Of each candidate venue, by its name, in the same unit.
    distance
        ``kode`` x venue: metres or minutes, one unit throughout; NaN where there is no way.
    fixed
        Venues that are open already and stay so.
    """

    demand: "pd.Series[float]"
    capacity: "pd.Series[float]"
    distance: pd.DataFrame
    fixed: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Siting:
    """Venues that open, and who goes where.

    Parameters
    ----------
    open
        Names in alphabetical order, the fixed ones among them.
    assignment
        Columns ``kode``, ``venue``, ``people`` and ``distance``: one row for each kelurahan that
        is served, or more where it may be split; in the order of the demand.
    load
        People by open venue, zero where nobody is sent.
    mean_distance
        Over the people served, in the unit of the distances; NaN where nobody is.
    farthest
        The largest distance of anyone served.
    covered
        Share of the people asking who are served, between 0 and 1.
    uncovered
        ``kode`` where people ask and not all are served.
    left_out
        ``kode`` where nobody asks or it is not known.
    gap
        How far the optimum may be from this, as a share of it: 0 where this is proven to be one.
    """

    open: tuple[str, ...]
    assignment: pd.DataFrame
    load: "pd.Series[float]"
    mean_distance: float
    farthest: float
    covered: float
    uncovered: tuple[str, ...]
    left_out: tuple[str, ...]
    gap: float


def classes_needed(
    asking: pd.DataFrame,
    class_size: int | Mapping[str, int],
    *,
    fewest: int | None = None,
    region: "pd.Series[str] | None" = None,
) -> pd.DataFrame:
    """Return how many classes of each course the people asking fill.

    Parameters
    ----------
    asking
        People by ``kode``, one column a course; whole numbers, NaN where not known.
    class_size
        Most people of a class, for all courses or by course.
    fewest
        With how many a class is still held; half a class, rounded up, unless told.
    region
        By ``kode``: where people may be put in classes together, such as the kecamatan. None
        for the whole city.

    Returns
    -------
    DataFrame
        By course, or by region and course: ``asking``, ``classes``, people ``placed`` in them
        and left ``waiting``, and ``unknown``: how many kelurahan are not known.

    Raises
    ------
    TableError
        Figures that cannot be, or kelurahan without a region.

    Notes
    -----
    Full classes first; those left over get one more if they are ``fewest`` at least, else wait.

    Examples
    --------
    >>> survey = pd.DataFrame({"sewing": [23.0, 8.0], "baking": [4.0, None]}, index=["a", "b"])
    >>> print(classes_needed(survey, 20).reset_index().to_string(index=False))
    course  asking  classes  placed  waiting  unknown
    sewing      31        2      31        0        0
    baking       4        0       0        4        1
    """
    courses = list(asking.columns)
    sizes = (
        dict(class_size) if isinstance(class_size, Mapping) else dict.fromkeys(courses, class_size)
    )
    faults = list(_faults_of_classes(asking, sizes, fewest, region))
    if faults:
        raise TableError(*faults)
    where = np.full(len(asking), "") if region is None else region.loc[asking.index].to_numpy()
    figures = asking.to_numpy(dtype=np.float64).T
    names = [np.tile(where, len(courses)), np.repeat(courses, len(asking))]
    long = pd.Series(figures.ravel(), pd.MultiIndex.from_arrays(names, names=[REGION, COURSE]))
    grouped = [REGION, COURSE]
    total = long.groupby(level=grouped, sort=False).sum().astype(int)
    size = total.index.get_level_values(COURSE).map(sizes).to_numpy()
    least = -(-size // 2) if fewest is None else fewest
    classes = total // size + (total % size >= least)
    placed = np.minimum(total, classes * size)
    unknown = long.isna().groupby(level=grouped, sort=False).sum()
    columns = (total, classes, placed, total - placed, unknown)
    told = (ASKING, CLASSES, PLACED, WAITING, UNKNOWN)
    frame = pd.DataFrame(dict(zip(told, columns, strict=True)))
    if region is None:
        return frame.droplevel(REGION)
    return frame.sort_index(level=REGION, sort_remaining=False)


def straight_distance_m(areas: pd.DataFrame, venues: pd.DataFrame) -> pd.DataFrame:
    """Return how far each venue lies from each area, as the crow flies.

    Parameters
    ----------
    areas, venues
        By ``kode`` and by name: ``x`` and ``y`` in metres, in the same UTM zone.

    Returns
    -------
    DataFrame
        ``kode`` x venue, metres.

    Raises
    ------
    TableError
        Coordinates are not finite, or look like degrees.

    Examples
    --------
    >>> areas = pd.DataFrame({"x": [0.0], "y": [0.0]}, index=["a"])
    >>> hall = pd.DataFrame({"x": [3000.0], "y": [4000.0]}, index=["hall"])
    >>> straight_distance_m(areas, hall).loc["a", "hall"]
    np.float64(5000.0)
    """
    points = [each[[X, Y]].to_numpy(dtype=np.float64) for each in (areas, venues)]
    faults = []
    for each, told in zip(points, (areas, venues), strict=True):
        lost = ~np.isfinite(each).all(axis=1)
        if lost.any():
            message = "{names}: the place is not known. Bring coordinates in metres."
            faults.append(Fault(message, names=shorten(quote(name) for name in told.index[lost])))
    every = np.vstack(points)
    if len(every) > 1 and not faults and np.abs(every).max() <= _DEGREES and every.any():
        faults.append(Fault("The coordinates look like degrees. Bring them in metres (UTM)."))
    if faults:
        raise TableError(*faults)
    apart = points[0][:, None, :] - points[1][None, :, :]
    return pd.DataFrame(np.hypot(apart[..., 0], apart[..., 1]), areas.index, venues.index)


def p_median(
    places: Places, venues: int, *, split: bool = False, time_limit_s: float = TIME_LIMIT_S
) -> Siting:
    """Open so many venues that people travel least on average, and no venue is overfull.

    Parameters
    ----------
    places
        Who asks where, and where there is room.
    venues
        How many are open in the end, the fixed ones among them.
    split
        Whether the people of one kelurahan may be sent to several venues.
    time_limit_s
        Seconds; what is then not proven has a gap.

    Raises
    ------
    TableError
        Figures that cannot be, or room that does not suffice: which and by how much.

    Notes
    -----
    Capacitated p-median: minimise the sum of people times distance over assignments to p open
    venues (Hakimi 1964; ReVelle and Swain 1970), solved as a mixed-integer programme by HiGHS
    (Huangfu and Hall 2018). Where the p largest venues hold hardly more than all people, a proof
    can take long.

    Examples
    --------
    >>> at = pd.Series({"a": 0, "b": 1_000, "c": 5_000})
    >>> far = pd.DataFrame({venue: (at - at[venue]).abs().astype(float) for venue in "abc"})
    >>> asking, room = pd.Series(10.0, at.index), pd.Series(20.0, at.index)
    >>> found = p_median(Places(asking, room, far), 2)
    >>> found.open, round(found.mean_distance), found.gap
    (('a', 'c'), 333, 0.0)
    """
    task = _pose(places, venues, split=split, within=None)
    faults = list(_faults_of_room(task, venues))
    if faults:
        raise TableError(*faults)
    found = _solve(task, task.people * task.far, venues, time_limit_s)
    if found.status == _INFEASIBLE:
        raise TableError(_why_not(task, venues, time_limit_s))
    return _siting(task, found, places, time_limit_s)


def maximal_covering(
    places: Places,
    venues: int,
    within: float,
    *,
    split: bool = False,
    time_limit_s: float = TIME_LIMIT_S,
) -> Siting:
    """Open so many venues that most people find room within a distance.

    Parameters
    ----------
    places
        Who asks where, and where there is room.
    venues
        How many are open in the end, the fixed ones among them.
    within
        Largest distance that people accept, in the unit of the distances.
    split
        Whether the people of one kelurahan may be sent to several venues, or only some of them
        served. If not, a kelurahan is served whole or not at all.
    time_limit_s
        Seconds; what is then not proven has a gap.

    Raises
    ------
    TableError
        Figures that cannot be.

    Notes
    -----
    Maximal covering location (Church and ReVelle 1974) with capacities (Current and Storbeck
    1988). Among assignments to the venues found that serve as many, people travel least.

    Examples
    --------
    >>> at = pd.Series({"a": 0, "b": 1_000, "c": 5_000})
    >>> far = pd.DataFrame({venue: (at - at[venue]).abs().astype(float) for venue in "abc"})
    >>> asking, room = pd.Series([10.0, 15.0, 20.0], at.index), pd.Series(30.0, at.index)
    >>> found = maximal_covering(Places(asking, room, far), 1, 2_000)
    >>> found.covered, found.uncovered
    (0.5555555555555556, ('c',))
    """
    task = _pose(places, venues, split=split, within=within)
    found = _solve(task, -task.people, venues, time_limit_s)
    return _siting(task, found, places, time_limit_s)


# The question in numbers, areas and venues sorted by name.


@dataclass(frozen=True)
class _Task:
    """Pairs of area and venue that may be joined; people and distance of each."""

    demand: "pd.Series[float]"
    capacity: "pd.Series[float]"
    fixed: _Mask
    area: npt.NDArray[np.intp]
    venue: npt.NDArray[np.intp]
    far: _Floats
    all_served: bool
    split: bool

    @property
    def people(self) -> _Floats:
        """People of the area of each pair."""
        people: _Floats = np.asarray(self.demand, dtype=np.float64)[self.area]
        return people

    def among(self, is_open: _Mask) -> "_Task":
        """Return the task with the pairs of some venues only."""
        keep = is_open[self.venue]
        return replace(self, area=self.area[keep], venue=self.venue[keep], far=self.far[keep])


def _pose(places: Places, venues: int, *, split: bool, within: float | None) -> _Task:
    faults = [*_faults_of_places(places), *_faults_of_venues(places, venues, within)]
    if faults:
        raise TableError(*faults)
    demand = places.demand[places.demand > 0].sort_index().astype(float)
    capacity = places.capacity.sort_index().astype(float)
    far = places.distance.loc[demand.index, capacity.index].to_numpy(dtype=np.float64)
    possible = np.isfinite(far) & (far <= (math.inf if within is None else within))
    if not split:
        possible &= demand.to_numpy()[:, None] <= capacity.to_numpy()
    area, venue = np.nonzero(possible)
    return _Task(
        demand=demand,
        capacity=capacity,
        fixed=capacity.index.isin(places.fixed),
        area=area,
        venue=venue,
        far=far[area, venue],
        all_served=within is None,
        split=split,
    )


def _solve(task: _Task, cost: _Floats, venues: int, time_limit_s: float) -> Any:  # noqa: ANN401
    """Return the answer of HiGHS, an OptimizeResult: a share for each pair, then open or not."""
    pairs, count = len(task.area), len(task.capacity)
    found = milp(
        np.r_[cost / float(task.demand.sum()), np.zeros(count)],
        integrality=np.r_[np.full(pairs, not task.split), np.ones(count)].astype(int),
        bounds=Bounds(np.r_[np.zeros(pairs), task.fixed.astype(float)], 1),
        constraints=[LinearConstraint(*row) for row in _rows(task, venues)],
        options={"mip_rel_gap": 0.0, "time_limit": time_limit_s},
    )
    if found.x is None and found.status != _INFEASIBLE:
        message = "No choice of venues was found in {seconds} seconds. Allow more time."
        raise TableError(Fault(message, seconds=float(time_limit_s)))
    return found


def _rows(task: _Task, venues: int) -> Iterator[tuple[Any, float, float]]:
    """Yield sums over pairs and venues, and the bounds of each."""
    pairs, count = len(task.area), len(task.capacity)
    of_pair, of_venue, one = np.arange(pairs), np.arange(count), np.zeros(count, dtype=np.intp)
    room, columns = task.capacity.to_numpy(), pairs + count
    each, is_open = np.ones(pairs), pairs + of_venue
    sent = _matrix((each, task.area, of_pair), shape=(len(task.demand), columns))
    yield sent, 1.0 if task.all_served else 0.0, 1.0
    opened = (-each, of_pair, pairs + task.venue)
    yield _matrix((each, of_pair, of_pair), opened, shape=(pairs, columns)), -math.inf, 0.0
    used = (task.people, task.venue, of_pair)
    yield _matrix(used, (-room, of_venue, is_open), shape=(count, columns)), -math.inf, 0.0
    yield _matrix((np.ones(count), one, is_open), shape=(1, columns)), venues, venues
    if task.all_served:
        # Follows from the others, but the solver sees sooner which venues are too few.
        enough = _matrix((room, one, is_open), shape=(1, columns))
        yield enough, float(task.demand.sum()), math.inf


def _matrix(*parts: tuple[Any, Any, Any], shape: tuple[int, int]) -> Any:  # noqa: ANN401
    values, rows, columns = (np.concatenate(each) for each in zip(*parts, strict=True))
    return coo_array((values, (rows, columns)), shape=shape).tocsr()


def _siting(task: _Task, found: Any, places: Places, time_limit_s: float) -> Siting:  # noqa: ANN401
    pairs = len(task.area)
    is_open = found.x[pairs:] > 1 / 2
    shares = found.x[:pairs] if task.split else np.rint(found.x[:pairs])
    sent = task.people * shares
    near = task.among(is_open)
    kept = sent[is_open[task.venue]]
    people = np.round(_shortest(near, kept, time_limit_s), _DIGITS)
    served = people > _TOLERANCE
    kodes, names = task.demand.index, task.capacity.index
    assignment = pd.DataFrame(
        {
            KODE: kodes[near.area[served]],
            VENUE: names[near.venue[served]],
            PEOPLE: people[served],
            DISTANCE: near.far[served],
        }
    )
    got = assignment.groupby(KODE)[PEOPLE].sum().reindex(kodes, fill_value=0.0)
    order = {kode: place for place, kode in enumerate(places.demand.index)}
    assignment = assignment.sort_values([KODE, VENUE]).sort_values(
        KODE, key=lambda kode: kode.map(order), kind="stable", ignore_index=True
    )
    opened = names[is_open]
    short = got < task.demand - _TOLERANCE
    total = float(people[served].sum())
    return Siting(
        open=tuple(opened),
        assignment=assignment,
        load=assignment.groupby(VENUE)[PEOPLE].sum().reindex(opened, fill_value=0.0),
        mean_distance=float(people @ near.far / total) if total else math.nan,
        farthest=float(near.far[served].max()) if total else math.nan,
        covered=total / float(task.demand.sum()),
        uncovered=tuple(kode for kode in places.demand.index if short.get(kode, default=False)),
        left_out=tuple(places.demand.index[~(places.demand > 0)]),
        gap=0.0 if found.status == 0 else float(found.mip_gap),
    )


def _shortest(task: _Task, sent: _Floats, time_limit_s: float) -> _Floats:
    """Return people by pair, as many as are sent, so that they travel least."""
    if not len(sent) or (task.all_served and not task.split):
        return sent
    pairs, count = len(sent), len(task.capacity)
    of_pair = np.arange(pairs)
    # Counted in people a basic answer is whole where all figures are.
    each = np.ones(pairs) if task.split else task.people
    most = task.people if task.split else np.ones(pairs)
    areas = len(task.demand)
    used = _matrix((each, task.venue, of_pair), shape=(count, pairs))
    gone = _matrix((each, task.area, of_pair), shape=(areas, pairs))
    every = _matrix((each, np.zeros(pairs, dtype=np.intp), of_pair), shape=(1, pairs))
    demand = task.demand.to_numpy()
    found = milp(
        each * task.far,
        integrality=np.full(pairs, int(not task.split)),
        bounds=Bounds(0, most),
        constraints=[
            LinearConstraint(used, -math.inf, task.capacity.to_numpy()),
            LinearConstraint(gone, demand if task.all_served else -math.inf, demand),
            LinearConstraint(every, round(sent.sum(), _WHOLE_DIGITS), math.inf),
        ],
        options={"mip_rel_gap": 0.0, "time_limit": time_limit_s},
    )
    if found.x is None:
        return sent
    shares: _Floats = found.x if task.split else np.rint(found.x)
    return each * shares


# What is refused.


def _faults_of_places(places: Places) -> Iterator[Fault]:
    demand, capacity = places.demand.astype(float), places.capacity.astype(float)
    if capacity.empty:
        yield Fault("There is no candidate place for a venue. Add one.")
    if not (demand > 0).any():
        yield Fault("Nobody is known to ask for training, so no venue is needed. Bring the needs.")
    figures = places.distance.to_numpy(dtype=np.float64)
    wrong: dict[str, pd.Index[str]] = {
        "{names}: two rows of needs have this code. Keep one for each kelurahan.": (
            demand.index[demand.index.duplicated()]
        ),
        "{names}: two candidate places have this name. Give each its own.": (
            capacity.index[capacity.index.duplicated()]
        ),
        "{names}: the needs are negative or not finite. Correct them first.": (
            demand.index[(demand < 0) | np.isinf(demand)]
        ),
        "{names}: the capacity is negative, not finite or not known. Correct it first.": (
            capacity.index[~((capacity >= 0) & np.isfinite(capacity))]
        ),
        "{names}: two rows or columns of distances have this name. Keep one.": (
            places.distance.index[places.distance.index.duplicated()].union(
                places.distance.columns[places.distance.columns.duplicated()]
            )
        ),
        "{names}: already open, but not among the candidate places. Add them.": (
            pd.Index(places.fixed).difference(capacity.index)
        ),
        "{names}: no distances from this kelurahan are given. Complete them.": (
            demand.index[demand > 0].difference(places.distance.index)
        ),
        "{names}: no distances to this venue are given. Complete them.": (
            capacity.index.difference(places.distance.columns)
        ),
        "{names}: distances from this kelurahan are negative. Correct them first.": (
            places.distance.index[np.asarray((figures < 0).any(axis=1))]
        ),
    }
    for message, names in wrong.items():
        if len(names):
            yield Fault(message, names=shorten(quote(name) for name in names))


def _faults_of_venues(places: Places, venues: int, within: float | None) -> Iterator[Fault]:
    count, fixed = len(places.capacity), len(set(places.fixed))
    if venues < 1:
        yield Fault("At least one venue must open. Ask for more.")
    elif venues > count > 0:
        message = "{venues} venues are asked for, but there are {count} candidate places. Add some."
        yield Fault(message, venues=venues, count=count)
    elif venues < fixed:
        message = "{fixed} venues are open already, more than the {venues} asked for. Ask for more."
        yield Fault(message, fixed=fixed, venues=venues)
    if within is not None and not (math.isfinite(within) and within >= 0):
        yield Fault("The largest distance must be a number, not negative.")


def _faults_of_room(task: _Task, venues: int) -> Iterator[Fault]:
    """Yield why not all can be served, as far as it shows without a search."""
    served = np.bincount(task.area, minlength=len(task.demand)) > 0
    largest = float(task.capacity.max())
    too_large = (task.demand > largest) & (not task.split)
    if too_large.any():
        message = (
            "{codes}: more people ask than the largest venue holds, {most}. Let kelurahan be "
            "split between venues, or find a larger one."
        )
        codes = shorten(task.demand.index[too_large])
        yield Fault(message, codes=codes, most=largest)
    unreached = ~served & ~too_large.to_numpy()
    if unreached.any():
        message = (
            "{codes}: there is no way to a venue with room for them. Complete the distances, or "
            "add a place nearby."
        )
        yield Fault(message, codes=shorten(task.demand.index[unreached]))
    others = np.sort(task.capacity.to_numpy()[~task.fixed])[::-1][: venues - task.fixed.sum()]
    room = float(task.capacity.to_numpy()[task.fixed].sum() + others.sum())
    if room < task.demand.sum():
        message = (
            "{asking} people ask, but the {venues} venues that may open hold {room} at most. Open "
            "more venues, or find larger ones."
        )
        yield Fault(message, asking=float(task.demand.sum()), venues=venues, room=room)


def _why_not(task: _Task, venues: int, time_limit_s: float) -> Fault:
    """Return why no choice of venues serves all, where that needs a search to know."""
    message = (
        "No {venues} venues have room for all who can reach them. Open more venues, find larger "
        "ones, or complete the distances."
    )
    if not task.split:
        far = np.zeros(len(task.area))
        apart = _solve(replace(task, split=True), far, venues, time_limit_s)
        if apart.status != _INFEASIBLE:
            message = (
                "{venues} venues have room for all only if the people of a kelurahan may be sent "
                "to several. Let kelurahan be split, open more venues, or find larger ones."
            )
    return Fault(message, venues=venues)


def _faults_of_classes(
    asking: pd.DataFrame,
    sizes: Mapping[str, int],
    fewest: int | None,
    region: "pd.Series[str] | None",
) -> Iterator[Fault]:
    figures = asking.to_numpy(dtype=np.float64)
    impossible = ((figures < 0) | np.isinf(figures) | (figures % 1 > 0)).any(axis=1)
    if impossible.any():
        message = "{codes}: people asking are negative or not whole. Correct them first."
        yield Fault(message, codes=shorten(asking.index[np.asarray(impossible)]))
    unsized = [course for course in asking.columns if course not in sizes]
    if unsized:
        message = "{names}: the size of a class is not given. Add it."
        yield Fault(message, names=shorten(quote(name) for name in unsized))
    for course in asking.columns.intersection(list(sizes)):
        size = sizes[course]
        if size < 1:
            yield Fault("{name}: a class must have one person at least.", name=quote(course))
        elif fewest is not None and not 1 <= fewest <= size:
            message = "{name}: a class of at most {size} cannot ask for {fewest} at least."
            yield Fault(message, name=quote(course), size=size, fewest=fewest)
    if region is not None:
        lost = asking.index.difference(region.dropna().index)
        if len(lost):
            message = "It is not known in which region {codes} lie. Complete the regions."
            yield Fault(message, codes=shorten(lost))
