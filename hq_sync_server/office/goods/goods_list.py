"""Goods, the stores' own prices and touch grids as people look at them. Reads only."""

from uuid import UUID

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, func, select

from hq_sync_server.office.access.roles import Scope
from hq_sync_server.office.books.member_terms import letters
from hq_sync_server.office.organisation import stores
from hq_sync_server.records import office_tables
from shared_models.catalog import GoodsRow, GridPage
from shared_models.sales import Price

_rows = msgspec.msgpack.Decoder(GoodsRow)


class Article(Struct, frozen=True, kw_only=True):
    """An article; `own_prices`: store name -> price of the stores in scope that have one."""

    row: GoodsRow
    own_prices: dict[str, Price]


def count(connection: Connection) -> int:
    """How many articles there are."""
    return int(connection.scalar(select(func.count()).select_from(office_tables.goods)) or 0)


def search(connection: Connection, scope: Scope, text: str, limit: int) -> list[Article]:
    """The articles whose number, name, initials or barcode holds what was typed; the first ones for nothing."""
    word = letters(text)
    found = []
    wanted = select(office_tables.goods.c.row).order_by(office_tables.goods.c.goods_id)
    for encoded in connection.execute(wanted if word else wanted.limit(limit)).scalars():
        row = _rows.decode(bytes(encoded))
        if not word or word in letters(row.name) or word in row.pinyin or text.strip() in (row.goods_id, *row.barcodes):
            found.append(row)
            if len(found) >= limit:
                break
    prices = _own_prices(connection, scope, [row.goods_id for row in found])
    return [Article(row=row, own_prices=prices.get(row.goods_id, {})) for row in found]


def _own_prices(connection: Connection, scope: Scope, goods_ids: list[str]) -> dict[str, dict[str, Price]]:
    names: dict[UUID, str] = {
        row.store_id: row.name for row in stores.all_stores(connection) if scope.holds(row.store_id)
    }
    columns = office_tables.goods_prices.c
    found: dict[str, dict[str, Price]] = {}
    rows = connection.execute(select(office_tables.goods_prices).where(columns.goods_id.in_(goods_ids)))
    for row in rows:
        if row.store_id in names:
            found.setdefault(row.goods_id, {})[names[row.store_id]] = Price(row.amount_fen, row.per_milli)
    return found


def grids(connection: Connection, scope: Scope) -> list[tuple[str, list[GridPage]]]:
    """(store, its touch-grid pages) of the stores in scope that have some."""
    pages: dict[UUID, list[GridPage]] = {}
    for encoded in connection.scalars(select(office_tables.grid_pages.c.row)):
        page = msgspec.msgpack.decode(encoded, type=GridPage)
        pages.setdefault(page.store_id, []).append(page)
    return [
        (row.name, sorted(pages[row.store_id], key=lambda page: page.order))
        for row in stores.all_stores(connection)
        if scope.holds(row.store_id) and row.store_id in pages
    ]
