"""The rows of the house: a module imports only from rows below its own, and only the command line prints."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "src" / "escalert"
ROWS = [
    {"errors", "records", "unmask", "characters"},
    {"wholefile", "processes", "taxonomy", "config", "cues", "linear", "metrics", "reference"},
    {"readers", "noise", "dataset", "features", "thresholds", "writers", "report", "plots", "persistence", "corpus"}
    | {"redaction", "drift"},
    {"modelcard", "triggers", "calls", "verdict", "convert"},
    {"rules"},
    {"classifier"},
    {"evaluate", "explain"},
    {"evaluation_page", "compare", "scoring", "train"},
    {"verdict_model"},
    {"tracking"},
    {"nightly"},
    {"cli"},
]
ROW = {name: number for number, names in enumerate(ROWS) for name in names}
ONLY_IN = {"mlflow": {"tracking", "verdict_model"}, "joblib": {"persistence"}, "typer": {"cli"}, "click": {"cli"}}
ONLY_IN |= {name: {"nightly"} for name in ("sqlalchemy", "alembic", "psycopg")}


def modules():
    return sorted(path for path in PACKAGE.rglob("*.py") if path.parent != PACKAGE or not path.name.startswith("__"))


def part_of(path):
    """Name the module of the first level that a file belongs to."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports_of(path):
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_only_downwards(path):
    own = part_of(path)
    assert own in ROW, f"{own} stands in no row"
    for name in imports_of(path):
        parts = name.split(".")
        if parts[0] == "escalert" and len(parts) > 1 and parts[1] in ROW and parts[1] != own:
            assert ROW[parts[1]] < ROW[own], f"{own} (row {ROW[own]}) imports {parts[1]} (row {ROW[parts[1]]})"


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_packages_stay_where_they_belong(path):
    for name in imports_of(path):
        allowed = ONLY_IN.get(name.split(".")[0])
        assert allowed is None or part_of(path) in allowed, f"{path.name} imports {name}"


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_only_the_command_line_prints_or_exits(path):
    if part_of(path) == "cli":
        return
    calls = [node.func for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)]
    names = {func.id for func in calls if isinstance(func, ast.Name)}
    names |= {
        f"{func.value.id}.{func.attr}"
        for func in calls
        if isinstance(func, ast.Attribute) and isinstance(func.value, ast.Name)
    }
    assert not names & {"print", "exit", "quit", "sys.exit", "os._exit"}


def test_modules_are_rooms_not_halls():
    long = {path.name: n for path in modules() if (n := len(path.read_text("utf-8").splitlines())) > 300}
    assert not long


def test_the_command_line_starts_without_heavy_packages():
    heavy = ("sklearn", "pandas", "spacy", "mlflow", "matplotlib", "pyarrow")
    code = f"import sys, escalert.cli; print([name for name in {heavy} if name in sys.modules])"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"
