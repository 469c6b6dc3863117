"""Plans and venues beside the aims: seconds, and how far from what cannot be passed.

No other program plans like this, so plans are set against the linear relaxation, in which people
may be cut in parts and floors do not count, and venues against every choice there is.
Run: python benchmarks/bench_deciding.py [allocation] [sites]
"""

import itertools
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize import linprog
from scipy.sparse import coo_array, vstack

SEED = 1
PROGRAMMES, KELURAHAN, CANDIDATES, OPEN = 8, 57, 57, 10
AIM_CITY_S, AIM_MANY_S, AIM_SITES_S = 1.0, 30.0, 5.0
# Room of the largest venues that may open, over all people asking: how hard it is.
ROOM = (3.0, 2.0, 1.5, 1.2)
CITIES, GIVE_UP_S = 5, 20.0


def timed(call: Callable[[], Any]) -> tuple[Any, float]:
    """Return what a call returns, and its seconds."""
    began = time.perf_counter()
    answer = call()
    return answer, time.perf_counter() - began


def plans(areas: int, kecamatan: int) -> tuple[pd.DataFrame, list[Any], pd.DataFrame]:
    """Return needs, programmes and areas: classes, floors, caps and effects of all kinds."""
    from kantong.analysis.allocation import Programme  # noqa: PLC0415

    generator = np.random.default_rng(SEED)
    kodes = [f"{place:06}" for place in range(areas)]
    ids = [f"p{column}" for column in range(PROGRAMMES)]
    need = pd.DataFrame(generator.integers(0, 300, (areas, PROGRAMMES)), kodes, ids, dtype=float)
    kinds = zip(
        ids,
        (1, 20, 10, 1, 25, 1, 20, 5),
        (0, 20, 0, 30, 50, 5, 40, 0),
        (None, 100, None, 60, 100, None, None, 40),
        (1.0, 2.0, 1.5, 1.0, 1.0, 2.0, 1.5, 1.0),
        strict=True,
    )
    programmes = [
        Programme(
            name,
            int(generator.integers(1, 200)) * 25_000,
            int(areas * 50_000_000 * generator.random()),
            size,
            floor,
            cap,
            effect,
        )
        for name, size, floor, cap, effect in kinds
    ]
    lies = [f"k{place % kecamatan:03}" for place in range(areas)]
    return need, programmes, pd.DataFrame({"kecamatan": lies}, index=kodes)


