"""What each visitor finds; figures of the drawing, where Gardenia's recipients are few."""

import shutil

import pytest
from streamlit.proto.WidgetStates_pb2 import WidgetStates
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import ElementTree

from kantong.intake.sandbox import CancelledError
from kantong.store import audit, database, people, rights, scenarios
from kantong.store.rights import Right, RightsError, Role
from kantong.store.scenarios import Choices
from kantong.views import access, mode, work
from kantong.views.access import Standing, Visitor
from kantong.views.mode import Mode
from kantong.views.pages import ADMINISTERING, FILES
from kantong.views.turns import Line
from kantong.views.words import plain
from tests.conftest import DATA, TUTORIAL
from tests.views.test_hotspot_page import texts
from tests.views.test_pages import ENTRY, open_page, page_html

PEOPLE = {
    "ani@kota.example": (Role.ADMIN, "Kepala TI"),
    "peni@kota.example": (Role.PLANNER, "Bappeda 1"),
    "dewi@kota.example": (Role.COUNCIL, "Komisi D 1"),
    "lapi@kota.example": (Role.FIELD, "Sukun 1"),
    "lama@kota.example": (Role.NONE, "Pensiun"),
}
COUNCIL, PLANNER = "dewi@kota.example", "peni@kota.example"


@pytest.fixture
def home(monkeypatch, tmp_path):
    """The city with the people above, in a folder of its own."""
    folder = tmp_path / "kota"
    shutil.copytree(DATA, folder, ignore=shutil.ignore_patterns("*.db*"))
    monkeypatch.setenv("KANTONG_DATA", str(folder))
    store = database.for_writing(Right.MANAGE)
    for login, (role, position) in PEOPLE.items():
        people.add(store, login, Role.FIELD if role is Role.NONE else role, position, "mesin")
    people.change(store, "lama@kota.example", "mesin", role=Role.NONE)
    return folder


@pytest.fixture
def enter(monkeypatch, home):
    """Lets a test come as somebody to a server that has a login; None has not logged in."""
    monkeypatch.setattr(mode, "settled", lambda: Mode(login=True, public=False))

    def come(login, **claims):
        said = None if login is None else {"email": login, "email_verified": True} | claims
        monkeypatch.setattr(access, "claims_of_visitor", lambda: said)

    yield come
    rights.ask()


def test_a_server_does_not_say_that_nothing_leaves_this_computer(enter):
    enter(PLANNER)
    told = texts(open_page("beranda", bahasa="en"))
    assert "Nothing leaves this server." in told
    assert "this computer" not in told


# --- which pages there are ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("visitor", "pages"),
    [
        (Visitor(Standing.ALONE), {*FILES, "pengelola"}),
        (Visitor(Standing.KNOWN, Role.ADMIN), {*FILES, "pengelola"}),
        (Visitor(Standing.KNOWN, Role.PLANNER), {*FILES}),
        (Visitor(Standing.KNOWN, Role.COUNCIL), {*FILES} - {"impor"}),
        (Visitor(Standing.KNOWN, Role.FIELD), {"beranda", "peta", "profil", "cetak", "metode"}),
        (
            Visitor(Standing.PUBLIC),
            {"beranda", "peta", "hotspot", "banding", "profil", "mitra", "metode"},
        ),
        (Visitor(Standing.OUTSIDE), set()),
        (Visitor(Standing.UNKNOWN), set()),
    ],
    ids=lambda one: f"{one.standing.name} {one.role}" if isinstance(one, Visitor) else "",
)
def test_each_visitor_finds_the_pages_that_the_documentation_names(visitor, pages):
    assert set(visitor.pages()) == pages
    assert {page for page in FILES | ADMINISTERING if visitor.opens(page)} == pages


def test_who_may_write_what():
    for standing in Standing:
        allowed = {right for right in Right if Visitor(standing).may(right)}
        assert allowed == (set(Right) if standing is Standing.ALONE else set())
    assert Visitor(Standing.KNOWN, Role.PLANNER).may(Right.PLAN)
    assert not Visitor(Standing.KNOWN, Role.PLANNER).may(Right.MANAGE)


# --- who is who --------------------------------------------------------------------------------


