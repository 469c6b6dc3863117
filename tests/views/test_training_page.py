"""Page Pelatihan through the harness: classes worked by hand, venues against every choice."""

import itertools
import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from kantong.analysis.scan import centres
from kantong.language import activate
from kantong.store.library import data_folder
from kantong.store.travel import FILE
from kantong.views import data, pelatihan, training
from tests.conftest import DATA, TUTORIAL
from tests.views.test_hotspot_page import city as copied
from tests.views.test_hotspot_page import everything, republish, texts
from tests.views.test_pages import chosen, open_page

__all__ = ["copied"]
SEWING = "training_need_menjahit"


@pytest.fixture(autouse=True)
def city(monkeypatch):
    monkeypatch.setenv("KANTONG_DATA", str(DATA))


def page(**query):
    return open_page("pelatihan", bahasa="en", **query)


def table(app, column):
    return next(one.value for one in app.dataframe if column in one.value)


def sewing():
    """Who asks for sewing, by kode, as it may be shown."""
    return data.city(covered=True).measure(SEWING, "2025").value


def test_classes_are_what_the_survey_fills():
    """A class of twenty is held with ten at least, so the rest decides about one more."""
    shown = table(page(), "Asking").set_index("Course")
    people = int(sewing().sum())
    row = shown.loc["People asking for training in sewing"]
    assert int(row["Asking"]) == people
    full, rest = divmod(people, 20)
    assert int(row["Classes"]) == full + (rest >= 10)
    assert int(row["Kelurahan not known"]) == sewing().isna().sum()


def test_two_venues_are_those_of_all_pairs_with_the_shortest_ways():
    app = page(kursus=SEWING, tempat="2")
    whole = data.city()
    spots, people = centres(whole.layer), sewing().dropna()
    far = {
        venue: np.hypot(*(spots.loc[people.index] - spots.loc[venue]).to_numpy().T)
        for venue in spots.index
    }
    ways = {
        pair: float((np.minimum(far[pair[0]], far[pair[1]]) * people).sum())
        for pair in itertools.combinations(spots.index, 2)
    }
    best = min(ways, key=ways.__getitem__)
    names = whole.layer.set_index("kode")["kelurahan"]
    assert set(table(app, "Venue")["Venue"]) == {names[kode] for kode in best}
    mean = ways[best] / people.sum() / 1000
    assert f"; {mean:.1f} km on average" in texts(app)
    assert "that is proven" in texts(app)


def test_everybody_goes_somewhere_and_nobody_twice():
    shown = table(page(kursus=SEWING, tempat="4", muat="8"), "Venue")
    people = shown["People"].str.replace(",", "").astype(int)
    assert people.sum() == sewing().sum()
    assert (people <= 160).all()


def test_with_a_reach_as_many_as_possible_are_served():
    app = page(kursus=SEWING, tempat="1", jarak="2")
    spots, people = centres(data.city().layer), sewing().dropna()
    most = max(
        people[np.hypot(*(spots.loc[people.index] - spots.loc[venue]).to_numpy().T) <= 2000].sum()
        for venue in spots.index
    )
    assert f"serve {most:.0f} people" in texts(app)


def test_an_open_venue_stays_open():
    app = page(kursus=SEWING, tempat="2", tetap="35.73.03.1012")
    name = data.city().place("35.73.03.1012")["kelurahan"]
    assert name in set(table(app, "Venue")["Venue"])


def test_venues_open_only_where_they_may():
    calon = "35.73.02.1007,35.73.05.1002,35.73.04.1001"
    shown = table(page(kursus=SEWING, tempat="2", calon=calon), "Venue")
    names = data.city().layer.set_index("kode")["kelurahan"]
    assert set(shown["Venue"]) <= {names[kode] for kode in calon.split(",")}


