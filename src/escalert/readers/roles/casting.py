"""Which speaker plays which role: chosen for all speakers of a call together."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
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
    castings = list(product(ROLES, repeat=len(scores)))
    odds = [
        sum([by_role[role] for by_role, role in zip(scores, casting, strict=True)]) + _usual((*casting, *known))
        for casting in castings
    ]
    highest = max(odds)
    shares = [math.exp(each - highest) for each in odds]
    found: list[dict[Speaker, float]] = [dict.fromkeys(ROLES, 0.0) for _ in scores]
    for casting, share in zip(castings, shares, strict=True):
        for by_role, role in zip(found, casting, strict=True):
            by_role[role] += share / sum(shares)
    return found


def _usual(roles: Sequence[Speaker]) -> float:
    n_missing = ("agent" not in roles) + ("customer" not in roles)
    n_parties = sum([role in ROLES for role in roles])
    return -MISSING * n_missing - FURTHER * (n_parties - 2 + n_missing)
