"""The tables of the store; ``kantong.store.migrations`` brings every database to this state."""

import datetime as dt
from typing import Any, ClassVar

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    DateTime,
    Dialect,
    Double,
    ForeignKey,
    Index,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
    types,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

KEPT, WITHDRAWN = "kept", "withdrawn"


class UtcTime(types.TypeDecorator[dt.datetime]):
    """A moment with its time zone, UTC; SQLite stores none and a server has its own."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(
        self,
        value: dt.datetime | None,
        dialect: Dialect,  # noqa: ARG002 - SQLAlchemy's signature
    ) -> dt.datetime | None:
        """Return the moment in UTC."""
        return None if value is None else value.astimezone(dt.UTC)

    def process_result_value(
        self,
        value: dt.datetime | None,
        dialect: Dialect,  # noqa: ARG002 - SQLAlchemy's signature
    ) -> dt.datetime | None:
        """Return the moment with UTC said."""
        if value is None:
            return None
        return value.astimezone(dt.UTC) if value.tzinfo else value.replace(tzinfo=dt.UTC)


class Base(DeclarativeBase):
    """What all tables share: names of constraints, and text without a limit."""

    metadata = MetaData(
        naming_convention={
            "pk": "pk_%(table_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "uq": "uq_%(table_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "ix": "ix_%(table_name)s_%(column_0_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        str: Text,
        float: Double,
        dt.datetime: UtcTime,
        list[Any]: JSON,
        dict[str, Any]: JSON,
    }


class DatasetRow(Base):
    """One import of one file; only its status may ever change."""

    __tablename__ = "datasets"
    __table_args__ = (
        UniqueConstraint("area", "name", "version"),
        CheckConstraint("rows_in = rows_matched + rows_review + rows_refused", name="rows"),
        CheckConstraint(
            "rows_matched >= 0 AND rows_review >= 0 AND rows_refused >= 0", name="not_negative"
        ),
        CheckConstraint("status IN ('kept', 'withdrawn')", name="status"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    area: Mapped[str]
    name: Mapped[str]
    version: Mapped[int]
    title: Mapped[str]
    source: Mapped[str]
    periods: Mapped[list[Any]]
    simulated: Mapped[bool]
    file_name: Mapped[str]
    sha256: Mapped[str]
    imported_at: Mapped[dt.datetime]
    imported_by: Mapped[str]
    rows_in: Mapped[int]
    rows_matched: Mapped[int]
    rows_review: Mapped[int]
    rows_refused: Mapped[int]
    status: Mapped[str]
    supersedes: Mapped[int | None] = mapped_column(ForeignKey("datasets.id"))
    mapping: Mapped[dict[str, Any]]
    findings: Mapped[list[Any]]
    note: Mapped[str]


class ObservationRow(Base):
    """A figure of a dataset; no value where it is not known. ``rw`` is empty for the kelurahan."""

    __tablename__ = "observations"
    # The key begins as the question does that every page asks: who holds this indicator now?
    __table_args__ = ({"sqlite_with_rowid": False},)

    dataset: Mapped[int] = mapped_column(ForeignKey("datasets.id"), primary_key=True)
    indicator: Mapped[str] = mapped_column(primary_key=True)
    period: Mapped[str] = mapped_column(primary_key=True)
    rw: Mapped[str] = mapped_column(primary_key=True)
    kode: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[float | None]


class RefusedRow(Base):
    """A row, or several alike, that a dataset left out, and why."""

    __tablename__ = "refused_rows"
    __table_args__ = (CheckConstraint("count >= 1", name="count"),)

    dataset: Mapped[int] = mapped_column(ForeignKey("datasets.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    line: Mapped[int]
    count: Mapped[int]
    reason: Mapped[str]
    details: Mapped[dict[str, Any]]


class AliasRow(Base):
    """What a place that a source names stands for, as a user decided."""

    __tablename__ = "aliases"
    __table_args__ = (
        UniqueConstraint("area", "source", "given_kelurahan", "given_kecamatan", "given_code"),
        CheckConstraint("(kode IS NULL) = refused", name="decision"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    area: Mapped[str]
    source: Mapped[str]
    kind: Mapped[str]
    given_kelurahan: Mapped[str]
    given_kecamatan: Mapped[str]
    given_code: Mapped[str]
    kode: Mapped[str | None]
    refused: Mapped[bool]
    decided_by: Mapped[str]
    decided_at: Mapped[dt.datetime]


class MappingRow(Base):
    """Which column is what in files with the same headers."""

    __tablename__ = "mappings"
    __table_args__ = (UniqueConstraint("area", "name"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(primary_key=True)
    area: Mapped[str]
    name: Mapped[str]
    signature: Mapped[str]
    content: Mapped[dict[str, Any]]
    saved_by: Mapped[str]
    saved_at: Mapped[dt.datetime]


_KEPT_ONES = text("status = 'kept'")


class ScenarioRow(Base):
    """Choices of a page under a name; only its status may ever change."""

    __tablename__ = "scenarios"
    __table_args__ = (
        CheckConstraint("status IN ('kept', 'withdrawn')", name="status"),
        Index(
            "uq_scenarios_kept",
            "area",
            "name",
            unique=True,
            sqlite_where=_KEPT_ONES,
            postgresql_where=_KEPT_ONES,
        ),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    area: Mapped[str]
    name: Mapped[str]
    kind: Mapped[str]
    status: Mapped[str]


class ScenarioVersionRow(Base):
    """What a scenario held from one saving to the next; only ever added to."""

    __tablename__ = "scenario_versions"

    scenario: Mapped[int] = mapped_column(ForeignKey("scenarios.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    settings: Mapped[dict[str, Any]]
    figures_sha256: Mapped[str]
    note: Mapped[str]
    saved_by: Mapped[str]
    saved_at: Mapped[dt.datetime]


class InterventionRow(Base):
    """One intervention that was entered; only its status may ever change."""

    __tablename__ = "interventions"
    __table_args__ = (
        CheckConstraint("status IN ('kept', 'withdrawn')", name="status"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    area: Mapped[str]
    status: Mapped[str]


class InterventionVersionRow(Base):
    """What an intervention was said to be, until corrected; only ever added to."""

    __tablename__ = "intervention_versions"
    __table_args__ = (
        CheckConstraint("target >= 0 AND reached >= 0 AND budget_rp >= 0", name="not_negative"),
    )

    intervention: Mapped[int] = mapped_column(ForeignKey("interventions.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    programme: Mapped[str]
    strategy: Mapped[str]
    kind: Mapped[str]
    funder: Mapped[str]
    kode: Mapped[str]
    period: Mapped[str]
    target: Mapped[int | None] = mapped_column(BigInteger)
    reached: Mapped[int | None] = mapped_column(BigInteger)
    budget_rp: Mapped[int | None] = mapped_column(BigInteger)
    status: Mapped[str]
    source: Mapped[str]
    note: Mapped[str]
    reason: Mapped[str]
    entered_by: Mapped[str]
    entered_at: Mapped[dt.datetime]


class PersonRow(Base):
    """Someone who may log in, and what for."""

    __tablename__ = "people"
    __table_args__ = (
        UniqueConstraint("position"),
        CheckConstraint("role IN ('planner', 'field', 'council', 'admin', 'none')", name="role"),
    )

    login: Mapped[str] = mapped_column(primary_key=True)
    role: Mapped[str]
    position: Mapped[str]
    since: Mapped[dt.datetime]


class AuditRow(Base):
    """Who did what; only ever added to. ``area`` is empty for the store as a whole."""

    __tablename__ = "audit"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[dt.datetime]
    who: Mapped[str]
    area: Mapped[str]
    action: Mapped[str]
    subject: Mapped[str]
    detail: Mapped[dict[str, Any]]


def table(row: type[Base]) -> Table:
    """Return the table behind a row, for statements on many rows."""
    made = row.__table__
    if not isinstance(made, Table):
        raise TypeError(row.__name__)
    return made


DATASETS, OBSERVATIONS, REFUSED = table(DatasetRow), table(ObservationRow), table(RefusedRow)
ALIASES, MAPPINGS, AUDIT = table(AliasRow), table(MappingRow), table(AuditRow)
SCENARIOS, SCENARIO_VERSIONS = table(ScenarioRow), table(ScenarioVersionRow)
INTERVENTIONS, INTERVENTION_VERSIONS = table(InterventionRow), table(InterventionVersionRow)
PEOPLE = table(PersonRow)
# Parents before children, as rows are written.
ALL = (
    DATASETS,
    OBSERVATIONS,
    REFUSED,
    ALIASES,
    MAPPINGS,
    SCENARIOS,
    SCENARIO_VERSIONS,
    INTERVENTIONS,
    INTERVENTION_VERSIONS,
    PEOPLE,
    AUDIT,
)
NUMBERED = (DATASETS, ALIASES, MAPPINGS, SCENARIOS, INTERVENTIONS, AUDIT)
