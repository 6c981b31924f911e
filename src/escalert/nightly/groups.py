"""Groups of flagged calls about the same thing, as a supervisor would forward them.

What the customers said becomes TF-IDF and is clustered. Clusters whose calls do not share words that other calls lack
are dropped, alike ones joined, and calls close to a group's centre added to it.

This was chosen on the 1,022 flagged calls of the corpus: with six made-up incidents in twelve calls each, told in two
to four turns; with one incident in up to a third of 60 to 1,000 calls; and, for false groups, with the same turns dealt
out to calls at random. Average linkage found the incidents (F1 0.36, 0.66-0.85 and 0.97 for two, three and four turns)
with about one false group a night. HDBSCAN over 30 to 75 latent components reached 0.1-0.4, 0.3-0.8 and 0.76-0.95 and
often missed the incident of a small or badly hit night; over TF-IDF as it is, and DBSCAN, did worse; average linkage
over latent components needs another distance for every size of the night. Joining and adding make one group of an
incident in 300 of 1,000 calls that fell into fifteen before.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from escalert.records import Call
from escalert.unmask import plain_text

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from escalert.nightly.clusters import Labels

MOST_CALLS = 3_000
"""Calls that are grouped at most; the distances of so many take 200 MB."""
SHARED_TERMS = 2
"""A group has so many terms …"""
SHARED_BY = 0.8
"""… that this share of its calls have …"""
LIFT = 3.0
"""… so many times as often as other calls."""
NAMED_BY = 0.5
"""The terms of a group's name are those of so many of its calls."""
NAME_TERMS = 4


@dataclass(frozen=True, slots=True)
class FlaggedCall:
    """What is needed of a call to group it.

    Attributes
    ----------
    text : str
        What the customer said: see `customer_text`.
    customer_id : str or None
        Many calls of one customer are no group.
    """

    call_id: str
    text: str
    customer_id: str | None = None


@dataclass(frozen=True, slots=True)
class CallGroup:
    """Flagged calls about the same thing.

    Attributes
    ----------
    terms : tuple of str
        What they have in common and other calls have not, the most telling first.
    call_ids : tuple of str
        The most typical first.
    n_examples : int
        How many of them stand for the group.
    """

    terms: tuple[str, ...]
    call_ids: tuple[str, ...]
    n_examples: int

    @property
    def name(self) -> str:
        """The terms as a heading."""
        return ", ".join(self.terms)

    @property
    def examples(self) -> tuple[str, ...]:
        """The ids of the most typical calls."""
        return self.call_ids[: self.n_examples]


def customer_text(call: Call) -> str:
    """Give what the customer said, in plain form; where no speaker is known, all that was said."""
    said = [turn.text for turn in call.turns if turn.speaker == "customer"]
    said = said or [turn.text for turn in call.turns if turn.speaker == "unknown"]
    return " . ".join(plain_text(text) for text in said)


def group_calls(calls: Iterable[FlaggedCall], *, fewest: int = 5, examples: int = 5) -> tuple[CallGroup, ...]:
    """Find groups of calls about the same thing, the largest first; no groups rather than bad ones.

    Parameters
    ----------
    calls : iterable of FlaggedCall
        The most pressing first: of more than `MOST_CALLS` the rest is passed over. Otherwise their order is of no
        account.
    fewest : int
        Calls, and customers, that a group has at least.
    examples : int
        Example calls of each group.
    """
    kept = sorted(islice(calls, MOST_CALLS), key=lambda call: call.call_id)
    if len(kept) < 2 * fewest:
        return ()
    from escalert.nightly.clusters import add_near, cluster_texts, join_alike, members_of, weigh_terms

    weighed = weigh_terms([call.text for call in kept], fewest)
    if weighed is None:
        return ()
    matrix, terms = weighed
    labels = _worthy(cluster_texts(matrix), matrix, kept, fewest)
    labels = add_near(join_alike(labels, matrix), matrix)
    groups = [_group(matrix, rows, kept, terms, examples) for rows in members_of(labels)]
    return tuple(sorted(groups, key=lambda group: (-len(group.call_ids), group.call_ids)))


def _worthy(labels: Labels, matrix: Any, calls: Sequence[FlaggedCall], fewest: int) -> Labels:
    """Leave the clusters that are groups, and put all other calls into none, -1."""
    import numpy as np

    from escalert.nightly.clusters import term_shares

    found = np.full(len(labels), -1)
    for label in np.flatnonzero(np.bincount(labels) >= fewest):
        rows = np.flatnonzero(labels == label)
        inside, lift = term_shares(matrix, rows)
        customers = {calls[row].customer_id or ("nobody", row) for row in map(int, rows)}
        if len(customers) >= fewest and np.sum((inside >= SHARED_BY) & (lift >= LIFT)) >= SHARED_TERMS:
            found[rows] = label
    return found


def _group(matrix: Any, rows: Labels, calls: Sequence[FlaggedCall], terms: NDArray[Any], n_examples: int) -> CallGroup:
    import numpy as np

    from escalert.nightly.clusters import centres, term_shares

    nearness = np.asarray(matrix[rows] @ centres(matrix, [rows]).T).ravel()
    typical = rows[np.argsort(-nearness.round(6), kind="stable")]
    named = _name(terms, *term_shares(matrix, rows))
    return CallGroup(named, tuple(calls[row].call_id for row in typical), n_examples)


def _name(terms: NDArray[Any], inside: NDArray[np.float64], lift: NDArray[np.float64]) -> tuple[str, ...]:
    """Name a group by the terms that weigh most in the divergence of its calls from the others; no word twice.

    Of two that weigh the same, the longer one says more: ``red light``, not ``light`` and ``red``.
    """
    import numpy as np

    telling = np.flatnonzero((inside >= NAMED_BY) & (lift >= LIFT))
    weight = (inside[telling] * np.log(lift[telling])).round(6)
    n_words = np.array([len(str(term).split()) for term in terms[telling]])
    telling = telling[np.lexsort((-n_words, -weight))]
    named: list[str] = []
    for term in map(str, terms[telling]):
        words = term.split()
        if len(set(words)) == len(words) and not any(set(words) & set(other.split()) for other in named):
            named.append(term)
    return tuple(named[:NAME_TERMS])
