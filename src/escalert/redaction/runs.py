"""Runs: numbers of a text that are read out as one.

A number that is read out is spread over many words, with fillers, pauses and corrections between them; here it is one
`Run`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from escalert.redaction.tokens import Token, tokens_of
from escalert.redaction.vocabulary import FILLERS, HESITATIONS

_MOST_FILLERS = 5
_JOINERS = frozenset(",.-–—()…'\"\n")
_LEAST_PIECE, _PIECE_SINGLES = 2, 0.8
_LONGEST_LISTED = 6
"""Digits of a number that may be one of a list; more are an identifier."""
_SOFT = re.compile(r"[,\n…\w]|\.\s|\s[-–—]\s")


@dataclass(frozen=True)
class Run:
    """Numbers that belong together, and how: ``soft[i]`` tells whether a pause lies between the i-th and the next."""

    numbers: tuple[Token, ...]
    soft: tuple[bool, ...]
    text: str

    @property
    def start(self) -> int:
        """Where it begins in the text."""
        return self.numbers[0].start

    @property
    def end(self) -> int:
        """Where it ends."""
        return self.numbers[-1].end

    @cached_property
    def digits(self) -> str:
        """All of its digits."""
        return "".join(number.digits for number in self.numbers)

    @property
    def is_written(self) -> bool:
        """Whether no word is part of it."""
        return not any(number.is_spoken for number in self.numbers)

    @property
    def is_listed(self) -> bool:
        """Whether it is a list of written numbers, which only a checksum can make one."""
        return any(self.soft) and all(number.reading == "group" for number in self.numbers)

    @property
    def singles(self) -> float:
        """Share of the digits that are read one by one, or written as such groups as amounts are not."""
        read = [
            len(number.digits)
            for number in self.numbers
            if number.reading == "single" or (number.reading == "group" and _is_code(number.digits))
        ]
        return sum(read) / len(self.digits)

    @property
    def shape(self) -> tuple[int, ...]:
        """How many digits stand between the pauses; of a run without pauses, in each written group."""
        if not any(self.soft):
            return tuple(len(number.digits) for number in self.numbers)
        return tuple(len(part.digits) for part in self.parts())

    def part(self, first: int, last: int) -> Run:
        """Give the numbers from the one of index `first` to before that of `last`."""
        return Run(self.numbers[first:last], self.soft[first : last - 1], self.text)

    def parts(self) -> Iterator[Run]:
        """Split at the pauses."""
        ends = [index for index, is_soft in enumerate(self.soft, 1) if is_soft]
        return (self.part(first, last) for first, last in pairwise((0, *ends, len(self.numbers))))

    def line_ends(self) -> tuple[int, ...]:
        """Give the indices at which a line of the text ends; in joined turns, each turn is one."""
        gaps = (self.text[one.end : two.start] for one, two in pairwise(self.numbers))
        return (*(index for index, gap in enumerate(gaps, 1) if "\n" in gap), len(self.numbers))

    def read_on(self) -> Iterator[Run]:
        """Split where a line does not read on digit by digit: a time or a lone ``two`` is an answer of its own."""
        ends = self.line_ends()
        first = 0
        for before, end, after in zip((0, *ends), ends, ends[1:], strict=False):
            if not (self.part(before, end).is_piece and self.part(end, after).is_piece):
                yield self.part(first, end)
                first = end
        yield self.part(first, ends[-1])

    @property
    def is_piece(self) -> bool:
        """Whether it may be a piece of a number that is spread over several turns."""
        return len(self.digits) >= _LEAST_PIECE and self.singles >= _PIECE_SINGLES

    def is_counted(self) -> bool:
        """Tell whether it only counts (``one two three one two three``), or lists years or round numbers."""
        listed = [part.digits for part in (self.parts() if any(self.soft) else self.numbers)]
        if max(map(len, listed)) > _LONGEST_LISTED:
            return False
        values = [int(digits) for digits in listed]
        again = [value == before + 1 or value == values[0] for before, value in pairwise(values)]
        if len(values) > 2 and ((all(again) and values[0] < values[1]) or _are_even_steps(values)):
            return True
        groups = [number.digits for number in self.numbers if number.reading == "group"]
        is_list = len(groups) == len(self.numbers) > 1
        return is_list and (all(re.fullmatch(r"(?:19|20)\d\d", each) for each in groups) or _are_round(groups))


def _are_even_steps(values: Sequence[int]) -> bool:
    steps = {after - before for before, after in pairwise(values)}
    return len(steps) == 1 and steps != {0}


def _is_code(digits: str) -> bool:
    return len(digits) >= 3 or digits[0] == "0"


def _are_round(groups: Sequence[str]) -> bool:
    return all(each.endswith("0") and len(each) <= 4 and each[0] != "0" for each in groups)


def runs_of(text: str) -> Iterator[Run]:
    """Put together what is read out as one number."""
    numbers: list[Token] = []
    soft: list[bool] = []
    gap: list[Token] = []
    for token in tokens_of(text):
        if token.kind != "number":
            gap.append(token)
            continue
        if numbers and _is_bridged(numbers[-1], gap, token):
            soft.append(_SOFT.search(text[numbers[-1].end : token.start]) is not None)
        else:
            if numbers:
                yield Run(tuple(numbers), tuple(soft), text)
            numbers, soft = [], []
        numbers.append(token)
        gap = []
    if numbers:
        yield Run(tuple(numbers), tuple(soft), text)


def _is_bridged(before: Token, gap: Sequence[Token], after: Token) -> bool:
    words = [token.text for token in gap if token.kind == "word"]
    marks = {token.text for token in gap if token.kind == "mark"}
    if len(words) > _MOST_FILLERS or not marks <= _JOINERS:
        return False
    fillers = FILLERS
    if words[:1] == ["and"]:
        words = words[1:] or ["and"]
        fillers = FILLERS if words[0] == "then" else HESITATIONS
    if not (HESITATIONS if "." in marks else fillers).issuperset(words):
        return False
    are_groups = before.reading == after.reading == "group"
    is_listed = "," in marks or (bool(marks & {".", "…"}) and after.start - before.end > 1)
    if are_groups and is_listed:
        return len(before.digits) == len(after.digits) == 4
    return not (is_listed and "." in marks and len(before.digits) > 4 and before.reading == "group")
