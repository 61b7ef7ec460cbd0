"""The rules around money and points that do not change prices: cash rounding, top-ups, earning, lots.

All integer arithmetic; every rounding is named.
"""

from collections.abc import Sequence

from shared_models.moments import month_after
from shared_models.money import Rounding, divide, round_cash
from shared_models.postings import lot_account
from shared_models.refusals import Refusal
from shared_models.rights import points_lot
from shared_models.rule_engine.eligibility import in_scope, iso_weekday, within_dates
from shared_models.rule_engine.quotes import LadderBonus
from shared_models.rules import EarnMultiplier, ExchangeItem, StoreRules
from shared_models.sales import GoodsTerms, QuoteInputs, SaleLine, Tender

NEVER = "9999-12"
_MILLI_FEN_PERCENT = 1000 * 100 * 100


def cash_rounding_fen(rules: StoreRules, cash_due_fen: int) -> int:
    """What is given away (> 0) or gained (< 0) when this much is paid in cash."""
    return round_cash(cash_due_fen, rules.cash_rounding.step_fen, rules.cash_rounding.nearest)


def ladder_bonus(rules: StoreRules, principal_fen: int) -> LadderBonus:
    """The bonus for paying in `principal_fen`: the highest step reached; a share is rounded down.

    Refuses `top_up_too_small` and, where the ladder is all there is, `top_up_not_on_ladder`.
    """
    terms = rules.top_up
    if principal_fen < max(1, terms.minimum_fen):
        raise Refusal("top_up_too_small", minimum_fen=max(1, terms.minimum_fen))
    if not terms.free_amounts and all(step.threshold_fen != principal_fen for step in terms.ladder):
        raise Refusal("top_up_not_on_ladder", amount_fen=principal_fen)
    reached = [step for step in terms.ladder if step.threshold_fen <= principal_fen]
    if not reached:
        return LadderBonus()
    step = max(reached, key=lambda one: one.threshold_fen)
    bonus_fen = step.bonus_fen + divide(principal_fen * step.bonus_basis_points, 10_000, Rounding.DOWN)
    return LadderBonus(bonus_fen, step.name or f"{step.threshold_fen}")


def points_lot_for(rules: StoreRules, business_date: str) -> str:
    """The lot of points earned on a business date."""
    months = rules.points_life.expiry_months
    return points_lot(month_after(business_date, months) if months else NEVER)


def points_lot_for_return(rules: StoreRules, lot: str, business_date: str) -> str:
    """The lot that spent points go back to: their own, or, expired meanwhile, one with the minimum life."""
    last_month = lot.split(":", 1)[1]
    if last_month >= business_date[:7]:
        return lot
    return points_lot(month_after(business_date, rules.points_life.minimum_life_months))


def exchange_item(rules: StoreRules, item_id: str, tier: str = "") -> ExchangeItem:
    """An item of the exchange list. Refuses `exchange_unknown` and `exchange_not_for_tier`."""
    for item in rules.exchange_list:
        if item.item_id == item_id:
            if item.tiers and tier not in item.tiers:
                raise Refusal("exchange_not_for_tier", item_id=item_id)
            return item
    raise Refusal("exchange_unknown", item_id=item_id)


def eligible_paid_fen(rules: StoreRules, tenders: Sequence[Tender]) -> int:
    """What of the tenders earns points: money and principal; bonus only where the rules say so."""
    paid_fen = 0
    for tender in tenders:
        if tender.kind != "stored_value" and not tender.lots:  # a deposit may have come out of stored value too
            paid_fen += tender.amount_fen
        elif rules.earn.money_and_principal_only:
            paid_fen += sum(part.amount for part in tender.lots if lot_account(part.lot) in {"principal", "risk"})
        else:
            paid_fen += tender.amount_fen
    return paid_fen


def points_earned(
    rules: StoreRules, quote_lines: Sequence[SaleLine], inputs: QuoteInputs, eligible_paid_fen: int
) -> int:
    """Points of a sale, rounded down once: floor(sum(line amount x rate x multiplier) x eligible / total).

    Nobody earns without being a member; lines of goods without points count in the total but earn nothing.
    """
    rate = rules.earn.milli_points_per_yuan
    if inputs.member_id is None or rate == 0 or eligible_paid_fen <= 0:
        return 0
    holding = [each for each in rules.earn.multipliers if _multiplier_holds(each, inputs)]
    total_fen = 0
    weighted = 0
    for line in quote_lines:
        total_fen += line.amount_fen
        if not line.goods.no_points:
            weighted += line.amount_fen * _percent(rules, holding, line.goods_id, line.goods)
    if total_fen <= 0:
        return 0
    return weighted * rate * min(eligible_paid_fen, total_fen) // (total_fen * _MILLI_FEN_PERCENT)


def _multiplier_holds(multiplier: EarnMultiplier, inputs: QuoteInputs) -> bool:
    day = inputs.business_date
    if multiplier.tiers and inputs.tier not in multiplier.tiers:
        return False
    if multiplier.birthday_month and not inputs.birthday_month:
        return False
    if multiplier.weekdays and iso_weekday(day) not in multiplier.weekdays:
        return False
    if multiplier.days_of_month and int(day[8:]) not in multiplier.days_of_month:
        return False
    return within_dates(multiplier.date_from, multiplier.date_to, day)


def _percent(rules: StoreRules, holding: Sequence[EarnMultiplier], goods_id: str, goods: GoodsTerms) -> int:
    percents = [each.percent for each in holding if in_scope(each.scope, goods_id, goods)]
    if not percents:
        return 100
    if rules.earn.multipliers_combine == "best":
        return max(percents)
    product = 100
    for percent in percents:
        product = product * percent // 100
    return product
