"""Wallets, exchanges and orders over the counter: each function is one deed, with its sum worked out beside it.

The provider is a process of its own; at the end of the day it must hold what these deeds say.
"""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from shared_models.codes import receipt_code
from tests.shopday.counter import Counter, cash_of, shelf_price_fen
from tests.shopday.sales import exact_cash

WECHAT_CODE, ALIPAY_CODE = "134567890123456789", "281234567890123456"
SHOP_TIME = ZoneInfo("Asia/Shanghai")
DEPOSIT_PERCENT = 30
NEVER = 1_000_000


def ask(at: Counter, code: str, pieces: int = 2) -> int:
    """Goods, and the customer's code on the pay screen; what is asked for."""
    goods = at.scan_goods(pieces)
    due_fen = int(at.process.look()["due_fen"])
    assert due_fen == shelf_price_fen(goods), f"{due_fen} on the screen, {shelf_price_fen(goods)} on the shelf"
    at.process.press("F9")
    at.process.wait(place="pay")
    at.process.scan(code)
    return due_fen


def finish(at: Counter, before: int, due_fen: int, **tenders: int) -> None:
    """The sale is written: so much of it by what."""
    at.process.wait(place="sell", card="ReceiptCard")
    number, _body = at.written("sale", before)
    at.note("sale", number, due_fen, **tenders)
    at.process.press("Return")


def paid_by_wallet(at: Counter) -> None:
    """One scan; the customer confirms on the phone, and the sale is written by itself."""
    before = at.till.place.receipts()
    at.shop.wallets.behave("password", polls=1)
    due_fen = ask(at, WECHAT_CODE)
    finish(at, before, due_fen, wechat=due_fen)
    at.wallet_fen += due_fen
    at.wallet_payments += 1


def power_cut_while_confirming(at: Counter, badge: str) -> None:
    """The customer looks at the phone when the lights go out, and pays in the dark; the till finds it by itself."""
    before = at.till.place.receipts()
    at.shop.wallets.behave("password", polls=NEVER)
    due_fen = ask(at, WECHAT_CODE)
    at.process.wait(wallet="waiting")
    at.process.kill()
    at.power_cuts += 1
    at.shop.wallets.confirm()
    at.process.start()
    at.process.wait(staff_known=True)
    at.process.scan(badge)
    at.process.wait(place="sell", wallets_open=["paid"])
    at.process.press("F9")
    at.process.wait(place="pay")
    at.process.press("Return")
    finish(at, before, due_fen, wechat=due_fen)
    at.wallet_fen += due_fen
    at.wallet_payments += 1


def back_to_the_wallet(at: Counter) -> None:
    """Paid by phone and brought back at once: the money goes where it came from."""
    paid_by_wallet(at)
    sold = at.count.slips[-1]
    before = at.till.place.receipts()
    at.process.scan(receipt_code(sold.receipt_number))
    at.process.wait(refunding=sold.receipt_number)
    at.process.press("Return", "Return")
    at.approved()
    at.process.wait(place="sell", card="ReceiptCard")
    number, _body = at.written("refund", before)
    at.note("refund", number, sold.total_fen, wechat=-sold.total_fen)
    at.wallet_fen -= sold.total_fen
    at.process.press("Return")


def refused_by_wallet(at: Counter) -> None:
    """Not enough money in it: cash, exactly."""
    before = at.till.place.receipts()
    at.shop.wallets.behave("refuses")
    due_fen = ask(at, ALIPAY_CODE)
    at.process.wait(wallet="refused")
    at.process.press("Return", "Return")
    finish(at, before, due_fen, cash=cash_of(due_fen))


def silent_wallet(at: Counter) -> None:
    """The provider takes the money and says nothing; a manager lets the goods go, and the till may not close yet."""
    before = at.till.place.receipts()
    at.shop.wallets.behave("silent")
    due_fen = ask(at, ALIPAY_CODE, 1)
    at.process.wait(wallet="unknown")
    at.process.press("F1")
    at.approved()
    finish(at, before, due_fen, alipay=due_fen)
    at.wallet_fen += due_fen
    at.wallet_payments += 1


def settled_before_closing(at: Counter) -> None:
    """The shift does not close over it: it is asked about again, and the provider has found its tongue."""
    at.choose("班次")
    at.process.wait(place="shift")
    at.process.type("9")
    at.process.wait(place="shift", card="ListCard")
    at.shop.wallets.speak()
    at.process.press("Return", "Return")
    at.process.wait(wallet="settled")
    at.deeds.append("wallet_settled")
    at.process.press("Escape", "Escape", "Escape")
    at.process.wait(place="sell")


