"""Policy: the probabilities of a call and of its turns → its verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from escalert.config import PriorityConfig
from escalert.errors import UsageError
from escalert.records import (
    CALL_LABELS,
    ESCALATED,
    WARRANTED,
    Call,
    CallVerdict,
    Decision,
    Evidence,
    TriggerFinding,
    TurnScore,
)
from escalert.taxonomy import Taxonomy

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Policy:
    """How probabilities become a verdict.

    Attributes
    ----------
    taxonomy : Taxonomy
    thresholds : mapping of str to float
        The cut on the call's probability, for every label and for ``escalation_warranted`` and ``escalated``.
    turn_thresholds : mapping of str to float
        The cut on a turn's probability from which it is evidence in a call that is flagged.
    priority : PriorityConfig
    """

    taxonomy: Taxonomy
    thresholds: Mapping[str, float]
    turn_thresholds: Mapping[str, float]
    priority: PriorityConfig = field(default_factory=PriorityConfig)

    def with_thresholds(self, changed: Mapping[str, float]) -> Policy:
        """Give the same policy with other thresholds.

        Raises
        ------
        UsageError
            For a label that is not there, or a threshold outside 0 … 1.
        """
        for label, threshold in changed.items():
            if label not in self.thresholds:
                raise UsageError(
                    f"there is no label {label!r} to set a threshold for; known are: {', '.join(self.thresholds)}"
                )
            if not 0 <= threshold <= 1:
                raise UsageError(f"the threshold of {label} must lie between 0 and 1, found {threshold}")
        return replace(self, thresholds={**self.thresholds, **changed})

    def flag_calls(self, calls: Floats) -> NDArray[np.bool_]:
        """Tell of calls (calls × labels + 2, or one call) which labels reach their thresholds."""
        return np.asarray(
            calls >= np.array([self.thresholds[label] for label in (*self.taxonomy.labels, *CALL_LABELS)])
        )

    def candidates(self, turns: Floats) -> NDArray[np.bool_]:
        """Tell of the turns of one call (turns × labels) which bear a label if the call does."""
        reached = turns >= np.array([self.turn_thresholds[label] for label in self.taxonomy.labels])
        strongest = np.arange(len(turns))[:, None] == turns.argmax(axis=0)
        return np.asarray(np.where(reached.any(axis=0), reached, strongest))

    def judge(self, call: Call, turns: Floats, whole: Floats, *, keep_turns: bool = False) -> CallVerdict:
        """Decide on one call.

        Parameters
        ----------
        turns : ndarray of shape (n_turns, n_labels)
            Calibrated probabilities of its turns.
        whole : ndarray of shape (n_labels + 2,)
            Calibrated probabilities of the call: every label, then ``escalation_warranted`` and ``escalated``.
        keep_turns : bool
            Whether the verdict keeps the probabilities of every turn.
        """
        triggers = self._findings(call, turns, whole)
        warranted = Decision(float(whole[-2]), self.thresholds[WARRANTED])
        escalated = Decision(float(whole[-1]), self.thresholds[ESCALATED], call.escalated)
        return CallVerdict(
            call_id=call.call_id,
            triggers=triggers,
            warranted=warranted,
            escalated=escalated,
            priority=self.rank(triggers, warranted, escalated),
            reasons=self.explain(triggers, warranted, escalated),
            turns=self._turn_scores(turns, triggers) if keep_turns else None,
            warnings=call.warnings,
            metadata=_metadata(call),
        )

    def rethreshold(self, verdict: CallVerdict, changed: Mapping[str, float]) -> CallVerdict:
        """Give the verdict that other thresholds lead to, without scoring again."""
        policy = self.with_thresholds(changed)
        cuts = policy.thresholds
        triggers = {label: replace(finding, threshold=cuts[label]) for label, finding in verdict.triggers.items()}
        warranted = replace(verdict.warranted, threshold=cuts[WARRANTED])
        escalated = replace(verdict.escalated, threshold=cuts[ESCALATED])
        return replace(
            verdict,
            triggers=triggers,
            warranted=warranted,
            escalated=escalated,
            priority=policy.rank(triggers, warranted, escalated),
            reasons=policy.explain(triggers, warranted, escalated),
            turns=None if verdict.turns is None else _relabelled(verdict.turns, triggers),
        )

    def rank(self, triggers: Mapping[str, TriggerFinding], warranted: Decision, escalated: Decision) -> str:
        """Give the priority of a call.

        A missed escalation is ``urgent`` if an urgent trigger is flagged or the weights of its flagged triggers
        add up to `PriorityConfig.urgent_points`, else ``high``. Any other call is ``normal`` if an escalation was
        warranted or its weights reach `PriorityConfig.normal_points`, else ``none``.
        """
        flagged = [self.taxonomy[label] for label, finding in triggers.items() if finding.flagged]
        points = sum(trigger.weight for trigger in flagged)
        if warranted.flagged and not escalated.flagged:
            is_urgent = any(trigger.urgent for trigger in flagged) or points >= self.priority.urgent_points
            return "urgent" if is_urgent else "high"
        return "normal" if warranted.flagged or points >= self.priority.normal_points else "none"

    def explain(
        self, triggers: Mapping[str, TriggerFinding], warranted: Decision, escalated: Decision
    ) -> tuple[str, ...]:
        """Give the reasons in words, weightiest first, then the outcome."""
        flagged = [(self.taxonomy[label], finding) for label, finding in triggers.items() if finding.flagged]
        flagged.sort(key=lambda pair: -pair[0].weight)
        reasons = [
            f"{trigger.reason} ({_turns_in_words(finding)})"
            for trigger, finding in flagged
            if trigger.group != "outcome"
        ]
        if warranted.flagged and not reasons:
            reasons = ["the course of the call as a whole"]
        if warranted.flagged or escalated.flagged:
            reasons.append(_outcome_in_words(triggers, escalated))
        return tuple(reasons)

    def _findings(self, call: Call, turns: Floats, whole: Floats) -> dict[str, TriggerFinding]:
        candidates = self.candidates(turns)
        found = {}
        for column, label in enumerate(self.taxonomy.labels):
            rows = np.flatnonzero(candidates[:, column])
            evidence = tuple(_evidence(call, int(row), float(turns[row, column])) for row in rows)
            found[label] = TriggerFinding(float(whole[column]), self.thresholds[label], evidence)
        return found

    def _turn_scores(self, turns: Floats, triggers: Mapping[str, TriggerFinding]) -> tuple[TurnScore, ...]:
        labels = self.taxonomy.labels
        scores = [TurnScore(n, dict(zip(labels, map(float, row), strict=True)), ()) for n, row in enumerate(turns)]
        return _relabelled(scores, triggers)


def _relabelled(turns: Sequence[TurnScore], triggers: Mapping[str, TriggerFinding]) -> tuple[TurnScore, ...]:
    """Give turns the labels of which they are evidence."""
    labels: dict[int, list[str]] = {}
    for label, finding in triggers.items():
        for evidence in finding.evidence:
            labels.setdefault(evidence.turn, []).append(label)
    return tuple(replace(turn, labels=tuple(labels.get(turn.turn, ()))) for turn in turns)


def _evidence(call: Call, row: int, probability: float) -> Evidence:
    turn = call.turns[row]
    return Evidence(row, turn.speaker, turn.text, probability, turn.start_s, turn.end_s)


def _metadata(call: Call) -> dict[str, object]:
    names = ("channel", "language", "started_at", "agent_id", "queue", "source")
    known = {name: value for name in names if (value := getattr(call, name)) is not None}
    return {**known, **call.extra}


def _turns_in_words(finding: TriggerFinding) -> str:
    turns: Sequence[int] = [turn.turn for turn in finding.evidence]
    shown = ", ".join(str(turn) for turn in turns[:4])
    return f"turn{'s' if len(turns) > 1 else ''} {shown}{' …' if len(turns) > 4 else ''}"


def _outcome_in_words(triggers: Mapping[str, TriggerFinding], escalated: Decision) -> str:
    if escalated.record is not None:
        return f"the call's record says it was {'' if escalated.record else 'not '}escalated"
    if not escalated.flagged:
        return "nobody senior came on"
    turns = [str(turn.turn) for turn in triggers["handoff"].evidence] if "handoff" in triggers else []
    return "handed to someone senior" + (f" (turn {turns[0]})" if turns else "")
