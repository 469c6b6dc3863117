"""The page Mitra through the harness: packages, promises, and what stays as it was."""

import io
from dataclasses import replace

import openpyxl
import pandas as pd
import pytest

from kantong.geo.errors import StoreError, TableError
from kantong.language import activate
from kantong.maps import downloads
from kantong.maps.binding import pages_of
from kantong.maps.style import Scheme
from kantong.store import database, interventions, scenarios
from kantong.store.datasets import area_of
from kantong.views import data, mapview, offering, offers, pledging, programmes, share, state
from kantong.views.offering import Line, Menu
from kantong.views.programmes import Choice
from tests.conftest import DATA
from tests.views.test_entering import folder
from tests.views.test_hotspot_page import texts
from tests.views.test_pages import open_page, page_html
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


def promise(kode, packages, target, funder="PT Contoh", **changes):
    """Enter a promise as the page would have, of packages that may have changed since."""
    enter(
        kode=kode, programme="Kursus menjahit", funder=funder, target=target, status="pledged",
        note=packages, **changes,
    )  # fmt: skip


def first_kode(*, least=0):
    """Return the first kelurahan that is offered, and how many ask for sewing there."""
    city = data.city(covered=True)
    need = offering.needed(city, menu(city), SEWING)["unmet"]
    kode = str(need.index[need >= least][0])
    return kode, int(need[kode])


def test_a_promise_for_other_numbers_is_taken_off_and_takes_no_package():
    kode, need = first_kode(least=21)
    promise(kode, f"Paket {kode}/training_need_menjahit/training/1-2", 7)
    city = data.city(covered=True)
    found = offering.menu_packages(city, menu(city), pledging.pledges(city, "2026"))
    own = found[found["kode"] == kode]
    assert own["people"].sum() == need - 7
    assert (found["taken"] == "").all()


