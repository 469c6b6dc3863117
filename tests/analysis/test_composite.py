import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.stats import rankdata, zscore

from kantong.analysis.composite import (
    BUDGET_SPENT,
    CONSTANT,
    COST_UNKNOWN,
    IMPUTED,
    composite,
    natural_gap,
    within_budget,
)
from kantong.geo.errors import TableError

# Five areas by hand. Percentile ranks (i - 0.5) / 5: 0.1, 0.3, 0.5, 0.7, 0.9; ties share the mean.
FIVE = pd.DataFrame(
    {"poor": [10.0, 20, 30, 40, 50], "toilets": [90.0, 50, 70, 50, 10]}, index=list("abcde")
)
# Fewer toilets are worse: e 1st, b and d share 3.5 from below, c 2, a 1.
POOR_RANKS = [0.1, 0.3, 0.5, 0.7, 0.9]
TOILET_RANKS = [0.1, 0.6, 0.3, 0.6, 0.9]
WORSE = {"poor": True, "toilets": False}


@st.composite
def tables(draw, columns=3):
    """Return whole-number indicators of 2 to 12 areas, weights and directions."""
    rows = draw(
        st.lists(
            st.lists(st.integers(0, 9), min_size=columns, max_size=columns), min_size=2, max_size=12
        )
    )
    names = [f"i{place}" for place in range(columns)]
    frame = pd.DataFrame(rows, columns=names, index=[f"k{row:02}" for row in range(len(rows))])
    weights = draw(st.lists(st.integers(0, 9), min_size=columns, max_size=columns).filter(any))
    worse = draw(st.lists(st.booleans(), min_size=columns, max_size=columns))
    return (
        frame.astype(float),
        dict(zip(names, weights, strict=True)),
        dict(zip(names, worse, strict=True)),
    )


WAYS = [(way, how) for way in ("rank", "z", "minmax") for how in ("arithmetic", "geometric")]


def test_percentile_ranks_are_weighed_and_added():
    found = composite(FIVE, {"poor": 3, "toilets": 1}, higher_is_worse=WORSE)
    expected = [(3 * a + b) / 4 for a, b in zip(POOR_RANKS, TOILET_RANKS, strict=True)]
    assert found.score.tolist() == pytest.approx(expected)
    assert found.rank.tolist() == [5, 4, 3, 2, 1]
    assert found.weights.to_dict() == {"poor": 0.75, "toilets": 0.25}
    assert found.parts["poor"].tolist() == pytest.approx([0.75 * one for one in POOR_RANKS])


def test_minmax_is_0_for_the_least_need_and_1_for_the_most():
    found = composite(FIVE, {"toilets": 1}, higher_is_worse=WORSE, normalisation="minmax")
    assert found.score.tolist() == pytest.approx([0, 0.5, 0.25, 0.5, 1])
    assert found.rank.tolist() == [5, 2, 4, 2, 1]
    assert found.tied.tolist() == [False, True, False, True, False]


def test_z_agrees_with_scipy():
    found = composite(FIVE, dict.fromkeys(WORSE, 1), higher_is_worse=WORSE, normalisation="z")
    expected = (zscore(FIVE["poor"]) - zscore(FIVE["toilets"])) / 2
    assert found.score.to_numpy() == pytest.approx(expected)


def test_the_geometric_mean_multiplies_what_was_stretched_to_1_and_100():
    frame = pd.DataFrame({"x": [0.0, 5, 10], "y": [10.0, 5, 0]}, index=list("abc"))
    found = composite(frame, {"x": 1, "y": 1}, aggregation="geometric", normalisation="minmax")
    assert found.score.tolist() == pytest.approx([10, 50.5, 10])
    assert found.rank.tolist() == [2, 1, 2]
    assert np.exp(found.parts["x"]).tolist() == pytest.approx([1, math.sqrt(50.5), 10])


def test_what_is_middling_in_all_ranks_above_what_is_extreme_only_where_geometric():
    frame = pd.DataFrame({"x": [0.0, 4, 10], "y": [10.0, 4, 0]}, index=list("abc"))
    assert composite(frame, {"x": 1, "y": 1}, normalisation="minmax").rank["b"] == 3
    geometric = composite(frame, {"x": 1, "y": 1}, normalisation="minmax", aggregation="geometric")
    assert geometric.rank["b"] == 1


