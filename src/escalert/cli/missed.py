"""``escalert missed``."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from escalert.cli.console import Quiet, Verbose, say, show_problems, show_table
from escalert.cli.inputs import exit_code
from escalert.cli.stores import DEFAULT_CONFIG, ConfigFile, day_ago, open_config_store
from escalert.errors import ReadProblem, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.table import Table

    from escalert.nightly.config import NightlyConfig
    from escalert.nightly.missed_list import MissedCall
    from escalert.nightly.store import Store

MOST_SHOWN = 50
QUOTE_CHARACTERS = 60
MISSED = "missed escalation"


def missed_command(
    since: Annotated[str, typer.Option("--since", help="Calls since: 7d, 2w or a date.")] = "7d",
    queue: Annotated[str | None, typer.Option("--queue", help="Calls of this queue alone.")] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Write them as CSV, with columns for the reviewer to fill in.")
    ] = None,
    audit: Annotated[
        bool, typer.Option("--audit", help="With --out: add the audit samples of these nights, to be reviewed, too.")
    ] = False,
    reviews: Annotated[
        Path | None,
        typer.Option("--reviews", help="Store what a reviewer filled in, in the CSV of a night or of --out."),
    ] = None,
    reviewer: Annotated[
        str | None, typer.Option("--reviewer", help="With --reviews: the name for rows that tell none.")
    ] = None,
    config: ConfigFile = DEFAULT_CONFIG,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an output that exists.")] = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> int:
    """List the missed escalations of the last days, or store what reviewers found.

    Example: escalert missed --since 7d --queue billing --out missed.csv --audit
    """
    if reviews is not None and out is not None:
        raise UsageError("--reviews reads and --out writes: use one of them")
    if audit and out is None:
        raise UsageError("--audit adds to a file: name it with --out FILE.csv")
    first = day_ago(since, date.today())
    settings, store = open_config_store(config)
    with store:
        if reviews is not None:
            return _store_reviews(store, settings, reviews, reviewer)
        if out is not None:
            _write(store, settings, out, first, queue, audit=audit, overwrite=overwrite)
        else:
            _show(store, settings, first, queue)
    return 0


def _store_reviews(store: Store, settings: NightlyConfig, path: Path, reviewer: str | None) -> int:
    from escalert.nightly.delivery.screen import Screen
    from escalert.nightly.review_file import read_reviews
    from escalert.nightly.reviews import recall_of

    problems: list[ReadProblem] = []
    read = read_reviews(store, path, Screen.of(settings.privacy).identifier, problems.append, reviewer)
    store.worklists.write_reviews(read.reviews)
    show_problems(problems)
    runs = {review.run_id for review in read.reviews}
    left = f"; rows not filled in yet: {read.n_open:,}" if read.n_open else ""
    say(f"{_counted(len(read.reviews), 'review')} of {_counted(len(runs), 'night')} stored{left}.")
    if last := store.runs.last(1):
        say(recall_of(store, last[0]).sentence)
    return exit_code(problems)


def _write(
    store: Store, settings: NightlyConfig, out: Path, since: date, queue: str | None, *, audit: bool, overwrite: bool
) -> None:
    from escalert.nightly.missed_list import audit_samples, by_night, missed_calls
    from escalert.nightly.missed_table import nights_table
    from escalert.wholefile import refuse_existing, whole_file

    if out.suffix.lower() != ".csv":
        raise UsageError(f"{out}: the list is written as .csv, found {out.suffix or 'none'!r}")
    refuse_existing(out, overwrite=overwrite)
    calls = [call for call in missed_calls(store, since, queue) if not (audit and call.is_audited)]
    nights = by_night(store, calls)
    nights += audit_samples(store, since, queue) if audit else []
    with whole_file(out, overwrite=overwrite) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        file.writelines(nights_table(store, nights, settings.privacy))
    n_missed, n_audit = sum(len(night.missed) for night in nights), sum(len(night.audit) for night in nights)
    say(_counted(n_missed, MISSED) + (f" and {_counted(n_audit, 'audited call')}" if audit else "") + f": {out}")


def _show(store: Store, settings: NightlyConfig, since: date, queue: str | None) -> None:
    from escalert.nightly.missed_list import missed_calls

    calls = missed_calls(store, since, queue)
    of_queue = f" of the queue {queue}" if queue is not None else ""
    n_reviewed = sum(bool(call.reviews) for call in calls)
    say(f"{_counted(len(calls), MISSED)} since {since}{of_queue}; {n_reviewed:,} of them reviewed.")
    if calls:
        show_table(_table(store, settings, calls[:MOST_SHOWN]))
    if len(calls) > MOST_SHOWN:
        say(f"{len(calls) - MOST_SHOWN:,} more: write them all with --out FILE.csv")


def _table(store: Store, settings: NightlyConfig, calls: Sequence[MissedCall]) -> Table:
    from rich.markup import escape
    from rich.table import Table

    from escalert.nightly.missed_table import shown_calls

    table = Table()
    for name in ("call", "day", "queue", "agent", "priority", "probability", "repeat", "review"):
        table.add_column(name)
    table.add_column("quote", no_wrap=True, overflow="ellipsis", max_width=QUOTE_CHARACTERS)
    for call, (shown, quote) in zip(calls, shown_calls(store, calls, settings.privacy), strict=True):
        stored = shown.stored
        repeat = f"{len(shown.earlier) + 1}." if shown.earlier else ""
        named = (stored.call_id, str(stored.day), stored.queue or "", stored.agent_id or "", shown.priority)
        figures = (f"{shown.probability:.0%}", repeat, call.reviewed)
        table.add_row(*map(escape, named), *figures, escape(quote))
    return table


def _counted(n: int, what: str) -> str:
    return f"{n:,} {what}" + ("s" if n != 1 else "")
