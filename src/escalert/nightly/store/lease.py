"""One run at a time: a lease on the store that a living run extends and that a dead run's clock ends.

Each taking of the lease draws a token, and every writing transaction makes sure that the token still stands: a run
that slept through the end of its lease cannot write after another has begun (fencing, Kleppmann 2016, "How to do
distributed locking").
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Event, Thread

from sqlalchemy import Connection, or_, select, update

from escalert.nightly.errors import LeaseHeldError, LeaseLostError, StoreError
from escalert.nightly.store.database import Database
from escalert.nightly.store.tables import LeaseRow

BEATS = 3
"""Extensions in the time of a lease: one may fail without harm."""

log = logging.getLogger("escalert")


class Lease:
    """A lease that is held; its heartbeat extends it until the block ends.

    Attributes
    ----------
    owner : str
    seconds : float
    """

    def __init__(self, database: Database, owner: str, seconds: float) -> None:
        self.owner = owner
        self.seconds = seconds
        self._database = database
        self._token = uuid.uuid4().hex
        self._over = Event()
        self._is_lost = False

    def check(self) -> None:
        """Raise `LeaseLostError` if another run has taken it over; every writing transaction asks this by itself."""
        if self._is_lost:
            raise LeaseLostError(
                f"{self.owner} was silent for more than {self.seconds:g} s, and another run took over; what was "
                "stored is kept, and nothing more is written"
            )

    def acquire(self) -> None:
        """Take the lease, or raise `LeaseHeldError`."""
        try:
            self._database.write(self._acquire, fenced=False)
        except StoreError:
            raise
        except BaseException:  # interrupted, perhaps after it was taken
            self.release()
            raise
        self._database.token = self._token

    def extend(self) -> None:
        """Put its end off by its whole time again; notes it if another run has it."""
        self._is_lost = not self._database.write(self._extend, fenced=False)

    def keep(self) -> None:
        """Extend it until `release`; the heartbeat."""
        while not self._over.wait(self.seconds / BEATS) and not self._is_lost:
            try:
                self.extend()
            except StoreError as error:
                log.warning("the lease could not be extended: %s", error)

    def release(self) -> None:
        """Give it back; one that cannot be given back ends by its clock."""
        self._over.set()
        self._database.token = None
        try:
            self._database.write(self._release, fenced=False)
        except StoreError as error:
            log.warning("the lease could not be given back, and ends in %g s: %s", self.seconds, error)

    def _acquire(self, connection: Connection) -> None:
        now = self._database.now(connection)
        is_free = or_(LeaseRow.token.is_(None), LeaseRow.expires_at <= now, LeaseRow.token == self._token)
        taken = connection.execute(
            update(LeaseRow)
            .where(is_free)
            .values(
                owner=self.owner,
                token=self._token,
                acquired_at=now,
                expires_at=now + timedelta(seconds=self.seconds),
            )
        )
        if not taken.rowcount:
            raise _held(connection)

    def _extend(self, connection: Connection) -> bool:
        ends = self._database.now(connection) + timedelta(seconds=self.seconds)
        mine = update(LeaseRow).where(LeaseRow.token == self._token)
        return bool(connection.execute(mine.values(expires_at=ends)).rowcount)

    def _release(self, connection: Connection) -> None:
        empty = dict.fromkeys(("owner", "token", "acquired_at", "expires_at"))
        connection.execute(update(LeaseRow).where(LeaseRow.token == self._token).values(empty))


@contextmanager
def hold_lease(database: Database, owner: str, seconds: float) -> Iterator[Lease]:
    """Hold the lease of a store while the block runs."""
    lease = Lease(database, owner, seconds)
    heart = Thread(target=lease.keep, name="escalert-lease", daemon=True)
    lease.acquire()
    try:
        heart.start()
        yield lease
    finally:
        lease.release()
        heart.join(timeout=1)


def _held(connection: Connection) -> LeaseHeldError:
    held = connection.execute(select(LeaseRow.owner, LeaseRow.acquired_at, LeaseRow.expires_at)).one()
    since = f"{held.acquired_at:%Y-%m-%d %H:%M} UTC"
    return LeaseHeldError(
        f"another run ({held.owner}, since {since}) holds the store; wait until it is done. If it is dead, its lease "
        f"ends at {held.expires_at:%H:%M:%S} UTC by itself"
    )
