"""Every chain is walked once a night, by an HQ that slept when it is there again; two missed nights are an alert."""

import pytest

from hq_sync_server.app import Hq
from hq_sync_server.office.access.roles import Scope
from hq_sync_server.office.inbox import alerts
from hq_sync_server.office.organisation import chain
from hq_sync_server.office.shops import till_watch
from hq_sync_server.office.upkeep import nightly_verify, nights
from hq_sync_server.schedule import HqSchedule
from shared_models.moments import DAY_MS, ManualClock, business_date_of
from tests.hq_sync_server.facts import top_up
from tests.hq_sync_server.people import WireTill

HOUR_MS = 3_600_000


@pytest.fixture
def till(hq: Hq, till_a: WireTill) -> WireTill:
    """Nine in the morning, and everything was walked."""
    top_up(till_a, hq.desk.ids.new_id(), 5_000)
    till_a.push()
    assert nightly_verify.run_if_due(hq.desk) is not None, "nobody has looked at these books yet"
    return till_a


def _seen(hq: Hq) -> list[till_watch.StoreState]:
    with hq.desk.read() as connection:
        return till_watch.stores_seen(connection, Scope(), hq.desk.clock.now_ms(), 1)


def _alert(hq: Hq, code: str) -> alerts.Alert | None:
    with hq.desk.read() as connection:
        found = alerts.alerts(connection, Scope(), _seen(hq), business_date_of(hq.desk.clock.now_ms()))
    return next((alert for alert in found if alert.code == code), None)


def test_every_chain_is_walked_once_a_night(hq: Hq, till: WireTill, clock: ManualClock) -> None:
    walked = []
    for _hour in range(48):
        clock.advance(HOUR_MS)
        report = nightly_verify.run_if_due(hq.desk)
        if report is not None:
            assert report.sound
            walked.append(clock.now_ms())

    assert [moment_ms - nights.newest_ms(moment_ms) for moment_ms in walked] == [0, 0], "at two, and not again at four"


def test_a_clock_that_was_years_ahead_for_an_hour_costs_no_night(hq: Hq, till: WireTill, clock: ManualClock) -> None:
    right_ms = clock.now_ms()
    clock.set_wall(right_ms + 3_000 * DAY_MS)
    assert nightly_verify.run_if_due(hq.desk) is not None

    clock.set_wall(right_ms + DAY_MS)

    assert nightly_verify.run_if_due(hq.desk) is not None
    assert nightly_verify.run_if_due(hq.desk) is None


def test_an_hq_that_slept_by_night_walks_when_it_is_there_again(hq: Hq, till: WireTill, clock: ManualClock) -> None:
    clock.advance(25 * HOUR_MS)  # ten in the morning

    HqSchedule(hq.desk).look()

    (checked,) = {one.checked_at_ms for state in _seen(hq) for one in state.tills if one.till_id == till.till_id}
    assert checked == clock.now_ms()
    assert nightly_verify.run_if_due(hq.desk) is None


def test_a_walk_that_was_stopped_is_begun_again_and_not_by_two_at_once(
    hq: Hq, till: WireTill, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock.advance(DAY_MS)

    def stopped(_desk: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(nightly_verify, "run", stopped)
        with pytest.raises(KeyboardInterrupt):
            nightly_verify.run_if_due(hq.desk)

    assert nightly_verify.run_if_due(hq.desk) is None, "somebody may still be at it"
    clock.advance(nightly_verify.AGAIN_AFTER_MS)
    assert nightly_verify.run_if_due(hq.desk) is not None


def test_books_that_missed_two_nights_are_an_alert_until_they_are_walked(
    hq: Hq, till: WireTill, clock: ManualClock
) -> None:
    clock.advance(DAY_MS)
    assert _alert(hq, "books_unverified") is None, "one night was missed"
    clock.advance(DAY_MS)

    said = _alert(hq, "books_unverified")

    assert said is not None
    assert (said.level, said.count) == ("danger", sum(len(state.tills) for state in _seen(hq)))
    assert nightly_verify.run_if_due(hq.desk) is not None
    assert _alert(hq, "books_unverified") is None


def test_an_hq_that_recovers_walks_nothing(hq: Hq, till: WireTill, clock: ManualClock) -> None:
    hq.desk.run(lambda work: chain.set_setting(work, chain.RECOVERING, str(work.now_ms)))
    clock.advance(DAY_MS)
    assert nightly_verify.run_if_due(hq.desk) is None


def test_what_the_walk_finds_is_said_until_it_is_mended(hq: Hq, till: WireTill, breaks_books: None) -> None:
    for change, sound in (("+ 1", False), ("- 1", True)):
        wrong = f"UPDATE member_lots SET balance = balance {change}"
        hq.desk.run(lambda work, wrong=wrong: work.connection.exec_driver_sql(wrong))  # type: ignore[misc]  # a default binds the loop's value
        report = nightly_verify.run(hq.desk)

        said = _alert(hq, "books_faulty")
        assert (report.sound, said is None) == (sound, sound)
        assert said is None or said.count == report.faults_count
