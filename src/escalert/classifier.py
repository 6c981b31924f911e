"""The classifier: calls in, verdicts out. Open this file first; docs/architecture.md draws the path it joins."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from escalert.calls import CallModel, call_table
from escalert.config import TrainConfig
from escalert.dataset import call_targets, check_labels, group_names, turn_targets
from escalert.errors import DataError, ModelError
from escalert.persistence import load_model
from escalert.records import CALL_LABELS, Call, CallVerdict
from escalert.reference import Reference, WordCounter
from escalert.rules import HIT, RuleCalls, RuleTriggers
from escalert.taxonomy import Taxonomy, load_taxonomy
from escalert.thresholds import choose_threshold
from escalert.triggers import build_trigger_model
from escalert.verdict import Policy

Floats = NDArray[np.float64]
BATCH_TURNS = 8_000
"""Turns scored together: vectorising in batches is what makes scoring fast, and this many bound its memory."""

log = logging.getLogger("escalert")


class TurnModel(Protocol):
    """Gives the probabilities of all turns of some calls, turns × labels."""

    def predict_proba(self, calls: Sequence[Call]) -> Floats: ...  # noqa: D102

    def word_counter(self) -> WordCounter: ...  # noqa: D102


class WholeCallModel(Protocol):
    """Gives the probabilities of all labels, ``escalation_warranted`` and ``escalated`` for a table of calls."""

    def predict_proba(self, table: pd.DataFrame) -> Floats: ...  # noqa: D102


class EscalationClassifier:
    """Finds escalation triggers in calls, and the escalations that were warranted and missed.

    Parameters
    ----------
    config : TrainConfig, optional
        How to train.
    taxonomy : Taxonomy, optional
        What to look for; by default the taxonomy of the package.

    Attributes
    ----------
    turn_model_, call_model_ : TurnModel, WholeCallModel
        The two stages.
    policy_ : Policy
        Thresholds and priorities; `with_thresholds` changes them without training.
    missing_ : tuple of str
        Labels that had too few examples to be learnt; their probability is always 0.
    reference : Reference or None
        What the calls of the training were like, from the manifest; None for the rules and for models made before there
        were references.

    Examples
    --------
    >>> from escalert import EscalationClassifier, read_calls
    >>> classifier = EscalationClassifier.load("models/demo")  # doctest: +SKIP
    >>> for verdict in classifier.score(read_calls(["data/samples"])):  # doctest: +SKIP
    ...     print(verdict.call_id, verdict.missed, verdict.reasons)
    """

    turn_model_: TurnModel
    call_model_: WholeCallModel
    policy_: Policy
    missing_: tuple[str, ...]
    reference: Reference | None = None

    def __init__(self, config: TrainConfig | None = None, taxonomy: Taxonomy | None = None) -> None:
        self.config = config or TrainConfig()
        self.taxonomy = taxonomy or load_taxonomy(self.config.data.taxonomy)
        self.name, self.version = "untrained", "0"

    @classmethod
    def load(cls, folder: str | Path) -> Self:
        """Load a trained model folder, or the rules baseline if it is called ``rules``.

        Raises
        ------
        ModelError
            If the folder is missing, damaged, foreign or made by other library versions; nothing is unpickled then.
        """
        if str(folder) == "rules":
            return cls.rules()
        model, manifest = load_model(Path(folder))
        if not isinstance(model, cls):
            raise ModelError(f"{folder}: holds a {type(model).__name__}, not an escalert model; train one anew")
        model.name, model.version = manifest["name"], manifest["sha256"][:12]
        model.reference = Reference.in_manifest(manifest)
        return model

    @classmethod
    def rules(cls, taxonomy: Taxonomy | None = None) -> Self:
        """Give the cue-phrase baseline, which needs no training."""
        made = cls(taxonomy=taxonomy)
        made.turn_model_, made.call_model_ = RuleTriggers(made.taxonomy), RuleCalls(made.taxonomy)
        labels = made.taxonomy.labels
        cuts, turn_cuts = dict.fromkeys((*labels, *CALL_LABELS), HIT / 2), dict.fromkeys(labels, HIT / 2)
        made.policy_ = Policy(made.taxonomy, cuts, turn_cuts, made.config.priority)
        made.name, made.version, made.missing_ = "rules", "1", ()
        return made

    def fit(self, calls: Sequence[Call], progress: Callable[[str], None] = lambda step: None) -> Self:
        """Train both stages, and choose the thresholds on out-of-fold predictions.

        Parameters
        ----------
        calls : sequence of Call
            Labelled; what is not annotated is passed over. Calls without labels on their turns still train the
            second stage.
        progress : callable, optional
            Told each step in words.

        Raises
        ------
        DataError
            If a label is unknown to the taxonomy, nothing is labelled, or no label has enough examples.
        """
        check_labels(calls, self.taxonomy)
        self.missing_ = self._too_rare(calls)
        learnt = self.taxonomy.only(tuple(label for label in self.taxonomy.labels if label not in self.missing_))
        if learnt.triggers:
            turn_model = build_trigger_model(self.config, learnt).fit(calls, progress)
            self.turn_model_, turns = turn_model, self._all_labels(turn_model.out_of_fold_)
        else:
            log.warning("no label has enough annotated turns: the cue-phrase rules stand in for the turn model")
            self.missing_, self.turn_model_ = (), RuleTriggers(self.taxonomy)
            turns = self.turn_model_.predict_proba(calls)
        self._fit_calls(calls, turns, progress)
        return self

    def score(self, calls: Iterable[Call], *, turns: bool = False) -> Iterator[CallVerdict]:
        """Give the verdicts of calls, in their order, holding no more than a batch of them at a time.

        Parameters
        ----------
        turns : bool
            Whether verdicts keep the probabilities of every turn.
        """
        for batch in batches(calls):
            yield from self.score_batch(batch, turns=turns)

    def score_batch(
        self, calls: Sequence[Call], *, turns: bool = False, counter: WordCounter | None = None
    ) -> list[CallVerdict]:
        """Give the verdicts of calls that are scored together; one process or many call this same method.

        Parameters
        ----------
        counter : WordCounter, optional
            Of `word_counter`: fills in what verdicts count of their calls.
        """
        in_turns, whole = self.probabilities(calls)
        model = {"name": self.name, "version": self.version}
        verdicts, first = [], 0
        for call, in_call in zip(calls, whole, strict=True):
            rows = in_turns[first : first + len(call.turns)]
            verdict = self.policy_.judge(call, rows, in_call, keep_turns=turns)
            warnings, counts = (*verdict.warnings, *self._warnings(call)), counter.count(call) if counter else {}
            verdicts.append(replace(verdict, model=model, warnings=warnings, counts=counts))
            first += len(call.turns)
        return verdicts

    def word_counter(self) -> WordCounter:
        """Give what counts the words of calls, and those of them that the model does not know."""
        return self.turn_model_.word_counter()

    def probabilities(self, calls: Sequence[Call]) -> tuple[Floats, Floats]:
        """Give the probabilities of all turns (turns × labels) and of the calls (calls × labels + 2)."""
        turns = self._all_labels(self.turn_model_.predict_proba(calls))
        return turns, self.call_model_.predict_proba(call_table(calls, turns, self.taxonomy.labels))

    def with_thresholds(self, changed: Mapping[str, float]) -> Self:
        """Move thresholds by label, in place."""
        self.policy_ = self.policy_.with_thresholds(changed)
        return self

    def _too_rare(self, calls: Sequence[Call]) -> tuple[str, ...]:
        targets = turn_targets(calls, self.taxonomy)
        groups = np.repeat(np.array(group_names(calls, self.config.data.split_by)), [len(call.turns) for call in calls])
        rare = []
        for label, column in zip(self.taxonomy.labels, targets.T, strict=True):
            positives, authors = int(np.nansum(column)), len(set(groups[column == 1]))
            if positives < self.config.data.min_examples or authors < 2:
                rare.append(label)
                log.warning(
                    "%s has %d examples in %d groups, too few to learn: it is left out",
                    label,
                    positives,
                    authors,
                )
        return tuple(rare)

    def _all_labels(self, learnt: Floats) -> Floats:
        """Put zeros in the columns of labels that were not learnt."""
        found = np.zeros((len(learnt), len(self.taxonomy.labels)))
        found[:, [label not in self.missing_ for label in self.taxonomy.labels]] = learnt
        return found

    def _fit_calls(self, calls: Sequence[Call], turns: Floats, progress: Callable[[str], None]) -> None:
        progress("fitting the call model")
        whole = [not call.is_contrast for call in calls]
        turn_rows = np.repeat(whole, [len(call.turns) for call in calls])
        conversations = [call for call in calls if not call.is_contrast]
        if not conversations:
            raise DataError("there is no conversation among the labelled calls, only stand-alone turns")
        turns, target = turns[turn_rows], turn_targets(conversations, self.taxonomy)
        table = call_table(conversations, turns, self.taxonomy.labels)
        present = np.hstack([calls_with(conversations, target), call_targets(conversations)])
        settings = self.config.model
        model = CallModel(self.taxonomy.labels, settings.call_c, settings.folds)
        self.call_model_ = model.fit(table, present, group_names(conversations, self.config.data.split_by))
        self.policy_ = self._choose_policy(conversations, (turns, target), (model.out_of_fold_, present))

    def _choose_policy(
        self, calls: Sequence[Call], turns: tuple[Floats, Floats], whole: tuple[Floats, Floats]
    ) -> Policy:
        """Choose thresholds for calls, then for the turns of the calls that these flag."""
        labels, settings = self.taxonomy.labels, self.config.thresholds
        in_calls, present = whole
        is_calm = (present[:, : len(labels)] == 0).all(axis=1)
        weight = np.where(is_calm, settings.calm_weight, 1.0)
        cuts = {
            label: choose_threshold(present[:, column], in_calls[:, column], settings, label, weight)
            for column, label in enumerate((*labels, *CALL_LABELS))
        }
        policy = Policy(self.taxonomy, cuts, dict.fromkeys(labels, 1.0), self.config.priority)
        flagged = np.repeat(policy.flag_calls(in_calls), [len(call.turns) for call in calls], axis=0)[:, : len(labels)]
        seen = np.where(flagged, turns[0], 0.0)
        by_f1 = settings.model_copy(update={"objective": "f1", "labels": {}})
        turn_cuts = {
            label: choose_threshold(turns[1][:, column], seen[:, column], by_f1, label)
            for column, label in enumerate(labels)
        }
        return replace(policy, turn_thresholds=turn_cuts)

    def _warnings(self, call: Call) -> tuple[str, ...]:
        found = [f"{label} is not in this model" for label in self.missing_]
        if call.turns and all(turn.speaker == "unknown" for turn in call.turns):
            found.append("no speaker is known, so that who said what could not be weighed")
        if call.language and not call.language.lower().startswith("en"):
            found.append(f"the language is {call.language}; the model was trained on English")
        return tuple(found)


def batches(calls: Iterable[Call], most_turns: int = BATCH_TURNS) -> Iterator[list[Call]]:
    """Group calls into batches of about `most_turns` turns; a longer call is a batch of its own."""
    batch: list[Call] = []
    n_turns = 0
    for call in calls:
        batch.append(call)
        n_turns += len(call.turns)
        if n_turns >= most_turns:
            yield batch
            batch, n_turns = [], 0
    if batch:
        yield batch


def calls_with(calls: Sequence[Call], target: Floats) -> Floats:
    """Tell of each call and label whether a turn bears it: 1, 0, or NaN where its turns are not annotated."""
    ends = np.cumsum([len(call.turns) for call in calls])
    parts = np.split(target, ends[:-1])
    found = [np.where(np.isnan(rows).all(axis=0), np.nan, np.nansum(rows, axis=0) > 0) for rows in parts]
    return np.array(found).reshape(len(calls), target.shape[1])
