"""The house has one direction of imports: read from the source of every module."""

import ast
import re
from pathlib import Path

import pytest

from tests.conftest import ROOT

PACKAGE = ROOT / "kantong"

# Room: what it may import of ours. For analysis the pure parts of geo are spelled out.
ARROWS = {
    "geo": {"geo"},
    "analysis": {"analysis", "geo.errors", "geo.join", "geo.schema"},
    "intake": {"intake", "geo"},
    "store": {"store", "geo"},
    "example": {"example", "geo"},
    "maps": {"maps", "analysis", "geo"},
    "importing": {"importing", "intake", "store", "geo"},
    "views": {
        "views",
        "maps",
        "importing",
        "store",
        "intake",
        "analysis",
        "geo",
        "language",
        "__version__",
    },
    "language": set(),
    "settings": set(),
    "serving": {"serving", "views.work"},
    "server": {"serving", "views", "maps", "store", "geo.errors"},
    "cli": {"geo", "importing", "intake", "store", "example", "language", "server", "views"},
    "__main__": {"cli"},
    "__init__": set(),
}
STREAMLIT_HOMES = {"views", "server"}
NO_DRAWING = {"geo", "analysis", "intake", "store", "example"}
DRAWING = {"folium", "branca", "streamlit", "streamlit_folium", "xlsxwriter"}


def modules():
    return sorted(PACKAGE.rglob("*.py"))


def room_of(path):
    inside = path.relative_to(PACKAGE)
    return inside.parts[0] if len(inside.parts) > 1 else inside.stem


def imports(path):
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name}: relative import"
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def is_allowed(target, allowed):
    inside = target.removeprefix("kantong.")
    return any(
        inside == one or inside.startswith(f"{one}.") or one.startswith(f"{inside}.")
        for one in allowed
    )


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_follow_the_arrows(path):
    allowed = ARROWS[room_of(path)]
    for target in imports(path):
        if target.startswith("kantong."):
            assert is_allowed(target, allowed), f"{path.name} imports {target}"


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_streamlit_and_drawing_stay_in_their_rooms(path):
    tops = {target.split(".")[0] for target in imports(path)}
    room = room_of(path)
    if room not in STREAMLIT_HOMES:
        assert not tops & {"streamlit", "streamlit_folium"}
    if room in NO_DRAWING:
        assert not tops & DRAWING
    if path.name != "webmap.py":
        assert "folium" not in tops


def test_the_entry_file_is_a_frame_of_fewer_than_sixty_lines():
    assert len(Path(ROOT / "streamlit_app.py").read_text("utf-8").splitlines()) < 60


def test_every_room_has_its_arrows():
    assert {room_of(path) for path in modules()} == set(ARROWS)


def test_analysis_touches_no_file():
    for path in (PACKAGE / "analysis").glob("*.py"):
        called = {
            node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            for node in ast.walk(ast.parse(path.read_text("utf-8")))
            if isinstance(node, ast.Call)
        }
        assert not called & {"open", "read_csv", "read_file", "read_text", "to_file", "to_csv"}


def test_the_page_on_architecture_shows_the_same_house():
    text = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    told = {
        room: set(re.findall(r"`([\w.]+)`", may))
        for room, may in re.findall(r"^\| `(\w+)` \| (.+) \|$", text, re.MULTILINE)
    }
    doors = {"__main__", "__init__"}
    assert told == {room: may - {room} for room, may in ARROWS.items() if room not in doors}
    drawing = text.split("```")[1]
    for room in ("views", "maps", "importing", "store", "intake", "example", "analysis", "geo"):
        assert f"{room}/" in drawing
