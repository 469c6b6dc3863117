"""Return sheets on the page Data: looked at entry by entry, kept or refused; nine kelurahan."""

import shutil

import pytest

from kantong.language import activate
from kantong.store import audit, database, datasets
from kantong.views import data, musykel
from tests.conftest import DATA, TUTORIAL
from tests.maps.ground import outline_of
from tests.test_returned import CORRECTED, HERBRAS, LPMK, NIK, RECOUNT, filled
from tests.views.test_pages import chosen, copy, open_page, page_html, rows, words_of

__all__ = ["copy"]  # the fixture
AREA = "99.01"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.fixture
def folder(copy):
    shutil.copy(DATA / "indicators.toml", copy)
    return copy


def bring(content, name="balik.xlsx"):
    app = open_page("impor", bahasa="en")
    app.file_uploader[1].set_value((name, content, XLSX))
    app.run()
    assert not app.exception
    return app


def decide(app, choice, place=0):
    app.radio[place].set_value(choice).run()
    assert not app.exception
    return app


def counted(app):
    return {one.label: one.value for one in app.metric}


def button(app, label):
    return next(one for one in app.button if one.label == label)


KEEP = "Keep what is accepted, record what is refused"


def record(app, who="Bappeda"):
    app.text_input(key="_return_who").set_value(who).run()
    for box in app.checkbox:
        box.check().run()
    button(app, KEEP).click().run()
    assert not app.exception
    return app


def test_what_stands_now_is_shown_beside_what_is_said_and_nothing_is_kept(folder):
    app = bring(filled(CORRECTED))
    assert ("100 people", "100 people", "120 people", "counted again", "Head of LPMK") in rows(app)
    assert "Poor people · 2025 · SIMULASI" in words_of(app)
    assert counted(app) == {
        "lines filled in": "1", "accepted": "0", "not decided": "1", "refused": "0"
    }  # fmt: skip
    assert button(app, KEEP).disabled
    assert not (folder / "kantong.db").exists()


def test_an_accepted_correction_stands_on_the_map(folder):
    app = record(decide(bring(filled(CORRECTED)), "+"))
    assert "version 1: 1 of 1 lines accepted" in app.success[0].value.replace("\\", "")
    seen = open_page(bahasa="en", indikator="poor_people", periode="2025")
    assert seen.metric[0].value == "820 people"  # 800, and 120 in place of 100
    assert seen.subheader[0].value.endswith("[SIMULASI]")
    (stored,) = datasets.datasets(database.for_writing(), AREA)
    assert stored.imported_by == "Bappeda"
    told = words_of(open_page("impor", bahasa="en"))
    assert "Poor people 2025 of 99.01.02.1008 corrected. Head of LPMK: counted again." in told


def test_a_refusal_needs_a_reason_and_is_recorded_with_it(folder):
    app = decide(bring(filled(CORRECTED)), "-")
    app.text_input(key="_return_who").set_value("Bappeda").run()
    assert button(app, KEEP).disabled
    why = next(one for one in app.text_input if one.label.startswith("Why it is refused"))
    why.set_value("angka kota tidak berubah").run()
    button(app, KEEP).click().run()
    assert "no figure was changed" in app.success[0].value
    assert datasets.datasets(database.for_writing(), AREA) == []
    (line,) = audit.trail(database.for_writing(), AREA).to_dict("records")
    assert "angka kota tidak berubah" in str(line["detail"])
    assert "entries of a return sheet refused" in page_html(open_page("impor", bahasa="en"))


def test_an_entry_with_a_fault_cannot_be_chosen_and_counts_as_refused(folder):
    app = bring(filled({**CORRECTED, "G9": "Siti"}, {"B12": 1, "D12": 30}, rw=()))
    assert len(app.radio) == 1
    assert "No office of the list says so" in words_of(app)
    assert counted(app)["refused"] == "1"
    assert "Siti" not in words_of(app) + page_html(app)


def test_all_without_remarks_can_be_accepted_at_once(folder):
    app = bring(filled({**CORRECTED, "H9": "Bu Siti"}, {"B12": 1, "D12": 30, "E12": 4}, rw=()))
    button(app, "Accept the 1 entries without remarks").click().run()
    assert [one.value for one in app.radio] == ["?", "+"]
    assert ("Families counted", "–", "30") in rows(app)


