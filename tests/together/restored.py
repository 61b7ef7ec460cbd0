"""A shop whose HQ came back from its backup: everybody speaks, and what HQ has is compared with what it had."""

from collections import Counter
from uuid import UUID

from sqlalchemy import select

from hq_sync_server.records import office_tables, tables
from tests.replay.till import ReplayTill
from tests.together.two_tills import TwoTills

Figures = dict[tuple[UUID, str], int]


def figures(shop: TwoTills) -> Figures:
    """Every balance and debt at HQ."""
    members = tables.members.c
    with shop.hq.desk.read() as connection:
        found = {(each[0], each[1]): each[2] for each in connection.execute(select(tables.member_lots))}
        debts = connection.execute(select(members.member_id, members.points_debt, members.bonus_debt_fen))
        for member_id, points, fen in debts:
            found |= {(member_id, "points_debt"): points, (member_id, "bonus_debt"): fen}
    return {key: amount for key, amount in found.items() if amount}


def alarms(shop: TwoTills) -> Counter[str]:
    """What HQ noted since it was restored."""
    table = office_tables.exceptions.c
    with shop.hq.desk.read() as connection:
        return Counter(connection.scalars(select(table.code).where(table.code != "hq_restored")))


def heal(shop: TwoTills, *others: ReplayTill) -> None:
    """Everybody speaks to HQ until nothing waits."""
    for _ in range(2):
        shop.heal()
        for till in others:
            till.sync(pull=True)


def id_of(till: ReplayTill) -> UUID:
    """The id HQ gave it."""
    identity = till.ledger.identity
    assert identity is not None
    return identity.till_id
