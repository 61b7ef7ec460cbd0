"""What the console keeps besides what HQ publishes: indexes to find members, drafts, requests, background work.

For `office` alone, like `tables`. Nothing here is a fact: all of it may be lost and only work is lost with it, except
requests (who asked for what, and who agreed) and the notes on exceptions.
"""

from sqlalchemy import CheckConstraint, Index

from hq_sync_server.records.columns import BYTES, NUMBER, WORD, Id, key, may, must, table

# Words by which a member is found: two letters of the name in a row, its pinyin initials, the last four digits. The
# same on both databases, which no full-text index is.
member_terms = table("member_terms", key("term", WORD), key("member_id", Id), Index(None, "member_id"))

# One draft a place of the tree. `revision` grows by each change: whoever saves names the one they read.
rule_drafts = table(
    "rule_drafts",
    key("place", WORD),  # hq, region:<hex>, store:<hex>
    must("revision", NUMBER),
    must("document", WORD),
    must("author", WORD),
    must("changed_at_ms", NUMBER),
    must("changes", WORD, "'[]'"),  # JSON: who changed what since the draft was begun
)

# What one person asked for and another must agree to.
requests = table(
    "requests",
    key("request_id", Id),
    must("kind", WORD),
    may("subject", Id),
    must("document", WORD),
    must("reason", WORD),
    must("asked_by", WORD),
    must("asked_at_ms", NUMBER),
    must("status", WORD, "'waiting'"),
    must("decided_by", WORD, "''"),
    may("decided_at_ms", NUMBER),
    CheckConstraint("status IN ('waiting', 'agreed', 'refused')", name="status"),
    Index(None, "status", "asked_at_ms"),
)

exception_notes = table(
    "exception_notes",
    key("exception_id", Id),
    key("note_id", Id),
    must("at_ms", NUMBER),
    must("who", WORD),
    must("text", WORD),
)

# What was done about an exception with one press: a booking of HQ's, a request that somebody else must agree to, or a
# deed. `undone_at_ms`: it was taken back.
exception_remedies = table(
    "exception_remedies",
    key("exception_id", Id),
    key("remedy_id", Id),
    must("name", WORD),
    must("amount_fen", NUMBER, "0"),
    may("store_id", Id),
    may("request_id", Id),
    must("who", WORD),
    must("at_ms", NUMBER),
    must("undone_by", WORD, "''"),
    may("undone_at_ms", NUMBER),
    may("reverses", Id),  # the remedy that it is to take back, when somebody else agrees
)

# Long work: told in words how far it is, so that it can be left and found again.
background_jobs = table(
    "background_jobs",
    key("job_id", Id),
    must("kind", WORD),
    must("who", WORD),
    must("status", WORD),
    must("done", NUMBER, "0"),
    must("total", NUMBER, "0"),
    must("told", WORD, "'{}'"),  # JSON: what was asked for
    must("result", WORD, "'{}'"),  # JSON: what came of it
    must("begun_at_ms", NUMBER),
    may("ended_at_ms", NUMBER),
    CheckConstraint("status IN ('running', 'done', 'failed', 'stopped')", name="status"),
    Index(None, "begun_at_ms"),
)

# A file somebody brought, until it was imported or a day has passed.
uploads = table(
    "uploads",
    key("upload_id", Id),
    must("kind", WORD),
    must("name", WORD),
    must("content", BYTES),
    must("who", WORD),
    must("at_ms", NUMBER),
)

# Alerts as the watch saw them last: one row a thing that can be wrong. `over_at_ms`: it is in order again; `closed_*`:
# somebody has seen it and it is shown no more until it was over once.
alerts = table(
    "alerts",
    key("alert_key", WORD),
    may("store_id", Id),  # empty: the chain's
    must("code", WORD),
    must("raised_at_ms", NUMBER),
    may("over_at_ms", NUMBER),
    must("closed_by", WORD, "''"),
    may("closed_at_ms", NUMBER),
)

# What the last walk over a till's chain found.
till_checks = table(
    "till_checks",
    key("till_id", Id),
    must("checked_at_ms", NUMBER),
    must("through_seq", NUMBER),
    must("faults", NUMBER, "0"),
)

# What each till sold on each business date. Only a till's own batch writes its rows, so nobody waits for anybody.
till_days = table(
    "till_days",
    key("business_date", WORD),
    key("till_id", Id),
    must("sales", NUMBER, "0"),
    must("sales_fen", NUMBER, "0"),
    must("member_sales", NUMBER, "0"),
    must("member_sales_fen", NUMBER, "0"),
    must("refunds", NUMBER, "0"),
    must("refunds_fen", NUMBER, "0"),
    must("top_ups_fen", NUMBER, "0"),
    must("registered", NUMBER, "0"),
)
