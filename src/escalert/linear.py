"""The linear estimators under the turn model: one-vs-rest with gaps in the labels, neighbours, calibration."""

from __future__ import annotations

import warnings
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

Floats = NDArray[np.float64]
TINY = 1e-6


class MaskedOneVsRest(BaseEstimator):  # type: ignore[misc]
    """One linear support-vector machine per label, each trained on the rows annotated for it.

    Parameters
    ----------
    C : float
        Inverse strength of regularisation.
    positive_weight : float
        Weight of a positive row beside a negative one.
    tol : float
        When the solver stops; a finer one costs much time and moves no metric.
    random_state : int
        Seed of the solver.
    n_jobs : int
        Labels fitted side by side; the solver frees the interpreter lock, so threads do.

    Attributes
    ----------
    coef_ : ndarray of shape (n_features, n_labels)
    intercept_ : ndarray of shape (n_labels,)
    """

    def __init__(
        self,
        C: float = 0.3,
        positive_weight: float = 1.0,
        tol: float = 0.1,
        random_state: int = 0,
        n_jobs: int = 1,
    ) -> None:
        self.C = C
        self.positive_weight = positive_weight
        self.tol = tol
        self.random_state = random_state
        self.n_jobs = n_jobs

    def fit(self, X: Any, Y: Floats, sample_weight: Floats | None = None) -> Self:
        """Fit on a matrix `X` and labels `Y` of 1, 0 and NaN (not annotated), rows × labels."""
        weight = np.ones(len(Y)) if sample_weight is None else sample_weight
        with ThreadPoolExecutor(self.n_jobs) as threads:
            fitted = list(threads.map(lambda y: self._fit_label(X, y, weight), Y.T))
        self.coef_ = np.column_stack([model.coef_[0] for model in fitted]).astype(np.float32)
        self.intercept_ = np.array([model.intercept_[0] for model in fitted])
        self.n_features_in_ = X.shape[1]
        return self

    def _fit_label(self, X: Any, y: Floats, weight: Floats) -> Any:
        known = ~np.isnan(y) & (weight > 0)
        rows, target = (X, y) if known.all() else (X[known], y[known])
        if len(np.unique(target)) < 2:
            return _Constant(X.shape[1])
        model = LinearSVC(C=self.C, tol=self.tol, random_state=self.random_state, max_iter=300)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # the last digits do not move a ranking
            model.fit(rows, target, weight[known] * np.where(target > 0, self.positive_weight, 1.0))
        return model

    def decision_function(self, X: Any) -> Floats:
        """Give the signed distance of each row to each label's border, rows × labels."""
        check_is_fitted(self)
        return np.asarray(X @ self.coef_ + self.intercept_, dtype=float)


class _Constant:
    """Stands in where a fold holds no example, or nothing else, of a label: every row scores alike."""

    def __init__(self, n_features: int) -> None:
        self.coef_ = np.zeros((1, n_features))
        self.intercept_ = np.array([-1.0])


class NeighbourScores(BaseEstimator):  # type: ignore[misc]
    """Read a turn's scores again beside those of the turns around it: one logistic regression per label.

    Parameters
    ----------
    C : float
        Inverse strength of regularisation.
    """

    def __init__(self, C: float = 0.05) -> None:
        self.C = C

    def fit(self, scores: Floats, Y: Floats, turn: NDArray[np.int64]) -> Self:
        """Fit on out-of-fold `scores` (rows × labels); `turn` counts the turns of each call from 0."""
        self.scaler_ = StandardScaler().fit(neighbours(scores, turn))
        features = self.scaler_.transform(neighbours(scores, turn))
        fitted = [self._fit_label(features, y) for y in Y.T]
        self.coef_ = np.column_stack([model.coef_[0] for model in fitted])
        self.intercept_ = np.array([model.intercept_[0] for model in fitted])
        return self

    def _fit_label(self, features: Floats, y: Floats) -> Any:
        known = ~np.isnan(y)
        if len(np.unique(y[known])) < 2:
            return _Constant(features.shape[1])
        return LogisticRegression(C=self.C, solver="newton-cholesky").fit(features[known], y[known])

    def decision_function(self, scores: Floats, turn: NDArray[np.int64]) -> Floats:
        """Give the log-odds of each turn and label."""
        check_is_fitted(self)
        return np.asarray(self.scaler_.transform(neighbours(scores, turn)) @ self.coef_ + self.intercept_)


def neighbours(scores: Floats, turn: NDArray[np.int64]) -> Floats:
    """Set each row beside the rows of the two turns before it, the two after, and the call's highest so far.

    Parameters
    ----------
    scores : ndarray of shape (n_turns, n_labels)
    turn : ndarray of shape (n_turns,)
        The index of each turn in its call; a 0 begins a call.
    """
    if not len(scores):
        return np.zeros((0, scores.shape[1] * 6))
    call = np.cumsum(turn == 0)
    rest = np.full(scores.shape[1], -1.0)
    blocks = [scores]
    for step in (1, 2, -1, -2):
        moved = np.roll(scores, step, axis=0)
        moved[np.roll(call, step) != call] = rest
        edge = slice(None, step) if step > 0 else slice(step, None)
        moved[edge] = rest
        blocks.append(moved)
    return np.hstack([*blocks, _highest_before(scores, turn, rest)])


def _highest_before(scores: Floats, turn: NDArray[np.int64], rest: Floats) -> Floats:
    highest = np.empty_like(scores)
    for begin, end in pairwise([*np.flatnonzero(turn == 0), len(turn)]):
        highest[begin] = rest
        highest[begin + 1 : end] = np.maximum.accumulate(scores[begin : end - 1], axis=0)
    return highest


class SigmoidCalibration(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Turn one score into a probability that can be taken at its word, by a sigmoid that never falls.

    Parameters
    ----------
    C : float
        Inverse strength of regularisation.

    Notes
    -----
    Platt (1999), "Probabilistic outputs for support vector machines".
    """

    def __init__(self, C: float = 100.0) -> None:
        self.C = C

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        return tags

    def fit(self, X: Any, y: Any) -> Self:
        """Fit on a single column of scores and two classes."""
        X, y = validate_data(self, X, y)
        check_classification_targets(y)
        self.classes_ = np.unique(y)
        if len(self.classes_) > 2:
            raise ValueError(f"Only binary classification is supported. The target has {len(self.classes_)} classes.")
        if len(self.classes_) < 2:
            self.slope_, self.offset_ = 1.0, 0.0
            return self
        model = LogisticRegression(C=self.C).fit(X[:, :1], y)
        self.slope_ = max(float(model.coef_[0, 0]), 1e-3)
        self.offset_ = float(model.intercept_[0])
        return self

    def log_odds(self, scores: Floats) -> Floats:
        """Give the log-odds of the second class for a vector of scores."""
        return np.asarray(self.slope_ * scores + self.offset_)

    def predict_proba(self, X: Any) -> Floats:
        """Give the probabilities of both classes."""
        check_is_fitted(self)
        X = validate_data(self, X, reset=False)
        positive = expit(self.log_odds(X[:, 0]))
        return np.column_stack([1 - positive, positive])[:, -len(self.classes_) :]

    def predict(self, X: Any) -> Any:
        """Give the likelier class."""
        check_is_fitted(self)
        return self.classes_[self.predict_proba(X).argmax(axis=1)]


def safe_logit(probability: Floats) -> Floats:
    """Give log-odds that stay finite at 0 and 1."""
    return np.asarray(logit(np.clip(probability, TINY, 1 - TINY)))
