"""Registers of families and people, from a file to the store; counted in the closed child."""

import csv
import hashlib
import io
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd

from kantong.geo import boundaries
from kantong.geo.errors import Fault, TableError, quote, shorten
from kantong.geo.files import sha256
from kantong.geo.schema import INDICATOR, KELURAHAN, KODE, PERIOD, VALUE, Indicator
from kantong.importing.tables import Label, remember, remembered
from kantong.importing.told import as_fault, as_told
from kantong.intake import sandbox
from kantong.intake.checks import Finding
from kantong.intake.families import recognise
from kantong.intake.grid import Grid
from kantong.intake.headings import period_in
from kantong.intake.layout import LINE, PARTS
from kantong.intake.matching import (
    PARENT,
    PLACE_COLUMNS,
    REASON,
    STATUS,
    Decision,
    Status,
    Verdict,
    judged,
    match,
)
from kantong.intake.proposal import FIGURE_COLUMNS, Proposal
from kantong.intake.textfile import DELIMITERS
from kantong.store import database, datasets
from kantong.store.datasets import RW, Import, Stored
from kantong.store.library import data_folder, load

if TYPE_CHECKING:
    from kantong.intake.tally import Counted

ROWS, CHOSEN = "rows", "chosen"
# What a child may use that counts a register of some hundred megabytes; it spills to disk.
_LIMITS = sandbox.Limits(
    memory_mb=4096, cpu_s=1800, wall_s=3600.0, written_mb=16_384, open_files=512
)
_SAMPLE = 65_536
_YEAR = 4
_MOST_TITLES = 20

Report = Callable[[Any], None]


@dataclass(frozen=True)
class Register:
    """A file that holds a register; its bytes are dropped with it.

    Parameters
    ----------
    name, sha256
        Its name and the hash of its bytes.
    content
        Rows of people: never shown, stored or logged.
    has_points
        Whether it has columns of coordinates.
    """

    name: str
    sha256: str
    content: bytes
    has_points: bool = False

    def __repr__(self) -> str:
        return f"Register({self.name!r})"


@dataclass(frozen=True)
class Asked:
    """What is to be counted.

    Parameters
    ----------
    period
        Of the register.
    places
        Code, kelurahan and kecamatan as the survey gave them, and the ``kode`` of each.
    """

    period: str
    places: Sequence[Sequence[str]]


def register_in(content: bytes, name: str, grids: Sequence[Grid] = ()) -> Register | None:
    """Return a file as a register if its heading is that of one, else None.

    Parameters
    ----------
    content, name
        Of the file. Of a text file the first kilobytes are looked at.
    grids
        Its sheets, where it is a workbook that was read.
    """
    rows = [row for grid in grids for row in grid.rows[: _MOST_TITLES + 1]]
    headings = [["" if cell is None else str(cell) for cell in row] for row in rows]
    if not grids:
        text = content[:_SAMPLE].decode("utf-8-sig", errors="replace")
        lines = "\n".join(text.splitlines()[: _MOST_TITLES + 1])
        headings = [
            cells
            for delimiter in DELIMITERS
            for cells in _cells(lines, delimiter)
        ]  # fmt: skip
    for heading in headings:
        if found := recognise(heading):
            return Register(name, sha256(content), content, found.longitude is not None)
    return None


def _cells(lines: str, delimiter: str) -> list[list[str]]:
    try:
        return list(csv.reader(io.StringIO(lines), delimiter=delimiter))
    except csv.Error:
        return []


def areas_for(register: Register, layer: gpd.GeoDataFrame) -> list[tuple[str, str]]:
    """Return code and outline of each kelurahan, where a register has coordinates to place."""
    if not register.has_points:
        return []
    return list(zip(layer[KODE], layer.geometry.to_wkb(hex=True), strict=True))


