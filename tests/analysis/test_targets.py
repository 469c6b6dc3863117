import math
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from kantong.analysis.targets import (
    AHEAD,
    BEHIND,
    NOT_TOLD,
    RSE_NOT_KNOWN,
    TOO_CLOSE,
    WITHIN_NOISE,
    largest_remainder,
    needed_path,
    progress,
    split_exits,
    survey_changes,
)
from kantong.geo.errors import TableError
from tests.conftest import ROOT

# Published by BPS (data/official): 34,840 poor people in 2024, 34,410 in 2025.
MALANG = pd.Series({2023: 37_780.0, 2024: 34_840, 2025: 34_410})


def test_the_path_of_the_city_to_thirty_thousand():
    path = needed_path(MALANG, 30_000, 2027)
    assert (path.since, path.start, path.by, path.target) == (2025, 34_410, 2027, 30_000)
    # Straight: 4,410 in two years. Constant rate: sqrt(30,000 / 34,410) = 0.93372...
    assert path.frame["straight"].tolist() == [34_410, 32_205, 30_000]
    assert path.frame["straight_exits"].tolist() == [pd.NA, 2_205, 2_205]
    assert path.frame["constant_rate"].tolist() == [34_410, 32_129, 30_000]
    assert path.frame["constant_rate_exits"].tolist() == [pd.NA, 2_281, 2_129]
    assert path.rate_percent == pytest.approx((math.sqrt(30_000 / 34_410) - 1) * 100)


def test_the_figures_are_those_of_the_published_series():
    (file,) = (ROOT / "data" / "official").glob("*series*.csv")
    published = pd.read_csv(file).set_index("year")["poor_thousand"] * 1000
    assert published.round()[MALANG.index].equals(MALANG)
    assert needed_path(published, 30_000, 2027).start == 34_410


def test_people_on_the_path_are_whole():
    path = needed_path(pd.Series({2024: 10.0}), 0, 2027)  # 6 2/3 and 3 1/3
    assert path.frame["straight"].tolist() == [10, 7, 3, 0]


@given(st.integers(0, 10**6), st.integers(0, 10**6), st.integers(1, 30))
def test_exits_sum_to_the_way_to_go(start, target, years):
    path = needed_path(pd.Series({2000: float(start)}), target, 2000 + years)
    frame = path.frame
    assert len(frame) == years + 1
    assert frame["straight_exits"].sum() == start - target
    exits = frame["straight_exits"].dropna()
    assert exits.max() - exits.min() <= 2  # the same each year, but for whole people
    if start and target:
        assert frame["constant_rate_exits"].sum() == start - target
        assert frame["constant_rate"].iloc[0] == start
    else:
        assert frame["constant_rate"].isna().all()
        assert math.isnan(path.rate_percent)


def test_the_start_can_be_chosen_and_gaps_in_the_series_do_not_matter():
    series = pd.Series({2025: math.nan, 2023: 90.0, 2021: 100.0})
    assert needed_path(series, 50, 2030).since == 2023
    assert needed_path(series, 50, 2030, since=2021).start == 100
    assert needed_path(series, 50, 2023).since == 2021


@pytest.mark.parametrize(
    ("series", "target", "by", "since", "message"),
    [
        (MALANG, 1, 2023, None, "no figure before 2023"),
        (MALANG, 1, 2027, 2020, "no figure before 2027"),
        (MALANG, 1, 2024, 2025, "no figure before 2024"),
        (MALANG, -1, 2027, None, "target is not a number of people"),
        (MALANG, 0.5, 2027, None, "target is not a number of people"),
        (MALANG, math.nan, 2027, None, "target is not a number of people"),
        (-MALANG, 1, 2027, None, "figures of 2023, 2024, 2025 are negative"),
        (MALANG[[2024, 2024]], 1, 2027, None, "two figures for 2024"),
    ],
)
def test_impossible_targets_and_series_are_refused(series, target, by, since, message):
    with pytest.raises(TableError, match=message):
        needed_path(series, target, by, since=since)


