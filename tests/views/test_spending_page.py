"""Page Anggaran through the harness: plans worked by hand, and those of the analysis alone."""

import shutil
import threading
from dataclasses import replace

import pandas as pd
import pytest
from scipy.stats import gamma

from kantong.analysis.allocation import RULES
from kantong.language import activate
from kantong.store import database, scenarios
from kantong.views import anggaran, data, spending, spent, work
from kantong.views.spending import Line, Shares, Wish
from kantong.views.state import ALL
from tests.conftest import DATA, TUTORIAL
from tests.views.test_hotspot_page import everything, republish, texts
from tests.views.test_pages import chosen, open_page, rows

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


@pytest.fixture
def nine(monkeypatch):
    """The nine kelurahan: 800 poor people, 250 of them in kecamatan Lor, 550 in Kidul."""
    monkeypatch.setenv("KANTONG_DATA", str(TUTORIAL))


def page(plan=POOR, **query):
    return open_page("anggaran", bahasa="en", rencana=plan, **query)


def said(app):
    """What the page says, with plain spaces."""
    return texts(app).replace("\xa0", " ")


def warned(app):
    return " ".join(one.value for one in app.warning).replace("\\", "").replace("\xa0", " ")


def wished(city, plan, million=2000, **more):
    lines, _seconds = spending.read(plan, spending.needs(city))
    kodes = tuple(city.layer["kode"])
    shares = more.pop("shares", Shares())
    return Wish(tuple(lines), million, shares, "poor_people", "2025", kodes, **more)


def reached(app, name="Poor people"):
    """How many each kelurahan gets, by its name."""
    table = next(
        one.value for one in app.dataframe if name in one.value and "Kelurahan" in one.value
    )
    return table.set_index("Kelurahan")[name].dropna().astype(int)


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


# Rp 400 million at Rp 1 million for half of the 800 poor people of the nine kelurahan.
NINE = {
    "uniform": [50, 58, 58, 58, 59, 0, 58, 59],
    "proportional": [25, 50, 50, 50, 100, 0, 50, 75],
    "need_ranked": [0, 0, 0, 100, 200, 0, 100, 0],
}


@pytest.mark.parametrize("rule", NINE)
def test_a_plan_for_nine_kelurahan_is_the_one_worked_by_hand(nine, rule):
    app = page(bersama="400", aturan=rule)
    got = reached(app).drop("Gardenia", errors="ignore").sort_index()
    assert got.tolist() == NINE[rule]
    assert "With IDR 400,000,000 the plan reaches 400 (people): 50.0 % of the need" in said(app)
    assert "“Poor people” is not known, or too small to show, in 1 kelurahan" in said(app)


def test_fairness_is_told_in_words(nine):
    """Ranked, Lor gets nothing of 250 and Kidul 400 of 550; in proportion both get half."""
    ranked = page(bersama="400", aturan="need_ranked")
    assert (
        "in kecamatan Lor 0.0 % of the need is met, in Kidul 72.7 %; that is 0 % of it"
    ) in said(ranked)
    assert "Two kecamatan differ by 72.7 percentage points on average (Gini 0.50" in said(ranked)
    alike = rules(ranked).loc["In proportion to need"]
    assert (alike["Lowest to highest"], alike["Gini"]) == ("100 %", "0.00")
    assert ("Lor", "0", "250", "0.0", "0.0") in rows(ranked)
    assert ("Kidul", "400", "550", "72.7", "400.0") in rows(ranked)


# Rp 300 million: the first programme has 100 of it, the second costs twice as much.
TWO = "poor_people,1000000,100,1,0,0,10,,Murah;poor_people,2000000,0,1,0,0,10,,Mahal"


def test_the_largest_plan_is_told_beside_the_rule_of_all_alike(nine):
    """100 cheap ones and, for 200 million, 100 dear ones; alike 17 and 141 of Rp 300 / 1,700."""
    app = page(TWO, bersama="300")
    assert rules(app)["Reached"].tolist() == ["158", "158", "158", "200"]
    assert "That is 42 more than by the rule “The same for every kelurahan” (158)." in said(app)
    assert ("Murah", "100 people", "800", "1", "100.0") in rows(app)
    assert ("Mahal", "100 people", "800", "1", "200.0") in rows(app)


