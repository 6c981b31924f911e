"""A call while it is being cleaned, and what the steps of cleaning ask of its turns."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from escalert.readers.building import LABEL_KEY
from escalert.records import Call, Turn

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")


@dataclass(slots=True)
class Draft:
    """A call that is being cleaned.

    Attributes
    ----------
    call : Call
        As it was read.
    turns : list of Turn
        As they are by now; the steps put others here.
    lowered : str
        All that was said when the cleaning began, a line for each turn, in lower case.
    notes : list of str
        What a reader of the call should know beside what is counted.
    """

    call: Call
    turns: list[Turn]
    lowered: str
    notes: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, call: Call) -> Draft:
        """Begin to clean a call."""
        return cls(call, list(call.turns), "\n".join([turn.text.replace("\n", " ") for turn in call.turns]).lower())

    def has_any(self, hints: Iterable[str]) -> bool:
        """Tell whether any of these is in what was said when the cleaning began.

        What a step looks for is rare, and this is far faster than a look at each turn.
        """
        return any(hint in self.lowered for hint in hints)

    def turns_with(self, hints: Iterable[str]) -> list[int]:
        """Give the indices of the turns that any of these is in; for steps before any turn is dropped."""
        places = sorted({place for hint in hints for place in _places(self.lowered, hint)})
        found: list[int] = []
        line = begin = 0
        for place in places:
            line += self.lowered.count("\n", begin, place)
            begin = place
            if not found or found[-1] != line:
                found.append(line)
        return found


def _places(text: str, part: str) -> Iterator[int]:
    place = text.find(part)
    while place >= 0:
        yield place
        # The rest of the line is the same turn.
        line_end = text.find("\n", place)
        place = text.find(part, line_end) if line_end >= 0 else -1


def word_set(*lines: str) -> frozenset[str]:
    """Give the words of some lines."""
    return frozenset(word for line in lines for word in line.split())


def plain_words(text: str) -> list[str]:
    """Give the words of a text in lower case, without punctuation."""
    return _WORD.findall(text.lower())


def word_matches(text: str) -> list[re.Match[str]]:
    """Give the words of a text where they stand, as `plain_words` parts them."""
    return list(_WORD.finditer(text))


def party(turn: Turn) -> tuple[str, Any]:
    """Tell speakers apart, also those whose role is unknown."""
    return turn.speaker, turn.extra.get(LABEL_KEY)


def measure(turn: Turn, name: str) -> float | None:
    """Give a number that the recogniser measured; None if there is none."""
    if not turn.extra:
        return None
    value = turn.extra.get(name)
    return value if type(value) in (float, int) else None
