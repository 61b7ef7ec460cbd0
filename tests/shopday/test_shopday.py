"""The shop day in short, and that its judge is not asleep."""

from dataclasses import replace
from pathlib import Path

import pytest

from shared_models.bodies import BODY_TYPES, HQ_TYPES
from tests.shopday.day import Day
from tests.shopday.evidence import leave_evidence
from tests.shopday.judging import Judgement, judge, judge_the_count
from tests.shopday.shop import Shop, open_shop

SEED, SALES, MEMBERS = 1, 22, 200
OF_A_TILL = {entry_type for entry_type, _version in BODY_TYPES} - HQ_TYPES


@pytest.mark.timeout(900)
def test_paper_z_drawers_wallets_and_hq_say_what_was_counted(tmp_path: Path) -> None:
    with open_shop(tmp_path, seed=SEED, members_count=MEMBERS) as shop:
        day = Day(shop, SEED, SALES, lambda _words: None)
        day.work()
        result = judge(shop, day.counters)

        assert result.differences == []
        assert OF_A_TILL - result.entry_types.keys() == set()
        _the_judge_is_not_asleep(shop, day)
        _what_failed_is_kept(tmp_path / "evidence", shop, day, result)


def _the_judge_is_not_asleep(shop: Shop, day: Day) -> None:
    """A fen on the pencil's side is found on paper, in the Z, at HQ and with the wallets' provider."""
    count = day.counters[0].counts[0]
    count.slips[0] = replace(count.slips[0], total_fen=count.slips[0].total_fen + 1)
    count.sales_fen += 1
    day.counters[0].wallet_fen += 1
    found = judge_the_count(shop, day.counters).differences
    assert len(found) == 4, found


def _what_failed_is_kept(folder: Path, shop: Shop, day: Day, result: Judgement) -> None:
    """Whoever has to understand a day that did not come out finds everybody's book."""
    leave_evidence(folder, shop, day.counters, ["a fen was missing"])
    entries = sum(len((folder / f"till-{number}-entries.jsonl").read_text().splitlines()) for number in (1, 2))
    assert entries == result.entries
    kept = {path.name for path in folder.iterdir()}
    for till in ("till-1", "till-2"):
        assert {f"{till}-{name}" for name in ("keys.jsonl", "last-screen.png", "paper.txt", "wallets.jsonl")} <= kept
    assert {"hq-entries.jsonl", "provider.json", "pencil.json", "story.txt", "both-ends.json"} <= kept
