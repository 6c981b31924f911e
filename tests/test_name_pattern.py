"""What the names of files tell of their calls."""

from __future__ import annotations

import json
import re
import zipfile
from pathlib import Path

import pytest

from escalert.cli.app import run
from escalert.errors import UsageError
from escalert.readers import ReadOptions, call_to_dict, read_calls
from escalert.readers.filenames import DEFAULT_PATTERNS, iso_date

INPUT = (Path(__file__).parents[1] / "docs" / "input.md").read_text("utf-8")
UUID = "3f1c9a2e-5b7d-4e8f-9a0b-1c2d3e4f5a6b"
TEXT = "Agent: hi\nCustomer: yo\n"


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def told(name, content=TEXT, pattern=None):
    """Give what is known of the call in a file of this name, and the problems."""
    path = Path("calls") / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    problems = []
    [call] = read_calls([path], ReadOptions(name_pattern=pattern), on_problem=problems.append)
    return {key: value for key, value in call_to_dict(call).items() if key != "turns"}, problems


@pytest.mark.parametrize(
    ("name", "known"),
    [
        (f"{UUID}_analysis_2026-09-02T00:17:10Z.json", {"call_id": UUID, "started_at": "2026-09-02T00:17:10Z"}),
        (
            f"{UUID}_analysis_redacted_2026-09-02T00_17_10Z.json",
            {"call_id": UUID, "started_at": "2026-09-02T00:17:10Z"},
        ),
        (f"{UUID}_20260902T00:17_UTC.json", {"call_id": UUID, "started_at": "2026-09-02T00:17:00Z"}),
        (f"year=2026/hour=0/conversation_id={UUID}/recording.json", {"call_id": UUID}),
        (f"CA{'0f' * 16}_RE{'1e' * 16}.json", {"call_id": "CA" + "0f" * 16}),
        (f"transcript-GT{'0f' * 16}.json", {"call_id": "GT" + "0f" * 16}),
        (f"{UUID}.json", {"call_id": UUID}),
        ("CAll-17_2026.txt", {"call_id": "CAll-17_2026"}),
    ],
)
def test_names_as_vendors_give_them_are_understood(name, known):
    assert told(name) == (known, [])


@pytest.mark.parametrize("pattern", DEFAULT_PATTERNS, ids=lambda pattern: pattern.origin)
def test_the_documents_list_the_known_patterns(pattern):
    assert f"| {pattern.origin} | `{pattern.example}` | {', '.join(pattern.fields(pattern.example))} |" in INPUT
    assert pattern.fields(f"exports/{pattern.example}")


def test_a_pattern_of_ones_own_takes_every_field():
    pattern = "_".join(
        f"(?P<{name}>[^_]+)" for name in ("queue", "agent_id", "customer_id", "channel", "language", "call_id")
    )
    known, problems = told("billing_A17_K3_chat_en_c9.txt", pattern=rf"^{pattern}\.txt$")
    assert not problems
    assert known == {
        "call_id": "c9",
        "queue": "billing",
        "agent_id": "A17",
        "customer_id": "K3",
        "channel": "chat",
        "language": "en",
    }


def test_what_a_file_says_goes_before_what_its_name_says():
    line = json.dumps({"call_id": "inside", "queue": "sales", "turns": [{"speaker": "agent", "text": "hi"}]})
    known, _ = told("billing_A17_outside.jsonl", line, r"(?P<queue>\w+)_(?P<agent_id>\w+)_(?P<call_id>\w+)\.")
    assert known == {"call_id": "inside", "queue": "sales", "agent_id": "A17"}


def test_a_pattern_with_a_slash_looks_at_the_whole_path():
    pattern = re.search(r"--name-pattern '(.+?)'", INPUT)[1]
    known, problems = told(
        "billing/20260902T001710_A17_c9.vtt", "WEBVTT\n\n00:00.000 --> 00:01.000\n<v Agent>hi\n", pattern
    )
    assert not problems
    assert known == {"call_id": "c9", "started_at": "2026-09-02T00:17:10", "agent_id": "A17", "queue": "billing"}


