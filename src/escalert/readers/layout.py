"""Lines of a conversation to turns: with labels, on one line, or with no labels at all."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

from escalert.readers.building import RawTurn
from escalert.readers.labels import TIME, Mark, is_capitalised, name_label, read_mark
from escalert.readers.running_text import is_wrapped, sentences_of
from escalert.readers.speakers import Roles
from escalert.readers.vocabulary import ROLE_WORDS

_RULE = re.compile(r"[-=_~#]{3,}\Z")
# Between other lines, asterisks stand for a word that was masked.
_RULE_OF_STARS = re.compile(r"\*{3,}\Z")
_STAMP = rf"(?:[\[(]\s*{TIME}\s*[\])]\s*)?"
_BOLD_INSIDE = re.compile(rf"(?<=[\w.?!…,;”’'\"])[ \t]+(?={_STAMP}\*\*[^*\n]{{1,40}}(?::\*\*|\*\*:))")
_NAMES_INSIDE = re.compile(r"(?<=[\s.?!…\"”’'])(?P<label>[^\W\d_][\w'’-]{1,20}|[A-Z])(?=:\s)")
# Cheap to find: every label in a line shows one of these.
_LABEL_SIGNS = (": ", ":*", ":\t", " says")
LONGEST_TITLE = 12
MOST_NUMBERED = 4


def read_marks(lines: Sequence[str], first: int, roles: Roles) -> list[Mark]:
    """Read every line that is not blank, and part lines that hold several turns."""
    parted = [(first + index, part) for index, line in enumerate(lines) for part in _at_bold(line)]
    marks = _marks(parted, roles)
    if not _is_line_by_line(marks, parted, roles):
        parted = [(number, part) for number, line in parted for part in _at_labels(line, roles)]
        marks = _marks(parted, roles)
    return believe(marks)


def believe(marks: list[Mark]) -> list[Mark]:
    """Keep the labels that are likely to be speakers, and give the others back to the text."""
    certain = sum(mark.is_certain for mark in marks)
    names = Counter(mark.label for mark in marks if mark.label is not None and not mark.is_certain)
    labelled = certain + names.total()
    is_usual = labelled * 2 >= len(marks) and labelled >= 2
    numbers = [name for name in names if name.isdecimal()]
    are_numbered = len(numbers) > MOST_NUMBERED or all(names[number] < 2 for number in numbers)
    for mark in marks:
        # Among roles a single "Note: …" is no speaker, while a name that comes again is, or one per line.
        is_rare = certain * 2 >= labelled < len(marks) and names[mark.label or ""] < 2
        # Numbers that come again are speakers; others count the lines.
        is_rare = is_rare or (are_numbered and (mark.label or "").isdecimal())
        if mark.label is not None and not mark.is_certain and (is_rare or not is_usual):
            mark.text, mark.label = mark.with_label, None
    return marks


def fold(marks: Sequence[Mark]) -> list[RawTurn]:
    """Join every line without a label to the turn before it."""
    turns: list[RawTurn] = []
    parts: list[list[str]] = []
    for mark in marks:
        if mark.label is not None or mark.opens or not turns:
            turns.append(RawTurn(mark.label, "", mark.start, mark.end, line=mark.line))
            parts.append([])
        elif mark.end is not None:
            turns[-1].end = mark.end
        parts[-1].append(mark.text)
    for turn, texts in zip(turns, parts, strict=True):
        turn.text = " ".join(text for text in texts if text)
    return turns


def unlabelled(marks: Sequence[Mark]) -> list[RawTurn]:
    """Make a turn of every line with a time, every paragraph, or else every line."""
    are_timed = sum(mark.start is not None for mark in marks) * 2 >= len(marks)
    are_paragraphs = any(mark.after_blank for mark in marks[1:]) or is_wrapped([mark.text for mark in marks])
    for mark in marks:
        mark.opens = mark.start is not None if are_timed else mark.after_blank or not are_paragraphs
    return fold(marks)


def in_sentences(turns: list[RawTurn]) -> list[RawTurn]:
    """Part a single turn, which nothing in the text parts, into its sentences."""
    if len(turns) != 1 or turns[0].start is not None:
        return turns
    return [RawTurn(None, sentence, line=turns[0].line) for sentence in sentences_of(str(turns[0].text))]


def titles(marks: Sequence[Mark]) -> list[Mark]:
    """Give the lines before the first turn that are headings and not speech."""
    found = []
    for mark, following in pairwise(marks):
        is_short = len(mark.text.split()) <= LONGEST_TITLE and mark.text[-1:] not in (*".?!…,",)
        is_apart = is_short and is_capitalised(mark.text) and following.after_blank
        if mark.label is not None or mark.opens or mark.start is not None or not (mark.is_heading or is_apart):
            break
        found.append(mark)
    return found


def _marks(parted: Sequence[tuple[int, str]], roles: Roles) -> list[Mark]:
    marks: list[Mark] = []
    after_blank = True
    for number, line in parted:
        text = line.strip()
        if not text or _RULE.match(text) or (after_blank and _RULE_OF_STARS.match(text)):
            after_blank = True
            continue
        mark = read_mark(line, number, roles)
        mark.after_blank, after_blank = after_blank, False
        marks.append(mark)
    return marks


def _at_bold(line: str) -> list[str]:
    return _BOLD_INSIDE.split(line) if "**" in line else [line]


def _is_line_by_line(marks: list[Mark], parted: Sequence[tuple[int, str]], roles: Roles) -> bool:
    labelled = sum(mark.label is not None for mark in marks)
    least = 1 if len(marks) == 1 else 2
    inside = sum(len(_at_labels(line, roles)) - 1 for _, line in parted if sum(map(line.count, _LABEL_SIGNS)) >= least)
    return inside == 0 or (labelled >= 2 and labelled > inside)


def _at_labels(line: str, roles: Roles) -> list[str]:
    """Part a line before every label in it that is spelled like the one at its beginning."""
    mark = read_mark(line, 0, roles)
    own = len(line.rstrip()) - len(mark.text) if mark.label is not None else -1
    says, capital = _style(line.strip(), mark.label or "Agent")
    pattern = _roles_inside(tuple(sorted(roles.names)), says)
    cuts = [cut.start() for cut in pattern.finditer(line) if cut["label"][0].isupper() is capital]
    if len(cuts) < 2 and not says:
        cuts = _name_cuts(line) or cuts
    edges = sorted({0, *(cut for cut in cuts if cut >= own), len(line)})
    return [line[one:other] for one, other in pairwise(edges) if line[one:other].strip()] or [line]


def _style(line: str, label: str) -> tuple[bool, bool]:
    """Say whether the first label of a line is followed by "says", and whether it has a capital."""
    return re.match(rf"\W*(?:{re.escape(label)}|\w+)\s+says\b", line) is not None, label[0].isupper()


@lru_cache(maxsize=16)
def _roles_inside(names: tuple[str, ...], says: bool) -> re.Pattern[str]:
    own = [re.escape(name).replace(r"\ ", r"[\s_-]+") for name in names]
    words = "|".join([*sorted(own, key=len, reverse=True), *sorted(ROLE_WORDS, key=len, reverse=True)])
    before = "(?:customer service |customer care |customer |service |support )?"
    label = rf"{before}(?:\w{{1,12}}_)?(?:{words})|speaker[ _-]?\w{{1,3}}|spk_\d|ch(?:annel)?[ _-]?\d"
    after = r"\s+says\b:?" if says else r"(?:\s?\([^()\n]{1,30}\))?\s?:(?=\s|\*|\Z)"
    number = r"(?:[ _-]?\d{1,3})?"
    return re.compile(rf"(?<!\S)(?:\*\*)?{_STAMP}(?P<label>{label}){number}(?:\*\*)?{after}", re.I)


def _name_cuts(line: str) -> list[int]:
    found = [match for match in _NAMES_INSIDE.finditer(f" {line}") if name_label(match["label"])]
    times = Counter(match["label"] for match in found)
    if len(times) < 2 or max(times.values()) < 2 or found[0].start() > 1:
        return []
    return [match.start("label") - 1 for match in found]
