"""Articles and tickets at the counter, and the end of a store's day; all of it offline."""

from uuid import UUID

import pytest

from shared_models.bodies import TicketOpened
from shared_models.catalog import TillRow
from shared_models.refusals import Refusal
from shared_models.service import ArticleRow, TicketRow
from shared_models.shop_day import ShiftSummary, TillShifts
from tests.pos_client.checkout.bakery import (
    BREAD,
    CASHIER_PIN,
    MANAGER_PIN,
    MORNING_MS,
    NEIGHBOUR_ID,
    STORE_ID,
    TODAY,
    WATER,
    ZHOU,
    ZHOU_CARD,
    Bakery,
)  # fmt: skip

ARTICLES = (
    ArticleRow(article_id="cream", title="奶油蛋糕保质期", body="冷藏 24 小时。", words=("保存", "cake"), order=1),
    ArticleRow(article_id="oven", title="烤箱清洗", body="每天打烊后,先断电。", order=2),
)


def titles(bakery: Bakery, text: str) -> list[str]:
    return [article.article_id for article in bakery.checkout.service.articles(text)]


def test_articles_are_found_by_words_initials_and_text(bakery: Bakery) -> None:
    bakery.tell(*(bakery.row("article", row.article_id, row) for row in ARTICLES))
    assert titles(bakery, "") == ["cream", "oven"]
    assert titles(bakery, "蛋糕") == ["cream"]
    assert titles(bakery, "kxqx") == ["oven"]
    assert titles(bakery, "dgbzq") == ["cream"]  # from the middle too
    assert titles(bakery, "Cake") == ["cream"]
    assert titles(bakery, "断电") == ["oven"]
    assert titles(bakery, "火星") == []


def test_a_ticket_is_kept_with_its_words_beside_it_and_hqs_answer_is_read_back(bakery: Bakery) -> None:
    checkout = bakery.selling()
    checkout.basket.scan(ZHOU_CARD)
    done = checkout.service.open_ticket("quality", "  面包里有一根头发  ")

    (body,) = bakery.written(TicketOpened)
    assert (body.member_id, body.category, body.ticket_id) == (ZHOU, "quality", done.business_id)
    assert "头发".encode() not in bakery.ledger.entries(("ticket_opened",))[0].body
    (view,) = checkout.service.tickets()
    assert (view.text, view.member_masked, view.status) == ("面包里有一根头发", "138****5678", "")

    row = TicketRow(ticket_id=body.ticket_id, store_id=STORE_ID, status="solved", answer="已致电", changed_at_ms=1)
    bakery.tell(bakery.row("ticket", body.ticket_id.hex, row))
    assert [(view.status, view.answer) for view in checkout.service.tickets()] == [("solved", "已致电")]


def test_a_ticket_needs_words_and_a_receipt_that_there_is(bakery: Bakery) -> None:
    checkout = bakery.selling()
    for text, receipt, code in (
        (" ", "", "text_missing"),
        ("x" * 1_001, "", "text_too_long"),
        ("太甜", "021-999", "receipt_unknown"),
    ):
        with pytest.raises(Refusal, match=code):
            checkout.service.open_ticket("service", text, receipt_number=receipt)
    checkout.basket.scan(BREAD)
    checkout.payment.pay_cash()
    sold = checkout.payment.complete()
    checkout.service.open_ticket("service", "太甜", receipt_number="R" + sold.receipt_number)
    checkout.service.open_ticket("service", "别店买的", receipt_number="091-7")  # another till's cannot be looked up
    assert [body.about_receipt for body in bakery.written(TicketOpened)] == [sold.receipt_number, "091-7"]


def neighbour(bakery: Bakery, *, closed: bool) -> None:
    shift = ShiftSummary(
        shift_id=UUID(int=9), business_date=TODAY, opened_at_ms=MORNING_MS, opened_by="c7", float_fen=10_000,
        closed_at_ms=MORNING_MS + 1 if closed else 0, closed_by="c7" if closed else "",
        counted_fen=15_000 if closed else 0, expected_fen=15_010 if closed else 0,
        figures={"sales": 4, "sales_fen": 6_000, "tender:cash": 5_010, "tender:wechat": 990} if closed else {},
    )  # fmt: skip
    row = TillShifts(till_id=NEIGHBOUR_ID, store_id=STORE_ID, heard_at_ms=MORNING_MS, shifts=(shift,))
    bakery.tell(bakery.row("till_shifts", NEIGHBOUR_ID.hex, row))


