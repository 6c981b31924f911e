"""Inputs and models as the command line names them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from escalert.errors import ModelError, NothingReadError, ReadProblem, UsageError

if TYPE_CHECKING:
    from escalert.records import Call

Inputs = Annotated[list[str], typer.Argument(help="Files, folders (with all below), globs, or - for standard input.")]
SpeakerNames = Annotated[
    list[str] | None,
    typer.Option("--speaker", help="Names of a role, e.g. agent=CSR,Rep; may be repeated.", metavar="ROLE=NAMES"),
]
FormatName = Annotated[
    str | None, typer.Option("--format", help="Read as this format instead of telling it by content.")
]
ModelName = Annotated[
    str | None,
    typer.Option("--model", help="A model folder, a name in models/, or 'rules'. Default: the promoted model."),
]


def models_folder() -> Path:
    """Give the folder of trained models: ``ESCALERT_MODELS``, else ``models`` in the working folder."""
    return Path(os.environ.get("ESCALERT_MODELS") or "models")


def find_model(name: str | None) -> str:
    """Tell which model folder is meant.

    Raises
    ------
    ModelError
        If none was named and none was promoted.
    """
    from escalert.persistence import default_model

    if name == "rules":
        return name
    if name:
        return name if Path(name).exists() or not (models_folder() / name).exists() else str(models_folder() / name)
    found = default_model(models_folder())
    if found is None:
        raise ModelError(
            f"there is no default model in {models_folder()}/: train one with 'escalert train', name one with --model, "
            "or use --model rules"
        )
    return str(found)


def open_calls(
    inputs: Iterable[str],
    problems: list[ReadProblem],
    speakers: Sequence[str] | None = None,
    format: str | None = None,
) -> Iterator[Call]:
    """Read calls; what is skipped or mended is put on `problems`."""
    from escalert.readers import ReadOptions, parse_speakers, read_calls

    options = ReadOptions(speakers=parse_speakers(list(speakers or [])), format=format)
    return read_calls(inputs, options, on_problem=problems.append)


def read_labelled(inputs: Sequence[str], problems: list[ReadProblem]) -> list[Call]:
    """Read labelled calls, all of them.

    Raises
    ------
    NothingReadError
        If no call could be read.
    """
    calls = list(open_calls(inputs, problems))
    if not calls:
        raise nothing_read(problems)
    return calls


def nothing_read(problems: Sequence[ReadProblem]) -> NothingReadError:
    """Give the error for inputs without a single readable call."""
    first = f": {problems[0]}" if problems else ""
    more = f" (and {len(problems) - 1} more problems)" if len(problems) > 1 else ""
    return NothingReadError(f"no call could be read{first}{more}; 'escalert formats' lists what can be read")


def parse_thresholds(given: Sequence[str] | None) -> dict[str, float]:
    """Read ``LABEL=P`` options.

    Raises
    ------
    UsageError
        If one is not of that form.
    """
    found = {}
    for each in given or ():
        label, _, value = each.partition("=")
        try:
            found[label.strip()] = float(value)
        except ValueError:
            raise UsageError(f"--threshold takes LABEL=P with P between 0 and 1, found {each!r}") from None
    return found


def exit_code(problems: Sequence[ReadProblem]) -> int:
    """Give 5 if any input was skipped, else 0."""
    from escalert.cli.console import SKIPPED

    return SKIPPED if any(problem.skipped for problem in problems) else 0
