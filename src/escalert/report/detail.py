"""What an opened row of the report shows, as data: reasons, triggers, curve and transcript.

The page's script only lays it out; every number, time and word is settled here.
"""

from __future__ import annotations

from math import isfinite
from typing import Any

from escalert.records import Call, CallVerdict, Decision
from escalert.report.curve import build_curve
from escalert.report.page import json_for_html
from escalert.report.wording import ELLIPSIS, clock, moment, percent
from escalert.taxonomy import Taxonomy

TURNS_SHOWN = 2000
TURN_CHARACTERS = 20_000


def build_detail(call: Call, verdict: CallVerdict, taxonomy: Taxonomy) -> str:
    """Give as JSON, safe inside HTML, all that the opened row of a call shows."""
    evidence = evidence_turns(call, verdict)
    shown = turns_shown(len(call.turns), sorted(evidence))
    detail = {
        "reasons": list(verdict.reasons),
        "facts": [[name, value] for name, value in _facts(call, verdict).items() if value],
        "triggers": [_trigger(label, call, verdict, taxonomy) for label in verdict.flagged_triggers],
        "curve": build_curve(call, verdict, evidence),
        "turns": [_turn(call, index) for index in shown],
        "count": len(call.turns),
        "evidence": {turn: _turn_chips(found, taxonomy) for turn, found in evidence.items()},
        "warnings": list(dict.fromkeys((*call.warnings, *verdict.warnings))),
    }
    return json_for_html(detail)


def label_title(label: str, taxonomy: Taxonomy) -> str:
    """Give the title of a label, or its name where the taxonomy has none."""
    return next((trigger.title for trigger in taxonomy if trigger.name == label), label)


def label_kind(label: str, taxonomy: Taxonomy) -> str:
    """Tell how a label's chip looks: ``urgent``, ``outcome`` or ``plain``."""
    for trigger in taxonomy:
        if trigger.name == label:
            return "outcome" if trigger.group == "outcome" else "urgent" if trigger.urgent else "plain"
    return "plain"


def evidence_turns(call: Call, verdict: CallVerdict) -> dict[int, list[tuple[str, float]]]:
    """Give the turns that bear a flagged label, each with its labels and their probabilities."""
    found: dict[int, list[tuple[str, float]]] = {}
    for label in verdict.flagged_triggers:
        for turn in verdict.triggers[label].evidence:
            if 0 <= turn.turn < len(call.turns):
                found.setdefault(turn.turn, []).append((label, turn.probability))
    return dict(sorted(found.items()))


def turns_shown(count: int, evidence: list[int], most: int = TURNS_SHOWN) -> list[int]:
    """Choose which of a call's turns to show: all, or in a very long call those around the evidence."""
    if count <= most:
        return list(range(count))
    radius = max(0, most // max(1, len(evidence)) - 1) // 2
    near = {turn for middle in evidence or [0] for turn in range(middle - radius, middle + radius + 1)}
    return sorted(turn for turn in near if 0 <= turn < count)[:most]


def _facts(call: Call, verdict: CallVerdict) -> dict[str, str | None]:
    return {
        "Escalation warranted": _decision(verdict.warranted),
        "Escalated": _decision(verdict.escalated),
        "Queue": call.queue,
        "Agent": call.agent_id,
        "Channel": call.channel,
        "Language": call.language,
        "Began": call.started_at,
        "Length": _length(call),
        "Read from": call.origin,
    }


def _decision(decision: Decision) -> str:
    answer = "Yes" if decision.flagged else "No"
    if decision.record is not None:
        return f"{answer}, says the call's record"
    return f"{answer}, {percent(decision.probability)} (threshold {percent(decision.threshold)})"


def _length(call: Call) -> str:
    ends = [end for turn in call.turns for end in (turn.start_s, turn.end_s) if end is not None and isfinite(end)]
    turns = f"{len(call.turns):,} {'turn' if len(call.turns) == 1 else 'turns'}"
    return f"{clock(max(ends))}, {turns}" if ends else turns


def _trigger(label: str, call: Call, verdict: CallVerdict, taxonomy: Taxonomy) -> dict[str, Any]:
    finding = verdict.triggers[label]
    turns = [turn for turn in finding.evidence if turn.turn < len(call.turns)]
    return {
        "title": label_title(label, taxonomy),
        "kind": label_kind(label, taxonomy),
        "percent": percent(finding.probability),
        "threshold": percent(finding.threshold),
        "turns": [[turn.turn, moment(turn.start_s, turn.turn)] for turn in turns],
    }


def _turn(call: Call, index: int) -> list[Any]:
    turn = call.turns[index]
    text = turn.text if len(turn.text) <= TURN_CHARACTERS else turn.text[:TURN_CHARACTERS] + ELLIPSIS
    return [index, moment(turn.start_s, index), turn.speaker, text]


def _turn_chips(found: list[tuple[str, float]], taxonomy: Taxonomy) -> list[list[str]]:
    return [[label_title(label, taxonomy), percent(value), label_kind(label, taxonomy)] for label, value in found]
