"""What is sold over the counter in the day: each function is one deed by keys, with its sum worked out beside it."""

from shared_models.catalog import GoodsRow
from tests.shopday.counter import Counter, Sold, cash_of, shelf_price_fen
from tests.shopday.shop import STORE
from tests.together.seed_people import SeedMember


def _finish_in_cash(at: Counter, due_fen: int, before: int, handed_over_yuan: int = 0) -> Sold:
    """F9, and either Enter (exactly) or what the customer hands over."""
    at.process.press("F9")
    at.process.wait(place="pay")
    if handed_over_yuan:
        at.process.type(str(handed_over_yuan))
    at.process.press("Return")
    at.process.wait(place="sell")
    number, _body = at.written("sale", before)
    cash_fen = cash_of(due_fen)
    at.note("sale", number, due_fen, handed_over_yuan * 100, cash=cash_fen)
    at.process.press("Return")
    return Sold(number, due_fen, cash_fen)


def _due(at: Counter, goods: list[GoodsRow]) -> int:
    """The screen's sum, which must be the shelf's."""
    due_fen = int(at.process.look()["due_fen"])
    assert due_fen == shelf_price_fen(goods), f"{due_fen} on the screen, {shelf_price_fen(goods)} on the shelf"
    return due_fen


def finish_cash(at: Counter, goods: list[GoodsRow], before: int) -> None:
    """A basket of these goods that is open already is paid in cash; `before`: receipts on disk before it."""
    at.cash_sales.append(_finish_in_cash(at, _due(at, goods), before))


def exact_cash(at: Counter) -> None:
    """The commonest deed: goods, F9, Enter."""
    before = at.till.place.receipts()
    due_fen = _due(at, at.scan_goods(at.randomness.randint(1, 4)))
    at.cash_sales.append(_finish_in_cash(at, due_fen, before))


