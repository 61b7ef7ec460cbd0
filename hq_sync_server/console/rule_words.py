"""What the fields of rules are called. A field without a name here is shown by its path."""

from collections.abc import Mapping
from typing import Any

from hq_sync_server.console.texts import N_, Texts

GROUPS: Mapping[str, str] = {
    "earn": N_("Earning points"),
    "points_as_money": N_("Points as money"),
    "points_life": N_("How long points live"),
    "exchange_list": N_("Points exchange"),
    "top_up": N_("Topping up"),
    "stored_value": N_("Spending stored value"),
    "tiers": N_("Tiers"),
    "promotions": N_("Promotions"),
    "coupons": N_("Coupons"),
    "cash_rounding": N_("Cash rounding"),
    "limits": N_("What a cashier may do alone"),
    "escrow": N_("Spending without HQ"),
    "lookups": N_("Finding members"),
    "orders": N_("Orders with a deposit"),
    "other": N_("Other"),
}

FIELDS: Mapping[str, str] = {
    "earn.milli_points_per_yuan": N_("Points a yuan"),
    "earn.multipliers": N_("Multipliers"),
    "earn.multipliers_combine": N_("Several multipliers"),
    "earn.money_and_principal_only": N_("Only money and principal earn"),
    "points_as_money.points_per_step": N_("Points a step (0: not as money)"),
    "points_as_money.fen_per_step": N_("A step takes off"),
    "points_as_money.minimum_points": N_("At least, points"),
    "points_as_money.maximum_points": N_("At most, points (0: no limit)"),
    "points_as_money.share_cap_basis_points": N_("At most of the total, %"),
    "points_as_money.name": N_("Name on the receipt"),
    "points_life.expiry_months": N_("Months until they expire (0: never)"),
    "points_life.minimum_life_months": N_("Returned points live at least, months"),
    "points_life.remind_months": N_("Reminder, months before"),
    "exchange_list": N_("What points are exchanged for"),
    "top_up.ladder": N_("Ladder"),
    "top_up.free_amounts": N_("Other amounts too"),
    "top_up.minimum_fen": N_("Least top-up"),
    "top_up.balance_cap_fen": N_("Most a member may hold (0: no cap)"),
    "top_up.cancel_days": N_("Days to cancel"),
    "stored_value.order": N_("Which is spent first"),
    "stored_value.free_daily_limit_fen": N_("A day without proof"),
    "stored_value.wrong_codes_max": N_("Wrong codes until locked"),
    "tiers": N_("Tiers"),
    "tier_window_months": N_("Rolling months of spend"),
    "member_price": N_("Members pay member prices"),
    "member_price_name": N_("Name of the member price"),
    "promotions": N_("Promotions"),
    "coupons.stacking": N_("How coupons stack"),
    "coupons.sale_maximum": N_("Coupons a sale (0: no limit)"),
    "cash_rounding.step_fen": N_("Cash is rounded to, fen"),
    "cash_rounding.nearest": N_("To the nearest, not down"),
    "limits.line_discount_percent": N_("Discount of a line, %"),
    "limits.basket_discount_percent": N_("Discount of a basket, %"),
    "limits.price_override_percent": N_("Other price, %"),
    "limits.open_price_maximum_fen": N_("Open price up to"),
    "limits.refund_fen": N_("Refund up to"),
    "limits.refund_without_receipt_daily_fen": N_("Refunds without receipt a day"),
    "limits.refund_days": N_("Days to refund"),
    "limits.cash_out_fen": N_("Cash out up to"),
    "limits.drawer_open_alone": N_("Open the drawer without a sale"),
    "limits.reprint_alone": N_("Print a receipt again"),
    "escrow.mode": N_("How rights reach the tills"),
    "escrow.lease_days": N_("Days without HQ"),
    "escrow.principal_cap_fen": N_("Principal placed ahead, a member"),
    "escrow.bonus_cap_fen": N_("Bonus placed ahead, a member"),
    "escrow.points_cap": N_("Points placed ahead, a member"),
    "escrow.share_basis_points": N_("At most of the balance, %"),
    "escrow.usual_multiples": N_("Times the usual visit"),
    "escrow.tills_per_store": N_("Tills of a store that hold one"),
    "escrow.minimum_fen": N_("At least, money"),
    "escrow.minimum_points": N_("At least, points"),
    "escrow.idle_days": N_("Halved after days without a visit"),
    "escrow.risk_member_fen": N_("Lent at risk, a member"),
    "escrow.risk_outage_fen": N_("Lent at risk, a till and outage"),
    "escrow.risk_days": N_("A loss after days"),
    "escrow.release_refund_rights": N_("Give refund rights to HQ"),
    "orders.deposit_percent": N_("Deposit at least, % of the price"),
    "orders.free_cancel_hours": N_("Hours before collection until which cancelling is free"),
    "orders.kept_percent": N_("Kept of the deposit after that, %"),
    "lookups.results_maximum": N_("Members a list shows"),
    "lookups.without_sale_daily_alert": N_("Lookups without a sale until it is seen"),
    "lookups.phone_tail": N_("Find by the last four digits"),
    "lookups.by_name": N_("Find by name"),
    "scale_patterns": N_("Scale labels"),
    "tender_kinds": N_("Means of payment"),
    "basket_hold_minutes": N_("A basket may be held, minutes"),
    "member_tags": N_("Quick tags"),
    "member_fields": N_("The chain's own fields of members"),
    "consent_text_version": N_("Version of the consent"),
    "receipt_header": N_("Head of the receipt"),
    "receipt_footer": N_("Foot of the receipt"),
    "invoice_link": N_("Link of the invoice code"),
}

