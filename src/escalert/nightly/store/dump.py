"""All that a store holds, in lines that depend on the content alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from sqlalchemy import select

from escalert.nightly.store.database import Database
from escalert.nightly.store.keys import AnyRow, AnySelect
from escalert.nightly.store.tables import (
    Base,
    CallRow,
    DeliveryRow,
    RecordRow,
    ReviewRow,
    RunRow,
    TriggerRow,
    VerdictRow,
    WorklistRow,
)

CLOCK = {"started_at", "finished_at", "received_at", "created_at", "next_try_at", "delivered_at", "reviewed_at"}
NUMBERS = {"id", "call_pk", "verdict_id"}
TRIES = {"attempts", "last_error"}
OF_THE_CALL = "started_at"
"""The one column under a name of `CLOCK` that is content: when a call began."""


def dump_lines(database: Database) -> Iterator[str]:
    """Give one line of JSON per row, table by table."""
    for table, query in _queries():
        with database.engine.connect() as connection:
            for row in connection.execution_options(yield_per=1000).execute(query):
                yield json.dumps({"table": table, **_content(row)}, default=str, sort_keys=True, ensure_ascii=False)


def _content(row: AnyRow) -> dict[str, Any]:
    return dict(row._mapping)


def _queries() -> Iterator[tuple[str, AnySelect]]:
    yield "runs", select(*_columns(RunRow)).order_by(RunRow.run_id)
    yield "calls", select(*_columns(CallRow), CallRow.started_at).order_by(CallRow.call_id)
    verdicts = select(CallRow.call_id, *_columns(VerdictRow)).join(CallRow)
    yield "verdicts", verdicts.order_by(CallRow.call_id, VerdictRow.basis)
    triggers = select(CallRow.call_id, VerdictRow.basis, *_columns(TriggerRow)).select_from(TriggerRow)
    triggers = triggers.join(VerdictRow).join(CallRow)
    yield "triggers", triggers.order_by(CallRow.call_id, VerdictRow.basis, TriggerRow.label)
    yield "records", select(*_columns(RecordRow)).order_by(RecordRow.call_id, RecordRow.content_hash)
    for row, last in ((WorklistRow, WorklistRow.listed_as), (ReviewRow, ReviewRow.reviewer)):
        of_calls = select(CallRow.call_id, *_columns(row)).select_from(row).join(CallRow)
        yield row.__tablename__, of_calls.order_by(row.run_id, CallRow.call_id, last)
    yield "deliveries", select(*_columns(DeliveryRow)).order_by(DeliveryRow.key)


def _columns(table: type[Base]) -> list[Any]:
    left_out = CLOCK | NUMBERS | TRIES
    return [column for column in table.__table__.columns if column.key not in left_out]
