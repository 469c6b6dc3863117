"""Journeys of the three users in a real browser, with every request to another host refused."""

import csv
import io
import json
import re
import shutil
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlparse

import openpyxl
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Error, expect, sync_playwright

from kantong.maps import standalone
from kantong.maps.webmap import Base, State, compact
from kantong.views.pages import ADMINISTERING, FILES
from tests import messy
from tests.conftest import DATA, TUTORIAL, serving
from tests.intake import people

pytestmark = pytest.mark.browser

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
MAP = "iframe[title='streamlit_folium.st_folium']"
PATIENCE_MS = 60_000
DINOYO, KARANGBESUKI, KAUMAN = "35.73.05.1004", "35.73.04.1009", "35.73.02.1007"


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
    """Return a way to open a page; whatever troubles it meets fails the test at the end."""
    opened = []

    def go(path="peta", *, width=1280, height=1000, theme="light"):
        page, troubles = watched(browser, width=width, height=height, theme=theme)
        opened.append((page, troubles))
        page.goto(f"{app_address}/{path}")
        return page

    yield go
    for page, troubles in opened:
        page.close()
        assert troubles == []


def watched(browser, width=1280, height=1000, theme="light"):
    """Return a page that refuses other hosts, and the list where its troubles are noted."""
    context = browser.new_context(
        viewport={"width": width, "height": height}, locale="id-ID", color_scheme=theme
    )
    page = context.new_page()
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


def frame(page, place=0):
    return page.locator(MAP).nth(place).content_frame


def area(page, kode, place=0):
    return frame(page, place).locator(f"path[data-kode='{kode}']")


def shown(page, what, place=0):
    body = frame(page, place).locator("body")
    expect(body).to_have_attribute("data-shown", what, timeout=PATIENCE_MS)
    expect(body).to_have_attribute("data-drawn", re.compile(r"[1-9]\d*"), timeout=PATIENCE_MS)


def go_to(page, name):
    """Open a page by its link; those without room for one stand behind "more"."""
    link = page.get_by_role("link", name=name, exact=True)
    more = page.get_by_role("button", name=re.compile("more$"))
    expect(link.or_(more).first).to_be_visible(timeout=PATIENCE_MS)
    try:
        link.click(timeout=3_000)
    except Error:  # it is there, but cannot be reached
        more.click()
        page.get_by_role("menuitem", name=name, exact=True).click()


def choose(page, label, option):
    """Choose in a list; one that opens while the page is still drawn may close again."""
    box = page.get_by_role("combobox", name=label, exact=True)
    wanted = page.get_by_role("option", name=option, exact=True)
    for patience_ms in (3_000, 3_000, 10_000, PATIENCE_MS):
        box.click()
        try:
            wanted.click(timeout=patience_ms)
        except Error:
            page.keyboard.press("Escape")
        else:
            return
    pytest.fail(f"{option} could not be chosen")


def rest(page):
    """Wait until the page is drawn: what is done to one that is drawn anew would be lost."""
    resting = page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]')
    expect(resting).to_have_count(1, timeout=PATIENCE_MS)


def press(page, name):
    """Press a button once the page is drawn."""
    button = page.get_by_role("button", name=name)
    expect(button).to_be_enabled(timeout=PATIENCE_MS)
    rest(page)
    button.click()


def fill(page, label, text, place=0):
    """Fill a field once the page is drawn, leave it, and see that the page has taken it."""
    rest(page)
    field = page.get_by_role("textbox", name=label).nth(place)
    field.fill(text, timeout=PATIENCE_MS)
    field.press("Tab")
    rest(page)
    expect(field).to_have_value(text)


def download(page, button):
    with page.expect_download() as caught:
        page.get_by_role("button", name=button).click()
    return caught.value


def view_of(page, place=0):
    """Return where the map looks: centre and zoom."""
    return (
        frame(page, place)
        .locator("body")
        .evaluate(
            "() => [map_of().getCenter().lat, map_of().getCenter().lng, map_of().getZoom()]"
            ".map((one) => Math.round(one * 1e4) / 1e4)".replace("map_of()", "window.map")
        )
    )


# --- the three users ---


