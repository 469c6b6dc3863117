"""The plan that is worth most, as a mixed-integer programme.

Within a kecamatan it does not matter to the sum who is served, so the model asks only how many
classes of each programme each kecamatan with a minimum share gets.
"""

import math
import time
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.optimize import LinearConstraint, milp
from scipy.sparse import csr_array

from kantong.analysis.filling import Floats, Integers, Mask, Problem, placed, shortages
from kantong.geo.errors import Fault, TableError
from kantong.geo.schema import KECAMATAN

_INFEASIBLE = 2
_TOLERANCE, _ROUNDING = 1e-9, 1e-12
# Of the time, but no more than is left of it: for what a plan is worth, for the cheapest such, for
# where it goes best, and for where it can go at all; each may be asked again.
LARGEST, _CHEAPEST, _NEAREST, _ANYWHERE = 0.4, 0.1, 0.1, 0.3
# What is asked when nothing is left of the time has so much all the same.
_LAST = 0.02
# Moving a hundredth more money than need be does not matter.
_NEAR = 0.01
_Parts = dict[int, float]


class _Model:
    """Whole numbers between zero and an upper bound, and rows that hold their sums in bounds."""

    def __init__(self) -> None:
        self.upper: list[float] = []
        self.rows: list[tuple[_Parts, float, float]] = []

    def column(self, upper: float = math.inf) -> int:
        self.upper.append(upper)
        return len(self.upper) - 1

    def row(self, parts: _Parts, low: float, high: float) -> None:
        self.rows.append((parts, low, high))

    def least(self, parts: _Parts, time_limit_s: float, gap: float = 0.0) -> Any:  # noqa: ANN401
        """Return the answer of HiGHS, an OptimizeResult, for the smallest sum of parts."""
        cost = np.zeros(len(self.upper))
        cost[list(parts)] = list(parts.values())
        entries = [
            (row, column, value)
            for row, (each, _, _) in enumerate(self.rows)
            for column, value in each.items()
        ]
        rows, columns, values = zip(*entries, strict=True)
        matrix = csr_array((values, (rows, columns)), shape=(len(self.rows), len(cost)))
        low, high = ([row[end] for row in self.rows] for end in (1, 2))
        return milp(
            cost,
            integrality=np.ones(len(cost)),
            bounds=(0, self.upper),
            constraints=LinearConstraint(matrix, low, high),
            options={"mip_rel_gap": gap, "time_limit": time_limit_s},
        )


@dataclass(frozen=True)
class _Asked:
    """A model, and where its answer stands: classes by group and programme, and their sums."""

    model: _Model
    classes: list[list[_Parts]]
    totals: list[int]

    def read(self, answer: Floats) -> Integers:
        """Return classes, groups x programmes."""
        whole = np.rint(answer)
        read = [[sum(whole[list(parts)]) for parts in group] for group in self.classes]
        return np.array(read, dtype=np.int64)


