"""Connections and transactions: short ones, tried again while the database does not answer."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, func, make_url, select
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from escalert.errors import MissingExtraError
from escalert.nightly.errors import LeaseLostError, StoreError, StoreUnreachableError
from escalert.nightly.store.failures import is_transient, why
from escalert.nightly.store.tables import LeaseRow

Result = TypeVar("Result")
Work = Callable[[Connection], Result]

PAUSES_S = (0.5, 1.0, 2.0, 4.0, 8.0)
"""Pauses between tries; the last one is repeated."""
BUSY_S = 30
"""How long SQLite waits for another's transaction by itself."""
HURRIED_S = 2.0
CONNECT_S = 10
DEAD_PEER = {"keepalives_idle": 15, "keepalives_interval": 5, "keepalives_count": 3, "tcp_user_timeout": 30_000}
"""libpq's settings, so that a server that vanished without a word is noticed within half a minute."""

log = logging.getLogger("escalert")


class Database:
    """The database of a store.

    Attributes
    ----------
    name : str
        Its URL without the password, for messages.
    token : str or None
        The token of the lease that is held; while there is one, every writing transaction makes sure of it.
    """

    def __init__(self, url: str, patience_s: float, *, read_only: bool = False) -> None:
        parsed = _parsed(url)
        self.name = parsed.set(query={}).render_as_string(hide_password=True)
        self.is_sqlite = parsed.get_backend_name() == "sqlite"
        self.token: str | None = None
        self._patience_s = patience_s
        open_engine = _sqlite if self.is_sqlite else _postgres
        self.engine = open_engine(parsed, patience_s, read_only=read_only)

    def read(self, work: Work[Result]) -> Result:
        """Run `work` in a transaction that reads."""
        return self._persistently(lambda: self._once(work, writes=False))

    def write(self, work: Work[Result], *, fenced: bool = True) -> Result:
        """Run `work` in a transaction that writes; `work` may be run again, and must come to the same.

        Parameters
        ----------
        fenced : bool
            Whether it needs the lease, if this process took one.

        Raises
        ------
        LeaseLostError
            If the lease was lost; nothing was written.
        """

        def guarded(connection: Connection) -> Result:
            if fenced and self.token is not None:
                self._check_lease(connection, self.token)
            return work(connection)

        return self._persistently(lambda: self._once(guarded, writes=True))

    def now(self, connection: Connection) -> datetime:
        """Give the time of the one clock that all users of the database share."""
        if self.is_sqlite:
            return datetime.now(UTC)
        found: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
        return found.astimezone(UTC)

    def hurry(self) -> None:
        """Give up on a database that does not answer after `HURRIED_S` instead of its patience."""
        self._patience_s = min(self._patience_s, HURRIED_S)

    def close(self) -> None:
        """Give the connections back."""
        self.engine.dispose()

    def _once(self, work: Work[Result], *, writes: bool) -> Result:
        with self.engine.connect().execution_options(escalert_writes=writes) as connection, connection.begin():
            return work(connection)

    def _persistently(self, attempt: Callable[[], Result]) -> Result:
        began, tries = time.monotonic(), 0
        while True:
            try:
                return attempt()
            except DBAPIError as error:
                if not is_transient(error):
                    raise self._named(error) from error
                pause = PAUSES_S[min(tries, len(PAUSES_S) - 1)]
                if time.monotonic() - began + pause > self._patience_s:
                    raise self._unreachable(error, time.monotonic() - began) from error
                log.warning("the store does not answer (%s); trying again in %g s", why(error), pause)
                time.sleep(pause)
                tries += 1

    def _named(self, error: DBAPIError) -> StoreError:
        return StoreError(
            f"the store {self.name} refused: {why(error)}; the transaction was undone. Once that is mended, start the "
            "run again: it goes on where it stopped"
        )

    def _unreachable(self, error: DBAPIError, waited_s: float) -> StoreUnreachableError:
        return StoreUnreachableError(
            f"the store {self.name} did not answer for {waited_s:.0f} s: {why(error)}; start the database or correct "
            "[store] url, then start the run again: it goes on where it stopped"
        )

    def _check_lease(self, connection: Connection, token: str) -> None:
        held = connection.execute(select(LeaseRow.owner, LeaseRow.token).with_for_update()).one()
        if held.token != token:
            raise LeaseLostError(
                f"this run was silent for longer than its lease, and {held.owner or 'another run'} took over; "
                "what it had stored is kept, and nothing more is written"
            )


def sqlite_file(url: str) -> Path | None:
    """Give the file of a store in SQLite; None for another database."""
    parsed = _parsed(url)
    return Path(parsed.database or "") if parsed.get_backend_name() == "sqlite" else None


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise StoreError(
            "the URL of the store is none; write sqlite:///FILE or postgresql://USER:PASSWORD@HOST/DATABASE"
        ) from error
    if parsed.drivername in ("postgresql", "postgres"):
        parsed = parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() not in ("sqlite", "postgresql"):
        raise StoreError(f"a store in {parsed.get_backend_name()} is not supported; use SQLite or PostgreSQL")
    return parsed


def _postgres(url: URL, patience_s: float, *, read_only: bool) -> Engine:
    settings: dict[str, Any] = {"connect_timeout": CONNECT_S, **DEAD_PEER}
    try:
        engine = create_engine(url, pool_pre_ping=True, connect_args=settings)
    except (ModuleNotFoundError, NoSuchModuleError) as error:
        raise MissingExtraError("psycopg", "postgres") from error
    return engine.execution_options(postgresql_readonly=True) if read_only else engine


def _sqlite(url: URL, patience_s: float, *, read_only: bool) -> Engine:
    path = Path(url.database or "")
    if url.database in (None, "", ":memory:"):
        raise StoreError("a store needs a file: write sqlite:///FILE")
    busy_s = min(BUSY_S, max(patience_s, 1))
    if read_only:
        return create_engine(_untouched(url, path), connect_args={"timeout": busy_s})
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"the folder of the store {path} cannot be made: {error.strerror}") from error
    engine = create_engine(url, connect_args={"timeout": busy_s})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _untouched(url: URL, path: Path) -> URL:
    """Name an SQLite file so that opening it leaves it, and the folder, as they are.

    A reader would lay a log and an index beside a file that has none, unless the file is said to be immutable; one that
    has a log is in use, or was when its writer died.
    """
    has_log = path.with_name(f"{path.name}-wal").exists()
    given = {"mode": "ro"} if has_log else {"mode": "ro", "immutable": "1"}
    return url.set(database=path.absolute().as_uri(), query={**given, "uri": "true"})


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # Python's own transactions begin late and end early; BEGIN is left to `_begin_sqlite`.
    connection.isolation_level = None
    for setting in ("journal_mode = WAL", "foreign_keys = ON", "synchronous = FULL", "secure_delete = ON"):
        connection.execute(f"PRAGMA {setting}")


def _begin_sqlite(connection: Connection) -> None:
    # A reader that turns writer may find its view outdated and fails; a writer takes the lock at once.
    writes = connection.get_execution_options().get("escalert_writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
