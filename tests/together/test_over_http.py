"""Till and HQ over real HTTP on loopback: a plug that is pulled in the middle, an HQ that drips, and the schedule."""

import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from pos_client.sync.back_off import BackOff
from pos_client.sync.engine import SyncEngine
from pos_client.sync.hq_api import HqApi, HttpTransport
from pos_client.sync.keys import load_keys
from pos_client.sync.schedule import SyncSchedule
from tests.replay.till import ReplayTill
from tests.together.plug import Plug
from tests.together.serving import served, wait_until
from tests.together.two_tills import TwoTills, row


@pytest.fixture
def url(shop: TwoTills) -> Iterator[str]:
    """The shop's HQ, served on a free loopback port."""
    with served(shop.hq) as address:
        yield address


def port_of(url: str) -> int:
    return int(url.rsplit(":", 1)[1])


@contextmanager
def engine_over(shop: TwoTills, till: ReplayTill, url: str, timeout_seconds: float = 30.0) -> Iterator[SyncEngine]:
    """The till's engine over HTTP instead of the wire in this process."""
    identity = till.ledger.identity
    assert identity is not None
    keys = load_keys(shop.folder / f"till-{till.name.store}" / "keys")
    wire = HttpTransport(url)
    api = HqApi(wire, identity.till_id, keys.device_key, shop.clock, timeout_seconds=timeout_seconds)
    till.engine = SyncEngine(till.ledger, api, shop.clock, random.Random(1))
    yield till.engine
    wire.close()


def test_a_visit_over_http_is_a_visit(shop: TwoTills, url: str) -> None:
    with engine_over(shop, shop.a, url), engine_over(shop, shop.b, url):
        member_id = shop.known["12346"]
        shop.a.top_up(member_id, 10_000)
        shop.a.sync(pull=False)

        _, paid_fen, _ = shop.serve(shop.b, member_id, 5_000)

        assert paid_fen == 1_500
        shop.heal()
        assert shop.disagreements() == []


def test_a_plug_pulled_and_put_back_loses_nothing(shop: TwoTills, url: str) -> None:
    with Plug(port_of(url)) as plug, engine_over(shop, shop.a, plug.url) as engine:
        assert engine.run_once().error == ""
        shop.a.sell((row(700),), None, None, coupon_wanted=False)
        plug.pull()
        assert engine.run_once().error == "hq_unreachable"
        assert engine.state.error == "hq_unreachable"
        shop.a.sell((row(800),), None, None, coupon_wanted=False)

        plug.plug_in()
        assert engine.run_once().error == ""

        assert engine.state.online
        assert shop.disagreements() == []


def test_an_hq_that_drips_is_called_slow_and_the_counter_sells_on_meanwhile(shop: TwoTills, url: str) -> None:
    with Plug(port_of(url), drip_bytes_per_second=400) as slow, engine_over(shop, shop.a, slow.url, 1.0) as engine:
        shop.a.sell((row(700),), None, None, coupon_wanted=False)
        reports: list[str] = []
        syncing = threading.Thread(target=lambda: reports.append(engine.run_once().error))
        syncing.start()
        sold = 0
        while syncing.is_alive():
            began = time.monotonic()
            shop.a.sell((row(100 + sold),), None, None, coupon_wanted=False)
            assert time.monotonic() - began < 1.0, "a sale waits for no network"
            sold += 1
        syncing.join()

        assert reports == ["hq_slow"]
        assert sold > 5
        assert engine.state.error == "hq_slow"
    with engine_over(shop, shop.a, url) as engine:
        assert engine.run_once().error == ""
        assert shop.disagreements() == []


def test_with_the_schedule_a_sale_is_at_hq_and_at_the_neighbour_by_itself(shop: TwoTills, url: str) -> None:
    member_id = shop.known["12346"]
    with engine_over(shop, shop.a, url) as at_a, engine_over(shop, shop.b, url) as at_b:
        schedules = [
            SyncSchedule(engine, till.ledger, BackOff(random.Random(2)), long_poll_seconds=2)
            for engine, till in ((at_a, shop.a), (at_b, shop.b))
        ]
        for schedule in schedules:
            schedule.start()
        try:
            shop.a.top_up(member_id, 10_000)
            schedules[0].nudge()

            wait_until(lambda: shop.b.figure(member_id).principal_fen == 10_000)
            wait_until(lambda: shop.a.ledger.sync_state().waiting_entries == 0)
            assert shop.balance(member_id)[0] == 10_000
        finally:
            for schedule in schedules:
                schedule.stop()
        assert shop.disagreements() == []
