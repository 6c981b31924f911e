"""One flagged call as the report's table shows it."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

from escalert.records import PRIORITIES, Call, CallVerdict, Decision, Evidence
from escalert.report.detail import build_detail, label_kind, label_title
from escalert.report.wording import clean, moment, percent, shorten
from escalert.taxonomy import Taxonomy

QUOTE_CHARACTERS = 160
UNTIMED = 1e9

Urgency = tuple[int, bool, float]


@dataclass(frozen=True, slots=True)
class Chip:
    """One flagged label beside a call; `kind` is ``plain``, ``urgent`` or ``outcome``."""

    label: str
    title: str
    percent: str
    kind: str


@dataclass(frozen=True, slots=True)
class Row:
    """One flagged call.

    Attributes
    ----------
    first, first_order : str and float
        When the first trigger was said, for people and for sorting; untimed calls sort last.
    quote, quote_from : str
        What was said of the weightiest trigger, by whom and when.
    detail : str
        What the opened row shows, as JSON that is safe inside HTML.
    """

    call_id: str
    queue: str
    agent: str
    priority: str
    priority_order: int
    warranted: Decision
    escalated: Decision
    missed: bool
    chips: tuple[Chip, ...]
    first: str
    first_order: float
    quote: str
    quote_from: str
    detail: str


def is_flagged(verdict: CallVerdict, taxonomy: Taxonomy) -> bool:
    """Tell whether a call bears a trigger or warrants an escalation; an outcome alone is none."""
    outcomes = {trigger.name for trigger in taxonomy if trigger.group == "outcome"}
    return verdict.warranted.flagged or not outcomes.issuperset(verdict.flagged_triggers)


def urgency(verdict: CallVerdict) -> Urgency:
    """Rank a verdict: the greater, the sooner somebody should look at the call."""
    return (-priority_order(verdict.priority), verdict.missed, verdict.warranted.probability)


def priority_order(priority: str) -> int:
    """Give 0 for the most urgent priority, and so on."""
    return PRIORITIES.index(priority) if priority in PRIORITIES else len(PRIORITIES)


def build_row(call: Call, verdict: CallVerdict, taxonomy: Taxonomy) -> Row:
    """Take from a call and its verdict what the table shows."""
    first = _first(verdict, taxonomy)
    quoted = _weightiest(verdict, taxonomy)
    return Row(
        call_id=clean(call.call_id),
        queue=clean(call.queue),
        agent=clean(call.agent_id),
        priority=verdict.priority,
        priority_order=priority_order(verdict.priority),
        warranted=verdict.warranted,
        escalated=verdict.escalated,
        missed=verdict.missed,
        chips=_chips(verdict, taxonomy),
        first=moment(first.start_s, first.turn) if first else "",
        first_order=_order(first),
        quote=shorten(clean(quoted.text), QUOTE_CHARACTERS) if quoted else "",
        quote_from=f"{quoted.speaker}, {moment(quoted.start_s, quoted.turn)}" if quoted else "",
        detail=build_detail(call, verdict, taxonomy),
    )


def _chips(verdict: CallVerdict, taxonomy: Taxonomy) -> tuple[Chip, ...]:
    return tuple(
        Chip(
            label,
            label_title(label, taxonomy),
            percent(verdict.triggers[label].probability),
            label_kind(label, taxonomy),
        )
        for label in verdict.flagged_triggers
    )


def _candidates(verdict: CallVerdict, taxonomy: Taxonomy) -> list[tuple[float, Evidence]]:
    weights = {trigger.name: trigger.weight for trigger in taxonomy if trigger.group != "outcome"}
    return [
        (weights[label], turn)
        for label in verdict.flagged_triggers
        if label in weights
        for turn in verdict.triggers[label].evidence
    ]


def _first(verdict: CallVerdict, taxonomy: Taxonomy) -> Evidence | None:
    turns = [turn for _, turn in _candidates(verdict, taxonomy)]
    return min(turns, key=lambda turn: turn.turn, default=None)


def _weightiest(verdict: CallVerdict, taxonomy: Taxonomy) -> Evidence | None:
    weighed = [(weight, turn.probability, -turn.turn, turn) for weight, turn in _candidates(verdict, taxonomy)]
    return max(weighed, key=lambda item: item[:3])[3] if weighed else None


def _order(first: Evidence | None) -> float:
    if first is None:
        return 2 * UNTIMED
    timed = first.start_s is not None and isfinite(first.start_s)
    return round(first.start_s or 0.0, 1) if timed else UNTIMED + first.turn
