"""Trends of z and what became of pockets."""

import itertools
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from kantong.analysis.emerging import (
    CLASSES,
    TRENDS,
    emerging,
    mann_kendall,
)
from kantong.geo.errors import TableError

HOT_FROM = 2.5
NAN = float("nan")


def rows(*series, codes=None):
    """Return z by kode and period."""
    periods = [f"{2020 + number // 4}-Q{number % 4 + 1}" for number in range(len(series[0]))]
    kodes = codes or [f"k{number}" for number in range(len(series))]
    return pd.DataFrame([list(one) for one in series], index=kodes, columns=periods, dtype=float)


def told(*series, **choices):
    """Return the frame for z that are hot above 2.5."""
    z = rows(*series)
    return emerging(z, z > HOT_FROM, **choices).frame


# --- trend -----------------------------------------------------------------------------------


def test_s_by_hand():
    # 3 1 4 2: rises 3-4, 1-4, 1-2; falls 3-1, 3-2, 4-2: S = 0.
    z = rows([3, 1, 4, 2])
    assert mann_kendall(z).to_numpy().tolist() == [[0, 1]]


def test_a_missing_period_is_left_out_of_the_test():
    # Known at places 0, 1, 3: rises only, S = 3, p = 2 / 3!.
    z = rows([1, 3, NAN, 9])
    assert mann_kendall(z).to_numpy()[0] == pytest.approx([3, 1 / 3])


@pytest.mark.parametrize(
    ("periods", "s", "tail"),
    [(4, 4, 0.167), (4, 6, 0.042), (5, 8, 0.042), (7, 13, 0.035), (8, 16, 0.031), (10, 23, 0.023)],
)
def test_exact_p_are_those_of_the_published_table(periods, s, tail):
    """Kendall (1975), upper tail probabilities of S, as in Gilbert (1987), table A18."""
    falls = (periods * (periods - 1) // 2 - s) // 2
    order = list(range(periods))
    # As many neighbours are changed as there shall be falls.
    for _each in range(falls):
        at = next(place for place in range(periods - 1) if order[place] < order[place + 1])
        order[at], order[at + 1] = order[at + 1], order[at]
    found = mann_kendall(rows(order)).loc["k0"]
    assert found["s"] == s
    assert found["p"] / 2 == pytest.approx(tail, abs=5.1e-4)


@settings(deadline=None)
@given(st.integers(2, 10).flatmap(lambda size: st.permutations(range(size))))
def test_without_ties_s_and_p_agree_with_scipy(order):
    found = mann_kendall(rows(order)).loc["k0"]
    expected = stats.kendalltau(range(len(order)), order, method="exact")
    assert found["s"] == pytest.approx(expected.statistic * math.comb(len(order), 2))
    assert found["p"] == pytest.approx(expected.pvalue)


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(0, 3), min_size=2, max_size=6))
def test_with_ties_p_is_the_share_of_all_orders_at_least_as_far_from_0(values):
    def rises(order):
        return sum(int(np.sign(b - a)) for a, b in itertools.combinations(order, 2))

    orders = [abs(rises(order)) for order in itertools.permutations(values)]
    expected = np.mean([each >= abs(rises(values)) for each in orders])
    found = mann_kendall(rows(values)).loc["k0"]
    assert found["s"] == rises(values)
    assert found["p"] == pytest.approx(expected)


def test_beyond_ten_periods_p_is_normal_with_ties_and_continuity_by_hand():
    # 1 to 10, then 10 again: S = 54 of 55 pairs. Variance (11 x 10 x 27 - 2 x 1 x 9) / 18 = 164.
    z = rows([*range(1, 11), 10])
    found = mann_kendall(z).loc["k0"]
    assert found["s"] == 54
    assert found["p"] == pytest.approx(2 * stats.norm.sf(53 / math.sqrt(164)))


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(0, 20), min_size=11, max_size=30))
def test_beyond_ten_periods_z_is_that_of_scipy_but_for_continuity(values):
    # scipy has none: its z is S / sd, ours (S - sign of S) / sd.
    found = mann_kendall(rows(values)).loc["k0"]
    if found["s"] == 0:
        assert found["p"] == 1
        return
    theirs = stats.kendalltau(range(len(values)), values, method="asymptotic").pvalue
    score = stats.norm.isf(theirs / 2) * (abs(found["s"]) - 1) / abs(found["s"])
    assert found["p"] == pytest.approx(2 * stats.norm.sf(score), rel=1e-6)


