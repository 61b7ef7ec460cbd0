"""What HQ keeps. For `office` alone; nobody else sees tables.

One word per thing, as in PROTOCOL: a till's entries are kept for ever as they came, everything else can be computed
from them and from HQ's own entries (till id 0). Whoever changes anything of a member first locks the member's row, in
the order of ids: that one lock covers its lots, holders, marks, coupons and feed row.
"""

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Sequence, text

from hq_sync_server.records.columns import BYTES, FLAG, NUMBER, WORD, Id, key, may, metadata, must, table

# --- the chain: settings, organisation, tills -------------------------------------------------------------------------

chain_settings = table("chain_settings", key("name", WORD), must("value", WORD))

regions = table("regions", key("region_id", Id), must("code", WORD), must("name", WORD))

stores = table(
    "stores",
    key("store_id", Id),
    Column("code", WORD, nullable=False, unique=True),
    must("name", WORD),
    Column("region_id", Id, ForeignKey("regions.region_id"), nullable=True),
    must("row", BYTES),  # msgpack of catalog.StoreRow, as published
)

tills = table(
    "tills",
    key("till_id", Id),
    Column("store_id", Id, ForeignKey("stores.store_id"), nullable=False),
    must("number", NUMBER),
    must("name", WORD, "''"),
    must("public_key", BYTES),
    must("epoch", NUMBER, "1"),  # the newest, the only one that is open
    must("status", WORD, "'active'"),
    must("certificate", BYTES),
    must("enrolled_at_ms", NUMBER),
    CheckConstraint("status IN ('active', 'revoked', 'written_off')", name="status"),
    Index(None, "store_id", "number", unique=True),
)

# Every key a till ever had: a re-enrolled till keeps its id, and old batches stay checkable.
till_keys = table(
    "till_keys",
    key("till_id", Id),
    key("from_epoch", NUMBER),
    must("public_key", BYTES),
    must("valid_from_ms", NUMBER),
    may("revoked_at_ms", NUMBER),
)

enrolment_codes = table(
    "enrolment_codes",
    key("code_hash", WORD),  # SHA-256 hex of the code: a stolen database enrols nobody
    Column("store_id", Id, ForeignKey("stores.store_id"), nullable=False),
    must("till_name", WORD, "''"),
    must("created_at_ms", NUMBER),
    must("expires_at_ms", NUMBER),
    may("used_at_ms", NUMBER),
    may("till_id", Id),
    may("again_till_id", Id),  # a till that is enrolled again keeps its id
    must("disk_gone", FLAG, "false"),  # ...and whoever gave the code declares what it held before gone
    must("issued_by", WORD, "''"),
)

# --- what tills said: entries, attachments, batches -------------------------------------------------------------------

entry_ids = Sequence("entry_ids", metadata=metadata)  # PostgreSQL only; SQLite counts in `counters`

entries = table(
    "entries",
    key("entry_id", NUMBER),  # order of arrival, HQ's own facts among them
    must("till_id", Id),  # 0 for HQ
    must("epoch", NUMBER),
    may("seq", NUMBER),  # of HQ's own facts: empty until the sequencer has linked them
    may("prev_hash", BYTES),
    may("entry_hash", BYTES),
    must("entry_type", WORD),
    must("type_version", NUMBER),
    must("body", BYTES),
    may("business_id", Id),
    must("business_date", WORD, "''"),
    may("member_id", Id),  # whom it is about first, for a member's timeline
    must("received_at_ms", NUMBER),
    must("verdict", WORD, "'ok'"),
    must("verdict_codes", WORD, "''"),  # names of exceptions, or why it is parked
    # Whether its effects were taken. A branch brings facts twice; the first taken counts.
    must("counts", FLAG),
    may("refers_to", Id),  # the sale a refund is of, the order that is ended
    CheckConstraint("verdict IN ('ok', 'exception', 'parked')", name="verdict"),
    CheckConstraint("(seq IS NULL) = (entry_hash IS NULL)", name="linked"),
    Index("uq_entries_place", "till_id", "epoch", "seq", "entry_hash", unique=True),
    Index(
        "uq_entries_business_id",
        "business_id",
        unique=True,
        sqlite_where=text("counts"),
        postgresql_where=text("counts"),
    ),
    # A member's timeline, and a day's figures.
    Index(
        "ix_entries_member",
        "member_id",
        "entry_id",
        sqlite_where=text("member_id IS NOT NULL"),
        postgresql_where=text("member_id IS NOT NULL"),
    ),
    Index("ix_entries_day", "business_date", "till_id"),
    Index(
        "ix_entries_reference",
        "refers_to",
        sqlite_where=text("refers_to IS NOT NULL"),
        postgresql_where=text("refers_to IS NOT NULL"),
    ),
    Index("ix_entries_unlinked", "entry_id", sqlite_where=text("seq IS NULL"), postgresql_where=text("seq IS NULL")),
    keyed=False,
)

