"""Steady rates against published values and esda."""

import warnings

import numpy as np
import pandas as pd
import pytest
from esda import smoothing  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import strategies as st

from kantong.analysis.neighbours import queen
from kantong.analysis.steady import (
    coefficient_of_variation,
    empirical_bayes,
    spatial_empirical_bayes,
    standardised_rate,
    too_uncertain,
)
from kantong.geo.errors import TableError
from tests.analysis.layers import figures, neighbours_of, published, weights_of


def sids(year="74"):
    frame, w = published("sids2")
    near = neighbours_of(w)
    return figures(frame[f"SID{year}"], near), figures(frame[f"BIR{year}"], near), near


@pytest.mark.parametrize(
    ("year", "expected"),
    [
        ("74", [0.0016973, 0.0017054, 0.0017731, 0.0020129, 0.0035349]),
        ("79", [0.00162492, 0.00226271, 0.00186202, 0.00202962, 0.00195649]),
    ],
)
def test_empirical_bayes_of_sids_is_the_published_one(year, expected):
    # facts/golden.md; given to seven and eight decimals.
    count, births, _near = sids(year)
    found = empirical_bayes(count, births, scale=1)
    assert found[:5].to_numpy() == pytest.approx(np.array(expected), abs=6e-8)


def parts_of(malang):
    """Return counts and residents of Malang, some areas with few."""
    generator = np.random.default_rng(5)
    near = queen(malang)
    population = figures(generator.integers(20, 20_000, 57), near)
    share = generator.beta(2, 30, 57)
    return (
        figures(generator.binomial(population.to_numpy().astype(int), share), near),
        population,
        near,
    )


@pytest.mark.parametrize("source", ["sids", "malang"])
def test_all_rates_agree_with_esda(source, malang):
    count, population, near = sids() if source == "sids" else parts_of(malang)
    parts = count.to_numpy(), population.to_numpy()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        whole = smoothing.Empirical_Bayes(*parts).r.ravel()
        local = smoothing.Spatial_Empirical_Bayes(*parts, weights_of(near)).r.ravel()
        adjusted = smoothing.assuncao_rate(*parts)
    assert empirical_bayes(count, population, scale=1).to_numpy() == pytest.approx(whole)
    assert spatial_empirical_bayes(count, population, near, scale=1).to_numpy() == pytest.approx(
        local
    )
    assert standardised_rate(count, population).to_numpy() == pytest.approx(adjusted)


def test_areas_that_differ_by_chance_alone_have_one_rate():
    # 9, 10 and 11 of 100 differ less than chance would make them.
    found = empirical_bayes(pd.Series([9.0, 10, 11]), pd.Series([100.0, 100, 100]))
    assert found.tolist() == pytest.approx([10, 10, 10])


def test_a_variance_below_zero_gives_way_to_that_of_chance():
    # 12 of 100 and 100 of 1000: m = 112/1100; s² - m / 550 = -0.00015; with m / 1000 still below 0.
    count, population = pd.Series([12.0, 100]), pd.Series([100.0, 1000])
    mean = 112 / 1100
    spread = (100 * (0.12 - mean) ** 2 + 1000 * (0.1 - mean) ** 2) / 1100
    between = spread - mean / 550
    assert between + mean / 1000 < 0 < between + mean / 100
    found = standardised_rate(count, population)
    assert found[0] == pytest.approx((0.12 - mean) / np.sqrt(between + mean / 100))
    assert found[1] == pytest.approx((0.1 - mean) / np.sqrt(mean / 1000))
    reference = smoothing.assuncao_rate(count.to_numpy(), population.to_numpy())
    assert found.to_numpy() == pytest.approx(reference)


def test_where_nobody_is_counted_no_rate_stands_out(malang):
    _count, population, near = parts_of(malang)
    nobody = population * 0
    assert (empirical_bayes(nobody, population) == 0).all()
    assert (spatial_empirical_bayes(nobody, population, near) == 0).all()
    assert (standardised_rate(nobody, population) == 0).all()


def test_where_no_count_is_known_there_is_no_rate(malang):
    _count, population, near = parts_of(malang)
    unknown = population * np.nan
    for found in (
        empirical_bayes(unknown, population),
        spatial_empirical_bayes(unknown, population, near),
        standardised_rate(unknown, population),
        coefficient_of_variation(unknown, population),
    ):
        assert found.isna().all()
        assert found.index.equals(population.index)


