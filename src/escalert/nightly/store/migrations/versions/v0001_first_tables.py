"""The first tables: runs, calls, verdicts, triggers, records, worklists, deliveries, the lease."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TEXT

revision = "0001"
down_revision = None

JSON = sa.Text()
MOMENT = sa.DateTime(timezone=True)
# In the order of code points, as SQLite's; it outlives changes of the system's locales.
ORDERED = sa.Text().with_variant(TEXT(collation="C"), "postgresql")


def upgrade() -> None:
    """Make them."""
    _runs()
    _calls()
    _verdicts()
    _triggers()
    _records()
    _worklists()
    _deliveries()
    _lease()


def _column(name: str, kind: Any, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=nullable)


def _refers(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=f"fk_{table}_{column}")


def _runs() -> None:
    op.create_table(
        "runs",
        _column("run_id", ORDERED),
        _column("for_date", sa.Date()),
        _column("kind", ORDERED),
        _column("state", ORDERED),
        _column("model_name", ORDERED),
        _column("model_version", ORDERED),
        _column("started_at", MOMENT),
        _column("finished_at", MOMENT, nullable=True),
        _column("attempts", sa.Integer()),
        _column("counts", JSON),
        _column("log", JSON),
        sa.PrimaryKeyConstraint("run_id", name="pk_runs"),
    )
    op.create_index("ix_runs_for_date", "runs", ["for_date"])


def _calls() -> None:
    named = ("source", "channel", "language", "queue", "agent_id", "customer_id")
    op.create_table(
        "calls",
        _column("id", sa.Integer()),
        _column("call_id", ORDERED),
        _column("content_hash", ORDERED),
        _column("origin", ORDERED),
        *(_column(name, ORDERED, nullable=True) for name in named),
        _column("started_at", MOMENT, nullable=True),
        _column("day", sa.Date()),
        _column("n_turns", sa.Integer()),
        _column("run_id", ORDERED),
        _column("received_at", MOMENT),
        _column("details", JSON),
        _column("warnings", JSON),
        _column("transcript", JSON, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_calls"),
        sa.UniqueConstraint("call_id", name="uq_calls_call_id"),
        _refers("calls", "run_id", "runs.run_id"),
    )
    op.create_index("ix_calls_day", "calls", ["day", "call_id"])
    op.create_index("ix_calls_customer_id", "calls", ["customer_id", "day"])


def _verdicts() -> None:
    decided = ("is_current", "flagged", "warranted", "escalated", "said_escalated", "missed")
    op.create_table(
        "verdicts",
        _column("id", sa.Integer()),
        _column("call_pk", sa.Integer()),
        _column("basis", ORDERED),
        _column("content_hash", ORDERED),
        _column("model_name", ORDERED),
        _column("model_version", ORDERED),
        _column("run_id", ORDERED),
        _column("created_at", MOMENT),
        _column("priority", ORDERED),
        *(_column(name, sa.Boolean()) for name in decided),
        _column("record", sa.Boolean(), nullable=True),
        _column("probabilities", JSON),
        _column("reasons", JSON),
        _column("warnings", JSON),
        sa.PrimaryKeyConstraint("id", name="pk_verdicts"),
        sa.UniqueConstraint("call_pk", "basis", name="uq_verdicts_call_pk"),
        _refers("verdicts", "call_pk", "calls.id"),
        _refers("verdicts", "run_id", "runs.run_id"),
    )
    current = sa.text("is_current")
    op.create_index(
        "uq_verdicts_current",
        "verdicts",
        ["call_pk"],
        unique=True,
        sqlite_where=current,
        postgresql_where=current,
    )
    op.create_index("ix_verdicts_run_id", "verdicts", ["run_id"])


def _triggers() -> None:
    op.create_table(
        "triggers",
        _column("verdict_id", sa.Integer()),
        _column("label", ORDERED),
        _column("probability", sa.Float(53)),
        _column("evidence", JSON),
        sa.PrimaryKeyConstraint("verdict_id", "label", name="pk_triggers"),
        _refers("triggers", "verdict_id", "verdicts.id"),
    )


def _records() -> None:
    op.create_table(
        "records",
        _column("id", sa.Integer()),
        _column("call_id", ORDERED),
        _column("content_hash", ORDERED),
        _column("is_current", sa.Boolean()),
        _column("escalated", sa.Boolean(), nullable=True),
        *(_column(name, ORDERED, nullable=True) for name in ("transferred_to", "disposition", "customer_id")),
        _column("origin", ORDERED),
        _column("extra", JSON),
        _column("run_id", ORDERED),
        _column("received_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_records"),
        sa.UniqueConstraint("call_id", "content_hash", name="uq_records_call_id"),
        _refers("records", "run_id", "runs.run_id"),
    )


def _worklists() -> None:
    op.create_table(
        "worklists",
        _column("run_id", ORDERED),
        _column("call_pk", sa.Integer()),
        _column("listed_as", ORDERED),
        _column("rank", sa.Integer()),
        _column("priority", ORDERED),
        _column("inclusion_probability", sa.Float(53)),
        _column("details", JSON),
        sa.PrimaryKeyConstraint("run_id", "call_pk", name="pk_worklists"),
        _refers("worklists", "run_id", "runs.run_id"),
        _refers("worklists", "call_pk", "calls.id"),
    )


def _deliveries() -> None:
    op.create_table(
        "deliveries",
        _column("key", ORDERED),
        _column("run_id", ORDERED),
        _column("kind", ORDERED),
        _column("target", ORDERED),
        _column("payload", JSON, nullable=True),
        _column("payload_ref", ORDERED, nullable=True),
        _column("state", ORDERED),
        _column("attempts", sa.Integer()),
        _column("created_at", MOMENT),
        _column("next_try_at", MOMENT),
        _column("delivered_at", MOMENT, nullable=True),
        _column("last_error", ORDERED, nullable=True),
        sa.PrimaryKeyConstraint("key", name="pk_deliveries"),
        _refers("deliveries", "run_id", "runs.run_id"),
    )
    op.create_index("ix_deliveries_run_id", "deliveries", ["run_id"])
    op.create_index("ix_deliveries_state", "deliveries", ["state"])


def _lease() -> None:
    lease = op.create_table(
        "lease",
        _column("name", ORDERED),
        *(_column(name, ORDERED, nullable=True) for name in ("owner", "token")),
        *(_column(name, MOMENT, nullable=True) for name in ("acquired_at", "expires_at")),
        sa.PrimaryKeyConstraint("name", name="pk_lease"),
    )
    op.bulk_insert(lease, [{"name": "nightly"}])