def test_chance_moves_the_difference_as_far_as_the_counts_may_move(nine):
    """All 200 go to Herbras, where 100 are in need: 2 min(100, X) - 158, X from Gamma(100.5)."""
    city = data.city(covered=True)
    wish = wished(city, TWO, 300)
    low, high = spending.ahead(city, wish, "optimal", "uniform")
    assert high == 42
    assert low == pytest.approx(2 * gamma.ppf(0.025, 100.5) - 158, abs=4)
    told = said(page(TWO, bersama="300"))
    assert (
        f"the plan meets between {round(low)} and 42 more of them than that rule (95 %): that is "
        "larger than chance."
    ) in told
    band = spending.banded(city, wish, "optimal")
    assert band.leakage[1] == pytest.approx(1 - gamma.ppf(0.025, 100.5) / 100, abs=0.02)
    assert f"up to {band.leakage[1] * 100:.1f} % would not" in told


def test_a_difference_that_chance_could_make_is_said_to_be_no_larger(nine, monkeypatch):
    monkeypatch.setattr(spending, "ahead", lambda *_asked: (-3.0, 5.0))
    city = data.city(covered=True)
    wish = wished(city, TWO, 300)
    told = " ".join(spent.told(city, wish, spending.planned(city, wish, "optimal")))
    assert "no larger than chance" in told or "kebetulan" in told
    assert "-3" in told


@pytest.mark.parametrize(
    ("bounds", "words"),
    [((9, 99), "between 9 and 99 more of them than that rule (95 %): that is larger"),
     ((-99, -9), "between 9 and 99 fewer of them than that rule (95 %): that is larger"),
     ((-3, 5), "between -3 and +5 more of them than that rule (95 %): that is no larger")],
)  # fmt: skip
def test_as_many_reached_is_not_as_many_in_need(nine, monkeypatch, bounds, words):
    """One programme and one budget: all rules reach as many, of those in need they may not."""
    activate("en")
    monkeypatch.setattr(spending, "ahead", lambda *_asked: bounds)
    city = data.city(covered=True)
    wish = wished(city, POOR, 400)
    told = " ".join(spent.told(city, wish, spending.planned(city, wish, "optimal")))
    assert "That is as many as by the rule “The same for every kelurahan”." in told
    assert words in told
    assert "this difference" not in told


def test_the_fewest_are_whole_classes(nine):
    """Classes of 70, fewest 80: two classes, 140; Edelweis has 200 and Ilalang 150, five fewer."""
    app = page("poor_people,1000000,0,70,80,0,10", bersama="400", aturan="need_ranked")
    got = reached(app)
    assert got[got > 0].to_dict() == {"Edelweis": 140, "Ilalang": 140}
    assert "in 5 kelurahan fewer than 140 are in need" in said(app)


def test_a_smallest_share_of_one_kecamatan_is_kept(nine):
    """60 % of Rp 400 million are 240 of the 250 people of Lor."""
    app = page(bersama="400", minimal="0;Lor:60")
    assert [row[1] for row in rows(app) if row[0] in ("Lor", "Kidul")] == ["160", "240"]
    assert "Not kept" not in said(app)
    other = page(bersama="400", minimal="0;Lor:60", aturan="need_ranked")
    assert "Not kept: Kecamatan Lor gets 0 % of the budget, less than 60 %." in said(other)


def test_a_share_of_those_reached_reaches_fewer_rather_than_break(nine):
    """Lor has 250 people: 70 % of all reached, so at most 357 in all."""
    app = page(bersama="400", minimal="orang;0;Lor:70")
    assert rules(app).loc["As many as possible", "Reached"] == "357"


def test_what_a_kecamatan_cannot_take_is_said_with_amounts(nine):
    app = page(bersama="400", minimal="0;Lor:70")
    assert (
        "Kecamatan Lor must get 70 % of the budget, Rp 280,000,000, but all its need within caps "
        "and whole classes costs Rp 250,000,000."
    ) in warned(app)
    assert app.number_input(key="_least own Lor").value == 70


def test_shares_of_more_than_all_are_said(nine):
    assert "The minimum shares sum to 120 %" in warned(page(bersama="400", minimal="60"))


def test_a_class_larger_than_the_need_is_said(nine):
    """Classes of 120: only Edelweis with 200 and Ilalang with 150 can fill one."""
    app = page("poor_people,1000000,0,120,0,0,10", bersama="400")
    assert reached(app)[lambda got: got > 0].to_dict() == {"Edelweis": 120, "Ilalang": 120}
    assert "in 5 kelurahan fewer than 120 are in need" in said(app)


