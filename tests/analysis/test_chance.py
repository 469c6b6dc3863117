"""Figures drawn again have the law of their count."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from kantong.analysis.chance import draws_of
from kantong.analysis.measures import Measure

DRAWS = 20_000


def measure_of(count, below=None, scale=None):
    x = pd.Series(count, dtype=float)
    n = pd.Series(np.nan if below is None else below, index=x.index, dtype=float)
    value = x if scale is None else x / n * scale
    return Measure("one", "2025", value, x.astype(str), x, n, "", (), scale=scale)


def test_shares_have_the_law_of_a_share():
    found = draws_of([measure_of([4, 300], [90, 1000], 100)], [True], DRAWS, seed=1)
    for place, (x, n) in enumerate(((4, 90), (300, 1000))):
        law = stats.beta(x + 0.5, n - x + 0.5, scale=100)
        assert stats.kstest(found[:, place, 0], law.cdf).pvalue > 1e-4


def test_counts_and_densities_have_the_law_of_a_count():
    counts, densities = measure_of([7, 0]), measure_of([7, 0], [2.0, 4.0], 1)
    found = draws_of([counts, densities], [False, False], DRAWS, seed=2)
    for place, (x, area) in enumerate(((7, 2), (0, 4))):
        for column, scale in ((0, 1), (1, 1 / area)):
            law = stats.gamma(x + 0.5, scale=scale)
            assert stats.kstest(found[:, place, column], law.cdf).pvalue > 1e-4


def test_what_is_not_known_or_cannot_be_is_not_drawn():
    shares = measure_of([4, np.nan, 12, -1, 3], [10, 10, 10, 10, 0], 100)
    found = draws_of([shares], [True], 50, seed=3)[:, :, 0]
    assert np.isfinite(found[:, 0]).all()
    assert np.isnan(found[:, 1:]).all()


def test_the_same_seed_gives_the_same_draws():
    first, again, other = (
        draws_of([measure_of([4, 9])], [False], 50, seed=seed) for seed in (1, 1, 2)
    )
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    with pytest.raises(ValueError, match="zip"):
        draws_of([measure_of([4])], [True, False], 5, seed=1)