def test_promises_of_menus_of_other_sizes_leave_no_more_open_than_is_left():
    """Once Y's promise is taken off, the packages that X named are there no longer."""
    kode, _need = first_kode(least=40)
    city = data.city(covered=True)
    size = 20
    asked_ = int(asked()[kode])
    parts = -(-asked_ // size)
    first = asked_ // parts + (1 if asked_ % parts else 0)
    promise(kode, f"Paket {kode}/training_need_menjahit/training/1-{parts}", first, "X")
    promise(kode, f"Paket {kode}/training_need_menjahit/training/1-99", 25, "Y")
    city = data.city(covered=True)
    found = offering.menu_packages(city, menu(city), pledging.pledges(city, "2026"))
    own = found[(found["kode"] == kode) & (found["taken"] == "")]
    assert own["people"].sum() == asked_ - first - 25


def test_two_promises_of_one_package_are_both_taken_off():
    kode, need = first_kode(least=41)
    parts = -(-need // 20)
    first = need // parts + (1 if need % parts else 0)
    for funder in ("X", "Y"):
        promise(kode, f"Paket {kode}/training_need_menjahit/training/1-{parts}", first, funder)
    city = data.city(covered=True)
    found = offering.menu_packages(city, menu(city), pledging.pledges(city, "2026"))
    own = found[(found["kode"] == kode) & (found["taken"] == "")]
    assert own["people"].sum() == need - 2 * first


def test_quarters_of_one_programme_are_the_same_people():
    """60 in each quarter are 60 people: the largest counts, as on the page Program."""
    kode, need = first_kode(least=8)
    for quarter, target in enumerate((5, 6, 5, 5), 1):
        enter(kode=kode, period=f"2026-Q{quarter}", target=target)
    city = data.city(covered=True)
    assert offering.needed(city, menu(city), SEWING).loc[kode, "unmet"] == need - 6
    enter(kode=kode, period="2026-Q1", target=None, programme="Bordir")
    city = data.city(covered=True)
    assert kode in offering.unknown(city, menu(city))


FOOD, CASH = Line("poor_people", "food", 100_000, 50), Line("poor_people", "cash", 200_000, 50)


def test_one_need_as_two_kinds_of_help_has_packages_of_its_own():
    activate("en")
    city = data.city(covered=True)
    chosen = menu(city, FOOD, CASH)
    found = offering.menu_packages(city, chosen)
    assert found["id"].is_unique
    assert [offering.name_of(city, chosen, one) for one in chosen.lines] == [
        "Poor people (food)", "Poor people (cash)",
    ]  # fmt: skip
    food = found[found["line"] == 0].to_dict("records")[0]
    pledging.pledge(city, chosen, food, "PT Contoh", "Bappeda")
    city = data.city(covered=True)
    after = offering.menu_packages(city, chosen, pledging.pledges(city, "2026"))
    assert after.loc[after["taken"] != "", "id"].tolist() == [food["id"]]
    cash = found[(found["line"] == 1) & (found["kode"] == food["kode"])].to_dict("records")[0]
    with pytest.raises(StoreError, match="as another kind of help"):
        pledging.pledge(city, chosen, cash, "PT Contoh", "Bappeda")


def test_a_need_that_stands_twice_is_refused():
    city = data.city(covered=True)
    with pytest.raises(TableError, match="offered twice as the same kind of help"):
        offering.menu_packages(city, menu(city, FOOD, FOOD))
    named = [replace(FOOD, name="Paket A"), replace(FOOD, need="dtsen_families", name="Paket A")]
    with pytest.raises(TableError, match="the name of two needs"):
        offering.menu_packages(city, menu(city, *named))


def test_a_package_that_somebody_else_has_promised_meanwhile_is_refused():
    city = data.city(covered=True)
    row = offering.menu_packages(city, menu(city)).to_dict("records")[0]
    pledging.pledge(city, menu(city), row, "PT Satu", "Bappeda")
    with pytest.raises(StoreError, match="is promised meanwhile"):
        pledging.pledge(city, menu(city), row, "PT Dua", "Dinsos")
    assert len(pledging.pledges(data.city(covered=True), "2026")) == 1


def test_the_page_records_the_package_that_was_seen_or_none():
    app = open_page("mitra", bahasa="en", paket=ADDRESS)
    app.text_input(key="_company").set_value("PT Dua").run()
    app.text_input(key="_pledge_who").set_value("Dinsos").run()
    city = data.city(covered=True)
    first = offering.menu_packages(city, menu(city)).to_dict("records")[0]
    pledging.pledge(city, menu(city), first, "PT Satu", "Bappeda")
    app.button(key="_pledge").click().run()
    assert any("promised this package meanwhile" in one.value for one in app.error)
    (told,) = pledging.pledges(data.city(covered=True), "2026")
    assert told.funder == "PT Satu"


@pytest.mark.parametrize(
    ("kind", "strategy"),
    [("training", "raise_income"), ("cash", "raise_income"), ("food", "cut_spending"),
     ("housing", "direct"), ("sanitation", "direct"), ("business_capital", "direct")],
)  # fmt: skip
def test_a_promise_is_of_the_strategy_that_the_data_give_its_kind(kind, strategy):
    rows = example("interventions").query("kind == @kind")
    assert set(rows["strategy"]) == {strategy}
    activate("en")
    city = data.city(covered=True)
    chosen = menu(city, Line("training_need_menjahit", kind, 2_000_000, 20))
    row = offering.menu_packages(city, chosen).to_dict("records")[0]
    pledging.pledge(city, chosen, row, "PT Contoh", "Bappeda")
    (kept,) = interventions.interventions(
        database.for_writing(), area_of(city.every["kode"])
    ).to_dict("records")
    assert kept["strategy"] == strategy
    label = city.library.indicators["training_need_menjahit"].label["id"]
    assert kept["programme"] == label


def test_a_company_may_promise_every_package_of_a_kelurahan():
    city = data.city(covered=True)
    chosen = menu(city, Line("poor_people", "food", 100_000, 20, "Sembako"))
    found = offering.menu_packages(city, chosen)
    kode = found["kode"].iloc[0]
    rows = found[found["kode"] == kode].to_dict("records")
    assert len(rows) > 12
    for row in rows[::2] + rows[1::2]:
        pledging.pledge(city, chosen, row, "PT Contoh", "Bappeda")
    (told,) = pledging.pledges(data.city(covered=True), "2026")
    assert set(told.packages) == {row["id"] for row in rows}
    assert told.people == sum(row["people"] for row in rows)


def test_a_promise_whose_budget_is_not_known_stays_so_and_its_words_stay():
    city = data.city(covered=True)
    chosen = menu(city)
    first, second = offering.menu_packages(city, chosen).to_dict("records")[:2]
    promise(first["kode"], f"telepon; Paket {first['id']}", first["people"], budget_rp=None)
    pledging.pledge(data.city(covered=True), chosen, second, "PT Contoh", "Bappeda")
    (kept,) = interventions.interventions(
        database.for_writing(), area_of(city.every["kode"])
    ).to_dict("records")
    assert pd.isna(kept["budget_rp"])
    assert kept["target"] == first["people"] + second["people"]
    assert kept["note"].startswith("telepon; Paket ")
    (told,) = pledging.pledges(data.city(covered=True), "2026")
    assert told.packages == (first["id"], second["id"])


@pytest.mark.parametrize(("covered", "shown"), [("ya", "too few to show"), ("tidak", "3")])
def test_a_small_promise_is_covered_where_small_counts_are(covered, shown):
    kode, _need = first_kode()
    promise(kode, f"Paket {kode}/training_need_menjahit/training/1-1", 3, budget_rp=6_000_000)
    app = open_page("mitra", bahasa="en", paket=ADDRESS, tutup=covered)
    (box,) = [one for one in app.expander if "Promised (1)" in one.label]
    (table,) = [one.value for one in box.dataframe]
    assert table["How many"].tolist() == [shown]
    cost = "too few to show" if covered == "ya" else "IDR\xa06,000,000"
    assert table["Cost"].tolist() == [cost]


def test_a_menu_keeps_the_filter_that_it_was_saved_with():
    city = data.city(covered=True)
    sukun = set(city.layer.loc[city.layer["kecamatan"] == "Sukun", "kode"])
    told = offering.menu_of(city, {"paket": ADDRESS, "kecamatan": "Sukun"})
    assert told is not None
    assert set(told.kodes) == sukun
    assert offering.menu_of(city, {"paket": ADDRESS, "periode": "1999"}) is None


def test_only_the_third_with_least_comes_first_where_a_low_figure_is_worse():
    city = data.city(covered=True)
    chosen = replace(menu(city), indicator="population", period=city.periods("population")[-1])
    found = city.measure("population", chosen.period).value
    first = offering.first_areas(city, chosen).sort_values(ascending=False)
    assert set(first.index) == set(found.sort_values().head(19).index)
    assert first.index[0] == found.idxmin()


def test_a_need_behind_one_that_is_taken_out_keeps_its_empty_cost():
    app = open_page("mitra", bahasa="en", paket=f"{ADDRESS};poor_people,food,0,50,")
    assert app.number_input(key="_offer 1 cost").value is None
    app.button(key="_offer 0 drop").click().run()
    assert app.selectbox(key="_offer 0 need").value == "poor_people"
    assert app.number_input(key="_offer 0 cost").value is None
    assert any("State what reaching one costs" in one.value for one in app.info)


def test_where_nothing_is_open_the_page_says_what_is_not_known_and_what_is_promised():
    city = data.city(covered=True)
    kept = offering.needed(city, menu(city), SEWING)
    codes = list(kept.index[kept["unmet"] > 0])
    for kode in codes:
        enter(kode=kode, target=None)
    promise(codes[0], "Paket a/b/c/1-1", 8, period="2026")
    app = open_page("mitra", bahasa="en", paket=ADDRESS)
    (said,) = [one.value for one in app.info if "Nothing is open" in one.value]
    assert "is not known" in said
    assert any("Promised (1)" in one.label for one in app.expander)


def test_kelurahan_that_are_not_looked_at_are_not_painted_as_without_need():
    app = open_page("mitra", bahasa="en", paket=ADDRESS)
    assert "so not looked at <small>(38)" in page_html(app)


def test_the_page_of_a_package_is_marked_for_all_that_it_is_worked_out_from():
    """Published poor people and an invented survey: the mark and the sources are of both."""
    activate("en")
    city = data.city(covered=True)
    library = city.library
    real = replace(library.datasets["SIMULASI-poor_people"], simulated=False)
    city = replace(city, library=replace(library, datasets={**library.datasets, real.id: real}))
    chosen = menu(city, year="2025")
    selection = state.Selection("poor_people", "2025", Scheme(), "semua", "semua", "", "")
    row = offering.menu_packages(city, chosen).to_dict("records")[0]
    told = offers.brief(city, selection, chosen, row)
    assert told.theme.badge == "SIMULASI"
    notes = " ".join(told.theme.notes)
    for one in ("poor_people", "training_needs", "interventions", "population"):
        behind = library.datasets[f"SIMULASI-{one}"]
        assert behind.title["en"] in notes
        assert behind.sha256[:16] in notes
    assert "Programmes 2025" in notes
    assert "sewing" in notes


def test_what_is_taken_home_is_named_and_told_as_what_it_is():
    """Money in packages, not who asks for sewing; and of no classes that the map has not."""
    activate("en")
    city = data.city(covered=True)
    chosen = menu(city)
    found = offering.menu_packages(city, chosen)
    selection = state.Selection("poor_people", "2025", Scheme(), "semua", "semua", "", "")
    measured = offering.open_money(city, chosen, found)
    seen = mapview.picture(city, selection, offering.priority(city, chosen))
    gives = share.Offer(name="paket-2026", definition="What the packages cost.")
    told = dict(share.told(city, selection, measured, seen, gives))
    assert share.file_name(city, measured, gives) == "SIMULASI-paket-2026"
    assert share.file_name(city, measured, share.Offer()) == "SIMULASI-training_need_menjahit-2026"
    assert told["Definition"] == "What the packages cost."
    assert told["Period"] == "2026"
    assert "Classes" not in told
    assert "Classes" in dict(share.told(city, selection, measured, seen, share.Offer()))


def test_a_booklet_ends_where_the_page_says():
    app = open_page("mitra", bahasa="en", paket="poor_people,food,1,1,")
    city = data.city(covered=True)
    many = len(offering.menu_packages(city, menu(city, Line("poor_people", "food", 1, 1))))
    assert many > offers.MOST_PAGES == 200
    assert any(f"first 200 of {many:,} packages" in one.value for one in app.caption)


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
    assert offering.years(city)[:2] == ["2026", "2025"]
    row = offering.menu_packages(city, menu(city)).to_dict("records")[0]
    pledging.pledge(city, menu(city), row, "PT Contoh", "Bappeda")
    app = open_page("mitra", bahasa="en", paket=ADDRESS)
    (year,) = [one for one in app.selectbox if one.key == "tahun_mitra"]
    assert year.value == "2026"
    assert offering.years(data.city(covered=True))[:3] == ["2027", "2026", "2025"]
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
