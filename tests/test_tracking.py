"""Runs, the registry and the logged model, in a store of the tests' own."""

from __future__ import annotations

import copy
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import replace
from pathlib import Path

import mlflow
import pandas as pd
import pytest

from escalert import EscalationClassifier
from escalert.cli.app import run
from escalert.dataset import corpus_folder
from escalert.errors import MissingExtraError, UsageError
from escalert.readers import call_to_dict, read_calls
from escalert.readers.format import UnreadableError
from escalert.train import save_training
from escalert.verdict_model import EXAMPLE, score_table
from escalert.writers import flat_row

TRACKING_DOC = Path(__file__).parents[1] / "docs" / "tracking.md"
CHALLENGER = "models:/escalert@challenger"
STARTS_WITHIN_S = 240
QUICK = """
data = {min_examples = 4}
features = {character_ngrams = [2, 3], character_bits = 14}
noise = {copies = 0}
model = {folds = 2, workers = 1}
"""
GUARDED = """
import socket, sys
looked_up = []
def guard(function):
    def guarded(*where, **how):
        host = where[1][0] if isinstance(where[0], socket.socket) else where[0]
        if host not in ("127.0.0.1", "localhost", "::1", None, ""):
            looked_up.append(str(host))
            raise OSError(f"the test forbids {host}")
        return function(*where, **how)
    return guarded
socket.getaddrinfo, socket.gethostbyname = guard(socket.getaddrinfo), guard(socket.gethostbyname)
from escalert.cli.app import run
code = run(sys.argv[1:])
print("looked up:", looked_up)
sys.exit(code)
"""


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """A working folder with MLflow's default store."""
    folder = tmp_path_factory.mktemp("tracked")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        patch.delenv("ESCALERT_MODELS", raising=False)
        yield folder


@pytest.fixture(autouse=True)
def _forget_other_stores():
    """MLflow keeps the last address it was told for the whole process; without one it is the working folder's."""
    yield
    mlflow.set_tracking_uri(None)


@pytest.fixture(scope="module")
def logged(store, training, model_folder):
    """What `log_training` says of the session's training, logged as ``small``."""
    from escalert.tracking import log_training

    folder = Path(shutil.copytree(model_folder, store / "models" / "small"))
    return log_training(training, folder, "calls")


@pytest.fixture(scope="module")
def run_of(logged):
    return mlflow.get_run(logged["run_id"])


@pytest.fixture(scope="module")
def turns(training):
    """The turns of some calls as a table, the calls interleaved and their turns out of order."""
    rows = [
        (call.call_id, number, turn.speaker, turn.text, turn.start_s, turn.end_s)
        for call in training.split.test[:8]
        for number, turn in enumerate(timed(call.turns))
    ]
    return pd.DataFrame(rows, columns=list(EXAMPLE)).sample(frac=1, random_state=5)


@pytest.fixture
def mute(store, logged, training):
    """A challenger that never flags anything, saved and logged as ``mute``."""
    from escalert.tracking import log_training

    classifier = copy.deepcopy(training.classifier)
    classifier.with_thresholds(dict.fromkeys(classifier.policy_.thresholds, 1.0))
    worse = replace(training, classifier=classifier, evaluation=None, baseline=None)
    folder = store / "models" / "mute"
    shutil.rmtree(folder, ignore_errors=True)
    save_training(worse, folder)
    return log_training(worse, folder, "calls")


def write_calls(path, calls):
    path.write_text("".join(json.dumps(call_to_dict(call)) + "\n" for call in calls))
    return str(path)


def timed(turns):
    for number, turn in enumerate(turns):
        yield replace(turn, start_s=4.0 * number, end_s=4.0 * number + 3)


def conversations_of(n_authors):
    files = sorted(corpus_folder().glob("*.jsonl"))[:n_authors]
    return [call for call in read_calls(files) if not call.is_contrast]


def version_of(alias):
    return str(mlflow.MlflowClient().get_model_version_by_alias("escalert", alias).version)


