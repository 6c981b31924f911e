"""What a start of the job would do, told without writing a byte: not to the store, and not to anyone else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta

from escalert.errors import UsageError
from escalert.nightly.config import NightlyConfig
from escalert.nightly.inputs import input_files
from escalert.nightly.new import NewCalls
from escalert.nightly.records import read_records
from escalert.nightly.scorer import Scorer
from escalert.nightly.secrets import resolve
from escalert.nightly.skipped import Skipped
from escalert.nightly.store import Selection, Store, open_existing_store
from escalert.readers import read_calls


@dataclass(frozen=True, slots=True)
class Plan:
    """What would be done.

    Attributes
    ----------
    lines : tuple of str
        The same in sentences, in the order of a run.
    n_read, n_skipped : int
        Calls that could be read, and inputs that could not.
    problems : tuple of str
        What the run would fail by: secrets that are not set.
    """

    lines: tuple[str, ...]
    n_read: int
    n_skipped: int
    problems: tuple[str, ...] = ()


def plan_night(
    config: NightlyConfig, model: str, for_date: date, *, advance: Callable[[int], None] = lambda n: None
) -> Plan:
    """Say what `escalert.nightly.run.run_nightly` would do; the inputs are read, the store is looked at.

    Raises
    ------
    StoreVersionError
        If the store is of another version.
    StoreUnreachableError, StoreError, ModelError, UsageError
        As a run would.
    """
    scorer, skipped = Scorer.load(model, config), Skipped()
    with _store_if_there(config) as store:
        known = store.calls.known_hashes if store else lambda call_ids: {}
        new = NewCalls(known, advance)
        files = input_files(config, skipped)
        calls = read_calls(files, config.inputs.reading_options(), on_problem=skipped)
        n_scored = sum(1 for _ in new.among(calls))
        n_records = sum(1 for _ in read_records(config, for_date, skipped))
        skipped.close()
        lines = [
            *_before(store, lambda night: night < for_date),
            f"{new.n_read:,} calls were read: {new.n_new:,} new, {new.n_corrected:,} corrected, "
            f"{new.n_read - n_scored:,} known; {skipped.n_skipped:,} inputs would be skipped",
            f"{n_scored:,} calls would be scored by {scorer.name} {scorer.version}",
            *([f"{n_records:,} records would be stored"] if config.inputs.records else []),
            *_after(config, store, for_date),
        ]
        return Plan(tuple(lines), new.n_read, skipped.n_skipped, tuple(_unset_secrets(config)))


def plan_rescore(
    config: NightlyConfig, model: str, for_date: date, *, advance: Callable[[int], None] = lambda n: None
) -> Plan:
    """Say what `escalert.nightly.run.rescore` would do."""
    scorer = Scorer.load(model, config)
    with _store_if_there(config) as store:
        n_calls = 0
        for _ in store.calls.not_judged_by(scorer.name, scorer.version) if store else ():
            n_calls += 1
            advance(1)
        lines = _before(store, lambda night: night <= for_date)
        judged = f"{n_calls:,} stored calls would be judged anew by {scorer.name} {scorer.version}"
        return Plan((*lines, judged), n_calls, 0, tuple(_unset_secrets(config)))


@contextmanager
def _store_if_there(config: NightlyConfig) -> Iterator[Store | None]:
    store = open_existing_store(config.store_url(), patience_s=config.store.patience_seconds, read_only=True)
    try:
        yield store
    finally:
        if store is not None:
            store.close()


def _before(store: Store | None, is_meant: Callable[[date], bool]) -> list[str]:
    if store is None:
        return ["a new store would be created"]
    left = [run.run_id for run in store.runs.unfinished("nightly") if is_meant(run.for_date)]
    return [f"the night of {run_id} would be finished first" for run_id in left]


def _after(config: NightlyConfig, store: Store | None, for_date: date) -> list[str]:
    missed = config.missed
    found = [f"up to {missed.capacity} missed escalations and {missed.audit_sample} audited calls would be listed"]
    keep_days = config.store.keep_days
    if keep_days is not None and store is not None:
        before = min(for_date, date.today()) - timedelta(days=keep_days)
        n_old = store.verdicts.count(Selection(until=before - timedelta(days=1)))
        found.append(f"the texts of calls from before {before} would be deleted: {n_old:,} calls are of that age")
    if receivers := _receivers(config):
        found.append(f"deliveries would go to: {', '.join(receivers)}")
    if store is not None and (pending := store.outbox.pending()):
        found.append(f"{len(pending):,} deliveries of earlier runs are pending, and would be tried again")
    return found


def _receivers(config: NightlyConfig) -> list[str]:
    delivery = config.delivery
    folders = {"report": delivery.report, "csv": delivery.csv, "json": delivery.json_folder}
    found = [f"{kind} {folder}" for kind, folder in folders.items() if folder]
    found += [f"webhook {webhook.name}" for webhook in delivery.webhooks]
    return found + ([f"mail to {', '.join(delivery.email.recipients)}"] if delivery.email else [])


def _unset_secrets(config: NightlyConfig) -> Iterator[str]:
    delivery = config.delivery
    given = [(f"delivery.webhooks[{n}].url", hook.url) for n, hook in enumerate(delivery.webhooks)]
    given += [(f"delivery.webhooks[{n}].secret", hook.secret or "") for n, hook in enumerate(delivery.webhooks)]
    given += [("delivery.email.password", delivery.email.password or "")] if delivery.email else []
    for key, value in given:
        try:
            resolve(value, key)
        except UsageError as error:
            yield str(error)