def survey(
    register: Register, areas: Sequence[tuple[str, str]], report: Report, stop: threading.Event
) -> dict[str, Any]:
    """Return the name of a register and the places in it, with their rows.

    Raises
    ------
    TableError
        It cannot be counted, and why.
    CancelledError
        ``stop`` was set.
    """
    answer: dict[str, Any] = sandbox.run(
        "counting.survey", {"name": register.name, "areas": list(areas)}, limits=_LIMITS,
        given=register.content, progress=report, cancelled=stop,
    )  # fmt: skip
    return answer


def count(
    register: Register,
    areas: Sequence[tuple[str, str]],
    asked: Asked,
    report: Report,
    stop: threading.Event,
) -> dict[str, Any]:
    """Return the counts of a register.

    Raises
    ------
    TableError
        It cannot be counted, and why.
    CancelledError
        ``stop`` was set.
    """
    told = {
        "name": register.name, "areas": list(areas), "period": asked.period,
        "places": [list(row) for row in asked.places],
    }  # fmt: skip
    answer: dict[str, Any] = sandbox.run(
        "counting.count", told, limits=_LIMITS, given=register.content, progress=report,
        cancelled=stop,
    )  # fmt: skip
    return answer


def places_of(
    surveyed: Mapping[str, Any], layer: pd.DataFrame, area: str, source: str
) -> pd.DataFrame:
    """Return the places of a register, matched, with their ``rows``."""
    return _matched(
        pd.DataFrame(surveyed["places"], columns=[*PLACE_COLUMNS, ROWS]), layer, area, source
    )


def _matched(places: pd.DataFrame, layer: pd.DataFrame, area: str, source: str) -> pd.DataFrame:
    return places.join(match(places, layer, remembered(area, source)))


def with_choices(places: pd.DataFrame, chosen: Mapping[int, str]) -> pd.DataFrame:
    """Return places with what a person chose for some of them, and which (``chosen``)."""
    refused = Fault("A person refused this line.")
    verdicts = {
        line: Verdict(Status.MATCHED, kode) if kode else Verdict(Status.REFUSED, reason=refused)
        for line, kode in chosen.items()
    }
    return judged(places, verdicts).assign(**{CHOSEN: places.index.isin(list(chosen))})


def notes_of(counted: Mapping[str, Any]) -> list[Fault]:
    """Return what the count has to tell; its numbers are figures, to be written as such."""
    notes = [as_fault(note) for note in counted["notes"]]
    return [
        Fault(
            note.message,
            **{
                key: float(one) if isinstance(one, int) else one
                for key, one in note.details.items()
            },
        )
        for note in notes
    ]


def known(counted: Mapping[str, Any], indicators: Mapping[str, Indicator]) -> dict[str, Any]:
    """Return a count without what the catalogue does not know, and with a note of it."""
    held = dict.fromkeys(one[2] for one in counted["observations"])
    strange = [indicator for indicator in held if indicator not in indicators]
    if not strange:
        return dict(counted)
    message = (
        "These indicators are not in the catalogue and are left out: {names}. Add them to "
        "indicators.toml."
    )
    return {
        **counted,
        "observations": [one for one in counted["observations"] if one[2] in indicators],
        "notes": [*counted["notes"], as_told(Fault(message, names=shorten(strange)))],
    }


def observations_of(counted: Mapping[str, Any]) -> pd.DataFrame:
    """Return the counts: ``kode``, ``rw``, ``indicator``, ``period``, ``value``."""
    return pd.DataFrame(counted["observations"], columns=[KODE, RW, INDICATOR, PERIOD, VALUE])


def proposal_of(counted: Mapping[str, Any], places: pd.DataFrame) -> Proposal:
    """Return the counts of kelurahan as the checks look at them."""
    whole = observations_of(counted)
    figures = whole[whole[RW] == ""].assign(**{LINE: 0})
    figures = figures.astype({VALUE: float})
    nothing = pd.DataFrame(columns=[LINE, PARENT, INDICATOR, PERIOD, VALUE])
    totals = pd.DataFrame(columns=[LINE, KODE, KELURAHAN, VALUE, PARTS])
    return Proposal(places, figures[list(FIGURE_COLUMNS)], nothing, totals)