def artifacts_of(run_id, folder=""):
    for each in mlflow.MlflowClient().list_artifacts(run_id, folder):
        yield from artifacts_of(run_id, each.path) if each.is_dir else [each.path]


def test_a_run_has_its_configuration_and_commit(run_of, training):
    params = run_of.data.params
    assert params["model.seed"] == str(training.classifier.config.model.seed)
    assert params["features.character_bits"] == "16"
    assert params["labels"].split() == list(training.classifier.taxonomy.labels)
    assert "authors" in params["split"] or "groups" in params["split"]
    assert run_of.data.tags["git_commit"]
    assert run_of.info.run_name == "small"


def test_a_run_has_the_metrics_of_every_label_and_the_rules_beside_them(run_of, training):
    found = run_of.data.metrics
    for name, value in training.evaluation.summary.items():
        assert found[name] == pytest.approx(value)
        assert f"rules/{name}" in found
    for label, metrics in training.evaluation.turns.items():
        assert found[f"turns/{label}/f1"] == pytest.approx(metrics.f1)
        assert found[f"turns/{label}/support"] == metrics.support
    assert {"calls/missed/recall", "calls/profanity/brier", "rules/turns/profanity/precision"} <= set(found)


def test_a_run_has_its_data_as_fingerprint_and_counts(run_of, training):
    datasets = {each.dataset.name: each for each in run_of.inputs.dataset_inputs}
    assert set(datasets) == {"calls-train", "calls-test"}
    train, tags = datasets["calls-train"], {tag.key: tag.value for tag in datasets["calls-train"].tags}
    assert run_of.data.params["train_fingerprint"] == tags["fingerprint"]
    assert tags["fingerprint"].startswith(train.dataset.digest)
    assert tags["calls"] == str(len(training.split.train))
    assert int(tags["labels.profanity"]) > 0
    assert tags["mlflow.data.context"] == "train"
    assert "corpus" in json.loads(train.dataset.source)["uri"]


def test_a_run_has_plots_page_model_card_and_model(logged, store):
    found = set(artifacts_of(logged["run_id"]))
    for name in ("evaluation.html", "metrics.json", "precision_recall.svg", "reliability.svg", "confusion.svg"):
        assert f"evaluation/{name}" in found
    assert {f"model_folder/{name}" for name in ("README.md", "manifest.json", "metrics.json")} <= found
    version = mlflow.MlflowClient().get_model_version_by_alias("escalert", "challenger")
    assert (str(version.version), version.run_id) == (logged["version"], logged["run_id"])
    assert version.tags["escalert.folder"] == "small"


def test_artefacts_lie_beside_the_database(logged, store):
    assert logged["store"] == "sqlite:///mlflow.db"
    assert {path.name for path in store.iterdir()} >= {"mlflow.db", "mlruns", "models"}
    assert (store / "mlruns" / logged["run_id"] / "artifacts" / "evaluation" / "evaluation.html").is_file()
    assert list(store.glob("mlruns/models/*/artifacts/data/small/model.joblib"))


def test_the_logged_model_gives_what_the_classifier_gives(logged, store, turns, training):
    answer = mlflow.pyfunc.load_model(CHALLENGER).predict(turns)
    calls = [replace(call, turns=tuple(timed(call.turns))) for call in training.split.test[:8]]
    classifier = EscalationClassifier.load(store / "models" / "small")
    for verdict in classifier.score(calls, turns=True):
        rows = answer[answer.call_id == verdict.call_id].sort_values("turn")
        assert list(rows.turn_labels) == [" ".join(turn.labels) for turn in verdict.turns]
        expected = flat_row(verdict)
        for name in answer.columns.drop(["turn", "turn_labels"]):
            assert set(rows[name]) == {expected[name]}, name


def test_rows_come_back_in_number_and_order(logged, turns):
    answer = mlflow.pyfunc.load_model(CHALLENGER).predict(turns)
    assert list(answer.call_id) == list(turns.call_id)
    assert list(answer.turn) == list(turns.turn)


