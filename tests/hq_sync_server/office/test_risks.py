"""Money lent above rights: paid from the member's own value before any of it is lent, and at last a loss."""

from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from msgspec.structs import replace
from sqlalchemy import select

from hq_sync_server.app import Hq
from hq_sync_server.office.desk import Work
from hq_sync_server.office.rules import rule_configs
from hq_sync_server.office.upkeep import upkeep, verify
from hq_sync_server.records import office_tables, tables
from hq_sync_server.records.placement_tables import risks
from shared_models import bodies
from shared_models.catalog import StoreRow
from shared_models.moments import DAY_MS, ManualClock
from shared_models.rights import bonus_lot, principal_lot, risk_lot
from shared_models.rules import rule_hash
from shared_models.sales import LotAmount, Tender
from tests.hq_sync_server.backups import Backup
from tests.hq_sync_server.facts import release_top_up, sale_body, top_up
from tests.hq_sync_server.people import WireTill, balances, found_chain, member_rows
from tests.hq_sync_server.reports import deliver, heal, report
from tests.hq_sync_server.restored import lot_at_hq


@pytest.fixture
def shop(hq: Hq) -> StoreRow:
    """A store that lends for ten days, and places nothing."""
    found = found_chain(hq)[0]
    escrow = {"mode": "escrow_with_risk", "risk_days": 10, "share_basis_points": 0, "risk_member_fen": 5_000}

    def write(work: Work) -> None:
        rule_configs.publish_rules(work, found.store_id, {"escrow": escrow}, effective_from="2025-01-01", author="t")

    hq.desk.run(write)
    return found


@pytest.fixture
def till(hq: Hq, shop: StoreRow) -> WireTill:
    opened = WireTill.enrolled(hq, shop.store_id)
    opened.push()
    return opened


@pytest.fixture
def other(hq: Hq, shop: StoreRow) -> WireTill:
    opened = WireTill.enrolled(hq, shop.store_id)
    opened.push()
    return opened


def lent(till: WireTill, member: UUID, amount: int) -> bodies.Sale:
    """A sale wholly above the rights."""
    sale_id = till.hq.desk.ids.new_id()
    part = LotAmount(member, risk_lot(sale_id), amount)
    body = sale_body(till, amount, member_id=member, stored=[part], business_id=sale_id)

    sale = replace(body, risk_taken=(part,))
    till.append(sale)
    return sale


def refunded(till: WireTill, sale: bodies.Sale) -> LotAmount:
    """All of a sale that was lent comes back; what of the risk's lot is at the till by it."""
    part = sale.risk_taken[0]
    line = bodies.RefundLine(
        line_number=1, goods_id="g1", name="n", quantity_milli=1_000, list_amount_fen=part.amount,
        amount_fen=part.amount,
    )  # fmt: skip
    till.append(
        bodies.Refund(
            head=till.head(part.subject), receipt_number="R1", sale_id=sale.head.business_id, sale_till_id=till.till_id,
            sale_epoch=1, sale_seq=2, member_id=part.subject, lines=(line,), total_fen=part.amount,
            tenders=(Tender(kind="stored_value", amount_fen=part.amount, lots=(part,)),),
        )
    )  # fmt: skip
    return part


def open_fen(hq: Hq) -> int:
    with hq.desk.read() as connection:
        return sum(connection.scalars(select(risks.c.open_fen)).all())


def facts(hq: Hq, entry_type: str) -> list[bodies.Body]:
    with hq.desk.read() as connection:
        entries = tables.entries.c
        rows = connection.execute(
            select(entries.entry_type, entries.type_version, entries.body)
            .where(entries.entry_type == entry_type)
            .order_by(entries.entry_id)
        ).all()
    found = [bodies.decode_body(name, version, bytes(body)) for name, version, body in rows]
    return [body for body in found if body is not None]


def sound(hq: Hq) -> None:
    hq.desk.sequence()
    with hq.desk.read() as connection:
        assert verify.verify(connection).faults == ()


