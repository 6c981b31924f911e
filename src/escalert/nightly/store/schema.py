"""The version of a store: create, upgrade, or refuse it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

from escalert.nightly.errors import StoreError, StoreVersionError
from escalert.nightly.store.database import Database
from escalert.nightly.store.tables import Base

if TYPE_CHECKING:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

VERSION_TABLE = "escalert_schema"
MIGRATION_LOCK = 0x65_73_63_61_6C_65_72_74
"""The key of PostgreSQL's advisory lock while a store is upgraded: "escalert" in ASCII."""


def bring_up(database: Database, revision: str = "head") -> None:
    """Bring the tables of a store to a version, in one transaction; two that begin at once do it once.

    Raises
    ------
    StoreVersionError
        If it has a version that this escalert does not know.
    StoreError
        If the database holds tables of the same names that are not escalert's.
    """
    database.write(lambda connection: _upgrade(connection, database.name, revision), fenced=False)


def is_there(database: Database) -> bool:
    """Tell whether a database holds a store, without writing to it.

    Raises
    ------
    StoreVersionError, StoreError
        As `bring_up` does.
    """
    return database.read(lambda connection: _known_version(connection, database.name)) is not None


def is_current(database: Database) -> bool:
    """Tell whether a store has the version of this escalert."""
    return database.read(lambda connection: _known_version(connection, database.name)) == _script().get_current_head()


def _known_version(connection: Connection, name: str) -> str | None:
    """Give the version of a store, None for an empty database; refuse one that a newer escalert wrote."""
    found = _version(connection, name)
    known = [each.revision for each in _script().walk_revisions()]
    if found is not None and found not in known:
        raise StoreVersionError(
            f"the store {name} has version {found}, this escalert knows up to {known[0]}: a newer escalert wrote it. "
            "Upgrade this one (pip install --upgrade escalert), or name another [store] url"
        )
    return found


def _upgrade(connection: Connection, name: str, revision: str) -> None:
    from alembic import command

    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
    found = _known_version(connection, name)
    if found != (_script().get_current_head() if revision == "head" else revision):
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def _version(connection: Connection, name: str) -> str | None:
    """Give the version of a store, None for an empty database."""
    tables = set(inspect(connection).get_table_names())
    if VERSION_TABLE in tables:
        return connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()
    if others := sorted(tables & set(Base.metadata.tables)):
        raise StoreError(
            f"the database {name} belongs to another program: it has tables {', '.join(others)} that are not "
            "escalert's; give the store a database or a schema of its own"
        )
    return None


def _script() -> ScriptDirectory:
    from alembic.script import ScriptDirectory

    return ScriptDirectory.from_config(_config())


def _config() -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
