"""What tests of a restored HQ look at: a lot, a balance, what was noted; and what tills do in them."""

from typing import Any
from uuid import UUID

from sqlalchemy import select

from hq_sync_server.app import Hq
from hq_sync_server.office.books import hq_facts
from hq_sync_server.records import office_tables, tables
from shared_models.bodies import OpeningBalance, OpeningLot
from shared_models.sales import LotAmount
from tests.hq_sync_server.facts import sale_body
from tests.hq_sync_server.people import WireTill

LOT = "principal:before"


def known_member(hq: Hq, amount_fen: int, lot: str = LOT) -> UUID:
    def open_balance(work: Any) -> UUID:
        member_id: UUID = work.ids.new_id()
        head = hq_facts.head(work, member_id)
        fact = OpeningBalance(head=head, member_id=member_id, lots=(OpeningLot(lot=lot, amount=amount_fen),))
        hq_facts.record(work, [fact])
        return member_id

    return hq.desk.run(open_balance)


def lot_at_hq(hq: Hq, member: UUID, lot: str = LOT) -> tuple[int, int, bool]:
    """(F, what the chain answers for, recovering)."""
    lots = tables.subject_lots.c
    with hq.desk.read() as connection:
        row = connection.execute(
            select(lots.free, lots.exposed, lots.recovering).where(lots.subject == member, lots.lot == lot)
        ).one()
    return row.free, row.exposed, bool(row.recovering)


def balance(hq: Hq, member: UUID) -> int:
    lots = tables.member_lots.c
    with hq.desk.read() as connection:
        return sum(connection.scalars(select(lots.balance).where(lots.member_id == member)))


def exceptions(hq: Hq) -> list[str]:
    table = office_tables.exceptions.c
    with hq.desk.read() as connection:
        codes = connection.scalars(select(table.code).order_by(table.raised_at_ms, table.exception_id))
        return [code for code in codes if code not in ("not_repriced", "hq_restored")]


def take_all(till: WireTill, member: UUID) -> int:
    """Ask for everything and adopt it; how much was given."""
    answer = till.ask(member)
    till.adopt(answer)
    return sum(grant.granted_total for grant in answer.grants)


def spend(till: WireTill, member: UUID, amount_fen: int, lot: str = LOT) -> None:
    till.append(sale_body(till, amount_fen, member_id=member, stored=[LotAmount(member, lot, amount_fen)]))
