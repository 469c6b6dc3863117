"""Ranking by several indicators through the harness; scores worked by hand from the drawing."""

import shutil
from dataclasses import replace

import pandas as pd
import pytest

from kantong.analysis.composite import composite
from kantong.analysis.measures import measure
from kantong.geo import boundaries
from kantong.geo.schema import Dataset
from kantong.language import activate
from kantong.maps.style import Scheme
from kantong.store import database, library, scenarios
from kantong.views import data, saved, scored, scoring
from kantong.views.state import ALL, Selection
from tests.conftest import DATA
from tests.views.test_hotspot_page import everything, republish, texts
from tests.views.test_pages import chosen, open_page

MIX = "poor_rate:5;dtsen_people_rate:3"
MIXED = {"bahasa": "en", "urut": "gabung", "bobot": MIX}


@pytest.fixture
def city(monkeypatch):
    monkeypatch.setenv("KANTONG_DATA", str(DATA))


@pytest.fixture
def copied(monkeypatch, tmp_path):
    """The city in a folder of its own, to be written to."""
    folder = tmp_path / "kota"
    shutil.copytree(DATA, folder, ignore=shutil.ignore_patterns("*.db*"))
    monkeypatch.setenv("KANTONG_DATA", str(folder))
    return folder


@pytest.fixture(scope="module")
def expected():
    """The score of the mix, made by the analysis alone."""
    layer = boundaries.load(DATA / "kelurahan.geojson")
    figures = library.load(DATA)
    parts = {"poor_rate": "2025", "dtsen_people_rate": "2025-Q3"}
    frame = layer[["kode"]].set_index("kode")
    for name, period in parts.items():
        found = measure(figures.observations, figures.indicators, name, period, layer)
        frame[name] = found.value
    return layer.set_index("kode"), composite(frame, {"poor_rate": 5, "dtsen_people_rate": 3})


def test_the_table_is_the_score_of_the_analysis(city, expected):
    layer, found = expected
    table = open_page("prioritas", bahasa="en", urut="gabung", bobot=MIX).dataframe[0].value
    ranked = found.rank.sort_values(kind="stable").index
    assert table["Rank"].tolist() == found.rank[ranked].tolist()
    first = found.rank.idxmin()
    row = table.iloc[0]
    assert (row["Kelurahan"], row["Score"]) == (
        layer["kelurahan"][first], f"{found.score[first]:.3f}",
    )  # fmt: skip
    assert row["Weights"].endswith(" %")


def test_weights_stand_in_the_address_and_open_the_same_view(city):
    app = open_page("prioritas", bahasa="en", urut="gabung")
    app.slider(key="_weight poor_rate").set_value(9).run()
    app.selectbox(key="normal").set_value("minmax").run()
    weights = chosen(app)["bobot"]
    assert weights.startswith("poor_rate:9;")
    again = open_page("prioritas", bahasa="en", urut="gabung", bobot=weights, normal="minmax")
    assert again.slider(key="_weight poor_rate").value == 9
    assert again.dataframe[0].value.equals(app.dataframe[0].value)


@pytest.mark.parametrize("weights", ["poor_rate:99", "none:3", "poor_rate", "poor_rate:x", ":::"])
def test_weights_that_cannot_be_are_left_out_and_named(city, weights):
    app = open_page("prioritas", bahasa="en", urut="gabung", bobot=weights)
    assert len(app.dataframe[0].value) == 57
    assert any("bobot" in note for note in app.session_state["notes"])


def test_all_weights_zero_are_refused_with_the_reason(city):
    mix = "poor_rate:0;dtsen_people_rate:0"
    app = open_page("prioritas", bahasa="en", urut="gabung", bobot=mix)
    assert [one.value for one in app.warning] == [
        "All weights are 0\\. Give at least one indicator some weight\\."
    ]


def test_a_chosen_kelurahan_is_taken_apart(city, expected):
    layer, found = expected
    kode = found.rank.idxmin()
    app = open_page("prioritas", bahasa="en", urut="gabung", bobot=MIX, kelurahan=kode)
    told = texts(app)
    name = layer["kelurahan"][kode]
    assert any(f"{name} {verb}" in told for verb in ("stays in the list", "leaves the list"))


def test_a_covered_count_cannot_be_told_from_another(copied):
    seen = []
    for count in (3, 4):
        poor = copied / "example" / "poor_people.csv"
        figures = pd.read_csv(poor, dtype={"kode": str})
        figures.loc[(figures["period"] == 2025) & (figures.index % 57 == 3), "value"] = count
        republish(poor, figures)
        app = open_page(
            "prioritas", bahasa="en", urut="gabung", bobot="poor_people:5", normal="minmax"
        )
        assert "or covered" in texts(app)
        seen.append(everything(app))
    assert seen[0] == seen[1]


