"""Page Target through the harness: numbers worked by hand from the published series."""

import pandas as pd
import pytest

from kantong.analysis.targets import needed_path, split_exits
from kantong.views import data, target
from tests.conftest import DATA, TUTORIAL
from tests.views.test_hotspot_page import city as copied
from tests.views.test_hotspot_page import everything, republish, texts
from tests.views.test_pages import chosen, open_page

__all__ = ["copied"]


@pytest.fixture(autouse=True)
def city(monkeypatch):
    monkeypatch.setenv("KANTONG_DATA", str(DATA))


def shown(app):
    """The table of kelurahan, by name."""
    table = next(one.value for one in app.dataframe if "Exits" in one.value)
    return table.set_index("Kelurahan")


def test_the_path_to_30000_is_worked_by_hand():
    """34,410 in 2025 to 30,000 in 2028: 4,410 fewer, 1,470 a year; since 2016 2,620 in 9 years."""
    told = texts(open_page("target", bahasa="en"))
    assert "From 34,410 poor people in 2025 to 30,000 in 2028: 4,410 fewer, 1,470 each year" in told
    assert "From 2016 to 2025 it fell by 291 a year" in told


def test_one_years_change_is_told_from_chance_only_where_the_error_is_known():
    """430 fewer; with 3 % of each the half-width is 1.96 × 0.03 × √(34,840² + 34,410²) = 2,879."""
    told = texts(open_page("target", bahasa="en"))
    assert (
        "is more than chance only if the survey's relative standard error is below 0.45 %" in told
    )
    told = texts(open_page("target", bahasa="en", galat="3"))
    assert "The change from 2024 to 2025 (-430) is within the sample's chance" in told


def test_progress_is_set_against_the_straight_way():
    """From 37,780 in 2023 to 30,000 in 2028 by 1,556 a year: 34,668 needed in 2025, 34,410 seen."""
    app = open_page("target", bahasa="en", sejak="2023", galat="2")
    table = next(one.value for one in app.dataframe if "Needed" in one.value).set_index("Year")
    assert table.loc["2025", "Needed"] == "34,668"
    assert table.loc["2025", "Observed"] == "34,410"
    assert table.loc["2025", "Of the way"] == "43 %"  # 3,370 of 7,780
    assert table.loc["2025", "So far"] == "too close to tell"


@pytest.mark.parametrize("rule", ["proportional", "equal", "priority"])
def test_exits_over_kelurahan_sum_to_the_target(rule):
    app = open_page("target", bahasa="en", bagi=rule)
    exits = shown(app)["Exits"].str.replace(",", "").astype(int)
    assert exits.sum() == 4_410
    whole = data.city(covered=True)
    poor = whole.measure("poor_people", "2025").value
    rate = whole.measure("poor_rate", "2025").value
    expected = split_exits(4_410, poor, rule=rule, score=rate if rule == "priority" else None)
    names = whole.layer.set_index("kode")["kelurahan"]
    by_name = pd.Series(expected.exits.to_numpy(), names.reindex(expected.exits.index))
    assert exits.to_dict() == by_name.dropna().astype(int).to_dict()


def test_a_filter_shares_over_its_kelurahan_only():
    app = open_page("target", bahasa="en", target="34000", dapil="1")
    assert shown(app)["Exits"].astype(int).sum() == 410
    many = (data.city().layer["dapil"] == "1").sum()
    assert len(shown(app)) == many
    assert f"With the filter all 410 fewer are asked of its {many} kelurahan alone" in texts(app)
    assert "With the filter" not in texts(open_page("target", bahasa="en", target="34000"))


def test_a_series_that_rose_is_not_said_to_have_fallen_by_less_than_nothing():
    """37,030 in 2016 and 40,620 in 2021: 3,590 more in five years."""
    told = texts(open_page("target", bahasa="en", sejak="2021"))
    assert "From 2016 to 2021 it rose by 718 a year on average." in told


def test_exits_name_all_that_they_are_worked_out_from():
    """The series gives how many, the counts and rates of kelurahan where."""
    city = data.city(covered=True)
    known = target.poor_by_year(city).dropna()
    kodes = tuple(city.layer["kode"])
    for rule, more in (("proportional", set()), ("priority", {"SIMULASI-population"})):
        aim = target.aim_of({"bagi": rule}, known)
        assert aim is not None
        path = needed_path(target.poor_by_year(city), aim.target, aim.by, since=aim.since)
        measured, _found = target.split(city, kodes, aim, path)
        named = {"bps-city-series", "SIMULASI-poor_people"} | more
        assert set(measured.datasets) == named
        assert {one.id for one in target.datasets_of(city, aim)} == named


def test_choices_stand_in_the_address():
    app = open_page("target", bahasa="en")
    app.number_input(key="_target").set_value(28_000).run()
    app.selectbox(key="tahun_target").set_value("2030").run()
    assert chosen(app)["target"] == "28000"
    told = texts(app)
    again = open_page("target", bahasa="en", target="28000", tahun_target="2030")
    assert texts(again) == told
    assert "to 28,000 in 2030: 6,410 fewer" in told


@pytest.mark.parametrize("bad", ["-5", "x", "1e9", "100000001", "999999999", "99999999999"])
def test_a_target_that_cannot_be_is_left_out_and_named(bad):
    app = open_page("target", bahasa="en", target=bad)
    assert any("target" in note for note in app.session_state["notes"])
    assert "to 30,000 in 2028" in texts(app)


def test_a_target_above_the_present_needs_no_exits():
    told = texts(open_page("target", bahasa="en", target="40000"))
    assert "There are 34,410 poor people in 2025, no more than the target" in told


def test_a_city_without_a_series_is_told_so(monkeypatch):
    monkeypatch.setenv("KANTONG_DATA", str(TUTORIAL))
    assert "no series of the city's poor people" in texts(open_page("target", bahasa="en"))


def test_a_covered_count_cannot_be_told_from_another(copied):
    seen = []
    for count in (3, 4):
        file = copied / "example" / "poor_people.csv"
        figures = pd.read_csv(file, dtype={"kode": str})
        figures.loc[(figures["period"] == 2025) & (figures.index % 57 == 3), "value"] = count
        republish(file, figures)
        app = open_page("target", bahasa="en")
        assert "too small to show" in texts(app)
        seen.append(everything(app))
    assert seen[0] == seen[1]
