"""Two figures in one map: classes worked by hand, colours told apart by every eye and in grey."""

import itertools

import numpy as np
import pandas as pd
import pytest
from coloraide import Color
from hypothesis import given
from hypothesis import strategies as st

from kantong.geo.schema import Indicator
from kantong.maps import style
from kantong.maps.bivariate import COVERED, NO_FIGURE, bivariate, cell, fill

WORDS = {"id": "x", "en": "x"}
COUNT = Indicator("n", WORDS, WORDS, WORDS, "count")
RATE = Indicator("r", WORDS, WORDS, WORDS, "rate", "n", "m", 100)
EYES = (None, "protan", "deutan", "tritan")
COLOURS = [colour for row in style.BIVARIATE for colour in row]


def by_letter(*figures):
    return pd.Series(figures, index=list("abcdefghijklmnop")[: len(figures)], dtype=float)


# --- classes -----------------------------------------------------------------------------------


def test_nine_areas_fill_nine_cells():
    need = by_letter(1, 2, 3, 40, 50, 60, 700, 800, 900)
    share = by_letter(5, 55, 95, 6, 56, 96, 7, 57, 97)
    found = bivariate((need, COUNT), (share, COUNT))
    assert found.cells.tolist() == [
        "0-0", "0-1", "0-2", "1-0", "1-1", "1-2", "2-0", "2-1", "2-2",
    ]  # fmt: skip
    # Thirds lie at two thirds and one third of the way between the 3rd and 4th, 6th and 7th figure:
    # 3 + 2/3 37 = 27.7, 60 + 1/3 640 = 273.3; 7 + 2/3 48 = 39, 57 + 1/3 38 = 69.7.
    assert found.first.limits == ((1, 27), (28, 273), (274, 900))
    assert found.second.limits == ((5, 39), (40, 69), (70, 97))


def test_what_is_not_known_has_cells_of_its_own():
    need = by_letter(1, 2, 3, np.nan, np.nan)
    share = by_letter(10, np.nan, 30, 40, 50)
    covered = pd.Series([False, False, False, False, True], need.index)
    found = bivariate((need, COUNT), (share, COUNT), covered)
    assert found.cells.tolist() == ["0-0", "1-unknown", "2-0", NO_FIGURE, COVERED]
    fills = [fill(name) for name in found.cells]
    assert fills[3:] == [style.MISSING.fill, style.SUPPRESSED.fill]
    assert len(set(fills)) == 5


def test_the_second_figure_of_areas_without_need_still_makes_its_classes():
    # Of 10, 30, 40 and 50 the thirds end at 30 and 40.
    need, share = by_letter(1, 2, 3, np.nan, np.nan), by_letter(10, np.nan, 30, 40, 50)
    assert bivariate((need, COUNT), (share, COUNT)).second.limits == ((10, 30), (31, 40), (41, 50))


def test_two_distinct_figures_take_the_outer_columns():
    found = bivariate((by_letter(1, 2, 3), COUNT), (by_letter(0, 0, 9), COUNT))
    assert found.cells.tolist() == ["0-0", "1-0", "2-2"]
    assert found.second.places == (0, 2)


def test_equal_figures_take_the_middle():
    found = bivariate((by_letter(4, 4), COUNT), (by_letter(7, 7), COUNT))
    assert found.cells.tolist() == ["1-1", "1-1"]


def test_without_a_second_figure_only_the_first_is_told():
    nothing = by_letter(np.nan, np.nan, np.nan)
    found = bivariate((by_letter(1, 2, 3), COUNT), (nothing, COUNT))
    assert found.cells.tolist() == ["0-unknown", "1-unknown", "2-unknown"]
    assert found.second.limits == ()


def test_rates_are_classed_in_the_decimals_shown():
    found = bivariate((by_letter(1.001, 1.002, 2), RATE), (by_letter(1, 2, 3), COUNT))
    assert found.cells.tolist() == ["0-0", "0-1", "2-2"]


figures = st.lists(st.none() | st.integers(0, 30), min_size=1, max_size=16)


@given(need=figures, data=st.data())
def test_every_area_has_one_cell_that_the_legend_names(need, data):
    share = data.draw(st.lists(st.none() | st.integers(0, 30), min_size=16, max_size=16))
    first, second = by_letter(*need), by_letter(*share)
    found = bivariate((first, COUNT), (second, COUNT))
    names = list(found.names())
    assert len(names) == len(set(names))
    assert set(found.cells) <= set(names)
    assert found.counts().sum() == len(need)
    for kode, name in found.cells.items():
        if name == NO_FIGURE:
            assert np.isnan(first[kode])
            continue
        row, column = name.split("-")
        low, high = found.first.limits[found.first.places.index(int(row))]
        assert low <= first[kode] <= high
        if column == "unknown":
            assert np.isnan(second[kode])
        else:
            low, high = found.second.limits[found.second.places.index(int(column))]
            assert low <= second[kode] <= high


# --- colours -----------------------------------------------------------------------------------


def lightness(colour):
    return Color(colour).convert("lab-d65")["l"]


@pytest.mark.parametrize("eye", EYES)
def test_nine_colours_are_told_apart_by_every_eye(eye):
    seen = [Color(one) if eye is None else Color(one).filter(eye) for one in COLOURS]
    pairs = itertools.combinations(seen, 2)
    assert min(one.delta_e(other, method="2000") for one, other in pairs) >= 14


def test_in_grey_more_need_is_darker_and_within_it_less_response():
    order = [style.BIVARIATE[row][column] for row in range(3) for column in (2, 1, 0)]
    greys = [lightness(colour) for colour in order]
    assert min(one - other for one, other in itertools.pairwise(greys)) >= 8


def test_not_known_is_told_from_every_class_by_its_strokes():
    for row, pattern in enumerate(style.BIVARIATE_UNKNOWN):
        assert pattern.kind == style.MISSING.kind == "diagonal"
        assert pattern.ground == style.BIVARIATE[row][0]
        assert abs(lightness(pattern.ink) - lightness(pattern.ground)) >= 30
        assert f'id="{fill(cell(row))[5:-1]}"' in style.pattern_definitions([pattern.fill])


def test_fills_are_those_of_the_square():
    assert [fill(cell(row, column)) for row in range(3) for column in range(3)] == COLOURS
