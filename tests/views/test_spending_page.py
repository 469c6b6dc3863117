"""Page Anggaran through the harness: plans worked by hand, and those of the analysis alone."""

import shutil

import pandas as pd
import pytest

from kantong.analysis.allocation import RULES
from kantong.store import database, scenarios
from kantong.views import data, spending
from kantong.views.spending import Line
from kantong.views.state import ALL
from tests.conftest import DATA
from tests.views.test_hotspot_page import everything, republish, texts
from tests.views.test_pages import chosen, open_page

POOR = "poor_people,1000000,0,1,0,0,10"
THREE = (
    "training_need_menjahit,1500000,0,20,0,0,10;training_need_tata_boga,2000000,500,20,0,0,10;"
    "dtsen_families_d1,1500000,0,1,0,0,10"
)


@pytest.fixture(autouse=True)
def folder(monkeypatch, tmp_path):
    """The city in a folder of its own, to be written to."""
    home = tmp_path / "kota"
    shutil.copytree(DATA, home, ignore=shutil.ignore_patterns("*.db*"))
    monkeypatch.setenv("KANTONG_DATA", str(home))
    return home


def page(plan=POOR, **query):
    return open_page("anggaran", bahasa="en", rencana=plan, **query)


def reached(app, name="Poor people"):
    """How many each kelurahan gets, by its name."""
    table = next(
        one.value for one in app.dataframe if name in one.value and "Kelurahan" in one.value
    )
    shown = table.set_index("Kelurahan")[name]
    return shown[shown != "–"].str.replace(",", "").astype(int)


def rules(app):
    """The table of rules side by side."""
    return next(one.value for one in app.dataframe if "Gini" in one.value).set_index("Rule")


# --- worked by hand ------------------------------------------------------------------------------


def test_one_for_each_of_57_kelurahan_where_there_is_money_for_57():
    """Rp 57 million at Rp 1 million each: one everywhere, since many are poor everywhere."""
    got = reached(page(bersama="57", aturan="uniform"))
    assert got.tolist() == [1] * 57


def test_the_worst_off_gets_all_where_its_need_is_larger_than_the_money():
    app = page(bersama="57", aturan="need_ranked")
    rate = data.city(covered=True).measure("poor_rate", "2025").value
    first = data.city().place(str(rate.idxmax()))["kelurahan"]
    got = reached(app)
    assert got[got > 0].to_dict() == {first: 57}
    assert "Nothing goes to 56 kelurahan" in texts(app)


def test_classes_are_whole_and_what_is_left_is_told():
    """Rp 57 million buy two classes of 25, Rp 25 million each; seven million are left."""
    app = page("poor_people,1000000,0,25,0,0,10", bersama="57", aturan="need_ranked")
    assert max(reached(app)) == 50
    assert "IDR 7,000,000 are left" in texts(app).replace("\xa0", " ")


def test_a_cap_sends_the_rest_to_the_next():
    app = page("poor_people,1000000,0,1,0,20,10", bersama="57", aturan="need_ranked")
    rate = data.city(covered=True).measure("poor_rate", "2025").value
    order = [data.city().place(kode)["kelurahan"] for kode in rate.nlargest(3).index]
    got = reached(app)
    assert got[got > 0].to_dict() == dict(zip(order, (20, 20, 17), strict=True))


def test_ranked_beats_uniform_where_a_floor_keeps_small_sums_from_going_anywhere():
    """Rp 57 million, at least 30 in a kelurahan: alike nobody can have any, ranked one has 57."""
    app = page("poor_people,1000000,0,1,30,0,10", bersama="57", aturan="need_ranked")
    shown = rules(app)["Reached"]
    assert shown["The worst off first"] == "57"
    assert int(shown["The same for every kelurahan"]) < 57


# --- against the analysis ------------------------------------------------------------------------


def test_three_programmes_of_two_billion_are_those_of_the_analysis():
    app = page(THREE)
    city = data.city(covered=True)
    lines = tuple(spending.read(THREE, spending.needs(city)))
    wish = spending.Wish(lines, 2000, 0, "poor_people", "2025", tuple(city.layer["kode"]))
    shown = rules(app)
    for rule in RULES:
        plan = spending.planned(city, wish, rule)
        row = shown.loc[spending.rule_label(rule)]
        assert row["Reached"] == f"{int(plan.reached.sum().sum()):,}"
        assert plan.spent_rp.sum() <= 2_000_000_000
        assert plan.spent_rp.iloc[1] <= 500_000_000
        need, *_others = spending.asked(city, wish)
        assert not (plan.reached > need).any().any()
    most = max(int(text.replace(",", "")) for text in shown["Reached"])
    assert int(shown.loc["As many as possible", "Reached"].replace(",", "")) == most


