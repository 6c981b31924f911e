"""What the calls of a training were like, kept in the model's manifest so that later calls can be held against them.

Each feature is kept as quantiles, each share with its standard error: some kilobytes, and nothing that was said. What
a model has seen flatters it, so probabilities are out-of-fold and unknown words those of the held-out calls.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from escalert.errors import ModelError
from escalert.records import Call
from escalert.unmask import plain_text

Floats = NDArray[np.float64]

TURNS, WORDS = "turns per call", "words per turn"
UNKNOWN_SPEAKERS, UNKNOWN_WORDS = "share of unknown speakers", "share of unknown words"
N_QUANTILES = 40
"""A multiple of ten, so that deciles fall between two of them."""
LEVELS = (np.arange(N_QUANTILES) + 0.5) / N_QUANTILES
FEWEST = 30
"""Calls from which on a figure is kept: of fewer even its deciles are a matter of chance."""
DIGITS = 4
"""Significant digits that are kept, and to which what is held against them is rounded, so that equal stays equal."""

_WORD = re.compile(r"[^\W\d_][\w']*")


def probability_of(label: str) -> str:
    """Name the feature that is a label's probability in the call."""
    return f"probability of {label}"


@dataclass(frozen=True)
class WordCounter:
    """Counts in a call what the reference is about and verdicts do not tell.

    Attributes
    ----------
    known : frozenset of str or None
        The words that the model knows; None if it has no vocabulary, as the rules.
    lexicon : tuple of str
        The swear words that disguises stand for; see `escalert.unmask.plain_text`.
    """

    known: frozenset[str] | None = None
    lexicon: tuple[str, ...] = ()

    def count(self, call: Call) -> dict[str, int]:
        """Count ``turns``, ``words``, ``unknown_speakers`` (turns) and, with a vocabulary, ``unknown_words``."""
        words = [word for turn in call.turns for word in _WORD.findall(plain_text(turn.text, self.lexicon))]
        speakers = sum(turn.speaker == "unknown" for turn in call.turns)
        found = {"turns": len(call.turns), "words": len(words), "unknown_speakers": speakers}
        known = self.known
        return found if known is None else {**found, "unknown_words": sum(word not in known for word in words)}


@dataclass
class Observations:
    """Calls as columns: a number per call for each feature, a part and a whole per call for each share."""

    features: dict[str, list[float]] = field(default_factory=dict)
    shares: dict[str, list[tuple[int, int]]] = field(default_factory=dict)

    def add(self, counts: Mapping[str, int], probabilities: Mapping[str, float]) -> None:
        """Add a call, as `WordCounter.count` and the model's probabilities by label tell of it."""
        turns, words = counts.get("turns", 0), counts.get("words", 0)
        if turns:
            self._feature(TURNS, turns)
            self._feature(WORDS, words / turns)
            self._share(UNKNOWN_SPEAKERS, counts["unknown_speakers"], turns)
        if words and "unknown_words" in counts:
            self._share(UNKNOWN_WORDS, counts["unknown_words"], words)
        for label, probability in probabilities.items():
            self._feature(probability_of(label), probability)

    def _feature(self, name: str, value: float) -> None:
        self.features.setdefault(name, []).append(value)

    def _share(self, name: str, part: int, whole: int) -> None:
        self.shares.setdefault(name, []).append((part, whole))


@dataclass(frozen=True)
class Quantiles:
    """A feature's distribution.

    Attributes
    ----------
    n : int
        Calls that it was taken from.
    values : ndarray
        The quantiles at `LEVELS`, each a value that occurred.
    """

    n: int
    values: Floats

    @classmethod
    def of(cls, values: Iterable[float]) -> Self:
        """Take them from one value per call."""
        found = np.fromiter(values, float)
        return cls(len(found), rounded(np.quantile(found, LEVELS, method="inverted_cdf")))


@dataclass(frozen=True)
class Share:
    """A share of all turns or words, and its standard error, calls being what is drawn.

    The error is that of a ratio estimator (Cochran 1977, "Sampling Techniques", section 2.11).
    """

    n: int
    share: float
    error: float

    @classmethod
    def of(cls, pairs: Sequence[tuple[int, int]]) -> Self:
        """Take it from the part and the whole of each call."""
        part, whole = np.array(pairs, dtype=float).T
        share, n = part.sum() / whole.sum(), len(pairs)
        scatter = ((part - share * whole) ** 2).sum() / max(n - 1, 1)
        return cls(n, round(float(share), 6), round(float(np.sqrt(scatter * n) / whole.sum()), 6))


@dataclass(frozen=True)
class Reference:
    """The calls of a training, as features and shares by name."""

    features: Mapping[str, Quantiles] = field(default_factory=dict)
    shares: Mapping[str, Share] = field(default_factory=dict)

    @classmethod
    def of(cls, seen: Observations) -> Self:
        """Keep what there are enough calls for."""
        return cls(
            {name: Quantiles.of(values) for name, values in seen.features.items() if len(values) >= FEWEST},
            {name: Share.of(pairs) for name, pairs in seen.shares.items() if len(pairs) >= FEWEST},
        )

    def to_dict(self) -> dict[str, Any]:
        """Give it as plain data, for the manifest."""
        features = {name: {"n": each.n, "quantiles": each.values.tolist()} for name, each in self.features.items()}
        shares = {name: {"n": each.n, "share": each.share, "error": each.error} for name, each in self.shares.items()}
        return {"features": features, "shares": shares}

    @classmethod
    def in_manifest(cls, manifest: Mapping[str, Any]) -> Self | None:
        """Read it from a manifest; None if the model is older than references.

        Raises
        ------
        ModelError
            If it is there and cannot be read.
        """
        kept = manifest.get("reference")
        if kept is None:
            return None
        try:
            features = {name: _quantiles(each) for name, each in kept["features"].items()}
            shares = {name: _share(each) for name, each in kept["shares"].items()}
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise ModelError(
                f"the reference in the manifest of {manifest.get('name')} cannot be read "
                f"({type(error).__name__}: {error}): restore the folder from a copy or train again"
            ) from error
        return cls(features, shares)


def rounded(values: Floats) -> Floats:
    """Round to `DIGITS` significant digits."""
    return np.array([float(f"{value:.{DIGITS}g}") for value in values])


def _quantiles(kept: Mapping[str, Any]) -> Quantiles:
    values = np.array(kept["quantiles"], dtype=float)
    if values.shape != (N_QUANTILES,) or not (np.diff(values) >= 0).all():
        raise ValueError(f"expected {N_QUANTILES} rising quantiles")
    return Quantiles(int(kept["n"]), values)


def _share(kept: Mapping[str, Any]) -> Share:
    return Share(int(kept["n"]), float(kept["share"]), float(kept["error"]))