def test_what_has_no_score_is_named(city):
    app = open_page("prioritas", bahasa="en", urut="gabung", bobot="training_need:5;poor_rate:5")
    table = app.dataframe[0].value
    missing = table.loc[table["Rank"].isna(), "Kelurahan"]
    sentence = next(line for line in texts(app).splitlines() if "Without a score" in line)
    assert len(missing)
    assert all(name in sentence for name in missing)


# --- the end of the list ---


def test_the_list_ends_at_the_widest_gap_among_the_first_twenty(city, expected):
    _layer, found = expected
    score = found.score.sort_values(ascending=False).tolist()
    steps = {place: score[place - 1] - score[place] for place in range(3, 21)}
    widest = max(steps, key=steps.__getitem__)
    told = texts(open_page("prioritas", **MIXED))
    assert f"fall off most after the first {widest}" in told
    assert f" of {widest} stay in the list" in told


def test_the_list_ends_where_the_money_does(city, expected):
    layer, found = expected
    figures = library.load(DATA)
    poor = measure(
        figures.observations, figures.indicators, "poor_people", "2025", layer.reset_index()
    )
    first, second, third = found.score.sort_values(ascending=False).index[:3]
    cost = 100_000
    two = (poor.value[first] + poor.value[second]) * cost
    budget = -(-two // 1_000_000)  # million rupiah, enough for two and little more
    assert poor.value[third] * cost > 1_000_000
    app = open_page("prioritas", **MIXED, potong="dana", dana=f"{budget:.0f}", biaya=str(cost))
    told = texts(app).replace("\xa0", " ")
    left = budget * 1_000_000 - two
    assert "serve the first 2 in full" in told
    assert f"IDR {left:,.0f} are left, too little for {layer['kelurahan'][third]}" in told


def test_a_budget_too_small_for_the_first_is_said(city, expected):
    layer, found = expected
    app = open_page("prioritas", **MIXED, potong="dana", dana="1", biaya="1000000")
    name = layer["kelurahan"][found.rank.idxmin()]
    assert f"do not pay for the first in full: {name}" in texts(app)


def test_without_a_cost_the_money_ends_nothing(city):
    told = texts(open_page("prioritas", **MIXED, potong="dana", dana="2000"))
    assert "State the budget and the cost" in told


def mix_of(city, settings):
    """Return what an address weighs; it can be weighed."""
    mix = scoring.mix_of(city, settings)
    assert mix is not None
    return mix


def test_whom_the_money_serves_is_among_the_sources(city):
    whole = data.city(covered=True)
    settings = {"bobot": "poor_rate:5", "periode": "2025", "orang": "rtlh_assisted"}
    money = {"potong": "dana", "dana": "2000", "biaya": "20000000"}
    of = {
        name: {one.id for one in scored.datasets(whole, mix_of(whole, given))}
        for name, given in (("gap", settings), ("money", settings | money))
    }
    served = whole.measure("rtlh_assisted", whole.periods("rtlh_assisted")[-1])
    assert of["money"] - of["gap"] == set(served.datasets) - of["gap"] != set()


def test_what_is_taken_home_names_the_data_of_all_that_is_weighed(city):
    whole = data.city(covered=True)
    mix = mix_of(whole, {"bobot": "poor_rate:5;training_need:3", "periode": "2025"})
    behind = {
        one
        for name in ("poor_rate", "training_need")
        for one in whole.measure(name, whole.periods(name)[-1]).datasets
    }
    assert set(scored.together(whole, mix).datasets) == behind


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"potong": "dana", "orang": "poor_people"}, "at the widest gap ("),
        ({"potong": "angka", "panjang": "5"}, "after a number (5)"),
    ],
)
def test_what_is_taken_home_says_what_ended_the_list(city, asked, told):
    activate("en")
    whole = data.city(covered=True)
    mix = mix_of(whole, {"bobot": MIX, "periode": "2025"} | asked)
    ends = dict(scored.settings(mix, whole))["The list ends"]
    assert ends.startswith(told)
    assert "Rp" not in ends
    assert "IDR" not in ends


@pytest.mark.parametrize(
    ("aggregation", "put_together", "heading"),
    [
        ("arithmetic", "sum", "part of the score"),
        ("geometric", "prod", "factor of the score"),
    ],
)
def test_what_each_indicator_does_makes_the_score(city, aggregation, put_together, heading):
    activate("en")
    whole = data.city(covered=True)
    mix = mix_of(whole, {"bobot": MIX, "periode": "2025", "agregat": aggregation})
    choice = Selection("poor_rate", "2025", Scheme(), ALL, ALL, "", ALL)
    rows = scored.rows(whole, choice, mix)
    parts = rows[[name for name in map(str, rows) if name.endswith(heading)]]
    assert parts.shape[1] == 2
    made = getattr(parts, put_together)(axis=1)
    pd.testing.assert_series_equal(made, rows["Score"], check_names=False)


