"""Collect the messages that users read into the catalogue of each language.

Words come from calls of ``_`` and ``gettext``, from the first argument of ``Fault``
and from names in capitals that hold a sentence (reasons). Translations are kept.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parents[1]
SOURCES = (ROOT / "kantong", ROOT / "streamlit_app.py")
CATALOGUE = ROOT / "locale" / "id" / "LC_MESSAGES" / "kantong.po"
_CALLS = {"_", "gettext", "Fault"}
_NAMES = {"message"}
_REASONS = {
    "COUNT_MISSING", "DENOMINATOR_MISSING", "DENOMINATOR_ZERO", "NOTHING_KNOWN", "SUPPRESSED",
    "EARLIER_MISSING", "LATER_MISSING", "BOTH_MISSING", "EARLIER_ZERO",
}  # fmt: skip


def messages() -> dict[str, set[str]]:
    """Return every message with the files it stands in."""
    found: dict[str, set[str]] = {}
    for source in SOURCES:
        for path in [source] if source.is_file() else sorted(source.rglob("*.py")):
            for message in _in_tree(ast.parse(path.read_text("utf-8"))):
                found.setdefault(message, set()).add(path.relative_to(ROOT).as_posix())
    return found


def _in_tree(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _called(node) in _CALLS and node.args:
            yield from _texts(node.args[0])
        elif isinstance(node, ast.Assign) and _names(node) & (_NAMES | _REASONS):
            yield from _texts(node.value)
        elif isinstance(node, ast.For) and _NAMES & {
            name.id for name in ast.walk(node.target) if isinstance(name, ast.Name)
        }:
            yield from (text for part in ast.walk(node.iter) for text in _sentences(part))


def _called(node: ast.Call) -> str:
    function = node.func
    return function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")


def _names(node: ast.Assign) -> set[str]:
    return {target.id for target in node.targets if isinstance(target, ast.Name)}


def _texts(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value


def _sentences(node: ast.AST) -> Iterator[str]:
    yield from (text for text in _texts(node) if " " in text and text.endswith("."))


def update() -> Catalog:
    """Return the catalogue with every message in use and no other; translations are kept."""
    with CATALOGUE.open("rb") as source:
        old = read_po(source, locale="id")
    fresh = Catalog(locale="id", project="Kantong", header_comment="# Kata-kata Kantong")
    for message, files in sorted(messages().items()):
        kept = old.get(message)
        translation = kept.string if kept else ""
        fresh.add(message, translation, auto_comments=sorted(files))
    return fresh


if __name__ == "__main__":
    CATALOGUE.parent.mkdir(parents=True, exist_ok=True)
    CATALOGUE.touch()
    catalogue = update()
    with CATALOGUE.open("wb") as target:
        write_po(target, catalogue, width=100, omit_header=False)
    empty = [message.id for message in catalogue if message.id and not message.string]
    sys.stdout.write("\n".join(map(str, empty)) + f"\n{len(empty)} without translation\n")
