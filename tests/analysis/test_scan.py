"""Circles that stand out: against SaTScan, by hand and against plain loops."""

import itertools
import math

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from kantong.analysis.scan import _Likelihood, centres, scan
from kantong.geo.errors import TableError

FEW = 99
NAN = float("nan")


def by_kode(values, kodes):
    return pd.Series(list(values), index=list(kodes), dtype=float)


def spots(points, kodes):
    return pd.DataFrame(list(points), index=list(kodes), columns=["x", "y"], dtype=float)


def lined(cases, population, **choices):
    """Scan areas in a row, 100 m apart, named a, b, c ..."""
    kodes = "abcdefghijklmnopqrstuvwxyz"[: len(cases)]
    points = spots([(100 * place, 0) for place in range(len(cases))], kodes)
    choices = {"simulations": FEW} | choices
    return scan(by_kode(cases, kodes), by_kode(population, kodes), points, **choices)


# --- a second implementation: plain loops over centres, radii and sets ------------------------


def plain_llr(inside, expected, total, direction):
    if expected in (0, total) or inside == expected:
        return 0.0
    if direction != "both" and (inside > expected) != (direction == "high"):
        return 0.0
    parts = ((inside, expected), (total - inside, total - expected))
    return sum(seen * math.log(seen / meant) for seen, meant in parts if seen)


def plain_circles(points, population, largest_share):
    """Yield (centre, areas) for whole-number points; equal squared distances are exact."""
    for centre in sorted(points):
        (x, y) = points[centre]
        away = {kode: (x - a) ** 2 + (y - b) ** 2 for kode, (a, b) in points.items()}
        for reach in sorted(set(away.values())):
            areas = frozenset(kode for kode in points if away[kode] <= reach)
            if sum(population[kode] for kode in areas) <= largest_share * sum(population.values()):
                yield centre, areas


def plain_ratios(cases, population, circles, direction):
    total, people = sum(cases.values()), sum(population.values())
    for centre, areas in circles:
        inside = sum(cases[kode] for kode in areas)
        expected = total * sum(population[kode] for kode in areas) / people
        yield plain_llr(inside, expected, total, direction), centre, areas


def plain_pockets(cases, population, circles, direction):
    """Return (areas, LLR) of the pockets, of equals the smallest and then by kode first."""
    ratios = plain_ratios(cases, population, circles, direction)
    ranked = sorted((-round(llr, 9), len(areas), centre, areas) for llr, centre, areas in ratios)
    found: list[tuple[frozenset[str], float]] = []
    for ratio, _size, _centre, areas in ranked:
        if ratio < 0 and not any(areas & other for other, _llr in found):
            found.append((areas, -ratio))
    return found


@st.composite
def layers(draw):
    size = draw(st.integers(3, 9))
    kodes = [f"k{number}" for number in range(size)]
    place = st.tuples(st.integers(0, 5), st.integers(0, 5))
    points = dict(zip(kodes, draw(st.lists(place, min_size=size, max_size=size)), strict=True))
    people = st.lists(st.sampled_from([0, 40, 50, 60, 100]), min_size=size, max_size=size)
    population = dict(zip(kodes, draw(people), strict=True))
    cases = {kode: draw(st.integers(0, population[kode])) for kode in kodes}
    return points, population, cases


