"""Page Cetak through the harness: sheets, atlases and the brief say what the app says."""

import datetime as dt
import io
import shutil
import subprocess
import time
import zipfile
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from zoneinfo import ZoneInfo

import docx
import pandas as pd
import pytest
import streamlit

from kantong.geo import levels
from kantong.geo.details import FILE
from kantong.geo.errors import TableError
from kantong.intake.sandbox import CancelledError
from kantong.language import activate
from kantong.maps.binding import pages_of
from kantong.maps.briefdoc import to_docx
from kantong.maps.style import Scheme
from kantong.store import database, datasets
from kantong.views import atlases, briefing, data, pockets, printing, programmes
from kantong.views.atlases import Order, plain_name
from kantong.views.pockets import Choice
from kantong.views.state import ALL, Selection
from tests.conftest import DATA, TUTORIAL, needs
from tests.maps import towns
from tests.maps.ground import outline_of
from tests.store.samples import poor, sample
from tests.views.test_hotspot_page import texts
from tests.views.test_pages import chosen, copy, open_page

__all__ = ["copy"]  # the fixture

KAUMAN, MERJOSARI = "35.73.02.1007", "35.73.05.1002"


@pytest.fixture(autouse=True)
def city(monkeypatch):
    monkeypatch.setenv("KANTONG_DATA", str(DATA))
    return data.city(covered=True)


def selection(indicator="poor_people", period="2025", *, dapil=ALL):
    return Selection(indicator, period, Scheme(), ALL, dapil, "", "kecamatan")


def words_of_pdf(pdf, folder):
    """The words of each page, as another program reads them."""
    needs("pdftotext")
    file = folder / "print.pdf"
    file.write_bytes(pdf)
    command = ["pdftotext", "-raw", str(file), "-"]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return [" ".join(page.split()) for page in said.split("\f")[:-1]]


def plain(text):
    """Words without the spaces that a renderer may set."""
    return " ".join(text.replace("\xa0", " ").split())


# --- one sheet -----------------------------------------------------------------------------------


def test_paper_and_scale_stand_in_the_address_and_tell_the_pages():
    app = open_page("cetak", bahasa="en", kelurahan=MERJOSARI)
    assert "pages" not in texts(app).split("True to scale")[1].split("Preview")[0]
    app.selectbox(key="skala").set_value("7500").run()
    assert "At this scale it needs 7 pages" in texts(app)
    app.selectbox(key="kertas").set_value("A2").run()
    assert chosen(app)["kertas"] == "A2"
    assert "At this scale it needs 7 pages" not in texts(app)


@pytest.mark.parametrize(
    ("named", "come_by", "expected"),
    [
        ("https://kantong.example/", "http://127.0.0.1:8501/cetak", "https://kantong.example"),
        ("", "http://127.0.0.1:8501/cetak", ""),
        ("", "http://localhost:8501/cetak", ""),
        ("", "https://kantong.example/cetak?x=1", "https://kantong.example"),
        ("", None, ""),
    ],
)
def test_a_qr_code_leads_where_a_phone_can_follow(monkeypatch, named, come_by, expected):
    monkeypatch.setenv("KANTONG_URL", named)
    monkeypatch.setattr(streamlit, "context", type("Context", (), {"url": come_by})())
    assert printing.home() == expected


@pytest.mark.parametrize(
    ("folder", "region", "kode", "name"),
    [
        ("", "35.73.02", KAUMAN, "Kauman"),
        ("", "", "35.73.02", "Klojen"),
        ("latihan", "", "99.01.02.1008", "Herbras"),
    ],
)
def test_the_code_of_a_sheet_opens_the_profile_of_its_area(
    monkeypatch, tmp_path, folder, region, kode, name
):
    """In a layer larger than a city, of its regions, and in the tutorial city."""
    home = tmp_path / "kota"
    shutil.copytree(DATA, home, ignore=shutil.ignore_patterns("*.db*"))
    monkeypatch.setenv("KANTONG_DATA", str(home))
    monkeypatch.setenv("KANTONG_URL", "https://kantong.example")
    monkeypatch.setattr(levels, "MOST_AREAS_AT_ONCE", 20)
    city = data.city(folder, region, covered=True)
    found = city.measure("poor_people", "2025")
    page = printing.page_of(city, selection(), found, kode)
    assert page.title == f"{'Kecamatan' if name == 'Klojen' else 'Kelurahan'} {name}"
    address = urlsplit(page.url)
    assert (address.netloc, address.path) == ("kantong.example", "/profil")
    app = open_page("profil", bahasa="en", **dict(parse_qsl(address.query)))
    assert not app.exception
    assert "not understood" not in " ".join(one.value for one in app.info)
    assert chosen(app)["kelurahan"] == kode
    assert name in " ".join(one.value for one in (*app.header, *app.subheader, *app.markdown))


