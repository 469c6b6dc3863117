import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kantong.analysis.rates import COUNT_MISSING, DENOMINATOR_ZERO
from kantong.analysis.reach import (
    CITY,
    COLUMNS,
    GAP,
    NO_NEED,
    NO_PROGRAMME,
    NOT_KNOWN,
    PLEDGED,
    SERVED,
    UNCLEAR,
    UNCLEAR_PERIOD,
    UNKNOWN_AREA,
    coverage,
    double_service,
    gaps,
    interventions,
    long_stayers,
    reach,
    rupiah_per_poor,
    targeting,
)
from kantong.geo.errors import TableError

NAN = float("nan")
KODES = ["a", "b", "c", "d"]
# kode d has nothing; c is trained, nobody knows how many; b's meals reached nobody yet.
ROWS = [
    ("PKH", "cash", "APBN", "a", "2025", 30, 30, NAN),
    ("PKH", "cash", "APBN", "b", "2025", 20, 10, NAN),
    ("Meals", "food", "APBD kota", "a", "2025-Q1", 5, 4, 400),
    ("Meals", "food", "APBD kota", "a", "2025-Q2", 5, 6, 600),
    ("Meals", "food", "CSR (Forum TSP)", "a", "2025", 2, 2, 100),
    ("Meals", "food", "APBD kota", "b", "2025", 5, 0, 0),
    ("Training", "training", "APBD kota", "c", "2025", 9, NAN, 900),
    ("Training", "training", "APBD kota", "c", "2024", 9, 9, 900),
]


def table(rows):
    return pd.DataFrame(rows, columns=list(COLUMNS))


def checked(rows=ROWS, kodes=KODES):
    return interventions(table(rows), kodes)


def test_programmes_are_set_side_by_side_and_missing_is_not_zero():
    found = reach(checked(), "2025")
    assert found.reached.columns.tolist() == ["Meals", "PKH", "Training"]
    expected = [[8, 30, NAN], [0, 10, NAN], [NAN, NAN, NAN], [NAN, NAN, NAN]]
    assert np.array_equal(found.reached, expected, equal_nan=True)
    assert found.recorded.to_numpy().tolist() == [[3, 1, 0], [1, 1, 0], [0, 0, 1], [0, 0, 0]]
    assert found.unknown.to_numpy().tolist() == [[0] * 3, [0] * 3, [0, 0, 1], [0] * 3]


def test_quarters_of_a_year_serve_the_same_people_and_are_not_added():
    # Of the city's 4 and 6 the larger, with the 2 of companies.
    assert reach(checked(), "2025").reached.loc["a", "Meals"] == 8
    assert reach(checked(), "2025-Q1").reached.loc["a", "Meals"] == 4 + 2
    assert reach(checked(), "2025-Q4").reached.loc["a", "Meals"] == 2
    assert reach(checked(), "2024").reached.loc["c"].to_dict() == {"Training": 9}


def test_a_period_without_interventions_has_no_programmes():
    assert reach(checked(), "2020").reached.shape == (4, 0)


@given(
    st.lists(
        st.tuples(st.sampled_from("ab"), st.sampled_from("PQ"), st.sampled_from([1, 2, None])),
        max_size=12,
    )
)
def test_sums_of_one_period_agree_with_a_plain_groupby(seen):
    rows = [(prog, "cash", "APBN", kode, "2025", NAN, n, NAN) for kode, prog, n in seen]
    found = reach(checked(rows, ["a", "b"]), "2025")
    for kode in "ab":
        for programme in found.reached.columns:
            known = [n for k, p, n in seen if (k, p) == (kode, programme) and n]
            value = found.reached[programme].to_dict()[kode]
            assert value == sum(known) if known else math.isnan(value)
    assert found.recorded.to_numpy().sum() == len(seen)
    assert found.unknown.to_numpy().sum() == sum(n is None for _, _, n in seen)


def test_what_cannot_be_placed_is_set_aside_and_told_and_none_is_lost():
    rows = [
        *ROWS,
        ("PKH", "cash", "APBN", "z", "2025", 1, 1, 1),
        ("PKH", "cash", "APBN", "a", "last year", 1, 1, 1),
        (None, "cash", "APBN", "a", "2025", 1, 1, 1),
    ]
    found = checked(rows)
    assert found.aside["reason"].tolist() == [UNKNOWN_AREA, UNCLEAR_PERIOD, NO_PROGRAMME]
    assert sorted([*found.rows.index, *found.aside.index]) == list(range(len(rows)))
    told = "\n".join(str(fault) for fault in found.told)
    assert "1 interventions are in kelurahan that are not among the boundaries: 'z'" in told
    assert "1 interventions have a period that is neither a year nor a quarter: 'last year'" in told
    assert "1 interventions in 'a' have no programme" in told


