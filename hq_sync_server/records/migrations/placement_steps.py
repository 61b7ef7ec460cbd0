"""The tables of placed rights and of risk, as part of the first step."""

import sqlalchemy as sa
from alembic import op

from hq_sync_server.records.columns import FLAG, NUMBER, WORD, Id


def create_tables() -> None:
    """All of them."""
    op.create_table(
        "habits",
        sa.Column("member_id", Id(), autoincrement=False, nullable=False),
        sa.Column("till_id", Id(), autoincrement=False, nullable=False),
        sa.Column("store_id", Id(), nullable=False),
        sa.Column("visits", NUMBER, server_default=sa.text("0"), nullable=False),
        sa.Column("usual_fen", NUMBER, server_default=sa.text("0"), nullable=False),
        sa.Column("usual_points", NUMBER, server_default=sa.text("0"), nullable=False),
        sa.Column("last_date", WORD, server_default=sa.text("('')"), nullable=False),
        sa.PrimaryKeyConstraint("member_id", "till_id", name="pk_habits"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "placements",
        sa.Column("member_id", Id(), autoincrement=False, nullable=False),
        sa.Column("lot", WORD, autoincrement=False, nullable=False),
        sa.Column("till_id", Id(), autoincrement=False, nullable=False),
        sa.Column("amount", NUMBER, server_default=sa.text("0"), nullable=False),
        sa.Column("held", NUMBER, server_default=sa.text("0"), nullable=False),
        sa.Column("told", NUMBER, server_default=sa.text("0"), nullable=False),
        sa.Column("recalled_until_ms", NUMBER, server_default=sa.text("0"), nullable=False),
        sa.Column("recalled_for", Id(), nullable=True),
        sa.Column("due", FLAG, server_default=sa.text("false"), nullable=False),
        sa.PrimaryKeyConstraint("member_id", "lot", "till_id", name="pk_placements"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_placements_due",
        "placements",
        ["till_id", "member_id"],
        unique=False,
        sqlite_where=sa.text("due"),
        postgresql_where=sa.text("due"),
    )
    op.create_table(
        "risks",
        sa.Column("member_id", Id(), autoincrement=False, nullable=False),
        sa.Column("lot", WORD, autoincrement=False, nullable=False),
        sa.Column("till_id", Id(), nullable=False),
        sa.Column("open_fen", NUMBER, nullable=False),
        sa.Column("taken_date", WORD, nullable=False),
        sa.PrimaryKeyConstraint("member_id", "lot", name="pk_risks"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_risks_taken_date", "risks", ["taken_date"], unique=False)
