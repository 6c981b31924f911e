"""The examples of schedulers, configuration and SQL do what they say, as far as they go without the schedulers."""

from __future__ import annotations

import configparser
import json
import os
import re
import shlex
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
import types
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator
from kubernetes_schema import SCHEMAS

from escalert.cli.app import run
from escalert.cli.console import DRIFT, MANY_MISSED, NOTHING_READ, PENDING, SKIPPED, UNUSABLE_MODEL, USAGE
from escalert.dataset import shipped_data
from escalert.nightly.config import load_nightly_config
from escalert.nightly.store import open_store

EXAMPLES = Path(__file__).parents[1] / "examples"
NIGHT = "2026-03-10"
ESCALERT = Path(sys.executable).with_name("escalert")
PASSABLE = {SKIPPED, PENDING}
"""Codes of a night that is done."""
LASTING = {USAGE, NOTHING_READ, UNUSABLE_MODEL, DRIFT, MANY_MISSED}
"""Codes that the same start again would end with."""


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A folder as the examples want it: their configuration, and some transcripts."""
    folder = tmp_path / "escalert"
    (folder / "transcripts").mkdir(parents=True)
    for name in ("no-heating.txt", "truck-warranty.vtt", "missing-column.txt"):
        (path,) = shipped_data("samples").glob(f"{name.partition('.')[0]}*")
        shutil.copy(path, folder / "transcripts")
    shutil.copy(EXAMPLES / "nightly.toml", folder)
    (folder / "secrets.env").write_text("export ESCALERT_SMTP_PASSWORD=secret\n")
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def fake(tmp_path):
    """Give a function that lays down a program called escalert, which runs a line of shell."""

    def lay(line):
        path = tmp_path / "bin" / "escalert"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/bin/sh\n{line}\n")
        path.chmod(0o755)
        return path

    return lay


def uncommented(text):
    """Give the configuration with the keys that are commented out; what is written around them stays out."""
    return re.sub(r"^# (?=\[|\w+ = )", "", text, flags=re.MULTILINE)


def last_counts(folder):
    with open_store(f"sqlite:///{folder}/escalert.db") as store:
        return store.runs.last(1)[0].counts


# Configuration and records


def test_the_configuration_runs_as_it_is(home):
    assert run(["nightly", "--date", NIGHT, "--quiet"]) == 0
    assert last_counts(home)["new"] == 3
    assert "oxygen" in Path(f"reports/report-{NIGHT}.html").read_text("utf-8")
    assert Path(f"missed/missed-{NIGHT}.csv").exists()


def test_what_is_commented_out_in_the_configuration_is_right_too(home):
    path = home / "nightly.toml"
    path.write_text(uncommented(path.read_text("utf-8")))
    config = load_nightly_config(path)
    assert config.store.keep_days == 90
    assert config.inputs.records[0].path == home / "crm" / "*.csv"
    assert config.delivery.webhooks[0].form == "slack"
    assert config.delivery.email.recipients == ("qa@example.com",)


def crm_query(dialect):
    """Give the query as the comments say to write it for a database."""
    text = (EXAMPLES / "crm-records.sql").read_text("utf-8")
    written = dict(re.findall(r"^--       (.+?): (.+)$", text, flags=re.MULTILINE))
    comments, _, query = text.partition("\nSELECT")
    assert written["PostgreSQL"] in query
    assert "SELECT" in comments
    return f"SELECT{query}".replace(written["PostgreSQL"], written[dialect])


CRM = """
CREATE TABLE contacts (contact_id VARCHAR(40), account_id VARCHAR(40), ended_on DATE);
CREATE TABLE tickets (contact_id VARCHAR(40), escalated_to VARCHAR(40), closed_on DATE, disposition VARCHAR(40));
INSERT INTO contacts VALUES ('no-heating', 'a1', '2026-03-04'), ('truck-warranty', 'a2', '2026-03-09'),
    ('missing-column', 'a3', '2026-03-09'), ('long-ago', 'a4', '2026-02-01');
