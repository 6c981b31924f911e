"""What can be read, how it is told, and formats that come from other packages."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from escalert.cli.app import run
from escalert.errors import UsageError
from escalert.readers import FORMATS, ReadOptions, format_named, formats, read_calls

ROOT = Path(__file__).parents[1]
GUIDE = (ROOT / "docs" / "adding-a-format.md").read_text("utf-8")
INPUT = (ROOT / "docs" / "input.md").read_text("utf-8")


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    formats.cache_clear()
    yield tmp_path
    formats.cache_clear()


def read(content, **options):
    Path("in.dat").write_text(content)
    problems = []
    return list(read_calls(["in.dat"], ReadOptions(**options), on_problem=problems.append)), problems


def documented_row(form):
    """Give the row of a format as docs/input.md has it."""
    cells = (f"`{form.name}`", form.vendor, f"{form.title}. {form.description}", ", ".join(form.keeps), form.export)
    return f"| {' | '.join(map(escaped, cells))} |"


def escaped(text):
    """Let Markdown show a text as it stands; what is in backticks it shows so anyway."""
    parts = text.split("`")
    parts[::2] = [re.sub(r"[<*]", r"\\\g<0>", part) for part in parts[::2]]
    return "`".join(parts).replace("|", r"\|")


def test_the_table_in_the_documents_is_that_of_the_records():
    rows = [line for line in INPUT.splitlines() if re.match(r"\| `[a-z0-9][a-z0-9-]*` \|.*\|.*\|.*\|.*\|$", line)]
    expected = [documented_row(form) for form in FORMATS]
    assert rows == expected, "docs/input.md lacks rows, or has old ones; it should have\n" + "\n".join(expected)


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
def test_every_record_tells_what_a_user_needs(form):
    assert re.fullmatch(r"[a-z0-9][a-z0-9-]*", form.name)
    assert all((form.title, form.description, form.export, form.keeps, form.example.strip() or form.read_bytes))
    assert sum(other.name == form.name for other in FORMATS) == 1


def test_all_formats_are_listed_with_vendor_fields_and_export(capsys):
    assert run(["formats"]) == 0
    table = "".join(capsys.readouterr().out.split())
    for form in FORMATS:
        assert form.name in table
        assert form.vendor.replace(" ", "")[:12] in table
    assert "howtogetit" in table


def test_one_format_is_shown_in_full(capsys):
    assert run(["formats", "deepgram"]) == 0
    text = capsys.readouterr().out
    form = format_named("deepgram")
    for part in (form.vendor, form.title, form.description, form.export, form.example.rstrip(), ", ".join(form.keeps)):
        assert part in text


def test_formats_are_given_as_json(capsys):
    assert run(["formats", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [each["name"] for each in found] == [form.name for form in FORMATS]
    assert run(["formats", "deepgram", "--json"]) == 0
    one = json.loads(capsys.readouterr().out)
    assert one in found
    assert set(one) == {"name", "vendor", "title", "description", "keeps", "export", "example", "is_recognised"}


def test_a_format_that_is_none_is_refused_with_what_is_near(capsys):
    assert run(["formats", "deepgrm"]) == 2
    assert "did you mean deepgram?" in capsys.readouterr().err
    with pytest.raises(UsageError, match="known are: jsonl"):
        read_calls(["in.dat"], ReadOptions(format="fax"))


NEARLY_DEEPGRAM = {"metadata": {"request_id": "x", "duration": 5.1}, "results": {"phrases": []}}
UNKNOWN = {
    "json": ('{"speech": 1, "model": {"x": 2}}', ("JSON with the keys 'model', 'speech'", "jsonl, csv-turns")),
    "near": (json.dumps(NEARLY_DEEPGRAM), ("keys 'metadata', 'results'", "nearest is deepgram", "'results.channels'")),
    "text": ("<html><body>hello</body></html>", ("begins with '<html><body>hello", "jsonl, csv-turns")),
    "binary": ("%PDF-1.7", ("a PDF document", "jsonl, csv-turns")),
}


@pytest.mark.parametrize(("content", "says"), UNKNOWN.values(), ids=UNKNOWN)
def test_what_no_format_fits_is_named_with_what_would_be_needed(content, says):
    calls, [problem] = read(content)
    assert not calls
    for part in (*says, "none of the known formats", "escalert formats"):
        assert part in problem.message


def test_json_that_is_nearly_canonical_is_told_what_it_lacks():
    _, [problem] = read('{"call_id": "c", "utterances": []}')
    assert "'turns' missing, the keys are 'call_id', 'utterances'" in problem.message


MODULE, PYPROJECT = (re.search(rf"```{kind}\n(.*?)```", GUIDE, re.DOTALL)[1] for kind in ("python", "toml"))
EXAMPLE = re.search(r"```json\n(.*?)```", GUIDE, re.DOTALL)[1]


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Install a package of one module, as pip lays it out."""

    def installed(name, module, entry=None):
        site = tmp_path / "site"
        info = site / f"{name}-1.0.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[escalert.readers]\n{entry or f'{name} = {name}:FORMAT'}\n")
        (site / f"{name}.py").write_text(module)
        monkeypatch.syspath_prepend(str(site))
        formats.cache_clear()

    return installed


