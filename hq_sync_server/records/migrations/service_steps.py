"""The tables of the service desk, as part of the first step."""

import sqlalchemy as sa
from alembic import op

from hq_sync_server.records.columns import BYTES, NUMBER, WORD, Id


def create_tables() -> None:
    """All of them."""
    op.create_table(
        "tickets",
        sa.Column("ticket_id", Id(), autoincrement=False, nullable=False),
        sa.Column("till_id", Id(), nullable=False),
        sa.Column("store_id", Id(), nullable=False),
        sa.Column("member_id", Id(), nullable=True),
        sa.Column("category", WORD, nullable=False),
        sa.Column("receipt_number", WORD, server_default=sa.text("('')"), nullable=False),
        sa.Column("note_attachment", WORD, server_default=sa.text("('')"), nullable=False),
        sa.Column("opened_at_ms", NUMBER, nullable=False),
        sa.Column("opened_by", WORD, nullable=False),
        sa.Column("status", WORD, nullable=False),
        sa.Column("answer", WORD, server_default=sa.text("('')"), nullable=False),
        sa.Column("changed_at_ms", NUMBER, nullable=False),
        sa.Column("changed_by", WORD, server_default=sa.text("('')"), nullable=False),
        sa.Column("to_store_id", Id(), nullable=True),
        sa.PrimaryKeyConstraint("ticket_id", name="pk_tickets"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_tickets_status", "tickets", ["status", "opened_at_ms"], unique=False)
    op.create_table(
        "ticket_steps",
        sa.Column("ticket_id", Id(), autoincrement=False, nullable=False),
        sa.Column("step", WORD, autoincrement=False, nullable=False),
        sa.Column("store_id", Id(), nullable=False),
        sa.Column("till_id", Id(), nullable=False),
        sa.Column("at_ms", NUMBER, nullable=False),
        sa.Column("said_by", WORD, nullable=False),
        sa.PrimaryKeyConstraint("ticket_id", "step", name="pk_ticket_steps"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "articles",
        sa.Column("article_id", WORD, autoincrement=False, nullable=False),
        sa.Column("row", BYTES, nullable=False),
        sa.Column("changed_at_ms", NUMBER, nullable=False),
        sa.Column("changed_by", WORD, nullable=False),
        sa.PrimaryKeyConstraint("article_id", name="pk_articles"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
