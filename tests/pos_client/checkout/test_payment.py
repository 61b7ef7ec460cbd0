"""Paying: cash with rounding, stored value, points, coupons and wallets in any split, and one entry at the end."""

import subprocess
import sys
from pathlib import Path

import pytest
from msgspec.structs import replace

from pos_client.checkout.drafts import Draft, DraftLine, DraftTender, encode_draft
from shared_models.bodies import Sale
from shared_models.promotions import PercentPromotion
from shared_models.refusals import Refusal
from shared_models.rule_engine import BasketLine
from shared_models.rules import rule_hash
from shared_models.sales import Price
from tests.pos_client.checkout.bakery import (
    ALL_OF_ZHOU,
    BONUS,
    BREAD,
    CROISSANT,
    EIGHT_OFF,
    ELSEWHERE,
    MANAGER_PIN,
    POINTS_NEW,
    POINTS_OLD,
    PRINCIPAL,
    RULES,
    STORE_ID,
    TODAY,
    WATER,
    ZHOU,
    ZHOU_CARD,
    ZHOU_PHONE,
    Bakery,
)


def _the_sale(bakery: Bakery) -> Sale:
    (sale,) = bakery.written(Sale)
    return sale


def test_a_cash_sale_gives_change_and_is_one_entry(bakery: Bakery) -> None:
    checkout = bakery.selling()
    checkout.basket.scan(BREAD)
    checkout.basket.scan(WATER)
    paying = checkout.payment.pay_cash(5000)
    assert (paying.left_fen, paying.change_fen, paying.can_complete) == (0, 3120, True)

    done = checkout.payment.complete()

    sale = _the_sale(bakery)
    (cash,) = sale.tenders
    assert (cash.amount_fen, cash.handed_over_fen, cash.change_fen) == (1880, 5000, 3120)
    assert (sale.head.cashier_id, sale.head.business_date, sale.head.shift_id is not None) == ("c1", TODAY, True)
    assert (done.receipt_number, done.change_fen) == (sale.receipt_number, 3120)
    assert checkout.basket.view().lines == ()
    assert bakery.ledger.open_basket() is None


def test_only_the_part_paid_in_cash_is_rounded(bakery: Bakery) -> None:
    checkout = bakery.selling()
    checkout.basket.scan(ZHOU_CARD)
    checkout.basket.scan(BREAD)  # 15.96 for a gold member

    paying = checkout.payment.view()
    assert (paying.due_fen, paying.cash_left_fen, paying.quick_notes_fen) == (1596, 1590, (1590, 1600, 2000, 5000))
    assert checkout.payment.pay_external("wechat", 601).cash_left_fen == 990
    checkout.payment.pay_cash()
    checkout.payment.complete()

    sale = _the_sale(bakery)
    assert (sale.total_fen, sale.rounding_fen) == (1596, 5)
    assert [(tender.kind, tender.amount_fen, tender.state) for tender in sale.tenders] == [
        ("wechat", 601, "recorded"),
        ("cash", 990, "confirmed"),
    ]


def test_a_wallet_alone_pays_every_fen(bakery: Bakery) -> None:
    checkout = bakery.selling()
    checkout.basket.scan(ZHOU_CARD)
    checkout.basket.scan(BREAD)
    checkout.payment.pay_external("alipay", reference="2026112322001")
    checkout.payment.complete()

    sale = _the_sale(bakery)
    (tender,) = sale.tenders
    assert (sale.rounding_fen, tender.amount_fen) == (0, 1596)
    assert bakery.ledger.attachment(tender.reference_attachment) == b"2026112322001"


def test_what_rounds_to_nothing_is_paid_by_nothing(bakery: Bakery) -> None:
    checkout = bakery.selling()
    checkout.basket.add_goods("cake", open_price_fen=4)
    paying = checkout.payment.pay_cash()
    assert (paying.left_fen, paying.rounding_fen, paying.tenders[0].amount_fen) == (0, 4, 0)

    checkout.payment.complete()

    assert _the_sale(bakery).rounding_fen == 4