def test_what_is_free_pays_at_once_in_spending_order(hq: Hq, till: WireTill, other: WireTill) -> None:
    member = hq.desk.ids.new_id()
    paid = top_up(other, member, 3_000, 500)
    release_top_up(other, member, paid, 3_000, 500)
    other.push()
    sale = lent(till, member, 3_200)

    answer = till.push()

    settled = facts(hq, "risk_settled")
    assert {verdict.code for verdict in answer.verdicts} == {"not_repriced"}  # rules nobody published
    assert open_fen(hq) == 0
    assert [(part.lot, part.amount) for part in settled[0].lots] == [  # type: ignore[attr-defined]  # by its entry type
        (principal_lot(paid), 3_000),
        (bonus_lot(paid), 200),
    ]
    row = member_rows(till.changes().rows)[member]
    assert (balances(row), row.risk_fen) == ({bonus_lot(paid): 300}, 0)
    assert sale.risk_taken[0].amount == 3_200
    sound(hq)


def test_what_comes_home_later_pays_before_it_is_lent(hq: Hq, till: WireTill, other: WireTill) -> None:
    member = hq.desk.ids.new_id()
    paid = top_up(other, member, 10_000)
    other.push()  # still at the other till
    lent(till, member, 2_000)
    till.push()
    before = open_fen(hq), member_rows(till.changes().rows)[member].risk_fen
    release_top_up(other, member, paid, 10_000)
    other.push()

    answer = till.ask(member)

    assert before == (2_000, 2_000)
    assert open_fen(hq) == 0
    assert [grant.granted_total for grant in answer.grants] == [8_000]
    sound(hq)


def test_what_became_free_while_hq_recovered_pays_when_the_recovery_ends(
    hq: Hq, till: WireTill, other: WireTill, tmp_path: Path
) -> None:
    backup = Backup(hq, tmp_path)
    member = hq.desk.ids.new_id()
    paid = top_up(other, member, 5_000)
    release_top_up(other, member, paid, 5_000)

    backup.restore()
    heal(other)
    lent(till, member, 2_000)
    deliver(till)
    meanwhile = open_fen(hq)
    report(till)

    assert (meanwhile, open_fen(hq)) == (2_000, 0)
    assert lot_at_hq(hq, member, principal_lot(paid)) == (3_000, 0, False)
    sound(hq)


def test_what_is_never_paid_is_a_loss_after_the_days_of_the_rule(hq: Hq, till: WireTill, clock: ManualClock) -> None:
    member = hq.desk.ids.new_id()
    lent(till, member, 2_000)
    till.push()
    clock.advance(10 * DAY_MS)
    early = upkeep.run(hq.desk)
    clock.advance(DAY_MS)

    late = upkeep.run(hq.desk)

    assert (early.risks_lost, late.risks_lost, late.lost_fen) == (0, 1, 2_000)
    assert open_fen(hq) == 0
    assert member_rows(till.changes().rows)[member].risk_fen == 0
    with hq.desk.read() as connection:
        codes = connection.scalars(select(office_tables.exceptions.c.code)).all()
    assert "risk_lost" in codes
    sound(hq)


def test_a_refund_of_what_was_lent_comes_back_to_the_member_if_she_had_paid_it(
    hq: Hq, till: WireTill, other: WireTill
) -> None:
    member = hq.desk.ids.new_id()
    paid = top_up(other, member, 3_000)
    release_top_up(other, member, paid, 3_000)
    other.push()
    sale = lent(till, member, 2_000)
    till.push()
    till.release(refunded(till, sale))

    till.push()

    own = principal_lot(sale.head.business_id)
    assert balances(member_rows(till.changes().rows)[member]) == {principal_lot(paid): 1_000, own: 2_000}
    assert open_fen(hq) == 0
    sound(hq)


