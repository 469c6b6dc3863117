"""Page Program through the harness: its numbers against plain pandas over the tables."""

import json
import re
import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from kantong.analysis import reach
from kantong.analysis.suppression import is_suppressed
from kantong.geo import levels
from kantong.language import activate
from kantong.maps.style import Scheme
from kantong.views import data, programcoverage, programmatrix, programmes, programwords
from kantong.views.programwords import state_label
from kantong.views.state import ALL, Selection
from tests.conftest import DATA, TUTORIAL
from tests.views.test_hotspot_page import drawn_maps, everything, republish, texts
from tests.views.test_pages import chosen, open_page, page_html, rows

PARTS = ("matriks", "peta", "celah", "ganda", "cakupan", "catat")
ENGLISH = {"bahasa": "en"}
ALL_COUNTS = ENGLISH | {"tutup": "tidak"}
KLINIK = {"period": "2025", "kind": "health", "programme": "Klinik"}


@pytest.fixture
def city(monkeypatch, tmp_path):
    """The simulated city, in a folder to be spoilt."""
    folder = tmp_path / "kota"
    shutil.copytree(DATA, folder, ignore=shutil.ignore_patterns("*.db*"))
    monkeypatch.setenv("KANTONG_DATA", str(folder))
    return folder


@pytest.fixture(scope="module")
def done():
    """All interventions of the simulated city."""
    return pd.read_csv(DATA / "example" / "interventions.csv", dtype={"kode": str, "period": str})


@pytest.fixture(scope="module")
def poor():
    """Poor people of 2025 by ``kode``."""
    table = pd.read_csv(DATA / "example" / "poor_people.csv", dtype={"kode": str, "period": str})
    return table[table["period"] == "2025"].set_index("kode")["value"]


@pytest.fixture(scope="module")
def names(done):
    return done.drop_duplicates("kode").set_index("kode")["kelurahan"]


def add(city, *entries):
    """Write more interventions into the data folder; what is not given is as in the first row."""
    file = city / "example" / "interventions.csv"
    table = pd.read_csv(file, dtype=str, keep_default_na=False)
    more = [dict(table.iloc[0]) | {"target": "", "reached": "", "budget_rp": ""} | one
            for one in entries]  # fmt: skip
    republish(file, pd.concat([table, pd.DataFrame(more)], ignore_index=True))


def matrix(app):
    return app.dataframe[0].value


def figures(column):
    """Return the numbers of a column of texts; NaN for signs."""
    return pd.to_numeric(column.str.replace(",", ""), errors="coerce")


# --- the matrix --------------------------------------------------------------------------------


@pytest.mark.parametrize("year", ["2023", "2024", "2025"])
def test_the_matrix_holds_the_sums_of_the_table(city, done, names, year):
    shown = matrix(open_page("program", **ALL_COUNTS, tahun_program=year))
    own = done[done["period"] == year]
    plain = own.pivot_table(index="kode", columns="programme", values="reached", aggfunc="sum")
    assert list(shown.columns[2:]) == sorted(plain.columns)
    for programme in plain:
        cells = shown.set_index("Kelurahan")[programme]
        for kode, name in names.items():
            counts = own[(own["kode"] == kode) & (own["programme"] == programme)]["reached"]
            told = f"{counts.sum():,.0f}" if counts.notna().any() else "?" if len(counts) else "–"
            assert cells[name] == told


def test_recorded_without_a_number_is_no_gap_in_the_record(city, done):
    shown = matrix(open_page("program", **ALL_COUNTS))
    silent = done[(done["programme"] == "Pelatihan DBHCHT") & done["reached"].isna()]
    assert len(silent)
    asked = shown.set_index("Kelurahan").loc[silent["kelurahan"], "Pelatihan DBHCHT"]
    assert (asked == "?").all()


def test_a_programme_may_be_called_as_a_column_is(city):
    add(city, {"programme": "Kelurahan", "reached": "50"}, {"programme": "Code", "reached": "60"})
    shown = matrix(open_page("program", **ENGLISH, tahun_program="2023"))
    assert shown.set_index("Kelurahan")["Code"]["Balearjosari"] == "60"
    assert shown.set_index("Kelurahan")["Kelurahan (programme)"]["Balearjosari"] == "50"
    whole = data.city(covered=True)
    seen = Selection("poor_people", "2025", Scheme(), ALL, ALL, "", "")
    activate("en")
    home = programmatrix.rows(whole, seen, programmes.Choice("2023"))
    assert home.set_index("Code").loc["35.73.01.1001", "Code (programme)"] == 60