def test_what_costs_nothing_needs_no_payment(bakery: Bakery) -> None:
    checkout = bakery.selling()
    checkout.basket.scan(BREAD)
    approval = checkout.staff.approve("line_discount", "m1", MANAGER_PIN)
    checkout.basket.discount_line(1, percent_off=100, approval=approval)
    assert checkout.payment.view().can_complete

    done = checkout.payment.complete()

    assert (done.total_fen, _the_sale(bakery).tenders) == (0, ())
    found = checkout.refunds.find(done.receipt_number)
    checkout.refunds.refund(found.sale_id, {1: 1_000})


@pytest.mark.parametrize("code", ["134567890123456789", "281234567890123456"])
def test_a_payment_code_is_never_taken_as_a_reference(bakery: Bakery, code: str) -> None:
    checkout = bakery.selling()
    checkout.basket.scan(BREAD)

    with pytest.raises(Refusal, match="reference_is_a_payment_code"):
        checkout.payment.pay_external("wechat", reference=code)

    assert checkout.payment.view().tenders == ()


def test_nothing_is_sold_unpaid_or_paid_twice(bakery: Bakery) -> None:
    checkout = bakery.selling()
    checkout.basket.scan(BREAD)
    checkout.payment.pay_external("card", 1000)

    with pytest.raises(Refusal) as unpaid:
        checkout.payment.complete()
    assert (unpaid.value.code, unpaid.value.fields["left_fen"]) == ("not_paid", 680)
    with pytest.raises(Refusal, match="overpaid"):
        checkout.payment.pay_external("card", 700)

    checkout.payment.pay_cash(680)
    with pytest.raises(Refusal, match="overpaid"):
        checkout.payment.pay_cash(100)
    assert bakery.written(Sale) == []
    assert checkout.payment.remove(0).left_fen == 1000


def test_without_a_shift_or_a_cashier_nothing_is_sold(bakery: Bakery) -> None:
    bakery.cashier()
    bakery.checkout.basket.scan(BREAD)
    with pytest.raises(Refusal, match="no_shift"):
        bakery.checkout.payment.view()
    bakery.checkout.shifts.open(0)
    bakery.checkout.staff.log_out()
    with pytest.raises(Refusal, match="nobody_logged_in"):
        bakery.checkout.payment.view()


def test_stored_value_is_drawn_principal_first_from_rights_held_here(bakery: Bakery) -> None:
    bakery.grant({PRINCIPAL: 1_000, BONUS: 6_800})
    checkout = bakery.selling()
    checkout.basket.scan(ZHOU_CARD)
    checkout.basket.scan(BREAD)

    paying = checkout.payment.pay_stored_value()
    (tender,) = paying.tenders
    assert (tender.amount_fen, tender.principal_fen, tender.bonus_fen) == (1596, 1000, 596)
    assert (paying.stored_value.balance_fen, paying.stored_value.usable_fen) == (36_800, 7_800)
    assert (paying.stored_value.after_usable_fen, paying.stored_value.why_not_more) == (6_204, "at_hq")
    done = checkout.payment.complete()

    sale = _the_sale(bakery)
    assert [(part.lot, part.amount) for part in sale.tenders[0].lots] == [(PRINCIPAL, 1000), (BONUS, 596)]
    assert sale.stored_value_order == "principal_first:principal_short"
    assert sale.member is not None
    assert sale.member.presence == "card"
    assert done.points_earned == 10  # on principal only
    figure = bakery.ledger.member_figure(ZHOU)
    assert figure is not None
    assert (figure.principal_fen, figure.bonus_fen) == (29_000, 6_204)


def test_without_rights_here_nothing_can_be_spent_whatever_the_balance_says(bakery: Bakery) -> None:
    checkout = bakery.selling()
    view = checkout.basket.scan(ZHOU_CARD).basket
    checkout.basket.scan(BREAD)
    assert view.member is not None
    assert (view.member.stored_value_fen, view.member.stored_value_usable_fen) == (36_800, 0)
    assert view.member.why_not_more == "at_hq"
    assert bakery.rights_wanted == [ZHOU]

    with pytest.raises(Refusal) as refused:
        checkout.payment.pay_stored_value()
    assert (refused.value.code, refused.value.fields["who"]) == ("value_at_hq", "hq")