@given(st.lists(st.floats(-5, 5), min_size=2, max_size=12))
def test_turned_around_the_trend_is_the_same_the_other_way(values):
    z = rows(values, values[::-1])
    (s, p), (other_s, other_p) = mann_kendall(z).to_numpy()
    assert s == -other_s
    assert p == other_p


@pytest.mark.parametrize("periods", [2, 3, 4])
def test_of_too_few_periods_no_trend_is_told(periods):
    # The smallest p of 4 periods is 2 / 4! = 0.083.
    found = told(range(3, 3 + periods)).loc["k0"]
    assert found["p"] == pytest.approx(2 / math.factorial(periods))
    assert (found["trend"], found["class"]) == ("too_few", "persistent")


def test_five_periods_are_enough_unless_more_is_asked_for():
    # 2 / 5! = 0.0167.
    assert told(range(3, 8)).loc["k0", "trend"] == "up"
    assert told(range(3, 8), significance=0.01).loc["k0", "trend"] == "too_few"
    assert told(range(3, 7), significance=0.1).loc["k0", "trend"] == "up"


def test_periods_that_are_not_known_do_not_count_towards_a_trend():
    assert told([3, 4, NAN, 5, 6]).loc["k0", "trend"] == "too_few"


# --- classes ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("z", "kind", "trend"),
    [
        ([0, 1, 0, 1, 0, 3], "new", "none"),
        ([3, 4, 3, 4, 3, 4], "persistent", "none"),
        ([3, 4, 5, 6, 7, 8], "intensifying", "up"),
        ([8, 7, 6, 5, 4, 3], "fading", "down"),
        ([3, 0, 3, 0, 3, 3], "sporadic", "none"),
        ([3, 3, 3, 3, 3, 0], "former", "none"),
        ([3, 0, 0, 0, 0, 0], "former", "none"),
        ([0, 1, 0, 1, 0, 1], "", "none"),
        ([3, 3, 3, 3, 3, NAN], "missing", "none"),
        # A trend alone makes no lasting pocket.
        ([0, 1, 2, 3, 4, 5], "sporadic", "up"),
        ([-5, -4, -3, -2, -1, 3], "new", "up"),
        ([-1, -2, -3, -4, -5, -6], "", "down"),
    ],
)
def test_classes(z, kind, trend):
    found = told(z).loc["k0"]
    assert (found["class"], found["trend"]) == (kind, trend)


@pytest.mark.parametrize(
    ("before", "kind"),
    [
        ([3] * 9 + [0], "persistent"),  # 9 of 10
        ([3] * 8 + [0] * 2, "sporadic"),
        ([3] * 8 + [0], "sporadic"),  # 8 of 9 is less than 90 %
        ([3] * 8 + [0, NAN], "sporadic"),
        ([3] * 8 + [NAN] * 2, "persistent"),  # periods that are not known do not count
        ([NAN] * 10, "new"),
    ],
)
def test_lasting_is_hot_in_nine_of_ten_known_periods_before(before, kind):
    assert told([*before[::2], *before[1::2], 3]).loc["k0", "class"] == kind


def test_periods_are_counted():
    found = told([3, NAN, 0, 3], [NAN, NAN, NAN, NAN])
    assert found["periods"].to_list() == [3, 0]
    assert found["periods_hot"].to_list() == [2, 0]
    assert found["class"].to_list() == ["sporadic", "missing"]
    assert found.loc["k1", ["s", "p"]].isna().all()


