"""Goods, stores' own prices and touch grids as people at HQ change them: checked, published to tills, in the audit log.

Whoever saves names what they had read (`mark`): the second of two is told, and nothing of the first is lost.
"""

import hashlib
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import msgspec
from msgspec import structs
from sqlalchemy import Connection, delete, select

from hq_sync_server.office.access import audit
from hq_sync_server.office.access.roles import Scope, Viewer
from hq_sync_server.office.desk import Work
from hq_sync_server.office.goods import goods
from hq_sync_server.office.organisation import feed
from hq_sync_server.office.sheets.sheets import SheetRow
from hq_sync_server.records import office_tables
from shared_models.catalog import GoodsRow, GridKey, GridPage, StoreRow
from shared_models.refusals import Refusal
from shared_models.sales import Price

TITLE_LETTERS_MAX = 12
COLOURS = ("", "#c0392b", "#d68910", "#b7950b", "#1e8449", "#117a65", "#2471a3", "#7d3c98", "#616a6b")
"""The colours a key may have; '': as the program's own."""

_FIELD_OF = {
    "goods_id_invalid": "goods_id",
    "name_missing": "name",
    "unit_unknown": "unit",
    "price_missing": "price",
    "barcode_invalid": "barcodes",
    "barcode_check_digit": "barcodes",
    "tax_rate_invalid": "tax_rate",
}
_HARMLESS = {"goods_id": "x", "name": "x", "price": "1"}
_goods = office_tables.goods
_prices = office_tables.goods_prices


def article(connection: Connection, goods_id: str) -> GoodsRow:
    """An article. Refuses `not_found`."""
    row = connection.scalar(select(_goods.c.row).where(_goods.c.goods_id == goods_id))
    if row is None:
        raise Refusal("not_found")
    return msgspec.msgpack.decode(bytes(row), type=GoodsRow)


def mark(row: object) -> str:
    """What names a row as it is now."""
    return hashlib.sha256(msgspec.msgpack.encode(row)).hexdigest()[:16]


def read_article(cells: Mapping[str, str]) -> tuple[GoodsRow | None, dict[str, Refusal]]:
    """The article of a form's fields, or everything that is wrong with them, by field."""
    faults: dict[str, Refusal] = {}
    tried = dict(cells)
    for _attempt in range(len(goods.COLUMNS)):
        try:
            row = goods.read_goods_row(SheetRow(0, tried))
        except Refusal as refusal:
            field = _FIELD_OF.get(refusal.code) or str(refusal.fields.get("column", "name"))
            faults[field] = refusal
            tried[field] = _HARMLESS.get(field, "")
        else:
            return (None if faults else row), faults
    return None, faults


def save(work: Work, viewer: Viewer, row: GoodsRow, *, read: str) -> None:
    """Add an article (`read` '') or change it. Refuses `goods_exists`, `changed_meanwhile(fields)`, `barcode_twice`."""
    viewer.require("goods.edit")
    encoded = work.connection.scalar(select(_goods.c.row).where(_goods.c.goods_id == row.goods_id).with_for_update())
    before = None if encoded is None else msgspec.msgpack.decode(bytes(encoded), type=GoodsRow)
    if not read and before is not None:
        raise Refusal("goods_exists", goods_id=row.goods_id)
    if read and (before is None or mark(before) != read):
        raise Refusal("changed_meanwhile")
    owners = goods.barcode_owners(work.connection)
    taken = next((code for code in row.barcodes if owners.get(code, row.goods_id) != row.goods_id), "")
    if taken:
        raise Refusal("barcode_twice", barcode=taken, goods_id=owners[taken])
    goods.save_goods(work, [row])
    was = _told(before) if before is not None else {}
    action = "article_changed" if before is not None else "article_added"
    audit.note(work, viewer, action, f"article:{row.goods_id}", was, _told(row))


def _told(row: GoodsRow) -> dict[str, Any]:
    told = structs.asdict(row)
    told.pop("pinyin")
    for name in ("price", "member_price"):
        price = told[name]
        told[name] = None if price is None else price.amount_fen
    return told


def own_prices(connection: Connection, scope: Scope, goods_id: str) -> dict[UUID, Price]:
    """Store -> its own price of an article, of the stores in scope that have one."""
    rows = connection.execute(
        select(_prices).where(_prices.c.goods_id == goods_id, *scope.condition(_prices.c.store_id))
    )
    return {row.store_id: Price(row.amount_fen, row.per_milli) for row in rows}


def set_price(work: Work, viewer: Viewer, store: StoreRow, row: GoodsRow, amount_fen: int | None) -> None:
    """A store's own price of an article, per its unit; None: the chain's again. The caller has looked whose store it
    is. Refuses `amount_out_of_range`."""
    viewer.require("prices.edit")
    was = own_prices(work.connection, Scope(frozenset({store.store_id})), row.goods_id).get(store.store_id)
    if amount_fen is None:
        here = (_prices.c.store_id == store.store_id) & (_prices.c.goods_id == row.goods_id)
        work.connection.execute(delete(_prices).where(here))
        feed.publish(work, "goods_price", f"{store.store_id.hex}/{row.goods_id}", b"", store.store_id, deleted=True)
    elif not 0 <= amount_fen <= goods.PRICE_FEN_MAX:
        raise Refusal("amount_out_of_range")
    else:
        goods.save_prices(work, store.store_id, {row.goods_id: Price(amount_fen, row.price.per_milli)})
    before = {store.code: was.amount_fen if was else None}
    about = f"article:{row.goods_id}"
    audit.note(work, viewer, "price_set", about, before, {store.code: amount_fen}, store_id=store.store_id)


