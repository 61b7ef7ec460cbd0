"""Tiers: reached by what a person spent within the rules' window; here they only ever go up."""

from msgspec import structs

from hq_sync_server.office import members
from hq_sync_server.office.books import Books
from hq_sync_server.office.pages import MemberPage
from shared_models.moments import month_after
from shared_models.rules import StoreRules, TierRule


def rolling_spend_fen(page: MemberPage, business_date: str, window_months: int) -> int:
    """Spend in the window's months, the present one included."""
    first = month_after(business_date, 1 - window_months)
    return sum(fen for month, fen in page.spend.items() if month >= first)


def move_up(books: Books, page: MemberPage, rules: StoreRules, business_date: str) -> None:
    """Give a person the tier it has reached and its way to the next one."""
    if not rules.tiers:
        return
    ladder = sorted(rules.tiers, key=lambda tier: (tier.threshold_fen, tier.code))
    spend_fen = rolling_spend_fen(page, business_date, rules.tier_window_months)
    reached = [tier for tier in ladder if tier.threshold_fen <= spend_fen]
    present = _named(ladder, page.profile.tier)
    if reached and (present is None or reached[-1].threshold_fen > present.threshold_fen):
        present = reached[-1]
    above = [tier for tier in ladder if present is None or tier.threshold_fen > present.threshold_fen]
    was = page.profile
    page.profile = structs.replace(
        was,
        tier=was.tier if present is None else present.code,
        tier_name=was.tier_name if present is None else present.name,
        tier_progress_fen=spend_fen,
        tier_next_name=above[0].name if above else "",
        tier_next_fen=above[0].threshold_fen if above else 0,
    )
    if page.profile != was:
        page.changed = page.touched = True
    if page.profile.tier != was.tier:
        members.remember_tier(books, page)


def _named(ladder: list[TierRule], code: str) -> TierRule | None:
    return next((tier for tier in ladder if tier.code == code), None)
