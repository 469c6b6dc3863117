from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError

from kantong.geo.errors import StoreError
from kantong.store import audit, database, scenarios, tables
from kantong.store.scenarios import Choices
from tests.store.programs import together
from tests.store.samples import AREA

HASH = "0123456789abcdef" * 4
PLAIN = {
    "weights": {"poor_people": 0.1 + 0.2, "unemployed": 3},
    "normalise": "rank",
    "budget_rp": 2_000_000_000,
    "floor": None,
    "public": True,
    "left_out": ["99.01.01.1001", "99.01.02.1003"],
}


def choices(**changes):
    """Return what a page gives to be saved."""
    return Choices(
        **{"name": "Usulan RKPD", "kind": "priority", "settings": PLAIN, "figures_sha256": HASH}
        | changes
    )


def save(store, who="bappeda", **changes):
    return scenarios.save(store, AREA, choices(**changes), who)


def test_a_scenario_is_kept_with_all_that_is_known_of_it(store):
    before = audit.now()
    kept = save(store, note="Rapat 3 Maret", name="  Usulan \n RKPD ")
    assert before <= kept.saved_at <= audit.now()
    assert (kept.id, kept.version, kept.status, kept.saved_by) == (1, 1, "kept", "bappeda")
    assert (kept.area, kept.name, kept.kind) == (AREA, "Usulan RKPD", "priority")
    assert (kept.note, kept.figures_sha256, kept.settings) == ("Rapat 3 Maret", HASH, PLAIN)
    assert scenarios.scenarios(store, AREA) == [kept]
    assert scenarios.scenarios(store, "35.73") == []
    assert scenarios.one(store, AREA, 1) == scenarios.one(store, AREA, " Usulan RKPD") == kept


def test_saving_under_the_same_name_is_a_new_version_and_the_old_stays(store):
    first = save(store)
    other = save(store, name="Usulan lain")
    second = save(store, "dinsos", settings={"normalise": "z"}, figures_sha256="f" * 64)
    assert (second.id, second.version, second.settings) == (first.id, 2, {"normalise": "z"})
    assert scenarios.scenarios(store, AREA) == [second, other]
    assert scenarios.one(store, AREA, "Usulan RKPD") == second
    assert scenarios.one(store, AREA, first.id, 1) == first
    assert scenarios.one(store, AREA, "Usulan RKPD", 1) == first
    assert scenarios.versions(store, first.id) == [second, first]


def test_the_same_name_in_another_area_is_another_scenario(store):
    here = save(store)
    there = scenarios.save(store, "35.73", choices(), "bappeda")
    assert (there.id != here.id, there.version) == (True, 1)
    assert scenarios.one(store, "35.73", "Usulan RKPD") == there
    with pytest.raises(StoreError, match="skenario-1: there is no such scenario"):
        scenarios.one(store, "35.73", here.id)


def test_scenarios_are_listed_by_kind(store):
    ranked, spent = save(store), save(store, name="Dana", kind="allocation")
    assert scenarios.scenarios(store, AREA, "priority") == [ranked]
    assert scenarios.scenarios(store, AREA, "allocation") == [spent]


def test_a_name_of_another_kind_is_refused(store):
    save(store)
    with pytest.raises(StoreError, match="Usulan RKPD: is the name of another kind of scenario"):
        save(store, kind="allocation")
    assert len(scenarios.versions(store, 1)) == 1


def test_a_withdrawn_scenario_is_off_the_list_readable_and_comes_back(store):
    save(store)
    second = save(store, note="kedua")
    gone = scenarios.withdraw(store, 1, "sekda", "dasar berubah")
    assert gone == replace(second, status="withdrawn")
    assert scenarios.scenarios(store, AREA) == []
    assert scenarios.scenarios(store, AREA, withdrawn=True) == [gone]
    assert scenarios.one(store, AREA, 1) == gone
    assert scenarios.one(store, AREA, 1, 1).version == 1
    with pytest.raises(StoreError, match="'Usulan RKPD': there is no such scenario"):
        scenarios.one(store, AREA, "Usulan RKPD")
    assert scenarios.bring_back(store, 1, "sekda") == second
    assert scenarios.scenarios(store, AREA) == [second]


def test_the_name_of_a_withdrawn_scenario_is_free(store):
    save(store)
    scenarios.withdraw(store, 1, "sekda")
    fresh = save(store, kind="allocation")
    assert (fresh.id, fresh.version) == (2, 1)
    with pytest.raises(StoreError, match="Usulan RKPD: another scenario has this name by now"):
        scenarios.bring_back(store, 1, "sekda")
    scenarios.withdraw(store, 2, "sekda")
    assert scenarios.bring_back(store, 1, "sekda").kind == "priority"


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda store: scenarios.withdraw(store, 9, "x"), "skenario-9: there is no such scenario"),
        (lambda store: scenarios.bring_back(store, 1, "x"), "Usulan RKPD: is kept already"),
        (lambda store: scenarios.one(store, AREA, "Lain"), "'Lain': there is no such scenario"),
        (lambda store: scenarios.one(store, AREA, 1, 7), "there is no version 7 of it"),
        (lambda store: scenarios.versions(store, 9), "skenario-9: there is no such scenario"),
    ],
)
def test_what_is_not_there_is_told_and_not_recorded(store, act, message):
    save(store)
    with pytest.raises(StoreError, match=message):
        act(store)
    assert audit.revision(store)[0] == 1


