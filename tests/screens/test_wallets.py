"""Wallets by keys and scans at the real window, against a provider over real HTTP: what it holds is what was sold."""

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from pos_client.ui.parts.cards import ListCard, MenuCard
from pos_client.ui.screens.flow_cards import ApprovalCard, ReceiptCard
from pos_client.ui.screens.wallet_card import WalletCard
from shared_models.bodies import Refund, Sale, ShiftClosed, WalletSettled
from shared_models.codes import receipt_code
from tests.pos_client.checkout.bakery import BREAD, MANAGER_PIN, WATER
from tests.screens.conftest import OpenShop, Shop
from tests.screens.looking import words_of
from tests.together.wallet_provider import Behaviour, Served, WalletProvider, simulated_provider

WECHAT_CODE = "134567890123456789"
ALIPAY_CODE = "281234567890123456"
Key = Qt.Key


@pytest.fixture
def provider() -> Iterator[Served]:
    with simulated_provider() as served:
        yield served


@pytest.fixture
def shop(open_shop: OpenShop, provider: Served) -> Shop:
    opened = open_shop("en", wallet_url=provider.url)
    opened.open_shift()
    return opened


class Till:
    """A basket of one loaf at a shop with a provider, on its pay screen."""

    def __init__(self, shop: Shop, provider: Served) -> None:
        self.shop, self.provider = shop, provider

    def scan_code(self, behaviour: Behaviour, code: str = WECHAT_CODE, goods: str = BREAD) -> None:
        self.provider.simulator.behave(behaviour)
        self.shop.hands.scan(goods)
        self.shop.hands.press(Key.Key_F9)
        self.shop.hands.scan(code)

    def wait(self, holds: Callable[[], bool]) -> None:
        self.shop.hands.settle(holds)

    def state(self) -> str:
        card = self.shop.top_card()
        return card.view.state if isinstance(card, WalletCard) else ""

    def said(self) -> str:
        return words_of(self.shop.till.window)

    def approve(self) -> None:
        assert isinstance(self.shop.top_card(), ApprovalCard)
        self.shop.hands.type(MANAGER_PIN)
        self.shop.hands.enter()

    @property
    def held_fen(self) -> int:
        return int(self.provider.simulator.statement()["held_fen"])

    def sales(self) -> list[Sale]:
        return self.shop.bakery.written(Sale)


@pytest.fixture
def till(shop: Shop, provider: Served) -> Till:
    return Till(shop, provider)


@pytest.mark.parametrize("behaviour", ["pays", "password", "silent_after_taking", "slow", "nonsense"])
def test_one_scan_pays_and_the_sale_is_written_by_itself(till: Till, behaviour: Behaviour) -> None:
    till.scan_code(behaviour)
    presses = till.shop.hands.presses
    till.wait(lambda: isinstance(till.shop.top_card(), ReceiptCard))

    (sale,) = till.sales()
    assert [(one.kind, one.amount_fen, one.state) for one in sale.tenders] == [("wechat", 1680, "confirmed")]
    assert (till.held_fen, till.shop.hands.presses) == (1680, presses)


def test_a_customer_who_thinks_twice_is_seen_waiting_and_can_be_given_up(till: Till) -> None:
    till.provider.simulator.polls = 10_000
    till.provider.simulator.behaviour = "password"
    till.shop.hands.scan(BREAD)
    till.shop.hands.press(Key.Key_F9)
    till.shop.hands.scan(WECHAT_CODE)
    till.wait(lambda: till.state() == "waiting")
    assert "The customer confirms on the phone" in till.said()
    till.shop.hands.scan(WATER)  # not while somebody pays
    assert "A wallet is being asked" in till.said()

    till.shop.hands.press(Key.Key_Delete)
    till.wait(lambda: till.state() == "reversed")
    till.shop.hands.enter()
    till.shop.hands.press(Key.Key_F2)
    till.shop.hands.enter()
    assert [one.kind for one in till.sales()[0].tenders] == ["cash"]
    assert [line.goods_id for line in till.sales()[0].lines] == ["bread"]
    assert till.held_fen == 0


def test_a_part_that_was_to_be_asked_for_is_forgotten_with_another_payment(till: Till) -> None:
    till.provider.simulator.behave("pays")
    hands = till.shop.hands
    hands.scan(BREAD)
    hands.press(Key.Key_F9)
    hands.press(Key.Key_F3)
    hands.type("10")
    hands.enter()
    hands.press(Key.Key_F2)
    hands.type("5")
    hands.enter()
    hands.scan(WECHAT_CODE)
    till.wait(lambda: isinstance(till.shop.top_card(), ReceiptCard))
    assert [one.amount_fen for one in till.sales()[0].tenders] == [500, 1180]


