"""What the classifier of roles looks at: a speaker's first words, and pairs of them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise

MOST_WORDS = 120
"""So many words of a speaker are looked at; more would cost time and tell nothing new."""

LONGEST_WORD = 20
"""Characters; by this, a turn is cut before its words are counted."""

TURN_START, NUMBER, MASKED, SWORN = "^", "0", "[]", "[*]"

_TOKEN = re.compile(r"\[[^\[\]\n]{1,40}\]|[a-z]+(?:'[a-z]+)*|\d+|\?|\*\*+")
_IS_SPECIAL = re.compile(r"[\d\[*]")
_SWEARING = ("[prof", "[expl", "[*", "**")


def ngrams(texts: Iterable[str], most_words: int = MOST_WORDS) -> set[str]:
    """Give the words of a speaker's turns and the pairs of neighbouring words, each turn opened by ``^``.

    Spelling matters little: letters are lower case, punctuation is dropped but for question marks, a number is ``0``,
    masked data ``[]`` and masked swearing ``[*]``, so that recognisers with and without punctuation look alike.
    """
    found: set[str] = set()
    for text in texts:
        tokens = [TURN_START, *_tokens(text[: most_words * LONGEST_WORD])[:most_words]]
        found.update(tokens)
        found.update([f"{first} {second}" for first, second in pairwise(tokens)])
        most_words -= len(tokens) - 1
        if most_words <= 0:
            break
    return found


def _tokens(text: str) -> list[str]:
    text = text.lower().replace("’", "'")
    tokens = _TOKEN.findall(text)
    return [_settled(token) for token in tokens] if _IS_SPECIAL.search(text) else tokens


def _settled(token: str) -> str:
    if token[0] in "[*":
        return SWORN if token.startswith(_SWEARING) else MASKED
    return NUMBER if token[0].isdecimal() else token
