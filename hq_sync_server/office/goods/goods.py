"""Goods, their prices per store, and the touch grids that show them. Every change is published to tills.

An article's number is the chain's own. A store's price stands beside the article and goes to that store's tills alone.
"""

import re
from collections.abc import Iterable
from typing import Any, get_args
from uuid import UUID

import msgspec
from sqlalchemy import Connection, delete, select

from hq_sync_server.office.desk import Work
from hq_sync_server.office.organisation import feed
from hq_sync_server.office.sheets.sheets import SheetRow
from hq_sync_server.records import bulk, office_tables
from shared_models.barcodes import check_digit_is_right
from shared_models.catalog import GoodsRow, GridPage
from shared_models.refusals import Refusal
from shared_models.sales import PER_MILLI, Price, Unit

GOODS_ID = re.compile(r"[^\s/]{1,40}")
BARCODE = re.compile(r"[0-9A-Za-z-]{3,40}")
GTIN_LENGTHS = frozenset({8, 12, 13, 14})
GRID_KEYS_MAX = 40
PRICE_FEN_MAX = 100_000_000
TAX_BASIS_POINTS_MAX = 10_000

COLUMNS: dict[str, tuple[str, ...]] = {
    "goods_id": ("编码", "商品编码", "货号"),
    "name": ("名称", "品名", "商品名称"),
    "name_en": ("英文名",),
    "barcodes": ("条码", "barcode"),
    "plu": ("PLU码",),
    "unit": ("单位",),
    "price": ("售价", "零售价", "单价"),
    "member_price": ("会员价",),
    "open_price": ("时价",),
    "weighed": ("称重",),
    "category": ("分类", "类别"),
    "tags": ("标签",),
    "tax_category": ("税类",),
    "tax_rate": ("税率",),
    "no_discount": ("不打折",),
    "no_points": ("不积分",),
    "sold_out": ("售罄",),
    "active": ("在售",),
}
GRID_COLUMNS: dict[str, tuple[str, ...]] = {
    "page": ("页面", "页", "分页"),
    "goods_id": COLUMNS["goods_id"],
    "label": ("键名", "显示名"),
    "colour": ("颜色", "color"),
}
PRICE_COLUMNS = {name: COLUMNS[name] for name in ("goods_id", "price", "unit")}
_UNITS: dict[str, Unit] = {
    "": "piece",
    **{unit: unit for unit in get_args(Unit)},
    "件": "piece",
    "个": "piece",
    "公斤": "kg",
    "千克": "kg",
    "斤": "jin",
    "500g": "jin",
}


def read_goods_row(row: SheetRow) -> GoodsRow:
    """A row of a sheet. Refuses `goods_id_invalid`, `name_missing`, `unit_unknown`, `price_missing`,
    `barcode_invalid` (letters that no code has), `barcode_check_digit`, and figures that are none."""
    goods_id, name = row.text("goods_id"), row.text("name")
    if not GOODS_ID.fullmatch(goods_id):
        raise Refusal("goods_id_invalid", goods_id=goods_id)
    if not name:
        raise Refusal("name_missing")
    open_price = row.yes("open_price")
    if not row.text("price") and not open_price:
        raise Refusal("price_missing")
    unit = _unit(row)
    return GoodsRow(
        goods_id=goods_id,
        name=name,
        name_en=row.text("name_en"),
        barcodes=tuple(_barcode(code) for code in row.several("barcodes")),
        plu=row.text("plu"),
        pinyin=pinyin_initials(name),
        unit=unit,
        price=Price(row.amount_fen("price"), PER_MILLI[unit]),
        member_price=Price(row.amount_fen("member_price"), PER_MILLI[unit]) if row.text("member_price") else None,
        open_price=open_price,
        weighed=row.yes("weighed") or unit != "piece",
        category=row.text("category"),
        tags=row.several("tags"),
        tax_category=row.text("tax_category"),
        tax_rate_basis_points=_tax_rate(row),
        no_discount=row.yes("no_discount"),
        no_points=row.yes("no_points"),
        sold_out=row.yes("sold_out"),
        active=row.yes("active") if row.text("active") else True,
    )


def read_price_row(row: SheetRow) -> tuple[str, Price]:
    """(article, price) of a sheet of one store's prices. Refuses `goods_id_invalid`, `price_missing`, ..."""
    if not GOODS_ID.fullmatch(row.text("goods_id")):
        raise Refusal("goods_id_invalid", goods_id=row.text("goods_id"))
    if not row.text("price"):
        raise Refusal("price_missing")
    return row.text("goods_id"), Price(row.amount_fen("price"), PER_MILLI[_unit(row)])


def save_goods(work: Work, goods: Iterable[GoodsRow]) -> int:
    """Add or change articles and publish those that are different now; how many those are."""
    encoded = {row.goods_id: msgspec.msgpack.encode(row) for row in goods}
    columns = office_tables.goods.c
    before: dict[str, bytes] = {}
    for some in bulk.chunks(list(encoded)):
        before |= {
            row.goods_id: bytes(row.row)
            for row in work.connection.execute(select(columns.goods_id, columns.row).where(columns.goods_id.in_(some)))
        }
    changed = sorted((goods_id, row) for goods_id, row in encoded.items() if before.get(goods_id) != row)
    bulk.upsert(
        work.connection,
        office_tables.goods,
        ("goods_id", "row", "changed_at_ms"),
        [(goods_id, row, work.now_ms) for goods_id, row in changed],
    )
    feed.publish_many(work, [feed.FeedChange("goods", goods_id, row) for goods_id, row in changed])
    return len(changed)


