"""Reading calls of every format, as a user names them."""

from __future__ import annotations

import gzip
import io
import json
import sys
from pathlib import Path

import pytest

from escalert.errors import UsageError
from escalert.readers import FORMATS, ReadOptions, call_to_dict, parse_speakers, read_calls

FIXTURES = Path(__file__).parents[2] / "shared" / "fixtures" / "formats" / "same_call_all_formats"
SAMPLES = Path(__file__).parents[1] / "data" / "samples"

JSONL = '{"call_id": "c1", "turns": [{"speaker": "agent", "text": "hi"}, {"speaker": "customer", "text": "yo"}]}\n'
SAME_CALL = {
    "jsonl": JSONL,
    "json-indented": json.dumps(json.loads(JSONL), indent=2),
    "json-list": f"[{JSONL.strip()}]",
    "csv-turns": "call_id,speaker,text\nc1,Agent,hi\nc1,Customer,yo\n",
    "tsv": "conversationId\tparticipant\tutterance\nc1\tHUMAN_AGENT\thi\nc1\tEND_USER\tyo\n",
    "semicolons": "sep=;\ncontact_id;role;message\nc1;CSR;hi\nc1;Caller;yo\n",
    "csv-calls": 'call_id,queue,transcript\nc1,,"Agent: hi\nCustomer: yo"\n',
    "csv-calls, one line": "call_id,transcript,x\nc1,Agent: hi Customer: yo,\n",
    "csv-calls, escaped": "call_id,transcript,x\nc1,Agent: hi\\nCustomer: yo,\n",
    "webvtt": "WEBVTT\n\nNOTE call_id: c1\n\n00:00.000 --> 00:01.000\n<v Agent>hi</v>\n\n"
    "intro\n00:00:01.000 --> 00:00:02.000 align:start\n<v.loud Customer>yo\n",
    "webvtt, dashes": "WEBVTT\n\nNOTE\nCall ID: c1\n\n00:00.000 --> 00:01.000\n- Agent: hi\n- Customer: <i>yo</i>\n",
    "plain": "Call ID: c1\nAgent: hi\nCustomer: yo\n",
}


def read(tmp_path, content, name="c1", **options):
    """Write a file, read it, and give the calls and the problems."""
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    problems = []
    return list(
        read_calls([path], ReadOptions(**{"name_roles": False, **options}), on_problem=problems.append)
    ), problems


def said(call):
    return [(turn.speaker, turn.text) for turn in call.turns]


@pytest.mark.parametrize("content", SAME_CALL.values(), ids=SAME_CALL)
@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
def test_every_format_gives_the_same_call(tmp_path, content, packed):
    data = gzip.compress(content.encode()) if packed else content.encode()
    calls, problems = read(tmp_path, data, "anything.dat")
    assert not problems
    assert [call.call_id for call in calls] == ["c1"]
    assert said(calls[0]) == [("agent", "hi"), ("customer", "yo")]
    assert calls[0].warnings == ()


@pytest.mark.parametrize("form", [form for form in FORMATS if form.example], ids=lambda form: form.name)
def test_examples_are_recognised_and_read(tmp_path, form):
    calls, problems = read(tmp_path, form.example)
    forced, _ = read(tmp_path, form.example, format=form.name)
    assert not problems
    assert calls == forced
    assert calls[0].turns[0].text == "how can i help"


def test_unknown_fields_travel_along(tmp_path):
    [call], _ = read(
        tmp_path, '{"call_id": 7, "region": {"x": [1]}, "turns": [{"speaker": "agent", "text": "a", "asr": 0.9}]}'
    )
    assert call.call_id == "7"
    assert call.extra == {"region": {"x": [1]}}
    assert call.turns[0].extra == {"asr": 0.9}
    [call], _ = read(tmp_path, "call_id,role,text,mood,agent,escalated\nc1,rep,hi,glad,dana,yes\n")
    assert (call.agent_id, call.escalated, call.turns[0].extra) == ("dana", True, {"mood": "glad"})


def test_labels_absent_are_not_labels_that_do_not_apply(tmp_path):
    turns = [{"speaker": "agent", "text": "a", **labels} for labels in ({}, {"labels": []}, {"labels": ["handoff"]})]
    line = json.dumps({"call_id": "c", "turns": turns, "labels": {"escalated": True, "odd": None}})
    [call], problems = read(tmp_path, line)
    assert [turn.labels for turn in call.turns] == [None, (), ("handoff",)]
    assert call.labels == {"escalated": True}
    assert not call.warnings
    assert not problems


def test_canonical_to_canonical_is_the_identity(tmp_path):
    call = {
        "call_id": "b7c1",
        "channel": "phone",
        "language": "en",
        "started_at": "2026-03-02T14:05:11Z",
        "agent_id": "A17",
        "queue": "billing",
        "escalated": False,
        "turns": [
            {
                "speaker": "other",
                "text": " straße 😀 \n שלום",
                "start": 0.1,
                "end": 2.4,
                "labels": [],
                "confidence": 0.5,
            },
            {"speaker": "unknown", "text": "", "start": 2.4},
        ],
        "labels": {"escalation_warranted": True},
        "source": "made up",
        "licence": "CC0",
        "synthetic": True,
        "nested": {"a": [None, 1, "x"]},
    }
    [read_back], problems = read(tmp_path, json.dumps(call))
    assert call_to_dict(read_back) == call
    assert not problems
    assert not read_back.warnings


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*.*[!d]")), ids=lambda path: path.name)
def test_samples_survive_the_canonical_format(tmp_path, path):
    calls = list(read_calls([path]))
    again, problems = read(tmp_path, "".join(json.dumps(call_to_dict(call)) + "\n" for call in calls))
    assert [call_to_dict(call) for call in again] == [call_to_dict(call) for call in calls]
    assert not problems


