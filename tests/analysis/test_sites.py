"""Classes and venues, against lines worked by hand, every choice there is, and what must hold."""

import itertools
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import milp

from kantong.analysis.sites import (
    Places,
    classes_needed,
    maximal_covering,
    p_median,
    straight_distance_m,
)
from kantong.geo.errors import TableError


def line(asking, room, *, at=None, fixed=()):
    """Return kelurahan on a line, each with a candidate venue, 1 km apart unless told."""
    names = [f"k{place}" for place in range(len(asking))]
    where = np.arange(len(asking)) * 1_000.0 if at is None else np.array(at, dtype=float)
    far = pd.DataFrame(np.abs(where[:, None] - where), names, names)
    return Places(
        pd.Series(asking, names, dtype=float), pd.Series(room, names, dtype=float), far, fixed
    )


def sent(found):
    return dict(zip(found.assignment["kode"], found.assignment["venue"], strict=True))


# --- classes ---------------------------------------------------------------------------------

SURVEY = pd.DataFrame(
    {"sewing": [23, 8, 40], "baking": [9, math.nan, 0]}, index=["k0", "k1", "k2"], dtype=float
)


@pytest.mark.parametrize(
    ("asking", "fewest", "classes", "waiting"),
    [
        (0, None, 0, 0),
        (9, None, 0, 9),  # below half a class
        (10, None, 1, 0),
        (20, None, 1, 0),
        (29, None, 1, 9),
        (30, None, 2, 0),
        (29, 5, 2, 0),
        (39, 20, 1, 19),  # only full classes
        (1, 1, 1, 0),  # nobody waits
    ],
)
def test_a_rest_gets_a_class_if_it_is_large_enough(asking, fewest, classes, waiting):
    found = classes_needed(pd.DataFrame({"course": [asking]}), 20, fewest=fewest)
    assert found["classes"].tolist() == [classes]
    assert found["waiting"].tolist() == [waiting]


def test_half_a_class_of_an_odd_size_is_rounded_up():
    found = classes_needed(pd.DataFrame({"a": [7], "b": [8]}), 15)
    assert found["classes"].tolist() == [0, 1]


def test_classes_by_kecamatan_and_course():
    region = pd.Series(["x", "x", "y"], SURVEY.index, name="kecamatan")
    found = classes_needed(SURVEY, {"sewing": 20, "baking": 10}, region=region)
    assert list(found.index) == [("x", "sewing"), ("x", "baking"), ("y", "sewing"), ("y", "baking")]
    assert found["asking"].tolist() == [31, 9, 40, 0]
    assert found["classes"].tolist() == [2, 1, 2, 0]
    assert found["placed"].tolist() == [31, 9, 40, 0]
    assert found["unknown"].tolist() == [0, 1, 0, 0]
    city = classes_needed(SURVEY, 20)
    assert city["classes"].to_dict() == {"sewing": 4, "baking": 0}
    assert city["unknown"].to_dict() == {"sewing": 0, "baking": 1}


@given(
    st.lists(st.integers(0, 200), min_size=1, max_size=8), st.integers(1, 30), st.integers(1, 30)
)
def test_nobody_is_lost_and_no_class_is_too_small(asking, size, fewest):
    fewest = min(size, fewest)
    found = classes_needed(pd.DataFrame({"course": asking}), size, fewest=fewest).iloc[0]
    assert found["placed"] + found["waiting"] == found["asking"] == sum(asking)
    assert found["waiting"] < fewest
    assert found["placed"] <= found["classes"] * size
    assert found["placed"] >= (found["classes"] - 1) * size + fewest * (found["classes"] > 0)


