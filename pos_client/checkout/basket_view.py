"""Makes the view of a quoted basket: lines with reasons, totals, member, coupons."""

from collections.abc import Iterable
from uuid import UUID

from pos_client.checkout.desk import Desk
from pos_client.checkout.drafts import DraftLine
from pos_client.checkout.member_panel import member_panel
from pos_client.checkout.quoting import Quoted
from pos_client.checkout.views import BasketView, CouponView, FieldValue, LineView, Notice, ReasonView
from pos_client.ledger.answers import CouponFigure
from shared_models.refusals import Refusal
from shared_models.rule_engine import points_earned
from shared_models.sales import CouponTerms, SaleLine


def basket_view(desk: Desk, quoted: Quoted, *, changed_line: int = 0, notices: Iterable[Notice] = ()) -> BasketView:
    """The open basket as the sell screen shows it. The points to earn are those of paying with money."""
    draft, quote, figure = quoted.draft, quoted.quote, quoted.figure
    panel = None
    if draft.member is not None and figure is not None:
        panel = member_panel(desk, quoted.rules, draft.member, figure)
    return BasketView(
        basket_id=draft.basket_id,
        lines=_line_views(desk, draft.lines, quote.lines),
        pieces=pieces(quote.lines),
        list_total_fen=quote.list_total_fen,
        reductions_total_fen=quote.reductions_total_fen,
        due_fen=quote.total_fen,
        points_to_earn=points_earned(quoted.rules, quote.lines, quoted.inputs, quote.total_fen),
        points_used=quote.points_used,
        points_reduction_fen=quote.points_reduction_fen,
        member=panel,
        coupons=coupon_views(desk, quoted, quoted.coupons) if quoted.coupons else (),
        note=draft.note,
        held_count=desk.held_count,
        changed_line=changed_line,
        rule_version=f"v{quoted.rules.version}",
        payments_begun=bool(draft.tenders),
        order_deposit_fen=None if draft.order is None else draft.order.deposit_fen,
        collects="" if draft.collection is None else draft.collection.receipt_number,
        exchange_receipt="" if draft.exchange is None else draft.exchange.receipt_number,
        exchange_back_fen=0 if draft.exchange is None else draft.exchange.back_fen,
        notices=(*notices, *_gift_notices(quoted), *_coupon_notices(quoted)),
    )


