"""Printed coupons: issued for one store, nobody's by name, good for whoever holds the paper.

Their QR says all by itself (`shared_models.printed_coupons`), so the store's home till redeems one it never heard of.
HQ keeps a row of each all the same: what was issued, what became of it, UNIQUE for ever.
"""

from collections.abc import Collection, Sequence
from datetime import date, timedelta
from uuid import UUID

import msgspec
from msgspec import Struct, structs
from sqlalchemy import select

from hq_sync_server.office.books import home_feed
from hq_sync_server.office.books.books import Books
from hq_sync_server.office.books.pages import TokenPage
from hq_sync_server.office.desk import Work
from hq_sync_server.office.organisation import feed
from hq_sync_server.office.organisation.feed import FeedChange
from hq_sync_server.office.rights import coupon_keys, coupons, home_tokens
from hq_sync_server.office.rights.coupons import CouponTemplate
from hq_sync_server.records import office_tables, tables
from shared_models import printed_coupons
from shared_models.bodies import CouponsIssued
from shared_models.catalog import StoreRow
from shared_models.codes import printed_coupon_code
from shared_models.moments import business_date_of
from shared_models.printed_coupons import CouponTemplateRow
from shared_models.refusals import Refusal
from shared_models.sales import CouponTerms
from shared_models.tokens import PrintedGone

AT_ONCE_MAX = 10_000
KEPT_DAYS = 35
"""So long after it expired a used coupon stays in the feed: as long as a till may have been away."""

_encoder = msgspec.msgpack.Encoder()
_gone_decoder = msgspec.msgpack.Decoder(PrintedGone)


class PrintedCode(Struct, frozen=True, kw_only=True):
    """A coupon to be printed: what its QR holds, and what is written beside it."""

    code: str
    terms: CouponTerms


def issue(work: Work, template: CouponTemplate, store: StoreRow, count: int) -> list[PrintedCode]:
    """Coupons of a template for a store, to be printed. Refuses `count_invalid`, `coupon_store_excluded` for a template
    of other stores, `template_too_long` for one whose name does not fit a QR."""
    if not 1 <= count <= AT_ONCE_MAX:
        raise Refusal("count_invalid", count=count, count_max=AT_ONCE_MAX)
    terms = coupons.terms_of(work, template)
    if terms.stores and store.store_id not in terms.stores:
        raise Refusal("coupon_store_excluded", store=store.code, template=template.template_id)
    terms = structs.replace(terms, stores=(store.store_id,))
    key_id, key = coupon_keys.newest(work)
    made = [structs.replace(terms, token=work.ids.new_id()) for _ in range(count)]
    try:
        contents = [printed_coupons.make(one, store.store_id, key_id, key) for one in made]
    except ValueError:
        raise Refusal("template_too_long", template=template.template_id) from None
    _keep(work, made, store.store_id)
    coupon_keys.publish(work)
    if printed_coupons.read(contents[0]).terms is None:
        plain = CouponTemplateRow(template_id=template.template_id, terms=printed_coupons.plain_terms(terms))
        feed.publish(work, "coupon_template", template.template_id, _encoder.encode(plain))
    return [
        PrintedCode(code=printed_coupon_code(content), terms=one) for content, one in zip(contents, made, strict=True)
    ]


def _keep(work: Work, made: Sequence[CouponTerms], store_id: UUID) -> None:
    books = Books(work)
    home_tokens.ensure(books, store_id)
    for one in made:
        page = TokenPage(one.token, "coupon", None, one.template_id, _encoder.encode(one), home_store_id=store_id)
        books.token(page)
    books.record(
        CouponsIssued(head=books.head(), template_id=made[0].template_id, tokens=tuple(one.token for one in made))
    )
    books.close()


def withdraw(work: Work, tokens: Collection[UUID]) -> int:
    """Printed coupons that nobody should redeem any more; how many were still good. A till redeems one of its own until
    it hears of this."""
    books = Books(work)
    books.open((), tokens)
    still_good = [page for page in books.tokens.values() if page.token in tokens and page.spent_entry_id is None]
    for page in still_good:
        page.withdrawn = True
        books.token(page)
    books.close()
    return len(still_good)


def drop_expired(work: Work) -> int:
    """Take used and moved coupons out of the feed once they have been over for long enough that no till's clock or
    absence matters; how many."""
    last_day = (date.fromisoformat(business_date_of(work.now_ms)) - timedelta(days=KEPT_DAYS)).isoformat()
    rows = work.connection.execute(
        select(office_tables.feed.c.object_key, office_tables.feed.c.store_id, office_tables.feed.c.payload).where(
            office_tables.feed.c.kind == "printed_coupon", office_tables.feed.c.deleted.is_(False)
        )
    ).all()
    over = [
        FeedChange("printed_coupon", key, b"", store_id, deleted=True)
        for key, store_id, payload in rows
        if "" < _gone_decoder.decode(payload).valid_to < last_day
    ]
    feed.publish_many(work, over)
    return len(over)


def home_till(work: Work, store_id: UUID) -> tuple[int, int]:
    """(number of the till that should have a store's home token, number of the one that has it); 0: nobody."""
    books = Books(work)
    page = home_tokens.ensure(books, store_id)
    wanted = home_feed.wanted_till(work.connection, store_id)
    tills = tables.tills.c
    rows = work.connection.execute(select(tills.till_id, tills.number).where(tills.store_id == store_id))
    numbers: dict[UUID, int] = {row[0]: row[1] for row in rows}
    return numbers.get(wanted, 0) if wanted else 0, numbers.get(page.owner_till_id, 0) if page.owner_till_id else 0
