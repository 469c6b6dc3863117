from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import percentileofscore

from kantong.analysis.measures import measure
from kantong.analysis.neighbours import queen
from kantong.analysis.standout import Shift, city_figure, most_telling, stand_out
from kantong.analysis.suppression import SUPPRESSED, suppress
from kantong.geo.errors import TableError
from kantong.geo.schema import Indicator

COUNT = Indicator("count", {}, {}, {}, "count")
RATE = Indicator("rate", {}, {}, {}, "rate", "count", "people", 100)
ANGGREK, BAKUNG, DAHLIA = "99.01.01.1001", "99.01.01.1002", "99.01.02.1004"
EDELWEIS, FLAMBOYAN, GARDENIA = "99.01.02.1005", "99.01.02.1006", "99.01.02.1007"
HERBRAS = "99.01.02.1008"


def counted(values, codes=None):
    """Return a measure of counts; None where not known."""
    codes = codes or [f"k{row}" for row in range(len(values))]
    seen = pd.DataFrame({"kode": codes, "value": np.array(values, dtype=float)})
    seen = seen.assign(indicator="count", period="2025", dataset="register")
    return measure(seen, {"count": COUNT}, "count", "2025", seen[["kode"]])


@pytest.fixture
def drawn(nine, nine_library):
    """Return a measure of the drawing with its entry in the catalogue."""

    def draw(indicator):
        library = nine_library
        found = measure(library.observations, library.indicators, indicator, "2025", nine)
        return found, library.indicators[indicator]

    return draw


@pytest.fixture
def facts(drawn, nine):
    """Return what stands out about an area of the drawing."""
    touching = queen(nine)

    def about(indicator, kode):
        found, entry = drawn(indicator)
        return stand_out(found, entry, kode, neighbours=touching.of(kode))

    return about


def test_the_city_has_the_sum_of_counts_and_the_ratio_of_sums(drawn):
    """800 poor; 800 of the 8,400 residents of the seven areas with a rate: not the mean, 13 %."""
    assert city_figure(*drawn("poor_people")) == 800
    assert city_figure(*drawn("population")) == 9200
    assert city_figure(*drawn("poor_rate")) == pytest.approx(800 / 8400 * 100)
    assert city_figure(*drawn("poor_density")) == pytest.approx(800 / 8, rel=2e-4)


def test_an_area_without_a_rate_adds_to_neither_sum(drawn):
    """Five poor people where no residents are registered would make the rate too high."""
    found, entry = drawn("poor_rate")
    found = replace(found, numerator=found.numerator.mask(found.denominator == 0, 5))
    assert city_figure(found, entry) == pytest.approx(800 / 8400 * 100)


@pytest.mark.parametrize("indicator", ["poor_people", "poor_rate"])
def test_a_city_without_figures_has_none(drawn, indicator):
    found, entry = drawn(indicator)
    empty = replace(found, value=found.value * np.nan)
    assert np.isnan(city_figure(empty, entry))
    assert np.isnan(stand_out(empty, entry, ANGGREK).city)


def test_the_highest_rate_of_the_drawing(facts):
    """Herbras, 25 %: first of seven; Dahlia and Edelweis have 20 %, Ilalang 6 %."""
    found = facts("poor_rate", HERBRAS)
    assert (found.value, found.rank, found.tied, found.ranked) == (25, 1, False, 7)
    assert found.ratio_to_city == pytest.approx(25 * 84 / 800)
    assert np.isnan(found.share_percent)
    assert (found.neighbours, found.neighbours_known) == ("higher_than_all", 3)
    assert found.percentile == pytest.approx(6.5 / 7)
    assert found.position == "highest_tenth"
    assert (found.kode, found.indicator, found.period) == (HERBRAS, "poor_rate", "2025")


