"""What cashiers do, written straight into the ledger: bodies as the checkout makes them, priced by the real rules.

Every act is told to the account before it is written, in the cashier's own words; what the ledger refuses for a good
reason is no fault, what it refuses without one is.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

import nacl.public
from msgspec.structs import replace

from pos_client.ledger import MemberFigure
from pos_client.ledger.coupons import PrintedHere
from shared_models import bodies
from shared_models.bodies import Body
from shared_models.entries import Attachment
from shared_models.members import mask_phone, phone_hash
from shared_models.moments import local_minute_of
from shared_models.postings import lot_account
from shared_models.refusals import Refusal
from shared_models.rights import bonus_lot, draw, principal_lot, risk_lot
from shared_models.rule_engine import (
    ENGINE_VERSION,
    BasketLine,
    eligible_paid_fen,
    ladder_bonus,
    points_earned,
    points_lot_for,
    quote,
)
from shared_models.rules import StoreRules, rule_hash
from shared_models.sales import Approval, CouponTerms, LotAmount, MemberOnSale, Price, QuoteInputs, Tender
from tests.simulation.account import RISK, Account, Fact, Move
from tests.simulation.till import SimTill
from tests.simulation.world import GOODS_ID, Person

CASHIER = "1"
MANAGER = "2"
WHEN_FROZEN = frozenset({"rights_frozen", "lease_over"})
DISK = frozenset({"disk_full", "ledger_unknown"})


class WithoutRules(Exception):  # noqa: N818 - the counter is closed, which is no error of the program
    """The mirror went with the power, and HQ has not been heard since: nothing can be priced."""


@dataclass(frozen=True, slots=True)
class TopUpDone:
    """A top-up, as the cashier of that till remembers it."""

    at: str
    top_up_id: UUID
    member_id: UUID
    principal_fen: int
    bonus_fen: int


@dataclass(slots=True)
class People:
    """Under which ids each person is known, and the sales there were."""

    everybody: Sequence[Person]
    ids: dict[int, set[UUID]] = field(default_factory=dict)
    sales: list[tuple[str, UUID]] = field(default_factory=list)
    top_ups: list[TopUpDone] = field(default_factory=list)
    orders: list[tuple[str, UUID]] = field(default_factory=list)
    registered: int = 0


class Cashier:
    """Works at whatever till is handed in."""

    def __init__(self, people: People, account: Account) -> None:
        self.people = people
        self.account = account
        self.refused: list[str] = []
        self.disk_refusals = 0

    # --- writing ------------------------------------------------------------------------------------------------

    def write(
        self, till: SimTill, body: Body, fact: Fact, beside: Sequence[Attachment] = (), basket: UUID | None = None
    ) -> bool:
        """Write it; whether it is on the disk. A refusal without a reason is kept as a fault."""
        return self.write_all(till, [(body, fact)], beside, basket)

    def write_all(
        self,
        till: SimTill,
        pairs: Sequence[tuple[Body, Fact]],
        beside: Sequence[Attachment] = (),
        basket: UUID | None = None,
    ) -> bool:
        """The same for what is true together or not at all."""
        for _, fact in pairs:
            self.account.prepare(fact)
        try:
            till.ledger.append_all([(body, beside) for body, _ in pairs], basket_done=basket)
        except Refusal as refusal:
            if refusal.code in DISK:
                self.disk_refusals += 1
            elif refusal.code not in WHEN_FROZEN:
                self.refused.append(f"{till.name}: {pairs[0][1].kind} refused: {refusal}")
            return False
        till.scan()
        return True

    # --- members ------------------------------------------------------------------------------------------------

    def member_at(self, till: SimTill, person: Person) -> UUID | None:
        """Whom this till takes the person for; None for a stranger."""
        row = till.ledger.member_by_phone_hash(phone_hash(person.phone, till.keys.phone_key))
        return row.canonical_id if row is not None else None

    def register(self, till: SimTill, person: Person) -> UUID:
        """Register somebody this till has not heard of."""
        number, member_id = person.phone, till.ids.new_id()
        identity = till.ledger.identity
        assert identity is not None
        seal = nacl.public.SealedBox(nacl.public.PublicKey(identity.hq_seal_key))
        hashed = phone_hash(number, till.keys.phone_key).encode()
        beside = [
            Attachment(kind="phone_sealed", salt=till.ids.new_salt(), content=seal.encrypt(number.encode())),
            Attachment(kind="phone_masked", salt=till.ids.new_salt(), content=mask_phone(number).encode()),
            Attachment(kind="phone_hash", salt=till.ids.new_salt(), content=hashed),
            Attachment(kind="name", salt=till.ids.new_salt(), content=f"Person {person.number}".encode()),
        ]
        sealed, masked, hash_name, name = (attachment.attachment_hash for attachment in beside)
        body = bodies.MemberRegistered(
            head=till.ledger.new_head(cashier_id=CASHIER, subjects=(member_id,)),
            member_id=member_id,
            phone_sealed=sealed,
            phone_masked=masked,
            phone_hash=hash_name,
            name=name,
            home_store_id=till.store_id,
            consents=("membership",),
            consent_text_version="1",
        )
        self.people.ids.setdefault(person.number, set()).add(member_id)
        self.people.registered += 1
        self.write(till, body, Fact(body.head.business_id, "member_registered"), beside)
        return member_id

    def edit(self, till: SimTill, member_id: UUID, chance: random.Random) -> None:
        """Change something of a profile, or tag somebody."""
        head = till.ledger.new_head(cashier_id=CASHIER, subjects=(member_id,))
        body: Body = bodies.MemberTagged(head=head, member_id=member_id, added=(chance.choice(("vip", "loud")),))
        if chance.random() < 0.5:
            body = bodies.MemberEdited(head=head, member_id=member_id, coded={"size": chance.choice("SML")})
        self.write(till, body, Fact(head.business_id, "member_edited"))

    def attach(self, till: SimTill, member_id: UUID) -> UUID:
        """The member is in the basket: rights are asked for. Answers the basket's id."""
        basket_id = till.ids.new_id()
        left = till.ledger.open_basket()  # by a process that died before the sale
        if left is not None:
            till.ledger.drop_basket(left.basket_id)
        till.ledger.save_basket(basket_id, "open", b"", member_id)
        till.engine.want(member_id)
        return basket_id

    # --- money --------------------------------------------------------------------------------------------------

    def top_up(self, till: SimTill, member_id: UUID, amount_fen: int) -> None:
        """Pay in, with the ladder's bonus."""
        head = till.ledger.new_head(cashier_id=CASHIER, subjects=(member_id,))
        rules = self.rules(till, head.business_date)
        bonus = ladder_bonus(rules, amount_fen)
        body = bodies.TopUp(
            head=head,
            receipt_number=till.next_receipt(),
            channel="training",
            member_id=member_id,
            principal_fen=amount_fen,
            bonus_fen=bonus.bonus_fen,
            ladder_step=bonus.step,
            rule_hash=rule_hash(rules),
            tenders=(Tender(kind="card", amount_fen=amount_fen, state="recorded"),),
        )
        name = head.business_id
        moves = [Move(member_id, principal_lot(name), amount_fen)]
        if bonus.bonus_fen:
            moves.append(Move(member_id, bonus_lot(name), bonus.bonus_fen))
        if self.write(till, body, Fact(name, "top_up", tuple(moves), amount_fen)):
            self.people.top_ups.append(TopUpDone(till.name, name, member_id, amount_fen, bonus.bonus_fen))

    def sell(
        self, till: SimTill, amount_fen: int, pieces: int, member_id: UUID | None, basket: UUID | None, *,
        coupon: bool = False, paper: PrintedHere | None = None, lent_fen: int = 0,
    ) -> bool:  # fmt: skip
        """Quote, pay and write one sale. `paper`: with a printed coupon; `lent_fen`: a manager approves that so much
        more is paid by stored value than may be spent here."""
        figure = till.ledger.member_figure(member_id) if member_id is not None else None
        head = till.ledger.new_head(cashier_id=CASHIER, subjects=(member_id,) if member_id else ())
        rules = self.rules(till, head.business_date)
        inputs = self.inputs(till, rules, head.business_date, figure, coupon=coupon)
        if paper is not None:
            inputs = replace(inputs, coupons=(paper.terms,))
        if lent_fen:
            inputs = replace(inputs, points_to_spend=0)
        quoted = quote(rules, [line_of(amount_fen, pieces)], inputs)
        used = tuple(terms for terms in inputs.coupons if terms.token in quoted.coupons_applied)
        inputs = replace(inputs, points_to_spend=quoted.points_used, coupons=used)
        paid_by = _paid_by(figure, head.business_id, quoted.total_fen, lent_fen)
        lent = tuple(part for part in paid_by if part.lot.startswith(RISK))
        stored_fen = sum(part.amount for part in paid_by)
        tenders = tenders_of(paid_by, quoted.total_fen - stored_fen)
        earned = points_earned(rules, quoted.lines, inputs, eligible_paid_fen(rules, tenders)) if figure else 0
        lot = points_lot_for(rules, head.business_date)
        points = drawn_from(figure, ("points",), quoted.points_used)
        signed = (paper.content,) if paper is not None and paper.by_home_token and quoted.coupons_applied else ()
        body = bodies.Sale(
            head=head,
            receipt_number=till.next_receipt(),
            channel="training",
            member=MemberOnSale(member_id=member_id, identified_by="card", presence="card") if member_id else None,
            inputs=inputs,
            lines=quoted.lines,
            total_fen=quoted.total_fen,
            tenders=tenders,
            points_earned=(LotAmount(member_id, lot, earned),) if member_id and earned else (),
            points_spent=points,
            coupons_redeemed=quoted.coupons_applied,
            approvals=(approval(till, "risk"),) if lent else (),
            risk_taken=lent,
            stored_value_order=rules.stored_value.order,
            printed_coupons=signed,
        )
        moves = [Move(part.subject, part.lot, -part.amount) for part in (*paid_by, *points)]
        if member_id and earned:
            moves.append(Move(member_id, lot, earned))
        fact = Fact(
            head.business_id, "sale", tuple(moves), quoted.total_fen - stored_fen,
            pieces=((1, 1000 * pieces),), coupons=quoted.coupons_applied,
        )  # fmt: skip
        written = self.write(till, body, fact, basket=basket)
        if written:
            self.people.sales.append((till.name, head.business_id))
        return written

    def room_to_lend(self, till: SimTill, member_id: UUID) -> tuple[int, int]:
        """(what may be spent here, what a manager may approve above it): within the limits of the member and of this
        till until HQ has heard of it, and never more than the balance that is known of her."""
        figure = till.ledger.member_figure(member_id)
        escrow = self.rules(till, till.ledger.new_head().business_date).escrow
        if figure is None or not escrow.lends or till.frozen or figure.canonical.status != "active":
            return 0, 0
        usable_fen = sum(max(0, lot.available) for lot in figure.lots if lot_account(lot.lot) in ("principal", "bonus"))
        elsewhere_fen = figure.principal_fen + figure.bonus_fen - usable_fen - figure.risk_fen
        of_member_fen = escrow.risk_member_fen - figure.risk_fen
        of_outage_fen = escrow.risk_outage_fen - till.ledger.risk_waiting_fen()
        return usable_fen, max(0, min(elsewhere_fen, of_member_fen, of_outage_fen))

    def exchange(self, till: SimTill, member_id: UUID, points: int) -> bool:
        """Points for something of the list."""
        drawn = drawn_from(till.ledger.member_figure(member_id), ("points",), points)
        if sum(part.amount for part in drawn) < points:
            return False
        head = till.ledger.new_head(cashier_id=CASHIER, subjects=(member_id,))
        body = bodies.PointsExchange(
            head=head, receipt_number=till.next_receipt(), member_id=member_id, item_id="mug", item_name="Mug",
            points_spent=drawn,
        )  # fmt: skip
        moves = tuple(Move(part.subject, part.lot, -part.amount) for part in drawn)
        return self.write(till, body, Fact(head.business_id, "points_exchange", moves))

    # --- parts --------------------------------------------------------------------------------------------------

    @staticmethod
    def rules(till: SimTill, business_date: str) -> StoreRules:
        """The rules of this till's store on a day; those of any day where none have begun."""
        rules = till.ledger.rules_for(business_date) or till.ledger.rules_for("9999-12-31")
        if rules is None:
            raise WithoutRules
        return rules

    @staticmethod
    def inputs(
        till: SimTill, rules: StoreRules, business_date: str, figure: MemberFigure | None, *, coupon: bool
    ) -> QuoteInputs:
        """What a price depends on here and now."""
        usable = [each.terms for each in figure.coupons if each.usable_now] if figure and coupon else []
        coupons: tuple[CouponTerms, ...] = tuple(usable[:1]) if figure and not till.frozen else ()
        return QuoteInputs(
            rule_hash=rule_hash(rules),
            engine_version=ENGINE_VERSION,
            mirror_cursor=till.ledger.mirror_cursor(),
            business_date=business_date,
            local_minute=local_minute_of(till.clock.now_ms()),
            member_id=figure.member.member_id if figure else None,
            tier=figure.canonical.tier if figure else "",
            coupons=coupons,
            points_to_spend=figure.points_here if figure else 0,
        )


