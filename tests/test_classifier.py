"""Laws that hold for any model, shown on a small one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from escalert.calls import CallModel, call_table
from escalert.classifier import EscalationClassifier, batches
from escalert.config import TrainConfig
from escalert.errors import DataError, UsageError
from escalert.evaluate import evaluate
from escalert.records import ESCALATED, WARRANTED, Call, Turn
from escalert.scoring import score_calls
from escalert.taxonomy import load_taxonomy


def test_a_missed_escalation_is_found_with_its_quote(classifier, angry_call, calm_call):
    angry, calm = classifier.score_batch([angry_call, calm_call])
    assert angry.missed
    assert angry.priority == "urgent"
    quotes = [candidate.text for candidate in angry.triggers["manager_request"].candidates]
    assert any("get me your manager" in quote for quote in quotes)
    assert any("nobody senior came on" in reason for reason in angry.reasons)
    assert not calm.missed
    assert calm.priority == "none"
    assert calm.reasons == ()


def test_the_rules_have_the_same_interface(angry_call, calm_call):
    angry, calm = EscalationClassifier.rules().score_batch([angry_call, calm_call], turns=True)
    assert angry.missed
    assert set(angry.triggers) == set(load_taxonomy().labels)
    assert calm.flagged_triggers == ()
    assert len(angry.turns) == len(angry_call.turns)


def test_all_labels_are_always_present(classifier, calm_call):
    (verdict,) = classifier.score([calm_call])
    assert tuple(verdict.triggers) == load_taxonomy().labels


def test_the_order_of_calls_does_not_matter(classifier, labelled_calls):
    calls = labelled_calls[:12]
    forth = [verdict.to_dict() for verdict in classifier.score(calls)]
    back = [verdict.to_dict() for verdict in classifier.score(calls[::-1])]
    assert forth == back[::-1]


def test_a_batch_equals_one_by_one(classifier, labelled_calls):
    calls = labelled_calls[:6]
    together = classifier.score_batch(calls)
    alone = [classifier.score_batch([call])[0] for call in calls]
    for one, other in zip(together, alone, strict=True):
        assert one.warranted.probability == pytest.approx(other.warranted.probability, abs=1e-5)
        assert one.flagged_triggers == other.flagged_triggers


def test_a_higher_threshold_never_flags_more(classifier, labelled_calls):
    policy = classifier.policy_
    verdicts = classifier.score_batch(labelled_calls[:20], turns=True)
    counts = []
    for cut in (0.1, 0.3, 0.5, 0.7, 0.9):
        moved = [policy.rethreshold(verdict, dict.fromkeys(load_taxonomy().labels, cut)) for verdict in verdicts]
        counts.append(sum(len(verdict.flagged_triggers) for verdict in moved))
    assert counts == sorted(counts, reverse=True)
    assert counts[0] > counts[-1]


def test_thresholds_moved_after_scoring_equal_thresholds_moved_before(classifier, labelled_calls):
    cuts = {"profanity": 0.2, "handoff": 0.9, WARRANTED: 0.3}
    policy = classifier.policy_
    after = [
        policy.rethreshold(verdict, cuts).to_dict()
        for verdict in classifier.score_batch(labelled_calls[:10], turns=True)
    ]
    try:
        before = [
            verdict.to_dict()
            for verdict in classifier.with_thresholds(cuts).score_batch(labelled_calls[:10], turns=True)
        ]
    finally:
        classifier.policy_ = policy
    assert after == before


def test_a_flag_and_its_evidence_never_contradict(classifier, labelled_calls):
    for verdict in classifier.score_batch(labelled_calls[:30], turns=True):
        for label, finding in verdict.triggers.items():
            assert finding.flagged == bool(finding.evidence)
            assert {turn.turn for turn in finding.evidence} == {t.turn for t in verdict.turns if label in t.labels}
        assert verdict.missed == (verdict.warranted.flagged and not verdict.escalated.flagged)


def test_the_record_overrules_the_transcript(classifier, angry_call):
    (verdict,) = classifier.score([replace(angry_call, escalated=True)])
    assert verdict.escalated.flagged
    assert verdict.escalated.source == "record"
    assert not verdict.missed
    assert verdict.to_dict()["escalation"]["escalated"]["source"] == "record"


def test_shouting_recogniser_output_keeps_its_profanity(classifier):
    lines = ["this is fucking bullshit", "you people are useless bastards", "get off the damn line"]
    calls = [Call(str(n), (Turn("agent", "hi"), Turn("customer", text))) for n, text in enumerate(lines)]
    loud = [replace(call, turns=tuple(replace(turn, text=turn.text.upper()) for turn in call.turns)) for call in calls]
    for one, other in zip(classifier.score(calls), classifier.score(loud), strict=True):
        if "profanity" in one.flagged_triggers:
            assert "profanity" in other.flagged_triggers


@pytest.mark.parametrize(
    "texts",
    [
        [""],
        ["", "", ""],
        ["😡🤬", "مرحبا كيف حالك", "\u202eabc", "null\x00byte"],
        ["word " * 200_000],
        ["hi"] * 20_000,
    ],
    ids=["empty", "all empty", "emoji and right-to-left", "a turn of a megabyte", "20,000 turns"],
)
def test_odd_calls_are_scored(classifier, texts):
    call = Call("odd", tuple(Turn("customer", text) for text in texts))
    (verdict,) = classifier.score([call])
    assert 0 <= verdict.warranted.probability <= 1


def test_many_calls_of_one_turn_are_scored(classifier):
    calls = [
        Call(str(n), (Turn("customer", "get me your manager" if n % 10 == 0 else "hello"),)) for n in range(10_000)
    ]
    verdicts = list(classifier.score(calls))
    assert [verdict.call_id for verdict in verdicts] == [call.call_id for call in calls]


def test_unknown_speakers_and_foreign_calls_carry_a_warning(classifier):
    call = Call("x", (Turn("unknown", "hola"), Turn("unknown", "buenas")), language="es")
    (verdict,) = classifier.score([call])
    assert any("no speaker" in warning for warning in verdict.warnings)
    assert any("es" in warning for warning in verdict.warnings)


def test_batches_hold_whole_calls(labelled_calls):
    grouped = list(batches(labelled_calls, most_turns=100))
    assert [call for batch in grouped for call in batch] == labelled_calls
    assert len(grouped) > 1


def test_several_processes_give_what_one_gives(model_folder, labelled_calls):
    calls = labelled_calls * 5
    one = [verdict.to_dict() for batch in score_calls(model_folder, calls) for _, verdict in batch]
    two = [verdict.to_dict() for batch in score_calls(model_folder, calls, workers=2) for _, verdict in batch]
    assert one == two


def test_the_same_seed_gives_the_same_model(labelled_calls, small_config, classifier, angry_call):
    split = set(map(id, labelled_calls))
    assert len(split) == len(labelled_calls)
    calls = labelled_calls[:60]
    first, second = (EscalationClassifier(small_config).fit(calls) for _ in range(2))
    assert first.policy_.thresholds == second.policy_.thresholds
    assert np.array_equal(first.probabilities([angry_call])[0], second.probabilities([angry_call])[0])


def test_a_label_with_too_few_examples_is_left_out_with_a_warning(labelled_calls, small_config, caplog, angry_call):
    calls = [
        replace(call, turns=tuple(without(turn, "profanity") for turn in call.turns)) for call in labelled_calls[:60]
    ]
    fitted = EscalationClassifier(small_config).fit(calls)
    assert fitted.missing_ == ("profanity",)
    assert "profanity has 0 examples" in caplog.text
    (verdict,) = fitted.score([angry_call])
    assert verdict.triggers["profanity"].probability < verdict.triggers["profanity"].threshold
    assert "profanity is not in this model" in verdict.warnings


def without(turn, label):
    return replace(turn, labels=tuple(each for each in turn.labels if each != label))


def test_call_labels_alone_still_train_the_second_stage(labelled_calls, small_config, angry_call, calm_call, caplog):
    calls = [replace(call, turns=tuple(replace(turn, labels=None) for turn in call.turns)) for call in labelled_calls]
    fitted = EscalationClassifier(small_config).fit(calls)
    assert "rules stand in" in caplog.text
    angry, calm = fitted.score([angry_call, calm_call])
    assert angry.warranted.probability > calm.warranted.probability


def test_a_label_that_one_author_alone_has_in_a_fold_does_not_stop_the_training():
    calls = [Call(str(n), (Turn("customer", "hello"),)) for n in range(8)]
    table = call_table(calls, np.linspace(0.1, 0.9, 8)[:, None], ["profanity"])
    target = np.column_stack([[0, 0, 0, 0, 0, 0, 1, 1], [0, 1] * 4, [1, 0] * 4]).astype(float)
    model = CallModel(["profanity"], n_folds=4).fit(table, target, ["a", "a", "b", "b", "c", "c", "d", "d"])
    assert not np.isnan(model.out_of_fold_).any()
    assert model.predict_proba(table).shape == (8, 3)


def test_a_trigger_of_ones_own_needs_no_code(tmp_path, labelled_calls, small_config):
    path = tmp_path / "mine.toml"
    path.write_text(
        '[trigger.callback]\ntitle = "Callback"\nmeaning = "Wants to be called back."\nspeakers = ["customer"]\n'
        'group = "extended"\nweight = 1.0\ncues = ["call me back"]\n'
    )
    settings = small_config.model_copy(update={"data": small_config.data.model_copy(update={"taxonomy": path})})
    lines = [
        "please call me back tomorrow",
        "could someone ring me back",
        "i need a call back today",
        "call me back on my mobile",
    ]
    own = [
        Call(
            f"own{n}",
            (Turn("agent", "hello", labels=()), Turn("customer", lines[n % 4], labels=("callback",))),
            extra={"author": f"me{n % 4}"},
            origin="own.jsonl:1",
        )
        for n in range(16)
    ]
    fitted = EscalationClassifier(settings).fit([*labelled_calls[:60], *own])
    (verdict,) = fitted.score([Call("x", (Turn("agent", "hello"), Turn("customer", "please call me back")))])
    assert "callback" in verdict.flagged_triggers
    assert len(verdict.triggers) == 12


def test_a_threshold_of_an_unknown_label_is_refused(classifier):
    with pytest.raises(UsageError, match=r"no label 'swearing'.*known are: profanity"):
        classifier.policy_.with_thresholds({"swearing": 0.5})
    with pytest.raises(UsageError, match="between 0 and 1, found 7"):
        classifier.policy_.with_thresholds({"profanity": 7})


def test_evaluation_never_looks_at_the_record(classifier, labelled_calls):
    calls = labelled_calls[:20]
    told = [replace(call, escalated=call.labels[ESCALATED]) for call in calls]
    assert evaluate(classifier, told).to_dict() == evaluate(classifier, calls).to_dict()


def test_calls_without_any_label_cannot_be_trained_on():
    with pytest.raises(DataError, match="is labelled"):
        EscalationClassifier(TrainConfig()).fit([Call("1", (Turn("agent", "hi"),))])
