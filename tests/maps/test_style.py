"""Classes, colours and patterns; few figures, so that each class can be worked by hand."""

import itertools
import warnings
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any
from xml.etree import ElementTree as ET

import mapclassify
import numpy as np
import pandas as pd
import pytest
from coloraide import Color
from hypothesis import given
from hypothesis import strategies as st

from kantong.analysis.measures import measure
from kantong.analysis.suppression import suppress
from kantong.geo.schema import Indicator
from kantong.language import activate, number
from kantong.maps import style
from kantong.maps.style import (
    ALONE,
    MISSING,
    OWN,
    SCHEMES,
    STD_MEAN,
    SUPPRESSED,
    UNCERTAIN,
    Scheme,
    background,
    classify,
    classify_change,
    common_breaks,
    decimals,
    fills_by_kode,
    hotspot_fill,
    pattern_definitions,
)

WORDS = {"id": "x", "en": "x"}
COUNT = Indicator("n", WORDS, WORDS, WORDS, "count")
SERVICE = Indicator("s", WORDS, WORDS, WORDS, "count", higher_is_worse=False)
RATE = Indicator("r", WORDS, WORDS, WORDS, "rate", "n", "m", 100)
WORST, BEST = "#8d0026", "#fff5b4"
NEUTRAL = "#f4f4f4"
# The drawing in data/tutorial/README.md.
POOR = pd.Series([50, 100, 100, 100, 200, 0, np.nan, 100, 150], index=list("ABCDEFGHI"))
EYES = (None, "protan", "deutan", "tritan")


def series(*figures):
    return pd.Series(figures, dtype=float)


def holding(classes, shown):
    """Return the numbers of the classes whose legend holds a figure."""
    bounds = zip(classes.lower, classes.upper, strict=True)
    return [place for place, (low, high) in enumerate(bounds) if low <= shown <= high]


# --- classes -----------------------------------------------------------------------------------


def test_few_distinct_values_get_a_class_each():
    classes = classify(POOR, COUNT, Scheme("quantiles"))
    assert classes.upper == (0, 50, 100, 150, 200)
    assert classes.lower == (0, 1, 51, 101, 151)
    assert classes.counts == (1, 1, 4, 1, 1)
    assert pd.isna(classes.member["G"])


def test_equal_intervals_are_worked_by_hand():
    classes = classify(series(0, 1, 2, 30, 41, 60, 80, 99, 100), COUNT, Scheme("equal_interval"))
    assert classes.upper == (20, 40, 60, 80, 100)
    assert classes.lower == (0, 21, 41, 61, 81)
    assert classes.counts == (3, 1, 2, 1, 2)


def test_quantiles_hold_equal_numbers():
    classes = classify(series(*range(1, 51)), COUNT, Scheme("quantiles"))
    assert classes.counts == (10, 10, 10, 10, 10)


def test_natural_breaks_part_clear_groups():
    values = series(1, 2, 3, 50, 51, 52, 100, 101, 200, 201, 400, 401)
    assert classify(values, COUNT, Scheme("natural_breaks")).upper == (3, 52, 101, 201, 401)


def test_head_tail_breaks_part_at_the_means():
    # Mean of all 4.75, of the head (8, 16) 12; 16 stands alone (Jiang 2013, by hand).
    values = series(1, 2, 2, 3, 3, 3, 8, 16)
    classes = classify(values, COUNT, Scheme("head_tail", classes=2))
    assert classes.upper == (4, 12, 16)
    assert classes.lower == (1, 5, 13)
    assert classes.counts == (6, 1, 1)


@given(st.lists(st.integers(0, 10_000), min_size=8, max_size=60))
def test_head_tail_breaks_sort_as_mapclassify_does(values):
    figures = np.array(values, dtype=float)
    if len(set(values)) <= style.CLASSES:
        return
    reference = mapclassify.HeadTailBreaks(figures)
    classes = classify(pd.Series(figures), COUNT, Scheme("head_tail"))
    highest = style.MOST_CLASSES - 1
    assert classes.member.tolist() == np.minimum(reference.yb, highest).tolist()