def unresolved(counted: Mapping[str, Any], places: pd.DataFrame) -> pd.DataFrame:
    """Return the places whose rows were not counted, with how many of them are not inactive."""
    return pd.DataFrame(counted["unresolved"], columns=[*PLACE_COLUMNS, ROWS]).merge(
        places.drop(columns=ROWS), on=list(PLACE_COLUMNS), how="left", validate="many_to_one"
    )


def keep_register(
    register: Register,
    places: pd.DataFrame,
    counted: Mapping[str, Any],
    label: Label,
    *,
    findings: Sequence[Finding] = (),
) -> Stored:
    """Keep the counts of a register as a data cut; rows in = matched + review + refused.

    Raises
    ------
    StoreError
        They cannot be kept; nothing was.
    """
    lost = unresolved(counted, places)
    waiting = lost[lost[STATUS] == Status.REVIEW]
    refused = _refused(lost[lost[STATUS] != Status.REVIEW], counted)
    given = Import(
        area=label.area, name=label.line, title=label.title, source=label.source,
        note=label.note, simulated=label.simulated, file_name=register.name,
        sha256=register.sha256, rows_in=int(counted["rows"]),
        rows_matched=int(counted["counted"]), rows_review=int(waiting[ROWS].sum()),
        rows_refused=int(refused["count"].sum()), observations=observations_of(counted),
        refused=refused,
        findings=[as_told(one.fault) | {"kind": one.kind.value} for one in findings],
    )  # fmt: skip
    stored = datasets.keep(database.for_writing(), given, label.who)
    remember(_decided(places), label)
    return stored


def _refused(places: pd.DataFrame, counted: Mapping[str, Any]) -> pd.DataFrame:
    """Return what was refused, and for which reason; registers are refused by place, not line."""
    nowhere = Fault("No kelurahan is named in this line.")
    reasons = [
        (int(rows), reason or nowhere)
        for rows, reason in zip(places[ROWS], places[REASON], strict=True)
    ]
    for key, fault in (
        ("inactive", Fault("Inactive in the register.")),
        ("deceased", Fault("Deceased according to the register.")),
    ):
        if counted[key]:
            reasons.append((int(counted[key]), fault))
    told = [(0, rows, *as_told(reason).values()) for rows, reason in reasons]
    return pd.DataFrame(told, columns=list(datasets.REFUSED_COLUMNS))


def _decided(places: pd.DataFrame) -> list[Decision]:
    """Return the places that were not certain by themselves, as they were decided."""
    decided = places[places[CHOSEN]]
    return [
        Decision(code, kelurahan, kecamatan, kode)
        for code, kelurahan, kecamatan, kode in decided[[*PLACE_COLUMNS, KODE]].itertuples(
            index=False, name=None
        )
    ]


# --- on the command line ---------------------------------------------------------------------


@dataclass(frozen=True)
class Wishes:
    """What the command line asks of a count; see ``kantong count --help``."""

    period: str
    source: str
    people: Path | None = None
    programme: str = ""
    paid: Sequence[str] = ()
    before: Path | None = None
    before_period: str = ""
    before_paid: Sequence[str] = ()
    engine: str = "duckdb"
    master: str = "local[*]"
    keep: bool = False
    title: str = ""
    who: str = ""
    simulated: bool = False


@dataclass(frozen=True)
class Outcome:
    """What became of a register on the command line.

    Parameters
    ----------
    observations
        ``kode``, ``rw``, ``indicator``, ``period``, ``value``.
    notes
        What became of the rows, and why some were left out.
    stored
        The data cut; None where nothing was kept.
    """

    observations: pd.DataFrame
    notes: Sequence[Fault]
    stored: Stored | None


