"""Hotspots as pages ask for them: one answer to one question, wherever it is asked."""

from dataclasses import replace

import pytest

from kantong.analysis import steady
from kantong.maps.style import Scheme
from kantong.views import (
    briefing,
    data,
    figures,
    pocketmap,
    pockets,
    pocketsure,
    pocketwords,
    state,
)
from kantong.views.pockets import Choice


@pytest.fixture
def city():
    """The simulated city, nothing covered."""
    return data.city()


def selection(indicator="poor_people", period="2025"):
    return state.Selection(indicator, period, Scheme(), "semua", "semua", "", "kecamatan")


def test_densities_are_ranked_by_km2(city):
    found = pockets.ranks(city, Choice("poor_density", "2025", pockets.COUNT))
    assert found is not None
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


def test_shares_made_steady_stand_beside_those_counted_under_their_own_name(city):
    choice = Choice("poor_people", "2025", pockets.STEADY)
    counted, made = "Share of residents who are poor · 2025", "Share made steady (empirical Bayes)"
    measured = city.measure("poor_rate", "2025")
    expected = steady.empirical_bayes(measured.numerator, measured.denominator)
    rows = pocketsure.rows(city, selection(), choice)
    assert rows[counted].tolist() == measured.value.tolist()
    assert rows[made].tolist() == expected.tolist()
    shown = pocketmap.picture(city, selection(), choice)
    assert shown.title == f"Hotspots: {counted} · {made}"
    kode = str(measured.value.idxmax())
    told = dict(zip(shown.state.labels, shown.state.tips[kode], strict=True))
    assert told[counted] == f"{measured.value[kode]:.2f} %"
    assert told[made] == f"{expected[kode]:.2f} %"


def test_figures_adjusted_for_the_population_are_no_per_cent(city):
    choice = Choice("poor_people", "2025", pockets.ADJUSTED)
    shown = pocketmap.picture(city, selection(), choice)
    place = shown.state.labels.index("Share adjusted for the population at risk")
    z = pockets.values(city, choice)
    assert {kode: tip[place] for kode, tip in shown.state.tips.items()} == {
        kode: f"{value:.2f}".replace("-0.00", "0.00") for kode, value in z.items()
    }


def test_the_brief_of_a_plain_count_does_not_speak_of_shares(city):
    period = city.periods("training_need")[-1]
    told = briefing.brief(city, selection("training_need", period))
    notes = " ".join(told.theme.notes)
    assert "Figures: The figure itself" in notes
    assert "Share of residents, as it is" not in notes


def test_amounts_have_no_interval_of_a_count(city):
    library = city.library
    as_amount = replace(library.indicators["training_need"], kind="amount")
    indicators = {**library.indicators, "training_need": as_amount}
    other = replace(city, library=replace(library, indicators=indicators))
    period = other.periods("training_need")[-1]
    bounds = figures.intervals(other.measure("training_need", period), as_amount)
    assert bounds.isna().all().all()
    assert pockets.ranks(other, pockets.usual(other, "training_need", period)) is None
