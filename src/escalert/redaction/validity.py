"""Ask python-stdnum and phonenumbers whether digits are what they look like."""

from __future__ import annotations

from functools import lru_cache
from importlib import import_module
from typing import Any

from escalert.errors import MissingExtraError

_PACKAGES = {"stdnum": "python-stdnum", "phonenumbers": "phonenumbers"}
_SHAPED_NATIONAL = {
    (3, 2, 4): ("stdnum.us.ssn", "stdnum.us.itin"),
    (3, 3, 3): ("stdnum.ca.sin",),
    (4, 4, 4): ("stdnum.in_.aadhaar",),
    (13,): ("stdnum.za.idnr",),
    (6, 4, 3): ("stdnum.za.idnr",),
}
"""National numbers that are told without a label, by the grouping in which they are written."""

REGIONS = ("US", "GB", "IE", "AU", "NZ", "IN", "ZA", "PH", "SG", "DE", "FR")
"""Where a number without a country code may be at home, besides the configured region."""


@lru_cache(maxsize=32)
def library(name: str) -> Any:
    """Import a module of an optional package.

    Raises
    ------
    MissingExtraError
        If the extra ``nightly`` is not installed.
    """
    try:
        return import_module(name)
    except ImportError as error:
        raise MissingExtraError(_PACKAGES[name.split(".")[0]], "nightly") from error


def is_card(digits: str) -> bool:
    """Tell whether 13 to 19 digits are a card number: an issuer's prefix, and the Luhn checksum."""
    return is_card_shaped(digits) and bool(library("stdnum.luhn").is_valid(digits))


def is_card_shaped(digits: str) -> bool:
    """Tell whether length and first digits are a card's: ISO/IEC 7812's 3 to 6, Mastercard's and Mir's 2, RuPay's 8."""
    if not 13 <= len(digits) <= 19:
        return False
    return digits[0] in "3456" or "2200" <= digits[:4] <= "2720" or digits[:2] in ("81", "82")


def is_iban(text: str) -> bool:
    """Tell whether the text is an IBAN: country, length and checksum."""
    return bool(library("stdnum.iban").is_valid(text))


def is_pps(text: str) -> bool:
    """Tell whether the text is an Irish PPS number, by its check letter."""
    return bool(library("stdnum.ie.pps").is_valid(text))


def is_national(digits: str, shape: tuple[int, ...]) -> bool:
    """Tell whether digits, grouped like this, are a national number that needs no label."""
    return any(library(name).is_valid(digits) for name in _SHAPED_NATIONAL.get(shape, ()))


@lru_cache(maxsize=4096)
def is_phone(written: str, region: str) -> bool:
    """Tell whether this is a phone number of the region or, with a ``0`` or ``+`` before it, of one of `REGIONS`.

    Numbers that no carrier gives out, as those kept for films, count where the prefix shows what they are.
    """
    if _is_phone_of(written, region, may_be_unused=False):
        return True
    is_prefixed = written[:1] in ("0", "+") and sum(map(str.isdigit, written)) >= 9
    return is_prefixed and any(_is_phone_of(written, each, may_be_unused=True) for each in (region, *REGIONS))


def _is_phone_of(written: str, region: str, *, may_be_unused: bool) -> bool:
    phonenumbers = library("phonenumbers")
    try:
        number = phonenumbers.parse(written, region)
    except phonenumbers.NumberParseException:
        return False
    if not may_be_unused:
        return bool(phonenumbers.is_valid_number(number))
    return bool(phonenumbers.is_possible_number_with_reason(number) == phonenumbers.ValidationResult.IS_POSSIBLE)
