"""Loops: words or phrases that a recogniser says over and over when it has lost the speech.

People repeat themselves, too, and most of all when they are angry. So a loop is cut to three times, not dropped, unless
it is a word that nobody repeats; numbers, which are read out digit by digit, are never a loop.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from operator import eq

from escalert.readers.dirt.draft import Draft, measure, party, plain_words, word_matches, word_set
from escalert.readers.dirt.phantoms import is_said_in_silence
from escalert.records import Turn

LOOPED_RATIO = 2.4
"""`compression_ratio_threshold` of Whisper: text that gzip shortens more than this is taken for a failed decoding."""

WORD_TIMES, PHRASE_TIMES = 6, 4
"""How often in a row a word or a phrase comes in a loop; people stay below that, by far most of the time."""

DOUBTED_WORD_TIMES, DOUBTED_PHRASE_TIMES = 4, 3
"""Likewise, where the recogniser's own compression ratio says that there is a loop."""

LEFT = 3
"""How many of them are left, as many as emphasis takes."""

LONGEST_PHRASE = 12
"""Words; a loop of longer phrases is not seen."""

_LEAST, _LEAST_IF_DOUBTED = (WORD_TIMES, PHRASE_TIMES), (DOUBTED_WORD_TIMES, DOUBTED_PHRASE_TIMES)

NEVER_REPEATED = word_set("you the a an and of to in on at it is i i'm so that for with this as or")
"""Words that are a loop where a turn is nothing but one of them, three times or more."""

NUMBER_WORDS = word_set(
    "oh o zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen",
    "seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred double triple pii",
)


def cut_loops(draft: Draft) -> int:
    """Cut what is said over and over, within a turn or from turn to turn; give how many loops there were."""
    has_ratios = any("compression_ratio" in turn.extra for turn in draft.turns)
    count = times = 0
    kept: list[Turn] = []
    before: Turn | None = None
    for turn in draft.turns:
        is_doubted = has_ratios and _is_doubted(turn)
        if _may_loop(turn.text, is_doubted):
            text = _without_loops(turn.text, is_doubted)
            if text != turn.text:
                count += 1
                turn = replace(turn, text=text)
                if not text or (is_doubted and is_said_in_silence(plain_words(text))):
                    continue
        times = times + 1 if before is not None and _is_same(before, turn) else 1
        before = turn
        most = 1 if is_doubted else LEFT
        count += times == most + 1
        if times <= most:
            kept.append(turn)
    draft.turns = kept
    return count


def _is_doubted(turn: Turn) -> bool:
    ratio = measure(turn, "compression_ratio")
    return ratio is not None and ratio > LOOPED_RATIO


def _may_loop(text: str, is_doubted: bool) -> bool:
    """Tell, roughly but fast, whether many words of a text come again."""
    if text.count(" ") < 2:
        return False
    words = text.lower().split()
    n_different = len(set(words))
    if n_different <= 3:
        return len(words) >= 3
    least = DOUBTED_PHRASE_TIMES if is_doubted else PHRASE_TIMES
    return len(words) - n_different >= least and max(Counter(words).values()) >= least


def _is_same(before: Turn, turn: Turn) -> bool:
    """Tell whether a turn only repeats the one before it, numbers apart."""
    if abs(len(before.text) - len(turn.text)) > 3 or party(before) != party(turn):
        return False
    words = plain_words(turn.text)
    return bool(words) and words == plain_words(before.text) and not _are_numbers(words)


def _without_loops(text: str, is_doubted: bool) -> str:
    words = _words_in(text)
    if len(words) < 3:
        return text
    if len(set(words)) == 1 and words[0] in NEVER_REPEATED:
        return ""
    word_times, phrase_times = _LEAST_IF_DOUBTED if is_doubted else _LEAST
    spare = len(words) - len(set(words))
    for length in range(1, min(LONGEST_PHRASE, max(1, spare // (phrase_times - 1))) + 1):
        loops = _find(words, length, word_times if length == 1 else phrase_times)
        if loops:
            text = _cut(text, loops, length, 1 if is_doubted and length > 1 else LEFT)
            words = _words_in(text)
    return text


def _words_in(text: str) -> list[str]:
    # Lower case may have more characters, and more words then; here they are to be those of `word_matches`.
    return [found[0].lower() for found in word_matches(text)]


def _find(words: Sequence[str], length: int, least: int) -> list[tuple[int, int]]:
    """Give where loops of phrases of so many words begin, and how often they go round."""
    needed = (least - 1) * length
    if sum(map(eq, words, words[length:])) < needed:
        return []
    loops = []
    run = 0
    for index, (word, later) in enumerate(zip(words, [*words[length:], None], strict=False)):
        if word == later:
            run += 1
            continue
        begin = index - run
        if run >= needed and not _are_numbers(words[begin : begin + length]):
            loops.append((begin, run // length + 1))
        run = 0
    return loops


def _cut(text: str, loops: Sequence[tuple[int, int]], length: int, left: int) -> str:
    matches = word_matches(text)
    kept = []
    begin = 0
    for first, times in loops:
        kept.append(text[begin : matches[first + left * length - 1].end()])
        begin = matches[first + times * length - 1].end()
    return "".join([*kept, text[begin:]])


def _are_numbers(words: Sequence[str]) -> bool:
    return all(word in NUMBER_WORDS or word.isdigit() for word in words)