def test_funders_that_are_missing_or_strange_are_told_and_their_rows_kept():
    rows = [(*ROWS[0][:2], funder, *ROWS[0][3:]) for funder in (None, "", "Bank X", "APBN")]
    found = checked(rows)
    assert [str(fault) for fault in found.told[:2]] == [
        "2 interventions do not say who pays.",
        (
            "1 interventions are paid by funders that are not known: 'Bank X'. Whether city and "
            "province pay for the same cannot be told of them."
        ),
    ]
    assert reach(found, "2025").reached.loc["a", "PKH"] == 120


def test_a_row_that_stands_twice_is_told():
    found = checked([ROWS[0], ROWS[0], ROWS[1]])
    (told,) = found.told
    assert str(told).startswith("PKH stands several times for 2025 in a. Their numbers are added")


def test_a_year_beside_quarters_of_it_is_told():
    year = (*ROWS[2][:4], "2025", 5, 5, 100)
    found = checked([*ROWS[2:4], year])
    (told,) = found.told
    assert str(told).startswith("Meals stands for the whole of 2025 and for quarters of it in a.")
    assert not checked(ROWS).told


def test_negative_and_infinite_numbers_are_refused_together():
    rows = [(*ROWS[0][:5], -1, 2, math.inf)]
    with pytest.raises(TableError, match=r"target is negative or not finite: 'PKH' 'a'") as refused:
        checked(rows)
    assert len(refused.value.faults) == 2


def test_missing_columns_are_refused():
    with pytest.raises(TableError, match="lack the columns reached, budget_rp"):
        interventions(table(ROWS).drop(columns=["reached", "budget_rp"]), KODES)


def test_rupiah_per_poor_person_says_which_budgets_are_missing():
    found = rupiah_per_poor(checked(), "2025", pd.Series({"a": 100, "b": 50, "c": 0, "d": 9}))
    assert found["budget_rp"].fillna(-1).tolist() == [1100, 0, 900, -1]
    assert found["unknown"].tolist() == [1, 1, 0, 0]
    assert found["value"].fillna(-1).tolist() == [11, 0, -1, -1]
    assert found["reason"].tolist() == ["", "", DENOMINATOR_ZERO, COUNT_MISSING]
    silent = rupiah_per_poor(checked(ROWS[:2]), "2025", pd.Series({"a": 100.0, "b": 50}))
    assert silent["budget_rp"].isna().all()
    assert silent["unknown"].tolist() == [1, 1, 0, 0]


def test_a_gap_is_need_with_nothing_there():
    need = pd.Series({"a": 50.0, "b": 50.0, "c": 50.0, "d": 50.0})

    def states(period="2025", kinds=None, need=need):
        return gaps(checked(), need, 50, period=period, kinds=kinds)["state"].tolist()

    assert states() == [SERVED, SERVED, UNCLEAR, GAP]
    assert states(kinds=["food"]) == [SERVED, GAP, GAP, GAP]
    assert states(period="2024") == [GAP, GAP, SERVED, GAP]
    assert states(need=need.mul([1, 0.5, 1, 1])) == [SERVED, NO_NEED, UNCLEAR, GAP]
    assert states(need=need.drop("d")) == [SERVED, SERVED, UNCLEAR, NOT_KNOWN]


def test_what_is_planned_or_pledged_is_no_gap_and_reaches_nobody():
    rows = [
        ("Meals", "food", "CSR (Forum TSP)", "a", "2025", 5, NAN, 400),
        ("Meals", "food", "PT Maju", "b", "2025", 5, 0, 400),
        ("Meals", "food", "PT Maju", "c", "2025", 5, NAN, 400),
        ("Rice", "food", "APBD kota", "c", "2025", 5, NAN, 400),  # under way: perhaps it reaches
        ("Meals", "food", "PT Maju", "d", "2025", 5, 0, 400),
        ("Rice", "food", "APBD kota", "d", "2025", 5, 3, 400),
    ]
    need = pd.Series(50.0, index=KODES)

    def states(*statuses, **kept):
        known = table(rows).assign(**({"status": statuses} if statuses else {}))
        return gaps(interventions(known, KODES), need, 50, period="2025", **kept)["state"].tolist()

    ahead = "planned", "pledged", "pledged", "running", "pledged", "running"
    assert states(*ahead) == [PLEDGED, PLEDGED, UNCLEAR, SERVED]
    assert states(*ahead, kinds=["cash"]) == [GAP, GAP, GAP, GAP]
    begun = "running", "running", "pledged", "planned", "running", "done"
    assert states(*begun) == [UNCLEAR, GAP, PLEDGED, SERVED]
    assert states() == [UNCLEAR, GAP, UNCLEAR, SERVED]


