"""An order at two real windows with a real HQ between them, by keys and scans: taken at the first till, and asked for,
shown and handed over at the second; cut off, it says where the order is."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from hq_sync_server.office.upkeep import verify as hq_verify
from pos_client.app import TillApp, open_till
from pos_client.settings import TillSettings
from pos_client.ui.parts.cards import ListCard
from pos_client.ui.parts.keys import KeyButton
from pos_client.ui.screens.flow_cards import ReceiptCard
from pos_client.ui.screens.order_cards import OrderCard
from pos_client.ui.screens.order_form import OrderForm
from shared_models.bodies import OrderTaken, Sale
from shared_models.codes import order_code
from shared_models.moments import ManualClock
from tests.pos_client.checkout.bakery import BREAD, CROISSANT, MANAGER_PIN
from tests.pos_client.checkout.chain_of_two import organise
from tests.screens.hands import Hands
from tests.screens.looking import words_of
from tests.screens.totals import totals_that_differ
from tests.shopday import enrolling
from tests.together.hq_server import HqPlace, HqServer
from tests.together.plug import Plug
from tests.together.till_process import TillPlace

Key = Qt.Key


class Counter:
    """A till with its window, its plug, and the hands at it."""

    def __init__(self, folder: Path, plug: Plug, code: str) -> None:
        folder.mkdir()
        self.plug = plug
        place = TillPlace(folder, plug.url)
        enrolling.set_up(place, code)
        settings = TillSettings(
            ledger_folder=place.ledger_folder, key_folder=place.key_folder, hq_url=plug.url, language="en"
        )
        key_clock = ManualClock(0)
        self.till: TillApp = open_till(settings, key_clock=key_clock)
        self.hands = Hands(self.till, key_clock)
        self.till.window.resize(1366, 768)
        self.till.window.show()
        self.till.window.start()
        self.hands.settle()
        self.hands.log_in(MANAGER_PIN)
        self.hands.type("200")
        self.hands.enter()

    @property
    def words(self) -> str:
        return words_of(self.till.window)

    @property
    def card(self) -> object:
        return self.till.window.overlay.top_card

    def menu(self, words: str) -> None:
        """The key beside these words behind *More*."""
        self.hands.press(Key.Key_F10)
        card = self.till.window.overlay.top_card
        assert card is not None
        self.hands.touch(next(key for key in card.findChildren(KeyButton) if key.words.text() == words))

    def wait(self, until: Callable[[], bool]) -> None:
        self.hands.settle(until)

    def is_delivered(self) -> bool:
        return self.till.ledger.sync_state().waiting_entries == 0

    def last(self, kind: str) -> object:
        return self.till.ledger.body_of(self.till.ledger.entries((kind,), newest_first=True, limit=1)[0])


@pytest.fixture
def counters(tmp_path: Path, qapp: QApplication) -> Iterator[tuple[Counter, Counter]]:
    """Two tills of one store, open, with HQ in a process of its own; in the end HQ's books are right."""
    assert qapp is not None
    place = HqPlace(tmp_path)
    with enrolling.office(place) as hq:
        codes, _people = hq.desk.run(organise)
    with ExitStack() as stack:
        server = stack.enter_context(HqServer(place))
        made = []
        for number, code in enumerate(codes, 1):
            plug = stack.enter_context(Plug(server.port))
            made.append(Counter(tmp_path / f"till-{number}", plug, code))
            stack.callback(made[-1].till.close)
        yield made[0], made[1]
        for one in made:
            one.plug.plug_in()
            one.till.retry_sync()
            one.wait(one.is_delivered)
            assert one.till.faults == []
    with enrolling.office(place) as hq, hq.desk.read() as connection:
        assert hq_verify.verify(connection).faults == ()


def take(at: Counter) -> OrderTaken:
    """Bread, for Ms Zhou, its deposit in cash; HQ has heard of it."""
    at.hands.scan(BREAD)
    at.menu("Take an order")
    assert isinstance(at.card, OrderForm)
    for words in ("18:30", "Ms Zhou", "13800005678"):
        at.hands.type(words)
        at.hands.press(Key.Key_Down)
    at.hands.type("Happy birthday")
    at.hands.enter()
    at.hands.enter()
    assert isinstance(at.card, ReceiptCard)
    at.hands.press(Key.Key_Escape)
    at.wait(at.is_delivered)
    taken = at.last("order_taken")
    assert isinstance(taken, OrderTaken)
    return taken


def test_taken_at_one_window_and_handed_over_at_the_other(counters: tuple[Counter, Counter]) -> None:
    first, second = counters
    taken = take(first)
    second.wait(lambda: second.till.ledger.order_waiting(taken.order_id) is not None)

    second.menu("Orders")
    assert isinstance(second.card, ListCard)
    assert "at till 1" in second.words
    second.hands.enter()
    assert isinstance(second.card, OrderCard)
    assert "Ms Zhou" not in second.words  # nobody's name before the order has come
    second.hands.enter()
    second.wait(lambda: isinstance(second.card, OrderCard) and "Ms Zhou" in second.words)
    assert "Happy birthday" in second.words
    second.hands.enter()
    assert totals_that_differ(second.till.window) == []
    second.hands.enter()
    assert isinstance(second.card, ReceiptCard)
    sale = second.last("sale")
    assert isinstance(sale, Sale)
    assert [(one.kind, one.amount_fen) for one in sale.tenders] == [("deposit", 600), ("cash", 1080)]

    second.wait(second.is_delivered)
    first.wait(lambda: first.till.ledger.order_waiting(taken.order_id) is None)
    first.menu("Orders")
    assert "No order waits here." in first.words


def test_changed_where_it_came_to_and_found_by_the_slip_of_before(counters: tuple[Counter, Counter]) -> None:
    first, second = counters
    taken = take(first)
    second.hands.scan(order_code(taken.order_id))
    if isinstance(second.card, OrderCard):  # the list had come already
        second.hands.enter()
    second.wait(lambda: isinstance(second.card, OrderCard) and "Ms Zhou" in second.words)
    second.hands.press(Key.Key_F3)
    second.hands.scan(CROISSANT)
    second.menu("Take an order")
    assert isinstance(second.card, OrderForm)
    assert "It was ¥16.80, now it is ¥26.30. ¥6.00 was paid" in second.words
    second.hands.enter()
    assert totals_that_differ(second.till.window) == []
    second.hands.enter()
    assert isinstance(second.card, ReceiptCard)
    second.hands.press(Key.Key_Escape)
    changed = second.last("order_taken")
    assert isinstance(changed, OrderTaken)
    assert (changed.replaces, changed.total_fen, changed.deposit_fen) == (taken.order_id, 2630, 800)
    second.hands.scan(order_code(taken.order_id))
    assert isinstance(second.card, OrderCard)
    assert "¥18.30" in second.words  # what is left to pay of the order as it is now
    second.hands.press(Key.Key_F2)
    second.hands.press(Key.Key_Down)
    second.hands.enter()
    assert isinstance(second.card, ReceiptCard)


def test_cut_off_it_says_which_till_has_the_order(counters: tuple[Counter, Counter]) -> None:
    first, second = counters
    taken = take(first)
    second.wait(lambda: second.till.ledger.order_waiting(taken.order_id) is not None)
    second.plug.pull()
    second.till.retry_sync()
    second.wait(lambda: bool(second.till.ledger.sync_state().last_error))
    second.hands.scan(order_code(taken.order_id))
    assert isinstance(second.card, OrderCard)
    second.hands.enter()
    assert "is at till 1 of 滨江店" in second.words
