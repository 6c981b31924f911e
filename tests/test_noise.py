from __future__ import annotations

import random

from escalert.noise import Noise, add_noise, noisy_text
from escalert.records import Call, Turn

CALL = Call(
    "c",
    tuple(
        Turn("customer", f"I want to speak to your manager about bullshit number {n}, please!", labels=("profanity",))
        for n in range(200)
    ),
)


def test_spoken_text_has_no_capitals_and_no_punctuation():
    text = noisy_text("Don't DO that, please! OK?", Noise(word_error_rate=0), random.Random(0))
    assert text == "don't do that please ok"


def test_the_rate_is_about_the_share_of_damaged_words():
    noise = Noise(word_error_rate=0.2, masked_share=0, speakers_swapped=0, speakers_lost=0)
    clean = add_noise([CALL], Noise(word_error_rate=0, masked_share=0), seed=1)[0]
    noisy = add_noise([CALL], noise, seed=1)[0]
    changed = sum(a.text != b.text for a, b in zip(clean.turns, noisy.turns, strict=True))
    assert 0.8 < changed / len(CALL.turns) <= 1.0
    words = sum(len(turn.text.split()) for turn in noisy.turns) / sum(len(turn.text.split()) for turn in clean.turns)
    assert 0.9 < words < 1.1


def test_labels_stay_and_speakers_get_lost():
    noisy = add_noise([CALL], Noise(speakers_lost=1.0), seed=1)[0]
    assert all(turn.labels == ("profanity",) and turn.speaker == "unknown" for turn in noisy.turns)


def test_swearing_is_masked():
    noisy = add_noise([CALL], Noise(word_error_rate=0, masked_share=1.0), seed=1, swearing=["bullshit"])[0]
    assert not any("bullshit" in turn.text for turn in noisy.turns)
    assert any("*" in turn.text for turn in noisy.turns)


def test_the_same_seed_damages_a_call_alike_whatever_the_order():
    other = Call("d", CALL.turns[:3])
    assert add_noise([CALL, other], Noise(), seed=3)[1] == add_noise([other], Noise(), seed=3)[0]
    assert add_noise([other], Noise(), seed=3) != add_noise([other], Noise(), seed=4)
