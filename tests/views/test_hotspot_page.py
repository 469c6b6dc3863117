"""Page Hotspot through the harness: what it says is what the analysis finds."""

import html
import re
import shutil

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa  # type: ignore[import-untyped]
import pytest

from kantong.analysis.clustering import geary, moran
from kantong.analysis.edge import edge, outside_neighbours
from kantong.analysis.hotspots import hotspots
from kantong.analysis.measures import measure
from kantong.analysis.neighbours import queen
from kantong.geo import boundaries
from kantong.geo.files import sha256
from kantong.store import library
from kantong.views.pocketwords import chance_words
from tests.conftest import DATA, TUTORIAL
from tests.views.test_pages import chosen, open_page, page_html, words_of

# A city of its own, so that nothing that was imported into data/ is looked at.
PARTS = ("yakin", "mantap", "pilihan", "sebaran", "tepi", "waktu", "lingkaran", "batas")


@pytest.fixture
def city(monkeypatch, tmp_path):
    """The simulated city, in a folder to be spoilt."""
    folder = tmp_path / "kota"
    shutil.copytree(DATA, folder, ignore=shutil.ignore_patterns("*.db*"))
    monkeypatch.setenv("KANTONG_DATA", str(folder))
    return folder


def texts(app):
    told = re.sub(r"<[^>]+>", "\n", page_html(app))
    return html.unescape(told) + words_of(app)


@pytest.fixture(scope="module")
def expected():
    """Hotspots of the share of poor people, found by the analysis alone."""
    layer = boundaries.load(DATA / "kelurahan.geojson")
    figures = library.load(DATA)
    found = measure(figures.observations, figures.indicators, "poor_rate", "2025", layer)
    return layer.set_index("kode"), hotspots(found.value, queen(layer))


def test_the_page_names_the_pockets_that_the_analysis_finds(city, expected):
    layer, found = expected
    app = open_page("hotspot", bahasa="en")
    told = texts(app)
    hot = layer["kelurahan"][found.is_hot()[found.is_hot()].index]
    cold = layer["kelurahan"][found.is_cold()[found.is_cold()].index]
    assert len(hot)
    assert len(cold)
    assert f"{len(hot)} kelurahan are hot pockets of “Share of residents who are poor”" in told
    for names, start in ((hot, "are hot pockets"), (cold, "are cold pockets")):
        sentence = next(line for line in told.splitlines() if start in line)
        assert all(name in sentence for name in names)
    assert "at most 5 in 100 are expected to be false" in told
    assert "SIMULASI" in told


@pytest.mark.parametrize("part", PARTS)
def test_every_part_is_drawn_in_both_languages(city, part):
    for language in ("id", "en"):
        app = open_page("hotspot", bahasa=language, bagian=part)
        assert not app.error
        assert not app.warning
        assert len(app.dataframe) or part in {"waktu", "sebaran"}


def test_the_table_of_pockets_is_that_of_the_analysis(city, expected):
    layer, found = expected
    table = open_page("hotspot", bahasa="en").dataframe[0].value
    told = found.frame[found.frame["class"].str.match("hot|cold")]
    assert sorted(table["Kelurahan"]) == sorted(layer["kelurahan"][told.index])
    assert set(table["Class"]) == {name.replace("_", ", ") + " % sure" for name in told["class"]}


def test_a_chosen_kelurahan_says_how_far_it_can_be_trusted(city, expected):
    layer, found = expected
    kode = found.frame["p_adjusted"].idxmin()
    told = texts(open_page("hotspot", bahasa="en", kelurahan=kode))
    sentence = next(line for line in told.splitlines() if "reasonable settings" in line)
    name = layer["kelurahan"][kode]
    assert sentence.startswith(f"{name}: {found.frame['class'][kode].replace('_', ', ')} % sure.")
    assert "of 48 reasonable settings" in sentence


def test_three_pockets_say_why_and_how_sure(city, expected):
    """Worked out again from counts and residents of the kelurahan and its neighbours."""
    layer, found = expected
    surest = found.frame[found.is_hot()].sort_values("p")["p"]
    told = texts(open_page("hotspot", bahasa="en")).splitlines()
    sentences = [line for line in told if "ways of reckoning" in line]
    assert len(sentences) == min(3, len(surest))
    figures = library.load(city)
    poor = measure(figures.observations, figures.indicators, "poor_people", "2025", areas_of(layer))
    people = measure(
        figures.observations, figures.indicators, "poor_rate", "2025", areas_of(layer)
    ).denominator
    near = queen(areas_of(layer))
    kode = surest.index[0]
    around = [kode, *near.of(kode)]
    share = 100 * poor.value[around].sum() / people[around].sum()
    whole = 100 * poor.value.sum() / people.sum()
    assert sentences[0].startswith(
        f"1. {layer['kelurahan'][kode]} and its neighbours: {share:.2f} % together, "
        f"{whole:.2f} % in the whole city."
    )
    assert f"in {chance_words(surest.iloc[0])} maps" in sentences[0]


