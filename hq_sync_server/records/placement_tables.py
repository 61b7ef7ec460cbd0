"""What HQ keeps of rights placed ahead of an outage, and of money lent above rights. For `office` alone, like `tables`.

Of each member: where she shops and what she usually spends there, what each till should hold of her lots, and what it
was told. All of it is covered by the member's lock, and nothing of it is a fact: it follows from the entries, and what
a lost row costs is a placement. Only `risks` counts: it is the sum of the postings on the account `risk`.
"""

from sqlalchemy import Index, text

from hq_sync_server.records.columns import FLAG, NUMBER, WORD, Id, key, may, must, table

habits = table(
    "habits",
    key("member_id", Id),
    key("till_id", Id),
    must("store_id", Id),
    must("visits", NUMBER, "0"),  # counted up to a figure, so that a new habit wins in the end
    must("usual_fen", NUMBER, "0"),  # of stored value in a visit, where some was spent
    must("usual_points", NUMBER, "0"),
    must("last_date", WORD, "''"),
)

placements = table(
    "placements",
    key("member_id", Id),
    key("lot", WORD),
    key("till_id", Id),
    must("amount", NUMBER, "0"),  # what this till should hold
    must("held", NUMBER, "0"),  # what of it the till held when HQ last looked
    must("told", NUMBER, "0"),  # the target the till was told last
    must("recalled_until_ms", NUMBER, "0"),  # somebody else needs it: the target is 0 until then
    may("recalled_for", Id),  # the till that asked
    must("due", FLAG, "false"),  # the till is to be told or given something
    Index(
        "ix_placements_due",
        "till_id",
        "member_id",
        sqlite_where=text("due"),
        postgresql_where=text("due"),
    ),
)

# Money lent above rights in a sale and not settled yet; the lot is named by the sale.
risks = table(
    "risks",
    key("member_id", Id),
    key("lot", WORD),
    must("till_id", Id),
    must("open_fen", NUMBER),
    must("taken_date", WORD),
    Index(None, "taken_date"),
)