@pytest.mark.parametrize(
    ("name", "period", "file"),
    [("training_need_menjahit", "2025", "training_needs"), ("poor_people", "2024", "poor_people")],
)
def test_the_table_of_a_sheet_begins_with_what_its_map_shows(city, name, period, file):
    activate("en")
    page = printing.page_of(city, selection(name, period), city.measure(name, period), KAUMAN)
    held = pd.read_csv(DATA / "example" / f"{file}.csv", dtype=str)
    asked = (held["kode"] == KAUMAN) & (held["period"] == period)
    if "indicator" in held:
        asked &= held["indicator"] == name
    label, text, *_others = page.figures[0]
    assert label.endswith(f", {period}")
    assert text.split()[0].replace(",", "") == held.loc[asked, "value"].item()
    assert len(page.figures) == 5


def test_a_sheet_with_one_invented_figure_says_so_and_names_every_source(city):
    """The map is published; the figures beside it are not."""
    activate("en")
    found = city.measure("poor_people", "2025")
    every = city.library.datasets
    honest = {key: replace(every[key], simulated=False) for key in found.datasets}
    library = replace(city.library, datasets=every | honest)
    mixed = replace(city, library=library)
    assert not mixed.is_simulated(mixed.measure("poor_people", "2025"))
    page = printing.page_of(mixed, selection(), mixed.measure("poor_people", "2025"), KAUMAN)
    beside = printing.in_table(mixed, found)[1:]
    assert any(mixed.is_simulated(one) for one in beside)
    assert page.theme.badge == "SIMULASI"
    notes = " ".join(page.theme.notes)
    for one in (one for other in beside for one in mixed.datasets(other)):
        assert one.title["en"] in notes
        assert one.sha256[:16] in notes
    job = atlases.job(mixed, selection(), found, Order((KAUMAN,)))
    assert job.name.startswith("SIMULASI-")


# --- atlases -------------------------------------------------------------------------------------


def test_an_atlas_holds_what_passes_the_filter_in_its_order(city):
    kodes = tuple(city.layer.loc[city.layer["dapil"] == "5", "kode"])
    found = city.measure("poor_people", "2025")
    job = atlases.job(city, selection(), found, Order(kodes, atlases.BY_PRIORITY))
    assert sorted(one.kode for one in job.book.sheets) == sorted(kodes)
    ranks = [found.value[one.kode] for one in job.book.groups[0].sheets]
    assert ranks == sorted(ranks, reverse=True)
    by_kecamatan = atlases.job(city, selection(), found, Order(tuple(city.layer["kode"])))
    for group in by_kecamatan.book.groups:
        names = {city.place(one.kode)["kecamatan"] for one in group.sheets}
        assert group.heading == f"Kecamatan {names.pop()}"
        assert not names


def test_of_a_layer_larger_than_a_city_the_kelurahan_of_one_kecamatan_are_printed(
    copy, monkeypatch, tmp_path
):
    """Kecamatan Lor has the first three of the nine."""
    monkeypatch.setattr(levels, "MOST_AREAS_AT_ONCE", 5)
    asked: dict[str, Any] = {
        "period": "",
        "by": "kecamatan",
        "paper": "A4",
        "scale": None,
        "packed": False,
    }
    with pytest.raises(TableError, match="9 kelurahan are too many for one atlas"):
        atlases.from_command("poor_people", only=[], **asked)
    with pytest.raises(TableError, match="are too many for one atlas"):
        atlases.from_command("poor_people", only=["99.01.01.1001", "99.01.02.1008"], **asked)
    pdf = atlases.from_command("poor_people", only=["99.01.01.1001"], **asked)
    said = " ".join(words_of_pdf(pdf, tmp_path))
    assert "Kelurahan Anggrek" in said
    assert "Kelurahan Bakung" not in said


