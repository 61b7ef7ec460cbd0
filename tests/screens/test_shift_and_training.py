"""Hand-over, the end of the day and training, by keys at the real window."""

from PySide6.QtCore import Qt

from pos_client.ui.parts.cards import MENU_KEYS, MenuCard
from pos_client.ui.parts.keys import KeyButton
from pos_client.ui.screens.day_card import DayCard
from pos_client.ui.screens.flow_cards import ApprovalCard, ReceiptCard
from pos_client.ui.screens.shift import CountCard
from shared_models.bodies import CashMoved, ClockSet, Sale, ShiftClosed, ShiftOpened
from tests.pos_client.checkout.bakery import BREAD, MORNING_MS, TODAY, WATER, ZHOU_CARD
from tests.screens.conftest import Shop
from tests.screens.looking import words_of


def to_shift(shop: Shop) -> None:
    shop.hands.press(Qt.Key.Key_F10)
    shop.hands.type("2")
    assert shop.place == "shift"


def count_200(shop: Shop) -> None:
    assert isinstance(shop.top_card(), CountCard)
    shop.hands.type("2")
    shop.hands.enter()


def test_the_drawer_goes_to_the_next_cashier_and_the_basket_stays(shop: Shop) -> None:
    shop.hands.scan(WATER)
    to_shift(shop)
    shop.hands.type("7")
    count_200(shop)
    assert isinstance(shop.top_card(), ApprovalCard)
    shop.hands.type("0000")
    shop.hands.enter()
    assert shop.bakery.written(ShiftClosed) == []
    shop.hands.type("9999")
    shop.hands.enter()

    assert isinstance(shop.top_card(), ReceiptCard)
    assert [body.handed_to for body in shop.bakery.written(ShiftClosed)] == ["m1"]
    assert [body.taken_from for body in shop.bakery.written(ShiftOpened)] == ["", "c1"]
    shop.hands.press(Qt.Key.Key_Escape)
    assert shop.place == "sell"
    for key in (Qt.Key.Key_F9, Qt.Key.Key_F2):
        shop.hands.press(key)
    shop.hands.enter()
    (sale,) = shop.bakery.written(Sale)
    assert sale.head.cashier_id == "m1"


def test_the_day_is_shown_to_a_manager_with_what_is_still_open(shop: Shop) -> None:
    to_shift(shop)
    shop.hands.type("8")
    assert shop.top_card() is None  # a cashier closes shifts
    assert shop.till.window.notice.text
    shop.hands.press(Qt.Key.Key_F12)
    shop.hands.press(Qt.Key.Key_Escape)
    shop.till.window.go("login")
    shop.hands.settle()
    shop.hands.log_in("9999", downs=1)
    to_shift(shop)
    shop.hands.type("8")
    assert isinstance(shop.top_card(), DayCard)
    shop.hands.enter()
    assert isinstance(shop.top_card(), ReceiptCard)


def begin_training(shop: Shop) -> None:
    shop.hands.press(Qt.Key.Key_F10)
    shop.hands.type("H")
    assert isinstance(shop.top_card(), ApprovalCard)
    shop.hands.type("9999")
    shop.hands.enter()
    assert shop.till.window.training.is_on


def test_training_marks_the_screen_and_touches_nothing_real(shop: Shop) -> None:
    shop.hands.scan(BREAD)
    head = shop.bakery.ledger.head()
    begin_training(shop)
    hands = shop.hands
    assert shop.place == "login"
    hands.log_in("1111")
    hands.type("100")
    hands.enter()
    assert shop.place == "sell"
    hands.scan(ZHOU_CARD)
    assert shop.till.window.notice.text  # no real member is there
    hands.scan(WATER)
    hands.press(Qt.Key.Key_F9)
    hands.enter()
    card = shop.top_card()
    assert isinstance(card, ReceiptCard)
    hands.press(Qt.Key.Key_Escape)
    assert shop.bakery.ledger.head() == head

    hands.press(Qt.Key.Key_F10)
    hands.type("H")
    hands.type("9999")
    hands.enter()

    assert not shop.till.window.training.is_on
    assert shop.place == "login"
    hands.log_in("1111")
    assert shop.place == "sell"
    view = shop.till.window.screens.sell_presenter.view
    assert view is not None
    assert [line.goods_id for line in view.lines] == ["bread"]
    assert not shop.settings.ledger_folder.with_name("practice").exists()


def test_a_till_that_ends_while_somebody_practises_starts_with_the_real_counter(shop: Shop) -> None:
    shop.hands.scan(BREAD)
    begin_training(shop)
    shop.start_again()
    shop.hands.log_in("1111")
    assert not shop.till.window.training.is_on
    view = shop.till.window.screens.sell_presenter.view
    assert view is not None
    assert len(view.lines) == 1


def test_cash_goes_in_and_out_with_its_reason(shop: Shop) -> None:
    to_shift(shop)
    shop.hands.type("1")
    shop.hands.type("50")
    shop.hands.enter()
    shop.hands.enter()  # small change, the first of the list
    shop.hands.press(Qt.Key.Key_Escape)
    shop.hands.type("2")
    shop.hands.type("30")
    shop.hands.enter()
    shop.hands.type("4")
    shop.hands.type("stamps")
    shop.hands.enter()
    assert isinstance(shop.top_card(), ApprovalCard)
    shop.hands.type("9999")
    shop.hands.enter()

    moved = [(body.amount_fen, body.reason, bool(body.note_attachment)) for body in shop.bakery.written(CashMoved)]
    assert moved == [(5_000, "change", False), (-3_000, "other", True)]


def test_a_clock_that_goes_back_is_said_in_words_and_put_right_by_a_manager(shop: Shop) -> None:
    shop.bakery.clock.set_wall(MORNING_MS - 3 * 3_600_000)
    window = shop.till.window
    window.refresh_status()
    shop.hands.settle()
    assert not window.banner.isHidden()
    assert not window.is_frozen
    assert "3" in words_of(window)
    shop.hands.scan(BREAD)
    for key in (Qt.Key.Key_F9, Qt.Key.Key_F2):
        shop.hands.press(key)
    shop.hands.enter()
    (sale,) = shop.bakery.written(Sale)
    assert sale.head.till_time_ms >= MORNING_MS  # no receipt goes back in time
    assert sale.head.business_date == TODAY

    shop.hands.press(Qt.Key.Key_F10)
    card = shop.top_card()
    assert isinstance(card, MenuCard)
    place = next(place for place, made in enumerate(card.findChildren(KeyButton)) if "时钟" in made.words.text())
    shop.hands.type(MENU_KEYS[place])
    shop.hands.enter()
    assert isinstance(shop.top_card(), ApprovalCard)
    shop.hands.type("9999")
    shop.hands.enter()
    shop.hands.settle()

    assert window.banner.isHidden()
    (clock,) = shop.bakery.written(ClockSet)
    assert [one.action for one in clock.approvals] == ["clock"]
