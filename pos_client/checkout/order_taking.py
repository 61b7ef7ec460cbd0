"""The moment an order is taken: from a quoted basket and a paid deposit to the one entry."""

from pos_client.checkout import orders, selling
from pos_client.checkout.desk import Desk
from pos_client.checkout.quoting import Quoted, settled_inputs
from pos_client.checkout.settling import Settlement
from pos_client.checkout.views import DoneView
from shared_models.bodies import OrderTaken
from shared_models.entries import Attachment, Entry


def take(desk: Desk, quoted: Quoted, settlement: Settlement) -> DoneView:
    """Write the order and start a new basket; the order bears the id of its basket. Name, phone and text stand beside
    it: the full number only sealed, for HQ."""
    draft = quoted.draft
    assert draft.order is not None
    known = desk.ledger.entry_by_business_id(draft.basket_id)
    if known is not None:  # the disk did not say whether it had taken the order, and it had
        desk.ledger.drop_basket(draft.basket_id)
        return _taken(desk, known)
    beside: list[Attachment] = []
    paid, _order = selling.tenders_of(desk, quoted, settlement, beside)
    member = selling.member_of(desk, quoted, paid)
    named = _contact(desk, quoted, beside)
    body = OrderTaken(
        head=desk.head(business_id=draft.basket_id, subjects=selling.subjects_of(member, paid, ())),
        order_id=draft.basket_id,
        receipt_number=desk.receipt_number(),
        member_id=None if member is None else member.member_id,
        member=member,
        inputs=settled_inputs(desk, quoted, None),
        lines=selling.lines_of(desk, quoted, beside),
        total_fen=quoted.quote.total_fen,
        deposit_fen=draft.order.deposit_fen,
        tenders=paid,
        collect_store_id=desk.identity.store_id,
        collect_at_ms=draft.order.collect_at_ms,
        note_attachment=named.get("note", ""),
        name=named.get("name", ""),
        phone_masked=named.get("phone_masked", ""),
        phone_sealed=named.get("phone_sealed", ""),
        approvals=draft.approvals,
    )
    return _taken(desk, desk.write(body, beside, basket_done=draft.basket_id))


def _contact(desk: Desk, quoted: Quoted, beside: list[Attachment]) -> dict[str, str]:
    """Who ordered and what is to be written on it, as attachments; their hashes by kind."""
    order = quoted.draft.order
    assert order is not None
    made: list[Attachment] = []
    if order.name:
        made.append(desk.attachment("name", order.name))
    if order.text:
        made.append(desk.attachment("note", order.text))
    if order.phone_masked:
        made.append(desk.attachment("phone_masked", order.phone_masked))
        made.append(Attachment(kind="phone_sealed", salt=desk.ids.new_salt(), content=order.phone_sealed))
    beside += made
    return {attachment.kind: attachment.attachment_hash for attachment in made}


def _taken(desk: Desk, entry: Entry) -> DoneView:
    body = desk.ledger.body_of(entry)
    assert isinstance(body, OrderTaken), "what was written is an order"
    desk.new_draft()
    return orders.slips(desk, body)
