"""From a call whose speakers are `unknown` to one whose roles are named, or to a warning that they are not."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from shlex import quote

from escalert.readers.building import LABEL_KEY
from escalert.readers.notes import unknown_speaker
from escalert.readers.roles.casting import cast
from escalert.readers.roles.ngrams import MOST_WORDS
from escalert.readers.roles.weights import shipped_weights
from escalert.records import Call, Speaker, Turn

SURE = 0.9
"""A role is named from this probability on."""

SURELY_SWAPPED = 0.98
"""A call is said to look swapped from this probability on."""

MOST_SPEAKERS = 5
"""So many speakers without a role, those who say most, are looked at; recognisers make up further ones."""

FIRST_WORDS = 15
DOUBTFUL = 0.2
"""Most calls show in so many words of either side that they are not swapped; from this probability on, more is read."""

CONFIDENCE_KEY = "role_confidence"


@dataclass(frozen=True, slots=True)
class Guess:
    """The likeliest role of a speaker."""

    label: str
    role: Speaker
    confidence: float

    @property
    def is_sure(self) -> bool:
        """Whether it is to be believed."""
        return self.confidence >= SURE


def name_roles(call: Call) -> Call:
    """Name the roles of speakers whose labels do not tell, as far as what they say does.

    A speaker of unknown role keeps it if there is no label, if both agent and customer are known, or if nobody else
    speaks. A call whose given roles look swapped gets a warning, and stays as it is.
    """
    if not _is_english(call):
        return call
    known, labelled = _parties(call.turns)
    is_complete = "agent" in known and "customer" in known
    if is_complete:
        return _warned_if_swapped(call, known)
    if not labelled or len(labelled) + len(known) < 2:
        return call
    return _told(call, _guesses(labelled, list(known)))


def _parties(turns: Sequence[Turn]) -> tuple[dict[Speaker, list[str]], dict[str, list[str]]]:
    """Give what is said by agent and customer, and by each label of unknown role."""
    known: dict[Speaker, list[str]] = {}
    labelled: dict[str, list[str]] = {}
    for turn in turns:
        speaker = turn.speaker
        if speaker == "agent" or speaker == "customer":
            known.setdefault(speaker, []).append(turn.text)
        elif speaker == "unknown" and isinstance(label := turn.extra.get(LABEL_KEY), str):
            labelled.setdefault(label, []).append(turn.text)
    return known, labelled


def _guesses(labelled: Mapping[str, list[str]], known: Sequence[Speaker]) -> list[Guess]:
    labels = list(labelled)
    if len(labels) > MOST_SPEAKERS:
        labels = sorted(labels, key=lambda label: -sum(map(len, labelled[label])))[:MOST_SPEAKERS]
    weights = shipped_weights()
    scores = [weights.log_probabilities(labelled[label]) for label in labels]
    return [
        Guess(label, *max(by_role.items(), key=lambda pair: pair[1]))
        for label, by_role in zip(labels, cast(scores, known), strict=True)
    ]


def _told(call: Call, guesses: Sequence[Guess]) -> Call:
    sure = {guess.label: guess for guess in guesses if guess.is_sure}
    if not sure:
        return replace(call, warnings=(*_without_notes(call, guesses), f"{call.origin}: {_unsure(guesses)}"))
    turns = tuple([_renamed(turn, sure) for turn in call.turns])
    confidence = {label: round(guess.confidence, 3) for label, guess in sure.items()}
    warnings = (*_without_notes(call, sure.values()), f"{call.origin}: {_named(sure.values())}")
    return replace(call, turns=turns, warnings=warnings, extra={**call.extra, CONFIDENCE_KEY: confidence})


def _renamed(turn: Turn, sure: Mapping[str, Guess]) -> Turn:
    guess = sure.get(turn.extra.get(LABEL_KEY, "")) if turn.speaker == "unknown" else None
    if guess is None:
        return turn
    return Turn(guess.role, turn.text, turn.start_s, turn.end_s, turn.labels, turn.extra)


def _without_notes(call: Call, guesses: Iterable[Guess]) -> list[str]:
    """Give the warnings of a call without those that say of each of these speakers that the role is unknown."""
    outdated = [unknown_speaker(guess.label) for guess in guesses]
    return [line for line in call.warnings if not any(note in line for note in outdated)]


def _named(guesses: Iterable[Guess]) -> str:
    parts = [f"{guess.label[:40]!r} is the {guess.role} ({guess.confidence:.3f})" for guess in guesses]
    return f"roles named by what is said: {', '.join(parts)}"


def _unsure(guesses: Sequence[Guess]) -> str:
    labels = ", ".join(repr(guess.label[:40]) for guess in guesses)
    option = quote(",".join(f"{guess.label[:40]}={guess.role}" for guess in guesses))
    best = max(guess.confidence for guess in guesses)
    return (
        f"who of {labels} is the agent does not show in what they say ({best:.2f} sure, {SURE} is needed); "
        f"read as unknown; name the roles, as in --roles {option}"
    )


def _warned_if_swapped(call: Call, said: Mapping[Speaker, list[str]]) -> Call:
    if _swapped(said, FIRST_WORDS) < DOUBTFUL or (sure := _swapped(said)) < SURELY_SWAPPED:
        return call
    warning = (
        f"{call.origin}: agent and customer look swapped ({sure:.3f} sure by what they say); the roles are left as "
        "they are; if so, name them, as in --roles agent=customer,customer=agent"
    )
    return replace(call, warnings=(*call.warnings, warning))


def _swapped(said: Mapping[Speaker, list[str]], most_words: int = MOST_WORDS) -> float:
    """Give the probability that whom the labels call the agent is the customer."""
    weights = shipped_weights()
    odds = weights.agent_log_odds(said["customer"], most_words) - weights.agent_log_odds(said["agent"], most_words)
    return 1.0 / (1.0 + math.exp(-odds))


def _is_english(call: Call) -> bool:
    return call.language is None or call.language.lower().startswith("en")
