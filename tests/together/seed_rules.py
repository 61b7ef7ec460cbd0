"""Rules, promotions, coupons and touch grids of the made-up chain: three stores that do things differently.

Downtown is generous to those who spend much, the community store to those who come often, the campus store to those
who have little. Used by `tests.together.seed_chain` alone.
"""

from collections.abc import Mapping, Sequence
from uuid import UUID

from shared_models.catalog import GoodsRow, GridKey, GridPage
from shared_models.promotions import (
    GiftWithPurchase,
    NthPiece,
    PercentPromotion,
    Promotion,
    SaveStep,
    SpendAndSave,
)
from shared_models.rules import (
    CashRounding,
    EarnMultiplier,
    EarnRules,
    ExchangeItem,
    LadderStep,
    PointsAsMoney,
    StoreRules,
    TierRule,
    TopUpRules,
)

NO_STORE = UUID(int=0)
YUAN = 100
TWENTY_O_CLOCK = 20 * 60
MIDNIGHT = 24 * 60

TIERS = (
    TierRule(code="standard", name="普卡", name_en="Standard"),
    TierRule(code="silver", name="银卡", name_en="Silver", threshold_fen=1_000 * YUAN, discount_basis_points=200),
    TierRule(code="gold", name="金卡", name_en="Gold", threshold_fen=5_000 * YUAN, discount_basis_points=500),
    TierRule(code="black", name="黑金卡", name_en="Black", threshold_fen=20_000 * YUAN, discount_basis_points=800),
)
BIRTHDAY_DOUBLE = EarnMultiplier(multiplier_id="birthday", name="生日月双倍积分", percent=200, birthday_month=True)
MEMBER_DAY = EarnMultiplier(
    multiplier_id="member_day", name="会员日 1.5 倍积分", percent=150, days_of_month=(8, 18, 28)
)
EXCHANGES = (
    ExchangeItem(item_id="coffee", name="美式咖啡一杯", name_en="Americano", points=800, kind="service"),
    ExchangeItem(item_id="loaf", name="原味吐司一条", name_en="Plain toast", points=1200, goods_id="B0001"),
    ExchangeItem(
        item_id="ten_off", name="满50减10券", name_en="10 off 50", points=1000, kind="coupon", template_id="50-10"
    ),
)


def evening_clearance(percent_off: int) -> PercentPromotion:
    """What was baked today must not see tomorrow."""
    return PercentPromotion(
        promotion_id="evening",
        name=f"晚8点后{(100 - percent_off) // 10}折",
        name_en=f"{percent_off} % off after 8 p.m.",
        scope=("tag:baked_today",),
        minute_from=TWENTY_O_CLOCK,
        minute_to=MIDNIGHT,
        percent_off=percent_off,
        priority=20,
        exclusion_group="bakery",
    )


DOWNTOWN_EVENING = evening_clearance(30)
SECOND_HALF_PRICE = NthPiece(
    promotion_id="second_half",
    name="第二件半价",
    name_en="Second at half price",
    scope=("category:pastry",),
    nth=2,
    percent_off=50,
    priority=10,
    exclusion_group="bakery",
)


def spend_and_save(*steps: tuple[int, int]) -> SpendAndSave:
    """满减 by (from yuan, yuan off)."""
    words = ",".join(f"满{threshold}减{off}" for threshold, off in steps)
    return SpendAndSave(
        promotion_id="spend_and_save",
        name=words,
        name_en="Spend and save",
        steps=tuple(SaveStep(threshold_fen=threshold * YUAN, off_fen=off * YUAN) for threshold, off in steps),
    )


FREE_ROLL = GiftWithPurchase(
    promotion_id="free_roll",
    name="满68元送原味小餐包",
    name_en="A free roll from 68 yuan",
    audience="members",
    scope=("category:bread", "category:cake", "category:pastry"),
    threshold_fen=68 * YUAN,
    gift_goods=("B0061",),
)


def _rules(
    milli_points: int,
    ladder: tuple[LadderStep, ...],
    promotions: tuple[Promotion, ...],
    cash_step_fen: int,
    **more: int,
) -> StoreRules:
    rounding = {1: CashRounding(), 10: CashRounding(step_fen=10), 50: CashRounding(step_fen=50)}[cash_step_fen]
    return StoreRules(
        version=1,
        store_id=NO_STORE,
        author="总部",
        earn=EarnRules(milli_points_per_yuan=milli_points, multipliers=(BIRTHDAY_DOUBLE, MEMBER_DAY)),
        points_as_money=PointsAsMoney(
            points_per_step=100,
            fen_per_step=YUAN,
            minimum_points=100,
            share_cap_basis_points=more.get("share_cap_basis_points", 5000),
        ),
        exchange_list=EXCHANGES,
        top_up=TopUpRules(ladder=ladder, minimum_fen=more.get("minimum_fen", 5_000)),
        tiers=TIERS,
        promotions=promotions,
        cash_rounding=rounding,
        member_tags=("宝妈", "上班族", "学生", "低糖", "爱吐司", "常订蛋糕"),
        receipt_header=("麦禾烘焙",),
        receipt_footer=("谢谢惠顾,欢迎再来",),
    )


