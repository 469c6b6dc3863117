"""What the server sends, to whom and how long it may be kept: asked as a browser would."""

import json
import re
import time
import urllib.error
import urllib.request

import pytest

from kantong.maps import assets
from kantong.views.pages import FILES
from tests.conftest import DATA

pytestmark = pytest.mark.browser

PATIENCE_S = 60
PAGES = ["/", *(f"/{name}" for name in FILES)]


def fetch(address):
    return urllib.request.urlopen(address, timeout=20)  # noqa: S310 - our own http address


def refusal(address):
    """Return the answer of an address that must not be served."""
    with pytest.raises(urllib.error.HTTPError) as caught:
        fetch(address)
    caught.value.close()
    return caught.value


def fetch_when_ready(address):
    """Return an answer that comes once the app has read the city."""
    end = time.monotonic() + PATIENCE_S
    while True:
        try:
            return fetch(address)
        except urllib.error.HTTPError as error:
            error.close()
            if time.monotonic() > end:
                raise
            time.sleep(0.1)


@pytest.mark.parametrize("path", [*PAGES, "/_stcore/health", assets.addresses()["map.js"]])
def test_every_answer_forbids_other_hosts(app_address, path):
    with fetch(app_address + path) as answer:
        policy = answer.headers["content-security-policy"]
        assert "default-src 'self'" in policy
        assert "connect-src 'self';" in policy
        assert "object-src 'none'" in policy
        assert "http" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"


def test_a_refusal_has_the_headers_too(app_address):
    headers = refusal(f"{app_address}/kantong/0/x").headers
    assert "default-src 'self'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("path", PAGES)
def test_a_page_opened_by_its_own_address_knows_its_home(app_address, path):
    with fetch(app_address + path) as answer:
        page = answer.read().decode("utf-8")
        assert '<html lang="id">' in page
        assert "BACKEND_BASE_URL: location.origin" in page
        assert answer.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("path", PAGES)
def test_the_style_of_the_pages_is_fetched_once_and_kept(app_address, path):
    with fetch(app_address + path) as answer:
        found = re.search(
            r'<link rel="stylesheet" href="(/kantong/[^"]*)">', answer.read().decode()
        )
    assert found is not None
    with fetch(app_address + found[1]) as answer:
        assert answer.headers["content-type"].startswith("text/css")
        assert "immutable" in answer.headers["cache-control"]


@pytest.mark.parametrize("name", ["leaflet.js", "leaflet.css", "map.js", "map.css"])
def test_our_own_files_are_fetched_once_and_kept(app_address, name):
    with fetch(app_address + assets.addresses()[name]) as answer:
        kind = "text/css" if name.endswith("css") else "text/javascript"
        assert answer.headers["content-type"].startswith(kind)
        assert "immutable" in answer.headers["cache-control"]
        assert answer.read().decode("utf-8").splitlines() == assets.text_of(name).splitlines()


def test_geometry_is_fetched_once_and_kept(app_address):
    content = (DATA / "kelurahan.geojson").read_bytes()
    address = assets.publish("kelurahan.geojson", content, assets.GEOJSON)
    with fetch_when_ready(app_address + address) as answer:
        assert "immutable" in answer.headers["cache-control"]
        assert answer.headers["content-type"] == "application/geo+json"
        assert len(json.loads(answer.read())["features"]) == 57


@pytest.mark.parametrize(
    "path",
    [
        "/kantong/0000000000000000/map.js",
        "/kantong/0000000000000000/kelurahan.geojson",
        "/kantong/0/indicators.toml",
        "/kantong/0/..%2Findicators.toml",
        "/kantong/..%2F..%2Fdata/indicators.toml",
        "/kantong/0/../../data/indicators.toml",
        "/kantong/0/x",
    ],
)
def test_nothing_but_what_was_published_is_served(app_address, path):
    answer = refusal(app_address + path)
    assert answer.code in (400, 404)
    assert "immutable" not in answer.headers.get("cache-control", "")


def test_an_address_of_no_page_is_answered_with_the_app_and_no_file(app_address):
    with fetch(f"{app_address}/kantong/0/%2Fetc%2Fpasswd") as answer:
        page = answer.read().decode("utf-8")
    assert "<title>Streamlit</title>" in page
    assert "root:" not in page
