"""The pages through Streamlit's test harness; numbers from the drawing of the nine kelurahan."""

import html
import json
import re
import shutil
from dataclasses import replace

import pandas as pd
import pytest
from scipy.stats import binomtest
from streamlit.testing.v1 import AppTest

from kantong.analysis.change import change
from kantong.geo.files import sha256
from kantong.language import activate
from kantong.maps.style import Scheme
from kantong.store import database, datasets
from kantong.views import data, mapview, profil
from kantong.views.pages import FILES
from kantong.views.state import ALL, CLASSES_BOX, PLACES_BOX, URL_KEYS, Selection
from kantong.views.words import difference, figure, kind_of_data, plain, table
from tests.conftest import DATA, ROOT, TUTORIAL
from tests.store.samples import poor, sample

ENTRY = str(ROOT / "streamlit_app.py")
HERBRAS, FLAMBOYAN, GARDENIA = "99.01.02.1008", "99.01.02.1006", "99.01.02.1007"


@pytest.fixture
def tutorial(monkeypatch):
    monkeypatch.setenv("KANTONG_DATA", str(TUTORIAL))


@pytest.fixture
def copy(monkeypatch, tmp_path):
    """The nine kelurahan in a folder of their own, to be spoilt."""
    folder = tmp_path / "kota"
    shutil.copytree(TUTORIAL, folder)
    monkeypatch.setenv("KANTONG_DATA", str(folder))
    return folder


def open_page(name="peta", **query):
    """Return a page opened by an address."""
    activate(query.get("bahasa"))  # AppTest works out the labels of options in this thread
    app = AppTest.from_file(ENTRY, default_timeout=60)
    for key, value in query.items():
        app.query_params[key] = value
    app.run()
    first = [one.value for one in app.info]
    if name != "beranda":
        app.switch_page(f"kantong/views/{name}.py").run()
    assert not app.exception
    app.session_state["notes"] = [*first, *(one.value for one in app.info)]
    return app


def open_boxes(app):
    """Return the page with the boxes of its drawer opened."""
    for box in (CLASSES_BOX, PLACES_BOX):
        app.session_state[box] = True
    return app.run()


def chosen(app):
    """Return what stands in the address."""
    params = {key: app.query_params[key] for key in app.query_params}
    return {key: one if isinstance(one, str) else one[0] for key, one in params.items()}


def page_html(app):
    return "\n".join(str(one.proto.body) for one in app.get("html"))


def rows(app):
    """Return the cells of our own tables, row by row."""
    cells = r"<t[dh][^>]*>(.*?)</t[dh]>"
    return [
        tuple(html.unescape(cell) for cell in re.findall(cells, row))
        for row in re.findall(r"<tr>(.*?)</tr>", page_html(app))
    ]


def words_of(app):
    shown = [*app.markdown, *app.caption, *app.subheader, *app.header, *app.warning, *app.info]
    return "\n".join(str(element.value) for element in shown).replace("\\", "")


# --- every page ---


@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize("name", FILES)
def test_every_page_opens_and_says_simulasi(tutorial, name, language):
    app = open_page(name, bahasa=language)
    assert not app.error
    assert "<strong>SIMULASI</strong>" in page_html(app)


@pytest.mark.parametrize("name", FILES)
def test_every_page_opens_for_a_kelurahan_without_figures(copy, name):
    drop_figures_of(copy, GARDENIA)
    app = open_page(name, kelurahan=GARDENIA)
    assert not app.error


def drop_figures_of(folder, kode):
    table = folder / "counts" / "counts.csv"
    kept = [line for line in table.read_text("utf-8").splitlines() if not line.startswith(kode)]
    table.write_text("\n".join(kept) + "\n", "utf-8")
    package = folder / "counts" / "datapackage.json"
    described = json.loads(package.read_text("utf-8"))
    described["resources"][0]["hash"] = f"sha256:{sha256(table.read_bytes())}"
    package.write_text(json.dumps(described), "utf-8")


def test_a_kelurahan_without_figures_has_a_profile_that_says_so(copy):
    drop_figures_of(copy, GARDENIA)
    app = open_page("profil", bahasa="en", kelurahan=GARDENIA)
    assert "No figure of this kelurahan is known yet" in words_of(app)
    assert "No programme is recorded here" in words_of(app)


