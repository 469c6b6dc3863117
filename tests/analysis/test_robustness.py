import math
from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import rankdata

from kantong.analysis import robustness as module
from kantong.analysis.composite import composite
from kantong.analysis.robustness import robustness, what_would_change
from kantong.geo.errors import TableError

# Three areas, two indicators between 0 and 1; with weight t of x the scores are
# a: t, b: 1 - t, c: 0.6 t + 0.3 (1 - t) = 0.3 + 0.3 t. They meet at t = 1/2 (a, b), 3/7 (a, c)
# and 7/13 (b, c): a is first above 1/2, b below; c never.
THREE = pd.DataFrame({"x": [1.0, 0, 0.6], "y": [0.0, 1, 0.3]}, index=list("abc"))


def scored(frame, weights=None, **chosen):
    weights = weights or dict.fromkeys(frame.columns, 1)
    return composite(frame, weights, **{"normalisation": "minmax", **chosen})


@st.composite
def scores(draw, most=4, rows=12):
    """Return a score of 3 to 12 areas by whole numbers, with areas and scores that are equal."""
    width = draw(st.integers(2, most))
    row = st.lists(st.integers(0, 6), min_size=width, max_size=width)
    figures = np.array(draw(st.lists(row, min_size=3, max_size=rows)), dtype=float)
    weights = draw(st.lists(st.integers(1, 9), min_size=width, max_size=width))
    names = [f"i{place}" for place in range(width)]
    frame = pd.DataFrame(
        figures, columns=names, index=[f"k{row:02}" for row in range(len(figures))]
    )
    return scored(frame, dict(zip(names, weights, strict=True)))


def simple(found, weights):
    """Rank by the plain definition: one more than how many score higher, to nine decimals."""
    terms = found.terms.dropna()
    totals = np.round(weights @ terms.to_numpy().T, 9)
    return pd.DataFrame(rankdata(-totals, method="min", axis=1), columns=terms.index)


def test_the_share_of_weightings_is_the_length_of_the_line_where_an_area_is_first():
    answer = robustness(scored(THREE), k=1, draws=100_000)
    # Two indicators: uniform weights are a uniform t. c is second for t in (3/7, 7/13).
    assert answer.frame["first"].tolist() == pytest.approx([1 / 2, 1 / 2, 0], abs=0.006)
    second = robustness(scored(THREE), k=2, draws=100_000).acceptability[2]
    expected = [1 / 2 - 3 / 7, 7 / 13 - 1 / 2, 3 / 7 + (1 - 7 / 13)]
    assert second.tolist() == pytest.approx(expected, abs=0.006)


def test_with_three_indicators_it_is_the_area_of_a_triangle():
    frame = pd.DataFrame(np.eye(3), index=list("abc"), columns=list("xyz"))
    frame.loc["d"] = 0.5  # the score of d is 1/2 whatever the weights
    answer = robustness(scored(frame), k=1, draws=100_000)
    # a is first where its weight is above 1/2: a corner triangle, a quarter of the simplex.
    assert answer.frame["first"].tolist() == pytest.approx([0.25] * 4, abs=0.006)


@given(scores(), st.integers(1, 5), st.sampled_from([0.0, 3.0, 50.0]))
@settings(max_examples=60)
def test_every_figure_agrees_with_a_plain_second_implementation(found, k, concentration):
    draws = 137
    answer = robustness(found, k=k, draws=draws, concentration=concentration, seed=5)
    alphas = 1 + concentration * found.weights.to_numpy()
    ranks = simple(found, np.random.default_rng(5).dirichlet(alphas, draws))
    frame = answer.frame
    assert frame["mean"].to_numpy() == pytest.approx(ranks.mean().to_numpy())
    assert frame["first"].to_numpy() == pytest.approx((ranks <= k).mean().to_numpy())
    for name, share in (("lower", 0.05), ("median", 0.5), ("upper", 0.95)):
        expected = ranks.quantile(share, interpolation="lower")
        plain = np.quantile(ranks, share, axis=0, method="inverted_cdf")
        assert frame[name].tolist() == plain.tolist()
        assert (frame[name].to_numpy() >= expected.to_numpy()).all()
    for rank in range(1, k + 1):
        assert answer.acceptability[rank].to_numpy() == pytest.approx((ranks == rank).mean())
    assert frame["rank"].equals(found.rank)


