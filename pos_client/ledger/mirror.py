"""The mirror: HQ's truth as last heard, in a file that may be thrown away and read from the feed again.

Nothing that HQ does not know is ever in it. Written by sync, read by checkout and reports.
"""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from uuid import UUID

import msgspec
from sqlalchemy import bindparam, delete, insert, select, update

from pos_client.ledger.answers import Applied
from pos_client.ledger.database import prepared
from pos_client.ledger.mirror_rows import deleted_row, put_goods, put_members, put_objects, replace_member
from pos_client.ledger.parts import LedgerParts
from pos_client.ledger.tables import (
    feed,
    goods,
    goods_terms,
    member_cards,
    member_phones,
    member_terms,
    members,
    objects,
)
from shared_models.catalog import GridPage, StaffRow, StoreRow, TillRow
from shared_models.members import MemberRow
from shared_models.moments import business_date_of
from shared_models.orders import OrderRow
from shared_models.printed_coupons import CouponKeyRow, CouponTemplateRow
from shared_models.rules import StoreRules, rule_hash
from shared_models.sales import Cursor, Price
from shared_models.service import ArticleRow, TicketRow
from shared_models.shop_day import TillShifts
from shared_models.sync import ChangesPage, FeedRow
from shared_models.tokens import HomeTokenRow, PrintedGone

_CURSOR = prepared(select(feed.c.hq_epoch, feed.c.position))
_MOVE_CURSOR = prepared(update(feed).values(hq_epoch=bindparam("hq_epoch"), position=bindparam("position")))
_ONE = prepared(
    select(objects.c.payload).where(
        objects.c.kind == bindparam("kind"), objects.c.key == bindparam("key"), objects.c.deleted == 0
    )
)
_ALL = prepared(
    select(objects.c.key, objects.c.payload).where(objects.c.kind == bindparam("kind"), objects.c.deleted == 0)
)
_FORGOTTEN = prepared(select(members.c.member_id).where(members.c.deleted == 1))
_EVERYTHING = [
    prepared(delete(table))
    for table in (members, member_phones, member_cards, member_terms, goods, goods_terms, objects)
]

_OF_THE_SHOP = frozenset({"goods_price", "rules", "staff", "store", "grid_page", "article"})

AnyRow = TypeVar("AnyRow", bound=msgspec.Struct)

_TYPES: dict[str, type] = {
    "goods_price": Price, "rules": StoreRules, "staff": StaffRow, "store": StoreRow, "till": TillRow,
    "grid_page": GridPage, "coupon_key": CouponKeyRow, "coupon_template": CouponTemplateRow,
    "printed_coupon": PrintedGone, "home_token": HomeTokenRow, "article": ArticleRow, "ticket": TicketRow,
    "till_shifts": TillShifts, "order": OrderRow,
}  # fmt: skip
_decoders: dict[type, Any] = {kind: msgspec.msgpack.Decoder(kind) for kind in _TYPES.values()}
_encoder = msgspec.msgpack.Encoder()


