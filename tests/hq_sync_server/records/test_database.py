"""HQ's connections stay open: whatever became of a transaction, the next one begins at its beginning."""

from pathlib import Path

import pytest
from sqlalchemy.exc import IntegrityError

from hq_sync_server.records.database import Database


@pytest.fixture
def database(tmp_path: Path) -> Database:
    opened = Database(f"sqlite:///{tmp_path / 'hq.db'}")
    with opened.write() as connection:
        connection.exec_driver_sql("CREATE TABLE whole (id INTEGER PRIMARY KEY)")
        connection.exec_driver_sql("CREATE TABLE part (of INTEGER REFERENCES whole (id) DEFERRABLE INITIALLY DEFERRED)")
    return opened


def test_a_commit_that_failed_left_nothing_and_the_next_one_holds(database: Database) -> None:
    # SQLite refuses this at the commit, and stays within the transaction.
    with pytest.raises(IntegrityError), database.write() as connection:
        connection.exec_driver_sql("INSERT INTO part VALUES (7)")

    with database.write() as connection:
        connection.exec_driver_sql("INSERT INTO whole VALUES (1)")
    with database.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM part").scalar() == 0
        assert connection.exec_driver_sql("SELECT count(*) FROM whole").scalar() == 1
    database.close()


def test_a_reader_that_failed_hands_its_place_to_the_next(database: Database) -> None:
    for _ in range(40):  # more than may read at once
        with pytest.raises(ZeroDivisionError), database.read():
            raise ZeroDivisionError

    with database.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM whole").scalar() == 0
    database.close()