def test_what_was_kept_of_an_rw_stands_beside_the_next_sheet_small_counts_covered(folder):
    first = {"B12": 1, "D12": 30, "E12": 4, "B8": "1 · ya"}
    record(decide(bring(filled(tally=first, rw=())), "+"))
    again = bring(filled(tally={"B12": 1, "D12": 31, "E12": 6}, rw=()))
    assert ("Families counted", "30", "31") in rows(again)
    assert ("Poor families", "fewer than 5", "6") in rows(again)


def test_a_figure_that_changed_since_the_sheet_was_made_is_told(folder):
    record(decide(bring(filled(CORRECTED)), "+"))
    late = bring(filled({**CORRECTED, "E9": 130}))
    assert "The figure has changed since the sheet was made." in words_of(late)
    assert ("120 people", "100 people", "130 people", "counted again", "Head of LPMK") in rows(late)


def test_a_jump_must_be_looked_at(folder):
    app = decide(bring(filled({**CORRECTED, "E9": 450})), "+")  # more than its 400 residents
    app.text_input(key="_return_who").set_value("Bappeda").run()
    assert app.warning
    assert button(app, KEEP).disabled
    app.checkbox[0].check().run()
    assert not button(app, KEEP).disabled


def test_other_findings_must_be_looked_at_again(folder):
    """More poor people than the 400 residents, then fewer residents than the 450 poor."""
    two = {**CORRECTED, "E9": 450, "E10": 20, "F10": RECOUNT, "G10": LPMK}
    app = decide(bring(filled(two)), "+")
    app.text_input(key="_return_who").set_value("Bappeda").run()
    app.checkbox[0].check().run()
    assert not button(app, KEEP).disabled
    decide(app, "+", 1)
    assert not app.checkbox[0].value
    assert button(app, KEEP).disabled


def test_a_tally_of_ninety_rw_can_be_accepted_as_a_whole(folder):
    lines = {f"{letter}{11 + n}": value for n in range(1, 91) for letter, value in
             (("B", n), ("C", None), ("D", 10))}  # fmt: skip
    app = bring(filled(tally={**lines, "B8": "1 · ya"}, rw=()))
    button(app, "Accept the 90 entries without remarks").click().run()
    assert counted(app) == {
        "lines filled in": "90", "accepted": "90", "not decided": "0", "refused": "0"
    }  # fmt: skip
    record(app)
    (stored,) = datasets.datasets(database.for_writing(), AREA)
    kept = datasets.observations_of(database.for_writing(), stored.id)
    whole = kept[(kept["rw"] == "") & (kept["kode"] == HERBRAS)]
    assert whole.set_index("indicator")["value"]["musykel_families"] == 900


def test_a_sheet_of_faults_only_is_recorded_as_refused(folder):
    app = bring(filled({**CORRECTED, "G9": "Siti"}))
    app.text_input(key="_return_who").set_value("Bappeda").run()
    button(app, KEEP).click().run()
    assert "no figure was changed" in app.success[0].value
    (line,) = audit.trail(database.for_writing(), AREA).to_dict("records")
    assert "No office of the list says so" in str(line["detail"])
    assert datasets.datasets(database.for_writing(), AREA) == []


def test_counts_of_an_rw_are_covered_below_the_threshold_of_the_catalogue(folder):
    catalogue = folder / "indicators.toml"
    told = catalogue.read_text("utf-8")
    assert "[musykel_poor]\n" in told
    changed = told.replace("[musykel_poor]\n", "[musykel_poor]\nsmallest_shown = 10\n")
    catalogue.write_text(changed, "utf-8")
    first = {"B12": 1, "D12": 30, "E12": 7, "B8": "1 · ya"}
    record(decide(bring(filled(tally=first, rw=())), "+"))
    again = bring(filled(tally={"B12": 1, "D12": 31, "E12": 12}, rw=()))
    assert ("Families counted", "30", "31") in rows(again)
    assert ("Poor families", "fewer than 10", "12") in rows(again)