def test_those_with_most_need_come_first(city, poor, names):
    shown = matrix(open_page("program", **ENGLISH))
    assert shown["Kelurahan"].tolist()[:5] == names[poor.nlargest(5).index].tolist()
    assert figures(shown["Poor people · 2025"]).is_monotonic_decreasing


@pytest.mark.parametrize(
    ("key", "column", "value", "year"),
    [
        ("jenis", "kind", "food", "2023"),
        ("penyandang", "funder", "APBN", "2023"),
        ("strategi", "strategy", "direct", "2024"),
        ("status", "status", "running", "2025"),
        ("program", "programme", "CSR", "2025"),
    ],
)
def test_only_what_is_asked_for_is_shown(city, done, key, column, value, year):
    app = open_page("program", **ENGLISH, tahun_program=year, **{key: value})
    own = done[(done["period"] == year) & (done[column] == value)]
    assert len(own)
    assert list(matrix(app).columns[2:]) == sorted(own["programme"].unique())
    assert f"Programmes recorded for {year}: {own['programme'].nunique()}, in " in texts(app)


def test_a_filter_by_area_shortens_the_matrix(city, done):
    shown = matrix(open_page("program", **ENGLISH, kecamatan="Klojen"))
    places = pd.read_csv(DATA / "kelurahan_codes.csv", dtype=str)
    inside = places[places["kecamatan"].str.casefold() == "klojen"]["kelurahan"]
    assert len(shown) == len(inside) == 11


def test_the_year_is_the_newest_unless_it_is_chosen(city, done):
    app = open_page("program", **ENGLISH)
    assert app.selectbox(key="tahun_program").value == done["period"].max()


def test_a_region_adds_up_only_those_that_say_how_many(city):
    """A target of 10 in one kelurahan and an unknown one in another are no target of 10."""
    for kode, target in (("1001", "10"), ("1002", ""), ("1003", "7")):
        add(city, KLINIK | {"kode": f"35.73.02.{kode}", "target": target, "reached": "50"})
    whole = data.city(covered=False)
    parts = levels.region_of(whole.every, "kecamatan")
    found = programmes.placed(replace(whole, parts=parts)).rows
    rows_ = found[found["programme"] == "Klinik"]
    assert set(rows_["kode"]) == {"35.73.02"}
    assert sorted(rows_["target"].fillna(-1)) == [-1, 17]
    assert sorted(rows_["reached"]) == [50, 100]


def test_what_is_promised_for_next_year_does_not_move_the_year(city):
    add(city, {"period": "2027", "status": "pledged", "target": "40"},
        {"period": "2026-Q1", "status": "planned", "target": "40"})  # fmt: skip
    app = open_page("program", **ENGLISH)
    assert app.selectbox(key="tahun_program").options[:3] == ["2027", "2026", "2025"]
    assert app.selectbox(key="tahun_program").value == "2025"


def test_choices_stand_in_the_address_and_open_the_same_view(city):
    app = open_page("program", **ENGLISH)
    app.selectbox(key="tahun_program").set_value("2024").run()
    app.selectbox(key="jenis").set_value("food").run()
    app.selectbox(key="penyandang").set_value("APBD kota").run()
    app.selectbox(key="ambang").set_value("separuh").run()
    assert chosen(app) == ENGLISH | {
        "tahun_program": "2024", "jenis": "food", "penyandang": "APBD kota", "ambang": "separuh",
    }  # fmt: skip
    again = open_page("program", **chosen(app))
    assert everything(again) == everything(app)


def test_a_choice_that_is_not_there_is_left_out_and_named(city):
    app = open_page("program", **ENGLISH, jenis="palace", tahun_program="1815")
    assert len(matrix(app)) == 57
    told = " ".join(app.session_state["notes"])
    assert "jenis" in told
    assert "tahun_program" in told
    assert "palace" not in told


def test_a_chosen_kelurahan_lists_all_that_is_recorded_there(city, done):
    own = done[(done["kode"] == "35.73.04.1009") & (done["period"] == "2024")]
    app = open_page("program", **ALL_COUNTS, tahun_program="2024", kelurahan="35.73.04.1009")
    listed = app.dataframe[1].value
    assert len(listed) == len(own)
    assert listed["Funder"].tolist() == own["funder"].tolist()
    assert listed["Reached"].tolist() == [f"{count:,.0f}" for count in own["reached"]]
    money = [text.replace("\xa0", " ") for text in listed["Budget"]]
    assert money == ["?" if np.isnan(one) else f"IDR {one:,.0f}" for one in own["budget_rp"]]
    assert all(text.startswith("SIMULASI") for text in listed["Source"])


