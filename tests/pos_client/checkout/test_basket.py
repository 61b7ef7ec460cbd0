"""The basket: what a scan does, what a cashier may change, and what survives a power cut."""

import pytest

from pos_client.checkout.views import BasketView
from shared_models.barcodes import check_digit
from shared_models.codes import receipt_code
from shared_models.refusals import Refusal
from tests.pos_client.checkout.bakery import BREAD, CROISSANT, MANAGER_BADGE, MANAGER_PIN, WATER, ZHOU_CARD, Bakery


def _label(weight_grams: int, amount_fen: int) -> str:
    digits = f"2100123{weight_grams:05d}{amount_fen:05d}"
    return digits + check_digit(digits)


def _lines(view: BasketView) -> list[tuple[str, int, int]]:
    return [(line.goods_id, line.quantity_milli, line.amount_fen) for line in view.lines]


def test_a_scan_adds_a_line_and_the_same_again_adds_one_more(bakery: Bakery) -> None:
    basket = bakery.selling().basket
    basket.scan(BREAD)
    basket.scan(WATER)
    view = basket.scan(BREAD).basket

    assert _lines(view) == [("bread", 2000, 3360), ("water", 1000, 200)]
    assert (view.pieces, view.due_fen, view.changed_line) == (3, 3560, 1)


def test_a_promotion_says_its_reason_on_the_line(bakery: Bakery) -> None:
    basket = bakery.selling().basket
    basket.scan(CROISSANT)
    view = basket.scan(CROISSANT).basket

    (line,) = view.lines
    assert [(reason.name, reason.amount_fen) for reason in line.reasons] == [("第二件半价", 475)]
    assert (view.list_total_fen, view.reductions_total_fen, view.due_fen) == (1900, 475, 1425)


def test_a_scale_label_is_sold_at_its_printed_amount_and_a_difference_is_named(bakery: Bakery) -> None:
    basket = bakery.selling().basket

    fits = basket.scan(_label(764, 978)).basket
    differs = basket.scan(_label(764, 1000)).basket

    assert _lines(fits) == [("apple", 764, 978)]
    assert fits.notices == ()
    assert (fits.pieces, differs.pieces, differs.due_fen) == (1, 2, 1978)
    (notice,) = differs.notices
    assert (notice.code, notice.fields) == ("label_amount_differs", {"line_number": 2, "difference_fen": 22})


@pytest.mark.parametrize(
    ("scanned", "code"),
    [
        ("6909999999996", "unknown_code"),
        ("6901234567891", "barcode_check_digit"),
        ("好吃的", "unknown_code"),
    ],
)
def test_what_cannot_be_sold_is_refused_and_changes_nothing(bakery: Bakery, scanned: str, code: str) -> None:
    basket = bakery.selling().basket
    basket.scan(BREAD)

    with pytest.raises(Refusal) as refused:
        basket.scan(scanned)

    assert refused.value.code == code
    assert _lines(basket.view()) == [("bread", 1000, 1680)]


def test_goods_that_need_more_say_what(bakery: Bakery) -> None:
    basket = bakery.selling().basket

    for goods_id, code in (("cake", "price_needed"), ("apple", "weight_needed"), ("tart", "goods_sold_out")):
        with pytest.raises(Refusal) as refused:
            basket.add_goods(goods_id)
        assert refused.value.code == code

    basket.add_goods("cake", open_price_fen=16_800)
    view = basket.add_goods("apple", quantity_milli=500)
    assert _lines(view) == [("cake", 1000, 16_800), ("apple", 500, 640)]


def test_receipts_and_badges_are_told_to_the_screen(bakery: Bakery) -> None:
    basket = bakery.selling().basket

    receipt = basket.scan(receipt_code("021-47"))
    badge = basket.scan(MANAGER_BADGE.lower())

    assert (receipt.outcome, receipt.receipt_number) == ("receipt", "021-47")
    assert badge.outcome == "staff"


