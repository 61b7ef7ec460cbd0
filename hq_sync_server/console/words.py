"""The words of the console's own codes: roles, states, deeds, alerts, remedies. For its templates."""

from collections.abc import Mapping
from typing import Any

from hq_sync_server.console import remedy_words, rule_words
from hq_sync_server.console.member_words import REASONS, lot_said, share_said
from hq_sync_server.console.texts import EXCEPTIONS, LEDGER_STATES, N_, STORE_TYPES, Texts, money
from hq_sync_server.office.inbox.alerts import Alert
from hq_sync_server.office.members.member_requests import Adjustment
from hq_sync_server.office.rules import rule_fields
from hq_sync_server.office.rules.rule_fields import Field
from hq_sync_server.office.rules.rule_tree import Constraint
from shared_models.overlap import MONEY
from shared_models.overlaps import OVERLAPS
from shared_models.refusals import Refusal

__all__ = [
    "EXCEPTIONS",
    "LEDGER_STATES",
    "MONEY",
    "OVERLAPS",
    "REASONS",
    "STORE_TYPES",
    "lot_said",
    "money",
    "share_said",
]

ROLES: Mapping[str, str] = {
    "hq_admin": N_("HQ administrator"),
    "marketing": N_("Marketing"),
    "region_manager": N_("Region manager"),
    "store_manager": N_("Store manager"),
    "service": N_("Customer service"),
    "auditor": N_("Auditor"),
}

TILL_STATES: Mapping[str, str] = {
    "sound": N_("Sound"),
    "silent": N_("Silent"),
    "revoked": N_("Revoked"),
    "written_off": N_("Written off"),
    "clone": N_("Copied, rights frozen"),
    "rollback": N_("Gone back, rights frozen"),
    "fork": N_("Forked, rights frozen"),
    "stale": N_("Old state, rights frozen"),
    "anchor_ahead": N_("Ledger went back, rights frozen"),
    "restored_copy": N_("Restored copy, rights frozen"),
    "head_not_proved": N_("Claims what it cannot prove, rights frozen"),
    "chain_broken": N_("Entries do not hang together, rights frozen"),
}

DEEDS: Mapping[str, str] = {
    "revoke": N_("Revoke the till"),
    "open_epoch": N_("Let it open a new epoch"),
    "new_code": N_("Code to enrol it again"),
    "new_code_disk_gone": N_("Code to enrol it again, its disk is gone"),
    "write_off": N_("Write it off"),
    "accept_kept": N_("Take what was kept aside"),
}

DEED_EFFECTS: Mapping[str, str] = {
    "revoke": N_(
        "Its key is believed no longer. Sales that wait there stay there until it is enrolled again or written off, "
        "and the members' value it holds cannot be spent elsewhere until then."
    ),
    "open_epoch": N_(
        "What the copy sold is kept as a branch and counts. The value it held comes home, and what was spent twice is "
        "booked as a loss, by name."
    ),
    "new_code": N_("The till keeps its ledger and sends what waits there. Nothing is lost."),
    "new_code_disk_gone": N_("Sales that waited there are lost to HQ; those that HQ has come back to the till."),
    "write_off": N_(
        "The members' value it holds comes home at once. Should the till ever speak again, what it spent of it is a "
        "loss of the chain, at most the figure below."
    ),
    "accept_kept": N_("Sales that came under its old key are booked now, each checked like any other."),
}

REMEDIES: Mapping[str, str] = {
    "accepted": N_("Accepted as it is"),
    "corrected": N_("Corrected by another entry"),
    "settled_with_store": N_("Settled with the store"),
    "settled_with_member": N_("Settled with the member"),
    "no_fault": N_("Looked at, no fault"),
    **remedy_words.NAMES,
    "": N_("Closed by HQ itself"),
}

DEED_PAGES = frozenset(
    {
        *("clone", "rollback", "fork", "stale", "anchor_ahead", "restored_copy", "head_not_proved", "chain_broken"),
        "under_revoked_key",
    }
)
"""Exceptions whose remedy is a deed on the till's own page."""

