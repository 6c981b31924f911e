"""Which speaker plays which role: chosen for all speakers of a call together."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import product

from escalert.readers.roles.weights import ROLES
from escalert.records import Speaker

MISSING = 4.0
"""How much less likely, in log-odds, a call is in which nobody is the agent, or nobody the customer."""

FURTHER = 1.0
"""How much less likely each party beyond one agent and one customer is."""


def cast(scores: Sequence[Mapping[Speaker, float]], known: Sequence[Speaker] = ()) -> list[dict[Speaker, float]]:
    """Give the probability of each role for each speaker.

    Parameters
    ----------
    scores : sequence of mapping
        The logarithm of each role's probability by what the speaker says alone.
    known : sequence of str
        The roles of the other speakers of the call.
    """
    castings = _castings(len(scores), tuple(sorted(known)))
    odds = [usual + sum([said[role] for said, role in zip(scores, roles, strict=True)]) for roles, usual in castings]
    highest = max(odds)
    shares = [math.exp(each - highest) for each in odds]
    total = sum(shares)
    found: list[dict[Speaker, float]] = [dict.fromkeys(ROLES, 0.0) for _ in scores]
    for (roles, _), share in zip(castings, shares, strict=True):
        for chances, role in zip(found, roles, strict=True):
            chances[role] += share / total
    return found


@cache
def _castings(n_speakers: int, known: tuple[Speaker, ...]) -> list[tuple[tuple[Speaker, ...], float]]:
    """Give all ways to give roles to so many speakers, each with how usual such a call is."""
    return [(roles, _usual((*roles, *known))) for roles in product(ROLES, repeat=n_speakers)]


def _usual(roles: Sequence[Speaker]) -> float:
    n_missing = ("agent" not in roles) + ("customer" not in roles)
    return -MISSING * n_missing - FURTHER * (len(roles) - 2 + n_missing)