@given(tables())
def test_rank_normalisation_agrees_with_scipy(table):
    frame, weights, worse = table
    found = composite(frame, weights, higher_is_worse=worse)
    for name in found.terms.columns:
        signed = frame[name] if worse[name] else -frame[name]
        expected = (rankdata(signed) - 0.5) / len(frame)
        if len(set(frame[name])) == 1:
            expected = np.zeros(len(frame))
        assert found.terms[name].to_numpy() == pytest.approx(expected)


@pytest.mark.parametrize(("way", "how"), WAYS)
@given(table=tables())
@settings(max_examples=30)
def test_parts_sum_to_the_score(way, how, table):
    frame, weights, worse = table
    found = composite(frame, weights, higher_is_worse=worse, normalisation=way, aggregation=how)
    total = found.parts.sum(axis=1)
    assert (total if how == "arithmetic" else np.exp(total)).equals(found.score)
    assert found.weights.sum() == pytest.approx(1)
    assert found.parts.equals(found.terms * found.weights)


@pytest.mark.parametrize(("way", "how"), WAYS)
@given(table=tables(), data=st.data())
@settings(max_examples=30)
def test_the_order_of_rows_and_columns_and_the_scale_of_weights_do_not_matter(
    way, how, table, data
):
    frame, weights, worse = table
    rows = data.draw(st.permutations(list(frame.index)))
    chosen = {"normalisation": way, "aggregation": how, "higher_is_worse": worse}
    found = composite(frame, weights, **chosen)
    turned = composite(frame.loc[rows], {name: 7 * one for name, one in weights.items()}, **chosen)
    assert turned.score.index.tolist() == rows
    assert turned.score.sort_index().to_numpy() == pytest.approx(found.score.to_numpy(), abs=1e-12)
    assert turned.rank.sort_index().tolist() == found.rank.tolist()
    across = composite(frame[frame.columns[::-1]], weights, **chosen)
    assert across.score.to_numpy() == pytest.approx(found.score.to_numpy(), abs=1e-12)
    assert across.rank.tolist() == found.rank.tolist()


def test_scores_are_the_same_to_the_last_bit_in_any_order_of_rows():
    figures = np.random.default_rng(1).normal(size=(40, 2))
    frame = pd.DataFrame(figures, columns=["x", "y"], index=[f"k{row:02}" for row in range(40)])
    found = composite(frame, {"x": 1, "y": 2}, normalisation="z")
    turned = composite(frame[::-1], {"x": 1, "y": 2}, normalisation="z")
    assert turned.score.equals(found.score[::-1])


@pytest.mark.parametrize(("way", "how"), WAYS)
@given(table=tables())
@settings(max_examples=30)
def test_what_is_worse_in_nothing_never_ranks_higher(way, how, table):
    frame, weights, worse = table
    found = composite(frame, weights, higher_is_worse=worse, normalisation=way, aggregation=how)
    signed = frame[found.weights.index] * [1 if worse[name] else -1 for name in found.weights.index]
    for low in frame.index:
        for high in frame.index:
            if (signed.loc[low] <= signed.loc[high]).all():
                assert found.rank[low] >= found.rank[high]


@pytest.mark.parametrize("way", ["z", "minmax"])
@given(table=tables(), scale=st.integers(1, 1000), shift=st.integers(-1000, 1000))
@settings(max_examples=30)
def test_the_unit_of_an_indicator_does_not_matter(way, table, scale, shift):
    frame, weights, worse = table
    chosen = {"normalisation": way, "higher_is_worse": worse}
    found = composite(frame, weights, **chosen)
    other = composite(frame.assign(i0=frame["i0"] * scale + shift), weights, **chosen)
    assert other.score.to_numpy() == pytest.approx(found.score.to_numpy(), abs=1e-9)


@pytest.mark.parametrize(("way", "how"), WAYS)
def test_a_constant_indicator_adds_nothing_and_is_told(way, how):
    frame = FIVE.assign(same=0.1 + 0.2)
    frame.loc["a", "same"] = 0.3  # the same but for rounding
    chosen = {"normalisation": way, "aggregation": how}
    found = composite(frame, {"poor": 1, "same": 1}, **chosen)
    assert (found.parts["same"] == 0).all()
    assert found.constant == ("same",)
    assert [fault.message for fault in found.told] == [CONSTANT]
    assert found.rank.equals(composite(frame, {"poor": 1}, **chosen).rank)