@given(st.lists(st.integers(0, 10_000), min_size=8, max_size=60), st.integers(2, 7))
def test_quantiles_and_their_fit_are_those_of_mapclassify(values, k):
    figures = np.array(values, dtype=float)
    if len(set(values)) <= k:
        return
    classes = classify(pd.Series(figures), COUNT, Scheme("quantiles", classes=k))
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore"
        )  # of fewer classes than were asked for, and of equal figures
        reference = mapclassify.Quantiles(figures, k=k)
        fit = mapclassify.UserDefined(figures, bins=list(classes.upper)).get_gadf()
    # Classes without any figure are left out of ours.
    ours, theirs = (np.unique(one, return_inverse=True)[1]
                    for one in (classes.member.to_numpy(dtype=int), reference.yb))  # fmt: skip
    assert ours.tolist() == theirs.tolist()
    assert classes.fit == pytest.approx(fit if np.isfinite(fit) else 1)


def test_classes_about_the_mean_are_one_standard_deviation_wide():
    # Mean 10; squares of the deviations 312, by n - 1 = 8: s = 6.245. The middle is 6.88 to 13.12,
    # the outer edges are 0.63 and 19.37.
    classes = classify(series(0, 4, 6, 8, 10, 12, 14, 16, 20), COUNT, Scheme(STD_MEAN))
    assert classes.upper == (0, 6, 13, 19, 20)
    assert classes.counts == (1, 2, 3, 2, 1)


def test_the_class_of_the_mean_is_neutral():
    classes = classify(series(0, 4, 6, 8, 10, 12, 14, 16, 20), COUNT, Scheme(STD_MEAN))
    assert classes.fills[2] == NEUTRAL
    assert classes.fills.count(NEUTRAL) == 1


def test_classes_about_the_mean_but_beyond_all_figures_are_left_out():
    # Mean 12, s = 7.75: nothing lies below 12 - s/2 = 8.1; the edges above are 15.9 and 23.6.
    classes = classify(series(*[10] * 14, 40), COUNT, Scheme(STD_MEAN))
    assert classes.upper == (15, 23, 40)
    assert classes.counts == (14, 0, 1)
    assert classes.fills[0] == NEUTRAL


def test_classes_about_the_mean_that_round_to_nothing_are_left_out():
    # Mean 0.5, s = 0.71: the edges -0.56, 0.15, 0.85 and 1.56 are -1, 0, 0 and 1 as shown.
    classes = classify(series(0, 1), COUNT, Scheme(STD_MEAN))
    assert classes.lower == classes.upper == (0, 1)


def test_no_class_begins_at_minus_zero():
    classes = classify(series(-0.3, 5, 9), COUNT, Scheme("equal_interval", 2))
    assert classes.lower[0] == 0
    assert not np.signbit(classes.lower[0])


def test_own_breaks_leave_the_outer_classes_open():
    classes = classify(POOR, COUNT, Scheme(OWN, breaks=(99, 149)))
    assert classes.lower == (-np.inf, 100, 150)
    assert classes.upper == (99, 149, np.inf)
    assert classes.counts == (2, 4, 2)


def test_own_breaks_that_look_alike_are_one():
    classes = classify(POOR, COUNT, Scheme(OWN, breaks=(99.6, 100.2, 149)))
    assert classes.breaks == (100, 149)
    assert all(low <= high for low, high in zip(classes.lower, classes.upper, strict=True))