def goods_exchange(at: Counter) -> None:
    """What a customer bought comes back and other goods go out: one difference, in cash."""
    if not at.cash_sales:
        exact_cash(at)
    sold = at.cash_sales.pop()
    before = at.till.place.receipts()
    at.process.scan(receipt_code(sold.receipt_number))
    at.process.wait(place="refund")
    at.process.press("Return", "Alt+E")
    at.approved()
    at.process.wait(place="sell")
    due_fen = shelf_price_fen(at.scan_goods(2))
    at.process.press("F9")
    at.process.wait(place="pay")
    at.process.press("Return")
    at.process.wait(place="sell", card="ReceiptCard")
    assert at.till.place.receipts() == before + 2, "a refund and a sale, or neither"
    _kind, number, body = at.till.place.last_receipt()
    assert body["total_fen"] == due_fen
    prefix, place = number.rsplit("-", 1)
    at.note("refund", f"{prefix}-{int(place) - 1}", sold.total_fen, cash=-sold.cash_fen)
    at.note("sale", number, due_fen, cash=cash_of(due_fen))
    at.process.press("Return")


def _order(at: Counter, *, by_phone: bool = False) -> tuple[str, int, int]:
    """Ordered for the day after tomorrow: (number of the slip, price, deposit)."""
    before = at.till.place.receipts()
    price_fen = shelf_price_fen(at.scan_goods(2))
    at.choose("接预订")
    at.process.type((datetime.now(SHOP_TIME) + timedelta(days=2)).strftime("%m-%d 18:30"))
    at.process.press("Down")
    at.process.type("Wang")
    at.process.press("Return")
    at.process.wait(place="pay")
    if by_phone:
        at.shop.wallets.behave("password", polls=1)
        at.process.scan(ALIPAY_CODE)
    else:
        at.process.press("Return")
    at.process.wait(place="sell", card="ReceiptCard")
    number, _body = at.written("order_taken", before)
    least_fen = (price_fen * DEPOSIT_PERCENT + 50) // 100
    deposit_fen = min(price_fen, -(-least_fen // 100) * 100)
    if by_phone:
        at.wallet_fen += deposit_fen
        at.wallet_payments += 1
    at.note("order_taken", number, deposit_fen, **{"alipay" if by_phone else "cash": deposit_fen})
    at.process.press("Return")
    return number, price_fen, deposit_fen


def order_and_collection(at: Counter) -> None:
    """The deposit is no sale; at collection all of it is, and the rest is paid."""
    _collected(at, *_order(at))


def order_by_wallet(at: Counter) -> None:
    """The deposit by phone."""
    _collected(at, *_order(at, by_phone=True))


def _collected(at: Counter, number: str, price_fen: int, deposit_fen: int) -> None:
    before = at.till.place.receipts()
    at.process.scan(receipt_code(number))
    at.process.wait(card="OrderCard")
    at.process.press("Return")
    at.process.wait(place="pay")
    at.process.press("Return")
    at.deeds.append("order_collected")
    finish(at, before, price_fen, deposit=deposit_fen, cash=cash_of(price_fen - deposit_fen))


def cancelled_order(at: Counter) -> None:
    """In time: the deposit goes back as it came."""
    number, _price_fen, deposit_fen = _order(at)
    _cancelled(at, number)
    at.note("order_cancelled", at.till.place.last_receipt()[1], deposit_fen, cash=-deposit_fen)
    at.process.press("Return")


def cancelled_order_by_wallet(at: Counter) -> None:
    """To the phone it came from."""
    number, _price_fen, deposit_fen = _order(at, by_phone=True)
    _cancelled(at, number)
    at.note("order_cancelled", at.till.place.last_receipt()[1], deposit_fen, alipay=-deposit_fen)
    at.wallet_fen -= deposit_fen
    at.process.press("Return")


def _cancelled(at: Counter, number: str) -> None:
    before = at.till.place.receipts()
    at.process.scan(receipt_code(number))
    at.process.wait(card="OrderCard")
    at.process.press("Delete")
    at.process.wait(card="CancelOrderCard")
    at.process.press("Return")
    at.process.wait(card="ReceiptCard")
    at.written("order_cancelled", before)