def test_a_visitor_is_known_by_the_address_that_is_vouched_for(enter):
    enter("DEWI@kota.example")
    assert access.look_up() == Visitor(Standing.KNOWN, Role.COUNCIL, "Komisi D 1", COUNCIL)
    for vouched in (False, "false", None, 0):
        enter(COUNCIL, email_verified=vouched)
        assert access.look_up() == Visitor(Standing.UNKNOWN)
    for login in ("lama@kota.example", "tamu@kota.example"):
        enter(login)
        assert access.look_up() == Visitor(Standing.UNKNOWN, login=login)
    enter("", sub="dewi@kota.example")
    assert access.look_up() == Visitor(Standing.UNKNOWN)
    enter(None)
    assert access.look_up() == Visitor(Standing.OUTSIDE)


def test_whoever_has_no_role_finds_nothing_but_the_way_to_one(enter):
    enter("tamu@kota.example")
    app = AppTest.from_file(ENTRY, default_timeout=60).run()
    assert not app.exception
    assert "tamu@" in app.warning[0].value
    assert [one.label for one in app.button] == ["Keluar"]
    assert page_html(app) == ""
    enter(None)
    app = AppTest.from_file(ENTRY, default_timeout=60).run()
    assert [one.label for one in app.button] == ["Masuk"]
    assert page_html(app) == ""


def test_a_store_that_cannot_be_asked_lets_nobody_in(enter, monkeypatch):
    enter(PLANNER)
    monkeypatch.setenv("KANTONG_DATABASE_URL", "postgresql://nobody@127.0.0.1:9/kota")
    app = AppTest.from_file(ENTRY, default_timeout=60).run()
    assert not app.exception
    assert "tidak menjawab" in app.error[0].value
    assert page_html(app) == ""


# --- what is seen ------------------------------------------------------------------------------


def test_the_council_sees_small_counts_covered_whatever_the_address_says(enter):
    asked = {"bahasa": "en", "indikator": "recipients_rantang_kasih", "tutup": "tidak"}
    enter(PLANNER)
    assert "too small to show" not in page_html(open_page(**asked))
    enter(COUNCIL)
    app = open_page(**asked)
    assert "too small to show" in page_html(app)
    assert "Cover small counts" not in [one.label for one in app.toggle]


def test_the_council_finds_no_button_that_writes_or_leads_to_a_page_that_is_not_there(enter):
    enter(COUNCIL)
    app = open_page("beranda", bahasa="en")
    assert "Use your own data" not in [one.label for one in app.button]
    app = open_page("program", bahasa="en")
    assert "Record" not in app.get("button_group")[0].options
    enter(PLANNER)
    assert "Use your own data" in [one.label for one in open_page("beranda", bahasa="en").button]
    assert "Record" in open_page("program", bahasa="en").get("button_group")[0].options


def with_scenarios(app):
    """Open the box of scenarios."""
    app.session_state["_scenarios"] = True
    return app.run()


def test_scenarios_are_saved_by_planners_read_by_the_council_and_hidden_from_the_public(
    enter, monkeypatch
):
    asked = {"bahasa": "en", "urut": "gabung"}
    enter(PLANNER)
    app = with_scenarios(open_page("prioritas", **asked))
    app.text_input(key="_scenario_name").set_value("Usulan").run()
    assert "Recorded by Bappeda 1" in texts(app)
    app.button(key="_scenario_save").click().run()
    store = database.for_writing()
    (kept,) = scenarios.scenarios(store, "35.73")
    assert kept.saved_by == "Bappeda 1"
    enter(COUNCIL)
    app = with_scenarios(open_page("prioritas", **asked))
    assert "Usulan" in texts(app)
    labels = [one.label for one in app.button]
    assert "Open" in labels
    assert not {"Save the scenario", "Withdraw"} & set(labels)
    monkeypatch.setattr(mode, "settled", lambda: Mode(login=False, public=True))
    assert "Scenarios" not in [one.label for one in open_page("mitra", bahasa="en").expander]


# --- what is written ---------------------------------------------------------------------------


def test_a_role_that_was_taken_away_holds_no_longer_for_a_page_that_is_open(enter):
    enter(PLANNER)
    rights.ask(access.may)
    app = with_scenarios(open_page("prioritas", bahasa="en", urut="gabung"))
    app.text_input(key="_scenario_name").set_value("Usulan").run()
    rights.ask()
    people.change(database.for_writing(Right.MANAGE), PLANNER, "Kepala TI", role=Role.NONE)
    rights.ask(access.may)
    app.button(key="_scenario_save").click().run()
    assert "no role here" in app.warning[0].value
    rights.ask()
    assert scenarios.scenarios(database.for_writing(), "35.73") == []


