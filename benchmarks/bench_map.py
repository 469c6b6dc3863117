"""How the map answers: our page beside a page that rebuilds its choropleth, in one run.

Run with ``make bench``. Prints medians of 20; asserts nothing. Needs Debian's chromium. A province
is drawn from the GeoParquet that ``KANTONG_PROVINCE`` names, or from a seeded layer.
"""

import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import (
    Browser,
    Error,
    Frame,
    FrameLocator,
    Locator,
    Page,
    WebSocket,
    sync_playwright,
)

from kantong.analysis.measures import periods
from kantong.store.library import load

ROOT = Path(__file__).resolve().parents[1]
OURS, NAIVE, PROVINCE, FILES = (f"http://127.0.0.1:{port}" for port in (8611, 8612, 8613, 8614))
MAP = "iframe[title='streamlit_folium.st_folium']"
ROUNDS, VISITS, SWITCHES = 20, 9, (10, 100)
PATIENCE_MS = 30_000
REST_MS = 500
AREAS = (("35.73.05.1004", "Dinoyo"), ("35.73.04.1009", "Karangbesuki"))


def kinds() -> Iterator[tuple[str, str, str]]:
    """Yield label, id and what our map says once an indicator is there; the first one last."""
    library = load(ROOT / "data")
    for indicator in library.indicators.values():
        known = periods(library.observations, library.indicators, indicator.id)
        if known and indicator.id != "poor_people":
            yield indicator.label["id"], indicator.id, f"{indicator.id} {known[-1]} quantiles"


KINDS = tuple(kinds())[:6]  # those that the list shows without scrolling


@contextmanager
def serving(command: list[str], address: str, **told: str) -> Iterator[None]:
    """Run a server until the block ends."""
    environment = os.environ | told
    server = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        for _ in range(600):
            try:
                urllib.request.urlopen(address, timeout=2).close()
                break
            except OSError:
                time.sleep(0.1)
        yield
    finally:
        server.terminate()
        server.wait()


