import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from kantong.geo.errors import StoreError, TableError
from kantong.geo.schema import INTERVENTION_COLUMNS
from kantong.store import audit, interventions, tables
from kantong.store.decisions import Alias
from kantong.store.interventions import Correction
from kantong.store.library import load
from tests.conftest import DATA
from tests.store.samples import AREA, CODES

NAN = float("nan")


def entry(**changes):
    """Return one row as a page gives it."""
    return {
        "programme": "PKH", "strategy": "raise_income", "kind": "cash", "funder": "APBN",
        "kode": CODES[0], "period": "2025", "target": 100, "reached": 80, "budget_rp": NAN,
        "status": "running", "source": "Laporan Dinsos", "note": "",
    } | changes  # fmt: skip


def rows(*changes, dtype=None):
    return pd.DataFrame([entry(**one) for one in changes], dtype=dtype)


def three():
    """Return a row for each of the codes."""
    return rows(
        {"kode": CODES[0]},
        {"kode": CODES[1], "target": None, "reached": None},
        {"kode": CODES[2], "period": "2025-Q3", "budget_rp": 4_870_000_000},
    )


def enter(store, entries, who="dinsos", **options):
    return interventions.enter(store, AREA, entries, CODES, who, **options)


def correct(store, number, version=1, who="bappeda", reason="", **changes):
    given = Correction(version=version, changes=changes, reason=reason)
    return interventions.correct(store, number, given, CODES, who)


def held(store, **options):
    return interventions.interventions(store, AREA, **options)


def test_entries_come_back_as_they_were_and_missing_stays_missing(store):
    before = audit.now()
    ids = enter(store, three())
    found = held(store)
    assert ids == found["id"].tolist()
    assert tuple(found.columns) == interventions.STORED_COLUMNS
    given_columns = list(interventions.ENTRY_COLUMNS)
    figures = dict.fromkeys(interventions.WHOLE_COLUMNS, float)
    pd.testing.assert_frame_equal(found[given_columns], three()[given_columns].astype(figures))
    assert (found["version"] == 1).all()
    assert found["kept"].all()
    assert (found["entered_by"] == "dinsos").all()
    assert found["entered_at"].between(before, audit.now()).all()
    assert held(store)["entered_at"].dt.tz == dt.UTC
    assert interventions.interventions(store, "35.73").empty


def test_the_table_of_the_data_folder_goes_in_and_comes_out_the_same(store):
    package = load(DATA).interventions
    names = package.drop_duplicates("kode").set_index("kode")["kelurahan"]
    interventions.enter(store, "35.73", package, set(names.index), "dinsos")
    stored = interventions.stored_interventions(store, "35.73", names)
    told = stored.datasets[interventions.ENTERED]
    assert (told.imported, told.simulated) == (True, False)
    assert (stored.interventions["dataset"] == told.id).all()
    pd.testing.assert_frame_equal(
        stored.interventions.drop(columns="dataset"), package.drop(columns="dataset")
    )


def test_no_entry_is_a_table_of_the_same_kind_without_rows(store):
    nothing = interventions.stored_interventions(store, AREA)
    enter(store, three())
    something = interventions.stored_interventions(store, AREA)
    assert tuple(nothing.interventions.columns) == INTERVENTION_COLUMNS
    assert nothing.interventions.dtypes.tolist() == something.interventions.dtypes.tolist()
    assert (len(nothing.interventions), nothing.datasets) == (0, {})


def test_the_sources_and_the_hash_of_the_entries_are_told(store):
    enter(store, rows({}, {"kode": CODES[1], "source": "SK Wali Kota"}))
    first = interventions.stored_interventions(store, AREA).datasets[interventions.ENTERED]
    assert first.source == "Laporan Dinsos, SK Wali Kota"
    assert first.note["en"].startswith("2 entries, the last on 20")
    correct(store, 1, reached=81)
    second = interventions.stored_interventions(store, AREA).datasets[interventions.ENTERED]
    assert first.sha256 != second.sha256