def test_sheets_of_regions_are_called_what_they_are(copy, monkeypatch):
    monkeypatch.setattr(levels, "MOST_AREAS_AT_ONCE", 5)
    monkeypatch.setenv("KANTONG_URL", "https://kantong.example")
    whole = data.city(covered=True)
    found = whole.measure("poor_people", "2025")
    job = atlases.job(whole, selection(), found, Order(tuple(whole.layer["kode"])))
    assert job.book.title == "Atlas of kecamatan"
    assert [one.title for one in job.book.sheets] == ["Kecamatan Kidul", "Kecamatan Lor"]
    assert [one.url.partition("?")[2] for one in job.book.sheets] == [
        "kelurahan=99.01.02", "kelurahan=99.01.01",
    ]  # fmt: skip
    assert job.words.sheet.title == "Sheet of an area"


def test_the_highest_is_not_called_the_worst_off_where_more_is_better(monkeypatch):
    monkeypatch.setenv("KANTONG_DATA", str(TUTORIAL))
    nine = data.city()
    order = Order(tuple(nine.layer["kode"]), atlases.BY_PRIORITY)
    found = nine.measure("population", "2025")
    job = atlases.job(nine, selection("population"), found, order)
    assert job.book.groups[0].sheets[0].title == "Kelurahan Ilalang"  # 2500 residents
    method = dict(job.book.method)
    assert method["Rank"].startswith("1 is the highest figure.")
    assert "worst" not in " ".join(method.values())


def test_a_packed_atlas_has_a_named_file_for_each_kelurahan(city):
    job = atlases.job(
        city, selection(), city.measure("poor_people", "2025"), Order((KAUMAN, MERJOSARI))
    )
    steps: list[str] = []
    stop = type("Never", (), {"is_set": staticmethod(lambda: False)})()
    with zipfile.ZipFile(io.BytesIO(job.parted(steps.append, stop))) as packed:
        assert packed.namelist() == [f"{KAUMAN}-Kauman.pdf", f"{MERJOSARI}-Merjosari.pdf"]
        assert all(pages_of(packed.read(name)) == 1 for name in packed.namelist())
    assert steps == ["sheets 1 2", "sheets 2 2"]


def test_an_atlas_that_is_stopped_ends_at_once(city):
    job = atlases.job(city, selection(), city.measure("poor_people", "2025"), Order((KAUMAN,)))
    stopped = type("Stopped", (), {"is_set": staticmethod(lambda: True)})()
    for make in (job.bound, job.parted):
        with pytest.raises(CancelledError):
            make(lambda _stage: None, stopped)


def made_on_the_page(app):
    """The page once the atlas is there."""
    for _wait in range(40):
        if app.success:
            return app
        app.session_state["_work"].done.wait(1)
        app.run()
    pytest.fail("no atlas came")


def test_an_atlas_is_made_anew_when_another_figure_of_its_sheets_changes(copy):
    app = open_page("cetak", bahasa="en", cetak="atlas", indikator="population", dapil="1")
    made_on_the_page(app.button(key="make pdf").click().run())
    before = app.session_state["_atlas"]
    datasets.keep(database.for_writing(), sample(poor((7.0, 5.0, 4.0))), "ani")
    app.run()
    assert not app.success  # what lay ready tells the old number of poor people
    made_on_the_page(app.button(key="make pdf").click().run())
    assert app.session_state["_atlas"] != before


@pytest.mark.parametrize(
    ("name", "file"),
    [("Oro-oro Dowo", "Oro-oro-Dowo"), ("../../etc/passwd", "etc-passwd"),
     ("\u0628/\\:*?", "\u0628"), ("///", "kelurahan")],
)  # fmt: skip
def test_names_of_files_lead_nowhere(name, file):
    assert plain_name(name) == file


