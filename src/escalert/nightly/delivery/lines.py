"""What every form of a delivery says of a call, worded once: quote, reasons, why it is listed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from escalert.nightly.night import AuditCall, ListedCall, Night
from escalert.nightly.store import StoredVerdict
from escalert.records import CallVerdict, Evidence
from escalert.report.wording import ELLIPSIS, moment
from escalert.taxonomy import Taxonomy, Trigger, load_taxonomy

QUOTE_CHARACTERS = 500
OWN_WEIGHT = 1.0
"""Of a trigger that is not in the package's taxonomy."""


def taxonomy_of(night: Night) -> Taxonomy:
    """Give the package's taxonomy with the model's own triggers, which the store knows by name alone."""
    taxonomy = load_taxonomy()
    labels = dict.fromkeys(label for stored in all_stored(night) for label in stored.verdict.triggers)
    own = (label for label in labels if label not in taxonomy.labels)
    added = (Trigger(label, label.replace("_", " ").capitalize(), "", (), "extended", OWN_WEIGHT) for label in own)
    return Taxonomy((*taxonomy.triggers, *added))


def all_stored(night: Night) -> Iterable[StoredVerdict]:
    """Go through every call that is shown: listed, audited, or an example of a group."""
    yield from (listed.stored for listed in night.missed)
    yield from (audited.stored for audited in night.audit)
    yield from (stored for group in night.groups for stored in group.examples)


def quote_of(verdict: CallVerdict, taxonomy: Taxonomy) -> Evidence | None:
    """Give the turn to quote: that of the weightiest flagged trigger, an outcome excepted; None if no text is left."""
    weights = {trigger.name: trigger.weight for trigger in taxonomy if trigger.group != "outcome"}
    found = [
        (weights.get(label, OWN_WEIGHT), turn.probability, -turn.turn, turn)
        for label in verdict.flagged_triggers
        if label in weights
        for turn in verdict.triggers[label].evidence
        if turn.text
    ]
    return max(found, key=lambda each: each[:3])[3] if found else None


def quoted(turn: Evidence) -> str:
    """Give the words of a turn on one line, cut where they are very long."""
    text = " ".join(turn.text.split())
    return text if len(text) <= QUOTE_CHARACTERS else text[:QUOTE_CHARACTERS].rstrip() + ELLIPSIS


def said_at(turn: Evidence) -> str:
    """Word when in the call a turn was said."""
    return moment(turn.start_s, turn.turn)


def with_repeat(call: ListedCall) -> CallVerdict:
    """Give the verdict of a listed call, the repeat first among its reasons."""
    verdict = call.stored.verdict
    reasons = (call.repeat, *verdict.reasons) if call.repeat else verdict.reasons
    return replace(verdict, reasons=reasons, priority=call.priority)


def why_audited(call: AuditCall) -> str:
    """Word why a call is in the audit sample."""
    chance = f"{call.inclusion_probability:.2%}".replace(".00%", "%")
    if call.stratum == "beyond_capacity":
        return f"flagged as missed, but the list was full; drawn with a chance of {chance}"
    return f"not flagged as missed; drawn with a chance of {chance}"


def began(verdict: CallVerdict) -> str:
    """Word when a call began, in its own zone; empty where that is not known."""
    given = str(verdict.metadata.get("started_at") or "")
    try:
        return datetime.fromisoformat(given.strip()).strftime("%Y-%m-%d %H:%M")
    except ValueError:
        return given


def n_calls(night: Night) -> int:
    """Give how many calls the run judged."""
    counts = night.counts
    return (
        counts["calls"] if "calls" in counts else sum(counts.get(name, 0) for name in ("new", "corrected", "rescored"))
    )


def n_missed(night: Night) -> int:
    """Give how many escalations were missed, listed or not."""
    return night.counts.get("missed", len(night.missed))


def headline(night: Night) -> str:
    """Word how many escalations were missed, of how many calls."""
    missed, calls = n_missed(night), n_calls(night)
    of = f"{calls:,} {'call' if calls == 1 else 'calls'}"
    if not calls and not missed:
        return "No call came in"
    return (
        f"{missed:,} missed {'escalation' if missed == 1 else 'escalations'} in {of}"
        if missed
        else (f"No missed escalation in {of}")
    )


def listing(night: Night) -> str:
    """Word how many missed escalations are listed, and why not all."""
    missed, listed = n_missed(night), len(night.missed)
    if not missed:
        return ""
    if listed >= missed:
        return "It is listed." if missed == 1 else f"All {missed:,} are listed, the most pressing first."
    return (
        f"The {listed:,} most pressing are listed, since [missed] capacity is {listed:,}; "
        f"{missed - listed:,} more are in the store: escalert missed."
    )
