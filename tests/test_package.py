"""The wheel as users get it: outside a clone, in a clean environment, in an empty folder."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    out = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(ROOT)]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    return next(out.glob("*.whl"))


def test_the_wheel_carries_code_corpus_and_samples(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    assert "escalert/taxonomy.toml" in names
    assert "escalert/py.typed" in names
    assert "escalert/data/splits.json" in names
    assert any(name.startswith("escalert/report/templates/") for name in names)
    for folder in ("corpus", "samples"):
        shipped = {path.name for path in (ROOT / "data" / folder).iterdir() if not path.name.startswith(".")}
        assert shipped == {name.split("/")[3] for name in names if name.startswith(f"escalert/data/{folder}/")}
    assert not any(name.startswith(("tests", "models", "reports")) for name in names)


@pytest.mark.slow
def test_installed_it_trains_and_scores_in_an_empty_folder(wheel, tmp_path):
    """The environment borrows the libraries of this one, so that nothing is downloaded; escalert is the wheel's."""
    builder = venv.EnvBuilder(with_pip=False)
    builder.create(tmp_path / "venv")
    python = tmp_path / "venv" / "bin" / "python"
    site = next((tmp_path / "venv" / "lib").glob("python*/site-packages"))
    zipfile.ZipFile(wheel).extractall(site)
    borrowed = [path for path in sys.path if path.endswith("site-packages")]
    (site / "borrowed.pth").write_text("".join(f"{path}\n" for path in borrowed))
    empty = tmp_path / "empty"
    empty.mkdir()
    options = {"capture_output": True, "text": True, "cwd": empty, "env": {**os.environ, "PYTHONPATH": ""}}
    where = subprocess.run([python, "-c", "import escalert; print(escalert.__file__)"], check=True, **options)
    assert where.stdout.startswith(str(site))
    answer = subprocess.run([python, "-m", "escalert", "demo", "--quick"], check=False, **options)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    for part in ("warranted", "missed", "urgent", "reports/demo.html"):
        assert part in answer.stdout
    assert (empty / "reports" / "demo.html").stat().st_size > 10_000
    assert (empty / "models" / "demo-quick" / "manifest.json").exists()
