"""The call model: which triggers a call contains, was an escalation warranted, did one take place.

It reads the turn probabilities of the whole call. A lone, weak trigger means less in a call that is calm otherwise
than in one that is not, which no single turn can tell.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit
from sklearn.base import BaseEstimator, clone
from sklearn.compose import ColumnTransformer
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from escalert.linear import SigmoidCalibration, safe_logit
from escalert.records import CALL_LABELS, Call
from escalert.unmask import plain_text

Floats = NDArray[np.float64]
END_TURNS = 4
"""So many of each side's last turns tell how the call ended."""
FREQUENCIES = ("_strongest", "_second", "_sum")
"""Columns that tell how often and how strongly a label occurs; the others tell of the end of the call."""
ENDINGS = ("customer_end", "agent_end")
ENDING_WEIGHT = 6.0
"""Of the words of the endings beside the numbers, each of unit variance; chosen on the validation authors."""
FADING = 0.8
"""How much less each turn counts than the one after it, in the sum that leans to the end of the call."""


def call_table(calls: Sequence[Call], probabilities: Floats, labels: Sequence[str]) -> pd.DataFrame:
    """Describe whole calls by the probabilities of their turns and by how they ended.

    Parameters
    ----------
    probabilities : ndarray of shape (n_turns, n_labels)
        Of all turns of all calls, in order.
    labels : sequence of str
        The columns of `probabilities`.

    Returns
    -------
    DataFrame
        One row per call: for each label the log-odds of its two strongest turns, how many, how late, how strong at
        the end; the text of the last turns of either side.
    """
    rows = []
    first = 0
    for call in calls:
        n_turns = len(call.turns)
        rows.append({**_trajectory(probabilities[first : first + n_turns], labels), **_ending(call)})
        first += n_turns
    return pd.DataFrame(rows)


def _trajectory(probabilities: Floats, labels: Sequence[str]) -> dict[str, float]:
    n_turns = len(probabilities)
    padded = np.vstack([probabilities, np.zeros((2, len(labels)))])
    falling = np.sort(padded, axis=0)[::-1]
    late = (padded.argmax(axis=0) + 0.5) / max(n_turns, 1)
    at_end = padded[-2 - max(3, n_turns // 5) :].max(axis=0)
    columns = {
        "_strongest": safe_logit(falling[0]),
        "_second": safe_logit(falling[1]),
        "_sum": np.log1p(padded.sum(axis=0)),
        "_lateness": falling[0] * late,
        "_at_end": at_end,
        "_fading_sum": (FADING ** np.arange(n_turns)[::-1]) @ probabilities,
    }
    found = {
        f"{label}{name}": float(values[place]) for place, label in enumerate(labels) for name, values in columns.items()
    }
    return {"n_turns_log": float(np.log1p(n_turns)), **found}


def _ending(call: Call) -> dict[str, str]:
    found = {}
    for side in ("customer", "agent"):
        last = [plain_text(turn.text) for turn in call.turns if turn.speaker == side][-END_TURNS:]
        found[f"{side}_end"] = " . ".join(["ending", *last])  # a word that is always there: no vocabulary is empty
    return found


class CallModel(BaseEstimator):  # type: ignore[misc]
    """One calibrated logistic regression for each label of a call.

    Parameters
    ----------
    labels : sequence of str
        The triggers; ``escalation_warranted`` and ``escalated`` come after them.
    C : float
        Inverse strength of regularisation.
    n_folds : int
        Folds of the out-of-fold predictions that calibrate.

    Attributes
    ----------
    models_ : dict of str to (Pipeline, SigmoidCalibration)
        For the labels that had both outcomes in training.
    out_of_fold_ : ndarray of shape (n_calls, n_labels + 2)
    """

    def __init__(self, labels: Sequence[str], C: float = 0.3, n_folds: int = 5) -> None:
        self.labels = labels
        self.C = C
        self.n_folds = n_folds

    def fit(self, table: pd.DataFrame, Y: Floats, groups: Sequence[str]) -> Self:
        """Fit on a table of calls, their labels (1, 0, NaN; calls × labels + 2) and groups for the folds."""
        self.models_: dict[str, tuple[Pipeline, SigmoidCalibration]] = {}
        self.out_of_fold_ = np.full(Y.shape, np.nan)
        for column, label in enumerate((*self.labels, *CALL_LABELS)):
            known = ~np.isnan(Y[:, column])
            if len(set(Y[known, column])) == 2:
                rows, target = table[known], Y[known, column].astype(int)
                model = self._build(table, with_endings=label in CALL_LABELS)
                held = self._held_out(model, rows, target, np.asarray(groups, dtype=object)[known])
                calibration = SigmoidCalibration().fit(held[:, None], target)
                self.models_[label] = (model.fit(rows, target), calibration)
                self.out_of_fold_[known, column] = expit(calibration.log_odds(held))
            else:
                self.out_of_fold_[:, column] = _strongest(table, label)
        return self

    def predict_proba(self, table: pd.DataFrame) -> Floats:
        """Give the probabilities of all labels of calls, calls × labels + 2.

        A trigger that could not be learnt at this level has the probability of its strongest turn, an outcome 0.
        """
        found = np.zeros((len(table), len(self.labels) + len(CALL_LABELS)))
        for column, label in enumerate((*self.labels, *CALL_LABELS) if len(table) else ()):
            if label in self.models_:
                model, calibration = self.models_[label]
                found[:, column] = expit(calibration.log_odds(model.decision_function(table)))
            else:
                found[:, column] = _strongest(table, label)
        return found

    def _held_out(self, model: Pipeline, rows: pd.DataFrame, target: NDArray[np.int64], groups: NDArray[Any]) -> Floats:
        n_groups = len(set(groups))
        if n_groups < 2:
            return np.asarray(model.fit(rows, target).decision_function(rows))
        held = np.full(len(rows), float(safe_logit(target.mean())))  # stays where a fold leaves a single outcome
        for train, test in GroupKFold(min(self.n_folds, n_groups)).split(rows, groups=groups):
            if len(set(target[train])) == 2:
                held[test] = clone(model).fit(rows.iloc[train], target[train]).decision_function(rows.iloc[test])
        return held

    def _build(self, table: pd.DataFrame, *, with_endings: bool) -> Pipeline:
        numbers = [name for name in table.columns if name not in ENDINGS]
        if not with_endings:
            numbers = [name for name in numbers if name.endswith((*FREQUENCIES, "n_turns_log"))]
        blocks: list[tuple[str, Any, Any]] = [("numbers", StandardScaler(), numbers)]
        if with_endings:
            blocks += [
                (name, TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True), name) for name in ENDINGS
            ]
        columns = ColumnTransformer(blocks, transformer_weights=dict.fromkeys(ENDINGS, ENDING_WEIGHT))
        return make_pipeline(columns, LogisticRegression(C=self.C, max_iter=1000))


def _strongest(table: pd.DataFrame, label: str) -> Floats:
    name = f"{label}_strongest"
    return expit(table[name].to_numpy(float)) if name in table else np.zeros(len(table))