def test_a_class_that_nobody_can_fill_leaves_the_money(nine):
    app = page("poor_people,1000000,0,500,0,0,10", bersama="400")
    assert "IDR 0 the plan reaches 0 (people): 0.0 % of the need" in said(app)
    assert "in 7 kelurahan fewer than 500 are in need" in said(app)
    assert not app.exception


def test_a_quarter_and_a_half_of_the_need_are_in_the_class_that_begins_there(nine):
    """In proportion 200 and 400 of 800: a quarter of each, and a half."""
    city = data.city(covered=True)
    edelweis, flamboyan = "99.01.02.1005", "99.01.02.1006"
    for million, name in ((200, "some"), (400, "most"), (800, "all"), (0, "none")):
        wish = wished(city, "poor_people,1000000,0,50,0,0,10", million or 1)
        plan = spending.planned(city, wish, "proportional")
        assert plan.reached.loc[edelweis].sum() == million / 4
        classes = anggaran.classes(city, wish, plan)
        assert (classes[edelweis], classes[flamboyan]) == (name, "nobody")


def test_programmes_of_like_names_have_columns_of_their_own(nine):
    """The third is called what numbering would call the second; the fourth as a column."""
    activate("en")
    city = data.city(covered=True)
    called = ("Jahit", "Jahit", "Jahit_(2)", "Kecamatan")
    wish = wished(city, ";".join(f"{POOR},,{name}" for name in called), 400)
    names = spending.names(city, wish)
    assert names == ["Jahit (1)", "Jahit (3)", "Jahit (2)", "Kecamatan (1)"]
    plan = spending.planned(city, wish, "need_ranked")
    taken = anggaran.rows(city, wish, plan)
    heads = [f"{name}: reached" for name in names]
    assert taken[heads].sum().sum() == plan.reached.sum().sum()
    app = page(";".join(f"{POOR},,{name}" for name in called), bersama="400")
    shown_ = next(one.value for one in app.dataframe if "Jahit (3)" in one.value)
    assert set(shown_["Kecamatan"]) == {"Lor", "Kidul"}


def test_no_common_budget_is_not_told_as_none(nine):
    activate("en")
    city = data.city(covered=True)
    wish = wished(city, "poor_people,1000000,100,1,0,0,10", 0)
    told = dict(anggaran.settings(city, wish, spending.planned(city, wish, "uniform")))
    assert told["Budget for all together (million Rp)"] == "–"


def test_nobody_in_need_is_not_the_same_as_not_known(nine):
    city = data.city(covered=True)
    wish = wished(city, POOR, 400)
    classes = anggaran.classes(city, wish, spending.planned(city, wish, "need_ranked"))
    flamboyan, gardenia = "99.01.02.1006", "99.01.02.1007"
    assert (classes[flamboyan], classes[gardenia]) == ("nobody", "missing")


# --- against the analysis ------------------------------------------------------------------------


def test_three_programmes_of_two_billion_are_those_of_the_analysis():
    app = page(THREE)
    city = data.city(covered=True)
    wish = wished(city, THREE)
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


def counted(folder, table, indicator, period):
    """Counts of a table by ``kode``, read apart from the app."""
    figures = pd.read_csv(folder / "example" / f"{table}.csv", dtype={"kode": str, "period": str})
    own = figures[(figures["indicator"] == indicator) & (figures["period"] == period)]
    return own.set_index("kode")["value"]


def test_those_served_already_are_taken_off(folder):
    plan = "dtsen_families,1000000,0,1,0,0,10,recipients_pkh,Sembako"
    families = counted(folder, "dtsen_families", "dtsen_families", "2025-Q3")
    left = (families - counted(folder, "recipients", "recipients_pkh", "2023")).clip(lower=0)
    app = page(plan, bersama="100000")
    assert reached(app, "Sembako").sum() == left.sum()
    assert "less Recipients of PKH" in said(app)


def test_a_list_of_those_served_is_not_moved_by_chance():
    """The 50 houses of the list are known one by one, so the band is no wider than they are."""
    app = page("rtlh_assisted,20000000,0,1,0,0,10,,Bedah_rumah")
    assert rules(app)["In need"].tolist() == ["50"] * 4
    assert "those served now; who else is in need is not counted" in said(app)


