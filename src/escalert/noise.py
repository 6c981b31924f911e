"""Damage clean transcripts as speech recognisers do, so that a model learns to read damaged ones.

The kinds of damage are those of recogniser output: lost case and punctuation, fillers, dropped little words,
homophones, words cut or run together, masked swearing, lost or swapped speakers.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from escalert.records import Call, Speaker, Turn

FILLERS = ("uh", "um", "you know", "like", "i mean", "er", "well", "so")
DROPPED = frozenset(
    [
        "a",
        "an",
        "the",
        "to",
        "of",
        "is",
        "am",
        "are",
        "was",
        "be",
        "it",
        "and",
        "i",
        "do",
        "did",
        "at",
        "in",
        "on",
        "for",
        "that",
        "this",
        "my",
    ]
)
SWAPPED: dict[Speaker, Speaker] = {"customer": "agent", "agent": "customer"}
_CONFUSED = """
there their|your you're|to two|too to|for four|by buy|right write|hear here|know no|new knew|one won|its it's
then than|our are|hour our|wait weight|week weak|whole hole|would wood|where were|wear where|accept except
affect effect|bill bell|call car|card car|cancel counsel|credit edit|refund we fund|fee free|fees piece|fix fits
hold old|line lying|manager manage her|month mouth|order or the|paid page|pay play|phone foam|plan plain
please police|policy police he|price prize|problem program|rate great|send sent|ship chip|sick six|sue suit
supervisor super visor|ticket tick it|told tall|waive wave|want won't|won't want|can can't|can't can|didn't did
isn't is|lawyer law year|attorney a journey|sorry sari|fraud broad|leave live|cheque check|switch which|speak speed
talk took|someone some one|nobody no body|anyone any one|already all ready|because cause|going to gonna
want to wanna|got to gotta|kind of kinda|out of outta|them 'em|something somethin|nothing nothin|account a count
address a dress|broken broke in|charge charged|charged charge|service surface|transfer trans fur|complaint complain
complain complaint|review re view|post pose|deposit the posit|power hour|heat eat|hospital hospitable
"""
CONFUSIONS = dict(pair.split(" ", 1) for pair in _CONFUSED.strip().replace("\n", "|").split("|"))
_PUNCTUATION = re.compile(r"[^\w\s'*\[\]]|(?<!\w)'|'(?!\w)")


@dataclass(frozen=True, slots=True)
class Noise:
    """How much of what is damaged.

    Attributes
    ----------
    word_error_rate : float
        Share of words that are dropped, confused, cut, joined or preceded by a filler.
    is_spoken : bool
        Lose capitals and punctuation, as in raw recogniser output.
    masked_share : float
        Share of swear words that come masked.
    speakers_lost : float
        Probability that a whole call loses its speaker labels.
    speakers_swapped : float
        Share of turns that are given to the other side.
    """

    word_error_rate: float = 0.1
    is_spoken: bool = True
    masked_share: float = 0.5
    speakers_lost: float = 0.05
    speakers_swapped: float = 0.02


def add_noise(calls: Iterable[Call], noise: Noise, *, seed: int, swearing: Sequence[str] = ()) -> list[Call]:
    """Give damaged copies of calls; labels stay, since they say what was said.

    Parameters
    ----------
    seed : int
        The same seed damages the same calls in the same way, whatever their order.
    swearing : sequence of str
        The words that recognisers mask.
    """
    words = frozenset(swearing)
    return [_noisy_call(call, noise, random.Random(f"{seed}:{call.call_id}"), words) for call in calls]


def _noisy_call(call: Call, noise: Noise, rng: random.Random, swearing: frozenset[str]) -> Call:
    is_lost = rng.random() < noise.speakers_lost
    turns = [_noisy_turn(turn, noise, rng, swearing) for turn in call.turns]
    return replace(call, turns=tuple(replace(turn, speaker="unknown") for turn in turns) if is_lost else tuple(turns))


def _noisy_turn(turn: Turn, noise: Noise, rng: random.Random, swearing: frozenset[str]) -> Turn:
    speaker = turn.speaker
    if rng.random() < noise.speakers_swapped:
        speaker = SWAPPED.get(speaker, speaker)
    return replace(turn, speaker=speaker, text=noisy_text(turn.text, noise, rng, swearing))


def noisy_text(text: str, noise: Noise, rng: random.Random, swearing: frozenset[str] = frozenset()) -> str:
    """Damage one text."""
    if noise.is_spoken:
        text = _PUNCTUATION.sub(" ", text.lower())
    words = [
        _masked(word, rng) if word in swearing and rng.random() < noise.masked_share else word for word in text.split()
    ]
    return " ".join(damaged for word in words if (damaged := _damaged(word, noise.word_error_rate, rng)))


def _masked(word: str, rng: random.Random) -> str:
    return rng.choice((word[0] + "*" * (len(word) - 1), "*" * len(word), "[expletive]", word[0] + "***" + word[-1]))


def _damaged(word: str, rate: float, rng: random.Random) -> str:
    if rng.random() >= rate:
        return word
    if word in CONFUSIONS and rng.random() < 0.7:
        return CONFUSIONS[word]
    if word in DROPPED:
        return ""
    kind = rng.random()
    if kind < 0.3:
        return f"{rng.choice(FILLERS)} {word}"
    if kind < 0.5 and len(word) > 6:
        cut = rng.randrange(3, len(word) - 2)
        return f"{word[:cut]} {word[cut:]}"
    return _misheard(word, rng) if kind < 0.85 else ""


def _misheard(word: str, rng: random.Random) -> str:
    if len(word) < 4:
        return word
    place = rng.randrange(1, len(word) - 1)
    return word[:-1] if rng.random() < 0.4 else word[:place] + word[place + 1 :]