def test_an_atlas_is_made_on_the_page_with_all_its_parts():
    app = open_page("cetak", bahasa="en", cetak="atlas", dapil="1")
    kodes = len(data.city().layer.query("dapil == '1'"))
    assert f"a sheet for each of {kodes} kelurahan" in texts(app)
    made_on_the_page(app.button(key="make pdf").click().run())
    made = app.session_state["_work"].answer
    titles = [title for title, _page, level in outline_of(made) if level == 1]
    assert len(titles) == kodes
    assert pages_of(made) == kodes + 4


# --- the brief -----------------------------------------------------------------------------------


def test_the_brief_says_what_the_page_says(city, tmp_path):
    page = texts(open_page("hotspot", bahasa="en", indikator="dtsen_people", periode="2025-Q3"))
    activate("en")
    told = words_of_pdf(briefing.pdf(city, selection("dtsen_people", "2025-Q3")), tmp_path)
    sentences = [plain(one) for one in page.splitlines() if "ways of reckoning" in one]
    assert len(sentences) == 3
    for one in (*sentences, *(plain(x) for x in page.splitlines() if "were like its mean" in x)):
        assert one in plain(told[0])
    assert "SIMULASI" in told[0]
    assert "SHA-256" in told[0]
    assert len(told) == 2


def test_the_brief_is_marked_where_residents_are_invented_though_the_poor_are_not(copy):
    datasets.keep(database.for_writing(), sample(poor((7.0, 5.0, 4.0))), "ani")
    app = open_page("cetak", bahasa="en", cetak="ringkasan", indikator="poor_people")
    assert app.subheader[0].value.endswith("badge[SIMULASI]")


def test_the_brief_of_a_dapil_lists_its_kelurahan_only(city, tmp_path):
    told = words_of_pdf(briefing.pdf(city, selection(dapil="1")), tmp_path)
    own = city.layer["dapil"] == "1"
    assert "Dapil 1" in told[0]
    assert all(name in told[1] for name in city.layer.loc[own, "kelurahan"])
    others = set(city.layer.loc[~own, "kelurahan"]) - {"Klojen"}
    assert not [name for name in others if f" {name} " in told[1]]


def test_figures_of_the_annex_are_those_of_the_app(city):
    activate("en")
    told = briefing.brief(city, selection())
    found = city.measure("poor_rate", "2025")
    by_name = {row[1]: row for row in told.rows}
    for kode, value in found.value.dropna().items():
        row = by_name[city.place(str(kode))["kelurahan"]]
        assert float(row[3]) == pytest.approx(value, abs=0.005)


def test_what_is_funded_is_what_is_recorded_there(city):
    activate("en")
    rows = programmes.shown(city, programmes.Choice("2025")).rows  # small counts covered
    section = next(
        one for one in briefing.brief(city, selection()).below if "funded" in one.heading
    )
    names = dict(zip(city.layer["kelurahan"], city.layer["kode"], strict=True))
    checked = 0
    for told in section.paragraphs:
        name = told.split(":")[0]
        if name not in names:
            continue
        own = rows[(rows["kode"] == names[name]) & rows["period"].str.startswith("2025")]
        assert f"{own['programme'].nunique()} programmes" in told
        budget = own["budget_rp"]
        assert (f"{budget.sum():,.0f}" if budget.notna().any() else "nothing of known") in told
        checked += 1
    assert checked


def test_the_brief_of_a_dapil_without_a_pocket_names_none(city, tmp_path):
    choice = Choice("poor_people", "2025")
    hot = pockets.found(city, choice).is_hot()
    dapil = city.layer.set_index("kode")["dapil"]
    without = sorted(set(dapil) - set(dapil[hot.index[hot]]))
    assert hot.any()
    assert without
    told = " ".join(words_of_pdf(briefing.pdf(city, selection(dapil=without[0])), tmp_path))
    assert "No kelurahan here is a hot pocket that chance could not explain." in told
    assert "Chance alone would do this" not in told


def test_where_nothing_can_be_told_the_brief_says_why():
    app = open_page("cetak", bahasa="en", cetak="ringkasan", indikator="rtlh_assisted")
    assert len(app.warning) == 1
    assert "more than a third missing" in app.warning[0].value


