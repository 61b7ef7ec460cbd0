"""What is said of an order beside its goods: when and where it is collected, by whom, and what is to be written on it.
Name, phone and text stand beside the entry: the full number only sealed, for HQ."""

from nacl.public import PublicKey, SealedBox

from pos_client.checkout.desk import Desk
from pos_client.checkout.drafts import DraftOrder
from pos_client.checkout.order_finding import store_named
from pos_client.checkout.order_times import collect_moment
from pos_client.checkout.order_views import order_view
from shared_models.bodies import OrderTaken
from shared_models.entries import Attachment
from shared_models.members import mask_phone, normalise_phone
from shared_models.refusals import Refusal

TEXT_LENGTH_MAX = 120
NAME_LENGTH_MAX = 40


def contact(
    desk: Desk, collect_at: str, *, deposit_fen: int, name: str, phone: str, text: str, store: str,
    before: OrderTaken | None = None,
) -> DraftOrder:  # fmt: skip
    """What was typed, checked. Of an order that changes (`before`) time, store and phone stay where nothing is typed.
    Refuses `time_unreadable`, `time_past`, `time_too_far`, `phone_invalid`, `name_too_long`, `text_too_long`,
    `order_nameless`, `store_unknown_here`."""
    if len(name) > NAME_LENGTH_MAX:
        raise Refusal("name_too_long", length_max=NAME_LENGTH_MAX, who="cashier")
    if len(text) > TEXT_LENGTH_MAX:
        raise Refusal("text_too_long", length_max=TEXT_LENGTH_MAX, who="cashier")
    known = None if before is None else order_view(desk, before)
    kept_phone = "" if known is None or phone.strip() else known.phone_masked
    if not (name.strip() or phone.strip() or kept_phone):
        raise Refusal("order_nameless", who="cashier")
    e164 = normalise_phone(phone) if phone.strip() else ""
    store_id = store_named(desk, store).store_id
    if before is not None and not collect_at.strip():
        collect_at_ms = before.collect_at_ms
    else:
        collect_at_ms = collect_moment(collect_at, desk.clock.now_ms(), desk.store().time_zone)
    if before is not None and not store.strip():
        store_id = before.collect_store_id or store_id
    return DraftOrder(
        deposit_fen=deposit_fen,
        collect_at_ms=collect_at_ms,
        name=name.strip(),
        phone_masked=mask_phone(e164) if e164 else kept_phone,
        phone_sealed=SealedBox(PublicKey(desk.identity.hq_seal_key)).encrypt(e164.encode()) if e164 else b"",
        text=text.strip(),
        collect_store_id=store_id,
        phone_sealed_before="" if before is None or e164 else before.phone_sealed,
    )


def told_beside(desk: Desk, order: DraftOrder) -> dict[str, Attachment]:
    """It as attachments, by kind."""
    made: list[Attachment] = []
    if order.name:
        made.append(desk.attachment("name", order.name))
    if order.text:
        made.append(desk.attachment("note", order.text))
    if order.phone_masked:
        made.append(desk.attachment("phone_masked", order.phone_masked))
    if order.phone_sealed:
        made.append(Attachment(kind="phone_sealed", salt=desk.ids.new_salt(), content=order.phone_sealed))
    return {attachment.kind: attachment for attachment in made}