def test_of_two_kelurahan_of_one_name_each_can_be_chosen(copy):
    layer = json.loads((copy / "kelurahan.geojson").read_text("utf-8"))
    for feature in layer["features"]:
        if feature["properties"]["kode"] in {HERBRAS, GARDENIA}:
            feature["properties"]["kelurahan"] = "Sumberejo"
    (copy / "kelurahan.geojson").write_text(json.dumps(layer), "utf-8")
    for kode in (HERBRAS, GARDENIA):
        app = open_page(kelurahan=kode)
        assert app.run().selectbox(key="kelurahan").value == kode
        assert f"Sumberejo ({kode})" in app.selectbox(key="kelurahan").options


def test_a_city_without_surroundings_opens(copy):
    (copy / "context.geojson").unlink()
    assert open_page().metric[0].value == "800 orang"


def test_a_city_without_figures_says_what_to_do(copy):
    shutil.rmtree(copy / "counts")
    assert "There are no figures yet" in open_page(bahasa="en").error[0].value


def test_figures_without_an_area_are_named_and_not_lost_in_silence(copy):
    layer = json.loads((copy / "kelurahan.geojson").read_text("utf-8"))
    layer["features"].pop(0)
    (copy / "kelurahan.geojson").write_text(json.dumps(layer), "utf-8")
    app = open_page(bahasa="en")
    told = app.warning[0].value.replace("\\", "")
    assert "1 codes in the figures are not in the boundaries" in told
    assert "99.01.01.1001" in told
    assert app.metric[0].value == "750 people"


def test_a_fault_in_the_data_is_shown_in_the_users_language(monkeypatch, tmp_path):
    monkeypatch.setenv("KANTONG_DATA", str(tmp_path))
    app = AppTest.from_file(ENTRY, default_timeout=60).run()
    assert "tidak dapat dibaca" in app.error[0].value.replace("\\", "")
    assert not app.exception


# --- the address ---


def test_the_keys_of_the_address_are_a_contract():
    assert URL_KEYS == (
        "bahasa", "kota", "wilayah", "indikator", "periode", "kelas", "jumlah", "batas",
        "kecamatan", "dapil", "kelurahan", "garis", "tutup", "cara", "indikator2", "periode2",
        "angka", "tetangga", "statistik", "koreksi", "bagian",
        "urut", "bobot", "normal", "agregat", "kosong", "panjang", "potong", "dana", "biaya",
        "orang",
        "cetak", "kertas", "skala", "rinci", "kelompok", "rencana", "bersama", "minimal", "aturan",
        "target", "tahun_target", "sejak", "galat", "bagi",
        "kursus", "isi", "tempat", "muat", "ukur", "jarak", "tetap", "calon",
        "tahun_program", "program", "strategi", "jenis", "penyandang", "status", "ambang", "lawan",
        "golongan", "sasaran", "penerima", "tahun_register", "desil_sasaran", "desil_batas",
        "tahun_mitra", "paket",
    )  # fmt: skip


def test_choices_stand_in_the_address(tutorial):
    app = open_boxes(open_page())
    app.selectbox(key="indikator").set_value("poor_rate").run()
    app.selectbox(key="kecamatan").set_value("Kidul").run()
    app.selectbox(key="kelurahan").set_value(HERBRAS).run()
    app.selectbox(key="garis").set_value("dapil").run()
    app.selectbox(key="jumlah").set_value("3").run()
    app.toggle(key="_tutup").set_value(False).run()
    assert chosen(app) == {
        "indikator": "poor_rate", "kecamatan": "Kidul", "kelurahan": HERBRAS, "garis": "dapil",
        "jumlah": "3", "tutup": "tidak",
    }  # fmt: skip


def test_an_address_opens_the_same_view(tutorial):
    query = {
        "indikator": "poor_rate", "kelurahan": HERBRAS, "kelas": "own", "batas": "5;20",
        "kecamatan": "Kidul", "garis": "kecamatan", "tutup": "tidak", "bahasa": "en",
    }  # fmt: skip
    app = open_page(**query)
    assert chosen(app) == query
    assert ("Share of residents who are poor · 2025", "25.00 %") in rows(app)
    assert ("Rank", "1 of 7") in rows(app)
    assert "up to 5.00 <small>(2)" in page_html(app)


