"""Orders with a deposit: owed until the order is collected, never sales before; collected once; cancelled by rule."""

import msgspec
import pytest
from msgspec.structs import replace

from pos_client.checkout.order_times import collect_moment
from pos_client.ledger import verify
from shared_models.bodies import OrderCancelled, OrderCollected, OrderTaken, Refund, Sale
from shared_models.moments import ManualClock
from shared_models.postings import derive_postings
from shared_models.refusals import Refusal
from shared_models.sales import LotAmount, Tender
from tests.pos_client.checkout.bakery import (
    ALL_OF_ZHOU,
    BREAD,
    CROISSANT,
    MANAGER_PIN,
    MORNING_MS,
    PRINCIPAL,
    RULES,
    WATER,
    ZHOU,
    ZHOU_CARD,
    Bakery,
)

DAY_MS = 86_400_000
ZONE = "Asia/Shanghai"
LATER = "25 18:30"  # the day after tomorrow, as the bakery's clock goes


def order(
    bakery: Bakery, *codes: str, by: str = "cash", deposit_fen: int | None = None, text: str = "生日快乐"
) -> OrderTaken:
    """An order of these goods, its deposit paid."""
    for code in codes:
        bakery.checkout.basket.scan(code)
    bakery.checkout.orders.begin(LATER, deposit_fen=deposit_fen, name="周女士", phone="13800005678", text=text)
    if by == "cash":
        bakery.checkout.payment.pay_cash()
    elif by == "stored_value":
        bakery.checkout.payment.pay_stored_value()
    else:
        bakery.checkout.payment.pay_external(by)  # type: ignore[arg-type]  # a test's own word
    bakery.checkout.payment.complete()
    return bakery.written(OrderTaken)[-1]


def sums(*written: object) -> dict[str, int]:
    found: dict[str, int] = {}
    for body in written:
        for leg in derive_postings(body):  # type: ignore[arg-type]  # bodies
            found[leg.account] = found.get(leg.account, 0) + leg.amount
    return {account: amount for account, amount in found.items() if amount}


def test_a_deposit_is_owed_and_is_no_sale(bakery: Bakery) -> None:
    bakery.selling()
    taken = order(bakery, BREAD, BREAD)
    assert (taken.total_fen, taken.deposit_fen) == (3360, 1100)  # at least 30 %, in whole yuan
    assert sums(taken) == {"cash": 1100, "deposits": -1100}
    assert bakery.written(Sale) == []
    (waiting,) = bakery.checkout.orders.waiting()
    assert (waiting.name, waiting.phone_masked, waiting.text) == ("周女士", "138****5678", "生日快乐")
    assert (waiting.rest_fen, waiting.pieces, waiting.is_late) == (2260, 2, False)
    assert bakery.ledger.open_basket() is None


def test_nobodys_number_stands_in_the_body_or_open_on_the_disk(bakery: Bakery) -> None:
    bakery.selling()
    taken = order(bakery, BREAD)
    for secret in ("13800005678", "周女士", "生日快乐"):
        assert secret not in msgspec.json.encode(taken).decode()
    assert not any(b"13800005678" in file.read_bytes() for file in bakery.folder.iterdir())


def test_collected_the_rest_is_paid_and_all_of_it_is_a_sale(bakery: Bakery) -> None:
    bakery.selling()
    taken = order(bakery, BREAD, BREAD)
    view = bakery.checkout.orders.collect(taken.order_id)
    assert (view.due_fen, view.collects) == (3360, taken.receipt_number)
    paying = bakery.checkout.payment.view()
    assert (paying.left_fen, [(one.kind, one.amount_fen) for one in paying.carried]) == (2260, [("deposit", 1100)])
    bakery.checkout.payment.pay_cash(3000)
    done = bakery.checkout.payment.complete()

    (sale,), (collected,) = bakery.written(Sale), bakery.written(OrderCollected)
    assert (done.change_fen, collected.sale_id, collected.deposit_fen) == (740, sale.head.business_id, 1100)
    assert sums(taken, sale, collected) == {"cash": 3360, "sales": -3360}
    assert bakery.checkout.orders.waiting() == ()
    assert verify(bakery.folder).ok


def test_an_order_is_collected_once(bakery: Bakery) -> None:
    bakery.selling()
    taken = order(bakery, BREAD)
    bakery.checkout.orders.collect(taken.order_id)
    bakery.checkout.payment.pay_cash()
    bakery.checkout.payment.complete()
    for again in (bakery.checkout.orders.collect, bakery.checkout.orders.cancel, bakery.checkout.orders.cancellation):
        with pytest.raises(Refusal, match="order_done"):
            again(taken.order_id)
    with pytest.raises(Refusal, match="order_done"):
        bakery.checkout.orders.of_receipt(taken.receipt_number)