def test_a_rate_lies_between_its_own_and_that_of_all(malang):
    count, population, _near = parts_of(malang)
    own, whole = count / population, count.sum() / population.sum()
    found = empirical_bayes(count, population, scale=1)
    assert ((found - own) * (whole - own) >= -1e-12).all()
    assert (np.sign(found - whole) * np.sign(own - whole) >= 0).all()
    # The fewer residents, the farther it is drawn.
    drawn = ((found - own) / (whole - own)).to_numpy()[np.argsort(population.to_numpy())]
    assert (np.diff(drawn) <= 1e-9).all()


def test_an_area_without_neighbours_keeps_its_rate(malang):
    count, population, near = parts_of(malang)
    lonely = near.kodes[0]
    missing = count.copy()
    missing[list(near.of(lonely))] = np.nan
    found = spatial_empirical_bayes(missing, population, near)
    assert found[lonely] == pytest.approx(count[lonely] / population[lonely] * 100)
    assert found[list(near.of(lonely))].isna().all()


@pytest.mark.parametrize("rate", [empirical_bayes, standardised_rate, coefficient_of_variation])
def test_what_is_not_known_stays_so_and_is_in_no_mean(rate, malang):
    count, population, _near = parts_of(malang)
    holed, empty = count.copy(), population.copy()
    holed.iloc[3] = np.nan
    empty.iloc[5], holed.iloc[5] = 0, 0
    found = rate(holed, empty)
    assert found.iloc[[3, 5]].isna().all()
    rest = found.drop(found.index[[3, 5]])
    assert rest.to_numpy() == pytest.approx(
        rate(count.drop(found.index[[3, 5]]), population.drop(found.index[[3, 5]])).to_numpy()
    )


@pytest.mark.parametrize("rate", [empirical_bayes, standardised_rate])
def test_impossible_counts_are_refused(rate):
    with pytest.raises(TableError, match="More people are counted in b"):
        rate(pd.Series([1.0, 11], index=list("ab")), pd.Series([10.0, 10], index=list("ab")))


def test_all_faults_of_figures_are_told_at_once():
    count = pd.Series([-1.0, np.inf, 3, 9, 1], index=list("abcde"))
    population = pd.Series([5.0, 5, -5, 5, np.inf], index=list("abcde"))
    with pytest.raises(TableError) as caught:
        empirical_bayes(count, population)
    told = [str(fault) for fault in caught.value.faults]
    assert [text.partition(".")[0] for text in told] == [
        "The figures of a, b are negative or not finite",
        "The population of c, e is negative or not finite",
        "More people are counted in d than live there",
    ]


@given(st.integers(1, 400), st.integers(400, 10_000))
def test_variation_is_that_of_a_binomial_share(x, n):
    found = coefficient_of_variation(pd.Series([float(x)]), pd.Series([float(n)])).iloc[0]
    share = x / n
    assert found == pytest.approx(100 * np.sqrt(n * share * (1 - share)) / x)


def test_what_is_no_share_has_no_variation():
    count, population = pd.Series([11.0, -1, 5]), pd.Series([10.0, 10, 0])
    assert coefficient_of_variation(count, population).isna().all()


def test_few_cases_are_too_uncertain_none_the_most():
    count = pd.Series([0.0, 15, 16, 500, np.nan])
    found = coefficient_of_variation(count, pd.Series([1e6] * 5))
    # 100 / sqrt(16) is 25 less a trifle.
    assert too_uncertain(found).tolist() == [True, True, False, False, False]
    assert np.isinf(found[0])
    assert too_uncertain(pd.Series([25.0, 25.1])).tolist() == [False, True]


def test_row_order_is_irrelevant(malang):
    count, population, near = parts_of(malang)
    mixed = count.sample(frac=1, random_state=1)
    for found, again in (
        (empirical_bayes(count, population), empirical_bayes(mixed, population)),
        (standardised_rate(count, population), standardised_rate(mixed, population)),
        (spatial_empirical_bayes(count, population, near),
         spatial_empirical_bayes(mixed, population, near)),
    ):  # fmt: skip
        assert again.reindex(found.index).to_numpy() == pytest.approx(found.to_numpy())
