from __future__ import annotations

import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.utils.estimator_checks import parametrize_with_checks

from escalert.characters import CharacterNgrams
from escalert.config import FeatureConfig
from escalert.cues import CuePhrases
from escalert.features import (
    PLACE_FEATURES,
    STYLE_FEATURES,
    build_features,
    place_features,
    style_features,
    turn_table,
)
from escalert.linear import MaskedOneVsRest, SigmoidCalibration, neighbours
from escalert.records import Call, Turn
from escalert.taxonomy import load_taxonomy

CALL = Call(
    "c",
    (Turn("agent", "Hi there!"), Turn("customer", ""), Turn("customer", "I WANT my money NOW!!!"), Turn("agent", "ok")),
)


def test_the_table_knows_every_neighbour():
    table = turn_table([CALL, CALL])
    assert list(table["before"]) == [-1, 0, 1, 2, -1, 4, 5, 6]
    assert list(table["after"]) == [1, 2, 3, -1, 5, 6, 7, -1]
    assert list(table["own_before"]) == [-1, -1, 1, 0, -1, -1, 5, 4]
    assert list(table["turn"]) == [0, 1, 2, 3] * 2


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("", "n_words_log", 0.0),
        ("no capitals", "capital_share", 0.0),
        ("I WANT IT NOW ok", "is_shouted", 1.0),
        ("Now IBM called", "is_shouted", 0.0),
        ("what!!", "n_exclamations", 2.0),
        ("why? how?", "ends_in_question", 1.0),
        ("sooo", "n_elongations", 1.0),
        ("😡", "n_emoji", 1.0),
    ],
)
def test_style(text, name, value):
    found = style_features(pd.Series([text]))
    assert found[0, STYLE_FEATURES.index(name)] == value


def test_place_says_who_spoke_before():
    found = pd.DataFrame(place_features(turn_table([CALL])), columns=PLACE_FEATURES)
    assert list(found["is_after_agent"]) == [0, 1, 0, 0]
    assert list(found["repeats_speaker"]) == [0, 0, 1, 0]


def test_character_ngrams_are_those_of_scikit_learn():
    texts = ["not good", "", "a", "ünïcode 😡 text", "not good not good"]
    ours = CharacterNgrams(2, 4, 20).transform(texts)
    theirs = CountVectorizer(analyzer="char", ngram_range=(2, 4), lowercase=False).fit_transform(texts)
    assert ours.sum(axis=1).tolist() == theirs.sum(axis=1).tolist()
    assert (ours @ ours.T).toarray() == pytest.approx((theirs @ theirs.T).toarray())


def test_cue_phrases_match_whole_words_in_any_case():
    cues = CuePhrases({"want": ["your manager"], "swear": ["hell"]})
    found = cues.transform(["Get me YOUR MANAGER", "hello, yourmanager", "", "hell hell"]).toarray()
    assert found.tolist() == [[1, 0], [0, 0], [0, 0], [0, 2]]


def test_features_survive_pickling_and_batching():
    features = build_features(FeatureConfig(character_bits=14), load_taxonomy())
    table = turn_table([CALL, CALL])
    fitted = features.fit_transform(table)
    again = pickle.loads(pickle.dumps(features)).transform(table)
    assert abs(fitted - again).max() < 1e-6
    alone = features.transform(turn_table([CALL]))
    assert abs(alone - again[:4]).max() < 1e-6


def test_a_block_of_weight_zero_is_left_out():
    taxonomy, table = load_taxonomy(), turn_table([CALL])
    full = build_features(FeatureConfig(character_bits=14), taxonomy).fit_transform(table)
    bare = build_features(FeatureConfig(character_bits=14, before=0, after=0, own_before=0, cues=0), taxonomy)
    assert bare.fit_transform(table).shape[1] < full.shape[1]


ONE_SCORE = "it calibrates one score, so that further columns of the check's data are passed over"


@parametrize_with_checks(
    [SigmoidCalibration()], expected_failed_checks=lambda estimator: {"check_classifiers_train": ONE_SCORE}
)
def test_calibration_keeps_scikit_learns_contract(estimator, check):
    check(estimator)


def test_calibration_never_turns_the_order_round():
    calibration = SigmoidCalibration().fit([[0.0], [1.0], [2.0], [3.0]], [1, 1, 0, 0])
    assert calibration.slope_ > 0


def test_labels_that_nobody_annotated_are_passed_over():
    X = np.eye(6)
    Y = np.array([[1, 1], [0, 0], [1, np.nan], [0, np.nan], [1, 1], [0, 0]], dtype=float)
    fitted = MaskedOneVsRest(random_state=0).fit(X, Y)
    known = ~np.isnan(Y[:, 1])
    alone = MaskedOneVsRest(random_state=0).fit(X[known], Y[known])
    assert fitted.coef_[:, 1] == pytest.approx(alone.coef_[:, 1], abs=1e-6)


def test_neighbours_stop_at_the_ends_of_a_call():
    scores = np.arange(1.0, 6.0)[:, None]
    found = neighbours(scores, np.array([0, 1, 2, 0, 1]))
    assert found[0].tolist() == [1, -1, -1, 2, 3, -1]
    assert found[2].tolist() == [3, 2, 1, -1, -1, 2]
    assert found[3].tolist() == [4, -1, -1, 5, -1, -1]
