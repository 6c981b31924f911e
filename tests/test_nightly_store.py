"""The store: the same on SQLite and PostgreSQL, whatever happens on the way."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import sqlite3
import threading
import time
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, inspect, select, text

from escalert.errors import EscalertError
from escalert.nightly.store import (
    BatchWritten,
    CallRecord,
    Delivery,
    LeaseHeldError,
    LeaseLostError,
    Review,
    ScoredCall,
    Selection,
    StoreError,
    StoreUnreachableError,
    StoreVersionError,
    WorklistEntry,
    batch,
    content_hash,
    database,
    open_store,
    pages,
)
from escalert.nightly.store.database import Database
from escalert.nightly.store.judgement import _kept
from escalert.nightly.store.schema import _script, bring_up
from escalert.nightly.store.tables import Base, LeaseRow
from escalert.nightly.store.types import PlainText
from escalert.records import Call, CallVerdict, Decision, Evidence, TriggerFinding, Turn

NIGHT = date(2026, 3, 2)
MODEL = {"name": "demo", "version": "1f0c"}
WORDS = "get me your manager, my card is 4111"


def make_call(call_id="c1", words=WORDS, **fields):
    turns = (Turn("agent", "how can i help", 0.0, 2.5), Turn("customer", words, 3.0, 6.0))
    given = {"queue": "billing", "started_at": "2026-03-02T09:00:00+01:00", "origin": f"in/{call_id}.json:1"}
    return Call(call_id, turns, **{**given, **fields})


def judge(call, *, flagged=True, escalated=0.1, record=None, model=MODEL, threshold=0.44):
    evidence = (Evidence(1, "customer", call.turns[1].text, 0.9, 3.0, 6.0),)
    triggers = {
        "manager_request": TriggerFinding(0.97 if flagged else 0.02, threshold, evidence),
        "profanity": TriggerFinding(0.02, 0.4),
    }
    return CallVerdict(
        call_id=call.call_id,
        triggers=triggers,
        warranted=Decision(0.91 if flagged else 0.05, 0.5),
        escalated=Decision(escalated, 0.5, record),
        priority="high" if flagged else "none",
        reasons=("asked for someone with more authority (turn 1)",) if flagged else (),
        model=model,
        warnings=call.warnings,
        metadata={"queue": call.queue, **call.extra},
    )


def scored(call, **judged):
    return ScoredCall(call, judge(call, **judged), content_hash(call))


def many(n, **fields):
    return [scored(make_call(f"c{number:03d}", **fields), flagged=number % 3 == 0) for number in range(n)]


def begin(store, night=NIGHT, kind="nightly", version="1f0c"):
    return store.runs.begin(night, kind, "demo", version).run_id


@pytest.fixture
def store(store_url):
    with open_store(store_url, patience_s=5) as opened:
        yield opened


@pytest.fixture
def run_id(store):
    return begin(store)


# Opening


def test_a_store_that_is_opened_again_holds_what_it_held(store_url):
    with open_store(store_url) as store:
        store.verdicts.write_batch(begin(store), many(3))
        before = list(store.dump())
    with open_store(store_url) as store:
        assert list(store.dump()) == before


def test_the_migrations_lead_to_the_tables(store_url):
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    opened = Database(store_url, 1)
    bring_up(opened)
    with opened.engine.connect() as connection:
        # Reflection does not tell collations.
        same = lambda context, found, named, kind, wanted: False if isinstance(wanted, PlainText) else None  # noqa: E731
        context = MigrationContext.configure(
            connection, opts={"version_table": "escalert_schema", "compare_type": same}
        )
        assert compare_metadata(context, Base.metadata) == []
    opened.close()


@pytest.mark.parametrize("version", [each.revision for each in list(_script().walk_revisions())[:0:-1]])
def test_a_store_of_each_version_before_is_upgraded_with_all_it_holds(store_url, tmp_path, version):
    with open_store(f"sqlite:///{tmp_path / 'source.db'}") as source:
        fill(source)
        lacking = copied_at(version, source, store_url)
        before = [without(line, lacking) for line in source.dump()]
    with open_store(store_url) as store:
        assert [without(line, lacking) for line in store.dump()] == before
        assert (store.runs.last(1)[0].measures, store.verdicts.get("c001").verdict.counts) == ({}, {})
        tomorrow = begin(store, NIGHT + timedelta(days=1))
        assert store.verdicts.write_batch(tomorrow, many(6, queue="other")) == BatchWritten(corrected=5, new=1)


def fill(store):
    run_id = begin(store)
    store.verdicts.write_batch(run_id, many(5))
    store.records.write(run_id, [CallRecord("c000", escalated=True, customer_id="k1")])
    store.worklists.write(run_id, [WorklistEntry("c003", "missed", 1, "urgent", details={"linked": ["c000"]})])
    store.outbox.enqueue([Delivery("k", run_id, "webhook", "qa", {"n": 1})])
    store.runs.finish(run_id, {"read": 5}, log=["5 texts"])


def copied_at(version, source, url):
    """Make a store of an earlier version with the rows of another, and name the columns that it had no room for."""
    old, lacking = Database(url, 1), set()
    bring_up(old, version)
    with source._database.engine.connect() as given, old.engine.connect() as connection:
        for table in Base.metadata.sorted_tables:
            if table.name in inspect(connection).get_table_names() and table.name != "lease":
                there = {column["name"] for column in inspect(connection).get_columns(table.name)}
                lacking |= {column.name for column in table.columns} - there
                columns = [column for column in table.columns if column.name in there]
                rows = [row._asdict() for row in given.execute(select(*columns))]
                if rows:
                    connection.execute(insert(table), rows)
                if connection.dialect.name == "postgresql" and "id" in there:
                    connection.execute(text(f"SELECT setval('{table.name}_id_seq', 1000)"))
        connection.commit()
    old.close()
    return lacking


def without(line, names):
    return {name: value for name, value in json.loads(line).items() if name not in names}


def test_a_newer_store_is_refused_with_the_remedy_and_left_alone(store_url):
    open_store(store_url).close()
    opened = Database(store_url, 1)
    opened.write(lambda connection: connection.execute(text("UPDATE escalert_schema SET version_num = '0099'")))
    with pytest.raises(StoreVersionError, match=r"version 0099.*newer escalert.*pip install --upgrade escalert"):
        open_store(store_url)
    found = opened.read(lambda connection: connection.execute(text("SELECT version_num FROM escalert_schema")).scalar())
    assert found == "0099"
    opened.close()


def test_tables_of_another_program_are_refused(store_url):
    opened = Database(store_url, 1)
    opened.write(lambda connection: connection.execute(text("CREATE TABLE runs (run_uuid TEXT)")))
    opened.close()
    with pytest.raises(StoreError, match="belongs to another program: it has tables runs"):
        open_store(store_url)


def test_two_that_create_a_store_at_once_create_it_once(store_url):
    failed = []

    def create():
        try:
            open_store(store_url, patience_s=20).close()
        except EscalertError as error:
            failed.append(error)

    threads = [threading.Thread(target=create) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []


def test_a_file_that_is_no_store_is_refused(tmp_path):
    path = tmp_path / "calls.csv"
    path.write_text("call_id,text\n" * 200)
    with pytest.raises(StoreError, match="not a database"):
        open_store(f"sqlite:///{path}")
    assert path.read_text() == "call_id,text\n" * 200


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("escalert.db", "write sqlite:///FILE or postgresql://"),
        ("mysql://localhost/calls", "mysql is not supported; use SQLite or PostgreSQL"),
        ("sqlite://", "needs a file"),
    ],
)
def test_a_url_of_no_store_is_refused(url, words):
    with pytest.raises(StoreError, match=words):
        open_store(url)


# Unreachable


def test_a_server_that_does_not_answer_is_tried_again_and_then_named_without_its_password(caplog, monkeypatch):
    monkeypatch.setattr(database, "PAUSES_S", (0.05, 0.1))
    url = "postgresql://escalert:hush@127.0.0.1:9/calls"
    with pytest.raises(StoreUnreachableError) as error:
        open_store(url, patience_s=1)
    assert "postgresql+psycopg://escalert:***@127.0.0.1:9/calls did not answer" in str(error.value)
    assert "start the run again" in str(error.value)
    assert any("trying again in 0.1 s" in line for line in caplog.messages)
    assert "hush" not in str(error.value) + caplog.text


def test_a_locked_file_is_waited_for(tmp_path):
    path = tmp_path / "escalert.db"
    store = open_store(f"sqlite:///{path}", patience_s=20)
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    threading.Timer(0.5, other.execute, ["ROLLBACK"]).start()
    assert begin(store) == "2026-03-02"
    other.execute("BEGIN IMMEDIATE")
    hurried = Database(f"sqlite:///{path}", 0.1)
    with pytest.raises(StoreUnreachableError, match="locked"):
        hurried.write(lambda connection: None)
    other.close()
    store.close()


def test_a_connection_that_breaks_in_a_transaction_costs_nothing(store_url):
    if store_url.startswith("sqlite"):
        pytest.skip("a file has no connection to lose")
    store = open_store(store_url, patience_s=10)
    opened, tries = store._database, []

    def work(connection):
        tries.append(1)
        connection.execute(text("UPDATE lease SET owner = coalesce(owner, '') || 'x'"))
        if len(tries) == 1:
            connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
        return connection.execute(text("SELECT owner FROM lease")).scalar()

    assert opened.write(work) == "x"
    assert len(tries) == 2
    store.close()


# The lease


def test_the_lease_keeps_a_second_run_out_and_names_the_first(store, store_url):
    with open_store(store_url) as second:
        held = r"another run \(host:1, since .*its lease ends at"
        with store.lease("host:1", 60), pytest.raises(LeaseHeldError, match=held):
            second.lease("host:2", 60).__enter__()
        with second.lease("host:2", 60):
            pass


def test_of_many_that_want_the_lease_at_once_one_gets_it(store, store_url):
    stores = [open_store(store_url, patience_s=20) for _ in range(5)]
    held, refused, gate = [], [], threading.Barrier(5)

    def want(each):
        gate.wait()
        lease = each.lease("host", 60)
        try:
            lease.__enter__()
            held.append(lease)
        except LeaseHeldError:
            refused.append(lease)

    threads = [threading.Thread(target=want, args=[each]) for each in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(held), len(refused)) == (1, 4)
    held[0].__exit__(None, None, None)
    for each in stores:
        each.close()


def test_a_living_run_extends_its_lease(store):
    def ends():
        return store._database.read(lambda connection: connection.execute(select(LeaseRow.expires_at)).scalar_one())

    with store.lease("host:1", 1.5) as lease:
        first, patience = ends(), time.monotonic() + 60
        while ends() <= first and time.monotonic() < patience:
            time.sleep(0.05)
        assert ends() > first
        lease.check()
    assert ends() is None


def test_a_dead_runs_lease_ends_and_it_can_write_no_more(store, store_url, monkeypatch):
    run_id = begin(store)
    monkeypatch.setattr("escalert.nightly.store.lease.Lease.keep", lambda lease: None)
    with open_store(store_url) as second, store.lease("dead", 0.3) as dead:
        time.sleep(0.4)
        with second.lease("host:2", 60):
            with pytest.raises(LeaseLostError, match=r"host:2 took over.*nothing more is written"):
                store.verdicts.write_batch(run_id, many(2))
            dead.extend()
            with pytest.raises(LeaseLostError):
                dead.check()
            assert second.verdicts.count() == 0
            second.verdicts.write_batch(run_id, many(2))


# Batches


def test_writing_the_same_again_changes_nothing(store, run_id):
    assert store.verdicts.write_batch(run_id, many(7)) == BatchWritten(new=7)
    before = list(store.dump())
    assert store.verdicts.write_batch(run_id, many(7)) == BatchWritten(unchanged=7)
    assert list(store.dump()) == before


def test_a_call_and_its_verdict_come_back_as_they_were_given(store, run_id):
    call = make_call(
        words="nul \0 half \ud800 “quoted” 😀",
        agent_id="A\x0017",
        customer_id="k7",
        escalated=False,
        labels={"escalation_warranted": True},
        extra={"big": 2**70, "note": "odd \0", "list": [1, None]},
        warnings=("in/c1.json:1: mended",),
        language="en",
    )
    call = replace(call, turns=(replace(call.turns[0], labels=("profanity",), extra={"lang": "en"}), call.turns[1]))
    item = scored(call)
    store.verdicts.write_batch(run_id, [item])
    assert store.calls.get("c1") == call
    assert store.calls.known_hashes(["c1", "c2"]) == {"c1": item.content_hash}
    found = store.verdicts.get("c1")
    assert (found.agent_id, found.customer_id, found.day) == ("A17", "k7", NIGHT)
    assert found.started_at == datetime(2026, 3, 2, 8, tzinfo=UTC)
    unflagged = found.verdict.triggers["profanity"]
    assert found.verdict == replace(item.verdict, triggers={**item.verdict.triggers, "profanity": unflagged})


def test_a_corrected_transcript_replaces_the_verdict_and_keeps_its_history(store, run_id):
    store.verdicts.write_batch(run_id, [scored(make_call())])
    tomorrow = begin(store, NIGHT + timedelta(days=1))
    corrected = scored(make_call(words="thank you"), flagged=False)
    assert store.verdicts.write_batch(tomorrow, [corrected]) == BatchWritten(corrected=1)
    assert store.calls.get("c1").turns[1].text == "thank you"
    assert not store.verdicts.get("c1").verdict.missed
    old, new = store.verdicts.history("c1")
    assert (old.is_current, new.is_current) == (False, True)
    assert (old.run_id, new.run_id) == ("2026-03-02", "2026-03-03")
    assert old.verdict.triggers["manager_request"].evidence[0].text == WORDS
    assert store.counts.of_run(tomorrow)["corrected"] == 1
    assert store.counts.of_run(run_id)["calls"] == 0


def test_a_correction_that_is_taken_back_makes_the_first_verdict_current_again(store, run_id):
    for words in (WORDS, "thank you", WORDS):
        store.verdicts.write_batch(run_id, [scored(make_call(words=words))])
    assert [found.is_current for found in store.verdicts.history("c1")] == [True, False]


@pytest.mark.parametrize("other", [{"model": {"name": "demo", "version": "2"}}, {"threshold": 0.6}, {"record": True}])
def test_another_model_threshold_or_record_gives_another_verdict(store, run_id, other):
    store.verdicts.write_batch(run_id, [scored(make_call())])
    assert store.verdicts.write_batch(run_id, [scored(make_call(), **other)]) == BatchWritten(rescored=1)
    assert len(store.verdicts.history("c1")) == 2
    assert store.verdicts.count() == 1


def write_and_die(url, moment):
    with open_store(url) as store:
        run_id = begin(store)
        store.verdicts.write_batch(run_id, many(3))
        setattr(batch, moment, lambda *given, **named: os.kill(os.getpid(), signal.SIGKILL))
        store.verdicts.write_batch(run_id, many(6))


@pytest.mark.parametrize("moment", ["write_verdicts", "trigger_rows"])
def test_a_process_that_is_killed_while_it_writes_leaves_nothing_half_done(store_url, moment):
    process = multiprocessing.get_context("fork").Process(target=write_and_die, args=(store_url, moment))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    with open_store(store_url) as store:
        assert store.verdicts.count() == 3
        assert store.verdicts.write_batch(begin(store), many(6)) == BatchWritten(new=3, unchanged=3)
        assert store.runs.get("2026-03-02").attempts == 2


def test_a_full_disk_stores_nothing_of_the_batch_and_says_what_to_do(tmp_path):
    with open_store(f"sqlite:///{tmp_path / 'escalert.db'}") as store:
        run_id = begin(store)
        limit = lambda pages: store._database.read(lambda c: c.exec_driver_sql(f"PRAGMA max_page_count = {pages}"))  # noqa: E731
        limit(50)
        with pytest.raises(StoreError, match=r"disk is full; the transaction was undone.*start the run again"):
            store.verdicts.write_batch(run_id, many(400))
        assert store.verdicts.count() == 0
        limit(10_000)
        assert store.verdicts.write_batch(run_id, many(400)).new == 400


def test_stores_that_came_to_the_same_by_other_ways_are_the_same(store, tmp_path):
    calls = [scored(make_call(call_id)) for call_id in ("b", "B", "a-1", "a 2", "Ä", "a1")]
    run_id = begin(store)
    store.verdicts.write_batch(run_id, calls)
    store.runs.finish(run_id, {"read": 6})
    with open_store(f"sqlite:///{tmp_path / 'other.db'}") as other:
        for part in (calls[:3], calls[1:2], calls[::-1]):
            assert begin(other) == run_id
            other.verdicts.write_batch(run_id, part)
        other.runs.finish(run_id, {"read": 6})
        assert list(other.dump()) == list(store.dump())
        assert [found.call_id for found in other.verdicts.current()] == [
            found.call_id for found in store.verdicts.current()
        ]


@given(st.floats(0, 1), st.floats(0, 1))
def test_rounding_leaves_a_probability_on_its_side_of_the_threshold(probability, threshold):
    for one, other in ((probability, threshold), (threshold, threshold), (threshold - 1e-9, threshold)):
        kept, cut = _kept(one, other)
        assert (kept >= cut) == (one >= other)
        assert abs(kept - one) < 2e-6


# Reading


def test_verdicts_are_selected_in_the_order_of_day_and_id_however_many_pages(store, run_id, monkeypatch):
    monkeypatch.setattr(pages, "PAGE", 2)
    days = ["2026-03-02T10:00:00", "2026-03-01T10:00:00", None]
    calls = [make_call(f"c{n}", started_at=days[n % 3], queue="ab"[n % 2], customer_id=f"k{n}") for n in range(7)]
    store.verdicts.write_batch(run_id, [scored(call, flagged=n < 3) for n, call in enumerate(calls)])

    def ids(**asked):
        return [found.call_id for found in store.verdicts.current(Selection(**asked))]

    assert ids() == ["c1", "c4", "c0", "c2", "c3", "c5", "c6"]
    assert ids(until=date(2026, 3, 1)) == ["c1", "c4"]
    assert ids(since=NIGHT, queue="a") == ["c0", "c2", "c6"]
    assert ids(missed=True) == ["c1", "c0", "c2"]
    assert ids(flagged=False, queue="b") == ["c3", "c5"]
    assert ids(call_ids=("c6", "c1"), run_id=run_id) == ["c1", "c6"]
    assert ids(customer_ids=("k4", "none")) == ["c4"]
    assert ids(call_ids=()) == ids(run_id="2020-01-01") == []
    assert store.verdicts.count(Selection(missed=True)) == 3
    assert [call.call_id for call, _ in store.calls.stored(until=date(2026, 3, 1))] == ["c1", "c4"]


def test_a_rescore_goes_on_where_it_stopped(store, run_id, monkeypatch):
    monkeypatch.setattr(pages, "PAGE", 2)
    store.verdicts.write_batch(run_id, many(5))
    again = begin(store, kind="rescore", version="2")
    new = {"name": "demo", "version": "2"}
    for rounds, (call, content) in enumerate(store.calls.not_judged_by("demo", "2")):
        store.verdicts.write_batch(again, [ScoredCall(call, judge(call, model=new), content)])
        if rounds == 1:
            break
    left = [call.call_id for call, _ in store.calls.not_judged_by("demo", "2")]
    assert left == ["c002", "c003", "c004"]
    assert again == "2026-03-02-rescore-demo-2"


def test_flags_and_outcomes_are_counted_by_day_and_week(store, run_id):
    days = {"2026-03-01T08:00:00Z": 2, "2026-03-02T08:00:00Z": 3, "2026-03-04T08:00:00Z": 4}
    n = 0
    for day, count in days.items():
        for _ in range(count):
            call = make_call(f"c{n}", started_at=day, queue=None if n % 2 else "billing", agent_id="A1")
            store.verdicts.write_batch(
                run_id, [scored(call, flagged=n in (0, 5, 6, 7), escalated=0.9 if n == 7 else 0.1)]
            )
            n += 1
    since, until = date(2026, 2, 23), date(2026, 3, 8)
    flags = store.counts.flags(since, until)
    assert [(count.period.day, count.calls, count.flagged) for count in flags] == [(1, 2, 1), (2, 3, 0), (4, 4, 3)]
    weeks = store.counts.flags(since, until, per="week")
    assert [(str(count.period), count.calls, count.flagged) for count in weeks] == [
        ("2026-02-23", 2, 1),
        ("2026-03-02", 7, 3),
    ]
    assert {count.label for count in weeks} == {"manager_request"}
    assert [count.calls for count in store.counts.flags(since, until, per="week", queue="billing")] == [1, 4]
    by_queue = store.counts.outcomes(NIGHT, until, per="week", by="queue")
    assert [(count.group, count.calls, count.warranted, count.escalated, count.missed) for count in by_queue] == [
        ("", 3, 2, 1, 1),
        ("billing", 4, 1, 0, 1),
    ]
    (by_agent,) = store.counts.outcomes(NIGHT, until, per="week", by="agent")
    assert (by_agent.group, by_agent.calls, by_agent.flagged) == ("A1", 7, 3)
    assert store.counts.outcomes(date(2020, 1, 1), date(2020, 1, 2)) == []
    assert store.counts.of_run(run_id) == {
        "calls": 9, "new": 9, "corrected": 0, "flagged": 4, "warranted": 4, "escalated": 1, "missed": 3,
    }  # fmt: skip


# Records


def test_a_late_record_asks_for_another_verdict_once(store, run_id):
    store.verdicts.write_batch(run_id, many(4))
    record = CallRecord("c000", escalated=True, transferred_to="tier 2", customer_id="k9", origin="crm.csv:2")
    assert store.records.write(run_id, [record, CallRecord("other", escalated=False)]) == ["c000", "other"]
    assert store.records.write(run_id, [record]) == []
    ((stored, late),) = store.records.late()
    assert (stored.call_id, late.transferred_to, late.received_at is not None) == ("c000", "tier 2", True)
    escalated = replace(stored.verdict, escalated=replace(stored.verdict.escalated, record=late.escalated))
    assert store.verdicts.revise(run_id, [escalated]) == 1
    assert list(store.records.late()) == []
    found = store.verdicts.get("c000")
    assert (found.verdict.missed, found.customer_id, found.said_escalated) == (False, "k9", False)
    assert [stored.call_id for stored, _ in store.records.contradictions()] == ["c000"]
    assert list(store.records.contradictions(since=NIGHT + timedelta(days=1))) == []


def test_records_may_come_before_their_call_and_change_their_mind(store, run_id):
    first, second = CallRecord("c000", escalated=True, customer_id="k1"), CallRecord("c000", escalated=False)
    store.records.write(run_id, [first])
    store.verdicts.write_batch(run_id, many(1))
    assert store.verdicts.get("c000").customer_id == "k1"
    assert store.records.write(run_id, [second]) == ["c000"]
    assert store.records.current(["c000", "x"])["c000"].escalated is False
    assert store.records.write(run_id, [second, first]) == ["c000"]
    assert store.records.current(["c000"])["c000"].escalated is True


# What a run leaves


def test_runs_tell_what_they_found_and_what_is_still_to_be_sent(store, run_id):
    tomorrow = begin(store, NIGHT + timedelta(days=1))
    store.runs.finish(run_id, {"read": 9}, measures={"psi": 0.02}, log=["3 texts deleted"])
    store.runs.fail(tomorrow, "disk full")
    store.outbox.enqueue([Delivery("k1", run_id, "webhook", "qa", {"missed": 1})])
    failed, finished = store.runs.last()
    assert (failed.run_id, failed.state, failed.log, failed.pending) == ("2026-03-03", "failed", ("disk full",), 0)
    assert (finished.state, finished.counts, finished.log, finished.pending) == (
        "finished", {"read": 9}, ("3 texts deleted",), 1,
    )  # fmt: skip
    assert [run.run_id for run in store.runs.last(1)] == ["2026-03-03"]
    assert store.runs.get("2020-01-01") is None


def test_a_delivery_is_made_once_however_often_it_is_put_in(store, run_id):
    deliveries = [Delivery(f"k{n}", run_id, "webhook", "qa", {"n": n}) for n in range(3)]
    assert store.outbox.enqueue(deliveries) == 3
    assert store.outbox.enqueue([replace(deliveries[0], payload={"other": 1})]) == 0
    store.outbox.delivered("k0")
    later = datetime.now(UTC) + timedelta(hours=1)
    store.outbox.failed("k1", "HTTP 500 " * 100, later)
    store.outbox.give_up("k2", "gone")
    store.outbox.failed("k0", "too late", later)
    (pending,) = store.outbox.pending()
    assert (pending.key, pending.attempts, len(pending.last_error), pending.payload) == ("k1", 1, 500, {"n": 1})
    assert store.outbox.pending(due=datetime.now(UTC)) == []
    assert store.outbox.pending(due=later + timedelta(seconds=1)) == [pending]
    assert store.outbox.enqueue(deliveries) == 0
    assert [each.state for each in store.outbox.of_run(run_id)] == ["delivered", "pending", "given_up"]


def test_worklists_are_replaced_and_reviews_find_their_entries(store, run_id):
    store.verdicts.write_batch(run_id, many(5))
    missed = WorklistEntry("c003", "missed", 1, "urgent", details={"linked": ["c000"]})
    audit = WorklistEntry("c001", "audit", 1, "none", inclusion_probability=0.25)
    store.worklists.write(run_id, [WorklistEntry("c000", "missed", 1, "high")])
    store.worklists.write(run_id, [audit, missed])
    assert store.worklists.of_run(run_id) == [missed, audit]
    store.worklists.write_reviews([Review("c001", run_id, "Kim", warranted=False, escalated=False)])
    store.worklists.write_reviews([Review("c001", run_id, "Kim", warranted=True, escalated=False, note="should have")])
    ((entry, review),) = store.worklists.reviewed(since=NIGHT)
    assert (entry, review.warranted, review.note, review.reviewed_at is not None) == (audit, True, "should have", True)
    assert store.worklists.reviewed(since=NIGHT + timedelta(days=1)) == []


# Privacy


def test_deleted_texts_are_gone_and_the_rest_stays(store, store_url, run_id, tmp_path):
    secret = {"extra": {"summary": "customer 4111 is cross"}, "warnings": ("in/c.json:1: found '4111'",)}
    old = [scored(make_call(f"old{n}", **secret)) for n in range(3)]
    young = scored(make_call("young", words="mine stays", started_at="2026-03-20T10:00:00Z"))
    store.verdicts.write_batch(run_id, [*old, young])
    store.verdicts.write_batch(run_id, [scored(make_call("old0", words="corrected 4111", **secret))])
    store.records.write(run_id, [CallRecord("old1", escalated=True, extra={"notes": "card 4111"})])
    store.worklists.write(run_id, [WorklistEntry("old2", "missed", 1, "high", details={"quote": WORDS})])
    store.outbox.enqueue([Delivery("k", run_id, "webhook", "qa", {"quote": WORDS})])
    hashes, counts = store.calls.known_hashes(["old0", "old1"]), store.counts.of_run(run_id)
    deleted = store.delete_texts(date(2026, 3, 10))
    assert (deleted.calls, deleted.triggers, deleted.deliveries, deleted.remaining) == (3, 4, 1, 0)
    left = "\n".join(store.dump())
    assert "4111" not in left
    assert "mine stays" in left
    assert (store.calls.known_hashes(["old0", "old1"]), store.counts.of_run(run_id)) == (hashes, counts)
    assert [turn.turn for turn in store.verdicts.get("old1").verdict.triggers["manager_request"].evidence] == [1]
    assert store.outbox.pending() == []
    assert [call.call_id for call, _ in store.calls.not_judged_by("other", "1")] == ["young"]
    assert store.delete_texts(date(2026, 3, 10)).calls == 0
    if store_url.startswith("sqlite"):
        assert all(b"4111" not in path.read_bytes() for path in tmp_path.iterdir())
