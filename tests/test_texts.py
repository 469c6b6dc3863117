"""No word that a reader sees stands in the source as it is: all go through ``_``."""

import ast
import re

import pytest

from tests.conftest import ROOT

SOURCES = [
    ROOT / "streamlit_app.py",
    *sorted((ROOT / "kantong" / "views").glob("*.py")),
    *sorted((ROOT / "kantong" / "maps").glob("*.py")),
]
SCRIPT = ROOT / "kantong" / "maps" / "static" / "map.js"

# Words that stay as they are, and why.
ALLOWED = {
    "Kantong": "our name",
    "SIMULASI": "one mark in both languages, that no picture may lose",
    "Dapil": "electoral district: the word of the law, without an English one",
    "Bahasa / Language": "read before a language is chosen",
    "Foster, Greer, Thorbecke (1984), Econometrica 52(3), α = 0.": "source",
    "XLSX": "format",
    "Polygon": "type of GeoJSON",
    "Moran": "name of a statistic, after its author",
    "Call": "name of an element of Folium",
    "change": "key of a map, which waiting readers compare",
    "save mapping": "name of an act in the audit trail",
    "add person": "name of an act in the audit trail",
    "change person": "name of an act in the audit trail",
    "forget person": "name of an act in the audit trail",
    "Python": "name of a language",
    "save scenario": "name of an act in the audit trail",
    "withdraw scenario": "name of an act in the audit trail",
    "bring back scenario": "name of an act in the audit trail",
    "enter interventions": "name of an act in the audit trail",
    "correct intervention": "name of an act in the audit trail",
    "withdraw interventions": "name of an act in the audit trail",
    "bring back interventions": "name of an act in the audit trail",
    "sheets": "stage of a work, put into words by the page",
    "plans": "stage of a work, put into words by the page",
    "venues": "stage of a work, put into words by the page",
    "refuse return": "name of an act in the audit trail",
    "Normal": "name of a style of Word",
    "Caption": "name of a style of Word",
    "Paket": "marks the packages in the note of a promise, which is data",
    "Light Grid Accent 1": "name of a style of Word",
    "Source Sans Pro": "name of a font",
    "Fit": "how a bookmark of a PDF shows its page",
    "BPNTD": "name of a programme",
    "Bedah rumah": "name of a programme",
    "Gini": "name of a measure, after its author",
    "Source Sans Pro, Source Sans 3, sans-serif": "names of fonts",
    "Regular": "cut of a font, in the name of its file",
    "Semibold": "cut of a font, in the name of its file",
    "Bold": "cut of a font, in the name of its file",
}
ALLOWED_IN_SCRIPT = {
    "Leaflet": "name of the library, as its licence wishes",
    "use strict": "order to the browser",
    "Enter": "name of a key",
    "moveend zoomend": "events of Leaflet",
    "move zoomend": "events of Leaflet",
    "leaflet-bar leaflet-control": "classes of the style",
}

TWO_WORDS = re.compile(r"[^\W\d_]{2,}[,.:;]? (?:[/&–·-] )?[^\W\d_]+")
ONE_WORD = re.compile(r"[A-Z][a-z]{2,}|[A-Z]{4,}")
# Beside a field of an f-string even one small word makes a sentence: ``f"{count} areas"``.
SMALL_WORD = re.compile(r"[a-z]{3,}[.,:;]?")
# Expression of Vega, style, security policy, script, Jinja and formula: literals without words.
TECHNICAL = re.compile(
    r"^replace\(|\{ [a-z-]+: |^default-src |^</script>|^\{%|\\frac|px \"Source Sans"
)
# Tags, also those that a field of an f-string cuts in two, and icons.
MARKUP = re.compile(r"<[^>]*(?:>|$)|^[^<]*\">|:material/\w+:")
UNSEEN = {"_", "gettext", "Fault", "ValueError", "TypeError"}
TEMPLATES = {"message", "key"}
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def said(text, *, beside_field=False):
    """Return the parts of a literal that look like words for a reader."""
    if TECHNICAL.search(text):
        return []
    parts = [part for part in MARKUP.sub("\n", text).split("\n") if part.strip()]
    return [
        part.strip()
        for part in parts
        if TWO_WORDS.search(part)
        or ONE_WORD.fullmatch(part.strip())
        or (beside_field and part != part.strip() and SMALL_WORD.fullmatch(part.strip()))
    ]


def is_excused(node):
    """Tell whether what is below a node is translated, a template, or for programmers."""
    if isinstance(node, ast.keyword):
        return node.arg == "key"
    if isinstance(node, ast.Call):
        return getattr(node.func, "id", getattr(node.func, "attr", "")) in UNSEEN
    if isinstance(node, ast.Assign):
        return any(getattr(target, "id", "") in TEMPLATES for target in node.targets)
    return False