@given(
    breaks=st.lists(st.integers(-500, 500), min_size=1, max_size=6, unique=True),
    values=st.lists(st.integers(-1000, 1000), max_size=30),
    others=st.lists(st.integers(-1000, 1000), max_size=30),
)
def test_own_breaks_mean_the_same_for_other_figures(breaks, values, others):
    scheme = Scheme(OWN, breaks=tuple(map(float, breaks)))
    one, other = (classify(series(*figures), COUNT, scheme) for figures in (values, others))
    assert (one.lower, one.upper, one.fills) == (other.lower, other.upper, other.fills)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_common_breaks_serve_several_periods_alike(scheme):
    before, after = series(*range(0, 40, 2)), series(*range(10, 90, 4))
    wanted = Scheme(scheme, breaks=(10, 20) if scheme == OWN else ())
    shared = common_breaks([before, after], COUNT, wanted)
    one, other = (classify(figures, COUNT, shared) for figures in (before, after))
    assert one.upper == other.upper
    assert one.fills == other.fills
    pooled = classify(pd.concat([before, after], ignore_index=True), COUNT, wanted)
    assert shared.breaks == pooled.breaks
    assert np.array_equal(
        pd.concat([one.member, other.member]).to_numpy(), pooled.member.to_numpy()
    )


def test_common_breaks_without_any_figure_are_one_open_class():
    shared = common_breaks([series(np.nan), series(np.nan)], COUNT, Scheme())
    classes = classify(series(3), COUNT, shared)
    assert (classes.lower, classes.upper) == ((-np.inf,), (np.inf,))


@pytest.mark.parametrize("scheme", ["quantiles", "natural_breaks", "equal_interval"])
@pytest.mark.parametrize("wanted", range(style.FEWEST_CLASSES, style.MOST_CLASSES + 1))
def test_the_wanted_number_of_classes_is_made(scheme, wanted):
    classes = classify(series(*range(100)), COUNT, Scheme(scheme, wanted))
    assert len(classes.upper) == len(classes.fills) == len(set(classes.fills)) == wanted


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("indicator", [COUNT, RATE])
@given(
    values=st.lists(st.integers(0, 500_000), min_size=1, max_size=60),
    wanted=st.integers(style.FEWEST_CLASSES, style.MOST_CLASSES),
    breaks=st.lists(st.floats(-10, 600_000), max_size=6),
)
def test_legend_and_figures_never_disagree(scheme, indicator, values, wanted, breaks):
    places = decimals(indicator)
    figures = pd.Series(values, dtype=float) / (10 ** (places + 1) if places else 1)
    classes = classify(figures, indicator, Scheme(scheme, wanted, tuple(breaks)))
    own_number = scheme in (STD_MEAN, "head_tail", OWN)
    assert 1 <= len(classes.upper) <= (style.MOST_CLASSES if own_number else wanted)
    assert len(classes.fills) == len(classes.lower) == len(classes.upper)
    assert all(low <= high for low, high in zip(classes.lower, classes.upper, strict=True))
    assert sum(classes.counts) == len(figures)
    for value, member in zip(figures, classes.member, strict=True):
        assert holding(classes, round(value, places)) == [member]


def test_a_share_is_classed_as_it_is_written():
    """Every share of some denominators, against the exact decimal of the float, half to even."""
    activate("en")
    shares = {100 * part / whole for whole in (400, 2_000, 4_000, 8_000) for part in range(whole)}
    figures = pd.Series(sorted(shares))
    places = decimals(RATE)
    step = Decimal(1).scaleb(-places)
    exact = [Decimal(value).quantize(step, ROUND_HALF_EVEN) for value in figures]
    numpy_floats: list[Any] = list(figures.to_numpy())
    written = [number(value, places) for value in numpy_floats]
    assert written == [number(float(value), places) for value in figures]
    assert written == [str(value) for value in exact]
    classes = classify(figures, RATE, Scheme(OWN, breaks=(0.32, 7.57, 50)))
    limits = [Decimal("0.32"), Decimal("7.57"), Decimal(50)]
    assert list(classes.member) == [sum(value > limit for limit in limits) for value in exact]


