"""Large input in little memory, and random input without an exception."""

from __future__ import annotations

import gzip
import json
import tracemalloc

import orjson
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from escalert.readers import FORMATS, ReadOptions, call_to_dict, read_calls

GOOD = '{"call_id": "good", "turns": [{"speaker": "agent", "text": "hi"}]}'
TURN = {"speaker": "agent", "text": "hi"}
WORDS = "i have called three times about this and nobody rings back "
PER_CALL = {
    "jsonl": ("", json.dumps({"call_id": "c%d", "turns": [{**TURN, "text": WORDS * 100}] * 5}) + "\n"),
    "csv-turns": ("call_id,speaker,text\n", f"c%d,agent,{WORDS * 100}\n" * 5),
    "csv-calls": ("call_id,transcript\n", 'c%d,"' + f"Agent: {WORDS * 100}\n" * 5 + '"\n'),
}


def peak_of_reading(path):
    tracemalloc.start()
    try:
        n_calls = sum(1 for _ in read_calls([path]))
        return n_calls, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(("head", "line"), PER_CALL.values(), ids=PER_CALL)
def test_memory_does_not_grow_with_the_file(tmp_path, head, line):
    peaks = []
    for n_calls in (100, 1000):
        path = tmp_path / f"{n_calls}"
        path.write_text(head + "".join(line.replace("%d", str(number)) for number in range(n_calls)))
        found, peak = peak_of_reading(path)
        assert found == n_calls
        peaks.append(peak)
    assert path.stat().st_size > 25e6
    assert peaks[1] < peaks[0] + 500e3


def test_turns_and_calls_may_be_large(tmp_path):
    large = {"call_id": "large", "turns": [{"speaker": "agent", "text": "ab " * 350_000}]}
    long = {
        "call_id": "long",
        "turns": [{"speaker": "agent", "text": "hi", "start": number} for number in range(20_000)],
    }
    (tmp_path / "a.jsonl").write_text(json.dumps(large) + "\n" + json.dumps(long) + "\n")
    (tmp_path / "b.csv").write_text("id,speaker,text\nwide,agent," + "ab " * 350_000 + "\n")
    (tmp_path / "c.txt").write_text("Agent: " + "ab " * 350_000)
    sizes = [(call.call_id, len(call.turns), len(call.turns[0].text)) for call in read_calls([tmp_path])]
    assert sizes == [("large", 1, 1_050_000), ("long", 20_000, 2), ("wide", 1, 1_049_999), ("c", 1, 1_049_999)]


def test_what_does_not_fit_in_memory_is_passed_over(tmp_path, monkeypatch):
    monkeypatch.setattr("escalert.readers.source.MAX_LINE", 1000)
    monkeypatch.setattr("escalert.readers.plain.LARGEST_TEXT", 5000)
    (tmp_path / "a.jsonl").write_text(f"{GOOD}\n{GOOD.replace('hi', 'x' * 2000)}\n{GOOD.replace('good', 'last')}\n")
    (tmp_path / "b.txt").write_text("Agent: hello\n" * 500)
    problems = []
    assert [call.call_id for call in read_calls([tmp_path], on_problem=problems.append)] == ["good", "last"]
    assert [problem.where.removeprefix(f"{tmp_path}/") for problem in problems] == ["a.jsonl:2", "b.txt"]
    assert "more than 64 MB of text" in problems[1].message


SEEDS = [form.example.encode() for form in FORMATS] + [b'{\n"call_id": 1,\n"turns": [}', gzip.compress(GOOD.encode())]


def survive(folder, content, form=None):
    """Read anything: no exception, and what comes out can be written as JSON in UTF-8."""
    path, problems = folder / "anything", []
    path.write_bytes(content)
    calls = list(read_calls([path], ReadOptions(format=form), on_problem=problems.append))
    for call in calls:
        assert call.turns
        assert orjson.loads(orjson.dumps(call_to_dict(call)))
    assert "".join(map(str, problems)).encode() is not None
    assert calls or problems


QUICK = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@QUICK
@given(content=st.binary(max_size=300), form=st.sampled_from([None, *(form.name for form in FORMATS)]))
def test_random_bytes_never_raise(tmp_path, content, form):
    survive(tmp_path, content, form)


@QUICK
@given(seed=st.sampled_from(SEEDS), at=st.integers(0, 120), junk=st.binary(max_size=12), cut=st.booleans())
def test_damaged_files_never_raise(tmp_path, seed, at, junk, cut):
    survive(tmp_path, seed[:at] + junk + (b"" if cut else seed[at:]))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


@QUICK
@given(
    turn=st.fixed_dictionaries({}, optional=dict.fromkeys(("speaker", "text", "start", "end", "labels", "x"), JSON)),
    fields=st.fixed_dictionaries(
        {}, optional=dict.fromkeys(("call_id", "turns", "labels", "queue", "escalated"), JSON)
    ),
)
@example(turn={"start": 10**400, "text": "", "speaker": ""}, fields={})
def test_any_json_in_place_of_a_value_never_raises(tmp_path, turn, fields):
    survive(tmp_path, json.dumps({"call_id": "c", "turns": [{**TURN, **turn}], **fields}).encode())