def test_areas_with_a_missing_indicator_are_left_out_with_what_is_missing():
    frame = FIVE.assign(
        poor=[10, 20, np.nan, 40, 50], houses=[1, np.nan, np.nan, 4, 5], unused=np.nan
    )
    found = composite(frame, {"poor": 1, "houses": 1, "unused": 0})
    assert found.left_out == {"b": ("houses",), "c": ("poor", "houses")}
    assert found.score[["b", "c"]].isna().all()
    assert found.rank.tolist() == [3, pd.NA, pd.NA, 2, 1]
    assert found.parts.loc[["b", "c"]].isna().all(axis=None)
    assert found.score["a"] == pytest.approx(0.5 / 3)  # ranked among the three that are known
    assert not found.imputed.to_numpy().any()
    assert not found.told


def test_medians_stand_in_only_when_asked_and_are_marked_and_told():
    frame = FIVE.assign(poor=[10, 20, np.nan, 40, 60])
    found = composite(frame, {"poor": 1}, impute=True, normalisation="minmax")
    assert found.score["c"] == pytest.approx(0.4)  # median of 10, 20, 40, 60 is 30
    assert found.imputed["poor"].tolist() == [False, False, True, False, False]
    assert found.left_out == {}
    assert [(told.message, told.details["count"]) for told in found.told] == [(IMPUTED, 1)]


def test_scores_that_differ_by_rounding_alone_are_tied():
    ranks = [[1, 2, 3], [2, 3, 1], [3, 1, 2]]  # a Latin square: every sum is the same
    frame = pd.DataFrame(np.array(ranks, dtype=float), index=list("abc"), columns=list("xyz"))
    found = composite(frame, dict.fromkeys("xyz", 1))
    assert found.rank.tolist() == [1, 1, 1]
    assert found.tied.all()


def test_huge_weights_do_not_overflow():
    found = composite(FIVE, {"poor": 1e308, "toilets": 1e308}, higher_is_worse=WORSE)
    assert found.weights.tolist() == [0.5, 0.5]


@pytest.mark.parametrize(
    ("frame", "weights", "worse", "message"),
    [
        (FIVE, {"poor": 0, "toilets": 0}, None, "All weights are 0"),
        (FIVE, {}, None, "All weights are 0"),
        (FIVE, {"poor": -1, "toilets": 2}, None, "weights of poor are negative"),
        (FIVE, {"poor": math.nan}, None, "weights of poor are negative or no numbers"),
        (FIVE, {"poor": math.inf}, None, "weights of poor are negative or no numbers"),
        (FIVE, {"poor": 1, "rich": 1}, None, "no figures of rich"),
        (FIVE, {"poor": 1}, {}, "not said whether more of poor is worse"),
        (FIVE.replace(30, math.inf), {"poor": 1}, None, "figures of c for poor are not finite"),
        (FIVE.assign(poor=math.nan), {"poor": 1}, None, "poor: not known in any area"),
        (FIVE.loc[["a", "a", "b"]], {"poor": 1}, None, "'a' stand twice"),
        (FIVE[["poor", "poor"]], {"poor": 1}, None, "'poor' are two columns"),
        (FIVE.head(1), {"poor": 1}, None, "Only 1 areas have a figure"),
    ],
)
def test_bad_input_is_refused(frame, weights, worse, message):
    with pytest.raises(TableError, match=message):
        composite(frame, weights, higher_is_worse=worse)


def test_all_faults_are_told_at_once():
    with pytest.raises(TableError) as refused:
        composite(FIVE.replace(30, math.inf), {"poor": 1, "rich": -1}, higher_is_worse={})
    assert len(refused.value.faults) == 4


def test_the_largest_gap_within_the_window_is_taken():
    score = pd.Series([10, 9, 8, 3, 2, 1, -9.0], index=list("gfedcba"))
    found = natural_gap(score, at_least=1, at_most=5)
    assert found
    assert (found.position, found.size, found.relative) == (3, 5, 5)  # gaps 1 1 5 1 1 10
    assert found.kodes == ("g", "f", "e")
    later = natural_gap(score, at_least=4, at_most=20)
    assert later
    assert later.position == 6


