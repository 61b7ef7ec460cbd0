"""Postings of every body sum to zero, and the till's rights move exactly as the member's lots are posted."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from shared_models import bodies
from shared_models.bodies import BODY_TYPES, Body, OpeningLot, Sale
from shared_models.entries import Head
from shared_models.postings import derive_postings, lot_account, postings_digest, with_digest
from shared_models.refunds import plan_refund, state_after
from shared_models.rights import bonus_lot, principal_lot, rights_moves
from shared_models.rules import StoreRules
from shared_models.sales import LotAmount, MemberOnSale, Price, QuoteInputs, Tender
from tests.shared_models.baskets import MEMBER, a_refund, sales

HEAD = Head(business_id=UUID(int=3), business_date="2026-03-02")
fen = st.integers(0, 10**7)
paid = st.integers(1, 10**7)


def cash(amount_fen: int) -> tuple[Tender, ...]:
    return (Tender(kind="cash", amount_fen=amount_fen),)


def stored(amount_fen: int) -> tuple[Tender, ...]:
    lots = (
        LotAmount(MEMBER, "principal:aa", amount_fen // 2),
        LotAmount(MEMBER, "bonus:aa", amount_fen - amount_fen // 2),
    )
    return (Tender(kind="stored_value", amount_fen=amount_fen, lots=lots),)


@st.composite
def withdrawals(draw: st.DrawFn) -> bodies.Withdrawal:
    forfeited = draw(fen)
    deducted = draw(st.integers(0, forfeited))
    principal = deducted + draw(paid)
    return bodies.Withdrawal(
        head=HEAD,
        receipt_number="1",
        member_id=MEMBER,
        top_up_id=UUID(int=8),
        principal_fen=principal,
        forfeited_fen=forfeited,
        deducted_fen=deducted,
        tenders=cash(principal - deducted),
    )


@st.composite
def unreceipted(draw: st.DrawFn) -> bodies.RefundWithoutReceipt:
    amount, rounding = draw(paid), draw(st.integers(-99, 99))
    line = bodies.UnreceiptedLine(goods_id="g", name="g", quantity_milli=1000, price=Price(amount), amount_fen=amount)
    tenders = draw(st.sampled_from([cash, stored]))(max(0, amount - rounding))
    return bodies.RefundWithoutReceipt(
        head=HEAD,
        receipt_number="1",
        lines=(line,),
        total_fen=amount,
        rounding_fen=amount - tenders[0].amount_fen,
        tenders=tenders,
    )


def top_up(amount: int, bonus: int) -> bodies.TopUp:
    return bodies.TopUp(
        head=HEAD, receipt_number="1", member_id=MEMBER, principal_fen=amount, bonus_fen=bonus, tenders=cash(amount)
    )


def cancelled(amount: int, bonus: int) -> bodies.TopUpCancelled:
    return bodies.TopUpCancelled(
        head=HEAD,
        receipt_number="1",
        member_id=MEMBER,
        top_up_id=UUID(int=8),
        principal_fen=amount,
        bonus_fen=bonus,
        tenders=cash(amount),
    )


def corrected(amount: int) -> bodies.TenderCorrected:
    instead = (Tender(kind="wechat", amount_fen=amount, state="recorded"),)
    return bodies.TenderCorrected(head=HEAD, sale_id=UUID(int=9), taken_back=cash(amount), put_instead=instead)


def closed(counted: int, expected: int, safe: int) -> bodies.ShiftClosed:
    return bodies.ShiftClosed(
        head=HEAD, shift_id=UUID(int=4), counted_fen=counted, expected_fen=expected, to_safe_fen=safe
    )


lots = st.lists(
    st.builds(
        OpeningLot,
        lot=st.sampled_from(["principal:aa", "bonus:aa", "points:2026-05", "uses"]),
        amount=st.integers(-(10**6), 10**6),
    ),
    max_size=4,
).map(tuple)
hq_facts: st.SearchStrategy[Body] = st.one_of(
    lots.map(lambda given_lots: bodies.OpeningBalance(head=HEAD, member_id=MEMBER, lots=given_lots)),
    lots.map(lambda given_lots: bodies.ExposureBooked(head=HEAD, subject=MEMBER, lots=given_lots, reason="restored")),
    lots.map(lambda given_lots: bodies.BalanceAdjusted(head=HEAD, member_id=MEMBER, lots=given_lots, reason="r")),
    lots.map(lambda moved: bodies.MembersUnited(head=HEAD, alias_id=MEMBER, canonical_id=UUID(int=5), moved=moved)),
    st.integers(-(10**7), 10**7).map(
        lambda amount: bodies.ExceptionSettled(
            head=HEAD,
            exception_id=UUID(int=9),
            remedy="store_pays",
            amount_fen=amount,
            debit="store_claims",
            credit="loss",
        )
    ),
    st.builds(
        lambda lot, amount: bodies.LossBooked(
            head=HEAD,
            subject=MEMBER,
            lot=lot,
            till_id=UUID(int=2),
            epoch=1,
            amount=amount,
            names_entry="x",
            reason="r",
        ),
        st.sampled_from(["principal:aa", "points:2026-05"]),
        paid,
    ),
    st.builds(
        lambda kind, amount: kind(
            head=HEAD,
            subject=MEMBER,
            risk_lot="risk:aa",
            member_id=MEMBER,
            lots=(OpeningLot(lot="principal:aa", amount=amount), OpeningLot(lot="bonus:aa", amount=1)),
            **({"amount": amount} if kind is bodies.RiskReturned else {}),
        ),
        st.sampled_from([bodies.RiskSettled, bodies.RiskReturned]),
        paid,
    ),
    st.builds(lambda amount: bodies.RiskLost(head=HEAD, subject=MEMBER, risk_lot="risk:aa", amount_fen=amount), paid),
    st.builds(lambda amount: bodies.LotExpired(head=HEAD, member_id=MEMBER, lot="points:2026-01", amount=amount), paid),
    st.builds(
        lambda amount: bodies.DebtSettled(
            head=HEAD, member_id=MEMBER, lots=(OpeningLot(lot="points:2026-05", amount=amount),), unit="points"
        ),
        paid,
    ),
)
till_facts: st.SearchStrategy[Body] = st.one_of(
    unreceipted(),
    withdrawals(),
    st.builds(top_up, paid, fen),
    st.builds(cancelled, paid, fen),
    st.builds(corrected, paid),
    st.builds(closed, fen, fen, fen),
    st.builds(lambda amount: bodies.ShiftOpened(head=HEAD, shift_id=UUID(int=4), float_fen=amount), fen),
    st.builds(
        lambda amount, safe: bodies.CashMoved(head=HEAD, amount_fen=amount, reason="r", to_safe=safe),
        st.integers(-(10**6), 10**6),
        st.booleans(),
    ),
    st.builds(
        lambda amount: bodies.PointsExchange(
            head=HEAD,
            receipt_number="1",
            member_id=MEMBER,
            item_id="i",
            item_name="i",
            points_spent=(LotAmount(MEMBER, "points:2026-05", amount),),
        ),
        paid,
    ),
    st.builds(
        lambda difference, cash_fen, is_refund: bodies.WalletSettled(
            head=HEAD,
            payment_id=UUID(int=11),
            kind="wechat",
            amount_fen=1,
            is_refund=is_refund,
            settled_as="kept",
            difference_fen=difference,
            cash_fen=cash_fen,
        ),
        st.integers(-9_999, 9_999),
        st.integers(-9_999, 9_999),
        st.booleans(),
    ),
    st.builds(
        lambda amount: bodies.SaleCredited(
            head=HEAD,
            sale_id=UUID(int=12),
            member=MemberOnSale(member_id=MEMBER, identified_by="card"),
            inputs=QuoteInputs(rule_hash="r", engine_version=1, business_date="2026-05-01"),
            points_earned=(LotAmount(MEMBER, "points:2026-05", amount),),
        ),
        paid,
    ),
    st.builds(
        lambda amount: bodies.OrderTaken(
            head=HEAD, order_id=HEAD.business_id, deposit_fen=amount, tenders=(stored_value_tender(amount),)
        ),
        paid,
    ),
    st.builds(
        lambda returned, kept: bodies.OrderCancelled(
            head=HEAD,
            order_id=UUID(int=9),
            returned_fen=returned,
            kept_fen=kept,
            tenders=(stored_value_tender(returned),),
        ),
        paid,
        paid,
    ),
)


def stored_value_tender(amount: int) -> Tender:
    return Tender(kind="stored_value", amount_fen=amount, lots=(LotAmount(MEMBER, "principal:aa", amount),))


def assert_sound(body: Body) -> None:
    """Sums to zero (else `derive_postings` raises), no empty leg, and rights move as the lots are posted."""
    postings = derive_postings(body)
    assert all(posting.amount for posting in postings)
    digest = with_digest(body).head.postings_digest
    assert digest == postings_digest(postings)
    assert len(digest) == (64 if postings else 0)
    posted: dict[tuple[UUID, str], int] = {}
    for posting in postings:
        if posting.subject is not None and posting.lot:
            key = (posting.subject, posting.lot)
            posted[key] = posted.get(key, 0) - posting.amount
    moved: dict[tuple[UUID, str], int] = {}
    for move in rights_moves(body):
        assert move.amount > 0
        key = (move.subject, move.lot)
        moved[key] = moved.get(key, 0) + (move.amount if move.counter == "T" else -move.amount)
    assert {key: amount for key, amount in moved.items() if amount} == {
        key: amount for key, amount in posted.items() if amount
    }


@given(till_facts)
def test_what_a_till_writes_sums_to_zero_and_moves_rights_as_posted(body: Body) -> None:
    assert_sound(body)


@given(sales())
def test_a_sale_and_its_refund_sum_to_zero_and_cancel_each_other(sold: tuple[StoreRules, Sale]) -> None:
    _, sale = sold
    plan = plan_refund(sale, state_after(sale, []), {line.line_number: line.quantity_milli for line in sale.lines})
    refund = a_refund(sale, plan)
    assert_sound(sale)
    assert_sound(refund)
    sums: dict[tuple[str, str], int] = {}
    for posting in (*derive_postings(sale), *derive_postings(refund)):
        sums[posting.account, posting.lot] = sums.get((posting.account, posting.lot), 0) + posting.amount
    assert set(sums.values()) <= {0}


@given(hq_facts)
def test_what_hq_writes_sums_to_zero(body: Body) -> None:
    for posting in derive_postings(body):
        assert posting.amount


def test_the_fact_types_with_postings_are_all_tried_here() -> None:
    tried = {
        *(bodies.Sale, bodies.Refund, bodies.RefundWithoutReceipt, bodies.TopUp, bodies.TopUpCancelled),
        *(bodies.Withdrawal, bodies.PointsExchange, bodies.ShiftOpened, bodies.CashMoved, bodies.TenderCorrected),
        *(bodies.ShiftClosed, bodies.OpeningBalance, bodies.MembersUnited, bodies.BalanceAdjusted),
        *(bodies.LossBooked, bodies.ExposureBooked, bodies.DebtSettled, bodies.LotExpired),
        *(bodies.RiskSettled, bodies.RiskReturned, bodies.RiskLost, bodies.ExceptionSettled),
        *(bodies.WalletSettled, bodies.OrderTaken, bodies.OrderCancelled, bodies.SaleCredited),
    }
    from shared_models import postings

    assert set(postings._DERIVE) == tried
    assert set(postings._DERIVE) < set(BODY_TYPES.values())


def test_an_entry_that_does_not_add_up_is_never_written() -> None:
    """A top-up of 100 yuan with 99 in the drawer."""
    short = replace(top_up(10_000, 0), tenders=cash(9_900))
    with pytest.raises(ValueError, match="sum to"):
        derive_postings(short)
    with pytest.raises(ValueError, match="sum to"):
        with_digest(short)


def test_a_fact_without_money_has_no_postings_and_no_digest() -> None:
    opened = bodies.DrawerOpened(head=HEAD, reason="change")
    assert derive_postings(opened) == ()
    assert with_digest(opened).head.postings_digest == ""


def test_a_top_up_names_its_lots_by_its_own_id() -> None:
    subjects = {(posting.account, posting.lot) for posting in derive_postings(top_up(10_000, 800)) if posting.subject}
    assert subjects == {("principal", principal_lot(HEAD.business_id)), ("bonus", bonus_lot(HEAD.business_id))}
    assert lot_account(principal_lot(HEAD.business_id)) == "principal"


def test_a_debt_is_what_could_not_be_taken_back() -> None:
    refund = bodies.Refund(
        head=HEAD,
        receipt_number="1",
        sale_id=UUID(int=9),
        sale_till_id=UUID(int=2),
        sale_epoch=1,
        sale_seq=1,
        member_id=MEMBER,
        lines=(),
        total_fen=0,
        points_taken_back=(LotAmount(MEMBER, "points:2026-05", 30),),
        points_debt=70,
    )
    legs = {(posting.account, posting.amount) for posting in derive_postings(refund)}
    assert legs == {("points", 30), ("points_issued", -30), ("points_debt", 70), ("points_issued", -70)}


@given(first=fen, counted=fen, expected=fen, second=fen)
def test_between_shifts_nothing_is_in_the_drawer_and_a_hand_over_moves_nothing(
    first: int, counted: int, expected: int, second: int
) -> None:
    opened = bodies.ShiftOpened(head=HEAD, shift_id=UUID(int=4), float_fen=first)
    taken = bodies.CashMoved(head=HEAD, amount_fen=expected - first, reason="r")  # whatever happened in between

    def cash(*facts: Body) -> int:
        return sum(leg.amount for fact in facts for leg in derive_postings(fact) if leg.account == "cash")

    assert cash(opened, taken, closed(counted, expected, 0)) == 0
    next_one = bodies.ShiftOpened(head=HEAD, shift_id=UUID(int=5), float_fen=second)
    assert cash(opened, taken, closed(counted, expected, counted // 2), next_one) == second
