"""Members at the counter, by keys: find, pay with stored value, top up, register, refund; each on a real ledger."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from pos_client.ui.screens.care_cards import ProfileCard
from pos_client.ui.screens.flow_cards import ApprovalCard
from pos_client.ui.screens.member_cards import PresenceCard, RegisterCard
from shared_models.bodies import MemberRegistered, Refund, Sale, TenderCorrected, TopUp, TopUpCancelled, Withdrawal
from shared_models.rules import rule_hash
from tests.pos_client.checkout.bakery import BREAD, CROISSANT, STORE_ID, WATER, ZHOU_CARD, zhou
from tests.pos_client.checkout.test_placed_value import LENDING
from tests.screens.conftest import Shop
from tests.screens.hands import Hands

ALT = Qt.KeyboardModifier.AltModifier


def test_a_member_found_by_phone_pays_with_stored_value_coupon_and_points(shop: Shop) -> None:
    shop.grant_everything()
    hands = shop.hands
    for code in (BREAD, BREAD, CROISSANT):
        hands.scan(code)
    hands.press(Qt.Key.Key_F2)
    hands.type("13800005678")
    hands.enter()
    hands.enter()  # the best combination
    hands.press(Qt.Key.Key_F9)
    hands.press(Qt.Key.Key_F1)
    if isinstance(shop.top_card(), PresenceCard):
        hands.scan(ZHOU_CARD)
    hands.enter()

    (sale,) = shop.bakery.written(Sale)
    assert [tender.kind for tender in sale.tenders] == ["stored_value"]
    assert len(sale.coupons_redeemed) == 1
    assert sum(part.amount for part in sale.points_spent) > 0
    assert sale.member is not None
    assert sale.member.identified_by == "phone"


def pay_from_the_balance_by_number(hands: Hands) -> None:
    """Fifteen loaves for somebody known by the telephone number alone: the till asks for more than that."""
    for _ in range(15):
        hands.scan(BREAD)
    hands.press(Qt.Key.Key_F2)
    hands.type("13800005678")
    hands.enter()
    hands.press(Qt.Key.Key_F9)
    hands.press(Qt.Key.Key_F1)


def test_without_presence_points_ask_for_the_card_in_words(shop: Shop) -> None:
    shop.grant_everything()
    hands = shop.hands
    pay_from_the_balance_by_number(hands)
    assert isinstance(shop.top_card(), PresenceCard)

    hands.scan(ZHOU_CARD)
    hands.enter()

    (sale,) = shop.bakery.written(Sale)
    assert sale.member is not None
    assert sale.member.presence == "card"
    assert sale.tenders[0].amount_fen == sale.total_fen


def test_a_top_up_by_the_ladder_in_cash(shop: Shop) -> None:
    shop.grant_everything()
    hands = shop.hands
    hands.scan(ZHOU_CARD)
    hands.press(Qt.Key.Key_F8)
    hands.press(Qt.Key.Key_2, ALT)
    hands.type("500")
    hands.enter()
    hands.enter()

    (top_up,) = shop.bakery.written(TopUp)
    assert (top_up.principal_fen, top_up.bonus_fen) == (30_000, 2_400)
    assert top_up.tenders[0].change_fen == 20_000


def test_a_new_member_in_the_middle_of_a_sale(shop: Shop) -> None:
    hands = shop.hands
    hands.scan(WATER)
    hands.press(Qt.Key.Key_F2)
    hands.type("13912345678")
    hands.enter()
    hands.press(Qt.Key.Key_R, ALT)
    card = shop.top_card()
    assert isinstance(card, RegisterCard)
    assert card.fields["phone"].text() == "13912345678"
    hands.enter()
    assert shop.top_card() is card  # not without consent
    hands.press(Qt.Key.Key_1, ALT)
    hands.enter()

    (registered,) = shop.bakery.written(MemberRegistered)
    assert registered.consents == ("membership",)
    view = shop.till.window.screens.sell_presenter.view
    assert view is not None
    assert view.member is not None
    assert view.member.phone_masked == "139****5678"


def test_a_refund_found_in_the_list_asks_a_manager_where_the_rules_want_one(shop: Shop) -> None:
    hands = shop.hands
    for code in (BREAD, CROISSANT):
        hands.scan(code)
    hands.press(Qt.Key.Key_F9)
    hands.press(Qt.Key.Key_F2)
    hands.enter()
    hands.press(Qt.Key.Key_Escape)
    hands.press(Qt.Key.Key_F7)
    hands.enter()
    hands.type("+")
    hands.enter()
    if isinstance(shop.top_card(), ApprovalCard):
        hands.type("9999")
        hands.enter()

    (refund,) = shop.bakery.written(Refund)
    assert [(line.goods_id, line.quantity_milli) for line in refund.lines] == [("bread", 1000)]


def test_another_price_is_approved_inside_the_flow_and_a_wrong_pin_costs_nothing(shop: Shop) -> None:
    hands = shop.hands
    hands.scan(BREAD)
    hands.press(Qt.Key.Key_F4)
    hands.press(Qt.Key.Key_Right)
    hands.press(Qt.Key.Key_Right)
    hands.type("10")
    hands.enter()
    card = shop.top_card()
    assert isinstance(card, ApprovalCard)
    hands.type("0000")
    hands.enter()
    assert shop.top_card() is card
    hands.type("9999")
    hands.enter()

    assert shop.top_card() is None
    assert shop.till.window.screens.sell.totals.due.text() == "¥10.00"


def test_a_fresh_top_up_is_cancelled_with_a_managers_yes(shop: Shop) -> None:
    shop.grant_everything()
    hands = shop.hands
    hands.scan(ZHOU_CARD)
    hands.press(Qt.Key.Key_F8)
    hands.press(Qt.Key.Key_1, ALT)
    hands.press(Qt.Key.Key_F2)
    hands.enter()
    hands.press(Qt.Key.Key_Escape)
    hands.scan(ZHOU_CARD)
    hands.press(Qt.Key.Key_F10)
    hands.type("7")
    hands.enter()
    hands.type("2")
    hands.enter()
    assert isinstance(shop.top_card(), ApprovalCard)
    hands.type("9999")
    hands.enter()

    (cancelled,) = shop.bakery.written(TopUpCancelled)
    assert cancelled.principal_fen == 10_000
    view = shop.till.window.screens.sell_presenter.view
    assert view is not None
    assert view.member is None  # she came for this alone, and left with it


def test_principal_is_paid_out_after_its_price_was_said(shop: Shop) -> None:
    shop.grant_everything()
    hands = shop.hands
    hands.scan(ZHOU_CARD)
    hands.press(Qt.Key.Key_F8)
    hands.press(Qt.Key.Key_2, ALT)
    hands.press(Qt.Key.Key_F2)
    hands.enter()
    hands.press(Qt.Key.Key_Escape)
    hands.scan(ZHOU_CARD)
    hands.press(Qt.Key.Key_F10)
    hands.type("7")
    hands.enter()
    hands.type("1")
    hands.type("100")
    hands.enter()
    hands.enter()
    hands.type("9999")
    hands.enter()

    (withdrawal,) = shop.bakery.written(Withdrawal)
    assert withdrawal.principal_fen == 10_000
    assert withdrawal.forfeited_fen > 0


def test_a_manager_vouches_for_a_member_without_a_card(shop: Shop) -> None:
    shop.grant_everything()
    hands = shop.hands
    pay_from_the_balance_by_number(hands)
    assert isinstance(shop.top_card(), PresenceCard)
    hands.press(Qt.Key.Key_M, ALT)
    assert isinstance(shop.top_card(), ApprovalCard)
    hands.type("9999")
    hands.enter()
    hands.enter()

    (sale,) = shop.bakery.written(Sale)
    assert sale.member is not None
    assert sale.member.presence == "manager"
    assert [approval.action for approval in sale.approvals] == ["presence"]


def test_a_member_without_a_card_types_the_payment_code(shop: Shop) -> None:
    shop.grant_everything()
    hands = shop.hands
    hands.scan(ZHOU_CARD)
    hands.press(Qt.Key.Key_C, ALT)
    hands.type("2")
    profile = shop.top_card()
    assert isinstance(profile, ProfileCard)
    for key, typed in (("code", "530917"), ("again", "530918")):
        profile.fields[key].setFocus()
        hands.type(typed)
    hands.enter()
    assert shop.top_card() is profile  # the two differ
    profile.fields["again"].setFocus()
    hands.type("530917")
    hands.enter()
    assert shop.top_card() is None
    hands.press(Qt.Key.Key_C, ALT)
    hands.type("9")  # the member goes, and comes back without the card

    pay_from_the_balance_by_number(hands)
    card = shop.top_card()
    assert isinstance(card, PresenceCard)
    hands.type("530918")
    hands.enter()
    assert shop.top_card() is card
    assert card.code.text() == ""
    hands.type("530917")
    hands.enter()
    assert shop.top_card() is not card
    hands.enter()

    (sale,) = shop.bakery.written(Sale)
    assert sale.member is not None
    assert sale.member.presence == "payment_code"


def test_what_is_typed_after_stored_value_was_given_up_is_cash(shop: Shop) -> None:
    shop.grant_everything()
    hands = shop.hands
    pay_from_the_balance_by_number(hands)
    assert isinstance(shop.top_card(), PresenceCard)
    hands.press(Qt.Key.Key_Escape)
    hands.type("300")
    hands.enter()

    (sale,) = shop.bakery.written(Sale)
    assert [tender.kind for tender in sale.tenders] == ["cash"]


def test_a_payment_recorded_wrongly_is_corrected_with_a_managers_yes(shop: Shop) -> None:
    hands = shop.hands
    hands.scan(BREAD)
    hands.press(Qt.Key.Key_F9)
    hands.enter()
    hands.press(Qt.Key.Key_Escape)
    hands.press(Qt.Key.Key_F10)
    hands.type("B")
    for _ in range(2):
        hands.enter()  # the last sale, its only payment
    hands.type("1")  # it was WeChat
    assert isinstance(shop.top_card(), ApprovalCard)
    hands.type("9999")
    hands.enter()

    (corrected,) = shop.bakery.written(TenderCorrected)
    assert [tender.kind for tender in corrected.taken_back] == ["cash"]
    assert [(tender.kind, tender.amount_fen) for tender in corrected.put_instead] == [("wechat", 1680)]
    assert "16.80" in shop.till.window.notice.text


def test_an_amount_that_is_refused_is_not_taken_in_cash_by_the_next_enter(shop: Shop) -> None:
    shop.grant_everything()
    hands, pay = shop.hands, shop.till.window.screens.pay
    hands.scan(ZHOU_CARD)
    for _ in range(40):
        hands.scan(BREAD)
    hands.press(Qt.Key.Key_F9)
    hands.press(Qt.Key.Key_F1)
    view = shop.till.window.screens.pay_presenter.view
    assert view is not None
    assert view.left_fen > 0, "the balance covers everything: more bread"
    more_than_usable = view.tenders[0].amount_fen // 100 + 1
    hands.type(str(more_than_usable))
    hands.enter()

    assert shop.till.window.notice.text
    assert pay.box.text == ""
    assert str(more_than_usable) not in pay.left.finish.text()
    assert shop.bakery.written(Sale) == []


def test_where_nothing_is_usable_the_amount_a_manager_may_lend_is_typed_after_f1(shop: Shop) -> None:
    shop.bakery.tell(shop.bakery.row("rules", f"{STORE_ID.hex}/{rule_hash(LENDING)}", LENDING))
    shop.bakery.tell_member(zhou())
    hands = shop.hands
    hands.scan(ZHOU_CARD)
    hands.scan(BREAD)
    hands.press(Qt.Key.Key_F9)
    hands.press(Qt.Key.Key_F1)
    told = shop.till.window.notice.text
    hands.type("5")
    hands.enter()

    assert "店长" in told, told
    card = shop.top_card()
    assert isinstance(card, ApprovalCard), "an amount typed after F1 is not cash"
    assert "5.00" in " ".join(each.text() for each in card.findChildren(QLabel)), "the manager reads how much is lent"