def test_progress_is_told_only_as_far_as_the_survey_can():
    path = needed_path(pd.Series({2024: 1_000.0}), 600, 2028)
    # Needed: 900, 800, 700. Half width 1.96 x 2 % of each: 33.3, 34.5, 23.5.
    seen = pd.Series({2025: 850.0, 2026: 880, 2027: 690})
    frame = progress(path, seen, rse=2)
    assert frame["straight"].tolist() == [900, 800, 700, 600]
    assert frame["state"].tolist() == [AHEAD, BEHIND, TOO_CLOSE, NOT_TOLD]
    assert frame["done_percent"].tolist()[:3] == pytest.approx([37.5, 30, 77.5])
    half = norm.ppf(0.975) * 0.02 * 850
    assert frame["lower"][2025] == pytest.approx(850 - half)
    assert frame["upper"][2025] == pytest.approx(850 + half)
    assert progress(path, seen)["state"].tolist() == [NOT_TOLD] * 4
    assert progress(path, seen, rse={2026: 2.0})["state"].tolist()[:2] == [NOT_TOLD, BEHIND]
    assert progress(path, seen, rse=0)["state"].tolist()[:3] == [AHEAD, BEHIND, AHEAD]
    near = progress(path, pd.Series({2025: 900.0, 2026: 810}), rse={2025: 0, 2026: 2})
    assert near["state"].tolist()[:2] == [AHEAD, TOO_CLOSE]


def test_a_target_that_is_met_already_has_no_share_done():
    path = needed_path(pd.Series({2024: 600.0}), 600, 2026)
    assert progress(path, pd.Series({2025: 590.0}), rse=0)["done_percent"].isna().all()


def test_a_change_is_beyond_noise_if_the_samples_tell_it_apart():
    found = survey_changes(MALANG, rse=2)
    for year, before in ((2024, 2023), (2025, 2024)):
        error = math.hypot(0.02 * MALANG[year], 0.02 * MALANG[before])
        p = 2 * norm.sf(abs(MALANG[year] - MALANG[before]) / error)
        assert found.loc[year, "beyond_noise"] == (p < 0.05)
    assert found["beyond_noise"].tolist() == [True, False]
    assert found["earlier"].tolist() == [2023, 2024]
    assert found["difference"].tolist() == [-2_940, -430]
    assert found["reason"].tolist() == ["", WITHIN_NOISE]
    assert ((found["lower"] + found["upper"]) / 2).tolist() == pytest.approx([-2_940, -430])


def test_without_a_sampling_error_nothing_is_told_but_how_small_it_must_be():
    found = survey_changes(MALANG)
    assert found["beyond_noise"].isna().all()
    assert found["reason"].tolist() == [RSE_NOT_KNOWN] * 2
    limit = float(found["rse_limit"][2025])
    assert limit == pytest.approx(100 * 430 / (norm.ppf(0.975) * math.hypot(34_840, 34_410)))
    assert survey_changes(MALANG, rse=limit * 0.999)["beyond_noise"][2025]
    assert not survey_changes(MALANG, rse=limit * 1.001)["beyond_noise"][2025]


def test_each_year_can_have_its_own_error_and_years_without_one_are_not_told():
    found = survey_changes(MALANG, rse={2023: 3.0, 2024: 2.0})
    assert found["beyond_noise"].isna().tolist() == [False, True]
    error = math.hypot(0.03 * 37_780, 0.02 * 34_840)
    assert found["upper"][2024] == pytest.approx(-2_940 + norm.ppf(0.975) * error)


def test_changes_go_over_gaps_and_a_series_of_one_has_none():
    found = survey_changes(pd.Series({2025: 5.0, 2020: math.nan, 2019: 9.0}), rse=1)
    assert (found.index.tolist(), found["earlier"].tolist()) == ([2025], [2019])
    assert survey_changes(MALANG.head(1), rse=1).empty
    assert survey_changes(pd.Series({1: 0.0, 2: 0.0}), rse=1)["beyond_noise"].tolist() == [False]


@pytest.mark.parametrize("rse", [-1, math.inf, {2024: -2.0}])
def test_impossible_errors_are_refused(rse):
    with pytest.raises(TableError, match="relative standard error is negative"):
        survey_changes(MALANG, rse=rse)


