"""Drift against a training's reference: found where it is, rarely where it is not, and kept in the manifest."""

from __future__ import annotations

import json

import numpy as np
import pytest

from escalert import EscalationClassifier
from escalert.drift import bin_counts, measure_drift, population_stability
from escalert.errors import ModelError
from escalert.records import Call, Turn
from escalert.reference import (
    FEWEST,
    N_QUANTILES,
    TURNS,
    UNKNOWN_SPEAKERS,
    UNKNOWN_WORDS,
    WORDS,
    Observations,
    Quantiles,
    Reference,
    WordCounter,
    probability_of,
)
from escalert.scoring import score_calls
from escalert.train import training_reference

WARRANTED = probability_of("escalation_warranted")


def observed(rng, n, *, stretch=1.0, unknown=0.02):
    """Calls of some 25 turns, of three probabilities; most of few unknown words."""
    turns = np.maximum(1, np.round(stretch * np.exp(3.2 + 0.5 * rng.normal(size=n)))).astype(int)
    words = turns * rng.integers(5, 20, n)
    seen = Observations()
    for n_turns, n_words, n_unknown, p in zip(
        turns, words, rng.binomial(words, unknown), rng.beta(1, 8, n), strict=True
    ):
        counts = {"turns": n_turns, "words": n_words, "unknown_words": n_unknown, "unknown_speakers": 0}
        seen.add(counts, {"profanity": p, "handoff": min(1.0, 2 * p), "never": 0.0})
    return seen


@pytest.fixture(scope="module")
def reference():
    return Reference.of(observed(np.random.default_rng(1), 1200))


def out_of_chance(reference, seen):
    return {(each.name, each.statistic) for each in measure_drift(reference, seen) if each.value > each.chance}


# What is found


def test_calls_like_those_of_the_training_have_not_drifted(reference):
    assert out_of_chance(reference, observed(np.random.default_rng(2), 800)) == set()


def test_longer_calls_are_found_and_nothing_else(reference):
    found = out_of_chance(reference, observed(np.random.default_rng(2), 800, stretch=1.6))
    assert found == {(TURNS, "psi"), (TURNS, "ks")}


def test_new_words_are_found_and_fewer_of_them_are_no_drift(reference):
    assert out_of_chance(reference, observed(np.random.default_rng(2), 800, unknown=0.06)) == {(UNKNOWN_WORDS, "rise")}
    assert out_of_chance(reference, observed(np.random.default_rng(2), 800, unknown=0.001)) == set()


def test_a_label_that_was_never_found_and_now_is_has_drifted(reference):
    seen = observed(np.random.default_rng(2), 800)
    seen.features[probability_of("never")][:300] = [0.9] * 300
    assert (probability_of("never"), "psi") in out_of_chance(reference, seen)


def test_few_calls_need_a_larger_drift(reference):
    """With thirty calls, chance alone reaches beyond the usual limit of 0.25."""
    (few,) = (each for each in measure_drift(reference, observed(np.random.default_rng(3), 30))[:1])
    (many,) = (each for each in measure_drift(reference, observed(np.random.default_rng(3), 3000))[:1])
    assert (few.name, few.statistic) == (many.name, many.statistic) == (TURNS, "psi")
    assert few.chance > 0.25 > many.chance


@pytest.mark.parametrize("n_calls", [60, 400])
def test_nights_without_drift_seldom_warn(reference, n_calls):
    """Theory gives 0.27 % of the nights; of 60 more than two would come up once in a thousand times."""
    rng = np.random.default_rng(4)
    assert sum(bool(out_of_chance(reference, observed(rng, n_calls))) for _ in range(60)) <= 2


# The statistics


def test_psi_is_the_sum_over_bins():
    same, shifted = [100, 100], [150, 50]
    assert population_stability(same, same) == 0
    p, q = 150.5 / 201, 50.5 / 201
    assert population_stability(same, shifted) == pytest.approx(
        (p - 0.5) * np.log(p / 0.5) + (q - 0.5) * np.log(q / 0.5)
    )


def test_bins_are_deciles_and_fewer_where_values_repeat():
    spread = Quantiles.of(np.arange(1000.0))
    expected, counts = bin_counts(spread, np.arange(1000.0))
    assert expected.tolist() == [100] * 10
    assert counts.tolist() == pytest.approx([100] * 10, abs=2)
    two_values = Quantiles.of(np.repeat([0.02, 0.8], [900, 100]))
    expected, counts = bin_counts(two_values, np.array([0.02, 0.8, 0.8]))
    assert expected.tolist()[0] == 900
    assert counts.tolist()[0] == 1


def test_ks_of_values_that_repeat_is_the_gap_of_their_shares():
    """The rules know two probabilities; a statistic for continuous numbers would find a gap where there is none."""
    seen = Observations(features={WORDS: [0.02] * 90 + [0.8] * 10})
    reference = Reference.of(seen)
    assert [each.value for each in measure_drift(reference, seen)] == [0, pytest.approx(0, abs=1 / N_QUANTILES)]
    seen.features[WORDS] = [0.02] * 50 + [0.8] * 50
    assert measure_drift(reference, seen)[1].value == pytest.approx(0.4)