def test_the_day_names_what_is_open_and_adds_up_once_it_is_not(bakery: Bakery) -> None:
    checkout = bakery.selling()
    with pytest.raises(Refusal, match="not_a_manager"):
        checkout.day_end.view()
    for code in (BREAD, WATER):
        checkout.basket.scan(code)
        checkout.payment.pay_cash()
        checkout.payment.complete()
    bakery.manager()
    before = checkout.day_end.view()
    assert (before.tills_open, before.can_end) == ((2,), False)
    neighbour(bakery, closed=False)
    assert checkout.day_end.view().tills_open == (1, 2)

    neighbour(bakery, closed=True)
    checkout.shifts.close({10_000: 2, 1_000: 1, 500: 1, 100: 3, 10: 8})
    view = checkout.day_end.view()

    assert (view.tills_open, view.business_date) == ((), TODAY)
    assert (view.figures["sales"], view.figures["sales_fen"]) == (6, 6_000 + 1_880)
    assert dict(view.tenders) == {"cash": 5_010 + 1_880, "wechat": 990}
    assert (view.float_fen, view.expected_fen, view.counted_fen) == (30_000, 15_010 + 21_880, 15_000 + 21_880)
    assert view.difference_fen == view.counted_fen - view.expected_fen == -10
    assert view.waiting_entries > 0  # nobody took it to HQ
    assert not view.can_end


def test_a_till_that_nobody_used_and_one_of_another_store_keep_no_day_open(bakery: Bakery) -> None:
    checkout = bakery.selling()
    far = TillRow(till_id=UUID(int=77), store_id=UUID(int=78), number=1)
    bakery.tell(bakery.row("till", far.till_id.hex, far))
    checkout.shifts.close({10_000: 2})
    bakery.manager()

    view = checkout.day_end.view()

    assert [(till.till_number, till.is_this) for till in view.tills] == [(1, False), (2, True)]
    assert (view.tills[0].shifts, view.tills_open) == ((), ())
    assert view.waiting_entries  # and nothing else
    assert not view.held_baskets


def test_a_shift_of_yesterday_that_nobody_closed_is_open_today(bakery: Bakery) -> None:
    checkout = bakery.selling()
    left = ShiftSummary(
        shift_id=UUID(int=9), business_date="2026-11-01", opened_at_ms=1, opened_by="c7", float_fen=10_000
    )
    row = TillShifts(till_id=NEIGHBOUR_ID, store_id=STORE_ID, heard_at_ms=MORNING_MS, shifts=(left,))
    bakery.tell(bakery.row("till_shifts", NEIGHBOUR_ID.hex, row))
    checkout.shifts.close({10_000: 2})
    bakery.manager()

    view = checkout.day_end.view()

    assert (view.tills_open, view.counted_fen) == ((1,), 20_000)


def test_a_day_of_two_shifts_at_one_till_is_the_sum_of_both(bakery: Bakery) -> None:
    checkout = bakery.selling()
    checkout.basket.scan(BREAD)
    checkout.payment.pay_cash()
    checkout.payment.complete()
    checkout.hand_over.by_pin({10_000: 2, 1_000: 1, 500: 1, 100: 1, 10: 8}, "m1", MANAGER_PIN)
    checkout.basket.scan(WATER)
    checkout.payment.pay_cash()
    checkout.payment.complete()
    checkout.shifts.close({10_000: 2, 1_000: 1, 500: 1, 100: 3, 10: 8})

    view = checkout.day_end.view()
    (mine,) = [till for till in view.tills if till.is_this]

    assert [shift.handed_to for shift in mine.shifts] == ["m1", ""]
    assert (view.figures["sales"], view.difference_fen) == (2, 0)
    # What was handed over lies in the drawer once.
    assert (view.float_fen, view.counted_fen, view.expected_fen) == (20_000, 21_880, 21_880)
    bakery.checkout.staff.login("c1", CASHIER_PIN)
