"""The nightly job as a scheduler runs it, an operator watches it, and an accident ends it."""

from __future__ import annotations

import json
import logging
import multiprocessing
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from copy import copy
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import text

from escalert.classifier import EscalationClassifier, batches
from escalert.cli.app import run
from escalert.cli.nightly import exit_code_of
from escalert.nightly import steps
from escalert.nightly.delivery import DeliverySummary
from escalert.nightly.new import NewCalls
from escalert.nightly.night import DriftFigure, Night, Watch
from escalert.nightly.run import NightlyOutcome
from escalert.nightly.steps import NightDone
from escalert.nightly.store import content_hash, database, open_store
from escalert.nightly.store.database import Database
from escalert.records import Call, Turn

NIGHT, NEXT = "2026-03-02", "2026-03-03"
ANGRY = "Agent: how can i help\nCustomer: this is bullshit get me your manager right now\nAgent: there is none\n"
CALM = "Agent: how can i help\nCustomer: i would like to change my address please\nAgent: of course\n"


@pytest.fixture(scope="module")
def rules():
    return EscalationClassifier.rules()


@pytest.fixture(autouse=True)
def quickly(monkeypatch, rules):
    """Build the cue phrases once, and wait for nothing long."""
    monkeypatch.setattr(EscalationClassifier, "rules", lambda: copy(rules))
    monkeypatch.setattr(database, "PAUSES_S", (0.05,))


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A working folder with three transcripts and a configuration."""
    folder = tmp_path / "home"
    (folder / "calls").mkdir(parents=True)
    for name, words in (("angry", ANGRY), ("calm", CALM), ("calm2", CALM.replace("address", "name"))):
        (folder / "calls" / f"{name}.txt").write_text(words)
    monkeypatch.chdir(folder)
    configure()
    return folder


def configure(**sections):
    given = {
        "inputs": {"paths": ["calls"]},
        "model": {"name": "rules"},
        "store": {"patience_seconds": 1},
        "delivery": {"csv": "lists", "tries": 1},
    }
    for name, keys in sections.items():
        given[name] = {**given.get(name, {}), **keys}
    lines = []
    for name, keys in given.items():
        lines += [f"[{name}]", *(f"{key} = {json.dumps(value)}" for key, value in keys.items())]
    Path("nightly.toml").write_text("\n".join(lines))


def nightly(*options, night=NIGHT):
    return run(["nightly", "--date", night, *options])


def opened():
    return open_store(f"sqlite:///{Path.cwd()}/escalert.db", patience_s=5)


def dump():
    with opened() as store:
        return list(store.dump())


def delivered():
    return {path: path.read_bytes() for name in ("reports", "lists") for path in Path(name).glob("*")}


def last_run():
    with opened() as store:
        return store.runs.last(1)[0]


# A night


def test_the_example_of_init_runs_as_it_is(home, capsys):
    Path("nightly.toml").unlink()
    assert run(["nightly", "--init"]) == 0
    assert run(["nightly", "--init"]) == 2
    assert "nightly.toml exists already" in capsys.readouterr().err
    assert nightly() == 0
    assert f"{NIGHT}: 3 calls read (3 new, 0 corrected, 0 unchanged, 0 skipped)" in capsys.readouterr().out
    assert last_run().counts["missed"] == 1
    assert b"get me your manager" in Path(f"reports/report-{NIGHT}.html").read_bytes()


def test_the_same_files_again_change_nothing_and_deliver_nothing(home, capsys):
    assert nightly() == 0
    store, sent = dump(), delivered()
    assert nightly() == 0
    assert (dump(), delivered()) == (store, sent)
    assert nightly(night=NEXT) == 0
    later = last_run().counts
    assert (later["read"], later["new"], later["unchanged"], later["missed"]) == (3, 0, 3, 0)
    with opened() as store:
        assert [len(store.verdicts.history(name)) for name in ("angry", "calm", "calm2")] == [1, 1, 1]


def test_a_corrected_transcript_replaces_the_verdict_and_keeps_its_history(home):
    nightly()
    Path("calls/angry.txt").write_text(CALM.replace("address", "plan"))
    Path("calls/new.txt").write_text(ANGRY)
    assert nightly(night=NEXT) == 0
    counts = last_run().counts
    assert [counts[name] for name in ("read", "new", "corrected", "unchanged", "missed")] == [4, 1, 1, 2, 1]
    with opened() as store:
        assert [found.verdict.missed for found in store.verdicts.history("angry")] == [True, False]


def test_what_cannot_be_read_costs_itself_and_is_remembered_in_the_log(home, caplog):
    for number in range(205):
        Path(f"calls/broken{number:03}.json").write_text('{"a": ')
    assert nightly() == 5
    assert sum("/calls/broken" in line for line in caplog.messages) == 20
    assert caplog.messages[-1] == "skipped: 185 more"
    done = last_run()
    assert (done.state, done.counts["new"], done.counts["skipped"], len(done.log)) == ("finished", 3, 205, 201)
    assert "broken000.json" in done.log[0]
    assert done.log[-1] == "skipped: 5 more"


@pytest.mark.parametrize("is_there", [True, False])
def test_a_night_without_any_input_is_done_and_says_so(home, caplog, is_there):
    caplog.set_level(logging.INFO, "escalert")
    shutil.rmtree("calls")
    if is_there:
        Path("calls").mkdir()
    assert nightly() == (0 if is_there else 3)
    assert ("no files to read" if is_there else "no such file or folder") in caplog.text
    assert last_run().state == "finished"
    assert list(Path("lists").iterdir())


def test_old_texts_are_deleted_and_the_log_proves_it_however_often_the_night_is_run(home):
    record = {"call_id": "old", "started_at": "2026-01-05T09:00:00Z"}
    turns = [{"speaker": "customer", "text": "get me your manager"}]
    Path("calls/old.json").write_text(json.dumps({**record, "turns": turns}))
    configure(store={"keep_days": 30})
    for _ in range(2):
        assert nightly() == 0
        assert last_run().log == ("keep_days 30: of 1 calls from before 2026-01-31, 0 still have a text",)
    with opened() as store:
        assert store.calls.get("old") is None
        assert store.calls.get("angry") is not None


def test_a_night_whose_texts_were_deleted_may_be_started_again(home):
    configure(store={"keep_days": 30})
    for night in (NIGHT, "2026-05-10", NIGHT, "2026-05-11"):
        assert run(["nightly", "--date", night, "--quiet"]) == 0
    with open_store("sqlite:///escalert.db") as store:
        assert [entry.listed_as for entry in store.worklists.of_run(NIGHT)][:1] == ["missed"]
        assert all("probability" in entry.details for entry in store.worklists.of_run(NIGHT))


def test_a_date_mistyped_into_the_future_is_refused(home, capsys):
    assert nightly(night="2999-03-02") == 2
    assert "lies in the future" in capsys.readouterr().err
    assert not Path("escalert.db").exists()


# Killed, and started again


def killed_before_write(number, *options, night=NIGHT):
    """Run a night in a process that is killed before its `number`-th transaction; tell whether it came so far."""

    def work():
        left = iter(range(number))
        write = Database.write

        def counted(self, *given, **named):
            if next(left, None) is None:
                os.kill(os.getpid(), signal.SIGKILL)
            return write(self, *given, **named)

        Database.write = counted
        os._exit(nightly(*options, night=night))

    process = multiprocessing.get_context("fork").Process(target=work)
    process.start()
    process.join()
    if process.exitcode == -signal.SIGKILL and Path("escalert.db").exists():
        expire_lease()
    return process.exitcode == -signal.SIGKILL


def expire_lease():
    """Let the lease of a dead run end now instead of in two minutes."""
    with opened() as store, store._database.engine.begin() as connection:
        connection.execute(text("UPDATE lease SET expires_at = '2020-01-01 00:00:00' WHERE token IS NOT NULL"))


def begin_anew():
    for name in ("escalert.db", "escalert.db-wal", "escalert.db-shm"):
        Path(name).unlink(missing_ok=True)
    for name in ("reports", "lists"):
        shutil.rmtree(name, ignore_errors=True)


def test_a_night_that_is_killed_anywhere_and_started_again_comes_to_the_same(home, monkeypatch):
    monkeypatch.setattr(batches, "__defaults__", (3,))
    monkeypatch.setattr("escalert.nightly.new.LOOKUP_TURNS", 3)
    configure(delivery={"json": "lists"})
    Path("crm.csv").write_text("call_id,escalated\ncalm,no\ncalm2,yes\nother,yes\n")
    Path("calls/broken.json").write_text("{")
    with_records()
    assert nightly() == 5
    clean, sent = dump(), delivered()
    number = 0
    while begin_anew() or killed_before_write(number):
        assert nightly() == 5
        assert dump() == clean, f"killed before transaction {number}"
        assert delivered() == sent, f"killed before transaction {number}"
        number += 1
    assert number > 10


def with_records():
    Path("nightly.toml").write_text(Path("nightly.toml").read_text() + '\n[[inputs.records]]\npath = "crm.csv"\n')


def test_after_midnight_the_night_that_was_not_finished_comes_first(home, capsys):
    nightly()
    clean = dump()
    begin_anew()
    assert killed_before_write(5)
    with opened() as store:
        (left,) = store.runs.last()
        assert (left.run_id, left.state) == (NIGHT, "running")
    capsys.readouterr()
    assert nightly(night=NEXT) == 0
    out = capsys.readouterr().out
    assert out.index(f"{NIGHT}: 3 calls read (3 new") < out.index(f"{NEXT}: 3 calls read (0 new")
    of_next = [line for line in dump() if NEXT in line]
    assert [line for line in dump() if line not in of_next] == clean
    with opened() as store:
        assert [(each.run_id, each.state, each.attempts) for each in store.runs.last()] == [
            (NEXT, "finished", 1),
            (NIGHT, "finished", 2),
        ]


def test_nights_of_later_dates_are_left_alone(home):
    killed_before_write(5, night=NEXT)
    assert nightly() == 0
    with opened() as store:
        assert [(each.run_id, each.state) for each in store.runs.last()] == [(NEXT, "running"), (NIGHT, "finished")]


@pytest.fixture
def heeds_interrupts():
    """Listen to SIGINT also where the tests run in the background of a shell, which has it ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("heeds_interrupts")
