import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kantong.analysis.measures import (
    NOTHING_KNOWN,
    Measure,
    aggregate,
    measure,
    nearest_period,
    periods,
)
from kantong.analysis.rates import COUNT_MISSING, DENOMINATOR_MISSING, DENOMINATOR_ZERO
from kantong.geo.errors import JoinError, TableError
from kantong.geo.levels import region_of


def test_a_count_is_what_was_observed(nine, nine_library):
    library = nine_library
    found = measure(library.observations, library.indicators, "poor_people", "2025", nine)
    expected = [50, 100, 100, 100, 200, 0, np.nan, 100, 150]
    np.testing.assert_allclose(found.value, expected)
    assert found.value.index.tolist() == nine["kode"].tolist()
    assert found.reason["99.01.02.1007"] == "The count is not known."
    assert found.datasets == ("SIMULASI-tutorial",)


def test_a_rate_carries_its_parts_and_their_periods(nine, nine_library):
    library = nine_library
    found = measure(library.observations, library.indicators, "poor_rate", "2025", nine)
    assert found.value["99.01.02.1008"] == 25
    assert (found.numerator["99.01.02.1008"], found.denominator["99.01.02.1008"]) == (100, 400)
    assert found.denominator_period == "2025"
    assert found.reason["99.01.02.1006"] == "The denominator is zero."


def test_a_rate_names_the_data_sets_of_both_its_parts(nine, nine_library):
    seen = nine_library.observations.copy()
    seen.loc[seen["indicator"] == "poor_people", "dataset"] = "counted"
    found = measure(seen, nine_library.indicators, "poor_rate", "2025", nine)
    assert found.datasets == ("counted", "SIMULASI-tutorial")


def test_a_density_divides_by_the_area_of_the_layer(nine, nine_library):
    library = nine_library
    found = measure(library.observations, library.indicators, "poor_density", "2025", nine)
    assert found.value["99.01.02.1005"] == pytest.approx(200, rel=2e-4)
    assert found.denominator_period == ""


@pytest.mark.parametrize(
    ("wanted", "known", "chosen"),
    [
        ("2025-Q3", ["2023", "2024"], "2024"),
        ("2024-Q2", ["2023", "2024"], "2023"),
        ("2024-Q4", ["2023", "2024"], "2024"),
        ("2022", ["2023", "2024"], "2023"),
        ("2025", ["2025-Q1", "2025-Q3"], "2025-Q3"),
    ],
)
def test_the_denominator_is_the_nearest_that_is_not_later(wanted, known, chosen):
    assert nearest_period(wanted, known) == chosen


def test_figures_of_two_periods_are_never_mixed_silently(nine, nine_library):
    library = nine_library
    older = library.observations.assign(
        period=library.observations["period"].where(
            library.observations["indicator"] != "population", "2023"
        )
    )
    found = measure(older, library.indicators, "poor_rate", "2025", nine)
    assert (found.period, found.denominator_period) == ("2025", "2023")


def test_a_rate_without_a_denominator_has_no_periods(nine_library):
    poor = nine_library.observations[nine_library.observations["indicator"] == "poor_people"]
    assert periods(poor, nine_library.indicators, "poor_rate") == []
    assert periods(poor, nine_library.indicators, "poor_people") == ["2025"]


def test_an_unknown_period_is_refused(nine, nine_library):
    library = nine_library
    with pytest.raises(TableError, match="no figures of poor_people for 1999"):
        measure(library.observations, library.indicators, "poor_people", "1999", nine)


def test_two_figures_for_one_kelurahan_are_held(nine, nine_library):
    library = nine_library
    doubled = pd.concat([library.observations, library.observations.assign(dataset="lain")])
    with pytest.raises(
        JoinError, match=r"poor_people 2025 \(SIMULASI-tutorial, lain\): .* have two figures"
    ):
        measure(doubled, library.indicators, "poor_people", "2025", nine)


def by_kecamatan(nine, nine_library, indicator):
    library = nine_library
    found = measure(library.observations, library.indicators, indicator, "2025", nine)
    return aggregate(found, region_of(nine, "kecamatan"))


def test_areas_without_a_figure_are_counted(nine, nine_library):
    """Gardenia's count is not known; Flamboyan has no residents, which is known."""
    library = nine_library
    for indicator in ("poor_people", "poor_rate", "poor_density"):
        found = measure(library.observations, library.indicators, indicator, "2025", nine)
        assert found.unknown.tolist() == [0, 0, 0, 0, 0, 0, 1, 0, 0]
    assert found.unknown.index.tolist() == nine["kode"].tolist()


def test_counts_of_the_drawing_are_summed_by_kecamatan(nine, nine_library):
    """Lor 50 + 100 + 100; Kidul 100 + 200 + 0 + 100 + 150 without Gardenia."""
    found = by_kecamatan(nine, nine_library, "poor_people")
    assert found.value.to_dict() == {"99.01.01": 250, "99.01.02": 550}
    assert found.value.index.name == "kode"
    assert found.numerator.tolist() == [250, 550]
    assert found.denominator.isna().all()
    assert found.unknown.to_dict() == {"99.01.01": 0, "99.01.02": 1}
    assert found.reason.tolist() == ["", ""]
    assert (found.indicator, found.period, found.scale) == ("poor_people", "2025", None)
    assert found.datasets == ("SIMULASI-tutorial",)


