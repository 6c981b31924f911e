from __future__ import annotations

import numpy as np
import pytest

from escalert.compare import compare
from escalert.config import ThresholdConfig
from escalert.errors import UsageError
from escalert.metrics import Predictions, calibration_error, measure, ratios
from escalert.thresholds import choose_threshold, cuts_of

TARGET = np.array([1, 1, 1, 0, 0, 0, 0, np.nan])
PROBABILITY = np.array([0.9, 0.8, 0.3, 0.7, 0.2, 0.1, 0.05, 0.99])


def predictions(target=TARGET, probability=PROBABILITY, cut=0.5):
    return Predictions(target, probability, probability >= cut, np.arange(len(target)))


def test_what_nobody_annotated_does_not_count():
    found = measure(predictions())
    assert (found.support, found.n) == (3, 7)
    assert found.precision == pytest.approx(2 / 3)
    assert found.recall == pytest.approx(2 / 3)
    low, high = found.intervals["f1"]
    assert low <= found.f1 <= high


def test_without_support_nothing_is_made_up():
    found = measure(predictions(np.zeros(8), PROBABILITY))
    assert found.f1 == 0
    assert np.isnan(found.average_precision)
    assert found.to_dict()["average_precision"] is None


def test_ratios_survive_zeros():
    assert ratios(np.array([0, 0, 0])).tolist() == [0, 0, 0]


@pytest.mark.parametrize(("said", "error"), [(0.0, 0.5), (0.5, 0.0), (1.0, 0.5)])
def test_calibration_error_is_the_gap(said, error):
    assert calibration_error(np.array([0, 1, 0, 1.0]), np.full(4, said)) == pytest.approx(error)


def test_intervals_draw_calls_and_not_turns():
    one_call = Predictions(TARGET, PROBABILITY, PROBABILITY >= 0.5, np.zeros(8, int))
    low, high = measure(one_call).intervals["f1"]
    assert low == high


def chosen(**settings):
    return choose_threshold(TARGET, PROBABILITY, ThresholdConfig(**settings), "profanity")


def test_each_objective_keeps_its_word():
    for settings, holds in [
        ({"objective": "precision", "at_least": 1.0}, lambda cuts, at: cuts.precision[at] == 1.0),
        ({"objective": "recall", "at_least": 1.0}, lambda cuts, at: cuts.recall[at] == 1.0),
        ({"objective": "flags_per_1000", "at_most": 300}, lambda cuts, at: cuts.flags[at] <= 2),
    ]:
        cut = chosen(**settings)
        at = int(np.argmin(np.abs(np.round(np.arange(0.02, 0.981, 0.01), 2) - cut)))
        assert holds(cuts_of(TARGET, PROBABILITY), at), settings


def test_false_flags_that_weigh_more_push_the_threshold_up():
    weight = np.where(PROBABILITY == 0.7, 50.0, 1.0)
    settings = ThresholdConfig()
    light = choose_threshold(TARGET, PROBABILITY, settings, "profanity")
    heavy = choose_threshold(TARGET, PROBABILITY, settings, "profanity", weight)
    assert light < 0.7 <= heavy


def test_one_label_may_have_an_objective_of_its_own():
    everywhere = chosen(objective="precision", at_least=1.0)
    own = chosen(objective="precision", at_least=1.0, labels={"profanity": {"objective": "recall", "at_least": 1.0}})
    assert own < everywhere


def test_a_wrong_objective_is_named():
    with pytest.raises(UsageError, match=r"thresholds.labels.profanity"):
        chosen(labels={"profanity": {"objective": "luck"}})


def test_a_model_is_not_worse_than_itself_but_the_rules_may_be(classifier, labelled_calls):
    from escalert.classifier import EscalationClassifier

    same = compare(classifier, classifier, labelled_calls, n_resamples=50)
    assert (same.low, same.high) == (0, 0)
    assert not same.is_worse
    rules = compare(EscalationClassifier.rules(), classifier, labelled_calls, n_resamples=50)
    assert rules.is_worse
