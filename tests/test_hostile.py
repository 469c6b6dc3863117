"""Names that mean harm, through every page, print and download: they stay names.

One boundary layer bears them; the figures are those of the real city. ``test_browser.py`` shows the
same in a browser, where what runs would be seen to run.
"""

import csv
import io
import json
import re
import shutil
import sqlite3
import subprocess
import zipfile
from html.parser import HTMLParser

import docx
import openpyxl
import pikepdf
import pytest
import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.testing.v1 import AppTest

from kantong.language import activate
from kantong.maps.assets import find
from kantong.views.pages import FILES
from tests.conftest import DATA, needs
from tests.views.test_pages import ENTRY

NAMES = (
    "<img src=x onerror=alert(1)>",
    "</script><script>alert(1)</script>",
    "</style><svg onload=alert(1)>",
    "\"><a href='javascript:alert(1)'>x</a>",
    "${alert(1)}",
    "`${alert(1)}` \\u0060",
    "{{ alert(1) }} {% raw %}",
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("https://evil.example";"x")',
    "+1+1",
    "-2+3",
    "@SUM(1,1)",
    '#eval("1") #image("/etc/passwd")',
    "$ x $ *tebal* _miring_ @rujuk <label> /* */ //",
    "[x](javascript:alert(1))",
    "![x](https://evil.example/x.png)",
    ":material/home: :red[x]",
    "https://evil.example www.evil.example",
    "]]>&amp;&lt;",
    "../../../etc/passwd",
    "..\\..\\boot.ini",
    "x\u202egnp.exe",
    "'); DROP TABLE observations;--",
    "%s %(x)s {0} {kode} {kelurahan!r}",
)
EVIL = re.compile(r"evil\.example|javascript:", re.IGNORECASE)
SHARE = ("share map", "share hotspot", "share score")
KODE = "35.73.05.1004"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The real city, its kelurahan, kecamatan, dapil and source named by someone who means harm."""
    target = tmp_path_factory.mktemp("jahat") / "kota"
    shutil.copytree(DATA, target, ignore=shutil.ignore_patterns("kantong.db*", "sources"))
    file = target / "kelurahan.geojson"
    layer = json.loads(file.read_text("utf-8"))
    kecamatan: dict[str, str] = {}
    for place, feature in enumerate(layer["features"]):
        about = feature["properties"]
        of = kecamatan.setdefault(about["kecamatan"], NAMES[len(kecamatan) % len(NAMES)])
        about |= {"kelurahan": NAMES[place % len(NAMES)], "kecamatan": of, "kabupaten": NAMES[0]}
    layer["kantong"]["attribution"] = NAMES[1]
    file.write_text(json.dumps(layer), "utf-8")
    return target


@pytest.fixture
def taken(folder, monkeypatch):
    """Every download that a page offers is taken: name of the file and content."""
    monkeypatch.setenv("KANTONG_DATA", str(folder))
    found = []
    offered = DeltaGenerator.download_button

    def take(self, label, data, *rest, **named):
        content = data() if callable(data) else data
        content = content.encode() if isinstance(content, str) else content
        found.append((named["file_name"], content))
        return offered(self, label, b"x", *rest, **named)

    monkeypatch.setattr(DeltaGenerator, "download_button", take)
    main = getattr(st.download_button, "__self__")  # noqa: B009 - a bound method, which types hide
    monkeypatch.setattr(st, "download_button", lambda *rest, **named: take(main, *rest, **named))
    return found


def opened(name, **state):
    """Return a page with all that is behind buttons drawn too."""
    activate("id")
    app = AppTest.from_file(ENTRY, default_timeout=120)
    app.query_params["kelurahan"] = KODE
    for key, value in state.items():
        app.session_state[key] = value
    app.run()
    if name != "beranda":
        app.switch_page(f"kantong/views/{name}.py").run()
    assert not app.exception
    assert not app.error
    return app


def protos(node):
    """Every part of a page as the browser is told of it."""
    for child in node.children.values():
        if hasattr(child, "children"):
            if getattr(child, "proto", None) is not None:
                yield child.proto
            yield from protos(child)
        else:
            yield child.proto


# --- what a browser would make of it -------------------------------------------------------------


class Markup(HTMLParser):
    """Notes what would run, or lead away."""

    def __init__(self):
        super().__init__()
        self.harm = []

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "script" or any(name.startswith("on") for name in given):
            self.harm.append((tag, attrs))
        if any(EVIL.search(value or "") for name, value in attrs if name in {"href", "src"}):
            self.harm.append((tag, attrs))
        if tag == "img" and given.get("src") == "x":
            self.harm.append((tag, attrs))


def harm_in(text):
    reader = Markup()
    reader.feed(text)
    return reader.harm


# Signs that mean something to markdown, not preceded by a backslash, as they stand in our names.
_ACTIVE = re.compile(
    r"(?<!\\)(<img|</?script|<svg|<a href|\]\(javascript|!\[x|\*tebal|:red\[|:material/home)"
    r"|https?://evil|www\.evil|\$ x \$"
)


@pytest.mark.parametrize("name", FILES)
def test_no_name_becomes_markup_on_a_page(taken, name):
    app = opened(name)
    seen = ""
    for part in protos(app._tree):  # noqa: SLF001 - the only way to all that is drawn
        kind = type(part).__name__
        if kind == "Html":
            seen += part.body
            assert harm_in(part.body) == [], kind
        elif kind in {"Markdown", "Heading", "Alert", "Caption"}:
            seen += part.body
            assert harm_in(part.body) == [] if getattr(part, "allow_html", False) else True
            assert not _ACTIVE.search(part.body), part.body
        elif hasattr(part, "label") and kind not in {"Selectbox", "Multiselect"}:
            assert not _ACTIVE.search(part.label), part.label
    if name in {"peta", "profil", "prioritas", "hotspot", "banding", "program"}:
        assert "alert" in seen or "eval" in seen, "the names are not on this page at all"


# --- what is taken home --------------------------------------------------------------------------


def looks_like_a_formula(cell):
    if not cell or cell[0] not in "=+-@\t\r":
        return False
    return not re.fullmatch(r"[-+]?[\d.,]+( ?%)?|[-–]+", cell)


def check_csv(content):
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=","))
    assert rows
    cells = [part for row in rows for cell in row for part in [cell, *cell.split(";")]]
    assert [cell for cell in cells if looks_like_a_formula(cell)] == []


def check_xlsx(content):
    book = openpyxl.load_workbook(io.BytesIO(content))
    for sheet in book:
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.hyperlink is None
                if cell.data_type == "f":
                    assert str(cell.value).startswith("=SUM("), cell.value
    names = zipfile.ZipFile(io.BytesIO(content)).namelist()
    assert not any("externalLink" in name or "vba" in name for name in names)


def check_geojson(content):
    layer = json.loads(content)
    said = {value for one in layer["features"] for value in one["properties"].values()}
    assert said >= set(NAMES[:5])


def check_gpkg(content, path):
    path.write_bytes(content)
    database = sqlite3.connect(path)
    tables = {row[0] for row in database.execute("SELECT name FROM sqlite_master")}
    assert "gpkg_contents" in tables
    assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    database.close()


def check_html(content):
    """A page that works alone: our scripts and style, and nothing that a name has opened."""
    text = content.decode("utf-8")
    found = harm_in(text)
    assert [one for one in found if one[0] != "script" or dict(one[1]).get("src")] == []
    benign = {"script": 3}
    assert len([one for one in found if one[0] == "script"]) <= benign["script"]
    assert "<script>alert(1)" not in text
    assert "onerror=alert(1)>" not in re.sub(r'"[^"]*"', "", text) or "&lt;img" in text


_DEEDS = {"/JavaScript", "/Launch", "/URI", "/GoToR", "/SubmitForm", "/ImportData"}


def check_pdf(content, path):
    with pikepdf.open(io.BytesIO(content)) as document:
        for thing in document.objects:
            if isinstance(thing, pikepdf.Dictionary) and "/S" in thing:
                assert str(thing["/S"]) not in _DEEDS or _is_ours(thing)
        assert "/EmbeddedFiles" not in document.Root.get("/Names", {})
    needs("pdftotext")
    path.write_bytes(content)
    command = ["pdftotext", "-raw", str(path), "-"]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert "root:" not in said
    return said


def _is_ours(action):
    return str(action["/S"]) == "/URI" and not EVIL.search(str(action["/URI"]))


def check_docx(content):
    document = docx.Document(io.BytesIO(content))
    for part in document.part.package.iter_parts():
        for link in part.rels.values():
            assert not link.is_external or not EVIL.search(link.target_ref)
    assert document.paragraphs


def check_zip(content):
    for name in zipfile.ZipFile(io.BytesIO(content)).namelist():
        assert re.fullmatch(r"[\w.-]+", name), name
        assert ".." not in name


CHECKS = {
    "csv": check_csv,
    "xlsx": check_xlsx,
    "geojson": check_geojson,
    "html": check_html,
    "docx": check_docx,
    "zip": check_zip,
    "png": lambda content: content.startswith(b"\x89PNG") or pytest.fail("no picture"),
}
BY_FILE = {"gpkg": check_gpkg, "pdf": check_pdf}

# What each page must give at least, so that the test cannot pass by taking nothing.
GIVEN = {
    "peta": {"csv", "xlsx", "geojson", "gpkg", "png", "html"},
    "prioritas": {"csv", "xlsx"},
    "hotspot": {"csv"},
    "profil": set(),
    "cetak": {"pdf"},
    "impor": {"xlsx"},
    "program": set(),
}


def look_at(taken, path):
    for file, content in taken:
        assert re.fullmatch(r"[\w.,-]+", file), file
        assert ".." not in file
        ending = file.rsplit(".", 1)[1]
        if ending in BY_FILE:
            BY_FILE[ending](content, path / f"it.{ending}")
        else:
            CHECKS[ending](content)
    return {file.rsplit(".", 1)[1] for file, _content in taken}


@pytest.mark.parametrize("name", GIVEN)
def test_no_name_does_harm_in_what_a_page_gives(taken, tmp_path, name):
    shared = {f"share {key}": True for key in ("map", "priority", "hotspot", "score", "profile")}
    opened(name, **shared)
    assert look_at(taken, tmp_path) >= GIVEN[name]


@pytest.mark.parametrize("part", ["ringkasan", "atlas", "musykel", "lembar"])
def test_no_name_does_harm_in_print(taken, tmp_path, part):
    app = opened("cetak", cetak=part)
    for button in app.button:
        if str(button.key).startswith("make "):
            button.click()
    assert not app.exception
    look_at(taken, tmp_path)


def test_a_sheet_prints_a_name_of_typst_as_it_is_written(folder, taken, tmp_path):
    layer = json.loads((folder / "kelurahan.geojson").read_text("utf-8"))
    typst = next(
        one["properties"]["kode"]
        for one in layer["features"]
        if one["properties"]["kelurahan"].startswith("#eval")
    )
    app = opened("cetak")
    app.query_params["kelurahan"] = typst
    app.session_state["kelurahan"] = typst
    app.run()
    assert not app.exception
    sheets = [content for file, content in taken if file.endswith(".pdf")]
    assert '#eval("1")' in check_pdf(sheets[-1], tmp_path / "it.pdf")


def test_no_path_in_an_address_of_an_asset_leads_to_a_file():
    for digest in ("..", "0" * 16, "%2e%2e", "../" * 5):
        for name in ("../../etc/passwd", "..\\..\\boot.ini", "/etc/passwd", "indicators.toml", ""):
            assert find(digest, name) is None
