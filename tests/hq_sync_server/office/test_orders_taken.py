"""Orders as tills deliver them: owed by the store that took them, a sale when they are collected, and never twice."""

from uuid import UUID

from sqlalchemy import func, select

from hq_sync_server.app import Hq
from hq_sync_server.office.upkeep.verify import verify
from hq_sync_server.records import office_tables, tables
from shared_models import bodies
from shared_models.sales import Tender
from tests.hq_sync_server.people import WireTill


def cash(amount_fen: int) -> tuple[Tender, ...]:
    return (Tender(kind="cash", amount_fen=amount_fen),)


def take(till: WireTill, deposit_fen: int) -> UUID:
    order_id = till.hq.desk.ids.new_id()
    till.append(
        bodies.OrderTaken(
            head=till.head(business_id=order_id),
            order_id=order_id,
            receipt_number=f"01-{order_id.hex[-6:]}",
            total_fen=9_800,
            deposit_fen=deposit_fen,
            tenders=cash(deposit_fen),
        )
    )
    return order_id


def accounts(hq: Hq) -> dict[str, int]:
    postings = tables.postings.c
    with hq.desk.read() as connection:
        rows = connection.execute(select(postings.account, func.sum(postings.amount)).group_by(postings.account))
        return {account: int(amount) for account, amount in rows if amount}


def exceptions(hq: Hq) -> list[str]:
    with hq.desk.read() as connection:
        return list(connection.scalars(select(office_tables.exceptions.c.code)))


def test_a_deposit_is_owed_and_no_sale_until_it_is_cancelled_or_collected(hq: Hq, till_a: WireTill) -> None:
    order_id = take(till_a, 5_000)
    answer = till_a.push()
    assert answer.verdicts == ()
    assert accounts(hq) == {"cash": 5_000, "deposits": -5_000}

    till_a.append(
        bodies.OrderCancelled(
            head=till_a.head(), order_id=order_id, returned_fen=4_000, kept_fen=1_000, tenders=cash(4_000)
        )
    )
    assert till_a.push().verdicts == ()
    assert accounts(hq) == {"cash": 1_000, "forfeited_deposits": -1_000}
    assert exceptions(hq) == []
    with hq.desk.read() as connection:
        assert verify(connection).faults == ()


def test_an_order_that_two_tills_hand_over_is_named(hq: Hq, till_a: WireTill, till_b: WireTill) -> None:
    order_id = take(till_a, 5_000)
    till_a.append(bodies.OrderCollected(head=till_a.head(), order_id=order_id, sale_id=order_id, deposit_fen=5_000))
    till_b.append(bodies.OrderCollected(head=till_b.head(), order_id=order_id, sale_id=order_id, deposit_fen=5_000))
    assert till_a.push().verdicts == ()
    assert [verdict.code for verdict in till_b.push().verdicts] == ["order_twice"]
    assert exceptions(hq) == ["order_twice"]


def test_a_wallet_payment_that_was_never_paid_is_a_difference_in_the_books(hq: Hq, till_a: WireTill) -> None:
    till_a.append(
        bodies.WalletSettled(
            head=till_a.head(),
            payment_id=hq.desk.ids.new_id(),
            kind="wechat",
            amount_fen=1_680,
            settled_as="not_paid",
            difference_fen=-1_680,
        )
    )
    assert till_a.push().verdicts == ()
    assert accounts(hq) == {"tender:wechat": -1_680, "wallet_difference": 1_680}
