"""From what a file says to a clean `Call`: the one place where fields are checked and mended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isfinite
from typing import Any

from escalert.readers.cleaning import TooDeepError, clean_text, clean_value
from escalert.readers.format import Context, UnreadableError
from escalert.readers.notes import Notes, shown, unknown_speaker
from escalert.readers.times import settle_times
from escalert.records import Call, Speaker, Turn

TEXT_FIELDS = ("channel", "language", "started_at", "agent_id", "queue", "customer_id", "source")
TRUE_WORDS = ("true", "yes", "y", "1")
FALSE_WORDS = ("false", "no", "n", "0")
LABEL_KEY = "speaker_label"


@dataclass(slots=True)
class RawTurn:
    """A turn as a file has it; any value may be anything."""

    speaker: object
    text: object
    start: object = None
    end: object = None
    labels: object = None
    extra: Mapping[str, Any] = field(default_factory=dict)
    line: int | None = None


@dataclass(slots=True)
class RawCall:
    """A call as a file has it.

    Attributes
    ----------
    fields : mapping
        Everything else the file says of the call, under the names of `Call` where there is one.
    line : int or None
        Where it begins.
    notes : list of str
        What the reader mended already.
    """

    call_id: object
    turns: list[RawTurn]
    fields: Mapping[str, Any] = field(default_factory=dict)
    line: int | None = None
    notes: list[str] = field(default_factory=list)


def build_call(raw: RawCall, context: Context) -> Call:
    """Check and mend what was read.

    Raises
    ------
    UnreadableError
        If it has no id or no turns, or a turn whose text is no text.
    """
    call_id = text_of_id(raw.call_id)
    if call_id is None:
        raise UnreadableError(f"'call_id' is {shown(raw.call_id)}; it must be a text that is not empty")
    if not raw.turns:
        raise UnreadableError(f"call {call_id!r} has no turns; a call needs at least one")
    notes = Notes(context.where(raw.line))
    for note in raw.notes:
        notes.add(note)
    turns = _Turns(raw, context, notes).build()
    escalated = read_flag(raw.fields.get("escalated"), "escalated", notes)
    return Call(
        call_id=call_id,
        turns=turns,
        escalated=escalated,
        labels=_call_labels(raw.fields.get("labels"), notes),
        origin=context.where(raw.line),
        extra=_extra(raw.fields, (*TEXT_FIELDS, "escalated", "labels"), notes, ""),
        **{name: _text_field(raw.fields.get(name), name, notes) for name in TEXT_FIELDS},
        warnings=notes.lines(),
    )


def text_of_id(value: object) -> str | None:
    """Give an id as text; None if it is none."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    text = clean_text(str(value))
    return text if text.strip() else None


def read_flag(value: object, name: str, notes: Notes) -> bool | None:
    """Understand a yes or no."""
    if value is None or isinstance(value, bool):
        return value
    word = str(value).strip().lower()
    if word in TRUE_WORDS + FALSE_WORDS:
        return word in TRUE_WORDS
    if word:
        notes.add(f"{name!r} is {shown(value)}, which is neither true nor false; left out")
    return None


class _Turns:
    """The turns of one call, being checked."""

    def __init__(self, raw: RawCall, context: Context, notes: Notes) -> None:
        self._raw = raw
        self._context = context
        self._notes = notes

    def build(self) -> tuple[Turn, ...]:
        times = settle_times([(turn.start, turn.end) for turn in self._raw.turns], self._note)
        return tuple(self._turn(index, *times[index]) for index in range(len(times)))

    def _turn(self, index: int, start: float | None, end: float | None) -> Turn:
        raw = self._raw.turns[index]
        speaker, unknown_label = self._speaker(index, raw.speaker)
        extra = self._extra(index, raw.extra) if raw.extra else {}
        if unknown_label:
            extra = {**extra, LABEL_KEY: unknown_label}
        return Turn(speaker, self._text(index, raw.text), start, end, self._labels(index, raw.labels), extra)

    def _extra(self, index: int, given: Mapping[str, Any]) -> dict[str, Any]:
        # Measures of recognisers, which nearly all turns have, need no check.
        if all(type(value) is float and isfinite(value) for value in given.values()):
            return dict(given)
        return _extra(given, (), self._notes, self._where(index))

    def _speaker(self, index: int, label: object) -> tuple[Speaker, str]:
        if label is None:
            return "unknown", ""
        text = clean_text(str(label)).strip()
        role = self._context.roles(text)
        if role is None and not text:
            self._note(index, "no speaker is given; read as unknown")
        elif role is None:
            self._note(index, unknown_speaker(text))
        return role or "unknown", "" if role else text

    def _text(self, index: int, text: object) -> str:
        if isinstance(text, str):
            cleaned = clean_text(text)
            if len(cleaned) != len(text) or cleaned != text:
                self._note(index, "text had NUL characters or broken Unicode; removed or replaced")
            return cleaned
        if isinstance(text, dict | list):
            raise UnreadableError(f"the text of turn {index} is {shown(text)}; it must be a text")
        self._note(index, f"text is {shown(text)}; read as {'empty' if text is None else 'text'}")
        return "" if text is None else str(text)

    def _labels(self, index: int, labels: object) -> tuple[str, ...] | None:
        if labels is None:
            return None
        if not isinstance(labels, list | tuple):
            self._note(index, f"labels are {shown(labels)} and not a list; left out")
            return None
        kept = tuple(clean_text(label) for label in labels if isinstance(label, str))
        if len(kept) < len(labels):
            self._note(index, "a label that is not a text was left out")
        return kept

    def _where(self, index: int) -> str:
        return f"{self._context.where(self._raw.turns[index].line or self._raw.line)}: turn {index}"

    def _note(self, index: int, message: str) -> None:
        self._notes.add(message, "" if self._notes.has(message) else self._where(index))


def _text_field(value: object, name: str, notes: Notes) -> str | None:
    if value is None or isinstance(value, str):
        return clean_text(value or "") or None
    if isinstance(value, dict | list | bool):
        notes.add(f"{name!r} is {shown(value)} and not a text; left out")
        return None
    return str(value)


def _call_labels(labels: object, notes: Notes) -> dict[str, bool]:
    if labels is None:
        return {}
    if not isinstance(labels, dict):
        notes.add(f"'labels' of the call are {shown(labels)}, not names with true or false; left out")
        return {}
    for name, value in labels.items():
        if value is not None and not isinstance(value, bool):
            notes.add(f"label {str(name)[:40]!r} is {shown(value)}, neither true nor false; left out")
    return {clean_text(str(name)): value for name, value in labels.items() if isinstance(value, bool)}


def _extra(found: Mapping[str, Any], known: tuple[str, ...], notes: Notes, where: str) -> dict[str, Any]:
    extra = {}
    for name, value in found.items():
        if name not in known:
            try:
                extra[clean_text(str(name))] = clean_value(value)
            except TooDeepError:
                notes.add(f"field {str(name)[:40]!r} is nested too deeply; left out", where)
    return extra