def test_the_largest_and_the_smallest_count_of_the_drawing(facts):
    most, least = facts("poor_people", EDELWEIS), facts("poor_people", FLAMBOYAN)
    assert (most.value, most.city, most.share_percent, most.rank) == (200, 800, 25, 1)
    assert np.isnan(most.ratio_to_city)
    assert (most.neighbours, most.neighbours_known) == ("higher_than_all", 7)
    assert (least.value, least.share_percent, least.rank, least.ranked) == (0, 0, 8, 8)
    assert (least.neighbours, least.position) == ("lower_than_all", "lowest_tenth")


def test_equal_figures_share_rank_and_percentile(facts):
    """Four areas of the drawing have 100 poor people; two of eight have fewer, two have more."""
    found = facts("poor_people", BAKUNG)
    assert (found.rank, found.tied, found.percentile, found.position) == (3, True, 0.5, "middle")
    assert (found.neighbours, found.neighbours_known) == ("in_between", 5)
    pair = facts("poor_rate", DAHLIA)
    # Of its neighbours Herbras has 25 %, Edelweis as much, Anggrek and Bakung less.
    assert (pair.rank, pair.tied, pair.neighbours) == (2, True, "in_between")


def test_what_is_not_known_stands_out_by_nothing(facts):
    found = facts("poor_people", GARDENIA)
    assert found.reason == "The count is not known."
    assert np.isnan([found.value, found.share_percent, found.percentile]).all()
    assert (found.rank, found.tied, found.position, found.neighbours) == (None, False, None, None)
    assert (found.neighbours_known, found.ranked, found.city) == (3, 8, 800)


@pytest.mark.parametrize(
    ("near", "comparison"),
    [([5, 3], "none_higher"), ([5, 7], "none_lower"), ([5, 5], "all_alike"), ([3, 7], "in_between"),
     ([3, 4], "higher_than_all"), ([6, 7], "lower_than_all")],
)  # fmt: skip
def test_an_area_equal_to_a_neighbour_is_not_in_between(near, comparison):
    found = stand_out(counted([5, *near]), COUNT, "k0", neighbours=("k1", "k2"))
    assert (found.neighbours, found.neighbours_known) == (comparison, 2)


def test_an_area_without_neighbours_is_compared_with_none(drawn):
    measured, entry = drawn("poor_people")
    found = stand_out(measured, entry, EDELWEIS)
    assert (found.neighbours, found.neighbours_known) == (None, 0)


def test_neighbours_without_a_figure_do_not_count(drawn):
    measured, entry = drawn("poor_people")
    found = stand_out(measured, entry, HERBRAS, neighbours=(GARDENIA,))
    assert (found.neighbours, found.neighbours_known) == (None, 0)
    assert found.neighbours_unknown == 1


def test_the_change_since_each_earlier_period(drawn):
    found, entry = drawn("poor_people")
    first = replace(found, period="2021", value=found.value * 0)
    before = replace(found, period="2024", value=found.value.replace({200.0: 160.0}))
    shifts = stand_out(found, entry, EDELWEIS, earlier=(before, first)).shifts
    assert shifts[0] == Shift("2024", 40, 25, "")
    assert (shifts[1].since, shifts[1].difference) == ("2021", 200)
    assert shifts[1].reason == "The earlier figure is zero."
    assert np.isnan(shifts[1].percent)


def test_the_past_of_another_indicator_is_refused(drawn):
    found, entry = drawn("poor_people")
    with pytest.raises(TableError, match="different indicators"):
        stand_out(found, entry, EDELWEIS, earlier=[drawn("poor_rate")[0]])


def test_an_unknown_area_is_refused(drawn):
    found, entry = drawn("poor_people")
    with pytest.raises(KeyError, match=r"99\.99"):
        stand_out(found, entry, "99.99")


def test_what_is_suppressed_stays_hidden_while_the_city_keeps_its_total(drawn):
    """With a threshold of 60, Anggrek's 50 and, as its partner, Bakung's 100 are hidden."""
    found, entry = drawn("poor_people")
    public = suppress(found, 60)
    hidden = stand_out(public, entry, ANGGREK, city=city_figure(found, entry))
    assert (hidden.reason, hidden.city, hidden.rank) == (SUPPRESSED, 800, None)
    assert np.isnan([hidden.value, hidden.share_percent, hidden.percentile]).all()
    assert stand_out(public, entry, EDELWEIS).city == 650
    assert stand_out(public, entry, EDELWEIS, city=800).share_percent == 25