def test_every_fault_of_every_row_is_told_and_nothing_is_entered(store):
    wrong = rows(
        {},
        {"kode": "99.01.09.1009", "kind": "uang", "target": -1},
        {"kode": "35.73.01.1001", "strategy": "", "period": "2025-13", "reached": 2.5},
        {"status": "Selesai", "kode": CODES[1], "budget_rp": "Rp2 miliar", "programme": " "},
        {"kode": CODES[2], "funder": None, "note": "NIK 3573010101800001", "source": "x" * 501},
    )
    with pytest.raises(TableError) as caught:
        enter(store, wrong)
    assert sorted(str(caught.value).splitlines()) == sorted(
        [
            "Row 4: programme is empty. Fill it in.",
            "Row 5: funder is empty. Fill it in.",
            "Row 5: source has over 500 letters. Shorten it.",
            "Row 5: note holds what may be an identity number. Take it out.",
            "Row 3: '' is not known as strategy. Use one of: raise_income, cut_spending, direct.",
            f"Row 2: 'uang' is not known as kind. Use one of: {', '.join(interventions.KINDS)}.",
            "Row 4: 'Selesai' is not known as status. Use one of: planned, pledged, running, done.",
            (
                "Row 2, 3: '99.01.09.1009', '35.73.01.1001' is no kelurahan of the boundaries. "
                "Choose its code from the list."
            ),
            "Row 3: '2025-13' is no period. Write 2025 for a year, 2025-Q3 for a quarter.",
            *(
                f"Row {row}: {given} in {column} is no whole number from 0 up. Correct it, or "
                "leave it empty where it is not known."
                for row, given, column in (
                    (2, "'-1'", "target"),
                    (3, "'2.5'", "reached"),
                    (4, "'Rp2 miliar'", "budget_rp"),
                )
            ),
        ]
    )
    assert held(store, withdrawn=True).empty
    assert audit.revision(store)[0] == 0


@pytest.mark.parametrize("period", ["2025", "2025-Q1", "2025-Q4", 2025, 2025.0, " 2025 "])
def test_years_and_quarters_are_periods(store, period):
    enter(store, rows({"period": period}))
    assert held(store)["period"].item() == str(period).strip().removesuffix(".0")


@pytest.mark.parametrize("period", ["", "25", "2025-Q5", "2025-q3", "2025Q3", "2025-07", "3025"])
def test_other_texts_are_no_periods(period):
    with pytest.raises(TableError, match=r"Row 1: .* is no period\. Write 2025"):
        interventions.check(rows({"period": period}), CODES)


@pytest.mark.parametrize("column", interventions.WHOLE_COLUMNS)
@pytest.mark.parametrize("number", [-1, 0.5, float("inf"), 2**60, True, "12", "1.000", -(2**80)])
def test_only_whole_numbers_from_zero_up_are_figures(column, number):
    with pytest.raises(TableError, match=f"Row 1: .* in {column} is no whole number"):
        interventions.check(rows({"target": None, column: number}), CODES)


@pytest.mark.parametrize("number", [None, NAN, pd.NA, pd.NaT, "", " "])
def test_an_empty_cell_is_a_figure_that_is_not_known(store, number):
    enter(store, rows({"target": number}).astype(object))
    assert np.isnan(held(store)["target"].item())


def test_zero_is_known(store):
    enter(store, rows({"target": 0, "reached": 0, "budget_rp": 0}))
    assert held(store)[list(interventions.WHOLE_COLUMNS)].to_numpy().tolist() == [[0, 0, 0]]


@given(st.lists(st.tuples(*[st.none() | st.integers(0, 2**53)] * 3), min_size=3, max_size=3))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
def test_figures_are_kept_to_the_last_digit(store, figures):
    entries = rows(
        *(
            {"kode": kode, **dict(zip(interventions.WHOLE_COLUMNS, three_, strict=True))}
            for kode, three_ in zip(CODES, figures, strict=True)
        )
    )
    ids = enter(store, entries.astype(dict.fromkeys(interventions.WHOLE_COLUMNS, object)))
    found = held(store)
    interventions.withdraw(store, ids, "dinsos")
    back = [
        tuple(None if np.isnan(one) else int(one) for one in row)
        for row in found[list(interventions.WHOLE_COLUMNS)].to_numpy()
    ]
    assert back == figures


def test_missing_columns_are_told():
    with pytest.raises(TableError, match=r"The columns funder, budget_rp are missing\. Add them"):
        interventions.check(three().drop(columns=["funder", "budget_rp", "note"]), CODES)


@pytest.mark.parametrize("entries", [three().head(0), pd.DataFrame([dict.fromkeys(entry(), None)])])
def test_a_table_without_rows_is_not_entered(entries):
    with pytest.raises(TableError, match="There is no row to enter"):
        interventions.check(entries, CODES)


