from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from escalert.dataset import (
    call_targets,
    check_labels,
    fingerprint,
    group_names,
    split_calls,
    turn_targets,
)
from escalert.errors import DataError
from escalert.records import Call, Turn
from escalert.taxonomy import load_taxonomy

TAXONOMY = load_taxonomy()


def call(name, author="ann", labels=("profanity",), **fields):
    return Call(name, (Turn("customer", f"hello {name}", labels=labels),), extra={"author": author}, **fields)


def test_an_author_never_stands_on_both_sides():
    calls = [call(f"{author}{n}", author) for author in "abcdefgh" for n in range(5)]
    split = split_calls(calls, by="author", test_share=0.25, seed=3)
    assert not set(group_names(split.train)) & set(group_names(split.test))
    assert len(split.test) == 10
    assert split_calls(calls[::-1], by="author", test_share=0.25, seed=3).test[::-1] == split.test


def test_a_contrast_pair_stays_together():
    calls = [
        replace(call(f"p{n}-{side}", None), extra={"kind": "contrast", "pair": f"p{n}"})
        for n in range(20)
        for side in "ab"
    ]
    split = split_calls(calls, by="call", test_share=0.3, seed=1)
    assert not set(group_names(split.train, "call")) & set(group_names(split.test, "call"))


def test_fixed_splits_overrule_chance(tmp_path):
    path = tmp_path / "splits.json"
    path.write_text(json.dumps({"ann": "train", "bob": "test", "eve": "validation"}))
    split = split_calls([call("1"), call("2", "bob"), call("3", "eve")], by="author", test_share=0, seed=0, splits=path)
    assert [each.call_id for each in split.test] == ["2"]


def test_a_wrong_part_in_the_splits_is_named(tmp_path):
    path = tmp_path / "splits.json"
    path.write_text('{"ann": "dev"}')
    with pytest.raises(DataError, match="found 'dev'"):
        split_calls([call("1")], by="author", test_share=0, seed=0, splits=path)


def test_what_nobody_annotated_is_nan_not_negative():
    plain = Call("x", (Turn("agent", "hi"), Turn("customer", "hello", labels=())))
    found = turn_targets([plain], TAXONOMY)
    assert np.isnan(found[0]).all()
    assert (found[1] == 0).all()
    assert np.isnan(call_targets([plain])).all()


def test_unknown_labels_are_named_with_their_place_and_the_known_ones():
    wrong = call("1", labels=("swearing",), origin="mine.jsonl:7")
    with pytest.raises(DataError, match=r"'swearing' at mine.jsonl:7.*Known are: profanity"):
        check_labels([wrong], TAXONOMY)


def test_data_without_any_label_is_refused():
    with pytest.raises(DataError, match="none of the 1 calls is labelled"):
        check_labels([Call("1", (Turn("agent", "hi"),))], TAXONOMY)


def test_the_fingerprint_sees_labels_and_not_the_order():
    one, two = call("1"), call("2")
    assert fingerprint([one, two]) == fingerprint([two, one])
    assert fingerprint([one, two]) != fingerprint([one, call("2", labels=())])
