import datetime as dt
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kantong.geo.errors import StoreError
from kantong.store import audit, datasets, decisions
from kantong.store.decisions import Alias
from tests.store.programs import together
from tests.store.samples import AREA, CODES, figures, poor, refusals, sample


def held(engine, area=AREA):
    """Return what holds now: the value and the dataset by indicator, period and kode."""
    found = datasets.observations(engine, area)
    return {
        (row.indicator, row.period, row.kode): (row.value, row.id) for row in found.itertuples()
    }


def test_an_import_is_kept_with_all_that_is_known_of_it(store):
    before = audit.now()
    kept = datasets.keep(store, sample(note="Triwulan pertama"), "ani")
    assert before <= kept.imported_at <= audit.now()
    assert kept.imported_at.tzinfo == dt.UTC
    assert (kept.version, kept.status, kept.supersedes) == (1, "kept", None)
    assert (kept.rows_in, kept.rows_matched, kept.rows_review, kept.rows_refused) == (5, 3, 0, 2)
    assert (kept.periods, kept.imported_by, kept.note) == (["2025"], "ani", "Triwulan pertama")
    assert kept.mapping == {"kelurahan": "Nama Kelurahan"}
    assert kept.findings == [{"check": "total", "decision": "keep"}]
    assert datasets.datasets(store, AREA) == [kept]
    assert datasets.datasets(store, "35.73") == []


def test_figures_come_back_as_they_were_and_missing_stays_missing(store):
    given_figures = poor((100.0, 0.1 + 0.2, float("nan")))
    kept = datasets.keep(store, sample(given_figures), "ani")
    pd.testing.assert_frame_equal(datasets.observations_of(store, kept.id), given_figures)


def test_refused_rows_come_back_with_line_and_reason(store):
    kept = datasets.keep(store, sample(), "ani")
    found = datasets.refused(store, kept.id)
    assert found.to_dict("records") == sample().refused.to_dict("records")


def test_versions_count_up_in_their_line_and_never_overwrite(store):
    first = datasets.keep(store, sample(poor((1, 2, 3))), "ani")
    other = datasets.keep(store, sample(poor((7, 8, 9), "2024"), name="dtks"), "ani")
    elsewhere = datasets.keep(
        store, sample(figures(("35.73.01.1001", "", "x", "2025", 1)), area="35.73"), "ani"
    )
    second = datasets.keep(store, sample(poor((4, 5, 6))), "budi")
    assert [one.version for one in (first, other, elsewhere, second)] == [1, 1, 1, 2]
    assert second.supersedes == first.id
    assert datasets.observations_of(store, first.id)["value"].tolist() == [1, 2, 3]
    assert {value for value, _ in held(store).values()} == {4, 5, 6, 7, 8, 9}


def test_the_newest_that_holds_an_indicator_and_period_counts_as_a_whole(store):
    old = datasets.keep(store, sample(pd.concat([poor((1, 2, 3)), poor((1, 2, 3), "2024")])), "ani")
    part = poor((10, 20, float("nan"))).iloc[:2]
    new = datasets.keep(store, sample(part, name="lain"), "ani")
    found = held(store)
    assert found["poor_people", "2025", CODES[0]] == (10, new.id)
    assert ("poor_people", "2025", CODES[2]) not in found
    assert found["poor_people", "2024", CODES[2]] == (3, old.id)


def test_figures_of_rw_are_kept_and_left_out_of_what_holds(store):
    whole = datasets.keep(store, sample(poor((1, 2, 3))), "ani")
    by_rw = figures(
        (CODES[0], "01", "poor_people", "2025", 5), (CODES[0], "02", "poor_people", "2025", 6)
    )
    parts = datasets.keep(store, sample(by_rw), "ani")
    assert set(held(store).values()) == {(1, whole.id), (2, whole.id), (3, whole.id)}
    assert datasets.observations_of(store, parts.id)["rw"].tolist() == ["01", "02"]
    both = datasets.keep(store, sample(pd.concat([poor((11, 5, 6)), by_rw])), "ani")
    assert set(held(store).values()) == {(11, both.id), (5, both.id), (6, both.id)}
    assert len(datasets.observations(store, AREA)) == 3


