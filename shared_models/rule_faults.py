"""What is wrong with rules although every single figure is in range: asked by HQ before it publishes them.

Tills never ask: rules that were published once must stay readable for ever, whatever a later program thinks of them.
"""

from collections.abc import Iterable, Iterator
from datetime import date

from shared_models.barcodes import pattern_is_sound
from shared_models.promotions import Bundle, MemberSpecial, Offer, SpendAndSave
from shared_models.rules import StoreRules


def rule_faults(rules: StoreRules) -> tuple[str, ...]:
    """Each fault as `field: what is wrong`, in the order of the fields; empty for rules that may be published."""
    return tuple(_faults(rules))


def _faults(rules: StoreRules) -> Iterator[str]:
    tiers = {tier.code for tier in rules.tiers}
    yield from _twice("tiers", (tier.code for tier in rules.tiers))
    yield from _twice("earn.multipliers", (each.multiplier_id for each in rules.earn.multipliers))
    for multiplier in rules.earn.multipliers:
        where = f"earn.multipliers[{multiplier.multiplier_id}]"
        yield from _unknown_tiers(where, multiplier.tiers, tiers)
        yield from _dates(where, multiplier.date_from, multiplier.date_to)
    yield from _twice("exchange_list", (item.item_id for item in rules.exchange_list))
    for item in rules.exchange_list:
        yield from _unknown_tiers(f"exchange_list[{item.item_id}]", item.tiers, tiers)
        if item.kind == "coupon" and not item.template_id:
            yield f"exchange_list[{item.item_id}]: a coupon names its template"
    yield from _twice("top_up.ladder", (str(step.threshold_fen) for step in rules.top_up.ladder))
    if not rules.top_up.free_amounts and not rules.top_up.ladder:
        yield "top_up: without free amounts there must be a ladder"
    yield from _twice("promotions", (offer.promotion_id for offer in rules.promotions))
    for offer in rules.promotions:
        yield from _promotion(offer, tiers)
    for pattern in rules.scale_patterns:
        if not pattern_is_sound(pattern):
            yield f"scale_patterns: '{pattern}' is no pattern of 13 or 18 digits with a PLU and a weight or an amount"
    if not rules.tender_kinds:
        yield "tender_kinds: nothing could be paid"


def _promotion(offer: Offer, tiers: set[str]) -> Iterator[str]:
    where = f"promotions[{offer.promotion_id}]"
    yield from _unknown_tiers(where, offer.tiers, tiers)
    yield from _dates(where, offer.date_from, offer.date_to)
    if offer.minute_from == offer.minute_to != 0:
        yield f"{where}: it would never run, its minutes from and to are the same"
    if isinstance(offer, SpendAndSave):
        yield from _twice(f"{where}.steps", (str(step.threshold_fen) for step in offer.steps))
        for step in offer.steps:
            if step.off_fen > step.threshold_fen:
                yield f"{where}.steps: {step.off_fen} off from {step.threshold_fen} is more than was spent"
    elif isinstance(offer, MemberSpecial):
        yield from _twice(f"{where}.prices", (price.goods_id for price in offer.prices))
    elif isinstance(offer, Bundle) and any(not part.scope for part in offer.parts):
        yield f"{where}.parts: a part names its goods"


def _twice(where: str, names: Iterable[str]) -> Iterator[str]:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            yield f"{where}: {name} twice"
        seen.add(name)


def _unknown_tiers(where: str, named: Iterable[str], tiers: set[str]) -> Iterator[str]:
    for code in named:
        if code not in tiers:
            yield f"{where}: unknown tier {code}"


def _dates(where: str, date_from: str, date_to: str) -> Iterator[str]:
    for text in (date_from, date_to):
        if text:
            try:
                date.fromisoformat(text)
            except ValueError:
                yield f"{where}: {text} is no date"
                return
    if date_from and date_to and date_to < date_from:
        yield f"{where}: it ends before it begins"
