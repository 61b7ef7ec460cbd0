"""The documents of an entry once more, marked as a reprint and without a pulse to the drawer."""

from uuid import UUID

from pos_client.checkout.desk import Desk
from pos_client.checkout.handoff_slips import for_handoff
from pos_client.checkout.order_slips import for_order, for_order_cancelled
from pos_client.checkout.order_views import order_view
from pos_client.checkout.receipt import for_refund, for_refund_without_receipt, for_sale
from pos_client.checkout.receipt_people import member_on_receipt, receipt_member
from pos_client.checkout.slips import for_exchange, for_top_up, for_top_up_cancelled, for_withdrawal
from pos_client.devices.receipt_document import ReceiptDocument
from shared_models import bodies
from shared_models.bodies import Body
from shared_models.refusals import Refusal


def reprinted(desk: Desk, body: Body | None) -> tuple[ReceiptDocument, ...]:
    """What this entry printed. Balances on it are those of today. Refuses `receipt_unknown`."""
    letterhead = desk.letterhead()
    match body:
        case bodies.Sale():
            return (for_sale(letterhead, body, member_on_receipt(desk, body.member), reprint=True),)
        case bodies.Refund():
            entry = desk.ledger.entry_by_business_id(body.sale_id)
            sale = None if entry is None else desk.ledger.body_of(entry)
            number = sale.receipt_number if isinstance(sale, bodies.Sale) else ""
            member = None if body.member_id is None else receipt_member(desk, body.member_id)
            return (for_refund(letterhead, body, number, member, reprint=True),)
        case bodies.RefundWithoutReceipt():
            return (for_refund_without_receipt(letterhead, body, reprint=True),)
        case bodies.TopUp():
            return for_top_up(letterhead, body, receipt_member(desk, body.member_id), reprint=True)
        case bodies.TopUpCancelled():
            return (for_top_up_cancelled(letterhead, body, receipt_member(desk, body.member_id), reprint=True),)
        case bodies.Withdrawal():
            return (for_withdrawal(letterhead, body, receipt_member(desk, body.member_id), reprint=True),)
        case bodies.PointsExchange():
            return (for_exchange(letterhead, body, receipt_member(desk, body.member_id), reprint=True),)
        case bodies.OrderTaken():
            return for_order(letterhead, body, order_view(desk, body), reprint=True)
        case bodies.OrderCancelled():
            known = desk.ledger.order_known(body.order_id)
            number = "" if known is None else known.taken.receipt_number
            return (for_order_cancelled(letterhead, body, number, reprint=True),)
        case bodies.TicketOpened(to_store_id=UUID() as to_store_id):
            store, note = desk.ledger.store_row(to_store_id), desk.ledger.attachment(body.note_attachment)
            words = "" if note is None else note.decode(errors="replace")
            return for_handoff(letterhead, body, "" if store is None else store.name, words, reprint=True)
        case _:
            raise Refusal("receipt_unknown", who="till")


def printed_total_fen(body: Body) -> int:
    """The sum that the documents of this entry are about."""
    match body:
        case bodies.Sale() | bodies.Refund() | bodies.RefundWithoutReceipt():
            return body.total_fen
        case bodies.OrderTaken():
            return body.deposit_fen
        case bodies.OrderCancelled():
            return body.returned_fen
        case bodies.TopUp() | bodies.TopUpCancelled() | bodies.Withdrawal():
            return body.principal_fen
        case _:
            return 0
