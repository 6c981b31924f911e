from __future__ import annotations

from escalert.classifier import EscalationClassifier
from escalert.explain import MOST_WORDS, explain_call, split_words
from escalert.records import Call, Turn


def test_the_word_that_matters_moves_the_most():
    call = Call("x", (Turn("agent", "hello"), Turn("customer", "well i think you are a bastard sir")))
    rules = EscalationClassifier.rules()
    (verdict,) = rules.score([call])
    (found,) = explain_call(rules, call, verdict)
    assert (found.turn, found.label) == (1, "profanity")
    assert found.strongest(1)[0].word == "bastard"
    assert [word.word for word in found.words] == call.turns[1].text.split()


def test_every_evidence_turn_is_explained(classifier, angry_call):
    (verdict,) = classifier.score([angry_call])
    explained = {(found.turn, found.label) for found in explain_call(classifier, angry_call, verdict)}
    assert explained == {(turn.turn, label) for label, finding in verdict.triggers.items() for turn in finding.evidence}


def test_a_calm_call_needs_no_explanation(classifier, calm_call):
    (verdict,) = classifier.score([calm_call])
    assert explain_call(classifier, calm_call, verdict) == []


def test_a_long_turn_is_cut_into_so_many_pieces():
    assert split_words("") == []
    assert len(split_words("a b c")) == 3
    assert len(split_words("word " * 10_000)) <= MOST_WORDS
