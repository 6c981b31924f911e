"""The notebooks run from top to bottom, in an empty folder, and are kept without outputs."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
EXPLORE, COMPARE = NOTEBOOKS / "1-explore-the-corpus.ipynb", NOTEBOOKS / "2-train-and-compare.ipynb"
LONGEST_CELL_S = 300


def execute(path, folder, monkeypatch, n_calls):
    """Run a notebook in a folder of its own; give all that it printed or showed, as text."""
    monkeypatch.setenv("ESCALERT_NOTEBOOK_CALLS", str(n_calls))
    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=LONGEST_CELL_S, resources={"metadata": {"path": str(folder)}}).execute()
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    pictures = sum("image/png" in output.get("data", {}) for output in outputs)
    return "\n".join(output.get("text") or output.get("data", {}).get("text/plain", "") for output in outputs), pictures


@pytest.mark.parametrize("path", [EXPLORE, COMPARE], ids=lambda path: path.name)
def test_notebooks_are_kept_without_outputs(path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert code
    assert [cell.outputs for cell in code] == [[]] * len(code)
    assert {cell.execution_count for cell in code} == {None}


def test_no_notebook_is_left_out():
    assert sorted(NOTEBOOKS.glob("*.ipynb")) == [EXPLORE, COMPARE]


@pytest.mark.slow
def test_the_corpus_is_explored(tmp_path, monkeypatch):
    text, pictures = execute(EXPLORE, tmp_path, monkeypatch, 120)
    assert "120 conversations" in text
    assert "manager_request" in text
    assert pictures >= 4
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_three_models_are_compared_from_mlflow(tmp_path, monkeypatch):
    text, pictures = execute(COMPARE, tmp_path, monkeypatch, 80)
    table = next(line for line in text.splitlines() if line.startswith("turn_mean_average_precision"))
    rules, tfidf, full = map(float, table.split()[1:])
    assert full > rules
    assert tfidf > rules
    assert pictures == 2
    assert {path.name for path in tmp_path.iterdir()} == {"mlflow.db"}
