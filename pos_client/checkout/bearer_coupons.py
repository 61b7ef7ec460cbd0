"""Coupons that are good for whoever holds the paper: printed ones, and those a refund gave back without a member.

A scanned one stands in the basket with what it says; whether it can be redeemed here is asked at every quote, and once
more when the sale is written. One that is elsewhere is asked for, and the refusal names who has it.
"""

from uuid import UUID

import msgspec

from pos_client.checkout.desk import Desk
from pos_client.checkout.drafts import BearerCoupon, Draft
from pos_client.ledger.answers import CouponFigure
from shared_models.codes import CODE_LENGTH_MAX, Scan, parse_scan
from shared_models.refusals import Refusal
from shared_models.sales import CouponTerms

_terms_decoder = msgspec.msgpack.Decoder(CouponTerms)
_NOWHERE = frozenset({"coupon_used", "coupon_withdrawn"})


def refuse_endless(text: str) -> None:
    """Refuses `code_too_long` for what cannot be a code of anything."""
    if len(text.strip()) > CODE_LENGTH_MAX:
        raise Refusal("code_too_long", length=len(text), length_max=CODE_LENGTH_MAX, who="cashier")


def scanned(desk: Desk, scan: Scan) -> BearerCoupon | None:
    """The coupon of a scan, to be put into the basket; None where only a member could have it. Refuses what
    `Ledger.printed_coupon` refuses, and `coupon_asked_for`, `coupon_at_home_till`, `coupon_at_till`, `coupon_at_hq`,
    `coupon_used`, `coupon_withdrawn`, `coupon_home_not_ready` where it cannot be redeemed here now."""
    if not scan.signed:
        owned = None if scan.token is None else desk.ledger.owned_token(scan.token)
        if owned is None or owned.subject is not None or not owned.terms:
            return None
        return BearerCoupon(token=owned.token, terms=_terms_decoder.decode(owned.terms))
    here = desk.ledger.printed_coupon(scan.signed, desk.business_date())
    if here.why_not is not None:
        raise _elsewhere(desk, here.terms.token, here.why_not)
    return BearerCoupon(token=here.terms.token, terms=here.terms, content=scan.signed)


def has_come(desk: Desk, text: str) -> bool:
    """Whether a coupon that was asked for can be redeemed here now, or HQ said why nobody can. Asks for nothing."""
    scan = parse_scan(text)
    if not scan.signed:
        return scan.token is not None and desk.ledger.owned_token(scan.token) is not None
    here = desk.ledger.printed_coupon(scan.signed, desk.business_date())
    held = desk.line.held_token(here.terms.token)
    return here.why_not is None or (held is not None and held.code not in ("at_till", "not_now"))


def with_coupon(draft: Draft, coupon: BearerCoupon) -> Draft:
    """The draft with a scanned coupon in it."""
    others = tuple(one for one in draft.bearer_coupons if one.token != coupon.token)
    return msgspec.structs.replace(draft, bearer_coupons=(*others, coupon))


def figures(desk: Desk, draft: Draft) -> tuple[CouponFigure, ...]:
    """The scanned coupons of a draft and whether each can be redeemed here now."""
    return tuple(CouponFigure(one.terms, _is_usable(desk, one)) for one in draft.bearer_coupons)


def contents(desk: Desk, draft: Draft, applied: tuple[UUID, ...]) -> tuple[bytes, ...]:
    """What a sale must carry of the coupons it redeems as the store's home till."""
    found = []
    for one in draft.bearer_coupons:
        if one.content and one.token in applied:
            here = desk.ledger.printed_coupon(one.content, desk.business_date())
            if here.by_home_token or here.why_not is not None:
                found.append(one.content)
    return tuple(found)


def _is_usable(desk: Desk, coupon: BearerCoupon) -> bool:
    state = desk.ledger.sync_state()
    if state.frozen or state.lease_over:
        return False
    if not coupon.content:
        return desk.ledger.owned_token(coupon.token) is not None
    try:
        return desk.ledger.printed_coupon(coupon.content, desk.business_date()).why_not is None
    except Refusal:
        return False


def _elsewhere(desk: Desk, token: UUID, why_not: Refusal) -> Refusal:
    """Ask for a coupon that is not here, and say who has it. What was asked for before and answered is said as it was
    answered; the question is put again all the same."""
    if why_not.code in _NOWHERE:
        return why_not
    held = desk.line.held_token(token)
    desk.line.want_token(token)
    desk.push_soon()
    if held is not None and held.code in {"used", "withdrawn", "expired", "unknown"}:
        return Refusal(f"coupon_{held.code}", valid_to="", who="hq")
    number = held.till_number if held is not None else int(why_not.fields.get("till_number") or 0)
    if desk.is_cut_off():
        return why_not if not number else Refusal("coupon_at_home_till", till_number=number, who="till")
    return Refusal("coupon_asked_for", till_number=number, who="hq")
