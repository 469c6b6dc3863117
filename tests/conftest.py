"""Shared by all tests: the nine-kelurahan city, the real city, and a running app."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import geopandas as gpd
import pytest
from hypothesis import settings
from playwright.sync_api import expect

from kantong import language
from kantong.geo import boundaries
from kantong.store import library

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT / "data"
SOURCES = DATA / "sources"
TUTORIAL = DATA / "tutorial"
_START_S = 60

# No test is timed: a busy machine is no fault.
settings.register_profile("kantong", deadline=None)
settings.load_profile("kantong")
expect.set_options(timeout=60_000)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Turn a skipped test into a failed one where CI=true: there, everything must run."""
    report = yield
    if report.skipped and os.environ.get("CI") == "true":  # type: ignore[attr-defined]
        report.outcome = "failed"  # type: ignore[attr-defined]
        report.longrepr = f"{item.nodeid}: skipped, but nothing may be skipped where CI=true"  # type: ignore[attr-defined]
    return report


def needs(*programs: str) -> None:
    """Skip a test whose programs are not on this machine; where CI=true that is a failure."""
    missing = [program for program in programs if shutil.which(program) is None]
    if missing:
        pytest.skip(f"{', '.join(missing)}: not installed")


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Let every test begin in English, whatever the one before has spoken."""
    language.activate("en")
    yield
    language.activate("en")


@pytest.fixture(autouse=True)
def shipped_data(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every test begin with the shipped data: a command names its own to all that follows."""
    monkeypatch.setenv("KANTONG_DATA", str(DATA))


@pytest.fixture(scope="session")
def nine() -> gpd.GeoDataFrame:
    """The hand-worked city of data/tutorial/README.md, which has the drawing."""
    return boundaries.load(TUTORIAL / "kelurahan.geojson")


@pytest.fixture(scope="session")
def nine_library() -> library.Library:
    """The figures of the nine-kelurahan city."""
    return library.load(TUTORIAL)


@pytest.fixture(scope="session")
def malang() -> gpd.GeoDataFrame:
    """The canonical layer of Kota Malang."""
    return boundaries.load(DATA / "kelurahan.geojson")


@pytest.fixture(scope="session")
def app_address() -> Iterator[str]:
    """Address of the app, started as a user starts it."""
    with serving(DATA) as address:
        yield address


@contextmanager
def serving(
    data: Path, *, log: Path | None = None, port: int = 0, **environment: str
) -> Iterator[str]:
    """Run the app on a data folder and yield its address; what it says goes to ``log``."""
    port = port or free_port()
    command = [sys.executable, "-m", "kantong", "serve", "--port", str(port)]
    told = os.environ | {"KANTONG_DATA": str(data)} | environment
    said = log.open("wb") if log else nullcontext()
    with (
        said as out,
        subprocess.Popen(
            command, cwd=ROOT, env=told, stdout=out, stderr=out and subprocess.STDOUT
        ) as server,
    ):
        address = f"http://127.0.0.1:{port}"
        try:
            wait_for(f"{address}/_stcore/health")
            yield address
        finally:
            server.terminate()


def free_port() -> int:
    """Return a port of loopback that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(address: str) -> None:
    """Wait until a server answers at an address."""
    end = time.monotonic() + _START_S
    while True:
        try:
            with urllib.request.urlopen(address, timeout=5):  # noqa: S310 - our own http address
                return
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)
