"""The shop day in short, and that its judge is not asleep."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.shopday.day import Day
from tests.shopday.judging import judge
from tests.shopday.shop import Shop, open_shop

DONE_BY_KEYS = {
    "sale",
    "basket_reduced",
    "refund",
    "refund_without_receipt",
    "drawer_opened",
    "top_up",
    "withdrawal",
    "top_up_cancelled",
    "points_exchange",
    "cash_moved",
    "member_registered",
    "member_edited",
    "member_tagged",
    "ticket_opened",
    "tender_corrected",
    "shift_opened",
    "shift_closed",
    "order_taken",
    "order_collected",
    "order_cancelled",
    "wallet_settled",
}


def _worked(folder: Path, seed: int, sales: int) -> tuple[Shop, Day]:
    with open_shop(folder, seed=seed, members_count=400) as shop:
        day = Day(shop, seed, sales, lambda _words: None)
        day.work()
    return shop, day


@pytest.mark.timeout(240)
def test_paper_z_drawers_and_hq_say_what_was_counted(tmp_path: Path) -> None:
    shop, day = _worked(tmp_path, 1, 40)

    result = judge(shop, day.counters)

    assert result.differences == []
    assert result.entry_types.keys() >= DONE_BY_KEYS

    # The judge is not asleep: a fen on the pencil's side is found on paper and in the Z.
    count = day.counters[0].counts[0]
    count.slips[0] = replace(count.slips[0], total_fen=count.slips[0].total_fen + 1)
    count.sales_fen += 1
    found = judge(shop, day.counters).differences
    assert len(found) == 3, found
