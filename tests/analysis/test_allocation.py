"""Spending a budget, against hand-worked plans, every plan there is, and what must hold."""

import itertools
import math
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.optimize import milp

from kantong.analysis import optimum
from kantong.analysis.allocation import (
    RULES,
    Limits,
    Programme,
    allocate,
    bands,
    gini,
)
from kantong.analysis.filling import PRIORITY
from kantong.geo.errors import TableError

SIMPLE = RULES[:3]
COURSE = Programme("course", unit_cost_rp=1_000, budget_rp=100_000, class_size=10)


def needs(**columns):
    length = len(next(iter(columns.values())))
    return pd.DataFrame(columns, index=[f"k{place}" for place in range(length)], dtype=float)


def places(kecamatan, **columns):
    index = [f"k{place}" for place in range(len(kecamatan))]
    return pd.DataFrame({"kecamatan": list(kecamatan), **columns}, index=index)


def reached(plan, column="course"):
    return plan.reached[column].tolist()


# --- worked by hand --------------------------------------------------------------------------
#
# Three kelurahan ask for courses in classes of 10 at Rp 1,000 a person; Rp 100,000 pay for ten
# classes. 20 people have room for 2 classes, 45 for 4 (5 wait), 120 for 12.


THREE = needs(course=[20, 45, 120])
URGENT = places("xxy", priority=[2, 3, 1])


@pytest.mark.parametrize(
    ("rule", "people"),
    [
        # 2 + 4 + 4: the two that are full leave the rest to the third.
        ("uniform", [20, 40, 40]),
        # Quotas 1.08, 2.43 and 6.49 round to 1, 2, 6; a tenth class goes where the quota is
        # nearest to the next half: 6.49.
        ("proportional", [10, 20, 70]),
        # k1 full, then k0, then what is left.
        ("need_ranked", [20, 40, 40]),
    ],
)
def test_simple_rules_spread_ten_classes(rule, people):
    plan = allocate(THREE, [COURSE], URGENT, rule=rule)
    assert reached(plan) == people
    assert plan.spent_rp["course"] == 100_000
    assert plan.unspent_rp == 0
    assert plan.covered == pytest.approx(100 / 185)
    assert plan.gap is None
    assert plan.missed == ()


def test_optimal_of_equals_is_spread_by_need_and_by_priority_where_there_is_one():
    plan = allocate(THREE, [COURSE], URGENT[["kecamatan"]])
    assert reached(plan) == [10, 20, 70]
    assert plan.gap == 0
    assert reached(allocate(THREE, [COURSE], URGENT)) == [20, 40, 40]
    late = URGENT.assign(priority=[1, math.nan, 3])
    assert reached(allocate(THREE, [COURSE], late)) == [0, 0, 100]


def test_need_ranked_reaches_four_more_than_uniform_where_a_floor_leaves_money():
    # Rp 40 pay for 40 people, at least 12 where the programme goes at all. Uniform: 40 over
    # four is 10 each, below the floor, so it can only begin where 12 fit: three times 12.
    # Ranked: 28 in the worst, 12 in the next.
    four = needs(aid=[28, 30, 30, 30])
    aid = Programme("aid", unit_cost_rp=1, budget_rp=40, floor=12)
    areas = places("xxyy", priority=[9, 3, 2, 1])
    uniform = allocate(four, [aid], areas, rule="uniform")
    assert reached(uniform, "aid") == [0, 12, 12, 12]
    assert uniform.unspent_rp == 4
    ranked = allocate(four, [aid], areas, rule="need_ranked")
    assert reached(ranked, "aid") == [28, 12, 0, 0]
    assert ranked.value - uniform.value == 4


def test_optimal_buys_what_reaches_most_for_the_common_budget():
    # Rp 100: a meal costs 10, a house 30 and counts as 4 meals. Houses bring 4 / 30, meals
    # 1 / 10: three houses and one meal are worth 13, ten meals 10.
    two = needs(house=[2, 5], meal=[10, 10])
    programmes = [
        Programme("meal", 10, None),
        Programme("house", 30, None, effect=4),
    ]
    plan = allocate(two, programmes, places("xy"), limits=Limits(common_budget_rp=100))
    assert plan.reached.sum().to_dict() == {"house": 3, "meal": 1}
    assert plan.value == 13
    assert plan.spent_rp.to_dict() == {"meal": 10, "house": 90}
    assert plan.unspent_rp == 0
    assert list(plan.reached.columns) == ["meal", "house"]