@pytest.mark.parametrize("scheme", SCHEMES)
def test_without_a_figure_no_area_has_a_class(scheme):
    classes = classify(series(np.nan, np.nan), RATE, Scheme(scheme))
    assert classes.member.isna().all()
    assert sum(classes.counts) == 0
    assert np.isnan(classes.fit)


@given(st.lists(st.integers(0, 1000), min_size=2, max_size=40), st.randoms())
def test_the_order_of_the_areas_does_not_matter(values, random):
    figures = series(*values)
    order = list(figures.index)
    random.shuffle(order)
    one, other = (classify(each, COUNT, Scheme()) for each in (figures, figures[order]))
    assert one.upper == other.upper
    assert one.member.equals(other.member.sort_index())


# --- fit -----------------------------------------------------------------------------------------


def test_fit_is_the_share_of_the_spread_that_the_classes_take_up():
    # Absolute deviations from the median 5: 4+3+0+2+3 = 12; within classes (1, 2), (5), (7, 8):
    # 1 + 0 + 1 = 2. The fit is 1 - 2/12 (Slocum 2005).
    values = series(1, 2, 5, 7, 8)
    classes = classify(values, COUNT, Scheme(OWN, breaks=(2, 5)))
    assert classes.fit == pytest.approx(1 - 2 / 12)
    reference = mapclassify.UserDefined(values, bins=[2, 5, 8]).get_gadf()
    assert classes.fit == pytest.approx(reference)


@pytest.mark.parametrize("figures", [(7,), (7, 7, 7), (1, 2, 3)])
def test_classes_of_equal_figures_fit_wholly(figures):
    assert classify(series(*figures), COUNT, Scheme()).fit == 1


# --- change --------------------------------------------------------------------------------------


def test_change_has_equal_steps_on_both_sides_of_zero():
    # Sizes 1 to 6; thirds of them: 2.67 and 4.33, rounded up 3 and 5.
    classes = classify_change(series(-6, -4, -1, 0, 0, 2, 3, 5), COUNT)
    assert classes.lower == (-6, -5, -3, 0, 1, 4, 6)
    assert classes.upper == (-6, -4, -1, 0, 3, 5, 6)
    assert classes.counts == (1, 1, 1, 2, 2, 1, 0)


@given(st.lists(st.integers(-900, 900), min_size=1, max_size=40))
@pytest.mark.parametrize("indicator", [COUNT, RATE])
def test_change_is_symmetric_and_zero_stands_alone(indicator, values):
    places = decimals(indicator)
    figures = pd.Series(values, dtype=float) / 10**places
    classes = classify_change(figures, indicator)
    mirrored = [(-high, -low) for low, high in zip(classes.lower, classes.upper, strict=True)]
    bounds = list(zip(classes.lower, classes.upper, strict=True))
    assert bounds == mirrored[::-1]
    assert (0, 0) in bounds
    assert all(low <= high for low, high in bounds)
    assert len(set(classes.fills)) == len(classes.fills)
    assert classes.fills[bounds.index((0, 0))] == NEUTRAL
    for value, member in zip(figures, classes.member, strict=True):
        assert holding(classes, round(value, places)) == [member]


def test_where_nothing_has_changed_zero_is_the_only_class():
    classes = classify_change(series(0, np.nan, -0.0, 0.3), COUNT)
    assert (classes.lower, classes.upper) == ((0,), (0,))
    assert classes.fills == (NEUTRAL,)
    assert classes.counts == (3,)
    assert not np.signbit([*classes.lower, *classes.upper]).any()


def test_change_without_a_figure_has_no_class():
    classes = classify_change(series(np.nan, np.nan), COUNT)
    assert (classes.lower, classes.upper, classes.fills, classes.counts) == ((), (), (), ())


def hue(fill):
    pattern = style._PATTERNS.get(fill)  # noqa: SLF001 - the ground of the pattern
    return Color(pattern.ground if pattern else fill).convert("oklch")["h"]