postings = table(
    "postings",
    key("entry_id", NUMBER),
    key("ordinal", NUMBER),
    must("account", WORD),
    must("unit", WORD),
    must("amount", NUMBER),
    may("subject", Id),
    must("lot", WORD, "''"),
)

attachments = table(
    "attachments",
    key("attachment_hash", WORD),
    must("entry_id", NUMBER),
    must("kind", WORD),
    may("salt", BYTES),  # salt and content are empty once deleted: absence is a state
    may("content", BYTES),
    may("subject", Id),
    keyed=False,
)

batches = table(
    "batches",
    key("till_id", Id),
    key("epoch", NUMBER),
    key("last_seq", NUMBER),
    key("head_hash", BYTES),
    must("first_seq", NUMBER),
    must("signature", BYTES),
    must("received_at_ms", NUMBER),
)

parked = table(
    "parked",
    key("entry_id", NUMBER),
    must("reason", WORD),  # unknown_type, unknown_version, malformed_body, code_failed ...
    must("parked_at_ms", NUMBER),
    may("taken_at_ms", NUMBER),
)

heads = table(
    "heads",
    key("till_id", Id),
    key("epoch", NUMBER),
    must("seq", NUMBER, "0"),
    must("head_hash", BYTES),
    must("genesis_hash", BYTES),
    must("status", WORD, "'open'"),
    must("sealed_at_ms", NUMBER, "0"),
    must("sealed_by", WORD, "''"),
    must("sealed_reason", WORD, "''"),
    CheckConstraint("status IN ('open', 'sealed')", name="status"),
)

# What came under a revoked key, as it came: nothing of it counts until somebody at HQ accepts it.
kept_batches = table(
    "kept_batches",
    key("till_id", Id),
    key("digest", BYTES),  # of its last hash and first seq
    must("epoch", NUMBER),
    must("first_seq", NUMBER),
    must("last_seq", NUMBER),
    must("request", BYTES),  # msgpack of sync.EntriesRequest
    must("public_key", BYTES),
    must("received_at_ms", NUMBER),
    may("accepted_at_ms", NUMBER),
    must("accepted_by", WORD, "''"),
)

lanes = table(
    "lanes",
    key("till_id", Id),
    must("last_number", NUMBER, "0"),
    may("last_digest", BYTES),
    may("last_answer", BYTES),
    # The last grant (msgpack of office.grants.Given) is repeated until the till names it as adopted.
    must("grant_request", NUMBER, "0"),
    may("grant_given", BYTES),
    must("grant_adopted", FLAG, "true"),
    # The adoption the till named, until the entry that it named is here and was looked at.
    must("claimed_request", NUMBER, "0"),
    must("claimed_seq", NUMBER, "0"),
    may("trouble", WORD),  # clone, rollback, fork, ...: rights stay frozen until a new epoch is opened
    must("approved_by", WORD, "''"),  # who at HQ allowed the next copy of this till that speaks to open a new epoch
    # Of how many members it was lent rights that it asked for by name, in which hour.
    must("asked_hour", NUMBER, "0"),
    must("asked_members", NUMBER, "0"),
    must("last_seen_ms", NUMBER, "0"),
    must("clock_offset_ms", NUMBER, "0"),
    must("waiting_entries", NUMBER, "0"),
    must("waiting_fen", NUMBER, "0"),
    must("program_version", WORD, "''"),
    must("rule_hash", WORD, "''"),
    must("mirror_epoch", NUMBER, "0"),
    must("mirror_position", NUMBER, "0"),
    keyed=False,
)

# --- rights and tokens ------------------------------------------------------------------------------------------------

subject_lots = table(
    "subject_lots",
    key("subject", Id),
    key("lot", WORD),
    must("credited", NUMBER, "0"),  # C
    must("debited", NUMBER, "0"),  # D
    must("free", NUMBER, "0"),  # F = C - D - sum G + sum (R + W)
    must("recovering", FLAG, "false"),
    must("exposed", NUMBER, "0"),  # the part of C that the chain answers for and nobody has paid back
    CheckConstraint("free >= 0 OR recovering", name="no_overdraft"),
    CheckConstraint("credited >= 0 AND debited >= 0 AND exposed >= 0", name="only_grow"),
)

holders = table(
    "holders",
    key("subject", Id),
    key("lot", WORD),
    key("till_id", Id),
    key("epoch", NUMBER),
    must("granted", NUMBER, "0"),  # G
    must("credited", NUMBER, "0"),  # T
    must("risk", NUMBER, "0"),  # K
    must("spent", NUMBER, "0"),  # S
    must("released", NUMBER, "0"),  # R
    must("taken_back", NUMBER, "0"),  # W
    must("loss", NUMBER, "0"),  # L
    CheckConstraint("granted + credited + risk + loss - spent - released - taken_back >= 0", name="outside"),
    Index(None, "till_id"),  # what one till holds; no counter is in it, so that counting stays cheap
)

