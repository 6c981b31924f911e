"""Records of telephony and CRM: read from whatever they come in, and joined to calls before, with or after them."""

from __future__ import annotations

import gzip
import sqlite3
from datetime import date
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from escalert.classifier import EscalationClassifier
from escalert.errors import UsageError
from escalert.nightly.config import load_nightly_config
from escalert.nightly.joining import revise_late, store_records, with_record
from escalert.nightly.records import read_records
from escalert.nightly.store import CallRecord, ScoredCall, content_hash, open_store
from escalert.records import Call, Turn

NIGHT, NEXT = date(2026, 3, 2), date(2026, 3, 3)
HEADER = "call_id,escalated,transferred_to,disposition,customer_id\n"


def read(folder, source, night=NIGHT):
    """Read the records of one source; give them and what was said of it."""
    (folder / "nightly.toml").write_text(f"[[inputs.records]]\n{source}\n", "utf-8")
    problems = []
    found = list(read_records(load_nightly_config(folder / "nightly.toml"), night, problems.append))
    return found, problems


def from_csv(folder, content, more=""):
    (folder / "crm.csv").write_bytes(content if isinstance(content, bytes) else content.encode())
    return read(folder, f'path = "crm.csv"\n{more}')


def test_a_csv_file_is_read_with_all_it_says(tmp_path):
    found, problems = from_csv(tmp_path, HEADER.replace("\n", ",agent\n") + "7,yes,tier 2,resolved,k1,Ann\n8,0,,,,\n")
    assert problems == []
    origin = f"{tmp_path}/crm.csv"
    assert found == [
        CallRecord("7", True, "tier 2", "resolved", "k1", f"{origin}:2", {"agent": "Ann"}),
        CallRecord("8", False, origin=f"{origin}:3"),
    ]


@pytest.mark.parametrize(
    ("content", "more"),
    [
        ("call_id;escalated\n7;TRUE\n", ""),
        ("\ufeffCall_ID \tEscalated\n7\tY\n", ""),
        ("ContactId,Esc?\n7,1\n", 'columns = { call_id = "ContactId", escalated = "esc?" }'),
        ("call_id,escalated\n7,Escalated to supervisor\n", 'escalated_values = ["escalated to Supervisor"]'),
        ("call_id,escalated\r\n\r\n7,yes\r\n".encode("utf-16"), ""),
        (gzip.compress(b"call_id,escalated\n7,yes\n"), ""),
        ('call_id,escalated,note\n7,yes,"two\nlines, one cell"\n', ""),
    ],
)
def test_tables_as_systems_export_them(tmp_path, content, more):
    found, problems = from_csv(tmp_path, content, more)
    assert [(record.call_id, record.escalated) for record in found] == [("7", True)]
    assert problems == []


def test_other_values_mean_no_where_those_that_mean_yes_are_named_and_else_say_nothing(tmp_path):
    content = "call_id,escalated\n1,closed\n2,\n3,transferred\n4,no\n"
    found, problems = from_csv(tmp_path, content, 'escalated_values = ["transferred"]')
    assert [record.escalated for record in found] == [False, None, True, False]
    assert problems == []
    found, (problem,) = from_csv(tmp_path, content)
    assert [record.escalated for record in found] == [None, None, None, False]
    assert "2 rows say neither yes nor no" in problem.message
    assert not problem.skipped


@pytest.mark.parametrize(
    ("content", "more", "words"),
    [
        ("id,escalated\n7,yes\n", "", "no column 'call_id'; there are: id, escalated"),
        (HEADER + "7,yes,,,\n", 'columns = { disposition = "Outcome" }', "no column 'Outcome'"),
        ("call_id,agent\n7,Ann\n", "", "no column but the call id says anything"),
        ("", "", "an empty file"),
        (b"\x89PNG\r\n\x1a\n" + bytes(50), "", "records are read from CSV or Parquet"),
        (b"PAR1 and no more", "", "a broken Parquet file"),
    ],
)
def test_a_table_that_is_none_costs_itself_alone(tmp_path, content, more, words):
    (tmp_path / "good.csv").write_text("call_id,escalated\n9,no\n")
    found, (problem,) = from_csv(tmp_path, content, f'{more}\n[[inputs.records]]\npath = "good.csv"')
    assert [record.call_id for record in found] == ["9"]
    assert words in str(problem)
    assert problem.skipped


