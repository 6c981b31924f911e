"""Masked words, brought to the one form that `escalert.unmask` reads: ``[profanity]``, and ``[PII]`` for data."""

from __future__ import annotations

import re
from dataclasses import replace

from escalert.readers.dirt.draft import Draft, word_set
from escalert.readers.dirt.marks import read_marks

SWORN = "[profanity]"
PERSONAL = "[PII]"

# The kinds of data that Amazon, AssemblyAI, Deepgram and Google name in place of what was said; their kinds that tell
# what a call is about (INJURY, MEDICAL_CONDITION, MONEY_AMOUNT) are left as they are.
PERSONAL_WORDS = word_set(
    "pii pci phi redacted entity name names surname person email address addresses phone telephone mobile fax number",
    "numbers ssn pin cvv cvc expiry expiration iban swift dob date birth passport username password passcode url ip",
    "mac street city zip zipcode postcode location organization organisation age plate vin aadhaar account routing",
    "card bank sort security insurance license licence identification",
)
BESIDE_PERSONAL = word_set(
    "first last middle given family full maiden of credit debit social national tax taxpayer driver drivers id",
    "vehicle state country postal code international individual health healthcare voter permanent reference us uk ca",
    "in sequence user banking information customer member patient policy key access secret aws nhs personal data and",
)
SWEARING_WORDS = word_set("swear curse cuss vulgar obscene obscenity expletive expletives profane profanity offensive")
BESIDE_SWEARING = word_set("word words language deleted removed filtered masked f bad explicit")

_HINTS = ("[", "<", "{", "(", "##", "# #", "* ", "*-", "xx")
_TAGGED = re.compile(r"<profanity>([^<>]{0,200})</profanity>|<profanity ?/>|(</profanity>)", re.I)
_BLANK = re.compile(r"[\[(]\s*_+\s*[\])]")
# A bleep in the middle of a sentence is no tone of the line.
_BLEEP = re.compile(r"(?<=[a-z] )(?<!tone )(?<!beep )[\[<(]beep(?:s|ed)?[\])>](?=,? [a-z])", re.I)
_HASHES = re.compile(r"(?<![\n\w*#@$%&!])#{1,40}(?:[ .-]{1,3}#{1,40}){0,12}(?![\w*#@$%&])")
# One run of stars before a number is no swearing for `unmask`; of several, it would take all but the last for it.
_NUMBER = re.compile(
    r"(?<![\w*])(?:(?:\*{2,9}[ -]{1,3}){1,6}\*{2,9}|(?:[xX]{2,4}[ -]{1,3}){1,6}(?:[xX]{2,4})?)[ -]{0,3}(?=\d{2})"
)


def settle_masks(draft: Draft) -> int:
    """Bring masks that `unmask` does not understand to a form that it does; give how many there were."""
    count = 0
    for index in draft.turns_with(_HINTS):
        turn = draft.turns[index]
        text, changed = settled(turn.text)
        if changed:
            draft.turns[index] = replace(turn, text=text)
            count += changed
    return count


def settled(text: str) -> tuple[str, int]:
    """Give a text with its masks in one form, and how many of them were changed."""
    count = 0
    if "profanity" in text.lower():
        text, count = _TAGGED.subn(_untagged, text)
    text, blanks = _BLANK.subn(SWORN, text)
    text, bleeps = _BLEEP.subn(SWORN, text)
    text, marks = read_marks(text, _reading)
    text, numbers = _NUMBER.subn(f"{PERSONAL} ", text)
    hashes = 0
    if text.count("#") >= 3:
        hashed = _HASHES.sub(lambda found: PERSONAL if found[0].count("#") >= 3 else found[0], text)
        hashes = hashed.count(PERSONAL) - text.count(PERSONAL)
        text = hashed
    return text, count + blanks + bleeps + marks + numbers + hashes


def _untagged(found: re.Match[str]) -> str:
    return "" if found[2] else (found[1] or "").strip() or SWORN


def _reading(bracket: str, words: tuple[str, ...]) -> str | None:
    given = set(words)
    if bracket != "(" and given <= PERSONAL_WORDS | BESIDE_PERSONAL and given & PERSONAL_WORDS:
        return PERSONAL
    is_sworn = given <= SWEARING_WORDS | BESIDE_SWEARING and (given & SWEARING_WORDS or len(given) > 1)
    # A single word that `unmask` knows is understood already.
    return SWORN if is_sworn and not (len(words) == 1 and _is_known(words[0])) else None


def _is_known(word: str) -> bool:
    return word in ("expletive", "expletives", "profanity", "swear")
