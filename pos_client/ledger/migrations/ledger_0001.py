"""Version 1 of ledger.db: entries, postings, attachments, rights, tokens, baskets, shifts and the control lane.

`position` is epoch * 2^40 + seq: one integer that orders every entry of this till and is the row id, so that new
entries go to the last page. Postings are written first and the entry last: its trigger then sees them all.
"""

STATEMENTS = (
    """
    CREATE TABLE schema_history (
        version INTEGER PRIMARY KEY,
        applied_at_ms INTEGER NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE identity (
        only INTEGER PRIMARY KEY CHECK (only = 1),
        till_id BLOB NOT NULL CHECK (length(till_id) = 16),
        store_id BLOB NOT NULL CHECK (length(store_id) = 16),
        till_number INTEGER NOT NULL CHECK (till_number >= 0),
        epoch INTEGER NOT NULL CHECK (epoch >= 1),
        hq_epoch INTEGER NOT NULL CHECK (hq_epoch >= 0),
        hq_verify_key BLOB NOT NULL,
        hq_seal_key BLOB NOT NULL,
        phone_key_id TEXT NOT NULL,
        certificate BLOB NOT NULL,
        chain_name TEXT NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE entries (
        position INTEGER PRIMARY KEY CHECK (position = epoch * 1099511627776 + seq),
        epoch INTEGER NOT NULL CHECK (epoch >= 1),
        seq INTEGER NOT NULL CHECK (seq BETWEEN 1 AND 1099511627775),
        entry_type TEXT NOT NULL CHECK (entry_type <> ''),
        type_version INTEGER NOT NULL CHECK (type_version >= 1),
        business_id BLOB NOT NULL CHECK (length(business_id) = 16),
        business_date TEXT NOT NULL CHECK (length(business_date) = 10),
        shift_id BLOB CHECK (shift_id IS NULL OR length(shift_id) = 16),
        till_time_ms INTEGER NOT NULL,
        value_total_fen INTEGER NOT NULL CHECK (value_total_fen >= 0),
        receipt_number TEXT,
        refers_to BLOB CHECK (refers_to IS NULL OR length(refers_to) = 16),
        prev_hash BLOB NOT NULL CHECK (length(prev_hash) = 32),
        entry_hash BLOB NOT NULL CHECK (length(entry_hash) = 32),
        body BLOB NOT NULL
    ) STRICT
    """,
    "CREATE UNIQUE INDEX entries_by_business_id ON entries (business_id)",
    "CREATE INDEX entries_by_date ON entries (business_date, entry_type)",
    "CREATE INDEX entries_by_type ON entries (entry_type)",
    "CREATE UNIQUE INDEX entries_by_receipt ON entries (receipt_number) WHERE receipt_number IS NOT NULL",
    "CREATE INDEX entries_by_reference ON entries (refers_to) WHERE refers_to IS NOT NULL",
    """
    CREATE TABLE postings (
        position INTEGER NOT NULL REFERENCES entries (position) DEFERRABLE INITIALLY DEFERRED,
        leg INTEGER NOT NULL CHECK (leg >= 0),
        account TEXT NOT NULL CHECK (account <> ''),
        unit TEXT NOT NULL CHECK (unit IN ('fen', 'points', 'uses')),
        amount INTEGER NOT NULL CHECK (amount <> 0),
        subject BLOB CHECK (subject IS NULL OR length(subject) = 16),
        lot TEXT NOT NULL,
        PRIMARY KEY (position, leg)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE subjects (
        subject BLOB NOT NULL CHECK (length(subject) = 16),
        position INTEGER NOT NULL REFERENCES entries (position) DEFERRABLE INITIALLY DEFERRED,
        PRIMARY KEY (subject, position)
    ) STRICT, WITHOUT ROWID
    """,
    # --- truth kept by the database: a chain without gaps, postings that sum to zero, nothing changed afterwards ---
    """
    CREATE TRIGGER entries_link BEFORE INSERT ON entries BEGIN
        SELECT RAISE(ABORT, 'ledger: an entry stands here already')
            WHERE EXISTS (SELECT 1 FROM entries WHERE position = NEW.position);
        SELECT RAISE(ABORT, 'ledger: this business id is taken')
            WHERE EXISTS (SELECT 1 FROM entries WHERE business_id = NEW.business_id);
        SELECT RAISE(ABORT, 'ledger: this receipt number is taken')
            WHERE NEW.receipt_number IS NOT NULL
            AND EXISTS (SELECT 1 FROM entries WHERE receipt_number = NEW.receipt_number);
        SELECT RAISE(ABORT, 'ledger: the chain has a gap or a wrong link')
            WHERE NEW.seq > 1
            AND NOT EXISTS (SELECT 1 FROM entries WHERE position = NEW.position - 1 AND entry_hash = NEW.prev_hash);
        SELECT RAISE(ABORT, 'ledger: an entry after the newest epoch only')
            WHERE NEW.position <= (SELECT max(position) FROM entries);
        SELECT RAISE(ABORT, 'ledger: the postings of an entry do not sum to zero')
            WHERE EXISTS (
                SELECT 1 FROM postings WHERE position = NEW.position GROUP BY unit HAVING sum(amount) <> 0
            );
    END
    """,
    """
    CREATE TRIGGER entries_are_never_changed BEFORE UPDATE ON entries BEGIN
        SELECT RAISE(ABORT, 'ledger: entries are never changed');
    END
    """,
    """
    CREATE TRIGGER entries_are_never_deleted BEFORE DELETE ON entries BEGIN
        SELECT RAISE(ABORT, 'ledger: entries are never deleted');
    END
    """,
    """
    CREATE TRIGGER postings_come_first BEFORE INSERT ON postings BEGIN
        SELECT RAISE(ABORT, 'ledger: this entry is written already')
            WHERE EXISTS (SELECT 1 FROM entries WHERE position = NEW.position);
    END
    """,
    """
    CREATE TRIGGER postings_are_never_changed BEFORE UPDATE ON postings BEGIN
        SELECT RAISE(ABORT, 'ledger: postings are never changed');
    END
    """,
    """
    CREATE TRIGGER postings_are_never_deleted BEFORE DELETE ON postings BEGIN
        SELECT RAISE(ABORT, 'ledger: postings are never deleted');
    END
    """,
    # --- personal data and free text: may be deleted, never changed ---
    """
    CREATE TABLE attachments (
        position INTEGER NOT NULL REFERENCES entries (position) DEFERRABLE INITIALLY DEFERRED,
        number INTEGER NOT NULL CHECK (number >= 0),
        kind TEXT NOT NULL,
        attachment_hash BLOB NOT NULL CHECK (length(attachment_hash) = 32),
        salt BLOB NOT NULL CHECK (length(salt) = 32),
        content BLOB NOT NULL,
        PRIMARY KEY (position, number)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX attachments_by_hash ON attachments (attachment_hash)",
    """
    CREATE TRIGGER attachments_are_never_changed BEFORE UPDATE ON attachments BEGIN
        SELECT RAISE(ABORT, 'ledger: attachments are never changed');
    END
    """,
    """
    CREATE TABLE own_members (
        member_id BLOB PRIMARY KEY CHECK (length(member_id) = 16),
        position INTEGER NOT NULL REFERENCES entries (position) DEFERRABLE INITIALLY DEFERRED,
        card_code TEXT NOT NULL,
        phone_hash TEXT NOT NULL,
        phone_masked TEXT NOT NULL,
        name TEXT NOT NULL,
        member BLOB NOT NULL
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX own_members_by_card ON own_members (card_code) WHERE card_code <> ''",
    "CREATE INDEX own_members_by_phone ON own_members (phone_hash) WHERE phone_hash <> ''",
    # Edits and tags made here: shown at once, until HQ's row includes their entry.
    """
    CREATE TABLE own_changes (
        position INTEGER PRIMARY KEY REFERENCES entries (position) DEFERRABLE INITIALLY DEFERRED,
        member_id BLOB NOT NULL CHECK (length(member_id) = 16),
        name TEXT NOT NULL,
        phone_hash TEXT NOT NULL,
        card_code TEXT NOT NULL,
        change BLOB NOT NULL
    ) STRICT
    """,
    "CREATE INDEX own_changes_by_member ON own_changes (member_id, position)",
    "CREATE INDEX own_changes_by_card ON own_changes (card_code) WHERE card_code <> ''",
    "CREATE INDEX own_changes_by_phone ON own_changes (phone_hash) WHERE phone_hash <> ''",
    # --- rights to spend: counters that only grow ---
    """
    CREATE TABLE rights (
        subject BLOB NOT NULL CHECK (length(subject) = 16),
        epoch INTEGER NOT NULL CHECK (epoch >= 1),
        lot TEXT NOT NULL CHECK (lot <> ''),
        granted INTEGER NOT NULL CHECK (granted >= 0),
        credited INTEGER NOT NULL CHECK (credited >= 0),
        risk INTEGER NOT NULL CHECK (risk >= 0),
        spent INTEGER NOT NULL CHECK (spent >= 0),
        released INTEGER NOT NULL CHECK (released >= 0),
        PRIMARY KEY (subject, epoch, lot),
        CHECK (granted + credited + risk - spent - released >= 0)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE INDEX rights_held ON rights (epoch, subject, lot)
        WHERE granted + credited + risk - spent - released > 0
    """,
    """
    CREATE TRIGGER rights_only_grow BEFORE UPDATE ON rights
        WHEN NEW.granted < OLD.granted OR NEW.credited < OLD.credited OR NEW.risk < OLD.risk
            OR NEW.spent < OLD.spent OR NEW.released < OLD.released
    BEGIN
        SELECT RAISE(ABORT, 'ledger: counters of rights only grow');
    END
    """,
    """
    CREATE TRIGGER rights_are_never_deleted BEFORE DELETE ON rights BEGIN
        SELECT RAISE(ABORT, 'ledger: counters of rights are never deleted');
    END
    """,
    """
    CREATE TABLE targets (
        subject BLOB NOT NULL CHECK (length(subject) = 16),
        lot TEXT NOT NULL,
        amount INTEGER NOT NULL CHECK (amount > 0),
        PRIMARY KEY (subject, lot)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE tokens (
        token BLOB PRIMARY KEY CHECK (length(token) = 16),
        kind TEXT NOT NULL CHECK (kind IN ('coupon', 'home', 'refund_right', 'order')),
        version INTEGER NOT NULL CHECK (version >= 0),
        subject BLOB CHECK (subject IS NULL OR length(subject) = 16),
        terms BLOB NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('owned', 'spent', 'released')),
        position INTEGER NOT NULL REFERENCES entries (position) DEFERRABLE INITIALLY DEFERRED
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX tokens_owned ON tokens (subject) WHERE state = 'owned'",
    # --- what is not yet a fact: baskets, and the shift that is open ---
    """
    CREATE TABLE baskets (
        basket_id BLOB PRIMARY KEY CHECK (length(basket_id) = 16),
        kind TEXT NOT NULL CHECK (kind IN ('open', 'held')),
        payload BLOB NOT NULL,
        member_id BLOB CHECK (member_id IS NULL OR length(member_id) = 16),
        label TEXT NOT NULL,
        saved_at_ms INTEGER NOT NULL,
        order_id BLOB CHECK (order_id IS NULL OR length(order_id) = 16)
    ) STRICT
    """,
    "CREATE UNIQUE INDEX baskets_open ON baskets (kind) WHERE kind = 'open'",
    """
    CREATE TABLE shifts (
        shift_id BLOB PRIMARY KEY CHECK (length(shift_id) = 16),
        business_date TEXT NOT NULL,
        opened INTEGER NOT NULL REFERENCES entries (position) DEFERRABLE INITIALLY DEFERRED,
        closed INTEGER REFERENCES entries (position) DEFERRABLE INITIALLY DEFERRED
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE UNIQUE INDEX shifts_open ON shifts ((closed IS NULL)) WHERE closed IS NULL",
    # --- payments through a wallet's provider: on disk before the provider is asked ---
    """
    CREATE TABLE wallet_payments (
        payment_id BLOB PRIMARY KEY CHECK (length(payment_id) = 16),
        of_payment BLOB CHECK (of_payment IS NULL OR length(of_payment) = 16),
        kind TEXT NOT NULL CHECK (kind <> ''),
        provider TEXT NOT NULL,
        amount_fen INTEGER NOT NULL CHECK (amount_fen > 0),
        state TEXT NOT NULL CHECK (state IN (
            'asking', 'waiting', 'paid', 'refused', 'reversing', 'reversed', 'unknown', 'returned', 'settled'
        )),
        purpose TEXT NOT NULL CHECK (purpose <> ''),
        business_id BLOB NOT NULL CHECK (length(business_id) = 16),
        began_ms INTEGER NOT NULL,
        changed_ms INTEGER NOT NULL,
        trade_number TEXT NOT NULL,
        code TEXT NOT NULL
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX wallet_payments_by_business ON wallet_payments (business_id)",
    "CREATE INDEX wallet_payments_by_state ON wallet_payments (state)",
    # --- the control lane and the clock ---
    """
    CREATE TABLE lane (
        only INTEGER PRIMARY KEY CHECK (only = 1),
        acked_seq INTEGER NOT NULL CHECK (acked_seq >= 0),
        acked_hash BLOB NOT NULL CHECK (length(acked_hash) = 32),
        next_request INTEGER NOT NULL CHECK (next_request >= 1),
        adopted_request INTEGER NOT NULL,
        adopted_seq INTEGER NOT NULL,
        frozen TEXT NOT NULL,
        refund_rights_released_through INTEGER NOT NULL,
        last_error TEXT NOT NULL,
        approvals BLOB NOT NULL,
        kept_seq INTEGER NOT NULL CHECK (kept_seq >= 0),
        history_epoch INTEGER NOT NULL CHECK (history_epoch >= 0),
        copied_at_ms INTEGER NOT NULL CHECK (copied_at_ms >= 0),
        proof BLOB NOT NULL,
        frozen_before TEXT NOT NULL,
        frozen_seq INTEGER NOT NULL CHECK (frozen_seq >= 0)
    ) STRICT
    """,
    # Earlier epochs of which HQ does not have everything yet.
    """
    CREATE TABLE owed (
        epoch INTEGER PRIMARY KEY CHECK (epoch >= 1),
        acked_seq INTEGER NOT NULL CHECK (acked_seq >= 0),
        acked_hash BLOB NOT NULL CHECK (length(acked_hash) = 32),
        last_seq INTEGER NOT NULL CHECK (last_seq >= acked_seq)
    ) STRICT
    """,
    # What this till wrote once and lost with its disk, as HQ gave it back: to be read, no part of the chain.
    """
    CREATE TABLE lost_entries (
        epoch INTEGER NOT NULL CHECK (epoch >= 1),
        seq INTEGER NOT NULL CHECK (seq >= 1),
        entry_hash BLOB NOT NULL CHECK (length(entry_hash) = 32),
        prev_hash BLOB NOT NULL CHECK (length(prev_hash) = 32),
        entry_type TEXT NOT NULL,
        type_version INTEGER NOT NULL,
        business_id BLOB NOT NULL CHECK (length(business_id) = 16),
        business_date TEXT NOT NULL,
        receipt_number TEXT,
        body BLOB NOT NULL,
        PRIMARY KEY (epoch, seq, entry_hash)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX lost_entries_by_receipt ON lost_entries (receipt_number) WHERE receipt_number IS NOT NULL",
    """
    CREATE TABLE open_request (
        only INTEGER PRIMARY KEY CHECK (only = 1),
        number INTEGER NOT NULL CHECK (number >= 1),
        kind TEXT NOT NULL,
        first_seq INTEGER NOT NULL,
        last_seq INTEGER NOT NULL,
        digest BLOB NOT NULL CHECK (length(digest) = 32),
        arguments BLOB NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE verdicts (
        position INTEGER PRIMARY KEY,
        outcome TEXT NOT NULL CHECK (outcome IN ('exception', 'parked')),
        code TEXT NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE clock (
        only INTEGER PRIMARY KEY CHECK (only = 1),
        offset_ms INTEGER NOT NULL,
        high_water_ms INTEGER NOT NULL,
        hq_time_ms INTEGER NOT NULL,
        hq_monotonic_ms INTEGER NOT NULL,
        contact_ms INTEGER NOT NULL
    ) STRICT
    """,
    "INSERT INTO lane VALUES (1, 0, zeroblob(32), 1, 0, 0, '', 0, '', zeroblob(0), 0, 0, 0, zeroblob(0), '', 0)",
    "INSERT INTO clock VALUES (1, 0, 0, 0, 0, 0)",
)
