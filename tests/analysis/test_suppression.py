from dataclasses import replace
from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kantong.analysis.measures import Measure, measure
from kantong.analysis.suppression import SUPPRESSED, is_suppressed, suppress
from kantong.geo.schema import Indicator

COUNT = Indicator("count", {}, {}, {}, "count")
COUNTS = st.lists(st.one_of(st.integers(0, 12), st.none()), min_size=1, max_size=8)


def counted(values, codes=None):
    """Return a measure of counts; None where not known."""
    codes = codes or [f"k{row}" for row in range(len(values))]
    seen = pd.DataFrame({"kode": codes, "value": np.array(values, dtype=float)})
    seen = seen.assign(indicator="count", period="2025", dataset="register")
    return measure(seen, {"count": COUNT}, "count", "2025", seen[["kode"]])


def shown(found):
    return [None if pd.isna(one) else int(one) for one in found.value]


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ([3, 4, 9, 0, 20], [None, None, 9, 0, 20]),
        ([5, 6, 0, 20], [5, 6, 0, 20]),
        ([3, 9, 7, 0, 20], [None, 9, None, 0, 20]),
        ([3, 0, None, 20], [None, 0, None, None]),
        ([3, 0, 0], [None, 0, 0]),
        ([0, 0], [0, 0]),
    ],
)
def test_small_counts_and_the_partner_of_a_lone_one_are_hidden(counts, expected):
    assert shown(suppress(counted(counts), 5)) == expected


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ([1, 1, 9, 7], [None, None, 9, None]),
        ([4, 4, 4, 9, 7], [None, None, None, 9, None]),
        ([2, 2, 9, 7], [None, None, 9, 7]),
    ],
)
def test_hidden_counts_that_their_sum_would_tell_get_a_partner(counts, expected):
    assert shown(suppress(counted(counts), 5)) == expected


def test_of_two_equal_partners_the_lowest_kode_is_hidden():
    found = suppress(counted([7, 3, 7], ["b", "c", "a"]), 5)
    assert found.value[found.value.isna()].index.tolist() == ["c", "a"]


@pytest.mark.parametrize("smallest", [0, 1])
def test_without_a_threshold_all_is_shown(smallest):
    found = counted([1, 0, None, 2])
    same = suppress(found, smallest)
    pd.testing.assert_series_equal(same.value, found.value)
    pd.testing.assert_series_equal(same.reason, found.reason)


def test_a_rate_is_hidden_by_its_count(nine, nine_library):
    """The drawing with a threshold of 60: Anggrek's 50 are alone, Bakung is the first of four."""
    library = nine_library
    rate = measure(library.observations, library.indicators, "poor_rate", "2025", nine)
    found = suppress(rate, 60)
    hidden = ["99.01.01.1001", "99.01.01.1002"]
    assert is_suppressed(found).pipe(lambda one: one[one].index.tolist()) == hidden
    assert found.value[hidden].isna().all()
    assert found.numerator[hidden].isna().all()
    assert found.reason[hidden].tolist() == [SUPPRESSED] * 2
    assert found.reason["99.01.02.1007"] == "The count is not known."
    assert found.denominator.equals(rate.denominator)
    assert rate.value["99.01.01.1001"] == 5


def test_a_small_count_without_a_rate_is_hidden_too():
    found = counted([3, 2, 9])
    none = found.value.where(found.value > 5)
    rate = suppress(replace(found, value=none, reason=none.isna().map({True: "?", False: ""})), 5)
    assert rate.numerator.isna().tolist() == [True, True, False]
    assert is_suppressed(rate).tolist() == [True, True, False]


def test_each_group_with_a_total_is_protected():
    """Two small counts in two kecamatan: each is alone in the total of its own."""
    found = counted([3, 9, 7, 2, 8, 20])
    kecamatan = pd.Series(["Lor"] * 3 + ["Kidul"] * 3, index=found.value.index)
    assert shown(suppress(found, 5)) == [None, 9, 7, None, 8, 20]
    assert shown(suppress(found, 5, groups=kecamatan)) == [None, 9, None, None, None, 20]


def test_a_group_without_a_partner_gets_one_from_the_city():
    found = counted([3, 0, 9, 20])
    kecamatan = pd.Series(["Lor", "Lor", "Kidul", "Kidul"], index=found.value.index)
    assert shown(suppress(found, 5, groups=kecamatan)) == [None, 0, None, 20]


@settings(deadline=None)
@given(COUNTS, st.integers(0, 8))
def test_no_count_below_the_smallest_is_ever_shown(counts, smallest):
    found = suppress(counted(counts), smallest)
    for series in (found.value, found.numerator):
        assert not ((series > 0) & (series < smallest)).any()
    zeros = [row for row, one in enumerate(counts) if one == 0]
    assert (found.value.iloc[zeros] == 0).all()
    assert (is_suppressed(found) <= found.value.isna()).all()


@settings(deadline=None)
@given(COUNTS, st.integers(0, 8), st.randoms())
def test_row_order_is_irrelevant(counts, smallest, random):
    codes = [f"k{row}" for row in range(len(counts))]
    mixed = random.sample(list(zip(counts, codes, strict=True)), len(counts))
    other = suppress(counted([one for one, _ in mixed], [kode for _, kode in mixed]), smallest)
    plain = suppress(counted(counts, codes), smallest)
    assert other.value[codes].equals(plain.value)
    assert is_suppressed(other)[codes].equals(is_suppressed(plain))


def solutions(total, how_many, highest):
    """Return the ways in which so many positive counts make up a total."""
    return [one for one in product(range(1, highest + 1), repeat=how_many) if sum(one) == total]


@settings(deadline=None)
@given(st.lists(st.integers(0, 6), min_size=1, max_size=5), st.integers(2, 4))
def test_the_total_gives_no_hidden_count_away(counts, smallest):
    """Whoever knows the total and the rule for small counts is left with two values or more."""
    found: Measure = suppress(counted(counts), smallest)
    hidden = [one for one, is_hidden in zip(counts, is_suppressed(found), strict=True) if is_hidden]
    if not hidden or len(hidden) == np.count_nonzero(counts):
        return  # Nothing to hide, or no partner left: then the total is not shown.
    highest = smallest - 1 if max(hidden) < smallest else sum(hidden)
    ways = solutions(sum(hidden), len(hidden), highest)
    assert all(len({way[place] for way in ways}) > 1 for place in range(len(hidden)))