TOLD: Mapping[str, str] = {
    "with": N_("The other member"),
    "differences": N_("What differs"),
    "lot": N_("Lot"),
    "token": N_("Coupon or order"),
    "sale": N_("Sale"),
    "fields": N_("Fields"),
    "hq_epoch": N_("HQ's epoch"),
    "principal_fen": N_("Principal"),
    "bonus_fen": N_("Bonus"),
    "risk_fen": N_("Lent above rights"),
    "entries": N_("Entries"),
    "points": N_("Points"),
    "tokens": N_("Coupons"),
    "members": N_("Members"),
    "reason": N_("Why"),
    "by": N_("By"),
}

DEEDS_LOGGED: Mapping[str, str] = {
    "password_chosen": N_("Chose a password"),
    "password_renewed": N_("Made a one-time password"),
    "account_added": N_("Added an account"),
    "account_changed": N_("Changed an account"),
    "store_added": N_("Added a store"),
    "store_changed": N_("Changed a store"),
    "region_added": N_("Added a region"),
    "enrolment_code_made": N_("Made an enrolment code"),
    "till_revoke": N_("Revoked a till"),
    "till_open_epoch": N_("Let a till open a new epoch"),
    "till_new_code": N_("Made a code to enrol a till again"),
    "till_new_code_disk_gone": N_("Made a code to enrol a till again"),
    "till_write_off": N_("Wrote a till off"),
    "till_accept_kept": N_("Took what was kept aside"),
    "exception_assigned": N_("Assigned an exception"),
    "exception_closed": N_("Closed an exception"),
    "exception_reopened": N_("Opened an exception again"),
    "reversal_asked": N_("Asked for a remedy to be taken back"),
    "exceptions_limit_set": N_("Set the limit of open exceptions"),
    "remedy_undone": N_("Took a remedy back"),
    "entry_still_parked": N_("Tried a parked entry"),
    "entry_taken": N_("Took a parked entry"),
    "adjustment_asked": N_("Asked for a correction"),
    "adjustment_agreed": N_("Agreed to a correction"),
    "adjustment_refused": N_("Refused a correction"),
    "rules_published": N_("Published rules"),
    "draft_discarded": N_("Threw a draft away"),
    "draft_from_version": N_("Took an earlier version into the draft"),
    "imported": N_("Imported a file"),
    "alert_closed": N_("Closed an alert"),
    "sync_file_taken": N_("Took a till's file"),
    "article_added": N_("Added an article"),
    "article_changed": N_("Changed an article"),
    "price_set": N_("Set a store's price"),
    "grid_saved": N_("Changed a touch grid"),
    "member_edited": N_("Changed a member"),
    "member_number_changed": N_("Changed a telephone number"),
    "member_frozen": N_("Froze a member"),
    "member_thawed": N_("Let a member free again"),
    "member_confirmed": N_("Confirmed a member"),
    "card_replaced": N_("Replaced a card"),
    "number_revealed": N_("Looked at a telephone number"),
    "members_united": N_("United members"),
    "members_separated": N_("Separated members"),
    "member_forgotten": N_("Forgot a member"),
    "member_exported": N_("Exported a member"),
    "article_saved": N_("Published an article of the knowledge base"),
    "article_removed": N_("Took an article of the knowledge base away"),
    "ticket_changed": N_("Answered a service ticket"),
}

MEMBER_STATES: Mapping[str, str] = {
    "active": N_("Active"),
    "provisional": N_("Provisional"),
    "frozen": N_("Frozen"),
    "merged": N_("United with another"),
    "forgotten": N_("Forgotten"),
}

ACCOUNTS: Mapping[str, str] = {
    "principal": N_("Principal"),
    "bonus": N_("Bonus"),
    "points": N_("Points"),
    "risk": N_("Lent at risk"),
}

COUPON_STATES: Mapping[str, str] = {"usable": N_("usable"), "spent": N_("redeemed"), "withdrawn": N_("withdrawn")}

REQUEST_STATES: Mapping[str, str] = {"waiting": N_("waits"), "agreed": N_("agreed"), "refused": N_("refused")}

REDUCTIONS: Mapping[str, str] = {
    "member_price": N_("Member price"),
    "tier": N_("Tier discount"),
    "promotion": N_("Promotion"),
    "manual": N_("By hand"),
    "coupon": N_("Coupon"),
    "points": N_("Points as money"),
    "exchange": N_("Exchange"),
}