def test_a_plan_names_the_data_of_all_its_needs():
    """The houses are published, the families invented: together they are SIMULASI."""
    city = data.city(covered=True)
    wish = wished(city, "rtlh_assisted,20000000,0,1,0,0,10;dtsen_families_d1,1500000,0,1,0,0,10")
    assert not city.is_simulated(spending.measures(city, wish)[0])
    assert city.is_simulated(anggaran.together(city, wish))


def test_what_is_taken_home_sums_to_what_is_said():
    city = data.city(covered=True)
    wish = wished(city, THREE)
    plan = spending.planned(city, wish, "proportional")
    taken = anggaran.rows(city, wish, plan)
    assert len(taken) == 57
    spent_rp = next(str(name) for name in taken if str(name).endswith("(Rp)"))
    assert taken[spent_rp].sum() == plan.spent_rp.sum()
    told = dict(anggaran.settings(city, wish, plan))
    assert all(spending.rule_label(rule) in told for rule in RULES)


def test_a_search_that_ends_early_says_how_much_more_there_might_be(nine, monkeypatch):
    city = data.city(covered=True)
    wish = wished(city, POOR, 400)
    ended = replace(spending.planned(city, wish, "optimal"), gap=0.034)
    activate("en")
    told = " ".join(spent.told(city, wish, ended))
    assert "ended after 2.0 seconds: the best may be up to 3.4 % better" in told


# --- the address ---------------------------------------------------------------------------------


def test_a_plan_stands_in_the_address_and_opens_again():
    app = page(THREE, aturan="proportional", minimal="5")
    app.number_input(key="_plan 0 cost").set_value(1_750_000).run()
    text = chosen(app)["rencana"]
    assert text.startswith("training_need_menjahit,1750000,0,20,")
    again = page(text, aturan="proportional", minimal="5")
    assert again.number_input(key="_plan 0 cost").value == 1_750_000
    assert rules(again).equals(rules(app))


def programmes(app):
    return spending.read(chosen(app)["rencana"], spending.needs(data.city()))[0]


def test_programmes_are_added_and_the_one_taken_out_is_the_one_pointed_at():
    app = page(THREE)
    app.button[[one.label for one in app.button].index("Add a programme")].click().run()
    assert [one.cost_rp for one in programmes(app)] == [1_500_000, 2_000_000, 1_500_000, 0]
    app.number_input(key="_plan 2 cap").set_value(7).run()
    app.button(key="_plan 1 drop").click().run()
    assert [one.need for one in programmes(app)] == [
        "training_need_menjahit", "dtsen_families_d1", "poor_people",
    ]  # fmt: skip
    assert [one.cap for one in programmes(app)] == [0, 7, 0]
    assert [one.cost_rp for one in programmes(app)] == [1_500_000, 1_500_000, 0]
    app.button(key="_plan 1 drop").click().run()
    assert [one.cost_rp for one in programmes(app)] == [1_500_000, 0]


@pytest.mark.parametrize("away", ["language", "page", "scenario"])
def test_what_was_typed_stays(away):
    app = page(THREE, bersama="1500", minimal="2;Klojen:10")
    if away == "scenario":  # opened again, and then changed
        keep(app, "Awal")
        app.button(key="open 1").click().run()
    app.number_input(key="_plan 0 cost").set_value(1_750_000).run()
    app.text_input(key="_plan 0 name").set_value("Jahit; & bordir").run()
    app.number_input(key="_bersama").set_value(1600).run()
    app.number_input(key="_least own Klojen").set_value(11).run()
    app.select_slider(key="_seconds").set_value(10).run()
    if away == "language":
        app.segmented_control(key="bahasa").set_value("id").run()
    else:
        app.switch_page("kantong/views/prioritas.py").run()
        app.switch_page("kantong/views/anggaran.py").run()
    assert not app.exception
    stands = chosen(app)
    assert stands["rencana"].startswith(
        "detik,10;training_need_menjahit,1750000,0,20,0,0,10,,Jahit_bordir;"
    )
    assert (stands["bersama"], stands["minimal"]) == ("1600", "2;Klojen:11")
    assert app.number_input(key="_plan 0 cost").value == 1_750_000
    assert app.number_input(key="_bersama").value == 1600


