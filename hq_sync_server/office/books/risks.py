"""Money lent above rights in a sale (K): what of it is open, and how it is paid.

A risk is no member's lot: it is the account `risk` under the sale's name. HQ pays it from the member's own value, in
spending order, whenever some becomes free and before any of it is lent. What is open after the days of the store's
rules is the chain's loss; a member never goes below zero. For `books`, `rights` and `placing`.
"""

from uuid import UUID

from hq_sync_server.office.books.open_books import OpenBooks
from hq_sync_server.office.books.pages import MemberPage, Note
from hq_sync_server.records import statements, tables
from shared_models.bodies import OpeningLot, RiskLost, RiskReturned, RiskSettled, decode_body
from shared_models.ids import HQ_TILL_ID
from shared_models.postings import lot_account
from shared_models.rights import draw


def open_fen(books: OpenBooks, person: MemberPage) -> int:
    """What a person owes for sales above rights, over all ids."""
    pages = (person, *books.aliases_of(person.member_id))
    return sum(max(0, risk.open_fen) for page in pages for risk in page.risks.values())


def settle(books: OpenBooks, person: MemberPage) -> None:
    """Pay what is open from what is free of the person, the oldest first."""
    for page in (person, *books.aliases_of(person.member_id)):
        # What was refunded before it was paid owes nothing any more, and comes home all the same.
        home = {key[1] for key, _lot in books.free_lots(page.member_id) if lot_account(key[1]) == "risk"}
        for lot in sorted(page.risks.keys() | home):
            _recover(books, page, lot)
            _take_home(books, person, page, lot)
            _pay(books, person, page, lot)


def _pay(books: OpenBooks, person: MemberPage, page: MemberPage, risk_lot: str) -> None:
    owed_fen = _open_of(page, risk_lot)
    paid: list[OpeningLot] = []
    for kind in ("principal", "bonus"):
        free = [(key[1], lot.free) for key, lot in books.free_lots(person.member_id) if lot_account(key[1]) == kind]
        taken, owed_fen = draw(free, max(0, owed_fen))
        paid += [OpeningLot(lot=lot, amount=amount) for lot, amount in taken]
    if paid:
        books.record(
            RiskSettled(
                head=books.head(*sorted({person.member_id, page.member_id})),
                subject=page.member_id,
                risk_lot=risk_lot,
                member_id=person.member_id,
                lots=tuple(paid),
            )
        )


def _open_of(page: MemberPage, risk_lot: str) -> int:
    risk = page.risks.get(risk_lot)
    return 0 if risk is None else risk.open_fen


def _recover(books: OpenBooks, page: MemberPage, risk_lot: str) -> None:
    """What a refund gave back of a risk that was lost meanwhile: the chain had paid that, not the member."""
    back_fen = -_open_of(page, risk_lot)
    recovered_fen = min(back_fen, _lost_fen(books, page.member_id, risk_lot)) if back_fen > 0 else 0
    if recovered_fen > 0:
        head = books.head(page.member_id)
        books.record(RiskLost(head=head, subject=page.member_id, risk_lot=risk_lot, amount_fen=-recovered_fen))


def _lost_fen(books: OpenBooks, member_id: UUID, risk_lot: str) -> int:
    """What of a risk the chain bears, as booked before these books were opened, by HQ: a till's word for it is none."""
    facts = statements.fetch(
        books.work.connection,
        tables.entries,
        ("type_version", "body"),
        "member_id",
        (member_id,),
        rest="AND entry_type = 'risk_lost' AND till_id = ?",
        parameters=(HQ_TILL_ID,),
    )
    lost = (decode_body("risk_lost", version, bytes(body)) for version, body in facts)
    return sum(one.amount_fen for one in lost if isinstance(one, RiskLost) and one.risk_lot == risk_lot)


def _take_home(books: OpenBooks, person: MemberPage, page: MemberPage, risk_lot: str) -> None:
    """What a refund gave back to the lot of a risk came home: there it is nobody's. The member gets what she had paid
    for it already."""
    home = books.lots.get((page.member_id, risk_lot))
    if home is None or home.free <= 0 or home.recovering:
        return
    back_fen = min(home.free, max(0, -_open_of(page, risk_lot)))
    principal = "principal:" + risk_lot.split(":", 1)[1]
    books.record(
        RiskReturned(
            head=books.head(*sorted({person.member_id, page.member_id})),
            subject=page.member_id,
            risk_lot=risk_lot,
            amount=home.free,
            member_id=person.member_id,
            lots=(OpeningLot(lot=principal, amount=back_fen),) if back_fen else (),
        )
    )


def lose(books: OpenBooks, page: MemberPage, risk_lot: str) -> int:
    """Book what is still open of a risk as the chain's loss."""
    settle(books, books.canonical(page.member_id))
    amount_fen = page.risks[risk_lot].open_fen
    if amount_fen <= 0:
        return 0
    books.record(
        RiskLost(head=books.head(page.member_id), subject=page.member_id, risk_lot=risk_lot, amount_fen=amount_fen)
    )
    note = Note("risk_lost", subject=page.member_id, amount=amount_fen, unit="fen", told={"lot": risk_lot})
    books.note(note)
    return amount_fen
