"""Data cuts: every import is kept as a version of its own, withdrawn and reinstated, never changed.

An area is named by the codes of the kabupaten and kota of its boundary layer (:func:`area_of`), so
one store serves several cities.
"""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import PureWindowsPath
from typing import Any, Literal

import numpy as np
import pandas as pd
from sqlalchemy import Connection, Engine, Select, func, insert, select, update

from kantong.geo.errors import Fault, StoreError, shorten
from kantong.geo.schema import INDICATOR, KODE, PERIOD, VALUE, Dataset
from kantong.store import audit
from kantong.store.database import reading, writing
from kantong.store.decisions import Alias, remember_aliases
from kantong.store.tables import DATASETS, KEPT, OBSERVATIONS, REFUSED, WITHDRAWN

RW = "rw"
FIGURE_COLUMNS = (KODE, RW, INDICATOR, PERIOD, VALUE)
REFUSED_COLUMNS = ("line", "count", "reason", "details")
_KEY = [KODE, RW, INDICATOR, PERIOD]
_KABUPATEN_LENGTH = 5
_AT_ONCE = 20_000


def _no_refused_rows() -> pd.DataFrame:
    return pd.DataFrame({column: [] for column in REFUSED_COLUMNS})


@dataclass(frozen=True, eq=False, kw_only=True)
class Import:
    """All that is to be kept of one file.

    Parameters
    ----------
    area
        :func:`area_of` the boundary layer.
    name
        Which line of versions it continues, such as ``dtsen``.
    title, source, note
        For readers, in the words of whoever imports.
    simulated
        True for invented figures.
    file_name, sha256
        Name of the file, without its folder, and hash of its bytes.
    rows_in, rows_matched, rows_review, rows_refused
        Rows of the file and what became of them; they add up.
    observations
        ``FIGURE_COLUMNS``, one row a figure; ``rw`` is empty for a whole kelurahan, NaN a value
        that is not known.
    refused
        ``REFUSED_COLUMNS``: line in the file, how many rows it stands for, English template of
        the reason, mapping of its details. Never cells other than names of places.
    mapping
        Which column was taken for what.
    findings
        What the checks found and what the user decided, one mapping each.
    """

    area: str
    name: str
    title: str
    source: str
    file_name: str
    sha256: str
    rows_in: int
    rows_matched: int
    observations: pd.DataFrame
    rows_review: int = 0
    rows_refused: int = 0
    refused: pd.DataFrame = field(default_factory=_no_refused_rows)
    simulated: bool = False
    mapping: dict[str, Any] = field(default_factory=dict)
    findings: list[dict[str, Any]] = field(default_factory=list)
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Stored:
    """One data cut as it is kept; fields as in :class:`Import`.

    Parameters
    ----------
    id
        Number in the store; grows with every import.
    version
        1, 2, 3 ... in its line of versions.
    periods
        Periods of its figures, sorted.
    imported_at, imported_by
        When (UTC) and by whom.
    status
        ``withdrawn`` figures are shown nowhere, yet kept.
    supersedes
        ``id`` of the newest version before that was not withdrawn then; None where there is none.
    """

    id: int
    area: str
    name: str
    version: int
    title: str
    source: str
    periods: list[str]
    simulated: bool
    file_name: str
    sha256: str
    imported_at: dt.datetime
    imported_by: str
    rows_in: int
    rows_matched: int
    rows_review: int
    rows_refused: int
    status: Literal["kept", "withdrawn"]
    supersedes: int | None
    mapping: dict[str, Any]
    findings: list[dict[str, Any]]
    note: str

    @property
    def key(self) -> str:
        """The id that stands in the ``dataset`` column of figures."""
        return f"impor-{self.id}"

    def describe(self) -> Dataset:
        """Return what pages and prints say of it."""
        of, to = self.rows_matched, self.rows_in
        when = f"{self.imported_at.astimezone():%Y-%m-%d}"
        note = f" {self.note}" if self.note else ""
        return Dataset(
            id=self.key,
            title=dict.fromkeys(("id", "en"), f"{self.title} (v{self.version})"),
            source=self.source,
            licence="",
            simulated=self.simulated,
            path=self.file_name,
            sha256=self.sha256,
            imported=True,
            note={
                "id": f"Diimpor {when}, versi {self.version}: {of} dari {to} baris cocok.{note}",
                "en": f"Imported {when}, version {self.version}: {of} of {to} rows matched.{note}",
            },
        )