def test_a_planner_finds_a_view_shares_it_and_takes_it_home(visit):
    page = visit("")
    page.get_by_role("button", name="Buka peta").click()
    shown(page, "poor_people 2025 quantiles")
    expect(frame(page).locator("path.kelurahan")).to_have_count(57)
    expect(frame(page).locator("path.context")).to_have_count(66)

    area(page, DINOYO).hover()
    tip = frame(page).locator(".tip").filter(has_text="Dinoyo")
    for words in ("Dinoyo", "Penduduk miskin · 2025", "Peringkat", "Bagian dari", "SIMULASI"):
        expect(tip).to_contain_text(words)

    choose(page, "Indikator", "Persentase penduduk miskin")
    shown(page, "poor_rate 2025 quantiles")
    area(page, DINOYO).click()
    expect(page.get_by_role("heading", name="Dinoyo")).to_be_visible()
    page.get_by_text("Kelas dan garis").click()
    choose(page, "Kelas", "Jeda alami (Fisher–Jenks)")
    shown(page, "poor_rate 2025 natural_breaks")
    legend = page.locator(".legend ul").inner_text()

    page.get_by_role("button", name="Bagikan dan unduh").click()
    address = page.get_by_test_id("stCode").inner_text().strip()
    query = "indikator=poor_rate&kelas=natural_breaks&kelurahan=" + DINOYO
    assert sorted(urlparse(address).query.split("&")) == sorted(query.split("&"))

    colleague = visit("peta?" + urlparse(address).query)
    shown(colleague, "poor_rate 2025 natural_breaks")
    expect(colleague.get_by_role("heading", name="Dinoyo")).to_be_visible()
    assert colleague.locator(".legend ul").inner_text() == legend

    taken = {kind: download(page, kind) for kind in ("CSV", "XLSX", "GeoJSON", "GeoPackage")}
    check_downloads(taken)
    picture = download(page, "Gambar (PNG)")
    assert Path(picture.path()).read_bytes().startswith(b"\x89PNG")
    assert picture.suggested_filename == "SIMULASI-poor_rate-2025.png"


def check_downloads(taken):
    for kind, one in taken.items():
        assert one.suggested_filename.startswith("SIMULASI-poor_rate-2025."), kind
    rows = list(csv.DictReader(io.StringIO(Path(taken["CSV"].path()).read_text("utf-8-sig"))))
    assert len(rows) == 57
    assert {row["Jenis data"] for row in rows} == {"SIMULASI"}
    assert {row["Penyebut"] for row in rows} == {"Penduduk 2023"}
    assert {len(row["SHA-256"].split(";")[0]) for row in rows} == {64}
    book = openpyxl.load_workbook(io.BytesIO(Path(taken["XLSX"].path()).read_bytes()))
    told = dict(book["Sumber"].iter_rows(values_only=True))
    assert told["Jenis data"] == "SIMULASI"
    assert told["Kelas"] == "Jeda alami (Fisher–Jenks)"
    layer = json.loads(Path(taken["GeoJSON"].path()).read_text("utf-8"))
    assert len(layer["features"]) == 57
    assert layer["kantong"]["Jenis data"] == "SIMULASI"
    assert Path(taken["GeoPackage"].path()).read_bytes().startswith(b"SQLite format 3")


def test_a_field_worker_finds_a_kelurahan_and_its_sheet_on_a_phone(visit):
    page = visit("", width=390, height=844)
    search = page.get_by_role("textbox", name="Cari kelurahan").last
    search.fill("dinojo")
    search.press("Enter")
    page.get_by_role("button", name="Dinoyo · Lowokwaru").last.click()
    expect(page.get_by_role("heading", name="Dinoyo")).to_be_visible()
    expect(page.locator(".telling").first).to_contain_text("Dinoyo")
    page.get_by_role("button", name="Cetak lembar").click()
    expect(page.get_by_role("heading", name="Lembar: Dinoyo")).to_be_visible()
    expect(page.locator("img.preview")).to_be_visible()
    sheet = download(page, "Unduh lembar (PDF)")
    assert sheet.suggested_filename == f"SIMULASI-{DINOYO}-poor_people-2025-A4.pdf"
    content = Path(sheet.path()).read_bytes()
    assert content.startswith(b"%PDF")
    assert len(content) > 20_000
    assert page.evaluate("() => document.scrollingElement.scrollWidth") <= 390