# --- sentences ---------------------------------------------------------------------------------


@pytest.mark.parametrize("year", ["2023", "2024", "2025"])
def test_budgets_that_are_not_known_are_not_counted_as_nothing(city, done, year):
    told = texts(open_page("program", **ENGLISH, tahun_program=year)).replace("\xa0", " ")
    budget = done.loc[done["period"] == year, "budget_rp"]
    assert (
        f"{budget.count()} of {len(budget)} entries say their budget, IDR {budget.sum():,.0f} "
        f"together. What the other {budget.isna().sum()} cost is not known" in told
    )


def test_a_kind_of_which_no_budget_is_known_says_so(city):
    told = texts(open_page("program", **ENGLISH, jenis="cash"))
    assert "None of the 57 entries says its budget" in told


@pytest.mark.parametrize(
    ("threshold", "first"), [("sepertiga", 19), ("seperempat", 15), ("separuh", 29), ("ada", 57)]
)
def test_need_begins_where_it_is_said(city, poor, threshold, first):
    app = open_page("program", **ENGLISH, ambang=threshold)
    least = poor.nlargest(first).min()
    told = f"need it most: {(poor >= least).sum()}, with “Poor people · 2025” of at least {least:,}"
    assert told in texts(app)


def test_gaps_are_the_kelurahan_with_need_and_nothing_there(city, done, poor, names):
    app = open_page("program", **ENGLISH, jenis="sanitation", bagian="celah")
    needing = poor[poor >= poor.nlargest(19).min()].index
    own = done[(done["period"] == "2025") & (done["kind"] == "sanitation")]
    gaps = needing.difference(own["kode"])
    assert 0 < len(gaps) < 19
    assert f"In {len(gaps)} of them nothing is recorded that reached anybody" in texts(app)
    table = app.dataframe[0].value
    assert set(table["Kelurahan"]) == set(names[gaps])
    assert figures(table["Poor people · 2025"].str.removesuffix(" people")).is_monotonic_decreasing
    # Every kind stands beside it, whichever is chosen: need meets no housing at all in 2025.
    kinds = {row[0]: row[1:] for row in rows(app)}
    assert kinds["sanitation"][0] == str(len(gaps))
    assert kinds["housing"][0] == "19"
    assert kinds["cash"][0] == "0"


def test_what_is_promised_is_no_gap_and_no_service(city, poor, names):
    first = poor.idxmax()
    promised = {"kind": "health", "period": "2025", "kode": first, "status": "pledged"}
    add(city, promised | {"programme": "Klinik", "target": "40"})
    app = open_page("program", **ENGLISH, jenis="health", bagian="celah")
    told = texts(app)
    words = "of them something is promised, but nobody is reached yet"
    assert f"In 1 {words}: {names[first]}." in told
    assert "In 18 of them nothing is recorded" in told


def test_a_state_not_known_here_is_named_as_it_is():
    assert state_label("dreamt of") == "dreamt of"
    every = {reach.GAP, reach.SERVED, reach.UNCLEAR, reach.PLEDGED, reach.NO_NEED, reach.NOT_KNOWN}
    assert not every & {state_label(one) for one in every}


def test_nothing_that_fits_is_said_and_not_drawn_as_zero(city):
    told = texts(open_page("program", **ENGLISH, jenis="housing"))
    assert "For 2025 nothing is recorded that fits these choices" in told
    assert "say their budget" not in told


def test_an_indicator_that_is_no_need_is_told(city):
    app = open_page("program", **ENGLISH, indikator="population")
    assert "no measure of need" in texts(app)
    whole = data.city(covered=True)
    newest = whole.periods("population")[-1]
    seen = Selection("population", newest, Scheme(), ALL, ALL, "", "")
    said = programwords.sentences(whole, seen, programmes.Choice("2025"))
    assert any("no measure of need" in one for one in said)  # where the document takes them from


def test_what_reached_nobody_is_not_said_to_be_unrecorded(city, poor):
    add(city, KLINIK | {"kode": poor.idxmax(), "status": "running", "reached": "0"})
    told = page_html(open_page("program", **ENGLISH))
    told = next(one for one in told.split("<p>") if "Of these kinds of help" in one)
    assert "none is recorded that reached anybody there" in told
    assert "health" in told
    app = open_page("program", **ENGLISH, bagian="celah", jenis="health")
    assert "need, and nothing that reached anybody" in app.dataframe[0].value["State"].tolist()


# --- maps --------------------------------------------------------------------------------------


