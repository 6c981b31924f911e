"""The runs of the job."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from escalert.nightly.store.database import Database
from escalert.nightly.store.keys import AnyRow
from escalert.nightly.store.run_entries import RunEntry, RunKind
from escalert.nightly.store.tables import DeliveryRow, RunRow

COLUMNS = tuple(RunRow.__table__.columns)


class Runs:
    """``store.runs``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, for_date: date, kind: RunKind, model_name: str, model_version: str) -> RunEntry:
        """Begin a run, or take up again the run of the same night (of a rescore: and of the same model)."""
        run_id = run_id_of(for_date, kind, model_name, model_version)
        model = {"model_name": model_name, "model_version": model_version}

        def work(connection: Connection) -> None:
            begun = {**model, "state": "running", "started_at": self._database.now(connection), "finished_at": None}
            again = update(RunRow).where(RunRow.run_id == run_id).values(**begun, attempts=RunRow.attempts + 1)
            if not connection.execute(again).rowcount:
                first = {"run_id": run_id, "for_date": for_date, "kind": kind, "attempts": 1, "counts": {}, "log": []}
                connection.execute(insert(RunRow).values(**first, **begun))

        self._database.write(work)
        return self._there(run_id)

    def finish(
        self, run_id: str, counts: Mapping[str, int], measures: Mapping[str, Any] | None = None, log: Sequence[str] = ()
    ) -> RunEntry:
        """Close a run with what it found; `log` replaces what an earlier start of the same run said."""
        said = {"counts": dict(counts), "measures": dict(measures or {}), "log": list(log)}
        self._close(run_id, {"state": "finished", **said})
        return self._there(run_id)

    def fail(self, run_id: str, why: str) -> None:
        """Note that a run ended by an error; the next one takes up what it left."""
        self._close(run_id, {"state": "failed", "log": [why]})

    def get(self, run_id: str) -> RunEntry | None:
        """Give one run."""
        query = select(*COLUMNS, _pending()).where(RunRow.run_id == run_id)
        row = self._database.read(lambda connection: connection.execute(query).first())
        return None if row is None else _entry(row)

    def last(self, n: int = 20) -> list[RunEntry]:
        """Give the last runs, newest first, each with the number of its pending deliveries."""
        query = select(*COLUMNS, _pending()).order_by(RunRow.for_date.desc(), RunRow.started_at.desc()).limit(n)
        rows = self._database.read(lambda connection: connection.execute(query).all())
        return [_entry(row) for row in rows]

    def unfinished(self, kind: RunKind) -> list[RunEntry]:
        """Give the runs of a kind that were begun and not finished, the first night first."""
        query = select(*COLUMNS, _pending()).where(RunRow.kind == kind, RunRow.state != "finished")
        rows = self._database.read(lambda connection: connection.execute(query.order_by(RunRow.for_date)).all())
        return [_entry(row) for row in rows]

    def _there(self, run_id: str) -> RunEntry:
        found = self.get(run_id)
        assert found is not None
        return found

    def _close(self, run_id: str, said: Mapping[str, Any]) -> None:
        def work(connection: Connection) -> None:
            ended = {**said, "finished_at": self._database.now(connection)}
            connection.execute(update(RunRow).where(RunRow.run_id == run_id).values(**ended))

        self._database.write(work)


def run_id_of(for_date: date, kind: RunKind, model_name: str, model_version: str) -> str:
    """Name a run, so that the same night started twice is one run."""
    day = for_date.isoformat()
    return day if kind == "nightly" else f"{day}-{kind}-{model_name}-{model_version}"


def _pending() -> Any:
    owed = select(func.count()).where(DeliveryRow.run_id == RunRow.run_id, DeliveryRow.state == "pending")
    return owed.scalar_subquery().label("pending")


def _entry(row: AnyRow) -> RunEntry:
    fields = row._asdict()
    return RunEntry(**{**fields, "log": tuple(fields["log"]), "measures": fields["measures"] or {}})