@pytest.mark.parametrize(
    ("query", "ignored"),
    [
        ({"indikator": "<script>alert(1)</script>"}, "indikator"),
        ({"periode": "1999"}, "periode"),
        ({"kelurahan": "35.73.01.1001"}, "kelurahan"),
        ({"kelurahan": "x" * 10_000}, "kelurahan"),
        ({"bahasa": "xx"}, "bahasa"),
        ({"kota": "../../etc"}, "kota"),
        ({"wilayah": "35.73.01"}, "wilayah"),
        ({"batas": "5;x"}, ""),
        ({"kelas": "own", "batas": "9;1"}, "batas"),
        ({"jumlah": "-1"}, "jumlah"),
        ({"garis": "'; DROP TABLE"}, "garis"),
        ({"tutup": "maybe"}, "tutup"),
    ],
)
def test_a_hostile_address_gives_the_first_view_and_a_note(tutorial, query, ignored):
    app = open_page(**query)
    assert not app.error or "kelas" in query
    assert app.selectbox(key="indikator").value == "poor_people"
    assert app.selectbox(key="periode").value == "2025"
    assert app.selectbox(key="kelurahan").value == ""
    if ignored:
        assert any(ignored in note for note in app.session_state["notes"])
        assert query[ignored] not in words_of(app)


def test_a_new_indicator_keeps_a_period_it_has_and_else_shows_its_newest():
    app = open_page(indikator="poor_people", periode="2024")
    app.selectbox(key="indikator").set_value("poor_rate").run()
    assert app.selectbox(key="periode").value == "2024"
    app.selectbox(key="indikator").set_value("dtsen_people").run()
    assert app.selectbox(key="periode").value == "2025-Q3"


# --- Beranda ---


def test_the_start_page_has_three_doors_and_says_how_sure_the_data_are():
    app = open_page("beranda", bahasa="en")
    doors = [one.value.split(": ")[1] for one in app.subheader[:3]]
    assert doors == ["Plan", "Print", "Review"]
    known = {one.label: one.value for one in app.metric}
    assert known["Kelurahan"] == "57"
    assert known["Newest period"] == "2025"  # it ends after 2025-Q3
    assert "of 11 data sets are SIMULASI" in words_of(app)


def test_figures_that_a_table_leaves_out_are_not_known(copy):
    """Of 2 x 9 figures 17 are known; of an import with two kelurahan, 9 and 2."""
    known = {one.label: one.value for one in open_page("beranda", bahasa="en").metric}
    assert known["Figures that are known"] == "94.4 %"
    two = poor((7.0, 5.0, 4.0)).iloc[:2]
    datasets.keep(database.for_writing(), sample(two), "ani")
    known = {one.label: one.value for one in open_page("beranda", bahasa="en").metric}
    assert known["Figures that are known"] == "61.1 %"


def test_what_an_import_has_replaced_is_counted_no_more(copy):
    assert "1 of 1 data sets are SIMULASI" in words_of(open_page("beranda", bahasa="en"))
    assert "The figures by kelurahan are invented." in page_html(open_page(bahasa="en"))
    store = database.for_writing()
    datasets.keep(store, sample(poor((7.0, 5.0, 4.0))), "ani")
    app = open_page("beranda", bahasa="en")
    assert "1 of 2 data sets are SIMULASI" in words_of(app)
    assert "Some figures are invented, and marked so." in page_html(app)
    datasets.keep(store, sample(poor((9.0, 9.0, 9.0), indicator="population"), name="b"), "ani")
    app = open_page("beranda", bahasa="en")
    assert "SIMULASI" not in words_of(app)
    assert "SIMULASI" not in page_html(app)


def test_the_tutorial_city_opens_and_closes_again():
    app = open_page("beranda", bahasa="en")
    next(one for one in app.button if one.label == "Open the tutorial city").click().run()
    assert "Kota Sembilan" in page_html(app)
    assert chosen(app) == {"bahasa": "en", "kota": "latihan"}
    next(one for one in app.button if one.label == "Back to the city").click().run()
    assert "Kota Malang" in page_html(app)


# --- Peta ---


def test_the_map_page_tells_the_city_and_its_first_areas(tutorial):
    app = open_page(bahasa="en")
    assert app.subheader[0].value == "Poor people · 2025 :orange-badge[SIMULASI]"
    assert [one.value for one in app.metric] == ["800 people", "8 of 9"]
    assert ("1", "Edelweis", "Kidul", "200") in rows(app)
    assert ("3 =", "Bakung", "Lor", "100") in rows(app)