def test_a_council_member_compares_two_quarters_of_the_own_dapil(visit):
    page = visit("")
    page.get_by_role("button", name="Bandingkan periode").click()
    shown(page, "poor_people 2025 own")
    choose(page, "Indikator", "Penduduk DTSEN desil 1–5")
    shown(page, "dtsen_people 2025-Q3 own", 0)
    shown(page, "dtsen_people 2025-Q2 own", 1)
    page.get_by_text("Saring wilayah").click()
    choose(page, "Dapil", "5")
    choose(page, "Periode pembanding", "2024-Q3")
    shown(page, "dtsen_people 2025-Q3 own", 0)
    shown(page, "dtsen_people 2024-Q3 own", 1)
    expect(page.get_by_text("Disaring: Dapil 5")).to_be_visible()
    legends = page.locator(".legend ul").all_inner_texts()
    bare = [re.sub(r"\(\d+\)", "", text) for text in legends]
    assert bare[0] == bare[1]

    page.get_by_role("radio", name="Perubahan").or_(
        page.get_by_role("button", name="Perubahan")
    ).first.click()
    shown(page, "change dtsen_people 2024-Q3 2025-Q3")
    expect(page.get_by_text("wilayah naik")).to_be_visible()
    assert "dapil=5" in page.url
    assert "cara=ubah" in page.url


# --- the map ---


def test_every_click_chooses_on_every_page(visit):
    """streamlit-folium puts its own answer in the place of ours once it has met our layers."""
    page = visit()
    shown(page, "poor_people 2025 quantiles")
    for kode, name in ((DINOYO, "Dinoyo"), (KARANGBESUKI, "Karangbesuki"), (DINOYO, "Dinoyo")):
        area(page, kode).click()
        expect(page.get_by_role("heading", name=name)).to_be_visible()
    go_to(page, "Prioritas")
    expect(page.get_by_role("heading", name="Peringkat menurut")).to_be_visible()
    area(page, "35.73.03.1010").click()
    page.wait_for_url("**kelurahan=35.73.03.1010**")


def test_missing_areas_are_hatched_and_named(visit):
    """Ten kelurahan stand on the published house repair list of 2025, 47 do not."""
    page = visit("peta?indikator=rtlh_assisted")
    expect(frame(page).locator("path.kelurahan[fill='url(#missing)']")).to_have_count(
        47, timeout=PATIENCE_MS
    )
    expect(frame(page).locator("pattern#missing")).to_have_count(1)
    expect(page.locator(".legend")).to_contain_text("tanpa angka (47)")
    area(page, DINOYO).hover()
    expect(frame(page).locator(".tip")).to_contain_text("Jumlahnya tidak diketahui.")


def test_the_position_survives_every_change_and_old_layers_are_dropped(visit):
    page = visit()
    shown(page, "poor_people 2025 quantiles")
    home = view_of(page)
    area(page, KAUMAN).hover()
    page.mouse.wheel(0, -600)
    expect(frame(page).locator("body")).to_be_visible()
    page.wait_for_function(
        "([frame, zoom]) => frame.contentWindow.map.getZoom() > zoom",
        arg=[page.locator(MAP).element_handle(), home[2]],
    )
    page.wait_for_timeout(400)  # the wheel of Leaflet comes to rest by itself
    moved = view_of(page)
    for name, key in (
        ("Penduduk DTSEN desil 1–5", "dtsen_people 2025-Q3 quantiles"),
        ("Penduduk", "population 2023 quantiles"),
    ) * 2:
        choose(page, "Indikator", name)
        shown(page, key)
        assert view_of(page) == moved
    assert frame(page).locator("body").evaluate("() => window.feature_group.length") == 1
    area(page, KAUMAN).click()
    expect(page.get_by_role("heading", name="Kauman")).to_be_visible()
    assert view_of(page) == moved
    go_to(page, "Prioritas")
    expect(page.get_by_role("heading", name="Peringkat menurut")).to_be_visible()
    shown(page, "population 2023 quantiles")
    assert view_of(page)[2] == moved[2]
    frame(page).get_by_role("button", name="Tampilkan seluruhnya").click()
    assert view_of(page)[2] < moved[2]


def test_pan_and_zoom_cause_no_rerun(browser, app_address):
    page, troubles = watched(browser)
    sent = []
    page.on(
        "websocket",
        lambda socket: socket.on("framesent", lambda one: sent.append(one)),  # noqa: PLW0108 - Playwright marks listeners
    )
    page.goto(f"{app_address}/peta")
    shown(page, "poor_people 2025 quantiles")
    page.wait_for_load_state("networkidle")
    area(page, KAUMAN).hover()
    before = len(sent)
    for way in (-80, 80, -60):
        page.mouse.down()
        page.mouse.move(500 + way, 500 + way, steps=4)
        page.mouse.up()
        page.mouse.wheel(0, way * 4)
    page.wait_for_timeout(500)  # nothing to wait for: that nothing comes is the point
    after = len(sent)
    choose(page, "Indikator", "Penduduk")
    shown(page, "population 2023 quantiles")
    assert after == before
    assert len(sent) > after
    page.close()
    assert troubles == []


