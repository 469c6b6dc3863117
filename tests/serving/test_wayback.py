"""Back to the page that was asked for before the login, and nowhere else."""

from urllib.parse import quote

import pytest
from starlette.responses import RedirectResponse, Response

from kantong.serving.wayback import COOKIE, WayBack
from tests.serving.asked import ask

PAGES = {"/", "/peta", "/prioritas"}


def app(behind, *, is_needed=True):
    return WayBack(behind, PAGES, lambda: is_needed)


async def page(scope, receive, send):
    await Response("yes")(scope, receive, send)


async def home(scope, receive, send):
    await RedirectResponse("/", 302)(scope, receive, send)


async def elsewhere(scope, receive, send):
    await RedirectResponse("https://masuk.kota.example/", 302)(scope, receive, send)


def remembered(path, query=b"", cookie="", **options):
    headers = [("Cookie", cookie)] if cookie else []
    _message, answered, _body = ask(app(page, **options), path, headers=headers, query=query)
    return answered.get("set-cookie", "")


def led(cookie, behind=home, path="/oauth2callback"):
    headers = [("Cookie", f"{COOKIE}={cookie}")]
    return ask(app(behind), path, headers=headers)[1]


def test_a_page_asked_for_before_the_login_is_remembered_with_its_query():
    query = b"bahasa=en&bobot=poor_rate%3A5"
    said = remembered("/prioritas", query)
    assert said.startswith(f"{COOKIE}=%2Fprioritas%3Fbahasa%3Den%26bobot%3Dpoor_rate%253A5;")
    assert "HttpOnly" in said
    assert "SameSite=Lax" in said
    back = led(said.split(";")[0].split("=", 1)[1])
    assert back["location"] == "/prioritas?bahasa=en&bobot=poor_rate%3A5"
    assert "Max-Age=0" in back["set-cookie"]


@pytest.mark.parametrize(
    ("path", "query", "cookie", "options"),
    [
        ("/_stcore/health", b"", "", {}),
        ("/peta", b"", "_streamlit_user=x", {}),
        ("/peta", b"x" * 3000, "", {}),
        ("/peta", b"", "", {"is_needed": False}),
    ],
)
def test_nothing_else_is_remembered(path, query, cookie, options):
    assert remembered(path, query, cookie, **options) == ""


@pytest.mark.parametrize(
    "address",
    [
        "//evil.example/",
        "//[",
        "https://evil.example/peta",
        "javascript:alert(1)",
        "/\\evil.example",
        "\\\\evil.example\\peta",
        "/peta/../../evil",
        "/peta\r\nset-cookie: x=1",
        "/peta?x=\r\nlocation: https://evil.example",
        "/peta?x=<script>",
        "peta",
        "/pengelola",
        " /peta",
        "",
    ],
)
def test_a_forged_cookie_leads_nowhere_else(address):
    assert led(quote(address, safe=""))["location"] == "/"
    assert "x=1" not in led(quote(address, safe="")).get("set-cookie", "")


def test_only_the_way_back_from_the_login_is_changed():
    assert led("%2Fpeta", elsewhere)["location"] == "https://masuk.kota.example/"
    assert led("%2Fpeta", path="/auth/logout")["location"] == "/"
