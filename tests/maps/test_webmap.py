"""The map in the browser is told by JSON alone; no text can become markup on the way."""

import html.parser
import json
import re
from dataclasses import asdict, fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kantong.maps import assets
from kantong.maps.webmap import Base, State, base_map, compact, painted, start_options

HOSTILE = (
    "</script><img src=x onerror=alert(1)>",
    "${alert(1)}",
    "{{'a'}}",
    "{{ 6 * 7 }}{{{",
    "{% raw %}{#",
    "`'\"\\",
    "\u2028\u2029<!--",
    "&lt;b&gt;",
)
EVIL = "".join(HOSTILE)
BOUNDS = (112.5, -8.1, 112.7, -7.9)
BASE = Base(
    areas="/kantong/aa/kelurahan.geojson",
    context="/kantong/bb/context.geojson",
    outlines={"dapil": "/kantong/cc/dapil.geojson"},
    bounds=BOUNDS,
    patterns="/kantong/dd/patterns.svg",
)
STATE = State("poor 2025", "Poor people", {"99.01.01.1001": "#fff"})


def hostile_base(text):
    """Return a base with a text in every field that holds one."""
    return Base(
        areas=text, context=text, outlines={text: text}, bounds=BOUNDS, attribution=text,
        patterns=text, home=text, memory=text, linked=text,
    )  # fmt: skip


def hostile_state(text):
    """Return a state with a text in every field."""
    return State(
        shown=text, title=text, fills={text: text}, labels=[text], tips={text: [text]}, note=text,
        outside=text, dimmed=[text], marked=[text], chosen=text, outline=text, theme=text,
    )  # fmt: skip


def page_of(base, state=None):
    chart = base_map(base, assets.addresses())
    if state:
        painted(state).add_to(chart)
    return chart.get_root().render()


def told(page, function):
    """Return the JSON in a call of our script: what the browser reads."""
    start = re.search(rf"kantong\.{function}\((map_div, |[a-z_0-9]+, )?(?={{)", page)
    assert start is not None
    value, _end = json.JSONDecoder().raw_decode(page, start.end())
    return value


class Elements(html.parser.HTMLParser):
    """Tags and attributes of a page, as a browser finds them."""

    def __init__(self, page):
        super().__init__()
        self.found = []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, sorted(name for name, _value in attributes)))


@pytest.mark.parametrize("base", [BASE, Base("", BOUNDS)])
def test_scripts_and_styles_come_from_this_server_only(base):
    chart = base_map(base, assets.addresses())
    links = [address for _name, address in [*chart.default_js, *chart.default_css]]
    assert links == [
        f"../..{assets.addresses()[name]}"
        for name in ("leaflet.js", "map.js", "leaflet.css", "map.css")
    ]
    fetched = re.findall(r"(?:src|href)=\"([^\"]*)\"", chart.get_root().render())
    assert sorted(fetched) == sorted(links)


def test_every_text_of_the_test_below_is_covered():
    assert {field.name for field in fields(State)} == set(asdict(hostile_state("x")))
    assert all("x" in json.dumps(value) for value in asdict(hostile_state("x")).values())
    silent = {
        name for name, value in asdict(hostile_base("x")).items() if "x" not in json.dumps(value)
    }
    assert silent == {"bounds", "popups"}


@pytest.mark.parametrize("text", [*HOSTILE, EVIL])
def test_no_text_becomes_markup(text):
    harmless = page_of(hostile_base("x"), hostile_state("x"))
    page = page_of(hostile_base(text), hostile_state(text))
    assert Elements(page).found == Elements(harmless).found
    for call in re.findall(r"kantong\.\w+\(.*", page):
        assert set("<>&'\u2028\u2029").isdisjoint(call)


@pytest.mark.parametrize("text", [*HOSTILE, EVIL])
def test_every_text_arrives_as_it_was(text):
    page = page_of(hostile_base(text), hostile_state(text))
    assert told(page, "show") == compact(hostile_state(text))
    arrived = told(page, "start")
    sent = start_options(hostile_base(text))
    for name in ("attribution", "home", "memory", "linked"):
        assert arrived[name] == sent[name] == text
    for name in ("areas", "context", "patterns"):
        assert arrived[name] == f"../..{text}"
    assert arrived["outlines"] == {text: f"../..{text}"}


def test_addresses_begin_at_the_root_of_the_app_and_geometry_stays_as_given():
    arrived = told(page_of(BASE), "start")
    assert arrived["areas"] == "../../kantong/aa/kelurahan.geojson"
    assert arrived["bounds"] == [[-8.1, 112.5], [-7.9, 112.7]]
    assert told(page_of(replace(BASE, context="")), "start")["context"] == ""
    collection = {"type": "FeatureCollection", "features": []}
    assert told(page_of(replace(BASE, areas=collection)), "start")["areas"] == collection


def test_the_state_carries_no_geometry():
    group = painted(STATE)
    assert "coordinates" not in json.dumps(compact(STATE))
    assert set(compact(STATE)) == {field.name for field in fields(State)} - {"fills", "tips"} | {
        "palette",
        "areas",
    }
    added = len(page_of(BASE, STATE)) - len(page_of(BASE))
    assert 0 < added < 1000
    assert group.layer_name == "state"


@pytest.mark.parametrize("state", [STATE, hostile_state("x"), hostile_state(EVIL)])
def test_the_base_map_is_the_same_for_every_state(state):
    """streamlit-folium builds the map anew whenever its script differs."""

    def script(one):
        page = page_of(BASE, one)
        show = page.find("kantong.show(")
        end = page.find("\n", show)
        rest = page[:show] + page[end:]
        rest = re.sub(r"var feature_group_\w+ = L\.featureGroup\(\s*\{\s*\}\s*\);", "", rest)
        rest = re.sub(r"feature_group_\w+\.addTo\([^)]*\);", "", rest)
        return re.sub(r"\s+", " ", re.sub(r"[0-9a-f]{32}", "", rest))

    assert script(state) == script(replace(STATE, shown="other"))
    plain = re.sub(r"[0-9a-f]{32}", "", page_of(BASE))
    assert plain == re.sub(r"[0-9a-f]{32}", "", page_of(BASE))


# --- compact --------------------------------------------------------------------------------------

TEXTS = st.text(max_size=8)
FILLS = st.dictionaries(TEXTS, st.sampled_from(["#fff", "#000", "url(#missing)"]), max_size=12)


@st.composite
def states(draw):
    fills = draw(FILLS)
    areas = st.sampled_from(sorted(fills)) if fills else st.nothing()
    tips = draw(st.dictionaries(areas, st.lists(TEXTS, max_size=4)))
    return State(draw(TEXTS), draw(TEXTS), fills, labels=draw(st.lists(TEXTS)), tips=tips)


@given(states())
def test_compact_loses_nothing_of_a_painted_area(state):
    # As kantong.show in map.js unpacks it, after a journey as JSON.
    sent = json.loads(json.dumps(compact(state)))
    areas = sent.pop("areas")
    palette = sent.pop("palette")
    assert {kode: palette[place] for kode, (place, *_texts) in areas.items()} == state.fills
    texts = {kode: told for kode, (_place, *told) in areas.items()}
    assert texts == {kode: list(state.tips.get(kode, [])) for kode in state.fills}
    assert sent == {
        name: value for name, value in asdict(state).items() if name not in ("fills", "tips")
    } | {name: list(value) for name, value in asdict(state).items() if isinstance(value, tuple)}
    assert len(palette) == len(set(palette)) == len(set(state.fills.values()))
