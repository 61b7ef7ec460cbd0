"""A sale credited after it was made, to a member identified late: once, and with the points it would have earned.
For `booking` alone.
"""

from msgspec.structs import replace

from hq_sync_server.office.books.books import Books
from hq_sync_server.office.books.pages import Note
from shared_models.bodies import Sale, SaleCredited
from shared_models.rule_engine import eligible_paid_fen, points_earned, points_lot_for
from shared_models.rules import StoreRules

WRONG = "sale_credit_wrong"


def book(books: Books, body: SaleCredited, note: Note, rules: StoreRules | None) -> tuple[list[str], Sale | None]:
    """(names of what does not fit, the sale as the member's). The points stand in any case; a sale that is somebody's
    already, or that HQ does not have, is nobody's visit once more."""
    sold = books.sold.get(body.sale_id)
    if sold is None and books.work.recovering:
        return [], None  # the till that sold it may not have been heard yet
    if sold is None or sold.sale.member is not None:
        return [_named(books, body, note)], None
    fits = not sold.refunds and (rules is None or _is_as_earned(rules, sold.sale, body))
    sold.credit(body)
    return ([] if fits else [_named(books, body, note)]), sold.sale


def _is_as_earned(rules: StoreRules, sale: Sale, body: SaleCredited) -> bool:
    earned = points_earned(rules, sale.lines, body.inputs, eligible_paid_fen(rules, sale.tenders))
    lots = {part.lot for part in body.points_earned}
    return earned == sum(part.amount for part in body.points_earned) and lots <= {
        points_lot_for(rules, body.inputs.business_date)
    }


def _named(books: Books, body: SaleCredited, note: Note) -> str:
    points = sum(part.amount for part in body.points_earned)
    books.note(replace(note, code=WRONG, subject=body.member.member_id, amount=points, unit="points"))
    return WRONG