# --- touch grids ------------------------------------------------------------------------------------------------------


def grid(connection: Connection, store_id: UUID) -> list[GridPage]:
    """The touch-grid pages of a store, in order."""
    table = office_tables.grid_pages
    rows = connection.scalars(select(table.c.row).where(table.c.store_id == store_id))
    pages = [msgspec.msgpack.decode(bytes(row), type=GridPage) for row in rows]
    return sorted(pages, key=lambda page: (page.order, page.page_id))


def names_of(connection: Connection, pages: list[GridPage]) -> dict[str, GoodsRow]:
    """The articles on these pages, by number."""
    wanted = sorted({key.goods_id for page in pages for key in page.keys})
    rows = connection.scalars(select(_goods.c.row).where(_goods.c.goods_id.in_(wanted)))
    found = (msgspec.msgpack.decode(bytes(row), type=GoodsRow) for row in rows)
    return {row.goods_id: row for row in found}


def article_named(connection: Connection, typed: str) -> str:
    """The number of the article that was typed by number, name or barcode. Refuses `goods_unknown`, `goods_several`."""
    if connection.scalar(select(_goods.c.goods_id).where(_goods.c.goods_id == typed)) is not None:
        return typed
    rows = (msgspec.msgpack.decode(bytes(row), type=GoodsRow) for row in connection.scalars(select(_goods.c.row)))
    found = [row.goods_id for row in rows if typed == row.name or typed in row.barcodes]
    if len(found) > 1:
        raise Refusal("goods_several", name=typed, count=len(found))
    if not found:
        raise Refusal("goods_unknown", goods_id=typed)
    return found[0]


def save_page(work: Work, viewer: Viewer, store: StoreRow, page: GridPage, *, read: str) -> None:
    """A page of a store's grid, new (`read` '') or in place of the one of its id. The caller has looked whose store it
    is. Refuses `changed_meanwhile`, `title_missing`, `colour_invalid`, and what `goods.save_grid` refuses."""
    viewer.require("grids.edit")
    if not page.title:
        raise Refusal("title_missing")
    if any(key.colour not in COLOURS for key in page.keys):
        raise Refusal("colour_invalid")
    pages = {one.page_id: one for one in grid(work.connection, store.store_id)}
    before = pages.get(page.page_id)
    if (mark(before) if before is not None else "") != read:
        raise Refusal("changed_meanwhile")
    goods.save_grid(work, store.store_id, (pages | {page.page_id: page}).values())
    was = {} if before is None else {"title": before.title, "keys": len(before.keys)}
    after = {"title": page.title, "keys": len(page.keys)}
    audit.note(work, viewer, "grid_saved", f"store:{store.store_id.hex}", was, after, store_id=store.store_id)


def remove_page(work: Work, viewer: Viewer, store: StoreRow, page_id: str) -> None:
    """Take a page away. Refuses `not_found`."""
    viewer.require("grids.edit")
    pages = {one.page_id: one for one in grid(work.connection, store.store_id)}
    gone = pages.pop(page_id, None)
    if gone is None:
        raise Refusal("not_found")
    goods.save_grid(work, store.store_id, pages.values())
    before = {"title": gone.title, "keys": len(gone.keys)}
    audit.note(work, viewer, "grid_saved", f"store:{store.store_id.hex}", before, {}, store_id=store.store_id)


def read_key_row(row: SheetRow) -> tuple[str, GridKey]:
    """(page's title, key) of a sheet of a touch grid. Refuses `title_missing`, `goods_id_invalid`, `colour_invalid`."""
    title, colour = row.text("page")[:TITLE_LETTERS_MAX], row.text("colour").lower()
    if not title:
        raise Refusal("title_missing")
    if not goods.GOODS_ID.fullmatch(row.text("goods_id")):
        raise Refusal("goods_id_invalid", goods_id=row.text("goods_id"))
    if colour not in COLOURS:
        raise Refusal("colour_invalid")
    return title, GridKey(goods_id=row.text("goods_id"), label=row.text("label")[:TITLE_LETTERS_MAX], colour=colour)


def pages_of(store_id: UUID, keys: list[tuple[str, GridKey]]) -> tuple[GridPage, ...]:
    """The pages of the keys of a sheet, in the order in which their titles come."""
    titles = list(dict.fromkeys(title for title, _key in keys))
    return tuple(
        GridPage(
            page_id=f"{store_id.hex[-12:]}-{place}",
            store_id=store_id,
            title=title,
            order=place,
            keys=tuple(key for of, key in keys if of == title),
        )
        for place, title in enumerate(titles, start=1)
    )