def thirds(values, places):
    """Return the third of each figure, 0 to 2, cut at quantiles rounded down as shown."""
    shown = values.round(places)
    ends = [shown.quantile(part) * 10**places for part in (1 / 3, 2 / 3)]
    cuts = [np.floor(end + 1e-9) / 10**places for end in ends]
    return shown.map(lambda one: sum(one > cut for cut in cuts), na_action="ignore")


@pytest.mark.parametrize("programme", ["Rantang Kasih", "CSR"])
def test_need_and_response_are_those_of_the_tables(city, done, poor, programme):
    app = open_page("program", **ALL_COUNTS, bagian="peta", program=programme)
    own = done[(done["period"] == "2025") & (done["programme"] == programme)]
    reached = own.groupby("kode")["reached"].sum()
    share = (reached / poor * 100).reindex(poor.index)
    need, response = thirds(poor, 0), thirds(share, 2)
    body = [row for row in rows(app) if len(row) == 5 and " to " in row[0]]
    assert len(body) == 3
    for place, row in enumerate(reversed(body)):
        counts = [(need.eq(place) & response.eq(column)).sum() for column in range(3)]
        counts.append((need.eq(place) & response.isna()).sum())
        told = [int(cell.split(">")[1].split("<")[0]) for cell in row[1:]]
        assert told == counts


def test_of_several_programmes_the_one_that_reaches_most_is_taken(city, done, poor):
    app = open_page("program", **ALL_COUNTS, bagian="peta", tahun_program="2023")
    own = done[done["period"] == "2023"]
    sums = own[own["kode"] == poor.idxmax()].groupby("programme")["reached"].sum()
    sent = drawn_maps(app)[0].replace("\\", "")
    assert f'"{sums.max():,.0f} by {sums.idxmax()}"' in sent
    assert "Programmes are not added, for one person may be in several" in texts(app)


def test_money_is_divided_by_the_poor_of_its_year(city, done, names):
    app = open_page("program", **ALL_COUNTS, bagian="peta", lawan="dana", tahun_program="2024")
    table = pd.read_csv(DATA / "example" / "poor_people.csv", dtype={"kode": str, "period": str})
    people = table[table["period"] == "2024"].set_index("kode")["value"]
    budget = done[done["period"] == "2024"].groupby("kode")["budget_rp"].sum(min_count=1)
    sent = drawn_maps(app)[0].replace("\\xa0", " ").replace("\\u00a0", " ").replace("\xa0", " ")
    for kode in budget.dropna().index[:5]:
        assert f"IDR {budget[kode] / people[kode]:,.0f}" in sent
    assert budget.isna().any()
    assert "where none is known the kelurahan is striped" in texts(app)


def test_money_is_said_to_be_for_whom_it_is_divided_by(city):
    """Without poor people it is divided by those whom the drawer's indicator counts."""
    file = city / "example" / "poor_people.csv"
    republish(file, pd.read_csv(file, dtype=str)[:0])
    query = {"bagian": "peta", "lawan": "dana", "indikator": "dtsen_people_d1"}
    app = open_page("program", **ENGLISH, **query)
    newest = data.city(covered=True).periods("dtsen_people_d1")[-1]
    whom = data.city(covered=True).library.indicators["dtsen_people_d1"].label["en"]
    assert f"The known budgets of the year, rupiah for each of: {whom} {newest}." in texts(app)
    assert f"rupiah for each of: {whom} {newest}" in drawn_maps(app)[0].replace("\\", "")
    assert "poor person" not in str(everything(app))


def test_the_map_of_money_is_marked_by_whom_it_is_divided_by(city):
    """Need and programmes are published, the poor are invented."""
    package = city / "example" / "datapackage.json"
    told = json.loads(package.read_text("utf-8"))
    for one in told["resources"]:
        if one["path"] in {"interventions.csv", "population.csv"}:
            one["kantong"]["simulated"] = False
    package.write_text(json.dumps(told), "utf-8")
    query = {"bagian": "peta", "indikator": "population"}

    def mark(app):
        (note,) = re.findall(r'"note":"([^"]*)"', drawn_maps(app)[0].replace("\\", ""))
        return note

    assert "SIMULASI" not in mark(open_page("program", **ENGLISH, **query))
    assert "SIMULASI" in mark(open_page("program", **ENGLISH, **query, lawan="dana"))


def test_the_square_names_both_sides_for_those_who_cannot_see_it(city):
    told = page_html(open_page("program", **ENGLISH, bagian="peta"))
    assert "<caption" in told
    assert 'scope="row"' in told
    assert 'scope="colgroup"' in told
    assert "Poor people · 2025 ↑" in told
    assert "reached for each 100 in need →" in told


