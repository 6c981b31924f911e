"""Bring text to one plain form: lower case, straight quotes, disguised swearing spelt out.

Recognisers mask swearing (``f***``, ``****``, ``[expletive]``), writers disguise it (``sh1t``, ``f u c k``,
``fuuuck``). A disguise is only undone where it yields a word of the lexicon, so that ``a 4 b`` stays.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache

MASKED = "maskedswear"
"""Stands for a swear word that cannot be told any more."""

MAX_CHARACTERS = 20_000
"""A longer turn is read at both ends only, so that one turn of megabytes costs no more than a long call."""

LONG, REMEMBERED = 300, 16_384
"""Turns come back: short ones in other calls, all of a batch when its words are counted. Longer ones would fill the
memory."""

_QUOTES = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "…": " ", "\u00a0": " ", "\x00": " "})
_LEET = str.maketrans("013457@$!|", "oieastasii")
_SUSPECT = re.compile(r"[*#@$%]|[a-z][013457!|][a-z]|(\w)\1\1|\b[a-z][ .\-_][a-z][ .\-_]|[\[<(][a-z ]{5,12}[\])>]|🖕")
_TAGGED = re.compile(
    r"<profanity>.*?</profanity>|[\[<(](?:expletives?|profanit(?:y|ies)|censored|bleep(?:ed|s)?|swear(?:s|ing|word)?)[\])>]"
)
_EMPHASIS = re.compile(r"(?<![\w*])\*{1,2}(\w[^*]*?)\*{1,2}(?![\w*])")
_STARRED = re.compile(r"(?<![\w*#])(?:[a-z]+[*#]+[a-z*#]*|\*{3,}[a-z]*)(?![\w*#])")
_GRAWLIX = re.compile(r"(?<!\w)[@#$%&!*]{4,}(?!\w)")
_LEETED = re.compile(r"(?<![\w@$!|])(?=[\w@$!|]*[a-z])(?=[\w@$!|]*[013457@$!|])[\w@$!|]{2,}")
_ELONGATED = re.compile(r"\b\w*(\w)\1{2,}\w*\b")
_SPACED = re.compile(r"\b(?:[a-z][ .\-_]){1,}[a-z]\b")


def plain_text(text: str, lexicon: tuple[str, ...] = ()) -> str:
    """Give the plain form of a turn's text.

    Parameters
    ----------
    text : str
        As transcribed.
    lexicon : tuple of str
        The swear words that a disguise may stand for, in lower case, the likeliest first.

    Examples
    --------
    >>> plain_text("What the F*CK, it’s sh1t", ("fuck", "shit"))
    "what the fuck, it's shit"
    """
    return _plain(text, lexicon) if len(text) > LONG else _plain_again(text, lexicon)


def shorten(text: str) -> str:
    """Keep the two ends of a text that is longer than `MAX_CHARACTERS`."""
    if len(text) <= MAX_CHARACTERS:
        return text
    half = MAX_CHARACTERS // 2
    return f"{text[:half]} {text[-half:]}"


def _plain(text: str, lexicon: tuple[str, ...]) -> str:
    plain = unicodedata.normalize("NFKC", shorten(text)).translate(_QUOTES).lower()
    return _undisguise(plain, lexicon) if _SUSPECT.search(plain) else plain


_plain_again = lru_cache(maxsize=REMEMBERED)(_plain)


def _undisguise(plain: str, lexicon: tuple[str, ...]) -> str:
    plain = _TAGGED.sub(f" {MASKED} ", plain).replace("🖕", f" {MASKED} ")
    plain = _EMPHASIS.sub(r"\1", plain)
    plain = _STARRED.sub(lambda found: _starred(found[0], plain, found.end(), lexicon), plain)
    plain = _GRAWLIX.sub(lambda found: MASKED if len(set(found[0])) > 2 else found[0], plain)
    for pattern, spelt in ((_LEETED, _leet), (_SPACED, _joined), (_ELONGATED, _shrunk)):
        plain = pattern.sub(_only_words_of(lexicon, spelt), plain)
    return plain


def _starred(found: str, text: str, end: int, lexicon: tuple[str, ...]) -> str:
    if word := _wildcard(found, lexicon):
        return word
    stars = found.count("*") + found.count("#")
    is_number = re.match(r"[\s\-]*\d", text[end:]) or set(found) == {"#"}
    return MASKED if stars >= (2 if found[0].isalpha() else 3) and not is_number else found


@lru_cache(maxsize=4096)
def _wildcard(masked: str, lexicon: tuple[str, ...]) -> str | None:
    """Find the word that fits, a star standing for a letter; None if there is none or nothing to go by."""
    if sum(letter.isalpha() for letter in masked) < 2:
        return None
    pattern = re.compile(re.sub(r"[*#]", "[a-z]", masked))
    return next((word for word in lexicon if pattern.fullmatch(word)), None)


def _only_words_of(lexicon: tuple[str, ...], spelt: Callable[[str], tuple[str, ...]]) -> Callable[[re.Match[str]], str]:
    def replace(found: re.Match[str]) -> str:
        return next((word for word in spelt(found[0]) if word in lexicon), found[0])

    return replace


def _leet(word: str) -> tuple[str, ...]:
    return (word.translate(_LEET), word.rstrip("!|").translate(_LEET))


def _joined(word: str) -> tuple[str, ...]:
    return (re.sub(r"[ .\-_]", "", word),)


def _shrunk(word: str) -> tuple[str, ...]:
    return (re.sub(r"(\w)\1{2,}", r"\1", word), re.sub(r"(\w)\1{2,}", r"\1\1", word))