def downtown_rules() -> StoreRules:
    """3 points a yuan; 500/1000/3000 with up to 8 % bonus."""
    ladder = (
        LadderStep(threshold_fen=500 * YUAN, bonus_basis_points=300, name="满500赠3%"),
        LadderStep(threshold_fen=1_000 * YUAN, bonus_basis_points=500, name="满1000赠5%"),
        LadderStep(threshold_fen=3_000 * YUAN, bonus_basis_points=800, name="满3000赠8%"),
    )
    promotions = (SECOND_HALF_PRICE, DOWNTOWN_EVENING, spend_and_save((100, 10), (200, 30)))
    return _rules(3_000, ladder, promotions, 10)


def community_rules() -> StoreRules:
    """1.5 points a yuan; 100/300/500 with a fixed bonus; a roll for those who buy for the family."""
    ladder = (
        LadderStep(threshold_fen=100 * YUAN, bonus_fen=3 * YUAN, name="满100赠3元"),
        LadderStep(threshold_fen=300 * YUAN, bonus_fen=12 * YUAN, name="满300赠12元"),
        LadderStep(threshold_fen=500 * YUAN, bonus_fen=25 * YUAN, name="满500赠25元"),
    )
    promotions = (
        SECOND_HALF_PRICE,
        evening_clearance(40),
        spend_and_save(
            (60, 5),
        ),
        FREE_ROLL,
    )
    return _rules(1_500, ladder, promotions, 10, minimum_fen=10_000)


def campus_rules() -> StoreRules:
    """2 points a yuan, and small sums all round."""
    ladder = (
        LadderStep(threshold_fen=50 * YUAN, bonus_fen=YUAN, name="满50赠1元"),
        LadderStep(threshold_fen=200 * YUAN, bonus_fen=10 * YUAN, name="满200赠10元"),
    )
    promotions = (SECOND_HALF_PRICE, evening_clearance(50), spend_and_save((30, 3), (50, 6)))
    return _rules(2_000, ladder, promotions, 1, share_cap_basis_points=10_000)


# Documents as `issue-coupons` takes them; each is good for its days from the day it is issued.
COUPON_TEMPLATES: tuple[Mapping[str, object], ...] = (
    {"template_id": "welcome-5", "name": "新人5元券", "kind": "amount_off", "amount_fen": 500, "valid_days": 30},
    {
        "template_id": "50-10",
        "name": "满50减10券",
        "kind": "amount_off",
        "amount_fen": 1000,
        "minimum_fen": 5000,
        "valid_days": 60,
    },
    {
        "template_id": "bread-20",
        "name": "面包8折券",
        "kind": "percent_off",
        "percent_off": 20,
        "cap_fen": 2000,
        "scope": ["category:bread"],
        "stacking_group": "percent",
        "valid_days": 60,
    },
    {
        "template_id": "birthday-cup",
        "name": "生日慕斯杯免费券",
        "kind": "gift",
        "goods_ids": ["B0361"],
        "stacking_group": "gift",
        "valid_days": 31,
    },
)

# (title, category, keys, colour); the goods of a category that sell best come first.
GRID_PAGES = (
    ("面包", "bread", 20, "#F6E7CF"),
    ("点心", "pastry", 16, "#FBF1DF"),
    ("蛋糕", "cake", 12, "#F9E1E1"),
    ("水果", "fruit", 12, "#E3F2E1"),
    ("服务", "service", 7, "#E8ECEF"),
)


def grid_pages(store_code: str, goods: Sequence[GoodsRow]) -> tuple[GridPage, ...]:
    """The touch grid of a store; stores show other breads because they bake others."""
    pages = []
    for order, (title, category, count, colour) in enumerate(GRID_PAGES):
        of_category = [row for row in goods if row.category == category]
        # Not the first twenty, which are one bread in twenty flavours.
        offset = int(store_code) % 3
        stride = max(1, len(of_category) // count)
        chosen = of_category[offset % stride :: stride]
        keys = tuple(GridKey(goods_id=row.goods_id, label=row.name, colour=colour) for row in chosen[:count])
        if keys:
            pages.append(
                GridPage(page_id=f"{store_code}-{category}", store_id=NO_STORE, title=title, order=order, keys=keys)
            )
    return tuple(pages)
