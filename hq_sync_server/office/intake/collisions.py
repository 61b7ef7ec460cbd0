"""Collisions that are in order and only listed: value spent of a frozen member by a till that had not heard of it, and
a balance that two top-ups lifted above its cap, or two tills that lent above a member's limit; what is spent of a
united member's old account is only counted. For `booking` alone.
"""

from collections.abc import Iterable, Mapping
from uuid import UUID

from hq_sync_server.office.books import risks
from hq_sync_server.office.books.books import Books
from hq_sync_server.office.books.reading import ReadEntry
from hq_sync_server.office.rights.quotes import MERGED_MEMBER_SPENDS
from hq_sync_server.office.rights.rights import unit_of
from shared_models.bodies import Body, OrderTaken, PointsExchange, Sale, TopUp, TopUpCancelled, Withdrawal
from shared_models.postings import lot_account
from shared_models.rights import RightsMove
from shared_models.rules import StoreRules

_SPENDING = (Sale, OrderTaken, TopUpCancelled, Withdrawal, PointsExchange)
Found = tuple[str, UUID, int, str]
"""(name, whom it is about, amount, unit)"""


def found(books: Books, entry: ReadEntry, rules_by_hash: Mapping[str, StoreRules]) -> list[Found]:
    """What an entry collided with, once it is booked."""
    body = entry.body
    if isinstance(body, TopUp):
        return _above_cap(books, body, rules_by_hash.get(body.rule_hash))
    lent = _lent_above_limit(books, body, rules_by_hash) if isinstance(body, Sale) and body.risk_taken else []
    return [*lent, *_spent_of_gone(books, body, entry.moves), *_by_a_lost_card(books, body)]


def _above_cap(books: Books, body: TopUp, rules: StoreRules | None) -> list[Found]:
    if rules is None or not rules.top_up.balance_cap_fen:
        return []
    person = books.canonical(body.member_id)
    balance_fen = sum(
        amount
        for page in (person, *books.aliases_of(person.member_id))
        for lot, amount in page.balances.items()
        if lot_account(lot) in ("principal", "bonus")
    )
    over_fen = min(balance_fen - rules.top_up.balance_cap_fen, body.principal_fen + body.bonus_fen)
    return [("balance_cap_exceeded", person.member_id, over_fen, "fen")] if over_fen > 0 else []


def _lent_above_limit(books: Books, sale: Sale, rules_by_hash: Mapping[str, StoreRules]) -> list[Found]:
    """A till lends a member up to her limit as it knows her; two cut-off tills do so twice."""
    rules = rules_by_hash.get(sale.inputs.rule_hash)
    if rules is None:
        return []  # named for that already, and looked at when somebody does
    limit_fen = rules.escrow.risk_member_fen if rules.escrow.lends else 0
    person = books.canonical(sale.risk_taken[0].subject)
    over_fen = min(risks.open_fen(books, person) - limit_fen, sum(part.amount for part in sale.risk_taken))
    return [("risk_over_limit", person.member_id, over_fen, "fen")] if over_fen > 0 else []


def _spent_of_gone(books: Books, body: Body | None, moves: Iterable[RightsMove]) -> list[Found]:
    if not isinstance(body, _SPENDING):
        return []
    sums: dict[tuple[str, UUID, str], int] = {}
    for move in moves:
        page = books.members.get(move.subject)
        if move.counter != "S" or page is None or lot_account(move.lot) == "risk":
            continue
        frozen = "frozen" in (page.status, books.canonical(move.subject).status)
        name = "frozen_member_spends" if frozen else MERGED_MEMBER_SPENDS if page.is_alias else ""
        if name:
            key = (name, move.subject, unit_of(move.lot))
            sums[key] = sums.get(key, 0) + move.amount
    return [(name, subject, amount, unit) for (name, subject, unit), amount in sorted(sums.items())]


def _by_a_lost_card(books: Books, body: Body | None) -> list[Found]:
    """Value spent by card, after the member's card had been reported lost, at a till that cannot have heard of it: a
    new card it would not have known either."""
    if not isinstance(body, Sale) or body.member is None or body.member.presence != "card":
        return []
    person = books.canonical(body.member.member_id)
    mark = person.profile.cards_stopped_mark
    if mark is None or body.head.till_time_ms + body.head.clock_offset_ms <= mark.made_at_ms:
        return []
    cursor = body.inputs.mirror_cursor
    if (cursor.hq_epoch, cursor.position) > (mark.hq_epoch, mark.feed_position):
        return []
    spent_fen = sum(tender.amount_fen for tender in body.tenders if tender.kind == "stored_value")
    return [("lost_card_used", person.member_id, spent_fen, "fen")]
