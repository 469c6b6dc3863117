"""Return sheets of a Musykel, from a file to the store: only what a person has accepted.

A figure holds together with all others of its indicator and period
(:func:`kantong.store.datasets.observations`). A correction is kept as that whole set with one
figure changed, so that no other kelurahan loses its own.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from kantong.geo.errors import Fault, TableError
from kantong.geo.files import sha256
from kantong.geo.returnsheet import COUNTS, OFFICES, REASONS, TALLIED
from kantong.geo.schema import INDICATOR, KODE, PERIOD, VALUE, Dataset, Indicator
from kantong.importing.told import as_told
from kantong.intake import sandbox
from kantong.intake.checks import Finding
from kantong.intake.proposal import Proposal
from kantong.intake.returned import (
    JOB,
    PDF,
    Correction,
    Entry,
    Returned,
    Tallied,
    grids_of,
    understand,
    without_person,
)
from kantong.store import audit, database, datasets
from kantong.store.datasets import RW, Import, Stored
from kantong.store.library import Library

# Lines of versions: corrections may carry the mark of invented figures, a tally never does.
CORRECTED, TALLY = "musykel", "musykel-rw"
REFUSE = "refuse return"
_LIMITS = sandbox.Limits(memory_mb=1024, cpu_s=15, wall_s=20.0, answer_mb=16)
_MOST_MB, _MOST_SOURCES = 10, 4
_AND = "; "


@dataclass(frozen=True)
class Sheet:
    """A return sheet that was read.

    Parameters
    ----------
    name, sha256
        Of the file.
    said
        What it says.
    """

    name: str
    sha256: str
    said: Returned


@dataclass(frozen=True)
class Label:
    """What is said of the keeping of a return sheet.

    Parameters
    ----------
    area
        :func:`kantong.store.datasets.area_of` the boundaries.
    title, note
        For readers.
    source
        The Musykel; whoever published the figures of the others is added.
    who
        Who decided.
    """

    area: str
    title: str
    source: str
    who: str
    note: str = ""


def open_return(content: bytes, name: str, library: Library, kodes: Sequence[str]) -> Sheet:
    """Read a return sheet that was filled in: the workbook, or the PDF with fields.

    Parameters
    ----------
    content, name
        Of the file; it is read in a child process that can harm nothing.
    library
        Catalogue and figures.
    kodes
        Kelurahan of the boundaries.

    Raises
    ------
    TableError
        It cannot be read, is no return sheet of this city, or holds what may be of persons.
    """
    if len(content) > _MOST_MB << 20:
        message = "{file}: is larger than {most} MB, as no return sheet is. Choose another file."
        raise TableError(Fault(message, file=name, most=_MOST_MB))
    if content.startswith(PDF):
        grids = grids_of(_fields(content, name))
    else:
        grids = sandbox.read(content, name)
    held = library.observations[[INDICATOR, PERIOD]].drop_duplicates()
    known = set(held.itertuples(index=False, name=None))
    said = understand(grids, name, library.indicators, set(kodes), known)
    return Sheet(name, sha256(content), said)


def _fields(content: bytes, name: str) -> list[tuple[str, str]]:
    answer: Any = sandbox.run(JOB, {"name": name}, limits=_LIMITS, given=content)
    try:
        return [(str(key), str(value)) for key, value in answer]
    except (TypeError, ValueError) as error:
        message = "{file}: is cut off or damaged. Copy or save it again."
        raise TableError(Fault(message, file=name)) from error


def rw_numbers(area: str) -> dict[str, tuple[str, ...]]:
    """Return the numbers of the RW that data cuts have figures of, by ``kode``, sorted."""
    engine = database.for_reading()
    if engine is None:
        return {}
    cuts = [one.id for one in datasets.datasets(engine, area, withdrawn=False)]
    every = [datasets.observations_of(engine, number)[[KODE, RW]] for number in cuts]
    held = pd.concat(every).drop_duplicates() if every else pd.DataFrame(columns=[KODE, RW])
    held = held[held[RW] != ""].sort_values(RW)
    return {str(kode): tuple(some) for kode, some in held.groupby(KODE)[RW]}


# --- what would be kept ------------------------------------------------------------------------


def figures_of(said: Returned, accepted: Sequence[Entry], library: Library) -> pd.DataFrame:
    """Return all figures that would hold once some entries are accepted.

    Parameters
    ----------
    said
        The return sheet.
    accepted
        Those of its entries that a person has accepted.
    library
        Figures that hold now.

    Returns
    -------
    DataFrame
        ``kode``, ``rw``, ``indicator``, ``period``, ``value``: every kelurahan of each indicator
        and period that is touched, and the RW of the tally. NaN where not known.
    """
    changed = dict(_changed(said, accepted, library))
    parts = [
        _with_one(_standing(library, *key), said.stamp.kode, *key, value)
        for key, value in changed.items()
    ]
    rows = [
        (said.stamp.kode, one.rw, TALLIED[name], said.period, value)
        for one in accepted
        if isinstance(one, Tallied)
        for name, value in one.counts.items()
        if value is not None
    ]
    columns = list(datasets.FIGURE_COLUMNS)
    every = [*parts, pd.DataFrame(rows, columns=columns)]
    filled = [one for one in every if len(one)]
    return pd.concat(filled, ignore_index=True) if filled else every[-1]


def _changed(
    said: Returned, accepted: Sequence[Entry], library: Library
) -> Iterator[tuple[tuple[str, str], float]]:
    """Yield the figures of the kelurahan by indicator and period."""
    for one in accepted:
        if isinstance(one, Correction) and one.said is not None:
            yield (one.indicator, one.period), one.said
    tallied = [one for one in accepted if isinstance(one, Tallied)]
    if not tallied:
        return
    is_whole = said.complete and len(tallied) == len(said.tally)
    for name in COUNTS:
        values = [one.counts[name] for one in tallied]
        known = [value for value in values if value is not None]
        if not known:
            continue
        key = (TALLIED[name], said.period)
        before = _standing(library, *key).set_index(KODE)[VALUE].get(said.stamp.kode, float("nan"))
        yield key, float(sum(known)) if is_whole and len(known) == len(values) else float(before)


def _standing(library: Library, indicator: str, period: str) -> pd.DataFrame:
    every = library.observations
    held = every[(every[INDICATOR] == indicator) & (every[PERIOD] == period)]
    return held[[KODE, VALUE]]


def _with_one(
    standing: pd.DataFrame, kode: str, indicator: str, period: str, value: float
) -> pd.DataFrame:
    others = standing[standing[KODE] != kode]
    own = pd.DataFrame({KODE: [kode], VALUE: [value]})
    both = pd.concat([others, own]) if len(others) else own
    both = both.sort_values(KODE, ignore_index=True)
    both = both.assign(**{RW: "", INDICATOR: indicator, PERIOD: period})
    return both[list(datasets.FIGURE_COLUMNS)]


def sources_of(figures: pd.DataFrame, library: Library) -> list[Dataset]:
    """Return the data sets that the other kelurahan of these figures come from."""
    keys = set(figures[[INDICATOR, PERIOD]].itertuples(index=False, name=None))
    held = library.observations
    is_held = [key in keys for key in held[[INDICATOR, PERIOD]].itertuples(index=False, name=None)]
    return [library.datasets[key] for key in dict.fromkeys(held.loc[is_held, "dataset"])]


def proposal_of(figures: pd.DataFrame) -> Proposal:
    """Return figures as the checks look at them."""
    return Proposal.of_figures(figures[figures[RW] == ""])


# --- keeping -----------------------------------------------------------------------------------


def keep_return(
    sheet: Sheet,
    accepted: Sequence[Entry],
    refused: Mapping[str, str],
    library: Library,
    label: Label,
    *,
    findings: Sequence[Finding] = (),
) -> list[Stored]:
    """Keep what was accepted, and record what was refused and why.

    Corrections and the tally are data cuts of their own. Lines of each = accepted + refused +
    left in review; where none was accepted, the refusals stand in the trail.

    Parameters
    ----------
    sheet
        The return sheet.
    accepted
        Entries that a person has accepted; none of them has a fault.
    refused
        By the key of an entry: why a person refused it.
    library
        Figures that hold now.
    label
        What is said of it.
    findings
        Of the checks, looked at by a person.

    Raises
    ------
    StoreError
        A part cannot be kept; nothing of it was.
    """
    kept = []
    for line, entries in ((CORRECTED, sheet.said.corrections), (TALLY, sheet.said.tally)):
        own = [one for one in accepted if one in entries and not one.faults]
        part = _Part(line, entries, own, list(_rejected(entries, refused, library)))
        if own:
            given = _import(sheet, part, library, label, findings)
            kept.append(datasets.keep(database.for_writing(), given, label.who))
        elif part.rejected:
            _record(sheet, part.rejected, label)
    return kept


@dataclass(frozen=True)
class _Part:
    """Entries that are kept together, what was accepted of them and what refused."""

    line: str
    entries: Sequence[Entry]
    accepted: Sequence[Entry]
    rejected: Sequence[tuple[Entry, Fault]]


def _record(sheet: Sheet, rejected: Sequence[tuple[Entry, Fault]], label: Label) -> None:
    """Record in the trail what was refused where nothing was kept."""
    told = [as_told(fault) for _entry, fault in rejected]
    with database.writing(database.for_writing()) as connection:
        audit.record(
            connection, label.who, label.area, REFUSE, subject=sheet.said.stamp.text(),
            file=sheet.name, refused=told,
        )  # fmt: skip


def _import(
    sheet: Sheet, part: _Part, library: Library, label: Label, findings: Sequence[Finding]
) -> Import:
    figures = figures_of(sheet.said, part.accepted, library)
    held = set(figures[INDICATOR])
    reasons = [(number, as_told(fault)) for one, fault in part.rejected for number in one.lines]
    rows, matched = (sum(len(one.lines) for one in some) for some in (part.entries, part.accepted))
    return Import(
        area=label.area, name=part.line, title=label.title, source=_source(figures, library, label),
        note=label.note, simulated=any(one.simulated for one in sources_of(figures, library)),
        file_name=sheet.name, sha256=sheet.sha256, rows_in=rows, rows_matched=matched,
        rows_review=rows - matched - len(reasons), rows_refused=len(reasons),
        observations=figures,
        refused=pd.DataFrame(
            {
                "line": [number for number, _told in reasons], "count": 1,
                "reason": [told["message"] for _number, told in reasons],
                "details": [told["details"] for _number, told in reasons],
            },
            columns=list(datasets.REFUSED_COLUMNS),
        ),
        mapping={"stamp": sheet.said.stamp.text()},
        findings=[
            *(as_told(fault) | {"kind": "musykel"} for fault in _told(part.accepted, sheet.said)),
            *(
                as_told(one.fault) | {"kind": one.kind.value}
                for one in findings
                if one.fault.details.get(INDICATOR) in {None, *held}
            ),
        ],
    )  # fmt: skip


def _source(figures: pd.DataFrame, library: Library, label: Label) -> str:
    """Return who says these figures: this Musykel, those before it, and the first publisher."""
    others = [part for one in sources_of(figures, library) for part in one.source.split(_AND)]
    parts = list(dict.fromkeys([label.source, *others]))
    left_out = len(parts) - _MOST_SOURCES
    if left_out > 0:
        last = _MOST_SOURCES - 1
        parts = [*parts[:last], f"(+{left_out})", parts[-1]]
    return _AND.join(parts)


def _rejected(
    entries: Sequence[Entry], refused: Mapping[str, str], library: Library
) -> Iterator[tuple[Entry, Fault]]:
    """Yield each refused entry with its reason: that of a person, else its first fault.

    A reason in which something looks like a person is left out, as in notes.
    """
    for one in entries:
        if one.key in refused:
            message = "{entry}: refused by a person: {reason}"
            entry = described(one, library.indicators)
            reason, _doubt = without_person(refused[one.key])
            yield one, Fault(message, entry=entry, reason=reason or "…")
        elif one.faults:
            yield one, one.faults[0]


def described(one: Entry, indicators: Mapping[str, Indicator]) -> Fault:
    """Return what an entry says, in words; small counts are not told."""
    if isinstance(one, Tallied):
        return Fault("Tally of RW {rw}", rw=one.rw or "?")
    indicator = indicators.get(one.indicator)
    smallest = 0 if indicator is None else indicator.smallest_shown
    if one.said is None or 0 < one.said < smallest:
        return Fault("{indicator} {period}", indicator=one.indicator, period=one.period)
    message = "{indicator} {period} should be {said}"
    return Fault(message, indicator=one.indicator, period=one.period, said=one.said)


def _told(accepted: Sequence[Entry], said: Returned) -> Iterator[Fault]:
    """Yield what was corrected, by which office and why; its figure is among the observations."""
    for one in accepted:
        if isinstance(one, Correction):
            message = "{indicator} {period} of {kode} corrected. {office}: {reason}. {note}"
            yield Fault(
                message, indicator=one.indicator, period=one.period, kode=said.stamp.kode,
                office=OFFICES[one.office], reason=REASONS[one.reason], note=one.note,
            )  # fmt: skip


def tallied_before(area: str, kode: str, period: str) -> dict[tuple[str, str], float]:
    """Return what the newest data cuts hold of the RW of a kelurahan in a period, by RW and count.

    Tallies of one quarter belong together; those of another say nothing of what stands in it.
    """
    engine = database.for_reading()
    if engine is None:
        return {}
    found: dict[tuple[str, str], float] = {}
    names = {indicator: name for name, indicator in TALLIED.items()}
    for cut in reversed(datasets.datasets(engine, area, withdrawn=False)):
        if cut.name != TALLY:
            continue
        rows = datasets.observations_of(engine, cut.id)
        rows = rows[(rows[KODE] == kode) & (rows[PERIOD] == period) & (rows[RW] != "")]
        rows = rows[rows[INDICATOR].isin(list(names))]
        for rw, indicator, value in rows[[RW, INDICATOR, VALUE]].itertuples(index=False, name=None):
            found[rw, names[indicator]] = value
    return found
