"""The turn model: a calibrated probability that a turn bears a label, for every turn and label."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit
from sklearn.base import BaseEstimator
from sklearn.model_selection import GroupKFold

from escalert.config import TrainConfig
from escalert.dataset import group_names, turn_targets
from escalert.features import TurnFeatures, build_features, turn_table
from escalert.linear import MaskedOneVsRest, NeighbourScores, SigmoidCalibration
from escalert.noise import Noise, add_noise
from escalert.processes import worker_pool
from escalert.records import Call
from escalert.reference import WordCounter
from escalert.taxonomy import Taxonomy

Floats = NDArray[np.float64]
Progress = Callable[[str], None]


@dataclass(frozen=True)
class TurnExamples:
    """Turns to train on, originals and damaged copies, laid out as a table.

    Attributes
    ----------
    table : DataFrame
        As `escalert.features.turn_table` gives it.
    Y : ndarray of shape (n_turns, n_labels)
    weight : ndarray of shape (n_turns,)
    group : ndarray of shape (n_turns,)
        The group that must stay on one side of a fold.
    is_original : ndarray of shape (n_turns,)
        False for damaged copies.
    is_whole : ndarray of shape (n_turns,)
        True for turns of conversations, False for stand-alone contrast turns.
    """

    table: pd.DataFrame
    Y: Floats
    weight: Floats
    group: NDArray[Any]
    is_original: NDArray[np.bool_]
    is_whole: NDArray[np.bool_]


def build_trigger_model(config: TrainConfig, taxonomy: Taxonomy) -> TriggerModel:
    """Build the unfitted turn model."""
    return TriggerModel(config, taxonomy)


class TriggerModel(BaseEstimator):  # type: ignore[misc]
    """Linear one-vs-rest models over n-grams, a second reading over neighbours, and calibration.

    Parameters
    ----------
    config : TrainConfig
    taxonomy : Taxonomy
        The labels to learn.

    Attributes
    ----------
    features_ : TurnFeatures
    linear_ : MaskedOneVsRest
    neighbours_ : NeighbourScores
    first_, second_, final_ : list of SigmoidCalibration
        One per label: of the first stage's scores, the second's, and their mean.
    out_of_fold_ : ndarray of shape (n_turns, n_labels)
        Probabilities of the training calls, each by a model that saw no call of the same group.
    """

    def __init__(self, config: TrainConfig, taxonomy: Taxonomy) -> None:
        self.config = config
        self.taxonomy = taxonomy

    @property
    def lexicon(self) -> tuple[str, ...]:
        """The swear words that disguises may stand for."""
        return swear_words(self.taxonomy)

    def word_counter(self) -> WordCounter:
        """Give what counts the words of calls that the model does not know."""
        return WordCounter(self.features_.known_words, self.lexicon)

    def fit(self, calls: Sequence[Call], progress: Progress = lambda step: None) -> Self:
        """Fit on labelled calls; turns that nobody annotated are passed over, label by label."""
        examples = collect_examples(calls, self.config, self.taxonomy)
        progress("vectorising and fitting, fold by fold")
        scores = self._out_of_fold_scores(examples)
        progress("calibrating")
        self._fit_stages(scores, examples)
        progress("fitting on all training calls")
        self.features_, self.linear_ = fit_first_stage(
            examples, np.ones(len(examples.table), bool), self.config, self.taxonomy
        )
        return self

    def predict_proba(self, calls: Sequence[Call]) -> Floats:
        """Give the calibrated probabilities of all turns of `calls`, turns × labels."""
        if not calls:
            return np.zeros((0, len(self.taxonomy.labels)))
        table = turn_table(calls, self.lexicon)
        scores = self.linear_.decision_function(self.features_.transform(table))
        return np.asarray(expit(self._log_odds(scores, table["turn"].to_numpy())))

    def _out_of_fold_scores(self, examples: TurnExamples) -> Floats:
        scores = np.full((int(examples.is_original.sum()), len(self.taxonomy.labels)), np.nan)
        group = examples.group[examples.is_original]
        n_folds = min(self.config.model.folds, len(set(group)))
        folds = [set(group[held]) for _, held in GroupKFold(n_folds).split(group, groups=group)]
        jobs = [(examples, held, self.config, self.taxonomy) for held in folds]
        for held, found in zip(folds, _map_processes(_score_fold, jobs, self.config.model.workers), strict=True):
            scores[np.isin(group, list(held))] = found
        return scores

    def _fit_stages(self, scores: Floats, examples: TurnExamples) -> None:
        kept = examples.is_original
        Y, turn = examples.Y[kept], examples.table.loc[kept, "turn"].to_numpy()
        natural = examples.is_whole[kept]
        natural = natural if natural.any() else np.ones(len(natural), bool)
        second = self._second_scores(scores, Y, turn, examples.group[kept])
        self.neighbours_ = NeighbourScores().fit(scores, Y, turn)
        self.first_ = _calibrate(scores[natural], Y[natural])
        self.second_ = _calibrate(second[natural], Y[natural])
        mixed = self._mix(scores, second)
        self.final_ = _calibrate(mixed[natural], Y[natural])
        self.out_of_fold_ = expit(_apply(self.final_, mixed))

    def _second_scores(self, scores: Floats, Y: Floats, turn: NDArray[np.int64], group: NDArray[Any]) -> Floats:
        second = np.empty_like(scores)
        for train, held in GroupKFold(min(self.config.model.folds, len(set(group)))).split(scores, groups=group):
            model = NeighbourScores().fit(scores[train], Y[train], turn[train])
            second[held] = model.decision_function(scores[held], turn[held])
        return second

    def _mix(self, first: Floats, second: Floats) -> Floats:
        share = self.config.model.context_share
        return (1 - share) * _apply(self.first_, first) + share * _apply(self.second_, second)

    def _log_odds(self, scores: Floats, turn: NDArray[np.int64]) -> Floats:
        return _apply(self.final_, self._mix(scores, self.neighbours_.decision_function(scores, turn)))


def swear_words(taxonomy: Taxonomy) -> tuple[str, ...]:
    """List the single words among the cue phrases of profanity."""
    cues = [cue for trigger in taxonomy if trigger.name == "profanity" for cue in trigger.cues]
    return (*(cue for cue in cues if cue.isalpha()), "ass")


def collect_examples(calls: Sequence[Call], config: TrainConfig, taxonomy: Taxonomy) -> TurnExamples:
    """Lay out calls and their damaged copies as training examples."""
    lexicon = swear_words(taxonomy)
    copies = [copy for number in range(config.noise.copies) for copy in _damaged(calls, config, number, lexicon)]
    both = [*calls, *copies]
    n_turns = np.array([len(call.turns) for call in both])
    is_original = np.repeat(np.arange(len(both)) < len(calls), n_turns)
    is_whole = np.repeat([not call.is_contrast for call in both], n_turns)
    weight = np.where(is_original, 1.0, config.noise.weight) * np.where(is_whole, 1.0, config.model.contrast_weight)
    group = np.repeat(np.array(group_names(both, config.data.split_by), dtype=object), n_turns)
    return TurnExamples(turn_table(both, lexicon), turn_targets(both, taxonomy), weight, group, is_original, is_whole)


def _damaged(calls: Sequence[Call], config: TrainConfig, number: int, lexicon: tuple[str, ...]) -> list[Call]:
    settings = config.noise
    noise = Noise(
        word_error_rate=settings.word_error_rate,
        masked_share=settings.masked_share,
        speakers_lost=settings.speakers_lost,
        speakers_swapped=settings.speakers_swapped,
    )
    return add_noise(calls, noise, seed=config.model.seed + number, swearing=lexicon)


def fit_first_stage(
    examples: TurnExamples, rows: NDArray[np.bool_], config: TrainConfig, taxonomy: Taxonomy
) -> tuple[TurnFeatures, MaskedOneVsRest]:
    """Fit features and linear models on some rows of the examples."""
    features = build_features(config.features, taxonomy)
    X = features.fit_transform(rows_of(examples.table, rows))
    settings = config.model
    linear = MaskedOneVsRest(
        settings.turn_c, settings.positive_weight, random_state=settings.seed, n_jobs=settings.workers
    )
    return features, linear.fit(X, examples.Y[rows], examples.weight[rows])


def rows_of(table: pd.DataFrame, rows: NDArray[np.bool_]) -> pd.DataFrame:
    """Take the turns of whole calls out of a turn table; their neighbours' rows are counted anew."""
    place = np.append(np.cumsum(rows) - 1, -1)
    taken = table[rows]
    return taken.assign(**{name: place[taken[name]] for name in ("before", "after", "own_before")})


def _score_fold(job: tuple[TurnExamples, set[Any], TrainConfig, Taxonomy]) -> Floats:
    examples, held, config, taxonomy = job
    is_held = np.isin(examples.group, list(held))
    one_thread = config.model_copy(update={"model": config.model.model_copy(update={"workers": 1})})
    features, linear = fit_first_stage(examples, ~is_held, one_thread, taxonomy)
    return linear.decision_function(features.transform(rows_of(examples.table, is_held & examples.is_original)))


def _map_processes(function: Callable[[Any], Floats], jobs: Sequence[Any], workers: int) -> list[Floats]:
    if workers == 1 or len(jobs) == 1:
        return [function(job) for job in jobs]
    with worker_pool(workers) as pool:
        return list(pool.map(function, jobs))


def _calibrate(scores: Floats, Y: Floats) -> list[SigmoidCalibration]:
    known = ~np.isnan(Y)
    return [
        SigmoidCalibration().fit(score[rows, None], target[rows])
        for score, target, rows in zip(scores.T, Y.T, known.T, strict=True)
    ]


def _apply(calibrations: list[SigmoidCalibration], scores: Floats) -> Floats:
    return np.column_stack([each.log_odds(column) for each, column in zip(calibrations, scores.T, strict=True)])