def test_near_concentration_without_end_only_the_given_weights_are_left():
    answer = robustness(scored(THREE, {"x": 3, "y": 1}), concentration=math.inf, draws=50)
    assert (
        answer.frame[["lower", "median", "upper"]].to_numpy() == [[1] * 3, [3] * 3, [2] * 3]
    ).all()


def test_concentration_draws_weights_nearer():
    found = scored(THREE, {"x": 3, "y": 1})
    wide, near = (robustness(found, k=1, concentration=one).frame["first"]["a"] for one in (0, 200))
    assert wide == pytest.approx(0.5, abs=0.03)
    assert near > 0.99


def test_areas_that_are_the_same_share_every_rank():
    frame = THREE.loc[["a", "a", "b", "c", "c"]].set_axis(list("abcde"))
    answer = robustness(scored(frame), k=2)
    for same in (["a", "b"], ["d", "e"]):
        for table in (answer.frame, answer.acceptability):
            one, other = table.loc[same].to_numpy()
            assert (one == other).all()


@given(scores(), st.randoms(), st.booleans())
@settings(max_examples=40)
def test_neither_rows_nor_columns_have_to_be_in_order(found, random, with_data):
    rows, names = list(found.terms.index), list(found.terms.columns)
    random.shuffle(rows)
    random.shuffle(names)
    weights = found.weights.to_dict()
    turned = scored(found.terms.loc[rows, names], weights)
    again = scored(found.terms, weights)
    shake = np.random.default_rng(3).normal(size=(7, *found.terms.shape)).round(3)
    drawn = shake[:, found.terms.index.get_indexer(rows)][
        :, :, found.terms.columns.get_indexer(names)
    ]
    data = (shake, drawn) if with_data else (None, None)
    answer = robustness(again, draws=100, data=data[0])
    other = robustness(turned, draws=100, data=data[1])
    assert other.frame.index.tolist() == rows
    pd.testing.assert_frame_equal(other.frame.sort_index(), answer.frame, check_exact=False)


def test_the_same_seed_gives_the_same_and_another_does_not():
    found = scored(THREE)
    first, second, third = (robustness(found, k=1, seed=seed).frame for seed in (1, 1, 2))
    assert first.equals(second)
    assert not first.equals(third)


def test_areas_left_out_stay_out():
    frame = pd.concat([THREE, pd.DataFrame({"x": [math.nan], "y": [9]}, ["d"])])
    answer = robustness(scored(frame), k=1)
    assert answer.frame.loc["d"].isna().all()
    assert answer.acceptability.loc["d"].isna().all()
    assert answer.frame["first"].sum() == pytest.approx(1)


def test_draws_of_figures_are_scored_one_by_one():
    draws = np.array([THREE.to_numpy(), THREE.to_numpy()[[1, 0, 2]], [[0, 0], [5, 1], [9, 9]]])
    answer = robustness(
        scored(THREE, {"x": 3, "y": 1}), k=1, draws=300, data=draws, concentration=math.inf
    )
    # First: a, then b (the two change places), then c: a third of the draws each.
    assert answer.frame["first"].tolist() == pytest.approx([1 / 3] * 3)
    assert answer.data_draws == 3


@pytest.mark.parametrize(
    ("way", "how"), list(product(("rank", "z", "minmax"), ("arithmetic", "geometric")))
)
def test_each_draw_is_what_the_score_would_be_for_it(way, how):
    chosen = {"normalisation": way, "aggregation": how, "higher_is_worse": {"x": True, "y": False}}
    generator = np.random.default_rng(2)
    draws = generator.normal(size=(5, 9, 2)).round(1)
    names = [f"k{row}" for row in range(9)]
    frames = [pd.DataFrame(draw, columns=["x", "y"], index=names) for draw in draws]
    weights = {"x": 2, "y": 1}
    answer = robustness(
        composite(frames[0], weights, **chosen), k=3, draws=5, data=draws, concentration=math.inf
    )
    ranks = np.array([composite(frame, weights, **chosen).rank for frame in frames])
    assert answer.frame["mean"].tolist() == pytest.approx(ranks.mean(axis=0).tolist())
    assert answer.frame["first"].tolist() == pytest.approx((ranks <= 3).mean(axis=0).tolist())


