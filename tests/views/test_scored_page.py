"""Ranking by several indicators through the harness; scores worked by hand from the drawing."""

import shutil

import pandas as pd
import pytest

from kantong.analysis.composite import composite
from kantong.analysis.measures import measure
from kantong.geo import boundaries
from kantong.store import library
from tests.conftest import DATA
from tests.views.test_hotspot_page import everything, republish, texts
from tests.views.test_pages import chosen, open_page

MIX = "poor_rate:5;dtsen_people_rate:3"


@pytest.fixture
def city(monkeypatch):
    monkeypatch.setenv("KANTONG_DATA", str(DATA))


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
    assert row["In the list under other weights"].endswith(" %")


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


def test_a_covered_count_cannot_be_told_from_another(monkeypatch, tmp_path):
    folder = tmp_path / "kota"
    shutil.copytree(DATA, folder, ignore=shutil.ignore_patterns("*.db*"))
    monkeypatch.setenv("KANTONG_DATA", str(folder))
    seen = []
    for count in (3, 4):
        poor = folder / "example" / "poor_people.csv"
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