def test_the_brief_for_minutes_has_the_same_words_and_rows(city):
    activate("en")
    told = briefing.brief(city, selection())
    word = docx.Document(io.BytesIO(briefing.docx(city, selection())))
    styles = [(one.text, str(one.style and one.style.name)) for one in word.paragraphs]
    headings = [text for text, style in styles if style.startswith(("Heading", "Title"))]
    sections = (told.beside, *told.below)
    assert headings == [told.title, *(one.heading for one in sections), told.annex]
    said = [one.text for one in word.paragraphs]
    assert all(line in said for one in sections for line in one.paragraphs)
    assert all(note in said for note in told.theme.notes)
    assert "SIMULASI" in said
    rows = [tuple(cell.text for cell in row.cells) for row in word.tables[0].rows]
    assert rows == [told.heads, *told.rows]
    (picture,) = word.inline_shapes
    assert picture._inline.docPr.get("descr") == told.alt  # noqa: SLF001
    assert word.core_properties.created == printing.today()


def test_control_characters_of_a_source_do_not_stop_the_brief(city):
    """As they come from a text copied out of a PDF: page breaks, bells."""
    activate("en")
    told = briefing.brief(city, selection())
    stray = "Dinas\x0c Sosial\x07"
    section = replace(told.beside, heading=stray, paragraphs=(stray,))
    theme = replace(told.theme, badge=stray, notes=(stray,))
    hostile = replace(
        told, title=stray, subtitle=stray, alt=stray, annex=stray, beside=section, theme=theme,
        heads=(stray, *told.heads[1:]), rows=((stray, *told.rows[0][1:]),),
    )  # fmt: skip
    made = to_docx(printing.ground(city), hostile, created=printing.today())
    word = docx.Document(io.BytesIO(made))
    plain = "Dinas Sosial"
    assert [one.text for one in word.paragraphs].count(plain) == 7
    assert [row.cells[0].text for row in word.tables[0].rows] == [plain, plain]
    assert word.core_properties.title == plain


@pytest.mark.parametrize("zone", ["Etc/GMT-14", "Etc/GMT+12"])
def test_prints_bear_the_day_of_the_place_where_they_are_made(monkeypatch, zone):
    """The two zones are 26 hours apart: in one of them it is never the day of Greenwich."""
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        here = dt.datetime.now(ZoneInfo(zone))
        today = printing.today()
        assert today.date() == here.date()
        assert (today.hour, today.minute, today.utcoffset()) == (0, 0, here.utcoffset())
    finally:
        monkeypatch.undo()
        time.tzset()


# --- roads and the like -------------------------------------------------------------------------


def test_streets_of_the_data_folder_can_be_left_out(monkeypatch, tmp_path, malang):
    home = tmp_path / "kota"
    shutil.copytree(DATA, home, ignore=shutil.ignore_patterns("*.db*"))
    monkeypatch.setenv("KANTONG_DATA", str(home))
    zone = malang.estimate_utm_crs()
    area = malang.to_crs(zone).set_index("kode").geometry["35.73.02.1007"]
    towns.write(towns.town(area, zone), home / FILE)
    app = open_page("cetak", bahasa="en", kelurahan="35.73.02.1007")
    assert not app.exception
    city = data.city(covered=True)
    found = city.measure("poor_people", "2025")
    page = printing.page_of(city, selection(), found, "35.73.02.1007")
    assert len(words_of_pdf(printing.sheet(city, page), tmp_path)) == 2
    assert printing.pages_needed(city, page, "A4") == (1, 1)
    assert "Pages behind it with the list of streets: 1." in texts(app)
    plainly = replace(page, detailed=False)
    assert len(words_of_pdf(printing.sheet(city, plainly), tmp_path)) == 1
    later = app.segmented_control(key="rinci").set_value("tidak").run()
    assert not later.exception
    assert "list of streets" not in texts(later)
    (home / FILE).write_bytes(b"SQLite format 3\x00 broken")
    broken = open_page("cetak", bahasa="en", kelurahan="35.73.02.1007")
    assert any("damaged or cut off" in one.value for one in broken.warning)
    assert not broken.exception
