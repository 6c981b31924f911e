"""nightly.toml: what it may say, and what is said of it when it is wrong."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from escalert.errors import UsageError
from escalert.nightly.config import NightlyConfig, example, load_nightly_config
from escalert.nightly.inputs import input_files
from escalert.nightly.secrets import resolve
from escalert.nightly.section import section_in
from escalert.readers import read_calls

TRANSCRIPT = "Agent: how can i help\nCustomer: get me your manager\n"


def written(folder, text):
    path = folder / "nightly.toml"
    path.write_text(text, "utf-8")
    return path


def refusal(folder, text):
    with pytest.raises(UsageError) as error:
        load_nightly_config(written(folder, text))
    return str(error.value)


def every_key(section, place=()):
    for name, field in section.model_fields.items():
        key = field.alias or name
        if inner := section_in(field.annotation):
            yield from every_key(inner, (*place, key))
        else:
            yield (*place, key), field


def test_the_example_runs_as_it_is_in_a_folder_with_transcripts(tmp_path):
    (tmp_path / "call.txt").write_text(TRANSCRIPT)
    config = load_nightly_config(written(tmp_path, example()))
    assert config.model.name == "rules"
    assert config.store_url() == f"sqlite:///{tmp_path}/escalert.db"
    assert config.delivery.report == tmp_path / "reports"
    assert (config.delivery.webhooks, config.delivery.email) == ((), None)
    for made in ("escalert.db", "escalert.db-wal", "reports/2026-03-02.html"):
        (tmp_path / made).parent.mkdir(exist_ok=True)
        (tmp_path / made).write_text("<p>Agent: mine</p>")
    problems = []
    calls = list(read_calls(input_files(config, problems.append), config.inputs.reading_options()))
    assert ([call.call_id for call in calls], problems) == (["call"], [])


def test_the_example_explains_every_key_and_changes_no_default_but_three(tmp_path):
    text = example()
    for place, field in every_key(NightlyConfig):
        assert field.description, place
        assert f"{place[-1]} = " in text
        assert f"  # {field.description}" in text
    changed = load_nightly_config(written(tmp_path, text)).model_dump()
    default = load_nightly_config(written(tmp_path, "")).model_dump()
    assert {
        (section, key)
        for section in changed
        for key in changed[section]
        if changed[section][key] != default[section][key]
    } == {("inputs", "paths"), ("model", "name"), ("delivery", "report")}


def test_what_the_example_has_as_a_comment_is_right_too(tmp_path):
    lines = example().splitlines()[3:]
    text = "\n".join(line.removeprefix("# ") for line in lines)
    without_path = "\n".join(line for line in text.splitlines() if not line.startswith("path ="))
    tables = tomllib.loads(without_path)
    config = load_nightly_config(written(tmp_path, without_path))
    assert set(tables) == set(NightlyConfig.model_fields)
    assert config.delivery.webhooks[0].secret == "env:ESCALERT_WEBHOOK_SECRET"
    assert config.delivery.email.recipients == ("qa@example.com",)
    assert config.inputs.records[0].columns["escalated"] == "WasEscalated"
    assert config.inputs.reading_options().speakers == {"csr": "agent", "rep": "agent"}


def test_every_problem_is_named_at_once(tmp_path):
    text = """
        [missed]
        capasity = 10
        audit_sample = -1
        [inputs]
        format = "pigeon"
        keep = ["spots"]
        name_pattern = "("
        [[inputs.records]]
        path = "crm.csv"
        url = "env:CRM"
        [[delivery.webhooks]]
        name = "qa"
        address = "https://qa.example.com"
        [delivery.email]
        host = "smtp.example.com"
        port = "many"
        [mised]
    """
    found = refusal(tmp_path, text)
    for problem in (
        "missed.capasity is unknown; known here are: capacity, audit_sample, seed",
        "missed.audit_sample: input should be greater than or equal to 0, found -1",
        "delivery.webhooks.0.url: Field required",
        "delivery.webhooks.0.address is unknown; known here are: name, url, secret",
        "delivery.email.port",
        "found 'many'",
        "delivery.email.sender: Field required",
        "delivery.email.recipients: Field required",
        "inputs.records.0: name either a path, or a url and a query",
        "mised is unknown; known here are: inputs, store, model",
    ):
        assert problem in found


def test_how_files_are_read_is_checked_before_any_work(tmp_path):
    found = refusal(tmp_path, '[inputs]\nformat = "pigeon"\nkeep = ["spots"]\nname_pattern = "("\n')
    for problem in ("no format 'pigeon'", "no cleaning step 'spots'", "pattern"):
        assert problem in found


def test_a_file_that_is_not_there_or_no_toml_is_named_with_what_to_do(tmp_path):
    with pytest.raises(UsageError, match="escalert nightly --init"):
        load_nightly_config(tmp_path / "nightly.toml")
    assert "cannot be read" in refusal(tmp_path, "[missed")


@pytest.mark.parametrize(
    "text",
    [
        '[delivery.email]\nhost = "h"\nsender = "a"\nrecipients = ["b"]\npassword = "hush1"',
        '[delivery.email]\nhost = "h"\nsender = "a"\nrecipients = ["b"]\npassword = ["hush1"]',
        '[[delivery.webhooks]]\nname = "qa"\nurl = "https://qa.example.com"\nsecret = "hush1"',
        '[[delivery.webhooks]]\nname = "qa"\nurl = "https://hooks.slack.com/services/hush1"',
        '[store]\nurl = "postgresql://me:hush1@host/calls"',
        '[store]\nurl = "postgresql://host/calls?user=me&password=hush1"',
    ],
)
def test_a_secret_in_the_file_is_refused_and_not_repeated(tmp_path, text):
    found = refusal(tmp_path, text)
    assert "hush1" not in found
    assert "env:NAME" in found or "string" in found


def test_a_secret_is_read_from_the_environment_when_it_is_needed(tmp_path, monkeypatch):
    config = load_nightly_config(written(tmp_path, '[store]\nurl = "env:CALL_STORE"\n'))
    monkeypatch.delenv("CALL_STORE", raising=False)
    with pytest.raises(
        UsageError, match=r"store\.url is env:CALL_STORE, but the environment variable CALL_STORE is not set"
    ):
        config.store_url()
    monkeypatch.setenv("CALL_STORE", "")
    with pytest.raises(UsageError, match="CALL_STORE is empty"):
        config.store_url()
    monkeypatch.setenv("CALL_STORE", "postgresql://me:hush@host/calls")
    assert config.store_url() == "postgresql://me:hush@host/calls"
    assert resolve("https://qa.example.com", "delivery.webhooks.0.url") == "https://qa.example.com"


def test_paths_are_taken_from_the_folder_of_the_file(tmp_path, monkeypatch):
    folder = tmp_path / "night [1]"
    (folder / "calls").mkdir(parents=True)
    (folder / "models" / "demo").mkdir(parents=True)
    (folder / "calls" / "a.txt").write_text(TRANSCRIPT)
    monkeypatch.chdir(tmp_path)
    text = f'[inputs]\npaths = ["calls/*.txt", "{tmp_path}/other"]\n[model]\nname = "models/demo"\n'
    config = load_nightly_config(Path(written(folder, text).relative_to(tmp_path)))
    assert config.inputs.paths[1] == tmp_path / "other"
    assert config.model.name == str(folder / "models" / "demo")
    assert config.store_url() == f"sqlite:///{folder}/escalert.db"
    assert list(input_files(config, lambda problem: None)) == [folder / "calls" / "a.txt"]
    assert load_nightly_config(written(folder, "")).inputs.paths == (folder / "transcripts",)


def test_excluded_files_are_passed_over(tmp_path):
    for name in ("calls/a.txt", "calls/old/b.txt", "calls/c.tmp.txt", "crm/records.csv"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(TRANSCRIPT)
    text = """
        [inputs]
        paths = ["."]
        exclude = ["calls/old", "calls/*.tmp.txt"]
        [[inputs.records]]
        path = "crm/*.csv"
    """
    config = load_nightly_config(written(tmp_path, text))
    assert list(input_files(config, lambda problem: None)) == [tmp_path / "calls" / "a.txt"]