def test_withdrawn_figures_give_way_and_come_back(store):
    first = datasets.keep(store, sample(poor((1, 2, 3))), "ani")
    second = datasets.keep(store, sample(poor((4, 5, 6))), "ani")
    gone = datasets.withdraw(store, second.id, "budi", "tabel salah")
    assert gone == replace(second, status="withdrawn")
    assert {number for _, number in held(store).values()} == {first.id}
    assert datasets.datasets(store, AREA, withdrawn=False) == [first]
    assert datasets.datasets(store, AREA) == [gone, first]
    assert datasets.keep(store, sample(poor((7, 8, 9))), "ani").supersedes == first.id
    back = datasets.reinstate(store, second.id, "ani")
    assert back == second
    datasets.withdraw(store, 3, "ani", "")
    assert {number for _, number in held(store).values()} == {second.id}


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda store: datasets.withdraw(store, 9, "ani", ""), "impor-9: there is no such dataset"),
        (lambda store: datasets.reinstate(store, 1, "ani"), "impor-1: is kept already"),
    ],
)
def test_what_cannot_be_turned_is_told_and_not_recorded(store, act, message):
    datasets.keep(store, sample(), "ani")
    with pytest.raises(StoreError, match=message):
        act(store)
    assert audit.revision(store)[0] == 1


def test_the_same_file_is_noticed(store):
    first = datasets.keep(store, sample(), "ani")
    datasets.keep(store, sample(sha256="0" * 64), "ani")
    again = datasets.keep(store, sample(name="lain"), "ani")
    datasets.withdraw(store, first.id, "ani", "")
    assert [one.id for one in datasets.same_file(store, AREA, first.sha256)] == [again.id, first.id]
    assert datasets.same_file(store, "35.73", first.sha256) == []


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"rows_in": 6}, "dtsen.csv: 6 rows came in, but 3 matched, 0 in review and 2 refused"),
        ({"rows_matched": 6, "rows_refused": -1}, "do not add up"),
        ({"refused": refusals((6, 1, "x", {}))}, "2 rows are refused, but 1 have a reason"),
        ({"observations": poor((1, 2, 3)).drop(columns="rw")}, "its figures lack rw"),
        ({"observations": poor((1, 2, 3)).iloc[:0]}, "holds no figure to keep"),
        ({"area": "35.73"}, "the codes 99.01.01.1001, 99.01.01.1002, 99.01.02.1003 lie outside"),
        ({"observations": pd.concat([poor((1, 2, 3))] * 2)}, "have two figures for one indicator"),
        ({"observations": poor((1, float("inf"), 3))}, "99.01.01.1002 have a figure without end"),
    ],
)
def test_an_import_that_contradicts_itself_is_not_kept(store, wrong, message):
    with pytest.raises(StoreError, match=message):
        datasets.keep(store, replace(sample(), **wrong), "ani")
    assert datasets.datasets(store, AREA) == []
    assert audit.revision(store)[0] == 0


def test_refused_rows_may_stand_for_several(store):
    many = refusals((0, 2, "{count} rows lie outside.", {"count": 2}))
    assert datasets.keep(store, sample(refused=many), "ani").rows_refused == 2


def test_identity_numbers_are_kept_nowhere(store):
    nik = "3573010101800001"
    spoilt = refusals((6, 2, "Line {line}", {"given": f"SUKUN {nik}", "more": [{nik: nik}]}))
    datasets.keep(
        store,
        sample(
            poor((1, 2, 3), indicator=f"x{nik}"), refused=spoilt, title=nik, source=nik, note=nik,
            file_name=f"C:\\Users\\ani\\{nik}.xlsx", mapping={nik: nik}, findings=[{"a": nik}],
            name=f"a{nik}",
        ),
        nik,
    )  # fmt: skip
    datasets.withdraw(store, 1, nik, nik)
    kept = datasets.datasets(store, AREA)[0]
    frames = (
        datasets.refused(store, 1),
        datasets.observations_of(store, 1),
        audit.trail(store, AREA),
    )
    told = [repr(kept), *(frame.to_csv() for frame in frames)]
    assert nik not in "".join(told)
    assert kept.file_name == "….xlsx"
    assert "SUKUN …" in told[1]