def test_proportional_favours_neither_large_nor_small_needs():
    # Highest quotients by 1, 3, 5: 60, 28, 20, 13, 12. By 1, 2, 3 the large would take four.
    need = needs(aid=[60, 28, 13])
    plan = allocate(need, [Programme("aid", 1, 5)], places("xyz"), rule="proportional")
    assert reached(plan, "aid") == [3, 1, 1]


def test_areas_that_can_only_take_their_floor_leave_money():
    need = needs(aid=[3, 3, 4])
    plan = allocate(need[:2], [Programme("aid", 1, 5, floor=3)], places("xx"))
    assert sorted(reached(plan, "aid")) == [0, 3]
    # Five of seven: 3 + 0 or 4 + 0, not 3 + 2.
    plan = allocate(need[1:], [Programme("aid", 1, 5, floor=3)], places("xxx"))
    assert reached(plan, "aid") == [0, 4]


def test_a_common_budget_is_split_by_what_each_programme_could_spend():
    # 100 meals would cost 1,000 and 100 houses 3,000: of 400 a quarter goes to meals.
    two = needs(meal=[100], house=[100])
    programmes = [Programme("meal", 10, None), Programme("house", 30, 99_999)]
    limits = Limits(common_budget_rp=400)
    for rule in ("uniform", "proportional"):
        plan = allocate(two, programmes, places("x"), rule=rule, limits=limits)
        assert plan.spent_rp.to_dict() == {"meal": 100, "house": 300}


def test_minimum_share_of_the_budget_moves_no_more_than_it_must():
    # All 100 of need rank before y; a quarter of 40 classes is 10.
    need = needs(course=[400, 400])
    areas = places("xy", priority=[2, 1])
    programme = Programme("course", 1_000, 400_000, class_size=10)
    free = allocate(need, [programme], areas)
    assert reached(free) == [400, 0]
    held = allocate(need, [programme], areas, limits=Limits(minimum_share={"y": 0.25}))
    assert reached(held) == [300, 100]
    assert held.value == free.value
    simple = allocate(
        need, [programme], areas, rule="need_ranked", limits=Limits(minimum_share={"y": 0.25})
    )
    assert [str(fault) for fault in simple.missed] == [
        "Kecamatan y gets 0 % of the budget, less than 25 %."
    ]


def test_minimum_share_of_people_holds_back_those_who_are_too_many():
    # y has 10 in need; as 40 % of the reached, at most 25 can be reached in all.
    need = needs(course=[100, 10])
    programme = Programme("course", 1, 1_000)
    limits = Limits(minimum_share={"y": 0.4}, share_of="people")
    plan = allocate(need, [programme], places("xy"), limits=limits)
    assert reached(plan) == [15, 10]
    assert plan.missed == ()
    simple = allocate(need, [programme], places("xy"), rule="proportional", limits=limits)
    assert reached(simple) == [100, 10]
    assert str(simple.missed[0]) == (
        "Kecamatan y gets 9.09090909091 % of the people reached, less than 40 %."
    )


def test_all_searches_together_keep_to_the_time(monkeypatch):
    """As if each took all that it is given; the shares below ask for every kind of search."""
    took = []

    def slow(*model, options, **bounds):
        took.append(options["time_limit"])
        return milp(*model, options=options | {"time_limit": 25}, **bounds)

    monkeypatch.setattr(optimum, "milp", slow)
    monkeypatch.setattr(optimum, "time", SimpleNamespace(monotonic=lambda: sum(took)))
    limits = Limits(minimum_share={"y": 0.4}, share_of="people")
    need, programme = needs(course=[100, 10]), Programme("course", 1, 1_000)
    allocate(need, [programme], places("xy"), limits=limits, time_limit_s=10)
    # Free, its cheapest, nearest, anywhere; held, its cheapest, nearest.
    assert len(took) == 7
    assert sum(took) <= 10.5


