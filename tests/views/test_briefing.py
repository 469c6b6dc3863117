"""The council brief says no more of money and of earlier periods than is known."""

from dataclasses import replace

import pandas as pd
import pytest

from kantong.maps.style import Scheme
from kantong.views import briefing, data, pockets, pocketwords
from kantong.views.state import ALL, Selection

SELECTION = Selection("poor_people", "2025", Scheme(), ALL, ALL, "", "kecamatan")


@pytest.fixture
def city():
    """The simulated city, small counts covered."""
    return data.city(covered=True)


def told(city, heading):
    """Return what a section of the brief says."""
    sections = briefing.brief(city, SELECTION).below
    return " ".join(next(one for one in sections if heading in one.heading).paragraphs)


def with_figures(city, change):
    library = city.library
    figures = library.observations.copy()
    change(figures)
    return replace(city, library=replace(library, observations=figures))


def with_entries(city, entries):
    """Return the city with nothing recorded but entries in the surest pocket."""
    kode = pocketwords.surest_hot(city, pockets.usual(city, "poor_people", "2025"))[0]
    library = city.library
    usual = library.interventions.iloc[0].to_dict()
    usual |= {"kode": kode, "period": "2025", "target": 50.0, "reached": 50.0, "budget_rp": 10e6}
    rows = pd.DataFrame([usual | {"programme": f"P{n}", **one} for n, one in enumerate(entries)])
    return replace(city, library=replace(library, interventions=rows))


def test_an_earlier_period_of_which_nothing_can_be_told_is_named(city):
    def flatten(figures):
        is_before = (figures["indicator"] == "poor_people") & (figures["period"] == "2024")
        figures.loc[is_before, "value"] = float("nan")
        figures.loc[figures.index[is_before][:9], "value"] = 100.0

    words = told(with_figures(city, flatten), "What changed")
    assert "Of pockets in 2024 nothing can be told" in words
    assert "Hot now" not in words


def test_kelurahan_without_a_share_are_those_of_the_map(city):
    def forget(figures):
        residents = figures.index[figures["indicator"] == "population"]
        first = figures.loc[residents, "kode"].isin(sorted(set(figures["kode"]))[:2])
        figures.loc[residents[first], "value"] = float("nan")

    assert "2 kelurahan have no figure" in told(with_figures(city, forget), "trusted")


def test_what_has_not_begun_is_told_apart_from_what_is_there(city):
    entries = [{"status": "done"}, {"status": "planned"}, {"status": "pledged", "budget_rp": 5e6}]
    words = told(with_entries(city, entries), "funded").replace("\xa0", " ")
    assert "IDR 25,000,000 of known budget." in words
    assert "Only planned or promised are 2 of the entries, with IDR 15,000,000 of it." in words


def test_budgets_that_are_not_known_and_those_covered_are_not_the_same(city):
    entries = [{}, {"reached": 3.0}, {"budget_rp": float("nan")}]
    words = told(with_entries(city, entries), "funded")
    assert "(1 entries do not say theirs; 1 are too small to show)" in words


def test_where_no_budget_is_known_none_is_told_as_zero(city):
    elsewhere = with_entries(city, [{"budget_rp": float("nan")}])
    hot = pockets.found(elsewhere, pockets.usual(elsewhere, "poor_people", "2025")).is_hot()
    dapil = elsewhere.layer.set_index("kode")["dapil"]
    without = min(set(dapil) - set(dapil[hot.index[hot]]))
    sections = briefing.brief(elsewhere, replace(SELECTION, dapil=without)).below
    words = " ".join(next(one for one in sections if "funded" in one.heading).paragraphs)
    assert "0 entries for 2025, nothing of known budget." in words
