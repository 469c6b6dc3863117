"""How fast a newcomer sees the map: start, cold and warm, page to drawn map, size of the layer.

Run with ``make bench``. Prints figures; asserts nothing. Needs git, make and Debian's chromium.
"""

import os
import platform
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import BrowserContext, Locator, Page, ViewportSize, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
PORT = 8599
ADDRESS = f"http://127.0.0.1:{PORT}"
BARE_PORT = 8598
BARE = f"http://127.0.0.1:{BARE_PORT}"
MAP = "iframe[title='streamlit_folium.st_folium']"
VISITS = 9
NEW = "page to drawn map, empty cache (aim 1.5)"
BACK = "page to drawn map, coming back (aim 1.5)"
FLOOR = "bare Streamlit page to its title"
WINDOW = ViewportSize(width=1280, height=900)
PATIENCE_S = 300


@contextmanager
def running(project: Path) -> Iterator[float]:
    """Run ``make run`` and yield the seconds until the server first answers."""
    began = time.perf_counter()
    server = subprocess.Popen(
        ["make", "run", f"PORT={PORT}"],
        cwd=project,
        start_new_session=True,
        stdout=subprocess.DEVNULL,
    )
    try:
        yield _first_answer(began)
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait()


def _first_answer(began: float, address: str = ADDRESS) -> float:
    while time.perf_counter() - began < PATIENCE_S:
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=2):
                return time.perf_counter() - began
        except OSError:
            time.sleep(0.02)
    raise TimeoutError(f"no answer within {PATIENCE_S} s")


@contextmanager
def bare_page() -> Iterator[None]:
    """Run a Streamlit page that holds a title and nothing else."""
    page = ROOT / "benchmarks" / "bare_page.py"
    options = [f"--server.port={BARE_PORT}", "--server.address=127.0.0.1"]
    command = [sys.executable, "-m", "streamlit", "run", str(page), *options]
    server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        _first_answer(time.perf_counter(), BARE)
        yield
    finally:
        server.terminate()
        server.wait()


def seconds_to_map(context: BrowserContext) -> float:
    """Return the seconds from opening our page to 57 areas painted."""
    return _seconds(
        context,
        f"{ADDRESS}/peta",
        lambda page: page.frame_locator(MAP).locator("body[data-drawn='57']"),
    )


def seconds_to_title(context: BrowserContext) -> float:
    """Return the seconds from opening the bare page to its title."""
    return _seconds(context, BARE, lambda page: page.locator("h1"))


def _seconds(context: BrowserContext, address: str, wanted: Callable[[Page], Locator]) -> float:
    page = context.new_page()
    began = time.perf_counter()
    page.goto(address)
    wanted(page).wait_for(timeout=PATIENCE_S * 1000)
    taken = time.perf_counter() - began
    page.close()
    return taken


def measure_pages() -> dict[str, list[float]]:
    """Return the seconds of each visit, the visits of the rows taken in turns."""
    rows: dict[str, list[float]] = {NEW: [], BACK: [], FLOOR: []}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        try:
            known = browser.new_context(viewport=WINDOW)
            for _ in range(VISITS):
                rows[NEW].append(seconds_to_map(browser.new_context(viewport=WINDOW)))
                rows[BACK].append(seconds_to_map(known))
                rows[FLOOR].append(seconds_to_title(browser.new_context(viewport=WINDOW)))
        finally:
            browser.close()
    return rows


def main() -> None:
    """Print every figure beside its aim."""
    print(f"{platform.platform()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder) / "kantong"
        subprocess.run(["git", "clone", "--quiet", ROOT, project], check=True)
        with running(project) as cold:
            print(f"make run, cold .venv, warm package cache  {cold:6.1f} s   (aim < 20 s)")
        starts = []
        for _ in range(3):
            with running(project) as warm:
                starts.append(warm)
        print(
            f"make run again, median of {len(starts)}               "
            f"{statistics.median(starts):6.1f} s   (aim < 4 s)"
        )
        with running(project), bare_page():
            rows = measure_pages()
    print(f"page to drawn map, very first visitor     {rows[NEW][0]:6.2f} s")
    for label, taken in rows.items():
        later = taken[1:]
        print(
            f"{label:<42}{statistics.median(later):6.2f} s   "
            f"({min(later):.2f}–{max(later):.2f} in {len(later)} visits)"
        )
    size = (ROOT / "data" / "kelurahan.geojson").stat().st_size
    print(f"data/kelurahan.geojson                    {size / 1000:6.0f} kB  (aim < 400 kB)")


if __name__ == "__main__":
    main()
