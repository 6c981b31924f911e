"""Bad input costs that item alone, says where it is, and never raises."""

from __future__ import annotations

import gzip
import json
import logging
import os
import random
import re
from pathlib import Path

import pytest

from escalert.readers import ReadOptions, call_to_dict, read_calls


def token_hex(seed):
    """Give text that does not compress, the same in every run."""
    return random.Random(seed).randbytes(40).hex()


GOOD = '{"call_id": "good", "turns": [{"speaker": "agent", "text": "hi"}]}'
TURN = {"speaker": "agent", "text": "hi"}
UNREADABLE = {
    "empty": (b"", "empty file"),
    "blank": (b" \n\n\t\n", "empty file"),
    "binary": (bytes(range(256)) * 20, "binary"),
    "utf-16 without mark": ("Agent: hi\n".encode("utf-16-le"), "UTF-16 without a byte order mark"),
    "zip": (b"PK\x03\x04rest", "ZIP archive"),
    "audio": (b"RIFF\x00\x00\x00\x00WAVE", "audio"),
    "markup": (b"<?xml version='1.0'?><x/>", "begins with .*xml version.*none of the known formats"),
    "gzip of nothing": (gzip.compress(b""), "empty file"),
    "gzip junk": (b"\x1f\x8bjunk, not deflated", "damaged"),
    "number": (b"42", "the JSON value 42 and not a call; a call looks like"),
    "null": (b"null\n", "the JSON value null"),
    "string": (b'"hello"', 'the JSON value "hello"'),
    "list": (b"[1, 2]", "a JSON list of 2 and not a call"),
    "other json": (
        b'{"results": {}, "metadata": 1}',
        "keys 'metadata', 'results', which is none of the known formats.*jsonl, csv",
    ),
    "other table": (b"a,b,c\n1,2,3\n4,5,6\n", "columns 'a', 'b', 'c', and none says text, utterance"),
    "header alone": (b"call_id,speaker,text\n", "no call in it; it was read as csv-turns"),
    "subtitles without cues": (b"WEBVTT\n\nNOTE x\n", "without a cue; a cue looks like 00:00"),
    "document": (b'{\n"call_id": 1,\n"turns": [}', r"broken JSON \(.* of line 3"),
}
BROKEN_LINES = {
    "not json": ("hello", "broken JSON"),
    "cut": (GOOD[:-9], "broken JSON .*end of data"),
    "no id": ('{"turns": []}', "'call_id' missing, the keys are 'turns'"),
    "null id": ('{"call_id": null, "turns": [{}]}', "turn 0 lacks 'speaker' and 'text'"),
    "empty id": (json.dumps({"call_id": " ", "turns": [TURN]}), "'call_id' is ' '; it must be"),
    "list id": (json.dumps({"call_id": [1], "turns": [TURN]}), "'call_id' is a list"),
    "no turns": ('{"call_id": "c", "turns": []}', "call 'c' has no turns"),
    "turns no list": ('{"call_id": "c", "turns": {}}', "'turns' is a JSON object; it must be a list"),
    "turn no object": ('{"call_id": "c", "turns": [["agent", "hi"]]}', "turn 0 is a JSON list of 2"),
    "turn lacks": ('{"call_id": "c", "turns": [{"speaker": "agent", "utterance": 1}]}', "turn 0 lacks 'text'"),
    "text no text": ('{"call_id": "c", "turns": [{"speaker": "agent", "text": {}}]}', "text of turn 0 is an object"),
    "too deep": ('{"call_id": "c", "turns": ' + "[" * 10_000 + "]" * 10_000 + "}", "nested too deeply"),
}
MENDED_TURNS = {
    "null text": ({"text": None}, {"text": ""}, "text is empty"),
    "number": ({"text": 7}, {"text": "7"}, "text is 7; read as text"),
    "nul": ({"text": "a\0b"}, {"text": "ab"}, "NUL characters or broken Unicode"),
    "surrogate": ({"text": "a\ud800b"}, {"text": "a\ufffdb"}, "broken Unicode"),
    "null speaker": ({"speaker": None}, {"speaker": "unknown"}, "no speaker is given"),
    "strange speaker": ({"speaker": "Bob"}, {"speaker": "unknown", "speaker_label": "Bob"}, "--speaker agent=Bob"),
    "nan": ({"start": float("nan")}, {}, "start 'nan' is not a time"),
    "true": ({"start": True}, {}, "start 'True' is not a time"),
    "minute 61": ({"start": "00:61:00"}, {}, "is not a time"),
    "negative": ({"start": -1, "end": 2}, {"end": 2.0}, "start -1 s is before the call"),
    "years": ({"end": 9e7}, {}, "later than any call lasts"),
    "backwards": ({"start": 3, "end": 2.5}, {"start": 3.0}, "end is before start"),
    "labels": ({"labels": "handoff"}, {}, "labels are 'handoff' and not a list"),
    "label": ({"labels": ["handoff", 3]}, {"labels": ["handoff"]}, "a label that is not a text"),
    "deep": ({"x": json.loads("[" * 200 + "]" * 200)}, {}, "field 'x' is nested too deeply"),
    "large number": ({"x": 10**30}, {"x": 1e30}, ""),
}


