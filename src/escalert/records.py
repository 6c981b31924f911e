"""The things that travel through escalert: turns and calls in, verdicts out.

Frozen dataclasses of the standard library only, so that every other module may import them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Speaker = Literal["customer", "agent", "other", "unknown"]
SPEAKERS: tuple[Speaker, ...] = ("customer", "agent", "other", "unknown")
PRIORITIES = ("urgent", "high", "normal", "none")

WARRANTED = "escalation_warranted"
ESCALATED = "escalated"
HANDOFF = "handoff"
CALL_LABELS = (WARRANTED, ESCALATED)


@dataclass(frozen=True, slots=True)
class Turn:
    """One speaker's uninterrupted utterance.

    Attributes
    ----------
    speaker : str
        ``customer``, ``agent``, ``other`` (announcement, third party, supervisor) or ``unknown``.
    text : str
        As transcribed; may be empty.
    start_s, end_s : float or None
        Seconds from the start of the call.
    labels : tuple of str or None
        The labels an annotator gave; an empty tuple means none applies, None means not annotated.
    extra : mapping
        Fields of the input that escalert does not know, handed through untouched.
    """

    speaker: Speaker
    text: str
    start_s: float | None = None
    end_s: float | None = None
    labels: tuple[str, ...] | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Call:
    """One conversation, on any channel.

    Attributes
    ----------
    call_id : str
        Unique among the calls that are read together.
    turns : tuple of Turn
        In order of time.
    escalated : bool or None
        What the telephony or CRM record says; None where there is no record.
    labels : mapping of str to bool
        Annotations of the whole call (``escalation_warranted``, ``escalated``); absent means not annotated.
    origin : str
        Where it was read from, ``path:line``.
    warnings : tuple of str
        What the reader mended.
    extra : mapping
        Fields of the input that escalert does not know, handed through untouched.
    """

    call_id: str
    turns: tuple[Turn, ...]
    channel: str | None = None
    language: str | None = None
    started_at: str | None = None
    agent_id: str | None = None
    queue: str | None = None
    customer_id: str | None = None
    escalated: bool | None = None
    labels: Mapping[str, bool] = field(default_factory=dict)
    source: str | None = None
    origin: str = ""
    warnings: tuple[str, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_contrast(self) -> bool:
        """Whether this is a stand-alone training utterance and not a conversation."""
        return self.extra.get("kind") == "contrast"


@dataclass(frozen=True, slots=True)
class Evidence:
    """A turn that bears a trigger.

    Attributes
    ----------
    turn : int
        Its index in the call, from 0.
    probability : float
        The calibrated probability that this turn bears the label.
    """

    turn: int
    speaker: str
    text: str
    probability: float
    start_s: float | None = None
    end_s: float | None = None


@dataclass(frozen=True, slots=True)
class TriggerFinding:
    """What was found of one label in one call.

    Attributes
    ----------
    probability : float
        The calibrated probability that the call contains the trigger.
    threshold : float
        The cut on `probability` from which the trigger counts as flagged.
    candidates : tuple of Evidence
        The turns that bear the trigger if the call does: those that reach the label's threshold for turns, or else the
        strongest one; in the order of the call.
    """

    probability: float
    threshold: float
    candidates: tuple[Evidence, ...] = ()

    @property
    def flagged(self) -> bool:
        """Whether the call contains the trigger at this threshold."""
        return self.probability >= self.threshold

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """The turns that bear the trigger; none unless it is flagged."""
        return self.candidates if self.flagged else ()


@dataclass(frozen=True, slots=True)
class Decision:
    """A yes or no about the call as a whole.

    Attributes
    ----------
    probability : float
        Calibrated, from the transcript.
    threshold : float
        The cut on `probability`.
    record : bool or None
        What the call's own record says; where present it overrules the transcript.
    """

    probability: float
    threshold: float
    record: bool | None = None

    @property
    def flagged(self) -> bool:
        """The answer."""
        return self.probability >= self.threshold if self.record is None else self.record

    @property
    def source(self) -> str:
        """``record`` or ``transcript``: what the answer rests on."""
        return "transcript" if self.record is None else "record"


@dataclass(frozen=True, slots=True)
class TurnScore:
    """The probabilities of one turn, and the labels that it bears."""

    turn: int
    probabilities: Mapping[str, float]
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CallVerdict:
    """What escalert says of one call; the same fields in Python, JSON Lines, CSV, Parquet and HTML.

    Attributes
    ----------
    triggers : mapping of str to TriggerFinding
        Every label of the taxonomy, flagged or not.
    warranted, escalated : Decision
        Whether an escalation was called for, and whether one took place.
    priority : str
        ``urgent``, ``high``, ``normal`` or ``none``.
    reasons : tuple of str
        The sentences that explain `warranted` and `priority`.
    turns : tuple of TurnScore or None
        Every turn's probabilities, if they were asked for.
    model : mapping
        ``name`` and ``version`` of the model.
    metadata : mapping
        The call's own fields (queue, channel, agent, …), untouched.
    counts : mapping of str to int
        Turns, words, unknown words and turns of unknown speakers of the call, if they were asked for: what the drift of
        later calls is told from.
    """

    call_id: str
    triggers: Mapping[str, TriggerFinding]
    warranted: Decision
    escalated: Decision
    priority: str
    reasons: tuple[str, ...]
    turns: tuple[TurnScore, ...] | None = None
    model: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)

    @property
    def missed(self) -> bool:
        """Warranted, and nobody came."""
        return self.warranted.flagged and not self.escalated.flagged

    @property
    def flagged_triggers(self) -> tuple[str, ...]:
        """The labels that reach their thresholds, in the order of the taxonomy."""
        return tuple(label for label, finding in self.triggers.items() if finding.flagged)

    @property
    def first_evidence(self) -> Evidence | None:
        """The earliest turn that bears a flagged trigger; a handoff is an outcome and does not count."""
        turns = [turn for label, finding in self.triggers.items() if label != HANDOFF for turn in finding.evidence]
        return min(turns, key=lambda turn: turn.turn, default=None)

    def to_dict(self, *, turns: bool = True) -> dict[str, Any]:
        """Give the verdict as plain data, in the published shape (``docs/verdict.schema.json``)."""
        found: dict[str, Any] = {
            "call_id": self.call_id,
            "triggers": {label: _finding_dict(finding) for label, finding in self.triggers.items()},
            "escalation": {
                "warranted": _decision_dict(self.warranted),
                "escalated": {**_decision_dict(self.escalated), "source": self.escalated.source},
                "missed": self.missed,
                "priority": self.priority,
                "reasons": list(self.reasons),
            },
            "model": dict(self.model),
            "warnings": list(self.warnings),
            "call": dict(self.metadata),
        }
        if turns and self.turns is not None:
            found["turns"] = [_turn_dict(turn) for turn in self.turns]
        return found


def _finding_dict(finding: TriggerFinding) -> dict[str, Any]:
    return {
        "flagged": finding.flagged,
        "probability": round(finding.probability, 4),
        "threshold": round(finding.threshold, 4),
        "evidence": [
            {
                "turn": turn.turn,
                "speaker": turn.speaker,
                "start": turn.start_s,
                "end": turn.end_s,
                "text": turn.text,
                "probability": round(turn.probability, 4),
            }
            for turn in finding.evidence
        ],
    }


def _decision_dict(decision: Decision) -> dict[str, Any]:
    return {"flagged": decision.flagged, "probability": round(decision.probability, 4)}


def _turn_dict(turn: TurnScore) -> dict[str, Any]:
    probabilities = {label: round(value, 4) for label, value in turn.probabilities.items()}
    return {"turn": turn.turn, "probabilities": probabilities, "labels": list(turn.labels)}
