"""What users come for, from the first click to what they take home, in a browser."""

import io
import re
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import Browser, Page, expect

from kantong.maps.binding import pages_of
from tests.conftest import DATA, serving
from tests.maps.ground import outline_of
from tests.test_browser import (
    PATIENCE_MS,
    browser,
    choose,
    download,
    fill,
    go_to,
    press,
    rest,
    shown,
    watched,
)

__all__ = ["browser"]

MERJOSARI = "35.73.05.1002"


@pytest.fixture
def own(tmp_path: Path) -> Iterator[str]:
    """Address of an app with a city of its own, to be written to."""
    folder = tmp_path / "kota"
    shutil.copytree(DATA, folder, ignore=shutil.ignore_patterns("*.db*"))
    with serving(folder) as address:
        yield address


@pytest.fixture
def visitor(browser: Browser) -> Iterator[Page]:
    """A page; whatever troubles it meets fails the test at the end."""
    page, troubles = watched(browser, width=1280, height=1000)
    yield page
    page.close()
    assert troubles == []


def number(page: Page, label: str, value: int, place: int = 0) -> None:
    """Fill a field of a number and leave it."""
    rest(page)
    field = page.get_by_label(label).nth(place)
    field.fill(str(value), timeout=PATIENCE_MS)
    field.press("Tab")
    rest(page)


def content(found: object) -> bytes:
    return Path(found.path()).read_bytes()  # type: ignore[attr-defined]


def test_a_planner_weighs_saves_and_shares_a_scenario(visitor, own, browser):
    page = visitor
    page.goto(f"{own}/peta?bahasa=en")
    shown(page, "poor_people 2025 quantiles")
    go_to(page, "Priorities")
    page.get_by_role("radio", name="Several indicators").click()
    first = page.get_by_role("slider").first
    expect(first).to_have_value("5", timeout=PATIENCE_MS)
    first.focus()
    for _press in range(3):
        page.keyboard.press("ArrowRight")
    page.wait_for_url("**bobot=poor_rate%3A8**", timeout=PATIENCE_MS)
    told = page.locator(".told").first
    expect(told).to_contain_text("stay in the list whatever the weights")
    page.get_by_text("Scenarios", exact=True).click()
    fill(page, "Name of the scenario", "Rapat November")
    fill(page, "Recorded by", "Bappeda")
    press(page, "Save the scenario")
    expect(page.get_by_text("Saved: Rapat November, version 1.")).to_be_visible(timeout=PATIENCE_MS)
    press(page, "Link and more")
    link = page.locator("[data-testid=stPopoverBody] code").first.inner_text(timeout=PATIENCE_MS)
    colleague, troubles = watched(browser, width=1280, height=1000)
    colleague.goto(f"{own}{link}&bahasa=en")
    expect(colleague.get_by_role("slider").first).to_have_value("8", timeout=PATIENCE_MS)
    expect(colleague.locator(".told").first).to_have_text(
        str(told.text_content()), timeout=PATIENCE_MS
    )
    colleague.close()
    assert troubles == []


def test_a_planner_spends_two_billion_on_three_programmes(visitor, own):
    page = visitor
    page.goto(f"{own}/anggaran?bahasa=en")
    expect(page.get_by_text("state what reaching one costs").first).to_be_visible(
        timeout=PATIENCE_MS
    )
    assert page.get_by_label("Budget for all together (million Rp)").input_value() == "2000"
    for place, cost in enumerate((1_500_000, 2_000_000, 1_200_000)):
        number(page, "Cost for each (Rp)", cost, place)
    told = page.locator(".told").first
    expect(told).to_contain_text("the plan reaches", timeout=PATIENCE_MS)
    expect(told).to_contain_text("IDR")
    page.get_by_role("radio", name="In proportion to need").click()
    expect(page.get_by_role("heading", name="Plan: In proportion to need")).to_be_visible(
        timeout=PATIENCE_MS
    )
    press(page, "Share and download")
    book = openpyxl.load_workbook(io.BytesIO(content(download(page, "XLSX"))))
    rows = list(book.worksheets[0].iter_rows(values_only=True))
    spent = next(place for place, head in enumerate(rows[0]) if str(head).startswith("Spent"))
    assert len(rows) == 58
    total = sum(row[spent] for row in rows[1:])
    assert 0 < total <= 2_000_000_000
    said = told.inner_text().replace("\xa0", " ")
    assert f"With IDR {total:,.0f} the plan reaches" in said


