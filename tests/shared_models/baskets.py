"""Baskets, rules and sales for the tests of this folder: small builders, and hypothesis strategies made of them."""

from collections.abc import Mapping, Sequence
from uuid import UUID

import msgspec
from hypothesis import strategies as st

from shared_models import rule_engine
from shared_models.bodies import Refund, Sale
from shared_models.entries import Head
from shared_models.promotions import (
    Bundle,
    BundlePart,
    GiftWithPurchase,
    MemberSpecial,
    NearExpiry,
    NthPiece,
    PercentPromotion,
    PiecesForPrice,
    Promotion,
    SaveStep,
    SpecialPrice,
    SpendAndSave,
)
from shared_models.refunds import RefundPlan
from shared_models.rule_engine import BasketLine
from shared_models.rules import (
    CashRounding,
    CouponRules,
    EarnMultiplier,
    EarnRules,
    PointsAsMoney,
    StoreRules,
    TierRule,
    rule_hash,
)
from shared_models.sales import CouponTerms, GoodsTerms, LotAmount, Price, QuoteInputs, Reduction, Tender

STORE = UUID(int=1)
MEMBER = UUID(int=7)
GOODS = ("croissant", "toast", "cake", "coffee", "tea", "candle")
MONDAY = "2026-03-02"

_goods_terms = {
    "croissant": GoodsTerms(category="bread", tags=("fresh",)),
    "toast": GoodsTerms(category="bread", member_price=Price(900)),
    "cake": GoodsTerms(category="cake", tags=("fresh", "near_expiry")),
    "coffee": GoodsTerms(category="drinks"),
    "tea": GoodsTerms(category="drinks", member_price=Price(1, 3)),
    "candle": GoodsTerms(no_discount=True, no_points=True),
}


def a_line(
    number: int = 1,
    goods_id: str = "croissant",
    price_fen: int = 1200,
    pieces: int = 1,
    goods: GoodsTerms | None = None,
    manual_fen: int = 0,
    **more: object,
) -> BasketLine:
    """A line of pieces."""
    manual = (Reduction(kind="manual", source="approval-1", name="店长优惠", amount_fen=manual_fen),)
    line = BasketLine(
        line_number=number,
        goods_id=goods_id,
        name=goods_id,
        quantity_milli=pieces * 1000,
        price=Price(price_fen),
        goods=goods if goods is not None else _goods_terms.get(goods_id, GoodsTerms()),
        tax_rate_basis_points=1300,
        manual_reductions=manual if manual_fen else (),
    )
    return msgspec.structs.replace(line, **more)


def some_inputs(rules: StoreRules, **more: object) -> QuoteInputs:
    """Inputs of a member's quote on a Monday at ten."""
    inputs = QuoteInputs(
        rule_hash=rule_hash(rules),
        engine_version=rule_engine.ENGINE_VERSION,
        business_date=MONDAY,
        local_minute=600,
        member_id=MEMBER,
    )
    return msgspec.structs.replace(inputs, **more)


