"""What each verdict counts of its call, for the drift of the inputs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add a column; verdicts that are there already counted nothing."""
    op.add_column("verdicts", sa.Column("counts", sa.Text(), nullable=True))
