"""Keys that are pressed, codes that are read and panels that are left while the worker is busy with what was asked
before: done once, for what it was meant for, and nobody is left without a way on."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from pos_client.checkout.checkout import Checkout
from pos_client.ui.presenters.counter import Counter
from pos_client.ui.scan_filter import Press
from pos_client.ui.screens.care_cards import ProfileCard
from pos_client.ui.screens.flow_cards import ApprovalCard, ReceiptCard
from pos_client.ui.screens.member_cards import FindCard, PresenceCard
from pos_client.ui.screens.service_cards import TicketCard
from shared_models.bodies import CashMoved, MemberEdited, Refund, Sale, TicketOpened
from shared_models.codes import receipt_code
from tests.pos_client.checkout.bakery import BREAD, MANAGER_BADGE, WANG_CARD, WATER, ZHOU, ZHOU_CARD
from tests.screens.conftest import Shop
from tests.screens.hands import PERSON_MS, SCANNER_MS
from tests.screens.test_shift_and_training import to_shift

ALT = Qt.KeyboardModifier.AltModifier


@contextmanager
def busy(shop: Shop) -> Iterator[None]:
    """The worker has something to do until the end of the block: no answer comes before."""
    done = threading.Event()
    shop.till.worker.ask(done.wait, lambda _answer: None, lambda _refusal: None)
    try:
        yield
    finally:
        done.set()
        shop.hands.settle()


def press(shop: Shop, *keys: int) -> None:
    """Keys of somebody who does not wait."""
    window = shop.till.window
    for key in keys:
        shop.key_clock.advance(PERSON_MS)
        QTest.keyClick(window.windowHandle(), Qt.Key(key))
        shop.key_clock.advance(PERSON_MS)
        window.scan_filter.flush()


def scan(shop: Shop, code: str) -> None:
    """A scanner that does not wait either."""
    shop.key_clock.advance(PERSON_MS)
    for character in (*code, Qt.Key.Key_Return):
        QTest.keyClick(shop.till.window.windowHandle(), ord(character) if isinstance(character, str) else character)
        shop.key_clock.advance(SCANNER_MS)
    shop.key_clock.advance(PERSON_MS)


def hold_down(
    shop: Shop, key: Qt.Key, text: str, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier
) -> None:
    """A key that is held: the system says it again, after half a second."""
    window = shop.till.window
    shop.key_clock.advance(500)
    QApplication.sendEvent(window.windowHandle(), QKeyEvent(QEvent.Type.KeyPress, key, modifier, text, autorep=True))
    shop.key_clock.advance(PERSON_MS)
    window.scan_filter.flush()
    shop.hands.settle()


def ask_cash_out(shop: Shop) -> None:
    to_shift(shop)
    shop.hands.type("2")
    shop.hands.type("300")
    shop.hands.enter()
    shop.hands.enter()
    assert isinstance(shop.top_card(), ApprovalCard)


def practises(shop: Shop) -> bool:
    return shop.till.window.training.is_on


def moved_fen(shop: Shop) -> list[int]:
    return [body.amount_fen for body in shop.bakery.written(CashMoved)]


def test_cash_that_was_typed_once_is_counted_once(shop: Shop) -> None:
    shop.hands.scan(BREAD)
    shop.hands.press(Qt.Key.Key_F9)
    shop.hands.type("10")
    with busy(shop):
        press(shop, Qt.Key.Key_Return, Qt.Key.Key_Return)
    view = shop.till.window.screens.pay_presenter.view
    assert view is not None
    assert [tender.handed_over_fen for tender in view.tenders] == [1_000]
    assert view.left_fen == 680


def test_cash_for_a_top_up_is_counted_once(shop: Shop) -> None:
    shop.grant_everything()
    shop.hands.scan(ZHOU_CARD)
    shop.hands.press(Qt.Key.Key_F8)
    shop.hands.press(Qt.Key.Key_2, ALT)
    shop.hands.type("200")
    with busy(shop):
        press(shop, Qt.Key.Key_Return, Qt.Key.Key_Return)
    view = shop.till.window.screens.top_up_presenter.view
    assert view is not None
    assert (view.left_fen, view.change_fen) == (10_000, 0)


def test_a_badge_that_is_read_twice_is_one_yes(shop: Shop) -> None:
    ask_cash_out(shop)
    with busy(shop):
        scan(shop, MANAGER_BADGE)
        scan(shop, MANAGER_BADGE)
    assert moved_fen(shop) == [-30_000]


def test_an_approval_that_was_left_allows_nothing_and_a_wrong_one_is_no_fault(shop: Shop) -> None:
    ask_cash_out(shop)
    shop.hands.type("9999")
    with busy(shop):
        press(shop, Qt.Key.Key_Return, Qt.Key.Key_Escape)
    assert shop.top_card() is None
    assert moved_fen(shop) == []

    shop.hands.press(Qt.Key.Key_Escape)
    ask_cash_out(shop)
    shop.hands.type("0000")
    with busy(shop):
        press(shop, Qt.Key.Key_Return, Qt.Key.Key_Escape)
    assert shop.till.faults == []


def test_what_was_looked_for_in_a_panel_that_is_gone_is_no_fault(shop: Shop) -> None:
    shop.hands.press(Qt.Key.Key_F2)
    shop.hands.type("13")
    with busy(shop):
        press(shop, Qt.Key.Key_Return, Qt.Key.Key_Escape)
    with busy(shop):
        shop.till.window.flows.function("look_up")
        press(shop, Qt.Key.Key_Escape)
    assert shop.top_card() is None
    assert shop.till.faults == []


def test_a_ticket_is_opened_once(shop: Shop) -> None:
    shop.till.window.flows.function("more")
    shop.hands.type("F")
    card = shop.top_card()
    assert isinstance(card, TicketCard)
    card.text.setText("The cake was dry")
    with busy(shop):
        press(shop, Qt.Key.Key_Return, Qt.Key.Key_Return)
    assert len(shop.bakery.written(TicketOpened)) == 1


def test_what_was_typed_of_one_member_is_not_kept_of_another(shop: Shop) -> None:
    shop.hands.scan(ZHOU_CARD)
    shop.hands.press(Qt.Key.Key_C, ALT)
    shop.hands.type("2")
    card = shop.top_card()
    assert isinstance(card, ProfileCard)
    card.fields["name"].setText("Zhou Min")
    shop.hands.scan(WANG_CARD)
    assert shop.top_card() is card
    shop.hands.enter()
    assert shop.bakery.written(MemberEdited) == []

    shop.hands.scan(ZHOU_CARD)
    shop.hands.enter()
    assert [body.member_id for body in shop.bakery.written(MemberEdited)] == [ZHOU]


def test_a_wrong_payment_code_is_tried_once(qapp: QApplication) -> None:
    tried: list[str] = []
    card = PresenceCard("", lambda _code: None, lambda: None, lambda _badge: None, tried.append)
    card.code.setText("530918")
    for _press in range(2):
        assert card.handle_key(Press(Qt.Key.Key_Return, "\r", is_quiet=True))
    assert tried == ["530918"]


def test_the_change_stays_to_be_read_when_rights_arrive_while_the_sale_is_written(shop: Shop) -> None:
    shop.hands.scan(BREAD)
    shop.hands.press(Qt.Key.Key_F9)
    shop.hands.press(Qt.Key.Key_F3)
    with busy(shop):
        press(shop, Qt.Key.Key_Return)
        shop.till.window.figures_changed()
    assert len(shop.bakery.written(Sale)) == 1
    assert isinstance(shop.top_card(), ReceiptCard)
    assert shop.till.window.notice.text == ""


def test_a_top_up_that_nobody_wants_any_more_does_not_come_up_with_the_next_member(shop: Shop) -> None:
    shop.grant_everything()
    shop.hands.press(Qt.Key.Key_F8)
    assert isinstance(shop.top_card(), FindCard)
    shop.hands.press(Qt.Key.Key_Escape)
    shop.hands.scan(BREAD)
    shop.hands.press(Qt.Key.Key_F2)
    shop.hands.type("13800005678")
    shop.hands.enter()
    view = shop.till.window.screens.sell_presenter.view
    assert view is not None
    assert view.member is not None
    assert shop.place == "sell"


def test_a_receipt_that_turns_up_after_all_is_what_is_refunded(shop: Shop) -> None:
    shop.hands.scan(BREAD)
    shop.hands.press(Qt.Key.Key_F9)
    shop.hands.enter()
    (sale,) = shop.bakery.written(Sale)
    shop.hands.press(Qt.Key.Key_F7)
    shop.hands.press(Qt.Key.Key_N, ALT)
    shop.hands.scan(WATER)
    shop.hands.scan(receipt_code(sale.receipt_number))
    shop.hands.enter()  # all of it, to be seen
    shop.hands.enter()
    (refund,) = shop.bakery.written(Refund)
    assert refund.sale_id == sale.head.business_id


def test_a_quantity_is_for_the_line_that_its_panel_names(shop: Shop) -> None:
    shop.hands.scan(BREAD)
    with busy(shop):
        scan(shop, WATER)
        press(shop, Qt.Key.Key_F3)
    shop.hands.type("3")
    shop.hands.enter()
    view = shop.till.window.screens.sell_presenter.view
    assert view is not None
    assert [line.quantity_milli for line in view.lines] == [3_000, 1_000]


def test_training_that_is_asked_for_twice_leads_back_to_the_real_counter(shop: Shop) -> None:
    shop.hands.press(Qt.Key.Key_F12)
    shop.hands.scan(MANAGER_BADGE)
    window = shop.till.window
    with busy(shop):
        window.training.toggle()
        window.training.toggle()
    assert practises(shop)
    shop.hands.scan(MANAGER_BADGE)
    with busy(shop):
        window.training.toggle()
        window.training.toggle()
    counter: Counter = window.counter
    assert counter.checkout is shop.till.checkout
    assert not practises(shop)
    assert shop.till.faults == []


def test_a_scan_while_the_practice_counter_is_set_up_stays_in_the_real_basket(shop: Shop) -> None:
    shop.grant_everything()
    shop.hands.press(Qt.Key.Key_F12)
    shop.hands.scan(MANAGER_BADGE)
    shop.hands.scan(ZHOU_CARD)
    window, around = shop.till.window, shop.till.window.around
    set_up, is_setting_up, goes_on = around.begin_training, threading.Event(), threading.Event()

    def slowly() -> Checkout:
        is_setting_up.set()
        goes_on.wait()
        return set_up()

    around.begin_training = slowly
    window.training.toggle()
    while not is_setting_up.is_set():
        QApplication.processEvents()
    scan(shop, WATER)
    goes_on.set()
    shop.hands.settle()

    assert practises(shop)
    assert shop.till.faults == []
    view = shop.till.checkout.basket.view()
    assert [line.goods_id for line in view.lines] == ["water"]


def test_a_digit_that_is_held_presses_its_key_once(shop: Shop) -> None:
    to_shift(shop)
    shop.hands.type("5")
    assert isinstance(shop.top_card(), ReceiptCard)
    hold_down(shop, Qt.Key.Key_5, "5")
    assert shop.top_card() is None  # whatever is typed closes the slip, and no second one is printed


def test_a_chord_that_is_held_undoes_one_step(shop: Shop) -> None:
    for code in (BREAD, WATER):
        shop.hands.scan(code)
    for _line in range(2):
        shop.hands.press(Qt.Key.Key_Delete)
    shop.hands.press(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    hold_down(shop, Qt.Key.Key_Z, "", Qt.KeyboardModifier.ControlModifier)
    view = shop.till.window.screens.sell_presenter.view
    assert view is not None
    assert len(view.lines) == 1


def test_what_the_sale_before_was_paid_by_is_not_taken_off_the_next(shop: Shop) -> None:
    for _sale in range(2):
        shop.hands.scan(BREAD)
        with busy(shop):
            press(shop, Qt.Key.Key_F9, Qt.Key.Key_F3)
        assert shop.till.window.notice.text == ""
        shop.hands.press(Qt.Key.Key_F3)
        shop.hands.enter()
    assert len(shop.bakery.written(Sale)) == 2