def test_a_drag_begun_while_the_map_zooms_chooses_nothing(visit):
    page = visit("peta")
    shown(page, "poor_people 2025 quantiles")
    chosen = frame(page).locator("path.kelurahan[stroke-width='3.5']")
    place = area(page, KAUMAN).bounding_box()
    x, y = place["x"] + place["width"] / 2, place["y"] + place["height"] / 2
    for way in (-120, -120, 120):
        page.mouse.move(x, y)
        page.mouse.wheel(0, way)
        page.wait_for_timeout(60)  # Leaflet gathers the wheel for 40 ms, then zooms for 250 ms
        page.mouse.down()
        page.mouse.move(x + 12, y + 12, steps=3)
        page.mouse.up()
        page.wait_for_timeout(500)  # nothing to wait for: that nothing is chosen is the point
        assert "kelurahan=" not in page.url
        expect(chosen).to_have_count(0)
    page.mouse.click(x, y)
    expect(chosen).to_have_count(1)


def test_linked_maps_move_together(visit):
    page = visit("banding")
    shown(page, "poor_people 2025 own", 0)
    shown(page, "poor_people 2024 own", 1)
    before = view_of(page, 1)
    area(page, KAUMAN, 0).hover()
    page.mouse.wheel(0, -600)
    page.wait_for_function(
        "([one, two, zoom]) => two.contentWindow.map.getZoom() > zoom &&"
        " one.contentWindow.map.getZoom() === two.contentWindow.map.getZoom()",
        arg=[*(page.locator(MAP).nth(place).element_handle() for place in (0, 1)), before[2]],
    )


def test_points_selected_in_the_scatter_are_marked_on_the_map(visit):
    page = visit("banding?cara=sebar&indikator2=population")
    shown(page, "poor_people 2025 quantiles")
    chart = page.get_by_test_id("stVegaLiteChart")
    box = chart.locator("canvas, svg").first.bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.3, box["y"] + box["height"] * 0.02)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.95, box["y"] + box["height"] * 0.5, steps=10)
    page.mouse.up()
    expect(page.get_by_text(re.compile(r"[1-9]\d* wilayah dipilih"))).to_be_visible()
    page.wait_for_function(
        """([frame]) => {
            const told = document.body.innerText.match(/(\\d+) wilayah dipilih/);
            const marked = frame.contentDocument.querySelectorAll(
                "path.kelurahan[stroke-width='2.2']").length;
            return told && marked > 0 && Number(told[1]) === marked;
        }""",
        arg=[page.locator(MAP).element_handle()],
    )


@pytest.mark.parametrize(("tongue", "mark"), [("id", "1.000"), ("en", "1,000")])
def test_axes_write_numbers_as_the_locale_does(visit, tongue, mark):
    page = visit(f"profil?kelurahan={DINOYO}&bahasa={tongue}")
    axis = page.locator(".role-axis-label").get_by_text(mark, exact=True)
    expect(axis.first).to_be_visible(timeout=PATIENCE_MS)


def test_time_plays_and_stops(visit):
    page = visit("banding?cara=waktu&indikator=dtsen_people")
    shown(page, "dtsen_people 2025-Q3 own")
    page.get_by_role("button", name="Putar").click()
    shown(page, "dtsen_people 2023-Q4 own")
    shown(page, "dtsen_people 2024-Q1 own")
    page.get_by_role("button", name="Berhenti").click()
    expect(page.get_by_role("button", name="Putar")).to_be_visible()
    expect(page.locator(".multiples img")).to_have_count(8)


def test_the_map_is_worked_by_keyboard(visit):
    page = visit()
    shown(page, "poor_people 2025 quantiles")
    stops = frame(page).locator("path.kelurahan[tabindex='0']")
    expect(stops).to_have_count(1)
    start = stops.get_attribute("data-kode")
    stops.focus()
    page.keyboard.press("ArrowDown")
    here = frame(page).locator("path.kelurahan:focus")
    expect(here).to_have_count(1)
    kode = here.get_attribute("data-kode")
    assert kode != start
    assert re.search(r"Penduduk miskin · 2025: [\d.]+ orang", here.get_attribute("aria-label"))
    expect(here).to_have_css("stroke", "rgb(214, 0, 122)")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**kelurahan={kode}**")