def test_a_member_looked_up_by_phone_spends_freely_up_to_the_daily_limit_only(bakery: Bakery) -> None:
    bakery.grant(ALL_OF_ZHOU)
    checkout = bakery.selling()
    found = checkout.members.find(ZHOU_PHONE)
    checkout.members.attach(found.matches[0].member_id, found.means)
    checkout.basket.scan(BREAD)
    checkout.basket.set_quantity(1, 11_000)  # 175.56
    checkout.payment.pay_stored_value()
    checkout.payment.complete()
    sale = _the_sale(bakery)
    assert sale.member is not None
    assert (sale.member.identified_by, sale.member.presence) == ("phone", "small_amount")

    checkout.members.attach(ZHOU, "phone")
    checkout.basket.scan(BREAD)
    checkout.basket.set_quantity(1, 2_000)
    assert checkout.payment.view().stored_value.presence_needed_above_fen == 2_444
    with pytest.raises(Refusal) as refused:
        checkout.payment.pay_stored_value()
    assert refused.value.code == "presence_needed"
    assert (refused.value.fields["free_fen"], refused.value.fields["who"]) == (2_444, "member")

    approval = checkout.staff.approve("presence", "m1", MANAGER_PIN, reason="known_in_person")
    checkout.members.approve_presence(approval)
    checkout.payment.pay_stored_value()
    checkout.payment.complete()
    second = bakery.written(Sale)[1]
    assert second.member is not None
    assert second.member.presence == "manager"
    assert [(one.action, one.approver_id, one.reason) for one in second.approvals] == [
        ("presence", "m1", "known_in_person")
    ]


def test_the_daily_limit_is_remembered_over_a_restart(bakery: Bakery) -> None:
    bakery.grant(ALL_OF_ZHOU)
    checkout = bakery.selling()
    checkout.members.attach(ZHOU, "name")
    checkout.basket.scan(BREAD)
    checkout.payment.pay_stored_value()
    checkout.payment.complete()

    checkout = bakery.again()
    bakery.cashier()
    view = checkout.members.attach(ZHOU, "name")

    assert view.member is not None
    assert view.member.free_today_fen == 20_000 - 1_596


def test_coupon_points_and_stored_value_in_one_sale(bakery: Bakery) -> None:
    bakery.grant(ALL_OF_ZHOU, coupons=(EIGHT_OFF,))
    checkout = bakery.selling()
    checkout.basket.scan(ZHOU_CARD)
    for code in (BREAD, CROISSANT, CROISSANT, WATER):
        checkout.basket.scan(code)

    suggestion = checkout.basket.suggestion()
    assert suggestion is not None
    view = checkout.basket.adopt_suggestion()
    assert view.due_fen == suggestion.total_fen
    assert checkout.basket.suggestion() is None
    eight_off = view.coupons[0]
    assert (eight_off.name, eight_off.applied, eight_off.takes_off_fen) == ("满30减8", True, 800)
    checkout.payment.pay_stored_value(500)
    checkout.payment.pay_external("wechat")
    checkout.payment.complete()

    sale = _the_sale(bakery)
    assert sale.coupons_redeemed == (EIGHT_OFF.token,)
    assert [(part.lot, part.amount) for part in sale.points_spent] == [
        (POINTS_OLD, 120),
        (POINTS_NEW, suggestion.points - 120),
    ]
    assert sum(tender.amount_fen for tender in sale.tenders) == sale.total_fen == suggestion.total_fen
    assert sum(line.tax_included_fen for line in sale.lines) > 0


def test_a_coupon_that_cannot_be_used_says_who_could(bakery: Bakery) -> None:
    checkout = bakery.selling()
    view = checkout.basket.scan(ZHOU_CARD).basket
    checkout.basket.scan(WATER)
    assert [(coupon.why_not, coupon.usable) for coupon in view.coupons] == [
        ("coupon_at_hq", False),
        ("coupon_at_till", False),
    ]
    with pytest.raises(Refusal) as at_neighbour:
        checkout.basket.use_coupon(ELSEWHERE.token)
    assert (at_neighbour.value.code, at_neighbour.value.fields) == ("coupon_at_till", {"till_number": 1, "who": "till"})

    bakery.grant({}, coupons=(EIGHT_OFF,))
    with pytest.raises(Refusal) as too_little:
        checkout.basket.use_coupon(EIGHT_OFF.token)
    assert (too_little.value.code, too_little.value.fields["minimum_fen"]) == ("coupon_minimum", 3000)


