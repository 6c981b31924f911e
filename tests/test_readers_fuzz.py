"""Files that are broken, forged or meant to harm cost themselves alone: one clear line each, in little time and memory.

`fuzz_readers.py` beside this does the same for hours.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import hostile
import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from escalert.readers import FORMATS, ReadOptions, call_to_dict, read_calls

SEEDS = hostile.seeds()
EXAMPLES = hostile.json_examples()
GATHERED = {"asapp", "chat-json"}
"""Formats whose lines are messages, several of which may make a call."""
LONGEST_S = 4
LONGEST_PROBLEM = 1_500
MOST_MEMORY_MB = 500
QUICK = settings(
    max_examples=50,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@pytest.fixture
def survive(tmp_path):
    """Give a function that reads bytes as a file, and checks that all that comes of it can be written and shown."""

    def hang(*_):
        pytest.fail(f"reading takes more than {LONGEST_S} s of processor time")

    def read(content, form=None):
        path, problems = tmp_path / "anything", []
        path.write_bytes(content)
        signal.setitimer(signal.ITIMER_PROF, LONGEST_S)
        calls = list(read_calls([path], ReadOptions(format=form), on_problem=problems.append))
        signal.setitimer(signal.ITIMER_PROF, 0)
        for call in calls:
            assert call.turns
            assert orjson.dumps(call_to_dict(call))
            assert "\n".join(call.warnings).encode() is not None
        for problem in problems:
            assert 0 < len(str(problem).encode()) < LONGEST_PROBLEM
            assert len(str(problem).splitlines()) == 1
        assert calls or problems
        return calls, problems

    before = signal.signal(signal.SIGPROF, hang)
    yield read
    signal.setitimer(signal.ITIMER_PROF, 0)
    signal.signal(signal.SIGPROF, before)


@QUICK
@given(name=st.sampled_from(sorted(SEEDS)), kept=st.floats(0, 1), data=st.data())
def test_what_breaks_off_anywhere(survive, name, kept, data):
    content = SEEDS[name][: int(len(SEEDS[name]) * kept)]
    survive(content, data.draw(st.sampled_from([None, name if name in {form.name for form in FORMATS} else None])))


@QUICK
@given(name=st.sampled_from(sorted(SEEDS)), flips=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 7)), min_size=1))
def test_flipped_bits(survive, name, flips):
    content = bytearray(SEEDS[name])
    for place, bit in flips:
        content[int(place * (len(content) - 1))] ^= 1 << bit
    survive(bytes(content))


@pytest.mark.parametrize("name", EXAMPLES)
def test_wrong_types_in_the_place_of_every_member(survive, name):
    lines = [json.dumps(value) for value in hostile.with_wrong_types(EXAMPLES[name])]
    calls, problems = survive("\n".join(lines).encode(), name)
    assert len(calls) + len(problems) >= len(lines) or name in GATHERED
    assert not any("cannot be read" in problem.message for problem in problems)


@pytest.mark.parametrize("name", EXAMPLES)
def test_nesting_ten_thousand_deep(survive, name):
    example = next(form.example for form in FORMATS if form.name == name)
    for content in hostile.deep_in(example, 10_000):
        calls, problems = survive(content.encode(), name)
        assert not calls
        assert "nested too deeply" in problems[0].message or "broken JSON" in problems[0].message


@pytest.mark.parametrize("name", [form.name for form in FORMATS if form.example.strip()])
def test_a_very_long_word_in_every_format(survive, name):
    form = next(form for form in FORMATS if form.name == name)
    for stutter in ("a", " ", "9:", "> "):
        for content in hostile.with_long_value(form.example, stutter, 20_000):
            survive(content)


@pytest.mark.parametrize("case", hostile.STUTTER)
def test_one_thing_over_and_over(survive, case):
    for content in hostile.long_lines(case, 20_000):
        survive(content)


@pytest.mark.parametrize("case", ["a", " ", "9", "["])
def test_lines_of_megabytes(survive, case):
    for content in hostile.long_lines(case, 2_000_000):
        survive(content)


@pytest.mark.parametrize("name", hostile.entities())
def test_entities_are_never_followed(survive, name):
    calls, [problem] = survive(hostile.entities()[name])
    assert not calls
    assert "defines entities" in problem.message or "none" in problem.message


@pytest.mark.parametrize("name", hostile.escaping())
def test_names_in_archives_lead_nowhere(survive, tmp_path, monkeypatch, name):
    inside = tmp_path / "a" / "b"
    inside.mkdir(parents=True)
    monkeypatch.chdir(inside)
    calls, _ = survive(hostile.escaping()[name])
    assert [call.turns[0].text for call in calls[:1]] == ["out of here"]
    assert sorted(tmp_path.rglob("*")) == sorted([tmp_path / "a", inside, tmp_path / "anything"])
    assert not Path("/tmp/escaped.txt").exists()


READ_ALL = """
import sys
from pathlib import Path
from escalert.readers import read_calls
seen = set()
for path in sys.argv[1:]:
    for call in read_calls([path], on_problem=lambda problem: seen.add(path)):
        seen.add(path)
# What getrusage gives is also the peak of the process that started this one.
peak = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
print(len(seen), int(peak.split()[1]) >> 10)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="peak memory is read from Linux's /proc")
def test_bombs_and_long_lines_stay_within_the_memory(tmp_path):
    crowd = {
        "crowd.jsonl": b'{"call_id": "c", "turns": [' + b"{}," * (4 << 20),
        "values.jsonl": b"[" + b'"ab",' * (6 << 20),
    }
    files = {
        **hostile.bombs(6 << 20),
        **crowd,
        "long.jsonl": b'{"call_id": "long", "turns": ["' + b"a\\u00e9 " * 500_000,
    }
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    command = [sys.executable, "-c", READ_ALL, *(os.fspath(tmp_path / name) for name in files)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    n_answered, memory = map(int, done.stdout.split())
    assert n_answered == len(files)
    assert memory < MOST_MEMORY_MB
