"""Take the pictures of the guide from the running app: make pictures."""

import io
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from tests.conftest import serving

ROOT = Path(__file__).resolve().parents[1]
PICTURES = ROOT / "docs" / "pictures"
LANGUAGES = ("id", "en")
_PATIENCE_MS = 60_000
_KAUMAN, _KARANGBESUKI = "35.73.02.1007", "35.73.04.1009"
_GROUP = "[data-testid=stMain] [data-testid=stButtonGroup]"
_PLAN = (
    "training_need_menjahit,1500000,0,20,0,0,10;training_need_tata_boga,2000000,500,20,0,0,10;"
    "dtsen_families_d1,1500000,0,1,0,0,10"
)
_PACKAGE = "training_need_menjahit,training,2000000,20,Kursus_menjahit"
_MESSY = """Rekap Penduduk Miskin per Kelurahan;;
No;Kelurahan;Penduduk miskin 2026
1;Kauman;410
2;Kidul Dalem;285
3;Bandung Rejosari;1.204
4;Karangbesuki;777
5;Ciptomulyo;690
;Jumlah;3.366
"""


def _nothing(_page: Page, _language: str) -> None:
    """Take the page as it opens."""


def _to(selector: str, place: int = 0) -> Callable[[Page, str], None]:
    """Return what scrolls an element to the top."""

    def scroll(page: Page, _language: str) -> None:
        page.locator(selector).nth(place).evaluate("one => one.scrollIntoView()")

    return scroll


def _bring_table(page: Page, language: str) -> None:
    """Bring a messy table, so that rows in doubt are seen."""
    del language
    page.locator("input[type=file]").first.set_input_files(
        {"name": "rekap.csv", "mimeType": "text/csv", "buffer": _MESSY.encode()}
    )
    page.get_by_test_id("stMetric").first.wait_for()


@dataclass(frozen=True)
class Shot:
    """One picture.

    Parameters
    ----------
    name
        Of its file, below the language.
    address
        Page and choices.
    width, height
        Of the window, in pixels.
    act
        What is done before it is taken.
    """

    name: str
    address: str
    width: int = 1280
    height: int = 860
    act: Callable[[Page, str], None] = _nothing


SHOTS = (
    Shot("start", ""),
    Shot("map", f"peta?kelurahan={_KAUMAN}&garis=kecamatan"),
    Shot("profile", f"profil?kelurahan={_KARANGBESUKI}", height=1100),
    Shot("hotspot", "hotspot?indikator=poor_rate", height=1100),
    Shot("sure", "hotspot?indikator=poor_rate", height=1000, act=_to(_GROUP)),
    Shot("compare", "banding?indikator=dtsen_people", height=1000),
    Shot("priorities", "prioritas?urut=gabung&bobot=poor_rate:5;dtsen_people_rate:3", height=1100),
    Shot("gaps", "program?bagian=celah", height=1100),
    Shot("budget", f"anggaran?bersama=2000&rencana={_PLAN}", height=1000, act=_to("h3")),
    Shot("training", "pelatihan", height=1100, act=_to("h3", 1)),
    Shot("target", "target", height=1000),
    Shot("partners", f"mitra?paket={_PACKAGE}", height=1100, act=_to("h3")),
    Shot("print", f"cetak?kelurahan={_KAUMAN}", height=1100),
    Shot("data", "impor", height=1250, act=_bring_table),
    Shot("phone", f"profil?kelurahan={_KAUMAN}", width=390, height=844),
    Shot("phone-map", "peta", width=390, height=844),
)


def take(shots: tuple[Shot, ...] = SHOTS, folder: Path = PICTURES) -> None:
    """Take pictures in both languages into a folder."""
    with _running() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        for language in LANGUAGES:
            (folder / language).mkdir(parents=True, exist_ok=True)
            for shot in shots:
                picture = _taken(browser, address, shot, language)
                _write(picture, folder / language / f"{shot.name}.webp")
        browser.close()


def _taken(browser: Browser, address: str, shot: Shot, language: str) -> bytes:
    page = browser.new_page(viewport={"width": shot.width, "height": shot.height}, locale="id-ID")
    page.set_default_timeout(_PATIENCE_MS)
    joint = "&" if "?" in shot.address else "?"
    page.goto(f"{address}/{shot.address}{joint}bahasa={language}")
    _settle(page)
    shot.act(page, language)
    _settle(page)
    picture = page.screenshot()
    page.close()
    return picture


def _settle(page: Page) -> None:
    """Wait until the page is drawn, its maps too."""
    page.locator(".heading .city").wait_for()
    page.wait_for_load_state("networkidle")
    quiet = page.locator("[data-testid=stApp][data-test-script-state=notRunning]")
    quiet.wait_for()
    for frame in page.frames[1:]:
        frame.locator("body[data-drawn]").wait_for()
    page.wait_for_timeout(1500)


def _write(picture: bytes, file: Path) -> None:
    with Image.open(io.BytesIO(picture)) as image:
        image.convert("RGB").save(file, "WEBP", quality=82, method=6)


@contextmanager
def _running() -> Iterator[str]:
    """Run the app on a copy of its data."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        shutil.copytree(ROOT / "data", data, ignore=shutil.ignore_patterns("kantong.db*"))
        with serving(data) as address:
            yield address


if __name__ == "__main__":
    take()
