"""The manager's Reports tab: every total on it is the sum of what stands beneath it."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from shared_models.sync import ControlAnswer, Verdict
from tests.pos_client.checkout.bakery import BREAD, CROISSANT, WATER
from tests.screens.conftest import OpenShop, Shop


def _sell(shop: Shop, codes: tuple[str, ...], key: Qt.Key) -> None:
    for code in codes:
        shop.hands.scan(code)
    shop.hands.press(Qt.Key.Key_F9)
    shop.hands.press(key)
    shop.hands.enter()
    shop.hands.press(Qt.Key.Key_Escape)


def _texts(shop: Shop) -> list[str]:
    screen = shop.till.window.screens.reports
    return [label.text() for label in screen.findChildren(QLabel) if label.isVisible()]


def _fen(text: str) -> int:
    return round(float(text.lstrip("¥").replace(",", "").replace("−", "-")) * 100)


def test_payments_add_up_to_the_days_sales(open_shop: OpenShop) -> None:
    shop = open_shop("en")
    shop.hands.log_in("9999", downs=1)
    shop.hands.type("100")
    shop.hands.enter()
    _sell(shop, (BREAD,), Qt.Key.Key_F3)
    _sell(shop, (CROISSANT, WATER), Qt.Key.Key_F4)
    _sell(shop, (BREAD, BREAD), Qt.Key.Key_F3)
    shop.hands.press(Qt.Key.Key_F10)
    shop.hands.type("1")
    assert shop.place == "reports"
    texts = _texts(shop)

    sales_fen = _fen(texts[texts.index("Sales") + 1])
    assert sales_fen == 1680 + 1150 + 3360
    wechat, alipay = (_fen(texts[texts.index(name) + 2]) for name in ("WeChat", "Alipay"))
    assert (wechat, alipay) == (1680 + 3360, 1150)
    totals = [place for place, text in enumerate(texts) if text == "All"]
    assert [_fen(texts[place + 2]) for place in totals] == [sales_fen, sales_fen]


def test_a_cashier_is_told_that_reports_are_for_the_manager(shop: Shop) -> None:
    shop.hands.press(Qt.Key.Key_F10)
    shop.hands.type("1")
    assert shop.place == "sell"
    assert "店长" in shop.till.window.notice.text


def test_what_hq_set_aside_and_what_it_took_with_a_remark_is_shown(open_shop: OpenShop) -> None:
    shop = open_shop("en")
    shop.hands.log_in("9999", downs=1)
    shop.hands.type("100")
    shop.hands.enter()
    _sell(shop, (BREAD,), Qt.Key.Key_F3)
    ledger, head = shop.till.ledger, shop.till.ledger.head()
    request = ledger.start_request("entries", 1, head.seq, b"", lambda number: bytes(32))
    verdicts = [Verdict(seq=1, outcome="parked", code="unknown_type"), Verdict(seq=2, outcome="parked", code="later")]
    verdicts.append(Verdict(seq=head.seq, outcome="exception", code="quote_mismatch"))
    ledger.close_request(
        request.number,
        ControlAnswer(
            request_number=request.number, outcome="ok", hq_epoch=1, acked_seq=head.seq, acked_hash=head.entry_hash,
            verdicts=tuple(verdicts),
        ),
    )  # fmt: skip

    _sell(shop, (BREAD,), Qt.Key.Key_F3)
    shop.hands.press(Qt.Key.Key_F10)
    shop.hands.type("3")

    assert shop.place == "sync"
    texts = [label.text() for label in shop.till.window.screens.sync.findChildren(QLabel) if label.isVisible()]
    assert texts[texts.index("Exceptions") + 1] == "1"
    assert texts[texts.index("Parked entries") + 1] == "2"
