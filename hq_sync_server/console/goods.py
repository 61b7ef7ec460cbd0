"""Goods and prices: found, changed, priced for one store; and the touch grids from which they are sold."""

from typing import Any
from uuid import UUID

from fastapi.responses import Response
from msgspec import structs

from hq_sync_server.console.forms import Form
from hq_sync_server.console.visits import Visit, go_to
from hq_sync_server.console.words import UNITS
from hq_sync_server.office.access.roles import scope_of
from hq_sync_server.office.goods import goods, goods_desk, goods_list
from hq_sync_server.office.sheets.sheets import SheetRow
from hq_sync_server.office.shops import store_desk
from shared_models.catalog import GoodsRow, GridKey, GridPage
from shared_models.refusals import Refusal

PAGE_GOODS = 100
EMPTY_KEYS = 6
NEW_PAGE = "new"
_FLAGS = ("open_price", "weighed", "no_discount", "no_points", "sold_out", "active")
_FIELD_OF = {"goods_exists": "goods_id", "barcode_twice": "barcodes"}


def show_all(visit: Visit) -> Response:
    """Articles with their prices, found by name, number, barcode or initials."""
    text = visit.query("q")[:60]
    with visit.desk.read() as connection:
        scope = scope_of(connection, visit.viewer)
        found = goods_list.search(connection, scope, text, PAGE_GOODS)
        pages = dict(goods_list.grids(connection, scope))
        stores = store_desk.stores_seen(connection, visit.viewer)
        count = goods_list.count(connection)
    return visit.page("goods.html", q=text, found=found, pages=pages, stores=stores, count=count)


# --- one article ------------------------------------------------------------------------------------------------------


def show_article(visit: Visit) -> Response:
    """One article, or the empty form of a new one."""
    return _article_page(visit, {})


def _article_page(visit: Visit, errors: dict[str, str], *, typed: bool = False) -> Response:
    goods_id = visit.path("goods_id")
    values = {"active": "1", "unit": "piece"}
    row, prices = None, dict[UUID, Any]()
    with visit.desk.read() as connection:
        stores = store_desk.stores_seen(connection, visit.viewer)
        if goods_id:
            row = goods_desk.article(connection, goods_id)
            prices = goods_desk.own_prices(connection, scope_of(connection, visit.viewer), goods_id)
            values = _values(row) | {"read": goods_desk.mark(row)}
    now: dict[str, str] = {}
    if typed:
        sent = dict(visit.sent.fields)
        if errors.get(""):  # somebody was first: what stands there now is shown, and may be written over knowingly
            now = {
                name: value
                for name, value in values.items()
                if name in goods.COLUMNS and name in sent and value != sent[name]
            }
            sent["read"] = values.get("read", "")
        values = sent
    return visit.page(
        "article.html",
        status_code=422 if errors else 200,
        row=row,
        now=now,
        values=values,
        errors=errors,
        stores=stores,
        prices=prices,
        flags=_FLAGS,
        units=[(unit, visit.texts.word(UNITS, unit)) for unit in UNITS],
    )


def _values(row: GoodsRow) -> dict[str, str]:
    values = {name: str(value) for name, value in structs.asdict(row).items() if isinstance(value, str)}
    values |= {name: "1" for name in _FLAGS if getattr(row, name)}
    values["price"] = _yuan(row.price.amount_fen)
    values["member_price"] = _yuan(row.member_price.amount_fen) if row.member_price else ""
    values["barcodes"] = "\n".join(row.barcodes)
    values["tags"] = "|".join(row.tags)
    values["tax_rate"] = f"{row.tax_rate_basis_points / 100:g}" if row.tax_rate_basis_points else ""
    return values


def _yuan(amount_fen: int) -> str:
    return f"{amount_fen // 100}.{amount_fen % 100:02d}"


def save_article(visit: Visit) -> Response:
    """Add an article, or change it."""
    form = Form(visit.sent, visit.texts)
    goods_id = visit.path("goods_id")
    cells = {name: form.text(name, letters_max=1000 if name == "barcodes" else 100) for name in goods.COLUMNS}
    cells["barcodes"] = "|".join(cells["barcodes"].split())
    cells |= {name: "1" if form.checked(name) else "0" for name in _FLAGS}
    if goods_id:
        cells["goods_id"] = goods_id
    row, faults = goods_desk.read_article(cells)
    for name, refusal in faults.items():
        form.refuse(name, refusal)
    if row is not None and not form.errors:
        try:
            visit.desk.run(lambda work: goods_desk.save(work, visit.viewer, row, read=visit.sent.get("read")))
        except Refusal as refusal:
            form.refuse(_FIELD_OF.get(refusal.code, ""), refusal)
    if form.errors or row is None:
        return _article_page(visit, form.errors, typed=True)
    return go_to(f"goods/{row.goods_id}", done="sent")


def save_price(visit: Visit) -> Response:
    """A store's own price; left empty, the chain's holds there again."""
    form = Form(visit.sent, visit.texts)
    with visit.desk.read() as connection:
        row = goods_desk.article(connection, visit.path("goods_id"))
        store = store_desk.store_seen(connection, scope_of(connection, visit.viewer), visit.sent.get("store"))
    field = f"price:{store.code}"
    amount_fen = form.amount_fen(field) if visit.sent.get(field) else None
    if not form.errors:
        try:
            visit.desk.run(lambda work: goods_desk.set_price(work, visit.viewer, store, row, amount_fen))
        except Refusal as refusal:
            form.refuse(field, refusal)
    if form.errors:
        with visit.desk.read() as connection:
            values = _values(goods_desk.article(connection, row.goods_id))
        typed = [*values.items(), *visit.sent.fields]
        visit.sent = type(visit.sent)(tuple(typed))
        return _article_page(visit, form.errors, typed=True)
    return go_to(f"goods/{row.goods_id}", done="sent")


