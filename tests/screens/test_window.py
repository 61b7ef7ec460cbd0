"""The window as a whole: what Esc does, what survives, both languages, totals that are the sum of what is beneath."""

from PySide6.QtCore import Qt

from pos_client.ui.presenters.pay import summary_of
from shared_models.bodies import BasketReduced, Sale, ShiftClosed
from tests.pos_client.checkout.bakery import BREAD, CROISSANT, WATER, ZHOU_CARD
from tests.screens.conftest import OpenShop, Shop


def test_esc_never_destroys(shop: Shop) -> None:
    hands, window = shop.hands, shop.till.window
    hands.scan(BREAD)
    hands.press(Qt.Key.Key_F9)
    hands.press(Qt.Key.Key_F3)
    for _ in range(4):
        hands.press(Qt.Key.Key_Escape)

    assert shop.place == "sell"
    view = window.screens.sell_presenter.view
    assert view is not None
    assert len(view.lines) == 1
    assert view.payments_begun
    hands.press(Qt.Key.Key_F9)
    hands.enter()
    assert shop.bakery.written(Sale)[0].tenders[0].kind == "wechat"


def test_esc_destroys_nothing_from_any_panel_or_screen(shop: Shop) -> None:
    hands, window = shop.hands, shop.till.window
    shop.grant_everything()
    for code in (BREAD, WATER, ZHOU_CARD):
        hands.scan(code)
    before = window.screens.sell_presenter.view
    assert before is not None
    key = Qt.Key
    ways: tuple[tuple[Qt.Key, ...], ...] = (
        *((one,) for one in (key.Key_F2, key.Key_F3, key.Key_F4, key.Key_F7, key.Key_F8, key.Key_F9, key.Key_F10)),
        (key.Key_F10, key.Key_2),
        (key.Key_F10, key.Key_8),
        (key.Key_F9, key.Key_F7),
    )
    for way in ways:
        for each in way:
            hands.press(each)
        for _ in range(4):
            hands.press(Qt.Key.Key_Escape)
        assert shop.place == "sell", way
        view = window.screens.sell_presenter.view
        assert view is not None
        assert (view.lines, view.member is not None) == (before.lines, True), way


def test_what_was_taken_out_comes_back_by_key_and_by_touch(shop: Shop) -> None:
    hands, window = shop.hands, shop.till.window
    for code in (BREAD, WATER):
        hands.scan(code)
    hands.press(Qt.Key.Key_Delete)
    assert window.screens.sell.model.rowCount() == 1
    hands.press(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert window.screens.sell.model.rowCount() == 2
    hands.press(Qt.Key.Key_Delete)
    assert "农夫山泉" in window.notice.text
    hands.touch(window.notice.act)
    assert window.screens.sell.model.rowCount() == 2
    assert [one.what for one in shop.bakery.written(BasketReduced)] == ["line_removed", "put_back"] * 2


def test_the_basket_is_there_again_after_the_program_ends(shop: Shop) -> None:
    for code in (BREAD, CROISSANT, WATER):
        shop.hands.scan(code)
    shop.start_again()
    shop.hands.log_in("1111")
    assert shop.place == "sell"
    assert shop.till.window.screens.sell.model.rowCount() == 3


def test_hold_and_resume(shop: Shop) -> None:
    hands, sell = shop.hands, shop.till.window.screens.sell
    hands.scan(BREAD)
    hands.press(Qt.Key.Key_F5)
    assert sell.model.rowCount() == 0
    hands.scan(WATER)
    hands.press(Qt.Key.Key_F5)
    hands.press(Qt.Key.Key_F6)
    hands.press(Qt.Key.Key_Down)
    hands.enter()
    assert sell.totals.due.text() == "¥2.00"


def test_every_total_is_the_sum_of_what_is_beneath_it(shop: Shop) -> None:
    shop.grant_everything()
    hands, window = shop.hands, shop.till.window
    for code in (BREAD, BREAD, CROISSANT, CROISSANT, WATER):
        hands.scan(code)
    hands.scan(ZHOU_CARD)
    hands.enter()

    model = window.screens.sell.model
    amounts = [str(model.data(model.index(row, 5))) for row in range(model.rowCount())]
    figures = {name: label.text() for name, label in window.screens.sell.totals.figures.items()}
    due_fen = sum(round(float(amount) * 100) for amount in amounts)
    assert window.screens.sell.totals.due.text() == f"¥{due_fen / 100:.2f}"
    off_fen = round(float(figures["off"].replace("−", "-")) * 100)
    assert round(float(figures["list"]) * 100) + off_fen == due_fen

    view = window.screens.sell_presenter.view
    assert view is not None
    summary = summary_of(view)
    assert sum(line.amount_fen for line in summary.lines) == summary.subtotal_fen
    assert summary.subtotal_fen - sum(amount for _name, amount in summary.reductions) == summary.due_fen == due_fen


def test_typed_words_find_goods_and_a_multiplier_counts(shop: Shop) -> None:
    hands, sell = shop.hands, shop.till.window.screens.sell
    hands.type("qmts")
    hands.enter()
    assert sell.model.rowCount() == 1
    hands.type(f"3*{WATER}")
    hands.enter()
    assert sell.totals.due.text() == "¥22.80"


def test_the_language_changes_while_the_till_runs(shop: Shop) -> None:
    shop.hands.scan(BREAD)
    window = shop.till.window
    assert window.screens.sell.bar.keys["refund"].words.text() == "退货"
    window.choose_setting("language", "en")
    shop.hands.settle()
    assert window.screens.sell.bar.keys["refund"].words.text() == "Refund"
    window.go("sell")
    shop.hands.scan(WATER)
    assert window.screens.sell.model.rowCount() == 2


def test_a_shift_is_counted_and_closed_by_keys(shop: Shop) -> None:
    hands = shop.hands
    hands.scan(BREAD)
    hands.press(Qt.Key.Key_F9)
    hands.press(Qt.Key.Key_F2)
    hands.type("20")
    hands.enter()
    hands.press(Qt.Key.Key_Escape)
    hands.press(Qt.Key.Key_F10)
    hands.type("2")
    assert shop.place == "shift"
    hands.type("9")
    hands.type("2")
    hands.enter()

    (closed,) = shop.bakery.written(ShiftClosed)
    assert closed.counted_fen == 20_000
    assert closed.expected_fen == 21_680
    assert shop.place == "shift_open"


def test_locking_keeps_the_basket_for_the_next_cashier(open_shop: OpenShop) -> None:
    shop = open_shop("en")
    shop.open_shift()
    shop.hands.scan(BREAD)
    shop.hands.press(Qt.Key.Key_F12)
    assert shop.place == "login"
    shop.hands.log_in("9999", downs=1)
    assert shop.place == "sell"
    assert shop.till.window.screens.sell.totals.due.text() == "¥16.80"
