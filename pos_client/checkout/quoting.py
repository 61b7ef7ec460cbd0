"""From the draft to its price: gathers every input of the quote and asks the rule engine."""

from collections.abc import Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from pos_client.checkout import bearer_coupons
from pos_client.checkout.desk import Desk
from pos_client.checkout.drafts import Draft, DraftCollection, DraftLine, ManualDiscount
from pos_client.checkout.stored_value import usable_points
from pos_client.ledger.answers import CouponFigure, MemberFigure
from shared_models.money import Rounding, divide, line_amount_fen, share
from shared_models.rule_engine import ENGINE_VERSION, BasketLine, Quote, quote
from shared_models.rules import StoreRules, rule_hash
from shared_models.sales import QuoteInputs, Reduction


@dataclass(frozen=True, slots=True, kw_only=True)
class Quoted:
    """A draft with its price, the rules it was priced by, and the member as known at that moment."""

    draft: Draft
    rules: StoreRules
    figure: MemberFigure | None
    lines: tuple[BasketLine, ...]
    inputs: QuoteInputs
    quote: Quote
    bearer_coupons: tuple[CouponFigure, ...] = ()

    @property
    def coupons(self) -> tuple[CouponFigure, ...]:
        """The member's, and those scanned from paper."""
        return (*(() if self.figure is None else self.figure.coupons), *self.bearer_coupons)


def quote_draft(desk: Desk, draft: Draft, *, fresh: bool = False) -> Quoted:
    """Price the draft by the rules in force, or those it stands still by, with what the member may use here now (see
    `Desk.figure` for `fresh`)."""
    pinned = desk.ledger.rules_by_hash(draft.quoted_rules) if draft.quoted_rules else None
    rules = pinned or desk.rules()
    figure = member_figure(desk, draft, fresh=fresh)
    if draft.collection is not None:
        return _as_ordered(desk, draft, draft.collection, rules, figure)
    lines = priced_lines(draft)
    on_paper = bearer_coupons.figures(desk, draft) if draft.bearer_coupons else ()
    inputs = quote_inputs(desk, draft, rules, figure, on_paper)
    priced = quote(rules, lines, inputs, desk.priced_lines)
    desk.priced_lines = tuple(zip(lines, priced.lines, strict=True))
    return Quoted(
        draft=draft, rules=rules, figure=figure, lines=lines, inputs=inputs, quote=priced, bearer_coupons=on_paper
    )


def standing_still(desk: Desk, draft: Draft) -> Draft:
    """The draft with its price as it is now, or as it stands still already."""
    if draft.quoted_minute is not None:
        return draft
    return replace(draft, quoted_minute=desk.local_minute(), quoted_rules=rule_hash(desk.rules()))


def moving_again(draft: Draft) -> Draft:
    """The draft with the price of whatever moment it is looked at."""
    return replace(draft, quoted_minute=None, quoted_rules="")


def _as_ordered(
    desk: Desk, draft: Draft, collected: DraftCollection, rules: StoreRules, figure: MemberFigure | None
) -> Quoted:
    """An order is collected at the price it was taken at, by the rules of then."""
    priced = collected.lines
    list_fen = sum(line.list_amount_fen for line in priced)
    total_fen = sum(line.amount_fen for line in priced)
    return Quoted(
        draft=draft,
        rules=collected.rules or desk.ledger.rules_by_hash(collected.inputs.rule_hash) or rules,
        figure=figure,
        lines=priced_lines(draft),
        inputs=collected.inputs,
        quote=Quote(
            lines=priced, list_total_fen=list_fen, reductions_total_fen=list_fen - total_fen, total_fen=total_fen
        ),
    )


def settled_inputs(desk: Desk, quoted: Quoted, cash_due_fen: int | None) -> QuoteInputs:
    """The inputs as a sale records them: only what was really used, so that HQ comes to the same quote."""
    applied = set(quoted.quote.coupons_applied)
    return replace(
        quoted.inputs,
        coupons=tuple(terms for terms in quoted.inputs.coupons if terms.token in applied),
        points_to_spend=quoted.quote.points_used,
        cash_due_fen=cash_due_fen,
        mirror_cursor=desk.ledger.mirror_cursor(),
    )