def test_points_are_money_in_whole_steps_and_only_as_many_as_are_here(bakery: Bakery) -> None:
    bakery.grant({POINTS_OLD: 120, POINTS_NEW: 150})
    checkout = bakery.selling()
    checkout.basket.scan(ZHOU_CARD)
    checkout.basket.scan(BREAD)

    view = checkout.basket.use_points(1_000)

    assert (view.points_used, view.points_reduction_fen, view.due_fen) == (200, 200, 1396)
    assert checkout.basket.use_points(0).due_fen == 1596


def test_a_basket_with_payments_survives_a_power_cut_without_the_stored_value(bakery: Bakery) -> None:
    bakery.grant(ALL_OF_ZHOU)
    checkout = bakery.selling()
    checkout.basket.scan(ZHOU_CARD)
    checkout.basket.scan(BREAD)
    checkout.payment.pay_external("wechat", 500)
    checkout.payment.pay_stored_value(500)

    checkout = bakery.again()
    view = checkout.basket.restore()
    bakery.cashier()

    assert view.payments_begun
    assert [(tender.kind, tender.amount_fen) for tender in checkout.payment.view().tenders] == [("wechat", 500)]
    with pytest.raises(Refusal, match="payments_begun"):
        checkout.basket.cancel()


def test_a_price_does_not_change_while_the_customer_pays(bakery: Bakery) -> None:
    checkout = bakery.selling()
    checkout.basket.scan(BREAD)
    before = checkout.payment.pay_external("wechat", 680).due_fen
    bakery.clock.advance(10 * 3_600_000)

    assert checkout.payment.view().due_fen == before
    checkout.payment.pay_cash()
    checkout.payment.complete()
    assert _the_sale(bakery).inputs.local_minute == 10 * 60 + 13


def test_rules_that_come_while_the_customer_pays_are_for_the_next_sale(bakery: Bakery) -> None:
    """The wallet had paid the whole price, and then it was too much: the sale could not be completed."""
    checkout = bakery.selling()
    checkout.basket.scan(BREAD)
    checkout.payment.pay_external("wechat")
    half = PercentPromotion(promotion_id="half", name="今日半价", percent_off=50)
    rules = replace(RULES, version=15, promotions=(half,))
    bakery.tell(bakery.row("rules", f"{STORE_ID.hex}/{rule_hash(rules)}", rules))

    assert (checkout.payment.view().due_fen, checkout.payment.view().left_fen) == (1680, 0)
    assert checkout.payment.cancel().due_fen == 840
    checkout.payment.pay_external("wechat")
    checkout.payment.complete()
    assert _the_sale(bakery).inputs.rule_hash == rule_hash(rules)


def test_a_sale_the_disk_had_taken_without_saying_so_is_not_sold_again(bakery: Bakery) -> None:
    checkout = bakery.selling()
    checkout.basket.scan(BREAD)
    checkout.payment.pay_cash(2_000)
    first = checkout.payment.complete()
    (sold,) = bakery.written(Sale)
    line = BasketLine(line_number=1, goods_id="bread", name="全麦吐司", quantity_milli=1_000, price=Price(1_680))
    saved = Draft(
        basket_id=first.business_id,
        lines=(DraftLine(line=line),),
        tenders=(DraftTender(kind="cash", amount_fen=2_000),),
    )
    bakery.ledger.save_basket(first.business_id, "open", encode_draft(saved))  # as if only the sale had been written

    checkout = bakery.again()
    checkout.basket.restore()
    bakery.cashier()
    again = checkout.payment.complete()

    assert bakery.written(Sale) == [sold]
    assert (again.receipt_number, again.change_fen) == (first.receipt_number, 320)
    assert checkout.basket.view().lines == ()
    assert bakery.ledger.open_basket() is None


def test_a_disk_without_room_refuses_the_sale_and_keeps_the_basket(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.pos_client.checkout.full_disk", str(tmp_path / "till")]

    told = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout

    assert told.split() == ["disk_full", "0", "True", "1680", "1"]