def test_files_in_archives_have_names_too():
    with zipfile.ZipFile("calls.zip", "w") as archive:
        archive.writestr("billing/A17-c9.txt", TEXT)
    [call] = read_calls(["calls.zip"], ReadOptions(name_pattern=r"(?P<queue>\w+)/(?P<agent_id>\w+)-(?P<call_id>\w+)"))
    assert (call.queue, call.agent_id, call.call_id) == ("billing", "A17", "c9")


def test_a_name_that_does_not_fit_is_reported_and_read():
    known, [problem] = told("plain.txt", pattern=r"(?P<call_id>\d+)")
    assert known == {"call_id": "plain"}
    assert (problem.where, problem.skipped) == ("calls/plain.txt", False)
    assert "does not fit" in problem.message


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("2026-09-02", "2026-09-02"),
        ("20260902", "2026-09-02"),
        ("20260902001710", "2026-09-02T00:17:10"),
        ("2026.09.02_00.17", "2026-09-02T00:17:00"),
        ("20260902T001710.250Z", "2026-09-02T00:17:10.250Z"),
        ("2026-09-02T00:17:10+02:00", "2026-09-02T00:17:10+02:00"),
        ("1788308230", "2026-09-02T00:17:10Z"),
        ("1788308230000", "2026-09-02T00:17:10Z"),
        ("20261402", "20261402"),
        ("monday", "monday"),
    ],
)
def test_dates_in_names_become_iso(text, iso):
    assert iso_date(text) == iso


@pytest.mark.parametrize(
    ("pattern", "says"),
    [
        ("(?P<call_id>", "is no regular expression: missing"),
        (r"\d+", r"names no field; write one as in (?P<call_id>[^_]+)"),
        ("(?P<agent>.+)", "names 'agent', which is no field; did you mean 'agent_id'?"),
        ("(?P<x>.+)", "known are: call_id, started_at, agent_id"),
        ("(?P<call_id>a{99999999999})", "is no regular expression"),
    ],
)
def test_a_pattern_that_cannot_be_right_is_refused_before_anything_is_read(capsys, pattern, says):
    with pytest.raises(UsageError, match=re.escape(says)):
        read_calls(["nosuch"], ReadOptions(name_pattern=pattern))
    assert run(["convert", "nosuch", "--out", "o.jsonl", "--name-pattern", pattern]) == 2
    assert says in capsys.readouterr().err


@pytest.mark.parametrize(
    "command",
    [
        ["score", "calls", "--out", "o.jsonl", "--model", "rules"],
        ["explain", "calls", "--call", "c9", "--model", "rules"],
        ["convert", "calls", "--out", "o.jsonl"],
    ],
    ids=lambda command: command[0],
)
def test_every_command_that_reads_takes_the_pattern(command, capsys):
    Path("calls").mkdir()
    Path("calls/A17_c9.txt").write_text(TEXT)
    assert run([*command, "--name-pattern", r"(?P<agent_id>A\d+)_(?P<call_id>\w+)[.]"]) == 0
    out = capsys.readouterr().out
    written = Path("o.jsonl").read_text() if Path("o.jsonl").exists() else out
    assert "c9" in written
    assert "A17_c9" not in written.replace("calls/A17_c9.txt", "")


def test_evaluating_takes_the_pattern(capsys):
    line = {"queue": "q", "turns": [{"speaker": "agent", "text": "hi", "labels": []}], "labels": {"escalated": False}}
    Path("x_c9.jsonl").write_text(json.dumps({"call_id": "c1", **line}) + "\n")
    assert run(["evaluate", "rules", "x_c9.jsonl", "--name-pattern", "(?P<nothing>x)"]) == 2
    assert "'nothing', which is no field" in capsys.readouterr().err
    assert run(["evaluate", "rules", "x_c9.jsonl", "--name-pattern", "(?P<agent_id>x)"]) == 0