# --- double service and coverage ---------------------------------------------------------------


def test_at_most_the_smaller_of_both_may_be_served_twice(city, done):
    app = open_page("program", **ALL_COUNTS, bagian="ganda", tahun_program="2024", jenis="food")
    own = done[(done["period"] == "2024") & (done["programme"] == "Rantang Kasih")]
    both = own.pivot_table(index="kelurahan", columns="funder", values="reached").dropna()
    table = app.dataframe[0].value.set_index("Kelurahan")
    assert len(table) == len(both)
    assert figures(table["Served twice, at most"]).to_dict() == both.min(axis=1).to_dict()
    assert f"In {len(both)} kelurahan two programmes or funders give the same kind" in texts(app)
    assert "only a comparison by name" in texts(app)


def test_two_that_meet_often_stand_in_one_line_whichever_comes_first(city, poor):
    health = {"kind": "health", "period": "2025"}
    first, second = health | {"programme": "Klinik"}, health | {"programme": "Posyandu"}
    here, there = ({"kode": kode} for kode in poor.nlargest(2).index)
    add(city, first | here | {"reached": "30"}, second | here | {"reached": "50"},
        second | there | {"reached": "70"}, first | there | {"reached": "60"})  # fmt: skip
    app = open_page("program", **ENGLISH, bagian="ganda")
    assert ("health: Klinik (APBN) and Posyandu (APBN)", "2", "90", "0") in rows(app)


def test_quarters_of_a_year_are_not_added_to_who_may_be_served_twice(city, poor):
    """100 in the year; 60, 80, 70 and 50 in its quarters: 80 at most. Elsewhere 30 and 40."""
    first, second = poor.nlargest(2).index
    whole, part = ({"kind": "health", "programme": name} for name in ("Klinik", "Posyandu"))
    add(city, whole | {"kode": first, "period": "2025", "reached": "100"},
        *(part | {"kode": first, "period": f"2025-Q{place}", "reached": str(count)}
          for place, count in enumerate((60, 80, 70, 50), start=1)),
        whole | {"kode": second, "period": "2025", "reached": "30"},
        part | {"kode": second, "period": "2025-Q1", "reached": "40"})  # fmt: skip
    app = open_page("program", **ENGLISH, bagian="ganda", jenis="health")
    assert ("health: Klinik (APBN) and Posyandu (APBN)", "2", "110", "0") in rows(app)
    listed = app.dataframe[0].value
    assert sorted(listed["Period of the other"])[1:] == ["2025-Q1", "2025-Q2", "2025-Q3", "2025-Q4"]
    assert set(listed["Period of the one"]) == {"2025"}


def test_city_and_province_in_one_place_are_told(city, poor, names):
    same = {"kind": "health", "period": "2025", "kode": poor.idxmax(), "programme": "Klinik"}
    add(city, same | {"funder": "APBD kota", "reached": "30"},
        same | {"funder": "APBD provinsi", "reached": "50"})  # fmt: skip
    app = open_page("program", **ENGLISH, bagian="ganda")
    assert "In 1 of them the city and the province both pay" in texts(app)
    row = app.dataframe[0].value.iloc[0]
    assert (row["Kelurahan"], row["Served twice, at most"], row["City and province"]) == (
        names[poor.idxmax()], "30", "yes",
    )  # fmt: skip


@pytest.mark.parametrize(("group", "table"), [("keluarga", "families"), ("orang", "people")])
def test_coverage_is_reached_for_each_hundred_in_deciles_one_and_two(city, done, group, table):
    app = open_page("program", **ENGLISH, bagian="cakupan", tahun_program="2023", golongan=group)
    counted = pd.read_csv(DATA / "example" / f"dtsen_{table}.csv", dtype=str)
    deciles = counted[counted["indicator"].isin([f"dtsen_{table}_d1", f"dtsen_{table}_d2"])]
    before = deciles[deciles["period"] <= "2023-Q4"]
    newest = before[before["period"] == before["period"].max()]
    meant = newest.astype({"value": float}).groupby("kode")["value"].sum()
    own = done[done["period"] == "2023"]
    told = {row[0]: row[1:] for row in rows(app) if len(row) == 5}
    for programme, part in own.groupby("programme"):
        reached, people = part["reached"].sum(), meant[part["kode"].unique()].sum()
        areas = part["kode"].nunique()
        assert told[programme] == (
            f"{reached:,.0f}", f"{people:,.0f}", f"{reached / people * 100:,.1f} %",
            f"{areas} of 57",
        )  # fmt: skip