def line_of(amount_fen: int, pieces: int) -> BasketLine:
    """Bread."""
    return BasketLine(
        line_number=1, goods_id=GOODS_ID, name="Bread", scanned_code=GOODS_ID, quantity_milli=1000 * pieces,
        price=Price(amount_fen), price_source="open",
    )  # fmt: skip


def _paid_by(figure: MemberFigure | None, sale_id: UUID, total_fen: int, lent_fen: int) -> tuple[LotAmount, ...]:
    """What is paid by stored value: three quarters, or with what a manager lends all of it, as far as that reaches."""
    drawn = drawn_from(figure, ("principal", "bonus"), total_fen if lent_fen else total_fen * 3 // 4)
    missing_fen = min(lent_fen, total_fen - sum(part.amount for part in drawn))
    if figure is None or missing_fen <= 0:
        return drawn
    return (*drawn, LotAmount(figure.member.member_id, risk_lot(sale_id), missing_fen))


def tenders_of(paid_by: tuple[LotAmount, ...], cash_fen: int) -> tuple[Tender, ...]:
    """Stored value of these lots, and cash."""
    stored_fen = sum(part.amount for part in paid_by)
    stored = (Tender(kind="stored_value", amount_fen=stored_fen, lots=paid_by),) if stored_fen else ()
    return (*stored, Tender(kind="cash", amount_fen=cash_fen)) if cash_fen > 0 else stored


def drawn_from(figure: MemberFigure | None, kinds: Sequence[str], wanted: int) -> tuple[LotAmount, ...]:
    """So much of what may be spent here, kind by kind, each in spending order, over all ids of the person."""
    taken: list[LotAmount] = []
    missing = wanted
    for kind in kinds if figure is not None else ():
        assert figure is not None
        held = sorted((each for each in figure.lots if lot_account(each.lot) == kind), key=lambda each: each.lot)
        for each in held:
            drawn, missing = draw([(each.lot, each.available)], missing)
            taken += [LotAmount(each.subject, lot, amount) for lot, amount in drawn]
    return tuple(taken)


def approval(till: SimTill, action: str) -> Approval:
    """A manager's."""
    return Approval(approval_id=till.ids.new_id().hex, action=action, approver_id=MANAGER, at_ms=till.clock.now_ms())