def test_a_rate_by_kecamatan_is_the_ratio_of_sums_where_both_parts_are_known(nine, nine_library):
    """Kidul: 550 of 500 + 1000 + 0 + 400 + 2500 = 4400; Gardenia's 800 residents stay out."""
    found = by_kecamatan(nine, nine_library, "poor_rate")
    assert found.value.tolist() == pytest.approx([6.25, 12.5])
    assert found.denominator.tolist() == [4000, 4400]
    assert found.unknown.tolist() == [0, 1]
    assert found.denominator_period == "2025"


def test_a_rate_keeps_the_scale_of_its_indicator(nine, nine_library):
    """People per km²: 250 on three, 550 on the five squares whose count is known."""
    found = by_kecamatan(nine, nine_library, "poor_density")
    assert found.value.tolist() == pytest.approx([250 / 3, 110], rel=2e-4)


def test_regions_are_found_by_kode_not_by_position(nine, nine_library):
    library = nine_library
    found = measure(library.observations, library.indicators, "poor_people", "2025", nine)
    region = region_of(nine, "kecamatan")
    turned = aggregate(found, region.iloc[::-1])
    assert turned.value.to_dict() == {"99.01.01": 250, "99.01.02": 550}
    with pytest.raises(KeyError):
        aggregate(found, region.iloc[1:])


def hand_made(above, below=None):
    """A measure of areas a, b ...; a rate in per cent where there is a denominator."""
    kode = list("abcdefgh")[: len(above)]
    count = pd.Series(above, index=kode, dtype=float)
    rate = below is not None
    base = pd.Series(below if rate else np.nan, index=kode, dtype=float)
    known = count.notna() & (base.notna() | (not rate))
    reason = pd.Series("", index=kode, dtype=str)
    if rate:
        reason[base == 0] = DENOMINATOR_ZERO
        reason[base.isna()] = DENOMINATOR_MISSING
    reason[count.isna()] = COUNT_MISSING
    value = count / base.where(base != 0) * 100 if rate else count
    return Measure(
        *("poor", "2025", value, reason, count, base, "2025" if rate else "", ()),
        scale=100.0 if rate else None,
        unknown=(~known).astype(int),
    )


@pytest.mark.parametrize(
    ("above", "below", "reason"),
    [
        ([np.nan, np.nan], None, COUNT_MISSING),
        ([np.nan, np.nan], [5, 0], COUNT_MISSING),
        ([1, 2], [np.nan, np.nan], DENOMINATOR_MISSING),
        ([np.nan, 2], [5, np.nan], NOTHING_KNOWN),
        ([0, 0], [0, 0], DENOMINATOR_ZERO),
        ([0, np.nan], [0, 9], DENOMINATOR_ZERO),
        ([1, np.nan], [5, np.nan], ""),
    ],
)
def test_a_region_says_why_it_has_no_figure(above, below, reason):
    found = aggregate(hand_made(above, below), pd.Series("x", index=["a", "b"]))
    assert found.reason["x"] == reason
    assert np.isnan(found.value["x"]) == (reason != "")


figures = st.one_of(st.just(np.nan), st.integers(0, 10**6).map(float))
places = st.lists(st.tuples(figures, figures, st.sampled_from("xyz")), min_size=1, max_size=8)


@given(places=places, rate=st.booleans())
def test_totals_are_conserved_and_every_gap_is_counted(places, rate):
    above, below, names = (list(column) for column in zip(*places, strict=True))
    base = hand_made(above, below if rate else None)
    region = pd.Series(names, index=base.value.index)
    found = aggregate(base, region)
    counted = [(a, b) for a, b, _ in places if not (np.isnan(a) or (rate and np.isnan(b)))]
    assert found.numerator.sum() == sum(a for a, _ in counted)
    assert found.denominator.sum() == (sum(b for _, b in counted) if rate else 0)
    assert found.unknown.sum() == len(places) - len(counted)
    assert sorted(found.value.index) == sorted(set(names))
    assert (found.reason != "").tolist() == found.value.isna().tolist()


@given(places=places, rate=st.booleans())
def test_steps_through_a_level_between_end_at_the_same_figures(places, rate):
    above, below, names = (list(column) for column in zip(*places, strict=True))
    base = hand_made(above, below if rate else None)
    region = pd.Series(names, index=base.value.index)
    once = aggregate(base, pd.Series("all", index=base.value.index))
    twice = aggregate(aggregate(base, region), pd.Series("all", index=sorted(set(names))))
    np.testing.assert_allclose(twice.value, once.value)
    assert twice.unknown.tolist() == once.unknown.tolist()