def member_figure(desk: Desk, draft: Draft, *, fresh: bool = False) -> MemberFigure | None:
    """The member's figures, if one is on the basket and known here."""
    return None if draft.member is None else desk.figure(draft.member.member_id, fresh=fresh)


def quote_inputs(
    desk: Desk, draft: Draft, rules: StoreRules, figure: MemberFigure | None, on_paper: Sequence[CouponFigure] = ()
) -> QuoteInputs:
    """Every input of the quote besides the lines. `on_paper`: coupons that were scanned, and can be redeemed or not."""
    business_date = desk.business_date()
    member_id = None if draft.member is None else draft.member.member_id
    tier, birthday_month = "", False
    points = 0
    owned = {coupon.terms.token: coupon.terms for coupon in on_paper if coupon.usable_now}
    uses: dict[str, int] = {}
    if figure is not None:
        tier = figure.canonical.tier
        birthday_month = is_birthday_month(figure.canonical.birthday, business_date)
        owned |= {coupon.terms.token: coupon.terms for coupon in figure.coupons if coupon.usable_now}
        if draft.points:
            points = min(draft.points, usable_points(figure.lots, business_date))
        if any(offer.member_day_limit for offer in rules.promotions):
            changing = None if draft.changing is None else draft.changing.order_id
            uses = desk.tally().promotion_uses(figure.purses, but=changing)
    return QuoteInputs(
        rule_hash=rule_hash(rules),
        engine_version=ENGINE_VERSION,
        business_date=business_date,
        local_minute=desk.local_minute() if draft.quoted_minute is None else draft.quoted_minute,
        member_id=member_id,
        tier=tier,
        birthday_month=birthday_month,
        coupons=tuple(owned[token] for token in draft.coupons if token in owned),
        points_to_spend=points,
        promotion_uses=uses,
    )


def is_birthday_month(birthday: str, business_date: str) -> bool:
    """`birthday` is `YYYY-MM-DD` or `MM-DD`; '' is unknown."""
    return len(birthday) >= 5 and birthday[-5:-3] == business_date[5:7]


def list_amount_fen(line: BasketLine) -> int:
    """What the line costs before anything is taken off."""
    if line.list_amount_fen is not None:
        return line.list_amount_fen
    return line_amount_fen(line.price.amount_fen, line.price.per_milli, line.quantity_milli)


def discount_fen(discount: ManualDiscount, of_fen: int) -> int:
    """What a manual discount takes off an amount, never more than all of it."""
    if discount.percent_off:
        return min(of_fen, divide(of_fen * discount.percent_off, 100, Rounding.HALF_UP))
    return min(of_fen, discount.amount_fen)


def priced_lines(draft: Draft) -> tuple[BasketLine, ...]:
    """The lines for the engine, with what the cashier took off: the basket's discount is shared over all lines in
    proportion to what is left of each."""
    if draft.discount is None and all(line.discount is None for line in draft.lines):
        return tuple(line.line for line in draft.lines)
    own = [_line_reductions(line) for line in draft.lines]
    shares: Sequence[int] = [0] * len(own)
    if draft.discount is not None and own:
        left = [
            list_amount_fen(line.line) - sum(part.amount_fen for part in parts)
            for line, parts in zip(draft.lines, own, strict=True)
        ]
        shares = share(discount_fen(draft.discount, sum(left)), left)
    return tuple(
        replace(line.line, manual_reductions=(*parts, *_basket_reduction(draft.discount, part)))
        for line, parts, part in zip(draft.lines, own, shares, strict=True)
    )


def _line_reductions(line: DraftLine) -> tuple[Reduction, ...]:
    if line.discount is None:
        return ()
    return _reduction(line.discount, discount_fen(line.discount, list_amount_fen(line.line)))


def _basket_reduction(discount: ManualDiscount | None, amount_fen: int) -> tuple[Reduction, ...]:
    return () if discount is None else _reduction(discount, amount_fen)


def _reduction(discount: ManualDiscount, amount_fen: int) -> tuple[Reduction, ...]:
    if amount_fen <= 0:
        return ()
    source = discount.approval_id or "cashier"
    return (Reduction(kind="manual", source=source, name=discount.reason, amount_fen=amount_fen),)