def test_figures_and_weights_can_be_drawn_together_by_a_function():
    def draw(generator):
        return (THREE + generator.normal(0, 0.2, THREE.shape)).sample(frac=1, random_state=1)

    weights_only = robustness(scored(THREE), k=1).frame["first"]
    both = robustness(scored(THREE), k=1, data=draw, data_draws=500).frame["first"]
    assert weights_only["c"] == 0
    assert 0 < both["c"] < 0.3
    assert both.sum() == pytest.approx(1)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (np.zeros((4, 2, 2)), "The draws hold"),
        (np.full((4, 3, 2), np.nan), "Draw 1 of the figures has some that are missing"),
        (lambda _: THREE.drop(index="c"), "Draw 1 of the figures has some that are missing"),
        (lambda _: THREE[["x"]], "Draw 1 of the figures has some that are missing"),
    ],
)
def test_draws_that_do_not_fit_are_refused(data, message):
    with pytest.raises(TableError, match=message):
        robustness(scored(THREE), data=data)


@pytest.mark.parametrize(
    "chosen", [{"k": 0}, {"draws": 0}, {"concentration": -1}, {"concentration": math.nan}]
)
def test_impossible_choices_are_errors(chosen):
    with pytest.raises(ValueError, match="no ranking with"):
        robustness(scored(THREE), **chosen)


def test_more_draws_of_figures_than_weightings_are_an_error():
    with pytest.raises(ValueError, match="cannot be shared out"):
        robustness(scored(THREE), draws=2, data=np.zeros((3, 3, 2)))


def test_what_would_not_fit_into_memory_is_refused(monkeypatch):
    monkeypatch.setattr(module, "_MOST_HELD", 29)
    with pytest.raises(TableError, match="10 draws of 3 areas are too many"):
        robustness(scored(THREE), draws=10)


def test_how_many_are_worked_on_at_once_changes_nothing(monkeypatch):
    generator = np.random.default_rng(1)
    frame = pd.DataFrame(generator.normal(size=(20, 3)), [f"k{row:02}" for row in range(20)])
    frame.columns = list("xyz")
    whole = robustness(scored(frame), draws=500)
    monkeypatch.setattr(module, "_AT_ONCE", 140)
    monkeypatch.setattr(module, "_AREAS_AT_ONCE", 6)
    parts = robustness(scored(frame), draws=500)
    assert parts.frame.equals(whole.frame)
    assert parts.acceptability.equals(whole.acceptability)


def test_one_weight_at_a_time_gives_the_values_of_the_drawing():
    tipping = what_would_change(scored(THREE, {"x": 7, "y": 3}), "a", 1)
    assert tipping.inside
    assert tipping.thresholds.loc["x", "weight"] == pytest.approx(0.7)
    # a and c meet at 3/7, but at 1/2 b has overtaken a already.
    assert tipping.thresholds.loc["x", "lower"] == pytest.approx(1 / 2)
    assert tipping.thresholds["upper"].isna().tolist() == [True, False]
    assert tipping.thresholds.loc["y", "upper"] == pytest.approx(1 / 2)
    assert tipping.moved == pytest.approx(0.2)
    assert tipping.against == ("b",)
    assert tipping.weights.tolist() == pytest.approx([0.5, 0.5])


def test_nothing_moves_what_is_beaten_whatever_the_weights():
    tipping = what_would_change(scored(THREE), "c", 1)
    assert not tipping.inside
    assert math.isnan(tipping.moved)
    assert tipping.weights.isna().all()
    assert tipping.thresholds[["lower", "upper"]].isna().all(axis=None)
    assert (tipping.against, tipping.exact) == ((), True)


def test_all_areas_are_inside_a_list_as_long_as_all():
    tipping = what_would_change(scored(THREE), "c", 3)
    assert tipping.inside
    assert math.isnan(tipping.moved)


def test_an_area_that_ties_at_the_cut_moves_at_any_change():
    frame = pd.DataFrame({"x": [1.0, 0, 0], "y": [0.0, 1, 0]}, index=list("abc"))
    tipping = what_would_change(scored(frame), "a", 1)
    assert tipping.inside
    assert tipping.moved == pytest.approx(0, abs=1e-9)
    assert tipping.thresholds.loc["x", "lower"] == pytest.approx(0.5)


