"""A till whose rights are frozen says so calmly, sells on, and leads the manager through the step."""

from PySide6.QtWidgets import QLabel

from pos_client.ui.screens.flow_cards import ApprovalCard
from pos_client.ui.screens.healing_card import HealingCard
from tests.pos_client.checkout.bakery import BREAD
from tests.screens.conftest import Shop


def words_of(card: HealingCard) -> str:
    return " ".join(each.text() for each in card.findChildren(QLabel))


def test_the_manager_is_led_through_the_step(shop: Shop) -> None:
    window, hands = shop.till.window, shop.hands
    assert not window.banner.isVisible()
    shop.till.ledger.freeze("rollback")
    window.refresh_status()
    hands.settle()
    assert window.banner.isVisible()
    hands.scan(BREAD)
    assert window.screens.sell.totals.due.text() != "¥0.00", "cash goes on"

    hands.touch(window.banner.act)
    card = shop.top_card()
    assert isinstance(card, HealingCard)
    assert all(word in words_of(card) for word in ("冻结", "照常", "店长"))
    shop.picture("frozen till")
    hands.enter()
    assert isinstance(shop.top_card(), ApprovalCard)
    hands.type("9999")
    hands.enter()

    approvals = shop.till.ledger.new_epoch_approvals()
    assert [(one.action, one.approver_id) for one in approvals] == [("new_epoch", approvals[0].approver_id)]
    assert shop.top_card() is None
    hands.touch(window.banner.act)
    card = shop.top_card()
    assert isinstance(card, HealingCard)
    assert "已" in words_of(card)


def test_an_old_copy_is_sent_to_hq_and_offers_no_button(shop: Shop) -> None:
    shop.till.ledger.freeze("epoch_closed")
    shop.till.window.refresh_status()
    shop.hands.settle()
    shop.hands.touch(shop.till.window.banner.act)
    card = shop.top_card()
    assert isinstance(card, HealingCard)
    assert "总部" in words_of(card)
    shop.hands.enter()
    assert shop.top_card() is card
    assert shop.till.ledger.new_epoch_approvals() == ()
