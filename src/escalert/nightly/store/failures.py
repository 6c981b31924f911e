"""Which failures of a database pass by themselves, and how they are named."""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

PASSING_STATES = ("08", "40", "53300", "55P03", "57P")
"""Beginnings of PostgreSQL's SQLSTATE: connection, serialisation and deadlock, too many clients, lock not available,
shutdown and start (PostgreSQL documentation, appendix A)."""
LASTING_WORDS = ("authentication failed", "no password supplied", "does not exist", "no pg_hba.conf entry")
"""What a server says as it refuses a connection for good; libpq gives no SQLSTATE then."""
PASSING_SQLITE = ("database is locked", "database table is locked", "unable to open database file")


def is_transient(error: DBAPIError) -> bool:
    """Tell whether trying again may help."""
    text = str(error.orig)
    if not isinstance(error, OperationalError | InterfaceError):
        return error.connection_invalidated
    if type(error.orig).__module__.startswith("sqlite3"):
        return any(words in text for words in PASSING_SQLITE)
    state = getattr(error.orig, "sqlstate", None)
    if state is None:
        return not any(words in text for words in LASTING_WORDS)
    return str(state).startswith(PASSING_STATES)


def why(error: DBAPIError) -> str:
    """Give what the database said in one line."""
    lines = [line.strip() for line in str(error.orig).splitlines() if line.strip()]
    return lines[0] if lines else type(error.orig).__name__