def test_a_single_indicator_leaves_nothing_to_change():
    tipping = what_would_change(scored(THREE[["x"]]), "a", 1)
    assert math.isnan(tipping.moved)
    assert tipping.thresholds[["lower", "upper"]].isna().all(axis=None)


def test_with_two_indicators_the_smallest_change_is_the_nearest_threshold():
    generator = np.random.default_rng(4)
    frame = pd.DataFrame(generator.random((15, 2)), [f"k{row:02}" for row in range(15)], ["x", "y"])
    found = scored(frame, {"x": 2, "y": 3})
    for kode in frame.index:
        tipping = what_would_change(found, kode, 5)
        limits = tipping.thresholds.loc[["x"], ["lower", "upper"]].to_numpy()
        nearest = np.nanmin([*np.abs(limits - 0.4).ravel(), 9])
        assert (9 if math.isnan(tipping.moved) else tipping.moved) == pytest.approx(nearest)


STEPS = 40


def simplex(width):
    """Return every weighting in whole fortieths."""
    every = np.array(
        [way for way in product(range(STEPS + 1), repeat=width - 1) if sum(way) <= STEPS]
    )
    return np.column_stack([every, STEPS - every.sum(axis=1)]) / STEPS


@given(scores(most=3), st.integers(1, 6), st.data())
@settings(max_examples=80, deadline=None)
def test_no_weighting_on_a_grid_moves_an_area_with_less(found, k, data):
    kode = data.draw(st.sampled_from(list(found.terms.index)))
    tipping = what_would_change(found, kode, k)
    grid = simplex(len(found.weights))
    terms = found.terms.to_numpy()
    totals = grid @ terms.T
    own = totals[:, [found.terms.index.get_loc(kode)]]
    same = (np.abs(terms - found.terms.loc[kode].to_numpy()) < 1e-12).all(axis=1)
    ahead = ((totals > own + 1e-9) & ~same).sum(axis=1)
    behind = ((totals < own - 1e-9) & ~same).sum(axis=1)
    crossed = ahead >= k if tipping.inside else behind >= (~same).sum() - (k - 1)
    moved = np.abs(grid - found.weights.to_numpy()).sum(axis=1) / 2
    least = moved[crossed].min(initial=math.inf)
    if math.isnan(tipping.moved):
        # What no weighting does, none on the grid does, but for slivers at its very edge.
        assert not crossed.any()
        return
    assert tipping.moved <= least + 1e-6
    at = tipping.weights.to_numpy()
    assert at.min() >= -1e-9
    assert at.sum() == pytest.approx(1)
    assert np.abs(at - found.weights).sum() / 2 == pytest.approx(tipping.moved)
    gaps = (terms[~same] - found.terms.loc[kode].to_numpy()) @ at
    reached = gaps >= -1e-7 if tipping.inside else gaps <= 1e-7
    assert reached.sum() >= (k if tipping.inside else len(gaps) - (k - 1))
    assert set(tipping.against) == set(found.terms.index[~same][np.abs(gaps) <= 1e-7])


def corners(gaps, given):
    """Return every point of the triangle of three weights where the smallest change can lie.

    Where two lines meet: of those where another area is level, the sides of the triangle, and
    those on which one weight stays as given, where the sum of the changes has its bends.
    """
    bends = [np.eye(3)[one] - given[one] for one in range(3)]  # (e - g) w = w_e - g, as w sums to 1
    lines = [*gaps, *np.eye(3), *bends]
    for place, one in enumerate(lines):
        for other in lines[:place]:
            square = np.array([one, other, np.ones(3)])
            if abs(np.linalg.det(square)) > 1e-9:
                point = np.linalg.solve(square, [0, 0, 1])
                if point.min() >= -1e-9:
                    yield point


