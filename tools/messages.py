"""Collect the messages that users read into the catalogue of each language.

Words come from calls of ``_`` and ``gettext``. Faults come from the first argument of ``Fault``,
from what is called ``message``, and, in the rooms that know no ``_``, from every sentence: words
with a full stop that are neither a docstring nor for programmers. Translations are kept.
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
_WORDS = {"_", "gettext"}
_MESSAGE = "message"
# Where every sentence is told to users, however it comes to its fault.
_ROOMS = ("analysis", "geo", "importing", "intake", "store")
_FOR_PROGRAMMERS = {"ValueError", "TypeError", "KeyError", "RuntimeError"}
_DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def messages() -> dict[str, set[str]]:
    """Return every message with the files it stands in."""
    found: dict[str, set[str]] = {}
    for source in SOURCES:
        for path in [source] if source.is_file() else sorted(source.rglob("*.py")):
            tree = ast.parse(path.read_text("utf-8"))
            for message in (*_words(tree), *faults(path)):
                found.setdefault(message, set()).add(path.relative_to(ROOT).as_posix())
    return found


def _words(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _called(node) in _WORDS and node.args:
            yield from _texts(node.args[0])


def faults(path: Path) -> Iterator[str]:
    """Yield the messages of faults that stand in a file of the program."""
    tree = ast.parse(path.read_text("utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _called(node) == "Fault" and node.args:
            yield from _texts(node.args[0])
        elif isinstance(node, ast.Assign) and _MESSAGE in map(_name, node.targets):
            yield from _texts(node.value)
        elif isinstance(node, ast.For) and _MESSAGE in map(_name, ast.walk(node.target)):
            yield from (text for part in ast.walk(node.iter) for text in _sentences(part))
    if path.parent.name in _ROOMS:
        yield from _all_sentences(tree)


def _all_sentences(node: ast.AST) -> Iterator[str]:
    """Yield the sentences below a node that are written out whole."""
    if isinstance(node, ast.JoinedStr):
        return
    if isinstance(node, ast.Call) and _called(node) in _FOR_PROGRAMMERS:
        return
    yield from _sentences(node)
    docstring = None
    if isinstance(node, _DOCUMENTED) and ast.get_docstring(node) is not None:
        docstring = node.body[0]
    for child in ast.iter_child_nodes(node):
        if child is not docstring:
            yield from _all_sentences(child)


def _called(node: ast.Call) -> str:
    function = node.func
    return function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")


def _name(node: ast.AST) -> str:
    return node.id if isinstance(node, ast.Name) else ""


def _texts(node: ast.AST) -> Iterator[str]:
    """Yield a text, or either of two."""
    if isinstance(node, ast.IfExp):
        yield from (*_texts(node.body), *_texts(node.orelse))
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value


def _sentences(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Constant):
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