# --- touch grids ------------------------------------------------------------------------------------------------------


def show_grid(visit: Visit) -> Response:
    """All pages of a store's grid, as its tills show them."""
    with visit.desk.read() as connection:
        store = store_desk.store_seen(connection, scope_of(connection, visit.viewer), visit.path("code"))
        pages = goods_desk.grid(connection, store.store_id)
        names = goods_desk.names_of(connection, pages)
    return visit.page("grid.html", store=store, pages=pages, names=names, colours=goods_desk.COLOURS)


def show_page(visit: Visit) -> Response:
    """One page of a store's grid, key by key."""
    return _grid_page(visit, {}, None)


def _grid_page(visit: Visit, errors: dict[str, str], typed: list[dict[str, str]] | None) -> Response:
    page_id = visit.path("page_id")
    with visit.desk.read() as connection:
        store = store_desk.store_seen(connection, scope_of(connection, visit.viewer), visit.path("code"))
        pages = goods_desk.grid(connection, store.store_id)
        page = next((one for one in pages if one.page_id == page_id), None)
        if page is None and page_id != NEW_PAGE:
            raise Refusal("not_found")
        names = goods_desk.names_of(connection, [page] if page else [])
    rows = typed
    if rows is None:
        rows = [
            {"place": str(place), "goods": key.goods_id, "label": key.label, "colour": key.colour}
            for place, key in enumerate(page.keys if page else (), start=1)
        ]
    filled = [row for row in rows if row["goods"]]
    empty = min(EMPTY_KEYS, goods.GRID_KEYS_MAX - len(filled))
    values = {
        "title": page.title if page else "",
        "order": str(page.order if page else len(pages) + 1),
        "read": goods_desk.mark(page) if page else "",
    }
    if typed is not None:
        kept = ("title", "order") if errors.get("") else ("title", "order", "read")
        values |= {name: visit.sent.get(name) for name in kept}
    return visit.page(
        "grid_page.html",
        status_code=422 if errors else 200,
        store=store,
        page=page,
        names=names,
        rows=[*filled, *({"place": "", "goods": "", "label": "", "colour": ""} for _ in range(empty))],
        values=values,
        errors=errors,
        colours=goods_desk.COLOURS,
        keys_max=goods.GRID_KEYS_MAX,
    )


def save_page(visit: Visit) -> Response:
    """Put the page as it was typed in place of the one before, or take it away."""
    form = Form(visit.sent, visit.texts)
    deed = form.choice("deed", ("save", "remove"))
    page_id = visit.path("page_id")
    with visit.desk.read() as connection:
        store = store_desk.store_seen(connection, scope_of(connection, visit.viewer), visit.path("code"))
    if deed == "remove":
        visit.desk.run(lambda work: goods_desk.remove_page(work, visit.viewer, store, page_id))
        return go_to(f"grids/{store.code}", done="sent")
    title = form.text("title", letters_max=goods_desk.TITLE_LETTERS_MAX, required=True)
    order = form.whole_number("order", 0, 999)
    rows = _typed_rows(visit)
    keys = _read_keys(visit, form, rows)
    page = GridPage(
        page_id=visit.desk.ids.new_id().hex if page_id == NEW_PAGE else page_id,
        store_id=store.store_id,
        title=title,
        order=order,
        keys=tuple(keys),
    )
    if not form.errors:
        try:
            visit.desk.run(
                lambda work: goods_desk.save_page(work, visit.viewer, store, page, read=visit.sent.get("read"))
            )
        except Refusal as refusal:
            form.refuse("", refusal)
    return _grid_page(visit, form.errors, rows) if form.errors else go_to(f"grids/{store.code}", done="sent")


def _typed_rows(visit: Visit) -> list[dict[str, str]]:
    columns = {name: visit.sent.all(name) for name in ("place", "goods", "label", "colour")}
    width = min(len(one) for one in columns.values())
    return [{name: values[number] for name, values in columns.items()} for number in range(width)]


def _read_keys(visit: Visit, form: Form, rows: list[dict[str, str]]) -> list[GridKey]:
    """The keys in the order of their places; those without one stand last, in the order they were typed."""
    placed: list[tuple[int, int, GridKey]] = []
    filled = [row for row in rows if row["goods"]]
    with visit.desk.read() as connection:
        for number, row in enumerate(filled):
            try:
                goods_id = goods_desk.article_named(connection, row["goods"])
                place = SheetRow(0, row).whole_number("place") or goods.GRID_KEYS_MAX + 1
            except Refusal as refusal:
                form.refuse(f"key:{number}", refusal)
                continue
            key = GridKey(goods_id=goods_id, label=row["label"][: goods_desk.TITLE_LETTERS_MAX], colour=row["colour"])
            placed.append((place, number, key))
    return [key for _place, _number, key in sorted(placed, key=lambda one: one[:2])]