def test_the_sample_folder_holds_twelve_clean_calls():
    problems = []
    calls = list(read_calls([SAMPLES], on_problem=problems.append))
    assert len(calls) == 12
    assert not problems
    assert not [call.warnings for call in calls if call.warnings]
    assert all(12 <= len(call.turns) <= 35 for call in calls)


@pytest.mark.skipif(not FIXTURES.is_dir(), reason="the shared format fixtures are not beside this repository")
@pytest.mark.parametrize(
    "pattern",
    ["plain.txt", "plain_t*", "markdown_bold.txt", "csv_*", "csv_c*", "jsonl_*", "srt_*", "webvtt_v*", "webvtt_m*"],
)
def test_fixtures_of_one_call_agree(pattern):
    expected = next(read_calls([FIXTURES / "jsonl_calls.jsonl"]))
    found = next(read_calls([str(FIXTURES / pattern)]))
    assert said(found) == said(expected)
    starts = [turn.start_s for turn in found.turns if turn.start_s is not None]
    assert starts in ([], [turn.start_s for turn in expected.turns], [int(turn.start_s) for turn in expected.turns])


def test_folders_patterns_and_standard_input(tmp_path, monkeypatch):
    for name in ("b.txt", "a.txt", "sub/c.txt", ".hidden.txt", ".git/x.txt", "README.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(f"Agent: this is {name}\n")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(gzip.compress(b"Agent: hi\n"))))
    inputs = [tmp_path, str(tmp_path / "a.*"), str(tmp_path / "**" / "c.txt"), "-"]
    problems = []
    calls = list(read_calls(inputs, on_problem=problems.append))
    assert [call.call_id for call in calls] == ["a", "b", "c", "stdin"]
    assert calls[3].origin == "<stdin>:1"
    assert not problems


def test_the_file_names_the_call_if_nothing_else_does(tmp_path):
    (tmp_path / "one").mkdir()
    calls, _ = read(tmp_path, "Agent: hi\n", "call.07.txt.gz")
    again, _ = read(tmp_path / "one", "text,speaker\nhi,agent\n", "call.07.csv")
    assert [call.call_id for call in calls + again] == ["call.07", "call.07"]
    several, _ = read(tmp_path, "transcript,score\nAgent: hi,1\nAgent: ho,2\n", "scores.csv")
    assert [call.call_id for call in several] == ["scores-1", "scores-2"]


@pytest.mark.parametrize(
    ("label", "role"),
    [
        ("AGENT", "agent"),
        ("Agent 2", "agent"),
        ("rep1", "agent"),
        ("Customer Service Representative", "agent"),
        ("HUMAN_AGENT", "agent"),
        ("internal", "agent"),
        (" Caller ", "customer"),
        ("endUser", "customer"),
        ("external", "customer"),
        ("Patient", "customer"),
        ("Floor Supervisor", "other"),
        ("AUTOMATED_AGENT", "other"),
        ("ivr", "other"),
        ("unknown", "unknown"),
        ("SPEAKER_00", "unknown"),
        (0, "unknown"),
    ],
)
def test_words_for_speakers(tmp_path, label, role):
    [call], _ = read(tmp_path, json.dumps({"call_id": "c", "turns": [{"speaker": label, "text": "x"}]}))
    assert call.turns[0].speaker == role
    assert bool(call.warnings) is (role == "unknown" and label != "unknown")


def test_own_names_for_speakers_go_first(tmp_path):
    speakers = parse_speakers(["agent=Dana Smith, speaker_00", "other=CSR"])
    turns = [{"speaker": label, "text": "x"} for label in ("DANA SMITH", "SPEAKER_00", "csr", "rep")]
    [call], _ = read(tmp_path, json.dumps({"call_id": "c", "turns": turns}), speakers=speakers)
    assert [turn.speaker for turn in call.turns] == ["agent", "agent", "other", "agent"]
    [call], _ = read(tmp_path, "dana smith: hi\nJo: yo\n", speakers=speakers)
    assert [turn.speaker for turn in call.turns] == ["agent", "unknown"]
    assert call.turns[1].extra == {"speaker_label": "Jo"}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["boss=Dana"], "no such role as 'boss'; known are: customer, agent"),
        (["agent"], "names nobody; write ROLE=NAME"),
        (["agent= ,"], "names nobody"),
        (["agent=Dana", "customer=dana"], "'dana' is given two roles"),
    ],
)
def test_speaker_options_that_cannot_be_right(options, message):
    with pytest.raises(UsageError, match=message):
        parse_speakers(options)


def test_a_format_that_does_not_exist_is_refused_before_reading():
    with pytest.raises(UsageError, match="no format 'docx'; known are: jsonl"):
        read_calls(["whatever"], ReadOptions(format="docx"))
