"""Datasets with their figures and refused rows, decisions, mappings and the audit trail."""

import sqlalchemy as sa
from alembic import op

revision = "v1"
down_revision: str | None = None

# What may be added but not changed: table, and the columns that no update may name.
_FIXED_OF_DATASETS = (
    "id", "area", "name", "version", "title", "source", "periods", "simulated", "file_name",
    "sha256", "imported_at", "imported_by", "rows_in", "rows_matched", "rows_review",
    "rows_refused", "supersedes", "mapping", "findings", "note",
)  # fmt: skip
_NEVER_CHANGED = ("observations", "refused_rows", "audit")
_NEVER_DELETED = ("datasets", *_NEVER_CHANGED)
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables and the triggers that keep them honest."""
    _datasets()
    _observations()
    _refused_rows()
    _aliases()
    _mappings()
    _audit()
    if op.get_bind().dialect.name == "postgresql":
        _triggers_of_postgresql()
    else:
        _triggers_of_sqlite()


def _text(name: str) -> "sa.Column[str]":
    return sa.Column(name, sa.Text(), nullable=False)


def _number(name: str) -> "sa.Column[int]":
    return sa.Column(name, sa.Integer(), nullable=False)


def _json(name: str) -> "sa.Column[object]":
    return sa.Column(name, sa.JSON(), nullable=False)


def _datasets() -> None:
    numbers = ("rows_in", "rows_matched", "rows_review", "rows_refused")
    op.create_table(
        "datasets",
        _number("id"),
        _text("area"),
        _text("name"),
        _number("version"),
        _text("title"),
        _text("source"),
        _json("periods"),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        _text("file_name"),
        _text("sha256"),
        sa.Column("imported_at", _MOMENT, nullable=False),
        _text("imported_by"),
        *map(_number, numbers),
        _text("status"),
        sa.Column("supersedes", sa.Integer()),
        _json("mapping"),
        _json("findings"),
        _text("note"),
        sa.PrimaryKeyConstraint("id", name="pk_datasets"),
        sa.ForeignKeyConstraint(["supersedes"], ["datasets.id"], name="fk_datasets_supersedes"),
        sa.UniqueConstraint("area", "name", "version", name="uq_datasets"),
        sa.CheckConstraint(
            "rows_in = rows_matched + rows_review + rows_refused", name="ck_datasets_rows"
        ),
        sa.CheckConstraint(
            "rows_matched >= 0 AND rows_review >= 0 AND rows_refused >= 0",
            name="ck_datasets_not_negative",
        ),
        sa.CheckConstraint("status IN ('kept', 'withdrawn')", name="ck_datasets_status"),
        sqlite_autoincrement=True,
    )


def _observations() -> None:
    op.create_table(
        "observations",
        _number("dataset"),
        _text("indicator"),
        _text("period"),
        _text("rw"),
        _text("kode"),
        sa.Column("value", sa.Double()),
        sa.PrimaryKeyConstraint(
            "dataset", "indicator", "period", "rw", "kode", name="pk_observations"
        ),
        sa.ForeignKeyConstraint(["dataset"], ["datasets.id"], name="fk_observations_dataset"),
        sqlite_with_rowid=False,
    )


def _refused_rows() -> None:
    op.create_table(
        "refused_rows",
        *map(_number, ("dataset", "number", "line", "count")),
        _text("reason"),
        _json("details"),
        sa.PrimaryKeyConstraint("dataset", "number", name="pk_refused_rows"),
        sa.ForeignKeyConstraint(["dataset"], ["datasets.id"], name="fk_refused_rows_dataset"),
        sa.CheckConstraint("count >= 1", name="ck_refused_rows_count"),
    )


def _aliases() -> None:
    given = ("given_kelurahan", "given_kecamatan", "given_code")
    op.create_table(
        "aliases",
        _number("id"),
        *map(_text, ("area", "source", "kind", *given)),
        sa.Column("kode", sa.Text()),
        sa.Column("refused", sa.Boolean(), nullable=False),
        _text("decided_by"),
        sa.Column("decided_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_aliases"),
        sa.UniqueConstraint("area", "source", *given, name="uq_aliases"),
        sa.CheckConstraint("(kode IS NULL) = refused", name="ck_aliases_decision"),
        sqlite_autoincrement=True,
    )


def _mappings() -> None:
    op.create_table(
        "mappings",
        _number("id"),
        *map(_text, ("area", "name", "signature")),
        _json("content"),
        _text("saved_by"),
        sa.Column("saved_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_mappings"),
        sa.UniqueConstraint("area", "name", name="uq_mappings"),
        sqlite_autoincrement=True,
    )


def _audit() -> None:
    op.create_table(
        "audit",
        _number("id"),
        sa.Column("at", _MOMENT, nullable=False),
        *map(_text, ("who", "area", "action", "subject")),
        _json("detail"),
        sa.PrimaryKeyConstraint("id", name="pk_audit"),
        sqlite_autoincrement=True,
    )


def _triggers_of_sqlite() -> None:
    columns = ", ".join(_FIXED_OF_DATASETS)
    wanted = [("datasets", f"UPDATE OF {columns}", "changed")]
    wanted += [(table, "UPDATE", "changed") for table in _NEVER_CHANGED]
    wanted += [(table, "DELETE", "deleted") for table in _NEVER_DELETED]
    for table, event, done in wanted:
        op.execute(
            f"CREATE TRIGGER {table}_not_{done} BEFORE {event} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} must not be {done}'); END"
        )


def _triggers_of_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION kantong_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "RAISE EXCEPTION '% must not be %', TG_TABLE_NAME, TG_ARGV[0]; END $$"
    )
    columns = ", ".join(_FIXED_OF_DATASETS)
    wanted = [("datasets", f"UPDATE OF {columns}", "changed")]
    wanted += [(table, "UPDATE", "changed") for table in _NEVER_CHANGED]
    wanted += [(table, "DELETE OR TRUNCATE", "deleted") for table in _NEVER_DELETED]
    for table, event, done in wanted:
        op.execute(
            f"CREATE TRIGGER {table}_not_{done} BEFORE {event} ON {table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION kantong_refuse('{done}')"
        )
