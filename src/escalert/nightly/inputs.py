"""Which files a night reads."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from escalert.errors import ReadProblem
from escalert.nightly.config import NightlyConfig
from escalert.readers import find_files
from escalert.readers.format import OnProblem

METRICS = ".prom"
"""The ending that node_exporter asks of the files that `metrics_file` writes."""


def input_files(config: NightlyConfig, on_problem: OnProblem) -> Iterator[Path]:
    """Find the transcripts of a configuration, each once, for `escalert.readers.read_calls`.

    What the job itself reads or writes (configuration, records, store, reports, model) is passed over even if it lies
    among them, and so is `inputs.exclude`. A folder that is empty is a quiet day and no problem.

    Parameters
    ----------
    on_problem : callable
        Is told of inputs that are not there or hold no files.
    """
    passed_over = {found for place in (*config.own_files(), *config.inputs.exclude) for found in _real(place)}

    def report(problem: ReadProblem) -> None:
        on_problem(replace(problem, skipped=False) if Path(problem.where).is_dir() else problem)

    for path in find_files(config.inputs.paths, report):
        real = Path(os.path.realpath(path))
        if real.suffix != METRICS and passed_over.isdisjoint((real, *real.parents)):
            yield path


def _real(place: Path) -> Iterator[Path]:
    named = [str(place)] if place.exists() or not glob.has_magic(str(place)) else glob.iglob(str(place), recursive=True)  # noqa: PTH207
    for name in named:
        yield Path(os.path.realpath(name))
