import re

from kantong.maps.assets import addresses, assets
from kantong.maps.webmap import State, base_map, painted
from tests.conftest import DATA, TUTORIAL

EVIL = '</script><img src=x onerror=alert(1)>"; alert(1); //'


def page_of(layer, state):
    base = base_map(layer, addresses(DATA), attribution=EVIL, outside="luar")
    painted(state).add_to(base)
    return base.get_root().render()


def test_scripts_and_styles_come_from_this_server_only(malang):
    base = base_map(malang, addresses(DATA), attribution="", outside="")
    links = [address for _, address in [*base.default_js, *base.default_css]]
    assert len(links) == 4
    assert all(link.startswith("../../kantong/") for link in links)


def test_no_value_from_data_becomes_markup(malang):
    state = State(shown=EVIL, colours={EVIL: EVIL}, tips={"a": [(EVIL, EVIL)]}, note=EVIL)
    page = page_of(malang, state)
    assert "<img src=x" not in page
    assert EVIL not in page


def test_the_state_carries_no_geometry(malang):
    state = State(shown="a", colours={"35.73.01.1001": "#fff"}, tips={})
    base = base_map(malang, addresses(DATA), attribution="a", outside="b")
    before = len(base.get_root().render())
    painted(state).add_to(base)
    assert 0 < len(base.get_root().render()) - before < 1000


def test_the_base_map_is_the_same_for_every_state(malang):
    def text():
        page = base_map(malang, addresses(DATA), attribution="a", outside="b").get_root().render()
        return re.sub(r"[0-9a-f]{32}", "", page)

    assert text() == text()


def test_an_address_changes_with_the_content():
    ours, tutorial = addresses(DATA), addresses(TUTORIAL)
    assert ours["kelurahan.geojson"] != tutorial["kelurahan.geojson"]
    assert ours["leaflet.js"] == tutorial["leaflet.js"]


def test_leaflet_is_the_one_of_the_package():
    script = assets(DATA)["leaflet.js"].path.read_text("utf-8")
    assert "Leaflet 1.9" in script[:200]