def test_programmes_of_one_city_are_not_planned_in_another():
    app = page(THREE)
    assert app.session_state["_plans"] == 3
    app.switch_page("kantong/views/beranda.py").run()
    app.button[[one.label for one in app.button].index("Open the tutorial city")].click().run()
    app.switch_page("kantong/views/anggaran.py").run()
    assert app.session_state["_plans"] == 1


COUNTS = {"poor_people": [], "training_need": [], "dtsen_families": ["recipients_pkh"]}


def test_what_is_written_is_read_back():
    lines = [
        Line("poor_people", 1, 2, 3, 4, 5, 6),
        Line("training_need", name="Jahit (Batik) 2-3"),
        Line("dtsen_families", 7, less="recipients_pkh"),
    ]
    for seconds in spending.SECONDS:
        assert spending.read(spending.write(lines, seconds), COUNTS) == (lines, seconds)
    shares = Shares(3, (("Klojen", 0), ("Sukun", 100)), "people")
    assert spending.read_shares(spending.write_shares(shares), ["Klojen", "Sukun"]) == shares


@pytest.mark.parametrize(
    "plan",
    ["x,1,0,1,0,0,10", "poor_people", "poor_people,-1,0,1,0,0,10", "poor_people,1,0,0,0,0,10",
     "poor_people,1,0,1,0,0,0", "poor_people,٣,0,1,0,0,10", POOR + ";" + "y" * 2000,
     ";".join([POOR] * 9), "poor_people,999999999999999,0,1,0,0,10",
     POOR + ",recipients_pkh,", POOR + ",,<b>", POOR + ",,Jahit__batik", POOR + ",", "detik,5",
     "detik,9;" + POOR, "detik,10;detik,10;" + POOR, POOR + ",," + "a" * 41],
)  # fmt: skip
def test_a_plan_that_cannot_be_is_left_out_and_named(plan):
    app = page(plan)
    assert any("rencana" in note for note in app.session_state["notes"])
    assert not app.exception


@pytest.mark.parametrize(
    "shares", ["101", "-1", "x", "5;Klojen", "5;Klojen:x", "5;Bandung:5", "5;Klojen:5;Klojen:6",
               "5;Klojen:101", "orang", "5;"]
)  # fmt: skip
def test_shares_that_cannot_be_are_left_out_and_named(shares):
    app = page(minimal=shares)
    assert any("minimal" in note for note in app.session_state["notes"])
    assert not app.exception


# --- what cannot be ------------------------------------------------------------------------------


def test_without_a_cost_nothing_is_planned_and_nothing_lost():
    app = page("poor_people,0,0,20,0,0,10")
    assert "state what reaching one costs" in warned(app)
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


def keep(app, name):
    """Keep what is on the page as a scenario."""
    app.session_state["_scenarios"] = True
    app.run()
    app.text_input(key="_scenario_name").set_value(name)
    app.text_input(key="_scenario_who").set_value("Bappeda").run()
    app.button(key="_scenario_save").click().run()


def test_plans_are_kept_and_compared():
    app = page(bersama="57", aturan="uniform")
    for name, rule in (("Sama", "uniform"), ("Peringkat", "need_ranked")):
        app.segmented_control(key="aturan").set_value(rule).run()
        keep(app, name)
    kept = scenarios.scenarios(database.for_writing(), "35.73", "allocation")
    assert {one.settings["aturan"] for one in kept} == {"uniform", "need_ranked"}
    assert all(one.settings["kecamatan"] == ALL for one in kept)
    app.selectbox(key="_scenario_first").set_value("1").run()
    app.selectbox(key="_scenario_second").set_value("2").run()
    beside = [one.value for one in app.dataframe if "Gini" in one.value][-1]
    assert beside["Rule"].tolist() == ["The same for every kelurahan", "The worst off first"]


# --- a long search -------------------------------------------------------------------------------


def test_a_long_search_can_be_stopped_and_begun_again(nine, monkeypatch):
    released, found = threading.Event(), spending.found

    def slow(*given):
        assert released.wait(60)
        return found(*given)

    monkeypatch.setattr(spending, "found", slow)
    monkeypatch.setattr(work, "PATIENCE_S", 0.05)
    app = page()
    assert "the plan reaches" not in said(app)
    cancel = app.button(key="cancel").click().run()
    assert any("Nothing was worked out" in one.value for one in cancel.info)
    released.set()
    monkeypatch.setattr(work, "PATIENCE_S", 60)
    again = cancel.button(key="begin again").click().run()
    assert "the plan reaches" in said(again)
    assert not again.info
