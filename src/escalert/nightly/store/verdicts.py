"""The verdicts: current ones, and the history of each call."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, time

from sqlalchemy import Connection, func, select

from escalert.nightly.store.batch import Occasion, write_batch, write_verdicts
from escalert.nightly.store.database import Database
from escalert.nightly.store.entries import (
    BatchWritten,
    CallFigures,
    CallOutline,
    ScoredCall,
    Selection,
    StoredVerdict,
)
from escalert.nightly.store.judgement import figures_from
from escalert.nightly.store.keys import known_calls
from escalert.nightly.store.pages import (
    LARGE_PAGE,
    evidence_of,
    fetch_rows,
    in_pages,
    pages,
    selected,
    stored_verdict,
    verdict_query,
)
from escalert.nightly.store.tables import CallRow, RunRow, VerdictRow
from escalert.records import CallVerdict


class Verdicts:
    """``store.verdicts``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def write_batch(self, run_id: str, scored: Sequence[ScoredCall]) -> BatchWritten:
        """Store calls and their verdicts in one transaction: all of them or none.

        Writing the same again changes nothing. A call of other content replaces the stored one; a verdict of other
        content, model, thresholds or record becomes the current one, and the old one stays in the history.

        Raises
        ------
        LeaseLostError
            If another run has taken over; nothing was written.
        StoreUnreachableError
            If the store does not answer for longer than its patience.
        """
        return self._database.write(lambda connection: write_batch(connection, self._on(connection, run_id), scored))

    def revise(self, run_id: str, verdicts: Sequence[CallVerdict]) -> int:
        """Make other verdicts the current ones of stored calls, as late records ask for; give how many changed.

        Raises
        ------
        KeyError
            For a call that the store does not hold.
        """

        def work(connection: Connection) -> int:
            known = known_calls(connection, [verdict.call_id for verdict in verdicts])
            judged = [(known[verdict.call_id][0], verdict, known[verdict.call_id][1]) for verdict in verdicts]
            return write_verdicts(connection, self._on(connection, run_id), judged)

        return self._database.write(work)

    def current(self, selection: Selection | None = None) -> Iterator[StoredVerdict]:
        """Go through current verdicts, in the order of day and call id, holding a page of them at a time.

        Lists of ids in the selection may hold some thousands.
        """
        for _, verdicts in pages(self._database, selected(verdict_query(), selection or Selection())):
            yield from verdicts

    def outlines(self, selection: Selection) -> Iterator[CallOutline]:
        """Go through the same calls as `current`, many times as fast, with the little that an outline holds."""
        columns = (CallRow.call_id, CallRow.day, CallRow.customer_id, CallRow.started_at)
        judged = (VerdictRow.priority, VerdictRow.missed, VerdictRow.record)
        query = select(*columns, *judged).join(VerdictRow, VerdictRow.call_pk == CallRow.id)
        for rows, _ in in_pages(self._database, selected(query, selection), fetch_rows, LARGE_PAGE):
            for row in rows:
                at = row.started_at or datetime.combine(row.day, time.min, UTC)
                yield CallOutline(row.call_id, row.customer_id, at, row.priority, row.missed, row.record)

    def figures(self, selection: Selection) -> Iterator[CallFigures]:
        """Go through the same calls as `current`, with their figures only."""
        columns = (CallRow.call_id, CallRow.day, VerdictRow.counts, VerdictRow.probabilities)
        query = select(*columns).join(VerdictRow, VerdictRow.call_pk == CallRow.id)
        for rows, _ in in_pages(self._database, selected(query, selection), fetch_rows, LARGE_PAGE):
            yield from (figures_from(*row) for row in rows)

    def count(self, selection: Selection | None = None) -> int:
        """Count current verdicts."""
        query = select(func.count()).select_from(VerdictRow).join(CallRow, CallRow.id == VerdictRow.call_pk)
        asked = selected(query, selection or Selection())
        return self._database.read(lambda connection: int(connection.execute(asked).scalar_one()))

    def get(self, call_id: str) -> StoredVerdict | None:
        """Give the current verdict of a call."""
        return next(self.current(Selection(call_ids=(call_id,))), None)

    def history(self, call_id: str) -> list[StoredVerdict]:
        """Give all verdicts of a call, oldest first."""
        query = verdict_query().where(CallRow.call_id == call_id).order_by(VerdictRow.id)

        def work(connection: Connection) -> list[StoredVerdict]:
            rows = list(connection.execute(query))
            evidence = evidence_of(connection, [row.id for row in rows])
            return [stored_verdict(row, evidence.get(row.id, {})) for row in rows]

        return self._database.read(work)

    def _on(self, connection: Connection, run_id: str) -> Occasion:
        for_date = connection.execute(select(RunRow.for_date).where(RunRow.run_id == run_id)).scalar_one()
        return Occasion(run_id, for_date, self._database.now(connection))