def test_a_filter_plans_for_its_kelurahan_only():
    app = page(bersama="57", aturan="uniform", dapil="1")
    city = data.city()
    own = city.layer.loc[city.layer["dapil"] == "1", "kelurahan"]
    assert sorted(reached(app).index) == sorted(own)


# --- the address ---------------------------------------------------------------------------------


def test_a_plan_stands_in_the_address_and_opens_again():
    app = page(THREE, aturan="proportional", minimal="5")
    app.number_input(key="_plan 0 cost").set_value(1_750_000).run()
    text = chosen(app)["rencana"]
    assert text.startswith("training_need_menjahit,1750000,0,20,")
    again = page(text, aturan="proportional", minimal="5")
    assert again.number_input(key="_plan 0 cost").value == 1_750_000
    assert rules(again).equals(rules(app))


def test_programmes_are_added_and_dropped():
    app = page(THREE)
    app.button[[one.label for one in app.button].index("Add a programme")].click().run()
    assert len(spending.read(chosen(app)["rencana"], spending.needs(data.city()))) == 4
    for _time in range(2):
        app.button[[one.label for one in app.button].index("Drop the last")].click().run()
    assert len(spending.read(chosen(app)["rencana"], spending.needs(data.city()))) == 2


def test_what_is_written_is_read_back():
    lines = [Line("poor_people", 1, 2, 3, 4, 5, 6), Line("training_need")]
    assert spending.read(spending.write(lines), ["poor_people", "training_need"]) == lines


@pytest.mark.parametrize(
    "plan",
    ["x,1,0,1,0,0,10", "poor_people", "poor_people,-1,0,1,0,0,10", "poor_people,1,0,0,0,0,10",
     "poor_people,1,0,1,0,0,0", "poor_people,٣,0,1,0,0,10", POOR + ";" + "y" * 2000,
     ";".join([POOR] * 9), "poor_people,999999999999999,0,1,0,0,10"],
)  # fmt: skip
def test_a_plan_that_cannot_be_is_left_out_and_named(plan):
    app = page(plan)
    assert any("rencana" in note for note in app.session_state["notes"])
    assert not app.exception


# --- what cannot be ------------------------------------------------------------------------------


def test_without_a_cost_nothing_is_planned_and_nothing_lost():
    app = page("poor_people,0,0,20,0,0,10")
    assert "state what reaching one costs" in app.warning[0].value
    assert app.number_input(key="_plan 0 size").value == 20


def test_a_cap_below_the_floor_is_said():
    app = page("poor_people,1000,0,1,50,20,10")
    assert "at most 20 people of a kelurahan" in app.warning[0].value


def test_no_budget_at_all_is_said():
    app = page(bersama="0")
    assert "has no budget, and there is no common one" in app.warning[0].value


def test_shares_that_no_plan_can_keep_name_what_breaks_them():
    """15 % each of five kecamatan, in classes of which the money buys one."""
    app = page("poor_people,1000000,0,50,0,0,10", bersama="57", minimal="15")
    assert "share" in app.warning[0].value
    assert len(rules(app)) == 3  # the simple rules say what they do not keep


def test_a_covered_count_cannot_be_told_from_another(folder):
    seen = []
    for count in (3, 4):
        file = folder / "example" / "poor_people.csv"
        figures = pd.read_csv(file, dtype={"kode": str})
        figures.loc[(figures["period"] == 2025) & (figures.index % 57 == 3), "value"] = count
        republish(file, figures)
        app = page(bersama="5000")
        assert "too small to show, in" in texts(app)
        seen.append(everything(app))
    assert seen[0] == seen[1]


# --- scenarios -----------------------------------------------------------------------------------


def test_plans_are_kept_and_compared():
    app = page(bersama="57", aturan="uniform")
    app.session_state["_scenarios"] = True
    app.run()
    for name, rule in (("Sama", "uniform"), ("Peringkat", "need_ranked")):
        app.segmented_control(key="aturan").set_value(rule).run()
        app.text_input(key="_scenario_name").set_value(name)
        app.text_input(key="_scenario_who").set_value("Bappeda").run()
        app.button(key="_scenario_save").click().run()
    kept = scenarios.scenarios(database.for_writing(), "35.73", "allocation")
    assert {one.settings["aturan"] for one in kept} == {"uniform", "need_ranked"}
    assert all(one.settings["kecamatan"] == ALL for one in kept)
    app.selectbox(key="_scenario_first").set_value("1").run()
    app.selectbox(key="_scenario_second").set_value("2").run()
    beside = [one.value for one in app.dataframe if "Gini" in one.value][-1]
    assert beside["Rule"].tolist() == ["The same for every kelurahan", "The worst off first"]
