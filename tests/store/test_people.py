import pytest
from sqlalchemy.exc import IntegrityError

from kantong.geo.errors import StoreError
from kantong.store import audit, database, people, rights, tables
from kantong.store.rights import RIGHTS, Right, RightsError, Role

ANI, BUDI = "ani@kota.example", "budi@kota.example"


@pytest.fixture
def asked():
    """Lets a test say who may write, and forgets it."""
    yield rights.ask
    rights.ask()


def first(store):
    return people.add(store, " Ani@Kota.example ", Role.ADMIN, "Kepala  TI", "admin mesin")


def test_a_person_is_kept_and_found_by_any_spelling_of_the_login(store):
    before = audit.now()
    made = first(store)
    assert (made.login, made.role, made.position) == (ANI, Role.ADMIN, "Kepala TI")
    assert before <= made.since <= audit.now()
    assert people.one(store, "ANI@KOTA.EXAMPLE ") == made
    assert people.one(store, BUDI) is None
    people.add(store, BUDI, Role.COUNCIL, "Komisi D 1", "Kepala TI")
    assert [one.position for one in people.people(store)] == ["Kepala TI", "Komisi D 1"]


def test_a_role_changes_at_once_and_the_trail_tells_it_without_the_login(store):
    first(store)
    people.add(store, BUDI, Role.PLANNER, "Bappeda 1", "Kepala TI")
    people.change(store, BUDI, "Kepala TI", role=Role.NONE)
    assert [one.role for one in people.people(store)] == [Role.NONE, Role.ADMIN]
    moved = people.change(store, BUDI, "Kepala TI", role=Role.FIELD, position="Sukun 2")
    assert (moved.role, moved.position) == (Role.FIELD, "Sukun 2")
    people.forget(store, BUDI, "Kepala TI")
    assert people.one(store, BUDI) is None
    told = audit.trail(store, "")
    assert told["action"].tolist() == [
        "add person", "add person", "change person", "change person", "forget person",
    ]  # fmt: skip
    assert told["who"].tolist() == ["admin mesin", *["Kepala TI"] * 4]
    assert told["subject"].tolist()[-1] == "Sukun 2"
    assert told["detail"][3] == {
        "role": "field", "before": {"role": "none", "position": "Bappeda 1"},
    }  # fmt: skip
    assert "budi" not in told.to_csv()


def test_what_cannot_be_is_refused_and_changes_nothing(store):
    first(store)
    everyone = people.people(store)
    for login in ("", "ani", "a b@c", "a@b@c", "x" * 65 + "@kota.example", "a\x00@b"):
        with pytest.raises(StoreError, match="is no address"):
            people.add(store, login, Role.FIELD, "Lapangan", "x")
    with pytest.raises(StoreError, match="known already"):
        people.add(store, ANI, Role.FIELD, "Lapangan", "x")
    with pytest.raises(StoreError, match="goes by this position"):
        people.add(store, BUDI, Role.FIELD, "kepala ti", "x")
    for position in ("  ", "p" * 81):
        with pytest.raises(StoreError, match="position of 1 to 80"):
            people.add(store, BUDI, Role.FIELD, position, "x")
    for turn in (people.change, people.forget):
        with pytest.raises(StoreError, match="Nobody has this login"):
            turn(store, BUDI, "x")
    assert people.people(store) == everyone
    assert len(audit.trail(store, "")) == 1


def test_the_last_admin_stays(store):
    first(store)
    for turn in (
        lambda: people.change(store, ANI, "x", role=Role.PLANNER),
        lambda: people.change(store, ANI, "x", role=Role.NONE),
        lambda: people.forget(store, ANI, "x"),
    ):
        with pytest.raises(StoreError, match="only admin"):
            turn()
    assert [one.role for one in people.people(store)] == [Role.ADMIN]
    people.add(store, BUDI, Role.ADMIN, "Wakil", "x")
    people.forget(store, ANI, "Wakil")
    assert [one.login for one in people.people(store)] == [BUDI]


def test_the_database_itself_refuses_a_role_that_is_none_of_ours(store):
    first(store)
    wrong = tables.PEOPLE.update().values(role="walikota")
    with pytest.raises(IntegrityError), store.begin() as connection:
        connection.execute(wrong)


def test_every_write_asks_for_its_right(store, asked):
    wanted = []

    def refuse(right):
        wanted.append(right)
        return False

    asked(refuse)
    for right in Right:
        with pytest.raises(RightsError, match="Your role does not allow this"):
            database.for_writing(right)
    with pytest.raises(RightsError):
        database.for_writing()
    assert wanted == [*Right, Right.PLAN]
    asked(lambda _right: True)
    assert database.for_writing() is store


def test_each_role_has_the_rights_that_the_documentation_names():
    assert {role: set(RIGHTS[role]) for role in Role} == {
        Role.ADMIN: {Right.PLAN, Right.MANAGE},
        Role.PLANNER: {Right.PLAN},
        Role.FIELD: set(),
        Role.COUNCIL: set(),
        Role.NONE: set(),
    }