def test_quantity_is_whole_pieces_and_never_a_typed_barcode(bakery: Bakery) -> None:
    basket = bakery.selling().basket
    basket.scan(BREAD)

    assert basket.set_quantity(1, 3000).due_fen == 5040
    for wrong in (0, -1000, 1500, 6_901_234_567_892_000):
        with pytest.raises(Refusal, match="quantity_invalid"):
            basket.set_quantity(1, wrong)
    assert basket.view().due_fen == 5040


def test_a_removed_line_is_gone_and_numbers_are_not_used_again(bakery: Bakery) -> None:
    basket = bakery.selling().basket
    basket.scan(BREAD)
    basket.scan(WATER)
    basket.remove_line(1)
    view = basket.scan(BREAD).basket

    assert [(line.line_number, line.goods_id) for line in view.lines] == [(2, "water"), (3, "bread")]
    with pytest.raises(Refusal, match="line_unknown"):
        basket.remove_line(1)


def test_a_discount_within_the_limit_is_the_cashier_s_and_above_it_the_manager_s(bakery: Bakery) -> None:
    checkout = bakery.selling()
    checkout.basket.scan(BREAD)
    assert checkout.basket.discount_line(1, percent_off=10).due_fen == 1512

    with pytest.raises(Refusal) as refused:
        checkout.basket.discount_line(1, amount_fen=400)
    assert (refused.value.code, refused.value.fields) == (
        "approval_needed",
        {"action": "line_discount", "who": "manager", "amount_fen": 400},
    )

    approval = checkout.staff.approve("line_discount", "m1", MANAGER_PIN, reason="damaged")
    view = checkout.basket.discount_line(1, amount_fen=400, approval=approval)
    assert (view.due_fen, view.lines[0].reasons[0].kind) == (1280, "manual")
    with pytest.raises(Refusal, match="approval_invalid"):
        checkout.basket.discount_line(1, amount_fen=500, approval=approval)
    assert checkout.basket.discount_line(1).due_fen == 1680


def test_a_basket_discount_is_shared_to_the_fen_and_follows_the_basket(bakery: Bakery) -> None:
    checkout = bakery.selling()
    for code in (BREAD, WATER, CROISSANT):
        checkout.basket.scan(code)

    view = checkout.basket.discount_basket(percent_off=5)
    assert view.reductions_total_fen == 142  # 5 % of 28.30, half up
    assert sum(line.reductions_fen for line in view.lines) == 142

    grown = checkout.basket.set_quantity(1, 2000)
    assert grown.reductions_total_fen == 226


def test_a_discount_of_the_cashier_s_own_does_not_outlive_the_goods_it_was_given_on(bakery: Bakery) -> None:
    """A tenth of ten loaves was the price of the one that was left."""
    checkout = bakery.selling()
    checkout.basket.scan(BREAD)
    checkout.basket.set_quantity(1, 10_000)
    assert checkout.basket.discount_line(1, amount_fen=1680).due_fen == 15_120

    one = checkout.basket.set_quantity(1, 1000)

    assert (one.due_fen, [(notice.code, notice.fields) for notice in one.notices]) == (
        1680,
        [("discount_outgrown", {"amount_fen": 1680})],
    )
    approval = checkout.staff.approve("line_discount", "m1", MANAGER_PIN, reason="damaged")
    checkout.basket.discount_line(1, amount_fen=400, approval=approval)
    checkout.basket.set_quantity(1, 2000)
    assert checkout.basket.set_quantity(1, 1000).due_fen == 1280  # a manager saw it


def test_a_discount_on_the_basket_goes_with_the_goods_too(bakery: Bakery) -> None:
    basket = bakery.selling().basket
    basket.scan(BREAD)
    assert basket.discount_basket(amount_fen=84).due_fen == 1596

    assert [notice.code for notice in basket.remove_line(1).notices] == ["line_removed", "discount_outgrown"]
    assert basket.scan(WATER).basket.due_fen == 200


