"""Which calls the store holds, and long lists in queries."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import Connection, Row, Select, select

from escalert.nightly.store.tables import CallRow

Item = TypeVar("Item")
AnyRow = Row[*tuple[Any, ...]]
AnySelect = Select[*tuple[Any, ...]]
AT_ONCE = 1000
"""Values in one query, far below what either database allows."""


def chunks(items: Sequence[Item], size: int = AT_ONCE) -> Iterator[list[Item]]:
    """Split a sequence into lists of at most `size`."""
    left = iter(items)
    while part := list(islice(left, size)):
        yield part


def known_calls(connection: Connection, call_ids: Sequence[str]) -> dict[str, tuple[int, str]]:
    """Give the numbers and content hashes of those calls that the store holds."""
    found: dict[str, tuple[int, str]] = {}
    for part in chunks(call_ids):
        query = select(CallRow.call_id, CallRow.id, CallRow.content_hash).where(CallRow.call_id.in_(part))
        found |= {row.call_id: (row.id, row.content_hash) for row in connection.execute(query)}
    return found