class Mirror(LedgerParts):
    """The room of the mirror: taking the feed over, and reading everything of which there is little."""

    _rules: dict[str, StoreRules]
    _own_store: StoreRow | None

    # --- the feed ---

    def mirror_cursor(self) -> Cursor:
        """How far the feed has been read."""
        hq_epoch, position = self._mirror.row(_CURSOR)
        return Cursor(hq_epoch, position)

    def apply_changes(self, page: ChangesPage) -> Applied:
        """Take a page over, with its cursor, in one transaction: all of it or, when a payload cannot be read
        (msgspec.MsgspecError), nothing. Rows not newer than what is here are ignored."""
        by_kind: dict[str, dict[str, FeedRow]] = {}
        for row in page.rows:
            newest = by_kind.setdefault(row.kind, {})
            known = newest.get(row.key)
            if known is None or row.version > known.version:
                newest[row.key] = row
        for key in by_kind.get("member_forgotten", {}):
            self.forget(UUID(hex=key))
        changed: dict[str, tuple[str, ...]] = {}
        # Who is forgotten is a deleted member too, and a page may end between the two.
        erases = "member_forgotten" in by_kind or any(row.deleted for row in by_kind.get("member", {}).values())
        with self._mirror.erasing() if erases else self._mirror.writing() as driver:
            for kind, newest in by_kind.items():
                rows = list(newest.values())
                match kind:
                    case "member":
                        keys = put_members(driver, rows)
                    case "member_forgotten":
                        keys = put_members(driver, [deleted_row("member", UUID(hex=row.key), row) for row in rows])
                    case "goods":
                        keys = put_goods(driver, rows)
                    case _:
                        self._check_readable(rows)
                        keys = put_objects(driver, rows)
                if keys:
                    changed[kind] = tuple(keys)
            driver.execute(_MOVE_CURSOR, {"hq_epoch": page.cursor.hq_epoch, "position": page.cursor.position})
        if "rules" in changed or "store" in changed:
            self._rules_changed()
        return Applied(changed)

    def forget_again(self) -> None:
        """Erase in ledger.db whom HQ had forgotten as far as the feed was read: a book that went back still has them,
        and the feed says nothing twice."""
        for (member_id,) in self._mirror.rows(_FORGOTTEN):
            self.forget(UUID(bytes=member_id))

    def reset_mirror(self) -> None:
        """Empty the mirror, to read the feed from its beginning: at a new epoch of HQ."""
        with self._mirror.writing() as driver:
            for statement in _EVERYTHING:
                driver.execute(statement)
            driver.execute(_MOVE_CURSOR, {"hq_epoch": 0, "position": 0})
        self._rules_changed()

    def take_member_rows(self, rows: object) -> None:
        """Fresh rows of members that came with an answer of the lane, outside the feed and its cursor."""
        fresh: Sequence[MemberRow] = rows  # type: ignore[assignment]  # the lane hands on what HQ's answer holds
        if fresh:
            with self._mirror.writing() as driver:
                for row in fresh:
                    replace_member(driver, row, _encoder.encode(row))

    def shop_rows(self) -> dict[str, list[dict[str, Any]]]:
        """For training: goods, prices, grids, people and rules, by table. Members, coupons and other tills are not in
        it."""
        rows: dict[str, list[dict[str, Any]]] = {}
        for table in (goods, goods_terms, objects):
            names = [column.name for column in table.c]
            found = (dict(zip(names, row, strict=True)) for row in self._mirror.rows(prepared(select(table))))
            rows[table.name] = [row for row in found if row.get("kind", "rules") in _OF_THE_SHOP]
        return rows

    def take_shop(self, rows: dict[str, list[dict[str, Any]]], adapt: Callable[[StoreRules], StoreRules]) -> None:
        """Put them into an empty mirror, the rules adapted."""
        with self._mirror.writing() as driver:
            for table in (goods, goods_terms, objects):
                driver.executemany(prepared(insert(table)), [_adapted(row, adapt) for row in rows[table.name]])
        self._rules_changed()

    # --- everything of which there is little ---

    def rules_for(self, business_date: str) -> StoreRules | None:
        """The newest version of this store's rules that has begun on a business date; None before any was heard."""
        begun = [rules for rules in self._own_rules().values() if rules.effective_from <= business_date]
        return max(begun, key=lambda rules: rules.version, default=None)

    def rules_by_hash(self, rule_hash: str) -> StoreRules | None:
        """A version of this store's rules by its name for ever."""
        return self._own_rules().get(rule_hash)

    def store(self) -> StoreRow | None:
        """This till's store; None before the feed was read."""
        found, known = self._own_store, self._rules
        if found is None and self._identity is not None:
            found = self.store_row(self._identity.store_id)
            if self._rules is known:  # as in `_own_rules`
                self._own_store = found
        return found

    def store_row(self, store_id: UUID) -> StoreRow | None:
        """Any store of the chain."""
        return self._object("store", store_id.hex, StoreRow)

    def stores(self) -> list[StoreRow]:
        """All stores, by code."""
        return sorted(self._objects("store", StoreRow), key=lambda row: row.code)

    def till_row(self, till_id: UUID) -> TillRow | None:
        """A till of this store."""
        return self._object("till", till_id.hex, TillRow)

    def tills(self) -> list[TillRow]:
        """The tills of this store, by number."""
        return sorted(self._objects("till", TillRow), key=lambda row: row.number)

    def staff(self, staff_id: str) -> StaffRow | None:
        """Somebody who may work here."""
        return self._object("staff", staff_id, StaffRow)

    def staff_list(self) -> list[StaffRow]:
        """Everybody who may work here, by id."""
        return sorted(self._objects("staff", StaffRow), key=lambda row: row.staff_id)

    def grid_pages(self) -> list[GridPage]:
        """The touch grid of this store, in its order."""
        return sorted(self._objects("grid_page", GridPage), key=lambda page: (page.order, page.page_id))

    def articles(self) -> list[ArticleRow]:
        """The knowledge base, in its order."""
        return sorted(self._objects("article", ArticleRow), key=lambda row: (row.order, row.article_id))

    def ticket(self, ticket_id: UUID) -> TicketRow | None:
        """How a ticket of this store stands at HQ; None before HQ was heard of it."""
        return self._object("ticket", ticket_id.hex, TicketRow)

    def handoffs(self) -> list[TicketRow]:
        """Things that this store hands to another or gets from one, as HQ last heard."""
        return [row for row in self._objects("ticket", TicketRow) if row.to_store_id is not None]

    def till_shifts(self) -> list[TillShifts]:
        """The shifts of this store's tills, as HQ last heard of them."""
        return self._objects("till_shifts", TillShifts)

    # --- inside ---

    def _own_rules(self) -> dict[str, StoreRules]:
        """This store's rules by hash, decoded once: whatever is derived from them is kept as long as they are."""
        known = self._rules
        if not known and self._identity is not None:
            prefix = f"{self._identity.store_id.hex}/"
            rows = self._mirror.rows(_ALL, {"kind": "rules"})
            decode = _decoders[StoreRules].decode
            found = {key.removeprefix(prefix): decode(payload) for key, payload in rows if key.startswith(prefix)}
            if self._rules is known:  # else the feed brought others while these were read
                self._rules = found
            return found
        return known

    def _rules_changed(self) -> None:
        self._rules = {}
        self._own_store = None
        self._refresh_lease_days()

    def _refresh_lease_days(self) -> None:
        rules = self.rules_for(self._business_date_outside_shifts())
        if rules is not None:
            self._time.lease_days = rules.escrow.lease_days

    def _business_date_outside_shifts(self) -> str:
        store = self.store()
        if store is None:
            return business_date_of(self._time.corrected_ms())
        return business_date_of(self._time.corrected_ms(), store.time_zone, store.day_cut_minute)

    def _object(self, kind: str, key: str, row_type: type[AnyRow]) -> AnyRow | None:
        found = self._mirror.row(_ONE, {"kind": kind, "key": key})
        if found is None:
            return None
        row: AnyRow = _decoders[row_type].decode(found[0])
        return row

    def _objects(self, kind: str, row_type: type[AnyRow]) -> list[AnyRow]:
        decode = _decoders[row_type].decode
        return [decode(payload) for _, payload in self._mirror.rows(_ALL, {"kind": kind})]

    @staticmethod
    def _check_readable(rows: Sequence[FeedRow]) -> None:
        for row in rows:
            row_type = _TYPES.get(row.kind)
            if row_type is not None and not row.deleted:
                _decoders[row_type].decode(row.payload)

    def forget(self, member_id: UUID) -> int:
        """Erase a person in ledger.db; the writing room does it."""
        raise NotImplementedError


def _adapted(row: dict[str, Any], adapt: Callable[[StoreRules], StoreRules]) -> dict[str, Any]:
    """Rules are named by their hash: changed ones have another name."""
    if row.get("kind") != "rules" or not row["payload"]:
        return row
    rules = adapt(_decoders[StoreRules].decode(row["payload"]))
    store = row["key"].partition("/")[0]
    return {**row, "key": f"{store}/{rule_hash(rules)}", "payload": _encoder.encode(rules)}