@dataclass
class Watched:
    """A page and what crossed its websocket: seconds, sent by us, bytes."""

    page: Page
    frames: list[tuple[float, bool, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.set_default_timeout(PATIENCE_MS)
        self.page.on("websocket", self._listen)

    def _listen(self, socket: WebSocket) -> None:
        def note(*, sent: bool) -> Callable[[str | bytes], None]:
            return lambda payload: self.frames.append((time.perf_counter(), sent, len(payload)))

        socket.on("framesent", note(sent=True))
        socket.on("framereceived", note(sent=False))

    @property
    def map(self) -> FrameLocator:
        """The frame of the map."""
        return self.page.frame_locator(MAP)

    def bytes_since(self, count: int) -> int:
        """Return the bytes of all frames after the first ``count``, once all is quiet."""
        self.page.wait_for_timeout(REST_MS)
        return sum(size for _, _, size in self.frames[count:])

    def reruns_since(self, count: int) -> int:
        """Return how often the browser asked the server to run again."""
        return sum(sent for _, sent, _ in self.frames[count:])


def pressing(page: Page, target: Locator) -> Callable[[], None]:
    """Return a bare click on the middle of something: without the checks of the driver."""
    target.hover()
    page.wait_for_timeout(150)  # lists come to rest where the pointer is
    box = target.bounding_box()
    assert box is not None  # noqa: S101 - it stands there
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    return lambda: page.mouse.click(x, y)


class Ours(Watched):
    """Our page Peta."""

    name = "Kantong"

    def open(self) -> None:
        """Open the page and wait for the map."""
        self.page.goto(f"{OURS}/peta")
        self.map.locator("body[data-shown='poor_people 2025 quantiles']").wait_for()
        self.page.wait_for_timeout(REST_MS)

    def switch(self, turn: int) -> Callable[[], None]:
        """Open the list and return the rest: choose, wait for the colours."""
        label, _, shown = KINDS[turn % len(KINDS)]
        self.page.get_by_role("combobox", name="Indikator", exact=True).click()
        option = self.page.get_by_role("option", name=label, exact=True)
        option.wait_for()

        option.hover()

        def finish() -> None:
            self.page.keyboard.press("Enter")
            self.map.locator(f"body[data-shown='{shown}']").wait_for()

        return finish

    def click(self, turn: int) -> Callable[[], None]:
        """Find an area and return the rest: click on it, wait for its panel."""
        kode, name = AREAS[turn % 2]
        click = pressing(self.page, self.map.locator(f"path[data-kode='{kode}']"))

        def finish() -> None:
            click()
            self.page.get_by_role("heading", name=name, exact=True).wait_for()

        return finish


_NEW_MAP = (
    "() => !window.old && document.querySelectorAll('path.leaflet-interactive').length === 57"
)


def _evaluated(frame: Frame, script: str) -> bool:
    try:
        return bool(frame.evaluate(script))
    except Error:  # the frame went while we looked: the map is being rebuilt
        return False


class Naive(Watched):
    """The page that rebuilds its map."""

    name = "rebuilt choropleth"

    def open(self) -> None:
        """Open the page and wait for the map."""
        self.page.goto(NAIVE)
        self.map.locator("path.leaflet-interactive").nth(56).wait_for()
        self.page.wait_for_timeout(REST_MS)

    def switch(self, turn: int) -> Callable[[], None]:
        """Open the list and return the rest: choose, wait for the map that is built anew."""
        self.page.get_by_role("combobox").click()
        option = self.page.get_by_role("option", name=KINDS[turn % len(KINDS)][1], exact=True)
        option.wait_for()
        self._in_map("() => { window.old = true; return true }")

        option.hover()

        def finish() -> None:
            self.page.keyboard.press("Enter")
            until(lambda: self._in_map(_NEW_MAP))

        return finish

    def _in_map(self, script: str) -> bool:
        frames = [one for one in self.page.frames if "streamlit_folium" in one.url]
        self.page.wait_for_timeout(5)  # lets Playwright hear of frames that come and go
        return any(_evaluated(frame, script) for frame in frames)

    def click(self, turn: int) -> Callable[[], None]:
        """Find an area and return the rest: click on it, wait for its panel."""
        kode, name = AREAS[turn % 2]
        self.map.locator("body").evaluate(
            "() => Object.values(window.map._layers).filter((one) => one.feature && one._path)"
            ".forEach((one) => one._path.setAttribute('data-kode', one.feature.properties.kode))"
        )
        click = pressing(self.page, self.map.locator(f"path[data-kode='{kode}']"))

        def finish() -> None:
            click()
            self.page.get_by_role("heading", name=name, exact=True).wait_for()

        return finish


def until(is_there: Callable[[], bool]) -> None:
    """Look again and again until something is there."""
    end = time.perf_counter() + PATIENCE_MS / 1000
    while not is_there():
        if time.perf_counter() > end:
            message = "what was waited for did not come"
            raise TimeoutError(message)


def milliseconds(action: Callable[[], None]) -> float:
    """Return how long an action takes."""
    began = time.perf_counter()
    action()
    return (time.perf_counter() - began) * 1000


def heap(page: Page) -> float:
    """Return the megabytes of script memory in use once what is dropped is gone."""
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    used = session.send("Runtime.getHeapUsage")["usedSize"]
    session.detach()
    return float(used) / 1e6


def wander(one: Watched) -> int:
    """Drag the map ten times and zoom ten times; return the reruns."""
    box = one.page.locator(MAP).bounding_box()
    assert box is not None  # noqa: S101 - the map stands there
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    before = len(one.frames)
    for turn in range(10):
        shift = 60 if turn % 2 else -60
        one.page.mouse.move(x, y)
        one.page.mouse.down()
        one.page.mouse.move(x + shift, y + shift, steps=4)
        one.page.mouse.up()
        one.page.mouse.wheel(0, 240 if turn % 2 else -240)
        one.page.wait_for_timeout(300)
    one.page.wait_for_timeout(REST_MS)
    return one.reruns_since(before)


def told(label: str, aim: str, *rows: tuple[str, list[float], str]) -> None:
    """Print the medians of our page and the peer's."""
    figures = (
        f"{name} {statistics.median(values):.1f} {unit} ({min(values):.1f}–{max(values):.1f})"
        for name, values, unit in rows
    )
    print(f"{label:<34} aim {aim:<10} {' | '.join(figures)}", flush=True)


def compare(both: tuple[Ours, Naive]) -> None:
    """Measure both pages in turns and print."""
    for one in both:
        one.open()
        for turn in range(2):
            one.switch(turn)()
            one.page.wait_for_timeout(REST_MS)
    answer(both)
    for one in both:
        print(f"reruns on 10 pans and 10 zooms     aim 0          {one.name} {wander(one)}")
    for one in both:
        small, large = (_heap_after(one, count) for count in SWITCHES)
        print(
            f"heap after 10 and 100 switches     aim ≤ 1.5 ×    {one.name} "
            f"{small:.1f} MB, {large:.1f} MB: {large / small:.2f} ×"
        )


def answer(both: tuple[Ours, Naive]) -> None:
    """Print how long a switch and a click take, and what a switch sends."""
    times: dict[str, list[float]] = {one.name: [] for one in both}
    sizes: dict[str, list[float]] = {one.name: [] for one in both}
    clicks: dict[str, list[float]] = {one.name: [] for one in both}
    for turn in range(ROUNDS):
        for one in both:
            finish = one.switch(turn)
            before = len(one.frames)
            times[one.name].append(milliseconds(finish))
            sizes[one.name].append(one.bytes_since(before) / 1000)
    for turn in range(ROUNDS):
        for one in both:
            clicks[one.name].append(milliseconds(one.click(turn)))
            one.page.wait_for_timeout(REST_MS)
    told("switch of indicator", "≤ 200 ms", *((name, all_, "ms") for name, all_ in times.items()))
    told("on the wire a switch", "≤ 20 kB", *((name, all_, "kB") for name, all_ in sizes.items()))
    told("click to panel", "≤ 400 ms", *((name, all_, "ms") for name, all_ in clicks.items()))


def _heap_after(one: Ours | Naive, switches: int) -> float:
    one.open()
    for turn in range(switches):
        one.switch(turn)()
        one.page.wait_for_timeout(60)
    return heap(one.page)


def open_province(browser: Browser) -> None:
    """Print how long a province takes to open, from the whole to a kecamatan."""
    for label, query in (
        ("province by kabupaten", ""),
        ("into a kabupaten", "?wilayah=35.06"),
        ("into a kecamatan", "?wilayah=35.06.01"),
    ):
        taken: list[float] = []
        for _ in range(VISITS + 1):
            page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
            page.set_default_timeout(PATIENCE_MS)

            def go(page: Page = page, query: str = query) -> None:
                page.goto(f"{PROVINCE}/peta{query}")
                page.frame_locator(MAP).locator("body[data-drawn]").wait_for()

            taken.append(milliseconds(go) / 1000)
            page.close()
        told(f"7,711 villages: {label}", "≤ 3 s", ("Kantong", taken[1:], "s"))


def main() -> None:
    """Print every figure beside its aim."""
    print(f"{platform.platform()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    python = [sys.executable, "-m"]
    leaflet = str(Path(__import__("xstatic.pkg.leaflet", fromlist=["x"]).BASE_DIR))
    naive = [
        *python, "streamlit", "run", str(ROOT / "benchmarks" / "naive_map.py"),
        "--server.port=8612", "--server.address=127.0.0.1",
    ]  # fmt: skip
    files = [*python, "http.server", "8614", "--bind", "127.0.0.1", "--directory", leaflet]
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        source = os.environ.get("KANTONG_PROVINCE")
        make = [sys.executable, str(ROOT / "benchmarks" / "province.py"), folder]
        subprocess.run([*make, *([source] if source else [])], check=True, cwd=ROOT)
        kantong = [*python, "kantong", "serve", "--port"]
        stack.enter_context(serving([*kantong, "8611"], f"{OURS}/_stcore/health"))
        stack.enter_context(serving(files, FILES))
        stack.enter_context(serving(naive, f"{NAIVE}/_stcore/health", NAIVE_LEAFLET=FILES))
        playwright = stack.enter_context(sync_playwright())
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        pages = (
            browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
            for _ in range(2)
        )
        compare((Ours(next(pages)), Naive(next(pages))))
        with serving([*kantong, "8613"], f"{PROVINCE}/_stcore/health", KANTONG_DATA=folder):
            open_province(browser)
        browser.close()


if __name__ == "__main__":
    main()
