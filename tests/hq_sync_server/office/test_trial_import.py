"""The trial before an import: a hundred of the file through the whole cycle elsewhere, and nothing of it here."""

import random

import msgspec
import pytest
from sqlalchemy import func, select

from hq_sync_server.app import Hq
from hq_sync_server.office.goods import goods
from hq_sync_server.office.imports import member_import, trial_import
from hq_sync_server.office.rules import rule_configs
from hq_sync_server.office.sheets.sheets import Sheet
from hq_sync_server.records import tables
from shared_models.catalog import GoodsRow, StoreRow
from shared_models.refusals import Refusal
from shared_models.sales import Price
from tests.together import seed_rules

HEADING = "phone,name,tier,card,principal,bonus,points,points_until\n"


def _file(hq: Hq, count: int = 300) -> member_import.MembersFile:
    randomness = random.Random(4)
    lines = [
        f"1380000{number:04d},会员{number},,,{randomness.choice((0, 0.5, 20, 800))},"
        f"{randomness.choice((0, 3.25))},{randomness.choice((0, 7, 5000))},2027-05\n"
        for number in range(count)
    ]
    sheet = Sheet(name="members.csv", text=HEADING + "".join(lines), digest="0")
    return member_import.read_members(hq.desk, sheet)


@pytest.fixture
def shop(hq: Hq, stores: list[StoreRow]) -> None:
    """Rules with points, tiers and points as money; bread at 6.00."""
    document = msgspec.to_builtins(seed_rules.downtown_rules())
    hq.desk.run(
        lambda work: rule_configs.publish_rules(
            work, stores[0].store_id, document, effective_from="2025-12-01", author="总部"
        )
    )
    hq.desk.run(lambda work: goods.save_goods(work, [GoodsRow(goods_id="B1", name="红豆吐司", price=Price(600))]))


def _counted(hq: Hq) -> dict[str, int]:
    with hq.desk.read() as connection:
        return {
            table.name: connection.scalar(select(func.count()).select_from(table)) or 0
            for table in (tables.entries, tables.members, tables.tills, tables.tokens, tables.phones)
        }


@pytest.mark.usefixtures("shop")
def test_a_hundred_go_through_and_every_balance_is_as_the_old_system_says(hq: Hq) -> None:
    before = _counted(hq)
    told: list[tuple[int, int]] = []

    trial = trial_import.run(hq.desk, _file(hq), lambda done, total: told.append((done, total)))

    assert len(trial.tried) == 100
    assert [one.who for one in trial.tried if not one.agrees] == []
    assert (trial.exceptions, trial.faults) == ((), 0)
    assert trial.stored_fen > 0
    assert trial.points_earned > 0
    assert trial.points_spent > 0
    assert trial.coupons == 100
    assert told[-1] == (5, 5)
    assert _counted(hq) == before, "nothing of the trial is here"


@pytest.mark.usefixtures("shop")
def test_the_chosen_are_of_every_kind_and_hold_the_richest(hq: Hq) -> None:
    file = _file(hq)
    chosen = trial_import.choose(file.members)

    def kinds(members: list[member_import.NewMember]) -> set[tuple[bool, ...]]:
        return {(one.principal_fen > 0, one.bonus_fen > 0, one.points > 0) for one in members}

    assert kinds(chosen) == kinds(file.members)
    assert len({one.phone for one in chosen}) == 100
    assert max(one.principal_fen for one in chosen) == max(one.principal_fen for one in file.members)
    assert len(trial_import.choose(file.members[:3])) == 3


def test_a_figure_that_does_not_come_out_is_told_of_its_member() -> None:
    right = trial_import.Tried(
        who="1", old=(10, 0, 5), imported=(10, 0, 5), expected_sold=(4, 0, 6), sold=(4, 0, 6), returned=(10, 0, 5)
    )
    assert right.agrees
    for wrong in ({"imported": (9, 0, 5)}, {"sold": (4, 0, 5)}, {"returned": (10, 1, 5)}):
        assert not msgspec.structs.replace(right, **wrong).agrees


def test_without_rules_or_goods_there_is_nothing_to_try(hq: Hq, stores: list[StoreRow]) -> None:
    file = _file(hq, 3)
    with pytest.raises(Refusal, match="trial_needs_rules"):
        trial_import.run(hq.desk, file, lambda _done, _total: None)
