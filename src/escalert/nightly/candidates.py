"""The calls from which a run's lists are chosen, taken from the store, with the earlier calls of their customers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

from escalert.nightly.missed import NightCall
from escalert.nightly.repeats import CustomerCall, Repeat, find_repeats, is_customer
from escalert.nightly.store import CallOutline, RunEntry, Selection, Store, StoredVerdict

AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class Candidate:
    """A missed escalation that may be listed.

    Attributes
    ----------
    call : NightCall
        With the verdict's own priority.
    at : datetime
        When it began, or the beginning of its day.
    """

    call: NightCall
    customer_id: str | None
    at: datetime


def missed_candidates(store: Store, run: RunEntry) -> list[Candidate]:
    """Give the missed escalations among the calls that a run brought, and the late ones.

    Late are calls of earlier nights that a record, a corrected transcript or another model made missed ones by this
    run, unless another run listed them already.
    """
    own = [outline.call_id for outline in store.verdicts.outlines(Selection(brought_by=run.run_id, missed=True))]
    revised = [outline.call_id for outline in store.verdicts.outlines(Selection(run_id=run.run_id, missed=True))]
    late = sorted(set(revised) - set(own))
    listed = {
        call_id
        for call_id, entries in store.worklists.entries_of(late).items()
        if any(run_id != run.run_id and entry.listed_as == "missed" for run_id, entry in entries)
    }
    new = [call_id for call_id in late if call_id not in listed]
    return [*_candidates(store, own), *_candidates(store, new, is_late=True)]


def other_calls(store: Store, run: RunEntry) -> Iterator[NightCall]:
    """Go through the calls that a run brought and that are no missed escalations, as far as the draw needs them."""
    for outline in store.verdicts.outlines(Selection(brought_by=run.run_id, missed=False)):
        yield NightCall(outline.call_id, outline.priority, 0.0, is_missed=False, is_recorded=outline.record is True)


def repeats_of(store: Store, candidates: Sequence[Candidate], days: int) -> dict[str, Repeat]:
    """Link candidates to the calls of the same customer in the days before, by call id."""
    customers = sorted({each.customer_id for each in candidates if each.customer_id and is_customer(each.customer_id)})
    if not customers:
        return {}
    moments = [candidate.at.date() for candidate in candidates]
    since, until = min(moments) - timedelta(days=days), max(moments)
    links = find_repeats(_customer_calls(store, customers, since, until), days)
    own = {candidate.call.call_id for candidate in candidates}
    return {call_id: repeat for call_id, repeat in links.items() if call_id in own}


def raised(candidates: Iterable[Candidate], repeats: Mapping[str, Repeat]) -> Iterator[NightCall]:
    """Give the calls to list, the priorities of unsettled repeats one step higher."""
    for candidate in candidates:
        call, repeat = candidate.call, repeats.get(candidate.call.call_id)
        yield replace(call, priority=repeat.priority(call.priority)) if repeat else call


def verdicts_of(store: Store, call_ids: Sequence[str]) -> dict[str, StoredVerdict]:
    """Give the current verdicts of calls by call id."""
    return {stored.call_id: stored for stored in _verdicts(store, call_ids)}


def _verdicts(store: Store, call_ids: Sequence[str]) -> Iterator[StoredVerdict]:
    for part in _parts(call_ids):
        yield from store.verdicts.current(Selection(call_ids=part))


def _candidates(store: Store, call_ids: Sequence[str], *, is_late: bool = False) -> Iterator[Candidate]:
    for stored in _verdicts(store, call_ids):
        at = stored.started_at or datetime.combine(stored.day, time.min, UTC)
        yield Candidate(NightCall.of(stored.verdict, is_late=is_late), stored.customer_id, at)


def _customer_calls(store: Store, customers: Sequence[str], since: date, until: date) -> Iterator[CustomerCall]:
    for part in _parts(customers):
        for outline in store.verdicts.outlines(Selection(since=since, until=until, customer_ids=part)):
            yield _customer_call(outline)


def _customer_call(outline: CallOutline) -> CustomerCall:
    return CustomerCall(outline.call_id, outline.customer_id, outline.at, outline.missed)


def _parts(items: Sequence[str]) -> Iterator[tuple[str, ...]]:
    for first in range(0, len(items), AT_ONCE):
        yield tuple(items[first : first + AT_ONCE])