def test_rows_without_a_call_or_with_too_much_are_left_out_and_counted(tmp_path):
    found, problems = from_csv(tmp_path, "call_id,escalated\n,yes\n7,yes\n8,no,what is this\n9\n")
    assert [(record.call_id, record.escalated) for record in found] == [("7", True), ("9", None)]
    assert [problem.message for problem in problems] == [
        "1 rows without a call id; they are left out",
        "1 rows with more cells than there are columns; they are left out",
    ]


def test_patterns_folders_and_nothing_at_all(tmp_path):
    (tmp_path / "crm").mkdir()
    for number in (1, 2):
        (tmp_path / "crm" / f"{number}.csv").write_text(f"call_id,escalated\n{number},yes\n")
    for path in ("crm", "crm/*.csv"):
        assert [record.call_id for record in read(tmp_path, f'path = "{path}"')[0]] == ["1", "2"]
    _, (problem,) = read(tmp_path, 'path = "none/*.csv"')
    assert "no file matches this pattern" in problem.message


def test_parquet_has_types_of_its_own(tmp_path):
    columns = {
        "call_id": pa.array([7, 8, None]),
        "escalated": pa.array([True, None, False]),
        "customer_id": pa.array([12.0, None, 3.0]),
        "amount": pa.array([Decimal("9.50"), None, None]),
        "ended": pa.array([date(2026, 3, 2)] * 3),
    }
    pq.write_table(pa.table(columns), tmp_path / "crm.parquet")
    found, (problem,) = read(tmp_path, 'path = "crm.parquet"')
    assert [(record.call_id, record.escalated, record.customer_id) for record in found] == [
        ("7", True, "12"),
        ("8", None, None),
    ]
    assert found[0].extra == {"amount": 9.5, "ended": "2026-03-02"}
    assert "1 rows without a call id" in problem.message


@pytest.fixture
def crm(tmp_path):
    with sqlite3.connect(tmp_path / "crm.db") as connection:
        connection.execute("CREATE TABLE calls (id INTEGER, esc INTEGER, ended TEXT)")
        rows = [(1, 1, "2026-03-01"), (2, 0, "2026-03-02"), (3, None, "2026-03-03")]
        connection.executemany("INSERT INTO calls VALUES (?, ?, ?)", rows)
    return tmp_path


QUERY = "SELECT id AS call_id, esc AS escalated FROM calls WHERE ended >= :date ORDER BY id"


def test_a_database_is_asked_for_the_date_of_the_run(crm):
    source = f'url = "sqlite:///crm.db"\nquery = "{QUERY}"'
    found, problems = read(crm, source)
    assert [(record.call_id, record.escalated) for record in found] == [("2", False), ("3", None)]
    assert [record.origin for record in found] == ["inputs.records[0]:1", "inputs.records[0]:2"]
    assert [record.call_id for record in read(crm, source, NEXT)[0]] == ["3"]
    assert problems == []


@pytest.mark.parametrize(
    ("url", "query", "words"),
    [
        ("sqlite:///crm.db", "SELECT call_id FROM nowhere", "the query of inputs.records[0] failed: no such table"),
        ("sqlite:///crm.db", "CREATE TABLE IF NOT EXISTS calls (id INTEGER)", "it has to be a SELECT"),
        ("sqlite:///none.db", "SELECT 1", "is not there"),
        ("postgresql+psycopg://crm@127.0.0.1:9/crm", "SELECT 1", "the query of inputs.records[0] failed"),
        ("oddbase://crm@host/crm", "SELECT 1", "cannot be asked"),
        ("no url at all", "SELECT 1", "is none"),
    ],
)
def test_a_database_that_gives_nothing_costs_itself_alone(crm, url, query, words):
    found, (problem,) = read(crm, f'url = "{url}"\nquery = "{query}"')
    assert found == []
    assert words in str(problem)
    assert not (crm / "none.db").exists()


def test_the_password_of_a_database_is_told_to_nobody(crm, monkeypatch):
    source = 'url = "env:CRM_URL"\nquery = "SELECT 1"'
    with pytest.raises(UsageError, match=r"inputs.records\[0\].url is env:CRM_URL, but .* is not set"):
        read(crm, source)
    monkeypatch.setenv("CRM_URL", "postgresql+psycopg://crm:hush@127.0.0.1:9/crm")
    _, (problem,) = read(crm, source)
    assert "hush" not in str(problem)


# Joined to calls


@pytest.fixture(scope="module")
def rules():
    return EscalationClassifier.rules()


