"""Files for the browser: an address names its content, so it may be kept for good."""

import pytest

from kantong.geo.files import sha256
from kantong.maps import assets


@pytest.fixture(autouse=True)
def nothing_published(monkeypatch):
    monkeypatch.setattr(assets, "_published", {})


def parts(address):
    _empty, prefix, digest, name = address.split("/")
    assert f"/{prefix}" == assets.PREFIX
    return digest, name


def test_what_is_published_is_found_at_its_address():
    address = assets.publish("a.geojson", b"{}", assets.GEOJSON)
    assert assets.find(*parts(address)) == assets.Asset(b"{}", assets.GEOJSON)


def test_an_address_holds_the_hash_of_the_content():
    one, other = (assets.publish("a.json", text, "x") for text in (b"1", b"2"))
    assert parts(one)[0] == sha256(b"1")[:16]
    assert one != other
    assert one == assets.publish("a.json", b"1", "x")


def test_nothing_is_found_at_an_address_that_was_never_given():
    assets.publish("a.json", b"1", "x")
    assert assets.find("0" * 16, "a.json") is None
    assert assets.find("..", "../pyproject.toml") is None


def test_our_own_files_are_found_even_after_a_new_start():
    addresses = assets.addresses()
    assert set(addresses) == {"leaflet.js", "leaflet.css", "map.js", "map.css"}
    for name, address in addresses.items():
        asset = assets.find(*parts(address))
        assert asset is not None
        assert asset.content.decode("utf-8").splitlines() == assets.text_of(name).splitlines()
        assert asset.media_type == ("text/css" if name.endswith("css") else "text/javascript")


def test_an_old_address_of_our_own_file_gives_nothing_new():
    assert assets.find("0" * 16, "map.js") is None


def test_published_bytes_cannot_stand_for_our_own_script():
    digest, _name = parts(assets.publish("map.js", b"alert(1)", "text/javascript"))
    assert assets.find(digest, "map.js") is None


def test_the_oldest_makes_room(monkeypatch):
    monkeypatch.setattr(assets, "_MOST", 2)
    first, second = (assets.publish("a", text, "x") for text in (b"1", b"2"))
    assets.publish("a", b"1", "x")  # asked for again, so no longer the oldest
    third = assets.publish("a", b"3", "x")
    assert [assets.find(*parts(one)) is None for one in (first, second, third)] == [
        False,
        True,
        False,
    ]


def test_a_file_of_the_package_is_published_under_its_name(tmp_path):
    path = tmp_path / "page.css"
    path.write_bytes(b"p {}")
    address = assets.publish_file(path, "text/css")
    assert address.endswith("/page.css")
    assert assets.find(*parts(address)) == assets.Asset(b"p {}", "text/css")


def test_leaflet_is_the_one_of_the_package():
    assert "Leaflet 1.9" in assets.text_of("leaflet.js")[:200]