@pytest.mark.parametrize("behaviour", ["refuses", "fails", "never_arrives"])
def test_no_money_no_sale_and_cash_is_one_key_away(till: Till, behaviour: Behaviour) -> None:
    till.scan_code(behaviour)
    till.wait(lambda: till.state() in ("refused", "reversed"))
    till.shop.hands.enter()
    till.shop.hands.enter()  # cash, exactly
    assert [one.kind for one in till.sales()[0].tenders] == ["cash"]
    assert till.held_fen == 0


def test_the_line_is_down_it_is_said_at_once_and_other_tenders_go_on(open_shop: OpenShop) -> None:
    with simulated_provider() as served:
        url = served.url
    shop = open_shop("en", wallet_url=url)
    shop.open_shift()
    till = Till(shop, served)
    till.scan_code("pays")
    till.wait(lambda: "need the line" in till.said())
    assert shop.top_card() is None
    assert "needs the line" in shop.till.window.screens.pay.keys["wechat"].detail.text()

    shop.hands.press(Key.Key_F3)
    assert "need the line" in till.said()
    shop.hands.press(Key.Key_F7)  # paid at a machine of its own: recorded
    shop.hands.type("4")
    shop.hands.enter()
    assert [(one.kind, one.state) for one in till.sales()[0].tenders] == [("wechat", "recorded")]


def test_silent_after_taking_the_money_goods_go_out_and_it_is_settled_before_the_shift_closes(till: Till) -> None:
    hands = till.shop.hands
    till.scan_code("silent")
    till.wait(lambda: till.state() == "unknown")
    assert "Unknown whether it was paid" in till.said()
    hands.press(Key.Key_F1)
    till.approve()
    till.wait(lambda: isinstance(till.shop.top_card(), ReceiptCard))
    assert till.sales()[0].tenders[0].state == "unknown"
    hands.press(Key.Key_Escape)

    till.shop.till.window.go("shift")
    hands.type("9")
    till.wait(lambda: isinstance(till.shop.top_card(), ListCard))
    assert "stand open" in till.said()
    assert till.shop.bakery.written(ShiftClosed) == []
    hands.enter()
    till.provider.simulator.speak()
    hands.enter()  # ask again
    till.wait(lambda: bool(till.shop.bakery.written(WalletSettled)))
    assert till.shop.bakery.written(WalletSettled)[0].settled_as == "paid"
    assert till.held_fen == 1680
    assert till.shop.bakery.checkout.wallets.open_payments() == ()


def test_unknown_and_taken_back_leaves_nothing_with_the_provider(till: Till) -> None:
    till.scan_code("silent")
    till.wait(lambda: till.state() == "unknown")
    till.provider.simulator.speak()
    till.shop.hands.press(Key.Key_Delete)
    till.wait(lambda: till.state() == "reversed")
    assert (till.held_fen, till.sales()) == (0, [])


def test_a_manager_who_looked_at_the_providers_page_may_say_how_it_ended(till: Till) -> None:
    hands = till.shop.hands
    till.scan_code("silent")
    till.wait(lambda: till.state() == "unknown")
    hands.press(Key.Key_Escape)
    hands.press(Key.Key_F2)
    hands.enter()  # paid in cash; the wallet is asked to give back, in vain
    hands.press(Key.Key_Escape)
    till.wait(lambda: till.shop.bakery.checkout.wallets.open_payments()[0].state == "unknown")
    till.shop.till.window.open_wallets()
    till.wait(lambda: isinstance(till.shop.top_card(), ListCard))
    hands.enter()
    hands.press(Key.Key_F2)
    assert isinstance(till.shop.top_card(), MenuCard)
    hands.type("3")
    till.approve()
    (settled,) = till.shop.bakery.written(WalletSettled)
    assert (settled.settled_as, settled.by_hand, len(settled.approvals)) == ("reversed", True, 1)


