"""Hotspots as pages ask for them: one answer to one question, wherever it is asked."""

from dataclasses import replace

import pytest

from kantong.views import data, pockets, pocketwords
from kantong.views.pockets import Choice


@pytest.fixture
def city():
    """The simulated city, nothing covered."""
    return data.city()


def test_densities_are_ranked_by_km2(city):
    found = pockets.ranks(city, Choice("poor_density", "2025", pockets.COUNT))
    people = city.measure("poor_people", "2025").value
    areas = city.layer.set_index("kode")["area_km2"].astype(float)
    expected = (people / areas).rank(ascending=False, method="min")
    assert found.frame["rank"].astype(float).to_dict() == expected.to_dict()


@pytest.mark.parametrize(
    "choice",
    [
        Choice("dtsen_people_d2", "2024-Q4", correction="none"),
        Choice("dtsen_people_d2", "2024-Q3", correction="none"),
        Choice("dtsen_families_d5", "2025-Q3", correction="none"),
    ],
)
def test_through_time_is_hot_now_what_the_map_shows_hot(city, choice):
    figure = pockets.figures_of(city, city.library.indicators[choice.indicator])[0]
    asked = replace(choice, figure=figure)
    classes = pockets.through_time(city, asked).frame["class"]
    is_hot_now = classes.isin(["new", "intensifying", "persistent", "fading", "sporadic"])
    on_map = pockets.found(city, asked).is_hot()
    assert is_hot_now.to_dict() == on_map.to_dict()
    assert on_map.any()


def test_counts_of_neighbours_are_added_up_beside_the_sum_of_the_city(city):
    choice = Choice("poor_people", "2025", pockets.COUNT, correction="none")
    counts = city.measure("poor_people", "2025").value
    kode = pocketwords.surest_hot(city, choice)[0]
    here = int(counts[[kode, *city.neighbours(kode)]].sum())
    told = next(pocketwords.hottest(city, choice))
    name = city.place(kode)["kelurahan"]
    assert told.startswith(
        f"{name} and its neighbours: {here:,} people together, {int(counts.sum()):,} people in "
        "the whole city."
    )