def test_the_signature_is_enforced(logged):
    model = mlflow.pyfunc.load_model(CHALLENGER)
    with pytest.raises(mlflow.MlflowException, match="missing inputs"):
        model.predict(EXAMPLE.drop(columns="text"))
    with pytest.raises(mlflow.MlflowException, match="turn"):
        model.predict(EXAMPLE.assign(turn="second"))
    without_times = model.predict(EXAMPLE.drop(columns=["start", "end"]).assign(note="is passed over"))
    assert list(without_times.first_start_s.isna()) == [True] * len(EXAMPLE)
    example = model.input_example
    assert list(example.columns) == [each.name for each in model.metadata.get_input_schema().inputs]
    assert list(without_times.columns) == [each.name for each in model.metadata.get_output_schema().inputs]


def test_a_table_is_mended_as_a_file_would_be():
    rules = EscalationClassifier.rules()
    odd = EXAMPLE.assign(speaker=["CSR", "Caller", None, "customer"], text=["hi", "this is bullshit", None, "ok"])
    answer = score_table(rules, odd)
    assert list(answer.profanity_flagged) == [True, True, False, False]
    assert "empty" in answer.warnings[2]
    assert score_table(rules, EXAMPLE.iloc[:0]).columns.tolist() == answer.columns.tolist()
    with pytest.raises(UnreadableError, match="call_id"):
        score_table(rules, EXAMPLE.assign(call_id=None))


def test_promotion_moves_the_champion_unless_the_model_is_worse(logged, mute, store, capsys):
    held_out = write_calls(store / "held-out.jsonl", conversations_of(4))
    assert run(["promote", "small"]) == 0
    assert version_of("champion") == logged["version"]
    assert run(["promote", "mute", "--data", held_out]) == 2
    assert "mute is worse than small and was not promoted" in capsys.readouterr().err
    assert version_of("champion") == logged["version"]
    refused = mlflow.get_run(mute["run_id"]).data
    assert (refused.tags["promotion"], refused.tags["promotion.against"]) == ("refused", "small")
    assert refused.metrics["promotion/high"] < 0
    assert refused.metrics["promotion/present"] > refused.metrics["promotion/candidate"]

    assert run(["promote", "mute", "--data", held_out, "--force"]) == 0
    assert version_of("champion") == version_of("challenger") == mute["version"]
    assert mlflow.get_run(mute["run_id"]).data.tags["promotion"] == "forced"

    assert run(["promote", "small", "--data", held_out]) == 0
    assert "champion" in capsys.readouterr().out
    assert version_of("champion") == logged["version"]
    assert mlflow.get_run(logged["run_id"]).data.tags["promotion"] == "promoted"


def test_promotion_without_a_store_makes_none(tmp_path, monkeypatch, model_folder):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    shutil.copytree(model_folder, tmp_path / "models" / "small")
    assert run(["promote", "small", "-q"]) == 0
    assert [path.name for path in tmp_path.iterdir()] == ["models"]


def test_the_tracking_address_of_the_environment_is_used(tmp_path, monkeypatch):
    from escalert.tracking import use_store

    (tmp_path / "here").mkdir()
    (tmp_path / "there").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/there/runs.db")
    assert use_store("named") == f"sqlite:///{tmp_path}/there/runs.db"
    with mlflow.start_run() as started:
        mlflow.log_text("x", "x.txt")
    assert (tmp_path / "there" / "mlruns" / started.info.run_id / "artifacts" / "x.txt").is_file()
    assert not list((tmp_path / "here").iterdir())


def test_a_store_that_cannot_be_used_is_named_before_training(tmp_path, monkeypatch, labelled_calls, capsys):
    from escalert.tracking import use_store

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "pigeon://post")
    with pytest.raises(UsageError, match="pigeon://post cannot be used"):
        use_store()
    assert run(["train", write_calls(tmp_path / "calls.jsonl", labelled_calls[:4])]) == 2
    assert "pigeon" in capsys.readouterr().err
    assert not (tmp_path / "models").exists()