def test_coverage_names_the_periods_of_both_deciles(city):
    file = city / "example" / "dtsen_families.csv"
    table = pd.read_csv(file, dtype=str)
    newest, before = sorted(table["period"].unique())[:-3:-1]
    gone = (table["indicator"] == "dtsen_families_d2") & (table["period"] == newest)
    republish(file, table[~gone])
    app = open_page("program", **ENGLISH, bagian="cakupan")
    assert f"families in deciles 1 and 2 ({newest}, {before})" in texts(app)
    assert f"Period: {newest}, {before}" in page_html(app)


# --- what may not be shown ---------------------------------------------------------------------


@pytest.mark.parametrize("part", PARTS)
def test_small_counts_of_those_reached_cannot_be_told_from_others(city, part):
    """Two kelurahan of one kecamatan change places: 2 and 3 become 3 and 2."""
    file = city / "example" / "interventions.csv"
    table = pd.read_csv(file, dtype=str, keep_default_na=False)
    meals = table[(table["programme"] == "Rantang Kasih") & (table["period"] == "2025")]
    small = meals[meals["reached"].isin(["2", "3"])]
    kecamatan = small["kode"].str[:8]
    home = kecamatan[small.groupby(kecamatan)["reached"].transform("nunique") == 2].iloc[0]
    two = small[kecamatan == home].drop_duplicates("reached").index
    seen = [everything(open_page("program", **ENGLISH, bagian=part))]
    for column in ("reached", "target"):
        table.loc[two, column] = table.loc[two[::-1], column].to_numpy()
    republish(file, table)
    seen.append(everything(open_page("program", **ENGLISH, bagian=part)))
    assert seen[0] == seen[1]


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("against", ["jangkauan", "dana"])
def test_a_covered_need_cannot_be_told_from_another(city, part, against):
    seen = []
    for count in (3, 4):
        file = city / "example" / "poor_people.csv"
        table = pd.read_csv(file, dtype={"kode": str})
        table.loc[table.index % 57 == 3, "value"] = count
        republish(file, table)
        app = open_page("program", **ENGLISH, bagian=part, lawan=against)
        assert "the need is not known, or too small to show" in texts(app)
        seen.append(everything(app))
    assert seen[0] == seen[1]


def test_a_small_count_hides_its_budget_too(city, poor):
    place = {"kode": poor.idxmax(), "period": "2025", "kind": "sanitation", "programme": "Jamban"}
    add(city, place | {"reached": "3", "target": "3", "budget_rp": "15000000"})
    query = {"kelurahan": poor.idxmax(), "program": "Jamban"}
    row = open_page("program", **ENGLISH, **query).dataframe[1].value.iloc[0]
    assert (row["Target"], row["Reached"], row["Budget"]) == ("•", "•", "•")
    told = everything(open_page("program", **ENGLISH, **query, bagian="peta", lawan="dana"))
    assert "The budget would give a small count away, so it is not shown." in told[0]
    assert "15,000,000" not in str(told)
    row = open_page("program", **ALL_COUNTS, **query).dataframe[1].value.iloc[0]
    assert (row["Target"], row["Reached"]) == ("3", "3")


def test_the_profile_covers_what_the_page_program_covers(city):
    """Of 3, 8 and 20 in one kecamatan the 3 is too small, and the 8 would tell it."""
    what = {"period": "2025", "kind": "sanitation", "programme": "Jamban", "status": "done"}
    for kode, count in (("1001", 3), ("1002", 8), ("1003", 20)):
        count_and_money = {"reached": str(count), "budget_rp": f"{count}000000"}
        add(city, what | count_and_money | {"kode": f"35.73.02.{kode}"})
    home = {"kode": "35.73.02.1001", "period": "2025", "kind": "housing", "programme": "RTLH"}
    add(city, home | {"reached": "2", "target": "2"})

    def listed(kode, programme):
        app = open_page("profil", **ENGLISH, kelurahan=f"35.73.02.{kode}")
        table = app.dataframe[1].value.set_index("Programme")
        return tuple(table.loc[programme, ["Target", "Reached", "Budget"]])

    assert listed("1001", "Jamban") == listed("1002", "Jamban") == ("–", "not shown", "not shown")
    assert listed("1003", "Jamban")[1] == "20"
    assert listed("1001", "RTLH") == ("2", "2", "–")
    app = open_page("profil", **ALL_COUNTS, kelurahan="35.73.02.1001")
    assert "3" in app.dataframe[1].value["Reached"].tolist()