def test_figures_of_a_plan_are_those_of_the_drawing():
    # x: 30 of 100 reached, y: 20 of 50; z asks for nothing.
    need = needs(course=[60, 40, 50, 0])
    areas = places("xxyz", priority=[3, 1, 2, 0])
    programme = Programme("course", 100, 5_000, cap=20)
    plan = allocate(need, [programme], areas, rule="need_ranked")
    assert reached(plan) == [20, 10, 20, 0]
    assert plan.by_kecamatan["covered"].tolist()[:2] == [0.3, 0.4]
    assert math.isnan(plan.by_kecamatan["covered"]["z"])
    assert plan.by_kecamatan["spent_rp"].tolist() == [3_000, 2_000, 0]
    assert plan.lowest_to_highest == pytest.approx(0.75)
    # |0.3 - 0.4| twice over 2 x 4 x 0.35.
    assert plan.gini == pytest.approx(0.2 / 2.8)
    assert plan.covered == pytest.approx(50 / 150)


def test_areas_without_known_need_are_left_out_and_told():
    need = needs(course=[30, math.nan, 50], meal=[math.nan, math.nan, 7])
    meal = Programme("meal", 1, 100)
    plan = allocate(need, [COURSE, meal], places("xxy"))
    assert plan.left_out.to_dict() == {"course": 1, "meal": 2}
    assert plan.reached.isna().equals(need.isna())
    assert plan.covered == pytest.approx(87 / 87)
    assert plan.unspent_rp == 100_000 - 80_000 + 93


def test_a_budget_below_one_class_reaches_nobody():
    poor = Programme("course", 1_000, 9_999, class_size=10)
    for share_of in ("people", "budget"):
        limits = Limits(minimum_share={"x": 0.0, "y": 0.5}, share_of=share_of)
        if share_of == "budget":
            with pytest.raises(TableError, match="y must get 50 % of the budget, Rp 4999"):
                allocate(THREE, [poor], URGENT, limits=limits)
        else:
            plan = allocate(THREE, [poor], URGENT, limits=limits)
            assert plan.value == 0
            assert math.isnan(plan.lowest_to_highest)
            assert math.isnan(plan.gini)


def test_gini_is_that_of_the_table():
    assert gini(range(1, 11)) == pytest.approx(0.3)  # shared/facts/golden.md
    assert gini([0, 0, 0, 8]) == pytest.approx(0.75)
    assert gini([5, 5, math.nan]) == 0
    assert math.isnan(gini([]))


def test_huge_prices_are_kept_to_the_rupiah():
    # Three houses cost one rupiah more than there is.
    need = needs(house=[3], hut=[3])
    programmes = [
        Programme("house", 20_000_000, None, effect=3),
        Programme("hut", 19_999_999, None),
    ]
    limits = Limits(common_budget_rp=59_999_999)
    plan = allocate(need, programmes, places("x"), limits=limits)
    assert plan.spent_rp.to_dict() == {"house": 40_000_000, "hut": 19_999_999}
    assert plan.unspent_rp == 0


# --- against every plan there is -------------------------------------------------------------


def choices(programme, need):
    """Return all numbers of people that a programme may reach in one kelurahan."""
    if math.isnan(need):
        return [0]
    end = need if programme.cap is None else min(need, programme.cap)
    steps = range(0, int(end) + 1, programme.class_size)
    return [people for people in steps if not 0 < people < programme.floor]


def best_of_all(need, programmes, areas, limits):
    """Return what the best of all plans is worth; None where none keeps the limits."""
    cells = [
        (kode, each, choices(each, need.loc[kode, each.id]))
        for kode in need.index
        for each in programmes
    ]
    own = [each.budget_rp for each in programmes if each.budget_rp is not None]
    pots = [sum(own)] if len(own) == len(programmes) else []
    pots += [] if limits.common_budget_rp is None else [limits.common_budget_rp]
    best = None
    for people in itertools.product(*(options for _, _, options in cells)):
        spent: dict[str, int] = {}
        got: dict[str, int] = {}
        for (kode, each, _), number in zip(cells, people, strict=True):
            spent[each.id] = spent.get(each.id, 0) + number * each.unit_cost_rp
            worth = each.unit_cost_rp if limits.share_of == "budget" else 1
            where = areas.loc[kode, "kecamatan"]
            got[where] = got.get(where, 0) + number * worth
        if any(e.budget_rp is not None and spent[e.id] > e.budget_rp for e in programmes):
            continue
        if limits.common_budget_rp is not None and sum(spent.values()) > limits.common_budget_rp:
            continue
        whole = min(pots) if limits.share_of == "budget" else sum(people)
        if any(got[name] * 4 < share * 4 * whole for name, share in limits.minimum_share.items()):
            continue
        value = sum(n * each.effect for (_, each, _), n in zip(cells, people, strict=True))
        best = value if best is None else max(best, value)
    return best


