from __future__ import annotations

import pytest

from escalert.taxonomy import load_taxonomy
from escalert.triggers import swear_words
from escalert.unmask import MASKED, MAX_CHARACTERS, plain_text

LEXICON = swear_words(load_taxonomy())


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("", ""),
        ("Hello There", "hello there"),
        ("it’s “fine”", 'it\'s "fine"'),
        ("what the F*CK", "what the fuck"),
        ("total bullsh*t", "total bullshit"),
        ("sh1t happens", "shit happens"),
        ("you a$$hole", "you asshole"),
        ("fuuuuck", "fuck"),
        ("f u c k off", "fuck off"),
        ("s.h.i.t", "shit"),
        ("**** you", f"{MASKED} you"),
        ("[expletive] thing", f" {MASKED}  thing"),
        ("@#$%! you", f"{MASKED} you"),
        ("you *really* mean it", "you really mean it"),
    ],
)
def test_swearing_is_spelt_out(text, plain):
    assert plain_text(text, LEXICON) == plain


@pytest.mark.parametrize(
    "text",
    [
        "the card is ****1234",
        "ticket #1234 ### ok",
        "my name is m a r c h",
        "it costs 5$ and 10% for a 4 b",
        "scunthorpe assess grass class password",
        "sooooo good",
        "###end### #fail c# item## 5",
        "** note **",
        "flight ba2490 on 3rd",
    ],
)
def test_what_only_looks_like_it_stays(text):
    assert plain_text(text, LEXICON) == text


def test_a_turn_of_megabytes_is_read_at_both_ends():
    plain = plain_text("begin " + "x " * 1_000_000 + "end", LEXICON)
    assert plain.startswith("begin")
    assert plain.endswith("end")
    assert len(plain) <= MAX_CHARACTERS + 1
