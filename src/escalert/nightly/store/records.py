"""What telephony and CRM said of calls."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, insert, select, update

from escalert.nightly.store.content import fingerprint
from escalert.nightly.store.database import Database
from escalert.nightly.store.entries import CallRecord, StoredVerdict
from escalert.nightly.store.keys import AnyRow, AnySelect, chunks
from escalert.nightly.store.pages import pages, verdict_query
from escalert.nightly.store.tables import CallRow, RecordRow, VerdictRow
from escalert.nightly.store.types import storable

SAID = ("escalated", "transferred_to", "disposition", "customer_id", "extra")
OF_RECORD = tuple(getattr(RecordRow, name) for name in ("call_id", *SAID, "origin", "received_at"))


class Records:
    """``store.records``; a record may come before its call."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def write(self, run_id: str, records: Sequence[CallRecord]) -> list[str]:
        """Store records in one transaction; the last one of a call is its current one, older ones are kept.

        A call that has no customer id of its own takes the record's.

        Returns
        -------
        list of str
            The ids of the calls whose current record changed.
        """
        last = {storable(record.call_id): record for record in records}

        def work(connection: Connection) -> list[str]:
            changed = _not_current(connection, last)
            now = self._database.now(connection)
            first = {"run_id": run_id, "received_at": now, "is_current": True}
            _make_current(connection, [{**_row(last[call_id]), **first} for call_id in changed])
            _name_customers(connection, {call_id: last[call_id].customer_id for call_id in changed})
            return changed

        return self._database.write(work)

    def current(self, call_ids: Sequence[str]) -> dict[str, CallRecord]:
        """Give the current records of those calls that have one."""

        def work(connection: Connection) -> dict[str, CallRecord]:
            found: dict[str, CallRecord] = {}
            for part in chunks(call_ids):
                query = select(*OF_RECORD).where(RecordRow.call_id.in_(part), RecordRow.is_current)
                found |= {row.call_id: CallRecord(**row._asdict()) for row in connection.execute(query)}
            return found

        return self._database.read(work)

    def late(self) -> Iterator[tuple[StoredVerdict, CallRecord]]:
        """Go through calls whose current verdict does not rest on what their current record says."""
        differs = RecordRow.escalated.is_distinct_from(VerdictRow.record) & RecordRow.escalated.is_not(None)
        yield from self._beside_verdicts(_judged().where(differs))

    def contradictions(
        self, since: date | None = None, until: date | None = None, run_id: str | None = None
    ) -> Iterator[tuple[StoredVerdict, CallRecord]]:
        """Go through calls whose record says another thing of the escalation than their transcript.

        Parameters
        ----------
        since, until : date, optional
            Days of the calls, both inclusive.
        run_id : str, optional
            Keep to those whose verdict this run gave: new calls, and earlier ones whose record came late.
        """
        query = _judged().where(RecordRow.escalated != VerdictRow.said_escalated)
        if run_id is not None:
            query = query.where(VerdictRow.run_id == run_id)
        if since is not None:
            query = query.where(CallRow.day >= since)
        if until is not None:
            query = query.where(CallRow.day <= until)
        yield from self._beside_verdicts(query)

    def _beside_verdicts(self, query: AnySelect) -> Iterator[tuple[StoredVerdict, CallRecord]]:
        for rows, verdicts in pages(self._database, query):
            yield from zip(verdicts, map(_record_beside, rows), strict=True)


def _judged() -> AnySelect:
    columns = [column.label(f"record_{column.key}") for column in OF_RECORD]
    query = verdict_query(*columns).join(RecordRow, RecordRow.call_id == CallRow.call_id)
    return query.where(VerdictRow.is_current, RecordRow.is_current)


def _record_beside(row: AnyRow) -> CallRecord:
    prefix = "record_"
    return CallRecord(**{name.removeprefix(prefix): v for name, v in row._mapping.items() if name.startswith(prefix)})


def _row(record: CallRecord) -> dict[str, Any]:
    said = {name: getattr(record, name) for name in SAID}
    row = {"call_id": record.call_id, "origin": record.origin, **said, "extra": dict(record.extra)}
    return {**row, "content_hash": fingerprint([row[name] for name in SAID])}


def _not_current(connection: Connection, last: dict[str, CallRecord]) -> list[str]:
    """Give the calls whose current record says something else, or that have none."""
    stored: dict[str, str] = {}
    for part in chunks(list(last)):
        query = select(RecordRow.call_id, RecordRow.content_hash).where(RecordRow.call_id.in_(part))
        stored |= {row.call_id: row.content_hash for row in connection.execute(query.where(RecordRow.is_current))}
    return [call_id for call_id, record in last.items() if stored.get(call_id) != _row(record)["content_hash"]]


def _make_current(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Make records the current ones of their calls: such as were there before, and new ones."""
    for part in chunks(rows):
        of_calls = RecordRow.call_id.in_([row["call_id"] for row in part])
        connection.execute(update(RecordRow).where(of_calls, RecordRow.is_current).values(is_current=False))
        query = select(RecordRow.id, RecordRow.call_id, RecordRow.content_hash).where(of_calls)
        there = {(row.call_id, row.content_hash): row.id for row in connection.execute(query)}
        named = [((storable(row["call_id"]), row["content_hash"]), row) for row in part]
        again = [there[name] for name, _ in named if name in there]
        connection.execute(update(RecordRow).where(RecordRow.id.in_(again)).values(is_current=True))
        if fresh := [row for name, row in named if name not in there]:
            connection.execute(insert(RecordRow), fresh)


def _name_customers(connection: Connection, customers: dict[str, str | None]) -> None:
    for call_id, customer_id in customers.items():
        if customer_id is not None:
            nameless = (CallRow.call_id == call_id) & CallRow.customer_id.is_(None)
            connection.execute(update(CallRow).where(nameless).values(customer_id=customer_id))
