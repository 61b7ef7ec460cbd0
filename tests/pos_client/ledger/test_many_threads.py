"""The cashier's thread, sync's and the manager's share one ledger."""

import threading
from collections.abc import Callable
from itertools import count

from pos_client.ledger import verify
from shared_models.members import LotBalance
from shared_models.sync import ControlAnswer
from tests.pos_client.ledger.feed_rows import member, member_row, page
from tests.pos_client.ledger.shop import MEMBER, MORNING_MS, POINTS_LOT, TODAY, Shop

SALES = 60


def acknowledge(shop: Shop, version: int) -> None:
    """What sync does with a few entries that wait: HQ takes them, and its row of the member includes them."""
    entries = shop.ledger.entries_after(shop.ledger.acked()[0], 5, 10**6)
    if not entries:
        return
    last = entries[-1]
    number = shop.ledger.start_request("entries", 1, 1, b"", lambda number: number.to_bytes(32, "big")).number
    answer = ControlAnswer(
        request_number=number, outcome="ok", acked_seq=last.seq, acked_hash=last.entry_hash, hq_time_ms=MORNING_MS
    )
    shop.ledger.close_request(number, answer)
    row = member(lots=(LotBalance(POINTS_LOT, last.seq - 1),), seq=last.seq)
    shop.ledger.apply_changes(page(member_row(row, version), position=version))


def look_around(shop: Shop) -> None:
    """What the screens and the manager ask, and the work that goes on beside."""
    figure = shop.ledger.member_figure(MEMBER)
    sales = len(shop.ledger.entries(["sale"], business_date=TODAY))
    # Told before the count, so never more than it: each sale is a point, in HQ's row or our own entries.
    assert figure is None or figure.points <= sales
    shop.ledger.checkpoint()
    shop.ledger.sync_anchor()


def test_three_threads_at_once_and_the_book_is_whole(shop: Shop) -> None:
    sales = [shop.sale(1_000, member=MEMBER, earned=1) for _ in range(SALES)]
    faults: list[BaseException] = []
    versions = count(1)
    sold = threading.Event()

    def until_sold(work: Callable[[], object]) -> None:
        try:
            while not sold.is_set():
                work()
        except BaseException as fault:  # noqa: BLE001 - a thread's fault is the test's
            faults.append(fault)
            sold.set()

    def sell() -> None:
        if sales:
            shop.ledger.append(sales.pop())
        else:
            sold.set()

    jobs = (sell, lambda: acknowledge(shop, next(versions)), lambda: look_around(shop))
    threads = [threading.Thread(target=until_sold, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert faults == []
    assert len(shop.ledger.entries(["sale"])) == SALES
    figure = shop.ledger.member_figure(MEMBER)
    assert figure is None or figure.points == SALES
    assert shop.ledger.rights_of([MEMBER])[MEMBER, POINTS_LOT].available == SALES
    assert verify(shop.folder).findings == []