ENTRY_TYPES: Mapping[str, str] = {
    "sale": N_("Sale"),
    "refund": N_("Refund"),
    "refund_without_receipt": N_("Refund without receipt"),
    "top_up": N_("Top-up"),
    "top_up_cancelled": N_("Top-up cancelled"),
    "withdrawal": N_("Principal paid out"),
    "points_exchange": N_("Points exchanged"),
    "member_registered": N_("Registered"),
    "member_edited": N_("Details changed"),
    "member_tagged": N_("Tags changed"),
    "member_lookup": N_("Looked up"),
    "opening_balance": N_("Brought along"),
    "members_united": N_("United or separated"),
    "balance_adjusted": N_("Corrected"),
    "debt_settled": N_("Debt settled"),
    "lot_expired": N_("Expired"),
    "loss_booked": N_("Loss of the chain"),
    "exception_settled": N_("Exception settled"),
    "coupons_issued": N_("Coupons issued"),
    "member_forgotten": N_("Forgotten"),
}

CONSTRAINTS: Mapping[str, str] = {"free": N_("free"), "locked": N_("locked"), "range": N_("within a range")}

VERSION_STATES: Mapping[str, str] = {"in_force": N_("in force"), "coming": N_("coming"), "over": N_("over")}

JOBS: Mapping[str, str] = {"preview": N_("Preview of rules"), "import": N_("Import"), "trial": N_("Trial import")}

JOB_STATES: Mapping[str, str] = {
    "running": N_("running"),
    "done": N_("done"),
    "failed": N_("did not go through"),
    "stopped": N_("stopped"),
}

TICKET_KINDS: Mapping[str, str] = {
    "quality": N_("Quality complaint"),
    "service": N_("Service"),
    "member": N_("Membership and value"),
    "device": N_("Till and devices"),
    "other": N_("Something else"),
    "repair": N_("Repair"),
    "pickup": N_("Pickup elsewhere"),
}

HANDOFF_STEPS: Mapping[str, str] = {
    "sent": N_("sent off"),
    "arrived": N_("arrived"),
    "ready": N_("ready for the customer"),
    "handed_over": N_("handed over to the customer"),
}

TICKET_STATUSES: Mapping[str, str] = {
    "open": N_("Waits for an answer"),
    "working": N_("is being worked on"),
    "solved": N_("solved"),
    "closed": N_("Ticket closed"),
}

IMPORT_KINDS: Mapping[str, str] = {
    "members": N_("Members with opening balances"),
    "goods": N_("Goods"),
    "prices": N_("A store's own prices"),
    "grid": N_("A store's touch grid"),
}

COLUMNS: Mapping[str, str] = {
    "phone": N_("Number"),
    "name": N_("Name"),
    "birthday": N_("Birthday"),
    "tier": N_("Tier"),
    "card": N_("Card"),
    "home_store": N_("Home store"),
    "tags": N_("Tags"),
    "principal": N_("Principal"),
    "bonus": N_("Bonus"),
    "points": N_("Points"),
    "points_until": N_("Points good until"),
    "goods_id": N_("Article"),
    "barcodes": N_("Barcodes"),
    "unit": N_("Unit"),
    "price": N_("Price"),
    "member_price": N_("Member price"),
    "category": N_("Category"),
    "name_en": N_("English name"),
    "plu": "PLU",
    "open_price": N_("Price is typed at the till"),
    "weighed": N_("Weighed"),
    "tax_category": N_("Tax category"),
    "tax_rate": N_("Tax rate, percent"),
    "no_discount": N_("No discount"),
    "no_points": N_("No points"),
    "sold_out": N_("Sold out"),
    "active": N_("Sold"),
    "page": N_("Page"),
    "label": N_("On the key"),
    "colour": N_("Colour"),
}

COLOURS: Mapping[str, str] = {
    "": N_("as the till's"),
    "#c0392b": N_("red"),
    "#d68910": N_("orange"),
    "#b7950b": N_("yellow"),
    "#1e8449": N_("green"),
    "#117a65": N_("teal"),
    "#2471a3": N_("blue"),
    "#7d3c98": N_("violet"),
    "#616a6b": N_("grey"),
}