def test_a_label_whose_price_was_changed_says_what_it_costs_again(bakery: Bakery) -> None:
    checkout = bakery.selling()
    checkout.basket.scan(_label(764, 1000))
    approval = checkout.staff.approve_by_badge("price_override", MANAGER_BADGE)
    checkout.basket.override_price(1, 100, approval=approval)
    checkout.basket.set_quantity(1, 500)

    (line,) = checkout.basket.override_price(1, 1280).lines

    assert (line.price_source, line.quantity_milli, line.amount_fen) == ("label", 764, 1000)


def test_an_overridden_price_is_approved_final_and_can_be_taken_back(bakery: Bakery) -> None:
    checkout = bakery.selling()
    checkout.basket.scan(ZHOU_CARD)
    checkout.basket.scan(BREAD)
    with pytest.raises(Refusal, match="approval_needed") as refused:
        checkout.basket.override_price(1, 1000)
    told = {name: refused.value.fields[name] for name in ("name", "before_fen", "amount_fen")}
    assert told == {"name": checkout.basket.view().lines[0].name, "before_fen": 1680, "amount_fen": 1000}

    approval = checkout.staff.approve_by_badge("price_override", MANAGER_BADGE)
    view = checkout.basket.override_price(1, 1000, approval=approval)
    (line,) = view.lines
    assert (line.price.amount_fen, line.price_source, line.amount_fen) == (1000, "override", 1000)
    assert line.original_price is not None
    assert line.original_price.amount_fen == 1680
    assert checkout.basket.override_price(1, 1680).due_fen == 1596


def test_a_basket_on_hold_comes_back_without_its_member(bakery: Bakery) -> None:
    basket = bakery.selling().basket
    basket.scan(ZHOU_CARD)
    basket.scan(BREAD)
    assert basket.hold("穿红衣服").lines == ()
    basket.scan(WATER)
    (held,) = basket.held()
    assert (held.label, held.lines, held.due_fen) == ("穿红衣服", 1, 1596)

    with pytest.raises(Refusal, match="basket_not_empty"):
        basket.resume(held.basket_id)
    basket.cancel()
    view = basket.resume(held.basket_id)

    assert (view.due_fen, view.member, view.held_count) == (1680, None, 0)
    assert [notice.code for notice in view.notices] == ["member_detached"]


def test_a_basket_from_before_what_hq_told_was_thrown_away_waits_for_it_to_be_told_again(bakery: Bakery) -> None:
    bakery.selling().basket.scan(BREAD)
    told = bakery._rows()
    bakery.ledger.reset_mirror()

    basket = bakery.again().basket
    with pytest.raises(Refusal, match="no_rules"):
        basket.restore()
    bakery.tell(*told)
    bakery.cashier()

    assert _lines(basket.view()) == [("bread", 1000, 1680)]
    assert _lines(basket.scan(BREAD).basket) == [("bread", 2000, 3360)]


def test_after_a_power_cut_the_basket_is_there_and_the_member_proves_themselves_again(bakery: Bakery) -> None:
    basket = bakery.selling().basket
    basket.scan(ZHOU_CARD)
    for _ in range(3):
        basket.scan(BREAD)
    basket.set_note("不要切片", line_number=1)

    basket = bakery.again().basket
    view = basket.restore()

    assert _lines(view) == [("bread", 3000, 5040)]
    assert (view.lines[0].note, view.member) == ("不要切片", None)
    assert [notice.code for notice in view.notices] == ["member_detached"]
    bakery.cashier()
    assert basket.scan(ZHOU_CARD).basket.due_fen == 4788


def test_goods_are_found_by_initials_and_name(bakery: Bakery) -> None:
    basket = bakery.selling().basket

    assert [goods.goods_id for goods in basket.search("qmts")] == ["bread"]
    assert [goods.goods_id for goods in basket.search("可颂")] == ["croissant"]