def test_rows_with_nothing_in_them_are_passed_over_and_counted(store):
    nothing = pd.DataFrame([dict.fromkeys(entry(), None)])
    assert len(enter(store, pd.concat([nothing, three(), nothing]))) == 3
    wrong = pd.concat([nothing, rows({"kind": "x"})])
    with pytest.raises(TableError, match="Row 2: 'x' is not known"):
        interventions.check(wrong, CODES)


def test_remarks_may_be_left_out(store):
    enter(store, three().drop(columns=["source", "note"]))
    assert held(store)[["source", "note"]].to_numpy().tolist() == [["", ""]] * 3


def test_texts_lose_what_nobody_sees(store):
    enter(store, rows({"programme": "  Bedah \n rumah\0 ", "note": "a\ud800b"}, dtype=object))
    assert held(store)[["programme", "note"]].to_numpy().tolist() == [["Bedah rumah", "ab"]]
    correct(store, 1, note="\udc00 c")
    assert held(store)["note"].item() == "c"


def test_the_same_intervention_twice_in_one_go_is_refused():
    entries = rows({}, {"kode": CODES[1]}, {"programme": "pkh", "target": 7})
    with pytest.raises(TableError, match=r"Row 1, 3: the same programme, kelurahan, period and"):
        interventions.check(entries, CODES)


@pytest.mark.parametrize(
    "other", [{"programme": "BPNT"}, {"kode": CODES[1]}, {"period": "2024"}, {"funder": "CSR"}]
)
def test_another_programme_kelurahan_period_or_funder_is_another_intervention(store, other):
    assert interventions.check(rows({}, other), CODES) == []
    enter(store, rows({}))
    assert len(enter(store, rows(other))) == 1


def test_what_is_entered_already_is_not_entered_again(store):
    enter(store, three())
    again = rows({"kode": CODES[1], "programme": "pkh"}, {"funder": "Baznas"})
    with pytest.raises(TableError, match=r"Row 1: this .* entered already as intervensi-2"):
        enter(store, again)
    with pytest.raises(TableError, match="entered already as intervensi-2"):
        interventions.check(again, CODES, held(store))
    assert len(held(store)) == 3
    interventions.withdraw(store, [2], "dinsos")
    assert interventions.check(again, CODES, held(store, withdrawn=True)) == []
    assert len(enter(store, again)) == 2


def test_the_same_in_another_area_is_another_intervention(store):
    enter(store, three())
    there = rows({"kode": "35.73.01.1001"})
    interventions.enter(store, "35.73", there, ["35.73.01.1001"], "dinsos")
    assert len(held(store)) == 3
    assert len(interventions.interventions(store, "35.73")) == 1


def test_more_reached_than_the_target_is_to_be_looked_at_and_entered(store):
    entries = rows(
        {"reached": 101}, {"kode": CODES[1], "reached": 100}, {"kode": CODES[2], "target": NAN}
    )
    (told,) = interventions.check(entries, CODES)
    assert str(told) == "Row 1: more were reached than was the target. Check both."
    assert len(enter(store, entries)) == 3


def test_a_year_and_its_quarter_are_to_be_looked_at(store):
    quarter = rows({"period": "2025-Q3"}, {"period": "2024-Q3"}, {"period": "2025-Q1"})
    (told,) = interventions.check(pd.concat([rows({}), quarter]), CODES)
    assert str(told).startswith("Row 1, 2, 4: a year and a quarter of it are entered")
    assert interventions.check(quarter, CODES) == []
    enter(store, rows({}))
    (told,) = interventions.check(quarter, CODES, held(store))
    assert str(told).startswith("Row 1, 3: a year and a quarter")
    assert interventions.check(quarter.assign(funder="CSR"), CODES, held(store)) == []


def test_a_correction_is_a_new_version_and_the_old_stays(store):
    enter(store, three())
    assert correct(store, 2, target=50, note="menurut SK", reason="salah ketik") == []
    found = held(store).set_index("id")
    assert found["version"].to_dict() == {1: 1, 2: 2, 3: 1}
    assert found.loc[2, ["target", "note", "entered_by"]].tolist() == [50, "menurut SK", "bappeda"]
    versions = interventions.history(store, 2)
    assert tuple(versions.columns) == interventions.HISTORY_COLUMNS
    assert versions["version"].tolist() == [1, 2]
    assert np.isnan(versions["target"][0])
    assert versions["reason"].tolist() == ["", "salah ketik"]
    assert versions["entered_by"].tolist() == ["dinsos", "bappeda"]


