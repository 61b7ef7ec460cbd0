"""Tickets, articles and the store's day between two tills of one store and HQ, also while one of them is cut off."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from hq_sync_server.office.access.roles import OFFICE, Scope
from hq_sync_server.office.members import tickets
from hq_sync_server.office.organisation import knowledge
from shared_models.service import ArticleRow
from tests.pos_client.checkout.bakery import BREAD, ZHOU_CARD
from tests.pos_client.checkout.chain_of_two import Chain, open_chain


@pytest.fixture
def chain(tmp_path: Path) -> Iterator[Chain]:
    """One store with two tills, both open and online."""
    with open_chain(tmp_path, 11) as opened:
        for till in opened.tills:
            till.open_shift(20_000)
            till.sync()
        yield opened


def both(chain: Chain) -> None:
    for _ in range(2):
        for till in chain.tills:
            till.sync()


def test_a_ticket_written_while_cut_off_is_answered_once_the_line_is_back(chain: Chain) -> None:
    first, second = chain.tills
    first.wire.down = True
    first.checkout.basket.scan(ZHOU_CARD)
    first.checkout.service.open_ticket("quality", "面包里有一根头发")
    assert [view.status for view in first.checkout.service.tickets()] == [""]
    first.wire.down = False
    both(chain)

    with chain.hq.desk.read() as connection:
        (ticket,) = tickets.listed(connection, OFFICE, Scope())
    assert (ticket.note, ticket.till_number, ticket.category) == ("面包里有一根头发", 1, "quality")
    assert [view.status for view in first.checkout.service.tickets()] == ["open"]
    member = second.checkout.basket.scan(ZHOU_CARD).basket.member
    assert member is not None
    assert member.alerts == ("high_care",)  # whoever serves her next knows

    chain.hq.desk.run(lambda work: tickets.change(work, OFFICE, Scope(), ticket.ticket_id, "solved", "已致电"))
    both(chain)
    assert [(view.status, view.answer) for view in first.checkout.service.tickets()] == [("solved", "已致电")]
    assert chain.faults() == []


def test_an_article_is_found_at_a_till_that_was_cut_off_after_it_heard_of_it(chain: Chain) -> None:
    row = ArticleRow(article_id="oven", title="烤箱清洗", body="先断电。")
    chain.hq.desk.run(lambda work: knowledge.save(work, OFFICE, [row]))
    both(chain)
    for till in chain.tills:
        till.wire.down = True
        assert [article.title for article in till.checkout.service.articles("kxqx")] == ["烤箱清洗"]


def test_the_day_ends_when_both_tills_are_closed_and_heard_and_is_the_sum_of_both(chain: Chain) -> None:
    first, second = chain.tills
    for till, pieces in ((first, 1), (second, 2)):
        for _ in range(pieces):
            till.checkout.basket.scan(BREAD)
        till.checkout.payment.pay_cash()
        till.checkout.payment.complete()
    second.checkout.shifts.close({100: 233, 10: 6})
    both(chain)
    view = first.checkout.day_end.view()
    assert view.tills_open == (1,)

    first.checkout.shifts.close({100: 216, 10: 8})
    both(chain)
    first.checkout.staff.login("m1", "9999")
    ended = first.checkout.day_end.view()

    assert ended.can_end
    sold_fen = sum(sale.total_fen for sale in chain.sales())
    assert ended.figures["sales"] == 2
    assert ended.figures["sales_fen"] == sold_fen
    assert ended.counted_fen - ended.expected_fen == ended.difference_fen
    assert ended.expected_fen == 40_000 + sum(amount for kind, amount in ended.tenders.items() if kind == "cash")
    both(chain)
    second.checkout.staff.login("m1", "9999")
    theirs = second.checkout.day_end.view()
    assert (theirs.figures, theirs.difference_fen) == (ended.figures, ended.difference_fen)
    assert chain.faults() == []
