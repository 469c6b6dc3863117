"""Printed parts put together into one tagged PDF with bookmarks.

A typesetter holds about 1.5 MB for each page it sets, so a long atlas is set in parts. Putting
parts together keeps what readers for the blind need: one tree of structure over all pages.
"""

import io
import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Self

import pikepdf
from pikepdf import Array, Dictionary, Name, OutlineItem, Pdf, String

from kantong.maps.pdf import to_bytes


@dataclass(frozen=True)
class Bookmark:
    """An entry of the table that readers show beside the pages.

    Parameters
    ----------
    title
        As shown.
    page
        Counted from 0.
    under
        Bookmarks below it.
    """

    title: str
    page: int
    under: tuple[Self, ...] = ()


def bound(parts: Iterable[bytes], bookmarks: Sequence[Bookmark], title: str) -> bytes:
    """Return several PDFs as one; the same bytes for the same input.

    Parameters
    ----------
    parts
        PDF/A-2b and PDF/UA-1 as :func:`kantong.maps.typeset.typeset` makes them, one at least.
    bookmarks
        In place of those of the parts.
    title
        Of the whole.

    Raises
    ------
    ValueError
        There is no part.
    """
    sources = [Pdf.open(io.BytesIO(part)) for part in parts]
    if not sources:
        raise ValueError("nothing to bind")
    whole, *others = sources
    for place, other in enumerate(others, start=2):
        _tell_apart(other, f"{place}.")
        _append(whole, other)
    _list_identities(whole)
    with whole.open_outline() as outline:
        outline.root[:] = [_entry(one) for one in bookmarks]
    with whole.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as metadata:
        metadata["dc:title"] = title
    whole.docinfo[Name.Title] = String(title)
    return to_bytes(whole)


def pages_of(pdf: bytes) -> int:
    """Return how many pages a PDF has."""
    with Pdf.open(io.BytesIO(pdf)) as document:
        return len(document.pages)


def _entry(bookmark: Bookmark) -> OutlineItem:
    item = OutlineItem(bookmark.title, bookmark.page, "Fit")
    item.children.extend(_entry(one) for one in bookmark.under)
    return item


def _append(whole: Pdf, other: Pdf) -> None:
    """Put the pages of a document behind another's, and their tags below its tags."""
    tree = whole.Root.StructTreeRoot
    first = int(tree.ParentTreeNextKey)
    for page in other.pages:
        if Name.StructParents in page.obj:
            page.obj.StructParents = int(page.obj.StructParents) + first
        for note in page.obj.get(Name.Annots, Array()):
            if Name.StructParent in note:
                note.StructParent = int(note.StructParent) + first
    whole.pages.extend(other.pages)
    added = whole.copy_foreign(other.Root.StructTreeRoot)
    document = tree.K[0]
    for element in added.K[0].K:
        element.P = document
        document.K.append(element)
    numbers = tree.ParentTree.Nums
    for key, parents in _pairs(added.ParentTree):
        numbers.append(key + first)
        numbers.append(parents)
    tree.ParentTreeNextKey = first + int(added.ParentTreeNextKey)
    tree.RoleMap = Dictionary({**dict(added.RoleMap.items()), **dict(tree.RoleMap.items())})


def _tell_apart(document: Pdf, mark: str) -> None:
    """Put a mark before the names of all cells: the typesetter counts anew in each part."""
    for element in _below(document.Root.StructTreeRoot.K[0]):
        if Name.ID in element:
            element.ID = String(mark + str(element.ID))
        for attribute in element.get(Name.A, Array()):
            if Name.Headers in attribute:
                headings = [String(mark + str(one)) for one in attribute.Headers]
                attribute.Headers = Array(headings)


def _list_identities(document: Pdf) -> None:
    """Write the list in which readers look up the headings of a cell by their names."""
    tree = document.Root.StructTreeRoot
    named = {str(one.ID): one for one in _below(tree.K[0]) if Name.ID in one}
    if named:
        listed = ((String(name), named[name]) for name in sorted(named))
        tree.IDTree = Dictionary(Names=Array(itertools.chain.from_iterable(listed)))


def _below(element: pikepdf.Object) -> Iterator[pikepdf.Object]:
    """Yield an element of the tree of tags and all below it."""
    yield element
    below = element.get(Name.K, Array())
    for child in below if isinstance(below, Array) else (below,):
        if isinstance(child, Dictionary) and Name.S in child:
            yield from _below(child)


def _pairs(tree: pikepdf.Object) -> Iterator[tuple[int, pikepdf.Object]]:
    """Yield keys and values of a number tree that has no branches."""
    entries = list(tree.Nums)
    for key, value in zip(entries[::2], entries[1::2], strict=True):
        yield int(key), value