def test_where_there_are_no_figures_none_are_called_published():
    assert kind_of_data([]) == "no figures"


def test_published_figures_are_not_called_simulated():
    app = open_page(indikator="rtlh_assisted")
    assert app.subheader[0].value.endswith(":green-badge[resmi]")
    assert app.metric[0].value == "50 rumah"


def test_the_city_rate_is_the_ratio_of_the_sums(tutorial):
    """Gardenia has no count, Flamboyan no residents: 800 / (9200 - 800) = 9.52 %."""
    assert open_page(bahasa="en", indikator="poor_rate").metric[0].value == "9.52 %"


def test_the_panel_says_why_there_is_no_rate(tutorial):
    app = open_page(bahasa="en", indikator="poor_rate", kelurahan=FLAMBOYAN)
    assert ("No figure", "The denominator is zero.") in rows(app)


def test_the_legend_counts_every_area_once(tutorial):
    """50, 100 four times, 150, 200, 0 and one without: six kinds, nine areas."""
    legend = re.findall(r"</span>(.*?) <small>\((\d+)\)", page_html(open_page(bahasa="en")))
    assert legend == [
        ("0", "1"), ("1 to 50", "1"), ("51 to 100", "4"), ("101 to 150", "1"),
        ("151 to 200", "1"), ("no figure", "1"),
    ]  # fmt: skip


def test_locked_classes_stay_through_periods_and_give_way_to_a_new_indicator():
    app = open_boxes(open_page(bahasa="en", indikator="dtsen_people", periode="2024-Q1"))
    before = re.findall(r"</span>(.*?) <small>", page_html(app))
    next(one for one in app.button if one.label == "Lock the classes").click().run()
    bounds = chosen(app)["batas"]
    app.selectbox(key="periode").set_value("2025-Q3").run()
    after = re.findall(r"</span>(.*?) <small>", page_html(app))
    assert after[1:-1] == before[1:-1]
    assert chosen(app)["batas"] == bounds
    assert chosen(app)["kelas"] == "own"
    app.selectbox(key="indikator").set_value("population").run()
    assert "batas" not in chosen(app)
    assert "kelas" not in chosen(app)


def test_of_two_maps_the_classes_of_the_drawers_indicator_are_locked():
    app = open_boxes(open_page(bahasa="en", indikator="poor_people"))
    next(one for one in app.button if one.label == "Lock the classes").click().run()
    alone = chosen(app)["batas"]
    app = open_boxes(
        open_page("banding", bahasa="en", indikator="poor_people", indikator2="poor_rate")
    )
    next(one for one in app.button if one.label == "Lock the classes").click().run()
    assert chosen(app)["batas"] == alone


def test_own_breaks_are_written_as_the_locale_does(tutorial):
    app = open_boxes(open_page(kelas="own", batas="60;120"))
    assert app.text_input(key="_batas").value == "60; 120"
    app.text_input(key="_batas").set_value("1.000; 2.000,5").run()
    assert chosen(app)["batas"] == "1000;2000.5"
    app.text_input(key="_batas").set_value("9; 1").run()
    assert "angka menaik" in app.error[0].value
    assert chosen(app)["batas"] == "1000;2000.5"


def test_own_breaks_stay_when_their_box_is_closed(tutorial):
    """Of 0, 50, 100 four times, 150 and 200 five are up to 120, when told from 60 on."""
    app = open_boxes(open_page(bahasa="en"))
    next(one for one in app.button if one.label == "Lock the classes").click().run()
    app.text_input(key="_batas").set_value("60; 120").run()
    app.session_state[CLASSES_BOX] = False
    app.run()
    assert chosen(app)["batas"] == "60;120"
    legend = re.findall(r"</span>(.*?) <small>", page_html(app))
    assert any(text.endswith(" to 120") for text in legend)
    assert open_boxes(app).text_input(key="_batas").value == "60; 120"


def test_of_two_maps_the_classes_of_the_indicator_in_the_drawer_are_locked(tutorial):
    """No share of the nine is above 100, and most counts of poor people are."""
    app = open_boxes(open_page("banding", bahasa="en", indikator2="poor_rate"))
    next(one for one in app.button if one.label == "Lock the classes").click().run()
    assert chosen(app)["batas"] == "0;50;100;150"