def read(tmp_path, content, name="c1", **options):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass"))
    problems = []
    return list(
        read_calls([path], ReadOptions(**{"name_roles": False, **options}), on_problem=problems.append)
    ), problems


@pytest.mark.parametrize(("content", "message"), UNREADABLE.values(), ids=UNREADABLE)
def test_unreadable_files_are_skipped_with_a_reason(tmp_path, content, message):
    calls, [problem] = read(tmp_path, content)
    assert not calls
    assert problem.skipped
    assert problem.where.startswith(str(tmp_path / "c1"))
    assert re.search(message, str(problem))


@pytest.mark.parametrize(("line", "message"), BROKEN_LINES.values(), ids=BROKEN_LINES)
def test_a_broken_line_costs_itself_alone(tmp_path, line, message):
    calls, [problem] = read(tmp_path, f"{GOOD}\n{line}\n{GOOD.replace('good', 'fine')}\n")
    assert [call.call_id for call in calls] == ["good", "fine"]
    assert problem.where.endswith("c1:2")
    assert re.search(message, problem.message)


def test_a_broken_first_line_costs_itself_alone(tmp_path):
    for first in ("garbage", GOOD[:30], "{"):
        calls, problems = read(tmp_path, f"{first}\n{GOOD}\n" if first != "{" else f"{GOOD[:-2]}\n{GOOD}\n")
        assert [call.call_id for call in calls] == ["good"]
        assert problems[0].where.endswith("c1:1")


@pytest.mark.parametrize(("given", "expected", "warning"), MENDED_TURNS.values(), ids=MENDED_TURNS)
def test_what_is_wrong_in_a_turn_is_mended_and_said(tmp_path, given, expected, warning):
    [call], problems = read(tmp_path, json.dumps({"call_id": "c", "turns": [{**TURN, **given}]}))
    found = call_to_dict(call)["turns"][0]
    assert found == {**TURN, **expected}
    assert all(warning in line and "c1:1: turn 0:" in line for line in call.warnings)
    assert bool(call.warnings) is bool(warning)
    assert not problems


def test_what_is_wrong_in_a_call_is_mended_and_said(tmp_path):
    fields = {"queue": 5, "agent_id": ["x"], "escalated": "perhaps", "labels": {"escalated": 1}, "note": "a\0\ud800"}
    [call], _ = read(tmp_path, json.dumps({"call_id": 3, **fields, "turns": [TURN]}))
    assert call_to_dict(call) == {"call_id": "3", "queue": "5", "note": "a\ufffd", "turns": [TURN]}
    assert len(call.warnings) == 3


def test_starts_out_of_order_are_left_out_and_the_turns_stay(tmp_path):
    turns = [{**TURN, "start": start, "end": start + 1} for start in (0, 1, 99, 2, 3)]
    [call], _ = read(tmp_path, json.dumps({"call_id": "c", "turns": turns}))
    assert [turn.start_s for turn in call.turns] == [0, 1, None, 2, 3]
    assert call.turns[2].end_s is None
    assert "turn 2: start is not in the order" in call.warnings[0]


def test_one_fault_in_many_turns_is_one_warning(tmp_path):
    [call], _ = read(tmp_path, json.dumps({"call_id": "c", "turns": [{"speaker": "Bob", "text": "x"}] * 500}))
    assert len(call.warnings) == 1
    assert "500 times" in call.warnings[0]
    strange = [{"speaker": f"Bob {number}", "text": "x"} for number in range(500)]
    [call], _ = read(tmp_path, json.dumps({"call_id": "c", "turns": strange}))
    assert len(call.warnings) < 50
    assert "more of the kind" in call.warnings[-1]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_encodings_with_a_mark(tmp_path, encoding):
    calls, problems = read(tmp_path, "Agent: Grüße 😀\r\nCustomer: שלום\r\n".encode(encoding))
    assert [turn.text for turn in calls[0].turns] == ["Grüße 😀", "שלום"]
    assert not problems


def test_bytes_that_are_not_utf_8_are_read_as_windows_1252(tmp_path):
    calls, [problem] = read(
        tmp_path, "Agent: café\n".encode() + "Customer: it’s £5\n".encode("cp1252") + b"Agent: \x81\n"
    )
    assert [turn.text for turn in calls[0].turns] == ["café", "it’s £5", "\ufffd"]
    assert "c1:2: bytes that are not UTF-8 were read as Windows-1252" in calls[0].warnings[0]
    assert problem.where.endswith("c1:2")
    assert not problem.skipped


def test_nul_bytes_in_text_are_removed(tmp_path):
    calls, problems = read(tmp_path, b"Agent: he\0llo, this is a line with one stray character\nCustomer: yo\n" * 5)
    assert calls[0].turns[0].text.startswith("hello")
    assert "NUL characters were removed" in calls[0].warnings[0]
    assert not problems


