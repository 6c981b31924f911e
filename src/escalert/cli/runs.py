"""``escalert runs``."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from escalert.cli.console import Quiet, Verbose, say, show_table
from escalert.cli.stores import DEFAULT_CONFIG, ConfigFile, open_config_store

if TYPE_CHECKING:
    from rich.table import Table

    from escalert.nightly.store import Delivery, RunEntry

COUNTED = ("read", "new", "corrected", "rescored", "skipped", "flagged", "missed")


def runs_command(
    last: Annotated[int, typer.Option("--last", min=1, help="How many, the latest night first.", metavar="N")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
    config: ConfigFile = DEFAULT_CONFIG,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """List the last runs of the nightly job with what they found, and the deliveries that are pending.

    Example: escalert runs --last 7
    """
    _, store = open_config_store(config)
    with store:
        found, pending = store.runs.last(last), store.outbox.pending()
    if as_json:
        given = {"runs": list(map(_run, found)), "pending": list(map(_delivery, pending))}
        say(json.dumps(given, indent=2, ensure_ascii=False))
        return
    if not found:
        say("No night was run yet.")
        return
    show_table(_runs_table(found))
    if pending:
        say(f"pending deliveries: {len(pending):,}; the next run tries them again:")
        show_table(_pending_table(pending))


def _runs_table(runs: list[RunEntry]) -> Table:
    from rich.markup import escape
    from rich.table import Table

    table = Table()
    for name in ("run", "state", "starts", "began (UTC)", "took", "model", *COUNTED, "pending", "note"):
        table.add_column(name, justify="right" if name in (*COUNTED, "starts", "took", "pending") else "left")
    for run in runs:
        counts = (f"{run.counts[name]:,}" if name in run.counts else "" for name in COUNTED)
        began = f"{run.started_at:%Y-%m-%d %H:%M}"
        table.add_row(
            *(run.run_id, run.state, str(run.attempts), began, _duration(run), escape(run.model_name), *counts),
            *(f"{run.pending:,}" if run.pending else "", escape(_note(run))),
        )
    return table


def _pending_table(pending: list[Delivery]) -> Table:
    from rich.markup import escape
    from rich.table import Table

    table = Table("run", "delivery", "to", "tries", "next try (UTC)", "last error")
    for each in pending:
        due = f"{each.next_try_at:%Y-%m-%d %H:%M}" if each.next_try_at else ""
        told = (each.run_id, each.kind, each.target, str(each.attempts), due, each.last_error or "")
        table.add_row(*map(escape, told))
    return table


def _note(run: RunEntry) -> str:
    return run.log[0] if run.state == "failed" and run.log else ""


def _duration(run: RunEntry) -> str:
    if run.finished_at is None:
        return ""
    seconds = round((run.finished_at - run.started_at).total_seconds())
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def _run(run: RunEntry) -> dict[str, Any]:
    return {
        "run_id": run.run_id,
        "for_date": run.for_date.isoformat(),
        "kind": run.kind,
        "state": run.state,
        "model": {"name": run.model_name, "version": run.model_version},
        "starts": run.attempts,
        "started_at": _time(run.started_at),
        "finished_at": _time(run.finished_at),
        "counts": dict(run.counts),
        "pending": run.pending,
        "log": list(run.log),
        "measures": dict(run.measures),
    }


def _delivery(delivery: Delivery) -> dict[str, Any]:
    return {
        "key": delivery.key,
        "run_id": delivery.run_id,
        "kind": delivery.kind,
        "target": delivery.target,
        "tries": delivery.attempts,
        "created_at": _time(delivery.created_at),
        "next_try_at": _time(delivery.next_try_at),
        "last_error": delivery.last_error,
    }


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
