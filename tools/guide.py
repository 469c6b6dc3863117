"""Build the guide whole and offline, and as one PDF in each language: make docs.

Formulas become MathML while the pages are built, so that no script need be fetched to show them.
"""

import io
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pikepdf
from latex2mathml.converter import convert
from playwright.sync_api import PdfMargins, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
GUIDE = ROOT / "build" / "guide"
PDFS = {"kantong-panduan.pdf": "", "kantong-guide.pdf": "en/"}
# What a reader takes along on paper, in its order.
BOUND = (
    "index", "planner", "field", "council", "another-city", "method", "reference/values",
    "reference/data", "reference/commands", "reference/settings", "privacy",
)  # fmt: skip
# The theme would fetch this for a search in pages that are opened as files.
_FOREIGN = re.compile(r'<script src="https?://[^"]+"></script>')
_MARGINS: PdfMargins = {"top": "16mm", "right": "16mm", "bottom": "16mm", "left": "16mm"}
FORMULA = re.compile(r"\\\[(?P<block>.+?)\\\]|\\\((?P<inline>.+?)\\\)", re.DOTALL)


def on_page_markdown(markdown: str, **_page: object) -> str:
    """Return a page with its formulas as MathML; MkDocs calls it for each."""

    def drawn(found: re.Match[str]) -> str:
        block = found["block"]
        kind = "block" if block else "inline"
        return str(convert(" ".join((block or found["inline"]).split()), display=kind))

    return FORMULA.sub(drawn, markdown)


def on_post_page(output: str, **_page: object) -> str:
    """Return a page without what would be fetched from elsewhere; MkDocs calls it for each."""
    return _FOREIGN.sub("", output)


def on_post_template(output_content: str, **_template: object) -> str:
    """Return a page that is made from a template alone, such as that of a lost address."""
    return _FOREIGN.sub("", output_content)


def build(folder: Path = GUIDE) -> None:
    """Write the pages into a folder; whatever is amiss with them is a fault."""
    told = os.environ | {"NO_MKDOCS_2_WARNING": "1"}
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, env=told, check=True)


def bind(folder: Path = GUIDE) -> None:
    """Print the pages of a language by the browser and bind them, with bookmarks."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        page = browser.new_page()
        page.emulate_media(media="print", color_scheme="light")
        for name, start in PDFS.items():
            with pikepdf.new() as book, book.open_outline() as outline:
                for one in BOUND:
                    page.goto((folder / f"{start}{one}.html").as_uri())
                    sheets = page.pdf(format="A4", margin=_MARGINS)
                    first = len(book.pages)
                    with pikepdf.open(io.BytesIO(sheets)) as part:
                        book.add_pages_from(part)
                    title = page.locator("h1").first.inner_text().rstrip("¶ ")
                    outline.root.append(pikepdf.OutlineItem(title, first))
                book.save(folder / name)
        browser.close()


if __name__ == "__main__":
    build()
    bind()