def test_the_worse_side_of_a_change_is_orange():
    figures = series(-6, -4, -1, 0, 2, 3, 5)
    need, service = (classify_change(figures, one).fills for one in (COUNT, SERVICE))
    assert all(40 < hue(fill) < 90 for fill in (*need[4:], *service[:3]))
    assert all(220 < hue(fill) < 270 for fill in (*need[:3], *service[4:]))


# --- fills ---------------------------------------------------------------------------------------


@pytest.fixture
def city_of_four():
    """3, 0, 9 and 20 poor people, and one area without a figure."""
    seen = pd.DataFrame({"kode": list("abcd"), "value": [3.0, 0.0, 9.0, 20.0]})
    seen = seen.assign(indicator="n", period="2025", dataset="register")
    layer = pd.DataFrame({"kode": list("abcde")})
    return suppress(measure(seen, {"n": COUNT}, "n", "2025", layer=layer), 5)


def test_missing_suppressed_and_zero_look_different(city_of_four):
    fills = fills_by_kode(classify(city_of_four.value, COUNT, Scheme()), city_of_four)
    # 3 is too small to show; 9 covers for it, lest the total give it away.
    assert fills == {
        "a": SUPPRESSED.fill,
        "b": BEST,
        "c": SUPPRESSED.fill,
        "d": WORST,
        "e": MISSING.fill,
    }


def test_more_need_is_darker_and_services_have_a_palette_of_their_own():
    need, service = (classify(series(*range(10)), one, Scheme()).fills for one in (COUNT, SERVICE))
    assert set(need).isdisjoint(service)
    for fills in (need, service):
        greys = [lightness(fill) for fill in fills]
        assert greys == sorted(greys, reverse=True)


# --- colours: told apart by every eye and in grey ------------------------------------------------


def lightness(colour):
    return Color(colour).convert("lab-d65")["l"]


def least_difference(colours, eye):
    seen = [Color(colour) if eye is None else Color(colour).filter(eye) for colour in colours]
    return min(one.delta_e(other, method="2000") for one, other in itertools.combinations(seen, 2))


def sequential(indicator, wanted):
    return classify(series(*range(100)), indicator, Scheme("equal_interval", wanted)).fills


def diverging(indicator, steps):
    figures = {1: (-1, 0, 1), 2: (-2, -1, -1, 0, 2), 3: (-6, -4, -1, 0, 2, 3, 5)}[steps]
    fills = classify_change(series(*figures), indicator).fills
    assert len(fills) == 2 * steps + 1
    return fills


@pytest.mark.parametrize("eye", EYES)
@pytest.mark.parametrize("wanted", range(style.FEWEST_CLASSES, style.MOST_CLASSES + 1))
@pytest.mark.parametrize("indicator", [COUNT, SERVICE])
def test_classes_are_told_apart_by_every_eye(indicator, wanted, eye):
    assert least_difference(sequential(indicator, wanted), eye) >= 6


@pytest.mark.parametrize("wanted", range(style.FEWEST_CLASSES, style.MOST_CLASSES + 1))
@pytest.mark.parametrize("indicator", [COUNT, SERVICE])
def test_neighbouring_classes_are_told_apart_in_grey(indicator, wanted):
    greys = [lightness(fill) for fill in sequential(indicator, wanted)]
    assert min(one - other for one, other in itertools.pairwise(greys)) >= 9


@pytest.mark.parametrize("eye", EYES)
@pytest.mark.parametrize("steps", [1, 2, 3])
@pytest.mark.parametrize("indicator", [COUNT, SERVICE])
def test_sides_of_a_change_are_told_apart_by_every_eye(indicator, steps, eye):
    fills = diverging(indicator, steps)
    grounds = [style._PATTERNS[fill].ground if "url" in fill else fill for fill in fills]  # noqa: SLF001
    assert least_difference(grounds, eye) >= 6


