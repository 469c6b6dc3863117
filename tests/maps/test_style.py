import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kantong.geo.schema import Indicator
from kantong.maps.style import MISSING_FILL, SCHEMES, classify, colours_by_kode

WORDS = {"id": "x", "en": "x"}
COUNT = Indicator("n", WORDS, WORDS, WORDS, "count")
RATE = Indicator("r", WORDS, WORDS, WORDS, "rate", "n", "m", 100)
# The drawing in data/tutorial/README.md.
POOR = pd.Series([50, 100, 100, 100, 200, 0, np.nan, 100, 150], index=list("ABCDEFGHI"))


def test_few_distinct_values_get_a_class_each():
    classes = classify(POOR, COUNT, "quantiles")
    assert classes.upper == (0, 50, 100, 150, 200)
    assert classes.counts == (1, 1, 4, 1, 1)
    assert pd.isna(classes.member["G"])


def test_equal_intervals_are_worked_by_hand():
    values = pd.Series([0, 1, 2, 30, 41, 60, 80, 99, 100.0])
    classes = classify(values, COUNT, "equal_interval")
    assert classes.upper == (20, 40, 60, 80, 100)
    assert classes.lower == (0, 21, 41, 61, 81)
    assert classes.counts == (3, 1, 2, 1, 2)


def test_quantiles_hold_equal_numbers():
    classes = classify(pd.Series(range(1, 51), dtype=float), COUNT, "quantiles")
    assert classes.counts == (10, 10, 10, 10, 10)


def test_natural_breaks_part_clear_groups():
    values = pd.Series([1, 2, 3, 50, 51, 52, 100, 101, 200, 201, 400, 401.0])
    classes = classify(values, COUNT, "natural_breaks")
    assert classes.upper == (3, 52, 101, 201, 401)


def test_missing_areas_are_hatched():
    colours = colours_by_kode(classify(POOR, COUNT, "quantiles"))
    assert colours["G"] == MISSING_FILL
    assert list(colours.values()).count(MISSING_FILL) == 1


def test_a_map_without_any_figure_is_all_hatched():
    classes = classify(pd.Series([np.nan, np.nan], index=["A", "B"]), RATE, "quantiles")
    assert classes.upper == ()
    assert set(colours_by_kode(classes).values()) == {MISSING_FILL}


def test_service_and_need_have_different_palettes():
    service = Indicator("n", WORDS, WORDS, WORDS, "count", higher_is_worse=False)
    values = pd.Series(range(10), dtype=float)
    assert classify(values, service, "quantiles").colours != (
        classify(values, COUNT, "quantiles").colours
    )


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(("indicator", "places"), [(COUNT, 0), (RATE, 2)])
@given(values=st.lists(st.integers(0, 500_000), min_size=1, max_size=60))
def test_legend_and_figures_never_disagree(scheme, indicator, places, values):
    series = pd.Series(values, dtype=float) / (10 ** (places + 1) if places else 1)
    classes = classify(series, indicator, scheme)
    assert len(classes.upper) <= 5
    assert sum(classes.counts) == len(series)
    for shown, number in zip(series.round(places), classes.member, strict=True):
        holds = [
            place
            for place, (low, high) in enumerate(zip(classes.lower, classes.upper, strict=True))
            if low <= shown <= high
        ]
        assert holds == [number]