def test_the_price_is_that_of_the_order_whatever_the_rules_say_by_then(bakery: Bakery) -> None:
    bakery.selling()
    bakery.checkout.basket.scan(ZHOU_CARD)
    taken = order(bakery, CROISSANT, CROISSANT)
    dearer = msgspec.structs.replace(RULES, version=15, promotions=(), tiers=())
    bakery.tell(bakery.row("rules", f"{RULES.store_id.hex}/new", dearer))
    bakery.checkout.orders.collect(taken.order_id)
    bakery.checkout.payment.pay_cash()
    bakery.checkout.payment.complete()
    (sale,) = bakery.written(Sale)
    assert sale.total_fen == taken.total_fen < 2 * 950
    assert sale.member is not None
    assert (sale.member.member_id, sum(part.amount for part in sale.points_earned)) == (ZHOU, sale.total_fen // 100)


def test_a_deposit_from_stored_value_goes_back_to_its_lots(bakery: Bakery) -> None:
    bakery.selling()
    bakery.grant(ALL_OF_ZHOU)
    bakery.checkout.basket.scan(ZHOU_CARD)
    taken = order(bakery, BREAD, BREAD, by="stored_value")
    assert sums(taken) == {"principal": 1000, "deposits": -1000}
    bakery.checkout.orders.cancel(taken.order_id)
    (cancelled,) = bakery.written(OrderCancelled)
    assert sums(taken, cancelled) == {}
    assert verify(bakery.folder).ok


def test_a_deposit_is_spending_too_where_the_rights_freeze_before_it_is_written(bakery: Bakery) -> None:
    bakery.selling()
    bakery.grant(ALL_OF_ZHOU)
    bakery.ledger.freeze("clone")
    order_id = bakery.ids.new_id()
    lots = (LotAmount(ZHOU, PRINCIPAL, 1000),)
    body = OrderTaken(
        head=replace(bakery.ledger.new_head(), business_id=order_id), order_id=order_id, deposit_fen=1000,
        tenders=(Tender(kind="stored_value", amount_fen=1000, lots=lots),),
    )  # fmt: skip
    with pytest.raises(Refusal, match="rights_frozen"):
        bakery.ledger.append(body)


def test_an_order_cancelled_in_time_costs_nothing_and_late_what_the_rule_keeps(bakery: Bakery) -> None:
    bakery.selling()
    early, late = order(bakery, BREAD), order(bakery, WATER, BREAD)
    assert bakery.checkout.orders.cancellation(early.order_id).kept_fen == 0
    bakery.checkout.orders.cancel(early.order_id)
    bakery.clock.advance(2 * DAY_MS)
    view = bakery.checkout.orders.cancellation(late.order_id)
    assert (view.returned_fen, view.kept_fen) == (0, late.deposit_fen)
    bakery.checkout.orders.cancel(late.order_id)

    first, second = bakery.written(OrderCancelled)
    assert sums(early, first) == {}
    assert sums(late, second) == {"cash": late.deposit_fen, "forfeited_deposits": -late.deposit_fen}


def test_a_manager_may_waive_what_the_rule_keeps(bakery: Bakery) -> None:
    bakery.selling()
    taken = order(bakery, BREAD)
    bakery.clock.advance(2 * DAY_MS)
    with pytest.raises(Refusal, match="approval_needed"):
        bakery.checkout.orders.cancel(taken.order_id, waive=True)
    word = bakery.checkout.staff.approve("order_waive", "m1", MANAGER_PIN)
    bakery.checkout.orders.cancel(taken.order_id, waive=True, approval=word)
    assert sums(taken, bakery.written(OrderCancelled)[0]) == {}


def test_what_was_a_deposit_is_refunded_in_cash(bakery: Bakery) -> None:
    bakery.selling()
    taken = order(bakery, BREAD)
    bakery.checkout.orders.collect(taken.order_id)
    bakery.checkout.payment.pay_external("card")
    sale_id = bakery.checkout.payment.complete().business_id
    word = bakery.checkout.staff.approve("refund", "m1", MANAGER_PIN)
    view = bakery.checkout.refunds.plan(sale_id, {1: 1000})
    assert [(one.kind, one.amount_fen) for one in view.tenders] == [("cash", 600), ("card", 1080)]
    bakery.checkout.refunds.refund(sale_id, {1: 1000}, approval=word)
    assert sums(taken, *bakery.written(Sale), *bakery.written(Refund)) == {}


def test_x_tells_deposits_apart_from_sales(bakery: Bakery) -> None:
    bakery.selling()
    collected, cancelled = order(bakery, BREAD), order(bakery, WATER)
    bakery.checkout.orders.collect(collected.order_id)
    bakery.checkout.payment.pay_cash()
    bakery.checkout.payment.complete()
    bakery.checkout.orders.cancel(cancelled.order_id)
    report = bakery.checkout.shifts.x_report(approval=bakery.checkout.staff.approve("x_report", "m1", MANAGER_PIN))
    assert (report.sales_fen, report.tenders) == (1680, {"cash": 1680})
    assert (report.deposits_taken_fen, report.deposits_used_fen, report.deposits_returned_fen) == (700, 600, 100)
    assert report.expected_cash_fen == 20_000 + 1680


def test_what_an_order_will_not_be(bakery: Bakery) -> None:
    bakery.selling()
    begin = bakery.checkout.orders.begin
    with pytest.raises(Refusal, match="basket_empty"):
        begin(LATER, name="周")
    bakery.checkout.basket.scan(BREAD)
    for code, wanted in (
        ("order_nameless", {}),
        ("deposit_too_small", {"name": "周", "deposit_fen": 503}),
        ("deposit_too_large", {"name": "周", "deposit_fen": 1681}),
        ("amount_invalid", {"name": "周", "deposit_fen": 10**15}),
        ("name_too_long", {"name": "周" * 41}),
        ("text_too_long", {"name": "周", "text": "字" * 121}),
        ("phone_invalid", {"phone": "12"}),
    ):
        with pytest.raises(Refusal, match=code):
            begin(LATER, **wanted)
    for code, when in (("time_unreadable", "soon"), ("time_past", "11-22 9:00"), ("time_unreadable", "25:70")):
        with pytest.raises(Refusal, match=code):
            begin(when, name="周")
    bakery.checkout.payment.pay_external("card", 100)
    with pytest.raises(Refusal, match="payments_begun"):
        begin(LATER, name="周")


def test_goods_do_not_come_to_an_order_that_is_collected(bakery: Bakery) -> None:
    bakery.selling()
    taken = order(bakery, BREAD)
    bakery.checkout.orders.collect(taken.order_id)
    with pytest.raises(Refusal, match="order_is_fixed"):
        bakery.checkout.basket.scan(WATER)
    bakery.checkout.orders.drop()
    assert bakery.checkout.basket.view().lines == ()
    assert len(bakery.checkout.orders.waiting()) == 1


def test_goods_that_change_before_the_deposit_is_paid_make_it_a_sale_again(bakery: Bakery) -> None:
    bakery.selling()
    bakery.checkout.basket.scan(BREAD)
    bakery.checkout.orders.begin(LATER, name="周女士")
    view = bakery.checkout.basket.scan(WATER).basket
    assert (view.order_deposit_fen, [notice.code for notice in view.notices]) == (None, ["order_dropped"])
    assert bakery.checkout.payment.view().left_fen == 1880


def test_an_order_is_no_exchange_and_an_exchange_no_order(bakery: Bakery) -> None:
    bakery.selling()
    taken = order(bakery, BREAD)
    bakery.checkout.basket.scan(BREAD)
    bakery.checkout.payment.pay_cash()
    sale_id = bakery.checkout.payment.complete().business_id
    bakery.checkout.refunds.exchange(
        sale_id, {1: 1000}, approval=bakery.checkout.staff.approve("refund", "m1", MANAGER_PIN)
    )
    with pytest.raises(Refusal, match="order_of_exchange"):
        bakery.checkout.orders.collect(taken.order_id)
    bakery.checkout.refunds.drop_exchange()
    bakery.checkout.orders.collect(taken.order_id)
    with pytest.raises(Refusal, match="order_of_exchange"):
        bakery.checkout.refunds.exchange(sale_id, {1: 1000})


def test_a_deposit_without_presence_counts_towards_what_is_free_a_day(bakery: Bakery) -> None:
    bakery.selling()
    bakery.grant(ALL_OF_ZHOU)
    bakery.checkout.members.attach(ZHOU, "phone")
    before = bakery.checkout.members.panel()
    assert before is not None
    order(bakery, BREAD, BREAD, by="stored_value")
    bakery.checkout.members.attach(ZHOU, "phone")
    after = bakery.checkout.members.panel()
    assert after is not None
    assert before.free_today_fen - after.free_today_fen == bakery.written(OrderTaken)[0].deposit_fen


def test_after_a_power_cut_the_order_goes_on(bakery: Bakery) -> None:
    bakery.selling()
    bakery.checkout.basket.scan(BREAD)
    bakery.checkout.orders.begin(LATER, name="周女士")
    checkout = bakery.again()
    bakery.cashier()
    assert checkout.basket.restore().order_deposit_fen == 600
    checkout.payment.pay_cash()
    checkout.payment.complete()
    taken = bakery.written(OrderTaken)[0]
    checkout.orders.collect(taken.order_id)
    checkout = bakery.again()
    bakery.cashier()
    assert checkout.basket.restore().collects == taken.receipt_number
    checkout.payment.pay_cash()
    checkout.payment.complete()
    assert sums(taken, *bakery.written(Sale)) == {"cash": 1680, "sales": -1680}


@pytest.mark.parametrize(
    ("typed", "hours_from_now"),
    [
        ("18:30", 8.28),
        ("1830", 8.28),
        ("9:00", 22.78),
        ("24 10:00", 23.78),
        ("11-24 10：00", 23.78),
        ("23 18:30", 8.28),
    ],
)
def test_times_as_cashiers_type_them(typed: str, hours_from_now: float) -> None:
    moment_ms = collect_moment(typed, ManualClock(MORNING_MS).now_ms(), ZONE)
    assert (moment_ms - MORNING_MS) / 3_600_000 == pytest.approx(hours_from_now, abs=0.01)
