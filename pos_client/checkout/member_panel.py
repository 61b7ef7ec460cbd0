"""The member as the screen shows it: every figure with how fresh it is and what of it can be used here now."""

from collections.abc import Mapping
from typing import Literal

from pos_client.checkout.desk import Desk
from pos_client.checkout.drafts import DraftMember
from pos_client.checkout.quoting import is_birthday_month
from pos_client.checkout.stored_value import usable_fen, usable_points
from pos_client.checkout.usable_rights import where_the_rest_is
from pos_client.checkout.views import ExpiringPoints, FieldValue, MemberPanel
from pos_client.ledger.answers import MemberFigure
from shared_models.members import PAYMENT_CODE_LOCKED, MemberRow
from shared_models.moments import month_after
from shared_models.postings import lot_account
from shared_models.refusals import Refusal
from shared_models.rules import StoreRules

PROVING = frozenset({"card", "qr", "payment_code", "manager"})
"""Ways in which a member proved to be there."""


def member_panel(desk: Desk, rules: StoreRules, member: DraftMember, figure: MemberFigure) -> MemberPanel:
    """The panel beside the basket."""
    person = figure.canonical
    business_date = desk.business_date()
    usable, points = usable_fen(figure.lots), usable_points(figure.lots, business_date)
    why, why_fields = why_not_more(desk, rules, member, figure)
    return MemberPanel(
        member_id=person.member_id,
        name=person.name,
        phone_masked=person.phone_masked,
        status=person.status,
        identified_by=member.identified_by,
        presence=member.presence,
        tier=person.tier,
        tier_name=person.tier_name or person.tier,
        tier_progress_fen=person.tier_progress_fen,
        tier_next_name=person.tier_next_name,
        tier_next_fen=person.tier_next_fen,
        is_birthday_month=is_birthday_month(person.birthday, business_date),
        birthday=person.birthday,
        home_store_name=_store_name(desk, figure),
        last_visit_date=person.last_visit_date,
        visits=person.visits,
        tags=person.tags,
        alerts=person.alerts,
        own_fields=person.own_fields,
        stored_value_fen=figure.principal_fen + figure.bonus_fen,
        principal_fen=figure.principal_fen,
        bonus_fen=figure.bonus_fen,
        stored_value_usable_fen=usable,
        points=figure.points,
        points_usable=points,
        points_expiring=_expiring(rules, figure, business_date),
        points_debt=figure.points_debt,
        bonus_debt_fen=figure.bonus_debt_fen,
        why_not_more=why,
        why_fields=why_fields,
        risk_fen=figure.risk_fen,
        payment_code=_code_state(person),
        free_today_fen=free_today_fen(desk, rules, figure),
        confirmed_at_ms=figure.confirmed_at_ms,
        own_entries_after=figure.own_entries,
        own_fen_after=figure.own_fen,
        own_points_after=figure.points - _points_at_hq(desk, figure),
    )


def _code_state(person: MemberRow) -> Literal["", "set", "locked"]:
    if person.payment_code == PAYMENT_CODE_LOCKED:
        return "locked"
    return "set" if person.payment_code else ""


def free_today_fen(desk: Desk, rules: StoreRules, figure: MemberFigure) -> int:
    """What may still be spent today without proof of presence."""
    spent = desk.tally().spent_without_presence_fen(figure.purses)
    return max(0, rules.stored_value.free_daily_limit_fen - spent)


def why_not_more(
    desk: Desk, rules: StoreRules, member: DraftMember, figure: MemberFigure
) -> tuple[str, Mapping[str, FieldValue]]:
    """Why less than the whole balance can be spent here now, with its fields; '' when all of it can."""
    blocked = spending_blocked(desk, figure)
    if blocked:
        return blocked, {}
    usable = usable_fen(figure.lots)
    points = usable_points(figure.lots, desk.business_date())
    if usable < figure.principal_fen + figure.bonus_fen or points < figure.points:
        rest = where_the_rest_is(desk, rules, figure)
        return rest.code, rest.fields
    if member.presence not in PROVING and usable > free_today_fen(desk, rules, figure):
        return "presence_needed", {}
    return "", {}


def spending_blocked(desk: Desk, figure: MemberFigure) -> str:
    """A code that stops all spending of rights here, or ''."""
    if figure.canonical.status == "frozen" or figure.member.status == "frozen":
        return "member_frozen"
    if desk.ledger.frozen():
        return "rights_frozen"
    return "lease_over" if desk.ledger.lease_left_ms() < 0 else ""


def refuse_without_presence(
    desk: Desk, rules: StoreRules, member: DraftMember, figure: MemberFigure, worth_fen: int
) -> None:
    """Spending needs proof of presence above the free daily limit, and an unfrozen member, till and lease always.
    Refuses `member_frozen`, `rights_frozen`, `lease_over`, `presence_needed(free_fen, wanted_fen, action)`."""
    if worth_fen <= 0:
        return
    blocked = spending_blocked(desk, figure)
    if blocked:
        raise Refusal(blocked, who="hq")
    free_fen = free_today_fen(desk, rules, figure)
    if member.presence not in PROVING and worth_fen > free_fen:
        raise Refusal("presence_needed", free_fen=free_fen, wanted_fen=worth_fen, action="presence", who="member")


def _expiring(rules: StoreRules, figure: MemberFigure, business_date: str) -> tuple[ExpiringPoints, ...]:
    horizon = month_after(business_date, rules.points_life.remind_months)
    sums: dict[str, int] = {}
    for lot in figure.lots:
        if lot_account(lot.lot) == "points" and lot.balance > 0:
            month = lot.lot.split(":", 1)[1]
            if business_date[:7] <= month <= horizon:
                sums[month] = sums.get(month, 0) + lot.balance
    return tuple(ExpiringPoints(last_month=month, points=points) for month, points in sorted(sums.items()))


def _points_at_hq(desk: Desk, figure: MemberFigure) -> int:
    """The points of all ids of the person as HQ said them."""
    rows = {row.member_id: row for row in (figure.member, figure.canonical)}
    others = (desk.ledger.member_row(purse) for purse in figure.purses if purse not in rows)
    known = (*rows.values(), *(row for row in others if row is not None))
    return sum(lot.balance for row in known for lot in row.lots if lot_account(lot.lot) == "points")


def _store_name(desk: Desk, figure: MemberFigure) -> str:
    home = figure.canonical.home_store_id
    if home == desk.identity.store_id:
        return desk.store().name
    store = None if home is None else desk.ledger.store_row(home)
    return "" if store is None else store.name