# --- small counts ---


def test_small_counts_are_covered_until_the_user_lifts_it():
    app = open_page(bahasa="en", indikator="recipients_rantang_kasih")
    assert "too small to show" in page_html(app)
    assert app.metric[0].value == "136 people"
    app.toggle(key="_tutup").set_value(False).run()
    assert "too small to show" not in page_html(app)
    assert app.metric[0].value == "136 people"


def test_a_covered_count_stands_nowhere_on_the_profile():
    app = open_page("profil", bahasa="en", kelurahan="35.73.05.1004")
    table = app.dataframe[0].value.set_index("Indicator")
    assert table.loc["Recipients of Rantang Kasih", "Figure"].startswith("The count is too small")
    assert table.loc["Recipients of Rantang Kasih", "95 % interval"] == "–"
    programmes = app.dataframe[1].value
    persons = programmes[programmes["Kind"] != "housing"]  # houses point at nobody
    assert "not shown" in set(persons["Reached"])
    assert not set(persons["Reached"]) & {"1", "2", "3", "4"}


# --- Profil ---


def test_the_profile_gives_figure_interval_rank_and_source(tutorial):
    """Herbras: 100 of 400; the interval by scipy's own Wilson."""
    between = binomtest(100, 400).proportion_ci(method="wilson")
    app = open_page("profil", bahasa="en", kelurahan=HERBRAS)
    table = app.dataframe[0].value.set_index("Indicator")
    rate = table.loc["Share of residents who are poor"]
    assert rate["Figure"] == "25.00 %"
    assert rate["95 % interval"] == f"{between.low * 100:.2f} to {between.high * 100:.2f}"
    assert rate["Rank"] == "1 of 7"
    assert rate["City"] == "9.52 %"
    assert rate["Period"] == "2025"
    assert rate["Kind of data"] == "SIMULASI"
    assert rate["Source"]


def test_a_plain_sentence_says_what_stands_out(tutorial):
    """Herbras has the highest rate; of its five neighbours 1004, 1005 and 1009 have one."""
    told = html.unescape(page_html(open_page("profil", bahasa="en", kelurahan=HERBRAS)))
    assert (
        "Herbras: Share of residents who are poor 2025 is 25.00 %, above the city's figure "
        "(9.52 %); rank 1 of 7. That is more than in any of its 3 neighbours whose figure is "
        "shown." in told
    )


@pytest.fixture
def malang(monkeypatch, tmp_path):
    """The simulated city in a folder of its own, to be spoilt."""
    folder = tmp_path / "kota"
    shutil.copytree(DATA, folder, ignore=shutil.ignore_patterns("*.db*"))
    monkeypatch.setenv("KANTONG_DATA", str(folder))
    return folder


def republish(file, table):
    """Write a table of the example and its hash in the data package."""
    package, before = file.parent / "datapackage.json", sha256(file.read_bytes())
    file.write_text(table.to_csv(index=False), "utf-8")
    text = package.read_text("utf-8").replace(before, sha256(file.read_bytes()))
    package.write_text(text, "utf-8")


def test_deciles_are_five_by_name_of_one_period(malang):
    """A register brought decile 6 too; decile 2 was not counted in its newest period."""
    file = malang / "example" / "dtsen_people.csv"
    table = pd.read_csv(file, dtype=str)
    newest, before = sorted(table["period"].unique())[:-3:-1]
    of_newest = table["period"] == newest
    sixth = table[of_newest & (table["indicator"] == "dtsen_people_d5")]
    table = table[~(of_newest & (table["indicator"] == "dtsen_people_d2"))]
    republish(file, pd.concat([table, sixth.assign(indicator="dtsen_people_d6")]))
    kode = "35.73.01.1001"
    own = table[(table["kode"] == kode) & (table["period"] == before)].set_index("indicator")
    counts = [float(own["value"][f"dtsen_people_d{decile}"]) for decile in range(1, 6)]
    drawn = pd.DataFrame(profil.decile_rows(data.city(covered=True), kode, before))
    shares = drawn.loc[drawn["who"] == "Balearjosari"].set_index("group")["value"]
    assert shares.to_dict() == pytest.approx(
        {str(place): count / sum(counts) * 100 for place, count in enumerate(counts, start=1)}
    )
    said = words_of(open_page("profil", bahasa="en", kelurahan=kode))
    assert f"% of those in deciles 1–5 · {before}" in said


