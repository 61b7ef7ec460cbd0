"""A refund of everything, in whatever parts, returns everything; parts never exceed the whole."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from shared_models import rule_engine
from shared_models.bodies import Refund, Sale, TenderCorrected
from shared_models.entries import Head
from shared_models.postings import derive_postings
from shared_models.refunds import RefundState, plan_refund, state_after
from shared_models.refusals import Refusal
from shared_models.rules import CashRounding, EarnRules, StoreRules
from shared_models.sales import LotAmount, Tender
from tests.shared_models.baskets import MEMBER, a_coupon, a_line, a_refund, a_sale, rules_with, sales, some_inputs


def one_sale(**inputs: object) -> Sale:
    """Two croissants and a coffee, 36.00 in all, paid in cash; 108 points."""
    rules = rules_with()
    return a_sale(rules, [a_line(1, pieces=2), a_line(2, "coffee")], some_inputs(rules, **inputs))


def totals(sale: Sale, refunds: list[Refund]) -> dict[str, int]:
    """All that came back, added up."""
    sums: dict[str, int] = {}

    def add(name: str, amount: int) -> None:
        sums[name] = sums.get(name, 0) + amount

    for refund in refunds:
        add("rounding", refund.rounding_fen)
        add("taken back", refund.points_debt + sum(part.amount for part in refund.points_taken_back))
        for line in refund.lines:
            add(f"quantity {line.line_number}", line.quantity_milli)
            add(f"list {line.line_number}", line.list_amount_fen)
            add(f"amount {line.line_number}", line.amount_fen)
            add(f"tax {line.line_number}", line.tax_included_fen)
            for each in line.reductions:
                add(f"{each.kind} {each.source} {line.line_number}", each.amount_fen)
        for tender in refund.tenders:
            add(tender.kind, tender.amount_fen)
            for part in tender.lots:
                add(part.lot, part.amount)
        for part in refund.points_returned:
            add(part.lot, part.amount)
    return {name: amount for name, amount in sums.items() if amount}


def sold(sale: Sale) -> dict[str, int]:
    """All of a sale, added up in the same words."""
    sums = {
        "rounding": sale.rounding_fen,
        "taken back": sum(part.amount for part in sale.points_earned),
        **{part.lot: part.amount for part in sale.points_spent},
    }
    for line in sale.lines:
        number = line.line_number
        sums |= {
            f"quantity {number}": line.quantity_milli,
            f"list {number}": line.list_amount_fen,
            f"amount {number}": line.amount_fen,
            f"tax {number}": line.tax_included_fen,
            **{f"{each.kind} {each.source} {number}": each.amount_fen for each in line.reductions},
        }
    for tender in sale.tenders:
        sums[tender.kind] = sums.get(tender.kind, 0) + tender.amount_fen
        sums |= {part.lot: part.amount for part in tender.lots}
    return {name: amount for name, amount in sums.items() if amount}


def part_of(draw: st.DataObject, state: RefundState) -> dict[int, int]:
    """Some of what is left, at least something."""
    wanted = {}
    for line in state.lines:
        if line.by_piece:
            wanted[line.line_number] = 1000 * draw.draw(st.integers(0, line.quantity_milli // 1000))
        else:
            wanted[line.line_number] = draw.draw(st.integers(0, line.quantity_milli))
    if not any(wanted.values()):
        return {line.line_number: line.quantity_milli for line in state.lines}
    return wanted


@given(sales(), st.data())
def test_a_refund_of_everything_in_any_parts_returns_everything(
    rules_and_sale: tuple[StoreRules, Sale], data: st.DataObject
) -> None:
    _, sale = rules_and_sale
    refunds: list[Refund] = []
    state = state_after(sale, refunds)
    for number in range(4):
        if not any(line.quantity_milli for line in state.lines):
            break
        wanted = part_of(data, state) if number < 3 else {line.line_number: line.quantity_milli for line in state.lines}
        plan = plan_refund(sale, state, wanted)
        debt = data.draw(st.integers(0, plan.points_taken_back[0].amount)) if plan.points_taken_back else 0
        refunds.append(a_refund(sale, plan, number, points_debt=debt))
        derive_postings(refunds[-1])  # raises when they do not sum to zero
        assert plan.total_fen == plan.rounding_fen + sum(tender.amount_fen for tender in plan.tenders)
        state = state_after(sale, refunds)
        assert all(tender.amount_fen >= 0 for tender in state.tenders)
        assert all(part.amount >= 0 for tender in state.tenders for part in tender.lots)
        assert all(
            tender.amount_fen == sum(part.amount for part in tender.lots) for tender in state.tenders if tender.lots
        )
        assert all(line.amount_fen >= 0 and line.list_amount_fen >= 0 for line in state.lines)
        assert all(each.amount_fen >= 0 for line in state.lines for each in line.reductions)

    assert not any(line.quantity_milli for line in state.lines)
    assert state.amount_fen == state.rounding_fen == 0
    assert totals(sale, refunds) == sold(sale)


@given(sales(), st.permutations(range(3)))
def test_what_is_left_does_not_depend_on_the_order_in_which_refunds_are_read(
    rules_and_sale: tuple[StoreRules, Sale], order: list[int]
) -> None:
    _, sale = rules_and_sale
    refunds: list[Refund] = []
    for number in range(3):
        state = state_after(sale, refunds)
        wanted = {line.line_number: min(1000, line.quantity_milli) for line in state.lines}
        if any(wanted.values()):
            refunds.append(a_refund(sale, plan_refund(sale, state, wanted), number))

    reread = [refunds[index] for index in order if index < len(refunds)]

    assert state_after(sale, reread) == state_after(sale, refunds)


def test_one_of_two_pieces_brings_back_half_of_everything() -> None:
    """24.00 less a coupon of 5.00, three points a yuan."""
    rules = rules_with()
    sale = a_sale(rules, [a_line(pieces=2)], some_inputs(rules, coupons=(a_coupon(),)))

    plan = plan_refund(sale, state_after(sale, []), {1: 1000})

    assert plan.lines[0].list_amount_fen == 1200
    assert plan.lines[0].reductions[0].amount_fen == 250
    assert plan.total_fen == 950
    assert plan.points_taken_back[0].amount == 28
    assert plan.tenders == (Tender(kind="cash", amount_fen=950),)
    assert plan.coupons_restored == ()
    assert not plan.whole


def test_a_coupon_comes_back_with_the_last_piece_it_was_used_on() -> None:
    rules = rules_with()
    coupon = a_coupon(scope=("category:bread",))
    sale = a_sale(rules, [a_line(1), a_line(2, "coffee")], some_inputs(rules, coupons=(coupon,)))

    bread = plan_refund(sale, state_after(sale, []), {1: 1000})
    coffee = plan_refund(sale, state_after(sale, []), {2: 1000})

    assert bread.coupons_restored == (coupon.token,)
    assert coffee.coupons_restored == ()


def test_a_coupon_whose_terms_say_so_is_not_restored() -> None:
    rules = rules_with()
    sale = a_sale(rules, [a_line()], some_inputs(rules, coupons=(a_coupon(restored_on_refund=False),)))

    assert plan_refund(sale, state_after(sale, []), {1: 1000}).coupons_restored == ()


def test_goods_that_earned_nothing_take_no_points_back() -> None:
    rules = rules_with()
    sale = a_sale(rules, [a_line(1), a_line(2, "candle")], some_inputs(rules))

    assert plan_refund(sale, state_after(sale, []), {2: 1000}).points_taken_back == ()
    assert plan_refund(sale, state_after(sale, []), {1: 1000}).points_taken_back == sale.points_earned


def test_points_that_went_back_to_a_new_lot_count_against_the_sale() -> None:
    rules = rules_with()
    sale = a_sale(rules, [a_line(pieces=2)], some_inputs(rules, points_to_spend=1000))
    plan = plan_refund(sale, state_after(sale, []), {1: 1000})
    later = replace(
        a_refund(sale, plan),
        points_returned=tuple(LotAmount(MEMBER, "points:2026-12", part.amount) for part in plan.points_returned),
    )

    state = state_after(sale, [later])

    assert sum(part.amount for part in state.points_spent) == 500


def test_a_refund_paid_out_in_cash_instead_lowers_what_the_wallet_holds() -> None:
    rules = rules_with(earn=EarnRules())
    sale = a_sale(rules, [a_line(pieces=2)], some_inputs(rules), other_share=100)
    plan = plan_refund(sale, state_after(sale, []), {1: 1000})
    in_cash = replace(a_refund(sale, plan), tenders=(Tender(kind="cash", amount_fen=1200),))

    rest = plan_refund(sale, state_after(sale, [in_cash]), {1: 1000})

    assert rest.tenders == (Tender(kind="alipay", amount_fen=1200, reference_attachment="ab", state="recorded"),)


def test_stored_value_held_twice_goes_back_to_the_lots_of_each() -> None:
    """As after an exchange: what was carried over came from other lots than what paid the rest."""
    sale = replace(
        one_sale(),
        tenders=(
            Tender(kind="stored_value", amount_fen=2400, lots=(LotAmount(MEMBER, "principal:aa", 2400),)),
            Tender(kind="stored_value", amount_fen=1200, lots=(LotAmount(MEMBER, "bonus:aa", 1200),)),
        ),
    )
    refunds: list[Refund] = []
    for number, wanted in enumerate(({1: 1000}, {1: 1000}, {2: 1000})):
        refunds.append(a_refund(sale, plan_refund(sale, state_after(sale, refunds), wanted), number))

    back: dict[str, int] = {}
    for part in (part for refund in refunds for tender in refund.tenders for part in tender.lots):
        back[part.lot] = back.get(part.lot, 0) + part.amount
    assert back == {"principal:aa": 2400, "bonus:aa": 1200}


def test_a_corrected_tender_is_what_a_refund_goes_back_by() -> None:
    sale = one_sale()
    correction = TenderCorrected(
        head=Head(business_id=sale.head.business_id, business_date="2026-03-02"),
        sale_id=sale.head.business_id,
        taken_back=(Tender(kind="cash", amount_fen=3600),),
        put_instead=(Tender(kind="wechat", amount_fen=3600, state="recorded"),),
    )

    plan = plan_refund(sale, state_after(sale, [], [correction]), {2: 1000})

    assert plan.tenders == (Tender(kind="wechat", amount_fen=1200, state="recorded"),)


def test_cash_rounding_comes_back_with_the_part_it_belongs_to() -> None:
    """25.98 in cash is rounded down to 25.00; one of two pieces is 12.99, of which 0.49 was never paid."""
    rules = rules_with(cash_rounding=CashRounding(step_fen=100), earn=EarnRules())
    sale = a_sale(rules, [a_line(price_fen=1299, pieces=2)], some_inputs(rules))

    first = plan_refund(sale, state_after(sale, []), {1: 1000})
    second = plan_refund(sale, state_after(sale, [a_refund(sale, first)]), {1: 1000})

    assert (first.rounding_fen, first.tenders[0].amount_fen) == (49, 1250)
    assert (second.rounding_fen, second.tenders[0].amount_fen) == (49, 1250)


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ({}, "refund_nothing_wanted"),
        ({1: 0}, "refund_nothing_wanted"),
        ({9: 1000}, "refund_line_unknown"),
        ({1: 3000}, "refund_more_than_left"),
        ({1: -1000}, "refund_more_than_left"),
        ({1: 500}, "refund_whole_pieces"),
    ],
)
def test_what_cannot_come_back_is_refused_by_name(wanted: dict[int, int], code: str) -> None:
    sale = one_sale()

    with pytest.raises(Refusal) as refused:
        plan_refund(sale, state_after(sale, []), wanted)

    assert refused.value.code == code


def test_what_came_back_cannot_come_back_again() -> None:
    sale = one_sale()
    all_of_it = a_refund(sale, plan_refund(sale, state_after(sale, []), {1: 2000, 2: 1000}))

    with pytest.raises(Refusal, match="refund_more_than_left"):
        plan_refund(sale, state_after(sale, [all_of_it]), {1: 1000})


def test_a_sale_paid_wholly_by_points_gives_the_points_back() -> None:
    rules = rules_with()
    sale = a_sale(rules, [a_line()], some_inputs(rules, points_to_spend=1200))
    assert sale.total_fen == 0

    plan = plan_refund(sale, state_after(sale, []), {1: 1000})

    assert plan.tenders == ()
    assert plan.points_returned == sale.points_spent
    assert rule_engine.points_lot_for_return(rules, "points:2026-01", "2026-03-02") == "points:2026-04"
    assert rule_engine.points_lot_for_return(rules, "points:2026-03", "2026-03-02") == "points:2026-03"
