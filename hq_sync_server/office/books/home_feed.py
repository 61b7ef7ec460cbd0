"""What the feed says of printed coupons and home tokens: worked out when the books are closed. For `books` alone, and
`wanted_till` for `home_tokens`."""

from collections.abc import Iterable
from uuid import UUID

import msgspec
from sqlalchemy import Connection

from hq_sync_server.office.books.pages import TokenPage
from hq_sync_server.office.desk import Work
from hq_sync_server.office.organisation.feed import FeedChange
from hq_sync_server.records import statements, tables
from shared_models.sales import CouponTerms
from shared_models.tokens import HomeTokenRow, PrintedGone

_encoder = msgspec.msgpack.Encoder()
_terms_decoder = msgspec.msgpack.Decoder(CouponTerms)


def changes(work: Work, pages: Iterable[TokenPage]) -> list[FeedChange]:
    """The rows that these changed tokens mean: a home token's, and a printed coupon's once its home token does not
    cover it any more. That row is published once and never changed before it is dropped: so it keeps its position."""
    found = []
    for page in pages:
        if page.kind == "home" and page.subject is not None:
            if work.recovering:
                continue  # who had it before may not have said yet what it redeemed; `recovery` ends with all of them
            row = HomeTokenRow(
                store_id=page.subject,
                wanted_till_id=wanted_till(work.connection, page.subject),
                owner_till_id=page.owner_till_id,
                version=page.version,
            )
            found.append(FeedChange("home_token", page.subject.hex, _encoder.encode(row), page.subject))
        elif page.home_store_id is not None and page.was_covered and not page.covered:
            found.append(FeedChange("printed_coupon", page.token.hex, _encoder.encode(_gone(page)), page.home_store_id))
    return found


def wanted_till(connection: Connection, store_id: UUID) -> UUID | None:
    """Which till should have a store's home token."""
    rows = statements.fetch(connection, tables.home_tills, ("wanted_till_id",), "store_id", (store_id,))
    return rows[0][0] if rows else None


def _gone(page: TokenPage) -> PrintedGone:
    valid_to = "" if page.terms is None else _terms_decoder.decode(page.terms).valid_to
    if page.withdrawn:
        return PrintedGone(how="withdrawn", valid_to=valid_to)
    return PrintedGone(how="moved" if page.spent_entry_id is None else "used", valid_to=valid_to)