def test_the_guide_shows_a_package_that_reads(install):
    [(name, target)] = tomllib.loads(PYPROJECT)["project"]["entry-points"]["escalert.readers"].items()
    install("escalert_acme", MODULE, f"{name} = {target}")
    [call], problems = read(EXAMPLE)
    assert not problems
    assert (call.call_id, call.agent_id, call.channel) == ("b7c1", "A17", "phone")
    assert [(turn.speaker, turn.start_s) for turn in call.turns] == [("agent", 0.0), ("customer", 2.9)]
    assert read(format_named("acme").example)[0] == [call]
    assert formats()[:-1] == FORMATS
    _, [problem] = read('{"acmeCall": "x", "lines": {"said": 1}}')
    assert "'lines' is no list" in problem.message


def test_an_installed_package_is_used_by_the_command_line(tmp_path):
    pytest.importorskip("pip")
    (tmp_path / "escalert_acme.py").write_text(MODULE)
    (tmp_path / "pyproject.toml").write_text(PYPROJECT)
    (tmp_path / "call.json").write_text(EXAMPLE)
    offline = ["--no-index", "--no-deps", "--no-build-isolation", "--quiet", "--disable-pip-version-check"]
    command = [sys.executable, "-m", "pip", "install", *offline, "--target", str(tmp_path / "site"), str(tmp_path)]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    options = {"capture_output": True, "text": True, "env": {**os.environ, "PYTHONPATH": str(tmp_path / "site")}}
    command = [sys.executable, "-m", "escalert", "convert", "call.json", "--out", "calls.jsonl"]
    answer = subprocess.run(command, check=False, **options)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert "acme" in answer.stdout
    assert json.loads(Path("calls.jsonl").read_text())["agent_id"] == "A17"


def acme(before, after):
    """Give the module of the guide with something changed."""
    assert before in MODULE
    return MODULE.replace(before, after)


BROKEN = {
    "import": ("import nowhere_at_all", "ModuleNotFoundError: No module named 'nowhere_at_all'"),
    "exit": ("raise SystemExit('bye')", "SystemExit: bye"),
    "no record": ("FORMAT = 3", "is int and not a Format record"),
    "no such name": ("pass", "no attribute 'FORMAT'"),
    "taken": (acme('name="acme"', 'name="deepgram"'), "the name 'deepgram' is taken"),
    "bad name": (acme('name="acme"', 'name="Acme Dialler"'), "its name is 'Acme Dialler'"),
    "no function": (acme("matches=matches", "matches=None"), "must be functions"),
}
FAILING = {
    "raises": ('raise RuntimeError("acme is down")', "RuntimeError: acme is down"),
    "gives no calls": ("return iter([{}])", "TypeError: it gave dict and not a Call"),
}


@pytest.mark.parametrize(("module", "says"), BROKEN.values(), ids=BROKEN)
def test_a_package_that_is_broken_costs_a_warning(install, caplog, module, says):
    name = re.sub(r"\W+", "_", f"broken {says}")
    install(name, module)
    calls, problems = read("Agent: hi\nCustomer: yo\n")
    assert len(calls) == 1
    assert not problems
    assert formats() == FORMATS
    [record] = caplog.records
    assert f"the reader {name!r} of the package {name!r} is not used: " in record.message
    assert says in record.message


def test_of_two_packages_with_one_name_the_first_is_used(install, caplog):
    install("acme_one", MODULE)
    install("acme_two", MODULE)
    assert [form.name for form in formats()] == [*(form.name for form in FORMATS), "acme"]
    assert "'acme_two' is not used: ValueError: the name 'acme' is taken" in caplog.text


def test_a_package_that_cannot_judge_a_file_is_passed_over(install, caplog):
    install("acme_judge", acme('0.95 if sample.has("acmeCall", "lines.said") else 0.0', "1 / 0"))
    for _ in range(2):
        assert len(read("Agent: hi\nCustomer: yo\n")[0]) == 1
    assert caplog.text.count("ZeroDivisionError") == 1


@pytest.mark.parametrize(("body", "says"), FAILING.values(), ids=FAILING)
def test_a_package_that_fails_while_reading_costs_that_file(install, body, says):
    name = re.sub(r"\W+", "_", f"failing {says}")
    module = acme("read=partial(calls_of, parse)", "read=read")
    install(name, module.replace("FORMAT =", f"def read(lines, context):\n    {body}\n\n\nFORMAT ="))
    Path("good.txt").write_text("Agent: hi\n")
    Path("bad.json").write_text(EXAMPLE)
    problems = []
    assert [call.call_id for call in read_calls(["bad.json", "good.txt"], on_problem=problems.append)] == ["good"]
    [problem] = problems
    assert (problem.where, problem.skipped) == ("bad.json", True)
    assert f"of the package {name!r} failed here: {says}" in problem.message


def test_a_file_that_two_formats_claim_is_not_guessed(install):
    install("acme_a", MODULE)
    install("acme_b", acme('name="acme"', 'name="acme-two"'))
    calls, [problem] = read(EXAMPLE)
    assert not calls
    for part in ("keys 'acmeCall', 'lines', 'rep'", "fits acme and acme-two equally well", "--format"):
        assert part in problem.message
    [call], problems = read(EXAMPLE, format="acme-two")
    assert not problems
    assert call.agent_id == "A17"
