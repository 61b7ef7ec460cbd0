"""Bugs planted on purpose, to see that `make crash` would find them: what nobody can make fail proves nothing.

python -m tests.crash --kills 0 --images 25 --plant till_does_not_wait_for_its_disk
"""

import threading
from collections.abc import Callable
from typing import Any, Literal

from hq_sync_server.records.database import Database as HqDatabase
from pos_client.checkout.views import DoneView
from pos_client.ledger import ledger
from pos_client.ledger.database import Database, open_database
from pos_client.ledger.migrations import Migrations
from shared_models.moments import Clock
from tests.crash.nursery import Say
from tests.crash.places import Till

Plant = Literal[
    "till_does_not_wait_for_its_disk", "hq_does_not_wait_for_its_disk", "receipt_before_the_commit",
    "what_a_failed_sync_left_is_trusted",
]  # fmt: skip
PLANTS: tuple[Plant, ...] = (
    "till_does_not_wait_for_its_disk", "hq_does_not_wait_for_its_disk", "receipt_before_the_commit",
    "what_a_failed_sync_left_is_trusted",
)  # fmt: skip
PRINTS_FOR_SECONDS = 0.05


def plant(name: Plant | None) -> None:
    """Plant a bug in this process, before anything is opened."""
    if name == "till_does_not_wait_for_its_disk":
        setattr(ledger, "open_database", _open_carelessly)  # noqa: B010 - a name it imports, not one it gives
    elif name == "hq_does_not_wait_for_its_disk":
        HqDatabase.__init__ = _init_carelessly(HqDatabase.__init__)  # type: ignore[method-assign]  # likewise
    elif name == "what_a_failed_sync_left_is_trusted":
        setattr(Database, "bring_log_home", _leave_the_log)  # noqa: B010 - not the name of its own parameter


def plant_in(name: Plant | None, till: Till, say: Say) -> None:
    """Plant a bug in a till that is open."""
    if name == "receipt_before_the_commit":
        payment, complete = till.checkout.payment, till.checkout.payment.complete

        def hurried() -> DoneView:
            if payment.view().can_complete:
                head = till.ledger.head()
                assert till.ledger.identity is not None
                say("safe", f"{till.ledger.identity.till_number:02d}{head.epoch}-{head.seq + 1}")
                threading.Event().wait(PRINTS_FOR_SECONDS)
            return complete()

        payment.complete = hurried  # type: ignore[method-assign]  # this is the planted bug


def _open_carelessly(path: Any, migrations: Migrations, clock: Clock, synchronous: str = "FULL") -> Database:
    """As the ledger opens its files, but the disk is never waited for."""
    database = open_database(path, migrations, clock)
    database.driver.execute("PRAGMA synchronous = OFF")
    return database


def _leave_the_log(_database: Database) -> bool:
    """As a ledger is opened, but what another process left in the log is believed to be on disk."""
    return False


def _init_carelessly(init: Callable[..., None]) -> Callable[..., None]:
    """As HQ opens its records, but the disk is never waited for."""

    def careless(database: HqDatabase, url: str) -> None:
        init(database, url)
        connection = database._writer.raw_connection()
        connection.cursor().execute("PRAGMA synchronous = OFF")
        connection.close()

    return careless
