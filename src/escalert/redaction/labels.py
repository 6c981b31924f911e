"""The words beside a number that say what it is."""

from __future__ import annotations

import re
from typing import Literal

from escalert.redaction.spans import HIDDEN
from escalert.redaction.vocabulary import GLUE

Label = Literal["card", "code", "account", "pin", "ssn", "phone"]

_WORDS: dict[Label, str] = {
    "code": r"cvv2?|cvc2?|cv2|csc|security code|(?:code|digits|three|four|numbers?) on the (?:back|front)"
    r"|back of (?:the|my) card",
    "pin": r"pin(?: number| code)?|passcode",
    "ssn": r"social(?: security)?|ssn|itin|sin|national insurance|n\.?i\.?(?= num)|nino|nhs|aadhaa?r|adhaar|pps"
    r"|tax file|tfn|tax(?:payer)? id|(?:national )?id(?:entity)?(?= num)",
    "phone": r"(?:tele|cell|mobile )?phone|mobile|cell|landline|tel|fax|what'?s ?app"
    r"|(?:call|ring|text|reach|dial)(?: (?:me|us|him|her|them|you))?(?: back)?|call ?back|(?:text|direct|home) line"
    r"|(?:my|contact|best|home|work|daytime|his|her|another) number",
    "card": r"cards?|visa|master ?card|amex|american express|discover|diners(?: club)?|maestro|long number",
    "account": r"accounts?|acct?|a/c|policy|references?|ref|member(?:ship)?|customer (?:number|no|id|reference)|claim"
    r"|routing|sort code|iban|mortgage|contract|passport|licen[cs]e",
}
_BETWEEN = rf"(?:[\s,.:;#()'’\"\-–]|\b(?:[a-z]|{'|'.join(sorted(GLUE))})\b)*"
_BESIDE = r"(?:is|are|was|that['’]?s|that is|it['’]?s|on)\s+(?:(?:my|the|our|your|his|her|their|last|four|of)\s+)+"

CUES = "|".join(f"(?P<{label}>{words})" for label, words in _WORDS.items())
"""Every label's words, as alternatives of a pattern in lower case."""

ACCOUNT_CUES, BETWEEN = _WORDS["account"], _BETWEEN

_BEFORE = re.compile(rf"(?<!\w)(?:{CUES})(?!\w){_BETWEEN}\Z")
_AFTER = re.compile(rf"[\s,.]*{_BESIDE}(?:[a-z]+\s+)?(?:{CUES})(?!\w)")
_ASKED = re.compile(
    rf"(?<!\w)(?:{CUES})(?!\w)(?P<asks>(?:['’]s)? (?:numbers?|no|id|digits|code|details)(?!\w)|\?)?(?P<ends>\W*\Z)?"
)
_UNIT = re.compile(
    r"[ \t]*-?(?:dollars?|bucks?|pounds?|quid|euros?|cents?|pence|p\b|rupees?|dirhams?|rand|ringgit|percent"
    r"|per cent|points?|miles?|kilo\w*|metres?|meters?|units?|boxes|pieces|people|customers?|calls?|times|minutes?"
    r"|hours?|(?:working |business )?days?|weeks?|months?|years?|gigs?|gb|megabits?|megs?|mb|kwh|k\b|usd|gbp|eur)"
)
_SPELLED = re.compile(r"(?<![\w'’])(?:[a-z]\s){1,5}\Z", re.IGNORECASE)
_LOOK = 80
"""Characters beside a number in which its label is sought."""


def label_of(text: str, start: int, end: int) -> Label | None:
    """Give the label of the number at ``text[start:end]``, the nearest one before it or else the one after it."""
    before = text[max(0, start - _LOOK) : start].lower()
    found = _BEFORE.search(before[before.rfind(HIDDEN) + 1 :])
    if found is None:
        found = _AFTER.match(text[end : end + _LOOK].lower())
    return _named(found)


def label_asked_for(text: str) -> str:
    """Give the words of the label whose number a speaker asks for, as in ``can i take your account number``."""
    asked = [found[0].strip(" ?.") for found in _ASKED.finditer(text[-2 * _LOOK :].lower()) if _is_asked(found)]
    return asked[-1] if asked else ""


def _is_asked(found: re.Match[str]) -> bool:
    if found["asks"] or found["ends"] is None:
        return bool(found["asks"])
    return _named(found) in ("code", "pin", "ssn", "phone") or found[0].split()[-1].strip("?.") in (
        "number",
        "no",
        "id",
    )


def has_unit(text: str, end: int) -> bool:
    """Tell whether what ends here is an amount of something."""
    return _UNIT.match(text[end : end + 20].lower()) is not None


def _named(found: re.Match[str] | None) -> Label | None:
    return next((label for label in _WORDS if found[label]), None) if found else None


def spelled_start(text: str, start: int) -> int:
    """Give where an account number begins whose first letters are spelled: ``s m one one three oh nine``."""
    found = _SPELLED.search(text[max(0, start - 12) : start])
    return start - len(found[0]) if found else start
