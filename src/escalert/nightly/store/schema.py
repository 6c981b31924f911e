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


def _upgrade(connection: Connection, name: str, revision: str) -> None:
    from alembic import command
    from alembic.script import ScriptDirectory

    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
    config = _config(connection)
    script = ScriptDirectory.from_config(config)
    found = _version(connection, name)
    known = [each.revision for each in script.walk_revisions()]
    if found is not None and found not in known:
        raise StoreVersionError(
            f"the store {name} has version {found}, this escalert knows up to {known[0]}: a newer escalert wrote it. "
            "Upgrade this one (pip install --upgrade escalert), or name another [store] url"
        )
    if found != (script.get_current_head() if revision == "head" else revision):
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


def _config(connection: Connection) -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config
