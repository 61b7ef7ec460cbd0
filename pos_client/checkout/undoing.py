"""What leaves a basket: recorded at once in the ledger, and undone for as long as the basket is not paid.

Called by the basket and the members' room. A step back is a fact too: the record of what was taken out stays, and
another entry says that it was put back.
"""

from uuid import UUID

from msgspec.structs import replace

from pos_client.checkout.basket_changes import change
from pos_client.checkout.desk import Desk
from pos_client.checkout.drafts import Draft, DraftLine, Undoable
from pos_client.checkout.quoting import list_amount_fen
from pos_client.checkout.views import BasketView, Notice
from shared_models.bodies import BasketReduced, TakenOut
from shared_models.bodies.baskets import BasketReduction
from shared_models.refusals import Refusal

UNDO_MAX = 50


def lower(desk: Desk, before: Draft, line: DraftLine, left_milli: int) -> None:
    """A line went out of the basket (nothing is left), or became less."""
    gone_milli = line.line.quantity_milli - left_milli
    what: BasketReduction = "quantity_lowered" if left_milli else "line_removed"
    entry_id = _record(desk, what, before.basket_id, (_taken(line, gone_milli),))
    gone = replace(line, line=replace(line.line, quantity_milli=gone_milli))
    remember(desk, Undoable(what="goods_out", lines=(gone,), entry_id=entry_id, before=before))


def cancel(desk: Desk, before: Draft) -> Undoable | None:
    """The whole basket goes; None for one that held no goods. To be remembered once the next basket is there."""
    if not before.lines:
        return None
    taken = tuple(_taken(line, line.line.quantity_milli) for line in before.lines)
    entry_id = _record(desk, "basket_cancelled", before.basket_id, taken)
    return Undoable(what="basket_cancelled", lines=before.lines, entry_id=entry_id, before=before)


def remember(desk: Desk, step: Undoable) -> None:
    """This can be undone from now on."""
    desk.undoable = [*desk.undoable, step][-UNDO_MAX:]


def undo(desk: Desk) -> BasketView:
    """Take back the last step that took something out. Refuses `nothing_to_undo`."""
    if not desk.undoable:
        raise Refusal("nothing_to_undo", who="cashier")
    step = desk.undoable[-1]
    draft = desk.draft
    if step.what == "member_left":
        draft = _with_member(draft, step.before)
    elif step.what == "basket_cancelled":
        draft = _with_basket(draft, step.before)
    else:
        draft = _with_lines(draft, step.lines)
    if step.entry_id is not None:
        _record(desk, "put_back", draft.basket_id, (), takes_back=step.entry_id)
    changed = step.lines[-1].line.line_number if step.what == "goods_out" else 0
    view = change(desk, draft, changed_line=changed, notices=(Notice(code="undone"),))
    desk.undoable = desk.undoable[:-1]
    return view


def _with_lines(draft: Draft, lines: tuple[DraftLine, ...]) -> Draft:
    """What went out is in its old places again, on top of what was scanned meanwhile."""
    present = {line.line.line_number: line for line in draft.lines}
    for gone in lines:
        number = gone.line.line_number
        left = present.get(number)
        left_milli = 0 if left is None else left.line.quantity_milli
        back = replace(gone.line, quantity_milli=gone.line.quantity_milli + left_milli)
        present[number] = replace(gone if left is None else left, line=back)
    return replace(draft, lines=tuple(line for _number, line in sorted(present.items())))


def _with_basket(draft: Draft, before: Draft) -> Draft:
    """A cancelled basket, behind whatever was scanned since. Its member comes back where nobody else came."""
    lines = list(draft.lines)
    number = draft.lines_made
    for line in before.lines:
        number += 1
        lines.append(replace(line, line=replace(line.line, line_number=number)))
    draft = replace(
        draft,
        lines=tuple(lines),
        lines_made=number,
        approvals=(*draft.approvals, *before.approvals),
        discount=draft.discount or before.discount,
        note=draft.note or before.note,
    )
    return _with_member(draft, before)


def _with_member(draft: Draft, before: Draft) -> Draft:
    """The member who was there, with coupons and points, where nobody else came since."""
    if draft.member is not None or before.member is None:
        return draft
    return replace(draft, member=before.member, coupons=before.coupons, points=before.points)


def _taken(line: DraftLine, quantity_milli: int) -> TakenOut:
    of = line.line
    amount_fen = list_amount_fen(of)
    if quantity_milli != of.quantity_milli:
        amount_fen -= list_amount_fen(replace(of, quantity_milli=of.quantity_milli - quantity_milli))
    return TakenOut(
        goods_id=of.goods_id, name=of.name, quantity_milli=quantity_milli, unit=of.unit, list_amount_fen=amount_fen
    )


def _record(
    desk: Desk, what: BasketReduction, basket_id: UUID, taken: tuple[TakenOut, ...], *, takes_back: UUID | None = None
) -> UUID:
    body = BasketReduced(
        head=desk.head(),
        basket_id=basket_id,
        what=what,
        lines=taken,
        total_fen=sum(line.list_amount_fen for line in taken),
        takes_back=takes_back,
    )
    desk.write(body)
    return body.head.business_id