def test_exits_are_shared_out_by_rule():
    poor = pd.Series({"a": 60.0, "b": 30, "c": 10})
    assert split_exits(20, poor).exits.tolist() == [12, 6, 2]
    assert split_exits(20, poor, rule="equal").exits.tolist() == [7, 7, 6]
    score = pd.Series({"c": 0.5, "b": 0.5, "a": 0.0})
    assert split_exits(20, poor, rule="priority", score=score).exits.tolist() == [0, 10, 10]
    # c has 10 only: the other 14 go to b.
    assert split_exits(24, poor, rule="priority", score=score).exits.tolist() == [0, 14, 10]


def test_areas_that_are_not_known_get_no_share_rather_than_none():
    poor = pd.Series({"a": 60.0, "b": math.nan, "c": 40})
    found = split_exits(10, poor)
    assert found.exits.tolist() == [6, pd.NA, 4]
    assert found.left_out == ("b",)
    score = pd.Series({"a": 1.0, "b": 1.0})
    assert split_exits(10, poor, rule="priority", score=score).left_out == ("b", "c")


@given(
    st.lists(st.tuples(st.integers(0, 40), st.integers(0, 9)), min_size=1, max_size=9),
    st.integers(0, 300),
    st.sampled_from(["equal", "proportional", "priority"]),
    st.randoms(),
)
def test_whole_people_sum_exactly_within_what_there_are(rows, total, rule, random):
    kodes = [f"k{row}" for row in range(len(rows))]
    poor = pd.Series([float(a) for a, _ in rows], kodes)
    score = pd.Series([float(b) for _, b in rows], kodes)
    takers = poor[score > 0] if rule == "priority" else poor
    if takers.sum() < total:
        with pytest.raises(TableError, match="cannot be shared out"):
            split_exits(total, poor, rule=rule, score=score)
        return
    found = split_exits(total, poor, rule=rule, score=score).exits
    assert found.sum() == total
    assert ((found >= 0) & (found <= poor)).all()
    random.shuffle(kodes)
    turned = split_exits(total, poor[kodes], rule=rule, score=score).exits
    assert turned.sort_index().equals(found)
    if rule == "equal":
        below = found[found < poor]
        assert below.empty or found.max() - below.min() <= 1


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=12), st.integers(0, 10**5))
def test_largest_remainders_agree_with_exact_fractions(shares, total):
    if not sum(shares):
        return
    quota = [Fraction(total * share, sum(shares)) for share in shares]
    expected = [math.floor(one) for one in quota]
    rests = sorted(range(len(shares)), key=lambda one: (expected[one] - quota[one], one))
    for one in rests[: total - sum(expected)]:
        expected[one] += 1
    for unit in (1, 0.1, 1 / 3):
        assert largest_remainder(np.array(shares) * unit, total).tolist() == expected


def test_rests_that_differ_by_rounding_alone_are_equal():
    assert largest_remainder(np.array([0.3, 0.1 * 3]), 1).tolist() == [1, 0]


@pytest.mark.parametrize(
    ("total", "poor", "chosen", "message"),
    [
        (11, {"a": 5.0, "b": 5}, {}, "11 exits cannot be shared out.*10 at most. Raise the target"),
        (1, {"a": 0.0}, {}, "1 exits cannot be shared out"),
        (-1, {"a": 5.0}, {}, "-1 exits cannot be shared out"),
        (1, {"a": -5.0}, {}, "counts of a are negative"),
        (1, {"a": 5.0}, {"rule": "priority", "score": {"a": -1.0}}, "scores of a are negative"),
    ],
)
def test_what_cannot_be_shared_out_is_refused(total, poor, chosen, message):
    if "score" in chosen:
        chosen = chosen | {"score": pd.Series(chosen["score"])}
    with pytest.raises(TableError, match=message):
        split_exits(total, pd.Series(poor), **chosen)


def test_a_kode_that_stands_twice_is_refused():
    with pytest.raises(TableError, match="a have two figures"):
        split_exits(1, pd.Series([1.0, 2.0], index=["a", "a"]))


def test_a_split_by_priority_needs_a_score():
    with pytest.raises(ValueError, match="needs a score"):
        split_exits(1, pd.Series({"a": 5.0}), rule="priority")
