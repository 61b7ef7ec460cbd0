"""HQ put together: the one place where its rooms are joined."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from hq_sync_server.api.wire import Api
from hq_sync_server.office.books import sequencer
from hq_sync_server.office.desk import Desk
from hq_sync_server.office.signing.keys import HqKeys
from hq_sync_server.records.database import Database
from hq_sync_server.records.migrating import migrate
from shared_models.ids import IdSource
from shared_models.moments import DEFAULT_TIME_ZONE, Clock, SystemClock

if TYPE_CHECKING:
    from fastapi import FastAPI


@dataclass(frozen=True, slots=True)
class Hq:
    """A running HQ without a network: `api` is what tills call, `desk` what the office works at."""

    desk: Desk
    api: Api

    def close(self) -> None:
        """Give back the database."""
        self.desk.database.close()


def open_hq(database_url: str, key_folder: Path, clock: Clock | None = None, ids: IdSource | None = None) -> Hq:
    """Open an HQ on a database (made if it is empty) with the keys of a folder (likewise)."""
    clock = clock or SystemClock()
    keys = HqKeys.open(key_folder)
    database = Database(database_url)
    try:
        migrate(database)
    except BaseException:
        database.close()
        raise
    desk = Desk(database, clock, ids or IdSource(clock), keys, sequencer.sequence)
    return Hq(desk, Api(desk))


def create_web_app(hq: Hq, time_zone: str = DEFAULT_TIME_ZONE) -> "FastAPI":
    """An open HQ on the web: what tills call, and the console, whose clock shows `time_zone`."""
    # Only who serves waits for the web framework to load, not every command that adds a store.
    from fastapi import FastAPI

    from hq_sync_server.api.web import till_routes
    from hq_sync_server.console import pages

    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.include_router(till_routes(hq.api))
    pages.mount(app, hq.desk, time_zone)
    return app
