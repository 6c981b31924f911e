"""``escalert nightly``."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from escalert.cli.console import (
    DRIFT,
    MANY_MISSED,
    NOTHING_READ,
    PENDING,
    SKIPPED,
    USAGE,
    Quiet,
    Verbose,
    progress,
    say,
    show_error,
)
from escalert.cli.inputs import find_model
from escalert.cli.joblog import job_log, stopped_by_signals
from escalert.cli.stores import DEFAULT_CONFIG, ConfigFile
from escalert.errors import UsageError
from escalert.nightly.events import tell

if TYPE_CHECKING:
    from escalert.nightly.config import NightlyConfig
    from escalert.nightly.dry_run import Plan
    from escalert.nightly.run import NightlyOutcome
    from escalert.nightly.steps import NightDone


def nightly_command(
    config: ConfigFile = DEFAULT_CONFIG,
    day: Annotated[
        datetime | None,
        typer.Option("--date", formats=["%Y-%m-%d"], help="The night; default: today.", metavar="YYYY-MM-DD"),
    ] = None,
    init: Annotated[bool, typer.Option("--init", help="Write a commented configuration that runs as it is.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and write nothing.")] = False,
    rescore: Annotated[
        bool, typer.Option("--rescore", help="Judge stored calls anew whose verdict another model gave.")
    ] = False,
    metrics_file: Annotated[
        Path | None, typer.Option("--metrics-file", help="Write the figures of the night as a Prometheus textfile.")
    ] = None,
    fail_on_drift: Annotated[bool, typer.Option("--fail-on-drift", help="Exit with 6 if the model drifted.")] = False,
    fail_on_missed: Annotated[
        int | None,
        typer.Option("--fail-on-missed", min=1, help="Exit with 10 from N missed escalations on.", metavar="N"),
    ] = None,
    log_json: Annotated[
        bool, typer.Option("--log-json", help="Log to standard error in JSON, one object per line.")
    ] = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> int:
    """Score what the day brought, list missed escalations, deliver the lists, and watch the model.

    Example: escalert nightly --config nightly.toml
    """
    with job_log(as_json=log_json), stopped_by_signals():
        if init:
            return _write_example(config)
        night = day.date() if day else date.today()
        if night > date.today() + timedelta(days=1):
            raise UsageError(f"--date {night} lies in the future; today is {date.today()}")
        if dry_run:
            return _show_plan(_plan(config, night, is_rescore=rescore))
        settings, outcome = _work(config, night, is_rescore=rescore)
        for line in _summary(outcome):
            say(line)
        code = exit_code_of(outcome, fail_on_drift=fail_on_drift, fail_on_missed=fail_on_missed)
        _measure(settings, outcome, metrics_file, code)
        return code


def exit_code_of(outcome: NightlyOutcome, *, fail_on_drift: bool, fail_on_missed: int | None) -> int:
    """Give the exit code of a run that is done; where several hold, the first of 10, 6, 3, 7, 5."""
    nights = outcome.nights
    n_missed = max((done.run.counts["missed"] for done in nights), default=0)
    holds = {
        MANY_MISSED: fail_on_missed is not None and n_missed >= fail_on_missed,
        DRIFT: fail_on_drift and any(done.night.watch.warnings for done in nights),
        NOTHING_READ: bool(nights and outcome.n_skipped and not any(done.run.counts["read"] for done in nights)),
        PENDING: outcome.deliveries.pending > 0 or outcome.deliveries.given_up > 0,
        SKIPPED: outcome.n_skipped > 0,
    }
    return next((code for code, is_so in holds.items() if is_so), 0)


def _write_example(path: Path) -> int:
    from escalert.nightly.config import example
    from escalert.wholefile import whole_file

    with whole_file(path, overwrite=False) as temporary:
        temporary.write_text(example(), "utf-8")
    say(f"{path} is written; try it with: escalert nightly --config {path} --dry-run")
    return 0


def _plan(path: Path, night: date, *, is_rescore: bool) -> Plan:
    from escalert.nightly.config import load_nightly_config
    from escalert.nightly.dry_run import plan_night, plan_rescore

    config = load_nightly_config(path)
    with progress("reading") as advance:
        return (plan_rescore if is_rescore else plan_night)(config, _model(config), night, advance=advance)


def _show_plan(plan: Plan) -> int:
    say("Dry run; nothing is written.")
    for line in plan.lines:
        say(f"{line[:1].upper()}{line[1:]}.")
    for problem in plan.problems:
        show_error(problem)
    if plan.problems:
        return USAGE
    return (SKIPPED if plan.n_read else NOTHING_READ) if plan.n_skipped else 0


def _work(path: Path, night: date, *, is_rescore: bool) -> tuple[NightlyConfig, NightlyOutcome]:
    from escalert.nightly.config import load_nightly_config
    from escalert.nightly.run import rescore, run_nightly

    config = load_nightly_config(path)
    with progress("reading and scoring") as advance:
        work = rescore if is_rescore else run_nightly
        return config, work(config, _model(config), night, advance=advance)


def _measure(config: NightlyConfig, outcome: NightlyOutcome, metrics_file: Path | None, code: int) -> None:
    """Hand the figures on to whoever watches the job; the night is done by then, whatever comes of it."""
    from escalert.nightly.night_tracking import track_night

    for done in outcome.nights:
        if problem := track_night(config, done.run, done.night.watch):
            tell("untracked", problem, logging.WARNING, run_id=done.run.run_id)
    if metrics_file is not None and outcome.nights:
        from escalert.nightly.metrics_file import write_metrics

        last = outcome.nights[-1]
        write_metrics(metrics_file, last.run, last.night.watch, exit_code=code, pending=outcome.deliveries.pending)


def _model(config: NightlyConfig) -> str:
    """Name the model; the promoted one is looked for beside the configuration, too: schedulers start anywhere."""
    from escalert.persistence import default_model

    if config.model.name is None and not os.environ.get("ESCALERT_MODELS"):
        beside = default_model(config.folder / "models")
        if beside is not None:
            return str(beside)
    return find_model(config.model.name)


def _summary(outcome: NightlyOutcome) -> Iterator[str]:
    yield from map(_night_line, outcome.nights)
    if outcome.rescored is not None:
        run = outcome.rescored
        yield (
            f"{run.run_id}: {run.counts['rescored']:,} stored calls judged anew by {run.model_name} "
            f"{run.model_version}; {run.counts['flagged']:,} flagged, {run.counts['missed']:,} missed"
        )
    sent = outcome.deliveries
    if sent.delivered or sent.pending or sent.given_up:
        yield f"deliveries: {sent.delivered:,} made, {sent.pending:,} pending, {sent.given_up:,} given up"


def _night_line(done: NightDone) -> str:
    counts = done.run.counts
    named = ("new", "corrected", "unchanged", "skipped")
    read = ", ".join(f"{counts[name]:,} {name}" for name in named)
    return (
        f"{done.run.run_id}: {counts['read']:,} calls read ({read}); {counts['flagged']:,} flagged, "
        f"{counts['missed']:,} missed escalations, {len(done.night.missed):,} of them listed"
    )
