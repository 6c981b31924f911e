"""Any format to the canonical one: nothing lost, nothing half-written, and a second time nothing changed."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import tracemalloc
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from escalert.cli.app import run
from escalert.convert import open_call_file
from escalert.dataset import corpus_folder, shipped_data
from escalert.errors import UsageError
from escalert.readers import FORMATS, ReadSummary, call_to_dict, read_calls
from escalert.records import SPEAKERS, Call, Turn

CALL = {
    "call_id": "c1",
    "queue": "billing",
    "turns": [{"speaker": "agent", "text": "hi", "start": 0.0}, {"speaker": "unknown", "text": "", "labels": []}],
    "labels": {"escalated": False},
    "region": {"x": [1, None]},
}
QUICK = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("in.jsonl").write_text(json.dumps(CALL) + "\n")
    return tmp_path


def convert(*inputs, out="out.jsonl", code=0, options=()):
    """Convert, and give the bytes that were written."""
    assert run(["convert", *map(str, inputs), "--out", out, "--overwrite", "--quiet", *options]) == code
    return Path(out).read_bytes()


def dicts(*inputs):
    return [call_to_dict(call) for call in read_calls(inputs, on_problem=lambda problem: None)]


@pytest.mark.parametrize("form", [form for form in FORMATS if form.example], ids=lambda form: form.name)
def test_nothing_is_lost_of_any_format(form):
    Path("in.txt").write_text(form.example)
    lines = convert("in.txt").splitlines()
    assert [json.loads(line) for line in lines] == dicts("in.txt") == dicts("out.jsonl")
    assert convert("out.jsonl", out="again.jsonl") == Path("out.jsonl").read_bytes()


def test_a_call_is_written_as_it_was_read():
    assert json.loads(convert("in.jsonl")) == CALL
    assert next(iter(json.loads(convert("in.jsonl")))) == "call_id"


TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=12)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=2),
    max_leaves=4,
)


FIELDS = ("channel", "language", "started_at", "agent_id", "queue", "customer_id", "source")


# A field of one's own cannot be called like one that the format knows.
TAKEN = {*FIELDS, "call_id", "turns", "escalated", "labels", "speaker", "text", "start", "end"}
EXTRAS = st.dictionaries(TEXTS.filter(lambda name: name not in TAKEN), VALUES, max_size=2)


@st.composite
def turns(draw):
    found = []
    for start in sorted(draw(st.lists(st.floats(0, 1e6), min_size=1, max_size=4))):
        length = draw(st.none() | st.floats(0, 100))
        times = (start, length if length is None else start + length) if draw(st.booleans()) else (None, None)
        labels = draw(st.none() | st.lists(TEXTS, max_size=2).map(tuple))
        extra = draw(EXTRAS)
        found.append(Turn(draw(st.sampled_from(SPEAKERS)), draw(TEXTS | st.just("")), *times, labels, extra))
    return tuple(found)


CALLS = st.builds(
    Call,
    TEXTS.filter(str.strip),
    turns(),
    **{name: st.none() | TEXTS for name in FIELDS},
    escalated=st.none() | st.booleans(),
    labels=st.dictionaries(TEXTS, st.booleans(), max_size=2),
    extra=EXTRAS,
    origin=st.just(""),
    warnings=st.just(()),
)


def rewrite(source, target):
    """Convert in Python, and give the bytes that were written."""
    with open_call_file(Path(target), overwrite=True) as write:
        for call in read_calls([source]):
            write(call)
    return Path(target).read_bytes()


@QUICK
@given(st.lists(CALLS, min_size=1, max_size=3, unique_by=lambda call: call.call_id))
def test_canonical_to_canonical_is_the_identity(written):
    with open_call_file(Path("a.jsonl"), overwrite=True) as write:
        for call in written:
            write(call)
    problems = []
    found = [replace(call, origin="") for call in read_calls(["a.jsonl"], on_problem=problems.append)]
    assert found == written
    assert not problems
    assert rewrite("a.jsonl", "b.jsonl") == Path("a.jsonl").read_bytes()


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=5,
)
TURN = {"speaker": "agent", "text": "hi"}


@QUICK
@given(
    turn=st.dictionaries(st.sampled_from(["speaker", "text", "start", "end", "labels", "x"]), ANYTHING),
    fields=st.dictionaries(st.sampled_from(["labels", "queue", "escalated", "x", "source"]), ANYTHING),
)
@example(turn={"start\0": "late", "end": -1}, fields={"queue": "\0", "source\0": "x", "labels": {"a": None}})
def test_what_was_converted_once_stays_as_it_is(turn, fields):
    Path("in.jsonl").write_text(json.dumps({"call_id": "c", "turns": [{**TURN, **turn}, TURN], **fields}))
    once = rewrite("in.jsonl", "a.jsonl")
    assert not once or rewrite("a.jsonl", "b.jsonl") == once


def test_the_corpus_converts_to_itself():
    files = sorted(corpus_folder().glob("*.jsonl"))
    before = [json.loads(line) for path in files for line in path.read_text("utf-8").splitlines()]
    once = convert(*files).splitlines(keepends=True)
    assert [json.loads(line) for line in once] == before
    Path("tenth.jsonl").write_bytes(b"".join(once[::10]))
    assert convert("tenth.jsonl", out="again.jsonl") == Path("tenth.jsonl").read_bytes()


def test_the_samples_convert_without_loss():
    samples = shipped_data("samples")
    once = convert(samples)
    assert [json.loads(line) for line in once.splitlines()] == dicts(samples)
    assert convert("out.jsonl", out="again.jsonl") == once


def test_packed_files_hold_the_same_and_are_the_same_each_time():
    packed = convert("in.jsonl", out="out.jsonl.gz")
    assert gzip.decompress(packed) == convert("in.jsonl")
    assert convert("out.jsonl.gz", out="again.jsonl.gz") == packed


def test_roles_are_named_unless_the_file_is_canonical():
    lines = ["thank you for calling how can i help you today", "my bill is wrong again i want a refund"]
    lines += ["may i have your account number please", "yes it's four four two", "thank you let me look into that"]
    turns = [{"speaker": "unknown", "text": text, "speaker_label": f"spk_{n % 2}"} for n, text in enumerate(lines)]
    Path("in.jsonl").write_text(json.dumps({"call_id": "c", "turns": turns}))
    assert json.loads(convert("in.jsonl"))["turns"] == turns
    Path("in.txt").write_text("".join(f"spk_{n % 2}: {text}\n" for n, text in enumerate(lines)))
    assert [turn["speaker"] for turn in json.loads(convert("in.txt"))["turns"]][:2] == ["agent", "customer"]
    assert convert("out.jsonl", out="again.jsonl") == Path("out.jsonl").read_bytes()


def test_a_file_may_be_converted_in_its_place():
    written = convert("in.jsonl")
    assert convert("out.jsonl") == written


def test_standard_input_is_converted_too():
    command = [sys.executable, "-m", "escalert", "convert", "-", "--out", "out.jsonl"]
    answer = subprocess.run(command, input=b"Agent: hi\nCustomer: yo\n", capture_output=True, check=False)
    assert answer.returncode == 0, answer.stderr
    assert b"\x1b" not in answer.stderr
    assert [turn["text"] for turn in json.loads(Path("out.jsonl").read_bytes())["turns"]] == ["hi", "yo"]


def test_the_summary_counts_each_format_and_says_why_what_was_skipped(capsys):
    Path("calls").mkdir()
    Path("calls/a.jsonl").write_text(
        json.dumps(CALL) + "\n" + '{"call_id": "x", "turns": []}\n{"call_id": "y", "turns": []}\n'
    )
    Path("calls/b.txt").write_text("Agent: hi\nCustomer: yo\nAgent: bye\n")
    Path("calls/c.txt").write_text("Agent: hi again\n")
    Path("calls/d.bin").write_bytes(bytes(range(256)) * 20)
    assert run(["convert", "calls", "nosuch", "--out", "out.jsonl"]) == 5
    captured = capsys.readouterr()
    rows = {}
    for line in captured.out.splitlines():
        cells = [cell.strip() for cell in line.split("│")]
        if len(cells) > 5 and cells[1]:
            rows[cells[1]] = cells[2:-1]
    assert rows["jsonl"] == ["1", "1", "2", "2", "2 × call … has no turns"]
    assert rows["plain"] == ["2", "2", "4", "0", ""]
    assert rows["not read"][:4] == ["", "", "", "2"]
    assert "3 calls with 6 turns converted, 4 skipped" in captured.out
    for part in ("a.jsonl:2", "a.jsonl:3", "d.bin", "nosuch"):
        assert part in captured.err


def test_reasons_stay_few_however_many_there_are(monkeypatch):
    monkeypatch.setattr("escalert.readers.summary.MOST_REASONS", 3)
    summary = ReadSummary()
    lines = [json.dumps({"call_id": "x", "turns": [], f"k{'x' * number}": 1}) for number in range(3)]
    lines += ["broken", "null", '{"call_id": [], "turns": [{}]}', '{"turns": 3, "call_id": 1}']
    Path("in.jsonl").write_text("\n".join([json.dumps(CALL), *lines]))
    assert len(list(summary.counted(read_calls(["in.jsonl"], on_problem=summary.note, on_file=summary.begin)))) == 1
    assert len(summary.formats["jsonl"].reasons) == 4
    assert sum(summary.formats["jsonl"].reasons.values()) == summary.skipped == len(lines)


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["in.jsonl", "--out", "o.csv"], 2, ".jsonl or .jsonl.gz, found '.csv'"),
        (["in.jsonl", "--out", "o"], 2, "found 'no ending'"),
        (["in.jsonl"], 2, "--out"),
        (["in.json", "--out", "o.jsonl"], 3, "did you mean in.jsonl"),
        (["in.jsonl", "--out", "o.jsonl", "--format", "deepgrm"], 2, "did you mean deepgram"),
        (["in.jsonl", "--out", "o.jsonl", "--speaker", "boss=Ann"], 2, "boss"),
        (["in.jsonl", "--out", "o.jsonl", "--name-pattern", "(["], 2, "no regular expression"),
        (["in.jsonl", "--out", "in.jsonl/o.jsonl"], 2, "in.jsonl"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_a_code(capsys, arguments, code, says):
    assert run(["convert", *arguments]) == code
    captured = capsys.readouterr()
    assert says in captured.err
    assert "Traceback" not in captured.err + captured.out
    assert sorted(path.name for path in Path().iterdir()) == ["in.jsonl"]


def test_an_existing_output_is_left_alone_unless_told(capsys):
    Path("out.jsonl").write_text("precious")
    assert run(["convert", "in.jsonl", "--out", "out.jsonl"]) == 2
    assert "--overwrite" in capsys.readouterr().err
    Path("empty.txt").touch()
    assert run(["convert", "empty.txt", "--out", "out.jsonl", "--overwrite"]) == 3
    assert Path("out.jsonl").read_text() == "precious"


def test_an_earlier_output_in_the_folder_is_not_read_again(capsys):
    assert run(["convert", ".", "--out", "out.jsonl", "-q"]) == 0
    assert run(["convert", ".", "--out", "out.jsonl", "--overwrite"]) == 2
    assert "would be read as input" in capsys.readouterr().err


@pytest.mark.parametrize("failure", [KeyboardInterrupt, RuntimeError])
@pytest.mark.parametrize("name", ["out.jsonl", "out.jsonl.gz"])
def test_what_breaks_off_leaves_nothing_behind(name, failure):
    Path(name).write_text("precious")
    [call] = read_calls(["in.jsonl"])

    def break_off():
        with open_call_file(Path(name), overwrite=True) as write:
            write(call)
            raise failure

    with pytest.raises(failure):
        break_off()
    assert Path(name).read_text() == "precious"
    assert sorted(path.name for path in Path().iterdir()) == ["in.jsonl", name]


@pytest.mark.parametrize("name", ["out.jsonl", "out.jsonl.gz"])
def test_a_full_disk_leaves_the_old_output(name):
    lines = [json.dumps({**CALL, "call_id": f"{number}", "x": str(hash(str(number)))}) for number in range(2000)]
    Path("in.jsonl").write_text("\n".join(lines))
    Path(name).write_text("precious")
    code = (
        "import resource, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
        "resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000)); from escalert.cli.app import run; "
        f"raise SystemExit(run('convert in.jsonl --out {name} --overwrite'.split()))"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert answer.returncode == 2
    assert "could not be written" in answer.stderr
    assert "Traceback" not in answer.stderr
    assert Path(name).read_text() == "precious"
    assert sorted(path.name for path in Path().iterdir()) == ["in.jsonl", name]


def test_a_call_file_is_refused_before_any_work():
    with pytest.raises(UsageError, match=r"\.jsonl or \.jsonl\.gz"):
        open_call_file(Path("calls.json")).__enter__()


def test_memory_does_not_grow_with_the_input():
    peaks = []
    for n_calls in (100, 600):
        turns = [{"speaker": "agent", "text": "nobody rings back " * 400}] * 3
        with Path("many.jsonl").open("w") as file:
            for number in range(n_calls):
                file.write(json.dumps({"call_id": f"c{number}", "turns": turns}) + "\n")
        tracemalloc.start()
        assert run(["convert", "many.jsonl", "--out", "out.jsonl", "--overwrite", "-q"]) == 0
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert Path("out.jsonl").stat().st_size > 10e6
    assert peaks[1] < peaks[0] + 500e3
