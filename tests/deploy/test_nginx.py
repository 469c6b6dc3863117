"""What stands in docs/deploy.md, run: nginx with TLS, two processes, PostgreSQL; one is killed."""

import http.client
import re
import socket
import ssl
import time

import pytest
from playwright.sync_api import expect, sync_playwright
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets import Subprotocol
from websockets.sync.client import connect

from kantong.serving.headers import HEADERS
from tests.deploy.conftest import NAME, PATIENCE_S
from tests.loginserver import log_in
from tests.test_browser import FLAGS, MAP, PATIENCE_MS

pytestmark = pytest.mark.browser

COOKIE = "kantong_process"


def named_by(headers):
    """The process that an answer names, empty where it names none."""
    said = [one for one in headers.get_all("set-cookie") or [] if one.startswith(COOKIE)]
    return said[0].split(";")[0].split("=")[1] if said else ""


def socket_of(site, cookie, origin=None):
    """Open the socket of the app through nginx."""
    here = socket.create_connection(("127.0.0.1", site.tls), PATIENCE_S)
    return connect(
        f"wss://{NAME}:{site.tls}/_stcore/stream",
        sock=here,
        ssl=site.trust(),
        origin=origin or site.origin,
        subprotocols=[Subprotocol("streamlit")],
        additional_headers={"Cookie": cookie},
        open_timeout=PATIENCE_S,
    )


def test_two_processes_serve_as_one_and_one_is_killed(site):
    # The page comes by TLS, with our headers, and its cookies are bound to TLS.
    status, headers, body = site.get("/")
    assert status == 200
    assert b"BACKEND_BASE_URL" in body
    for name, value in HEADERS.items():
        assert headers.get_all(name) == [value]
    assert headers["strict-transport-security"] == "max-age=63072000"
    assert "Secure" in headers["set-cookie"]
    assert "HttpOnly" in headers["set-cookie"]
    assert "nginx/" not in headers["server"]
    first = named_by(headers)
    assert first in site.processes
    # Who has a cookie stays where it leads, whichever process that is.
    for name in site.processes:
        answers = [site.get(path, f"{COOKIE}={name}")[1] for path in ("/", "/peta") * 4]
        assert {named_by(one) for one in answers} == {""}
    # Without one both are used.
    assert {named_by(site.get("/")[1]) for _ in range(8)} == set(site.processes)
    # A cookie that names nobody is no fault.
    assert named_by(site.get("/", f"{COOKIE}=../evil")[1]) in site.processes
    # The socket goes through, for our own page only.
    with socket_of(site, f"{COOKIE}={first}") as opened:
        assert opened.subprotocol == "streamlit"
        assert opened.response.headers.get(COOKIE) is None
    with pytest.raises(Exception, match="403"):
        socket_of(site, "", origin="https://evil.example")
    # Plain HTTP leads to TLS on our name, whatever name was asked for; others get no answer.
    plain = http.client.HTTPConnection("127.0.0.1", site.plain, timeout=PATIENCE_S)
    plain.request("GET", "/peta?x=1", headers={"Host": NAME})
    moved = plain.getresponse()
    assert (moved.status, moved.headers["location"]) == (301, f"https://{NAME}/peta?x=1")
    plain.close()
    foreign = ssl.create_default_context(cafile=str(site.certificate))
    with (
        socket.create_connection(("127.0.0.1", site.tls), PATIENCE_S) as raw,
        pytest.raises(ssl.SSLError),
    ):
        foreign.wrap_socket(raw, server_hostname="evil.example")
    with pytest.raises(OSError, match=r"EOF|closed|reset"):
        site.get("/", Host="evil.example")
    # What is for the machine itself is not for the town, and long addresses are refused.
    for path in ("/metrics", "/readyz", "/_stcore/metrics"):
        assert site.get(path)[0] == 404
    assert site.get("/healthz")[0] == 200
    assert site.get(f"/?x={'x' * 9000}")[0] == 414
    try:  # so long a one may be cut off before it is told
        assert site.get(f"/?x={'x' * 40000}")[0] == 414
    except OSError as error:
        assert re.search("EOF|closed|reset|pipe", str(error))  # noqa: PT017 - either is right
    # One is killed: whoever was there is taken by the other, and stays.
    other = next(name for name in site.processes if name != first)
    site.kill(first)
    status, headers, _body = site.get("/peta", f"{COOKIE}={first}")
    assert (status, named_by(headers)) == (200, other)
    with socket_of(site, f"{COOKIE}={first}") as opened:
        assert f"{COOKIE}={other}" in opened.response.headers["set-cookie"]


def test_a_browser_whose_process_dies_only_reconnects(site):
    rules = f"--host-resolver-rules=MAP {NAME} 127.0.0.1"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=[*FLAGS, rules]
        )
        context = browser.new_context(ignore_https_errors=True, locale="id-ID")
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        lost = []
        page.on("response", lambda one: lost.append(one.url) if one.status >= 400 else None)
        said = []
        page.on("websocket", lambda one: one.on("framereceived", lambda it: said.append(kind(it))))
        page.goto(f"{site.origin}/prioritas?bahasa=en&indikator=poor_people")
        log_in(page, "peni")
        expect(page.frame_locator(MAP).locator("path.leaflet-interactive").first).to_be_attached()
        expect(page.get_by_test_id("stStatusWidget")).to_have_count(0)
        first = cookie_of(context)
        address = page.url
        said.clear()
        site.kill(first)
        end = time.monotonic() + PATIENCE_S
        while "script_finished" not in said and time.monotonic() < end:
            page.wait_for_timeout(100)
        # Another process has taken it, and drawn its page anew from its address.
        assert "script_finished" in said
        assert cookie_of(context) != first
        expect(page.get_by_test_id("stConnectionStatus")).to_have_count(0)
        # It goes on with the other one: a page, its map, and a file from the process it is at now.
        page.get_by_role("link", name="Profile").first.click()
        expect(page.get_by_role("heading", name="Which kelurahan?").first).to_be_visible()
        page.goto(address)
        expect(page.frame_locator(MAP).locator("path.leaflet-interactive").first).to_be_attached()
        page.get_by_role("button", name="Share and download").click()
        with page.expect_download() as download:
            page.get_by_role("button", name="CSV").first.click()
        assert download.value.path().read_bytes()
        assert lost == []
        expect(page.get_by_test_id("stAlertContentError")).to_have_count(0)
        browser.close()


def kind(frame):
    """What a message of the app says, by the name of its part."""
    return ForwardMsg.FromString(frame).WhichOneof("type")


def cookie_of(context):
    found = {one["name"]: one for one in context.cookies()}[COOKIE]
    assert found["secure"]
    assert found["httpOnly"]
    return found["value"]
