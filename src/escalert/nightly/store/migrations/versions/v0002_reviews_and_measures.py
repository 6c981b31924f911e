"""Reviews of the worklists, and what each run measured of the model's drift."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TEXT

revision = "0002"
down_revision = "0001"

ORDERED = sa.Text().with_variant(TEXT(collation="C"), "postgresql")


def upgrade() -> None:
    """Add a table and a column."""
    op.add_column("runs", sa.Column("measures", sa.Text(), nullable=True))
    op.create_table(
        "reviews",
        sa.Column("run_id", ORDERED, nullable=False),
        sa.Column("call_pk", sa.Integer(), nullable=False),
        sa.Column("reviewer", ORDERED, nullable=False),
        sa.Column("warranted", sa.Boolean(), nullable=False),
        sa.Column("escalated", sa.Boolean(), nullable=False),
        sa.Column("note", ORDERED, nullable=False),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("run_id", "call_pk", "reviewer", name="pk_reviews"),
        sa.ForeignKeyConstraint(["run_id"], ["runs.run_id"], name="fk_reviews_run_id"),
        sa.ForeignKeyConstraint(["call_pk"], ["calls.id"], name="fk_reviews_call_pk"),
    )
