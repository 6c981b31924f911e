"""The figures of a night as a textfile for Prometheus' node_exporter; `METRICS` names them all.

The file is replaced whole, by a rename, and bears no timestamps, as the textfile collector wants it
(https://github.com/prometheus/node_exporter#textfile-collector); it must end in ``.prom`` to be found. A run that could
not be finished leaves the file of the last one, so that an alert on the age of
``escalert_nightly_finished_timestamp_seconds`` tells of it, and of a job that was never started.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time
from pathlib import Path

from prometheus_client import CollectorRegistry, Gauge, generate_latest

from escalert.nightly.night import Watch
from escalert.nightly.store import RunEntry
from escalert.wholefile import whole_file

PREFIX = "escalert_nightly_"
METRICS: dict[str, tuple[str, tuple[str, ...]]] = {
    "info": ("1; its labels name the model that scored", ("model", "version")),
    "night_timestamp_seconds": ("The night that the run stands for, its midnight in UTC", ()),
    "finished_timestamp_seconds": ("When the run was finished", ()),
    "duration_seconds": ("How long its last start took", ()),
    "starts": ("How often it was started until it was finished", ()),
    "exit_code": ("How it ended", ()),
    "calls": ("Calls, records and contradictions of the night", ("outcome",)),
    "deliveries_pending": ("Deliveries that are still to be made, of this and earlier nights", ()),
    "judged_calls": ("Calls of the night that the watch over the model saw", ()),
    "warnings": ("Figures of the watch that are out of their limits", ()),
    "drift": ("How far a figure is from the training", ("figure", "statistic")),
    "drift_limit": ("From where on that is drift", ("figure", "statistic")),
    "flag_rate": ("Share of the night's calls in which a trigger is flagged", ("trigger",)),
    "flag_rate_centre": ("The same in the weeks before", ("trigger",)),
    "flag_rate_low": ("Its lower control limit", ("trigger",)),
    "flag_rate_high": ("Its upper control limit", ("trigger",)),
}
"""Each metric, a gauge, without `PREFIX`: what it says, and its labels."""

Sample = tuple[str, tuple[str, ...], float]


def write_metrics(path: Path, run: RunEntry, watch: Watch, *, exit_code: int, pending: int) -> None:
    """Write the metrics of a finished run, whole or not at all.

    Parameters
    ----------
    run : RunEntry
        With its counts; it counts as finished now if it does not say when it was.
    exit_code : int
        That of the process.
    pending : int
        Deliveries that are owed after all tries.

    Raises
    ------
    OSError
        If the folder cannot be written to; the file is as it was then.
    """
    registry = CollectorRegistry()
    gauges = {name: Gauge(PREFIX + name, *about, registry=registry) for name, about in METRICS.items()}
    for name, labels, value in _samples(run, watch, exit_code, pending):
        gauge = gauges[name]
        (gauge.labels(*labels) if labels else gauge).set(value)
    with whole_file(path) as temporary:
        temporary.write_bytes(generate_latest(registry))


def _samples(run: RunEntry, watch: Watch, exit_code: int, pending: int) -> Iterator[Sample]:
    finished = run.finished_at or datetime.now(UTC)
    yield "info", (run.model_name, run.model_version), 1
    yield "night_timestamp_seconds", (), datetime.combine(run.for_date, time.min, UTC).timestamp()
    yield "finished_timestamp_seconds", (), finished.timestamp()
    yield "duration_seconds", (), max((finished - run.started_at).total_seconds(), 0.0)
    yield "starts", (), run.attempts
    yield "exit_code", (), exit_code
    yield "deliveries_pending", (), pending
    yield from (("calls", (outcome,), count) for outcome, count in run.counts.items())
    yield from _watched(watch)


def _watched(watch: Watch) -> Iterator[Sample]:
    yield "judged_calls", (), watch.n_calls
    yield "warnings", (), len(watch.warnings)
    for figure in watch.figures:
        labels = (figure.name, figure.statistic)
        yield "drift", labels, figure.value
        yield "drift_limit", labels, figure.limit
    for rate in watch.rates:
        named = {"": rate.rate, "_centre": rate.centre, "_low": rate.low, "_high": rate.high}
        yield from ((f"flag_rate{name}", (rate.label,), value) for name, value in named.items() if value is not None)