def pieces(lines: Iterable[SaleLine]) -> int:
    """How many pieces; a weighed line is one."""
    return sum(line.quantity_milli // 1000 if line.unit == "piece" else 1 for line in lines)


def coupon_views(desk: Desk, quoted: Quoted, coupons: Iterable[CouponFigure]) -> tuple[CouponView, ...]:
    """The member's coupons, applied ones with what they take off, the others with why not."""
    taken_off: dict[str, int] = {}
    if quoted.quote.coupons_applied:
        for line in quoted.quote.lines:
            for part in line.reductions:
                if part.kind == "coupon":
                    taken_off[part.source] = taken_off.get(part.source, 0) + part.amount_fen
    applied = set(quoted.quote.coupons_applied)
    return tuple(
        _coupon_view(coupon, why_not_coupon(desk, quoted, coupon), applied, taken_off.get(coupon.terms.token.hex, 0))
        for coupon in coupons
    )


def why_not_coupon(desk: Desk, quoted: Quoted, coupon: CouponFigure) -> Refusal | None:
    """Why a coupon cannot be redeemed here now, and who could; None when only the engine may still refuse it."""
    terms, date = coupon.terms, quoted.inputs.business_date
    if terms.valid_to and terms.valid_to < date:
        return Refusal("coupon_expired", valid_to=terms.valid_to, who="hq")
    if terms.valid_from and terms.valid_from > date:
        return Refusal("coupon_not_yet_valid", valid_from=terms.valid_from, who="hq")
    if terms.stores and desk.identity.store_id not in terms.stores:
        return Refusal("coupon_other_store", who="hq")
    if coupon.usable_now:
        refused = quoted.quote.coupons_refused.get(terms.token)
        if refused is not None:
            return Refusal(refused, minimum_fen=terms.minimum_fen, who="cashier")
        return _below_minimum(quoted, terms)
    if coupon.owner_till_id is None:
        return Refusal("coupon_at_hq", who="hq")
    numbers = {till.till_id: till.number for till in desk.ledger.tills()}
    return Refusal("coupon_at_till", till_number=numbers.get(coupon.owner_till_id, 0), who="till")


def _below_minimum(quoted: Quoted, terms: CouponTerms) -> Refusal | None:
    if terms.token in quoted.quote.coupons_applied or quoted.quote.list_total_fen >= terms.minimum_fen:
        return None
    return Refusal("coupon_minimum", minimum_fen=terms.minimum_fen, who="cashier")


def _coupon_view(coupon: CouponFigure, why_not: Refusal | None, applied: set[UUID], taken_off_fen: int) -> CouponView:
    terms = coupon.terms
    fields: dict[str, FieldValue] = {} if why_not is None else dict(why_not.fields)
    return CouponView(
        token=terms.token,
        name=terms.name,
        kind=terms.kind,
        amount_fen=terms.amount_fen,
        percent_off=terms.percent_off,
        minimum_fen=terms.minimum_fen,
        valid_to=terms.valid_to,
        usable=why_not is None,
        applied=terms.token in applied,
        takes_off_fen=taken_off_fen,
        why_not="" if why_not is None else why_not.code,
        fields=fields,
    )


def _line_views(desk: Desk, lines: Iterable[DraftLine], sold_lines: Iterable[SaleLine]) -> tuple[LineView, ...]:
    """Of two hundred lines a scan changes one: the others' views are those of before, and the screen sees that at
    once."""
    before = desk.shown_lines
    shown = []
    for line, sold in zip(lines, sold_lines, strict=True):
        known = before.get(sold.line_number)
        if known is None or known[0] is not line or known[1] != sold:
            known = (line, sold, _line_view(line, sold))
        shown.append(known)
    desk.shown_lines = {one[1].line_number: one for one in shown}
    return tuple(view for _line, _sold, view in shown)


def _line_view(line: DraftLine, sold: SaleLine) -> LineView:
    return LineView(
        line_number=sold.line_number,
        goods_id=sold.goods_id,
        name=sold.name,
        scanned_code=sold.scanned_code,
        quantity_milli=sold.quantity_milli,
        unit=sold.unit,
        weighed=line.weighed,
        price=sold.price,
        price_source=sold.price_source,
        list_amount_fen=sold.list_amount_fen,
        reasons=tuple(
            ReasonView(kind=part.kind, name=part.name, amount_fen=part.amount_fen, points=part.points)
            for part in sold.reductions
        ),
        reductions_fen=sold.list_amount_fen - sold.amount_fen,
        amount_fen=sold.amount_fen,
        note=line.note,
        original_price=sold.original_price,
    )


def _gift_notices(quoted: Quoted) -> list[Notice]:
    return [
        Notice(code="gift_offered", fields={"name": gift.name, "goods_id": gift.goods_ids[0], "pieces": gift.pieces})
        for gift in quoted.quote.gifts_offered
    ]


def _coupon_notices(quoted: Quoted) -> list[Notice]:
    """Coupons that were applied once and do not count any more."""
    if not quoted.draft.coupons:
        return []
    names = {coupon.terms.token: coupon.terms.name for coupon in quoted.coupons}
    here = {terms.token for terms in quoted.inputs.coupons}
    notices = [
        Notice(code=code, fields={"name": names.get(token, "")}) for token, code in quoted.quote.coupons_refused.items()
    ]
    gone = [token for token in quoted.draft.coupons if token not in here]
    return notices + [Notice(code="coupon_not_here_now", fields={"name": names.get(token, "")}) for token in gone]