def literals(node, *, beside_field=False):
    """Yield the texts below a node that no translator sees, and whether a field stands beside.

    Docstrings are no texts.
    """
    if is_excused(node):
        return
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value, beside_field
    docstring = None
    if isinstance(node, DOCUMENTED) and ast.get_docstring(node) is not None:
        docstring = node.body[0]
    for child in ast.iter_child_nodes(node):
        if child is not docstring:
            yield from literals(child, beside_field=isinstance(node, ast.JoinedStr))


def hard_coded(source):
    texts = literals(ast.parse(source))
    return [part for text, beside in texts for part in said(text, beside_field=beside)]


# Comments, which are skipped, and the three sorts of quotes.
SCRIPT_TOKENS = re.compile(
    r"""//[^\n]*|/\*.*?\*/|"((?:\\.|[^"\\])*)"|'((?:\\.|[^'\\])*)'|`((?:\\.|[^`\\])*)`""", re.DOTALL
)
# Where a text reaches the reader of the map: even a single small word is one too many.
SHOWN = re.compile(
    r"""(?:element\(\s*"\w+",|(?:"aria-label"|"title"),|\.(?:title|textContent|innerHTML)\s*=)"""
    r"""\s*["'`]([^"'`]*)""",
)


def hard_coded_in_script(source):
    """Return the words of a script that come neither from its options nor from its state."""
    texts = ("".join(filter(None, one.groups())) for one in SCRIPT_TOKENS.finditer(source))
    parts = [part for text in texts for part in said(re.sub(r"\$\{[^}]*\}", "", text))]
    shown = (re.sub(r"\$\{[^}]*\}", "", text) for text in SHOWN.findall(source))
    return parts + [text for text in shown if re.search(r"[^\W\d_]", text)]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_word_on_the_pages_can_be_translated(path):
    assert set(hard_coded(path.read_text("utf-8"))) <= set(ALLOWED)


def test_every_word_on_the_map_comes_from_its_options_or_its_state():
    assert set(hard_coded_in_script(SCRIPT.read_text("utf-8"))) <= set(ALLOWED_IN_SCRIPT)


def test_nothing_is_allowed_that_does_not_stand_in_the_source():
    pages = {text for path in SOURCES for text in hard_coded(path.read_text("utf-8"))}
    assert set(ALLOWED) <= pages
    assert set(ALLOWED_IN_SCRIPT) <= set(hard_coded_in_script(SCRIPT.read_text("utf-8")))


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ('st.write("Poor people")', "Poor people"),
        ('st.button("Save")', "Save"),
        ('st.button("Save:")', ""),
        ('st.button("Map")', "Map"),
        ('st.caption(f"{count} areas")', "areas"),
        ('st.caption(f"rank {place}")', "rank"),
        ('st.caption(f"{count} areas are marked")', "areas are marked"),
        ('st.caption("{count} areas are marked".format(count=1))', "{count} areas are marked"),
        ("st.html(f\"<p class='a b'>Figures are old <em>{x}</em></p>\")", "Figures are old"),
        ("st.html(f'<p title=\"{x}\">Figures are old</p>')", "Figures are old"),
        ('st.button("x", help="Sources: every table")', "Sources: every table"),
        ('st.button(_("ok") + "or not")', "or not"),
        ('def f():\n    """A docstring."""\n    return "not a docstring"', "not a docstring"),
    ],
)
def test_a_hard_coded_text_is_found(source, words):
    assert hard_coded(source) == ([words] if words else [])


@pytest.mark.parametrize(
    "source",
    [
        'st.write(_("Poor people"))',
        'st.write(language.gettext("Poor people"))',
        'raise ValueError(f"{name} is not known")',
        'raise TableError(Fault("{path}: no rows.", path=path))',
        'message = "{count} codes are left out."',
        '"""What is here."""',
        'class A:\n    """What is here."""',
        "st.html(\"<p class='small note'></p>\")",
        'st.button(x, icon=":material/search:", width="stretch")',
        "st.session_state[_LAST_BREAKS]",
        "st.html(f\"<p class='{name} small'>{x}</p>\")",
        'f"{name}.geojson"',
    ],
)
def test_what_is_translated_or_unseen_is_let_pass(source):
    assert hard_coded(source) == []


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ('box.append(element("th", "Poor people"));', "Poor people"),
        ('box.append(element("em", `${n} areas`));', " areas"),
        ('button.setAttribute("aria-label", "home");', "home"),
        ('button.title = "home";', "home"),
        ('const name = "Home";', "Home"),
        ("const told = 'no data here';", "no data here"),
    ],
)
def test_a_hard_coded_text_of_the_map_is_found(source, words):
    assert set(hard_coded_in_script(source)) == {words}


@pytest.mark.parametrize(
    "source",
    [
        'element("th", label); // Words of a comment',
        "button.title = options.home;",
        'element("a", "⌂", "home");',
        'const { a } = { b: "tip" };',
    ],
)
def test_texts_from_options_are_let_pass(source):
    assert hard_coded_in_script(source) == []