@pytest.mark.parametrize("steps", [1, 2, 3])
@pytest.mark.parametrize("indicator", [COUNT, SERVICE])
def test_in_grey_the_lower_side_of_a_change_is_told_by_its_stripes(indicator, steps):
    fills = diverging(indicator, steps)
    below, above = fills[:steps], fills[steps + 1 :]
    striped = [style._PATTERNS[fill] for fill in below]  # noqa: SLF001
    assert {pattern.kind for pattern in striped} == {"stripes"}
    assert all("url" not in fill for fill in fills[steps:])
    for side in ([pattern.ground for pattern in striped][::-1], above):
        greys = [lightness(colour) for colour in side]
        assert all(one - other >= 15 for one, other in itertools.pairwise(greys))
    assert all(abs(lightness(one.ink) - lightness(one.ground)) >= 30 for one in striped)


# --- patterns ------------------------------------------------------------------------------------


def test_patterns_are_xml_and_bear_the_name_that_fills_use():
    root = ET.fromstring(f"<defs>{pattern_definitions()}</defs>")  # noqa: S314 - our own text
    names = [f"url(#{pattern.get('id')})" for pattern in root]
    assert {pattern.tag for pattern in root} == {"pattern"}
    assert len(names) == len(set(names))
    used = {
        fill for one in (COUNT, SERVICE) for steps in (1, 2, 3) for fill in diverging(one, steps)
    }
    used |= {pattern.fill for pattern in (MISSING, SUPPRESSED, ALONE, UNCERTAIN)}
    used |= {pattern.fill for pattern in style.BIVARIATE_UNKNOWN}
    used |= {f"url(#uncertain-{colour[1:]})" for colour in every_colour()}
    used |= {f"url(#uncertain-{fill[5:-1]})" for fill in used if fill.startswith("url(#below")}
    assert {fill for fill in used if "url" in fill} == set(names)


def test_only_patterns_in_use_are_defined_where_fills_are_given():
    root = ET.fromstring(f"<defs>{pattern_definitions([WORST, MISSING.fill])}</defs>")  # noqa: S314
    assert [pattern.get("id") for pattern in root] == ["missing"]


def every_colour():
    """Return the colours of all classes that are no patterns."""
    in_order = {
        colour for one in (COUNT, SERVICE) for k in range(1, 8) for colour in sequential(one, k)
    }
    both_sides = {
        fill if "url" not in fill else style._PATTERNS[fill].ground  # noqa: SLF001
        for one in (COUNT, SERVICE) for steps in (1, 2, 3) for fill in diverging(one, steps)
    }  # fmt: skip
    return in_order | both_sides


def test_uncertain_figures_are_hatched_in_the_colour_of_their_class(city_of_four):
    classes = classify(city_of_four.value, COUNT, Scheme())
    uncertain = pd.Series(True, index=list("abcde")) & pd.Series(list("abcde"), list("abcde")).ne(
        "d"
    )
    plain = fills_by_kode(classes, city_of_four)
    fills = fills_by_kode(classes, city_of_four, uncertain)
    assert fills == {**plain, "b": f"url(#uncertain-{BEST[1:]})"}


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("indicator", [COUNT, SERVICE])
def test_uncertain_figures_are_hatched_under_every_scheme(indicator, scheme):
    seen = pd.DataFrame({"kode": [f"k{place:02}" for place in range(40)], "value": range(40)})
    seen = seen.assign(indicator="n", period="2025", dataset="register", value=seen["value"] * 1.0)
    found = measure(seen, {"n": indicator}, "n", "2025", layer=seen[["kode"]])
    classes = classify(found.value, indicator, Scheme(scheme, breaks=(10, 20)))
    plain = fills_by_kode(classes, found)
    fills = fills_by_kode(classes, found, found.value < 25)
    assert all((fills[kode] != plain[kode]) == (found.value[kode] < 25) for kode in plain)
    assert all(ground_of(fills[kode]) == ground_of(plain[kode]) for kode in plain)


