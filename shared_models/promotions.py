"""Promotions: the shapes of what a store offers, as part of its rules. The rule engine applies them.

One struct a kind, told apart by `kind` in the JSON. What all have in common stands in `Offer`: name, goods scope, for
whom, when, how often, and what it may be combined with.
"""

from typing import Annotated, Literal, TypeAlias

from msgspec import Meta, Struct

from shared_models.sales import Price

Natural = Annotated[int, Meta(ge=0)]
Positive = Annotated[int, Meta(ge=1)]
Share = Annotated[int, Meta(ge=0, le=10_000)]
PercentOff = Annotated[int, Meta(ge=1, le=100)]
Weekday = Annotated[int, Meta(ge=1, le=7)]
Minute = Annotated[int, Meta(ge=0, le=1440)]
Scope: TypeAlias = tuple[Annotated[str, Meta(pattern="^(goods|category|tag):.+")], ...]
"""`goods:<id>`, `category:<name>` or `tag:<name>`; a line is inside when any of them fits. Empty: all goods."""


class Offer(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What every promotion has.

    `tiers` narrows `audience` further. Dates are business dates, both included; weekdays are ISO (1 = Monday) of the
    business date; `minute_from` <= local minute < `minute_to`, over midnight when from > to, all day when both are 0.
    Of promotions that want the same pieces the higher `priority` gets them, then the one that saves more; between a
    promotion and the member's own price or discount the better one wins. Of one `exclusion_group` ('' = none) only one
    promotion touches a line.
    `member_day_limit` (0 = none) counts applications per member and business date: pieces for percentages and special
    prices, groups for Nth piece, N for a price and bundles, sales for the others. With `combines_with_member_discount`
    member price or tier discount are taken off first and the promotion works on what is left.
    """

    promotion_id: str
    name: str
    name_en: str = ""
    scope: Scope = ()
    audience: Literal["all", "members"] = "all"
    tiers: tuple[str, ...] = ()
    date_from: str = ""
    date_to: str = ""
    weekdays: tuple[Weekday, ...] = ()
    minute_from: Minute = 0
    minute_to: Minute = 0
    priority: int = 0
    exclusion_group: str = ""
    member_day_limit: Natural = 0
    combines_with_member_discount: bool = False


class NthPiece(Offer, frozen=True, kw_only=True, omit_defaults=True, tag_field="kind", tag="nth_piece_percent"):
    """第二件半价: of every `nth` pieces, dearest first, the last one costs `percent_off` less."""

    nth: Annotated[int, Meta(ge=2)] = 2
    percent_off: PercentOff = 50


class PiecesForPrice(Offer, frozen=True, kw_only=True, omit_defaults=True, tag_field="kind", tag="n_for_price"):
    """Any `pieces` of the scope for `price_fen`."""

    pieces: Annotated[int, Meta(ge=2)]
    price_fen: Natural


class BundlePart(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`pieces` of these goods."""

    scope: Scope
    pieces: Positive = 1


class Bundle(Offer, frozen=True, kw_only=True, omit_defaults=True, tag_field="kind", tag="bundle"):
    """All parts together for `price_fen`. The offer's own scope is not used."""

    parts: Annotated[tuple[BundlePart, ...], Meta(min_length=1)]
    price_fen: Natural


class PercentPromotion(Offer, frozen=True, kw_only=True, omit_defaults=True, tag_field="kind", tag="percent"):
    """A percentage off: with minutes it is the bakery's evening clearance."""

    percent_off: PercentOff


class NearExpiry(Offer, frozen=True, kw_only=True, omit_defaults=True, tag_field="kind", tag="near_expiry"):
    """A percentage off lines that carry the near-expiry tag."""

    percent_off: PercentOff


class SpecialPrice(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The special price of one article."""

    goods_id: str
    price: Price


class MemberSpecial(Offer, frozen=True, kw_only=True, omit_defaults=True, tag_field="kind", tag="member_price"):
    """Special prices for members, usually with a limit a day. The offer's own scope is not used."""

    prices: tuple[SpecialPrice, ...]
    audience: Literal["all", "members"] = "members"


class SaveStep(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """From `threshold_fen` on, `off_fen` less."""

    threshold_fen: Positive
    off_fen: Natural


class SpendAndSave(Offer, frozen=True, kw_only=True, omit_defaults=True, tag_field="kind", tag="spend_and_save"):
    """满减: the highest step reached counts; `repeating` gives it once for every full threshold (每满)."""

    steps: Annotated[tuple[SaveStep, ...], Meta(min_length=1)]
    repeating: bool = False


class GiftWithPurchase(Offer, frozen=True, kw_only=True, omit_defaults=True, tag_field="kind", tag="gift"):
    """满额赠品: when the rest of the scope reaches `threshold_fen`, `pieces` of the gift goods are free."""

    threshold_fen: Natural
    gift_goods: Annotated[tuple[str, ...], Meta(min_length=1)]
    pieces: Positive = 1


Promotion: TypeAlias = (
    NthPiece | PiecesForPrice | Bundle | PercentPromotion | NearExpiry | MemberSpecial | SpendAndSave | GiftWithPurchase
)
LinePromotion: TypeAlias = PercentPromotion | NearExpiry | MemberSpecial
GroupPromotion: TypeAlias = NthPiece | PiecesForPrice | Bundle
BasketPromotion: TypeAlias = SpendAndSave | GiftWithPurchase
