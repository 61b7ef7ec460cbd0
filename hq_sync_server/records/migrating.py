"""Brings a database to the shape this program knows, in one transaction; refuses one that is newer than the program."""

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from hq_sync_server.records.database import Database
from shared_models.refusals import Refusal

NEWEST = "0001"
_KNOWN = frozenset({NEWEST})
_MIGRATIONS = Path(__file__).parent / "migrations"


def migrate(database: Database) -> None:
    """Create the tables of an empty database, or take it forward. Refuses `database_newer`."""
    with database.read() as connection:
        version = version_of(connection)
    if version == NEWEST:
        return
    if version is not None and version not in _KNOWN:
        raise Refusal("database_newer", version=version, newest=NEWEST)
    # Only a database that is not at the newest step waits for the library to load.
    from alembic import command
    from alembic.config import Config

    with database.write() as connection:
        config = Config()
        config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def version_of(connection: Connection) -> str | None:
    """The step the database is at; None when it is empty."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