def test_a_figure_can_be_corrected_to_not_known(store):
    enter(store, rows({}))
    correct(store, 1, target=None)
    assert np.isnan(held(store)["target"].item())


def test_a_correction_is_checked_like_an_entry(store):
    enter(store, rows({}, {"kode": CODES[1]}))
    for changes, message in (
        ({"kode": "99.01.09.1009", "target": -1}, "Entry 2: '99.01.09.1009' is no kelurahan"),
        ({"target": -1}, "Entry 2: '-1' in target is no whole number"),
        ({"kode": CODES[0]}, "Entry 2: this programme.* entered already as intervensi-1"),
    ):
        with pytest.raises(TableError, match=message):
            correct(store, 2, **changes)
    (told,) = correct(store, 2, reached=101)
    assert str(told).startswith("Entry 2: more were reached")
    assert held(store)["version"].tolist() == [1, 2]


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda store: correct(store, 9, target=1), "intervensi-9: there is no such entry"),
        (lambda store: correct(store, 2, target=1), "intervensi-2: is withdrawn already"),
        (lambda store: correct(store, 1, target=100.0), "intervensi-1: nothing differs"),
        (
            lambda store: correct(store, 3, target=1),
            r"intervensi-3: was corrected by someone else meanwhile \(version 2\)",
        ),
        (lambda store: interventions.withdraw(store, [1, 2], "x"), "intervensi-2: is withdrawn"),
        (lambda store: interventions.withdraw(store, [1, 9], "x"), "intervensi-9: there is no"),
        (lambda store: interventions.bring_back(store, [2, 1], "x"), "intervensi-1: is kept"),
        (lambda store: interventions.history(store, 9), "intervensi-9: there is no such entry"),
    ],
)
def test_what_cannot_be_done_is_told_and_leaves_all_as_it_was(store, act, message):
    enter(store, three())
    interventions.withdraw(store, [2], "dinsos")
    correct(store, 3, target=5)
    before, revision = held(store, withdrawn=True), audit.revision(store)
    with pytest.raises(StoreError, match=message):
        act(store)
    pd.testing.assert_frame_equal(held(store, withdrawn=True), before)
    assert audit.revision(store) == revision


def test_withdrawn_entries_are_kept_and_come_back(store):
    enter(store, three())
    before = held(store)
    interventions.withdraw(store, [1, 3, 1], "bappeda", "berkas salah")
    assert held(store)["id"].tolist() == [2]
    assert held(store, withdrawn=True)["kept"].tolist() == [False, True, False]
    assert len(interventions.history(store, 1)) == 1
    interventions.bring_back(store, [1, 3], "bappeda")
    pd.testing.assert_frame_equal(held(store), before)


def test_what_was_entered_anew_is_not_brought_back_beside_it(store):
    enter(store, three())
    interventions.withdraw(store, [1, 2], "dinsos")
    enter(store, rows({}))
    with pytest.raises(StoreError, match="intervensi-1, intervensi-4: entered anew meanwhile"):
        interventions.bring_back(store, [2, 1], "dinsos")
    assert held(store)["id"].tolist() == [3, 4]


def test_the_trail_tells_who_did_what(store):
    enter(store, three())
    correct(store, 1, target=90, reason="salah ketik")
    interventions.withdraw(store, [2, 3], "bappeda", "ganda")
    interventions.bring_back(store, [3], "sekda")
    trail = audit.trail(store, AREA)
    told = trail[["who", "action", "subject"]].to_numpy().tolist()
    assert told == [
        ["dinsos", "enter interventions", "intervensi-1, intervensi-2, intervensi-3"],
        ["bappeda", "correct intervention", "intervensi-1"],
        ["bappeda", "withdraw interventions", "intervensi-2, intervensi-3"],
        ["sekda", "bring back interventions", "intervensi-3"],
    ]
    assert trail["detail"].tolist() == [
        {"rows": 3, "first": 1, "last": 3},
        {"version": 2, "changed": ["target"], "reason": "salah ketik"},
        {"ids": [2, 3], "reason": "ganda"},
        {"ids": [3], "reason": ""},
    ]