def test_needs_are_marked_by_all_that_is_shown_of_them(malang):
    """The first course was published, the others are invented."""
    file = malang / "example" / "training_needs.csv"
    table = pd.read_csv(file, dtype=str)
    names = [key for key in data.city().indicators() if key.startswith("training_need_")]
    published = table["indicator"] == names[0]
    republish(file, table[~published])
    home = malang / "terbit"
    home.mkdir()
    new = home / "training_needs.csv"
    new.write_text(table[published].assign(dataset="survei").to_csv(index=False), "utf-8")
    package = json.loads((file.parent / "datapackage.json").read_text("utf-8"))
    (one,) = (one for one in package["resources"] if one["path"] == new.name)
    told = {"id": "survei", "title": {"id": "Survei"}, "simulated": False}
    one |= {"hash": f"sha256:{sha256(new.read_bytes())}", "kantong": one["kantong"] | told}
    (home / "datapackage.json").write_text(json.dumps(package | {"resources": [one]}), "utf-8")
    app = open_page("profil", bahasa="en", kelurahan="35.73.01.1001")
    said = words_of(app)
    assert "SIMULASI · Survei" in said
    assert "SIMULATED demand for training" in said


# --- Bandingkan ---


def test_the_change_of_two_cuts_is_told_with_its_sign():
    app = open_page("banding", bahasa="en", cara="ubah", indikator="poor_people")
    assert "2024 → 2025" in app.subheader[0].value
    told = next(one.value for one in app.markdown if "areas rose" in one.value)
    up, down, same, unknown = map(int, re.findall(r"\d+", told))
    assert up + down + same + unknown == 57
    assert unknown == 0


def test_a_filter_leaves_areas_out_and_does_not_call_them_unknown():
    app = open_page(
        "banding", bahasa="en", cara="ubah", indikator="poor_people", kecamatan="Klojen"
    )
    told = next(one.value for one in app.markdown if "areas rose" in one.value)
    *known, unknown = map(int, re.findall(r"\d+", told))
    assert (sum(known), unknown) == (11, 0)  # Klojen has 11 kelurahan


def test_change_is_told_since_an_earlier_period_only():
    app = open_page("banding", bahasa="en", cara="ubah", indikator="dtsen_people",
                    periode="2024-Q2", periode2="2025-Q2")  # fmt: skip
    assert app.selectbox(key="periode2").options == ["2024-Q1", "2023-Q4"]
    assert "2024-Q1 → 2024-Q2" in words_of(app)
    app = open_page(
        "banding", bahasa="en", cara="ubah", indikator="dtsen_people", periode="2023-Q4"
    )
    assert "There are no figures from before 2023-Q4" in words_of(app)


def test_a_change_names_the_data_sets_of_both_periods(copy):
    datasets.keep(database.for_writing(), sample(poor((7.0, 5.0, 4.0), "2026")), "ani")
    app = open_page("banding", bahasa="en", cara="ubah", indikator="poor_people")
    assert "2025 → 2026" in app.subheader[0].value
    source = page_html(app).split('class="source"')[1]
    assert source.startswith("><strong>SIMULASI</strong>")
    assert "DTSEN 2025" in source
    assert "2025–2026" in source


def test_a_change_from_zero_is_no_missing_figure(tutorial):
    """Flamboyan has no poor people in 2025; of Gardenia their number is not known."""
    city = data.city()
    before = city.measure("poor_people", "2025")
    after = replace(before, period="2026", value=before.value + 5)
    view = Selection("poor_people", "2026", Scheme(), ALL, ALL, "", "kecamatan")
    state = mapview.change_picture(city, view, change(before, after), before, after).state
    tips = {kode: dict(zip(state.labels, tip, strict=True)) for kode, tip in state.tips.items()}
    assert tips[FLAMBOYAN]["Change"] == "+5 people"
    assert tips[FLAMBOYAN]["Change in per cent"] == "The earlier figure is zero."
    assert tips[FLAMBOYAN]["No figure"] == ""
    assert tips[GARDENIA]["No figure"] == "There is no figure for either period."
    assert tips[GARDENIA]["Change in per cent"] == ""


