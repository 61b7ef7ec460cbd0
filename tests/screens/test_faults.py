"""A fault of ours in the real window or in one of its threads: written down without anybody's data, said in one calm
sentence with a number, and the sale goes on with the basket as it was."""

import sys
import threading
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt, QTimer
from PySide6.QtGui import QKeyEvent

from pos_client.ui.faults import LOG_BYTES_MAX, told_without_data
from tests.pos_client.checkout.bakery import BREAD
from tests.screens.conftest import Shop

PHONE = "13800138000"
PERSON = "王小明 " + PHONE
NOBODY = "no member named 'Wang' at 138001"


@pytest.fixture
def watched(shop: Shop) -> Iterator[Shop]:
    """As `pos-client run` has it."""
    shop.open_shift()
    shop.hands.scan(BREAD)
    shop.till.fault_watch.begin()
    yield shop
    shop.till.fault_watch.end()
    shop.till.faults.clear()  # they were wanted


def fail(*_anything: object) -> None:
    raise KeyError(PERSON)


def quantity_milli(shop: Shop) -> int:
    view = shop.till.window.screens.sell_presenter.view
    assert view is not None
    return sum(line.quantity_milli for line in view.lines)


def due(shop: Shop) -> str:
    return shop.till.window.screens.sell.totals.due.text()


def assert_said_and_written(shop: Shop) -> str:
    """One sentence and no dialog; the file has the number, the place, and no data. Answers with the number."""
    notice, log = shop.till.window.notice.text, shop.till.fault_watch.path.read_text(encoding="utf-8")
    reference = log.split("\n")[0].split()[0]
    assert reference in notice
    assert "没有丢失" in notice
    assert shop.top_card() is None
    assert "KeyError" in log
    assert "in fail" in log
    assert PHONE not in log
    assert "王" not in log
    return reference


def assert_sells_on(shop: Shop, due_before: str) -> None:
    assert due(shop) == due_before
    shop.hands.scan(BREAD)
    assert due(shop) != due_before
    assert shop.till.ledger.open_basket() is not None


def test_a_handler_of_the_window_that_raises(watched: Shop) -> None:
    before = due(watched)
    QTimer.singleShot(0, fail)
    watched.hands.settle(lambda: bool(watched.till.faults))
    watched.hands.settle()
    assert_said_and_written(watched)
    assert_sells_on(watched, before)


def test_a_key_whose_handler_raises(watched: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Posted, as a keyboard's are: one that is sent from Python would give its error back to the sender."""
    before = due(watched)
    with monkeypatch.context() as broken:
        broken.setattr(watched.till.window.screens.sell_presenter, "remove_line", fail)
        press = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_Delete, Qt.KeyboardModifier.NoModifier)
        QCoreApplication.postEvent(watched.till.window.windowHandle(), press)
        watched.hands.settle(lambda: bool(watched.till.faults))
    watched.hands.settle()
    assert_said_and_written(watched)
    assert_sells_on(watched, before)


def test_an_answer_that_cannot_be_shown(watched: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(watched.till.window.screens.sell_presenter, "show", fail)
        watched.hands.scan(BREAD)
        watched.hands.settle(lambda: bool(watched.till.faults))
    watched.hands.settle()
    assert_said_and_written(watched)
    assert_sells_on(watched, due(watched))
    assert quantity_milli(watched) == 3000, "the one that was not shown is in the basket all the same"


def test_the_ledger_worker(watched: Shop) -> None:
    before = due(watched)
    watched.till.window.counter.ask(fail)
    watched.hands.settle(lambda: bool(watched.till.faults))
    watched.hands.settle()
    assert_said_and_written(watched)
    assert_sells_on(watched, before)


def test_any_other_thread(watched: Shop) -> None:
    before = due(watched)
    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    watched.hands.settle(lambda: watched.till.window.notice.text != "")
    assert_said_and_written(watched)
    assert_sells_on(watched, before)


def test_a_fault_that_comes_back_is_written_once(watched: Shop) -> None:
    references = set()
    for _ in range(3):
        try:
            fail()
        except KeyError as fault:
            references.add(watched.till.fault_watch.met(fault))
    assert len(references) == 1
    assert watched.till.fault_watch.path.read_text(encoding="utf-8").count("KeyError:") == 1


def test_a_log_that_cannot_be_written_keeps_nobody_from_selling(watched: Shop) -> None:
    path = watched.till.fault_watch.path
    path.parent.parent.mkdir(parents=True, exist_ok=True)
    path.parent.write_text("a file where the folder should be", encoding="utf-8")
    before = due(watched)
    QTimer.singleShot(0, fail)
    watched.hands.settle(lambda: bool(watched.till.faults))
    watched.hands.settle()
    assert "没有丢失" in watched.till.window.notice.text
    assert_sells_on(watched, before)


def test_the_log_does_not_grow_for_ever(watched: Shop) -> None:
    path = watched.till.fault_watch.path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("x" * (LOG_BYTES_MAX + 1), encoding="utf-8")
    watched.till.fault_watch.met(RuntimeError("once more"))
    assert path.stat().st_size < LOG_BYTES_MAX
    assert path.with_name(f"{path.name}.1").exists()


def test_causes_are_told_and_data_is_not() -> None:
    told = ""
    try:
        try:
            fail()
        except KeyError as cause:
            raise ValueError(NOBODY) from cause
    except ValueError as fault:
        told = told_without_data(fault)
    assert told.index("KeyError") < told.index("ValueError: no member named '…' at …")
    assert "Wang" not in told


def test_the_hooks_are_given_back(shop: Shop) -> None:
    before = sys.excepthook, threading.excepthook
    shop.till.fault_watch.begin()
    assert sys.excepthook != before[0]
    shop.till.fault_watch.end()
    assert (sys.excepthook, threading.excepthook) == before
