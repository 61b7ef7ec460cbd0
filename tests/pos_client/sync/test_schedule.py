"""The schedule: a nudge is never lost, an outage is not knocked at by every sale, and the disk work goes on."""

import random
import threading
from collections.abc import Callable, Iterator

import msgspec
import pytest

from pos_client.sync.back_off import BackOff
from pos_client.sync.engine import SyncEngine
from pos_client.sync.feed import PullReport
from pos_client.sync.hq_api import Unreachable
from pos_client.sync.line_state import RunReport
from pos_client.sync.schedule import SyncSchedule
from pos_client.sync.steady_work import Job, SteadyWork
from pos_client.sync.wants import ASK_AGAIN_AFTER_MS, Wants
from shared_models.bodies import CashMoved
from shared_models.entries import Attachment
from shared_models.moments import DAY_MS, ManualClock, SystemClock, business_date_of
from shared_models.refusals import Refusal
from shared_models.sync import ControlAnswer, SaleWanted
from tests.pos_client.sync.conftest import Counter

PATIENCE_SECONDS = 10.0


class SlowEngine(SyncEngine):
    """An engine whose runs begin and end when the test says so: what is looked at here is only when they run."""

    def __init__(self) -> None:
        self.runs = 0
        self.wants = Wants(SystemClock())
        self.entered = threading.Semaphore(0)
        self.release = threading.Semaphore(0)
        self.report = RunReport()
        self.pulls = threading.Semaphore(0)
        self.feed_down = False
        self.broken = False

    def run_once(self, *, pull: bool = True) -> RunReport:
        self.runs += 1
        self.entered.release()
        assert self.release.acquire(timeout=PATIENCE_SECONDS)
        if self.broken:
            raise ZeroDivisionError
        return self.report

    def pull(self, wait_seconds: int) -> PullReport:
        assert self.pulls.acquire(timeout=PATIENCE_SECONDS)
        if self.feed_down:
            raise Unreachable("hq_unreachable")
        return PullReport()

    def wait_until(self, holds: Callable[[], bool]) -> None:
        """Until the scheduler's thread has come so far; no run begins meanwhile."""
        for _ in range(1000):
            if holds():
                return
            assert not self.entered.acquire(timeout=0.01)
        raise AssertionError("never came so far")

    def enters(self) -> bool:
        """Whether a run begins."""
        return self.entered.acquire(timeout=PATIENCE_SECONDS)


@pytest.fixture
def engine() -> Iterator[SlowEngine]:
    slow = SlowEngine()
    yield slow
    slow.release.release(1000)
    slow.pulls.release(1000)


@pytest.fixture
def start(counter: Counter, engine: SlowEngine) -> Iterator[Callable[[], SyncSchedule]]:
    started: list[SyncSchedule] = []

    def begin() -> SyncSchedule:
        back_off = BackOff(random.Random(1), first_seconds=0.001, most_seconds=0.001)
        schedule = SyncSchedule(engine, counter.ledger, back_off, run_every_seconds=3600, quiet_seconds=0.01)
        schedule.start()
        started.append(schedule)
        return schedule

    yield begin
    engine.release.release(1000)
    engine.pulls.release(1000)
    for schedule in started:
        schedule.stop()


def test_a_nudge_during_a_run_is_not_lost(engine: SlowEngine, start: Callable[[], SyncSchedule]) -> None:
    schedule = start()
    assert engine.enters()

    for _ in range(5):
        schedule.nudge()
    engine.release.release(2)

    assert engine.enters(), "the run after the nudges"
    schedule.nudge()
    engine.release.release(10)
    assert engine.enters()


def test_a_nudge_after_a_run_starts_the_next_at_once(engine: SlowEngine, start: Callable[[], SyncSchedule]) -> None:
    engine.release.release(100)
    schedule = start()
    assert engine.enters()

    schedule.nudge()

    assert engine.enters()


def test_what_was_only_adopted_is_said_once_it_is_quiet(engine: SlowEngine, start: Callable[[], SyncSchedule]) -> None:
    engine.report = RunReport(adopted_unsaid=True)
    start()
    assert engine.enters()

    engine.release.release()

    assert engine.enters(), "nobody nudged, and the next run by the clock is an hour away"
    engine.report = RunReport()
    engine.release.release()


def test_what_a_customer_waits_for_is_asked_for_again_though_nobody_nudges(
    counter: Counter, engine: SlowEngine
) -> None:
    clock = ManualClock(100 * DAY_MS)
    engine.wants = Wants(clock)
    engine.wants.want_sale(SaleWanted(receipt_number="021-7"))
    engine.wants.take(None)
    back_off = BackOff(random.Random(1), first_seconds=0.001, most_seconds=0.001)
    schedule = SyncSchedule(engine, counter.ledger, back_off, run_every_seconds=3600, clock=clock, tick_seconds=0.001)
    engine.release.release(100)
    schedule.start()
    try:
        assert engine.enters(), "the first run"
        assert not engine.entered.acquire(timeout=0.1)
        clock.advance(ASK_AGAIN_AFTER_MS)
        assert engine.enters()
        assert engine.has_wants
    finally:
        engine.pulls.release(1000)
        schedule.stop()