def test_the_player_shows_the_period_that_was_chosen_while_it_plays():
    app = open_page("banding", bahasa="en", cara="waktu", indikator="dtsen_people")
    next(one for one in app.button if one.label == "Play").click().run()
    app.select_slider(key="_frame").set_value("2024-Q1").run()
    assert app.select_slider(key="_frame").value == "2024-Q1"
    next(one for one in app.button if one.label == "Stop").click().run()
    assert app.select_slider(key="_frame").value == "2024-Q1"


@pytest.mark.parametrize("way", ["dua", "ubah", "waktu", "sebar"])
def test_every_way_to_compare_opens_by_its_address(tutorial, way):
    app = open_page("banding", cara=way)
    assert not app.error
    assert chosen(app).get("cara", "dua") == way


def test_two_periods_of_one_indicator_share_their_classes():
    app = open_page("banding", bahasa="en", indikator="dtsen_people")
    assert "Both maps have the same classes" in words_of(app)
    first, second = re.findall(r"<ul.*?</ul>", page_html(app))
    names = r"</span>(.*?) <small>"
    assert re.findall(names, first) == re.findall(names, second)


def test_small_maps_stand_for_every_period():
    app = open_page("banding", cara="waktu", indikator="dtsen_people", bahasa="en")
    assert page_html(app).count("<figure>") == 8
    assert app.select_slider[0].options[0] == "2023-Q4"


# --- Prioritas and Metode ---


def test_prioritas_ranks_as_the_drawing_does(tutorial):
    table = open_page("prioritas").dataframe[0].value
    assert table["Kelurahan"].tolist()[:2] == ["Edelweis", "Ilalang"]
    assert table["Seri"].tolist() == ["", "", "=", "=", "=", "=", "", "", ""]
    assert table["% kota"].tolist()[0] == 25


def test_the_filter_narrows_the_table_and_keeps_the_rank(tutorial):
    app = open_page("prioritas", kecamatan="Lor")
    assert "Disaring: Kecamatan Lor" in words_of(app)
    table = app.dataframe[0].value
    assert table["Kelurahan"].tolist() == ["Bakung", "Cempaka", "Anggrek"]
    assert table["Peringkat"].tolist() == [3, 3, 7]


def test_metode_tells_sources_and_formulas(tutorial):
    app = open_page("metode")
    assert app.latex[0].value.strip("$\n ") == r"P_0 = \frac{q}{n} \times 100"
    assert app.dataframe[1].value["Jenis data"].tolist() == ["SIMULASI"]
    assert "Penduduk miskin / Penduduk × 100" in app.dataframe[0].value["Rumus"].tolist()


# --- words from data ---


def test_metode_tells_which_counts_are_small_by_the_catalogue(copy):
    """In the tutorial 1 to 4 are covered, and of the population none."""
    told = words_of(open_page("metode", bahasa="en"))
    assert "Small is: 1 to 4; Population: none." in told
    catalogue = copy / "indicators.toml"
    rules = catalogue.read_text("utf-8").replace("smallest_shown = 0", "smallest_shown = 10")
    catalogue.write_text(rules, "utf-8")
    assert "Small is: 1 to 9; Poor people: 1 to 4." in words_of(open_page("metode", bahasa="en"))


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
    assert difference(1.5, rate) == "+1.50 percentage points"
    assert difference(float("nan"), rate) == "–"


def test_tables_of_ours_escape_every_cell(tutorial):
    made = table(["<b>"], [["<img src=x onerror=alert(1)>"]])
    assert "<img" not in made
    assert "&lt;b&gt;" in made


# --- shares that are too uncertain ---

ANGGREK, BAKUNG, CEMPAKA = "99.01.01.1001", "99.01.01.1002", "99.01.01.1003"
HATCHED = "hatched: too uncertain (coefficient of variation above 25 %)"


@pytest.fixture
def few_poor(copy):
    """Anggrek with 9 poor of 1000, Bakung with 16 of 1000, Cempaka with none of 2000."""
    text = (copy / "counts" / "counts.csv").read_text("utf-8")
    for kode, few in ((ANGGREK, 9), (BAKUNG, 16), (CEMPAKA, 0)):
        text, found = re.subn(rf"(?m)^({kode},\w+,poor_people,2025),\d+", rf"\g<1>,{few}", text)
        assert found == 1
    rewrite(copy, text)


