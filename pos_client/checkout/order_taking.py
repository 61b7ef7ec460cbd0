"""The moment an order is taken: from a quoted basket and a paid deposit to the one entry; from an order that changes to
the two that end it and begin it anew."""

from pos_client.checkout import order_changes, orders, selling, wallet_payments
from pos_client.checkout.desk import Desk
from pos_client.checkout.order_contacts import told_beside
from pos_client.checkout.quoting import Quoted, settled_inputs
from pos_client.checkout.settling import Settlement
from pos_client.checkout.views import DoneView
from shared_models.bodies import Body, OrderTaken
from shared_models.entries import Attachment, Entry


def take(desk: Desk, quoted: Quoted, settlement: Settlement) -> DoneView:
    """Write the order and start a new basket; the order bears the id of its basket."""
    draft = quoted.draft
    assert draft.order is not None
    known = desk.ledger.entry_by_business_id(draft.basket_id)
    if known is not None:  # the disk did not say whether it had taken the order, and it had
        desk.ledger.drop_basket(draft.basket_id)
        return _taken(desk, known)
    beside: list[Attachment] = []
    paid, _order = selling.tenders_of(desk, quoted, settlement, beside)
    member = selling.member_of(desk, quoted, paid)
    lines = selling.lines_of(desk, quoted, beside)
    told = told_beside(desk, draft.order)
    named = {kind: attachment.attachment_hash for kind, attachment in told.items()}
    carried = order_changes.carried(draft.changing, quoted.quote.total_fen)
    body = OrderTaken(
        head=desk.head(business_id=draft.basket_id, subjects=selling.subjects_of(member, paid, ())),
        order_id=draft.basket_id,
        receipt_number=desk.receipt_number(1 if draft.changing is None else 2),
        member_id=None if member is None else member.member_id,
        member=member,
        inputs=settled_inputs(desk, quoted, None),
        lines=lines,
        total_fen=quoted.quote.total_fen,
        deposit_fen=draft.order.deposit_fen,
        tenders=paid,
        collect_store_id=draft.order.collect_store_id or desk.identity.store_id,
        collect_at_ms=draft.order.collect_at_ms,
        note_attachment=named.get("note", ""),
        name=named.get("name", ""),
        phone_masked=named.get("phone_masked", ""),
        phone_sealed=named.get("phone_sealed", draft.order.phone_sealed_before),
        approvals=draft.approvals,
        replaces=None if draft.changing is None else draft.changing.order_id,
        carried=carried.stays,
    )
    fact: tuple[Body, list[Attachment]] = (body, [*beside, *told.values()])
    if draft.changing is None:
        return _taken(desk, desk.write_all([fact], basket_done=draft.basket_id)[-1])
    ended = order_changes.ended(desk, draft.changing, body, carried)
    written = desk.write_all([(ended, []), fact], basket_done=draft.basket_id)[-1]
    wallet_payments.ask_owed(desk, ended.head.business_id)
    return _taken(desk, written)


def _taken(desk: Desk, entry: Entry) -> DoneView:
    body = desk.ledger.body_of(entry)
    assert isinstance(body, OrderTaken), "what was written is an order"
    desk.new_draft()
    return orders.slips(desk, body)