def test_surveys_that_cannot_be_are_refused_at_once():
    broken = pd.DataFrame({"a": [-1.0, 2.5], "b": [1.0, 2.0], "c": [1.0, 1.0]}, index=["p", "q"])
    region = pd.Series({"p": "x"})
    with pytest.raises(TableError) as refused:
        classes_needed(broken, {"a": 0, "b": 10}, fewest=11, region=region)
    assert str(refused.value).splitlines() == [
        "p, q: people asking are negative or not whole. Correct them first.",
        "'c': the size of a class is not given. Add it.",
        "'a': a class must have one person at least.",
        "'b': a class of at most 10 cannot ask for 11 at least.",
        "It is not known in which region q lie. Complete the regions.",
    ]


# --- distances -------------------------------------------------------------------------------


def test_distances_are_those_of_pythagoras():
    areas = pd.DataFrame({"x": [0.0, 300.0], "y": [0.0, 400.0]}, index=["k0", "k1"])
    found = straight_distance_m(areas, areas)
    assert found.to_numpy().tolist() == [[0, 500], [500, 0]]


def test_coordinates_that_are_degrees_or_missing_are_refused():
    degrees = pd.DataFrame({"x": [112.6, 112.7], "y": [-7.9, -8.0]}, index=["k0", "k1"])
    with pytest.raises(TableError, match="look like degrees"):
        straight_distance_m(degrees, degrees)
    with pytest.raises(TableError, match="'k1': the place is not known"):
        straight_distance_m(degrees.assign(x=[1.0, math.nan]), degrees)


# --- lines worked by hand --------------------------------------------------------------------


def test_one_venue_opens_at_the_median():
    # 10 people at 0, 1 and 2 km: 20 km from the middle, 30 from an end.
    found = p_median(line([10, 10, 10], [99, 99, 99]), 1)
    assert found.open == ("k1",)
    assert found.mean_distance == pytest.approx(2_000 / 3)
    assert found.farthest == 1_000
    assert found.load.to_dict() == {"k1": 30}
    assert found.covered == 1
    assert found.uncovered == ()
    assert found.gap == 0


def test_a_full_venue_sends_the_next_farther():
    # At 0, 1, 5 km ask 10, 10, 10. Two venues; k0 holds 10 only, the others 20. k1 and k2: 0
    # and 1 to k1 make 10,000. k0 and k1 need k2 at k1: 40,000. k0 and k2 need k1 at k2.
    found = p_median(line([10, 10, 10], [10, 20, 20], at=[0, 1_000, 5_000]), 2)
    assert found.open == ("k1", "k2")
    assert sent(found) == {"k0": "k1", "k1": "k1", "k2": "k2"}
    assert found.mean_distance == pytest.approx(10_000 / 30)


def test_a_venue_that_is_open_already_stays_open():
    found = p_median(line([10, 10, 10], [99, 99, 99], fixed=("k2",)), 1)
    assert found.open == ("k2",)
    assert found.mean_distance == 1_000


def test_split_kelurahan_fill_what_is_near_first():
    # 30 at k0, where 20 have room; k1, 1 km away, has room for 15 and 5 of its own.
    places = line([30, 5], [20, 15])
    with pytest.raises(TableError, match=r"k0: more people ask than the largest venue holds, 20"):
        p_median(places, 2)
    found = p_median(places, 2, split=True)
    assert found.assignment.to_numpy().tolist() == [
        ["k0", "k0", 20, 0],
        ["k0", "k1", 10, 1_000],
        ["k1", "k1", 5, 0],
    ]
    assert found.load.to_dict() == {"k0": 20, "k1": 15}


def test_a_travel_time_matrix_need_not_be_symmetric_and_may_have_no_way():
    minutes = pd.DataFrame(
        {"hall": [5.0, math.nan, 9.0], "school": [8.0, 7.0, 2.0]}, index=["k0", "k1", "k2"]
    )
    places = Places(
        pd.Series([4.0, 4.0, 4.0], minutes.index), pd.Series({"hall": 12.0, "school": 8.0}), minutes
    )
    found = p_median(places, 2)
    assert sent(found) == {"k0": "hall", "k1": "school", "k2": "school"}
    assert found.mean_distance == pytest.approx(14 / 3)


