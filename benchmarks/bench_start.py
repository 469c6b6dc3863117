"""How fast a newcomer sees the map: start, cold and warm, page to drawn map, size of the layer.

Run with ``make bench``. Prints figures; asserts nothing. Needs git, make and Debian's chromium.
"""

import os
import platform
import shutil
import signal
import statistics
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import BrowserContext, ViewportSize, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
PORT = 8599
ADDRESS = f"http://127.0.0.1:{PORT}"
MAP = "iframe[title='streamlit_folium.st_folium']"
VISITS = 9
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


def _first_answer(began: float) -> float:
    while time.perf_counter() - began < PATIENCE_S:
        try:
            with urllib.request.urlopen(f"{ADDRESS}/_stcore/health", timeout=2):
                return time.perf_counter() - began
        except OSError:
            time.sleep(0.02)
    raise TimeoutError(f"no answer within {PATIENCE_S} s")


def seconds_to_map(context: BrowserContext) -> float:
    """Return the seconds from opening the page to 57 areas painted."""
    page = context.new_page()
    began = time.perf_counter()
    page.goto(ADDRESS)
    page.frame_locator(MAP).locator("body[data-drawn='57']").wait_for(timeout=PATIENCE_S * 1000)
    taken = time.perf_counter() - began
    page.close()
    return taken


def measure_pages() -> tuple[list[float], list[float]]:
    """Return the seconds of new visitors (empty browser cache) and of one who comes back."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        try:
            fresh = [seconds_to_map(browser.new_context(viewport=WINDOW)) for _ in range(VISITS)]
            known = browser.new_context(viewport=WINDOW)
            again = [seconds_to_map(known) for _ in range(VISITS)]
        finally:
            browser.close()
    return fresh, again[1:]


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
        with running(project):
            (first, *fresh), again = measure_pages()
    print(f"page to drawn map, very first visitor     {first:6.2f} s")
    for who, taken in (("new visitor     ", fresh), ("coming back     ", again)):
        print(
            f"page to drawn map, {who}, median  {statistics.median(taken):6.2f} s   "
            f"(aim 1.5 s; {min(taken):.2f}–{max(taken):.2f} in {len(taken)} visits)"
        )
    size = (ROOT / "data" / "kelurahan.geojson").stat().st_size
    print(f"data/kelurahan.geojson                    {size / 1000:6.0f} kB  (aim < 400 kB)")


if __name__ == "__main__":
    main()
