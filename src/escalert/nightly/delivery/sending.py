"""Make the deliveries that are still to be made, in rounds, so that no receiver holds up the others."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from escalert.nightly.config import NightlyConfig
from escalert.nightly.delivery.failure import UndeliveredError
from escalert.nightly.delivery.outbox import FILE_KINDS, revision_of
from escalert.nightly.delivery.transport import send
from escalert.nightly.store import Delivery, Store

FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 60.0
"""A receiver that asks for more gets its delivery from the next run."""
REPLACED = "a later revision replaced it"

log = logging.getLogger("escalert")


@dataclass(frozen=True, slots=True)
class DeliverySummary:
    """How the deliveries went.

    Attributes
    ----------
    delivered, pending, given_up : int
    problems : tuple of str
        Why each pending or given up one could not be made.
    """

    delivered: int = 0
    pending: int = 0
    given_up: int = 0
    problems: tuple[str, ...] = ()


def deliver_pending(store: Store, config: NightlyConfig) -> DeliverySummary:
    """Make all deliveries of the outbox, those of earlier runs first.

    A delivery is sent, then noted: a run that dies in between sends it again, with the same key. Tries are
    `delivery.tries`, in rounds with pauses that double, half of each at random ("equal jitter": M. Brooker,
    "Exponential Backoff And Jitter", AWS Architecture Blog 2015), or as long as ``Retry-After`` asks for.
    What is left is pending, and given up once it is `delivery.give_up_days` old.

    Raises
    ------
    StoreError
        If the store fails; never for the fault of a receiver.
    """
    sending = _Sending(store, config)
    for attempt in range(config.delivery.tries):
        if attempt:
            time.sleep(sending.pause(attempt - 1))
        if not sending.round():
            break
    return sending.close()


@dataclass
class _Sending:
    """The deliveries of a run: those that wait for the next round, and those left to the next run."""

    store: Store
    config: NightlyConfig
    n_delivered: int = 0
    waiting: list[Delivery] = field(default_factory=list)
    left: list[Delivery] = field(default_factory=list)
    errors: dict[str, UndeliveredError] = field(default_factory=dict)

    def __post_init__(self) -> None:
        soon = _now() + timedelta(seconds=LONGEST_PAUSE_S)
        for delivery in _current(self.store):
            is_due = delivery.next_try_at is None or delivery.next_try_at <= soon
            (self.waiting if is_due else self.left).append(delivery)
        # Files take no time and cannot hang.
        self.waiting.sort(key=lambda delivery: delivery.kind not in FILE_KINDS)

    def round(self) -> bool:
        """Try each delivery once, and tell whether any is to be tried again.

        A receiver that does not answer is not asked for its other deliveries in the same round.
        """
        waiting, self.waiting = self.waiting, []
        stuck: dict[tuple[str, str], UndeliveredError] = {}
        for delivery in waiting:
            receiver = delivery.kind, delivery.target
            error = stuck.get(receiver) or self._try(delivery)
            if error is None:
                continue
            self.errors[delivery.key] = error
            is_over = error.is_lasting or (error.after_s or 0) > LONGEST_PAUSE_S
            (self.left if is_over else self.waiting).append(delivery)
            if not error.is_lasting:
                stuck[receiver] = error
        return bool(self.waiting)

    def pause(self, attempt: int) -> float:
        """Give how long to wait before the next round."""
        longest = min(FIRST_PAUSE_S * 2**attempt, LONGEST_PAUSE_S)
        asked = (self.errors[delivery.key].after_s or 0 for delivery in self.waiting)
        return max(random.uniform(longest / 2, longest), *asked)

    def close(self) -> DeliverySummary:
        """Give up what is too old, and say how it went."""
        oldest = _now() - timedelta(days=self.config.delivery.give_up_days)
        n_given_up, problems = 0, []
        for delivery in (left := [*self.left, *self.waiting]):
            why = str(self.errors.get(delivery.key) or delivery.last_error or "its receiver asked to wait")
            problems.append(f"{_named(delivery)}: {why}")
            log.warning("%s", problems[-1])
            if delivery.created_at is not None and delivery.created_at <= oldest:
                self.store.outbox.give_up(delivery.key, why)
                n_given_up += 1
        return DeliverySummary(self.n_delivered, len(left) - n_given_up, n_given_up, tuple(problems))

    def _try(self, delivery: Delivery) -> UndeliveredError | None:
        try:
            send(delivery, self.config)
        except UndeliveredError as error:
            self.store.outbox.failed(delivery.key, str(error), _now() + timedelta(seconds=error.after_s or 0))
            log.info("%s: %s", _named(delivery), error)
            return error
        self.store.outbox.delivered(delivery.key)
        self.n_delivered += 1
        log.info("%s: delivered", _named(delivery))
        return None


def _current(store: Store) -> Iterator[Delivery]:
    """Give what is pending, oldest first; a file of which there is a later revision would overwrite it."""
    newest: dict[tuple[str, str, str], int] = {}
    pending = store.outbox.pending()
    for run_id in dict.fromkeys(delivery.run_id for delivery in pending if delivery.kind in FILE_KINDS):
        for delivery in store.outbox.of_run(run_id):
            place = run_id, delivery.kind, delivery.target
            newest[place] = max(newest.get(place, 0), revision_of(delivery.key)[0])
    for delivery in pending:
        place = delivery.run_id, delivery.kind, delivery.target
        if delivery.kind in FILE_KINDS and revision_of(delivery.key)[0] < newest[place]:
            store.outbox.give_up(delivery.key, REPLACED)
        else:
            yield delivery


def _named(delivery: Delivery) -> str:
    return f"{delivery.kind} {delivery.target} of {delivery.run_id}"


def _now() -> datetime:
    return datetime.now(UTC)