def test_choices_stand_in_the_address():
    app = page()
    app.number_input(key="_tempat").set_value(3).run()
    app.selectbox(key="jarak").set_value("3").run()
    assert chosen(app)["tempat"] == "3"
    again = page(tempat="3", jarak="3")
    assert table(again, "Venue").equals(table(app, "Venue"))


@pytest.mark.parametrize(
    "wrong",
    [{"tempat": "0"}, {"tempat": "99"}, {"isi": "x"}, {"tetap": "1.2.3"}, {"jarak": "7"},
     {"muat": "000000999"}, {"isi": "000001999"}],
)  # fmt: skip
def test_what_cannot_be_is_left_out_and_named(wrong):
    app = page(**wrong)
    assert any(key in note for key in wrong for note in app.session_state["notes"])
    assert not app.exception


def test_too_little_room_is_said_with_what_breaks_it():
    app = page(kursus=SEWING, tempat="2", muat="1")
    assert len(app.warning) == 1
    assert "hold" in app.warning[0].value
    assert len(table(app, "Asking")) == 6


def test_a_city_without_a_survey_is_told_so(monkeypatch):
    monkeypatch.setenv("KANTONG_DATA", str(TUTORIAL))
    assert "No survey of who asks" in texts(page())


def test_a_covered_count_cannot_be_told_from_another(copied):
    seen = []
    file = copied / "example" / "training_needs.csv"
    figures = pd.read_csv(file, dtype={"kode": str})
    own = figures[(figures["indicator"] == SEWING) & (figures["value"] > 20)].index[0]
    for count in (3, 4):
        figures.loc[own, "value"] = count
        republish(file, figures)
        seen.append(everything(page(kursus=SEWING)))
    assert seen[0] == seen[1]


def wished(course, **more):
    kodes = tuple(data.city(covered=True).layer["kode"])
    found = training.Wish(course, 20, 2, 0, "lurus", 0, (), kodes, kodes, "2025")
    return replace(found, **more)


def test_what_is_taken_home_names_the_course_that_was_chosen(copied):
    """Motor repair from a file of its own: sewing, the first course, is not its source."""
    activate("en")
    whole, chosen_ = data.city(covered=True), "training_need_otomotif"
    found = training.asked_for(whole, wished(chosen_))
    assert found.indicator == chosen_
    own = whole.measure(chosen_, "2025")
    library = whole.library
    rows = library.observations.assign(
        dataset=library.observations["dataset"].mask(
            library.observations["indicator"] == chosen_, "rtlh-2025"
        )
    )
    whole = replace(whole, library=replace(library, observations=rows))
    assert training.asked_for(whole, wished(chosen_)).datasets == ("rtlh-2025",)
    assert training.asked_for(whole, wished(SEWING)).datasets == ("SIMULASI-training_needs",)
    both = {"SIMULASI-training_needs", "rtlh-2025"}
    assert set(training.asked_for(whole, wished("")).datasets) == both
    assert found.value.equals(own.value)


def test_classes_of_a_venue_are_counted_as_those_of_the_city():
    """Full ones, and one more from half a class up; of all courses together none are told."""
    wish = wished(SEWING)
    whole = data.city(covered=True)
    sited = training.sited(whole, wish)
    told = training.classes_at(wish, sited)
    for venue, load in sited.load.items():
        full, rest = divmod(round(load), 20)
        assert told[str(venue)] == full + (rest >= 10)
    few = replace(sited, open=("a", "b"), load=pd.Series({"a": 29.0, "b": 30.0}))
    assert training.classes_at(wish, few).to_dict() == {"a": 1, "b": 2}
    assert "Classes" in table(page(kursus=SEWING), "Venue")
    assert "Classes" not in table(page(kursus=""), "Venue")


