"""What fails without being foreseen: calm words with a number, and the number in the log."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys

import pytest
from playwright.sync_api import expect, sync_playwright

from tests.conftest import DATA, ROOT, wait_for
from tests.test_browser import FLAGS, PATIENCE_MS

pytestmark = pytest.mark.browser

PERSON = "Budi Santoso 3573011203800001"
# The app with a fault that quotes a person, where every page is drawn.
FAILING = f"""
import sys
from kantong import server
from kantong.views import frame
def fail(city):
    raise RuntimeError({PERSON!r})
frame.heading = fail
server.run(int(sys.argv[1]))
"""


@pytest.fixture(scope="module")
def failing(tmp_path_factory):
    """Address of an app of which every page fails, and its log."""
    log = tmp_path_factory.mktemp("log") / "log"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    told = os.environ | {"KANTONG_DATA": str(DATA)}
    command = [sys.executable, "-c", FAILING, str(port)]
    with (
        log.open("wb") as out,
        subprocess.Popen(command, cwd=ROOT, env=told, stdout=out, stderr=out) as server,
    ):
        try:
            wait_for(f"http://127.0.0.1:{port}/healthz")
            yield f"http://127.0.0.1:{port}", log
        finally:
            server.terminate()


@pytest.mark.parametrize(
    ("language", "words"),
    [("id", "Ada yang gagal tanpa diduga"), ("en", "Something failed that nobody foresaw")],
)
def test_a_fault_shows_a_number_that_stands_in_the_log_and_nothing_else(failing, language, words):
    address, log = failing
    with sync_playwright() as playwright:
        chromium = shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        page = browser.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.goto(f"{address}/peta?bahasa={language}&kelurahan={PERSON}")
        box = page.get_by_test_id("stAlertContentError")
        expect(box).to_have_count(1)
        expect(box).to_contain_text(words)
        said = page.locator("body").inner_text()
        browser.close()
    (number,) = re.findall(r"\b[0-9A-F]{8}\b", said)
    for leak in ("RuntimeError", "Traceback", "Budi", "Google", "ChatGPT", ".py"):
        assert leak not in said
    lines = [json.loads(line) for line in log.read_text("utf-8").splitlines() if line[0] == "{"]
    noted = [line for line in lines if line.get("reference") == number]
    assert len(noted) == 1
    assert noted[0]["error"] == ["RuntimeError"]
    assert noted[0]["where"][-1].endswith(" fail")
    assert "Budi" not in log.read_text("utf-8")
    assert "3573011203800001" not in log.read_text("utf-8")
