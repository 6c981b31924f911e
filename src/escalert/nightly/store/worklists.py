"""What each run put before the team, and what people said of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, case, delete, insert, select

from escalert.nightly.store.database import Database
from escalert.nightly.store.keys import AnySelect, chunks, known_calls
from escalert.nightly.store.run_entries import Review, WorklistEntry
from escalert.nightly.store.tables import CallRow, ReviewRow, RunRow, WorklistRow

LISTED = ("listed_as", "rank", "priority", "inclusion_probability", "details")
REVIEWED = ("reviewer", "warranted", "escalated", "note", "reviewed_at")


class Worklists:
    """``store.worklists``: the missed escalations and the audit sample of each run, and the reviews of both."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def write(self, run_id: str, entries: Iterable[WorklistEntry]) -> None:
        """Set the lists of a run; those it had are replaced.

        Raises
        ------
        KeyError
            For a call that the store does not hold.
        """
        listed = list(entries)

        def work(connection: Connection) -> None:
            keys = known_calls(connection, [entry.call_id for entry in listed])
            rows = [
                {"run_id": run_id, "call_pk": keys[entry.call_id][0], **_columns(entry, LISTED)} for entry in listed
            ]
            connection.execute(delete(WorklistRow).where(WorklistRow.run_id == run_id))
            if rows:
                connection.execute(insert(WorklistRow), rows)

        self._database.write(work)

    def of_run(self, run_id: str) -> list[WorklistEntry]:
        """Give the lists of a run: missed before audit, each by rank."""
        query = in_order(select(CallRow.call_id, *_attributes(WorklistRow, LISTED)).join(CallRow))
        query = query.where(WorklistRow.run_id == run_id)
        rows = self._database.read(lambda connection: connection.execute(query).all())
        return [WorklistEntry(**row._asdict()) for row in rows]

    def entries_of(self, call_ids: Sequence[str]) -> dict[str, list[tuple[str, WorklistEntry]]]:
        """Give by call the runs that put it before the team, the first night first, each with its entry."""
        listed = _attributes(WorklistRow, LISTED)
        query = select(WorklistRow.run_id, CallRow.call_id, *listed).select_from(WorklistRow).join(CallRow).join(RunRow)
        asked = query.order_by(RunRow.for_date, WorklistRow.run_id)

        def work(connection: Connection) -> dict[str, list[tuple[str, WorklistEntry]]]:
            found: dict[str, list[tuple[str, WorklistEntry]]] = {}
            for part in chunks(call_ids):
                for run_id, *entry in connection.execute(asked.where(CallRow.call_id.in_(part))):
                    found.setdefault(entry[0], []).append((run_id, WorklistEntry(*entry)))
            return found

        return self._database.read(work)

    def write_reviews(self, reviews: Iterable[Review]) -> None:
        """Store reviews; a reviewer's second word on a call of a run replaces the first.

        Raises
        ------
        KeyError
            For a call that the store does not hold.
        """
        given = list(reviews)

        def work(connection: Connection) -> None:
            keys = known_calls(connection, [review.call_id for review in given])
            now = self._database.now(connection)
            for review in given:
                place = {"run_id": review.run_id, "call_pk": keys[review.call_id][0], "reviewer": review.reviewer}
                connection.execute(delete(ReviewRow).filter_by(**place))
                row = _columns(review, REVIEWED) | place | {"reviewed_at": review.reviewed_at or now}
                connection.execute(insert(ReviewRow).values(**row))

        self._database.write(work, fenced=False)

    def reviewed(self, since: date | None = None) -> list[tuple[WorklistEntry, Review]]:
        """Give the reviews of runs since that night, each with the entry it is about; by night, list and rank."""
        query = _reviewed()
        if since is not None:
            query = query.where(RunRow.for_date >= since)
        rows = self._database.read(lambda connection: connection.execute(query).all())
        n_listed = 1 + len(LISTED)
        return [
            (
                WorklistEntry(*row[:n_listed]),
                Review(row.call_id, row.run_id, *row[-len(REVIEWED) :]),
            )
            for row in rows
        ]


def in_order(query: AnySelect) -> AnySelect:
    """Order by list, missed escalations first, and rank."""
    return query.order_by(case((WorklistRow.listed_as == "missed", 0), else_=1), WorklistRow.rank)


def _reviewed() -> AnySelect:
    listed, said = _attributes(WorklistRow, LISTED), _attributes(ReviewRow, REVIEWED)
    same = (WorklistRow.run_id == ReviewRow.run_id) & (WorklistRow.call_pk == ReviewRow.call_pk)
    query = (
        select(CallRow.call_id, *listed, ReviewRow.run_id, *said)
        .select_from(ReviewRow)
        .join(WorklistRow, same)
        .join(CallRow, CallRow.id == ReviewRow.call_pk)
        .join(RunRow, RunRow.run_id == ReviewRow.run_id)
    )
    return in_order(query.order_by(RunRow.for_date, ReviewRow.run_id)).order_by(ReviewRow.reviewer)


def _attributes(table: type[Any], names: Sequence[str]) -> list[Any]:
    return [getattr(table, name) for name in names]


def _columns(entry: Any, names: Sequence[str]) -> dict[str, Any]:
    return {name: getattr(entry, name) for name in names}