@st.composite
def tiny(draw):
    floors = st.sampled_from([0, 0, 2, 3])
    programmes = [
        Programme(
            name,
            unit_cost_rp=draw(st.integers(1, 4)),
            budget_rp=draw(st.integers(0, 30)),
            class_size=draw(st.sampled_from([1, 2, 3])),
            floor=draw(floors),
            cap=draw(st.sampled_from([None, 4, 5])),
            effect=draw(st.sampled_from([1.0, 1.5, 2.0])),
        )
        for name in ("a", "b")
    ]
    figure = st.one_of(st.integers(0, 6), st.just(math.nan))
    rows = draw(st.lists(st.tuples(figure, figure), min_size=3, max_size=3))
    rows[0] = (5, rows[0][1])
    need = needs(a=[row[0] for row in rows], b=[row[1] for row in rows])
    areas = places(draw(st.sampled_from(["xyy", "xyz"])))
    if draw(st.booleans()):
        areas[PRIORITY] = draw(st.permutations([1, 2, 3]))
    limits = Limits(
        common_budget_rp=draw(st.sampled_from([None, 9, 20])),
        minimum_share=draw(st.sampled_from([{}, {"x": 0.25}, {"x": 0.25, "y": 0.5}])),
        share_of=draw(st.sampled_from(["budget", "people"])),
    )
    return need, programmes, areas, limits


@given(tiny())
@settings(max_examples=80, deadline=None)
def test_optimal_is_the_best_of_all_plans(case):
    need, programmes, areas, limits = case
    best = best_of_all(need, programmes, areas, limits)
    if best == 0 and limits.share_of == "people" and limits.minimum_share:
        return
    if best is None:
        with pytest.raises(TableError, match="must get"):
            allocate(need, programmes, areas, limits=limits)
        return
    plan = allocate(need, programmes, areas, limits=limits)
    assert plan.value == pytest.approx(best)
    assert plan.gap == 0
    assert plan.missed == ()


