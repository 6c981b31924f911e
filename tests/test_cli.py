"""The command line as users meet it: on temporary folders, by exit code and effect."""

from __future__ import annotations

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import jsonschema
import pandas as pd
import pytest

from escalert.cli.app import app, run
from escalert.readers import call_to_dict

ROOT = Path(__file__).parents[1]
COMMANDS = ("train", "evaluate", "score", "explain", "convert", "triggers", "formats", "models", "promote", "demo")


QUICK = """
data = {min_examples = 4}
features = {character_bits = 14}
noise = {copies = 0}
model = {folds = 2, workers = 1}
"""


@pytest.fixture
def home(tmp_path, monkeypatch, model_folder, angry_call, calm_call, labelled_calls):
    """A working folder with a trained default model, two unlabelled calls and some labelled ones."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/mlflow.db")
    shutil.copytree(model_folder, tmp_path / "models" / "small")
    (tmp_path / "models" / "DEFAULT").write_text("small\n")
    write_calls(tmp_path / "calls.jsonl", [angry_call, calm_call])
    write_calls(tmp_path / "labelled.jsonl", labelled_calls[:40])
    return tmp_path


def write_calls(path, calls):
    path.write_text("".join(json.dumps(call_to_dict(call)) + "\n" for call in calls))


def read_lines(path):
    return [json.loads(line) for line in Path(path).read_text("utf-8").splitlines()]


def test_without_arguments_the_commands_are_listed(capsys):
    assert run([]) == 0
    listed = capsys.readouterr().out
    assert all(f"\n  {name} " in listed for name in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(command, capsys):
    assert run([command, "--help"]) == 0
    text = capsys.readouterr().out
    for part in ("Example:", f"escalert {command}", "--quiet", "--verbose"):
        assert part in text
    assert command in {registered.name for registered in app.registered_commands}


def test_scoring_writes_a_verdict_per_call_in_order(home, capsys):
    assert run(["score", "calls.jsonl", "--out", "out.jsonl"]) == 0
    angry, calm = read_lines("out.jsonl")
    assert (angry["call_id"], calm["call_id"]) == ("angry", "calm")
    assert angry["escalation"]["missed"]
    assert "turns" not in angry
    assert angry["model"]["name"] == "small"
    assert "2 calls scored, 0 skipped" in capsys.readouterr().out


def test_verdicts_keep_to_the_published_schema(home):
    schema = json.loads((ROOT / "docs" / "verdict.schema.json").read_text("utf-8"))
    assert run(["score", "calls.jsonl", "labelled.jsonl", "--out", "out.jsonl", "--turns", "-q"]) == 0
    for verdict in read_lines("out.jsonl"):
        jsonschema.validate(verdict, schema)
        assert len(verdict["turns"]) > 0


def test_the_three_kinds_of_output_agree(home):
    for name in ("out.jsonl", "out.csv", "out.parquet"):
        assert run(["score", "labelled.jsonl", "--out", name, "-q"]) == 0
    lines = read_lines("out.jsonl")
    with Path("out.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    table = pd.read_parquet("out.parquet")
    assert [row["call_id"] for row in rows] == [line["call_id"] for line in lines] == list(table["call_id"])
    assert (
        [row["missed"] == "true" for row in rows]
        == [line["escalation"]["missed"] for line in lines]
        == list(table["missed"])
    )
    assert list(table["profanity_probability"]) == [line["triggers"]["profanity"]["probability"] for line in lines]


def test_cells_that_a_spreadsheet_would_run_are_defused(home):
    turns = [{"speaker": "customer", "text": '=HYPERLINK("http://x") this is bullshit you idiots get me your manager'}]
    Path("evil.jsonl").write_text(json.dumps({"call_id": "@SUM(1)", "turns": turns, "queue": "+1"}))
    assert run(["score", "evil.jsonl", "--out", "out.csv", "--model", "rules", "-q"]) == 0
    with Path("out.csv").open(encoding="utf-8-sig", newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["call_id"], row["queue"]) == ("'@SUM(1)", "'+1")
    assert row["quote"].startswith("'=HYPERLINK")


def test_an_existing_output_is_left_alone_unless_told(home, capsys):
    Path("out.jsonl").write_text("precious")
    assert run(["score", "calls.jsonl", "--out", "out.jsonl"]) == 2
    assert "--overwrite" in capsys.readouterr().err
    assert Path("out.jsonl").read_text() == "precious"
    assert run(["score", "calls.jsonl", "--out", "out.jsonl", "--overwrite"]) == 0
    assert len(read_lines("out.jsonl")) == 2


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["score", "calls.jsonl", "--out", "out.xml"], 2, "it can be .jsonl, .csv, .parquet"),
        (["score", "cals.jsonl", "--out", "o.jsonl"], 3, "calls.jsonl"),
        (["score", "calls.jsonl"], 2, "--out"),
        (["score", "calls.jsonl", "--out", "o.jsonl", "--model", "nosuch"], 4, "there is no model folder"),
        (["score", "calls.jsonl", "--out", "o.jsonl", "--threshold", "profanity"], 2, "LABEL=P"),
        (["score", "calls.jsonl", "--out", "o.jsonl", "--threshold", "swearing=0.2"], 2, "known are: profanity"),
        (["score", "calls.jsonl", "--out", "o.jsonl", "--threshold", "profanity=nan"], 2, "between 0 and 1"),
        (["score", "calls.jsonl", "--out", "o.jsonl", "--speaker", "boss=Ann"], 2, "boss"),
        (["score", "calls.jsonl", "--out", "o.jsonl", "--format", "fax"], 2, "fax"),
        (["explain", "calls.jsonl", "--call", "nobody"], 2, "there are angry, calm"),
        (["evaluate", "rules", "calls.jsonl"], 2, "is labelled"),
        (["train", "labelled.jsonl", "--config", "nosuch.toml"], 2, "nosuch.toml"),
        (["train", "labelled.jsonl", "--out", "models/small"], 2, "exists already"),
        (["promote", "nosuch"], 4, "there is no model folder"),
        (["scor"], 2, "scor"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_a_code(home, capsys, arguments, code, says):
    assert run(arguments) == code
    captured = capsys.readouterr()
    assert says in captured.err
    assert "Traceback" not in captured.err + captured.out
    assert not Path("o.jsonl").exists()


def test_a_bad_input_costs_itself_alone(home, capsys):
    Path("junk.bin").write_bytes(bytes(range(256)) * 20)
    Path("empty.txt").touch()
    with Path("calls.jsonl").open("a") as file:
        file.write('{"call_id": "broken", "turns": [\n')
    assert run(["score", "calls.jsonl", "junk.bin", "empty.txt", "--out", "out.jsonl"]) == 5
    captured = capsys.readouterr()
    assert len(read_lines("out.jsonl")) == 2
    for part in ("calls.jsonl:3", "junk.bin", "empty.txt"):
        assert part in captured.err
    assert "3 skipped" in captured.out


def test_without_any_model_the_remedy_is_named(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("a.txt").write_text("Agent: hello\nCustomer: get me your manager, this is bullshit\n")
    assert run(["score", "a.txt", "--out", "o.jsonl"]) == 4
    assert "escalert train" in capsys.readouterr().err
    assert run(["score", "a.txt", "--out", "o.jsonl", "--model", "rules"]) == 0
    assert read_lines("o.jsonl")[0]["triggers"]["manager_request"]["flagged"]


def test_calls_come_from_standard_input_too(home):
    command = [sys.executable, "-m", "escalert", "score", "-", "--out", "out.jsonl", "--model", "rules"]
    answer = subprocess.run(command, input=Path("calls.jsonl").read_bytes(), capture_output=True, check=False)
    assert answer.returncode == 0, answer.stderr
    assert len(read_lines("out.jsonl")) == 2
    assert b"\x1b" not in answer.stderr


def test_a_threshold_can_be_moved(home):
    assert run(["score", "calls.jsonl", "--out", "strict.jsonl", "--threshold", "profanity=1", "-q"]) == 0
    assert not read_lines("strict.jsonl")[0]["triggers"]["profanity"]["flagged"]


def test_the_report_is_written_beside(home):
    assert run(["score", "calls.jsonl", "--out", "out.csv", "--report", "out.html", "-q"]) == 0
    page = Path("out.html").read_text("utf-8")
    assert "angry" in page
    assert "get me your manager" in page


@pytest.mark.parametrize("workers", ["1", "2"])
def test_an_interruption_keeps_what_is_complete(home, labelled_calls, workers):
    with Path("many.jsonl").open("w") as file:
        for copy in range(120):
            for call in labelled_calls:
                file.write(json.dumps({**call_to_dict(call), "call_id": f"{call.call_id}-{copy}"}) + "\n")
    Path("out.jsonl").write_text("precious")
    command = [
        sys.executable,
        "-m",
        "escalert",
        "score",
        "many.jsonl",
        "--out",
        "out.jsonl",
        "--overwrite",
        "--workers",
        workers,
    ]
    with started(command) as process:
        wait_for(lambda: any(path.stat().st_size for path in Path().glob(".out.jsonl.*")))
        os.killpg(process.pid, signal.SIGINT)
        _, errors = process.communicate(timeout=300)
    assert process.returncode == 130, errors
    assert "Traceback" not in errors
    assert Path("out.jsonl").read_text() == "precious"
    assert len(read_lines("out.partial.jsonl")) > 0
    assert not list(Path().glob(".out.jsonl.*"))


def test_a_kill_leaves_no_half_written_file(home, labelled_calls):
    write_calls(Path("many.jsonl"), labelled_calls * 30)
    process = subprocess.Popen([sys.executable, "-m", "escalert", "score", "many.jsonl", "--out", "out.jsonl"])
    wait_for(lambda: list(Path().glob(".out.jsonl.*")))
    process.kill()
    process.wait()
    assert not Path("out.jsonl").exists()


def listen_to_interrupts():
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@contextmanager
def started(command):
    """Start a command as the leader of its own process group; nothing of it outlives the block.

    Where the tests run in the background, interrupts are ignored, and that would be inherited.
    """
    process = subprocess.Popen(
        command, stderr=subprocess.PIPE, start_new_session=True, text=True, preexec_fn=listen_to_interrupts
    )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def wait_for(condition, seconds=300):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def test_a_full_disk_leaves_the_old_output(home, capsys):
    Path("out.jsonl").write_text("precious")
    code = (
        "import resource, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
        "resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000)); from escalert.cli.app import run; "
        "raise SystemExit(run('score labelled.jsonl --out out.jsonl --overwrite --model rules'.split()))"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert answer.returncode == 2
    assert "could not be written" in answer.stderr
    assert "Traceback" not in answer.stderr
    assert Path("out.jsonl").read_text() == "precious"


def test_one_call_is_explained_word_by_word(home, capsys):
    assert run(["explain", "calls.jsonl", "--call", "angry"]) == 0
    text = capsys.readouterr().out
    assert "churn_threat" in text
    assert "cancelling +" in text


def test_triggers_and_formats_are_listed(capsys):
    assert run(["triggers"]) == 0
    assert "policy_exception" in capsys.readouterr().out
    assert run(["formats"]) == 0
    assert "webvtt" in capsys.readouterr().out.lower()


def test_evaluation_writes_metrics_page_and_plots(home, capsys):
    assert run(["evaluate", "small", "labelled.jsonl", "--out", "reports/small"]) == 0
    assert "turn macro f1" in capsys.readouterr().out
    metrics = json.loads(Path("reports/small/metrics.json").read_text())
    assert set(metrics) == {"model", "rules"}
    assert {
        "precision",
        "recall",
        "f1",
        "average_precision",
        "brier",
        "calibration_error",
        "support",
        "intervals",
    } <= set(metrics["model"]["calls"]["missed"])
    names = {path.name for path in Path("reports/small").iterdir()}
    assert {"evaluation.html", "precision_recall.svg", "reliability.svg", "confusion.svg", "scores.svg"} <= names


def test_training_saves_a_model_that_scores(home, capsys):
    Path("quick.toml").write_text(QUICK)
    assert run(["train", "labelled.jsonl", "--config", "quick.toml", "--out", "models/mine", "--no-track"]) == 0
    assert "none of them trained on" in capsys.readouterr().out
    assert not Path("mlflow.db").exists()
    assert run(["models"]) == 0
    text = capsys.readouterr().out
    assert "mine" in text
    assert "default" in text
    assert run(["score", "calls.jsonl", "--model", "mine", "--out", "o.jsonl"]) == 0


def test_an_interrupted_training_leaves_nothing_and_no_traceback(home):
    Path("quick.toml").write_text(QUICK.replace("workers = 1", "workers = 2"))
    command = [
        sys.executable,
        "-m",
        "escalert",
        "train",
        "labelled.jsonl",
        "--config",
        "quick.toml",
        "--no-track",
        "-v",
    ]
    with started(command) as process:
        for line in process.stderr:
            if "fold by fold" in line:
                break
        os.killpg(process.pid, signal.SIGINT)
        _, errors = process.communicate(timeout=300)
    assert process.returncode == 130
    assert "Traceback" not in errors
    assert [path.name for path in Path("models").iterdir() if path.is_dir()] == ["small"]


def test_labels_that_nobody_knows_stop_a_training_before_any_work(home, capsys):
    turns = [{"speaker": "customer", "text": "hello", "labels": ["swearing"]}]
    Path("wrong.jsonl").write_text(json.dumps({"call_id": "1", "turns": turns}))
    assert run(["train", "wrong.jsonl", "--no-track"]) == 2
    assert "'swearing' at wrong.jsonl:1" in capsys.readouterr().err
    assert [path.name for path in Path("models").iterdir() if path.is_dir()] == ["small"]


def test_help_answers_at_once():
    """The bound is twice what is promised, since test machines are noisy; the imports are tested elsewhere."""
    best = 9.0
    for _ in range(3):
        began = time.perf_counter()
        subprocess.run([sys.executable, "-m", "escalert", "--help"], capture_output=True, check=True)
        best = min(best, time.perf_counter() - began)
    assert best < 1.0
