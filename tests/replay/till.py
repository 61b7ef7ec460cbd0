"""A till of the replay: real ledger, real engine, real rules; the cashier is this program.

A visit goes as at a counter: the member shows the card, rights are asked for while the line is up, money is topped up,
the basket is quoted, paid with what may be spent here now, and written; then the engine speaks to HQ.
"""

import contextlib
import random
from collections import Counter
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

import nacl.public
from msgspec.structs import replace

from pos_client.ledger import Ledger, MemberFigure
from pos_client.sync.engine import SyncEngine
from pos_client.sync.hq_api import HqApi, Unreachable
from shared_models.bodies import (
    MemberRegistered,
    Refund,
    RefundWithoutReceipt,
    Sale,
    TopUp,
    UnreceiptedLine,
    decode_body,
)
from shared_models.entries import Attachment
from shared_models.ids import IdSource
from shared_models.members import mask_phone, phone_hash
from shared_models.moments import Clock, local_minute_of
from shared_models.refunds import plan_refund, state_after
from shared_models.rule_engine import (
    ENGINE_VERSION,
    eligible_paid_fen,
    ladder_bonus,
    points_earned,
    points_lot_for,
    points_lot_for_return,
    quote,
)
from shared_models.rules import StoreRules, rule_hash
from shared_models.sales import Approval, CouponTerms, LotAmount, MemberOnSale, Price, QuoteInputs, Tender
from tests.replay.account import Split
from tests.replay.payment import basket_line, one_lot, pay, points_drawn
from tests.replay.people import People, phone_of
from tests.replay.plan import TillName
from tests.replay.reader import Row

CASHIER = "1"
MANAGER = "2"
STORED_VALUE_PERCENT = 30
RESTART_SHARE = 0.01
READ_EVERY_MS = 24 * 3_600_000
ROUNDS_MAX = 30


@dataclass(frozen=True, slots=True)
class SaleDone:
    """A sale as it was written, for the account."""

    business_id: str
    off_fen: int
    paid: Split
    stored_value_tried_fen: int
    coupons: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class RefundDone:
    """A refund as it was written, for the account."""

    business_id: str
    returned: Split


class Line(Protocol):
    """What a test may do to a till's line: cut it, and let it be sound or not."""

    down: bool
    faults: bool


