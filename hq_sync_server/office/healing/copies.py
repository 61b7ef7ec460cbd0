"""Backups of HQ's records, and how a restored one is noticed.

Two signs, each enough: the copy says of itself that it is one; and the records carry a mark that grows with every start
and every backup, whose newest value is noted with HQ's keys, apart from them: records behind it went back. A note that
lags behind alarms nobody.

For the commands and the start of HQ.
"""

from pathlib import Path

from sqlalchemy import Connection, text

from hq_sync_server.office.desk import Desk, Work
from hq_sync_server.office.healing import recovery
from hq_sync_server.office.organisation import chain
from hq_sync_server.office.signing.keys import HqKeys
from hq_sync_server.records import copying
from hq_sync_server.records.database import Database
from shared_models.refusals import Refusal


def back_up(desk: Desk, to: Path) -> None:
    """A consistent copy of the records in a file, made while HQ goes on. Refuses `copy_exists`, `copy_broken`,
    `copy_by_pg_dump` (PostgreSQL has a tool of its own for that)."""
    if desk.database.is_postgresql:
        raise Refusal("copy_by_pg_dump")
    copy_to(desk.database, to, desk.clock.now_ms())
    renew_mark(desk)


def copy_to(database: Database, to: Path, copied_at_ms: int) -> None:
    """The copy alone (SQLite)."""
    copying.copy(database, to, copied_at_ms)


def mark_for_dump(desk: Desk) -> str:
    """The line that goes to the end of what pg_dump wrote as text, so that it says of itself that it is a copy."""
    renew_mark(desk)
    with desk.read() as connection:
        schema = connection.scalar(text("SELECT current_schema()")) if desk.database.is_postgresql else ""
    return copying.say_copied(desk.clock.now_ms(), schema or "")


def renew_mark(desk: Desk) -> None:
    """From here on whatever was copied before lies behind."""

    def renew(work: Work) -> int:
        number = max(int(chain.setting(work.connection, chain.RECORDS_MARK, "0")), work.keys.mark()[0]) + 1
        chain.set_setting(work, chain.RECORDS_MARK, str(number))
        return number

    number = desk.run(renew)
    desk.keys.set_mark(number, max(desk.hq_epoch(), desk.keys.mark()[1]))  # after the commit: it may only lag


def are_a_copy(connection: Connection, keys: HqKeys) -> bool:
    """Whether these records are a backup that nobody has recovered yet."""
    behind = int(chain.setting(connection, chain.RECORDS_MARK, "0")) < keys.mark()[0]
    return behind or bool(chain.setting(connection, chain.COPIED_AT_MS))


def recover_if_copied(desk: Desk) -> bool:
    """Begin a recovery if these records came from a backup; when HQ starts."""

    def look(work: Work) -> bool:
        if not are_a_copy(work.connection, work.keys):
            return False
        recovery.begin(work)
        return True

    begun = desk.run(look)
    if begun:
        renew_mark(desk)
    return begun
