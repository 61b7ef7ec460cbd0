"""What a cashier may change about prices by hand, and from where on a manager must say yes."""

from msgspec.structs import replace

from pos_client.checkout.approvals import ApprovalAction
from pos_client.checkout.basket_changes import change, with_approval, with_line
from pos_client.checkout.desk import Desk
from pos_client.checkout.drafts import Draft, DraftLine, ManualDiscount
from pos_client.checkout.goods_lines import valid_amount
from pos_client.checkout.quoting import discount_fen, list_amount_fen
from pos_client.checkout.views import BasketView, Notice
from shared_models.refusals import Refusal
from shared_models.rule_engine import BasketLine
from shared_models.sales import Approval, Price


def approved(desk: Desk, action: ApprovalAction, approval: Approval | None, **about: str | int) -> Approval:
    """The approval to be written. Refuses `approval_needed`, `approval_invalid`."""
    return desk.approvals.check(action, approval, desk.need_cashier(), **about)


def with_used(desk: Desk, draft: Draft, approval: Approval | None) -> Draft:
    """The draft with an approval that is used up by it."""
    if approval is not None:
        desk.approvals.use(approval)
    return with_approval(draft, approval)


def override_price(desk: Desk, line_number: int, price_fen: int, reason: str, approval: Approval | None) -> BasketView:
    """Another price for a line; the list price again takes the override off, and a label says what it costs again."""
    valid_amount(price_fen)
    line = _line(desk.draft, line_number)
    before = line.line.original_price or line.line.price
    if price_fen == before.amount_fen and line.line.price_source == "override":
        undone = replace(line, line=_as_scanned(line, before), as_scanned=None)
        return change(desk, _with(desk.draft, undone), changed_line=line_number)
    limit = desk.rules().limits.price_override_percent
    allowed = None
    if abs(before.amount_fen - price_fen) * 100 > before.amount_fen * limit:
        allowed = approved(
            desk, "price_override", approval,
            name=line.line.name, before_fen=before.amount_fen, amount_fen=price_fen,
        )  # fmt: skip
    priced = replace(
        line.line,
        price=Price(price_fen, before.per_milli),
        price_source="override",
        list_amount_fen=None,
        original_price=before,
        approval_id="" if allowed is None else allowed.approval_id,
    )
    scanned = line.as_scanned or line.line
    draft, notices = outgrown(desk, _with(desk.draft, replace(line, line=priced, discount=None, as_scanned=scanned)))
    draft = with_used(desk, draft, _with_reason(allowed, reason))
    return change(desk, draft, changed_line=line_number, notices=notices)


def discount_line(
    desk: Desk, line_number: int, amount_fen: int, percent_off: int, reason: str, approval: Approval | None
) -> BasketView:
    """A discount on one line; nothing takes it off."""
    line = _line(desk.draft, line_number)
    discount, allowed = _discount(
        desk, "line_discount", list_amount_fen(line.line), (amount_fen, percent_off), reason, approval
    )
    draft = _with(desk.draft, replace(line, discount=discount))
    return change(desk, with_used(desk, draft, allowed), changed_line=line_number)


def discount_basket(
    desk: Desk, amount_fen: int, percent_off: int, reason: str, approval: Approval | None
) -> BasketView:
    """A discount on the whole basket; nothing takes it off."""
    whole_fen = sum(list_amount_fen(line.line) for line in desk.draft.lines)
    discount, allowed = _discount(desk, "basket_discount", whole_fen, (amount_fen, percent_off), reason, approval)
    return change(desk, with_used(desk, replace(desk.draft, discount=discount), allowed))


def outgrown(desk: Desk, draft: Draft, line_number: int = 0) -> tuple[Draft, tuple[Notice, ...]]:
    """The draft after goods left it or became cheaper (`line_number`: of this line). An amount that the cashier took
    off alone goes too where it is more than a cashier may give on what is left: else a tenth of ten cakes pays for
    one."""
    limits, notices = desk.rules().limits, list[Notice]()
    line = draft.line(line_number)
    if line is not None and _is_outgrown(line.discount, list_amount_fen(line.line), limits.line_discount_percent):
        assert line.discount is not None, "it is more than the limit"
        notices.append(Notice(code="discount_outgrown", fields={"amount_fen": line.discount.amount_fen}))
        draft = _with(draft, replace(line, discount=None))
    whole_fen = sum(list_amount_fen(one.line) for one in draft.lines)
    if _is_outgrown(draft.discount, whole_fen, limits.basket_discount_percent):
        assert draft.discount is not None, "it is more than the limit"
        notices.append(Notice(code="discount_outgrown", fields={"amount_fen": draft.discount.amount_fen}))
        draft = replace(draft, discount=None)
    return draft, tuple(notices)


def _is_outgrown(discount: ManualDiscount | None, of_fen: int, limit_percent: int) -> bool:
    return discount is not None and not discount.approval_id and discount.amount_fen * 100 > of_fen * limit_percent


def _as_scanned(line: DraftLine, price: Price) -> BasketLine:
    """The line before its price was changed: with a label's own weight and amount, else as many as there are now."""
    known = line.as_scanned
    if known is None:  # of an order, or of a basket that an earlier program kept
        return replace(line.line, price=price, price_source="list", original_price=None, approval_id="")
    return known if known.price_source == "label" else replace(known, quantity_milli=line.line.quantity_milli)


def _discount(
    desk: Desk, action: ApprovalAction, of_fen: int, wanted: tuple[int, int], reason: str, approval: Approval | None
) -> tuple[ManualDiscount | None, Approval | None]:
    amount_fen, percent_off = wanted
    if amount_fen < 0 or not 0 <= percent_off <= 100 or (amount_fen and percent_off) or amount_fen > of_fen:
        raise Refusal("discount_invalid", amount_fen=amount_fen, percent_off=percent_off, who="cashier")
    if not amount_fen and not percent_off:
        return None, None
    discount = ManualDiscount(amount_fen=amount_fen, percent_off=percent_off, reason=reason)
    limits = desk.rules().limits
    limit = limits.line_discount_percent if action == "line_discount" else limits.basket_discount_percent
    over = percent_off > limit if percent_off else discount_fen(discount, of_fen) * 100 > of_fen * limit
    if not over:
        return discount, None
    allowed = approved(desk, action, approval, amount_fen=discount_fen(discount, of_fen))
    return replace(discount, approval_id=allowed.approval_id), _with_reason(allowed, reason)


def _with_reason(approval: Approval | None, reason: str) -> Approval | None:
    """The reason the manager gave counts; the cashier's fills in for none."""
    return approval if approval is None or approval.reason else replace(approval, reason=reason)


def _line(draft: Draft, line_number: int) -> DraftLine:
    line = draft.line(line_number)
    if line is None:
        raise Refusal("line_unknown", line_number=line_number, who="cashier")
    return line


def _with(draft: Draft, line: DraftLine) -> Draft:
    return with_line(draft, line.line.line_number, lambda _: line)
