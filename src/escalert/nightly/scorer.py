"""The model of a run, loaded once: it scores, and it has its word on verdicts that records revise."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from dataclasses import dataclass
from typing import Self

from escalert.classifier import EscalationClassifier, batches
from escalert.nightly.config import NightlyConfig
from escalert.records import Call
from escalert.reference import Reference
from escalert.scoring import Scored, score_calls
from escalert.verdict import Policy


@dataclass(frozen=True, slots=True)
class Scorer:
    """A model as the configuration wants it.

    Attributes
    ----------
    model : str
        Its folder, or ``rules``.
    classifier : EscalationClassifier
        The same, loaded, with the thresholds of the configuration.
    """

    model: str
    classifier: EscalationClassifier
    config: NightlyConfig

    @classmethod
    def load(cls, model: str, config: NightlyConfig) -> Self:
        """Load the model.

        Raises
        ------
        ModelError
            If it cannot be used.
        UsageError
            For a threshold of an unknown label.
        """
        classifier = EscalationClassifier.load(model).with_thresholds(config.model.thresholds)
        return cls(model, classifier, config)

    @property
    def name(self) -> str:
        """The name of the model."""
        return self.classifier.name

    @property
    def version(self) -> str:
        """Its version."""
        return self.classifier.version

    @property
    def policy(self) -> Policy:
        """How its probabilities become a verdict."""
        return self.classifier.policy_

    @property
    def reference(self) -> Reference | None:
        """What the calls of its training were like, if it says so."""
        return self.classifier.reference

    def score(self, calls: Iterable[Call]) -> Generator[Scored, None, None]:
        """Score calls batch by batch, in their order, and count what their drift is told from."""
        if self.config.model.workers == 1:
            counter = self.classifier.word_counter()
            for batch in batches(calls):
                yield list(zip(batch, self.classifier.score_batch(batch, counter=counter), strict=True))
            return
        settings = self.config.model
        yield from score_calls(self.model, calls, workers=settings.workers, thresholds=settings.thresholds, counts=True)