def areas_of(layer):
    return layer.reset_index()


def test_the_slider_moves_the_period_of_every_page(city):
    app = open_page("hotspot", bahasa="en", indikator="dtsen_people")
    periods = app.select_slider(key="_quarter").options
    app.select_slider(key="_quarter").set_value(periods[0]).run()
    assert chosen(app)["periode"] == periods[0]
    assert app.selectbox(key="periode").value == periods[0]


def test_what_hangs_on_the_edge_is_what_the_analysis_finds(city, expected):
    layer, found = expected
    context = gpd.read_file(city / "context.geojson")
    areas = layer.reset_index()
    beyond = outside_neighbours(areas, context)
    at_edge = edge(found.frame["value"], queen(areas), beyond).frame
    table = open_page("hotspot", bahasa="en").dataframe[0].value.set_index("Kelurahan")
    changing = set(layer["kelurahan"][at_edge.index[at_edge["flips"]]])
    marked = set(table.index[table["City's edge"] != ""])
    assert marked == changing & set(table.index)
    assert marked
    for flips, words in ((True, "hangs on them"), (False, "changes nothing at 95 %")):
        kode = at_edge.index[at_edge["flips"] == flips][0]
        told = texts(open_page("hotspot", bahasa="en", kelurahan=kode))
        assert words in told
    pockets = ("hot_99", "hot_95", "cold_99", "cold_95")
    lost = at_edge["class"].isin(pockets) & ~at_edge["mean"].isin(pockets)
    sentence = next(line for line in told.splitlines() if "were like its mean" in line)
    assert all(name in sentence for name in layer["kelurahan"][at_edge.index[lost]])


@pytest.mark.parametrize(
    ("p", "words"),
    [(0.0014, "14 in 10,000"), (0.0188, "19 in 1,000"), (0.5, "50 in 100"),
     (0.0001, "1 in 10,000"), (0.00002, "fewer than 1 in 10,000")],
)  # fmt: skip
def test_chances_are_told_in_two_digits(p, words):
    assert chance_words(p) == words


def test_choices_stand_in_the_address_and_change_the_answer(city):
    app = open_page("hotspot", bahasa="en")
    app.selectbox(key="koreksi").set_value("none").run()
    app.selectbox(key="statistik").set_value("local_moran").run()
    told = texts(app)
    assert chosen(app) == {"bahasa": "en", "koreksi": "none", "statistik": "local_moran"}
    assert "do not decide on this" in told
    again = open_page("hotspot", bahasa="en", koreksi="none", statistik="local_moran")
    assert texts(again) == told


def test_steady_shares_stand_beside_those_as_they_are_and_cover_small_counts(city):
    app = open_page("hotspot", bahasa="en", bagian="mantap")
    table = app.dataframe[0].value
    assert len(table) == 57
    assert not table["Too uncertain"].any()
    shares = [float(text.removesuffix(" %")) for text in table["Share as it is"]]
    drawn = [float(text.removesuffix(" %")) for text in table["Steady (city)"]]
    # Drawn towards the middle: the highest falls, the lowest rises, if only a little.
    assert drawn[shares.index(max(shares))] <= max(shares)
    assert drawn[shares.index(min(shares))] >= min(shares)
    few = city / "example" / "poor_people.csv"
    figures = pd.read_csv(few, dtype={"kode": str})
    figures.loc[(figures["period"] == 2025) & (figures.index % 57 == 3), "value"] = 3
    republish(few, figures)
    covered = open_page("hotspot", bahasa="en", bagian="mantap").dataframe[0].value
    assert len(covered) < 57


def test_of_a_share_of_nobody_the_variation_is_above_all(city):
    poor = city / "example" / "poor_people.csv"
    figures = pd.read_csv(poor, dtype={"kode": str})
    figures.loc[(figures["period"] == 2025) & (figures.index % 57 == 3), "value"] = 0
    republish(poor, figures)
    table = open_page("hotspot", bahasa="en", bagian="mantap", tutup="tidak").dataframe[0].value
    assert table.loc[table["Share as it is"] == "0.00 %", "Coefficient of variation"].tolist() == [
        "> 100 %"
    ]


@pytest.mark.parametrize(("count", "hatched"), [(6, 1), (60, 0)])
def test_uncertain_shares_are_hatched_on_every_map(city, count, hatched):
    few = city / "example" / "poor_people.csv"
    figures = pd.read_csv(few, dtype={"kode": str})
    figures.loc[(figures["period"] == 2025) & (figures.index % 57 == 3), "value"] = count
    republish(few, figures)
    # 100 sqrt((1 - p) / 6) is 41 per cent, of 60 people it is 13.
    for page in ("peta", "hotspot"):
        told = texts(open_page(page, bahasa="en", indikator="poor_rate"))
        assert told.count("hatched: too uncertain (coefficient of variation above 25 %)") == hatched


def everything(app):
    """Return all that a page says, its tables and what its map is sent."""
    tables = [one.value.to_csv() for one in app.dataframe]
    sent = [one.proto.spec for one in app.get("arrow_vega_lite_chart")]
    return texts(app), tables, sent, drawn_maps(app)


