"""The basket: lines by scan, key or search, discounts, coupons, points, hold and resume.

Every change is quoted by the rule engine and on disk before the view is handed back.
"""

from uuid import UUID

from pos_client.checkout.desk import Desk
from pos_client.checkout.views import BasketView, GoodsMatch, HeldView, ScanView, SuggestionView
from shared_models.sales import Approval


class Basket:
    """The open basket of the till."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def view(self) -> BasketView:
        """As it is now: quoted again, so that rights that arrived meanwhile are seen."""
        raise NotImplementedError

    def restore(self) -> BasketView:
        """At start: the open basket as it was last saved. A member in it is detached until proved again
        (notice `member_detached`)."""
        raise NotImplementedError

    def scan(self, text: str) -> ScanView:
        """What is scanned decides: goods and scale labels become lines, a member is attached with presence, a coupon is
        applied, a receipt or badge is told to the screen. Refuses `unknown_code`, `check_digit_wrong`,
        `goods_sold_out`, `goods_inactive`, `price_needed(goods_id)` (open price: use add_goods), `weight_needed`,
        `basket_too_large`, `member_unknown`, `coupon_*`. A label whose amount is not weight x price gives a notice
        `label_difference(difference_fen)`."""
        raise NotImplementedError

    def search(self, text: str, limit: int = 20) -> tuple[GoodsMatch, ...]:
        """Goods by name, pinyin initials, PLU or code."""
        raise NotImplementedError

    def add_goods(
        self, goods_id: str, *, quantity_milli: int | None = None, open_price_fen: int | None = None
    ) -> BasketView:
        """From the grid or the search: one piece, or `quantity_milli` (grams for weighed goods, needed there)."""
        raise NotImplementedError

    def set_quantity(self, line_number: int, quantity_milli: int) -> BasketView:
        """Pieces x 1000, or grams for weighed goods."""
        raise NotImplementedError

    def remove_line(self, line_number: int) -> BasketView:
        """Takes a line out; counted for the cashier."""
        raise NotImplementedError

    def override_price(
        self, line_number: int, price_fen: int, *, reason: str = "", approval: Approval | None = None
    ) -> BasketView:
        """Another price for this line, per unit as the goods are priced. Approval `price_override`."""
        raise NotImplementedError

    def discount_line(
        self, line_number: int, *, amount_fen: int = 0, percent_off: int = 0, reason: str = "",
        approval: Approval | None = None,
    ) -> BasketView:  # fmt: skip
        """A manual discount on a line (both 0: take it off). Above the cashier's limit: approval `line_discount`."""
        raise NotImplementedError

    def discount_basket(
        self, *, amount_fen: int = 0, percent_off: int = 0, reason: str = "", approval: Approval | None = None
    ) -> BasketView:
        """The same on the whole basket, shared over its lines. Approval `basket_discount`."""
        raise NotImplementedError

    def set_note(self, text: str, *, line_number: int = 0) -> BasketView:
        """A note on the basket (0) or a line; it travels as an attachment."""
        raise NotImplementedError

    def use_coupon(self, token: UUID) -> BasketView:
        """Apply a coupon of the member. Refuses the code that CouponView.why_not shows."""
        raise NotImplementedError

    def drop_coupon(self, token: UUID) -> BasketView:
        """Take a coupon off again."""
        raise NotImplementedError

    def use_points(self, points: int) -> BasketView:
        """Spend up to so many points as money, as far as the rules and what is usable here allow (0: none)."""
        raise NotImplementedError

    def suggestion(self) -> SuggestionView | None:
        """The best combination of coupons and points, where it saves more than the present one. Ask when idle."""
        raise NotImplementedError

    def adopt_suggestion(self) -> BasketView:
        """Use it."""
        raise NotImplementedError

    def hold(self, label: str = "") -> BasketView:
        """Put the basket aside; answers with a new empty one. Refuses `basket_empty`, `payments_begun`."""
        raise NotImplementedError

    def held(self) -> tuple[HeldView, ...]:
        """Baskets on hold, oldest first."""
        raise NotImplementedError

    def resume(self, basket_id: UUID) -> BasketView:
        """Take a held basket up again, its member detached until proved. Refuses `basket_not_empty`,
        `basket_unknown`."""
        raise NotImplementedError

    def cancel(self, *, approval: Approval | None = None) -> BasketView:
        """Throw the basket away. Refuses `payments_begun`."""
        raise NotImplementedError
