"""Atlases: every sheet in its place, found by page number, bookmark and index map."""

import dataclasses
import io
import subprocess

import pikepdf
import pytest

from kantong.maps import atlas as module
from kantong.maps.atlas import Book, Group, Words, atlas, singles
from kantong.maps.binding import pages_of
from kantong.maps.drawing import prepare
from kantong.maps.theme import Swatch, Theme
from kantong.maps.tiling import A3
from tests.conftest import needs
from tests.maps.ground import HATCH, characters, outline_of, unpacked
from tests.maps.test_sheet import HOSTILE, NOW, page, page_sizes
from tests.maps.test_sheet import WORDS as SHEET_WORDS

WORDS = Words(
    "Daftar isi", "Peta indeks", "Metode", "Hal.", "Hal. {page} dari {pages}", SHEET_WORDS
)
THEME = Theme("Orang", {}, (Swatch("#ffcc00", "1 – 2"),), HATCH, "SIMULASI", ("Sumber",))


@pytest.fixture(scope="module")
def ground(nine):
    return prepare(nine)


@pytest.fixture(scope="module")
def book(nine):
    """Two kecamatan, the sheets titled by kelurahan."""
    groups = tuple(
        Group(name, tuple(page(row.kode, title=row.kelurahan) for row in rows.itertuples()))
        for name, rows in nine.groupby("kecamatan")
    )
    return Book("Atlas", "Kota", THEME, "Peta kota", groups, (("Angka", "Dari mana."),))


@pytest.fixture(scope="module")
def made(ground, book):
    return atlas(ground, book, WORDS, created=NOW)


def names_of_maps(pdf):
    with pikepdf.open(io.BytesIO(pdf)) as document:
        return [str(one.obj.VP[0].Name) if "/VP" in one.obj else "" for one in document.pages]


def test_it_has_cover_contents_index_map_sheets_and_method(made, book, nine):
    kelurahan = [one.title for one in book.sheets]
    assert sorted(kelurahan) == sorted(nine["kelurahan"])
    assert names_of_maps(made) == ["", "", "Peta indeks", *kelurahan, ""]


def test_bookmarks_lead_to_each_sheet_below_its_group(made, book):
    pages = {title: number for number, title in enumerate(names_of_maps(made), start=1)}
    told = outline_of(made)
    for group in book.groups:
        assert (group.heading, pages[group.sheets[0].title], 0) in told
        for one in group.sheets:
            assert (one.title, pages[one.title], 1) in told
    assert [title for title, _page, level in told if level == 0][:3] == [
        "Atlas", "Daftar isi", "Peta indeks",
    ]  # fmt: skip


def words_by_page(pdf, folder):
    """The words of each page, as another program reads them."""
    needs("pdftotext")
    file = folder / "atlas.pdf"
    file.write_bytes(pdf)
    command = ["pdftotext", "-layout", str(file), "-"]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return [" ".join(page.split()) for page in said.split("\f")[:-1]]


def test_contents_and_folios_tell_the_page_that_it_is(made, book, tmp_path):
    pages = words_by_page(made, tmp_path)
    for number, title in enumerate(names_of_maps(made), start=1):
        if title in {one.title for one in book.sheets}:
            assert f"{title} Hal. {number} " in f"{pages[1]} "
            assert f"Hal. {number} dari 13" in pages[number - 1]


def test_long_contents_move_what_follows(ground, book, tmp_path):
    many = tuple(Group(f"Kelompok {number}", book.groups[0].sheets[:1]) for number in range(60))
    made = atlas(ground, dataclasses.replace(book, groups=many), WORDS, created=NOW)
    first = names_of_maps(made).index("Peta indeks") + 2
    assert first > 4
    assert pages_of(made) == first - 1 + 60 + 1
    pages = words_by_page(made, tmp_path)
    assert f"Hal. {first} dari {len(pages)}" in pages[first - 1]


def test_parts_make_the_same_pages(ground, book, made, monkeypatch):
    monkeypatch.setattr(module, "PART", 2)
    steps = []
    parted = atlas(ground, book, WORDS, created=NOW, told=lambda done, of: steps.append((done, of)))
    assert names_of_maps(parted) == names_of_maps(made)
    assert outline_of(parted) == outline_of(made)
    assert steps == [(done, 9) for done in (0, 2, 4, 6, 8, 9)]


def test_what_is_told_may_stop_it(ground, book, monkeypatch):
    monkeypatch.setattr(module, "PART", 2)

    def stop(done, _of):
        if done == 4:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        atlas(ground, book, WORDS, created=NOW, told=stop)


def test_it_is_archivable_accessible_and_the_same_every_time(ground, book, made):
    text = unpacked(made)
    assert b"<pdfaid:part>2</pdfaid:part>" in text
    assert b"<pdfuaid:part>1</pdfuaid:part>" in text
    assert atlas(ground, book, WORDS, created=NOW) == made


def test_larger_paper_is_used_for_every_page(ground, book):
    sizes = page_sizes(atlas(ground, book, WORDS, created=NOW, paper=A3))
    assert {tuple(sorted(one)) for one in sizes} == {(297, 420)}


def test_hostile_words_stay_words(ground, book):
    groups = (Group(HOSTILE, book.groups[0].sheets),)
    hostile = dataclasses.replace(
        book, title=HOSTILE, subtitle=HOSTILE, alt=HOSTILE, groups=groups,
        method=((HOSTILE, HOSTILE),),
    )  # fmt: skip
    made = atlas(ground, hostile, WORDS, created=NOW)
    assert set(HOSTILE) - {" "} <= characters(made)
    assert outline_of(made)[0][0] == HOSTILE


def test_each_sheet_can_be_a_file_of_its_own(ground, book):
    files = list(singles(ground, book.sheets, SHEET_WORDS, created=NOW))
    assert [one.kode for one, _pdf in files] == [one.kode for one in book.sheets]
    for one, pdf in files:
        assert names_of_maps(pdf) == [one.title]
