"""The journey of a planner in a real browser, with every request to another host refused."""

import csv
import io
import json
import re
import shutil
from pathlib import Path
from urllib.parse import urlparse

import pytest
from playwright.sync_api import expect, sync_playwright

from tests.conftest import TUTORIAL, serving

pytestmark = pytest.mark.browser

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
MAP = "iframe[title='streamlit_folium.st_folium']"
PATIENCE_MS = 60_000


@pytest.fixture(scope="module")
def browser():
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("needs Debian's package chromium")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield started
        started.close()


@pytest.fixture
def visit(browser, app_address):
    """Return a page and the list of its troubles; the list must stay empty."""
    page, troubles = watched(browser)
    page.goto(app_address)
    yield page, troubles
    page.close()


def watched(browser, width=1280, height=1000):
    """Return a page that refuses other hosts, and the list where its troubles are noted."""
    page = browser.new_page(viewport={"width": width, "height": height}, locale="id-ID")
    page.set_default_timeout(PATIENCE_MS)
    troubles: list[str] = []

    def gate(route):
        if urlparse(route.request.url).hostname in ("127.0.0.1", None, ""):
            route.continue_()
        else:
            troubles.append(f"request to {route.request.url}")
            route.abort()

    def listen(message):
        if message.type == "error":
            troubles.append(message.text)

    def refuse(dialog):
        troubles.append(f"dialog {dialog.message}")
        dialog.dismiss()

    page.route("**/*", gate)
    page.on("console", listen)
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("dialog", refuse)
    return page, troubles


def area(page, kode):
    return page.frame_locator(MAP).locator(f"path[data-kode='{kode}']")


def shown(page, what):
    body = page.frame_locator(MAP).locator("body")
    expect(body).to_have_attribute("data-shown", what, timeout=PATIENCE_MS)


def test_a_planner_explores_the_map_and_takes_the_table_home(visit):
    page, troubles = visit
    frame = page.frame_locator(MAP)
    expect(frame.locator("path.kelurahan")).to_have_count(57, timeout=PATIENCE_MS)
    expect(frame.locator("path.context")).to_have_count(66)
    shown(page, "poor_people 2025 quantiles")
    expect(page.get_by_text("SIMULASI.").first).to_be_visible()

    area(page, "35.73.05.1004").hover()
    tip = frame.locator(".tip")
    expect(tip).to_contain_text("Dinoyo")
    expect(tip).to_contain_text("Penduduk miskin · 2025")
    expect(tip).to_contain_text("Peringkat")
    expect(tip).to_contain_text("SIMULASI")

    area(page, "35.73.05.1004").click()
    expect(page.get_by_role("heading", name="Dinoyo")).to_be_visible()
    assert "kelurahan=35.73.05.1004" in page.url

    before = area(page, "35.73.04.1009").get_attribute("fill")
    page.get_by_role("combobox", name="Indikator").click()
    page.get_by_role("option", name="Persentase penduduk miskin", exact=True).click()
    shown(page, "poor_rate 2025 quantiles")
    fills = frame.locator("path.kelurahan").evaluate_all(
        "all => all.map(one => one.getAttribute('fill'))"
    )
    assert len(fills) == 57
    assert len(set(fills)) == 5
    assert before in fills

    page.get_by_role("link", name="Prioritas").click()
    expect(page.get_by_role("heading", name="Peringkat menurut")).to_be_visible()
    expect(frame.locator("path.kelurahan")).to_have_count(57)
    expect(page.get_by_role("button", name="Download as CSV")).to_have_count(0)
    with page.expect_download() as caught:
        page.get_by_role("button", name="CSV", exact=True).click()
    download = caught.value
    assert download.suggested_filename == "SIMULASI-poor_rate-2025.csv"
    rows = list(csv.DictReader(io.StringIO(Path(download.path()).read_text("utf-8-sig"))))
    assert len(rows) == 57
    assert {row["Jenis data"] for row in rows} == {"SIMULASI"}
    assert {row["Penyebut"] for row in rows} == {"Penduduk 2023"}

    page.get_by_role("link", name="Metode").click()
    expect(page.get_by_role("heading", name="Metode dan sumber")).to_be_visible()
    assert troubles == []


def test_every_click_chooses_on_every_page(visit):
    """streamlit-folium puts its own answer in the place of ours once it has met our layers."""
    page, troubles = visit
    expect(page.frame_locator(MAP).locator("path.kelurahan")).to_have_count(57, timeout=PATIENCE_MS)
    for kode, name in (
        ("35.73.05.1004", "Dinoyo"),
        ("35.73.04.1009", "Karangbesuki"),
        ("35.73.05.1004", "Dinoyo"),
    ):
        area(page, kode).click()
        expect(page.get_by_role("heading", name=name)).to_be_visible()
    page.get_by_role("link", name="Prioritas").click()
    expect(page.get_by_role("heading", name="Peringkat menurut")).to_be_visible()
    area(page, "35.73.03.1010").click()
    page.wait_for_url("**kelurahan=35.73.03.1010**")
    assert troubles == []