def test_small_counts_are_covered_in_the_matrix_and_their_sum_stays(city, done):
    app = open_page("program", **ENGLISH, bagian="matriks")
    cells = matrix(app).set_index("Kelurahan")["Rantang Kasih"]
    meals = done[(done["programme"] == "Rantang Kasih") & (done["period"] == "2025")]
    small = meals[(meals["reached"] < 5) & (meals["reached"] > 0)]["kelurahan"]
    assert len(small) > 1
    assert (cells[small] == "•").all()
    assert (figures(cells).dropna() >= 5).all()
    told = rows(open_page("program", **ENGLISH, bagian="cakupan"))
    reached = next(row for row in told if row[0] == "Rantang Kasih")[1]
    assert reached == f"{meals['reached'].sum():,.0f}"


def test_a_sum_that_would_give_a_covered_count_away_is_not_shown(city, poor):
    place = {"kode": poor.idxmax(), "period": "2025", "kind": "health", "programme": "Klinik"}
    add(city, place | {"reached": "3"})
    told = rows(open_page("program", **ENGLISH, bagian="cakupan"))
    covered = ("Klinik", "too small to show", "too small to show", "–", "1 of 57")
    assert covered in told
    told = rows(open_page("program", **ALL_COUNTS, bagian="cakupan"))
    assert next(row for row in told if row[0] == "Klinik")[1] == "3"


def test_no_filter_leaves_one_covered_count_in_a_sum(city):
    """Of 3, 8 and 20 the 3 and the 8 are covered; only the 3 and the 20 are running."""
    for kode, count, status in (
        ("1001", 3, "running"),
        ("1002", 8, "done"),
        ("1003", 20, "running"),
    ):
        add(city, KLINIK | {"kode": f"35.73.02.{kode}", "reached": str(count), "status": status})
    whole = data.city(covered=True)
    period = whole.periods("dtsen_families_d1")[-1]
    found = [whole.measure(f"dtsen_families_d{one}", period) for one in (1, 2)]

    def told(**kept):
        choice = programmes.Choice("2025", **kept)
        return programcoverage.covered_coverage(whole, choice, found).loc["Klinik", "reached"]

    assert told() == 31
    assert np.isnan(told(status="running"))
    assert np.isnan(told(status="done"))


@pytest.mark.parametrize(
    ("counts", "told"),
    [
        ((1, 1), "The budget would give a small count away"),  # nothing but 1 and 1 makes 2
        ((2, 3), "All 2 entries say their budget, IDR 5,000,000 together."),
    ],
)
def test_a_sum_of_budgets_tells_no_covered_count(city, counts, told):
    """The price of one is known: a million each; nobody else is reached."""
    for kode, count in zip(("1001", "1002"), counts, strict=True):
        money = {"reached": str(count), "budget_rp": f"{count}000000"}
        add(city, KLINIK | money | {"kode": f"35.73.02.{kode}"})
    choice, whole = programmes.Choice("2025", programme="Klinik"), data.city(covered=True)
    seen = Selection("poor_people", "2025", Scheme(), ALL, ALL, "", "")
    said = " ".join(programwords.sentences(whole, seen, choice)).replace("\xa0", " ")
    assert told in said


def test_budgets_of_a_filter_tell_no_covered_count(city):
    """Of 3 and 8 in one kecamatan only the 3 is running."""
    for kode, count, status in (
        ("1001", 3, "running"),
        ("1002", 8, "done"),
        ("1003", 20, "running"),
    ):
        money = {"reached": str(count), "budget_rp": f"{count}000000", "status": status}
        add(city, KLINIK | money | {"kode": f"35.73.02.{kode}"})
    seen = Selection("poor_people", "2025", Scheme(), ALL, ALL, "", "")
    choice = programmes.Choice("2025", programme="Klinik", status="running")
    said = " ".join(programwords.sentences(data.city(covered=True), seen, choice))
    assert "IDR\xa020,000,000" in said
    assert "23,000,000" not in said
    assert "Not in it are 1 that would give a small count away." in said


