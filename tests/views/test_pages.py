import json
import shutil

import pytest
from streamlit.testing.v1 import AppTest

from kantong.language import activate
from kantong.views.state import URL_KEYS
from kantong.views.words import figure, plain
from tests.conftest import ROOT, TUTORIAL

ENTRY = str(ROOT / "streamlit_app.py")


@pytest.fixture
def tutorial(monkeypatch):
    monkeypatch.setenv("KANTONG_DATA", str(TUTORIAL))


def open_app(**query):
    activate(query.get("bahasa"))  # AppTest works out the labels of options in this thread
    app = AppTest.from_file(ENTRY, default_timeout=60)
    for key, value in query.items():
        app.query_params[key] = value
    return app


def words_of(app):
    shown = [*app.markdown, *app.caption, *app.subheader, *app.header, *app.warning]
    return "\n".join(str(element.value) for element in shown)


def test_the_first_page_is_indonesian_and_says_simulasi(tutorial):
    app = open_app().run()
    assert not app.exception
    assert "**SIMULASI.**" in app.warning[0].value
    assert app.subheader[0].value == "Penduduk miskin · 2025 :orange-badge[SIMULASI]"
    assert [one.value for one in app.metric] == ["800 orang", "8 dari 9"]


def test_english_is_complete(tutorial):
    app = open_app(bahasa="en").run()
    assert not app.exception
    assert "**SIMULATED.**" in app.warning[0].value
    assert app.metric[0].value == "800 people"


def test_published_figures_are_not_called_simulated():
    app = open_app(indikator="rtlh_assisted").run()
    assert not app.exception
    assert app.subheader[0].value.endswith(":green-badge[resmi]")
    assert app.metric[0].value == "50 rumah"


def test_a_city_without_surroundings_opens(monkeypatch, tmp_path):
    shutil.copytree(TUTORIAL, tmp_path / "kota")
    (tmp_path / "kota" / "context.geojson").unlink()
    monkeypatch.setenv("KANTONG_DATA", str(tmp_path / "kota"))
    app = open_app().run()
    assert not app.exception
    assert app.metric[0].value == "800 orang"


def test_another_city_without_figures_says_what_to_do(monkeypatch, tmp_path):
    folder = tmp_path / "kota"
    shutil.copytree(TUTORIAL, folder)
    shutil.rmtree(folder / "counts")
    monkeypatch.setenv("KANTONG_DATA", str(folder))
    app = open_app(bahasa="en").run()
    assert not app.exception
    assert "There are no figures yet" in app.error[0].value


def test_figures_without_an_area_are_named_and_not_lost_in_silence(monkeypatch, tmp_path):
    folder = tmp_path / "kota"
    shutil.copytree(TUTORIAL, folder)
    layer = json.loads((folder / "kelurahan.geojson").read_text("utf-8"))
    layer["features"].pop(0)
    (folder / "kelurahan.geojson").write_text(json.dumps(layer), "utf-8")
    monkeypatch.setenv("KANTONG_DATA", str(folder))
    app = open_app(bahasa="en").run()
    told = app.warning[1].value.replace("\\", "")
    assert "1 codes in the figures are not in the boundaries" in told
    assert "99.01.01.1001" in told
    assert app.metric[0].value == "750 people"


def test_the_city_rate_is_the_ratio_of_the_sums(tutorial):
    """Gardenia has no count, Flamboyan no residents: 800 / (9200 - 800) = 9.52 %."""
    app = open_app(bahasa="en", indikator="poor_rate").run()
    assert app.metric[0].value == "9.52 %"


def test_choices_stand_in_the_url(tutorial):
    app = open_app().run()
    app.selectbox(key="indikator").set_value("poor_rate").run()
    app.selectbox(key="kecamatan").set_value("Kidul").run()
    app.selectbox(key="kelurahan").set_value("99.01.02.1008").run()
    chosen = {key: app.query_params[key] for key in app.query_params}
    assert {
        key: value if isinstance(value, str) else value[0] for key, value in chosen.items()
    } == {
        "indikator": "poor_rate",
        "kecamatan": "Kidul",
        "kelurahan": "99.01.02.1008",
    }
    assert set(chosen) <= set(URL_KEYS)