def test_a_power_cut_while_the_customer_confirms(till: Till) -> None:
    till.provider.simulator.polls = 10_000
    till.provider.simulator.behaviour = "password"
    till.shop.hands.scan(BREAD)
    till.shop.hands.press(Key.Key_F9)
    till.shop.hands.scan(WECHAT_CODE)
    till.wait(lambda: till.state() == "waiting")
    for account in till.provider.simulator.accounts.values():
        account.polls_left = 0
    till.shop.start_again()
    till.shop.hands.log_in("1111")
    till.wait(
        lambda: "arrived from the wallet" in till.said() or bool(till.shop.bakery.checkout.payment.view().tenders)
    )
    till.shop.hands.press(Key.Key_F9)
    till.shop.hands.enter()
    assert [(one.kind, one.state) for one in till.sales()[0].tenders] == [("wechat", "confirmed")]
    assert till.held_fen == 1680


def test_a_part_by_alipay_and_the_rest_in_cash(till: Till) -> None:
    hands = till.shop.hands
    hands.scan(BREAD)
    hands.press(Key.Key_F9)
    hands.press(Key.Key_F4)
    hands.type("10")
    hands.enter()
    assert "Scan the customer's code for ¥10.00" in till.said()
    hands.scan(ALIPAY_CODE)
    presenter = till.shop.till.window.screens.pay_presenter
    till.wait(lambda: presenter.view is not None and bool(presenter.view.tenders))
    hands.press(Key.Key_F2)
    hands.enter()
    assert [(one.kind, one.amount_fen) for one in till.sales()[0].tenders] == [("alipay", 1000), ("cash", 680)]
    assert till.held_fen == 1000


def test_enter_takes_no_cash_while_a_code_is_waited_for_or_a_wallet_is_asked(till: Till) -> None:
    hands = till.shop.hands
    hands.scan(BREAD)
    hands.press(Key.Key_F9)
    hands.press(Key.Key_F3)
    hands.enter()
    assert "Scan the customer's code for ¥16.80" in till.said()
    till.provider.simulator.behave("password", polls=10_000)
    hands.scan(WECHAT_CODE)
    till.wait(lambda: till.state() == "waiting")
    hands.press(Key.Key_Escape)
    assert "Show the wallet" in till.said()
    hands.enter()
    assert till.state() == "waiting"
    assert till.sales() == []


def test_a_payment_on_the_basket_is_given_back_by_its_own_key(till: Till) -> None:
    hands = till.shop.hands
    hands.scan(BREAD)
    hands.scan(WATER)
    hands.press(Key.Key_F9)
    hands.press(Key.Key_F3)
    hands.type("10")
    hands.enter()
    hands.scan(WECHAT_CODE)
    presenter = till.shop.till.window.screens.pay_presenter
    till.wait(lambda: presenter.view is not None and bool(presenter.view.tenders))
    hands.press(Key.Key_F3)
    assert till.state() == "paid"
    hands.press(Key.Key_Delete)
    till.wait(lambda: till.state() == "reversed")
    hands.enter()
    assert presenter.view is not None
    assert (presenter.view.tenders, till.held_fen) == ((), 0)


def test_a_refund_goes_back_to_the_wallet(till: Till) -> None:
    hands = till.shop.hands
    till.scan_code("pays")
    till.wait(lambda: isinstance(till.shop.top_card(), ReceiptCard))
    hands.press(Key.Key_Escape)
    hands.scan(receipt_code(till.sales()[0].receipt_number))
    hands.enter()
    hands.enter()
    if isinstance(till.shop.top_card(), ApprovalCard):
        till.approve()
    till.wait(lambda: till.held_fen == 0)
    (refund,) = till.shop.bakery.written(Refund)
    assert refund.tenders[0].payment_id == till.sales()[0].tenders[0].payment_id
    till.wait(lambda: till.shop.bakery.checkout.wallets.open_payments() == ())


def test_no_code_is_on_disk_or_on_the_screen(till: Till) -> None:
    till.scan_code("silent")
    till.wait(lambda: till.state() == "unknown")
    folder = till.shop.settings.ledger_folder
    assert not any(WECHAT_CODE.encode() in file.read_bytes() for file in folder.rglob("*") if file.is_file())
    assert not any(WECHAT_CODE in shown.text() for shown in till.shop.till.window.findChildren(QLabel))


def test_a_provider_in_a_process_of_its_own(open_shop: OpenShop) -> None:
    with WalletProvider() as process:
        shop = open_shop("en", wallet_url=process.url)
        shop.open_shift()
        process.behave("password", polls=1)
        shop.hands.scan(BREAD)
        shop.hands.press(Key.Key_F9)
        shop.hands.scan(WECHAT_CODE)
        shop.hands.settle(lambda: isinstance(shop.top_card(), ReceiptCard))
        statement = process.statement()
    (payment,) = statement["payments"].values()
    assert payment == {"state": "paid", "held_fen": 1680, "taken": 1}