def relaxed(need: pd.DataFrame, programmes: list[Any], areas: pd.DataFrame, limits: Any) -> float:  # noqa: ANN401
    """Return what the linear relaxation is worth: no plan is worth more."""
    cost = np.array([each.unit_cost_rp for each in programmes], dtype=float)
    caps = np.array([np.inf if each.cap is None else each.cap for each in programmes])
    effect = np.array([each.effect for each in programmes])
    cells, columns = need.size, need.shape[1]
    of_cell = np.arange(cells)
    prices = np.tile(cost, len(need)) / 1e6
    by_programme = coo_array((prices, (of_cell % columns, of_cell)), shape=(columns, cells))
    group, names = pd.factorize(areas["kecamatan"])
    by_group = coo_array((-prices, (group[of_cell // columns], of_cell)), shape=(len(names), cells))
    budgets = np.array([each.budget_rp for each in programmes], dtype=float)
    money = min(limits.common_budget_rp, budgets.sum())
    shares = np.array([limits.minimum_share.get(name, 0.0) for name in names])
    found = linprog(
        -np.tile(effect, len(need)),
        A_ub=vstack([by_programme, by_programme.sum(axis=0)[None], by_group]),
        b_ub=np.r_[budgets, money, -shares * money] / 1e6,
        bounds=np.column_stack([np.zeros(cells), np.minimum(need, caps).to_numpy().ravel()]),
    )
    return -float(found.fun)


def allocation() -> None:
    """Print what the best plan takes and is worth, with and without minimum shares."""
    from kantong.analysis.allocation import RULES, Limits, allocate  # noqa: PLC0415

    print(f"Allocation, {PROGRAMMES} programmes with classes, floors, caps and a common budget")
    for count, kecamatan, aim in ((KELURAHAN, 5, AIM_CITY_S), (8_000, 660, AIM_MANY_S)):
        need, programmes, areas = plans(count, kecamatan)
        common = int(sum(each.budget_rp for each in programmes) * 0.6)
        even = dict.fromkeys(areas["kecamatan"].unique(), 0.9 / kecamatan)
        for shares, of in (({}, "budget"), (even, "people"), (even, "budget")):
            limits = Limits(common, shares, of)  # type: ignore[arg-type]
            plan, taken = timed(lambda: allocate(need, programmes, areas, limits=limits))  # noqa: B023
            bound = relaxed(
                need, programmes, areas, Limits(common, shares if of == "budget" else {})
            )
            told = f"minimum share of {of} in {len(shares)} kecamatan" if shares else "no shares"
            print(
                f"{count:>6,} areas, {told:<46} {taken:6.2f} s (aim {aim:.0f}), gap "
                f"{plan.gap:.1e}, {plan.value / bound:.5f} of the relaxation",
                flush=True,
            )
        for rule in RULES[:2]:
            plan, taken = timed(lambda: allocate(need, programmes, areas, rule=rule))  # noqa: B023
            print(f"{count:>6,} areas, {rule:<46} {taken:6.2f} s")


def city(room: float, venues: int, seed: int = SEED) -> Any:  # noqa: ANN401
    """Return seeded places: 57 kelurahan, a candidate in each."""
    from kantong.analysis.sites import Places, straight_distance_m  # noqa: PLC0415

    generator = np.random.default_rng(seed)
    names = [f"{place:02}" for place in range(KELURAHAN)]
    points = pd.DataFrame(generator.random((KELURAHAN, 2)) * 11_000, names, ["x", "y"])
    asking = pd.Series(generator.integers(5, 120, KELURAHAN), names, dtype=float)
    size = generator.integers(50, 150, CANDIDATES).astype(float)
    size *= asking.sum() * room / np.sort(size)[-venues:].sum()
    held = pd.Series(np.maximum(np.ceil(size), asking.max()), names)
    return Places(asking, held, straight_distance_m(points, points))


def every_choice(places: Any, venues: int) -> float:  # noqa: ANN401
    """Return the smallest mean distance over all choices, where room does not matter."""
    far = places.distance.to_numpy()
    people = places.demand.to_numpy()
    choices = itertools.combinations(range(CANDIDATES), venues)
    least = min(float(people @ far[:, chosen].min(axis=1)) for chosen in choices)
    return least / float(people.sum())


def sites() -> None:
    """Print how long venues take to be proven, by how tight the room is."""
    from kantong.analysis.sites import maximal_covering, p_median  # noqa: PLC0415

    print(f"Sites, {KELURAHAN} kelurahan, {CANDIDATES} candidates, {OPEN} open, {CITIES} cities")
    calls: dict[str, Callable[[Any], Any]] = {
        "p-median": lambda places: p_median(places, OPEN, time_limit_s=GIVE_UP_S),
        "split": lambda places: p_median(places, OPEN, split=True, time_limit_s=GIVE_UP_S),
        "covering": lambda places: maximal_covering(places, OPEN, 1_500, time_limit_s=GIVE_UP_S),
    }
    for room, (name, call) in itertools.product(ROOM, calls.items()):
        answers = [
            timed(lambda: call(city(room, OPEN, seed)))  # noqa: B023
            for seed in range(CITIES)
        ]
        told = " ".join(f"{seconds:5.2f}" for _found, seconds in answers)
        gap = max(found.gap for found, _seconds in answers)
        print(
            f"room {room:.1f} x people, {name:<9} {told} s (aim {AIM_SITES_S:.0f}), "
            f"largest gap {gap:.1e}",
            flush=True,
        )
    places = city(100.0, 3)
    best, taken = timed(lambda: every_choice(places, 3))
    found, ours = timed(lambda: p_median(places, 3))
    print(
        f"3 open, room for all: {found.mean_distance:.3f} m in {ours:.2f} s; best of all choices "
        f"{best:.3f} m in {taken:.2f} s"
    )


PARTS = {"allocation": allocation, "sites": sites}

if __name__ == "__main__":
    for part in sys.argv[1:] or PARTS:
        PARTS[part]()
