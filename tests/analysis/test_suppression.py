from dataclasses import replace
from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kantong.analysis.measures import Measure, measure
from kantong.analysis.suppression import (
    SUPPRESSED,
    hidden,
    hidden_by_level,
    hidden_together,
    is_suppressed,
    suppress,
)
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


def test_a_group_without_a_partner_takes_a_whole_group_with_it():
    """Lor has nothing but 3, so no total; 32 in all, less a total of Kidul (29), would tell it."""
    found = counted([3, 0, 9, 20, 30, 40])
    kecamatan = pd.Series(["Lor"] * 2 + ["Kidul"] * 2 + ["Wetan"] * 2, index=found.value.index)
    assert shown(suppress(found, 5, groups=kecamatan)) == [None, 0, None, None, 30, 40]


def test_groups_without_totals_that_hide_each_other_need_no_more():
    """3 and 2 in two kecamatan: from their sum, 5, neither can be told."""
    found = counted([3, 0, 2, 0, 30, 40])
    kecamatan = pd.Series(["Lor"] * 2 + ["Kidul"] * 2 + ["Wetan"] * 2, index=found.value.index)
    assert shown(suppress(found, 5, groups=kecamatan)) == [None, 0, None, 0, 30, 40]


def test_what_must_be_hidden_besides_is_protected_like_a_small_count():
    counts = pd.Series([8.0, 0, 12, 20], index=list("abcd"))
    besides = pd.Series([True, True], index=["a", "b"])
    assert hidden(counts, 5, besides=besides).tolist() == [True, False, True, False]


def in_levels(counts, regions, wholes):
    """Return what is hidden of areas, regions and wholes, as text: x hidden, . shown."""
    index = [f"k{row}" for row in range(len(counts))]
    parents = [
        pd.Series(list(regions), index=index),
        pd.Series(list(wholes), index=sorted(set(regions))),
    ]
    found = hidden_by_level(pd.Series(counts, index=index, dtype=float), parents, 5)
    return ["".join("x" if one else "." for one in level) for level in found]


def test_a_region_is_hidden_with_its_parts_and_parts_with_their_region():
    """A has 1 and 2, together 3; B, the smallest beside it, goes with it, and so do its parts."""
    told = in_levels([1, 2, 20, 30, 40, 60], "AABBCC", "XXX")
    assert told == ["xxxx..", "xx.", "."]


def test_a_whole_is_hidden_where_nothing_of_it_is_shown():
    """X has 4 only, in A; of Y, the other whole, all must be hidden: 4 is the sum less Y."""
    assert in_levels([4, 0, 20, 30, 40, 60], "AABBCC", "XYY") == ["x.xxxx", "xxx", "xx"]


def with_parts(table, smallest=5):
    """Return what is hidden of a whole (first column) and its parts, as text: a row an area."""
    names = ["whole", *(f"part{number}" for number in range(1, len(table[0])))]
    counts = pd.DataFrame(table, columns=names, dtype=float)
    found = hidden_together(
        {name: [counts[name]] for name in names},
        "whole",
        smallest,
        lambda name, besides: [hidden(counts[name], smallest, besides=besides[0])],
    )
    return [
        "".join("x" if found[name][0][row] else "." for name in names) for row in range(len(table))
    ]


def test_a_small_part_does_not_follow_from_the_whole_and_the_other_parts():
    """29 less 6 and 20 would be 3, so the 6 goes too; in their columns the 7 and the 8 below.

    Then each row and each column hides two, and none follows from the others.
    """
    table = [[29, 3, 6, 20], [45, 7, 8, 30], [90, 20, 30, 40]]
    assert with_parts(table) == [".xx.", ".xx.", "...."]


def test_parts_that_hide_each_other_need_no_more():
    table = [[25, 3, 2, 20], [28, 4, 4, 20], [90, 20, 30, 40]]
    assert with_parts(table, 6) == [".xx.", ".xx.", "...."]


def test_parts_of_one_each_follow_from_the_whole_and_get_a_partner():
    """22 less 20 is 2: one and one. The 20 goes too, and in its column the smallest beside it."""
    told = with_parts([[22, 1, 1, 20], [41, 1, 10, 30], [90, 20, 30, 40]])
    assert told[0] == ".xxx"
    assert all(row.count("x") != 1 for row in told)


def test_a_whole_without_parts_in_the_same_period_is_protected_by_itself():
    assert with_parts([[3], [9], [20]]) == ["x", "x", "."]


@settings(deadline=None)
@given(
    st.integers(1, 3).flatmap(
        lambda parts: st.lists(
            st.lists(st.integers(0, 9), min_size=parts, max_size=parts), min_size=1, max_size=5
        )
    )
)
def test_no_row_and_no_column_hides_a_single_count(rows):
    """But where nothing is left to hide: then the sum is hidden too, or has nothing else in it."""
    table = [[sum(row), *row] for row in rows]
    told = with_parts(table)
    for counts, marks in zip(table, told, strict=True):
        assert all(mark == "x" for count, mark in zip(counts, marks, strict=True) if 0 < count < 5)
        assert marks.count("x") != 1
    for place in range(len(table[0])):
        marks = [mark[place] for counts, mark in zip(table, told, strict=True) if counts[place] > 0]
        assert marks.count("x") != 1 or len(marks) == 1


def test_levels_without_small_counts_show_all():
    assert in_levels([5, 0, 20, 30, 40, 60], "AABBCC", "XYY") == ["......", "...", ".."]


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 9), st.sampled_from("abc")), min_size=1, max_size=9))
def test_no_total_gives_a_hidden_count_away(rows):
    """Known are the total of all, and of each group of which something is shown."""
    counts, groups = [one for one, _ in rows], [group for _, group in rows]
    found = counted(counts)
    covered = is_suppressed(
        suppress(found, 4, groups=pd.Series(groups, index=found.value.index))
    ).tolist()
    told = {group for one, group, no in zip(counts, groups, covered, strict=True) if one and not no}
    if not told:
        return  # then no total is shown
    for tellable in [*({group} for group in told), set(groups) - told]:
        secret = [
            one
            for one, group, no in zip(counts, groups, covered, strict=True)
            if no and group in tellable
        ]
        if not secret:
            continue
        # Positive counts of this sum, all below 4 where all are small: is there more than one way?
        highest = 3 if max(secret) < 4 else sum(secret)
        assert len(secret) > 1
        assert len(secret) < sum(secret) < len(secret) * highest


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