@settings(deadline=None, max_examples=200)
@given(layers(), st.sampled_from([0.2, 0.5, 1.0]), st.sampled_from(["high", "low", "both"]))
def test_pockets_are_those_of_plain_loops(layer, largest_share, direction):
    points, population, cases = layer
    circles = list(plain_circles(points, population, largest_share))
    people = sum(population.values())
    is_useful = any(0 < sum(population[kode] for kode in areas) < people for _one, areas in circles)
    if not sum(cases.values()) or not is_useful:
        return
    found = scan(
        pd.Series(cases),
        pd.Series(population),
        spots(points.values(), points),
        largest_share=largest_share,
        direction=direction,
        simulations=9,
    )
    expected = plain_pockets(cases, population, circles, direction)
    assert [frozenset(pocket.kodes) for pocket in found.pockets] == [one for one, _llr in expected]
    assert [pocket.llr for pocket in found.pockets] == pytest.approx(
        [llr for _one, llr in expected]
    )
    for pocket in found.pockets:
        inside = sum(cases[kode] for kode in pocket.kodes)
        lived = sum(population[kode] for kode in pocket.kodes)
        outside = (sum(cases.values()) - inside) / (people - lived)
        assert (pocket.cases, pocket.population) == (inside, lived)
        assert pocket.expected == pytest.approx(sum(cases.values()) * lived / people)
        risk = inside / lived / outside if outside else math.inf
        assert pocket.relative_risk == pytest.approx(risk)
        away = [math.dist(points[pocket.centre], points[kode]) for kode in pocket.kodes]
        assert away == sorted(away)
        assert pocket.radius_m == pytest.approx(away[-1], abs=1e-6)


@pytest.mark.parametrize("direction", ["high", "low", "both"])
def test_p_agree_with_cases_dealt_out_one_by_one(direction):
    points = {f"k{x}{y}": (x, y) for x in range(3) for y in range(3)}
    population = {kode: 100 + 25 * place for place, kode in enumerate(points)}
    dealt = [4, 9, 6, 7, 15, 16, 9, 11, 13]
    cases = dict(zip(points, dealt, strict=True))
    circles = list(plain_circles(points, population, 0.5))
    generator = np.random.default_rng(3)
    kodes, chances = list(points), np.array(list(population.values())) / sum(population.values())
    maxima = []
    for _simulation in range(1_000):
        drawn = generator.choice(len(kodes), size=sum(dealt), p=chances)
        counts = dict(zip(kodes, np.bincount(drawn, minlength=len(kodes)).tolist(), strict=True))
        maxima.append(max(llr for llr, *_ in plain_ratios(counts, population, circles, direction)))
    found = scan(
        pd.Series(cases),
        pd.Series(population),
        spots(points.values(), points),
        direction=direction,
        simulations=9_999,
    )
    assert found.pockets
    for pocket in found.pockets:
        expected = (1 + sum(llr >= pocket.llr - 1e-9 for llr in maxima)) / 1_001
        # Three standard errors of the difference of two Monte Carlo shares.
        error = 3 * math.sqrt(expected * (1 - expected) * (1 / 1_000 + 1 / 9_999))
        assert pocket.p == pytest.approx(expected, abs=max(error, 2e-3))


