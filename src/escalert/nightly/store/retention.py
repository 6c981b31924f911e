"""Delete texts after their time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Connection, bindparam, func, or_, select, update

from escalert.nightly.store.database import Database
from escalert.nightly.store.judgement import without_texts
from escalert.nightly.store.run_entries import Deleted
from escalert.nightly.store.tables import (
    CallRow,
    DeliveryRow,
    RecordRow,
    ReviewRow,
    RunRow,
    TriggerRow,
    VerdictRow,
    WorklistRow,
)

AT_ONCE = 200
KEPT_DETAILS = ("channel", "language", "started_at", "agent_id", "queue", "source")
"""Fields of a call that are kept; any other of the input may hold what was said."""
KEPT_OF_WORKLISTS = ("probability", "stratum", "earlier")
"""What the estimate of recall and the list of a night begun again need; the rest may quote."""
TOO_LATE = "its payload was deleted by keep_days before it could be sent"


def delete_texts(database: Database, before: date) -> Deleted:
    """Delete the texts of calls of days before `before`, some at a time, and count what is left."""
    calls = triggers = 0
    while keys := database.read(lambda connection: _with_text(connection, before)):
        triggers += database.write(lambda connection, keys=keys: _empty(connection, keys))  # type: ignore[misc]
        calls += len(keys)
    database.write(lambda connection: _empty_records(connection, before))
    deliveries = database.write(lambda connection: _empty_deliveries(connection, before))
    _purge(database)
    remaining = database.read(lambda connection: _count_texts(connection, before))
    return Deleted(calls=calls, triggers=triggers, deliveries=deliveries, remaining=remaining)


def _with_text(connection: Connection, before: date) -> list[int]:
    query = select(CallRow.id).where(CallRow.day < before, CallRow.transcript.is_not(None))
    return list(connection.scalars(query.order_by(CallRow.id).limit(AT_ONCE)))


def _count_texts(connection: Connection, before: date) -> int:
    query = select(func.count()).where(CallRow.day < before, CallRow.transcript.is_not(None))
    return int(connection.execute(query).scalar_one())


def _empty(connection: Connection, keys: Sequence[int]) -> int:
    """Take all text from some calls, and give how many triggers had evidence."""
    n_triggers = _empty_evidence(connection, keys)
    connection.execute(update(VerdictRow).where(VerdictRow.call_pk.in_(keys)).values(warnings=[]))
    _empty_worklists(connection, keys)
    connection.execute(update(ReviewRow).where(ReviewRow.call_pk.in_(keys)).values(note=""))
    _empty_calls(connection, keys)
    return n_triggers


def _empty_calls(connection: Connection, keys: Sequence[int]) -> None:
    found = connection.execute(select(CallRow.id, CallRow.details).where(CallRow.id.in_(keys)))
    emptied: dict[str, Any] = {"transcript": None, "warnings": []}
    rows = [{"its_id": row.id, "details": _kept(row.details, KEPT_DETAILS), **emptied} for row in found]
    connection.execute(update(CallRow).where(CallRow.id == bindparam("its_id")), rows)


def _empty_worklists(connection: Connection, keys: Sequence[int]) -> None:
    columns = (WorklistRow.run_id, WorklistRow.call_pk, WorklistRow.details)
    found = connection.execute(select(*columns).where(WorklistRow.call_pk.in_(keys)))
    rows = [
        {"its_run": row.run_id, "its_call": row.call_pk, "details": _kept(row.details, KEPT_OF_WORKLISTS)}
        for row in found
    ]
    if rows:
        own = (WorklistRow.run_id == bindparam("its_run")) & (WorklistRow.call_pk == bindparam("its_call"))
        connection.execute(update(WorklistRow).where(own), rows)


def _empty_evidence(connection: Connection, keys: Sequence[int]) -> int:
    query = select(TriggerRow.verdict_id, TriggerRow.label, TriggerRow.evidence).join(VerdictRow)
    found = connection.execute(query.where(VerdictRow.call_pk.in_(keys)))
    rows = [
        {"its_verdict": row.verdict_id, "its_label": row.label, "evidence": without_texts(row.evidence)}
        for row in found
    ]
    if rows:
        own = (TriggerRow.verdict_id == bindparam("its_verdict")) & (TriggerRow.label == bindparam("its_label"))
        connection.execute(update(TriggerRow).where(own), rows)
    return len(rows)


def _empty_records(connection: Connection, before: date) -> None:
    """Take the columns that are not escalert's from records, also from those whose call never came."""
    old_calls = select(CallRow.call_id).where(CallRow.day < before)
    midnight = datetime(before.year, before.month, before.day, tzinfo=UTC)
    is_old = or_(RecordRow.call_id.in_(old_calls), RecordRow.received_at < midnight)
    connection.execute(update(RecordRow).where(is_old, RecordRow.extra != {}).values(extra={}))


def _empty_deliveries(connection: Connection, before: date) -> int:
    of_runs = DeliveryRow.run_id.in_(select(RunRow.run_id).where(RunRow.for_date < before))
    old = update(DeliveryRow).where(of_runs, DeliveryRow.payload.is_not(None))
    connection.execute(old.where(DeliveryRow.state == "pending").values(state="given_up", last_error=TOO_LATE))
    return connection.execute(old.values(payload=None)).rowcount


def _kept(details: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    return {name: details[name] for name in names if name in details}


def _purge(database: Database) -> None:
    """Overwrite what SQLite still holds in its log; PostgreSQL's own vacuum does so in its time."""
    if database.is_sqlite:
        connection = database.engine.raw_connection()
        try:
            connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            connection.close()