def barcode_owners(connection: Connection) -> dict[str, str]:
    """Barcode -> article, of everything there is."""
    rows = connection.scalars(select(office_tables.goods.c.row))
    goods = (msgspec.msgpack.decode(row, type=GoodsRow) for row in rows)
    return {code: article.goods_id for article in goods for code in article.barcodes}


def known_goods(connection: Connection) -> frozenset[str]:
    """The numbers of all articles."""
    return frozenset(connection.scalars(select(office_tables.goods.c.goods_id)))


def save_prices(work: Work, store_id: UUID, prices: dict[str, Price]) -> int:
    """One store's own prices, published to its tills; how many."""
    rows = [(store_id, goods_id, price.amount_fen, price.per_milli) for goods_id, price in sorted(prices.items())]
    bulk.upsert(work.connection, office_tables.goods_prices, ("store_id", "goods_id", "amount_fen", "per_milli"), rows)
    changes = [
        feed.FeedChange("goods_price", f"{store_id.hex}/{goods_id}", msgspec.msgpack.encode(price), store_id)
        for goods_id, price in sorted(prices.items())
    ]
    feed.publish_many(work, changes)
    return len(rows)


def read_grid(content: bytes, store_id: UUID) -> tuple[GridPage, ...]:
    """The pages of a JSON list, as this store's. Refuses `grid_invalid(reason)`."""
    try:
        pages = msgspec.json.decode(content, type=list[dict[str, Any]])
        return tuple(msgspec.convert(page | {"store_id": str(store_id)}, type=GridPage) for page in pages)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Refusal("grid_invalid", reason=str(error)) from None


def save_grid(work: Work, store_id: UUID, pages: Iterable[GridPage]) -> int:
    """The whole touch grid of a store in place of the one before; how many pages.

    Refuses `grid_too_large` (keys a page), `goods_unknown`, `page_twice`.
    """
    known = known_goods(work.connection)
    kept: dict[str, bytes] = {}
    for page in pages:
        if len(page.keys) > GRID_KEYS_MAX:
            raise Refusal("grid_too_large", page=page.page_id, keys_max=GRID_KEYS_MAX)
        if page.page_id in kept:
            raise Refusal("page_twice", page=page.page_id)
        for key in page.keys:
            if key.goods_id not in known:
                raise Refusal("goods_unknown", goods_id=key.goods_id)
        kept[page.page_id] = msgspec.msgpack.encode(page)
    table = office_tables.grid_pages
    of_others = set(work.connection.scalars(select(table.c.page_id).where(table.c.store_id != store_id)))
    taken = sorted(of_others & set(kept))
    if taken:
        raise Refusal("page_of_another_store", page=taken[0])
    before = set(work.connection.scalars(select(table.c.page_id).where(table.c.store_id == store_id)))
    work.connection.execute(delete(table).where(table.c.store_id == store_id))
    bulk.insert(
        work.connection,
        table,
        ("page_id", "store_id", "row"),
        [(page_id, store_id, row) for page_id, row in sorted(kept.items())],
    )
    changes = [feed.FeedChange("grid_page", page_id, row, store_id) for page_id, row in kept.items()]
    changes += [feed.FeedChange("grid_page", page_id, b"", store_id, deleted=True) for page_id in before - set(kept)]
    feed.publish_many(work, changes)
    return len(kept)


def pinyin_initials(name: str) -> str:
    """The first letters by which a Chinese name is found: 红豆吐司 -> hdts; letters and digits stay."""
    from pypinyin import Style, lazy_pinyin  # here: its dictionary takes a third of a second

    return "".join(lazy_pinyin(name, style=Style.FIRST_LETTER)).lower().replace(" ", "")


def _unit(row: SheetRow) -> Unit:
    unit = _UNITS.get(row.text("unit").lower())
    if unit is None:
        raise Refusal("unit_unknown", unit=row.text("unit"))
    return unit


def _barcode(code: str) -> str:
    """A code as it is scanned. Those that look like a GTIN must have the right check digit."""
    if not BARCODE.fullmatch(code):
        raise Refusal("barcode_invalid", barcode=code)
    if code.isdigit() and len(code) in GTIN_LENGTHS and not check_digit_is_right(code):
        raise Refusal("barcode_check_digit", barcode=code)
    return code


def _tax_rate(row: SheetRow) -> int:
    """Basis points of a rate written in percent: `13`, `13%`, `9.5`."""
    text = row.text("tax_rate").removesuffix("%")
    whole, _, fraction = text.partition(".")
    if not text:
        return 0
    if not whole.isdigit() or (fraction and not (fraction.isdigit() and len(fraction) <= 2)):
        raise Refusal("tax_rate_invalid", value=row.text("tax_rate"))
    basis_points = int(whole) * 100 + int((fraction or "0").ljust(2, "0"))
    if basis_points > TAX_BASIS_POINTS_MAX:
        raise Refusal("tax_rate_invalid", value=row.text("tax_rate"))
    return basis_points
