"""Verdicts as the store keeps them: what was decided, all probabilities with their thresholds, evidence of flags."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from escalert.nightly.store.content import fingerprint
from escalert.nightly.store.entries import CallFigures
from escalert.records import CALL_LABELS, ESCALATED, WARRANTED, CallVerdict, Decision, Evidence, TriggerFinding

DIGITS = 6
"""Probabilities are kept to so many digits: the last ones of a float depend on which calls are scored together, and a
night that was interrupted must come to the very same store."""
SMALLEST = 10.0**-DIGITS


def verdict_columns(verdict: CallVerdict, content: str) -> dict[str, Any]:
    """Give the columns of a verdict on the call of this content hash."""
    probabilities = _probabilities(verdict)
    model = (verdict.model.get("name", ""), verdict.model.get("version", ""))
    record = verdict.escalated.record
    cuts = {label: cut for label, (_, cut) in probabilities.items()}
    escalated = verdict.escalated
    return {
        "basis": fingerprint([content, *model, record, cuts])[:32],
        "content_hash": content,
        "model_name": model[0],
        "model_version": model[1],
        "priority": verdict.priority,
        "flagged": bool(verdict.flagged_triggers),
        "warranted": verdict.warranted.flagged,
        "escalated": escalated.flagged,
        "said_escalated": escalated.probability >= escalated.threshold,
        "missed": verdict.missed,
        "record": record,
        "probabilities": probabilities,
        "counts": dict(verdict.counts) or None,
        "reasons": list(verdict.reasons),
        "warnings": list(verdict.warnings),
    }


def trigger_rows(verdict: CallVerdict) -> list[dict[str, Any]]:
    """Give the rows of the flagged triggers, without the verdict they belong to."""
    return [
        {
            "label": label,
            "probability": _kept(verdict.triggers[label].probability, verdict.triggers[label].threshold)[0],
            "evidence": [_evidence_row(turn) for turn in verdict.triggers[label].evidence],
        }
        for label in verdict.flagged_triggers
    ]


def verdict_from(
    row: Mapping[str, Any], triggers: Mapping[str, Sequence[Mapping[str, Any]]], metadata: Mapping[str, Any]
) -> CallVerdict:
    """Give the verdict that `verdict_columns` and `trigger_rows` wrote."""
    probabilities: dict[str, Any] = dict(row["probabilities"])
    warranted, escalated = probabilities.pop(WARRANTED), probabilities.pop(ESCALATED)
    return CallVerdict(
        call_id=row["call_id"],
        triggers={
            label: TriggerFinding(probability, cut, tuple(map(_evidence, triggers.get(label, ()))))
            for label, (probability, cut) in probabilities.items()
        },
        warranted=Decision(*warranted),
        escalated=Decision(escalated[0], escalated[1], row["record"]),
        priority=row["priority"],
        reasons=tuple(row["reasons"]),
        model={"name": row["model_name"], "version": row["model_version"]},
        warnings=tuple(row["warnings"]),
        metadata=metadata,
        counts=row["counts"] or {},
    )


def figures_from(
    call_id: str, day: date, counts: Mapping[str, int] | None, both: Mapping[str, tuple[float, float]]
) -> CallFigures:
    """Give the figures of a verdict that `verdict_columns` wrote."""
    flagged = [label for label, (probability, cut) in both.items() if probability >= cut and label not in CALL_LABELS]
    probabilities = {label: probability for label, (probability, _) in both.items()}
    return CallFigures(call_id, day, counts or {}, probabilities, tuple(flagged))


def without_texts(evidence: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Give evidence that tells the turns, no longer what was said in them."""
    return [{**turn, "text": ""} for turn in evidence]


def _probabilities(verdict: CallVerdict) -> dict[str, tuple[float, float]]:
    found: dict[str, TriggerFinding | Decision] = {**verdict.triggers}
    found |= {WARRANTED: verdict.warranted, ESCALATED: verdict.escalated}
    return {label: _kept(each.probability, each.threshold) for label, each in found.items()}


def _kept(probability: float, threshold: float) -> tuple[float, float]:
    """Round both, so that the one stays on its side of the other."""
    cut, rounded = round(threshold, DIGITS), round(probability, DIGITS)
    return (round(cut - SMALLEST, DIGITS) if probability < threshold and rounded >= cut else rounded), cut


def _evidence_row(turn: Evidence) -> dict[str, Any]:
    return {
        "turn": turn.turn,
        "speaker": turn.speaker,
        "start": turn.start_s,
        "end": turn.end_s,
        "text": turn.text,
        "probability": round(turn.probability, DIGITS),
    }


def _evidence(row: Mapping[str, Any]) -> Evidence:
    return Evidence(row["turn"], row["speaker"], row["text"], row["probability"], row["start"], row["end"])