def test_covering_takes_the_most_people_not_the_most_areas():
    # One venue, 1 km: k0 with k1 has 30, k3 alone 50.
    found = maximal_covering(line([10, 20, 5, 50], [99] * 4, at=[0, 900, 5_000, 9_000]), 1, 1_000)
    assert found.open == ("k3",)
    assert found.covered == pytest.approx(50 / 85)
    assert found.uncovered == ("k0", "k1", "k2")


def test_covering_serves_a_kelurahan_whole_or_not_at_all_unless_split():
    # The venue at k0 has room for 25 of 10 + 20.
    places = line([10, 20], [25, 0])
    whole = maximal_covering(places, 1, 1_000)
    assert sent(whole) == {"k1": "k0"}
    assert whole.uncovered == ("k0",)
    split = maximal_covering(places, 1, 1_000, split=True)
    assert split.load.to_dict() == {"k0": 25}
    # As many are served, and they travel least: all of k0.
    assert split.assignment["people"].tolist() == [10, 15]
    assert split.uncovered == ("k1",)


def test_covering_of_nobody_within_reach_opens_venues_all_the_same():
    places = line([10, 0, 0], [0, 10, 10])
    found = maximal_covering(places, 2, 500)
    assert len(found.open) == 2
    assert found.covered == 0
    assert math.isnan(found.mean_distance)
    assert math.isnan(found.farthest)
    far = Places(places.demand, places.capacity, places.distance + 9_000)
    assert maximal_covering(far, 1, 500).uncovered == ("k0",)


def test_kelurahan_where_nobody_asks_or_it_is_not_known_are_left_out():
    found = p_median(line([10, 0, math.nan], [99] * 3), 1)
    assert found.left_out == ("k1", "k2")
    assert sent(found) == {"k0": "k0"}


# --- against every choice there is -----------------------------------------------------------


def every_choice(places, venues, within=None):
    """Yield people served and their travel of every assignment to every set of venues."""
    names = list(places.capacity.index)
    for chosen in itertools.combinations(names, venues):
        if not set(places.fixed) <= set(chosen):
            continue
        options = chosen if within is None else (*chosen, None)
        for where in itertools.product(options, repeat=len(places.demand)):
            load, travel = dict.fromkeys(chosen, 0.0), 0.0
            for kode, venue in zip(places.demand.index, where, strict=True):
                if venue is None:
                    continue
                far = places.distance.loc[kode, venue]
                load[venue] += places.demand[kode]
                travel += places.demand[kode] * far if within is None or far <= within else math.inf
            if all(load[venue] <= places.capacity[venue] for venue in chosen):
                yield sum(load.values()), travel


@st.composite
def grounds(draw, areas=4, candidates=4):
    count, rooms = draw(st.integers(2, areas)), draw(st.integers(2, candidates))
    kodes, names = [f"k{n}" for n in range(count)], [f"v{n}" for n in range(rooms)]
    far = draw(
        st.lists(
            st.lists(st.integers(0, 9), min_size=rooms, max_size=rooms),
            min_size=count,
            max_size=count,
        )
    )
    demand = draw(st.lists(st.integers(1, 9), min_size=count, max_size=count))
    room = draw(st.lists(st.integers(0, 20), min_size=rooms, max_size=rooms))
    fixed = draw(st.sampled_from([(), ("v0",)]))
    return Places(
        pd.Series(demand, kodes, dtype=float),
        pd.Series(room, names, dtype=float),
        pd.DataFrame(far, kodes, names, dtype=float),
        fixed,
    )


def holds(found, places, venues):
    assert len(found.open) == venues
    assert set(places.fixed) <= set(found.open)
    assert (found.load <= places.capacity[list(found.open)] + 1e-6).all()
    assert set(found.assignment["venue"]) <= set(found.open)
    got = found.assignment.groupby("kode")["people"].sum().reindex(places.demand.index)
    assert (got.fillna(0) <= places.demand + 1e-6).all()
    assert found.load.sum() == pytest.approx(found.assignment["people"].sum())
    assert found.gap == 0


