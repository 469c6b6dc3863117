"""Scenarios and interventions, each with its versions."""

import sqlalchemy as sa
from alembic import op

revision = "v2"
down_revision: str | None = "v1"

# What no update may name, by table; nothing of these is ever deleted.
_FIXED = {
    "scenarios": ("id", "area", "name", "kind"),
    "scenario_versions": (),
    "interventions": ("id", "area"),
    "intervention_versions": (),
}
_KEPT_ONES = sa.text("status = 'kept'")


def upgrade() -> None:
    """Make the tables and the triggers that keep them honest."""
    _scenarios()
    _scenario_versions()
    _interventions()
    _intervention_versions()
    trigger = _of_postgresql if op.get_bind().dialect.name == "postgresql" else _of_sqlite
    for table, columns in _FIXED.items():
        trigger(table, f"UPDATE OF {', '.join(columns)}" if columns else "UPDATE", "changed")
        trigger(table, "DELETE", "deleted")


def _text(name: str) -> "sa.Column[str]":
    return sa.Column(name, sa.Text(), nullable=False)


def _number(name: str) -> "sa.Column[int]":
    return sa.Column(name, sa.Integer(), nullable=False)


def _moment(name: str) -> "sa.Column[object]":
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)


def _scenarios() -> None:
    op.create_table(
        "scenarios",
        _number("id"),
        *map(_text, ("area", "name", "kind", "status")),
        sa.PrimaryKeyConstraint("id", name="pk_scenarios"),
        sa.CheckConstraint("status IN ('kept', 'withdrawn')", name="ck_scenarios_status"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "uq_scenarios_kept",
        "scenarios",
        ["area", "name"],
        unique=True,
        sqlite_where=_KEPT_ONES,
        postgresql_where=_KEPT_ONES,
    )


def _scenario_versions() -> None:
    op.create_table(
        "scenario_versions",
        *map(_number, ("scenario", "version")),
        sa.Column("settings", sa.JSON(), nullable=False),
        *map(_text, ("figures_sha256", "note", "saved_by")),
        _moment("saved_at"),
        sa.PrimaryKeyConstraint("scenario", "version", name="pk_scenario_versions"),
        sa.ForeignKeyConstraint(
            ["scenario"], ["scenarios.id"], name="fk_scenario_versions_scenario"
        ),
    )


def _interventions() -> None:
    op.create_table(
        "interventions",
        _number("id"),
        *map(_text, ("area", "status")),
        sa.PrimaryKeyConstraint("id", name="pk_interventions"),
        sa.CheckConstraint("status IN ('kept', 'withdrawn')", name="ck_interventions_status"),
        sqlite_autoincrement=True,
    )


def _intervention_versions() -> None:
    figures = ("target", "reached", "budget_rp")
    op.create_table(
        "intervention_versions",
        *map(_number, ("intervention", "version")),
        *map(_text, ("programme", "strategy", "kind", "funder", "kode", "period")),
        *(sa.Column(name, sa.BigInteger()) for name in figures),
        *map(_text, ("status", "source", "note", "reason", "entered_by")),
        _moment("entered_at"),
        sa.PrimaryKeyConstraint("intervention", "version", name="pk_intervention_versions"),
        sa.ForeignKeyConstraint(
            ["intervention"], ["interventions.id"], name="fk_intervention_versions_intervention"
        ),
        sa.CheckConstraint(
            "target >= 0 AND reached >= 0 AND budget_rp >= 0",
            name="ck_intervention_versions_not_negative",
        ),
    )


def _of_sqlite(table: str, event: str, done: str) -> None:
    op.execute(
        f"CREATE TRIGGER {table}_not_{done} BEFORE {event} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table} must not be {done}'); END"
    )


def _of_postgresql(table: str, event: str, done: str) -> None:
    event = "DELETE OR TRUNCATE" if event == "DELETE" else event
    op.execute(
        f"CREATE TRIGGER {table}_not_{done} BEFORE {event} ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION kantong_refuse('{done}')"
    )