@pytest.mark.parametrize(
    ("moved", "inside", "exact", "told"),
    [
        (float("nan"), True, True, "stays in the list under any weights"),
        (float("nan"), True, False, "No weights were found"),
        (float("nan"), False, False, "No weights were found"),
        (0.25, False, True, "comes into the list once 25.0 %"),
        (0.25, False, False, "once 25.0 % of all weight is moved, or less"),
    ],
)
def test_a_search_that_was_given_up_is_not_told_as_certain(city, moved, inside, exact, told):
    activate("en")
    whole = data.city(covered=True)
    mix = mix_of(whole, {"bobot": MIX, "periode": "2025"})
    kode = scoring.scored(whole, mix).rank.idxmin()
    found = scoring.tipping(whole, mix, kode)
    given = replace(found, moved=moved, inside=inside, exact=exact)
    assert told in scored.tipping_words(whole, given)[0]


# --- scenarios ---


def with_scenarios(**query):
    """Return the page with the box of its scenarios opened."""
    app = open_page("prioritas", **query)
    app.session_state["_scenarios"] = True
    return app.run()


def save(app, name):
    app.text_input(key="_scenario_name").set_value(name)
    app.text_input(key="_scenario_who").set_value("Bappeda").run()
    return app.button(key="_scenario_save").click().run()


def test_a_scenario_opens_the_view_that_was_saved(copied):
    app = with_scenarios(**MIXED, normal="minmax", potong="angka", panjang="5")
    before = app.dataframe[0].value
    assert save(app, "Pokok").success[0].value == "Saved\\: Pokok, version 1\\."
    other = with_scenarios(bahasa="en", urut="gabung", bobot="poor_rate:1")
    assert not other.dataframe[0].value.equals(before)
    other.button(key="open 1").click().run()
    assert other.dataframe[0].value.equals(before)
    assert chosen(other)["bobot"] == MIX
    assert "figures are those of then" in texts(other)


def test_what_is_changed_after_a_scenario_was_opened_stays_when_the_page_is_left(copied):
    app = with_scenarios(**MIXED)
    save(app, "Pokok")
    app.button(key="open 1").click().run()
    app.slider(key="_weight poor_rate").set_value(9).run()
    app.switch_page("kantong/views/program.py").run()
    app.switch_page("kantong/views/prioritas.py").run()
    assert app.slider(key="_weight poor_rate").value == 9
    assert chosen(app)["bobot"].startswith("poor_rate:9")


def test_the_cover_can_be_lifted_after_a_scenario_was_opened(copied):
    app = with_scenarios(**MIXED)
    save(app, "Pokok")
    app.button(key="open 1").click().run()
    app.toggle(key="_tutup").set_value(False).run()
    assert chosen(app)["tutup"] == "tidak"
    app.toggle(key="_tutup").set_value(True).run()
    assert "tutup" not in chosen(app)


def test_a_scenario_opens_with_the_cover_that_it_was_saved_with(copied):
    save(with_scenarios(**MIXED, tutup="tidak"), "Terbuka")
    app = with_scenarios(**MIXED)
    assert app.toggle(key="_tutup").value is True
    app.button(key="open 1").click().run()
    assert app.toggle(key="_tutup").value is False
    assert chosen(app)["tutup"] == "tidak"


def test_a_scenario_opens_at_the_period_that_only_its_indicator_has(copied):
    save(with_scenarios(**MIXED, indikator="dtsen_people", periode="2024-Q1"), "Lama")
    app = with_scenarios(**MIXED)
    app.button(key="open 1").click().run()
    assert (chosen(app)["indikator"], chosen(app)["periode"]) == ("dtsen_people", "2024-Q1")


def test_the_link_of_a_scenario_opens_the_city_that_it_was_made_in(copied):
    app = save(with_scenarios(bahasa="en", urut="gabung", kota="latihan"), "Pokok")
    assert any(one.value.startswith("/prioritas?kota=latihan&") for one in app.code)


def test_what_was_the_default_then_is_kept_with_the_scenario(copied):
    app = with_scenarios(**MIXED)
    save(app, "Bawaan")
    kept = scenarios.scenarios(database.for_writing(), "35.73", "priority")[0]
    assert kept.settings["periode"] == "2025"
    assert kept.settings["potong"] == "celah"