class ReplayTill:
    """One till. `down` is whether its line is; the business date follows the clock it was given."""

    def __init__(
        self, name: TillName, ledger: Ledger, api: HqApi, wire: Line, phone_key: bytes, clock: Clock,
        ids: IdSource, chance: random.Random, told: Counter[str],
    ) -> None:  # fmt: skip
        self.name = name
        self.ledger = ledger
        self.wire = wire
        self._api = api
        self._phone_key = phone_key
        self._clock = clock
        self._ids = ids
        self._chance = chance
        self._told = told
        self._receipts = 0
        self._read_at_ms = 0
        identity = ledger.identity
        assert identity is not None
        self._identity = identity
        self.engine = self._new_engine()

    @property
    def till_id(self) -> UUID:
        """Who it is at HQ."""
        return self._identity.till_id

    # --- the line -----------------------------------------------------------------------------------------------

    def _new_engine(self) -> SyncEngine:
        return SyncEngine(self.ledger, self._api, self._clock, self._chance)

    def sync(self, *, pull: bool) -> None:
        """One contact with HQ, again after a lost answer; now and then the engine is started anew in between."""
        error = ""
        for _ in range(ROUNDS_MAX):
            if self._chance.random() < RESTART_SHARE and self.wire.faults:
                self._told["engine_restarts"] += 1
                self.engine = self._new_engine()
            error = self.engine.run_once(pull=pull).error
            if not error or self.wire.down:
                self._read_at_ms = self._clock.now_ms() if pull else self._read_at_ms
                return
        raise RuntimeError(f"{self.name}: {error} again and again")

    def read_news(self, *, at_once: bool) -> None:
        """What the long poll does all day: here once a day, and when somebody unknown stands at the counter."""
        if not at_once and self._clock.now_ms() - self._read_at_ms < READ_EVERY_MS:
            return
        for _ in range(ROUNDS_MAX):
            with contextlib.suppress(Unreachable):
                while self.engine.pull(0).more:
                    pass
                self._read_at_ms = self._clock.now_ms()
                return

    # --- members ------------------------------------------------------------------------------------------------

    def member_of(self, member: str, people: People) -> UUID:
        """Whom the card belongs to; somebody this till has not heard of is registered here."""
        for card in people.cards[member]:
            row = self.ledger.member_by_card(card)
            if row is not None:
                return row.canonical_id
        if not self.wire.down:
            self.read_news(at_once=True)
        row = self.ledger.member_by_phone_hash(phone_hash(phone_of(member), self._phone_key))
        return row.canonical_id if row is not None else self._register(member, people)

    def _register(self, member: str, people: People) -> UUID:
        number, member_id = phone_of(member), self._ids.new_id()
        seal = nacl.public.SealedBox(nacl.public.PublicKey(self._identity.hq_seal_key))
        beside = [
            Attachment(kind="phone_sealed", salt=self._ids.new_salt(), content=seal.encrypt(number.encode())),
            Attachment(kind="phone_masked", salt=self._ids.new_salt(), content=mask_phone(number).encode()),
            Attachment(
                kind="phone_hash", salt=self._ids.new_salt(), content=phone_hash(number, self._phone_key).encode()
            ),
            Attachment(kind="name", salt=self._ids.new_salt(), content=f"Member {member}".encode()),
        ]
        sealed, masked, hashed, name = (attachment.attachment_hash for attachment in beside)
        body = MemberRegistered(
            head=self.ledger.new_head(cashier_id=CASHIER, subjects=(member_id,)),
            member_id=member_id,
            card_code=people.give_card(member),
            phone_sealed=sealed,
            phone_masked=masked,
            phone_hash=hashed,
            name=name,
            home_store_id=self._identity.store_id,
            consents=("membership",),
            consent_text_version="1",
        )
        self.ledger.append(body, beside)
        self._told["registrations"] += 1
        return member_id

    def attach(self, member_id: UUID) -> UUID:
        """The member is in the basket: rights and coupons are asked for. Answers the basket's id."""
        basket_id = self._ids.new_id()
        self.ledger.save_basket(basket_id, "open", b"", member_id)
        self.engine.want(member_id)
        return basket_id

    def figure(self, member_id: UUID) -> MemberFigure:
        """The member as this till shows them."""
        figure = self.ledger.member_figure(member_id)
        assert figure is not None, "a member found here has a figure here"
        return figure

    # --- facts --------------------------------------------------------------------------------------------------

    def top_up(self, member_id: UUID, amount_fen: int) -> tuple[str, int]:
        """Pay in, with the ladder's bonus. Answers (business id, bonus)."""
        head = self.ledger.new_head(cashier_id=CASHIER, subjects=(member_id,))
        rules = self._rules(head.business_date)
        bonus = ladder_bonus(rules, amount_fen)
        body = TopUp(
            head=head,
            receipt_number=self._next_receipt(),
            channel="replay",
            member_id=member_id,
            principal_fen=amount_fen,
            bonus_fen=bonus.bonus_fen,
            ladder_step=bonus.step,
            rule_hash=rule_hash(rules),
            tenders=(Tender(kind="card", amount_fen=amount_fen, state="recorded"),),
        )
        self.ledger.append(body)
        return body.head.business_id.hex, bonus.bonus_fen

    def sell(
        self, rows: tuple[Row, ...], member_id: UUID | None, basket_id: UUID | None, *, coupon_wanted: bool
    ) -> SaleDone:
        """Quote, pay and write one sale."""
        figure = self.figure(member_id) if member_id is not None else None
        head = self.ledger.new_head(cashier_id=CASHIER, subjects=(member_id,) if member_id else ())
        rules = self._rules(head.business_date)
        inputs = self._inputs(rules, head.business_date, figure, coupon_wanted)
        quoted = quote(rules, [basket_line(number, row) for number, row in enumerate(rows, start=1)], inputs)
        # The recipe keeps what the rules let be used: an input that changes nothing is not part of the sale.
        used = tuple(terms for terms in inputs.coupons if terms.token in quoted.coupons_applied)
        inputs = replace(inputs, points_to_spend=quoted.points_used, coupons=used)
        tried_fen = quoted.total_fen * STORED_VALUE_PERCENT // 100 if figure else 0
        tenders = pay(quoted.total_fen, tried_fen, figure)
        eligible_fen = eligible_paid_fen(rules, tenders)
        earned = points_earned(rules, quoted.lines, inputs, eligible_fen)
        body = Sale(
            head=head,
            receipt_number=self._next_receipt(),
            channel="replay",
            member=MemberOnSale(member_id=member_id, identified_by="card", presence="card") if member_id else None,
            inputs=inputs,
            lines=quoted.lines,
            total_fen=quoted.total_fen,
            tenders=tenders,
            points_earned=one_lot(member_id, points_lot_for(rules, head.business_date), earned),
            points_spent=points_drawn(figure, quoted.points_used),
            coupons_redeemed=quoted.coupons_applied,
            stored_value_order=rules.stored_value.order,
        )
        self.ledger.append(body, basket_done=basket_id)
        return SaleDone(
            business_id=head.business_id.hex,
            off_fen=quoted.reductions_total_fen,
            paid=Split(
                stored_fen=sum(tender.amount_fen for tender in tenders if tender.kind == "stored_value"),
                earning_fen=eligible_fen,
                other_fen=sum(tender.amount_fen for tender in tenders if tender.kind != "stored_value"),
                points_used=quoted.points_used,
                points_earned=earned,
            ),
            stored_value_tried_fen=tried_fen,
            coupons=quoted.coupons_applied,
        )

    def sale_of(self, sale_id: UUID) -> tuple[Sale, int]:
        """A sale of this till and its seq."""
        entry = self.ledger.entry_by_business_id(sale_id)
        assert entry is not None
        sale = decode_body(entry.entry_type, entry.type_version, entry.body)
        assert isinstance(sale, Sale)
        return sale, entry.seq

    def refund(self, sale_id: UUID, pieces: dict[int, int], basket_id: UUID | None) -> RefundDone:
        """Take back pieces of lines of a sale of this till, by its own split."""
        sale, seq = self.sale_of(sale_id)
        earlier = [self.ledger.body_of(entry) for entry in self.ledger.refunds_of(sale_id)]
        state = state_after(sale, [each for each in earlier if isinstance(each, Refund)])
        plan = plan_refund(sale, state, {line: 1000 * count for line, count in pieces.items()})
        member_id = sale.member.member_id if sale.member else None
        head = self.ledger.new_head(cashier_id=CASHIER, subjects=(member_id,) if member_id else ())
        rules = self._rules(head.business_date)
        taken, debt = self._claw_back(plan.points_taken_back, plan.points_returned)
        body = Refund(
            head=head,
            receipt_number=self._next_receipt(),
            channel="replay",
            sale_id=sale_id,
            sale_till_id=self._identity.till_id,
            sale_epoch=self._identity.epoch,
            sale_seq=seq,
            member_id=member_id,
            lines=plan.lines,
            total_fen=plan.total_fen,
            rounding_fen=plan.rounding_fen,
            tenders=plan.tenders,
            points_taken_back=taken,
            points_debt=debt,
            points_returned=tuple(
                replace(part, lot=points_lot_for_return(rules, part.lot, head.business_date))
                for part in plan.points_returned
            ),
            coupons_restored=plan.coupons_restored,
            approvals=(self._approval("refund"),),
        )
        self.ledger.append(body, basket_done=basket_id)
        stored_fen = sum(tender.amount_fen for tender in plan.tenders if tender.kind == "stored_value")
        return RefundDone(
            business_id=head.business_id.hex,
            returned=Split(
                stored_fen=stored_fen,
                other_fen=sum(tender.amount_fen for tender in plan.tenders) - stored_fen,
                points_used=sum(part.amount for part in plan.points_returned),
                points_earned=sum(part.amount for part in plan.points_taken_back),
            ),
        )

    def refund_without_receipt(self, rows: tuple[Row, ...], member_id: UUID | None) -> tuple[str, int]:
        """Take goods back at their rows' prices. Answers (business id, amount)."""
        total_fen = sum(row.amount_fen for row in rows)
        body = RefundWithoutReceipt(
            head=self.ledger.new_head(cashier_id=CASHIER, subjects=(member_id,) if member_id else ()),
            receipt_number=self._next_receipt(),
            channel="replay",
            member_id=member_id,
            lines=tuple(
                UnreceiptedLine(
                    goods_id=row.goods,
                    name=row.name,
                    quantity_milli=-1000 * row.quantity,
                    price=Price(*row.price.amount_fen_and_milli),
                    amount_fen=row.amount_fen,
                )
                for row in rows
            ),
            total_fen=total_fen,
            tenders=(Tender(kind="other", amount_fen=total_fen, state="recorded"),) if total_fen else (),
            approvals=(self._approval("refund_without_receipt"),),
            reason="no_receipt",
        )
        self.ledger.append(body)
        return body.head.business_id.hex, total_fen

    # --- parts --------------------------------------------------------------------------------------------------

    def _rules(self, business_date: str) -> StoreRules:
        rules = self.ledger.rules_for(business_date)
        assert rules is not None, "HQ publishes rules before the first day"
        return rules

    def _inputs(
        self, rules: StoreRules, business_date: str, figure: MemberFigure | None, coupon_wanted: bool
    ) -> QuoteInputs:
        usable = [coupon.terms for coupon in figure.coupons if coupon.usable_now] if figure else []
        coupons: tuple[CouponTerms, ...] = tuple(usable[:1]) if coupon_wanted else ()
        return QuoteInputs(
            rule_hash=rule_hash(rules),
            engine_version=ENGINE_VERSION,
            mirror_cursor=self.ledger.mirror_cursor(),
            business_date=business_date,
            local_minute=local_minute_of(self._clock.now_ms()),
            member_id=figure.member.member_id if figure else None,
            tier=figure.canonical.tier if figure else "",
            coupons=coupons,
            points_to_spend=figure.points_here if figure else 0,
        )

    def _claw_back(
        self, wanted: tuple[LotAmount, ...], returned: tuple[LotAmount, ...]
    ) -> tuple[tuple[LotAmount, ...], int]:
        """What of the points can be taken back here, and what is owed instead. Points that this refund gives back to
        the same lot may be taken at once."""
        held = self.ledger.rights_of([part.subject for part in wanted])
        here = {key: counters.available for key, counters in held.items()}
        for part in returned:
            key = (part.subject, part.lot)
            here[key] = here.get(key, 0) + part.amount
        taken = tuple(replace(part, amount=min(part.amount, here.get((part.subject, part.lot), 0))) for part in wanted)
        debt = sum(part.amount for part in wanted) - sum(part.amount for part in taken)
        return tuple(part for part in taken if part.amount), debt

    def _approval(self, action: str) -> Approval:
        return Approval(
            approval_id=self._ids.new_id().hex, action=action, approver_id=MANAGER, at_ms=self._clock.now_ms()
        )

    def _next_receipt(self) -> str:
        self._receipts += 1
        return f"{self._identity.till_number:02d}{self._identity.epoch}-{self._receipts:06d}"
