"""Goods, staff and stores as HQ publishes them to tills."""

from typing import Literal
from uuid import UUID

from msgspec import Struct

from shared_models.moments import DEFAULT_DAY_CUT_MINUTE, DEFAULT_TIME_ZONE
from shared_models.sales import Price, Unit

StaffRole = Literal["cashier", "manager"]


class GoodsRow(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An article. `goods_id` is the chain's own article number. `price` may be overridden per store by a row of kind
    `goods_price`. `pinyin` are the initials of the name, for finding it."""

    goods_id: str
    name: str
    name_en: str = ""
    barcodes: tuple[str, ...] = ()
    plu: str = ""
    pinyin: str = ""
    unit: Unit = "piece"
    price: Price = Price(0)
    member_price: Price | None = None
    open_price: bool = False
    weighed: bool = False
    category: str = ""
    tags: tuple[str, ...] = ()
    tax_category: str = ""
    tax_rate_basis_points: int = 0
    no_discount: bool = False
    no_points: bool = False
    sold_out: bool = False
    active: bool = True


class GridKey(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One key of a touch-grid page."""

    goods_id: str
    label: str = ""
    colour: str = ""


class GridPage(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A page of the touch grid (at most 40 keys), per store."""

    page_id: str
    store_id: UUID
    title: str
    order: int = 0
    keys: tuple[GridKey, ...] = ()


class StaffRow(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Somebody who may work at tills. `pin_hash` is argon2id; `badge_hash` is SHA-256 (hex) of the badge code."""

    staff_id: str
    name: str
    role: StaffRole = "cashier"
    pin_hash: str = ""
    badge_hash: str = ""
    stores: tuple[UUID, ...] = ()
    active: bool = True


class StoreRow(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A shop: where it stands in the organisation, its clock, its day cut and its hours."""

    store_id: UUID
    code: str
    name: str
    name_en: str = ""
    region_id: UUID | None = None
    region_name: str = ""
    store_type: str = "community"
    legal_entity: str = ""
    time_zone: str = DEFAULT_TIME_ZONE
    day_cut_minute: int = DEFAULT_DAY_CUT_MINUTE
    currency: str = "CNY"
    address: str = ""
    phone: str = ""
    opening_hours: str = ""  # 08:00-21:30, by the store's own clock; over midnight where it ends before it begins


class TillRow(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A till of a store, as its neighbours know it."""

    till_id: UUID
    store_id: UUID
    number: int
    name: str = ""
    revoked: bool = False