def test_the_same_name_is_a_new_version_and_the_old_one_stays(copied):
    app = with_scenarios(**MIXED)
    save(app, "Pokok")
    app.slider(key="_weight poor_rate").set_value(9).run()
    assert "version 2" in save(app, "Pokok").success[0].value
    app.button(key="open 1 1").click().run()
    assert chosen(app)["bobot"] == MIX


def test_two_scenarios_are_compared(copied, expected):
    layer, _found = expected
    five = {"potong": "angka", "panjang": "5"}
    save(with_scenarios(bahasa="en", urut="gabung", bobot="poor_rate:5", **five), "Satu")
    app = with_scenarios(bahasa="en", urut="gabung", bobot="poor_people:5", **five)
    save(app, "Dua")
    app.selectbox(key="_scenario_first").set_value("1").run()
    app.selectbox(key="_scenario_second").set_value("2").run()
    figures = library.load(DATA)
    tops = []
    for name in ("poor_rate", "poor_people"):
        found = measure(figures.observations, figures.indicators, name, "2025", layer.reset_index())
        tops.append(set(found.value.nlargest(5).index))
    told = texts(app)
    for kode in tops[0] | tops[1]:
        group = "On both lists" if kode in tops[0] & tops[1] else (
            "On the first only" if kode in tops[0] else "On the second only"
        )  # fmt: skip
        line = next(line for line in told.splitlines() if line.startswith(group))
        assert layer["kelurahan"][kode] in line


def test_a_scenario_is_withdrawn_with_a_reason_and_brought_back(copied):
    app = with_scenarios(**MIXED)
    save(app, "Pokok")
    app.text_input(key="scenario reason 1").set_value("salah").run()
    app.button(key="scenario turn 1").click().run()
    assert not any(one.key == "open 1" for one in app.button)
    app.toggle(key="_scenario_gone").set_value(True).run()
    app.text_input(key="scenario reason 1").set_value("ternyata benar").run()
    app.button(key="scenario turn 1").click().run()
    assert any(one.key == "open 1" for one in app.button)


def test_a_name_that_is_markup_stays_text(copied):
    app = save(with_scenarios(**MIXED), "<b>[x](http://y.example)</b>")
    assert "<b>[x]" not in "".join(one.value for one in app.markdown)
    assert any("x" in one.value for one in app.markdown)


def test_the_same_file_read_in_another_way_is_another_hash():
    first = Dataset(
        id="impor-1", title={"id": "A"}, source="Dinsos", licence="", simulated=False, path="a.csv",
        sha256="0" * 64, note={"id": ""},
    )  # fmt: skip
    second = replace(first, id="impor-2")
    hashes = {saved.figures_sha256([one]) for one in (first, second)}
    assert len(hashes) == 2
    assert saved.figures_sha256([second, first]) == saved.figures_sha256([first, second])


def test_other_figures_are_told_when_a_scenario_is_opened(copied):
    save(with_scenarios(**MIXED), "Pokok")
    poor = copied / "example" / "poor_people.csv"
    figures = pd.read_csv(poor, dtype={"kode": str})
    figures.loc[figures["period"] == 2025, "value"] += 1
    republish(poor, figures)
    assert "figures have changed since" in texts(with_scenarios(**MIXED))


# --- figures that are not known ---


def test_missing_figures_are_filled_only_when_asked_and_are_marked(city):
    asked = {"bahasa": "en", "urut": "gabung", "bobot": "poor_rate:5;training_need:3"}
    plain = open_page("prioritas", **asked)
    assert not plain.dataframe[0].value["Kelurahan"].str.endswith("*").any()
    assert "Without a score" in texts(plain)
    filled = open_page("prioritas", **asked, kosong="median")
    shown = filled.dataframe[0].value
    whole = data.city(covered=True)
    names = ["poor_rate", "training_need"]
    figures = pd.DataFrame(
        {name: whole.measure(name, whole.periods(name)[-1]).value for name in names}
    )
    missing = figures.isna().any(axis=1)
    known = whole.layer.set_index("kode")["kelurahan"]
    marked = set(shown.loc[shown["Kelurahan"].str.endswith("*"), "Kelurahan"])
    assert marked == {f"{known[kode]} *" for kode in missing.index[missing]}
    assert len(marked) > 0
    assert shown["Rank"].notna().all()
    assert "Without a score" not in texts(filled)
    assert any("the median of the others" in one.value for one in filled.caption)
    by_median = composite(
        figures.fillna(figures.median()), dict(zip(names, (5, 3), strict=True)),
        higher_is_worse={name: whole.library.indicators[name].higher_is_worse for name in names},
    )  # fmt: skip
    order = by_median.rank.sort_values(kind="stable").index
    assert [name.removesuffix(" *") for name in shown["Kelurahan"].head(5)] == [
        known[kode] for kode in order[:5]
    ]