def nested(depth):
    return {"a": nested(depth - 1)} if depth else 1


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "no name": ({"name": " \n"}, "A scenario needs a name"),
    "long name": ({"name": "x" * 121}, "The name has 121 letters. Use 120 at most"),
    "long note": ({"note": "x" * 2001}, "The note has 2001 letters. Use 2000 at most"),
    "identity number": ({"note": "NIK 3573010101800001"}, "may be an identity number"),
    "NUL in the name": ({"name": "a\0b"}, "signs that cannot be kept"),
    "kind": ({"kind": "Dana 2"}, "did not say what its choices are for"),
    "hash": ({"figures_sha256": "ab"}, "did not say what its choices are for"),
    "list": ({"settings": [1]}, "have no names"),
    "nothing": ({"settings": None}, "have no names"),
    "NaN": ({"settings": {"weights": {"a": float("nan")}}}, "choices 'weights.a' are neither"),
    "infinite": ({"settings": {"a": [1, float("-inf")]}}, "choices 'a.2' are neither"),
    "huge number": ({"settings": {"a": 10**400}}, "choices 'a' are neither"),
    "object": ({"settings": {"a": {1, 2}}}, "choices 'a' are neither"),
    "bytes": ({"settings": {"a": b"x"}}, "choices 'a' are neither"),
    "number as name": ({"settings": {"a": {1: 2}}}, "choices 'a.1' are neither"),
    "deep": ({"settings": nested(5)}, "choices 'a.a.a.a' are neither"),
    "number of a person": ({"settings": {"a": "3573010101800001"}}, "an identity number"),
    "half of a pair": ({"settings": {"\ud800": 1}}, "signs that cannot be kept"),
    "large": ({"settings": {"a": "é" * 10_000}}, "take 20009 bytes; 20000 is the most"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_cannot_be_kept_is_told_and_not_kept(store, case):
    changes, message = BAD[case]
    with pytest.raises(StoreError, match=message):
        save(store, **changes)
    assert scenarios.scenarios(store, AREA, withdrawn=True) == []
    assert audit.revision(store)[0] == 0


def test_all_that_is_wrong_is_told_at_once(store):
    with pytest.raises(StoreError) as caught:
        save(store, name="", note="x" * 2001, kind="", settings={"a": float("nan"), "b": set()})
    assert len(caught.value.faults) == 4
    assert "'a', 'b'" in str(caught.value)


def test_what_is_as_long_as_it_may_be_is_kept(store):
    settings_ = {"a": "x" * (20_000 - len('{"a": ""}'))}
    kept = save(store, name="x" * 120, note="y" * 2000, settings=settings_)
    assert kept.settings == settings_


NUMBERS = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**53), 2**53)
WORDS = st.text(st.characters(exclude_categories=["Cs", "Nd"], exclude_characters="\0"), max_size=9)
VALUES = NUMBERS | WORDS | st.none() | st.booleans()


@given(st.dictionaries(WORDS, VALUES | st.lists(VALUES) | st.dictionaries(WORDS, VALUES)))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
def test_settings_come_back_as_they_were(store, plain):
    assert save(store, settings=plain).settings == plain


def test_two_who_save_at_once_both_keep_a_version(where):
    act = (
        "from kantong.store import scenarios; from tests.store.test_scenarios import choices; "
        f"scenarios.save(database.for_writing(), {AREA!r}, choices(), 'x')"
    )
    engine = database.for_writing()
    engine.dispose()
    assert together(act, 4) == ""
    assert [one.version for one in scenarios.versions(engine, 1)] == [4, 3, 2, 1]


def test_the_trail_tells_who_did_what(store):
    save(store)
    save(store, "dinsos")
    scenarios.withdraw(store, 1, "sekda", "dasar berubah")
    scenarios.bring_back(store, 1, "sekda")
    trail = audit.trail(store, AREA)
    assert trail[["who", "action"]].to_numpy().tolist() == [
        ["bappeda", "save scenario"],
        ["dinsos", "save scenario"],
        ["sekda", "withdraw scenario"],
        ["sekda", "bring back scenario"],
    ]
    assert set(trail["subject"]) == {"skenario-1"}
    assert trail["detail"][1] == {"name": "Usulan RKPD", "version": 2, "kind": "priority"}
    assert trail["detail"][2] == {"name": "Usulan RKPD", "reason": "dasar berubah"}


def test_the_database_itself_refuses_changes(store):
    save(store)
    fixed = [f"scenarios.{name}" for name in ("id", "area", "name", "kind")]
    fixed += [f"scenario_versions.{one.name}" for one in tables.SCENARIO_VERSIONS.c]
    for column in fixed:
        table, name = column.split(".")
        with pytest.raises(DBAPIError, match=f"{table} must not be changed"), store.begin() as one:
            one.execute(text(f"UPDATE {table} SET {name} = {name}"))  # noqa: S608 - our own names
    for table in ("scenario_versions", "scenarios"):
        with pytest.raises(DBAPIError, match=f"{table} must not be deleted"), store.begin() as one:
            one.execute(text(f"DELETE FROM {table}"))  # noqa: S608 - our own names
    assert len(scenarios.scenarios(store, AREA)) == 1


def test_the_database_itself_holds_a_name_once(store):
    save(store)
    same = text(
        "INSERT INTO scenarios (area, name, kind, status) "
        "SELECT area, name, kind, :status FROM scenarios"
    )
    with pytest.raises(IntegrityError), store.begin() as one:
        one.execute(same, {"status": "kept"})
    with store.begin() as one:
        one.execute(same, {"status": "withdrawn"})