def test_names_on_the_map_do_not_collide(visit):
    page = visit("peta?garis=kecamatan")
    shown(page, "poor_people 2025 quantiles")
    expect(frame(page).locator(".name.outline")).to_have_count(5)
    boxes = (
        frame(page)
        .locator(".name span")
        .evaluate_all("all => all.map(one => one.getBoundingClientRect().toJSON())")
    )
    assert len(boxes) > 20
    for place, one in enumerate(boxes):
        for other in boxes[:place]:
            apart = (
                one["right"] <= other["left"] or one["left"] >= other["right"]
                or one["bottom"] <= other["top"] or one["top"] >= other["bottom"]
            )  # fmt: skip
            assert apart


# --- every page, both sizes, both themes ---


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", FILES | ADMINISTERING)
def test_every_page_has_no_serious_fault_for_screen_readers(visit, name, theme):
    address = "" if name == "beranda" else name
    page = visit(f"{address}?kelurahan={DINOYO}", height=844, theme=theme)
    for width in (1280, 390):  # loaded once: the server is not told how wide a page is
        page.set_viewport_size({"width": width, "height": 844})
        settled(page, name)
        found = Axe().run(page, options={"resultTypes": ["violations"]})
        serious = [
            (one["id"], [node["html"][:160] for node in one["nodes"][:3]])
            for one in found.response["violations"]
            if one["impact"] in ("serious", "critical")
        ]
        assert serious == [], width
        assert page.evaluate("() => document.scrollingElement.scrollWidth") <= width


def settled(page, name):
    """Wait until a page has drawn what it draws last."""
    expect(page.locator(".heading .city")).to_contain_text("Kota Malang", timeout=PATIENCE_MS)
    if name in ("peta", "hotspot", "banding", "profil", "prioritas"):
        shown(page, re.compile("poor_people"))
    if name == "cetak":
        expect(page.locator("img.preview")).to_be_visible()
    expect(page.get_by_test_id("stStatusWidget")).to_have_count(0)


def test_the_map_comes_first_on_a_phone_and_filters_are_in_a_drawer(visit):
    page = visit(width=390, height=844)
    shown(page, "poor_people 2025 quantiles")
    box = page.locator(MAP).bounding_box()
    assert box["y"] < 844 / 2
    assert box["height"] > 844 / 2
    expect(page.get_by_role("combobox", name="Indikator", exact=True)).not_to_be_in_viewport()
    page.get_by_test_id("stExpandSidebarButton").click()
    expect(page.get_by_role("combobox", name="Indikator", exact=True)).to_be_in_viewport()


# --- names that are markup ---

EVIL = (
    "<img src=x onerror=alert(1)>",
    "${alert(1)}",
    "</script><script>alert(1)</script>",
    "https://evil.example www.evil.example a@evil.example",
)


def bare(name):
    """Return a pattern for a name in which unseen word joiners may stand."""
    return re.compile("\u2060?".join(map(re.escape, name)))


# --- figures of one's own ---


@pytest.fixture
def own_address(tmp_path):
    """The app on a data folder of its own, in which something may be kept."""
    folder = tmp_path / "kota"
    shutil.copytree(DATA, folder, ignore=shutil.ignore_patterns("kantong.db*", "sources"))
    with serving(folder) as address:
        yield address


def test_a_messy_table_is_brought_settled_seen_and_withdrawn(
    browser, own_address, malang, tmp_path
):
    workbook = tmp_path / "rekap.xlsx"
    counted = messy.write(malang, workbook)
    page, troubles = watched(browser)
    page.goto(f"{own_address}/impor?bahasa=en")
    page.locator("input[type=file]").first.set_input_files(workbook)
    waiting = page.get_by_test_id("stMetric").filter(has_text="to be reviewed")
    expect(waiting).to_contain_text("3", timeout=PATIENCE_MS)
    for settled, (name, written) in enumerate(messy.IN_DOUBT.items(), start=1):
        choose(page, re.compile(f"Kelurahan meant by .*{written}"), re.compile(f"^{name} "))
        expect(waiting).to_contain_text(str(3 - settled), timeout=PATIENCE_MS)
    for label, text in (
        ("Source of the file", "Dinsos"), ("Title of the data", "Rekap 2026"),
        ("Recorded by", "Bappeda"),
    ):  # fmt: skip
        fill(page, label, text)
    page.get_by_text("I have looked at the findings above").click()
    press(page, "Keep this data cut")
    expect(page.get_by_text("57 of 65 rows matched")).to_be_visible(timeout=PATIENCE_MS)
    press(page, "Show it on the map")
    shown(page, "poor_people 2026 quantiles")
    area(page, messy.DINOYO).click()
    figure = f"{counted[messy.DINOYO]:,} people"
    expect(page.get_by_role("cell", name=figure)).to_be_visible(timeout=PATIENCE_MS)

    go_to(page, "Data")
    page.get_by_role("tab", name="Data cuts").click()
    page.get_by_text("Rekap 2026 · v1 · 2026").first.click()
    fill(page, "Reason", "Superseded")
    press(page, "Withdraw")
    expect(page.get_by_text("withdrawn").first).to_be_visible(timeout=PATIENCE_MS)
    page.goto(f"{own_address}/peta?bahasa=en")
    shown(page, "poor_people 2025 quantiles")
    assert troubles == []


