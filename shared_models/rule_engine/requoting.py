"""HQ's second look: computes the quote of a sale again from the sale's own inputs and names what differs."""

from collections.abc import Sequence

from shared_models.bodies import Sale
from shared_models.money import line_amount_fen
from shared_models.rule_engine.payments import cash_rounding_fen, eligible_paid_fen, points_earned, points_lot_for
from shared_models.rule_engine.pricing import price, tax_included_fen
from shared_models.rule_engine.pricing_state import PricingState
from shared_models.rule_engine.working_lines import WorkingLine
from shared_models.rules import StoreRules
from shared_models.sales import SaleLine

ENGINE_VERSION = 1


def requote(rules: StoreRules, sale: Sale) -> tuple[str, ...]:
    """The names of what differs between a sale and its quote from its own inputs; empty when they are equal.

    The caller hands in the rules named by `sale.inputs.rule_hash`. A sale of another engine version differs in
    `engine_version` and is not looked at further.
    """
    if sale.inputs.engine_version != ENGINE_VERSION:
        return ("engine_version",)
    working, state = _priced(rules, sale, [line.list_amount_fen for line in sale.lines])
    differences: list[str] = []
    for work, line in zip(working, sale.lines, strict=True):
        _compare_line(differences, work, line)
    if sale.total_fen != sum(work.amount_fen for work in working):
        differences.append("total")
    if state.points_used != sum(each.amount for each in sale.points_spent):
        differences.append("points_spent")
    if set(state.coupons_applied) != set(sale.coupons_redeemed) or state.coupons_refused:
        differences.append("coupons")
    _compare_payment(differences, rules, sale)
    return tuple(differences)


def requoted_total_fen(rules: StoreRules, sale: Sale) -> int:
    """What a sale costs by these rules, its own inputs and its lines' list prices, before the rounding of cash."""
    working, _state = _priced(rules, sale, [_list_amount_fen(line) for line in sale.lines])
    return sum(work.amount_fen for work in working)


def _priced(rules: StoreRules, sale: Sale, list_amounts_fen: Sequence[int]) -> tuple[list[WorkingLine], PricingState]:
    working = [
        WorkingLine(
            position,
            line,
            list_amount_fen,
            [each for each in line.reductions if each.kind == "manual"] if line.reductions else (),
        )
        for position, (line, list_amount_fen) in enumerate(zip(sale.lines, list_amounts_fen, strict=True))
    ]
    return working, price(rules, working, sale.inputs)


def _list_amount_fen(line: SaleLine) -> int:
    """A label's own amount counts; else it is the price times the quantity."""
    if line.price_source == "label":
        return line.list_amount_fen
    return line_amount_fen(line.price.amount_fen, line.price.per_milli, line.quantity_milli)


def _compare_line(differences: list[str], work: WorkingLine, line: SaleLine) -> None:
    if line.list_amount_fen != _list_amount_fen(line):
        differences.append(f"list_amount:{line.line_number}")
    if work.amount_fen != line.amount_fen:
        differences.append(f"amount:{line.line_number}")
    if len(work.reductions) != len(line.reductions) or tuple(work.reductions) != line.reductions:
        differences.append(f"reductions:{line.line_number}")
    if line.tax_included_fen != tax_included_fen(line.amount_fen, line.tax_rate_basis_points):
        differences.append(f"tax:{line.line_number}")


def _compare_payment(differences: list[str], rules: StoreRules, sale: Sale) -> None:
    inputs = sale.inputs
    rounding_fen = 0 if inputs.cash_due_fen is None else cash_rounding_fen(rules, inputs.cash_due_fen)
    if sale.rounding_fen != rounding_fen:
        differences.append("rounding")
    paid_fen = 0
    cash_fen = 0
    for tender in sale.tenders:
        paid_fen += tender.amount_fen
        if tender.kind == "cash":
            cash_fen += tender.amount_fen
    if sale.total_fen != paid_fen + sale.rounding_fen:
        differences.append("paid")
    if inputs.cash_due_fen is not None and cash_fen + sale.rounding_fen != inputs.cash_due_fen:
        differences.append("cash_due")
    earned = points_earned(rules, sale.lines, inputs, eligible_paid_fen(rules, sale.tenders))
    if earned != sum(each.amount for each in sale.points_earned):
        differences.append("points_earned")
    elif earned and any(each.lot != points_lot_for(rules, inputs.business_date) for each in sale.points_earned):
        differences.append("points_lot")
