"""A till for the ledger's tests: enrolled, with a clock that stands still, and bodies as a shop would write them."""

import random
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

from pos_client.ledger import Ledger
from shared_models import bodies
from shared_models.entries import Head
from shared_models.ids import IdSource
from shared_models.moments import ManualClock
from shared_models.sales import LotAmount, MemberOnSale, Price, QuoteInputs, SaleLine, Tender
from shared_models.sync import EnrolAnswer

MORNING_MS = 1_795_400_000_000  # a Monday in November 2026, 10:53 in Shanghai
TODAY = "2026-11-23"
TILL_ID = UUID("019371c0-0000-7000-8000-000000000001")
STORE_ID = UUID("019371c0-0000-7000-8000-0000000000aa")
MEMBER = UUID("019371c0-0000-7000-8000-0000000000b1")
OTHER_MEMBER = UUID("019371c0-0000-7000-8000-0000000000b2")
POINTS_LOT = "points:2027-11"


def enrolment(epoch: int = 1, *, till_id: UUID = TILL_ID, hq_time_ms: int = MORNING_MS) -> EnrolAnswer:
    """HQ's answer to a new till."""
    return EnrolAnswer(
        till_id=till_id, store_id=STORE_ID, till_number=1, epoch=epoch, hq_epoch=1, hq_verify_key=bytes(32),
        hq_seal_key=bytes(32), phone_key=b"phone key", phone_key_id="p1", certificate=b"certificate",
        hq_time_ms=hq_time_ms, chain_name="Bakery",
    )  # fmt: skip


class Shop:
    """A till at work. `ledger` is open; `again()` closes and opens it as a restart would."""

    def __init__(self, folder: Path, clock: ManualClock | None = None, *, enrolled: bool = True) -> None:
        self.folder = folder
        self.clock = clock or ManualClock(MORNING_MS)
        self.ids = IdSource(self.clock, random.Random(7))
        self.ledger = self.opened()
        if enrolled and self.ledger.identity is None:
            self.ledger.adopt_enrolment(enrolment())

    def opened(self) -> Ledger:
        """The ledger of this folder."""
        return Ledger.open(self.folder, self.clock, self.ids)

    def again(self) -> Ledger:
        """After a restart."""
        self.ledger.close()
        self.ledger = self.opened()
        return self.ledger

    def head(self, *subjects: UUID, shift_id: UUID | None = None, business_date: str = TODAY) -> Head:
        """The head of a new body."""
        return Head(
            business_id=self.ids.new_id(), business_date=business_date, cashier_id="c1", shift_id=shift_id,
            subjects=subjects,
        )  # fmt: skip

    def sale(
        self, total_fen: int = 1_000, *, lines: int = 1, member: UUID | None = None, earned: int = 0,
        points_spent: int = 0, stored_value: Sequence[LotAmount] = (), coupons: Sequence[UUID] = (),
        business_date: str = TODAY, head: Head | None = None,
    ) -> bodies.Sale:  # fmt: skip
        """A sale of `lines` lines that cost the same, paid in cash besides the stored value."""
        each = total_fen // lines
        sold = tuple(sale_line(number, each) for number in range(1, lines + 1))
        kept = sum(part.amount for part in stored_value)
        tenders = [Tender(kind="stored_value", amount_fen=kept, lots=tuple(stored_value))] if kept else []
        if each * lines - kept:
            tenders.append(Tender(kind="cash", amount_fen=each * lines - kept, handed_over_fen=each * lines - kept))
        subjects = (member,) if member else ()
        return bodies.Sale(
            head=head or self.head(*subjects, business_date=business_date),
            receipt_number=f"01{self.ids.new_id().hex[-12:]}",
            member=MemberOnSale(member_id=member, identified_by="card", presence="card") if member else None,
            inputs=QuoteInputs(rule_hash="r", engine_version=1, business_date=business_date, member_id=member),
            lines=sold,
            total_fen=each * lines,
            tenders=tuple(tenders),
            points_earned=(LotAmount(member, POINTS_LOT, earned),) if member and earned else (),
            points_spent=(LotAmount(member, POINTS_LOT, points_spent),) if member and points_spent else (),
            coupons_redeemed=tuple(coupons),
        )

    def top_up(self, member: UUID = MEMBER, principal_fen: int = 10_000, bonus_fen: int = 800) -> bodies.TopUp:
        """Money paid in, in cash."""
        return bodies.TopUp(
            head=self.head(member), receipt_number=f"01{self.ids.new_id().hex[-12:]}", member_id=member,
            principal_fen=principal_fen, bonus_fen=bonus_fen,
            tenders=(Tender(kind="cash", amount_fen=principal_fen),),
        )  # fmt: skip

    def refund(self, sale: bodies.Sale, seq: int, *, quantity_milli: int = 1000, epoch: int = 1) -> bodies.Refund:
        """The first line of a sale back, in cash."""
        line = sale.lines[0]
        amount_fen = line.amount_fen * quantity_milli // line.quantity_milli
        return bodies.Refund(
            head=self.head(), receipt_number=f"01{self.ids.new_id().hex[-12:]}", sale_id=sale.head.business_id,
            sale_till_id=TILL_ID, sale_epoch=epoch, sale_seq=seq,
            lines=(
                bodies.RefundLine(
                    line_number=1, goods_id=line.goods_id, name=line.name, quantity_milli=quantity_milli,
                    list_amount_fen=amount_fen, amount_fen=amount_fen,
                ),
            ),
            total_fen=amount_fen, tenders=(Tender(kind="cash", amount_fen=amount_fen),),
        )  # fmt: skip


def sale_line(number: int, amount_fen: int) -> SaleLine:
    """One piece of something."""
    return SaleLine(
        line_number=number, goods_id=f"g{number}", name=f"全麦吐司 {number}", scanned_code="6901234567892",
        quantity_milli=1000, price=Price(amount_fen), list_amount_fen=amount_fen, amount_fen=amount_fen,
    )  # fmt: skip
