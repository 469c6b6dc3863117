import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from kantong.analysis.limits import told_limits

NAN = float("nan")


def table(*rows):
    return pd.DataFrame(list(rows), index=list("abcdefgh")[: len(rows)], columns=range(1, 4))


def told(*tables, **kept):
    return told_limits(tables, 5, **kept).to_numpy().tolist()


def test_what_lies_between_two_limits_is_nobody_or_enough():
    # After the first column 9 and 11, after the second 12 and 8: both would tell the 3.
    rows = [9, 3, 8], [9, 9, 9], [9, 2, 9]
    assert told(table(*rows)) == [[True, False], [True, True], [True, False]]
    assert told(table(*rows), first=[2]) == [[False, True], [True, True], [False, True]]
    assert told(table(*([9, 0, 8] for _ in "ab"))) == [[True, True]] * 2


def test_every_table_counts():
    first, second = table([9, 9, 9], [9, 9, 9]), table([3, 9, 9], [2, 9, 9])
    assert told(first, second) == [[False, True], [False, True]]


def test_a_limit_hidden_in_one_area_is_hidden_in_another_too():
    """Else the sum of all areas less the others tells it: the least of the others goes with it."""
    assert told(table([3, 90, 90], [8, 90, 90], [7, 90, 90]))[:3] == [
        [False, True], [True, True], [False, True],
    ]  # fmt: skip
    # Two of 1 are told by their sum, 2 and 3 are not.
    assert [row[0] for row in told(table([1, 9, 9], [1, 9, 9], [7, 9, 9]))] == [False] * 3
    assert [row[0] for row in told(table([2, 9, 9], [3, 9, 9], [7, 9, 9]))] == [False, False, True]


def test_what_is_not_known_hides_nothing():
    assert told(table([NAN, 9, 9], [9, 9, 9])) == [[True, True]] * 2


COUNTS = st.lists(st.sampled_from([0, 1, 2, 4, 5, 9, 30]), min_size=4, max_size=4)


@given(st.lists(st.tuples(COUNTS, COUNTS), min_size=2, max_size=6))
def test_no_subtraction_tells_a_small_count(areas):
    tables = [pd.DataFrame([one[side] for one in areas], columns=range(1, 5)) for side in (0, 1)]
    found = told_limits(tables, 5, first=[2])
    for side in (0, 1):
        for row, counts in zip(found.to_numpy(), (one[side] for one in areas), strict=True):
            places = [0, *(place + 1 for place in range(3) if row[place]), 4]
            for low in places:
                for high in places:
                    assert sum(counts[low:high]) not in {1, 2, 3, 4} or (low, high) == (0, 4)
    for limit in found:
        others = found.index[found[limit]]
        some = [(one.loc[others, :limit].sum(axis=1) > 0) for one in tables]
        assert (~found[limit]).sum() != 1 or not (some[0] & some[1]).any()
