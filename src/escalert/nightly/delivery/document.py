"""A night as plain data: the JSON file, and the body of a webhook."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from escalert.nightly.delivery.lines import headline, n_calls, quote_of, quoted, said_at, why_audited
from escalert.nightly.delivery.outgoing import Outgoing
from escalert.nightly.night import AuditCall, CallGroupEntry, ListedCall, Night, Watch
from escalert.nightly.store import StoredVerdict
from escalert.taxonomy import Taxonomy

VERSION = 1
"""Of the form; raised when a field goes or changes its meaning."""


def night_document(outgoing: Outgoing, taxonomy: Taxonomy) -> dict[str, Any]:
    """Give all that the JSON file holds."""
    night = outgoing.night
    return {
        **summary(night),
        "missed": [_listed(call, taxonomy, quotes=True) for call in night.missed],
        "audit": [_audited(call, taxonomy) for call in night.audit],
        "groups": [_group(group, taxonomy) for group in night.groups],
        "contradictions": [{**asdict(found), "sentence": found.sentence} for found in night.contradictions],
        "watch": _watch(night.watch),
        "skipped": list(night.skipped),
    }


def message_document(outgoing: Outgoing, taxonomy: Taxonomy, *, quotes: bool) -> dict[str, Any]:
    """Give what a webhook gets: the missed escalations, with what was said only if `quotes`."""
    night = outgoing.night
    return {
        **summary(night),
        "missed": [_listed(call, taxonomy, quotes=quotes) for call in night.missed],
        "groups": [{"name": group.name, "calls": group.n_calls, "missed": group.n_missed} for group in night.groups]
        if quotes
        else [],
        "drift": list(night.watch.warnings),
    }


def summary(night: Night) -> dict[str, Any]:
    """Give what happened, in numbers and a sentence."""
    return {
        "version": VERSION,
        "event": "night.finished",
        "run_id": night.run_id,
        "date": night.for_date.isoformat(),
        "model": night.model,
        "headline": headline(night),
        "counts": {"calls": n_calls(night), **night.counts, "listed": len(night.missed)},
        "recall": {
            "sentence": night.recall.sentence,
            "estimate": asdict(night.recall.recall) if night.recall.recall else None,
            "not_flagged": asdict(night.recall.not_flagged) if night.recall.not_flagged else None,
        },
    }


def _listed(call: ListedCall, taxonomy: Taxonomy, *, quotes: bool) -> dict[str, Any]:
    found = {"rank": call.rank, **_call(call.stored, taxonomy, quotes=quotes)}
    found |= {"priority": call.priority, "probability": round(call.probability, 4), "repeat": call.repeat}
    # A group is named by words that customers said.
    return {**found, "earlier": list(call.earlier), "group": call.group if quotes else ""}


def _audited(call: AuditCall, taxonomy: Taxonomy) -> dict[str, Any]:
    return {
        "rank": call.rank,
        **_call(call.stored, taxonomy, quotes=True),
        "stratum": call.stratum,
        "inclusion_probability": round(call.inclusion_probability, 6),
        "why": why_audited(call),
    }


def _call(stored: StoredVerdict, taxonomy: Taxonomy, *, quotes: bool) -> dict[str, Any]:
    verdict = stored.verdict
    return {
        "call_id": stored.call_id,
        "day": stored.day.isoformat(),
        "started_at": verdict.metadata.get("started_at"),
        "queue": stored.queue,
        "agent_id": stored.agent_id,
        "channel": stored.channel,
        "priority": verdict.priority,
        "warranted_probability": verdict.warranted.probability,
        "escalated_probability": verdict.escalated.probability,
        "record": verdict.escalated.record,
        "triggers": {label: verdict.triggers[label].probability for label in verdict.flagged_triggers},
        "reasons": list(verdict.reasons),
        "quote": _quote(stored, taxonomy) if quotes else None,
    }


def _quote(stored: StoredVerdict, taxonomy: Taxonomy) -> dict[str, Any] | None:
    turn = quote_of(stored.verdict, taxonomy)
    if turn is None:
        return None
    place = {"turn": turn.turn, "start_s": turn.start_s, "at": said_at(turn)}
    return {"text": quoted(turn), "speaker": turn.speaker, **place}


def _group(group: CallGroupEntry, taxonomy: Taxonomy) -> dict[str, Any]:
    examples = [{"call_id": stored.call_id, "quote": _quote(stored, taxonomy)} for stored in group.examples]
    return {"name": group.name, "calls": group.n_calls, "missed": group.n_missed, "examples": examples}


def _watch(watch: Watch) -> dict[str, Any]:
    return {
        "not_judged": watch.not_judged,
        "warnings": list(watch.warnings),
        "figures": [{**asdict(figure), "is_out": figure.is_out} for figure in watch.figures],
        "rates": [
            {
                **asdict(rate),
                "history": [[monday.isoformat(), share] for monday, share in rate.history],
                "is_out": rate.is_out,
            }
            for rate in watch.rates
        ],
    }
