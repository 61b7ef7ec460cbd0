"""The first release: every table of PROTOCOL, used already or not.

Revision ID: 0001
"""

import sqlalchemy as sa
from alembic import op

from hq_sync_server.records.columns import BYTES, FLAG, NUMBER, WORD, Id
from hq_sync_server.records.migrations import console_steps, placement_steps, service_steps

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_context().dialect.name == "postgresql":
        op.execute("CREATE SEQUENCE entry_ids")
    op.create_table(
        "attachments",
        sa.Column("attachment_hash", WORD, autoincrement=False, nullable=False),
        sa.Column("entry_id", NUMBER, nullable=False),
        sa.Column("kind", WORD, nullable=False),
        sa.Column("salt", BYTES, nullable=True),
        sa.Column("content", BYTES, nullable=True),
        sa.Column("subject", Id(), nullable=True),
        sa.PrimaryKeyConstraint("attachment_hash", name="pk_attachments"),
        sqlite_strict=True,
        sqlite_with_rowid=True,
    )
    op.create_table(
        "audit_log",
        sa.Column("audit_id", Id(), autoincrement=False, nullable=False),
        sa.Column("at_ms", NUMBER, nullable=False),
        sa.Column("who", WORD, nullable=False),
        sa.Column("action", WORD, nullable=False),
        sa.Column("told", WORD, server_default=sa.text("'{}'"), nullable=False),
        sa.Column("object", WORD, server_default=sa.text("('')"), nullable=False),
        sa.Column("region_id", Id(), nullable=True),
        sa.PrimaryKeyConstraint("audit_id", name="pk_audit_log"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_audit_log_at", "audit_log", ["at_ms"], unique=False)
    op.create_index("ix_audit_log_object", "audit_log", ["object", "at_ms"], unique=False)
    op.create_table(
        "batches",
        sa.Column("till_id", Id(), autoincrement=False, nullable=False),
        sa.Column("epoch", NUMBER, autoincrement=False, nullable=False),
        sa.Column("last_seq", NUMBER, autoincrement=False, nullable=False),
        sa.Column("head_hash", BYTES, autoincrement=False, nullable=False),
        sa.Column("first_seq", NUMBER, nullable=False),
        sa.Column("signature", BYTES, nullable=False),
        sa.Column("received_at_ms", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("till_id", "epoch", "last_seq", "head_hash", name="pk_batches"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "chain_settings",
        sa.Column("name", WORD, autoincrement=False, nullable=False),
        sa.Column("value", WORD, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_chain_settings"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "counters",
        sa.Column("name", WORD, autoincrement=False, nullable=False),
        sa.Column("value", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_counters"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "coupon_templates",
        sa.Column("template_id", WORD, autoincrement=False, nullable=False),
        sa.Column("document", WORD, nullable=False),
        sa.PrimaryKeyConstraint("template_id", name="pk_coupon_templates"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "entries",
        sa.Column("entry_id", NUMBER, autoincrement=False, nullable=False),
        sa.Column("till_id", Id(), nullable=False),
        sa.Column("epoch", NUMBER, nullable=False),
        sa.Column("seq", NUMBER, nullable=True),
        sa.Column("prev_hash", BYTES, nullable=True),
        sa.Column("entry_hash", BYTES, nullable=True),
        sa.Column("entry_type", WORD, nullable=False),
        sa.Column("type_version", NUMBER, nullable=False),
        sa.Column("body", BYTES, nullable=False),
        sa.Column("business_id", Id(), nullable=True),
        sa.Column("business_date", WORD, server_default=sa.text("('')"), nullable=False),
        sa.Column("member_id", Id(), nullable=True),
        sa.Column("received_at_ms", NUMBER, nullable=False),
        sa.Column("verdict", WORD, server_default=sa.text("'ok'"), nullable=False),
        sa.Column("verdict_codes", WORD, server_default=sa.text("('')"), nullable=False),
        sa.Column("counts", FLAG, nullable=False),
        sa.Column("refers_to", Id(), nullable=True),
        sa.CheckConstraint("verdict IN ('ok', 'exception', 'parked')", name="ck_entries_verdict"),
        sa.CheckConstraint("(seq IS NULL) = (entry_hash IS NULL)", name="ck_entries_linked"),
        sa.PrimaryKeyConstraint("entry_id", name="pk_entries"),
        sqlite_strict=True,
        sqlite_with_rowid=True,
    )
    op.create_index(
        "ix_entries_member",
        "entries",
        ["member_id", "entry_id"],
        unique=False,
        sqlite_where=sa.text("member_id IS NOT NULL"),
        postgresql_where=sa.text("member_id IS NOT NULL"),
    )
    op.create_index("ix_entries_day", "entries", ["business_date", "till_id"], unique=False)
    op.create_index(
        "ix_entries_reference",
        "entries",
        ["refers_to"],
        unique=False,
        sqlite_where=sa.text("refers_to IS NOT NULL"),
        postgresql_where=sa.text("refers_to IS NOT NULL"),
    )
    op.create_index(
        "ix_entries_unlinked",
        "entries",
        ["entry_id"],
        unique=False,
        sqlite_where=sa.text("seq IS NULL"),
        postgresql_where=sa.text("seq IS NULL"),
    )
    op.create_index(
        "uq_entries_business_id",
        "entries",
        ["business_id"],
        unique=True,
        sqlite_where=sa.text("counts"),
        postgresql_where=sa.text("counts"),
    )
    op.create_index("uq_entries_place", "entries", ["till_id", "epoch", "seq", "entry_hash"], unique=True)
    op.create_table(
        "exceptions",
        sa.Column("exception_id", Id(), autoincrement=False, nullable=False),
        sa.Column("code", WORD, nullable=False),
        sa.Column("till_id", Id(), nullable=True),
        sa.Column("epoch", NUMBER, server_default=sa.text("0"), nullable=False),
        sa.Column("seq", NUMBER, server_default=sa.text("0"), nullable=False),
        sa.Column("entry_id", NUMBER, nullable=True),
        sa.Column("subject", Id(), nullable=True),
        sa.Column("amount", NUMBER, server_default=sa.text("0"), nullable=False),
        sa.Column("unit", WORD, server_default=sa.text("('')"), nullable=False),
        sa.Column("told", WORD, server_default=sa.text("'{}'"), nullable=False),
        sa.Column("status", WORD, server_default=sa.text("'open'"), nullable=False),
        sa.Column("raised_at_ms", NUMBER, nullable=False),
        sa.Column("closed_at_ms", NUMBER, nullable=True),
        sa.Column("closed_by", WORD, server_default=sa.text("('')"), nullable=False),
        sa.Column("assigned_to", WORD, server_default=sa.text("('')"), nullable=False),
        sa.Column("remedy", WORD, server_default=sa.text("('')"), nullable=False),
        sa.CheckConstraint("status IN ('open', 'closed')", name="ck_exceptions_status"),
        sa.PrimaryKeyConstraint("exception_id", name="pk_exceptions"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_exceptions_status_raised_at_ms", "exceptions", ["status", "raised_at_ms"], unique=False)
    op.create_table(
        "feed",
        sa.Column("kind", WORD, autoincrement=False, nullable=False),
        sa.Column("object_key", WORD, autoincrement=False, nullable=False),
        sa.Column("store_id", Id(), nullable=True),
        sa.Column("version_epoch", NUMBER, nullable=False),
        sa.Column("version", NUMBER, nullable=False),
        sa.Column("deleted", FLAG, server_default=sa.text("(false)"), nullable=False),
        sa.Column("payload", BYTES, nullable=False),
        sa.Column("position", NUMBER, nullable=True),
        sa.PrimaryKeyConstraint("kind", "object_key", name="pk_feed"),
        sqlite_strict=True,
        sqlite_with_rowid=True,
    )
    op.create_index("ix_feed_position", "feed", ["position"], unique=False)
    op.create_index(
        "ix_feed_waiting",
        "feed",
        ["kind", "object_key"],
        unique=False,
        sqlite_where=sa.text("position IS NULL"),
        postgresql_where=sa.text("position IS NULL"),
    )
    op.create_table(
        "goods",
        sa.Column("goods_id", WORD, autoincrement=False, nullable=False),
        sa.Column("row", BYTES, nullable=False),
        sa.Column("changed_at_ms", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("goods_id", name="pk_goods"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "goods_prices",
        sa.Column("store_id", Id(), autoincrement=False, nullable=False),
        sa.Column("goods_id", WORD, autoincrement=False, nullable=False),
        sa.Column("amount_fen", NUMBER, nullable=False),
        sa.Column("per_milli", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("store_id", "goods_id", name="pk_goods_prices"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "grid_pages",
        sa.Column("page_id", WORD, autoincrement=False, nullable=False),
        sa.Column("store_id", Id(), nullable=False),
        sa.Column("row", BYTES, nullable=False),
        sa.PrimaryKeyConstraint("page_id", name="pk_grid_pages"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "heads",
        sa.Column("till_id", Id(), autoincrement=False, nullable=False),
        sa.Column("epoch", NUMBER, autoincrement=False, nullable=False),
        sa.Column("seq", NUMBER, server_default=sa.text("0"), nullable=False),
        sa.Column("head_hash", BYTES, nullable=False),
        sa.Column("genesis_hash", BYTES, nullable=False),
        sa.Column("status", WORD, server_default=sa.text("'open'"), nullable=False),
        sa.Column("sealed_at_ms", NUMBER, server_default=sa.text("0"), nullable=False),
        sa.Column("sealed_by", WORD, server_default=sa.text("('')"), nullable=False),
        sa.Column("sealed_reason", WORD, server_default=sa.text("('')"), nullable=False),
        sa.CheckConstraint("status IN ('open', 'sealed')", name="ck_heads_status"),
        sa.PrimaryKeyConstraint("till_id", "epoch", name="pk_heads"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "kept_batches",
        sa.Column("till_id", Id(), autoincrement=False, nullable=False),
        sa.Column("digest", BYTES, autoincrement=False, nullable=False),
        sa.Column("epoch", NUMBER, nullable=False),
        sa.Column("first_seq", NUMBER, nullable=False),
        sa.Column("last_seq", NUMBER, nullable=False),
        sa.Column("request", BYTES, nullable=False),
        sa.Column("public_key", BYTES, nullable=False),
        sa.Column("received_at_ms", NUMBER, nullable=False),
        sa.Column("accepted_at_ms", NUMBER, nullable=True),
        sa.Column("accepted_by", WORD, server_default=sa.text("('')"), nullable=False),
        sa.PrimaryKeyConstraint("till_id", "digest", name="pk_kept_batches"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "holders",
        sa.Column("subject", Id(), autoincrement=False, nullable=False),
        sa.Column("lot", WORD, autoincrement=False, nullable=False),
        sa.Column("till_id", Id(), autoincrement=False, nullable=False),
        sa.Column("epoch", NUMBER, autoincrement=False, nullable=False),
        sa.Column("granted", NUMBER, server_default=sa.text("0"), nullable=False),
        sa.Column("credited", NUMBER, server_default=sa.text("0"), nullable=False),
        sa.Column("risk", NUMBER, server_default=sa.text("0"), nullable=False),
        sa.Column("spent", NUMBER, server_default=sa.text("0"), nullable=False),
        sa.Column("released", NUMBER, server_default=sa.text("0"), nullable=False),
        sa.Column("taken_back", NUMBER, server_default=sa.text("0"), nullable=False),
        sa.Column("loss", NUMBER, server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint(
            "granted + credited + risk + loss - spent - released - taken_back >= 0", name="ck_holders_outside"
        ),
        sa.PrimaryKeyConstraint("subject", "lot", "till_id", "epoch", name="pk_holders"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_holders_till_id", "holders", ["till_id"], unique=False)
    op.create_table(
        "imports",
        sa.Column("import_id", Id(), autoincrement=False, nullable=False),
        sa.Column("kind", WORD, nullable=False),
        sa.Column("source_name", WORD, server_default=sa.text("('')"), nullable=False),
        sa.Column("source_digest", WORD, nullable=False),
        sa.Column("rows_taken", NUMBER, nullable=False),
        sa.Column("control_total", WORD, server_default=sa.text("'{}'"), nullable=False),
        sa.Column("at_ms", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("import_id", name="pk_imports"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "jobs",
        sa.Column("job", WORD, autoincrement=False, nullable=False),
        sa.Column("period", WORD, autoincrement=False, nullable=False),
        sa.Column("done_at_ms", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("job", "period", name="pk_jobs"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "lanes",
        sa.Column("till_id", Id(), autoincrement=False, nullable=False),
        sa.Column("last_number", NUMBER, server_default=sa.text("0"), nullable=False),
        sa.Column("last_digest", BYTES, nullable=True),
        sa.Column("last_answer", BYTES, nullable=True),
        sa.Column("grant_request", NUMBER, server_default=sa.text("0"), nullable=False),
        sa.Column("grant_given", BYTES, nullable=True),
        sa.Column("grant_adopted", FLAG, server_default=sa.text("(true)"), nullable=False),
        sa.Column("claimed_request", NUMBER, server_default=sa.text("0"), nullable=False),
        sa.Column("claimed_seq", NUMBER, server_default=sa.text("0"), nullable=False),
        sa.Column("trouble", WORD, nullable=True),
        sa.Column("approved_by", WORD, server_default=sa.text("('')"), nullable=False),
        sa.Column("asked_hour", NUMBER, server_default=sa.text("0"), nullable=False),
        sa.Column("asked_members", NUMBER, server_default=sa.text("0"), nullable=False),
        sa.Column("last_seen_ms", NUMBER, server_default=sa.text("0"), nullable=False),
        sa.Column("clock_offset_ms", NUMBER, server_default=sa.text("0"), nullable=False),
        sa.Column("waiting_entries", NUMBER, server_default=sa.text("0"), nullable=False),
        sa.Column("waiting_fen", NUMBER, server_default=sa.text("0"), nullable=False),
        sa.Column("program_version", WORD, server_default=sa.text("('')"), nullable=False),
        sa.Column("rule_hash", WORD, server_default=sa.text("('')"), nullable=False),
        sa.Column("mirror_epoch", NUMBER, server_default=sa.text("0"), nullable=False),
        sa.Column("mirror_position", NUMBER, server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("till_id", name="pk_lanes"),
        sqlite_strict=True,
        sqlite_with_rowid=True,
    )
    op.create_table(
        "member_cards",
        sa.Column("card_code", WORD, autoincrement=False, nullable=False),
        sa.Column("member_id", Id(), nullable=False),
        sa.PrimaryKeyConstraint("card_code", name="pk_member_cards"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_member_cards_member_id", "member_cards", ["member_id"], unique=False)
    op.create_table(
        "member_holes",
        sa.Column("member_id", Id(), autoincrement=False, nullable=False),
        sa.Column("till_id", Id(), autoincrement=False, nullable=False),
        sa.Column("epoch", NUMBER, autoincrement=False, nullable=False),
        sa.Column("seq", NUMBER, autoincrement=False, nullable=False),
        sa.Column("entry_hash", BYTES, nullable=False),
        sa.PrimaryKeyConstraint("member_id", "till_id", "epoch", "seq", "entry_hash", name="pk_member_holes"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "member_lots",
        sa.Column("member_id", Id(), autoincrement=False, nullable=False),
        sa.Column("lot", WORD, autoincrement=False, nullable=False),
        sa.Column("balance", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("member_id", "lot", name="pk_member_lots"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "member_marks",
        sa.Column("member_id", Id(), autoincrement=False, nullable=False),
        sa.Column("till_id", Id(), autoincrement=False, nullable=False),
        sa.Column("epoch", NUMBER, nullable=False),
        sa.Column("seq", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("member_id", "till_id", name="pk_member_marks"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "member_spend",
        sa.Column("member_id", Id(), autoincrement=False, nullable=False),
        sa.Column("month", WORD, autoincrement=False, nullable=False),
        sa.Column("spend_fen", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("member_id", "month", name="pk_member_spend"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "member_tiers",
        sa.Column("member_id", Id(), autoincrement=False, nullable=False),
        sa.Column("tier", WORD, autoincrement=False, nullable=False),
        sa.Column("since_ms", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("member_id", "tier", name="pk_member_tiers"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "members",
        sa.Column("member_id", Id(), autoincrement=False, nullable=False),
        sa.Column("canonical_id", Id(), nullable=False),
        sa.Column("status", WORD, server_default=sa.text("'provisional'"), nullable=False),
        sa.Column("profile", BYTES, nullable=False),
        sa.Column("phone_lookup", WORD, nullable=True),
        sa.Column("phone_sealed", BYTES, nullable=True),
        sa.Column("points_debt", NUMBER, server_default=sa.text("0"), nullable=False),
        sa.Column("bonus_debt_fen", NUMBER, server_default=sa.text("0"), nullable=False),
        sa.Column("visits", NUMBER, server_default=sa.text("0"), nullable=False),
        sa.Column("last_visit_date", WORD, server_default=sa.text("('')"), nullable=False),
        sa.Column("last_store_id", Id(), nullable=True),
        sa.Column("registered_at_ms", NUMBER, server_default=sa.text("0"), nullable=False),
        sa.Column("home_store_id", Id(), nullable=True),
        sa.CheckConstraint(
            "status IN ('active', 'provisional', 'frozen', 'merged', 'forgotten')", name="ck_members_status"
        ),
        sa.PrimaryKeyConstraint("member_id", name="pk_members"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_members_canonical", "members", ["canonical_id"], unique=False)
    op.create_index("ix_members_phone", "members", ["phone_lookup"], unique=False)
    op.create_index("ix_members_registered", "members", ["registered_at_ms", "member_id"], unique=False)
    op.create_index("ix_members_home", "members", ["home_store_id", "canonical_id", "member_id"], unique=False)
    op.create_index(
        "ix_members_last_store",
        "members",
        ["last_store_id", "home_store_id", "canonical_id", "member_id"],
        unique=False,
    )
    op.create_table(
        "parked",
        sa.Column("entry_id", NUMBER, autoincrement=False, nullable=False),
        sa.Column("reason", WORD, nullable=False),
        sa.Column("parked_at_ms", NUMBER, nullable=False),
        sa.Column("taken_at_ms", NUMBER, nullable=True),
        sa.PrimaryKeyConstraint("entry_id", name="pk_parked"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "phones",
        sa.Column("phone_lookup", WORD, autoincrement=False, nullable=False),
        sa.Column("member_id", Id(), nullable=False),
        sa.PrimaryKeyConstraint("phone_lookup", name="pk_phones"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_phones_member_id", "phones", ["member_id"], unique=False)
    op.create_table(
        "postings",
        sa.Column("entry_id", NUMBER, autoincrement=False, nullable=False),
        sa.Column("ordinal", NUMBER, autoincrement=False, nullable=False),
        sa.Column("account", WORD, nullable=False),
        sa.Column("unit", WORD, nullable=False),
        sa.Column("amount", NUMBER, nullable=False),
        sa.Column("subject", Id(), nullable=True),
        sa.Column("lot", WORD, server_default=sa.text("('')"), nullable=False),
        sa.PrimaryKeyConstraint("entry_id", "ordinal", name="pk_postings"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "recoveries",
        sa.Column("hq_epoch", NUMBER, autoincrement=False, nullable=False),
        sa.Column("till_id", Id(), autoincrement=False, nullable=False),
        sa.Column("reported_at_ms", NUMBER, nullable=True),
        sa.Column("excused_by", WORD, server_default=sa.text("('')"), nullable=False),
        sa.Column("excused_at_ms", NUMBER, nullable=True),
        sa.PrimaryKeyConstraint("hq_epoch", "till_id", name="pk_recoveries"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "refund_ranges",
        sa.Column("till_id", Id(), autoincrement=False, nullable=False),
        sa.Column("epoch", NUMBER, autoincrement=False, nullable=False),
        sa.Column("through_seq", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("till_id", "epoch", name="pk_refund_ranges"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "regions",
        sa.Column("region_id", Id(), autoincrement=False, nullable=False),
        sa.Column("code", WORD, nullable=False),
        sa.Column("name", WORD, nullable=False),
        sa.PrimaryKeyConstraint("region_id", name="pk_regions"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "rule_configs",
        sa.Column("config_id", Id(), autoincrement=False, nullable=False),
        sa.Column("level", WORD, nullable=False),
        sa.Column("place_id", Id(), nullable=True),
        sa.Column("version", NUMBER, nullable=False),
        sa.Column("document", WORD, nullable=False),
        sa.Column("author", WORD, server_default=sa.text("('')"), nullable=False),
        sa.Column("effective_from", WORD, nullable=False),
        sa.Column("published_at_ms", NUMBER, nullable=False),
        sa.CheckConstraint("level IN ('hq', 'region', 'store')", name="ck_rule_configs_level"),
        sa.PrimaryKeyConstraint("config_id", name="pk_rule_configs"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "rules",
        sa.Column("rule_hash", WORD, autoincrement=False, nullable=False),
        sa.Column("store_id", Id(), nullable=False),
        sa.Column("version", NUMBER, nullable=False),
        sa.Column("effective_from", WORD, nullable=False),
        sa.Column("encoded", BYTES, nullable=False),
        sa.Column("author", WORD, server_default=sa.text("('')"), nullable=False),
        sa.Column("published_at_ms", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("rule_hash", name="pk_rules"),
        sqlite_strict=True,
        sqlite_with_rowid=True,
    )
    op.create_index("ix_rules_store_id_effective_from", "rules", ["store_id", "effective_from"], unique=False)
    op.create_table(
        "staff",
        sa.Column("staff_id", WORD, autoincrement=False, nullable=False),
        sa.Column("row", BYTES, nullable=False),
        sa.PrimaryKeyConstraint("staff_id", name="pk_staff"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "subject_lots",
        sa.Column("subject", Id(), autoincrement=False, nullable=False),
        sa.Column("lot", WORD, autoincrement=False, nullable=False),
        sa.Column("credited", NUMBER, server_default=sa.text("0"), nullable=False),
        sa.Column("debited", NUMBER, server_default=sa.text("0"), nullable=False),
        sa.Column("free", NUMBER, server_default=sa.text("0"), nullable=False),
        sa.Column("recovering", FLAG, server_default=sa.text("(false)"), nullable=False),
        sa.Column("exposed", NUMBER, server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint("credited >= 0 AND debited >= 0 AND exposed >= 0", name="ck_subject_lots_only_grow"),
        sa.CheckConstraint("free >= 0 OR recovering", name="ck_subject_lots_no_overdraft"),
        sa.PrimaryKeyConstraint("subject", "lot", name="pk_subject_lots"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "till_keys",
        sa.Column("till_id", Id(), autoincrement=False, nullable=False),
        sa.Column("from_epoch", NUMBER, autoincrement=False, nullable=False),
        sa.Column("public_key", BYTES, nullable=False),
        sa.Column("valid_from_ms", NUMBER, nullable=False),
        sa.Column("revoked_at_ms", NUMBER, nullable=True),
        sa.PrimaryKeyConstraint("till_id", "from_epoch", name="pk_till_keys"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "tokens",
        sa.Column("token", Id(), autoincrement=False, nullable=False),
        sa.Column("kind", WORD, nullable=False),
        sa.Column("subject", Id(), nullable=True),
        sa.Column("template_id", WORD, server_default=sa.text("('')"), nullable=False),
        sa.Column("terms", BYTES, nullable=True),
        sa.Column("owner_till_id", Id(), nullable=True),
        sa.Column("owner_epoch", NUMBER, server_default=sa.text("0"), nullable=False),
        sa.Column("version", NUMBER, server_default=sa.text("0"), nullable=False),
        sa.Column("spent_entry_id", NUMBER, nullable=True),
        sa.Column("withdrawn", FLAG, server_default=sa.text("(false)"), nullable=False),
        sa.Column("home_store_id", Id(), nullable=True),
        sa.CheckConstraint("kind IN ('coupon', 'home', 'refund_right', 'order')", name="ck_tokens_kind"),
        sa.PrimaryKeyConstraint("token", name="pk_tokens"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_tokens_subject", "tokens", ["subject"], unique=False)
    op.create_table(
        "home_tills",
        sa.Column("store_id", Id(), autoincrement=False, nullable=False),
        sa.Column("wanted_till_id", Id(), nullable=True),
        sa.PrimaryKeyConstraint("store_id", name="pk_home_tills"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "token_recalls",
        sa.Column("token", Id(), autoincrement=False, nullable=False),
        sa.Column("kind", WORD, nullable=False),
        sa.Column("subject", Id(), nullable=True),
        sa.Column("owner_till_id", Id(), nullable=False),
        sa.Column("wanted_by_till_id", Id(), nullable=False),
        sa.Column("asked_at_ms", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("token", name="pk_token_recalls"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_token_recalls_owner", "token_recalls", ["owner_till_id"], unique=False)
    op.create_table(
        "nudges",
        sa.Column("till_id", Id(), autoincrement=False, nullable=False),
        sa.Column("at_ms", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("till_id", name="pk_nudges"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "stores",
        sa.Column("store_id", Id(), autoincrement=False, nullable=False),
        sa.Column("code", WORD, nullable=False),
        sa.Column("name", WORD, nullable=False),
        sa.Column("region_id", Id(), nullable=True),
        sa.Column("row", BYTES, nullable=False),
        sa.ForeignKeyConstraint(["region_id"], ["regions.region_id"], name="fk_stores_region_id"),
        sa.PrimaryKeyConstraint("store_id", name="pk_stores"),
        sa.UniqueConstraint("code", name="uq_stores_code"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "accounts",
        sa.Column("account_id", Id(), autoincrement=False, nullable=False),
        sa.Column("login", WORD, nullable=False),
        sa.Column("password_hash", WORD, nullable=False),
        sa.Column("role", WORD, nullable=False),
        sa.Column("region_id", Id(), nullable=True),
        sa.Column("active", FLAG, server_default=sa.text("(true)"), nullable=False),
        sa.Column("failed_logins", NUMBER, server_default=sa.text("0"), nullable=False),
        sa.Column("locked_until_ms", NUMBER, server_default=sa.text("0"), nullable=False),
        sa.Column("store_id", Id(), nullable=True),
        sa.Column("full_name", WORD, server_default=sa.text("('')"), nullable=False),
        sa.Column("password_is_told", FLAG, server_default=sa.text("(false)"), nullable=False),
        sa.Column("last_login_ms", NUMBER, server_default=sa.text("0"), nullable=False),
        sa.ForeignKeyConstraint(["region_id"], ["regions.region_id"], name="fk_accounts_region_id"),
        sa.ForeignKeyConstraint(["store_id"], ["stores.store_id"], name="fk_accounts_store_id"),
        sa.PrimaryKeyConstraint("account_id", name="pk_accounts"),
        sa.UniqueConstraint("login", name="uq_accounts_login"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "enrolment_codes",
        sa.Column("code_hash", WORD, autoincrement=False, nullable=False),
        sa.Column("store_id", Id(), nullable=False),
        sa.Column("till_name", WORD, server_default=sa.text("('')"), nullable=False),
        sa.Column("created_at_ms", NUMBER, nullable=False),
        sa.Column("expires_at_ms", NUMBER, nullable=False),
        sa.Column("used_at_ms", NUMBER, nullable=True),
        sa.Column("till_id", Id(), nullable=True),
        sa.Column("again_till_id", Id(), nullable=True),
        sa.Column("disk_gone", FLAG, server_default=sa.text("(false)"), nullable=False),
        sa.Column("issued_by", WORD, server_default=sa.text("('')"), nullable=False),
        sa.ForeignKeyConstraint(["store_id"], ["stores.store_id"], name="fk_enrolment_codes_store_id"),
        sa.PrimaryKeyConstraint("code_hash", name="pk_enrolment_codes"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "tills",
        sa.Column("till_id", Id(), autoincrement=False, nullable=False),
        sa.Column("store_id", Id(), nullable=False),
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("name", WORD, server_default=sa.text("('')"), nullable=False),
        sa.Column("public_key", BYTES, nullable=False),
        sa.Column("epoch", NUMBER, server_default=sa.text("1"), nullable=False),
        sa.Column("status", WORD, server_default=sa.text("'active'"), nullable=False),
        sa.Column("certificate", BYTES, nullable=False),
        sa.Column("enrolled_at_ms", NUMBER, nullable=False),
        sa.CheckConstraint("status IN ('active', 'revoked', 'written_off')", name="ck_tills_status"),
        sa.ForeignKeyConstraint(["store_id"], ["stores.store_id"], name="fk_tills_store_id"),
        sa.PrimaryKeyConstraint("till_id", name="pk_tills"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_tills_store_id_number", "tills", ["store_id", "number"], unique=True)
    op.create_table(
        "web_sessions",
        sa.Column("token_hash", WORD, autoincrement=False, nullable=False),
        sa.Column("account_id", Id(), nullable=False),
        sa.Column("csrf_token", WORD, nullable=False),
        sa.Column("created_at_ms", NUMBER, nullable=False),
        sa.Column("expires_at_ms", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.account_id"], name="fk_web_sessions_account_id"),
        sa.PrimaryKeyConstraint("token_hash", name="pk_web_sessions"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    console_steps.create_tables()
    placement_steps.create_tables()
    service_steps.create_tables()
