"""What the documents for the operator say is so: keys and defaults, metrics, events, exit codes, commands, code."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from datetime import date
from pathlib import Path

import pytest
from pydantic_core import PydanticUndefined

from escalert.cli import console
from escalert.cli.app import run
from escalert.cli.nightly import exit_code_of
from escalert.dataset import shipped_data
from escalert.nightly.config import NightlyConfig, load_nightly_config
from escalert.nightly.delivery.document import VERSION
from escalert.nightly.delivery.messages import webhook_body
from escalert.nightly.delivery.outgoing import Outgoing
from escalert.nightly.delivery.webhook import SIGNATURE, signature
from escalert.nightly.metrics_file import METRICS
from escalert.nightly.night import Night
from escalert.nightly.section import section_in
from escalert.taxonomy import load_taxonomy

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "escalert"
NIGHTLY = (ROOT / "docs" / "nightly.md").read_text("utf-8")
CODE = re.compile(r"`([^`]+)`")


def blocks(text, language):
    return re.findall(rf"^```{language}\n(.*?)^```", text, flags=re.DOTALL | re.MULTILINE)


def commands(text):
    lines = [line for block in blocks(text, "console") for line in block.splitlines()]
    return [line.removeprefix("$ ") for line in lines if re.match(r"\$ escalert (nightly|runs|missed|trends)", line)]


def table_after(text, heading):
    """Give the cells of the first table after a heading, without its head."""
    assert f"\n{heading}\n" in text, heading
    after = text.partition(f"\n{heading}\n")[2].split("\n#", 1)[0]
    lines = re.search(r"^\|(?:.*\n)(?:\|.*\n?)*", after, flags=re.MULTILINE)[0].splitlines()
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[2:]]


# The configuration


def sections(section=NightlyConfig, place=()):
    """Go through all tables of nightly.toml, each with the heading that it has in the document."""
    for name, field in section.model_fields.items():
        inner = section_in(field.annotation)
        if inner is None:
            continue
        here = (*place, field.alias or name)
        written = ".".join(here)
        yield (f"### [[{written}]]" if field.default == () else f"### [{written}]"), inner
        yield from sections(inner, here)


def default_of(field):
    """Give the default as the document writes it."""
    value = field.get_default(call_default_factory=True)
    if value is PydanticUndefined:
        return "required"
    return "–" if value is None else f"`{json.dumps(value, default=str)}`"


@pytest.mark.parametrize(("heading", "section"), list(sections()), ids=lambda each: each if type(each) is str else "")
def test_every_key_of_the_configuration_is_explained_with_its_default(heading, section):
    said = {CODE.fullmatch(key)[1]: (default, text) for key, default, *text in table_after(NIGHTLY, heading)}
    wanted = {field.alias or name: default_of(field) for name, field in section.model_fields.items()}
    assert {key: default for key, (default, _) in said.items()} == wanted
    assert all("".join(text) for _, text in said.values())


def test_the_configuration_has_eleven_tables_and_the_document_no_more():
    headings = {heading for heading, _ in sections()}
    assert len(headings) >= 11
    assert {line for line in NIGHTLY.splitlines() if line.startswith("### [")} == headings


@pytest.mark.parametrize("block", blocks(NIGHTLY, "toml"))
def test_the_configuration_that_is_shown_can_be_read(tmp_path, block):
    path = tmp_path / "nightly.toml"
    path.write_text(block)
    assert load_nightly_config(path)


# Metrics, events, exit codes


def test_every_metric_is_named_with_its_labels():
    rows = table_after((ROOT / "docs" / "watching.md").read_text("utf-8"), "## Metrics")
    said = {name: tuple(CODE.findall(labels)) for names, labels, *_ in rows for name in CODE.findall(names)}
    assert said == {name: labels for name, (_, labels) in METRICS.items()}


def test_every_event_of_the_log_is_named():
    sources = [*(PACKAGE / "nightly").rglob("*.py"), *(PACKAGE / "cli").glob("*.py")]
    told = {name for path in sources for name in re.findall(r'\btell\(\s*"(\w+)"', path.read_text("utf-8"))}
    assert {"begun", "finished", "delivered"} <= told
    named = {name for cell, *_ in table_after(NIGHTLY, "## Log") for name in CODE.findall(cell)}
    # Those of what is skipped or mended are put together from the word.
    assert told | {"skipped", "skipped_more", "mended", "mended_more", "log"} == named


def codes_in(document, heading):
    return {int(row[0]) for row in table_after((ROOT / "docs" / document).read_text("utf-8"), heading)}


def test_every_exit_code_is_explained():
    names = ("USAGE", "NOTHING_READ", "UNUSABLE_MODEL", "SKIPPED", "DRIFT", "PENDING")
    names += ("LEASE_HELD", "STORE", "MANY_MISSED", "INTERRUPTED")
    codes = {getattr(console, name) for name in names}
    assert codes_in("nightly.md", "## Exit codes") == codes | {0, 1}
    assert codes_in("nightly.md", "## What to do when") == codes | {1}
    assert codes_in("commands.md", "## Exit codes") == codes | {0}


def test_the_order_of_gravity_is_that_of_the_command():
    order = re.search(r"the gravest is given: \*\*([\d, ]+)\*\*", NIGHTLY)[1]
    assert f"the first of {order}" in exit_code_of.__doc__
    assert f"the first of {order}" in (ROOT / "docs" / "commands.md").read_text("utf-8")


# Commands and code


@pytest.fixture
def calls(tmp_path, monkeypatch):
    """A folder of transcripts."""
    for name in ("no-heating.srt", "truck-warranty.txt", "three-calls.jsonl"):
        shutil.copy(shipped_data("samples") / name, tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("document", ["README.md", "docs/nightly.md"])
def test_the_commands_run_one_after_the_other(calls, document):
    shown = commands((ROOT / document).read_text("utf-8"))
    assert len(shown) >= 3
    for command in shown:
        assert run(shlex.split(command)[1:]) == 0, command
    assert list(Path("reports").glob("*.html"))


def test_reviews_come_back_as_the_document_says(calls, capsys):
    for command in commands(NIGHTLY):
        assert run(shlex.split(command)[1:]) == 0
    head, *rows = Path("review.csv").read_text("utf-8-sig").splitlines()
    assert rows
    columns = [CODE.fullmatch(row[0])[1] for row in table_after(NIGHTLY, "## Missed list, audit sample, reviews")]
    assert columns == [name for name in head.split(",") if name.startswith("review")]
    capsys.readouterr()
    assert run(["missed", "--reviews", "review.csv", "--reviewer", "Ines"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("0 reviews")
    assert "not filled in yet" in said


def test_a_receiver_that_follows_the_document_tells_our_bodies_from_others():
    text = (ROOT / "docs" / "delivery.md").read_text("utf-8")
    (code,) = blocks(text, "python")
    names = {}
    exec(compile(code, "delivery.md", "exec"), names)
    assert SIGNATURE in text
    body = b'{"headline":"1 missed escalation"}'
    assert names["is_genuine"](body, signature(body, "key"), "key")
    assert not names["is_genuine"](body + b" ", signature(body, "key"), "key")
    assert not names["is_genuine"](body, signature(body, "another"), "key")


def test_the_fields_of_a_webhook_are_those_of_its_body():
    night = Night("2026-03-02", date(2026, 3, 2), "demo 1f0c", {"missed": 0})
    body = webhook_body(Outgoing(night), load_taxonomy(), quotes=True, key="k", revision=1)
    rows = table_after((ROOT / "docs" / "delivery.md").read_text("utf-8"), "## The body of a webhook")
    assert {name for cell, *_ in rows for name in CODE.findall(cell)} == set(json.loads(body))
    assert f"the version of this form, {VERSION}" in " ".join(cell for row in rows for cell in row)


def test_every_module_of_the_job_stands_in_the_architecture():
    text = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    parts = [path for path in (PACKAGE / "nightly").iterdir() if not path.name.startswith("_")]
    assert [path.name for path in parts if f"`{path.name}{'/' * path.is_dir()}`" not in text] == []