def test_without_mlflow_the_extra_is_named(tmp_path, monkeypatch, model_folder, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "mlflow", None)
    monkeypatch.delitem(sys.modules, "escalert.tracking", raising=False)
    with pytest.raises(MissingExtraError, match=r"pip install 'escalert\[track\]'"):
        import escalert.tracking  # noqa: F401
    assert run(["train", "calls.jsonl"]) == 2
    assert "pip install 'escalert[track]'" in capsys.readouterr().err
    shutil.copytree(model_folder, tmp_path / "models" / "small")
    assert run(["promote", "small"]) == 0


@pytest.mark.slow
def test_a_tracked_training_is_silent_and_looks_no_host_up(tmp_path, labelled_calls):
    calls = write_calls(tmp_path / "calls.jsonl", labelled_calls[:45])
    (tmp_path / "quick.toml").write_text(QUICK)
    command = [sys.executable, "-c", GUARDED, "train", calls, "--config", "quick.toml", "--out", "models/tiny"]
    ours = ("MLFLOW_", "DO_NOT_TRACK", "PYTEST")
    env = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False, timeout=400)
    assert done.returncode == 0, done.stderr
    assert "looked up: []" in done.stdout
    assert "version 1 (challenger) in sqlite:///mlflow.db" in done.stdout
    noise = [line for line in done.stderr.splitlines() if "too few to learn" not in line]
    assert noise == []


@pytest.fixture
def server(logged, store):
    """The address of ``mlflow models serve`` for the challenger."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    arguments = ["models", "serve", "-m", CHALLENGER, "--env-manager", "local", "-h", "127.0.0.1", "-p", str(port)]
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    env = os.environ | {"PATH": path, "MLFLOW_TRACKING_URI": f"sqlite:///{store}/mlflow.db"}
    log = store / "serve.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "mlflow", *arguments], env=env, cwd=store, stdout=output, stderr=output
        )
        try:
            if not answers(f"http://127.0.0.1:{port}/ping", process):
                pytest.skip(f"mlflow models serve did not start: {log.read_text()[-500:]}")
            yield f"http://127.0.0.1:{port}"
        finally:
            stop(process)


def answers(address, process):
    """Wait for a server to answer; give False if it ends or takes too long."""
    last = time.monotonic() + STARTS_WITHIN_S
    while time.monotonic() < last and process.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=5):
                return True
        except (urllib.error.URLError, OSError):
            time.sleep(0.5)
    return False


def stop(process):
    """End the server; MLflow passes the signal on to the process that it started."""
    process.terminate()
    try:
        process.wait(timeout=20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def post(address, table):
    return post_text(address, json.dumps({"dataframe_split": table.to_dict(orient="split")}))


def post_text(address, body):
    """Post JSON, and read the answer as strict JSON, which knows no NaN."""
    request = urllib.request.Request(f"{address}/invocations", body.encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=120) as answer:
        return json.loads(answer.read(), parse_constant=pytest.fail)


@pytest.mark.slow
def test_the_model_is_served_over_http(server, turns):
    predictions = pd.DataFrame(post(server, turns)["predictions"])
    assert list(predictions.call_id) == list(turns.call_id)
    assert list(predictions.turn) == list(turns.turn)
    local = mlflow.pyfunc.load_model(CHALLENGER).predict(turns)
    assert list(predictions.missed) == list(local.missed)
    assert list(predictions.triggers) == list(local.triggers)
    calm = post(server, EXAMPLE.iloc[2:].drop(columns=["start", "end"]))["predictions"]
    assert [row["first_start_s"] for row in calm] == [None, None]
    documented = re.search(r"curl .*?-d '(.*?)'", TRACKING_DOC.read_text("utf-8"), flags=re.DOTALL)
    assert [row["turn"] for row in post_text(server, documented[1])["predictions"]] == [0, 1]
    with pytest.raises(urllib.error.HTTPError, match="400"):
        post(server, EXAMPLE.drop(columns="speaker"))
