"""A receipt of another till at two real windows with a real HQ between them: scanned before HQ has heard of its sale,
it opens by itself all the same, and until then the screen says what it waits for."""

from PySide6.QtCore import Qt

from shared_models.bodies import Refund, Sale
from shared_models.codes import receipt_code
from tests.pos_client.checkout.bakery import BREAD
from tests.screens.test_orders_elsewhere import Counter, counters

__all__ = ["counters"]  # the fixture
Key = Qt.Key


def test_it_opens_by_itself_though_the_line_of_the_till_that_sold_it_was_down(
    counters: tuple[Counter, Counter],
) -> None:
    first, second = counters
    first.plug.pull()
    first.wait(lambda: not first.till.window.sync_picture().online)
    first.hands.scan(BREAD)
    first.hands.press(Key.Key_F9)
    first.hands.press(Key.Key_F2)
    first.hands.enter()
    sale = first.last("sale")
    assert isinstance(sale, Sale)
    refunds = second.till.window.screens.refund_presenter

    second.hands.scan(receipt_code(sale.receipt_number))
    second.wait(lambda: "Till 1 made this sale and is being asked" in second.words)
    engine = second.till.engine
    assert engine is not None
    second.wait(lambda: not engine.has_wants)
    second.till.window.say("")
    still = second.words
    first.plug.plug_in()
    first.till.retry_sync()
    second.wait(lambda: refunds.view is not None)
    second.hands.enter()
    second.hands.enter()

    assert "Till 1 made this sale and is being asked" in still
    refund = second.last("refund")
    assert isinstance(refund, Refund)
    assert (refund.sale_id, refund.total_fen) == (sale.head.business_id, sale.total_fen)