def test_a_choice_among_candidates_is_told_as_one():
    activate("en")
    calon = ("35.73.02.1007", "35.73.05.1002", "35.73.04.1001")
    whole = data.city(covered=True)
    wish = wished(SEWING, candidates=calon)
    found = training.sited(whole, wish)
    told = " ".join(pelatihan.told(whole, wish, found))
    assert "Of the 3 kelurahan where venues may open none are better: that is proven." in told
    settings = dict(pelatihan.settings(whole, wish, found))
    names = whole.layer.set_index("kode")["kelurahan"]
    only = settings["Venues may open only here (none: anywhere)"]
    assert all(names[kode] in only for kode in calon)
    assert settings["Kelurahan whose people are served"] == "57 of 57"


def test_a_scenario_opens_at_the_period_of_its_indicator():
    assert {"indikator", "periode"} <= set(pelatihan.KEYS)


def test_all_courses_together_are_their_sum():
    whole = data.city(covered=True)
    wish = training.Wish("", 20, 2, 0, "lurus", 0, (), tuple(whole.layer["kode"]),
                         tuple(whole.layer["kode"]), "2025")  # fmt: skip
    parts = [whole.measure(name, "2025").value.fillna(0) for name in training.courses(whole)]
    every = pd.concat(parts, axis=1).sum(axis=1)
    assert training.demand(whole, wish).fillna(0).tolist() == pytest.approx(every.tolist())


# --- given travel times --------------------------------------------------------------------------


def given_times(folder, rows):
    text = "\n".join(
        ["dari,ke,menit", *(f"{one},{other},{minutes}" for one, other, minutes in rows)]
    )
    (folder / FILE).write_text(text, "utf-8")


@pytest.fixture
def timed(monkeypatch, tmp_path):
    """A city where ways go round: five minutes and one for each step in the order of the codes."""
    home = tmp_path / "kota"
    shutil.copytree(DATA, home, ignore=shutil.ignore_patterns("*.db*"))
    monkeypatch.setenv("KANTONG_DATA", str(home))
    codes = sorted(data.city().every["kode"])
    many = len(codes)
    rows = [
        (codes[i], codes[j], 5 + min(j - i, many - j + i))
        for i in range(many)
        for j in range(i + 1, many)
    ]
    given_times(home, rows)
    return {(one, other): minutes for one, other, minutes in rows}


def test_venues_by_travel_time_are_those_of_all_pairs(timed):
    people = sewing().dropna()
    codes = sorted(data.city().every["kode"])

    def minutes(one, other):
        return 0 if one == other else timed.get((one, other), timed.get((other, one)))

    ways = {
        pair: sum(min(minutes(kode, venue) for venue in pair) * count
                  for kode, count in people.items())
        for pair in itertools.combinations(codes, 2)
    }  # fmt: skip
    least = min(ways.values())
    app = page(kursus=SEWING, tempat="2", ukur="waktu")
    names = data.city().layer.set_index("kode")["kelurahan"]
    opened = set(table(app, "Venue")["Venue"])
    best = [{names[one], names[other]} for (one, other), way in ways.items()
            if way == pytest.approx(least)]  # fmt: skip
    assert opened in best
    assert f"; {least / people.sum():.0f} minutes on average" in texts(app)
    assert "Times are those of the table" in texts(app)


def test_minutes_can_limit_how_far_people_go(timed):
    app = page(kursus=SEWING, tempat="1", ukur="waktu", jarak="10")
    near = max(
        sum(count for kode, count in sewing().dropna().items()
            if kode == venue or timed.get((kode, venue), timed.get((venue, kode))) <= 10)
        for venue in data.city().every["kode"]
    )  # fmt: skip
    assert f"serve {near:,.0f} people" in texts(app)


def test_without_a_table_ways_are_straight_and_one_with_faults_says_so(timed, monkeypatch):
    home = data_folder()
    given_times(home, [("35.73.01.1001", "1.2.3", 5)])
    app = page(kursus=SEWING, ukur="waktu")
    assert any("are not among the boundaries" in one.value.replace("\\", "") for one in app.warning)
    assert "km on average" in texts(app)
    (home / FILE).unlink()
    assert "km on average" in texts(page(kursus=SEWING))
