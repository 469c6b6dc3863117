"""The section for planning documents: it says what the pages say, in Word and as a workbook."""

import io
from dataclasses import replace

import openpyxl
import pandas as pd
import pytest
from docx import Document
from docx.oxml.ns import qn

from kantong.geo.errors import Fault, TableError
from kantong.language import activate
from kantong.maps.report import Chapter, Report, Table, to_docx, to_xlsx
from kantong.maps.style import Scheme
from kantong.store import database, interventions, scenarios
from kantong.store.datasets import area_of
from kantong.store.scenarios import Choices
from kantong.views import briefing, data, planning, printing, spending, spent, state
from kantong.views.planning import Taken
from tests.conftest import DATA, TUTORIAL
from tests.views.test_entering import folder
from tests.views.test_hotspot_page import texts
from tests.views.test_pages import open_page

__all__ = ["folder"]

PLAN = (
    ("rencana", "training_need_menjahit,1500000,0,1,0,0,10;dtsen_families_d1,1500000,0,1,0,0,10"),
    ("bersama", "2000"),
)
CHOSEN = {
    "allocation": Taken("Rencana v1", PLAN),
    "training": Taken("Kelas v1", (("isi", "25"),)),
    "csr_menu": Taken("Menu v1", (("paket", "training_need_menjahit,training,2000000,20,"),)),
}


def selection(indicator="poor_people", period="2025"):
    return state.Selection(indicator, period, Scheme(), "semua", "semua", "", "kecamatan")


def word(content):
    return Document(io.BytesIO(content))


def words_of(document):
    return [paragraph.text for paragraph in document.paragraphs]


def headings(document):
    return [one.text for one in document.paragraphs if one.style.name == "Heading 1"]


def book(content):
    return openpyxl.load_workbook(io.BytesIO(content))


@pytest.fixture(scope="module")
def whole():
    """The report with every chapter, in English, as Word and as a workbook."""
    activate("en")
    city = data.city(covered=True)
    told = planning.report(city, selection(), CHOSEN)
    return to_docx(told, created=printing.today()), to_xlsx(told, notes="Sources"), told


def test_every_subject_has_a_chapter_and_the_last_says_how_it_was_made(whole):
    assert headings(word(whole[0])) == [
        "1. Situation",
        "2. Poverty pockets and how sure they are",
        "3. Priority kelurahan, and whether the ranking survives",
        "4. Programmes 2025",
        "5. Budget plan",
        "6. Training: classes and venues",
        "7. Target and the way to it",
        "8. Packages for companies",
        "9. Method and sources",
    ]


def test_the_plan_is_that_of_its_page(whole):
    activate("en")
    city = data.city(covered=True)
    wish = spending.wish_of(city, dict(PLAN))
    assert wish is not None
    plan = spending.planned(city, wish, "optimal")
    for sentence in spent.told(city, wish, plan):
        assert sentence in words_of(word(whole[0]))
    sheet = book(whole[1])["Plan by kelurahan"]
    rows = list(sheet.iter_rows(values_only=True))
    where = rows[0].index("Spent (Rp)")
    assert sum(row[where] or 0 for row in rows[1:]) == spent.costs(wish, plan).sum()


def test_the_figures_are_those_of_the_tables(whole):
    seen = pd.read_csv(DATA / "example" / "poor_people.csv", dtype=str).query("period == '2025'")
    figures = dict(zip(seen["kode"], seen["value"].astype(int), strict=True))
    rows = list(book(whole[1])["By kelurahan"].iter_rows(values_only=True))
    where = rows[0].index("Poor people · 2025")
    assert {row[0]: row[where] for row in rows[1:]} == figures


def test_what_is_invented_is_marked_and_every_source_is_named_with_its_hash(whole):
    said = " ".join(words_of(word(whole[0])))
    assert "SIMULASI" in said
    for one in data.city(covered=True).library.datasets.values():
        if one.id in {"SIMULASI-poor_people", "SIMULASI-interventions"}:
            assert one.sha256 in said


def test_the_data_sets_of_every_chapter_are_named_with_their_hash(whole):
    """Budget: families of decile 1; classes and packages: the survey; target: the series."""
    said = " ".join(words_of(word(whole[0])))
    library = data.city(covered=True).library
    for one in (
        "SIMULASI-dtsen_families", "SIMULASI-training_needs", "SIMULASI-population",
        "bps-city-series",
    ):  # fmt: skip
        assert library.datasets[one].sha256 in said


def test_a_report_is_marked_where_only_a_chapter_of_it_is_invented():
    """Everything but the survey is taken as published; classes and packages come of it."""
    activate("en")
    city = data.city(covered=True)
    real = {
        name: replace(one, simulated=name == "SIMULASI-training_needs")
        for name, one in city.library.datasets.items()
    }
    city = replace(city, library=replace(city.library, datasets=real))
    assert "SIMULASI" in planning.report(city, selection(), {"training": CHOSEN["training"]}).badge
    alone = {"priority": Taken("Miskin v1", (("bobot", "poor_rate:5"),))}
    assert not any(one.simulated for one in planning.datasets(city, selection(), alone))