def test_an_area_that_is_not_known_is_not_hot():
    z = rows([3, NAN, 3], [3, 3, 3])
    found = emerging(z, pd.DataFrame(True, index=z.index, columns=z.columns)).frame
    assert found["periods_hot"].to_list() == [2, 3]


def test_two_periods_tell_new_and_lasting_pockets():
    found = told([0, 3], [3, 3], [3, 0], [0, 0])
    assert found["class"].to_list() == ["new", "persistent", "former", ""]
    assert found["p"].to_list() == [1, 1, 1, 1]
    assert set(found["trend"]) == {"too_few"}


def test_one_period_has_no_trend_and_is_warned_of():
    z = rows([3], [0])
    found = emerging(z, z > HOT_FROM)
    assert found.frame["class"].to_list() == ["new", ""]
    assert found.frame[["s", "p"]].isna().all(axis=None)
    assert "only one period" in str(found.warnings[0])


@pytest.mark.parametrize(("periods", "warned"), [(2, True), (4, True), (5, False)])
def test_too_few_periods_are_warned_of(periods, warned):
    z = rows(range(periods))
    warnings = emerging(z, z > HOT_FROM).warnings
    assert bool(warnings) == warned
    assert not warned or "Of fewer than 5 no trend" in str(warnings[0])


def test_cold_pockets_are_hot_ones_of_the_other_sign():
    z = -rows([3, 4, 5, 6, 7], [0, 0, 0, 0, 3])
    found = emerging(-z, z < -HOT_FROM).frame
    assert found["class"].to_list() == ["intensifying", "new"]


@settings(deadline=None, max_examples=30)
@given(st.data())
def test_every_area_has_a_class_whatever_the_order_of_the_rows(data):
    size = data.draw(st.integers(1, 7))
    figure = st.one_of(st.sampled_from([0.0, 1, 2, 3, 4]), st.just(NAN))
    series = data.draw(st.lists(st.lists(figure, min_size=size, max_size=size), min_size=1))
    z = rows(*series)
    frame = emerging(z, z > HOT_FROM).frame
    turned = data.draw(st.permutations(list(z.index)))
    other = emerging(z.loc[turned], (z > HOT_FROM).loc[::-1]).frame
    assert list(other.index) == turned
    pd.testing.assert_frame_equal(other.loc[z.index], frame)
    assert set(frame["class"]) <= set(CLASSES)
    assert set(frame["trend"]) <= set(TRENDS)
    is_hot_now = z.iloc[:, -1] > HOT_FROM
    hot_classes = {"new", "persistent", "intensifying", "fading", "sporadic"}
    assert frame["class"].isin(hot_classes).equals(is_hot_now)


# --- refused ---------------------------------------------------------------------------------


def test_periods_out_of_order_or_twice_are_refused():
    z = rows([1, 2, 3])
    for columns in (["2024", "2023", "2025"], ["2023", "2023", "2024"]):
        turned = z.set_axis(columns, axis=1)
        with pytest.raises(TableError, match="are not in order"):
            emerging(turned, turned > HOT_FROM)


def test_no_period_is_refused():
    z = pd.DataFrame(index=["a"])
    with pytest.raises(TableError, match="no period"):
        emerging(z, z)


def test_all_faults_are_told_at_once():
    z = rows([1, 2], [1, np.inf], codes=["a", "b"])
    hot = (z > HOT_FROM).set_axis(["2019", "2020"], axis=1).set_axis(["a", "c"])
    with pytest.raises(TableError) as refused:
        emerging(z, hot)
    said = str(refused.value)
    assert len(refused.value.faults) == 3
    assert "pockets of 2019, 2020" in said
    assert "'b', 'c' have z or pockets only" in said
    assert "The figures of b are not finite" in said


def test_an_area_that_stands_twice_is_refused():
    z = rows([1, 2], [1, 2], codes=["a", "a"])
    with pytest.raises(TableError, match="'a' stand twice"):
        emerging(z, z > HOT_FROM)
