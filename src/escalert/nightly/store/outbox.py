"""Deliveries: what is to be sent, what was sent, and what went wrong."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from escalert.nightly.store.database import Database
from escalert.nightly.store.keys import AnyRow, AnySelect, chunks
from escalert.nightly.store.run_entries import Delivery
from escalert.nightly.store.tables import DeliveryRow

COLUMNS = tuple(DeliveryRow.__table__.columns)
GIVEN = ("key", "run_id", "kind", "target", "payload", "payload_ref")
LONGEST_ERROR = 500


class Outbox:
    """``store.outbox``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def enqueue(self, deliveries: Iterable[Delivery]) -> int:
        """Put deliveries into the outbox in one transaction; keys that are there already stay as they are.

        Returns
        -------
        int
            How many were put in.
        """
        given = {delivery.key: delivery for delivery in deliveries}

        def work(connection: Connection) -> int:
            now = self._database.now(connection)
            there = _keys(connection, list(given))
            start = {"state": "pending", "attempts": 0, "created_at": now, "next_try_at": now}
            rows = [
                {name: getattr(delivery, name) for name in GIVEN} | start
                for key, delivery in given.items()
                if key not in there
            ]
            if rows:
                connection.execute(insert(DeliveryRow), rows)
            return len(rows)

        return self._database.write(work)

    def pending(self, due: datetime | None = None) -> list[Delivery]:
        """Give the deliveries that are still to be made, oldest first; with `due`, those whose next try has come."""
        query = select(*COLUMNS).where(DeliveryRow.state == "pending")
        if due is not None:
            query = query.where(DeliveryRow.next_try_at <= due)
        return self._all(query.order_by(DeliveryRow.created_at, DeliveryRow.key))

    def of_run(self, run_id: str) -> list[Delivery]:
        """Give all deliveries of a run, in the order of their keys."""
        return self._all(select(*COLUMNS).where(DeliveryRow.run_id == run_id).order_by(DeliveryRow.key))

    def delivered(self, key: str) -> None:
        """Note that a delivery was made."""
        self._note(key, lambda now: {"state": "delivered", "delivered_at": now, "last_error": None})

    def failed(self, key: str, error: str, next_try_at: datetime) -> None:
        """Note that a try went wrong, and when the next one is due."""
        self._note(key, lambda now: {"last_error": error[:LONGEST_ERROR], "next_try_at": next_try_at})

    def give_up(self, key: str, error: str) -> None:
        """Note that a delivery will not be tried again."""
        self._note(key, lambda now: {"state": "given_up", "last_error": error[:LONGEST_ERROR]})

    def _note(self, key: str, changes: Any) -> None:
        def work(connection: Connection) -> None:
            noted = changes(self._database.now(connection))
            own = update(DeliveryRow).where(DeliveryRow.key == key, DeliveryRow.state == "pending")
            connection.execute(own.values(**noted, attempts=DeliveryRow.attempts + 1))

        self._database.write(work)

    def _all(self, query: AnySelect) -> list[Delivery]:
        rows = self._database.read(lambda connection: connection.execute(query).all())
        return [_delivery(row) for row in rows]


def _keys(connection: Connection, keys: list[str]) -> set[str]:
    found: set[str] = set()
    for part in chunks(keys):
        found |= set(connection.scalars(select(DeliveryRow.key).where(DeliveryRow.key.in_(part))))
    return found


def _delivery(row: AnyRow) -> Delivery:
    return Delivery(**row._asdict())