UNITS: Mapping[str, str] = {"piece": N_("piece"), "kg": "kg", "jin": N_("500 g"), "100g": "100 g"}

SUMS: Mapping[str, str] = {
    "principal_fen": N_("Principal"),
    "bonus_fen": N_("Bonus"),
    "points": N_("Points"),
}

_ALERTS: Mapping[str, str] = {
    "no_rules": N_("{store} has no rules in force."),
    "till_silent": N_("Till {till} was last heard of {ago}; {amount_fen} waits there."),
    "till_rollback": N_("Ledger of till {till} went back. Rights frozen, cash goes on."),
    "till_clone": N_("Two machines answer for till {till}. Rights frozen, cash goes on."),
    "till_fork": N_("Ledger of till {till} differs from HQ's. Rights frozen, cash goes on."),
    "ledger_faulty": N_("Ledger of till {till} does not verify: {count} faults."),
    "books_faulty": N_("The books do not verify: {count} faults. hq-sync-server verify names them."),
    "books_unverified": N_("Ledgers of {count} tills were not verified for two nights."),
    "new_members_down": N_("{store}: {count} % fewer new members than the week before."),
    "exceptions_open": N_("{count} exceptions are open, {amount_fen} in all."),
    "entries_parked": N_("Parked entries: {count}."),
}
_ALERT_OF_A_TILL = N_("Till {till} needs a look: {state}.")


def adjustment_said(texts: Texts, asked: Adjustment) -> str:
    """A correction as one figure with its sign."""
    figure = (
        f"{asked.amount:+,}" if asked.purse == "points" else ("+" if asked.amount > 0 else "") + money(asked.amount)
    )
    return f"{texts.word(ACCOUNTS, asked.purse)} {figure}"


def rule_value(texts: Texts, path: str, value: Any, is_constraint: bool) -> str:
    """A value of a field of the rules, or a constraint of it, in a comparison."""
    if is_constraint:
        return texts.word(CONSTRAINTS, str(value))
    field = rule_fields.fields()[path]
    if value is None:
        return texts.say(N_("not set here"))
    if field.kind == "flag":
        return texts.say(N_("yes")) if value else texts.say(N_("no"))
    if field.kind == "choice":
        return texts.word(rule_words.OPTIONS, str(value))
    if field.kind == "list":
        return (
            ", ".join(str(one.get("name") or one.get("code") or one.get("threshold_fen", "")) for one in value) or "–"
        )
    return rule_fields.typed(field, value) or "–"


def constraint_said(texts: Texts, field: Field, constraint: Constraint) -> str:
    """What HQ lets a place do with a field."""
    if constraint.kind == "range":
        low, high = (rule_fields.typed(field, limit) for limit in (constraint.minimum, constraint.maximum))
        return texts.say(N_("from {low} to {high}"), low=low, high=high)
    return texts.word(CONSTRAINTS, constraint.kind)


def problem_said(texts: Texts, problem: Mapping[str, Any]) -> str:
    """Why a row was not taken."""
    return row_said(texts, Refusal(str(problem["code"]), **problem.get("fields", {})))


def row_said(texts: Texts, refusal: Refusal) -> str:
    """What is wrong with a row or a file, its columns called as in the form."""
    fields = dict(refusal.fields)
    for name in ("column", "columns"):
        if name in fields:
            fields[name] = ", ".join(texts.word(COLUMNS, one) for one in str(fields[name]).split(", "))
    return texts.refusal(Refusal(refusal.code, **fields))


def alert_said(texts: Texts, alert: Alert, now_ms: int) -> str:
    """An alert as a sentence."""
    fields: dict[str, object] = {
        "store": alert.store,
        "till": alert.till,
        "count": alert.count,
        "amount_fen": alert.amount_fen,
        "ago": texts.ago(alert.since_ms, now_ms),
    }
    if alert.code in _ALERTS:
        return texts.say(_ALERTS[alert.code], **fields)
    return texts.say(_ALERT_OF_A_TILL, till=alert.till, state=texts.word(TILL_STATES, alert.code.removeprefix("till_")))