def drawn_maps(app):
    """Return what the maps of a page are sent, but for the name of the visit."""
    sent = (one.proto.json_args for one in app.get("component_instance"))
    return [re.sub("[0-9a-f]{32}", "", one) for one in sent]


@pytest.mark.parametrize("part", PARTS)
def test_a_covered_count_cannot_be_told_from_another(city, part):
    # One more of three or four is covered with it; all else must be the same to the last digit.
    seen = []
    for count in (3, 4):
        poor = city / "example" / "poor_people.csv"
        figures = pd.read_csv(poor, dtype={"kode": str})
        figures.loc[(figures["period"] == 2025) & (figures.index % 57 == 3), "value"] = count
        republish(poor, figures)
        app = open_page("hotspot", bahasa="en", bagian=part)
        assert "too small to show, not tested" in texts(app)
        assert len(drawn_maps(app))
        seen.append(everything(app))
    assert seen[0] == seen[1]


def republish(table, figures):
    """Write other figures into a table and its hash into the data package."""
    package = table.parent / "datapackage.json"
    before = sha256(table.read_bytes())
    table.write_text(figures.to_csv(index=False), "utf-8")
    told = package.read_text("utf-8").replace(before, sha256(table.read_bytes()))
    package.write_text(told, "utf-8")


def test_an_indicator_without_residents_is_looked_at_as_it_is(city):
    app = open_page("hotspot", bahasa="en", indikator="training_need", bagian="lingkaran")
    assert app.selectbox(key="angka").options == ["The figure itself"]
    assert any("no share of residents" in one.value for one in app.info)


def test_figures_that_tell_nothing_give_a_reason_and_no_map_of_noise(city):
    table = city / "example" / "poor_people.csv"
    figures = pd.read_csv(table, dtype={"kode": str})
    figures["value"] = 100
    republish(table, figures)
    app = open_page("hotspot", bahasa="en", indikator="poor_people", angka="count")
    assert any("All areas have the same figure" in one.value for one in app.warning)
    assert "hot pockets" not in texts(app)


def test_counts_are_looked_at_where_there_can_be_no_share(city):
    people = city / "example" / "population.csv"
    figures = pd.read_csv(people, dtype={"kode": str})
    figures["value"] = 1
    republish(people, figures)
    app = open_page("hotspot", bahasa="en", indikator="poor_people", angka="count")
    assert not app.error
    assert "Hot in settings" in "".join(drawn_maps(app))
    app.selectbox(key="angka").set_value("raw").run()
    assert any("More people are counted in" in one.value for one in app.warning)


def test_noise_is_said_to_have_no_pockets(city):
    table = city / "example" / "poor_people.csv"
    figures = pd.read_csv(table, dtype={"kode": str})
    figures["value"] = np.random.default_rng(11).integers(300, 700, len(figures))
    republish(table, figures)
    layer = boundaries.load(city / "kelurahan.geojson")
    values = figures[figures["period"].astype(str) == "2025"].set_index("kode")["value"]
    found = hotspots(values.reindex(layer["kode"]).astype(float), queen(layer))
    assert not found.is_hot().any()
    assert not found.is_cold().any()
    told = texts(open_page("hotspot", bahasa="en", indikator="poor_people", angka="count"))
    assert "No kelurahan is a hot pocket of “Poor people” that chance could not explain." in told
    for words in ("are hot pockets", "are cold pockets", "Of the pockets at 95 %"):
        assert words not in told


def test_the_tutorial_city_says_why_it_has_too_few_figures(monkeypatch):
    monkeypatch.setenv("KANTONG_DATA", str(TUTORIAL))
    app = open_page("hotspot", bahasa="en")
    # Eight of nine kelurahan are needed; of two the share is not known.
    assert any("2 of 9 areas have no figure" in one.value for one in app.warning)


def test_the_line_of_the_scatter_rises_by_what_is_said(city, expected):
    layer, _found = expected
    app = open_page("hotspot", bahasa="en", bagian="sebaran")
    drawn = app.get("vega_lite_chart")[-1].proto
    tables = [
        pa.ipc.open_stream(one.data.data).read_pandas().to_dict("records") for one in drawn.datasets
    ]
    line = next(rows for rows in tables if len(rows) == 2)
    slope = (line[1]["y"] - line[0]["y"]) / (line[1]["x"] - line[0]["x"])
    figures = library.load(city)
    found = measure(figures.observations, figures.indicators, "poor_rate", "2025", areas_of(layer))
    value = moran(found.value, queen(areas_of(layer))).value
    assert slope == pytest.approx(value)
    assert f"Moran's I, {value:.2f}" in texts(app)
    contrary = geary(found.value, queen(areas_of(layer))).value
    assert f"Geary's C, which sees differences between neighbours, is {contrary:.2f}" in texts(app)
    points = next(rows for rows in tables if len(rows) == 57)
    assert {row["name"] for row in points} == set(layer["kelurahan"])