def test_equal_gaps_give_the_shorter_list_and_ties_are_never_cut():
    score = pd.Series([9, 9, 9, 6, 3, 0.0], index=list("cbadef"))
    found = natural_gap(score, at_least=1, at_most=5)
    assert found
    assert (found.position, found.kodes) == (3, ("a", "b", "c"))
    assert natural_gap(score, at_least=1, at_most=2) is None
    assert natural_gap(pd.Series([2.0, np.nan], index=list("ab")), at_least=1) is None


@given(st.lists(st.integers(0, 30), min_size=2, max_size=15), st.integers(1, 4), st.integers(0, 9))
def test_no_gap_in_the_window_is_larger(values, at_least, more):
    score = pd.Series(values, index=[f"k{row:02}" for row in range(len(values))], dtype=float)
    found = natural_gap(score, at_least=at_least, at_most=at_least + more)
    ordered = sorted(values, reverse=True)
    window = range(at_least, min(at_least + more, len(values) - 1) + 1)
    gaps = {place: ordered[place - 1] - ordered[place] for place in window}
    largest = max(gaps.values(), default=0)
    assert (found is None) == (largest == 0)
    if found:
        assert found.size == largest == gaps[found.position]
        assert found.position == min(place for place in gaps if gaps[place] == largest)


def test_an_empty_window_is_an_error():
    with pytest.raises(ValueError, match="no positions from 5 to 3"):
        natural_gap(pd.Series([1.0]), at_least=5, at_most=3)


def by_kode(*values):
    return pd.Series(values, index=list("abcdef")[: len(values)], dtype=float)


def test_a_budget_pays_from_the_top_and_skips_none():
    found = within_budget(by_kode(9, 8, 7), by_kode(40, 50, 5), 60)
    assert (found.kodes, found.spent_rp, found.left_rp) == (("a",), 40, 20)
    assert (found.next_kodes, found.reason) == (("b",), BUDGET_SPENT)


def test_a_budget_that_is_met_exactly_is_enough():
    found = within_budget(by_kode(9, 8), by_kode(40, 20), 60)
    assert (found.kodes, found.left_rp, found.next_kodes, found.reason) == (("a", "b"), 0, (), "")


def test_equal_scores_are_paid_together_or_not_at_all():
    costs = by_kode(10, 30, 30, 1)
    found = within_budget(by_kode(9, 8, 8, 7), costs, 60)
    assert (found.kodes, found.next_kodes) == (("a",), ("b", "c"))
    assert within_budget(by_kode(9, 8, 8, 7), costs, 70).kodes == ("a", "b", "c")


def test_a_cost_that_is_not_known_is_not_zero():
    found = within_budget(by_kode(9, 8, 7), by_kode(10, math.nan, 10), 100)
    assert (found.kodes, found.next_kodes, found.reason) == (("a",), ("b",), COST_UNKNOWN)
    assert within_budget(by_kode(9, 8), by_kode(10), 100).reason == COST_UNKNOWN


def test_areas_without_a_score_are_not_paid():
    assert within_budget(by_kode(9, math.nan), by_kode(10, 10), 100).kodes == ("a",)


@pytest.mark.parametrize(
    ("costs", "budget", "message"),
    [
        (by_kode(-1, 2), 5, "costs of a are negative"),
        (by_kode(1, math.inf), 5, "costs of b are negative or not finite"),
        (by_kode(1, 2), -5, "budget is negative"),
        (by_kode(1, 2), math.nan, "budget is negative or no number"),
    ],
)
def test_impossible_costs_are_refused(costs, budget, message):
    with pytest.raises(TableError, match=message):
        within_budget(by_kode(9, 8), costs, budget)


@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 20)), min_size=1, max_size=6),
    st.integers(0, 60),
)
def test_one_group_more_would_break_the_budget(rows, budget):
    score, costs = by_kode(*(row[0] for row in rows)), by_kode(*(row[1] for row in rows))
    found = within_budget(score, costs, budget)
    assert found.spent_rp == costs[list(found.kodes)].sum() <= budget
    assert found.spent_rp + found.left_rp == budget
    if found.next_kodes:
        assert found.spent_rp + costs[list(found.next_kodes)].sum() > budget
        assert len(set(score[list(found.next_kodes)])) == 1
    assume(found.kodes)
    rest = score.drop(list(found.kodes))
    assert rest.empty or score[list(found.kodes)].min() > rest.max()