def test_a_url_opens_the_same_view(tutorial):
    app = open_app(indikator="poor_rate", kelurahan="99.01.02.1008", kelas="equal_interval").run()
    assert app.selectbox(key="indikator").value == "poor_rate"
    assert app.selectbox(key="kelas").value == "equal_interval"
    assert "Herbras" in [one.value for one in app.subheader]
    figures = dict(app.dataframe[0].value.itertuples(index=False, name=None))
    assert figures["Persentase penduduk miskin · 2025"] == "25,00 %"
    assert figures["Penduduk · 2025"] == "400 orang"
    assert figures["Peringkat"] == "1 dari 7"
    assert figures["Bagian dari jumlah kota"] == "12,50 %"


def test_the_panel_says_why_there_is_no_rate(tutorial):
    app = open_app(bahasa="en", indikator="poor_rate", kelurahan="99.01.02.1006").run()
    figures = dict(app.dataframe[0].value.itertuples(index=False, name=None))
    assert figures["No figure"] == "The denominator is zero."


@pytest.mark.parametrize(
    "query",
    [
        {"indikator": "<script>"},
        {"periode": "1999"},
        {"kelurahan": "35.73.01.1001"},
        {"bahasa": "xx"},
        {"kecamatan": "Atlantis", "dapil": "9", "kelas": "?"},
    ],
)
def test_an_impossible_url_gives_the_first_view(tutorial, query):
    app = open_app(**query).run()
    assert not app.exception
    assert app.selectbox(key="indikator").value == "poor_people"
    assert app.selectbox(key="periode").value == "2025"


def test_prioritas_ranks_as_the_drawing_does(tutorial):
    app = open_app().run()
    app.switch_page("kantong/views/prioritas.py").run()
    assert not app.exception
    table = app.dataframe[0].value
    assert table["Kelurahan"].tolist()[:2] == ["Edelweis", "Ilalang"]
    assert table["Seri"].tolist() == ["", "", "=", "=", "=", "=", "", "", ""]
    assert table["% kota"].tolist()[0] == 25


def test_the_filter_narrows_the_table_and_keeps_the_rank(tutorial):
    app = open_app(kecamatan="Lor").run()
    app.switch_page("kantong/views/prioritas.py").run()
    assert "Disaring: Kecamatan Lor" in words_of(app).replace("\\", "")
    table = app.dataframe[0].value
    assert table["Kelurahan"].tolist() == ["Bakung", "Cempaka", "Anggrek"]
    assert table["Peringkat"].tolist() == [3, 3, 7]


def test_metode_tells_sources_and_formulas(tutorial):
    app = open_app().run()
    app.switch_page("kantong/views/metode.py").run()
    assert not app.exception
    assert app.latex[0].value.strip("$\n ") == r"P_0 = \frac{q}{n} \times 100"
    sources = app.dataframe[1].value
    assert sources["Jenis data"].tolist() == ["SIMULASI"]
    assert "Penduduk miskin / Penduduk × 100" in app.dataframe[0].value["Rumus"].tolist()


def test_a_fault_in_the_data_is_shown_in_the_users_language(monkeypatch, tmp_path):
    monkeypatch.setenv("KANTONG_DATA", str(tmp_path))
    app = open_app().run()
    assert "tidak dapat dibaca" in app.error[0].value.replace("\\", "")
    assert not app.exception


def test_text_from_data_stays_text():
    assert plain("**[x](javascript:y)** <b>") == (r"\*\*\[x\]\(javascript\:y\)\*\* \<b\>")


@pytest.mark.parametrize("text", ["https://x.example", "www.x.example", "a@x.example"])
def test_addresses_from_data_are_no_links(text):
    shown = plain(text)
    assert "\u2060" in shown
    assert shown.replace("\u2060", "").replace("\\", "") == text


def test_figures_carry_their_unit(nine_library):
    rate = nine_library.indicators["poor_rate"]
    assert figure(5.0, rate) == "5.00 %"
    assert figure(float("nan"), rate) == "–"
