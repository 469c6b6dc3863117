"""From a file to the store: the steps that the page Data and the command line share."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from kantong.geo.errors import Fault, TableError
from kantong.geo.files import sha256
from kantong.geo.schema import Indicator
from kantong.intake import sandbox
from kantong.intake.checks import Finding
from kantong.intake.grid import Grid
from kantong.intake.layout import Layout, applied, guess
from kantong.intake.matching import REASON, Decision, Status
from kantong.intake.privacy import personal_columns
from kantong.intake.proposal import Proposal, decisions
from kantong.store import audit, database, datasets
from kantong.store import decisions as kept_decisions
from kantong.store.datasets import RW, Import, Stored
from kantong.store.decisions import Alias
from kantong.store.decisions import Mapping as SavedLayout


@dataclass(frozen=True)
class File:
    """A file that was read and holds no person.

    Parameters
    ----------
    name, sha256
        Its name and the hash of its bytes.
    grids
        Its sheets, those without any cell left out.
    """

    name: str
    sha256: str
    grids: tuple[Grid, ...]


@dataclass(frozen=True)
class Label:
    """What a person says of an import.

    Parameters
    ----------
    area
        Whose figures these are (:func:`kantong.store.datasets.area_of` the boundaries).
    line
        Line of versions it continues, such as ``dtsen``.
    title, source
        For readers: what it is, and who published it.
    who
        Who imports.
    note
        What a reader must know, and what was decided about findings.
    simulated
        True for invented figures.
    """

    area: str
    line: str
    title: str
    source: str
    who: str
    note: str = ""
    simulated: bool = False


def open_file(content: bytes, name: str) -> File:
    """Read an untrusted file of counts.

    Raises
    ------
    TableError
        It cannot be read, is empty, or its columns speak of persons.
    """
    grids = tuple(grid for grid in sandbox.read(content, name) if grid.rows)
    if not grids:
        raise TableError(Fault("{file}: holds no cells. Choose another file.", file=name))
    if faults := [fault for grid in grids for fault in personal_columns(grid)]:
        raise TableError(*faults)
    return File(name, sha256(content), grids)


def layout_of(grid: Grid, indicators: Mapping[str, Indicator], area: str) -> tuple[Layout, str]:
    """Return how a sheet is laid out, and the name of the saved layout it follows, if any.

    Raises
    ------
    TableError
        No column of kelurahan is found.
    """
    fresh = guess(grid, indicators)
    engine = database.for_reading()
    saved = [] if engine is None else kept_decisions.mappings(engine, area, fresh.signature())
    for one in saved:
        layout = Layout.from_json(json.dumps(one.content))
        if len(layout.uses) == len(fresh.uses):
            return applied(layout, fresh), one.name
    return fresh, ""


def save_layout(layout: Layout, name: str, area: str, who: str) -> None:
    """Save a layout under a name, for tables with the same headings."""
    content = json.loads(layout.to_json())
    saved = SavedLayout(
        name=name, signature=layout.signature(), content=content, saved_by=who,
        saved_at=audit.now(),
    )  # fmt: skip
    kept_decisions.save_mapping(database.for_writing(), area, saved)


def remembered(area: str, source: str) -> list[Decision]:
    """Return what was decided about the places that a source names."""
    engine = database.for_reading()
    if engine is None:
        return []
    return [
        Decision(one.given_code, one.given_kelurahan, one.given_kecamatan, one.kode or "")
        for one in kept_decisions.aliases(engine, area, source)
    ]


def same_file(area: str, digest: str) -> list[Stored]:
    """Return the data cuts that were made from the same bytes."""
    engine = database.for_reading()
    return [] if engine is None else datasets.same_file(engine, area, digest)


def keep(
    file: File,
    layout: Layout,
    proposal: Proposal,
    label: Label,
    *,
    findings: Sequence[Finding] = (),
    settled: Mapping[int, str] | None = None,
) -> Stored:
    """Keep a proposal as a data cut, and remember what was decided about its places.

    Raises
    ------
    StoreError
        It cannot be kept; nothing was.
    """
    engine = database.for_writing()
    refused = proposal.refused()
    reasons = [as_told(fault) for fault in refused[REASON]]
    figures = proposal.figures.assign(**{RW: ""})
    given = Import(
        area=label.area, name=label.line, title=label.title, source=label.source, note=label.note,
        simulated=label.simulated, file_name=file.name, sha256=file.sha256,
        rows_in=len(proposal.rows), rows_matched=proposal.count(Status.MATCHED),
        rows_review=proposal.count(Status.REVIEW), rows_refused=len(refused),
        observations=figures[list(datasets.FIGURE_COLUMNS)],
        refused=pd.DataFrame(
            {
                "line": list(refused.index), "count": 1,
                "reason": [told["message"] for told in reasons],
                "details": [told["details"] for told in reasons],
            },
            columns=list(datasets.REFUSED_COLUMNS),
        ),
        mapping=json.loads(layout.to_json()),
        findings=[as_told(one.fault) | {"kind": one.kind.value} for one in findings],
    )  # fmt: skip
    stored = datasets.keep(engine, given, label.who)
    for one in decisions(proposal, settled or {}):
        alias = Alias(
            source=label.source, given_code=one.code, given_kelurahan=one.kelurahan,
            given_kecamatan=one.kecamatan, kode=one.kode or None,
        )  # fmt: skip
        kept_decisions.remember_alias(engine, label.area, alias, label.who)
    return stored


def as_told(fault: Fault) -> dict[str, Any]:
    """Return a fault as it is stored: its template and its details."""
    return {
        "message": fault.message,
        "details": {
            key: as_told(one)
            if isinstance(one, Fault)
            else one
            if isinstance(one, int | float)
            else str(one)
            for key, one in fault.details.items()
        },
    }


def as_fault(told: Mapping[str, Any]) -> Fault:
    """Return the fault that :func:`as_told` wrote, to be shown in the user's language."""
    details = {
        key: as_fault(one) if isinstance(one, Mapping) else one
        for key, one in told["details"].items()
    }
    return Fault(told["message"], **details)


def refused_lines(stored: Stored) -> Iterable[tuple[int, int, Fault]]:
    """Yield line, number of rows and reason of what a data cut left out."""
    engine = database.for_reading()
    if engine is None:
        return
    rows = datasets.refused(engine, stored.id)
    for line, count, message, details in rows.itertuples(index=False, name=None):
        yield int(line), int(count), as_fault({"message": message, "details": details})