def test_nothing_is_a_share_of_zero():
    found = stand_out(counted([0, 0]), COUNT, "k0")
    assert np.isnan(found.share_percent)
    assert (found.city, found.rank, found.tied, found.percentile) == (0, 1, True, 0.5)


@pytest.mark.parametrize(("areas", "tenth"), [(4, 0), (5, 0), (6, 1), (57, 6)])
def test_a_tenth_of_the_areas_is_highest_and_as_many_are_lowest(areas, tenth):
    """By (i - 0.5) / n > 0.9: of 57 areas the ranks 52 to 57."""
    found = counted(range(areas))
    positions = [stand_out(found, COUNT, kode).position for kode in found.value.index]
    assert positions[: areas - tenth].count("highest_tenth") == 0
    assert positions.count("highest_tenth") == positions.count("lowest_tenth") == tenth


def test_the_most_unusual_indicator_comes_first():
    """The area k0 is 1st of 5, last of 5, in the middle, and not known."""
    figures = {
        "middle": [3, 1, 2, 4, 5],
        "last": [1, 2, 3, 4, 5],
        "none": [None, 2, 3, 4, 5],
        "first": [5, 1, 2, 3, 4],
    }
    standouts = [
        stand_out(replace(counted(values), indicator=name), COUNT, "k0")
        for name, values in figures.items()
    ]
    ordered = [one.indicator for one in most_telling(standouts)]
    assert ordered == ["last", "first", "middle", "none"]
    turned = [one.indicator for one in most_telling(reversed(standouts))]
    assert turned == ["first", "last", "middle", "none"]


@settings(deadline=None)
@given(st.integers(1, 200))
def test_both_ends_are_equally_unusual(areas):
    low, high = counted(range(areas)), counted(range(areas)[::-1])
    standouts = [stand_out(found, COUNT, "k0") for found in (low, high)]
    assert most_telling(standouts) == standouts
    assert most_telling(standouts[::-1]) == standouts[::-1]


@settings(deadline=None)
@given(st.lists(st.integers(0, 9), min_size=1, max_size=30))
def test_percentiles_agree_with_scipy(values):
    expected = percentileofscore(values, values[0], kind="mean") / 100
    assert stand_out(counted(values), COUNT, "k0").percentile == pytest.approx(expected)


@settings(deadline=None)
@given(st.lists(st.one_of(st.integers(0, 9), st.none()), min_size=2, max_size=12), st.randoms())
def test_row_order_is_irrelevant(values, random):
    codes = [f"k{row}" for row in range(len(values))]
    mixed = random.sample(list(zip(values, codes, strict=True)), len(values))
    other = counted([one for one, _ in mixed], [kode for _, kode in mixed])
    plain = stand_out(counted(values, codes), COUNT, "k0", neighbours=tuple(codes[1:]))
    turned = stand_out(other, COUNT, "k0", neighbours=tuple(codes[:0:-1]))
    assert repr(turned) == repr(plain)


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 100), st.integers(100, 5000)), min_size=1, max_size=12),
    st.integers(0, 11),
)
def test_the_rate_of_the_city_lies_between_those_of_its_areas(pairs, hidden):
    above, below = (np.array(part, dtype=float) for part in zip(*pairs, strict=True))
    above[hidden:][:1] = np.nan
    found = counted(above)
    residents = pd.Series(below, index=found.value.index)
    found = replace(found, value=found.value / residents * 100, denominator=residents)
    city = city_figure(found, RATE)
    if found.value.notna().any():
        assert found.value.min() - 1e-9 <= city <= found.value.max() + 1e-9
    else:
        assert np.isnan(city)