OPTIONS: Mapping[str, str] = {
    "best": N_("the best one"),
    "product": N_("multiplied"),
    "principal_first": N_("principal first"),
    "bonus_first": N_("bonus first"),
    "proportion": N_("in proportion"),
    "by_group": N_("one of each group"),
    "one": N_("one a sale"),
    "all": N_("all"),
    "members": N_("members"),
    "online_only": N_("only online"),
    "escrow": N_("placed ahead"),
    "escrow_with_risk": N_("placed ahead, and lent at risk"),
    "goods": N_("goods"),
    "service": N_("a service"),
    "coupon": N_("a coupon"),
}

ITEM_KINDS: Mapping[str, str] = {
    "nth_piece_percent": N_("Nth piece cheaper"),
    "n_for_price": N_("N for a price"),
    "bundle": N_("Bundle"),
    "percent": N_("Percentage off"),
    "near_expiry": N_("Near expiry"),
    "member_price": N_("Member specials"),
    "spend_and_save": N_("Spend and save"),
    "gift": N_("Gift with purchase"),
}

ITEM_FIELDS: Mapping[str, str] = {
    "promotion_id": N_("Code"),
    "multiplier_id": N_("Code"),
    "item_id": N_("Code"),
    "code": N_("Code"),
    "name": N_("Called"),
    "name_en": N_("English name"),
    "scope": N_("Which goods"),
    "audience": N_("For whom"),
    "tiers": N_("Only tiers"),
    "date_from": N_("First day"),
    "date_to": N_("Last day"),
    "weekdays": N_("Weekdays"),
    "days_of_month": N_("Days of the month"),
    "minute_from": N_("From, time of day"),
    "minute_to": N_("Until, time of day"),
    "priority": N_("Priority"),
    "exclusion_group": N_("Exclusion group"),
    "member_day_limit": N_("A member and day (0: no limit)"),
    "combines_with_member_discount": N_("On top of the member discount"),
    "nth": N_("Every Nth"),
    "percent_off": N_("% off"),
    "pieces": N_("Pieces"),
    "price_fen": N_("Price together"),
    "parts": N_("Parts, a line each: goods pieces"),
    "prices": N_("Prices, a line each: article price"),
    "steps": N_("Steps, a line each: from off"),
    "repeating": N_("For every full step"),
    "threshold_fen": N_("Reached with, yuan"),
    "gift_goods": N_("Gift articles"),
    "bonus_fen": N_("Bonus"),
    "bonus_basis_points": N_("Bonus, %"),
    "discount_basis_points": N_("Discount, %"),
    "points": N_("Points"),
    "kind": N_("Kind"),
    "goods_id": N_("Article"),
    "template_id": N_("Coupon template"),
    "percent": N_("Percent (200: double)"),
    "birthday_month": N_("In the birthday month"),
}

ITEM_HINTS: Mapping[str, str] = {
    "scope": N_("category:bread goods:B0001 tag:fresh, blanks between; empty: all goods"),
    "tiers": N_("codes of tiers, blanks between; empty: all"),
    "weekdays": N_("1 Monday to 7 Sunday, blanks between; empty: every day"),
    "days_of_month": N_("1 to 31, blanks between; empty: every day"),
    "minute_to": N_("both empty: all day"),
    "priority": N_("the higher one first; 0 if it does not matter"),
    "exclusion_group": N_("of one group only one counts; empty: none"),
    "promotion_id": N_("stays as it is; letters, digits, -"),
}


def list_change(texts: Texts, before: list[dict[str, Any]], after: list[dict[str, Any]]) -> str:
    """What a draft adds to a list, takes from it and changes in it."""
    was, now = ({_item_name(one): one for one in items} for items in (before, after))
    kinds = (
        (N_("added: {names}"), [name for name in now if name not in was]),
        (N_("taken away: {names}"), [name for name in was if name not in now]),
        (N_("changed: {names}"), [name for name in now if name in was and now[name] != was[name]]),
    )
    said = [texts.say(sentence, names=", ".join(names)) for sentence, names in kinds if names]
    return "; ".join(said) or texts.say(N_("another order"))


def _item_name(item: dict[str, Any]) -> str:
    if "threshold_fen" in item and not item.get("name"):
        return f"¥{item['threshold_fen'] / 100:g}"
    return str(item.get("name") or item.get("code") or item.get("promotion_id", ""))