def test_what_the_maps_cover_the_matrix_covers_too(city):
    """One small count is alone in its kecamatan, so another is covered with it, on both pages."""
    for name in ("recipients", "interventions"):
        file = city / "example" / f"{name}.csv"
        table = pd.read_csv(file, dtype=str, keep_default_na=False)
        columns = ["value"] if name == "recipients" else ["target", "reached"]
        what = "indicator" if name == "recipients" else "programme"
        meals = table[what].str.casefold().str.replace(" ", "_").str.endswith("rantang_kasih")
        here = meals & (table["period"] == "2025") & table["kode"].str.startswith("35.73.02")
        assert here.sum() == 11
        table.loc[here, columns] = "8"
        table.loc[here & (table["kode"] == "35.73.02.1004"), columns] = "2"
        republish(file, table)
    whole = data.city(covered=True)
    covered = is_suppressed(whole.measure("recipients_rantang_kasih", "2025"))
    assert covered["35.73.02.1001":"35.73.02.1011"].sum() == 2
    cells = programmatrix.cell_texts(whole, programmes.Choice("2025"))["Rantang Kasih"]
    assert (cells == "•").equals(covered)


def test_the_table_taken_home_says_what_the_page_says(city):
    activate("id")
    whole = data.city(covered=True)
    seen = Selection("poor_people", "2025", Scheme(), ALL, ALL, "", "")
    choice = programmes.Choice("2024")
    home = programmatrix.rows(whole, seen, choice)
    cells = programmatrix.cell_texts(whole, choice).reindex(home.iloc[:, 0])
    assert len(home) == 57
    for programme in cells:
        numbers = [int(text.removeprefix("≥ ").replace(".", "")) if text[-1].isdigit() else text
                   for text in cells[programme]]  # fmt: skip
        assert home[programme].tolist() == numbers
        least = cells[programme].str.startswith("≥").to_numpy()
        assert home.iloc[:, -1].str.contains(str(programme)).tolist() == least.tolist()


# --- bad data ----------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize("part", PARTS)
def test_every_part_is_drawn_in_both_languages(city, part, language):
    app = open_page("program", bahasa=language, bagian=part, tahun_program="2023")
    assert not app.error
    assert not app.warning


def test_a_city_without_programmes_says_so(monkeypatch):
    monkeypatch.setenv("KANTONG_DATA", str(TUTORIAL))
    app = open_page("program", **ENGLISH)
    assert "No programme is recorded here yet." in [one.value for one in app.info]
    assert not app.error
    parts = next(one.options for one in app.get("button_group") if one.key == "bagian")
    assert "Record" in parts
    assert "Who is where" not in parts


def test_what_cannot_be_placed_or_paid_for_is_told_and_nothing_is_lost(city, done):
    add(city, {"kode": "35.73.99.1001"}, {"funder": "Yayasan X"}, {"funder": ""})
    told = texts(open_page("program", **ENGLISH, tahun_program="2023"))
    assert "1 interventions are in kelurahan that are not among the boundaries" in told
    assert "35.73.99.1001" in told
    assert "1 interventions are paid by funders that are not known: 'Yayasan X'" in told
    assert "1 interventions do not say who pays" in told
    assert f"of {(done['period'] == '2023').sum() + 2} entries say their budget" in told
    assert "not known who" in told


def test_overlapping_periods_are_told_and_the_largest_count_is_taken(city):
    place = {"kode": "35.73.01.1001", "programme": "Klinik", "kind": "health"}
    add(city, *(place | {"period": period, "reached": count} for period, count in
                (("2025", "50"), ("2025-Q1", "70"), ("2025-Q2", "60"))))  # fmt: skip
    app = open_page("program", **ALL_COUNTS, program="Klinik")
    cells = matrix(app).set_index("Kelurahan")["Klinik"]
    assert cells["Balearjosari"] == "70"
    assert "Klinik stands for the whole of 2025 and for quarters of it" in texts(app)


def test_numbers_that_cannot_be_are_refused_with_the_reason(city):
    add(city, {"reached": "-5"})
    app = open_page("program", **ENGLISH)
    assert any("negative" in one.value for one in app.warning)
    assert not app.error
    app = open_page("profil", **ENGLISH, kelurahan="35.73.01.1001")
    assert any("negative" in one.value for one in app.warning)


def test_names_that_are_markup_stay_text(city):
    bad = "<b onclick='x()'>[x](http://y.example)</b>{{6*7}}"
    place = {"kode": "35.73.01.1001", "period": "2025"}
    add(city, place | {"programme": bad, "funder": bad, "kind": bad, "status": bad,
                       "strategy": bad, "reached": "50"})  # fmt: skip
    for part in PARTS:
        app = open_page("program", **ENGLISH, bagian=part, kelurahan="35.73.01.1001", program=bad)
        assert "<b onclick" not in page_html(app)
        assert not any("[x](" in one.value for one in (*app.markdown, *app.subheader))
        assert "onclick" in texts(app)
        assert not any("{{" in sent or "<b" in sent for sent in drawn_maps(app))