def area_of(codes: Iterable[str]) -> str:
    """Return the name of the area that a boundary layer covers.

    Examples
    --------
    >>> area_of(["35.73.01.1001", "35.73.02.1001"])
    '35.73'
    """
    return ",".join(sorted({code[:_KABUPATEN_LENGTH] for code in codes}))


def keep(engine: Engine, given: Import, who: str, decided: Iterable[Alias] = ()) -> Stored:
    """Keep an import as the next version of its line, whole or not at all.

    Parameters
    ----------
    engine
        :func:`kantong.store.database.for_writing`.
    given
        What to keep.
    who
        Name of the user.
    decided
        What was decided about its places, remembered with it.

    Raises
    ------
    StoreError
        The import contradicts itself, or the store cannot be written; nothing was kept.
    """
    faults = list(_faults(given))
    if faults:
        raise StoreError(*faults)
    figures, refused = _figures(given.observations), _refused(given.refused)
    with writing(engine) as connection:
        described = _described(connection, given, who)
        number = connection.execute(
            insert(DATASETS).values(**described).returning(DATASETS.c.id)
        ).scalar_one()
        for start in range(0, len(figures), _AT_ONCE):
            part = figures[start : start + _AT_ONCE]
            connection.execute(insert(OBSERVATIONS), [{"dataset": number, **one} for one in part])
        if refused:
            connection.execute(insert(REFUSED), [{"dataset": number, **one} for one in refused])
        stored = _one(connection, number)
        audit.record(
            connection, who, given.area, "keep", subject=stored.key, name=stored.name,
            version=stored.version, rows_in=stored.rows_in, figures=len(figures),
        )  # fmt: skip
        remember_aliases(connection, given.area, decided, who)
    return stored


def _faults(given: Import) -> Iterator[Fault]:
    parts = (given.rows_matched, given.rows_review, given.rows_refused)
    if sum(parts) != given.rows_in or min(parts) < 0:
        yield Fault(
            "{file}: {rows} rows came in, but {matched} matched, {review} in review and {refused} "
            "refused do not add up to them. Import the file again.",
            file=_bare(given.file_name), rows=given.rows_in,
            **dict(zip(("matched", "review", "refused"), parts, strict=True)),
        )  # fmt: skip
    told = int(given.refused["count"].sum())
    if told != given.rows_refused:
        yield Fault(
            "{file}: {refused} rows are refused, but {told} have a reason. Import the file again.",
            file=_bare(given.file_name), refused=given.rows_refused, told=told,
        )  # fmt: skip
    yield from _faults_of_figures(given)


def _faults_of_figures(given: Import) -> Iterator[Fault]:
    file, figures = _bare(given.file_name), given.observations
    missing = [column for column in FIGURE_COLUMNS if column not in figures]
    if missing:
        message = "{file}: its figures lack {columns}. Import the file again."
        yield Fault(message, file=file, columns=shorten(missing))
        return
    if figures.empty:
        yield Fault("{file}: holds no figure to keep. Check the columns chosen.", file=file)
    strangers = ~figures[KODE].astype(str).str[:_KABUPATEN_LENGTH].isin(given.area.split(","))
    repeated = figures.duplicated(_KEY)
    endless = np.isinf(figures[VALUE].astype(float))
    # A for over templates, so that the translators find them.
    for message, wrong in (
        ("{file}: the codes {codes} lie outside {area}. Choose the city of the file.", strangers),
        ("{file}: {codes} have two figures for one indicator and period. Keep one.", repeated),
        ("{file}: {codes} have a figure without end. Correct it.", endless),
    ):
        if wrong.any():
            codes = shorten(sorted(set(figures.loc[wrong, KODE].astype(str))))
            yield Fault(message, file=file, codes=codes, area=given.area)


