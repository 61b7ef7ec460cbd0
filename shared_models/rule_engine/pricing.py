"""The quote: runs the stages of pricing in their fixed order. See the docstring of the package."""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from msgspec.structs import replace

from shared_models.money import Rounding, divide
from shared_models.rule_engine.basket_stage import price_basket
from shared_models.rule_engine.compiled_rules import compiled
from shared_models.rule_engine.coupon_stage import apply_coupons, forbidding_discount
from shared_models.rule_engine.line_stage import price_lines
from shared_models.rule_engine.payments import cash_rounding_fen
from shared_models.rule_engine.points_stage import spend_points
from shared_models.rule_engine.pricing_state import PricingState
from shared_models.rule_engine.quotes import BasketLine, Quote
from shared_models.rule_engine.working_lines import WorkingLine, list_amount_of, working_order
from shared_models.rules import StoreRules
from shared_models.sales import CouponTerms, QuoteInputs, SaleLine

PricedLine = tuple[BasketLine, SaleLine]


def quote(
    rules: StoreRules, lines: Sequence[BasketLine], inputs: QuoteInputs, before: Iterable[PricedLine] = ()
) -> Quote:
    """The price of a basket. Pure: the same rules, lines and inputs give the same quote for ever.

    `before`: lines of an earlier quote and what they came out as. Of a long basket a scan changes one line: the others
    come out as the very objects of before, not made anew, and whoever shows them sees at a glance that they are the
    same.
    """
    working = [
        WorkingLine(position, line, list_amount_of(line), line.manual_reductions) for position, line in enumerate(lines)
    ]
    state = price(rules, working, inputs)
    list_total_fen = sum(work.list_amount_fen for work in working)
    total_fen = sum(work.amount_fen for work in working)
    known = {id(line): (line, sold) for line, sold in before}
    return Quote(
        lines=tuple(_sale_line(line, work, known.get(id(line))) for line, work in zip(lines, working, strict=True)),
        list_total_fen=list_total_fen,
        reductions_total_fen=list_total_fen - total_fen,
        total_fen=total_fen,
        points_reduction_fen=state.points_fen,
        points_used=state.points_used,
        coupons_applied=tuple(state.coupons_applied),
        coupons_refused=state.coupons_refused,
        rounding_fen=0 if inputs.cash_due_fen is None else cash_rounding_fen(rules, inputs.cash_due_fen),
        promotion_uses=state.promotion_uses,
        gifts_offered=tuple(state.gifts_offered),
    )


def price(rules: StoreRules, working: list[WorkingLine], inputs: QuoteInputs) -> PricingState:
    """Run the stages over working lines; they then hold their reductions and amounts.

    A coupon that forbids the member discount changes the lines before anybody knows whether it reaches its minimum: if
    it is refused after all, pricing begins again without it.
    """
    ordered = working_order(working)
    ready = compiled(rules)
    refused: dict[UUID, str] = {}
    while True:
        coupons = inputs if not refused else replace(inputs, coupons=_without(inputs, refused))
        forbidden = forbidding_discount(rules, coupons, ordered) if coupons.coupons else frozenset[int]()
        state = PricingState(ready, coupons, ordered, forbidden)
        price_lines(state)
        price_basket(state)
        apply_coupons(state)
        late = {
            terms.token: state.coupons_refused[terms.token]
            for terms in coupons.coupons
            if forbidden and terms.excludes_member_discount and terms.token in state.coupons_refused
        }
        if not late:
            break
        refused |= late
        for line in ordered:
            line.start_again()
    state.coupons_refused |= refused
    spend_points(state)
    return state


def _without(inputs: QuoteInputs, refused: Mapping[UUID, str]) -> tuple[CouponTerms, ...]:
    return tuple(terms for terms in inputs.coupons if terms.token not in refused)


def tax_included_fen(amount_fen: int, rate_basis_points: int) -> int:
    """The tax inside an amount, rounded half up."""
    if rate_basis_points == 0:
        return 0
    return divide(amount_fen * rate_basis_points, 10_000 + rate_basis_points, Rounding.HALF_UP)


def _sale_line(line: BasketLine, work: WorkingLine, known: PricedLine | None) -> SaleLine:
    if known is not None and known[0] is line and _is_priced_so(known[1], work):
        return known[1]
    return _made_line(line, work)


def _is_priced_so(sold: SaleLine, work: WorkingLine) -> bool:
    same_amounts = sold.amount_fen == work.amount_fen and sold.list_amount_fen == work.list_amount_fen
    return same_amounts and sold.reductions == tuple(work.reductions)


def _made_line(line: BasketLine, work: WorkingLine) -> SaleLine:
    return SaleLine(
        line_number=line.line_number,
        goods_id=line.goods_id,
        name=line.name,
        scanned_code=line.scanned_code,
        quantity_milli=line.quantity_milli,
        unit=line.unit,
        price=line.price,
        price_source=line.price_source,
        list_amount_fen=work.list_amount_fen,
        reductions=tuple(work.reductions),
        amount_fen=work.amount_fen,
        goods=line.goods,
        tax_category=line.tax_category,
        tax_rate_basis_points=line.tax_rate_basis_points,
        tax_included_fen=tax_included_fen(work.amount_fen, line.tax_rate_basis_points),
        sales_assistant=line.sales_assistant,
        approval_id=line.approval_id,
        original_price=line.original_price,
        note_attachment=line.note_attachment,
        options=line.options,
    )