def a_sale(
    rules: StoreRules, lines: Sequence[BasketLine], inputs: QuoteInputs, other_share: int = 0, stored_share: int = 0
) -> Sale:
    """The sale of a basket: so many percent by wallet, so many of the rest from two lots of stored value, the rest in
    cash with its rounding."""
    quote = rule_engine.quote(rules, lines, inputs)
    wallet_fen = quote.total_fen * other_share // 100
    stored_fen = (quote.total_fen - wallet_fen) * stored_share // 100
    cash_due_fen = quote.total_fen - wallet_fen - stored_fen
    rounding_fen = rule_engine.cash_rounding_fen(rules, cash_due_fen)
    lots = tuple(
        LotAmount(MEMBER, lot, amount)
        for lot, amount in (("principal:aa", stored_fen - stored_fen // 3), ("bonus:aa", stored_fen // 3))
        if amount
    )
    tenders = tuple(
        tender
        for tender in (
            Tender(kind="alipay", amount_fen=wallet_fen, reference_attachment="ab", state="recorded"),
            Tender(kind="stored_value", amount_fen=stored_fen, lots=lots),
            Tender(kind="cash", amount_fen=cash_due_fen - rounding_fen, handed_over_fen=100_000, change_fen=1),
        )
        if tender.amount_fen
    )
    inputs = msgspec.structs.replace(
        inputs,
        cash_due_fen=cash_due_fen,
        points_to_spend=quote.points_used,
        coupons=tuple(terms for terms in inputs.coupons if terms.token in quote.coupons_applied),
    )
    earned = rule_engine.points_earned(rules, quote.lines, inputs, rule_engine.eligible_paid_fen(rules, tenders))
    return Sale(
        head=Head(business_id=UUID(int=99), business_date=inputs.business_date),
        receipt_number="011-1",
        inputs=inputs,
        lines=quote.lines,
        total_fen=quote.total_fen,
        rounding_fen=rounding_fen,
        tenders=tenders,
        points_earned=(LotAmount(MEMBER, rule_engine.points_lot_for(rules, inputs.business_date), earned),)
        if earned
        else (),
        points_spent=_points_lots(quote.points_used),
        coupons_redeemed=quote.coupons_applied,
    )


def _points_lots(points: int) -> tuple[LotAmount, ...]:
    parts = (("points:2026-05", points // 4), ("points:2026-08", points - points // 4))
    return tuple(LotAmount(MEMBER, lot, amount) for lot, amount in parts if amount)


def a_refund(sale: Sale, plan: RefundPlan, number: int = 0, points_debt: int = 0) -> Refund:
    """The entry's body of a planned refund; `points_debt` of the points could not be taken back."""
    back = list(plan.points_taken_back)
    if points_debt:
        back[0] = LotAmount(back[0].subject, back[0].lot, back[0].amount - points_debt)
    return Refund(
        head=Head(business_id=UUID(int=1000 + number), business_date=sale.head.business_date),
        receipt_number=f"011-{number}",
        sale_id=sale.head.business_id,
        sale_till_id=UUID(int=2),
        sale_epoch=1,
        sale_seq=5,
        member_id=sale.inputs.member_id,
        lines=plan.lines,
        total_fen=plan.total_fen,
        rounding_fen=plan.rounding_fen,
        tenders=plan.tenders,
        points_taken_back=tuple(part for part in back if part.amount),
        points_debt=points_debt,
        points_returned=plan.points_returned,
        coupons_restored=plan.coupons_restored,
    )


def a_coupon(number: int = 1, **more: object) -> CouponTerms:
    """A coupon of 5 yuan off."""
    terms = CouponTerms(
        token=UUID(int=5000 + number), template_id=f"t{number}", name=f"券{number}", kind="amount_off", amount_fen=500
    )
    return msgspec.structs.replace(terms, **more)


def rules_with(*promotions: Promotion, **more: object) -> StoreRules:
    """Rules of a downtown store with these promotions."""
    rules = StoreRules(
        version=1,
        store_id=STORE,
        earn=EarnRules(milli_points_per_yuan=3000),
        points_as_money=PointsAsMoney(points_per_step=100, fen_per_step=100),
        tiers=(TierRule(code="gold", name="金卡", discount_basis_points=500),),
        promotions=promotions,
    )
    return msgspec.structs.replace(rules, **more)


ALL_PROMOTIONS: tuple[Promotion, ...] = (
    NthPiece(promotion_id="second-half", name="第二件半价", scope=("category:bread",)),
    PiecesForPrice(promotion_id="three", name="任选三件", scope=("tag:fresh",), pieces=3, price_fen=2500),
    Bundle(
        promotion_id="breakfast",
        name="早餐组合",
        parts=(BundlePart(scope=("category:bread",)), BundlePart(scope=("category:drinks",))),
        price_fen=1500,
        combines_with_member_discount=True,
    ),
    PercentPromotion(promotion_id="clearance", name="晚八点", scope=("category:bread",), percent_off=30, priority=1),
    NearExpiry(promotion_id="near", name="临期", percent_off=50, exclusion_group="x"),
    MemberSpecial(
        promotion_id="special",
        name="会员特价",
        prices=(SpecialPrice(goods_id="coffee", price=Price(800)),),
        member_day_limit=2,
    ),
    SpendAndSave(
        promotion_id="save",
        name="满减",
        steps=(SaveStep(threshold_fen=3000, off_fen=300), SaveStep(threshold_fen=8000, off_fen=1000)),
        exclusion_group="x",
    ),
    GiftWithPurchase(promotion_id="gift", name="满赠", threshold_fen=5000, gift_goods=("tea",)),
)


@st.composite
def basket_lines(draw: st.DrawFn, most: int = 6) -> list[BasketLine]:
    """One to `most` lines: pieces and weighed goods, some with something taken off by hand, some overridden."""
    lines = []
    for number in range(1, draw(st.integers(1, most)) + 1):
        weighed = draw(st.booleans()) and draw(st.booleans())
        price = draw(st.integers(0, 5000))
        quantity = draw(st.integers(1, 3000)) if weighed else 1000 * draw(st.integers(1, 7))
        lines.append(
            a_line(
                number,
                draw(st.sampled_from(GOODS)),
                price,
                quantity_milli=quantity,
                unit="kg" if weighed else "piece",
                price_source=draw(st.sampled_from(["list", "list", "open", "override"])),
                manual_fen=draw(st.sampled_from([0, 0, 0, 1, 250])),
            )
        )
    return lines


@st.composite
def coupons(draw: st.DrawFn, most: int = 4) -> tuple[CouponTerms, ...]:
    """Coupons of every kind and stacking."""
    found = []
    for number in range(draw(st.integers(0, most))):
        kind = draw(st.sampled_from(["amount_off", "percent_off", "exchange", "gift"]))
        found.append(
            a_coupon(
                number,
                kind=kind,
                amount_fen=draw(st.integers(0, 2500)),
                percent_off=draw(st.integers(1, 100)),
                cap_fen=draw(st.sampled_from([0, 700])),
                minimum_fen=draw(st.sampled_from([0, 0, 4000])),
                goods_ids=(draw(st.sampled_from(GOODS)),) if kind in {"exchange", "gift"} else (),
                scope=draw(st.sampled_from([(), (), ("category:bread",), ("tag:fresh",)])),
                stacking_group=draw(st.sampled_from(["", "a", "b"])),
                excludes_member_discount=draw(st.sampled_from([False, False, True])),
            )
        )
    return tuple(found)


@st.composite
def store_rules(draw: st.DrawFn) -> StoreRules:
    """Rules with any of the promotions, points as money and cash rounding."""
    return rules_with(
        *[promotion for promotion in ALL_PROMOTIONS if draw(st.booleans())],
        earn=EarnRules(
            milli_points_per_yuan=draw(st.sampled_from([0, 1500, 3000])),
            multipliers=(EarnMultiplier(multiplier_id="gold", percent=150, tiers=("gold",)),),
        ),
        points_as_money=PointsAsMoney(
            points_per_step=draw(st.sampled_from([0, 1, 100])),
            fen_per_step=draw(st.sampled_from([1, 100])),
            share_cap_basis_points=draw(st.sampled_from([5000, 10_000])),
        ),
        cash_rounding=CashRounding(step_fen=draw(st.sampled_from([1, 10, 50, 100])), nearest=draw(st.booleans())),
        coupons=CouponRules(stacking=draw(st.sampled_from(["by_group", "one", "all"]))),
    )


@st.composite
def sales(draw: st.DrawFn) -> tuple[StoreRules, Sale]:
    """A sale and its rules."""
    rules = draw(store_rules())
    inputs = some_inputs(
        rules,
        member_id=draw(st.sampled_from([MEMBER, MEMBER, None])),
        tier=draw(st.sampled_from(["", "gold"])),
        coupons=draw(coupons()),
        points_to_spend=draw(st.sampled_from([0, 0, 500, 100_000])),
    )
    sale = a_sale(rules, draw(basket_lines()), inputs, draw(st.integers(0, 100)), draw(st.integers(0, 100)))
    return rules, sale


def printed(reductions: Sequence[Reduction]) -> Mapping[str, int]:
    """Amount by printed name."""
    return {each.name: each.amount_fen for each in reductions}