def test_missing_areas_are_hatched_and_named(visit):
    """Ten kelurahan stand on the published house repair list of 2025, 47 do not."""
    page, troubles = visit
    frame = page.frame_locator(MAP)
    expect(frame.locator("path.kelurahan")).to_have_count(57, timeout=PATIENCE_MS)
    page.goto(f"{page.url}?indikator=rtlh_assisted")
    expect(frame.locator("path.kelurahan[fill='url(#missing)']")).to_have_count(
        47, timeout=PATIENCE_MS
    )
    expect(frame.locator("pattern#missing")).to_have_count(1)
    expect(page.locator(".legend")).to_contain_text("tanpa angka (47)")
    area(page, "35.73.05.1004").hover()
    expect(frame.locator(".tip")).to_contain_text("Jumlahnya tidak diketahui.")
    assert troubles == []


def test_repainting_keeps_map_and_memory(visit):
    """Old groups of streamlit-folium pile up unless they are dropped."""
    page, troubles = visit
    frame = page.frame_locator(MAP)
    expect(frame.locator("path.kelurahan")).to_have_count(57, timeout=PATIENCE_MS)
    for name, key in (
        ("Penduduk DTSEN desil 1–5", "dtsen_people 2025-Q3 quantiles"),
        ("Penduduk", "population 2023 quantiles"),
    ) * 2:
        page.get_by_role("combobox", name="Indikator").click()
        page.get_by_role("option", name=name, exact=True).click()
        shown(page, key)
    assert frame.locator("body").evaluate("() => window.feature_group.length") == 1
    expect(frame.locator("path.kelurahan")).to_have_count(57)
    assert troubles == []


@pytest.mark.parametrize("path", ["", "prioritas", "metode"])
def test_a_page_opened_on_a_phone_by_its_address_fits_and_is_quiet(browser, app_address, path):
    page, troubles = watched(browser, width=390, height=844)
    page.goto(f"{app_address}/{path}")
    expect(page.get_by_text("SIMULASI.").first).to_be_visible(timeout=PATIENCE_MS)
    tables = page.get_by_test_id("stDataFrame").or_(page.get_by_test_id("stTable"))
    expect(tables.first).to_be_visible()
    wide = page.evaluate("() => document.scrollingElement.scrollWidth")
    page.close()
    assert wide <= 390
    assert troubles == []


EVIL = (
    "<img src=x onerror=alert(1)>",
    "${alert(1)}",
    "</script><script>alert(1)</script>",
    "https://evil.example www.evil.example a@evil.example",
)


def bare(name):
    """Return a pattern for a name in which unseen word joiners may stand."""
    return re.compile("\u2060?".join(map(re.escape, name)))


@pytest.fixture
def evil_address(tmp_path):
    """The app on a city whose kelurahan and indicator bear names that are markup."""
    folder = tmp_path / "kota"
    shutil.copytree(TUTORIAL, folder)
    layer = json.loads((folder / "kelurahan.geojson").read_text("utf-8"))
    for feature, name in zip(layer["features"], EVIL, strict=False):
        feature["properties"]["kelurahan"] = name
        feature["properties"]["kecamatan"] = name
    layer["kantong"]["attribution"] = EVIL[0]
    (folder / "kelurahan.geojson").write_text(json.dumps(layer), "utf-8")
    catalogue = (folder / "indicators.toml").read_text("utf-8")
    hostile = catalogue.replace('"Penduduk miskin"', f"'{EVIL[0]}'")
    assert hostile != catalogue
    (folder / "indicators.toml").write_text(hostile, "utf-8")
    with serving(folder) as address:
        yield address


def test_names_that_are_markup_are_shown_as_text(browser, evil_address):
    page, troubles = watched(browser)
    page.goto(evil_address)
    frame = page.frame_locator(MAP)
    expect(frame.locator("path.kelurahan")).to_have_count(9, timeout=PATIENCE_MS)
    expect(frame.locator(".leaflet-control-attribution")).to_contain_text(EVIL[0])
    kodes = ("99.01.01.1001", "99.01.01.1002", "99.01.01.1003", "99.01.02.1004")
    for kode, name in zip(kodes, EVIL, strict=True):
        area(page, kode).hover()
        expect(frame.locator(".tip strong").filter(has_text=name)).to_be_visible()
        area(page, kode).click()
        expect(page.locator("h3", has_text=bare(name))).to_be_visible()
    assert page.locator("a[href*='evil']").count() == 0
    expect(page.locator(".legend .head")).to_contain_text(EVIL[0])
    page.get_by_role("link", name="Prioritas").click()
    expect(page.get_by_role("heading", name="Peringkat menurut")).to_contain_text(EVIL[0])
    expect(frame.locator("path.kelurahan")).to_have_count(9)
    assert page.locator("img[src='x']").count() == 0
    assert frame.locator("img[src='x']").count() == 0
    assert troubles == []
    page.close()
