"""What a receipt says of a member: balances as known here after the entry. Shared by all that prints one."""

from uuid import UUID

from pos_client.checkout.desk import Desk
from pos_client.checkout.receipt import MemberOnReceipt
from shared_models.sales import MemberOnSale


def member_on_receipt(desk: Desk, member: MemberOnSale | None) -> MemberOnReceipt | None:
    """What a receipt says of a member: balances as known here after the entry."""
    return None if member is None else receipt_member(desk, member.member_id)


def receipt_member(desk: Desk, member_id: UUID) -> MemberOnReceipt:
    """The same by id; one nobody knows any more stays nameless."""
    figure = desk.ledger.member_figure(member_id)
    if figure is None:
        return MemberOnReceipt(phone_masked="")
    return MemberOnReceipt(
        phone_masked=figure.canonical.phone_masked,
        points=figure.points,
        stored_value_fen=figure.principal_fen + figure.bonus_fen,
    )
