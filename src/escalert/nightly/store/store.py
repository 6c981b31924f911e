"""The store: open it, hold its lease, and reach its parts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import date
from types import TracebackType
from typing import Self

from escalert.nightly.errors import StoreVersionError
from escalert.nightly.store.calls import Calls
from escalert.nightly.store.counts import Counts
from escalert.nightly.store.database import Database, sqlite_file
from escalert.nightly.store.dump import dump_lines
from escalert.nightly.store.lease import Lease, hold_lease
from escalert.nightly.store.outbox import Outbox
from escalert.nightly.store.records import Records
from escalert.nightly.store.retention import delete_texts
from escalert.nightly.store.run_entries import Deleted
from escalert.nightly.store.runs import Runs
from escalert.nightly.store.schema import bring_up, is_current, is_there
from escalert.nightly.store.verdicts import Verdicts
from escalert.nightly.store.worklists import Worklists


class Store:
    """All that the nightly job keeps; `open_store` opens it.

    Attributes
    ----------
    runs : Runs
    worklists : Worklists
    calls : Calls
    verdicts : Verdicts
    records : Records
    outbox : Outbox
    counts : Counts
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self.runs = Runs(database)
        self.worklists = Worklists(database)
        self.calls = Calls(database)
        self.verdicts = Verdicts(database)
        self.records = Records(database)
        self.outbox = Outbox(database)
        self.counts = Counts(database)

    @property
    def name(self) -> str:
        """Its URL without the password, for messages."""
        return self._database.name

    def lease(self, owner: str, seconds: float) -> AbstractContextManager[Lease]:
        """Hold the lease while the block runs; a thread extends it every third of its time.

        Parameters
        ----------
        owner : str
            Who holds it, as others are told: host and process.
        seconds : float
            After so long without an extension it may be taken over.

        Raises
        ------
        LeaseHeldError
            If another run holds it and is alive; names the owner and since when.
        """
        return hold_lease(self._database, owner, seconds)

    def delete_texts(self, before: date) -> Deleted:
        """Delete the texts of calls of days before `before`: transcripts, evidence, payloads of deliveries.

        Verdicts, counts and hashes stay, so that such a call is known again and not scored a second time.
        """
        return delete_texts(self._database, before)

    def dump(self) -> Iterator[str]:
        """Give all that the store holds as lines of JSON, in an order that depends on the content alone.

        Left out are times of the clock, numbers of rows, how often something was tried, and the lease: two stores that
        came to the same result by different ways give the same lines.
        """
        return dump_lines(self._database)

    def hurry(self) -> None:
        """Wait no more than a moment for a store that does not answer, from now on: the process is about to end."""
        self._database.hurry()

    def close(self) -> None:
        """Give the connections back."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_store(url: str, *, patience_s: float = 60.0) -> Store:
    """Open a store; one that is not there is created, one of an older version is upgraded.

    Parameters
    ----------
    url : str
        ``sqlite:///FILE`` or ``postgresql://USER:PASSWORD@HOST/DATABASE``.
    patience_s : float
        How long a store that does not answer is tried again, with pauses of 0.5, 1, 2, 4, 8, 8, … seconds. The same
        holds for every later transaction.

    Raises
    ------
    StoreUnreachableError
        If it does not answer for so long, or refuses the connection.
    StoreVersionError
        If a newer escalert wrote it; says what to do.
    StoreError
        If the file is no store, or the database belongs to another program.
    MissingExtraError
        If the driver of the database is not installed.
    """
    database = Database(url, patience_s)
    try:
        bring_up(database)
    except BaseException:
        database.close()
        raise
    return Store(database)


def open_existing_store(url: str, *, patience_s: float = 60.0, read_only: bool = False) -> Store | None:
    """Open a store that is there; None if there is none: nothing is created.

    Parameters
    ----------
    read_only : bool
        Whether not a byte may be written: an older store is not upgraded, but refused.

    Raises
    ------
    StoreVersionError
        For an older store that would have to be upgraded, too.
    StoreUnreachableError, StoreError, MissingExtraError
        As `open_store` does.
    """
    if (file := sqlite_file(url)) is not None and not file.exists():
        return None
    database = Database(url, patience_s, read_only=read_only)
    try:
        if not is_there(database):
            database.close()
            return None
        if not read_only:
            bring_up(database)
        elif not is_current(database):
            raise StoreVersionError(f"the store {database.name} is of an older version; the next run upgrades it")
    except BaseException:
        database.close()
        raise
    return Store(database)
