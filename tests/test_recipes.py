"""The recipes of the guide, followed to the letter on a copy of the project."""

import re
import shutil
import subprocess
import sys

import pytest

from tests.conftest import ROOT

TEXT = (ROOT / "docs" / "recipes.md").read_text("utf-8")
BOX = re.compile(r'^```(\w+) title="([^"]+)"\n(.*?)^```$', re.MULTILINE | re.DOTALL)
PARTS = ("kantong", "tests", "tools", "data", "locale", ".streamlit", "streamlit_app.py",
         "pyproject.toml", "docs")  # fmt: skip


def recipes():
    """Yield the name of each recipe and its boxes: kind, title, content."""
    for part in TEXT.split("\n## ")[1:]:
        yield part.split("\n")[0], BOX.findall(part)


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    folder = tmp_path_factory.mktemp("salinan")
    leave = shutil.ignore_patterns("__pycache__", "*.db*", "pictures")
    for name in PARTS:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=leave)
        else:
            shutil.copy(source, folder / name)
    return folder


def follow(folder, kind, title, content):
    """Do what a box says; return the test that it writes, if it is one."""
    file = folder / title.removesuffix(", at the end")
    if kind == "diff":
        file.write_text(changed(file.read_text("utf-8"), content), "utf-8")
    elif title.endswith(", at the end"):
        with file.open("a", encoding="utf-8") as opened:
            opened.write(f"\n{content}")
    elif kind == "python":
        assert not file.exists(), f"{title} is there already"
        file.write_text(content, "utf-8")
        return title if file.name.startswith("test_") else None
    return None


def changed(text, diff):
    """Return a text with the lines of a diff in it; the others must stand there, once."""
    lines = diff.splitlines(keepends=True)
    old = "".join(line[1:] for line in lines if line[0] in " -")
    new = "".join(line[1:] for line in lines if line[0] in " +")
    assert text.count(old) == 1, f"stands there {text.count(old)} times: {old}"
    return text.replace(old, new)


def run(folder, *tests):
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests]
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=600, check=False
    )


@pytest.mark.parametrize("name", [name for name, _boxes in recipes()])
def test_who_follows_a_recipe_has_what_it_promises(copy, name):
    boxes = dict(recipes())[name]
    made = [follow(copy, *box) for box in boxes if box[0] != "text"]
    tests = [one for one in made if one]
    assert tests
    answer = run(copy, *tests, "tests/test_imports.py")
    assert answer.returncode == 0, answer.stdout[-3000:]
    assert int(re.findall(r"(\d+) passed", answer.stdout)[-1]) > len(tests)  # the house too


def test_there_is_a_recipe_for_each_of_four_things():
    named = [name.split()[-1] for name, _boxes in recipes()]
    assert named == ["indicator", "statistic", "page", "register"]
