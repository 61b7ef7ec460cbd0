"""Member care by keys: the file and everything in it, without a mouse and without the network."""

from PySide6.QtCore import Qt

from pos_client.ui.screens.care_cards import FileCard, LostCardCard, ProfileCard, TagsCard
from pos_client.ui.screens.flow_cards import ApprovalCard
from pos_client.ui.screens.service_cards import ArticleCard, KnowledgeCard, TicketCard
from shared_models.bodies import MemberEdited, MemberTagged, SaleCredited, TicketOpened
from shared_models.codes import member_code
from shared_models.service import ArticleRow, TicketRow
from tests.pos_client.checkout.bakery import BREAD, STORE_ID, WANG_CARD, ZHOU_CARD
from tests.screens.conftest import Shop
from tests.screens.looking import words_of

ALT = Qt.KeyboardModifier.AltModifier
ARTICLE = ArticleRow(article_id="oven", title="烤箱清洗", body="先断电。\n再擦拭。")
NEW_CARD = member_code(99_887_766)


def open_file(shop: Shop) -> None:
    shop.hands.scan(ZHOU_CARD)
    shop.hands.press(Qt.Key.Key_C, ALT)
    assert isinstance(shop.top_card(), FileCard)


def shown_member(shop: Shop) -> str:
    view = shop.till.window.screens.sell_presenter.view
    assert view is not None
    assert view.member is not None
    return view.member.name


def test_tags_by_their_digits(shop: Shop) -> None:
    open_file(shop)
    shop.hands.type("1")
    card = shop.top_card()
    assert isinstance(card, TagsCard)
    shop.hands.type("2")
    assert [tick.isChecked() for tick in card.ticks] == [False, True]
    shop.hands.enter()

    assert [body.added for body in shop.bakery.written(MemberTagged)] == [("低糖",)]
    assert shop.top_card() is None
    assert "低糖" in words_of(shop.till.window)


def test_a_profile_is_changed_and_what_is_wrong_is_said_beside_it(shop: Shop) -> None:
    open_file(shop)
    shop.hands.type("2")
    card = shop.top_card()
    assert isinstance(card, ProfileCard)
    shop.hands.press(Qt.Key.Key_Down)
    shop.hands.press(Qt.Key.Key_Down)
    card.fields["birthday"].selectAll()
    shop.hands.type("31-31")
    shop.hands.enter()
    assert shop.top_card() is card
    assert shop.bakery.written(MemberEdited) == []
    card.fields["birthday"].selectAll()
    shop.hands.type("12-31")
    shop.hands.enter()

    (edited,) = shop.bakery.written(MemberEdited)
    assert edited.coded == {"birthday_month": "12"}
    assert shop.top_card() is None


def test_a_lost_card_and_a_new_one_with_a_managers_yes(shop: Shop) -> None:
    open_file(shop)
    shop.hands.type("3")
    card = shop.top_card()
    assert isinstance(card, LostCardCard)
    shop.hands.scan(WANG_CARD)
    if isinstance(shop.top_card(), ApprovalCard):
        shop.hands.press(Qt.Key.Key_Escape)
    assert shop.bakery.written(MemberEdited) == []
    shop.hands.scan(NEW_CARD)
    assert isinstance(shop.top_card(), ApprovalCard)
    shop.hands.type("9999")
    shop.hands.enter()
    assert shop.top_card() is None

    shop.hands.scan(ZHOU_CARD)
    assert shop.till.window.notice.text
    shop.hands.scan(NEW_CARD)
    assert shown_member(shop) == "周女士"
    (edited,) = shop.bakery.written(MemberEdited)
    assert (len(edited.cards_stopped), len(edited.cards_added)) == (1, 1)


def test_something_is_looked_up_by_initials_while_a_basket_is_open(shop: Shop) -> None:
    shop.bakery.tell(shop.bakery.row("article", ARTICLE.article_id, ARTICLE))
    shop.hands.press(Qt.Key.Key_K, ALT)
    card = shop.top_card()
    assert isinstance(card, KnowledgeCard)
    shop.hands.type("kx")
    shop.hands.enter()
    article = shop.top_card()
    assert isinstance(article, ArticleCard)
    assert article.heading.text() == "烤箱清洗"
    shop.hands.press(Qt.Key.Key_Escape)
    assert shop.top_card() is card


def test_a_ticket_about_the_member_and_what_hq_says_of_it(shop: Shop) -> None:
    open_file(shop)
    shop.hands.type("8")
    card = shop.top_card()
    assert isinstance(card, TicketCard)
    shop.hands.enter()
    assert shop.top_card() is card  # not without words
    shop.hands.press(Qt.Key.Key_2, ALT)
    shop.hands.type("too sweet")
    shop.hands.enter()

    (body,) = shop.bakery.written(TicketOpened)
    assert (body.category, body.member_id is not None) == ("service", True)
    row = TicketRow(ticket_id=body.ticket_id, store_id=STORE_ID, status="solved", answer="less sugar")
    shop.bakery.tell(shop.bakery.row("ticket", body.ticket_id.hex, row))
    shop.hands.press(Qt.Key.Key_F10)
    shop.hands.type("G")
    shop.hands.enter()
    read = shop.top_card()
    assert isinstance(read, ArticleCard)


def test_the_last_sale_is_credited_to_a_member_who_comes_back_with_the_card(shop: Shop) -> None:
    shop.hands.scan(BREAD)
    shop.hands.press(Qt.Key.Key_F9)
    shop.hands.press(Qt.Key.Key_F2)
    shop.hands.enter()
    open_file(shop)
    shop.hands.type("0")

    (credited,) = shop.bakery.written(SaleCredited)
    assert sum(part.amount for part in credited.points_earned) == 16
    assert "16" in shop.till.window.notice.text
    shop.hands.press(Qt.Key.Key_C, ALT)
    shop.hands.type("0")
    assert len(shop.bakery.written(SaleCredited)) == 1
