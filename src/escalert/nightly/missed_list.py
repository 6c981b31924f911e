"""The missed escalations of some days, whichever runs listed them, and how far they are reviewed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from escalert.nightly.missed import NightCall, rank
from escalert.nightly.night import AuditCall, ListedCall, Night
from escalert.nightly.store import Review, RunEntry, Selection, Store, StoredVerdict, WorklistEntry

UNLISTED = ""
"""The run of missed escalations that no list had a place for."""
MOST_RUNS = 10_000


@dataclass(frozen=True, slots=True)
class MissedCall:
    """A missed escalation.

    Attributes
    ----------
    run_id : str
        The run that listed it, or drew it from beyond its list; empty if none did.
    listed : ListedCall
        Its rank is that on the run's list, 0 where it is on none.
    reviews : tuple of Review
    is_audited : bool
        Whether it was not listed, but drawn.
    """

    run_id: str
    listed: ListedCall
    reviews: tuple[Review, ...] = ()
    is_audited: bool = False

    @property
    def reviewed(self) -> str:
        """What the reviewers found: ``missed``, ``not missed``, ``disputed``, or nothing yet."""
        words = {review.warranted and not review.escalated for review in self.reviews}
        return {frozenset({True}): "missed", frozenset({False}): "not missed", frozenset(): ""}.get(
            frozenset(words), "disputed"
        )


def missed_calls(store: Store, since: date, queue: str | None = None) -> list[MissedCall]:
    """Give the missed escalations among the calls since a day, the most pressing first."""
    found = list(store.verdicts.current(Selection(since=since, queue=queue, missed=True)))
    entries = store.worklists.entries_of([stored.call_id for stored in found])
    reviews: dict[tuple[str, str], list[Review]] = {}
    for _, review in store.worklists.reviewed():
        reviews.setdefault((review.run_id, review.call_id), []).append(review)
    calls = []
    for stored in found:
        run_id, listed = _listed(stored, entries.get(stored.call_id, ()))
        said = tuple(reviews.get((run_id, stored.call_id), ()))
        calls.append(MissedCall(run_id, listed, said, is_audited=bool(run_id) and not listed.rank))
    return sorted(calls, key=lambda call: _order(call.listed))


def by_night(store: Store, calls: Sequence[MissedCall]) -> list[Night]:
    """Give missed escalations by the run that listed them, as nights to be shown; those of no list come last."""
    nights: dict[str, list[ListedCall]] = {}
    for call in calls:
        nights.setdefault(call.run_id, []).append(call.listed)
    made = [_night(store.runs.get(run_id), run_id, listed) for run_id, listed in nights.items()]
    return sorted(made, key=lambda night: (night.run_id == UNLISTED, night.for_date, night.run_id))


def audit_samples(store: Store, since: date, queue: str | None = None) -> Iterator[Night]:
    """Give the audit samples of the nights since a day, each as a night without its list; the oldest first."""
    runs = [run for run in store.runs.last(MOST_RUNS) if run.for_date >= since]
    for run in sorted(runs, key=lambda run: (run.for_date, run.run_id)):
        drawn = {entry.call_id: entry for entry in store.worklists.of_run(run.run_id) if entry.listed_as == "audit"}
        stored = store.verdicts.current(Selection(call_ids=tuple(drawn), queue=queue))
        audit = [_audited(drawn[each.call_id], each) for each in stored]
        if audit:
            yield Night(run.run_id, run.for_date, "", {}, audit=tuple(sorted(audit, key=lambda call: call.rank)))


def _listed(stored: StoredVerdict, entries: Sequence[tuple[str, WorklistEntry]]) -> tuple[str, ListedCall]:
    for run_id, entry in entries:
        if entry.listed_as == "missed":
            details = entry.details
            earlier = tuple(details.get("earlier", ()))
            probability = NightCall.of(stored.verdict).probability
            return run_id, ListedCall(
                entry.rank,
                stored,
                entry.priority,
                probability,
                details.get("repeat", ""),
                earlier,
                details.get("group", ""),
            )
    call = NightCall.of(stored.verdict)
    return entries[0][0] if entries else UNLISTED, ListedCall(0, stored, call.priority, call.probability)


def _audited(entry: WorklistEntry, stored: StoredVerdict) -> AuditCall:
    stratum = entry.details.get("stratum", "unflagged")
    return AuditCall(entry.rank, stored, stratum, entry.inclusion_probability)


def _order(listed: ListedCall) -> tuple[object, ...]:
    call = NightCall.of(listed.stored.verdict)
    return rank(NightCall(call.call_id, listed.priority, listed.probability, is_missed=True))


def _night(run: RunEntry | None, run_id: str, listed: Sequence[ListedCall]) -> Night:
    for_date = run.for_date if run else date.max
    return Night(run_id, for_date, "", {}, missed=tuple(sorted(listed, key=lambda call: call.rank)))
