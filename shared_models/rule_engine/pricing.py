"""The quote: runs the stages of pricing in their fixed order. See the docstring of the package."""

from collections.abc import Sequence

from shared_models.money import Rounding, divide
from shared_models.rule_engine.compiled_rules import compiled
from shared_models.rule_engine.line_stage import price_lines
from shared_models.rule_engine.payments import cash_rounding_fen
from shared_models.rule_engine.points_stage import spend_points
from shared_models.rule_engine.pricing_state import PricingState
from shared_models.rule_engine.quotes import BasketLine, Quote
from shared_models.rule_engine.working_lines import WorkingLine, list_amount_of, working_order
from shared_models.rules import StoreRules
from shared_models.sales import QuoteInputs, SaleLine


def quote(rules: StoreRules, lines: Sequence[BasketLine], inputs: QuoteInputs) -> Quote:
    """The price of a basket. Pure: the same rules, lines and inputs give the same quote for ever."""
    working = [
        WorkingLine(position, line, list_amount_of(line), line.manual_reductions) for position, line in enumerate(lines)
    ]
    state = price(rules, working, inputs)
    list_total_fen = sum(work.list_amount_fen for work in working)
    total_fen = sum(work.amount_fen for work in working)
    return Quote(
        lines=tuple(_sale_line(line, work) for line, work in zip(lines, working, strict=True)),
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
    """Run the stages over working lines; they then hold their reductions and amounts."""
    state = PricingState(compiled(rules), inputs, working_order(working))
    price_lines(state)
    spend_points(state)
    return state


def tax_included_fen(amount_fen: int, rate_basis_points: int) -> int:
    """The tax inside an amount, rounded half up."""
    if rate_basis_points == 0:
        return 0
    return divide(amount_fen * rate_basis_points, 10_000 + rate_basis_points, Rounding.HALF_UP)


def _sale_line(line: BasketLine, work: WorkingLine) -> SaleLine:
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