# Counting


def test_words_and_speakers_of_a_call_are_counted():
    turns = (Turn("agent", "Don’t worry, f***ing thing 42"), Turn("unknown", "flurbish thing"), Turn("other", ""))
    counter = WordCounter(frozenset({"don't", "worry", "fucking", "thing"}), ("fucking",))
    assert counter.count(Call("c", turns)) == {"turns": 3, "words": 6, "unknown_words": 1, "unknown_speakers": 1}


def test_calls_without_turns_or_words_are_no_trouble(reference):
    seen = Observations()
    for _ in range(FEWEST):
        seen.add(WordCounter(frozenset()).count(Call("c", ())), {"profanity": 0.1})
        seen.add(WordCounter(frozenset()).count(Call("c", (Turn("agent", "…"),))), {"profanity": 0.1})
    assert set(Reference.of(seen).features) == {TURNS, WORDS, probability_of("profanity")}
    assert measure_drift(reference, seen)


@pytest.mark.parametrize("workers", [1, 2])
def test_scoring_counts_if_it_is_asked_to(model_folder, labelled_calls, workers):
    calls = labelled_calls[:6]
    scored = [pair for batch in score_calls(model_folder, calls, workers=workers, counts=True) for pair in batch]
    assert [verdict.counts["turns"] for _, verdict in scored] == [len(call.turns) for call in calls]
    assert sum(verdict.counts["unknown_words"] for _, verdict in scored) <= 20
    assert "counts" not in scored[0][1].to_dict()


# The reference in the manifest


def test_training_keeps_a_small_reference(training, model_folder, labelled_calls):
    text = (model_folder / "manifest.json").read_text("utf-8")
    kept = json.loads(text)["reference"]
    assert len(json.dumps(kept)) < 8_000
    assert {TURNS, WORDS, WARRANTED, probability_of("profanity")} <= set(kept["features"])
    assert set(kept["shares"]) == {UNKNOWN_SPEAKERS} or set(kept["shares"]) == {UNKNOWN_SPEAKERS, UNKNOWN_WORDS}
    lengths = [len(call.turns) for call in training.split.train]
    median = kept["features"][TURNS]["quantiles"][N_QUANTILES // 2]
    assert min(lengths) < median < max(lengths)
    assert kept["features"][TURNS]["n"] == len(lengths)
    assert max(len(line) for line in text.splitlines()) < 1_000


def test_probabilities_of_the_reference_are_out_of_fold(training):
    column = [*training.classifier.taxonomy.labels, "escalation_warranted"].index("escalation_warranted")
    expected = training.classifier.call_model_.out_of_fold_[:, column]
    found = training_reference(training).features[WARRANTED]
    assert np.median(found.values) == pytest.approx(np.nanmedian(expected), rel=0.1)


def test_the_held_out_calls_have_not_drifted(training):
    """They are of the same corpus, scored as new calls are: what the reference holds must be comparable."""
    classifier, seen = training.classifier, Observations()
    held_out = [call for call in training.split.test if not call.is_contrast]
    for verdict in classifier.score_batch(held_out, counter=classifier.word_counter()):
        found = {label: finding.probability for label, finding in verdict.triggers.items()}
        seen.add(verdict.counts, {**found, "escalation_warranted": verdict.warranted.probability})
    found = measure_drift(training_reference(training), seen)
    assert len(found) > 10
    assert not [each for each in found if each.value > max(each.chance, 0.5)]


def test_a_reference_comes_back_from_its_manifest(model_folder, training):
    loaded = EscalationClassifier.load(model_folder).reference
    assert loaded.to_dict() == training_reference(training).to_dict()


@pytest.fixture
def with_manifest(model_folder, tmp_path):
    import shutil

    folder = shutil.copytree(model_folder, tmp_path / "copy")

    def change(reference):
        manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
        manifest.pop("reference")
        changed = manifest if reference is None else {**manifest, "reference": reference}
        (folder / "manifest.json").write_text(json.dumps(changed), "utf-8")
        return folder

    return change


def test_a_model_older_than_references_still_loads(with_manifest):
    assert EscalationClassifier.load(with_manifest(None)).reference is None


@pytest.mark.parametrize(
    "broken", ["?", [], {"features": {}}, {"features": {TURNS: {"n": 9, "quantiles": [1]}}, "shares": {}}]
)
def test_a_damaged_reference_is_named_with_its_remedy(with_manifest, broken):
    with pytest.raises(ModelError, match=r"the reference in the manifest of small cannot be read.*train again"):
        EscalationClassifier.load(with_manifest(broken))


def test_the_rules_have_no_reference_and_know_no_unknown_words(angry_call):
    rules = EscalationClassifier.rules()
    assert rules.reference is None
    assert set(rules.word_counter().count(angry_call)) == {"turns", "words", "unknown_speakers"}
