"""Let the records have their say: what they settle of an escalation goes before what the transcript shows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice

from escalert.nightly.store import CallRecord, Store
from escalert.records import CallVerdict
from escalert.verdict import Policy

AT_ONCE = 500


def with_record(policy: Policy, verdict: CallVerdict, record: CallRecord | None) -> CallVerdict:
    """Give a verdict as the record of its call has it; one that says nothing of an escalation changes nothing.

    The same verdict comes out whether the record was there when the call was scored or came a day later.
    """
    if record is None or record.escalated is None or record.escalated == verdict.escalated.record:
        return verdict
    escalated = replace(verdict.escalated, record=record.escalated)
    # A verdict of an earlier model may know labels that this one's taxonomy lacks.
    known = {label: found for label, found in verdict.triggers.items() if label in policy.taxonomy.labels}
    return replace(
        verdict,
        escalated=escalated,
        priority=policy.rank(known, verdict.warranted, escalated),
        reasons=policy.explain(known, verdict.warranted, escalated),
    )


def store_records(store: Store, run_id: str, records: Iterable[CallRecord]) -> int:
    """Store records, some at a time, and give how many there were."""
    n_records, left = 0, iter(records)
    while some := list(islice(left, AT_ONCE)):
        store.records.write(run_id, some)
        n_records += len(some)
    return n_records


def revise_late(store: Store, run_id: str, policy: Policy) -> int:
    """Revise the verdicts of calls whose record came after them; give how many changed.

    What is asked is the store, not the records that were just read: a run that was killed in between finds them again.
    """
    n_changed = 0
    for some in _in_parts(with_record(policy, stored.verdict, record) for stored, record in store.records.late()):
        n_changed += store.verdicts.revise(run_id, some)
    return n_changed


def _in_parts(verdicts: Iterator[CallVerdict]) -> Iterator[Sequence[CallVerdict]]:
    while some := list(islice(verdicts, AT_ONCE)):
        yield some
