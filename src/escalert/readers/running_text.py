"""Running text, without any mark of who speaks, to sentences."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spacy.language import Language

# Twenty hours of talk; what is longer is no call, and spaCy takes a hundred times the memory of a text.
LONGEST_TEXT = 1_000_000
MOST_WORDS = 200_000
SHORTEST_WRAPPED = 50
"""Editors wrap at 60 characters or more; shorter lines end where someone stopped speaking."""

_END_INSIDE = re.compile(r"[.!?…。？！][\"'”’)\]]{0,3}\s+\S")
_ENDS = (".", "!", "?", "…", "。", "？", "！", ":", '"', "”", ")")


def sentences_of(text: str) -> list[str]:
    """Part a text into sentences; one without an end of a sentence inside, or of no call's length, stays whole."""
    if len(text) > LONGEST_TEXT or not _END_INSIDE.search(text):
        return [text]
    if len(_splitter().vocab.strings) > MOST_WORDS:
        # The words of all texts are remembered, and a table may hold millions of texts.
        _splitter.cache_clear()
    return [sentence.text.strip() for sentence in _splitter()(text).sents if sentence.text.strip()]


def is_wrapped(lines: Sequence[str]) -> bool:
    """Tell whether the lines of a paragraph end where the page did, and not where someone stopped speaking."""
    broken = [line.strip() for line in lines[:-1]]
    if not broken or len(min(broken, key=len)) < SHORTEST_WRAPPED:
        return False
    n_open = sum(not line.endswith(_ENDS) for line in broken)
    return n_open * 2 > len(broken) and _END_INSIDE.search(" ".join(broken)) is not None


@cache
def _splitter() -> Language:
    import spacy

    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer")
    return nlp
