"""Lists of interventions, from a file to the store: new rows entered, changed ones corrected."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from kantong.geo import boundaries
from kantong.geo.errors import Fault, TableError, quote
from kantong.geo.schema import KELURAHAN, KODE
from kantong.importing import tables
from kantong.importing.tables import File
from kantong.intake.grid import Grid
from kantong.intake.interventions import TEXT_COLUMNS, Listed, columns_of, listed
from kantong.intake.matching import CANDIDATES, PLACE_COLUMNS, REASON, STATUS, Decision, Status
from kantong.store import database, datasets, interventions
from kantong.store.interventions import Comparison
from kantong.store.library import data_folder

# By what name decisions about the places of lists are remembered.
SOURCE = "Intervensi"


def open_list(content: bytes, name: str) -> tuple[File, Grid]:
    """Read an untrusted list of interventions, and the sheet of it that holds them.

    Raises
    ------
    TableError
        It cannot be read, speaks of persons, or no sheet of it is such a list.
    """
    file = tables.open_file(content, name)
    tables.refuse_persons(file)
    fitting: list[tuple[int, Grid]] = []
    faults: list[Fault] = []
    for grid in file.grids:
        try:
            fitting.append((len(columns_of(grid).places), grid))
        except TableError as error:
            faults.extend(error.faults)
    if not fitting:
        raise TableError(faults[0])
    return file, max(fitting, key=lambda one: one[0])[1]


def compared(area: str, found: Listed, codes: list[str]) -> tuple[Comparison, list[Fault]]:
    """Return what of a list is new, and what to look at again.

    Raises
    ------
    TableError
        Rows cannot be kept.
    """
    engine = database.for_reading()
    kept = None if engine is None else interventions.interventions(engine, area)
    return interventions.check_list(found.entries, codes, kept)


def keep(
    area: str, file: File, found: Listed, codes: list[str], who: str, decided: list[Decision]
) -> Comparison:
    """Enter what is new and correct what differs, and remember what was decided about places.

    Raises
    ------
    DataError
        Nothing was kept.
    """
    return interventions.take_in(
        database.for_writing(), area, found.entries, codes, who, file.name,
        decided=tables.aliases(decided, SOURCE),
    )  # fmt: skip


def decisions(found: Listed, settled: Mapping[int, str]) -> list[Decision]:
    """Return what was chosen about places that the list itself leaves in doubt."""
    chosen = [line for line, kode in settled.items() if kode and line in found.rows.index]
    texts = found.rows.loc[chosen, list(PLACE_COLUMNS)].itertuples(index=False, name=None)
    return [
        Decision(code, kelurahan, kecamatan, settled[line])
        for line, (code, kelurahan, kecamatan) in zip(chosen, texts, strict=True)
    ]


@dataclass(frozen=True)
class Wishes:
    """What the command line asks; see ``kantong interventions import --help``."""

    stated: Mapping[str, str] = field(default_factory=dict)
    keep: bool = False
    leave: bool = False
    who: str = ""


@dataclass(frozen=True)
class Outcome:
    """What became of a list on the command line.

    Parameters
    ----------
    name
        Of the file.
    found
        Every row of the list.
    comparison
        What of it is new.
    told
        What to look at again, and why it was not kept though that was asked for.
    kept
        Whether it was.
    names
        Names of the kelurahan by ``kode``.
    """

    name: str
    found: Listed
    comparison: Comparison
    told: list[Fault]
    kept: bool
    names: Mapping[str, str]

    def report(
        self, translate: Callable[[str], str], write: Callable[[float], str]
    ) -> Iterator[str]:
        """Yield what is to be told, line by line, in the user's language."""
        yield _counted(self.name, self.found).describe(translate, write)
        open_rows = self.found.rows[self.found.rows[STATUS] != Status.MATCHED]
        for line, row in open_rows.iterrows():
            names = ", ".join(self.names[kode] for kode in row[CANDIDATES])
            asked = f" → {names}?" if row[STATUS] == Status.REVIEW else ""
            yield f"  {line}: {row[REASON].describe(translate, write)}{asked}"
        yield told(self.comparison).describe(translate, write)
        for fault in self.told:
            yield f"! {fault.describe(translate, write)}"
        if self.kept:
            yield told_kept(self.comparison).describe(translate, write)


def _counted(name: str, found: Listed) -> Fault:
    return Fault(
        "{file}: {rows} rows = {matched} matched + {review} to be reviewed + {refused} refused",
        file=name, rows=len(found.rows), matched=found.count(Status.MATCHED),
        review=found.count(Status.REVIEW), refused=found.count(Status.REFUSED),
    )  # fmt: skip


def told(found: Comparison) -> Fault:
    """Return what of a list is new, in words."""
    return Fault(
        "{new} new, {changed} with other content than what is entered, {same} entered already.",
        new=len(found.new), changed=len(found.changed), same=len(found.same),
    )  # fmt: skip


def told_kept(done: Comparison) -> Fault:
    """Return what was done with a list, in words."""
    return Fault(
        "Kept: {new} entered, {changed} corrected, {same} left as they were.",
        new=len(done.new), changed=len(done.changed), same=len(done.same),
    )  # fmt: skip


def from_file(path: Path, wishes: Wishes) -> Outcome:
    """Check a list of interventions, and keep it where asked for and nothing stands against it.

    Raises
    ------
    DataError
        The file cannot be read or understood, or what is said for all rows cannot be kept.
    """
    layer = boundaries.load(data_folder() / "kelurahan.geojson")
    area, codes = datasets.area_of(layer[KODE]), list(layer[KODE])
    file, grid = open_list(tables.read_bytes(path), path.name)
    known = tables.remembered(area, SOURCE)
    found = listed(grid, layer, stated=_understood(wishes.stated), remembered=known)
    comparison, odd = compared(area, found, codes) if len(found.entries) else _nothing()
    hindrances = list(_hindrances(found, wishes)) if wishes.keep else []
    kept = wishes.keep and not hindrances
    if kept:
        keep(area, file, found, codes, wishes.who, [])
    names = layer.set_index(KODE)[KELURAHAN]
    return Outcome(path.name, found, comparison, [*odd, *hindrances], kept, dict(names))


def _nothing() -> tuple[Comparison, list[Fault]]:
    return Comparison((), {}, ()), []


def _understood(stated: Mapping[str, str]) -> Mapping[str, str]:
    strange = [name for name in stated if name not in TEXT_COLUMNS]
    if strange:
        message = "{given} cannot be said for all rows. Use one of: {known}."
        known = ", ".join(TEXT_COLUMNS)
        raise TableError(Fault(message, given=quote(strange[0]), known=known))
    return stated


def _hindrances(found: Listed, wishes: Wishes) -> Iterator[Fault]:
    if found.count(Status.REVIEW) and not wishes.leave:
        yield Fault(
            "Rows are in doubt: settle them on the page Program, or leave them with --leave."
        )
    if found.entries.empty:
        yield Fault("No row matches a kelurahan; there is nothing to keep.")