def with_change(at: Counter) -> None:
    """A note is handed over that is larger than the sum."""
    before = at.till.place.receipts()
    due_fen = _due(at, at.scan_goods(at.randomness.randint(1, 3)))
    at.cash_sales.append(_finish_in_cash(at, due_fen, before, handed_over_yuan=due_fen // 10_000 * 100 + 100))


def recorded_payment(at: Counter) -> None:
    """By a card terminal that is not connected: recorded, and believed."""
    before = at.till.place.receipts()
    due_fen = _due(at, at.scan_goods(2))
    at.process.press("F9", "F7", "1", "Return")
    at.process.wait(place="sell")
    number, body = at.written("sale", before)
    (tender,) = body["tenders"]
    at.note("sale", number, due_fen, **{tender["kind"]: due_fen})
    at.process.press("Return")


def split_payment(at: Counter) -> None:
    """Ten yuan by bank card, the rest in cash."""
    before = at.till.place.receipts()
    goods = at.scan_goods(3)
    while shelf_price_fen(goods) <= 1_000:
        goods += at.scan_goods(1)
    due_fen = _due(at, goods)
    at.process.press("F9", "F2")
    at.process.type("10")
    at.process.press("Return", "F7", "1", "Return")
    at.process.wait(place="sell")
    number, body = at.written("sale", before)
    kind = next(tender["kind"] for tender in body["tenders"] if tender["kind"] != "cash")
    at.note("sale", number, due_fen, 0, cash=1_000, **{kind: due_fen - 1_000})
    at.process.press("Return")


def many_pieces(at: Counter) -> None:
    """One line, its quantity typed."""
    before = at.till.place.receipts()
    (row,) = at.scan_goods(1)
    pieces = at.randomness.randint(2, 5)
    at.process.press("F3")
    at.process.type(str(pieces))
    at.process.press("Return")
    at.cash_sales.append(_finish_in_cash(at, _due(at, [row] * pieces), before))


def scale_label(at: Counter) -> None:
    """Fruit with a label that the scale printed: the label's price counts."""
    before = at.till.place.receipts()
    fruit = at.randomness.choice([row for row in at.shop.seed.goods if row.plu])
    amount_fen = at.randomness.randint(300, 9_000)
    at.process.scan(_label(fruit.plu, amount_fen))
    due_fen = int(at.process.look()["due_fen"])
    assert due_fen == amount_fen, f"{due_fen} for a label of {amount_fen}"
    _finish_in_cash(at, due_fen, before)


def _label(plu: str, amount_fen: int) -> str:
    """An EAN-13 of the scale: 2, the scale's digit, the number, the amount, the check digit (weights 1 and 3)."""
    twelve = f"20{plu}{amount_fen:05d}"
    odd, even = (sum(int(digit) for digit in twelve[start::2]) for start in (0, 1))
    return twelve + str(-(odd + 3 * even) % 10)


def touched_loaves(at: Counter) -> None:
    """By finger alone: a loaf's key on the touch grid, five times, the pay key, the key that takes exact cash."""
    before = at.till.place.receipts()
    page = next(page for page in at.shop.seed.store(STORE).grid if page.title == "面包")
    loaf = at.randomness.choice(page.keys[:6])
    at.process.touch("宫格")
    at.process.touch("面包")
    for _ in range(5):
        at.process.touch(loaf.label)
    due_fen = int(at.process.look()["due_fen"])
    at.process.touch("收款")
    at.process.wait(place="pay")
    at.process.touch("现金 ¥")
    at.process.wait(place="sell")
    number, _body = at.written("sale", before)
    at.note("sale", number, due_fen, cash=cash_of(due_fen))
    at.process.press("Return")
    at.process.touch("宫格")


def hold_and_resume(at: Counter) -> None:
    """The first customer has forgotten the milk; the second pays meanwhile."""
    first = at.scan_goods(2)
    at.process.press("F5")
    exact_cash(at)
    before = at.till.place.receipts()
    at.process.press("F6")
    at.process.wait(lines=len({row.goods_id for row in first}))
    at.cash_sales.append(_finish_in_cash(at, _due(at, first), before))


def changed_mind(at: Counter) -> None:
    """A line goes and comes back, another goes for good."""
    before = at.till.place.receipts()
    kept = at.scan_goods(1)
    others = [row for row in at.coded if row.goods_id != kept[0].goods_id]
    unwanted = at.randomness.choice(others)
    at.process.scan(unwanted.barcodes[0])
    at.process.press("Delete", "Ctrl+Z")
    _due(at, [*kept, unwanted])
    at.process.press("Delete")
    at.cash_sales.append(_finish_in_cash(at, _due(at, kept), before))
    at.deeds.append("basket_reduced")


def cancelled_basket(at: Counter) -> None:
    """The customer leaves without anything."""
    at.scan_goods(2)
    at.choose("取消整单")
    at.process.press("Return")
    at.approved()
    at.process.wait(lines=0)


def other_price(at: Counter) -> None:
    """A dented tin for less, with the manager's yes."""
    before = at.till.place.receipts()
    row = at.randomness.choice([row for row in at.coded if 500 <= row.price.amount_fen < 10_000])
    at.process.scan(row.barcodes[0])
    price_fen = row.price.amount_fen // 200 * 100
    at.process.press("F4", "Right", "Right")
    at.process.type(f"{price_fen / 100:.2f}")
    at.process.press("Return")
    at.approved()
    due_fen = int(at.process.look()["due_fen"])
    assert due_fen == price_fen, f"{due_fen} where {price_fen} was agreed"
    _finish_in_cash(at, due_fen, before)


def member_pays_from_balance(at: Counter, member: SeedMember) -> None:
    """Card, goods, F1: the screen's sum, because tiers and coupons are the member's own."""
    before = at.till.place.receipts()
    at.process.scan(member.card)
    at.scan_goods(2)
    seen = at.process.look()
    if seen["stored_value_usable_fen"] < seen["due_fen"]:
        _member_pays_cash(at, before)
        return
    due_fen = int(seen["due_fen"])
    at.process.press("F1")
    at.process.wait(place="sell")
    number, _body = at.written("sale", before)
    at.note("sale", number, due_fen, stored_value=due_fen)
    at.process.press("Return")


def member_takes_the_best(at: Counter, member: SeedMember) -> None:
    """Card, goods, Enter for the best combination of points and coupons, the rest in cash."""
    before = at.till.place.receipts()
    at.process.scan(member.card)
    at.scan_goods(3)
    at.process.press("Return")
    _member_pays_cash(at, before)


def _member_pays_cash(at: Counter, before: int) -> None:
    due_fen = int(at.process.look()["due_fen"])
    at.process.press("F9", "F2", "Return")
    if at.process.look()["place"] == "pay":
        at.process.press("Return")
    at.process.wait(place="sell")
    number, _body = at.written("sale", before)
    at.note("sale", number, due_fen, cash=cash_of(due_fen))
    at.process.press("Return")
