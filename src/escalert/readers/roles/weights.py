"""The classifier of roles: a logistic regression whose weights are a table beside this module."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from escalert.readers.roles.ngrams import MOST_WORDS, ngrams
from escalert.records import Speaker

FILE = "weights.tsv"
ROLES: tuple[Speaker, ...] = ("agent", "customer", "other")
INTERCEPT = "(intercept)"
INPUTS = "# inputs: "

DAMPING = 10.0
"""Added to the number of n-grams, so that a few words weigh little."""


@dataclass(frozen=True, slots=True)
class RoleWeights:
    """What each word, or pair of words, says of who speaks.

    Attributes
    ----------
    inputs : str
        The fingerprint of what the weights were learned from.
    agent, other : mapping of str to float
        The weight of each n-gram for the agent and for another party; for the customer, it is 0.
    """

    inputs: str
    agent: Mapping[str, float]
    other: Mapping[str, float]

    def log_probabilities(self, texts: Iterable[str]) -> dict[Speaker, float]:
        """Give the logarithm of the probability of each role for the speaker of some turns.

        Words that are in no row count as words, so that little is sure of a language that the rows are not in.
        """
        found = ngrams(texts)
        agent, other = _log_odds(self.agent, found), _log_odds(self.other, found)
        highest = max(agent, 0.0, other)
        total = highest + math.log(math.exp(agent - highest) + math.exp(-highest) + math.exp(other - highest))
        return {"agent": agent - total, "customer": -total, "other": other - total}

    def agent_log_odds(self, texts: Iterable[str], most_words: int = MOST_WORDS) -> float:
        """Give how much more likely the agent is than the customer to say this."""
        return _log_odds(self.agent, ngrams(texts, most_words))


@cache
def shipped_weights() -> RoleWeights:
    """Load the weights that ship with escalert."""
    return parse_weights(resources.files(__package__).joinpath(FILE).read_text("utf-8"))


def parse_weights(text: str) -> RoleWeights:
    """Read a table of weights: an n-gram, its weight for the agent, its weight for another party."""
    lines = text.splitlines()
    inputs = next((line.removeprefix(INPUTS) for line in lines if line.startswith(INPUTS)), "")
    rows = [line.split("\t") for line in lines if not line.startswith("# ")]
    agent = {ngram: float(weight) for ngram, weight, _ in rows}
    return RoleWeights(inputs, agent, {ngram: float(weight) for ngram, _, weight in rows})


def scaled(n_ngrams: int) -> float:
    """Give the value of each n-gram of a speaker who has so many."""
    return 1.0 / math.sqrt(DAMPING + n_ngrams)


def _log_odds(weights: Mapping[str, float], found: set[str]) -> float:
    known = found & weights.keys()
    return weights[INTERCEPT] + scaled(len(found)) * sum(map(weights.__getitem__, known))