@pytest.fixture
def store(store_url):
    with open_store(store_url, patience_s=5) as opened:
        yield opened


def angry(call_id="c1", **fields):
    turns = (Turn("customer", "this is bullshit get me your manager right now"), Turn("agent", "there is none"))
    return Call(call_id, turns, **fields)


def night_of_calls(store, rules, calls, night=NIGHT):
    """Store calls as a night does: with what the records say of them so far."""
    run_id = store.runs.begin(night, "nightly", rules.name, rules.version).run_id
    records = store.records.current([call.call_id for call in calls])
    verdicts = zip(calls, rules.score_batch(calls), strict=True)
    scored = [
        ScoredCall(call, with_record(rules.policy_, verdict, records.get(call.call_id)), content_hash(call))
        for call, verdict in verdicts
    ]
    store.verdicts.write_batch(run_id, scored)
    return run_id


@pytest.mark.parametrize("recorded", [True, False])
def test_a_record_before_with_or_after_its_call_comes_to_the_same(store, rules, recorded):
    run_id = night_of_calls(store, rules, [angry("late")])
    assert store.verdicts.get("late").verdict.missed
    records = [CallRecord(call_id, recorded) for call_id in ("late", "early")]
    assert store_records(store, run_id, records) == 2
    assert revise_late(store, run_id, rules.policy_) == 1
    night_of_calls(store, rules, [angry("early")])
    late, early = (store.verdicts.get(call_id).verdict for call_id in ("late", "early"))
    (own,) = rules.score_batch([angry("own", escalated=recorded)])
    for found in (late, early):
        assert (found.missed, found.priority, found.reasons) == (own.missed, own.priority, own.reasons)
        assert found.escalated.record is recorded
        assert found.missed is not recorded
    assert revise_late(store, run_id, rules.policy_) == 0
    assert len(store.verdicts.history("late")) == 2


def test_a_late_record_belongs_to_the_night_that_brought_it(store, rules):
    night_of_calls(store, rules, [angry("c1"), angry("c2")])
    later = store.runs.begin(NEXT, "nightly", rules.name, rules.version).run_id
    store_records(store, later, [CallRecord("c1", True), CallRecord("unknown", True), CallRecord("c2")])
    assert revise_late(store, later, rules.policy_) == 1
    assert store.verdicts.get("c1").run_id == later
    assert [stored.call_id for stored, _ in store.records.contradictions(run_id=later)] == ["c1"]


def test_the_record_of_the_crm_overrules_what_the_input_says(store, rules):
    run_id = night_of_calls(store, rules, [angry("c1", escalated=True)])
    assert not store.verdicts.get("c1").verdict.missed
    store_records(store, run_id, [CallRecord("c1", False)])
    revise_late(store, run_id, rules.policy_)
    assert store.verdicts.get("c1").verdict.missed


def test_records_of_a_call_in_several_rows_leave_the_last_word(store, rules, monkeypatch):
    monkeypatch.setattr("escalert.nightly.joining.AT_ONCE", 1)
    run_id = night_of_calls(store, rules, [angry("c1")])
    for _ in range(2):
        store_records(store, run_id, [CallRecord("c1", True), CallRecord("c1", False)])
        revise_late(store, run_id, rules.policy_)
        assert store.verdicts.get("c1").verdict.escalated.record is False


def test_verdicts_of_a_model_with_other_labels_are_revised_too(store, rules):
    from dataclasses import replace

    (verdict,) = rules.score_batch([angry()])
    odd = replace(verdict, triggers={**verdict.triggers, "forgotten": verdict.triggers["manager_request"]})
    revised = with_record(rules.policy_, odd, CallRecord("c1", True))
    assert "forgotten" in revised.triggers
    assert not revised.missed


def test_an_export_in_the_folder_of_the_transcripts_is_no_transcript(tmp_path):
    from escalert.nightly.inputs import input_files

    (tmp_path / "crm.csv").write_text("call_id,escalated\n7,yes\n")
    (tmp_path / "call.txt").write_text("Agent: hello\nCustomer: hello\n")
    text = '[inputs]\npaths = ["."]\n[[inputs.records]]\npath = "*.csv"\n'
    Path(tmp_path / "nightly.toml").write_text(text)
    found = list(input_files(load_nightly_config(tmp_path / "nightly.toml"), lambda problem: None))
    assert [path.name for path in found] == ["call.txt"]
