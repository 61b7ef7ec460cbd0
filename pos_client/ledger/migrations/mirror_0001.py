"""Version 1 of mirror.db: what HQ said last, and the indexes that find members and goods in it.

`number` is a member's place in this file: indexes carry it instead of the 16-byte id. `term` opens with a letter that
says what it is: t phone tail, c characters of a name, i pinyin initials, w a word in Latin letters, p PLU, b barcode.
"""

STATEMENTS = (
    """
    CREATE TABLE feed (
        only INTEGER PRIMARY KEY CHECK (only = 1),
        hq_epoch INTEGER NOT NULL,
        position INTEGER NOT NULL
    ) STRICT
    """,
    "INSERT INTO feed VALUES (1, 0, 0)",
    """
    CREATE TABLE members (
        number INTEGER PRIMARY KEY,
        member_id BLOB NOT NULL UNIQUE CHECK (length(member_id) = 16),
        canonical_id BLOB NOT NULL CHECK (length(canonical_id) = 16),
        version_epoch INTEGER NOT NULL,
        version INTEGER NOT NULL,
        deleted INTEGER NOT NULL CHECK (deleted IN (0, 1)),
        payload BLOB NOT NULL
    ) STRICT
    """,
    "CREATE INDEX members_by_canonical ON members (canonical_id) WHERE canonical_id <> member_id",
    """
    CREATE TABLE member_phones (
        phone_hash BLOB NOT NULL,
        number INTEGER NOT NULL,
        PRIMARY KEY (phone_hash, number)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE member_cards (
        card_code TEXT NOT NULL,
        number INTEGER NOT NULL,
        PRIMARY KEY (card_code, number)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE member_terms (
        term TEXT NOT NULL,
        number INTEGER NOT NULL,
        PRIMARY KEY (term, number)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE goods (
        number INTEGER PRIMARY KEY,
        goods_id TEXT NOT NULL UNIQUE,
        version_epoch INTEGER NOT NULL,
        version INTEGER NOT NULL,
        deleted INTEGER NOT NULL CHECK (deleted IN (0, 1)),
        payload BLOB NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE goods_terms (
        term TEXT NOT NULL,
        number INTEGER NOT NULL,
        PRIMARY KEY (term, number)
    ) STRICT, WITHOUT ROWID
    """,
    # Everything of which there is little: prices of the store, rules, staff, stores, tills, grid pages.
    """
    CREATE TABLE objects (
        kind TEXT NOT NULL,
        key TEXT NOT NULL,
        version_epoch INTEGER NOT NULL,
        version INTEGER NOT NULL,
        deleted INTEGER NOT NULL CHECK (deleted IN (0, 1)),
        payload BLOB NOT NULL,
        PRIMARY KEY (kind, key)
    ) STRICT, WITHOUT ROWID
    """,
)