def test_every_write_asks_again_who_is_there(enter):
    rights.ask(access.may)
    enter("ani@kota.example")
    for right in Right:
        database.for_writing(right)
    enter(PLANNER)
    database.for_writing(Right.PLAN)
    for login, wanted in ((PLANNER, Right.MANAGE), (COUNCIL, Right.PLAN), (None, Right.PLAN)):
        enter(login)
        with pytest.raises(RightsError, match="Your role does not allow"):
            database.for_writing(wanted)


def test_work_beside_a_page_writes_nothing(monkeypatch, home):
    """Without a page there is nobody who could be asked for."""
    monkeypatch.setattr(mode, "settled", lambda: Mode(login=True, public=False))
    assert not access.may(Right.PLAN)


# --- people ------------------------------------------------------------------------------------


def test_an_admin_gives_changes_and_takes_roles_and_the_trail_shows_it(enter):
    enter("ani@kota.example")
    app = open_page("pengelola", bahasa="en")
    app.text_input(key="_new_login").set_value("Baru@kota.example")
    app.text_input(key="_new_position").set_value("Dinsos 3")
    app.selectbox(key="_new_role").set_value(Role.COUNCIL)
    next(one for one in app.button if one.label == "Add").click().run()
    assert plain("Dinsos 3 may log in.") == app.success[0].value
    app.selectbox(key="_person").set_value("baru@kota.example").run()
    app.selectbox(key="_role baru@kota.example council").set_value(Role.NONE).run()
    app.button(key="_change").click().run()
    assert plain("Dinsos 3 is now: no role.") == app.success[0].value
    store = database.for_writing(Right.MANAGE)
    known = {one.login: one.role for one in people.people(store)}
    assert known["baru@kota.example"] is Role.NONE
    told = audit.trail(store, "").tail(2)
    assert told["who"].tolist() == ["Kepala TI"] * 2
    trail = app.dataframe[0].value
    assert trail["What"].tolist()[:2] == ["person changed", "person added"]
    assert trail["Of what"].tolist()[:2] == ["Dinsos 3"] * 2
    app.selectbox(key="_person").set_value("baru@kota.example").run()
    app.button(key="_forget").click().run()
    assert people.one(store, "baru@kota.example") is None
    app.selectbox(key="_person").set_value("ani@kota.example").run()
    app.button(key="_forget").click().run()
    assert "only admin" in app.error[0].value
    assert people.one(store, "ani@kota.example") is not None


def test_the_trail_can_be_searched_and_holds_no_formula(enter):
    enter("ani@kota.example")
    store = database.for_writing()
    people.add(store, "x@kota.example", Role.FIELD, "=HYPERLINK(1)", "@SUM(1)")
    app = open_page("pengelola", bahasa="en")
    app.text_input(key="_trail_text").set_value("hyperlink").run()
    trail = app.dataframe[0].value
    assert trail["Of what"].tolist() == ["'=HYPERLINK(1)"]
    assert trail["Who"].tolist() == ["'@SUM(1)"]


def test_alone_the_page_says_that_nobody_logs_in(monkeypatch, home):
    app = open_page("pengelola", bahasa="en")
    assert "Nobody logs in here" in texts(app)
    assert "Kota Malang" in page_html(app)
    assert str(home.resolve()) in page_html(app)


def test_the_council_is_told_that_a_scenario_was_made_with_small_counts_shown(enter):
    given = {"bobot": "poor_rate:5", "tutup": "tidak"}
    choices = Choices(name="Pokok", kind="priority", settings=given, figures_sha256="0" * 64)
    scenarios.save(database.for_writing(), "35.73", choices, "Bappeda")
    enter(COUNCIL)
    app = open_page("prioritas", bahasa="en", urut="gabung")
    app.session_state["_scenarios"] = True
    told = [one.value.replace("\\", "") for one in app.run().caption]
    assert any("made with small counts shown; here they stay covered" in one for one in told)


