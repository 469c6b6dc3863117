"""People and their roles. Rows may change and go: the trail tells what was given and taken."""

import sqlalchemy as sa
from alembic import op

revision = "v3"
down_revision: str | None = "v2"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "people",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("login", "role", "position")),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("login", name="pk_people"),
        sa.UniqueConstraint("position", name="uq_people"),
        sa.CheckConstraint(
            "role IN ('planner', 'field', 'council', 'admin', 'none')", name="ck_people_role"
        ),
    )
