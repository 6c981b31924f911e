"""Counts over the current verdicts, for trends and control limits."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from typing import Any, Literal

from sqlalchemy import and_, case, exists, func, literal, select
from sqlalchemy.orm import aliased

from escalert.nightly.store.database import Database
from escalert.nightly.store.keys import AnySelect
from escalert.nightly.store.run_entries import FlagCount, OutcomeCount
from escalert.nightly.store.tables import CallRow, TriggerRow, VerdictRow

Period = Literal["day", "week"]
OUTCOMES = ("flagged", "warranted", "escalated", "missed")


class Counts:
    """``store.counts``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def flags(
        self,
        since: date,
        until: date,
        per: Period = "day",
        queue: str | None = None,
        model: tuple[str, str] | None = None,
    ) -> list[FlagCount]:
        """Count the flagged calls of each trigger in each period that has calls; by period, then label.

        A label that was flagged at all between both days stands in every period, with 0 where it was not.

        Parameters
        ----------
        model : tuple of str, optional
            Name and version of the model whose verdicts are counted; otherwise those of all.
        """
        of_model = [] if model is None else [VerdictRow.model_name == model[0], VerdictRow.model_version == model[1]]
        by_day = select(CallRow.day, literal(""), func.count()).where(*of_model)
        calls = self._summed(_between(by_day, since, until, queue), per)
        by_label = select(CallRow.day, TriggerRow.label, func.count()).where(*of_model)
        triggers = _between(by_label, since, until, queue).join(TriggerRow, TriggerRow.verdict_id == VerdictRow.id)
        flagged = self._summed(triggers.group_by(TriggerRow.label), per)
        labels = sorted({label for _, label in flagged})
        return [
            FlagCount(period, label, n_calls[0], flagged.get((period, label), [0])[0])
            for (period, _), n_calls in sorted(calls.items())
            for label in labels
        ]

    def outcomes(
        self, since: date, until: date, per: Period = "day", by: Literal["queue", "agent"] | None = None
    ) -> list[OutcomeCount]:
        """Count calls, flagged, warranted, escalated and missed ones; by period, then group."""
        columns: dict[str | None, Any] = {"queue": CallRow.queue, "agent": CallRow.agent_id}
        group = func.coalesce(columns[by], "") if by else literal("")
        query = _between(select(CallRow.day, group, func.count(), *map(_number, OUTCOMES)), since, until)
        counted = self._summed(query.group_by(group) if by else query, per)
        return [OutcomeCount(*place, *numbers) for place, numbers in sorted(counted.items())]

    def of_run(self, run_id: str) -> dict[str, int]:
        """Count what a run brought.

        ``calls`` are those whose current verdict it gave; of them ``new``, ``corrected`` (of other content than an
        earlier verdict), ``flagged``, ``warranted``, ``escalated`` and ``missed``.
        """
        older = aliased(VerdictRow)
        other = and_(older.call_pk == VerdictRow.call_pk, older.content_hash != VerdictRow.content_hash)
        is_new = func.coalesce(func.sum(case((CallRow.run_id == run_id, 1), else_=0)), 0)
        is_corrected = func.coalesce(func.sum(case((exists().where(other), 1), else_=0)), 0)
        query = select(func.count(), is_new, is_corrected, *map(_number, OUTCOMES)).select_from(VerdictRow)
        of_this = query.join(CallRow, CallRow.id == VerdictRow.call_pk).where(
            VerdictRow.run_id == run_id, VerdictRow.is_current
        )
        row = self._database.read(lambda connection: connection.execute(of_this).one())
        return dict(zip(("calls", "new", "corrected", *OUTCOMES), map(int, row), strict=True))

    def _summed(self, query: AnySelect, per: Period) -> dict[tuple[date, str], list[int]]:
        """Run a query of day, group and numbers, and add the days of each period up."""
        rows = self._database.read(lambda connection: connection.execute(query).all())
        found: dict[tuple[date, str], Counter[int]] = {}
        for day, group, *numbers in rows:
            period = day - timedelta(days=day.weekday()) if per == "week" else day
            found.setdefault((period, group), Counter()).update(dict(enumerate(map(int, numbers))))
        return {place: [count[n] for n in range(max(count) + 1)] for place, count in found.items()}


def _between(query: AnySelect, since: date, until: date, queue: str | None = None) -> AnySelect:
    joined = query.select_from(VerdictRow).join(CallRow, CallRow.id == VerdictRow.call_pk)
    current = joined.where(VerdictRow.is_current, CallRow.day.between(since, until)).group_by(CallRow.day)
    return current if queue is None else current.where(CallRow.queue == queue)


def _number(outcome: str) -> Any:
    return func.coalesce(func.sum(case((getattr(VerdictRow, outcome), 1), else_=0)), 0)
