"""`Redaction`: what is redacted, and the redaction of a text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from escalert.errors import UsageError
from escalert.redaction.addresses import has_address, spoken_addresses, written_addresses
from escalert.redaction.numbers import FEWEST, number_spans
from escalert.redaction.spans import KINDS, Kind, Span, hide, hide_masks, replace
from escalert.redaction.validity import library
from escalert.redaction.vocabulary import NUMBER_WORDS
from escalert.redaction.written import card_spans, identifier_spans, labelled_spans

_NUMBER = re.compile(rf"\d|(?<![a-z])(?:{'|'.join(sorted(NUMBER_WORDS))})(?![a-z])")


@dataclass(frozen=True, slots=True)
class Redaction:
    """What is taken out of a text; ``docs/privacy.md`` says how each kind is told.

    Parameters
    ----------
    kinds : tuple of str
        What is redacted: ``card``, ``account``, ``ssn``, ``email``, ``phone``.
    region : str
        Two letters: where phone numbers without a country code are at home.

    Raises
    ------
    UsageError
        If a kind or the region is unknown.
    MissingExtraError
        If python-stdnum or phonenumbers is not installed.

    Examples
    --------
    >>> Redaction().redact("my card is four one double one, triple one one, 1111 1111, call 212 555 0187")
    'my card is [CARD], call [PHONE]'
    """

    kinds: tuple[Kind, ...] = KINDS
    region: str = "US"

    def __post_init__(self) -> None:
        if unknown := sorted(set(self.kinds) - set(KINDS)):
            raise UsageError(f"cannot redact {', '.join(unknown)}; known kinds are: {', '.join(KINDS)}")
        library("stdnum.luhn")
        if self.region not in library("phonenumbers").SUPPORTED_REGIONS:
            raise UsageError(
                f"{self.region!r} is no region of phone numbers; name a country by its two letters, as US or GB"
            )

    def redact(self, text: str) -> str:
        """Give the text with placeholders; to redact it again changes nothing."""
        return replace(text, self.find(text))

    def find(self, text: str) -> tuple[Span, ...]:
        """Give the places that `redact` would replace, in the order of the text."""
        if not self.may_change(text):
            return ()
        found = self._settled(hide_masks(text))
        return tuple(sorted((span for span in found if span.kind in self.kinds), key=lambda span: span.start))

    def may_change(self, text: str, fewest: int = FEWEST) -> bool:
        """Tell, fast, whether a text holds the makings of an address or of a number of so many digits."""
        lowered = text.lower()
        return has_address(lowered) or _has_number(lowered, fewest)

    def _settled(self, text: str) -> list[Span]:
        """Search until nothing more is found: what is hidden may have parted or labelled its neighbours."""
        found: list[Span] = []
        while more := list(self._pass(text)):
            found += more
            text = hide(text, more)
        return found

    def _pass(self, text: str) -> Iterator[Span]:
        searches: tuple[Callable[[str], Iterable[Span]], ...] = (
            written_addresses,
            spoken_addresses,
            identifier_spans,
            card_spans,
            labelled_spans,
            lambda text: number_spans(text, self.region),
        )
        for search in searches:
            found = list(search(text))
            text = hide(text, found)
            yield from found


def redact(text: str) -> str:
    """Redact all kinds; see `Redaction`."""
    return Redaction().redact(text)


def _has_number(lowered: str, fewest: int) -> bool:
    hits = _NUMBER.finditer(lowered)
    return all(next(hits, None) for _ in range(fewest))
