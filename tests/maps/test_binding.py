"""Parts put together into one file: nothing of them is lost, readers for the blind included."""

import io
import os
import re
import subprocess

import pikepdf
import pytest

from kantong.maps.binding import Bookmark, bound, pages_of
from kantong.maps.drawing import prepare
from kantong.maps.sheet import sheets
from tests.conftest import needs
from tests.maps.ground import characters, outline_of, unpacked
from tests.maps.test_sheet import NOW, WORDS, page

TITLE = 'Atlas # $ \\ " ] <b>'
MARKS = (Bookmark("Kecamatan", 0, (Bookmark("Satu", 0), Bookmark("Dua", 1))), Bookmark("Tiga", 2))


@pytest.fixture(scope="module")
def parts(nine):
    ground = prepare(nine)
    kodes = list(nine["kode"][:5])
    told = {"heads": ("Indikator", "Angka"), "figures": (("Miskin", "1"), ("Penduduk", "2"))}
    made = {kode: page(kode, title=f"Lembar {kode}", **told) for kode in kodes}
    return [
        sheets(ground, [made[kode] for kode in some], WORDS, created=NOW)
        for some in (kodes[:2], kodes[2:3], kodes[3:])
    ]


@pytest.fixture(scope="module")
def whole(parts):
    return bound(parts, MARKS, TITLE)


def test_all_pages_stand_in_order_with_their_maps_and_words(parts, whole, nine):
    assert pages_of(whole) == 5
    with pikepdf.open(io.BytesIO(whole)) as document:
        titles = [str(one.obj.VP[0].Name) for one in document.pages]
    assert titles == [f"Lembar {kode}" for kode in nine["kode"][:5]]
    assert characters(whole) >= set().union(*map(characters, parts))


def test_every_page_finds_its_tags_and_every_tag_its_page(whole):
    with pikepdf.open(io.BytesIO(whole)) as document:
        tree = document.Root.StructTreeRoot
        numbers = list(tree.ParentTree.Nums)
        keys = [int(key) for key in numbers[::2]]
        assert keys == sorted(set(keys))
        assert int(tree.ParentTreeNextKey) > max(keys)
        pages = {one.obj.objgen: int(one.obj.StructParents) for one in document.pages}
        assert set(pages.values()) <= set(keys)
        assert len(set(pages.values())) == 5
        parents = dict(zip(keys, numbers[1::2], strict=True))
        for identity, key in pages.items():
            assert {element.Pg.objgen for element in parents[key]} == {identity}
        assert len(tree.K) == 1
        assert all(element.P.objgen == tree.K[0].objgen for element in tree.K[0].K)


def elements_below(element):
    yield element
    children = element.get("/K", [])
    for child in children if isinstance(children, pikepdf.Array) else [children]:
        if isinstance(child, pikepdf.Dictionary) and "/S" in child:
            yield from elements_below(child)


def headings_of(cell):
    return [bytes(name) for one in cell.get("/A", []) if "/Headers" in one for name in one.Headers]


def test_cells_find_the_headings_of_their_own_table(whole):
    """Each part names its headings U1x0y0 and on; a reader looks them up in one list for all."""
    with pikepdf.open(io.BytesIO(whole)) as document:
        tree = document.Root.StructTreeRoot
        listed = list(tree.IDTree.Names)
        names = [bytes(name) for name in listed[::2]]
        assert names == sorted(set(names))
        named = dict(zip(names, listed[1::2], strict=True))
        every = list(elements_below(tree.K[0]))
        held = [bytes(one.ID) for one in every if "/ID" in one]
        assert sorted(held) == names
        tables = [one for one in every if one.S == "/Table"]
        assert len(tables) >= 5
        for table in tables:
            inside = list(elements_below(table))
            own = {one.objgen for one in inside if one.S == "/TH"}
            looked_up = [named[name].objgen for one in inside for name in headings_of(one)]
            assert looked_up
            assert set(looked_up) <= own


def test_bookmarks_lead_to_their_pages(whole):
    assert outline_of(whole) == [
        ("Kecamatan", 1, 0), ("Satu", 1, 1), ("Dua", 2, 1), ("Tiga", 3, 0),
    ]  # fmt: skip


def test_title_and_standards_are_those_of_the_whole(whole):
    text = unpacked(whole)
    assert b"<pdfaid:part>2</pdfaid:part>" in text
    assert b"<pdfuaid:part>1</pdfuaid:part>" in text
    with pikepdf.open(io.BytesIO(whole)) as document:
        assert str(document.docinfo.Title) == TITLE
        with document.open_metadata() as metadata:
            assert metadata["dc:title"] == TITLE
        identities = re.findall(rb"/FontName\s*/([A-Z]{6}\+[\w-]+)", text)
        assert identities


def test_a_second_reader_finds_no_fault(whole, tmp_path):
    needs("qpdf")
    file = tmp_path / "whole.pdf"
    file.write_bytes(whole)
    command = ["qpdf", "--check", str(file)]
    said = subprocess.run(command, check=True, capture_output=True, text=True)
    assert "WARNING" not in said.stdout + said.stderr


def test_a_third_reader_draws_every_page(whole, tmp_path):
    needs("mutool")
    file = tmp_path / "whole.pdf"
    file.write_bytes(whole)
    command = ["mutool", "draw", "-F", "text", "-o", os.devnull, str(file)]
    said = subprocess.run(command, check=True, capture_output=True, text=True)
    told = [line for line in said.stderr.splitlines() if not line.startswith("page ")]
    assert [line for line in told if "ICC support" not in line] == []


def test_the_same_parts_give_the_same_bytes(parts, whole):
    assert bound(parts, MARKS, TITLE) == whole


def test_nothing_cannot_be_bound():
    with pytest.raises(ValueError, match="nothing to bind"):
        bound([], (), TITLE)