def test_two_of_a_kind_at_the_same_time_in_the_same_place_are_paired():
    rows = [
        ("Meals", "food", "APBD kota", "a", "2025", NAN, 7, NAN),
        ("Rice", "food", "APBD provinsi", "a", "2025-Q3", NAN, 5, NAN),
        ("Rice", "food", "APBD provinsi", "a", "2024", NAN, 5, NAN),  # another time
        ("Rice", "food", "APBD provinsi", "b", "2025", NAN, 5, NAN),  # another place
        ("PKH", "cash", "APBN", "a", "2025", NAN, 5, NAN),  # another kind
        ("Meals", "food", "CSR (Forum TSP)", "a", "2025", NAN, NAN, NAN),
    ]
    found = double_service(checked(rows))
    pairs = found[["programme_1", "funder_1", "programme_2", "funder_2"]].to_numpy().tolist()
    assert pairs == [
        ["Meals", "APBD kota", "Rice", "APBD provinsi"],
        ["Meals", "APBD kota", "Meals", "CSR (Forum TSP)"],
        ["Rice", "APBD provinsi", "Meals", "CSR (Forum TSP)"],
    ]
    assert found["city_and_province"].tolist() == [True, False, False]
    assert found["at_most"].fillna(-1).tolist() == [5, -1, -1]
    assert set(found["kode"]) == {"a"}


def test_an_empty_text_is_not_known():
    """Tables are read with empty cells as empty texts."""
    nameless = ("", "cash", "APBN", "a", "2025", NAN, 5, NAN)
    found = checked([ROWS[0], nameless])
    assert found.aside["reason"].tolist() == [NO_PROGRAMME]
    kindless = [(name, "", payer, *ROWS[0][3:]) for name, payer in (("P", "APBN"), ("Q", "PUPR"))]
    assert double_service(checked(kindless)).empty


def test_one_programme_of_one_funder_is_no_double_service():
    assert double_service(checked([ROWS[2], ROWS[2], ROWS[3]])).empty
    assert double_service(checked([])).empty
    nameless = [(name, None, *ROWS[0][2:]) for name in ("PKH", "BLT")]
    assert double_service(checked(nameless)).empty


def test_who_is_the_province_can_be_said():
    rows = [
        ("Meals", "food", "Dinsos Jatim", "a", "2025", NAN, 7, NAN),
        ("Rice", "food", "APBD kota", "a", "2025", NAN, 5, NAN),
    ]
    levels = {"Dinsos Jatim": "province", "APBD kota": CITY}
    found = interventions(table(rows), KODES, levels=levels)
    assert not found.told
    assert double_service(found, levels=levels)["city_and_province"].tolist() == [True]
    assert double_service(found)["city_and_province"].tolist() == [False]


def test_coverage_sets_sums_against_sums_where_both_are_known():
    found = coverage(reach(checked(), "2025"), pd.Series({"a": 100.0, "b": NAN, "c": 10, "d": 10}))
    assert found.loc["PKH"].to_dict() == {
        "reached": 30, "group": 100, "percent": 30, "areas": 1, "unknown": 3
    }  # fmt: skip
    assert found.loc["Training", ["reached", "group", "percent"]].isna().all()
    assert found.loc["Training", "areas"] == 0


def by_decile(*rows):
    return pd.DataFrame(list(rows), index=KODES[: len(rows)], columns=range(1, 11), dtype=float)


