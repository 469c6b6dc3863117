"""Tables of counts, from a file to the store."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from kantong.geo import boundaries
from kantong.geo.errors import Fault, TableError, quote, shorten
from kantong.geo.files import sha256
from kantong.geo.points import Places
from kantong.geo.schema import INDICATOR, KELURAHAN, KODE, PERIOD, VALUE, Indicator
from kantong.importing.told import as_told
from kantong.intake import sandbox
from kantong.intake.checks import Finding, check
from kantong.intake.grid import Grid
from kantong.intake.headings import CODE, period_in, role_of
from kantong.intake.layout import Layout, applied, guess
from kantong.intake.matching import CANDIDATES, REASON, STATUS, Decision, Status
from kantong.intake.privacy import personal_columns
from kantong.intake.proposal import Proposal, decisions, propose
from kantong.store import audit, database, datasets, figures
from kantong.store import decisions as kept_decisions
from kantong.store.datasets import RW, Import, Stored
from kantong.store.decisions import Alias
from kantong.store.decisions import Mapping as SavedLayout
from kantong.store.library import data_folder, load


@dataclass(frozen=True)
class File:
    """A file that was read.

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
        It cannot be read or is empty.
    """
    return File(name, sha256(content), sandbox.read(content, name))


def refuse_persons(file: File) -> None:
    """Refuse a table whose columns speak of persons; no cell of it is repeated.

    Raises
    ------
    TableError
        On any sheet there are identity numbers, names, addresses or the like.
    """
    if faults := [fault for grid in file.grids for fault in personal_columns(grid)]:
        raise TableError(*faults)


def placed(file: File, layer: gpd.GeoDataFrame) -> File:
    """Return a file whose features are placed in kelurahan, where no column names any.

    Parameters
    ----------
    layer
        ``kode`` and polygons, EPSG:4326.
    """
    return replace(file, grids=tuple(_placed(grid, layer) for grid in file.grids))


def _placed(grid: Grid, layer: gpd.GeoDataFrame) -> Grid:
    heading = [str(cell) for cell in grid.rows[0] if cell is not None]
    if not grid.points or any(role_of(text) in (CODE, KELURAHAN) for text in heading):
        return grid
    nowhere = (float("nan"), float("nan"))
    longitude, latitude = np.array([point or nowhere for point in grid.points]).T
    kodes = Places(layer).kodes(longitude, latitude)
    columns = ["kode", *(kode or None for kode in kodes[1:])]
    rows = tuple((*row, kode) for row, kode in zip(grid.rows, columns, strict=True))
    return replace(grid, rows=rows)


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

    The decisions come first: where one cannot be remembered nothing is kept.

    Raises
    ------
    StoreError
        It cannot be kept; nothing was.
    """
    engine = database.for_writing()
    refused = proposal.refused()
    reasons = [as_told(fault) for fault in refused[REASON]]
    observations = proposal.figures.assign(**{RW: ""})
    given = Import(
        area=label.area, name=label.line, title=label.title, source=label.source, note=label.note,
        simulated=label.simulated, file_name=file.name, sha256=file.sha256,
        rows_in=len(proposal.rows), rows_matched=proposal.count(Status.MATCHED),
        rows_review=proposal.count(Status.REVIEW), rows_refused=len(refused),
        observations=observations[list(datasets.FIGURE_COLUMNS)],
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
    decided = decisions(proposal, settled or {})
    return datasets.keep(engine, given, label.who, aliases(decided, label.source))


def aliases(decided: Iterable[Decision], source: str) -> list[Alias]:
    """Return decisions about the places of a source as the store remembers them."""
    return [
        Alias(
            source=source, given_code=one.code, given_kelurahan=one.kelurahan,
            given_kecamatan=one.kecamatan, kode=one.kode or None,
        )
        for one in decided
    ]  # fmt: skip


@dataclass(frozen=True)
class Wishes:
    """What the command line asks of an import; see ``kantong import --help``."""

    source: str
    title: str = ""
    indicator: str = ""
    period: str = ""
    sheet: int = 1
    simulated: bool = False
    keep: bool = False
    accept: bool = False
    leave: bool = False
    who: str = ""


@dataclass(frozen=True)
class Outcome:
    """What became of a file on the command line.

    Parameters
    ----------
    file
        What was read.
    sheet
        Name of the sheet that was read; empty where it has none.
    proposal
        Every row of the sheet.
    findings
        What the checks found.
    names
        Names of the kelurahan by ``kode``.
    stored
        The data cut; None where nothing was kept.
    hindrances
        Why it was not kept, though that was asked for.
    """

    file: File
    sheet: str
    proposal: Proposal
    findings: Sequence[Finding]
    names: Mapping[str, str]
    stored: Stored | None
    hindrances: Sequence[Fault]

    def report(
        self, translate: Callable[[str], str], write: Callable[[float], str]
    ) -> Iterator[str]:
        """Yield what is to be told, line by line, in the user's language."""
        counted = Fault(
            "{file}: {rows} rows = {matched} matched + {review} to be reviewed + {refused} refused",
            file=self.file.name, rows=len(self.proposal.rows),
            matched=self.proposal.count(Status.MATCHED),
            review=self.proposal.count(Status.REVIEW),
            refused=self.proposal.count(Status.REFUSED),
        )  # fmt: skip
        yield counted.describe(translate, write)
        for fault in self._understood():
            yield f"  {fault.describe(translate, write)}"
        for line, row in pd.concat([self.proposal.refused(), self.proposal.open()]).iterrows():
            names = ", ".join(self.names[kode] for kode in row[CANDIDATES])
            asked = f" → {names}?" if row[STATUS] == Status.REVIEW else ""
            yield f"  {line}: {row[REASON].describe(translate, write)}{asked}"
        for fault in [*(finding.fault for finding in self.findings), *self.hindrances]:
            yield f"! {fault.describe(translate, write)}"
        if self.stored is not None:
            kept = Fault("Kept as version {version}.", version=self.stored.version)
            yield kept.describe(translate, write)

    def _understood(self) -> Iterator[Fault]:
        """Yield what was taken from where: guesses, until somebody has read them."""
        if len(self.file.grids) > 1:
            yield Fault("Sheet: {name}", name=quote(self.sheet))
        figures = self.proposal.figures
        for (indicator, period), some in figures.groupby([INDICATOR, PERIOD], sort=False):
            yield Fault(
                "{indicator} {period}: {total} in {count} kelurahan",
                indicator=indicator, period=period, total=float(some[VALUE].sum()),
                count=int(some[VALUE].count()),
            )  # fmt: skip


def from_file(path: Path, wishes: Wishes) -> Outcome:
    """Check a file of counts, and keep it where that is asked for and nothing stands against it.

    Raises
    ------
    DataError
        The file cannot be read or understood.
    """
    folder = data_folder()
    layer = boundaries.load(folder / "kelurahan.geojson")
    names = layer.set_index(KODE)[KELURAHAN]
    library = load(folder, figures.stored(names))
    area = datasets.area_of(layer[KODE])
    file = open_file(read_bytes(path), path.name)
    refuse_persons(file)
    file = placed(file, layer)
    grid = _sheet(file, wishes.sheet)
    layout, _saved = layout_of(grid, library.indicators, area)
    layout = replace(
        layout,
        indicator=wishes.indicator or layout.indicator,
        period=stated_period(wishes.period) if wishes.period else layout.period,
    )
    known = remembered(area, wishes.source)
    proposal = propose(grid, layout, layer, library.indicators, remembered=known)
    findings = check(proposal, layer, library.indicators, library.observations)
    standing = hindrances(proposal, findings, leave=wishes.leave, accept=wishes.accept)
    against = list(standing) if wishes.keep else []
    stored = None
    if wishes.keep and not against:
        label = Label(
            area, line_of(proposal, library.indicators), wishes.title or path.stem, wishes.source,
            wishes.who, simulated=wishes.simulated,
        )  # fmt: skip
        stored = keep(file, layout, proposal, label, findings=findings)
    return Outcome(file, grid.name, proposal, findings, dict(names), stored, against)


def _sheet(file: File, number: int) -> Grid:
    """Return a sheet by its number from 1."""
    if number <= len(file.grids):
        return file.grids[number - 1]
    names = shorten(f"{place} {quote(one.name)}" for place, one in enumerate(file.grids, start=1))
    message = "{file}: has no sheet {number}. Its sheets with cells are: {names}."
    raise TableError(Fault(message, file=file.name, number=number, names=names))


def read_bytes(path: Path) -> bytes:
    """Return the content of a file of counts.

    Raises
    ------
    TableError
        It cannot be read, or is too large for a table.
    """
    try:
        if path.stat().st_size > sandbox.MOST_MB << 20:
            message = "{file}: is larger than {size} MB. Registers are counted by kantong count."
            raise TableError(Fault(message, file=path.name, size=sandbox.MOST_MB))
        return path.read_bytes()
    except OSError as error:
        message = "{file}: cannot be read. Check that the file is there."
        raise TableError(Fault(message, file=path.name)) from error


def stated_period(given: str) -> str:
    """Return a period that is said on the command line as it is kept, ``2025`` or ``2025-Q3``.

    Raises
    ------
    TableError
        It is none.
    """
    period = period_in(given)
    if not period:
        message = "{given} is no period. Write 2025 for a year, 2025-Q3 for a quarter."
        raise TableError(Fault(message, given=quote(given)))
    return period


def hindrances(
    proposal: Proposal, findings: Sequence[Finding], *, leave: bool, accept: bool
) -> Iterator[Fault]:
    """Yield what stands against keeping figures from the command line.

    Parameters
    ----------
    proposal, findings
        The figures, and what the checks found.
    leave, accept
        Whether rows in doubt are left out on purpose, and findings were looked at.
    """
    if len(proposal.open()) and not leave:
        yield Fault("Rows are in doubt: settle them on the page Data, or leave them with --leave.")
    if findings and not accept:
        yield Fault("The checks found something: look at it, then keep with --accept.")
    if proposal.figures.empty:
        yield Fault("No row matches a kelurahan; there is nothing to keep.")


def line_of(proposal: Proposal, indicators: Mapping[str, Indicator]) -> str:
    """Return the line of versions a table belongs to: the indicators it holds."""
    held = set(proposal.figures[INDICATOR])
    return "+".join(key for key in indicators if key in held)[:120]