def test_in_an_outage_sales_do_not_knock_but_a_person_may(
    engine: SlowEngine, start: Callable[[], SyncSchedule]
) -> None:
    engine.report = RunReport(error="hq_unreachable", retry_seconds=3600.0)
    schedule = start()
    assert engine.enters()
    engine.release.release()
    engine.wait_until(lambda: schedule.failing)

    for _ in range(20):
        schedule.nudge()
    assert not engine.entered.acquire(timeout=0.2)

    schedule.nudge(urgent=True)
    assert engine.enters()


def test_the_feed_answering_again_ends_the_wait(engine: SlowEngine, start: Callable[[], SyncSchedule]) -> None:
    engine.report = RunReport(error="hq_unreachable", retry_seconds=3600.0)
    engine.feed_down = True
    schedule = start()
    assert engine.enters()
    engine.release.release()
    engine.wait_until(lambda: schedule.failing)

    engine.pulls.release(3)
    engine.feed_down = False
    engine.pulls.release(1)

    assert engine.enters()


def test_a_cut_line_is_looked_into_as_soon_as_the_feed_breaks(
    engine: SlowEngine, start: Callable[[], SyncSchedule]
) -> None:
    start()
    assert engine.enters()
    engine.release.release(2)

    engine.feed_down = True
    engine.pulls.release(1)

    assert engine.enters(), "or the screen would say synced until the next run, a minute later"


def test_a_fault_of_ours_does_not_end_syncing(engine: SlowEngine, start: Callable[[], SyncSchedule]) -> None:
    engine.broken = True
    schedule = start()
    assert engine.enters()
    engine.release.release()
    engine.wait_until(lambda: schedule.failing)

    engine.broken = False
    schedule.nudge(urgent=True)
    assert engine.enters()


def test_what_lies_beside_old_entries_goes_once_the_mirror_is_up_to_date(
    counter: Counter, engine: SlowEngine, start: Callable[[], SyncSchedule]
) -> None:
    now_ms = SystemClock().now_ms()
    dates = [business_date_of(now_ms - days * DAY_MS) for days in (40, 34)]
    for date in dates:
        note = Attachment(kind="note", salt=counter.ids.new_salt(), content=b"for Mrs Wang")
        head = msgspec.structs.replace(counter.ledger.new_head(cashier_id="1"), business_date=date)
        body = CashMoved(head=head, amount_fen=1, reason="float", note_attachment=note.attachment_hash)
        counter.ledger.append(body, [note])
    last = counter.ledger.head()
    request = counter.ledger.start_request("entries", 1, last.seq, b"", lambda number: bytes(32))
    answer = ControlAnswer(request_number=request.number, outcome="ok", acked_seq=last.seq, acked_hash=last.entry_hash)
    counter.ledger.close_request(request.number, answer)
    start()
    assert engine.enters()

    engine.pulls.release()

    engine.wait_until(lambda: len(counter.ledger.attachments_of([last.seq - 1, last.seq])) == 1)
    assert counter.ledger.attachments_of([last.seq]) != []


@pytest.mark.parametrize("jump_ms", [-DAY_MS, 31 * DAY_MS])
def test_after_the_machines_clock_jumped_the_next_run_waits_for_no_time_of_day(
    counter: Counter, engine: SlowEngine, jump_ms: int
) -> None:
    engine.release.release(100)
    clock = ManualClock(100 * DAY_MS)
    back_off = BackOff(random.Random(1), first_seconds=0.001, most_seconds=0.001)
    schedule = SyncSchedule(
        engine, counter.ledger, back_off, run_every_seconds=3600, clock=clock, tick_seconds=0.001
    )  # fmt: skip
    schedule.start()
    try:
        assert engine.enters()
        assert not engine.entered.acquire(timeout=0.1), "the next run by the clock is an hour away"
        clock.set_wall(clock.now_ms() + jump_ms)
        assert engine.enters()
    finally:
        engine.pulls.release(1000)
        schedule.stop()


def test_the_disk_work_goes_on_by_the_steady_clock_and_over_what_is_refused_or_breaks() -> None:
    done = threading.Semaphore(0)

    def full() -> None:
        raise Refusal("disk_full")

    def broken() -> None:
        raise ZeroDivisionError

    clock = ManualClock(100 * DAY_MS)
    jobs = (Job("full", full), Job("broken", broken), Job("anchor", done.release), Job("rare", done.release, 10**9))
    jumps = threading.Semaphore(0)
    work = SteadyWork(jobs, jumps.release, clock, tick_seconds=0.001)
    work.start()
    try:
        assert done.acquire(timeout=PATIENCE_SECONDS)
        clock.set_wall(clock.now_ms() - DAY_MS)
        assert jumps.acquire(timeout=PATIENCE_SECONDS)
        for _tick in range(3):
            assert done.acquire(timeout=PATIENCE_SECONDS)
        assert not jumps.acquire(timeout=0.05), "one jump is told once"
    finally:
        work.stop()
