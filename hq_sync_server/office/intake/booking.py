"""Booking what one till entry does: postings, rights, tokens, the member's record. For `intake` alone.

Every entry is taken; what does not fit is named (the list that comes back) and kept for people to look at.
"""

from collections.abc import Mapping
from uuid import UUID

from msgspec.structs import replace

from hq_sync_server.office.books import placing
from hq_sync_server.office.books.books import Books, is_members
from hq_sync_server.office.books.pages import Note
from hq_sync_server.office.books.reading import ReadEntry
from hq_sync_server.office.intake import collisions
from hq_sync_server.office.members import crediting, edits, members, tickets, tiers
from hq_sync_server.office.rights import belief, quotes, refund_rights, rights, tokens
from shared_models import bodies
from shared_models.rule_engine import requoted_total_fen
from shared_models.rules import StoreRules

_NOTED_ELSEWHERE = frozenset(
    {
        *("overspent", "release_clipped", "coupon_unknown", "coupon_twice", "coupon_not_owned"),
        *("refund_of_unknown_sale", "refund_not_owned", "refund_exceeds_sale"),
        *("order_unknown", "order_twice", "order_not_owned"),
        *("phone_unreadable", "unite_waiting", "profile_edited_twice"),
        *("frozen_member_spends", "balance_cap_exceeded", "lost_card_used", "sale_credit_wrong", "risk_over_limit"),
    }
)


def book(
    books: Books,
    entry: ReadEntry,
    entry_id: int,
    store_id: UUID,
    beside: Mapping[str, bytes],
    rules_by_hash: Mapping[str, StoreRules],
) -> list[str]:
    """Book one entry whose subjects and tokens are open; the names of what did not fit."""
    body, seq = entry.body, entry.wire.seq
    assert body is not None
    if books.awaited:
        belief.take(books, entry)
    note = Note("", till_id=books.till_id, epoch=books.epoch, seq=seq, entry_id=entry_id, subject=_first(entry))
    codes = list(entry.codes)
    quote_codes, differences = list[str](), ""
    if isinstance(body, bodies.Sale):  # before anything is booked: a sale may lift the tier it was quoted with
        quote_codes, differences = quotes.check(books, store_id, body, rules_by_hash.get(body.inputs.rule_hash))
    books.post(entry_id, entry.postings)
    codes += rights.book_moves(books, entry_id, seq, entry.moves)
    codes += refund_rights.book(books, entry_id, seq, body)
    codes += tokens.book_effects(books, entry_id, seq, entry.effects, body)
    codes += _book_member(books, body, beside, note, rules_by_hash)
    for name, subject, amount, unit in collisions.found(books, entry, rules_by_hash):
        if name not in quotes.UNHEARD:
            books.note(replace(note, code=name, subject=subject, amount=amount, unit=unit))
        codes.append(name)
    codes += quote_codes
    if entry.marked:
        for member_id in entry.subjects:
            books.mark(member_id, seq)
    for code in codes:
        if code not in _NOTED_ELSEWHERE and code not in quotes.UNHEARD:
            named = _of_entry(note, code, body)
            if code == "quote_mismatch" and isinstance(body, bodies.Sale):
                by_fen = body.total_fen - requoted_total_fen(rules_by_hash[body.inputs.rule_hash], body)
                named = replace(named, amount=by_fen, unit="fen", told={"differences": differences[:500]})
            books.note(named)
    return codes


def _first(entry: ReadEntry) -> UUID | None:
    return entry.head.subjects[0] if entry.head is not None and entry.head.subjects else None


def _of_entry(note: Note, code: str, body: bodies.Body) -> Note:
    amount = body.total_fen if isinstance(body, bodies.Sale) else 0
    return Note(
        code,
        till_id=note.till_id,
        epoch=note.epoch,
        seq=note.seq,
        entry_id=note.entry_id,
        subject=note.subject,
        amount=amount,
        unit="fen" if amount else "",
    )


def _book_member(
    books: Books,
    body: bodies.Body,
    beside: Mapping[str, bytes],
    note: Note,
    rules_by_hash: Mapping[str, StoreRules],
) -> list[str]:
    visitor_id, points = _visitor(body)
    if visitor_id is not None:
        placing.visited(books, books.canonical(visitor_id), body.head.business_date, 0, points)
    match body:
        case bodies.Sale(member=member) if member is not None:
            _visit(books, body, member.member_id, rules_by_hash)
        case bodies.Refund(member_id=UUID() as member_id):
            person = books.canonical(member_id)
            books.add_spend(person.member_id, body.head.business_date[:7], -body.total_fen)
        case bodies.MemberRegistered() | bodies.MemberEdited() | bodies.MemberTagged() if (
            books.members[body.member_id].status == "forgotten"
        ):
            pass  # a till that had not heard of it yet: the account stays nameless
        case bodies.MemberRegistered():
            return members.take_registration(books, body, beside, note)
        case bodies.MemberEdited():
            settled, collided = edits.settle(books, body, beside, note)
            return [*collided, *members.take_edit(books, settled, beside, note)]
        case bodies.MemberTagged():
            members.take_tags(books, body)
        case bodies.SaleCredited():
            codes, sale = crediting.book(books, body, note, rules_by_hash.get(body.inputs.rule_hash))
            if sale is not None:
                _visit(books, sale, body.member.member_id, rules_by_hash)
            return codes
        case bodies.TicketOpened():
            tickets.mark_member(books, body)
        case bodies.RightsAdopted() if not rights.adoption_is_right(books, body.grants):
            return ["adoption_without_grant"]
        case _:
            pass
    return []


def _visitor(body: bodies.Body) -> tuple[UUID | None, int]:
    """Who was at the till for something else than a sale, and the points spent in it."""
    match body:
        case bodies.Refund() | bodies.RefundWithoutReceipt() | bodies.TopUp():
            return body.member_id, 0
        case bodies.PointsExchange():
            return body.member_id, sum(part.amount for part in body.points_spent)
        case _:
            return None, 0


def _visit(books: Books, sale: bodies.Sale, member_id: UUID, rules_by_hash: Mapping[str, StoreRules]) -> None:
    person = books.canonical(member_id)
    business_date = sale.head.business_date
    person.visits += 1
    if business_date >= person.last_visit_date:
        person.last_visit_date, person.last_store_id = business_date, books.store_id
    members.remember_purchase(person, sale, books.store_id)
    person.changed = person.touched = True
    lots = [part for tender in sale.tenders for part in tender.lots if is_members(part.lot)]
    points = sum(part.amount for part in sale.points_spent)
    placing.visited(books, person, business_date, sum(part.amount for part in lots), points)
    books.add_spend(person.member_id, business_date[:7], sale.total_fen)
    rules = rules_by_hash.get(sale.inputs.rule_hash)
    if rules is not None:
        tiers.move_up(books, person, rules, business_date)
