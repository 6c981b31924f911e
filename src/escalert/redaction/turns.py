"""Numbers that a conversation spreads over several turns, or asks for in one and gives in the next.

``what's your account number`` / ``seven seven zero`` / ``mm-hm`` / ``one four four``: each speaker's turns are read on
from one to the next, with what the other side asked for before them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from escalert.records import CallVerdict, Evidence, TriggerFinding, Turn
from escalert.redaction.labels import label_asked_for
from escalert.redaction.redactor import Redaction
from escalert.redaction.spans import Span
from escalert.redaction.spans import replace as replace_spans

FARTHEST = 3
"""Turns from one piece of a number to its next; the other side says ``mm-hm`` or repeats it between them."""

_FEWEST_READ_ON = 2
"""Digits of a turn that may be a piece of a number; a lone ``two`` answers something else."""

_READ_ON, _BREAK = "\n", "\n;\n"


@dataclass(frozen=True, slots=True)
class _Joined:
    """Turns of one speaker as one text, and where each begins in it."""

    text: str
    begins: tuple[tuple[int, int], ...]


def redact_turns(turns: Sequence[Turn], redaction: Redaction | None = None) -> tuple[Turn, ...]:
    """Redact the turns of one call together.

    Parameters
    ----------
    turns : sequence of Turn
        All of the call, in order.
    redaction : Redaction, optional
        All kinds unless given.
    """
    redaction = redaction or Redaction()
    spans: dict[int, list[Span]] = {}
    for speaker in dict.fromkeys(turn.speaker for turn in turns):
        for index, span in _spans_of(turns, speaker, redaction):
            spans.setdefault(index, []).append(span)
    return tuple(
        replace(turn, text=replace_spans(turn.text, spans[index])) if index in spans else turn
        for index, turn in enumerate(turns)
    )


def redact_verdict(
    verdict: CallVerdict, redaction: Redaction | None = None, turns: Sequence[Turn] | None = None
) -> CallVerdict:
    """Redact the evidence of a verdict; identifiers and other fields of the call stay as they are.

    Parameters
    ----------
    redaction : Redaction, optional
        All kinds unless given.
    turns : sequence of Turn, optional
        All of the call: then what is spread over several turns goes, too.
    """
    redaction = redaction or Redaction()
    whole = redact_turns(turns, redaction) if turns is not None else None

    def redacted(evidence: Evidence) -> Evidence:
        text = whole[evidence.turn].text if whole else redaction.redact(evidence.text)
        return replace(evidence, text=text)

    triggers = {label: _with_evidence(finding, redacted) for label, finding in verdict.triggers.items()}
    return replace(verdict, triggers=triggers)


def _with_evidence(finding: TriggerFinding, redacted: Callable[[Evidence], Evidence]) -> TriggerFinding:
    return replace(finding, candidates=tuple(redacted(evidence) for evidence in finding.candidates))


def _spans_of(turns: Sequence[Turn], speaker: str, redaction: Redaction) -> Iterator[tuple[int, Span]]:
    """Find what is to go from the turns of a speaker, with the index of the turn."""
    joined = _join(turns, speaker, redaction)
    for span in redaction.find(joined.text):
        for index, begin in joined.begins:
            start, end = max(span.start, begin), min(span.end, begin + len(turns[index].text))
            if start < end:
                yield index, Span(start - begin, end - begin, span.kind)


def _join(turns: Sequence[Turn], speaker: str, redaction: Redaction) -> _Joined:
    """Join those turns of a speaker that may hold something, or a piece of it."""
    text, last, begins = "", -FARTHEST - 1, []
    for index, turn in enumerate(turns):
        if turn.speaker != speaker or not redaction.may_change(turn.text, fewest=_FEWEST_READ_ON):
            continue
        asked = _asked_before(turns, max(0, last + 1, index - FARTHEST), index)
        text += (_READ_ON if index - last <= FARTHEST and not asked else _BREAK) + asked + _READ_ON * bool(asked)
        begins.append((index, len(text)))
        text += turn.text
        last = index
    return _Joined(text, tuple(begins))


def _asked_before(turns: Sequence[Turn], first: int, index: int) -> str:
    """Give the label of the number that the other side last asked for, from the turn `first` on; empty if none."""
    others = (
        turns[before].text
        for before in range(index - 1, first - 1, -1)
        if turns[before].speaker != turns[index].speaker
    )
    return next(filter(None, map(label_asked_for, others)), "")