HOUSEHOLDS = (
    "kode_kelurahan_desa,kelurahan_desa,kecamatan,alamat,nomor_kartu_keluarga,"
    "jumlah_anggota_keluarga,nama_anggota_keluarga,desil_nasional"
)


def register(target, names, rows):
    """Write a made-up register: families 0, 1, 2 ... live in the kelurahan one after the other."""
    lines = [
        f",{names[n % len(names)]},,Jalan Rekaan {n},{people.kk(n)},4,Contoh Satu,{n % 10 + 1}"
        for n in range(rows)
    ]
    target.write_text("\n".join([HOUSEHOLDS, *lines]), "utf-8")
    return target


def begin_counting(page, address, file):
    page.goto(f"{address}/impor?bahasa=en")
    page.locator("input[type=file]").first.set_input_files(file)
    for label, text in (("Period of the register", "2026-Q1"), ("Source of the file", "Dinsos")):
        fill(page, label, text)
    press(page, "Count families and people")


def test_a_register_is_counted_and_no_person_is_kept(browser, nine, tmp_path):
    data, scratch = tmp_path / "kota", tmp_path / "sementara"
    shutil.copytree(TUTORIAL, data)
    shutil.copy(DATA / "indicators.toml", data)
    scratch.mkdir()
    names = [*nine["kelurahan"], "Entah"]
    file = register(tmp_path / "keluarga.csv", names, 1000)
    log = tmp_path / "catatan.txt"
    page, troubles = watched(browser)
    with serving(data, log=log, TMPDIR=str(scratch), HOME=str(scratch)) as address:
        begin_counting(page, address, file)
        expect(page.get_by_text("Rows in the file: 1,000. Counted: 900.")).to_be_visible(
            timeout=PATIENCE_MS
        )
        for label, text in (("Title of the data", "DTSEN"), ("Recorded by", "Bappeda")):
            fill(page, label, text)
        press(page, "Keep this data cut")
        expect(page.get_by_text("900 of 1,000 rows matched")).to_be_visible(timeout=PATIENCE_MS)
        page.goto(f"{address}/peta?bahasa=en&indikator=dtsen_families&periode=2026-Q1")
        shown(page, "dtsen_families 2026-Q1 quantiles")
        # Families n with n % 10 == 9 are "Entah"; of the others those of deciles 1 to 5 count.
        expect(page.get_by_text("500 families")).to_be_visible(timeout=PATIENCE_MS)
        kept = [path for path in (*data.rglob("*"), *scratch.rglob("*"), log) if path.is_file()]
        assert data / "kantong.db" in kept
        for path in kept:
            found = people.PERSONAL.search(path.read_bytes().decode("latin-1"))
            assert found is None, f"{path.name} holds {found}"
    assert troubles == []


# A process that reads a file begins late, so that its work lasts as long as a page is looked at.
LATE = """
import subprocess, time

begin = subprocess.Popen.__init__

def late(self, *given, **named):
    time.sleep(30)  # until it is cancelled
    begin(self, *given, **named)

subprocess.Popen.__init__ = late
"""


