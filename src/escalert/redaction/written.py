"""What is told by its written form alone: card numbers, IBAN, identifiers with letters."""

from __future__ import annotations

import re
from collections.abc import Iterator

from escalert.redaction.labels import ACCOUNT_CUES, BETWEEN, has_unit, spelled_start
from escalert.redaction.spans import Span
from escalert.redaction.validity import is_card, is_iban, is_pps

_IBAN = re.compile(r"(?<![A-Za-z\d])[A-Z]{2}\d\d(?:[ -]?[A-Z\d]){11,30}(?![A-Za-z\d])")
_DIGITS = re.compile(r"\d(?:[ .\-–\u00a0]{0,3}\d){12,}")
_NINO = re.compile(
    r"(?<![A-Za-z\d])(?!BG|GB|NK|KN|TN|NT|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?(?:\d\d ?){3}[A-D](?![A-Za-z\d])",
    re.IGNORECASE,
)
"""National Insurance numbers of the United Kingdom: the letters that HMRC's manual, NIM39110, allows."""

_EXAMPLE_NINO = re.compile(r"(?<![A-Za-z\d])QQ ?(?:\d\d ?){3}[A-D](?![A-Za-z\d])", re.IGNORECASE)
_PPS = re.compile(r"(?<![A-Za-z\d])\d{7}[A-W][A-IW]?(?![A-Za-z\d])", re.IGNORECASE)
_LABELLED = re.compile(
    rf"(?<!\w)(?i:{ACCOUNT_CUES})(?!\w)(?i:{BETWEEN})"
    r"(?<![A-Za-z\d])(?P<id>(?:[A-Za-z]{1,5}-?|[A-Z]{1,5} )?\d[\dA-Z]*(?:[ -]\d[\dA-Z]*)*(?:-?[A-Z]{1,2})?)"
    r"(?![\w/:%]|[.,]\d)"
)
_DATE = re.compile(r"(?:19|20)\d\d-\d\d?-\d\d?$")


def identifier_spans(text: str) -> Iterator[Span]:
    """Find IBANs, National Insurance and PPS numbers, and labelled account numbers, also with letters."""
    for found in _IBAN.finditer(text):
        end = _iban_end(found[0])
        if end:
            yield Span(found.start(), found.start() + end, "account")
    for pattern in (_NINO, _EXAMPLE_NINO):
        yield from (Span(found.start(), found.end(), "ssn") for found in pattern.finditer(text))
    for found in _PPS.finditer(text):
        if is_pps(found[0]):
            yield Span(found.start(), found.end(), "ssn")


def labelled_spans(text: str) -> Iterator[Span]:
    """Find account, policy and reference numbers by the word before them."""
    for found in _LABELLED.finditer(text):
        identifier = found["id"]
        n_digits = sum(map(str.isdigit, identifier))
        n_signs = sum(map(str.isalnum, identifier))
        is_long = n_digits >= 5 or (n_digits >= 4 and n_signs >= 6)
        if is_long and not _DATE.match(identifier) and not has_unit(text, found.end()):
            yield Span(spelled_start(text, found.start("id")), found.end(), "account")


def card_spans(text: str) -> Iterator[Span]:
    """Find every card number that is written in whole groups of digits, whatever else they could be."""
    for found in _DIGITS.finditer(text):
        groups = [(group.start() + found.start(), group[0]) for group in re.finditer(r"\d+", found[0])]
        index = 0
        while index < len(groups):
            n_groups = _card_from([digits for _, digits in groups[index : index + 19]])
            if n_groups:
                last, digits = groups[index + n_groups - 1]
                yield Span(groups[index][0], last + len(digits), "card")
            index += n_groups or 1


def _card_from(groups: list[str]) -> int:
    """Give how many groups, from the first, make a card number; the longest one, 0 if none does."""
    digits, longest = "", 0
    for n_groups, group in enumerate(groups, 1):
        digits += group
        if len(digits) > 19:
            break
        if is_card(digits):
            longest = n_groups
    return longest


def _iban_end(text: str) -> int:
    """Give the length of the IBAN that a text begins with, 0 if it begins with none."""
    ends = [found.end() for found in re.finditer(r"[A-Z\d]+(?![A-Z\d])", text)]
    return next((end for end in reversed(ends) if is_iban(text[:end])), 0)