def ground_of(fill):
    return style._PATTERNS[fill].ground if "url" in fill else fill  # noqa: SLF001


def hatched(colour):
    return style._PATTERNS[f"url(#uncertain-{colour[1:]})"]  # noqa: SLF001


def test_strokes_of_uncertain_figures_are_seen_on_their_ground_and_lean_the_other_way():
    for colour in every_colour():
        pattern = hatched(colour)
        assert pattern.ground == colour
        assert pattern.kind != MISSING.kind
        assert abs(lightness(pattern.ink) - lightness(pattern.ground)) >= 30
        assert pattern.ink in background(pattern.fill)


def seen_from_afar(pattern):
    """Return the lightness of a pattern whose strokes run into its ground: light is added up."""
    drawn = ET.fromstring(pattern.svg())  # noqa: S314 - our own text
    (stroke,) = drawn.findall("path")
    # One stroke along the diagonal of every tile.
    share = float(stroke.attrib["stroke-width"]) * np.sqrt(2) / float(drawn.attrib["width"])
    ink, ground = (Color(colour).luminance() for colour in (pattern.ink, pattern.ground))
    light = share * ink + (1 - share) * ground
    return lightness(Color("xyz-d65", np.array(Color("white").convert("xyz-d65")[:3]) * light))


@pytest.mark.parametrize(("wanted", "least"), [(2, 20), (3, 20), (4, 10), (5, 6), (6, 3), (7, 1.5)])
@pytest.mark.parametrize("indicator", [COUNT, SERVICE])
def test_hatched_classes_keep_their_order_in_grey(indicator, wanted, least):
    greys = [seen_from_afar(hatched(colour)) for colour in sequential(indicator, wanted)]
    assert min(one - other for one, other in itertools.pairwise(greys)) >= least


def test_uncertain_figures_of_striped_classes_keep_their_stripes():
    for fill in {*diverging(COUNT, 3)[:3], *diverging(SERVICE, 3)[:3]}:
        striped, crossed = (
            style._PATTERNS[name]  # noqa: SLF001
            for name in (fill, f"url(#uncertain-{fill[5:-1]})")
        )
        assert (crossed.ground, crossed.ink) == (striped.ground, striped.ink)
        own, both = (ET.fromstring(one.svg()) for one in (striped, crossed))  # noqa: S314
        strokes = [{part.get("d") for part in drawn.findall("path")} for drawn in (own, both)]
        assert strokes[0] < strokes[1]
        assert crossed.ink in background(crossed.fill)


def test_hotspots_are_told_apart_in_grey_or_by_stripes():
    hot, cold = (
        [hotspot_fill(f"{side}_{level}") for level in (90, 95, 99)] for side in ("hot", "cold")
    )
    assert all("url" not in fill for fill in hot)
    grounds = [style._PATTERNS[fill].ground for fill in cold]  # noqa: SLF001
    for side in (hot, grounds):
        greys = [lightness(colour) for colour in side]
        assert all(one - other >= 15 for one, other in itertools.pairwise(greys))
    neutral = hotspot_fill("not_significant")
    assert lightness(neutral) - max(map(lightness, hot)) >= 9
    rest = [hotspot_fill(name) for name in ("no_neighbours", "missing", "not_significant")]
    assert len({*hot, *cold, *rest}) == 9
    assert (
        len({hotspot_fill(name) for name in ("high_high", "low_low", "high_low", "low_high")}) == 4
    )


def test_a_legend_shows_patterns_and_colours_as_the_map_does():
    assert background(WORST) == WORST
    for pattern in (MISSING, SUPPRESSED):
        shown = background(pattern.fill)
        assert "url" not in shown
        assert pattern.ink in shown
        assert pattern.ground in shown
