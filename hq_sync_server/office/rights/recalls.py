"""Recalls: a token that one till waits for and another one has. The owner is nudged and told at its next hello; once it
gave the token back, whoever waits is nudged to ask again.

A recall is a request, never a claim: whatever the owner does, the token is its own until it releases it.
"""

from uuid import UUID

from hq_sync_server.office.books.pages import TokenPage
from hq_sync_server.office.desk import Work
from hq_sync_server.office.organisation import nudges
from hq_sync_server.records import bulk, statements, tables
from shared_models.sync import TokenRecall

RECALL_LIFE_MS = 10 * 60_000
"""After an outage nobody stands at a counter any longer for what was asked in it."""

RECALLS_AT_ONCE_MAX = 200
_COLUMNS = ("token", "kind", "subject", "owner_till_id", "wanted_by_till_id", "asked_at_ms")


def ask(work: Work, page: TokenPage, owner_till_id: UUID, wanted_by_till_id: UUID) -> None:
    """Ask the till that has a token for it."""
    row = (page.token, page.kind, page.subject, owner_till_id, wanted_by_till_id, work.now_ms)
    bulk.upsert(work.connection, tables.token_recalls, _COLUMNS, [row])
    nudges.nudge(work, owner_till_id)


def told(work: Work, owner_till_id: UUID) -> tuple[TokenRecall, ...]:
    """What this till should give back."""
    rows = statements.fetch(
        work.connection,
        tables.token_recalls,
        ("token", "kind", "subject"),
        "owner_till_id",
        (owner_till_id,),
        rest="AND asked_at_ms >= ? ORDER BY asked_at_ms, token",
        parameters=(work.now_ms - RECALL_LIFE_MS,),
    )
    return tuple(
        TokenRecall(token=token, kind=kind, subject=subject) for token, kind, subject in rows[:RECALLS_AT_ONCE_MAX]
    )


def answered(work: Work, token: UUID) -> None:
    """The token came back or was used: whoever waits for it should ask again."""
    waiting = statements.fetch(
        work.connection, tables.token_recalls, ("wanted_by_till_id", "asked_at_ms"), "token", (token,)
    )
    for wanted_by_till_id, asked_at_ms in waiting:
        statements.run(work.connection, "DELETE FROM token_recalls WHERE token = ?", (token,))
        if asked_at_ms >= work.now_ms - RECALL_LIFE_MS:
            nudges.nudge(work, wanted_by_till_id)


def range_answered(work: Work, owner_till_id: UUID) -> None:
    """A till gave up its rights to refund by range: those that were asked for are likely among them."""
    rows = statements.fetch(
        work.connection,
        tables.token_recalls,
        ("token",),
        "owner_till_id",
        (owner_till_id,),
        rest="AND kind = 'refund_right'",
    )
    for (token,) in rows:
        answered(work, token)