def test_a_planner_opens_two_classes(visitor, own):
    page = visitor
    page.goto(f"{own}/pelatihan?bahasa=en")
    venues = page.get_by_label("Venues that open", exact=True)
    expect(venues).to_have_value("2", timeout=PATIENCE_MS)
    number(page, "People of a class", 25)
    page.wait_for_url("**isi=25**", timeout=PATIENCE_MS)
    told = page.locator(".told")
    expect(told.first).to_contain_text("classes of 25", timeout=PATIENCE_MS)
    shown(page, re.compile("."))
    press(page, "Share and download")
    book = openpyxl.load_workbook(io.BytesIO(content(download(page, "XLSX"))))
    rows = list(book.worksheets[0].iter_rows(values_only=True))
    where = next(place for place, head in enumerate(rows[0]) if str(head) == "Venue")
    assert len({row[where] for row in rows[1:] if row[where]}) == 2


def test_a_planner_publishes_a_csr_menu_and_a_company_takes_a_package(visitor, own, browser):
    page = visitor
    page.goto(f"{own}/mitra?bahasa=en")
    expect(page.get_by_text("State what reaching one costs").first).to_be_visible(
        timeout=PATIENCE_MS
    )
    for place, cost in enumerate((2_000_000, 1_500_000)):
        number(page, "Cost for each (Rp)", cost, place)
    told = page.locator(".told").first
    expect(told).to_contain_text("kelurahan with most need", timeout=PATIENCE_MS)
    before = int(told.inner_text().split(" packages")[0])
    assert pages_of(content(download(page, "Download its page (PDF)"))) == 1
    page.get_by_text("Scenarios", exact=True).click()
    fill(page, "Name of the scenario", "Menu CSR")
    fill(page, "Recorded by", "Bappeda")
    press(page, "Save the scenario")
    expect(page.get_by_text("Saved: Menu CSR, version 1.")).to_be_visible(timeout=PATIENCE_MS)
    press(page, "Link and more")
    link = page.locator("[data-testid=stPopoverBody] code").first.inner_text(timeout=PATIENCE_MS)
    partner, troubles = watched(browser, width=1280, height=1000)
    partner.goto(f"{own}{link}&bahasa=en")
    expect(partner.locator(".told").first).to_contain_text(
        f"{before} packages", timeout=PATIENCE_MS
    )
    press(partner, "A company takes it on")
    fill(partner, "Company", "PT Contoh")
    fill(partner, "Recorded by", "Forum TSP")
    press(partner, "Record the promise")
    expect(partner.get_by_text("Recorded: PT Contoh")).to_be_visible(timeout=PATIENCE_MS)
    expect(partner.locator(".told").first).to_contain_text(
        f"{before - 1} packages", timeout=PATIENCE_MS
    )
    partner.close()
    assert troubles == []


def test_a_sheet_five_of_them_and_the_whole_atlas_are_printed(visitor, own):
    page = visitor
    page.goto(f"{own}/cetak?bahasa=en&kelurahan={MERJOSARI}")
    expect(page.locator("img.preview")).to_be_visible(timeout=PATIENCE_MS)
    sheet = content(download(page, "Download the sheet (PDF)"))
    assert pages_of(sheet) == 1
    choose(page, "Paper", "A3")
    expect(page.locator("img.preview")).to_be_visible(timeout=PATIENCE_MS)
    page.get_by_role("radio", name="Atlas of many").click()
    box = page.get_by_role("combobox", name="Only these kelurahan")
    for name in ("Kauman", "Kasin", "Klojen", "Samaan", "Bareng"):
        box.fill(name, timeout=PATIENCE_MS)
        page.get_by_role("option", name=name).first.click()
    page.keyboard.press("Escape")
    expect(page.get_by_text("a sheet for each of 5 kelurahan")).to_be_visible(timeout=PATIENCE_MS)
    press(page, "Make single files (ZIP)")
    packed = content(download(page, "Download"))
    with zipfile.ZipFile(io.BytesIO(packed)) as opened:
        assert len(opened.namelist()) == 5
    page.goto(f"{own}/cetak?bahasa=en&cetak=atlas")
    page.get_by_role("button", name="Make the atlas (PDF)").click(timeout=PATIENCE_MS)
    whole = content(download(page, "Download"))
    assert sum(level == 1 for _title, _page, level in outline_of(whole)) == 57