def _bare(name: str) -> str:
    """Return the name of a file without its folder, of whichever system."""
    return str(audit.clean(PureWindowsPath(name).name))


def _described(connection: Connection, given: Import, who: str) -> dict[str, Any]:
    line = (DATASETS.c.area == given.area) & (DATASETS.c.name == given.name)
    version = connection.scalar(select(func.max(DATASETS.c.version)).where(line)) or 0
    before = select(func.max(DATASETS.c.id)).where(line, DATASETS.c.status == KEPT)
    told = {key: one for key, one in vars(given).items() if key not in {"observations", "refused"}}
    return {
        **audit.clean(told),
        "version": version + 1,
        "supersedes": connection.scalar(before),
        "periods": sorted(set(given.observations[PERIOD].astype(str))),
        "file_name": _bare(given.file_name),
        "sha256": given.sha256,
        "imported_at": audit.now(),
        "imported_by": audit.clean(who),
        "status": KEPT,
    }


def _figures(observations: pd.DataFrame) -> list[dict[str, Any]]:
    texts = {column: observations[column].astype(str).map(audit.clean) for column in _KEY}
    values = observations[VALUE].astype(float)
    known = values.astype(object).where(values.notna(), None)
    rows = zip(*texts.values(), known, strict=True)
    return [dict(zip(FIGURE_COLUMNS, row, strict=True)) for row in rows]


def _refused(refused: pd.DataFrame) -> list[dict[str, Any]]:
    rows = zip(*(refused[column] for column in REFUSED_COLUMNS), strict=True)
    return [
        {"number": number, "line": int(line), "count": int(count), "reason": audit.clean(reason),
         "details": audit.clean(details)}
        for number, (line, count, reason, details) in enumerate(rows, start=1)
    ]  # fmt: skip


def withdraw(engine: Engine, number: int, who: str, reason: str) -> Stored:
    """Take the figures of a dataset out of all views; they stay in the store.

    Raises
    ------
    StoreError
        There is no such dataset, or it is withdrawn already.
    """
    return _turn(engine, number, who, to=WITHDRAWN, reason=reason)


def reinstate(engine: Engine, number: int, who: str, reason: str = "") -> Stored:
    """Show the figures of a withdrawn dataset again.

    Raises
    ------
    StoreError
        There is no such dataset, or it is not withdrawn.
    """
    return _turn(engine, number, who, to=KEPT, reason=reason)


def _turn(engine: Engine, number: int, who: str, *, to: str, reason: str) -> Stored:
    with writing(engine) as connection:
        before = _one(connection, number)
        if before.status == to:
            message = "{dataset}: is kept already. Look at the list again."
            if to == WITHDRAWN:
                message = "{dataset}: is withdrawn already. Look at the list again."
            raise StoreError(Fault(message, dataset=before.key))
        connection.execute(update(DATASETS).where(DATASETS.c.id == number).values(status=to))
        action = "withdraw" if to == WITHDRAWN else "reinstate"
        audit.record(connection, who, before.area, action, subject=before.key, reason=reason)
        return _one(connection, number)


def _one(connection: Connection, number: int) -> Stored:
    found = _stored(connection, select(DATASETS).where(DATASETS.c.id == number))
    if not found:
        message = "{dataset}: there is no such dataset in the store. Look at the list again."
        raise StoreError(Fault(message, dataset=f"impor-{number}"))
    return found[0]


def _stored(connection: Connection, wanted: Select[Any]) -> list[Stored]:
    return [Stored(**row) for row in connection.execute(wanted).mappings()]