@given(grounds(), st.integers(1, 3))
@settings(max_examples=80, deadline=None)
def test_p_median_is_the_best_of_all_choices(places, venues):
    venues = min(venues, len(places.capacity))
    travels = [travel for _people, travel in every_choice(places, venues)]
    if not travels:
        with pytest.raises(TableError, match=r"split|room|hold"):
            p_median(places, venues)
        return
    found = p_median(places, venues)
    assert found.mean_distance * places.demand.sum() == pytest.approx(min(travels))
    assert found.assignment["kode"].tolist() == list(places.demand.index)
    holds(found, places, venues)
    loose = p_median(places, venues, split=True)
    assert loose.mean_distance <= found.mean_distance + 1e-9
    assert (loose.assignment["people"] == loose.assignment["people"].round()).all()
    holds(loose, places, venues)


@given(grounds(), st.integers(1, 3), st.integers(0, 9))
@settings(max_examples=80, deadline=None)
def test_covering_is_the_best_of_all_choices(places, venues, within):
    venues = min(venues, len(places.capacity))
    best = max(
        people for people, travel in every_choice(places, venues, within) if math.isfinite(travel)
    )
    found = maximal_covering(places, venues, within)
    assert found.covered * places.demand.sum() == pytest.approx(best)
    assert (found.assignment["distance"] <= within).all()
    assert not found.assignment["kode"].duplicated().any()
    assert set(found.uncovered) == set(places.demand.index) - set(found.assignment["kode"])
    holds(found, places, venues)
    loose = maximal_covering(places, venues, within, split=True)
    assert loose.covered >= found.covered - 1e-9
    holds(loose, places, venues)


# --- what must hold --------------------------------------------------------------------------


@given(grounds(8, 6))
@settings(max_examples=40, deadline=None)
def test_more_venues_are_never_worse(places):
    farther, served = math.inf, 0.0
    for venues in range(1, len(places.capacity) + 1):
        covered = maximal_covering(places, venues, 5).covered
        assert covered >= served - 1e-9
        served = covered
        try:
            mean = p_median(places, venues).mean_distance
        except TableError:
            assert farther == math.inf
            continue
        assert mean <= farther + 1e-9
        farther = mean


@given(grounds(8, 6), st.randoms())
@settings(max_examples=40, deadline=None)
def test_row_order_does_not_matter(places, random):
    rows = random.sample(list(places.demand.index), len(places.demand))
    names = random.sample(list(places.capacity.index), len(places.capacity))
    mixed = Places(
        places.demand[rows], places.capacity[names], places.distance.loc[rows, names], places.fixed
    )
    for within in (3, 9):
        usual, other = (maximal_covering(each, 2, within) for each in (places, mixed))
        assert other.open == usual.open
        assert sent(other) == sent(usual)
        pd.testing.assert_series_equal(other.load, usual.load)
        asked = [kode for kode in rows if kode in sent(other)]
        assert other.assignment["kode"].tolist() == asked


# --- what is not proven ----------------------------------------------------------------------


def stopped(monkeypatch, **changes):
    """Let HiGHS answer as it does when its time is over."""

    def stopped_milp(*args, **kwargs):
        found = milp(*args, **kwargs)
        found.update(status=1, **changes)
        return found

    monkeypatch.setattr("kantong.analysis.sites.milp", stopped_milp)


def test_venues_that_are_not_proven_say_how_far_the_best_may_be(monkeypatch):
    stopped(monkeypatch, mip_gap=0.04)
    assert p_median(line([10, 10, 10], [99] * 3), 1).gap == 0.04
    assert maximal_covering(line([10, 10, 10], [99] * 3), 1, 9_000).gap == 0.04


