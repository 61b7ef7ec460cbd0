"""What HQ publishes and what its people work with. For `office` alone, like `tables`."""

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, text

from hq_sync_server.records.columns import BYTES, FLAG, NUMBER, WORD, Id, key, may, must, table

# --- what HQ publishes ------------------------------------------------------------------------------------------------

goods = table(
    "goods", key("goods_id", WORD), must("row", BYTES), must("changed_at_ms", NUMBER)
)  # row: msgpack of catalog.GoodsRow

goods_prices = table(
    "goods_prices", key("store_id", Id), key("goods_id", WORD), must("amount_fen", NUMBER), must("per_milli", NUMBER)
)

staff = table("staff", key("staff_id", WORD), must("row", BYTES))  # row: msgpack of catalog.StaffRow

grid_pages = table("grid_pages", key("page_id", WORD), must("store_id", Id), must("row", BYTES))

# Effective rules of one store, kept for ever by hash.
rules = table(
    "rules",
    key("rule_hash", WORD),
    must("store_id", Id),
    must("version", NUMBER),
    must("effective_from", WORD),
    must("encoded", BYTES),
    must("author", WORD, "''"),
    must("published_at_ms", NUMBER),
    Index(None, "store_id", "effective_from"),
    keyed=False,
)

# What people wrote at one place of the tree HQ -> region -> store.
rule_configs = table(
    "rule_configs",
    key("config_id", Id),
    must("level", WORD),
    may("place_id", Id),
    must("version", NUMBER),
    must("document", WORD),
    must("author", WORD, "''"),
    must("effective_from", WORD),
    must("published_at_ms", NUMBER),
    CheckConstraint("level IN ('hq', 'region', 'store')", name="level"),
)

coupon_templates = table("coupon_templates", key("template_id", WORD), must("document", WORD))

feed = table(
    "feed",
    key("kind", WORD),
    key("object_key", WORD),
    may("store_id", Id),  # empty: for every till
    must("version_epoch", NUMBER),
    must("version", NUMBER),
    must("deleted", FLAG, "false"),
    must("payload", BYTES),
    may("position", NUMBER),  # empty: changed, and the sequencer has not placed it yet
    Index("ix_feed_position", "position"),
    Index(
        "ix_feed_waiting",
        "kind",
        "object_key",
        sqlite_where=text("position IS NULL"),
        postgresql_where=text("position IS NULL"),
    ),
    keyed=False,
)

# Counters that only one transaction at a time may take from: entry ids (SQLite), feed positions, HQ's own head.
counters = table("counters", key("name", WORD), must("value", NUMBER))

# --- people at HQ, exceptions, jobs -----------------------------------------------------------------------------------

exceptions = table(
    "exceptions",
    key("exception_id", Id),
    must("code", WORD),
    may("till_id", Id),
    must("epoch", NUMBER, "0"),
    must("seq", NUMBER, "0"),
    may("entry_id", NUMBER),
    may("subject", Id),
    must("amount", NUMBER, "0"),
    must("unit", WORD, "''"),
    must("told", WORD, "'{}'"),  # JSON of what else to say
    must("status", WORD, "'open'"),
    must("raised_at_ms", NUMBER),
    may("closed_at_ms", NUMBER),
    must("closed_by", WORD, "''"),
    must("assigned_to", WORD, "''"),
    must("remedy", WORD, "''"),  # what was done about it, by its name
    CheckConstraint("status IN ('open', 'closed')", name="status"),
    Index(None, "status", "raised_at_ms"),
)

accounts = table(
    "accounts",
    key("account_id", Id),
    Column("login", WORD, nullable=False, unique=True),
    must("password_hash", WORD),
    must("role", WORD),
    Column("region_id", Id, ForeignKey("regions.region_id"), nullable=True),
    must("active", FLAG, "true"),
    must("failed_logins", NUMBER, "0"),
    must("locked_until_ms", NUMBER, "0"),
    Column("store_id", Id, ForeignKey("stores.store_id"), nullable=True),
    must("full_name", WORD, "''"),
    must("password_is_told", FLAG, "false"),  # by somebody: it opens nothing but the page where it is changed
    must("last_login_ms", NUMBER, "0"),
)

web_sessions = table(
    "web_sessions",
    key("token_hash", WORD),
    Column("account_id", Id, ForeignKey("accounts.account_id"), nullable=False),
    must("csrf_token", WORD),
    must("created_at_ms", NUMBER),
    must("expires_at_ms", NUMBER),
)

# Triggers refuse to change or delete a line (`records.migrations.console_steps`).
audit_log = table(
    "audit_log",
    key("audit_id", Id),
    must("at_ms", NUMBER),
    must("who", WORD),
    must("action", WORD),
    must("told", WORD, "'{}'"),  # JSON: before and after
    must("object", WORD, "''"),  # what it is about: member:<hex>, store:<hex>, till:<hex>, rules:<place> ...
    may("region_id", Id),  # whose region it is, where it is one's
    Index("ix_audit_log_at", "at_ms"),
    Index("ix_audit_log_object", "object", "at_ms"),
)

jobs = table("jobs", key("job", WORD), key("period", WORD), must("done_at_ms", NUMBER))

imports = table(
    "imports",
    key("import_id", Id),
    must("kind", WORD),
    must("source_name", WORD, "''"),
    must("source_digest", WORD),
    must("rows_taken", NUMBER),
    must("control_total", WORD, "'{}'"),
    must("at_ms", NUMBER),
)
