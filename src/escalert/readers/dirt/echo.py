"""Echo: what one party says, heard on the channel of the other as well."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from escalert.readers.building import LABEL_KEY
from escalert.readers.dirt.draft import Draft, measure, party, plain_words
from escalert.records import Turn

NEAR_S = 1.0
"""Seconds between the starts of a turn and its echo; who repeats what was said does so later."""

MOST_NEAR = 8
"""Turns after a turn that may be its echo."""

FEWEST_WORDS = 4
"""Two people do say "thank you" or "bye now" at the same time."""

SAME_SHARE = 0.8
"""How much of their words two turns have in common at least: an echo is faint, and misheard here and there."""

SURER = 0.05
"""By how much a confidence must be lower to say which of the two is the echo; else it is the later one."""

ONE_AUDIO_SHARE, ONE_AUDIO_PAIRS = 0.8, 3
"""From this share of the turns of `FEWEST_WORDS` on, and so many pairs, both channels hold the same recording."""

ONE_AUDIO_NOTE = "its channels hold the same recording and do not tell who speaks; speakers are read as unknown"


def drop_echoes(draft: Draft) -> int:
    """Drop the echoes; give how many there were.

    Where nearly every turn has one, the channels say nothing of who speaks, and all speakers become unknown.
    """
    turns = draft.turns
    echoes = set(_echoes(turns, FEWEST_WORDS))
    if len(echoes) >= ONE_AUDIO_PAIRS and _are_nearly_all(echoes, turns):
        echoes = set(_echoes(turns, 1))
        turns = [_of_nobody(turn) for turn in turns]
        draft.notes.append(ONE_AUDIO_NOTE)
    if echoes:
        draft.turns = [turn for index, turn in enumerate(turns) if index not in echoes]
    return len(echoes)


def _echoes(turns: Sequence[Turn], fewest: int) -> Iterator[int]:
    """Give the indices of turns that repeat a turn of somebody else at nearly the same time."""
    found: set[int] = set()
    starts = [turn.start_s for turn in turns]
    for index, (turn, start, after) in enumerate(zip(turns, starts, starts[1:], strict=False)):
        if start is None or (after is not None and after - start > NEAR_S):
            continue
        for other in _near(turns, index):
            if index not in found and other not in found and _have_same_words(turn, turns[other], fewest):
                echo = index if _is_surer(turns[other], turn) else other
                found.add(echo)
                yield echo


def _near(turns: Sequence[Turn], index: int) -> Iterator[int]:
    """Give the turns of others that follow within `NEAR_S`."""
    start = turns[index].start_s
    if start is None:
        return
    for other in range(index + 1, min(index + 1 + MOST_NEAR, len(turns))):
        later = turns[other].start_s
        if later is None:
            continue
        if later - start > NEAR_S:
            return
        if party(turns[other]) != party(turns[index]):
            yield other


def _have_same_words(one: Turn, two: Turn, fewest: int) -> bool:
    # Texts that differ so much in length cannot have that share in common.
    if not 0.4 < (len(one.text) + 1) / (len(two.text) + 1) < 2.5:
        return False
    words, others = plain_words(one.text), plain_words(two.text)
    if min(len(words), len(others)) < fewest:
        return False
    same = sum((Counter(words) & Counter(others)).values())
    return 2 * same >= SAME_SHARE * (len(words) + len(others))


def _is_surer(one: Turn, two: Turn) -> bool:
    first, second = measure(one, "confidence"), measure(two, "confidence")
    return first is not None and second is not None and first > second + SURER


def _are_nearly_all(echoes: set[int], turns: Sequence[Turn]) -> bool:
    n_long = sum(len(plain_words(turn.text)) >= FEWEST_WORDS for turn in turns)
    return 2 * len(echoes) >= ONE_AUDIO_SHARE * n_long


def _of_nobody(turn: Turn) -> Turn:
    extra = {name: value for name, value in turn.extra.items() if name != LABEL_KEY}
    return turn if turn.speaker == "other" else replace(turn, speaker="unknown", extra=extra)
