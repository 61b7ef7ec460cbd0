"""When something of the rules holds: goods scopes, dates, weekdays, minutes, and for whom."""

from datetime import date
from functools import lru_cache

from shared_models.promotions import Offer, Scope
from shared_models.sales import GoodsTerms, QuoteInputs


def in_scope(scope: Scope, goods_id: str, goods: GoodsTerms) -> bool:
    """Whether goods are inside a scope; an empty scope holds all."""
    if not scope:
        return True
    for entry in scope:
        kind, _, name = entry.partition(":")
        if (
            (kind == "category" and name == goods.category)
            or (kind == "goods" and name == goods_id)
            or (kind == "tag" and name in goods.tags)
        ):
            return True
    return False


@lru_cache(maxsize=256)
def iso_weekday(business_date: str) -> int:
    """1 = Monday."""
    return date.fromisoformat(business_date).isoweekday()


def within_dates(date_from: str, date_to: str, business_date: str) -> bool:
    """Both ends included; '' is open."""
    return (not date_from or date_from <= business_date) and (not date_to or business_date <= date_to)


def within_minutes(minute_from: int, minute_to: int, local_minute: int) -> bool:
    """From included, to excluded, over midnight when from > to; 0 and 0 is all day."""
    if minute_from == minute_to == 0:
        return True
    if minute_from <= minute_to:
        return minute_from <= local_minute < minute_to
    return local_minute >= minute_from or local_minute < minute_to


def offer_holds(offer: Offer, inputs: QuoteInputs) -> bool:
    """Whether a promotion runs at this moment for this customer; its goods and limits are another matter."""
    if (offer.audience == "members" or offer.tiers) and inputs.member_id is None:
        return False
    if offer.tiers and inputs.tier not in offer.tiers:
        return False
    if not within_dates(offer.date_from, offer.date_to, inputs.business_date):
        return False
    if offer.weekdays and iso_weekday(inputs.business_date) not in offer.weekdays:
        return False
    return within_minutes(offer.minute_from, offer.minute_to, inputs.local_minute)
