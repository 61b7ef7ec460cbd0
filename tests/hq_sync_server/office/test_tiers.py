"""Tiers: lifted by a sale at once, kept for as long as the window is, let down by the night when it is over."""

from uuid import UUID

import msgspec
import pytest
from sqlalchemy import select

from hq_sync_server.app import Hq
from hq_sync_server.office.books.pages import Profile
from hq_sync_server.office.members import tiers
from hq_sync_server.office.members.members import NewMember, create
from hq_sync_server.office.rules import rule_configs
from hq_sync_server.office.upkeep import upkeep
from hq_sync_server.records import tables
from shared_models.catalog import StoreRow
from shared_models.moments import DAY_MS, ManualClock, business_date_of
from shared_models.rules import StoreRules, TierRule, rule_hash
from tests.hq_sync_server.facts import register, sale_body
from tests.hq_sync_server.people import TODAY, WireTill, member_rows

LADDER = (
    TierRule(code="base", name="普通", threshold_fen=0),
    TierRule(code="gold", name="金卡", threshold_fen=100_000),
    TierRule(code="diamond", name="钻石", threshold_fen=500_000),
)


@pytest.fixture
def rules(hq: Hq, stores: list[StoreRow]) -> StoreRules:
    document = {"tiers": msgspec.to_builtins(LADDER), "tier_window_months": 3}
    return hq.desk.run(
        lambda work: rule_configs.publish_rules(
            work, stores[0].store_id, document, effective_from="2025-12-01", author="总部"
        )
    )


def _tier(hq: Hq, member: UUID) -> str:
    with hq.desk.read() as connection:
        profile = connection.scalar(select(tables.members.c.profile).where(tables.members.c.member_id == member))
    assert profile is not None
    return msgspec.msgpack.decode(bytes(profile), type=Profile).tier


def _buy(till: WireTill, member: UUID, rules: StoreRules, total_fen: int) -> None:
    till.append(sale_body(till, total_fen, member_id=member, rule_hash=rule_hash(rules)))
    till.push()


def test_who_spends_nothing_more_keeps_the_tier_for_the_window_and_then_falls(
    hq: Hq, till_a: WireTill, rules: StoreRules, clock: ManualClock
) -> None:
    member = register(till_a, "+8613800005678")
    _buy(till_a, member, rules, 120_000)
    assert _tier(hq, member) == "gold"

    clock.advance(91 * DAY_MS)  # the second of April: March's end was the last day of the window
    assert (tiers.move_down_all(hq.desk), _tier(hq, member)) == (0, "gold")
    clock.advance(31 * DAY_MS)
    done = upkeep.run_if_due(hq.desk)

    assert done is not None
    assert (done.tiers_down, _tier(hq, member)) == (1, "base")
    row = member_rows(till_a.changes().rows)[member]
    assert (row.tier, row.tier_name, row.tier_next_name, row.tier_progress_fen) == ("base", "普通", "金卡", 0)
    assert tiers.move_down_all(hq.desk) == 0


def test_who_goes_on_buying_keeps_the_tier(hq: Hq, till_a: WireTill, rules: StoreRules, clock: ManualClock) -> None:
    member = register(till_a, "+8613800005678")
    _buy(till_a, member, rules, 120_000)
    clock.advance(110 * DAY_MS)
    with hq.desk.read() as connection:  # what was bought last month, as a till books it
        today = business_date_of(clock.now_ms())
        assert connection.scalar(select(tables.member_spend.c.month)) == TODAY[:7]
    hq.desk.run(
        lambda work: work.connection.execute(
            tables.member_spend.insert().values(member_id=member, month=today[:7], spend_fen=100_000)
        )
    )
    clock.advance(20 * DAY_MS)

    assert (tiers.move_down_all(hq.desk), _tier(hq, member)) == (0, "gold")


def test_what_counts_is_the_window_of_the_member_s_own_store(
    hq: Hq, till_a: WireTill, stores: list[StoreRow], rules: StoreRules, clock: ManualClock
) -> None:
    """Another store counts a year: what was spent long ago kept everybody's tier for ever."""
    document = {"tiers": msgspec.to_builtins(LADDER), "tier_window_months": 12}
    hq.desk.run(
        lambda work: rule_configs.publish_rules(
            work, stores[1].store_id, document, effective_from="2025-12-01", author="总部"
        )
    )
    member = register(till_a, "+8613800005678")
    _buy(till_a, member, rules, 120_000)

    clock.advance(122 * DAY_MS)

    assert (tiers.move_down_all(hq.desk), _tier(hq, member)) == (1, "base")


def test_a_tier_that_was_brought_along_lasts_as_long_as_a_reached_one(
    hq: Hq, rules: StoreRules, clock: ManualClock
) -> None:
    member = hq.desk.ids.new_id()
    new = NewMember(member_id=member, profile=Profile(name="王小明", tier="diamond"))
    hq.desk.run(lambda work: create(work, [new]))

    clock.advance(80 * DAY_MS)
    assert tiers.move_down_all(hq.desk) == 0
    with hq.desk.read() as connection:
        assert tiers.tier_moves(connection, rules, business_date_of(clock.now_ms())) == []
    clock.advance(50 * DAY_MS)
    with hq.desk.read() as connection:
        (move,) = tiers.tier_moves(connection, rules, business_date_of(clock.now_ms()))

    assert (move.before, move.after, move.members, move.some) == ("钻石", "普通", 1, ((member.hex, "王小明"),))
    assert (tiers.move_down_all(hq.desk), _tier(hq, member)) == (1, "base")


@pytest.mark.parametrize(
    ("present", "spend_fen", "falls", "wanted"),
    [
        ("", 0, False, "base"),
        ("base", 100_000, False, "gold"),
        ("gold", 99_999, False, "gold"),
        ("gold", 99_999, True, "base"),
        ("diamond", 100_000, True, "gold"),
        ("gold", 600_000, True, "diamond"),
        ("of another time", 600_000, False, "diamond"),
    ],
)
def test_what_decides_is_the_spend_and_whether_the_time_is_over(
    present: str, spend_fen: int, falls: bool, wanted: str
) -> None:
    assert tiers.decide(LADDER, present, spend_fen, may_fall=falls) == wanted
