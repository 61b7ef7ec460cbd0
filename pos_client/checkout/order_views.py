"""Orders as the screens see them: an order of this till's, or one that waits elsewhere for somebody who comes here."""

from dataclasses import dataclass
from uuid import UUID

from pos_client.checkout.desk import Desk
from pos_client.checkout.views import TenderView
from shared_models.bodies import OrderTaken
from shared_models.orders import OrderRow, pieces_of


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderTerms:
    """What an order of the open basket would come to: the price and the deposit that the rules want at least. Where it
    changes an order: what that one cost, what was paid for it, and what it says."""

    total_fen: int
    deposit_fen: int
    paid_fen: int = 0
    changes: "OrderView | None" = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderView:
    """An order in the day's list. `name`, `phone_masked` and `text` are '' where they were deleted, or have not come
    here with the order yet. `is_here`: it can be handed over here now; else `till_number` of `store_name` has it ('':
    this store; 0: HQ). `collect_store_name` where it is collected in another store."""

    order_id: UUID
    receipt_number: str
    collect_at_ms: int
    is_late: bool
    name: str
    phone_masked: str
    text: str
    goods: str
    pieces: int
    total_fen: int
    deposit_fen: int
    is_here: bool = True
    till_number: int = 0
    store_name: str = ""
    collect_store_name: str = ""
    member_id: UUID | None = None

    @property
    def rest_fen(self) -> int:
        """What is paid at collection."""
        return self.total_fen - self.deposit_fen


@dataclass(frozen=True, slots=True, kw_only=True)
class CancellationView:
    """What cancelling would give back, and by what; `kept_fen` by the rule."""

    order: OrderView
    returned_fen: int
    kept_fen: int
    tenders: tuple[TenderView, ...]


def order_view(desk: Desk, taken: OrderTaken) -> OrderView:
    """An order as it is shown and printed where it is."""
    said = {name: _said(desk, getattr(taken, name)) for name in ("name", "phone_masked", "note_attachment")}
    return OrderView(
        order_id=taken.order_id,
        receipt_number=taken.receipt_number,
        collect_at_ms=taken.collect_at_ms,
        is_late=taken.collect_at_ms < desk.clock.now_ms(),
        name=said["name"],
        phone_masked=said["phone_masked"],
        text=said["note_attachment"],
        goods=taken.lines[0].name,
        pieces=pieces_of(taken),
        total_fen=taken.total_fen,
        deposit_fen=taken.deposit_fen,
        collect_store_name=other_store_name(desk, taken.collect_store_id),
        member_id=taken.member_id,
    )


def view_elsewhere(desk: Desk, row: OrderRow) -> OrderView:
    """An order that is to be collected here and is not: nobody's name is told before it comes, but a member's."""
    member = None if row.member_id is None else desk.ledger.member_row(row.member_id)
    number, store_name = holder_of(desk, row.owner_till_id)
    return OrderView(
        order_id=row.order_id,
        receipt_number=row.receipt_number,
        collect_at_ms=row.collect_at_ms,
        is_late=row.collect_at_ms < desk.clock.now_ms(),
        name="" if member is None else member.name,
        phone_masked="" if member is None else member.phone_masked,
        text="",
        goods=row.goods,
        pieces=row.pieces,
        total_fen=row.total_fen,
        deposit_fen=row.deposit_fen,
        is_here=False,
        till_number=number,
        store_name=store_name,
        member_id=row.member_id,
    )


def holder_of(desk: Desk, till_id: UUID | None) -> tuple[int, str]:
    """(number, store) of the till that has an order: the store's name only where it is another one; (0, '') for HQ."""
    till = None if till_id is None else desk.ledger.till_row(till_id)
    if till is None:
        return 0, ""
    return till.number, other_store_name(desk, till.store_id)


def other_store_name(desk: Desk, store_id: UUID | None) -> str:
    """The name of a store that is not this one; '' for this one."""
    if store_id is None or store_id == desk.identity.store_id:
        return ""
    store = desk.ledger.store_row(store_id)
    return "?" if store is None else store.name


def _said(desk: Desk, attachment_hash: str) -> str:
    content = desk.ledger.attachment(attachment_hash)
    return "" if content is None else content.decode()
