"""What HQ, restored from a backup, believes of its tills: what they were given after the backup was made.

HQ's own grants and token moves of that time are lost, but each till wrote down what it took over, in entries of its
chain, and reports its counters on top. While a till's report is awaited its word counts: G is the largest it names, a
token belongs to whoever names its newest version. Nothing is made good here for want of free balance while others are
still to be heard: what one till was given, another may have given back (docs/decisions/0016-hq-restored.md).

For `booking`, `rights` and `recovery_reports`.
"""

from collections.abc import Iterable
from uuid import UUID

import msgspec

from hq_sync_server.office.books.books import Books
from hq_sync_server.office.books.pages import LotKey, TokenPage
from hq_sync_server.office.books.reading import ReadEntry
from shared_models import bodies
from shared_models.bodies import ExposureBooked, GrantAdopted, OpeningLot, TokenMove
from shared_models.sales import CouponTerms
from shared_models.tokens import restored_token

_terms_decoder = msgspec.msgpack.Decoder(CouponTerms)


def take(books: Books, entry: ReadEntry) -> None:
    """Believe an entry of an awaited till, before its effects are booked."""
    match entry.body:
        case bodies.RightsAdopted(grants=grants):
            grown(books, grants)
        case bodies.TokenAcquired(tokens=tokens):
            owned(books, tokens)
        case bodies.TokenReleased():
            # What moved on since is known from who has it now; this is how it was before.
            fresh = tuple(move for move in entry.effects.released if not _is_old_news(books, move))
            entry.effects = msgspec.structs.replace(entry.effects, released=fresh)
        case bodies.Refund(coupons_restored=old) as refund if old:
            books.open((), {restored_token(refund.head.business_id, each) for each in old})
        case _:
            pass


def grown(books: Books, grants: Iterable[GrantAdopted]) -> None:
    """G is at least what the till says it was granted."""
    for grant in grants:
        key = (grant.subject, grant.lot)
        known = books.holders[key].granted if key in books.holders else 0
        more = grant.granted_total - known
        if more <= 0:
            continue
        lot = books.lot(key)
        short = more - max(lot.free, 0)
        if short > 0 and not lot.recovering:
            # Everybody else has been heard, or excused: this till comes late, and what it has was lent again since.
            answer_for(books, key, short, "reported_late")
        books.holder(key).granted = grant.granted_total
        lot.free -= more


def owned(books: Books, moves: Iterable[TokenMove]) -> None:
    """A token belongs to whoever has its newest version. Tokens must be open."""
    for move in moves:
        page = books.tokens.get(move.token)
        if page is None:
            page = _as_named(move)
        elif page.version >= move.version or page.spent_entry_id is not None:
            continue
        books.token(
            msgspec.structs.replace(page, owner_till_id=books.till_id, owner_epoch=books.epoch, version=move.version)
        )


def pay_back(books: Books, key: LotKey, counted: int) -> None:
    """A till that comes late gave `counted` back, of which others were lent a part on the chain's account: that first
    pays the account."""
    lot = books.lot(key)
    paid = min(counted, lot.exposed, lot.free)
    if books.awaited and not lot.recovering and paid > 0:
        answer_for(books, key, -paid, "paid_back")


def answer_for(books: Books, key: LotKey, amount: int, reason: str) -> None:
    """The chain answers for `amount` of a lot (C against exposure), or is paid back (D)."""
    subject, lot = key
    books.record(
        ExposureBooked(
            head=books.head(subject),
            subject=subject,
            lots=(OpeningLot(lot=lot, amount=amount),),
            reason=reason,
            hq_epoch=books.work.hq_epoch,
            till_id=books.till_id if reason != "restored" else None,
        )
    )


def _is_old_news(books: Books, move: TokenMove) -> bool:
    page = books.tokens.get(move.token)
    return page is not None and page.version >= move.version


def _as_named(move: TokenMove) -> TokenPage:
    """A token HQ has forgotten, as the till names it. Terms of a coupon that nobody can read are none: they would be
    read again for whoever serves its member."""
    terms = None
    try:
        terms = _terms_decoder.decode(move.terms) if move.terms else None
    except msgspec.MsgspecError:
        if move.kind == "coupon":
            return TokenPage(move.token, move.kind, move.subject)
    template_id = "" if terms is None else terms.template_id
    return TokenPage(move.token, move.kind, move.subject, template_id, move.terms or None)


def subjects_of(grants: Iterable[GrantAdopted], tokens: Iterable[TokenMove]) -> set[UUID]:
    """Whom grants and tokens are about."""
    return {grant.subject for grant in grants} | {
        move.subject for move in tokens if move.kind == "coupon" and move.subject is not None
    }
