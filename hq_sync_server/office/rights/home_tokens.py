"""Home tokens: one a store. The till that owns it owns every printed coupon of that store not yet moved, and redeems
them with no network, also those it never heard of.

Which till should have it is said at HQ; the feed tells the store's tills, the one that has it gives it up, the one that
should have it asks. It is granted with the position its new owner's mirror must have passed. `books` publishes what
changes here, whoever changes it.
"""

from collections.abc import Iterable
from uuid import UUID

import msgspec
from sqlalchemy import select

from hq_sync_server.office.books.books import Books
from hq_sync_server.office.books.home_feed import wanted_till
from hq_sync_server.office.books.pages import TokenPage
from hq_sync_server.office.desk import Work
from hq_sync_server.office.organisation import feed, nudges
from hq_sync_server.office.rights import coupon_keys, recalls
from hq_sync_server.records import bulk, statements, tables
from shared_models.refusals import Refusal
from shared_models.sales import Cursor
from shared_models.tokens import HomeTerms, home_token

_encoder = msgspec.msgpack.Encoder()
_UNPLACED = "SELECT 1 FROM feed WHERE kind = 'printed_coupon' AND store_id = ? AND position IS NULL LIMIT 1"


def ensure(books: Books, store_id: UUID) -> TokenPage:
    """The store's home token, opened; made where there is none yet."""
    token = home_token(store_id)
    books.open((), {token})
    page = books.tokens.get(token)
    return books.token(TokenPage(token, "home", store_id)) if page is None else page


def set_home(work: Work, store_id: UUID, till_number: int) -> UUID | None:
    """Say which till of a store should have its home token (0: whichever asks first). Refuses `till_unknown`."""
    till_id = None
    if till_number:
        tills = tables.tills.c
        till_id = work.connection.scalar(
            select(tills.till_id).where(
                tills.store_id == store_id, tills.number == till_number, tills.status == "active"
            )
        )
        if till_id is None:
            raise Refusal("till_unknown", till=till_number)
    bulk.upsert(work.connection, tables.home_tills, ("store_id", "wanted_till_id"), [(store_id, till_id)])
    # The till that will be cut off must know the key before the first sheet is printed.
    coupon_keys.newest(work)
    coupon_keys.publish(work)
    books = Books(work)
    page = books.token(ensure(books, store_id))  # published again, with the new wish
    if page.owner_till_id is not None and till_id not in (None, page.owner_till_id):
        recalls.ask(work, page, page.owner_till_id, till_id or page.owner_till_id)
    elif till_id is not None:
        nudges.nudge(work, till_id)
    books.close()
    return till_id


def may_go_to(books: Books, page: TokenPage) -> bool:
    """Whether HQ may give a home token, which it owns, to this till now."""
    if page.subject is None or page.subject != books.store_id or page.owner_till_id is not None:
        return False
    if wanted_till(books.work.connection, page.subject) not in (None, books.till_id):
        return False
    # What others used or moved has its place in the feed, so that the position given is behind it: or not yet.
    waiting = statements.run(books.work.connection, _UNPLACED, (page.subject,)).first()
    return waiting is None


def terms_of_grant(work: Work) -> bytes:
    """What the new owner's mirror must have passed."""
    return _encoder.encode(HomeTerms(position=Cursor(work.hq_epoch, feed.newest_position(work.connection))))


def owner_of(books: Books, page: TokenPage) -> tuple[UUID | None, int]:
    """(till, epoch) that owns a token, HQ being (None, 0): a printed coupon not yet moved is its home token's owner's.
    Both must be open."""
    if page.covered and page.home_store_id is not None:
        home = books.tokens.get(home_token(page.home_store_id))
        return (None, 0) if home is None else (home.owner_till_id, home.owner_epoch)
    return page.owner_till_id, page.owner_epoch


def republish_all(work: Work) -> None:
    """Publish every home token again: HQ, restored from a backup, has heard what became of the coupons."""
    tokens = tables.tokens.c
    stores = work.connection.scalars(select(tokens.subject).where(tokens.kind == "home", tokens.subject.is_not(None)))
    republish(work, stores.all())


def republish(work: Work, store_ids: Iterable[UUID]) -> None:
    """Publish home tokens again that were moved past the books (a sealed epoch)."""
    books = Books(work)
    for store_id in store_ids:
        books.token(ensure(books, store_id))
    books.close()
