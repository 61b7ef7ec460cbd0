"""The chain's own settings: its name, HQ's epoch, and policies that hold for all stores."""

from sqlalchemy import Connection

from hq_sync_server.office.desk import Work
from hq_sync_server.records import bulk, statements, tables

CHAIN_NAME = "chain_name"
HQ_EPOCH = "hq_epoch"
PHONE_KEY_ID = "phone_key_id"
BOOKS_FAULTS = "books_faults"  # how many the last walk over all chains found
BOOKS_VERIFIED_MS = "books_verified_ms"  # when that was
COPIED_AT_MS = "copied_at_ms"  # in a backup alone: when it was made
RECORDS_MARK = "records_mark"  # how far these records have come; the newest is noted with HQ's keys (`copies`)
RECOVERING = "recovering"  # since when (ms) HQ, back from a backup, awaits its tills' reports; empty: it does not
UNITE_CONFIRMED = "unite_confirmed"  # "1": members of one number are united at once, with the cards of the alias


def feed_kept(hq_epoch: int) -> str:
    """The setting that says how much of the feed of an epoch survived the restore that ended it."""
    return f"feed_kept_{hq_epoch}"


def setting(connection: Connection, name: str, default: str = "") -> str:
    """A setting's value."""
    value = statements.run(connection, "SELECT value FROM chain_settings WHERE name = ?", (name,)).scalar()
    return default if value is None else str(value)


def set_setting(work: Work, name: str, value: str) -> None:
    """Set or replace a setting."""
    bulk.upsert(work.connection, tables.chain_settings, ("name", "value"), [(name, value)])


def set_up(work: Work, chain_name: str) -> None:
    """The settings of a new chain."""
    for name, value in ((CHAIN_NAME, chain_name), (HQ_EPOCH, "1"), (PHONE_KEY_ID, "1"), (UNITE_CONFIRMED, "1")):
        set_setting(work, name, value)
