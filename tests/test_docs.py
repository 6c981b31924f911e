"""What the documents say is so."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import pytest

from escalert.cli.app import app, run
from escalert.dataset import shipped_data

ROOT = Path(__file__).parents[1]
DOCUMENTS = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
README = (ROOT / "README.md").read_text("utf-8")


def blocks(text, language):
    return re.findall(rf"```{language}\n(.*?)```", text, flags=re.DOTALL)


def test_the_readme_is_short_and_begins_with_a_verdict():
    lines = README.splitlines()
    assert len(lines) <= 150
    assert any("missed" in line for line in lines[:40])


@pytest.fixture
def home(tmp_path, monkeypatch, model_folder):
    """A folder as a reader of the README has it after ``make demo``."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/mlflow.db")
    shutil.copytree(model_folder, tmp_path / "models" / "demo")
    (tmp_path / "models" / "DEFAULT").write_text("demo\n")
    (tmp_path / "data").mkdir()
    shutil.copytree(shipped_data("samples"), tmp_path / "data" / "samples")
    return tmp_path


def readme_commands():
    lines = [line.strip().removeprefix("$ ") for block in blocks(README, "console") for line in block.splitlines()]
    return [line for line in lines if re.match(r"escalert (score|explain|triggers|formats|models|evaluate)", line)]


def test_the_readme_shows_commands():
    assert len(readme_commands()) >= 3


@pytest.mark.parametrize("command", readme_commands())
def test_the_commands_of_the_readme_run(home, command):
    assert run(shlex.split(command)[1:]) == 0


def test_the_python_of_the_readme_runs(home, capsys):
    (code,) = blocks(README, "python")
    assert len(code.splitlines()) <= 10
    exec(compile(code, "README.md", "exec"), {})
    assert capsys.readouterr().out


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(path):
    for target in re.findall(r"\]\(([^)#]+)\)", path.read_text("utf-8")):
        if not target.startswith("http"):
            assert (path.parent / target).exists(), target


def test_every_command_and_option_is_documented():
    from typer.main import get_command

    text = (ROOT / "docs" / "commands.md").read_text("utf-8")
    common = {"--quiet", "--verbose", "--help"}
    for name, command in get_command(app).commands.items():
        assert f"escalert {name}" in text
        row = next(line for line in text.splitlines() if line.startswith(f"| `escalert {name}"))
        options = {option for each in command.params for option in each.opts if option.startswith("--")} - common
        if name not in ("explain",):
            assert all(option in row for option in options), (name, options)


def test_every_module_stands_in_the_architecture():
    text = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    package = ROOT / "src" / "escalert"
    for path in package.iterdir():
        if path.name.startswith("_") or path.name == "py.typed":
            continue
        if path.is_dir() and not list(path.glob("*.py")):
            continue
        assert path.name in text or f"{path.name}/" in text, path.name