def test_a_refund_of_what_was_lost_meanwhile_brings_the_loss_back_and_makes_nobody_richer(
    hq: Hq, till: WireTill, other: WireTill, clock: ManualClock
) -> None:
    member = hq.desk.ids.new_id()
    paid = top_up(other, member, 500)
    release_top_up(other, member, paid, 500)
    other.push()
    sale = lent(till, member, 2_000)
    till.push()
    clock.advance(11 * DAY_MS)
    lost_fen = upkeep.run(hq.desk).lost_fen

    part = refunded(till, sale)
    till.push()  # before its rights come home
    till.release(part)
    till.push()

    borne = [fact.amount_fen for fact in facts(hq, "risk_lost") if isinstance(fact, bodies.RiskLost)]
    assert (lost_fen, borne) == (1_500, [1_500, -1_500])
    assert balances(member_rows(till.changes().rows)[member]) == {principal_lot(sale.head.business_id): 500}
    assert open_fen(hq) == 0
    sound(hq)


def test_what_was_refunded_before_it_was_paid_is_nobody_s_and_lent_to_nobody(
    hq: Hq, till: WireTill, other: WireTill
) -> None:
    member = hq.desk.ids.new_id()
    sale = lent(till, member, 2_000)
    till.push()
    part = refunded(till, sale)
    till.push()  # now nothing is owed, and the risk's lot is still at the till
    till.release(part)
    till.push()

    answer = other.ask(member)

    with hq.desk.read() as connection:
        free = connection.scalars(select(tables.subject_lots.c.free)).all()
    assert (answer.grants, list(free)) == ((), [0])
    assert balances(member_rows(till.changes().rows)[member]) == {}
    sound(hq)


def test_expired_points_are_written_off_from_what_is_free_and_a_spend_in_time_still_counts(
    hq: Hq, till: WireTill, clock: ManualClock
) -> None:
    member = hq.desk.ids.new_id()
    lot = "points:2026-01"
    till.append(sale_body(till, 500, member_id=member, points_earned=[LotAmount(member, lot, 100)]))
    till.release(LotAmount(member, lot, 60))
    till.append(sale_body(till, 100, member_id=member, points_spent=[LotAmount(member, lot, 30)]))
    late = till.entries.pop()  # spent in time, heard late
    till.push()
    clock.advance(round(timedelta(days=33) / timedelta(milliseconds=1)))

    first, again = upkeep.run_if_due(hq.desk), upkeep.run_if_due(hq.desk)
    till.entries.append(late)
    answer = till.push()
    till.release(LotAmount(member, lot, 10))
    till.push()
    last = upkeep.run(hq.desk)

    assert first is not None
    assert (first.expired_lots, first.expired_points, again) == (1, 60, None)
    assert {verdict.code for verdict in answer.verdicts} == {"not_repriced"}  # rules nobody published
    assert (last.expired_lots, last.expired_points) == (1, 10)
    assert balances(member_rows(till.changes().rows)[member]) == {}
    sound(hq)


def test_two_cut_off_tills_that_lend_up_to_the_limit_each_are_named_with_what_is_above_it(
    hq: Hq, shop: StoreRow, till: WireTill, other: WireTill
) -> None:
    member = hq.desk.ids.new_id()
    top_up(till, member, 1_000)
    till.push()
    rules = hq.desk.run(lambda work: rule_configs.newest_rules(work.connection, shop.store_id))
    assert rules is not None
    for each in (till, other):
        sale = lent(each, member, 4_000)
        each.entries.pop()
        each.append(replace(sale, inputs=replace(sale.inputs, rule_hash=rule_hash(rules))))

    till.push(), other.push()

    with hq.desk.read() as connection:
        named = office_tables.exceptions.c
        asked = select(named.till_id, named.subject, named.amount).where(named.code == "risk_over_limit")
        assert [tuple(row) for row in connection.execute(asked)] == [(other.till_id, member, 3_000)]
    sound(hq)