def test_alone_whoever_gives_a_role_says_who_they_are(home):
    app = open_page("pengelola", bahasa="en")
    assert next(one for one in app.button if one.label == "Add").disabled
    app.text_input(key="_people_who").set_value("Kepala TI").run()
    app.text_input(key="_new_login").set_value("baru@kota.example")
    app.text_input(key="_new_position").set_value("Dinsos 3")
    next(one for one in app.button if one.label == "Add").click().run()
    line = audit.trail(database.for_writing(), "").iloc[-1]
    assert (line["who"], line["subject"]) == ("Kepala TI", "Dinsos 3")


def test_an_empty_cell_of_the_trail_stays_empty(home):
    people.add(database.for_writing(), "x@kota.example", Role.FIELD, "Dinsos 3", "")
    line = open_page("pengelola", bahasa="en").dataframe[0].value.iloc[0]
    assert (line["Who"], line["Of what"]) == ("", "Dinsos 3")


def test_the_public_sees_what_may_be_published_and_writes_nothing(monkeypatch):
    monkeypatch.setenv("KANTONG_DATA", str(TUTORIAL))
    monkeypatch.setattr(mode, "settled", lambda: Mode(login=False, public=True))
    app = open_page(bahasa="en", indikator="recipients_pkh", tutup="tidak")
    assert "Cover small counts" not in [one.label for one in app.toggle]
    assert not access.may(Right.PLAN)
    menu = open_page("mitra", bahasa="en")
    assert "A company takes it on" not in [one.label for one in menu.get("popover")]


# --- downloads, made at a click without a run of the page ----------------------------------------


def taken(login, role):
    """Change the role of a person, as an admin on another machine would."""
    people.change(database.for_writing(Right.MANAGE), login, "mesin", role=role)


@pytest.mark.parametrize("costly", [False, True])
@pytest.mark.parametrize("role", [Role.COUNCIL, Role.NONE])
def test_a_download_from_a_page_left_open_asks_for_the_role_again(enter, role, costly):
    enter(PLANNER)
    access.begin()
    make = work.on_click(lambda: b"angka", costly=costly)
    assert make() == b"angka"
    taken(PLANNER, role)
    with pytest.raises(RightsError, match="Your role has changed"):
        make()


def test_the_backup_is_made_by_what_asks_for_the_role(enter, home, monkeypatch):
    """The page asks work.on_click, whose answer the test above holds."""
    makers = []

    def on_click(make, **_named):
        makers.append(make)
        return make

    monkeypatch.setattr(work, "on_click", on_click)
    enter("ani@kota.example")
    open_page("pengelola")
    assert makers


def test_whoever_lost_the_role_brings_no_more_files(enter):
    enter(PLANNER)
    access.note_session("sesi", access.look_up())
    assert access.may_upload("sesi")
    taken(PLANNER, Role.FIELD)
    assert not access.may_upload("sesi")
    assert not access.may_upload("lain")


def test_field_teams_print_sheets_and_nothing_that_quotes_other_pages(enter):
    enter("lapi@kota.example")
    parts = open_page("cetak", bahasa="en", cetak="dokumen").segmented_control
    assert ["One sheet", "Atlas of many"] in [one.options for one in parts]
    assert "Section for the RKPD" not in texts(open_page("cetak", bahasa="en", cetak="dokumen"))
    enter(COUNCIL)
    assert "Section for the RKPD" in texts(open_page("cetak", bahasa="en", cetak="dokumen"))


def test_a_download_waits_for_its_turn_and_not_for_ever(monkeypatch):
    line = Line(places=1)
    monkeypatch.setattr(work, "LINE", line)
    monkeypatch.setattr(work, "_DOWNLOAD_PATIENCE_S", 0.1)
    access.begin()
    quick, costly = work.on_click(lambda: b"a"), work.on_click(lambda: b"b", costly=True)
    with line.turn(lambda _before: None):
        assert quick() == b"a"
        with pytest.raises(CancelledError):
            costly()
    assert costly() == b"b"


def test_a_browser_that_tells_nothing_of_its_widgets_uncovers_nothing(monkeypatch):
    """As when another page is asked for before the one before is drawn whole."""
    app = open_page("peta", bahasa="en")
    assert app.toggle(key="_tutup").value is True
    monkeypatch.setattr(ElementTree, "get_widget_states", lambda _self: WidgetStates())
    app.switch_page("kantong/views/prioritas.py").run()
    assert app.toggle(key="_tutup").value is True
    assert "tutup" not in app.query_params