def test_what_was_kept_is_told_until_the_next_sheet_or_until_it_is_withdrawn(folder):
    app = record(decide(bring(filled(CORRECTED)), "+"))
    assert app.success
    app.text_input(key="reason impor-1").set_value("wrong sheet")
    app.text_input(key="who impor-1").set_value("Bappeda").run()
    button(app, "Withdraw").click().run()
    assert not app.exception
    assert not app.success
    app = record(decide(bring(filled({**CORRECTED, "E9": 130})), "+"))
    assert app.success
    app.file_uploader[1].set_value(("next.xlsx", filled({**CORRECTED, "E9": 140}), XLSX)).run()
    assert "should be" in page_html(app)
    assert not any("accepted" in one.value for one in app.success)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (filled({**CORRECTED, "H9": NIK}), "15 or 16 digits"),
        (filled(kode="35.73.01.1001"), "not in the boundaries"),
        (b"kelurahan;jumlah", "is no XLSX file"),
    ],
)
def test_a_sheet_that_cannot_be_taken_says_why(folder, content, said):
    app = bring(content)
    told = " ".join(one.value for one in app.error).replace("\\", "")
    assert said in told
    assert NIK not in told
    assert not app.radio


def test_hostile_notes_stay_text(folder):
    app = bring(filled({**CORRECTED, "H9": "<img src=x onerror=alert(1)>"}))
    assert "<img" not in page_html(app)
    assert "&lt;img src=x" in page_html(app)


# --- papers --------------------------------------------------------------------------------------


def test_the_kelurahan_of_the_papers_stands_in_the_address(folder):
    app = open_page("impor", bahasa="en", kelurahan=HERBRAS)
    assert [one.proto.label for one in app.get("download_button")][:3] == [
        "Papers (PDF)", "Return sheet (XLSX)", "Return sheet (PDF form)"
    ]  # fmt: skip
    assert chosen(app)["kelurahan"] == HERBRAS


def test_the_pack_of_a_kelurahan_is_offered_with_a_map_that_can_be_chosen(folder):
    app = open_page("impor", bahasa="en", kelurahan=HERBRAS)
    labels = [one.proto.label for one in app.get("download_button")]
    assert "Musykel pack: map in A2 and papers (PDF)" in labels
    assert app.selectbox(key="_pack_map").value == "poor_people"
    assert not app.selectbox(key="_pack_map").set_value("population").run().exception


def test_papers_say_the_figures_of_the_app_and_cover_small_ones(folder):
    activate("en")
    city = data.city(covered=True)
    given = musykel.pack(city, HERBRAS)
    assert [(one.indicator, one.told) for one in given.figures] == [
        ("population", "400"), ("poor_people", "100")
    ]  # fmt: skip
    assert given.badge == "SIMULASI"
    unknown = {one.indicator: one for one in musykel.pack(city, "99.01.02.1007").figures}
    assert unknown["poor_people"].told == "not known"


def test_rw_of_a_kept_tally_are_filled_in_on_the_next_papers(folder):
    activate("en")
    record(decide(bring(filled(tally={"B12": 4, "D12": 30}, rw=())), "+"))
    assert musykel.pack(data.city(covered=True), HERBRAS).rw == ("004",)


def test_a_whole_pack_begins_with_the_map_and_counts_all_pages(monkeypatch):
    monkeypatch.setenv("KANTONG_DATA", str(TUTORIAL))
    activate("en")
    from kantong.maps.binding import pages_of  # noqa: PLC0415
    from kantong.views import printing  # noqa: PLC0415
    from tests.views.test_print_page import selection  # noqa: PLC0415

    city = data.city(covered=True)
    found = city.measure("poor_people", "2025")
    page = printing.page_of(city, selection(), found, HERBRAS)
    whole = musykel.whole(city, page)
    assert [(title, number) for title, number, _level in outline_of(whole)] == [
        ("Map", 1), ("Papers of the Musyawarah Kelurahan", 2)
    ]  # fmt: skip
    assert pages_of(whole) == 1 + pages_of(musykel.forms(city, HERBRAS))