INSERT INTO tickets VALUES ('no-heating', 'shift lead', '2026-03-05', 'credit'), ('truck-warranty', NULL, NULL, NULL),
    ('missing-column', NULL, '2026-03-09', 'settled'), ('long-ago', NULL, '2026-02-01', NULL);
"""


def write_crm(url):
    if url.startswith("sqlite"):
        with sqlite3.connect(url.removeprefix("sqlite:///")) as connection:
            connection.executescript(CRM)
        return url, "SQLite"
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(CRM)
    return url, "PostgreSQL"


def test_the_query_of_the_crm_gives_records(home, store_url, monkeypatch):
    url, dialect = write_crm(store_url)
    monkeypatch.setenv("ESCALERT_CRM_URL", url)
    with Path("nightly.toml").open("a", encoding="utf-8") as file:
        file.write(f'\n[[inputs.records]]\nurl = "env:ESCALERT_CRM_URL"\nquery = """\n{crm_query(dialect)}"""\n')
    assert run(["nightly", "--date", NIGHT, "--quiet"]) == 0
    assert last_counts(home)["records"] == 3
    with open_store(f"sqlite:///{home}/escalert.db") as store:
        said = store.records.current(["no-heating", "truck-warranty", "missing-column"])
    assert {name: record.escalated for name, record in said.items()} == {
        "no-heating": True, "truck-warranty": None, "missing-column": False,
    }  # fmt: skip
    assert said["no-heating"].transferred_to == "shift lead"
    assert said["no-heating"].customer_id == "a1"


# Cron

FIELD = re.compile(r"(\*|\d+(-\d+)?)(/\d+)?(,\d+)*")
LIMITS = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))


def crontab():
    """Give the variables and the jobs of the crontab, each with its five fields and its command (crontab(5))."""
    variables, jobs = {}, []
    for line in (EXAMPLES / "crontab").read_text("utf-8").splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        if assigned := re.fullmatch(r"([A-Z_]+)=(\S+)", line):
            variables[assigned[1]] = assigned[2]
        else:
            *fields, command = line.split(maxsplit=5)
            jobs.append((fields, command))
    return variables, jobs


def run_by_cron(number, home):
    """Run a job as cron does: its shell, its variables and nothing else, and what it prints goes into a mail."""
    variables, jobs = crontab()
    command = jobs[number][1]
    assert "%" not in command.replace(r"\%", "")
    assert "/srv/escalert" in command
    environment = {**variables, "PATH": variables["PATH"].replace("/opt/escalert/bin", str(ESCALERT.parent))}
    return subprocess.run(
        [variables["SHELL"], "-c", command.replace("/srv/escalert", str(home))],
        env={"HOME": str(home), **environment}, cwd="/", capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_the_times_of_the_crontab_are_right():
    _, jobs = crontab()
    assert len(jobs) == 2
    for fields, _ in jobs:
        for field, (low, high) in zip(fields, LIMITS, strict=True):
            assert FIELD.fullmatch(field)
            assert all(low <= int(number) <= high for number in re.findall(r"\d+", field))


def test_cron_runs_the_night_in_silence_and_mails_the_exit_code_of_a_failure(home):
    done = run_by_cron(0, home)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    events = [json.loads(line)["event"] for line in Path("nightly.log").read_text("utf-8").splitlines()]
    assert "finished" in events
    assert list(Path("reports").glob("report-*.html"))
    Path("nightly.toml").write_text("[stor]\n")
    assert run_by_cron(1, home).stdout == f"escalert nightly ended with exit code {USAGE}\n"
    assert "stor is unknown" in Path("nightly.log").read_text("utf-8").splitlines()[-1]


# systemd


def unit(name):
    parsed = configparser.ConfigParser(strict=False, interpolation=None, comment_prefixes=("#",))
    parsed.optionxform = str
    parsed.read_string((EXAMPLES / name).read_text("utf-8"))
    return parsed


def numbers(text):
    return {int(number) for number in text.split()}


def test_the_service_runs_the_night_and_knows_the_exit_codes(home):
    service = unit("escalert-nightly.service")["Service"]
    program, *arguments = shlex.split(service["ExecStart"])
    assert program == "/opt/escalert/bin/escalert"
    assert run([*arguments, "--date", NIGHT]) == 0
    assert last_counts(home)["new"] == 3
    assert "escalert_nightly_exit_code 0.0" in Path("metrics/escalert.prom").read_text("utf-8")
    assert numbers(service["SuccessExitStatus"]) == PASSABLE
    assert numbers(service["RestartPreventExitStatus"]) == LASTING
    assert service["WorkingDirectory"] == service["ReadWritePaths"]
    assert unit("escalert-nightly.timer")["Timer"]["Persistent"] == "true"


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="there is no systemd-analyze here")
def test_systemd_finds_nothing_wrong_with_the_units(tmp_path):
    for name in ("escalert-nightly.service", "escalert-nightly.timer"):
        text = (EXAMPLES / name).read_text("utf-8")
        (tmp_path / name).write_text(text.replace("/opt/escalert/bin/escalert", shutil.which("true")))
    command = ["systemd-analyze", "verify", *sorted(map(str, tmp_path.iterdir()))]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stdout + checked.stderr) == (0, "")


# Airflow


class FailTheTaskError(Exception):
    """Stands for AirflowFailException: the task fails, and is not tried again."""


@pytest.fixture
def dag(monkeypatch):
    """Import the file of the DAG where there is no Airflow: a stand-in keeps what it is given."""
    given = types.SimpleNamespace(dags=[], tasks=[], run_after="2026-03-10T02:30:00")

    def as_dag(**settings):
        return lambda function: lambda: (given.dags.append((function.__name__, settings)), function())

    def as_task(function):
        return lambda: given.tasks.append(function)

    def context():
        return {"dag_run": types.SimpleNamespace(run_after=datetime.fromisoformat(given.run_after))}

    sdk = types.ModuleType("airflow.sdk")
    sdk.dag, sdk.task, sdk.get_current_context = as_dag, as_task, context
    exceptions = types.ModuleType("airflow.sdk.exceptions")
    exceptions.AirflowFailException = FailTheTaskError
    for module in (types.ModuleType("airflow"), sdk, exceptions):
        monkeypatch.setitem(sys.modules, module.__name__, module)
    loaded = types.ModuleType("airflow_dag")
    loaded.given = given
    exec(compile((EXAMPLES / "airflow_dag.py").read_text("utf-8"), "airflow_dag.py", "exec"), loaded.__dict__)
    return loaded


def test_the_dag_runs_one_night_at_a_time_and_none_of_the_past(dag):
    ((name, settings),) = dag.given.dags
    assert name == "escalert_nightly"
    assert (settings["max_active_runs"], settings["catchup"]) == (1, False)
    assert len(dag.given.tasks) == 1
    assert (set(dag.PASSABLE), set(dag.LASTING)) == (PASSABLE, LASTING)


def test_the_task_runs_the_night_of_its_date(dag, home, caplog):
    dag.run_night.__kwdefaults__.update(escalert=str(ESCALERT), config=str(home / "nightly.toml"))
    with caplog.at_level("INFO"):
        assert dag.given.tasks[0]() == 0
    assert f"the night of {NIGHT} is done" in caplog.text
    assert Path(f"reports/report-{NIGHT}.html").exists()


@pytest.mark.parametrize("code", sorted(PASSABLE))
def test_a_night_that_is_done_but_for_something_succeeds_with_a_warning(dag, fake, caplog, code):
    assert dag.run_night(NIGHT, escalert=fake(f"exit {code}")) == code
    assert [record.levelname for record in caplog.records] == ["WARNING"]


@pytest.mark.parametrize(("code", "error"), [(1, "NightFailedError"), (8, "NightFailedError"), (9, "NightFailedError")])
def test_what_may_pass_is_tried_again(dag, fake, code, error):
    dag.run_night.__kwdefaults__["escalert"] = fake(f"exit {code}")
    with pytest.raises(dag.NightFailedError, match=f"exit code {code}"):
        dag.given.tasks[0]()


@pytest.mark.parametrize("code", sorted(LASTING))
def test_what_will_not_pass_is_not(dag, fake, code):
    dag.run_night.__kwdefaults__["escalert"] = fake(f"exit {code}")
    with pytest.raises(FailTheTaskError, match=f"exit code {code}"):
        dag.given.tasks[0]()


def test_a_task_that_is_stopped_stops_the_run(dag, fake, tmp_path, monkeypatch):
    program = fake(f"trap 'echo stopped > {tmp_path}/told; exit 130' TERM; echo begun; while :; do sleep 0.05; done")

    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(dag.log, "info", stop)
    with pytest.raises(KeyboardInterrupt):
        dag.run_night(NIGHT, escalert=program)
    assert (tmp_path / "told").read_text() == "stopped\n"


# Kubernetes


def manifests():
    text = (EXAMPLES / "kubernetes-cronjob.yaml").read_text("utf-8")
    return {manifest["kind"]: manifest for manifest in yaml.safe_load_all(text)}


def pod():
    return manifests()["CronJob"]["spec"]["jobTemplate"]["spec"]["template"]["spec"]


def faults(kind, manifest):
    validator = Draft202012Validator(SCHEMAS[kind])
    return [error.message for error in validator.iter_errors(manifest)]


@pytest.mark.parametrize("kind", SCHEMAS)
def test_the_manifests_are_what_kubernetes_asks_for(kind):
    manifest = manifests()[kind]
    assert faults(kind, manifest) == []
    assert faults(kind, {**manifest, "spek": {}}) != []


def test_the_parts_of_the_manifests_fit_together():
    (container,) = pod()["containers"]
    volumes = {volume["name"]: volume for volume in pod()["volumes"]}
    assert {mount["name"] for mount in container["volumeMounts"]} == set(volumes)
    assert volumes["config"]["configMap"]["name"] == manifests()["ConfigMap"]["metadata"]["name"]
    claim = manifests()["PersistentVolumeClaim"]["metadata"]["name"]
    assert volumes["data"]["persistentVolumeClaim"]["claimName"] == claim
    rules = manifests()["CronJob"]["spec"]["jobTemplate"]["spec"]["podFailurePolicy"]["rules"]
    assert set(rules[0]["onExitCodes"]["values"]) == LASTING
    assert rules[0]["onExitCodes"]["containerName"] == container["name"]


def test_the_configuration_in_the_config_map_can_be_read(tmp_path, monkeypatch):
    monkeypatch.setenv("ESCALERT_STORE_URL", "postgresql://escalert@db/escalert")
    path = tmp_path / "nightly.toml"
    path.write_text(manifests()["ConfigMap"]["data"]["nightly.toml"])
    config = load_nightly_config(path)
    assert config.store_url().startswith("postgresql://")
    mounts = {mount["mountPath"] for mount in pod()["containers"][0]["volumeMounts"]}
    places = (*config.inputs.paths, config.delivery.report, config.delivery.csv)
    assert all(any(place.is_relative_to(mount) for mount in mounts) for place in places)


@contextmanager
def container_command(program):
    """Start what the container runs, with another program in the place of escalert."""
    (container,) = pod()["containers"]
    assert container["command"] == ["/bin/sh", "-c"]
    environment = {"PATH": f"{program.parent}:{os.environ['PATH']}"}
    with subprocess.Popen([*container["command"], *container["args"]], env=environment) as process:
        yield process


@pytest.mark.parametrize(("code", "seen"), [(0, 0), (5, 0), (7, 0), (2, 2), (8, 8), (9, 9), (10, 10)])
def test_the_container_succeeds_when_the_night_is_done(fake, code, seen):
    with container_command(fake(f"exit {code}")) as process:
        assert process.wait(10) == seen


def test_the_container_hands_on_the_signal_that_stops_it(fake, tmp_path):
    started = tmp_path / "started"
    program = fake(f"trap 'sleep 0.2; exit 130' TERM; touch {started}; while :; do sleep 0.05; done")
    with container_command(program) as process:
        for _ in range(200):
            if started.exists():
                break
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 130


# All of them


def test_the_readme_names_every_example():
    text = (EXAMPLES / "README.md").read_text("utf-8")
    names = {path.name for path in EXAMPLES.iterdir() if path.suffix != ".pyc" and path.is_file()} - {"README.md"}
    assert names
    assert all(f"]({name})" in text for name in names), names