@example(99, 4)  # where the first plan found is not the cheapest
@given(st.integers(0, 2**32 - 1), st.sampled_from([4, 60]))
@settings(max_examples=40, deadline=None)
def test_optimal_is_that_of_dynamic_programming_and_the_cheapest_such(seed, dearest):
    generator = np.random.default_rng(seed)
    prices, need = generator.integers(20, 60, 8), generator.integers(1, 60, 8)
    worth = generator.integers(dearest // 3, dearest, 8)
    common = int(generator.integers(200, 900))
    best = np.zeros(common + 1)
    for price, value, most in zip(prices, worth, need, strict=True):
        for _person in range(min(int(most), common // int(price))):
            best[price:] = np.maximum(best[price:], best[:-price] + value)
    programmes = [
        Programme(f"p{j}", int(price), None, effect=float(value))
        for j, (price, value) in enumerate(zip(prices, worth, strict=True))
    ]
    table = needs(**{f"p{j}": [most] for j, most in enumerate(need)})
    plan = allocate(table, programmes, places("x"), limits=Limits(common_budget_rp=common))
    assert plan.value == pytest.approx(best[-1])
    assert plan.spent_rp.sum() == np.flatnonzero(best == best[-1])[0]
    assert plan.gap == 0


# --- what must hold --------------------------------------------------------------------------


@st.composite
def cities(draw):
    count = draw(st.integers(2, 12))
    names = [f"p{place}" for place in range(draw(st.integers(1, 3)))]
    programmes = [
        Programme(
            name,
            unit_cost_rp=draw(st.integers(1, 50)) * 1_000,
            budget_rp=draw(st.integers(0, 3_000)) * 1_000,
            class_size=draw(st.sampled_from([1, 1, 5, 20])),
            floor=draw(st.sampled_from([0, 0, 7, 30])),
            cap=draw(st.sampled_from([None, 45, 60])),
            effect=draw(st.sampled_from([1.0, 1.0, 0.5])),
        )
        for name in names
    ]
    figure = st.one_of(st.integers(0, 90), st.just(math.nan))
    table = {name: draw(st.lists(figure, min_size=count, max_size=count)) for name in names}
    table[names[0]][0] = 40
    kecamatan = draw(st.lists(st.sampled_from("xyz"), min_size=count, max_size=count))
    priority = draw(st.lists(st.integers(0, 5), min_size=count, max_size=count))
    return needs(**table), programmes, places(kecamatan, priority=priority)


def obeys(plan, need, programmes):
    assert (plan.reached.fillna(0) <= need.fillna(0)).all().all()
    assert plan.reached.isna().equals(need.isna())
    for each in programmes:
        people = plan.reached[each.id].dropna()
        assert (people % each.class_size == 0).all()
        assert (people[people > 0] >= each.floor).all()
        assert each.cap is None or (people <= each.cap).all()
        assert plan.spent_rp[each.id] == people.sum() * each.unit_cost_rp
        assert plan.spent_rp[each.id] <= each.budget_rp


@given(cities(), st.sampled_from(RULES), st.sampled_from([None, 500_000]), st.booleans())
@settings(max_examples=150, deadline=None)
def test_no_rule_breaks_a_limit(case, rule, common, ranked):
    need, programmes, areas = case
    if not ranked and rule != "need_ranked":
        areas = areas[["kecamatan"]]
    limits = Limits(common_budget_rp=common)
    plan = allocate(need, programmes, areas, rule=rule, limits=limits)
    obeys(plan, need, programmes)
    assert common is None or plan.spent_rp.sum() <= common
    money = sum(each.budget_rp for each in programmes)
    assert plan.unspent_rp == min(money, common or money) - plan.spent_rp.sum()
    assert plan.by_kecamatan["reached"].sum() == plan.reached.sum().sum()
    assert plan.by_kecamatan["spent_rp"].sum() == plan.spent_rp.sum()


@given(cities(), st.sampled_from([None, 500_000]))
@settings(max_examples=60, deadline=None)
def test_optimal_is_never_worth_less_than_another_rule(case, common):
    need, programmes, areas = case
    limits = Limits(common_budget_rp=common, minimum_share={}, share_of="people")
    best = allocate(need, programmes, areas, limits=limits).value
    for rule in SIMPLE:
        plan = allocate(need, programmes, areas, rule=rule, limits=limits)
        assert plan.value <= best * (1 + 1e-12)


@given(cities(), st.integers(0, 2_000), st.sampled_from([0.0, 0.2]))
@settings(max_examples=60, deadline=None)
def test_more_money_never_reaches_fewer(case, more, share):
    need, programmes, areas = case
    limits = Limits(minimum_share={areas["kecamatan"].iloc[0]: share}, share_of="people")
    richer = [
        Programme(**{**vars(each), "budget_rp": each.budget_rp + more * 1_000})
        for each in programmes
    ]
    try:
        before = allocate(need, programmes, areas, limits=limits)
    except TableError:
        return
    after = allocate(need, richer, areas, limits=limits)
    assert after.value >= before.value * (1 - 1e-12)


@given(cities(), st.sampled_from(RULES), st.randoms())
@settings(max_examples=60, deadline=None)
def test_row_order_and_labels_do_not_matter(case, rule, random):
    need, programmes, areas = case
    limits = Limits(common_budget_rp=700_000)
    usual = allocate(need, programmes, areas, rule=rule, limits=limits)
    rows = random.sample(list(need.index), len(need))
    columns = random.sample(list(need.columns), len(need.columns))
    mixed = allocate(
        need.loc[rows, columns],
        random.sample(programmes, len(programmes)),
        areas.loc[random.sample(rows, len(rows))],
        rule=rule,
        limits=limits,
    )
    pd.testing.assert_frame_equal(mixed.reached.loc[need.index, need.columns], usual.reached)
    assert list(mixed.reached.index) == rows
    assert mixed.gini == usual.gini or math.isnan(usual.gini)
    names = dict(zip(need.index, random.sample(list(need.index), len(need)), strict=True))
    renamed = allocate(
        need.rename(names), programmes, areas.rename(names), rule=rule, limits=limits
    )
    assert renamed.value == usual.value
    assert renamed.spent_rp.equals(usual.spent_rp)
    for column in need:
        assert sorted(renamed.reached[column].fillna(-1)) == sorted(
            usual.reached[column].fillna(-1)
        )


# --- what no plan can keep -------------------------------------------------------------------


def test_every_share_that_cannot_be_kept_is_named_with_how_much_is_missing():
    # Rp 100. y needs 5 people at Rp 2, so 10 of the 30 it must get. z needs only meals, which
    # have Rp 8 of their own, of the 20 it must get.
    need = needs(course=[50, 5, 0], meal=[0, 0, 90])
    programmes = [Programme("course", 2, 92), Programme("meal", 1, 8)]
    limits = Limits(minimum_share={"y": 0.3, "z": 0.2, "x": 0.1})
    with pytest.raises(TableError) as refused:
        allocate(need, programmes, places("xyz"), limits=limits)
    first, second = str(refused.value).splitlines()
    assert first == (
        "Kecamatan y must get 30 % of the budget, Rp 30, but all its need within caps and whole "
        "classes costs Rp 10. Lower its minimum share or raise the caps."
    )
    assert second == (
        "Kecamatan z must get 20 % of the budget, Rp 20, but the programmes that it needs can "
        "spend only Rp 8 there. Lower its minimum share or raise their budgets."
    )


def test_shares_that_exclude_each_other_are_named():
    # Ten classes of Rp 10; 55 and 45 of Rp 100 ask for six and five.
    need = needs(course=[100, 100])
    programme = Programme("course", 1, 100, class_size=10)
    limits = Limits(minimum_share={"x": 0.55, "y": 0.45})
    with pytest.raises(TableError, match="beside the other minimum shares") as refused:
        allocate(need, [programme], places("xy"), limits=limits)
    (fault,) = refused.value.faults
    assert (fault.details["least"], fault.details["most"]) in {(55, 50), (45, 40)}


def test_a_share_of_people_where_nobody_is_in_need_is_refused():
    need = needs(course=[100, 0])
    limits = Limits(minimum_share={"y": 0.5}, share_of="people")
    with pytest.raises(TableError, match="y cannot have 50 % of the people reached"):
        allocate(need, [Programme("course", 1, 100)], places("xy"), limits=limits)


def test_a_share_of_a_kecamatan_without_needs_is_refused():
    areas = places("xxy")
    programme = Programme("course", 1, 10, floor=3)
    limits = Limits(minimum_share={"y": 0.1})
    with pytest.raises(TableError, match="Kecamatan y must get 10 % of the budget, Rp 1, but all"):
        allocate(needs(course=[5, 6]), [programme], areas, limits=limits)


def test_simple_rules_say_what_they_miss_instead_of_refusing():
    need = needs(course=[100, 5])
    limits = Limits(minimum_share={"y": 0.5})
    plan = allocate(
        need, [Programme("course", 1, 100)], places("xy"), rule="uniform", limits=limits
    )
    assert [str(fault) for fault in plan.missed] == [
        "Kecamatan y gets 5 % of the budget, less than 50 %."
    ]


# --- what is not proven ----------------------------------------------------------------------


def stopped(monkeypatch, **changes):
    """Let HiGHS answer as it does when its time is over."""

    def stopped_milp(*args, **kwargs):
        found = milp(*args, **kwargs)
        found.update(status=1, **changes)
        return found

    monkeypatch.setattr("kantong.analysis.optimum.milp", stopped_milp)


def test_a_plan_that_is_not_proven_says_how_much_better_another_may_be(monkeypatch):
    stopped(monkeypatch, mip_gap=0.04)
    plan = allocate(THREE, [COURSE], URGENT, limits=Limits(minimum_share={"y": 0.8}))
    assert plan.gap == 0.04
    assert plan.missed == ()
    assert plan.value == 100


def test_no_plan_in_time_is_told(monkeypatch):
    stopped(monkeypatch, x=None)
    with pytest.raises(TableError, match="No plan was found in 10 seconds"):
        allocate(THREE, [COURSE], URGENT, time_limit_s=25)


# --- other needs -----------------------------------------------------------------------------


def test_bands_are_the_quantiles_of_the_draws():
    plan = allocate(THREE, [COURSE], URGENT, rule="proportional")  # 10, 20, 70
    draws = np.array([[[10], [20], [70]], [[5], [20], [175]], [[0], [0], [0]], [[0], [50], [50]]])
    found = bands(plan, draws, confidence=1.0)
    # In need among the reached: 100, 5 + 20 + 70, 0, 20 + 50.
    assert found.in_need == (0, 100)
    assert found.covered == (0.475, 1)
    assert found.leakage == (0, 1)
    middle = bands(plan, draws, confidence=0.0)
    assert middle.in_need == (82.5, 82.5)


def test_bands_do_not_read_areas_that_the_plan_leaves_out():
    need = needs(course=[30, math.nan])
    plan = allocate(need, [COURSE], places("xy"))
    assert bands(plan, [[[30.0], [math.nan]]]) == bands(plan, [[[30.0], [999.0]]])


def test_draws_that_do_not_fit_are_refused():
    plan = allocate(THREE, [COURSE], URGENT)
    with pytest.raises(TableError, match=r"shape \(2, 1\), the plan \('n', 3, 1\)"):
        bands(plan, np.ones((2, 1)))
    with pytest.raises(TableError, match="negative or not finite"):
        bands(plan, -np.ones((2, 3, 1)))


@given(cities(), st.integers(0, 1_000))
@settings(max_examples=30, deadline=None)
def test_at_the_needs_of_the_plan_nothing_leaks(case, seed):
    need, programmes, areas = case
    plan = allocate(need, programmes, areas, rule="proportional")
    found = bands(plan, need.to_numpy()[None])
    assert found.covered[0] == pytest.approx(plan.covered)
    assert found.in_need[0] == plan.reached.sum().sum()
    random = np.random.default_rng(seed).poisson(need.fillna(0).to_numpy(), (20, *need.shape))
    other = bands(plan, random)
    assert 0 <= other.covered[0] <= other.covered[1] <= 1
    assert other.in_need[1] <= plan.reached.sum().sum()


# --- what is refused -------------------------------------------------------------------------


def test_everything_wrong_is_told_at_once():
    need = needs(course=[-1, 2.5, math.inf], other=[1, 1, 1]).rename({"k1": "k0"})
    programmes = [
        Programme("course", 0, -5, class_size=0, floor=-1, effect=0),
        Programme("cash", 10, None, class_size=10, floor=15, cap=15),
        Programme("cash", 10, 5, cap=-1),
    ]
    areas = places("xy")
    limits = Limits(minimum_share={"x": 0.7, "y": 0.6, "q": 0.1})
    with pytest.raises(TableError) as refused:
        allocate(need, programmes, areas, rule="need_ranked", limits=limits)
    told = str(refused.value)
    for part in (
        "'k0': two rows of needs",
        "'other': needs without a programme",
        "'cash': programmes without needs",
        "'cash': two programmes have this name",
        "needs of k0, k2 are negative or not finite",
        "needs of k0 are not whole",
        "kelurahan need a priority",
        "in which kecamatan k2 lie",
        "'course': the cost of a person",
        "'course': the budget must be whole rupiah",
        "'cash': it has no budget",
        "'course': a class must have one person",
        "'course': the fewest people",
        "'course': the effect",
        "'cash': at most 15 people of a kelurahan, but its classes and its fewest people",
        "'cash': the most people of a kelurahan must be whole",
        "'q': a minimum share is asked for",
        "minimum shares sum to 140 %",
    ):
        assert part in told


@pytest.mark.parametrize("figures", [[0, 0], [math.nan, 0], [math.nan, math.nan]])
def test_needs_of_nobody_are_refused(figures):
    with pytest.raises(TableError, match="Nobody is known to be in need"):
        allocate(needs(course=figures), [COURSE], places("xy"))


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        (Limits(common_budget_rp=-1), "common budget must be whole"),
        (Limits(minimum_share={"x": 1.5}), "'x': the minimum share is not between"),
        (Limits(minimum_share={"x": math.nan}), "'x': the minimum share is not between"),
    ],
)
def test_limits_that_cannot_be_are_refused(limits, message):
    with pytest.raises(TableError, match=message):
        allocate(THREE, [COURSE], URGENT, limits=limits)


def test_areas_must_say_their_kecamatan_once():
    with pytest.raises(TableError, match="Add the column"):
        allocate(THREE, [COURSE], URGENT[["priority"]])
    with pytest.raises(TableError, match="'k0': two rows of the areas"):
        allocate(THREE, [COURSE], pd.concat([URGENT, URGENT[:1]]))
    with pytest.raises(TableError, match="There is no programme"):
        allocate(needs(course=[1])[[]], [], places("x"))
