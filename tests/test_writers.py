"""Whatever the text, every kind of output can be written and read back."""

from __future__ import annotations

import csv
import json

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from escalert.classifier import EscalationClassifier
from escalert.errors import UsageError
from escalert.records import Call, Turn
from escalert.wholefile import whole_file
from escalert.writers import FORMULA_STARTS, open_sink

RULES = EscalationClassifier.rules()
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


def verdict_of(call_id, text, queue=None):
    turns = (Turn("customer", text), Turn("customer", "this is bullshit get me your manager " + text))
    return RULES.score_batch([Call(call_id, turns, queue=queue)], turns=True)[0]


def written(folder, name, verdicts, **options):
    with open_sink(folder / name, overwrite=True, **options) as sink:
        sink.write(verdicts)
    return folder / name


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(call_id=TEXTS, text=TEXTS, queue=st.none() | TEXTS)
def test_any_text_survives(tmp_path, call_id, text, queue):
    verdict = verdict_of(call_id, text, queue)
    line = written(tmp_path, "o.jsonl", [verdict], turns=True).read_text("utf-8")
    assert json.loads(line) == json.loads(json.dumps(verdict.to_dict()))
    with written(tmp_path, "o.csv", [verdict]).open(encoding="utf-8-sig", newline="") as file:
        (row,) = csv.DictReader(file)
    assert not row["call_id"].startswith(FORMULA_STARTS)
    assert row["call_id"].removeprefix("'") == call_id.removeprefix("'")
    table = pd.read_parquet(written(tmp_path, "o.parquet", [verdict]))
    assert list(table["call_id"]) == [call_id]


@pytest.mark.parametrize("name", ["o.jsonl", "o.csv", "o.parquet"])
def test_no_verdicts_make_an_empty_but_readable_file(tmp_path, name):
    assert written(tmp_path, name, []).exists()


def fail_midway(path):
    with whole_file(path) as temporary:
        temporary.write_text("half")
        raise RuntimeError("midway")


def test_a_file_is_whole_or_not_there(tmp_path):
    path = tmp_path / "a" / "out.txt"
    with pytest.raises(RuntimeError, match="midway"):
        fail_midway(path)
    assert list(path.parent.iterdir()) == []
    with whole_file(path) as temporary:
        temporary.write_text("whole")
    assert path.read_text() == "whole"


def test_an_existing_file_is_not_replaced_unasked(tmp_path):
    path = tmp_path / "out.txt"
    path.write_text("precious")
    with pytest.raises(UsageError, match="--overwrite"):
        whole_file(path, overwrite=False).__enter__()
    assert path.read_text() == "precious"
