"""People into programmes by area, in whole classes: what there is to fill, and how."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from kantong.geo.errors import Fault
from kantong.geo.schema import KECAMATAN

Rule = Literal["uniform", "proportional", "need_ranked", "optimal"]
ShareOf = Literal["budget", "people"]
Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Places = npt.NDArray[np.intp]
Mask = npt.NDArray[np.bool_]

PRIORITY = "priority"


@dataclass(frozen=True)
class Problem:
    """Areas x programmes; room and least in classes, cost in rupiah for a class."""

    areas: pd.DataFrame
    ids: list[str]
    need: Floats
    room: Integers
    least: Integers
    size: Integers
    cost: list[int]
    effect: Floats
    affordable: list[int]
    common: int | None
    money: int
    shares: dict[str, Fraction]
    share_of: ShareOf

    def ranked(self, column: int) -> Places:
        """Return the areas by priority, then need, then kode."""
        order = np.argsort(-np.nan_to_num(self.need[:, column]), kind="stable")
        if PRIORITY not in self.areas:
            return order
        priority = self.areas[PRIORITY].to_numpy(dtype=np.float64)[order]
        return order[np.argsort(-priority, kind="stable")]

    def spent(self, classes: npt.NDArray[Any]) -> int:
        """Return what classes by programme cost, without any rounding."""
        return sum(int(n) * cost for n, cost in zip(classes, self.cost, strict=True))


def simple(problem: Problem, rule: Rule) -> Integers:
    """Return classes by area and programme; each programme by itself."""
    totals = problem.affordable
    wanted = problem.spent(np.array(totals, dtype=object))
    if problem.common is not None and wanted > problem.common:
        totals = [total * problem.common // wanted for total in totals]
    classes = np.zeros_like(problem.room)
    for column, total in enumerate(totals):
        room, least = problem.room[:, column], int(problem.least[column])
        order = problem.ranked(column)
        if rule == "need_ranked":
            classes[order, column] = _filled(total, room[order], least)
        else:
            weight = np.where(rule == "uniform", 1.0, problem.need[:, column])
            by_need = np.argsort(-np.nan_to_num(problem.need[:, column]), kind="stable")
            classes[:, column] = _spread(total, weight, room, least, by_need)
    return classes


def _filled(total: int, room: Integers, least: int) -> Integers:
    """Fill areas one after the other until the total is used or what is left is too little."""
    before = np.cumsum(room) - room
    classes = np.clip(total - before, 0, room)
    return np.where(classes < least, 0, classes)


def _spread(total: int, weight: Floats, room: Integers, least: int, order: Places) -> Integers:
    """Spread a total in proportion to weights, equal ones by ``order``; never more than it."""
    weight = np.where(room > 0, weight, 0.0)

    def at(level: float) -> Integers:
        classes = np.minimum(np.floor(level * weight + 0.5), room).astype(np.int64)
        return np.where(classes < least, 0, classes)

    if room.sum() <= total:
        return room.copy()
    low, high = 0.0, float((room.max() + 1) / weight[weight > 0].min())
    while low < (middle := (low + high) / 2) < high:
        low, high = (middle, high) if at(middle).sum() <= total else (low, middle)
    classes = at(low)
    left, steps = total - int(classes.sum()), at(high) - classes
    for area in order[steps[order] > 0]:
        if steps[area] <= left:
            classes[area] += steps[area]
            left -= int(steps[area])
    return classes


def _exactly(total: int, room: Integers, least: int) -> Integers:
    """Fill areas one after the other so that all of an attainable total is used."""
    ends = np.cumsum(room)
    full = int(np.searchsorted(ends, total, side="right"))
    while full and not _attainable(total - int(room[:full].sum()), room[full:], least):
        full -= 1
    classes = np.zeros_like(room)
    classes[:full] = room[:full]
    left = total - int(room[:full].sum())
    for area in range(full, len(room)):
        takes = (*range(min(int(room[area]), left), least - 1, -1), 0)
        classes[area] = next(
            take for take in takes if _attainable(left - take, room[area + 1 :], least)
        )
        left -= int(classes[area])
        if not left:
            break
    return classes


def _attainable(total: int, room: Integers, least: int) -> bool:
    """Return whether areas that take nothing, or least to room, can take a total together.

    So many of the largest as the total allows can take anything from least each to all room.
    """
    most = min(total // least, int(np.count_nonzero(room)))
    return total <= int(np.sort(room)[len(room) - most :].sum())


def placed(problem: Problem, by_group: Integers, groups: Sequence[Mask]) -> Integers:
    """Return classes by area: all of each group's, none less."""
    classes = np.zeros_like(problem.room)
    for rows, totals in zip(groups, by_group.tolist(), strict=True):
        for column, total in enumerate(totals):
            order = problem.ranked(column)
            order = order[rows[order]]
            room, least = problem.room[order, column], int(problem.least[column])
            taken = np.zeros_like(room)
            if PRIORITY not in problem.areas:
                weight = np.nan_to_num(problem.need[order, column])
                taken = _spread(total, weight, room, least, np.arange(len(room)))
            if taken.sum() != total:
                taken = _exactly(total, room, least)
            classes[order, column] = taken
    return classes


def shortages(problem: Problem, classes: Integers) -> list[Fault]:
    """Return the minimum shares that are not kept, without any rounding."""
    if not problem.shares:
        return []
    people = problem.share_of == "people"
    worth = problem.size.tolist() if people else problem.cost
    placed = problem.areas[KECAMATAN].to_numpy()

    def sum_of(rows: Mask) -> int:
        counts = classes[rows].sum(axis=0).tolist()
        return sum(int(n) * each for n, each in zip(counts, worth, strict=True))

    whole = sum_of(np.ones(len(placed), dtype=bool)) if people else problem.money
    if people:
        message = "Kecamatan {kecamatan} gets {got} % of the people reached, less than {percent} %."
    else:
        message = "Kecamatan {kecamatan} gets {got} % of the budget, less than {percent} %."
    faults = []
    for name, share in sorted(problem.shares.items()):
        got = sum_of(placed == name)
        if got < share * whole:
            told = {"got": 100 * got / whole, "percent": float(share * 100)}
            faults.append(Fault(message, kecamatan=name, **told))
    return faults
