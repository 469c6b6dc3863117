"""The page Mitra through the harness: packages, promises, and what stays as it was."""

import io

import openpyxl
import pandas as pd
import pytest

from kantong.geo.errors import TableError
from kantong.language import activate
from kantong.maps import downloads
from kantong.maps.binding import pages_of
from kantong.maps.style import Scheme
from kantong.store import database, interventions, scenarios
from kantong.store.datasets import area_of
from kantong.views import data, offering, offers, pledging, programmes, state
from kantong.views.offering import Line, Menu
from kantong.views.programmes import Choice
from tests.conftest import DATA
from tests.views.test_entering import folder
from tests.views.test_hotspot_page import texts
from tests.views.test_pages import open_page
from tests.views.test_print_page import words_of_pdf

__all__ = ["folder"]

SEWING = Line("training_need_menjahit", "training", 2_000_000, 20, "Kursus menjahit")
ADDRESS = offering.write([SEWING])


def menu(city, *lines, year="2026", threshold=programmes.THIRD):
    kodes = tuple(str(kode) for kode in city.layer["kode"])
    return Menu(lines or (SEWING,), year, threshold, "poor_people", "2025", kodes)


def example(name):
    return pd.read_csv(DATA / "example" / f"{name}.csv", dtype={"kode": str, "period": str})


def asked():
    rows = example("training_needs").query("indicator == 'training_need_menjahit'")
    return rows.set_index("kode")["value"]


def enter(**changes):
    entry = {
        "programme": "Las", "strategy": "direct", "kind": "training", "funder": "Baznas",
        "period": "2026", "target": 6, "reached": None, "budget_rp": None, "status": "planned",
        "source": "", "note": "",
    } | changes  # fmt: skip
    city = data.city(covered=True)
    interventions.enter(
        database.for_writing(), area_of(city.every["kode"]), pd.DataFrame([entry]),
        list(city.every["kode"]), "Dinsos",
    )  # fmt: skip


def test_packages_are_the_needs_of_the_worst_third():
    city = data.city(covered=False)
    poor = example("poor_people").query("period == '2025'").set_index("kode")["value"]
    third = poor.sort_values(ascending=False).head(19).index
    found = offering.menu_packages(city, menu(city))
    needs_ = asked().reindex(third).dropna()
    people = found.groupby("kode")["people"].sum()
    assert people.sort_index().to_dict() == needs_[needs_ > 0].sort_index().astype(int).to_dict()
    assert list(dict.fromkeys(found["kode"])) == [kode for kode in third if kode in people.index]
    assert (found["budget_rp"] == found["people"] * 2_000_000).all()


def test_what_is_recorded_of_the_kind_and_year_is_taken_off():
    city = data.city(covered=True)
    kode = offering.menu_packages(city, menu(city))["kode"].iloc[0]
    before = asked()[kode]
    enter(kode=kode, target=6)
    enter(kode=kode, target=9, kind="food", programme="Sembako")
    enter(kode=kode, target=11, period="2025", programme="Las lama")
    city = data.city(covered=True)
    assert offering.needed(city, menu(city), SEWING).loc[kode, "unmet"] == before - 6


def test_where_it_is_not_known_for_how_many_nothing_is_offered():
    city = data.city(covered=True)
    kode = offering.menu_packages(city, menu(city))["kode"].iloc[0]
    enter(kode=kode, target=None)
    city = data.city(covered=True)
    assert kode in offering.unknown(city, menu(city))
    assert kode not in set(offering.menu_packages(city, menu(city))["kode"])


def test_a_promise_takes_its_package_and_leaves_the_others_as_they_were():
    city = data.city(covered=True)
    chosen = menu(city)
    before = offering.menu_packages(city, chosen)
    first, second = before.to_dict("records")[:2]
    assert first["kode"] == second["kode"]
    pledging.pledge(city, chosen, second, "PT Contoh", "Bappeda")
    city = data.city(covered=True)
    after = offering.menu_packages(city, chosen, pledging.pledges(city, "2026"))
    assert after.drop(columns="taken").equals(before.drop(columns="taken"))
    assert after.loc[after["taken"] != "", "id"].tolist() == [second["id"]]


def test_two_packages_of_one_company_are_one_entry_with_both():
    city = data.city(covered=True)
    chosen = menu(city)
    first, second = offering.menu_packages(city, chosen).to_dict("records")[:2]
    for row in (first, second):
        pledging.pledge(city, chosen, row, "PT Contoh", "Bappeda")
    (kept,) = interventions.interventions(
        database.for_writing(), area_of(city.every["kode"])
    ).to_dict("records")
    assert kept["target"] == first["people"] + second["people"]
    assert kept["budget_rp"] == first["budget_rp"] + second["budget_rp"]
    assert kept["version"] == 2
    (told,) = pledging.pledges(data.city(covered=True), "2026")
    assert told.packages == (first["id"], second["id"])


def test_a_promise_shows_on_the_map_of_gaps():
    city = data.city(covered=True)
    chosen = menu(city)
    row = offering.menu_packages(city, chosen).to_dict("records")[0]
    pledging.pledge(city, chosen, row, "PT Contoh", "Bappeda")
    city = data.city(covered=True)
    selection = state.Selection("poor_people", "2025", Scheme(), "semua", "semua", "", "")
    states = programmes.states(city, selection, Choice("2026"), "training")
    assert states[row["kode"]] == "pledged"


