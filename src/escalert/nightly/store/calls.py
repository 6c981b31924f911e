"""The calls that the store holds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from sqlalchemy import and_, not_, select

from escalert.nightly.store.content import call_from_document
from escalert.nightly.store.database import Database
from escalert.nightly.store.keys import AnyRow, AnySelect, chunks, known_calls
from escalert.nightly.store.pages import fetch_rows, in_pages
from escalert.nightly.store.tables import CallRow, VerdictRow
from escalert.records import Call

WHOLE = (CallRow.call_id, CallRow.content_hash, CallRow.day, CallRow.origin, CallRow.warnings, CallRow.transcript)


class Calls:
    """``store.calls``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def known_hashes(self, call_ids: Sequence[str]) -> dict[str, str]:
        """Give the content hashes of those calls that the store holds."""
        known = self._database.read(lambda connection: known_calls(connection, call_ids))
        return {call_id: content for call_id, (_, content) in known.items()}

    def get(self, call_id: str) -> Call | None:
        """Give a call as it was read; None if it is not there or its text was deleted."""
        query = select(*WHOLE).where(CallRow.call_id == call_id, CallRow.transcript.is_not(None))
        row = self._database.read(lambda connection: connection.execute(query).first())
        return None if row is None else _call(row)

    def texts_of(self, call_ids: Sequence[str]) -> Iterator[Call]:
        """Go through those calls whose text is there, in the order of the ids."""
        for part in chunks(call_ids):
            query = select(*WHOLE).where(CallRow.call_id.in_(part), CallRow.transcript.is_not(None))
            rows = self._database.read(lambda connection, query=query: connection.execute(query).all())  # type: ignore[misc]
            found = {row.call_id: row for row in rows}
            yield from (_call(found[call_id]) for call_id in part if call_id in found)

    def not_judged_by(
        self, model_name: str, model_version: str, since: date | None = None, until: date | None = None
    ) -> Iterator[tuple[Call, str]]:
        """Go through calls whose current verdict is not by this model, each with its content hash.

        Calls whose text was deleted are passed over. Verdicts may be written meanwhile; an interrupted pass, begun
        again, goes on where it stopped.
        """
        this_model = and_(VerdictRow.model_name == model_name, VerdictRow.model_version == model_version)
        current = and_(VerdictRow.call_pk == CallRow.id, VerdictRow.is_current)
        yield from self._pass(select(*WHOLE).join(VerdictRow, current).where(not_(this_model)), since, until)

    def stored(self, since: date | None = None, until: date | None = None) -> Iterator[tuple[Call, str]]:
        """Go through all calls whose text is there, in the order of day and id, each with its content hash."""
        yield from self._pass(select(*WHOLE), since, until)

    def _pass(self, query: AnySelect, since: date | None, until: date | None) -> Iterator[tuple[Call, str]]:
        asked = query.where(CallRow.transcript.is_not(None))
        if since is not None:
            asked = asked.where(CallRow.day >= since)
        if until is not None:
            asked = asked.where(CallRow.day <= until)
        for rows, _ in in_pages(self._database, asked, fetch_rows):
            yield from ((_call(row), row.content_hash) for row in rows)


def _call(row: AnyRow) -> Call:
    return call_from_document(row.call_id, row.transcript, row.origin, tuple(row.warnings))
