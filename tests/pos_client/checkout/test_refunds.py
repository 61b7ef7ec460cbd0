"""Refunds: what was paid comes back the way it came, to the fen, and never more than that."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from pos_client.checkout.money_views import UnreceiptedWanted
from pos_client.checkout.views import DoneView
from shared_models.bodies import Refund, RefundWithoutReceipt, Sale, TenderCorrected, TokenReleased
from shared_models.refusals import Refusal
from shared_models.tokens import restored_token
from tests.pos_client.checkout.bakery import (
    ALL_OF_ZHOU,
    BONUS,
    BREAD,
    CROISSANT,
    EIGHT_OFF,
    MANAGER_PIN,
    POINTS_NEW,
    POINTS_OLD,
    PRINCIPAL,
    WATER,
    ZHOU,
    ZHOU_CARD,
    Bakery,
)


def _rich_sale(bakery: Bakery) -> DoneView:
    """Coupon, points, stored value, wallet and cash in one sale of 周女士."""
    bakery.grant(ALL_OF_ZHOU, coupons=(EIGHT_OFF,))
    checkout = bakery.checkout
    checkout.basket.scan(ZHOU_CARD)
    for code in (BREAD, BREAD, CROISSANT, CROISSANT, WATER):
        checkout.basket.scan(code)
    checkout.basket.use_coupon(EIGHT_OFF.token)
    checkout.basket.use_points(300)
    checkout.payment.pay_stored_value(1_500)
    checkout.payment.pay_external("wechat", 500)
    checkout.payment.pay_cash()
    return checkout.payment.complete()


def test_a_refund_of_everything_returns_everything(bakery: Bakery) -> None:
    checkout = bakery.selling()
    before = bakery.ledger.member_figure(ZHOU)
    done = _rich_sale(bakery)
    (sale,) = bakery.written(Sale)
    found = checkout.refunds.find(done.receipt_number)
    everything = {line.line_number: line.left_milli for line in found.lines}

    planned = checkout.refunds.plan(found.sale_id, everything)
    assert planned.total_fen == sale.total_fen
    assert [(tender.kind, tender.amount_fen) for tender in planned.tenders] == [
        (tender.kind, tender.amount_fen) for tender in sale.tenders
    ]
    assert (planned.points_returned, planned.coupons_restored, planned.points_debt) == (300, 1, 0)
    checkout.refunds.refund(found.sale_id, everything)

    (refund,) = bakery.written(Refund)
    after = bakery.ledger.member_figure(ZHOU)
    assert before is not None
    assert after is not None
    assert (after.principal_fen, after.bonus_fen, after.points) == (
        before.principal_fen,
        before.bonus_fen,
        before.points,
    )
    assert refund.rounding_fen == sale.rounding_fen
    restored = restored_token(refund.head.business_id, EIGHT_OFF.token)
    assert bakery.ledger.owned_token(restored) is not None
    assert checkout.refunds.find(done.receipt_number).lines[0].left_milli == 0


def test_stored_value_goes_back_to_the_lots_it_came_from(bakery: Bakery) -> None:
    bakery.grant({PRINCIPAL: 1_000, BONUS: 6_800})
    checkout = bakery.selling()
    checkout.basket.scan(ZHOU_CARD)
    checkout.basket.scan(BREAD)
    checkout.payment.pay_stored_value()
    done = checkout.payment.complete()
    found = checkout.refunds.find(done.receipt_number)
    checkout.refunds.refund(found.sale_id, {1: 1000})

    (refund,) = bakery.written(Refund)
    assert [(part.lot, part.amount) for part in refund.tenders[0].lots] == [(PRINCIPAL, 1_000), (BONUS, 596)]
    figure = bakery.ledger.member_figure(ZHOU)
    assert figure is not None
    assert (figure.principal_here_fen, figure.bonus_here_fen) == (1_000, 6_800)


def test_points_returned_by_a_refund_may_be_taken_back_by_the_same_one(bakery: Bakery) -> None:
    bakery.grant({POINTS_OLD: 120, POINTS_NEW: 1_164})
    checkout = bakery.selling()
    checkout.basket.scan(ZHOU_CARD)
    checkout.basket.scan(BREAD)
    checkout.basket.set_quantity(1, 20_000)
    checkout.basket.use_points(1_200)
    checkout.payment.pay_cash()
    first = checkout.payment.complete()
    checkout.basket.scan(ZHOU_CARD)
    assert checkout.exchanges.exchange("x1").entry_type == "points_exchange"  # 300 of what is left here

    found = checkout.refunds.find(first.receipt_number)
    planned = checkout.refunds.plan(found.sale_id, {1: 20_000})

    assert (planned.points_returned, planned.points_taken_back, planned.points_debt) == (1_200, 307, 0)
    checkout.refunds.refund(found.sale_id, {1: 20_000})
    figure = bakery.ledger.member_figure(ZHOU)
    assert figure is not None
    assert figure.points == 1_284 - 300


def test_a_clawback_above_what_is_here_is_written_as_debt(bakery: Bakery) -> None:
    checkout = bakery.selling()
    checkout.basket.scan(ZHOU_CARD)
    checkout.basket.scan(BREAD)
    checkout.basket.set_quantity(1, 10_000)
    checkout.payment.pay_cash()
    first = checkout.payment.complete()  # earns 159 points, held here
    checkout.basket.scan(ZHOU_CARD)
    checkout.basket.scan(BREAD)
    checkout.basket.use_points(100)  # of them
    checkout.payment.pay_cash()
    checkout.payment.complete()

    found = checkout.refunds.find(first.receipt_number)
    checkout.refunds.refund(found.sale_id, {1: 10_000})

    (refund,) = bakery.written(Refund)
    assert sum(part.amount for part in refund.points_taken_back) == 159 - 100 + 14
    assert refund.points_debt == 86
    figure = bakery.ledger.member_figure(ZHOU)
    assert figure is not None
    assert figure.points_debt == 86


def test_more_than_was_bought_never_comes_back(bakery: Bakery) -> None:
    checkout = bakery.selling()
    checkout.basket.scan(BREAD)
    checkout.basket.set_quantity(1, 3_000)
    checkout.payment.pay_cash()
    done = checkout.payment.complete()
    found = checkout.refunds.find(done.receipt_number)
    checkout.refunds.refund(found.sale_id, {1: 2_000})

    with pytest.raises(Refusal) as refused:
        checkout.refunds.refund(found.sale_id, {1: 2_000})
    assert (refused.value.code, refused.value.fields["left_milli"]) == ("refund_more_than_left", 1_000)
    for wanted, code in (
        ({}, "refund_nothing_wanted"),
        ({1: 500}, "refund_whole_pieces"),
        ({9: 1_000}, "refund_line_unknown"),
    ):
        with pytest.raises(Refusal, match=code):
            checkout.refunds.refund(found.sale_id, wanted)


def test_a_receipt_of_another_till_names_that_till(bakery: Bakery) -> None:
    checkout = bakery.selling()

    with pytest.raises(Refusal) as refused:
        checkout.refunds.find("011-47")
    with pytest.raises(Refusal) as unknown:
        checkout.refunds.find("021-999")

    assert (refused.value.code, refused.value.fields) == ("receipt_of_other_till", {"till_number": 1, "who": "till"})
    assert unknown.value.code == "receipt_unknown"


def test_once_the_right_to_refund_has_gone_home_only_hq_can(bakery: Bakery) -> None:
    checkout = bakery.selling()
    checkout.basket.scan(BREAD)
    checkout.payment.pay_cash()
    done = checkout.payment.complete()
    head = bakery.ledger.new_head()
    bakery.ledger.append(TokenReleased(head=head, refund_rights_through_seq=bakery.ledger.head().seq))

    with pytest.raises(Refusal) as refused:
        checkout.refunds.refund(done.business_id, {1: 1_000})

    assert (refused.value.code, refused.value.fields["who"]) == ("refund_right_not_here", "hq")


def test_a_large_or_late_refund_needs_a_manager(bakery: Bakery) -> None:
    checkout = bakery.selling()
    checkout.basket.add_goods("cake", open_price_fen=60_000)
    checkout.payment.pay_external("card")
    done = checkout.payment.complete()
    found = checkout.refunds.find(done.receipt_number)
    assert checkout.refunds.plan(found.sale_id, {1: 1_000}).approval_needed == "refund"

    with pytest.raises(Refusal, match="approval_needed"):
        checkout.refunds.refund(found.sale_id, {1: 1_000})
    approval = checkout.staff.approve("refund", "m1", MANAGER_PIN)
    checkout.refunds.refund(found.sale_id, {1: 1_000}, approval=approval)

    (refund,) = bakery.written(Refund)
    assert [(one.action, one.approver_id) for one in refund.approvals] == [("refund", "m1")]
    assert (refund.tenders[0].kind, refund.tenders[0].state) == ("card", "recorded")


def test_a_large_refund_in_small_parts_needs_a_manager_too(bakery: Bakery) -> None:
    checkout = bakery.selling()
    for _ in range(2):
        checkout.basket.add_goods("cake", open_price_fen=30_000)
    checkout.payment.pay_external("card")
    done = checkout.payment.complete()

    checkout.refunds.refund(done.business_id, {1: 1_000})
    with pytest.raises(Refusal, match="approval_needed"):
        checkout.refunds.refund(done.business_id, {2: 1_000})


def test_without_a_receipt_only_with_approval_and_up_to_the_day_s_limit(bakery: Bakery) -> None:
    checkout = bakery.selling()
    wanted = [UnreceiptedWanted(goods_id="bread", quantity_milli=10_000)]
    with pytest.raises(Refusal, match="approval_needed"):
        checkout.refunds.without_receipt(wanted)
    approval = checkout.staff.approve("refund_without_receipt", "m1", MANAGER_PIN)
    checkout.refunds.without_receipt(wanted, reason="stale", approval=approval)

    (body,) = bakery.written(RefundWithoutReceipt)
    assert (body.total_fen, body.reason, body.lines[0].tax_included_fen) == (16_800, "stale", 1_933)
    second = checkout.staff.approve("refund_without_receipt", "m1", MANAGER_PIN)
    with pytest.raises(Refusal) as refused:
        checkout.refunds.without_receipt(wanted, approval=second)
    assert (refused.value.code, refused.value.fields["left_fen"]) == ("daily_limit", 13_200)
    with pytest.raises(Refusal, match="price_above_list"):
        checkout.refunds.without_receipt([UnreceiptedWanted(goods_id="bread", quantity_milli=1_000, price_fen=1_681)])


def test_the_last_sale_is_voided_as_a_whole_once(bakery: Bakery) -> None:
    checkout = bakery.selling()
    with pytest.raises(Refusal, match="nothing_to_void"):
        checkout.refunds.void_last()
    _rich_sale(bakery)
    (sale,) = bakery.written(Sale)
    checkout.refunds.void_last(approval=checkout.staff.approve("void_sale", "m1", MANAGER_PIN))

    (refund,) = bakery.written(Refund)
    assert refund.total_fen == sale.total_fen
    assert checkout.shifts.close({10_000: 2}).difference_fen == 0
    checkout.shifts.open(0)
    with pytest.raises(Refusal, match="nothing_to_void"):
        checkout.refunds.void_last()


def test_a_tender_is_corrected_and_the_refund_follows_the_correction(bakery: Bakery) -> None:
    checkout = bakery.selling()
    checkout.basket.scan(BREAD)
    checkout.payment.pay_cash()
    done = checkout.payment.complete()
    approval = checkout.staff.approve("tender_correction", "m1", MANAGER_PIN)
    checkout.refunds.correct_tender(done.business_id, 0, "alipay", reference="A-17", approval=approval)

    (body,) = bakery.written(TenderCorrected)
    assert (body.taken_back[0].kind, body.put_instead[0].kind, body.put_instead[0].amount_fen) == (
        "cash",
        "alipay",
        1_680,
    )
    planned = checkout.refunds.plan(done.business_id, {1: 1_000})
    assert [(tender.kind, tender.amount_fen) for tender in planned.tenders] == [("alipay", 1_680)]
    assert checkout.shifts.close({10_000: 2}).tenders == {"cash": 0, "alipay": 1_680}


def test_stored_value_is_not_corrected_but_refunded(bakery: Bakery) -> None:
    bakery.grant(ALL_OF_ZHOU)
    checkout = bakery.selling()
    checkout.basket.scan(ZHOU_CARD)
    checkout.basket.scan(BREAD)
    checkout.payment.pay_stored_value()
    done = checkout.payment.complete()

    with pytest.raises(Refusal, match="tender_not_correctable"):
        checkout.refunds.correct_tender(done.business_id, 0, "cash")


def test_sales_are_found_by_member_with_what_was_refunded(bakery: Bakery) -> None:
    checkout = bakery.selling()
    done = _rich_sale(bakery)
    checkout.refunds.refund(done.business_id, {1: 1_000})
    checkout.basket.scan(BREAD)
    checkout.payment.pay_cash()
    checkout.payment.complete()
    checkout.basket.scan(ZHOU_CARD)

    (summary,) = checkout.refunds.of_member()
    (refund,) = bakery.written(Refund)

    assert (summary.receipt_number, summary.member_masked) == (done.receipt_number, "138****5678")
    assert summary.refunded_fen == refund.total_fen
    assert len(checkout.refunds.recent()) == 2


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=some.permutations([(1, 1_000), (1, 1_000), (2, 1_000), (2, 1_000), (3, 1_000)]))
def test_parts_in_any_order_return_exactly_what_was_paid(
    tmp_path_factory: pytest.TempPathFactory, order: list[tuple[int, int]]
) -> None:
    bakery = Bakery(tmp_path_factory.mktemp("till"))
    checkout = bakery.selling()
    before = bakery.ledger.member_figure(ZHOU)
    done = _rich_sale(bakery)
    for number, quantity in order:
        checkout.refunds.refund(done.business_id, {number: quantity})

    (sale,) = bakery.written(Sale)
    returned: dict[str, int] = {}
    for refund in bakery.written(Refund):
        for tender in refund.tenders:
            returned[tender.kind] = returned.get(tender.kind, 0) + tender.amount_fen
    assert returned == {tender.kind: tender.amount_fen for tender in sale.tenders}
    after = bakery.ledger.member_figure(ZHOU)
    assert before is not None
    assert after is not None
    assert (after.principal_fen, after.bonus_fen, after.points) == (
        before.principal_fen,
        before.bonus_fen,
        before.points,
    )
    bakery.close()