def rewrite(folder, text):
    (folder / "counts" / "counts.csv").write_text(text, "utf-8")
    package = folder / "counts" / "datapackage.json"
    described = json.loads(package.read_text("utf-8"))
    described["resources"][0]["hash"] = f"sha256:{sha256(text.encode())}"
    package.write_text(json.dumps(described), "utf-8")


def legend_of(app):
    return dict(re.findall(r"</span>(.*?) <small>\((\d+)\)", page_html(app)))


def fills_of(app):
    """Return the fill of every area as the browser is sent it."""
    sent = json.loads(app.get("component_instance")[0].proto.json_args)["feature_group"]
    state = json.loads(re.search(r"kantong\.show\((.*)\);", sent).group(1))  # type: ignore[union-attr]
    return {kode: state["palette"][told[0]] for kode, told in state["areas"].items()}


@pytest.mark.parametrize("scheme", ["quantiles", "std_mean"])
def test_shares_of_few_are_hatched_and_counted_in_the_legend(few_poor, scheme):
    """100 sqrt((1 - p) / x): of 9 in 1000 33.2 %, of 16 in 1000 24.8 %, of none more than any."""
    app = open_page(bahasa="en", indikator="poor_rate", kelas=scheme)
    legend = legend_of(app)
    assert (legend[HATCHED], legend["no figure"]) == ("2", "2")
    fills = fills_of(app)
    assert {kode for kode in fills if "uncertain" in fills[kode]} == {ANGGREK, CEMPAKA}
    assert fills[FLAMBOYAN] == fills[GARDENIA] == "url(#missing)"


@pytest.mark.parametrize(
    ("kode", "told"), [(ANGGREK, "33,2 %"), (BAKUNG, "24,8 %"), (CEMPAKA, "> 100 %")]
)
def test_an_area_tells_how_uncertain_its_share_is(few_poor, kode, told):
    app = open_page(bahasa="id", indikator="poor_rate", kelurahan=kode)
    assert ("Koefisien variasi", told) in rows(app)


@pytest.mark.parametrize("indicator", ["poor_people", "poor_density"])
def test_counts_and_densities_are_never_hatched(few_poor, indicator):
    app = open_page(bahasa="en", indikator=indicator, kelurahan=ANGGREK)
    assert HATCHED not in legend_of(app)
    assert not any("uncertain" in fill for fill in fills_of(app).values())
    assert "Coefficient of variation" not in dict(rows(app))


def test_without_shares_of_few_nothing_is_hatched(tutorial):
    """The least certain is Anggrek with 50 of 1000: 13.8 %."""
    app = open_page(bahasa="en", indikator="poor_rate", kelurahan=ANGGREK)
    assert HATCHED not in legend_of(app)
    assert not any("uncertain" in fill for fill in fills_of(app).values())
    assert ("Coefficient of variation", "13.8 %") in rows(app)


def test_covered_shares_are_covered_and_not_hatched(copy, few_poor):
    text = (copy / "counts" / "counts.csv").read_text("utf-8")
    rewrite(copy, text.replace("poor_people,2025,9,", "poor_people,2025,3,"))
    fills = fills_of(open_page(bahasa="en", indikator="poor_rate", kelurahan=ANGGREK))
    assert fills[ANGGREK] == "url(#suppressed)"


@pytest.mark.parametrize("damage", ["cut off", "empty", "no JSON", "no areas", "gone"])
def test_a_damaged_boundary_file_is_told_and_a_whole_one_is_taken_up_again(copy, damage):
    file = copy / "kelurahan.geojson"
    whole = file.read_bytes()
    app = open_page(bahasa="en")
    assert not app.error
    broken = {
        "cut off": whole[: len(whole) // 2], "empty": b"", "no JSON": b"\x00\xff" * 99,
        "no areas": b'{"type": "FeatureCollection", "features": []}',
    }  # fmt: skip
    if damage == "gone":
        file.unlink()
    else:
        file.write_bytes(broken[damage])
    app.run()
    assert not app.exception
    (told,) = app.error
    assert "kelurahan.geojson" in told.value.replace("\\", "").replace("\u2060", "")
    assert "<table" not in page_html(app)
    file.write_bytes(whole)
    app.run()
    assert not app.error
    assert "<table" in page_html(app)
