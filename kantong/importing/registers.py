"""Registers of families and people, from a file to the store; counted in the closed child."""

import hashlib
import threading
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
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
from kantong.importing.tables import Label, aliases, hindrances, remembered, stated_period
from kantong.importing.told import as_fault, as_told
from kantong.intake import sandbox
from kantong.intake.checks import Finding, check
from kantong.intake.families import recognise
from kantong.intake.grid import Grid
from kantong.intake.headings import period_in
from kantong.intake.matching import (
    PLACE_COLUMNS,
    REASON,
    STATUS,
    Decision,
    Status,
    as_settled,
    match,
)
from kantong.intake.proposal import Proposal
from kantong.intake.registerfile import heading_in, headings_of
from kantong.store import database, datasets, figures
from kantong.store.datasets import RW, Import, Stored
from kantong.store.library import data_folder, load

if TYPE_CHECKING:
    from kantong.intake.tally import Counted

ROWS, CHOSEN = "rows", "chosen"
# What a child may use that counts a register of some hundred megabytes; it spills to disk.
_LIMITS = sandbox.Limits(
    memory_mb=4096, cpu_s=1800, wall_s=3600.0, written_mb=16_384, open_files=512
)
_YEAR_DIGITS = 4

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
    rows = [row for grid in grids for row in headings_of(grid)]
    some = map(recognise, rows) if grids else [heading_in(content)]
    found = next(filter(None, some), None)
    if found is None:
        return None
    return Register(name, sha256(content), content, found.longitude is not None)


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


def with_choices(
    places: pd.DataFrame, chosen: Mapping[int, str], known: AbstractSet[str]
) -> pd.DataFrame:
    """Return places with what a person chose for some of them, and which (``chosen``).

    A choice that is not ``known``, the ``kode`` of the boundaries, is of another city and none.
    """
    own = {line: kode for line, kode in chosen.items() if not kode or kode in known}
    return as_settled(places, own, known).assign(**{CHOSEN: places.index.isin(list(own))})


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
    every = observations_of(counted)
    return Proposal.of_figures(every[every[RW] == ""], places)


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

    Decisions about places come first: where one cannot be remembered nothing is kept.

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
    decided = aliases(_decided(places), label.source)
    return datasets.keep(database.for_writing(), given, label.who, decided)


def _refused(places: pd.DataFrame, counted: Mapping[str, Any]) -> pd.DataFrame:
    """Return what was refused, and for which reason; registers are refused by place, not line."""
    reasons = list(zip(places[ROWS].astype(int), places[REASON], strict=True))
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
    accept: bool = False
    leave: bool = False
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
    findings
        What the checks found.
    stored
        The data cut; None where nothing was kept.
    hindrances
        Why it was not kept, though that was asked for.
    """

    observations: pd.DataFrame
    notes: Sequence[Fault]
    findings: Sequence[Finding]
    stored: Stored | None
    hindrances: Sequence[Fault]


def from_file(path: Path, wishes: Wishes) -> Outcome:
    """Count a register of any size from a text file, and keep the counts where that is asked.

    They are kept only where nothing stands against it, as with tables of counts.

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
    library = load(folder, figures.stored(layer.set_index(KODE)[KELURAHAN]))
    area = datasets.area_of(layer[KODE])
    wishes = replace(wishes, period=stated_period(wishes.period))
    counted, places = _counted(path, wishes, layer, area)
    told = known(counting.answer(counted, wishes.period), library.indicators)
    lost = places[places[STATUS] != Status.MATCHED]
    notes = [*notes_of(told), *lost[REASON]]
    proposal = proposal_of(told, places)
    findings = check(proposal, layer, library.indicators, library.observations)
    standing = hindrances(proposal, findings, leave=wishes.leave, accept=wishes.accept)
    against = list(standing) if wishes.keep else []
    stored = None
    if wishes.keep and not against:
        register = Register(path.name, _digest(path), b"")
        label = Label(
            area, counted.register.family.value, wishes.title or path.stem, wishes.source,
            wishes.who, simulated=wishes.simulated,
        )  # fmt: skip
        stored = keep_register(register, places, told, label, findings=findings)
    return Outcome(observations_of(told), notes, findings, stored, against)


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
        places = _matched(surveyed.places, layer, area, wishes.source).assign(**{CHOSEN: False})
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
        given, sign, file = one.partition("=")
        name = given.strip().lower()
        if not (name and sign and file) or name in lists:
            message = "{given} is no programme with its file. Write it as pkh=file.csv, once each."
            raise TableError(Fault(message, given=quote(one)))
        lists[name] = Path(file)
    return lists


def _years_before(wishes: Wishes) -> int:
    """Return the whole years between two registers."""
    if wishes.before is None:
        return 0
    now, then = (period_in(one) for one in (wishes.period, wishes.before_period))
    if not (now and then) or then[:_YEAR_DIGITS] >= now[:_YEAR_DIGITS]:
        message = (
            "Say of which period the earlier register is: --before-period 2021. It must lie in an "
            "earlier year than {period}."
        )
        raise TableError(Fault(message, period=wishes.period))
    return int(now[:_YEAR_DIGITS]) - int(then[:_YEAR_DIGITS])


def _engine(wishes: Wishes, files: Sequence[Path]) -> AbstractContextManager[Any]:
    from kantong.intake import engines  # noqa: PLC0415

    return engines.spark(wishes.master) if wishes.engine == "spark" else engines.duckdb(files)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