def test_a_long_count_shows_how_far_it_is_and_can_be_cancelled(browser, tmp_path):
    folder, late = tmp_path / "kota", tmp_path / "late"
    shutil.copytree(DATA, folder, ignore=shutil.ignore_patterns("kantong.db*", "sources"))
    late.mkdir()
    (late / "sitecustomize.py").write_text(LATE, "utf-8")
    file = register(tmp_path / "keluarga.csv", ["Dinoyo", "Bandulan"], 400_000)
    page, troubles = watched(browser)
    with serving(folder, PYTHONPATH=str(late)) as address:
        page.goto(f"{address}/impor?bahasa=en")
        page.locator("input[type=file]").first.set_input_files(file)
        # Until it has drawn itself anew several times: it must go on in the language of the page.
        told = page.get_by_text(re.compile(r"· (?:[4-9]|\d\d) s"))
        expect(told).to_be_visible(timeout=PATIENCE_MS)
        page.get_by_role("button", name="Cancel").click()
        expect(page.get_by_text("Cancelled; nothing was kept.")).to_be_visible(timeout=PATIENCE_MS)
    assert troubles == []


@pytest.fixture
def evil_address(tmp_path):
    """The app on a city whose kelurahan, kecamatan and indicator bear names that are markup."""
    folder = tmp_path / "kota"
    shutil.copytree(TUTORIAL, folder)
    layer = json.loads((folder / "kelurahan.geojson").read_text("utf-8"))
    for feature, name in zip(layer["features"], EVIL, strict=False):
        feature["properties"]["kelurahan"] = name
        feature["properties"]["kecamatan"] = EVIL[0]
        feature["properties"]["kabupaten"] = EVIL[2]
    layer["kantong"]["attribution"] = EVIL[0]
    (folder / "kelurahan.geojson").write_text(json.dumps(layer), "utf-8")
    catalogue = (folder / "indicators.toml").read_text("utf-8")
    hostile = catalogue.replace('"Penduduk miskin"', f"'{EVIL[0]}'")
    assert hostile != catalogue
    (folder / "indicators.toml").write_text(hostile, "utf-8")
    with serving(folder) as address:
        yield address


KODES = ("99.01.01.1001", "99.01.01.1002", "99.01.01.1003", "99.01.02.1004")


def test_names_that_are_markup_are_shown_as_text(browser, evil_address, tmp_path):
    page, troubles = watched(browser)
    page.goto(f"{evil_address}/peta?garis=kecamatan")
    shown(page, "poor_people 2025 quantiles")
    expect(frame(page).locator(".leaflet-control-attribution")).to_contain_text(EVIL[0])
    expect(frame(page).locator(".name.outline", has_text=EVIL[0])).to_have_count(2)
    for kode, name in zip(KODES, EVIL, strict=True):
        area(page, kode).hover()
        expect(frame(page).locator(".tip strong").filter(has_text=name)).to_be_visible()
        area(page, kode).click()
        expect(page.locator("h3", has_text=bare(name)).last).to_be_visible()
    expect(page.locator(".legend .head")).to_contain_text(EVIL[0])
    no_markup(page)

    page.get_by_role("button", name="Bagikan dan unduh").click()
    saved = tmp_path / "peta.html"
    download(page, "Halaman (HTML)").save_as(saved)
    page.keyboard.press("Escape")  # the box of the downloads lies over the page
    for title, name in (
        ("Prioritas", "prioritas"), ("Profil", "profil"), ("Bandingkan", "banding"),
        ("Program", "program"), ("Anggaran", "anggaran"), ("Cetak", "cetak"),
        ("Metode", "metode"), ("Beranda", ""),
    ):  # fmt: skip
        go_to(page, title)
        expect(page).to_have_url(re.compile(rf"/{name}(\?.*)?$"))
        expect(page.get_by_test_id("stStatusWidget")).to_have_count(0)
        no_markup(page)
    page.close()
    assert troubles == []
    the_saved_page_works_alone(browser, saved)


def ring(west, south, east, north, corners=1):
    """A rectangle with so many corners on each side, in degrees."""
    steps = [place / corners for place in range(corners)]
    return [
        *([west + (east - west) * one, south] for one in steps),
        *([east, south + (north - south) * one] for one in steps),
        *([east - (east - west) * one, north] for one in steps),
        *([west, north - (north - south) * one] for one in steps),
        [west, south],
    ]


def collection(kind, coordinates, **told):
    geometry = {"type": kind, "coordinates": coordinates}
    properties = {"kode": "1", "kelurahan": "Pulau", "kecamatan": "", "kabupaten": "", **told}
    feature = {"type": "Feature", "properties": properties, "geometry": geometry}
    return {"type": "FeatureCollection", "features": [feature]}


