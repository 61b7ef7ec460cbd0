"""How the tills of the shop are set up: by what stands behind the commands, without a process for each of them."""

import random
from collections.abc import Iterator
from contextlib import contextmanager

from hq_sync_server.app import Hq, open_hq
from hq_sync_server.office.desk import Work
from hq_sync_server.office.organisation import stores
from hq_sync_server.office.rights import home_tokens
from pos_client.commands import open_ledger
from pos_client.settings import load_settings
from pos_client.sync.engine import SyncEngine
from pos_client.sync.enrol import enrol
from pos_client.sync.hq_api import HqApi, HttpTransport
from pos_client.sync.keys import load_keys
from shared_models.moments import SystemClock
from tests.together.hq_server import HqPlace
from tests.together.till_process import TillPlace


@contextmanager
def office(place: HqPlace) -> Iterator[Hq]:
    """HQ's own rooms, for a moment; its server may run beside it."""
    hq = open_hq(place.url, place.key_folder)
    try:
        yield hq
    finally:
        hq.close()


def new_code(hq: Hq, store_code: str) -> str:
    """By which one till of the store enrols."""

    def make(work: Work) -> str:
        store = stores.store_by_code(work.connection, store_code)
        return stores.new_enrolment_code(work, store.store_id).code

    return hq.desk.run(make)


def make_home(hq: Hq, store_code: str, till_number: int) -> None:
    """This till redeems the store's printed coupons with no network."""

    def make(work: Work) -> None:
        store = stores.store_by_code(work.connection, store_code)
        home_tokens.set_home(work, store.store_id, till_number)

    hq.desk.run(make)


def set_up(place: TillPlace, code: str) -> None:
    """Enrol, and read all that HQ has for a till."""
    settings = load_settings(
        {"ledger_folder": place.ledger_folder, "key_folder": place.key_folder, "hq_url": place.hq_url}
    )
    wire = HttpTransport(settings.hq_url)
    clock = SystemClock()
    try:
        with open_ledger(settings) as ledger:
            answer = enrol(wire, code, ledger, settings.key_folder)
            api = HqApi(wire, answer.till_id, load_keys(settings.key_folder).device_key, clock)
            report = SyncEngine(ledger, api, clock, random.SystemRandom()).run_once()
            assert not report.error, report
    finally:
        wire.close()
