"""The cue-phrase baseline: the same interface as the trained models, nothing to train."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from escalert.cues import CuePhrases
from escalert.features import build_phrases, turn_table
from escalert.records import HANDOFF, Call
from escalert.reference import WordCounter
from escalert.taxonomy import Taxonomy
from escalert.triggers import swear_words

Floats = NDArray[np.float64]
HIT, NO_HIT = 0.8, 0.02
WARRANTING = ("manager_request", "legal_compliance", "severe_impact", "public_exposure")
"""Triggers of which one suffices, by the annotation guide, unless the matter is settled."""
EMOTIONAL = ("profanity", "emotional_intensity", "repeat_contact")
"""Triggers of which two together suffice."""


class RuleTriggers:
    """A turn bears a label if one of its cue phrases stands in it and its speaker can bear it."""

    def __init__(self, taxonomy: Taxonomy) -> None:
        self.taxonomy = taxonomy
        self.cues = CuePhrases(build_phrases(taxonomy))

    def word_counter(self) -> WordCounter:
        """Give what counts words; to the rules, none is unknown."""
        return WordCounter(None, swear_words(self.taxonomy))

    def predict_proba(self, calls: Sequence[Call]) -> Floats:
        """Give `HIT` or `NO_HIT` for all turns, turns × labels; not calibrated."""
        table = turn_table(calls, swear_words(self.taxonomy))
        hits = self.cues.transform(table["text"]).toarray() > 0
        found = np.zeros((len(table), len(self.taxonomy.labels)), bool)
        for place, label in enumerate(self.cues.phrases):
            column = self.taxonomy.labels.index(label)
            may_speak = table["speaker"].isin([*self.taxonomy[label].speakers, "unknown"]).to_numpy()
            found[:, column] = hits[:, place] & may_speak
        return np.where(found, HIT, NO_HIT)


class RuleCalls:
    """A call contains what its turns do; one grave trigger or two emotional ones warrant an escalation."""

    def __init__(self, taxonomy: Taxonomy) -> None:
        self.taxonomy = taxonomy

    def predict_proba(self, table: pd.DataFrame) -> Floats:
        """Give `HIT` or `NO_HIT` for the calls of `calls.call_table`, calls × labels + 2."""
        contained = [_has_any(table, (label,)) for label in self.taxonomy.labels]
        emotional = np.sum([_has_any(table, (label,)) for label in EMOTIONAL], axis=0)
        warranted = _has_any(table, WARRANTING) | (emotional >= 2)
        return np.where(np.column_stack([*contained, warranted, _has_any(table, (HANDOFF,))]), HIT, NO_HIT)


def _has_any(table: pd.DataFrame, labels: Sequence[str]) -> NDArray[np.bool_]:
    columns = [f"{label}_strongest" for label in labels if f"{label}_strongest" in table]
    return np.asarray((table[columns].to_numpy().reshape(len(table), -1) > 0).any(axis=1))
