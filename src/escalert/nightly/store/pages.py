"""Read current verdicts page by page, so that memory stays the same and writing may go on meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, and_, select, tuple_
from sqlalchemy.orm import aliased

from escalert.nightly.store.database import Database
from escalert.nightly.store.entries import Selection, StoredVerdict
from escalert.nightly.store.judgement import verdict_from
from escalert.nightly.store.keys import AnyRow, AnySelect, chunks
from escalert.nightly.store.tables import CallRow, TriggerRow, VerdictRow

PAGE = 500
LARGE_PAGE = 10_000
"""Of rows that hold little: every page looks through all calls that a query means."""
OF_CALL = (
    *(CallRow.call_id, CallRow.day, CallRow.started_at, CallRow.queue, CallRow.agent_id, CallRow.customer_id),
    *(CallRow.channel, CallRow.origin, CallRow.n_turns, CallRow.details),
)
OF_VERDICT = (
    *(VerdictRow.id, VerdictRow.run_id, VerdictRow.created_at, VerdictRow.content_hash, VerdictRow.said_escalated),
    *(VerdictRow.is_current, VerdictRow.priority, VerdictRow.record, VerdictRow.probabilities, VerdictRow.reasons),
    *(VerdictRow.counts, VerdictRow.warnings, VerdictRow.model_name, VerdictRow.model_version),
)
OWN = (
    *("call_id", "day", "started_at", "queue", "agent_id", "customer_id", "channel", "origin", "n_turns"),
    *("run_id", "created_at", "content_hash", "said_escalated", "is_current"),
)
"""What a `StoredVerdict` takes over as it stands."""


def verdict_query(*more: Any) -> AnySelect:
    """Ask for verdicts with their calls, and for `more` columns."""
    return select(*OF_CALL, *OF_VERDICT, *more).join(CallRow, CallRow.id == VerdictRow.call_pk)


def selected(query: AnySelect, selection: Selection) -> AnySelect:
    """Keep to the current verdicts of a selection."""
    bounds = {
        "since": CallRow.day >= selection.since if selection.since else None,
        "until": CallRow.day <= selection.until if selection.until else None,
        "brought_by": _brought_by(selection.brought_by) if selection.brought_by is not None else None,
        "call_ids": CallRow.call_id.in_(selection.call_ids) if selection.call_ids is not None else None,
        "customer_ids": CallRow.customer_id.in_(selection.customer_ids) if selection.customer_ids is not None else None,
    }
    equal = {
        VerdictRow.run_id: selection.run_id,
        CallRow.queue: selection.queue,
        VerdictRow.missed: selection.missed,
        VerdictRow.flagged: selection.flagged,
    }
    conditions = [bound for bound in bounds.values() if bound is not None]
    conditions += [column == value for column, value in equal.items() if value is not None]
    return query.where(VerdictRow.is_current, *conditions)


def _brought_by(run_id: str) -> Any:
    """Ask for calls that a run read first: by way of its verdicts, since the calls have no index of runs."""
    given = aliased(VerdictRow)
    return and_(CallRow.run_id == run_id, CallRow.id.in_(select(given.call_pk).where(given.run_id == run_id)))


def pages(database: Database, query: AnySelect) -> Iterator[tuple[list[AnyRow], list[StoredVerdict]]]:
    """Give the rows of a `verdict_query` in the order of day and call id, and the verdicts they hold."""
    for page in in_pages(database, query, _with_triggers):
        rows, triggers = page
        yield rows, [stored_verdict(row, triggers.get(row.id, {})) for row in rows]


def in_pages(
    database: Database,
    query: AnySelect,
    fetch: Callable[[Connection, AnySelect], tuple[list[AnyRow], Any]],
    size: int | None = None,
) -> Iterator[tuple[list[AnyRow], Any]]:
    """Run a query about calls page by page, each from where the one before ended."""
    size = size or PAGE
    ordered = query.order_by(CallRow.day, CallRow.call_id).limit(size)
    last: tuple[date, str] | None = None
    while True:
        page = ordered if last is None else ordered.where(tuple_(CallRow.day, CallRow.call_id) > last)
        rows, more = database.read(lambda connection, page=page: fetch(connection, page))  # type: ignore[misc]
        if rows:
            yield rows, more
        if len(rows) < size:
            return
        last = (rows[-1].day, rows[-1].call_id)


def fetch_rows(connection: Connection, query: AnySelect) -> tuple[list[AnyRow], None]:
    """Give the rows of a query that needs nothing else beside them."""
    return list(connection.execute(query)), None


def stored_verdict(row: AnyRow, triggers: dict[str, Any]) -> StoredVerdict:
    """Give a verdict from its row and the evidence of its triggers."""
    fields = row._asdict()
    verdict = verdict_from(fields, triggers, fields["details"])
    return StoredVerdict(**{name: fields[name] for name in OWN}, verdict=verdict)


def evidence_of(connection: Connection, verdict_ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """Give the evidence of verdicts by label."""
    found: dict[int, dict[str, Any]] = {}
    for part in chunks(verdict_ids):
        query = select(TriggerRow.verdict_id, TriggerRow.label, TriggerRow.evidence)
        for row in connection.execute(query.where(TriggerRow.verdict_id.in_(part))):
            found.setdefault(row.verdict_id, {})[row.label] = row.evidence
    return found


def _with_triggers(connection: Connection, query: AnySelect) -> tuple[list[AnyRow], dict[int, dict[str, Any]]]:
    rows = list(connection.execute(query))
    return rows, evidence_of(connection, [row.id for row in rows])
