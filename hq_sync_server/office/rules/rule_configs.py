"""Store rules: taken as a document, given a version, a beginning and a hash, kept for ever, published to the store.

A document is the JSON of `shared_models.rules.StoreRules`; version, store, author and beginning are set here. A
version that was published is never changed: another figure is another version.
"""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Connection, insert, select

from hq_sync_server.office.desk import Work
from hq_sync_server.office.organisation import feed
from hq_sync_server.office.rights import quotes
from hq_sync_server.records import office_tables, statements
from shared_models.refusals import Refusal
from shared_models.rule_faults import rule_faults
from shared_models.rules import EscrowRules, StoreRules, decode_rules, encode_rules, rule_hash

DOCUMENT_BYTES_MAX = 1024 * 1024
KNOWN_MAX = 1000
_known: dict[str, StoreRules] = {}


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
    return newest_of(connection, (store_id,)).get(store_id)


def rules_in_force(connection: Connection, store_id: UUID, business_date: str) -> StoreRules | None:
    """The newest version that has begun on a business date, as tills choose it: what was published later stands, also
    where it began earlier. So a version that takes back one which is still to come takes it back for good."""
    return in_force_of(connection, {store_id: business_date}).get(store_id)


def in_force_of(connection: Connection, dates: Mapping[UUID, str]) -> dict[UUID, StoreRules]:
    """The newest version that has begun on each store's business date, of those stores that have one."""
    return _chosen(connection, dates)


def coming_after(connection: Connection, store_id: UUID, day: str) -> list[StoreRules]:
    """The versions that begin after a day, by their beginning: without those that a newer one overtakes before."""
    columns = office_tables.rules.c
    rows = connection.execute(
        select(columns.rule_hash, columns.effective_from)
        .where(columns.store_id == store_id)
        .order_by(columns.version.desc())
    )
    hashes, overtaken_from = list[str](), "9999"
    for digest, begins in rows:
        if day < begins < overtaken_from:
            hashes.insert(0, digest)
        overtaken_from = min(overtaken_from, begins)
    read = _read(connection, set(hashes))
    return [read[digest] for digest in hashes]


def newest_of(connection: Connection, store_ids: Collection[UUID]) -> dict[UUID, StoreRules]:
    """The version published last of each store that has one, whether it has begun or not."""
    return _chosen(connection, dict.fromkeys(store_ids, "9999"))


def _chosen(connection: Connection, dates: Mapping[UUID, str]) -> dict[UUID, StoreRules]:
    """The newest of each store, of those that have begun on its date: one question for all stores, another for those
    rules of theirs that this process has not read before."""
    names = ("store_id", "rule_hash", "effective_from")
    rest, newest_date = "AND effective_from <= ? ORDER BY version", max(dates.values(), default="")
    rows = statements.fetch(
        connection, office_tables.rules, names, "store_id", dates.keys(), rest=rest, parameters=(newest_date,)
    )
    chosen = {store_id: digest for store_id, digest, begins in rows if begins <= dates[store_id]}
    read = _read(connection, set(chosen.values()))
    return {store_id: read[digest] for store_id, digest in chosen.items()}


def _read(connection: Connection, hashes: Collection[str]) -> dict[str, StoreRules]:
    """Rules by hash: what has that hash never changes, so it is read once a process."""
    found = {digest: rules for digest in hashes if (rules := _known.get(digest)) is not None}
    missing = set(hashes) - found.keys()
    if missing:
        columns = office_tables.rules.c
        rows = connection.execute(select(columns.rule_hash, columns.encoded).where(columns.rule_hash.in_(missing)))
        found |= {row.rule_hash: decode_rules(bytes(row.encoded)) for row in rows}
        if len(_known) + len(found) > KNOWN_MAX:
            _known.clear()
        _known.update(found)
    return found


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
