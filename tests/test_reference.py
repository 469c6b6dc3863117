"""The pages of the guide that follow from the code are what the code says now."""

import re

import pytest

from kantong.settings import SETTINGS
from tests.conftest import ROOT
from tools import reference, reference_values

NOT_READ_BY_US = {"FORWARDED_ALLOW_IPS"}


@pytest.mark.parametrize("one", reference_values.VALUES, ids=lambda one: f"{one.statistic['en']}")
def test_our_figure_is_the_published_one(one):
    assert one.found() == pytest.approx(one.expected, abs=one.within)


def test_the_pages_that_follow_from_the_code_are_up_to_date():
    pages = reference.pages()
    assert {path.name for path in reference.FOLDER.iterdir()} == set(pages)
    for name, content in pages.items():
        assert (reference.FOLDER / name).read_text("utf-8") == content, f"{name}: make reference"


def test_every_setting_that_is_read_is_told_and_no_other():
    sources = "".join(
        path.read_text("utf-8")
        for path in (ROOT / "kantong").rglob("*.py")
        if path.name != "settings.py"
    )
    read = set(re.findall(r'"(KANTONG_[A-Z_]+)"', sources))
    assert read | NOT_READ_BY_US == set(SETTINGS)
    assert not NOT_READ_BY_US & read


@pytest.mark.parametrize(
    ("room", "beginning"),
    [
        ("intake", "This line is a note."),
        ("analysis", "Kecamatan {kecamatan} gets {got} % of the budget"),
        ("analysis", "{name}: it has no budget, and there is no common one."),
    ],
)
def test_faults_are_told_in_the_reference_however_they_are_raised(room, beginning):
    told = reference.messages("en").split(f"\n## {room}\n")[1].split("\n## ")[0]
    assert f"- {beginning}" in told


def test_every_fault_that_is_raised_has_its_place_among_the_messages():
    told = (reference.FOLDER / "messages.en.md").read_text("utf-8")
    calls = 0
    for path in (ROOT / "kantong").rglob("*.py"):
        for words in re.findall(r'Fault\("([A-Z][a-z ]{20,60})', path.read_text("utf-8")):
            calls += 1
            assert words in told, f"{path.name}: {words}"
    assert calls > 20
