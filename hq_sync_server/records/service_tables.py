"""What HQ's service desk keeps: tickets as they stand, and the articles of the knowledge base. For `office` alone.

That a ticket was opened, by whom and about what, is an entry of its till; its words are that entry's attachment.
"""

from sqlalchemy import Index

from hq_sync_server.records.columns import BYTES, NUMBER, WORD, Id, key, may, must, table

tickets = table(
    "tickets",
    key("ticket_id", Id),
    must("till_id", Id),
    must("store_id", Id),
    may("member_id", Id),
    must("category", WORD),
    must("receipt_number", WORD, "''"),
    must("note_attachment", WORD, "''"),
    must("opened_at_ms", NUMBER),
    must("opened_by", WORD),
    must("status", WORD),
    must("answer", WORD, "''"),
    must("changed_at_ms", NUMBER),
    must("changed_by", WORD, "''"),
    may("to_store_id", Id),
    Index("ix_tickets_status", "status", "opened_at_ms"),
)

ticket_steps = table(
    "ticket_steps",
    key("ticket_id", Id),
    key("step", WORD),
    must("store_id", Id),
    must("till_id", Id),
    must("at_ms", NUMBER),
    must("said_by", WORD),
)
"""What became of a hand-off: each step once, as first heard. A step may be heard before its ticket."""

articles = table(
    "articles",
    key("article_id", WORD),
    must("row", BYTES),  # service.ArticleRow, msgpack
    must("changed_at_ms", NUMBER),
    must("changed_by", WORD),
)