# --- published and by hand -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cases", "population", "expected", "relative_risk", "llr"),
    [
        (100, 111_674, 58.28, 1.87, 14.083511),
        (38, 34_083, 17.79, 2.22, 9.019716),
        (64, 78_280, 40.85, 1.64, 6.114140),
        (25, 24_571, 12.82, 1.99, 4.651839),
        (12, 9_840, 5.14, 2.37, 3.363518),
        (11, 8_839, 4.61, 2.41, 3.209485),
    ],
)
def test_ratios_are_those_of_satscan(cases, population, expected, relative_risk, llr):
    """SaTScan 9.6, discrete Poisson, on the leukaemia of New York State (Waller et al. 1994).

    552 cases among 1,057,673 people; its six clusters, as kept with the R package smerc in
    tests/scan_test_ny_poisson_circular_cartesian.txt. All else is put in two areas far away.
    """
    rest, others = 552 - cases, 1_057_673 - population
    kodes = ["cluster", "else", "far"]
    found = scan(
        by_kode([cases, rest // 2, rest - rest // 2], kodes),
        by_kode([population, others // 2, others - others // 2], kodes),
        spots([(0, 0), (9e5, 0), (9e6, 0)], kodes),
        simulations=9,
    )
    pocket = found.pockets[0]
    assert pocket.kodes == ("cluster",)
    assert pocket.llr == pytest.approx(llr, abs=6e-7)
    assert pocket.expected == pytest.approx(expected, abs=0.0051)
    assert pocket.relative_risk == pytest.approx(relative_risk, abs=0.0051)


def test_a_pocket_by_hand():
    # Five areas of 1000 people in a row, 200 cases: 40 expected in each. Half the people are at
    # most two areas. a and b: c = 130, e = 80: 130 ln(130 / 80) + 70 ln(70 / 120) = 63.1161 -
    # 37.7298 = 25.3863; rates 130 / 2000 and 70 / 3000: 2.7857 times as high. b alone: 70 ln 1.75
    # + 130 ln(130 / 160) = 39.1731 - 26.9930 = 12.1801; a alone: 60 ln 1.5 + 140 ln 0.875 =
    # 24.3279 - 18.6944 = 5.6335. Of the rest d alone has 50: 50 ln 1.25 + 150 ln(150 / 160) =
    # 11.1572 - 9.6808 = 1.4764.
    found = lined([60, 70, 10, 50, 10], [1000] * 5)
    first, second = found.pockets
    assert (first.centre, first.kodes, first.radius_m) == ("a", ("a", "b"), 100)
    assert (first.cases, first.population, first.expected) == (130, 2000, 80)
    assert first.llr == pytest.approx(25.3863, abs=1e-4)
    assert first.relative_risk == pytest.approx(2.7857, abs=1e-4)
    assert (second.centre, second.kodes, second.radius_m) == ("d", ("d",), 0)
    assert second.llr == pytest.approx(1.4764, abs=1e-4)
    assert first.p == 1 / (FEW + 1)
    assert found.significant() == (first,)
    assert (found.areas, found.cases, found.population, found.left_out) == (5, 200, 5000, ())


def test_low_rates_are_found_where_asked_for():
    # c and e alone have 10 of the 40 expected: 190 ln 1.1875 + 10 ln 0.25 = 32.6515 - 13.8629 =
    # 18.7886; c is first.
    low = lined([60, 70, 10, 50, 10], [1000] * 5, direction="low")
    assert [pocket.kodes for pocket in low.pockets] == [("c",), ("e",)]
    assert low.pockets[0].llr == pytest.approx(18.7886, abs=1e-4)
    # Rates 10 / 1000 and 190 / 4000.
    assert low.pockets[0].relative_risk == pytest.approx(0.2105, abs=1e-4)
    both = lined([60, 70, 10, 50, 10], [1000] * 5, direction="both")
    assert [pocket.kodes for pocket in both.pockets] == [("a", "b"), ("c",), ("e",), ("d",)]


def test_a_pocket_with_all_cases_or_none_is_told():
    high = lined([30, 0, 0, 0], [100] * 4).pockets[0]
    assert (high.kodes, high.relative_risk) == (("a",), math.inf)
    assert high.llr == pytest.approx(30 * math.log(4))
    # One of four people lives there: 30 ln(30 / 22.5).
    low = lined([0, 10, 10, 10], [100] * 4, direction="low").pockets[0]
    assert (low.kodes, low.relative_risk) == (("a",), 0)
    assert low.llr == pytest.approx(30 * math.log(4 / 3))


def test_equally_distant_areas_enter_together():
    # b, c and d lie 0.1 m from a, and two areas are half: about a no circle holds only b, but
    # about b the nearest is a. 0.1 is no binary fraction, so distances differ by rounding.
    points = spots([(0, 0), (0.1, 0), (-0.1, 0), (0, 0.1), (5, 5), (6, 5), (5, 6)], "abcdefg")
    cross = scan(
        by_kode([30, 30, 1, 1, 1, 1, 1], "abcdefg"),
        by_kode([100] * 7, "abcdefg"),
        points,
        simulations=9,
        largest_share=0.3,
    )
    assert cross.pockets[0].kodes == ("b", "a")


def test_areas_with_the_same_centre_are_never_parted():
    points = spots([(0, 0), (0, 0), (500, 0), (900, 0), (1900, 0)], "abcde")
    found = scan(by_kode([40, 1, 1, 1, 1], "abcde"), by_kode([100] * 5, "abcde"), points)
    assert found.pockets[0].kodes == ("a", "b")
    assert found.pockets[0].radius_m == 0


def test_no_circle_holds_more_than_its_share():
    found = lined([60, 70, 10, 50, 10], [1000] * 5, largest_share=0.2)
    assert [pocket.kodes for pocket in found.pockets] == [("b",), ("a",), ("d",)]
    whole = lined([60, 70, 60, 10, 10], [1000] * 5, largest_share=0.6)
    assert set(whole.pockets[0].kodes) == set("abc")


def test_equal_rates_have_no_pocket():
    assert lined([10] * 6, [100] * 6).pockets == ()


# --- what is known ---------------------------------------------------------------------------


def test_nobody_is_expected_where_nobody_lives():
    found = lined([40, 0, 40, 5, 5, 5], [100, 0, 100, 100, 100, 100])
    assert found.pockets[0].expected == pytest.approx(95 * 2 / 5)
    assert set(found.pockets[0].kodes) == set("abc")
    # Alone it is no circle, and does not join where it adds nothing.
    alone = lined([0, 40, 5, 5, 5], [0, 100, 100, 100, 100])
    assert alone.pockets[0].kodes == ("b",)


def test_what_is_missing_is_left_out_as_if_it_were_not_there():
    kodes = "abcdefghi"
    cases = by_kode([60, 70, NAN, 10, 50, 10, 20, NAN, 10], kodes)
    population = by_kode([1000] * 7 + [NAN, 1000], kodes)
    points = spots([(100 * place, 7 * place**2) for place in range(9)], kodes)
    points.loc["i"] = NAN
    found = scan(cases, population, points, simulations=FEW)
    kept = list("abdefg")
    assert found.left_out == ("c", "h", "i")
    assert found.areas == 6
    without = scan(cases[kept], population[kept], points.loc[kept], simulations=FEW)
    assert found.pockets == without.pockets


def test_figures_are_matched_by_kode_and_row_order_is_irrelevant():
    kodes = [f"k{number:02d}" for number in range(16)]
    generator = np.random.default_rng(5)
    population = by_kode(generator.integers(50, 500, 16), kodes)
    cases = by_kode(generator.integers(0, 40, 16), kodes)
    points = spots([(x * 100, y * 100) for x in range(4) for y in range(4)], kodes)
    plain = scan(cases, population, points, simulations=FEW)
    turned = scan(
        cases[generator.permutation(kodes)],
        population[generator.permutation(kodes)],
        points.loc[generator.permutation(kodes)],
        simulations=FEW,
    )
    assert turned == plain


@settings(deadline=None, max_examples=30)
@given(st.permutations(range(10)), st.integers(0, 99))
def test_other_names_change_no_pocket(names, seed):
    generator = np.random.default_rng(seed)
    # So many people that no two circles are equally likely: of those the first by name is taken.
    population, points = generator.integers(5_000, 50_000, 10), generator.random((10, 2))
    cases = generator.binomial(population, 0.02)

    def found(kodes):
        told = scan(
            by_kode(cases, kodes), by_kode(population, kodes), spots(points, kodes), simulations=9
        )
        return [
            ({kodes.index(kode) for kode in pocket.kodes}, pocket.llr) for pocket in told.pockets
        ]

    plain, renamed = found(list("abcdefghij")), found([f"z{name}" for name in names])
    assert [llr for _areas, llr in renamed] == pytest.approx([llr for _areas, llr in plain])
    assert [areas for areas, _llr in renamed] == [areas for areas, _llr in plain]


def test_other_units_of_population_change_nothing():
    cases, population = [60, 70, 10, 50, 10, 44], np.array([900, 1100, 1000, 700, 1000, 1300])
    plain, doubled = lined(cases, population), lined(cases, 2 * population)
    assert [(one.kodes, one.llr, one.p, one.expected) for one in doubled.pockets] == [
        (one.kodes, one.llr, one.p, one.expected) for one in plain.pockets
    ]
    thousands = lined(cases, population * 1000)
    for one, other in zip(thousands.pockets, plain.pockets, strict=True):
        assert one.llr == pytest.approx(other.llr)
        assert one.relative_risk == pytest.approx(other.relative_risk)


def test_the_same_seed_gives_the_same_answer():
    choices = {"cases": [11, 14, 10, 12, 9, 8], "population": [100] * 6}
    first, again, other = (lined(**choices, seed=seed, simulations=999) for seed in (1, 1, 2))
    assert again == first
    assert [one.p for one in other.pockets] != [one.p for one in first.pockets]
    assert [one.llr for one in other.pockets] == [one.llr for one in first.pockets]


def test_pockets_share_no_area_and_are_ranked():
    generator = np.random.default_rng(2)
    kodes = [f"k{number:03d}" for number in range(60)]
    found = scan(
        by_kode(generator.integers(0, 30, 60), kodes),
        by_kode([100] * 60, kodes),
        spots(generator.random((60, 2)) * 5_000, kodes),
        simulations=FEW,
    )
    assert len(found.pockets) > 5
    areas = list(itertools.chain.from_iterable(pocket.kodes for pocket in found.pockets))
    assert len(areas) == len(set(areas))
    assert all(pocket.kodes[0] == pocket.centre for pocket in found.pockets)
    ratios, p = zip(*((pocket.llr, pocket.p) for pocket in found.pockets), strict=True)
    assert list(ratios) == sorted(ratios, reverse=True)
    assert list(p) == sorted(p)


# --- chance ----------------------------------------------------------------------------------


def test_noise_is_a_pocket_as_seldom_as_promised():
    # Of 200 cities with no pocket 5 % = 10 should have one at p <= 0.05; from 2 to 21 lie 99.9 %
    # of Binomial(200, 0.05).
    generator = np.random.default_rng(11)
    kodes = [f"k{number:02d}" for number in range(16)]
    population = by_kode(generator.integers(100, 900, 16), kodes)
    points = spots([(x, y) for x in range(4) for y in range(4)], kodes) * 500
    alarms = 0
    for seed in range(200):
        dealt = generator.multinomial(300, population / population.sum())
        found = scan(
            by_kode(dealt, kodes), population, points, simulations=199, seed=seed, direction="both"
        )
        alarms += bool(found.significant(0.05))
    assert 2 <= alarms <= 21


def test_many_simulations_in_parts_are_simulations_all_the_same(monkeypatch):
    cases, population = [11, 14, 10, 12, 9, 8], [100] * 6
    whole = lined(cases, population, simulations=200)
    monkeypatch.setattr("kantong.analysis.scan._WIDEST", 7)
    monkeypatch.setattr("kantong.analysis.scan._AT_ONCE", 15)
    assert lined(cases, population, simulations=200) == whole


@settings(deadline=None)
@given(
    st.integers(2, 400),
    st.floats(0.001, 0.999),
    st.floats(0, 20),
    st.sampled_from(["high", "low", "both"]),
)
def test_what_is_passed_over_unseen_is_below_the_floor(total, share, floor, direction):
    """Were it not, maxima would be too low, and chance would look like a pocket."""
    likelihood = _Likelihood(np.zeros(0), total, 1.0, direction)
    (low,), (high,) = likelihood.range(np.array([share]), floor)
    passed = range(max(low, 0), min(high, total) + 1)
    ratios = [plain_llr(cases, total * share, total, direction) for cases in passed]
    assert max(ratios, default=0) <= floor + 1e-9


@pytest.mark.parametrize("seed", range(5))
def test_a_planted_pocket_is_found(malang, seed):
    spot = centres(malang)
    generator = np.random.default_rng(seed)
    population = pd.Series(generator.integers(4_000, 25_000, len(spot)), index=spot.index)
    middle = spot.loc["35.73.03.1005"]
    away = np.hypot(spot["x"] - middle["x"], spot["y"] - middle["y"])
    planted = set(spot.index[np.argsort(away)[:5]])
    rate = np.where(spot.index.isin(planted), 0.06, 0.04)
    cases = pd.Series(generator.binomial(population, rate), index=spot.index)
    found = scan(cases, population, malang, simulations=FEW)
    first = found.pockets[0]
    assert len(planted & set(first.kodes)) >= 4
    assert len(set(first.kodes) - planted) <= 2
    assert first.p == 0.01
    assert found == scan(cases, population, spot, simulations=FEW)


# --- centres ---------------------------------------------------------------------------------


def test_centres_are_centroids_in_metres_and_what_has_no_shape_has_none():
    # Squares of 500 m about known points of UTM 49S, told in longitude and latitude.
    drawn = [shapely.box(x, 9_120_000, x + 500, 9_120_500) for x in (680_000, 681_000)]
    layer = gpd.GeoDataFrame({"kode": ["b", "a"]}, geometry=drawn, crs="EPSG:32749")
    told = centres(layer.to_crs("EPSG:4326"))
    assert list(told.index) == ["b", "a"]
    expected = [[680_250, 9_120_250], [681_250, 9_120_250]]
    np.testing.assert_allclose(told.to_numpy(), expected, atol=0.01)
    empty = layer.copy()
    empty.loc[0, "geometry"] = None
    assert centres(empty).isna().any(axis=1).to_dict() == {"b": True, "a": False}


# --- refused ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cases", "population", "choices", "said"),
    [
        ([0, 0, 0, 0], [9] * 4, {}, "Nobody is counted"),
        ([0, 0, 0, 0], [0] * 4, {}, "No area has a population"),
        ([1, -1, 2, 3], [9] * 4, {}, "figures of b are negative or not finite"),
        ([1, 2, math.inf, 3], [9] * 4, {}, "figures of c are negative or not finite"),
        ([1, 2, 2, 3], [9, 9, 9, -1], {}, "population of d is negative"),
        ([1, 2, 2, 3], [9, 9, 9, math.inf], {}, "population of d"),
        ([1, 10, 2, 3], [9] * 4, {}, "More people are counted in b"),
        ([1, 2.5, 2, 3], [9] * 4, {}, "figures of b are not whole numbers"),
        ([1, 2], [9] * 2, {}, "2 areas have a figure"),
        ([1, 2, NAN], [9] * 3, {}, "2 areas have a figure"),
        ([1, 2, 3, NAN, NAN], [9] * 5, {}, "2 of 5 areas have no figure"),
        ([1, 2, 3, 4, 5], [9, 9, 9, NAN, NAN], {}, "2 of 5 areas have no figure"),
        ([1, 2, 3, 4], [9] * 4, {"largest_share": 0}, "not 0 %"),
        ([1, 2, 3, 4], [9] * 4, {"largest_share": 50}, "not 5000 %"),
        ([1, 2, 3, 4], [9] * 4, {"largest_share": 0.2}, "No circle holds at most 20 %"),
    ],
)
def test_figures_of_which_nothing_can_be_told_are_refused(cases, population, choices, said):
    with pytest.raises(TableError, match=said):
        lined(cases, population, **choices)


def test_more_cases_than_memory_holds_are_refused_before_any_is_dealt_out():
    with pytest.raises(TableError, match="more than can be dealt out again \\(200000000\\)"):
        lined([10**10, 5, 5, 5], [2 * 10**10, 10, 10, 10])


def test_unknown_areas_and_those_that_stand_twice_are_refused():
    points = spots([(0, 0), (1, 0), (2, 0), (3, 0)], "abcd")
    figures = by_kode([1, 2, 3, 4, 5], "abcde")
    with pytest.raises(TableError, match=r"1 areas with figures are not among .*: e\."):
        scan(figures, figures * 9, points)
    twice = by_kode([1, 2, 3, 4], "abcc")
    with pytest.raises(TableError, match="'c' stand twice"):
        scan(twice, twice * 9, points)


def test_all_faults_are_told_at_once():
    with pytest.raises(TableError) as refused:
        lined([1, -1, 2.5, 30], [9] * 4, largest_share=2)
    assert len(refused.value.faults) == 4
