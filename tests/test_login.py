"""A server with a login, from outside: browsers, and messages that no page of ours sends."""

import json
import shutil
import socket
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace

import pytest
from playwright.sync_api import expect
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.web.server.starlette.starlette_app_utils import generate_xsrf_token_string
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from kantong.store import database, people
from kantong.store.rights import Role
from kantong.views.mode import SECRETS
from kantong.views.pages import ADMINISTERING, FILES
from tests.conftest import TUTORIAL, free_port, serving
from tests.loginserver import (
    CLIENT_SECRET,
    SECRET,
    cookie_of,
    give_roles,
    log_in,
    login,
    login_server,
)
from tests.test_browser import browser, go_to  # noqa: F401 - a fixture

pytestmark = pytest.mark.browser

PEOPLE = {
    "ani": (Role.ADMIN, "Kepala TI"),
    "peni": (Role.PLANNER, "Bappeda 1"),
    "dewi": (Role.COUNCIL, "Komisi D 1"),
    "lapi": (Role.FIELD, "Sukun 1"),
}
TYPED = sorted(FILES | ADMINISTERING)
REACHED = {
    "ani": set(TYPED),
    "peni": set(FILES),
    "dewi": set(FILES) - {"impor"},
    "lapi": {"beranda", "peta", "profil", "cetak", "metode"},
    "tamu": set(),
    "": set(),
}


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Iterator[SimpleNamespace]:
    """The nine kelurahan on a server with a login, the login server beside it."""
    folder = tmp_path_factory.mktemp("site")
    data, log, port = folder / "kota", folder / "log", free_port()
    shutil.copytree(TUTORIAL, data)
    address = f"http://127.0.0.1:{port}"
    with (
        pytest.MonkeyPatch.context() as patch,
        login_server(folder, address, [*PEOPLE, "tamu"]) as secrets,
        serving(data, log=log, port=port, **{SECRETS: str(secrets)}),
    ):
        patch.setenv("KANTONG_DATA", str(data))
        give_roles(PEOPLE)
        yield SimpleNamespace(address=address, log=log, store=database.for_writing())


# --- as a browser does it ----------------------------------------------------------------------