def test_a_name_stands_on_the_largest_part_and_all_lines_follow_the_theme(browser, tmp_path):
    """A square of 0.2 by 0.2 degrees with four corners, and beside it a tiny one with 160."""
    parts = [[ring(112.0, -8.0, 112.2, -7.8)], [ring(112.3, -8.0, 112.31, -7.99, 40)]]
    around = collection("Polygon", [ring(111.8, -8.2, 112.5, -7.6)], kelurahan="Luar")
    line = collection("Polygon", [ring(112.2, -8.15, 112.4, -8.05)], kelurahan="Batas")
    base = Base(
        areas=collection("MultiPolygon", parts), bounds=(112.0, -8.0, 112.31, -7.8),
        context=around, outlines={"kecamatan": line},
        patterns="<pattern id='none'/>",
    )  # fmt: skip
    state = State("x", "Peta", {"1": "#ff0000"}, outline="kecamatan")
    saved = tmp_path / "peta.html"
    saved.write_bytes(standalone.to_html(base, state, standalone.Caption("Peta", (), ())))
    page, troubles = watched(browser, width=1000, height=800, theme="light")
    page.goto(saved.as_uri())
    name = page.locator(".name.area span")
    expect(name).to_have_text("Pulau")
    middle, whole = name.bounding_box(), page.locator("path.kelurahan").bounding_box()
    assert middle is not None
    assert whole is not None
    share = (middle["x"] + middle["width"] / 2 - whole["x"]) / whole["width"]
    assert share == pytest.approx(0.1 / 0.31, abs=0.02)
    lines = {"path.kelurahan": "line", "path.context": "context-line", "path.outline": "outline"}
    for theme in ("light", "dark"):
        page.evaluate("told => kantong.show(told)", compact(replace(state, theme=theme)))
        for path, colour in lines.items():
            drawn, wanted = page.evaluate(
                "([path, name]) => [document.querySelector(path).getAttribute('stroke'),"
                "getComputedStyle(document.documentElement).getPropertyValue('--' + name).trim()]",
                [path, colour],
            )
            assert drawn == wanted, (theme, path)
    page.close()
    assert troubles == []


def no_markup(page):
    assert page.locator("a[href*='evil']").count() == 0
    assert page.locator("img[src='x']").count() == 0
    for place in range(page.locator(MAP).count()):
        assert frame(page, place).locator("img[src='x']").count() == 0


def hover(page, kode, name):
    """Point at an area until its tooltip shows; a map that still moves closes it again."""
    tip = page.locator(".leaflet-tooltip .tip strong", has_text=name)
    for _attempt in range(10):
        page.locator(f"path[data-kode='{kode}']").hover()
        page.wait_for_timeout(500)
        if tip.is_visible():
            return
        page.mouse.move(0, 0)
    expect(tip).to_be_visible()


def the_saved_page_works_alone(browser, saved):
    page, troubles = watched(browser)
    page.goto(saved.as_uri())
    expect(page.locator("path.kelurahan")).to_have_count(9)
    expect(page.locator("h1")).to_contain_text(EVIL[0])
    expect(page.locator("h1 em")).to_have_text("SIMULASI")
    for kode, name in zip(KODES, EVIL, strict=True):
        hover(page, kode, name)
        page.locator(f"path[data-kode='{kode}']").click()
        expect(page.locator(".leaflet-popup .tip strong", has_text=name)).to_be_visible()
    expect(page.locator("dl")).to_contain_text("SHA-256")
    assert page.locator("img[src='x']").count() == 0
    page.close()
    assert troubles == []


def test_a_council_member_sees_how_sure_a_pocket_is_and_what_hangs_on_a_choice(visit):
    page = visit(f"hotspot?bahasa=en&kelurahan={DINOYO}")
    shown(page, re.compile("poor_people"))
    told = page.locator(".told").first
    expect(told).to_contain_text("are hot pockets of")
    expect(page.locator(".telling")).to_contain_text("Dinoyo: hot", timeout=PATIENCE_MS)
    expect(page.locator(".telling")).to_contain_text("of 48 reasonable settings")
    before = told.text_content()
    page.get_by_text("How hotspots are looked for").click()
    choose(page, "Correction for looking at many kelurahan", "None")
    expect(told).to_contain_text("do not decide on this", timeout=PATIENCE_MS)
    assert told.text_content() != before
    page.get_by_role("radio", name="Circles").click()
    expect(page.get_by_text("people counted where").first).to_be_visible(timeout=PATIENCE_MS)
    assert "koreksi=none" in page.url
    assert "bagian=lingkaran" in page.url