def from_file(path: Path, wishes: Wishes) -> Outcome:
    """Count a register of any size from a text file, and keep the counts where that is asked.

    The file is one's own and is read where it lies, by DuckDB or Spark; only the page counts
    files that nobody vouches for, in a closed child.

    Raises
    ------
    DataError
        The file cannot be counted, or the counts not be kept.
    """
    from kantong.intake import counting  # noqa: PLC0415 - engines are slow to load

    folder = data_folder()
    layer = boundaries.load(folder / "kelurahan.geojson")
    area = datasets.area_of(layer[KODE])
    counted, places = _counted(path, wishes, layer, area)
    told = known(counting.answer(counted, wishes.period), load(folder).indicators)
    lost = places[places[STATUS] != Status.MATCHED]
    notes = [*notes_of(told), *lost[REASON]]
    stored = None
    if wishes.keep:
        register = Register(path.name, _digest(path), b"")
        label = Label(
            area, counted.register.family.value, wishes.title or path.stem, wishes.source,
            wishes.who, simulated=wishes.simulated,
        )  # fmt: skip
        stored = keep_register(register, places, told, label)
    return Outcome(observations_of(told), notes, stored)


def _counted(
    path: Path, wishes: Wishes, layer: gpd.GeoDataFrame, area: str
) -> tuple["Counted", pd.DataFrame]:
    """Return the count of a register beside the files that are to be set beside it, and places."""
    from kantong.intake import registers  # noqa: PLC0415
    from kantong.intake.placing import placer  # noqa: PLC0415
    from kantong.intake.registerfile import look  # noqa: PLC0415

    paid, paid_before = _lists(wishes.paid), _lists(wishes.before_paid)
    years = _years_before(wishes)
    others = [one for one in (wishes.people, wishes.before) if one is not None]
    files = dict.fromkeys([path, *others, *paid.values(), *paid_before.values()])
    looked = {one: look(one) for one in files}
    with _engine(wishes, list(looked)) as engine:
        opened = {one: registers.open_file(engine, file) for one, file in looked.items()}
        main = replace(opened[path], place=placer(layer))
        if wishes.programme:
            main = replace(main, register=main.register.paying(wishes.programme))
        surveyed = registers.survey(main)
        places = with_choices(_matched(surveyed.places, layer, area, wishes.source), {})
        earlier = None
        if wishes.before is not None:
            then = {name: opened[one] for name, one in paid_before.items()}
            earlier = registers.Earlier(registers.survey(opened[wishes.before]), years, then)
        people = None if wishes.people is None else opened[wishes.people]
        now = {name: opened[one] for name, one in paid.items()}
        counted = registers.count(surveyed, places, people=people, paid=now, earlier=earlier)
    return counted, places


def _lists(said: Sequence[str]) -> dict[str, Path]:
    """Return files by programme, from texts such as ``pkh=bayar.csv``."""
    lists: dict[str, Path] = {}
    for one in said:
        name, sign, file = one.partition("=")
        if not (name and sign and file) or name in lists:
            message = "{given} is no programme with its file. Write it as pkh=file.csv, once each."
            raise TableError(Fault(message, given=quote(one)))
        lists[name.strip().lower()] = Path(file)
    return lists


def _years_before(wishes: Wishes) -> int:
    """Return the whole years between two registers."""
    if wishes.before is None:
        return 0
    now, then = (period_in(one) for one in (wishes.period, wishes.before_period))
    if not (now and then) or then[:_YEAR] >= now[:_YEAR]:
        message = (
            "Say of which period the earlier register is: --before-period 2021. It must lie in an "
            "earlier year than {period}."
        )
        raise TableError(Fault(message, period=wishes.period))
    return int(now[:_YEAR]) - int(then[:_YEAR])


def _engine(wishes: Wishes, files: Sequence[Path]) -> AbstractContextManager[Any]:
    from kantong.intake import engines  # noqa: PLC0415

    return engines.spark(wishes.master) if wishes.engine == "spark" else engines.duckdb(files)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
