import json
import urllib.error
import urllib.request

import pytest

from kantong.maps.assets import addresses
from tests.conftest import DATA

pytestmark = pytest.mark.browser


def fetch(address):
    return urllib.request.urlopen(address, timeout=20)  # noqa: S310 - our own http address


def test_every_answer_forbids_other_hosts(app_address):
    for path in ("/", "/_stcore/health", addresses(DATA)["map.js"]):
        with fetch(app_address + path) as answer:
            policy = answer.headers["content-security-policy"]
            assert "default-src 'self'" in policy
            assert "connect-src 'self';" in policy
            assert "http" not in policy
            assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("path", ["/", "/prioritas", "/metode"])
def test_a_page_opened_by_its_own_address_knows_its_home(app_address, path):
    with fetch(app_address + path) as answer:
        page = answer.read().decode("utf-8")
        assert '<html lang="id">' in page
        assert "BACKEND_BASE_URL: location.origin" in page
        assert answer.headers["cache-control"] == "no-cache"


def test_geometry_is_fetched_once_and_kept(app_address):
    with fetch(app_address + addresses(DATA)["kelurahan.geojson"]) as answer:
        assert "immutable" in answer.headers["cache-control"]
        assert answer.headers["content-type"] == "application/geo+json"
        assert len(json.loads(answer.read())["features"]) == 57


def test_an_old_address_still_answers_but_is_not_kept(app_address):
    with fetch(f"{app_address}/kantong/0000000000000000/kelurahan.geojson") as answer:
        assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "path", ["/kantong/0/indicators.toml", "/kantong/0/..%2Findicators.toml", "/kantong/0/x"]
)
def test_nothing_else_of_the_data_folder_is_served(app_address, path):
    with pytest.raises(urllib.error.HTTPError, match=r"40[04]") as caught:
        fetch(app_address + path)
    caught.value.close()
