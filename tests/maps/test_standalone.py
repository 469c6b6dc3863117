"""A page that is taken home: one file that fetches nothing and reads no text as markup."""

import html.parser
import json
import re

import pytest

from kantong.maps import downloads
from kantong.maps.standalone import Caption, to_html
from kantong.maps.style import MISSING, pattern_definitions
from kantong.maps.webmap import Base, State, compact, start_options
from tests.maps.test_webmap import EVIL, HOSTILE

POLICY = {
    "default-src": "'none'",
    "script-src": "'unsafe-inline'",
    "style-src": "'unsafe-inline'",
    "img-src": "data:",
    "base-uri": "'none'",
    "form-action": "'none'",
}
NOTES = (("Source", "Dinas Sosial"), ("Period", "2025"), ("SHA-256", "ab" * 32))
OUR_TAGS = {
    "html", "head", "meta", "title", "style", "body", "main", "h1", "em", "ul", "li", "span",
    "div", "dl", "dt", "dd", "script",
}  # fmt: skip


class Page(html.parser.HTMLParser):
    """The tags of a page with their attributes, and the text inside each kind of tag."""

    def __init__(self, content):
        super().__init__()
        self.tags, self.texts, self.open = [], {}, []
        self.feed(content.decode("utf-8"))
        self.close()

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag != "meta":
            self.open.append(tag)
            self.texts.setdefault(tag, []).append("")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, text):
        if self.open:
            self.texts[self.open[-1]][-1] += text

    def argument(self, call):
        """Return the JSON that a call in the last script begins with."""
        script = self.texts["script"][-1]
        value, _end = json.JSONDecoder().raw_decode(script, script.index(call) + len(call))
        return value


def base_of(nine, text="harmless"):
    named = nine.assign(kelurahan=text)
    return Base(
        areas=downloads.geometry(named),
        bounds=tuple(nine.total_bounds.tolist()),
        outlines={text: downloads.geometry(named.head(1))},
        attribution=text,
        patterns=pattern_definitions(),
        home=text,
        popups=True,
    )


def state_of(text="harmless"):
    fills = {"99.01.01.1001": "#fff5b4", "99.01.01.1002": MISSING.fill}
    tips = {kode: [text] for kode in fills}
    return State(text, text, fills, labels=[text], tips=tips, note=text, outside=text)


def caption_of(text="harmless"):
    return Caption(text, [("#fff5b4", text), (MISSING.fill, text)], [(text, text)], language="en")


@pytest.fixture(scope="module")
def page(nine):
    state = State("poor 2025", "Poor", {"99.01.01.1001": "#fff5b4"}, note="SIMULASI")
    caption = Caption("Poor people 2025 (people)", [("#fff5b4", "0 to 50 (3)")], NOTES, "en")
    return Page(to_html(base_of(nine), state, caption))


def test_the_page_refers_to_no_other_file(page):
    for _tag, attributes in page.tags:
        assert {"src", "href", "srcset", "data", "action"}.isdisjoint(attributes)
    looks = [*page.texts["style"], *(a.get("style", "") for _tag, a in page.tags)]
    for style in looks:
        assert "@import" not in style
        assert all(name.startswith("#") for name in re.findall(r"url\(['\"]?([^'\")]*)", style))
    assert not any("sourceMappingURL" in script for script in page.texts["script"])


def test_no_host_is_named_but_that_of_leaflet_and_of_xml_names(page):
    hosts = {
        host
        for texts in (page.texts["script"], page.texts["style"])
        for text in texts
        for host in re.findall(r"https?://([\w.-]+)", re.sub(r"(?s)/\*.*?\*/", "", text))
    }
    assert hosts <= {"www.w3.org", "leafletjs.com"}


def test_the_policy_forbids_everything_that_is_not_in_the_file(page):
    (policy,) = [
        attributes["content"]
        for tag, attributes in page.tags
        if tag == "meta" and attributes.get("http-equiv") == "Content-Security-Policy"
    ]
    told = dict(part.split(maxsplit=1) for part in policy.split("; "))
    assert told == POLICY


def test_the_page_says_what_it_shows_and_that_it_is_simulated(page):
    assert page.texts["title"] == ["Poor people 2025 (people)"]
    assert page.texts["h1"] == ["Poor people 2025 (people) "]
    assert page.texts["em"] == ["SIMULASI"]
    assert page.texts["li"] == ["0 to 50 (3)"]
    assert dict(page.tags[0][1]) == {"lang": "en"}


def test_published_figures_bear_no_mark(nine):
    state = State("poor 2025", "Poor", {})
    assert "em" not in Page(to_html(base_of(nine), state, caption_of())).texts


def test_source_period_and_hash_stand_below_the_map(page):
    assert tuple(zip(page.texts["dt"], page.texts["dd"], strict=True)) == NOTES


@pytest.mark.parametrize("text", [*HOSTILE, EVIL])
def test_hostile_texts_add_no_tag_and_read_as_they_are(nine, text):
    harmless = Page(to_html(base_of(nine), state_of(), caption_of()))
    seen = Page(to_html(base_of(nine, text), state_of(text), caption_of(text)))
    assert seen.tags == harmless.tags
    assert {tag for tag, _attributes in seen.tags} == OUR_TAGS
    assert seen.texts["h1"] == [f"{text} "]
    assert seen.texts["title"] == seen.texts["em"] == seen.texts["dt"] == seen.texts["dd"] == [text]
    assert seen.texts["li"] == [text, text]


@pytest.mark.parametrize("text", ["harmless", *HOSTILE, EVIL])
def test_geometry_and_state_are_in_the_page(nine, text):
    base, state = base_of(nine, text), state_of(text)
    page = Page(to_html(base, state, caption_of(text)))
    given = json.loads(json.dumps(start_options(base)))
    assert page.argument("kantong.start(map, ") == given
    assert len(given["areas"]["features"]) == 9
    assert page.argument("kantong.show(") == json.loads(json.dumps(compact(state)))


def test_a_hostile_language_stays_an_attribute(nine):
    caption = Caption("a", [], [], language='en"><script>alert(1)</script>')
    page = Page(to_html(base_of(nine), state_of(), caption))
    assert page.tags[0] == ("html", {"lang": caption.language})
    assert len(page.texts["script"]) == 3