def datasets(engine: Engine, area: str, *, withdrawn: bool = True) -> list[Stored]:
    """Return the datasets of an area, newest first; those withdrawn too unless left out."""
    wanted = select(DATASETS).where(DATASETS.c.area == area).order_by(DATASETS.c.id.desc())
    if not withdrawn:
        wanted = wanted.where(DATASETS.c.status == KEPT)
    with reading(engine) as connection:
        return _stored(connection, wanted)


def same_file(engine: Engine, area: str, sha256: str) -> list[Stored]:
    """Return the datasets that came from a file with the same bytes, newest first."""
    return [one for one in datasets(engine, area) if one.sha256 == sha256]


def observations(engine: Engine, area: str) -> pd.DataFrame:
    """Return the figures of kelurahan that hold now.

    For each indicator and period the newest dataset that is kept and holds it counts, as a whole:
    what it does not know is not filled from an older one.

    Returns
    -------
    DataFrame
        ``kode``, ``indicator``, ``period``, ``value`` and ``id`` of the dataset, sorted by these.
        Figures of RW are left out.
    """
    return holding(engine, area)[0]


def holding(engine: Engine, area: str) -> tuple[pd.DataFrame, list[Stored]]:
    """Return the figures that hold now, as :func:`observations`, and their datasets.

    Both are of one moment, so that an import meanwhile hides no figure.
    """
    with reading(engine) as connection:
        found = _frame(connection, _held(area)).sort_values(
            [KODE, INDICATOR, PERIOD], ignore_index=True
        )
        ids = {int(number) for number in found["id"]}
        return found, _stored(connection, select(DATASETS).where(DATASETS.c.id.in_(ids)))


def _held(area: str) -> Select[Any]:
    held = (
        select(OBSERVATIONS.c.indicator, OBSERVATIONS.c.period, func.max(DATASETS.c.id).label("id"))
        .join(DATASETS, DATASETS.c.id == OBSERVATIONS.c.dataset)
        .where(DATASETS.c.area == area, DATASETS.c.status == KEPT, OBSERVATIONS.c.rw == "")
        .group_by(OBSERVATIONS.c.indicator, OBSERVATIONS.c.period)
        .subquery()
    )
    columns = [OBSERVATIONS.c[name] for name in (KODE, INDICATOR, PERIOD, VALUE)]
    wanted = select(*columns, OBSERVATIONS.c.dataset.label("id")).join(
        held,
        (held.c.id == OBSERVATIONS.c.dataset)
        & (held.c.indicator == OBSERVATIONS.c.indicator)
        & (held.c.period == OBSERVATIONS.c.period),
    )
    return wanted.where(OBSERVATIONS.c.rw == "")


def observations_of(engine: Engine, number: int) -> pd.DataFrame:
    """Return all figures of one dataset, ``FIGURE_COLUMNS``, sorted by these."""
    wanted = select(*(OBSERVATIONS.c[name] for name in FIGURE_COLUMNS))
    with reading(engine) as connection:
        found = _frame(connection, wanted.where(OBSERVATIONS.c.dataset == number))
    return found.sort_values(_KEY, ignore_index=True)


def refused(engine: Engine, number: int) -> pd.DataFrame:
    """Return the rows that a dataset left out, ``REFUSED_COLUMNS``, in the order given."""
    wanted = select(*(REFUSED.c[name] for name in REFUSED_COLUMNS))
    with reading(engine) as connection:
        wanted = wanted.where(REFUSED.c.dataset == number).order_by(REFUSED.c.number)
        return _frame(connection, wanted)


def _frame(connection: Connection, wanted: Select[Any]) -> pd.DataFrame:
    names = [column.name for column in wanted.selected_columns]
    types = {name: float if name == VALUE else str for name in (*FIGURE_COLUMNS,) if name in names}
    rows = connection.execute(wanted).all()
    return pd.DataFrame(rows, columns=names).astype(types)