def test_exclusion_is_of_the_poor_and_inclusion_of_those_who_receive():
    families = by_decile([20, 30, 40, 50, 60, 70, 80, 90, 99, 99])
    paid = by_decile([16, 14, 9, 9, 0, 5, 3, 2, 1, 1])
    found = targeting(families, paid)
    assert found.frame.iloc[0].to_dict() == {
        "excluded": 20, "poor": 50, "exclusion": 40,
        "included": 12, "recipients": 60, "inclusion": 20,
    }  # fmt: skip
    # With one line, after decile 2, all others who receive are let in: 30 of 60.
    assert targeting(families, paid, eligible=2).inclusion == 50
    assert targeting(families, paid, poorest=1).exclusion == 20


def test_errors_of_the_city_are_ratios_of_sums_and_leave_out_what_is_not_known():
    families = by_decile([10] * 10, [30] * 10, [10] * 10)
    paid = by_decile([10, 10, *[0] * 8], [0, 0, *[30] * 8], [NAN, *[9] * 9])
    found = targeting(families, paid)
    assert found.frame["exclusion"].fillna(-1).tolist() == [0, 100, -1]
    assert found.exclusion == pytest.approx(60 / 80 * 100)
    assert found.inclusion == pytest.approx(150 / 260 * 100)


def test_nobody_who_receives_means_no_inclusion_error():
    found = targeting(by_decile([10] * 10), by_decile([0] * 10))
    assert found.exclusion == 100
    assert math.isnan(found.inclusion)
    assert found.frame["inclusion"].isna().all()


def test_more_receiving_than_there_are_is_told_and_left_out():
    families = by_decile([10] * 10, [10] * 10)
    found = targeting(families, by_decile([11, *[0] * 9], [5] * 10))
    assert found.frame.loc["a"].isna().all()
    assert found.exclusion == 50
    assert "In a more families of a decile receive" in str(found.told[0])


def test_places_are_matched_by_kode():
    families, paid = by_decile([10] * 10, [20] * 10), by_decile([1] * 10, [2] * 10)
    found = targeting(families, paid[::-1]).frame
    assert found["excluded"].to_dict() == {"a": 18, "b": 36}
    for one, other in ((families, paid.head(1)), (families.head(1), paid)):
        assert targeting(one, other).frame["excluded"].isna().to_dict() == {"a": False, "b": True}


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=10, max_size=10))
def test_errors_agree_with_plain_sums(cells):
    whole, paid = [a + b for a, b in cells], [b for _, b in cells]
    found = targeting(by_decile(whole), by_decile(paid))
    poor, all_paid = sum(whole[:2]), sum(paid)
    exclusion = 100 * (poor - sum(paid[:2])) / poor if poor else NAN
    inclusion = 100 * sum(paid[5:]) / all_paid if all_paid else NAN
    assert found.exclusion == pytest.approx(exclusion, nan_ok=True)
    assert found.inclusion == pytest.approx(inclusion, nan_ok=True)


@pytest.mark.parametrize(("poorest", "eligible"), [(0, 5), (6, 5), (2, 10)])
def test_deciles_that_cannot_be_are_errors(poorest, eligible):
    with pytest.raises(ValueError, match="no deciles"):
        targeting(by_decile([1] * 10), by_decile([1] * 10), poorest=poorest, eligible=eligible)


def test_long_stayers_are_served_for_longer_without_having_moved():
    counts = pd.DataFrame(
        [
            ("a", 12, False, 30),
            ("a", 10, False, 10),  # not longer than ten years
            ("a", 15, True, 20),
            ("a", NAN, True, 15),  # moved: no long stayer whatever the years
            ("a", 3, None, 5),  # not for long: none whatever the decile
            ("a", NAN, False, 7),
            ("a", 12, None, 3),
            ("b", NAN, None, 4),
            ("c", 11, False, NAN),
            ("c", 11, False, 9),
        ],
        columns=["kode", "years", "moved", "recipients"],
    )
    found = long_stayers(counts)
    assert found.loc["a"].to_dict() == {
        "stayed": 30, "recipients": 80, "percent": 37.5, "unknown": 10
    }  # fmt: skip
    assert found.loc["b", "unknown"] == 4
    assert found.loc["b", ["stayed", "recipients", "percent"]].isna().all()
    assert found.loc["c"].isna().all()
    assert long_stayers(counts, years=11.5).loc["a", "stayed"] == 30
    assert long_stayers(counts, years=9).loc["a", "stayed"] == 40


def test_a_period_asked_for_must_be_a_year_or_a_quarter():
    with pytest.raises(ValueError, match="neither a year nor a quarter"):
        reach(checked(), "soon")