@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_who_stops_it_gets_the_lease_back_and_the_next_start_goes_on(home, monkeypatch, capsys, stop):
    handlers = signal.getsignal(signal.SIGTERM)
    with monkeypatch.context() as patched:
        patched.setattr(steps, "revise_late", lambda *given: os.kill(os.getpid(), stop))
        assert nightly() == 130
    assert signal.getsignal(signal.SIGTERM) == handlers
    assert capsys.readouterr().err.strip().startswith("escalert: interrupted")
    assert (last_run().state, last_run().log) == ("failed", ("interrupted",))
    assert run(["runs"]) == 0
    assert "interrupted" in capsys.readouterr().out
    assert nightly() == 0
    assert (last_run().state, last_run().attempts, last_run().log) == ("finished", 2, ())


def test_a_run_that_breaks_is_noted_and_taken_up(home, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr(steps, "counts_of", lambda *given: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            nightly()
    assert (last_run().state, last_run().log) == ("failed", ("ZeroDivisionError: division by zero",))
    assert nightly(night=NEXT) == 0
    with opened() as store:
        assert [each.state for each in store.runs.last()] == ["finished", "finished"]


POOL = """
import os, sys, time
from escalert.processes import worker_pool

if __name__ == "__main__":
    with worker_pool(1) as pool:
        print(pool.submit(os.getpid).result(), flush=True)
        time.sleep(60)
"""


def test_processes_that_score_end_with_a_run_that_is_killed(tmp_path):
    (tmp_path / "pool.py").write_text(POOL)
    with subprocess.Popen([sys.executable, tmp_path / "pool.py"], stdout=subprocess.PIPE, text=True) as parent:
        worker = int(parent.stdout.readline())
        parent.kill()
    patience = time.monotonic() + 30
    while is_alive(worker) and time.monotonic() < patience:
        time.sleep(0.05)
    assert not is_alive(worker)


def is_alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


# Another run, no store, no room


def test_while_another_run_works_it_exits_and_writes_nothing(home, capsys):
    nightly()
    before = dump()
    with opened() as store, store.lease("nights:7", 60):
        assert nightly(night=NEXT) == 8
    assert "another run (nights:7, since" in capsys.readouterr().err
    assert dump() == before
    assert nightly(night=NEXT) == 0


def test_two_that_start_together_do_the_night_once(home):
    context = multiprocessing.get_context("fork")
    gate = context.Barrier(2)

    def work():
        gate.wait()
        os._exit(nightly())

    processes = [context.Process(target=work) for _ in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    codes = sorted(process.exitcode for process in processes)
    # The second finds the lease held, or, on a slow machine, all done.
    assert codes in ([0, 8], [0, 0])
    with opened() as store:
        assert store.verdicts.count() == 3


def test_a_store_that_is_down_is_one_line_and_exit_code_9(home, capsys):
    configure(store={"url": "postgresql://escalert@127.0.0.1:9/calls", "patience_seconds": 0.2})
    assert nightly() == 9
    lines = capsys.readouterr().err.strip().splitlines()
    assert "did not answer" in lines[-1]
    assert "start the run again" in lines[-1]


def test_a_store_that_goes_down_in_the_night_is_waited_for_and_then_given_up(home, capsys, monkeypatch):
    nightly()
    before = dump()
    Path("calls/new.txt").write_text(ANGRY)
    blocker = sqlite3.connect("escalert.db", isolation_level=None)
    with monkeypatch.context() as patched:
        patched.setattr(steps, "score_new", lambda *given: blocker.execute("BEGIN IMMEDIATE") and 1 / 1)
        assert nightly(night=NEXT) == 9
    blocker.rollback()
    blocker.close()
    assert "locked" in capsys.readouterr().err
    expire_lease()
    assert nightly(night=NEXT) == 0
    assert last_run().counts["new"] == 1
    assert set(before) < set(dump())


def test_a_full_disk_is_one_line_and_loses_nothing(home, capsys, monkeypatch):
    nightly()
    for number in range(150):
        Path(f"calls/more{number}.txt").write_text(ANGRY)
    prepare = database._prepare_sqlite

    def filled(connection, record):
        prepare(connection, record)
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages + 4}")

    with monkeypatch.context() as patched:
        patched.setattr(database, "_prepare_sqlite", filled)
        assert nightly(night=NEXT) == 9
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1
    assert "disk is full" in lines[0]
    assert nightly(night=NEXT) == 0
    assert last_run().counts["new"] == 150


# Call ids that several files use


def calls(*contents):
    return [Call(name, (Turn("customer", words),)) for name, words in contents]


def new_among(stored, *contents):
    """Take calls into `stored` as a night does, and give under which ids they were."""
    new = NewCalls(lambda names: {name: stored[name] for name in names if name in stored})
    found = list(new.among(calls(*contents)))
    stored |= {call.call_id: new.hash_of(call) for call in found}
    return {call.call_id: call.turns[0].text for call in found}


def test_a_numbered_call_keeps_its_id_when_files_come_and_go():
    stored = {}
    assert new_among(stored, ("7", "a"), ("7~2", "b")) == {"7": "a", "7~2": "b"}
    assert new_among(stored, ("7", "a"), ("7~2", "b")) == {}
    assert new_among(stored, ("7", "b")) == {}
    assert new_among(stored, ("7", "b"), ("7~2", "c"), ("7~3", "d")) == {"7~3": "c", "7~4": "d"}
    assert new_among(stored, ("7", "d"), ("7~2", "a"), ("7~3", "b"), ("7~4", "c")) == {}
    assert new_among(stored, ("7", "a, corrected"), ("7~2", "b")) == {"7": "a, corrected"}
    assert new_among(stored, ("7", "a, corrected"), ("7~2", "b, corrected")) == {"7~2": "b, corrected"}


def test_families_of_many_calls_are_known_whole():
    names = ["7", *(f"7~{n}" for n in range(2, 31))]
    words = [f"words {n}" for n in range(30)]
    stored = {}
    assert len(new_among(stored, *zip(names, words, strict=True))) == 30
    assert new_among(stored, *zip(names, words[::-1], strict=True)) == {}


def test_ids_are_told_by_content_not_by_odd_characters():
    (odd,) = calls(("a\0b", "x"))
    new = NewCalls(lambda names: dict.fromkeys(names, content_hash(odd)) if names == ["ab"] else {})
    assert list(new.among([odd])) == []


def test_one_id_in_two_files_is_two_calls_once(home):
    for folder in ("mon", "tue"):
        Path(f"calls/{folder}").mkdir()
    Path("calls/mon/001.txt").write_text(ANGRY)
    Path("calls/tue/001.txt").write_text(CALM.replace("address", "tariff"))
    assert nightly() == 0
    shutil.rmtree("calls/mon")
    assert nightly(night=NEXT) == 0
    counts = last_run().counts
    assert (counts["new"], counts["corrected"], counts["unchanged"]) == (0, 0, 4)
    with opened() as store:
        assert store.calls.get("001").turns[1].text.startswith("this is")
        assert "tariff" in store.calls.get("001~2").turns[1].text


# Without writing; again by another model


def tree():
    return {path: path.read_bytes() for path in Path().rglob("*") if path.is_file()}


def test_a_dry_run_says_what_would_be_done_and_writes_nothing(home, capsys):
    before = tree()
    assert nightly("--dry-run") == 0
    assert "A new store would be created" in capsys.readouterr().out
    assert tree() == before
    nightly()
    killed_before_write(5, night=NEXT)
    Path("calls/angry.txt").write_text(CALM)
    Path("calls/new.txt").write_text(ANGRY)
    Path("calls/broken.json").write_text("{")
    before = tree()
    capsys.readouterr()
    assert nightly("--dry-run", night="2026-03-04") == 5
    out = capsys.readouterr().out
    assert f"The night of {NEXT} would be finished first." in out
    assert "4 calls were read: 1 new, 1 corrected, 2 known; 1 inputs would be skipped." in out
    assert "2 calls would be scored by rules 1." in out
    assert {path: content for path, content in tree().items() if not path.name.endswith("-shm")} == {
        path: content for path, content in before.items() if not path.name.endswith("-shm")
    }


def test_a_dry_run_names_secrets_that_are_not_set(home, capsys):
    hook = '\n[[delivery.webhooks]]\nname = "qa"\nurl = "env:NO_SUCH_URL"\n'
    Path("nightly.toml").write_text(Path("nightly.toml").read_text() + hook)
    assert nightly("--dry-run") == 2
    assert "delivery.webhooks[0].url is env:NO_SUCH_URL" in capsys.readouterr().err


@pytest.fixture
def newer_rules(rules):
    newer = copy(rules)
    newer.version = "2"
    return lambda: newer


def test_a_new_model_is_run_over_the_past_and_goes_on_where_it_stopped(home, monkeypatch, newer_rules, capsys):
    nightly()
    monkeypatch.setattr(batches, "__defaults__", (3,))
    monkeypatch.setattr(EscalationClassifier, "rules", newer_rules)
    assert nightly(night=NEXT) == 0
    assert last_run().counts["new"] == 0
    assert nightly("--rescore", "--dry-run", night=NEXT) == 0
    assert "3 stored calls would be judged anew by rules 2" in capsys.readouterr().out
    assert killed_before_write(4, "--rescore", night=NEXT)
    assert nightly("--rescore", night="2026-03-04") == 0
    with opened() as store:
        again = store.runs.get(f"{NEXT}-rescore-rules-2")
        assert (again.state, again.attempts, again.counts["rescored"], again.counts["missed"]) == ("finished", 2, 3, 1)
        assert store.runs.get("2026-03-04-rescore-rules-2") is None
        old, new = store.verdicts.history("angry")
        assert (old.verdict.model["version"], new.verdict.model["version"], new.is_current) == ("1", "2", True)
    assert nightly("--rescore", night="2026-03-05") == 0
    assert last_run().counts["rescored"] == 0


def test_a_rescore_finishes_the_night_before_it_judges_its_calls_anew(home, monkeypatch, newer_rules):
    killed_before_write(5)
    monkeypatch.setattr(EscalationClassifier, "rules", newer_rules)
    assert nightly("--rescore") == 0
    with opened() as store:
        assert {each.run_id: each.state for each in store.runs.last()} == {
            NIGHT: "finished",
            f"{NIGHT}-rescore-rules-2": "finished",
        }
        assert [entry.call_id for entry in store.worklists.of_run(NIGHT) if entry.listed_as == "missed"] == ["angry"]


# What the operator learns


def test_what_cannot_be_sent_is_shown_and_sent_by_the_next_run(home, capsys):
    Path("lists").write_text("in the way of the folder")
    assert nightly() == 7
    assert run(["runs", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out.partition("\n{")[2].join(["{", ""]))
    assert (shown["runs"][0]["run_id"], shown["runs"][0]["state"], shown["runs"][0]["pending"]) == (
        NIGHT,
        "finished",
        1,
    )
    assert [each["kind"] for each in shown["pending"]] == ["csv"]
    assert run(["runs"]) == 0
    assert "pending deliveries: 1;" in capsys.readouterr().out
    Path("lists").unlink()
    assert nightly(night=NEXT) == 0
    assert any(NIGHT in path.name for path in Path("lists").iterdir())


def test_runs_are_shown_newest_first_and_without_a_store_there_are_none(home, capsys):
    assert run(["runs"]) == 2
    assert "there is no store" in capsys.readouterr().err
    assert not Path("escalert.db").exists()
    for night in (NIGHT, NEXT):
        nightly(night=night)
    capsys.readouterr()
    assert run(["runs", "--last", "1"]) == 0
    out = capsys.readouterr().out
    assert NEXT in out
    assert NIGHT not in out


def test_the_log_is_one_json_object_per_line_to_the_last(home, capsys):
    Path("calls/broken.json").write_text("{")
    handlers = logging.getLogger().handlers[:]
    assert nightly("--log-json") == 5
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    events = [line["event"] for line in lines]
    assert [event for event in events if event in ("begun", "skipped", "scored", "finished", "delivered")] == [
        "begun", "skipped", "scored", "finished", "delivered",
    ]  # fmt: skip
    finished = lines[events.index("finished")]
    assert (finished["run_id"], finished["level"], finished["new"]) == (NIGHT, "info", 3)
    with opened() as store, store.lease("other:1", 60):
        assert nightly("--log-json") == 8
    (line,) = map(json.loads, capsys.readouterr().err.splitlines())
    assert (line["event"], line["error"], line["exit_code"]) == ("failed", "LeaseHeldError", 8)
    assert logging.getLogger().handlers == handlers


def test_many_missed_escalations_are_an_exit_code_if_that_is_wanted(home):
    assert nightly("--fail-on-missed", "2") == 0
    assert nightly("--fail-on-missed", "1") == 10


def outcome(*, missed=0, drift=False, read=3, skipped=0, pending=0):
    counts = dict.fromkeys(steps.COUNTED, 0) | {"missed": missed, "read": read, "skipped": skipped}
    watch = Watch(figures=(DriftFigure("turns per call", "psi", 1.0 if drift else 0.0, 0.25),))
    night = Night(NIGHT, date.fromisoformat(NIGHT), "rules 1", counts, watch=watch)
    return NightlyOutcome((NightDone(SimpleNamespace(counts=counts), night),), DeliverySummary(pending=pending))


@pytest.mark.parametrize(
    ("code", "found"),
    [
        (0, {"missed": 9, "drift": True}),
        (5, {"skipped": 1}),
        (7, {"skipped": 1, "pending": 2}),
        (3, {"skipped": 1, "pending": 2, "read": 0}),
        (0, {"read": 0}),
    ],
)
def test_where_several_hold_the_gravest_is_the_exit_code(code, found):
    assert exit_code_of(outcome(**found), fail_on_drift=False, fail_on_missed=None) == code
    all_of_it = outcome(**{**found, "missed": 2, "drift": True})
    assert exit_code_of(all_of_it, fail_on_drift=True, fail_on_missed=3) == 6
    assert exit_code_of(all_of_it, fail_on_drift=True, fail_on_missed=2) == 10


def test_without_the_extra_the_command_says_what_to_install(home, capsys, monkeypatch):
    import builtins

    real = builtins.__import__

    def lacking(name, *given, **named):
        if name.startswith("escalert.nightly.run"):
            raise ModuleNotFoundError("No module named 'sqlalchemy'", name="sqlalchemy")
        return real(name, *given, **named)

    monkeypatch.setattr(builtins, "__import__", lacking)
    assert nightly() == 2
    assert "pip install 'escalert[nightly]'" in capsys.readouterr().err


def test_tomorrow_may_have_begun_elsewhere(home):
    assert nightly(night=str(date.today() + timedelta(days=1))) == 0
    assert replace(last_run(), log=()).state == "finished"