def test_a_cut_gzip_file_gives_what_came_before(tmp_path):
    lines = "".join(GOOD.replace("good", f"c{n}").replace("hi", token_hex(n)) + "\n" for n in range(999))
    packed = gzip.compress(lines.encode())
    calls, problems = read(tmp_path, packed[: len(packed) // 2], "calls.gz")
    assert 100 < len(calls) < 900
    assert "breaks off or is damaged" in problems[-1].message
    assert not any(call.warnings for call in calls)
    rows = "".join(f"c{number // 3},agent,{token_hex(number)}\n" for number in range(999))
    packed = gzip.compress(b"call_id,speaker,text\n" + rows.encode())
    calls, problems = read(tmp_path, packed[: len(packed) // 2], "calls.gz")
    assert "breaks off in this call" in calls[-1].warnings[-1]
    assert not calls[0].warnings


def test_a_call_that_is_read_twice(tmp_path):
    other = GOOD.replace("hi", "something else")
    calls, problems = read(tmp_path, f"{GOOD}\n{GOOD}\n{other}\n{GOOD.replace('hi', 'third')}\n{other}\n")
    assert [call.call_id for call in calls] == ["good", "good~2", "good~3"]
    assert [problem.skipped for problem in problems] == [True, False, False, True]
    assert "used before by another call; this one is read as 'good~2'" in calls[1].warnings[0]
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "c1").write_text("Agent: one\n")
    (tmp_path / "c1").write_text("Agent: two\n")
    calls = list(read_calls([tmp_path], on_problem=problems.append))
    assert [call.call_id for call in calls] == ["c1", "c1~2"]


def test_rows_of_a_call_that_do_not_stand_together(tmp_path):
    calls, [problem] = read(tmp_path, "call_id,speaker,text\na,agent,1\nb,agent,2\na,customer,3\n")
    assert [call.call_id for call in calls] == ["a", "b", "a~2"]
    assert "sort the table" in problem.message
    assert problem.where.endswith("c1:4")


def test_rows_out_of_order_are_sorted(tmp_path):
    by_number = "call_id,turn,speaker,text\na,2,agent,two\na,10,agent,ten\na,1,agent,one\n"
    by_time = "call_id,speaker,start,text\na,agent,00:00:02,two\na,agent,00:10,ten\na,agent,1.0s,one\n"
    for content in (by_number, by_time):
        [call], _ = read(tmp_path, content)
        assert [turn.text for turn in call.turns] == ["one", "two", "ten"]
        assert "sorted by" in call.warnings[0]


def test_quotes_and_cells_that_do_not_fit(tmp_path):
    rows = (
        'call_id,speaker,text\na,agent,"never closed\na,agent,x, y\na,agent,"he said ""no"""\na,agent\n,agent,no id\n'
    )
    [call], problems = read(tmp_path, rows)
    assert [turn.text for turn in call.turns] == ["never closed", "x, y", 'he said "no"', "", "no id"]
    assert len(call.warnings) == 3
    assert not problems
    calls, problems = read(
        tmp_path, 'call_id,transcript,x\na,Agent: hi,\nb,"Agent: open\nCustomer: yo\nc,Agent: hi,1\nd,,\n'
    )
    assert [call.call_id for call in calls] == ["a", "c"]
    assert [problem.where.rpartition(":")[2] for problem in problems] == ["3", "6"]
    assert "never closed; left out up to the next whole row" in problems[0].message


def test_inputs_that_are_not_there(tmp_path):
    (tmp_path / "march.jsonl").write_text(GOOD)
    (tmp_path / "hollow").mkdir()
    names = ["marhc.jsonl", "hollow", "*.xyz", "nowhere/at/all.txt", "x" * 5000, "a\0b"]
    problems = []
    calls = list(read_calls([tmp_path / name for name in names] + [""], on_problem=problems.append))
    assert not calls
    messages = [problem.message for problem in problems]
    assert f"did you mean {tmp_path / 'march.jsonl'}?" in messages[0]
    assert messages[1:3] == ["no files to read in this folder", "no file matches this pattern"]
    assert len(messages) == len(names) + 1


def test_names_of_files_that_are_not_utf_8(tmp_path):
    strange = os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.txt")
    problems = []
    try:
        Path(strange).write_text("Agent: hi\nBob: yo\n")
    except OSError:
        pytest.skip("this file system only takes names in UTF-8")
    [call] = read_calls([tmp_path, f"{strange}x"], on_problem=problems.append)
    assert call.call_id == "caf\ufffd"
    assert "\n".join([call.origin, *call.warnings, *map(str, problems)]).encode()


def test_problems_are_logged_by_default(tmp_path, caplog):
    with caplog.at_level(logging.WARNING, logger="escalert"):
        assert not list(read_calls([tmp_path / "nothing"]))
    assert "no such file or folder" in caplog.text