def test_the_database_itself_refuses_changes(store):
    enter(store, three())
    fixed = [f"interventions.{name}" for name in ("id", "area")]
    fixed += [f"intervention_versions.{one.name}" for one in tables.INTERVENTION_VERSIONS.c]
    for column in fixed:
        table, name = column.split(".")
        with pytest.raises(DBAPIError, match=f"{table} must not be changed"), store.begin() as one:
            one.execute(text(f"UPDATE {table} SET {name} = {name}"))  # noqa: S608 - our own names
    for table in ("intervention_versions", "interventions"):
        with pytest.raises(DBAPIError, match=f"{table} must not be deleted"), store.begin() as one:
            one.execute(text(f"DELETE FROM {table}"))  # noqa: S608 - our own names
    assert len(held(store)) == 3


def take_in(store, entries, who="dinsos", reason="daftar.xlsx"):
    return interventions.take_in(store, AREA, entries, CODES, who, reason)


def test_a_list_enters_what_is_new_corrects_what_differs_and_leaves_the_rest(store):
    first, second, _third = enter(store, three())
    again = rows(
        {"kode": CODES[0]},
        {"kode": CODES[1], "target": 55, "reached": None},
        {"programme": "Kursus las", "kind": "training", "kode": CODES[0], "period": "2026"},
    ).set_axis([4, 7, 9])
    found = take_in(store, again)
    assert (found.new, dict(found.changed), found.same) == ((9,), {second: 7}, (4,))
    held = interventions.interventions(store, AREA).set_index("id")
    assert len(held) == 4
    assert (held.loc[second, "target"], held.loc[second, "version"]) == (55, 2)
    assert held.loc[first, "version"] == 1
    assert interventions.history(store, second)["reason"].tolist() == ["", "daftar.xlsx"]
    assert interventions.compare(again, interventions.interventions(store, AREA)).same == (4, 7, 9)


def test_an_empty_cell_of_a_list_leaves_what_is_entered(store):
    enter(store, rows({"reached": 80, "note": "Tahap 1"}))
    blank = rows({"reached": None, "target": None, "note": "", "source": ""})
    assert take_in(store, blank).same == (0,)
    changed = rows({"reached": 81, "target": None, "note": ""})
    assert list(take_in(store, changed).changed.values()) == [0]
    (one,) = interventions.interventions(store, AREA).to_dict("records")
    assert (one["reached"], one["target"], one["note"]) == (81, 100, "Tahap 1")


def test_a_list_with_one_bad_row_changes_nothing(store):
    (number,) = enter(store, rows({}))
    bad = rows({"target": 7}, {"programme": "X", "kind": "sulap"})
    with pytest.raises(TableError, match="is not known as kind"):
        take_in(store, bad)
    (one,) = interventions.interventions(store, AREA).to_dict("records")
    assert (one["id"], one["version"], one["target"]) == (number, 1, 100)


def test_rows_of_a_list_are_looked_at_by_their_line_also_those_that_correct(store):
    enter(store, three())
    again = rows(
        {"kode": CODES[1], "target": None, "reached": None},
        {"kode": CODES[0], "target": None, "reached": 8000},
        {"programme": "Kursus las", "kind": "training", "period": "2026", "target": 5},
    ).set_axis([4, 7, 9])
    found, odd = interventions.check_list(again, CODES, held(store))
    assert (found.new, found.changed, found.same) == ((9,), {1: 7}, (4,))
    assert [str(fault) for fault in odd] == [
        "Line 7, 9: more were reached than was the target. Check both."
    ]
    for column, message in (("note", "Line 7: note has over"), ("kode", "Line 9: 'x' is no kel")):
        wrong = again.copy()
        wrong.loc[7, "note"] = "x" * 501 if column == "note" else ""
        wrong.loc[9, "kode"] = "x" if column == "kode" else CODES[0]
        with pytest.raises(TableError, match=message):
            interventions.check_list(wrong, CODES, held(store))


def test_a_list_of_what_is_entered_already_has_nothing_to_look_at(store):
    enter(store, rows({"reached": 8000}))
    found, odd = interventions.check_list(rows({"reached": 8000}), CODES, held(store))
    assert (found.same, odd) == ((0,), [])


def test_a_list_with_a_decision_that_cannot_be_remembered_changes_nothing(store):
    wrong = Alias(source="Intervensi", given_kelurahan="3573010101800001", kode=CODES[0])
    with pytest.raises(StoreError, match="may be an identity number"):
        interventions.take_in(store, AREA, three(), CODES, "dinsos", "x", decided=[wrong])
    assert held(store).empty


def test_a_withdrawn_entry_is_entered_anew_by_a_list(store):
    (number,) = enter(store, rows({}))
    interventions.withdraw(store, [number], "dinsos", "keliru")
    assert take_in(store, rows({})).new == (0,)
