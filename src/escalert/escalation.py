"""The call model: was an escalation warranted, did one take place; from the turn probabilities of a whole call."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit
from sklearn.base import BaseEstimator
from sklearn.compose import ColumnTransformer
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from escalert.linear import SigmoidCalibration, safe_logit
from escalert.records import CALL_LABELS, Call
from escalert.unmask import plain_text

Floats = NDArray[np.float64]
END_TURNS = 4
"""So many of each side's last turns tell how the call ended."""


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
        One row per call: for each label its strongest turn, how many, how late, how strong at the end and how
        much of it lies after the first handoff-like turn; the text of the last turns of either side.
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
    late = (np.arange(n_turns) + 0.5) / max(n_turns, 1)
    found: dict[str, float] = {"n_turns_log": np.log1p(n_turns)}
    for column, label in enumerate(labels):
        turns = np.sort(probabilities[:, column])[::-1]
        strongest = turns[0] if n_turns else 0.0
        found[f"{label}_strongest"] = float(safe_logit(np.array(strongest)))
        found[f"{label}_second"] = float(turns[1]) if n_turns > 1 else 0.0
        found[f"{label}_sum"] = float(np.log1p(turns.sum()))
        found[f"{label}_lateness"] = float(strongest * late[probabilities[:, column].argmax()]) if n_turns else 0.0
        found[f"{label}_at_end"] = float(probabilities[-max(3, n_turns // 5) :, column].max()) if n_turns else 0.0
    return found


def _ending(call: Call) -> dict[str, str]:
    return {
        f"{side}_end": " . ".join([plain_text(turn.text) for turn in call.turns if turn.speaker == side][-END_TURNS:])
        for side in ("customer", "agent")
    }


class EscalationModel(BaseEstimator):  # type: ignore[misc]
    """One calibrated logistic regression for each of the call's labels.

    Parameters
    ----------
    C : float
        Inverse strength of regularisation.
    n_folds : int
        Folds of the out-of-fold predictions that calibrate.

    Attributes
    ----------
    models_ : dict of str to (Pipeline, SigmoidCalibration)
        For the call labels that had both outcomes in training.
    out_of_fold_ : ndarray of shape (n_calls, 2)
    """

    def __init__(self, C: float = 0.3, n_folds: int = 5) -> None:
        self.C = C
        self.n_folds = n_folds

    def fit(self, table: pd.DataFrame, Y: Floats, groups: Sequence[str]) -> Self:
        """Fit on a table of calls, their labels (1, 0, NaN; calls × 2) and groups for the folds."""
        self.models_: dict[str, tuple[Pipeline, SigmoidCalibration]] = {}
        self.out_of_fold_ = np.full(Y.shape, np.nan)
        for column, label in enumerate(CALL_LABELS):
            known = ~np.isnan(Y[:, column])
            if len(set(Y[known, column])) == 2:
                rows, target = table[known], Y[known, column].astype(int)
                held = self._held_out(rows, target, np.asarray(groups, dtype=object)[known])
                calibration = SigmoidCalibration().fit(held[:, None], target)
                self.models_[label] = (self._build(table).fit(rows, target), calibration)
                self.out_of_fold_[known, column] = expit(calibration.log_odds(held))
        return self

    def predict_proba(self, table: pd.DataFrame) -> Floats:
        """Give the probabilities of the call labels, calls × 2; 0 for one that could not be learnt."""
        found = np.zeros((len(table), len(CALL_LABELS)))
        for column, label in enumerate(CALL_LABELS):
            if label in self.models_ and len(table):
                model, calibration = self.models_[label]
                found[:, column] = expit(calibration.log_odds(model.decision_function(table)))
        return found

    def _held_out(self, rows: pd.DataFrame, target: NDArray[np.int64], groups: NDArray[Any]) -> Floats:
        folds = GroupKFold(max(2, min(self.n_folds, len(set(groups)))))
        if len(set(groups)) < 2:
            return np.asarray(self._build(rows).fit(rows, target).decision_function(rows))
        return np.asarray(
            cross_val_predict(self._build(rows), rows, target, groups=groups, cv=folds, method="decision_function")
        )

    def _build(self, table: pd.DataFrame) -> Pipeline:
        numbers = [name for name in table.columns if not name.endswith("_end") or name.endswith("_at_end")]
        words = [name for name in table.columns if name not in numbers]
        blocks: list[tuple[str, Any, Any]] = [("numbers", StandardScaler(), numbers)]
        blocks += [(name, TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True), name) for name in words]
        return make_pipeline(ColumnTransformer(blocks), LogisticRegression(C=self.C, max_iter=1000))