@dataclass(frozen=True)
class _Search:
    """The problem by groups of areas: each kecamatan with a minimum share, and the others."""

    problem: Problem
    groups: dict[str, Mask]
    time_limit_s: float
    began_s: float

    def seconds(self, share: float) -> float:
        """Return how long a search may take, given its share of the time."""
        left_s = self.began_s + self.time_limit_s - time.monotonic()
        return max(min(share * self.time_limit_s, left_s), _LAST * self.time_limit_s)

    @property
    def unit(self) -> int:
        """Rupiah that divide every price: the fewer digits, the surer the solver."""
        return math.gcd(*self.problem.cost)

    def ask(self) -> _Asked:
        """Return the model without minimum shares."""
        model, problem = _Model(), self.problem
        columns = range(len(problem.ids))
        classes = [
            [_attain(model, problem.room[rows, j], int(problem.least[j])) for j in columns]
            for rows in self.groups.values()
        ]
        totals = [model.column(most) for most in problem.affordable]
        for j, total in enumerate(totals):
            parts = {column: 1.0 for group in classes for column in group[j]}
            model.row({total: -1.0, **parts}, 0, 0)
        if problem.common is not None:
            prices = dict(zip(totals, self.prices(), strict=True))
            model.row(prices, -math.inf, problem.common // self.unit)
        return _Asked(model, classes, totals)

    def worth(self) -> Floats:
        """Return what a class of each programme is worth; the best one is worth 1."""
        worth: Floats = self.problem.effect * self.problem.size
        return worth / float(worth.max())

    def prices(self) -> list[float]:
        """Return the prices of a class, in units."""
        return [cost / self.unit for cost in self.problem.cost]

    def hold_shares(self, asked: _Asked, slack: dict[str, int] | None = None) -> None:
        """Add the minimum shares, each with a column that makes up for what is short."""
        problem, people = self.problem, self.problem.share_of == "people"
        worth = problem.size.tolist() if people else self.prices()
        for name, group in zip(self.groups, asked.classes, strict=True):
            if name not in problem.shares:
                continue
            share = problem.shares[name]
            parts = {c: float(worth[j]) for j, each in enumerate(group) for c in each}
            if people:
                wanted = (-float(share) * size for size in worth)
                parts.update(zip(asked.totals, wanted, strict=True))
            if slack is not None:
                parts[slack[name]] = 1.0
            low = 0 if people else math.ceil(share * problem.money / self.unit)
            asked.model.row(parts, low, math.inf)

    def is_within(self, totals: Integers) -> bool:
        """Return whether the common budget holds, without any rounding."""
        return self.problem.common is None or self.problem.spent(totals) <= self.problem.common

    def exclude(self, asked: _Asked, totals: Integers) -> None:
        """Exclude totals above the common budget, and with them all that are nowhere smaller.

        The solver keeps a row to a millionth, which of a dear class may be some rupiah.
        """
        fewer = {}
        for column, total, most in zip(
            asked.totals, totals.tolist(), self.problem.affordable, strict=True
        ):
            if total:
                is_fewer = asked.model.column(1)
                asked.model.row({column: 1.0, is_fewer: most - total + 1.0}, -math.inf, most)
                fewer[is_fewer] = 1.0
        asked.model.row(fewer, 1, math.inf)


def _attain(model: _Model, room: Integers, least: int) -> _Parts:
    """Return columns whose sum is what areas of such room can take together."""
    total = float(room.sum())
    if least == 1:
        return {model.column(total): 1.0}
    parts = {}
    # Among areas with room for 2 least - 1 every number from least on can be reached.
    large = float(room[room >= 2 * least - 1].sum())
    if large:
        taken, some = model.column(large), model.column(1)
        model.row({taken: 1.0, some: -float(least)}, 0, math.inf)
        model.row({taken: 1.0, some: -large}, -math.inf, 0)
        parts[taken] = 1.0
    sizes, counts = np.unique(room[(room > 0) & (room < 2 * least - 1)], return_counts=True)
    if len(sizes):
        taken, areas = model.column(total), [model.column(float(count)) for count in counts]
        model.row({taken: 1.0, **dict.fromkeys(areas, -float(least))}, 0, math.inf)
        ends = {area: -float(end) for area, end in zip(areas, sizes, strict=True)}
        model.row({taken: 1.0, **ends}, -math.inf, 0)
        parts[taken] = 1.0
    return parts


def optimal(problem: Problem, time_limit_s: float) -> tuple[Integers, float]:
    """Return classes by area and programme, and the gap."""
    kecamatan = problem.areas[KECAMATAN]
    every = [np.ones(len(kecamatan), dtype=bool)]
    began_s = time.monotonic()
    free = _Search(replace(problem, shares={}), {"": every[0]}, time_limit_s, began_s)
    by_group, gap = _largest(free)
    everywhere = placed(problem, by_group, every)
    if not shortages(problem, everywhere):
        return everywhere, gap
    groups = {name: (kecamatan == name).to_numpy() for name in sorted(problem.shares)}
    groups[""] = ~kecamatan.isin(problem.shares).to_numpy()
    search, rows = _Search(problem, groups, time_limit_s, began_s), list(groups.values())
    # Where as many classes can be spread so that the shares are kept, no plan is worth more.
    held = _nearest(search, everywhere)
    if held is None:
        held = _anywhere(search, everywhere)
    if held is None:
        held, gap = _largest(search)
        everywhere = placed(problem, held.sum(axis=0)[None], every)
        nearer = _nearest(search, everywhere)
        held = held if nearer is None else nearer
    return placed(problem, held, rows), gap


def _largest(search: _Search) -> tuple[Integers, float]:
    """Return classes by group and programme that are worth most, the cheapest of them."""
    problem = search.problem
    asked, found = _worth_most(search)
    classes = asked.read(found.x)
    # Shares of nobody are always kept.
    if not classes.any() and problem.share_of == "people" and problem.shares:
        reasons = _reasons(search)
        if reasons:
            raise TableError(*reasons)
    best = search.worth() @ classes.sum(axis=0)
    worth = dict(zip(asked.totals, search.worth().tolist(), strict=True))
    asked.model.row(worth, best * (1 - _TOLERANCE), math.inf)
    prices = dict(zip(asked.totals, search.prices(), strict=True))
    cheapest = asked.model.least(prices, search.seconds(_CHEAPEST))
    if cheapest.status == 0:
        totals = asked.read(cheapest.x).sum(axis=0)
        if search.worth() @ totals >= best * (1 - _ROUNDING) and search.is_within(totals):
            classes = asked.read(cheapest.x)
    return classes, 0.0 if found.status == 0 else float(found.mip_gap)


def _worth_most(search: _Search) -> tuple[_Asked, Any]:
    """Return the model and the answer of HiGHS."""
    asked = search.ask()
    search.hold_shares(asked)
    gains = dict(zip(asked.totals, (-search.worth()).tolist(), strict=True))
    while True:
        seconds = search.seconds(LARGEST)
        found = asked.model.least(gains, seconds)
        if found.status == _INFEASIBLE:
            raise TableError(*_reasons(search))
        if found.x is None:
            message = "No plan was found in {seconds} seconds. Allow more time."
            raise TableError(Fault(message, seconds=seconds))
        totals = asked.read(found.x).sum(axis=0)
        if search.is_within(totals):
            return asked, found
        search.exclude(asked, totals)


def _nearest(search: _Search, classes: Integers) -> Integers | None:
    """Return classes by group that keep the shares and move the least money from where they lie.

    None where it is not found or cannot be.
    """
    asked = _spread_anew(search, classes)
    moved: _Parts = {}
    for rows, group in zip(search.groups.values(), asked.classes, strict=True):
        aims = classes[rows].sum(axis=0).tolist()
        for parts, aim, price in zip(group, aims, search.prices(), strict=True):
            more, less = asked.model.column(), asked.model.column()
            asked.model.row({**parts, more: -1.0, less: 1.0}, aim, aim)
            moved.update({more: price, less: price})
    found = asked.model.least(moved, search.seconds(_NEAREST), _NEAR)
    return asked.read(found.x) if found.status == 0 else None


def _anywhere(search: _Search, classes: Integers) -> Integers | None:
    """Return classes by group that keep the shares, wherever: far easier to find."""
    asked = _spread_anew(search, classes)
    found = asked.model.least({}, search.seconds(_ANYWHERE))
    return asked.read(found.x) if found.status == 0 else None


def _spread_anew(search: _Search, classes: Integers) -> _Asked:
    """Return the model with minimum shares and as many classes of each programme."""
    asked = search.ask()
    search.hold_shares(asked)
    for column, total in zip(asked.totals, classes.sum(axis=0).tolist(), strict=True):
        asked.model.row({column: 1.0}, total, total)
    return asked


def _reasons(search: _Search) -> list[Fault]:
    """Return which minimum shares no plan can keep: those short where all is short least."""
    problem = search.problem
    asked = search.ask()
    slack = {name: asked.model.column() for name in problem.shares}
    search.hold_shares(asked, slack)
    if problem.share_of == "people":
        people = dict(zip(asked.totals, map(float, problem.size), strict=True))
        asked.model.row(people, 1, math.inf)
    found = asked.model.least(dict.fromkeys(slack.values(), 1.0), search.seconds(_ANYWHERE))
    if found.x is None:
        if problem.share_of == "people":
            return []
        return [Fault("The minimum shares cannot be kept together. Lower some.")]
    short = {name: round(found.x[column]) for name, column in slack.items()}
    return [_reason(search, name, amount) for name, amount in short.items() if amount]


def _reason(search: _Search, name: str, short: int) -> Fault:
    problem = search.problem
    share = problem.shares[name]
    told = {"kecamatan": name, "percent": float(share * 100)}
    if problem.share_of == "people":
        message = (
            "Kecamatan {kecamatan} cannot have {percent} % of the people reached: in the nearest "
            "plan it is short of {short}. Its need, caps, classes or budgets, or other minimums, "
            "do not allow it; lower the minimum share."
        )
        return Fault(message, **told, short=float(short))
    room = problem.room[search.groups[name]].sum(axis=0)
    all_of_it = problem.spent(room)
    paid = problem.spent(np.minimum(room, np.array(problem.affordable, dtype=object)))
    least = share * problem.money
    if all_of_it < least:
        most = all_of_it
        message = (
            "Kecamatan {kecamatan} must get {percent} % of the budget, Rp {least}, but all its "
            "need within caps and whole classes costs Rp {most}. Lower its minimum share or "
            "raise the caps."
        )
    elif paid < least:
        most = paid
        message = (
            "Kecamatan {kecamatan} must get {percent} % of the budget, Rp {least}, but the "
            "programmes that it needs can spend only Rp {most} there. Lower its minimum share or "
            "raise their budgets."
        )
    else:
        most = math.ceil(least / search.unit) * search.unit - short * search.unit
        message = (
            "Kecamatan {kecamatan} must get {percent} % of the budget, Rp {least}, but beside "
            "the other minimum shares, in whole classes, Rp {most} can be spent there. Lower "
            "this or another minimum share, or raise the budget."
        )
    return Fault(message, **told, least=float(least), most=float(most))
