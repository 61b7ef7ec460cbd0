"""From a goods row or a scale label to a line of the basket."""

from dataclasses import dataclass

from pos_client.checkout.desk import Desk
from pos_client.checkout.drafts import DraftLine
from shared_models.barcodes import ScaleLabel, read_label
from shared_models.catalog import GoodsRow
from shared_models.refusals import Refusal
from shared_models.rule_engine import BasketLine
from shared_models.sales import GoodsTerms, Price, PriceSource

ONE_PIECE_MILLI = 1000
QUANTITY_MILLI_MAX = 9_999_999
AMOUNT_FEN_MAX = 100_000_000
CHANGE_FEN_MAX = 100_000
"""Nobody is handed ten of the largest notes too much: that was a code or a number typed as cash."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeLine:
    """A new line (its number still 0) and, for a label, by how much its amount differs from weight times price."""

    line: DraftLine
    label_difference_fen: int = 0


def made_line(
    desk: Desk, goods: GoodsRow, *, code: str = "", quantity_milli: int | None = None,
    open_price_fen: int | None = None, approval_id: str = "", expires_on: str = "",
) -> MadeLine:  # fmt: skip
    """A line of goods by code, key or search. Refuses `goods_inactive`, `goods_sold_out`, `price_needed`,
    `weight_needed`, `quantity_invalid`,
    `goods_expired`."""
    _refuse_unsellable(goods)
    price = desk.ledger.price_of(goods.goods_id, desk.identity.store_id) or goods.price
    source: PriceSource = "list"
    if goods.open_price:
        if open_price_fen is None:
            raise Refusal("price_needed", goods_id=goods.goods_id, name=goods.name, who="cashier")
        price, source = Price(valid_amount(open_price_fen), price.per_milli), "open"
    if quantity_milli is None:
        if is_weighed(goods):
            raise Refusal("weight_needed", goods_id=goods.goods_id, name=goods.name, who="cashier")
        quantity_milli = ONE_PIECE_MILLI
    valid_quantity(quantity_milli, weighed=is_weighed(goods))
    if expires_on and expires_on < desk.business_date():
        raise Refusal("goods_expired", goods_id=goods.goods_id, name=goods.name, expires_on=expires_on, who="nobody")
    options = ("near_expiry",) if expires_on == desk.business_date() else ()
    line = _basket_line(goods, code, quantity_milli, price, source, approval_id, options)
    return MadeLine(line=DraftLine(line=line, weighed=is_weighed(goods)))


def made_label_line(desk: Desk, goods: GoodsRow, code: str, label: ScaleLabel) -> MadeLine:
    """A line of a scale label: the printed amount wins."""
    _refuse_unsellable(goods)
    price = desk.ledger.price_of(goods.goods_id, desk.identity.store_id) or goods.price
    reading = read_label(label, price, goods.unit)
    valid_quantity(reading.quantity_milli, weighed=is_weighed(goods))
    line = _basket_line(goods, code, reading.quantity_milli, price, "label", "", (), reading.amount_fen)
    return MadeLine(line=DraftLine(line=line, weighed=is_weighed(goods)), label_difference_fen=reading.difference_fen)


def is_weighed(goods: GoodsRow) -> bool:
    """Whether a quantity of these goods is a weight."""
    return goods.weighed or goods.unit != "piece"


def valid_quantity(quantity_milli: int, *, weighed: bool) -> int:
    """Refuses `quantity_invalid`: whole pieces, a weight above zero, and nothing absurd (a code typed as a number)."""
    if not 0 < quantity_milli <= QUANTITY_MILLI_MAX or (not weighed and quantity_milli % ONE_PIECE_MILLI):
        raise Refusal("quantity_invalid", quantity_milli=quantity_milli, who="cashier")
    return quantity_milli


def valid_amount(amount_fen: int) -> int:
    """Refuses `amount_invalid` for a negative or absurd amount."""
    if not 0 <= amount_fen <= AMOUNT_FEN_MAX:
        raise Refusal("amount_invalid", amount_fen=amount_fen, who="cashier")
    return amount_fen


def valid_cash(handed_fen: int | None, left_fen: int) -> int:
    """What somebody handed over for what is left; None: exactly that. Refuses `amount_invalid`,
    `cash_too_much(change_fen)`."""
    if handed_fen is None:
        return left_fen
    if valid_amount(handed_fen) - left_fen > CHANGE_FEN_MAX:
        raise Refusal("cash_too_much", change_fen=handed_fen - left_fen, who="cashier")
    return handed_fen


def _refuse_unsellable(goods: GoodsRow) -> None:
    if not goods.active:
        raise Refusal("goods_inactive", goods_id=goods.goods_id, name=goods.name, who="hq")
    if goods.sold_out:
        raise Refusal("goods_sold_out", goods_id=goods.goods_id, name=goods.name, who="hq")


def _basket_line(
    goods: GoodsRow, code: str, quantity_milli: int, price: Price, source: PriceSource, approval_id: str,
    options: tuple[str, ...], list_amount_fen: int | None = None,
) -> BasketLine:  # fmt: skip
    return BasketLine(
        line_number=0,
        goods_id=goods.goods_id,
        name=goods.name,
        scanned_code=code,
        quantity_milli=quantity_milli,
        unit=goods.unit,
        price=price,
        price_source=source,
        list_amount_fen=list_amount_fen,
        goods=GoodsTerms(
            category=goods.category,
            tags=goods.tags,
            member_price=goods.member_price,
            no_discount=goods.no_discount,
            no_points=goods.no_points,
        ),
        tax_category=goods.tax_category,
        tax_rate_basis_points=goods.tax_rate_basis_points,
        approval_id=approval_id,
        options=options,
    )
