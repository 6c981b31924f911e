"""The corpus that ships with escalert is what its datasheet says."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace

import pytest

from escalert.corpus import check_corpus, contradictions, find_near_duplicates
from escalert.dataset import check_labels, corpus_folder, shipped_data
from escalert.readers import read_calls
from escalert.records import Call, Turn
from escalert.taxonomy import load_taxonomy

TAXONOMY = load_taxonomy()


@pytest.fixture(scope="module")
def corpus():
    problems = []
    calls = list(read_calls([corpus_folder()], on_problem=problems.append))
    assert not problems
    return calls


@pytest.fixture(scope="module")
def findings(corpus):
    return check_corpus(corpus, TAXONOMY)


def test_it_has_the_size_it_should(findings):
    counts = findings.counts
    assert counts["calls"] >= 1200
    assert counts["turns"] >= 40_000
    assert counts["contrast_turns"] >= 6000
    assert counts["authors"] >= 40
    assert counts["queues"] >= 35


@pytest.mark.parametrize("label", TAXONOMY.labels)
def test_every_label_has_examples_and_near_misses(findings, label):
    found = findings.counts["labels"][label]
    assert found["positive"] >= 700
    assert found["near_miss"] >= 500


def test_every_label_stands_on_both_sides_of_contrast_pairs(corpus):
    pairs = [call.turns[-1] for call in corpus if call.is_contrast]
    for label in TAXONOMY.labels:
        assert sum(label in (turn.labels or ()) for turn in pairs) >= 200
        assert sum(label in turn.extra.get("near_miss", ()) for turn in pairs) >= 200


def test_it_was_not_written_by_template(findings):
    assert findings.distinct_trigrams > 0.6
    assert findings.vocabulary > 15_000
    assert len(findings.near_duplicates) <= findings.counts["turns"] / 1000
    assert max(findings.openings.values(), default=0) <= 6


def test_its_labels_do_not_contradict_each_other(corpus, findings):
    assert findings.problems == []
    check_labels(corpus, TAXONOMY)
    assert all(turn.labels is not None for call in corpus if not call.is_contrast for turn in call.turns)
    assert len({call.call_id for call in corpus}) == len(corpus)


def test_every_author_has_one_part_of_the_split(corpus):
    splits = json.loads(shipped_data("splits.json").read_text("utf-8"))
    authors = {call.extra["author"] for call in corpus}
    assert authors == set(splits)
    assert set(Counter(splits.values())) == {"train", "validation", "test"}
    styles = {call.extra["style"] for call in corpus if splits[call.extra["author"]] == "test"}
    assert styles == {call.extra["style"] for call in corpus}


def test_copies_are_found():
    text = "i have been a customer for eleven years and nobody has ever called me back about it"
    call = Call("a", (Turn("customer", text, labels=()),))
    copy = Call("b", (Turn("customer", text.replace("eleven", "twelve"), labels=()),))
    other = Call("c", (Turn("customer", "can you tell me when the shop on the corner opens on sundays", labels=()),))
    assert [pair[:2] for pair in find_near_duplicates([call, copy, other])] == [("a:0", "b:0")]


def test_contradictions_are_found():
    call = Call(
        "a", (Turn("customer", "x", labels=("handoff",)), Turn("agent", "y", labels=())), labels={"escalated": False}
    )
    found = list(contradictions(call, TAXONOMY))
    assert any("handoff on a turn of the customer" in problem for problem in found)
    assert any("escalated is False" in problem for problem in found)
    assert not list(contradictions(replace(call, turns=call.turns[1:]), TAXONOMY))