def test_no_venues_in_time_are_told(monkeypatch):
    stopped(monkeypatch, x=None)
    with pytest.raises(TableError, match="No choice of venues was found in 7 seconds"):
        p_median(line([10, 10, 10], [99] * 3), 1, time_limit_s=7)


# --- what is refused -------------------------------------------------------------------------


def test_everything_wrong_is_told_at_once():
    far = pd.DataFrame([[1.0, -2.0]], index=["k0"], columns=["v0", "v1"])
    demand = pd.Series([5.0, -1.0, 3.0, 3.0], ["k0", "k1", "k2", "k2"])
    room = pd.Series([5.0, -1.0, math.nan], ["v0", "v1", "v2"])
    with pytest.raises(TableError) as refused:
        maximal_covering(Places(demand, room, far, ("v9",)), 4, -1)
    assert str(refused.value).splitlines() == [
        "'k2': two rows of needs have this code. Keep one for each kelurahan.",
        "'k1': the needs are negative or not finite. Correct them first.",
        "'v1', 'v2': the capacity is negative, not finite or not known. Correct it first.",
        "'v9': already open, but not among the candidate places. Add them.",
        "'k2': no distances from this kelurahan are given. Complete them.",
        "'v2': no distances to this venue are given. Complete them.",
        "'k0': distances from this kelurahan are negative. Correct them first.",
        "4 venues are asked for, but there are 3 candidate places. Add some.",
        "The largest distance must be a number, not negative.",
    ]


def test_no_candidates_no_demand_and_no_venues_are_refused():
    places = line([10, 10], [99, 99], fixed=("k0", "k1"))
    empty = Places(places.demand, places.capacity[:0], places.distance)
    with pytest.raises(TableError, match="There is no candidate place"):
        p_median(empty, 1)
    with pytest.raises(TableError, match="Nobody is known to ask"):
        p_median(line([0, math.nan], [9, 9]), 1)
    with pytest.raises(TableError, match="At least one venue"):
        p_median(places, 0)
    with pytest.raises(TableError, match="2 venues are open already, more than the 1 asked for"):
        p_median(places, 1)
    doubled = Places(places.demand, places.capacity, pd.concat([places.distance] * 2))
    with pytest.raises(TableError, match="two rows or columns of distances"):
        p_median(doubled, 1)


def test_too_little_room_says_by_how_much():
    with pytest.raises(TableError) as refused:
        p_median(line([10, 20, 30], [25, 24, 3]), 2)
    first, second = str(refused.value).splitlines()
    assert first == (
        "k2: more people ask than the largest venue holds, 25. Let kelurahan be split between "
        "venues, or find a larger one."
    )
    assert second == (
        "60 people ask, but the 2 venues that may open hold 49 at most. Open more venues, or find "
        "larger ones."
    )


def test_the_room_of_fixed_venues_counts_before_larger_ones():
    with pytest.raises(TableError, match="the 2 venues that may open hold 33 at most"):
        p_median(line([10, 10, 20], [30, 29, 3], fixed=("k2",)), 2)


def test_an_area_without_a_way_is_named():
    places = line([10, 10], [99, 99])
    cut_off = places.distance.copy()
    cut_off.loc["k1"] = math.nan
    with pytest.raises(TableError, match="k1: there is no way to a venue with room"):
        p_median(Places(places.demand, places.capacity, cut_off), 1)


def test_room_that_suffices_only_for_split_kelurahan_is_told_so():
    # Three times 6 into two venues of 9.
    places = line([6, 6, 6], [9, 9, 0])
    with pytest.raises(TableError, match="only if the people of a kelurahan may be sent"):
        p_median(places, 2)
    assert p_median(places, 2, split=True).covered == 1


def test_room_that_cannot_be_reached_is_told_so():
    places = line([6, 6], [6, 6])
    one_way = places.distance.copy()
    one_way["k1"] = math.nan
    with pytest.raises(TableError, match="No 2 venues have room for all who can reach them"):
        p_median(Places(places.demand, places.capacity, one_way), 2, split=True)
