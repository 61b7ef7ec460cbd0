"""The tables of the console, as part of the first step; and the audit log, which the database itself keeps whole."""

import sqlalchemy as sa
from alembic import op

from hq_sync_server.records.columns import BYTES, NUMBER, WORD, Id

_REFUSE_ON_SQLITE = """
    CREATE TRIGGER audit_log_refuses_{action} BEFORE {action} ON audit_log
    BEGIN SELECT RAISE(ABORT, 'the audit log is only added to'); END
"""
_REFUSE_ON_POSTGRESQL = """
    CREATE FUNCTION audit_log_refuses() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'the audit log is only added to'; END $$
"""
_TRIGGER_ON_POSTGRESQL = """
    CREATE TRIGGER audit_log_refuses BEFORE UPDATE OR DELETE ON audit_log
    FOR EACH ROW EXECUTE FUNCTION audit_log_refuses()
"""


def create_tables() -> None:
    """All of them."""
    _guard_audit_log()
    op.create_table(
        "alerts",
        sa.Column("alert_key", WORD, autoincrement=False, nullable=False),
        sa.Column("store_id", Id(), nullable=True),
        sa.Column("code", WORD, nullable=False),
        sa.Column("raised_at_ms", NUMBER, nullable=False),
        sa.Column("over_at_ms", NUMBER, nullable=True),
        sa.Column("closed_by", WORD, server_default=sa.text("('')"), nullable=False),
        sa.Column("closed_at_ms", NUMBER, nullable=True),
        sa.PrimaryKeyConstraint("alert_key", name="pk_alerts"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "background_jobs",
        sa.Column("job_id", Id(), autoincrement=False, nullable=False),
        sa.Column("kind", WORD, nullable=False),
        sa.Column("who", WORD, nullable=False),
        sa.Column("status", WORD, nullable=False),
        sa.Column("done", NUMBER, server_default=sa.text("0"), nullable=False),
        sa.Column("total", NUMBER, server_default=sa.text("0"), nullable=False),
        sa.Column("told", WORD, server_default=sa.text("'{}'"), nullable=False),
        sa.Column("result", WORD, server_default=sa.text("'{}'"), nullable=False),
        sa.Column("begun_at_ms", NUMBER, nullable=False),
        sa.Column("ended_at_ms", NUMBER, nullable=True),
        sa.CheckConstraint("status IN ('running', 'done', 'failed', 'stopped')", name="ck_background_jobs_status"),
        sa.PrimaryKeyConstraint("job_id", name="pk_background_jobs"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_background_jobs_begun_at_ms", "background_jobs", ["begun_at_ms"], unique=False)
    op.create_table(
        "exception_notes",
        sa.Column("exception_id", Id(), autoincrement=False, nullable=False),
        sa.Column("note_id", Id(), autoincrement=False, nullable=False),
        sa.Column("at_ms", NUMBER, nullable=False),
        sa.Column("who", WORD, nullable=False),
        sa.Column("text", WORD, nullable=False),
        sa.PrimaryKeyConstraint("exception_id", "note_id", name="pk_exception_notes"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "exception_remedies",
        sa.Column("exception_id", Id(), autoincrement=False, nullable=False),
        sa.Column("remedy_id", Id(), autoincrement=False, nullable=False),
        sa.Column("name", WORD, nullable=False),
        sa.Column("amount_fen", NUMBER, server_default=sa.text("0"), nullable=False),
        sa.Column("store_id", Id(), nullable=True),
        sa.Column("request_id", Id(), nullable=True),
        sa.Column("who", WORD, nullable=False),
        sa.Column("at_ms", NUMBER, nullable=False),
        sa.Column("undone_by", WORD, server_default=sa.text("('')"), nullable=False),
        sa.Column("undone_at_ms", NUMBER, nullable=True),
        sa.Column("reverses", Id(), nullable=True),
        sa.PrimaryKeyConstraint("exception_id", "remedy_id", name="pk_exception_remedies"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "member_terms",
        sa.Column("term", WORD, autoincrement=False, nullable=False),
        sa.Column("member_id", Id(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("term", "member_id", name="pk_member_terms"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_member_terms_member_id", "member_terms", ["member_id"], unique=False)
    op.create_table(
        "requests",
        sa.Column("request_id", Id(), autoincrement=False, nullable=False),
        sa.Column("kind", WORD, nullable=False),
        sa.Column("subject", Id(), nullable=True),
        sa.Column("document", WORD, nullable=False),
        sa.Column("reason", WORD, nullable=False),
        sa.Column("asked_by", WORD, nullable=False),
        sa.Column("asked_at_ms", NUMBER, nullable=False),
        sa.Column("status", WORD, server_default=sa.text("'waiting'"), nullable=False),
        sa.Column("decided_by", WORD, server_default=sa.text("('')"), nullable=False),
        sa.Column("decided_at_ms", NUMBER, nullable=True),
        sa.CheckConstraint("status IN ('waiting', 'agreed', 'refused')", name="ck_requests_status"),
        sa.PrimaryKeyConstraint("request_id", name="pk_requests"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_requests_status_asked_at_ms", "requests", ["status", "asked_at_ms"], unique=False)
    op.create_table(
        "rule_drafts",
        sa.Column("place", WORD, autoincrement=False, nullable=False),
        sa.Column("revision", NUMBER, nullable=False),
        sa.Column("document", WORD, nullable=False),
        sa.Column("author", WORD, nullable=False),
        sa.Column("changed_at_ms", NUMBER, nullable=False),
        sa.Column("changes", WORD, server_default=sa.text("'[]'"), nullable=False),
        sa.PrimaryKeyConstraint("place", name="pk_rule_drafts"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "till_checks",
        sa.Column("till_id", Id(), autoincrement=False, nullable=False),
        sa.Column("checked_at_ms", NUMBER, nullable=False),
        sa.Column("through_seq", NUMBER, nullable=False),
        sa.Column("faults", NUMBER, server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("till_id", name="pk_till_checks"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "till_days",
        sa.Column("business_date", WORD, autoincrement=False, nullable=False),
        sa.Column("till_id", Id(), autoincrement=False, nullable=False),
        sa.Column("sales", NUMBER, server_default=sa.text("0"), nullable=False),
        sa.Column("sales_fen", NUMBER, server_default=sa.text("0"), nullable=False),
        sa.Column("member_sales", NUMBER, server_default=sa.text("0"), nullable=False),
        sa.Column("member_sales_fen", NUMBER, server_default=sa.text("0"), nullable=False),
        sa.Column("refunds", NUMBER, server_default=sa.text("0"), nullable=False),
        sa.Column("refunds_fen", NUMBER, server_default=sa.text("0"), nullable=False),
        sa.Column("top_ups_fen", NUMBER, server_default=sa.text("0"), nullable=False),
        sa.Column("registered", NUMBER, server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("business_date", "till_id", name="pk_till_days"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "uploads",
        sa.Column("upload_id", Id(), autoincrement=False, nullable=False),
        sa.Column("kind", WORD, nullable=False),
        sa.Column("name", WORD, nullable=False),
        sa.Column("content", BYTES, nullable=False),
        sa.Column("who", WORD, nullable=False),
        sa.Column("at_ms", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("upload_id", name="pk_uploads"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )


def _guard_audit_log() -> None:
    if op.get_context().dialect.name == "postgresql":
        op.execute(_REFUSE_ON_POSTGRESQL)
        op.execute(_TRIGGER_ON_POSTGRESQL)
        return
    for action in ("update", "delete"):
        op.execute(_REFUSE_ON_SQLITE.format(action=action))
