"""Shared by the tests of drawings: hostile names, and readers of what is made."""

import io
import re
import zlib
from collections.abc import Iterable, Iterator
from typing import Any
from xml.etree import ElementTree as ET

import font_source_sans_pro
import geopandas as gpd
import numpy as np
import pikepdf
from PIL import ImageFont

from tests.conftest import DATA

EVIL = [
    "<img src=x onerror=alert(1)>",
    "</text><script>alert(1)</script>",
    "${alert(1)}",
    "]]>&\x07",
]
SVG = "{http://www.w3.org/2000/svg}"
HATCH = (
    '<pattern id="missing" width="6" height="6" patternUnits="userSpaceOnUse">'
    '<rect width="6" height="6" fill="#00ff00"/></pattern>'
)
_OBJECT_STREAM = re.compile(rb"stream\r?\n(.*?)\r?\nendstream", re.DOTALL)


def context():
    """The surroundings of Kota Malang."""
    return gpd.read_file(DATA / "context.geojson")


def read(drawing):
    """The drawing as an XML tree; fails where it is not well-formed."""
    return ET.fromstring(drawing)  # noqa: S314 - made by the code under test


def texts(tree):
    """Every name on a map, its lines joined, with its element."""
    return [
        (" ".join(line.text or "" for line in text.iter(f"{SVG}tspan")), text)
        for text in tree.iter(f"{SVG}text")
    ]


def rings(data):
    """Coordinates of each ring of path data."""
    return [
        np.array([[float(number) for number in pair.split(",")] for pair in ring.split("L")])
        for ring in re.findall(r"M([^MZ]+)", data)
    ]


def text_boxes(tree):
    """Where each line of text stands, measured with the font itself."""
    for text in tree.iter(f"{SVG}text"):
        size = float(text.get("font-size"))
        slanted = text.get("font-style") == "italic"
        face = "It" if slanted else {"600": "Semibold", "700": "Bold"}[text.get("font-weight")]
        file = font_source_sans_pro.font_directory + f"/SourceSansPro-{face}.ttf"
        font = ImageFont.truetype(file, 1000)
        for line in text.iter(f"{SVG}tspan"):
            half = font.getlength(line.text) * size / 2000
            x, y = float(line.get("x")), float(line.get("y"))
            yield line.text, (x - half, y - 0.66 * size, x + half, y)


def unpacked(pdf):
    """The bytes of a PDF with its compressed streams opened behind it."""
    opened = []
    for packed in _OBJECT_STREAM.findall(pdf):
        try:
            opened.append(zlib.decompress(packed))
        except zlib.error:
            continue
    return b"\n".join([pdf, *opened])


def characters(pdf):
    """Every character that a reader of the PDF can search for or copy."""
    maps = re.findall(rb"begincmap.*?endcmap", unpacked(pdf), re.DOTALL)
    single = re.findall(rb"<[0-9A-Fa-f]+>\s*<([0-9A-Fa-f]+)>\s*\n", b"\n".join(maps))
    return {bytes.fromhex(code.decode()).decode("utf-16-be") for code in single}


def strokes(pdf, colour):
    """Straight pieces (x1, y1, x2, y2 in mm from the lower left) drawn in a colour, page by page.

    Read from the drawing operators themselves, through every form and its matrices.
    """
    with pikepdf.open(io.BytesIO(pdf)) as document:
        return [
            [
                piece
                for shade, piece in _walk(page, page.obj.Resources, np.eye(3))
                if shade == colour
            ]
            for page in document.pages
        ]


def _walk(stream, resources, matrix, depth=0):  # noqa: C901 - one arm an operator
    stack, at, pending = [(matrix, "")], (0.0, 0.0), []
    for instruction in pikepdf.parse_content_stream(stream):
        operands, operator = instruction.operands, str(instruction.operator)
        match operator:
            case "q":
                stack.append(stack[-1])
            case "Q":
                stack.pop()
            case "cm":
                stack[-1] = (_matrix(operands) @ stack[-1][0], stack[-1][1])
            case "RG" | "SCN" if len(operands) == 3:
                shade = "#" + "".join(f"{round(float(part) * 255):02x}" for part in operands)
                stack[-1] = (stack[-1][0], shade)
            case "m":
                at = (float(operands[0]), float(operands[1]))
            case "l":
                to = (float(operands[0]), float(operands[1]))
                ctm, shade = stack[-1]
                pending.append((shade, (*_placed(at, ctm), *_placed(to, ctm))))
                at = to
            case "S" | "s":
                yield from pending
                pending = []
            case "f" | "F" | "f*" | "B" | "B*" | "b" | "b*" | "n":
                pending = []
            case "Do" if depth < 12:
                form = resources.XObject[str(operands[0])]
                if form.get("/Subtype") == "/Form":
                    inner = _matrix(form.get("/Matrix", [1, 0, 0, 1, 0, 0])) @ stack[-1][0]
                    own = form.get("/Resources", resources)
                    yield from _walk(form, own, inner, depth + 1)


def _matrix(numbers):
    a, b, c, d, e, f = (float(number) for number in numbers)
    return np.array([[a, b, 0], [c, d, 0], [e, f, 1]])


def _placed(point, matrix):
    x, y, _one = np.array([*point, 1]) @ matrix
    return x * 25.4 / 72, y * 25.4 / 72


def outline_of(pdf: bytes) -> list[tuple[str, int, int]]:
    """Title, page from 1 and level of each bookmark."""
    with pikepdf.open(io.BytesIO(pdf)) as document, document.open_outline() as outline:
        pages = [one.obj.objgen for one in document.pages]

        def walk(items: Iterable[Any], level: int) -> Iterator[tuple[str, int, int]]:
            for item in items:
                yield item.title, pages.index(item.destination[0].objgen) + 1, level
                yield from walk(item.children, level + 1)

        return list(walk(outline.root, 0))