@pytest.mark.parametrize("seed", range(24))
def test_the_smallest_change_is_that_of_all_corners_tried_one_by_one(seed):
    generator = np.random.default_rng(seed)
    figures = generator.random((14, 3)) + generator.random((14, 1))
    frame = pd.DataFrame(figures, [f"k{row:02}" for row in range(14)], list("xyz"))
    found = scored(frame, dict(zip("xyz", generator.integers(1, 9, 3), strict=True)))
    kode, k = f"k{generator.integers(14):02}", int(generator.integers(1, 8))
    given, own = found.weights.to_numpy(), found.terms.loc[kode].to_numpy()
    gaps = found.terms.drop(kode).to_numpy() - own
    angles = np.linspace(0, 2 * np.pi, 720)[:, None]
    around = 1e-6 * (np.cos(angles) * [1, -1, 0] + np.sin(angles) * [0.5, 0.5, -1])
    inside = bool(found.rank[kode] <= k)
    least = math.inf
    for point in corners(gaps, given):
        near = point + around
        near = near[near.min(axis=1) >= 0]
        crossed = ((near @ gaps.T > 0).sum(axis=1) < k) != inside
        if crossed.any():
            least = min(least, np.abs(point - given).sum() / 2)
    tipping = what_would_change(found, kode, k)
    assert (math.inf if math.isnan(tipping.moved) else tipping.moved) == pytest.approx(least)


def test_to_be_equal_at_the_very_edge_is_not_to_be_overtaken():
    frame = pd.DataFrame({"x": [1.0, 1, 0], "y": [1.0, 0, 0]}, index=list("abc"))
    tipping = what_would_change(scored(frame), "a", 1)
    assert math.isnan(tipping.moved)
    assert tipping.thresholds[["lower", "upper"]].isna().all(axis=None)


@pytest.mark.parametrize("share", [0.1, 0.3, 0.4, 0.6, 0.7, 0.9])
@pytest.mark.parametrize("k", [1, 2])
def test_two_that_change_places_with_it_at_one_point_change_nothing(share, k):
    frame = pd.DataFrame({"x": [share, 1.0, 0], "y": [1 - share, 0, 1]}, index=list("abc"))
    tipping = what_would_change(scored(frame, {"x": 1, "y": 3}), "a", k)
    assert tipping.thresholds[["lower", "upper"]].isna().all(axis=None)
    assert math.isnan(tipping.moved)


@given(scores(), st.integers(1, 6), st.data())
@settings(max_examples=80, deadline=None)
def test_just_beyond_what_is_told_the_area_has_changed_sides(found, k, data):
    kode = data.draw(st.sampled_from(list(found.terms.index)))
    tipping = what_would_change(found, kode, k)
    assert tipping.inside == (found.rank[kode] <= k)
    for name, row in tipping.thresholds.iterrows():
        others = found.weights.drop(name)
        for limit, outwards in ((row["lower"], -1), (row["upper"], 1)):
            if math.isnan(limit):
                continue
            for step, changed in ((outwards * 1e-4, True), (-outwards * 1e-4, False)):
                new = limit + step
                within = (new - row["weight"]) * outwards >= 0
                if not (0 <= new <= 1 and (changed or within)):
                    continue
                weights = (others / others.sum() * (1 - new)).reindex(found.weights.index)
                weights = weights.fillna(new).to_numpy()
                rank = simple(found, weights[None])[kode].iloc[0]
                assert ((rank <= k) == tipping.inside) != changed


def test_the_search_says_so_when_it_gives_up(monkeypatch):
    generator = np.random.default_rng(0)
    frame = pd.DataFrame(generator.normal(size=(120, 6)), [f"k{row:03}" for row in range(120)])
    frame.columns = list("uvwxyz")
    found = scored(frame, normalisation="rank")
    kode = found.rank.astype(int).sort_values().index[40]
    whole = what_would_change(found, kode, 10)
    monkeypatch.setattr(module, "_MOST_NODES", 1)
    hasty = what_would_change(found, kode, 10)
    assert whole.exact
    assert not hasty.exact
    assert not hasty.moved < whole.moved - 1e-9


@pytest.mark.parametrize("kode", ["z", "d"])
def test_an_area_without_a_score_has_no_tipping_point(kode):
    frame = pd.concat([THREE, pd.DataFrame({"x": [math.nan], "y": [9]}, ["d"])])
    with pytest.raises(KeyError):
        what_would_change(scored(frame), kode, 1)


def test_a_list_of_none_is_an_error():
    with pytest.raises(ValueError, match="no list of 0"):
        what_would_change(scored(THREE), "a", 0)
