"""Announcements: what a machine says to callers before, between and instead of people."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from escalert.readers.dirt.draft import Draft, party, plain_words
from escalert.readers.dirt.set_phrases import HINTS, RECORDED, SET_PHRASE, TALK, TELLING
from escalert.records import Turn

MARK = "is_announcement"

SHARE = 0.75
"""How much of a turn's words must be set phrases of machines; all of them if a customer is said to speak."""

OPENING_TURNS = 4
"""Only so early is "this call may be recorded" an announcement; later on, people say it to each other."""

LONGEST = 1000
"""Characters of an announcement; no menu is longer."""

AT_ONCE_S = 2.0
"""Seconds; whoever goes on within them with words of conversation, such as a name, says the notice, too."""

_SUNG = re.compile(r"\s*[♪♫♬♩].*[♪♫♬♩]\s*\Z", re.S)


def tell_announcements(draft: Draft) -> int:
    """Give announcements to the speaker ``other``; give how many had another one."""
    turns = draft.turns
    marked = [index for index, turn in enumerate(turns) if turn.extra and turn.extra.get(MARK) is True]
    told = [index for index in draft.turns_with(HINTS) if _is_told(turns, index)]
    found = [index for index in {*marked, *told} if turns[index].speaker != "other"]
    for index in found:
        turn = turns[index]
        turns[index] = replace(turn, speaker="other", extra={**turn.extra, MARK: True})
    return len(found)


def _is_told(turns: Sequence[Turn], index: int) -> bool:
    turn = turns[index]
    if turn.speaker == "other" or len(turn.text) > LONGEST:
        return False
    if _SUNG.match(turn.text):
        return True
    words = plain_words(turn.text)
    if not TALK.isdisjoint(words) or not _is_of_set_phrases(words, turn):
        return False
    return TELLING.search(" ".join(words)) is not None or _is_notice(turns, index)


def _is_of_set_phrases(words: list[str], turn: Turn) -> bool:
    spoken = " ".join(words)
    if TELLING.search(spoken) is None and RECORDED.search(spoken) is None:
        return False
    n_left = len(SET_PHRASE.sub("", spoken).split())
    return n_left <= (0 if turn.speaker == "customer" else (1 - SHARE) * len(words))


def _is_notice(turns: Sequence[Turn], index: int) -> bool:
    """Tell whether it is a machine that says that the call may be recorded, and no agent among other things."""
    turn = turns[index]
    if index >= OPENING_TURNS or turn.speaker == "customer":
        return False
    beside = [turns[other] for other in (index - 1, index + 1) if 0 <= other < len(turns)]
    return not any(party(other) == party(turn) and _is_at_once(other, turn) and _talks(other) for other in beside)


def _is_at_once(one: Turn, two: Turn) -> bool:
    first, second = (one, two) if (one.start_s or 0.0) <= (two.start_s or 0.0) else (two, one)
    return first.end_s is None or second.start_s is None or second.start_s - first.end_s <= AT_ONCE_S


def _talks(turn: Turn) -> bool:
    return not TALK.isdisjoint(plain_words(turn.text))