def test_a_promise_for_a_later_year_does_not_take_the_year_of_programmes(whole):
    entry = {
        "programme": "Las", "strategy": "raise_income", "kind": "training", "funder": "PT Contoh",
        "kode": "35.73.01.1001", "period": "2027", "target": 20, "reached": None,
        "budget_rp": None, "status": "pledged", "source": "", "note": "",
    }  # fmt: skip
    city = data.city(covered=True)
    interventions.enter(
        database.for_writing(), area_of(city.every["kode"]), pd.DataFrame([entry]),
        list(city.every["kode"]), "Bappeda",
    )  # fmt: skip
    activate("en")
    told = planning.report(data.city(covered=True), selection(), {})
    assert "Programmes 2025" in [one.heading for one in told.chapters]


def test_a_target_is_shared_over_the_filter_of_its_own_scenario():
    activate("en")
    city = data.city(covered=True)
    own = set(city.layer.loc[city.layer["dapil"] == "1", "kode"])
    settings = (("target", "34000"), ("dapil", "1"))
    told = planning.report(city, selection(), {"target": Taken("Dapil v1", settings)})
    (chapter,) = [one for one in told.chapters if one.heading == "Target and the way to it"]
    exits = chapter.tables[0].frame
    shared = exits[exits["Exits"].notna()]
    assert set(shared["Code"]) == own
    assert shared["Exits"].sum() == 410
    assert dict(told.notes)["Target and the way to it – Filter"] == "Dapil 1"


def test_pockets_that_cannot_be_told_are_said_to_be_so(monkeypatch):
    def refused(*_given):
        raise TableError(Fault("No area has a population."))

    monkeypatch.setattr(briefing, "brief", refused)
    activate("en")
    told = planning.report(data.city(covered=True), selection(), {})
    (chapter,) = [one for one in told.chapters if one.heading.startswith("Poverty pockets")]
    assert chapter.paragraphs == ["No area has a population."]


def test_maps_have_words_for_the_blind_and_tables_repeat_their_head(whole):
    document = word(whole[0])
    told = [one.get("descr") for one in document.element.iter(qn("wp:docPr"))]
    assert len(told) == 3
    assert all(told)
    heads = list(document.element.iter(qn("w:tblHeader")))
    assert len(heads) == len(document.tables) > 5


def test_without_scenarios_plans_are_left_out_and_named():
    activate("en")
    told = planning.report(data.city(covered=True), selection(), {})
    assert [one.heading for one in told.chapters] == [
        "Situation", "Poverty pockets and how sure they are",
        "Priority kelurahan, and whether the ranking survives", "Programmes 2025",
        "Target and the way to it",
    ]  # fmt: skip
    assert dict(told.notes)["Not in this report"] == "Budget, Training, Partners"


def test_a_scenario_that_cannot_be_worked_out_any_more_says_so():
    activate("en")
    gone = {"allocation": Taken("Alt v3", (("rencana", "no_such_need,1,0,1,0,0,10"),))}
    told = planning.report(data.city(covered=True), selection(), gone)
    (chapter,) = [one for one in told.chapters if one.heading == "Budget plan"]
    assert "cannot be worked out" in chapter.paragraphs[0]


@pytest.mark.parametrize("language", ["id", "en"])
def test_a_city_with_little_has_a_short_report(monkeypatch, language):
    monkeypatch.setenv("KANTONG_DATA", str(TUTORIAL))
    activate(language)
    city = data.city(covered=True)
    told = planning.report(city, selection(period=city.periods("poor_people")[-1]), {})
    assert len(told.chapters) >= 2
    assert book(to_xlsx(told, notes="Sources")).sheetnames
    assert headings(word(to_docx(told, created=printing.today())))


def test_hostile_texts_are_texts_in_both_files():
    evil = '=HYPERLINK("http://x")<w:p>\x00\x0b[:*?/\\'
    frame = pd.DataFrame({evil: [evil, evil], "n": [1.5, float("nan")]})
    chapter = Chapter(evil, [evil], tables=[Table(evil, frame), Table(evil, frame)])
    told = Report(
        evil, evil, evil, [chapter], [(evil, evil)], evil, "id",
        lambda one, _n: str(one), str,
    )  # fmt: skip
    document = word(to_docx(told, created=printing.today()))
    assert document.tables[0].cell(1, 0).text == evil.replace("\x00", "").replace("\x0b", "")
    made = book(to_xlsx(told, notes="Sumber"))
    assert len(set(made.sheetnames)) == 3
    cell = made.worksheets[0].cell(2, 1)
    assert cell.data_type == "s"


def test_the_page_offers_the_scenarios_that_are_kept():
    city = data.city(covered=True)
    given = Choices(
        name="Rencana", kind="allocation", settings=dict(PLAN), note="", figures_sha256="0" * 64
    )
    scenarios.save(database.for_writing(), area_of(city.every["kode"]), given, "Bappeda")
    app = open_page("cetak", bahasa="en", cetak="dokumen")
    assert not app.exception
    assert "Training: no scenario is saved yet" in texts(app)
    (box,) = [one for one in app.selectbox if one.key == "_report allocation"]
    assert box.options == ["leave out", "Rencana · v1"]
    assert not box.set_value(box.options and 1).run().exception
