"""Hot under how many reasonable choices."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from kantong.analysis.consensus import CORRECTIONS, SETTING, STATISTICS, consensus
from kantong.analysis.hotspots import hotspots
from kantong.analysis.neighbours import nearest, queen, rook
from kantong.geo.errors import TableError

FEW = 9_999


@pytest.fixture(scope="module")
def tried(malang):
    """A clear pocket and noise, under two ways to make rates and three neighbour rules."""
    rules = {"queen": queen(malang), "rook": rook(malang), "nearest": nearest(malang, 5)}
    noise = pd.Series(np.random.default_rng(4).normal(size=57), index=list(malang["kode"]))
    values = noise.copy()
    middle = "35.73.02.1005"
    values[[middle, *rules["queen"].of(middle)]] += 6
    rates = {"raw": values, "ranks": values.rank()}
    return rates, rules, middle, consensus(rates, rules, permutations=FEW)


def test_every_combination_is_tried_once(tried):
    rates, rules, _middle, found = tried
    assert found.settings == len(rates) * len(rules) * len(STATISTICS) * len(CORRECTIONS) == 24
    assert not found.hot.columns.duplicated().any()
    assert (found.frame["tested"] == 24).all()


def test_counts_are_those_of_the_settings_one_by_one(tried):
    rates, rules, _middle, found = tried
    hot = pd.Series(0, index=found.frame.index)
    cold = hot.copy()
    for value in rates.values():
        for near in rules.values():
            for statistic in STATISTICS:
                for correction in CORRECTIONS:
                    one = hotspots(
                        value, near, statistic=statistic, correction=correction, permutations=FEW
                    )
                    hot, cold = hot + one.is_hot(), cold + one.is_cold()
    assert found.frame["hot"].tolist() == hot.tolist()
    assert found.frame["cold"].tolist() == cold.tolist()
    assert found.hot.sum(axis=1).tolist() == hot.tolist()


def test_different_answers_are_counted_once(tried):
    _rates, _rules, _middle, found = tried
    answers = {tuple(found.hot[column]) for column in found.hot.columns}
    assert found.distinct == len(answers) < found.settings


def test_a_clear_pocket_is_hot_whatever_is_chosen(tried):
    _rates, _rules, middle, found = tried
    assert found.frame.loc[middle, ["hot", "cold"]].tolist() == [24, 0]
    assert (found.frame["hot"] == 0).sum() > 30


@pytest.mark.parametrize("choice", SETTING)
def test_shares_by_one_choice_average_to_the_whole(tried, choice):
    _rates, _rules, _middle, found = tried
    shares = found.by(choice)
    # Every option is in equally many settings.
    assert (shares.mean(axis=1) * 24).tolist() == pytest.approx(found.frame["hot"].tolist())


def test_a_choice_that_matters_is_seen_in_its_shares(tried):
    _rates, _rules, _middle, found = tried
    shares = found.by("correction")
    # Nothing is found with a correction that is not found without it.
    assert (shares["none"] >= shares["fdr"]).all()
    assert (shares["none"] > shares["fdr"]).any()


def test_areas_without_a_figure_are_tested_in_no_setting(malang):
    near = queen(malang)
    value = pd.Series(np.random.default_rng(4).normal(size=57), index=list(near.kodes))
    value.iloc[[3, 9]] = np.nan
    found = consensus({"raw": value}, {"queen": near}, permutations=99)
    assert found.frame["tested"].iloc[[3, 9]].tolist() == [0, 0]
    assert found.frame["tested"].drop(value.index[[3, 9]]).eq(4).all()
    assert not found.hot.iloc[[3, 9]].to_numpy().any()


def test_what_nothing_can_be_told_of_is_left_out_and_all_of_it_refused(malang):
    near = queen(malang)
    value = pd.Series(np.random.default_rng(4).normal(size=57), index=list(near.kodes))
    flat = value * 0 + 3
    found = consensus({"raw": value, "steady": flat}, {"queen": near}, permutations=99)
    alone = consensus({"raw": value}, {"queen": near}, permutations=99)
    assert found.settings == 4
    assert found.frame.equals(alone.frame)
    with pytest.raises(TableError, match="All areas have the same figure"):
        consensus({"steady": flat}, {"queen": near}, permutations=99)


def test_in_a_large_layer_a_pocket_that_stands_alone_is_found():
    squares = [shapely.box(x, y, x + 1, y + 1) for y in range(20) for x in range(20)]
    layer = gpd.GeoDataFrame(
        {"kode": [f"{place:03}" for place in range(400)]}, geometry=squares, crs="EPSG:32749"
    )
    near = rook(layer, tolerance_m=0)
    values = pd.Series(np.random.default_rng(4).uniform(size=400), index=list(near.kodes))
    middle = near.kodes[210]
    values[[middle, *near.of(middle)]] = 1.2
    found = consensus({"raw": values}, {"rook": near})
    assert found.hot.loc[middle].all()
    # With 9,999 draws p is 2 in 10,000 at least, times 400 areas 8 in 100.
    assert not hotspots(values, near, permutations=9_999).is_hot().any()
