"""Inputs and models as the command line names them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from escalert.cli.console import say
from escalert.errors import ModelError, NothingReadError, ReadProblem, UsageError

if TYPE_CHECKING:
    from escalert.readers import ReadOptions, ReadSummary
    from escalert.records import Call

Inputs = Annotated[list[str], typer.Argument(help="Files, folders (with all below), globs, or - for standard input.")]
SpeakerNames = Annotated[
    list[str] | None,
    typer.Option("--speaker", help="Names of a role, e.g. agent=CSR,Rep; may be repeated.", metavar="ROLE=NAMES"),
]
RoleNames = Annotated[
    list[str] | None,
    typer.Option(
        "--roles", help="Roles of labels, e.g. spk_0=agent,spk_1=customer; may be repeated.", metavar="LABEL=ROLE"
    ),
]
AgentChannel = Annotated[
    str | None,
    typer.Option(
        "--agent-channel",
        help="The channel on which the agent speaks, as the file counts it; the others are the customer's.",
        metavar="CHANNEL",
    ),
]
NoNameRoles = Annotated[
    bool,
    typer.Option(
        "--no-name-roles",
        help="Leave unknown whose label tells no role; by default what speakers say names it (docs/roles.md).",
    ),
]
FormatName = Annotated[
    str | None, typer.Option("--format", help="Read as this format instead of telling it by content.")
]
NamePattern = Annotated[
    str | None,
    typer.Option(
        "--name-pattern",
        help="A regular expression that takes fields from file names, e.g. (?P<agent_id>A\\d+)_(?P<call_id>.+)[.]json.",
        metavar="REGEX",
    ),
]
Keep = Annotated[
    list[str] | None,
    typer.Option(
        "--keep",
        help="A step of cleaning recognisers' output not to be done, or all (docs/cleaning.md); may be repeated.",
        metavar="STEP",
    ),
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


def reading_options(
    speaker: Sequence[str] | None = None,
    format: str | None = None,
    name_pattern: str | None = None,
    keep: Sequence[str] | None = None,
    roles: Sequence[str] | None = None,
    agent_channel: str | None = None,
    no_name_roles: bool = False,
) -> ReadOptions:
    """Gather the options that say how inputs are read.

    Raises
    ------
    UsageError
        If one is wrong, or one speaker is given two roles.
    """
    from escalert.readers import ReadOptions, parse_roles, parse_speakers

    return ReadOptions(
        speakers=_agreeing(parse_speakers(speaker or []), parse_roles(roles or [])),
        agent_channel=agent_channel,
        name_roles=not no_name_roles,
        format=format,
        name_pattern=name_pattern,
        keep=frozenset(keep or ()),
    )


def _agreeing(speakers: Mapping[str, str], roles: Mapping[str, str]) -> dict[str, str]:
    for label in speakers.keys() & roles.keys():
        if speakers[label] != roles[label]:
            raise UsageError(f"speaker {label!r} is given two roles: {speakers[label]} and {roles[label]}")
    return {**speakers, **roles}


def open_calls(
    inputs: Iterable[str],
    problems: list[ReadProblem],
    options: ReadOptions | None = None,
    summary: ReadSummary | None = None,
) -> Iterator[Call]:
    """Read calls; what is skipped or mended is put on `problems`, and all is counted in `summary`."""
    from escalert.readers import read_calls

    if summary is None:
        return read_calls(inputs, options, on_problem=problems.append)

    def note(problem: ReadProblem) -> None:
        problems.append(problem)
        summary.note(problem)

    calls = read_calls(inputs, options, on_problem=note, on_file=summary.begin, on_cleaned=summary.cleaned.update)
    return summary.counted(calls)


def say_cleaned(summary: ReadSummary) -> None:
    """Print how much recogniser's dirt was cleaned, if there was any."""
    from escalert.readers.dirt import cleaning_summary

    if summary.cleaned:
        say(f"cleaned: {cleaning_summary(summary.cleaned)}")


def read_labelled(inputs: Sequence[str], problems: list[ReadProblem], options: ReadOptions | None = None) -> list[Call]:
    """Read labelled calls, all of them.

    Raises
    ------
    NothingReadError
        If no call could be read.
    """
    calls = list(open_calls(inputs, problems, options))
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
