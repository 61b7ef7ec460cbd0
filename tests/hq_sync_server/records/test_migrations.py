"""The shape of HQ's records: made by the steps, equal to what the program thinks it is."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from hq_sync_server.records import console_tables, office_tables, placement_tables, service_tables
from hq_sync_server.records.database import Database
from hq_sync_server.records.migrating import NEWEST, migrate, version_of
from shared_models.refusals import Refusal


@pytest.fixture
def empty_database(database_url: str) -> Iterator[Database]:
    """A database without any table, and left so."""
    _clear(database_url)
    database = Database(database_url)
    yield database
    database.close()
    _clear(database_url)


def _clear(database_url: str) -> None:
    if database_url.startswith("sqlite"):
        Path(database_url.removeprefix("sqlite:///")).unlink()
    if database_url.startswith("postgresql"):
        with psycopg.connect(database_url, autocommit=True) as connection:
            connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")


def test_the_steps_make_exactly_the_tables_the_program_knows(empty_database: Database) -> None:
    migrate(empty_database)
    migrate(empty_database)  # and doing it again changes nothing

    with empty_database.write() as connection:
        assert version_of(connection) == NEWEST
        differences = compare_metadata(MigrationContext.configure(connection), console_tables.requests.metadata)
    assert differences == []
    assert placement_tables.placements.metadata is console_tables.requests.metadata
    assert service_tables.tickets.metadata is console_tables.requests.metadata


def test_sqlite_tables_are_strict(empty_database: Database) -> None:
    migrate(empty_database)
    if empty_database.is_postgresql:
        with empty_database.read() as connection:
            names = connection.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).all()
        assert set(names) == {*office_tables.feed.metadata.tables, "alembic_version"}
        return
    with empty_database.read() as connection:
        loose = connection.execute(
            text("SELECT name FROM pragma_table_list WHERE type = 'table' AND strict = 0")
        ).scalars()
        assert set(loose) == {"sqlite_schema", "alembic_version", "sqlite_temp_schema"}


def test_a_database_newer_than_the_program_is_refused(empty_database: Database) -> None:
    migrate(empty_database)
    with empty_database.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(Refusal, match="database_newer"):
        migrate(empty_database)


def test_a_step_that_fails_leaves_nothing_behind(empty_database: Database) -> None:
    with empty_database.write() as connection:
        connection.execute(text("CREATE TABLE members (other INTEGER)"))

    with pytest.raises(Exception, match="members"):
        migrate(empty_database)

    with empty_database.read() as connection:
        assert version_of(connection) is None
