"""``escalert explain``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

import typer

from escalert.cli.console import Quiet, Verbose, console
from escalert.cli.inputs import (
    AgentChannel,
    FormatName,
    Inputs,
    Keep,
    ModelName,
    NamePattern,
    NoNameRoles,
    RoleNames,
    SpeakerNames,
    exit_code,
    find_model,
    nothing_read,
    open_calls,
    reading_options,
)
from escalert.errors import ReadProblem, UsageError

if TYPE_CHECKING:
    from escalert.explain import Explanation
    from escalert.records import Call, CallVerdict


def explain_command(
    inputs: Inputs,
    call: Annotated[str, typer.Option("--call", help="The id of the call.")],
    model: ModelName = None,
    speaker: SpeakerNames = None,
    roles: RoleNames = None,
    agent_channel: AgentChannel = None,
    no_name_roles: NoNameRoles = False,
    format: FormatName = None,
    name_pattern: NamePattern = None,
    keep: Keep = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> int:
    """Show one call: its turns with their triggers, and the words that moved the model.

    Example: escalert explain transcripts/ --call A17-0042
    """
    from escalert.classifier import EscalationClassifier
    from escalert.explain import explain_call

    problems: list[ReadProblem] = []
    calls = open_calls(
        inputs, problems, reading_options(speaker, format, name_pattern, keep, roles, agent_channel, no_name_roles)
    )
    classifier = EscalationClassifier.load(find_model(model))
    found, others = _find(call, calls)
    if found is None:
        if not others:
            raise nothing_read(problems)
        known = ", ".join(others[:8]) + (" …" if len(others) > 8 else "")
        raise UsageError(f"there is no call {call!r} in the input; there are {known}")
    verdict = classifier.score_batch([found], turns=True)[0]
    _show(found, verdict, explain_call(classifier, found, verdict))
    return exit_code(problems)


def _find(wanted: str, calls: Iterable[Call]) -> tuple[Call | None, list[str]]:
    others: list[str] = []
    for call in calls:
        if call.call_id == wanted:
            return call, others
        others.append(call.call_id)
    return None, others


def _show(call: Call, verdict: CallVerdict, explanations: list[Explanation]) -> None:
    from rich.markup import escape

    out = console()
    answers = {"warranted": verdict.warranted, "escalated": verdict.escalated}
    outcome = " · ".join(f"{name} {_yes(each.flagged)} ({each.probability:.2f})" for name, each in answers.items())
    out.print(
        f"[bold]{escape(call.call_id)}[/bold]  priority {verdict.priority} · {outcome} · missed {_yes(verdict.missed)}"
    )
    for reason in verdict.reasons:
        out.print(f"  – {escape(reason)}")
    by_turn: dict[int, list[Explanation]] = {}
    for each in explanations:
        by_turn.setdefault(each.turn, []).append(each)
    for number, turn in enumerate(call.turns):
        bold = "bold" if number in by_turn else "dim"
        out.print(f"[{bold}]{number:>4} {turn.speaker:<8} {escape(turn.text)}[/{bold}]")
        for each in by_turn.get(number, ()):
            words = ", ".join(f"{word.word} {word.influence:+.1f}" for word in each.strongest())
            out.print(f"              [red]{each.label} {each.probability:.2f}[/red]: {escape(words)}")


def _yes(value: bool) -> str:
    return "yes" if value else "no"
