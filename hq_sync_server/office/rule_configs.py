"""Store rules: taken as a document, given a version, a beginning and a hash, kept for ever, published to the store.

A document is the JSON of `shared_models.rules.StoreRules`; version, store, author and beginning are set here. A
version that was published is never changed: another figure is another version.
"""

from datetime import date
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Connection, insert, select

from hq_sync_server.office import feed, quotes
from hq_sync_server.office.desk import Work
from hq_sync_server.records import office_tables
from shared_models.refusals import Refusal
from shared_models.rule_faults import rule_faults
from shared_models.rules import EscrowRules, StoreRules, decode_rules, encode_rules, rule_hash

DOCUMENT_BYTES_MAX = 1024 * 1024


def read_document(content: bytes) -> dict[str, Any]:
    """A rules document as written by hand. Refuses `rules_invalid(reason)`."""
    if len(content) > DOCUMENT_BYTES_MAX:
        raise Refusal("rules_invalid", reason="too large")
    try:
        return msgspec.json.decode(content, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Refusal("rules_invalid", reason=str(error)) from None


def publish_rules(
    work: Work, store_id: UUID, document: dict[str, Any], *, effective_from: str, author: str
) -> StoreRules:
    """The next version of a store's rules, from a business date on (which may have begun), published to its tills.

    Refuses `date_invalid` and `rules_invalid(reason)`, naming the field. The same rules from the same day on are not
    published twice: the version there is is returned.
    """
    _check_date(effective_from)
    newest = newest_rules(work.connection, store_id)
    rules = check_document(work.connection, store_id, document, effective_from=effective_from, author=author)
    version = rules.version
    if newest is not None and msgspec.structs.replace(rules, version=newest.version) == newest:
        return newest
    encoded, digest = encode_rules(rules), rule_hash(rules)
    work.connection.execute(
        insert(office_tables.rules).values(
            rule_hash=digest,
            store_id=store_id,
            version=version,
            effective_from=effective_from,
            encoded=encoded,
            author=author,
            published_at_ms=work.now_ms,
        )
    )
    feed.publish(work, "rules", f"{store_id.hex}/{digest}", msgspec.msgpack.encode(rules), store_id)
    quotes.check_waiting(work)  # a till may have sold by these rules before HQ knew them again
    return rules


def check_document(
    connection: Connection, store_id: UUID, document: dict[str, Any], *, effective_from: str = "", author: str = ""
) -> StoreRules:
    """A document as the store's next version would be; nothing is written. Refuses `rules_invalid(reason)`."""
    newest = newest_rules(connection, store_id)
    version = newest.version + 1 if newest else 1
    document = {key: value for key, value in document.items() if key not in {"version", "store_id", "author"}}
    set_here = {"version": version, "store_id": str(store_id), "author": author, "effective_from": effective_from}
    try:
        rules = msgspec.convert(document | set_here, type=StoreRules)
    except msgspec.ValidationError as error:
        raise Refusal("rules_invalid", reason=str(error)) from None
    faults = rule_faults(rules)
    if faults:
        raise Refusal("rules_invalid", reason="; ".join(faults))
    # As a till will read them: a figure that is written out although it is the default may be left out by then, and the
    # hash that names these rules for ever is of the bytes as the till would write them.
    return msgspec.msgpack.decode(msgspec.msgpack.encode(rules), type=StoreRules)


def newest_rules(connection: Connection, store_id: UUID) -> StoreRules | None:
    """The version published last, whether it has begun or not."""
    columns = office_tables.rules.c
    encoded = connection.scalar(
        select(columns.encoded).where(columns.store_id == store_id).order_by(columns.version.desc()).limit(1)
    )
    return None if encoded is None else decode_rules(bytes(encoded))


def rules_in_force(connection: Connection, store_id: UUID, business_date: str) -> StoreRules | None:
    """The newest version that has begun on a business date."""
    columns = office_tables.rules.c
    encoded = connection.scalar(
        select(columns.encoded)
        .where(columns.store_id == store_id, columns.effective_from <= business_date)
        .order_by(columns.effective_from.desc(), columns.version.desc())
        .limit(1)
    )
    return None if encoded is None else decode_rules(bytes(encoded))


def longest_lease_days(connection: Connection, store_id: UUID) -> int:
    """The longest lease any rules of a store ever gave: a till that was cut off may go by rules of long ago."""
    encoded = connection.scalars(
        select(office_tables.rules.c.encoded).where(office_tables.rules.c.store_id == store_id)
    )
    given = [decode_rules(bytes(one)).escrow.lease_days for one in encoded]
    return max([EscrowRules().lease_days, *given])


def _check_date(text: str) -> None:
    try:
        date.fromisoformat(text)
    except ValueError:
        raise Refusal("date_invalid", column="effective_from", value=text) from None