tokens = table(
    "tokens",
    key("token", Id),
    must("kind", WORD),
    may("subject", Id),
    must("template_id", WORD, "''"),
    may("terms", BYTES),  # msgpack of sales.CouponTerms
    may("owner_till_id", Id),  # empty: HQ
    must("owner_epoch", NUMBER, "0"),
    must("version", NUMBER, "0"),
    may("spent_entry_id", NUMBER),
    must("withdrawn", FLAG, "false"),
    may("home_store_id", Id),  # a printed coupon's store: at version 0 it is whose that store's home token is
    CheckConstraint("kind IN ('coupon', 'home', 'refund_right', 'order')", name="kind"),
    Index("ix_tokens_subject", "subject"),
)

# Which till should have a store's home token (empty: whichever asks first).
home_tills = table("home_tills", key("store_id", Id), may("wanted_till_id", Id))

# Tokens somebody waits for while another till has them: told to the owner at its next hello.
token_recalls = table(
    "token_recalls",
    key("token", Id),
    must("kind", WORD),
    may("subject", Id),
    must("owner_till_id", Id),
    must("wanted_by_till_id", Id),
    must("asked_at_ms", NUMBER),
    Index("ix_token_recalls_owner", "owner_till_id"),
)

# Tills that should say hello soon; their next hello takes it off.
nudges = table("nudges", key("till_id", Id), must("at_ms", NUMBER))

# Refund rights of all sales of an epoch up to a seq, given back by their till in one row.
refund_ranges = table("refund_ranges", key("till_id", Id), key("epoch", NUMBER), must("through_seq", NUMBER))

# After a restore: which till has reported its counters under the new HQ epoch, or was excused and by whom.
recoveries = table(
    "recoveries",
    key("hq_epoch", NUMBER),
    key("till_id", Id),
    may("reported_at_ms", NUMBER),
    must("excused_by", WORD, "''"),
    may("excused_at_ms", NUMBER),
)

# --- members ----------------------------------------------------------------------------------------------------------

members = table(
    "members",
    key("member_id", Id),
    must("canonical_id", Id),
    must("status", WORD, "'provisional'"),
    must("profile", BYTES),  # msgpack of office.members.Profile
    may("phone_lookup", WORD),
    may("phone_sealed", BYTES),  # the full number under HQ's own storage key
    must("points_debt", NUMBER, "0"),
    must("bonus_debt_fen", NUMBER, "0"),
    must("visits", NUMBER, "0"),
    must("last_visit_date", WORD, "''"),
    may("last_store_id", Id),
    must("registered_at_ms", NUMBER, "0"),
    may("home_store_id", Id),  # as in the profile: whose region they are
    CheckConstraint("status IN ('active', 'provisional', 'frozen', 'merged', 'forgotten')", name="status"),
    Index("ix_members_canonical", "canonical_id"),
    Index("ix_members_phone", "phone_lookup"),
    Index("ix_members_registered", "registered_at_ms", "member_id"),
    # To count those of some stores without reading whole rows.
    Index("ix_members_home", "home_store_id", "canonical_id", "member_id"),
    Index("ix_members_last_store", "last_store_id", "home_store_id", "canonical_id", "member_id"),
)

member_cards = table("member_cards", key("card_code", WORD), must("member_id", Id), Index(None, "member_id"))

# Whose number it is: the one canonical member of a phone (key: HMAC of the full number under the chain's key).
phones = table("phones", key("phone_lookup", WORD), must("member_id", Id), Index(None, "member_id"))

member_lots = table(
    "member_lots",
    key("member_id", Id),
    key("lot", WORD),
    must("balance", NUMBER),  # B: minus the sum of the postings
)

member_marks = table(
    "member_marks", key("member_id", Id), key("till_id", Id), must("epoch", NUMBER), must("seq", NUMBER)
)

# Of two branches of a till each may have had one parked at the same place.
member_holes = table(
    "member_holes",
    key("member_id", Id),
    key("till_id", Id),
    key("epoch", NUMBER),
    key("seq", NUMBER),
    key("entry_hash", BYTES),
)

# Spend by month, for rolling sums.
member_spend = table("member_spend", key("member_id", Id), key("month", WORD), must("spend_fen", NUMBER))

# What was published as somebody's tier: a sale quoted with an older one is stale, with one never given wrong.
member_tiers = table("member_tiers", key("member_id", Id), key("tier", WORD), must("since_ms", NUMBER))
