"""How sure ranks are, against integrals and what must hold for all."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from kantong.analysis.standing import standing
from kantong.geo.errors import TableError

DRAWS = 40_000
ERRORS = 5


def error(p):
    return ERRORS * np.sqrt(max(p * (1 - p), 1e-6) / DRAWS)


def series(*values):
    return pd.Series(values, index=[f"k{place}" for place in range(len(values))], dtype=float)


# --- against integrals -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("x", "n"), [((8, 5), (100, 90)), ((0, 1), (40, 60)), ((300, 290), (900, 900))]
)
def test_two_shares_are_ordered_as_the_integral_says(x, n):
    first, second = (stats.beta(a + 0.5, b - a + 0.5) for a, b in zip(x, n, strict=True))
    exact, _error = integrate.quad(lambda p: first.pdf(p) * second.cdf(p), 0, 1, points=[0.01, 0.3])
    found = standing(series(*x), series(*n), seed=1, tops=[1], draws=DRAWS).frame
    assert found["top_1"].iloc[0] == pytest.approx(exact, abs=error(exact))
    assert found["top_1"].iloc[1] == pytest.approx(1 - exact, abs=error(exact))


@pytest.mark.parametrize("x", [(12, 9, 10), (1, 0, 2), (0, 0, 3)])
def test_three_counts_are_first_as_the_integral_says(x):
    laws = [stats.gamma(a + 0.5) for a in x]
    exact, _error = integrate.quad(
        lambda v: laws[0].pdf(v) * laws[1].cdf(v) * laws[2].cdf(v), 0, 80, points=[0.01, 1, 10]
    )
    found = standing(series(*x), seed=2, tops=[1, 2], draws=DRAWS).frame
    assert found["top_1"].iloc[0] == pytest.approx(exact, abs=error(exact))


def test_densities_are_ranked_and_drawn_as_counts_by_area():
    # 12 on 4 km² are fewer by km² than 9 on 1 km² and 10 on 2 km².
    counts, areas = series(12, 9, 10), series(4, 1, 2)
    laws = [stats.gamma(x + 0.5, scale=1 / a) for x, a in zip(counts, areas, strict=True)]
    exact, _error = integrate.quad(
        lambda v: laws[1].pdf(v) * laws[0].cdf(v) * laws[2].cdf(v), 0, 40, points=[1, 5, 10]
    )
    found = standing(counts, areas, is_share=False, seed=2, tops=[1], draws=DRAWS).frame
    assert found["rank"].tolist() == [3, 1, 2]
    assert found["top_1"].iloc[1] == pytest.approx(exact, abs=error(exact))


def test_equal_areas_have_equal_chances():
    found = standing(series(*[30] * 6), series(*[400] * 6), seed=3, tops=[2], draws=DRAWS).frame
    assert found["top_2"].to_numpy() == pytest.approx(1 / 3, abs=error(1 / 3))
    assert (found["lower"] == 1).all()
    assert (found["upper"] == 6).all()
    assert (found["rank"] == 1).all()


# --- what must hold --------------------------------------------------------------------------


@given(
    st.lists(st.tuples(st.integers(0, 50), st.integers(50, 500)), min_size=2, max_size=12),
    st.integers(1, 12),
)
@settings(max_examples=40)
def test_chances_of_a_list_sum_to_its_length(pairs, top):
    count, population = (series(*column) for column in zip(*pairs, strict=True))
    found = standing(count, population, seed=4, tops=[top], draws=200).frame
    assert found[f"top_{top}"].sum() == pytest.approx(min(top, len(pairs)))
    assert (found["lower"] <= found["upper"]).all()
    assert found["lower"].ge(1).all()
    assert found["upper"].le(len(pairs)).all()


def test_order_does_not_matter():
    generator = np.random.default_rng(5)
    count, population = (
        series(*generator.integers(5, 90, 20)),
        series(*generator.integers(500, 900, 20)),
    )
    usual = standing(count, population, seed=6)
    mixed = standing(count.sample(frac=1, random_state=2), population, seed=6)
    pd.testing.assert_frame_equal(mixed.frame.reindex(usual.frame.index), usual.frame)
    other = standing(count, population, seed=7)
    assert not other.frame.equals(usual.frame)


def test_names_do_not_matter_beyond_the_draws():
    count, population = series(8, 30, 12, 15), series(100, 300, 90, 100)
    later = {kode: f"z{kode}" for kode in count.index}
    turned = dict(zip(count.index, reversed(count.index), strict=True))
    usual = standing(count, population, seed=6, tops=[2], draws=DRAWS).frame
    for names, allowed in ((later, 0.0), (turned, 2 * error(0.5))):
        found = standing(count.rename(names), population.rename(names), seed=6, tops=[2],
                         draws=DRAWS)  # fmt: skip
        again = found.frame.rename(index={new: old for old, new in names.items()})
        assert again["top_2"].reindex(usual.index).to_numpy() == pytest.approx(
            usual["top_2"].to_numpy(), abs=allowed
        )


def test_where_lower_is_worse_the_smallest_ranks_first():
    count, population = series(8, 30, 12), series(100, 300, 90)
    law = [stats.beta(a + 0.5, b - a + 0.5) for a, b in zip(count, population, strict=True)]
    exact, _error = integrate.quad(
        lambda p: law[0].pdf(p) * law[1].sf(p) * law[2].sf(p), 0, 1, points=[0.08, 0.2]
    )
    found = standing(
        count, population, seed=1, tops=[1, 2], draws=DRAWS, higher_is_worse=False
    ).frame
    assert found["rank"].tolist() == [1, 2, 3]
    assert found["top_1"].iloc[0] == pytest.approx(exact, abs=error(exact))
    usual = standing(count, population, seed=1, tops=[1, 2], draws=DRAWS).frame
    assert found["top_1"].to_numpy() == pytest.approx(1 - usual["top_2"].to_numpy())


def test_settings_are_told():
    found = standing(series(8, 30), seed=7, tops=[1], draws=50, confidence=0.8)
    assert (found.tops, found.draws, found.seed, found.confidence) == ((1,), 50, 7, 0.8)


def test_a_wider_interval_is_asked_for_by_more_confidence():
    generator = np.random.default_rng(5)
    count = series(*generator.integers(5, 90, 20))
    narrow, wide = (standing(count, seed=8, confidence=by).frame for by in (0.5, 0.99))
    assert (wide["lower"] <= narrow["lower"]).all()
    assert (narrow["upper"] <= wide["upper"]).all()
    assert (wide["upper"] - wide["lower"]).sum() > (narrow["upper"] - narrow["lower"]).sum()


def test_more_people_make_ranks_surer():
    generator = np.random.default_rng(5)
    count, population = series(*generator.integers(5, 90, 20)), series(*[1000] * 20)
    few, many = (standing(count * by, population * by, seed=8).frame for by in (1, 400))
    assert (many["upper"] - many["lower"] <= few["upper"] - few["lower"]).all()
    assert many["rank"].tolist() == few["rank"].tolist()
    clear = count.drop_duplicates(keep=False).index
    assert (many.loc[clear, "lower"] <= many.loc[clear, "rank"]).all()
    assert (many.loc[clear, "rank"] <= many.loc[clear, "upper"]).all()


def test_areas_about_the_cut_cannot_be_told_apart():
    count = series(900, 500, 102, 100, 20)
    found = standing(count, count * 0 + 1000, seed=9, tops=[3], draws=DRAWS)
    assert found.undecided(3).tolist() == [False, False, True, True, False]


def test_figures_that_are_not_known_have_no_rank_and_take_none():
    count, population = series(9, np.nan, 0, 4), series(100, 100, 0, 100)
    found = standing(count, population, seed=1, tops=[1])
    assert found.frame.loc[["k1", "k2"]].isna().all().all()
    rest = standing(count[["k0", "k3"]], population, seed=1, tops=[1]).frame
    pd.testing.assert_frame_equal(found.frame.loc[["k0", "k3"]], rest, check_dtype=False)
    assert not found.undecided(1)[["k1", "k2"]].any()


@pytest.mark.parametrize("population", [None, series(100, 50)])
def test_where_no_count_is_known_there_is_no_rank(population):
    found = standing(series(np.nan, np.nan), population, seed=1)
    assert found.frame.index.tolist() == ["k0", "k1"]
    assert list(found.frame) == [
        "rank", "lower", "upper", "top_5", "top_10", "top_15"
    ]  # fmt: skip
    assert found.frame.isna().all().all()
    assert not found.undecided(5).any()


def test_areas_of_which_only_the_population_is_known_are_no_rows():
    found = standing(series(9, 4), series(100, 100, 70), seed=1, tops=[1])
    assert found.frame.index.tolist() == ["k0", "k1"]
    assert found.frame["top_1"].sum() == pytest.approx(1)


def test_impossible_counts_are_refused():
    with pytest.raises(TableError, match="More people are counted in k1"):
        standing(series(1, 12), series(10, 10), seed=1)
