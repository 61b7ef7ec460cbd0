"""What every change of the basket has in common: price it, put it on disk, show it."""

from collections.abc import Callable, Iterable

from msgspec.structs import replace

from pos_client.checkout.basket_view import basket_view
from pos_client.checkout.desk import Desk
from pos_client.checkout.drafts import Draft, DraftLine
from pos_client.checkout.quoting import Quoted, moving_again, quote_draft
from pos_client.checkout.views import BasketView, Notice
from shared_models.entries import BASKET_LINES_MAX
from shared_models.refusals import Refusal
from shared_models.sales import Approval


def show(desk: Desk, *, notices: Iterable[Notice] = ()) -> BasketView:
    """The basket as it is, quoted again."""
    return basket_view(desk, quote_draft(desk, desk.draft, fresh=True), notices=notices)


def change(desk: Desk, draft: Draft, *, changed_line: int = 0, notices: Iterable[Notice] = ()) -> BasketView:
    """The basket is this draft from now on: quoted and on disk before the view is handed back."""
    return keep(desk, quote_draft(desk, draft), changed_line=changed_line, notices=notices)


def keep(desk: Desk, quoted: Quoted, *, changed_line: int = 0, notices: Iterable[Notice] = ()) -> BasketView:
    """The same for a draft that was quoted already."""
    if desk.draft.collection is not None and _is_other(desk.draft, quoted.draft):
        raise Refusal("order_is_fixed", who="cashier")
    if desk.draft.order is not None and quoted.draft.order is not None and _is_other(desk.draft, quoted.draft):
        # The deposit was agreed for other goods: it is a basket again, to be ordered anew.
        quoted = quote_draft(desk, moving_again(replace(quoted.draft, order=None)))
        notices = (*notices, Notice(code="order_dropped"))
    desk.save(replace(quoted.draft, due_fen=quoted.quote.total_fen))
    return basket_view(desk, quoted, changed_line=changed_line, notices=notices)


def _is_other(before: Draft, after: Draft) -> bool:
    """Whether goods or reductions of an order would change: it has its price."""
    if after.collection != before.collection:
        return False
    fixed = ("lines", "discount", "coupons", "points")
    return any(getattr(before, name) != getattr(after, name) for name in fixed)


def with_new_line(draft: Draft, line: DraftLine) -> tuple[Draft, int]:
    """The draft with one more line, or one more of a line that is just the same; and that line's number. Refuses
    `basket_too_large`."""
    new = line.line
    for known in draft.lines:
        if _is_just_the_same(known, line):
            more = replace(known.line, quantity_milli=known.line.quantity_milli + new.quantity_milli)
            grown = replace(known, line=more)
            lines = tuple(grown if one is known else one for one in draft.lines)
            return replace(draft, lines=lines), more.line_number
    if len(draft.lines) >= BASKET_LINES_MAX:
        raise Refusal("basket_too_large", lines_max=BASKET_LINES_MAX, who="cashier")
    number = draft.lines_made + 1
    numbered = replace(line, line=replace(new, line_number=number))
    return replace(draft, lines=(*draft.lines, numbered), lines_made=number), number


def with_line(draft: Draft, line_number: int, altered: Callable[[DraftLine], DraftLine]) -> Draft:
    """The draft with one line altered. Refuses `line_unknown`."""
    if draft.line(line_number) is None:
        raise Refusal("line_unknown", line_number=line_number, who="cashier")
    lines = tuple(altered(one) if one.line.line_number == line_number else one for one in draft.lines)
    return replace(draft, lines=lines)


def with_approval(draft: Draft, approval: Approval | None) -> Draft:
    """The draft with an approval that will stand in its sale."""
    return draft if approval is None else replace(draft, approvals=(*draft.approvals, approval))


def without_member(draft: Draft) -> Draft:
    """The draft without its member and all that only a member has; money already recorded stays, and what was scanned
    from paper."""
    tenders = tuple(tender for tender in draft.tenders if tender.kind != "stored_value")
    on_paper = {one.token for one in draft.bearer_coupons}
    coupons = tuple(token for token in draft.coupons if token in on_paper)
    return replace(draft, member=None, coupons=coupons, points=0, tenders=tenders)


def _is_just_the_same(known: DraftLine, new: DraftLine) -> bool:
    one, other = known.line, new.line
    return (
        one.goods_id == other.goods_id
        and not known.weighed
        and not known.note
        and known.discount is None
        and one.price == other.price
        and one.price_source == other.price_source == "list"
        and one.options == other.options
    )
