"""The tables of both databases as SQLAlchemy sees them. Private to this room; the migrations make them.

Declared again here, without their CHECKs and triggers, so that statements are composed and not glued; a test compares
these columns with those of a migrated database.
"""

from sqlalchemy import Column, Integer, LargeBinary, MetaData, Table, Text

LEDGER = MetaData()
MIRROR = MetaData()


def _table(metadata: MetaData, named: str, keyed_by: str, /, **columns: type[Integer | LargeBinary | Text]) -> Table:
    """A table; `keyed_by` names its key columns."""
    keys = keyed_by.split()
    made = (Column(column, kind, primary_key=column in keys) for column, kind in columns.items())
    return Table(named, metadata, *made)


schema_history = _table(LEDGER, "schema_history", "version", version=Integer, applied_at_ms=Integer)
identity = _table(
    LEDGER, "identity", "only",
    only=Integer, till_id=LargeBinary, store_id=LargeBinary, till_number=Integer, epoch=Integer, hq_epoch=Integer,
    hq_verify_key=LargeBinary, hq_seal_key=LargeBinary, phone_key_id=Text, certificate=LargeBinary, chain_name=Text,
)  # fmt: skip
entries = _table(
    LEDGER, "entries", "position",
    position=Integer, epoch=Integer, seq=Integer, entry_type=Text, type_version=Integer, business_id=LargeBinary,
    business_date=Text, shift_id=LargeBinary, till_time_ms=Integer, value_total_fen=Integer, receipt_number=Text,
    refers_to=LargeBinary, prev_hash=LargeBinary, entry_hash=LargeBinary, body=LargeBinary,
)  # fmt: skip
postings = _table(
    LEDGER, "postings", "position leg",
    position=Integer, leg=Integer, account=Text, unit=Text, amount=Integer, subject=LargeBinary, lot=Text,
)  # fmt: skip
subjects = _table(LEDGER, "subjects", "subject position", subject=LargeBinary, position=Integer)
attachments = _table(
    LEDGER, "attachments", "position number",
    position=Integer, number=Integer, kind=Text, attachment_hash=LargeBinary, salt=LargeBinary, content=LargeBinary,
)  # fmt: skip
own_members = _table(
    LEDGER, "own_members", "member_id",
    member_id=LargeBinary, position=Integer, card_code=Text, phone_hash=Text, phone_masked=Text, name=Text,
    member=LargeBinary,
)  # fmt: skip
own_changes = _table(
    LEDGER, "own_changes", "position",
    position=Integer, member_id=LargeBinary, name=Text, phone_hash=Text, card_code=Text, change=LargeBinary,
)  # fmt: skip
rights = _table(
    LEDGER, "rights", "subject epoch lot",
    subject=LargeBinary, epoch=Integer, lot=Text, granted=Integer, credited=Integer, risk=Integer, spent=Integer,
    released=Integer,
)  # fmt: skip
targets = _table(LEDGER, "targets", "subject lot", subject=LargeBinary, lot=Text, amount=Integer)
tokens = _table(
    LEDGER, "tokens", "token",
    token=LargeBinary, kind=Text, version=Integer, subject=LargeBinary, terms=LargeBinary, state=Text, position=Integer,
)  # fmt: skip
baskets = _table(
    LEDGER, "baskets", "basket_id",
    basket_id=LargeBinary, kind=Text, payload=LargeBinary, member_id=LargeBinary, label=Text, saved_at_ms=Integer,
    order_id=LargeBinary,
)  # fmt: skip
wallet_payments = _table(
    LEDGER, "wallet_payments", "payment_id",
    payment_id=LargeBinary, of_payment=LargeBinary, kind=Text, provider=Text, amount_fen=Integer, state=Text,
    purpose=Text, business_id=LargeBinary, began_ms=Integer, changed_ms=Integer, trade_number=Text, code=Text,
)  # fmt: skip
shifts = _table(
    LEDGER, "shifts", "shift_id", shift_id=LargeBinary, business_date=Text, opened=Integer, closed=Integer
)  # fmt: skip
lane = _table(
    LEDGER, "lane", "only",
    only=Integer, acked_seq=Integer, acked_hash=LargeBinary, next_request=Integer, adopted_request=Integer,
    adopted_seq=Integer, frozen=Text, refund_rights_released_through=Integer, last_error=Text, approvals=LargeBinary,
    kept_seq=Integer, history_epoch=Integer, copied_at_ms=Integer, proof=LargeBinary, frozen_before=Text,
    frozen_seq=Integer,
)  # fmt: skip
owed = _table(LEDGER, "owed", "epoch", epoch=Integer, acked_seq=Integer, acked_hash=LargeBinary, last_seq=Integer)
lost_entries = _table(
    LEDGER, "lost_entries", "epoch seq entry_hash",
    epoch=Integer, seq=Integer, entry_hash=LargeBinary, prev_hash=LargeBinary, entry_type=Text, type_version=Integer,
    business_id=LargeBinary, business_date=Text, receipt_number=Text, body=LargeBinary,
)  # fmt: skip
open_request = _table(
    LEDGER, "open_request", "only",
    only=Integer, number=Integer, kind=Text, first_seq=Integer, last_seq=Integer, digest=LargeBinary,
    arguments=LargeBinary,
)  # fmt: skip
verdicts = _table(LEDGER, "verdicts", "position", position=Integer, outcome=Text, code=Text)
clock = _table(
    LEDGER, "clock", "only",
    only=Integer, offset_ms=Integer, high_water_ms=Integer, hq_time_ms=Integer, hq_monotonic_ms=Integer,
    contact_ms=Integer,
)  # fmt: skip

feed = _table(MIRROR, "feed", "only", only=Integer, hq_epoch=Integer, position=Integer)
members = _table(
    MIRROR, "members", "number",
    number=Integer, member_id=LargeBinary, canonical_id=LargeBinary, version_epoch=Integer, version=Integer,
    deleted=Integer, payload=LargeBinary,
)  # fmt: skip
member_phones = _table(MIRROR, "member_phones", "phone_hash number", phone_hash=LargeBinary, number=Integer)
member_cards = _table(MIRROR, "member_cards", "card_code number", card_code=Text, number=Integer)
member_terms = _table(MIRROR, "member_terms", "term number", term=Text, number=Integer)
goods = _table(
    MIRROR, "goods", "number",
    number=Integer, goods_id=Text, version_epoch=Integer, version=Integer, deleted=Integer, payload=LargeBinary,
)  # fmt: skip
goods_terms = _table(MIRROR, "goods_terms", "term number", term=Text, number=Integer)
objects = _table(
    MIRROR, "objects", "kind key",
    kind=Text, key=Text, version_epoch=Integer, version=Integer, deleted=Integer, payload=LargeBinary,
)  # fmt: skip
