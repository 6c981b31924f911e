"""Text as numbers, words and marks, whether a number is written or spoken.

``4111``, ``four one double one``, ``forty one eleven`` and ``nine hundred`` become numbers with their digits; amounts,
dates, times and the like become marks that end a number.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from escalert.redaction.vocabulary import LARGE, MISHEARD, REPEATS, TEENS, TENS, UNITS

Reading = Literal["single", "pair", "group", "scale"]
"""One digit (or a repeated one), two as one word, several written ones, or with ``hundred``."""

_TOKEN = re.compile(
    r"""
    (?P<word>[^\W\d_]++(?!\d)(?:['’][^\W\d_]+)?)
    | (?P<mark>
        [$£€₹¥]\s?\d[\d,.]*
      | \d{1,3}(?:,\d{3})+(?:\.\d+)?(?!\d)
      | (?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d]|\.\d)
      | (?<![\d.\-])(?:(?:19|20)\d\d-\d\d?-\d\d?|\d\d?(?P<sep>[.\-])\d\d?(?P=sep)(?:19|20)\d\d)(?![\d]|[.\-]\d)
      | (?<![\d.\-])(?:\d+\.\d{1,2}|\d{1,3}\.\d{3})(?![\d]|[.\-]\d)
      | \d{1,2}/\d{1,2}(?:/\d{2,4})?(?!\d)
      | \d{1,2}:\d{2}(?::\d{2})?(?!\d)
      | \d+\s?%
      | (?!\w*\d{9})(?:\d+[^\W\d_]\w*|[^\W\d_]+\d\w*)
    )
    | (?P<digits>\d+)
    | (?P<letters>[^\W\d_]+)
    | (?P<other>[^\w\s]|_|\n)
    """,
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Token:
    """A number, a word or a mark, with its place in the text.

    Attributes
    ----------
    kind : str
        ``number``, ``word`` or ``mark``.
    text : str
        In lower case.
    digits : str
        Of a number.
    reading : str or None
        How a number is read.
    """

    start: int
    end: int
    kind: Literal["number", "word", "mark"]
    text: str
    digits: str = ""
    reading: Reading | None = None
    is_spoken: bool = False


def tokens_of(text: str) -> list[Token]:
    """Take a text apart."""
    return list(_with_numbers([_token(found) for found in _TOKEN.finditer(text)]))


def _token(found: re.Match[str]) -> Token:
    start, end, text = found.start(), found.end(), found[0].lower()
    if found["digits"]:
        digits = "".join(str(unicodedata.decimal(character)) for character in text)
        return Token(start, end, "number", text, digits, "single" if len(digits) == 1 else "group")
    return Token(start, end, "word" if found["word"] or found["letters"] else "mark", text)


def _with_numbers(raw: Sequence[Token]) -> Iterator[Token]:
    index = 0
    before: Token | None = None
    while index < len(raw):
        token, used = _number_at(raw, index, before)
        yield token
        before = token
        index += used


def _number_at(raw: Sequence[Token], index: int, before: Token | None) -> tuple[Token, int]:
    """Give the token that begins here, and how many raw tokens it takes."""
    token = raw[index]
    if token.kind == "mark":
        return token, 1
    if token.text in MISHEARD:
        return _misheard(raw, index, before), 1
    if token.text in REPEATS:
        return _repeated(raw, index)
    digits, used = _below_hundred(raw, index)
    if not digits:
        return token, 1
    if _word(raw, index + used) in LARGE:
        return _amount(raw, index, used + 1)
    if _word(raw, index + used) == "hundred" and len(digits) <= 2:
        return _hundreds(raw, index, digits, used + 1)
    if token.kind == "number":
        return token, 1
    return _spoken(raw, index, used, digits, "single" if len(digits) == 1 else "pair"), used


def _misheard(raw: Sequence[Token], index: int, before: Token | None) -> Token:
    is_between = before is not None and before.reading == "single" and _is_digit(raw, index + 1)
    return _spoken(raw, index, 1, MISHEARD[raw[index].text], "single") if is_between else raw[index]


def _repeated(raw: Sequence[Token], index: int) -> tuple[Token, int]:
    after = index + 2 if _is_hyphen(raw, index + 1) else index + 1
    if not _is_digit(raw, after):
        return raw[index], 1
    digit = UNITS.get(raw[after].text) or raw[after].digits
    used = after + 1 - index
    return _spoken(raw, index, used, digit * REPEATS[raw[index].text], "single"), used


def _below_hundred(raw: Sequence[Token], index: int) -> tuple[str, int]:
    token = raw[index] if index < len(raw) else None
    if token is None or token.kind == "mark":
        return "", 0
    if token.kind == "number":
        return token.digits, 1
    if token.text not in TENS:
        return UNITS.get(token.text) or TEENS.get(token.text, ""), 1
    after = index + 2 if _is_hyphen(raw, index + 1) else index + 1
    unit = UNITS.get(_word(raw, after), "0")
    if unit == "0":
        return TENS[token.text], 1
    return TENS[token.text][0] + unit, after + 1 - index


def _hundreds(raw: Sequence[Token], index: int, digits: str, used: int) -> tuple[Token, int]:
    has_and = _word(raw, index + used) == "and"
    rest, more = _below_hundred(raw, index + used + has_and)
    is_read_on = not has_and and len(rest) == 1 and _is_digit(raw, index + used + more)
    if rest and len(rest) <= 2 and not is_read_on and raw[index + used + has_and].kind == "word":
        digits, used = str(int(digits) * 100 + int(rest)), used + has_and + more
    else:
        digits += "00"
    if _word(raw, index + used) in LARGE:
        return _amount(raw, index, used + 1)
    return _spoken(raw, index, used, digits, "scale"), used


def _amount(raw: Sequence[Token], index: int, used: int) -> tuple[Token, int]:
    """Take the rest of an amount of thousands, which is no part of a number that is read out."""
    while _word(raw, index + used) in LARGE:
        used += 1
    ahead = used + (_word(raw, index + used) == "and")
    digits, more = _below_hundred(raw, index + ahead)
    if digits and raw[index + ahead].kind == "word":
        used = ahead + more
        if _word(raw, index + used) == "hundred":
            used = _hundreds(raw, index + ahead, digits, more + 1)[1] + ahead
    return Token(raw[index].start, raw[index + used - 1].end, "mark", "amount"), used


def _spoken(raw: Sequence[Token], index: int, used: int, digits: str, reading: Reading) -> Token:
    first, last = raw[index], raw[index + used - 1]
    return Token(first.start, last.end, "number", first.text, digits, reading, is_spoken=True)


def _word(raw: Sequence[Token], index: int) -> str:
    return raw[index].text if index < len(raw) and raw[index].kind == "word" else ""


def _is_digit(raw: Sequence[Token], index: int) -> bool:
    return index < len(raw) and (raw[index].text in UNITS or raw[index].reading == "single")


def _is_hyphen(raw: Sequence[Token], index: int) -> bool:
    is_hyphen = index + 1 < len(raw) and raw[index].text == "-"
    return is_hyphen and raw[index - 1].end == raw[index].start and raw[index].end == raw[index + 1].start
