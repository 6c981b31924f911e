"""Redaction of what leaves the machine, written and spoken."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum import luhn

from escalert.errors import MissingExtraError, UsageError
from escalert.readers.dirt.masks import settled
from escalert.records import CallVerdict, Decision, Evidence, TriggerFinding, Turn
from escalert.redaction import KINDS, PLACEHOLDERS, Redaction, redact, redact_turns, redact_verdict
from escalert.redaction.validity import library
from escalert.unmask import plain_text

BENCHMARK = runpy.run_path(str(Path(__file__).parents[1] / "benchmarks" / "redaction.py"))
SENTENCES = BENCHMARK["marked_sentences"]()
DIGITS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]


@pytest.mark.parametrize(("text", "secrets"), SENTENCES, ids=lambda value: value[:40] if isinstance(value, str) else "")
def test_the_sentences_of_the_figures(text, secrets):
    """All that is marked goes, and nothing besides."""
    found = Redaction().find(text)
    assert all(BENCHMARK["is_covered"](text, secret, found) for secret in secrets)
    assert all(BENCHMARK["is_right"](span, secrets) for span in found)


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("", ""),
        ("my card is 4111 1111 1111 1111, thanks", "my card is [CARD], thanks"),
        ("it's four one uh one one, double one double one, one one one one one one one one", "it's [CARD]"),
        ("forty one eleven eleven eleven eleven eleven eleven eleven please", "[CARD] please"),
        ("Sure. It's 5301, 7788, 0146, 2290.", "Sure. It's [CARD]."),
        ("4111 1111 1111 1111 exp 09/27 cvv 123", "[CARD] exp 09/27 cvv [CARD]"),
        ("4111 1111 1111 1111 4242 4242 4242 4242", "[CARD] [CARD]"),
        ("j dot smith no wait j dot smyth at gmail dot com", "[EMAIL]"),
        ("write to disputes at harbour cards dot com dot s g", "write to [EMAIL]"),
        ("it's d antczak at millard floral, all one word, dot com", "it's [EMAIL]"),
        ("he met me at six on the dot in fact", "he met me at six on the dot in fact"),
        ("oh seven seven double oh nine hundred one four one", "[PHONE]"),
        ("plus four four twenty seven nine four six oh nine five eight", "[PHONE]"),
        ("account number is s m one one three oh nine", "account number is [ACCOUNT]"),
        ("800-555-0133 or 800-555-0134", "[PHONE] or [PHONE]"),
        ("it was 1.999, 1.999, 1.999, three times", "it was 1.999, 1.999, 1.999, three times"),
        ("rooms 8056, 8058, 8060", "rooms 8056, 8058, 8060"),
        ("QT-558-2091 came", "QT-558-2091 came"),
    ],
)
def test_placeholders_stand_where_the_secret_stood(text, redacted):
    assert redact(text) == redacted


@pytest.mark.parametrize(
    "text",
    ["the card ending in 4242", "ends in oh six one eight", "last four of the account: 9120", "****1234 is the visa"],
)
def test_the_last_four_digits_stay(text):
    assert redact(text) == text


def test_the_last_four_digits_of_a_social_security_number_go():
    assert redact("the last four of my social are 4399") == "the last four of my social are [SSN]"


def test_kinds_can_be_switched_off():
    text = "card 4111 1111 1111 1111, call 212 555 0187, jane@example.org"
    assert Redaction(kinds=("email",)).redact(text) == "card 4111 1111 1111 1111, call 212 555 0187, [EMAIL]"
    assert Redaction(kinds=()).redact(text) == text


def test_the_region_says_what_a_phone_number_is():
    assert Redaction(region="SG").redact("try 9123 4567 then") == "try [PHONE] then"
    assert Redaction(region="US").redact("try 9123 4567 then") == "try 9123 4567 then"


@pytest.mark.parametrize("choice", [{"kinds": ("card", "names")}, {"region": "XX"}])
def test_unknown_choices_are_refused(choice):
    with pytest.raises(UsageError, match=r"names|XX"):
        Redaction(**choice)


def test_a_missing_package_is_named(monkeypatch):
    def absent(name):
        raise ImportError(name)

    monkeypatch.setattr("escalert.redaction.validity.import_module", absent)
    library.cache_clear()
    try:
        with pytest.raises(MissingExtraError, match=r"python-stdnum .*escalert\[nightly\]"):
            Redaction()
    finally:
        library.cache_clear()


def test_placeholders_are_understood_elsewhere():
    for placeholder in PLACEHOLDERS.values():
        assert plain_text(f"my {placeholder} is") == f"my {placeholder.lower()} is"
        assert settled(f"my {placeholder} is")[0] == "my [PII] is"


def turns(*lines):
    return [Turn("agent" if line.startswith("a ") else "customer", line[2:]) for line in lines]


def texts(redacted):
    return [turn.text for turn in redacted]


def test_a_number_is_read_on_over_turns():
    call = turns("c it's four one one one", "a mm-hm", "c one one one one", "c one one one one", "c one one one one ok")
    assert texts(redact_turns(call)) == ["it's [CARD]", "mm-hm", "[CARD]", "[CARD]", "[CARD] ok"]


def test_what_was_asked_for_labels_the_answer():
    call = turns("a can i take your account number please", "c sure it's 4 1 9 0 2", "a and how many boxes", "c 4 1 9")
    assert texts(redact_turns(call))[1::2] == ["sure it's [ACCOUNT]", "4 1 9"]


def test_short_answers_are_no_number():
    call = turns("a i've noted it on your account", "c one two five oh six maple street", "a how many", "c two")
    assert redact_turns(call) == tuple(call)


def test_the_evidence_of_a_verdict_is_redacted():
    said = Evidence(1, "customer", "i told you my account number is 5520418", 0.9)
    finding = TriggerFinding(0.9, 0.5, (said,))
    yes = Decision(0.9, 0.5)
    verdict = CallVerdict("c1", {"emotional_intensity": finding}, yes, yes, "high", ("because",))
    alone = redact_verdict(verdict)
    assert alone.triggers["emotional_intensity"].evidence[0].text == "i told you my account number is [ACCOUNT]"
    call = turns("a your pin?", "c 4 4 1 9")
    within = redact_verdict(verdict, turns=call)
    assert within.triggers["emotional_intensity"].evidence[0].text == "[ACCOUNT]"


def test_long_turns_take_no_more_than_their_length():
    text = "4111 1111 1111 1111 " * 40 + "one " * 400 + "a dot b at c " * 50
    assert redact(text).startswith("[CARD] [CARD]")


WRITTEN_CARD = re.compile(r"(?=(?<!\d)(\d(?:[ .-]{0,3}\d){12,18})(?!\d))")
ISSUERS = re.compile(r"[3-6]|22[2-9]|2[3-6]|27[01]|2720|220")


def checked(digits):
    return digits + luhn.calc_check_digit(digits)


cards = st.from_regex(r"[3-6][0-9]{14}", fullmatch=True).map(checked)
words = st.sampled_from(
    [
        "one ",
        "double ",
        "hundred ",
        "oh ",
        "uh ",
        "my card is ",
        "account ",
        "j dot ",
        "at gmail dot com ",
        "[CARD]",
        "[PII] ",
    ]
)
marks = st.sampled_from(
    [" ", "4", "12", "2024-01-01 ", "10:30 ", " - ", ". ", "\n", "$9.50 ", "555-0133 ", "2500 ", "a1 ", "@", "+"]
)
messy = st.lists(st.one_of(words, marks, cards, st.text("0123456789 .-abo", max_size=12)), max_size=12).map("".join)


@settings(max_examples=60, deadline=None)
@given(messy)
def test_no_written_card_number_is_left_and_placeholders_survive(text):
    once = redact(text)
    numbers = [re.sub(r"\D", "", found[1]) for found in WRITTEN_CARD.finditer(once)]
    assert not [number for number in numbers if luhn.is_valid(number) and ISSUERS.match(number)]
    assert once.count("[CARD]") >= text.count("[CARD]")
    assert once.count("[PII]") == text.count("[PII]")


@settings(max_examples=40, deadline=None)
@given(messy, st.sets(st.sampled_from(KINDS)))
def test_to_redact_again_changes_nothing(text, kinds):
    redaction = Redaction(kinds=tuple(sorted(kinds)))
    once = redaction.redact(text)
    assert redaction.redact(once) == once


@settings(max_examples=40, deadline=None)
@given(cards, st.randoms(use_true_random=False))
def test_no_card_number_that_is_read_out_is_left(digits, random):
    said = " ".join(read_out(digits, random))
    assert redact(f"so that is {said} five, and the name is Jo") == "so that is [CARD], and the name is Jo"


def read_out(digits, random):
    """Say digits as people do: by words or as digits, doubled, with oh for zero, with fillers between them."""
    index = 0
    while index < len(digits):
        digit = digits[index]
        ways = [DIGITS[int(digit)], digit, "oh" if digit == "0" else digit]
        is_double = digits[index : index + 2] == digit * 2 and random.random() < 0.5
        way = f"double {DIGITS[int(digit)]}" if is_double else random.choice(ways)
        yield way + random.choice(["", "", "", ",", " uh", ", um", " (pause)", " then"])
        index += 2 if is_double else 1
