"""Everything this till holds, page by page, in an order that stands still: for its report to a restored HQ."""

from uuid import UUID

from sqlalchemy import bindparam, select, tuple_

from pos_client.ledger.database import Database, prepared
from pos_client.ledger.tables import rights, tokens
from shared_models.bodies import TokenMove
from shared_models.sync import LotCounters

_COUNTERS = (rights.c.granted, rights.c.credited, rights.c.risk, rights.c.spent, rights.c.released)
_NEXT_COUNTERS = prepared(
    select(rights.c.subject, rights.c.lot, *_COUNTERS)
    .where(
        rights.c.epoch == bindparam("epoch"),
        tuple_(rights.c.subject, rights.c.lot) > tuple_(bindparam("subject"), bindparam("lot")),
    )
    .order_by(rights.c.subject, rights.c.lot)
    .limit(bindparam("count"))
)
_NEXT_TOKENS = prepared(
    select(tokens.c.token, tokens.c.kind, tokens.c.version, tokens.c.subject, tokens.c.terms)
    .where(tokens.c.state == "owned", tokens.c.token > bindparam("token"))
    .order_by(tokens.c.token)
    .limit(bindparam("count"))
)


def counters_after(database: Database, epoch: int, subject: UUID, lot: str, count: int) -> list[LotCounters]:
    """The counters of this epoch that follow a lot, in order."""
    asked = {"epoch": epoch, "subject": subject.bytes, "lot": lot, "count": count}
    return [
        LotCounters(
            subject=UUID(bytes=row[0]), lot=row[1], granted=row[2], credited=row[3], risk=row[4], spent=row[5],
            released=row[6],
        )
        for row in database.rows(_NEXT_COUNTERS, asked)
    ]  # fmt: skip


def tokens_after(database: Database, token: UUID, count: int) -> list[TokenMove]:
    """The tokens owned here that follow one, in order."""
    rows = database.rows(_NEXT_TOKENS, {"token": token.bytes, "count": count})
    return [
        TokenMove(
            token=UUID(bytes=row[0]),
            kind=row[1],
            version=row[2],
            subject=UUID(bytes=row[3]) if row[3] else None,
            terms=row[4],
        )
        for row in rows
    ]