def test_every_act_stands_in_the_trail_in_its_order(store):
    datasets.keep(store, sample(), "ani")
    datasets.withdraw(store, 1, "budi", "tabel salah")
    datasets.reinstate(store, 1, "citra", "ternyata benar")
    trail = audit.trail(store, AREA)
    assert list(zip(trail["who"], trail["action"], trail["subject"], strict=True)) == [
        ("ani", "keep", "impor-1"),
        ("budi", "withdraw", "impor-1"),
        ("citra", "reinstate", "impor-1"),
    ]
    assert trail["detail"][1] == {"reason": "tabel salah"}
    assert trail["at"].is_monotonic_increasing
    assert audit.trail(store, "35.73").empty


def test_decisions_are_remembered_with_the_import_or_nothing_is_kept(store):
    wrong = Alias(source="dtsen", given_kelurahan="3573010101800001", kode=CODES[0])
    right = Alias(source="dtsen", given_kelurahan="SUKUN KIDUL", kode=CODES[0])
    with pytest.raises(StoreError, match="may be an identity number"):
        datasets.keep(store, sample(), "ani", [right, wrong])
    assert (datasets.datasets(store, AREA), decisions.aliases(store, AREA)) == ([], [])
    datasets.keep(store, sample(), "ani", [right])
    assert decisions.aliases(store, AREA) == [right]


def test_an_import_is_dated_by_the_day_of_this_machine(store, monkeypatch):
    """At half past six in Jakarta, UTC has the day before."""
    kept = datasets.keep(store, sample(), "ani")
    monkeypatch.setenv("TZ", "Asia/Jakarta")
    time.tzset()
    try:
        early = dt.datetime(2026, 11, 24, 23, 30, tzinfo=dt.UTC)
        told = replace(kept, imported_at=early).describe().note["en"]
    finally:
        monkeypatch.undo()
        time.tzset()
    assert told.startswith("Imported 2026-11-25")


def test_the_revision_grows_with_every_write(store):
    seen = [audit.revision(store)]
    for act in (
        lambda: datasets.keep(store, sample(), "ani"),
        lambda: datasets.withdraw(store, 1, "ani", ""),
        lambda: datasets.reinstate(store, 1, "ani"),
    ):
        act()
        seen.append(audit.revision(store))
    assert seen == sorted(set(seen))


def test_imports_at_once_get_versions_of_their_own(store):
    with ThreadPoolExecutor(4) as people:
        kept = list(
            people.map(lambda number: datasets.keep(store, sample(), f"{number}"), range(12))
        )
    assert sorted(one.version for one in kept) == list(range(1, 13))
    by_version = sorted(kept, key=lambda one: one.version)
    assert [one.id for one in by_version] == sorted(one.id for one in kept)
    assert [one.supersedes for one in by_version[1:]] == [one.id for one in by_version[:-1]]


KEEP_TEN = "for _ in range(10): datasets.keep(database.for_writing(), sample(), 'ani')"


def test_two_programs_may_import_at_once(store):
    assert together(KEEP_TEN, 2) == ""
    found = datasets.datasets(store, AREA)
    assert [one.version for one in found] == list(range(20, 0, -1))


TEXTS = st.text(st.characters(), max_size=12)
VALUES = st.none() | st.floats(allow_nan=False, allow_infinity=False)


@settings(
    max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(st.lists(st.tuples(TEXTS, VALUES), min_size=1, max_size=6), TEXTS, TEXTS)
def test_any_text_and_number_comes_back(store, rows, title, note):
    content = figures(
        *((CODES[0], f"{number:02d}", "x", "2025", value) for number, (_, value) in enumerate(rows))
    )
    spoken = [{"said": text} for text, _ in rows]
    refused = refusals(*((line, 1, "x", one) for line, one in enumerate(spoken)))
    made = sample(
        content, title=title, note=note, findings=spoken, refused=refused,
        rows_refused=len(rows), rows_in=3 + len(rows),
    )  # fmt: skip
    kept = datasets.keep(store, made, "ani")
    assert (kept.title, kept.note, kept.findings) == tuple(map(audit.clean, (title, note, spoken)))
    assert datasets.refused(store, kept.id)["details"].tolist() == audit.clean(spoken)
    pd.testing.assert_frame_equal(
        datasets.observations_of(store, kept.id), content.astype({"value": float}), check_exact=True
    )