def opened(browser, site, path=""):  # noqa: F811 - the fixture
    """Return a page that may go to the login server, which is another host to it."""
    context = browser.new_context(locale="id-ID", viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.goto(f"{site.address}/{path}")
    return page


def test_a_council_member_logs_in_comes_back_to_the_address_and_logs_out(browser, site):  # noqa: F811
    page = opened(browser, site, "prioritas?bahasa=en&indikator=population")
    expect(page.get_by_text("Log in with the account of your office.")).to_be_visible()
    assert page.get_by_role("link", name="Map").count() == 0
    assert "Edelweis" not in page.content()
    log_in(page, "dewi")
    expect(page.get_by_role("heading", name="Ranked by: Population")).to_be_visible()
    assert page.url == f"{site.address}/prioritas?bahasa=en&indikator=population"
    expect(page.get_by_text("Komisi D 1 · council")).to_be_visible()
    page.get_by_role("button", name="more").click()
    names = page.get_by_role("menuitem").all_text_contents()
    assert any("Print" in name for name in names)
    assert not any("Data" in name or "Administration" in name for name in names)
    page.keyboard.press("Escape")
    cookies = {one["name"]: one for one in page.context.cookies()}
    assert cookies["_streamlit_user"]["httpOnly"]
    assert "kantong_back" not in cookies
    page.get_by_role("button", name="Log out").click()
    page.wait_for_url(lambda url: "prioritas" not in url)
    page.goto(f"{site.address}/prioritas?bahasa=en")
    expect(page.get_by_text("Log in with the account of your office.")).to_be_visible()
    page.context.close()


def test_a_role_that_is_taken_away_ends_at_the_next_click(browser, site):  # noqa: F811
    people.add(site.store, login("tamu"), Role.PLANNER, "Sementara", "mesin")
    page = opened(browser, site, "impor?bahasa=en")
    log_in(page, "tamu")
    expect(page.get_by_role("heading", name="Use your own data")).to_be_visible()
    people.forget(site.store, login("tamu"), "mesin")
    page.get_by_role("tab", name="Template").click()
    go_to(page, "Start")
    expect(page.get_by_text("have no role here")).to_be_visible()
    assert page.get_by_role("link", name="Map").count() == 0
    page.context.close()


def test_nothing_of_a_login_is_logged(site):
    logged = site.log.read_text()
    for secret in (SECRET, CLIENT_SECRET, *map(login, PEOPLE)):
        assert secret not in logged


# --- as somebody who speaks to the server directly ----------------------------------------------


class Direct:
    """A session that is spoken to without a page."""

    def __init__(self, opened, token):
        self.socket, self.token = opened, token
        self.session = ""

    def run(self, page="", script_hash="", widgets=()):
        """Ask for a run and return all that came of it."""
        asked = BackMsg()
        asked.rerun_script.page_name = page
        asked.rerun_script.page_script_hash = script_hash
        asked.rerun_script.query_string = "bahasa=en"
        for key, kind, value in widgets:
            state = asked.rerun_script.widget_states.widgets.add()
            state.id = key
            setattr(state, kind, value)
        self.socket.send(asked.SerializeToString())
        found: list[ForwardMsg] = []
        while not found or found[-1].WhichOneof("type") != "script_finished":
            message = ForwardMsg.FromString(self.socket.recv(timeout=60))
            found.append(message)
            if message.WhichOneof("type") == "new_session":
                self.session = message.new_session.initialize.session_id or self.session
        return found


@contextmanager
def direct(site, cookie):
    """Speak to the server with the cookie of somebody and the token of a page of ours."""
    token = generate_xsrf_token_string()
    with connect(
        site.address.replace("http", "ws") + "/_stcore/stream",
        subprotocols=[Subprotocol("streamlit"), Subprotocol(token)],
        additional_headers={
            "Cookie": f"{cookie}; _streamlit_xsrf={token}",
            "Origin": site.address,
        },
        max_size=None,
    ) as opened:
        yield Direct(opened, token)


def pages_in(messages):
    """Return the pages of the navigation by their address, and which was run."""
    navigation = [one.navigation for one in messages if one.WhichOneof("type") == "navigation"][-1]
    hashes = {
        page.page_script_hash: page.url_pathname or "beranda" for page in navigation.app_pages
    }
    hidden = navigation.position == navigation.Position.HIDDEN
    return set() if hidden else set(hashes.values()), hashes[navigation.page_script_hash], hashes


@pytest.mark.parametrize("name", REACHED)
def test_pages_of_other_roles_are_not_there_whatever_address_is_typed(site, name):
    with direct(site, cookie_of(site.address, name)) as session:
        for typed in TYPED:
            found = session.run(typed)
            there, ran, _hashes = pages_in(found)
            assert there == REACHED[name]
            if there:
                assert ran == (typed if typed in there else "beranda"), typed
            said = str(found)
            assert ("Nothing has been written yet" in said or "What was done" in said) == (
                typed == "pengelola" and name == "ani"
            )


def widget(messages, label):
    """Return the id of a widget by its label."""
    for message in messages:
        element = message.delta.new_element
        kind = element.WhichOneof("type")
        if kind and getattr(getattr(element, kind), "label", None) == label:
            return getattr(element, kind).id
    raise LookupError(label)


def test_a_message_for_a_widget_of_another_role_changes_nothing(site):
    before = people.people(site.store)
    with direct(site, cookie_of(site.address, "ani")) as session:
        found = session.run("pengelola")
        hashes = {page: one for one, page in pages_in(found)[2].items()}
        filled = [
            (widget(found, "Login (e-mail)"), "string_value", "jahat@kota.example"),
            (widget(found, "Office or position"), "string_value", "Penyusup"),
            (widget(found, "Add"), "trigger_value", True),
        ]
    for name in ("dewi", "peni", "lapi", "tamu", ""):
        with direct(site, cookie_of(site.address, name)) as session:
            session.run("pengelola")
            for _again in range(2):
                session.run("pengelola", hashes["pengelola"], filled)
    assert people.people(site.store) == before
    with direct(
        site, cookie_of(site.address, "ani")
    ) as session:  # so that we know that it is the widget
        session.run("pengelola")
        session.run("pengelola", hashes["pengelola"], filled)
    assert people.one(site.store, "jahat@kota.example") is not None
    people.forget(site.store, "jahat@kota.example", "mesin")


def test_a_forged_cookie_opens_nothing(site):
    elsewhere = "https://peta.kota.lain.example"
    for forged in (
        "_streamlit_user=x",
        cookie_of(site.address, "ani", "kunci lain yang cukup panjang juga"),
        cookie_of(elsewhere, "ani"),  # signed by us, for another name
    ):
        with direct(site, forged) as session:
            assert pages_in(session.run("pengelola"))[0] == set()


def test_only_who_may_bring_files_can_send_them(site):
    answers = {}
    for name in ("peni", "dewi", ""):
        with direct(site, cookie_of(site.address, name)) as session:
            session.run("impor")
            address = f"{site.address}/_stcore/upload_file/{session.session}/berkas"
            asked = urllib.request.Request(address, b"kode,nilai", method="PUT")  # noqa: S310
            asked.add_header("Content-Type", "multipart/form-data; boundary=x")
            try:
                with urllib.request.urlopen(asked, timeout=60) as answer:  # noqa: S310
                    answers[name] = (answer.status, "")
            except urllib.error.HTTPError as error:
                with error:
                    answers[name] = (error.code, error.read().decode())
    for name in ("dewi", ""):
        assert answers[name][0] == 403
        assert "Your role may not bring files" in answers[name][1]
    assert "Your role" not in answers["peni"][1]  # what it sent is no form; that is all


def test_an_upload_that_breaks_off_leaves_nothing_and_the_session_goes_on(site):
    with direct(site, cookie_of(site.address, "peni")) as session:
        session.run("impor")
        host, port = "127.0.0.1", int(site.address.rsplit(":", 1)[1])
        for sent in (0, 1, 50_000):
            with socket.create_connection((host, port), timeout=60) as raw:
                path = f"/_stcore/upload_file/{session.session}/berkas-{sent}"
                part = 'Content-Disposition: form-data; name="file"; filename="a.csv"'
                body = f"--x\r\n{part}\r\n\r\n".encode() + b"kode;nilai\n" * sent
                raw.sendall(
                    f"PUT {path} HTTP/1.1\r\nHost: {host}:{port}\r\nOrigin: {site.address}\r\n"
                    f"Cookie: _streamlit_xsrf={session.token}\r\nX-Xsrftoken: {session.token}\r\n"
                    "Content-Type: multipart/form-data; boundary=x\r\n"
                    f"Content-Length: {len(body) + 1_000_000}\r\n\r\n".encode()
                    + body
                )
        found = session.run("impor")
        assert found[-1].script_finished == ForwardMsg.FINISHED_SUCCESSFULLY
        with urllib.request.urlopen(f"{site.address}/readyz") as answer:  # noqa: S310
            assert json.load(answer) == {"store": True, "data": True}
    assert "unforeseen" not in site.log.read_text()


class Unmoved(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_what):
        return None


@pytest.mark.parametrize(
    "path",
    [
        "/oauth2callback?state=x&redirect_uri=https://evil.example",
        "/oauth2callback?error=x&error_description=y&next=//evil.example",
        "/auth/login?provider=x&next=https://evil.example",
        "/auth/logout?next=https://evil.example",
    ],
)
def test_a_login_leads_nowhere_else(site, path):
    asked = urllib.request.Request(f"{site.address}{path}")  # noqa: S310
    asked.add_header("Cookie", "kantong_back=%2F%2Fevil.example%2F")
    with pytest.raises(urllib.error.HTTPError) as answered:
        urllib.request.build_opener(Unmoved).open(asked, timeout=60)
    with answered.value as answer:
        assert (answer.code, answer.headers["location"]) == (302, "/")
