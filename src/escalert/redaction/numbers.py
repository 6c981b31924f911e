"""Numbers in a text, judged.

What a run is depends on its label (``account number is …``), on checksums and shapes, and on how it is read:
identifiers are read digit by digit, amounts, years and times are not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from escalert.redaction.labels import Label, has_unit, label_of, spelled_start
from escalert.redaction.runs import Run, runs_of
from escalert.redaction.spans import Kind, Span
from escalert.redaction.validity import is_card, is_card_shaped, is_national, is_phone

LEAST: dict[Label, int] = {"card": 7, "account": 5, "ssn": 7, "phone": 7}
"""Digits from which a number with that label is redacted; fewer are the last four, or no number of a person."""

FEWEST = 3
"""Digits of the shortest number that can go, a card's security code."""

SPOKEN_LEAST, WRITTEN_LEAST = 6, 9
"""The same without a label, for numbers read digit by digit and for written ones."""

SINGLES = 0.8
"""Share of the digits that must be read one by one, without a label; times and prices are read in pairs."""

_CARD_LEAST, _CARD_MOST = 13, 19
_AMERICAN = re.compile(r"(?:\d{3}[).\-] ?\d{3}|[2-9]\d\d)[.\-]\d{4}")


def number_spans(text: str, region: str) -> Iterator[Span]:
    """Find the numbers that are to go, in a text where other things are hidden already.

    Parameters
    ----------
    region : str
        Where phone numbers without a country code are at home.
    """
    for whole in runs_of(text):
        for run in filter(None, map(_without_amount, whole.read_on())):
            yield from _spans_of(run, region)


def _without_amount(run: Run) -> Run | None:
    """Leave out what is an amount after the last pause: ``…, three minutes``."""
    if has_unit(run.text, run.end):
        *before, last = run.parts()
        if len(last.digits) < WRITTEN_LEAST:
            return run.part(0, len(run.numbers) - len(last.numbers)) if before else None
    return run


def _spans_of(run: Run, region: str) -> Iterator[Span]:
    if len(run.digits) < FEWEST:
        return
    start = _phone_start(run)
    label = label_of(run.text, start, run.end)
    if card := _card_in(run):
        is_other = label != "card" and is_national(card.digits, card.shape)
        yield Span(card.start, card.end, "ssn" if is_other else "card")
    elif kind := _labelled(run, label) or _unlabelled(run, label, region):
        start = start if kind == "phone" else run.start
        yield Span(spelled_start(run.text, start) if kind == "account" else start, run.end, kind)
    elif any(run.soft):
        for part in run.parts():
            yield from _spans_of(part, region)


def _card_in(run: Run) -> Run | None:
    """Give the whole lines of the run that hold a card's number, with what is read out after it; None if none do."""
    if len(run.digits) < _CARD_LEAST or run.is_counted():
        return None
    ends = run.line_ends()
    for last in ends:
        for first in reversed((0, *(end for end in ends if end < last))):
            part = run.part(first, last)
            if _holds_card(part):
                return part
            if len(part.digits) > 2 * _CARD_MOST:
                break
    return None


def _holds_card(run: Run) -> bool:
    """Tell whether numbers of the run, one after the other, make a card's number."""
    lengths = [len(number.digits) for number in run.numbers]
    for first in range(len(lengths)):
        total = 0
        for last in range(first, len(lengths)):
            total += lengths[last]
            if total > _CARD_MOST:
                break
            if total >= _CARD_LEAST and is_card("".join(number.digits for number in run.numbers[first : last + 1])):
                return True
    return False


def _labelled(run: Run, label: Label | None) -> Kind | None:
    n_digits = len(run.digits)
    if label == "code":
        return "card" if n_digits in (3, 4) else None
    if label == "pin":
        return "account" if 4 <= n_digits <= 8 else None
    if label is None or sum(len(number.digits) for number in run.numbers if number.reading == "scale") > n_digits / 2:
        return None
    if label == "ssn" and n_digits == 4:
        return "ssn"
    if n_digits < LEAST[label] or (label == "phone" and n_digits > 15):
        return None
    return label


def _unlabelled(run: Run, label: Label | None, region: str) -> Kind | None:
    n_digits = len(run.digits)
    if n_digits < SPOKEN_LEAST or run.is_counted():
        return None
    if run.is_listed:
        return "card" if is_card_shaped(run.digits) and run.shape == (4, 4, 4, 4) else None
    if (run.is_written or run.singles >= SINGLES) and is_national(run.digits, run.shape):
        return "ssn"
    if _is_phone(run, region):
        return "phone"
    is_group_read = any(number.reading == "group" for number in run.numbers)
    least = WRITTEN_LEAST if is_group_read or "\n" in run.text[run.start : run.end] else SPOKEN_LEAST
    if n_digits < least or run.singles < SINGLES or (run.is_written and run.shape == (5, 4)):
        return None
    return "card" if is_card_shaped(run.digits) and (not run.is_written or len(run.numbers) > 1) else "account"


def _is_phone(run: Run, region: str) -> bool:
    if not SPOKEN_LEAST <= len(run.digits) <= 15:
        return False
    if run.is_written and not any(run.soft):
        if region in ("US", "CA") and _is_american_phone(run):
            return True
        return is_phone(run.text[_phone_start(run) : run.end], region)
    return run.singles >= 0.5 and is_phone(_plus(run) + run.digits, region)


def _is_american_phone(run: Run) -> bool:
    """Tell whether this is grouped as North America does it, also without the area code: ``555-0142``."""
    before, after = run.text[max(0, run.start - 1) : run.start], run.text[run.end : run.end + 2]
    is_alone = not re.match(r"[\w\-]", before) and not re.match(r"-?\w", after)
    return is_alone and _AMERICAN.fullmatch(run.text[run.start : run.end]) is not None


def _phone_start(run: Run) -> int:
    """Give where a phone number begins, with its plus and bracket."""
    found = re.search(r"(?:\+\s?|\(|\bplus\s+)+\Z", run.text[max(0, run.start - 8) : run.start], re.IGNORECASE)
    return run.start - len(found[0]) if found else run.start


def _plus(run: Run) -> str:
    return "+" if _phone_start(run) < run.start and run.text[_phone_start(run)] in "+pP" else ""
