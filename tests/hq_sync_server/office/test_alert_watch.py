"""The watch: an alert begins although nobody looks, is closed by somebody, and comes again after it was over."""

from datetime import date, timedelta

import pytest

from hq_sync_server.app import Hq
from hq_sync_server.office.access.roles import Scope, Viewer
from hq_sync_server.office.books.pages import Note
from hq_sync_server.office.books.shelves import write_notes
from hq_sync_server.office.inbox import alert_watch, alerts
from hq_sync_server.office.inbox.alerts import Alert
from hq_sync_server.office.organisation import chain
from hq_sync_server.office.shops import till_watch
from hq_sync_server.records import console_tables
from shared_models.catalog import StoreRow
from shared_models.moments import ManualClock, business_date_of
from shared_models.refusals import Refusal
from tests.hq_sync_server.facts import top_up
from tests.hq_sync_server.people import WireTill

ADMIN = Viewer(login="admin", role="hq_admin")
HOUR_MS = 3_600_000


def _now(hq: Hq, scope: Scope | None = None) -> dict[str, Alert]:
    scope = scope or Scope()
    with hq.desk.read() as connection:
        seen = till_watch.stores_seen(connection, scope, hq.desk.clock.now_ms(), 1)
        found = alerts.alerts(connection, scope, seen, business_date_of(hq.desk.clock.now_ms()))
    return {alert.code: alert for alert in found if alert.code != "no_rules"}


def _kept(hq: Hq, scope: Scope | None = None) -> dict[str, alert_watch.Kept]:
    with hq.desk.read() as connection:
        found = alert_watch.kept(connection, scope or Scope())
    return {key: one for key, one in found.items() if not key.startswith("no_rules")}


def test_a_till_silent_in_opening_hours_is_seen_closed_over_and_seen_again(
    hq: Hq, till_a: WireTill, clock: ManualClock
) -> None:
    till_a.hello()
    clock.advance(HOUR_MS // 2)
    assert "till_silent" not in _now(hq)
    clock.advance(HOUR_MS)

    alert_watch.look(hq.desk)
    began_ms = clock.now_ms()
    clock.advance(60_000)
    assert alert_watch.look(hq.desk) == alert_watch.Watched()
    (key,) = _kept(hq)
    assert _kept(hq)[key].raised_at_ms == began_ms

    silent = _now(hq)["till_silent"]
    hq.desk.run(lambda work: alert_watch.close(work, ADMIN, Scope(), silent))
    assert (_kept(hq)[key].closed_by, silent.key) == ("admin", key)

    till_a.hello()
    assert alert_watch.look(hq.desk).over == 1
    assert _kept(hq) == {}
    clock.advance(2 * HOUR_MS)
    alert_watch.look(hq.desk)
    assert _kept(hq)[key].closed_by == "", "what was closed is no reason to hide it when it comes again"


def test_a_till_is_not_silent_by_night(hq: Hq, till_a: WireTill, clock: ManualClock) -> None:
    till_a.hello()
    clock.advance(16 * HOUR_MS)  # one in the morning
    assert "till_silent" not in _now(hq)


def test_a_ledger_that_went_back_is_an_alert_at_once(hq: Hq, till_a: WireTill) -> None:
    till_a.push()
    top_up(till_a, hq.desk.ids.new_id(), 5_000)
    till_a.push()
    till_a.hello()
    assert not any(code.startswith("till_") for code in _now(hq)), "it only goes on"
    till_a.entries, till_a.acked_seq, till_a.acked_hash = till_a.entries[:1], 1, till_a.entries[0].entry_hash
    till_a.hello()

    assert (_now(hq)["till_rollback"].level, _now(hq)["till_rollback"].till) == ("danger", "S1/1")


def test_half_as_many_new_members_as_the_week_before_is_an_alert(
    hq: Hq, till_a: WireTill, stores: list[StoreRow], clock: ManualClock
) -> None:
    today = date.fromisoformat(business_date_of(clock.now_ms()))

    def days(work: object, last_week: int, before: int) -> None:
        table = console_tables.till_days
        connection = work.connection  # type: ignore[attr-defined]  # a unit of work
        connection.execute(table.delete())
        for back, count in ((2, last_week), (9, before)):
            day = (today - timedelta(days=back)).isoformat()
            connection.execute(table.insert().values(business_date=day, till_id=till_a.till_id, registered=count))

    for last_week, before, alerted in ((5, 10, True), (6, 10, False), (4, 9, False), (0, 10, True)):
        hq.desk.run(lambda work, a=last_week, b=before: days(work, a, b))  # type: ignore[misc]  # defaults bind the loop's values
        assert ("new_members_down" in _now(hq)) == alerted, (last_week, before)
    assert _now(hq)["new_members_down"].count == 100


def test_exceptions_above_the_limit_are_danger_and_only_the_chain_closes_them(
    hq: Hq, till_a: WireTill, stores: list[StoreRow]
) -> None:
    hq.desk.run(lambda work: chain.set_setting(work, alerts.EXCEPTIONS_LIMIT, "2"))
    levels = []
    for number in range(3):
        note = Note("coupon_twice", till_id=till_a.till_id, epoch=1, seq=number, amount=100, unit="fen")
        hq.desk.run(lambda work, note=note: write_notes(work.connection, [note], work.ids, work.now_ms))  # type: ignore[misc]  # as above
        levels.append(_now(hq)["exceptions_open"].level)
    assert levels == ["warning", "warning", "danger"]

    mine = Scope(frozenset({stores[0].store_id}))
    manager = Viewer(login="s1", role="store_manager", store_id=stores[0].store_id)
    open_ones = _now(hq, mine)["exceptions_open"]
    with pytest.raises(Refusal, match="not_allowed"):
        hq.desk.run(lambda work: alert_watch.close(work, manager, mine, open_ones))
    hq.desk.run(lambda work: alert_watch.close(work, ADMIN, Scope(), open_ones))

    assert _kept(hq)[open_ones.key].closed_by == "admin"
    assert open_ones.key not in _kept(hq, mine), "a store goes on seeing its own"
    with pytest.raises(Refusal, match="not_allowed"):
        hq.desk.run(lambda work: alert_watch.close(work, Viewer(login="m", role="auditor"), Scope(), open_ones))
