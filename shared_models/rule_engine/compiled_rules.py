"""Rules made ready for pricing: scopes as sets, promotions sorted by kind and priority. Kept per rules object."""

from collections.abc import Sequence
from typing import Generic, TypeVar

from shared_models.promotions import (
    BasketPromotion,
    Bundle,
    GiftWithPurchase,
    GroupPromotion,
    LinePromotion,
    MemberSpecial,
    NearExpiry,
    NthPiece,
    Offer,
    PiecesForPrice,
    Scope,
    SpendAndSave,
)
from shared_models.rules import StoreRules, TierRule
from shared_models.sales import GoodsTerms, Price

_KEPT_MAX = 512
AnyOffer = TypeVar("AnyOffer", bound=Offer)


class ScopeSets:
    """A goods scope as sets."""

    __slots__ = ("categories", "everything", "goods_ids", "tags")

    def __init__(self, scope: Scope) -> None:
        by_kind: dict[str, set[str]] = {"goods": set(), "category": set(), "tag": set()}
        for entry in scope:
            kind, _, name = entry.partition(":")
            by_kind.setdefault(kind, set()).add(name)
        self.everything = not scope
        self.goods_ids = frozenset(by_kind["goods"])
        self.categories = frozenset(by_kind["category"])
        self.tags = frozenset(by_kind["tag"])

    def holds(self, goods_id: str, goods: GoodsTerms) -> bool:
        """Whether goods are inside."""
        return (
            self.everything
            or goods.category in self.categories
            or goods_id in self.goods_ids
            or (bool(self.tags) and not self.tags.isdisjoint(goods.tags))
        )


class Prepared(Generic[AnyOffer]):
    """A promotion with its scopes as sets."""

    __slots__ = ("is_near_expiry", "is_special", "offer", "part_scopes", "prices", "scope")

    def __init__(self, offer: AnyOffer) -> None:
        self.offer = offer
        self.scope = ScopeSets(offer.scope)
        self.part_scopes: tuple[ScopeSets, ...] = ()
        self.prices: dict[str, Price] = {}
        self.is_special = isinstance(offer, MemberSpecial)
        self.is_near_expiry = isinstance(offer, NearExpiry)
        if isinstance(offer, Bundle):
            self.part_scopes = tuple(ScopeSets(each.scope) for each in offer.parts)
        elif isinstance(offer, MemberSpecial):
            self.prices = {each.goods_id: each.price for each in offer.prices}


class CompiledRules:
    """One store's rules, ready. Promotions stand in the order in which they are tried."""

    def __init__(self, rules: StoreRules) -> None:
        self.rules = rules
        self.tiers: dict[str, TierRule] = {tier.code: tier for tier in rules.tiers}
        groups: list[Prepared[GroupPromotion]] = []
        baskets: list[Prepared[BasketPromotion]] = []
        singles: list[Prepared[LinePromotion]] = []
        for offer in sorted(rules.promotions, key=lambda each: (-each.priority, each.promotion_id)):
            if isinstance(offer, NthPiece | PiecesForPrice | Bundle):
                groups.append(Prepared[GroupPromotion](offer))
            elif isinstance(offer, SpendAndSave | GiftWithPurchase):
                baskets.append(Prepared[BasketPromotion](offer))
            else:
                singles.append(Prepared[LinePromotion](offer))
        self.groups: Sequence[Prepared[GroupPromotion]] = groups
        self.baskets: Sequence[Prepared[BasketPromotion]] = baskets
        self.singles: Sequence[Prepared[LinePromotion]] = singles


_kept: dict[int, CompiledRules] = {}


def compiled(rules: StoreRules) -> CompiledRules:
    """The compiled form of a rules object; made once as long as the object lives on here."""
    known = _kept.get(id(rules))
    if known is not None and known.rules is rules:
        return known
    if len(_kept) >= _KEPT_MAX:
        _kept.clear()
    made = _kept[id(rules)] = CompiledRules(rules)
    return made
