"""The guide is whole, in both languages, and needs nothing from elsewhere."""

import re
import shlex
import shutil

import geopandas as gpd
import pandas as pd
import pytest
from click.testing import CliRunner

from kantong.cli import main
from kantong.maps.binding import pages_of
from tests.conftest import DATA, ROOT
from tools import guide, pictures

DOCS = ROOT / "docs"
IN_BOTH = sorted(
    path.relative_to(DOCS) for path in DOCS.rglob("*.en.md")
)  # others have both on one page, or are for developers
PICTURE = re.compile(r"!\[[^\]]+\]\((pictures/(\w\w)/([\w-]+)\.webp)\)")
FETCHED = re.compile(r'<(?:script|link|img|iframe)[^>]+(?:src|href)="([^"]+)"')


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The guide, built strictly: a link that leads nowhere is a fault."""
    folder = tmp_path_factory.mktemp("panduan")
    guide.build(folder)
    return folder


def test_the_guide_is_built_without_a_fault_in_both_languages(built):
    for page in guide.BOUND:
        for start in ("", "en/"):
            text = (built / f"{start}{page}.html").read_text("utf-8")
            assert "<h1" in text


def test_no_page_of_the_guide_fetches_anything_from_elsewhere(built):
    for path in built.rglob("*.html"):
        for found in FETCHED.findall(path.read_text("utf-8")):
            assert not found.startswith(("http:", "https:", "//")), f"{path.name}: {found}"


def test_formulas_are_drawn_without_a_script(built):
    text = (built / "method.html").read_text("utf-8")
    formulas = guide.FORMULA.findall((DOCS / "method.md").read_text("utf-8"))
    assert text.count("<math") == len(formulas) > 5
    assert "\\frac" not in re.sub(r"<annotation.*?</annotation>", "", text)


def test_every_page_of_the_guide_has_its_other_language():
    named = {path.with_name(path.name.replace(".en.md", ".md")) for path in IN_BOTH}
    assert all((DOCS / path).is_file() for path in named)
    assert {f"{page}.md" for page in guide.BOUND} - {str(path) for path in named} == {"privacy.md"}


def test_every_picture_is_taken_by_the_script_and_shown_in_its_language():
    used = set()
    for path in DOCS.rglob("*.md"):
        for file, language, name in PICTURE.findall(path.read_text("utf-8")):
            assert (DOCS / file).is_file(), f"{path.name}: make pictures"
            assert language == ("en" if path.name.endswith(".en.md") else "id"), path.name
            used.add(name)
    taken = {shot.name for shot in pictures.SHOTS}
    assert used <= taken
    for language in pictures.LANGUAGES:
        there = {path.stem for path in (DOCS / "pictures" / language).iterdir()}
        assert there == taken


def commands_in(page):
    """Return the commands of our program in a page, as they are typed."""
    boxes = re.findall(
        r"^```\n(.*?)^```$", (DOCS / page).read_text("utf-8"), re.MULTILINE | re.DOTALL
    )
    lines = "".join(boxes).replace("\\\n", " ").splitlines()
    return [shlex.split(line) for line in lines if line.startswith(".venv/bin/kantong")]


@pytest.mark.parametrize("page", ["another-city.md", "another-city.en.md"])
def test_another_city_is_brought_as_the_guide_says(tmp_path, monkeypatch, page):
    build, take, atlas = commands_in(page)
    shutil.copytree(DATA / "sources", tmp_path / "data" / "sources")
    (tmp_path / "batu").mkdir()
    monkeypatch.chdir(tmp_path)
    run = CliRunner().invoke
    assert run(main, build[1:]).exit_code == 0
    shutil.copy(DATA / "indicators.toml", "batu")
    layer = gpd.read_file("batu/kelurahan.geojson")
    assert len(layer) == 24
    table = pd.DataFrame(
        {
            "No": range(1, 25), "Kecamatan": layer["kecamatan"],
            "Desa/Kelurahan": layer["kelurahan"], "Penduduk": range(4000, 6400, 100),
            "Penduduk miskin": range(100, 340, 10),
        }
    )  # fmt: skip
    table.to_csv("miskin.csv", sep=";", index=False)
    kept = run(main, [*take[1:], "--keep", "--simulated"])
    assert kept.exit_code == 0, kept.output
    said = {"another-city.md": "24 baris = 24 cocok + 0 perlu ditinjau + 0 ditolak"}
    expected = said.get(page, "24 rows = 24 matched + 0 to be reviewed + 0 refused")
    assert expected in kept.output
    assert expected in (DOCS / page).read_text("utf-8")
    table.drop(columns="Kecamatan").to_csv("tanpa.csv", sep=";", index=False)
    rest = take[take.index("miskin.csv") + 1 :]
    without = run(main, ["--lang", "en", "import", "tanpa.csv", *rest])
    assert "'Bumiaji' is a kelurahan and a kecamatan" in without.output
    assert "'Junrejo' is a kelurahan and a kecamatan" in without.output
    assert run(main, atlas[1:]).exit_code == 0
    assert pages_of((tmp_path / "batu" / "atlas.pdf").read_bytes()) > 24
