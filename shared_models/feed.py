"""The feed: what changed at HQ, row by row, as `GET /v1/changes` brings it to tills. Part of the wire (`sync`)."""

from msgspec import Struct

from shared_models.sales import Cursor


class FeedRow(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One changed object. `payload` is the msgpack of its struct (see FEED_KINDS), empty when deleted. `version` grows
    under the object's row lock: a till ignores one not newer than its own."""

    kind: str
    key: str
    version: Cursor
    deleted: bool = False
    payload: bytes = b""


FEED_KINDS = (
    "member",  # members.MemberRow; key member id hex
    "member_forgotten",  # empty payload; key member id hex
    "goods",  # catalog.GoodsRow; key goods_id
    "goods_price",  # sales.Price; key "<store hex>/<goods_id>"; only to that store's tills
    "rules",  # rules.StoreRules; key "<store hex>/<rule hash>"; only to that store's tills
    "staff",  # catalog.StaffRow; key staff_id
    "store",  # catalog.StoreRow; key store id hex
    "till",  # catalog.TillRow; key till id hex
    "grid_page",  # catalog.GridPage; key page_id; only to that store's tills
    "coupon_key",  # printed_coupons.CouponKeyRow; key key id
    "coupon_template",  # printed_coupons.CouponTemplateRow; key template id; those that printed coupons name
    "printed_coupon",  # tokens.PrintedGone; key token hex; to its store's tills, from used or moved until long expired
    "article",  # service.ArticleRow; key article id
    "ticket",  # service.TicketRow; key ticket id hex; only to the tills of the store that opened it
    "till_shifts",  # shop_day.TillShifts; key till id hex; only to the tills of its store
    "home_token",  # tokens.HomeTokenRow; key store id hex; to that store's tills
    "order",  # orders.OrderRow; key order id hex; to the tills of its store of collection, until it is done
)


class ChangesPage(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A page of the feed after the cursor asked for. `nudge`: say hello soon."""

    cursor: Cursor
    rows: tuple[FeedRow, ...] = ()
    more: bool = False
    nudge: bool = False
