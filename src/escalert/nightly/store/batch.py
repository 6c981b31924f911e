"""Write a batch: calls, then their verdicts, such that writing it again changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from escalert.nightly.store.content import call_document, moment_of
from escalert.nightly.store.entries import BatchWritten, ScoredCall
from escalert.nightly.store.judgement import trigger_rows, verdict_columns
from escalert.nightly.store.keys import chunks, known_calls
from escalert.nightly.store.tables import CallRow, RecordRow, TriggerRow, VerdictRow
from escalert.nightly.store.types import storable
from escalert.records import CallVerdict


@dataclass(frozen=True, slots=True)
class Occasion:
    """The run that writes, its night and the time."""

    run_id: str
    for_date: date
    now: datetime


def write_batch(connection: Connection, occasion: Occasion, scored: Iterable[ScoredCall]) -> BatchWritten:
    """Store calls and verdicts, the last one of each call id."""
    batch = {storable(item.call.call_id): item for item in scored}
    known = known_calls(connection, list(batch))
    new = [call_id for call_id in batch if call_id not in known]
    corrected = [call_id for call_id in batch if call_id in known and known[call_id][1] != batch[call_id].content_hash]
    customers = _customers(connection, [*new, *corrected])
    rows = {call_id: _call_row(batch[call_id], customers.get(call_id)) for call_id in (*new, *corrected)}
    keys = {call_id: key for call_id, (key, _) in known.items()}
    keys |= _insert_calls(connection, occasion, [rows[call_id] for call_id in new])
    _replace_calls(connection, [{"its_id": keys[call_id], **rows[call_id]} for call_id in corrected])
    judged = [(keys[call_id], item.verdict, item.content_hash) for call_id, item in batch.items()]
    changed = write_verdicts(connection, occasion, judged, are_new=not known)
    return BatchWritten(
        new=len(new),
        corrected=len(corrected),
        rescored=max(changed - len(new) - len(corrected), 0),
        unchanged=len(batch) - changed,
    )


def write_verdicts(
    connection: Connection,
    occasion: Occasion,
    judged: Sequence[tuple[int, CallVerdict, str]],
    *,
    are_new: bool = False,
) -> int:
    """Make verdicts the current ones of their calls, and give how many were not yet.

    Parameters
    ----------
    judged : sequence of tuple
        The number of the call, its verdict, and the content hash that it rests on.
    are_new : bool
        Whether none of the calls can have a verdict.
    """
    rows = {key: {"call_pk": key, **verdict_columns(verdict, content)} for key, verdict, content in judged}
    stored = {} if are_new else _stored_verdicts(connection, list(rows))
    old, again, fresh = [], [], []
    for key, row in rows.items():
        of_call = stored.get(key, {})
        verdict_id, is_current = of_call.get(row["basis"], (None, False))
        if is_current:
            continue
        old += [number for number, current in of_call.values() if current]
        if verdict_id is None:
            fresh.append({**row, "run_id": occasion.run_id, "created_at": occasion.now, "is_current": True})
        else:
            again.append(verdict_id)
    _set_current(connection, old, is_current=False)
    _set_current(connection, again, is_current=True)
    _insert_verdicts(connection, fresh, {key: verdict for key, verdict, _ in judged})
    return len(again) + len(fresh)


def _customers(connection: Connection, call_ids: Sequence[str]) -> dict[str, str]:
    """Give the customer ids that records name."""
    found: dict[str, str] = {}
    for part in chunks(call_ids):
        query = select(RecordRow.call_id, RecordRow.customer_id).where(
            RecordRow.call_id.in_(part), RecordRow.is_current, RecordRow.customer_id.is_not(None)
        )
        found |= {row.call_id: row.customer_id for row in connection.execute(query)}
    return found


def _call_row(item: ScoredCall, customer_id: str | None) -> dict[str, Any]:
    call = item.call
    return {
        "call_id": call.call_id,
        "content_hash": item.content_hash,
        "origin": call.origin,
        "customer_id": call.customer_id or customer_id,
        "started_at": moment_of(call.started_at),
        "n_turns": len(call.turns),
        "details": dict(item.verdict.metadata),
        "warnings": list(call.warnings),
        "transcript": call_document(call),
        **{name: getattr(call, name) for name in ("source", "channel", "language", "queue", "agent_id")},
    }


def _insert_calls(connection: Connection, occasion: Occasion, rows: Sequence[dict[str, Any]]) -> dict[str, int]:
    if not rows:
        return {}
    first = {"run_id": occasion.run_id, "received_at": occasion.now}
    days = [row["started_at"].date() if row["started_at"] else occasion.for_date for row in rows]
    filled = [{**row, **first, "day": day} for row, day in zip(rows, days, strict=True)]
    connection.execute(insert(CallRow), filled)
    return {call_id: key for call_id, (key, _) in known_calls(connection, [row["call_id"] for row in rows]).items()}


def _replace_calls(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Replace the content of calls; the day stays unless the new content tells one."""
    for is_dated in (True, False):
        part = [dict(row) for row in rows if bool(row["started_at"]) is is_dated]
        for row in part:
            row.pop("call_id")
            if is_dated:
                row["day"] = row["started_at"].date()
        if part:
            connection.execute(update(CallRow).where(CallRow.id == bindparam("its_id")), part)


def _stored_verdicts(connection: Connection, keys: Sequence[int]) -> dict[int, dict[str, tuple[int, bool]]]:
    """Give of each call the number of each verdict by its basis, and whether it is current."""
    found: dict[int, dict[str, tuple[int, bool]]] = {}
    columns = (VerdictRow.call_pk, VerdictRow.basis, VerdictRow.id, VerdictRow.is_current)
    for part in chunks(keys):
        for row in connection.execute(select(*columns).where(VerdictRow.call_pk.in_(part))):
            found.setdefault(row.call_pk, {})[row.basis] = (row.id, row.is_current)
    return found


def _set_current(connection: Connection, verdict_ids: Sequence[int], *, is_current: bool) -> None:
    for part in chunks(verdict_ids):
        connection.execute(update(VerdictRow).where(VerdictRow.id.in_(part)).values(is_current=is_current))


def _insert_verdicts(
    connection: Connection, rows: Sequence[dict[str, Any]], verdicts: Mapping[int, CallVerdict]
) -> None:
    if not rows:
        return
    # Rows are inserted without RETURNING: both drivers are faster with a plain executemany and one query after it.
    connection.execute(insert(VerdictRow), rows)
    triggers = []
    for part in chunks([row["call_pk"] for row in rows]):
        query = select(VerdictRow.call_pk, VerdictRow.id).where(VerdictRow.call_pk.in_(part), VerdictRow.is_current)
        for key, verdict_id in connection.execute(query):
            triggers += [{"verdict_id": verdict_id, **trigger} for trigger in trigger_rows(verdicts[key])]
    if triggers:
        connection.execute(insert(TriggerRow), triggers)