def test_a_promise_of_a_package_that_is_no_longer_offered_is_taken_off_the_need():
    city = data.city(covered=True)
    chosen = menu(city)
    row = offering.menu_packages(city, chosen).to_dict("records")[0]
    pledging.pledge(city, chosen, row, "PT Contoh", "Bappeda")
    city = data.city(covered=True)
    smaller = menu(city, Line("training_need_menjahit", "training", 2_000_000, 8))
    found = offering.menu_packages(city, smaller, pledging.pledges(city, "2026"))
    own = found[found["kode"] == row["kode"]]
    assert own["people"].sum() == asked()[row["kode"]] - row["people"]
    assert (found["taken"] == "").all()


def test_a_withdrawn_promise_opens_the_package_again():
    city = data.city(covered=True)
    chosen = menu(city)
    row = offering.menu_packages(city, chosen).to_dict("records")[0]
    pledging.pledge(city, chosen, row, "PT Contoh", "Bappeda")
    (told,) = pledging.pledges(data.city(covered=True), "2026")
    interventions.withdraw(database.for_writing(), [told.entry], "Bappeda", "batal")
    assert pledging.pledges(data.city(covered=True), "2026") == []


def test_a_cost_that_was_not_said_is_asked_for():
    city = data.city(covered=True)
    with pytest.raises(TableError, match="State what reaching one costs"):
        offering.menu_packages(city, menu(city, Line("training_need_menjahit", "training")))
    app = open_page("mitra", bahasa="en")
    assert any("State what reaching one costs" in one.value for one in app.info)


def test_the_page_of_a_package_says_what_the_menu_says(tmp_path):
    activate("en")
    city = data.city(covered=True)
    chosen = menu(city)
    selection = state.Selection("poor_people", "2025", Scheme(), "semua", "semua", "", "")
    found = offering.menu_packages(city, chosen)
    row = found.to_dict("records")[0]
    made = offers.page(city, selection, chosen, row)
    assert pages_of(made) == 1
    (said,) = words_of_pdf(made, tmp_path)
    assert f"{row['people']} orang" not in said
    assert f"Kursus menjahit for {row['people']} people" in said
    assert row["id"] in said
    assert "SIMULASI" in said
    assert pages_of(offers.booklet(city, selection, chosen, found.head(3))) == 3


def test_the_workbook_holds_a_row_for_each_package():
    activate("en")
    city = data.city(covered=True)
    chosen = menu(city)
    found = offering.menu_packages(city, chosen)
    book = openpyxl.load_workbook(
        io.BytesIO(
            downloads.to_xlsx(
                offers.rows(city, chosen, found), offers.settings(city, chosen),
                sheets=("Paket", "Catatan"),
            )
        )
    )  # fmt: skip
    rows = list(book["Paket"].values)
    assert len(rows) == len(found) + 1
    where = rows[0].index("Cost (Rp)")
    assert sum(row[where] for row in rows[1:]) == found["budget_rp"].sum()


@pytest.mark.parametrize("language", ["id", "en"])
def test_the_page_draws_records_and_saves(language):
    app = open_page("mitra", bahasa=language, paket=ADDRESS)
    assert not app.exception
    city = data.city(covered=True)
    found = offering.menu_packages(city, menu(city))
    money = found["budget_rp"].sum()
    assert f"{money:,}".replace(",", "." if language == "id" else ",") in texts(app)
    app.text_input(key="_company").set_value("PT Contoh").run()
    app.text_input(key="_pledge_who").set_value("Bappeda").run()
    app.button(key="_pledge").click().run()
    assert len(app.success) == 1
    assert len(pledging.pledges(data.city(covered=True), "2026")) == 1


def test_a_promise_does_not_move_the_year_that_the_page_opens_for():
    city = data.city(covered=True)
    row = offering.menu_packages(city, menu(city)).to_dict("records")[0]
    pledging.pledge(city, menu(city), row, "PT Contoh", "Bappeda")
    app = open_page("mitra", bahasa="en", paket=ADDRESS)
    (year,) = [one for one in app.selectbox if one.key == "tahun_mitra"]
    assert year.value == "2026"
    assert any("Promised (1)" in one.label for one in app.expander)
    told = offering.menu_of(data.city(covered=True), {"paket": ADDRESS})
    assert told is not None
    assert told.year == "2026"


def test_a_menu_is_published_as_a_scenario():
    app = open_page("mitra", bahasa="en", paket=ADDRESS)
    app.session_state["_scenarios"] = True
    app.run()
    app.text_input(key="_scenario_name").set_value("Menu CSR 2026").run()
    app.text_input(key="_scenario_who").set_value("Bappeda").run()
    app.button(key="_scenario_save").click().run()
    city = data.city(covered=True)
    (kept,) = scenarios.scenarios(database.for_writing(), area_of(city.every["kode"]), "csr_menu")
    assert kept.name == "Menu CSR 2026"
    assert kept.settings["paket"] == ADDRESS


@pytest.mark.parametrize(
    "text",
    [
        "", "x", "poor_people,training,1,0,", "poor_people,sulap,1,5,", "poor_people,cash,-1,5,",
        "poor_people,cash,1,5,<b>", "poor_people,cash,1,5", "population,cash,1,5,",
    ],
)  # fmt: skip
def test_an_address_that_is_no_menu_is_left_out(text):
    city = data.city(covered=True)
    assert offering.read(text, offering.needs(city)) == ()


def test_a_covered_need_is_never_offered():
    city, whole = data.city(covered=True), data.city(covered=False)
    chosen = menu(city, threshold=programmes.ANY)
    hidden = offering.measure_of(city, chosen, SEWING).value.isna()
    hidden &= offering.measure_of(whole, chosen, SEWING).value.notna()
    assert hidden.any()
    assert not set(hidden.index[hidden]) & set(offering.menu_packages(city, chosen)["kode"])
